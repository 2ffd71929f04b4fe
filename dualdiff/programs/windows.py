"""Views of nodes, as NumPy's slices, transposes and broadcasts are of arrays."""

import math
from collections.abc import Sequence

import numpy as np

from .graph import Graph, dense_strides

__all__ = [
    "apart", "broadcast", "dense", "flat", "flipped", "inserted", "lined", "part", "reshaped", "row_places", "spread",
    "swapped",
]  # fmt: skip


def dense(g: Graph, x: int) -> int:
    """x with its elements in C order without gaps."""
    return g.copy(x)


def flat(g: Graph, x: int) -> int:
    """The elements of x in C order, in a row."""
    return reshaped(g, x, (math.prod(g.shape[x]),))


def reshaped(g: Graph, x: int, shape: Sequence[int]) -> int:
    """x in another shape, in C order."""
    shape = tuple(shape)
    return x if g.shape[x] == shape else g.view(dense(g, x), 0, shape, dense_strides(shape))


def inserted(g: Graph, x: int, at: int, count: int = 1) -> int:
    """x with axes of length 1."""
    if not count:
        return x
    offset, strides = g.layout(x)
    shape = g.shape[x]
    return g.view(x, offset, (*shape[:at], *(1,) * count, *shape[at:]), (*strides[:at], *(0,) * count, *strides[at:]))


def lined(g: Graph, x: int, shape: Sequence[int]) -> int:
    """x in a shape that has other axes of length 1."""
    shape = tuple(shape)
    if g.shape[x] == shape:
        return x
    offset, strides = g.layout(x)
    steps = iter([step for n, step in zip(g.shape[x], strides, strict=True) if n != 1])
    return g.view(x, offset, shape, tuple(0 if n == 1 else next(steps) for n in shape))


def broadcast(g: Graph, x: int, shape: Sequence[int]) -> int:
    """np.broadcast_to."""
    shape = tuple(shape)
    own = g.shape[x]
    if own == shape:
        return x
    offset, strides = g.layout(x)
    more = len(shape) - len(own)
    steps = (0,) * more + tuple(0 if m == 1 else s for m, s in zip(own, strides, strict=True))
    return g.view(x, offset, shape, steps)


def swapped(g: Graph, x: int, a: int = -1, b: int = -2) -> int:
    """np.swapaxes."""
    offset, strides = g.layout(x)
    order = list(range(len(strides)))
    order[a], order[b] = order[b], order[a]
    return g.view(x, offset, tuple(g.shape[x][k] for k in order), tuple(strides[k] for k in order))


def part(g: Graph, x: int, axis: int, start: int, stop: int) -> int:
    """x[..., start:stop, ...]."""
    offset, strides = g.layout(x)
    shape = g.shape[x]
    return g.view(x, offset + start * strides[axis], (*shape[:axis], stop - start, *shape[axis + 1 :]), strides)


def flipped(g: Graph, x: int, axis: int) -> int:
    """np.flip along one axis."""
    offset, strides = g.layout(x)
    shape = g.shape[x]
    steps = (*strides[:axis], -strides[axis], *strides[axis + 1 :])
    return g.view(x, offset + (shape[axis] - 1) * strides[axis], shape, steps)


def spread(g: Graph, x: int, axes: Sequence[int], shape: Sequence[int]) -> int:
    """What a reduction along axes gave, along these axes again."""
    for a in sorted(axes):
        x = inserted(g, x, a)
    return broadcast(g, x, shape)


def apart(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether a window sees no element twice."""
    extent = 1
    for s, n in sorted((abs(s), n) for s, n in zip(strides, shape, strict=True) if n > 1):
        if s < extent:
            return False
        extent = s * (n - 1) + extent
    return True


def row_places(g: Graph, places: int, k: int, n: int) -> int:
    """Places in an array of n elements as places in k such arrays that follow each other."""
    rows = np.arange(k, dtype=np.int64) * n
    rows = rows.reshape((k, *(1,) * len(g.shape[places])))
    if g.op[places] == "constant":
        return g.constant(np.ascontiguousarray(g.constants[g.attr[places]].astype(np.int64) + rows))
    return g.apply("add", g.cast(places, np.int64), g.constant(rows))
