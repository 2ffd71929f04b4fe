"""The Jacobian as a matrix: its pattern and colours, and its factors.

Invariant: a singular matrix is no exception; its factors are those of a matrix next to it.
"""

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack
from scipy.sparse.linalg import splu

from ..core import forget_lost, lost_mark
from ..core._dense import Factors
from ..errors import DualDiffError
from ..sparse.jacobian import SparseJacobian
from .sparse_factors import SparseLU

__all__ = [
    "FULL", "DenseLU", "factor", "newton_step", "pattern_for", "plan_for", "planned_jacobian", "shortest", "tiny",
]  # fmt: skip

FULL = 0.1
"""The share of nonzeros from which a matrix is treated as dense."""


def pattern_for(problem: Any, x: Any, optional: bool = False) -> Any:
    """Sees to the pattern of J, which is `problem.pattern` then; whether a sparse J can be had.

    Parameters
    ----------
    problem : Problem
    x : ndarray
        Where to detect the pattern, if it was not given.
    optional : bool
        False also where the pattern is too full to be of use, or cannot be found.

    Returns
    -------
    bool
    """
    if problem.pattern is not None:
        return True
    if problem.jac is not None:
        J = problem.jacobian(x).user()
        problem.pattern = J if sp.issparse(J) else None
        return not optional or problem.pattern is not None
    if optional and (problem.plan_refused or problem.outer):
        return False
    import dualdiff as dd

    pattern = problem.settings.pattern
    fun, point, mark = problem.of_x, problem.point(x), lost_mark()
    try:
        with np.errstate(all="ignore"):
            if pattern is None or isinstance(pattern, str):
                plan: Any = SparseJacobian(fun)
                compiled = hasattr(fun, "__dualdiff_program__")     # its pattern is read off its graph
                pattern = plan.ready(point, (), {})[0] if compiled else dd.sparsity(fun, point)
                problem.learning = plan
    except DualDiffError:
        if not optional:
            raise
        forget_lost(mark)
        problem.plan_refused = True
        return False
    if optional and pattern.nnz > FULL * problem.size**2:
        problem.plan_refused = True
        return False
    problem.pattern = pattern
    return True


def plan_for(problem: Any, x: Any, optional: bool = False) -> Any:
    """Sees to the pattern and the colours of J; whether a sparse J can be had.

    Parameters
    ----------
    problem : Problem
        Gets `plan` and `ncolors`.
    x, optional
        As for `pattern_for`.

    Returns
    -------
    bool
    """
    if problem.plan is not None:
        return True
    if not pattern_for(problem, x, optional):
        return False
    if problem.jac is not None:
        return True
    plan = problem.learning
    with np.errstate(all="ignore"):
        if plan is None:
            plan = SparseJacobian(problem.of_x, problem.pattern)
        elif plan.made is None:
            plan.learned(problem.pattern)
    problem.plan, problem.ncolors = plan, plan.ncolors
    return True


def planned_jacobian(problem: Any, x: Any) -> Any:
    """J at a point in the user's shape, by the problem's plan, which may learn its pattern anew."""
    plan = problem.plan
    problem.count_products(plan.ncolors + 1)        # one checks the pattern
    before = plan.made
    with np.errstate(all="ignore"):
        J = sp.csc_array(plan(x))
    if plan.made is not before:
        problem.count_products(plan.ncolors)
        problem.ncolors, problem.ordering = plan.ncolors, None
    return J


def factor(A: Any, problem: Any) -> Any:
    """v -> A^-1 v for a CSC matrix; sqrt(eps) max|A| on the diagonal where A is exactly singular.

    Parameters
    ----------
    A : sparse array, shape (n, n)
    problem : Problem
        Counts the factorization; remembers the ordering that suits the pattern.

    Returns
    -------
    callable
    """
    problem.nlu += 1
    try:
        factors = SparseLU(A, problem.ordering)
        problem.ordering = factors.ordering
        return factors.solve
    except RuntimeError:        # "Factor is exactly singular"
        top = float(np.max(np.abs(A.data))) if A.nnz else 1.0
        shift = np.sqrt(np.finfo(A.dtype).eps) * (top or 1.0)
        shifted = A + sp.eye_array(*A.shape, dtype=A.dtype) * A.dtype.type(shift)
        return splu(sp.csc_array(shifted), permc_spec="COLAMD").solve


class DenseLU(Factors):
    """LU factors of a dense matrix with its rows brought to one size by powers of two.

    Parameters
    ----------
    A : ndarray, shape (n, n)

    Attributes
    ----------
    rcond : float
        An estimate of 1/(|A| |A^-1|) after the scaling; 0 for an exactly singular matrix.
    singular : bool
        Whether that is below the precision of A.

    References
    ----------
    Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002, sections 9.8 and 15.3.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.solve.matrices import DenseLU
    >>> DenseLU(np.array([[2.0, 0.0], [0.0, 4e9]])).solve(np.array([2.0, 4e9]))
    array([1., 1.])
    """

    def null_vector(self) -> tuple[Any, Any]:
        """A unit vector that the matrix makes very small, and the factor: two steps of inverse iteration.

        Examples
        --------
        >>> import numpy as np
        >>> from dualdiff.solve.matrices import DenseLU
        >>> v, _ = DenseLU(np.array([[1.0, -1.0], [1.0, -1.0 + 1e-14]])).null_vector()
        >>> bool(abs(v[0] - v[1]) < 1e-6)
        True
        """
        return null_vector(self)


def null_vector(factors: Factors) -> tuple[Any, Any]:
    """As `DenseLU.null_vector`."""
    n, lu, pivots = len(factors.lu), factors.lu.copy(order="F"), factors.pivots
    diagonal = np.abs(np.diagonal(lu))
    lu[np.arange(n), np.arange(n)] += np.where(diagonal > 1e-300, 0, np.finfo(float).eps * (diagonal.max() or 1.0))
    v = np.random.default_rng(0).normal(size=n)
    size = 1.0
    for _ in range(3):
        v = v / np.linalg.norm(v)
        w = lapack.dgetrs(lu, pivots, v, 1)[0]
        w /= np.linalg.norm(w)
        v = lapack.dgetrs(lu, pivots, w)[0]
        size = float(1 / np.linalg.norm(v))
    return v / np.linalg.norm(v), size


def tiny(A: Any) -> float:
    """The smallest positive number of A's precision."""
    return float(np.finfo(A.dtype).tiny)


def newton_step(A: Any, lu: Any, D: Any, f: Any) -> Any:
    """The Newton step; where A is singular the shortest in |D p| of those that minimise |f + A p|."""
    if not lu.singular:
        p = lu.solve(-f)
        if np.isfinite(p).all():
            return p
    return shortest(A, D, f)


def shortest(A: Any, D: Any, f: Any) -> Any:
    """Of the steps that minimise |f + A p| the shortest in |D p|; nan where there is none."""
    with np.errstate(all="ignore"):
        try:
            return np.linalg.lstsq(A / D, -f, rcond=None)[0] / D
        except np.linalg.LinAlgError:
            return np.full_like(f, np.nan)
