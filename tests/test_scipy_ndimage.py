"""dualdiff.scipy.ndimage: filters, interpolation and measurements, by image, weights, coordinates and parameters."""

import numpy as np
import pytest
import scipy.ndimage
from scipy_rows import Rows
from support import needs

import dualdiff as dd
from dualdiff.errors import UnsupportedError
from dualdiff.scipy import ndimage

pytestmark = [
    pytest.mark.filterwarnings("ignore:It is recommended to use mode"),
    pytest.mark.filterwarnings("ignore:invalid value encountered in divide"),       # a label that no element has
]

ROWS = Rows(ndimage, scipy.ndimage)
G = np.random.default_rng(0)
IMAGE, KERNEL, SQUARE = G.standard_normal((6, 7)), G.standard_normal((3, 2)), G.standard_normal((3, 3))
B = np.array([1.0, 0.3, 0.2])
PLACES = np.array([[0.3, 2.2, 4.6, -0.7, 5.8, -8.3], [1.3, 5.7, 0.4, 2.2, 6.6, 9.1]])
INSIDE = np.array([[0.3, 2.2, 4.6], [1.3, 4.7, 0.4]])
FOURIER = np.fft.fft2(IMAGE)
LABELS = (IMAGE > 0) + 2 * (IMAGE > 1)
MATRIX = np.array([[0.9, 0.2], [-0.1, 1.1]])
MODES = ("reflect", "mirror", "nearest", "wrap", "constant", "grid-wrap", "grid-constant", "grid-mirror")


def tables():
    add = ROWS.add
    for k in MODES:
        add(f"correlate {k}", lambda m, x, w, k=k: m.correlate(x, w, mode=k, cval=0.7), IMAGE, KERNEL, second=k == "reflect")
        add(f"convolve {k}", lambda m, x, w, k=k: m.convolve(x, w, mode=k, origin=(0, -1)), IMAGE, SQUARE)
        add(f"correlate1d {k}", lambda m, x, w, k=k: m.correlate1d(x, w, 0, mode=k), IMAGE, B)
        add(f"gaussian_filter {k}", lambda m, x, s, k=k: m.gaussian_filter(x, s, mode=k), IMAGE, 1.2, second=k == "reflect")
        add(f"minimum_filter {k}", lambda m, x, k=k: m.minimum_filter(x, 3, mode=k), IMAGE)
        add(f"median_filter {k}", lambda m, x, k=k: m.median_filter(x, 3, mode=k), IMAGE)
        add(f"shift {k}", lambda m, x, h, k=k: m.shift(x, h, mode=k), IMAGE, np.array([0.7, -1.3]))
        for grid in (False, True):
            add(f"zoom {k} {grid}", lambda m, x, k=k, grid=grid: m.zoom(x, 1.5, mode=k, grid_mode=grid), IMAGE)
        add(f"affine_transform {k}", lambda m, x, k=k: m.affine_transform(x, MATRIX, [0.3, -0.2], mode=k), IMAGE)
        for order in (1, 3):
            add(f"map_coordinates {k} {order}", lambda m, x, c, k=k, order=order: m.map_coordinates(x, c, order=order, mode=k, cval=0.3),
                IMAGE, PLACES)  # fmt: skip
    for order in (0, 2, 4, 5):
        add(f"map_coordinates {order}", lambda m, x, c, order=order: m.map_coordinates(x, c, order=order), IMAGE, INSIDE, second=order == 4)
    add("map_coordinates unfiltered", lambda m, x, c: m.map_coordinates(x, c, prefilter=False), IMAGE, INSIDE)
    add("affine_transform mirror", lambda m, a, o: m.affine_transform(IMAGE, a, o, mode="mirror"), MATRIX, np.array([0.3, -0.2]))
    add("affine_transform diagonal", lambda m, a: m.affine_transform(IMAGE, a, [0.1, 0.2], mode="mirror"), np.array([0.9, 1.2]))
    add("affine_transform whole", lambda m, a: m.affine_transform(IMAGE, a, mode="mirror"), np.array([[0.9, 0.2, 0.1], [-0.1, 1.1, 0.2]]))
    add("rotate", lambda m, x, a: m.rotate(x, a, reshape=False, mode="mirror"), IMAGE, 30.0)
    add("rotate reshaped", lambda m, x: m.rotate(x, 30.0), IMAGE)
    add("geometric_transform", lambda m, x: m.geometric_transform(x, lambda p: (p[0] - 0.5, p[1] * 0.9)), IMAGE)
    add("spline_filter", lambda m, x: m.spline_filter(x), IMAGE)
    add("spline_filter1d", lambda m, x: m.spline_filter1d(x, 4, 0, mode="reflect"), IMAGE)
    add("convolve1d", lambda m, x, w: m.convolve1d(x, w), IMAGE, B)
    add("gaussian_filter1d", lambda m, x, s: m.gaussian_filter1d(x, s, order=1), IMAGE, 1.2)
    add("gaussian_filter orders", lambda m, x, s: m.gaussian_filter(x, s, order=(1, 0)), IMAGE, np.array([1.2, 0.8]))
    for name in ("gaussian_gradient_magnitude", "gaussian_laplace"):
        add(name, lambda m, x, s, name=name: getattr(m, name)(x, s), IMAGE, 1.2)
    for name in ("laplace", "sobel", "prewitt", "uniform_filter"):
        add(name, lambda m, x, name=name: getattr(m, name)(x), IMAGE)
    add("uniform_filter1d", lambda m, x: m.uniform_filter1d(x, 4), IMAGE)
    add("maximum_filter footprint", lambda m, x: m.maximum_filter(x, footprint=np.array([[0, 1, 0], [1, 1, 1]])), IMAGE)
    for name in ("minimum_filter1d", "maximum_filter1d"):
        add(name, lambda m, x, name=name: getattr(m, name)(x, 3), IMAGE)
    add("percentile_filter", lambda m, x: m.percentile_filter(x, 30, 3), IMAGE)
    add("rank_filter", lambda m, x: m.rank_filter(x, -2, 3), IMAGE)
    add("median_filter 1d", lambda m, x: m.median_filter(x, 3), IMAGE.ravel()[:20])
    for name in ("grey_erosion", "grey_dilation", "grey_opening", "grey_closing", "morphological_gradient", "morphological_laplace",
                 "white_tophat", "black_tophat"):  # fmt: skip
        add(name, lambda m, x, name=name: getattr(m, name)(x, 3), IMAGE)
    for name in ("grey_erosion", "grey_dilation"):
        add(f"{name} structure", lambda m, x, s, name=name: getattr(m, name)(x, structure=s), IMAGE, SQUARE * 0.1, h=2.0**-16)
    for name in ("fourier_gaussian", "fourier_uniform", "fourier_ellipsoid"):
        add(name, lambda m, x, name=name: getattr(m, name)(x, 1.3), FOURIER.real)
    for name in ("fourier_gaussian", "fourier_uniform"):
        add(f"{name} size", lambda m, s, name=name: getattr(m, name)(FOURIER, s), 1.3)
        add(f"{name} real", lambda m, s, name=name: getattr(m, name)(np.fft.rfft2(IMAGE), s, n=7), np.array([1.3, 0.8]))
    add("fourier_shift", lambda m, x, h: m.fourier_shift(x, h), FOURIER.real, np.array([0.3, 1.2]))
    for name in ("sum", "mean", "variance", "standard_deviation", "minimum", "maximum", "median", "center_of_mass", "extrema"):
        add(name, lambda m, x, name=name: getattr(m, name)(x), IMAGE + 3)
        add(f"{name} of labels", lambda m, x, name=name: getattr(m, name)(x, LABELS, [1, 3]), IMAGE + 3, second=name == "variance")
    add("distance_transform_edt", lambda m, s: m.distance_transform_edt(IMAGE > -1, s), np.array([1.2, 0.7]))
    add("complex", lambda m, x: m.gaussian_filter(x * (1 + 2j), 1.0), IMAGE)
    add("complex map_coordinates", lambda m, x: m.map_coordinates(x * (1 + 2j), INSIDE), IMAGE)


tables()


@pytest.mark.filterwarnings("ignore:The behavior of affine_transform")   # of SciPy before 1.16, of a diagonal
@pytest.mark.parametrize(("row", "i"), ROWS.params(), ids=ROWS.ids())
def test_ndimage(row, i):
    ROWS.check(row, i)


@pytest.mark.parametrize("name", ["generic_filter", "distance_transform_cdt", "labeled_comprehension", "vectorized_filter"])
def test_refused_by_name(name):
    needs(scipy.ndimage, name)
    with pytest.raises(UnsupportedError, match=name):
        dd.jvp(lambda x: getattr(ndimage, name)(x), (IMAGE,), (IMAGE,))


def test_output_takes_the_derivative():
    def f(x):
        out = np.zeros_like(x)
        assert ndimage.gaussian_filter(x, 1.0, output=out) is out
        return out

    value, t = dd.jvp(f, (IMAGE,), (IMAGE,))
    assert np.array_equal(value, scipy.ndimage.gaussian_filter(IMAGE, 1.0)) and np.allclose(t, value)


def test_every_name_is_there():
    assert [name for name in scipy.ndimage.__all__ if not hasattr(ndimage, name)] == []
