"""scipy.spatial.distance for duals: distances of vectors, and between the rows of arrays."""

import functools
from typing import Any

import numpy as np
import scipy.spatial.distance as _distance

from ...errors import UnsupportedError as _UnsupportedError
from ...functions.base import as_operand, assembled, exact, value_of
from ...maps.tangents import is_dual
from ..applied import at_home, plain_deep
from ..second_instance import Namespace, merge
from . import _INSTANCE

# ---- metrics on rows (..., n) ------------------------------------------------------------------------------


def _weighted(terms: Any, w: Any) -> Any:
    return np.sum(terms if w is None else w * terms, axis=-1)


def _inner(u: Any, v: Any, w: Any) -> Any:
    return _weighted(u * v, w)


def _euclidean(u: Any, v: Any, w: Any = None) -> Any:
    d = u - v
    return np.linalg.norm(d if w is None else np.sqrt(w) * d, axis=-1)


def _minkowski(u: Any, v: Any, p: Any = 2, w: Any = None) -> Any:
    d = u - v
    if p == np.inf:
        return np.max(np.abs(d), axis=-1)
    return np.linalg.norm(d if w is None else w ** (1.0 / p) * d, p, axis=-1)


def _canberra(u: Any, v: Any, w: Any = None) -> Any:
    size = np.abs(u) + np.abs(v)
    empty = value_of(size) == 0
    return _weighted(np.abs(u - v) / np.where(empty, 1.0, size) if np.any(empty) else np.abs(u - v) / size, w)


def _cosine(u: Any, v: Any, w: Any = None) -> Any:
    return 1.0 - _inner(u, v, w) / np.sqrt(_inner(u, u, w) * _inner(v, v, w))


def _correlation(u: Any, v: Any, w: Any = None) -> Any:
    w = None if w is None else w / np.sum(w)

    def centred(x: Any) -> Any:
        mean = np.mean(x, axis=-1, keepdims=True) if w is None else np.sum(w * x, axis=-1, keepdims=True)
        return x - mean

    return _cosine(centred(u), centred(v), w)


def _jensenshannon(u: Any, v: Any, base: Any = None) -> Any:
    from scipy.special import rel_entr

    u, v = u / np.sum(u, axis=-1, keepdims=True), v / np.sum(v, axis=-1, keepdims=True)
    m = (u + v) / 2.0
    total = np.sum(rel_entr(u, m), axis=-1) + np.sum(rel_entr(v, m), axis=-1)
    return np.sqrt((total if base is None else total / np.log(base)) / 2.0)


def _mahalanobis(u: Any, v: Any, VI: Any) -> Any:
    d = u - v
    return np.sqrt(np.sum(np.matmul(d, VI) * d, axis=-1))


_METRICS: dict[Any, Any] = {
    "euclidean": _euclidean,
    "sqeuclidean": lambda u, v, w=None: _weighted((u - v) ** 2, w),
    "cityblock": lambda u, v, w=None: _weighted(np.abs(u - v), w),
    "chebyshev": lambda u, v, w=None: np.max(np.abs(u - v) * (1.0 if w is None else value_of(w) > 0), axis=-1),
    "minkowski": _minkowski, "canberra": _canberra,
    "braycurtis": lambda u, v, w=None: _weighted(np.abs(u - v), w) / _weighted(np.abs(u + v), w),
    "cosine": _cosine, "correlation": _correlation, "jensenshannon": _jensenshannon, "mahalanobis": _mahalanobis,
    "seuclidean": lambda u, v, V: np.sqrt(np.sum((u - v) ** 2 / V, axis=-1)),
}  # fmt: skip
_ALIASES = {"sqe": "sqeuclidean", "sqeuclid": "sqeuclidean", "euclid": "euclidean", "eu": "euclidean", "e": "euclidean",
            "cblock": "cityblock", "cb": "cityblock", "c": "cityblock", "cheby": "chebyshev",
            "ch": "chebyshev", "cheb": "chebyshev",
            "mi": "minkowski", "m": "minkowski", "pnorm": "minkowski", "cos": "cosine", "co": "correlation",
            "js": "jensenshannon",
            "mahal": "mahalanobis", "mah": "mahalanobis", "se": "seuclidean", "s": "seuclidean"}  # fmt: skip
_COUNTS = {"hamming", "jaccard", "dice", "rogerstanimoto", "russellrao", "sokalsneath", "yule", "kulczynski1",
           "sokalmichener", "matching"}  # fmt: skip


def _between(u: Any, v: Any, everything: Any, metric: Any, named: Any) -> Any:
    """Distances of rows u and v by a metric; everything: all points, for the defaults."""
    if callable(metric):
        metric = next(
            (name for name in _METRICS if metric in (getattr(_distance, name), globals()["_SPACE"].get(name))), metric
        )
    if callable(metric):
        u, v = np.broadcast_arrays(value_of(u), value_of(v)) if not (is_dual(u) or is_dual(v)) else (
            np.broadcast_to(u, np.broadcast_shapes(np.shape(u), np.shape(v))),
            np.broadcast_to(v, np.broadcast_shapes(np.shape(u), np.shape(v))))  # fmt: skip
        lead, n = np.shape(u)[:-1], np.shape(u)[-1]
        pairs = zip(np.reshape(u, (-1, n)), np.reshape(v, (-1, n)), strict=True)
        return np.reshape(as_operand([metric(a, b, **named) for a, b in pairs]), lead)
    name = _ALIASES.get(metric.lower(), metric.lower())
    if name in _COUNTS:
        raise _UnsupportedError(f"scipy.spatial.distance: the metric {metric!r} counts, so it has no derivative")
    if name not in _METRICS:
        raise ValueError(f"Unknown Distance Metric: {metric}")
    named = {key: as_operand(x) for key, x in named.items() if x is not None}
    if name == "seuclidean" and "V" not in named:
        named["V"] = np.var(everything(), axis=0, ddof=1)
    if name == "mahalanobis" and "VI" not in named:
        named["VI"] = np.swapaxes(np.linalg.inv(np.cov(np.swapaxes(everything(), 0, 1))), 0, 1)
    return _METRICS[name](u, v, **named)


def _cdist(XA: Any, XB: Any, metric: str = "euclidean", *, out: Any = None, **kwargs: Any) -> Any:
    """scipy.spatial.distance.cdist, by the points and the parameters of the metric."""
    a, b = as_operand(XA), as_operand(XB)
    found = _between(a[:, None], b[None], lambda: np.concatenate([a, b]), metric, kwargs)
    if callable(metric) and not any(metric is getattr(_distance, n, None) for n in _METRICS):
        return found
    value = _distance.cdist(value_of(a), value_of(b), metric, **{k: plain_deep(x) for k, x in kwargs.items()})
    return merge(found, value, "scipy.spatial.distance.cdist")


def _pdist(X: Any, metric: str = "euclidean", *, out: Any = None, **kwargs: Any) -> Any:
    """scipy.spatial.distance.pdist, by the points and the parameters of the metric."""
    x = as_operand(X)
    i, j = np.triu_indices(np.shape(x)[0], 1)
    found = _between(x[i], x[j], lambda: x, metric, kwargs)
    if callable(metric) and not any(metric is getattr(_distance, n, None) for n in _METRICS):
        return found
    value = _distance.pdist(value_of(x), metric, **{k: plain_deep(y) for k, y in kwargs.items()})
    return merge(found, value, "scipy.spatial.distance.pdist")


def _squareform(X: Any, force: str = "no", checks: bool = True) -> Any:
    """scipy.spatial.distance.squareform: elements in other places."""
    x = as_operand(X)
    value = _distance.squareform(value_of(x), force, checks)
    if np.ndim(value) == 1:  # its vector holds what stands above the diagonal
        i, j = np.triu_indices(np.shape(x)[0], 1)
        return exact(x[i, j], value)
    return assembled(lambda zero, places: _distance.squareform(places, checks=False), np.zeros(1), x)


def _directed_hausdorff(u: Any, v: Any, rng: Any = 0, **named: Any) -> tuple[Any, Any, Any]:
    """scipy.spatial.distance.directed_hausdorff: the distance of the two points that it finds."""
    u, v = as_operand(u), as_operand(v)
    value, i, j = _distance.directed_hausdorff(value_of(u), value_of(v), rng, **named)
    return exact(_euclidean(u[i], v[j]), np.asarray(value)), i, j


def _one(name: str) -> Any:
    original = getattr(_distance, name)

    @functools.wraps(original)
    def answer(u: Any, v: Any, *args: Any, **kwargs: Any) -> Any:
        import inspect

        given = inspect.signature(original).bind(u, v, *args, **kwargs).arguments
        value = original(**{key: plain_deep(x) for key, x in given.items()})
        named = {key: as_operand(x) for key, x in given.items() if key not in ("u", "v", "p", "q") and x is not None}
        if name == "minkowski" and "p" in given:
            named["p"] = given["p"]
        if name == "correlation" and not named.pop("centered", True):
            return exact(_cosine(as_operand(u), as_operand(v), named.get("w")), np.asarray(value))
        if name == "jensenshannon":
            axis = named.pop("axis", 0)
            keep = named.pop("keepdims", False)
            first, second = (np.moveaxis(as_operand(x), int(axis), -1) for x in (given["p"], given["q"]))
            found = _jensenshannon(first, second, **named)
            return merge(
                np.reshape(found, np.shape(value)) if keep else found, value, "scipy.spatial.distance.jensenshannon"
            )
        return merge(_METRICS[name](as_operand(u), as_operand(v), **named), value, f"scipy.spatial.distance.{name}")

    return at_home(_distance, answer)


_SPACE = Namespace(
    _distance, _INSTANCE, (),
    dict.fromkeys(_COUNTS, "it counts elements, so its derivative is zero"),
    {**{name: _one(name) for name in _METRICS}, "cdist": _cdist, "pdist": _pdist, "squareform": _squareform,
     "directed_hausdorff": _directed_hausdorff},
    ("is_valid_dm", "is_valid_y", "num_obs_dm", "num_obs_y"),
)  # fmt: skip


def __getattr__(name: str) -> Any:
    return _SPACE.get(name)


def __dir__() -> Any:
    return sorted(dir(_distance))
