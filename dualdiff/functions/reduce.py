"""Reductions: sum, mean, prod, max, min, cumsum.

"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import Packed, make, note_kink
from ..maps import linear as operations
from ..maps.base import dtype_of
from ..maps.elementwise import Shares
from ..maps.products import Sum
from ..maps.spaces import Space
from ..maps.tangents import find_tag, is_dual, peel, push
from .base import (
    FUNCTIONS,
    as_operand,
    axis_tuple,
    deliver,
    exact,
    handles,
    keeps,
    linear,
    reduced_axes,
    value_of,
    with_value,
)
from .rows import along

NO = np._NoValue


@handles(np.sum)
def sum_(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO
) -> Any:
    """np.sum: linear, the sum of the tangents."""
    a = as_operand(a)
    axes = reduced_axes(axis, np.ndim(a))
    keep = keeps(keepdims)
    every, given = None if axis is None else axes, value_of(a)
    if dtype is not None:
        a = a.astype(dtype)
    masked = where is not NO and where is not True
    if masked:
        a = np.where(where, a, 0)
    result = linear(lambda v: np.sum(v, axis=every, keepdims=keep), lambda v, y: Sum(axes, keep, v, y), a)
    if initial is not NO:
        result = result + initial
    options = given_options(dtype=dtype, initial=initial, where=where)
    if options:
        result = with_value(result, np.sum(given, axis=every, keepdims=keep, **options))
    return deliver(result, out)


def given_options(**options: Any) -> dict[Any, Any]:
    """Those options of a reduction that were given, as NumPy takes them for the value."""
    return {name: value_of(x) for name, x in options.items() if x is not NO and not (name == "dtype" and x is None)}


@handles(np.mean)
def mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO, *, where: Any = NO) -> Any:
    """np.mean: linear, the mean of the tangents."""
    a = as_operand(a)
    axes = axis_tuple(axis, np.ndim(a))
    if where is not NO and where is not True:
        total = sum_(a, axis, dtype, None, keepdims, where=where)
        keep = keeps(keepdims)
        mask = np.broadcast_to(value_of(where), np.shape(a))
        count = np.sum(mask, axis=axes, keepdims=keep).astype(dtype_of(value_of(total)))
        value = np.mean(value_of(a), axis=axes, dtype=dtype, keepdims=keep, where=value_of(where))
        return deliver(with_value(total / count, value), out)
    count = int(np.prod([np.shape(a)[i] for i in axes]))
    # the same operations as NumPy's own mean: a sum, then a division
    return deliver(sum_(a, axis, dtype, None, keepdims) / count, out)


def extreme(name: str, function: Any, better: Any, least: Any) -> Callable[..., Any]:
    """np.max or np.min: the derivative is shared equally among the elements that attain it."""

    def reduce(
        a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO
    ) -> Any:
        a = as_operand(a)
        axes = reduced_axes(axis, np.ndim(a))
        if where is not NO and where is not True:
            if initial is NO:
                raise ValueError(f"np.{name} with where= needs initial=, the result where nothing is chosen")
            a = np.where(where, a, least)
        v = value_of(a)
        best = function(v, axis=axes, keepdims=True)
        with np.errstate(invalid="ignore"):
            share = (v == best).astype(np.float64)
            share /= np.sum(share, axis=axes, keepdims=True)
        result = Selected(function, share, axes, keeps(keepdims))(a)
        if initial is not NO:
            result = better(result, initial)
        return deliver(result, out)

    reduce.__doc__ = f"np.{name}; elements that tie share the derivative equally."
    return reduce


class Selected:
    """sum(share * x) with the value of max or min itself."""

    def __init__(self, function: Any, share: Any, axes: Any, keepdims: Any) -> None:
        self.function, self.share, self.axes, self.keepdims = function, share, axes, keepdims

    def __call__(self, a: Any) -> Any:
        tag = find_tag(a)
        v, t = peel(a, tag)
        value = self(v) if tag >= 0 and find_tag(v) >= 0 else self.function(v, axis=self.axes, keepdims=self.keepdims)
        if t is None:
            return make(value, None, -1) if np.ndim(value) else value
        share = self.share.astype(dtype_of(v))
        if (type(t) is Packed or is_dual(v)) and np.any((share > 0) & (share < 1)):
            note_kink(self.function.__name__)
        weighted = push(Shares((share,), (v,), v, (True,)), (t,))
        return make(value, push(Sum(self.axes, self.keepdims, (v,), value), (weighted,)), tag)


FUNCTIONS[np.max] = FUNCTIONS[np.amax] = extreme("max", np.max, np.maximum, -np.inf)
FUNCTIONS[np.min] = FUNCTIONS[np.amin] = extreme("min", np.min, np.minimum, np.inf)


@handles(np.prod)
def prod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO
) -> Any:
    """np.prod: by products of the others (exact where elements are 0, no division)."""
    a = as_operand(a)
    axes = reduced_axes(axis, np.ndim(a))
    keep = keeps(keepdims)
    options = given_options(dtype=dtype, initial=initial, where=where)
    value = np.prod(value_of(a), axis=axes, keepdims=keep, **options)
    if dtype is not None:
        a = a.astype(dtype)
    if where is not NO and where is not True:
        a = np.where(where, a, 1)
    rest = [i for i in range(np.ndim(a)) if i not in axes]
    n = math.prod(np.shape(a)[i] for i in axes)
    flat = np.transpose(a, rest + list(axes)).reshape([np.shape(a)[i] for i in rest] + [n])
    empty = n == 0
    while n > 1:
        half = n // 2
        head = flat[..., :half] * flat[..., half : 2 * half]
        flat = np.concatenate([head, flat[..., 2 * half :]], axis=-1) if n % 2 else head
        n = np.shape(flat)[-1]
    result = np.ones(np.shape(value)) if empty else flat[..., 0].copy()
    if keep:
        result = np.reshape(result, np.shape(value))
    if initial is not NO:
        result = result * initial
    return deliver(with_value(result, value), out)


@handles(np.cumsum, stacked=along("axis", none="flat"))
def cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """np.cumsum: linear, running sums of the tangents."""
    a = as_operand(a)
    if axis is None or np.ndim(a) == 0:
        a, axis = np.reshape(a, -1), 0 if axis is None else axis
    (axis,) = axis_tuple(axis, np.ndim(a))
    if dtype is None:
        return deliver(linear(lambda v: np.cumsum(v, axis=axis), lambda v, y: Cumulative(axis, v, y), a), out)
    value = np.cumsum(value_of(a), axis=axis, dtype=dtype)
    return deliver(exact(cumsum(a.astype(dtype), axis), value), out)


class Cumulative(Sum):
    """np.cumsum along an axis; its transpose runs backwards."""

    __slots__ = ("axis",)

    def __init__(self, axis: Any, inputs: Any, output: Any) -> None:
        super().__init__(None, False, inputs, output)
        self.axis = axis

    def push(self, s: Space, ts: Any) -> Any:
        return operations.push_running(s, ts[0], self.axis)

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return operations.pull_running(s, w, self.axis)
