"""Whether a result that has no derivative moves with the arguments all the same: then a derivative was lost.

Beside the point a lost derivative shows at once, but for a number that was rounded before, found under a rounded number
in a cache, or found by a coarse bisection: these lie still there and move further away.  So do the steps of a staircase
(floor, a count, a comparison, a place in a table), and its derivative is zero by right.
"""

from typing import Any

import numpy as np

from ..maps.tangents import is_dual
from ..transforms.pytrees import flatten, unflatten
from .plain import combined, copied, is_number

__all__ = ["FAR", "carries", "follows", "is_step", "moved_along", "moves_along", "nudges"]

FAR = 1e4
"""How much further than beside the point a constant result is looked at."""
WAYS = np.array([0.11, 0.23, 0.38, 0.47, 0.59, 0.74, 0.83, 1.0])
"""Points on the way to `FAR`; no step of a staircase fits them all."""
ENOUGH = 4
"""How many of them have numbers of their own where f goes along."""
PARTS = (0.5, 0.31, 0.83)
"""Of a step beside the point, to see whether f moves in proportion."""
SMOOTH, ROUGH = 0.002, 0.02
"""How far from a curve they lie then: also where f compares numbers, as a bisection does."""


def nudges(args: Any, kwargs: Any) -> Any:
    """For each leaf of the arguments a direction in which its derivatives are taken, of size 1; None for a constant."""
    found: list[Any] = []
    for x in flatten((args, kwargs))[0]:
        t = x.tangents if is_dual(x) else None
        if t is None:
            found.append(None)
            continue
        if type(t) is not np.ndarray:  # recorded, or of second order
            found.append(np.ones(np.shape(x)))
            continue
        s = combined(t)
        found.append(s / max(np.max(np.abs(s), initial=0.0), 1e-300))
    return found


def moved_along(args: Any, kwargs: Any, steps: Any, size: Any) -> Any:
    """(args, kwargs): plain arguments, moved along the steps by size * 1e-6 of the largest number of each."""
    leaves, structure = flatten((args, kwargs))
    plain = [copied(x) for x in leaves]
    moved = []
    for x, s in zip(plain, steps, strict=True):
        if s is None:
            moved.append(x)
        else:
            y = x + size * 1e-6 * (float(np.max(np.abs(x), initial=0.0)) or 1.0) * s
            moved.append(float(y) if type(x) is float else y)
    return unflatten(structure, moved)


def moves_along(y: Any, whole: Any, parts: Any) -> Any:
    """Where a result moves in proportion to the step, of which parts are the `PARTS`.

    At an extremum, where the derivative is zero, it does not, nor where it is a staircase.
    """
    with np.errstate(all="ignore"):
        whole = whole - y
        found = np.abs(whole) > 1e-9 * np.abs(y)
        for size, part in zip(PARTS, parts, strict=True):
            found = found & (np.abs(part - y - size * whole) < 0.12 * np.abs(whole))
        return found


def is_step(y: Any, near: Any, far: Any) -> bool:
    """Whether a result jumps at the point itself and lies still beside it: a step, whose derivative is 0."""
    if np.shape(y) != np.shape(near) or np.shape(y) != np.shape(far):
        return False
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(np.subtract(far, near)) <= 0.01 * np.abs(np.subtract(near, y))))


def carries(f: Any, args: Any, kwargs: Any, steps: Any) -> bool:
    """Whether f has a derivative at a point elsewhere: here its result was found where an earlier call had left it."""
    from ..transforms.jvp import jvp

    there, named = moved_along(args, kwargs, steps, -FAR)
    leaves, structure = flatten((there, named))
    free = [i for i, s in enumerate(steps) if s is not None]

    def of_free(*xs: Any) -> Any:
        here = list(leaves)
        for i, x in zip(free, xs, strict=True):
            here[i] = x
        inner, more = unflatten(structure, here)
        return f(*inner, **more)

    try:
        _, tangents = jvp(of_free, tuple(leaves[i] for i in free), tuple(steps[i][()] for i in free), lift=False)
    except Exception:
        return False
    return any(is_number(t) and np.any(t) for t in flatten(tangents)[0])


def follows(run: Any, args: Any, kwargs: Any, steps: Any, found: Any, compared: Any) -> bool:
    """Whether a result follows an element of the arguments on the way to `FAR`, in small steps or none.

    run(args, kwargs) is the function on plain numbers, found its result at the point.  A staircase with few steps in a
    hundredth of the element's size does not; one element is moved, as the steps of many look like one slope.
    """
    steps = culprit(run, args, kwargs, steps, found)
    if steps is None:
        return False
    ways = [flatten(run(*moved_along(args, kwargs, steps, FAR * size)))[0] for size in WAYS]
    here = flatten(found)[0]
    if any(len(way) != len(here) for way in ways):
        return False
    for i, y in enumerate(here):
        rows = [way[i] for way in ways]
        if all(is_number(v) and np.shape(v) == np.shape(y) for v in (y, *rows)):
            rise = np.array([np.ravel(np.asarray(v, dtype=complex) - y) for v in rows])
            if any(is_curve(rise[:, j], ROUGH if compared else SMOOTH) for j in np.flatnonzero(rise[-1])[:32]):
                return True
    return False


def is_curve(rise: Any, apart: Any) -> bool:
    """Whether the numbers that have moved from a start lie on a parabola through it."""
    j = np.flatnonzero(rise)
    if len(np.unique(rise[j])) < max(ENOUGH, 0.75 * len(j)) or not np.all(np.isfinite(rise)):
        return False
    h = WAYS[j]
    basis = np.stack([h, h * h], axis=1)
    slope, bend = np.linalg.lstsq(basis, rise[j], rcond=None)[0]
    if abs(slope) < 0.5 * abs(bend):    # an extremum, where the derivative is zero
        return False
    fitted = basis @ np.array([slope, bend])
    return bool(np.max(np.abs(fitted - rise[j])) <= apart * np.max(np.abs(rise[j])))


def culprit(run: Any, args: Any, kwargs: Any, steps: Any, found: Any) -> Any:
    """The steps of one element that moves the result, by halving; None if that moves nothing."""
    places = [(i, p) for i, s in enumerate(steps) if s is not None for p in np.flatnonzero(s).tolist()]

    def only(chosen: Any) -> Any:
        parts = [None if s is None else np.zeros(np.shape(s)) for s in steps]
        for i, p in chosen:
            parts[i].flat[p] = 1.0 if np.ravel(steps[i])[p] > 0 else -1.0
        return parts

    def moves(chosen: Any) -> bool:
        ys = flatten(run(*moved_along(args, kwargs, only(chosen), FAR)))[0]
        return any(not np.array_equal(y, x) for y, x in zip(ys, flatten(found)[0], strict=False) if is_number(x))

    while len(places) > 1:
        half = places[: len(places) // 2]
        places = half if moves(half) else places[len(places) // 2 :]
    return only(places) if places and moves(places) else None
