"""scipy.signal.place_poles where the poles determine the gains: with one input, or as many as there are states.

With one input the gain k is that for which a - b k has the poles as eigenvalues: k = e' C^-1 p(a), with C the matrix of
controllability and p the polynomial of the poles (Ackermann).  With inputs that reach every state b k = a - d, where d
has the poles on its diagonal.  With other numbers of inputs the gains are one choice of many, which SciPy's iteration
makes and stops at a tolerance.
"""

from typing import Any

import numpy as np
import scipy.signal as _signal

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of

__all__ = ["place_poles"]


def place_poles(A: Any, B: Any, poles: Any, method: str = "YT", rtol: float = 1e-3, maxiter: int = 30) -> Any:
    """scipy.signal.place_poles, by the system and the poles, where they determine the gains."""
    a, b, wanted = as_operand(A), as_operand(B), as_operand(poles)
    found = _signal.place_poles(value_of(a), value_of(b), value_of(wanted), method, rtol, maxiter)
    n, rank = np.shape(a)[0], np.linalg.matrix_rank(value_of(b))
    order = in_order(value_of(wanted), found.requested_poles)
    wanted = wanted[order]
    if rank == n:
        gain = np.matmul(np.linalg.pinv(b), a - blocks(wanted))
    elif rank == 1 and np.shape(b)[1] == 1:
        gain = single(a, b, wanted)
    else:
        raise UnsupportedError(
            f"scipy.signal.place_poles of duals with {np.shape(b)[1]} inputs of rank {rank} and {n} states: the "
            "poles do not determine the gains, an iteration chooses them. It has derivatives for one input, "
            "and for inputs of the rank of the states; for others take linalg.solve_continuous_are, or minimize"
        )
    found.gain_matrix = gain = exact(gain, found.gain_matrix)
    back = in_order(value_of(wanted), found.computed_poles)
    found.computed_poles = exact(wanted[back], found.computed_poles)
    found.requested_poles = exact(wanted, found.requested_poles)
    if rank != n:
        found.X = vectors(a - np.matmul(b, gain), wanted, found.X)
    return found


def in_order(given: Any, ordered: Any) -> Any:
    """The places of ordered numbers among the given ones, which are the same but for rounding."""
    distance = np.abs(ordered[:, None] - given[None, :])
    places = np.zeros(len(ordered), int)
    for i in range(len(ordered)):
        places[i] = j = int(np.argmin(distance[i]))
        distance[:, j] = np.inf
    return places


def blocks(poles: Any) -> Any:
    """The real matrix with these eigenvalues, blocks of two for conjugate pairs."""
    n = np.shape(poles)[0]
    plain = np.imag(value_of(poles))
    up, low = np.zeros((n, n)), np.zeros((n, n))
    i = 0
    while i < n:
        if plain[i] != 0:
            up[i, i + 1] = low[i + 1, i] = 1.0
            i += 1
        i += 1
    turn = np.imag(poles)
    return np.diag(np.real(poles)) - up * turn[:, None] + low * turn[None, :]


def single(a: Any, b: Any, poles: Any) -> Any:
    """The gain of one input."""
    n = np.shape(a)[0]
    columns = [b[:, 0]]
    for _ in range(n - 1):
        columns.append(np.matmul(a, columns[-1]))
    row = np.linalg.solve(np.stack(columns), np.eye(n)[:, -1])     # the last row of the inverse
    c = np.real(np.poly(poles))
    total, power = c[n] * row, row
    for i in range(n - 1, -1, -1):
        power = np.matmul(power, a)
        total = total + c[i] * power
    return total[None, :]


def vectors(closed: Any, poles: Any, value: Any) -> Any:
    """The eigenvectors of the closed loop, of the length and phase that they have."""
    n = len(value)
    columns = []
    for j in range(n):
        v = value[:, j]
        edge = np.concatenate([np.concatenate([closed - poles[j] * np.eye(n), v[:, None]], axis=1),
                               np.concatenate([np.conj(v), np.zeros(1)])[None]])  # fmt: skip
        x = np.linalg.solve(edge, np.concatenate([np.zeros(n), np.ones(1)]))[:n]
        columns.append(x * (np.linalg.norm(v) / np.sqrt(np.sum(np.real(x * np.conj(x))))))
    return exact(np.stack(columns, axis=1) + 0j, value)
