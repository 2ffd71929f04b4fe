"""The standard `math` module for floats and Duals alike: ``from dualdiff import math``.

On floats every function is the standard one.  On a Dual the value is the standard one of the
value, and the tangents come from the rule table.  Functions of integers (gcd, comb, ...) and
exact tests are passed through.

Invariant: math.f(x) of a float is the very result of the standard library.
"""

import math as _math
import types as _types

from .core import (
    Dual as _Dual,
    make as _make,
    note_alike as _note_alike,
    of_one as _of_one,
    of_two as _of_two,
    with_value as _with_value,
)
from .errors import UnsupportedError as _UnsupportedError
from .functions.base import value_of as _value_of
from .functions.elementwise import with_tangents as _with_tangents
from .maps.tangents import find_tag as _find_tag, is_dual as _is_dual, kept as _kept, peel as _peel
from .rules.table import MATH as _MATH, RULES as _RULES

e, inf, nan, pi, tau = _math.e, _math.inf, _math.nan, _math.pi, _math.tau

_OF_VALUE = ["ceil", "floor", "trunc", "isfinite", "isinf", "isnan"]
_OF_INTEGERS = ["comb", "factorial", "gcd", "isqrt", "lcm", "perm"]
_REFUSED = ["nextafter", "ulp"]


def _from_table(standard, rule):
    """A standard function with the rule's tangents."""

    def function(*args):
        if not any(map(_is_dual, args)):
            return standard(*args)
        numbers = [x.value if type(x) is _Dual else x for x in args]
        if all(type(v) is float or type(v) is int for v in numbers):        # plain Duals: in compiled code
            found = _with_value(rule.ufunc, standard(*numbers), *args)
            if found is not None:
                return found
        tag = _find_tag(*args)
        pairs = [_peel(x, tag) for x in args]
        values = [v for v, _ in pairs]
        value = function(*values)
        return _with_tangents(rule, value, values, [t for _, t in pairs], tag)

    make = _of_one if rule.nin == 1 else _of_two
    return make(standard, None if rule.scipy else rule.ufunc, function)


def _of_value(standard):
    """A standard function of the value; its derivative is zero or it is a truth."""

    def function(*args, **kwargs):
        return standard(*map(_value_of, args), **kwargs)

    return function


def _refused(name):
    """A standard function that has no derivative."""

    def function(*args):
        if any(map(_is_dual, args)):
            raise _UnsupportedError(f"math.{name} has no derivative; apply it to x.value")
        return getattr(_math, name)(*args)

    return function


def _publish(names, make):
    for name in names:
        if hasattr(_math, name):
            function = make(name)
            if not isinstance(function, _types.BuiltinFunctionType):
                function.__name__ = function.__qualname__ = name
                function.__doc__ = f"math.{name}, also of duals."
            globals()[name] = function


_publish(_MATH, lambda name: _from_table(getattr(_math, name), _RULES[_MATH[name]]))
_publish(_OF_VALUE, lambda name: _of_value(getattr(_math, name)))
_publish(_REFUSED, _refused)


def isclose(a, b, *, rel_tol=1e-9, abs_tol=0.0):
    """math.isclose, also of duals."""
    found = _math.isclose(_value_of(a), _value_of(b), rel_tol=rel_tol, abs_tol=abs_tol)
    if found and (_is_dual(a) or _is_dual(b)):
        _note_alike()
    return found


_publish(_OF_INTEGERS, lambda name: getattr(_math, name))

_ln = _from_table(_math.log, _RULES["log"])


def log(x, base=None, /):
    """math.log, also of duals."""
    if base is None:
        return _ln(x)
    if not (_is_dual(x) or _is_dual(base)):
        return _math.log(x, base)
    value = _math.log(_value_of(x), _value_of(base))
    return _same(_ln(x) / _ln(base), value)


def _same(dual, value):
    """A dual with the standard function's own value, where ours was rounded otherwise."""
    if not _is_dual(dual):
        return value
    return _make(_same(dual.value, value), _kept(dual.tangents), dual.tag)


def hypot(*coordinates):
    """math.hypot, also of duals; at the origin the derivative is 0 (the symmetric one)."""
    value = _math.hypot(*map(_value_of, coordinates))
    if not any(map(_is_dual, coordinates)):
        return value
    total = 0.0
    for x in coordinates:
        total = _RULES["hypot"].ufunc(total, x)
    return _same(total, value)


def dist(p, q, /):
    """math.dist, also of duals; at p = q the derivative is 0 (the symmetric one)."""
    p, q = list(p), list(q)
    if len(p) != len(q):
        raise ValueError("both points must have the same number of dimensions")
    return _same(hypot(*(a - b for a, b in zip(p, q, strict=True))), _math.dist(map(_value_of, p), map(_value_of, q)))


def fsum(seq, /):
    """math.fsum, also of duals: the value is summed without rounding."""
    seq = list(seq)
    value = _math.fsum(map(_value_of, seq))
    return _same(sum(seq), value)


def prod(iterable, /, *, start=1):
    """math.prod, also of duals."""
    for x in iterable:
        start = start * x
    return start


def sumprod(p, q, /):
    """math.sumprod (Python 3.12), also of duals."""
    p, q = list(p), list(q)
    if len(p) != len(q):
        raise ValueError("Inputs are not the same length")
    value = _math.sumprod([_value_of(x) for x in p], [_value_of(x) for x in q]) if hasattr(_math, "sumprod") else None
    total = sum(a * b for a, b in zip(p, q, strict=True))
    return total if value is None else _same(total, value)


def remainder(x, y, /):
    """math.remainder (IEEE 754), also of duals: d/dx = 1, d/dy = -round(x/y)."""
    vx, vy = _value_of(x), _value_of(y)
    value = _math.remainder(vx, vy)
    if not (_is_dual(x) or _is_dual(y)):
        return value
    return _same(x - y * round((vx - value) / vy), value)


def modf(x, /):
    """math.modf, also of duals: the fractional part has derivative 1, the integer part 0."""
    fraction, whole = _math.modf(_value_of(x))
    return (_same(x - whole, fraction), whole) if _is_dual(x) else (fraction, whole)


def frexp(x, /):
    """math.frexp, also of duals: the mantissa has derivative 2^-e, the exponent is an integer."""
    mantissa, exponent = _math.frexp(_value_of(x))
    return (_same(ldexp(x, -exponent), mantissa), exponent) if _is_dual(x) else (mantissa, exponent)


def ldexp(x, i, /):
    """math.ldexp, also of duals: the derivative is 2^i."""
    if not _is_dual(x):
        return _math.ldexp(x, i)
    half = i // 2
    return _same(x * _math.ldexp(1.0, half) * _math.ldexp(1.0, i - half), _math.ldexp(_value_of(x), i))


def fma(x, y, z, /):
    """math.fma (Python 3.13), also of duals."""
    if not any(map(_is_dual, (x, y, z))):
        return getattr(_math, "fma")(x, y, z)  # noqa: B009  (type checkers know the older modules)
    return x * y + z


if not hasattr(_math, "fma"):
    del fma
if not hasattr(_math, "sumprod"):
    del sumprod
