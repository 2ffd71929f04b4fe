"""Ufuncs on the generic path: the rule table applied to whatever value and tangent are.

This is the specification that the compiled path is held to.  The hook of __array_ufunc__
arrives here when the operands are not all float64 (or float32) with plain tangents, and for
out=, where= and the ufunc methods.

Imported by functions/__init__.py.
"""

import numpy as np

from ..core import Dual, DualArray, NotSecondOrder, Packed, make, mark_shared
from ..errors import UnsupportedError
from ..linear import Curved, Elementwise, Part, dtype_of
from ..rules import BY_UFUNC, MULTIPLE, REFUSED, RULES, THROUGH, rule_of
from ..spaces import SERIES, Node, capture, find_tag, is_dual, peel, push
from .base import FUNCTIONS, as_buffers, as_operand, constants, deliver, exact, handles, linear, value_of, view
from .special import by_composition, wide

FLOAT = np.dtype(np.float64)

METHODS: dict = {}    # (ufunc, method) -> handler; filled by the chapters
GUFUNCS: dict = {}    # generalised ufuncs (matmul, ...) -> handler


def ufunc_hook(ufunc, method, inputs, kwargs):
    """__array_ufunc__ for everything the compiled path does not take."""
    if method == "__call__" and not kwargs and ufunc in BY_UFUNC:     # the frequent case
        return call(ufunc, [as_operand(x) for x in inputs])
    if find_tag(*inputs) < 0 and not kwargs:        # buffers that have met no dual
        plain = constants(inputs)
        if plain is not None and method != "at":
            return as_buffers(getattr(ufunc, method)(*plain))
    if ufunc in REFUSED:
        raise UnsupportedError(f"numpy.{ufunc.__name__} is not differentiable: {REFUSED[ufunc]}")
    if method != "__call__":
        handler = METHODS.get((ufunc, method)) or METHODS.get(method)
        if handler is None:
            raise UnsupportedError(
                f"numpy.{ufunc.__name__}.{method} has no derivative rule in dualdiff; "
                "write the loop or the matching numpy function instead"
            )
        return handler(ufunc, *inputs, **kwargs)
    if ufunc in GUFUNCS:
        return GUFUNCS[ufunc](*inputs, **kwargs)
    kwargs = {name: x for name, x in kwargs.items() if name not in ("casting", "order", "subok", "signature")}
    out, where = kwargs.pop("out", None), kwargs.pop("where", True)
    dtype = kwargs.pop("dtype", None)
    if ufunc in THROUGH:
        result = ufunc(*map(value_of, map(as_operand, inputs)))
        return put(result, out, where) if out or where is not True else result
    inputs = [as_operand(x) for x in inputs]
    if dtype is not None:
        inputs = [x.astype(dtype) if is_dual(x) else np.asarray(x, dtype) for x in inputs]
    if where is not True:
        return masked(ufunc, inputs, out, where)
    if ufunc in MULTIPLE:
        results = multiple(ufunc, inputs)
        return results if out is None else tuple(deliver(r, o) for r, o in zip(results, out, strict=True))
    result = call(ufunc, inputs)
    if isinstance(result, tuple) and out is not None:
        return tuple(deliver(r, o) for r, o in zip(result, out, strict=True))
    return deliver(result, out)


def call(ufunc, inputs):
    """One ufunc with one result on operands."""
    if not any(is_dual(x) for x in inputs):
        return ufunc(*inputs)
    if any(not known(x) for x in inputs):
        return NotImplemented
    rule = rule_of(ufunc)
    found = wide(ufunc, inputs) if rule is None else None
    if found is not None:
        return found
    if rule is None and all(set(t) <= {"O", "-", ">"} for t in ufunc.types):     # np.frompyfunc
        found = ufunc(*(np.asarray(x, dtype=object) for x in inputs))
        return tuple(map(as_operand, found)) if isinstance(found, tuple) else as_operand(found)
    if rule is None:
        raise UnsupportedError(
            f"the ufunc {ufunc.__name__} has no derivative rule in dualdiff; "
            "write it with functions that have one, or apply it to x.value if its derivative is not needed"
        )
    return elementwise(rule, ufunc, inputs)


def known(x):
    """Whether x is something to compute with."""
    return is_dual(x) or isinstance(x, (int, float, complex, np.ndarray, np.generic)) or np.isscalar(x) or is_number(x)


def is_number(x):
    """Whether x registered as a number (Fraction, ...)."""
    import numbers

    return isinstance(x, numbers.Number)


def elementwise(rule, ufunc, inputs):
    """Value by the ufunc, tangent by the rule's partials."""
    tag = find_tag(*inputs)
    pairs = [peel(x, tag) for x in inputs]
    values = [as_number(v, x) for (v, _), x in zip(pairs, inputs, strict=True)]
    tangents = [t for _, t in pairs]
    if rule.partly and rule.refuses(tangents):
        found = by_composition(ufunc, inputs)
        if found is not None:
            return found
    value = ufunc(*values)
    if rule.name in NOT_HOLOMORPHIC and any(dtype_of(v).kind == "c" for v in values):
        return NOT_HOLOMORPHIC[rule.name](*inputs)
    return with_tangents(rule, value, values, tangents, tag)


EASY = {"0", "1", "-1", "x", "y"}
"""Partials that are read off without computing anything."""


def as_number(v, x):
    """The value v of an operand x as NumPy should see it.

    A Dual is of type float64, as x[0] is, and does not give way to float32 as a Python float
    would; Fractions and the like become floats.
    """
    if type(v) is float and type(x) is Dual:
        return np.float64(v)
    if isinstance(v, (float, complex, np.ndarray, np.generic, Dual, DualArray, int)):
        return v
    return float(v)


def with_tangents(rule, value, values, tangents, tag):
    """The dual of a known value, by the rule's partials."""
    if rule.partly:
        rule.check(tangents)
    partials: list = []
    x, y = (as_precise(v, value) for v in (values if len(values) == 2 else (values[0], None)))
    functions = rule.complex_partials if dtype_of(value).kind == "c" else rule.partials
    recorded = any(type(t) is Node for t in tangents)
    if all(t is None or text in EASY for t, text in zip(tangents, rule.texts, strict=True)):
        read = {"1": 1.0, "-1": -1.0, "0": None, "x": x, "y": y}
        partials = [None if t is None else read[text] for t, text in zip(tangents, rule.texts, strict=True)]
    else:
        with np.errstate(all="ignore"):
            for function, kind, t in zip(functions, rule.kinds, tangents, strict=True):
                d = None if t is None or kind == "zero" else function(x, y, value)
                partials.append(d[()] if isinstance(d, np.ndarray) and d.ndim == 0 else d)
    if recorded:
        partials = [capture(d, *values) for d in partials]
    if all(d is None for d in partials):
        return make(value, None, -1) if isinstance(value, (np.ndarray, DualArray)) else value
    kept = any(d is value for d in partials)
    tangent = push(map_of(rule, partials, x, y, values, value, tangents), tangents)
    result = make(value, tangent, tag)
    if recorded and kept and type(result) is DualArray:
        mark_shared(result)     # a write into the result must not change the stored partial
    return result


def map_of(rule, partials, x, y, values, value, tangents):
    """The linear map of a rule; on second-order rows with its second partials."""
    if not any(type(t) is Packed for t in tangents):
        return Elementwise(tuple(partials), values, value)
    if dtype_of(value).kind == "c":
        raise NotSecondOrder
    if next(t for t in tangents if type(t) is Packed).kind == SERIES:
        if any(is_dual(v) for v in values):
            raise NotSecondOrder
        from ..series import Expanded

        return Expanded(rule.name, tuple(partials), values, value)
    with np.errstate(all="ignore"):
        curvature = [None if function is None else function(x, y, value) for function in rule.second_partials]
    return Curved(tuple(partials), curvature, values, value)


def as_precise(v, value):
    """An argument in the result's precision: NumPy has log(int8) in half, 1/float32 in single."""
    if type(v) is float or (type(v) is np.ndarray and v.dtype is FLOAT):
        return v
    if isinstance(v, (np.ndarray, np.generic, DualArray, Dual)):
        wanted, own = dtype_of(value), v.dtype
        if wanted.kind == "c" and own.kind != "c":
            wanted = np.dtype(wanted.char.lower())
        if own != wanted and wanted.kind in "fc" and (own.kind in "biu" or own.itemsize < wanted.itemsize):
            return v.astype(wanted)
    return v


def multiple(ufunc, inputs):
    """A ufunc with two results."""
    tag = find_tag(*inputs)
    pairs = [peel(x, tag) for x in inputs]
    values = [v for v, _ in pairs]
    results = []
    for rule, value in zip(MULTIPLE[ufunc], ufunc(*values), strict=True):
        results.append(value if rule is None else with_tangents(rule, value, values, [t for _, t in pairs], tag))
    return tuple(results)


def masked(ufunc, inputs, out, where):
    """ufunc(..., where=mask): only the chosen elements are computed."""
    mask = value_of(where)
    shape = np.broadcast_shapes(np.shape(mask), *(np.shape(x) for x in inputs))
    mask = np.broadcast_to(mask, shape)
    chosen = call(ufunc, [np.broadcast_to(x, shape)[mask] for x in inputs])
    target = out[0] if out else None
    if target is None:
        dual = next(x for x in inputs if is_dual(x))
        target = np.zeros(shape, dtype_of(chosen), like=dual)
    elif not is_dual(target):
        return deliver(chosen, out)
    target[mask] = chosen
    return target


def put(result, out, where):
    """A plain result into out= and where=."""
    target = out[0] if out else np.zeros(np.shape(result), dtype_of(result))
    target[np.broadcast_to(value_of(where), np.shape(target))] = (
        result if where is True else result[np.broadcast_to(value_of(where), np.shape(result))]
    )
    return target


# ---- complex numbers: what is linear over the reals only ----------------------------------------


@handles(np.real)
def real(val):
    """Real part (a view)."""
    val = as_operand(val)
    return view(np.real, lambda v, y: Part("real", v, y), val) if dtype_of(val).kind == "c" else val


@handles(np.imag)
def imag(val):
    """Imaginary part (of complex numbers a view)."""
    val = as_operand(val)
    part = view if dtype_of(val).kind == "c" else linear
    return part(np.imag, lambda v, y: Part("imag", v, y), val)


def conjugate(x):
    """Complex conjugate."""
    return linear(np.conjugate, lambda v, y: Part("conj", v, y), x)


def absolute(z):
    """|z| = hypot(real, imag), with NumPy's own value."""
    tag = find_tag(z)
    v, t = peel(z, tag)
    value = np.absolute(v)
    with np.errstate(all="ignore"):
        unit = np.where(value == 0, 0, np.conj(v) / value)
    return real_part_of(unit, v, value, t, tag)


def real_part_of(weight, v, value, t, tag):
    """A real function whose derivative is Re(weight * dz)."""
    mid = np.multiply(weight, v)
    product = push(Elementwise((weight,), (v,), mid), (t,))
    return make(value, push(Part("real", (mid,), value), (product,)), tag)


def complex_pair(ufunc):
    """Refuses a real function of complex numbers."""

    def refuse(*inputs):
        raise UnsupportedError(f"numpy.{ufunc} of complex numbers has no derivative; use real and imaginary parts")

    return refuse


NOT_HOLOMORPHIC = {"conjugate": conjugate, "absolute": absolute} | {
    name: complex_pair(name) for name in ("sign", "maximum", "minimum", "fmax", "fmin")
}


@handles(np.angle)
def angle(z, deg=False):
    """Phase of a complex number."""
    z = as_operand(z)
    result = np.arctan2(np.imag(z), np.real(z)) if dtype_of(z).kind == "c" else np.arctan2(0, z)
    return result * (180 / np.pi) if deg else result


# ---- functions of NumPy that are rules without being ufuncs --------------------------------------


@handles(np.sinc)
def sinc(x):
    """sin(pi x)/(pi x), with NumPy's own value."""
    x = as_operand(x)
    tag = find_tag(x)
    v, t = peel(x, tag)
    return with_tangents(RULES["sinc"], np.sinc(v), [v], [t], tag)


@handles(np.i0)
def i0(x):
    """Modified Bessel function of order 0, with NumPy's own value."""
    return bessel_i(0, as_operand(x))


def bessel_i(n, x):
    """I_n(x), with I_n' = (I_(n-1) + I_(n+1))/2 (DLMF 10.29.1); its values for n > 0 are SciPy's."""
    if not is_dual(x):
        from scipy.special import i1, iv

        if n:
            return i1(x) if n == 1 else iv(n, x)
        return np.i0(x) if np.ndim(x) else np.reshape(np.i0(x), ())[()]
    tag = find_tag(x)
    v, t = peel(x, tag)
    value = bessel_i(n, v)
    d = bessel_i(1, v) if n == 0 else (bessel_i(n - 1, v) + bessel_i(n + 1, v)) * 0.5
    return make(value, push(Elementwise((d,), (v,), value), (t,)), tag)


@handles(np.clip)
def clip(a, a_min=np._NoValue, a_max=np._NoValue, out=None, *, min=np._NoValue, max=np._NoValue, **kwargs):
    """np.clip; at a bound that x meets, the derivative is shared (1/2), as for maximum."""
    low = min if a_min is np._NoValue else a_min
    high = max if a_max is np._NoValue else a_max
    result = a
    if low is not None and low is not np._NoValue:
        result = np.maximum(result, low)
    if high is not None and high is not np._NoValue:
        result = np.minimum(result, high)
    return deliver(result, out)


def no_nan(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """np.nan_to_num: replaced elements are constants."""
    v = value_of(x)
    return np.where(np.isfinite(v), x, np.nan_to_num(v, nan=nan, posinf=posinf, neginf=neginf))


FUNCTIONS[np.nan_to_num] = no_nan


@handles(np.round, np.around)
def round_(a, decimals=0, out=None):
    """Rounded values: a step function, derivative 0."""
    result = np.round(value_of(a), decimals)
    return deliver(make(result, None, -1), out)


@handles(np.fix)
def fix(x, out=None):
    """Towards zero: a step function, derivative 0."""
    return deliver(np.trunc(x), out)


@handles(np.real_if_close)
def real_if_close(a, tol=100):
    """np.real_if_close: the real part, where NumPy takes it."""
    a = as_operand(a)
    value = np.real_if_close(value_of(a), tol)
    return a if dtype_of(value).kind == dtype_of(a).kind else real(a)


@handles(np.astype)
def astype(x, dtype, /, *, copy=True, device=None):
    """np.astype: another precision; integers are plain, their derivative is zero."""
    return x.astype(dtype, copy=copy)


@handles(np.unwrap)
def unwrap(p, discont=None, axis=-1, *, period=2 * np.pi):
    """np.unwrap: what is added to an element is a constant."""
    p = as_operand(p)
    if find_tag(period, discont) >= 0:
        raise UnsupportedError("np.unwrap has no derivative by period or discont in dualdiff; pass period.value")
    value = np.unwrap(value_of(p), value_of(discont), axis, period=value_of(period))
    return exact(np.positive(p), value)
