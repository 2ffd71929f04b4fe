"""Statistics, selection, splitting and joining: kinks, refusals."""

import numpy as np
import pytest
from cases.statistics import KNOTS, X

import dualdiff as dd

# ---- kinks and refusals ----------------------------------------------------------------------------


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
        (lambda x: np.quantile(x, x[0] / 9), "by q"),
        (lambda x: np.unique(x, axis=0), "axis="),
        (lambda x: np.interp(x, KNOTS, KNOTS, period=x[0]), "period"),
    ],
)
def test_refusals(f, message):
    with pytest.raises(dd.errors.UnsupportedError, match=message):
        dd.jvp(f, (X,), (X,))


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
