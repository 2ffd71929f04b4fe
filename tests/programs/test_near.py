"""Functions that need not be exact: within 2 ulp of the true value over all numbers; exact programs keep SciPy's bits."""

import functools
import warnings

import mpmath
import numpy as np
import pytest
import scipy.special

import dualdiff as dd
from dualdiff.core._program import use_near_level, use_own_exp
from dualdiff.programs.graph import Graph
from dualdiff.programs.plan import plan
from dualdiff.rules.table import RULES, rule_of

TRUE = {
    "erf": mpmath.erf, "erfc": mpmath.erfc, "ndtr": mpmath.ncdf, "log": mpmath.log, "exp": mpmath.exp,
    "log1p": mpmath.log1p, "tanh": mpmath.tanh, "sin": mpmath.sin, "cos": mpmath.cos,
    "sech2": lambda x: mpmath.sech(x) ** 2, "gauss": lambda x: mpmath.exp(-x * x), "normal": mpmath.npdf,
}  # fmt: skip
HELPERS = {"sech2": 4, "gauss": 2, "normal": 3}
"""Functions that partials are written in, and within how many ulp they are; 4 is what the table asks of a partial."""
OF_SCIPY = ["erf", "erfc", "ndtr"]
VALUES = [name for name in TRUE if name not in HELPERS]
LEVELS = sorted({0, 1, 2} & {use_near_level(use_near_level(k)) for k in range(3)})
"""The kinds of processors that this one can run the functions of."""
SPECIAL = np.array([
    np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 1e-310, 1e300, -1e300, 1.0, -1.0, np.nextafter(1, 0), 6.0, -6.0,
    np.nextafter(6, 0), 26.5, -26.5, np.nextafter(26.5, 0), 27.3, 37.5, -37.5, np.nextafter(-37.5, 0), -38.0, -38.5, -39.5,
])  # fmt: skip


@pytest.fixture(autouse=True, params=LEVELS, ids="level {}".format)
def all_of_them(request):
    rule_of(scipy.special.ndtr)     # its rule takes SciPy's loops
    before, level = use_own_exp(True), use_near_level(request.param)
    yield
    use_own_exp(before)
    use_near_level(level)


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


def function(name):
    """NumPy's function, SciPy's or the table's."""
    return getattr(np, name, None) or getattr(scipy.special, name, None) or RULES[name].ufunc


def ranges(name, n=1500):
    rng = np.random.default_rng(0)
    if name == "log":
        yield 10.0 ** rng.uniform(-307, 308, n)
        yield 1 + rng.uniform(-0.5, 1.0, n)
        yield 1 + rng.choice([-1, 1], n) * 2.0 ** -rng.uniform(2, 52, n)
        yield 2.0 ** -rng.uniform(1022, 1074, 100)
        return
    if name == "log1p":
        yield -rng.uniform(0, 1, n)
        yield 2.0 ** rng.uniform(-60, 60, n)
        yield -1 + 2.0 ** -rng.uniform(1, 53, n)
        yield 2.0**52 * rng.uniform(0.9, 1.1, 100)
        yield rng.choice([-1, 1], n) * 10.0 ** rng.uniform(-320, -1, n)
        return
    if name in ("sin", "cos"):
        quarters = np.arange(1, 2 * n, 2) * rng.integers(1, 250, n) * (np.pi / 2)
        yield np.concatenate([quarters, np.nextafter(quarters, 0), np.nextafter(quarters, 1e9), -quarters])
        yield rng.uniform(-8.1e5, 8.1e5, n)
        yield 10.0 ** rng.uniform(5, 300, 100)
    if name in ("exp", "tanh", "sech2", "gauss"):
        for most in (710, 400, 27.4):
            yield rng.uniform(-most, most, n)
    for low, high in ((-1, 1), (0.9, 1.1), (-1.1, -0.9), (1, 6.1), (-6.1, -1), (6, 28), (-28, -6), (-37.5, -28), (-39, -37)):
        yield rng.uniform(low, high, n)
    yield rng.choice([-1, 1], n) * 10.0 ** rng.uniform(-320, 0, n)


@functools.cache
def true_values(name):
    """(x, the double nearest to the true value, what is left of it) for each range, once for all levels."""
    found = []
    with mpmath.workdps(36):
        for xs in ranges(name):
            trues = [TRUE[name](mpmath.mpf(x)) for x in xs.tolist()]
            nearest = [float(true) for true in trues]
            rest = [float(true - y) if np.isfinite(y) else 0.0 for true, y in zip(trues, nearest, strict=True)]
            found.append((xs, np.array(nearest), np.array(rest)))
    return found


@pytest.mark.parametrize("name", TRUE)
def test_within_two_ulp_of_the_true_value(name):
    for xs, true, rest in true_values(name):
        found = near(name, xs)
        infinite = np.isinf(found)
        assert np.all(np.abs(true[infinite]) > 1.79e308) and not np.isnan(found).any()
        with np.errstate(invalid="ignore"):
            error = np.abs((found - true) - rest)       # the first difference is exact: they are neighbours
        wrong = ~infinite & ~(error <= HELPERS.get(name, 2) * np.spacing(np.abs(true)))
        assert not wrong.any(), xs[wrong]


@pytest.mark.parametrize("name", TRUE)
def test_special_numbers(name):
    wanted = function(name)
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


@pytest.mark.parametrize("name", VALUES)
def test_inexact_programs_and_their_derivatives(name):
    f = function(name)
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


# ---- functions that one kernel computes together ----

SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 255, 257, 511, 513, 1000, 1023, 1025, 2049]
PAIRS = [("sin", "cos"), ("cos", "sin"), ("tanh", "sech2"), ("sech2", "tanh")]


@pytest.mark.parametrize("pair", PAIRS)
def test_two_at_once_have_the_bits_of_each(pair):
    for n in SIZES:
        x = np.linspace(-3, 4, n) * (1 + 1e-3 * n)
        x[n // 2] = [np.nan, np.inf, -0.0, 9e5, 25.0, -400.0, 5e-324][n % 7]
        for step in (1, 2, -1):
            memory = np.zeros(2 * n)
            view = memory[: n * abs(step) : step] if step > 0 else memory[n - 1 :: -1]
            view[...] = x
            offset = 0 if step > 0 else n - 1
            found = []
            for names in (pair, pair[:1], pair[1:]):
                g = Graph()
                y = g.input(memory.shape, float)
                y = g.view(y, offset, (n,), (step,))
                first = g.apply("near." + names[0], y)
                between = g.apply("multiply", first, first)         # so that registers are taken and given back
                g.outputs = [first, *(g.apply("near." + name, y) for name in names[1:]), between]
                found.append(plan(g)([memory]))
            both, one, two = found
            assert both[0].tobytes() == one[0].tobytes() and both[2].tobytes() == one[1].tobytes()
            assert both[1].tobytes() == two[0].tobytes()


def test_two_at_once_among_others():
    """In rows, in windows that are overwritten between them, of several arguments, as inner results."""

    def f(x, y):
        s, t = np.sin(x), np.tanh(y.T)
        out = np.zeros_like(x)
        out[1:-1] = s[1:-1] * t[1:-1]
        out[2] = np.cos(x[2]) + out[1]
        c = np.cos(x)
        return out * c + np.cos(out) * np.sin(out) - np.sum(t * c, axis=0)

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(5, 3)), rng.normal(size=(3, 5))
    c = dd.compile(f, exact=False)
    for _ in range(3):
        np.testing.assert_allclose(c(x, y), f(x, y), rtol=1e-14, atol=1e-15)
        for a, b in zip(dd.jvp(c, (x, y), (y.T, x.T)), dd.jvp(f, (x, y), (y.T, x.T)), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)
        np.testing.assert_allclose(dd.jacobian(c)(x, y), dd.jacobian(f)(x, y), rtol=1e-13, atol=1e-14)
