"""Writes: `x[key] = y`, and views of what was written."""

import math
from typing import Any

from ..core import expand_key, is_basic
from . import linear
from .base import Operation
from .spaces import Keyed, Places, Shown, Space

__all__ = ["SetIndex", "SetView"]


class Write(Operation):
    """Base of the maps of an array and what is written into it: arguments (x, y)."""

    __slots__ = ()

    fixed = moving = True

    def at(self, s: Space) -> Places:
        """The places that are written to."""
        raise NotImplementedError

    def push(self, s: Space, ts: Any) -> Any:
        return linear.push_write(s, ts[0], ts[1], self.at(s))

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return linear.pull_write(s, w, i, self.at(s), self.in_shapes[i])


class SetIndex(Write):
    """The array after x[key] = y."""

    __slots__ = ("key",)

    def __init__(self, key: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.key = expand_key(key, len(self.in_shapes[0]))

    def picked(self) -> Any:
        return 0 if is_basic(self.key) else math.prod(self.in_shapes[1])

    def at(self, s: Space) -> Places:
        return Keyed(s, self.key, self.out_shape, self.out_dtype)


class SetView(Write):
    """The base after a view of it was overwritten."""

    __slots__ = ("view",)

    def __init__(self, view: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.view = view

    def at(self, s: Space) -> Places:
        return Shown(s, self.view, self.out_shape, self.out_dtype)
