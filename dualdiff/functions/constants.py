"""Arrays that have met no dual: what NumPy does with them, NumPy does itself.

A buffer that dualdiff.numpy made is a DualArray without tangents until a dual is written into it.  Until then it is a
constant, and a function that meets constants only is NumPy's own, on the arrays inside of them: any dtype, any option,
any error of NumPy's.  What comes back is

    one of the arrays that went in   the DualArray that it belongs to
    new memory                       a DualArray without tangents, which can be written to in turn
    a view of one that went in       the view that the function's rule makes (`otherwise`), which follows its base
    any other form of its memory     NumPy's object (a subclass, the bytes as integers); the DualArray is `exposed`:
                                     it takes no dual from then on, as the derivative could not follow to the object

"""

from typing import Any

import numpy as np

from ..core import DualArray, as_exposed, find_duals, forget_lost, is_shared, lost_mark, make_array
from ..errors import LostDerivativeError
from .operands import as_operand
from .writable import prepare

__all__ = ["constant_attribute", "constant_call"]


def constant_call(function: Any, args: Any, kwargs: Any, otherwise: Any = None) -> Any:
    """function(*args, **kwargs) by NumPy, where the duals among the arguments have no tangents.

    otherwise: what is called with the arguments as they are where NumPy's answer will not do.
    """
    found: list[Any] = []
    plain, named = bare(args, found), {key: bare(x, found) for key, x in kwargs.items()}
    mark = lost_mark()
    try:
        result = call_writable(function, args, kwargs, plain, named, found)
    except LostDerivativeError:     # the function calls another, which gave a dual
        if otherwise is None:
            raise
        forget_lost(mark)
        return otherwise(*args, **kwargs)
    if otherwise is not None and hangs(result, found):
        return otherwise(*args, **kwargs)
    return given_back(result, found, (plain, named))


def call_writable(function: Any, args: Any, kwargs: Any, plain: Any, named: Any, found: Any) -> Any:
    """The call; an array whose memory a recording has, too, gets its own before it is written to."""
    if not any(is_shared(d) for d, _ in found):
        return function(*plain, **named)
    guarded: list[Any] = []
    try:
        return function(*bare(args, guarded, True), **{key: bare(x, guarded, True) for key, x in kwargs.items()})
    except ValueError as error:
        if "read-only" not in str(error):
            raise
    for d, _ in found:
        prepare(d, None)
    found[:] = [(d, d.value) for d, _ in found]
    return function(*bare(args, []), **{key: bare(x, []) for key, x in kwargs.items()})


def bare(x: Any, found: Any, guard: bool = False) -> Any:
    """Nested arguments with plain arrays in place of duals, which are noted; with guard, shared ones read-only."""
    if type(x) is DualArray:
        value = x.value
        found.append((x, value))
        if guard and is_shared(x) and type(value) is np.ndarray:
            value = value.view()
            value.flags.writeable = False
        return value
    if isinstance(x, (list, tuple)) and find_duals(x):
        elements = [bare(e, found, guard) for e in x]
        return elements if isinstance(x, list) else x._make(elements) if hasattr(x, "_make") else tuple(elements)
    return x


def hangs(result: Any, found: Any) -> bool:
    """Whether a result is a view of an array that went in: one that can follow its base."""
    if isinstance(result, (list, tuple)):
        return any(hangs(r, found) for r in result)
    return type(result) is np.ndarray and any(
        result is not v and np.may_share_memory(result, v) for _, v in found
    )


def given_back(result: Any, found: Any, plain: Any) -> Any:
    """What NumPy gave as what the caller gets."""
    if isinstance(result, (list, tuple)):
        elements = [given_back(r, found, plain) for r in result]
        return elements if type(result) is list else result._make(elements) if hasattr(result, "_make") else tuple(
            elements)  # fmt: skip
    if not isinstance(result, np.ndarray):
        return result
    for d, v in found:
        if result is v:
            return d
    if shares_any(result, plain, found):
        return result
    shares = False
    for d, v in found:
        if np.may_share_memory(result, v):
            shares = True
            as_exposed(d)
    if shares or type(result) is not np.ndarray:
        return result
    if result.dtype == object:
        return as_operand(result) if find_duals(result) else result
    if result.dtype.char not in "fdFD" or not (result.flags.aligned and result.dtype.isnative):
        return result
    return make_array(result, None, -1)


def shares_any(result: Any, x: Any, found: Any) -> Any:
    """Whether a result is, or is a view of, a plain array among the arguments: that stays as it is."""
    if isinstance(x, np.ndarray):
        return result is x or np.may_share_memory(result, x) and not any(x is v for _, v in found)
    if isinstance(x, dict):
        return any(shares_any(result, e, found) for e in x.values())
    return isinstance(x, (list, tuple)) and any(shares_any(result, e, found) for e in x)


HANGING = {"T", "mT", "real", "imag", "flat"}
"""Attributes that are views."""
MEMORY = {"data", "ctypes"}
"""Attributes through which the memory can be written."""


def constant_attribute(x: Any, name: str, own: Any) -> Any:
    """A method or an attribute of an array that has met no dual; own: what it is for duals, None if there is none."""
    if name.startswith("__") or name.endswith("=") or name in HANGING or name == "resize":
        if own is None:
            raise AttributeError(f"'DualArray' object has no attribute '{name}'")
        return own(x)
    found = getattr(x.value, name)
    if name in MEMORY:
        as_exposed(x)
    if not callable(found) or name in MEMORY:
        return found
    otherwise = own(x) if own is not None else None

    def method(*args: Any, **kwargs: Any) -> Any:
        args = tuple(getattr(a, "real_class", a) for a in args) if name == "view" else args
        return constant_call(
            lambda a, *more, **named: getattr(a, name)(*more, **named), (x, *args), kwargs,
            None if otherwise is None or name == "view" and (args or kwargs) else lambda _, *a, **k: otherwise(*a, **k),
        )  # fmt: skip

    return method
