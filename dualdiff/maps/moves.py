"""Maps that move elements: reshapes, transposes, broadcasts, indices."""

import math
from typing import Any

import numpy as np

from ..core import is_basic
from . import linear
from .base import LinearMap, fit, unbroadcast
from .spaces import STACKS, Keyed, Numbered
from .sparsity import INT

__all__ = [
    "Broadcast", "Diagonal", "Gather", "Increment", "Index", "Move", "Permute", "Reshape", "Settled", "at_point",
]  # fmt: skip


class Move(LinearMap):
    """Base of the maps of one argument that `move` elements, values as well as numbers of sets."""

    __slots__ = ()

    fixed = True

    def move(self, v: Any) -> Any:
        """What the map does to a tangent, done to an array of the argument's shape: values, or numbers of sets."""
        raise NotImplementedError

    def reach(self, sets: Any, ids: Any) -> Any:
        return np.asarray(self.move(ids[0]))


class Reshape(Move):
    """The elements in C order in another shape."""

    __slots__ = ()

    def move(self, v: Any) -> Any:
        return v.reshape(self.out_shape)

    def apply(self, ts: Any) -> Any:
        return ts[0].reshape((ts[0].shape[0], *self.out_shape))

    def transpose(self, w: Any, i: int) -> Any:
        return w.reshape((w.shape[0], *self.in_shapes[0]))


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


class Permute(Move):
    """Axes in another order: np.transpose(x, axes)."""

    __slots__ = ("axes",)

    fixed = True

    def __init__(self, axes: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.axes = axes

    def move(self, v: Any) -> Any:
        return np.transpose(v, self.axes)

    def apply(self, ts: Any) -> Any:
        return np.transpose(ts[0], (0, *(a + 1 for a in self.axes)))

    def transpose(self, w: Any, i: int) -> Any:
        back = np.argsort(self.axes)
        return np.transpose(w, (0, *(int(a) + 1 for a in back)))


class Broadcast(Move):
    """np.broadcast_to."""

    __slots__ = ()

    fixed = True

    def move(self, v: Any) -> Any:
        return np.broadcast_to(v, self.out_shape)

    def apply(self, ts: Any) -> Any:
        t = ts[0]
        lead = len(self.out_shape) - len(self.in_shapes[0])
        t = t.reshape((t.shape[0],) + (1,) * lead + self.in_shapes[0])
        return np.broadcast_to(t, (t.shape[0], *self.out_shape))

    def transpose(self, w: Any, i: int) -> Any:
        return unbroadcast(w, self.in_shapes[0])


class Diagonal(Move):
    """np.diagonal of two axes (not negative)."""

    __slots__ = ("axis1", "axis2", "offset")

    fixed = True

    def __init__(self, offset: Any, axis1: Any, axis2: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.offset, self.axis1, self.axis2 = offset, axis1, axis2

    def move(self, v: Any) -> Any:
        return np.diagonal(v, self.offset, self.axis1, self.axis2)

    def apply(self, ts: Any) -> Any:
        return np.diagonal(ts[0], self.offset, self.axis1 + 1, self.axis2 + 1)

    def transpose(self, w: Any, i: int) -> Any:
        out = np.zeros((w.shape[0], *self.in_shapes[0]), self.in_dtypes[0], like=w)
        n = np.arange(self.out_shape[-1])
        square = np.moveaxis(out, (self.axis1 + 1, self.axis2 + 1), (-2, -1))
        square[..., n + max(-self.offset, 0), n + max(self.offset, 0)] = fit(w, self.in_dtypes[0])
        return out


def at_point(sets: Any) -> Any:
    """Whether a pattern is to hold at this point only; else it must hold for other values near it, too."""
    return getattr(sets, "at_point", False)


class Index(Move):
    """x[key], for any index of NumPy's."""

    __slots__ = ("key",)

    fixed = True

    def __init__(self, key: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.key = key

    def move(self, v: Any) -> Any:
        return v[self.key]

    @property
    def at(self) -> Keyed:
        """The places in the argument."""
        return Keyed(self.key, self.in_shapes[0], self.in_dtypes[0])

    def apply(self, ts: Any) -> Any:
        return linear.push_read(STACKS, ts[0], self.at)

    def transpose(self, w: Any, i: int) -> Any:
        return linear.pull_read(STACKS, fit(w, self.in_dtypes[0]), self.at)

    def picked(self) -> Any:
        return 0 if is_basic(self.key) else math.prod(self.out_shape)


class Gather(LinearMap):
    """out.flat[j] = x.flat[source.flat[j] - 1], or 0 where source is 0: any moving of elements.

    `source` is what the NumPy function in question makes of arange(1, size + 1).
    """

    __slots__ = ("source",)

    fixed = True

    def __init__(self, source: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.source = source

    def picked(self) -> Any:
        return self.source.size

    def apply(self, ts: Any) -> Any:
        t = ts[0].reshape(ts[0].shape[0], -1)
        source = self.source.ravel()
        holes = source == 0
        if holes.any():
            out = np.zeros((t.shape[0], source.size), self.out_dtype, like=t)
            out[:, ~holes] = t[:, source[~holes] - 1]
        else:
            out = t[:, source - 1]
        return out.reshape((t.shape[0], *self.out_shape))

    def transpose(self, w: Any, i: int) -> Any:
        source = self.source.ravel()
        keep = np.nonzero(source)[0]
        at = Numbered(source[keep] - 1, self.in_shapes[0], self.in_dtypes[0])
        return linear.pull_read(STACKS, w.reshape(w.shape[0], -1)[:, keep], at)

    def reach(self, sets: Any, ids: Any) -> Any:
        return np.concatenate([np.zeros(1, INT), ids[0].reshape(-1)])[self.source].reshape(self.out_shape)
