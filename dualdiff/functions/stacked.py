"""Functions that NumPy itself does on a stack of tangents, told where the value's axes are.

The short way for plain arrays, beside the handlers, which answer for everything else: an entry takes the value, the
tangents (k, *shape) and the other arguments of the function, and returns the tangents of the result, or None where it
does not apply.  The compiled core calls the function of NumPy on the value, then the entry.

Invariant: an entry gives what the handler gives, up to rounding; tests/test_structural.py holds it to that.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["STACKED"]

STACKED: dict[Any, Any] = {}    # NumPy function -> entry


def stacked(*functions: Any) -> Callable[..., Any]:
    """Registers an entry."""

    def register(entry: Any) -> Any:
        for function in functions:
            STACKED[function] = entry
        return entry

    return register


def plain_index(x: Any) -> bool:
    """Whether x is integers that carry no derivative."""
    return type(x) is int or type(x) is np.ndarray and x.dtype.kind in "iu"


def behind(axis: Any, ndim: Any) -> Any:
    """An axis of the value as one of the tangents; None for no axis in a vector; False where neither holds."""
    if axis is None:
        return 1 if ndim == 1 else False
    if type(axis) is not int or not -ndim <= axis < ndim:
        return False
    return axis + 1 if axis >= 0 else axis


@stacked(np.take)
def take(v: Any, t: Any, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> Any:
    """np.take."""
    axis = behind(axis, v.ndim)
    if axis is False or out is not None or not plain_index(indices):
        return None
    return np.take(t, indices, axis, mode=mode)


@stacked(np.repeat)
def repeat(v: Any, t: Any, repeats: Any, axis: Any = None) -> Any:
    """np.repeat."""
    axis = behind(axis, v.ndim)
    return np.repeat(t, repeats, axis) if axis is not False and plain_index(repeats) else None


@stacked(np.roll)
def roll(v: Any, t: Any, shift: Any, axis: Any = None) -> Any:
    """np.roll."""
    axis = behind(axis, v.ndim)
    return np.roll(t, shift, axis) if axis is not False and type(shift) is int else None


@stacked(np.tile)
def tile(v: Any, t: Any, reps: Any) -> Any:
    """np.tile of a vector."""
    return np.tile(t, (1, reps)) if v.ndim == 1 and type(reps) is int else None


@stacked(np.cumsum)
def cumsum(v: Any, t: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """np.cumsum."""
    axis = behind(axis, v.ndim)
    return np.cumsum(t, axis) if axis is not False and dtype is None and out is None else None


@stacked(np.trace)
def trace(v: Any, t: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None, out: Any = None) -> Any:
    """np.trace."""
    first, second = behind(axis1, v.ndim), behind(axis2, v.ndim)
    if first in (None, False) or second in (None, False) or dtype is not None or out is not None or v.ndim < 2:
        return None
    return np.trace(t, offset, first, second)


@stacked(np.tril)
def tril(v: Any, t: Any, k: int = 0) -> Any:
    """np.tril."""
    return np.tril(t, k) if v.ndim >= 2 else None


@stacked(np.triu)
def triu(v: Any, t: Any, k: int = 0) -> Any:
    """np.triu."""
    return np.triu(t, k) if v.ndim >= 2 else None


@stacked(np.diag)
def diag(v: Any, t: Any, k: int = 0) -> Any:
    """np.diag of a vector: the matrix."""
    if v.ndim != 1 or type(k) is not int:
        return None
    n = v.size + abs(k)
    out = np.zeros((t.shape[0], n * n), t.dtype)
    start = k if k >= 0 else -k * n
    out[:, start : start + v.size * (n + 1) : n + 1] = t
    return out.reshape(t.shape[0], n, n)


@stacked(np.append)
def append(v: Any, t: Any, values: Any, axis: Any = None) -> Any:
    """np.append of numbers to a vector."""
    constant = isinstance(values, (float, int)) or type(values) is np.ndarray and values.dtype.kind in "fiu"
    if axis is not None or v.ndim != 1 or not constant:
        return None
    return np.concatenate([t, np.zeros((t.shape[0], np.size(values)), t.dtype)], 1)


@stacked(np.sort)
def sort(v: Any, t: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """np.sort without ties."""
    if type(axis) is not int or not -v.ndim <= axis < v.ndim or order is not None or not v.size:
        return None
    places = v.argsort(axis)
    if v.ndim == 1:
        found = v[places]
        if (found[1:] == found[:-1]).any():
            return None     # those that tie share
        return t.take(places, 1)
    axis %= v.ndim
    n, inner = v.shape[axis], math.prod(v.shape[axis + 1 :])
    places = (places.reshape(-1, n, inner) + np.arange(0, v.size // inner, n).reshape(-1, 1, 1)) * inner
    if inner > 1:
        places += np.arange(inner)
    found = v.reshape(-1).take(places)
    if (found[:, 1:] == found[:, :-1]).any():
        return None
    return t.reshape(t.shape[0], -1).take(places.reshape(v.shape), 1)


def spread(v: Any, t: Any, ddof: Any) -> Any:
    """The tangents of the variance of all elements, and the divisor; None where there is none."""
    if type(ddof) is not int or v.size - ddof <= 0 or v.dtype != np.float64 or not v.ndim:
        return None
    centred = (v - v.mean()).ravel()
    if not abs(centred).max() > 1e-12 * abs(v).max():
        return None     # nothing but rounding is left of it
    flat = t.reshape(t.shape[0], -1)
    return (flat - flat.mean(1, keepdims=True)) @ centred * (2.0 / (v.size - ddof))


@stacked(np.var)
def var(v: Any, t: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, **kwargs: Any) -> Any:
    """np.var of all elements."""
    if axis is not None or dtype is not None or out is not None or kwargs or not np.isfinite(t).all():
        return None
    return spread(v, t, ddof)


@stacked(np.std)
def std(v: Any, t: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, **kwargs: Any) -> Any:
    """np.std of all elements."""
    found = var(v, t, axis, dtype, out, ddof, **kwargs)
    if found is None:
        return None
    scale = 2.0 * np.std(v, ddof=ddof)
    return found / scale if 1e-290 < scale < 1e290 else None
