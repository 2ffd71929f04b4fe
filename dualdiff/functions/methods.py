"""The ndarray methods and attributes of duals, as the functions of NumPy they are.

"""

from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import Any

import numpy as np

from ..core import Dual, DualArray, check_dtype, make, make_array, note_key, of_python, reshape_in_place
from ..errors import UnsupportedAttributeError, UnsupportedError
from ..maps.base import dtype_of
from ..maps.moves import Broadcast, Reshape
from ..maps.tangents import is_dual, push, rows_of
from . import elementwise, linalg, reduce, select, statistics, through  # noqa: F401  (their handlers become methods)
from .base import FUNCTIONS, STACKED, value_of
from .shape import flatten, reshape as reshape_view, transpose
from .write import Flat, assign_flat

METHODS: dict[str, Any] = {}    # name -> function of the dual: the method, or the attribute's value ("name=": a setter)
REFUSED_METHODS: dict[Any, Any] = {}    # name -> why there is no such method, and what to write instead
NOTES: dict[Any, Any] = {}    # name -> (whether it is a method, the function whose docstring and signature are its own)
VALUE_METHODS = {
    "argmax", "argmin", "argsort", "argpartition", "any", "all", "nonzero", "searchsorted", "strides", "itemsize",
    "nbytes", "flags", "device", "is_integer", "to_device",
}  # fmt: skip
"""Those that answer about the value."""


def method(name: str) -> Callable[..., Any]:
    """Registers function(self, ...) as a method."""

    def register(function: Any) -> Any:
        NOTES[name] = True, function
        METHODS[name] = lambda x: MethodType(function, x)
        return function

    return register


def attribute(name: str) -> Callable[..., Any]:
    """Registers function(self) as an attribute."""

    def register(function: Any) -> Any:
        NOTES[name] = False, function
        METHODS[name] = function
        return function

    return register


def setter(name: str) -> Callable[..., Any]:
    """Registers function(self, value) for `x.name = value`."""

    def register(function: Any) -> Any:
        METHODS[name + "="] = lambda x: MethodType(function, x)
        return function

    return register


def refuse(name: str, reason: Any) -> None:
    """Registers a method that says why it is not there."""

    def refused(x: Any, *args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError(f"x.{name}() is not supported for duals: {reason}")

    refused.__doc__ = f"Not supported for duals: {reason}"
    method(name)(refused)
    REFUSED_METHODS[name] = reason


def refuse_attribute(name: str, reason: Any) -> None:
    """Registers an attribute that is not there: an AttributeError that says why."""

    def refused(x: Any) -> Any:
        raise UnsupportedAttributeError(f"x.{name} is not there for duals: {reason}")

    refused.__doc__ = f"Not there for duals: {reason}"
    attribute(name)(refused)
    REFUSED_METHODS[name] = reason


for _name in (
    "sum", "mean", "prod", "max", "min", "cumsum", "ravel", "squeeze", "swapaxes", "repeat", "diagonal", "trace",
    "dot", "argmax", "argmin", "argsort", "any", "all", "nonzero", "round", "searchsorted", "clip",
    "std", "var", "take", "cumprod", "put", "choose", "argpartition",
):  # fmt: skip
    method(_name)(FUNCTIONS[getattr(np, _name)])
    if getattr(np, _name) in STACKED:       # by NumPy's function, which goes on a stack as it is declared
        METHODS[_name] = partial(MethodType, getattr(np, _name))

method("flatten")(flatten)
attribute("real")(lambda x: FUNCTIONS[np.real](x))
attribute("imag")(lambda x: FUNCTIONS[np.imag](x))
attribute("T")(transpose)
attribute("mT")(lambda x: FUNCTIONS[np.matrix_transpose](x))
attribute("strides")(lambda x: getattr(value_of(x), "strides", ()))
attribute("itemsize")(lambda x: dtype_of(x).itemsize)
attribute("nbytes")(lambda x: dtype_of(x).itemsize * x.size)
attribute("flags")(lambda x: np.asarray(value_of(x)).flags)
attribute("device")(lambda x: "cpu")
method("is_integer")(lambda x: float(value_of(x)).is_integer())


@method("conj")
@method("conjugate")
def conjugate(x: Any) -> Any:
    """The complex conjugate; x itself where it is real, as in NumPy."""
    return np.conjugate(x) if x.dtype.kind == "c" else x


BYTES = "the bytes of the value do not hold its derivative; for those of the value alone write x.value."
for _name in ("tobytes", "tofile", "byteswap", "getfield", "dump", "dumps"):
    refuse(_name, BYTES + f"{_name}(...)")
for _name in ("hex", "as_integer_ratio"):
    refuse(_name, f"it is about the digits of one number, which have no derivative; write x.value.{_name}()")
refuse("setfield", "it writes bytes; write x[...] = y")
refuse("setflags", "the flags of value and tangents go together; copy what must not be written to with x.copy()")
refuse("resize", "views of the array would lose their memory; write x = np.resize(x, shape)")
refuse_attribute("data", "the memory of the value does not hold its derivative; write x.value.data")
refuse_attribute("ctypes", "compiled code would not see the derivative; write x.value.ctypes")

for _name, _instead in (
    ("itemset", "write x[key] = y"), ("newbyteorder", "duals are in the machine's own order"),
    ("ptp", "write np.ptp(x)"),
):
    if hasattr(np.ndarray, _name):      # before NumPy 2.4 arrays have an attribute that says so
        refuse_attribute(_name, f"NumPy 2.0 has removed it; {_instead}. The number alone is x.value")
if hasattr(np.ndarray, "tostring"):
    refuse("tostring", BYTES + "tobytes(...)")


@setter("shape")
def set_shape(x: Any, shape: Any) -> None:
    """x.shape = shape, where no copy is needed; views that were made before keep their shape."""
    value_of(x).view().shape = shape    # NumPy's own word on it: a warning from 2.5 on, an error where it must copy
    new = reshape_view(x, shape)
    if new.base is None:
        raise AttributeError(
            "Incompatible shape for in-place modification. Use `.reshape()` to make a copy with the desired shape."
        )
    reshape_in_place(x, new.value, new.tangents, Reshape((x.value,), new.value))


@method("to_device")
def to_device(x: Any, device: Any, /, *, stream: Any = None) -> Any:
    """The array itself: it is on the only device there is."""
    if device != "cpu":
        raise ValueError(f'the only device there is is "cpu", not {device!r}')
    return x


@method("view")
def view(x: Any, dtype: Any = None, type: Any = None) -> Any:
    """x.view(): another array on the same memory; the bytes as another type are refused."""
    if getattr(dtype, "real_class", dtype) is np.ndarray:
        dtype = None
    if getattr(type, "real_class", type) is np.ndarray:
        type = None
    if x.size == 0 and (dtype is not None or type is not None):     # no derivative to lose
        return value_of(x).view(*[a for a in (dtype, type) if a is not None])
    if dtype is not None and np.dtype(dtype) != x.dtype or type is not None:
        raise UnsupportedError(
            "x.view(dtype) is not supported for duals: the bytes of the value do not hold its derivative; "
            "write x.astype(dtype), or x.real and x.imag for the parts of complex numbers"
        )
    return x[...] if x.ndim else x


@attribute("flat")
def flat(x: Any) -> Any:
    """The elements in C order, to be read and written."""
    return Flat(x) if type(x) is DualArray else Flat(np.reshape(x, 1))


@setter("flat")
def set_flat(x: Any, values: Any) -> None:
    """x.flat = values: repeated as often as needed."""
    assign_flat(x, values)


@setter("real")
def set_real(x: Any, values: Any) -> None:
    """x.real = values."""
    x.real[...] = values


@setter("imag")
def set_imag(x: Any, values: Any) -> None:
    """x.imag = values, of a complex array."""
    if dtype_of(x).kind != "c":
        raise TypeError("array does not have imaginary part to set")
    x.imag[...] = values


@method("reshape")
def reshape(x: Any, *shape: Any, order: Any = "C", copy: Any = None) -> Any:
    """x.reshape(2, 3) and x.reshape((2, 3))."""
    return FUNCTIONS[np.reshape](x, shape[0] if len(shape) == 1 else shape, order, copy=copy)


@method("transpose")
def transpose_(x: Any, *axes: Any) -> Any:
    """x.transpose(1, 0) and x.transpose((1, 0))."""
    if not axes or axes == (None,):
        return transpose(x)
    return transpose(x, axes[0] if len(axes) == 1 and not isinstance(axes[0], (int, np.integer)) else axes)


@method("copy")
def copy(x: Any, order: Any = "C") -> Any:
    """A copy with memory of its own."""
    if type(x) is not DualArray:
        return x
    t = x.tangents
    return make_array(x.value.copy(order), t if t is None else rows_of(t, "copy", order), x.tag)


@method("astype")
def astype(x: Any, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: Any = True, copy: Any = True) -> Any:
    """Another precision; integers, text and times are plain, of the values: their derivative is zero."""
    dtype = np.dtype(dtype)
    if dtype.kind not in "fcO":
        note_key()
        value = np.asarray(value_of(x)).astype(dtype, order, casting)
        return value if type(x) is DualArray else value[()]
    if not np.can_cast(x.dtype, dtype, casting):
        raise TypeError(
            f"Cannot cast array data from {x.dtype!r} to {dtype!r} according to the rule {casting!r}")
    if dtype.kind == "O":
        return np.asarray(value_of(x) if x.tag < 0 else x, dtype=object)
    dtype = dtype.newbyteorder("=")     # the compiled core reads numbers in the machine's own order
    check_dtype(dtype)
    if dtype == x.dtype:
        return x.copy(order) if copy and type(x) is DualArray else x
    v, t = x.value, x.tangents
    value = v.astype(dtype) if hasattr(v, "astype") else dtype.type(v)
    if t is None:
        return make_array(value, None, -1)
    return make(value, push(Cast((v,), value), (t,)), x.tag)


class Cast(Broadcast):
    """The same numbers in another precision."""

    __slots__ = ()

    def apply(self, ts: Any) -> Any:
        return ts[0].astype(self.out_dtype)

    def transpose(self, w: Any, i: int) -> Any:
        return (np.real(w) if self.in_dtypes[0].kind != "c" else w).astype(self.in_dtypes[0])


@method("item")
def item(x: Any, *args: Any) -> Any:
    """One element; it keeps its derivative."""
    if not args:
        if x.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return of_python(x.reshape(-1)[0])
    return of_python(x[args] if len(args) > 1 else x.reshape(-1)[args[0]])


@method("compress")
def compress(x: Any, condition: Any, axis: Any = None, out: Any = None) -> Any:
    """x.compress(condition)."""
    return np.compress(condition, x, axis, **({} if out is None else {"out": out}))


@method("sort")
def sort(x: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> None:
    """Sorts in place."""
    x[...] = np.sort(x, axis, kind, order, stable=stable)


@method("partition")
def partition(x: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> None:
    """Partitions in place."""
    x[...] = FUNCTIONS[np.partition](x, kth, axis, kind, order)


@method("tolist")
def tolist(x: Any) -> Any:
    """Nested lists of Duals."""
    if type(x) is Dual:
        return of_python(x)
    return [e.tolist() if is_dual(e) else e for e in x] if x.ndim else of_python(x[()])


@method("fill")
def fill(x: Any, value: Any) -> None:
    """Every element becomes value."""
    x[...] = value
