"""Splines and piecewise polynomials of several variables, each a product of those of one: SciPy's names.

An argument's cell is found on plain numbers.  What is left is a small basis for each variable, in functions of duals,
and the coefficients of the cell.
"""

import functools
import math
from typing import Any

import numpy as np
import scipy.interpolate as _interpolate

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import differentiable, plain
from ..either import either
from ..wrapped import Holding
from .piecewise import evaluate, pieces_of

__all__ = ["NdBSpline", "NdPPoly", "bisplev"]


@functools.lru_cache(maxsize=32)
def local_matrices(knots: Any, k: Any) -> tuple[Any, Any, Any]:
    """Breakpoints, the first B-spline that is not zero on each piece, and these k + 1 as powers of x - breaks[i]."""
    t = np.frombuffer(knots)
    n = len(t) - k - 1
    breaks = np.unique(t[k : n + 1])
    first = np.clip(np.searchsorted(t, breaks[:-1], "right") - 1, k, n - 1) - k
    rows = np.empty((k + 1, len(first), k + 1))
    for j in range(k + 1):
        for residue in range(k + 1):        # pieces that no B-spline of two of them reaches share an evaluation
            mine = np.flatnonzero(first % (k + 1) == residue)
            c = np.zeros(n)
            c[first[mine] + j] = 1.0
            spline = _interpolate.BSpline(t, c, k)
            for m in range(k + 1):
                rows[k - m, mine, j] = spline(breaks[:-1][mine], m) / math.factorial(m)
    return breaks, first, rows


def local_basis(t: Any, k: Any, x: Any, nu: Any = 0) -> tuple[Any, Any]:
    """The places (N,) and the values (N, k + 1) of the B-splines that are not zero at x, or of their derivatives."""
    breaks, first, rows = local_matrices(np.ascontiguousarray(t, float).tobytes(), int(k))
    at = pieces_of(breaks, np.asarray(value_of(x), float))
    return first[at], evaluate(rows, breaks, x, nu)


def contracted(c: Any, bases: Any) -> Any:
    """Sums of coefficients c (n1, ..., nd, ...) with local bases: [(places, values)] of each of the d variables."""
    d = len(bases)
    widths = [np.shape(b)[1] for _, b in bases]
    index = []
    for i, (first, _) in enumerate(bases):
        shape = [len(first)] + [1] * d
        shape[i + 1] = widths[i]
        index.append(np.reshape(first[:, None] + np.arange(widths[i]), shape))
    found = c[tuple(index)]
    for _, b in bases:
        weights = np.reshape(b, np.shape(b) + (1,) * (np.ndim(found) - 2))
        found = np.sum(weights * found, axis=1)
    return found


class NdBSplineOfDuals(Holding):
    """scipy.interpolate.NdBSpline of duals in its coefficients, or for arguments that are duals; knots are constants.

    Parameters
    ----------
    t, c, k, extrapolate : as SciPy's
    """

    _own, _constant = ("original", "c"), ("t",)

    def __init__(self, t: Any, c: Any, k: Any, *, extrapolate: Any = None) -> None:
        if differentiable(*t):
            raise UnsupportedError("the knots of NdBSpline are constants: pass their values")
        self.original = _interpolate.NdBSpline(t, plain(c), k, extrapolate=extrapolate)
        self.c = as_operand(c)

    def __call__(self, xi: Any, *, nu: Any = None, extrapolate: Any = None) -> Any:
        """The spline, or a partial derivative, at points (..., d)."""
        made = self.original
        knots, degrees = made.t, made.k
        d = len(knots)
        x = as_operand(xi)
        orders = [0] * d if nu is None else [int(n) for n in nu]
        value = made(value_of(x), nu=nu, extrapolate=extrapolate)
        flat = np.reshape(x, (-1, d))
        bases = [local_basis(t, k, flat[:, i], n)
                 for i, (t, k, n) in enumerate(zip(knots, degrees, orders, strict=True))]  # fmt: skip
        found = contracted(self.c, bases)
        lost = np.reshape(np.isnan(value), np.shape(found))
        if np.any(lost):        # beyond the knots
            found = np.where(lost, 0.0, found)
        return exact(as_operand(np.reshape(found, np.shape(value))), np.asarray(value))


def from_nd_spline(made: Any) -> Any:
    """SciPy's NdBSpline, for arguments that are duals."""
    found = object.__new__(NdBSplineOfDuals)
    found.original, found.c = made, made.c
    return found


NdBSpline = either(_interpolate, "NdBSpline", NdBSplineOfDuals, from_nd_spline)


class NdPPolyOfDuals:
    """scipy.interpolate.NdPPoly of duals in its coefficients, its breakpoints and the arguments."""

    def __init__(self, c: Any, x: Any, extrapolate: Any = None) -> None:
        self.original = _interpolate.NdPPoly(plain(c), [plain(b) for b in x], extrapolate)
        self.c, self.x = as_operand(c), tuple(as_operand(b) for b in x)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("original", "c", "x"):
            raise AttributeError(name)
        if name in ("derivative", "antiderivative", "integrate", "integrate_1d"):
            raise UnsupportedError(f"NdPPoly.{name} of duals: ask for derivatives with nu=, or with dualdiff")
        return getattr(self.original, name)

    def __call__(self, x: Any, nu: Any = None, extrapolate: Any = None) -> Any:
        """The polynomial, or a partial derivative, at points (..., d)."""
        x = as_operand(x)
        value = self.original(value_of(x), nu, extrapolate)
        d = len(self.x)
        orders = [0] * d if nu is None else [int(n) for n in nu]
        flat = np.reshape(x, (-1, d))
        at = [pieces_of(np.asarray(value_of(b), float), value_of(flat)[:, i]) for i, b in enumerate(self.x)]
        found = np.moveaxis(self.c[(slice(None),) * d + tuple(at)], d, 0)       # (N, powers of each, ...)
        for i, b in enumerate(self.x):
            degree = np.shape(found)[1] - 1
            step = flat[:, i] - b[at[i]]
            step = np.reshape(step, (-1,) + (1,) * (np.ndim(found) - 2))
            total = 0.0 * found[:, 0]
            for m in range(degree + 1 - orders[i]):
                total = total * step + math.perm(degree - m, orders[i]) * found[:, m]
            found = total
        lost = np.reshape(np.isnan(value), np.shape(found))
        if np.any(lost):
            found = np.where(lost, 0.0, found)
        return exact(as_operand(np.reshape(found, np.shape(value))), np.asarray(value))


def from_nd_powers(made: Any) -> Any:
    """SciPy's NdPPoly, for arguments that are duals."""
    found = object.__new__(NdPPolyOfDuals)
    found.original, found.c, found.x = made, made.c, made.x
    return found


NdPPoly = either(_interpolate, "NdPPoly", NdPPolyOfDuals, from_nd_powers)


def bisplev(x: Any, y: Any, tck: Any, dx: Any = 0, dy: Any = 0) -> Any:
    """scipy.interpolate.bisplev, also of duals in the arguments and the coefficients."""
    tx, ty, c, kx, ky = tck
    if not differentiable(x, y, tx, ty, c):
        return _interpolate.bisplev(x, y, tck, dx, dy)
    if differentiable(tx, ty):
        raise UnsupportedError("bisplev of duals: the knots are constants")
    x, y = as_operand(x), as_operand(y)
    value = _interpolate.bisplev(value_of(x), value_of(y), (tx, ty, plain(c), kx, ky), dx, dy)
    coefficients = np.reshape(as_operand(c), (len(tx) - kx - 1, len(ty) - ky - 1))
    rows, columns = (np.clip(np.reshape(e, (-1,)), t[0], t[-1]) for e, t in ((x, tx), (y, ty)))
    along = contracted(coefficients, [local_basis(tx, kx, rows, dx)])
    found = np.transpose(contracted(np.transpose(along), [local_basis(ty, ky, columns, dy)]))
    return exact(as_operand(np.reshape(found, np.shape(value))), np.asarray(value))
