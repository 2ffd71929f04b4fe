"""The user's function as a copy that makes recorded arrays where it would make plain ones.

`np.asarray(x)`, `np.array([x[0], x[1]])` and buffers of `np.zeros(n)` are calls that NumPy does not hand over.  So a
function is recorded as a copy of itself, made anew for each recording, in whose globals these functions are replaced,
and those of `math`, too.

Invariant: a function that binds names outside of itself is recorded as it is, so that it is seen to do so.
"""

import contextlib
import dis
import functools
import math
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..above import above
from ..transforms.codes import names_in
from ..transforms.derived import Derived
from .library import LibraryCopy, as_call, counterpart, is_library
from .owncode import REPLACED, Namespace
from .traced import HOOKS, Traced, TracedArray, TracedNumber, find_tracer, operand, record
from .tracer import Tracer

__all__ = ["recordable"]

FOREIGN = frozenset(sys.stdlib_module_names) | {"numpy", "scipy", "dualdiff", "pytest", "matplotlib", "pandas"}


class ModuleCopy:
    """A module of which some functions are replaced."""

    def __init__(self, module: Any, functions: dict[str, Any]) -> None:
        self._module = module
        for name, function in functions.items():
            setattr(self, name, function)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def of_math(name: str) -> Callable[..., Any]:
    """A function of the math module on recorded numbers."""
    standard = getattr(math, name)

    def function(*args: Any) -> Any:
        found = next((x for x in args if isinstance(x, Traced)), None)
        if found is None or found.tracer.done:
            return standard(*args)
        t: Tracer = found.tracer
        if any(isinstance(x, TracedArray) and x.ndim for x in args):
            return standard(*(x.value if isinstance(x, Traced) else x for x in args))  # which raises
        values = [float(x.value) if isinstance(x, Traced) else float(x) for x in args]
        number = [x[()] if isinstance(x, TracedArray) else x for x in args]
        return record(t, f"math.{name}", number, values, standard(*values), np.add if len(args) == 2 else np.negative)

    return function


MATH = {
    name: of_math(name)
    for name in (
        "acos", "acosh", "asin", "asinh", "atan", "atanh", "atan2", "cos", "cosh", "erf", "erfc", "exp", "expm1",
        "fabs", "gamma", "lgamma", "log10", "log1p", "log2", "pow", "sin", "sinh", "sqrt", "tan", "tanh",
    )
}  # fmt: skip
STANDARD = {getattr(math, name): function for name, function in MATH.items()}


def log(x: Any, *base: Any) -> Any:
    """math.log of a recorded number; with a base it is not recorded."""
    return of_math("log")(x) if not base else math.log(x, *base)


MATH["log"] = STANDARD[math.log] = log


@functools.cache
def duals_math() -> dict[Any, Callable[..., Any]]:
    """The functions of dualdiff.math, which on floats are those of math, and what stands in their place."""
    from .. import math as ours

    return {
        getattr(ours, name): MATH[name] if name in MATH else as_call(getattr(ours, name), getattr(ours, name), name)
        for name in dir(ours)
        if callable(getattr(ours, name)) and not name.startswith("_") and hasattr(math, name)
    }


def is_instance(x: Any, kinds: Any) -> bool:
    """isinstance, which answers about the plain value."""
    return isinstance(x.value if isinstance(x, (TracedArray, TracedNumber)) else x, kinds)


class Copies:
    """The copies of functions for one recording."""

    def __init__(self) -> None:
        self.made: dict[Any, Any] = {}
        self.spaces: dict[int, dict[str, Any]] = {}

    def of(self, x: Any) -> Any:
        """What stands in the place of a global or of what a closure holds."""
        if isinstance(x, types.ModuleType):
            return self.module(x)
        if isinstance(x, types.FunctionType):
            return counterpart(x) or self.function(x)
        if isinstance(x, functools.partial):
            return self.partial(x)
        try:
            return REPLACED.get(x) or STANDARD.get(x) or duals_math().get(x) or x
        except TypeError:
            return x

    def partial(self, x: Any) -> Any:
        """The copy of a partial: of a derivative, of a compiled function, or of the user's own."""
        if isinstance(x, Derived):
            return self.derived(x)
        if hasattr(type(x), "__dualdiff_program__"):  # what it does is recorded
            return self.of(x.__wrapped__)
        inner = self.of(x.func) if type(x) is functools.partial else x.func
        return x if inner is x.func else functools.partial(inner, *x.args, **x.keywords)

    def derived(self, x: Derived) -> Any:
        """The derivative of the copy of a function."""
        found = self.made.get(x)
        if found is None:
            found = self.made[x] = above("recorded_transform")(
                x.transform, self.of(x.__wrapped__), x.places, x.options
            )
            functools.update_wrapper(found, x)
        return found

    def module(self, x: types.ModuleType) -> Any:
        """What stands in the place of a module."""
        name = x.__name__
        if x is np or name == "dualdiff.numpy":
            return NUMPY
        if x is math:
            return ModuleCopy(math, MATH)
        if name == "dualdiff.math":
            return ModuleCopy(x, {getattr(f, "__name__", ""): made for f, made in duals_math().items()})
        if name == "dualdiff":
            parts = {part: self.of(getattr(x, part)) for part in ("math", "numpy", "scipy")}
            return ModuleCopy(x, parts)
        return LibraryCopy(x) if is_library(x) else x

    def function(self, f: types.FunctionType) -> Any:
        """The copy of a function; itself where it is not the user's, or binds names outside of itself."""
        found = self.made.get(f)
        if found is not None:
            return found
        if (f.__module__ or "").partition(".")[0] in FOREIGN or binds_outside(f.__code__):
            return f
        closure = None
        cells: list[Any] = []
        if f.__closure__ is not None:
            cells = [types.CellType() for _ in f.__closure__]
            closure = tuple(cells)
        space = self.spaces.get(id(f.__globals__))
        if space is None:
            space = self.spaces[id(f.__globals__)] = {"isinstance": is_instance}
        made = self.made[f] = types.FunctionType(f.__code__, space, f.__name__, f.__defaults__, closure)
        for name in names_in(f.__code__):
            if name in f.__globals__ and name not in space:
                space[name] = None  # a name that leads back here
                space[name] = self.of(f.__globals__[name])
        for name in ("__name__", "__builtins__"):
            if name in f.__globals__:
                space[name] = f.__globals__[name]
        made.__kwdefaults__ = f.__kwdefaults__
        for cell, original in zip(cells, f.__closure__ or (), strict=True):
            with contextlib.suppress(ValueError):  # not bound yet
                cell.cell_contents = self.of(original.cell_contents)
        return made


@functools.cache
def binds_outside(code: types.CodeType) -> bool:
    """Whether a function, or one inside of it, assigns to globals or to variables around it."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            return True
        if instruction.opname in ("STORE_DEREF", "DELETE_DEREF") and instruction.argval in code.co_freevars:
            return True
    return any(binds_global(c) for c in code.co_consts if isinstance(c, types.CodeType))


def binds_global(code: types.CodeType) -> bool:
    """Whether a function inside of another one assigns to globals."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            return True
    return any(binds_global(c) for c in code.co_consts if isinstance(c, types.CodeType))


class UsersNumPy(Namespace):
    """NumPy, whose functions see recorded numbers in lists, too."""

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        if type(found) is type(np.sum):  # which looks for arrays among its arguments, not into lists
            found = seeing_lists(found)
        elif isinstance(found, np.ufunc):
            found = UsersUfunc(found)
        elif isinstance(found, Namespace) and not isinstance(found, UsersNumPy):
            found = UsersNumPy(found._module)
        setattr(self, name, found)
        return found


class UsersUfunc:
    """A ufunc that sees recorded numbers in lists, too."""

    def __init__(self, ufunc: Any) -> None:
        self._ufunc = ufunc

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The ufunc of arguments of which lists with recorded numbers are arrays."""
        return self._ufunc(*(operand(x) if type(x) in (list, tuple) else x for x in args), **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ufunc, name)


def seeing_lists(function: Any) -> Any:
    """A function of NumPy's that looks into lists of recorded numbers."""

    @functools.wraps(function)
    def seeing(*args: Any, **kwargs: Any) -> Any:
        for x in args:
            if type(x) in (list, tuple):
                t = find_tracer(x)
                if t is not None and not t.done:
                    return HOOKS["function"](t, function, args, kwargs)
        return function(*args, **kwargs)

    return seeing


NUMPY = UsersNumPy(np)


def recordable(f: Callable[..., Any]) -> Callable[..., Any]:
    """The copy of f that is recorded; f itself where there is none."""
    if isinstance(f, types.MethodType) and isinstance(f.__func__, types.FunctionType):
        copy = Copies().function(f.__func__)
        return copy if copy is f.__func__ else types.MethodType(copy, f.__self__)
    if isinstance(f, functools.partial) and type(f) is not functools.partial:
        return Copies().partial(f)  # type: ignore[no-any-return]
    if isinstance(f, functools.partial):
        inner = recordable(f.func)
        return f if inner is f.func else functools.partial(inner, *f.args, **f.keywords)
    if isinstance(f, types.FunctionType):
        return Copies().function(f)  # type: ignore[no-any-return]
    return f
