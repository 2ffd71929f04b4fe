"""FITPACK's splines of one variable and its curves: SciPy's names, with nodes, data and arguments that may be duals.

Which knots there are is FITPACK's choice; where they were taken from nodes that vary, they vary, too (knots.py).
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.interpolate as _interpolate
from scipy.sparse.linalg import splu

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import apply_linear, differentiable, plain
from ..either import either
from .knots import fitted, followed
from .piecewise import evaluate
from .univariate import BSplineOfDuals, constants, make_interp_spline, wrapped

__all__ = [
    "InterpolatedUnivariateSpline",
    "LSQUnivariateSpline",
    "UnivariateSpline",
    "insert",
    "make_splprep",
    "make_splrep",
    "spalde",
    "splantider",
    "splder",
    "splev",
    "splint",
    "splprep",
    "splrep",
    "sproot",
]


def as_given(tck: Any) -> Any:
    """A tuple (t, c, k) of SciPy's as it is; its B-spline as one of our class."""
    return wrapped(tck) if isinstance(tck, _interpolate.BSpline) else tck


def parts_of(tck: Any) -> Any:
    """(knots, coefficients, degree) of a spline."""
    return getattr(tck, "tck", tck)


def is_curve(c: Any) -> Any:
    """Whether coefficients are those of a curve: a list for each coordinate."""
    return np.ndim(c[0]) > 0


def each(c: Any) -> Any:
    """Coefficients as a list of those of each coordinate."""
    return c if isinstance(c, (tuple, list)) else (c,)


def splrep(
    x: Any,
    y: Any,
    w: Any = None,
    xb: Any = None,
    xe: Any = None,
    k: Any = 3,
    task: Any = 0,
    s: Any = None,
    t: Any = None,
    full_output: Any = 0,
    per: Any = 0,
    quiet: Any = 1,
) -> Any:
    """scipy.interpolate.splrep, also of duals in x and y."""
    if not differentiable(x, y, w, t):
        return _interpolate.splrep(x, y, w, xb, xe, k, task, s, t, full_output, per, quiet)
    constants("splrep", w=w, t=t)
    if per or full_output:
        raise UnsupportedError("splrep of duals is for splines that are not periodic, without full_output")
    knots, c, k = _interpolate.splrep(plain(x), plain(y), w, xb, xe, k, task, s, t, 0, 0, quiet)
    knots = np.asarray(knots, float) if t is not None else followed(knots, x)
    n = np.shape(knots)[0] - k - 1
    return knots, padded(coefficients_of("splrep", knots, c[:n], k, as_operand(x), as_operand(y), w), c), k


def padded(found: Any, c: Any) -> Any:
    """Coefficients with the zeros that FITPACK leaves behind them."""
    more = np.shape(c)[0] - np.shape(found)[0]
    return np.concatenate([found, np.zeros((more, *np.shape(c)[1:]))]) if more else found


def coefficients_of(name: str, t: Any, c: Any, k: Any, x: Any, y: Any, w: Any = None) -> Any:
    """Coefficients (n, ...) of a spline that FITPACK fitted; where it interpolates at constant nodes, by a band."""
    if differentiable(x, t) or np.shape(c)[0] != np.shape(y)[0]:
        return fitted(name, t, c, k, x, y, w)
    lu = splu(_interpolate.BSpline.design_matrix(np.asarray(x, float), t, k).tocsc())

    def solve(v: Any, mode: str = "N") -> Any:
        return np.reshape(lu.solve(np.ascontiguousarray(np.reshape(v, (-1, v.shape[-1])).T), mode).T, np.shape(v))

    found = apply_linear(solve, lambda v: solve(v, "T"), np.moveaxis(y, 0, -1))
    return exact(np.moveaxis(found, -1, 0), np.asarray(c))


def splev(x: Any, tck: Any, der: Any = 0, ext: Any = 0) -> Any:
    """scipy.interpolate.splev, also of duals in x, the knots and the coefficients, and of curves."""
    t, c, k = parts_of(tck)
    if not differentiable(x, t, *each(c)):
        return _interpolate.splev(x, tck, der, ext)
    if is_curve(c):
        return [splev(x, (t, part, k), der, ext) for part in c]
    t, x = as_operand(t), as_operand(x)
    value = _interpolate.splev(value_of(x), (value_of(t), plain(c), k), der, ext)
    n = np.shape(t)[0] - k - 1
    spline = BSplineOfDuals(t, as_operand(c)[:n], k)
    low, high = value_of(t)[k], value_of(t)[n]
    found = evaluate(spline.pieces, spline.x, x, der)
    if ext == 1:
        found = np.where((value_of(x) < low) | (value_of(x) > high), 0.0, found)
    elif ext == 3:
        inside = np.where(value_of(x) < low, t[k], np.where(value_of(x) > high, t[n], x))
        found = evaluate(spline.pieces, spline.x, inside, der)
    return exact(as_operand(found), np.asarray(value))


def splint(a: Any, b: Any, tck: Any, full_output: Any = 0) -> Any:
    """scipy.interpolate.splint, also of duals in the limits, the knots and the coefficients, and of curves."""
    t, c, k = parts_of(tck)
    if full_output or not differentiable(a, b, t, *each(c)):
        return _interpolate.splint(a, b, tck, full_output)
    if is_curve(c):
        return [splint(a, b, (t, part, k)) for part in c]
    t = as_operand(t)
    value = _interpolate.splint(plain(a), plain(b), (value_of(t), plain(c), k))
    n = np.shape(t)[0] - k - 1
    whole = BSplineOfDuals(t, as_operand(c)[:n], k).antiderivative()
    ends = [as_operand(e) for e in (a, b)]
    low, high = (np.where(value_of(e) < value_of(t)[k], t[k], np.where(value_of(e) > value_of(t)[n], t[n], e))
                 for e in ends)  # fmt: skip
    return exact(
        as_operand(evaluate(whole.pieces, whole.x, high) - evaluate(whole.pieces, whole.x, low)), np.asarray(value)
    )


def splder(tck: Any, n: Any = 1) -> Any:
    """scipy.interpolate.splder, also of duals in the knots and coefficients."""
    t, c, k = getattr(tck, "tck", tck)
    if not differentiable(t, c):
        return as_given(_interpolate.splder(tck, n))
    if hasattr(tck, "derivative"):
        return tck.derivative(n)
    if n < 0:
        return splantider(tck, -n)
    if n > k:
        raise ValueError(f"Order of derivative (n = {n!r}) must be <= order of spline (k = {tck[2]!r})")
    t, c = as_operand(t), as_operand(c)
    behind = (1,) * (np.ndim(c) - 1)
    for _ in range(n):
        gaps = np.reshape(t[k + 1 : -1] - t[1 : -k - 1], (-1, *behind))
        c = (c[1 : -1 - k] - c[: -2 - k]) * k / gaps
        c, t, k = np.concatenate([c, np.zeros((k, *np.shape(c)[1:]))]), t[1:-1], k - 1
    return t, c, k


def splantider(tck: Any, n: Any = 1) -> Any:
    """scipy.interpolate.splantider, also of duals in the knots and coefficients."""
    t, c, k = getattr(tck, "tck", tck)
    if not differentiable(t, c):
        return as_given(_interpolate.splantider(tck, n))
    if hasattr(tck, "antiderivative"):
        return tck.antiderivative(n)
    if n < 0:
        return splder(tck, -n)
    t, c = as_operand(t), as_operand(c)
    behind = (1,) * (np.ndim(c) - 1)
    for _ in range(n):
        gaps = np.reshape(t[k + 1 :] - t[: -k - 1], (-1, *behind))
        sums = np.cumsum(c[: -k - 1] * gaps, axis=0) / (k + 1)
        c = np.concatenate([np.zeros((1, *np.shape(c)[1:])), sums, *(sums[-1:] for _ in range(k + 2))])
        t, k = np.concatenate([t[:1], t, t[-1:]]), k + 1
    return t, c, k


def sproot(tck: Any, mest: Any = 10) -> Any:
    """scipy.interpolate.sproot, also of duals in the knots and coefficients: the zeros of a cubic spline."""
    t, c, k = parts_of(tck)
    if not differentiable(t, *each(c)):
        return _interpolate.sproot(tck, mest)

    def zeros(t: Any, c: Any, k: Any) -> Any:
        value = _interpolate.sproot((plain(t), plain(c), k), mest)
        spline = BSplineOfDuals(t, c[: np.shape(t)[0] - k - 1], k)
        return exact(as_operand(spline.moved(np.asarray(value), 0.0)), np.asarray(value))

    if is_curve(c):
        return [zeros(as_operand(t), as_operand(part), k) for part in c]
    return zeros(as_operand(t), as_operand(c), k)


def spalde(x: Any, tck: Any) -> Any:
    """scipy.interpolate.spalde, also of duals: all derivatives at x."""
    t, c, k = parts_of(tck)
    if not differentiable(x, t, *each(c)):
        return _interpolate.spalde(x, tck)
    if is_curve(c):
        return [spalde(x, (t, part, k)) for part in c]
    x = as_operand(x)
    if np.ndim(x):
        return [spalde(x[i], tck) for i in range(np.shape(x)[0])]
    value = _interpolate.spalde(value_of(x), (plain(t), plain(c), k))
    return exact(np.stack([splev(x, tck, nu) for nu in range(k + 1)]), np.asarray(value))


def coordinates(tck: Any, function: Any) -> Any:
    """A function of (t, c, k) that gives another, for each coordinate of a curve."""
    t, c, k = tck
    if not is_curve(c):
        return function(t, as_operand(c), k)
    found = [function(t, as_operand(part), k) for part in c]
    return found[0][0], [part[1] for part in found], found[0][2]


def insert(x: Any, tck: Any, m: Any = 1, per: Any = 0) -> Any:
    """scipy.interpolate.insert, also of duals in x, the knots and the coefficients: Boehm's formula, m times."""
    t, c, _ = parts_of(tck)
    if not differentiable(x, t, *each(c)):
        return as_given(_interpolate.insert(x, tck, m, per))
    if per:
        raise UnsupportedError("insert of duals is for splines that are not periodic")

    def inserted(t: Any, c: Any, k: Any) -> tuple[Any, Any, Any]:
        knots, value, _ = _interpolate.insert(plain(x), (plain(t), plain(c), k), m)
        t = as_operand(t)
        n = np.shape(t)[0] - k - 1
        c = c[:n]
        for _ in range(m):
            at = min(int(np.searchsorted(value_of(t), plain(x), "right")) - 1, n - 1)
            low, high = t[at - k + 1 : at + 1], t[at + 1 : at + k + 1]
            share = (x - low) / (high - low)
            between = share * c[at - k + 1 : at + 1] + (1 - share) * c[at - k : at]
            c = np.concatenate([c[: at - k + 1], between, c[at:]])
            t = np.concatenate([t[: at + 1], np.reshape(as_operand(x), (1,)), t[at + 1 :]])
            n += 1
        return exact(t, knots), exact(padded(c, value), value), k

    found = coordinates(parts_of(tck), inserted)
    return BSplineOfDuals(*found) if hasattr(tck, "tck") else found


def chords(points: Any) -> Any:
    """The parameter of the points (m, d) of a curve: the length of the chords up to each, of the whole."""
    steps = np.diff(points, axis=0)
    lengths = np.cumsum(np.sqrt(np.sum(steps * steps, axis=1)))
    return np.concatenate([np.zeros(1), lengths / lengths[-1]])


def splprep(
    x: Any,
    w: Any = None,
    u: Any = None,
    ub: Any = None,
    ue: Any = None,
    k: Any = 3,
    task: Any = 0,
    s: Any = None,
    t: Any = None,
    full_output: Any = 0,
    nest: Any = None,
    per: Any = 0,
    quiet: Any = 1,
) -> Any:
    """scipy.interpolate.splprep, also of duals in the points and their parameters."""
    if not differentiable(*x, w, u, t):
        return _interpolate.splprep(x, w, u, ub, ue, k, task, s, t, full_output, nest, per, quiet)
    constants("splprep", w=w, t=t)
    if per or full_output:
        raise UnsupportedError("splprep of duals is for curves that are not periodic, without full_output")
    points = np.stack([as_operand(part) for part in x], axis=1)
    (knots, c, k), value = _interpolate.splprep(
        [*np.asarray(value_of(points)).T], w, plain(u), ub, ue, k, task, s, t, 0, nest, 0, quiet)  # fmt: skip
    places = exact(chords(points), value) if u is None else as_operand(u)
    found = curve("splprep", knots if t is None else None, t, np.stack(c, axis=1), k, places, points, w)
    return [found[0], [found[1][:, i] for i in range(len(c))], k], places


def curve(name: str, chosen: Any, given: Any, c: Any, k: Any, places: Any, points: Any, w: Any) -> tuple[Any, Any]:
    """(knots, coefficients) of a curve; chosen are knots that FITPACK took from the parameters."""
    knots = np.asarray(given, float) if chosen is None else followed(chosen, places)
    return knots, coefficients_of(name, knots, c, k, places, points, w)


def make_splrep(
    x: Any,
    y: Any,
    *,
    w: Any = None,
    xb: Any = None,
    xe: Any = None,
    k: Any = 3,
    s: Any = 0,
    t: Any = None,
    nest: Any = None,
    **more: Any,
) -> Any:
    """scipy.interpolate.make_splrep, also of duals in x and y."""
    original = _interpolate.make_splrep(
        plain(x), plain(y), w=plain(w), xb=xb, xe=xe, k=k, s=s, t=plain(t), nest=nest, **more)  # fmt: skip
    if not differentiable(x, y, w, t):
        return wrapped(original)
    constants("make_splrep", w=w, t=t)
    if s == 0:
        return make_interp_spline(x, y, k=k, **more)
    if more.get("bc_type") == "periodic":
        raise UnsupportedError("make_splrep of duals is for splines that are not periodic")
    c = np.asarray(original.c)
    knots, found = curve("make_splrep", None if t is not None else original.t, t, c[:, None], k, as_operand(x),
                         np.reshape(as_operand(y), (-1, 1)), w)  # fmt: skip
    return BSplineOfDuals(knots, found[:, 0], k, original.extrapolate, 0, original=original)


def make_splprep(
    x: Any,
    *,
    w: Any = None,
    u: Any = None,
    ub: Any = None,
    ue: Any = None,
    k: Any = 3,
    s: Any = 0,
    t: Any = None,
    nest: Any = None,
    **more: Any,
) -> tuple[Any, Any]:
    """scipy.interpolate.make_splprep, also of duals in the points and their parameters."""
    parts = list(x)
    original, value = _interpolate.make_splprep(
        [plain(p) for p in parts], w=plain(w), u=plain(u), ub=ub, ue=ue, k=k, s=s, t=plain(t), nest=nest, **more)
    if not differentiable(*parts, w, u, t):
        return wrapped(original), value
    constants("make_splprep", w=w, t=t)
    if more.get("bc_type") == "periodic":
        raise UnsupportedError("make_splprep of duals is for curves that are not periodic")
    points = np.stack([as_operand(part) for part in parts], axis=1)
    places = exact(chords(points), value) if u is None else as_operand(u)
    if s == 0:
        return make_interp_spline(places, np.transpose(points), k=k, axis=1, **more), places
    c = np.asarray(original.c)      # the coordinates stand behind in SciPy's object
    c = c if c.shape[0] == len(original.t) - k - 1 else c.T
    knots, found = curve("make_splprep", None if t is not None else original.t, t, c, k, places, points, w)
    return BSplineOfDuals(knots, np.transpose(found), k, original.extrapolate, 1, original=original), places


class UnivariateSplineOfDuals:
    """scipy.interpolate.UnivariateSpline of duals in its nodes, data and arguments."""

    def __init__(
        self,
        x: Any,
        y: Any,
        w: Any = None,
        bbox: Any = (None, None),
        k: Any = 3,
        s: Any = None,
        ext: Any = 0,
        check_finite: bool = False,
    ) -> None:
        constants("UnivariateSpline", w=w, s=s)
        original = _interpolate.UnivariateSpline(plain(x), plain(y), w, list(bbox), k, s, ext, check_finite)
        self.hold(original, x, y, w)

    def hold(self, original: Any, x: Any, y: Any, w: Any = None, moving: Any = followed) -> None:
        """SciPy's spline, and its knots and coefficients as x and y vary; moving(knots, x) says how the knots do."""
        self.original, self.coefficients = original, None
        t, c, k = original._eval_args
        self.knots = t
        if differentiable(x, y):
            self.knots = moving(t, as_operand(x)) if differentiable(x) else t
            n = len(t) - k - 1
            name = type(original).__name__
            self.coefficients = padded(
                coefficients_of(name, self.knots, c[:n], k, as_operand(x), as_operand(y), w), c)  # fmt: skip

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("original", "coefficients", "knots"):
            raise AttributeError(name)
        if self.coefficients is not None:
            raise UnsupportedError(f"{name} of a spline of duals has no derivative here")
        return getattr(self.original, name)

    @property
    def tck(self) -> tuple[Any, Any, Any]:
        """(knots, coefficients, degree), as splev takes them."""
        _, c, k = self.original._eval_args
        return self.knots, c if self.coefficients is None else self.coefficients, k

    def get_coeffs(self) -> Any:
        """The coefficients."""
        t, c, k = self.tck
        return c[: np.shape(t)[0] - k - 1]

    def get_knots(self) -> Any:
        """The knots, each once at the ends."""
        t, _, k = self.tck
        return t[k : np.shape(t)[0] - k]

    def get_residual(self) -> Any:
        """The weighted sum of squares: s where the spline smooths."""
        if self.coefficients is None:
            return self.original.get_residual()
        raise UnsupportedError("get_residual of a spline of duals: compute it from the data and the spline")

    def roots(self) -> Any:
        """The zeros of a cubic spline."""
        t, c, k = self.tck
        return sproot((t, c, k)) if self.coefficients is not None else self.original.roots()

    def __call__(self, x: Any, nu: Any = 0, ext: Any = None) -> Any:
        """The spline, or its nu-th derivative, at x."""
        if self.coefficients is None and not differentiable(x):
            return self.original(x, nu, ext)
        mode = self.original.ext if ext is None else ext
        mode = {"extrapolate": 0, "zeros": 1, "raise": 2, "const": 3}.get(mode, mode)
        found = splev(x, self.tck, nu, mode)
        return exact(found, np.asarray(self.original(value_of(as_operand(x)), nu, ext)))

    def derivatives(self, x: Any) -> Any:
        """All derivatives at one x."""
        return np.stack([self(x, nu) for nu in range(self.tck[2] + 1)])

    def integral(self, a: Any, b: Any) -> Any:
        """The integral from a to b."""
        if self.coefficients is None and not differentiable(a, b):
            return self.original.integral(a, b)
        return splint(a, b, self.tck)

    def derivative(self, n: Any = 1) -> Any:
        """The n-th derivative as a spline."""
        return self.other(self.original.derivative(n), splder(self.tck, n) if self.coefficients is not None else None)

    def antiderivative(self, n: Any = 1) -> Any:
        """The n-fold integral as a spline."""
        return self.other(
            self.original.antiderivative(n), splantider(self.tck, n) if self.coefficients is not None else None
        )

    def other(self, original: Any, tck: Any) -> Any:
        """A spline made from this one."""
        made = object.__new__(UnivariateSplineOfDuals)
        made.original, made.coefficients = original, None if tck is None else tck[1]
        made.knots = original._eval_args[0] if tck is None else tck[0]
        return made


class InterpolatedSplineOfDuals(UnivariateSplineOfDuals):
    """scipy.interpolate.InterpolatedUnivariateSpline of duals in x, y and the arguments."""

    def __init__(
        self,
        x: Any,
        y: Any,
        w: Any = None,
        bbox: Any = (None, None),
        k: Any = 3,
        ext: Any = 0,
        check_finite: bool = False,
    ) -> None:
        constants("InterpolatedUnivariateSpline", w=w)
        original = _interpolate.InterpolatedUnivariateSpline(plain(x), plain(y), w, list(bbox), k, ext, check_finite)
        self.hold(original, x, y)


class LSQSplineOfDuals(UnivariateSplineOfDuals):
    """scipy.interpolate.LSQUnivariateSpline of duals in x, y and the arguments."""

    def __init__(
        self,
        x: Any,
        y: Any,
        t: Any,
        w: Any = None,
        bbox: Any = (None, None),
        k: Any = 3,
        ext: Any = 0,
        check_finite: bool = False,
    ) -> None:
        constants("LSQUnivariateSpline", t=t, w=w)
        original = _interpolate.LSQUnivariateSpline(plain(x), plain(y), t, w, list(bbox), k, ext, check_finite)

        def outer(knots: Any, x: Any) -> Any:
            ends = [x[i] if b is None else b for i, b in zip((0, -1), bbox, strict=True)]
            return np.concatenate([[ends[0]] * (k + 1), knots[k + 1 : -k - 1], [ends[1]] * (k + 1)])

        self.hold(original, x, y, w, outer)


def from_fitpack(spline: Any) -> Any:
    """SciPy's UnivariateSpline or its kind, for arguments that are duals."""
    made = object.__new__(UnivariateSplineOfDuals)
    made.original, made.coefficients, made.knots = spline, None, spline._eval_args[0]
    return made


FITPACK = ("__call__", "integral", "derivatives")
UnivariateSpline = either(_interpolate, "UnivariateSpline", UnivariateSplineOfDuals, from_fitpack, FITPACK)
InterpolatedUnivariateSpline = either(
    _interpolate, "InterpolatedUnivariateSpline", InterpolatedSplineOfDuals, from_fitpack, FITPACK)  # fmt: skip
LSQUnivariateSpline = either(_interpolate, "LSQUnivariateSpline", LSQSplineOfDuals, from_fitpack, FITPACK)


def as_ours(method: Any) -> Callable[..., Any]:
    """A method of SciPy's that makes a UnivariateSpline, which becomes one of our class."""
    @functools.wraps(method)
    def call(self: Any, n: Any = 1) -> Any:
        made = method(self, n)
        made.__class__ = UnivariateSpline
        return made

    return call


for _cls in (UnivariateSpline, InterpolatedUnivariateSpline, LSQUnivariateSpline):
    _cls.derivative, _cls.antiderivative = as_ours(_cls.derivative), as_ours(_cls.antiderivative)


