"""Choosing and ordering elements: take, compress, select, piecewise, sort, partition, unique and sets, interp.

"""

import math
from typing import Any

import numpy as np

from ..core import note_kink
from ..errors import UnsupportedError
from ..maps.base import LinearMap, dtype_of
from ..maps.spaces import scatter_add
from ..maps.tangents import find_tag, is_dual
from .base import as_operand, deliver, exact, handles, has_second, linear, value_of
from .rows import along, by
from .shape import moving, plain_index

NO = np._NoValue

# ---- by position -----------------------------------------------------------------------------------


@handles(np.take, moves=True, stacked=along("axis", none="flat"))
def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> Any:
    """np.take."""
    indices = plain_index(indices)
    return deliver(moving(lambda v: np.take(v, indices, axis, mode=mode), a), out)


def taken_along(v: Any, t: Any, indices: Any, axis: Any = -1) -> Any:
    """Tangents of np.take_along_axis: the same places in all rows."""
    places = np.take_along_axis(np.arange(v.size).reshape(v.shape), indices, axis)
    return t.reshape(t.shape[0], v.size).take(places, 1)


@handles(np.take_along_axis, moves=True, stacked=by(taken_along))
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    """np.take_along_axis."""
    indices = value_of(indices)
    return moving(lambda v: np.take_along_axis(v, indices, axis), arr)


@handles(np.compress, moves=True, stacked=along("axis", none="flat", first=1))
def compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Any:
    """np.compress."""
    condition = value_of(as_operand(condition))
    return deliver(moving(lambda v: np.compress(condition, v, axis), a), out)


def extracted(v: Any, t: Any, condition: Any) -> Any:
    """Tangents of np.extract."""
    return np.compress(np.ravel(condition), t.reshape(t.shape[0], v.size), -1)


@handles(np.extract, stacked=by(extracted, first=1))
def extract(condition: Any, arr: Any) -> Any:
    """np.extract."""
    condition = value_of(as_operand(condition))
    return moving(lambda v: np.extract(condition, v), arr)


@handles(np.choose, joins=(1,))
def choose(a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    """np.choose."""
    a, choices = value_of(as_operand(a)), [as_operand(x) for x in choices]
    value = np.choose(a, [value_of(x) for x in choices], mode=mode)
    n = len(choices)
    place = np.clip(a, 0, n - 1) if mode == "clip" else np.asarray(a) % n
    result: Any = choices[0]
    for i, x in enumerate(choices):
        result = np.where(place == i, x, result)
    return deliver(exact(result, value), out)


@handles(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """np.select."""
    conditions = [np.asarray(value_of(c)) for c in condlist]
    choices = [as_operand(x) for x in choicelist]
    result = as_operand(default)
    value = np.select(conditions, [value_of(x) for x in choices], value_of(result))
    for c, x in zip(reversed(conditions), reversed(choices), strict=True):
        result = np.where(c, x, result)
    return exact(result, value)


@handles(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """np.piecewise: each function is called on its own part of x."""
    x = as_operand(x)
    if np.ndim(x) == 0:
        condlist = [np.reshape(value_of(c), 1) for c in np.atleast_1d(value_of(condlist))]
        return np.reshape(piecewise(np.reshape(x, 1), condlist, funclist, *args, **kw), ())
    condlist = value_of(condlist)
    if np.isscalar(condlist) or not isinstance(condlist[0], (list, np.ndarray)):
        condlist = [condlist]
    conditions = list(np.asarray(condlist, dtype=bool))
    if len(conditions) == len(funclist) - 1:
        conditions.append(~np.any(conditions, axis=0))
    elif len(conditions) != len(funclist):
        n = len(conditions)
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")
    # zeros; but in a pattern each element depends on its own of x, as another function may be chosen nearby
    y = np.copy(x, order="K")
    y[np.ones(np.shape(x), bool)] = 0
    for condition, function in zip(conditions, funclist, strict=True):
        if not callable(function):
            y[condition] = function
        elif condition.any():
            y[condition] = function(x[condition], *args, **kw)
    return y


# ---- by order --------------------------------------------------------------------------------------


class Shared(LinearMap):
    """The mean over each group of elements: orthogonal, so its own transpose."""

    __slots__ = ("count", "groups")

    def __init__(self, groups: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.groups = groups.ravel()
        self.count = np.bincount(self.groups).astype(dtype_of(inputs[0]).char.lower())

    def apply(self, ts: Any) -> Any:
        flat = ts[0].reshape(ts[0].shape[0], -1)
        total = scatter_add(flat, self.groups, (len(self.count),), self.out_dtype)
        return (total / self.count)[:, self.groups].reshape(ts[0].shape)

    def transpose(self, w: Any, i: int) -> Any:
        return self.apply((w,))

    def reach(self, sets: Any, ids: Any) -> Any:
        order = np.argsort(self.groups, kind="stable")
        begin = np.concatenate([[0], np.cumsum(np.bincount(self.groups))])
        return sets.unite(ids[0].reshape(-1)[order], begin)[self.groups].reshape(ids[0].shape)


def share(x: Any, groups: Any) -> Any:
    """x, of which the elements of a group are equal; they share the derivative equally."""
    if groups.size == 0 or np.bincount(groups.ravel()).max() <= 1:
        return x

    if has_second(x):
        note_kink("a sort or partition")

    def same(v: Any) -> Any:
        return share(v, groups) if is_dual(v) else v.copy()

    return linear(same, lambda v, y: Shared(groups, v, y), x)


def reordered(x: Any, value: Any, axis: Any) -> Any:
    """x with the value `value`, which NumPy made by moving elements along an axis only."""
    old = np.argsort(value_of(x), axis=axis, kind="stable")
    new = np.argsort(value, axis=axis, kind="stable")
    source, groups = np.empty_like(old), np.empty_like(old)
    np.put_along_axis(source, new, old, axis)
    ordered = np.moveaxis(np.take_along_axis(value, new, axis), axis, -1)
    first = np.ones(ordered.shape, bool)
    first[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    labels = np.cumsum(first.ravel()).reshape(first.shape) - 1
    np.put_along_axis(groups, new, np.moveaxis(labels, -1, axis), axis)
    return exact(share(np.take_along_axis(x, source, axis), groups), value)


def sorted_rows(v: Any, t: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """Tangents of np.sort where no elements tie: it moves elements."""
    if axis is None:
        v, t, axis = v.reshape(-1), t.reshape(t.shape[0], v.size), 0
    if type(axis) is not int or not -v.ndim <= axis < v.ndim or not v.size:
        return None
    places = v.argsort(axis)
    if v.ndim == 1:
        found = v[places]
        return None if (found[1:] == found[:-1]).any() else t.take(places, 1)       # those that tie share
    axis %= v.ndim
    n, inner = v.shape[axis], math.prod(v.shape[axis + 1 :])
    places = (places.reshape(-1, n, inner) + np.arange(0, v.size // inner, n).reshape(-1, 1, 1)) * inner
    if inner > 1:
        places += np.arange(inner)
    found = v.reshape(-1).take(places)
    if (found[:, 1:] == found[:, :-1]).any():
        return None
    return t.reshape(t.shape[0], -1).take(places.reshape(v.shape), 1)


@handles(np.sort, stacked=by(sorted_rows))
def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """np.sort; elements that tie share the derivative equally."""
    a = as_operand(a)
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return reordered(a, np.sort(value_of(a), axis, kind, order, stable=stable), axis)


@handles(np.partition)
def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    """np.partition; elements that tie share the derivative equally."""
    a = as_operand(a)
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return reordered(a, np.partition(value_of(a), kth, axis, kind, order), axis)


@handles(np.unique)
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    *,
    equal_nan: bool = True,
    **kwargs: Any,
) -> Any:
    """np.unique of all elements; equal ones share the derivative equally."""
    ar = as_operand(ar)
    if axis is not None:
        raise UnsupportedError("np.unique with axis= has no derivative rule in dualdiff; index x with return_index")
    wanted = (return_index, return_inverse, return_counts)
    found = np.unique(value_of(ar), True, True, True, equal_nan=equal_nan, **kwargs)
    value, index, inverse = found[:3]
    flat = np.reshape(ar, -1)
    result = exact(share(flat, np.reshape(inverse, -1))[index], value)
    extra = tuple(x for x, want in zip(found[1:], wanted, strict=True) if want)
    return (result, *extra) if extra else result


# the forms of np.unique with a name for each result


def named(function: Any, alone: Any) -> None:
    """np.unique_all and its kind."""

    def unique_form(x: Any, **options: Any) -> Any:
        x = as_operand(x)
        plain = function(value_of(x), **options)
        given = plain if alone else plain.values
        rank = np.argsort(np.argsort(given, kind="stable"), kind="stable")      # NumPy's order may be another
        values = exact(unique(x, equal_nan=False, **options)[rank], given)
        return values if alone else type(plain)(values, *plain[1:])

    unique_form.__doc__ = f"np.{function.__name__}; equal elements share the derivative equally."
    handles(function)(unique_form)


named(np.unique_values, True)
named(np.unique_all, False)
named(np.unique_counts, False)
named(np.unique_inverse, False)


# ---- as sets: which elements there are is a matter of the values ----------------------------------------


@handles(np.union1d)
def union1d(ar1: Any, ar2: Any) -> Any:
    """np.union1d; equal elements share the derivative equally."""
    return unique(np.concatenate([np.reshape(as_operand(x), -1) for x in (ar1, ar2)]))


@handles(np.intersect1d)
def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """np.intersect1d; equal elements share the derivative equally."""
    ar1, ar2 = as_operand(ar1), as_operand(ar2)
    value, *places = np.intersect1d(value_of(ar1), value_of(ar2), assume_unique, True)
    every = union1d(ar1, ar2)
    found = exact(every[np.isin(value_of(every), value)], value)
    return (found, *places) if return_indices else found


@handles(np.setdiff1d)
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """np.setdiff1d; equal elements share the derivative equally."""
    ar1, ar2 = as_operand(ar1), as_operand(ar2)
    value = np.setdiff1d(value_of(ar1), value_of(ar2), assume_unique)
    every = np.reshape(ar1, -1) if assume_unique else unique(ar1)
    return exact(every[np.isin(value_of(every), value_of(ar2), invert=True)], value)


@handles(np.setxor1d)
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """np.setxor1d; equal elements share the derivative equally."""
    ar1, ar2 = as_operand(ar1), as_operand(ar2)
    value = np.setxor1d(value_of(ar1), value_of(ar2), assume_unique)
    every = union1d(ar1, ar2)
    return exact(every[np.isin(value_of(every), value)], value)


@handles(np.sort_complex)
def sort_complex(a: Any) -> Any:
    """np.sort_complex; elements that tie share the derivative equally."""
    a = as_operand(a)
    value = np.sort_complex(value_of(a))
    return exact(sort(a).astype(value.dtype), value)


# ---- interpolation ---------------------------------------------------------------------------------


def double(x: Any) -> Any:
    """An operand in double precision at least."""
    x = x if is_dual(x) else np.asarray(x)
    dtype = np.result_type(dtype_of(x), np.float64)
    return x if dtype_of(x) == dtype else x.astype(dtype)


def middle(mask: Any, x: Any, y: Any) -> Any:
    """x, and (x + y)/2 where mask."""
    return np.where(mask, (x + y) * 0.5, x) if np.any(mask) else x


@handles(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """np.interp, by x, xp and fp; at a knot the mean of the slopes on both sides (outside: 0)."""
    if find_tag(period) >= 0:
        raise UnsupportedError("np.interp has no derivative by period in dualdiff; pass period.value")
    x, xp, fp, left, right = (None if a is None else as_operand(a) for a in (x, xp, fp, left, right))
    period = value_of(period)
    value = np.interp(value_of(x), value_of(xp), value_of(fp), value_of(left), value_of(right), period)
    with np.errstate(all="ignore"):
        result = broken_line(double(x), double(xp), double(fp), left, right, period)
    return exact(result, value)


def broken_line(x: Any, xp: Any, fp: Any, left: Any, right: Any, period: Any) -> Any:
    """np.interp, composed."""
    if period is not None:
        period, left, right = abs(period), None, None
        x, xp = x % period, xp % period
        order = np.argsort(value_of(xp))
        xp, fp = xp[order], fp[order]
        xp, fp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period]), np.concatenate([fp[-1:], fp, fp[:1]])
    at, knots, n = value_of(x), value_of(xp), np.shape(xp)[0]
    below = fp[0] if left is None else left
    above = fp[-1] if right is None else right
    if n == 1:
        result = np.broadcast_to(fp[0], np.shape(x)) + 0 * x
    else:
        after = np.clip(np.searchsorted(knots, at, "right") - 1, 0, n - 2)
        before = np.clip(np.searchsorted(knots, at, "left") - 1, 0, n - 2)

        def segment(i: int) -> Any:
            return fp[i] + (fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i]) * (x - xp[i])

        result = segment(after)
        first = (at == knots[0]) & (value_of(below) == value_of(fp)[0])
        last = (at == knots[-1]) & (value_of(above) == value_of(fp)[-1])
        if np.any((after != before) | first | last) and any(map(has_second, (x, xp, fp))):
            note_kink("interp")
        if np.any(after != before):
            result = (result + segment(before)) * 0.5
        result = middle(first, result, below)
        result = middle(last, result, above)
    if np.any(at < knots[0]):
        result = np.where(at < knots[0], below, result)
    if np.any(at > knots[-1]):
        result = np.where(at > knots[-1], above, result)
    return result
