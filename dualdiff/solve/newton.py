"""The iteration: inexact Newton with a recycling Krylov method on the exact product.

    solve J(x) s = -F(x) to |F + J s| <= eta |F|, follow s as far as |F| decreases enough, choose the next eta

Evaluations of the line search are plain; F is recorded once at each point that a step starts from.

Invariant: all decisions are made on ratios of residuals, so rescaling x or F by a power of two gives the same steps.
The state always holds the best point.  Imported by call.py.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse.linalg import gcrotmk

from .forcing import next_eta, not_beyond
from .linesearch import backtrack
from .operator import as_preconditioner
from .problem import Problem, norm, where_not_finite
from .result import HISTORY, RootResult

__all__ = ["Settings", "State", "run"]

RECYCLE_FROM = 20
"""Products of a linear solve from which its subspace is worth its start-up cost at the next step."""
POOR_STEPS = 10
RETRIES = 3


@dataclass(frozen=True)
class Settings:
    """The options of a solve, with their defaults; `call.root` documents them."""

    maxiter: int = 200
    maxfev: int | None = None
    maxtime: float | None = None
    fatol: float | None = None
    frtol: float | None = None
    eta0: float = 0.3
    eta_max: float = 0.9
    forcing: str | float = "ew2"
    M: Any = None
    m: int = 30
    k: int = 10
    cycles: int = 5
    linearize: bool = True
    disp: bool = False


@dataclass
class State:
    """Where a solve is: the point, its residual, and the rows of the history."""

    problem: Problem
    x: np.ndarray
    f: np.ndarray
    tol: float = np.nan
    rows: list = field(default_factory=list)
    fmax: float = np.nan
    f2: float = np.nan

    def accept(self, x, f, eta=np.nan, achieved=np.nan, products=0, lam=np.nan):
        """Takes a point, and writes its row."""
        self.x, self.f, self.fmax, self.f2 = x, f, float(np.max(np.abs(f))), norm(f)
        self.rows.append(
            (len(self.rows), self.fmax, self.f2, eta, achieved, products, lam, self.problem.seconds())
        )

    @property
    def steps(self):
        """Accepted steps so far."""
        return max(0, len(self.rows) - 1)

    def result(self, **more):
        """The result if the solve ended now, in the user's shapes and with copies of everything."""
        p = self.problem
        f_shape = p.x_shape if p.f_shape is None else p.f_shape
        return RootResult(
            x=self.x.reshape(p.x_shape).copy(),
            fun=self.f.reshape(f_shape).copy(),
            nit=self.steps,
            nfev=p.nfev,
            njvp=p.njvp,
            nlinearize=p.nlinearize,
            tol=self.tol,
            time=p.seconds(),
            history=np.array(self.rows, HISTORY),
            **more,
        )


def run(state, settings, report):
    """Iterates until a test decides.

    Parameters
    ----------
    state : State
        At x0, F not yet evaluated; holds the best point at any time, also when this raises.
    settings : Settings
        The options.
    report : callable
        Called with the state after x0 and after each accepted step; may raise Stop.

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
    problem = state.problem
    start = problem.residual(state.x)
    state.accept(state.x, start)
    if not np.isfinite(start).all():
        report(state)
        return -1, f"F(x0) is not finite: {where_not_finite(start, problem.f_shape or problem.x_shape, 'F')}"
    J = problem.jacobian(state.x)
    state.tol = tolerance(state, J, settings)
    report(state)
    smallest_eta = 1e-6 if problem.dtype == np.float64 else 1e-3
    wanted, poor = settings.eta0, 0
    recycled: list = []
    while True:
        if state.fmax <= state.tol:
            return 1, f"converged: max|F| = {state.fmax:.3g} <= {state.tol:.3g}"
        if state.steps == settings.maxiter:
            return 0, f"maxiter = {settings.maxiter} steps made: max|F| = {state.fmax:.3g} > {state.tol:.3g}"
        M = preconditioner(state, settings)
        eta = not_beyond(wanted, state.tol, state.fmax, largest=settings.eta_max)
        step = Step(J, M, settings, recycled)
        lam, why = step.solve_and_search(state, eta, smallest_eta)
        if lam is None:
            return at_floor(state) or why
        before = state.f2
        state.accept(step.x, step.f, eta, step.achieved, step.products, lam)
        report(state)
        gain = state.f2 / before
        if gain > 0.9 and (lam < 0.1 or step.achieved <= 0.5) and state.fmax > state.tol:
            # the model promised more than came: rounding, or just a hard place; one evaluation tells
            floor = at_floor(state)
            if floor:
                return floor
        poor = poor + 1 if gain > 0.99 or step.achieved > 0.9 else 0
        if poor == POOR_STEPS and state.fmax > state.tol:
            return -4, (
                f"stagnation: {POOR_STEPS} steps in a row with |F+| > 0.99 |F| or |F + J s| > 0.9 |F|; "
                f"the last gained {gain:.4f} with |F + J s| = {step.achieved:.3g} |F|, max|F| = {state.fmax:.3g}"
            )
        if isinstance(settings.forcing, str):
            wanted = next_eta(eta, gain, smallest=smallest_eta, largest=settings.eta_max)
        J = problem.jacobian(state.x)


def tolerance(state, J, settings):
    """The bound on max|F|: fatol + frtol max(max|F(x0)|, max|J(x0) x0|).

    The second term is the size of what cancels in F, so that a start next to the root is not asked for the impossible.
    """
    fatol, frtol = settings.fatol, settings.frtol
    if frtol is None:
        frtol = 0.0 if fatol is not None else 1e-8 if state.problem.dtype == np.float64 else 1e-5
    size = state.fmax
    if frtol and state.x.any():
        size = max(size, float(np.max(np.abs(J.matvec(state.x)))))
    return (fatol or 0.0) + frtol * size


def preconditioner(state, settings):
    """The preconditioner for this step, told where the iteration is if it wants to know."""
    M, p = settings.M, state.problem
    if hasattr(M, "update"):
        M.update(state.x.reshape(p.x_shape).copy(), state.f.reshape(p.f_shape).copy())
    return as_preconditioner(M, p.size, p.dtype)


class Step:
    """One Newton step: the linear solve, the line search, and more accurate solves if that fails."""

    def __init__(self, J, M, settings, recycled):
        self.J, self.M, self.settings, self.recycled = J, M, settings, recycled
        self.products = 0

    def solve_and_search(self, state, eta, smallest_eta):
        """The accepted length with self.x and self.f there; or None and what went wrong."""
        first = state.problem.njvp
        self.direction(state, eta, None)
        for attempt in range(RETRIES + 1):
            self.products = state.problem.njvp - first
            if not self.achieved < 1:
                return None, (
                    -3,
                    f"J is singular or too hard for the linear solver: |F + J s| = {self.achieved:.3g} |F| after "
                    f"{self.products} products, max|F| = {state.fmax:.3g} > {state.tol:.3g}; give a preconditioner M",
                )
            lam = self.search(state)
            if lam is not None:
                return lam, None
            before = self.achieved
            if attempt == RETRIES or before <= smallest_eta:
                break
            self.direction(state, max(0.1 * before, 0.1 * smallest_eta), self.s)
            if not self.achieved < 0.9 * before:    # the linear solver has nothing better
                break
        if not self.met_finite:
            return None, (-6, f"no finite step: F is not finite at x + lam s for any lam from 1 to {self.shortest:.1e}")
        return None, (
            -2,
            f"line search failed: no decrease of |F| from lam = 1 to {self.shortest:.1e} along a step with "
            f"|F + J s| = {self.achieved:.3g} |F|, max|F| = {state.fmax:.3g} > {state.tol:.3g}",
        )

    def direction(self, state, eta, s):
        """Solves J s = -F to eta, from s; then |F + J s|/|F| and the slope of |F|^2, both by one exact product."""
        options, f = self.settings, state.f
        before, reused = state.problem.njvp, bool(self.recycled)
        with np.errstate(all="ignore"):
            found, _ = gcrotmk(
                self.J, -f, x0=s, rtol=eta, atol=0.0, maxiter=options.cycles, M=self.M,
                m=options.m, k=options.k, CU=self.recycled, discard_C=True,
            )  # fmt: skip
        if state.problem.njvp - before <= RECYCLE_FROM:
            self.recycled.clear()
        self.s, self.slope, self.achieved = found, 0.0, 1.0
        if np.isfinite(found).all() and found.any():
            Js = self.J.matvec(found)
            unit = f / state.fmax       # the products below stay in range, and scale exactly
            size = norm(unit)
            self.achieved = norm(f + Js) / state.f2
            self.slope = 2 * float(np.dot(unit.astype(np.float64), Js / state.fmax)) / size**2
        if not self.achieved < 1:
            self.recycled.clear()
            if reused:      # where J is nearly singular, an old subspace can mislead the method
                self.direction(state, eta, s)

    def search(self, state):
        """The accepted length along s, or None; leaves the point and its residual in self.x and self.f."""
        self.met_finite, self.shortest = False, 1.0
        x, s = state.x, self.s

        def merit(lam):
            self.shortest = lam
            self.x = x + x.dtype.type(lam) * s
            self.f = state.problem.residual(self.x)
            if not np.isfinite(self.f).all():
                return np.inf
            self.met_finite = True
            return min(norm(self.f) / state.f2, 1e50) ** 2      # its size is known, its square may overflow

        with np.errstate(divide="ignore", over="ignore"):
            relative = float(np.max(np.abs(s[s != 0] / x[s != 0])))
        return backtrack(merit, self.slope, smallest=0.5 * float(np.finfo(x.dtype).eps) / relative)


def at_floor(state):
    """(2, message) if |F| is what rounding x makes of it, else None; costs one evaluation."""
    x, problem = state.x, state.problem
    signs = np.random.default_rng(0).choice(np.array([-1, 1], x.dtype), x.size)
    moved = problem.residual(x + np.finfo(x.dtype).eps * signs * x)
    if not np.isfinite(moved).all():
        return None
    noise = norm(moved - state.f)
    if state.f2 > 10 * noise:
        return None
    return 2, (
        f"rounding floor: |F| = {state.f2:.3g} <= 10 x {noise:.3g}, what rounding x changes it by; "
        f"max|F| = {state.fmax:.3g} > {state.tol:.3g}"
    )
