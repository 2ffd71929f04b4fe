"""Histograms and bincount: linear in the weights.  The bins are chosen by the data, which may not be dual.

"""

from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..maps.base import dtype_of
from ..maps.tangents import find_tag, is_dual
from .base import as_operand, exact, handles, value_of
from .through import strip
from .ufuncmethods import summed


def plain_data(name: str, *data: Any) -> Any:
    """The numbers that choose the bins; refused where they have a derivative."""
    if find_tag(*(as_operand(e) for x in data for e in (x if isinstance(x, (list, tuple)) else (x,)))) >= 0:
        raise UnsupportedError(
            f"numpy.{name} is differentiable by its weights only: counts are a step function of the data; "
            "pass x.value if their derivative is not needed, or sum a smooth kernel"
        )
    return tuple(map(strip, data))


def weighted(places: Any, weights: Any, shape: Any) -> Any:
    """The sums of the weights in each bin; places: the bin of each element, negative where it is in none."""
    weights = np.reshape(weights, -1)
    inside = places >= 0
    if not inside.all():
        weights, places = weights[inside], places[inside]
    return summed(places, weights, shape, np.result_type(dtype_of(weights), np.float64))


def bins_of(x: Any, edges: Any) -> Any:
    """The bin of each element, -1 outside; the last bin has both its edges."""
    found = np.searchsorted(edges, x, "right") - 1
    last = len(edges) - 2
    found[x == edges[-1]] = last
    return np.where((found >= 0) & (found <= last), found, -1)


@handles(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: Any = 0) -> Any:
    """np.bincount, by the weights."""
    (x,) = plain_data("bincount", x)
    weights = as_operand(weights)
    value = np.bincount(x, value_of(weights), minlength)
    if not is_dual(weights):
        return value
    return exact(weighted(np.array(x), weights, value.shape), value)       # a copy, as the map keeps it


@handles(np.histogram)
def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> tuple[Any, Any]:
    """np.histogram, by the weights."""
    a, bins = plain_data("histogram", a, bins)
    weights = as_operand(weights)
    a = np.asarray(a)
    counts, edges = np.histogram(a, bins, range, density, value_of(weights))
    if not is_dual(weights):
        return counts, edges
    found = weighted(bins_of(a.reshape(-1), edges), weights, counts.shape)
    if density:
        found = found / np.diff(edges) / np.sum(found)
    return exact(found, counts), edges


@handles(np.histogramdd)
def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Any]:
    """np.histogramdd, by the weights."""
    (sample,) = plain_data("histogramdd", sample)
    weights = as_operand(weights)
    counts, edges = np.histogramdd(sample, bins, range, density, value_of(weights))
    if not is_dual(weights):
        return counts, edges
    columns = np.asarray(sample).T if is_rows(sample) else [np.asarray(x) for x in sample]
    places = [bins_of(np.asarray(x, dtype=float), e) for x, e in zip(np.atleast_2d(columns), edges, strict=True)]
    outside = np.any(np.array(places) < 0, axis=0)
    flat = np.ravel_multi_index([np.maximum(p, 0) for p in places], counts.shape)
    found = weighted(np.where(outside, -1, flat), weights, counts.shape)
    if density:
        area = np.ones(())
        for e in edges:
            area = np.multiply.outer(area, np.diff(e))
        found = found / area / np.sum(found)
    return exact(found, counts), edges


def is_rows(sample: Any) -> Any:
    """Whether a sample has one row for each point (else a list of coordinates)."""
    return isinstance(sample, np.ndarray) and sample.ndim == 2


@handles(np.histogram2d)
def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Any, Any]:
    """np.histogram2d, by the weights."""
    x, y = plain_data("histogram2d", x, y)
    if len(x) != len(y):
        raise ValueError("x and y must have the same length.")
    if hasattr(bins, "__len__") and len(bins) not in (1, 2):
        bins = [np.asarray(bins), np.asarray(bins)]
    counts, edges = histogramdd([x, y], bins, range, density, weights)
    return counts, edges[0], edges[1]


@handles(np.histogram_bin_edges)
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """np.histogram_bin_edges of plain data (the weights do not move the edges)."""
    a, bins = plain_data("histogram_bin_edges", a, bins)
    return np.histogram_bin_edges(a, bins, range, value_of(as_operand(weights)))
