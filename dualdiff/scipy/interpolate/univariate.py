"""Interpolants of one variable: SciPy's names, with data, breakpoints and arguments that may be duals."""

import functools
import math
from typing import Any

import numpy as np
import scipy.interpolate as _interpolate
from scipy.sparse.linalg import splu

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import apply_linear, at_home, differentiable, plain
from ..either import either
from .piecewise import Interpolant, evaluate
from .slopes import akima_slopes, hermite_coefficients, pchip_slopes, spline_slopes

__all__ = [
    "Akima1DInterpolator",
    "BPoly",
    "BSpline",
    "BarycentricInterpolator",
    "CubicHermiteSpline",
    "CubicSpline",
    "InterpolatedUnivariateSpline",
    "KroghInterpolator",
    "LSQUnivariateSpline",
    "PPoly",
    "PchipInterpolator",
    "UnivariateSpline",
    "barycentric_interpolate",
    "interp1d",
    "krogh_interpolate",
    "lagrange",
    "make_interp_spline",
    "make_lsq_spline",
    "make_smoothing_spline",
    "pchip_interpolate",
    "splantider",
    "splder",
    "splev",
    "splint",
    "splrep",
]  # fmt: skip


def moved(y, axis):
    """Data with the interpolated axis in front, and that axis counted from 0."""
    y = as_operand(y)
    return np.moveaxis(y, axis, 0), axis % np.ndim(y)


def hermite(x, y, dydx, axis=0, extrapolate=None):
    """scipy.interpolate.CubicHermiteSpline of duals."""
    original = _interpolate.CubicHermiteSpline(plain(x), plain(y), plain(dydx), axis, extrapolate)
    front, at = moved(y, axis)
    c = hermite_coefficients(as_operand(x), front, moved(dydx, axis)[0])
    return Interpolant(original, c, as_operand(x), original.extrapolate, at)


def pchip(x, y, axis=0, extrapolate=None):
    """scipy.interpolate.PchipInterpolator of duals."""
    original = _interpolate.PchipInterpolator(plain(x), plain(y), axis, extrapolate)
    front, at = moved(y, axis)
    x = np.asarray(x, float) if not differentiable(x) else as_operand(x)
    c = hermite_coefficients(x, front, pchip_slopes(x, front))
    return Interpolant(original, c, x, original.extrapolate, at)


def akima(x, y, axis=0, *, method="akima", extrapolate=None):
    """scipy.interpolate.Akima1DInterpolator of duals."""
    original = _interpolate.Akima1DInterpolator(plain(x), plain(y), axis, method=method, extrapolate=extrapolate)
    front, at = moved(y, axis)
    x = np.asarray(x, float) if not differentiable(x) else as_operand(x)
    c = hermite_coefficients(x, front, akima_slopes(x, front, method))
    return Interpolant(original, c, x, original.extrapolate, at)


def cubic(x, y, axis=0, bc_type="not-a-knot", extrapolate=None):
    """scipy.interpolate.CubicSpline of duals in x, y and its boundary conditions."""
    original = _interpolate.CubicSpline(plain(x), plain(y), axis, plain_conditions(bc_type), extrapolate)
    front, at = moved(y, axis)
    x = np.asarray(x, float) if not differentiable(x) else as_operand(x)
    if differentiable(*([] if isinstance(bc_type, str) else [b[1] for b in bc_type if not isinstance(b, str)])):
        from .slopes import solved_slopes

        slopes = solved_slopes(x, front, bc_type)
    else:
        slopes = spline_slopes(x, front, bc_type)
    c = hermite_coefficients(x, front, slopes)
    return Interpolant(original, c, x, original.extrapolate, at)


def plain_conditions(bc_type):
    """Boundary conditions at their values."""
    if isinstance(bc_type, str):
        return bc_type
    return tuple(b if isinstance(b, str) else (b[0], plain(b[1])) for b in bc_type)


def power_pieces(c, x, extrapolate=None, axis=0):
    """scipy.interpolate.PPoly of duals in coefficients and breakpoints."""
    original = _interpolate.PPoly(plain(c), plain(x), extrapolate, axis)
    c = as_operand(c)
    at = axis % (np.ndim(c) - 1)
    if at:
        c = np.moveaxis(np.moveaxis(c, at + 1, 0), at + 1, 0)
    return Interpolant(original, c, as_operand(x), original.extrapolate, at)


def bernstein(c, x, extrapolate=None, axis=0):
    """scipy.interpolate.BPoly of duals in coefficients and breakpoints."""
    original = _interpolate.BPoly(plain(c), plain(x), extrapolate, axis)
    c = as_operand(c)
    at = axis % (np.ndim(c) - 1)
    if at:
        c = np.moveaxis(np.moveaxis(c, at + 1, 0), at + 1, 0)
    return BPolyOfDuals(original, c, as_operand(x), original.extrapolate, at)


class BPolyOfDuals(Interpolant):
    """A polynomial in Bernstein's basis with duals in it: evaluated in the basis of powers, with SciPy's values.

    Parameters
    ----------
    original, bernstein, breaks, extrapolate, axis
        As Interpolant's, but for Bernstein's coefficients.
    """

    def __init__(self, original, bernstein, breaks, extrapolate, axis):
        self.bernstein = bernstein
        super().__init__(original, powers_of(bernstein, breaks), breaks, extrapolate, axis)

    @property
    def c(self):
        """The coefficients, as SciPy's object has them."""
        return self.bernstein


def powers_of(c, x):
    """Coefficients of powers of x - breaks[i] from those of Bernstein's basis."""
    k = np.shape(c)[0] - 1
    width = np.reshape(np.diff(x), (-1,) + (1,) * (np.ndim(c) - 2))
    rows = []
    for s in range(k, -1, -1):
        total = sum((-1) ** (s + a) * math.comb(k, a) * math.comb(k - a, s - a) * c[a] for a in range(s + 1))
        rows.append(total / width**s)
    return np.stack(rows)


def from_powers(spline):
    """A piecewise polynomial of SciPy's, for arguments that are duals."""
    return Interpolant(spline, spline.c, spline.x, spline.extrapolate, spline.axis)


def from_bernstein(spline):
    """A BPoly of SciPy's, for arguments that are duals."""
    return BPolyOfDuals(spline, spline.c, spline.x, spline.extrapolate, spline.axis)


PIECES = ("__call__", "integrate", "solve")
PPoly = either(_interpolate, "PPoly", power_pieces, from_powers, PIECES)
BPoly = either(_interpolate, "BPoly", bernstein, from_bernstein, PIECES[:2])
CubicHermiteSpline = either(_interpolate, "CubicHermiteSpline", hermite, from_powers, PIECES)
PchipInterpolator = either(_interpolate, "PchipInterpolator", pchip, from_powers, PIECES)
Akima1DInterpolator = either(_interpolate, "Akima1DInterpolator", akima, from_powers, PIECES)
CubicSpline = either(_interpolate, "CubicSpline", cubic, from_powers, PIECES)


# ---- B-splines -----------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=16)
def taylor_matrices(knots, k, n):
    """Breakpoints, and for each power the matrix from B-spline coefficients to coefficients of the pieces."""
    t = np.frombuffer(knots)
    breaks = np.unique(t[k : n + 1])
    basis = _interpolate.BSpline(t, np.eye(n), k)
    rows, scale = [], 1.0
    for m in range(k + 1):
        scale *= max(m, 1)
        rows.append(basis(breaks[:-1], m) / scale)
    return breaks, np.stack(rows[::-1])


class BSplineOfDuals(Interpolant):
    """scipy.interpolate.BSpline of duals in its coefficients, or for arguments that are duals.

    Parameters
    ----------
    t, c, k : as SciPy's
        Knots are constants.
    """

    def __init__(self, t, c, k, extrapolate=True, axis=0, original=None):
        if differentiable(t):
            raise UnsupportedError("the knots of a BSpline are constants: pass t.value")
        self.t, self.k, self.given = np.ascontiguousarray(t, float), int(k), as_operand(c)
        original = _interpolate.BSpline(t, plain(c), k, extrapolate, axis) if original is None else original
        n = len(self.t) - self.k - 1
        front = np.moveaxis(as_operand(c), axis, 0)[:n]
        breaks, matrices = taylor_matrices(self.t.tobytes(), self.k, n)
        pieces = np.tensordot(matrices, front, axes=1)
        super().__init__(original, pieces, breaks, original.extrapolate, axis % np.ndim(c))

    @property
    def c(self):
        """The coefficients, with the interpolated axis in front."""
        return np.moveaxis(self.given, self.axis, 0)

    @property
    def tck(self):
        """(knots, coefficients, degree)."""
        return self.t, self.c, self.k

    def __call__(self, x, nu=0, extrapolate=None):
        """The spline, or its nu-th derivative, at x."""
        if not differentiable(x, self.pieces):
            return self.original(x, nu, extrapolate)
        return super().__call__(x, nu, extrapolate)

    def __getattr__(self, name):
        if name == "__dict__" or name in ("t", "k", "given", "original", "pieces", "x"):
            raise AttributeError(name)
        return super().__getattr__(name)


def from_b_spline(spline):
    """SciPy's B-spline, for arguments that are duals."""
    c = np.moveaxis(spline.c, 0, spline.axis)  # SciPy keeps the interpolated axis in front
    return BSplineOfDuals(spline.t, c, spline.k, spline.extrapolate, spline.axis, original=spline)


BSpline = either(_interpolate, "BSpline", BSplineOfDuals, from_b_spline, PIECES[:2])


def linear_spline(make, y, axis, solve_transposed=None):
    """The B-spline whose coefficients are linear in y: make(values, axis first) -> SciPy's spline."""
    front, at = moved(y, axis)
    original = make(value_of(front))
    n = np.shape(front)[0]

    def coefficients(v):
        return np.moveaxis(make(np.moveaxis(np.asarray(v), -1, 0)).c, 0, -1)

    zero = np.moveaxis(np.asarray(make(np.zeros(np.shape(value_of(front)))).c), 0, -1)
    if solve_transposed is None:
        matrix = make(np.eye(n)).c - make(np.zeros((n, n))).c

        def solve_transposed(w):
            return w @ matrix

    def forward(v):
        return coefficients(v) - (0 if not np.any(zero) else coefficients(np.zeros(np.shape(v))))

    c = np.moveaxis(apply_linear(forward, solve_transposed, np.moveaxis(front, 0, -1)) + zero, -1, 0)
    c = exact(c, np.asarray(original.c))
    return BSplineOfDuals(original.t, np.moveaxis(c, 0, at), original.k, original.extrapolate, at)


def make_interp_spline(x, y, k=3, t=None, bc_type=None, axis=0, check_finite=True):
    """scipy.interpolate.make_interp_spline, also of duals in y."""
    if not differentiable(x, y, t):
        return wrapped(_interpolate.make_interp_spline(x, y, k, t, bc_type, axis, check_finite))
    constants("make_interp_spline", x=x, t=t)

    def make(v):
        return _interpolate.make_interp_spline(x, v, k, t, bc_type, 0, check_finite)

    transposed = None
    if bc_type is None:
        knots = make(np.zeros(len(x))).t
        lu = splu(_interpolate.BSpline.design_matrix(np.asarray(x, float), knots, k).tocsc())

        def transposed(w):
            return np.reshape(lu.solve(np.reshape(w, (-1, w.shape[-1])).T, "T").T, w.shape)

    return linear_spline(make, y, axis, transposed)


def make_lsq_spline(x, y, t, k=3, w=None, axis=0, check_finite=True, *, method="qr"):
    """scipy.interpolate.make_lsq_spline, also of duals in y."""
    if not differentiable(x, y, t, w):
        return wrapped(_interpolate.make_lsq_spline(x, y, t, k, w, axis, check_finite))
    constants("make_lsq_spline", x=x, t=t, w=w)
    return linear_spline(lambda v: _interpolate.make_lsq_spline(x, v, t, k, w, 0, check_finite), y, axis)


def make_smoothing_spline(x, y, w=None, lam=None, *, axis=0):
    """scipy.interpolate.make_smoothing_spline, also of duals in y where lam is given."""
    if not differentiable(x, y, w, lam):
        more = {"axis": axis} if axis else {}       # which SciPy has from 1.16 on
        return wrapped(_interpolate.make_smoothing_spline(x, y, w, lam, **more))
    constants("make_smoothing_spline", x=x, w=w, lam=lam)
    if lam is None:
        raise UnsupportedError("make_smoothing_spline of duals needs lam: by itself it is found by a search")
    return linear_spline(lambda v: each_column(lambda u: _interpolate.make_smoothing_spline(x, u, w, lam), v), y, axis)


def each_column(make, v):
    """A spline of several columns from a function of one."""
    flat = np.reshape(v, (len(v), -1))
    splines = [make(flat[:, j]) for j in range(flat.shape[1])]
    c = np.stack([s.c for s in splines], axis=1)
    return _interpolate.BSpline(splines[0].t, np.reshape(c, (len(c), *np.shape(v)[1:])), splines[0].k)


def constants(name, **given):
    """Refuses duals in arguments that are constants."""
    for key, x in given.items():
        if differentiable(x):
            raise UnsupportedError(f"scipy.interpolate.{name} has no derivative by {key} here: pass {key}.value")


def wrapped(spline):
    """SciPy's B-spline of plain data as an instance of our class."""
    return BSpline.construct_fast(spline.t, spline.c, spline.k, spline.extrapolate, spline.axis)


def as_given(tck):
    """A tuple (t, c, k) of SciPy's as it is; its B-spline as one of our class."""
    return wrapped(tck) if isinstance(tck, _interpolate.BSpline) else tck


def splrep(x, y, w=None, xb=None, xe=None, k=3, task=0, s=None, t=None, full_output=0, per=0, quiet=1):
    """scipy.interpolate.splrep, also of duals in y for an interpolating spline (s=0)."""
    if not differentiable(x, y, w):
        return _interpolate.splrep(x, y, w, xb, xe, k, task, s, t, full_output, per, quiet)
    constants("splrep", x=x, w=w)
    if not (s == 0 or s is None and w is None) or per or full_output or t is not None or task:
        raise UnsupportedError(
            "splrep of duals is for interpolation (s=0): use make_lsq_spline or make_smoothing_spline"
        )
    knots, c, k = _interpolate.splrep(x, plain(y), xb=xb, xe=xe, k=k, s=0)
    n = len(c) - k - 1
    lu = splu(_interpolate.BSpline.design_matrix(np.asarray(x, float), knots, k).tocsc())

    def forward(v):
        return np.reshape(lu.solve(np.reshape(v, (-1, n)).T).T, np.shape(v))

    def adjoint(w):
        return np.reshape(lu.solve(np.reshape(w, (-1, n)).T, "T").T, np.shape(w))

    found = apply_linear(forward, adjoint, as_operand(y))
    return knots, exact(np.concatenate([found, np.zeros(k + 1)]), c), k


def splev(x, tck, der=0, ext=0):
    """scipy.interpolate.splev, also of duals in x and in the coefficients."""
    t, c, k = getattr(tck, "tck", tck)
    if not differentiable(x, c):
        return _interpolate.splev(x, tck, der, ext)
    value = _interpolate.splev(value_of(as_operand(x)), (t, plain(c), k), der, ext)
    n = len(t) - k - 1
    spline = BSplineOfDuals(t, as_operand(c)[:n], k)
    found = evaluate(spline.pieces, spline.x, as_operand(x), der)
    if ext == 1:
        outside = (value_of(as_operand(x)) < t[k]) | (value_of(as_operand(x)) > t[n])
        found = np.where(outside, 0.0, found)
    elif ext == 3:
        inside = np.clip(as_operand(x), t[k], t[n])
        found = evaluate(spline.pieces, spline.x, inside, der)
    return exact(as_operand(found), np.asarray(value))


def splint(a, b, tck, full_output=0):
    """scipy.interpolate.splint, also of duals in the limits and in the coefficients."""
    t, c, k = getattr(tck, "tck", tck)
    if full_output or not differentiable(a, b, c):
        return _interpolate.splint(a, b, tck, full_output)
    value = _interpolate.splint(plain(a), plain(b), (t, plain(c), k))
    n = len(t) - k - 1
    whole = BSplineOfDuals(t, as_operand(c)[:n], k).antiderivative()
    low, high = (np.clip(as_operand(e), t[k], t[n]) for e in (a, b))
    return exact(
        as_operand(evaluate(whole.pieces, whole.x, high) - evaluate(whole.pieces, whole.x, low)), np.asarray(value)
    )


def splder(tck, n=1):
    """scipy.interpolate.splder, also of duals in the coefficients."""
    t, c, k = getattr(tck, "tck", tck)
    if not differentiable(c):
        return as_given(_interpolate.splder(tck, n))
    for _ in range(n):
        c = (c[1 : -1 - k] - c[: -2 - k]) * (k / (t[k + 1 : -1] - t[1 : -k - 1]))
        c, t, k = np.concatenate([c, np.zeros(k)]), t[1:-1], k - 1
    return t, c, k


def splantider(tck, n=1):
    """scipy.interpolate.splantider, also of duals in the coefficients."""
    t, c, k = getattr(tck, "tck", tck)
    if not differentiable(c):
        return as_given(_interpolate.splantider(tck, n))
    for _ in range(n):
        sums = np.cumsum(c[: -k - 1] * (t[k + 1 :] - t[: -k - 1])) / (k + 1)
        c = np.concatenate([np.zeros(1), sums, sums[-1:] * np.ones(k + 2)])
        t, k = np.concatenate([t[:1], t, t[-1:]]), k + 1
    return t, c, k


class UnivariateSplineOfDuals:
    """scipy.interpolate.UnivariateSpline of duals in its arguments, and in y where it interpolates (s=0)."""

    def __init__(self, x, y, w=None, bbox=(None, None), k=3, s=None, ext=0, check_finite=False):
        constants("UnivariateSpline", x=x, w=w)
        if differentiable(y) and s != 0:
            raise UnsupportedError(
                "UnivariateSpline of duals in y: the knots of a smoothing spline are found by a search; use s=0, "
                "LSQUnivariateSpline or make_smoothing_spline"
            )
        original = _interpolate.UnivariateSpline(x, plain(y), w, list(bbox), k, s, ext, check_finite)
        self.hold(original, x, y, interpolating(original) if differentiable(y) else None)

    def hold(self, original, x, y, coefficients):
        """SciPy's spline, and its coefficients as duals where y is one: coefficients(x, y, knots, k)."""
        self.original, self.coefficients = original, None
        t, c, k = original._eval_args
        if coefficients is not None:
            n = len(t) - k - 1
            found = coefficients(np.asarray(x, float), as_operand(y), t, k)
            self.coefficients = exact(np.concatenate([found, np.zeros(len(c) - n)]) if len(c) > n else found, c)

    def __getattr__(self, name):
        if name.startswith("__") or name in ("original", "coefficients"):
            raise AttributeError(name)
        if self.coefficients is not None and name not in ("get_knots",):
            raise UnsupportedError(f"{name} of a spline of duals has no derivative here")
        return getattr(self.original, name)

    @property
    def tck(self):
        """(knots, coefficients, degree), as splev takes them."""
        t, c, k = self.original._eval_args
        return t, c if self.coefficients is None else self.coefficients, k

    def get_coeffs(self):
        """The coefficients."""
        t, c, k = self.tck
        return c[: len(t) - k - 1]

    def __call__(self, x, nu=0, ext=None):
        """The spline, or its nu-th derivative, at x."""
        if self.coefficients is None and not differentiable(x):
            return self.original(x, nu, ext)
        mode = self.original.ext if ext is None else ext
        mode = {"extrapolate": 0, "zeros": 1, "raise": 2, "const": 3}.get(mode, mode)
        found = splev(x, self.tck, nu, mode)
        return exact(found, np.asarray(self.original(value_of(as_operand(x)), nu, ext)))

    def derivatives(self, x):
        """All derivatives at one x."""
        return np.stack([self(x, nu) for nu in range(self.tck[2] + 1)])

    def integral(self, a, b):
        """The integral from a to b."""
        if self.coefficients is None and not differentiable(a, b):
            return self.original.integral(a, b)
        return splint(a, b, self.tck)

    def derivative(self, n=1):
        """The n-th derivative as a spline."""
        return self.other(self.original.derivative(n), splder(self.tck, n) if self.coefficients is not None else None)

    def antiderivative(self, n=1):
        """The n-fold integral as a spline."""
        return self.other(
            self.original.antiderivative(n), splantider(self.tck, n) if self.coefficients is not None else None
        )

    def other(self, original, tck):
        """A spline made from this one."""
        made = object.__new__(UnivariateSplineOfDuals)
        made.original, made.coefficients = original, None if tck is None else tck[1]
        return made


def interpolating(original):
    """Coefficients that are linear in y, of a spline through the data with the knots that SciPy chose."""

    def coefficients(x, y, t, k):
        lu = splu(_interpolate.BSpline.design_matrix(x, t, k).tocsc())

        def solve(v, mode="N"):
            return np.reshape(lu.solve(np.ascontiguousarray(np.reshape(v, (-1, len(x))).T), mode).T, np.shape(v))

        return apply_linear(solve, lambda w: solve(w, "T"), y)

    return coefficients


class InterpolatedSplineOfDuals(UnivariateSplineOfDuals):
    """scipy.interpolate.InterpolatedUnivariateSpline of duals in y and the arguments."""

    def __init__(self, x, y, w=None, bbox=(None, None), k=3, ext=0, check_finite=False):
        constants("InterpolatedUnivariateSpline", x=x, w=w)
        original = _interpolate.InterpolatedUnivariateSpline(x, plain(y), w, list(bbox), k, ext, check_finite)
        self.hold(original, x, y, interpolating(original) if differentiable(y) else None)


class LSQSplineOfDuals(UnivariateSplineOfDuals):
    """scipy.interpolate.LSQUnivariateSpline of duals in y and the arguments."""

    def __init__(self, x, y, t, w=None, bbox=(None, None), k=3, ext=0, check_finite=False):
        constants("LSQUnivariateSpline", x=x, t=t, w=w)
        original = _interpolate.LSQUnivariateSpline(x, plain(y), t, w, list(bbox), k, ext, check_finite)

        def fitted(x, y, knots, k):
            weights = np.ones(len(x)) if w is None else np.asarray(w, float)
            design = _interpolate.BSpline.design_matrix(x, knots, k).toarray() * weights[:, None]
            matrix = np.linalg.pinv(design) * weights
            return apply_linear(lambda v: v @ matrix.T, lambda c: c @ matrix, y)

        self.hold(original, x, y, fitted if differentiable(y) else None)


def from_fitpack(spline):
    """SciPy's UnivariateSpline or its kind, for arguments that are duals."""
    made = object.__new__(UnivariateSplineOfDuals)
    made.original, made.coefficients = spline, None
    return made


FITPACK = ("__call__", "integral", "derivatives")
UnivariateSpline = either(_interpolate, "UnivariateSpline", UnivariateSplineOfDuals, from_fitpack, FITPACK)
InterpolatedUnivariateSpline = either(
    _interpolate, "InterpolatedUnivariateSpline", InterpolatedSplineOfDuals, from_fitpack, FITPACK)  # fmt: skip
LSQUnivariateSpline = either(_interpolate, "LSQUnivariateSpline", LSQSplineOfDuals, from_fitpack, FITPACK)


def as_ours(method):
    """A method of SciPy's that makes a UnivariateSpline, which becomes one of our class."""
    @functools.wraps(method)
    def call(self, n=1):
        made = method(self, n)
        made.__class__ = UnivariateSpline
        return made

    return call


for _cls in (UnivariateSpline, InterpolatedUnivariateSpline, LSQUnivariateSpline):
    _cls.derivative, _cls.antiderivative = as_ours(_cls.derivative), as_ours(_cls.antiderivative)


# ---- other interpolants ----------------------------------------------------------------------------------


class Interp1dOfDuals:
    """scipy.interpolate.interp1d of duals in x (linear), y and the arguments."""

    def __init__(
        self, x, y, kind="linear", axis=-1, copy=True, bounds_error=None, fill_value=np.nan, assume_sorted=False
    ):
        self.original = _interpolate.interp1d(
            plain(x), plain(y), kind, axis, copy, bounds_error, plain(fill_value), assume_sorted
        )
        if differentiable(fill_value):
            raise UnsupportedError("fill_value of interp1d is a constant: pass fill_value.value")
        front, _ = moved(y, axis)
        x = as_operand(x)
        if not assume_sorted:
            order = np.argsort(np.asarray(value_of(x)), kind="mergesort")
            x, front = (x if differentiable(x) else np.asarray(x, float))[order], front[order]
        self.hold(self.original, x, front, kind)

    def hold(self, original, x, front, kind):
        """SciPy's interpolant of nodes x, and its pieces; the data have the interpolated axis in front."""
        self.original, self.axis = original, original.axis
        self.kind, self.x, self.y = kind, x, front
        self.pieces: Any = None
        if kind == "linear":
            h = np.reshape(np.diff(x), (-1,) + (1,) * (np.ndim(front) - 1))
            self.pieces = np.stack([np.diff(front, axis=0) / h, front[:-1]])
        elif kind not in ("nearest", "nearest-up", "previous", "next"):
            degree = {"zero": 0, "slinear": 1, "quadratic": 2, "cubic": 3}.get(kind, kind)
            if degree == 0:
                self.pieces = front[:-1][None]
            else:
                spline = make_interp_spline(value_of(x), front, int(degree))
                spline = from_b_spline(spline) if isinstance(spline, _interpolate.BSpline) else spline
                self.pieces, self.x = spline.pieces, spline.x

    def __getattr__(self, name):
        if name.startswith("__") or name == "original":
            raise AttributeError(name)
        return getattr(self.original, name)

    def __call__(self, x):
        """The interpolant at x."""
        x = as_operand(x)
        value = self.original(value_of(x))
        at = np.asarray(value_of(x), float)
        if self.pieces is None:
            nodes = value_of(self.x)
            picker = _interpolate.interp1d(
                nodes, np.arange(float(len(nodes))), self.kind, bounds_error=False, fill_value=0.0
            )
            picked = np.asarray(picker(at))
            found = self.y[picked.astype(int)]
        else:
            found = evaluate(self.pieces, self.x, x)
        outside = (at < value_of(self.x)[0]) | (at > value_of(self.x)[-1])
        if np.any(outside) and self.original.fill_value is not None and not is_extrapolating(self.original):
            found = np.where(np.reshape(outside, np.shape(at) + (1,) * (np.ndim(self.y) - 1)), 0.0, found)
        count = at.ndim
        found = (
            np.moveaxis(found, list(range(count)), list(range(self.axis, self.axis + count))) if self.axis else found
        )
        return exact(as_operand(found), np.asarray(value))


def is_extrapolating(original):
    """Whether SciPy's interp1d extrapolates."""
    fill = original.fill_value
    return isinstance(fill, str) and fill == "extrapolate"


def from_interp1d(made):
    """SciPy's interp1d, for arguments that are duals."""
    found = object.__new__(Interp1dOfDuals)
    front = np.reshape(made._y, (-1, *made._y_extra_shape))
    found.hold(made, made.x, front, made._spline.k if made._kind == "spline" else made._kind)
    return found


interp1d = either(_interpolate, "interp1d", Interp1dOfDuals, from_interp1d)


def barycentric_weights(nodes):
    """1/prod_{j != i}(x_i - x_j), scaled so that products do not overflow."""
    gaps = nodes[:, None] - nodes[None, :]
    n = len(value_of(nodes))
    spread = np.max(np.abs(value_of(gaps)), initial=1e-300)
    full = gaps * (4 / spread) + np.eye(n)
    return 1 / np.prod(full, axis=1)


class BarycentricOfDuals:
    """scipy.interpolate.BarycentricInterpolator of duals in nodes, data and arguments."""

    def __init__(self, xi, yi=None, axis=0, **options):
        self.original = _interpolate.BarycentricInterpolator(
            plain(xi), plain(yi) if yi is not None else None, axis, **options
        )
        self.xi = as_operand(xi) if differentiable(xi) else np.asarray(xi, float)
        self.yi, self.axis = moved(yi, axis)
        self.weights = barycentric_weights(self.xi)

    def __getattr__(self, name):
        if name.startswith("__") or name == "original":
            raise AttributeError(name)
        return getattr(self.original, name)

    def __call__(self, x):
        """The polynomial at x."""
        x = as_operand(x)
        value = self.original(value_of(x))
        shape = np.shape(value_of(x))
        flat = np.reshape(x, (-1, 1))
        # the Lagrange form: products of differences, smooth at the nodes
        n = len(value_of(self.xi))
        spread = np.max(np.abs(np.subtract.outer(value_of(self.xi), value_of(self.xi))), initial=1e-300)
        gaps = (flat - self.xi) * (4 / spread)
        ones = np.ones((np.shape(flat)[0], 1))
        before = np.concatenate([ones, np.cumprod(gaps, axis=1)[:, :-1]], axis=1)
        after = np.concatenate([np.cumprod(gaps[:, ::-1], axis=1)[:, ::-1][:, 1:], ones], axis=1)
        basis = before * after * self.weights
        found = np.reshape(basis @ np.reshape(self.yi, (n, -1)), shape + np.shape(self.yi)[1:])
        count = len(shape)
        found = (
            np.moveaxis(found, list(range(count)), list(range(self.axis, self.axis + count))) if self.axis else found
        )
        return exact(as_operand(found), np.asarray(value))


class KroghOfDuals(BarycentricOfDuals):
    """scipy.interpolate.KroghInterpolator with distinct nodes, of duals."""

    def __init__(self, xi, yi, axis=0):
        nodes = np.asarray(plain(xi))
        if len(np.unique(nodes)) < len(nodes):
            raise UnsupportedError("KroghInterpolator of duals takes distinct nodes (no derivatives as data)")
        super().__init__(xi, yi, axis)
        self.original = _interpolate.KroghInterpolator(plain(xi), plain(yi), axis)


def from_nodes(of_duals):
    """SciPy's polynomial through nodes, for arguments that are duals."""
    def made_from(made):
        y = np.moveaxis(np.reshape(made.yi, (-1, *made._y_extra_shape)), 0, made._y_axis)
        found = of_duals(made.xi, y, made._y_axis)
        found.original = made
        return found

    return made_from


BarycentricInterpolator = either(
    _interpolate, "BarycentricInterpolator", BarycentricOfDuals, from_nodes(BarycentricOfDuals))  # fmt: skip
KroghInterpolator = either(_interpolate, "KroghInterpolator", KroghOfDuals, from_nodes(KroghOfDuals))


def direct(cls, name):
    """The function form of an interpolant: name(xi, yi, x, der=0, axis=0)."""
    original = getattr(_interpolate, name)

    @functools.wraps(original)
    def call(xi, yi, x, der=0, axis=0, **more):
        if not differentiable(xi, yi, x):
            return original(xi, yi, x, der=der, axis=axis, **more)
        found = cls(xi, yi, axis=axis)
        if der == 0:
            return found(x)
        if hasattr(found, "derivative") and cls is PchipInterpolator:
            return found(x, der)
        raise UnsupportedError(f"scipy.interpolate.{name} of duals gives der=0 only")

    return at_home(_interpolate, call)


barycentric_interpolate = direct(BarycentricInterpolator, "barycentric_interpolate")
krogh_interpolate = direct(KroghInterpolator, "krogh_interpolate")
pchip_interpolate = direct(PchipInterpolator, "pchip_interpolate")


def lagrange(x, w):
    """scipy.interpolate.lagrange, also of duals: the coefficients as an array, highest power first."""
    if not differentiable(x, w):
        return _interpolate.lagrange(x, w)
    value = _interpolate.lagrange(plain(x), plain(w)).coeffs
    x, w = as_operand(x), as_operand(w)
    n = len(value_of(x))
    c = np.linalg.solve(np.vander(x, n), w)
    return exact(c[n - len(value) :], value)
