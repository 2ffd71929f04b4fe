"""Windows and strides: sliding_window_view, as_strided.

"""

from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds
from numpy.lib.stride_tricks import as_strided as numpys_as_strided, sliding_window_view as numpys_windows

from ..core import DualArray, view_parts
from ..errors import UnsupportedError
from ..maps.moves import Gather, Move
from ..maps.spaces import Space
from ..maps.tangents import is_dual
from .base import FUNCTIONS, as_operand, axis_tuple, handles, linear, value_of, view


class Windows(Move):
    """All windows of an array along axes: the window's own axes stand behind."""

    __slots__ = ("axes", "window")

    def __init__(self, window: Any, axes: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.window, self.axes = window, axes

    def push(self, s: Space, ts: Any) -> Any:
        return numpys_windows(ts[0], self.window, tuple(a + s.lead for a in self.axes))

    def pull(self, s: Space, w: Any, i: int) -> Any:
        shape = self.in_shapes[0]
        out = np.zeros((w.shape[0], *shape), w.dtype, like=w)
        rank, lengths = len(shape), self.out_shape[: len(shape)]
        for place in np.ndindex(*self.window):
            key = [slice(None)] + [slice(0, n) for n in lengths]
            for axis, start in zip(self.axes, place, strict=True):
                key[axis + 1] = slice(key[axis + 1].start + start, key[axis + 1].stop + start)
            at = tuple(key)
            out[at] = out[at] + w[(slice(None),) * (rank + 1) + place]
        return out


@handles(numpys_windows, moves=True)
def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: Any = False, writeable: bool = False
) -> Any:
    """np.lib.stride_tricks.sliding_window_view (a view that cannot be written to)."""
    if writeable:
        raise UnsupportedError(
            "sliding_window_view(writeable=True) has no rule for duals, as its elements lie on each other; "
            "write into the array itself"
        )
    x = as_operand(x)
    window = tuple(window_shape) if np.iterable(window_shape) else (window_shape,)
    axes = axis_tuple(axis, np.ndim(x))
    numpys_windows(np.broadcast_to(0.0, np.shape(x)), window, axis)      # NumPy's own errors
    return view(lambda v: numpys_windows(v, window, axes), lambda v, y: Windows(window, axes, v, y), x)


def as_strided(
    x: Any, shape: Any = None, strides: Any = None, subok: Any = False, writeable: bool = True, **options: Any
) -> Any:
    """np.lib.stride_tricks.as_strided: the elements that lie at those places of the memory, as a copy."""
    root = as_operand(x)
    if type(root) is not DualArray:
        return numpys_as_strided(x, shape, strides, subok, writeable, **options)
    value = value_of(root)
    while view_parts(root)[0] is not None:
        root = view_parts(root)[0]
    memory = value_of(root)
    (low, high), size = byte_bounds(memory), memory.itemsize
    shape = value.shape if shape is None else tuple(map(int, np.atleast_1d(shape)))
    strides = value.strides if strides is None else tuple(map(int, np.atleast_1d(strides)))
    start = value.__array_interface__["data"][0] - low
    wanted, there = start + offsets(shape, strides), offsets(memory.shape, memory.strides)
    there = there - there.min(initial=0)
    table = np.zeros((high - low) // size, dtype=np.intp)
    table[there // size] = np.arange(1, memory.size + 1).reshape(memory.shape)
    inside = (wanted >= 0) & (wanted < high - low) & (wanted % size == 0)
    source = table[np.where(inside, wanted // size, 0)] if wanted.size else wanted
    if not inside.all() or not source.all():
        raise UnsupportedError(
            f"as_strided with shape {shape} and strides {strides} reads memory that is not of the array itself (shape "
            f"{value.shape}, strides {value.strides}); that has no derivative"
        )
    found = linear(lambda v: take(v, source), lambda v, y: Gather(source, v, y), root)
    plain = value_of(found)
    if isinstance(plain, np.ndarray) and not writeable:
        plain.flags.writeable = False
    return found


def offsets(shape: Any, strides: Any) -> Any:
    """The distance in bytes of each element from the first one."""
    total = np.zeros(shape, dtype=np.intp)
    for axis, (n, s) in enumerate(zip(shape, strides, strict=True)):
        total += np.reshape(np.arange(n) * s, (-1,) + (1,) * (len(shape) - axis - 1))
    return total


def take(v: Any, source: Any) -> Any:
    """The elements of an array at places counted from 1."""
    return np.reshape(v, -1)[source - 1] if is_dual(v) else v.reshape(-1)[source - 1]


FUNCTIONS[numpys_as_strided] = as_strided       # it does not dispatch; dualdiff.numpy asks for it here
