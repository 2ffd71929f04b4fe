"""Arrays that np.asarray made of a dual array: plain ones, which would not see what is written into it later."""

import weakref
from typing import Any

from ..core import mark_shared, view_parts
from ..errors import LostDerivativeError

__all__ = ["PICTURED", "Shown", "check_pictures", "picture"]

PICTURED = 4    # as in core/array.pxi

PICTURES: dict[Any, Any] = {}
"""id of a dual array that owns its memory -> (a reference to it, references to what np.asarray made of it)."""


class Shown:
    """An array's memory as the base of another array, which views of that array hold on to."""

    __slots__ = ("__weakref__", "array")

    def __init__(self, array: Any) -> None:
        self.array = array

    @property
    def __array_interface__(self) -> Any:
        return self.array.__array_interface__


def picture(x: Any, out: Any) -> Any:
    """Notes that `out` shows what x holds now."""
    while view_parts(x)[0] is not None:
        x = view_parts(x)[0]
    place = id(x)
    if place not in PICTURES:
        PICTURES[place] = (weakref.ref(x, lambda _: PICTURES.pop(place, None)), [])
    pictures = PICTURES[place][1]
    pictures[:] = [p for p in pictures if p() is not None]
    pictures.append(weakref.ref(out))
    mark_shared(x, PICTURED)
    return out


def check_pictures(x: Any) -> None:
    """Raises where a write into x would have to be seen in an array that np.asarray made of it."""
    if any(p() is not None for p in PICTURES.pop(id(x), (None, []))[1]):
        raise LostDerivativeError(
            "a dual array is written to of which np.asarray made a plain array, which would not see the write "
            "(NumPy's would be the same array); write np.array(x) for a copy, x itself for the same array, or "
            "`from dualdiff import numpy as np`, where np.asarray(x) is x.  Of an array x without axes "
            "np.array([x, ...]) is one as well, in which x itself stands: write np.array([x[()], ...])"
        )
