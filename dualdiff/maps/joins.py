"""Maps that put elements of several arrays together."""

from typing import Any

from . import linear
from .base import Operation
from .spaces import Space

__all__ = ["Concatenate", "Where"]


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
