"""Call instructions: what has no operation of its own is a function of Python's on plain arrays.

The function goes through dualdiff where it is differentiated, so that it needs no rule here.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..transforms.pytrees import flatten, unflatten
from .indexing import settled
from .traced import Traced, TracedArray, TracedNumber, find_tracer, join_elements, node_of, plain
from .tracer import Storage, Tracer, memory_order

__all__ = ["call"]


class Hole:
    """Where an argument of a call instruction stands in the arguments of the function."""

    __slots__ = ("kind", "place")

    def __init__(self, place: int, kind: Any) -> None:
        self.place, self.kind = place, kind


def with_holes(t: Tracer, x: Any, nodes: list[int]) -> Any:
    """x with holes for what is recorded, whose nodes are appended."""
    if isinstance(x, Traced):
        nodes.append(node_of(t, x, None))
        return Hole(len(nodes) - 1, type(x.value))
    kind = type(x)
    if kind is tuple or kind is list:
        return kind(with_holes(t, e, nodes) for e in x)
    if kind is dict:
        return {name: with_holes(t, e, nodes) for name, e in x.items()}
    if kind is np.ndarray and x.dtype == object and find_tracer(x) is not None:
        return with_holes(t, join_elements(x), nodes)
    if kind is np.ndarray and x.dtype.kind in "biufc":
        nodes.append(t.outside(x))      # read anew in each run
        return Hole(len(nodes) - 1, np.ndarray)
    return x


def filled(x: Any, arrays: Any) -> Any:
    """x with arrays in its holes."""
    kind = type(x)
    if kind is Hole:
        found = arrays[x.place]
        if x.kind is np.ndarray:
            return found
        number = found[()] if isinstance(found, np.ndarray) or hasattr(found, "tangents") else found
        return float(number) if x.kind is float and isinstance(number, (float, np.floating)) else number
    if kind is tuple or kind is list:
        return kind(filled(e, arrays) for e in x)
    if kind is dict:
        return {name: filled(e, arrays) for name, e in x.items()}
    return x


def call(t: Tracer, function: Callable[..., Any], args: Any, kwargs: dict[str, Any], name: str = "") -> Any:
    """function(*args, **kwargs) as a call instruction."""
    result = function(*plain(args), **plain(kwargs))
    leaves, structure = flatten(result)
    if not all(isinstance(x, (np.ndarray, np.generic, float, int)) for x in leaves):
        return t.fail(f"{name or function} gives {type(result).__name__}")
    values = []
    for x in leaves:
        array = np.asarray(x)
        order = memory_order(array)
        if not (array if order is None else array.transpose(order)).flags.c_contiguous:
            return t.fail(f"{name or function} gives an array with gaps in its memory")     # which has other bits later
        values.append(settled(np.asarray(x)))
        if values[-1][0].dtype.kind not in "biufc":
            return t.fail(f"{name or function} gives an array of {values[-1][0].dtype}")
    orders = [order for _, order in values]
    nodes: list[int] = []
    holes, named = with_holes(t, args, nodes), with_holes(t, kwargs, nodes)

    def run(*arrays: Any) -> tuple[Any, ...]:
        found = flatten(function(*filled(holes, arrays), **filled(named, arrays)))[0]
        return tuple(y if order is None else np.transpose(y, order) for y, order in zip(found, orders, strict=True))

    kept = [v if order is None else v.transpose(order) for v, order in values]
    items = t.call(run, name or getattr(function, "__name__", "?"), nodes, kept)
    results: list[Any] = []
    for x, (v, _), node in zip(leaves, values, items, strict=True):
        if isinstance(x, np.ndarray):
            v = np.array(v, copy=True, order="K") if v.base is not None else v
            results.append(TracedArray(v, Storage(node, v), t))
        else:
            results.append(TracedNumber(x, node, t))
    return unflatten(structure, results)
