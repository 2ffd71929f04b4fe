"""Cubic Hermite interpolants: coefficients from values and slopes, and the rules for slopes.

Everything is written in NumPy's functions of x and y, so both may be duals.
"""

from typing import Any

import numpy as np
import scipy.interpolate as _interpolate

from ...functions.base import value_of
from ..applied import apply_linear, differentiable

__all__ = ["akima_slopes", "hermite_coefficients", "pchip_slopes", "spline_slopes"]


def lengths(x: Any, y: Any) -> tuple[Any, Any]:
    """Widths of the pieces with axes for the rest of y, and the slopes of the chords."""
    h = np.reshape(np.diff(x), (-1,) + (1,) * (np.ndim(y) - 1))
    return h, np.diff(y, axis=0) / h


def hermite_coefficients(x: Any, y: Any, slopes: Any) -> Any:
    """Coefficients (4, m, ...) of the cubic pieces through y with the given slopes."""
    h, chord = lengths(x, y)
    t = (slopes[:-1] + slopes[1:] - 2 * chord) / h
    return np.stack([t / h, (chord - slopes[:-1]) / h - t, slopes[:-1], y[:-1]])


def pchip_slopes(x: Any, y: Any) -> Any:
    """The slopes of Fritsch & Butland (1984), which keep monotone data monotone."""
    h, chord = lengths(x, y)
    if len(h) == 1:
        return np.concatenate([chord, chord])
    plain = value_of(chord)
    w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    turns = (np.sign(plain[1:]) != np.sign(plain[:-1])) | (plain[1:] == 0) | (plain[:-1] == 0)
    before, after = np.where(turns, 1.0, chord[:-1]), np.where(turns, 1.0, chord[1:])
    inner = np.where(turns, 0.0, (w1 + w2) / (w1 / before + w2 / after))
    return np.concatenate([edge(h[:1], h[1:2], chord[:1], chord[1:2]), inner,
                           edge(h[-1:], h[-2:-1], chord[-1:], chord[-2:-1])])  # fmt: skip


def edge(h0: Any, h1: Any, m0: Any, m1: Any) -> Any:
    """The one-sided slope of three points, made to keep the shape (Moler, Numerical Computing with MATLAB)."""
    d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    wrong = np.sign(value_of(d)) != np.sign(value_of(m0))
    steep = (np.sign(value_of(m0)) != np.sign(value_of(m1))) & (np.abs(value_of(d)) > 3 * np.abs(value_of(m0)))
    return np.where(wrong, 0.0, np.where(~wrong & steep, 3 * m0, d))


def akima_slopes(x: Any, y: Any, method: str = "akima") -> Any:
    """The slopes of Akima (1970), or of the modified rule of MATLAB's makima."""
    _, chord = lengths(x, y)
    first, last = chord[:1], chord[-1:]
    if len(chord) == 1:
        m = np.concatenate([first] * 5)
    else:
        below = 2 * first - chord[1:2]
        above = 2 * last - chord[-2:-1]
        m = np.concatenate([2 * below - first, below, chord, above, 2 * above - last])
    gaps = np.abs(np.diff(m, axis=0))
    if method == "makima":
        gaps = gaps + np.abs(m[1:] + m[:-1]) / 2
    left, right = gaps[2:], gaps[:-2]
    total = left + right
    flat = value_of(total) <= 1e-9 * np.max(value_of(total), initial=0.0)
    weighted = (left * m[1:-2] + right * m[2:-1]) / np.where(flat, 1.0, total)
    even = (m[1:-2] + m[2:-1]) / 2 if method == "akima" else 0.0 * m[1:-2]
    if method == "akima":
        even = (m[3:] + m[:-3]) / 2
    return np.where(flat, even, weighted)


def spline_slopes(x: Any, y: Any, bc_type: Any) -> Any:
    """The slopes of the cubic spline through y.

    For plain x they are linear in y, and SciPy finds them; else the equations are solved in duals.
    """
    if differentiable(x) or bc_type == "periodic":
        return solved_slopes(x, y, bc_type)

    def slopes_of(v: Any) -> Any:
        return _interpolate.CubicSpline(x, v, bc_type=homogeneous(bc_type, v))(x, 1)

    def forward(v: Any) -> Any:
        return np.moveaxis(slopes_of(np.moveaxis(np.asarray(v), -1, 0)), 0, -1)

    matrix = slopes_of(np.eye(len(x)))
    constant = 0.0
    if not isinstance(bc_type, str):
        constant = _interpolate.CubicSpline(x, np.zeros(np.shape(y)), bc_type=bc_type)(x, 1)
    return np.moveaxis(apply_linear(forward, lambda w: w @ matrix, np.moveaxis(y, 0, -1)), -1, 0) + constant


def homogeneous(bc_type: Any, v: Any) -> Any:
    """Boundary conditions with the value 0."""
    if isinstance(bc_type, str):
        return bc_type
    return tuple(b if isinstance(b, str) else (b[0], np.zeros(np.shape(v)[1:])) for b in bc_type)


def solved_slopes(x: Any, y: Any, bc_type: Any) -> Any:
    """The slopes from the equations of a spline: second derivatives continuous, and the conditions at the ends."""
    n = len(value_of(x))
    h = np.diff(x)
    if bc_type == "periodic":
        return periodic_slopes(x, y)
    flat = np.reshape(y, (n, -1))
    chord = np.diff(flat, axis=0) / h[:, None]
    if n == 2:
        bc_type = "not-a-knot" if isinstance(bc_type, str) and bc_type == "not-a-knot" else bc_type
        if isinstance(bc_type, str) and bc_type == "not-a-knot":
            return np.reshape(np.concatenate([chord, chord]), np.shape(y))
    ends = (bc_type, bc_type) if isinstance(bc_type, str) else tuple(bc_type)
    A = np.zeros((n, n), like=x)
    b = np.zeros((n, np.shape(flat)[1]), like=y if differentiable(y) else x)
    for i in range(1, n - 1):
        A[i, i - 1], A[i, i], A[i, i + 1] = h[i], 2 * (h[i - 1] + h[i]), h[i - 1]
        b[i] = 3 * (h[i] * chord[i - 1] + h[i - 1] * chord[i])
    for side, end in enumerate(ends):
        i, j, w, other = (
            (0, 1, h[0], h[1] if n > 2 else h[0]) if side == 0 else (n - 1, n - 2, h[-1], h[-2] if n > 2 else h[-1])
        )
        m, m2 = (chord[0], chord[1 if n > 2 else 0]) if side == 0 else (chord[-1], chord[-2 if n > 2 else -1])
        if end == "not-a-knot" and n == 3:
            # one parabola through the three points
            A[i, i], A[i, j] = 1.0, 1.0
            b[i] = 2 * m
        elif end == "not-a-knot":
            A[i, i], A[i, j] = other, w + other
            b[i] = ((w + 2 * (w + other)) * other * m + w * w * m2) / (w + other)
        else:
            named: Any = {"clamped": (1, 0.0), "natural": (2, 0.0)}
            order, value = named[end] if isinstance(end, str) else end
            if order == 1:
                A[i, i] = 1.0
                b[i] = np.reshape(value, -1) if np.ndim(value) else value
            else:
                A[i, i], A[i, j] = 2.0, 1.0
                sign = -1 if side == 0 else 1
                b[i] = 3 * m + sign * 0.5 * w * (np.reshape(value, -1) if np.ndim(value) else value)
    return np.reshape(np.linalg.solve(A, b), np.shape(y))


def periodic_slopes(x: Any, y: Any) -> Any:
    """The slopes of a periodic spline."""
    n = len(value_of(x))
    h = np.diff(x)
    flat = np.reshape(y, (n, -1))
    chord = np.diff(flat, axis=0) / h[:, None]
    m = n - 1
    A = np.zeros((m, m), like=x)
    b = np.zeros((m, np.shape(flat)[1]), like=y if differentiable(y) else x)
    for i in range(m):
        before, here = h[i - 1], h[i]
        A[i, i] = A[i, i] + 2 * (before + here)
        A[i, (i - 1) % m] = A[i, (i - 1) % m] + here
        A[i, (i + 1) % m] = A[i, (i + 1) % m] + before
        b[i] = 3 * (here * chord[i - 1] + before * chord[i])
    s = np.linalg.solve(A, b)
    return np.reshape(np.concatenate([s, s[:1]]), np.shape(y))
