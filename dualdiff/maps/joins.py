"""Maps that put elements of several arrays together."""

from typing import Any

import numpy as np

from .base import LinearMap, fit, unbroadcast
from .moves import at_point
from .sparsity import INT

__all__ = ["Concatenate", "Where"]


class Concatenate(LinearMap):
    """np.concatenate along an axis (not negative)."""

    __slots__ = ("axis",)

    fixed = True

    def __init__(self, axis: int, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.axis = axis

    def apply(self, ts: Any) -> Any:
        like = next(t for t in ts if t is not None)
        k = like.shape[0]
        parts = [
            np.zeros((k, *shape), self.out_dtype) if t is None else t
            for t, shape in zip(ts, self.in_shapes, strict=True)
        ]
        return np.concatenate(parts, axis=self.axis + 1)

    def transpose(self, w: Any, i: int) -> Any:
        start = sum(shape[self.axis] for shape in self.in_shapes[:i])
        key = (slice(None),) * (self.axis + 1)
        return fit(w[(*key, slice(start, start + self.in_shapes[i][self.axis]))], self.in_dtypes[i])

    def reach(self, sets: Any, ids: Any) -> Any:
        parts = [np.zeros(shape, INT) if t is None else t for t, shape in zip(ids, self.in_shapes, strict=True)]
        return np.concatenate(parts, axis=self.axis)


class Where(LinearMap):
    """np.where(mask, x, y) with a constant mask."""

    __slots__ = ("mask",)

    fixed = True

    def __init__(self, mask: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.mask = mask

    def apply(self, ts: Any) -> Any:
        lead = len(self.out_shape)
        parts = [
            0 if t is None else t.reshape((t.shape[0],) + (1,) * (lead - len(shape)) + shape)
            for t, shape in zip(ts, self.in_shapes, strict=True)
        ]
        out = np.where(self.mask, *parts)
        if out.shape[1:] != self.out_shape:
            out = np.broadcast_to(out, (out.shape[0], *self.out_shape)).copy()
        return out if out.dtype == self.out_dtype else out.astype(self.out_dtype)

    def transpose(self, w: Any, i: int) -> Any:
        w = np.where(self.mask, w, 0) if i == 0 else np.where(self.mask, 0, w)
        return fit(unbroadcast(w, self.in_shapes[i]), self.in_dtypes[i])

    def reach(self, sets: Any, ids: Any) -> Any:
        if at_point(sets):
            chosen = np.where(self.mask, *(0 if t is None else t for t in ids))
            return np.broadcast_to(chosen, self.out_shape)
        # the mask may be another one nearby, so what it did not choose counts too
        return np.broadcast_to(sets.join(*(np.zeros((), INT) if t is None else t for t in ids)), self.out_shape)
