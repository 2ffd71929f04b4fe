"""Functions of scipy.special as compositions, for derivatives by their parameters.

No partial derivative by a parameter is an expression in functions that SciPy has.  So each function here is its
series, its
integral (integrals.py) or its iteration, written in NumPy's functions of duals: x and all parameters may vary, to any
order.
The value is SciPy's own.  Where the composition's value is not SciPy's to six digits, it has lost its digits, and
there is no
derivative: an error, never a wrong number.

References
----------
DLMF: NIST Digital Library of Mathematical Functions, dlmf.nist.gov, by its equation numbers.
Carlson, Numerical computation of real or complex elliptic integrals, Numer. Algorithms 10 (1995) 13.

"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from ..errors import UnsupportedError
from ..functions.base import as_operand, exact, value_of
from ..maps.tangents import is_dual
from .compose import inverse, piecewise, plain_of, primitive
from .integrals import NODES, WEIGHTS, bessel_k, integral, log_integral
from .mathieu import COMPOSITIONS as MATHIEU

__all__ = ["COMPOSED", "composed"]

COMPOSED: dict[Any, Any] = {}
"""The name of a ufunc of SciPy's -> its composition."""

AGREE = 1e-6
ROUGH = 1e-3
"""How far SciPy's value may be from the composition's; ROUGH for functions that SciPy itself has to few digits."""


WAVES = ("jv", "jve", "yv", "yve", "struve", "pbdv", "pbvv", "pbwa", "lpmv", "besselpoly", "mathieu_cem", "mathieu_sem",
         "mathieu_modcem1", "mathieu_modcem2", "mathieu_modsem1", "mathieu_modsem2", "eval_gegenbauer",
         "eval_genlaguerre", "eval_jacobi", "eval_sh_jacobi")  # fmt: skip
"""Functions that pass through zero from values of the size of 1: there the composition agrees to less."""


def composed(ufunc: Any, name: str, inputs: Any) -> Any:
    """The dual results of a ufunc that COMPOSED has under a name, or an error where the composition is not accurate.

    None where it has none.
    """
    if name not in COMPOSED:
        return None
    inputs = [as_operand(x) for x in inputs]
    values = ufunc(*plain_of(inputs))
    with np.errstate(all="ignore"):
        found = COMPOSED[name](*(in_double(x) for x in inputs))
    several = isinstance(values, tuple)
    results = []
    for x, value in zip(found if several else (found,), values if several else (values,), strict=True):
        single = np.asarray(value).dtype.itemsize == 4
        agree = ROUGH if name.startswith(("ncf", "nct", "chndtr")) else 1e-4 if single else AGREE
        slack = 1e-13 if name in WAVES else 0.0
        near = np.abs(value_of(x) - value) <= agree * np.abs(value) + slack * (np.abs(value) > 1e-13)
        if not np.all(near | ~np.isfinite(value) | np.isnan(value_of(x))):
            raise UnsupportedError(
                f"scipy.special.{name} by its parameters: no accurate derivative at these arguments (the "
                "formula cancels there); keep the parameters constant, or give the function a rule with "
                "dualdiff.custom_jvp"
            )
        results.append(exact(as_operand(x), np.asarray(value)))
    return tuple(results) if several else results[0]


def in_double(x: Any) -> Any:
    """An argument in double precision."""
    if np.iscomplexobj(value_of(as_operand(x))):
        raise UnsupportedError(
            "functions of scipy.special have derivatives by their parameters at real arguments only; keep the "
            "parameters constant at complex ones"
        )
    if is_dual(x):
        return x.astype(np.float64) if getattr(x, "dtype", np.dtype(float)) == np.float32 else x
    return np.asarray(x, float)[()]


def composition(*names: Any) -> Callable[..., Any]:
    """Registers a composition."""

    def register(function: Any) -> Any:
        COMPOSED.update(dict.fromkeys(names, function))
        return function

    return register


def wide(x: Any) -> Any:
    """A vector as a column, so that a series or a quadrature has the second axis."""
    return np.reshape(x, (-1, 1))


def terms(ratio: Any) -> Any:
    """1, r_0, r_0 r_1, ... along the last axis."""
    return np.concatenate([np.ones((*np.shape(ratio)[:-1], 1)), np.cumprod(ratio, axis=-1)], axis=-1)


def length_of(ratio: Any, most: Any = 20000) -> Any:
    """How many terms matter of a series with plain ratios of neighbours ratio(k), for the slowest of many."""
    count = 32
    while count < most:
        k = np.arange(float(count))
        with np.errstate(all="ignore"):
            sizes = np.cumsum(np.log(np.abs(ratio(k))), axis=-1)
            top = np.maximum.accumulate(np.maximum(sizes, 0.0), axis=-1)[..., -1]
            done = (sizes[..., -1] < top - 42) | ~np.isfinite(sizes[..., -1])
        if np.all(done):
            return count
        count *= 2
    raise UnsupportedError("a series of scipy.special converges too slowly at these arguments to be differentiated")


def mean_over(f: Any, panels: Any) -> Any:
    """The integral of f over (0, 1) along a new last axis, by Gauss and Legendre on equal panels."""
    edges = np.arange(panels)
    u = ((edges[:, None] + 0.5 + 0.5 * NODES) / panels).ravel()
    return np.sum(f(u) * np.tile(0.5 * WEIGHTS / panels, panels), axis=-1)


# ---- the incomplete gamma function ---------------------------------------------------------------------


def gamma_series(a: Any, x: Any) -> Any:
    """P(a, x) by its series (DLMF 8.7.1), whose terms are positive."""
    plain_a, plain_x = wide(value_of(a)), wide(value_of(x))
    k = np.arange(1.0, length_of(lambda k: plain_x / (plain_a + k + 1)) + 1)
    total = np.sum(terms(wide(x) / (wide(a) + k)), axis=-1)
    return total * np.exp(special.xlogy(a, x) - x - special.gammaln(a + 1))


def gamma_integral(a: Any, x: Any) -> Any:
    """Q(a, x): x^a exp(-x)/gamma(a) times the integral of exp(-x t) (1 + t)^(a - 1) over t > 0 (DLMF 8.6.5)."""
    size, rest = log_integral(lambda t, a, x: special.xlog1py(a - 1, t) - x * t, 0.0, np.inf, a, x)
    return rest * np.exp(size + special.xlogy(a, x) - x - special.gammaln(a))


@composition("gammainc")
def gamma_lower(a: Any, x: Any) -> Any:
    plain_a, plain = value_of(a), value_of(x)
    positive = plain_a > 0
    return piecewise([(positive & (plain == 0), lambda a, x: 0.0 * a),
                      (positive & (plain > 0) & (plain <= plain_a + 1), gamma_series),
                      (positive & (plain > 0) & np.isfinite(plain), lambda a, x: 1 - gamma_integral(a, x))],
                     a, x)  # fmt: skip


@composition("gammaincc")
def gamma_upper(a: Any, x: Any) -> Any:
    plain_a, plain = value_of(a), value_of(x)
    positive = plain_a > 0
    return piecewise([(positive & (plain == 0), lambda a, x: 1.0 + 0.0 * a),
                      (positive & (plain > 0) & (plain <= plain_a + 1), lambda a, x: 1 - gamma_series(a, x)),
                      (positive & (plain > 0) & np.isfinite(plain), gamma_integral)], a, x)  # fmt: skip


def gamma_density(a: Any, y: Any) -> Any:
    return np.exp(special.xlogy(a - 1, y) - y - special.gammaln(a))


@composition("gammaincinv")
def gamma_quantile(a: Any, p: Any) -> Any:
    y = special.gammaincinv(*plain_of((a, p)))
    return inverse(y, lambda y: special.gammainc(a, y) - p, lambda y: gamma_density(a, y), a, p)


@composition("gammainccinv")
def gamma_upper_quantile(a: Any, p: Any) -> Any:
    y = special.gammainccinv(*plain_of((a, p)))
    return inverse(y, lambda y: special.gammaincc(a, y) - p, lambda y: -gamma_density(a, y), a, p)


COMPOSED.update(
    chdtr=lambda v, x: special.gammainc(0.5 * v, 0.5 * x),
    chdtrc=lambda v, x: special.gammaincc(0.5 * v, 0.5 * x),
    chdtri=lambda v, p: 2 * special.gammainccinv(0.5 * v, p),
    gdtr=lambda a, b, x: special.gammainc(b, a * x),
    gdtrc=lambda a, b, x: special.gammaincc(b, a * x),
    gdtrix=lambda a, b, p: special.gammaincinv(b, p) / a,
    gdtria=lambda p, b, x: special.gammaincinv(b, p) / x,
    pdtri=lambda k, y: special.gammainccinv(np.floor(value_of(k)) + 1, y),
    nrdtrimn=lambda p, sd, x: x - sd * special.ndtri(p),
    nrdtrisd=lambda mn, p, x: (x - mn) / special.ndtri(p),
)


def by_parameter(name: str, distribution: Any, place: Any, target: Any) -> None:
    """An inverse by a parameter, which is the argument at `place` of distribution; `target`: the probability's place.

    The slope is a derivative by a parameter itself, so the step is Newton's with one more level of duals.
    """
    from ..transforms.jvp import jvp

    def found(*xs: Any) -> Any:
        p, others = xs[target], [x for i, x in enumerate(xs) if i != target]

        def full(y: Any) -> Any:
            given = list(others)
            given.insert(place, y)
            return distribution(*given)

        y = getattr(special, name)(*plain_of(xs))
        return inverse(y, lambda y: full(y) - p, lambda y: jvp(full, (y,), (np.ones(np.shape(value_of(y))),))[1], *xs)

    COMPOSED[name] = found


by_parameter("chdtriv", lambda v, x: special.gammainc(0.5 * v, 0.5 * x), 0, 0)
by_parameter("gdtrib", lambda a, b, x: special.gammainc(b, a * x), 1, 1)
by_parameter("pdtrik", lambda k, m: special.gammaincc(k + 1, m), 0, 0)


# ---- the incomplete beta function ----------------------------------------------------------------------


def log_beta_density(t: Any, a: Any, b: Any) -> Any:
    return special.xlogy(a - 1, t) + special.xlog1py(b - 1, -t) - special.betaln(a, b)


def beta_tail(a: Any, b: Any, x: Any) -> Any:
    """I_x(a, b) by its integral."""
    return integral(lambda t, x, a, b: log_beta_density(t, a, b), 0.0, x, x, a, b)


def beta_halves(a: Any, b: Any, x: Any, lower: Any) -> Any:
    """I_x(a, b) or 1 - I_x(a, b), by the integral over the shorter side."""
    pa, pb, px = value_of(a), value_of(b), value_of(x)
    inside = (pa > 0) & (pb > 0) & (px > 0) & (px < 1)
    left = px * (pa + pb) <= pa

    def here(a: Any, b: Any, x: Any) -> Any:
        p = beta_tail(a, b, x)
        return p if lower else 1 - p

    def there(a: Any, b: Any, x: Any) -> Any:
        p = beta_tail(b, a, 1 - x)
        return 1 - p if lower else p

    edge = (pa > 0) & (pb > 0) & ((px == 0) | (px == 1))
    return piecewise([(inside & left, here), (inside, there),
                      (edge, lambda a, b, x: (value_of(x) == lower) + 0.0 * (a + b))], a, b, x)  # fmt: skip


COMPOSED["betainc"] = lambda a, b, x: beta_halves(a, b, x, True)
COMPOSED["betaincc"] = lambda a, b, x: beta_halves(a, b, x, False)


def beta_quantile(name: str, lower: Any) -> None:
    def quantile(a: Any, b: Any, p: Any) -> Any:
        y = getattr(special, name)(*plain_of((a, b, p)))
        return inverse(y, lambda y: beta_halves(a, b, y, lower) - p,
                       lambda y: (1 if lower else -1) * np.exp(log_beta_density(y, a, b)), a, b, p)  # fmt: skip

    COMPOSED[name] = quantile


beta_quantile("betaincinv", True)
beta_quantile("betainccinv", False)


def f_quantile(n: Any, d: Any, p: Any) -> Any:
    y = special.betaincinv(0.5 * n, 0.5 * d, p)
    return d * y / (n * special.betainccinv(0.5 * d, 0.5 * n, p))


COMPOSED.update(
    fdtr=lambda n, d, x: special.betainc(0.5 * n, 0.5 * d, n * x / (n * x + d)),
    fdtrc=lambda n, d, x: special.betainc(0.5 * d, 0.5 * n, d / (d + n * x)),
    fdtri=f_quantile,
    bdtr=lambda k, n, p: special.betainc(n - np.floor(value_of(k)), np.floor(value_of(k)) + 1, 1 - p),
    bdtrc=lambda k, n, p: special.betainc(np.floor(value_of(k)) + 1, n - np.floor(value_of(k)), p),
    bdtri=lambda k, n, y: 1 - special.betaincinv(n - np.floor(value_of(k)), np.floor(value_of(k)) + 1, y),
    nbdtr=lambda k, n, p: special.betainc(n, k + 1.0, p),
    nbdtrc=lambda k, n, p: special.betainc(k + 1.0, n, 1 - p),
    nbdtri=lambda k, n, y: special.betaincinv(n, k + 1.0, y),
)
by_parameter("fdtridfd", COMPOSED["fdtr"], 1, 1)
by_parameter("btdtria", special.betainc, 0, 0)
by_parameter("btdtrib", special.betainc, 1, 1)
by_parameter("bdtrik", lambda k, n, p: special.betainc(n - k, k + 1, 1 - p), 0, 0)
by_parameter("bdtrin", lambda k, n, p: special.betainc(n - k, k + 1, 1 - p), 1, 1)
by_parameter("nbdtrik", lambda k, n, p: special.betainc(n, k + 1, p), 0, 0)
by_parameter("nbdtrin", lambda k, n, p: special.betainc(n, k + 1, p), 1, 1)


# ---- Student's distribution -----------------------------------------------------------------------------


def log_t_density(t: Any, df: Any) -> Any:
    half = 0.5 * df
    return -special.betaln(half, 0.5) - 0.5 * np.log(df) - (half + 0.5) * np.log1p(t * t / df)


@composition("stdtr")
def student(df: Any, t: Any) -> Any:
    def near(df: Any, t: Any) -> Any:
        return 0.5 + t * mean_over(lambda u: np.exp(log_t_density(wide(t) * u, wide(df))), 3)

    def left(df: Any, t: Any) -> Any:
        return integral(lambda s, t, df: log_t_density(s, df), -np.inf, t, t, df)

    plain, plain_df = value_of(t), value_of(df)
    far = (plain_df > 0) & np.isfinite(plain)
    middle = np.abs(plain) <= 2 * np.minimum(1.0, np.sqrt(np.maximum(plain_df, 0)))
    return piecewise([(far & middle, near), (far & (plain < 0), left),
                      (far, lambda df, t: 1 - left(df, -t))], df, t)  # fmt: skip


@composition("stdtrit")
def student_quantile(df: Any, p: Any) -> Any:
    t = special.stdtrit(*plain_of((df, p)))
    return inverse(t, lambda t: student(df, t) - p, lambda t: np.exp(log_t_density(t, df)), df, p)


by_parameter("stdtridf", lambda df, t: student(df, t), 0, 0)


# ---- distributions with a density in scipy.stats ------------------------------------------------------------


def from_density(name: str, density: Any, order: Any, low: Any, lower: bool = True) -> Callable[..., Any]:
    """The distribution function of a row of stats/densities.py; order: from the ufunc's arguments to (x, shapes)."""

    def function(*xs: Any) -> Any:
        from .stats.densities import LOG_DENSITIES

        log_density = LOG_DENSITIES[density]
        x, *shapes = order(*xs)
        p = np.asarray(getattr(special, name)(*plain_of(xs)))
        small = p <= 0.5

        def below(x: Any, *s: Any) -> Any:
            return integral(lambda t, x, *s: log_density(t, *s), low, x, x, *s)

        def above(x: Any, *s: Any) -> Any:
            return 1 - integral(lambda t, x, *s: log_density(t, *s), x, np.inf, x, *s)

        inside = np.isfinite(value_of(x)) & (value_of(x) > low)
        return piecewise([(inside & small, below), (inside, above)], x, *shapes)

    COMPOSED[name] = function
    return function


chndtr = from_density("chndtr", "ncx2", lambda x, df, nc: (x, df, nc), 0.0)
ncfdtr = from_density("ncfdtr", "ncf", lambda n, d, nc, f: (f, n, d, nc), 0.0)


@composition("nctdtr")
def nctdtr(df: Any, nc: Any, t: Any) -> Any:
    from .stats.densities import nct_probability

    return nct_probability(t, df, nc)


for _name, _function, _place, _target in (
    ("chndtrix", chndtr, 0, 0), ("chndtridf", chndtr, 1, 1), ("chndtrinc", chndtr, 2, 2),
    ("ncfdtri", ncfdtr, 3, 3), ("ncfdtridfn", ncfdtr, 0, 0), ("ncfdtridfd", ncfdtr, 1, 1), ("ncfdtrinc", ncfdtr, 2, 2),
    ("nctdtrit", nctdtr, 2, 2), ("nctdtridf", nctdtr, 0, 0), ("nctdtrinc", nctdtr, 1, 1),
):  # fmt: skip
    by_parameter(_name, _function, _place, _target)


@composition("tklmbda")
def tukey(x: Any, lam: Any) -> Any:
    from .stats.densities import tukey_probability

    return tukey_probability(x, lam)


def kolmogorov_density(x: Any) -> Any:
    from .stats.densities import LOG_DENSITIES

    return np.exp(LOG_DENSITIES["kstwobign"](x))


COMPOSED["kolmogorov"] = lambda x: primitive(special.kolmogorov, lambda x: -kolmogorov_density(x), x)
COMPOSED["kolmogi"] = lambda p: inverse(special.kolmogi(value_of(p)), lambda x: COMPOSED["kolmogorov"](x) - p,
                                        lambda x: -kolmogorov_density(x), p)  # fmt: skip


# ---- zeta functions ----------------------------------------------------------------------------------------

BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330]


def hurwitz(s: Any, q: Any) -> Any:
    """zeta(s, q) by the formula of Euler and Maclaurin (DLMF 25.11.28 and 2.10.1)."""
    s, q = wide(s), wide(q)
    n = 16 + int(np.max(np.abs(value_of(s)), initial=0.0)) // 2
    direct = np.sum(np.exp(-s * np.log(q + np.arange(n))), axis=-1)
    s, far = s[:, 0], q[:, 0] + n
    power = np.exp(-s * np.log(far))
    total = direct + power * (far / (s - 1) + 0.5)
    factor = s / far
    for j, b in enumerate(BERNOULLI):
        total = total + power * factor * (b / special.gamma(2 * j + 3.0))
        factor = factor * (s + 2 * j + 1) * (s + 2 * j + 2) / (far * far)
    return total


@composition("_zeta")
def zeta_of_two(s: Any, q: Any) -> Any:
    return piecewise([((value_of(s) > 1) & (value_of(q) > 0), hurwitz)], s, q)


def riemann(s: Any, first: Any) -> Any:
    """sum of n^-s from n = first on, continued to the left of 1."""

    def reflected(s: Any) -> Any:
        return (2 * np.exp((s - 1) * np.log(2 * np.pi)) * np.sin(np.pi / 2 * s) * special.gamma(1 - s)
                * hurwitz(1 - s, np.ones(np.shape(s))) - (first - 1))  # fmt: skip

    plain = value_of(s)
    return piecewise(
        [(plain >= -1, lambda s: hurwitz(s, np.full(np.shape(s), float(first)))), (np.isfinite(plain), reflected)], s
    )


COMPOSED["_riemann_zeta"] = lambda s: riemann(s, 1)
COMPOSED["zetac"] = lambda s: riemann(s, 2)


# ---- Bessel functions by their order --------------------------------------------------------------------


def power_series(v: Any, x: Any, sign: Any) -> Any:
    """The series of J (sign -1) and I (sign 1) in powers of x^2/4 (DLMF 10.2.2, 10.25.2)."""
    plain_v, plain_x = wide(value_of(v)), wide(value_of(x))
    k = np.arange(1.0, length_of(lambda k: plain_x**2 / 4 / ((k + 1) * (plain_v + k + 1))) + 1)
    total = np.sum(terms(sign * wide(x) ** 2 / (4 * k * (wide(v) + k))), axis=-1)
    return total * np.exp(v * np.log(x / 2) - special.gammaln(v + 1))


def panels_for(v: Any, x: Any) -> int:
    """So many panels that an oscillation or a peak of the integrands below has a panel of its own."""
    return int(6 + np.max((np.abs(value_of(v)) + np.abs(value_of(x))) / 5, initial=0.0))


def decaying(v: Any, x: Any, start: Any, log_f: Any) -> Any:
    """The integral of exp(log_f) from start to infinity."""
    return integral(log_f, start, np.inf, v, x)


def bessel_j(v: Any, x: Any) -> Any:
    """J by Schlaefli's integral (DLMF 10.9.6), its path moved through the saddle point where v > x."""
    pv, px = value_of(v), value_of(x)
    at = np.arccosh(np.maximum(pv / px, 1.0))
    rise, width = np.sinh(at), np.cosh(at)

    def inner(u: Any) -> Any:
        angle = np.pi * u
        size = np.exp(wide(x) * wide(rise) * np.cos(angle) - wide(v) * wide(at))
        return size * np.cos(wide(x) * wide(width) * np.sin(angle) - wide(v) * angle)

    tail = decaying(v, x, at, lambda t, v, x: -x * np.sinh(np.minimum(t, 350.0)) - v * t)
    return mean_over(inner, panels_for(v, x)) - np.sin(np.pi * v) / np.pi * tail


@composition("jv", "jve")
def bessel_first(v: Any, x: Any) -> Any:
    pv, px = value_of(v), value_of(x)
    return piecewise([((px > 0) & (pv >= 0) & (px * px <= 4 * (pv + 1)), lambda v, x: power_series(v, x, -1.0)),
                      ((px > 0) & np.isfinite(px), bessel_j),
                      ((px == 0) & (pv > 0), lambda v, x: 0.0 * (v + x))], v, x)  # fmt: skip


@composition("yv", "yve")
def bessel_second(v: Any, x: Any) -> Any:
    def schlaefli(v: Any, x: Any) -> Any:  # DLMF 10.9.7
        first = mean_over(lambda u: np.sin(wide(x) * np.sin(np.pi * u) - wide(v) * (np.pi * u)), panels_for(v, x))
        grows = decaying(v, x, 0.0, lambda t, v, x: v * t - x * np.sinh(np.minimum(t, 350.0)))
        falls = decaying(v, x, 0.0, lambda t, v, x: -v * t - x * np.sinh(np.minimum(t, 350.0)))
        return first - (grows + falls * np.cos(np.pi * v)) / np.pi

    return piecewise([((value_of(x) > 0) & np.isfinite(value_of(x)), schlaefli)], v, x)


def bessel_i(v: Any, x: Any) -> Any:
    """I exp(-x) by the same kind of integral as J (DLMF 10.32.4)."""
    pv, px = value_of(v), value_of(x)
    at = np.arcsinh(np.maximum(pv, 0.0) / px)
    rise, width = np.sinh(at), np.cosh(at)

    def inner(u: Any) -> Any:
        angle = np.pi * u
        size = np.exp(wide(x) * (wide(width) * np.cos(angle) - 1) - wide(v) * wide(at))
        return size * np.cos(wide(x) * wide(rise) * np.sin(angle) - wide(v) * angle)

    tail = decaying(v, x, at, lambda t, v, x: -x * (1 + np.cosh(np.minimum(t, 350.0))) - v * t)
    return mean_over(inner, panels_for(v, np.sqrt(px) * 10)) - np.sin(np.pi * v) / np.pi * tail


@composition("ive")
def bessel_i_scaled(v: Any, x: Any) -> Any:
    pv, px = value_of(v), value_of(x)
    small = (px > 0) & (pv >= 0) & (px * px <= 4 * (pv + 1))
    return piecewise([(small, lambda v, x: power_series(v, x, 1.0) * np.exp(-x)),
                      ((px > 0) & np.isfinite(px), bessel_i),
                      ((px == 0) & (pv > 0), lambda v, x: 0.0 * (v + x))], v, x)  # fmt: skip


def bessel_k_scaled(v: Any, x: Any) -> Any:
    return piecewise([((value_of(x) > 0) & np.isfinite(value_of(x)), bessel_k)], v, x)


COMPOSED.update(
    iv=lambda v, x: bessel_i_scaled(v, x) * np.exp(np.abs(x)),
    kve=bessel_k_scaled,
    kv=lambda v, x: bessel_k_scaled(v, x) * np.exp(-x),
)


def struve_series(v: Any, x: Any, sign: Any) -> Any:
    """The series of H (sign -1) and L (sign 1) (DLMF 11.2.1, 11.2.2)."""
    pv, px = wide(value_of(v)), wide(value_of(x))
    k = np.arange(1.0, length_of(lambda k: px**2 / 4 / ((k + 1.5) * (k + 1.5 + pv))) + 1)
    total = np.sum(terms(sign * wide(x) ** 2 / (4 * (k + 0.5) * (wide(v) + k + 0.5))), axis=-1)
    return total * np.exp((v + 1) * np.log(x / 2)) * special.rgamma(v + 1.5) * (2 / np.sqrt(np.pi))


@composition("struve")
def struve(v: Any, x: Any) -> Any:
    def large(v: Any, x: Any) -> Any:  # DLMF 11.5.2
        tail = integral(lambda t, v, x: -x * t + (v - 0.5) * np.log1p(t * t), 0.0, np.inf, v, x)
        factor = 2 * np.exp(v * np.log(x / 2)) * special.rgamma(v + 0.5) / np.sqrt(np.pi)
        return bessel_second(v, x) + factor * tail

    pv, px = value_of(v), value_of(x)
    return piecewise([((px > 0) & (px * px <= 12 * (np.abs(pv) + 1.5)), lambda v, x: struve_series(v, x, -1.0)),
                      ((px > 0) & np.isfinite(px), large)], v, x)  # fmt: skip


COMPOSED["modstruve"] = lambda v, x: piecewise([(value_of(x) > 0, lambda v, x: struve_series(v, x, 1.0))], v, x)


# ---- hypergeometric functions ---------------------------------------------------------------------------


def hypergeometric(upper: Any, lower: Any, x: Any) -> Any:
    """The series of pFq in its rows."""
    above, below = [wide(a) for a in upper], [wide(b) for b in lower]

    def ratio(k: Any, above: Any, below: Any, x: Any) -> Any:
        r = x / (k + 1)
        for a in above:
            r = r * (a + k)
        for b in below:
            r = r / (b + k)
        return r

    plain = [wide(value_of(a)) for a in upper], [wide(value_of(b)) for b in lower], wide(value_of(x))

    def size(k: Any) -> Any:        # a series that ends has derivatives by its parameters that do not
        r = plain[2] / (k + 1)
        for a in plain[0]:
            r = r * np.where(a + k == 0, 1.0, a + k)
        for b in plain[1]:
            r = r / (b + k)
        return r

    k = np.arange(float(length_of(size)))
    return np.sum(terms(ratio(k, above, below, wide(x))), axis=-1)


@composition("hyp0f1")
def hyp0f1(b: Any, x: Any) -> Any:
    pb, px = value_of(b), value_of(x)

    def negative(b: Any, x: Any) -> Any:  # DLMF 10.16.9
        z = np.sqrt(-x)
        return special.gamma(b) * np.exp((1 - b) * np.log(z)) * bessel_first(b - 1, 2 * z)

    return piecewise(
        [(px >= -4 * (np.abs(pb) + 1), lambda b, x: hypergeometric([], [b], x)), (np.isfinite(px), negative)], b, x
    )


@composition("hyp1f1")
def hyp1f1(a: Any, b: Any, x: Any) -> Any:
    return piecewise([(value_of(x) >= 0, lambda a, b, x: hypergeometric([a], [b], x)),
                      (True, lambda a, b, x: np.exp(x) * hypergeometric([b - a], [b], -x))], a, b, x)  # fmt: skip


@composition("hyp2f1")
def hyp2f1(a: Any, b: Any, c: Any, x: Any) -> Any:
    plain = value_of(x)

    def series(a: Any, b: Any, c: Any, x: Any) -> Any:
        return hypergeometric([a, b], [c], x)

    def turned(a: Any, b: Any, c: Any, x: Any) -> Any:  # DLMF 15.8.1
        return np.exp(-a * np.log1p(-x)) * series(a, c - b, c, x / (x - 1))

    return piecewise([((plain >= -0.5) & (plain < 1), series), (plain < 1, turned)], a, b, c, x)


@composition("hyperu")
def hyperu(a: Any, b: Any, x: Any) -> Any:
    """U: its integral for a >= 1 (DLMF 13.4.4), Kummer's transformation (13.2.40), and a recurrence in a (13.3.7).

    For smaller a the integrand's end is singular, and its derivatives by a lose digits.
    """

    def by_integral(a: Any, b: Any, x: Any) -> Any:
        size, rest = log_integral(lambda t, a, b, x: -x * t + special.xlogy(a - 1, t) + special.xlog1py(b - a - 1, t),
                                  0.0, np.inf, a, b, x)  # fmt: skip
        return rest * np.exp(size - special.gammaln(a))

    def kummer(a: Any, b: Any, x: Any) -> Any:
        return np.exp((1 - b) * np.log(x)) * by_integral(1 + a - b, 2 - b, x)

    def down(a: Any, b: Any, x: Any) -> Any:
        steps = int(np.ceil(np.max(1 - value_of(a))))
        late, here = by_integral(a + steps + 1, b, x), by_integral(a + steps, b, x)
        for n in range(steps, 0, -1):
            at = a + n
            late, here = here, -(b - 2 * at - x) * here - at * (at - b + 1) * late
        return here

    pa, pb, px = value_of(a), value_of(b), value_of(x)
    return piecewise(
        [((px > 0) & (pa >= 1), by_integral), ((px > 0) & (pa >= pb), kummer), (px > 0, down)], a, b, x
    )


@composition("wright_bessel")
def wright_bessel(a: Any, b: Any, x: Any) -> Any:
    """The sum of x^k/(k! gamma(a k + b)) (DLMF 10.46.1)."""

    def series(a: Any, b: Any, x: Any) -> Any:
        k = np.arange(float(64 + 4 * int(np.max(value_of(x), initial=0.0))))
        log_terms = special.xlogy(k, wide(x)) - special.gammaln(k + 1)
        return np.sum(np.exp(log_terms) * special.rgamma(wide(a) * k + wide(b)), axis=-1)

    return piecewise([(value_of(x) >= 0, series)], a, b, x)


COMPOSED["log_wright_bessel"] = lambda a, b, x: np.log(wright_bessel(a, b, x))


# ---- elliptic integrals and functions ---------------------------------------------------------------------


def duplicated(x: Any, y: Any, z: Any, p: Any = None) -> tuple[Any, Any, Any, Any]:
    """Carlson's duplication until x, y, z (and p) are close: their mean, deviations, the power of 4, the remainder."""
    third = z if p is None else p
    weights = (1, 1, 1) if p is None else (1, 1, 3) if p is z else (1, 1, 1, 2)
    total, quarter = 0.0, 1.0
    for _ in range(60):
        parts = (x, y, z) if len(weights) == 3 else (x, y, z, p)
        mean = sum(w * e for w, e in zip(weights, parts, strict=True)) / sum(weights)
        off = [1 - e / mean for e in parts]
        if all(np.all(np.abs(value_of(e)) < 1e-3) for e in off):
            break
        rx, ry, rz = np.sqrt(x), np.sqrt(y), np.sqrt(z)
        lam = rx * ry + ry * rz + rz * rx
        if p is not None and p is z:
            total = total + quarter / (rz * (z + lam))
        elif p is not None:
            rp = np.sqrt(p)
            d = (rp + rx) * (rp + ry) * (rp + rz)
            e = (p - x) * (p - y) * (p - z) / (d * d)
            total = total + quarter / d * carlson_rc(1.0 + 0.0 * e, 1.0 + e)
            p = (p + lam) / 4
        x, y, z, quarter = (x + lam) / 4, (y + lam) / 4, (z + lam) / 4, quarter / 4
        if len(weights) == 3 and p is not None:
            p = z
    del third
    return mean, off, quarter, total


@composition("elliprf")
def carlson_rf(x: Any, y: Any, z: Any) -> Any:
    mean, (a, b, c), _, _ = duplicated(x, y, z)
    e2, e3 = a * b + b * c + c * a, a * b * c
    return (1 - e2 / 10 + e3 / 14 + e2 * e2 / 24 - 3 * e2 * e3 / 44 - 5 * e2**3 / 208 + 3 * e3 * e3 / 104) / np.sqrt(
        mean
    )


@composition("elliprc")
def carlson_rc(x: Any, y: Any) -> Any:
    def positive(x: Any, y: Any) -> Any:
        return carlson_rf(x, y, y)

    def principal(x: Any, y: Any) -> Any:
        return np.sqrt(x / (x - y)) * carlson_rf(x - y, -y, -y)

    return piecewise([(value_of(y) > 0, positive), (value_of(y) < 0, principal)], x, y)


def last_series(mean: Any, quarter: Any, total: Any, e2: Any, e3: Any, e4: Any, e5: Any, factor: Any) -> Any:
    series = (1 - 3 * e2 / 14 + e3 / 6 + 9 * e2 * e2 / 88 - 3 * e4 / 22 - 9 * e2 * e3 / 52 + 3 * e5 / 26 - e2**3 / 16
              + 3 * e3 * e3 / 40 + 3 * e2 * e4 / 20)  # fmt: skip
    return factor * total + quarter * series / (mean * np.sqrt(mean))


@composition("elliprd")
def carlson_rd(x: Any, y: Any, z: Any) -> Any:
    mean, (a, b, _), quarter, total = duplicated(x, y, z, z)
    c = -(a + b) / 3
    ab, cc = a * b, c * c
    return last_series(mean, quarter, total, ab - 6 * cc, (3 * ab - 8 * cc) * c, 3 * (ab - cc) * cc, ab * c**3, 3)


@composition("elliprj")
def carlson_rj(x: Any, y: Any, z: Any, p: Any) -> Any:
    def positive(x: Any, y: Any, z: Any, p: Any) -> Any:
        if p is z:
            p = p + 0.0
        mean, (a, b, c, _), quarter, total = duplicated(x, y, z, p)
        d = -(a + b + c) / 2
        abc = a * b * c
        e2 = a * b + a * c + b * c - 3 * d * d
        return last_series(
            mean, quarter, total, e2, abc + 2 * e2 * d + 4 * d**3, (2 * abc + e2 * d + 3 * d**3) * d, abc * d * d, 6
        )

    return piecewise([(value_of(p) > 0, positive)], x, y, z, p)


@composition("elliprg")
def carlson_rg(x: Any, y: Any, z: Any) -> Any:
    shape = np.broadcast_shapes(*(np.shape(value_of(e)) for e in (x, y, z)))
    x, y, z = np.sort(np.stack([np.broadcast_to(e, shape) for e in (x, y, z)]), axis=0)
    return 0.5 * (z * carlson_rf(x, y, z) - (x - z) * (y - z) / 3 * carlson_rd(x, y, z) + np.sqrt(x * y / z))


def incomplete(inner: Any, whole: Any) -> Callable[..., Any]:
    """An elliptic integral of any angle, from its values in the first turn and at pi/2."""

    def function(phi: Any, m: Any) -> Any:
        turns = np.round(value_of(phi) / np.pi)
        rest = phi - turns * np.pi
        s, c = np.sin(rest), np.cos(rest)
        found = inner(s, c * c, 1 - m * s * s, m)
        return found + 2 * turns * whole(m) if np.any(turns) else found

    return function


COMPOSED["ellipkinc"] = incomplete(lambda s, cc, dd, m: s * carlson_rf(cc, dd, np.ones(np.shape(dd))), special.ellipk)
COMPOSED["ellipeinc"] = incomplete(
    lambda s, cc, dd, m: s * carlson_rf(cc, dd, np.ones(np.shape(dd)))
    - m * s * s * s / 3 * carlson_rd(cc, dd, np.ones(np.shape(dd))), special.ellipe)  # fmt: skip


@composition("ellipj")
def jacobi_elliptic(u: Any, m: Any) -> tuple[Any, Any, Any, Any]:
    at = special.ellipj(*plain_of((u, m)))[3]
    phi = inverse(at, lambda p: COMPOSED["ellipkinc"](p, m) - u, lambda p: 1 / np.sqrt(1 - m * np.sin(p) ** 2), u, m)
    s = np.sin(phi)
    return s, np.cos(phi), np.sqrt(1 - m * s * s), phi


@composition("agm")
def arithmetic_geometric_mean(a: Any, b: Any) -> Any:
    def iterated(a: Any, b: Any) -> Any:
        for _ in range(40):
            a, b = (a + b) / 2, np.sqrt(a * b)
            if np.all(np.abs(value_of(a) - value_of(b)) <= 1e-15 * np.abs(value_of(a))):
                break
        return (a + b) / 2

    pa, pb = value_of(a), value_of(b)
    return piecewise([((pa > 0) & (pb > 0), iterated), ((pa < 0) & (pb < 0), lambda a, b: -iterated(-a, -b))], a, b)


COMPOSED.update(MATHIEU)


def spheroidal_value(name: str, function: Any, sign: Any) -> None:
    """An eigenvalue of the spheroidal equation by c: its slope is 2 c times the mean of x^2 (obl: minus it)."""

    def composition(m: Any, n: Any, c: Any) -> Any:
        m, n = (np.asarray(value_of(x), float) for x in (m, n))
        x = np.sin(np.pi / 2 * GAUSS[0])        # so that sqrt(1 - x^2) of odd orders is smooth
        weights = GAUSS[1] * np.cos(np.pi / 2 * GAUSS[0])

        def slope(c: Any) -> Any:
            wave = function(m[..., None], n[..., None], np.expand_dims(c, -1), x)[0]
            square = wave * wave * weights
            return sign * 2 * c * np.sum(square * x * x, axis=-1) / np.sum(square, axis=-1)

        shape = np.broadcast_shapes(m.shape, n.shape, np.shape(c))
        return primitive(lambda c: getattr(special, name)(m, n, c), slope, c + np.zeros(shape))

    COMPOSED[name] = composition


GAUSS = np.polynomial.legendre.leggauss(128)
spheroidal_value("pro_cv", special.pro_ang1, 1)
spheroidal_value("obl_cv", special.obl_ang1, -1)


# ---- polynomials by their parameters -----------------------------------------------------------------------


def recurrence(n: Any, first: Any, second: Any, step: Any) -> Any:
    """P_n from P_0 and P_1 by P_k = step(k, P_{k-1}, P_{k-2}), for each of many degrees n."""
    degrees = np.asarray(value_of(n))
    if np.any(degrees != np.floor(degrees)) or np.any(degrees < 0):
        raise UnsupportedError(
            "an orthogonal polynomial by its parameter is differentiable for degrees 0, 1, 2, ... only"
        )
    before, here = first, second
    found = np.where(degrees == 0, first, second)
    for k in range(2, int(np.max(degrees, initial=0)) + 1):
        before, here = here, step(k, here, before)
        found = np.where(degrees == k, here, found)
    return found


@composition("eval_gegenbauer")
def gegenbauer(n: Any, a: Any, x: Any) -> Any:
    return recurrence(n, 1.0 + 0.0 * (a + x), 2 * a * x,
                      lambda k, p, q: (2 * (k + a - 1) * x * p - (k + 2 * a - 2) * q) / k)  # fmt: skip


@composition("eval_genlaguerre")
def laguerre(n: Any, a: Any, x: Any) -> Any:
    return recurrence(
        n, 1.0 + 0.0 * (a + x), 1 + a - x, lambda k, p, q: ((2 * k - 1 + a - x) * p - (k - 1 + a) * q) / k
    )


@composition("eval_jacobi")
def jacobi(n: Any, a: Any, b: Any, x: Any) -> Any:
    def step(k: Any, p: Any, q: Any) -> Any:
        c = 2 * k + a + b
        up = (c - 1) * (c * (c - 2) * x + (a - b) * (a + b)) * p - 2 * (k + a - 1) * (k + b - 1) * c * q
        return up / (2 * k * (k + a + b) * (c - 2))

    return recurrence(n, 1.0 + 0.0 * (a + b + x), (a + 1) + (a + b + 2) * (x - 1) / 2, step)


@composition("eval_sh_jacobi")
def shifted_jacobi(n: Any, p: Any, q: Any, x: Any) -> Any:
    degree = value_of(n)
    return jacobi(degree, p - q, q - 1, 2 * x - 1) / special.binom(2 * degree + p - 1, degree)


# ---- the Voigt profile ---------------------------------------------------------------------------------------


@composition("voigt_profile")
def voigt(x: Any, sigma: Any, gamma: Any) -> Any:
    def both(x: Any, sigma: Any, gamma: Any) -> Any:
        z = (x + 1j * gamma) / (sigma * np.sqrt(2))
        return np.real(special.wofz(z)) / (sigma * np.sqrt(2 * np.pi))

    def lorentz(x: Any, sigma: Any, gamma: Any) -> Any:
        return gamma / (np.pi * (x * x + gamma * gamma)) + 0.0 * sigma

    return piecewise([(value_of(sigma) > 0, both), (value_of(gamma) > 0, lorentz)], x, sigma, gamma)
