"""Derivatives of a solution by what the equations depend on.

F(x(p), p) = 0 gives dx = -J^-1 dF, where dF is the derivative of F by p alone.  One evaluation of F at the solution,
in duals, makes dF; one linear solve makes dx; the iterations that found x have no part in it.

    z <- z - J^-1 F(z, p)    once for each order of derivative around the solve

with J held at its value is right to one more order each time, so nested and second-order calls need nothing else.

Before that the solution is refined: the error of x is an error of dx, and Newton's next step squares it.

Invariant: a solution with derivatives is one: where Newton's step at x is not small, they are nan.
"""

from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator, gcrotmk

from ..functions.base import as_operand, linear
from ..maps.base import LinearMap
from ..maps.tangents import is_dual, order_of
from ..transforms.linearize import linearize
from .matrices import DenseLU
from .operator import as_preconditioner, flat, plain
from .preconditioners import affordable, amg
from .problem import Problem, norm
from .sparse_factors import SparseLU
from .state import STEP, relative

__all__ = ["attach", "attached"]

DENSE = 300
MEDIUM = 3000
ACCURACY = 1e-10
REFINEMENTS = 5
DOUBT = 1e-3
"""A Newton step, relative to x, that no rounding explains."""
ROUNDING = 64
"""A Newton step of this many eps, relative to x, refines nothing."""


def attach(problem: Any, args: Any, x: Any, success: Any) -> Any:
    """The solution x, as it is, with the derivatives that args (or what fun closes over) give it: see `attached`."""
    return attached(problem, args, x, success, refine=False)[0]


def attached(problem: Any, args: Any, x: Any, success: Any, refine: bool = True) -> tuple[Any, Any]:
    """The solution x with the derivatives that args (or what fun closes over) give it.

    Parameters
    ----------
    problem : Problem
        That was solved, with plain args.
    args : tuple
        As the user gave them.
    x : ndarray
        The solution; where success is False the derivatives are nan, as there are none.
    success : bool
    refine : bool
        Newton steps first, where x is one of `root`'s or of a solver of the user's.

    Returns
    -------
    z : DualArray
        The solution, refined.
    f : ndarray
        F there, without derivatives.
    """
    def F(z: Any) -> Any:
        return as_operand(flat(problem.value(z, args)))

    with np.errstate(all="ignore"):
        inverse: Any = Nothing()
        if success:
            x, inverse = refined(problem, x) if refine else (x, Inverse(problem, x))
        y = F(x.copy())
        z, depth = x, 0
        while is_dual(y):
            y, depth = y.value, depth + order_of(y)
        for _ in range(depth):
            z = z + np.reshape(correction(inverse, F(z)), x.shape)
    f = plain(F(x))[0]
    return z, f if problem.f_shape is None else np.reshape(f, problem.f_shape)


def refined(problem: Any, x: Any) -> tuple[Any, Any]:
    """(x after Newton steps that square its error, J^-1 there); the inverse is nan if they lead away.

    One step does, where x is what `root` returned; a solver of the user's may need more.
    """
    inverse = Inverse(problem, x)
    residual = inverse.problem.residual
    lb, ub = inside(problem)
    f = residual(x.ravel())
    for _ in range(REFINEMENTS):
        step = np.reshape(inverse.rows(-f[None], False), x.shape)
        if not np.isfinite(step).all():
            return x, inverse
        size = relative(step, x, False)
        if size <= ROUNDING * np.finfo(x.dtype).eps:
            return x, inverse
        new = np.clip(x + step, lb, ub)
        g = residual(new.ravel())
        if not norm(g) < norm(f):       # rounding, or no root
            whole = float(np.max(np.abs(step))) <= DOUBT * float(np.max(np.abs(x)))
            return x, inverse if whole or size <= DOUBT or not f.any() else Nothing()
        x, f, inverse = new, g, Inverse(problem, new)
        if size <= STEP[x.dtype.char]:
            break
    return x, inverse


def inside(problem: Any) -> Any:
    """The bounds in the units and the shape of x."""
    if problem.bounds is None:
        return -np.inf, np.inf
    scale = 1 if problem.x_scale is None else problem.x_scale
    return tuple(np.reshape(side * scale, problem.x_shape) for side in problem.bounds)


def correction(inverse: Any, f: Any) -> Any:
    """Zero in value, -J^-1 t in tangents."""
    if not is_dual(f):
        return np.zeros(np.shape(f), np.result_type(f, float))
    return linear(lambda v: correction(inverse, v), lambda v, y: Minus(inverse, v, y), f)


class Minus(LinearMap):
    """-J^-1 along the last axis of stacks of tangents, which may be duals themselves; its transpose for cotangents."""

    __slots__ = ("inverse", "transposed")

    def __init__(self, inverse: Any, inputs: Any, output: Any, transposed: bool = False) -> None:
        super().__init__(inputs, output)
        self.inverse, self.transposed = inverse, transposed

    def apply(self, ts: Any) -> Any:
        """-J^-1 of each row."""
        return stacked(self.inverse, ts[0], self.transposed)

    def transpose(self, w: Any, i: int) -> Any:
        """-J^-T of each row."""
        return stacked(self.inverse, w, not self.transposed)


def stacked(inverse: Any, t: Any, transposed: bool) -> Any:
    """-J^-1 along the last axis of any array or dual array."""
    if is_dual(t):
        return linear(
            lambda v: stacked(inverse, v, transposed), lambda v, y: Minus(inverse, v, y, transposed), t
        )
    rows = np.reshape(t, (-1, np.shape(t)[-1]))
    if rows.dtype.kind == "c":
        return stacked(inverse, t.real, transposed) + 1j * stacked(inverse, t.imag, transposed)
    return -inverse.rows(rows, transposed).reshape(np.shape(t))


class Nothing:
    """The inverse where there is no solution to be at."""

    def rows(self, V: Any, transposed: bool) -> Any:
        """Not a number, rather than a wrong one."""
        return np.full_like(V, np.nan)


class Inverse:
    """J^-1 and J^-T at a solution: by dense or sparse factors, or by GCROT to 1e-10.

    Parameters
    ----------
    problem : Problem
        Its pattern and colours are used if it has them.
    x : ndarray
        The solution, in the user's units.
    """

    def __init__(self, problem: Any, x: Any) -> None:
        bare = problem.settings.but(x_scale=None, f_scale=None, maxfev=None, maxtime=None)
        p = Problem(problem.fun, x, problem.args, bare, problem.jac)
        p.plan, p.ncolors, p.outer = problem.plan, problem.ncolors, problem.outer
        self.problem, self.J = p, p.jacobian(x.ravel())
        self.factors: Any = None
        self.recorded: Any = None
        self.multigrid: Any = None      # J as a matrix, where its factors are beyond the budget
        if p.size > DENSE and p.plan is None:
            p.residual(x.ravel())       # says whether fun closes over duals
        if p.size <= DENSE:
            self.use_dense()
        elif p.plan is None and p.outer:
            # they are duals of a call that is over when cotangents come: what these need is made now
            self.use_dense() if p.size <= MEDIUM else self.operator(True)
        elif p.plan is not None:
            A = self.J.sparse()
            if problem.choice is not None and problem.choice[0] == "amg" and not affordable(problem, A):
                self.multigrid = A
                return
            try:
                lu = SparseLU(A)
            except RuntimeError:        # exactly singular
                self.factors = Nothing().rows
            else:
                self.factors = lambda V, transposed: lu.solve(V.T, "T" if transposed else "N").T

    def use_dense(self) -> None:
        """Factors of the whole matrix."""
        lu = DenseLU(self.J.dense())
        if lu.rcond == 0:
            self.factors = Nothing().rows
        else:
            self.factors = lambda V, transposed: lu.solve(V.T, transposed).T

    def operator(self, transposed: bool) -> Any:
        """J or J' as products."""
        if not transposed:
            return self.J
        p = self.problem
        if self.recorded is None:
            self.recorded = (
                linearize(p.whole, self.J.exact.x)[1].T if self.J.exact is not None else self.J.user().T
            )

        def matvec(w: Any) -> Any:
            return np.ravel(plain(self.recorded @ np.ravel(w))[0])

        return LinearOperator(self.J.shape, matvec=matvec, dtype=self.J.dtype)

    def rows(self, V: Any, transposed: bool) -> Any:
        """J^-1 (or J^-T) times each row."""
        V = np.ascontiguousarray(V, self.J.dtype)
        if self.factors is None:
            A, M = self.operator(transposed), None
            if self.multigrid is not None:
                M = as_preconditioner(amg(self.multigrid.T if transposed else self.multigrid), A.shape[0], A.dtype)
            found = np.zeros_like(V)
            for i, v in enumerate(V):
                if v.any():
                    found[i], info = gcrotmk(A, v, rtol=ACCURACY, atol=0.0, maxiter=40, m=60, k=20, M=M)
                    if info:
                        break
            else:
                return found
            if self.problem.size > MEDIUM:
                return np.full_like(V, np.nan)
            self.use_dense()
        return self.factors(V, transposed)

