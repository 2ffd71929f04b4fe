"""Writes: `x[key] = y`, and views of what was written."""

import math
from typing import Any

import numpy as np

from ..core import expand_key, has_mask, is_basic
from .base import LinearMap, Part, fit, unbroadcast
from .moves import at_point
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

    def apply(self, ts: Any) -> Any:
        x, y = ts
        like = y if x is None or is_dual(y) else x
        out = np.zeros((like.shape[0], *self.out_shape), self.out_dtype, like=like)
        if x is not None:
            out[...] = x
        part = np.moveaxis(out, 0, -1)
        part[self.key] = 0 if y is None else np.moveaxis(y, 0, -1)
        return out

    def transpose(self, w: Any, i: int) -> Any:
        basic = is_basic(self.key)
        if i == 0:
            w = w.copy()
            if basic:
                w[(slice(None), *self.key)] = 0
            else:
                np.moveaxis(w, 0, -1)[self.key] = 0
            return w
        part = w[(slice(None), *self.key)] if basic else np.moveaxis(np.moveaxis(w, 0, -1)[self.key], -1, 0)
        lead = part.ndim - 1 - len(self.in_shapes[1])
        if lead < 0:        # NumPy drops leading 1s on assignment
            part = part.reshape((part.shape[0],) + (1,) * -lead + part.shape[1:])
        return fit(unbroadcast(part, self.in_shapes[1]), self.in_dtypes[1])

    def reach(self, sets: Any, ids: Any) -> Any:
        out = writable(ids[0], self.out_shape)
        place = (*self.key, ...)
        new = 0 if ids[1] is None else ids[1]
        if ids[0] is not None and not at_point(sets) and has_mask(self.key):    # as in `Where`
            old = out[place]
            new = sets.join(old, np.broadcast_to(new, old.shape))
        out[place] = new
        return out


class SetView(LinearMap):
    """The base after a view of it was overwritten: arguments (base, new view)."""

    __slots__ = ("view",)

    fixed = True

    def __init__(self, view: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.view = view

    def apply(self, ts: Any) -> Any:
        base, part = ts
        like = part if base is None or is_dual(part) else base
        out = np.zeros((like.shape[0], *self.out_shape), self.out_dtype, like=like)
        if base is not None:
            out[...] = base
        self.view.apply((out,))[...] = 0 if part is None else part
        return out

    def transpose(self, w: Any, i: int) -> Any:
        if i == 0:
            w = w.copy()
            self.view.apply((w,))[...] = 0
            return w
        return self.view.apply((w,))

    def reach(self, sets: Any, ids: Any) -> Any:
        if isinstance(self.view, Part):     # the other part stays
            found = [t for t in ids if t is not None]
            return found[0] if len(found) == 1 else sets.join(*found)
        out = writable(ids[0], self.out_shape)
        self.view.move(out)[...] = 0 if ids[1] is None else ids[1]      # a view, as out is in C order
        return out
