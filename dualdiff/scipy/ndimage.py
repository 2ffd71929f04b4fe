"""scipy.ndimage for duals and plain arrays alike: ``from dualdiff.scipy import ndimage``.

Filters by image, weights and widths; interpolation by image, coordinates and matrices; measurements.  Names, signatures
and values are SciPy's.  SciPy's own Python code runs on dualdiff's drop-ins; its compiled loops are
replaced by correlations, by extremes and ranks of windows, and by sums of B-splines.
"""

import functools
import itertools
import math
import operator
from typing import Any

import numpy as np
import scipy.ndimage as _ndimage

from ..errors import UnsupportedError as _UnsupportedError
from ..functions.base import as_operand, deliver as _deliver, exact, has_duals, value_of
from ..maps.tangents import is_dual
from .applied import apply_linear, at_home, varies
from .filtering import correlation, extended, margins_of, windows
from .second_instance import Namespace, SecondInstance

_MODES = {0: "nearest", 1: "wrap", 2: "reflect", 3: "mirror", 4: "constant", 5: "grid-wrap", 6: "grid-constant"}

# ---- filters ---------------------------------------------------------------------------------------------


def _correlate(input: Any, weights: Any, output: Any, mode: Any, cval: Any, origins: Any) -> None:
    weights = as_operand(weights)
    wide = extended(input, _MODES[mode], cval, margins_of(np.shape(weights), origins))
    output[...] = correlation(wide, weights)


def _correlate1d(input: Any, weights: Any, axis: Any, output: Any, mode: Any, cval: Any, origin: Any) -> None:
    rank = np.ndim(input)
    shape = [1] * rank
    shape[axis] = np.shape(weights)[0]
    origins = [0] * rank
    origins[axis] = origin
    _correlate(input, np.reshape(weights, shape), output, mode, cval, origins)


def _uniform_filter1d(input: Any, size: Any, axis: Any, output: Any, mode: Any, cval: Any, origin: Any) -> None:
    _correlate1d(input, np.full(size, 1.0 / size), axis, output, mode, cval, origin)


def _extreme1d(input: Any, size: Any, axis: Any, output: Any, mode: Any, cval: Any, origin: Any, minimum: Any) -> None:
    rank = np.ndim(input)
    shape, origins = [1] * rank, [0] * rank
    axis = axis % rank
    shape[axis], origins[axis] = size, origin
    stack = windows(input, np.ones(shape, bool), _MODES[mode], cval, origins)
    output[...] = (np.min if minimum else np.max)(stack, axis=0)


def _extreme(
    input: Any, footprint: Any, structure: Any, output: Any, mode: Any, cval: Any, origins: Any, minimum: Any
) -> None:
    stack = windows(input, footprint.astype(bool), _MODES[mode], cval, origins)
    if structure is not None:
        raised = np.reshape(structure[footprint.astype(bool)], (-1,) + (1,) * np.ndim(input))
        stack = stack - raised if minimum else stack + raised
    output[...] = (np.min if minimum else np.max)(stack, axis=0)


def _rank(input: Any, rank: Any, footprint: Any, output: Any, mode: Any, cval: Any, origins: Any) -> None:
    stack = windows(input, footprint.astype(bool), _MODES[mode], cval, origins)
    output[...] = np.sort(stack, axis=0)[rank]


def _rank1d(x: Any, rank: Any, size: Any, output: Any, mode: Any, cval: Any, origin: Any) -> None:
    origin = origin if np.ndim(origin) == 0 else origin[0]
    _rank(x, rank, np.ones(size, bool), output, mode, cval, [origin])


def _generic(*args: Any) -> Any:
    raise _UnsupportedError(
        "scipy.ndimage.generic_filter of duals calls its function from compiled code: write a stack of shifted images"
    )


# ---- interpolation ---------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=64)
def _spline_matrix(n: Any, order: Any, mode: Any) -> Any:
    """The matrix of the prefilter of n samples."""
    return _ndimage.spline_filter1d(np.eye(n), order, 0, mode=mode)


def _spline_filter1d(input: Any, order: Any, axis: Any, output: Any, mode: Any) -> None:
    how = _MODES[mode]

    def forward(v: Any) -> Any:
        return _ndimage.spline_filter1d(v, order, -1, mode=how)

    def adjoint(w: Any) -> Any:
        return w @ _spline_matrix(w.shape[-1], order, how)

    moved = np.moveaxis(input, axis, -1)
    output[...] = np.moveaxis(moved if np.shape(moved)[-1] == 1 else apply_linear(forward, adjoint, moved), -1, axis)


@functools.lru_cache(maxsize=8)
def _spline_weights(order: Any) -> Any:
    """Coefficients of the B-splines of an order in the distance g from the first knot: rows are the samples."""
    rows = []
    for k in range(order + 1):
        total = np.zeros(order + 1)
        for j in range(order - k + 1):
            shifted = np.polynomial.polynomial.polypow([order - k - j, 1.0], order)
            total = total + (-1) ** j * math.comb(order + 1, j) * np.resize(shifted, order + 1)
        rows.append(total / math.factorial(order))
    return np.array(rows)


def _into_range(at: Any, n: Any, mode: Any) -> tuple[Any, Any, Any]:
    """(sign, offset, outside): where a position beyond the edges is found, sign * at + offset."""
    sign, offset = np.ones(np.shape(at)), np.zeros(np.shape(at))
    low, high = at < 0, at > n - 1
    if mode in ("constant", "grid-constant"):
        return sign, offset, low | high
    if mode == "nearest":
        sign = np.where(low | high, 0.0, 1.0)
        offset = np.where(high, n - 1.0, 0.0)
    elif mode == "wrap":
        if n > 1:
            period = n - 1
            offset = np.where(
                low, period * (np.trunc(-at / period) + 1), np.where(high, -period * np.trunc(at / period), 0.0)
            )
        else:
            sign = np.where(low | high, 0.0, 1.0)
    elif mode == "grid-wrap":
        offset = np.where(low, n + n * np.trunc((-1 - at) / n), np.where(high, -n * np.trunc(at / n), 0.0))
    else:
        mirror = mode == "mirror"
        period = 2 * n - 2 if mirror else 2 * n
        if period == 0:
            return np.zeros(np.shape(at)), offset, np.zeros(np.shape(at), bool)
        folded = at - period * np.floor(at / period)  # in [0, period)
        offset = folded - at
        back = folded > (n - 1 if mirror else n - 0.5)
        sign = np.where((low | high) & back, -1.0, 1.0)
        offset = np.where(low | high, np.where(back, period - offset - (0.0 if mirror else 1.0), offset), 0.0)
        if not mirror:  # between the last sample and the edge of its cell the position stays
            near = (low | high) & ~back & (folded > n - 1)
            offset = np.where(near, folded - at, offset)
    return sign, offset, np.zeros(np.shape(at), bool)


def _places(at: Any, n: Any, mode: Any) -> tuple[Any, Any]:
    """The samples that stand for indices beyond the edges."""
    mode = "mirror" if mode in ("constant", "wrap") else mode
    if mode == "mirror":
        if n == 1:
            return np.zeros_like(at), np.zeros(at.shape, bool)
        at = at % (2 * n - 2)
        return np.where(at < n, at, 2 * n - 2 - at), np.zeros(at.shape, bool)
    if mode == "reflect":
        at = at % (2 * n)
        return np.where(at < n, at, 2 * n - 1 - at), np.zeros(at.shape, bool)
    if mode == "grid-wrap":
        return at % n, np.zeros(at.shape, bool)
    outside = (at < 0) | (at >= n)
    return np.clip(at, 0, n - 1), outside & (mode == "grid-constant")


def _sampled(coefficients: Any, coordinates: Any, order: Any, mode: Any, cval: Any, npad: Any) -> Any:
    """Sums of B-splines at coordinates, a list with one array for each axis."""
    weights: list[Any] = []
    indices: list[Any] = []
    holes: list[Any] = []
    outside: Any = False
    for axis, c in enumerate(coordinates):
        n = np.shape(coefficients)[axis]
        c = as_operand(c) + npad
        plain = np.asarray(value_of(c), float)
        sign, offset, out = _into_range(plain, n, mode)
        if mode == "constant":
            outside = outside | out
        c, plain = sign * c + offset, sign * plain + offset
        half = 0.0 if order % 2 else 0.5
        start = np.floor(plain + half)
        g = c - start + half
        powers = [np.ones(np.shape(plain))]
        for _ in range(order):
            powers.append(powers[-1] * g)
        weights.append([sum(float(p) * z for p, z in zip(row, powers, strict=True)) for row in _spline_weights(order)])
        first = start.astype(np.intp) - order // 2
        found = [_places(first + k, n, mode) for k in range(order + 1)]
        indices.append([f[0] for f in found])
        holes.append([f[1] for f in found])
    total = 0.0
    for corner in itertools.product(range(order + 1), repeat=len(coordinates)):
        weight = functools.reduce(operator.mul, (weights[axis][k] for axis, k in enumerate(corner)))
        at = np.broadcast_arrays(*(indices[axis][k] for axis, k in enumerate(corner)))
        sample = coefficients[tuple(at)]
        if mode == "grid-constant":
            hole = functools.reduce(np.logical_or, (holes[axis][k] for axis, k in enumerate(corner)))
            sample = np.where(hole, cval, sample)
        total = total + weight * sample
    return np.where(outside, cval, total) if np.any(outside) else total


def _geometric_transform(
    filtered: Any,
    mapping: Any,
    coordinates: Any,
    matrix: Any,
    offset: Any,
    output: Any,
    order: Any,
    mode: Any,
    cval: Any,
    npad: Any,
    args: Any,
    named: Any,
) -> None:
    shape = np.shape(output)
    if mapping is not None:
        points = [mapping(p, *(args or ()), **(named or {})) for p in np.ndindex(*shape)]
        rows = [as_operand(list(p)) for p in points]
        coordinates = [np.reshape(as_operand([r[i] for r in rows]), shape) for i in range(np.ndim(filtered))]
    elif coordinates is None:
        grid = np.indices(shape).reshape(len(shape), -1).astype(float)
        moved = np.matmul(as_operand(matrix), grid) + np.reshape(as_operand(offset), (-1, 1))
        coordinates = [np.reshape(moved[i], shape) for i in range(np.ndim(filtered))]
    else:
        coordinates = [coordinates[i] for i in range(np.ndim(filtered))]
    output[...] = _sampled(filtered, coordinates, order, _MODES[mode], cval, npad)


def _zoom_shift(
    filtered: Any, zoom: Any, shift: Any, output: Any, order: Any, mode: Any, cval: Any, npad: Any, grid_mode: Any
) -> None:
    shape, rank = np.shape(output), np.ndim(output)
    coordinates = []
    for axis in range(rank):
        at = np.reshape(np.arange(float(shape[axis])), [-1 if a == axis else 1 for a in range(rank)])
        if shift is not None:
            at = at + shift[axis]
        if zoom is not None:
            at = (at + 0.5) * zoom[axis] - 0.5 if grid_mode else at * zoom[axis]
        coordinates.append(at)
    output[...] = _sampled(filtered, coordinates, order, _MODES[mode], cval, npad)


# ---- Fourier space -----------------------------------------------------------------------------------------


def _frequencies(shape: Any, n: Any, axis: Any) -> Any:
    """The frequencies (cycles a sample) along each axis."""
    found = []
    for a, size in enumerate(shape):
        k = np.arange(size) / n if n >= 0 and a == axis else np.fft.fftfreq(size)
        found.append(np.reshape(k, [-1 if b == a else 1 for b in range(len(shape))]))
    return found


def _fourier_filter(input: Any, parameters: Any, n: Any, axis: Any, output: Any, kind: Any) -> None:
    shape = np.shape(input)
    if varies(parameters) and kind == 2:
        raise _UnsupportedError("scipy.ndimage.fourier_ellipsoid has no derivative by its size in dualdiff")
    if varies(parameters):
        factor = 1.0
        for p, k in zip(as_operand(parameters), _frequencies(shape, n, axis), strict=True):
            factor = factor * (np.exp(-2.0 * (math.pi * p * k) ** 2) if kind == 0 else np.sinc(p * k))
    else:
        function = (_ndimage.fourier_gaussian, _ndimage.fourier_uniform, _ndimage.fourier_ellipsoid)[kind]
        factor = function(np.ones(shape), value_of(parameters), n, axis)
    output[...] = input * factor


def _fourier_shift(input: Any, shifts: Any, n: Any, axis: Any, output: Any) -> None:
    phase = 0.0
    for p, k in zip(as_operand(shifts), _frequencies(np.shape(input), n, axis), strict=True):
        phase = phase + p * k
    output[...] = input * np.exp(-2j * math.pi * phase)


# ---- functions of their own ----------------------------------------------------------------------------------


def distance_transform_edt(
    input: Any,
    sampling: Any = None,
    return_distances: bool = True,
    return_indices: bool = False,
    distances: Any = None,
    indices: Any = None,
) -> Any:
    """scipy.ndimage.distance_transform_edt, by the sampling; which points are nearest is constant."""
    if varies(input) or distances is not None or indices is not None:
        raise _UnsupportedError("scipy.ndimage.distance_transform_edt of duals is differentiable by sampling only: the "
                                "distances jump with the image")  # fmt: skip
    input = np.atleast_1d(input)
    sampling = as_operand(sampling)
    plain = value_of(sampling)
    value, ft = _ndimage.distance_transform_edt(input, plain, return_indices=True)
    step = ft - np.indices(input.shape)
    each = [sampling] * input.ndim if np.ndim(sampling) == 0 else [sampling[i] for i in range(input.ndim)]
    total = sum((s * d) ** 2 for s, d in zip(each, step, strict=True))
    there = value_of(total) > 0
    found = exact(np.where(there, np.sqrt(np.where(there, total, 1.0)), 0.0), value)
    parts = [x for x, asked in ((found, return_distances), (ft, return_indices)) if asked]
    return parts[0] if len(parts) == 1 else tuple(parts)


_REPLACED = {
    "scipy.ndimage._nd_image": {
        "correlate1d": _correlate1d, "correlate": _correlate, "uniform_filter1d": _uniform_filter1d,
        "min_or_max_filter1d": _extreme1d, "min_or_max_filter": _extreme, "rank_filter": _rank,
        "spline_filter1d": _spline_filter1d, "geometric_transform": _geometric_transform, "zoom_shift": _zoom_shift,
        "fourier_filter": _fourier_filter, "fourier_shift": _fourier_shift, "generic_filter": _generic,
        "generic_filter1d": _generic,
    },
    "scipy.ndimage._rank_filter_1d": {"rank_filter": _rank1d},
}  # fmt: skip
_RIGHT = [
    "correlate", "correlate1d", "convolve", "convolve1d", "gaussian_filter", "gaussian_filter1d",
    "gaussian_gradient_magnitude", "gaussian_laplace", "laplace", "sobel", "prewitt", "generic_laplace",
    "generic_gradient_magnitude", "uniform_filter", "uniform_filter1d", "minimum_filter", "minimum_filter1d",
    "maximum_filter", "maximum_filter1d", "median_filter", "percentile_filter", "rank_filter", "grey_erosion",
    "grey_dilation", "grey_opening", "grey_closing", "morphological_gradient", "morphological_laplace",
    "white_tophat", "black_tophat", "spline_filter", "spline_filter1d", "map_coordinates", "affine_transform",
    "geometric_transform", "shift", "zoom", "rotate", "fourier_gaussian", "fourier_uniform",
    "fourier_ellipsoid", "fourier_shift", "sum", "sum_labels", "mean", "variance", "standard_deviation",
    "minimum", "maximum", "median", "extrema", "center_of_mass"
]  # fmt: skip
_PLACES = [
    "binary_closing", "binary_dilation", "binary_erosion", "binary_fill_holes", "binary_hit_or_miss",
    "binary_opening", "binary_propagation", "find_objects", "label", "minimum_position", "maximum_position",
    "value_indices", "watershed_ift", "histogram"
]  # fmt: skip
_REFUSED = {
    **dict.fromkeys(("distance_transform_bf", "distance_transform_cdt"), "write distance_transform_edt"),
    **dict.fromkeys(("generic_filter", "generic_filter1d", "labeled_comprehension"),
                    "it calls its function from compiled code"),
    "vectorized_filter": "write its function over a stack of shifted images",
}  # fmt: skip
_SPACE = Namespace(
    _ndimage, SecondInstance("scipy.ndimage", _REPLACED), [n for n in _RIGHT if hasattr(_ndimage, n)], _REFUSED,
    {"distance_transform_edt": distance_transform_edt}, ("generate_binary_structure", "iterate_structure"), _PLACES,
)  # fmt: skip


@functools.cache
def _with_output(name: str) -> Any:
    """A function that may be told where to write."""
    call = _SPACE.get(name)

    @functools.wraps(call)
    def answer(*args: Any, **kwargs: Any) -> Any:
        out = kwargs.get("output")
        if (isinstance(out, np.ndarray) or is_dual(out)) and (has_duals([*args]) or is_dual(out)):
            found = call(*args, **{key: x for key, x in kwargs.items() if key != "output"})
            return _deliver(found, out)
        return call(*args, **kwargs)

    return at_home(_ndimage, answer)


distance_transform_edt = _SPACE.get("distance_transform_edt")


def __getattr__(name: str) -> Any:
    return _with_output(name) if name in _SPACE.names else _SPACE.get(name)


def __dir__() -> Any:
    return sorted(dir(_ndimage))
