"""dd.propagate: against the formulas, Monte Carlo, the package uncertainties, and curve_fit."""

import numpy as np
import pytest
import scipy.optimize
from support import close

import dualdiff as dd
from dualdiff.errors import InputError

C = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, -0.02], [0.0, -0.02, 0.05]]) / 10
X = np.array([1.2, 0.7, 2.1])


def several(v):
    return np.stack([v[0] * v[1], np.exp(v[1]) / v[2], np.sin(v[0]) + v[2] ** 2])


def test_first_order_is_jcj():
    J = dd.jacobian(several)(X)
    found = dd.propagate(several, X, C)
    mean, cov = found
    assert np.array_equal(mean, several(X)) and np.array_equal(found.value, several(X))
    close(cov, J @ C @ J.T, 1e-14)
    close(found.std, np.sqrt(np.diag(J @ C @ J.T)), 1e-14)
    close(np.diag(found.correlation), np.ones(3), 1e-12)
    assert np.array_equal(cov, cov.T)


def test_monte_carlo():
    sample = np.random.default_rng(0).multivariate_normal(X, C, 400_000)
    results = several(sample.T)
    first, second = (dd.propagate(several, X, C, order=k) for k in (1, 2))
    error = 5 * np.std(results, axis=1) / np.sqrt(len(sample))
    assert np.all(np.abs(second.mean - np.mean(results, axis=1)) < error)
    assert np.any(np.abs(first.mean - np.mean(results, axis=1)) > error)
    close(second.cov, np.cov(results), 2e-2 * np.max(np.abs(second.cov)))


def test_second_order_of_a_quadratic_is_exact():
    A = np.array([[2.0, 0.3], [0.3, -1.0]])
    b, x, cov = np.array([0.4, 0.9]), np.array([0.5, -0.2]), np.array([[0.3, 0.1], [0.1, 0.2]])
    mean, var = dd.propagate(lambda v: v @ A @ v + b @ v, x, cov, order=2)
    slope = 2 * A @ x + b
    assert mean == pytest.approx(x @ A @ x + b @ x + np.trace(A @ cov))
    assert var == pytest.approx(slope @ cov @ slope + 2 * np.trace(A @ cov @ A @ cov))


def test_the_package_uncertainties():
    uncertainties = pytest.importorskip("uncertainties")
    from uncertainties import umath

    a, b, c = uncertainties.correlated_values(X, C)
    theirs = [a * b, umath.exp(b) / c, umath.sin(a) + c**2]
    found = dd.propagate(several, X, C)
    close(found.std, [y.s for y in theirs], 1e-12)
    close(found.cov, np.array(uncertainties.covariance_matrix(theirs)), 1e-12)


@pytest.mark.parametrize("cov", [{"a": 0.01, "b": np.diag([0.04, 0.09])}, {"a": 0.01, "b": [0.04, 0.09]}, np.diag([0.01, 0.04, 0.09]), [0.01, 0.04, 0.09]])
def test_structures(cov):
    x = {"a": 2.0, "b": np.array([1.0, 3.0])}
    found = dd.propagate(lambda m: {"total": m["a"] + np.sum(m["b"]), "scaled": m["a"] * m["b"]}, x, cov)
    J = np.array([[1.0, 1.0, 1.0], [1.0, 2.0, 0.0], [3.0, 0.0, 2.0]])
    close(found.cov, J @ np.diag([0.01, 0.04, 0.09]) @ J.T, 1e-13)
    assert set(found.mean) == {"total", "scaled"} and np.shape(found.std["scaled"]) == (2,)
    assert found.std["total"] == pytest.approx(np.sqrt(0.14))


def test_a_number():
    mean, var = dd.propagate(np.exp, 0.3, 0.04)
    assert mean == np.exp(0.3) and np.ndim(var) == 0 and var == pytest.approx(np.exp(0.6) * 0.04)
    mean, var = dd.propagate(np.exp, 0.3, 0.04, order=2)
    assert mean == pytest.approx(np.exp(0.3) * 1.02) and var == pytest.approx(np.exp(0.6) * (0.04 + 0.5 * 0.04**2))
    mean, cov = dd.propagate(lambda t: (t[0] * t[1], t[0]), (2.0, 3.0), [[0.1, 0.02], [0.02, 0.3]])
    assert mean == (6.0, 2.0)
    close(cov, np.array([[9 * 0.1 + 4 * 0.3 + 12 * 0.02, 3 * 0.1 + 2 * 0.02], [3 * 0.1 + 2 * 0.02, 0.1]]), 1e-13)


def test_curve_fit_covariance():
    t = np.linspace(0, 3, 30)
    y = 2.0 * np.exp(-0.7 * t) + 0.02 * np.random.default_rng(1).standard_normal(30)
    popt, pcov = scipy.optimize.curve_fit(lambda t, a, k: a * np.exp(-k * t), t, y, p0=(1.0, 1.0))
    at = np.array([0.5, 2.0])
    mean, cov = dd.propagate(lambda p: p[0] * np.exp(-p[1] * at), popt, pcov)
    J = np.stack([np.exp(-popt[1] * at), -at * popt[0] * np.exp(-popt[1] * at)], axis=1)
    close(mean, popt[0] * np.exp(-popt[1] * at), 1e-15)
    close(cov, J @ pcov @ J.T, 1e-15)


def test_it_can_be_differentiated():
    std = lambda s: dd.propagate(lambda v: v[0] * v[1], X[:2], s * np.eye(2)).cov  # noqa: E731
    assert dd.derivative(std)(0.3) == pytest.approx(X[0] ** 2 + X[1] ** 2)
    by_mean = dd.grad(lambda x: dd.propagate(lambda v: v[0] * v[1], x, np.eye(2)).cov)
    close(by_mean(X[:2]), 2 * X[:2], 1e-12)


@pytest.mark.parametrize(("cov", "message"), [(np.eye(2), "shape"), (np.array([[1.0, 2, 0], [0, 1, 0], [0, 0, 1]]), "symmetric"),
                                              (np.full((3, 3), np.inf), "finite"), (np.diag([1.0, -1, 1]), "negative")])  # fmt: skip
def test_no_covariance(cov, message):
    with pytest.raises(InputError, match=message):
        dd.propagate(several, X, cov)


def test_order():
    with pytest.raises(InputError, match="order=3"):
        dd.propagate(several, X, C, order=3)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("x", [np.array(0.7), X, {"a": X, "b": np.array(0.3), "c": 2.0}], ids=["no axes", "vector", "dict"])
def test_a_function_that_writes_into_its_argument(x, order):
    """Each evaluation has numbers of its own, in arrays where the argument has arrays."""

    def doubled(a):
        a[...] *= 2.0
        np.atleast_1d(a)[0] += 0.5
        return np.sum(np.sin(a))

    def also_doubled(a):
        a = 2.0 * a
        return np.sum(np.sin(a)) - np.sin(a.ravel()[0]) + np.sin(a.ravel()[0] + 0.5)

    def over(part):
        return lambda x: sum(part(x[name]) for name in ("a", "b")) * x["c"] if isinstance(x, dict) else part(x)

    n = sum(np.size(part) for part in x.values()) if isinstance(x, dict) else np.size(x)
    cov = 0.01 * (np.eye(n) + 0.3)
    kept = np.copy(x["a"] if isinstance(x, dict) else x)
    found, wanted = (dd.propagate(over(part), x, cov, order=order) for part in (doubled, also_doubled))
    for a, b in ((found.mean, wanted.mean), (found.cov, wanted.cov), (found.value, wanted.value)):
        close(a, b, 1e-12)
    assert np.array_equal(x["a"] if isinstance(x, dict) else x, kept)
