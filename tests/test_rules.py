"""The rule table against mpmath, and NumPy's ufuncs on duals against NumPy.

    DOMAINS       rule -> value and partials in mpmath, and the points where they are compared
    KINKS         the conventions at kinks, one line each

A rule without a row in DOMAINS fails `test_every_rule_has_a_domain`.
"""

import itertools
import math
import warnings
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from mpmath import mp, mpf
from support import same_bits

import dualdiff as dd
from dualdiff import Dual, DualArray
from dualdiff.core import evaluate_partial
from dualdiff.errors import LostDerivativeError, UnsupportedError
from dualdiff.functions import elementwise as generic
from dualdiff.rules import of_numpy
from dualdiff.rules.table import ALIASES, BY_UFUNC, MULTIPLE, REFUSED, RULES as EVERY_RULE, THROUGH, rule_of

# scipy.special's, and the helpers that only they use, have a table and tests of their own: test_special.py
RULES = {row.name: EVERY_RULE[row.name] for row in of_numpy.ROWS}

DIGITS = 50
ULPS = 4
NAN = float("nan")
INF = float("inf")

# ---- mpmath ------------------------------------------------------------------------------------


def zero(*_):
    return mpf(0)


def one(*_):
    return mpf(1)


def mp_sign(x):
    return mpf((x > 0) - (x < 0))


def mp_floor_ratio(x, y):
    """floor(x/y) as an exact integer."""
    return mpf(Fraction(float(x)) // Fraction(float(y)))


def mp_trunc_ratio(x, y):
    return mpf(math.trunc(Fraction(float(x)) / Fraction(float(y))))


def mp_sincn(n, y):
    """j_n(pi y)/(pi y)^n by its hypergeometric series."""
    z = mp.pi * y
    return mp.hyp0f1(n + mpf(3) / 2, -z * z / 4) / mp.fac2(2 * n + 1)


def mp_power_dx(x, y):
    if y == 0:
        return mpf(0)
    if x == 0:
        return mpf(1) if y == 1 else mpf(0) if y > 1 else mp.inf
    return y * mp.power(x, y - 1)


def mp_power_dy(x, y):
    """None (not defined) left of zero; at zero 0^y falls from 1 to 0 behind y = 0."""
    if x < 0:
        return None
    if x == y == 0:
        return -mp.inf
    return mpf(0) if x == 0 else mp.power(x, y) * mp.log(x)


def mp_arctan2(x, y):
    return mp.atan2(x, y)


def mp_heaviside(x, h):
    return h if x == 0 else mpf(x > 0)


def share(better):
    """A partial of maximum and its kind: 1 for the one taken, 1/2 for ties, else 0."""
    return lambda x, y: mpf(1) / 2 if x == y else mpf(1) if better(x, y) else mpf(0)


def row(value, *partials, at, at32=(), ulps=ULPS):
    return SimpleNamespace(value=value, partials=partials, at=at, at32=at32, ulps=ulps)


ORDINARY = [-30.5, -2.75, -1.0, -0.7, -1e-3, 1e-3, 0.3, 0.7, 1.0, 1.6, 2.3, 10.1]
POSITIVE = [1e-300, 1e-40, 1e-8, 0.01, 0.3, 0.9999999, 1.0, 1.0000001, 1.7, 2.5, 17.3, 1e5, 1e150, 1e300]
WIDE = [*(-x for x in POSITIVE), 0.0, *POSITIVE]
UNIT = [-0.9999999999, -0.999, -0.5, -0.1, -1e-9, 0.0, 1e-300, 1e-9, 0.1, 0.5, 0.8, 0.999, 1 - 2**-53]
AROUND = [-2.5, -1.2, -0.6, -1e-9, 1e-9, 0.2, 0.9, 1.1, 3.5, 1e10]
PAIRS = [(0.3, 0.7), (-1.7, 2.6), (2.5, -0.4), (-3.1, -0.9), (1e-8, 3.0), (5.0, 1e-8), (1e150, 1e-150)]
DISTANT = [(0.0, 0.0), (1.5, 1.5), (0.3, -0.4), (1.0, 1.0 + 1e-10), (40.0, 0.1), (0.1, 40.0), (-700.3, 0.1), (0.1, -700.3),
           (700.1, 0.05), (0.05, 700.1), (-1e5, 1e5), (350.3, -350.4), (-350.3, 350.4), (1e300, 3.0), (1e-300, 2e-300)]
RATIOS = [(7.0, 3.0), (-7.0, 3.0), (7.0, -3.0), (-7.0, -3.0), (0.3, 0.1), (1e15, 0.7), (-1e15, 0.7), (5.5, 5.6), (-1e-9, 2.0),
          (1e300, 3.0), (1e17, 1.0), (0.0, 2.0), (6.0, 2.0), (-6.0, 2.0), (0.1, 1e300)]
POWERS = [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (0.0, 3.0), (0.0, 0.5), (0.0, 1.5), (2.0, 0.0), (-2.0, 0.0), (-2.0, 1.0), (-2.0, 2.0),
          (-2.5, 3.0), (-2.5, -1.0), (3.0, -1.0), (3.0, 1.0), (3.0, 2.0), (1e300, 0.3), (1e-300, 0.3), (1e-300, 1e-20), (1e100, 0.3), (1e-100, 0.3),
          (1e300, 1e-3), (2.0, 0.1), (1e10, 1.0 + 1e-12), (1.0, 5.3), (1.0000001, 1e7), (0.9999, 1e5), (0.5, 100.5),
          (7.3, -30.1), (1e150, 2.0), (1e-150, 2.0), (1e5, 1e-17), (0.3, 0.9999999999), (1e200, -0.7), (2.0, -1000.0)]
SINC = [1e-300, 1e-160, 1e-30, 1e-9, 1e-4, 0.01, 0.1, 0.3, 0.5, 0.55, 0.56, 0.6, 1.0, 1.3, 1.7, 2.0, 2.3, 3.7, 5.0, 10.25, 33.3, 1e3, 1e6]
SINC = [*(-x for x in SINC), 0.0, *SINC]
POLYGAMMA = [1e-300, 1e-10, 0.01, 0.2, 0.5, 0.9, 1.0, 1.2, 1.4, 1.55, 1.7, 2.0, 2.3, 3.0, 4.5, 7.1, 14.0, 15.5, 50.3, 170.1,
             1e4, 1e10, 1e100, -0.3, -0.8, -1.7, -2.3, -6.4]

DOMAINS = {
    "negative": row(lambda x: -x, lambda x: -mpf(1), at=WIDE),
    "positive": row(lambda x: x, one, at=WIDE),
    "absolute": row(mp.fabs, mp_sign, at=WIDE),
    "sign": row(mp_sign, zero, at=WIDE),
    "floor": row(mp.floor, zero, at=[*AROUND, 2.0, 0.0]),
    "ceil": row(mp.ceil, zero, at=[*AROUND, 2.0, 0.0]),
    "trunc": row(lambda x: mpf(math.trunc(float(x))), zero, at=[*AROUND, 2.0, 0.0]),
    "rint": row(mp.nint, zero, at=[*AROUND, 2.0, 0.5, 0.0]),
    "conjugate": row(lambda x: x, one, at=WIDE),
    "square": row(lambda x: x * x, lambda x: 2 * x, at=[x for x in WIDE if abs(x) < 1e151]),
    "sqrt": row(mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), at=POSITIVE),
    "cbrt": row(lambda x: mp_sign(x) * mp.cbrt(abs(x)), lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2), at=[x for x in WIDE if x]),
    "reciprocal": row(lambda x: 1 / x, lambda x: -1 / x**2, at=[x for x in WIDE if x]),
    "exp": row(mp.exp, mp.exp, at=[*ORDINARY, 0.0, 1e-300, -700.3, 700.3], at32=[80.3, -80.3]),
    "exp2": row(lambda x: mp.power(2, x), lambda x: mp.power(2, x) * mp.log(2), at=[*ORDINARY, 0.0, -1000.3, 1000.3]),
    "expm1": row(mp.expm1, mp.exp, at=[*ORDINARY, 0.0, 1e-300, -50.0, -700.3, 700.3], at32=[-80.3]),
    "log": row(mp.log, lambda x: 1 / x, at=POSITIVE),
    "log2": row(lambda x: mp.log(x, 2), lambda x: 1 / (x * mp.log(2)), at=POSITIVE),
    "log10": row(mp.log10, lambda x: 1 / (x * mp.log(10)), at=POSITIVE),
    "log1p": row(mp.log1p, lambda x: 1 / (1 + x), at=[*UNIT, *POSITIVE]),
    "sin": row(mp.sin, mp.cos, at=[*ORDINARY, 0.0, 1e-300, 1.5707963267948966, 100.3, 1e6]),
    "cos": row(mp.cos, lambda x: -mp.sin(x), at=[*ORDINARY, 0.0, 1e-300, 3.141592653589793, 100.3, 1e6]),
    "tan": row(mp.tan, lambda x: mp.sec(x) ** 2, at=[*ORDINARY, 0.0, 1e-300, 1.5707963267948966, 1.57, -1.57, 100.3, 1e6]),
    "arcsin": row(mp.asin, lambda x: 1 / mp.sqrt(1 - x * x), at=UNIT),
    "arccos": row(mp.acos, lambda x: -1 / mp.sqrt(1 - x * x), at=UNIT),
    "arctan": row(mp.atan, lambda x: 1 / (1 + x * x), at=[*WIDE, 1e153, -1e153, 1e155], at32=[1e18, 1e20]),
    "sinh": row(mp.sinh, mp.cosh, at=[*ORDINARY, 0.0, 1e-300, -700.3, 700.3], at32=[80.3]),
    "cosh": row(mp.cosh, mp.sinh, at=[*ORDINARY, 0.0, 1e-300, -700.3, 700.3], at32=[80.3]),
    "tanh": row(mp.tanh, lambda x: mp.sech(x) ** 2, at=[*ORDINARY, 0.0, 1e-300, 20.0, -20.0, 300.3, -300.3], at32=[40.3]),
    "arcsinh": row(mp.asinh, lambda x: 1 / mp.sqrt(1 + x * x), at=[*WIDE, 1e200, -1e200, 1e308]),
    "arccosh": row(
        mp.acosh, lambda x: 1 / mp.sqrt(x * x - 1), at=[1 + 2**-52, 1.0000001, 1.1, 1.7, 3.0, 1e3, 1e150, 1e200, 1e308], at32=[1e30]
    ),
    "arctanh": row(mp.atanh, lambda x: 1 / (1 - x * x), at=UNIT),
    "radians": row(mp.radians, lambda x: mp.pi / 180, at=WIDE),
    "degrees": row(mp.degrees, lambda x: 180 / mp.pi, at=[x for x in WIDE if abs(x) < 1e300]),
    "sinc": row(lambda x: mp_sincn(0, x), lambda x: -(mp.pi**2) * x * mp_sincn(1, x), at=SINC),
    "erf": row(mp.erf, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x), at=[*ORDINARY, 0.0, 1e-300, 5.3, -7.7, 15.1, 25.3, 26.5]),
    "erfc": row(mp.erfc, lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x), at=[*ORDINARY, 0.0, 1e-300, 5.3, -7.7, 15.1, 25.3]),
    "gamma": row(
        mp.gamma, lambda x: mp.gamma(x) * mp.psi(0, x), at=[1e-100, 1e-10, 0.1, 0.5, 1.0, 1.3, 1.6, 2.0, 3.7, 10.3, 33.3, 170.1, -0.3, -1.7]
    ),
    "gammaln": row(mp.loggamma, lambda x: mp.psi(0, x), at=[x for x in POLYGAMMA if x > 0]),
    "modf_fraction": row(lambda x: x - math.trunc(float(x)), one, at=AROUND),
    "frexp_mantissa": row(
        lambda x: x * mpf(2) ** -math.frexp(float(x))[1], lambda x: mpf(2) ** -math.frexp(float(x))[1], at=[x for x in WIDE if x]
    ),
    "add": row(lambda x, y: x + y, one, one, at=PAIRS),
    "subtract": row(lambda x, y: x - y, one, lambda x, y: -mpf(1), at=PAIRS),
    "multiply": row(lambda x, y: x * y, lambda x, y: y, lambda x, y: x, at=[*PAIRS, (0.0, 3.0), (0.0, 0.0)]),
    "divide": row(
        lambda x, y: x / y, lambda x, y: 1 / y, lambda x, y: -x / y**2, at=[*PAIRS[:-1], (1e200, 1e-100), (1e-200, 1e100), (0.0, 3.0)]
    ),
    "power": row(mp.power, mp_power_dx, mp_power_dy, at=POWERS),
    "remainder": row(lambda x, y: x - y * mp_floor_ratio(x, y), one, lambda x, y: -mp_floor_ratio(x, y), at=RATIOS),
    "fmod": row(lambda x, y: x - y * mp_trunc_ratio(x, y), one, lambda x, y: -mp_trunc_ratio(x, y), at=RATIOS),
    "floor_divide": row(mp_floor_ratio, zero, zero, at=RATIOS),
    "maximum": row(max, share(lambda x, y: x > y), share(lambda x, y: y > x), at=[*PAIRS, (1.5, 1.5), (0.0, 0.0)]),
    "minimum": row(min, share(lambda x, y: x < y), share(lambda x, y: y < x), at=[*PAIRS, (1.5, 1.5), (0.0, 0.0)]),
    "fmax": row(max, share(lambda x, y: x > y), share(lambda x, y: y > x), at=[*PAIRS, (1.5, 1.5), (0.0, 0.0)]),
    "fmin": row(min, share(lambda x, y: x < y), share(lambda x, y: y < x), at=[*PAIRS, (1.5, 1.5), (0.0, 0.0)]),
    "hypot": row(
        mp.hypot,
        lambda x, y: mpf(0) if x == y == 0 else x / mp.hypot(x, y),
        lambda x, y: mpf(0) if x == y == 0 else y / mp.hypot(x, y),
        at=[*PAIRS, (0.0, 0.0), (0.0, -2.0), (1e300, 1e300), (-1e-300, 1e-300), (3e-310, 4e-310), (1e-20, 1.0), (1e160, -3e160)],
        at32=[(1e-30, 1e-30), (1e30, 2e30)],
    ),
    "arctan2": row(
        mp_arctan2,
        lambda x, y: y / (x * x + y * y),
        lambda x, y: -x / (x * x + y * y),
        at=[*PAIRS, (0.0, -2.0), (0.0, 2.0), (-3.0, 0.0), (1e300, 1e300), (-1e-300, 1e-300), (1e-250, 3.0), (3.0, 1e-250), (1e200, -1e150),
            (-1e-200, 1e-150), (1e-300, 1e300), (1e300, 1e-300), (3.0, 1e200)],
        at32=[(1e-30, 1e-30), (1e30, 2e30), (1e-30, 1.0)],
    ),  # fmt: skip
    "logaddexp": row(
        lambda x, y: mp.log(mp.exp(x) + mp.exp(y)), lambda x, y: 1 / (1 + mp.exp(y - x)), lambda x, y: 1 / (1 + mp.exp(x - y)), at=DISTANT
    ),
    "logaddexp2": row(
        lambda x, y: mp.log(mp.power(2, x) + mp.power(2, y), 2),
        lambda x, y: 1 / (1 + mp.power(2, y - x)),
        lambda x, y: 1 / (1 + mp.power(2, x - y)),
        at=DISTANT,
    ),
    "copysign": row(
        lambda x, y: mp.fabs(x) * math.copysign(1, float(y)),
        lambda x, y: mp_sign(x) * math.copysign(1, float(y)),
        zero,
        at=[*PAIRS, (0.0, 1.0), (0.0, -1.0), (2.0, 0.0)],
    ),
    "heaviside": row(mp_heaviside, zero, lambda x, y: mpf(x == 0), at=[(-1.0, 0.3), (0.0, 0.3), (2.0, 0.3), (1.3, 0.3), (-1.3, 0.3), (1e-300, 0.5)]),
    "ldexp": row(
        lambda x, y: x * mp.power(2, y), lambda x, y: mp.power(2, y), zero, at=[(0.3, 4), (-1.7, 0), (3.0, -9), (0.0, 5), (1e-300, 1000), (1e300, -1000)],
        at32=[(1.5, 100), (1.5, -100)],
    ),  # fmt: skip
    "sech2": row(
        lambda x: mp.sech(x) ** 2, lambda x: -2 * mp.sech(x) ** 2 * mp.tanh(x), at=[*ORDINARY, 0.0, 1e-300, 20.0, -20.0, 300.3], at32=[30.3]
    ),
    "expit2": row(
        lambda x, y: 1 / (1 + mp.exp(y - x)),
        lambda x, y: 1 / (1 + mp.exp(y - x)) / (1 + mp.exp(x - y)),
        lambda x, y: -1 / (1 + mp.exp(y - x)) / (1 + mp.exp(x - y)),
        at=DISTANT,
    ),
    "exp2it2": row(
        lambda x, y: 1 / (1 + mp.power(2, y - x)),
        lambda x, y: mp.log(2) / (1 + mp.power(2, y - x)) / (1 + mp.power(2, x - y)),
        lambda x, y: -mp.log(2) / (1 + mp.power(2, y - x)) / (1 + mp.power(2, x - y)),
        at=DISTANT,
    ),
    "sincn": row(
        mp_sincn,
        None,
        lambda n, y: -(mp.pi**2) * y * mp_sincn(n + 1, y),
        at=[(float(n), y) for n in (0, 1, 2, 3) for y in (*SINC[:: 3 if n else 1], 0.0, 0.7, 0.8, 0.9, 1.15, 1.2, 1.5) if abs(y) < 40],
    ),
    "powm1": row(
        lambda x, y: mp.power(x, y - 1),
        lambda x, y: mp_power_dx(x, y - 1),
        lambda x, y: None if x < 0 else mp.power(x, y - 1) * mp.log(x) if x else mpf(0),
        at=[(x, y) for x, y in POWERS if not (x == 0 and y <= 1)],
    ),
    "powlog": row(
        lambda x, y: mp.power(x, y) * mp.log(x) if x else mpf(0),
        lambda x, y: mp.power(x, y - 1) * (1 + y * mp.log(x)) if x else mpf(0),
        lambda x, y: mp.power(x, y) * mp.log(x) ** 2 if x else mpf(0),
        at=[(x, y) for x, y in POWERS if x > 0 and abs(1 + y * math.log(x)) > 0.3 * (1 + abs(y * math.log(x))) or x == 0 and y > 1],
    ),
    "gauss": row(lambda x: mp.exp(-x * x), lambda x: -2 * x * mp.exp(-x * x), at=[*ORDINARY, 0.0, 1e-300, 5.3, -7.7, 15.1, 25.3, 26.5]),
    "polygamma": row(
        mp.psi, None, lambda n, x: mp.psi(n + 1, x), at=[(float(n), x) for n in (0, 1, 2) for x in POLYGAMMA if n == 0 or 0.009 < x < 1e5]
    ),
}  # fmt: skip

PARTIALS = [(name, which) for name in RULES for which in range(RULES[name].nin)]


def points_of(name, dtype):
    """The arguments of a rule's row, as floats that the dtype has."""
    domain = DOMAINS[name]
    found = []
    for point in [*domain.at, *(domain.at32 if dtype is np.float32 else ())]:
        args = tuple(point) if isinstance(point, tuple) else (point,)
        with np.errstate(all="ignore"):
            args = tuple(float(dtype(a)) for a in args)
        tiny = float(np.finfo(dtype).tiny)
        if dtype is np.float32 and any(math.isinf(a) or 0 < abs(a) < tiny for a in args):
            continue
        if dtype is np.float32 and any(a == 0 and b != 0 for a, b in zip(args, np.atleast_1d(point), strict=True)):
            continue
        found.append(args)
    return found


def columns(name, points, dtype):
    """The points as argument arrays of the ufunc."""
    arrays = [np.array(column, dtype) for column in zip(*points, strict=True)]
    if name == "ldexp":
        arrays[1] = arrays[1].astype(np.int32)
    return arrays


def in_ulps(found, true, dtype):
    """|found - true| in units of the last place of the true value; 0 where both are rounded to the same infinity."""
    with np.errstate(all="ignore"):
        rounded = dtype(float(true)) if mp.isfinite(true) else dtype(true)
    if not np.isfinite(rounded):
        # beyond the largest number, or so near that an allowed error crosses it
        return 0.0 if found == rounded or not mp.isfinite(true) is False and abs(found) == np.finfo(dtype).max else INF
    if not np.isfinite(found):
        return INF
    return float(abs(mpf(float(found)) - true) / mpf(float(np.spacing(abs(rounded)))))


def compare(name, which, points, values, found, dtype, path):
    """Asserts that found is within the row's ulps of mpmath's partial, at every point where the value is finite."""
    domain = DOMAINS[name]
    partial, compared, bad = domain.partials[which], 0, []
    with mp.workdps(DIGITS):
        for args, value, d in zip(points, values, found, strict=True):
            if not np.isfinite(value) or np.finfo(dtype).tiny > abs(value) > 0:
                continue
            try:
                true = None if partial is None else partial(*map(mpf, args))
            except ZeroDivisionError:       # a float32 point rounded to the edge of the domain
                true = mp.inf * (-1 if d < 0 else 1)
            compared += 1
            if true is None:
                if not np.isnan(d):
                    bad.append((args, float(d), "nan expected"))
                continue
            error = in_ulps(d, true, dtype)
            if not error <= domain.ulps:
                bad.append((args, float(d), mp.nstr(true, 20), f"{error:.3g} ulp"))
    assert compared >= min(3, len(points)), f"{name}: too few points were compared"
    assert not bad, f"{path} partial {which} of {name}: " + "; ".join(map(str, bad))


# ---- the table ---------------------------------------------------------------------------------


def test_every_rule_has_a_domain():
    assert set(DOMAINS) == set(RULES)
    for name, domain in DOMAINS.items():
        assert len(domain.partials) == RULES[name].nin
        assert len(domain.at) >= 4


@pytest.mark.parametrize("name", RULES)
def test_reference_partials_are_the_derivatives_of_the_reference_value(name):
    """The closed forms above against mpmath's numerical differentiation, at ordinary points."""
    domain, compared = DOMAINS[name], 0
    for args in points_of(name, np.float64):
        a, b = args[0], args[-1]
        integer_first = name in {"sincn", "polygamma"}
        if not all(0.05 < abs(a) < 60 and 2 * a != round(2 * a) for a in (args[1:] if integer_first else args)):
            continue
        if len(args) == 2 and (a == b or (a < 0 and name in {"power", "powm1"})):
            continue
        for which, partial in enumerate(domain.partials):
            with mp.workdps(DIGITS):
                args = tuple(map(mpf, args))
                true = partial(*args) if partial else None
                if true is None:
                    continue
                order = tuple(int(i == which) for i in range(len(args)))
                numeric = mp.diff(domain.value, args if len(args) > 1 else args[0], order if len(args) > 1 else 1)
                assert abs(numeric - true) <= mpf(10) ** -10 * max(1, abs(true)), (name, which, args)
                compared += 1
    assert compared or name == "ldexp"     # a function of an integer


@pytest.mark.parametrize(("name", "which"), PARTIALS)
def test_compiled_scalar_partial(name, which):
    points = points_of(name, np.float64)
    with np.errstate(all="ignore"):
        values = RULES[name].ufunc(*columns(name, points, np.float64))
    found = [evaluate_partial(name, which, *(*args, 0.0)[:2], float(f)) for args, f in zip(points, values, strict=True)]
    compare(name, which, points, values, found, np.float64, "scalar")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("name", "which"), PARTIALS)
def test_array_kernel(name, which, dtype):
    points = points_of(name, dtype)
    arrays = columns(name, points, dtype)
    if arrays[which].dtype.kind == "i":
        assert RULES[name].texts[which] == "0"
        return
    duals = list(arrays)
    duals[which] = DualArray(arrays[which], np.ones((1, len(points)), dtype))
    with np.errstate(all="ignore"):
        result = RULES[name].ufunc(*duals)
        values = RULES[name].ufunc(*arrays)
    if RULES[name].kinds[which] == "zero" and not isinstance(result, DualArray):
        result = SimpleNamespace(value=result, tangents=np.zeros((1, len(points)), dtype))
    same_bits(result.value, values)
    tangents = result.tangents if result.tangents is not None else np.zeros((1, len(points)), dtype)
    assert tangents.dtype == dtype
    compare(name, which, points, values, tangents[0], dtype, f"array ({dtype.__name__})")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("name", "which"), PARTIALS)
def test_generic_partial(name, which, dtype):
    points = points_of(name, dtype)
    arrays = columns(name, points, dtype)
    with np.errstate(all="ignore"):
        values = RULES[name].ufunc(*arrays)
        found = RULES[name].partials[which](arrays[0], arrays[-1] if len(arrays) > 1 else None, values)
    found = np.broadcast_to(np.asarray(found, dtype), len(points))
    compare(name, which, points, values, found, dtype, f"generic ({dtype.__name__})")


@pytest.mark.parametrize("name", [name for name in RULES if name != "ldexp"])
def test_scalar_dual(name):
    """np.f(Dual), and the method that NumPy's object loops call: value NumPy's, tangent within 4 ulp."""
    points, ufunc = points_of(name, np.float64), RULES[name].ufunc
    for which in range(RULES[name].nin):
        values, found = [], []
        for args in points:
            duals = [Dual(a, 1.0) if i == which else a for i, a in enumerate(args)]
            with np.errstate(all="ignore"):
                value = ufunc(*map(np.float64, args))
                result = ufunc(*duals)
                if which == 0 and isinstance(getattr(np, name, None), np.ufunc):        # NumPy's loops over objects ask for it
                    assert same_scalar(getattr(duals[0], name)(*duals[1:]), result)
            assert np.array_equal(value_of(result), value, equal_nan=True)
            values.append(value)
            found.append(result.tangents[0] if isinstance(result, Dual) else 0.0)
        compare(name, which, points, values, found, np.float64, "Dual")


def value_of(x):
    return x.value if isinstance(x, (Dual, DualArray)) else x


def same_scalar(a, b):
    """Whether two results are the same number with the same tangents."""
    tangents = [x.tangents if isinstance(x, Dual) else np.zeros(1) for x in (a, b)]
    return np.array_equal(value_of(a), value_of(b), equal_nan=True) and np.array_equal(*tangents, equal_nan=True)


# ---- the compiled path held to the generic path -------------------------------------------------

COMPILED_NEVER = {"ldexp"}      # (float, int) -> float has no loop of one type


def sample(name, dtype, size, seed):
    """Random arguments in the rule's domain: its points, moved a little where that stays inside."""
    generator = np.random.default_rng(seed)
    points = [p for p in points_of(name, dtype) if all(1e-6 < abs(a) < 1e6 for a in p[-1:])]
    chosen = [points[i] for i in generator.integers(len(points), size=size)]
    return columns(name, chosen, dtype)


def tangents_for(shape, k, dtype, generator):
    t = generator.standard_normal((k, *shape)).astype(dtype)
    t[generator.random(t.shape) < 0.2] = 0
    return t


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("k", [1, 3, 8, 33])
@pytest.mark.parametrize("name", RULES)
def test_compiled_path_is_the_generic_path(name, k, dtype, monkeypatch):
    rule = RULES[name]
    generator = np.random.default_rng(k)
    generic_path = generic.elementwise
    arrays = sample(name, dtype, 60, k)
    scale = [np.abs(t) for t in reference_partials(rule, arrays)]

    def refuse(rule, *_):
        raise AssertionError(f"{rule} took the generic path")

    for mask in itertools.product([False, True], repeat=rule.nin):
        if not any(mask) or (name == "ldexp" and mask[1]):
            continue
        ts = [tangents_for((60,), k, dtype, generator) for _ in arrays]
        duals = [DualArray(a, t) if m else a for a, t, m in zip(arrays, ts, mask, strict=True)]
        kinds = [kind for kind, m in zip(rule.kinds, mask, strict=True) if m]
        always_compiled = name not in COMPILED_NEVER and (rule.nin == 2 or "zero" not in kinds)
        with np.errstate(all="ignore"), monkeypatch.context() as patch:
            if always_compiled:
                patch.setattr(generic, "elementwise", refuse)
            compiled = rule.ufunc(*duals)
        with np.errstate(all="ignore"):
            wanted = generic_path(rule, rule.ufunc, duals)
        same_bits(value_of(compiled), value_of(wanted))
        zeros = np.zeros((k, 60), dtype)
        a, b = (x.tangents if x.tangents is not None else zeros for x in (compiled, wanted))
        assert a.dtype == b.dtype == dtype and a.shape == b.shape == (k, 60)
        with np.errstate(all="ignore"):
            size = sum(np.where(t == 0, 0, s * np.abs(t)) for s, t, m in zip(scale, ts, mask, strict=True) if m)
        finite = np.isfinite(b)
        assert np.array_equal(np.where(finite, 0, a), np.where(finite, 0, b), equal_nan=True)
        error, allowed = np.abs(a[finite] - b[finite]), 12 * np.finfo(dtype).eps * size[finite]
        worst = np.argmax(error - allowed) if error.size else 0
        assert np.all(error <= allowed + 4 * np.finfo(dtype).smallest_subnormal), (
            f"{a[finite][worst]} compiled, {b[finite][worst]} generic, size {size[finite][worst]}"
        )


def reference_partials(rule, arrays):
    """The partials on the generic path, in double precision."""
    with np.errstate(all="ignore"):
        arrays = [a if a.dtype.kind == "i" else a.astype(float) for a in arrays]
        f = rule.ufunc(*arrays)
        return [np.broadcast_to(p(arrays[0], arrays[-1] if len(arrays) > 1 else None, f), f.shape) for p in rule.partials]


# ---- facts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("add", ("linear", "linear")), ("subtract", ("linear", "linear")), ("multiply", ("nonlinear", "nonlinear")),
        ("negative", ("linear",)), ("floor", ("zero",)), ("sign", ("zero",)), ("radians", ("linear",)), ("exp", ("nonlinear",)),
        ("remainder", ("linear", "nonlinear")), ("floor_divide", ("zero", "zero")), ("copysign", ("nonlinear", "zero")),
        ("heaviside", ("zero", "nonlinear")), ("absolute", ("nonlinear",)), ("modf_fraction", ("linear",)),
    ],
)  # fmt: skip
def test_facts(name, kinds):
    assert RULES[name].kinds == kinds


def test_rules_are_found_by_ufunc_alias_and_name():
    scipy_special = pytest.importorskip("scipy.special")
    assert rule_of(np.sin).name == "sin"
    assert rule_of(np.fabs).name == rule_of(np.abs).name == "absolute"
    assert rule_of(np.float_power).name == "power" and rule_of(np.mod).name == "remainder"
    assert rule_of(np.deg2rad).name == "radians" and rule_of(np.rad2deg).name == "degrees"
    assert rule_of(scipy_special.erf).name == "erf" and rule_of(scipy_special.gammaln).name == "gammaln"
    assert rule_of(scipy_special.jv).name == "jv" and rule_of(scipy_special.mathieu_a) is None
    assert set(ALIASES) <= set(dir(np))


# ---- NumPy's namespace -------------------------------------------------------------------------

NP_UFUNCS = sorted({f for f in vars(np).values() if isinstance(f, np.ufunc)}, key=lambda f: f.__name__)


def test_every_ufunc_of_numpy_is_accounted_for():
    assert len(NP_UFUNCS) >= 90
    missing = []
    for ufunc in NP_UFUNCS:
        places = [
            rule_of(ufunc) is not None, ufunc in MULTIPLE, ufunc in THROUGH, ufunc in REFUSED,
            ufunc in generic.GUFUNCS,
        ]  # fmt: skip
        if sum(places) != 1:
            missing.append((ufunc.__name__, places))
    assert not missing, f"ufuncs of NumPy {np.__version__} in no list, or in several: {missing}"


@pytest.mark.parametrize("ufunc", REFUSED, ids=lambda f: f.__name__)
@pytest.mark.parametrize("make", [lambda: Dual(1.5, 1.0), lambda: DualArray([1.5, 2.0], np.ones((1, 2)))])
def test_refused_ufuncs_say_why(ufunc, make):
    reason = REFUSED[ufunc]
    with pytest.raises(UnsupportedError) as error:
        ufunc(*[make()] * ufunc.nin)
    assert ufunc.__name__ in str(error.value) and reason in str(error.value)


def test_unknown_ufunc_is_named():
    ours = np.frompyfunc(lambda x: x * x, 1, 1)      # Python's own function of each element: differentiated
    assert ours(DualArray([3.0], [[1.0]])).tangents.tolist() == [[6.0]]
    lame = pytest.importorskip("scipy.special")._ufuncs._ellip_harm      # each public one has a rule
    with pytest.raises(UnsupportedError, match="_ellip_harm"):
        lame(1.2, 3.1, 2, 2, Dual(1.4, 1.0), 1, 1)


# ---- values, bit for bit --------------------------------------------------------------------------

INTEGER_SECOND = {np.ldexp}
DIFFERENTIABLE = [f for f in NP_UFUNCS if rule_of(f) is not None or f in MULTIPLE or f in THROUGH]
SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 64, 255, 256, 257, 1023, 1024, 1025, 2048, 2049, 5000]
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan, 1e-310, -1e300, 1e300, 2.0, 3.0]


def numbers(size, dtype, seed):
    """Numbers of every size, with the special ones among them."""
    generator = np.random.default_rng([size, seed])
    x = np.where(generator.random(size) < 0.5, generator.uniform(-3, 3, size), generator.uniform(0, 1, size) ** 3 * 50)
    if size >= 15:
        x[generator.integers(size, size=size // 10)] = generator.choice(SPECIAL, size // 10)
    with np.errstate(all="ignore"):
        return x.astype(dtype)


def layouts(dtype, seed):
    """(name, function that lays an array or a dual array of 420 numbers out)."""
    return {
        "contiguous": lambda x: x,
        "strided": lambda x: x[::2],
        "strided by 3": lambda x: x[1::3],
        "reversed": lambda x: x[::-1],
        "reversed, strided": lambda x: x[::-4],
        "matrix": lambda x: x.reshape(20, 21),
        "transposed": lambda x: x.reshape(20, 21).T,
        "block": lambda x: x.reshape(20, 21)[3:11, 2:19],
        "column": lambda x: x.reshape(20, 21)[:, 4],
        "flipped rows": lambda x: x.reshape(20, 21)[::-1],
        "flipped columns": lambda x: x.reshape(20, 21)[:, ::-2],
        "three axes permuted": lambda x: x.reshape(5, 4, 21).transpose(2, 0, 1),
        "broadcast rows": lambda x: np.broadcast_to(x[:7], (5, 7)),
        "broadcast columns": lambda x: np.broadcast_to(x[:7].reshape(7, 1), (7, 6)),
        "zero size": lambda x: x[:0],
        "zero size matrix": lambda x: x[:0].reshape(3, 0),
        "0-d": lambda x: x[5:6].reshape(()),
    }


def dual_of(x, k=2):
    generator = np.random.default_rng(x.size)
    return DualArray(x, generator.standard_normal((k, *x.shape)))


def plain_second(ufunc, arrays):
    """The second argument of ldexp is an integer."""
    return [arrays[0], np.nan_to_num(arrays[1], posinf=3, neginf=-3).clip(-9, 9).astype(np.int64)] if ufunc in INTEGER_SECOND else arrays


def assert_same_results(found, wanted, what):
    found, wanted = (y if isinstance(y, tuple) else (y,) for y in (found, wanted))
    for a, b in zip(found, wanted, strict=True):
        while isinstance(a, (Dual, DualArray)):
            a = a.value
        same_bits(numpy_scalar(a), b, what)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("ufunc", DIFFERENTIABLE, ids=lambda f: f.__name__)
def test_values_are_numpys_at_every_size(ufunc, dtype):
    for size in SIZES:
        arrays = plain_second(ufunc, [numbers(size, dtype, i) for i in range(ufunc.nin)])
        with np.errstate(all="ignore"):
            wanted = ufunc(*arrays)
            for mask in dual_masks(ufunc):
                duals = [dual_of(a) if m else a for a, m in zip(arrays, mask, strict=True)]
                assert_same_results(ufunc(*duals), wanted, f"{ufunc.__name__}, size {size}, duals {mask}")


def numpy_scalar(x):
    """The value of a scalar result as NumPy gives it."""
    x = value_of(x)
    return np.float64(x) if type(x) is float else x


def dual_masks(ufunc):
    if ufunc.nin == 1:
        return [(True,)]
    return [(True, False)] if ufunc in INTEGER_SECOND else [(True, True), (True, False), (False, True)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("ufunc", DIFFERENTIABLE, ids=lambda f: f.__name__)
def test_values_are_numpys_in_every_layout(ufunc, dtype):
    base = plain_second(ufunc, [numbers(420, dtype, 10 + i) for i in range(ufunc.nin)])
    for name, lay in layouts(dtype, 0).items():
        arrays = [lay(a) for a in base]
        with np.errstate(all="ignore"):
            wanted = ufunc(*arrays)
            for mask in dual_masks(ufunc):
                duals = [lay(dual_of(a)) if m else b for a, b, m in zip(base, arrays, mask, strict=True)]
                found = ufunc(*duals)
                if name == "0-d":
                    found = found if isinstance(found, tuple) else (found,)
                    found = tuple(numpy_scalar(y) for y in found)
                assert_same_results(found, wanted, f"{ufunc.__name__}, {name}, duals {mask}")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("ufunc", [f for f in DIFFERENTIABLE if f.nin == 2 and f not in INTEGER_SECOND], ids=lambda f: f.__name__)
def test_values_are_numpys_when_operands_broadcast(ufunc, dtype):
    x, y = numbers(420, dtype, 1), numbers(420, dtype, 2)
    pairs = [
        lambda x, y: (x.reshape(20, 21), y[:21]), lambda x, y: (x[:20].reshape(20, 1), y[:21]),
        lambda x, y: (x.reshape(20, 21).T, y[:20]), lambda x, y: (x[:1], y),
        lambda x, y: (x.reshape(5, 4, 21), y[:84].reshape(4, 21)), lambda x, y: (x.reshape(20, 21), y.reshape(21, 20).T),
        lambda x, y: (x[:0].reshape(0, 1), y[:5]), lambda x, y: (x[::2], y[209::-1]), lambda x, y: (x[:1], y[:1]),
    ]  # fmt: skip
    for lay in pairs:       # a dual is laid out as its array is: a copy of it would lie otherwise
        (a, b), (da, db) = lay(x, y), lay(dual_of(x), dual_of(y))
        with np.errstate(all="ignore"):
            wanted = ufunc(a, b)
            for first, second in ((da, b), (a, db), (da, db)):
                assert_same_results(ufunc(first, second), wanted, f"{ufunc.__name__}, {a.shape} and {b.shape}")
    with np.errstate(all="ignore"):
        assert_same_results(ufunc(x[7], dual_of(y)), ufunc(x[7], y), "a number and an array")
        assert_same_results(ufunc(dual_of(x), y[7]), ufunc(x, y[7]), "an array and a number")


@pytest.mark.parametrize("function", [np.sinc, np.i0], ids=["sinc", "i0"])
def test_values_of_functions_that_are_no_ufuncs(function):
    for size in (1, 5, 1025):
        x = np.nan_to_num(numbers(size, np.float64, 3), posinf=2.0, neginf=-2.0).clip(-50, 50)
        result = function(dual_of(x))
        same_bits(result.value, function(x))
    assert function(Dual(0.3, 1.0)).value == function(0.3)


def test_i0():
    with mp.workdps(30):
        for x in (0.0, 0.3, -2.7, 10.1):
            assert dd.derivative(np.i0)(x) == pytest.approx(float(mp.besseli(1, x)), rel=1e-14)


@pytest.mark.parametrize("ufunc", sorted(THROUGH, key=lambda f: f.__name__), ids=lambda f: f.__name__)
def test_questions_about_the_value_have_plain_answers(ufunc):
    x = numbers(100, np.float64, 5)
    args = [x, x[::-1]][: ufunc.nin]
    found = ufunc(*map(dual_of, args))
    assert type(found) is np.ndarray and found.dtype == bool
    assert np.array_equal(found, ufunc(*args))
    assert type(ufunc(*[Dual(0.0, 1.0)] * ufunc.nin)) is np.bool_


def test_two_results():
    x = DualArray([7.5, -7.5], [[1.0, 1.0]])
    quotient, rest = np.divmod(x, 2.0)
    assert np.array_equal(value_of(quotient), [3.0, -4.0]) and np.array_equal(rest.tangents, [[1.0, 1.0]])
    y = DualArray([2.0, 2.0], [[1.0, 1.0]])
    assert np.array_equal(np.divmod([7.5, -7.5], y)[1].tangents, [[-3.0, 4.0]])
    fraction, whole = np.modf(x)
    assert np.array_equal(fraction.tangents, [[1.0, 1.0]]) and np.array_equal(value_of(whole), [7.0, -7.0])
    assert whole.tangents is None or not whole.tangents.any()
    mantissa, exponent = np.frexp(x)
    assert exponent.dtype.kind == "i" and np.array_equal(mantissa.tangents, [[0.125, 0.125]])


@pytest.mark.parametrize("exponent", [np.int8(3), np.int16(20), np.int64(-5), 20, np.array([20, -20], np.int8), np.array([100, -100], np.int16)])
def test_ldexp_of_every_integer_type(exponent):
    """2^y must not be computed in the half precision that NumPy gives exp2 of a small integer."""
    x = DualArray([0.3, -1.7], [[1.0, 2.0]])
    found = np.ldexp(x, exponent)
    same_bits(found.value, np.ldexp(x.value, exponent))
    assert np.array_equal(found.tangents, [np.ldexp([1.0, 2.0], exponent)])


# ---- kinks, edges, zeros ------------------------------------------------------------------------

KINKS = [
    # function, argument (which is differentiated), constants after it -> derivative
    (np.absolute, 0.0, (), 0.0),
    (np.absolute, -0.0, (), 0.0),
    (np.fabs, 0.0, (), 0.0),
    (np.sign, 0.0, (), 0.0),
    (np.floor, 2.0, (), 0.0),
    (np.ceil, -3.0, (), 0.0),
    (np.trunc, 0.0, (), 0.0),
    (np.rint, 0.5, (), 0.0),
    (np.maximum, 1.5, (1.5,), 0.5),
    (np.minimum, 1.5, (1.5,), 0.5),
    (np.fmax, 1.5, (1.5,), 0.5),
    (np.fmin, 1.5, (1.5,), 0.5),
    (np.maximum, 0.0, (-0.0,), 0.5),
    (np.maximum, 2.0, (1.0,), 1.0),
    (np.maximum, 1.0, (2.0,), 0.0),
    (np.maximum, 1.0, (NAN,), NAN),
    (np.maximum, NAN, (1.0,), NAN),
    (np.fmax, 1.0, (NAN,), 1.0),
    (np.fmax, NAN, (1.0,), 0.0),
    (np.fmin, 1.0, (NAN,), 1.0),
    (np.fmax, NAN, (NAN,), NAN),
    (np.maximum, INF, (1.0,), 1.0),
    (np.minimum, INF, (1.0,), 0.0),
    (np.maximum, INF, (INF,), 0.5),
    (np.sqrt, 0.0, (), INF),
    (np.cbrt, 0.0, (), INF),
    (np.log, 0.0, (), INF),
    (np.log1p, -1.0, (), INF),
    (np.arcsin, 1.0, (), INF),
    (np.arcsin, -1.0, (), INF),
    (np.arccos, 1.0, (), -INF),
    (np.arccosh, 1.0, (), INF),
    (np.arctanh, 1.0, (), INF),
    (np.power, 0.0, (0.0,), 0.0),
    (np.power, 0.0, (0,), 0.0),
    (np.power, 0.0, (1.0,), 1.0),
    (np.power, 0.0, (2.0,), 0.0),
    (np.power, 0.0, (0.5,), INF),
    (np.power, 1e-300, (0.0,), 0.0),
    (np.power, 1e-310, (0.0,), 0.0),
    (np.power, -1.5, (0.0,), 0.0),
    (np.power, -1.5, (1.0,), 1.0),
    (np.power, INF, (0.0,), 0.0),
    (np.power, INF, (1.0,), 1.0),
    (np.hypot, 0.0, (0.0,), 0.0),
    (np.hypot, 0.0, (2.0,), 0.0),
    (np.hypot, -2.0, (0.0,), -1.0),
    (np.copysign, 0.0, (1.0,), 0.0),
    (np.copysign, 2.0, (-0.0,), -1.0),
    (np.copysign, -2.0, (-1.0,), 1.0),
    (np.heaviside, 0.0, (0.3,), 0.0),
    (np.heaviside, 1.0, (0.3,), 0.0),
    (np.remainder, 6.0, (3.0,), 1.0),
    (np.fmod, -6.0, (3.0,), 1.0),
    (np.floor_divide, 6.0, (3.0,), 0.0),
    (np.arctan2, 0.0, (-1.0,), -1.0),
    (np.arctan2, 0.0, (0.0,), NAN),
    (np.logaddexp, 1.5, (1.5,), 0.5),
    (np.logaddexp, -INF, (0.0,), 0.0),
    (np.logaddexp, 0.0, (-INF,), 1.0),
    (np.logaddexp, -INF, (-INF,), 0.5),
    (np.sinc, 0.0, (), 0.0),
    (np.exp, -INF, (), 0.0),
    (np.tanh, INF, (), 0.0),
    (np.tanh, -INF, (), 0.0),
    (np.arctan, INF, (), 0.0),
    (np.arcsinh, INF, (), 0.0),
    (np.expm1, -INF, (), 0.0),
]


def same_number(a, b):
    return a == b or (a != a and b != b)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")     # second derivatives at kinks
@pytest.mark.parametrize(("function", "x", "rest", "wanted"), KINKS, ids=lambda p: getattr(p, "__name__", str(p)))
@pytest.mark.parametrize("path", ["scalar", "array", "float32", "generic", "nested"])
def test_conventions_at_kinks(function, x, rest, wanted, path):
    with np.errstate(all="ignore"):
        if path == "scalar":
            result = function(Dual(x, 1.0), *rest)
        elif path == "array":
            result = function(DualArray([x], [[1.0]]), *rest)
        elif path == "float32":
            result = function(DualArray(np.float32([x]), np.float32([[1.0]])), *rest)
        elif path == "generic":
            if function is np.sinc:
                pytest.skip("np.sinc has one path only")
            result = generic.elementwise(rule_of(function), function, [DualArray([x], [[1.0]]), *rest])
        else:
            inner = dd.derivative(lambda x: function(x, *rest))
            seen = []

            def watch(x):
                y = inner(x)
                seen.append(y.value if isinstance(y, Dual) else y)
                return y

            dd.derivative(watch)(x)
            assert same_number(seen[0], wanted)
            return
    t = getattr(result, "tangents", None)
    t = np.zeros(1) if t is None else np.ravel(t)
    assert same_number(t[0], wanted), f"got {t[0]}"


@pytest.mark.parametrize(
    ("function", "y", "x", "wanted"),
    [
        (np.maximum, 1.5, 1.5, 0.5), (np.heaviside, 0.3, 0.0, 1.0), (np.heaviside, 0.3, 1.0, 0.0), (np.hypot, 0.0, 0.0, 0.0),
        (np.copysign, 0.0, 2.0, 0.0), (np.power, 2.0, 0.0, 0.0), (np.power, 2.0, 1.0, 0.0), (np.remainder, 3.0, 6.0, -2.0),
        (np.remainder, 3.0, -7.0, 3.0), (np.fmod, 3.0, -7.0, 2.0), (np.power, 2.0, -1.5, NAN), (np.logaddexp, 1.5, 1.5, 0.5),
    ],
)  # fmt: skip
def test_conventions_in_the_second_argument(function, y, x, wanted):
    with np.errstate(all="ignore"):
        for result in (function(x, Dual(y, 1.0)), function(np.array([x]), DualArray([y], [[1.0]]))):
            t = getattr(result, "tangents", None)
            assert same_number(0.0 if t is None else np.ravel(t)[0], wanted)


@pytest.mark.parametrize("function", [np.sqrt, np.cbrt, np.log, lambda x: x**0.5, lambda x: np.power(x, 0.25), np.log2])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_infinite_partial_does_not_spread(function, dtype):
    """The Jacobian at [0, 1] has zeros off the diagonal, not nan."""
    with np.errstate(all="ignore"):
        J = dd.jacobian(function)(np.array([0.0, 1.0, 0.0], dtype))
    off = ~np.eye(3, dtype=bool)
    assert J.dtype == dtype
    assert np.all(J[off] == 0) and np.isposinf(J[0, 0]) and np.isposinf(J[2, 2]) and np.isfinite(J[1, 1])


@pytest.mark.parametrize("function", [np.divide, np.arctan2, np.multiply])
def test_zero_tangents_stay_zero_in_two_arguments(function):
    x = DualArray([np.inf, 0.0, 1e308], [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    y = DualArray([0.0, 0.0, np.inf], [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    with np.errstate(all="ignore"):
        assert np.all(function(x, y).tangents[0] == 0)
        assert np.all(generic.elementwise(rule_of(function), function, [x, y]).tangents[0] == 0)
        assert function(x[1], y[1]).tangents[0] == 0


# ---- higher derivatives ---------------------------------------------------------------------------


def nth(f, n):
    for _ in range(n):
        f = dd.derivative(f)
    return f


HIGHER = [
    (np.exp, mp.exp, [0.0, -3.2, 1.7, 300.5], 3),
    (np.expm1, mp.expm1, [-50.0, 0.0, 1e-9, 2.2], 3),
    (np.log, mp.log, [1e-5, 0.3, 1.0, 7.7, 1e30], 3),
    (np.log1p, mp.log1p, [-0.9, 0.0, 1e-9, 3.3], 3),
    (np.sin, mp.sin, [0.0, 0.3, 2.2], 3),
    (np.tan, mp.tan, [0.3, -1.2, 1.5], 3),
    (np.sqrt, mp.sqrt, [1e-9, 0.3, 9.0], 3),
    (np.cbrt, lambda x: mp_sign(x) * mp.cbrt(abs(x)), [0.3, -2.0], 3),
    (np.tanh, mp.tanh, [0.0, 0.2, -1.3, 20.0, -20.0, 40.5], 3),
    (np.arcsin, mp.asin, [0.0, 0.3, -0.9], 3),
    (np.arccosh, mp.acosh, [1.1, 3.0, 1e5], 3),
    (np.arcsinh, mp.asinh, [0.3, -2.0, 1e5, 1e60], 3),
    (np.arctan, mp.atan, [0.3, 2.0, -1e5, 1e30], 3),
    (np.arctanh, mp.atanh, [0.3, -0.9], 3),
    (np.sinh, mp.sinh, [0.3, -5.0], 3),
    (np.exp2, lambda x: mp.power(2, x), [0.3, -5.0], 3),
    (np.reciprocal, lambda x: 1 / x, [0.3, -5.0, 1e20], 3),
    (np.square, lambda x: x * x, [0.0, 3.0], 3),
    (np.sinc, lambda x: mp_sincn(0, x), [0.0, 1e-9, 1e-3, 0.1, 0.5, 0.7, 1.0, 2.3, 7.7], 3),
    (lambda x: x**0, lambda x: mpf(1), [0.0, 2.0, -1.0], 3),
    (lambda x: x**1, lambda x: x, [0.0, 2.0, -1.0], 3),
    (lambda x: x**2, lambda x: x**2, [0.0, 2.0, -1.0], 3),
    (lambda x: x**3, lambda x: x**3, [0.0, 2.0, -1.0], 3),
    (lambda x: x**-1, lambda x: 1 / x, [2.0, -1.0], 3),
    (lambda x: x**2.5, lambda x: x ** mpf(2.5), [0.3, 2.0], 3),
    (lambda x: x**0.3, lambda x: x ** mpf(0.3), [1e-5, 2.0, 1e30], 3),
    (lambda x: 2.0**x, lambda x: mpf(2) ** x, [0.0, 2.5, -3.0], 3),
    (lambda x: x**x, lambda x: x**x, [0.3, 1.0, 2.5], 3),
    (lambda x: np.power(x, 2.0), lambda x: x**2, [0.0, -1.0], 3),
    (lambda x: x * np.exp(-x) / (1 + x), lambda x: x * mp.exp(-x) / (1 + x), [0.0, 0.7, 3.0], 3),
    (lambda x: np.arctan2(x, 0.7), lambda x: mp.atan2(x, mpf(0.7)), [0.0, 0.4, -3.0, 1e8], 3),
    (lambda x: np.arctan2(0.7, x), lambda x: mp.atan2(mpf(0.7), x), [0.4, -3.0], 3),
    (lambda x: np.hypot(x, 0.7), lambda x: mp.hypot(x, mpf(0.7)), [0.0, 0.4, -3.0], 3),
    (lambda x: np.hypot(x, x * x), lambda x: mp.hypot(x, x * x), [0.4, 3.0], 3),
    (lambda x: np.logaddexp(x, 0.7), lambda x: mp.log(mp.exp(x) + mp.exp(mpf(0.7))), [0.0, 0.7, -30.0, 50.0, -600.0], 3),
    (lambda x: np.logaddexp2(x, 0.7), lambda x: mp.log(2**x + 2 ** mpf(0.7), 2), [0.0, 0.7, -30.0, 50.0], 3),
    (lambda x: np.remainder(x * x, 0.7), lambda x: x * x, [1.0, 2.1], 2),
    (lambda x: np.maximum(x * x, x), lambda x: x * x, [1.5], 3),
    (lambda x: np.abs(x) ** 3, lambda x: abs(x) ** 3, [1.5, -1.5], 3),
    (lambda x: np.log(np.cosh(x)), lambda x: mp.log(mp.cosh(x)), [0.0, 0.3, -2.0], 3),
    (lambda x: np.sqrt(1 + x * x), lambda x: mp.sqrt(1 + x * x), [0.0, 3.0], 3),
]  # fmt: skip


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(("f", "exact", "at", "orders"), HIGHER, ids=[f"{i}-{getattr(h[0], '__name__', '')}" for i, h in enumerate(HIGHER)])
def test_higher_derivatives(f, exact, at, orders, order):
    if order > orders:
        pytest.skip("the reference is piecewise")
    for x in at:
        with mp.workdps(350 if abs(x) > 100 else 80):
            h = mpf(10) ** -12 * (abs(mpf(x)) if x else 1)
            true, first = mp.diff(exact, mpf(x), order, h=h), mp.diff(exact, mpf(x), 1, h=h)
            spread = abs(first) / abs(mpf(x)) ** (order - 1) if x else mpf(1)     # what the terms may cancel from
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = nth(f, order)(x)
        assert type(found) is float
        tolerance = 2.0**-52 * (40 * abs(true) + 16 * spread)
        assert abs(found - true) <= tolerance, f"order {order} at {x}: {found}, true {mp.nstr(true, 20)}"


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")     # second derivatives at kinks
def test_higher_derivatives_at_known_points():
    assert nth(lambda x: x**1, 2)(0.0) == 0
    assert nth(lambda x: x**2, 3)(0.0) == 0
    assert nth(lambda x: x**2, 2)(0.0) == 2
    for power in (0, 1, 2, 3, 4):
        for order in range(1, 6):
            wanted = math.factorial(power) if order == power else 0
            assert nth(lambda x, power=power: x**power, order)(0.0) == wanted, (power, order)
            assert nth(lambda x, power=power: np.power(x, float(power)), order)(0.0) == wanted, (power, order)
    assert nth(np.sinc, 2)(0.0) == pytest.approx(-(np.pi**2) / 3, rel=4e-16)
    assert nth(np.tanh, 3)(0.0) == pytest.approx(-2, rel=4e-16)
    assert nth(np.tanh, 2)(20.0) == pytest.approx(float(-2 * mp.sech(20) ** 2 * mp.tanh(20)), rel=1e-15)
    assert nth(np.abs, 2)(0.0) == 0
    assert nth(np.sinc, 4)(0.0) == pytest.approx(np.pi**4 / 5, rel=4e-16)


@pytest.mark.parametrize("name", ["erf", "erfc", "gamma", "gammaln"])
def test_higher_derivatives_of_scipys_ufuncs(name):
    f = getattr(pytest.importorskip("scipy.special"), name)
    exact = {"erf": mp.erf, "erfc": mp.erfc, "gamma": mp.gamma, "gammaln": mp.loggamma}[name]
    for x, order in itertools.product([0.3, 2.7, 5.1], [1, 2, 3]):
        with mp.workdps(60):
            true = mp.diff(exact, mpf(x), order)
        assert nth(f, order)(x) == pytest.approx(float(true), rel=2e-13)


@pytest.mark.parametrize("power", [np.power, np.float_power, lambda x, y: x**y], ids=["power", "float_power", "**"])
def test_mixed_derivatives_of_power_at_the_exponents_that_are_special(power):
    """x**0 has derivative 0 at 0, but d/dy of it is not 0: x^y (1/x) at y = 0."""
    for x, y in itertools.product([0.8, 2.0], [0.0, 1.0, 2.0, 3.0, -1.0]):
        H = dd.hessian(lambda z: power(z[0], z[1]))(np.array([x, y]))
        T = dd.jacobian(dd.hessian(lambda z: power(z[0], z[1])))(np.array([x, y]))
        with mp.workdps(50):
            for place in itertools.product(range(2), repeat=2):
                true = float(mp.diff(mp.power, (mpf(x), mpf(y)), (place.count(0), place.count(1))))
                assert H[place] == pytest.approx(true, rel=1e-14, abs=1e-15), (x, y, place)
            for place in itertools.product(range(2), repeat=3):
                true = float(mp.diff(mp.power, (mpf(x), mpf(y)), (place.count(0), place.count(1))))
                assert T[place] == pytest.approx(true, rel=1e-14, abs=1e-14), (x, y, place)


@pytest.mark.parametrize("integer", [np.int8(3), np.uint8(3), np.int16(3), np.array([3], np.int8), np.array([3], np.uint16), 3])
@pytest.mark.parametrize("function", [np.power, np.arctan2, np.hypot, np.logaddexp, np.divide, np.multiply])
def test_partials_beside_small_integers_are_in_full_precision(function, integer):
    """NumPy computes log(int8(3)) in half precision; a derivative must not be."""
    for y in (Dual(2.5, 1.0), DualArray([2.5], [[1.0]])):
        for args in ((integer, y), (y, integer)):
            found = function(*args)
            wanted = function(*(np.float64(3) if a is integer else Dual(2.5, 1.0) for a in args))
            assert found.dtype == np.float64
            assert np.ravel(found.tangents)[0] == pytest.approx(wanted.tangents[0], rel=1e-15)


def test_mixed_derivatives_of_two_arguments():
    for function, exact in [
        (np.arctan2, mp.atan2), (np.hypot, mp.hypot), (np.power, mp.power), (np.divide, lambda x, y: x / y),
        (np.logaddexp, lambda x, y: mp.log(mp.exp(x) + mp.exp(y))), (np.multiply, lambda x, y: x * y),
    ]:  # fmt: skip
        H = dd.hessian(lambda z: function(z[0], z[1]))(np.array([0.8, 1.7]))
        for i, j in itertools.product(range(2), range(2)):
            order = (int(i == 0) + int(j == 0), int(i == 1) + int(j == 1))
            with mp.workdps(50):
                true = float(mp.diff(exact, (mpf(0.8), mpf(1.7)), order))
            assert H[i, j] == pytest.approx(true, rel=1e-14, abs=1e-15), (function, i, j)


# ---- np.errstate -----------------------------------------------------------------------------------

ERRORS = [
    (np.log, (-1.0,), "invalid"), (np.log, (0.0,), "divide"), (np.sqrt, (-1.0,), "invalid"), (np.exp, (1000.0,), "over"),
    (np.reciprocal, (0.0,), "divide"), (np.arcsin, (2.0,), "invalid"), (np.divide, (1.0, 0.0), "divide"),
    (np.divide, (0.0, 0.0), "invalid"), (np.multiply, (1e300, 1e300), "over"), (np.power, (0.0, -1.0), "divide"),
    (np.power, (-1.0, 0.5), "invalid"), (np.power, (1e300, 2.0), "over"), (np.remainder, (1.0, 0.0), "invalid"),
    (np.hypot, (1.7e308, 1.7e308), "over"), (np.add, (1.7e308, 1.7e308), "over"), (np.sinh, (1000.0,), "over"),
    (np.exp, (-1000.0,), "under"), (np.multiply, (1e-300, 1e-300), "under"), (np.square, (1e200,), "over"),
    (np.subtract, (1.7e308, -1.7e308), "over"), (np.floor_divide, (1.0, 0.0), "divide"), (np.log1p, (-1.0,), "divide"),
]  # fmt: skip
MAKERS = {
    "Dual": lambda x: Dual(x, [1.0, 2.0]),
    "DualArray": lambda x: DualArray(np.full(5, x), np.ones((2, 5))),
    "large DualArray": lambda x: DualArray(np.full(40000, x), np.ones((1, 40000))),
}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(("ufunc", "args", "category"), ERRORS, ids=lambda p: getattr(p, "__name__", str(p)))
def test_errstate_of_the_value(ufunc, args, category, kind):
    duals = [MAKERS[kind](x) for x in args]
    plain = [x.value for x in duals] if kind != "Dual" else list(map(np.float64, args))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        wanted = ufunc(*plain)
        assert np.array_equal(ufunc(*duals).value, wanted, equal_nan=True)
    with np.errstate(**{"all": "ignore", category: "raise"}):
        with pytest.raises(FloatingPointError) as plainly:
            ufunc(*plain)
        with pytest.raises(FloatingPointError) as dually:
            ufunc(*duals)
        assert str(dually.value) == str(plainly.value)
    with np.errstate(**{"all": "ignore", category: "warn"}):
        with pytest.warns(RuntimeWarning) as plainly:
            ufunc(*plain)
        with pytest.warns(RuntimeWarning) as dually:
            ufunc(*duals)
        assert [str(w.message) for w in dually] == [str(w.message) for w in plainly]


def test_errstate_of_operators():
    for x in (Dual(1.0, 1.0), DualArray([1.0], [[1.0]])):
        with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
            x / 0.0
        with np.errstate(over="raise"), pytest.raises(FloatingPointError):
            x * 1e308 * 1e308
        with np.errstate(over="raise"), pytest.raises(FloatingPointError):
            (x * 1e200) ** 2
        with np.errstate(divide="ignore"):
            assert np.all((x / 0.0).value == np.inf)


SILENT = [
    (np.sqrt, 0.0), (np.cbrt, 0.0), (lambda x: np.hypot(x, x), 0.0), (np.arcsin, 1.0), (np.arccos, -1.0), (np.arccosh, 1.0),
    (lambda x: x**0.5, 0.0), (lambda x: x**0, 0.0), (lambda x: np.arctan2(x, x), 0.0), (np.sinc, 0.0), (np.tanh, 1e5), (np.arctan, 1e300),
    (lambda x: np.logaddexp(x, 0.0), -1e5), (lambda x: np.power(2.0, x), 0.0), (lambda x: np.power(0.0, x), 2.0), (np.abs, 0.0),
    (lambda x: np.power(-2.0, x), 2.0), (np.arcsinh, 1e300), (lambda x: np.remainder(1e300, x), 1e-5), (lambda x: 1e-200 / x, 1e150),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")     # second derivatives at kinks
@pytest.mark.parametrize(("f", "x"), SILENT)
def test_derivative_formulas_do_not_warn(f, x):
    """Where the value is quiet, so is the derivative, even when it is infinite: on every path and order."""
    with np.errstate(all="raise", under="ignore"):
        plain = f(np.float64(x))
        for dual in (Dual(x, 1.0), DualArray([x, x], np.eye(2)), DualArray(np.full(40000, x), np.ones((1, 40000)))):
            assert np.array_equal(np.unique(f(dual).value), [plain])
        nth(f, 1)(x)
        nth(f, 2)(x)
        dd.vjp(f, np.array([x]))[1](np.ones(1))


def test_math_flags_of_others_are_left_alone():
    """A calculation of ours does not turn up as a warning in the user's next one."""
    np.sqrt(DualArray([0.0], [[1.0]]))
    with np.errstate(all="raise"):
        assert np.add(1.0, 2.0) == 3.0
        assert np.array_equal(np.add([1.0], [2.0]), [3.0])


# ---- keyword arguments -----------------------------------------------------------------------------


def test_dtype_keyword():
    x = DualArray(np.float32([1.0, 2.0]), np.float32([[1.0, 0.5]]))
    y = np.multiply(x, 2, dtype=np.float64)
    assert y.dtype == y.tangents.dtype == np.float64
    assert np.array_equal(y.tangents, [[2.0, 1.0]])


def test_out_of_two_results():
    x = DualArray([7.5, -7.5], [[1.0, 1.0]])
    fraction, whole = np.zeros_like(x), np.zeros(2)
    np.modf(x, out=(fraction, whole))
    assert np.array_equal(fraction.tangents, [[1.0, 1.0]]) and np.array_equal(whole, [7.0, -7.0])
    with pytest.raises(LostDerivativeError):
        np.modf(x, out=(np.zeros(2), np.zeros(2)))


def test_every_rule_ufunc_of_numpy_is_looked_up_once():
    assert set(BY_UFUNC.values()) >= set(RULES.values())
