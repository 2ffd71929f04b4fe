"""Multivariate distributions: SciPy's objects, whose log-densities also take duals.

Density, log-density and entropy are compositions of numpy.linalg's functions; values are SciPy's.
"""

import copy
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.stats as _stats
from scipy import special

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import differentiable
from ..compose import plain_of
from ..either import either
from ..special import logsumexp
from .orthants import below, within

__all__ = ["MULTIVARIATE", "Multivariate"]

LOG_2PI = np.log(2 * np.pi)


def scaled_square(x: Any, mean: Any, shape: Any) -> tuple[Any, Any]:
    """(x - mean)' shape^-1 (x - mean) for the last axis of x, and log det shape."""
    d = np.shape(shape)[-1]
    centred = np.reshape(x - mean, (-1, d))
    solved = np.linalg.solve(shape, np.transpose(centred))
    square = np.sum(np.transpose(centred) * solved, axis=0)
    _, log_det = np.linalg.slogdet(shape)
    lead = np.shape(x - mean)[:-1]
    return (np.reshape(square, lead) if lead else square[0]), log_det


def matrix_of(cov: Any, d: Any) -> Any:
    """A covariance as SciPy takes it (a number, a diagonal, a matrix) as a matrix."""
    if isinstance(cov, _stats.Covariance):
        return cov.covariance
    if np.ndim(cov) == 0:
        return np.eye(d) * cov
    return np.diag(cov) if np.ndim(cov) == 1 else cov


def normal_log(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    """log of the density of the multivariate normal distribution."""
    d = dimension(mean, cov, x)
    x = points(x, d)
    mean = np.zeros(d) if mean is None else np.reshape(mean, (d,))
    cov = matrix_of(cov, d)
    if allow_singular and np.linalg.matrix_rank(value_of(cov)) < d:
        raise UnsupportedError(
            "multivariate_normal of a singular covariance has no derivative here: leave out dependent components"
        )
    square, log_det = scaled_square(x, mean, cov)
    return -0.5 * (d * LOG_2PI + log_det + square)


def normal_sample(mean: Any = None, cov: Any = 1, size: Any = 1, random_state: Any = None) -> Any:
    """A sample, which moves with the mean."""
    if differentiable(cov):
        raise UnsupportedError(
            "samples of multivariate_normal by the covariance: draw standard normal numbers z and write mean + L @ z "
            "with L = np.linalg.cholesky(cov)"
        )
    return mean - value_of(mean)


def dimension(mean: Any, cov: Any, x: Any = None) -> Any:
    """The dimension that the parameters are of, by SciPy's rule."""
    if mean is not None and np.size(mean) > 1:
        return np.size(mean)
    if not isinstance(cov, _stats.Covariance) and np.ndim(cov):
        return np.shape(cov)[-1]
    if isinstance(cov, _stats.Covariance):
        return cov.shape[-1]
    return 1 if mean is None else np.size(mean)


def points(x: Any, d: Any) -> Any:
    """Points along the last axis, as SciPy reads them."""
    if np.ndim(x) == 0:
        return np.reshape(x, (1,))
    if np.ndim(x) == 1 and d == 1:
        return np.reshape(x, (-1, 1))
    return x


def normal_entropy(mean: Any = None, cov: Any = 1) -> Any:
    """The entropy of the multivariate normal distribution."""
    d = dimension(mean, cov)
    return 0.5 * np.linalg.slogdet(matrix_of(cov, d))[1] + 0.5 * d * (1 + LOG_2PI)


def normal_cdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False, maxpts: Any = None,
               abseps: float = 1e-5, releps: float = 1e-5, *, lower_limit: Any = None, rng: Any = None) -> Any:
    """The derivatives of the multivariate normal distribution function, whose value is SciPy's own estimate.

    They are probabilities of fewer variables: exact for up to four variables, of SciPy's accuracy for more.
    """
    d = dimension(mean, cov, x)
    x, mean, cov = points(x, d), np.zeros(d) if mean is None else np.reshape(mean, (d,)), matrix_of(cov, d)
    if np.linalg.matrix_rank(value_of(cov)) < d:
        raise UnsupportedError(
            "multivariate_normal of a singular covariance has no derivative here: leave out dependent components"
        )
    if lower_limit is None:
        return below(np.reshape(x, (-1, d)) - mean, cov)
    shape = np.broadcast_shapes(np.shape(x), np.shape(lower_limit))
    low, x = (np.reshape(np.broadcast_to(e, shape), (-1, d)) - mean for e in (lower_limit, x))
    return within(low, x, cov)


def student_log(x: Any, loc: Any = None, shape: Any = 1, df: Any = 1, allow_singular: bool = False) -> Any:
    """log of the density of the multivariate t distribution."""
    d = dimension(loc, shape, x)
    x = points(x, d)
    loc = np.zeros(d) if loc is None else np.reshape(loc, (d,))
    square, log_det = scaled_square(x, loc, matrix_of(shape, d))
    if not differentiable(df) and np.isinf(df):
        return -0.5 * (d * LOG_2PI + log_det + square)
    half = (df + d) / 2
    return (special.gammaln(half) - special.gammaln(df / 2) - d / 2 * np.log(df * np.pi) - 0.5 * log_det
            - half * np.log1p(square / df))  # fmt: skip


def dirichlet_log(x: Any, alpha: Any) -> Any:
    """log of the density of the Dirichlet distribution; x has its components along the first axis."""
    alpha = as_operand(alpha)
    n = np.shape(alpha)[0]
    if np.shape(x)[0] == n - 1:
        x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)])
    wide = np.reshape(alpha, (n,) + (1,) * (np.ndim(x) - 1))
    log_norm = np.sum(special.gammaln(alpha)) - special.gammaln(np.sum(alpha))
    return -log_norm + np.sum(special.xlogy(wide - 1, x), axis=0)


def dirichlet_entropy(alpha: Any) -> Any:
    """The entropy of the Dirichlet distribution."""
    total, n = np.sum(alpha), np.shape(alpha)[-1]
    log_norm = np.sum(special.gammaln(alpha)) - special.gammaln(total)
    return log_norm + (total - n) * special.psi(total) - np.sum((alpha - 1) * special.psi(alpha))


def wishart_log_one(x: Any, df: Any, scale: Any) -> Any:
    """log of the density of the Wishart distribution at one matrix."""
    p = np.shape(scale)[-1] if np.ndim(scale) else 1
    x, scale = np.reshape(x, (p, p)), matrix_of(scale, p)
    return (0.5 * (df - p - 1) * np.linalg.slogdet(x)[1] - 0.5 * np.trace(np.linalg.solve(scale, x))
            - 0.5 * df * p * np.log(2.0) - 0.5 * df * np.linalg.slogdet(scale)[1] - multigammaln(df / 2, p)
    )  # fmt: skip


def invwishart_log_one(x: Any, df: Any, scale: Any) -> Any:
    """log of the density of the inverse Wishart distribution at one matrix."""
    p = np.shape(scale)[-1] if np.ndim(scale) else 1
    x, scale = np.reshape(x, (p, p)), matrix_of(scale, p)
    return (0.5 * df * np.linalg.slogdet(scale)[1] - 0.5 * (df + p + 1) * np.linalg.slogdet(x)[1]
            - 0.5 * np.trace(np.linalg.solve(x, scale)) - 0.5 * df * p * np.log(2.0) - multigammaln(df / 2, p)
    )  # fmt: skip


def each_matrix(one: Any, x: Any, df: Any, scale: Any) -> Any:
    """A log-density of one matrix at each of a stack of them along the last axis, as SciPy reads it."""
    if np.ndim(x) < 3 or np.ndim(scale) == 0:
        return (
            one(x, df, scale)
            if np.ndim(scale) or np.ndim(x) == 0
            else np.stack([one(x[i], df, scale) for i in range(len(x))])
        )
    return np.stack([one(x[..., i], df, scale) for i in range(np.shape(x)[-1])])


def wishart_log(x: Any, df: Any, scale: Any) -> Any:
    """log of the density of the Wishart distribution."""
    return each_matrix(wishart_log_one, x, df, scale)


def invwishart_log(x: Any, df: Any, scale: Any) -> Any:
    """log of the density of the inverse Wishart distribution."""
    return each_matrix(invwishart_log_one, x, df, scale)


def multigammaln(a: Any, p: Any) -> Any:
    """log of the multivariate gamma function."""
    return p * (p - 1) / 4 * np.log(np.pi) + sum(special.gammaln(a - j / 2) for j in range(p))


def matrix_normal_log(X: Any, mean: Any = None, rowcov: Any = 1, colcov: Any = 1) -> Any:
    """log of the density of the matrix normal distribution at one matrix."""
    rows, columns = np.shape(X)[-2:]
    rowcov, colcov = matrix_of(rowcov, rows), matrix_of(colcov, columns)
    centred = X if mean is None else X - mean
    square = np.sum(centred * np.transpose(np.linalg.solve(colcov, np.transpose(np.linalg.solve(rowcov, centred)))))
    return -0.5 * (rows * columns * LOG_2PI + columns * np.linalg.slogdet(rowcov)[1]
                   + rows * np.linalg.slogdet(colcov)[1]
                   + square)  # fmt: skip


def multinomial_log(x: Any, n: Any, p: Any) -> Any:
    """log of the probabilities of the multinomial distribution; the counts x are constants."""
    x = np.asarray(value_of(x), float)
    p = as_operand(p)
    last = 1 - np.sum(p[..., :-1], axis=-1, keepdims=True)
    p = np.concatenate([p[..., :-1], last], axis=-1)
    return special.gammaln(value_of(n) + 1.0) + np.sum(special.xlogy(x, p) - special.gammaln(x + 1.0), axis=-1)


def student_entropy(loc: Any = None, shape: Any = 1, df: Any = 1) -> Any:
    """The entropy of the multivariate t distribution."""
    d = dimension(loc, shape)
    half, rest = (df + d) / 2, df / 2
    found = (special.gammaln(rest) - special.gammaln(half) + d / 2 * np.log(df * np.pi)
             + half * (special.psi(half) - special.psi(rest)))  # fmt: skip
    return found + 0.5 * np.linalg.slogdet(matrix_of(shape, d))[1]


def multi_psi(a: Any, p: Any) -> Any:
    """The derivative of multigammaln."""
    return sum(special.psi(a - j / 2) for j in range(p))


def wishart_entropy(df: Any, scale: Any) -> Any:
    """The entropy of the Wishart distribution."""
    p = np.shape(scale)[-1] if np.ndim(scale) else 1
    log_det = np.linalg.slogdet(matrix_of(scale, p))[1]
    return (0.5 * (p + 1) * log_det + 0.5 * p * (p + 1) * np.log(2.0) + multigammaln(df / 2, p)
            - 0.5 * (df - p - 1) * multi_psi(df / 2, p) + 0.5 * df * p)  # fmt: skip


def invwishart_entropy(df: Any, scale: Any) -> Any:
    """The entropy of the inverse Wishart distribution."""
    p = np.shape(scale)[-1] if np.ndim(scale) else 1
    log_det = np.linalg.slogdet(matrix_of(scale, p))[1]
    return (0.5 * (p + 1) * (log_det - np.log(2.0)) + multigammaln(df / 2, p) + 0.5 * df * p
            - 0.5 * (df + p + 1) * multi_psi(df / 2, p))  # fmt: skip


def matrix_normal_entropy(rowcov: Any = 1, colcov: Any = 1) -> Any:
    """The entropy of the matrix normal distribution."""
    rows, columns = (np.shape(e)[-1] if np.ndim(e) else 1 for e in (rowcov, colcov))
    return (0.5 * rows * columns * (1 + LOG_2PI) + 0.5 * columns * np.linalg.slogdet(matrix_of(rowcov, rows))[1]
            + 0.5 * rows * np.linalg.slogdet(matrix_of(colcov, columns))[1])  # fmt: skip


def dirichlet_mean(alpha: Any) -> Any:
    """The mean of the Dirichlet distribution."""
    return alpha / np.sum(alpha)


def dirichlet_var(alpha: Any) -> Any:
    """The variances of the Dirichlet distribution."""
    total = np.sum(alpha)
    return alpha * (total - alpha) / (total * total * (total + 1))


def dirichlet_multinomial_log(x: Any, alpha: Any, n: Any) -> Any:
    """log of the probabilities of the Dirichlet multinomial distribution; the counts are constants."""
    x, n = np.asarray(value_of(x), float), np.asarray(value_of(n), float)
    total = np.sum(alpha, axis=-1)
    return (special.gammaln(total) + special.gammaln(n + 1) - special.gammaln(n + total)
            + np.sum(special.gammaln(x + alpha) - special.gammaln(alpha) - special.gammaln(x + 1), axis=-1)
    )  # fmt: skip


def von_mises_fisher_log(x: Any, mu: Any = None, kappa: Any = 1) -> Any:
    """log of the density of the von Mises-Fisher distribution on the sphere."""
    d = np.shape(mu)[-1]
    half = d / 2 - 1
    log_norm = half * np.log(kappa) - d / 2 * LOG_2PI - np.log(special.ive(half, kappa)) - kappa
    return log_norm + kappa * (x @ mu)


class Multivariate:
    """A multivariate distribution of scipy.stats, whose methods also take duals.

    Parameters
    ----------
    original
        SciPy's distribution.
    log : callable
        The logarithm of its density.
    names : tuple of str
        `logpdf` and `pdf`, or `logpmf` and `pmf`.
    others : dict, optional
        Compositions of other methods by their names.
    """

    def __init__(self, original: Any, log: Any, names: Any, others: Any = None) -> None:
        self.original, self.log, self.names, self.others = original, log, names, others or {}

    def __setattr__(self, name: str, x: Any) -> None:
        if hasattr(self.__dict__.get("original"), name):    # random_state is a setting of SciPy's object
            setattr(self.original, name, x)
        else:
            object.__setattr__(self, name, x)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("original", "names", "log", "others"):
            raise AttributeError(name)
        if name in self.names:
            return functools.partial(self.density, name)
        found = getattr(self.original, name)
        if not callable(found):
            return found
        return functools.partial(self.other, name, found)

    def density(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """A density or its logarithm."""
        original = getattr(self.original, name)
        if not differentiable(*args, *kwargs.values()):
            return original(*args, **kwargs)
        value = original(*plain_of(args), **dict(zip(kwargs, plain_of(kwargs.values()), strict=True)))
        found = self.log(*map(as_operand, args), **{key: as_operand(x) for key, x in kwargs.items()})
        found = found if name.startswith("log") else np.exp(found)
        return exact(np.reshape(found, np.shape(value)), np.asarray(value))

    def other(self, name: str, original: Any, *args: Any, **kwargs: Any) -> Any:
        """Any other method: a composition where there is one; constants only for the rest."""
        if not differentiable(*args, *kwargs.values()):
            return original(*args, **kwargs)
        if name in self.others:
            value = original(*plain_of(args), **dict(zip(kwargs, plain_of(kwargs.values()), strict=True)))
            found = self.others[name](*map(as_operand, args), **{key: as_operand(x) for key, x in kwargs.items()})
            if name == "rvs":
                found = found + value
            elif name in ("cdf", "logcdf"):
                probability = np.exp(value) if name == "logcdf" else value
                found = exact(np.reshape(found, np.shape(value)), np.asarray(probability))
                found = np.log(found) if name == "logcdf" else found
            return exact(as_operand(found), np.asarray(value))
        have = [*self.names, *self.others]
        raise UnsupportedError(
            f"scipy.stats.{type(self.original).__name__.removesuffix('_gen')}.{name} of duals has no derivative here"
            + (f"; {', '.join(have)} have one" if have else "")
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The distribution with its parameters held."""
        return Held(self, args, kwargs) if differentiable(*args, *kwargs.values()) else FrozenPlain(self, args, kwargs)

    def __dir__(self) -> Any:
        return dir(self.original)

    def __reduce__(self) -> tuple[Any, Any]:
        return Multivariate, (self.original, self.log, self.names, self.others)     # with its random state


class Held:
    """A multivariate distribution with its parameters held."""

    def __init__(self, dist: Any, args: Any, kwds: Any) -> None:
        self.dist, self.args, self.kwds = dist, args, kwds

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__") or name in ("dist", "args", "kwds"):
            raise AttributeError(name)
        call = getattr(self.dist, name)
        if name in self.dist.names:
            return lambda *x: call(*x, *self.args, **self.kwds)
        if name == "rvs":
            return lambda size=1, random_state=None: call(
                *self.args, **self.kwds, size=size, random_state=random_state
            )
        return lambda *args, **kwargs: call(*args, *self.args, **self.kwds, **kwargs)


class FrozenPlain(Held):
    """The same with plain parameters: what SciPy's frozen distribution has, and densities at duals."""

    def __init__(self, dist: Any, args: Any, kwds: Any) -> None:
        self.original = dist.original(*args, **kwds)
        super().__init__(dist, args, {key: x for key, x in kwds.items() if key != "seed"})

    def __setattr__(self, name: str, x: Any) -> None:
        if hasattr(self.__dict__.get("original"), name):
            setattr(self.original, name, x)
        else:
            object.__setattr__(self, name, x)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """SciPy's class, so that isinstance answers as for SciPy's object."""
        return type(self.original)

    def __reduce__(self) -> tuple[Any, Any]:
        return FrozenPlain, (self.dist, self.args, self.kwds)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("dist", "args", "kwds", "original"):
            raise AttributeError(name)
        theirs = getattr(self.original, name)
        if name not in self.dist.names and name not in self.dist.others:
            return theirs
        ours = super().__getattr__(name)

        def answer(*args: Any, **kwargs: Any) -> Any:
            call = ours if differentiable(*args, *kwargs.values()) else theirs
            return call(*args, **kwargs)

        return answer


def normal_inverse_gamma_log(x: Any, s2: Any, mu: Any = 0.0, lmbda: Any = 1.0, a: Any = 1.0, b: Any = 1.0) -> Any:
    """The log-density of a normal and an inverse gamma variable together."""
    gap = x - mu
    return (0.5 * (np.log(lmbda) - LOG_2PI - np.log(s2)) + a * np.log(b) - special.gammaln(a)
            - (a + 1) * np.log(s2) - (b + 0.5 * lmbda * gap * gap) / s2)  # fmt: skip


PDF, PMF = ("logpdf", "pdf"), ("logpmf", "pmf")
MULTIVARIATE = {
    "multivariate_normal": (normal_log, PDF, {
        "cdf": normal_cdf, "logcdf": normal_cdf, "entropy": normal_entropy, "rvs": normal_sample}),
    "multivariate_t": (student_log, PDF, {"entropy": student_entropy}),
    "dirichlet": (dirichlet_log, PDF, {"entropy": dirichlet_entropy, "mean": dirichlet_mean, "var": dirichlet_var}),
    "wishart": (wishart_log, PDF, {"entropy": wishart_entropy}),
    "invwishart": (invwishart_log, PDF, {"entropy": invwishart_entropy}),
    "matrix_normal": (matrix_normal_log, PDF, {"entropy": matrix_normal_entropy}),
    "multinomial": (multinomial_log, PMF, {}),
    "dirichlet_multinomial": (dirichlet_multinomial_log, PMF, {}),
    "normal_inverse_gamma": (normal_inverse_gamma_log, PDF, {}),
    "vonmises_fisher": (von_mises_fisher_log, PDF, {}),
}


class KdeOfDuals:
    """scipy.stats.gaussian_kde of duals as data, weights, bandwidth or points.

    Parameters
    ----------
    dataset : array_like, (d, n) or (n,)
    bw_method : str, scalar or callable, optional
    weights : array_like, optional
    """

    factor: Any

    def __init__(self, dataset: Any, bw_method: Any = None, weights: Any = None) -> None:
        plain = [value_of(as_operand(x)) if x is not None else None for x in (dataset, weights)]
        self.original = _stats.gaussian_kde(plain[0], weights=plain[1])
        self.dataset = np.atleast_2d(as_operand(dataset))
        self.d, self.n = np.shape(self.dataset)
        given = None if weights is None else as_operand(weights)
        self.weights = np.full(self.n, 1.0 / self.n) if given is None else given / np.sum(given)
        self.set_bandwidth("scott" if bw_method is None else bw_method)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("original", "dataset", "factor", "weights"):
            raise AttributeError(name)
        return self.refused(name)

    # ---- the kernel ----

    @property
    def neff(self) -> Any:
        """How many points of equal weight say as much."""
        return exact(as_operand(1 / np.sum(self.weights * self.weights)), np.asarray(self.original.neff))

    def scotts_factor(self) -> Any:
        """Scott's rule."""
        return exact(as_operand(self.neff ** (-1.0 / (self.d + 4))), np.asarray(self.original.scotts_factor()))

    def silverman_factor(self) -> Any:
        """Silverman's rule."""
        found = (self.neff * (self.d + 2.0) / 4.0) ** (-1.0 / (self.d + 4))
        return exact(as_operand(found), np.asarray(self.original.silverman_factor()))

    def covariance_factor(self) -> Any:
        """The bandwidth."""
        return self.factor

    def set_bandwidth(self, bw_method: Any = None) -> None:
        """A bandwidth for what is asked from now on."""
        if bw_method is None:
            return
        rules = {"scott": self.scotts_factor, "silverman": self.silverman_factor}
        if isinstance(bw_method, str) and bw_method in rules:
            factor = rules[bw_method]()
        else:
            factor = bw_method(self) if callable(bw_method) else bw_method
        self.original.set_bandwidth(bw_method if isinstance(bw_method, str) else value_of(factor))
        self.factor = as_operand(factor)

    @property
    def covariance(self) -> Any:
        """Of one kernel."""
        centred = self.dataset - np.sum(self.dataset * self.weights, axis=1, keepdims=True)
        scatter = (centred * self.weights) @ np.transpose(centred) / (1 - np.sum(self.weights * self.weights))
        return exact(scatter * self.factor * self.factor, self.original.covariance)

    @property
    def inv_cov(self) -> Any:
        """Its inverse."""
        return exact(np.linalg.inv(self.covariance), self.original.inv_cov)

    # ---- integrals ----

    def integrate_box_1d(self, low: Any, high: Any) -> Any:
        """The estimated probability of an interval, for one variable."""
        value = self.original.integrate_box_1d(value_of(as_operand(low)), value_of(as_operand(high)))
        spread = np.sqrt(np.reshape(self.covariance, -1)[0])
        data = np.reshape(self.dataset, -1)
        share = special.ndtr((high - data) / spread) - special.ndtr((low - data) / spread)
        return exact(as_operand(np.sum(self.weights * share)), np.asarray(value))

    def integrate_gaussian(self, mean: Any, cov: Any) -> Any:
        """The integral of the estimated density times that of a normal variable."""
        mean, cov = np.atleast_1d(as_operand(mean)), np.atleast_2d(as_operand(cov))
        value = self.original.integrate_gaussian(value_of(mean), value_of(cov))
        found = kernel_sum(mean[:, None], self.dataset, self.covariance + cov, self.weights)
        return exact(found[0], np.asarray(value))

    def integrate_kde(self, other: Any) -> Any:
        """The integral of the product of two estimated densities."""
        value = self.original.integrate_kde(getattr(other, "original", other))
        found = kernel_sum(other.dataset, self.dataset, self.covariance + other.covariance, self.weights)
        return exact(as_operand(np.sum(found * other.weights)), np.asarray(value))

    def marginal(self, dimensions: Any) -> Any:
        """The estimate of some of the variables."""
        self.original.marginal(dimensions)      # what SciPy says to wrong ones
        return KdeOfDuals(self.dataset[np.atleast_1d(dimensions)], self.factor, self.weights)

    def refused(self, name: str) -> Any:
        """What has no derivative here; what is no number is SciPy's."""
        found = getattr(self.original, name)
        if not callable(found) and getattr(found, "dtype", np.dtype(type(found))).kind not in "fc":
            return found
        if not differentiable(self.dataset, self.factor, self.weights):
            return found
        raise UnsupportedError(
            f"gaussian_kde.{name} of duals has no derivative here; logpdf, pdf, integrate_box_1d, integrate_gaussian, "
            "integrate_kde, marginal and covariance have one"
        )

    # ---- densities ----

    def logpdf(self, x: Any) -> Any:
        """log of the estimated density at points (d, m)."""
        points = np.atleast_2d(as_operand(x))
        if np.shape(points)[0] != self.d and np.shape(points) == (1, self.d):
            points = np.transpose(points)
        value = self.original.logpdf(value_of(points))
        covariance = self.covariance
        terms = np.log(self.weights) - 0.5 * squares(points, self.dataset, covariance)
        log_sum = logsumexp(terms, axis=1)
        return exact(log_sum - 0.5 * (self.d * LOG_2PI + np.linalg.slogdet(covariance)[1]), value)

    def evaluate(self, points: Any) -> Any:
        """The estimated density at points (d, m)."""
        found = np.exp(self.logpdf(points))
        return exact(as_operand(found), self.original.evaluate(value_of(as_operand(points))))

    pdf = __call__ = evaluate


def squares(points: Any, data: Any, covariance: Any) -> Any:
    """(x - y)' covariance^-1 (x - y) for x of points (d, m) and y of data (d, n), (m, n)."""
    gaps = np.expand_dims(points, 2) - np.expand_dims(data, 1)
    flat = np.reshape(gaps, (np.shape(data)[0], -1))
    return np.reshape(np.sum(flat * np.linalg.solve(covariance, flat), axis=0), np.shape(gaps)[1:])


def kernel_sum(points: Any, data: Any, covariance: Any, weights: Any) -> Any:
    """The weighted sum over data (d, n) of normal densities at points (d, m)."""
    square = squares(points, data, covariance)
    size = np.sqrt(np.linalg.det(2 * np.pi * covariance))
    return np.sum(weights * np.exp(-0.5 * square), axis=1) / size


def from_kde(made: Any) -> Any:
    """SciPy's gaussian_kde, for points that are duals."""
    found = object.__new__(KdeOfDuals)
    found.original, found.dataset, found.d, found.n = made, made.dataset, made.d, made.n
    found.weights, found.factor = made.weights, made.factor
    return found


def set_bandwidth(self: Any, bw_method: Any = None) -> None:
    """scipy.stats.gaussian_kde.set_bandwidth; a bandwidth that is a dual makes it an estimate of duals."""
    factor = bw_method(self) if callable(bw_method) else bw_method
    varies = differentiable(factor)
    _stats.gaussian_kde.set_bandwidth(self, value_of(factor) if varies else bw_method)
    if varies:
        found = from_kde(copy.copy(self))
        found.factor = as_operand(factor)
        self.__class__, self.__dict__ = KdeOfDuals, found.__dict__


def integrate_kde(self: Any, other: Any) -> Any:
    """scipy.stats.gaussian_kde.integrate_kde, also with an estimate of duals."""
    if isinstance(other, KdeOfDuals):
        return from_kde(self).integrate_kde(other)
    return _stats.gaussian_kde.integrate_kde(self, other)


DENSITY = ("evaluate", "pdf", "__call__", "logpdf", "integrate_box_1d", "integrate_gaussian")
gaussian_kde = either(_stats, "gaussian_kde", KdeOfDuals, from_kde, DENSITY, (set_bandwidth, integrate_kde))
