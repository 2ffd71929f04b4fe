"""The built-in functions and NumPy types that lifted code sees.

Each is Python's own on everything but duals, and about a dual answers what it would about the value.

"""

import builtins
import functools
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import (
    Dual,
    DualArray,
    TextOfDual,
    call_float,
    find_duals,
    is_of_numpy,
    isinstance_,
    note_digits,
    note_stand_in,
    refuse_text,
    scalar_type,
    through_rounding,
)
from ..functions.base import value_of, with_value
from ..maps.tangents import is_dual
from ..numpy.drops import OWN
from ..standin import StandIn

__all__ = ["BUILTINS", "NUMPY_TYPES", "cache", "lru_cache"]


def callable_of(kind: Any, convert: Any) -> Callable[..., Any]:
    """What calling a stand-in of a type of numbers does."""

    def make(*args: Any, **kwargs: Any) -> Any:
        if kind is complex and (len(args) == 2 or kwargs) and any(map(is_dual, (*args, *kwargs.values()))):
            parts = {"real": 0.0, "imag": 0.0, **dict(zip(("real", "imag"), args, strict=False)), **kwargs}
            return one_number(parts["real"]) + 1j * one_number(parts["imag"])
        if len(args) == 1 and not kwargs:
            x = args[0]
            if type(x) is float and kind is float:
                return x
            if is_dual(x):
                return convert(x)
            if type(x) is TextOfDual:
                float(x)  # raises
            if type(x) is str:
                refuse_text(x)
            if isinstance(x, np.ndarray) and x.dtype == object and x.size == 1 and is_dual(x.flat[0]):
                return convert(x.flat[0])
        return kind(*args, **kwargs)

    return make


def one_number(x: Any) -> Any:
    """float(x): the Dual itself, as of an array with one element."""
    return x.item() if type(x) is DualArray else x


def to_complex(x: Any) -> Any:
    """complex(x)."""
    return one_number(x) + 0j


def is_number(x: Any) -> bool:
    return type(x) is Dual


class Float(StandIn):
    """The type of lifted code's `float`, whose call is compiled."""

    __call__ = call_float


float_ = Float("float", (float,), {}, real=float, holds=is_number, make=callable_of(float, one_number),
                 dtype=np.dtype(float))  # fmt: skip
complex_ = StandIn(
    "complex",
    (complex,),
    {},
    real=complex,
    holds=lambda x: False,
    make=callable_of(complex, to_complex),
    dtype=np.dtype(complex),
)


def real_bases(bases: Any) -> Any:
    """The bases of a new class, the real ones in place of the stand-ins."""
    return tuple(b.real_class if isinstance(b, StandIn) else type if b is type_ else b for b in bases)


def build_class(body: Any, name: str, *bases: Any, **kwargs: Any) -> Any:
    """What a class statement of lifted code calls."""
    if kwargs.get("metaclass") is type_:
        kwargs["metaclass"] = type
    return builtins.__build_class__(body, name, *real_bases(bases), **kwargs)


def type_of_value(x: Any) -> Any:
    """The type that a value has where a dual is: as type(x) of lifted code, but with Python's own classes."""
    kind = type(x)
    if kind is DualArray:
        return np.ndarray
    if kind is not Dual:
        return kind
    kind = type(value_of(x))
    return np.float64 if kind is float and is_of_numpy(x) else kind


note_stand_in(float_, float)
note_stand_in(complex_, complex)


class TypeOf(type):
    """The type of lifted code's `type`: called with one argument it names the stand-ins and the values' types."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """type(x), or a new class."""
        if cls is not type_ or len(args) != 1 or kwargs:
            if cls is type_:
                name, bases, *rest = args
                return types.new_class(name, real_bases(bases), kwargs, lambda ns: ns.update(*rest))
            return super().__call__(*args, **kwargs)
        kind = type(args[0])
        if kind is Dual:
            return float64 if is_of_numpy(args[0]) else float_
        if kind is float:
            return float_
        if kind is DualArray:
            return ndarray
        return SHOWN.get(kind, kind)

    def __getitem__(cls, item: Any) -> Any:
        return type[item]

    def __eq__(cls, other: object) -> bool:
        return cls is other or cls is type_ and other is type

    def __hash__(cls) -> int:
        return hash(type) if cls is type_ else super().__hash__()

    def __or__(cls, other: Any) -> Any:
        return type | other

    def __ror__(cls, other: Any) -> Any:
        return other | type

    def __instancecheck__(cls, x: Any) -> Any:
        return isinstance(x, type) if cls is type_ else super().__instancecheck__(x)

    def __subclasscheck__(cls, c: Any) -> Any:
        return issubclass(c, type) if cls is type_ else super().__subclasscheck__(c)


type_ = TypeOf("type", (type,), {"__doc__": type.__doc__})


class Super(super):
    """super of lifted code: it ends where the original's mro ends, before the originals behind it."""

    def __getattribute__(self, name: str) -> Any:
        order = object.__getattribute__(self, "__self_class__").__mro__
        if order[-1] is not object:
            end, start = order.index(object), order.index(object.__getattribute__(self, "__thisclass__"))
            for i in range(start + 1, len(order)):
                if name in vars(order[i]):
                    if i > end:
                        raise AttributeError(f"'super' object has no attribute {name!r}")
                    break
        return super.__getattribute__(self, name)


def round_(number: Any, ndigits: Any = None) -> Any:
    """round: to digits, a dual becomes a dual whose tangents are zero, so that it is no key of a table of results."""
    if ndigits is None or not is_dual(number):
        return round(number) if ndigits is None else round(number, ndigits)
    note_digits()
    rounded = round(value_of(number), ndigits)
    return with_value(number, rounded) if through_rounding() else number * 0.0 + rounded


ndarray = OWN["ndarray"]
float64, float32 = scalar_type(np.float64), scalar_type(np.float32)
complex128 = StandIn("complex128", (), {}, real=np.complex128, holds=lambda x: False,
                     make=callable_of(np.complex128, to_complex), dtype=np.dtype(complex))  # fmt: skip
NUMPY_TYPES = {
    "complex128": complex128,
    "cdouble": complex128,
    "float64": float64,
    "double": float64,
    "float32": float32,
    "single": float32,
    "ndarray": ndarray,
    "sctypeDict": {
        name: {np.float64: float64, np.float32: float32}.get(kind, kind) for name, kind in np.sctypeDict.items()
    },
}
for _own, _real in (
    (float64, np.float64),
    (float32, np.float32),
    (type_, type),
    (ndarray, np.ndarray),
    (complex128, np.complex128),
):
    note_stand_in(_own, _real)
SHOWN = {complex: complex_, np.float64: float64, np.float32: float32, np.ndarray: ndarray, np.complex128: complex128}

BUILTINS = {
    "isinstance": isinstance_,
    "float": float_,
    "complex": complex_,
    "type": type_,
    "round": round_,
    "super": Super,
}


# ---- functools: caches do not hash duals -----------------------------------------------------------


def lru_cache(maxsize: Any = 128, typed: bool = False) -> Any:
    """functools.lru_cache that calls the function itself where an argument is a dual."""
    if callable(maxsize):
        return cached(maxsize, functools.lru_cache(128, typed)(maxsize))
    return lambda f: cached(f, functools.lru_cache(maxsize, typed)(f))


def cache(f: Any, /) -> Any:
    """functools.cache that calls the function itself where an argument is a dual."""
    return cached(f, functools.cache(f))


def cached(f: Any, store: Any) -> Callable[..., Any]:
    """f through its store, but for duals."""

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        if any(map(is_dual, args)) or any(map(is_dual, kwargs.values())):
            return f(*args, **kwargs)
        return store(*args, **kwargs)

    call.cache_info, call.cache_clear, call.cache_parameters = (  # type: ignore[attr-defined]
        store.cache_info, store.cache_clear, store.cache_parameters
    )  # fmt: skip
    return call


def bisect_of(name: str) -> Callable[..., Any]:
    """A function of bisect, on the values: it reads arrays from C, item by item."""
    import bisect

    def call(a: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(bisect, name)(value_of(a) if is_dual(a) else a, x, *args, **kwargs)

    return call


def complex_function(name: str, rule: Any) -> Callable[..., Any]:
    """A function of cmath, by NumPy's of the same name where it is given a dual."""
    import cmath

    standard, ufunc = getattr(cmath, name), getattr(np, rule)
    return lambda z: ufunc(z + 0j) if is_dual(z) else standard(z)


CMATH = {
    name: complex_function(name, {"a": "arc"}.get(name[0], name[0]) + name[1:])
    for name in ("acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "log10", "sin", "sinh",
                 "sqrt", "tan", "tanh")
}  # fmt: skip


def array_protocol(method: Any) -> Any:
    """What makes NumPy take an object for the array that its __array__, a lifted method, gives, also of duals."""

    def as_array(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = method(self, *args, **kwargs)
        if type(found) is not DualArray:
            return found
        return np.asarray(found) if found.tangents is not None else found.value.copy()

    def array_of(x: Any) -> Any:
        if type(x) in (list, tuple):
            return type(x)(map(array_of, x))
        inner = getattr(getattr(type(x), "__array__", None), "__wrapped__", None)
        return x if inner is None else inner(x)

    def array_ufunc(self: Any, ufunc: Any, how: Any, *inputs: Any, **kwargs: Any) -> Any:
        return getattr(ufunc, how)(*map(array_of, inputs), **kwargs)

    def array_function(self: Any, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return func(*map(array_of, args), **{key: array_of(x) for key, x in kwargs.items()})

    def operation(name: str) -> dict[Any, Any]:
        function = getattr(operator, name)
        return {
            f"__{name}__": lambda self, other: function(array_of(self), array_of(other)),
            f"__r{name}__": lambda self, other: function(array_of(other), array_of(self)),
        }

    functools.update_wrapper(as_array, method)
    found: dict[Any, Any] = {
        "__array__": as_array, "__array_ufunc__": array_ufunc, "__array_function__": array_function,
    }  # fmt: skip
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
        found |= operation(name)
    return found


def either(compiled: Any, function: Any) -> Callable[..., Any]:
    """A compiled function, and another that does the same of duals."""

    @functools.wraps(compiled, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        return (function if find_duals((*args, *kwargs.values())) else compiled)(*args, **kwargs)

    return call


BOTTLENECK = {"nanmax", "nanmean", "nanmedian", "nanmin", "nanstd", "nansum", "nanvar", "median"}


def unbound(method: Any) -> Callable[..., Any]:
    """A method of float as a function, ``float.__pow__``: of a dual it is the dual's own."""
    name = method.__name__

    @functools.wraps(method, updated=())
    def call(self: Any, /, *args: Any) -> Any:
        if is_dual(self):
            return getattr(self, name)(*args)
        if any(map(is_dual, args)) and hasattr(operator, name):
            return getattr(operator, name)(self, *args)
        return method(self, *args)

    return call


def not_compiled(*args: Any, **options: Any) -> Any:
    """numba.jit in lifted code: the function as it is."""
    if len(args) == 1 and callable(args[0]):
        return args[0]
    return lambda f: f


def not_compiled_ufunc(*args: Any, **options: Any) -> Any:
    """numba.vectorize in lifted code: NumPy's."""
    from ..numpy import vectorize

    return vectorize(args[0]) if len(args) == 1 and callable(args[0]) else vectorize


NUMBA = {"jit": not_compiled, "njit": not_compiled, "vectorize": not_compiled_ufunc, "prange": range}
FUNCTOOLS = {"lru_cache": lru_cache, "cache": cache}
BISECT = {name: bisect_of(name) for name in ("bisect", "bisect_left", "bisect_right")}


def builtins_with(import_: Any) -> dict[Any, Any]:
    """A dict of built-in names for lifted code."""
    return {**vars(builtins), **BUILTINS, "__import__": import_, "__build_class__": build_class}
