"""Second derivatives at kinks: right where the function is smooth there, else the convention's with a KinkWarning.

0.5*norm(r)**2 has the Hessian J'J where r is 0, though the norm has no derivative there: the kink is squared away.  The
formulas at the point itself cannot tell.  So the core and the functions with kinks count when a kink is met while
derivatives are themselves differentiated (`kinks_met`), and the outermost call is then evaluated beside the point, at
four neighbours, where the formulas are exact.  Where those agree, and the order below does not jump, their mean is the
derivative.

What is not a square of abs, hypot, norm or sqrt keeps the convention's value, with a warning, though its neighbours
agree (cos(abs(x))): `innermost` looks at a recording of the functions that were differentiated.

Invariant: nothing here runs for a function that meets no kink.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import calm, collect, kinks_since, listen
from ..errors import KinkWarning
from ..functions.base import has_duals, value_of
from ..maps.base import dtype_of
from ..maps.tangents import TOWER, Node, is_dual, order_of, scheme_of
from ..quiet import quietly
from .pytrees import flatten, unflatten
from .recording import Recording
from .walks import Bits

__all__ = ["beside"]

STEP = 2.0**-26
"""How far the neighbours are from the point, relative to each number."""

CLOSER = 2.0**-12
"""How much nearer a second set of neighbours is."""

WIDER = 2.0**8
"""How much further away a third set is, at which a mean that is the derivative is still the same."""

TENDS = 0.25
"""How much nearer to the point's own derivative the nearer neighbours' is where that is the limit."""

ROUNDING = 2.0**-50
"""Of the order below, over the step: so much of a derivative may be rounding."""

AGREE = 1e-5
"""How far the neighbours' derivatives may differ, relative to the largest."""

KINKED = {"absolute", "hypot", "sqrt", "norm"}


def beside(pair: Any, primals: Any, before: Any) -> Any:
    """pair(*primals) = (value, derivative) at a kink.

    Parameters
    ----------
    pair : callable
        (value, derivative, ...) as structures of numbers and arrays; what follows is handed back.
    primals : tuple
        Structures of numbers and arrays without derivatives.
    before : int
        What `kinks_met` said before the call.
    """
    names = sorted(kinks_since(before))
    loose: list[Any] = []
    bent: list[Any] = []
    times: list[int] = []
    listen(lambda g, args, kwargs: innermost(g, args, kwargs, loose, bent, times))
    try:
        with np.errstate(all="ignore"), quietly(KinkWarning):
            found = calm(pair, primals)
    finally:
        listen(None)
    leaves, structure = flatten(found[1])
    here = joined(leaves)
    # a gradient at the point is the convention's, which those beside it tend to where the function is smooth; what is
    # itself a second derivative is not
    below = joined(flatten(found[0])[0]) if max(times, default=2) <= 2 else None
    with np.errstate(all="ignore"):
        near = neighbours(pair, primals, STEP, below, len(here))
        closer = None
        if near is not None and near.jump > near.allowed:       # does it stay, nearer?
            closer = neighbours(pair, primals, STEP * CLOSER, below, len(here))
            if closer is None or closer.jump > 64 * CLOSER * near.jump + closer.allowed:
                near = None
        if near is not None:
            tends = approached(here, near)
            if not tends:           # as slowly as a root does, to the convention's value
                closer = closer or neighbours(pair, primals, STEP * CLOSER, below, len(here))
                tends = closer is not None and apart(here, closer) <= TENDS * apart(here, near)
            if tends and not bent:
                return found
            if not tends and not loose and approached(near.mean, near) and stays(pair, primals, below, near):
                return (found[0], unflatten(structure, split(near.mean, leaves)), *found[2:])
    if np.all(np.isfinite(here)):
        warnings.warn(
            f"a second or higher derivative was taken exactly at a kink of {', '.join(names)}; it is the convention's "
            "value: the kink's own derivative is the symmetric one, and does not change (right are squares of abs, "
            "hypot, norm and sqrt, and sorts and other selections in a function that is smooth there)",
            KinkWarning, stacklevel=4,
        )  # fmt: skip
    return found


class Neighbours:
    """Derivatives beside a point (rows), their mean, and how much of them may be rounding.

    jump: how far the value goes from one side to the other, or from the point to a side; allowed: what the derivatives
    explain of it.
    """

    def __init__(self, rows: Any, noise: Any, jump: Any, allowed: Any) -> None:
        self.rows, self.mean, self.noise, self.jump, self.allowed = rows, np.mean(rows, axis=0), noise, jump, allowed


def apart(values: Any, near: Any) -> Any:
    """The largest difference between values and those of the neighbours."""
    return max(float(np.max(np.abs(row - values), initial=0)) for row in near.rows)


def approached(values: Any, near: Any) -> Any:
    """Whether values are those of the neighbours, as far as can be told."""
    return apart(values, near) <= AGREE * largest_of(near) + near.noise


def stays(pair: Any, primals: Any, here: Any, near: Any) -> bool:
    """Whether the mean of the neighbours is that of further ones: what tends to something else is still on its way."""
    wider = neighbours(pair, primals, STEP * WIDER, here, len(near.mean))
    if wider is None:
        return True
    change = float(np.max(np.abs(wider.mean - near.mean), initial=0))
    return bool(change <= 10 * AGREE * largest_of(wider) + near.noise)


def largest_of(near: Any) -> float:
    """The largest of the neighbours' derivatives."""
    return max(float(np.max(np.abs(row), initial=0)) for row in near.rows)


def neighbours(pair: Any, primals: Any, step: Any, here: Any, size: int) -> Any:
    """The derivatives (of so many numbers) at four neighbours of a point; None where there are none.

    here: the value at the point, where it counts.
    """
    leaves, structure = flatten(list(primals))
    rng = np.random.default_rng(2)
    sizes = [np.size(leaf) for leaf in leaves]
    far = (1 + rng.random(sum(sizes))) * rng.choice([-1.0, 1.0], sum(sizes))
    turns = [rng.choice(turns_of(leaf), np.shape(leaf)) for leaf in leaves]
    rows: list[Any] = []
    noise = jump = allowed = 0.0
    for way in (far, 0.75 * np.roll(far, 1)):       # rolled: another one of the elements that tie is the middle one
        parts = np.split(way, np.cumsum(sizes)[:-1])
        steps = [step_of(leaf, step) * turn * part.reshape(np.shape(leaf))
                 for leaf, turn, part in zip(leaves, turns, parts, strict=True)]  # fmt: skip
        values, derivatives = [], []
        for sign in (1, -1):
            near = [moved(leaf, sign * d) for leaf, d in zip(leaves, steps, strict=True)]
            try:
                value, derivative, *_ = calm(pair, tuple(unflatten(structure, near)))
            except Exception:       # f does not go there
                return None
            value, derivative = joined(flatten(value)[0]), joined(flatten(derivative)[0])
            if len(derivative) != size or rows and len(rows[0]) != len(derivative):
                return None         # nor has it as many results
            if np.all(np.isfinite(derivative)):     # else it is outside of the domain
                values.append(value)
                derivatives.append(derivative)
        rows += derivatives
        if values:
            below = max(float(np.max(np.abs(value), initial=0)) for value in values)
            noise = max(noise, ROUNDING * below / min(float(np.min(np.abs(d), initial=1)) for d in steps))
        if len(values) == 2:
            length = sum(float(np.sum(np.abs(d))) for d in steps)
            largest = max(float(np.max(np.abs(row), initial=0)) for row in derivatives)
            pairs = [(values[0], values[1])]
            if here is not None:
                pairs += [(value, here) for value in values]
            jump = max(jump, *(float(np.max(np.abs(a - b), initial=0)) for a, b in pairs))
            allowed = max(allowed, 8 * length * largest + 2.0**-44 * below)
    return Neighbours(rows, noise, jump, allowed) if rows else None


def step_of(leaf: Any, step: Any) -> Any:
    """How far to go from each number: relative to it, or for a 0 to the largest one of up to 1."""
    size = np.abs(leaf).astype(float)
    largest = float(np.max(size, initial=0))
    unit = step if dtype_of(leaf) not in (np.float32, np.complex64) else step * 2.0**15
    return unit * np.where(size > 0, size, min(1.0, largest) if largest > 0 else 1.0)


def turns_of(leaf: Any) -> Any:
    """The directions to go from each number, but for the sign."""
    return np.array([1, 1j]) if dtype_of(leaf).kind == "c" else np.array([1.0])


def moved(leaf: Any, step: Any) -> Any:
    """A primal beside the point, of the same type."""
    if isinstance(leaf, np.ndarray):
        near = leaf.astype(leaf.dtype if leaf.dtype.kind in "fc" else float)    # an array also where it has no axes
        near += step
        return near
    step = step.item()
    return type(leaf)(leaf + step) if isinstance(leaf, (float, complex, np.inexact)) else float(leaf) + step


def joined(leaves: Any) -> Any:
    """All numbers of a structure's leaves in one array."""
    return np.concatenate([np.reshape(np.asarray(leaf), -1) for leaf in leaves]) if leaves else np.zeros(0)


def split(numbers: Any, leaves: Any) -> Any:
    """The numbers in the place of the leaves' own."""
    out, start = [], 0
    for leaf in leaves:
        stop = start + np.size(leaf)
        part = numbers[start:stop]
        if isinstance(leaf, np.ndarray):
            out.append(part.reshape(leaf.shape).astype(leaf.dtype))
        else:
            out.append(type(leaf)(part[0]))
        start = stop
    return out


# ---- what becomes of a kink -----------------------------------------------------------------------


def innermost(f: Callable[..., Any], args: Any, kwargs: dict[str, Any], loose: Any, bent: Any, times: Any) -> None:
    """What is seen of a function that has no derivative calls inside.

    Appends to `loose` where a kink reaches its result otherwise than squared; to `times` how often is differentiated;
    to `bent` where its first derivative jumps.  Derivatives of third and higher order have no other trace of that: they
    are 0 on both sides of abs.
    """
    leaves, structure = flatten(list(args))
    places = [i for i, leaf in enumerate(leaves) if is_dual(leaf)]
    inner: list[Any] = []

    def of_live(*xs: Any) -> list[Any]:
        full = [value_of(leaf) if is_dual(leaf) else leaf for leaf in leaves]
        for i, x in zip(places, xs, strict=True):
            full[i] = x
        results = flatten(f(*unflatten(structure, full), **kwargs))[0]
        return [y for y in results if has_duals(y) or isinstance(y, (float, np.inexact)) or is_floats(y)]

    listen(lambda *_: inner.append(1))
    try:
        recording = recorded(of_live, [value_of(leaves[i]) for i in places])
        if len(inner) > 1:      # it takes derivatives itself, of functions that are looked at in their turn
            return
        times.append(max(times_of(leaves[i]) for i in places))
        if times[-1] > 2 and jumps(of_live, [value_of(leaves[i]) for i in places]):
            bent.append(f)
    except Exception:       # what cannot be recorded is not known to be squared
        loose.append(f)
        return
    finally:
        listen(lambda g, args, kwargs: innermost(g, args, kwargs, loose, bent, times))
    if any(np.any(ids) for ids in kinked(recording)):
        loose.append(f)


def is_floats(y: Any) -> bool:
    """Whether y is an array of floats, and not of what a function hands out beside its results."""
    return isinstance(y, np.ndarray) and y.dtype.kind in "fc"


def times_of(x: Any) -> int:
    """How often is differentiated by an argument, in all calls around together."""
    times = 0
    while is_dual(x):
        times += order_of(x)
        if scheme_of(x.tag) == TOWER:       # of all calls around
            break
        x = x.value
    return times


def recorded(f: Callable[..., Any], primals: Any) -> Recording:
    """A recording of f that is walked once."""
    return Recording(f, primals, {}, fuse=False, complexes=True)


def jumps(f: Callable[..., Any], primals: Any) -> bool:
    """Whether the first derivative of f jumps at a point: as far between near neighbours as between nearer ones."""
    rng = np.random.default_rng(3)
    directions = [np.asarray(rng.uniform(0.5, 1, np.shape(x)) * rng.choice([-1.0, 1.0], np.shape(x)), dtype_of(x))[()]
                  for x in primals]  # fmt: skip

    def slope(step: float) -> Any:
        steps = [step_of(x, abs(step)) * np.sign(step) * v for x, v in zip(primals, directions, strict=True)]
        near = tuple(map(moved, primals, steps))
        return joined([value_of(t) for t in flatten(recorded(f, near).push(tuple(directions)))[0]])

    rows = [slope(sign * step) for step in (STEP, STEP * CLOSER) for sign in (1, -1)]
    size = max(float(np.max(np.abs(row), initial=0)) for row in rows)
    far, close = (float(np.max(np.abs(up - down), initial=0)) for up, down in (rows[:2], rows[2:]))
    return close > 0.5 * far and far > AGREE * size


def kinked(recording: Any) -> list[Any]:
    """For each result where a kink reaches it otherwise than squared."""
    sets = Bits()
    known: dict[Any, Any] = {}
    for node in collect(recording.nodes):
        map = node.map
        ids = [None if p is None else np.array(known.get(id(p), np.zeros(p.shape, np.int64))) for p in node.parents]
        for i in ids:
            if i is not None:
                i.flags.writeable = False
        if map is None or all(i is None or not i.any() for i in ids):
            found = np.zeros(node.shape, np.int64)
        else:
            found = np.array(map.reach(sets, ids), np.int64).reshape(node.shape)
        name = getattr(map, "rule", None)
        live = [p for p in node.parents if p is not None]
        if name in ("square", "power") or len(live) == 2 and (name == "multiply" or map.factors(0) is not None):
            found = np.zeros(node.shape, np.int64)
        if name in KINKED:
            here = np.ones(node.shape, bool)
            for d in map.partials:
                if d is not None:
                    d = np.broadcast_to(value_of(d), node.shape)
                    here = here & (~np.isfinite(d) if name == "sqrt" else d == 0)
            found = found | here
        known[id(node)] = found
    return [known[id(node)] for node in recording.nodes if isinstance(node, Node)]


