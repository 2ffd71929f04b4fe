"""Derivatives that SciPy's methods ask for, made from the function alone.

Dense or sparse is decided by size and pattern: a pattern is looked for from 50 unknowns on, and used where at most a
tenth of the matrix is nonzero.

Invariant: what cannot be differentiated raises an error of dualdiff that names the operation, at the first derivative
SciPy asks for; there is no silent fall-back to differences.  Write jac="2-point" for those.
Imported by optimize.py, integrate.py and dualdiff/solve/optimise.py.
"""

from typing import Any

import numpy as np
from scipy.sparse import csc_array, csc_matrix, issparse
from scipy.sparse.linalg import LinearOperator

import dualdiff as dd

from ..core import forget_lost, lost_mark
from ..errors import DualDiffError, UnsupportedError
from ..functions.base import value_of
from ..sparse import SparseJacobian

__all__ = ["SPARSE_FROM", "Gradient", "HessianProduct", "Jacobian", "dense_hessian", "plan_of"]

SPARSE_FROM = 50
FULL = 0.1


def plan_of(f, x, *args, pattern=None):
    """A plan x -> sparse J, or None where J is small or full, or the pattern cannot be had."""
    if pattern is not None:
        return dd.sparse_jacobian(f, x, *args, pattern=pattern)
    if x.size < SPARSE_FROM:
        return None
    mark = lost_mark()
    try:
        with np.errstate(all="ignore"):
            found = dd.sparsity(f, x, *args)
        m, n = found.shape
        if found.nnz > FULL * m * n:
            return None
        return SparseJacobian(f).learned(found)     # learned anew where f takes another branch
    except DualDiffError:
        forget_lost(mark)       # if J cannot be had without a pattern either, its error tells
        return None


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

    def __init__(self, f, kwargs=None, pattern=None, sparse=True):
        kwargs = kwargs or {}
        self.f = (lambda x, *args: f(x, *args, **kwargs)) if kwargs else f
        self.pattern, self.sparse = pattern, sparse
        self.plan: Any = None
        self.decided = False

    def decide(self, x, *args):
        """Whether J is sparse; called with the first point."""
        if not self.decided:
            self.decided = True
            if self.sparse:
                self.plan = plan_of(self.f, x, *args, pattern=self.pattern)
        return self.plan is not None

    def __call__(self, x, *args):
        """J at x."""
        x = np.asarray(x, float)
        with np.errstate(all="ignore"):
            if self.decide(x, *args):
                try:
                    return csc_matrix(csc_array(self.plan(x, *args)))
                except UnsupportedError:        # f closes over duals of a call around the solve
                    self.plan = None
            J = value_of(dd.jacobian(self.f)(x, *args))
        return np.reshape(J, (-1, x.size))


def one_number(f):
    """F, whose result SciPy takes as an array of one element too."""
    def g(*args):
        y = f(*args)
        return np.reshape(y, ()) if np.ndim(y) and np.size(y) == 1 else y

    return g


class Gradient:
    """x, *args -> grad f, of the shape of x."""

    def __init__(self, f):
        self.f, self.grad = f, dd.grad(one_number(f))

    def __call__(self, x, *args):
        """The gradient at x."""
        with np.errstate(all="ignore"):
            return np.asarray(value_of(self.grad(np.asarray(x, float), *args)))


class HessianProduct:
    """x, p, *args -> H p; the gradient is recorded once at each x and replayed for each p."""

    def __init__(self, f):
        self.f, self.at, self.H = one_number(f), None, None

    def operator(self, x, *args):
        """H at x, as a linear operator."""
        x = np.asarray(x, float)
        if self.at is None or not np.array_equal(self.at, x):
            with np.errstate(all="ignore"):
                self.H = dd.linearize(lambda x: dd.grad(self.f)(x, *args), x)[1]
            self.at = x.copy()
        return self.H

    def __call__(self, x, p, *args):
        """H p at x."""
        return value_of(self.operator(x, *args) @ np.asarray(p, float))


def dense_hessian(f):
    """x, *args -> H (n, n)."""
    hessian = dd.hessian(one_number(f))

    def H(x, *args):
        with np.errstate(all="ignore"):
            return np.asarray(value_of(hessian(np.asarray(x, float), *args)))

    return H


def as_operator(f, x, *args):
    """J as products and transposed products, from one recording."""
    with np.errstate(all="ignore"):
        J = dd.linearize(lambda x: f(x, *args), np.asarray(x, float))[1]
    return LinearOperator(J.shape, matvec=J.matvec, rmatvec=J.rmatvec, dtype=float)


def dense_of(J):
    """A dense matrix of either kind."""
    return J.toarray() if issparse(J) else J
