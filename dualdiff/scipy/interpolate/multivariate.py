"""Interpolants of several variables: SciPy's names, with data and arguments that may be duals.

In which cell an argument lies is decided on plain numbers; what is left is a product of weights and data.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.interpolate as _interpolate

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import differentiable, plain
from ..either import either
from ..spatial.distance import cdist
from ..wrapped import Holding
from .piecewise import evaluate
from .points import points_of
from .tensor import contracted, local_basis
from .triangles import CloughTocher2DInterpolator
from .univariate import BSplineOfDuals, PchipInterpolator, interp1d, make_interp_spline

__all__ = [
    "BivariateSpline",
    "LSQBivariateSpline",
    "LSQSphereBivariateSpline",
    "LinearNDInterpolator",
    "NearestNDInterpolator",
    "RBFInterpolator",
    "Rbf",
    "RectBivariateSpline",
    "RectSphereBivariateSpline",
    "RegularGridInterpolator",
    "SmoothBivariateSpline",
    "SmoothSphereBivariateSpline",
    "bisplrep",
    "griddata",
    "interpn",
]


class GridOfDuals(Holding):
    """scipy.interpolate.RegularGridInterpolator of duals in values and arguments.

    Parameters
    ----------
    points : tuple of array_like
        The grid; constants.
    values : array_like
    method : str
        "linear", "nearest", "slinear", "cubic", "quintic" or "pchip".
    """

    _constant = ("fill_value",)

    def __init__(
        self,
        points: Any,
        values: Any,
        method: str = "linear",
        bounds_error: bool = True,
        fill_value: Any = np.nan,
        **options: Any,
    ) -> None:
        if any(differentiable(p) for p in points):
            raise UnsupportedError("the grid of RegularGridInterpolator is constant: pass the points' values")
        self.original = _interpolate.RegularGridInterpolator(
            points, plain(values), method, bounds_error, fill_value, **options
        )
        self.grid = [np.asarray(p, float) for p in points]
        self.values = as_operand(values)
        self.method = method
        for i, p in enumerate(self.grid):  # descending axes, as SciPy turns them
            if len(p) > 1 and p[0] > p[-1]:
                self.grid[i] = p[::-1]
                self.values = np.flip(self.values, i)

    def __call__(self, xi: Any, method: Any = None, **options: Any) -> Any:
        """The interpolant at points (..., d)."""
        d = len(self.grid)
        x = points_of((xi,), d)
        value = self.original(value_of(x), method, **options)
        method = method or self.method
        lead = np.shape(x)[:-1]
        flat = np.reshape(x, (-1, d))
        found = self.in_cells(flat, method) if method in ("linear", "nearest") else self.by_splines(flat, method)
        found = np.reshape(found, (*lead, *np.shape(self.values)[d:]))
        outside = np.zeros(len(value_of(flat)), bool)
        for i, p in enumerate(self.grid):
            outside |= (value_of(flat)[:, i] < p[0]) | (value_of(flat)[:, i] > p[-1])
        if np.any(outside) and self.original.fill_value is not None:
            keep = np.reshape(~outside, lead + (1,) * (np.ndim(found) - len(lead)))
            found = np.where(keep, found, 0.0)
        return exact(as_operand(found), np.asarray(value))

    def in_cells(self, x: Any, method: Any) -> Any:
        """Multilinear interpolation, or the nearest node."""
        rest = (1,) * (np.ndim(self.values) - len(self.grid))
        places, shares = [], []
        for i, p in enumerate(self.grid):
            at = np.clip(np.searchsorted(p, value_of(x)[:, i]) - 1, 0, len(p) - 2)
            places.append(at)
            shares.append((x[:, i] - p[at]) / (p[at + 1] - p[at]))
        if method == "nearest":
            return self.values[
                tuple(np.where(value_of(s) <= 0.5, at, at + 1) for at, s in zip(places, shares, strict=True))
            ]
        total = 0.0
        for corner in itertools.product((0, 1), repeat=len(self.grid)):
            weight = 1.0
            for side, s in zip(corner, shares, strict=True):
                weight = weight * (s if side else 1 - s)
            data = self.values[tuple(at + side for at, side in zip(places, corner, strict=True))]
            total = total + np.reshape(weight, (-1, *rest)) * data
        return total

    def by_splines(self, x: Any, method: Any) -> Any:
        """One spline after the other along the axes."""
        degree = {"slinear": 1, "cubic": 3, "quintic": 5}.get(method.removesuffix("_legacy"))
        if degree is None:
            return self.by_slopes(x)
        c, bases = self.values, []
        for i, grid in enumerate(self.grid):
            spline = make_interp_spline(grid, c, degree, axis=i)
            c = np.moveaxis(spline.c, 0, i)
            bases.append(local_basis(spline.t, degree, x[:, i]))
        return contracted(c, bases)

    def by_slopes(self, x: Any) -> Any:
        """Pchip along the axes, the last first, for each point: its slopes are not linear in the data."""
        rows = []
        for j in range(len(value_of(x))):
            data = self.values
            for i in reversed(range(len(self.grid))):
                data = PchipInterpolator(self.grid[i], data, axis=i)(x[j, i])
            rows.append(data)
        return np.stack(rows) if np.ndim(rows[0]) else as_operand(rows)


def from_grid(made: Any) -> Any:
    """SciPy's RegularGridInterpolator, for arguments that are duals."""
    found = object.__new__(GridOfDuals)
    found.original, found.method = made, made.method
    found.grid, found.values = [np.asarray(p, float) for p in made.grid], np.asarray(made.values)
    return found


RegularGridInterpolator = either(_interpolate, "RegularGridInterpolator", GridOfDuals, from_grid)


def interpn(
    points: Any, values: Any, xi: Any, method: str = "linear", bounds_error: bool = True, fill_value: Any = np.nan
) -> Any:
    """scipy.interpolate.interpn, also of duals in values and arguments."""
    if not differentiable(values, xi, *(xi if isinstance(xi, tuple) else ())):
        return _interpolate.interpn(points, values, xi, method, bounds_error, fill_value)
    if method == "splinef2d":
        raise UnsupportedError("interpn(method='splinef2d') of duals: use method='cubic'")
    return RegularGridInterpolator(points, values, method, bounds_error, fill_value)(xi)


class TriangulatedOfDuals(Holding):
    """scipy.interpolate.LinearNDInterpolator of duals in values and arguments; the triangulation is constant."""

    _constant = ("fill_value", "points")

    def __init__(self, points: Any, values: Any, fill_value: Any = np.nan, rescale: bool = False) -> None:
        if differentiable(points):
            raise UnsupportedError("the points of LinearNDInterpolator are constants: pass points.value")
        self.original = _interpolate.LinearNDInterpolator(points, plain(values), fill_value, rescale)
        self.values = as_operand(values)
        self.scale = np.ptp(points, axis=0) if rescale else None
        self.offset = np.mean(points, axis=0) if rescale else None

    def __call__(self, *args: Any) -> Any:
        """The interpolant at points (..., d)."""
        tri = self.original.tri
        x = points_of(args, tri.ndim)
        value = self.original(value_of(x))
        lead = np.shape(x)[:-1]
        flat = np.reshape(x, (-1, tri.ndim))
        if self.scale is not None:
            flat = (flat - self.offset) / self.scale
        at = tri.find_simplex(value_of(flat))
        inside = at >= 0
        T = tri.transform[at]
        b = np.einsum("nij,nj->ni", T[:, :-1], flat - T[:, -1])
        b = np.concatenate([b, 1 - np.sum(b, axis=1, keepdims=True)], axis=1)
        data = self.values[tri.simplices[at]]
        weights = np.reshape(b, np.shape(b) + (1,) * (np.ndim(data) - 2))
        found = np.where(np.reshape(inside, (-1,) + (1,) * (np.ndim(data) - 2)), np.sum(weights * data, axis=1), 0.0)
        return exact(as_operand(np.reshape(found, (*lead, *np.shape(self.values)[1:]))), np.asarray(value))


def from_triangles(made: Any) -> Any:
    """SciPy's LinearNDInterpolator, for arguments that are duals."""
    found = object.__new__(TriangulatedOfDuals)
    found.original = made
    found.values = np.reshape(made.values, (-1, *made.values_shape))
    found.scale, found.offset = made.scale, getattr(made, "offset", None)
    return found


LinearNDInterpolator = either(_interpolate, "LinearNDInterpolator", TriangulatedOfDuals, from_triangles)


class NearestOfDuals(Holding):
    """scipy.interpolate.NearestNDInterpolator of duals in values; constant between the points."""

    _constant = ("fill_value", "points")

    def __init__(self, x: Any, y: Any, rescale: bool = False, tree_options: Any = None) -> None:
        if differentiable(x):
            raise UnsupportedError("the points of NearestNDInterpolator are constants: pass x.value")
        self.original = _interpolate.NearestNDInterpolator(x, plain(y), rescale, tree_options)
        self.values = as_operand(y)
        count = np.shape(self.values)[0]
        self.places = _interpolate.NearestNDInterpolator(x, np.arange(float(count)), rescale, tree_options)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The value at the nearest point."""
        args = tuple(tuple(map(plain, a)) if isinstance(a, tuple) else plain(a) for a in args)
        return self.values[self.places(*args, **options).astype(int)]


class NearestOfPlain:
    """SciPy's NearestNDInterpolator at the values of duals."""

    def __init__(self, original: Any) -> None:
        self.original = original

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The value at the nearest point."""
        return self.original(*(tuple(map(plain, a)) if isinstance(a, tuple) else plain(a) for a in args), **options)


NearestNDInterpolator = either(_interpolate, "NearestNDInterpolator", NearestOfDuals, NearestOfPlain)


def griddata(
    points: Any, values: Any, xi: Any, method: str = "linear", fill_value: Any = np.nan, rescale: bool = False
) -> Any:
    """scipy.interpolate.griddata, also of duals in values and arguments."""
    parts = xi if isinstance(xi, tuple) else (xi,)
    if not differentiable(points, values, *parts):
        return _interpolate.griddata(points, values, xi, method, fill_value, rescale)
    points = points if not isinstance(points, tuple) else np.stack([np.ravel(p) for p in points], axis=-1)
    points = np.asarray(points, float)
    if points.ndim == 1 or points.shape[1] == 1:
        points, x = points.ravel(), as_operand(parts[0])
        order = np.argsort(points)
        ends = "extrapolate" if method == "nearest" else fill_value
        return interp1d(points[order], as_operand(values)[order], kind=method, axis=0, bounds_error=False,
                        fill_value=ends)(x[..., 0] if np.ndim(x) and np.shape(x)[-1] == 1 else x)  # fmt: skip
    d = points.shape[1]
    if method == "nearest":
        return NearestNDInterpolator(points, values, rescale=rescale)(points_of(parts, d))
    made = CloughTocher2DInterpolator if method == "cubic" else LinearNDInterpolator
    return made(points, values, fill_value=fill_value, rescale=rescale)(points_of(parts, d))


def root(r2: Any) -> Any:
    """The distance; between a point and itself it is 0 without a derivative."""
    same = value_of(r2) == 0
    return np.where(same, 0.0, np.sqrt(np.where(same, 1.0, r2)))


KERNELS: dict[str, Any] = {
    "linear": lambda r2: -root(r2),
    "thin_plate_spline": lambda r2: np.where(
        value_of(r2) == 0, 0.0, 0.5 * r2 * np.log(np.where(value_of(r2) == 0, 1.0, r2))
    ),
    "cubic": lambda r2: r2 * root(r2),
    "quintic": lambda r2: -r2 * r2 * root(r2),
    "multiquadric": lambda r2: -np.sqrt(r2 + 1),
    "inverse_multiquadric": lambda r2: 1 / np.sqrt(r2 + 1),
    "inverse_quadratic": lambda r2: 1 / (r2 + 1),
    "gaussian": lambda r2: np.exp(-r2),
}
"""Kernels of the squared distance, times epsilon squared."""
DEGREE = {"multiquadric": 0, "linear": 0, "thin_plate_spline": 1, "cubic": 1, "quintic": 2}


class RBFOfDuals(Holding):
    """scipy.interpolate.RBFInterpolator of duals in points, data, smoothing, epsilon and arguments."""

    def __init__(
        self,
        y: Any,
        d: Any,
        neighbors: Any = None,
        smoothing: Any = 0.0,
        kernel: str = "thin_plate_spline",
        epsilon: Any = None,
        degree: Any = None,
    ) -> None:
        self.original = _interpolate.RBFInterpolator(
            plain(y), plain(d), neighbors, plain(smoothing), kernel, plain(epsilon), degree
        )
        self.neighbors = neighbors
        if neighbors is not None:
            return
        self.y, d = as_operand(y), as_operand(d)
        n, dim = np.shape(self.y)
        self.kernel, self.epsilon = KERNELS[kernel], 1.0 if epsilon is None else as_operand(epsilon)
        degree = max(DEGREE.get(kernel, -1), 0) if degree is None else int(degree)
        self.powers = (
            [p for p in itertools.product(range(degree + 1), repeat=dim) if sum(p) <= degree] if degree >= 0 else []
        )
        low, high = np.min(value_of(self.y), axis=0), np.max(value_of(self.y), axis=0)
        self.shift, self.scale = (low + high) / 2, np.where(high > low, (high - low) / 2, 1.0)
        K = self.matrix(self.y) + np.eye(n) * smoothing
        P = self.polynomials(self.y)
        m = len(self.powers)
        A = np.concatenate([np.concatenate([K, P], axis=1),
                            np.concatenate([np.transpose(P), np.zeros((m, m))], axis=1)], axis=0)  # fmt: skip
        self.shape = np.shape(d)[1:]
        right = np.concatenate([np.reshape(d, (n, -1)), np.zeros((m, int(np.prod(self.shape, dtype=int))))])
        self.coefficients = np.linalg.solve(A, right)

    def matrix(self, x: Any) -> Any:
        """The kernel between points x and the nodes."""
        gaps = np.expand_dims(x, 1) - np.expand_dims(self.y, 0)
        return self.kernel(np.sum(gaps * gaps, axis=-1) * (self.epsilon * self.epsilon))

    def polynomials(self, x: Any) -> Any:
        """The monomials at points x."""
        z = (x - self.shift) / self.scale
        columns = [np.prod(z ** np.array(p), axis=1) if any(p) else np.ones(np.shape(z)[0]) for p in self.powers]
        return np.stack(columns, axis=1) if columns else np.zeros((np.shape(z)[0], 0))

    def __call__(self, x: Any) -> Any:
        """The interpolant at points (n, d)."""
        x = as_operand(x)
        value = self.original(value_of(x))
        if self.neighbors is not None:
            raise UnsupportedError("RBFInterpolator(neighbors=...) of duals: leave neighbors away")
        rows = np.concatenate([self.matrix(x), self.polynomials(x)], axis=1)
        return exact(np.reshape(rows @ self.coefficients, (np.shape(x)[0], *self.shape)), value)


def from_rbf(made: Any) -> Any:
    """SciPy's RBFInterpolator, for arguments that are duals."""
    d = np.reshape(np.ascontiguousarray(made.d).view(made.d_dtype), (-1, *made.d_shape))
    degree = max(map(sum, made.powers), default=-1)
    found = RBFOfDuals(made.y, d, made.neighbors, made.smoothing, made.kernel, made.epsilon, degree)
    found.original = made
    return found


RBFInterpolator = either(_interpolate, "RBFInterpolator", RBFOfDuals, from_rbf)


RADIAL: dict[str, Any] = {
    "multiquadric": lambda r, e: np.sqrt((r / e) ** 2 + 1),
    "inverse_multiquadric": lambda r, e: 1 / np.sqrt((r / e) ** 2 + 1),
    "gaussian": lambda r, e: np.exp(-((r / e) ** 2)),
    "linear": lambda r, e: r,
    "cubic": lambda r, e: r**3,
    "quintic": lambda r, e: r**5,
    "thin_plate": lambda r, e: np.where(value_of(r) == 0, 0.0, r * r * np.log(np.where(value_of(r) == 0, 1.0, r))),
}
"""What Rbf makes of a distance."""


class OldRBFOfDuals(Holding):
    """scipy.interpolate.Rbf of duals in points, data, epsilon, smooth and arguments."""

    _own = ("original", "nodes", "points")

    def __init__(
        self,
        *args: Any,
        function: Any = "multiquadric",
        epsilon: Any = None,
        smooth: Any = 0.0,
        norm: str = "euclidean",
        mode: str = "1-D",
        **more: Any,
    ) -> None:
        self.original = _interpolate.Rbf(*map(plain, args), function=function, epsilon=plain(epsilon),
                                         smooth=plain(smooth), norm=norm, mode=mode, **more)  # fmt: skip
        x = np.stack([np.reshape(as_operand(a), (-1,)) for a in args[:-1]], axis=1)
        n, _ = np.shape(x)
        if epsilon is None:
            edges = np.max(x, axis=0) - np.min(x, axis=0)
            edges = edges[np.flatnonzero(value_of(edges))]
            epsilon = (np.prod(edges) / n) ** (1 / len(value_of(edges)))
        self.points, self.epsilon, self.norm, self.function = x, epsilon, norm, function
        data = as_operand(args[-1])
        data = np.reshape(data, (-1,)) if mode == "1-D" else data
        self.nodes = np.linalg.solve(self.matrix(x) - np.eye(n) * smooth, data)

    def matrix(self, x: Any) -> Any:
        """The function of the distances between points x and the nodes."""
        if self.norm == "euclidean":
            gaps = np.expand_dims(x, 1) - np.expand_dims(self.points, 0)
            r = root(np.sum(gaps * gaps, axis=-1))
        else:
            r = cdist(x, self.points, self.norm)
        if callable(self.function):
            return self.function(r) if self.function.__code__.co_argcount == 1 else self.function(self, r)
        return RADIAL[self.original.function](r, self.epsilon)

    def __call__(self, *args: Any) -> Any:
        """The interpolant at points given by their coordinates."""
        value = self.original(*(value_of(as_operand(a)) for a in args))
        x = np.stack([np.reshape(as_operand(a), (-1,)) for a in args], axis=1)
        return exact(np.reshape(self.matrix(x) @ self.nodes, np.shape(value)), np.asarray(value))


def from_old_rbf(made: Any) -> Any:
    """SciPy's Rbf, for arguments that are duals."""
    found = object.__new__(OldRBFOfDuals)
    found.original, found.points, found.nodes = made, made.xi.T, made.nodes
    found.epsilon, found.norm, found.function = made.epsilon, made.norm, made.function
    return found


Rbf = either(_interpolate, "Rbf", OldRBFOfDuals, from_old_rbf)


def refused(name: str) -> Callable[..., Any]:
    """Refuses to make a spline from duals."""
    def make(*args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError(
            f"scipy.interpolate.{name} of duals as data: its knots are chosen by a search. RectBivariateSpline and "
            "RBFInterpolator take duals as data"
        )

    return make


class RectangleOfDuals(Holding):
    """scipy.interpolate.RectBivariateSpline without smoothing, of duals in z."""

    _constant = ("get_knots",)

    def __init__(
        self, x: Any, y: Any, z: Any, bbox: Any = (None,) * 4, kx: Any = 3, ky: Any = 3, s: Any = 0, **options: Any
    ) -> None:
        if differentiable(x, y) or s or any(b is not None for b in bbox):
            raise UnsupportedError("RectBivariateSpline of duals takes a constant grid, s=0 and no bbox")
        self.original = _interpolate.RectBivariateSpline(x, y, plain(z), list(bbox), kx, ky, s, **options)
        self.kx, self.ky = kx, ky
        self.tx, self.ty, _ = self.original.tck
        along_x = make_interp_spline(np.asarray(x, float), as_operand(z), kx, t=self.tx)
        self.c = make_interp_spline(np.asarray(y, float), along_x.given, ky, t=self.ty, axis=1).given

    @property
    def tck(self) -> Any:
        """(knots, knots, coefficients)."""
        return self.tx, self.ty, self.get_coeffs()

    def get_coeffs(self) -> Any:
        """The coefficients."""
        return exact(np.reshape(self.c, (-1,)), self.original.get_coeffs())

    def ev(self, xi: Any, yi: Any, dx: Any = 0, dy: Any = 0) -> Any:
        """The spline, or a partial derivative, at pairs of arguments."""
        return self(xi, yi, dx, dy, grid=False)

    def __call__(self, x: Any, y: Any, dx: Any = 0, dy: Any = 0, grid: bool = True) -> Any:
        """The spline, or a partial derivative, on a grid or at pairs of arguments."""
        x, y = as_operand(x), as_operand(y)
        value = self.original(value_of(x), value_of(y), dx, dy, grid)
        x, y = np.clip(x, self.tx[0], self.tx[-1]), np.clip(y, self.ty[0], self.ty[-1])
        if grid:
            rows = BSplineOfDuals(self.tx, self.c, self.kx)(np.atleast_1d(x), dx)
            columns = BSplineOfDuals(self.ty, np.transpose(rows), self.ky)(np.atleast_1d(y), dy)
            return exact(np.transpose(columns), value)
        shape = np.broadcast_shapes(np.shape(x), np.shape(y))
        flat_x, flat_y = (np.reshape(np.broadcast_to(e, shape), (-1,)) for e in (x, y))
        bases = [local_basis(self.tx, self.kx, flat_x, dx), local_basis(self.ty, self.ky, flat_y, dy)]
        return exact(as_operand(np.reshape(contracted(self.c, bases), shape)), np.asarray(value))


    def integral(self, xa: Any, xb: Any, ya: Any, yb: Any) -> Any:
        """The integral over a rectangle."""
        value = self.original.integral(plain(xa), plain(xb), plain(ya), plain(yb))
        parts = []
        for t, k, ends in ((self.tx, self.kx, (xa, xb)), (self.ty, self.ky, (ya, yb))):
            whole = BSplineOfDuals(t, np.eye(len(t) - k - 1), k).antiderivative()
            low, high = (np.clip(as_operand(e), t[0], t[-1]) for e in ends)
            parts.append(evaluate(whole.pieces, whole.x, high) - evaluate(whole.pieces, whole.x, low))
        return exact(as_operand(parts[0] @ self.c @ parts[1]), np.asarray(value))


def from_rectangle(made: Any) -> Any:
    """SciPy's bivariate spline on a rectangle, for arguments that are duals."""
    found = object.__new__(RectangleOfDuals)
    found.original, (found.kx, found.ky) = made, made.degrees
    found.tx, found.ty, c = made.tck
    found.c = np.reshape(c, (len(found.tx) - found.kx - 1, len(found.ty) - found.ky - 1))
    return found


EVALUATED = ("__call__", "ev", "integral")
RectBivariateSpline = either(_interpolate, "RectBivariateSpline", RectangleOfDuals, from_rectangle, EVALUATED)


def surface(x: Any, y: Any, z: Any, w: Any, tck: Any, name: str) -> Any:
    """The coefficients of the least-squares spline on the knots of tck, by z and the weights, with FITPACK's values.

    Where FITPACK smooths its coefficients are others: then it is refused.
    """
    if differentiable(x, y):
        raise UnsupportedError(f"{name} of duals takes constant points")
    tx, ty, c, kx, ky = tck
    w = np.ones(len(x)) if w is None else as_operand(w)
    rows = [_interpolate.BSpline.design_matrix(np.asarray(e, float), t, k).toarray()
            for e, t, k in ((x, tx, kx), (y, ty, ky))]  # fmt: skip
    design = (rows[0][:, :, None] * rows[1][:, None, :]).reshape(len(x), -1)
    found = np.linalg.pinv(design * w[:, None]) @ (as_operand(z) * w)
    if not np.allclose(value_of(found), c, rtol=1e-6, atol=1e-8 * np.max(np.abs(c))):
        raise UnsupportedError(
            f"{name} of duals where FITPACK smooths, or has too few points for its knots: the smoothing has no "
            "rule. It has derivatives where its result is of least squares (a large s); give LSQBivariateSpline the "
            "knots"
        )
    return exact(found, np.asarray(c))


def fitted(made: Any, x: Any, y: Any, z: Any, w: Any, name: str) -> Any:
    """SciPy's spline with coefficients by the data."""
    found = from_rectangle(made)
    found.c = np.reshape(surface(x, y, z, w, (*made.tck, *made.degrees), name), found.c.shape)
    return found


def plain_weights(w: Any) -> Any:
    """Weights without derivatives."""
    return None if w is None else plain(w)


def least_squares(
    x: Any,
    y: Any,
    z: Any,
    tx: Any,
    ty: Any,
    w: Any = None,
    bbox: Any = (None,) * 4,
    kx: Any = 3,
    ky: Any = 3,
    eps: Any = None,
) -> Any:
    """scipy.interpolate.LSQBivariateSpline of duals in z and w."""
    if differentiable(x, y, tx, ty):
        raise UnsupportedError("LSQBivariateSpline of duals takes constant points and knots")
    made = _interpolate.LSQBivariateSpline(x, y, plain(z), tx, ty, plain_weights(w), list(bbox), kx, ky, eps)
    return fitted(made, x, y, z, w, "LSQBivariateSpline")


def smooth(
    x: Any,
    y: Any,
    z: Any,
    w: Any = None,
    bbox: Any = (None,) * 4,
    kx: Any = 3,
    ky: Any = 3,
    s: Any = None,
    eps: Any = 1e-16,
) -> Any:
    """scipy.interpolate.SmoothBivariateSpline of duals in z and w, where it is one of least squares."""
    data = plain(x), plain(y), plain(z), plain_weights(w)
    made = _interpolate.SmoothBivariateSpline(*data, list(bbox), kx, ky, s, eps)
    return fitted(made, x, y, z, w, "SmoothBivariateSpline")


def bisplrep(x: Any, y: Any, z: Any, w: Any = None, *args: Any, **kwargs: Any) -> Any:
    """scipy.interpolate.bisplrep, also of duals in z and w, where it is one of least squares."""
    if not differentiable(x, y, z, w, *args, *kwargs.values()):
        return _interpolate.bisplrep(x, y, z, w, *args, **kwargs)
    found = _interpolate.bisplrep(plain(x), plain(y), plain(z), plain_weights(w), *args, **kwargs)
    full = isinstance(found, tuple)
    tx, ty, c, kx, ky = found[0] if full else found
    tck = [tx, ty, surface(x, y, z, w, (tx, ty, c, kx, ky), "bisplrep"), kx, ky]
    return (tck, *found[1:]) if full else tck


LSQBivariateSpline = either(_interpolate, "LSQBivariateSpline", least_squares, from_rectangle, EVALUATED)
SmoothBivariateSpline = either(_interpolate, "SmoothBivariateSpline", smooth, from_rectangle, EVALUATED)
BivariateSpline = either(_interpolate, "BivariateSpline", refused("BivariateSpline"), from_rectangle, EVALUATED)
LSQSphereBivariateSpline, RectSphereBivariateSpline, SmoothSphereBivariateSpline = (
    either(_interpolate, name, refused(name), from_rectangle, EVALUATED[:2])
    for name in ("LSQSphereBivariateSpline", "RectSphereBivariateSpline", "SmoothSphereBivariateSpline")
)
