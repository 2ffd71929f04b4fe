"""The interpolant of Clough and Tocher on triangles, by its values and arguments.

In which triangle an argument lies, and in which third of it, is decided on plain numbers.  The gradients at the points
minimise the curvature along all edges: SciPy iterates, here their equations are solved (they are linear in the values).

References
----------
Alfeld, A trivariate Clough-Tocher scheme for tetrahedral data, CAGD 1 (1984) 169; Nielson, A method for interpolating
scattered data based upon a minimum norm network, Math. Comp. 40 (1983) 253.
"""

from typing import Any

import numpy as np
import scipy.interpolate as _interpolate
from scipy.sparse import coo_array, diags_array
from scipy.sparse.linalg import splu

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import apply_linear, differentiable, plain
from ..either import either
from ..wrapped import Holding
from .points import points_of

__all__ = ["CloughTocher2DInterpolator"]


def edges_of(tri: Any) -> tuple[Any, Any]:
    """Both ends of each edge, in both directions."""
    start, neighbours = tri.vertex_neighbor_vertices
    return np.repeat(np.arange(len(start) - 1), np.diff(start)), neighbours


def gradient_map(tri: Any) -> tuple[Any, Any]:
    """(forward, adjoint): values (..., n) -> gradients (..., 2 n), the coordinates of a point side by side."""
    points = tri.points
    n = len(points)
    i, j = edges_of(tri)
    e = points[j] - points[i]
    weight = 1 / np.sum(e * e, axis=1) ** 1.5
    blocks = e[:, :, None] * e[:, None, :] * weight[:, None, None]
    rows = [(2 * i[:, None, None] + np.array([[0, 0], [1, 1]])).ravel()] * 2
    columns = [(2 * at[:, None, None] + np.array([[0, 1], [0, 1]])).ravel() for at in (i, j)]
    A = coo_array((np.concatenate([4 * blocks.ravel(), 2 * blocks.ravel()]),
                   (np.concatenate(rows), np.concatenate(columns))), shape=(2 * n, 2 * n)).tocsc()  # fmt: skip
    A = A + diags_array(np.repeat((np.bincount(i, minlength=n) == 0) * 1.0, 2), format="csc")     # points left out
    pull = (6 * e * weight[:, None]).ravel()
    places = (2 * i[:, None] + np.array([0, 1])).ravel()
    B = coo_array((np.concatenate([pull, -pull]), (np.concatenate([places] * 2), np.repeat(np.concatenate([j, i]), 2))),
                  shape=(2 * n, n)).tocsc()  # fmt: skip
    lu = splu(A)

    def forward(v: Any) -> Any:
        flat = np.reshape(v, (-1, n)).T
        return np.reshape(lu.solve(np.ascontiguousarray(B @ flat)).T, (*v.shape[:-1], 2 * n))

    def adjoint(w: Any) -> Any:
        flat = np.reshape(w, (-1, 2 * n)).T
        return np.reshape((B.T @ lu.solve(np.ascontiguousarray(flat), "T")).T, (*w.shape[:-1], n))

    return forward, adjoint


def ratios(tri: Any, at: Any) -> Any:
    """For each side of the triangles `at`: how the normal derivative bends towards the neighbour's centre."""
    g = np.full((len(at), 3), -0.5)
    for k in range(3):
        other = tri.neighbors[at, k]
        has = other >= 0
        centre = np.mean(tri.points[tri.simplices[other[has]]], axis=1)
        T = tri.transform[at[has]]
        b = np.einsum("nij,nj->ni", T[:, :2], centre - T[:, 2])
        c = np.concatenate([b, 1 - np.sum(b, axis=1, keepdims=True)], axis=1)
        u, v = c[:, (k + 2) % 3], c[:, (k + 1) % 3]
        g[has, k] = (2 * u + v - 1) / (2 - 3 * u - 3 * v)
    return g


def cubic(tri: Any, at: Any, b: Any, f: Any, df: Any) -> Any:
    """The interpolant from barycentric coordinates b (N, 3), values (N, 3, m) and gradients (N, 3, 2, m)."""
    corners = tri.points[tri.simplices[at]]
    sides = [corners[:, (i + 1) % 3] - corners[:, i] for i in range(3)]

    def along(i: Any, side: Any, sign: Any) -> Any:
        e = sides[side]
        return sign * (df[:, i, 0] * e[:, :1] + df[:, i, 1] * e[:, 1:])

    f1, f2, f3 = (f[:, i] for i in range(3))
    c2100, c2010 = f1 + along(0, 0, 1) / 3, f1 + along(0, 2, -1) / 3
    c1200, c0210 = f2 + along(1, 0, -1) / 3, f2 + along(1, 1, 1) / 3
    c1020, c0120 = f3 + along(2, 2, 1) / 3, f3 + along(2, 1, -1) / 3
    c2001, c0201, c0021 = (c2100 + c2010 + f1) / 3, (c1200 + f2 + c0210) / 3, (c1020 + c0120 + f3) / 3
    g = [e[:, None] for e in np.transpose(ratios(tri, at))]
    c0111 = (g[0] * (-f2 + 3 * c0210 - 3 * c0120 + f3) + (-f2 + 2 * c0210 - c0120 + c0021 + c0201)) / 2
    c1011 = (g[1] * (-f3 + 3 * c1020 - 3 * c2010 + f1) + (-f3 + 2 * c1020 - c2010 + c2001 + c0021)) / 2
    c1101 = (g[2] * (-f1 + 3 * c2100 - 3 * c1200 + f2) + (-f1 + 2 * c2100 - c1200 + c2001 + c0201)) / 2
    c1002, c0102, c0012 = (c1101 + c1011 + c2001) / 3, (c1101 + c0111 + c0201) / 3, (c1011 + c0111 + c0021) / 3
    c0003 = (c1002 + c0102 + c0012) / 3
    rows = np.arange(len(at))
    least = b[rows, np.argmin(value_of(b), axis=1)]
    b1, b2, b3 = (np.reshape(b[:, i] - least, (-1, 1)) for i in range(3))
    b4 = np.reshape(3 * least, (-1, 1))
    return (
        b1**3 * f1 + 3 * b1**2 * (b2 * c2100 + b3 * c2010 + b4 * c2001)
        + b2**3 * f2 + 3 * b2**2 * (b1 * c1200 + b3 * c0210 + b4 * c0201)
        + b3**3 * f3 + 3 * b3**2 * (b1 * c1020 + b2 * c0120 + b4 * c0021)
        + b4**3 * c0003 + 3 * b4**2 * (b1 * c1002 + b2 * c0102 + b3 * c0012)
        + 6 * b4 * (b1 * b2 * c1101 + b1 * b3 * c1011 + b2 * b3 * c0111)
    )  # fmt: skip


class CloughTocherOfDuals(Holding):
    """scipy.interpolate.CloughTocher2DInterpolator of duals in values and arguments; the triangulation is constant."""

    _own, _constant = ("original", "values", "gradients"), ("fill_value", "points")

    def __init__(
        self,
        points: Any,
        values: Any,
        fill_value: Any = np.nan,
        tol: Any = 1e-6,
        maxiter: Any = 400,
        rescale: bool = False,
    ) -> None:
        if differentiable(points):
            raise UnsupportedError("the points of CloughTocher2DInterpolator are constants: pass points.value")
        made = _interpolate.CloughTocher2DInterpolator(points, plain(values), fill_value, tol, maxiter, rescale)
        self.hold(made, as_operand(values), True)

    def hold(self, original: Any, values: Any, vary: Any) -> None:
        """SciPy's interpolant, and its values; where they vary, so do the gradients at the points."""
        self.original, self.shape = original, np.shape(values)[1:]
        n = np.shape(values)[0]
        self.values = np.reshape(values, (n, -1))
        if not vary:
            self.gradients = np.swapaxes(original.grad, 1, 2)
            return
        forward, adjoint = gradient_map(original.tri)
        found = apply_linear(forward, adjoint, np.transpose(self.values))       # (m, 2 n)
        self.gradients = np.transpose(np.reshape(found, (-1, n, 2)), (1, 2, 0))

    def __call__(self, *args: Any) -> Any:
        """The interpolant at points (..., 2)."""
        tri = self.original.tri
        x = points_of(args, 2)
        value = np.asarray(self.original(value_of(x)))
        flat = np.reshape(x, (-1, 2))
        if self.original.scale is not None:
            flat = (flat - self.original.offset) / self.original.scale
        at = tri.find_simplex(value_of(flat))
        T = tri.transform[at]
        b = np.einsum("nij,nj->ni", T[:, :2], flat - T[:, 2])
        b = np.concatenate([b, 1 - np.sum(b, axis=1, keepdims=True)], axis=1)
        corners = tri.simplices[at]
        found = cubic(tri, at, b, self.values[corners], self.gradients[corners])
        found = np.where((at >= 0)[:, None], found, 0.0)
        return exact(as_operand(np.reshape(found, value.shape)), value)


def from_triangles(made: Any) -> Any:
    """SciPy's CloughTocher2DInterpolator, for arguments that are duals."""
    found = object.__new__(CloughTocherOfDuals)
    found.hold(made, np.reshape(made.values, (-1, *made.values_shape)), False)
    return found


CloughTocher2DInterpolator = either(
    _interpolate, "CloughTocher2DInterpolator", CloughTocherOfDuals, from_triangles)  # fmt: skip
