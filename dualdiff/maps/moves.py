"""Maps that move elements: reshapes, transposes, broadcasts, indices."""

import math
from typing import Any

import numpy as np

from ..core import is_basic
from . import linear
from .base import Operation, fit
from .spaces import STACKS, VALUES, Keyed, Numbered, Space

__all__ = [
    "Broadcast", "Diagonal", "Gather", "Increment", "Index", "Move", "Permute", "Reshape", "Settled", "holds_point",
]  # fmt: skip


class Move(Operation):
    """Base of the maps of one argument whose `push` moves elements: of tangents, values, and numbers of sets."""

    __slots__ = ()

    fixed = moving = True

    def move(self, v: Any) -> Any:
        """What the map does to a tangent, done to an array of the argument's shape; a view where NumPy has one."""
        return self.push(VALUES, (v,))

    def apply(self, ts: Any) -> Any:
        """As `move`, on stacks."""
        return self.push(STACKS, ts)


class Reshape(Move):
    """The elements in C order in another shape."""

    __slots__ = ()

    def push(self, s: Space, ts: Any) -> Any:
        return s.reshaped(ts[0], self.out_shape)

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return s.reshaped(w, self.in_shapes[0])


class Increment(Reshape):
    """The identity, as a mark in a recording: here the tangent goes into a formula with numbers of this point.

    The derivative of `inv`, say, is an expression in the tangent of its argument, with the inverse at this point held.
    Zeros among such numbers are zeros by chance, so a pattern must not count on them: between an `Increment` and the
    next `Settled` every factor counts as full (`sets.exact` is False).
    """

    __slots__ = ()

    fixed = False       # the numbers of this point would have to be differentiated


class Settled(Reshape):
    """The identity, as a mark in a recording: the end of a formula that began with an `Increment`.

    From here on zeros in a constant factor are structure again.
    """

    __slots__ = ()

    fixed = False       # the numbers of this point would have to be differentiated


def holds_point(map: Any, before: bool) -> bool:
    """Whether the result of a map is inside of such a formula; before: whether an argument is."""
    return type(map) is Increment or before and type(map) is not Settled


class Permute(Move):
    """Axes in another order: np.transpose(x, axes)."""

    __slots__ = ("axes",)

    fixed = True

    def __init__(self, axes: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.axes = axes

    def push(self, s: Space, ts: Any) -> Any:
        return s.permuted(ts[0], self.axes)

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return s.permuted(w, sorted(range(len(self.axes)), key=self.axes.__getitem__))


class Broadcast(Move):
    """np.broadcast_to."""

    __slots__ = ()

    def push(self, s: Space, ts: Any) -> Any:
        return s.broadcast(s.aligned(ts[0], self.in_shapes[0], self.out_shape), self.out_shape)

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return linear.unbroadcast(s, w, self.in_shapes[0])


class Diagonal(Move):
    """np.diagonal of two axes (not negative)."""

    __slots__ = ("axis1", "axis2", "offset")

    fixed = True

    def __init__(self, offset: Any, axis1: Any, axis2: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.offset, self.axis1, self.axis2 = offset, axis1, axis2

    def push(self, s: Space, ts: Any) -> Any:
        return np.diagonal(ts[0], self.offset, self.axis1 + s.lead, self.axis2 + s.lead)

    def pull(self, s: Space, w: Any, i: int) -> Any:
        out = s.own(None, self.in_shapes[0], self.in_dtypes[0], w)
        n = np.arange(self.out_shape[-1])
        square = np.moveaxis(out, (self.axis1 + s.lead, self.axis2 + s.lead), (-2, -1))
        square[..., n + max(-self.offset, 0), n + max(self.offset, 0)] = fit(w, self.in_dtypes[0])
        return out


class Index(Move):
    """x[key], for any index of NumPy's."""

    __slots__ = ("key",)

    fixed = True

    def __init__(self, key: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.key = key

    def push(self, s: Space, ts: Any) -> Any:
        return linear.push_read(s, ts[0], Keyed(s, self.key, self.in_shapes[0], self.in_dtypes[0]))

    def pull(self, s: Space, w: Any, i: int) -> Any:
        dtype = self.in_dtypes[0]
        return linear.pull_read(s, fit(w, dtype), Keyed(s, self.key, self.in_shapes[0], dtype))

    def picked(self) -> Any:
        return 0 if is_basic(self.key) else math.prod(self.out_shape)


class Gather(Operation):
    """out.flat[j] = x.flat[source.flat[j] - 1], or 0 where source is 0: any moving of elements.

    `source` is what the NumPy function in question makes of arange(1, size + 1).
    """

    __slots__ = ("source",)

    fixed = moving = True

    def __init__(self, source: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.source = source.reshape(self.out_shape)

    def picked(self) -> Any:
        return self.source.size

    def push(self, s: Space, ts: Any) -> Any:
        return linear.push_read(s, ts[0], Numbered(s, self.source, self.in_shapes[0], self.out_dtype))

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return linear.pull_read(s, w, Numbered(s, self.source, self.in_shapes[0], self.in_dtypes[0]))
