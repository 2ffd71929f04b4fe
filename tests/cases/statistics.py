"""Statistics, order, selection, splitting and joining."""

import numpy as np
from support import points

from .base import const, kinked, row

X = points(5)
Y = points(5, seed=1)
X4 = points(4)
X3 = points(3)
A = points(3, 4)
B = points(3, 4, seed=1)
T = points(2, 3, 4)
Z = np.array(0.7)
EVEN = points(6)
MASK = np.array([True, False, True, True])
NAN = np.array([1, np.nan, 1, 1])

# ---- statistics ------------------------------------------------------------------------------------

for _f in (np.var, np.std):
    kinked(_f, lambda x, f=_f: f(x * x), X)
    kinked(_f, lambda x, f=_f: f(x), A)
    kinked(_f, lambda x, f=_f: f(x, axis=0), A)
    kinked(_f, lambda x, f=_f: f(x, axis=(0, -1), keepdims=True, ddof=1), T)
    kinked(_f, lambda x, f=_f: f(x, axis=1, correction=1.5), A)
    kinked(_f, lambda x, f=_f: f(x, axis=1, where=MASK), A)
    kinked(_f, lambda x, f=_f: f(x * x, where=MASK), A)
    kinked(_f, lambda x, f=_f: f(x, axis=0, mean=np.mean(x * x, axis=0, keepdims=True)), A)
    kinked(_f, lambda x, f=_f: f(x, dtype=np.float64), A)
    kinked(_f, lambda x, f=_f: f(x * 1j + x * x), X)
    kinked(_f, lambda x, f=_f: f([x[0], x[1] * x[2], x[3]] * x[:3]), X)
for _f in (np.nanvar, np.nanstd):
    kinked(_f, lambda x, f=_f: f(x * NAN.astype(x.dtype)), A)
    kinked(_f, lambda x, f=_f: f(x * NAN.astype(x.dtype), axis=1, ddof=1, keepdims=True), A)
    kinked(_f, lambda x, f=_f: f(x), X)
kinked(np.ptp, lambda x: np.ptp(x), A)
kinked(np.ptp, lambda x: np.ptp(x * x, axis=1, keepdims=True), A)
row(np.average, lambda x: np.average(x * x), A)
row(np.average, lambda x: np.average(x, axis=0, keepdims=True), A)
row(np.average, lambda x, w: np.average(x, weights=w), X, Y)
row(np.average, lambda x, w: np.average(x, axis=1, weights=w), A, X4)
row(np.average, lambda w: np.average(const(w, 3, 4, low=0.5, high=1.5), axis=1, weights=w, keepdims=True), X4)
row(np.average, lambda x: np.average(x, axis=(2, 0), weights=const(x, 4, 2, low=0.5, high=1.5)), T)
row(np.average, lambda x, w: list(np.average(x, axis=0, weights=w, returned=True)), A, B)
kinked(np.average, lambda x: list(np.average(x, axis=0, returned=True)), A)
for _x in (X, EVEN, A):
    kinked(np.median, lambda x: np.median(x * x), _x)
    kinked(np.quantile, lambda x: np.quantile(x, 0.3), _x)
kinked(np.median, lambda x: np.median(x, axis=(0, 2), keepdims=True), T)
kinked(np.median, lambda x: np.median(x, axis=-1), A)
kinked(np.quantile, lambda x: np.quantile(x, [0.0, 0.25, 0.7, 1.0], axis=1), A)
kinked(np.quantile, lambda q: np.quantile([3.0, 1.0, 4.0, 1.5, 9.0], 0.375 + 0.06 * np.tanh(q)), A)
kinked(np.percentile, lambda x: np.percentile(x, 40 + x[0, 0], axis=1, method="weibull"), A)
kinked(np.quantile, lambda x: np.quantile(x, [[0.1, 0.25]], axis=(0, 1), keepdims=True), T)
for _m in ("inverted_cdf", "averaged_inverted_cdf", "hazen", "weibull", "median_unbiased", "lower", "midpoint",
           "nearest", "closest_observation", "interpolated_inverted_cdf", "normal_unbiased", "higher"):  # fmt: skip
    kinked(np.quantile, lambda x, m=_m: np.quantile(x, [0.23, 0.5, 0.99], axis=0, method=m), points(7, 2))
kinked(np.percentile, lambda x: np.percentile(x, 40, axis=0), A)
kinked(np.percentile, lambda x: np.percentile(x, [5, 95]), X)
for _f in (np.nansum, np.nanmean, np.nanprod, np.nancumsum, np.nancumprod, np.nanmax, np.nanmin):
    kinked(_f, lambda x, f=_f: f(x * NAN.astype(x.dtype)), A)
    kinked(_f, lambda x, f=_f: f(x * NAN.astype(x.dtype), axis=1), A)
    kinked(_f, lambda x, f=_f: f(x * 2, axis=0), A)
for _f in (np.nansum, np.nanmean):
    kinked(_f, lambda x, f=_f: f(x * NAN.astype(x.dtype), axis=1, keepdims=True, where=[True, True, False, True]), A)
for _x in (X, A, T):
    row(np.cumprod, lambda x: np.cumprod(x), _x)
    row(np.cumprod, lambda x: np.cumprod(x, axis=0), _x)
    row(np.cumprod, lambda x: np.cumprod(x, axis=-1), _x)
row(np.cumprod, lambda x: np.cumprod(x * [1, 0, 1, 0, 1]), X)
kinked(np.cumprod, lambda x: np.cumprod(x, dtype=np.float64), X)
for _f in (np.cumulative_sum, np.cumulative_prod):
    row(_f, lambda x, f=_f: f(x), X)
    row(_f, lambda x, f=_f: f(x, axis=1, include_initial=True), A)
row(np.ediff1d, lambda x: np.ediff1d(x * x), A)
row(np.ediff1d, lambda x: np.ediff1d(x, to_begin=x[:1], to_end=[1.0, 2.0]), X)
row(np.trapezoid, lambda y: np.trapezoid(y), X)
row(np.trapezoid, lambda y: np.trapezoid(y, axis=0, dx=0.3), A)
row(np.trapezoid, lambda y, x: np.trapezoid(y, x), X, Y)
row(np.trapezoid, lambda y, x: np.trapezoid(y, x), A, X4)
row(np.trapezoid, lambda y, x: np.trapezoid(y, x, axis=0), A, B)
row(np.trapezoid, lambda x: np.trapezoid(const(x, 5, low=0.5, high=1.5), x), X)
row(np.trapezoid, lambda y, h: np.trapezoid(y, dx=h), X, Z)
for _order in (1, 2):
    row(np.gradient, lambda f, o=_order: np.gradient(f * f, edge_order=o), X)
    row(np.gradient, lambda f, o=_order: np.gradient(f, 0.3, axis=-1, edge_order=o), A)
    row(np.gradient, lambda f, o=_order: list(np.gradient(f, edge_order=o)), A)
    row(np.gradient, lambda f, o=_order: list(np.gradient(f, 0.5, const(f, 4, low=0.5, high=1.5).cumsum(), edge_order=o)), A)
    kinked(np.gradient, lambda f, x, o=_order: np.gradient(f, np.cumsum(x), edge_order=o), X, Y)
    row(np.gradient, lambda f, h, o=_order: np.gradient(f, h, edge_order=o), X, Z)
row(np.gradient, lambda f: np.gradient(f, axis=0), X[:2])
for _mode in ("full", "same", "valid"):
    for _a, _b in ((X, X3), (X3, X), (X4, X4), (X, X[:1]), (X, X4), (X4, EVEN)):
        row(np.convolve, lambda a, b, m=_mode: np.convolve(a, b, m), _a, _b)
        kinked(np.correlate, lambda a, b, m=_mode: np.correlate(a, b, m), _a, _b)
row(np.convolve, lambda a: np.convolve(a, [1.0, -2.0, 1.0]), X)
row(np.convolve, lambda a: np.convolve([1.0, -2.0], a, "same"), X)
kinked(np.correlate, lambda a: np.correlate(a * 1j, a[:3] * (1 + 2j), "full"), X)
kinked(np.cov, lambda x: np.cov(x), A)
kinked(np.cov, lambda x: np.cov(x), X)
kinked(np.cov, lambda x, y: np.cov(x, y, ddof=0), X, Y)
kinked(np.cov, lambda x, y: np.cov(x, y, rowvar=False, bias=True), A, B)
kinked(np.cov, lambda x, w: np.cov(x, aweights=w), A, X4)
kinked(np.cov, lambda x: np.cov(x, fweights=[1, 2, 1, 3], aweights=[0.5, 1.0, 2.0, 1.0]), A)
kinked(np.cov, lambda x: np.cov(x, fweights=[1, 2, 1, 3]), A)
kinked(np.corrcoef, lambda x: np.corrcoef(x), A)
kinked(np.corrcoef, lambda x, y: np.corrcoef(x, y), X, Y)
kinked(np.corrcoef, lambda x: np.corrcoef(x, rowvar=False), A)

# ---- selection -------------------------------------------------------------------------------------

row(np.take, lambda x: np.take(x, [0, 2, 2, -1]), X)
row(np.take, lambda x: np.take(x, 1), A)
row(np.take, lambda x: np.take(x, [[0, 1], [2, 0]], axis=1), A)
row(np.take, lambda x: np.take(x, [0, 7], axis=0, mode="wrap"), T)
row(np.take_along_axis, lambda x: np.take_along_axis(x, np.array([[0, 2, 2, 1]]), axis=0), A)
row(np.take_along_axis, lambda x: np.take_along_axis(x, np.array([3, 0, 0]), axis=None), A)
row(np.compress, lambda x: np.compress([True, False, True], x, axis=0), A)
row(np.compress, lambda x: np.compress([1, 0, 1], x), A)
row(np.extract, lambda x: np.extract([[True, False, True, True]] * 3, x), A)
row(np.choose, lambda x, y: np.choose([0, 1, 1, 0, 2], [x, y, 2.0]), X, Y)
row(np.choose, lambda x: np.choose([[0], [3]], x, mode="wrap"), A)
kinked(np.select, lambda x, y: np.select([x > 1.2, x > 0.7], [x * x, y], 3.0), X, Y)
kinked(np.select, lambda x: np.select([x > 0.9], [x * x], x[0, 0]), A)
kinked(np.select, lambda x: np.select([x > 0.9], [x * x]), A)
kinked(np.piecewise, lambda x: np.piecewise(x, [x < 0.7, x >= 1.2], [np.sin, lambda x: x * x, 3.0]), A)
kinked(np.piecewise, lambda x: np.piecewise(x, [x < 0.7], [lambda x, a: a * x, lambda x, a: x**a], 2.0), X)
kinked(np.piecewise, lambda x: np.piecewise(x, x > 0.9, [lambda x: x * x]), X)
for _f in (np.sort, lambda x, *args, **kw: np.partition(x, 2, *args, **kw)):
    _name = np.sort if _f is np.sort else np.partition
    kinked(_name, lambda x, f=_f: f(x * x), X)
    kinked(_name, lambda x, f=_f: f(x, axis=0), A)
    kinked(_name, lambda x, f=_f: f(x, axis=1), T)
    kinked(_name, lambda x, f=_f: f(x, axis=None), A)
kinked(np.sort, lambda x: np.sort(x, kind="stable"), A)
kinked(np.partition, lambda x: np.partition(x, (1, 3)), points(40))
kinked(np.unique, lambda x: np.unique(x * x), A)
kinked(np.unique, lambda x: np.unique(np.concatenate([x, x[:2]]), return_counts=True)[0], X)
KNOTS = np.array([0.0, 0.5, 0.9, 1.3, 2.0])
kinked(np.interp, lambda x: np.interp(x, KNOTS, KNOTS**2), A)
kinked(np.interp, lambda x: np.interp(x[0] * x[1], KNOTS, KNOTS**2), X)
kinked(np.interp, lambda x, f: np.interp(x, KNOTS, f), A, X)
kinked(np.interp, lambda f: np.interp([-1.0, 0.1, 0.5, 1.0, 3.0], KNOTS, f), X)
kinked(np.interp, lambda xp, f: np.interp([0.1, 0.7, 1.6, 2.3, 9.0], np.cumsum(xp), f), X, Y)
kinked(np.interp, lambda x, a: np.interp(x * 3 - 1, KNOTS, KNOTS, left=a, right=2 * a), A, Z)
kinked(np.interp, lambda x, f: np.interp(x * 4 - 2.03, KNOTS, f, period=2.5), A, X)
kinked(np.interp, lambda x, f: np.interp(x, KNOTS, f * (1 + 2j)), A, X)

# ---- splitting and joining -------------------------------------------------------------------------

row(np.split, lambda x: np.split(x, 2, axis=1), A)
row(np.split, lambda x: np.split(x * x, [1, 3]), X)
row(np.array_split, lambda x: np.array_split(x, 3), X)
row(np.array_split, lambda x: np.array_split(x, 3, axis=-1), A)
row(np.hsplit, lambda x: np.hsplit(x, 2), A)
row(np.hsplit, lambda x: np.hsplit(x, [2]), X)
row(np.vsplit, lambda x: np.vsplit(x, [1]), A)
row(np.dsplit, lambda x: np.dsplit(x, 2), T)
row(np.unstack, lambda x: list(np.unstack(x)), X)
row(np.unstack, lambda x: list(np.unstack(x, axis=1)), T)
row(np.dstack, lambda x, y: np.dstack([x, y]), X, Y)
row(np.dstack, lambda x: np.dstack((x, x * x, const(x, 3, 4, low=0.5, high=1.5))), A)
row(np.dstack, lambda x: np.dstack((x, x[:, :, 0])), T)
row(np.atleast_3d, lambda x: list(np.atleast_3d(x, x[0], x[0, 0], x[None])), A)
row(np.block, lambda x, y: np.block([[x, y[:, None]], [const(x, 1, 4, low=0.5, high=1.5), 2.0]]), A, X3)
row(np.block, lambda x: np.block([x, 1.0, x[0]]), X)
row(np.append, lambda x: np.append(x, 2.0), X)
row(np.append, lambda x: np.append(x, [x[0] * x[1], 1.0]), X)
row(np.append, lambda x: np.append(x, x[:1] * 2, axis=0), A)
row(np.append, lambda x, y: np.append(x, y), A, X)
row(np.insert, lambda x: np.insert(x, 1, x[0] * x[2]), X)
row(np.insert, lambda x: np.insert(x, [1, 3], [7.0, 8.0]), X)
row(np.insert, lambda x, y: np.insert(x, 1, y, axis=1), A, X3)
row(np.insert, lambda x: np.insert(x, slice(0, 2), x[0, 0], axis=0), A)
row(np.delete, lambda x: np.delete(x, 1), X)
row(np.delete, lambda x: np.delete(x, [0, -1], axis=1), A)
row(np.delete, lambda x: np.delete(x, slice(None, None, 2)), X)
row(np.resize, lambda x: np.resize(x, (3, 3)), X)
row(np.rollaxis, lambda x: np.rollaxis(x, 2), T)
row(np.rollaxis, lambda x: np.rollaxis(x, 0, 3), T)
row(np.fliplr, lambda x: np.fliplr(x), A)
row(np.flipud, lambda x: np.flipud(x), A)
for _k in range(-1, 4):
    row(np.rot90, lambda x, k=_k: np.rot90(x, k), A)
row(np.rot90, lambda x: np.rot90(x, 1, (2, 1)), T)
row(np.meshgrid, lambda x, y: list(np.meshgrid(x, y)), X, X3)
row(np.meshgrid, lambda x: list(np.meshgrid(x, [1.0, 2.0], 3.0, indexing="ij")), X)
row(np.meshgrid, lambda x, y: list(np.meshgrid(x, y, sparse=True)), X, X3)
row(np.meshgrid, lambda x, y: list(np.meshgrid(x, y, copy=False)), X, X3)
row(np.diagflat, lambda x: np.diagflat(x, 1), X)
row(np.diagflat, lambda x: np.diagflat(x), A)
row(np.ix_, lambda x, y: list(np.ix_(x, [0, 2], y)), X, X3)
row(np.vander, lambda x: np.vander(x), X)
row(np.vander, lambda x: np.vander(x, 3, increasing=True), X)
for _options in ({}, {"endpoint": False}, {"num": 1}, {"num": 0}):
    kinked(np.linspace, lambda a, b, o=_options: np.linspace(a, b, **({"num": 5} | o)), Z, np.array(1.3))
kinked(np.linspace, lambda a: np.linspace(0.0, a * a, 4), Z)
kinked(np.linspace, lambda a: np.linspace(a, 2.0, 4, axis=-1), X)
kinked(np.linspace, lambda a, b: list(np.linspace(a, b, 6, retstep=True)), X, X + 0.7)
row(np.apply_along_axis, lambda x: np.apply_along_axis(np.sum, 1, x), A)
row(np.apply_along_axis, lambda x: np.apply_along_axis(lambda v: np.outer(v, v), 1, x), T)
row(np.apply_along_axis, lambda x: np.apply_along_axis(np.cumsum, 0, x), T)
row(np.polyval, lambda x: np.polyval([1.0, -2.0, 3.0], x), A)
row(np.polyval, lambda p, x: np.polyval(p, x), X, A)
row(np.polyval, lambda p: np.polyval(p, 1.7), X)
row(np.polyval, lambda p, x: np.polyval(p, x), X, Z)

# ---- methods ---------------------------------------------------------------------------------------

kinked("std", lambda x: x.std(axis=0, ddof=1), A)
kinked("var", lambda x: x.var(), A)
row("take", lambda x: x.take([0, 2], axis=1), A)
row("compress", lambda x: x.compress([True, False, True], axis=0), A)
row("cumprod", lambda x: x.cumprod(), X)


def in_place(method, *args):
    """A function that orders a copy of x in place."""

    def f(x):
        y = x * x
        y.sort() if method == "sort" else y.partition(*args)
        return y

    return f


kinked("sort", in_place("sort"), A)
kinked("partition", in_place("partition", 1), A)

# ---- complex numbers in the middle, plain operands, writing into results ------------------------------

kinked(np.cumprod, lambda x: np.cumprod(x * (1 + 1j)), X)
kinked(np.convolve, lambda x: np.convolve(x * 1j, x[:3] * (1 + 1j)), X)
kinked(np.cov, lambda x: np.cov(x * (1 + 1j) * x[0, 0]), A)
kinked(np.sort, lambda x: np.sort(x * (1 + 1j)), X)
kinked(np.average, lambda x: np.average(x * (1 + 1j), weights=x), X)
row(np.average, lambda w: np.average([1, 2, 3, 4, 5], weights=w), X)
row(np.convolve, lambda x: np.convolve([1, 2, 3], x), X)
kinked(np.gradient, lambda x: np.gradient(np.arange(5) ** 2, np.cumsum(x)), X)
row(np.trapezoid, lambda x: np.trapezoid([1, 2, 3, 4, 5], x), X)
kinked(np.interp, lambda x: np.interp(0.5, [0, 1, 2], x[:3] ** 2), X)
row(np.insert, lambda x: np.insert(np.ones(3, x.dtype), 0, x[0] * x[1]), X, analytic=False)


def written(x):
    """Results that are written to, made from buffers and from x."""
    y = np.sort(np.zeros_like(x))
    y[0] = x[0] * x[1]
    z = np.cumprod(np.ones_like(x))
    z[1:] = x[1:] ** 2
    c = np.cumprod(x)
    d = c * c
    c[0] = 9.0
    s = np.take(x, [0, 1, 2, 3, 4])
    s *= s[1]
    return y + z + c + d + s


kinked(np.cumprod, written, X)
