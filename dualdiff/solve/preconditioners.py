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

__all__ = ["affordable", "amg", "choose", "have_pyamg", "make", "shallow"]

QUICK = 0.3
"""Seconds of a factorization that nothing else is worth trying for."""
SLOW = 5.0
"""Seconds that a factorization may take; or three times what the solve has taken so far, if that is more."""
ILU_NONZEROS = 400_000
"""Nonzeros of J up to which SciPy's incomplete factors are quicker than what they save."""
LEVELS = 250
"""Steps across the graph of J up to which a Krylov method without help is done before a preconditioner is made."""
INSTALL = "pip install 'dualdiff[amg]'"


def have_pyamg() -> bool:
    """Whether pyamg can be imported."""
    return importlib.util.find_spec("pyamg") is not None


def estimated(problem: Any, A: Any) -> Any:
    """What LU factors of A cost, made once a pattern."""
    if problem.fill is None:
        problem.fill = fill_estimate(A)
    return problem.fill


def shallow(problem: Any, A: Any) -> Any:
    """Why no preconditioner is made for now, from the pattern of J; None where one is worth its price.

    A product reaches the next neighbours.  On a grid in three dimensions all are near, so a few hundred products
    solve, and the factors would be large.
    """
    found = estimated(problem, A)
    if found.seconds <= QUICK or found.levels > LEVELS:
        return None
    return (
        f"LU factors of J take about {found.memory / 1e9:.2g} GB and {found.seconds:.2g} s, and its graph is crossed "
        f"in {found.levels:.0f} steps, so a few hundred products solve"
    )


def affordable(problem: Any, A: Any) -> Any:
    """Whether LU factors of A are within the budget of memory and time."""
    found = estimated(problem, A)
    memory, seconds = found.memory, found.seconds
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
    diagonal = A.diagonal()
    if not (diagonal != 0).all():
        return False
    ones = np.ones(A.shape[0], A.dtype)
    weights = abs(A) @ ones - abs(diagonal)
    excess = np.sign(diagonal) * (A @ ones - diagonal)      # of entries with the other sign
    weight = float(np.sum(weights))
    return weight == 0 or float(np.sum(weights - excess)) / 2 >= 0.8 * weight


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
            # classical interpolation takes three times as long in three dimensions, and saves no product
            levels = pyamg.ruge_stuben_solver(matrix, max_coarse=200, interpolation="direct")
        except (ValueError, RuntimeError, np.linalg.LinAlgError):
            levels = pyamg.smoothed_aggregation_solver(matrix)
        cycle = levels.aspreconditioner(cycle="V")

    def apply(v: Any) -> Any:
        return np.asarray(cycle @ v, v.dtype)

    return apply
