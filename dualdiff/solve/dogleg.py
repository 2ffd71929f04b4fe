"""Powell's dogleg on the exact dense Jacobian, for systems of up to a few hundred unknowns.

A step is the Newton step if that is short enough in the scaled norm |D p|, else a point on the path from steepest
descent to it.  J is new at each accepted point: all its columns come from one pass of F, which costs less than the n
evaluations that made Broyden's updates worth while.

Invariant: |F|_2 never grows; every decision is a ratio, so powers of two in x or F change nothing.
"""

from typing import Any

import numpy as np

from ..core._dense import Region
from .matrices import shortest, tiny
from .problem import norm
from .state import at_floor

__all__ = ["run"]

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
    n, poor = problem.size, 0
    region = Region(n, problem.dtype.char == "f")
    A = J.dense()
    while True:
        state.J = A
        whole = None        # Newton's step, where the tests on the step may believe it
        if region.at(A, state.x, state.f, FACTOR):
            whole = region.newton
        else:
            achieved = region.take(shortest(A, region.scaling, state.f))
            if achieved <= 0.5 or not region.factors.singular:
                whole = region.newton
        while True:
            x = region.step()
            if x is None:
                return at_floor(state) or (-3, singular(state, region.factors, A))
            if problem.bounds is not None:
                x = problem.clip(state.x, x - state.x)
                region.moved(x)
            f = problem.residual(x)
            if region.judge(f):
                break
            if not region.fine:
                state.trial = x, f
            if region.exhausted():
                if not region.fine:
                    return -6, f"no finite step: F is not finite at any step down to |D p| = {region.pnorm:.1e}"
                return state.settled(whole) or at_floor(state) or (
                    -2,
                    f"no decrease of |F| at any step down to |D p| = {region.pnorm:.1e}, "
                    f"{stationary(state, A)}{state.where()}",
                )
        state.inverse = None if region.factors.singular else region.factors.solve
        state.accept(x, f, np.nan, region.model, n, region.length, whole)
        ended = state.ended()
        if ended:
            return ended
        gain = region.gain
        if gain > 0.9 and (region.model <= 0.5 or region.length < 0.1):
            floor = at_floor(state)
            if floor:
                return floor
        poor = poor + 1 if gain > 0.99 else 0
        if poor == POOR:
            return -4, (
                f"stagnation: {POOR} steps in a row with |F+| > 0.99 |F|; the last gained {gain:.4f}, "
                f"{stationary(state, A)}{state.where()}"
            )
        A = problem.dense(state.x)


def stationary(state: Any, A: Any) -> str:
    """How small the gradient of |F|^2 is, in words."""
    g = norm(A.T @ (state.f / state.f2)) / max(norm(A.ravel()), tiny(A))
    what = "a local minimum of |F|: " if g < 1e-6 else ""
    return f"{what}|J'F| = {g:.1e} |J||F|, "


def singular(state: Any, lu: Any, A: Any) -> str:
    """The message where no step reduces |F + J s|."""
    return f"J is singular (rcond {lu.rcond:.1e}) and no step reduces |F + J s|, {stationary(state, A)}{state.where()}"
