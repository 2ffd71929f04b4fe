"""Where a search starts: the point that the user gives, as numbers of one's own, checked."""

from typing import Any

import numpy as np

from ..core import Dual, DualArray
from ..errors import ArgumentError, InputError, UnsupportedError
from ..functions.foreign import plain_numbers

__all__ = ["first_point", "where_not_finite"]


def first_point(x0: Any) -> Any:
    """x0 as an array of float64 or float32 that is not the caller's, checked.

    Raises
    ------
    InputError
        If x0 is complex, not numbers, empty, or of a floating type other than float64 and float32.
    ArgumentError
        If x0 has a nan or an infinity.
    UnsupportedError
        If x0 carries derivatives.
    """
    if isinstance(x0, DualArray) and x0.tangents is None:      # numbers in a buffer of lifted code
        x0 = x0.value
    if isinstance(x0, (Dual, DualArray)):
        raise UnsupportedError(
            f"x0 is a {type(x0).__name__}; a root does not depend on where the search started: give x0.value"
        )
    x0 = plain_numbers(x0, "x0")
    try:
        x = np.array(x0)
    except ValueError:
        raise InputError("x0 has parts of different lengths; expected an array, or lists of one shape") from None
    if x.dtype.kind == "c":
        raise InputError("x0 is complex; solve for the real and the imaginary part as two unknowns")
    if x.dtype.kind in "biu":
        x = x.astype(np.float64)
    if x.dtype.char not in "df":
        raise InputError(f"x0 has dtype {x.dtype}; expected numbers in float64 or float32")
    if not x.size:
        raise InputError(f"x0 has no elements (shape {x.shape}); there is nothing to solve for")
    if not np.isfinite(x).all():
        raise ArgumentError(f"the start is not finite: {where_not_finite(x.ravel(), x.shape, 'x0')}")
    return x


def where_not_finite(v: Any, shape: tuple[int, ...], name: str) -> str:
    """Where a flat vector is not finite, in the user's indices: "F[3] = nan" and how many more."""
    places = np.flatnonzero(~np.isfinite(v))
    if not places.size:
        return f"{name} is finite"
    index = ", ".join(str(int(i)) for i in np.unravel_index(places[0], shape))
    more = f" and {places.size - 1} more of {v.size}" if places.size > 1 else ""
    return f"{name}{f'[{index}]' if index else ''} = {v[places[0]]}{more}"
