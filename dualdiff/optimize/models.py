"""What Newton's method is told of a function: value, gradient, Hessian, and the factors that suit it.

Invariant: values are those of the function on plain arrays; derivatives are exact.
"""

from typing import Any

import numpy as np
import scipy.sparse as sp

from ..functions.base import as_operand, value_of
from .factors import factors_for

__all__ = ["GaussNewton", "SparseModel"]


class SparseModel:
    """f with its sparse Hessian.

    Parameters
    ----------
    f : callable
        f(x) -> number, x one-dimensional.
    plan : SparseHessian
        Whose pattern is known.
    known : Fill, optional
        What `fill_estimate` found.
    """

    def __init__(self, f: Any, plan: Any, known: Any = None) -> None:
        self.f, self.plan = f, plan
        self.take(plan.pattern, known)

    def take(self, pattern: Any, known: Any = None) -> None:
        """A pattern, and factors for it."""
        self.pattern = pattern
        self.H = sp.csr_array((np.zeros(pattern.nnz), pattern.indices, pattern.indptr), shape=pattern.shape)
        self.rows = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
        on = self.rows == pattern.indices
        self.on, self.place = np.flatnonzero(on), pattern.indices[on]
        self.factors = factors_for(self.whole(), known)

    def whole(self) -> Any:
        """The pattern with all of its diagonal, which a factor needs."""
        return self.pattern

    def value(self, x: Any) -> Any:
        """F on plain arrays."""
        with np.errstate(all="ignore"):
            return np.reshape(value_of(as_operand(self.f(x.copy()))), ())

    def derivatives(self, x: Any) -> tuple[Any, Any]:
        """(gradient, entries of H)."""
        with np.errstate(all="ignore"):
            g, data = self.plan.gradient_and_data(x)
        if self.plan.pattern is not self.pattern:       # f took another branch
            self.take(self.plan.pattern)
        self.H.data[:] = data
        return np.asarray(value_of(g), float), data

    def times(self, v: Any) -> Any:
        """H v at the last point."""
        return self.H @ v

    def diagonal(self) -> Any:
        """Of H at the last point."""
        d = np.zeros(self.H.shape[0])
        d[self.place] = self.H.data[self.on]
        return d


class GaussNewton:
    """Half the sum of squares, or of a loss of them, with J' W J for the Hessian.

    Parameters
    ----------
    F : callable
        F(x) -> residuals (m,), x one-dimensional.
    plan : SparseJacobian
        Whose pattern is known.
    loss : callable
        z -> rho(z), rho'(z), rho''(z), rows of an array; z are squares of residuals in units of `size`.
    size : float
        SciPy's f_scale.
    """

    def __init__(self, F: Any, plan: Any, loss: Any, size: float) -> None:
        self.F, self.plan, self.loss, self.size = F, plan, loss, size
        self.pattern: Any = None
        self.factors: Any = None
        self.H: Any = None

    def value(self, x: Any) -> Any:
        """The cost on plain arrays."""
        with np.errstate(all="ignore"):
            r = np.asarray(value_of(self.F(x.copy())), float)
            return 0.5 * self.size**2 * np.sum(self.loss((r / self.size) ** 2)[0])

    def derivatives(self, x: Any) -> tuple[Any, Any]:
        """(gradient, entries of J' W J)."""
        with np.errstate(all="ignore"):
            r, J = self.plan.value_and_jacobian(x)
        r = np.asarray(value_of(r), float).ravel()
        self.r, self.J = r, sp.csr_array(J)
        _, first, second = self.loss((r / self.size) ** 2)
        curvature = np.maximum(first + 2 * second * (r / self.size) ** 2, 1e-3 * first)
        weighted = sp.diags_array(curvature, format="csr") @ self.J
        H = sp.csr_array(self.J.T @ weighted) + 0.0 * sp.identity(x.size, format="csr")
        H.sort_indices()
        pattern = self.plan.pattern
        if self.pattern is not pattern or H.nnz != self.H.nnz:
            self.pattern = pattern
            self.factors = factors_for(H)
        self.H = H
        return self.J.T @ (first * r), H.data

    def times(self, v: Any) -> Any:
        """J' W J v at the last point."""
        return self.H @ v

    def diagonal(self) -> Any:
        """Of J' W J at the last point."""
        return self.H.diagonal()
