"""Statistics that stand on distributions, tables, bins and fitted transforms: SciPy's names, also of duals."""

from importlib import import_module
from typing import Any

import numpy as np
import scipy.stats as _stats

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ...transforms.derivative import derivative
from ..applied import differentiable
from ..compose import inverse
from .descriptive import (
    DESCRIPTIVE,
    Result,
    boxcox_llf,
    linregress,
    power_divergence,
    upper_tail,
    yeojohnson_llf,
)

__all__ = ["DESCRIPTIVE"]


def distribution(name: str) -> Any:
    """A distribution that takes duals."""
    return getattr(import_module("dualdiff.scipy.stats"), name)


def replaced(function: Any) -> Any:
    """Registers a function for duals whose result it makes itself; SciPy's own answers where there are none."""
    original = getattr(_stats, function.__name__)

    def answer(*args: Any, **kwargs: Any) -> Any:
        if not differentiable(*args, *kwargs.values()):
            return original(*args, **kwargs)
        return function(*args, **kwargs)

    answer.__name__ = answer.__qualname__ = function.__name__
    answer.__doc__ = f"scipy.stats.{function.__name__}, also of duals."
    answer.__wrapped__ = function  # type: ignore[attr-defined]
    DESCRIPTIVE[function.__name__] = answer
    return answer


# ---- Bayes' intervals --------------------------------------------------------------------------------


@replaced
def mvsdist(data: Any) -> tuple[Any, Any, Any]:
    x = np.reshape(as_operand(data), (-1,))
    n = np.shape(x)[0]
    if n < 2:
        raise ValueError("Need at least 2 data-points.")
    mean, C = np.mean(x), np.var(x)
    if n > 1000:
        norm = distribution("norm")
        return (norm(loc=mean, scale=np.sqrt(C / n)), norm(loc=C, scale=np.sqrt(2.0 / n) * C),
                norm(loc=np.sqrt(C), scale=np.sqrt(C / (2.0 * n))))  # fmt: skip
    half, shape = n * C / 2.0, (n - 1) / 2.0
    t, invgamma, gengamma = (distribution(name) for name in ("t", "invgamma", "gengamma"))
    return (t(n - 1, loc=mean, scale=np.sqrt(C / (n - 1))), invgamma(shape, scale=half),
            gengamma(shape, -2, scale=np.sqrt(half)))  # fmt: skip


@replaced
def bayes_mvs(data: Any, alpha: Any = 0.90) -> Any:
    values = _stats.bayes_mvs(value_of(as_operand(data)), value_of(as_operand(alpha)))
    found = []
    for value, frozen in zip(values, mvsdist(data), strict=True):
        ends = tuple(exact(as_operand(e), np.asarray(v))
                     for e, v in zip(frozen.interval(alpha), value.minmax, strict=True))  # fmt: skip
        centre = exact(as_operand(frozen.mean()), np.asarray(value.statistic))
        found.append(Result(type(value).__name__, value._fields, [centre, ends], {}, value))
    return tuple(found)


# ---- tables, directions, quantiles --------------------------------------------------------------------


@replaced
def chi2_contingency(observed: Any, correction: bool = True, lambda_: Any = None, *, method: Any = None) -> Any:
    if method is not None:
        raise UnsupportedError("scipy.stats.chi2_contingency(method=...) of duals: resampling draws at random")
    given = as_operand(observed)
    value = _stats.chi2_contingency(value_of(given), correction, lambda_)
    d = np.ndim(given)
    expected = 1.0
    for axis in range(d):
        expected = expected * np.sum(given, axis=tuple(i for i in range(d) if i != axis), keepdims=True)
    expected = exact(expected / np.sum(given) ** (d - 1), value.expected_freq)
    dof = int(value.dof)
    if dof == 0:
        parts = [value.statistic, value.pvalue]
    else:
        if dof == 1 and correction:
            gap = expected - given
            given = given + np.minimum(0.5, np.abs(gap)) * np.sign(value_of(gap))
        chi2 = power_divergence.__wrapped__(given, expected, np.size(given) - 1 - dof, None, lambda_)[0]
        parts = [chi2, upper_tail("chi2", chi2, dof)]
    parts = [exact(as_operand(x), np.asarray(v)) for x, v in zip(parts, (value.statistic, value.pvalue), strict=True)]
    return Result("Chi2ContingencyResult", ("statistic", "pvalue", "dof", "expected_freq"),
                  [*parts, value.dof, expected], {}, value)  # fmt: skip


@replaced
def directional_stats(samples: Any, *, axis: Any = 0, normalize: bool = True) -> Any:
    x = np.moveaxis(as_operand(samples), axis, 0)
    value = _stats.directional_stats(value_of(x), axis=0, normalize=normalize)
    if normalize:
        x = x / np.sqrt(np.sum(x * x, axis=-1, keepdims=True))
    mean = np.mean(x, axis=0)
    length = np.sqrt(np.sum(mean * mean, axis=-1, keepdims=True))
    parts = [exact(mean / length, value.mean_direction),
             exact(length[..., 0], np.asarray(value.mean_resultant_length))]  # fmt: skip
    return Result("DirectionalStats", ("mean_direction", "mean_resultant_length"), parts, {}, value)


@replaced
def probplot(
    x: Any, sparams: Any = (), dist: str = "norm", fit: bool = True, plot: Any = None, rvalue: bool = False
) -> Any:
    if plot is not None:
        raise UnsupportedError("scipy.stats.probplot of duals does not draw: pass x.value")
    sparams = () if sparams is None else sparams if isinstance(sparams, (tuple, list)) else (sparams,)
    x = as_operand(x)
    plain = [value_of(as_operand(p)) for p in sparams]
    values = _stats.probplot(value_of(x), plain, dist, fit)
    n = np.shape(x)[0]
    last = 0.5 ** (1 / n)
    medians = np.concatenate([[1 - last], (np.arange(2, n) - 0.3175) / (n + 0.365), [last]])
    order = distribution(dist) if isinstance(dist, str) else dist
    at = as_operand(order.ppf(medians, *sparams))
    pairs = tuple(exact(e, np.asarray(v))
                  for e, v in zip((at, np.sort(x)), values[0] if fit else values, strict=True))  # fmt: skip
    if not fit:
        return pairs
    line = linregress.__wrapped__(*pairs)[:3]
    return pairs, tuple(exact(as_operand(e), np.asarray(v)) for e, v in zip(line, values[1], strict=True))


# ---- values in bins -----------------------------------------------------------------------------------

IN_A_BIN = {"mean": np.mean, "sum": np.sum, "std": np.std, "median": np.median, "min": np.min, "max": np.max}


def in_bins(sample: Any, values: Any, statistic: Any, bins: Any, limits: Any, **more: Any) -> tuple[Any, Any]:
    """binned_statistic_dd of values that are duals: which bin holds which is decided on the values of the sample."""
    if differentiable(*sample):
        raise UnsupportedError("binned_statistic of duals as places: which bin holds them is a count; bin their values")
    if callable(statistic):
        function = statistic
    elif statistic in IN_A_BIN:
        function = IN_A_BIN[statistic]
    else:
        raise UnsupportedError(f"binned_statistic(statistic={statistic!r}) of duals: it counts values")
    given = as_operand(values)
    rows = np.reshape(given, (-1, np.shape(given)[-1]))
    plain = _stats.binned_statistic_dd(
        np.asarray(sample).T, value_of(given), statistic, bins, limits, **(more))  # fmt: skip
    found = np.reshape(np.asarray(plain.statistic), (np.shape(rows)[0], -1))
    flat = _stats.binned_statistic_dd(np.asarray(sample).T, np.arange(rows.shape[1]), "count", bins, limits)
    inner = [len(e) + 1 for e in flat.bin_edges]
    places = np.stack(np.unravel_index(flat.binnumber, inner)) - 1
    inside = np.all((places >= 0) & (places < np.array(inner)[:, None] - 2), axis=0)
    cell = np.ravel_multi_index(np.where(inside, places, 0), [n - 2 for n in inner])
    columns = []
    for j in range(found.shape[1]):
        members = np.flatnonzero(inside & (cell == j))
        some = len(members) > 0
        columns.append([function(row[members]) if some else v for row, v in zip(rows, found[:, j], strict=True)])
    shape = np.shape(plain.statistic)
    made = np.reshape(np.stack([np.stack([as_operand(e) for e in column]) for column in columns], axis=1), shape)
    keep = np.isfinite(plain.statistic)
    return exact(np.where(keep, made, 0.0), np.asarray(plain.statistic)), plain


@replaced
def binned_statistic_dd(
    sample: Any, values: Any, statistic: str = "mean", bins: Any = 10, range: Any = None, **more: Any
) -> Any:
    if more.pop("binned_statistic_result", None) is not None:
        raise UnsupportedError("binned_statistic_dd(binned_statistic_result=...) of duals: pass bins")
    parts = [as_operand(s) for s in np.asarray(sample).T] if not differentiable(sample) else [sample]
    found, plain = in_bins(parts, values, statistic, bins, range, **more)
    return Result("BinnedStatisticddResult", plain._fields, [found, *plain[1:]], {}, plain)


@replaced
def binned_statistic(x: Any, values: Any, statistic: str = "mean", bins: Any = 10, range: Any = None) -> Any:
    if differentiable(x):
        in_bins([x], values, statistic, bins, range)
    count = bins if np.ndim(bins) == 0 else [np.asarray(bins, float)]
    limits = None if range is None else [range] if np.ndim(range[0]) == 0 else range
    found, plain = in_bins([x], values, statistic, count, limits)
    names = ("statistic", "bin_edges", "binnumber")
    return Result("BinnedStatisticResult", names, [found, plain.bin_edges[0], plain.binnumber], {}, plain)


@replaced
def binned_statistic_2d(
    x: Any,
    y: Any,
    values: Any,
    statistic: str = "mean",
    bins: Any = 10,
    range: Any = None,
    expand_binnumbers: bool = False,
) -> Any:
    if np.ndim(bins) == 1 and len(bins) not in (1, 2):
        bins = [np.asarray(bins, float)] * 2
    found, plain = in_bins([x, y], values, statistic, bins, range, expand_binnumbers=expand_binnumbers)
    names = ("statistic", "x_edge", "y_edge", "binnumber")
    return Result("BinnedStatistic2dResult", names, [found, *plain.bin_edges, plain.binnumber], {}, plain)


# ---- transforms whose parameter is fitted -------------------------------------------------------------


def best(llf: Any, found: Any, x: Any) -> Any:
    """The parameter at which a likelihood is greatest, as the data vary: the zero of its derivative."""
    return inverse(
        float(found),
        derivative(lambda lmb: llf.__wrapped__(lmb, x)),
        derivative(derivative(lambda lmb: llf.__wrapped__(lmb, x))),
        x,
    )


def normmax(name: str, llf: Any) -> Any:
    """boxcox_normmax or its kind."""
    original = getattr(_stats, name)

    def function(
        x: Any,
        brack: Any = None,
        method: Any = "pearsonr" if name == "boxcox_normmax" else "mle",
        optimizer: Any = None,
        **more: Any,
    ) -> Any:
        if method != "mle" or more or optimizer is not None:
            raise UnsupportedError(f"scipy.stats.{name} of duals has a derivative for method='mle' alone")
        x = as_operand(x)
        value = original(value_of(x), **({"method": "mle"} if name == "boxcox_normmax" else {}))
        return exact(best(llf, value, x), np.asarray(value))

    function.__name__ = name
    return replaced(function)


boxcox_normmax = normmax("boxcox_normmax", boxcox_llf)
yeojohnson_normmax = normmax("yeojohnson_normmax", yeojohnson_llf)


def fitted(name: str, llf: Any) -> Any:
    """boxcox or yeojohnson, whose parameter is the best one where none is given."""
    with_parameter, original = DESCRIPTIVE[name], getattr(_stats, name)

    def function(x: Any, lmbda: Any = None, alpha: Any = None, **more: Any) -> Any:
        if lmbda is not None and alpha is None:
            return with_parameter(x, lmbda)
        if lmbda is not None or alpha is not None or more:
            raise UnsupportedError(f"scipy.stats.{name} of duals takes lmbda; alpha and optimizer have no derivative")
        x = as_operand(x)
        y, value = original(value_of(x))
        lmb = exact(best(llf, value, x), np.asarray(value))
        return exact(with_parameter.__wrapped__(x, lmb), y), lmb

    function.__name__ = name
    return replaced(function)


boxcox = fitted("boxcox", boxcox_llf)
yeojohnson = fitted("yeojohnson", yeojohnson_llf)
