"""Ufuncs on the generic path: the rule table applied to whatever value and tangent are.

This is the specification that the compiled path is held to.  The hook of __array_ufunc__
arrives here when the operands are not all float64 (or float32) with plain tangents, and for
out=, where= and the ufunc methods.

"""

import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import (
    Dual,
    DualArray,
    NotSecondOrder,
    Packed,
    find_duals,
    make,
    mark_shared,
    note_call,
    note_digits,
    note_key,
    note_kink,
    through_rounding,
)
from ..errors import UnsupportedError
from ..maps.base import Part, dtype_of
from ..maps.elementwise import Curved, Elementwise
from ..maps.tangents import SERIES, capture, find_tag, is_dual, is_node, peel, push
from ..rules.table import BY_UFUNC, MULTIPLE, REFUSED, RULES, THROUGH, rule_of, scipy_name
from .base import (
    FUNCTIONS,
    as_operand,
    deliver,
    element,
    exact,
    handles,
    linear,
    plain_operand,
    refuse_options,
    value_of,
    view,
    with_value,
)
from .constants import constant_call
from .special import by_composition, wide

FLOAT = np.dtype(np.float64)

CLIP = getattr(sys.modules.get("numpy._core.umath"), "clip", None)
"""The ufunc behind np.clip and x.clip()."""

METHODS: dict[Any, Any] = {}    # (ufunc, method) -> handler; filled by the chapters
GUFUNCS: dict[Any, Any] = {}    # generalised ufuncs (matmul, ...) -> handler


def ufunc_hook(ufunc: Any, method: Any, inputs: Any, kwargs: Any) -> Any:
    """__array_ufunc__ for everything the compiled path does not take."""
    note_call()
    if find_duals((inputs, *kwargs.values())) == 1:     # buffers that have met no dual
        return constant_call(getattr(ufunc, method), inputs, kwargs)
    inputs = tuple(map(plain_operand, inputs))
    if method == "__call__" and not kwargs and ufunc in BY_UFUNC:     # the frequent case
        return call(ufunc, [as_operand(x) for x in inputs])
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
    dtype = kwargs.get("dtype")
    if dtype is not None:       # a class of dtypes is taken, too
        dtype = np.dtype(getattr(dtype, "type", dtype) if isinstance(dtype, type) else dtype)
    into = [o for o in kwargs.get("out") or () if o is not None]
    of_objects = any(type(o) is np.ndarray and o.dtype == object for o in into)
    if dtype == np.dtype(object) and not into or of_objects and any("O" in t for t in ufunc.types):     # NumPy's way
        return ufunc(*(np.asarray(x, dtype=object) if is_dual(x) else x for x in inputs), **kwargs)
    out, where = kwargs.pop("out", None), kwargs.pop("where", True)
    inputs = [as_operand(x) for x in inputs]
    if ufunc in THROUGH:
        result = ufunc(*map(value_of, inputs))
        return put(result, out, where) if out or where is not True else result
    if ufunc.types == ["O" * ufunc.nin + "->" + "O" * ufunc.nout] and where is True:    # a function of Python's
        found = call(ufunc, inputs)
        return found if out is None or found is NotImplemented else deliver(found, out)
    value = plain_result(ufunc, inputs, out, value_of(where), kwargs)
    if dtype is not None:
        inputs = [x.astype(dtype) if is_dual(x) else np.asarray(x, dtype) for x in inputs]
    with np.errstate(all="ignore"):     # the value has warned
        if where is not True:
            return masked(ufunc, inputs, out, where, value)
        results = multiple(ufunc, inputs) if ufunc in MULTIPLE else call(ufunc, inputs)
    if results is NotImplemented:
        return results
    if not isinstance(results, tuple):
        return deliver(valued(results, value), out)
    results = tuple(map(valued, results, value))
    return results if out is None else tuple(deliver(r, o) for r, o in zip(results, out, strict=True))


def plain_result(ufunc: Any, inputs: Any, out: Any, where: Any, options: Any) -> Any:
    """What NumPy computes for this very call: its loops may go by the layout of out= and by runs of where=."""
    values = [as_number(value_of(x), x) for x in inputs]
    if out is not None:
        options = {**options, "out": tuple(None if o is None else same_layout(value_of(o)) for o in out)}
    if where is not True:
        options = {**options, "where": where}
        if out is None:     # NumPy leaves what where= is not true for as it finds it in memory; here it is 0
            shape = np.broadcast_shapes(np.shape(where), *map(np.shape, values))
            given = options.get("dtype")
            kinds = [type(v) if type(v) in (int, float, complex) else np.asarray(v).dtype for v in values]
            found = ufunc.resolve_dtypes((*kinds, *(given,) * ufunc.nout))[ufunc.nin :]
            options["out"] = tuple(np.zeros(shape, d) for d in found)
    return ufunc(*values, **options)


def same_layout(v: Any) -> Any:
    """A copy of an array in memory of its own, with the same strides."""
    if v.flags.c_contiguous or v.flags.f_contiguous:
        return v.copy("K")
    first, end = np.lib.array_utils.byte_bounds(v)
    start = v.__array_interface__["data"][0] - first
    copied = np.ndarray(v.shape, v.dtype, np.empty(end - first, np.uint8), start, v.strides)
    copied[...] = v
    return copied


def valued(result: Any, value: Any) -> Any:
    """A result with NumPy's value, in its shape: out= may be larger."""
    if is_dual(result) and np.shape(result) != np.shape(value):
        result = np.broadcast_to(result, np.shape(value))
    return exact(result, value)


def call(ufunc: Any, inputs: Any) -> Any:
    """One ufunc with one result on operands."""
    if not any(is_dual(x) for x in inputs):
        return ufunc(*inputs)
    if any(not known(x) for x in inputs):
        return NotImplemented
    if ufunc is CLIP:
        return clip(*inputs)
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


def power_operator(a: Any, b: Any) -> Any:
    """a ** b of operands: the value is that of Python's operator, which is not np.power."""
    inputs = [as_operand(a), as_operand(b)]
    if any(not known(x) for x in inputs):
        return NotImplemented
    if not any(is_dual(x) for x in inputs):
        return operator.pow(*inputs)
    return elementwise(RULES["power"], operator.pow, inputs)


OPERATORS = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "remainder": operator.mod, "floor_divide": operator.floordiv,
}  # fmt: skip


def number_operator(name: str, *inputs: Any) -> Any:
    """An operator on numbers of which one is complex: the value is the operator's, whose bits are not the ufunc's."""
    if name == "absolute":
        return absolute(inputs[0], abs)
    return elementwise(RULES[name], OPERATORS[name], list(inputs))


def known(x: Any) -> Any:
    """Whether x is something to compute with."""
    return is_dual(x) or isinstance(x, (int, float, complex, np.ndarray, np.generic)) or np.isscalar(x) or is_number(x)


def is_number(x: Any) -> bool:
    """Whether x registered as a number (Fraction, ...)."""
    import numbers

    return isinstance(x, numbers.Number)


def elementwise(rule: Any, ufunc: Any, inputs: Any) -> Any:
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


def as_number(v: Any, x: Any) -> Any:
    """The value v of an operand x as NumPy should see it.

    A Dual is of type float64, as x[0] is, and does not give way to float32 as a Python float
    would; Fractions and the like become floats.
    """
    if type(v) is float and type(x) is Dual:
        return np.float64(v)
    if isinstance(v, (float, complex, np.ndarray, np.generic, Dual, DualArray, int)):
        return v
    return float(v)


def with_tangents(rule: Any, value: Any, values: Any, tangents: Any, tag: int) -> Any:
    """The dual of a known value, by the rule's partials."""
    if rule.partly:
        rule.check(tangents)
    partials: list[Any] = []
    x, y = (as_precise(v, value) for v in (values if len(values) == 2 else (values[0], None)))
    functions = rule.complex_partials if dtype_of(value).kind == "c" else rule.partials
    recorded = any(map(is_node, tangents))
    if all(t is None or text in EASY for t, text in zip(tangents, rule.texts, strict=True)):
        read = {"1": 1.0, "-1": -1.0, "0": None, "x": x, "y": y}
        partials = [None if t is None else read[text] for t, text in zip(tangents, rule.texts, strict=True)]
    else:
        with np.errstate(all="ignore"):
            for function, kind, t in zip(functions, rule.kinds, tangents, strict=True):
                d = None if t is None or kind == "zero" else partial_of(rule, function, x, y, value)
                d = value_of(d) if rule.name in SELECTING else d       # which was chosen is a constant
                partials.append(d[()] if isinstance(d, np.ndarray) and d.ndim == 0 else d)
    if rule.name in KINKS and any(map(differentiated, values, tangents)):
        if KINKS[rule.name](value_of(x), value_of(y), value):
            note_kink(rule.name)
    if recorded:
        partials = [capture(d, *values) for d in partials]
    if all(d is None for d in partials):
        return make(value, None, -1) if isinstance(value, (np.ndarray, DualArray)) else value
    made = map_of(rule, partials, x, y, values, value, tangents)
    if recorded and type(made) is Curved:
        made.curvature = [capture(d, *values) for d in made.curvature]
        partials = [*partials, *made.curvature]
    kept = any(d is value for d in partials)
    tangent = push(made, tangents)
    result = make(value, tangent, tag)
    if recorded and kept and type(result) is DualArray:
        mark_shared(result)     # a write into the result must not change the stored partial
    return result


def partial_of(rule: Any, function: Any, x: Any, y: Any, value: Any) -> Any:
    """A partial at a point; an error that names the function where it has none for complex numbers."""
    if not rule.scipy:
        return function(x, y, value)
    try:
        return function(x, y, value)
    except (TypeError, NameError) as error:
        if not any(v is not None and dtype_of(v).kind == "c" for v in (x, y)):
            raise
        raise UnsupportedError(
            f"scipy.special.{scipy_name(rule.name)} has no derivative rule in dualdiff by complex arguments: its "
            "derivative takes a function that SciPy has for real numbers only"
        ) from error


def differentiated(v: Any, t: Any) -> bool:
    """Whether a derivative of the function is itself differentiated."""
    return t is not None and (is_dual(v) or type(t) is Packed)


def kink_of(row: Any) -> Callable[..., Any] | None:
    """Whether an element of (x, y, f) is at a row's kink; None where it has none."""
    text = row.kink or row.tie or row.edge
    if text is None:
        return None
    met = eval(f"lambda x, y, f: {text}", {})
    return lambda x, y, f: np.any(met(x, y, value_of(f)))


KINKS = {name: met for name, rule in RULES.items() if (met := kink_of(rule.row))}
"""Rules with kinks, and whether a point is one; that matters where derivatives are differentiated."""

SELECTING = {name for name, rule in RULES.items() if rule.row.selects}
"""Rules that hand on one of their arguments: a partial of 0 is one that was not chosen."""


def map_of(rule: Any, partials: Any, x: Any, y: Any, values: Any, value: Any, tangents: Any) -> Any:
    """The linear map of a rule; on second-order rows with its second partials."""
    if not any(type(t) is Packed for t in tangents):
        map = Elementwise(tuple(partials), values, value, (rule.name in SELECTING,) * len(partials))
        map.rule = rule.name
        return map
    if dtype_of(value).kind == "c":
        raise NotSecondOrder
    if next(t for t in tangents if type(t) is Packed).kind == SERIES:
        if any(is_dual(v) for v in values):
            raise NotSecondOrder
        from ..rules.series import Expanded

        return Expanded(rule.name, tuple(partials), values, value)
    with np.errstate(all="ignore"):
        curvature = [None if function is None else function(x, y, value) for function in rule.second_partials]
    return Curved(tuple(partials), curvature, values, value)


def as_precise(v: Any, value: Any) -> Any:
    """An argument in the result's precision: NumPy has log(int8) in half, 1/float32 in single."""
    if type(v) is np.ndarray and v.dtype is FLOAT:
        return v
    if type(v) is float or type(v) is int or type(v) is bool:
        if v:
            return v
        kind = dtype_of(value)      # 1/0 raises in Python, where NumPy's value has been inf
        return kind.type(0).real * v if kind.kind in "fc" else v
    if type(v) is complex:
        return np.complex128(v)     # which compares with another, as arrays do
    if isinstance(v, (np.ndarray, np.generic, DualArray, Dual)):
        wanted, own = dtype_of(value), v.dtype
        if wanted.kind == "c" and own.kind != "c":
            wanted = np.dtype(wanted.char.lower())
        if own != wanted and wanted.kind in "fc" and (own.kind in "biu" or own.itemsize < wanted.itemsize):
            return v.astype(wanted)
    return v


def multiple(ufunc: Any, inputs: Any) -> Any:
    """A ufunc with two results."""
    tag = find_tag(*inputs)
    pairs = [peel(x, tag) for x in inputs]
    values = [v for v, _ in pairs]
    results = []
    for rule, value in zip(MULTIPLE[ufunc], ufunc(*values), strict=True):
        results.append(value if rule is None else with_tangents(rule, value, values, [t for _, t in pairs], tag))
    return tuple(results)


def masked(ufunc: Any, inputs: Any, out: Any, where: Any, value: Any) -> Any:
    """ufunc(..., where=mask): only the chosen elements of the value are computed."""
    several = ufunc in MULTIPLE
    shape = np.shape(value[0] if several else value)
    mask = np.broadcast_to(value_of(where), shape)
    inputs = [np.broadcast_to(x, shape) for x in inputs]
    chosen = (multiple if several else call)(ufunc, [x[mask] for x in inputs])
    if chosen is NotImplemented:
        return chosen
    dual = next((x for x in inputs if is_dual(x)), None)
    if several:
        outs = out or (None,) * ufunc.nout
        return tuple(into_mask(c, v, mask, o, dual) for c, v, o in zip(chosen, value, outs, strict=True))
    return into_mask(chosen, value, mask, out[0] if out else None, dual)


def into_mask(chosen: Any, value: Any, mask: Any, target: Any, dual: Any) -> Any:
    """One result of `masked` in its place: in zeros like the operand, or in out=."""
    chosen = exact(chosen, np.asarray(value)[mask])
    if target is None:
        target = np.zeros(np.shape(mask), dtype_of(chosen), like=dual)
    elif not is_dual(target) and is_dual(chosen):
        chosen = deliver(chosen, np.empty(np.shape(chosen), target.dtype))
    target[mask] = chosen
    return target


def put(result: Any, out: Any, where: Any) -> Any:
    """A plain result into out= and where=."""
    target = out[0] if out else np.zeros(np.shape(result), dtype_of(result))
    target[np.broadcast_to(value_of(where), np.shape(target))] = (
        result if where is True else result[np.broadcast_to(value_of(where), np.shape(result))]
    )
    return target


# ---- complex numbers: what is linear over the reals only ----------------------------------------


@handles(np.real)
def real(val: Any) -> Any:
    """Real part (a view)."""
    val = as_operand(val)
    return view(np.real, lambda v, y: Part("real", v, y), val) if dtype_of(val).kind == "c" else val


@handles(np.imag)
def imag(val: Any) -> Any:
    """Imaginary part (of complex numbers a view)."""
    val = as_operand(val)
    part = view if dtype_of(val).kind == "c" else linear
    return part(np.imag, lambda v, y: Part("imag", v, y), val)


def conjugate(x: Any) -> Any:
    """Complex conjugate."""
    return linear(np.conjugate, lambda v, y: Part("conj", v, y), x)


def absolute(z: Any, function: Any = np.absolute) -> Any:
    """|z| = hypot(real, imag), with the value of NumPy's (or Python's) function."""
    tag = find_tag(z)
    v, t = peel(z, tag)
    value = function(v)
    with np.errstate(all="ignore"):
        unit = np.where(value == 0, 0, np.conj(v) / value)
    if differentiated(v, t) and np.any(value_of(value) == 0):
        note_kink("absolute")
    return real_part_of(unit, v, value, t, tag, "absolute")


def real_part_of(weight: Any, v: Any, value: Any, t: Any, tag: int, rule: Any = None) -> Any:
    """A real function whose derivative is Re(weight * dz); rule: of which line of the table, if it has a kink."""
    mid = np.multiply(weight, v)
    map = Elementwise((weight,), (v,), mid)
    map.rule = rule
    product = push(map, (t,))
    return make(value, push(Part("real", (mid,), value), (product,)), tag)


def sign(z: Any) -> Any:
    """z/|z| with NumPy's own value; 0 at 0, where the derivative is 0."""
    value = np.sign(value_of(z))
    with np.errstate(all="ignore"):
        zero = value_of(z) == 0
        z = np.where(zero, 1, z)
        return exact(np.where(zero, 0, z / np.absolute(z)), value)


NOT_HOLOMORPHIC: dict[str, Any] = {"conjugate": conjugate, "absolute": absolute, "sign": sign}
"""Rules whose formula is that of real arguments, and what they are of complex ones."""


@handles(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """Phase of a complex number."""
    z = as_operand(z)
    result = np.arctan2(np.imag(z), np.real(z)) if dtype_of(z).kind == "c" else np.arctan2(0, z)
    return result * (180 / np.pi) if deg else result


# ---- functions of NumPy that are rules without being ufuncs --------------------------------------


@handles(np.sinc)
def sinc(x: Any) -> Any:
    """sin(pi x)/(pi x), with NumPy's own value."""
    x = as_operand(x)
    if dtype_of(x).kind == "c":
        y = np.pi * np.where(value_of(x) == 0, 1e-20, x)
        return exact(np.sin(y) / y, np.sinc(value_of(x)))
    tag = find_tag(x)
    v, t = peel(x, tag)
    return with_tangents(RULES["sinc"], np.sinc(v), [v], [t], tag)


@handles(np.i0)
def i0(x: Any) -> Any:
    """Modified Bessel function of order 0, with NumPy's own value."""
    return bessel_i(0, as_operand(x))


def bessel_i(n: Any, x: Any) -> Any:
    """I_n(x), with I_n' = (I_(n-1) + I_(n+1))/2 (DLMF 10.29.1); its values for n > 0 are SciPy's."""
    if not is_dual(x):
        from scipy.special import i1, iv

        if n:
            return i1(x) if n == 1 else iv(n, x)
        return np.i0(x)
    tag = find_tag(x)
    v, t = peel(x, tag)
    value = bessel_i(n, v)
    d = bessel_i(1, v) if n == 0 else (bessel_i(n - 1, v) + bessel_i(n + 1, v)) * 0.5
    return make(value, push(Elementwise((d,), (v,), value), (t,)), tag)


@handles(np.clip)
def clip(
    a: Any,
    a_min: Any = np._NoValue,
    a_max: Any = np._NoValue,
    out: Any = None,
    *,
    min: Any = np._NoValue,
    max: Any = np._NoValue,
    **kwargs: Any,
) -> Any:
    """np.clip; at a bound that x meets, the derivative is shared (1/2), as for maximum."""
    refuse_options(np.clip, kwargs)
    low = min if a_min is np._NoValue else a_min
    high = max if a_max is np._NoValue else a_max
    result = a
    if low is not None and low is not np._NoValue:
        result = np.maximum(result, low)
    if high is not None and high is not np._NoValue:
        result = np.minimum(result, high)
    return deliver(result, out)


def no_nan(x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """np.nan_to_num: replaced elements are constants."""
    v = value_of(x)
    clean = np.where(np.isfinite(v), x, np.nan_to_num(v, nan=nan, posinf=posinf, neginf=neginf))
    if copy or type(x) is not DualArray:
        return element(clean)
    x[...] = clean
    return element(x)


FUNCTIONS[np.nan_to_num] = no_nan


@handles(np.round, np.around)
def round_(a: Any, decimals: Any = 0, out: Any = None) -> Any:
    """Rounded values: a step function, derivative 0, but in functions that are lifted through rounding."""
    result = np.round(value_of(a), decimals)
    if decimals and np.size(result) == 1:       # a result or a key; many are a staircase
        note_digits()
    else:
        note_key()
    if through_rounding():
        return deliver(with_value(as_operand(a), result), out)
    return deliver(make(result, None, -1), out)


@handles(np.fix)
def fix(x: Any, out: Any = None) -> Any:
    """Towards zero: a step function, derivative 0."""
    return deliver(exact(np.trunc(x), np.fix(value_of(x))), out)


@handles(np.real_if_close)
def real_if_close(a: Any, tol: Any = 100) -> Any:
    """np.real_if_close: the real part, where NumPy takes it."""
    a = as_operand(a)
    value = np.real_if_close(value_of(a), tol)
    return (a if dtype_of(value).kind == dtype_of(a).kind else real(a)) if type(a) is DualArray else np.copy(a)


@handles(np.astype)
def astype(x: Any, dtype: Any, /, *, copy: Any = True, device: Any = None) -> Any:
    """np.astype: another precision; integers are plain, their derivative is zero."""
    return x.astype(dtype, copy=copy)


@handles(np.unwrap)
def unwrap(p: Any, discont: Any = None, axis: Any = -1, *, period: Any = 2 * np.pi) -> Any:
    """np.unwrap: what is added to an element is a constant."""
    p = as_operand(p)
    if find_tag(period, discont) >= 0:
        raise UnsupportedError("np.unwrap has no derivative by period or discont in dualdiff; pass period.value")
    value = np.unwrap(value_of(p), value_of(discont), axis, period=value_of(period))
    return exact(np.positive(p), value)
