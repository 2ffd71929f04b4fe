"""Probabilities of the multivariate normal distribution below a point, with derivatives by point and covariance.

The derivative by a limit is the density there times the probability of the other variables on condition that this one
is at its limit; by a covariance it is half of the second derivative by the limits (Plackett 1954).  So all derivatives
are probabilities of fewer variables: of one by ndtr, of two by Owen's T, of three by an integral of those, of more by
SciPy's own quasi-random sum.

References
----------
Plackett, A reduction formula for normal multivariate integrals, Biometrika 41 (1954) 351.
Owen, Tables for computing bivariate normal probabilities, Ann. Math. Stat. 27 (1956) 1075.
"""

import itertools
from typing import Any

import numpy as np
import scipy.stats as _stats
from scipy import special

from ...functions.base import value_of
from ..compose import primitive_of
from ..integrals import integral

__all__ = ["below", "within"]


def within(low: Any, b: Any, cov: Any) -> Any:
    """The derivatives of P(low < X <= b): the sum over the corners of the box, with their signs."""
    d, total = np.shape(b)[-1], 0.0
    for corner in itertools.product((False, True), repeat=d):
        if all(np.any(np.isfinite(value_of(low[:, i]))) for i in range(d) if corner[i]):
            limits = [low[:, i] if corner[i] else b[:, i] for i in range(d)]
            total = total + (-1) ** sum(corner) * below(np.stack(limits, axis=-1), cov)
    return total


def below(b: Any, cov: Any) -> Any:
    """The derivatives of P(X <= b) of X with mean 0, for points in the rows of b and one covariance; the value is 0.

    Whoever asks has the value, which costs more than the derivatives.
    """
    d = np.shape(b)[-1]
    limits, rows = [b[:, i] for i in range(d)], [[cov[i, j] for j in range(d)] for i in range(d)]
    return of_parts(limits, rows, lambda b, cov: np.zeros(np.shape(b[0])))


def of_parts(b: Any, cov: Any, plain: Any = None) -> Any:
    """P(X <= b) of lists: a limit for each variable, rows of the covariance."""
    d, plain = len(b), plain or plain_probability
    if not d:
        return 1.0
    return primitive_of(lambda *xs: plain(*unpacked(d, xs)), lambda k, *xs: partial(d, k, xs),
                        *b, *(cov[i][j] for i, j in places(d)))  # fmt: skip


def places(d: int) -> list[tuple[int, int]]:
    """The places of the upper triangle, row by row."""
    return [(i, j) for i in range(d) for j in range(i, d)]


def unpacked(d: int, xs: Any) -> tuple[Any, Any]:
    """Limits and covariance from the limits of each variable and the entries of the upper triangle."""
    cov: list[Any] = [[None] * d for _ in range(d)]
    for (i, j), x in zip(places(d), xs[d:], strict=True):
        cov[i][j] = cov[j][i] = x
    return list(xs[:d]), cov


def partial(d: int, k: int, xs: Any) -> Any:
    """The derivative by the k-th argument: a limit, or an entry of the covariance and of its mirror."""
    b, cov = unpacked(d, xs)
    if k < d:
        return first(b, cov, k)
    i, j = places(d)[k - d]
    return second(b, cov, i, j) if i != j else 0.5 * curvature(b, cov, i)


def first(b: Any, cov: Any, i: int) -> Any:
    """The derivative by the i-th limit."""
    return density(b[i], cov[i][i]) * of_parts(*given(b, cov, i))


def second(b: Any, cov: Any, i: int, j: int) -> Any:
    """The derivative by the i-th and the j-th limit, i < j."""
    others, left = given(b, cov, i)
    return density(b[i], cov[i][i]) * first(others, left, j - 1)


def curvature(b: Any, cov: Any, i: int) -> Any:
    """The second derivative by the i-th limit."""
    others = sum(cov[i][j] * second(b, cov, min(i, j), max(i, j)) for j in range(len(b)) if j != i)
    return -(finite(b[i]) * first(b, cov, i) + others) / cov[i][i]


def given(b: Any, cov: Any, i: int) -> tuple[Any, Any]:
    """The other variables on condition that the i-th is at its limit."""
    left, here = [j for j in range(len(b)) if j != i], finite(b[i])
    slopes = [cov[i][j] / cov[i][i] for j in left]
    return ([b[j] - s * here for j, s in zip(left, slopes, strict=True)],
            [[cov[j][k] - cov[i][j] * s for k, s in zip(left, slopes, strict=True)] for j in left])  # fmt: skip


def finite(x: Any) -> Any:
    """A limit, or 0 where it is infinite: there the density beside it is 0."""
    return np.where(np.isfinite(value_of(x)), x, 0.0)


def density(x: Any, variance: Any) -> Any:
    """The normal density; 0 at infinity."""
    inside = np.exp(-0.5 * finite(x) ** 2 / variance) / np.sqrt(2 * np.pi * variance)
    return np.where(np.isfinite(value_of(x)), inside, 0.0)


def plain_probability(b: Any, cov: Any) -> Any:
    """P(X <= b) of plain numbers."""
    if len(b) == 1:
        return special.ndtr(b[0] / np.sqrt(cov[0][0]))
    if len(b) == 2:
        return of_two(b, cov)
    if len(b) == 3:
        return of_three(b, cov)
    points = np.stack(b, axis=-1)
    return _stats.multivariate_normal.cdf(points, np.zeros(len(b)), np.array(cov, float), abseps=1e-6, releps=1e-6)


def of_two(b: Any, cov: Any) -> Any:
    """P(X <= b) of two variables, by Owen's T."""
    h, k = b[0] / np.sqrt(cov[0][0]), b[1] / np.sqrt(cov[1][1])
    r = cov[0][1] / np.sqrt(cov[0][0] * cov[1][1])
    rest = np.sqrt((1 - r) * (1 + r))

    def share(x: Any, y: Any) -> Any:
        with np.errstate(all="ignore"):
            slope = np.where(np.isinf(x), 0.0, np.where(x == 0, np.copysign(np.inf, y), (y - r * x) / (x * rest)))
        return special.owens_t(x, slope)

    apart = (h * k < 0) | ((h * k == 0) & (h + k < 0))
    found = 0.5 * (special.ndtr(h) + special.ndtr(k)) - share(h, k) - share(k, h) - np.where(apart, 0.5, 0.0)
    return np.where((h == 0) & (k == 0), 0.25 + np.arcsin(r) / (2 * np.pi), np.maximum(found, 0.0))


def of_three(b: Any, cov: Any) -> Any:
    """P(X <= b) of three variables: the integral over the first of the probability of the others."""
    def log_f(t: Any, *rest: Any) -> Any:
        with np.errstate(divide="ignore"):
            return np.log(of_two(*given([t, *rest], cov, 0))) - 0.5 * t * t / cov[0][0]

    return integral(log_f, -np.inf, *b) / np.sqrt(2 * np.pi * cov[0][0])
