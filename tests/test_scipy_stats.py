"""dualdiff.scipy.stats: tables of distributions, of statistics of samples, and of what is refused.

Values are SciPy's, to the bit.  Tangents are compared with differences of SciPy's values, along one direction in x and all real
parameters at once; reverse mode with forward; second derivatives with differences of first ones.
"""

import functools
import pickle
import warnings

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from scipy.stats._distr_params import distcont, distdiscrete
from support import close, differences, leaves, needs

import dualdiff as dd
from dualdiff.errors import UnsupportedError
from dualdiff.scipy import stats

LOC, SCALE = 0.3, 1.4
COUNTS = {"irwinhall": {0}, "ksone": {0}, "kstwo": {0}, "studentized_range": {0, 1}}
"""Shape parameters that are constants: counts, or those that there is no derivative by."""
NO_DENSITY = {"kstwo", "studentized_range"}
SLOW = {"genhyperbolic", "geninvgauss", "studentized_range", "dpareto_lognorm"}
EDGE = {("kappa4", (0.0, 0.0)), ("kappa4", (0.0, 0.1)), ("kappa4", (0.1, 0.0)), ("kappa4", (-0.1, 0.1)), ("argus", (1e-5,))}
"""Points at which SciPy's values next to them have digits for no difference."""
CONTINUOUS = {}
for _name, _args in distcont:
    if isinstance(_name, str) and (_name, tuple(_args)) not in EDGE and hasattr(scipy.stats, _name):
        CONTINUOUS.setdefault(_name, tuple(map(float, _args)) if _name not in COUNTS else _args)


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def along(call, arguments, held, rtol, h=2.0**-8, steps=None):
    """Compares forward derivatives of call(module, *arguments) by all that is not held, and returns them."""
    vary = [i for i in range(len(arguments)) if i not in held]
    vs = [(steps or {}).get(i, 0.3 + 0.1 * i) * np.ones(np.shape(arguments[i])) for i in vary]
    vs = [v if np.ndim(v) else float(v) for v in vs]

    def at(module):
        def f(*given):
            full = list(arguments)
            for i, x in zip(vary, given, strict=True):
                full[i] = x
            return call(module, *full)

        return f

    primals = [arguments[i] for i in vary]
    value, t = dd.jvp(at(stats), tuple(primals), tuple(vs))
    for a, b in zip(leaves(value), leaves(at(scipy.stats)(*primals)), strict=True):
        assert np.array_equal(a, b, equal_nan=True)
        assert np.ndim(b) or not isinstance(a, np.ndarray)
    for a, b in zip(leaves(t), differences(at(scipy.stats), primals, vs, h=h), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * max(1e-3, np.max(np.abs(b), initial=0.0)))
    return at(stats), primals, vs, t


def of_method(name, method):
    def call(m, x, *args):
        *shapes, loc, scale = args
        return getattr(getattr(m, name), method)(x, *shapes, loc=loc, scale=scale)

    return call


def arguments_of(name, method):
    shapes = CONTINUOUS[name]
    q = np.array([0.3, 0.6])
    x = q if method in ("ppf", "isf") else LOC + SCALE * getattr(scipy.stats, name).ppf(q, *shapes)
    held = {1 + i for i in COUNTS.get(name, ())}
    return [x, *shapes, LOC, SCALE], held


def adjoint(f, primals, vs, t):
    back = dd.vjp(f, *primals)[1](np.ones(np.shape(t)))
    back = back if isinstance(back, tuple) else (back,)
    assert sum(np.sum(b * v) for b, v in zip(back, vs, strict=True)) == pytest.approx(np.sum(t), rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("name", [n for n in CONTINUOUS if n not in NO_DENSITY])
def test_logpdf(name):
    f, primals, vs, t = along(of_method(name, "logpdf"), *arguments_of(name, "logpdf"), rtol=2e-7, h=2.0**-9)
    adjoint(f, primals, vs, t)
    if name in SLOW or name in ("landau", "kstwobign", "levy_stable", "ksone"):
        return
    total = lambda *xs: np.sum(f(*xs))  # noqa: E731
    gradient = dd.grad(total, argnums=tuple(range(len(primals))))
    for found, expected in zip(dd.hvp(total, tuple(primals), tuple(vs)), differences(gradient, primals, vs, h=2.0**-10), strict=True):
        close(found, expected, 1e-5)


@pytest.mark.parametrize("name", [n for n in CONTINUOUS if n not in SLOW])
def test_cdf(name):
    along(of_method(name, "cdf"), *arguments_of(name, "cdf"), rtol=2e-7, h=2.0**-9)


@pytest.mark.parametrize("name", [n for n in CONTINUOUS if n not in SLOW])
def test_ppf(name):
    along(of_method(name, "ppf"), *arguments_of(name, "ppf"), rtol=1e-6, h=2.0**-10, steps={0: 0.05})


@pytest.mark.parametrize("name", ["gamma", "beta", "t", "weibull_min", "ncx2", "skewnorm", "norm", "dweibull", "f", "lognorm", "rdist"])
@pytest.mark.parametrize("method", ["pdf", "sf", "logcdf", "logsf", "isf"])
def test_other_methods(name, method):
    f, primals, vs, t = along(of_method(name, method), *arguments_of(name, method), rtol=1e-6, h=2.0**-9, steps={0: 0.05})
    adjoint(f, primals, vs, t)


@pytest.mark.parametrize("name", sorted(NO_DENSITY))
def test_without_a_density(name):
    for method in ("cdf", "sf", "ppf") if name not in SLOW else ("cdf",):
        along(of_method(name, method), *arguments_of(name, method), rtol=1e-6, h=2.0**-8, steps={0: 0.05})
    dist, (x, *args) = getattr(stats, name), arguments_of(name, "cdf")[0]
    with pytest.raises(UnsupportedError, match="no expression"):
        dd.jvp(lambda x: dist.logpdf(x, *args), (x,), (x,))
    with pytest.raises(UnsupportedError, match="no expression"):
        dd.jvp(lambda x: dd.jvp(lambda x: dist.cdf(x, *args), (x,), (x,))[1], (x,), (x,))


@pytest.mark.parametrize("name", ["gamma", "beta", "t", "norm", "weibull_min", "lognorm", "skewnorm", "uniform", "triang", "invgauss"])
@pytest.mark.parametrize("method", ["mean", "var", "std", "median", "entropy", "stats", "support", "moment", "interval"])
def test_moments(name, method):
    shapes = {"t": (7.5,), "invgauss": (0.8,)}.get(name, CONTINUOUS[name])

    def call(m, *args):
        *shapes, loc, scale = args
        frozen = getattr(m, name)(*shapes, loc=loc, scale=scale)
        options = {"stats": ("mvsk",), "moment": (3,), "interval": (0.8,)}.get(method, ())
        found = getattr(frozen, method)(*options)
        return tuple(e for e in found if np.isfinite(e)) if method == "support" and m is scipy.stats else (
            tuple(e for e in found if np.isfinite(getattr(e, "value", e))) if method == "support" else found)  # fmt: skip

    if method == "support" and np.all(np.isinf(getattr(scipy.stats, name).support(*shapes))):
        return
    along(call, [*shapes, LOC, SCALE], set(), rtol=2e-6, h=2.0**-7)


def test_moments_that_do_not_exist():
    assert np.isnan(dd.derivative(lambda df: stats.t.var(df))(1.5)) and np.isinf(stats.t.var(1.5))
    assert np.isnan(dd.derivative(lambda loc: stats.cauchy.mean(loc))(0.5))


def test_deep_tails():
    assert dd.derivative(lambda x: stats.norm.logcdf(x))(-40.0) == pytest.approx(40.02496, rel=1e-6)
    assert dd.derivative(lambda x: stats.norm.logsf(x))(40.0) == pytest.approx(-40.02496, rel=1e-6)
    slope = dd.derivative(lambda a: stats.gamma.logsf(200.0, a))(2.0)
    (expected,) = differences(lambda a: scipy.stats.gamma.logsf(200.0, a), [2.0], [1.0])
    assert slope == pytest.approx(expected, rel=1e-7)


def test_outside_of_the_support_and_nan():
    x = np.array([-1.0, 2.0, np.nan, np.inf])
    value, t = dd.jvp(lambda x: stats.expon.pdf(x), (x,), (np.ones(4),))
    assert np.array_equal(value, scipy.stats.expon.pdf(x), equal_nan=True)
    np.testing.assert_array_equal(t, [0.0, -np.exp(-2.0), np.nan, 0.0])
    assert np.isnan(dd.derivative(lambda s: stats.norm.pdf(1.0, 0.0, s))(-1.0))
    assert dd.derivative(lambda x: stats.uniform.cdf(x))(3.0) == 0


def test_the_ends_of_quantiles():
    q = np.array([0.0, 0.5, 1.0])
    np.testing.assert_allclose(dd.jvp(lambda q: stats.norm.ppf(q), (q,), (np.ones(3),))[1], [np.inf, np.sqrt(2 * np.pi), np.inf])
    np.testing.assert_allclose(dd.jvp(lambda q: stats.uniform.ppf(q, 0.0, 2.0), (q,), (np.ones(3),))[1], [2.0, 2.0, 2.0])
    np.testing.assert_allclose(dd.jvp(lambda q: stats.uniform.isf(q, 0.0, 2.0), (q,), (np.ones(3),))[1], [-2.0, -2.0, -2.0])
    np.testing.assert_allclose(dd.jvp(lambda a: stats.truncnorm.ppf(q, a, 1.0), (-2.0,), (1.0,))[1][[0, 2]], [1.0, 0.0])


def test_shapes_broadcast_and_single_precision():
    a, x = np.array([[0.7], [2.0], [5.0]]), np.array([0.2, 1.0, 7.0])
    for method in ("logpdf", "cdf", "ppf"):
        y = x if method != "ppf" else x / 10
        value, t = dd.jvp(lambda a, method=method, y=y: getattr(stats.gamma, method)(y, a), (a,), (np.ones((3, 1)),))
        assert np.array_equal(value, getattr(scipy.stats.gamma, method)(y, a))
        (expected,) = differences(lambda a, method=method, y=y: getattr(scipy.stats.gamma, method)(y, a), [a], [np.ones((3, 1))], h=2.0**-9)
        close(t, expected, 1e-7)
    y = x.astype(np.float32)
    value, t = dd.jvp(lambda y: stats.norm.logpdf(y), (y,), (y,))
    assert value.dtype == scipy.stats.norm.logpdf(y).dtype == t.dtype


def test_singular_ends():
    x = np.array([1e-6, 0.4, 0.999, 0.999999])
    p = np.array([0.3, 0.2])
    found = dd.jacobian(lambda p: stats.beta.cdf(x, p[0], p[1]))(p)
    mpmath = pytest.importorskip("mpmath")
    mp = mpmath.mp
    with mp.workdps(30):
        exact = [[mp.diff(lambda *q: mp.betainc(*q, 0, mp.mpf(e), regularized=True), tuple(map(mp.mpf, p)), n) for n in ((1, 0), (0, 1))] for e in x]
    np.testing.assert_allclose(found, np.array(exact, float), rtol=1e-8)
    total = dd.derivative(lambda b: stats.beta.mean(2.0, b))(0.3)
    assert total == pytest.approx(-2.0 / 2.3**2, rel=1e-8)


def test_frozen_distributions_are_scipys():
    ours, theirs = stats.gamma(2.0, scale=1.5), scipy.stats.gamma(2.0, scale=1.5)
    assert isinstance(ours, type(theirs)) and isinstance(stats.gamma, scipy.stats.rv_continuous) and isinstance(stats.poisson, scipy.stats.rv_discrete)
    assert ours.args == theirs.args and ours.kwds == theirs.kwds and ours.dist is stats.gamma
    assert np.array_equal(ours.rvs(5, random_state=3), theirs.rvs(5, random_state=3))
    assert ours.stats("mvsk") == theirs.stats("mvsk") and ours.support() == theirs.support() and ours.interval(0.9) == theirs.interval(0.9)
    assert pickle.loads(pickle.dumps(ours)).cdf(1.0) == theirs.cdf(1.0) and pickle.loads(pickle.dumps(stats.norm)).cdf(1.0) == stats.norm.cdf(1.0)
    assert stats.norm.fit([1.0, 2.0, 3.0]) == scipy.stats.norm.fit([1.0, 2.0, 3.0])
    assert stats.norm.name == "norm" and stats.gamma.numargs == 1 and stats.gamma.shapes is not None
    assert ours.expect(lambda x: x) == theirs.expect(lambda x: x)
    assert dd.derivative(lambda s: stats.gamma(2.0, scale=s).logpdf(1.0))(1.5) == pytest.approx(-2 / 1.5 + 1 / 1.5**2)


def test_samples_move_with_the_parameters():
    def sample(a, s):
        return stats.gamma.rvs(a, scale=s, size=20, random_state=7)

    value, t = dd.jvp(lambda s: sample(2.5, s), (1.5,), (1.0,))
    assert np.array_equal(value, scipy.stats.gamma.rvs(2.5, scale=1.5, size=20, random_state=7))
    close(t, value / 1.5, 1e-12)
    value, t = dd.jvp(lambda a: sample(a, 1.5), (2.5,), (1.0,))
    y = value / 1.5
    slope = dd.jvp(lambda a: scipy.special.gammainc(a, y), (2.5,), (1.0,))[1]
    close(t, -1.5 * slope / scipy.stats.gamma.pdf(y, 2.5), 1e-7)
    grad = dd.grad(lambda p: np.mean(stats.norm(p[0], p[1]).rvs(1000, random_state=np.random.default_rng(0)) ** 2))(np.array([0.5, 2.0]))
    assert grad[0] == pytest.approx(1.0, abs=0.3) and grad[1] == pytest.approx(4.0, abs=0.5)


def test_expect_and_nnlf():
    found = dd.derivative(lambda a: stats.gamma(a).expect(lambda x: x * x))(2.0)
    assert found == pytest.approx(5.0, rel=1e-8)
    x = np.array([0.3, 1.0, 2.2])
    gradient = dd.grad(lambda p: stats.gamma.nnlf((p[0], 0.0, p[1]), x))(np.array([2.0, 1.5]))
    (d,) = differences(lambda p: scipy.stats.gamma.nnlf((p[0], 0.0, p[1]), x), [np.array([2.0, 1.5])], [np.array([1.0, 0.0])])
    assert gradient[0] == pytest.approx(float(d))


def test_a_likelihood_in_every_mode():
    x = np.random.default_rng(0).gamma(2.0, 1.5, 40)

    def loss(p):
        return -np.sum(stats.gamma.logpdf(x, p["a"], scale=p["scale"]))

    p = {"a": 2.2, "scale": 1.3}
    forward, reverse = (dd.grad(loss, mode=mode)(p) for mode in ("forward", "reverse"))
    assert forward["a"] == pytest.approx(reverse["a"]) and forward["scale"] == pytest.approx(reverse["scale"])
    for cdf in (lambda v: np.sum(stats.t.cdf(x, v[0], v[1], v[2])), lambda v: np.sum(stats.beta.cdf(x / 20, v[0] / 2, v[1] + 1)) + v[2]):
        v = np.array([3.0, 0.5, 2.0])
        (expected,) = differences(dd.grad(cdf), [v], [np.ones(3)])
        close(dd.hessian(cdf)(v) @ np.ones(3), expected, 1e-6)


# ---- discrete ---------------------------------------------------------------------------------------------

REAL = {"p", "a", "b", "mu", "mu1", "mu2", "lambda_", "alpha", "odds"}
DISCRETE = {}
for _name, _args in distdiscrete:
    if isinstance(_name, str) and hasattr(scipy.stats, _name):
        DISCRETE.setdefault(_name, _args)


def real_places(name):
    shapes = getattr(scipy.stats, name).shapes
    names = [s.strip() for s in shapes.split(",")] if shapes else []
    return [i for i, n in enumerate(names) if n in REAL or (name, n) == ("nbinom", "n")]


@pytest.mark.parametrize("name", [n for n in DISCRETE if real_places(n)])
def test_discrete(name):
    held = {i for i in range(len(DISCRETE[name])) if i not in real_places(name)}
    args = [e if i in held else np.array(e, float)[()] for i, e in enumerate(DISCRETE[name])]
    dist = getattr(scipy.stats, name)
    k = np.unique(dist.ppf(np.array([0.3, 0.6, 0.8]), *args))
    k = k[dist.sf(k, *args) > 0]
    for method in ("logpmf", "pmf", "cdf", "sf", "logcdf", "logsf", "mean", "var", "entropy"):
        lead = [k] if method not in ("mean", "var", "entropy") else []
        f, primals, vs, t = along(lambda m, *a, method=method, lead=lead: getattr(getattr(m, name), method)(*lead, *a),
                                  args, held, rtol=1e-6, h=2.0**-8, steps=dict.fromkeys(range(4), 0.05))  # fmt: skip
        if method in ("logpmf", "cdf"):
            adjoint(f, primals, vs, t)
    found = getattr(stats, name)(*args)
    assert isinstance(found, type(dist(*args))) and np.array_equal(found.rvs(3, random_state=0), dist(*args).rvs(3, random_state=0))


def test_discrete_steps_and_refusals():
    assert dd.derivative(lambda p: stats.binom.ppf(0.4, 9, p) + 0 * p)(0.3) == 0
    assert stats.poisson.ppf(0.4, 3.0) == scipy.stats.poisson.ppf(0.4, 3.0)
    with pytest.raises(UnsupportedError, match="integers"):
        dd.derivative(lambda k: stats.poisson.logpmf(k, 3.0))(2.0)
    with pytest.raises(UnsupportedError, match="samples"):
        dd.derivative(lambda mu: stats.poisson.rvs(mu, random_state=0))(2.0)
    with pytest.raises(UnsupportedError):
        dd.derivative(lambda n: stats.hypergeom.pmf(2, 20, n, 12))(7.0)
    assert dd.derivative(lambda mu: stats.poisson(mu).logpmf(4))(3.0) == pytest.approx(4 / 3 - 1)
    (expected,) = differences(lambda p: scipy.stats.geom.logsf(40, p), [0.3], [1.0])
    assert dd.derivative(lambda p: stats.geom.logsf(40, p))(0.3) == pytest.approx(float(expected), rel=1e-8)


# ---- estimates -----------------------------------------------------------------------------------------------

FITTED = scipy.stats.gamma.rvs(2.3, scale=1.4, size=40, random_state=1)
FITS = {
    "norm": {}, "norm, loc held": {"floc": 1.0}, "expon": {"floc": 0}, "lognorm": {"floc": 0}, "gumbel_r": {}, "logistic": {}, "gamma": {"floc": 0},
    "gamma, shape held": {"f0": 2.0, "floc": 0}, "beta": {"floc": 0, "fscale": 30, "optimizer": "exactly"},
}  # fmt: skip


def exactly(loss, start, args, disp):
    return scipy.optimize.fmin(loss, start, args=args, disp=0, xtol=1e-10, ftol=1e-13)


@pytest.mark.parametrize("name", FITS)
def test_fit_by_its_data(name):
    options = {key: exactly if x == "exactly" else x for key, x in FITS[name].items()}
    fit = lambda m: lambda x: np.stack([*getattr(m, name.split(",")[0]).fit(x, **options)])  # noqa: E731
    x, v = FITTED, np.random.default_rng(0).standard_normal(40)
    value, t = dd.jvp(fit(stats), (x,), (v,))
    assert np.array_equal(value, fit(scipy.stats)(x)) and np.array_equal(fit(stats)(x), value)
    (expected,) = differences(fit(scipy.stats), [x], [v], h=2.0**-10)
    close(t, expected, 1e-5)
    w = np.arange(1.0, len(t) + 1)
    assert np.sum(dd.vjp(fit(stats), x)[1](w) * v) == pytest.approx(np.sum(w * t), rel=1e-9)


def test_the_second_derivative_of_a_fit():
    v = np.random.default_rng(0).standard_normal(40)
    found = dd.hvp(lambda x: stats.norm.fit(x)[1], (FITTED,), (v,))
    close(found, dd.hvp(lambda x: np.std(x), (FITTED,), (v,)), 1e-8)


@pytest.mark.parametrize("call", [lambda x: stats.expon.fit(x), lambda x: stats.uniform.fit(x), lambda x: stats.norm.fit(x, method="MM")])
def test_an_estimate_that_is_no_zero_of_the_score_is_refused(call):
    with pytest.raises(UnsupportedError, match=r"fit of duals"):
        dd.jvp(lambda x: call(x)[1], (FITTED,), (FITTED,))


def test_expect_has_scipys_value_and_takes_functions_that_close_over_duals():
    f = lambda m: lambda a: m.gamma(a).expect(lambda x: x**2)  # noqa: E731
    assert dd.jvp(f(stats), (2.1,), (1.0,))[0] == f(scipy.stats)(2.1)
    assert dd.derivative(lambda p: stats.norm.expect(lambda x: np.exp(p * x)))(0.3) == pytest.approx(0.3 * np.exp(0.045))
    found = dd.derivative(lambda p: stats.norm.expect(lambda x: x * p, loc=p, lb=-1, ub=2))(0.3)
    (expected,) = differences(lambda p: scipy.stats.norm.expect(lambda x: x * p, loc=p, lb=-1, ub=2), [0.3], [1.0], h=2.0**-9)
    assert found == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("method", ["vasicek", "van es", "ebrahimi", "correa"])
def test_differential_entropy(method):
    f = lambda m: lambda x: m.differential_entropy(x, method=method, window_length=3)  # noqa: E731
    v = np.random.default_rng(0).standard_normal(40)
    (expected,) = differences(f(scipy.stats), [FITTED], [v], h=2.0**-16)
    assert dd.jvp(f(stats), (FITTED,), (v,))[1] == pytest.approx(expected, rel=1e-6)


def test_a_composition_that_is_not_scipys_is_refused():
    from dualdiff.scipy.stats.descriptive import with_values

    def f(x):
        with pytest.raises(UnsupportedError, match="does not give the value"):
            with_values(np.mean(x), np.mean(FITTED) + 0.1, "scipy.stats.mean")
        return x

    dd.jvp(f, (FITTED,), (FITTED,))


# ---- histograms ----------------------------------------------------------------------------------------------


def histogram(m):
    return m.rv_histogram(np.histogram(FITTED, 6))


@pytest.mark.parametrize("name", ["cdf", "sf", "logcdf", "logsf", "ppf", "isf"])
def test_histogram(name):
    x = np.array([0.13, 0.37, 0.71]) if name in ("ppf", "isf") else np.array([1.7, 3.1, 4.4])
    f = lambda m: lambda x, loc, s: getattr(histogram(m), name)(x, loc, s)  # noqa: E731
    primals, vs = [x, 0.1, 1.3], [np.array([1.0, -0.4, 0.7]), 0.3, 0.2]
    value, t = dd.jvp(f(stats), tuple(primals), tuple(vs))
    assert np.array_equal(value, f(scipy.stats)(*primals))
    (expected,) = differences(f(scipy.stats), primals, vs, h=2.0**-14)
    close(t, expected, 1e-6)


def test_a_histogram_is_scipys():
    made, theirs = histogram(stats), histogram(scipy.stats)
    assert isinstance(made, scipy.stats.rv_histogram) and isinstance(made, stats.rv_histogram) and made.mean() == theirs.mean()
    assert issubclass(stats.rv_histogram, scipy.stats.rv_histogram) and pickle.loads(pickle.dumps(made)).cdf(2.0) == theirs.cdf(2.0)
    with pytest.raises(UnsupportedError, match="density"):
        dd.derivative(made.pdf)(2.0)
    with pytest.raises(UnsupportedError, match="rv_histogram of duals"):
        dd.derivative(lambda x: stats.rv_histogram(([1, 2], [0.0, x, 2.0])).cdf(0.3))(1.0)


# ---- mixtures ------------------------------------------------------------------------------------------------

MIXED = np.array([-0.5, 0.8, 1.2, 0.3])


def mixture(m, p):
    weights = np.stack([p[3], 1 - p[3]])
    return m.Mixture([m.Normal(mu=p[0], sigma=p[1]), m.Normal(mu=1.0, sigma=p[2])], weights=weights)


@pytest.mark.parametrize("name", ["pdf", "cdf", "ccdf", "logpdf", "logcdf", "logccdf", "mean", "variance", "standard_deviation"])
def test_mixture(name):
    needs(scipy.stats, "Mixture")
    xs = [] if name in ("mean", "variance", "standard_deviation") else [np.array([-1.0, 0.3, 2.0, 9.0])]
    f = lambda m: lambda p, *x: getattr(mixture(m, p), name)(*x)  # noqa: E731
    primals, vs = [MIXED, *xs], [np.array([0.3, -0.4, 0.2, 0.1]), *map(np.ones_like, xs)]
    value, t = dd.jvp(f(stats), tuple(primals), tuple(vs))
    assert np.array_equal(value, f(scipy.stats)(*primals)) and np.array_equal(f(stats)(*primals), value)
    (expected,) = differences(f(scipy.stats), primals, vs, h=2.0**-10)
    close(t, expected, 1e-7)
    w = np.arange(1.0, np.size(t) + 1).reshape(np.shape(t))
    back = dd.grad(lambda *a: np.sum(w * f(stats)(*a)), argnums=tuple(range(len(primals))), mode="reverse")(*primals)
    assert sum(np.sum(b * v) for b, v in zip(back, vs, strict=True)) == pytest.approx(np.sum(w * t), rel=1e-10)


def test_mixture_is_scipys():
    needs(scipy.stats, "Mixture")
    made, theirs = mixture(stats, MIXED), mixture(scipy.stats, MIXED)
    assert isinstance(made, scipy.stats.Mixture) and made.icdf(0.3) == theirs.icdf(0.3) and made.support() == theirs.support()
    assert repr(made) == repr(theirs) and str(made) == str(theirs)
    flat = stats.Mixture([stats.Uniform(a=0.0, b=1.0), stats.Uniform(a=0.0, b=2.0)])    # SciPy's Normal does not pickle
    assert pickle.loads(pickle.dumps(flat)).pdf(0.3) == flat.pdf(0.3) == 0.75
    for call in (lambda q: made.icdf(q), lambda q: mixture(stats, MIXED * q).skewness()):
        with pytest.raises(UnsupportedError, match="Mixture with duals"):
            dd.derivative(call)(0.3)


# ---- the ends of the support ------------------------------------------------------------------------------------

AT_ENDS = {
    "gamma": (3.0,), "beta": (2.5, 3.0), "weibull_min": (2.2,), "lognorm": (0.7,), "chi2": (5.0,), "f": (5.0, 7.0), "invgamma": (2.0,), "fisk": (2.5,),
    "nakagami": (1.7,), "rayleigh": (), "invgauss": (1.3,), "ncx2": (4.0, 1.0), "johnsonsb": (1.0, 2.0), "burr12": (2.0, 3.0),
}  # fmt: skip


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("kind", ["pdf", "cdf", "sf", "logsf"])
@pytest.mark.parametrize("name", AT_ENDS)
def test_at_an_end_of_the_support(name, kind, mode):
    """A point that stays at an end has a constant density of 0, and probability; beside it others are what they are."""
    shapes, at = np.array(AT_ENDS[name]), np.array([0.2, 0.5])
    method, theirs = (getattr(getattr(m, name), kind) for m in (stats, scipy.stats))
    f = lambda p, x: method(x + 0.2, *p[:-1], 0.2, p[-1])  # noqa: E731
    p = np.append(shapes, 1.3)
    wide = np.append(0.0, at)
    value, found = dd.value_and_jacobian(lambda p: f(p, wide), mode=mode)(p)
    assert np.array_equal(value, theirs(wide + 0.2, *shapes, 0.2, 1.3))
    assert np.array_equal(found[0], np.zeros(len(p)))
    close(found[1:], dd.jacobian(lambda p: f(p, at), mode=mode)(p), 1e-9)    # integrals in other panels
    if name in ("beta", "johnsonsb"):    # the other end stays where it is as long as the scale does
        by = lambda s: method(1.0, *s)  # noqa: E731
        assert np.array_equal(dd.grad(by, mode=mode)(shapes), np.zeros(len(shapes)))


def test_a_density_that_is_not_0_at_the_end():
    assert dd.derivative(lambda s: stats.expon.pdf(0.0, scale=s))(2.0) == -0.25
    assert np.isclose(dd.derivative(lambda b: stats.beta.pdf(0.0, 1.0, b))(3.0), 1.0)
    assert np.isclose(dd.derivative(lambda x: stats.expon.cdf(x))(0.0), 1.0)


# ---- several variables ----------------------------------------------------------------------------------------

S = np.array([[2.0, 0.3], [0.3, 1.0]])
MU = np.array([0.1, 0.2])
PTS = np.array([[0.3, 0.4], [1.0, 2.0], [0.0, -1.0]])
W = np.array([[3.0, 0.5], [0.5, 2.0]])
X23 = np.arange(6.0).reshape(2, 3) / 3
DATA = np.random.default_rng(0).standard_normal((2, 9))


def sym(s):
    return (s + np.swapaxes(s, -1, -2)) / 2


def rescaled(kde, share):
    kde.set_bandwidth(kde.factor * share)
    return kde


MULTIVARIATE = {
    **{f"multivariate_normal.{k}": (lambda m, x, mu, s, k=k: getattr(m.multivariate_normal, k)(x, mu, sym(s)), PTS, MU, S) for k in ("logpdf", "pdf")},
    "normal of one": (lambda m, x, mu, s: m.multivariate_normal.logpdf(x, mu, s), np.array([0.3, 0.4]), 0.2, 2.0),
    "normal, diagonal, frozen": (lambda m, x, s: m.multivariate_normal(np.zeros(2), s).logpdf(x), PTS, np.array([1.0, 2.0])),
    "normal, one point": (lambda m, x: m.multivariate_normal(MU, S).logpdf(x), MU + 0.4),
    "normal sample": (lambda m, mu: m.multivariate_normal(mu, S).rvs(4, random_state=np.random.RandomState(0)), MU),
    "normal entropy": (lambda m, s: m.multivariate_normal.entropy(MU, sym(s)), S),
    "multivariate_t": (lambda m, x, mu, s, df: m.multivariate_t.logpdf(x, mu, sym(s), df), PTS, MU, S, 3.5),
    "t, frozen": (lambda m, mu, df: m.multivariate_t(mu, S, df=df).pdf(PTS), MU, 3.5),
    "t entropy": (lambda m, s, df: m.multivariate_t.entropy(MU, sym(s), df), S, 3.5),
    "dirichlet": (lambda m, x, a: m.dirichlet.logpdf(x, a), np.array([0.2, 0.3]), np.array([0.4, 2.0, 3.0])),
    **{f"dirichlet.{k}": (lambda m, a, k=k: getattr(m.dirichlet, k)(a), np.array([0.4, 2.0, 3.0])) for k in ("mean", "var", "entropy")},
    "wishart": (lambda m, x, df, s: m.wishart.logpdf(sym(x), df, sym(s)), W, 4.5, S),
    "invwishart": (lambda m, x, df, s: m.invwishart.logpdf(sym(x), df, sym(s)), W, 4.5, S),
    "wishart entropy": (lambda m, df, s: m.wishart.entropy(df, sym(s)), 4.5, S),
    "invwishart entropy": (lambda m, df, s: m.invwishart.entropy(df, sym(s)), 4.5, S),
    "matrix_normal": (lambda m, x, mean, s: m.matrix_normal.logpdf(x, mean, sym(s), np.eye(3) + 0.1), X23, X23 * 0.2, S),
    "matrix_normal entropy": (lambda m, s: m.matrix_normal.entropy(sym(s), np.eye(3)), S),
    "multinomial": (lambda m, p: m.multinomial.logpmf([1, 2, 2], 5, p / np.sum(p)), np.array([0.2, 0.3, 0.5])),
    "dirichlet_multinomial": (lambda m, a: m.dirichlet_multinomial.logpmf([1, 2, 2], a, 5), np.array([0.2, 0.3, 0.5])),
    "vonmises_fisher": (lambda m, k: m.vonmises_fisher.logpdf([0.0, 0, 1], [0.0, 0.6, 0.8], k), 2.0),
    **{f"gaussian_kde.{k}": (lambda m, d, p, k=k: getattr(m.gaussian_kde(d), k)(p), DATA, np.array([[0.1, 0.4], [0.3, 0.2]])) for k in ("logpdf", "pdf", "evaluate", "__call__")},
    "gaussian_kde weights": (lambda m, d, w, b: m.gaussian_kde(d, b, w).logpdf(MU), DATA, np.linspace(0.2, 1, 9), 0.4),
    "gaussian_kde silverman": (lambda m, d: m.gaussian_kde(d, "silverman")(MU), DATA),
    "gaussian_kde callable": (lambda m, d, b: m.gaussian_kde(d, lambda k: k.scotts_factor() * b)(MU), DATA, 0.7),
    "gaussian_kde plain data": (lambda m, b: m.gaussian_kde(DATA, lambda k: k.silverman_factor() * b)(MU), 0.7),
    "gaussian_kde constant": (lambda m, b: m.gaussian_kde(DATA, lambda k: b).logpdf(MU), 0.7),
    "gaussian_kde rescaled": (lambda m, d, b: rescaled(m.gaussian_kde(d), b).logpdf(MU), DATA, 0.7),
    "gaussian_kde rescaled, plain": (lambda m, b: rescaled(m.gaussian_kde(DATA), b).logpdf(MU), 0.7),
    "gaussian_kde gaussian": (lambda m, d, b, c: m.gaussian_kde(d, b).integrate_gaussian(c, np.eye(2) * b), DATA, 0.7, MU),
    "gaussian_kde gaussian, plain": (lambda m, c: m.gaussian_kde(DATA).integrate_gaussian(c, S), MU),
    "gaussian_kde kde": (lambda m, d, e: m.gaussian_kde(d).integrate_kde(m.gaussian_kde(e, 0.5)), DATA, DATA[:, :6] + 0.1),
    "gaussian_kde kde, left": (lambda m, d: m.gaussian_kde(d).integrate_kde(m.gaussian_kde(DATA[:, :6])), DATA),
    "gaussian_kde kde, right": (lambda m, e: m.gaussian_kde(DATA).integrate_kde(m.gaussian_kde(e)), DATA[:, :6]),
    "gaussian_kde marginal": (lambda m, d, b: m.gaussian_kde(d, b).marginal(1)(MU), DATA, 0.7),
    "gaussian_kde covariance": (lambda m, d, b: m.gaussian_kde(d, b).covariance, DATA, 0.7),
    "gaussian_kde inv_cov": (lambda m, d, b: m.gaussian_kde(d, b).inv_cov, DATA, 0.7),
    **{f"gaussian_kde {k}": (lambda m, w, k=k: np.asanyarray(getattr(m.gaussian_kde(DATA, "silverman", w), k)), np.linspace(0.2, 1, 9)) for k in ("neff", "factor")},
    "gaussian_kde box": (lambda m, d, a, b: m.gaussian_kde(d).integrate_box_1d(a, b), DATA[0], 0.1, 1.2),
}  # fmt: skip


@pytest.mark.parametrize("name", MULTIVARIATE)
def test_multivariate(name):
    call, *args = MULTIVARIATE[name]
    f, primals, vs, t = along(call, args, set(), rtol=1e-7, h=2.0**-8, steps=dict.fromkeys(range(4), 0.1))
    adjoint(f, primals, vs, t)
    if name.startswith("gaussian_kde") and name != "gaussian_kde weights":
        return
    total = lambda *xs: np.sum(f(*xs))  # noqa: E731
    gradient = dd.grad(total, argnums=tuple(range(len(primals))))
    expected = differences(gradient, primals, vs, h=2.0**-9)
    found = dd.hvp(total, tuple(primals), tuple(vs))
    for a, b in zip(found if len(primals) > 1 else (found,), expected, strict=True):
        close(a, b, 1e-5)


SECOND = {
    **{f"trapezoid.{k}": (lambda c, d, k=k: getattr(stats.trapezoid, k)(np.array([0.1, 0.5, 0.9]), c, d), (0.2, 0.8)) for k in ("cdf", "logsf", "ppf")},
    **{f"trapezoid.{k}": (lambda c, d, k=k: getattr(stats.trapezoid, k)(c, d), (0.2, 0.8)) for k in ("mean", "var")},
    **{f"skellam.{k}": (lambda a, b, k=k: getattr(stats.skellam, k)(np.array([0, 3, 9]), a, b), (15.0, 8.0)) for k in ("cdf", "logsf", "logpmf")},
    **{f"skellam.{k}": (lambda a, b, k=k: getattr(stats.skellam, k)(a, b), (15.0, 8.0)) for k in ("mean", "var", "entropy")},
    "gennorm.logcdf": (lambda b, s: stats.gennorm.logcdf(np.array([-3.0, 0.2, 2.0]), b, scale=s), (1.3, 1.1)),
}  # fmt: skip


@pytest.mark.parametrize("name", SECOND)
def test_second_derivatives_by_shapes(name):
    """Where a kink of the density moves with a shape, and where terms of a sum underflow."""
    call, at = SECOND[name]
    x, weights = np.array(at), np.array([1.0, -0.7, 0.4])

    def f(p):
        found = call(p[0], p[1])
        return np.sum(found * weights) if np.ndim(found) else found

    v = np.array([0.3, -0.5])
    (expected,) = differences(dd.grad(f), [x], [v], h=2.0**-8, levels=2)
    np.testing.assert_allclose(dd.hvp(f, (x,), (v,)), expected, rtol=1e-5, atol=1e-8)


KINKED = {
    "call": (lambda x: np.maximum(x - 1.0, 0.0), lambda m, s: (m - 1) * stats.norm.cdf((m - 1) / s) + s * stats.norm.pdf((m - 1) / s)),
    "indicator": (lambda x: np.where(x > 1.0, 1.0, 0.0), lambda m, s: stats.norm.sf(1.0, m, s)),
    "size": (np.abs, lambda m, s: s * np.sqrt(2 / np.pi) * np.exp(-m * m / (2 * s * s)) + m * (1 - 2 * stats.norm.cdf(-m / s))),
}  # fmt: skip


@pytest.mark.parametrize("name", KINKED)
def test_the_mean_of_a_function_with_kinks(name):
    """The density moves over them: their second derivatives, and first ones of steps, are not lost."""
    function, closed = KINKED[name]
    x, v = np.array([0.2, 1.1]), np.array([1.0, 0.6])
    f, g = (lambda p: stats.norm.expect(function, loc=p[0], scale=p[1])), (lambda p: closed(p[0], p[1]))
    np.testing.assert_allclose(dd.grad(f)(x), dd.grad(g)(x), rtol=1e-6)
    np.testing.assert_allclose(dd.hvp(f, (x,), (v,)), dd.hvp(g, (x,), (v,)), rtol=1e-6)


def of_beta(p):
    """The mean of x^2 under beta(a, b) at loc, scale."""
    a, b, loc, scale = p
    mean = loc + scale * a / (a + b)
    return mean**2 + scale**2 * a * b / (a + b) ** 2 / (a + b + 1)


@pytest.mark.parametrize("shapes", [(0.3, 0.4), (0.15, 0.2), (2.5, 0.7), (1.5, 3.0)])
def test_expectations_where_the_density_is_singular_at_an_end(shapes):
    x = np.array([*shapes, 0.2, 1.3])
    f = lambda p: stats.beta.expect(lambda y: y * y, args=(p[0], p[1]), loc=p[2], scale=p[3])  # noqa: E731
    close(f(x), of_beta(x), 1e-6)
    for mode in ("forward", "reverse"):
        close(dd.grad(f, mode=mode)(x), dd.grad(of_beta)(x), 1e-9)
    close(dd.hessian(f)(x), dd.hessian(of_beta)(x), 1e-6)


EXPECTED = {    # (expectation by a number, its derivative there)
    "closure": (lambda p: stats.beta.expect(lambda x: x**p, args=(0.5, 0.5)), 0.7,
                lambda p: scipy.special.beta(p + 0.5, 0.5) / np.pi * (scipy.special.psi(p + 0.5) - scipy.special.psi(p + 1))),
    "frozen": (lambda a: stats.beta(a, 1.0).expect(), 0.5, lambda a: 1 / (a + 1) ** 2),
    "arcsine": (lambda p: stats.arcsine.expect(lambda x: x, loc=p), 0.7, lambda p: 1.0),
    "rdist": (lambda c: stats.rdist.expect(lambda x: x * x, args=(c,)), 0.7, lambda c: -1 / (c + 1) ** 2),
    "gamma": (lambda p: stats.gamma.expect(lambda x: x * x, args=(0.4,), loc=p), 0.5, lambda p: 2 * (0.4 + p)),
    "weibull": (lambda p: stats.weibull_min.expect(lambda x: x, args=(0.3,), loc=p), 0.5, lambda p: 1.0),
    "step": (lambda p: stats.uniform.expect(lambda x: np.where(x > 0.7, 1.0, 0.0), loc=p), 0.5, lambda p: 1.0),
    "step beside an end": (lambda p: stats.expon.expect(lambda x: np.where(x > 1.3, 1.0, 0.0), loc=p), 0.5, lambda p: np.exp(p - 1.3)),
    "limit": (lambda p: stats.norm.expect(lambda x: x**2, lb=p), 0.7, lambda p: -p * p * scipy.stats.norm.pdf(p)),
    "conditional": (lambda p: stats.expon.expect(lambda x: x, lb=p, conditional=True), 0.7, lambda p: 1.0),
    "conditional on both": (lambda p: stats.uniform.expect(lambda x: x, lb=0.1, ub=p, conditional=True), 0.7, lambda p: 0.5),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
def test_expectations(name):
    f, p, slope = EXPECTED[name]
    value, d = dd.jvp(f, (p,), (1.0,))
    assert value == f(p)
    close(d, slope(p), 1e-8)
    close(dd.grad(lambda q: f(q[0]), mode="reverse")(np.array([p]))[0], slope(p), 1e-8)


def test_the_second_derivative_of_an_expectation_over_a_kink():
    close(dd.derivative(dd.derivative(lambda p: stats.uniform.expect(lambda x: abs(x - 0.7), loc=p)))(0.5), 2.0, 1e-9)


SQUARE = np.polynomial.legendre.leggauss(80)
COV3 = np.array([[2.0, 0.3, 0.5], [0.3, 1.0, -0.2], [0.5, -0.2, 1.5]])


def normal_probability(x, mu, cov, low=None):
    """The probability of a box by Gauss and Legendre in each variable; SciPy's own has seven digits."""
    mu, cov = np.asarray(mu, float), sym(np.asarray(cov, float))
    low = np.full(len(mu), -np.inf) if low is None else low
    root = np.sqrt(np.diag(cov))
    a, b = np.maximum(low, mu - 9 * root), np.minimum(x, mu + 9 * root)
    grids = [(hi - lo) / 2 * SQUARE[0] + (hi + lo) / 2 for lo, hi in zip(a, b, strict=True)]
    total = np.asarray(scipy.stats.multivariate_normal.pdf(np.stack(np.meshgrid(*grids, indexing="ij"), -1), mu, cov))
    for lo, hi in zip(a[::-1], b[::-1], strict=True):
        total = total @ ((hi - lo) / 2 * SQUARE[1])
    return total


CDF = {
    "one": (lambda f, x, mu, s: f(x, mu, s), np.array([0.3]), MU[:1], S[:1, :1]),
    "two": (lambda f, x, mu, s: f(x, mu, s), np.array([0.3, -0.2]), MU, S),
    "three": (lambda f, x, mu, s: f(x, mu, s), np.array([0.3, -0.2, 0.9]), np.array([0.1, 0.2, -0.1]), COV3),
    "box": (lambda f, x, low, s: f(x, MU, s, low), np.array([0.3, 1.2]), np.array([-1.0, -1.5]), S),
    "strip": (lambda f, x, low: f(np.append(x, np.inf), MU, S, np.append(low, -np.inf)), np.array([0.8]), np.array([-1.0])),
    "tail": (lambda f, x, s: f(x, MU, s), np.array([-4.0, -3.0]), S),
}  # fmt: skip


@pytest.mark.parametrize("name", CDF)
def test_normal_probability(name):
    """The derivatives are exact, though SciPy's value is an estimate."""
    call, *args = CDF[name]
    vs = [0.3 + 0.1 * np.random.default_rng(5).standard_normal(np.shape(x)) for x in args]

    def ours(*xs):
        return call(lambda x, mu, s, low=None: stats.multivariate_normal.cdf(x, mu, sym(s), lower_limit=low), *xs)

    first, second = (differences(f, args, vs, h=2.0**-6, levels=3) for f in (lambda *xs: call(normal_probability, *xs), dd.grad(ours, argnums=tuple(range(len(args))))))
    value, t = dd.jvp(ours, tuple(args), tuple(vs))
    assert value == pytest.approx(call(normal_probability, *args), abs=1e-4)
    assert t == pytest.approx(first[0], rel=1e-7)
    back = dd.grad(ours, argnums=tuple(range(len(args))), mode="reverse")(*args)
    assert sum(np.sum(b * v) for b, v in zip(back, vs, strict=True)) == pytest.approx(t, rel=1e-10)
    for a, b in zip(dd.hvp(ours, tuple(args), tuple(vs)), second, strict=True):
        close(a, b, 1e-6)


def test_normal_probability_of_many_and_frozen():
    x = np.array([[0.3, -0.2], [0.5, np.inf]])
    frozen = stats.multivariate_normal(MU, S)
    one = dd.jvp(frozen.cdf, (x,), (np.ones((2, 2)),))[1]
    rows = [np.sum(dd.grad(frozen.cdf)(row)) for row in x]
    np.testing.assert_allclose(one, rows, rtol=1e-12)
    p = scipy.stats.multivariate_normal.cdf(x[0], MU, S)
    np.testing.assert_allclose(dd.grad(frozen.logcdf)(x[0]) * p, dd.grad(frozen.cdf)(x[0]), rtol=1e-6)
    held = dd.grad(lambda mu: stats.multivariate_normal(mu, S).cdf(x[0]))(MU)
    np.testing.assert_allclose(held, -dd.grad(frozen.cdf)(x[0]), rtol=1e-10)
    four = np.eye(4) + 0.3
    at, step = np.array([0.2, -0.1, 0.5, 0.3]), 1e-2
    slope = dd.grad(lambda x: stats.multivariate_normal.cdf(x, np.zeros(4), four))(at)[0]
    e = np.eye(4)[0] * step
    apart = [stats.multivariate_normal.cdf(at + s * e, np.zeros(4), four, abseps=1e-7, releps=1e-7) for s in (1, -1)]
    assert slope == pytest.approx((apart[0] - apart[1]) / (2 * step), rel=2e-3)
    with pytest.raises(UnsupportedError, match="singular"):
        dd.grad(lambda x: stats.multivariate_normal.cdf(x, np.zeros(2), np.ones((2, 2)), allow_singular=True))(x[0])


# ---- statistics of samples -----------------------------------------------------------------------------------------

G = np.random.default_rng(0)
A, B, M, C = G.uniform(0.5, 3, 12), G.uniform(0.5, 3, 12), G.uniform(0.5, 3, (9, 5)), G.uniform(0.5, 3, 9)
P = np.array([0.1, 0.3, 0.6])


def numbers(found):
    """The numbers of a result, without counts."""
    if isinstance(found, tuple):
        return tuple(e for part in found for e in (numbers(part) if isinstance(part, tuple) else (part,)) if not isinstance(part, int))
    return found


def simple(name, **options):
    return lambda m, x: numbers(getattr(m, name)(x, **options))


def two(name, **options):
    return lambda m, *xs: tuple(getattr(m, name)(*xs, **options))


STATISTICS = {
    **{f"{name} {axis}": (simple(name, axis=axis), M) for axis in (0, 1, None) for name in (
        "gmean hmean moment skew kurtosis variation sem zscore gzscore gstd iqr median_abs_deviation tmean tvar tstd tsem entropy "
        "circmean circvar circstd").split()},
    **{f"{name} {axis}": (simple(name, axis=axis), M) for axis in (0, None) for name in
       "skewtest kurtosistest normaltest jarque_bera differential_entropy describe power_divergence chisquare lmoment".split()},
    **{name: (simple(name), A) for name in "kstat kstatvar expectile zscore gstd obrientransform".split()},
    **{f"kstat {k}": (lambda m, x, k=k: m.kstat(x, k), A) for k in (1, 2, 3, 4)}, "kstatvar 1": (lambda m, x: m.kstatvar(x, 1), A),
    "pmean": (lambda m, x, p: m.pmean(x, p), A, 2.5), "gmean weights": (lambda m, x, w: m.gmean(x, weights=w), A, B),
    "hmean weights": (lambda m, x, w: m.hmean(x, weights=w), A, B), "moment 3": (lambda m, x: m.moment(x, 3), A),
    "moment list": (lambda m, x: m.moment(x, [2, 3]), A), "moment centre": (lambda m, x: m.moment(x, 3, center=1.0), A),
    "skew unbiased": (lambda m, x: m.skew(x, bias=False), A), "kurtosis unbiased": (lambda m, x: m.kurtosis(x, bias=False, fisher=False), A),
    "zmap": (lambda m, x, y: m.zmap(x, y), A, B), "entropy of two": (lambda m, x, y: m.entropy(x, y, base=2), A, B),
    "iqr normal": (lambda m, x: m.iqr(x, rng=(20, 70), scale="normal"), A), "mad normal": (lambda m, x: m.median_abs_deviation(x, scale="normal"), A),
    "trim_mean": (lambda m, x: m.trim_mean(x, 0.1), A), "tmean limits": (lambda m, x: m.tmean(x, (0.7, 2.5)), A),
    "tmin": (lambda m, x: m.tmin(x, 0.7), A), "tmax": (lambda m, x: m.tmax(x, 2.5), A), "trimboth": (lambda m, x: m.trimboth(x, 0.1), A),
    "trimboth columns": (lambda m, x: m.trimboth(x, 0.2, axis=0), M), "trim1": (lambda m, x: m.trim1(x, 0.2, "left"), A),
    "sigmaclip": (two("sigmaclip", low=1.5, high=1.5), A), "boxcox": (lambda m, x, k: m.boxcox(x, k), A, 0.4),
    "boxcox_llf": (lambda m, k, x: m.boxcox_llf(k, x), 0.4, A), "yeojohnson": (lambda m, x, k: m.yeojohnson(x - 1.5, k), A, 0.4),
    "yeojohnson_llf": (lambda m, k, x: m.yeojohnson_llf(k, x - 1.5), 0.4, A),
    **{name: (two(name), A, B) for name in ("pearsonr", "ttest_ind", "ttest_rel", "linregress", "theilslopes", "siegelslopes", "f_oneway", "obrientransform")},
    "skew keepdims": (lambda m, x: m.skew(x, axis=0, keepdims=True), M), "zscore policy": (lambda m, x: m.zscore(x, nan_policy="omit"), A),
    "kurtosis policy": (lambda m, x: m.kurtosis(x, nan_policy="raise"), A),
    "pearsonr less": (two("pearsonr", alternative="less"), A, B), "siegelslopes separate": (two("siegelslopes", method="separate"), A, B),
    "intercept_stderr": (lambda m, x, y: m.linregress(x, y).intercept_stderr, A, B),
    "linregress by name": (lambda m, x, y: m.linregress(x, y).pvalue, A, B),
    "pointbiserialr": (lambda m, y: tuple(m.pointbiserialr(np.arange(12) % 2, y)), B),
    **{f"ttest_1samp {k}": (two("ttest_1samp", alternative=k), A, 1.2) for k in ("two-sided", "less", "greater")},
    "ttest_ind Welch": (two("ttest_ind", equal_var=False), A, C),
    **{f"ttest_ind_from_stats {k}": (lambda m, a, s, b, u, k=k: tuple(m.ttest_ind_from_stats(a, s, 10, b, u, 12, equal_var=k)), 1.0, 0.5, 1.4, 0.7) for k in (True, False)},
    "f_oneway of three": (two("f_oneway"), A, B, C), "bartlett": (two("bartlett"), A, C),
    **{f"levene {k}": (two("levene", center=k), A, C) for k in ("median", "mean", "trimmed")},
    "alexandergovern": (lambda m, x, y: (lambda z: (z.statistic, z.pvalue))(m.alexandergovern(x, y)), A, C),
    **{f"combine_pvalues {k}": (two("combine_pvalues", method=k), P) for k in ("fisher", "pearson", "stouffer", "tippett", "mudholkar_george")},
    "combine_pvalues weights": (lambda m, p, w: tuple(m.combine_pvalues(p, "stouffer", w)), P, P + 1),
    "false_discovery_control": (lambda m, p: m.false_discovery_control(p), P),
    "power_divergence": (lambda m, x, y: tuple(m.power_divergence(x * 10, y * np.sum(x) / np.sum(y) * 10, lambda_="cressie-read")), A, B),
    "wasserstein_distance": (lambda m, x, y, u, v: m.wasserstein_distance(x, y, u, v), A, C, A * 0.5, C * 0.3),
    "energy_distance": (lambda m, x, y: m.energy_distance(x, y), A, C),
    "expectile weights": (lambda m, x, w: m.expectile(x, 0.7, weights=w), A, B), "scoreatpercentile": (lambda m, x: m.scoreatpercentile(x, 30), A),
    "quantile": (lambda m, x, p: m.quantile(x, p), A, 0.3),
    "quantile, several": (lambda m, x, p: m.quantile(x, p, axis=0, method="hazen"), A, np.array([0.3, 0.72])),
    "quantile, harrell": (lambda m, x, p: m.quantile(x, p, method="harrell-davis"), A, 0.3),
}  # fmt: skip


@pytest.mark.parametrize("name", STATISTICS)
def test_statistic(name):
    if name.startswith("quantile"):
        needs(scipy.stats, "quantile")
    call, *args = STATISTICS[name]
    mixed = np.random.default_rng(3)
    vs = [mixed.standard_normal(np.shape(x)) * 0.3 for x in args]
    vs = [v if np.ndim(v) else float(v) for v in vs]
    value, t = dd.jvp(lambda *xs: call(stats, *xs), tuple(args), tuple(vs))
    for a, b in zip(leaves(value), leaves(call(scipy.stats, *args)), strict=True):
        assert np.array_equal(a, b, equal_nan=True)
    expected = differences(lambda *xs: call(scipy.stats, *xs), args, vs, h=2.0**-10)
    for a, b in zip(leaves(t), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=2e-7 * max(1.0, np.max(np.abs(b))))
    one = lambda *xs: sum(np.sum(e) for e in leaves(call(stats, *xs)))  # noqa: E731
    back = dd.vjp(one, *args)[1](1.0)
    back = back if isinstance(back, tuple) else (back,)
    assert sum(np.sum(b * v) for b, v in zip(back, vs, strict=True)) == pytest.approx(sum(np.sum(e) for e in leaves(t)), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("name", ["spearmanr", "kendalltau", "rankdata", "mannwhitneyu", "wilcoxon", "mode", "cramervonmises", "boxcox_normmax", "bootstrap"])
def test_refused(name):
    with pytest.raises(UnsupportedError, match=name):
        dd.jvp(lambda x: getattr(stats, name)(x, B), (A,), (A,))


def test_every_name_is_there():
    assert [name for name in scipy.stats.__all__ if not hasattr(stats, name)] == []
    assert stats.sem(A) == scipy.stats.sem(A) and type(stats.linregress(A, B)) is type(scipy.stats.linregress(A, B))


# ---- the newer distributions ------------------------------------------------------------------------------------------

@functools.cache
def made(module):
    """The newer gamma distribution, which takes SciPy a fifth of a second to make."""
    return module.make_distribution(module.gamma)


@pytest.mark.parametrize("method", "pdf logpdf cdf logcdf ccdf logccdf icdf iccdf ilogcdf ilogccdf".split())
def test_newer_distributions(method):
    x = 0.3 if "log" not in method or method[0] == "l" else -0.7
    along(lambda m, x, mu, s: getattr(m.Normal(mu=mu, sigma=s), method)(x), [x, 0.2, 1.4], set(), rtol=1e-7, steps={0: 0.1})
    along(lambda m, x, a, b: getattr(m.Uniform(a=a, b=b), method)(x), [x, -0.2, 1.4], set(), rtol=1e-7, steps={0: 0.1})
    if method in ("logpdf", "cdf"):
        along(lambda m, x, a: getattr(made(m)(a=a), method)(x), [x, 1.4], set(), rtol=1e-6, steps={0: 0.1})


def test_newer_distributions_without_arguments():
    for method in "mean median variance standard_deviation skewness kurtosis entropy".split():
        along(lambda m, mu, s, method=method: getattr(m.Normal(mu=mu, sigma=s), method)(), [0.2, 1.4], set(), rtol=1e-7)
    along(lambda m, a: made(m)(a=a).variance(), [1.4], set(), rtol=1e-6)
    along(lambda m, mu, c: (c * m.Normal(mu=mu, sigma=2.0) + mu).logpdf(0.3), [0.1, 0.7], set(), rtol=1e-7)
    along(lambda m, mu, s: m.Normal(mu=mu, sigma=s).sample(3, rng=np.random.default_rng(0)), [0.1, 0.7], set(), rtol=1e-9)
    along(lambda m, x, y, mu: m.Normal(mu=mu, sigma=1.0).cdf(x, y), [0.1, 0.7, 0.2], set(), rtol=1e-7)
    assert isinstance(stats.Normal(mu=0.0, sigma=1.0), scipy.stats.Normal)


SAMPLE, VALUES = np.array([0.3, 1.2, 0.8, 2.1, 0.9, 1.7, 0.4]), np.array([0.1, -0.4, 0.3, 0.2, -0.6, 0.5, 0.2])
TABLE = np.array([[12.0, 7.0, 9.0], [5.0, 14.0, 8.0]])
PLACES = np.stack([SAMPLE, SAMPLE[::-1]], axis=1)


def flat(*parts):
    return np.concatenate([np.reshape(p, (-1,)) for p in parts])


INFERENCE = {
    "bayes_mvs": (lambda m, x: flat(*(e for r in m.bayes_mvs(x) for e in (r.statistic, *r.minmax))), SAMPLE),
    "bayes_mvs many": (lambda m, x: flat(*(e for r in m.bayes_mvs(np.concatenate([x] * 150), 0.5) for e in (r[0], *r[1]))), SAMPLE),
    "mvsdist": (lambda m, x: m.mvsdist(x)[2].ppf(0.3), SAMPLE),
    "chi2_contingency": (lambda m, t: (lambda r: flat(r.statistic, r.pvalue, r.expected_freq))(m.chi2_contingency(t)), TABLE),
    "chi2_contingency 2x2": (lambda m, t: flat(*m.chi2_contingency(t)[:2]), TABLE[:, :2]),
    "chi2_contingency G": (lambda m, t: flat(*m.chi2_contingency(t, lambda_="log-likelihood")[:2]), TABLE),
    "directional_stats": (lambda m, p: (lambda r: flat(r.mean_direction, r.mean_resultant_length))(m.directional_stats(p)), 1 + np.cos(np.arange(12.0)).reshape(4, 3)),
    "probplot": (lambda m, x: (lambda r: flat(*r[0], *r[1]))(m.probplot(x)), SAMPLE),
    "probplot gamma": (lambda m, a: (lambda r: flat(*r[0], *r[1]))(m.probplot(SAMPLE, sparams=(a,), dist="gamma")), 2.0),
    **{f"binned_statistic {s}": (lambda m, v, s=s: m.binned_statistic(SAMPLE, v, s, bins=3).statistic, VALUES) for s in ("mean", "sum", "std", "median", "min", "max")},
    "binned_statistic edges": (lambda m, v: m.binned_statistic(SAMPLE, v, "sum", bins=[0, 1, 1.5]).statistic, VALUES),
    "binned_statistic_2d": (lambda m, v: m.binned_statistic_2d(SAMPLE, SAMPLE[::-1], v, "sum", bins=2).statistic, VALUES),
    "binned_statistic_dd": (lambda m, v: m.binned_statistic_dd(PLACES, np.stack([v, v**2]), "sum", bins=[2, 3], range=[[0, 2], [0, 3]]).statistic, VALUES),
}  # fmt: skip


@pytest.mark.parametrize("name", INFERENCE)
def test_inference(name):
    call, x = INFERENCE[name]
    v = np.random.default_rng(0).standard_normal(np.shape(x))
    value, t = dd.jvp(lambda x: call(stats, x), (x,), (v,))
    assert np.array_equal(value, call(scipy.stats, x))
    (expected,) = differences(lambda x: call(scipy.stats, x), [x], [v], h=2.0**-10)
    close(t, expected, 1e-6)
    w = np.cos(np.arange(np.size(value))).reshape(np.shape(value))
    assert np.sum(dd.vjp(lambda x: call(stats, x), x)[1](w) * v) == pytest.approx(np.sum(w * t), rel=1e-9)
    gradient = dd.grad(lambda x: np.sum(call(stats, x) ** 2))
    (expected,) = differences(gradient, [x], [v], h=2.0**-10)
    close(dd.hvp(lambda x: np.sum(call(stats, x) ** 2), (x,), (v,)), expected, 1e-5)


@pytest.mark.parametrize(("name", "shift"), [("boxcox", 0.0), ("yeojohnson", 1.0)])
def test_a_fitted_transform_moves_with_its_parameter(name, shift):
    """SciPy finds the parameter to 1e-8; in the differences it is found to the end."""
    x, v = SAMPLE - shift, np.cos(np.arange(7.0))
    llf = getattr(scipy.stats, f"{name}_llf")

    def parameter(x):
        found = scipy.optimize.minimize_scalar(lambda m: -llf(m, x), bracket=(0.0, 1.0), tol=1e-12).x
        slope = dd.derivative(lambda m: getattr(stats, f"{name}_llf")(m, x))
        return found - slope(found) / dd.derivative(slope)(found)

    (y, lmbda), (dy, dl) = dd.jvp(lambda x: getattr(stats, name)(x), (x,), (v,))
    expected = getattr(scipy.stats, name)(x)
    assert np.array_equal(y, expected[0]) and lmbda == expected[1]
    (wanted,) = differences(parameter, [x], [v], h=2.0**-10)
    close(dl, wanted, 1e-6)
    (wanted,) = differences(lambda x: getattr(scipy.stats, name)(x, parameter(x)), [x], [v], h=2.0**-10)
    close(dy, wanted, 1e-6)
    close(dd.derivative(lambda t: getattr(stats, f"{name}_normmax")(x + t * v, method="mle"))(0.0), dl, 1e-10)


def test_every_refusal_has_a_reason():
    table = dd.supported("scipy")
    bare = [n for n, row in table.items() if row.status == "refused" and row.note in ("", "it has no derivative here")]
    if tuple(map(int, scipy.__version__.split(".")[:2])) <= (1, 18):        # later ones may have functions that nobody knows yet
        assert bare == []
    ruled = {n for n, row in table.items() if n.startswith("scipy.special.") and "no derivative rule" in row.note}
    assert ruled <= {"scipy.special.sph_harm"}      # SciPy has removed it; its own message names sph_harm_y


def test_moments_may_be_named_by_place():
    """SciPy reads the argument after the scale as the names of the moments."""
    for args in ((2.0, 3.0, 4.0, "mv"), (2.0, 3.0, 4.0, "sk"), (2.0, 3.0, 4.0), (2.0,)):
        assert stats.gamma.stats(*args) == scipy.stats.gamma.stats(*args)
    assert stats.poisson.stats(2.0, 1.0, "mvsk") == scipy.stats.poisson.stats(2.0, 1.0, "mvsk")
    np.testing.assert_allclose(dd.derivative(lambda a: stats.gamma.stats(a, 3.0, 4.0, "v"))(2.0), 16.0)
    np.testing.assert_allclose(dd.derivative(lambda m: stats.poisson.stats(m, 1.0, "m"))(2.0), 1.0)
    np.testing.assert_allclose(dd.jacobian(lambda p: np.stack(stats.binom.stats(5, p)))(0.3), [5.0, 5 * (1 - 0.6)])
    with pytest.raises(UnsupportedError, match="poisson.stats of duals takes moments"):
        dd.derivative(lambda m: stats.poisson.stats(m, moments="s"))(2.0)


@pytest.mark.parametrize("name", ["wishart", "invwishart", "multivariate_normal", "dirichlet", "ortho_group", "matrix_normal"])
def test_distributions_of_vectors_and_matrices_are_pickled(name):
    again = pickle.loads(pickle.dumps(getattr(stats, name)))
    if "wishart" in name:
        assert again.logpdf(np.eye(2), 3, np.eye(2)) == getattr(scipy.stats, name).logpdf(np.eye(2), 3, np.eye(2))
        assert dd.derivative(lambda d: again.logpdf(np.eye(2), d, np.eye(2)))(3.0) != 0


@pytest.mark.skipif(not hasattr(scipy.stats, "make_distribution"), reason="since SciPy 1.15")
def test_a_made_distribution_says_what_it_is():
    made, theirs = (m.make_distribution(m.gamma) for m in (stats, scipy.stats))
    assert str(made(a=2)) == str(theirs(a=2)) and repr(made(a=2)) == repr(theirs(a=2)) and made.__doc__ == theirs.__doc__
