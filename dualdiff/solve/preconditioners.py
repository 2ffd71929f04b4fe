"""Which approximation of J^-1 a large sparse system gets: LU factors, algebraic multigrid, incomplete factors, or none.

LU is exact and fills: in three dimensions it takes more memory and time than the whole solve.  So its fill is
estimated first, and held against a budget.

Invariant: the choice and its reason are said in the result.
"""

import importlib.util
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import reverse_cuthill_mckee
from scipy.sparse.linalg import spilu

from ..errors import ArgumentError
from .matrices import factor

__all__ = ["affordable", "amg", "choose", "fill_estimate", "have_pyamg", "make"]

QUICK = 0.3
"""Seconds of a factorization that nothing else is worth trying for."""
SLOW = 5.0
"""Seconds that a factorization may take; or three times what the solve has taken so far, if that is more."""
BYTES = 12
"""Bytes of a nonzero of the factors: its value and its row."""
FILL, WORK, SPEED = 4.0, 10.0, 2e9
"""Nonzeros and multiplications of nested dissection in units of its separators, and multiplications a second."""
ILU_NONZEROS = 400_000
"""Nonzeros of J up to which SciPy's incomplete factors are quicker than what they save."""
INSTALL = "pip install 'dualdiff[amg]'"


def fill_estimate(A: Any) -> tuple[Any, Any]:
    """About how many bytes, and seconds, LU factors of a sparse matrix take with a good ordering.

    The mean bandwidth b after reverse Cuthill-McKee is the size of a separator.  With b = n^alpha, nested dissection
    has 2^k separators of size b 2^(-alpha k) at its level k, dense blocks each.

    Parameters
    ----------
    A : sparse array, shape (n, n)

    Returns
    -------
    memory, seconds : float

    References
    ----------
    George, SIAM J. Numer. Anal. 10 (1973) 345-363; Lipton, Rose and Tarjan, SIAM J. Numer. Anal. 16 (1979) 346-358.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> from dualdiff.solve.preconditioners import fill_estimate
    >>> memory, seconds = fill_estimate(sp.diags_array([1.0, 1.0, 1.0], offsets=[-1, 0, 1], shape=(1000, 1000)))
    >>> memory < 1e6 and seconds < 0.01
    True
    """
    A = sp.csr_array(A)
    n = A.shape[0]
    degree = np.diff(A.indptr)
    full = degree > 10 * np.sqrt(n)         # such rows are borders, eliminated last
    borders = int(np.sum(full))
    graph = sp.csr_array((np.ones(A.nnz, np.int8), A.indices, A.indptr), A.shape)
    if borders:
        graph = graph[~full][:, ~full]
    graph = sp.csr_array(graph + graph.T)
    m = graph.shape[0]
    b = 0.0
    if m:
        order = reverse_cuthill_mckee(graph, symmetric_mode=True)
        place = np.empty(m, np.intp)
        place[order] = np.arange(m)
        rows = np.repeat(place, np.diff(graph.indptr))
        reach = np.arange(m)
        np.minimum.at(reach, rows, place[graph.indices])
        b = float(np.mean(np.arange(m) - reach))
    b = max(b, 1.0)
    alpha = np.log(b) / np.log(max(m, 2))
    levels = np.arange(max(1, int(np.log2(max(m, 2)))))
    blocks = 2.0**levels
    size = b * blocks ** (-alpha)
    nonzeros = FILL * float(np.sum(blocks * size**2)) + A.nnz + 2 * borders * n
    work = WORK * float(np.sum(blocks * size**3)) + borders**2 * n
    return BYTES * nonzeros, work / SPEED + nonzeros * 2e-8


def have_pyamg() -> bool:
    """Whether pyamg can be imported."""
    return importlib.util.find_spec("pyamg") is not None


def affordable(problem: Any, A: Any) -> Any:
    """Whether LU factors of A are within the budget of memory and time; the estimate is made once a pattern."""
    if problem.fill is None:
        problem.fill = fill_estimate(A)
    memory, seconds = problem.fill
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
    memory, seconds = problem.fill
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
