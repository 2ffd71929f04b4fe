"""scipy.stats for duals and plain arrays alike: ``from dualdiff.scipy import stats``.

Names, signatures and values are SciPy's; on plain numbers SciPy's own functions answer.

    continuous distributions      logpdf pdf logcdf cdf logsf sf ppf isf moments entropy rvs, by x and by every
    parameter
    discrete distributions        logpmf pmf cdf sf moments entropy, by their real parameters
    multivariate distributions    logpdf pdf entropy; gaussian_kde
    statistics of samples         zscore skew kurtosis pearsonr linregress t tests and others

What has no derivative is passed on, and refuses duals by name.
"""

import functools
import types as _types
from collections.abc import Callable
from typing import Any

import scipy.stats as _stats

from ..applied import refuse_duals as _refuse_duals, theirs as _theirs
from .continuous import Continuous, Distribution as _Distribution, rv_histogram as _rv_histogram
from .discrete import Discrete as _Discrete
from .inference import DESCRIPTIVE as _DESCRIPTIVE
from .mixture import Mixture as _Mixture
from .multivariate import MULTIVARIATE as _MULTIVARIATE, Multivariate as _Multivariate, gaussian_kde
from .newstyle import (
    NEW as _NEW,
    NewStyle as _NewStyle,
    family as _family,
    make_distribution as _make_distribution,
)

__all__ = ["gaussian_kde"]

_multi_rv_generic = type(_stats.multivariate_normal).__mro__[1]
_REASONS = {
    "it depends on ranks or counts only, whose derivative is zero": (
        "spearmanr spearmanrho kendalltau rankdata mannwhitneyu wilcoxon kruskal ks_2samp mode ranksums weightedtau "
        "somersd mood ansari friedmanchisquare brunnermunzel fligner median_test chatterjeexi page_trend_test "
        "tiecorrect "
        "anderson_ksamp cramervonmises_2samp percentileofscore cumfreq relfreq ecdf logrank"
    ),
    "it is a test of counts": (
        "find_repeats barnard_exact boschloo_exact binomtest fisher_exact poisson_means_test quantile_test"
    ),
    "it draws at random": (
        "bootstrap permutation_test monte_carlo_test goodness_of_fit bws_test sobol_indices multiscale_graphcorr "
        "dunnett"
    ),
    "its p-value is SciPy's table or compiled code; write the statistic from the distribution function": (
        "anderson shapiro cramervonmises ks_1samp kstest tukey_hsd epps_singleton_2samp"
    ),
    "it searches for the best parameters; minimise the negative of logpdf with optimize.minimize": "fit",
    "its maximum is found by a search": "ppcc_max ppcc_plot boxcox_normplot yeojohnson_normplot",
    "it is the inverse of quantile; write np.interp(y, np.sort(x), np.linspace(0, 1, len(x)))": "estimated_cdf",
    "it solves a linear program; wasserstein_distance has a derivative": "wasserstein_distance_nd",
    "of a distribution with duals: write it with its distribution function": (
        "abs exp log power order_statistic truncate"
    ),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    found = _theirs(_stats, name)
    if name.startswith("_"):
        return found
    if isinstance(found, _stats.rv_continuous):
        found = Continuous(found)
    elif isinstance(found, _stats.rv_discrete):
        found = _Discrete(found)
    elif name in _NEW:
        old, arguments = _NEW[name]
        found = _family(name, __getattr__(old), arguments, found)
    elif name == "Mixture":
        found = _Mixture
    elif name == "rv_histogram":
        found = _rv_histogram
    elif name == "make_distribution":
        found = _make_distribution
    elif name in _MULTIVARIATE:
        found = _Multivariate(found, *_MULTIVARIATE[name])
    elif name in _DESCRIPTIVE:
        found = _DESCRIPTIVE[name]
    elif isinstance(found, _multi_rv_generic):
        found = _Multivariate(found, None, ())
        found.refused_because = "its parameters are counts, or its samples are matrices without a rule"
    elif callable(found) and not isinstance(found, type):
        found = _refusing(found, name)
    if isinstance(found, _types.FunctionType):
        found.__module__ = __name__     # where pickle finds it
    globals()[name] = found
    return found


def _scipys(x: Any) -> Any:
    """SciPy's distribution in place of ours: its functions ask which one it is."""
    kinds = type(x).__mro__
    return x.transformed(lambda x: x) if _NewStyle in kinds else x.original if _Distribution in kinds else x


def _refusing(original: Any, name: str) -> Callable[..., Any]:
    """SciPy's function, which refuses duals by name."""
    why = next((why for why, names in _REASONS.items() if name in names.split()), "it has no derivative here")

    @functools.wraps(original)
    def answer(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = [*map(_scipys, args)], {key: _scipys(x) for key, x in kwargs.items()}
        return _refuse_duals(original, f"scipy.stats.{name}", why, args, kwargs)

    answer.refused_because = why     # type: ignore[attr-defined]
    return answer


def __dir__() -> Any:
    return sorted(dir(_stats))
