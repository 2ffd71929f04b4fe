"""scipy.spatial for duals and plain arrays alike: ``from dualdiff.scipy import spatial``.

Distances, procrustes, rotations, volumes of convex hulls, distances to neighbours.  Which points are neighbours, or
corners, is decided on plain numbers; what is left is a composition.
"""

import importlib as _importlib
from typing import Any

import numpy as np
import scipy.spatial as _spatial

from ...errors import UnsupportedError as _UnsupportedError
from ...functions.base import as_operand, exact, has_duals, value_of
from ..second_instance import Namespace, SecondInstance, merge

_INSTANCE = SecondInstance("scipy.spatial", {
    "scipy.spatial.transform": {}, "scipy.spatial._ckdtree": {}, "scipy.spatial._qhull": {},
    "scipy.spatial._kdtree": {},
    "scipy.spatial._spherical_voronoi": {}, "scipy.spatial._plotutils": {},
})  # fmt: skip


class _Hull:
    """A convex hull of duals: SciPy's hull of the values, with volume and area as functions of the points."""

    def __init__(self, points: Any, *args: Any, **kwargs: Any) -> None:
        self._points = as_operand(points)
        self._hull = _spatial.ConvexHull(value_of(self._points), *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._hull, name)

    @property
    def points(self) -> Any:
        """The points."""
        return self._points

    def _facets(self) -> tuple[Any, Any]:
        """The edges of facets from their first corner, (facets, d - 1, d), and those corners from the centre."""
        corners = self._points[self._hull.simplices]
        centre = np.mean(self._points[self._hull.vertices], axis=0)
        return corners[:, 1:] - corners[:, :1], corners[:, 0] - centre

    @property
    def volume(self) -> Any:
        """The volume (in the plane: the area)."""
        edges, first = self._facets()
        d = np.shape(first)[1]
        each = np.abs(np.linalg.det(np.concatenate([first[:, None], edges], axis=1)))
        return merge(np.sum(each) / _factorial(d), self._hull.volume, "scipy.spatial.ConvexHull.volume")

    @property
    def area(self) -> Any:
        """The area of the surface (in the plane: the circumference)."""
        edges, _ = self._facets()
        d = np.shape(edges)[2]
        gram = np.matmul(edges, np.swapaxes(edges, -1, -2))
        each = np.sqrt(np.linalg.det(gram))
        return merge(np.sum(each) / _factorial(d - 1), self._hull.area, "scipy.spatial.ConvexHull.area")

    @property
    def equations(self) -> Any:
        """Not of duals."""
        raise _UnsupportedError("scipy.spatial.ConvexHull of duals has volume and area; its equations have no rule")


def _factorial(n: Any) -> Any:
    import math

    return float(math.factorial(n))


class _Tree:
    """A tree of points that are duals, or that is asked about duals: neighbours are those of the values."""

    def __init__(self, points: Any, *args: Any, kind: Any = _spatial.KDTree, **kwargs: Any) -> None:
        self._points = as_operand(points)
        self._tree = kind(value_of(self._points), *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._tree, name)

    def query(
        self, x: Any, k: Any = 1, eps: Any = 0.0, p: Any = 2.0, distance_upper_bound: Any = np.inf, workers: Any = 1
    ) -> tuple[Any, Any]:
        """Distances, with derivatives, and places of neighbours."""
        x = as_operand(x)
        x = x if hasattr(x, "dtype") else np.asarray(x)
        value, at = self._tree.query(value_of(x), k, eps, p, distance_upper_bound, workers)
        there = np.asarray(at) < len(value_of(self._points))
        chosen = self._points[np.where(there, at, 0)]
        lead = np.ndim(at) - np.ndim(x) + 1
        from_ = np.reshape(x, (*np.shape(x)[:-1], *(1,) * lead, np.shape(x)[-1]))
        found = np.linalg.norm(chosen - from_, p, axis=-1)
        found = found if np.all(there) else np.where(there, found, np.inf)
        return merge(found, value, "scipy.spatial.KDTree.query"), at

    def query_ball_point(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The places of the points in a ball."""
        return self._tree.query_ball_point(value_of(as_operand(x)), *args, **kwargs)


def _either(name: str, make: Any, plain: Any) -> Any:
    """A class of SciPy's whose objects of duals are made by `make`."""

    class Kind(type(plain)):  # type: ignore[misc]
        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            if any(map(has_duals, (*args, *kwargs.values()))):
                return make(*args, **kwargs)
            return plain(*args, **kwargs)

        def __instancecheck__(cls, x: Any) -> bool:
            return isinstance(x, (plain, make))

    return Kind(name, (plain,), {"__doc__": f"scipy.spatial.{name}, also of duals."})


class _PlainTree(_spatial.KDTree):
    """SciPy's tree, that may be asked about duals."""

    def query(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Distances and places of neighbours."""
        if has_duals(x):
            return _Tree(self.data).query(x, *args, **kwargs)
        return super().query(x, *args, **kwargs)


def _distance_matrix(x: Any, y: Any, p: Any = 2, threshold: Any = 1000000) -> Any:
    value = _spatial.distance_matrix(value_of(as_operand(x)), value_of(as_operand(y)), p, threshold)
    x, y = as_operand(x), as_operand(y)
    return exact(np.linalg.norm(x[:, None] - y[None], p, axis=-1), value)


def _minkowski_distance(x: Any, y: Any, p: Any = 2.0) -> Any:
    x, y = as_operand(x), as_operand(y)
    value = _spatial.minkowski_distance(value_of(x), value_of(y), p)
    return exact(np.linalg.norm(y - x, p, axis=-1), np.asarray(value))


def _minkowski_distance_p(x: Any, y: Any, p: Any = 2.0) -> Any:
    x, y = as_operand(x), as_operand(y)
    value = _spatial.minkowski_distance_p(value_of(x), value_of(y), p)
    d = np.abs(y - x)
    found = np.max(d, axis=-1) if p == np.inf else np.sum(d if p == 1 else d**p, axis=-1)
    return exact(found, np.asarray(value))


def _procrustes(data1: Any, data2: Any) -> Any:
    """scipy.spatial.procrustes, by both point sets."""
    from .. import linalg

    a, b = as_operand(data1), as_operand(data2)
    value = _spatial.procrustes(value_of(a), value_of(b))
    a, b = a - np.mean(a, axis=0), b - np.mean(b, axis=0)
    a, b = a / np.sqrt(np.sum(a * a)), b / np.sqrt(np.sum(b * b))
    r, s = linalg.orthogonal_procrustes(a, b)
    b = np.matmul(b, np.swapaxes(r, 0, 1)) * s
    return merge((a, b, np.sum((a - b) ** 2)), value, "scipy.spatial.procrustes")


def _geometric_slerp(start: Any, end: Any, t: Any, tol: Any = 1e-7) -> Any:
    """scipy.spatial.geometric_slerp, by both ends and the parameter."""
    start, end, t = as_operand(start), as_operand(end), as_operand(t)
    value = _spatial.geometric_slerp(value_of(start), value_of(end), value_of(t), tol)
    along = np.sum(start * end)
    across = end - along * start
    size = np.sqrt(np.sum(across * across))
    angle = np.arctan2(size, along)
    column = np.reshape(t, (-1, 1))
    found = np.cos(column * angle) * start + np.sin(column * angle) * (across / size)
    return merge(np.reshape(found, np.shape(value)), value, "scipy.spatial.geometric_slerp")


_WHY = "which cells there are is decided by compiled code, and changes in jumps"
_SPACE = Namespace(
    _spatial, _INSTANCE, (),
    {**dict.fromkeys(("Delaunay", "Voronoi", "HalfspaceIntersection", "SphericalVoronoi", "tsearch"), _WHY)},
    {"distance_matrix": _distance_matrix, "minkowski_distance": _minkowski_distance,
     "minkowski_distance_p": _minkowski_distance_p, "procrustes": _procrustes, "geometric_slerp": _geometric_slerp},
)  # fmt: skip
ConvexHull = _either("ConvexHull", _Hull, _spatial.ConvexHull)
KDTree = _either("KDTree", _Tree, _PlainTree)
cKDTree = KDTree
_SPACE.replaced |= {"ConvexHull", "KDTree", "cKDTree"}


def __getattr__(name: str) -> Any:
    if name in ("distance", "transform"):
        return _importlib.import_module(f"{__name__}.{name}")
    return _SPACE.get(name)


def __dir__() -> Any:
    return sorted(dir(_spatial))
