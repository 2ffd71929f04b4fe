"""Powell's dogleg on the exact dense Jacobian, for systems of up to a few hundred unknowns.

A step is the Newton step if that is short enough in the scaled norm |D p|, else a point on the path from steepest
descent to it.  J is new at each accepted point: all its columns come from one pass of F, which costs less than the n
evaluations that made Broyden's updates worth while.

Invariant: |F|_2 never grows; every decision is a ratio, so powers of two in x or F change nothing.
"""

from typing import Any

import numpy as np

from .matrices import DenseLU, newton_step, tiny
from .problem import finite, norm
from .state import at_floor

__all__ = ["dogleg_step", "run"]

FACTOR = 100.0
"""The first radius, in units of |D x0| (or of |F(x0)|, where x0 is zero)."""
POOR = 20


def run(state: Any) -> Any:
    """Iterates until a test decides.

    Parameters
    ----------
    state : State
        After `begin`.

    Returns
    -------
    status : int
    message : str

    Raises
    ------
    Stop
        From an evaluation.

    References
    ----------
    Powell, A hybrid method for nonlinear equations, in Rabinowitz (ed.), 1970; More, Garbow and Hillstrom, User Guide
    for MINPACK-1, ANL-80-74, 1980 (the scaling D and the rules for the radius); Moler's equilibration by powers of two.
    """
    problem, J = state.problem, state.take()
    eps = float(np.finfo(problem.dtype).eps)
    n, D, radius, poor = problem.size, None, None, 0
    while True:
        A = J.dense()
        state.J = A
        size = column_norms(A)
        if D is None:
            D = np.where(size > 0, size, np.max(size) or 1)
            at = norm(D * state.x)
            radius = FACTOR * (at if at > 0 else state.f2)
            first = True
        else:
            D = np.maximum(D, size)
        lu = DenseLU(A)
        newton = newton_step(A, lu, D, state.f)
        whole = newton if finite(newton) else None      # what the tests on the step may believe
        if whole is not None and lu.singular and not norm(state.f + A @ newton) <= 0.5 * state.f2:
            whole = None
        while True:
            p, length = dogleg_step(A, D, state.f, newton, radius)
            pnorm = norm(D * p)
            if not 0 < pnorm < np.inf:
                return at_floor(state) or (-3, singular(state, lu, A))
            x = problem.clip(state.x, p)
            p = x - state.x if problem.bounds is not None else p
            f = problem.residual(x)
            model = norm(state.f + A @ p) / state.f2
            pnorm = norm(D * p) if problem.bounds is not None else pnorm
            if first:
                radius, first = min(radius, pnorm), False
            fine = finite(f)
            if not fine:
                state.trial = x, f
                radius, ratio = 0.25 * min(radius, pnorm), -1.0
            else:
                gain = norm(f) / state.f2
                actual = 1 - min(gain, 1e50) ** 2
                predicted = 1 - model**2
                ratio = actual / predicted if predicted > 0 else -1.0
                if ratio < 0.1:
                    radius = 0.5 * min(radius, pnorm) if ratio > -10 else 0.1 * min(radius, pnorm)
                elif ratio >= 0.5 or abs(ratio - 1) <= 0.1:
                    radius = max(radius, 2 * pnorm)
            if fine and ratio >= 1e-4:
                break
            if radius <= eps * norm(D * state.x) or radius <= 1e-30 * state.f2:
                if not fine:
                    return -6, f"no finite step: F is not finite at any step down to |D p| = {pnorm:.1e}"
                return state.settled(whole) or at_floor(state) or (
                    -2,
                    f"no decrease of |F| at any step down to |D p| = {pnorm:.1e}, "
                    f"{stationary(state, A)}{state.where()}",
                )
        state.accept(x, f, np.nan, model, n, min(1.0, length), whole)
        ended = state.ended()
        if ended:
            return ended
        if gain > 0.9 and (model <= 0.5 or length < 0.1):
            floor = at_floor(state)
            if floor:
                return floor
        poor = poor + 1 if gain > 0.99 else 0
        if poor == POOR:
            return -4, (
                f"stagnation: {POOR} steps in a row with |F+| > 0.99 |F|; the last gained {gain:.4f}, "
                f"{stationary(state, A)}{state.where()}"
            )
        J = problem.jacobian(state.x)


def dogleg_step(A: Any, D: Any, f: Any, newton: Any, radius: Any) -> tuple[Any, Any]:
    """The dogleg's point with |D p| <= radius, and its length in units of the Newton step.

    Parameters
    ----------
    A : ndarray, shape (n, n)
    D, f, newton : ndarray, shape (n,)
        The scaling, F, and the Newton step (nan if there is none).
    radius : float

    Returns
    -------
    p : ndarray, shape (n,)
    length : float
        |D p|/|D newton|, at most 1.

    References
    ----------
    More, Garbow and Hillstrom, MINPACK-1, subroutine dogleg.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.solve.dogleg import dogleg_step
    >>> dogleg_step(np.eye(2), np.ones(2), np.array([3.0, 4.0]), np.array([-3.0, -4.0]), 1.0)
    (array([-0.6, -0.8]), 0.2)
    """
    whole = norm(D * newton)
    if not whole < np.inf:
        whole = np.inf
    elif whole <= radius:
        return newton, 1.0
    fsize = norm(f)
    unit = f / fsize
    g = (A.T @ unit) / D                # the gradient of |f|^2/2 in the scaled unknowns, over |f|
    gsize = norm(g)
    if not 0 < gsize < np.inf:
        return np.zeros_like(f), 0.0
    g = g / gsize
    Ag = A @ (g / D)
    curvature = norm(Ag) ** 2
    cauchy = fsize * gsize / curvature if curvature > 0 else np.inf      # the length that minimises along -g
    if cauchy >= radius or whole == np.inf:
        step = min(cauchy, radius)
        return (-step * g / D).astype(f.dtype), step / whole if whole < np.inf else 0.0
    start, end = -cauchy * g, D * newton
    way = end - start
    a, b, c = float(way @ way), float(start @ way), float(start @ start) - radius**2
    t = -c / (b + np.sqrt(max(b * b - a * c, 0.0))) if b > 0 else (-b + np.sqrt(max(b * b - a * c, 0.0))) / a
    q = start + min(max(t, 0.0), 1.0) * way
    return (q / D).astype(f.dtype), norm(q) / whole


def column_norms(A: Any) -> Any:
    """|A e_j| of each column, without overflow."""
    if A.dtype.char == "d":
        square = np.einsum("ij,ij->j", A, A)
        if 1e-200 < float(square.min()) and float(square.max()) < 1e200:
            return np.sqrt(square)
    top = max(float(np.abs(A).max()), tiny(A))
    return np.sqrt(np.sum(np.square(A / top), axis=0)) * top


def stationary(state: Any, A: Any) -> str:
    """How small the gradient of |F|^2 is, in words."""
    g = norm(A.T @ (state.f / state.f2)) / max(norm(A.ravel()), tiny(A))
    what = "a local minimum of |F|: " if g < 1e-6 else ""
    return f"{what}|J'F| = {g:.1e} |J||F|, "


def singular(state: Any, lu: Any, A: Any) -> str:
    """The message where no step reduces |F + J s|."""
    return f"J is singular (rcond {lu.rcond:.1e}) and no step reduces |F + J s|, {stationary(state, A)}{state.where()}"
