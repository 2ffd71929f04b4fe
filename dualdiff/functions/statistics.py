"""Statistics, scans and rules of quadrature: std, var, average, quantiles, nan- forms, gradient, convolve, cov.

The derivative is composed of functions that have handlers; the value is NumPy's own (`exact`).

"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import make, note_kink
from ..errors import UnsupportedError
from ..maps.base import LinearMap, dtype_of, fit, look_for_nan
from ..maps.sparsity import gathered
from ..maps.tangents import capture, find_tag, is_dual, is_node, peel, push
from .base import as_operand, axis_tuple, deliver, exact, handles, has_second, keeps, reduced_axes, value_of
from .rows import along, by, weighing
from .select import double

NO = np._NoValue


def given(**options: Any) -> dict[Any, Any]:
    """The keyword arguments that were given, without derivatives."""
    return {name: value_of(x) for name, x in options.items() if x is not NO}


def chosen(where: Any) -> bool:
    """Whether a where= argument leaves anything out."""
    return where is not NO and where is not True


def typed(a: Any, dtype: Any) -> Any:
    """An operand in the precision that dtype= asks for."""
    if dtype is not None and is_dual(a) and a.dtype.kind == "c" != np.dtype(dtype).kind:
        raise UnsupportedError(f"dtype={np.dtype(dtype)} would drop the imaginary part; take x.real or a complex dtype")
    return a if dtype is None or not is_dual(a) else a.astype(dtype)


# ---- spread ----------------------------------------------------------------------------------------


def spread(a: Any, axis: Any, dtype: Any, ddof: Any, keepdims: Any, where: Any, mean: Any) -> Any:
    """The variance, composed."""
    a = typed(as_operand(a), dtype)
    if np.size(a) == 0:
        return np.nan
    axes = axis_tuple(axis, np.ndim(a))
    keep = keeps(keepdims)
    centre = np.mean(a, axis=axes, keepdims=True, where=where) if mean is NO else as_operand(mean)
    d = a - centre
    square = np.real(d * np.conj(d)) if dtype_of(d).kind == "c" else d * d
    total = np.sum(square, axis=axes, keepdims=keep, where=where)
    mask = np.broadcast_to(value_of(where) if chosen(where) else True, np.shape(a))
    count = np.maximum(np.sum(mask, axis=axes, keepdims=keep) - ddof, 0)
    return total / np.asarray(count).astype(dtype_of(total))[()]


def var_weights(v: Any, axis: Any = None, *, ddof: Any = 0) -> Any:
    """The gradient of the variance of all elements."""
    if axis is not None or type(ddof) is not int or v.size - ddof <= 0:
        return None
    centred = v - v.mean()
    if not abs(centred).max() > 1e-12 * abs(v).max():
        return None     # nothing but rounding is left of it
    centred *= 2.0 / (v.size - ddof)
    return centred


def std_weights(v: Any, axis: Any = None, *, ddof: Any = 0) -> Any:
    """The gradient of the standard deviation of all elements."""
    found = var_weights(v, axis, ddof=ddof)
    if found is None:
        return None
    scale = 2.0 * np.std(v, ddof=ddof)
    if not 1e-290 < scale < 1e290:
        return None
    found /= scale
    return found


@handles(np.var, stacked=weighing(var_weights))
def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = NO,
    *,
    where: Any = NO,
    mean: Any = NO,
    correction: Any = NO,
) -> Any:
    """np.var: 2 (x - mean) / n, of complex numbers by both parts."""
    options = given(keepdims=keepdims, where=where, mean=mean, correction=correction)
    value = np.var(value_of(as_operand(a)), axis, dtype, None, ddof, **options)
    with np.errstate(all="ignore"):
        result = spread(a, axis, dtype, ddof if correction is NO else correction, keepdims, where, mean)
    return deliver(exact(result, value), out)


@handles(np.std, stacked=weighing(std_weights))
def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = NO,
    *,
    where: Any = NO,
    mean: Any = NO,
    correction: Any = NO,
) -> Any:
    """np.std; where all elements are equal the derivative is 0, the symmetric one."""
    options = given(keepdims=keepdims, where=where, mean=mean, correction=correction)
    v = value_of(as_operand(a))
    value = np.std(v, axis, dtype, None, ddof, **options)
    with np.errstate(all="ignore"):
        result = spread(a, axis, dtype, ddof if correction is NO else correction, keepdims, where, mean)
        level = value == 0
        if mean is NO and dtype_of(v).kind != "c":
            options = {"axis": axis_tuple(axis, np.ndim(v)), **given(keepdims=keepdims, where=where)}
            level |= np.max(v, initial=-np.inf, **options) == np.min(v, initial=np.inf, **options)
            level &= ~np.isnan(value)       # as many degrees of freedom are taken off as there are elements
        if np.any(level) and has_second(result):
            note_kink("std")
        result = np.where(level, 0, np.sqrt(np.where(level, 1, result))) if np.any(level) else np.sqrt(result)
    return deliver(exact(result, value), out)


@handles(np.ptp)
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO) -> Any:
    """np.ptp; elements that tie share the derivative equally."""
    a = as_operand(a)
    options = {"axis": axis, **given(keepdims=keepdims)}
    return deliver(np.max(a, **options) - np.min(a, **options), out)


@handles(np.average, stacked=along("axis", none="all", leaves=("weights", "returned")))
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = NO) -> Any:
    """np.average, by the elements and by the weights."""
    a, weights = as_operand(a), as_operand(weights)
    a = a if is_dual(a) else np.asarray(a)
    options = {"weights": value_of(weights), "returned": True, **given(keepdims=keepdims)}
    value, scale = np.average(value_of(a), axis, **options)
    axes = axis_tuple(axis, np.ndim(a))
    keep = keeps(keepdims)
    if weights is None:
        result = np.mean(a, axis=axes, keepdims=keep)
        return (exact(result, value), scale) if returned else exact(result, value)
    w = weights if is_dual(weights) else np.asarray(weights)
    if np.shape(w) != np.shape(a):      # weights along the axes in the order in which they are named
        w = np.transpose(w, sorted(range(len(axes)), key=axes.__getitem__))
        w = np.reshape(w, tuple(n if i in axes else 1 for i, n in enumerate(np.shape(a))))
    w = np.broadcast_to(w, np.shape(a))
    total = np.sum(w, axis=axes, keepdims=keep)
    result = exact(np.sum(a * w, axis=axes, keepdims=keep) / total, value)
    return (result, exact(np.broadcast_to(total, np.shape(scale)), scale)) if returned else result


# ---- order statistics ------------------------------------------------------------------------------


def between(a: Any, axis: Any, place: Any, value: Any, rise: Any = None) -> Any:
    """The sorted elements along axis, interpolated at place(n): an order statistic of known value.

    rise(n, place) is what moves the place, of the value 0: an element is left and reached at the mean of both slopes.
    """
    axes = axis_tuple(axis, np.ndim(a))
    rest = [i for i in range(np.ndim(a)) if i not in axes]
    flat = np.reshape(np.transpose(a, rest + list(axes)), [np.shape(a)[i] for i in rest] + [-1])
    n = np.shape(flat)[-1]
    p = np.asarray(place(n))
    low = np.clip(np.floor(p).astype(np.intp), 0, n - 1)
    high = np.clip(np.ceil(p).astype(np.intp), 0, n - 1)
    part = (p - low).astype(dtype_of(value_of(a)).char.lower())[()]
    with np.errstate(all="ignore"):
        ordered = np.sort(flat, axis=-1)
        result = ordered[(..., low[()])] * (1 - part) + ordered[(..., high[()])] * part
        if rise is not None:
            before = np.clip(np.ceil(p).astype(np.intp) - 1, 0, n - 1)[()]
            after = np.clip(np.floor(p).astype(np.intp) + 1, 0, n - 1)[()]
            gap = (ordered[(..., after)] - ordered[(..., before)]) / np.maximum(after - before, 1)
            result = result + gap * rise(n, p)
    if p.ndim:
        ends = tuple(range(len(rest), len(rest) + p.ndim))
        result = np.moveaxis(result, ends, tuple(range(p.ndim)))
    return exact(np.reshape(result, np.shape(value)), value)


@handles(np.median)
def median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False) -> Any:
    """np.median; elements that tie share the derivative equally."""
    a = as_operand(a)
    value = np.median(value_of(a), axis, keepdims=keepdims)
    return deliver(value if np.size(a) == 0 else between(a, axis, lambda n: (n - 1) / 2, value), out)


def positions(function: Any, n: Any, q: Any, method: Any) -> Any:
    """Where among n ordered elements the quantiles lie, as numbers of elements below."""
    return np.asarray(function(np.arange(float(n)), q, method=method))


ENDS = {"interpolated_inverted_cdf": (0, 1), "hazen": (0.5, 0.5), "weibull": (0, 0), "linear": (1, 1),
        "median_unbiased": (1 / 3, 1 / 3), "normal_unbiased": (3 / 8, 3 / 8)}  # fmt: skip
"""Methods whose place is a linear function of q, as Hyndman and Fan's (alpha, beta); the others' is a step."""


def moved_by(q: Any, method: Any, whole: float) -> Any:
    """What moves the place of a quantile by q, where `whole` is all of it; None where nothing does."""
    if not is_dual(q) or q.tag < 0:
        return None

    def rise(n: Any, p: Any) -> Any:
        if method not in ENDS:
            return 0.0 * (q - value_of(q))
        alpha, beta = ENDS[method]
        slope = n + 1 - alpha - beta
        place = value_of(q) / whole * slope + alpha - 1
        return np.where((place >= 0) & (place <= n - 1), slope / whole, 0.0) * (q - value_of(q))

    return rise


def quantile_of(function: Any) -> Callable[..., Any]:
    """np.quantile or np.percentile, by the elements and by q."""
    name, whole = function.__name__, 1.0 if function is np.quantile else 100.0

    def quantile(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        method: Any = "linear",
        keepdims: Any = False,
        *,
        weights: Any = None,
    ) -> Any:
        a, q = as_operand(a), as_operand(q)
        a = a if is_dual(a) else np.asarray(a)
        rise, q, keep = moved_by(q, method, whole), value_of(q), keeps(keepdims)
        if weights is not None:
            return deliver(weighted_quantile(function, a, q, axis, method, keep, value_of(as_operand(weights))), out)
        value = function(value_of(a), q, axis, method=method, keepdims=keep)
        return deliver(between(a, axis, lambda n: positions(function, n, q, method), value, rise), out)

    quantile.__doc__ = f"np.{name}; elements that tie share the derivative equally; weights choose, and are constants."
    return quantile


handles(np.quantile)(quantile_of(np.quantile))
handles(np.percentile)(quantile_of(np.percentile))


def in_lanes(x: Any, axes: Any) -> tuple[Any, Any]:
    """(lanes, shape of the rest): an array with the axes put together as the last one."""
    rest = [i for i in range(np.ndim(x)) if i not in axes]
    shape = [np.shape(x)[i] for i in rest]
    return np.reshape(np.transpose(x, rest + list(axes)), (int(np.prod(shape)), -1)), shape


def weighted_quantile(function: Any, a: Any, q: Any, axis: Any, method: Any, keepdims: Any, weights: Any) -> Any:
    """A quantile with weights: one of the elements, found on their ranks."""
    v = value_of(a)
    value = function(v, q, axis, method=method, keepdims=keepdims, weights=weights)
    axes = axis_tuple(axis, np.ndim(a))
    w = np.asarray(weights)
    if w.shape != np.shape(v):      # weights along the axes in the order in which they are named
        w = np.transpose(w, sorted(range(len(axes)), key=axes.__getitem__))
        w = np.reshape(w, tuple(n if i in axes else 1 for i, n in enumerate(np.shape(v))))
    lanes, _ = in_lanes(a, axes)
    plain, (w, _) = value_of(lanes), in_lanes(np.broadcast_to(w, np.shape(v)), axes)
    rank = np.argsort(np.argsort(plain, axis=-1, kind="stable"), axis=-1, kind="stable").astype(float)
    place = np.asarray(function(rank, q, -1, method=method, weights=w))
    place = np.where(np.isnan(place), np.shape(plain)[-1] - 1, place).astype(np.intp)
    place = np.moveaxis(np.reshape(place, (-1, len(plain))), 0, -1)
    found = np.take_along_axis(np.sort(lanes, axis=-1), place, -1)
    return exact(np.reshape(np.moveaxis(found, -1, 0), np.shape(value)), value)


# ---- without the nans ------------------------------------------------------------------------------


def filled(a: Any, number: Any) -> tuple[Any, Any]:
    """(a with a number for each nan, where there was none)."""
    a = as_operand(a)
    there = ~np.isnan(value_of(a))
    return a if there.all() else np.where(there, a, number), there


def nan_form(function: Any, plain: Any, number: Any) -> Any:
    """A reduction in which each nan is replaced by what does not change it."""

    def reduce(a: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
        value = function(value_of(as_operand(a)), axis, **{k: value_of(x) for k, x in kwargs.items() if k != "out"})
        out = kwargs.pop("out", None)
        with np.errstate(all="ignore"):
            result = plain(filled(a, number)[0], axis, **kwargs)
        return deliver(exact(result, value), out)

    def handler(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = NO,
        initial: Any = NO,
        where: Any = NO,
    ) -> Any:
        options = {"keepdims": keepdims, "initial": initial, "where": where, "out": out}
        if dtype is not None:
            options["dtype"] = dtype
        return reduce(a, axis, **{name: x for name, x in options.items() if x is not NO})

    def extreme(
        a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO, initial: Any = NO, where: Any = NO
    ) -> Any:
        return handler(a, axis, None, out, keepdims, initial, where)

    def scan(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        return handler(a, axis, dtype, out)

    name = function.__name__
    chosen_handler = scan if "cum" in name else extreme if name in ("nanmax", "nanmin") else handler
    chosen_handler.__doc__ = f"np.{name}: nans are left out."
    return chosen_handler


for _function, _plain, _number, _stacked in (
    (np.nansum, np.sum, 0, along("axis", none="all", does=np.sum)),
    (np.nancumsum, np.cumsum, 0, along("axis", none="flat", does=np.cumsum)),
    (np.nanprod, np.prod, 1, None), (np.nancumprod, np.cumprod, 1, None),
    (np.nanmax, np.max, -np.inf, None), (np.nanmin, np.min, np.inf, None),
):  # fmt: skip
    handles(_function, stacked=_stacked)(nan_form(_function, _plain, _number))


@handles(np.nanmean, stacked=along("axis", none="all", does=np.mean))
def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = NO, *, where: Any = NO
) -> Any:
    """np.nanmean: nans are left out."""
    value = np.nanmean(value_of(as_operand(a)), axis, dtype, **given(keepdims=keepdims, where=where))
    clean, there = filled(a, 0)
    if chosen(where):
        there = there & value_of(where)
    with np.errstate(all="ignore"):
        axes = reduced_axes(axis, np.ndim(clean))
        result = np.mean(typed(clean, dtype), axis=axes, where=there, **given(keepdims=keepdims))
    return deliver(exact(result, value), out)


def nan_spread(function: Any, plain: Any) -> Callable[..., Any]:
    """np.nanvar or np.nanstd."""

    def reduce(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: Any = 0,
        keepdims: Any = NO,
        *,
        where: Any = NO,
        mean: Any = NO,
        correction: Any = NO,
    ) -> Any:
        options = given(keepdims=keepdims, where=where, mean=mean, correction=correction)
        value = function(value_of(as_operand(a)), axis, dtype, None, ddof, **options)
        clean, there = filled(a, 0)
        if chosen(where):
            there = there & value_of(where)
        with np.errstate(all="ignore"):
            result = plain(clean, axis, dtype, None, ddof, keepdims, where=there, mean=mean, correction=correction)
        return deliver(exact(result, value), out)

    reduce.__doc__ = f"np.{function.__name__}: nans are left out."
    return reduce


handles(np.nanvar)(nan_spread(np.nanvar, var))
handles(np.nanstd)(nan_spread(np.nanstd, std))


def nan_between(a: Any, axis: Any, place: Any, value: Any) -> Any:
    """`between` of the elements of each lane that are not nan; place(n) for a lane of n of them."""
    lanes, _ = in_lanes(a, axis_tuple(axis, np.ndim(a)))
    counts = np.sum(~np.isnan(value_of(lanes)), axis=-1)
    last = max(np.shape(lanes)[-1] - 1, 0)
    rows, inverse = np.unique(counts, return_inverse=True)
    table = np.stack([np.reshape(place(n) if n else np.array(place(1)) * 0 + last, -1) for n in rows])
    p = table[np.reshape(inverse, -1)]
    low = np.clip(np.floor(p).astype(np.intp), 0, last)
    high = np.clip(np.ceil(p).astype(np.intp), 0, last)
    part = (p - low).astype(dtype_of(value_of(a)).char.lower())
    with np.errstate(all="ignore"):
        ordered = np.sort(lanes, axis=-1)
        below, above = (np.take_along_axis(ordered, i, -1) for i in (low, high))
        result = below * (1 - part) + above * part
    return exact(np.reshape(np.moveaxis(result, -1, 0), np.shape(value)), value)


@handles(np.nanmedian)
def nanmedian(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = NO) -> Any:
    """np.nanmedian: nans are left out; elements that tie share the derivative equally."""
    a = as_operand(a)
    value = np.nanmedian(value_of(a), axis, **given(keepdims=keepdims))
    return deliver(value if np.size(a) == 0 else nan_between(a, axis, lambda n: (n - 1) / 2, value), out)


def nan_quantile_of(function: Any, whole: Any) -> Callable[..., Any]:
    """np.nanquantile or np.nanpercentile, with plain q."""
    name = function.__name__

    def quantile(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: bool = False,
        method: Any = "linear",
        keepdims: Any = NO,
        *,
        weights: Any = None,
    ) -> Any:
        a, q = as_operand(a), as_operand(q)
        if is_dual(q) and q.tag >= 0:
            raise UnsupportedError(f"np.{name} has no derivative by q in dualdiff; pass q.value")
        if weights is not None:
            raise UnsupportedError(
                f"np.{name} with weights has no derivative rule in dualdiff; "
                f"write np.{whole.__name__} of x[~np.isnan(x)], with the weights indexed in the same way"
            )
        q = value_of(q)
        value = function(value_of(a), q, axis, method=method, **given(keepdims=keepdims))
        return deliver(nan_between(a, axis, lambda n: positions(whole, n, q, method), value), out)

    quantile.__doc__ = f"np.{name}: nans are left out; elements that tie share the derivative equally."
    return quantile


handles(np.nanquantile)(nan_quantile_of(np.nanquantile, np.quantile))
handles(np.nanpercentile)(nan_quantile_of(np.nanpercentile, np.percentile))


# ---- scans -----------------------------------------------------------------------------------------


@handles(np.cumprod)
def cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """np.cumprod: by products of the others (exact where elements are 0, no division)."""
    a = as_operand(a)
    value = np.cumprod(value_of(a), axis, dtype)
    a = typed(np.reshape(a, -1) if axis is None or np.ndim(a) == 0 else a, dtype)
    (axis,) = axis_tuple(0 if axis is None else axis, np.ndim(a))
    lead = (slice(None),) * axis
    step = 1
    with np.errstate(all="ignore"):
        while step < np.shape(a)[axis]:
            head, tail = a[(*lead, slice(None, -step))], a[(*lead, slice(step, None))]
            a = np.concatenate([a[(*lead, slice(None, step))], head * tail], axis=axis)
            step *= 2
    return deliver(exact(a, value), out)


def cumulative(function: Any, plain: Any, first: Any) -> Callable[..., Any]:
    """np.cumulative_sum or np.cumulative_prod."""

    def scan(x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: bool = False) -> Any:
        x = np.atleast_1d(as_operand(x))
        value = function(value_of(x), axis=axis, dtype=dtype, include_initial=include_initial)
        (axis,) = axis_tuple(0 if axis is None else axis, np.ndim(x))
        result = plain(typed(x, dtype), axis=axis)
        if include_initial:
            shape = list(np.shape(x))
            shape[axis] = 1
            result = np.concatenate([np.full(shape, first, dtype_of(result)), result], axis=axis)
        return deliver(exact(result, value), out)

    scan.__doc__ = f"np.{function.__name__}, as np.{plain.__name__}."
    return scan


handles(np.cumulative_sum, stacked=along("axis"))(cumulative(np.cumulative_sum, np.cumsum, 0))
handles(np.cumulative_prod)(cumulative(np.cumulative_prod, np.cumprod, 1))


# ---- differences and integrals -----------------------------------------------------------------------


def differences(v: Any, t: Any) -> Any:
    """Tangents of np.ediff1d without ends."""
    return np.diff(t.reshape(t.shape[0], v.size))


@handles(np.ediff1d, stacked=by(differences))
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """np.ediff1d: linear, differences of the tangents."""
    ary = as_operand(ary)
    ary = np.reshape(ary, -1)
    extra = [None if x is None else as_operand(x) for x in (to_begin, to_end)]
    begin, end = (None if x is None else np.reshape(x, -1) for x in extra)
    parts = [x for x in (begin, ary[1:] - ary[:-1], end) if x is not None]
    value = np.ediff1d(value_of(ary), value_of(extra[1]), value_of(extra[0]))
    return exact(np.concatenate(parts), value)


def areas(v: Any, t: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    """Tangents of np.trapezoid between given points: a sum with weights."""
    if type(axis) is not int or not -v.ndim <= axis < v.ndim or np.ndim(dx):
        return None
    axis %= v.ndim
    n = v.shape[axis]
    if x is not None:
        x = np.asarray(x)
        if x.shape != (n,) or x.dtype.kind not in "if":
            return None
    weights = np.zeros(n)
    weights[:-1] = dx if x is None else x[1:] - x[:-1]
    weights[1:] += weights[:-1].copy()
    weights *= 0.5
    return np.add.reduce(t * weights.reshape(n, *(1,) * (v.ndim - 1 - axis)), axis + 1)


@handles(np.trapezoid, stacked=by(areas, multiplies=True))
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    """np.trapezoid, by the ordinates and by the abscissae."""
    y, x, dx = as_operand(y), as_operand(x), as_operand(dx)
    y = y if is_dual(y) else np.asarray(y)
    value = np.trapezoid(value_of(y), None if x is None else value_of(x), value_of(dx), axis)
    (axis,) = axis_tuple(axis, np.ndim(y))
    d = dx
    if x is not None and np.ndim(x) == 1:
        d = np.reshape(np.diff(x), [-1 if i == axis else 1 for i in range(np.ndim(y))])
    elif x is not None:
        d = np.diff(x, axis=axis - np.ndim(y) + np.ndim(x))
    lead = (slice(None),) * axis
    pairs = y[(*lead, slice(1, None))] + y[(*lead, slice(None, -1))]
    return exact(np.sum(d * pairs / 2.0, axis=axis), value)


def spacings(f: Any, varargs: Any, axes: Any) -> Any:
    """The distances between the points along each axis: a number or an array of one less."""
    if not varargs:
        return [1.0] * len(axes)
    if len(varargs) == 1 and np.ndim(varargs[0]) == 0:
        return [varargs[0]] * len(axes)
    if len(varargs) != len(axes):
        raise TypeError("invalid number of arguments")
    return [x if np.ndim(x) == 0 else np.diff(x) for x in varargs]


@handles(np.gradient, stacked=along("axis", multiplies=True))
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    """np.gradient, by the values and by the spacing."""
    f, varargs = as_operand(f), tuple(as_operand(x) for x in varargs)
    f = f if is_dual(f) else np.asarray(f)
    values = np.gradient(value_of(f), *map(value_of, varargs), axis=axis, edge_order=edge_order)
    axes = axis_tuple(axis, np.ndim(f))
    results = [slope(f, h, i, edge_order) for i, h in zip(axes, spacings(f, varargs, axes), strict=True)]
    if not isinstance(values, tuple):
        return exact(results[0], values)
    return tuple(exact(r, v) for r, v in zip(results, values, strict=True))


def slope(f: Any, h: Any, axis: Any, edge_order: Any) -> Any:
    """Central differences along an axis, one-sided ones at its ends."""
    n = np.shape(f)[axis]

    def at(start: Any, stop: Any) -> Any:
        return f[(slice(None),) * axis + (slice(start, stop),)]

    if np.ndim(h):
        h = np.reshape(h, [-1 if i == axis else 1 for i in range(np.ndim(f))])

        def step(start: Any, stop: Any) -> Any:
            return h[(slice(None),) * axis + (slice(start, stop),)]
    else:

        def step(start: Any, stop: Any) -> Any:
            return h

    p, q = step(0, n - 2), step(1, n - 1)
    f0, f1, f2 = at(0, n - 2), at(1, n - 1), at(2, n)
    inside = (p / q * (f2 - f1) + q / p * (f1 - f0)) / (p + q)
    p, q = step(0, 1), step(n - 2, n - 1)
    first, last = (at(1, 2) - at(0, 1)) / p, (at(n - 1, n) - at(n - 2, n - 1)) / q
    if edge_order == 2:     # extrapolated with the second difference
        p2, q2 = step(1, 2), step(n - 3, n - 2)
        first = first - ((at(2, 3) - at(1, 2)) / p2 - first) * (p / (p + p2))
        last = last + (last - (at(n - 2, n - 1) - at(n - 3, n - 2)) / q2) * (q / (q + q2))
    return np.concatenate([first, inside, last], axis=axis)


# ---- products of sequences ---------------------------------------------------------------------------


class Convolution(LinearMap):
    """np.convolve(a, b, mode): arguments (a, b), linear in each with the other held; modes in NumPy's sense.

    Its transpose is a correlation: of the cotangent, laid at its place in the full convolution, with the
    factor that is held.
    """

    __slots__ = ("a", "b", "mode")

    def __init__(self, a: Any, b: Any, mode: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.a, self.b, self.mode = a, b, mode

    def multiplications(self, ts: Any) -> Any:
        (n,), (m,) = self.in_shapes
        return 8 * n * m * sum(t is not None for t in ts)      # by rows, not by blocks

    def apply(self, ts: Any) -> Any:
        left, right = ts
        total: Any = None
        for t, held in ((left, self.b), (right, self.a)):
            if t is not None:
                n, m = t.shape[1], np.shape(held)[0]
                rows = whole_convolution(t, held)[:, part_of(self.mode, max(n, m), min(n, m))]
                total = rows if total is None else total + rows
        look_for_nan(total)
        return total if total.dtype == self.out_dtype else total.astype(self.out_dtype)

    def factors(self, i: int) -> list[Any] | None:
        return [None, self.b] if i == 0 else [self.a, None]

    def with_factors(self, others: Any) -> Any:
        found = self.twin()
        found.a, found.b = others
        return found

    def pairs(self) -> tuple[Any, Any, Any]:
        """(output, place in a, place in b) of each term, output by output."""
        (n,), (m,) = self.in_shapes
        inside = np.arange(n + m - 1)[part_of(self.mode, max(n, m), min(n, m))]
        other = inside[:, None] - np.arange(n)
        outputs, left = np.nonzero((other >= 0) & (other < m))
        return outputs, left, other[outputs, left]

    def spread(self, i: int, x: Any) -> Any:
        return x[:, self.pairs()[1 + i]]

    def summed(self, terms: Any) -> Any:
        outputs = self.pairs()[0]
        return np.add.reduceat(terms, np.searchsorted(outputs, np.arange(self.out_shape[0])), axis=1)

    bends = True

    def crossed(self, a: int, s: Any, b: int, t: Any) -> Any:
        (n,), (m,) = self.in_shapes
        return whole_convolution(s, t)[:, part_of(self.mode, max(n, m), min(n, m))]

    def transpose(self, w: Any, i: int) -> Any:
        held = self.b if i == 0 else self.a
        return self.pulled(w, i, np.conj(held) if dtype_of(held).kind == "c" else held)

    def bent_along(self, w: Any, i: int, j: int, t: Any) -> Any:
        return self.pulled(np.broadcast_to(w, (len(t), *self.out_shape)), i, t)

    def pulled(self, w: Any, i: int, held: Any) -> Any:
        """The cotangents of argument i beside the other one, or one for each row of w."""
        (n,), (m,) = self.in_shapes[i], self.in_shapes[1 - i]
        full = np.zeros((w.shape[0], n + m - 1), w.dtype, like=w)
        full[:, part_of(self.mode, max(n, m), min(n, m))] = w
        if n < m and full.shape[0] and type(full) is np.ndarray and type(held) is np.ndarray and held.ndim == 1:
            rows = [np.correlate(row, np.conj(held), "valid") for row in full]      # long sums
            return fit(np.stack(rows), self.in_dtypes[i])
        return fit(whole_convolution(full, held[..., ::-1])[:, m - 1 : m - 1 + n], self.in_dtypes[i])

    def reach(self, sets: Any, ids: Any) -> Any:
        found = None
        (n,), (m,) = self.in_shapes
        inside = np.arange(n + m - 1)[part_of(self.mode, max(n, m), min(n, m))]
        for t, own, other in zip(ids, (n, m), (m, n), strict=True):
            if t is not None:
                source = inside[:, None] - np.arange(other)     # each output meets so many elements in a row
                rows, columns = np.nonzero((source >= 0) & (source < own))
                term = gathered(sets, t, rows, source[rows, columns], len(inside))
                found = term if found is None else sets.join(found, term)
        return found


def whole_convolution(t: Any, b: Any) -> Any:
    """np.convolve(row, b, "full") of each row of t (and of b, where that is a stack, too).

    It makes as many products of whole rows as the shorter one has elements.
    """
    n, m = t.shape[1], np.shape(b)[-1]
    if m > 64 and n > 64 and type(t) is np.ndarray and type(b) is np.ndarray:
        return np.stack([np.convolve(*rows) for rows in zip(t, np.broadcast_to(b, (len(t), m)), strict=True)])
    if n < m:
        t, b = np.broadcast_to(b, (t.shape[0], m)), t
        n, m = m, n
    like = b if is_dual(b) and (not is_dual(t) or b.tag > t.tag) else t
    out = np.zeros((t.shape[0], n + m - 1), np.result_type(t.dtype, dtype_of(b)), like=like)
    for j in range(m):
        out[:, j : j + n] += t * (b[j] if np.ndim(b) == 1 else b[:, j : j + 1])
    return out


def part_of(mode: Any, n: Any, m: Any) -> Any:
    """Which part of the full convolution of lengths n >= m is asked for."""
    if mode in ("full", 2):
        return slice(None)
    start = m - 1 if mode in ("valid", 0) else m - 1 - m // 2
    return slice(start, n if mode in ("valid", 0) else start + n)


def sequence(x: Any) -> Any:
    """A sequence with an axis."""
    return np.atleast_1d(x if is_dual(x) else np.asarray(x))


@handles(np.convolve)
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """np.convolve, by both sequences."""
    a, v = sequence(as_operand(a)), sequence(as_operand(v))
    tag = find_tag(a, v)
    (av, at), (vv, vt) = peel(a, tag), peel(v, tag)
    value = np.convolve(av, vv, mode)
    if at is None and vt is None:
        return value
    recorded = is_node(at) or is_node(vt)
    kept = [x if other is not None else None for x, other in ((av, vt), (vv, at))]
    kept = [capture(x, x) if recorded and x is not None else x for x in kept]
    return make(value, push(Convolution(kept[0], kept[1], mode, (av, vv), value), (at, vt)), tag)


@handles(np.correlate)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """np.correlate, by both sequences: the convolution with the other one's conjugate backwards."""
    a, v = sequence(as_operand(a)), sequence(as_operand(v))
    value = np.correlate(value_of(a), value_of(v), mode)
    n, m = np.shape(a)[0], np.shape(v)[0]
    # where v is the longer one NumPy exchanges the two and turns the result round
    found = np.convolve(a, np.conj(v)[::-1], mode) if n >= m else np.convolve(np.conj(v), a[::-1], mode)[::-1]
    return exact(found, value)


def covariance(m: Any, y: Any, rowvar: Any, ddof: Any, fweights: Any, aweights: Any) -> Any:
    """np.cov, composed."""
    x = np.atleast_2d(m)
    x = double(x.T if not rowvar and np.ndim(m) != 1 else x)
    if y is not None:
        y2 = np.atleast_2d(y)
        x = np.concatenate([x, double(y2.T if not rowvar and np.shape(y2)[0] != 1 else y2)], axis=0)
    w = None if fweights is None else double(fweights)
    aweights = None if aweights is None else np.real(aweights)      # what NumPy takes of them
    if aweights is not None:
        w = double(aweights) if w is None else w * double(aweights)
    if w is None:
        total, fact, weighted = None, np.shape(x)[1] - ddof, 1.0
    else:
        total, weighted = np.sum(w), w
        lost = ddof if aweights is None else ddof * np.sum(w * double(aweights)) / total
        fact = total - lost if ddof else total
    centre = np.mean(x, axis=1, keepdims=True) if w is None else np.sum(x * w, axis=1, keepdims=True) / total
    d = x - centre
    return np.matmul(d, np.conj(np.transpose(d * weighted))) / (fact if value_of(fact) > 0 else 0.0)


@handles(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """np.cov, by the observations and by aweights."""
    m, y, fweights, aweights = (None if x is None else as_operand(x) for x in (m, y, fweights, aweights))
    weights = {"fweights": value_of(fweights), "aweights": value_of(aweights)}
    value = np.cov(value_of(m), value_of(y), rowvar, bias, ddof, **weights, dtype=dtype)
    loss = ddof if ddof is not None else 0 if bias else 1
    with np.errstate(all="ignore"):
        result = covariance(m, y, rowvar, loss, fweights, aweights)
    return exact(np.reshape(result, np.shape(value)), value)


@handles(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """np.corrcoef; the diagonal is 1, whose derivative is 0, unless it is nan."""
    x, y = as_operand(x), None if y is None else as_operand(y)
    value = np.corrcoef(value_of(x), None if y is None else value_of(y), rowvar, dtype=dtype)
    with np.errstate(all="ignore"):
        c = covariance(x, y, rowvar, 1, None, None)
        size = np.sqrt(np.real(np.diagonal(c)))
        result = c / size[:, None] / size
        ones = np.eye(np.shape(result)[0], dtype=bool) & ~np.isnan(value)
        result = np.where(ones, 1, result)
    return exact(np.reshape(result, np.shape(value)), value)
