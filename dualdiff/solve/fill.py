"""What the factors of a sparse matrix will cost, estimated from its pattern.

Invariant: nothing is factored to find out.
"""

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import reverse_cuthill_mckee

__all__ = ["Fill", "fill_estimate"]

BYTES = 12
"""Bytes of a nonzero of the factors: its value and its row."""
FILL, WORK, SPEED = 4.0, 10.0, 2e9
"""Nonzeros and multiplications of nested dissection in units of its separators, and multiplications a second."""


class Fill(NamedTuple):
    """What the LU factors of a sparse matrix cost, about.

    Attributes
    ----------
    order : ndarray or None
        Reverse Cuthill-McKee's order; None where the matrix has borders: rows that are nearly full.
    half : int
        The half bandwidth in that order; n where there are borders.
    nonzeros : float
        Of both factors; of a symmetric matrix each has half of them.
    seconds : float
        Time to factor it.
    levels : float
        Steps from neighbour to neighbour across the graph: what a product takes to reach from one end to the other.
    """

    order: Any
    half: int
    nonzeros: float
    seconds: float
    levels: float

    @property
    def memory(self) -> float:
        """Bytes of both factors."""
        return BYTES * self.nonzeros


def fill_estimate(A: Any) -> Fill:
    """What LU factors of a sparse matrix cost, about, with a good ordering.

    The mean bandwidth b after reverse Cuthill-McKee is the size of a separator.  With b = n^alpha, nested dissection
    has 2^k separators of size b 2^(-alpha k) at its level k, dense blocks each.

    Parameters
    ----------
    A : sparse array, shape (n, n)

    Returns
    -------
    Fill

    References
    ----------
    George, SIAM J. Numer. Anal. 10 (1973) 345-363; Lipton, Rose and Tarjan, SIAM J. Numer. Anal. 16 (1979) 346-358.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> from dualdiff.solve.fill import fill_estimate
    >>> found = fill_estimate(sp.diags_array([1.0, 1.0, 1.0], offsets=[-1, 0, 1], shape=(1000, 1000)))
    >>> found.half, found.memory < 1e6 and found.seconds < 0.01
    (1, True)
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
    order, half, b = None, n, 0.0
    if m:
        found = reverse_cuthill_mckee(graph, symmetric_mode=True)
        place = np.empty(m, np.intp)
        place[found] = np.arange(m)
        rows = np.repeat(place, np.diff(graph.indptr))
        reach = np.arange(m)
        np.minimum.at(reach, rows, place[graph.indices])
        width = np.arange(m) - reach
        b = float(np.mean(width))
        if not borders:
            order, half = found, int(np.max(width))
    b = max(b, 1.0)
    alpha = np.log(b) / np.log(max(m, 2))
    levels = np.arange(max(1, int(np.log2(max(m, 2)))))
    blocks = 2.0**levels
    size = b * blocks ** (-alpha)
    nonzeros = FILL * float(np.sum(blocks * size**2)) + A.nnz + 2 * borders * n
    work = WORK * float(np.sum(blocks * size**3)) + borders**2 * n
    return Fill(order, half, nonzeros, work / SPEED + nonzeros * 2e-8, m / b)
