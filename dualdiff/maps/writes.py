"""Writes: `x[key] = y`, and views of what was written."""

import math
from typing import Any

import numpy as np

from ..core import expand_key, has_mask, is_basic
from . import linear
from .base import LinearMap, Part, fit
from .moves import at_point
from .spaces import STACKS, Keyed, Places
from .sparsity import writable
from .tangents import is_dual

__all__ = ["SetIndex", "SetView"]


class SetIndex(LinearMap):
    """The array after x[key] = y: arguments (x, y)."""

    __slots__ = ("key",)

    fixed = True

    def __init__(self, key: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.key = expand_key(key, len(self.in_shapes[0]))

    def picked(self) -> Any:
        return 0 if is_basic(self.key) else math.prod(self.in_shapes[1])

    @property
    def at(self) -> Keyed:
        """The places that are written to."""
        return Keyed(self.key, self.out_shape, self.out_dtype)

    def apply(self, ts: Any) -> Any:
        return linear.push_write(STACKS, ts[0], ts[1], self.at)

    def transpose(self, w: Any, i: int) -> Any:
        return fit(linear.pull_write(STACKS, w, i, self.at, self.in_shapes[i]), self.in_dtypes[i])

    def reach(self, sets: Any, ids: Any) -> Any:
        out = writable(ids[0], self.out_shape)
        place = (*self.key, ...)
        new = 0 if ids[1] is None else ids[1]
        if ids[0] is not None and not at_point(sets) and has_mask(self.key):    # as in `Where`
            old = out[place]
            new = sets.join(old, np.broadcast_to(new, old.shape))
        out[place] = new
        return out


class Shown(Places):
    """The elements that a view shows, in stacks of arrays of a shape and dtype; each once."""

    __slots__ = ("dtype", "shape", "view")

    def __init__(self, view: Any, shape: tuple[int, ...], dtype: Any) -> None:
        self.view, self.shape, self.dtype = view, shape, dtype

    def read(self, x: Any) -> Any:
        return self.view.apply((x,))

    def written(self, x: Any, y: Any) -> Any:
        like = y if x is None or is_dual(y) else x
        out = np.zeros((like.shape[0], *self.shape), self.dtype, like=like)
        if x is not None:
            out[...] = x
        self.view.apply((out,))[...] = 0 if y is None else y
        return out


class SetView(LinearMap):
    """The base after a view of it was overwritten: arguments (base, new view)."""

    __slots__ = ("view",)

    fixed = True

    def __init__(self, view: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.view = view

    @property
    def at(self) -> Places:
        """The elements that the view shows."""
        return Shown(self.view, self.out_shape, self.out_dtype)

    def apply(self, ts: Any) -> Any:
        return linear.push_write(STACKS, ts[0], ts[1], self.at)

    def transpose(self, w: Any, i: int) -> Any:
        return linear.pull_write(STACKS, w, i, self.at, self.in_shapes[i])

    def reach(self, sets: Any, ids: Any) -> Any:
        if isinstance(self.view, Part):     # the other part stays
            found = [t for t in ids if t is not None]
            return found[0] if len(found) == 1 else sets.join(*found)
        out = writable(ids[0], self.out_shape)
        self.view.move(out)[...] = 0 if ids[1] is None else ids[1]      # a view, as out is in C order
        return out
