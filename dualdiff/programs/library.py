"""SciPy's functions and those of dualdiff.math in a function that is recorded: call instructions.

A function of SciPy's that dualdiff.scipy has is called as that one, whose value is SciPy's and which has derivatives.
"""

import functools
import importlib
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from .calls import call
from .traced import Traced, find_tracer

__all__ = ["LibraryCopy", "as_call", "counterpart", "is_library"]


def is_library(module: Any) -> bool:
    """Whether a module is SciPy, dualdiff.scipy, or a part of one that has derivatives."""
    name = getattr(module, "__name__", "")
    return name in ("scipy", "dualdiff.scipy") or part_of(name) is not None


def part_of(name: str) -> str | None:
    """The part of SciPy that a module is: "linalg"; None of others."""
    ours = importlib.import_module("dualdiff.scipy")
    for package in ("scipy.", "dualdiff.scipy."):
        if name.startswith(package):
            part = name.removeprefix(package).partition(".")[0]
            return part if part in ours.__all__ else None
    return None


def counterpart(f: Any) -> Any:
    """What stands in the place of a function of SciPy's or of dualdiff.scipy; None of other functions."""
    part = part_of(getattr(f, "__module__", None) or "")
    if part is None or not isinstance(f, types.FunctionType):
        return None
    named = getattr(importlib.import_module("dualdiff.scipy"), part)
    for module in (named, sys.modules.get(f"scipy.{part}")):
        name = str(getattr(f, "__name__", ""))
        if getattr(module, name, None) is f:
            return as_call(getattr(named, name), f, f"scipy.{part}.{name}")  # type: ignore[arg-type]
    return None


def as_call(function: Callable[..., Any], plain: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A function whose calls with recorded arguments are call instructions; plain: for other arguments."""

    @functools.wraps(plain, updated=())
    def called(*args: Any, **kwargs: Any) -> Any:
        t = find_tracer((args, kwargs))
        if t is None or t.done:
            return plain(*args, **kwargs)
        if any(is_code(x) for x in (*args, *kwargs.values())):
            t.fail(f"a function is handed to {name}, which calls it with numbers")
        return call(t, function, args, kwargs, name)

    return called


def is_code(x: Any) -> bool:
    """Whether an argument is a function."""
    return callable(x) and not isinstance(x, (type, np.ufunc, Traced))


class LibraryCopy:
    """SciPy or a part of it, of which functions take recorded arrays."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if isinstance(found, types.ModuleType) and is_library(found):
            found = LibraryCopy(found)
        elif isinstance(found, types.FunctionType):
            part = part_of(self._module.__name__)
            if part is not None and not name.startswith("_"):
                ours = importlib.import_module("dualdiff.scipy")
                ours_too = getattr(getattr(ours, part), name, found)
                found = as_call(ours_too, found, f"scipy.{part}.{name}")
        setattr(self, name, found)
        return found
