"""Ends of the supports that depend on the shape parameters, in standard form.

For every other distribution the ends are constants, which SciPy's `support` gives.
"""

from typing import Any

import numpy as np

from ...functions.base import value_of

__all__ = ["BREAKS", "MIRRORS", "SUPPORTS"]


def genpareto(c: Any) -> tuple[Any, Any]:
    return 0.0, np.where(value_of(c) < 0, -1 / np.where(value_of(c) < 0, c, -1.0), np.inf)


def genextreme(c: Any) -> tuple[Any, Any]:
    plain = value_of(c)
    end = 1 / np.where(plain == 0, 1.0, c)
    return np.where(plain < 0, end, -np.inf), np.where(plain > 0, end, np.inf)


def kappa4(h: Any, k: Any) -> tuple[Any, Any]:
    plain_h, plain_k = value_of(h), value_of(k)
    safe = np.where(plain_k == 0, 1.0, k)
    log_h = np.log(np.where(plain_h > 0, h, 1.0))
    bounded = np.where(plain_k == 0, log_h, -np.expm1(-safe * log_h) / safe)
    left = np.where(plain_h > 0, bounded, np.where(plain_k < 0, 1 / safe, -np.inf))
    return left, np.where(plain_k > 0, 1 / safe, np.inf)


def pearson3(skew: Any) -> tuple[Any, Any]:
    plain = value_of(skew)
    end = -2 / np.where(plain == 0, 1.0, skew)
    return np.where(plain > 0, end, -np.inf), np.where(plain < 0, end, np.inf)


def tukeylambda(lam: Any) -> tuple[Any, Any]:
    plain = value_of(lam)
    end = np.where(plain > 0, 1 / np.where(plain > 0, lam, 1.0), np.inf)
    return -end, end


SUPPORTS: dict[Any, Any] = {
    "genextreme": genextreme,
    "genhalflogistic": lambda c: (0.0, 1 / c),
    "genpareto": genpareto,
    "kappa4": kappa4,
    "loguniform": lambda a, b: (a, b),
    "pearson3": pearson3,
    "reciprocal": lambda a, b: (a, b),
    "truncexpon": lambda b: (0.0, b),
    "truncnorm": lambda a, b: (a, b),
    "truncpareto": lambda b, c: (1.0, c),
    "truncweibull_min": lambda c, a, b: (a, b),
    "tukeylambda": tukeylambda,
}

BREAKS: dict[Any, Any] = {
    "crystalball": lambda beta, m: -beta,
    "dgamma": lambda a: 0.0,
    "dweibull": lambda c: 0.0,
    "gennorm": lambda beta: 0.0,
    "laplace_asymmetric": lambda kappa: 0.0,
    "loglaplace": lambda c: 1.0,
    "skewcauchy": lambda a: 0.0,
    "trapezoid": lambda c, d: (c, d),
    "triang": lambda c: c,
}
"""Points inside of the support where a density has a kink or a singularity: integrals are cut there.

A point that is not among them, and moves with a shape, has a share of the second derivative that is lost."""

MIRRORS: dict[Any, Any] = {
    "beta": lambda y, a, b: (1 - y, (b, a)),
    "rdist": lambda y, c: (-y, (c,)),
}
"""(y, shapes) with P(Y > y) = P(Y' <= y'), where the density may be singular at the upper end but not the lower one."""
