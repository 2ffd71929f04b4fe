"""np.pad in all its modes.

"""

from typing import Any

import numpy as np

from ..core import DualArray
from ..maps.base import dtype_of
from ..maps.tangents import find_tag, is_dual
from .base import as_operand, assembled, exact, handles, value_of
from .rows import by
from .shape import moving

MOVING = ("edge", "wrap", "reflect", "symmetric")
"""Modes in which every element of the border is one of the array's."""

STATISTICS = {"mean": np.mean, "median": np.median, "maximum": np.max, "minimum": np.min}


def widths_of(pad_width: Any, ndim: Any) -> Any:
    """((before, after), ...) for each axis."""
    if isinstance(pad_width, dict):
        widths = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            widths[axis] = tuple(np.broadcast_to(width, 2))
    else:
        widths = [(int(a), int(b)) for a, b in np.broadcast_to(np.asarray(value_of(pad_width)), (ndim, 2))]
    return np.reshape(np.array(widths, dtype=int), (ndim, 2)).tolist()


def pairs_of(x: Any, ndim: Any) -> Any:
    """An option of np.pad as ((before, after), ...) for each axis."""
    x = as_operand(x)
    return np.broadcast_to(x if is_dual(x) else np.asarray(x), (ndim, 2))


def padded(v: Any, t: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0) -> Any:
    """Tangents of np.pad with numbers, or with elements of the array."""
    widths = widths_of(pad_width, v.ndim)
    if mode == "constant" and min(map(min, widths), default=0) >= 0:
        sides = list(zip(widths, v.shape, strict=True))
        out = np.zeros((t.shape[0], *[before + n + after for (before, after), n in sides]), t.dtype)
        out[(slice(None), *[slice(before, before + n) for (before, _), n in sides])] = t
        return out
    return np.pad(t, [(0, 0), *widths], mode) if mode in MOVING else None


@handles(np.pad, stacked=by(padded))
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    """np.pad in every mode, by the array and by constant_values or end_values."""
    array = as_operand(array)
    array = array if is_dual(array) else np.asarray(array)
    if np.ndim(array) == 0:
        np.pad(value_of(array), value_of(pad_width), mode)      # NumPy's own errors
        return np.copy(array)
    widths = widths_of(pad_width, np.ndim(array))
    if callable(mode):
        return by_function(array, widths, mode, kwargs)
    if mode == "empty":     # what NumPy leaves in the border is no number of ours
        return exact(moving(lambda v: np.pad(v, widths), array), np.pad(value_of(array), widths, mode, **kwargs))
    if mode in MOVING and kwargs.get("reflect_type", "even") == "even":
        return moving(lambda v: np.pad(v, widths, mode, **kwargs), array)
    if mode == "constant":
        return constant(array, widths, kwargs)
    value = np.pad(value_of(array), widths, mode, **{name: value_of(as_operand(x)) for name, x in kwargs.items()})
    for axis, (before, after) in enumerate(widths):
        lanes = np.moveaxis(array, axis, 0)
        if mode == "linear_ramp":
            lanes = ramps(lanes, before, after, pairs_of(kwargs.get("end_values", 0), np.ndim(array))[axis])
        elif mode in STATISTICS:
            lengths = kwargs.get("stat_length")
            lengths = (None, None) if lengths is None else pairs_of(lengths, np.ndim(array))[axis]
            lanes = levels(lanes, before, after, lengths, STATISTICS[mode])
        else:       # odd reflections: each axis by a small matrix, which NumPy makes of the unit vectors
            matrix = np.pad(np.eye(np.shape(lanes)[0]), [(before, after), (0, 0)], mode, **kwargs)
            lanes = np.tensordot(matrix.astype(dtype_of(value).char.lower()), lanes, (1, 0))
        array = np.moveaxis(lanes, 0, axis)
    return exact(array, value)


def constant(array: Any, widths: Any, kwargs: Any) -> Any:
    """A border of given numbers: zeros mostly."""
    fill = as_operand(kwargs.get("constant_values", 0))
    np.pad(np.zeros((0,) * np.ndim(array)), widths, **{name: value_of(x) for name, x in kwargs.items()})
    if find_tag(fill) < 0 and not np.any(value_of(fill)):
        if not isinstance(array, DualArray):
            return moving(lambda v: np.pad(v, widths), array)
        inside = tuple(slice(before, before + n) for (before, _), n in zip(widths, np.shape(array), strict=True))
        shape = tuple(before + after + n for (before, after), n in zip(widths, np.shape(array), strict=True))
        out = np.zeros(shape, dtype_of(array), "F" if value_of(array).flags.fnc else "C", like=array)
        out[inside] = array
        return out

    def function(v: Any, c: Any) -> Any:
        return np.pad(v, widths, constant_values=c)

    return assembled(function, array, fill)


def ramps(lanes: Any, before: Any, after: Any, ends: Any) -> Any:
    """Straight lines from the ends of axis 0 to two numbers."""
    left = np.linspace(ends[0], lanes[0], before, endpoint=False)
    right = np.linspace(ends[1], lanes[-1], after, endpoint=False)[::-1]
    return np.concatenate([left, lanes, right], axis=0)


def levels(lanes: Any, before: Any, after: Any, lengths: Any, statistic: Any) -> Any:
    """A statistic of the first and of the last elements along axis 0, repeated."""
    n = np.shape(lanes)[0]
    first, last = (n if m is None or m > n else int(m) for m in lengths)
    left = statistic(lanes[:first], axis=0, keepdims=True)
    right = statistic(lanes[n - last :], axis=0, keepdims=True)
    rest = np.shape(lanes)[1:]
    return np.concatenate([np.broadcast_to(left, (before, *rest)), lanes, np.broadcast_to(right, (after, *rest))])


def by_function(array: Any, widths: Any, function: Any, kwargs: Any) -> Any:
    """A function that fills the border of each vector in place."""
    out = np.pad(array, widths)
    for axis in range(np.ndim(out)):
        lanes = np.moveaxis(out, axis, -1)
        for place in np.ndindex(np.shape(lanes)[:-1]):
            function(lanes[place], widths[axis], axis, kwargs)
    return out
