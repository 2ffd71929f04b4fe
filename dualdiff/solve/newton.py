"""The iteration with a line search: inexact Newton on the exact product, however its steps are solved for.

    solve J(x) s = -F(x) to |F + J s| <= eta |F|, follow s as far as |F| decreases enough, choose the next eta

Evaluations of the line search are plain; F is recorded once at each point that a step starts from.

Invariant: all decisions are made on ratios of residuals, so rescaling x or F by a power of two gives the same steps.
"""

from typing import Any

import numpy as np

from .directions import Assisted, Dense, Krylov, Sparse
from .forcing import next_eta, next_eta_1, not_beyond
from .linesearch import backtrack
from .problem import norm
from .state import POOR_STEPS, at_floor

__all__ = ["run"]

RETRIES = 3
CONFIRM = 0.1
"""The forcing term of a step that only the test on the step asks for."""
DENSE = 100
"""Up to here full clipped steps are solved for by dense factors."""


def way_of(state: Any, optional: Any) -> Any:
    """How this method solves for its steps."""
    if state.method == "clipped":
        return Dense(state) if state.problem.size <= DENSE else Assisted(state, optional=True)
    if isinstance(state.settings.M, str):
        return Assisted(state, kind=state.settings.M)
    if state.method == "sparse-krylov":
        return Assisted(state, optional)
    if state.method == "sparse" or state.method == "ptc" and state.problem.plan is not None:
        return Sparse(state)
    return Krylov(state)


def run(state: Any, optional: bool = False) -> Any:
    """Iterates until a test decides.

    Parameters
    ----------
    state : State
        After `begin`; holds the best point at any time, also when this raises.
    optional : bool
        For sparse-krylov: go on as krylov if there is no pattern to be had.

    Returns
    -------
    status : int
        As in RootResult.
    message : str
        One line with the numbers that decided.

    Raises
    ------
    Stop
        From an evaluation: a limit reached, a product that is not finite, or the callback's wish.

    References
    ----------
    Eisenstat and Walker, SIAM J. Sci. Comput. 17 (1996) 16-32, algorithm INB; Kelley, SIAM 1995, algorithm nsolgm of
    section 6.3; Hicken and Zingg, SIAM J. Sci. Comput. 32 (2010) 172-194 (GCROT(m,k)); Brown and Saad, SIAM J. Sci.
    Stat. Comput. 11 (1990) 450-481 (line searches that need J s only).
    """
    problem, settings, J = state.problem, state.settings, state.take()
    smallest_eta = 1e-6 if problem.dtype == np.float64 else 1e-3
    wanted, poor = settings.eta0, 0
    ways = way_of(state, optional)
    while True:
        ways.prepare(state)
        if state.measure > state.tol:
            eta = ways.ask(not_beyond(wanted, state.tol, state.measure, largest=settings.eta_max))
        else:       # the residual is small, and whether the next step is says if this is a root
            eta = ways.ask(CONFIRM)
        step = Step(J, ways, state)
        lam, why = step.solve_and_search(eta, smallest_eta)
        if lam is None:
            return state.settled(step.s if step.achieved <= 0.5 else None) or at_floor(state) or why
        before = state.f2
        state.inverse = ways.inverse
        state.accept(step.x, step.f, eta, step.achieved, step.products, lam, step.s if step.achieved <= 0.5 else None)
        ended = state.ended()
        if ended:
            return ended
        gain = state.f2 / before
        if gain > 0.9 and (lam < 0.1 or step.achieved <= 0.5):
            # the model promised more than came: rounding, or just a hard place; one evaluation tells
            floor = at_floor(state)
            if floor:
                return floor
        poor = poor + 1 if gain > 0.99 or step.achieved > 0.9 else 0
        if poor == POOR_STEPS:
            return -4, (
                f"stagnation: {POOR_STEPS} steps in a row with |F+| > 0.99 |F| or |F + J s| > 0.9 |F|; "
                f"the last gained {gain:.4f} with |F + J s| = {step.achieved:.3g} |F|, {state.where()}"
            )
        ways.learn(gain, lam)
        bounds = {"smallest": smallest_eta, "largest": settings.eta_max}
        if settings.forcing == "ew2":
            wanted = next_eta(eta, gain, **bounds)
        elif settings.forcing == "ew1":
            wanted = next_eta_1(eta, gain, step.achieved, **bounds)
        J = problem.jacobian(state.x)


class Step:
    """One Newton step: the linear solve, the line search, and more accurate solves if that fails."""

    def __init__(self, J: Any, ways: Any, state: Any) -> None:
        self.J, self.ways, self.state = J, ways, state
        self.products = 0

    def solve_and_search(self, eta: Any, smallest_eta: Any) -> tuple[Any, Any]:
        """The accepted length with self.x and self.f there; or None and what went wrong."""
        state, ways = self.state, self.ways
        first = state.problem.njvp
        self.judge(ways.solve(self.J, state.f, eta))
        if not self.achieved < 1:
            other = ways.failed(self.J, state.f, eta, None)
            if other is not None:
                self.judge(other)
        for attempt in range(RETRIES + 1):
            self.products = state.problem.njvp - first
            if not self.achieved < 1:
                how = "too ill-conditioned for its factors" if ways.direct else "too hard for the linear solver"
                return None, (
                    -3,
                    f"J is singular or {how}: |F + J s| = {self.achieved:.3g} |F| after "
                    f"{self.products} products, {state.where()}",
                )
            lam = self.search()
            if lam is not None:
                return lam, None
            before = self.achieved
            if attempt == RETRIES or before <= smallest_eta or ways.direct:
                break
            self.judge(ways.solve(self.J, state.f, max(0.1 * before, 0.1 * smallest_eta), self.s))
            if not self.achieved < 0.9 * before:    # the linear solver has nothing better
                break
        if not self.met_finite:
            return None, (-6, f"no finite step: F is not finite at x + lam s for any lam from 1 to {self.shortest:.1e}")
        return None, (
            -2,
            f"line search failed: no decrease of |F| from lam = 1 to {self.shortest:.1e} along a step with "
            f"|F + J s| = {self.achieved:.3g} |F|, {state.where()}",
        )

    def judge(self, found: Any) -> None:
        """|F + J s|/|F| and the slope of |F|^2 along a step, both by one exact product."""
        f, state = self.state.f, self.state
        self.s, self.slope, self.achieved = found, 0.0, 1.0
        if np.isfinite(found).all() and found.any():
            Js = self.J.matvec(found)
            unit = f / state.fmax       # the products below stay in range, and scale exactly
            size = norm(unit)
            self.achieved = norm(f + Js) / state.f2
            self.slope = 2 * float(np.dot(unit.astype(np.float64), Js / state.fmax)) / size**2

    def search(self) -> Any:
        """The accepted length along s, or None; leaves the point and its residual in self.x and self.f."""
        self.met_finite, self.shortest = False, 1.0
        state, problem = self.state, self.state.problem
        x, s = state.x, self.s

        def merit(lam: Any) -> Any:
            self.shortest = lam
            self.x = problem.clip(x, x.dtype.type(lam) * s)
            self.f = problem.residual(self.x)
            if not np.isfinite(self.f).all():
                state.trial = self.x, self.f
                return np.inf
            self.met_finite = True
            return min(norm(self.f) / state.f2, 1e50) ** 2      # its size is known, its square may overflow

        if state.settings.line_search is None:
            for halvings in range(40):
                if np.isfinite(merit(0.5**halvings)):
                    return 0.5**halvings
            return None
        with np.errstate(divide="ignore", over="ignore"):
            relative = float(np.max(np.abs(s[s != 0] / x[s != 0])))
        return backtrack(merit, self.slope, smallest=0.5 * float(np.finfo(x.dtype).eps) / relative)
