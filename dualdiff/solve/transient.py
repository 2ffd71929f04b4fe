"""Pseudo-transient continuation: implicit Euler steps on x' = -F, ever longer, until they are Newton steps.

Where every method that insists on a smaller |F| stops in a local minimum, the flow passes through.

Invariant: |F| may grow on the way; the state remembers the best point.
"""

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator

from . import dogleg, newton
from .directions import krylov_solve
from .matrices import DenseLU, factor, plan_for
from .options import Settings
from .preconditioners import affordable
from .problem import norm
from .state import QUADRATIC, at_floor, relative

__all__ = ["run"]

DENSE = 300
GROWTH = 10.0
"""|F| may grow by this in a step."""
STEPS, LONGEST = 100, 1000
"""Steps that any problem gets, and the most that one gets, by default."""


def run(state: Any) -> Any:
    """Iterates until a test decides.

    (sign I/delta + J) s = -F, x+ = x + s, delta+ = delta |F|/|F+| (SER); delta/4 and another try where |F| grows
    tenfold or is not finite.  The sign is that of J's trace: x' = -F and x' = F are flows of one and the same
    equation, and one of them is stable.  With state.backward it is the other one, which passes where a small system
    left the basin of its root.

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
    Kelley and Keyes, SIAM J. Numer. Anal. 35 (1998) 508-523; Mulder and van Leer, J. Comput. Phys. 59 (1985) 232-246
    (switched evolution relaxation).
    """
    problem, settings, J = state.problem, state.settings, state.take()
    x, f, f2, sign = state.x, state.f, state.f2, 0.0
    size = float(np.max(np.abs(x)))
    delta = settings.delta0 or (size if size else 1.0) / state.fmax
    kind = "dense" if problem.size <= DENSE else "sparse" if plan_for(problem, x, optional=True) else "krylov"
    if kind == "sparse" and not affordable(problem, J.sparse()):
        kind = "krylov"
    since, last = 0, np.inf
    if settings.maxiter == Settings.maxiter:
        settings = state.settings = settings.but(maxiter=LONGEST)
    limit = settings.maxiter
    began, allowed = problem.work(), np.inf if problem.rescue_work is None else problem.rescue_work
    for step in range(limit):
        if step >= STEPS and problem.work() - began > allowed:
            limit = step
            break
        before = problem.njvp
        matrix = J.dense() if kind == "dense" else J.sparse() if kind == "sparse" else None
        if state.measure <= state.tol:
            state.newton = solve(J, matrix, problem.dtype.type(0), f, problem, settings)[0]
            if relative(state.newton, x, problem.x_scale is not None) <= QUADRATIC:
                return finish(state, kind)
            ended = state.ended() or (at_floor(state) if f2 > 0.5 * last else None)
            if ended:
                return ended
        if not sign:
            sign = trace_sign(J, matrix, problem) * (-1 if state.backward else 1)
        for _ in range(20):
            shift = problem.dtype.type(sign / delta)
            s, achieved = solve(J, matrix, shift, f, problem, settings)
            new = problem.clip(x, s) if np.isfinite(s).all() else x
            g = problem.residual(new) if new is not x else np.full_like(f, np.nan)
            if np.isfinite(g).all() and norm(g) <= GROWTH * f2:
                break
            state.trial = new, g
            delta /= 4
        else:
            return -6, f"no step of any length keeps |F| below {GROWTH:g} times what it was, {state.where()}"
        last, x, f, f2 = f2, new, g, norm(g)
        state.J = matrix if kind == "dense" else None
        state.accept(x, f, np.nan, achieved, problem.njvp - before, delta)
        if not state.measure or state.steps == settings.maxiter:
            return state.ended()
        since = since + 1 if last and abs(f2 / last - 1) < 1e-3 else 0
        if since == 20 and state.measure <= state.tol:
            break
        if since == 20:
            return -4, f"stagnation: 20 steps in a row left |F| as it was, delta = {delta:.3g}, {state.where()}"
        delta = min(delta * last / f2, 1e30) if f2 else delta
        J = problem.jacobian(x)
    if state.measure <= state.tol:
        return finish(state, kind)
    return 0, f"{limit} steps of pseudo-transient continuation made: {state.where()}"


def finish(state: Any, kind: Any) -> Any:
    """Newton steps from where |F| is small: they tell a root from a place where F is small against F(x0) only."""
    state.next = state.problem.jacobian(state.x)
    return state.ended() or (dogleg.run(state) if kind == "dense" else newton.run(state))


def trace_sign(J: Any, matrix: Any, problem: Any) -> Any:
    """The sign of J's trace; by two products with random signs where there is no matrix (Hutchinson)."""
    if matrix is not None:
        diagonal = matrix.diagonal() if sp.issparse(matrix) else np.diagonal(matrix)
        total = float(np.sum(np.sign(diagonal))) or float(np.sum(diagonal))
    else:
        rng = np.random.default_rng(0)
        signs = [rng.choice(np.array([-1, 1], problem.dtype), problem.size) for _ in range(2)]
        total = sum(float(v @ J.matvec(v)) for v in signs)
    return -1.0 if total < 0 else 1.0


def solve(J: Any, matrix: Any, shift: Any, f: Any, problem: Any, settings: Any) -> tuple[Any, Any]:
    """The step, and |f + (shift I + J) s|/|f|."""
    n = problem.size
    with np.errstate(all="ignore"):
        if matrix is None:
            A = LinearOperator(J.shape, matvec=lambda v: J.matvec(v) + shift * v, dtype=J.dtype)
            s = krylov_solve(A, -f, 0.01, None, None, settings)
            return s, norm(f + A.matvec(s)) / norm(f) if np.isfinite(s).all() else np.nan
        if sp.issparse(matrix):
            return factor(sp.csc_array(matrix + shift * sp.eye_array(n, dtype=J.dtype)), problem)(-f), 0.0
        return DenseLU(matrix + shift * np.eye(n, dtype=J.dtype)).solve(-f), 0.0
