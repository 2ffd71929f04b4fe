"""NumPy's functions that write into an array: copyto, put, place, putmask, put_along_axis, fill_diagonal, flat.

One mechanism: the function is run on places instead of elements, which says for each element of
the array where its new content comes from.

"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core import Dual, DualArray
from ..errors import LostDerivativeError
from ..maps.tangents import find_tag, is_dual
from .base import as_operand, handles, value_of
from .index import rewritten

NO = np._NoValue


def into(array: Any, function: Any, values: Any, name: str) -> None:
    """function(array, values) in place, array a dual array; `function` moves elements of values and nothing else."""
    given, values = values, as_operand(values)
    if type(array) is Dual:
        raise TypeError(f"{name} writes into an array, got a scalar, which never changes; write x = y")
    if type(array) is not DualArray:
        if find_tag(values) >= 0:
            raise LostDerivativeError(
                f"{name} would write into a plain {type(array).__name__}, which cannot hold a derivative; allocate it "
                "with np.zeros_like(x) or np.zeros(n, like=x)"
            )
        function(array, value_of(given))
        return
    values = values if is_dual(values) else np.asarray(values)
    written, content = rewritten(array, function, values)
    if written.any():
        array[written] = content


@handles(np.copyto, writes=(0, 1))
def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """np.copyto."""
    mask = value_of(where)
    if type(dst) is DualArray and mask is True:
        dst[...] = src
        return
    into(dst, lambda a, v: np.copyto(a, v, casting, mask), src, "np.copyto")


@handles(np.put, writes=(0, 2))
def put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    """np.put."""
    ind = value_of(ind)
    into(a, lambda x, y: np.put(x, ind, y, mode), v, "np.put")


@handles(np.place, writes=(0, 2))
def place(arr: Any, mask: Any, vals: Any) -> None:
    """np.place."""
    mask = value_of(as_operand(mask))
    into(arr, lambda x, y: np.place(x, mask, y), vals, "np.place")


@handles(np.putmask, writes=(0, 2))
def putmask(a: Any, mask: Any, values: Any) -> None:
    """np.putmask."""
    mask = value_of(as_operand(mask))
    into(a, lambda x, y: np.putmask(x, mask, y), values, "np.putmask")


@handles(np.put_along_axis, writes=(0, 2))
def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    """np.put_along_axis."""
    indices = value_of(indices)
    into(arr, lambda x, y: np.put_along_axis(x, indices, y, axis), values, "np.put_along_axis")


@handles(np.fill_diagonal, writes=(0, 1))
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """np.fill_diagonal."""
    into(a, lambda x, y: np.fill_diagonal(x, y, wrap), val, "np.fill_diagonal")


def assign_flat(x: Any, values: Any) -> None:
    """x.flat = values: repeated as often as needed."""

    def write(places: Any, numbers: Any) -> None:
        places.flat = numbers

    into(x, write, values, "x.flat = y")


class Flat:
    """x.flat: the elements of a dual array in C order, to be read and written.

    Parameters
    ----------
    base : DualArray
        The array whose elements they are.
    """

    __slots__ = ("base", "place")

    def __init__(self, base: Any) -> None:
        self.base, self.place = base, 0

    def __len__(self) -> Any:
        return self.base.size

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self.place >= self.base.size:
            raise StopIteration
        self.place += 1
        return self.base[tuple(map(int, np.unravel_index(self.place - 1, self.base.shape)))]

    def __getitem__(self, key: Any) -> Any:
        return np.reshape(self.base, -1)[key]

    def __setitem__(self, key: Any, values: Any) -> None:
        def write(places: Any, numbers: Any) -> None:
            places.flat[key] = numbers

        into(self.base, write, values, "x.flat[...] = y")

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.asarray(self.copy(), dtype=dtype)

    @property
    def index(self) -> Any:
        """The place of the element that comes next."""
        return self.place

    @property
    def coords(self) -> Any:
        """The same as a tuple of indices."""
        return tuple(int(i) for i in np.unravel_index(self.place, self.base.shape))

    def copy(self) -> Any:
        """The elements as a dual array of one dimension."""
        return self.base.flatten()
