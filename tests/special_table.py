"""The functions of scipy.special that have rules: their value in mpmath, and where they are compared.

A row has mpmath's function, the points, the arguments that have a derivative (the others are refused),
and how far a partial may be from the true one: `ulps` units in its last place, or `scale` such units of
1 where the partial passes through zero between terms of that size.  Where the limit is more than 4 the
reason stands beside it; docs/scipy.md has the same figures.
"""

import math
from types import SimpleNamespace

from mpmath import mp, mpf

ROWS = {}
DIGITS = 120


def row(name, value, at, by=None, ulps=4.0, scale=0.0, second=1e-10, exact=None, skip_second=(), digits=DIGITS):
    """Adds a row.

    by: the places of the arguments with a derivative.  exact: {place: the partial}, where a difference of the
    value is not right (kinks) or needs too many digits.  second: relative error of the second derivative.
    digits: those of the differences, steps have a quarter of them.
    """
    at = [p if isinstance(p, tuple) else (p,) for p in at]
    by = tuple(range(len(at[0]))) if by is None else by
    ROWS[name] = SimpleNamespace(name=name, value=value, at=at, by=by, ulps=ulps, scale=scale, second=second,
                                 exact=exact or {}, skip_second=skip_second, digits=digits)  # fmt: skip


def true_partial(row, args, which, order=1):
    """The partial (or its derivative) at mpf arguments: the closed form, or a difference with 120 digits."""
    f = row.exact.get(which, row.value)
    order -= which in row.exact
    with mp.workdps(row.digits):
        x = mpf(args[which])
        args = tuple(map(mpf, args))
        h = mpf(10) ** -(row.digits // 4) * (abs(x) or 1)
        near = [f(*args[:which], x + i * h, *args[which + 1 :]) for i in ((-1, 0, 1) if order else (0,))]
        if order == 0:
            return mp.re(near[0])
        return mp.re((near[2] - near[0]) / (2 * h) if order == 1 else (near[2] - 2 * near[1] + near[0]) / (h * h))


def both(points):
    return [*(-p for p in points if p), *points]


# ---- the error functions and the normal distribution ----


def normal(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def ndtr(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def inverse(f, slope, guess):
    """The inverse of f by Newton's method from SciPy's own value."""

    def g(p):
        y = mpf(guess(float(p)))
        for _ in range(8):
            y -= (f(y) - p) / slope(y)
        return y

    return g


def scipy_value(name, *first):
    def g(p):
        import scipy.special

        return float(getattr(scipy.special, name)(*first, p))

    return g


def erf_slope(y):
    return 2 / mp.sqrt(mp.pi) * mp.exp(-y * y)


lower_half = inverse(mp.erfc, lambda y: -erf_slope(y), scipy_value("erfcinv"))


def erfcinv(p):
    return lower_half(p) if p <= 1 else -lower_half(2 - p)


def erfinv(x):
    return lower_half(1 - x) if x >= 0 else -lower_half(1 + x)


def ndtri(p):
    return -mp.sqrt(2) * erfcinv(2 * p)

def asymptotic(x, sign):
    """The sum of (2k-1)!! (sign/(2 x^2))^k (DLMF 7.12)."""
    total, term, k = mpf(0), mpf(1), 0
    while abs(term) > mpf(10) ** -DIGITS and k < 400:
        total, k = total + term, k + 1
        term *= sign * (2 * k - 1) / (2 * x * x)
    return total


def erfcx(x):
    return asymptotic(x, -1) / (x * mp.sqrt(mp.pi)) if x > 900 else mp.exp(x * x) * mp.erfc(x)


def dawsn(x):
    return asymptotic(x, 1) / (2 * x) if abs(x) > 900 else mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x)


def log_ndtr(x):
    return mp.log(asymptotic(-x / mp.sqrt(2), -1) / (-x * mp.sqrt(2 * mp.pi))) - x * x / 2 if x < -900 else mp.log(ndtr(x))


def mills(x):
    return -x / asymptotic(-x / mp.sqrt(2), -1) if x < -900 else normal(x) / ndtr(x)


GAUSS = both([1e-20, 1e-8, 0.01, 0.3, 0.7, 1.0, 1.45, 1.55, 2.3, 3.7, 5.3])
row("erf", mp.erf, [*GAUSS, 15.1, 25.3], exact={0: erf_slope})
row("erfc", mp.erfc, [*GAUSS, 15.1, 25.3], exact={0: lambda x: -erf_slope(x)})
row("erfcx", erfcx, [*GAUSS, 15.1, 25.3, 1e3, 1e8, 1e60], ulps=20, second=1e-9, skip_second=[(1e8,), (1e60,)])    # left of 0, SciPy's value
row("erfi", mp.erfi, [*GAUSS, 15.1, 25.3])
row("dawsn", dawsn, [*GAUSS, 7.1, 15.1, -1e3, 1e8, 1e100], scale=4, second=1e-9)
row("ndtr", ndtr, [*GAUSS, 15.1, -20.3, -37.3], exact={0: normal})
row("log_ndtr", log_ndtr, [*GAUSS, 15.1, -20.3, -37.3, -1e3, -1e10], exact={0: mills})
UNIT = [1e-300, 1e-20, 1e-4, 0.1, 0.3, 0.499, 0.501, 0.7, 0.9, 0.999, 1 - 2.0**-30, 1 - 2.0**-53]
row("erfinv", erfinv, [*both(UNIT[2:]), *both([1e-10])], second=1e-9)
row("erfcinv", erfcinv, [*UNIT, *(2 - p for p in UNIT[3:])], second=1e-9)
row("ndtri", ndtri, UNIT, ulps=6, second=1e-9)
row("ndtri_exp", lambda y: ndtri(mp.exp(y)), [-1e-3, -0.1, -0.7, -1.0, -5.3, -30.0, -500.0], ulps=12)   # SciPy's value
row("owens_t", lambda h, a: mp.quad(lambda t: mp.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a]) / (2 * mp.pi),
    [(0.3, 0.7), (-1.2, 0.4), (2.3, 1.7), (0.0, 0.5), (4.1, 0.2), (0.5, -3.0)], digits=44)  # fmt: skip

# ---- exponential, logarithm, trigonometry ----

WIDE = both([1e-20, 1e-12, 1e-3, 0.1, 0.7, 1.0, 2.3, 5.7, 20.1, 40.3])
row("expit", lambda x: 1 / (1 + mp.exp(-x)), [*WIDE, 0.0, 300.0, -300.0, 700.0], exact={0: lambda x: 1 / (1 + mp.exp(-x)) / (1 + mp.exp(x))})
row("log_expit", lambda x: -mp.log1p(mp.exp(-x)), [*WIDE, 0.0, 300.0, -300.0, 700.0], exact={0: lambda x: 1 / (1 + mp.exp(x))})
row("logit", lambda x: mp.log(x / (1 - x)), UNIT)
row("exprel", lambda x: mp.expm1(x) / x if x else mpf(1), [*WIDE, 2.9, -2.9, 3.1, -3.1, 4.5, -4.5, 300.0, -300.0])
row("special_exp2", lambda x: mpf(2) ** x, [*WIDE, 0.0, 300.3, -300.3])
row("exp10", lambda x: mpf(10) ** x, [*WIDE, 0.0, 300.3, -300.3])
row("special_expm1", mp.expm1, [*WIDE, 0.0, 300.3, -300.3], exact={0: mp.exp})
row("special_log1p", mp.log1p, [1e-20, -1e-10, 1e-10, -0.3, 0.7, -1 + 2.0**-40, 1e10, 1e100])
row("special_cbrt", lambda x: mp.sign(x) * mp.cbrt(abs(x)), both([1e-300, 1e-10, 0.3, 1.7, 1e10, 1e300]))
row("cosm1", lambda x: mp.cos(x) - 1, [*WIDE[2:], 100.3])
DEG = both([1e-10, 0.3, 10.0, 29.0, 45.0, 61.0, 89.0, 91.0, 135.0, 181.5, 359.0])
row("sindg", lambda x: mp.sinpi(x / 180), DEG)
row("cosdg", lambda x: mp.cospi(x / 180), DEG)
row("tandg", lambda x: mp.sinpi(x / 180) / mp.cospi(x / 180), DEG)
row("cotdg", lambda x: mp.cospi(x / 180) / mp.sinpi(x / 180), DEG)
POW = [(0.3, 0.7), (1.7, 2.0), (2.3, -1.5), (1.0000001, 1e3), (5.5, 1e-10), (1e-10, 0.5), (1e10, 3.1), (0.9, 30.5)]
row("special_powm1", lambda x, y: x**y - 1, POW)
row("xlogy", lambda x, y: x * mp.log(y) if x else mpf(0), [POW[0], POW[1], (0.0, 2.0), (0.7, 1e-300), (1e-300, 0.5), (3.0, 1.0000001)],
    exact={1: lambda x, y: x / y, 0: lambda x, y: mp.log(y)}, second=1e-9)  # fmt: skip
row("xlog1py", lambda x, y: x * mp.log1p(y) if x else mpf(0), [(0.3, 0.7), (1.7, -0.5), (0.0, 2.0), (3.0, 1e-20), (2.0, 1e10)],
    exact={1: lambda x, y: x / (1 + y), 0: lambda x, y: mp.log1p(y)})  # fmt: skip
BOX = [(0.3, 0.7), (1.7, -0.8), (2.3, 1e-10), (5.5, 0.0), (0.9, 2.0), (1e-10, 0.5), (30.0, -1e-3), (1e5, 1.0), (1.0, 0.3)]


def boxcox(x, y):
    return mp.expm1(y * mp.log(x)) / y if y else mp.log(x)


row("boxcox", boxcox, BOX, ulps=8, second=1e-9, exact={1: lambda x, y: mp.log(x) ** 2 * (mp.quad(lambda t: t * mp.exp(t * y * mp.log(x)), [0, 1]))}, digits=50)
row("boxcox1p", lambda x, y: boxcox(1 + x, y), [(x - 1 if x > 0.1 else x, y) for x, y in BOX[:-1]], ulps=8, second=1e-9,
    exact={1: lambda x, y: mp.log1p(x) ** 2 * (mp.quad(lambda t: t * mp.exp(t * y * mp.log1p(x)), [0, 1]))}, digits=50)  # fmt: skip
INV = [(0.3, 0.7), (1.7, -0.3), (2.3, 1e-10), (5.5, 0.0), (-0.9, 0.9), (-1e-4, 0.5), (3.0, -1e-3), (1e5, 1.0), (0.2, 3.0)]


def inv_boxcox(x, y):
    return mp.exp(mp.log1p(x * y) / y) if y else mp.exp(x)


def inv_boxcox_dy(x, y):
    return -inv_boxcox(x, y) * x * x * mp.quad(lambda t: t / (1 + t * x * y) ** 2, [0, 1])


row("inv_boxcox", inv_boxcox, INV, ulps=8, second=1e-9, exact={1: inv_boxcox_dy}, digits=50, skip_second=[(1e5, 1.0)])
row("inv_boxcox1p", lambda x, y: inv_boxcox(x, y) - 1, INV, ulps=8, second=1e-9, exact={1: inv_boxcox_dy}, digits=50, skip_second=[(1e5, 1.0)])

# ---- entropy and losses ----

row("entr", lambda x: -x * mp.log(x), [1e-300, 1e-10, 0.2, 0.3678, 0.5, 1.0, 3.3, 1e10], scale=1)
ENT = [(0.3, 0.7), (0.3, 0.3000001), (2.0, 2.0), (1e-200, 1e200), (1e200, 1e-200), (5.0, 3.0), (0.1, 0.9), (1.0, math.e)]
row("rel_entr", lambda x, y: x * mp.log(x / y), ENT, scale=1, second=1e-9)
row("kl_div", lambda x, y: x * mp.log(x / y) - x + y, ENT, second=1e-9, exact={0: lambda x, y: mp.log(x / y), 1: lambda x, y: (y - x) / y})
row("huber", lambda d, r: r * r / 2 if abs(r) <= d else d * (abs(r) - d / 2),
    [(1.0, 0.3), (1.0, -0.3), (1.0, 2.5), (1.0, -2.5), (1.0, 1.0), (0.5, 0.0), (2.0, -2.0)],
    exact={0: lambda d, r: max(abs(r) - d, 0), 1: lambda d, r: min(max(r, -d), d)}, skip_second=[(1.0, 1.0), (2.0, -2.0)])  # fmt: skip
row("pseudo_huber", lambda d, r: d * d * (mp.sqrt(1 + (r / d) ** 2) - 1),
    [(1.0, 0.3), (1.0, -0.3), (1.0, 2.5), (1.3, -250.0), (2.0, 1e-8), (1e-8, 1.0), (0.7, 0.7)], ulps=6)  # fmt: skip

# ---- the gamma function and its kin ----

GAMMA = [1e-100, 1e-10, 0.1, 0.5, 1.0, 1.3, 1.6, 2.0, 3.7, 10.3, 33.3, 100.1]
row("gamma", mp.gamma, [*GAMMA, 170.1, -0.3, -1.7])
row("gammaln", mp.loggamma, [*GAMMA, 1e10, 1e100])
row("loggamma", mp.loggamma, [*GAMMA, 1e10, 1e100])
row("rgamma", mp.rgamma, [*GAMMA[1:], 150.1, 0.0, -1.0, -2.0, -7.0, -0.3, -1.7, -5.01, -20.5, 1e-20], ulps=6, second=1e-9)
row("gammasgn", lambda x: mpf(1), [0.3, 1.0, 5.5, 10.0])
row("psi", lambda x: mp.psi(0, x), [*GAMMA, 1e10, 1e100, -0.3, -1.7, -5.2], ulps=5)
PAIR = [(0.3, 0.7), (2.0, 3.0), (1e-5, 5.5), (12.5, 0.01), (33.3, 44.4), (1e5, 1e-3), (3.0, 1e4)]
row("beta", mp.beta, PAIR[:4], ulps=6, second=1e-8)
row("betaln", lambda x, y: mp.log(mp.beta(x, y)), PAIR, ulps=8, second=1e-8)
row("poch", mp.rf, [(0.3, 0.7), (2.0, 3.0), (5.5, -1.5), (12.5, 0.01), (33.3, 4.4)], ulps=60, second=1e-8)   # SciPy's value
row("binom", mp.binomial, [(5.3, 2.2), (10.0, 3.0), (4.0, 0.0), (2.0, 5.0), (30.5, 12.0), (3.5, -1.0)], ulps=12, scale=2, second=1e-7)
INC = [(0.3, 0.7), (2.0, 1e-5), (2.5, 3.0), (14.0, 9.3), (16.0, 9.3), (1.0, 20.0), (100.5, 90.0), (1e4, 1.01e4), (0.5, 1e-200), (3.0, 300.0), (15.5, 1e-3)]


def lower(a, x):
    return mp.gammainc(a, 0, x, regularized=True)


def gamma_density(a, x):
    return mp.exp((a - 1) * mp.log(x) - x - mp.loggamma(a))


row("gammainc", lower, INC, by=(1,), ulps=40, exact={1: gamma_density})      # far in a tail of a large shape: |log density| ulps
row("gammaincc", lower, INC, by=(1,), ulps=40, exact={1: lambda a, x: -gamma_density(a, x)})


def gammaincinv(a, p):
    return inverse(lambda x: lower(a, x), lambda x: gamma_density(a, x), scipy_value("gammaincinv", float(a)))(p)


QUANTILES = [(0.3, 0.7), (2.0, 1e-5), (2.5, 0.3), (14.0, 0.99), (100.5, 0.5), (1.0, 0.999)]
row("gammaincinv", gammaincinv, QUANTILES, by=(1,), ulps=40, second=1e-8)
row("gammainccinv", lambda a, p: gammaincinv(a, 1 - p), QUANTILES, by=(1,), ulps=40, second=1e-8)
row("chdtr", lambda v, x: lower(v / 2, x / 2), INC[:6], by=(1,), exact={1: lambda v, x: gamma_density(v / 2, x / 2) / 2})
row("chdtrc", lambda v, x: 1 - lower(v / 2, x / 2), INC[:6], by=(1,), exact={1: lambda v, x: -gamma_density(v / 2, x / 2) / 2})
row("chdtri", lambda v, p: 2 * gammaincinv(v / 2, 1 - p), QUANTILES[1:], by=(1,), ulps=40, second=1e-8)
row("pdtr", lambda k, m: 1 - lower(mp.floor(k) + 1, m), [(3.0, 2.5), (0.0, 0.3), (20.0, 33.3), (5.0, 1e-3)], ulps=6, exact={0: lambda k, m: mpf(0)})
row("pdtrc", lambda k, m: lower(mp.floor(k) + 1, m), [(3.0, 2.5), (0.0, 0.3), (20.0, 33.3), (5.0, 1e-3)], ulps=6, exact={0: lambda k, m: mpf(0)})


def tpdf(a, t):
    return mp.gamma((a + 1) / 2) / mp.gamma(a / 2) / mp.sqrt(a * mp.pi) * (1 + t * t / a) ** (-(a + 1) / 2)


def stdtr(a, t):
    return mpf(1) / 2 + mp.sign(t) * (mpf(1) / 2 - mp.betainc(a / 2, mpf(1) / 2, 0, a / (a + t * t), regularized=True) / 2)


STUDENT = [(1.0, 0.3), (2.5, -1.7), (5.0, 12.3), (59.0, 0.7), (61.0, -3.1), (1e4, 2.2), (299.0, 1.0), (301.0, 1.0)]
row("stdtr", stdtr, STUDENT, by=(1,), ulps=12, exact={1: tpdf})
row("stdtrit", lambda a, p: inverse(lambda t: stdtr(a, t), lambda t: tpdf(a, t), scipy_value("stdtrit", float(a)))(p),
    [(1.0, 0.3), (2.5, 0.7), (5.0, 0.99), (50.0, 0.2), (400.0, 0.6)], by=(1,),
    ulps=60 if abs(float(scipy_value("stdtrit", 1.0)(0.3)) + math.tan(0.2 * math.pi)) < 1e-14 else 1e5)  # SciPy's value itself
row("_zeta", mp.zeta, [(2.0, 1.0), (1.1, 3.3), (3.0, 0.01), (20.0, 2.0), (2.5, 1e5)], by=(1,), ulps=12)
for _name in ("_riemann_zeta", "zetac"):
    row(_name, mp.zeta, [2.0, 3.3], by=())

# ---- integrals ----

row("expi", mp.ei, both([1e-10, 0.3, 0.3725, 1.0, 2.7, 17.3, 300.0]))
row("exp1", mp.e1, [1e-10, 0.3, 0.3725, 1.0, 2.7, 17.3, 300.0])
row("expn", mp.expint, [(n, x) for n in (0.0, 1.0, 2.0, 5.0) for x in (0.01, 0.7, 3.3, 40.0)], by=(1,), ulps=8)
row("spence", lambda x: mp.polylog(2, 1 - x), [1e-100, 1e-8, 0.3, 0.4999, 0.5001, 0.9999999, 1.0, 1.0000001, 1.7, 2.5, 30.0, 1e10],
    exact={0: lambda x: mp.log(x) / (1 - x) if x != 1 else mpf(-1)})  # fmt: skip
row("wrightomega", lambda x: mp.lambertw(mp.exp(x)), [-30.0, -2.0, -0.5, 0.0, 0.7, 1.0, 3.3, 40.0, 1e5], ulps=12)    # SciPy's value
PARAMETER = [-1e10, -30.0, -1.0, -0.51, -0.3, -1e-10, 1e-20, 1e-10, 0.3, 0.4999, 0.5001, 0.9, 1 - 2.0**-30, 1 - 2.0**-53]
row("ellipk", mp.ellipk, PARAMETER, second=1e-9)
row("ellipe", mp.ellipe, PARAMETER, second=1e-9)
row("ellipkm1", lambda p: mp.pi / (2 * mp.agm(1, mp.sqrt(p))), [1e-300, 1e-30, 1e-8, 0.3, 0.7, 1.0, 1.3, 1.6, 30.0, 1e10], second=1e-9)
ANGLES = [(0.3, 0.5), (-1.2, 0.9), (1.5, 0.999), (0.7, -3.0), (4.4, 0.2), (1.0, 0.0)]
row("ellipkinc", mp.ellipf, ANGLES, by=(0,))
row("ellipeinc", mp.ellipe, ANGLES, by=(0,))

# ---- Bessel functions ----

BESSEL = [1e-8, 0.05, 0.0999, 0.1001, 0.7, 1.9, 5.5, 11.1, 20.7, 50.3]
J, Y = lambda v, x: mp.besselj(v, x), lambda v, x: mp.bessely(v, x)
BI, K = lambda v, x: mp.besseli(v, x), lambda v, x: mp.besselk(v, x)
IE, KE = lambda v, x: mp.exp(-abs(x)) * mp.besseli(v, x), lambda v, x: mp.exp(x) * mp.besselk(v, x)
ZERO = both([0.0, *BESSEL])
DIGITS_BESSEL = 44
for _n in (0, 1):
    row(f"j{_n}", lambda x, n=_n: J(n, x), ZERO, ulps=4, scale=4, second=1e-6, digits=DIGITS_BESSEL)
    row(f"y{_n}", lambda x, n=_n: Y(n, x), BESSEL[1:], ulps=4, scale=6, second=1e-9, digits=DIGITS_BESSEL)
    row(f"i{_n}", lambda x, n=_n: BI(n, x), [*ZERO, 300.3], second=1e-6, digits=DIGITS_BESSEL)
    row(f"k{_n}", lambda x, n=_n: K(n, x), [*BESSEL, 300.3], second=1e-9, digits=DIGITS_BESSEL)
    row(f"i{_n}e", lambda x, n=_n: IE(n, x), [*both(BESSEL[1:]), 29.9, 30.1, 1e3, 1e10], ulps=100, second=1e-6, digits=DIGITS_BESSEL)   # cancels below 30
    row(f"k{_n}e", lambda x, n=_n: KE(n, x), [*BESSEL[1:], 29.9, 30.1, 1e3, 1e10], ulps=100, second=1e-6, digits=DIGITS_BESSEL)
ORDERS = [(0.0, 0.7), (0.0, 12.1), (0.5, 0.05), (0.5, 3.3), (1.0, 0.05), (1.0, 40.3), (2.0, 3.3), (7.3, 0.7), (7.3, 12.1)]      # SciPy's own are the limit
for _name, _f, _at, _ulps in [
    ("jv", J, ORDERS, 100), ("jve", J, ORDERS, 100), ("yv", Y, ORDERS, 60), ("yve", Y, ORDERS, 60), ("iv", BI, ORDERS, 12), ("kv", K, ORDERS, 60),
    ("yn", Y, [p for p in ORDERS if p[0] % 1 == 0], 8), ("kn", K, [p for p in ORDERS if p[0] % 1 == 0], 8),
    ("ive", IE, ORDERS, 200), ("kve", KE, ORDERS, 200),
]:  # fmt: skip
    row(_name, _f, _at, by=(1,), ulps=_ulps, scale=_ulps / 4 if _name[0] in "jy" else 0, second=1e-6, digits=DIGITS_BESSEL)
row("hyp0f1", mp.hyp0f1, [(0.5, 0.7), (2.0, -3.3), (1.5, 30.0), (3.0, 0.0)], by=(1,), ulps=20)
for _name in ("ber", "bei", "ker", "kei"):      # SciPy has ten digits
    _f = getattr(mp, _name)
    _at = [0.01, 0.3, 1.7, 3.3, 6.1, 9.7, 12.3]
    row(_name, lambda x, f=_f: f(0, x), _at, ulps=1e6, scale=1e6, second=1e-6, digits=DIGITS_BESSEL)
    row(_name + "p", lambda x, f=_f: mp.diff(lambda t: f(0, t), x), _at, ulps=1e6, scale=1e6, second=1e-6, digits=DIGITS_BESSEL)
