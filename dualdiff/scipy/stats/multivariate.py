"""Multivariate distributions: SciPy's objects, whose log-densities also take duals.

Density, log-density and entropy are compositions of numpy.linalg's functions; values are SciPy's.
"""

import functools

import numpy as np
import scipy.stats as _stats
from scipy import special

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import differentiable
from .continuous import plain_of

__all__ = ["MULTIVARIATE", "Multivariate"]

LOG_2PI = np.log(2 * np.pi)


def scaled_square(x, mean, shape):
    """(x - mean)' shape^-1 (x - mean) for the last axis of x, and log det shape."""
    d = np.shape(shape)[-1]
    centred = np.reshape(x - mean, (-1, d))
    solved = np.linalg.solve(shape, np.transpose(centred))
    square = np.sum(np.transpose(centred) * solved, axis=0)
    _, log_det = np.linalg.slogdet(shape)
    lead = np.shape(x - mean)[:-1]
    return (np.reshape(square, lead) if lead else square[0]), log_det


def matrix_of(cov, d):
    """A covariance as SciPy takes it (a number, a diagonal, a matrix) as a matrix."""
    if isinstance(cov, _stats.Covariance):
        return cov.covariance
    if np.ndim(cov) == 0:
        return np.eye(d) * cov
    return np.diag(cov) if np.ndim(cov) == 1 else cov


def normal_log(x, mean=None, cov=1, allow_singular=False):
    """log of the density of the multivariate normal distribution."""
    d = dimension(mean, cov, x)
    x = points(x, d)
    mean = np.zeros(d) if mean is None else np.reshape(mean, (d,))
    square, log_det = scaled_square(x, mean, matrix_of(cov, d))
    return -0.5 * (d * LOG_2PI + log_det + square)


def dimension(mean, cov, x=None):
    """The dimension that the parameters are of, by SciPy's rule."""
    if mean is not None and np.size(mean) > 1:
        return np.size(mean)
    if not isinstance(cov, _stats.Covariance) and np.ndim(cov):
        return np.shape(cov)[-1]
    if isinstance(cov, _stats.Covariance):
        return cov.shape[-1]
    return 1 if mean is None else np.size(mean)


def points(x, d):
    """Points along the last axis, as SciPy reads them."""
    if np.ndim(x) == 0:
        return np.reshape(x, (1,))
    if np.ndim(x) == 1 and d == 1:
        return np.reshape(x, (-1, 1))
    return x


def normal_entropy(mean=None, cov=1):
    """The entropy of the multivariate normal distribution."""
    d = dimension(mean, cov)
    return 0.5 * np.linalg.slogdet(matrix_of(cov, d))[1] + 0.5 * d * (1 + LOG_2PI)


def student_log(x, loc=None, shape=1, df=1, allow_singular=False):
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


def dirichlet_log(x, alpha):
    """log of the density of the Dirichlet distribution; x has its components along the first axis."""
    alpha = as_operand(alpha)
    n = np.shape(alpha)[0]
    if np.shape(x)[0] == n - 1:
        x = np.concatenate([x, 1 - np.sum(x, axis=0, keepdims=True)])
    wide = np.reshape(alpha, (n,) + (1,) * (np.ndim(x) - 1))
    log_norm = np.sum(special.gammaln(alpha)) - special.gammaln(np.sum(alpha))
    return -log_norm + np.sum(special.xlogy(wide - 1, x), axis=0)


def dirichlet_entropy(alpha):
    """The entropy of the Dirichlet distribution."""
    total, n = np.sum(alpha), np.shape(alpha)[-1]
    log_norm = np.sum(special.gammaln(alpha)) - special.gammaln(total)
    return log_norm + (total - n) * special.psi(total) - np.sum((alpha - 1) * special.psi(alpha))


def wishart_log(x, df, scale):
    """log of the density of the Wishart distribution at one matrix."""
    p = np.shape(scale)[-1] if np.ndim(scale) else 1
    x, scale = np.reshape(x, (p, p)), matrix_of(scale, p)
    return (0.5 * (df - p - 1) * np.linalg.slogdet(x)[1] - 0.5 * np.trace(np.linalg.solve(scale, x))
            - 0.5 * df * p * np.log(2.0) - 0.5 * df * np.linalg.slogdet(scale)[1] - multigammaln(df / 2, p))  # fmt: skip


def invwishart_log(x, df, scale):
    """log of the density of the inverse Wishart distribution at one matrix."""
    p = np.shape(scale)[-1] if np.ndim(scale) else 1
    x, scale = np.reshape(x, (p, p)), matrix_of(scale, p)
    return (0.5 * df * np.linalg.slogdet(scale)[1] - 0.5 * (df + p + 1) * np.linalg.slogdet(x)[1]
            - 0.5 * np.trace(np.linalg.solve(x, scale)) - 0.5 * df * p * np.log(2.0) - multigammaln(df / 2, p))  # fmt: skip


def multigammaln(a, p):
    """log of the multivariate gamma function."""
    return p * (p - 1) / 4 * np.log(np.pi) + sum(special.gammaln(a - j / 2) for j in range(p))


def matrix_normal_log(X, mean=None, rowcov=1, colcov=1):
    """log of the density of the matrix normal distribution at one matrix."""
    rows, columns = np.shape(X)[-2:]
    rowcov, colcov = matrix_of(rowcov, rows), matrix_of(colcov, columns)
    centred = X if mean is None else X - mean
    square = np.sum(centred * np.transpose(np.linalg.solve(colcov, np.transpose(np.linalg.solve(rowcov, centred)))))
    return -0.5 * (rows * columns * LOG_2PI + columns * np.linalg.slogdet(rowcov)[1] + rows * np.linalg.slogdet(colcov)[1]
                   + square)  # fmt: skip


def multinomial_log(x, n, p):
    """log of the probabilities of the multinomial distribution; the counts x are constants."""
    x = np.asarray(value_of(x), float)
    p = as_operand(p)
    last = 1 - np.sum(p[..., :-1], axis=-1, keepdims=True)
    p = np.concatenate([p[..., :-1], last], axis=-1)
    return special.gammaln(value_of(n) + 1.0) + np.sum(special.xlogy(x, p) - special.gammaln(x + 1.0), axis=-1)


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
    entropy : callable, optional
    """

    def __init__(self, original, log, names, entropy=None):
        self.original, self.log, self.names, self.own_entropy = original, log, names, entropy

    def __getattr__(self, name):
        if name.startswith("__") or name in ("original", "names", "log", "own_entropy"):
            raise AttributeError(name)
        if name in self.names:
            return functools.partial(self.density, name)
        found = getattr(self.original, name)
        if not callable(found):
            return found
        return functools.partial(self.other, name, found)

    def density(self, name, *args, **kwargs):
        """A density or its logarithm."""
        original = getattr(self.original, name)
        if not differentiable(*args, *kwargs.values()):
            return original(*args, **kwargs)
        value = original(*plain_of(args), **dict(zip(kwargs, plain_of(kwargs.values()), strict=True)))
        found = self.log(*map(as_operand, args), **{key: as_operand(x) for key, x in kwargs.items()})
        found = found if name.startswith("log") else np.exp(found)
        return exact(np.reshape(found, np.shape(value)), np.asarray(value))

    def other(self, name, original, *args, **kwargs):
        """Any other method: the entropy where it has one here; constants only for the rest."""
        if not differentiable(*args, *kwargs.values()):
            return original(*args, **kwargs)
        if name == "entropy" and self.own_entropy is not None:
            value = original(*plain_of(args), **dict(zip(kwargs, plain_of(kwargs.values()), strict=True)))
            found = self.own_entropy(*map(as_operand, args), **{key: as_operand(x) for key, x in kwargs.items()})
            return exact(as_operand(found), np.asarray(value))
        raise UnsupportedError(
            f"scipy.stats.{type(self.original).__name__.removesuffix('_gen')}.{name} of duals has no derivative here; "
            f"{' and '.join(self.names)} have one"
        )

    def __call__(self, *args, **kwargs):
        """The distribution with its parameters held."""
        return Held(self, args, kwargs) if differentiable(*args, *kwargs.values()) else FrozenPlain(self, args, kwargs)

    def __dir__(self):
        return dir(self.original)


class Held:
    """A multivariate distribution with its parameters held."""

    def __init__(self, dist, args, kwds):
        self.dist, self.args, self.kwds = dist, args, kwds

    def __getattr__(self, name):
        if name.startswith("__") or name in ("dist", "args", "kwds"):
            raise AttributeError(name)
        call = getattr(self.dist, name)
        if name in self.dist.names:
            return lambda x: call(x, *self.args, **self.kwds)
        return lambda *args, **kwargs: call(*args, *self.args, **self.kwds, **kwargs)


class FrozenPlain(Held):
    """The same with plain parameters: what SciPy's frozen distribution has, and densities at duals."""

    def __init__(self, dist, args, kwds):
        super().__init__(dist, args, kwds)
        self.original = dist.original(*args, **kwds)

    def __getattr__(self, name):
        if name.startswith("__") or name in ("dist", "args", "kwds", "original"):
            raise AttributeError(name)
        if name in self.dist.names:
            return super().__getattr__(name)
        return getattr(self.original, name)


PDF, PMF = ("logpdf", "pdf"), ("logpmf", "pmf")
MULTIVARIATE = {
    "multivariate_normal": (normal_log, PDF, normal_entropy),
    "multivariate_t": (student_log, PDF, None),
    "dirichlet": (dirichlet_log, PDF, dirichlet_entropy),
    "wishart": (wishart_log, PDF, None),
    "invwishart": (invwishart_log, PDF, None),
    "matrix_normal": (matrix_normal_log, PDF, None),
    "multinomial": (multinomial_log, PMF, None),
}


class gaussian_kde:  # noqa: N801
    """scipy.stats.gaussian_kde, whose data and points may be duals.

    Parameters
    ----------
    dataset : array_like, (d, n) or (n,)
    bw_method : str, scalar or callable, optional
    weights : array_like, optional
    """

    def __init__(self, dataset, bw_method=None, weights=None):
        plain = [value_of(as_operand(x)) if x is not None else None for x in (dataset, weights)]
        self.original = _stats.gaussian_kde(plain[0], bw_method=value_of(bw_method), weights=plain[1])
        self.dataset = np.atleast_2d(as_operand(dataset))
        self.d, self.n = np.shape(self.dataset)
        given = None if weights is None else as_operand(weights)
        self.weights = np.full(self.n, 1.0 / self.n) if given is None else given / np.sum(given)
        varies = differentiable(dataset, weights, bw_method)
        if not varies:
            self.covariance, self.factor = self.original.covariance, self.original.factor
            return
        self.neff = 1 / np.sum(self.weights * self.weights)
        if bw_method is None or bw_method == "scott":
            self.factor = self.neff ** (-1.0 / (self.d + 4))
        elif bw_method == "silverman":
            self.factor = (self.neff * (self.d + 2.0) / 4.0) ** (-1.0 / (self.d + 4))
        else:
            self.factor = bw_method(self) if callable(bw_method) else as_operand(bw_method)
        centred = self.dataset - np.sum(self.dataset * self.weights, axis=1, keepdims=True)
        scatter = (centred * self.weights) @ np.transpose(centred) / (1 - np.sum(self.weights * self.weights))
        self.covariance = scatter * self.factor * self.factor

    def __getattr__(self, name):
        if name.startswith("__") or name == "original":
            raise AttributeError(name)
        return getattr(self.original, name)

    def logpdf(self, x):
        """log of the estimated density at points (d, m)."""
        points = np.atleast_2d(as_operand(x))
        if np.shape(points)[0] != self.d and np.shape(points) == (1, self.d):
            points = np.transpose(points)
        value = self.original.logpdf(value_of(points))
        if not differentiable(points, self.dataset, self.covariance, self.weights):
            return value
        gaps = np.expand_dims(points, 2) - np.expand_dims(self.dataset, 1)
        flat = np.reshape(gaps, (self.d, -1))
        square = np.reshape(np.sum(flat * np.linalg.solve(self.covariance, flat), axis=0), np.shape(gaps)[1:])
        terms = np.log(self.weights) - 0.5 * square
        top = np.max(value_of(terms), axis=1, keepdims=True)
        log_sum = np.log(np.sum(np.exp(terms - top), axis=1)) + top[:, 0]
        return exact(log_sum - 0.5 * (self.d * LOG_2PI + np.linalg.slogdet(self.covariance)[1]), value)

    def evaluate(self, points):
        """The estimated density at points (d, m)."""
        found = np.exp(self.logpdf(points))
        return exact(as_operand(found), self.original.evaluate(value_of(as_operand(points))))

    pdf = __call__ = evaluate
