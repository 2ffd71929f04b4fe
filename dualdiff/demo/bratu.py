"""The 2-D Bratu problem -lap(u) = lambda exp(u) on the unit square, u = 0 at the edge, by two solvers.

The residual is what a NumPy user writes; nothing in it knows of dualdiff.

Invariant: both solvers get the same residual, start and tolerance, and start counting at the same moment.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Bound", "Outcome", "bratu", "by_dualdiff", "by_scipy"]


def bratu(n: int, lam: Any) -> Any:
    """The residual on n x n interior points, by the five-point formula, times h^2.

    F_ij = 4 u_ij - u_i-1,j - u_i+1,j - u_i,j-1 - u_i,j+1 - h^2 lambda exp(u_ij), h = 1/(n + 1)

    Parameters
    ----------
    n : int
        Interior points along each side.
    lam : float
        lambda; there are two solutions below 6.808, one there, none above.

    Returns
    -------
    callable
        F(u) for u of shape (n*n,), of the same shape.

    References
    ----------
    Averick, Carter, More and Xue, The MINPACK-2 Test Problem Collection, 1992: solid fuel ignition.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.demo.bratu import bratu
    >>> bratu(3, 1.0)(np.zeros(9))[0]
    np.float64(-0.0625)
    """
    h = 1 / (n + 1)

    def F(u: Any) -> Any:
        u = u.reshape(n, n)
        P = np.pad(u, 1)
        lap = P[2:, 1:-1] + P[:-2, 1:-1] + P[1:-1, 2:] + P[1:-1, :-2] - 4 * u
        return (-lap - h**2 * lam * np.exp(u)).ravel()

    return F


@dataclass
class Outcome:
    """How one solver did: what it cost, where it stopped, and the residuals on the way."""

    solver: str
    reached: bool
    fmax: float
    evaluations: int
    linearizations: int
    products: int
    seconds: float
    work: list[int]
    residuals: list[float]
    note: str
    u: np.ndarray


class Bound(Exception):
    """Raised by the residual when a run has used its time."""


def by_dualdiff(F: Callable[..., Any], u0: Any, tol: Any, maxtime: Any, disp: bool = True) -> Any:
    """Solves with `dualdiff.solve.root`; prints one line a step."""
    from .. import solve

    work = [1]

    def callback(intermediate_result: Any) -> None:
        r = intermediate_result
        work.append(r.nfev + r.nlinearize + r.njvp)

    r = solve.root(
        F, u0, method="krylov", tol=tol, callback=callback, options={"disp": disp, "maxtime": maxtime}
    )  # fmt: skip
    return Outcome(
        "dualdiff.solve.root", bool(r.success), float(np.max(np.abs(F(r.x)))), r.nfev, r.nlinearize, r.njvp,
        r.time, work, r.history["|F|max"].tolist(), r.message, r.x,
    )  # fmt: skip


def by_scipy(F: Callable[..., Any], u0: Any, tol: Any, maxtime: Any) -> Any:
    """Solves with `scipy.optimize.newton_krylov` and its difference quotients, for maxtime seconds at most."""
    from scipy.optimize import NoConvergence, newton_krylov

    count, best = [0], [u0, np.inf]
    start = time.perf_counter()

    def counted(u: Any) -> Any:
        count[0] += 1
        if time.perf_counter() - start > maxtime:
            raise Bound
        return F(u)

    work, residuals = [1], [float(np.max(np.abs(F(u0))))]

    def callback(x: Any, f: Any) -> None:
        work.append(count[0])
        residuals.append(float(np.max(np.abs(f))))
        if residuals[-1] < best[1]:
            best[:] = x.copy(), residuals[-1]

    note = "converged"
    try:
        u = newton_krylov(counted, u0, f_tol=tol, callback=callback)
    except Bound:
        u, note = best[0], f"stopped by this program after {maxtime:g} s"
    except (NoConvergence, ValueError) as error:
        u, note = best[0], f"gave up: {type(error).__name__}"
    seconds = time.perf_counter() - start
    fmax = float(np.max(np.abs(F(u))))
    name = "scipy.optimize.newton_krylov"
    return Outcome(name, fmax <= tol, fmax, count[0], 0, 0, seconds, work, residuals, note, u)
