"""Ufuncs of scipy.special with many arguments or results: values to the bit, derivatives by mpmath-quality differences."""

import itertools

import numpy as np
import pytest
import scipy.special as sp
from support import check_adjoint, check_second, close, differences, leaves, points, same_bits
from test_special_parameters import ROWS as PARAMETERS

import dualdiff as dd
from dualdiff.errors import UnsupportedError
from dualdiff.rules.table import GENERAL, REASONS
from dualdiff.scipy import special

X = points(6, low=0.1, high=0.9, seed=2)
Z = points(6, low=-0.8, high=2.9, seed=3)
CASES = {
    "betainc": lambda x: sp.betainc(2.5, 0.7, x), "betaincc": lambda x: sp.betaincc(2.5, 1.7, x), "betaincinv": lambda x: sp.betaincinv(2.5, 1.7, x),
    "betainccinv": lambda x: sp.betainccinv(2.5, 1.7, x), "hyp1f1": lambda x: sp.hyp1f1(0.7, 1.3, x), "hyperu": lambda x: sp.hyperu(0.7, 1.3, x),
    "hyp2f1": lambda x: sp.hyp2f1(0.7, 1.3, 2.2, x), "radian": lambda x: sp.radian(x, 2 * x, 3 * x), "_lambertw": lambda x: np.real(sp.lambertw(x)),
    "fresnel": sp.fresnel, "sici": sp.sici, "shichi": sp.shichi, "airy": sp.airy, "ellipj": lambda x: sp.ellipj(x, 0.4),
    "_spherical_jn": lambda x: (special.spherical_jn(0, x), special.spherical_jn(2, x)), "_spherical_jn_d": lambda x: special.spherical_jn(2, x, derivative=True),
    "_spherical_yn": lambda x: special.spherical_yn(2, x), "_spherical_yn_d": lambda x: special.spherical_yn(1, x, derivative=True),
    **{f"eval_{p}": lambda x, f=getattr(sp, f"eval_{p}"): (f(0, x), f(3, x)) for p in ("legendre", "chebyt", "chebyu", "hermite", "hermitenorm", "laguerre")},
    "eval_gegenbauer": lambda x: sp.eval_gegenbauer(3, 0.7, x), "eval_genlaguerre": lambda x: sp.eval_genlaguerre(3, 0.7, x),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name):
    f = CASES[name]
    ones = np.ones(6)
    value, tangents = dd.jvp(f, (X,), (ones,))
    for a, b in zip(leaves(value), leaves(f(X)), strict=True):
        same_bits(a, b)
    for a, b in zip(leaves(tangents), differences(f, [X], [ones], h=2.0**-6), strict=True):
        close(a, b, 1e-8)
    check_adjoint(f, X, directions=1)
    x = dd.derivative(lambda t: leaves(f(t))[-1])(X[0])
    close(x, leaves(tangents)[-1][0], 1e-14)


@pytest.mark.parametrize("name", ["betainc", "fresnel", "airy", "ellipj", "_spherical_jn", "eval_legendre", "hyp2f1"])
def test_second(name):
    check_second(CASES[name], X, rtol=1e-6)


def test_refused():
    for call in (lambda c: sp.obl_ang1(1, 2, c, 0.3)[0], lambda c: sp.pro_ang1(1, 2, c, 0.3)[0]):
        with pytest.raises(UnsupportedError, match="keep it constant"):
            dd.derivative(call)(0.5)
    untested = set(GENERAL) - set(CASES) - set(PARAMETERS)
    assert {n for n in untested if not n.startswith(("pro_", "obl_"))} == set()
    assert all(text in REASONS or text for rule in GENERAL.values() for row in rule.results for text in row)


def test_spherical_left_of_zero():
    for f in (special.spherical_jn, special.spherical_yn):
        for n in (0, 1, 2):
            for d in (False, True):
                value, t = dd.jvp(lambda x: f(n, x, d), (-X,), (np.ones(6),))
                same_bits(value, getattr(sp, f.__name__)(n, -X, d))
                close(t, differences(lambda x: f(n, x, d), [-X], [np.ones(6)], h=2.0**-6)[0], 1e-7)


def test_regular_points():
    assert dd.derivative(lambda x: sp.sici(x)[0])(0.0) == 1.0 and dd.derivative(lambda x: sp.shichi(x)[0])(0.0) == 1.0
    assert dd.derivative(lambda x: special.spherical_jn(1, x))(0.0) == pytest.approx(1 / 3)
    assert dd.derivative(lambda x: sp.eval_legendre(4, x))(1.0) == pytest.approx(10.0)


def numeric(f, x, order):
    """A derivative by central differences, extrapolated twice; and how well it has settled."""
    found = []
    for h in 0.04 * 2.0 ** -np.arange(4):
        ends = f(x + h), f(x), f(x - h)
        found.append((ends[0] - ends[2]) / (2 * h) if order == 1 else (ends[0] - 2 * ends[1] + ends[2]) / h**2)
    once = [(4 * b - a) / 3 for a, b in itertools.pairwise(found)]
    twice = [(16 * b - a) / 15 for a, b in itertools.pairwise(once)]
    return twice[1], abs(twice[1] - twice[0])


DEGREES = [-3.0, -2.5, -2.0, -1.5, -1.0, -0.7, -0.5, -0.2, 0.0, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 2.7, 3.0, 4.5]
OF_REAL_DEGREE = {
    "legendre": sp.eval_legendre, "chebyt": sp.eval_chebyt, "chebyu": sp.eval_chebyu, "laguerre": sp.eval_laguerre,
    "gegenbauer": lambda n, x: sp.eval_gegenbauer(n, 0.7, x), "genlaguerre": lambda n, x: sp.eval_genlaguerre(n, 0.7, x),
    "expn": sp.expn, "yn": sp.yn, "kn": sp.kn, "jv": sp.jv, "yv": sp.yv, "iv": sp.iv, "kv": sp.kv,
}  # fmt: skip


@pytest.mark.parametrize("name", OF_REAL_DEGREE)
@pytest.mark.parametrize("degree", DEGREES)
@pytest.mark.filterwarnings("ignore:.*floating point number truncated:RuntimeWarning")
def test_degrees_and_orders_that_are_no_integers(name, degree):
    """First and second derivatives, also at negative degrees (expn, yn and kn read the order as an integer)."""
    f = OF_REAL_DEGREE[name]
    for x in (0.35, 0.6, 1.4):
        if not np.isfinite(f(degree, x + np.linspace(-0.05, 0.05, 5))).all():
            continue
        first = dd.derivative(lambda t: f(degree, t))
        for order, found in ((1, first(x)), (2, dd.derivative(first)(x))):
            wanted, error = numeric(lambda t: f(degree, t), x, order)
            assert found == pytest.approx(wanted, rel=1e-5, abs=1e-6 + 20 * error)


@pytest.mark.parametrize("name", ["legendre", "chebyt", "chebyu", "hermite", "hermitenorm"])
def test_integer_degrees(name):
    f = getattr(sp, f"eval_{name}")
    for n in np.arange(5):
        wanted, _ = numeric(lambda t, n=n: f(n, t), 0.4, 2)
        assert dd.derivative(dd.derivative(lambda t, n=n: f(n, t)))(0.4) == pytest.approx(wanted, abs=1e-6)


def test_parameters_at_which_a_factor_vanishes():
    with np.errstate(all="ignore"):
        assert dd.derivative(lambda x: sp.hyp1f1(0.0, 0.5, x))(0.3) == 0.0
        assert dd.derivative(lambda x: sp.hyp2f1(0.0, 0.7, 0.5, x))(0.3) == 0.0
        assert not np.isfinite(dd.derivative(lambda x: sp.hyp1f1(0.7, 0.0, x))(0.3))
    wanted, _ = numeric(lambda t: sp.poch(t, 0.4), 1e-12, 1)
    assert dd.derivative(lambda x: sp.poch(x, 0.4))(0.0) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("name", ["jvp", "yvp", "ivp", "kvp", "h1vp"])
def test_derivatives_of_bessel_functions(name):
    theirs, ours = getattr(sp, name), getattr(special, name)
    for n in (1, 2, 3):
        assert dd.jvp(lambda z: ours(2, z, n), (0.7,), (1.0,))[0] == theirs(2, 0.7, n)
        assert dd.derivative(lambda z: ours(2, z, n))(0.7) == pytest.approx(theirs(2, 0.7, n + 1), rel=1e-12)
    if name != "h1vp":
        h = 1e-5
        expected = (theirs(1.3 + h, 0.7) - theirs(1.3 - h, 0.7)) / (2 * h)
        assert dd.derivative(lambda v: ours(v, 0.7))(1.3) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(("name", "arguments"), [
    ("lqn", (2, 0.3)), ("ellip_harm", (1.2, 3.1, 2, 2, 1.4)), ("roots_jacobi", (3, 0.2, 0.3)), ("stirling2", (3, 2)),
    ("jacobi", (3, 0.2, 0.3)),
])  # fmt: skip
def test_what_is_not_differentiated_says_what_to_write(name, arguments):
    with pytest.raises(UnsupportedError, match=f"scipy.special.{name} of duals: "):
        dd.derivative(lambda x: getattr(special, name)(*arguments[:-1], x))(arguments[-1] + 0.0)
