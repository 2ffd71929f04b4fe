"""Statistics, selection, splitting and joining: kinks, refusals."""

import warnings

import numpy as np
import pytest
from cases.statistics import KNOTS, X
from support import close, points

import dualdiff as dd
from dualdiff.errors import UnsupportedError

# ---- kinks and refusals ----------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")     # second derivatives at kinks
def test_std_of_equal_elements():
    """The symmetric derivative is 0, also where the rounded variance is not."""
    for number in (0.0, 1.0, 0.1):
        x = np.full(3, number)
        assert np.array_equal(dd.grad(np.std)(x), [0.0, 0.0, 0.0])
        assert np.array_equal(dd.hessian(np.std)(x), np.zeros((3, 3)))
    a = np.array([[0.1, 0.1, 0.1], [1.0, 2.0, 3.0]])
    J = dd.jacobian(lambda a: np.std(a, axis=1))(a)
    assert np.array_equal(J[0], np.zeros((2, 3)))
    np.testing.assert_allclose(J[1, 1], np.array([-1, 0, 1]) / np.sqrt(6), atol=1e-15)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")     # second derivatives at kinks
def test_ties_share_equally():
    x = np.array([2.0, 1.0, 2.0, 3.0])
    assert np.array_equal(dd.jacobian(np.sort)(x), [[0, 1, 0, 0], [0.5, 0, 0.5, 0], [0.5, 0, 0.5, 0], [0, 0, 0, 1]])
    assert np.array_equal(dd.grad(np.median)(x), [0.5, 0, 0.5, 0])
    assert np.array_equal(dd.grad(np.ptp)(np.array([1.0, 1.0, 3.0])), [-0.5, -0.5, 1.0])
    assert np.array_equal(dd.jacobian(np.unique)(x), [[0, 1, 0, 0], [0.5, 0, 0.5, 0], [0, 0, 0, 1]])
    value, pullback = dd.vjp(lambda x: np.sort(x)[1], x)
    assert value == 2.0 and np.array_equal(pullback(1.0), [0.5, 0, 0.5, 0])
    second = dd.hessian(lambda x: np.sort(x * x)[1] * x[1])(x)
    assert np.array_equal(second, dd.hessian(lambda x: 0.5 * (x[0] ** 2 + x[2] ** 2) * x[1])(x))


def test_interp_at_the_knots():
    """The mean of the slopes on both sides; outside the slope is 0."""
    xp, fp = np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 4.0])
    at = np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0])
    found = dd.jvp(lambda x: np.interp(x, xp, fp), (at,), (np.ones(6),))[1]
    assert np.array_equal(found, [0.0, 0.5, 1.0, 2.0, 1.5, 0.0])
    assert dd.derivative(lambda x: np.interp(x, [1.0], [2.0]))(1.0) == 0.0


def test_cumulative_product_with_zeros_is_exact():
    J = dd.jacobian(np.cumprod)(np.array([2.0, 0.0, 3.0]))
    assert np.array_equal(J, [[1, 0, 0], [0, 2, 0], [0, 6, 0]])


def test_slices_of_a_split_are_views():
    def f(x):
        y = x * x
        first, _ = np.split(y, 2)
        first[...] = x[2:] * 3
        np.rot90(y.reshape(2, 2))[0, 0] = x[0]
        return y

    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert np.array_equal(dd.jacobian(f)(x), [[0, 0, 3, 0], [1, 0, 0, 0], [0, 0, 6, 0], [0, 0, 0, 8]])


@pytest.mark.parametrize(
    "f, message",
    [
        (np.histogram, "histogram.*step function"),
        (lambda x: np.histogram2d(x, X), "histogram2d.*step function"),
        (lambda x: np.histogramdd([X, x]), "histogramdd.*step function"),
        (lambda x: np.nanquantile(x, 0.5, weights=[1, 2, 1, 1, 1], method="inverted_cdf"), "weights"),
        (lambda x: np.unwrap(x, period=x[0]), "period"),
        (lambda x: np.linalg.pinv(np.diag(x), 0.5), "cut-off"),
        (lambda x: np.linalg.qr(np.outer(x, x[:2]), "complete"), "complete"),
        (lambda x: np.nanquantile(x, x[0] / 9), "by q"),
        (lambda x: np.unique(x, axis=0), "axis="),
        (lambda x: np.interp(x, KNOTS, KNOTS, period=x[0]), "period"),
    ],
)
def test_refusals(f, message):
    with pytest.raises(dd.errors.UnsupportedError, match=message):
        dd.jvp(f, (X,), (X,))


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 4)], ids=["of all axes", "of these axes"])
@pytest.mark.parametrize("name", ["quantile", "percentile"])
def test_weights_of_several_axes(name, shape):
    a, weights = points(2, 3, 4), points(*shape, low=0.5, high=1.5, seed=7)
    q, wide = 60 if name == "percentile" else 0.6, np.broadcast_to(weights if len(shape) == 3 else weights[:, None], a.shape)

    def f(x):
        return getattr(np, name)(x, q, axis=(0, 2), weights=weights, method="inverted_cdf")

    def lanes(x):
        return np.stack([getattr(np, name)(x[:, i].ravel(), q, weights=wide[:, i].ravel(), method="inverted_cdf") for i in range(3)])

    value, tangent = dd.jvp(f, (a,), (a * a,))
    assert np.array_equal(value, f(a)) and np.array_equal(tangent, lanes(a) ** 2)     # one of the elements
    assert np.array_equal(dd.jacobian(f)(a), dd.jacobian(lanes)(a))
    if not np.array_equal(f(a), lanes(a)):
        pytest.skip(f"NumPy {np.__version__} gives elements the weights of others; the derivative is that of the right one")


def test_errors_of_numpy_stay():
    for f in (
        lambda x: np.split(x, 2),
        lambda x: np.vsplit(x, 1),
        lambda x: np.quantile(x, 1.5),
        lambda x: np.gradient(x[:1]),
        lambda x: np.piecewise(x, [x > 1], [1.0, 2.0, 3.0]),
        lambda x: np.rot90(x),
    ):
        with pytest.raises(ValueError):
            f(X)
        with pytest.raises(ValueError):
            dd.jvp(f, (X,), (X,))


# ---- ufunc methods, writes, spectra: conventions --------------------------------------------------------


def test_running_extremes_share_ties():
    """Every beginning shares equally among the elements that attain its maximum; fmax passes over nans."""
    x = np.array([1.0, 1.0, 0.0, 1.0, 2.0])
    third = [1 / 3, 1 / 3, 0, 1 / 3, 0]
    wanted = [[1, 0, 0, 0, 0], [0.5, 0.5, 0, 0, 0], [0.5, 0.5, 0, 0, 0], third, [0, 0, 0, 0, 1]]
    np.testing.assert_allclose(dd.jacobian(np.maximum.accumulate)(x), wanted, rtol=1e-15)
    np.testing.assert_allclose(dd.jacobian(lambda x: np.minimum.accumulate(-x))(x), -np.array(wanted), rtol=1e-15)
    np.testing.assert_allclose(dd.grad(lambda x: np.maximum.reduce(x[:4]))(x), third, rtol=1e-15)
    y = np.array([np.nan, 1.0, np.nan, 2.0])
    assert np.array_equal(dd.jacobian(np.fmax.accumulate)(y)[1:], [[0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    assert np.array_equal(dd.grad(np.fmax.reduce)(y), [0, 0, 0, 1])


@pytest.mark.parametrize("many", [3, 30])
def test_add_at_takes_each_occurrence(many):
    """Bit-equal to NumPy's and exact, few or many times at one place; views and tuples of indices too."""
    places = np.arange(many) % 2 * 3
    x = np.linspace(0.1, 1.7, many)

    def f(x):
        out = np.zeros(5, like=x)
        out[1:] += x[0]
        np.add.at(out[1:], places, x)
        return out

    value, tangents = dd.jvp(f, (x,), (np.eye(many),))
    assert np.array_equal(value, f(x))
    wanted = np.zeros((5, many))
    wanted[1:, 0] += 1
    np.add.at(wanted, (1 + places, np.arange(many)), 1.0)
    assert np.array_equal(tangents.T, wanted)
    assert np.array_equal(dd.jacobian(f)(x), wanted) and np.array_equal(dd.vjp(f, x)[1](np.eye(5)), wanted)


@pytest.mark.parametrize(
    "write",
    [
        lambda a, x: np.add.at(a, [0], x[:1]), lambda a, x: np.put(a, [0], x[:1]), lambda a, x: np.copyto(a, x),
        lambda a, x: np.place(a, a < 1, x), lambda a, x: np.putmask(a, a < 1, x), lambda a, x: np.fill_diagonal(a, x[0]),
        lambda a, x: np.put_along_axis(a[0], np.array([0]), x[:1], 0),
    ],
)  # fmt: skip
def test_writing_into_plain_arrays_is_refused(write):
    plain = np.zeros((5, 5))
    with pytest.raises(dd.errors.LostDerivativeError, match="like=x"):
        dd.jvp(lambda x: write(plain, x), (X,), (X,))
    assert not plain.any()


@pytest.mark.filterwarnings("ignore::dualdiff.errors.NoDerivativeWarning")
def test_repeated_eigenvalues_and_roots_are_nan():
    """Where an eigenvalue splits there is no derivative: nan, also where rounding has split it already."""
    for a in (np.eye(2), np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[3.0, 0.0, 0.0], [0.0, 3.0, 0.0], [1.0, 2.0, 5.0]])):
        w, tangent = dd.jvp(np.linalg.eigvals, (a,), (np.ones(a.shape),))
        assert np.array_equal(np.isnan(tangent), np.isclose(w[:, None], w).sum(axis=1) > 1)
        assert np.isnan(dd.jvp(lambda a: np.linalg.eig(a)[1], (a,), (np.ones(a.shape),))[1]).any()
    assert np.array_equal(dd.jvp(np.linalg.eigvals, (np.eye(2),), (np.zeros((2, 2)),))[1], [0.0, 0.0])
    z, tangent = dd.jvp(np.roots, (np.poly([1.0, 1.0, 1.0, 4.0]),), (np.ones(5),))
    assert np.array_equal(np.isnan(tangent), np.abs(z - 4) > 1)
    tangent = dd.jvp(np.roots, (np.array([0.0, 1.0, -3.0, 2.0]),), (np.array([1.0, 0, 0, 0]),))[1]
    np.testing.assert_allclose(tangent, [-8.0, 1.0], rtol=1e-12)        # dz = -z^3 / p'(z)


@pytest.mark.filterwarnings("always::DeprecationWarning")
@pytest.mark.parametrize("call", [lambda x: setattr(x, "shape", (2, 3)), np.fix], ids=["shape", "fix"])
def test_what_numpy_has_deprecated_warns_as_there(call):
    with warnings.catch_warnings(record=True) as ours:
        call(dd.DualArray(np.ones(6), np.ones((1, 6))))
    with warnings.catch_warnings(record=True) as theirs:
        call(np.ones(6))
    assert [str(w.message) for w in ours] == [str(w.message) for w in theirs]


def test_shape_can_be_set():
    """As in NumPy: views made before keep their shape and still write into it, also before the first dual."""

    def f(x):
        y = np.zeros(6, like=x)
        part = y[1:4]
        y.shape = (2, 3)
        row = y[1]
        part[0] = x[0] ** 2
        row[...] = x[:3]
        part[2] = x[1] * x[2]
        y.shape = (3, 2)
        part[1] = y[2, 1]
        return y

    def plain(x):
        return np.stack([0 * x[0], x[0] ** 2, x[2], x[1] * x[2], x[1], x[2]]).reshape(3, 2)

    assert np.array_equal(f(X), plain(X))
    assert np.array_equal(dd.jacobian(f)(X), dd.jacobian(plain)(X))
    w = np.arange(6.0).reshape(3, 2)
    assert np.array_equal(dd.vjp(f, X)[1](w), dd.vjp(plain, X)[1](w))
    assert np.array_equal(dd.hessian(lambda x: np.sum(f(x) ** 2))(X), dd.hessian(lambda x: np.sum(plain(x) ** 2))(X))


def test_long_convolutions():
    """Both sequences long: rows go through np.convolve."""
    a, b = np.sin(np.arange(90.0)), np.cos(np.arange(70.0))
    for mode in ("full", "same", "valid"):
        tangent = dd.jvp(lambda a, b, m=mode: np.convolve(a, b, m), (a, b), (b[0] * a, 2 * b))[1]
        np.testing.assert_allclose(tangent, 3 * np.convolve(a, b, mode), rtol=1e-12, atol=1e-12)
        w = np.arange(len(tangent)) - 7.0
        back = dd.vjp(lambda a, b, m=mode: np.convolve(a, b, m), a, b)[1](w)
        for x, cotangent in zip((a, b), back, strict=True):
            assert abs(cotangent @ x - w @ np.convolve(a, b, mode)) < 1e-9 * np.abs(w).sum()


BINARY = [
    np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.fmax, np.fmin, np.hypot, np.arctan2,
    np.logaddexp, np.logaddexp2, np.remainder, np.fmod, np.copysign, np.float_power,
]  # fmt: skip


@pytest.mark.parametrize("ufunc", BINARY)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_methods_of_ufuncs_on_one_element(ufunc, mode):
    """NumPy starts a reduction with the identity (hypot.reduce([-1.2]) is 1.2), the other methods with the element."""
    forms = {
        "reduce": ufunc.reduce, "accumulate": ufunc.accumulate, "reduceat": lambda x: ufunc.reduceat(x, [0]),
        "reduce a row": lambda x: ufunc.reduce(np.reshape(x, (1, 1)), axis=1),
        "reduceat of two": lambda x: ufunc.reduceat(np.concatenate([x, [0.7]]), [0, 1]),
    }  # fmt: skip
    for x in (np.array([-1.2]), np.array([1.2])):
        for f in forms.values():
            wanted = (np.ravel(f(x + 1e-6)) - np.ravel(f(x - 1e-6))) / 2e-6
            np.testing.assert_allclose(np.ravel(dd.jacobian(f, mode=mode)(x)), wanted, atol=1e-8)


def test_svd_of_symmetric_matrices():
    """hermitian=True reads the lower triangle only; the sign of an eigenvalue goes into the right factor."""
    a = np.array([[2.0, 1.0, 0.3], [1.0, 3.0, 0.5], [0.3, 0.5, -4.0]])
    e = np.array([[0.3, -7.0, 7.0], [0.2, -0.4, 7.0], [0.5, 0.1, 0.6]])
    for f in (
        lambda a: np.linalg.svd(a, hermitian=True), lambda a: (np.linalg.svd(a, compute_uv=False, hermitian=True),),
        lambda a: np.linalg.svd(a, True, True, True),
    ):  # fmt: skip
        value, tangent = dd.jvp(f, (a,), (e,))
        _, J = dd.linearize(f, a)
        for y, own, t, s, b, c in zip(value, f(a), tangent, J.jvp(e), f(a + 1e-6 * e), f(a - 1e-6 * e), strict=True):
            assert np.array_equal(y, own)
            np.testing.assert_allclose(t, (b - c) / 2e-6, atol=1e-8)
            np.testing.assert_allclose(s, t, atol=1e-13)
    with pytest.raises(UnsupportedError, match=r"\(3, 2\).*full_matrices=False"):
        dd.jvp(np.linalg.svd, (a[:, :2],), (e[:, :2],))


@pytest.mark.parametrize("function", [np.linalg.eigh, np.linalg.eig, np.linalg.svd])
@pytest.mark.filterwarnings("ignore::dualdiff.errors.NoDerivativeWarning")
def test_degenerate_eigenvectors_in_every_mode(function):
    """What has no derivative is nan in all of them."""
    x = np.diag([2.0, 2.0, 3.0]).ravel()

    def f(x):
        return np.reshape(function(np.reshape(x, (3, 3)))[1 if function is not np.linalg.svd else 0], -1)

    with np.errstate(all="ignore"):
        J = dd.jacobian(f)(x)
        assert np.isnan(J).any() and np.isfinite(J).any()
        others = [dd.jacobian(f, mode="reverse")(x), dd.linearize(f, x)[1].dense("forward"), dd.vjp(f, x)[1](np.eye(9))]
        others.append(np.stack([dd.jvp(f, (x,), (e,))[1] for e in np.eye(9)], axis=1))
    for other in others:
        np.testing.assert_allclose(other, J, atol=1e-13)


OPTIONS = {
    "np.matmul(x, b, axes=[(1, 0), (0,), (0,)])": "numpy.matmul with axes=", "np.matmul(x, b, dtype=np.float32)": "numpy.matmul with dtype=",
    "np.matmul(b, x, signature='dd->d')": "numpy.matmul with signature=", "np.clip(x, 0, 1, where=x > 0, out=x * 10)": "numpy.clip with where=",
    "x.clip(0, 1, dtype=np.float32)": "numpy.clip with dtype=",
}  # fmt: skip


@pytest.mark.parametrize("call", OPTIONS)
def test_an_option_without_a_rule_is_refused(call):
    """Never left out: not in a later call either, when the function is known."""
    f = lambda x, with_it: np.sum(eval(call if with_it else "x * 1.0", {"np": np, "x": x, "b": np.array([1.0, -2.0, 0.5])}))  # noqa: E731
    x = np.arange(9.0).reshape(3, 3)
    for run in (lambda f, x: dd.grad(f, mode="forward")(x, True), lambda f, x: dd.grad(f, mode="reverse")(x, True),
                lambda f, x: dd.linearize(lambda x: f(x, True), x), lambda f, x: dd.hessian(f)(x, True)):
        dd.grad(f)(x, False)
        with pytest.raises(dd.errors.UnsupportedError, match=OPTIONS[call]):
            run(f, x)


def test_an_option_that_leaves_numbers_as_they_are_is_taken():
    close(dd.grad(lambda x: np.sum(np.clip(x, 0, 1, casting="unsafe", subok=False)))(np.array([-1.0, 0.5, 3.0])), [0, 1, 0], 0)
    close(dd.grad(lambda x: np.matmul(x, x, casting="same_kind"))(np.array([1.0, 2.0])), [2, 4], 0)
