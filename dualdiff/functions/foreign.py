"""Arrays of other kinds: which of them mean what an ndarray of their elements means.

A dual stands for a number or an ndarray.  An np.matrix, a masked array, a quantity with units, a table with labels
compute in another way, so that their elements alone could give another result: they are refused by name.  A subclass
of ndarray that changes nothing about the arithmetic (np.memmap, np.recarray, one that only carries attributes) is
taken as the array that it is.

Invariant: nothing is read as numbers that would not compute as numbers do.
"""

from typing import Any

import numpy as np

from ..core import Dual, DualArray
from ..errors import InputError

__all__ = ["KNOWN", "plain_numbers", "refusal"]

KNOWN = {
    Dual, DualArray, np.ndarray, np.memmap, np.recarray, float, int, bool, complex, str, np.float64, np.float32, list,
    tuple,
}  # fmt: skip
"""Types that are numbers, or hold them, and no more."""

HARMLESS = {
    "__new__", "__init__", "__array_finalize__", "__array_wrap__", "__array_priority__", "__reduce__",
    "__reduce_ex__", "__setstate__", "__repr__", "__str__", "__format__", "__copy__", "__deepcopy__", "__doc__",
    "__dir__", "__sizeof__", "__class_getitem__", "__array__",
}  # fmt: skip
"""What a subclass of ndarray may define anew without computing in another way."""

overridden: dict[Any, Any] = {}       # subclass of ndarray -> the first name of ndarray's that it defines anew, or None


def refusal(x: Any) -> str | None:
    """Why x is not taken as the numbers in it, and what to pass instead; None where it is."""
    kind = type(x)
    if kind in KNOWN:
        return None
    name = f"{kind.__module__.partition('.')[0]}.{kind.__name__}"
    if has(x, "mask", "filled"):
        return "a masked array, whose mask would be lost; pass x.data, and choose with np.where(mask, a, b)"
    if isinstance(x, np.matrix):
        return (
            "an np.matrix, for which * is the matrix product and every result has two axes; "
            "pass np.asarray(x), and write @ for products"
        )
    if (has(x, "units") or has(x, "unit")) and any(
        has(x, n) for n in ("magnitude", "value", "to", "to_value", "rescale", "__array__")
    ):
        bare = next((n for n in ("magnitude", "to_value()", "value") if has(x, n.rstrip("()"))), "value")
        return (
            f"a quantity with units ({name}), whose units would be lost; pass the bare number (x.{bare}) in a unit of "
            "your choice, and give it its unit inside the function if that computes with units"
        )
    if has(x, "iloc", "index") or has(x, "dims", "coords"):
        bare = "to_numpy()" if has(x, "to_numpy") else "values" if has(x, "values") else "to_array().values"
        return (
            f"a table with labels ({name}), by which it is aligned with others, and they would be lost; "
            f"pass the bare array (x.{bare}), and label the results"
        )
    if isinstance(x, np.ndarray):
        if kind not in overridden:
            overridden[kind] = next(
                (n for c in kind.__mro__[: kind.__mro__.index(np.ndarray)] for n in vars(c)
                 if n in vars(np.ndarray) and n not in HARMLESS), None)  # fmt: skip
        if overridden[kind] is not None:
            return (
                f"an array of the class {name}, whose own {overridden[kind]} would be passed over; "
                "pass the plain array, np.asarray(x)"
            )
    return None


def has(x: Any, *names: Any) -> bool:
    """Whether x has all of these attributes."""
    try:
        return all(hasattr(type(x), name) or hasattr(x, name) for name in names)
    except Exception:       # an attribute that is computed, and fails
        return False


def plain_numbers(x: Any, what: Any, error: Any = InputError) -> Any:
    """x, a subclass of ndarray that computes as one as a plain ndarray; anything that computes otherwise is refused.

    A list is looked through and stays as it is.
    """
    kind = type(x)
    if kind in KNOWN:
        if kind is list or kind is tuple:
            for e in x:
                plain_numbers(e, what, error)
        return x.view(np.ndarray) if kind is np.memmap or kind is np.recarray else x
    reason = refusal(x)
    if reason is not None:
        raise error(f"{what} is {reason}")
    return x.view(np.ndarray) if isinstance(x, np.ndarray) else x
