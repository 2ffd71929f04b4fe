"""Which approximation of J^-1 a large sparse system gets: LU factors, algebraic multigrid, incomplete factors, or none.

LU is exact and fills: in three dimensions it takes more memory and time than the whole solve.  So its fill is
estimated first, and held against a budget.

Invariant: the choice and its reason are said in the result.
"""

import importlib.util
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import spilu

from ..errors import ArgumentError
from .fill import fill_estimate
from .matrices import factor

__all__ = ["affordable", "amg", "choose", "have_pyamg", "make"]

QUICK = 0.3
"""Seconds of a factorization that nothing else is worth trying for."""
SLOW = 5.0
"""Seconds that a factorization may take; or three times what the solve has taken so far, if that is more."""
ILU_NONZEROS = 400_000
"""Nonzeros of J up to which SciPy's incomplete factors are quicker than what they save."""
INSTALL = "pip install 'dualdiff[amg]'"


def have_pyamg() -> bool:
    """Whether pyamg can be imported."""
    return importlib.util.find_spec("pyamg") is not None


def affordable(problem: Any, A: Any) -> Any:
    """Whether LU factors of A are within the budget of memory and time; the estimate is made once a pattern."""
    if problem.fill is None:
        problem.fill = fill_estimate(A)
    memory, seconds = problem.fill.memory, problem.fill.seconds
    return memory <= problem.settings.memory and seconds <= max(SLOW, 3 * problem.seconds())


def choose(problem: Any, A: Any, avoid: Any = ()) -> tuple[Any, Any]:
    """(kind, reason): "lu", "amg", "ilu" or "none" for this J.

    Parameters
    ----------
    problem : Problem
        Whose budget and time so far count.
    A : sparse array
        J.
    avoid : collection of str
        Kinds that have been tried and do not serve.
    """
    within = affordable(problem, A)
    memory, seconds = problem.fill.memory, problem.fill.seconds
    costs = f"LU factors of J take about {memory / 1e9:.2g} GB and {seconds:.2g} s"
    if seconds <= QUICK and within:
        return "lu", costs
    if "amg" not in avoid and have_pyamg() and elliptic(A):
        return "amg", f"{costs}, and J looks like a diffusion operator, which multigrid (pyamg) is made for"
    if within:
        return "lu", costs
    why = f"{costs}, which is beyond the budget"
    if "amg" not in avoid and not have_pyamg():
        problem.wanted = (
            f"{costs}; algebraic multigrid may serve: it needs pyamg, which is not installed ({INSTALL})"
        )
        why += f"; pyamg, which may serve, is not installed ({INSTALL})"
    if "ilu" not in avoid and A.nnz <= ILU_NONZEROS:
        return "ilu", why
    return "none", why


def elliptic(A: Any) -> Any:
    """Whether most off-diagonal entries have the sign that a diffusion operator gives them."""
    A = sp.coo_array(A)
    diagonal = sp.csr_array(A).diagonal()
    if not (diagonal != 0).all():
        return False
    off = A.row != A.col
    entries = A.data[off] * np.sign(diagonal[A.row[off]])
    weight = float(np.sum(np.abs(entries)))
    return weight == 0 or float(np.sum(np.abs(entries[entries < 0]))) >= 0.8 * weight


def make(kind: Any, A: Any, problem: Any) -> Any:
    """v -> about A^-1 v, by the kind that was chosen; None if that cannot be made."""
    if kind == "lu":
        return factor(A, problem)
    if kind == "amg":
        return amg(A)
    if kind == "ilu":
        try:
            with np.errstate(all="ignore"):
                return spilu(A, drop_tol=1e-3, fill_factor=10).solve
        except (RuntimeError, MemoryError):
            return None
    return None


def amg(A: Any) -> Any:
    """One V-cycle of a Ruge-Stueben hierarchy, or of smoothed aggregation where that cannot be made.

    Raises
    ------
    ArgumentError
        If pyamg is not installed.
    """
    try:
        import pyamg
    except ImportError:
        raise ArgumentError(f'M="amg" needs pyamg, which is not installed: {INSTALL}') from None
    matrix = sp.csr_matrix(A)
    matrix.sort_indices()
    with np.errstate(all="ignore"):
        try:
            levels = pyamg.ruge_stuben_solver(matrix, max_coarse=200)
        except (ValueError, RuntimeError, np.linalg.LinAlgError):
            levels = pyamg.smoothed_aggregation_solver(matrix)
        cycle = levels.aspreconditioner(cycle="V")

    def apply(v: Any) -> Any:
        return np.asarray(cycle @ v, v.dtype)

    return apply
