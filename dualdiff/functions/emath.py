"""numpy.emath: functions whose result is complex where a real one would be nan.

"""

from typing import Any

import numpy as np

from ..maps.base import dtype_of
from ..maps.tangents import is_dual
from .base import as_operand, exact, handles, value_of


def widened(x: Any, outside: Any) -> Any:
    """x, or x as complex numbers where any real element lies outside of the real domain."""
    x = as_operand(x)
    if dtype_of(x).kind == "c" or not np.any(outside(value_of(x))):
        return x
    return (x if is_dual(x) else np.asarray(x)).astype(np.result_type(dtype_of(x), np.complex64))


def negative(v: Any) -> Any:
    """Where sqrt, log and powers leave the real numbers."""
    return np.less(v, 0)


def beyond_one(v: Any) -> Any:
    """Where arccos, arcsin and arctanh leave them."""
    return np.greater(np.abs(v), 1)


def of_one_argument(name: str, outside: Any) -> None:
    """The function of a name in numpy.emath."""
    theirs, ufunc = getattr(np.emath, name), getattr(np, name)

    def function(x: Any) -> Any:
        return exact(ufunc(widened(x, outside)), theirs(value_of(as_operand(x))))

    function.__doc__ = f"np.emath.{name}, complex where an element leaves the real domain."
    handles(theirs)(function)


for _name in ("sqrt", "log", "log2", "log10"):
    of_one_argument(_name, negative)
of_one_argument("arctanh", beyond_one)


def on_the_cut(name: str) -> None:
    """Arccos or arcsin: beyond 1 on either side NumPy's value is a constant and an arccosh, on the side it chose."""
    theirs, ufunc = getattr(np.emath, name), getattr(np, name)

    def function(x: Any) -> Any:
        x = as_operand(x)
        value = theirs(value_of(x))
        if dtype_of(x).kind == "c" or value.dtype.kind != "c":
            return exact(ufunc(x), value)
        out = beyond_one(value_of(x))
        side = 1j * np.sign(np.imag(value))
        far = np.arccosh(np.where(out, np.abs(x), 2))
        return exact(np.where(out, side * far, ufunc(np.where(out, 0, x))), value)

    function.__doc__ = f"np.emath.{name}, complex where an element leaves the real domain."
    handles(theirs)(function)


for _name in ("arccos", "arcsin"):
    on_the_cut(_name)


@handles(np.emath.logn)
def logn(n: Any, x: Any) -> Any:
    """np.emath.logn, complex where an element is negative."""
    value = np.emath.logn(value_of(as_operand(n)), value_of(as_operand(x)))
    return exact(np.log(widened(x, negative)) / np.log(widened(n, negative)), value)


@handles(np.emath.power)
def power(x: Any, p: Any) -> Any:
    """np.emath.power, complex where an element of x is negative."""
    x, p = as_operand(x), as_operand(p)
    value = np.emath.power(value_of(x), value_of(p))
    p = p if is_dual(p) else np.asarray(p)
    return exact(np.power(widened(x, negative), p * 1.0 if dtype_of(p).kind in "iu" else p), value)
