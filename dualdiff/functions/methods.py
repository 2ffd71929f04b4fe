"""The ndarray methods and attributes of duals, as the functions of NumPy they are.

Imported by functions/__init__.py.
"""

import numpy as np

from ..core import DualArray, check_dtype, make, make_array
from ..linear import Broadcast, dtype_of
from ..spaces import Node, is_dual, push, rows_of
from . import elementwise, linalg, reduce, select, statistics, through  # noqa: F401  (their handlers become methods)
from .base import FUNCTIONS, value_of
from .shape import flatten, transpose

METHODS: dict = {}    # name -> function of the dual: the bound method, or the attribute's value


def method(name):
    """Registers function(self, ...) as a method."""

    def register(function):
        METHODS[name] = lambda x: lambda *args, **kwargs: function(x, *args, **kwargs)
        return function

    return register


def attribute(name):
    """Registers function(self) as an attribute."""

    def register(function):
        METHODS[name] = function
        return function

    return register


for _name in (
    "sum", "mean", "prod", "max", "min", "cumsum", "ravel", "squeeze", "swapaxes", "repeat", "diagonal", "trace",
    "dot", "argmax", "argmin", "argsort", "any", "all", "nonzero", "round", "searchsorted", "clip",
    "std", "var", "take", "cumprod",
):  # fmt: skip
    method(_name)(FUNCTIONS[getattr(np, _name)])

method("conj")(np.conjugate)
method("conjugate")(np.conjugate)
method("flatten")(flatten)
attribute("real")(lambda x: FUNCTIONS[np.real](x))
attribute("imag")(lambda x: FUNCTIONS[np.imag](x))
attribute("T")(transpose)
attribute("mT")(lambda x: FUNCTIONS[np.matrix_transpose](x))
attribute("strides")(lambda x: getattr(value_of(x), "strides", ()))
attribute("itemsize")(lambda x: dtype_of(x).itemsize)
attribute("nbytes")(lambda x: dtype_of(x).itemsize * x.size)
attribute("flags")(lambda x: value_of(x).flags)


@method("reshape")
def reshape(x, *shape, order="C", copy=None):
    """x.reshape(2, 3) and x.reshape((2, 3))."""
    return FUNCTIONS[np.reshape](x, shape[0] if len(shape) == 1 else shape, order)


@method("transpose")
def transpose_(x, *axes):
    """x.transpose(1, 0) and x.transpose((1, 0))."""
    if not axes or axes == (None,):
        return transpose(x)
    return transpose(x, axes[0] if len(axes) == 1 and not isinstance(axes[0], (int, np.integer)) else axes)


@method("copy")
def copy(x, order="C"):
    """A copy with memory of its own."""
    if type(x) is not DualArray:
        return x
    t = x.tangents
    return make_array(x.value.copy(order), t if t is None or type(t) is Node else rows_of(t, "copy", order), x.tag)


@method("astype")
def astype(x, dtype, order="K", casting="unsafe", subok=True, copy=True):
    """Another precision; an integer type gives plain integers, whose derivative is zero."""
    dtype = np.dtype(dtype)
    if dtype.kind in "biu":
        return np.asarray(value_of(x)).astype(dtype)[()]
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

    def apply(self, ts):
        return ts[0].astype(self.out_dtype)

    def transpose(self, w, i):
        return (np.real(w) if self.in_dtypes[0].kind != "c" else w).astype(self.in_dtypes[0])


@method("item")
def item(x, *args):
    """One element; it keeps its derivative."""
    if not args:
        if x.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return x.reshape(-1)[0]
    return x[args] if len(args) > 1 else x.reshape(-1)[args[0]]


@method("compress")
def compress(x, condition, axis=None, out=None):
    """x.compress(condition)."""
    return FUNCTIONS[np.compress](condition, x, axis, out)


@method("sort")
def sort(x, axis=-1, kind=None, order=None, *, stable=None):
    """Sorts in place."""
    x[...] = FUNCTIONS[np.sort](x, axis, kind, order, stable=stable)


@method("partition")
def partition(x, kth, axis=-1, kind="introselect", order=None):
    """Partitions in place."""
    x[...] = FUNCTIONS[np.partition](x, kth, axis, kind, order)


@method("tolist")
def tolist(x):
    """Nested lists of Duals."""
    return [e.tolist() if is_dual(e) and e.ndim else e for e in x] if x.ndim else x[()]


@method("fill")
def fill(x, value):
    """Every element becomes value."""
    x[...] = value
