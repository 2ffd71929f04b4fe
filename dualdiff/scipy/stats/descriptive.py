"""Statistics of samples, in NumPy's functions, so that they also take duals.

Each function has SciPy's signature as far as it is listed here, SciPy's value, and the derivative of the composition.  A p-value
has the derivative of its distribution function.
"""

import functools
import inspect

import numpy as np
import scipy.stats as _stats
from scipy import special

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import differentiable

__all__ = ["DESCRIPTIVE"]

DESCRIPTIVE: dict = {}


def statistic(function):
    """Registers a function for duals; SciPy's own answers where there are none, and gives the value."""
    original = getattr(_stats, function.__name__)
    takes = inspect.signature(function)

    @functools.wraps(function)
    def answer(*args, **kwargs):
        if not differentiable(*args, *kwargs.values()):
            return original(*args, **kwargs)
        value = original(*map(plain, args), **{key: plain(x) for key, x in kwargs.items()})
        try:
            bound = takes.bind(*args, **kwargs)
        except TypeError as error:
            raise UnsupportedError(
                f"scipy.stats.{function.__name__} of duals takes {takes}; {error}. Other options have no derivative here"
            ) from None
        bound.apply_defaults()
        given = {key: as_operand(x) if key not in ("axis", "ddof") else x for key, x in bound.arguments.items()}
        with np.errstate(all="ignore"):
            found = function(**given)
        return with_values(found, value)

    DESCRIPTIVE[function.__name__] = answer
    return answer


def plain(x):
    """The value of an argument."""
    return value_of(as_operand(x)) if differentiable(x) else x


def with_values(found, value):
    """A result, or a tuple of them, with SciPy's values and in SciPy's kind of result."""
    if isinstance(found, tuple):
        parts = [with_values(f, v) for f, v in zip(found, value, strict=True)]
        kind = type(value)
        if kind is tuple:
            return tuple(parts)
        return Result(type(value).__name__, names_of(value), parts, value)
    return exact(as_operand(found), np.asarray(value))


def names_of(value):
    """The names of a result's parts."""
    return getattr(value, "_fields", None) or [n for n in ("statistic", "pvalue") if hasattr(value, n)]


class Result(tuple):
    """A result of SciPy's with duals in it: a tuple whose parts have names."""

    def __new__(cls, name, names, parts, original):
        made = super().__new__(cls, parts)
        made.name, made.names, made.original = name, tuple(names), original
        return made

    def __getattr__(self, name):
        names = self.__dict__.get("names", ())
        if name in names:
            return self[names.index(name)]
        if name.startswith("__") or "original" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.original, name)

    def __repr__(self):
        return f"{self.name}({', '.join(f'{n}={x!r}' for n, x in zip(self.names, self, strict=False))})"


def along(a, axis):
    """A sample as an array with a definite axis: all of it in one row for axis None."""
    return (np.reshape(a, -1), 0) if axis is None else (a, axis)


# ---- means and moments -------------------------------------------------------------------------------


@statistic
def gmean(a, axis=0, dtype=None, weights=None):
    return np.exp(np.average(np.log(a), axis=axis, weights=weights))


@statistic
def hmean(a, axis=0, dtype=None, *, weights=None):
    return 1 / np.average(1 / a, axis=axis, weights=weights)


@statistic
def pmean(a, p, *, axis=0, dtype=None, weights=None):
    if not differentiable(p) and p == 0:
        return np.exp(np.average(np.log(a), axis=axis, weights=weights))
    return np.average(a**p, axis=axis, weights=weights) ** (1 / p)


def central(a, order, axis, keepdims=False):
    """A central moment."""
    return np.mean((a - np.mean(a, axis=axis, keepdims=True)) ** order, axis=axis, keepdims=keepdims)


@statistic
def moment(a, order=1, axis=0, *, center=None):
    a, axis = along(a, axis)
    middle = np.mean(a, axis=axis, keepdims=True) if center is None else center
    return np.mean((a - middle) ** int(value_of(order)), axis=axis)


@statistic
def skew(a, axis=0, bias=True):
    a, axis = along(a, axis)
    n = np.shape(a)[axis]
    found = central(a, 3, axis) / central(a, 2, axis) ** 1.5
    return found if bias else np.sqrt(n * (n - 1.0)) / (n - 2.0) * found


@statistic
def kurtosis(a, axis=0, fisher=True, bias=True):
    a, axis = along(a, axis)
    n = np.shape(a)[axis]
    found = central(a, 4, axis) / central(a, 2, axis) ** 2
    if not bias:
        found = 1.0 / (n - 2) / (n - 3) * ((n * n - 1.0) * found - 3 * (n - 1) ** 2) + 3
    return found - 3 if fisher else found


@statistic
def variation(a, axis=0, nan_policy="propagate", ddof=0):
    a, axis = along(a, axis)
    return np.std(a, axis=axis, ddof=ddof) / np.mean(a, axis=axis)


@statistic
def sem(a, axis=0, ddof=1):
    a, axis = along(a, axis)
    return np.std(a, axis=axis, ddof=ddof) / np.sqrt(np.shape(a)[axis])


@statistic
def zscore(a, axis=0, ddof=0):
    return zmap(a, a, axis, ddof)


@statistic
def zmap(scores, compare, axis=0, ddof=0):
    return (scores - np.mean(compare, axis=axis, keepdims=True)) / np.std(compare, axis=axis, ddof=ddof, keepdims=True)


@statistic
def gzscore(a, *, axis=0, ddof=0):
    log_a = np.log(a)
    return (log_a - np.mean(log_a, axis=axis, keepdims=True)) / np.std(log_a, axis=axis, ddof=ddof, keepdims=True)


@statistic
def gstd(a, axis=0, ddof=1):
    return np.exp(np.std(np.log(a), axis=axis, ddof=ddof))


@statistic
def iqr(x, axis=None, rng=(25, 75), scale=1.0):
    low, high = rng
    return (np.percentile(x, high, axis=axis) - np.percentile(x, low, axis=axis)) / scale


@statistic
def median_abs_deviation(x, axis=0):
    x, axis = along(x, axis)
    return np.median(np.abs(x - np.median(x, axis=axis, keepdims=True)), axis=axis)


@statistic
def trim_mean(a, proportiontocut, axis=0):
    a, axis = along(a, axis)
    n = np.shape(a)[axis]
    cut = int(value_of(proportiontocut) * n)
    return np.mean(np.take(np.sort(a, axis=axis), np.arange(cut, n - cut), axis=axis), axis=axis)


def inside(a, limits, inclusive):
    """Which elements lie within limits."""
    a = value_of(a)
    if limits is None:
        return np.ones(np.shape(a), bool)
    low, high = (value_of(e) for e in limits)
    keep = np.ones(np.shape(a), bool)
    if low is not None:
        keep &= a >= low if inclusive[0] else a > low
    if high is not None:
        keep &= a <= high if inclusive[1] else a < high
    return keep


@statistic
def tmean(a, limits=None, inclusive=(True, True), axis=None):
    keep = inside(a, limits, inclusive)
    return np.sum(np.where(keep, a, 0.0), axis=axis) / np.sum(keep, axis=axis)


@statistic
def tvar(a, limits=None, inclusive=(True, True), axis=0, ddof=1):
    keep = inside(a, limits, inclusive)
    n = np.sum(keep, axis=axis, keepdims=True)
    middle = np.sum(np.where(keep, a, 0.0), axis=axis, keepdims=True) / n
    return np.sum(np.where(keep, (a - middle) ** 2, 0.0), axis=axis) / (np.sum(keep, axis=axis) - ddof)


@statistic
def tstd(a, limits=None, inclusive=(True, True), axis=0, ddof=1):
    keep = inside(a, limits, inclusive)
    n = np.sum(keep, axis=axis, keepdims=True)
    middle = np.sum(np.where(keep, a, 0.0), axis=axis, keepdims=True) / n
    return np.sqrt(np.sum(np.where(keep, (a - middle) ** 2, 0.0), axis=axis) / (np.sum(keep, axis=axis) - ddof))


@statistic
def tsem(a, limits=None, inclusive=(True, True), axis=0, ddof=1):
    keep = inside(a, limits, inclusive)
    n = np.sum(keep, axis=axis, keepdims=True)
    middle = np.sum(np.where(keep, a, 0.0), axis=axis, keepdims=True) / n
    count = np.sum(keep, axis=axis)
    return np.sqrt(np.sum(np.where(keep, (a - middle) ** 2, 0.0), axis=axis) / (count - ddof) / count)


@statistic
def kstat(data, n=2):
    x = np.reshape(data, -1)
    count = np.size(x)
    order = int(value_of(n))
    if order == 1:
        return np.mean(x)
    m2 = central(x, 2, 0)
    if order == 2:
        return count / (count - 1.0) * m2
    if order == 3:
        return count**2 / ((count - 1.0) * (count - 2.0)) * central(x, 3, 0)
    m4 = central(x, 4, 0)
    return (count**2 * ((count + 1) * m4 - 3 * (count - 1) * m2 * m2)
            / ((count - 1.0) * (count - 2.0) * (count - 3.0)))  # fmt: skip


@statistic
def entropy(pk, qk=None, base=None, axis=0):
    pk = pk / np.sum(pk, axis=axis, keepdims=True)
    if qk is None:
        found = np.sum(special.entr(pk), axis=axis)
    else:
        qk = np.broadcast_to(qk, np.shape(pk))
        found = np.sum(special.rel_entr(pk, qk / np.sum(qk, axis=axis, keepdims=True)), axis=axis)
    return found if base is None else found / np.log(base)


# ---- circles ------------------------------------------------------------------------------------------


def circular(samples, high, low, axis):
    """(mean sine, mean cosine) of angles that run from low to high."""
    samples, axis = along(samples, axis)
    angle = (samples - low) * (2 * np.pi / (high - low))
    return np.mean(np.sin(angle), axis=axis), np.mean(np.cos(angle), axis=axis)


@statistic
def circmean(samples, high=2 * np.pi, low=0, axis=None):
    s, c = circular(samples, high, low, axis)
    angle = np.arctan2(s, c)
    angle = np.where(value_of(angle) < 0, angle + 2 * np.pi, angle)
    return angle * (high - low) / (2 * np.pi) + low


@statistic
def circvar(samples, high=2 * np.pi, low=0, axis=None):
    return 1 - np.hypot(*circular(samples, high, low, axis))


@statistic
def circstd(samples, high=2 * np.pi, low=0, axis=None, normalize=False):
    found = np.sqrt(-2 * np.log(np.hypot(*circular(samples, high, low, axis))))
    return found if normalize else found * (high - low) / (2 * np.pi)


# ---- transforms ---------------------------------------------------------------------------------------


@statistic
def boxcox(x, lmbda=None):
    if lmbda is None:
        raise UnsupportedError("scipy.stats.boxcox of duals needs lmbda: its best value is found by a search")
    return special.boxcox(x, lmbda)


@statistic
def boxcox_llf(lmb, data):
    log_data = np.log(data)
    n = np.shape(data)[0]
    return (lmb - 1) * np.sum(log_data, axis=0) - n / 2 * np.log(np.var(special.boxcox(data, lmb), axis=0))


def yeojohnson_transform(x, lmbda):
    """The Yeo-Johnson power transform."""
    right = value_of(x) >= 0
    up = special.boxcox1p(np.where(right, x, 0.0), lmbda)
    down = -special.boxcox1p(np.where(right, 0.0, -x), 2 - lmbda)
    return np.where(right, up, down)


@statistic
def yeojohnson(x, lmbda=None):
    if lmbda is None:
        raise UnsupportedError("scipy.stats.yeojohnson of duals needs lmbda: its best value is found by a search")
    return yeojohnson_transform(x, lmbda)


@statistic
def yeojohnson_llf(lmb, data):
    n = np.shape(data)[0]
    transformed = yeojohnson_transform(data, lmb)
    logs = np.sum(np.sign(value_of(data)) * np.log1p(np.abs(data)), axis=0)
    return -n / 2 * np.log(np.var(transformed, axis=0)) + (lmb - 1) * logs


# ---- two samples ----------------------------------------------------------------------------------------


def two_sided(t, df):
    """The two-sided p-value of a t statistic."""
    from . import t as student

    return 2 * student.sf(np.abs(t), df)


def correlation(x, y):
    """Pearson's correlation of two samples."""
    x, y = x - np.mean(x), y - np.mean(y)
    return np.sum(x * y) / np.sqrt(np.sum(x * x) * np.sum(y * y))


@statistic
def pearsonr(x, y):
    r = correlation(x, y)
    n = np.size(x)
    if n == 2:
        return r, 1.0 + 0 * r
    return r, two_sided(r * np.sqrt((n - 2) / ((1 - r) * (1 + r))), n - 2)


@statistic
def linregress(x, y):
    n = np.size(x)
    dx, dy = x - np.mean(x), y - np.mean(y)
    sxx, sxy, syy = np.sum(dx * dx), np.sum(dx * dy), np.sum(dy * dy)
    slope, r = sxy / sxx, sxy / np.sqrt(sxx * syy)
    intercept = np.mean(y) - slope * np.mean(x)
    df = n - 2
    t = r * np.sqrt(df / ((1 - r) * (1 + r)))
    return slope, intercept, r, two_sided(t, df), np.sqrt((1 - r * r) * syy / sxx / df)


@statistic
def ttest_1samp(a, popmean, axis=0):
    a, axis = along(a, axis)
    n = np.shape(a)[axis]
    t = (np.mean(a, axis=axis) - popmean) / (np.std(a, axis=axis, ddof=1) / np.sqrt(n))
    return t, two_sided(t, n - 1)


@statistic
def ttest_rel(a, b, axis=0):
    d, axis = along(a - b, axis)
    n = np.shape(d)[axis]
    t = np.mean(d, axis=axis) / (np.std(d, axis=axis, ddof=1) / np.sqrt(n))
    return t, two_sided(t, n - 1)


@statistic
def ttest_ind(a, b, *, axis=0, equal_var=True):
    a, at = along(a, axis)
    b, _ = along(b, axis)
    n, m = np.shape(a)[at], np.shape(b)[at]
    va, vb = np.var(a, axis=at, ddof=1), np.var(b, axis=at, ddof=1)
    if equal_var:
        df = n + m - 2.0
        spread = np.sqrt(((n - 1) * va + (m - 1) * vb) / df * (1 / n + 1 / m))
    else:
        wa, wb = va / n, vb / m
        df = (wa + wb) ** 2 / (wa * wa / (n - 1) + wb * wb / (m - 1))
        spread = np.sqrt(wa + wb)
    t = (np.mean(a, axis=at) - np.mean(b, axis=at)) / spread
    return t, two_sided(t, df)


@statistic
def power_divergence(f_obs, f_exp=None, ddof=0, axis=0, lambda_=None):
    from . import chi2

    f_exp = np.mean(f_obs, axis=axis, keepdims=True) if f_exp is None else f_exp
    power = {None: 1, "pearson": 1, "log-likelihood": 0, "freeman-tukey": -0.5, "mod-log-likelihood": -1, "neyman": -2,
             "cressie-read": 2 / 3}.get(lambda_, lambda_)  # fmt: skip
    if power == 1:
        terms = (f_obs - f_exp) ** 2 / f_exp
    elif power == 0:
        terms = 2 * special.xlogy(f_obs, f_obs / f_exp)
    elif power == -1:
        terms = 2 * special.xlogy(f_exp, f_exp / f_obs)
    else:
        terms = f_obs * ((f_obs / f_exp) ** power - 1) / (0.5 * power * (power + 1))
    total = np.sum(terms, axis=axis)
    count = np.size(f_obs) if axis is None else np.shape(f_obs)[axis]
    return total, chi2.sf(total, count - 1 - ddof)


@statistic
def chisquare(f_obs, f_exp=None, ddof=0, axis=0):
    return power_divergence.__wrapped__(f_obs, f_exp, ddof, axis)


@statistic
def f_oneway(*samples, axis=0):
    from . import f as fisher

    samples = [as_operand(s) for s in samples]
    everything = np.concatenate(samples, axis=axis)
    total, groups = np.shape(everything)[axis], len(samples)
    grand = np.mean(everything, axis=axis, keepdims=True)
    between = sum(np.shape(s)[axis] * (np.mean(s, axis=axis) - np.mean(everything, axis=axis)) ** 2 for s in samples)
    within = np.sum((everything - grand) ** 2, axis=axis) - between
    value = between / (groups - 1) / (within / (total - groups))
    return value, fisher.sf(value, groups - 1, total - groups)


def distance_between(u, v, power, u_weights=None, v_weights=None):
    """The area (power 1) or the squared area (power 2) between two empirical distribution functions."""
    u, v = np.ravel(u), np.ravel(v)
    both = np.concatenate([u, v])
    order = np.argsort(value_of(both), kind="stable")
    ranked = both[order]
    widths = np.diff(ranked)

    def cumulative(sample, weights):
        at = np.argsort(value_of(sample), kind="stable")
        places = np.searchsorted(value_of(sample)[at], value_of(ranked)[:-1], "right")
        if weights is None:
            return places / np.size(sample)
        total = np.concatenate([[0.0], np.cumsum(np.ravel(weights)[at])])
        return total[places] / total[-1]

    gap = cumulative(u, u_weights) - cumulative(v, v_weights)
    return np.sum(np.abs(gap) * widths) if power == 1 else np.sqrt(2 * np.sum(gap * gap * widths))


@statistic
def wasserstein_distance(u_values, v_values, u_weights=None, v_weights=None):
    return distance_between(u_values, v_values, 1, u_weights, v_weights)


@statistic
def energy_distance(u_values, v_values, u_weights=None, v_weights=None):
    return distance_between(u_values, v_values, 2, u_weights, v_weights)
