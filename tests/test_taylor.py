"""Taylor coefficients and n-th derivatives against mpmath, nesting, and series by hand; vector calculus."""

import mpmath
import numpy as np
import pytest

import dualdiff as dd
from dualdiff.errors import InputError, ShapeError
from dualdiff.rules.table import RULES
from dualdiff.transforms import pytrees
from dualdiff.transforms.taylor import nested

ELEMENTARY = {
    "exp": (mpmath.exp, [0.0, 0.37, -20.0]), "exp2": (lambda x: mpmath.mpf(2) ** x, [0.37]), "expm1": (mpmath.expm1, [0.37]),
    "log": (mpmath.log, [0.37, 1e-3]), "log2": (lambda x: mpmath.log(x, 2), [0.37]), "log10": (mpmath.log10, [0.37]),
    "log1p": (lambda x: mpmath.log(1 + x), [0.37, 0.0]), "sin": (mpmath.sin, [0.0, 0.37]), "cos": (mpmath.cos, [0.0, 0.37]),
    "tan": (mpmath.tan, [0.0, 0.37]), "arcsin": (mpmath.asin, [0.0, 0.37]), "arccos": (mpmath.acos, [0.37]),
    "arctan": (mpmath.atan, [0.0, 0.37]), "sinh": (mpmath.sinh, [0.0, 0.37]), "cosh": (mpmath.cosh, [0.0, 0.37]),
    "tanh": (mpmath.tanh, [0.0, 0.37]), "arcsinh": (mpmath.asinh, [0.0, 0.37]), "arccosh": (mpmath.acosh, [1.7]),
    "arctanh": (mpmath.atanh, [0.0, 0.37]), "sqrt": (mpmath.sqrt, [0.37]), "cbrt": (mpmath.cbrt, [0.37]),
    "reciprocal": (lambda x: 1 / x, [0.37]), "square": (lambda x: x * x, [0.0, 0.37]), "sinc": (mpmath.sincpi, [0.0, 0.37]),
    "erf": (mpmath.erf, [0.0, 0.37]), "erfc": (mpmath.erfc, [0.37]), "gamma": (mpmath.gamma, [0.37, 2.5]),
    "gammaln": (mpmath.loggamma, [0.37, 2.5]),
}  # fmt: skip


@pytest.mark.parametrize("name", ELEMENTARY)
def test_nth_derivatives_of_elementary_functions(name):
    exact, at = ELEMENTARY[name]
    f = np.sinc if name == "sinc" else RULES[name].ufunc
    for x in at:
        with mpmath.workdps(60):
            want = [float(c) for c in mpmath.taylor(exact, mpmath.mpf(x), 10)]
        got = dd.taylor(f, x, 1.0, 10)
        np.testing.assert_allclose(got, want, rtol=2e-13, atol=1e-14 * np.abs(want).max())
        for n in (0, 1, 4, 10):
            wanted = want[n] * float(mpmath.factorial(n))
            assert dd.nth_derivative(f, n)(x) == pytest.approx(wanted, rel=1e-12, abs=1e-13 * float(mpmath.factorial(n)))
        if name not in ("sinc", "gamma", "gammaln"):
            arrays = dd.taylor(f, np.full(3, x), np.ones(3), 10)
            np.testing.assert_allclose(arrays, np.repeat(got[:, None], 3, axis=1), rtol=1e-14, atol=1e-15)


COMPOSED = {
    "power": (lambda x: x**2.5 * 3**x, lambda x: x ** mpmath.mpf(2.5) * 3**x),
    "x to x": (lambda x: x**x, lambda x: x**x),
    "quotient": (lambda x: np.sin(x) / (1 + x * x), lambda x: mpmath.sin(x) / (1 + x * x)),
    "logistic": (lambda x: np.logaddexp(0, x), lambda x: mpmath.log(1 + mpmath.exp(x))),
    "plane": (lambda x: np.hypot(x, 2.0) + np.arctan2(x, 1 + x), lambda x: mpmath.hypot(x, 2) + mpmath.atan2(x, 1 + x)),
    "deep": (lambda x: np.exp(np.sin(np.sqrt(1 + np.tanh(x)))), lambda x: mpmath.exp(mpmath.sin(mpmath.sqrt(1 + mpmath.tanh(x))))),
}


@pytest.mark.parametrize("name", COMPOSED)
def test_composed_functions_against_mpmath(name):
    f, exact = COMPOSED[name]
    with mpmath.workdps(60):
        want = [float(c) for c in mpmath.taylor(exact, mpmath.mpf(0.7), 8)]
    np.testing.assert_allclose(dd.taylor(f, 0.7, 1.0, 8), want, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(dd.taylor(f, np.array([0.7]), np.ones(1), 8)[:, 0], want, rtol=1e-11, atol=1e-13)


A = np.random.default_rng(1).normal(size=(4, 4))

VECTORS = {
    "products": lambda x: (A @ x) @ np.sin(x) * x[::-1],
    "matrices": lambda x: np.outer(x, x) @ np.outer(np.exp(x), x),
    "einsum": lambda x: np.einsum("i,jk->ijk", x, np.outer(np.sin(x), x)),
    "writes": lambda x: filled(x),
    "sums": lambda x: np.cumsum(x * x) / np.sum(x) + np.mean(x**3),
    "where": lambda x: np.where(x > 0.5, x**3, np.sin(x)) + np.maximum(x, 0.5) ** 2 + abs(x - 1),
    "fft": lambda x: np.fft.irfft(np.fft.rfft(x * x)) * x,
    "inverse": lambda x: np.linalg.inv(5 * np.eye(4) + np.outer(x, x)),
    "three": lambda x: np.einsum("i,i,i->", x, np.sin(x), x * x),
    "transposed": lambda x: np.sin(np.outer(x, x).T) * np.ones((4, 1)),
    "pieces": lambda x: {"a": x[0] * x[1], "b": [x**2, 3.0]},
}


def filled(x):
    out = np.zeros_like(x)
    for i in range(x.size):
        out[i] = x[i] * out[i - 1] + dd.math.exp(x[i])
    return out


@pytest.mark.parametrize("name", VECTORS)
def test_series_of_vector_functions_against_nesting(name):
    x, v = np.array([0.3, 0.9, 0.6, 1.2]), np.array([1.0, -0.5, 0.3, 2.0])
    got, want = dd.taylor(VECTORS[name], x, v, 4), nested(VECTORS[name], x, v, 4, {})
    for a, b in zip(pytrees.flatten(got)[0], pytrees.flatten(want)[0], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)


def test_powers_at_zero_end():
    np.testing.assert_array_equal(dd.taylor(lambda x: x**2, 0.0, 1.0, 4), [0, 0, 1, 0, 0])
    np.testing.assert_array_equal(dd.taylor(lambda x: x**1, 0.0, 1.0, 4), [0, 1, 0, 0, 0])
    assert dd.nth_derivative(lambda x: x**2, 3)(0.0) == 0
    assert dd.nth_derivative(np.sinc, 2)(0.0) == pytest.approx(-np.pi**2 / 3, rel=1e-14)


def test_series_as_part_of_other_transforms():
    x = 0.4
    assert dd.derivative(lambda t: dd.taylor(np.sin, t, 1.0, 3)[3])(x) == pytest.approx(np.sin(x) / 6, rel=1e-13)
    got = dd.taylor(lambda t: dd.derivative(np.sin)(t), x, 1.0, 3)
    np.testing.assert_allclose(got, [np.cos(x), -np.sin(x), -np.cos(x) / 2, np.sin(x) / 6], rtol=1e-13)


def test_bad_arguments_of_series():
    for order in (-1, 1.5, True):
        with pytest.raises(InputError, match="order"):
            dd.taylor(np.sin, 0.0, 1.0, order)
    with pytest.raises(InputError, match="shape"):
        dd.taylor(np.sin, np.zeros(3), np.zeros(2), 2)
    np.testing.assert_array_equal(dd.taylor(lambda x: 2.0, 0.0, 1.0, 2), [2, 0, 0])
    np.testing.assert_allclose(dd.taylor(np.sin, np.float32(0.5), np.float32(1), 2)[1], np.cos(0.5), rtol=1e-6)


# ---- vector calculus ------------------------------------------------------------------------------------


def test_divergence_and_curl():
    r = np.array([0.3, -0.7, 1.1])

    def field(r):
        x, y, z = r
        return np.array([x * y * z, np.sin(x) + z, x * y**2])

    x, y, z = r
    assert dd.divergence(field)(r) == pytest.approx(y * z, rel=1e-14)
    np.testing.assert_allclose(dd.curl(field)(r), [2 * x * y - 1, x * y - y**2, np.cos(x) - x * z], rtol=1e-14)
    potential = lambda r: np.exp(r[0]) * r[1] * np.sin(r[2])    # noqa: E731
    np.testing.assert_allclose(dd.curl(dd.grad(potential))(r), 0, atol=1e-14)
    assert dd.divergence(dd.curl(field))(r) == pytest.approx(0, abs=1e-13)
    assert dd.divergence(dd.grad(potential))(r) == pytest.approx(dd.laplacian(potential)(r), rel=1e-12)
    with pytest.raises(ShapeError):
        dd.curl(np.sin)(np.ones(2))
    with pytest.raises(ShapeError):
        dd.divergence(np.sum)(np.ones(2))


def test_laplacian_of_arrays_and_of_functions_that_nest():
    x = np.array([0.3, 0.8])
    np.testing.assert_allclose(dd.laplacian(lambda x: np.sin(x) * x[0])(x), [2 * np.cos(0.3) - 0.3 * np.sin(0.3), -0.3 * np.sin(0.8)], rtol=1e-13)
    B = np.eye(2) * 3
    f = lambda x: np.linalg.det(B + np.outer(x, x))     # noqa: E731
    assert dd.laplacian(f)(x) == pytest.approx(np.trace(dd.hessian(f)(x)), rel=1e-12)
    assert dd.laplacian(lambda a, b: a**2 * b**3, argnums=(0, 1))(2.0, 3.0) == pytest.approx(2 * 27 + 4 * 18)


def test_change_of_variables():
    x = np.array([0.3, -0.4])
    f = lambda x: np.array([x[0] * np.cosh(x[1]), x[0] + x[1] ** 3])    # noqa: E731
    J = np.array([[np.cosh(x[1]), x[0] * np.sinh(x[1])], [1.0, 3 * x[1] ** 2]])
    assert dd.jacobian_logdet(f)(x) == pytest.approx(np.log(abs(np.linalg.det(J))), rel=1e-13)
    assert dd.jacobian_logdet(lambda x: x**3)(2.0) == pytest.approx(np.log(12.0))
    g = dd.grad(dd.jacobian_logdet(np.exp))(x)      # sum of x: gradient 1
    np.testing.assert_allclose(g, 1.0, rtol=1e-12)


def test_gauss_newton_products():
    t = np.linspace(0, 1, 7)
    r = lambda p: p[0] * np.exp(p[1] * t) - 1.0     # noqa: E731
    p, v = np.array([1.5, -0.7]), np.array([0.3, 2.0])
    J = dd.jacobian(r)(p)
    np.testing.assert_allclose(dd.gauss_newton_product(r, (p,), (v,)), J.T @ J @ v, rtol=1e-13)
    w = 1 + t
    np.testing.assert_allclose(dd.gauss_newton_product(r, (p,), (v,), curvature=lambda u: w * u), J.T @ (w * (J @ v)), rtol=1e-13)
    np.testing.assert_allclose(dd.directional_derivative(r, v)(p), J @ v, rtol=1e-13)
