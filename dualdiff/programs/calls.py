"""Call instructions: what has no operation of its own is a function of Python's on plain arrays.

The function goes through dualdiff where it is differentiated, so that it needs no rule here.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..transforms.pytrees import flatten, unflatten
from ..transforms.recorder import recorded_by
from .traced import HOOKS, Traced, TracedArray, TracedNumber, find_tracer, join_elements, node_of, plain
from .tracer import Storage, Tracer, memory_order

__all__ = ["call"]

LINEAR = {np.real: "real", np.imag: "real", np.fft.rfft: "real", np.fft.irfft: "real", np.fft.hfft: "real",
          np.fft.ihfft: "real"}  # fmt: skip
"""Functions that are linear in their first argument, over which numbers."""

for _name in ("rfft2", "irfft2", "rfftn", "irfftn"):
    LINEAR[getattr(np.fft, _name)] = "real"
for _name in ("fft", "ifft", "fft2", "ifft2", "fftn", "ifftn"):
    LINEAR[getattr(np.fft, _name)] = "complex"


class Hole:
    """Where an argument of a call instruction stands in the arguments of the function."""

    __slots__ = ("kind", "place")

    def __init__(self, place: int, kind: Any) -> None:
        self.place, self.kind = place, kind


def with_holes(t: Tracer, x: Any, nodes: list[int]) -> Any:
    """A copy of x in which a `Hole` stands for each recorded array or number; their nodes are appended to a list."""
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
        nodes.append(t.outside(x))  # read anew in each run
        return Hole(len(nodes) - 1, np.ndarray)
    return x


def filled(x: Any, arrays: Any) -> Any:
    """The copy with arrays put where its holes are."""
    kind = type(x)
    if kind is Hole:
        found = arrays[x.place]
        if x.kind is np.ndarray:
            return found
        number = found[()] if isinstance(found, np.ndarray) or hasattr(found, "tangents") else found
        known = isinstance(number, (np.generic, float, complex))    # no dual
        return x.kind(number) if known and x.kind in (float, complex) else number
    if kind is tuple or kind is list:
        return kind(filled(e, arrays) for e in x)
    if kind is dict:
        return {name: filled(e, arrays) for name, e in x.items()}
    return x


class Place:
    """How a result lies in memory: the order of its axes; where it has gaps, the places of its elements in a row."""

    __slots__ = ("order", "places", "span", "strides")

    def __init__(self, x: np.ndarray) -> None:
        self.order = memory_order(x)
        self.span, self.strides = 0, x.strides
        self.places: Any = None
        if x.size and not (x if self.order is None else x.transpose(self.order)).flags.c_contiguous:
            steps = [s // x.itemsize if n > 1 else 0 for n, s in zip(x.shape, x.strides, strict=True)]
            places = np.zeros((), np.int64)
            for k, (n, s) in enumerate(zip(x.shape, steps, strict=True)):
                places = places + (np.arange(n) * s).reshape((n,) + (1,) * (x.ndim - 1 - k))
            self.places = places - places.min()
            self.span = int(self.places.max()) + 1

    def laid(self, y: Any) -> Any:
        """A result with its axes in the order of memory; as a vector of its elements where its memory has gaps."""
        if self.places is None:
            return y if self.order is None else np.transpose(y, self.order)
        row = np.zeros(self.span, y.dtype, like=y)
        row[self.places] = y
        return row

    def value(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(an array like x in memory of its own, all of that memory)."""
        if self.places is None:
            own = x.copy("K")
            return own, own if self.order is None else own.transpose(self.order)
        row = self.laid(x)
        first = int(self.places.reshape(-1)[0])
        return np.lib.stride_tricks.as_strided(row[first:], x.shape, self.strides), row


def call(t: Tracer, function: Callable[..., Any], args: Any, kwargs: dict[str, Any], name: str = "") -> Any:
    """function(*args, **kwargs) as a call instruction."""
    with recorded_by(None):
        result = function(*plain(args), **plain(kwargs))
    leaves, structure = flatten(result)
    if not all(isinstance(x, (np.ndarray, np.generic, float, int, complex)) for x in leaves):
        return t.fail(f"{name or function} gives {type(result).__name__}")
    for x in leaves:
        if np.asarray(x).dtype.kind not in "biufc":
            return t.fail(f"{name or function} gives an array of {np.asarray(x).dtype}")
    places = [Place(np.asarray(x)) for x in leaves]
    values = [place.value(np.asarray(x)) for x, place in zip(leaves, places, strict=True)]
    nodes: list[int] = []
    holes, named = with_holes(t, args, nodes), with_holes(t, kwargs, nodes)

    def run(*arrays: Any) -> tuple[Any, ...]:
        found = flatten(function(*filled(holes, arrays), **filled(named, arrays)))[0]
        return tuple(place.laid(y) for y, place in zip(found, places, strict=True))

    # in the first argument: the others are no arrays that were recorded
    linear = LINEAR.get(function, "") if len(nodes) == 1 and isinstance(args[0], Traced) else ""
    items = t.call(run, name or getattr(function, "__name__", "?"), nodes, [memory for _, memory in values], linear)
    results: list[Any] = []
    for x, (value, memory), node in zip(leaves, values, items, strict=True):
        if isinstance(x, np.ndarray):
            results.append(TracedArray(value, Storage(node, memory), t))
        else:
            results.append(TracedNumber(x, node, t))
    return unflatten(structure, results)


HOOKS["call"] = call
