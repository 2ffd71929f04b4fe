"""Functions that need not be exact: within 2 ulp of the true value over all numbers; exact programs keep SciPy's bits."""

import warnings

import mpmath
import numpy as np
import pytest
import scipy.special

import dualdiff as dd
from dualdiff.core._program import use_own_exp
from dualdiff.programs.graph import Graph
from dualdiff.programs.plan import plan
from dualdiff.rules.table import rule_of

TRUE = {"erf": mpmath.erf, "erfc": mpmath.erfc, "ndtr": mpmath.ncdf, "log": mpmath.log}
OF_SCIPY = [name for name in TRUE if name != "log"]
SPECIAL = np.array([
    np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 1e-310, 1e300, -1e300, 1.0, -1.0, np.nextafter(1, 0), 6.0, -6.0,
    np.nextafter(6, 0), 26.5, -26.5, np.nextafter(26.5, 0), 27.3, 37.5, -37.5, np.nextafter(-37.5, 0), -38.0, -38.5, -39.5,
])  # fmt: skip


@pytest.fixture(autouse=True)
def all_of_them():
    rule_of(scipy.special.ndtr)     # its rule takes SciPy's loops
    before = use_own_exp(True)
    yield
    use_own_exp(before)


def near(name, xs, flags=None):
    """The function of xs and of the same numbers two apart, which must agree."""
    wide = np.full(2 * len(xs), 0.7)
    wide[::2] = xs
    g = Graph()
    x, y = g.input(xs.shape, float), g.input(wide.shape, float)
    g.outputs = [g.apply("near." + name, x), g.apply("near." + name, g.view(y, 0, xs.shape, (2,)))]
    program = plan(g)
    found, again = program([xs, wide])
    assert found.tobytes() == again.tobytes()
    if flags is not None:
        assert program.flags() & 11 == flags
    return found


def ranges(name, n=1500):
    rng = np.random.default_rng(0)
    if name == "log":
        yield 10.0 ** rng.uniform(-307, 308, n)
        yield 1 + rng.uniform(-0.5, 1.0, n)
        yield 1 + rng.choice([-1, 1], n) * 2.0 ** -rng.uniform(2, 52, n)
        yield 2.0 ** -rng.uniform(1022, 1074, 100)
        return
    for low, high in ((-1, 1), (0.9, 1.1), (-1.1, -0.9), (1, 6.1), (-6.1, -1), (6, 28), (-28, -6), (-37.5, -28), (-39, -37)):
        yield rng.uniform(low, high, n)
    yield rng.choice([-1, 1], n) * 10.0 ** rng.uniform(-320, 0, n)


@pytest.mark.parametrize("name", TRUE)
def test_within_two_ulp_of_the_true_value(name):
    with mpmath.workdps(40):
        for xs in ranges(name):
            found = near(name, xs)
            for x, y in zip(xs.tolist(), found.tolist(), strict=True):
                true = TRUE[name](mpmath.mpf(x))
                assert abs(y - true) <= 2 * float(np.spacing(abs(float(true)))), x


@pytest.mark.parametrize("name", TRUE)
def test_special_numbers(name):
    wanted = getattr(scipy.special, name, None) or np.log
    xs = np.concatenate([SPECIAL, -SPECIAL])
    with np.errstate(all="ignore"):
        expected = wanted(xs)
        found = near(name, xs)
    # SciPy's own tails are 1e-12 off, and end early
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-307)
    assert np.all((np.signbit(found) == np.signbit(expected)) | np.isnan(found))


@pytest.mark.parametrize("name", OF_SCIPY)
def test_no_flags_but_of_the_function_itself(name):
    near(name, np.linspace(-40, 40, 5001), flags=0)
    near(name, SPECIAL, flags=0)


@pytest.mark.parametrize(("bad", "flag"), [(0.0, 1), (-1.0, 8), (np.inf, 0), (np.nan, 0), (5e-324, 0)])
def test_log_has_the_flags_of_numpy(bad, flag):
    near("log", np.array([1.0, 2.0, bad, 3.0]), flags=flag)


@pytest.mark.parametrize("name", OF_SCIPY)
@pytest.mark.parametrize("n", [2, 7, 1000])
def test_exact_programs_have_the_bits_of_scipy(name, n):
    f, x = getattr(scipy.special, name), np.linspace(-5.5, 5.5, n)
    c = dd.compile(f)
    assert c(x).tobytes() == c(x).tobytes() == f(x).tobytes()
    value, tangent = dd.jvp(c, (x,), (np.ones(n),))
    assert value.tobytes() == f(x).tobytes()
    np.testing.assert_allclose(tangent, dd.jvp(f, (x,), (np.ones(n),))[1], rtol=1e-14)


@pytest.mark.parametrize("name", TRUE)
def test_inexact_programs_and_their_derivatives(name):
    f = getattr(scipy.special, name, None) or np.log
    x = np.linspace(0.1, 5.5, 999)
    c = dd.compile(lambda x: np.sum(f(x) * x), exact=False)
    for _ in range(2):
        value, g = dd.value_and_grad(c)(x)
        np.testing.assert_allclose(value, np.sum(f(x) * x), rtol=1e-14)
        np.testing.assert_allclose(g, dd.grad(lambda x: np.sum(f(x) * x))(x), rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(dd.hvp(c, (x,), (x,)), dd.hvp(lambda x: np.sum(f(x) * x), (x,), (x,)), rtol=1e-12)


def test_differences_of_large_numbers_are_no_other_function():
    """The price of an option that nobody will use is a small difference: 2 ulp of its terms are many of it."""

    def price(s, k, t, v):
        d = (np.log(s / k) + 0.5 * v * v * t) / (v * np.sqrt(t))
        return s * scipy.special.ndtr(d) - k * scipy.special.ndtr(d - v * np.sqrt(t))

    rng = np.random.default_rng(0)
    args = [rng.uniform(low, high, 5000) for low, high in ((80, 120), (90, 130), (0.1, 2), (0.1, 0.5))]
    c = dd.compile(price, exact=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = [c(*args) for _ in range(3)]
    np.testing.assert_allclose(found[-1], price(*args), rtol=0, atol=1e-12)
    assert c.explain()
