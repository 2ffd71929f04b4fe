"""Branches of solutions of F(x, p) = 0: followed around folds, with the points where others cross.

One linear system does everything: the Jacobian of F by (x, p), bordered by the tangent of the branch,

    [ F_x  F_p ] [dx]   [-F]
    [ t_x' t_p ] [dp] = [ N]

which is regular at a fold.  Its solutions correct a point and make the next tangent; the sign of its determinant
changes where another branch crosses.

Invariant: convergence is judged by steps, in units of the branch itself, so the units of F, x and p change nothing.
"""

import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import OptimizeResult
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import LinearOperator, gcrotmk, splu

from ..automatic import as_asked
from ..core import forget_lost, lost_mark
from ..errors import ArgumentError, DualDiffError
from ..programs.bound import paths_of
from ..progress import SILENT, Meter, Progress, meter
from ..sparse.jacobian import SparseJacobian
from ..sparse.structure import sparsity
from ..transforms.start import first_point
from .call import root
from .fill import fill_estimate
from .matrices import FULL, DenseLU
from .operator import ExactJacobian, flat, plain
from .options import integer, real
from .problem import norm
from .timed import Timed

__all__ = ["BranchResult", "continuation"]

DENSE = 200
CORRECTIONS = 12
SMALL = 1e-9
"""A correction, relative to the branch, that ends them; ROUGH where rounding allows no smaller ones."""
ROUGH = 1e-5
BENT = 0.8
"""The cosine between tangents of neighbouring points that is not to be gone below."""
LARGEST = 0.25
BACK = 1e-6
"""A distance of p from p0, in units of |p1 - p0|, at which a branch that turned is back."""
REFINEMENTS = 40
CROSSING_ZERO = 1e-9
"""x in units of the branch, below which it is 0 and gives none."""


def continuation(
    fun: Callable[..., Any], x0: Any, p0: Any, p1: Any, *, step: Any = None, maxsteps: int = 200, tol: Any = None,
    options: Any = None, switch: bool = False, progress: Progress = None, lift: Any = "auto",
) -> Any:  # fmt: skip
    """Follows the solutions x(p) of fun(x, p) = 0 from p0 to p1, around the folds where the branch turns.

    Pseudo-arclength continuation: p is an unknown too, and each point lies on the plane at a distance along the
    tangent of the last one,

        F(x, p) = 0,    t_x.(x - x_k)/n + t_p (p - p_k) = ds

    which is regular at a fold, where dF/dx is not.

    Parameters
    ----------
    fun : callable
        fun(x, p) -> F, as many numbers as x; p is one number.
    x0 : array_like
        A start for the solution at p0.
    p0, p1 : float
        Where to begin, and where to go.
    step : float, optional
        The first change of p; |p1 - p0|/20 by default.  Steps grow and shrink with the number of iterations.
    maxsteps : int
        Bound on the points.
    tol : float, optional
        A bound on max|F| at each point, in addition to the test on the step.
    options : dict, optional
        For `root`, which solves for the first point.  "maxtime" is for the whole branch.
    switch : bool
        Follow also the branches that leave at the simple bifurcation points, in both directions.
    progress : bool or callable
        As for `root`, of the points of the branch and the most there can be.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    BranchResult
        x, shape (k, *x0.shape), and p, shape (k,): the points of the branch in order; folds and bifurcations: lists
        of (p, x) where p turned, and where another branch crosses; branches: the results of those that were followed;
        success (the branch reached p1), status, message; nfev, njvp, njev, nlu of all; plot().  A branch that turns
        and never reaches p1 ends where it comes back to p0: status 2.

    Raises
    ------
    ArgumentError
        If p0 and p1 are equal or not finite.

    Notes
    -----
    The Jacobian is dense up to 200 unknowns, coloured and factored where it is sparse, else products alone.  With
    products alone, bifurcation points are not seen; nor are those where an even number of branches cross, and Hopf
    points.

    References
    ----------
    Keller, in Rabinowitz (ed.), Applications of Bifurcation Theory, 1977; Allgower and Georg, Introduction to
    Numerical Continuation Methods, SIAM 2003, chapters 6 and 8; Govaerts, Numerical Methods for Bifurcations of
    Dynamical Equilibria, SIAM 2000.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> branch = solve.continuation(lambda x, p: x**2 + p - 1, 1.0, 0.0, 2.0)       # turns at p = 1, x = 0
    >>> float(branch.folds[0][0].round(6))
    1.0
    >>> pitchfork = solve.continuation(lambda x, p: p * x - x**3, 0.0, -1.0, 1.05, switch=True)
    >>> bool(abs(pitchfork.bifurcations[0][0]) < 1e-6), len(pitchfork.branches)
    (True, 2)
    """
    fun = as_asked(fun, lift)
    for name, value in (("p0", p0), ("p1", p1)):
        real(name, value, -np.inf)
    if p0 == p1 or not np.isfinite([p0, p1]).all():
        raise ArgumentError(f"p0 and p1 must be finite and differ, got {p0} and {p1}")
    integer("maxsteps", maxsteps, 1)
    if step is not None:
        real("step", step, 0.0)
    if tol is not None:
        real("tol", tol, 0.0)
    branch = Branch(fun, first_point(x0), float(p0), float(p1), tol, options)
    with meter(progress, "continuation", maxsteps, "points") as branch.told:
        return branch.run(step, maxsteps, switch)


class BranchResult(OptimizeResult):
    """What `continuation` returns."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)        # written down, as tools ask for the signature

    def plot(self, ax: Any = None, measure: Any = None, **kwargs: Any) -> Any:
        """Draws the branch: a number of each solution against p, folds and bifurcation points marked.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to; a new figure by default.
        measure : callable, optional
            x -> the number to draw.  By default x itself where it is one number, else its mean square root.
        **kwargs
            For `Axes.plot`.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from .picture import axes, finish

        ax = axes(ax)
        one = self.x[0].size == 1
        by = measure or ((lambda x: float(np.ravel(x)[0])) if one else (lambda x: float(np.sqrt(np.mean(x * x)))))
        for result in (self, *self.branches):
            ax.plot(result.p, [by(x) for x in result.x], **{"marker": ".", "ms": 3, "lw": 1, **kwargs})
        for found, marker, name in ((self.folds, "o", "fold"), (self.bifurcations, "s", "bifurcation point")):
            if found:
                points = [p for p, _ in found], [by(x) for _, x in found]
                ax.plot(*points, marker, mfc="none", color="k", ms=7, ls="none", label=name)
        if self.folds or self.bifurcations:
            ax.legend(frameon=False, fontsize="small")
        ax.set(xlabel="p", ylabel="measure(x)" if measure else "x" if one else "root mean square of x")
        return finish(ax, self.message)


class WithPrograms:
    """F of a branch as a function of (x, p) in one vector, whose products are programs of a compiled fun."""

    def __init__(self, branch: Any, programs: Any) -> None:
        self.branch, self.programs = branch, programs
        self.__dualdiff_program__ = self

    def __call__(self, y: Any) -> Any:
        """F at y."""
        return self.branch.whole(y)

    def along(self, kind: str, primals: Any, tangents: Any, kwargs: dict[str, Any]) -> Any:
        """J v, of one vector or of rows: what `jvp` asks for."""
        b, (y,), (V,) = self.branch, primals, tangents
        x, p = np.reshape(y[:-1], b.shape) * b.size, y[-1] * b.unit
        vx = np.ascontiguousarray(np.reshape(V[..., :-1], (*np.shape(V)[:-1], *b.shape)) * b.size)
        return self.programs.along(kind, (x, p), (vx, np.ascontiguousarray(V[..., -1] * b.unit)[()]), kwargs)


class Bordered:
    """The bordered matrix at a point, factored."""

    def __init__(self, branch: Any, y: Any, row: Any) -> None:
        self.branch, self.row = branch, row
        self.sign, self.logdet = 0.0, 0.0
        self.solve: Any = None
        b, n = branch, branch.n
        if b.kind == "dense":
            A = np.vstack([b.jacobian(y).dense(), row])
            b.njev += 1
            self.lu: Any = DenseLU(A)
            diagonal, odd = np.diagonal(self.lu.lu), int(np.sum(self.lu.pivots != np.arange(n + 1)))
            self.solve = self.lu.solve
            scale = 0.0 if self.lu.scale is None else -float(np.sum(np.log(self.lu.scale)))
        elif b.kind == "sparse":
            b.njev += 1
            b.nlu += 1
            b.njvp += b.plan.ncolors + 1
            with np.errstate(all="ignore"):
                J = sp.csc_array(b.plan(y))
            self.lu = splu(sp.csc_array(sp.vstack([J, sp.csr_array(row[None])])))
            diagonal, odd = self.lu.U.diagonal(), parity(self.lu.perm_r) + parity(self.lu.perm_c)
            self.solve = self.lu.solve
            scale = 0.0
        else:
            J = b.jacobian(y)

            def matvec(v: Any) -> Any:
                return np.append(J.matvec(v), row @ v)

            A = LinearOperator((n + 1, n + 1), matvec=matvec, dtype=b.dtype)
            self.solve = functools.partial(by_products, A)
            return
        with np.errstate(divide="ignore"):
            self.sign = float(np.prod(np.sign(diagonal))) * (-1.0) ** odd
            self.logdet = float(np.sum(np.log(np.abs(diagonal)))) + scale


def by_products(A: Any, r: Any) -> Any:
    """A^-1 r by GCROT(m,k)."""
    return gcrotmk(A, r, rtol=1e-10, atol=0.0, maxiter=40, m=60, k=20)[0]


def parity(permutation: Any) -> Any:
    """0 for an even permutation, 1 for an odd one."""
    n = len(permutation)
    graph = sp.csr_array((np.ones(n, np.int8), (np.arange(n), permutation)), (n, n))
    return (n - connected_components(graph, directed=False)[0]) % 2


class Point:
    """A point of the branch: y = (x, p), the tangent, and the matrix there."""

    def __init__(self, y: Any, tangent: Any, matrix: Any, corrections: Any) -> None:
        self.y, self.t, self.matrix, self.corrections = y, tangent, matrix, corrections

    @property
    def sign(self) -> Any:
        """Of the determinant."""
        return self.matrix.sign


def in_units(branch: Any, fun: Any) -> Any:
    """F at y, for arrays and dual arrays; a function, so that fun is found in its cells (see `problem.applied`)."""
    def whole(y: Any) -> Any:
        return flat(fun(np.reshape(y[:-1], branch.shape) * branch.size, y[-1] * branch.unit))

    return whole


class Branch(Timed):
    """Points (x, p) as one vector y, in units of the branch: x over its size at the start, p over |p1 - p0|."""

    def __init__(self, fun: Callable[..., Any], x0: Any, p0: Any, p1: Any, tol: Any, options: Any) -> None:
        self.fun, self.p0, self.p1 = fun, p0, p1
        self.shape, self.n, self.dtype = x0.shape, x0.size, x0.dtype
        self.unit, self.size = abs(p1 - p0), 1.0
        self.tol, self.options = tol, dict(options or {})
        self.maxtime, self.started = self.options.get("maxtime"), time.perf_counter()
        self.x0, self.nfev, self.njvp, self.njev, self.nlu = x0, 0, 0, 0, 0
        self.kind, self.plan = "dense", None
        self.whole = in_units(self, fun)
        programs = paths_of(self.fun)
        self.derived: Any = self.whole if programs is None else WithPrograms(self, programs)
        self.weights = np.append(np.full(self.n, 1.0 / self.n), 1.0)
        self.told: Meter = SILENT
        self.crossings: list[Any] = []      # (bifurcation point, direction of what crosses) of the first branch

    # ---- F and its derivatives -------------------------------------------------------------------

    def residual(self, y: Any) -> Any:
        """F at y, plain."""
        self.nfev += 1
        with np.errstate(all="ignore"):
            return plain(self.whole(y.copy()))[0].astype(self.dtype, copy=False)

    def jacobian(self, y: Any) -> Any:
        """F' by (x, p), as an operator (n, n + 1)."""
        return ExactJacobian(self.derived, y, (self.n, self.n + 1), count=self.count)

    def count(self, k: int) -> None:
        """Books k products."""
        self.njvp += k

    def prepare(self, y: Any) -> None:
        """Chooses how the bordered matrix is made."""
        if self.n <= DENSE:
            return
        self.kind, mark = "products", lost_mark()
        try:
            with np.errstate(all="ignore"):
                pattern = sparsity(self.whole, y)
                if pattern.nnz > FULL * self.n**2:
                    return
                fill = fill_estimate(sp.csr_array(pattern)[:, : self.n])
                if fill.memory <= 1e9 and fill.seconds <= 20:
                    self.plan, self.kind = SparseJacobian(self.derived).learned(pattern), "sparse"
        except DualDiffError:
            forget_lost(mark)

    # ---- points ----------------------------------------------------------------------------------

    def dot(self, a: Any, b: Any) -> float:
        """The inner product in which lengths along the branch are measured."""
        return float(np.sum(self.weights * a * b))

    def norm(self, a: Any) -> float:
        """The length of a."""
        return float(np.sqrt(self.dot(a, a)))

    def correct(self, y: Any, t: Any, goal: Any) -> Any:
        """The point of the branch with t.(y - goal) = 0, from y; None if there is none near."""
        row, last, matrix = self.weights * t, np.inf, None
        f = self.residual(y)
        for corrections in range(1, CORRECTIONS + 1):
            if not np.isfinite(f).all() or self.late():
                return None
            try:
                matrix = Bordered(self, y, row)
                with np.errstate(all="ignore"):
                    step = matrix.solve(np.append(-f, -(row @ (y - goal))))
            except (RuntimeError, np.linalg.LinAlgError):       # exactly singular
                return None
            size = self.norm(step) if np.isfinite(step).all() else np.inf
            if size > 1.0 + self.norm(y) or size > 2 * last:
                return None
            y = y + step
            f = self.residual(y)
            small = SMALL * max(1.0, self.norm(y))
            if size <= small or size <= ROUGH and size > 0.3 * last:
                if self.tol is not None and not float(np.max(np.abs(f))) <= self.tol:
                    return None
                return self.point(y, matrix, corrections)
            last = size
        return None

    def point(self, y: Any, matrix: Any, corrections: Any) -> Any:
        """The corrected point with its tangent; None where there is none."""
        e = np.zeros(self.n + 1)
        e[-1] = 1.0
        with np.errstate(all="ignore"):
            tangent = matrix.solve(e)
        length = self.norm(tangent)
        return Point(y, tangent / length, matrix, corrections) if 0 < length < np.inf else None

    def along(self, point: Any, ds: Any) -> Any:
        """The point at the distance ds along the tangent of another."""
        goal = point.y + ds * point.t
        return self.correct(goal, point.t, goal)

    def at_p(self, y: Any, p: Any) -> Any:
        """The point at a given p, from y."""
        t = np.zeros(self.n + 1)
        t[-1] = 1.0
        y = np.append(y[:-1], p / self.unit)
        return self.correct(y, t, y)

    def crossing(self, point: Any, ds: Any, value: Any, first: Any, last: Any) -> Any:
        """Where value(point) changes its sign within ds of a point: regula falsi by the rule of Illinois."""
        a, b, fa, fb = 0.0, ds, first, last
        best, closest = None, np.inf
        side = 0
        for k in range(REFINEMENTS):
            s = (a * fb - b * fa) / (fb - fa) if fb != fa else 0.5 * (a + b)
            if not min(a, b) < s < max(a, b) or k % 8 == 7:
                s = 0.5 * (a + b)
            z = self.along(point, s)
            if z is None:           # at a bifurcation point the matrix is singular: next to it
                s = s + 1e-4 * (b - a)
                z = self.along(point, s)
                if z is None:
                    break
            f = value(z)
            if abs(f) < closest:
                best, closest = z, abs(f)
            if f == 0 or abs(b - a) < 1e-9 * max(1.0, ds) or closest < 1e-9 * abs(last - first):
                break
            if np.sign(f) == np.sign(fb):
                b, fb = s, f
                fa = fa / 2 if side == 1 else fa
                side = 1
            else:
                a, fa = s, f
                fb = fb / 2 if side == -1 else fb
                side = -1
        return best

    # ---- the branch ------------------------------------------------------------------------------

    def run(self, step: Any, maxsteps: Any, switch: Any) -> Any:
        """The result."""
        options = {name: value for name, value in self.options.items() if value is not None}
        fun = self.fun      # in a cell, see `in_units`
        first = root(lambda x: flat(fun(np.reshape(x, self.shape), self.p0)), self.x0.ravel(), options=options)
        self.nfev, self.njvp = first.nfev, first.njvp + first.nlinearize
        sign = 1.0 if self.p1 > self.p0 else -1.0
        y = np.append(first.x, self.p0 / self.unit).astype(self.dtype)
        self.prepare(y)
        start = self.at_p(y, self.p0) if np.isfinite(first.fun).all() else None
        if start is None or not first.success and start.corrections > CORRECTIONS // 2:
            return self.result([y], [], [], -2 if first.success else first.status,
                               f"no solution at p0 = {self.p0:g}: {first.message}")  # fmt: skip
        start = self.in_units(start)
        if start.t[-1] * sign < 0:
            start.t = -start.t
        ds = (self.unit / 20 if step is None else step) / self.unit
        found = self.follow(start, ds, maxsteps, sign)
        if switch:
            self.told.expect((1 + 2 * len(self.crossings)) * maxsteps)
            usual = self.size
            for z, t in self.crossings:
                y, t = self.in_units_of_crossing(z.y, t)
                for way in (1.0, -1.0):
                    start = Point(y, way * t, z.matrix, 0)
                    found.branches.append(self.follow(start, min(ds, 0.05), maxsteps, 0.0))
                self.size = usual
            found.update(nfev=self.nfev, njvp=self.njvp, njev=self.njev, nlu=self.nlu)
        return found

    def in_units(self, start: Any) -> Any:
        """The first point with x in units of its size, or of what it would change by from p0 to p1."""
        x, t = start.y[:-1], start.t
        size = float(np.sqrt(np.mean(x * x)))
        if t[-1]:
            size = max(size, float(np.sqrt(np.mean((t[:-1] / t[-1]) ** 2))))
        self.size = size if 0 < size < np.inf else 1.0
        y = np.append(x / self.size, start.y[-1])
        again = self.at_p(y, self.p0)
        return start if again is None else again

    def in_units_of_crossing(self, y: Any, t: Any) -> tuple[Any, Any]:
        """A bifurcation point and a direction; where x is 0, in units of what x will be on the branch that crosses.

        That is where F has gone as far along the direction, by what is not linear in it, as its derivative goes by p.
        """
        if float(np.max(np.abs(y[:-1]))) > CROSSING_ZERO:
            return y, t
        v, by_p = np.append(t[:-1], 0.0).astype(self.dtype), np.zeros_like(y)
        by_p[-1] = 0.05
        here, there = self.residual(y), self.residual(y + by_p)
        for power in np.arange(-12.0, 12.5, 0.5):
            far = y + 10.0**power * v
            moved = self.residual(far)
            bent, turned = norm(moved - here), norm(self.residual(far + by_p) - moved - (there - here))
            if bent >= turned > 0 and np.isfinite(bent):
                unit = 10.0**power
                self.size *= unit
                y, t = np.append(y[:-1] / unit, y[-1]), np.append(t[:-1] / unit, t[-1])
                return y, t / self.norm(t)
        return y, t

    def follow(self, start: Any, ds: Any, maxsteps: Any, sign: Any) -> Any:
        """The branch from a point along its tangent; sign 0: until p leaves the interval on either side."""
        points, folds, bifurcations, crossings = [start.y], list[Any](), list[Any](), list[Any]()
        point, last, grown = start, 0.0, ds
        low, high = sorted((self.p0, self.p1))
        for made in range(maxsteps):
            if made:
                self.told.add()
            if self.late():
                return self.result(points, folds, bifurcations, -5, f"maxtime = {self.maxtime:g} s reached")
            z = self.along(point, ds)
            # no solution, or the branch bends too much between the points
            if z is None or self.dot(point.t, z.t) < BENT:
                ds /= 2
                if ds < 1e-8:
                    return self.result(points, folds, bifurcations, -2,
                                       f"no point found beyond p = {point.y[-1] * self.unit:g}")  # fmt: skip
                continue
            if z.t[-1] * point.t[-1] < 0:
                fold = self.crossing(point, ds, lambda q: q.t[-1], point.t[-1], z.t[-1])
                if fold is not None:
                    folds.append((fold.y[-1] * self.unit, self.x_of(fold.y)))
            if z.sign * last < 0:
                self.bifurcation(point, ds, z, bifurcations, crossings)
            p, before = z.y[-1] * self.unit, point.y[-1] * self.unit
            if (p - self.p1) * sign >= 0 if sign else not low <= p <= high:
                edge = self.p1 if sign or (p > high) == (self.p1 > self.p0) else self.p0
                y = z.y if p == before else point.y + (z.y - point.y) * ((edge - before) / (p - before))
                end = self.at_p(y, edge)
                points.append(z.y if end is None else end.y)
                self.crossings = crossings if sign else []
                found = self.result(points, folds, bifurcations, 1, f"p = {edge:g} reached in {len(points) - 1} steps")
                found.p[-1] = found.p[-1] if end is None else edge
                return found
            points.append(z.y)
            if sign and folds and (p - self.p0) * sign <= BACK * self.unit:
                self.crossings = crossings
                return self.result(points, folds, bifurcations, 2,
                                   f"the branch turned at p = {folds[-1][0]:g} and came back to p0")  # fmt: skip
            point, last = z, z.sign
            grown = ds * (1.5 if z.corrections <= 4 else 0.7 if z.corrections > 7 else 1.0)
            ds = min(grown, LARGEST)
        self.crossings = crossings if sign else []
        return self.result(points, folds, bifurcations, 0,
                           f"maxsteps = {maxsteps} points made: p = {point.y[-1] * self.unit:g}")  # fmt: skip

    def bifurcation(self, point: Any, ds: Any, z: Any, bifurcations: Any, crossings: Any) -> None:
        """Where the determinant changes its sign, and the direction of the branch that crosses."""
        reference = max(point.matrix.logdet, z.matrix.logdet)

        def determinant(q: Any) -> Any:
            return q.sign * float(np.exp(min(q.matrix.logdet - reference, 50.0)))

        at = self.crossing(point, ds, determinant, determinant(point), determinant(z))
        if at is None:
            return
        bifurcations.append((at.y[-1] * self.unit, self.x_of(at.y)))
        # the null vector of the singular matrix, perpendicular to the tangent: inverse iteration
        v = np.random.default_rng(0).normal(size=self.n + 1)
        with np.errstate(all="ignore"):
            for _ in range(4):
                v = at.matrix.solve(v / np.linalg.norm(v))
        v = v - self.dot(v, at.t) * at.t
        length = self.norm(v)
        if 0 < length < np.inf:
            crossings.append((at, v / length))

    def x_of(self, y: Any) -> Any:
        """x in the user's shape and units."""
        return np.reshape(y[:-1] * self.size, self.shape)

    def result(self, points: Any, folds: Any, bifurcations: Any, status: Any, message: str) -> Any:
        """What `continuation` returns."""
        return BranchResult(
            x=np.stack([self.x_of(y) for y in points]), p=np.array([y[-1] * self.unit for y in points]),
            folds=folds, bifurcations=bifurcations, branches=[], success=status == 1, status=status,
            message=message, nfev=self.nfev, njvp=self.njvp, njev=self.njev, nlu=self.nlu,
        )  # fmt: skip
