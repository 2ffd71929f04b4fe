"""Discrete distributions: SciPy's objects, whose methods also take duals in their parameters.

The argument k and the parameters that count something (the number of trials, of balls) are constants where the mass
function is defined at integers only.  Distribution functions are sums of the mass function, moments as well.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import differentiable
from ..compose import plain_of
from ..integrals import log_integral
from .continuous import Distribution, method
from .densities import log_poisson

__all__ = ["LOG_MASSES", "Discrete"]

LOG_MASSES: dict[Any, Any] = {}
"""log p(k; shapes) of a distribution with loc = 0, at the points of its support."""


def mass(*names: Any) -> Callable[..., Any]:
    """Registers a log-mass."""

    def register(function: Any) -> Any:
        LOG_MASSES.update(dict.fromkeys(names, function))
        return function

    return register


def log_choose(n: Any, k: Any) -> Any:
    """log of the binomial coefficient."""
    return special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0)


def column(x: Any) -> Any:
    """An array with a new last axis, along which terms are summed."""
    return np.expand_dims(x, -1) if np.ndim(x) else x


@mass("bernoulli")
def bernoulli(k: Any, p: Any) -> Any:
    return special.xlogy(k, p) + special.xlog1py(1 - k, -p)


@mass("betabinom")
def betabinom(k: Any, n: Any, a: Any, b: Any) -> Any:
    return log_choose(n, k) + special.betaln(k + a, n - k + b) - special.betaln(a, b)


@mass("betanbinom")
def betanbinom(k: Any, n: Any, a: Any, b: Any) -> Any:
    return log_choose(n + k - 1, k) + special.betaln(a + n, b + k) - special.betaln(a, b)


@mass("binom")
def binom(k: Any, n: Any, p: Any) -> Any:
    return log_choose(n, k) + special.xlogy(k, p) + special.xlog1py(n - k, -p)


@mass("boltzmann")
def boltzmann(k: Any, lambda_: Any, N: Any) -> Any:
    return np.log(-np.expm1(-lambda_)) - lambda_ * k - np.log(-np.expm1(-lambda_ * N))


@mass("dlaplace")
def dlaplace(k: Any, a: Any) -> Any:
    return np.log(np.tanh(a / 2)) - a * np.abs(k)


@mass("geom")
def geom(k: Any, p: Any) -> Any:
    return special.xlog1py(k - 1, -p) + np.log(p)


@mass("logser")
def logser(k: Any, p: Any) -> Any:
    return special.xlogy(k, p) - np.log(k) - np.log(-np.log1p(-p))


@mass("nbinom")
def nbinom(k: Any, n: Any, p: Any) -> Any:
    return (
        special.gammaln(n + k)
        - special.gammaln(k + 1.0)
        - special.gammaln(n)
        + special.xlogy(n, p)
        + special.xlog1py(k, -p)
    )


@mass("nchypergeom_fisher")
def nchypergeom_fisher(k: Any, M: Any, n: Any, N: Any, odds: Any) -> Any:
    whole = [value_of(e) for e in (M, n, N)]
    j = np.arange(int(np.max(whole[2])) + 1.0)
    wide = [np.asarray(e)[..., None] for e in whole]
    m, total, drawn = wide
    possible = (j >= drawn - (m - total)) & (j <= np.minimum(total, drawn))
    safe = np.where(possible, j, np.maximum(0, drawn - (m - total)))
    ways = log_choose(total, safe) + log_choose(m - total, drawn - safe)
    terms = np.where(possible, ways, -np.inf)
    log_odds = np.log(odds)
    wide_odds = column(log_odds)
    top = np.max(terms + j * value_of(wide_odds), axis=-1, keepdims=True)
    norm = (
        np.log(np.sum(np.where(possible, np.exp(np.where(possible, terms, 0.0) + j * wide_odds - top), 0.0), axis=-1))
        + top[..., 0]
    )
    return log_choose(whole[1], k) + log_choose(whole[0] - whole[1], whole[2] - k) + k * log_odds - norm


@mass("nchypergeom_wallenius")
def nchypergeom_wallenius(k: Any, M: Any, n: Any, N: Any, odds: Any) -> Any:
    """By the integral of Wallenius (1963) over the time of drawing."""
    M, n, N = (np.asarray(value_of(e), float) for e in (M, n, N))
    rest = odds * (n - k) + (M - n - N + k)
    none_left = value_of(rest) == 0
    rest = np.where(none_left, 1.0, rest)

    def log_f(t: Any, k: Any, others: Any, odds: Any, rest: Any) -> Any:
        log_t = np.log(t)
        return special.xlogy(k, -np.expm1(log_t * (odds / rest))) + special.xlogy(others, -np.expm1(log_t / rest))

    size, part = log_integral(log_f, 0.0, 1.0, k, N - k, odds, rest)
    found = log_choose(n, k) + log_choose(M - n, N - k) + size + np.log(part)
    return np.where(none_left, 0.0, found)


@mass("poisson_binom")
def poisson_binom(k: Any, p: Any) -> Any:
    """The coefficients of the product of 1 - p + p z."""
    weights = np.ones(1)
    for i in range(np.shape(p)[-1]):
        q, none = p[i], np.zeros(1)
        weights = np.concatenate([weights * (1 - q), none]) + np.concatenate([none, weights * q])
    return np.log(weights)[np.asarray(k).astype(int)]


@mass("planck")
def planck(k: Any, lambda_: Any) -> Any:
    return np.log(-np.expm1(-lambda_)) - lambda_ * k


@mass("poisson")
def poisson(k: Any, mu: Any) -> Any:
    return log_poisson(k, mu)


@mass("skellam")
def skellam(k: Any, mu1: Any, mu2: Any) -> Any:
    root = np.sqrt(mu1 * mu2)
    return -((np.sqrt(mu1) - np.sqrt(mu2)) ** 2) + k / 2 * np.log(mu1 / mu2) + np.log(special.ive(np.abs(k), 2 * root))


@mass("yulesimon")
def yulesimon(k: Any, alpha: Any) -> Any:
    return np.log(alpha) + special.betaln(k, alpha + 1)


@mass("zipf")
def zipf(k: Any, a: Any) -> Any:
    return -a * np.log(k) - np.log(special.zeta(a, 1.0))


@mass("zipfian")
def zipfian(k: Any, a: Any, n: Any) -> Any:
    j = np.arange(1.0, np.max(value_of(n)) + 1)
    wide = column(a)
    terms = np.where(j <= np.asarray(value_of(n))[..., None], np.exp(-wide * np.log(j)), 0.0)
    return -a * np.log(k) - np.log(np.sum(terms, axis=-1))


class Discrete(Distribution):
    """A discrete distribution of scipy.stats, whose methods also take duals in its parameters."""

    last = ()

    @property
    def log_mass(self) -> Any:
        """Its row, or an error that says that it has none."""
        found = LOG_MASSES.get(self.name)
        if found is None:
            raise UnsupportedError(
                f"scipy.stats.{self.name} has no derivative here: its parameters are counts, or its mass function is "
                "no expression in functions that have one; keep its arguments constant"
            )
        return found

    def points(self, k: Any, shapes: Any, loc: Any) -> tuple[Any, Any]:
        """(k in standard form as a constant, whether it is in the support)."""
        if differentiable(k, loc):
            raise UnsupportedError(
                f"scipy.stats.{self.name} is defined at integers: there is no derivative by its argument or by loc; "
                "pass k.value"
            )
        j = np.asarray(value_of(k), float) - value_of(loc)
        low, high = self.original.support(*plain_of(shapes))
        inside = (j >= low) & (j <= high) & (j == np.floor(j))
        return np.where(inside, j, np.where(np.isfinite(low), low, 0.0)), inside

    @method(("k",))
    def logpmf(self, k: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' logpmf, also of dual parameters."""
        j, inside = self.points(k, shapes, loc)
        return np.where(inside, self.log_mass(j, *shapes), 0.0)

    @method(("k",))
    def pmf(self, k: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' pmf, also of dual parameters."""
        j, inside = self.points(k, shapes, loc)
        return np.where(inside, np.exp(self.log_mass(j, *shapes)), 0.0)

    def reach(self, plain: Any) -> tuple[Any, Any]:
        """(first, last) point that matters: where the tail is infinite, far beyond the last quantile."""
        low, high = (np.asarray(e, float) for e in self.original.support(*plain))
        first, last = np.asarray(self.original.ppf(1e-14, *plain)), np.asarray(self.original.isf(1e-14, *plain))
        wide = 2 * (last - first) + 40
        return np.where(np.isfinite(low), low, first - wide), np.where(np.isfinite(high), high, last + wide)

    def total(self, function: Any, shapes: Any, start: Any, stop: Any, shape: Any) -> Any:
        """sum of function(j, log p(j)) over j from start to stop, which are plain and of the result's shape."""
        start, stop = np.broadcast_to(start, shape), np.broadcast_to(stop, shape)
        if not np.all(np.isfinite(stop - start)) or np.max(stop - start, initial=0.0) > 10**6:
            raise UnsupportedError(
                f"scipy.stats.{self.name}: its tail is too long to be summed at these parameters; keep them constant"
            )
        j = start[..., None] + np.arange(int(np.max(stop - start, initial=-1.0)) + 1)
        live = j <= stop[..., None]
        safe = np.where(live, j, start[..., None])
        if self.name == "poisson_binom":
            columns = list(shapes)
        else:
            columns = [np.reshape(np.broadcast_to(s, shape) if shape else s, (*shape, 1)) for s in shapes]
        log_p = self.log_mass(safe, *columns)
        # what is nothing beside the largest has, where it underflows, derivatives that are not finite
        log_sizes = np.where(live & np.isfinite(value_of(log_p)), value_of(log_p), -np.inf)
        top = np.max(log_sizes, axis=-1, keepdims=True, initial=-np.inf)
        live = live & (log_sizes > np.where(top > -650, np.maximum(top - 250, -680), top - 250))
        return np.sum(np.where(live, function(j, log_p), 0.0), axis=-1)

    def shape_of(self, k: Any, plain: Any) -> Any:
        """The shape of a result."""
        if self.name == "poisson_binom":
            return np.shape(k)
        return np.broadcast_shapes(np.shape(k), *(np.shape(s) for s in plain))

    def summed(self, k: Any, shapes: Any, loc: Any, upper: Any) -> Any:
        """P(K <= k), or P(K > k), as the sum of the mass function over the shorter side."""
        if differentiable(k, loc):
            self.points(k, shapes, loc)
        plain = plain_of(shapes)
        at = np.floor(np.asarray(value_of(k), float) - value_of(loc))
        low, high = self.original.support(*plain)
        shape = self.shape_of(at, plain)
        at = np.clip(np.broadcast_to(at, shape), np.asarray(low, float) - 1, np.asarray(high, float))
        first, last = self.reach(plain)
        heavy = self.name in ("zipf", "yulesimon")
        short = heavy | (np.asarray(self.original.cdf(at, *plain)) <= 0.5)
        sides = []
        for tail in (False, True):
            chosen = short != tail
            if not np.any(chosen):
                sides.append(0.0)
                continue
            begin = np.where(chosen, at + 1 if tail else first, 0.0)
            end = np.where(chosen, np.maximum(last, np.minimum(at + (last - first), high)) if tail else at, -1.0)
            safe = np.where(chosen, begin, low if np.all(np.isfinite(low)) else begin)
            found = self.total(lambda j, log_p: np.exp(log_p), shapes, safe, np.where(chosen, end, safe - 1), shape)
            sides.append(found if tail == upper else 1 - found)
        return np.where(short, sides[0], sides[1])

    @method(("k",))
    def cdf(self, k: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' cdf, also of dual parameters."""
        return self.summed(k, shapes, loc, False)

    @method(("k",))
    def sf(self, k: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' sf, also of dual parameters."""
        return self.summed(k, shapes, loc, True)

    @method(("k",))
    def logcdf(self, k: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' logcdf, also of dual parameters."""
        return np.log(self.summed(k, shapes, loc, False))

    @method(("k",))
    def logsf(self, k: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' logsf, also of dual parameters."""
        return np.log(self.summed(k, shapes, loc, True))

    def step(self, name: str, args: Any, kwargs: Any) -> Any:
        """A quantile or a sample: integers, which do not move with the parameters."""
        found = getattr(self.original, name)(*plain_of(args), **{
            key: x if key in ("size", "random_state", "rng") else value_of(x)
            for key, x in kwargs.items()})  # fmt: skip
        return found

    def ppf(self, *args: Any, **kwargs: Any) -> Any:
        """scipy.stats' ppf: a step function, of derivative 0."""
        return self.step("ppf", args, kwargs)

    def isf(self, *args: Any, **kwargs: Any) -> Any:
        """scipy.stats' isf: a step function, of derivative 0."""
        return self.step("isf", args, kwargs)

    def rvs(self, *args: Any, **kwargs: Any) -> Any:
        """scipy.stats' rvs of parameters that are constant: integers cannot be reparametrised."""
        if differentiable(*args, *kwargs.values()):
            raise UnsupportedError(
                f"samples of scipy.stats.{self.name} are integers, which do not move with the parameters: use the "
                "score function (logpmf of the sample) for the gradient of an expectation"
            )
        return self.original.rvs(*args, **kwargs)

    def expectation(self, function: Any, shapes: Any) -> Any:
        """sum_k function(k, log p(k)) p(k), over the points that matter."""
        plain = plain_of(shapes)
        first, last = self.reach(plain)
        return self.total(
            lambda j, log_p: np.exp(log_p) * function(j, log_p), shapes, first, last, self.shape_of(0.0, plain)
        )

    def closed_mean(self, shapes: Any) -> Any:
        """The mean with loc = 0: in closed form where tails are too long to sum."""
        if self.name in ("zipf", "yulesimon"):
            (a,) = shapes
            return special.zeta(a - 1, 1.0) / special.zeta(a, 1.0) if self.name == "zipf" else a / (a - 1)
        return self.expectation(lambda j, log_p: j, shapes)

    @method(())
    def mean(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' mean, also of dual parameters."""
        return loc + self.closed_mean(shapes)

    def stats(self, *args: Any, moments: str = "mv", **kwargs: Any) -> Any:
        """scipy.stats' stats; of dual parameters mean and variance."""
        args, moments = self.named_moments(args, moments)
        if not differentiable(*args, *kwargs.values()):
            return self.original.stats(*args, moments=moments, **kwargs)
        if not set(moments) <= {"m", "v"}:
            raise UnsupportedError(
                f"scipy.stats.{self.name}.stats of duals takes moments 'm', 'v' and 'mv', not {moments!r}: "
                "write the others as sums with pmf"
            )
        values = self.original.stats(*(value_of(as_operand(x)) for x in args), moments=moments,
                                     **{key: value_of(as_operand(x)) for key, x in kwargs.items()})  # fmt: skip
        values = values if isinstance(values, tuple) else (values,)
        ways = {"m": self.mean, "v": self.var}
        found = [
            exact(as_operand(ways[m](*args, **kwargs)), np.asarray(v)) for m, v in zip(moments, values, strict=True)
        ]
        return found[0] if len(found) == 1 else tuple(found)

    def closed_var(self, shapes: Any) -> Any:
        """The variance."""
        if self.name == "yulesimon":
            (a,) = shapes
            return a * a / ((a - 1) ** 2 * (a - 2))
        if self.name == "zipf":
            (a,) = shapes
            z = special.zeta(a, 1.0)
            return special.zeta(a - 2, 1.0) / z - (special.zeta(a - 1, 1.0) / z) ** 2
        middle = self.expectation(lambda j, log_p: j, shapes)
        return self.expectation(lambda j, log_p: (j - column(middle)) ** 2, shapes)

    @method(())
    def var(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' var, also of dual parameters."""
        return self.closed_var(shapes)

    @method(())
    def std(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' std, also of dual parameters."""
        return np.sqrt(self.closed_var(shapes))

    @method(())
    def entropy(self, shapes: Any, loc: Any, scale: Any) -> Any:
        """scipy.stats' entropy, also of dual parameters."""
        return self.expectation(lambda j, log_p: -np.where(np.isfinite(value_of(log_p)), log_p, 0.0), shapes)
