"""The methods of ufuncs: reduce, accumulate, reduceat, outer and at, for every rule with two arguments.

The value is NumPy's own.  The derivative of an associative ufunc is composed of calls of it, in log2(n) rounds of
halves.  That of another one is a recurrence (`Recurrence`), as NumPy's own loop is: its partials are taken at all
steps together, and it is solved in log2(n) rounds too.  So are the segments of `reduceat` and the repeats of `at`.

"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..core import DualArray, make, note_kink
from ..errors import LostDerivativeError, UnsupportedError
from ..maps import linear as operations
from ..maps.base import LinearMap, Operation, dtype_of, fit
from ..maps.elementwise import scale
from ..maps.spaces import Numbered, Space, scatter_add
from ..maps.sparsity import gathered
from ..maps.tangents import find_tag, is_dual, peel, push
from ..rules.table import THROUGH, rule_of
from .base import (
    FUNCTIONS,
    as_operand,
    axis_tuple,
    deliver,
    exact,
    has_second,
    linear,
    reduced_axes,
    same_memory,
    value_of,
)
from .elementwise import KINKS, METHODS, as_precise, call, put
from .through import strip

NO = np._NoValue

ASSOCIATIVE = {
    np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2, np.hypot,
}  # fmt: skip
"""Ufuncs whose elements may be taken together in any grouping."""

EXTREMES = {np.maximum: np.max, np.minimum: np.min, np.fmax: np.nanmax, np.fmin: np.nanmin}
"""The functions of which these ufuncs are the steps."""

MANY = 8
"""An `at` with an index that occurs more often takes all terms of an index at once."""


def method(name: str) -> Callable[..., Any]:
    """Registers a handler(ufunc, *inputs, **kwargs) of a method of every ufunc."""

    def register(handler: Any) -> Any:
        def answer(ufunc: Any, *args: Any, **kwargs: Any) -> Any:
            if ufunc in THROUGH:
                return value_only(ufunc, name, args, kwargs)
            if rule_of(ufunc) is None:
                raise UnsupportedError(
                    f"the method {name} of the ufunc {ufunc.__name__} has no derivative rule in dualdiff; "
                    "write the loop or the matching numpy function instead"
                )
            if ufunc.nin == 1 and name != "at":
                getattr(ufunc, name)(*(value_of(as_operand(x)) for x in args))      # NumPy's own error
            return handler(ufunc, *args, **kwargs)

        answer.__doc__ = handler.__doc__
        METHODS[name] = answer
        return handler

    return register


def value_only(ufunc: Any, name: str, args: Any, kwargs: Any) -> Any:
    """A method of a comparison: an answer about the value."""
    out = kwargs.pop("out", None)
    found = getattr(ufunc, name)(*map(strip, args), **{key: strip(x) for key, x in kwargs.items()})
    return put(found, out, True) if out else found


def first(out: Any) -> Any:
    """out= as a ufunc gives it."""
    return out[0] if isinstance(out, tuple) else out


@method("outer")
def outer(ufunc: Any, a: Any, b: Any, **kwargs: Any) -> Any:
    """Every a with every b, by the rule of the ufunc."""
    a, b = as_operand(a), as_operand(b)
    return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b, **kwargs)


# ---- reduce ------------------------------------------------------------------------------------------


@method("reduce")
def reduce(
    ufunc: Any,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = NO,
    where: Any = True,
) -> Any:
    """One element after the other by the rule of the ufunc; ties of maximum and minimum share equally."""
    a, out = as_operand(array), first(out)
    if np.ndim(a) == 0 and axis in (0, -1):
        axis = None     # NumPy lets a number have these
    if ufunc is np.add:
        return FUNCTIONS[np.sum](a, axis, dtype, out, keepdims, initial, where)
    if ufunc is np.multiply:
        return FUNCTIONS[np.prod](a, axis, dtype, out, keepdims, initial, where)
    options = {name: value_of(as_operand(x)) for name, x in (("initial", initial), ("where", where))
               if x is not NO and x is not True}  # fmt: skip
    value = ufunc.reduce(value_of(a), axis, dtype, keepdims=keepdims, **options)
    if dtype is not None and is_dual(a):
        a = a.astype(dtype)
    axes = reduced_axes(axis, np.ndim(a))
    if where is not True:
        a = keep_chosen(ufunc, a, value_of(as_operand(where)), initial)
    if ufunc in EXTREMES and find_tag(initial) < 0:
        given = {} if initial is NO else {"initial": initial}
        with np.errstate(invalid="ignore"):
            result = EXTREMES[ufunc](a, axis=axes, keepdims=keepdims, **given) if np.size(a) else value
    else:
        with np.errstate(all="ignore"):
            rest = [i for i in range(np.ndim(a)) if i not in axes]
            lanes = np.reshape(np.transpose(a, [*axes, *rest]), (-1, *(np.shape(a)[i] for i in rest)))
            result = fold(ufunc, lanes, initial)
            result = np.reshape(result, np.shape(value)) if result is not None else value
    return deliver(exact(result, value), out)


def keep_chosen(ufunc: Any, a: Any, where: Any, initial: Any) -> Any:
    """The array with elements that do not count in the places that where= leaves out."""
    if ufunc.identity is not None:
        return np.where(where, a, ufunc.identity)
    if ufunc in EXTREMES:
        return np.where(where, a, -np.inf if ufunc in (np.maximum, np.fmax) else np.inf)
    raise UnsupportedError(
        f"numpy.{ufunc.__name__}.reduce with where= has no derivative rule in dualdiff; index with the mask first"
    )


def fold(ufunc: Any, lanes: Any, initial: Any = NO) -> Any:
    """The reduction of an array along axis 0; None where there is nothing to reduce."""
    n = np.shape(lanes)[0]
    start = None if initial is NO or initial is None else initial
    if n == 1 and initial is NO and ufunc.identity is not None:
        start = ufunc.identity      # as NumPy starts a reduction: hypot.reduce([-1.2]) is 1.2
    if ufunc in ASSOCIATIVE:
        while n > 1:
            half = n // 2
            head = ufunc(lanes[:half], lanes[half : 2 * half])
            lanes = np.concatenate([head, lanes[2 * half :]], axis=0) if n % 2 else head
            n = np.shape(lanes)[0]
    elif n > FEW:
        if start is not None:
            shape = np.shape(lanes)[1:]
            lanes = np.concatenate([np.reshape(np.broadcast_to(start, shape), (1, *shape)), lanes], axis=0)
        return running(ufunc, lanes, np.arange(np.shape(lanes)[0]) == 0)[-1]
    for i in range(n):
        start = lanes[i] if start is None else ufunc(start, lanes[i])
    return start


# ---- accumulate ----------------------------------------------------------------------------------------


@method("accumulate")
def accumulate(ufunc: Any, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
    """The reductions of all beginnings, by the rule of the ufunc; ties of maximum and minimum share equally."""
    a, out = as_operand(array), first(out)
    value = ufunc.accumulate(value_of(a), axis, dtype)
    if dtype is not None and is_dual(a):
        a = a.astype(dtype)
    (axis,) = axis_tuple(axis, np.ndim(a))
    lanes = np.moveaxis(a, axis, 0)
    with np.errstate(all="ignore"):
        if ufunc is np.add:
            result = np.cumsum(lanes, axis=0)
        elif ufunc in EXTREMES:
            result = running_extreme(ufunc, lanes)
        elif ufunc in ASSOCIATIVE:
            (result,) = doubled(lambda x, y: (ufunc(x[0], y[0]),), (lanes,))
        else:
            result = running(ufunc, lanes, np.arange(np.shape(lanes)[0]) == 0)
    return deliver(exact(np.moveaxis(result, 0, axis), value), out)


def doubled(combine: Any, parts: Any) -> Any:
    """All running combinations along axis 0 of arrays that belong together, in log2(n) rounds."""
    step = 1
    while step < np.shape(parts[0])[0]:
        later = combine([x[:-step] for x in parts], [x[step:] for x in parts])
        parts = [np.concatenate([x[:step], y], axis=0) for x, y in zip(parts, later, strict=True)]
        step *= 2
    return parts


def running_extreme(ufunc: Any, lanes: Any) -> Any:
    """The mean of the elements that attain the running maximum: sums and counts of those that tie."""

    def combine(one: Any, two: Any) -> tuple[Any, Any, Any]:
        (m, s, c), (n, t, d) = one, two
        best = ufunc(m, n)
        if ufunc in (np.maximum, np.minimum):
            left, right = (m == best) | np.isnan(m), (n == best) | np.isnan(n)
        else:
            left, right = (m == best) | np.isnan(n), (n == best) | np.isnan(m)
        return best, np.where(left, s, 0) + np.where(right, t, 0), left * c + right * d

    v = value_of(lanes)
    best = ufunc.accumulate(v, axis=0)
    attains = v == best
    if not (attains[1:] & (best[1:] == best[:-1])).any() and not np.isnan(v).any():    # no ties
        rows = np.arange(len(v)).reshape((-1,) + (1,) * (v.ndim - 1))
        return np.take_along_axis(lanes, np.maximum.accumulate(np.where(attains, rows, 0), axis=0), 0)
    _, total, count = doubled(combine, [v, lanes, np.ones(v.shape, v.dtype)])
    if has_second(lanes):
        note_kink(ufunc.__name__)
    return total / count


# ---- reduceat ------------------------------------------------------------------------------------------


@method("reduceat")
def reduceat(ufunc: Any, array: Any, indices: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
    """The reductions of slices, by the rule of the ufunc; ties of maximum and minimum share equally."""
    a, indices, out = as_operand(array), np.asarray(value_of(as_operand(indices))), first(out)
    value = ufunc.reduceat(value_of(a), indices, axis, dtype)
    if dtype is not None and is_dual(a):
        a = a.astype(dtype)
    (axis,) = axis_tuple(axis, np.ndim(a))
    if ufunc is np.add:
        result = linear(lambda v: np.add.reduceat(v, indices, axis),
                        lambda v, y: SegmentSum(indices, axis, v, y), a)  # fmt: skip
        return deliver(exact(result, value), out)
    lanes = np.moveaxis(a, axis, 0)
    ends = np.append(indices[1:], np.shape(lanes)[0])
    if not len(indices):
        return deliver(exact(np.moveaxis(lanes[:0], 0, axis), value), out)
    lengths = np.where(ends > indices, ends - indices, 1)
    with np.errstate(all="ignore"):
        result = by_segments(ufunc, lanes[members(indices, lengths)], lengths)
    return deliver(exact(np.moveaxis(result, 0, axis), value), out)


def members(starts: Any, lengths: Any) -> Any:
    """The places start, start + 1, ... of all segments, one after the other."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths) + np.repeat(starts, lengths)


def by_segments(ufunc: Any, lanes: Any, lengths: Any) -> Any:
    """The reductions of segments that lie one after the other along axis 0, none of them empty."""
    starts = np.cumsum(lengths) - lengths
    if ufunc in EXTREMES:
        v = value_of(lanes)
        best = np.repeat(ufunc.reduceat(v, starts, 0), lengths, axis=0)
        attains = (v == best) | np.isnan(v) & np.isnan(best)
        count = np.add.reduceat(attains.astype(v.dtype), starts, 0)
        if np.any(count > 1) and has_second(lanes):
            note_kink(ufunc.__name__)
        return np.add.reduceat(np.where(attains, lanes, 0), starts, 0) / count
    if ufunc is np.subtract:
        return 2 * lanes[starts] - np.add.reduceat(lanes, starts, 0)
    first = np.zeros(len(lanes), bool)
    first[starts] = True
    return running(ufunc, lanes, first)[starts + lengths - 1]


FEW = 8
"""So many elements are taken one after the other."""


def running(ufunc: Any, lanes: Any, first: Any) -> Any:
    """The running results along axis 0 of segments, whose first elements `first` marks, by the rule of the ufunc."""
    if not is_dual(lanes):
        return running_values(ufunc, np.asarray(lanes), first)
    if ufunc is np.subtract and not first[1:].any():
        return 2 * lanes[:1] - np.cumsum(lanes, axis=0)
    rule, tag = rule_of(ufunc), find_tag(lanes)
    v, t = peel(lanes, tag)
    y = running(ufunc, v, first)
    if t is None or not np.size(y):
        return make(y, None, -1)
    if rule.partly:
        rule.check((t, t))
    before = np.concatenate([y[:1], y[:-1]], axis=0)
    mark = np.reshape(first, (-1,) + (1,) * (np.ndim(y) - 1))
    if rule.name in KINKS and has_second(lanes) and not first.all():
        if KINKS[rule.name](value_of(before)[~first], value_of(v)[~first], value_of(y)[~first]):
            note_kink(rule.name)
    functions = rule.complex_partials if dtype_of(y).kind == "c" else rule.partials
    partials = []
    for function, kind, at_first in zip(functions, rule.kinds, (0, 1), strict=True):
        d = 0.0 if kind == "zero" else function(as_precise(before, y), as_precise(v, y), y)
        partials.append(np.broadcast_to(np.where(mark, at_first, d), np.shape(y)).astype(dtype_of(y)))
    return make(y, push(Recurrence(partials[0], partials[1], first, v, y), (t,)), tag)


def running_values(ufunc: Any, v: Any, first: Any) -> Any:
    """`running` of numbers: each segment by NumPy's own loop, or all of them together step by step."""
    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], len(v))
    if len(starts) <= (ends - starts).max(initial=1):
        return np.concatenate([ufunc.accumulate(v[i:j], 0) for i, j in zip(starts, ends, strict=True)]) if len(v) else v
    y = v.astype(dtype_of(ufunc.accumulate(v[:1], 0)))
    for step in range(1, int((ends - starts).max())):
        live = starts[starts + step < ends] + step
        y[live] = ufunc(y[live - 1], y[live])
    return y


class Recurrence(LinearMap):
    """The tangents of y[i] = f(y[i-1], x[i]) along axis 0: dy[i] = p[i] dy[i-1] + q[i] dx[i], without p where `first`.

    Solved by doubling: after each round an element has the share of twice as many before it.
    """

    __slots__ = ("first", "p", "q")

    def __init__(self, p: Any, q: Any, first: Any, value: Any, output: Any) -> None:
        super().__init__((value,), output)
        self.p, self.q, self.first = p, q, first

    def rounds(self) -> Iterator[Any]:
        """(step, which elements from `step` on are linked with the one that many places before) of each round."""
        linked, step = ~self.first, 1
        while linked[step:].any():
            yield step, linked[step:]
            linked[step:] &= linked[:-step].copy()
            linked[:step] = False
            step *= 2

    def chosen(self, linked: Any, x: Any, lead: Any) -> Any:
        """x where elements are linked, 0 elsewhere; lead: axes before that of the elements."""
        if linked.all():
            return x
        return np.where(np.reshape(linked, (1,) * lead + (-1,) + (1,) * (x.ndim - lead - 1)), x, 0)

    def apply(self, ts: Any) -> Any:
        d, p = scale(self.q, ts[0]), self.p
        for step, linked in self.rounds():
            more = self.chosen(linked, scale(p[step:], d[:, :-step]), 1)
            d = np.concatenate([d[:, :step], d[:, step:] + more], axis=1)
            p = np.concatenate([p[:step], self.chosen(linked, scale(p[step:], p[:-step]), 0)], axis=0)
        return d

    def transpose(self, w: Any, i: int) -> Any:
        w, p, q = fit(w, self.out_dtype), np.conj(self.p), np.conj(self.q)
        for step, linked in self.rounds():
            more = self.chosen(linked, scale(p[step:], w[:, step:]), 1)
            w = np.concatenate([w[:, :-step] + more, w[:, -step:]], axis=1)
            p = np.concatenate([p[:step], self.chosen(linked, scale(p[step:], p[:-step]), 0)], axis=0)
        return fit(scale(q, w), self.in_dtypes[0])

    def reach(self, sets: Any, ids: Any) -> Any:
        found = np.array(ids[0])
        for step, linked in self.rounds():
            linked = np.reshape(linked, (-1,) + (1,) * (found.ndim - 1))
            more = sets.join(found[step:], np.where(linked, found[:-step], 0))
            found = np.concatenate([found[:step], more])
        return found


class SegmentSum(LinearMap):
    """np.add.reduceat along an axis."""

    __slots__ = ("axis", "indices")

    def __init__(self, indices: Any, axis: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.indices, self.axis = indices.copy(), axis

    def apply(self, ts: Any) -> Any:
        if type(ts[0]) is np.ndarray:
            return np.add.reduceat(ts[0], self.indices, self.axis + 1)
        return np.add.reduceat(ts[0], self.indices, axis=self.axis + 1)

    def terms(self) -> tuple[Any, Any]:
        """(places in the argument, rows): which elements are added up in which row of the result."""
        n = self.in_shapes[0][self.axis]
        starts, ends = self.indices, np.append(self.indices[1:], n)
        lengths = np.where(ends > starts, ends - starts, 1)
        rows = np.repeat(np.arange(len(starts)), lengths)
        places = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + np.repeat(starts, lengths)
        shape = self.in_shapes[0]
        return np.moveaxis(np.arange(int(np.prod(shape))).reshape(shape), self.axis, 0)[places], rows

    def reach(self, sets: Any, ids: Any) -> Any:
        flat, rows = self.terms()
        result = np.moveaxis(np.arange(math.prod(self.out_shape)).reshape(self.out_shape), self.axis, 0)[rows]
        return gathered(sets, ids[0], result.ravel(), flat.ravel(), math.prod(self.out_shape)).reshape(self.out_shape)

    def transpose(self, w: Any, i: int) -> Any:
        shape = self.in_shapes[0]
        flat, rows = self.terms()
        w = np.moveaxis(w, self.axis + 1, 1)[:, rows]
        return fit(scatter_add(np.reshape(w, (w.shape[0], -1)), flat.ravel(), shape, w.dtype), self.in_dtypes[0])


# ---- at ------------------------------------------------------------------------------------------------


@method("at")
def at(ufunc: Any, a: Any, indices: Any, b: Any = None) -> None:
    """In place at indices, each occurrence of an index in turn, by the rule of the ufunc."""
    b = None if b is None else as_operand(b)
    if type(a) is not DualArray:
        raise LostDerivativeError(
            f"np.{ufunc.__name__}.at would write a dual into a plain array, which cannot hold a derivative; allocate "
            "it with np.zeros_like(x) or np.zeros(n, like=x)"
        )
    if is_dual(b) and same_memory(a, b):
        b = b.copy()        # it is read before anything is written
    key = value_of(as_operand(indices)) if not isinstance(indices, tuple) else tuple(map(value_of, indices))
    places = np.arange(a.size).reshape(a.shape)[key]
    shape = np.shape(places)
    flat = np.reshape(places, -1)
    terms = None if b is None else np.reshape(np.broadcast_to(b, shape), -1)
    additive = ufunc in (np.add, np.subtract)
    dense = additive and MANY * len(flat) > a.size
    order, turn = turns(flat[:0] if dense else flat)
    if dense or additive and turn.max(initial=0) > MANY:
        value = np.array(value_of(a))
        ufunc.at(value, key, value_of(b))
        a[...] = exact(ufunc(a, summed(flat, terms, np.shape(a), dtype_of(a))), value)
        return
    if terms is not None and turn.max(initial=0) > MANY:
        value = np.array(value_of(a))
        ufunc.at(value, key, value_of(b))
        where, result = at_once(ufunc, np.reshape(a, -1), flat, order, terms)
        where = np.unravel_index(where, np.shape(a))
        a[where] = exact(result, value[where])
        return
    for i in range(turn.max(initial=-1) + 1):
        now = np.sort(order[turn == i])
        where = np.unravel_index(flat[now], np.shape(a))
        a[where] = call(ufunc, [a[where]] if terms is None else [a[where], terms[now]])


def at_once(ufunc: Any, a: Any, flat: Any, order: Any, terms: Any) -> tuple[Any, Any]:
    """(places, results): for each place that occurs, its element of `a` reduced with all its terms."""
    places, counts = np.unique(flat, return_counts=True)
    starts = np.cumsum(counts + 1) - (counts + 1)
    source = np.empty(len(places) + len(order), dtype=np.intp)
    is_term = np.ones(len(source), bool)
    is_term[starts] = False
    source[starts] = np.arange(len(places))
    source[is_term] = len(places) + order
    with np.errstate(all="ignore"):
        lanes = np.concatenate([a[places], terms.astype(dtype_of(a))])[source]
        return places, by_segments(ufunc, lanes, counts + 1)


def turns(flat: Any) -> tuple[Any, Any]:
    """(order, turn): the places sorted, and how often each of them had occurred before."""
    order = np.argsort(flat, kind="stable")
    ordered = flat[order]
    start = np.ones(len(flat), dtype=bool)
    start[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(start)
    return order, np.arange(len(flat)) - np.repeat(starts, np.diff(np.append(starts, len(flat))))


class Scatter(Operation):
    """Elements added into the places `flat` of zeros; places may occur several times."""

    __slots__ = ("flat",)

    def __init__(self, flat: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.flat = flat

    def at(self, s: Space) -> Numbered:
        """The places."""
        return Numbered(s, self.flat + 1, self.out_shape, self.out_dtype)

    def push(self, s: Space, ts: Any) -> Any:
        return operations.push_increase(s, None, ts[0], self.at(s))

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return operations.pull_increase(s, w, 1, self.at(s), self.in_shapes[0])


def summed(flat: Any, terms: Any, shape: Any, dtype: Any) -> Any:
    """Terms added up at the places `flat` of zeros of a shape."""

    def function(v: Any) -> Any:
        if is_dual(v):
            return summed(flat, v, shape, dtype)
        out = np.zeros(int(np.prod(shape)), dtype)
        np.add.at(out, flat, v)
        return out.reshape(shape)

    return linear(function, lambda v, y: Scatter(flat, v, y), terms)
