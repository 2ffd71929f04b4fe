"""Interpolants of one variable: SciPy's names, with data, breakpoints and arguments that may be duals."""

import functools

import numpy as np
import scipy.interpolate as _interpolate
from scipy.sparse.linalg import splu

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import apply_linear, differentiable, plain
from .piecewise import Interpolant, at_points, evaluate
from .slopes import akima_slopes, hermite_coefficients, pchip_slopes, spline_slopes

__all__ = [
    "Akima1DInterpolator", "BSpline", "BarycentricInterpolator", "CubicHermiteSpline", "CubicSpline",
    "KroghInterpolator", "PPoly", "PchipInterpolator", "barycentric_interpolate", "interp1d", "krogh_interpolate",
    "lagrange", "make_interp_spline", "make_lsq_spline", "make_smoothing_spline", "pchip_interpolate", "splev", "splint",
    "splrep",
]  # fmt: skip


def moved(y, axis):
    """Data with the interpolated axis in front, and that axis counted from 0."""
    y = as_operand(y)
    return np.moveaxis(y, axis, 0), axis % np.ndim(y)


def CubicHermiteSpline(x, y, dydx, axis=0, extrapolate=None):
    """scipy.interpolate.CubicHermiteSpline, also of duals."""
    original = _interpolate.CubicHermiteSpline(plain(x), plain(y), plain(dydx), axis, extrapolate)
    front, at = moved(y, axis)
    c = hermite_coefficients(as_operand(x), front, moved(dydx, axis)[0])
    return at_points(original, c, as_operand(x), original.extrapolate, at, x, y, dydx)


def PchipInterpolator(x, y, axis=0, extrapolate=None):
    """scipy.interpolate.PchipInterpolator, also of duals."""
    original = _interpolate.PchipInterpolator(plain(x), plain(y), axis, extrapolate)
    front, at = moved(y, axis)
    x = np.asarray(x, float) if not differentiable(x) else as_operand(x)
    c = hermite_coefficients(x, front, pchip_slopes(x, front))
    return at_points(original, c, x, original.extrapolate, at, x, y)


def Akima1DInterpolator(x, y, axis=0, *, method="akima", extrapolate=None):
    """scipy.interpolate.Akima1DInterpolator, also of duals."""
    original = _interpolate.Akima1DInterpolator(plain(x), plain(y), axis, method=method, extrapolate=extrapolate)
    front, at = moved(y, axis)
    x = np.asarray(x, float) if not differentiable(x) else as_operand(x)
    c = hermite_coefficients(x, front, akima_slopes(x, front, method))
    return at_points(original, c, x, original.extrapolate, at, x, y)


def CubicSpline(x, y, axis=0, bc_type="not-a-knot", extrapolate=None):
    """scipy.interpolate.CubicSpline, also of duals in x and y."""
    original = _interpolate.CubicSpline(plain(x), plain(y), axis, plain_conditions(bc_type), extrapolate)
    front, at = moved(y, axis)
    x = np.asarray(x, float) if not differentiable(x) else as_operand(x)
    if differentiable(*([] if isinstance(bc_type, str) else [b[1] for b in bc_type if not isinstance(b, str)])):
        from .slopes import solved_slopes

        slopes = solved_slopes(x, front, bc_type)
    else:
        slopes = spline_slopes(x, front, bc_type)
    c = hermite_coefficients(x, front, slopes)
    return at_points(original, c, x, original.extrapolate, at, x, y, slopes)


def plain_conditions(bc_type):
    """Boundary conditions at their values."""
    if isinstance(bc_type, str):
        return bc_type
    return tuple(b if isinstance(b, str) else (b[0], plain(b[1])) for b in bc_type)


def PPoly(c, x, extrapolate=None, axis=0):
    """scipy.interpolate.PPoly, also of duals in coefficients and breakpoints."""
    original = _interpolate.PPoly(plain(c), plain(x), extrapolate, axis)
    c = as_operand(c)
    at = axis % (np.ndim(c) - 1)
    if at:
        c = np.moveaxis(np.moveaxis(c, at + 1, 0), at + 1, 0)
    return at_points(original, c, as_operand(x), original.extrapolate, at, c, x)


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


class BSpline(Interpolant):
    """scipy.interpolate.BSpline, also of duals in its coefficients.

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
    def tck(self):
        """(knots, coefficients, degree)."""
        return self.t, self.given, self.k

    def __call__(self, x, nu=0, extrapolate=None):
        """The spline, or its nu-th derivative, at x."""
        if not differentiable(x, self.c):
            return self.original(x, nu, extrapolate)
        return super().__call__(x, nu, extrapolate)

    def __getattr__(self, name):
        if name == "__dict__" or name in ("t", "k", "given", "original", "c", "x"):
            raise AttributeError(name)
        return super().__getattr__(name)


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
    return BSpline(original.t, np.moveaxis(c, 0, at), original.k, original.extrapolate, at)


def make_interp_spline(x, y, k=3, t=None, bc_type=None, axis=0, check_finite=True):
    """scipy.interpolate.make_interp_spline, also of duals in y."""
    if not differentiable(y):
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
    if not differentiable(y):
        return wrapped(_interpolate.make_lsq_spline(x, y, t, k, w, axis, check_finite))
    constants("make_lsq_spline", x=x, t=t, w=w)
    return linear_spline(lambda v: _interpolate.make_lsq_spline(x, v, t, k, w, 0, check_finite), y, axis)


def make_smoothing_spline(x, y, w=None, lam=None, *, axis=0):
    """scipy.interpolate.make_smoothing_spline, also of duals in y where lam is given."""
    if not differentiable(y):
        return wrapped(_interpolate.make_smoothing_spline(x, y, w, lam))
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
    """SciPy's B-spline as one that also takes duals as arguments."""
    return BSpline(spline.t, spline.c, spline.k, spline.extrapolate, spline.axis, original=spline)


def splrep(x, y, w=None, xb=None, xe=None, k=3, task=0, s=None, t=None, full_output=0, per=0, quiet=1):
    """scipy.interpolate.splrep, also of duals in y for an interpolating spline (s=0)."""
    if not differentiable(x, y, w):
        return _interpolate.splrep(x, y, w, xb, xe, k, task, s, t, full_output, per, quiet)
    constants("splrep", x=x, w=w)
    if not (s == 0 or s is None and w is None) or per or full_output or t is not None or task:
        raise UnsupportedError("splrep of duals is for interpolation (s=0): use make_lsq_spline or make_smoothing_spline")
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
    original = getattr(tck, "tck", tck)
    t, c, k = original
    if not differentiable(x, c):
        return _interpolate.splev(x, (t, c, k), der, ext)
    value = _interpolate.splev(value_of(as_operand(x)), (t, plain(c), k), der, ext)
    n = len(t) - k - 1
    spline = BSpline(t, as_operand(c)[:n], k)
    found = evaluate(spline.c, spline.x, as_operand(x), der)
    if ext == 1:
        outside = (value_of(as_operand(x)) < t[k]) | (value_of(as_operand(x)) > t[n])
        found = np.where(outside, 0.0, found)
    elif ext == 3:
        inside = np.clip(as_operand(x), t[k], t[n])
        found = evaluate(spline.c, spline.x, inside, der)
    return exact(as_operand(found), np.asarray(value))


def splint(a, b, tck, full_output=0):
    """scipy.interpolate.splint, also of duals in the limits and in the coefficients."""
    t, c, k = getattr(tck, "tck", tck)
    if full_output or not differentiable(a, b, c):
        return _interpolate.splint(a, b, (t, c, k), full_output)
    value = _interpolate.splint(plain(a), plain(b), (t, plain(c), k))
    n = len(t) - k - 1
    whole = BSpline(t, as_operand(c)[:n], k).antiderivative()
    low, high = (np.clip(as_operand(e), t[k], t[n]) for e in (a, b))
    return exact(as_operand(evaluate(whole.c, whole.x, high) - evaluate(whole.c, whole.x, low)), np.asarray(value))


# ---- other interpolants ----------------------------------------------------------------------------------


class interp1d:
    """scipy.interpolate.interp1d, also of duals in x (linear), y and the arguments."""

    def __init__(self, x, y, kind="linear", axis=-1, copy=True, bounds_error=None, fill_value=np.nan, assume_sorted=False):
        self.original = _interpolate.interp1d(plain(x), plain(y), kind, axis, copy, bounds_error, plain(fill_value), assume_sorted)
        self.plain = not differentiable(x, y, fill_value)
        if differentiable(fill_value):
            raise UnsupportedError("fill_value of interp1d is a constant: pass fill_value.value")
        front, self.axis = moved(y, axis)
        x = as_operand(x)
        if not assume_sorted:
            order = np.argsort(np.asarray(value_of(x)), kind="mergesort")
            x, front = (x if differentiable(x) else np.asarray(x, float))[order], front[order]
        self.kind, self.x, self.y = kind, x, front
        if kind == "linear":
            h = np.reshape(np.diff(x), (-1,) + (1,) * (np.ndim(front) - 1))
            self.c = np.stack([np.diff(front, axis=0) / h, front[:-1]])
        elif kind in ("nearest", "nearest-up", "previous", "next"):
            self.c = None
        else:
            degree = {"zero": 0, "slinear": 1, "quadratic": 2, "cubic": 3}.get(kind, kind)
            if degree == 0:
                self.c = front[:-1][None]
            else:
                spline = make_interp_spline(value_of(x), front, int(degree))
                self.c, self.x = spline.c, spline.x

    def __getattr__(self, name):
        if name.startswith("__") or name == "original":
            raise AttributeError(name)
        return getattr(self.original, name)

    def __call__(self, x):
        """The interpolant at x."""
        if self.plain and not differentiable(x):
            return self.original(x)
        x = as_operand(x)
        value = self.original(value_of(x))
        at = np.asarray(value_of(x), float)
        if self.c is None:
            picked = np.asarray(_interpolate.interp1d(value_of(self.x), np.arange(len(value_of(self.x)), dtype=float), self.kind,
                                                      bounds_error=False, fill_value=0.0)(at))  # fmt: skip
            found = self.y[picked.astype(int)]
        else:
            found = evaluate(self.c, self.x, x)
        outside = (at < value_of(self.x)[0]) | (at > value_of(self.x)[-1])
        if np.any(outside) and self.original.fill_value is not None and not is_extrapolating(self.original):
            found = np.where(np.reshape(outside, np.shape(at) + (1,) * (np.ndim(self.y) - 1)), 0.0, found)
        count = at.ndim
        found = np.moveaxis(found, list(range(count)), list(range(self.axis, self.axis + count))) if self.axis else found
        return exact(as_operand(found), np.asarray(value))


def is_extrapolating(original):
    """Whether SciPy's interp1d extrapolates."""
    fill = original.fill_value
    return isinstance(fill, str) and fill == "extrapolate"


def barycentric_weights(nodes):
    """1/prod_{j != i}(x_i - x_j), scaled so that products do not overflow."""
    gaps = nodes[:, None] - nodes[None, :]
    n = len(value_of(nodes))
    spread = np.max(np.abs(value_of(gaps)), initial=1e-300)
    full = gaps * (4 / spread) + np.eye(n)
    return 1 / np.prod(full, axis=1)


class BarycentricInterpolator:
    """scipy.interpolate.BarycentricInterpolator, also of duals in nodes, data and arguments."""

    def __init__(self, xi, yi=None, axis=0, **options):
        self.original = _interpolate.BarycentricInterpolator(plain(xi), plain(yi) if yi is not None else None, axis, **options)
        self.plain = not differentiable(xi, yi)
        self.xi = as_operand(xi) if differentiable(xi) else np.asarray(xi, float)
        self.yi, self.axis = moved(yi, axis)
        self.weights = barycentric_weights(self.xi)

    def __getattr__(self, name):
        if name.startswith("__") or name == "original":
            raise AttributeError(name)
        return getattr(self.original, name)

    def __call__(self, x):
        """The polynomial at x."""
        if self.plain and not differentiable(x):
            return self.original(x)
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
        found = np.moveaxis(found, list(range(count)), list(range(self.axis, self.axis + count))) if self.axis else found
        return exact(as_operand(found), np.asarray(value))


class KroghInterpolator(BarycentricInterpolator):
    """scipy.interpolate.KroghInterpolator with distinct nodes, also of duals."""

    def __init__(self, xi, yi, axis=0):
        nodes = np.asarray(plain(xi))
        if len(np.unique(nodes)) < len(nodes) and differentiable(xi, yi):
            raise UnsupportedError("KroghInterpolator of duals takes distinct nodes (no derivatives as data)")
        self.repeated = len(np.unique(nodes)) < len(nodes)
        if self.repeated:
            self.original, self.plain = _interpolate.KroghInterpolator(xi, yi, axis), True
            return
        super().__init__(xi, yi, axis)
        self.original = _interpolate.KroghInterpolator(plain(xi), plain(yi), axis)


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

    return call


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
    return exact(c[n - len(value):], value)
