"""Maps that put elements of several arrays together."""

from typing import Any

import numpy as np

from . import linear
from .base import Operation
from .spaces import Space

__all__ = ["Concatenate", "Stacked", "Where"]


class Concatenate(Operation):
    """np.concatenate along an axis (not negative)."""

    __slots__ = ("axis",)

    fixed = moving = True

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

    fixed = moving = True

    def __init__(self, mask: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.mask = np.asarray(mask, bool)

    def push(self, s: Space, ts: Any) -> Any:
        return linear.push_select(s, self.mask, ts, self.in_shapes, self.out_shape)

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return linear.pull_select(s, self.mask, w, i, self.in_shapes[i])


class Stacked(Operation):
    """Scalars side by side: np.array([x0, x1, ...])."""

    __slots__ = ()

    fixed = moving = True

    def push(self, s: Space, ts: Any) -> Any:
        ts = [None if t is None else s.reshaped(t, (1,)) for t in ts]
        return linear.push_join(s, ts, ((1,),) * len(ts), self.out_dtype, 0)

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return s.reshaped(s.part(w, s.lead, i, i + 1), ())
