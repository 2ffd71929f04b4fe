"""Nodes of a graph as tangents: the functions and places in which maps/linear.py says what linear operations do."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..maps.spaces import Places, Space
from . import complexes
from .graph import Graph, window_places
from .partials import NotDerivable, applied
from .windows import (
    apart,
    broadcast,
    dense,
    flipped,
    inserted,
    lined,
    part,
    reshaped,
    row_places,
    swapped,
)

__all__ = ["Nodes"]


class Nodes(Space):
    """Nodes of a graph as tangents or cotangents: with an axis for k directions in front, or (k None) as they are."""

    __slots__ = ("g", "k", "lead")

    def __init__(self, g: Graph, k: int | None) -> None:
        self.g, self.k = g, k
        self.lead = 0 if k is None else 1

    def full(self, shape: Sequence[int]) -> tuple[int, ...]:
        """A shape with the directions."""
        return tuple(shape) if self.k is None else (self.k, *shape)

    def shape(self, x: int) -> tuple[int, ...]:
        return tuple(self.g.shape[x][self.lead :])

    def zeros(self, shape: Sequence[int], dtype: Any, like: Any = None) -> int:
        return self.g.zeros(self.full(shape), dtype)

    def lined(self, x: int, shape: Sequence[int]) -> int:
        return lined(self.g, x, self.full(shape))

    def broadcast(self, x: int, shape: Sequence[int]) -> int:
        return broadcast(self.g, x, self.full(shape))

    def sum(self, x: int, axes: tuple[int, ...], keepdims: bool) -> int:
        return self.g.reduce("add", x, axes, keepdims)

    def running(self, x: int, axis: int) -> int:
        return self.g.scan("add", x, axis)

    def flip(self, x: int, axis: int) -> int:
        return flipped(self.g, x, axis)

    def part(self, x: int, axis: int, start: int, stop: int) -> int:
        return part(self.g, x, axis, start, stop)

    def join(self, xs: Sequence[int], axis: int) -> int:
        return self.g.join(xs, axis)

    def select(self, mask: int, x: int | None, y: int | None, shape: tuple[int, ...]) -> int:
        g = self.g
        dtype = g.dtype[x if x is not None else y]  # type: ignore[index]
        zero = g.constant(np.zeros((), dtype))
        found = g.apply("where", mask, zero if x is None else x, zero if y is None else y, dtype=dtype)
        return self.broadcast(found, shape)

    def plus(self, x: int, y: int) -> Any:
        return applied(self.g, "add", x, y)

    def times(self, x: int, factor: Any) -> Any:
        return applied(self.g, "multiply", factor, x)

    def matmul(self, x: int, y: int, which: int) -> int:
        return self.g.matmul(x, y)

    def cast(self, x: int, dtype: Any) -> int:
        return x if self.g.dtype[x] is dtype else complexes.fitted(self.g, x, dtype)

    def aligned(self, x: int, own: Sequence[int], shape: Sequence[int]) -> int:
        return inserted(self.g, x, 1, len(shape) - len(own)) if self.lead and len(own) < len(shape) else x

    def scaled(self, d: Any, x: int, both: bool) -> Any:
        return applied(self.g, "multiply", d, x)

    def adjoint(self, factor: Any) -> Any:
        return complexes.conjugate(self.g, factor)

    def swap(self, factor: int) -> int:
        return swapped(self.g, factor)

    def row(self, factor: int) -> int:
        return inserted(self.g, factor, 0)

    def column(self, factor: int) -> int:
        return inserted(self.g, factor, 1)

    def places(self, g: Graph, i: int) -> "Window":
        """The places that an operation reads, writes or adds to in its first argument."""
        x, attr = g.args[i][0], g.attr[i]
        if attr is None:
            return Picked(self, x, g.args[i][1])
        return Window(self, x, attr[0], g.shape[i], attr[1]) if len(attr) == 2 else Window(self, x, *attr)


class Window(Places):
    """A window of a node x: offset, shape and strides in elements, as in the attributes of `write`."""

    __slots__ = ("offset", "s", "shape", "strides", "x")

    def __init__(self, s: Nodes, x: int, offset: int, shape: Sequence[int], strides: Sequence[int]) -> None:
        self.s, self.x, self.offset, self.shape, self.strides = s, x, offset, tuple(shape), tuple(strides)

    def stacked(self, shape: tuple[int, ...]) -> Any:
        """Offset, shape and strides in all directions."""
        s, size = self.s, math.prod(self.s.g.shape[self.x])
        return self.offset, s.full(shape), self.strides if s.k is None else (size, *self.strides)

    def dense(self, t: int | None) -> int:
        """A tangent of x, zeros where there is none, in C order."""
        g = self.s.g
        return self.s.zeros(g.shape[self.x], g.dtype[self.x]) if t is None else dense(g, t)

    def fitted(self, u: int | None) -> int:
        """What is written: a tangent that broadcasts to the window; None is zero."""
        s, g, own = self.s, self.s.g, self.s.g.dtype[self.x]
        if u is None:
            return g.constant(np.zeros((), own))
        shape = s.shape(u)
        return g.cast(s.lined(u, (1,) * (len(self.shape) - len(shape)) + shape), own)

    def read(self, t: int) -> int:
        return self.s.g.view(dense(self.s.g, t), *self.stacked(self.shape))

    def written(self, t: int | None, u: int | None) -> int:
        return self.s.g.write(self.dense(t), self.fitted(u), *self.stacked(self.shape))

    def standing(self, t: int) -> int:
        if not apart(self.shape, self.strides):
            raise NotDerivable("a write to a window that sees an element twice")
        return self.read(t)

    def added(self, t: int | None, u: int) -> int:
        s, g, shape = self.s, self.s.g, self.shape
        size = math.prod(g.shape[self.x])
        still = tuple(a for a, (n, step) in enumerate(zip(shape, self.strides, strict=True)) if step == 0 and n > 1)
        u = self.fitted(u)
        if still:       # it sees an element many times: they are added up
            u = s.sum(s.broadcast(u, shape), tuple(a + s.lead for a in still), True)
            shape = tuple(1 if a in still else n for a, n in enumerate(shape))
        if not apart(shape, self.strides) and math.prod(shape) > 1:
            at = g.constant(window_places(self.offset, shape, self.strides))
            return g.put_add(self.dense(t), at if s.k is None else row_places(g, at, s.k, size), u)
        whole = self.whole(u, shape) if t is None and math.prod(shape) == size and s.shape(u) == shape else None
        return whole if whole is not None else g.add(self.dense(t), u, *self.stacked(shape))

    def whole(self, u: int, shape: Sequence[int]) -> int | None:
        """u as one of all of x, where the window is x with its axes permuted and split; else None."""
        s, g, strides = self.s, self.s.g, self.strides
        if any(step < 0 for step in strides):
            return None
        order = sorted(range(len(shape)), key=lambda a: (-strides[a], shape[a] == 1))
        if Graph.plain(tuple(shape[a] for a in order)) != tuple(strides[a] if shape[a] > 1 else 0 for a in order):
            return None
        offset, steps = g.layout(u)
        if s.lead:
            order = [0, *(a + 1 for a in order)]
        turned = g.view(u, offset, tuple(g.shape[u][a] for a in order), tuple(steps[a] for a in order))
        return reshaped(g, turned, s.full(g.shape[self.x]))


class Picked(Window):
    """Elements of a node x by numbers in C order, which are a node."""

    __slots__ = ("numbers",)

    def __init__(self, s: Nodes, x: int, numbers: int) -> None:
        self.s, self.x, self.shape, self.numbers = s, x, tuple(s.g.shape[numbers]), numbers

    def places(self) -> int:
        """The numbers in all directions."""
        s = self.s
        return self.numbers if s.k is None else row_places(s.g, self.numbers, s.k, math.prod(s.g.shape[self.x]))

    def read(self, t: int) -> int:
        return self.s.g.take(t, self.places())

    def written(self, t: int | None, u: int | None) -> int:
        return self.s.g.put(self.dense(t), self.places(), self.fitted(u))

    def added(self, t: int | None, u: int) -> int:
        return self.s.g.put_add(self.dense(t), self.places(), self.fitted(u))

    def standing(self, t: int) -> int:
        s, last = self.s, self.last_writes()
        return self.read(t) if last is None else s.select(last, self.read(t), None, self.shape)

    def last_writes(self) -> int | None:
        """Where the elements stand that are not overwritten by a later one; None for everywhere."""
        g, at = self.s.g, self.numbers
        n, size = math.prod(g.shape[at]), math.prod(g.shape[self.x])
        if g.op[at] == "constant":
            places = g.constants[g.attr[at]].reshape(-1)
            places = np.where(places < 0, places + size, places)
            if len(np.unique(places)) == len(places):
                return None
            winner = np.full(size, -1)
            winner[places] = np.arange(n)
            return g.constant((winner[places] == np.arange(n)).reshape(g.shape[at]))
        numbers = g.constant(np.arange(n, dtype=np.int64).reshape(g.shape[at]))
        written = g.put(g.zeros((size,), np.dtype(np.int64)), at, numbers)
        return g.apply("equal", g.take(written, at), numbers, dtype=bool)
