"""Interpolants of one variable: SciPy's names, with data, breakpoints and arguments that may be duals."""

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.interpolate as _interpolate
from scipy.sparse.linalg import splu

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import apply_linear, at_home, differentiable, plain
from ..either import either
from ..wrapped import Holding
from .knots import basis_rows, fitted, followed, not_a_knot, pieces_of_knots
from .piecewise import Interpolant, evaluate
from .slopes import akima_slopes, hermite_coefficients, pchip_slopes, spline_slopes

__all__ = [
    "Akima1DInterpolator",
    "BPoly",
    "BSpline",
    "BarycentricInterpolator",
    "CubicHermiteSpline",
    "CubicSpline",
    "KroghInterpolator",
    "PPoly",
    "PchipInterpolator",
    "barycentric_interpolate",
    "interp1d",
    "krogh_interpolate",
    "make_interp_spline",
    "make_lsq_spline",
    "make_smoothing_spline",
    "pchip_interpolate",
]  # fmt: skip


def moved(y: Any, axis: Any) -> tuple[Any, Any]:
    """Data with the interpolated axis in front, and that axis counted from 0."""
    y = as_operand(y)
    return np.moveaxis(y, axis, 0), axis % np.ndim(y)


def hermite(x: Any, y: Any, dydx: Any, axis: Any = 0, extrapolate: Any = None) -> Any:
    """scipy.interpolate.CubicHermiteSpline of duals."""
    original = _interpolate.CubicHermiteSpline(plain(x), plain(y), plain(dydx), axis, extrapolate)
    front, at = moved(y, axis)
    c = hermite_coefficients(as_operand(x), front, moved(dydx, axis)[0])
    return Interpolant(original, c, as_operand(x), original.extrapolate, at)


def pchip(x: Any, y: Any, axis: Any = 0, extrapolate: Any = None) -> Any:
    """scipy.interpolate.PchipInterpolator of duals."""
    original = _interpolate.PchipInterpolator(plain(x), plain(y), axis, extrapolate)
    front, at = moved(y, axis)
    x = np.asarray(x, float) if not differentiable(x) else as_operand(x)
    c = hermite_coefficients(x, front, pchip_slopes(x, front))
    return Interpolant(original, c, x, original.extrapolate, at)


def akima(x: Any, y: Any, axis: Any = 0, *, method: str = "akima", extrapolate: Any = None) -> Any:
    """scipy.interpolate.Akima1DInterpolator of duals."""
    original = _interpolate.Akima1DInterpolator(plain(x), plain(y), axis, method=method, extrapolate=extrapolate)
    front, at = moved(y, axis)
    x = np.asarray(x, float) if not differentiable(x) else as_operand(x)
    c = hermite_coefficients(x, front, akima_slopes(x, front, method))
    return Interpolant(original, c, x, original.extrapolate, at)


def cubic(x: Any, y: Any, axis: Any = 0, bc_type: str = "not-a-knot", extrapolate: Any = None) -> Any:
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


def plain_conditions(bc_type: Any) -> Any:
    """Boundary conditions at their values."""
    if isinstance(bc_type, str):
        return bc_type
    return tuple(b if isinstance(b, str) else (b[0], plain(b[1])) for b in bc_type)


def power_pieces(c: Any, x: Any, extrapolate: Any = None, axis: Any = 0) -> Any:
    """scipy.interpolate.PPoly of duals in coefficients and breakpoints."""
    original = _interpolate.PPoly(plain(c), plain(x), extrapolate, axis)
    c = as_operand(c)
    at = axis % (np.ndim(c) - 1)
    if at:
        c = np.moveaxis(np.moveaxis(c, at + 1, 0), at + 1, 0)
    return Interpolant(original, c, as_operand(x), original.extrapolate, at)


def bernstein(c: Any, x: Any, extrapolate: Any = None, axis: Any = 0) -> Any:
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

    def __init__(self, original: Any, bernstein: Any, breaks: Any, extrapolate: Any, axis: Any) -> None:
        self.bernstein = bernstein
        super().__init__(original, powers_of(bernstein, breaks), breaks, extrapolate, axis)

    @property
    def c(self) -> Any:
        """The coefficients, as SciPy's object has them."""
        return self.bernstein


def powers_of(c: Any, x: Any) -> Any:
    """Coefficients of powers of x - breaks[i] from those of Bernstein's basis."""
    k = np.shape(c)[0] - 1
    width = np.reshape(np.diff(x), (-1,) + (1,) * (np.ndim(c) - 2))
    rows = []
    for s in range(k, -1, -1):
        total = sum((-1) ** (s + a) * math.comb(k, a) * math.comb(k - a, s - a) * c[a] for a in range(s + 1))
        rows.append(total / width**s)
    return np.stack(rows)


def from_powers(spline: Any) -> Any:
    """A piecewise polynomial of SciPy's, for arguments that are duals."""
    return Interpolant(spline, spline.c, spline.x, spline.extrapolate, spline.axis)


def from_bernstein(spline: Any) -> Any:
    """A BPoly of SciPy's, for arguments that are duals."""
    return BPolyOfDuals(spline, spline.c, spline.x, spline.extrapolate, spline.axis)


@classmethod  # type: ignore[misc]  # of the class that `either` makes
def from_spline(cls: Any, tck: Any, extrapolate: Any = None) -> Any:
    """scipy.interpolate.PPoly.from_spline, also of a spline of duals in its coefficients."""
    given = hasattr(tck, "tck")     # as an object, which SciPy may evaluate otherwise than a tuple
    t, c, k = tck.tck if given else tck
    if not differentiable(t, c):
        return _interpolate.PPoly.from_spline.__func__(cls, tck, extrapolate)
    if differentiable(t):
        raise UnsupportedError("PPoly.from_spline of a spline whose knots are duals: make the PPoly of its pieces")
    mode = getattr(tck, "extrapolate", True) if extrapolate is None else extrapolate
    t, c = np.asarray(t, float), as_operand(c)
    plain_tck = _interpolate.BSpline(t, value_of(c), k, mode) if given else (t, value_of(c), k)
    original = _interpolate.PPoly.from_spline(plain_tck, mode)
    spline = BSplineOfDuals(t, c, k)
    pieces = np.stack([spline(t[:-1], m) / math.factorial(m) for m in range(k, -1, -1)])
    return Interpolant(original, exact(pieces, original.c), t, mode)


@classmethod  # type: ignore[misc]  # of the class that `either` makes
def from_derivatives(cls: Any, xi: Any, yi: Any, orders: Any = None, extrapolate: Any = None) -> Any:
    """scipy.interpolate.BPoly.from_derivatives, also of duals in nodes and derivatives."""
    if not differentiable(xi, yi):
        return _interpolate.BPoly.from_derivatives.__func__(cls, xi, yi, orders, extrapolate)
    if orders is not None:
        raise UnsupportedError("BPoly.from_derivatives of duals takes no orders: give the derivatives that are wanted")
    x, ys = as_operand(xi), [as_operand(y) for y in yi]
    original = _interpolate.BPoly.from_derivatives(value_of(x), [*map(value_of, ys)], None, extrapolate)
    columns = []
    for i, (left, right) in enumerate(itertools.pairwise(ys)):
        sizes, width = (np.shape(left)[0], np.shape(right)[0]), x[i + 1] - x[i]
        matrix = bernstein_of_derivatives(*sizes, np.shape(original.c)[0])
        scaled = [y[q] * width**q for y, size in zip((left, right), sizes, strict=True) for q in range(size)]
        columns.append(np.tensordot(matrix, np.stack(scaled), 1))
    return BPolyOfDuals(original, exact(np.stack(columns, axis=1), original.c), x, original.extrapolate, 0)


def bernstein_of_derivatives(left: int, right: int, count: int) -> Any:
    """The matrix from derivatives at 0 and at 1 to `count` coefficients of the polynomial in Bernstein's basis."""
    size = left + right
    ends = np.split(np.eye(size), [left])
    found = _interpolate.BPoly.from_derivatives([0.0, 1.0], ends).c[:, 0]
    for n in range(size, count):    # of one degree more
        share = np.arange(n + 1)[:, None] / n
        zero = np.zeros((1, size))
        found = share * np.concatenate([zero, found]) + (1 - share) * np.concatenate([found, zero])
    return found


PIECES = ("__call__", "integrate", "solve")
PPoly = either(_interpolate, "PPoly", power_pieces, from_powers, PIECES, (from_spline,))
BPoly = either(_interpolate, "BPoly", bernstein, from_bernstein, PIECES[:2], (from_derivatives,))
CubicHermiteSpline = either(_interpolate, "CubicHermiteSpline", hermite, from_powers, PIECES)
PchipInterpolator = either(_interpolate, "PchipInterpolator", pchip, from_powers, PIECES)
Akima1DInterpolator = either(_interpolate, "Akima1DInterpolator", akima, from_powers, PIECES)
CubicSpline = either(_interpolate, "CubicSpline", cubic, from_powers, PIECES)


# ---- B-splines -----------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=16)
def taylor_matrices(knots: Any, k: Any, n: Any) -> tuple[Any, Any]:
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
    """scipy.interpolate.BSpline of duals in its knots and coefficients, or for arguments that are duals."""

    def __init__(self, t: Any, c: Any, k: Any, extrapolate: bool = True, axis: Any = 0, original: Any = None) -> None:
        self.t, self.k, self.given = as_operand(t), int(k), as_operand(c)
        original = _interpolate.BSpline(plain(t), plain(c), k, extrapolate, axis) if original is None else original
        n = np.shape(self.t)[0] - self.k - 1
        front = np.moveaxis(as_operand(c), axis, 0)[:n]
        if differentiable(self.t):
            breaks, pieces = pieces_of_knots(self.t, front, self.k)
        else:
            self.t = np.ascontiguousarray(self.t, float)
            breaks, matrices = taylor_matrices(self.t.tobytes(), self.k, n)
            pieces = np.tensordot(matrices, front, axes=1)
        super().__init__(original, pieces, breaks, original.extrapolate, axis % np.ndim(c))

    @property
    def c(self) -> Any:
        """The coefficients, with the interpolated axis in front."""
        return np.moveaxis(self.given, self.axis, 0)

    @property
    def tck(self) -> tuple[Any, Any, Any]:
        """(knots, coefficients, degree)."""
        return self.t, self.c, self.k

    def __call__(self, x: Any, nu: Any = 0, extrapolate: Any = None) -> Any:
        """The spline, or its nu-th derivative, at x."""
        if not differentiable(x, self.pieces, self.x):
            return self.original(x, nu, extrapolate)
        return super().__call__(x, nu, extrapolate)

    def __getattr__(self, name: str) -> Any:
        if name == "__dict__" or name in ("t", "k", "given", "original", "pieces", "x"):
            raise AttributeError(name)
        return super().__getattr__(name)


def from_b_spline(spline: Any) -> Any:
    """SciPy's B-spline, for arguments that are duals."""
    c = np.moveaxis(spline.c, 0, spline.axis)  # SciPy keeps the interpolated axis in front
    return BSplineOfDuals(spline.t, c, spline.k, spline.extrapolate, spline.axis, original=spline)


BSpline = either(_interpolate, "BSpline", BSplineOfDuals, from_b_spline, PIECES[:2])


def linear_spline(make: Any, y: Any, axis: Any, solve_transposed: Any = None) -> Any:
    """The B-spline whose coefficients are linear in y: make(values, axis first) -> SciPy's spline."""
    front, at = moved(y, axis)
    original = make(value_of(front))
    n = np.shape(front)[0]

    def coefficients(v: Any) -> Any:
        return np.moveaxis(make(np.moveaxis(np.asarray(v), -1, 0)).c, 0, -1)

    zero = np.moveaxis(np.asarray(make(np.zeros(np.shape(value_of(front)))).c), 0, -1)
    if solve_transposed is None:
        matrix = make(np.eye(n)).c - make(np.zeros((n, n))).c

        def solve_transposed(w: Any) -> Any:
            return w @ matrix

    def forward(v: Any) -> Any:
        return coefficients(v) - (0 if not np.any(zero) else coefficients(np.zeros(np.shape(v))))

    c = np.moveaxis(apply_linear(forward, solve_transposed, np.moveaxis(front, 0, -1)) + zero, -1, 0)
    c = exact(c, np.asarray(original.c))
    return BSplineOfDuals(original.t, np.moveaxis(c, 0, at), original.k, original.extrapolate, at)


def make_interp_spline(
    x: Any, y: Any, k: Any = 3, t: Any = None, bc_type: Any = None, axis: Any = 0, check_finite: bool = True
) -> Any:
    """scipy.interpolate.make_interp_spline, also of duals in x and y."""
    if not differentiable(x, y, t):
        return wrapped(_interpolate.make_interp_spline(x, y, k, t, bc_type, axis, check_finite))
    if differentiable(x, t) or not (bc_type is None or isinstance(bc_type, str)):
        return spline_through(as_operand(x), y, k, t, bc_type, axis)

    def make(v: Any) -> Any:
        return _interpolate.make_interp_spline(x, v, k, t, bc_type, 0, check_finite)

    transposed = None
    if bc_type is None:
        knots = make(np.zeros(len(x))).t
        lu = splu(_interpolate.BSpline.design_matrix(np.asarray(x, float), knots, k).tocsc())

        def transposed(w: Any) -> Any:
            return np.reshape(lu.solve(np.reshape(w, (-1, w.shape[-1])).T, "T").T, w.shape)

    return linear_spline(make, y, axis, transposed)


CONDITIONS = {None: ((), ()), "not-a-knot": ((), ()), "natural": ([(2, 0.0)],) * 2, "clamped": ([(1, 0.0)],) * 2}
"""Derivatives at the ends that a word stands for."""


def spline_through(x: Any, y: Any, k: Any, t: Any, bc_type: Any, axis: Any) -> Any:
    """The interpolating B-spline through nodes x that vary, as do the knots that are taken from them."""
    original = _interpolate.make_interp_spline(plain(x), plain(y), k, plain(t), bc_type, axis)
    ends = (bc_type, bc_type) if bc_type is None or isinstance(bc_type, str) else bc_type
    if "periodic" in ends:
        raise UnsupportedError("make_interp_spline of duals in x has no periodic condition; CubicSpline has")
    left, right = (CONDITIONS[e] if e is None or isinstance(e, str) else (e, e) for e in ends)
    front, at = moved(y, axis)
    free = all(e in (None, "not-a-knot") for e in ends if e is None or isinstance(e, str)) and "natural" not in ends
    free = free and all(e is None or isinstance(e, str) for e in ends)
    knots = as_operand(t) if t is not None else not_a_knot(x, k) if free else followed(original.t, x)
    rows, data = [basis_rows(knots, k, x)], [front]
    for where, conditions in ((x[:1], left[0]), (x[-1:], right[1])):
        for nu, value in conditions:
            rows.append(basis_rows(knots, k, where, nu))
            data.append(np.broadcast_to(as_operand(value), (1, *np.shape(front)[1:])))
    A, b = np.concatenate(rows), np.concatenate(data)
    c = np.reshape(np.linalg.solve(A, np.reshape(b, (np.shape(b)[0], -1))), np.shape(b))
    c = exact(c, np.asarray(original.c))
    return BSplineOfDuals(knots, np.moveaxis(c, 0, at), original.k, original.extrapolate, at, original=original)


def make_lsq_spline(
    x: Any, y: Any, t: Any, k: Any = 3, w: Any = None, axis: Any = 0, check_finite: bool = True, *, method: str = "qr"
) -> Any:
    """scipy.interpolate.make_lsq_spline, also of duals in x, y and the knots."""
    if not differentiable(x, y, t, w):
        return wrapped(_interpolate.make_lsq_spline(x, y, t, k, w, axis, check_finite))
    constants("make_lsq_spline", w=w)
    if not differentiable(x, t):
        return linear_spline(lambda v: _interpolate.make_lsq_spline(x, v, t, k, w, 0, check_finite), y, axis)
    original = _interpolate.make_lsq_spline(plain(x), plain(y), plain(t), k, w, axis, check_finite)
    front, at = moved(y, axis)
    root = None if w is None else np.sqrt(w)
    c = fitted("make_lsq_spline", as_operand(t), np.asarray(original.c), k, as_operand(x), front, root)
    return BSplineOfDuals(t, np.moveaxis(c, 0, at), k, original.extrapolate, at, original=original)


def make_smoothing_spline(x: Any, y: Any, w: Any = None, lam: Any = None, *, axis: Any = 0) -> Any:
    """scipy.interpolate.make_smoothing_spline, also of duals in x, y, w and lam where lam is given."""
    more = {"axis": axis} if axis else {}       # which SciPy has from 1.16 on
    if not differentiable(x, y, w, lam):
        return wrapped(_interpolate.make_smoothing_spline(x, y, w, lam, **more))
    if lam is None:
        raise UnsupportedError("make_smoothing_spline of duals needs lam: by itself it is found by a search")
    if differentiable(x, w, lam):
        original = _interpolate.make_smoothing_spline(plain(x), plain(y), plain(w), plain(lam), **more)
        front, at = moved(y, axis)
        spline = spline_through(as_operand(x), smoothed(as_operand(x), front, w, lam), 3, None, "natural", 0)
        c = exact(np.moveaxis(spline.given, 0, at), np.moveaxis(np.asarray(original.c), 0, at))
        return BSplineOfDuals(spline.t, c, 3, original.extrapolate, at, original=original)
    return linear_spline(lambda v: each_column(lambda u: _interpolate.make_smoothing_spline(x, u, w, lam), v), y, axis)


def smoothed(x: Any, y: Any, w: Any, lam: Any) -> Any:
    """The values at the nodes of the natural cubic spline that minimises sum w (y - f)^2 + lam int f''^2."""
    h = np.diff(x)
    n = np.shape(x)[0]
    places = np.arange(n - 2)
    first, last = np.eye(n)[:, places], np.eye(n)[:, places + 2]
    Q = first / h[:-1] - np.eye(n)[:, places + 1] * (1 / h[:-1] + 1 / h[1:]) + last / h[1:]
    R = np.diag((h[:-1] + h[1:]) / 3) + np.diag(h[1:-1] / 6, 1) + np.diag(h[1:-1] / 6, -1)
    K = Q @ np.linalg.solve(R, np.transpose(Q))
    w = np.ones(n) if w is None else as_operand(w)
    right = np.reshape(w, (-1, 1)) * np.reshape(y, (n, -1))
    return np.reshape(np.linalg.solve(np.diag(w) + lam * K, right), np.shape(y))


def each_column(make: Any, v: Any) -> Any:
    """A spline of several columns from a function of one."""
    flat = np.reshape(v, (len(v), -1))
    splines = [make(flat[:, j]) for j in range(flat.shape[1])]
    c = np.stack([s.c for s in splines], axis=1)
    return _interpolate.BSpline(splines[0].t, np.reshape(c, (len(c), *np.shape(v)[1:])), splines[0].k)


def constants(name: str, **given: Any) -> None:
    """Refuses duals in arguments that are constants."""
    for key, x in given.items():
        if differentiable(x):
            raise UnsupportedError(f"scipy.interpolate.{name} has no derivative by {key} here: pass {key}.value")


def wrapped(spline: Any) -> Any:
    """SciPy's B-spline of plain data as an instance of our class."""
    return BSpline.construct_fast(spline.t, spline.c, spline.k, spline.extrapolate, spline.axis)


# ---- other interpolants ----------------------------------------------------------------------------------


class Interp1dOfDuals(Holding):
    """scipy.interpolate.interp1d of duals in x (linear), y and the arguments."""

    _constant = ("fill_value",)

    def __init__(
        self,
        x: Any,
        y: Any,
        kind: str = "linear",
        axis: Any = -1,
        copy: bool = True,
        bounds_error: Any = None,
        fill_value: Any = np.nan,
        assume_sorted: bool = False,
    ) -> None:
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

    def hold(self, original: Any, x: Any, front: Any, kind: Any) -> None:
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
                spline = make_interp_spline(x, front, int(degree))
                spline = from_b_spline(spline) if isinstance(spline, _interpolate.BSpline) else spline
                self.pieces, self.x = spline.pieces, spline.x

    def __call__(self, x: Any) -> Any:
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


def is_extrapolating(original: Any) -> Any:
    """Whether SciPy's interp1d extrapolates."""
    fill = original.fill_value
    return isinstance(fill, str) and fill == "extrapolate"


def from_interp1d(made: Any) -> Any:
    """SciPy's interp1d, for arguments that are duals."""
    found = object.__new__(Interp1dOfDuals)
    front = np.reshape(made._y, (-1, *made._y_extra_shape))
    found.hold(made, made.x, front, made._spline.k if made._kind == "spline" else made._kind)
    return found


interp1d = either(_interpolate, "interp1d", Interp1dOfDuals, from_interp1d)


def barycentric_weights(nodes: Any) -> Any:
    """1/prod_{j != i}(x_i - x_j), scaled so that products do not overflow."""
    gaps = nodes[:, None] - nodes[None, :]
    n = len(value_of(nodes))
    spread = np.max(np.abs(value_of(gaps)), initial=1e-300)
    full = gaps * (4 / spread) + np.eye(n)
    return 1 / np.prod(full, axis=1)


class BarycentricOfDuals(Holding):
    """scipy.interpolate.BarycentricInterpolator of duals in nodes, data and arguments."""

    def __init__(self, xi: Any, yi: Any = None, axis: Any = 0, **options: Any) -> None:
        self.original = _interpolate.BarycentricInterpolator(
            plain(xi), plain(yi) if yi is not None else None, axis, **options
        )
        self.xi = as_operand(xi) if differentiable(xi) else np.asarray(xi, float)
        self.yi, self.axis = moved(yi, axis)
        self.weights = barycentric_weights(self.xi)

    def __call__(self, x: Any) -> Any:
        """The polynomial at x."""
        x = as_operand(x)
        return exact(as_operand(self.orders(x, 0)[0]), np.asarray(self.original(value_of(x))))

    def derivative(self, x: Any, der: Any = 1) -> Any:
        """A derivative at x."""
        x = as_operand(x)
        return exact(as_operand(self.orders(x, der)[der]), np.asarray(self.original.derivative(value_of(x), der)))

    def derivatives(self, x: Any, der: Any = None) -> Any:
        """The polynomial and its derivatives below an order at x, side by side."""
        x = as_operand(x)
        value = self.original.derivatives(value_of(x), der)
        return exact(np.stack(self.orders(x, len(value) - 1)), value)

    def orders(self, x: Any, most: int) -> list[Any]:
        """The polynomial and its derivatives up to an order at x."""
        shape, n = np.shape(value_of(x)), len(value_of(self.xi))
        flat = np.reshape(x, (-1, 1))
        # the Lagrange form: products of differences, smooth at the nodes; as series in a step of x where it is derived
        unit = 4 / np.max(np.abs(np.subtract.outer(value_of(self.xi), value_of(self.xi))), initial=1e-300)
        gaps = (flat - self.xi) * unit
        before, after = products(gaps, unit, most), [e[:, ::-1] for e in products(gaps[:, ::-1], unit, most)]
        found, count = [], len(shape)
        for order in range(most + 1):
            basis = sum(before[i] * after[order - i] for i in range(order + 1)) * self.weights
            part = np.reshape(basis @ np.reshape(self.yi, (n, -1)), shape + np.shape(self.yi)[1:])
            part = part * math.factorial(order) if order else part
            found.append(np.moveaxis(part, list(range(count)), list(range(self.axis, self.axis + count)))
                         if self.axis else part)  # fmt: skip
        return found


def products(gaps: Any, unit: Any, most: int) -> list[Any]:
    """The products of the gaps before each (points, n), as series in a step: one array for each order up to `most`."""
    ones = np.ones((np.shape(gaps)[0], 1))
    if not most:
        return [np.concatenate([ones, np.cumprod(gaps, axis=1)[:, :-1]], axis=1)]
    columns = [[ones, *(0.0 * ones for _ in range(most))]]
    for j in range(np.shape(gaps)[1] - 1):
        last, gap = columns[-1], gaps[:, j : j + 1]
        columns.append([gap * last[0], *(gap * last[i] + unit * last[i - 1] for i in range(1, most + 1))])
    return [np.concatenate([column[i] for column in columns], axis=1) for i in range(most + 1)]


class KroghOfDuals(BarycentricOfDuals):
    """scipy.interpolate.KroghInterpolator with distinct nodes, of duals."""

    def __init__(self, xi: Any, yi: Any, axis: Any = 0) -> None:
        nodes = np.asarray(plain(xi))
        if len(np.unique(nodes)) < len(nodes):
            raise UnsupportedError("KroghInterpolator of duals takes distinct nodes (no derivatives as data)")
        super().__init__(xi, yi, axis)
        self.original = _interpolate.KroghInterpolator(plain(xi), plain(yi), axis)


def from_nodes(of_duals: Any) -> Callable[..., Any]:
    """SciPy's polynomial through nodes, for arguments that are duals."""
    def made_from(made: Any) -> Any:
        y = np.moveaxis(np.reshape(made.yi, (-1, *made._y_extra_shape)), 0, made._y_axis)
        found = of_duals(made.xi, y, made._y_axis)
        found.original = made
        return found

    return made_from


DERIVED = ("__call__", "derivative", "derivatives")
BarycentricInterpolator = either(
    _interpolate, "BarycentricInterpolator", BarycentricOfDuals, from_nodes(BarycentricOfDuals), DERIVED)  # fmt: skip
KroghInterpolator = either(_interpolate, "KroghInterpolator", KroghOfDuals, from_nodes(KroghOfDuals), DERIVED)


def direct(cls: Any, name: str) -> Any:
    """The function form of an interpolant: name(xi, yi, x, der=0, axis=0)."""
    original = getattr(_interpolate, name)

    @functools.wraps(original)
    def call(xi: Any, yi: Any, x: Any, der: Any = 0, axis: Any = 0, **more: Any) -> Any:
        if not differentiable(xi, yi, x):
            return original(xi, yi, x, der=der, axis=axis, **more)
        found = cls(xi, yi, axis=axis, **more)
        if der == 0:
            return found(x)
        if not isinstance(der, int):
            raise UnsupportedError(f"scipy.interpolate.{name} of duals takes one order of derivative")
        return found(x, der) if cls is PchipInterpolator else found.derivative(x, der)

    return at_home(_interpolate, call)


barycentric_interpolate = direct(BarycentricInterpolator, "barycentric_interpolate")
krogh_interpolate = direct(KroghInterpolator, "krogh_interpolate")
pchip_interpolate = direct(PchipInterpolator, "pchip_interpolate")
