"""NumPy's own Python code run on recorded arrays.

Much of NumPy is Python: `np.cov` is a mean, a difference and a product.  Such a function is run as a copy of itself in
which `asarray` and its kind let recorded arrays through; what comes out is recorded operation by operation, with
NumPy's own roundings.
"""

import sys
import threading
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from .handlers import HANDLERS
from .indexing import as_array
from .traced import Traced, TracedArray, TracedNumber, find_tracer, join_elements, plain

__all__ = ["own_code", "running"]


def let_through(standard: Callable[..., Any], copies: bool) -> Callable[..., Any]:
    """np.asarray or np.array for recorded arrays too."""

    def function(x: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        if isinstance(x, TracedArray):
            found = x if dtype is None or np.dtype(dtype) == x.dtype else x.astype(dtype)
            if copies and kwargs.get("copy", True) and found is x:
                found = found.copy()
            if kwargs.get("ndmin", 0) > found.ndim:
                found = found[(None,) * (kwargs["ndmin"] - found.ndim)]
            return found
        if isinstance(x, TracedNumber):
            return function(as_array(x), dtype, *args, **kwargs)
        if isinstance(x, (list, tuple)) and find_tracer(x) is not None:
            return function(join_elements(np.array(x, dtype=object)), dtype, *args, **kwargs)
        if isinstance(x, np.ndarray) and x.dtype == object and find_tracer(x) is not None:
            return function(join_elements(x), dtype, *args, **kwargs)
        return standard(x, dtype, *args, **kwargs) if dtype is not None else standard(x, *args, **kwargs)

    return function


def is_instance(x: Any, kinds: Any) -> bool:
    """isinstance, for which a recorded array is an array."""
    if isinstance(x, TracedArray) and kinds is np.ndarray:
        return True
    return isinstance(x, kinds)


def buffers(standard: Callable[..., Any]) -> Callable[..., Any]:
    """np.empty and its kind, which make recorded arrays while a function of NumPy's runs for a recording."""

    def function(*args: Any, **kwargs: Any) -> Any:
        tracers = getattr(running, "tracers", None)
        if tracers and "like" not in kwargs:
            dtype = kwargs.get("dtype", args[1] if len(args) > 1 and standard is not np.full else None)
            if dtype is None or np.dtype(dtype).kind in "fc":
                return HANDLERS[standard](tracers[-1], *args, **kwargs)
        return standard(*args, **kwargs)

    return function


running = threading.local()
"""tracers: the recordings for which functions of NumPy's run in this thread, the innermost last."""


class Converter:
    """What NumPy's functions read their arguments with."""

    def __init__(self, *xs: Any) -> None:
        self.given = xs
        self.arrays = tuple(REPLACED[np.asanyarray](x) for x in xs)

    def __len__(self) -> int:
        return len(self.given)

    def __getitem__(self, k: int) -> Any:
        return self.arrays[k]

    def as_arrays(self, subok: bool = True, pyscalars: str = "convert") -> Any:
        """All of them as arrays."""
        if pyscalars == "preserve":
            return tuple(
                x if type(x) in (int, float, complex) else a for x, a in zip(self.given, self.arrays, strict=True)
            )
        return self.arrays

    def result_type(self, extra: Any = None, ensure_inexact: bool = False) -> Any:
        """The dtype of what is computed from them."""
        kinds = [
            x if type(x) in (int, float, complex) else a.dtype for x, a in zip(self.given, self.arrays, strict=True)
        ]
        kinds += [] if extra is None else [extra]
        return np.result_type(*kinds, *([1.0] if ensure_inexact else []))

    def wrap(self, x: Any, to_scalar: Any = None) -> Any:
        """A result, as a number where all arguments are numbers."""
        if to_scalar is None:
            to_scalar = all(np.ndim(plain(x)) == 0 and not isinstance(x, np.ndarray) for x in self.given)
        return x[()] if to_scalar and isinstance(x, (TracedArray, np.ndarray)) and x.ndim == 0 else x


REPLACED: dict[Any, Any] = {
    np.asarray: let_through(np.asarray, False),
    np.asanyarray: let_through(np.asanyarray, False),
    np.ascontiguousarray: let_through(np.asarray, False),
    np.array: let_through(np.array, True),
}
for _standard in (np.empty, np.zeros, np.ones, np.full):
    REPLACED[_standard] = buffers(_standard)
_converter = getattr(sys.modules.get("numpy._core._multiarray_umath"), "_array_converter", None)
if _converter is not None:
    REPLACED[_converter] = Converter
for _name in ("asarray_chkfinite",):
    REPLACED[getattr(np, _name)] = let_through(getattr(np, _name), False)


class Concatenator:
    """np.r_ or np.c_ for recorded arrays too."""

    def __init__(self, standard: Any) -> None:
        self.standard = standard

    def __getitem__(self, key: Any) -> Any:
        if find_tracer(key if isinstance(key, tuple) else (key,)) is None:
            return self.standard[key]
        return own_code(type(self.standard).__getitem__)(self.standard, key)


for _concatenator in (np.r_, np.c_):
    REPLACED[_concatenator] = Concatenator(_concatenator)


class Namespace:
    """A module of NumPy with some functions replaced."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        found = replaced(getattr(self._module, name), 1)
        setattr(self, name, found)
        return found


COPIES: dict[Any, Any] = {}
SPACES: dict[int, dict[str, Any]] = {}


def replaced(x: Any, depth: int = 0) -> Any:
    """What a global of NumPy's code is in a copy of the code."""
    try:
        found = REPLACED.get(x)
    except TypeError:
        return x
    if found is not None:
        return found
    if isinstance(x, types.ModuleType) and x.__name__.startswith("numpy"):
        return Namespace(x)
    if isinstance(x, types.FunctionType) and x.__module__ and x.__module__.startswith("numpy") and not depth:
        return own_code(x) or x
    return x


def space_of(space: dict[str, Any]) -> dict[str, Any]:
    """The globals of the copies of a module's functions."""
    found = SPACES.get(id(space))
    if found is None:
        found = SPACES[id(space)] = {"isinstance": is_instance, "__name__": space["__name__"],
                                     "__builtins__": space["__builtins__"]}  # fmt: skip
        for name, x in list(space.items()):
            if not name.startswith("__"):
                found[name] = replaced(x)
    return found


def own_code(function: Any) -> Any:
    """The copy of a function of NumPy's; None where it is not Python."""
    try:
        return COPIES[function]
    except (KeyError, TypeError):
        pass
    inner = getattr(function, "_implementation", function)
    if not isinstance(inner, types.FunctionType) or inner.__closure__:
        return None
    COPIES[function] = lambda *args, **kwargs: COPIES[function](*args, **kwargs)  # functions that call each other
    made = types.FunctionType(inner.__code__, space_of(inner.__globals__), inner.__name__, inner.__defaults__)
    made.__kwdefaults__ = inner.__kwdefaults__
    COPIES[function] = made
    return made


def traced_inside(x: Any) -> bool:
    """Whether something recorded is in a result."""
    return isinstance(x, Traced) or isinstance(x, (list, tuple)) and any(map(traced_inside, x))
