"""Factors of sparse symmetric matrices that must be positive definite.

A band (after reverse Cuthill-McKee) goes to LAPACK's banded Cholesky, everything else to SuperLU with pivots on the
diagonal, whose signs are those of the eigenvalues (Sylvester).

Invariant: the solution of a system is returned only for a matrix that is positive definite.
"""

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.linalg import LinAlgError, cho_factor, cho_solve, solveh_banded
from scipy.sparse.linalg import splu

from ..solve.fill import fill_estimate

__all__ = ["BUDGET", "Banded", "Dense", "Sparse", "factors_for", "rough"]

NARROW = 24
"""Up to this half bandwidth a band is quicker than SuperLU."""
BUDGET = 1e8
"""Entries that a factor may have: 1.2 GB."""


def rough(number: Any) -> str:
    """A count with two digits that are right: 1,900,000."""
    return f"{float(f'{number:.2g}'):,.0f}"


def factors_for(pattern: Any, known: Any = None) -> Any:
    """The class that suits a pattern, made for it."""
    known = fill_estimate(pattern) if known is None else known
    return Banded(pattern, known.order, known.half) if known.half <= NARROW else Sparse(pattern)


class Banded:
    """Cholesky of a band."""

    name = "a banded Cholesky factor"

    def __init__(self, pattern: Any, order: Any, b: Any) -> None:
        n = pattern.shape[0]
        self.order, self.b = order, b
        place = np.empty(n, np.intp)
        place[order] = np.arange(n)
        rows = np.repeat(np.arange(n), np.diff(pattern.indptr))
        i, j = place[rows], place[pattern.indices]
        self.upper = np.flatnonzero(i <= j)
        i, j = i[self.upper], j[self.upper]
        self.at = (b + i - j, j)
        self.band = np.zeros((b + 1, n))

    def update(self, data: Any) -> None:
        """The matrix, by the entries of the pattern."""
        self.band[self.at] = data[self.upper]

    def solve(self, shift: Any, scale: Any, rhs: Any) -> Any:
        """(H + shift diag(scale))^-1 rhs, or None where that is not positive definite."""
        band = self.band.copy()
        if shift:
            band[self.b] += (shift * scale)[self.order]
        try:
            x = solveh_banded(band, rhs[self.order], overwrite_ab=True, check_finite=False)
        except LinAlgError:
            return None
        found = np.empty_like(x)
        found[self.order] = x
        return found


class Sparse:
    """SuperLU in symmetric mode."""

    name = "a sparse factor (SuperLU)"

    def __init__(self, pattern: Any) -> None:
        # symmetric, so rows are columns
        self.matrix = sp.csc_array((np.zeros(pattern.nnz), pattern.indices, pattern.indptr), shape=pattern.shape)

    def update(self, data: Any) -> None:
        """The matrix, by the entries of the pattern."""
        self.matrix.data[:] = data

    def solve(self, shift: Any, scale: Any, rhs: Any) -> Any:
        """(H + shift diag(scale))^-1 rhs, or None where that is not positive definite."""
        H = self.matrix + sp.diags_array(shift * scale, format="csc") if shift else self.matrix
        try:
            lu = splu(H, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
        except RuntimeError:        # exactly singular
            return None
        if not (np.array_equal(lu.perm_r, lu.perm_c) and (lu.U.diagonal() > 0).all()):
            return None
        return lu.solve(rhs)


class Dense:
    """Cholesky of a whole matrix."""

    name = "a Cholesky factor"

    def update(self, H: Any) -> None:
        """The matrix."""
        self.H = H

    def solve(self, shift: Any, scale: Any, rhs: Any) -> Any:
        """(H + shift diag(scale))^-1 rhs, or None where that is not positive definite."""
        H = self.H + np.diag(shift * scale) if shift else self.H
        try:
            return cho_solve(cho_factor(H, check_finite=False), rhs, check_finite=False)
        except LinAlgError:
            return None
