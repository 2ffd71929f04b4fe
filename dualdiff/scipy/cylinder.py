"""Hankel's and the parabolic cylinder functions as compositions, for derivatives by their orders.

They stand on those of parameters.py, and are held against SciPy's values as all compositions are.
"""

from typing import Any

import numpy as np
from scipy import special

from ..functions.base import value_of
from .compose import piecewise
from .parameters import (
    BERNOULLI,
    COMPOSED,
    bessel_first,
    bessel_second,
    composed,
    composition,
    hyp1f1,
    hyp2f1,
    hypergeometric,
    hyperu,
)  # fmt: skip

__all__ = ["COMPOSED", "composed"]


# ---- Hankel functions ------------------------------------------------------------------------------------


def hankel(kind: int, scaled: bool) -> Any:
    """J + i Y or J - i Y, where scaled times exp(-i x) or exp(i x)."""
    sign = 1j if kind == 1 else -1j

    def function(v: Any, x: Any) -> Any:
        found = bessel_first(v, x) + sign * bessel_second(v, x)
        return found * np.exp(-sign * x) if scaled else found

    return function


COMPOSED.update({f"hankel{kind}{'e' * scaled}": hankel(kind, scaled) for kind in (1, 2) for scaled in (False, True)})


@composition("besselpoly")
def moment_of_bessel(a: Any, lam: Any, nu: Any) -> Any:
    """The integral of x^lam J_nu(2 a x) over (0, 1), term by term of the series of J."""

    def series(a: Any, lam: Any, nu: Any) -> Any:
        half = (lam + nu + 1) / 2
        return (np.exp(nu * np.log(a)) * special.rgamma(nu + 1) / (2 * half)
                * hypergeometric([half], [half + 1, nu + 1], -a * a))  # fmt: skip

    pa, plam, pnu = value_of(a), value_of(lam), value_of(nu)
    return piecewise([((pa > 0) & (plam + pnu + 1 > 0), series)], a, lam, nu)


@composition("lpmv")
def legendre(m: Any, v: Any, x: Any) -> Any:
    """Legendre's functions of a whole order m >= 0 and any degree (DLMF 14.3.1, with 15.8.1 of F)."""

    def by_series(v: Any, x: Any, m: Any) -> Any:
        m = value_of(m)
        front = (-1.0) ** m * special.rgamma(m + 1) * 2.0**-m * special.poch(v - m + 1, 2 * m)
        return front * (1 - x * x) ** (m / 2) * hyp2f1(m - v, v + m + 1, m + 1, (1 - x) / 2)

    pm, px = value_of(m), value_of(x)
    return piecewise([((pm >= 0) & (pm == np.floor(pm)) & (np.abs(px) < 1), by_series)], v, x, pm + 0.0 * px)


# ---- parabolic cylinder functions --------------------------------------------------------------------------


def even_and_odd(v: Any, x: Any) -> tuple[Any, Any]:
    """The solutions u1 and u2 of Weber's equation (DLMF 12.4.3, 12.4.4), whose a is -v - 1/2."""
    half, fall = x * x / 2, np.exp(-x * x / 4)
    return (fall * hyp1f1(-v / 2, 0.5 + 0.0 * v, half), x * fall * hyp1f1((1 - v) / 2, 1.5 + 0.0 * v, half))


def weber_d(v: Any, x: Any) -> Any:
    """D_v(x): by U of the confluent functions where x is large, else by even_and_odd."""

    def far(v: Any, x: Any) -> Any:  # DLMF 12.7.14
        return np.exp(v * (np.log(2.0) / 2) - x * x / 4) * hyperu(-v / 2, 0.5 + 0.0 * v, x * x / 2)

    def near(v: Any, x: Any) -> Any:  # DLMF 12.2.6, 12.2.7
        even, odd = even_and_odd(v, x)
        root = np.sqrt(np.pi)
        return np.exp(v * (np.log(2.0) / 2)) * root * (
            special.rgamma((1 - v) / 2) * even - np.sqrt(2.0) * special.rgamma(-v / 2) * odd)  # fmt: skip

    px = value_of(x)
    return piecewise([(px > 1.5, far), (np.isfinite(px), near)], v, x)


def weber_v(v: Any, x: Any) -> Any:
    """V_v(x), the solution that grows to the right."""

    def right(v: Any, x: Any) -> Any:  # DLMF 12.2.8, 12.2.9
        even, odd = even_and_odd(v, x)
        first = special.rgamma(1 + v / 2) ** 2 * special.rgamma(-v / 2)
        slope = special.rgamma((1 + v) / 2) ** 2 * special.rgamma((1 - v) / 2)
        return np.pi * np.exp(-v * (np.log(2.0) / 2)) * (first * even + np.sqrt(2.0) * slope * odd)

    def left(v: Any, x: Any) -> Any:  # DLMF 12.2.16
        a = -v - 0.5
        return np.cos(np.pi * a) * special.rgamma(0.5 - a) * weber_d(v, -x) + np.sin(np.pi * a) * right(v, -x)

    px = value_of(x)
    return piecewise([(px < -1.5, left), (np.isfinite(px), right)], v, x)


def with_slope(function: Any, slope: Any) -> Any:
    """(function, its derivative by x), from a relation of neighbours."""

    def both(v: Any, x: Any) -> tuple[Any, Any]:
        here = function(v, x)
        return here, slope(v, x, here)

    return both


COMPOSED.update(  # DLMF 12.8.3, 12.8.7
    pbdv=with_slope(weber_d, lambda v, x, here: v * weber_d(v - 1, x) - x / 2 * here),
    pbvv=with_slope(weber_v, lambda v, x, here: weber_v(v - 1, x) - x / 2 * here),
)


def log_gamma_size(a: Any, b: Any) -> Any:
    """log |gamma(a + i b)| by Stirling's series (DLMF 5.11.1), which begins at a + 12."""
    squares = sum(np.log((a + k) ** 2 + b * b) for k in range(12)) / 2
    z = a + 12 + 1j * b
    total = (z - 0.5) * np.log(z) - z + np.log(2 * np.pi) / 2
    power = 1 / z
    for k, bernoulli in enumerate(BERNOULLI[:8], start=1):
        total = total + bernoulli / (2 * k * (2 * k - 1)) * power
        power = power / (z * z)
    return np.real(total) - squares


@composition("pbwa")
def weber_w(a: Any, x: Any) -> tuple[Any, Any]:
    """W(a, x) and its derivative by its power series (DLMF 12.14.4, 12.14.8)."""
    terms_ = 80

    def sums(a: Any, x: Any) -> Any:
        # one term after the other: c_(n+2) = (a c_n - c_(n-2)/4)/((n + 1)(n + 2)), where c_n are those of x^n
        rows = []
        for first in (0, 1):
            c = {first - 4: 0.0 * a, first - 2: 0.0 * a, first: 1.0 + 0.0 * a}
            value, slope = c[first] * x**first, first * c[first]
            for n in range(first, terms_ + first, 2):
                c[n + 2] = (a * c[n] - c[n - 2] / 4) / ((n + 1) * (n + 2))
                value = value + c[n + 2] * x ** (n + 2)
                slope = slope + (n + 2) * c[n + 2] * x ** (n + 1)
            rows.append((value, slope))
        return rows

    def both(a: Any, x: Any) -> Any:
        (even, even_slope), (odd, odd_slope) = sums(a, x)
        ratio = np.exp((log_gamma_size(0.25, a / 2) - log_gamma_size(0.75, a / 2)) / 2)
        front = 2.0**-0.75
        return (front * (ratio * even - np.sqrt(2.0) / ratio * odd),
                front * (ratio * even_slope - np.sqrt(2.0) / ratio * odd_slope))  # fmt: skip

    inside = np.isfinite(value_of(x)) & (np.abs(value_of(x)) <= 5)
    return tuple(piecewise([(inside, lambda a, x, k=k: both(a, x)[k])], a, x) for k in (0, 1))
