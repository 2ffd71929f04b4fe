"""Indices of recorded arrays: views, moved elements, masks, writes.

One mechanism for views: NumPy's own call, and the addresses of its result.  One for elements that move: NumPy's own
call on the positions of the elements.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .graph import window_places
from .traced import HOOKS, TracedArray, TracedNumber, find_tracer, node_of, operand, plain, write_window
from .tracer import Storage, Tracer, memory_order

__all__ = ["copied", "moved", "positions", "seen_from", "taken", "view_or_move"]


def positions(x: TracedArray) -> np.ndarray:
    """The place of each element of x in the dense node of its storage."""
    offset, strides = x.tracer.graph.layout(x.node)
    return window_places(offset, x.value.shape, strides)


def seen_from(x: TracedArray, value: Any) -> Any:
    """A window of x's memory as a recorded array."""
    return TracedArray(value, x.store, x.tracer)


def taken(t: Tracer, node: int, places: np.ndarray, value: np.ndarray) -> TracedArray:
    """The array of elements of a dense node at constant places."""
    value, order = settled(value)
    if order is not None:
        places = places.transpose(order)
    g = t.graph
    window = as_window(places)
    if window is not None:
        found = g.copy(g.view(node, window[0], places.shape, window[1]))
    else:
        found = g.take(node, g.constant(np.ascontiguousarray(places).reshape(places.shape)))
    return TracedArray(value, Storage(found, value), t)


def settled(value: np.ndarray) -> tuple[np.ndarray, Any]:
    """An array whose memory has no gaps, with the order of its axes (None: C)."""
    if value.flags.c_contiguous:
        return value, None
    order = memory_order(value)
    if order is None or not value.transpose(order).flags.c_contiguous:
        return np.array(value, order="C"), None
    return value, order


def as_window(places: np.ndarray) -> tuple[int, tuple[int, ...]] | None:
    """(offset, strides) of places that are a window; else None."""
    if not places.size:
        return None
    first = int(places.reshape(-1)[0])
    strides = []
    for k, n in enumerate(places.shape):
        at = [0] * places.ndim
        if n > 1:
            at[k] = 1
        strides.append(int(places[tuple(at)]) - first if n > 1 else 0)
    expected = window_places(first, places.shape, strides)
    return (first, tuple(strides)) if np.array_equal(places, expected) else None


def view_or_move(x: TracedArray, function: Callable[[Any], Any]) -> Any:
    """The result of a function that shows or moves the elements of one array: an array, or a list or tuple of them."""
    return moved_result(x, function(x.value), lambda: function(positions(x)))


def moved_result(x: TracedArray, value: Any, places: Callable[[], Any]) -> Any:
    """`view_or_move` of what came out."""
    if isinstance(value, (list, tuple)):
        kind: Any = type(value)
        parts = [moved_result(x, v, functools.partial(lambda i: places()[i], i)) for i, v in enumerate(value)]
        return kind._make(parts) if hasattr(kind, "_make") else kind(parts)
    if isinstance(value, np.ndarray) and value.size and np.may_share_memory(value, x.value):
        return seen_from(x, value)
    if isinstance(value, np.ndarray):
        return taken(x.tracer, x.store.node, places(), value)
    at = int(places())
    return TracedNumber(value, x.tracer.graph.view(x.store.node, at, (), ()), x.tracer)


def moved(x: Any, function: Callable[[Any], Any]) -> Any:
    """`view_or_move` of an array or a number."""
    return view_or_move(as_array(x), function)


def as_array(x: Any) -> Any:
    """A recorded number as an array without axes; an array as it is."""
    if isinstance(x, TracedNumber):
        value = np.asarray(x.value)
        g = x.tracer.graph
        return TracedArray(value, Storage(g.copy(x.node), value), x.tracer)
    return x


def copied(x: TracedArray, order: Any = "C") -> TracedArray:
    """x.copy()."""
    return new_from(x, x.value.copy(order))


def new_from(x: TracedArray, value: np.ndarray) -> TracedArray:
    """A new array with the elements of x."""
    value, order = settled(value)
    t = x.tracer
    node = t.permuted(x.node, order, value.ndim)
    return TracedArray(value, Storage(t.graph.copy(node), value), t)


# ---- x[key] ---------------------------------------------------------------------------------


def split(key: Any) -> tuple[Any, bool]:
    """(key, whether it is made of integers, slices, None and Ellipsis only); recorded integers become plain ones."""
    parts = key if type(key) is tuple else (key,)
    basic = True
    found = []
    for part in parts:
        if isinstance(part, TracedNumber) and part.dtype.kind in "iu":
            part = part.__index__()
        elif isinstance(part, slice):
            part = slice(
                *(p.__index__() if isinstance(p, TracedNumber) else p for p in (part.start, part.stop, part.step))
            )
        elif not (
            part is None or part is Ellipsis or isinstance(part, (int, np.integer)) and not isinstance(part, bool)
        ):
            basic = False
            part = operand(part) if isinstance(part, (list, tuple)) else part
        found.append(part)
    return tuple(found), basic


def told(part: Any) -> Any:
    """A part of a key; one recorded truth is a plain one, under a guard, as it decides about shapes."""
    if isinstance(part, (TracedArray, TracedNumber)) and part.dtype.kind == "b" and not np.ndim(part.value):
        return bool(part)
    return part


def getitem(x: TracedArray, key: Any) -> Any:
    """x[key]."""
    t = x.tracer
    if t.done:
        return x.value[plain(key)]
    key, basic = split(key)
    if basic:
        value = x.value[key]
        if isinstance(value, np.ndarray):
            return seen_from(x, value)
        node = t.window(x.store.node, x.value[(*key, ...)], x.store.start)
        return TracedNumber(value, node, t)
    key = tuple(map(told, key))
    if find_tracer(list(key)) is None:
        value = x.value[key]
        if isinstance(value, np.ndarray) and value.size and np.may_share_memory(value, x.value):
            return seen_from(x, value)
        return moved_result(x, value, lambda: positions(x)[key])
    value = x.value[tuple(map(plain, key))]
    places = places_of(x, key, np.shape(value))
    if not isinstance(value, np.ndarray):
        return TracedNumber(value, t.graph.take(x.store.node, places), t)
    value, order = settled(value)
    node = t.graph.take(x.store.node, t.permuted(places, order, value.ndim))
    return TracedArray(value, Storage(node, value), t)


def places_of(x: TracedArray, key: tuple[Any, ...], shape: tuple[int, ...]) -> int:
    """The node of the places that x[key] reads, where arrays in the key are recorded."""
    t, g = x.tracer, x.tracer.graph
    key = with_indices(t, key)
    plain_key = tuple(map(plain, key))
    # the axis of x that each part of the key stands for
    taken_axes = sum(1 for p in key if p is not None and p is not Ellipsis)
    axis, axes = 0, []
    for p in key:
        axes.append(axis)
        if p is Ellipsis:
            axis += x.value.ndim - taken_axes
        elif p is not None:
            axis += 1
    arrays = [k for k, p in enumerate(key) if not (p is None or p is Ellipsis or isinstance(p, slice))]
    broad = np.broadcast_shapes(*(np.shape(plain_key[k]) for k in arrays))
    before = 0  # where the axes of the index arrays stand in the result
    if arrays == list(range(arrays[0], arrays[-1] + 1)):
        for k in range(arrays[0]):
            p = key[k]
            before += x.value.ndim - taken_axes if p is Ellipsis else 1
    offset, strides = g.layout(x.node)
    at0 = tuple(np.zeros(np.shape(p), np.int64) if isinstance(q, TracedArray) else p
                for p, q in zip(plain_key, key, strict=True))  # fmt: skip
    total: int = g.constant(np.ascontiguousarray(positions(x)[at0]).reshape(shape))
    for k in arrays:
        index = key[k]
        if not isinstance(index, TracedArray):
            continue
        n, stride = x.value.shape[axes[k]], strides[axes[k]]
        node = g.cast(index.node, np.int64)
        inside = g.apply("logical_and", g.apply("greater_equal", node, g.constant(np.int64(-n)), dtype=bool),
                         g.apply("less", node, g.constant(np.int64(n)), dtype=bool), dtype=bool)  # fmt: skip
        t.guard(g.reduce("logical_and", inside, tuple(range(len(g.shape[inside]))), dtype=bool), "bool", True)
        node = g.apply("remainder", node, g.constant(np.int64(max(n, 1))))
        node = g.apply("multiply", node, g.constant(np.int64(stride)))
        # as an array of the result's axes
        offset, steps = g.layout(node)
        own = g.shape[node]
        lead = len(broad) - len(own)
        full, steps_full = [1] * len(shape), [0] * len(shape)
        for j, (m, s) in enumerate(zip(own, steps, strict=True)):
            full[before + lead + j], steps_full[before + lead + j] = m, s
        total = g.apply("add", total, g.view(node, offset, tuple(full), tuple(steps_full)))
    return total


def with_indices(t: Tracer, key: tuple[Any, ...]) -> tuple[Any, ...]:
    """A key in which masks are the places where they are true, and a list of numbers is an array."""
    found: list[Any] = []
    for part in key:
        if isinstance(part, (TracedArray, TracedNumber)) and part.dtype.kind == "b":
            found.extend(true_places(t, as_array(part)))
        elif isinstance(part, np.ndarray) and part.dtype.kind == "b":
            found.extend(np.nonzero(part))
        elif isinstance(part, (list, np.ndarray)):
            found.append(np.asarray(part))
        else:
            found.append(part)
    return tuple(found)


def true_places(t: Tracer, mask: TracedArray) -> tuple[TracedArray, ...]:
    """np.nonzero of a recorded array; how many there are is a guard."""
    g = t.graph
    values = [np.ascontiguousarray(v) for v in np.nonzero(mask.value)]
    n = len(values[0]) if values else 0
    node = mask.node
    truth = (
        node if g.dtype[node] == np.dtype(bool) else g.apply("not_equal", node, t.number(0, g.dtype[node]), dtype=bool)
    )
    count = g.reduce("add", g.cast(truth, np.int64), tuple(range(mask.value.ndim)))
    t.guard(count, "int", n)
    nodes = t.call(np.nonzero, "np.nonzero", [truth], values)
    return tuple(TracedArray(v, Storage(i, v), t) for v, i in zip(values, nodes, strict=True))


# ---- x[key] = y -----------------------------------------------------------------------------


def setitem(x: TracedArray, key: Any, y: Any) -> None:
    """x[key] = y."""
    t = x.tracer
    if t.done:
        x.value[plain(key)] = plain(y)
        return
    y = operand(y)
    key, basic = split(key)
    g = t.graph
    if basic:
        window = x.value[key] if any(p is Ellipsis for p in key) else x.value[(*key, ...)]
        node = fitted(t, node_of(t, y, x.value.dtype), window.ndim)
        window[...] = plain(y)
        write_window(x, window, node)
        return
    if find_tracer(list(key)) is None:
        node = fitted(t, node_of(t, y, x.value.dtype), 99)
        places = np.asarray(positions(x)[key])
        x.value[key] = plain(y)
        put(x, g.constant(np.ascontiguousarray(places).reshape(places.shape)), node)
        return
    if (
        len(key) == 1
        and isinstance(key[0], (TracedArray, TracedNumber))
        and key[0].dtype.kind == "b"
        and np.size(plain(y)) == 1
    ):
        mask = as_array(key[0])
        number = node_of(t, y, x.value.dtype)
        number = g.view(number, g.layout(number)[0], (), ())
        over = g.view(mask.node, g.layout(mask.node)[0], mask.value.shape + (1,) * (x.value.ndim - mask.value.ndim),
                      g.layout(mask.node)[1] + (0,) * (x.value.ndim - mask.value.ndim))  # fmt: skip
        node = g.apply("where", over, number, x.node, dtype=x.value.dtype)
        x.value[mask.value] = plain(y)
        write_window(x, x.value, node)
        return
    key = tuple(map(told, key))
    if find_tracer(list(key)) is None:
        x[key] = y
        return
    shape = np.shape(x.value[tuple(map(plain, key))])
    node = fitted(t, node_of(t, y, x.value.dtype), len(shape))
    at = places_of(x, key, shape)
    x.value[tuple(map(plain, key))] = plain(y)
    put(x, at, node)


def fitted(t: Tracer, node: int, ndim: int) -> int:
    """A node without the axes of length 1 before the others that an assignment allows."""
    g = t.graph
    shape = g.shape[node]
    more = len(shape) - ndim
    if more <= 0:
        return node
    offset, strides = g.layout(node)
    return g.view(node, offset, shape[more:], strides[more:])


def put(x: TracedArray, places: int, node: int) -> None:
    """Notes that the elements at places of x's storage are what a node says."""
    g = x.tracer.graph
    x.store.node = g.put(x.store.node, places, fitted(x.tracer, node, len(g.shape[places])))


HOOKS["getitem"], HOOKS["setitem"], HOOKS["as_array"] = getitem, setitem, as_array
