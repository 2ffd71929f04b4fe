"""dualdiff.math: the standard math module on floats, and its derivatives on duals."""

import inspect
import math as standard
import random
import sys

import numpy as np
import pytest
from mpmath import mp, mpf

import dualdiff as dd
from dualdiff import Dual, math
from dualdiff.errors import UnsupportedError

NAMES = [name for name in dir(standard) if not name.startswith("_")]
FLOATS = [0.0, -0.0, 0.3, -0.3, 0.9, 1.0, -1.0, 1.5, 2.0, -2.5, 7.3, 20.0, 1e-300, 1e-9, -1e10, 1e300, 800.0, standard.inf, -standard.inf, standard.nan]
SPECIAL_ARGUMENTS = {
    "comb": [(5, 2), (5, 9)], "perm": [(5, 2), (5,)], "factorial": [(5,), (0,)], "gcd": [(12, 18), (0, 4), ()], "lcm": [(4, 6)],
    "isqrt": [(17,)], "ldexp": [(0.7, 5), (1.0, -1080), (-3.0, 0), (1e-300, 1000)], "dist": [([1.0, 2.0], [4.0, 6.0]), ((1.0,), (2.5,))],
    "fsum": [([0.1] * 10,), ([],), ([1e16, 1.0, -1e16],)], "prod": [([0.1, 0.2, 3],), ([],)], "sumprod": [([1.0, 2.0], [3.0, 4.0])],
    "fma": [(1.5, 2.5, 3.5)], "log": [(0.3,), (8.0, 2.0), (8, 10), (10**400,), (-1.0,), (0.0,), (8.0, 1.0), (8.0, -1.0), ("a",)],
    "hypot": [(3.0, 4.0), (1.0, 2.0, 3.0), (), (1e300, 1e300), (-2.0,)],
    "isclose": [(1.0, 1.0 + 1e-10), (1.0, 2.0)], "pow": [(2.0, 3.0), (0.0, 0.0), (-8.0, 1 / 3), (0.0, -1.0), (2.0, 5000.0), (-2.0, 3.0)],
    "modf": [(2.5,), (-2.5,), (standard.inf,), (0.0,)], "frexp": [(2.5,), (0.0,), (standard.nan,), (1e-310,)],
    "nextafter": [(1.0, 2.0)], "ulp": [(1.0,)],
}  # fmt: skip


def outcome(function, args):
    """The result of a call, or its error, as something to compare."""
    try:
        found = function(*args)
    except Exception as error:
        return type(error), str(error)
    if isinstance(found, tuple):
        return tuple((type(x), repr(x)) for x in found)
    return type(found), repr(found)


def arguments(name):
    if name in SPECIAL_ARGUMENTS:
        return SPECIAL_ARGUMENTS[name]
    try:
        n = len(inspect.signature(getattr(standard, name)).parameters)
    except ValueError:
        n = 2 if name in ("atan2",) else 1
    if n == 1:
        return [(x,) for x in [*FLOATS, 3, True, 10**400, "text"]]
    return [(x, y) for x in FLOATS for y in FLOATS] + [(3, 2), (2.5, 2)]


def test_every_name_of_the_standard_module_is_there():
    assert [name for name in NAMES if not hasattr(math, name)] == []
    public = {name for name in dir(math) if not name.startswith("_")}
    assert public == set(NAMES)


@pytest.mark.parametrize("name", [name for name in NAMES if not callable(getattr(standard, name))])
def test_constants(name):
    assert repr(getattr(math, name)) == repr(getattr(standard, name))


@pytest.mark.parametrize("name", [name for name in NAMES if callable(getattr(standard, name))])
def test_the_standard_functions_on_floats(name):
    """Value, type and error are the standard ones, bit for bit."""
    cases = arguments(name)
    assert len(cases) >= 1
    errors = 0
    for args in cases:
        wanted = outcome(getattr(standard, name), args)
        assert outcome(getattr(math, name), args) == wanted, args
        errors += isinstance(wanted[0], type) and issubclass(wanted[0], Exception)
    assert errors < len(cases)
    generator = random.Random(1)
    if name not in SPECIAL_ARGUMENTS:
        for _ in range(100):
            args = tuple(generator.uniform(-5, 5) for _ in cases[0])
            assert outcome(getattr(math, name), args) == outcome(getattr(standard, name), args)


def test_names_and_documentation():
    for name in ("sin", "floor", "nextafter", "log", "hypot"):
        assert getattr(math, name).__name__ == name and getattr(math, name).__doc__


# ---- derivatives -------------------------------------------------------------------------------------

ONE = {
    "acos": (mp.acos, [-0.9, 0.0, 0.3, 0.999]), "acosh": (mp.acosh, [1.0001, 1.7, 1e200]), "asin": (mp.asin, [-0.9, 0.0, 0.3, 0.999]),
    "asinh": (mp.asinh, [-3.0, 0.0, 1e200]), "atan": (mp.atan, [-3.0, 0.0, 1e10]), "atanh": (mp.atanh, [-0.9, 0.0, 0.3, 0.999]),
    "cbrt": (lambda x: mp.sign(x) * mp.cbrt(abs(x)), [-8.0, 0.3]), "cos": (mp.cos, [-3.0, 0.0, 0.3]), "cosh": (mp.cosh, [-3.0, 0.0, 0.3]),
    "degrees": (mp.degrees, [0.3]), "radians": (mp.radians, [0.3]), "erf": (mp.erf, [-5.0, 0.0, 0.3, 20.0]),
    "erfc": (mp.erfc, [-5.0, 0.0, 0.3, 20.0]), "exp": (mp.exp, [-700.0, 0.0, 2.5]), "exp2": (lambda x: mp.power(2, x), [-3.5, 0.0, 10.1]),
    "expm1": (mp.expm1, [-50.0, 0.0, 1e-9, 2.5]), "fabs": (abs, [-2.0, 3.0]), "gamma": (mp.gamma, [0.3, 3.7, 10.3, -0.3]),
    "lgamma": (mp.loggamma, [0.3, 3.7, 10.3, 1e5]), "log": (mp.log, [1e-300, 0.3, 1e10]), "log10": (lambda x: mp.log(x, 10), [1e-300, 0.3, 1e10]),
    "log1p": (mp.log1p, [-0.9, 0.0, 1e-9, 5.0]), "log2": (lambda x: mp.log(x, 2), [1e-300, 0.3, 1e10]), "sin": (mp.sin, [-3.0, 0.0, 0.3]),
    "sinh": (mp.sinh, [-3.0, 0.0, 0.3]), "sqrt": (mp.sqrt, [1e-300, 0.3, 1e10]), "tan": (mp.tan, [-1.5, 0.0, 0.3]),
    "tanh": (mp.tanh, [-20.0, 0.0, 0.3, 300.0]),
}  # fmt: skip
ONE = {name: case for name, case in ONE.items() if hasattr(standard, name)}
STEPS = ["ceil", "floor", "trunc"]
QUESTIONS = ["isfinite", "isinf", "isnan"]
SEVERAL = {"atan2", "copysign", "dist", "fma", "fmod", "fsum", "hypot", "isclose", "ldexp", "pow", "prod", "remainder", "sumprod", "modf", "frexp"}
INTEGERS = {"comb", "factorial", "gcd", "isqrt", "lcm", "perm"}


def test_every_function_is_tested_on_duals():
    functions = {name for name in NAMES if callable(getattr(standard, name))}
    assert functions - set(ONE) - set(STEPS) - set(QUESTIONS) - SEVERAL - INTEGERS == {"nextafter", "ulp"}


def exact_derivative(f, x, order=1):
    hard = not 1e-12 < abs(x) < 20      # tanh(300) differs from 1 in the 260th digit
    with mp.workdps(400 if hard and x else 80):
        h = mpf(10) ** (-60 if hard and x else -20) * (abs(mpf(x)) if x else 1)
        return float(mp.diff(f, mpf(x), order, h=h))


@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_number(name):
    exact, at = ONE[name]
    function = getattr(math, name)
    for x in at:
        z = function(Dual(x, [1.0, -2.0]))
        assert type(z) is Dual and repr(z.value) == repr(getattr(standard, name)(x))
        d = exact_derivative(exact, x)
        np.testing.assert_allclose(z.tangents, [d, -2 * d], rtol=9e-16, atol=1e-320)
        assert dd.derivative(function)(x) == pytest.approx(d, rel=9e-16, abs=1e-320)


@pytest.mark.parametrize("name", ONE)
def test_second_derivatives(name):
    exact, at = ONE[name]
    for x in at:
        if 1e-5 < abs(x) < 1e5:
            d = exact_derivative(exact, x, 2)
            assert dd.derivative(dd.derivative(getattr(math, name)))(x) == pytest.approx(d, rel=2e-14, abs=1e-15)


@pytest.mark.parametrize("name", STEPS)
def test_steps_are_integers(name):
    for v in (2.5, -2.5, 3.0):
        found = getattr(math, name)(Dual(v, 1.0))
        assert type(found) is int and found == getattr(standard, name)(v)
    assert dd.derivative(lambda x: x * getattr(math, name)(x))(2.5) == getattr(standard, name)(2.5)


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions(name):
    for v in (2.5, standard.inf, standard.nan):
        assert getattr(math, name)(Dual(v, 1.0)) is getattr(standard, name)(v)
    nested = []
    dd.derivative(dd.derivative(lambda x: nested.append(getattr(math, name)(x)) or x))(1.0)
    assert nested == [getattr(standard, name)(1.0)]


def test_isclose():
    assert math.isclose(Dual(1.0, 1.0), 1.0 + 1e-10) and not math.isclose(1.0, Dual(2.0, 1.0))
    assert math.isclose(Dual(1.0, 1.0), 1.1, rel_tol=0.2)


def partials(function, *args):
    """Value and gradient with respect to each of the arguments."""
    z = function(*(Dual(a, np.eye(len(args))[i]) for i, a in enumerate(args)))
    return z.value, z.tangents


TWO = {
    "atan2": (mp.atan2, [(0.3, 0.7), (-1.0, -2.0), (1e-200, 1e200), (1e200, -1e200)]),
    "pow": (mp.power, [(2.0, 3.0), (0.3, -1.7), (1e200, 0.3), (5.0, 0.0)]),
    "copysign": (lambda x, y: abs(x) * mp.sign(y), [(2.0, -3.0), (-2.0, -3.0), (-2.0, 3.0)]),
    "hypot": (mp.hypot, [(3.0, 4.0), (-0.3, 1e-9), (1e200, 2e200)]),
    "fmod": (lambda x, y: x - y * int(x / y), [(7.0, 3.0), (-7.5, 3.0), (7.5, -0.7)]),
    "remainder": (lambda x, y: x - y * mp.nint(x / y), [(7.0, 3.0), (-7.5, 3.2), (8.0, 3.0), (7.5, -0.7)]),
    "log": (lambda x, b: mp.log(x) / mp.log(b), [(8.0, 2.0), (0.3, 10.0), (2.0, 0.5)]),
}


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_numbers(name):
    exact, at = TWO[name]
    function, plain = getattr(math, name), getattr(standard, name)
    for x, y in at:
        value, found = partials(function, x, y)
        assert repr(value) == repr(plain(x, y))
        wanted = [exact_derivative(lambda t, y=y: exact(t, mpf(y)), x), exact_derivative(lambda t, x=x: exact(mpf(x), t), y)]
        np.testing.assert_allclose(found, wanted, rtol=1.5e-15, atol=1e-320)
        for i, args in enumerate([(Dual(x, 1.0), y), (x, Dual(y, 1.0))]):
            z = function(*args)
            if type(z) is float:        # copysign does not depend on the size of its sign
                assert z == plain(x, y) and wanted[i] == 0
                continue
            assert z.value == plain(x, y)
            np.testing.assert_allclose(z.tangents[0], wanted[i], rtol=1.5e-15, atol=1e-320)


def test_mixed_second_derivatives():
    for name, (exact, at) in TWO.items():
        x, y = at[0]
        inner = dd.derivative(lambda x, y, name=name: getattr(math, name)(x, y))
        found = dd.derivative(lambda y, x=x, inner=inner: inner(x, y))(y)
        with mp.workdps(60):
            wanted = float(mp.diff(exact, (mpf(x), mpf(y)), (1, 1), h=mpf(10) ** -15))
        assert found == pytest.approx(wanted, rel=1e-13, abs=1e-14), name


def test_pow_where_power_is_special():
    assert partials(lambda x: math.pow(x, 0), 0.0) == (1.0, [0.0])
    assert partials(lambda x: math.pow(x, 1), 0.0) == (0.0, [1.0])
    assert partials(lambda x: math.pow(x, 2), -3.0) == (9.0, [-6.0])


def test_hypot_of_many_and_dist():
    value, found = partials(math.hypot, 1.0, 2.0, -2.0)
    assert value == 3.0
    np.testing.assert_allclose(found, [1 / 3, 2 / 3, -2 / 3], rtol=9e-16)
    assert partials(math.hypot, 0.0, 0.0, 0.0)[1].tolist() == [0.0, 0.0, 0.0]
    assert partials(math.hypot, -2.0) == (2.0, [-1.0])
    value, found = partials(lambda a, b, c, d: math.dist([a, b], [c, d]), 1.0, 2.0, 4.0, 6.0)
    assert value == 5.0
    np.testing.assert_allclose(found, [-0.6, -0.8, 0.6, 0.8], rtol=9e-16)
    assert partials(lambda a, b: math.dist([a], [b]), 1.0, 1.0)[1].tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="same number of dimensions"):
        math.dist([Dual(1.0, 1.0)], [1.0, 2.0])


def test_sums_and_products():
    value, found = partials(lambda *xs: math.fsum(xs), *[0.1] * 10)
    assert value == 1.0 and found.tolist() == [1.0] * 10
    value, found = partials(lambda *xs: math.fsum(iter(xs)), 1e16, 1.0, -1e16)
    assert value == 1.0 and found.tolist() == [1.0] * 3
    assert math.fsum([Dual(1.0, 1.0), 2, True]).value == 4.0
    value, found = partials(lambda *xs: math.prod(xs, start=2), 3.0, 0.0, 5.0)
    assert value == 0.0 and found.tolist() == [0.0, 30.0, 0.0]
    if hasattr(standard, "sumprod"):
        value, found = partials(lambda a, b, c, d: math.sumprod([a, b], [c, d]), 1.0, 2.0, 3.0, 4.0)
        assert value == 11.0 and found.tolist() == [3.0, 4.0, 1.0, 2.0]


def test_modf_frexp_ldexp():
    fraction, whole = math.modf(Dual(-2.75, [1.0, 3.0]))
    assert fraction.value == -0.75 and fraction.tangents.tolist() == [1.0, 3.0] and whole == -2.0 and type(whole) is float
    fraction, whole = math.modf(Dual(standard.inf, 1.0))
    assert (fraction.value, whole) == standard.modf(standard.inf)
    for v in (3.0, -0.3, 1e300, 1e-300, 0.0):
        mantissa, exponent = math.frexp(Dual(v, 1.0))
        assert (mantissa.value, exponent) == standard.frexp(v) and mantissa.tangents[0] == 2.0**-exponent
    for v, n in ((0.7, 5), (0.7, -5), (1e-300, 1000), (1e300, -1000), (0.3, 0)):
        z = math.ldexp(Dual(v, 1.0), n)
        assert z.value == standard.ldexp(v, n) and z.tangents[0] == 2.0**n


def test_values_on_duals_are_the_standard_ones():
    """Bit for bit, also where NumPy rounds otherwise."""
    generator = random.Random(2)
    for name in ONE:
        low, high = (1.0, 50.0) if name == "acosh" else (-1.0, 1.0) if name in {"acos", "asin", "atanh"} else (1e-3, 50.0)
        for _ in range(50):
            x = generator.uniform(low, high)
            assert getattr(math, name)(Dual(x, 1.0)).value == getattr(standard, name)(x), (name, x)
    for name in TWO:
        for _ in range(50):
            x, y = generator.uniform(0.1, 9), generator.uniform(0.1, 9)
            assert getattr(math, name)(Dual(x, 1.0), Dual(y, 2.0)).value == getattr(standard, name)(x, y), (name, x, y)


# ---- errors ------------------------------------------------------------------------------------------

FAILURES = [
    ("log", (-1.0,)), ("log", (0.0,)), ("log2", (-1.0,)), ("log10", (0.0,)), ("log1p", (-1.0,)), ("sqrt", (-1.0,)), ("acos", (2.0,)),
    ("asin", (-2.0,)), ("acosh", (0.5,)), ("atanh", (1.0,)), ("exp", (1000.0,)), ("expm1", (1000.0,)), ("cosh", (1000.0,)),
    ("gamma", (0.0,)), ("gamma", (-1.0,)), ("gamma", (500.0,)), ("lgamma", (0.0,)), ("sin", (standard.inf,)), ("tan", (standard.inf,)),
    ("pow", (0.0, -1.0)), ("pow", (-1.0, 0.5)), ("pow", (10.0, 1000.0)), ("fmod", (1.0, 0.0)), ("remainder", (1.0, 0.0)), ("log", (8.0, 1.0)),
    ("log", (8.0, -1.0)), ("ldexp", (1.0, 5000)), ("floor", (standard.inf,)), ("ceil", (standard.nan,)), ("trunc", (standard.inf,)),
    ("exp2", (5000.0,)), ("sinh", (1000.0,)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args"), FAILURES)
def test_errors_are_the_standard_ones(name, args):
    if not hasattr(standard, name):
        pytest.skip(f"Python {sys.version_info[:2]} has no math.{name}")
    wanted = outcome(getattr(standard, name), args)
    assert wanted[0] in (ValueError, OverflowError, ZeroDivisionError)
    assert outcome(getattr(math, name), args) == wanted
    assert outcome(getattr(math, name), (Dual(args[0], 1.0), *args[1:])) == wanted
    if len(args) == 2 and name != "ldexp":
        assert outcome(getattr(math, name), (args[0], Dual(args[1], 1.0))) == wanted


def test_a_wrong_number_of_arguments():
    for name, args in [("sin", ()), ("sin", (1.0, 2.0)), ("atan2", (1.0,)), ("log", ()), ("log", (1.0, 2.0, 3.0))]:
        duals = [Dual(a, 1.0) for a in args]
        with pytest.raises(TypeError):
            getattr(math, name)(*duals)


def test_what_has_no_derivative():
    for name, rest in (("nextafter", (2.0,)), ("ulp", ())):
        with pytest.raises(UnsupportedError, match=rf"math.{name}.*x\.value"):
            getattr(math, name)(Dual(1.0, 1.0), *rest)
    for name in INTEGERS:
        with pytest.raises(TypeError):
            getattr(math, name)(Dual(5.0, 1.0))


def test_the_edge_of_a_domain():
    assert math.sqrt(Dual(0.0, [1.0, 0.0])).tangents.tolist() == [standard.inf, 0.0]
    assert math.asin(Dual(1.0, 1.0)).tangents[0] == standard.inf
    assert math.fabs(Dual(0.0, 1.0)).tangents[0] == 0.0


def test_scalar_code_written_for_the_standard_module():
    """A function that gets its math module as a parameter gives the same numbers with both."""

    def distance(m, lat1, lon1, lat2, lon2):
        a, b, c, d = map(m.radians, (lat1, lon1, lat2, lon2))
        h = m.sin((c - a) / 2) ** 2 + m.cos(a) * m.cos(c) * m.sin((d - b) / 2) ** 2
        return 2 * 6371.0 * m.asin(m.sqrt(h)) if h < 1 else m.pi * 6371.0

    args = (52.5, 13.4, 48.1, 11.6)
    assert distance(math, *args) == distance(standard, *args)
    found = dd.grad(lambda v: distance(math, *v))(np.array(args))
    for i in range(4):
        h = 1e-5
        up, down = (distance(standard, *(a + s * h * (i == j) for j, a in enumerate(args))) for s in (1, -1))
        assert found[i] == pytest.approx((up - down) / (2 * h), rel=1e-7)


@pytest.mark.parametrize("name, x, y", [("pow", 1.3, 2.5), ("pow", 2.0, 3), ("atan2", 0.4, -1.2), ("copysign", 1.5, -2.0),
                                        ("fmod", 7.5, 2.0)])  # fmt: skip
def test_two_argument_functions(name, x, y):
    f, rule = getattr(dd.math, name), {"pow": np.power, "atan2": np.arctan2}.get(name) or getattr(np, name)
    by_array = dd.grad(lambda v: rule(v[0], v[1]))(np.array([x, float(y)]))
    assert np.allclose(dd.grad(f, argnums=(0, 1))(x, float(y)), by_array, rtol=1e-14)
    assert np.isclose(dd.derivative(lambda t: f(t, y))(x), by_array[0], rtol=1e-14)
    assert np.isclose(dd.derivative(lambda t: f(x, t))(float(y)), by_array[1], rtol=1e-14)
    assert dd.jvp(lambda t: f(t, y), (x,), (1.0,))[0] == getattr(math, name)(x, y)
    H = dd.hessian(lambda v: f(v[0], v[1]))(np.array([x, float(y)]))
    again = dd.jacobian(dd.grad(lambda v: f(v[0], v[1])))(np.array([x, float(y)]))
    assert np.allclose(H, again, rtol=1e-12)
