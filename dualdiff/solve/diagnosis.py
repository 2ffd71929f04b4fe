"""Why a solve failed, in numbers: what `RootResult.diagnosis` holds.

Invariant: nothing here raises or changes a solve; what is not known is said to be unknown, not estimated.
"""

from typing import Any

import numpy as np

from ..core import forget_lost, lost_mark
from ..debugging import first_nonfinite
from .matrices import DenseLU, tiny
from .problem import norm

__all__ = ["diagnose"]

LARGEST = 5


def diagnose(state: Any, status: Any, tried: Any) -> Any:
    """What is known about a failure, as a dict.

    Parameters
    ----------
    state : State
        At the best point of the method that is reported.
    status : int
    tried : list of str
        All methods that ran, which the advice leaves out.

    Returns
    -------
    dict
        largest_residuals, largest_steps : list of (index, value)
            The five largest |F|, and the five unknowns that moved most in the last step.
        linear_solve : (achieved, asked) or None
            |F + J s|/|F| of the last step, and eta.
        gradient : float or str
            |J'F|/(|J| |F|): near 0 in a local minimum of |F|.
        rcond : float, and null_vector : list of (index, value)
            Where the method has J as a matrix: its condition, and what it does not determine.
        not_finite : list of index
            The equations that broke.
        first_operation : str
            The line of fun that made the first inf or nan, where it can be told (`dualdiff.debug`).
        advice : str
            One sentence.
    """
    p = state.problem
    f_shape = p.x_shape if p.f_shape is None else p.f_shape
    found: dict[str, Any] = {
        "largest_residuals": largest(p.values(state.best[1]).ravel(), f_shape),
        "largest_steps": [],
        "linear_solve": None,
        "gradient": "not available: the method has products J v only, and J'F needs the transpose",
    }
    if state.last_step is not None:
        found["largest_steps"] = largest(p.point(state.last_step).ravel(), p.x_shape)
        row = state.rows[-1]
        if np.isfinite(row[3]):
            found["linear_solve"] = (row[4], row[3])
    point, broken = (state.x, state.f) if state.trial is None else state.trial
    places = np.flatnonzero(~np.isfinite(broken))
    if places.size:
        found["not_finite"] = [index_of(i, f_shape) for i in places[:LARGEST]]
        first = first_operation(p, point)
        if first is not None:
            found["first_operation"] = first
    local = undetermined = False
    if state.J is not None and np.isfinite(state.f).all() and state.f2 > 0:
        A = state.J.astype(float)
        found["gradient"] = norm(A.T @ (state.f / state.f2)) / max(norm(A.ravel()), tiny(A))
        local = found["gradient"] < 1e-6
        lu = DenseLU(A)
        found["rcond"] = lu.rcond
        if lu.rcond < 1e-12:
            with np.errstate(all="ignore"):
                v, _ = lu.null_vector()
            if np.isfinite(v).all():
                big = [(i, c) for i, c in largest(v, p.x_shape) if abs(c) > 0.1 * np.max(np.abs(v))]
                found["null_vector"] = big
                found["not_determined"] = combination(big)
                undetermined = True
    found["advice"] = advice(state, status, local, undetermined, tried)
    return found


def first_operation(problem: Any, x: Any) -> Any:
    """Where the first number that is not finite comes from at x, or None: fun may be code that takes no duals."""
    mark = lost_mark()
    try:
        with np.errstate(all="ignore"):
            return first_nonfinite(problem.whole, problem.point(x))
    except Exception:
        forget_lost(mark)
        return None


def index_of(i: int, shape: tuple[int, ...]) -> Any:
    """A flat index as the user writes it."""
    places = tuple(int(j) for j in np.unravel_index(int(i), shape))
    return places[0] if len(places) == 1 else places


def largest(v: Any, shape: tuple[int, ...]) -> list[Any]:
    """The five largest elements in size, with their indices."""
    with np.errstate(invalid="ignore"):
        size = np.where(np.isnan(v), np.inf, np.abs(v))
    order = np.argsort(-size, kind="stable")[:LARGEST]
    return [(index_of(i, shape), float(v[i])) for i in order]


def combination(parts: Any) -> str:
    """ "x[3] - x[7]" of a null vector's largest components."""
    top = parts[0][1]
    words = ""
    for i, c in parts:
        c /= top
        name = "x[" + (", ".join(map(str, i)) if isinstance(i, tuple) else str(i)) + "]"
        factor = "" if abs(abs(c) - 1) < 0.005 else f"{abs(c):.2g} "
        sign = "-" if c < 0 else "+"
        words += f"{factor}{name}" if not words else f" {sign} {factor}{name}"
    return f"{words} is not determined"


def advice(state: Any, status: Any, local: Any, undetermined: Any, tried: Any) -> str:
    """One sentence on what to try."""
    if status == -1:
        return "Start where F is finite, or give bounds that keep x in the domain of F."
    if status == -6:
        return "Give bounds that keep x in the domain of F and of its derivative, or start further inside."
    if local:
        more = "" if "ptc" in tried else ', or use method="ptc"'
        return f"The point is a local minimum of |F|: start elsewhere{more}; there may be no root nearby."
    if undetermined:
        return "J is singular in the direction named: an equation is missing or repeated, or the root is a double one."
    if status == -5 or status == 0:
        return "Raise maxiter, maxfev or maxtime" + (
            ", or give a preconditioner M or a pattern." if state.method == "krylov" else "."
        )
    if status in (-3, -4) and state.method == "krylov":
        more = "" if "sparse-krylov" in tried else ' (or method="sparse-krylov")'
        return f"Give a preconditioner M, a sparsity pattern{more}, or x_scale and f_scale."
    x = np.abs(state.x[state.x != 0])
    if x.size and float(np.max(x)) > 1e6 * float(np.min(x)):
        return "The unknowns differ by orders of magnitude: give x_scale and f_scale, or solve for their logarithms."
    if "ptc" in tried:
        return "Start elsewhere, or give x_scale or bounds; there may be no root."
    return 'Start elsewhere, give x_scale or bounds, or use method="ptc".'
