"""Padding, sets, order statistics without nans, histograms, ramps, least squares, QR, eigenvalues, tensors."""

import numpy as np
from support import points

from .base import kinked, row
from .linalg import matrices

X = points(5)
Y = points(5, seed=1)
X4 = points(4)
X3 = points(3)
A = points(3, 4)
B = points(4, 3)
T = points(2, 3, 4)
Z = np.array(0.7)
NAN = np.array([1, np.nan, 1, 1])
BLOTS = np.array([[np.nan, 1, 1, 1], [1, np.nan, 1, np.nan], [1, 1, 1, 1]])

# ---- padding ---------------------------------------------------------------------------------------

for _mode in ("reflect", "symmetric"):
    row(np.pad, lambda x, m=_mode: np.pad(x, 2, m, reflect_type="odd"), X)
    row(np.pad, lambda x, m=_mode: np.pad(x, ((1, 7), (2, 0)), m, reflect_type="odd"), A)
row(np.pad, lambda x: np.pad(x, (9, 4), "reflect"), X)
row(np.pad, lambda x: np.pad(x, ((1, 2), (3, 0)), "linear_ramp"), A)
row(np.pad, lambda x, e: np.pad(x, 2, "linear_ramp", end_values=e), A, Z)
kinked(np.pad, lambda x: np.pad(x, 2, "linear_ramp", end_values=(x[0] * x[1], 3.0)), X)
row(np.pad, lambda x: np.pad(x, ((1, 2), (3, 0)), "mean"), A)
row(np.pad, lambda x: np.pad(x, 2, "mean", stat_length=((1, 2),)), A)
for _mode in ("median", "maximum", "minimum"):
    kinked(np.pad, lambda x, m=_mode: np.pad(x * x, ((1, 2), (3, 0)), m), A)
    kinked(np.pad, lambda x, m=_mode: np.pad(x, 1, m, stat_length=2), A)
row(np.pad, lambda x, c: np.pad(x, 1, constant_values=c * c), A, Z)
row(np.pad, lambda x: np.pad(x, (2, 1), constant_values=(x[0], x[1] * 2)), X)


def frame(vector, width, axis, options):
    """A padding function: the first element, scaled, and zeros."""
    vector[: width[0]] = vector[width[0]] * options.get("by", 2.0)
    vector[len(vector) - width[1] :] = axis


row(np.pad, lambda x: np.pad(x, ((1, 2), (2, 1)), frame, by=3.0), A)

# ---- sets, uniqueness, order -----------------------------------------------------------------------

kinked(np.unique_values, lambda x: np.unique_values(x * x), A)
kinked(np.unique_all, lambda x: np.unique_all(x * x).values, A)
kinked(np.unique_counts, lambda x: np.unique_counts(np.concatenate([x, x[:2]])).values, X)
kinked(np.unique_inverse, lambda x: np.unique_inverse(x).values, X)
kinked(np.union1d, lambda x, y: np.union1d(x, y[:2]), X, Y + 0.01)
kinked(np.intersect1d, lambda x: np.intersect1d(x, x[:3]), X)
kinked(np.intersect1d, lambda x: np.intersect1d(x, x[:3], return_indices=True)[0], X)
kinked(np.setdiff1d, lambda x: np.setdiff1d(x, np.concatenate([x[1:3], x[:1] + 9])), X)
kinked(np.setdiff1d, lambda x: np.setdiff1d(x, x[:2], assume_unique=True), X)
kinked(np.setxor1d, lambda x, y: np.setxor1d(x, np.concatenate([x[:2], y])), X, Y + 0.01)
kinked(np.sort_complex, lambda x: np.sort_complex(x * x), X)
kinked(np.sort_complex, lambda x: np.sort_complex(x + 1j * x[::-1]), X)
row(np.trim_zeros, lambda x: np.trim_zeros(x * np.array([0, 1, 0, 1, 0])), X)
row(np.trim_zeros, lambda x: np.trim_zeros(x * np.array([0, 1, 0, 1, 0]), "f"), X)
row(np.trim_zeros, lambda x: np.trim_zeros(x * np.array([0, 1, 0, 1, 0]), "b"), X)

# ---- quantiles -------------------------------------------------------------------------------------

for _f in (np.nanmedian, lambda x, **kw: np.nanquantile(x, 0.3, **kw), lambda x, **kw: np.nanpercentile(x, [20, 65], **kw)):
    _name = np.nanmedian if _f is np.nanmedian else getattr(np, _f.__code__.co_names[1])
    kinked(_name, lambda x, f=_f: f(x * BLOTS.astype(x.dtype)), A)
    kinked(_name, lambda x, f=_f: f(x * BLOTS.astype(x.dtype), axis=0), A)
    kinked(_name, lambda x, f=_f: f(x * BLOTS.astype(x.dtype), axis=1, keepdims=True), A)
    kinked(_name, lambda x, f=_f: f(x, axis=(0, 2)), T)
kinked(np.nanquantile, lambda x: np.nanquantile(x * NAN.astype(x.dtype), [[0.1, 0.9]], axis=1, method="hazen"), A)
for _f in (np.quantile, lambda x, q, **kw: np.percentile(x, q * 100, **kw)):
    _name = np.quantile if _f is np.quantile else np.percentile
    kinked(_name, lambda x, f=_f: f(x * x, 0.4, weights=[1.0, 2.0, 0.5, 1.0, 3.0], method="inverted_cdf"), X)
    kinked(_name, lambda x, f=_f: f(x, np.array([0.2, 0.7]), axis=1, weights=[1.0, 2.0, 0.5, 1.0], method="inverted_cdf",
                                    keepdims=True), A)  # fmt: skip

# ---- histograms ------------------------------------------------------------------------------------

DATA = np.array([0.1, 0.9, 0.4, 1.0, 0.45])
row(np.bincount, lambda w: np.bincount([0, 2, 2, 5, 0], weights=w * w), X, analytic=False)
row(np.bincount, lambda w: np.bincount([0, 2, 2, 1, 0], w, minlength=6), X, analytic=False)
kinked(np.histogram, lambda w: np.histogram(DATA, 3, weights=w * w)[0], X)
kinked(np.histogram, lambda w: np.histogram(DATA, [0.0, 0.2, 0.5, 0.95], weights=w)[0], X)
kinked(np.histogram, lambda w: np.histogram(DATA, 4, range=(0, 1), density=True, weights=w)[0], X)
kinked(np.histogram2d, lambda w: np.histogram2d(DATA, DATA[::-1], 2, weights=w)[0], X)
kinked(np.histogram2d, lambda w: np.histogram2d(DATA, DATA[::-1], [2, [0, 0.5, 1]], density=True, weights=w)[0], X)
kinked(np.histogramdd, lambda w: np.histogramdd(np.stack([DATA, DATA**2, DATA[::-1]], axis=1), 2, weights=w)[0], X)
kinked(np.histogramdd, lambda w: np.histogramdd([DATA, DATA**2], [2, 3], range=[(0, 0.8), (0, 1)], weights=w)[0], X)
kinked(np.histogram_bin_edges, lambda w: w * len(np.histogram_bin_edges(DATA, 4, weights=w)), X)

# ---- ramps, phases, types --------------------------------------------------------------------------

for _options in ({}, {"endpoint": False}, {"num": 1}):
    kinked(np.logspace, lambda a, b, o=_options: np.logspace(a, b, **({"num": 4} | o)), Z, np.array(1.3))
    kinked(np.geomspace, lambda a, b, o=_options: np.geomspace(a, b, **({"num": 4} | o)), Z, np.array(1.3))
kinked(np.logspace, lambda a, b: np.logspace(a, 2.0, 3, base=b), X, Z)
kinked(np.logspace, lambda a, b: np.logspace(a, 2.0, 3, base=b, axis=-1), X, Y)
kinked(np.geomspace, lambda a: np.geomspace(a, 8.0, 4, axis=-1), X)
kinked(np.geomspace, lambda a: np.geomspace(-a, -5.0, 4), X)
kinked(np.unwrap, lambda x: np.unwrap(x * [1.0, 9.0, -8.0, 20.0, 2.0]), X)
kinked(np.unwrap, lambda x: np.unwrap(x * 5, period=2.0, axis=0), A)
kinked(np.real_if_close, lambda x: np.real_if_close(x * x + 0j), X)
kinked(np.real_if_close, lambda x: np.real_if_close(x * 1j), X)
kinked(np.real_if_close, lambda x: np.real_if_close(x), X)
kinked(np.astype, lambda x: np.astype(x, np.float64) * x, X)
row(np.apply_over_axes, lambda x: np.apply_over_axes(np.sum, x * x, [0, 2]), T)
row(np.apply_over_axes, lambda x: np.apply_over_axes(np.cumsum, x, -1), T)

# ---- least squares, QR, eigenvalues, tensors ---------------------------------------------------------

WIDE, TALL = points(2, 4, low=-1.0, seed=5), points(5, 3, low=-1.0, seed=6)
STACK = points(2, 4, 3, low=-1.0, seed=8)
for _a in (TALL, WIDE, STACK):
    row(np.linalg.pinv, lambda a: np.linalg.pinv(a), _a, analytic=False)
row(np.linalg.pinv, lambda a: np.linalg.pinv(a[:, :2] @ a[:2, :], 1e-5), points(4, 3, low=-1.0, seed=9), analytic=False)
row(np.linalg.pinv, lambda a: np.linalg.pinv(a, hermitian=True), matrices(3, 3, seed=3), analytic=False)
row(np.linalg.pinv, lambda a: np.linalg.pinv(a, rtol=1e-10), TALL, analytic=False)
kinked(np.linalg.pinv, lambda a: np.linalg.pinv(a * (1 + 1j) + 1j * a * a), TALL)
kinked(np.linalg.lstsq, lambda a, b: list(np.linalg.lstsq(a, b)[:2]), TALL, X)
kinked(np.linalg.lstsq, lambda a, b: np.linalg.lstsq(a, b)[0], TALL, points(5, 2))
kinked(np.linalg.lstsq, lambda a: np.linalg.lstsq(a, [1.0, 2.0, 0.5, 1.0, 3.0])[0], TALL)
kinked(np.linalg.lstsq, lambda b: np.linalg.lstsq(TALL.astype(b.dtype), b)[1], X)
kinked(np.linalg.lstsq, lambda a, b: np.linalg.lstsq(a, b)[0], WIDE, X3[:2])
kinked(np.linalg.lstsq, lambda a: np.linalg.lstsq(a, a[:, 0] ** 2)[3], TALL)
for _a in (TALL, WIDE, STACK, matrices(3, 3)):
    kinked(np.linalg.qr, lambda a: list(np.linalg.qr(a)), _a)
    kinked(np.linalg.qr, lambda a: np.linalg.qr(a, mode="r"), _a)
kinked(np.linalg.qr, lambda a: list(np.linalg.qr(a, "complete")), WIDE)
kinked(np.linalg.qr, lambda a: list(np.linalg.qr(a * (1 + 1j) + 1j * a * a)), TALL)
REAL = np.array([[2.1, 0.3, -0.4], [0.2, 3.3, 0.5], [-0.1, 0.6, 4.7]])
TURNING = np.array([[0.4, -1.3, 0.2], [1.7, 0.6, -0.3], [0.5, 0.1, 2.2]])
for _a in (REAL, TURNING, np.stack([REAL, TURNING]), matrices(2, 2)):
    kinked(np.linalg.eigvals, lambda a: np.linalg.eigvals(a), _a)
    kinked(np.linalg.eig, lambda a: list(np.linalg.eig(a)), _a)
kinked(np.linalg.eig, lambda a: list(np.linalg.eig(a + 1j * a @ a)), TURNING)
kinked(np.linalg.tensorsolve, lambda a, b: np.linalg.tensorsolve(np.reshape(a, (2, 2, 4)), b), matrices(4, 4), points(2, 2))
kinked(np.linalg.tensorsolve, lambda a, b: np.linalg.tensorsolve(np.reshape(a, (2, 4, 2)), b, axes=(0,)),
       matrices(4, 4), X4)  # fmt: skip
kinked(np.linalg.tensorinv, lambda a: np.linalg.tensorinv(np.reshape(a, (2, 2, 4))), matrices(4, 4))
kinked(np.linalg.tensorinv, lambda a: np.linalg.tensorinv(np.reshape(a, (4, 2, 2)), ind=1), matrices(4, 4))

# ---- windows, and functions that leave the real numbers --------------------------------------------------

_windows = np.lib.stride_tricks.sliding_window_view
row(_windows, lambda x: np.lib.stride_tricks.sliding_window_view(x, 3) * x[0], X)
row(_windows, lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 3)), A)
row(_windows, lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=1)[:, ::2], T)

for _name in ("sqrt", "log", "log2", "log10", "arcsin", "arccos", "arctanh"):
    _inside = 1.0 if _name in ("sqrt", "log", "log2", "log10") else 0.5
    kinked(getattr(np.emath, _name), lambda x, f=getattr(np.emath, _name), c=_inside: f(x * c), X)
kinked(np.emath.logn, lambda x: np.emath.logn(3.0, x), X)
kinked(np.emath.power, lambda x: np.emath.power(x, 3), A)
kinked(np.emath.power, lambda x, y: np.emath.power(x, y), X, Y)
