"""Built on `root`: fixed points, and solution branches that turn.

Invariant: these are loops around the methods of this package; no derivative is made here.
Imported by dualdiff/solve/__init__.py.
"""

import numpy as np
from scipy.optimize import OptimizeResult
from scipy.sparse.linalg import LinearOperator, gcrotmk

from ..automatic import as_asked
from ..errors import ArgumentError, InputError
from .call import Solve, hold, root, teller
from .implicit import attach
from .operator import ExactJacobian
from .options import integer, nearest, read_options, real
from .problem import Problem, first_point, norm
from .state import at_floor

__all__ = ["continuation", "fixed_point"]

DEPTH = 5
DENSE = 200


def fixed_point(g, x0, args=(), *, method="newton", tol=None, callback=None, options=None, lift="auto"):
    """Solves x = g(x).

    Parameters
    ----------
    g : callable
        g(x, *args), in the shape of x.
    x0 : array_like
        The start.
    args : tuple
        Further arguments of g.  Where they carry derivatives, so does the solution.
    method : {"newton", "anderson"}
        "newton": `root` on F(x) = x - g(x), few steps, with derivatives of g.  "anderson": the combination of the
        last five points that makes the residual smallest, no derivatives; for g that contract, or nearly.
    tol, callback, options
        As for `root`; "method" in options chooses root's method.  "anderson" takes maxiter (200), maxfev, maxtime,
        fatol, frtol, xtol, norm and disp.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    RootResult
        With fun = x - g(x).

    Raises
    ------
    ArgumentError
        If the method is unknown.

    References
    ----------
    Walker and Ni, SIAM J. Numer. Anal. 49 (2011) 1715-1735.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> float(solve.fixed_point(np.cos, 1.0).x.round(9))
    0.739085133
    >>> solve.fixed_point(np.cos, 1.0, method="anderson").success
    True
    """
    g = as_asked(g, lift)
    if method not in ("newton", "anderson"):
        raise ArgumentError(f"unknown method {method!r}{nearest(method, ('newton', 'anderson'))}")
    if not callable(g):
        raise InputError(f"g is a {type(g).__name__}; expected a function of x")

    def fun(x, *args):
        y = g(x, *args)
        if y is None:
            raise InputError("g(x) returned None (is a return statement missing?)")
        if isinstance(y, (str, bytes, dict, set)):
            raise InputError(f"g(x) returned a {type(y).__name__}; expected numbers in the shape of x")
        if np.ndim(y) and np.size(y) != np.size(x):
            raise InputError(f"g(x) has {np.size(y)} elements, x has {np.size(x)}; expected the same shape")
        return x - y

    if method == "newton":
        more = dict(options or {})
        inner = more.pop("method", "auto")
        return root(fun, x0, args, method=inner, tol=tol, callback=callback, options=more)
    x0 = first_point(x0)
    settings, tol_given = read_options(tol, options, x0)
    args = args if isinstance(args, tuple) else (args,)
    held, varying = hold(args)
    problem = Problem(fun, x0, held, settings.but(linearize=False))
    result = Mixing(problem, settings, "anderson", tol_given, teller(callback)).run()
    if varying or problem.outer:
        result.x = attach(problem, args, result.x, result.success)
    return result


class Mixing(Solve):
    """Anderson's method as a solve of one method."""

    def plan(self):
        """The one method."""
        return ["anderson"]

    def iterate(self, state):
        """(status, message); |F| need not decrease, the best point is kept."""
        return anderson(state)


def anderson(state):
    """x+ = g(x) - sum gamma_i (dx_i + df_i) with gamma minimising |f - sum gamma_i df_i|."""
    x, f = state.x, -state.f        # the residual g(x) - x
    dX: list = []
    dF: list = []
    while True:
        if dX:
            A = np.stack(dF, axis=1)
            gamma = np.linalg.lstsq(A, f, rcond=1e-12)[0]
            new = x + f - (np.stack(dX, axis=1) + A) @ gamma
        else:
            new = x + f
        h = -state.problem.residual(new)
        if not np.isfinite(h).all():
            if not dX:
                return -6, f"no finite step: F is not finite at g(x), {state.where()}"
            dX, dF = [], []
            continue
        dX, dF = [*dX, new - x][-DEPTH:], [*dF, h - f][-DEPTH:]
        gain = norm(h) / state.f2 if state.f2 else 0.0
        x, f = new, h
        state.accept(x, -f, np.nan, np.nan, 0, 1.0)
        ended = state.ended()
        if ended:
            return ended
        if gain > 0.9:
            floor = at_floor(state)
            if floor:
                return floor
        if not state.f2 < 1e10 * state.rows[0][2]:
            return -4, f"the iteration diverges: |F| = {state.f2:.3g} from {state.rows[0][2]:.3g}, {state.where()}"


def continuation(fun, x0, p0, p1, *, step=None, maxsteps=200, tol=None, options=None, lift="auto"):
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
    tol, options
        For `root`, which solves each point.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    OptimizeResult
        x, shape (k, *x0.shape), and p, shape (k,): the points of the branch in order; folds: a list of (p, x) where
        p turned; success (the branch reached p1), status, message; nfev, njvp of all solves.  A branch that turns
        and never reaches p1 ends where it comes back to p0: status 2.

    Raises
    ------
    ArgumentError
        If p0 and p1 are equal or not finite.

    References
    ----------
    Keller, in Rabinowitz (ed.), Applications of Bifurcation Theory, 1977; Allgower and Georg, Introduction to
    Numerical Continuation Methods, SIAM 2003, chapter 6.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> branch = solve.continuation(lambda x, p: x**2 + p - 1, 1.0, 0.0, 2.0)       # turns at p = 1, x = 0
    >>> float(branch.folds[0][0].round(6))
    1.0
    """
    fun = as_asked(fun, lift)
    for name, value in (("p0", p0), ("p1", p1)):
        real(name, value, -np.inf)
    if p0 == p1 or not np.isfinite([p0, p1]).all():
        raise ArgumentError(f"p0 and p1 must be finite and differ, got {p0} and {p1}")
    integer("maxsteps", maxsteps, 1)
    if step is not None:
        real("step", step, 0.0)
    return Branch(fun, first_point(x0), float(p0), float(p1), tol, options).follow(step, maxsteps)


class Branch:
    """A branch of solutions: points (x, p) as one vector y, p last, in units of |p1 - p0|."""

    def __init__(self, fun, x0, p0, p1, tol, options):
        self.fun, self.p0, self.p1 = fun, p0, p1
        self.shape, self.n, self.dtype = x0.shape, x0.size, x0.dtype
        self.unit = abs(p1 - p0)
        self.tol, self.options = tol, dict(options or {})
        self.x0, self.nfev, self.njvp = x0, 0, 0
        self.weight = 1.0 / self.n

    def residual(self, y):
        """F at y."""
        return np.ravel(self.fun(np.reshape(y[:-1], self.shape), y[-1] * self.unit))

    def dot(self, a, b):
        """The inner product in which lengths along the branch are measured."""
        return self.weight * np.sum(a[:-1] * b[:-1]) + a[-1] * b[-1]

    def solve(self, system, y):
        """A root of n + 1 equations."""
        method = "dense" if self.n <= DENSE else "krylov"
        r = root(system, y, method=method, tol=self.tol, options={"maxiter": 12, "frtol": 1e-10, **self.options})
        self.nfev += r.nfev
        self.njvp += r.njvp + r.nlinearize
        return r

    def tangent(self, y, last):
        """The unit tangent at y that points the way the last one does: one linear solve."""
        weights = np.append(np.full(self.n, self.weight), 1.0)

        def system(z):
            return np.concatenate([self.residual(z), np.reshape(np.sum(weights * last * z), 1)])

        J, e = ExactJacobian(system, y), np.append(np.zeros(self.n), 1.0)
        if self.n <= DENSE:
            t = np.linalg.lstsq(J.dense(), e, rcond=None)[0]
        else:
            A = LinearOperator(J.shape, matvec=J.matvec, dtype=J.dtype)
            t = gcrotmk(A, e, rtol=1e-8, atol=0.0, maxiter=40, m=60, k=20)[0]
        return t / np.sqrt(self.dot(t, t))

    def at(self, y, t, ds):
        """The point of the branch at the distance ds along the tangent, or None."""
        weights = np.append(np.full(self.n, self.weight), 1.0)
        goal = y + ds * t

        def system(z):
            return np.concatenate([self.residual(z), np.reshape(np.sum(weights * t * (z - goal)), 1)])

        r = self.solve(system, goal)
        return (r.x, r.nit) if r.success else (None, r.nit)

    def at_p(self, y, p):
        """The solution at a given p, from y; None if there is none near."""
        r = root(
            lambda x: self.residual(np.concatenate([x, np.array([p / self.unit])])), y[:-1],
            tol=self.tol, options=self.options,
        )  # fmt: skip
        self.nfev += r.nfev
        self.njvp += r.njvp + r.nlinearize
        return np.append(r.x, p / self.unit) if r.success else None

    def fold(self, y, t, s):
        """The turning point of p between y and the point at the distance s: a secant iteration on t_p."""
        a, ta, b, tb = 0.0, t[-1], s, None
        best = None
        for _ in range(12):
            z, _ = self.at(y, t, b)
            if z is None:
                break
            tz = self.tangent(z, t)
            best, tb = z, tz[-1]
            if abs(tb) < 1e-8 or tb == ta:
                break
            a, b, ta = b, b - tb * (b - a) / (tb - ta), tb
            b = min(max(b, -0.5 * s), 2 * s)
        return None if best is None else (best[-1] * self.unit, self.x_of(best))

    def x_of(self, y):
        """x in the user's shape."""
        return np.reshape(y[:-1], self.shape)

    def follow(self, step, maxsteps):
        """The branch."""
        first = root(lambda x: np.ravel(self.fun(np.reshape(x, self.shape), self.p0)), self.x0.ravel(),
                     tol=self.tol, options=self.options)  # fmt: skip
        self.nfev, self.njvp = first.nfev, first.njvp + first.nlinearize
        y = np.append(first.x, self.p0 / self.unit)
        points: list = [y]
        folds: list = []
        if not first.success:
            return self.result(points, folds, first.status, f"no solution at p0 = {self.p0:g}: {first.message}")
        sign = 1.0 if self.p1 > self.p0 else -1.0
        t = self.tangent(y, np.append(np.zeros(self.n), sign))
        if t[-1] * sign < 0:
            t = -t
        ds = (self.unit / 20 if step is None else step) / self.unit
        for _ in range(maxsteps):
            z, nit = self.at(y, t, ds)
            tz = t if z is None else self.tangent(z, t)
            if z is None or self.dot(t, tz) < 0.8:      # no solution, or the branch bends too much between the points
                ds /= 2
                if ds < 1e-8:
                    return self.result(points, folds, -2, f"no point found beyond p = {y[-1] * self.unit:g}")
                continue
            if tz[-1] * t[-1] < 0:
                found = self.fold(y, t, ds * abs(t[-1]) / (abs(t[-1]) + abs(tz[-1])))
                if found is not None:
                    folds.append(found)
            p, last = z[-1] * self.unit, y[-1] * self.unit
            if (p - self.p1) * sign >= 0:
                end = self.at_p(z if p == last else y + (z - y) * ((self.p1 - last) / (p - last)), self.p1)
                points.append(z if end is None else end)
                return self.result(points, folds, 1, f"p1 = {self.p1:g} reached in {len(points) - 1} steps")
            points.append(z)
            if (p - self.p0) * sign <= 0 and len(points) > 2:
                return self.result(
                    points, folds, 2, f"the branch turned at p = {folds[-1][0]:g} and came back to p0" if folds
                    else "the branch came back to p0",
                )  # fmt: skip
            y, t = z, tz
            ds *= 1.5 if nit <= 3 else 0.7 if nit > 6 else 1.0
            ds = min(ds, 0.25)
        return self.result(points, folds, 0, f"maxsteps = {maxsteps} points made: p = {y[-1] * self.unit:g}")

    def result(self, points, folds, status, message):
        """What `continuation` returns."""
        return OptimizeResult(
            x=np.stack([self.x_of(y) for y in points]), p=np.array([y[-1] * self.unit for y in points]),
            folds=folds, success=status == 1, status=status, message=message, nfev=self.nfev, njvp=self.njvp,
        )  # fmt: skip
