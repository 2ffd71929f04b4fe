"""Statistics of samples, in NumPy's functions, so that they also take duals.

Each function has SciPy's signature as far as it is listed here, SciPy's value, and the derivative of the composition.
 A p-value
has the derivative of its distribution function.
"""

import functools
import inspect
import math
from typing import Any

import numpy as np
import scipy.stats as _stats
from scipy import special

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import differentiable, must_agree

__all__ = ["DESCRIPTIVE"]

DESCRIPTIVE: dict[Any, Any] = {}


def statistic(function: Any) -> Any:
    """Registers a function for duals; SciPy's own answers where there are none, and gives the value."""
    original = getattr(_stats, function.__name__)
    takes = inspect.signature(function)

    @functools.wraps(function)
    def answer(*args: Any, **kwargs: Any) -> Any:
        if not differentiable(*args, *kwargs.values()):
            return original(*args, **kwargs)
        value = original(*map(plain, args), **{key: plain(x) for key, x in kwargs.items()})
        kept = kwargs.pop("keepdims", False)
        if "nan_policy" not in takes.parameters and kwargs.pop("nan_policy", "propagate") == "omit":
            if any(np.any(np.isnan(np.asarray(plain(as_operand(x)), float))) for x in args if not isinstance(x, str)):
                raise UnsupportedError(
                    f"scipy.stats.{function.__name__}(nan_policy='omit') of duals: leave the nans out "
                    "first, x[~np.isnan(x)]"
                )
        try:
            bound = takes.bind(*args, **kwargs)
        except TypeError as error:
            raise UnsupportedError(
                f"scipy.stats.{function.__name__} of duals takes {takes}; {error}. Other options have no derivative "
                "here"
            ) from None
        bound.apply_defaults()
        for key, x in bound.arguments.items():
            if takes.parameters[key].kind is inspect.Parameter.VAR_POSITIONAL:
                bound.arguments[key] = tuple(map(as_operand, x))
            elif key not in ("axis", "ddof"):
                bound.arguments[key] = as_operand(x)
        with np.errstate(all="ignore"):
            found = function(*bound.args, **bound.kwargs)
        if kept:
            found = in_the_shape_of(found, value)
        return with_values(found, value, f"scipy.stats.{function.__name__}")

    DESCRIPTIVE[function.__name__] = answer
    return answer


def plain(x: Any) -> Any:
    """The value of an argument."""
    return value_of(as_operand(x)) if differentiable(x) else x


def in_the_shape_of(found: Any, value: Any) -> Any:
    """A result with the axes of length 1 that SciPy has kept."""
    if not isinstance(found, tuple):
        return np.reshape(found, np.shape(value))
    values = value if isinstance(value, tuple) else [getattr(value, name) for name in names_of(value)]
    return tuple(in_the_shape_of(f, v) for f, v in zip(found, values, strict=False))


def with_values(found: Any, value: Any, name: str) -> Any:
    """A result, or a tuple of them, with SciPy's values, which must agree, and in SciPy's kind of result.

    A dict at the end of a tuple has the attributes that are no parts of it.
    """
    if not isinstance(found, tuple):
        if not differentiable(found):
            return value
        found = as_operand(found)
        undefined = np.isnan(value)
        must_agree(value_of(found), np.asarray(value), name, 1e-8)     # a moment that is 0
        return exact(np.where(undefined, np.nan * found, found) if np.any(undefined) else found, np.asarray(value))
    more = {}
    if isinstance(found[-1], dict):
        more = {key: with_values(x, getattr(value, key), name) for key, x in found[-1].items()}
        found = found[:-1]
    names = names_of(value)
    values = value if isinstance(value, tuple) else [getattr(value, name) for name in names]
    parts = [with_values(f, v, name) for f, v in zip(found, values, strict=True)]
    if type(value) is tuple:
        return tuple(parts)
    return Result(type(value).__name__, names, parts, more, value)


def names_of(value: Any) -> Any:
    """The names of a result's parts."""
    return getattr(value, "_fields", None) or [n for n in ("statistic", "pvalue") if hasattr(value, n)]


class Result(tuple[Any, ...]):
    """A result of SciPy's with duals in it: a tuple whose parts have names."""

    name: str
    names: tuple[Any, ...]
    more: dict[Any, Any]
    original: Any

    def __new__(cls, name: str, names: Any, parts: Any, more: Any, original: Any) -> Any:
        made = super().__new__(cls, parts)
        made.name, made.names, made.more, made.original = name, tuple(names), more, original
        return made

    def __getattr__(self, name: str) -> Any:
        names = self.__dict__.get("names", ())
        if name in names:
            return self[names.index(name)]
        if name in self.__dict__.get("more", ()):
            return self.more[name]
        if name.startswith("__") or "original" not in self.__dict__ or not hasattr(self.original, name):
            raise AttributeError(name)
        raise UnsupportedError(
            f"{name} of {self.name}: it has no derivative here; call SciPy's function with x.value for it"
        )

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{n}={x!r}' for n, x in zip(self.names, self, strict=False))})"


def along(a: Any, axis: Any) -> Any:
    """A sample as an array with a definite axis: all of it in one row for axis None."""
    return (np.reshape(a, -1), 0) if axis is None else (a, axis)


# ---- means and moments -------------------------------------------------------------------------------


@statistic
def gmean(a: Any, axis: Any = 0, dtype: Any = None, weights: Any = None) -> Any:
    return np.exp(np.average(np.log(a), axis=axis, weights=weights))


@statistic
def hmean(a: Any, axis: Any = 0, dtype: Any = None, *, weights: Any = None) -> Any:
    return 1 / np.average(1 / a, axis=axis, weights=weights)


@statistic
def pmean(a: Any, p: Any, *, axis: Any = 0, dtype: Any = None, weights: Any = None) -> Any:
    if not differentiable(p) and p == 0:
        return np.exp(np.average(np.log(a), axis=axis, weights=weights))
    return np.average(a**p, axis=axis, weights=weights) ** (1 / p)


def central(a: Any, order: Any, axis: Any, keepdims: Any = False) -> Any:
    """A central moment."""
    return np.mean((a - np.mean(a, axis=axis, keepdims=True)) ** order, axis=axis, keepdims=keepdims)


@statistic
def moment(a: Any, order: Any = 1, axis: Any = 0, *, center: Any = None) -> Any:
    a, axis = along(a, axis)
    middle = np.mean(a, axis=axis, keepdims=True) if center is None else center
    if np.ndim(order):
        return np.stack([np.mean((a - middle) ** int(k), axis=axis) for k in value_of(order)])
    return np.mean((a - middle) ** int(value_of(order)), axis=axis)


@statistic
def skew(a: Any, axis: Any = 0, bias: bool = True) -> Any:
    a, axis = along(a, axis)
    n = np.shape(a)[axis]
    found = central(a, 3, axis) / central(a, 2, axis) ** 1.5
    return found if bias else np.sqrt(n * (n - 1.0)) / (n - 2.0) * found


@statistic
def kurtosis(a: Any, axis: Any = 0, fisher: bool = True, bias: bool = True) -> Any:
    a, axis = along(a, axis)
    n = np.shape(a)[axis]
    found = central(a, 4, axis) / central(a, 2, axis) ** 2
    if not bias:
        found = 1.0 / (n - 2) / (n - 3) * ((n * n - 1.0) * found - 3 * (n - 1) ** 2) + 3
    return found - 3 if fisher else found


@statistic
def variation(a: Any, axis: Any = 0, nan_policy: str = "propagate", ddof: Any = 0) -> Any:
    a, axis = along(a, axis)
    return np.std(a, axis=axis, ddof=ddof) / np.mean(a, axis=axis)


@statistic
def sem(a: Any, axis: Any = 0, ddof: Any = 1) -> Any:
    a, axis = along(a, axis)
    return np.std(a, axis=axis, ddof=ddof) / np.sqrt(np.shape(a)[axis])


@statistic
def zscore(a: Any, axis: Any = 0, ddof: Any = 0) -> Any:
    return zmap(a, a, axis, ddof)


@statistic
def zmap(scores: Any, compare: Any, axis: Any = 0, ddof: Any = 0) -> Any:
    return (scores - np.mean(compare, axis=axis, keepdims=True)) / np.std(compare, axis=axis, ddof=ddof, keepdims=True)


@statistic
def gzscore(a: Any, *, axis: Any = 0, ddof: Any = 0) -> Any:
    log_a = np.log(a)
    return (log_a - np.mean(log_a, axis=axis, keepdims=True)) / np.std(log_a, axis=axis, ddof=ddof, keepdims=True)


@statistic
def gstd(a: Any, axis: Any = 0, ddof: Any = 1) -> Any:
    return np.exp(np.std(np.log(a), axis=axis, ddof=ddof))


@statistic
def iqr(x: Any, axis: Any = None, rng: Any = (25, 75), scale: Any = 1.0) -> Any:
    low, high = rng
    scale = {"normal": 2 * special.ndtri(0.75)}.get(scale, scale) if isinstance(scale, str) else scale
    return (np.percentile(x, high, axis=axis) - np.percentile(x, low, axis=axis)) / scale


@statistic
def median_abs_deviation(x: Any, axis: Any = 0, center: Any = np.median, scale: Any = 1.0) -> Any:
    x, axis = along(x, axis)
    scale = {"normal": special.ndtri(0.75)}.get(scale, scale) if isinstance(scale, str) else scale
    return np.median(np.abs(x - np.expand_dims(center(x, axis=axis), axis)), axis=axis) / scale


@statistic
def trim_mean(a: Any, proportiontocut: Any, axis: Any = 0) -> Any:
    a, axis = along(a, axis)
    n = np.shape(a)[axis]
    cut = int(value_of(proportiontocut) * n)
    return np.mean(np.take(np.sort(a, axis=axis), np.arange(cut, n - cut), axis=axis), axis=axis)


def inside(a: Any, limits: Any, inclusive: Any) -> Any:
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
def tmean(a: Any, limits: Any = None, inclusive: Any = (True, True), axis: Any = None) -> Any:
    keep = inside(a, limits, inclusive)
    return np.sum(np.where(keep, a, 0.0), axis=axis) / np.sum(keep, axis=axis)


@statistic
def tvar(a: Any, limits: Any = None, inclusive: Any = (True, True), axis: Any = 0, ddof: Any = 1) -> Any:
    keep = inside(a, limits, inclusive)
    n = np.sum(keep, axis=axis, keepdims=True)
    middle = np.sum(np.where(keep, a, 0.0), axis=axis, keepdims=True) / n
    return np.sum(np.where(keep, (a - middle) ** 2, 0.0), axis=axis) / (np.sum(keep, axis=axis) - ddof)


@statistic
def tstd(a: Any, limits: Any = None, inclusive: Any = (True, True), axis: Any = 0, ddof: Any = 1) -> Any:
    keep = inside(a, limits, inclusive)
    n = np.sum(keep, axis=axis, keepdims=True)
    middle = np.sum(np.where(keep, a, 0.0), axis=axis, keepdims=True) / n
    return np.sqrt(np.sum(np.where(keep, (a - middle) ** 2, 0.0), axis=axis) / (np.sum(keep, axis=axis) - ddof))


@statistic
def tsem(a: Any, limits: Any = None, inclusive: Any = (True, True), axis: Any = 0, ddof: Any = 1) -> Any:
    keep = inside(a, limits, inclusive)
    n = np.sum(keep, axis=axis, keepdims=True)
    middle = np.sum(np.where(keep, a, 0.0), axis=axis, keepdims=True) / n
    count = np.sum(keep, axis=axis)
    return np.sqrt(np.sum(np.where(keep, (a - middle) ** 2, 0.0), axis=axis) / (count - ddof) / count)


@statistic
def kstat(data: Any, n: Any = 2) -> Any:
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
def entropy(pk: Any, qk: Any = None, base: Any = None, axis: Any = 0) -> Any:
    pk = pk / np.sum(pk, axis=axis, keepdims=True)
    if qk is None:
        found = np.sum(special.entr(pk), axis=axis)
    else:
        qk = np.broadcast_to(qk, np.shape(pk))
        found = np.sum(special.rel_entr(pk, qk / np.sum(qk, axis=axis, keepdims=True)), axis=axis)
    return found if base is None else found / np.log(base)


@statistic
def kstatvar(data: Any, n: Any = 2) -> Any:
    x = np.reshape(data, -1)
    count, order = np.size(x), int(value_of(n))
    second = kstat.__wrapped__(x, 2)
    if order == 1:
        return second / count
    return (2 * count * second**2 + (count - 1) * kstat.__wrapped__(x, 4)) / (count * (count + 1))


@statistic
def describe(a: Any, axis: Any = 0, ddof: Any = 1, bias: bool = True) -> tuple[Any, Any, Any, Any, Any, Any]:
    a, axis = along(a, axis)
    bounds = np.min(a, axis=axis), np.max(a, axis=axis)
    return (np.shape(a)[axis], bounds, np.mean(a, axis=axis), np.var(a, axis=axis, ddof=ddof),
            skew.__wrapped__(a, axis, bias), kurtosis.__wrapped__(a, axis, True, bias))  # fmt: skip


@statistic
def expectile(a: Any, alpha: Any = 0.5, *, weights: Any = None) -> Any:
    weights = np.ones(np.shape(a)) if weights is None else weights
    at = _stats.expectile(value_of(a), value_of(alpha), weights=value_of(weights))
    share = weights * np.where(value_of(a) <= at, 1 - alpha, alpha)
    return np.sum(share * a) / np.sum(share)


def lmoment(sample: Any, order: Any = None, *, axis: Any = 0, sorted: bool = False, standardize: bool = True) -> Any:
    sample, axis = along(sample, axis)
    ranked = np.moveaxis(sample if sorted else np.sort(sample, axis=axis), axis, -1)
    n = np.shape(ranked)[-1]
    wanted = np.arange(1, 5) if order is None else np.asarray(value_of(order))
    flat = np.atleast_1d(wanted)
    # linear in the sorted sample
    weights = _stats.lmoment(np.eye(n), np.arange(1, max(2, np.max(flat)) + 1), axis=1, sorted=True, standardize=False)
    rows = [np.sum(ranked * weights[k - 1], axis=-1) for k in flat]
    if standardize:
        second = np.sum(ranked * weights[1], axis=-1)
        rows = [row / second if k > 2 else row for k, row in zip(flat, rows, strict=True)]
    return np.stack(rows) if np.ndim(wanted) else rows[0]


if hasattr(_stats, "lmoment"):
    statistic(lmoment)


def quantile(x: Any, p: Any, *, method: Any = "linear", axis: Any = 0) -> Any:
    if np.ndim(p) > 1 or method.startswith("round") or axis is None and np.ndim(p):
        raise UnsupportedError(
            "quantile of duals takes one p, or a vector of them along an axis, and no method that rounds"
        )
    if method == "harrell-davis":
        return harrell_davis(x, p, axis)
    found = np.quantile(x, p, axis=axis, method=method)
    several = np.ndim(p) and np.size(p) > 1
    return np.moveaxis(found, 0, axis) if several else np.reshape(found, np.shape(found)[np.ndim(p) :])


def harrell_davis(x: Any, p: Any, axis: Any) -> Any:
    """The sum of the sorted elements with the weights of a beta distribution, whose parameters p gives."""
    ranked = np.moveaxis(np.sort(np.ravel(x) if axis is None else x, axis=0 if axis is None else axis), axis or 0, -1)
    n = np.shape(ranked)[-1]
    wide = np.expand_dims(p, -1)
    edges = special.betainc(wide * (n + 1), (1 - wide) * (n + 1), np.arange(n + 1) / n)
    found = ranked @ np.transpose(np.diff(edges, axis=-1))
    return np.moveaxis(found, -1, axis) if np.ndim(p) and np.size(p) > 1 else np.reshape(found, np.shape(ranked)[:-1])


if hasattr(_stats, "quantile"):
    statistic(quantile)


@statistic
def scoreatpercentile(a: Any, per: Any, limit: Any = (), axis: Any = None) -> Any:
    if np.size(limit):
        raise UnsupportedError("scoreatpercentile of duals takes no limit: choose the elements first")
    return np.percentile(a, per, axis=axis)


@statistic
def differential_entropy(
    values: Any, *, window_length: Any = None, base: Any = None, axis: Any = 0, method: str = "auto"
) -> Any:
    x, axis = along(values, axis)
    x = np.sort(np.moveaxis(x, axis, -1), axis=-1)
    n = np.shape(x)[-1]
    m = math.floor(math.sqrt(n) + 0.5) if window_length is None else int(value_of(window_length))
    if method == "auto":
        method = "van es" if n <= 10 else "ebrahimi" if n <= 1000 else "vasicek"
    if method == "van es":
        found = np.sum(np.log((n + 1) / m * (x[..., m:] - x[..., :-m])), axis=-1) / (n - m)
        found = found + np.sum(1 / np.arange(m, n + 1)) + math.log(m / (n + 1))
    elif method == "correa":
        at = np.arange(n) + np.arange(-m, m + 1)[:, None]
        near = x[..., np.clip(at, 0, n - 1)]
        centred = near - np.mean(near, axis=-2, keepdims=True)
        slope = np.sum(centred * np.arange(-m, m + 1)[:, None], axis=-2) / np.sum(centred**2, axis=-2)
        found = -np.mean(np.log(slope / n), axis=-1)
    else:
        i = np.arange(n)
        gaps = x[..., np.minimum(i + m, n - 1)] - x[..., np.maximum(i - m, 0)]
        share = np.full(n, 2.0)
        if method == "ebrahimi":
            share = 1 + np.minimum(1.0, np.minimum(i, n - 1 - i) / m)
        found = np.mean(np.log(n * gaps / (share * m)), axis=-1)
    return found if base is None else found / np.log(base)


# ---- trimmed samples -----------------------------------------------------------------------------------


@statistic
def tmin(a: Any, lowerlimit: Any = None, axis: Any = 0, inclusive: bool = True) -> Any:
    a, axis = along(a, axis)
    return np.min(np.where(inside(a, (lowerlimit, None), (inclusive, True)), a, np.inf), axis=axis)


@statistic
def tmax(a: Any, upperlimit: Any = None, axis: Any = 0, inclusive: bool = True) -> Any:
    a, axis = along(a, axis)
    return np.max(np.where(inside(a, (None, upperlimit), (True, inclusive)), a, -np.inf), axis=axis)


def cut(a: Any, proportion: Any, axis: Any) -> Any:
    """A sorted sample without a share at either end."""
    n = np.shape(a)[axis]
    skipped = int(value_of(proportion) * n)
    return np.take(a, np.arange(skipped, n - skipped), axis=axis)


def in_the_order_of(a: Any, value: Any, skipped: Any, axis: Any) -> Any:
    """The elements of a from rank `skipped` on, arranged as SciPy's partition has arranged the plain ones."""
    order = np.argsort(value_of(a), axis=axis, kind="stable")
    ranks = np.argsort(np.argsort(value, axis=axis, kind="stable"), axis=axis, kind="stable") + skipped
    return np.take_along_axis(a, np.take_along_axis(order, ranks, axis), axis)


@statistic
def trimboth(a: Any, proportiontocut: Any, axis: Any = 0) -> Any:
    a, axis = along(a, axis)
    share = value_of(proportiontocut)
    return in_the_order_of(a, _stats.trimboth(value_of(a), share, axis), int(share * np.shape(a)[axis]), axis)


@statistic
def trim1(a: Any, proportiontocut: Any, tail: str = "right", axis: Any = 0) -> Any:
    a, axis = along(a, axis)
    share = value_of(proportiontocut)
    skipped = int(share * np.shape(a)[axis]) if tail == "left" else 0
    return in_the_order_of(a, _stats.trim1(value_of(a), share, tail, axis), skipped, axis)


@statistic
def sigmaclip(a: Any, low: Any = 4.0, high: Any = 4.0) -> tuple[Any, Any, Any]:
    plain = np.ravel(value_of(a))
    kept = np.arange(plain.size)
    while True:
        middle, spread = np.mean(plain[kept]), np.std(plain[kept])
        good = (plain[kept] >= middle - spread * value_of(low)) & (plain[kept] <= middle + spread * value_of(high))
        if np.all(good):
            break
        kept = kept[good]
    found = np.reshape(a, -1)[kept]
    return found, np.mean(found) - np.std(found) * low, np.mean(found) + np.std(found) * high


# ---- circles ------------------------------------------------------------------------------------------


def circular(samples: Any, high: Any, low: Any, axis: Any) -> tuple[Any, Any]:
    """(mean sine, mean cosine) of angles that run from low to high."""
    samples, axis = along(samples, axis)
    angle = (samples - low) * (2 * np.pi / (high - low))
    return np.mean(np.sin(angle), axis=axis), np.mean(np.cos(angle), axis=axis)


@statistic
def circmean(samples: Any, high: Any = 2 * np.pi, low: Any = 0, axis: Any = None) -> Any:
    s, c = circular(samples, high, low, axis)
    angle = np.arctan2(s, c)
    angle = np.where(value_of(angle) < 0, angle + 2 * np.pi, angle)
    return angle * (high - low) / (2 * np.pi) + low


@statistic
def circvar(samples: Any, high: Any = 2 * np.pi, low: Any = 0, axis: Any = None) -> Any:
    return 1 - np.hypot(*circular(samples, high, low, axis))


@statistic
def circstd(samples: Any, high: Any = 2 * np.pi, low: Any = 0, axis: Any = None, normalize: bool = False) -> Any:
    found = np.sqrt(-2 * np.log(np.hypot(*circular(samples, high, low, axis))))
    return found if normalize else found * (high - low) / (2 * np.pi)


# ---- transforms ---------------------------------------------------------------------------------------


@statistic
def boxcox(x: Any, lmbda: Any = None) -> Any:
    if lmbda is None:
        raise UnsupportedError("scipy.stats.boxcox of duals needs lmbda: its best value is found by a search")
    return special.boxcox(x, lmbda)


@statistic
def boxcox_llf(lmb: Any, data: Any) -> Any:
    log_data = np.log(data)
    n = np.shape(data)[0]
    return (lmb - 1) * np.sum(log_data, axis=0) - n / 2 * np.log(np.var(special.boxcox(data, lmb), axis=0))


def yeojohnson_transform(x: Any, lmbda: Any) -> Any:
    """The Yeo-Johnson power transform."""
    right = value_of(x) >= 0
    up = special.boxcox1p(np.where(right, x, 0.0), lmbda)
    down = -special.boxcox1p(np.where(right, 0.0, -x), 2 - lmbda)
    return np.where(right, up, down)


@statistic
def yeojohnson(x: Any, lmbda: Any = None) -> Any:
    if lmbda is None:
        raise UnsupportedError("scipy.stats.yeojohnson of duals needs lmbda: its best value is found by a search")
    return yeojohnson_transform(x, lmbda)


@statistic
def yeojohnson_llf(lmb: Any, data: Any) -> Any:
    n = np.shape(data)[0]
    transformed = yeojohnson_transform(data, lmb)
    logs = np.sum(np.sign(value_of(data)) * np.log1p(np.abs(data)), axis=0)
    return -n / 2 * np.log(np.var(transformed, axis=0)) + (lmb - 1) * logs


# ---- two samples ----------------------------------------------------------------------------------------


def p_value(dist: Any, statistic: Any, *shapes: Any, alternative: str = "two-sided") -> Any:
    """The probability of a statistic as far out, of a distribution that is symmetric."""
    from importlib import import_module

    dist = getattr(import_module("dualdiff.scipy.stats"), dist)
    if alternative == "two-sided":
        return 2 * dist.sf(np.abs(statistic), *shapes)
    return dist.cdf(statistic, *shapes) if alternative == "less" else dist.sf(statistic, *shapes)


def upper_tail(dist: Any, statistic: Any, *shapes: Any) -> Any:
    """P(X > statistic)."""
    return p_value(dist, statistic, *shapes, alternative="greater")


def correlation(x: Any, y: Any, axis: Any) -> Any:
    """Pearson's correlation of two samples."""
    x, y = x - np.mean(x, axis=axis, keepdims=True), y - np.mean(y, axis=axis, keepdims=True)
    return np.sum(x * y, axis=axis) / np.sqrt(np.sum(x * x, axis=axis) * np.sum(y * y, axis=axis))


@statistic
def pearsonr(x: Any, y: Any, *, alternative: str = "two-sided", axis: Any = 0) -> tuple[Any, Any]:
    x, at = along(x, axis)
    y, _ = along(y, axis)
    r = correlation(x, y, at)
    n = np.shape(x)[at]
    if n == 2:
        return r, 1.0 + 0 * r
    return r, p_value("t", r * np.sqrt((n - 2) / ((1 - r) * (1 + r))), n - 2, alternative=alternative)


@statistic
def pointbiserialr(x: Any, y: Any) -> Any:
    return pearsonr.__wrapped__(1.0 * x, 1.0 * y)


@statistic
def linregress(x: Any, y: Any, alternative: str = "two-sided") -> tuple[Any, Any, Any, Any, Any, Any]:
    n = np.size(x)
    dx, dy = x - np.mean(x), y - np.mean(y)
    sxx, sxy, syy = np.sum(dx * dx), np.sum(dx * dy), np.sum(dy * dy)
    slope, r = sxy / sxx, sxy / np.sqrt(sxx * syy)
    intercept = np.mean(y) - slope * np.mean(x)
    df = n - 2
    t = r * np.sqrt(df / ((1 - r) * (1 + r)))
    error = np.sqrt((1 - r * r) * syy / sxx / df)
    more = {"intercept_stderr": error * np.sqrt(sxx / n + np.mean(x) ** 2)}
    return slope, intercept, r, p_value("t", t, df, alternative=alternative), error, more


def pairwise(x: Any, y: Any) -> Any:
    """The slopes of the lines through pairs of points with x_j > x_i, as SciPy lists them."""
    rising = (value_of(x)[:, None] - value_of(x)) > 0
    i, j = np.nonzero(rising)
    return (y[i] - y[j]) / (x[i] - x[j])


@statistic
def theilslopes(y: Any, x: Any = None, alpha: Any = 0.95) -> Any:
    x = np.arange(float(np.size(y))) if x is None else x
    slopes = pairwise(x, y)
    slope = np.median(slopes)
    plain = _stats.theilslopes(value_of(y), value_of(x), alpha)
    bounds = [slopes[int(np.argmin(np.abs(value_of(slopes) - bound)))] for bound in (plain.low_slope, plain.high_slope)]
    return slope, np.median(y) - slope * np.median(x), *bounds


@statistic
def siegelslopes(y: Any, x: Any = None, method: str = "hierarchical") -> tuple[Any, Any]:
    x = np.arange(float(np.size(y))) if x is None else x
    slopes, crossings = [], []
    for j in range(np.size(y)):
        at = np.flatnonzero(value_of(x) != value_of(x)[j])
        gap = x[at] - x[j]
        slopes.append(np.median((y[at] - y[j]) / gap))
        crossings.append(np.median((y[j] * x[at] - y[at] * x[j]) / gap))
    slope = np.median(np.stack(slopes))
    return slope, np.median(np.stack(crossings)) if method == "separate" else np.median(y - slope * x)


@statistic
def ttest_1samp(a: Any, popmean: Any, axis: Any = 0, *, alternative: str = "two-sided") -> tuple[Any, Any]:
    a, axis = along(a, axis)
    n = np.shape(a)[axis]
    t = (np.mean(a, axis=axis) - popmean) / (np.std(a, axis=axis, ddof=1) / np.sqrt(n))
    return t, p_value("t", t, n - 1, alternative=alternative)


@statistic
def ttest_rel(a: Any, b: Any, axis: Any = 0, *, alternative: str = "two-sided") -> Any:
    return ttest_1samp.__wrapped__(a - b, 0.0, axis, alternative=alternative)


def t_of_two(
    mean: Any, var: Any, n: Any, other_mean: Any, other_var: Any, m: Any, equal_var: Any, alternative: Any
) -> tuple[Any, Any]:
    """The t statistic of two samples and its p-value."""
    if equal_var:
        df = n + m - 2.0
        spread = np.sqrt(((n - 1) * var + (m - 1) * other_var) / df * (1 / n + 1 / m))
    else:
        wa, wb = var / n, other_var / m
        df = (wa + wb) ** 2 / (wa * wa / (n - 1) + wb * wb / (m - 1))
        spread = np.sqrt(wa + wb)
    t = (mean - other_mean) / spread
    return t, p_value("t", t, df, alternative=alternative)


@statistic
def ttest_ind(a: Any, b: Any, *, axis: Any = 0, equal_var: bool = True, alternative: str = "two-sided") -> Any:
    a, at = along(a, axis)
    b, _ = along(b, axis)
    return t_of_two(np.mean(a, axis=at), np.var(a, axis=at, ddof=1), np.shape(a)[at], np.mean(b, axis=at),
                    np.var(b, axis=at, ddof=1), np.shape(b)[at], equal_var, alternative)  # fmt: skip


@statistic
def ttest_ind_from_stats(
    mean1: Any,
    std1: Any,
    nobs1: Any,
    mean2: Any,
    std2: Any,
    nobs2: Any,
    equal_var: bool = True,
    alternative: str = "two-sided",
) -> Any:
    return t_of_two(mean1, std1 * std1, nobs1, mean2, std2 * std2, nobs2, equal_var, alternative)


# ---- is it normal? -------------------------------------------------------------------------------------


@statistic
def skewtest(a: Any, axis: Any = 0, nan_policy: str = "propagate", alternative: str = "two-sided") -> tuple[Any, Any]:
    a, axis = along(a, axis)
    z = skew_score(a, axis)
    return z, p_value("norm", z, alternative=alternative)


def skew_score(a: Any, axis: Any) -> Any:
    """D'Agostino's transformation of the skewness to a normal variable."""
    n = np.float64(np.shape(a)[axis])
    y = skew.__wrapped__(a, axis) * np.sqrt((n + 1) * (n + 3) / (6.0 * (n - 2)))
    spread = 3.0 * (n * n + 27 * n - 70) * (n + 1) * (n + 3) / ((n - 2.0) * (n + 5) * (n + 7) * (n + 9))
    w2 = -1 + np.sqrt(2 * (spread - 1))
    return np.arcsinh(y / np.sqrt(2 / (w2 - 1))) / np.sqrt(0.5 * np.log(w2))


@statistic
def kurtosistest(
    a: Any, axis: Any = 0, nan_policy: str = "propagate", alternative: str = "two-sided"
) -> tuple[Any, Any]:
    a, axis = along(a, axis)
    z = kurtosis_score(a, axis)
    return z, p_value("norm", z, alternative=alternative)


def kurtosis_score(a: Any, axis: Any) -> Any:
    """Anscombe & Glynn's transformation of the kurtosis to a normal variable."""
    n = np.float64(np.shape(a)[axis])
    var = 24.0 * n * (n - 2) * (n - 3) / ((n + 1) ** 2 * (n + 3.0) * (n + 5))
    x = (kurtosis.__wrapped__(a, axis, fisher=False) - 3.0 * (n - 1) / (n + 1)) / np.sqrt(var)
    root = 6.0 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9)) * np.sqrt(6.0 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)))
    A = 6 + 8 / root * (2 / root + np.sqrt(1 + 4 / root**2))
    ratio = (1 - 2 / A) / (1 + x * np.sqrt(2 / (A - 4)))
    return (1 - 2 / (9 * A) - np.cbrt(ratio)) / np.sqrt(2 / (9 * A))


@statistic
def normaltest(a: Any, axis: Any = 0) -> tuple[Any, Any]:
    a, axis = along(a, axis)
    total = skew_score(a, axis) ** 2 + kurtosis_score(a, axis) ** 2
    return total, upper_tail("chi2", total, 2)


@statistic
def jarque_bera(x: Any, *, axis: Any = None) -> tuple[Any, Any]:
    x, axis = along(x, axis)
    total = np.shape(x)[axis] / 6 * (skew.__wrapped__(x, axis) ** 2 + kurtosis.__wrapped__(x, axis) ** 2 / 4)
    return total, upper_tail("chi2", total, 2)


# ---- several samples --------------------------------------------------------------------------------------


@statistic
def bartlett(*samples: Any, axis: Any = 0) -> tuple[Any, Any]:
    samples, axis = tuple(along(x, axis)[0] for x in samples), axis or 0
    counts = [np.shape(x)[axis] for x in samples]
    free = [n - 1.0 for n in counts]
    k, total = len(samples), float(sum(counts))
    spreads = [np.var(x, axis=axis, ddof=1) for x in samples]
    pooled = sum(n * v for n, v in zip(free, spreads, strict=True)) / (total - k)
    top = (total - k) * np.log(pooled) - sum(n * np.log(v) for n, v in zip(free, spreads, strict=True))
    value = top / (1 + (sum(1 / n for n in free) - 1 / (total - k)) / (3 * (k - 1)))
    return value, upper_tail("chi2", value, k - 1)


@statistic
def levene(*samples: Any, center: str = "median", proportiontocut: Any = 0.05) -> tuple[Any, Any]:
    if center == "trimmed":
        samples = tuple(cut(np.sort(x), proportiontocut, 0) for x in samples)
    middle = np.median if center == "median" else np.mean
    off = [np.abs(x - middle(x)) for x in samples]
    counts, means = [np.size(z) for z in off], [np.mean(z) for z in off]
    k, total = len(samples), sum(counts)
    grand = sum(n * m for n, m in zip(counts, means, strict=True)) / total
    between = sum(n * (m - grand) ** 2 for n, m in zip(counts, means, strict=True))
    within = sum(np.sum((z - m) ** 2) for z, m in zip(off, means, strict=True))
    value = (total - k) * between / ((k - 1) * within)
    return value, upper_tail("f", value, k - 1, total - k)


@statistic
def alexandergovern(*samples: Any, axis: Any = 0) -> tuple[Any, Any]:
    errors = [np.std(x, axis=axis, ddof=1) / np.sqrt(np.shape(x)[axis]) for x in samples]
    weights = [1 / (e * e) for e in errors]
    grand = sum(w * np.mean(x, axis=axis) for w, x in zip(weights, samples, strict=True)) / sum(weights)
    total = 0.0
    for x, e in zip(samples, errors, strict=True):
        free = np.shape(x)[axis] - 1
        a = free - 0.5
        b = 48 * a * a
        c = np.sqrt(a * np.log1p(((np.mean(x, axis=axis) - grand) / e) ** 2 / free))
        z = (
            c
            + (c**3 + 3 * c) / b
            - (4 * c**7 + 33 * c**5 + 240 * c**3 + 855 * c) / (b * b * 10 + 8 * b * c**4 + 1000 * b)
        )
        total = total + z * z
    return total, upper_tail("chi2", total, len(samples) - 1)


@statistic
def obrientransform(*samples: Any) -> Any:
    rows = []
    for x in samples:
        n = np.size(x)
        square = (x - np.mean(x)) ** 2
        rows.append(((n - 1.5) * n * square - 0.5 * np.sum(square)) / ((n - 1) * (n - 2)))
    if len({np.size(x) for x in samples}) > 1:
        raise UnsupportedError("obrientransform of duals takes samples of one length")
    return np.stack(rows)


@statistic
def combine_pvalues(pvalues: Any, method: str = "fisher", weights: Any = None, *, axis: Any = 0) -> tuple[Any, Any]:
    p, axis = along(pvalues, axis)
    n = np.shape(p)[axis]
    if method == "fisher":
        value = -2 * np.sum(np.log(p), axis=axis)
        return value, upper_tail("chi2", value, 2 * n)
    if method == "pearson":
        value = 2 * np.sum(np.log1p(-p), axis=axis)
        return value, p_value("chi2", -value, 2 * n, alternative="less")
    if method == "mudholkar_george":
        value = np.sum(np.log1p(-p) - np.log(p), axis=axis)
        free = 5 * n + 4
        return value, upper_tail("t", value * (math.sqrt(3 / n) / math.pi * math.sqrt(free / (free - 2))), free)
    if method == "tippett":
        value = np.min(p, axis=axis)
        return value, p_value("beta", value, 1, n, alternative="less")
    weights = np.ones(np.shape(p)) if weights is None else weights
    value = np.sum(weights * -special.ndtri(p), axis=axis) / np.sqrt(np.sum(weights * weights, axis=axis))
    return value, upper_tail("norm", value)


@statistic
def false_discovery_control(ps: Any, *, axis: Any = 0, method: str = "bh") -> Any:
    ps, axis = along(ps, axis)
    ps = np.moveaxis(ps, axis, -1)
    n = np.shape(ps)[-1]
    order = np.argsort(value_of(ps), axis=-1)
    places = np.arange(1, n + 1)
    scaled = np.take_along_axis(ps, order, -1) * (n / places * (np.sum(1 / places) if method == "by" else 1.0))
    least = np.flip(np.minimum.accumulate(np.flip(scaled, -1), axis=-1), -1)
    return np.minimum(np.moveaxis(np.take_along_axis(least, np.argsort(order, axis=-1), -1), -1, axis), 1.0)


@statistic
def power_divergence(
    f_obs: Any, f_exp: Any = None, ddof: Any = 0, axis: Any = 0, lambda_: Any = None
) -> tuple[Any, Any]:
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
    return total, upper_tail("chi2", total, count - 1 - ddof)


@statistic
def chisquare(f_obs: Any, f_exp: Any = None, ddof: Any = 0, axis: Any = 0) -> Any:
    return power_divergence.__wrapped__(f_obs, f_exp, ddof, axis)


@statistic
def f_oneway(*samples: Any, axis: Any = 0) -> tuple[Any, Any]:
    everything = np.concatenate(samples, axis=axis)
    total, groups = np.shape(everything)[axis], len(samples)
    grand = np.mean(everything, axis=axis, keepdims=True)
    between = sum(np.shape(s)[axis] * (np.mean(s, axis=axis) - np.mean(everything, axis=axis)) ** 2 for s in samples)
    within = np.sum((everything - grand) ** 2, axis=axis) - between
    value = between / (groups - 1) / (within / (total - groups))
    return value, upper_tail("f", value, groups - 1, total - groups)


def distance_between(u: Any, v: Any, power: Any, u_weights: Any = None, v_weights: Any = None) -> Any:
    """The area (power 1) or the squared area (power 2) between two empirical distribution functions."""
    u, v = np.ravel(u), np.ravel(v)
    both = np.concatenate([u, v])
    order = np.argsort(value_of(both), kind="stable")
    ranked = both[order]
    widths = np.diff(ranked)

    def cumulative(sample: Any, weights: Any) -> Any:
        at = np.argsort(value_of(sample), kind="stable")
        places = np.searchsorted(value_of(sample)[at], value_of(ranked)[:-1], "right")
        if weights is None:
            return places / np.size(sample)
        total = np.concatenate([[0.0], np.cumsum(np.ravel(weights)[at])])
        return total[places] / total[-1]

    gap = cumulative(u, u_weights) - cumulative(v, v_weights)
    return np.sum(np.abs(gap) * widths) if power == 1 else np.sqrt(2 * np.sum(gap * gap * widths))


@statistic
def wasserstein_distance(u_values: Any, v_values: Any, u_weights: Any = None, v_weights: Any = None) -> Any:
    return distance_between(u_values, v_values, 1, u_weights, v_weights)


@statistic
def energy_distance(u_values: Any, v_values: Any, u_weights: Any = None, v_weights: Any = None) -> Any:
    return distance_between(u_values, v_values, 2, u_weights, v_weights)
