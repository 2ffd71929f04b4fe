"""`root` of structures: unknowns in dicts and dataclasses, and unknowns that stay fixed.

Invariant: an array or a number without `free` goes straight to call.root.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InputError
from ..transforms.pytrees import entry_of
from ..transforms.ravel import Unknowns, flat_of
from . import call
from .sides import fix_equal, read_sides
from .vectors import of_vector

__all__ = ["root"]


@functools.wraps(call.root)
def root(  # noqa: D103
    fun: Callable[..., Any], x0: Any, args: Any = (), *, free: Any = None, bounds: Any = None, callback: Any = None,
    **more: Any,
) -> Any:  # fmt: skip
    if free is None and (entry_of(x0) is None or is_array(x0)):
        return call.root(fun, x0, args, bounds=bounds, callback=callback, **more)
    if not callable(fun):
        raise InputError(f"fun is a {type(fun).__name__}; expected a function of x")
    unknowns = Unknowns(x0, free)
    sides = fix_equal(unknowns, read_sides(unknowns, bounds))
    flat, fixed = of_vector(fun, unknowns, flat_of)
    args = args if isinstance(args, tuple) else (args,)
    jac = more.get("jac")
    if fixed and callable(jac):
        more["jac"] = lambda v, *args: jac(v, *args[:-1])
    found = call.root(flat, unknowns.flat, args + fixed, bounds=sides, callback=told(callback, unknowns), **more)
    found.x = unknowns.rebuild(found.x)
    found.names = unknowns.names
    return found


def is_array(x: Any) -> bool:
    """Whether a list stands for an array, or for what call.root refuses as one."""
    return isinstance(x, (list, tuple)) and not hasattr(type(x), "_fields") and not any(
        isinstance(e, np.ndarray) or entry_of(e) is not None and not is_array(e) for e in x
    )


def told(callback: Any, unknowns: Any) -> Any:
    """The callback, with x in the structure."""
    if callback is None or not callable(callback):
        return callback
    try:
        names = list(inspect.signature(callback).parameters)
    except (TypeError, ValueError):
        names = ["x"]
    if names == ["intermediate_result"]:
        def of_result(intermediate_result: Any) -> Any:
            intermediate_result.x = unknowns.rebuild(intermediate_result.x)
            return callback(intermediate_result=intermediate_result)
        return of_result
    if len(names) > 1:
        return lambda x, f: callback(unknowns.rebuild(x), f)
    return lambda x: callback(unknowns.rebuild(x))


def documented() -> tuple[Any, Any]:
    """The docstring and the signature of call.root, with `free`."""
    text = call.root.__doc__ or ""
    text = text.replace(
        "    x0 : array_like\n        The start, of any shape, float64 or float32 (kept; integers become float64).\n",
        "    x0 : array_like or structure\n"
        "        The start: an array of any shape, float64 or float32 (kept; integers become float64); or a dict,\n"
        "        dataclass, ... of numbers and arrays, which fun gets and the result has.  fun may return one too.\n"
        "    free : optional\n"
        "        What is solved for; the rest of x0 stays.  Names of a dict's or dataclass's entries, a mask, or\n"
        "        indices.\n",
    )
    signature = inspect.signature(call.root)
    parameters = list(signature.parameters.values())
    place = next(i for i, p in enumerate(parameters) if p.kind is p.KEYWORD_ONLY)
    parameters.insert(place, inspect.Parameter("free", inspect.Parameter.KEYWORD_ONLY, default=None))
    return text, signature.replace(parameters=parameters)


root.__doc__, root.__signature__ = documented()     # type: ignore[attr-defined]
root.__module__ = __name__      # where pickle finds it
