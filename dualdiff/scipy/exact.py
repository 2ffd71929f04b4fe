"""Derivatives that SciPy's methods ask for, made from the function alone.

Dense or sparse is decided by size and pattern: a pattern is looked for from 50 unknowns on, and used where at most a
tenth of the matrix is nonzero.

Invariant: what cannot be differentiated raises an error of dualdiff that names the operation, at the first derivative
SciPy asks for; there is no silent fall-back to differences.  Write jac="2-point" for those.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import csc_array, csc_matrix, issparse
from scipy.sparse.linalg import LinearOperator

import dualdiff as dd

from ..core import forget_lost, lost_mark
from ..errors import DualDiffError, LostDerivativeError
from ..functions.base import as_operand, has_duals, value_of
from ..programs.bound import derivative_of
from ..sparse.jacobian import SparseJacobian

__all__ = ["FULL", "SPARSE_FROM", "Gradient", "HessianProduct", "Jacobian", "dense_hessian", "number", "plan_of"]

SPARSE_FROM = 50
FULL = 0.1


def plan_of(f: Any, x: Any, *args: Any, pattern: Any = None, kind: Any = SparseJacobian) -> Any:
    """A plan x -> sparse J, or None where J is small or full, or the pattern cannot be had."""
    if pattern is not None:
        return kind(f, pattern)
    if x.size < SPARSE_FROM:
        return None
    mark = lost_mark()
    try:
        with np.errstate(all="ignore"):
            found = dd.sparsity(f, x, *args)
        m, n = found.shape
        if found.nnz > FULL * m * n:
            return None
        return kind(f).learned(found)     # learned anew where f takes another branch
    except DualDiffError:
        forget_lost(mark)       # if J cannot be had without a pattern either, its error tells
        return None


class PlainJacobian(SparseJacobian):
    """A sparse J in plain numbers, also of f that closes over duals of a call around the solve.

    SciPy's iteration is not differentiated, so nobody asks for the derivatives of J.
    """

    def of_columns(self, products: Any) -> Any:
        return value_of(products)

    def row(self, g: Any, x: Any, i: Any, m: Any) -> Any:
        return value_of(super().row(g, x, i, m))


class Jacobian:
    """x, *args -> J, dense or sparse as the first call finds it.

    Parameters
    ----------
    f : callable
        f(x, *args), x one-dimensional.
    kwargs : dict
        Passed to f.
    pattern : sparse matrix, optional
        Of J, if the caller knows it.
    sparse : bool
        Whether the one that asks can use a sparse matrix.
    """

    def __init__(self, f: Any, kwargs: Any = None, pattern: Any = None, sparse: bool = True) -> None:
        kwargs = kwargs or {}
        self.f = (lambda x, *args: f(x, *args, **kwargs)) if kwargs else f
        self.pattern, self.sparse = pattern, sparse
        self.program = derivative_of("jacobian", self.f)
        self.plan: Any = None
        self.decided = False

    def decide(self, x: Any, *args: Any) -> bool:
        """Whether J is sparse; called with the first point."""
        if not self.decided:
            self.decided = True
            if self.sparse:
                self.plan = plan_of(self.f, x, *args, pattern=self.pattern, kind=PlainJacobian)
        return self.plan is not None

    def __call__(self, x: Any, *args: Any) -> Any:
        """J at x."""
        x = np.asarray(x, float)
        with np.errstate(all="ignore"):
            if self.decide(x, *args):
                return csc_matrix(csc_array(self.plan(x, *args)))
            J = None if self.program is None else self.program(x, *args)
            if type(J) is not np.ndarray:       # not compiled, or with results in lists
                J = value_of(dd.jacobian(self.f)(x, *args))
        return np.reshape(J, (-1, x.size))


def number(f: Any) -> Callable[..., Any]:
    """F, whose result may be an array of one element, as a function that returns a number."""
    def of(x: Any, *args: Any) -> Any:
        y = f(x, *args)
        if not has_duals(y):
            check_constant(f, x, args, y)
        return np.reshape(as_operand(y), ()) if np.ndim(y) and np.size(y) == 1 else y

    return of


def by_program(kind: Any, f: Any) -> Any:
    """A derivative of `number(f)`; by programs where f is compiled and returns a number."""
    program, plain = derivative_of(kind, f), getattr(dd, kind)(number(f))
    if program is None:
        return plain
    numbers: list[bool] = []

    def derivative(x: Any, *args: Any) -> Any:
        if not numbers:
            numbers.append(np.ndim(f(x, *args)) == 0)
        return (program if numbers[0] else plain)(x, *args)

    return derivative


def check_constant(f: Any, x: Any, args: Any, y: Any) -> None:
    """Raises where f returns a plain number, as a constant would, but another one near x: a cache in it, mostly.

    A plain inf or nan says that x is outside of what f is for.
    """
    if not np.all(np.isfinite(y)):
        return
    x = value_of(as_operand(x))
    near = f(x + 1e-6 * np.maximum(np.abs(x), 1.0) * np.where(np.arange(x.size) % 2, -1, 1).reshape(x.shape), *args)
    if not np.array_equal(near, y, equal_nan=True):
        raise LostDerivativeError(
            "the function returned a plain number, without the derivative, but it changes with x: does it keep "
            "results, and find one again for a dual x of the same value? Give the function without its cache, or jac="
        )


class Gradient:
    """x, *args -> grad f, of the shape of x; nan where f is nan, although the derivative of a constant is 0."""

    def __init__(self, f: Any) -> None:
        self.grad = by_program("value_and_grad", f)

    def __call__(self, x: Any, *args: Any) -> Any:
        """The gradient at x."""
        with np.errstate(all="ignore"):
            value, g = self.grad(np.asarray(x, float), *args)
        return np.full(np.shape(g), np.nan) if np.isnan(value_of(value)) else np.asarray(value_of(g))


class HessianProduct:
    """x, p, *args -> H p; the gradient is recorded once at each x and replayed for each p."""

    def __init__(self, f: Any) -> None:
        self.gradient, self.at, self.H = dd.grad(number(f)), None, None

    def operator(self, x: Any, *args: Any) -> Any:
        """H at x, as a linear operator."""
        x = np.asarray(x, float)
        if self.at is None or not np.array_equal(self.at, x):
            self.H, self.at = self.fresh(x, *args), x.copy()
        return self.H

    def fresh(self, x: Any, *args: Any) -> Any:
        """H at x, recorded anew."""
        with np.errstate(all="ignore"):
            return dd.linearize(lambda x: self.gradient(x, *args), x)[1]

    def __call__(self, x: Any, p: Any, *args: Any) -> Any:
        """H p at x."""
        return value_of(self.operator(x, *args) @ np.asarray(p, float))


def dense_hessian(f: Any) -> Callable[..., Any]:
    """x, *args -> H (n, n)."""
    hessian = by_program("hessian", f)

    def H(x: Any, *args: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.asarray(value_of(hessian(np.asarray(x, float), *args)))

    return H


def as_operator(f: Any, x: Any, *args: Any) -> Any:
    """J as products and transposed products, from one recording."""
    with np.errstate(all="ignore"):
        J = dd.linearize(lambda x: f(x, *args), np.asarray(x, float))[1]
    return LinearOperator(J.shape, matvec=J.matvec, rmatvec=J.rmatvec, dtype=float)


def dense_of(J: Any) -> Any:
    """A dense matrix of either kind."""
    return J.toarray() if issparse(J) else J
