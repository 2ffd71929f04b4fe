"""GMRES for systems that need few products, which most of Newton's do: SciPy's GCROT(m,k) takes 40 us beside each.

Invariant: the residual is measured by the rotations, and `newton.py` measures it again by a product.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .problem import norm

__all__ = ["gmres"]


def gmres(product: Callable[[Any], Any], b: Any, eta: float, most: int) -> tuple[Any, bool]:
    """(x, whether |b - A x| <= eta |b|) of at most so many products, from zero.

    Parameters
    ----------
    product : callable
        v -> A v.
    b : ndarray
    eta : float
    most : int

    References
    ----------
    Saad and Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856-869; Giraud, Langou and Rozloznik, Comput. Math. Appl. 50
    (2005) 1069-1075 (orthogonalizing twice).

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.solve.short import gmres
    >>> x, good = gmres(lambda v: np.array([2.0, 4.0]) * v, np.array([2.0, 2.0]), 1e-9, 5)
    >>> x.round(6), good
    (array([1. , 0.5]), True)
    """
    size = norm(b)
    if not size:
        return np.zeros_like(b), True
    Q = np.empty((most + 1, b.size), b.dtype)
    Q[0] = b / size
    triangle = np.zeros((most, most))
    turns: list[tuple[float, float]] = []
    right = [size]
    eps = float(np.finfo(b.dtype).eps)
    good = False
    for k in range(most):
        w = product(Q[k])
        before = norm(w)
        known = Q[: k + 1]
        h = known @ w
        w = w - h @ known
        more = known @ w
        w = w - more @ known
        column = (h + more).tolist()
        rest = norm(w)
        for i, (c, s) in enumerate(turns):
            column[i], column[i + 1] = c * column[i] + s * column[i + 1], c * column[i + 1] - s * column[i]
        length = float(np.hypot(column[k], rest))
        if not 16 * eps * before < length < np.inf:     # A is singular on what was found, or not finite
            break
        c, s = column[k] / length, rest / length
        turns.append((c, s))
        column[k] = length
        triangle[: k + 1, k] = column
        right[k:] = [c * right[k], -s * right[k]]
        good = abs(right[-1]) <= eta * size
        if good or rest <= eps * before:
            break
        Q[k + 1] = w / rest
    k = len(turns)
    if not k:
        return np.zeros_like(b), False
    y = np.linalg.solve(triangle[:k, :k], np.array(right[:k]))
    return (y @ Q[:k]).astype(b.dtype, copy=False), good
