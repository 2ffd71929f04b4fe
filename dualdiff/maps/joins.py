"""Maps that put elements of several arrays together."""

from typing import Any

import numpy as np

from . import linear
from .base import LinearMap, Operation, fit
from .spaces import Space
from .sparsity import INT

__all__ = ["Concatenate", "Stacked", "Where"]


class Concatenate(Operation):
    """np.concatenate along an axis (not negative)."""

    __slots__ = ("axis",)

    fixed = True

    def __init__(self, axis: int, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.axis = axis

    def push(self, s: Space, ts: Any) -> Any:
        return linear.push_join(s, ts, self.in_shapes, self.out_dtype, self.axis)

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return linear.pull_join(s, w, i, self.in_shapes, self.axis)


class Where(Operation):
    """np.where(mask, x, y) with a constant mask."""

    __slots__ = ("mask",)

    fixed = True

    def __init__(self, mask: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.mask = mask

    def push(self, s: Space, ts: Any) -> Any:
        return linear.push_select(s, self.mask, ts, self.in_shapes, self.out_shape)

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return linear.pull_select(s, self.mask, w, i, self.in_shapes[i])


class Stacked(LinearMap):
    """Scalars side by side: np.array([x0, x1, ...])."""

    __slots__ = ()

    fixed = True

    def apply(self, ts: Any) -> Any:
        like = next(t for t in ts if t is not None)
        zero = np.zeros(like.shape[0], self.out_dtype)
        return np.stack([zero if t is None else t for t in ts], axis=1)

    def transpose(self, w: Any, i: int) -> Any:
        return fit(w[:, i], self.in_dtypes[i])

    def reach(self, sets: Any, ids: Any) -> Any:
        return np.stack([np.zeros((), INT) if t is None else t for t in ids])
