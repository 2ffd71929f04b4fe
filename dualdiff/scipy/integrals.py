"""Integrals whose integrand and limits may be duals, as sums over nodes that are chosen on plain numbers.

An integral of exp(log_f(t, parameters)) is taken in a variable in which a singularity at an end of the interval does no
harm: the double-exponential substitution of Takahasi and Mori.  SciPy's adaptive `quad_vec` finds, on plain
numbers, into which panels the range of that variable has to be cut; on the same panels a Gauss-Legendre sum
is then taken in duals.  A sum is a composition, so derivatives to any order, forward and reverse, need no rule of
their own.

References
----------
Takahasi & Mori, Double exponential formulas for numerical integration, Publ. RIMS 9 (1974) 721.
"""

from typing import Any

import numpy as np
from scipy.integrate import quad_vec

from ..functions.base import value_of
from .compose import carried_order

__all__ = ["NODES", "WEIGHTS", "bessel_k", "integral", "log_integral", "reach_of", "smooth_sum"]

REACH = (5.6, 5.6, 5.35, 4.95)
"""The substituted variable runs from -REACH to REACH, by the order of derivative: exp(-pi sinh(5.6)) is 1e-184.

The n-th derivative of log(t) is 1/t^n, which must not overflow next to an end."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
ACCURACY = 1e-11
PANELS = 64
"""Most cuts of the range: next to a singular end that is not 0 the numbers themselves are rounded, and no cut helps."""
MOST = 2**21
"""Numbers that one block of nodes may have."""


def integral(log_f: Any, a: Any, b: Any, *parameters: Any, factor: Any = None) -> Any:
    """The integral of exp(log_f(t, *parameters)) over t from a to b; see `log_integral`."""
    log_size, rest = log_integral(log_f, a, b, *parameters, factor=factor)
    return rest * np.exp(log_size)


def log_integral(log_f: Any, a: Any, b: Any, *parameters: Any, factor: Any = None) -> tuple[Any, Any]:
    """An integral as (log of a size, the integral in units of that size).

    Parameters
    ----------
    log_f : callable
        log_f(t, *parameters), elementwise; -inf and nan count as an integrand of 0.
    a, b : array_like
        The limits, finite or not; they may be duals.
    *parameters : array_like
        They may be duals, and broadcast with the limits.
    factor : callable, optional
        factor(t, *parameters): multiplies the integrand, and may change sign.

    Returns
    -------
    log_size : ndarray
        Plain.
    rest : array
        A dual where a parameter or a limit is one.
    """
    everything = (a, b, *parameters)
    shape = np.broadcast_shapes(*(np.shape(value_of(x)) for x in everything))
    flat = [np.reshape(np.broadcast_to(x, shape), (-1,)) if np.ndim(x) or shape else np.reshape(x, (1,))
            for x in everything]  # fmt: skip
    plain = [np.asarray(value_of(x), float) for x in flat]
    if not plain[0].size:
        return np.zeros(shape), np.zeros(shape)
    log_sizes, parts = [], []
    with np.errstate(all="ignore"):
        log_size, panels = panels_of(log_f, factor, plain, REACH[min(carried_order(*everything), 3)])
        v, w = nodes_of(panels)
        block = max(1, MOST // len(v))
        for start in range(0, plain[0].size, block):
            at = slice(start, start + block)
            log_sizes.append(log_size[at])
            parts.append(summed(log_f, factor, [x[at, None] for x in flat], v, w, log_size[at, None]))
    rest = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return np.concatenate(log_sizes).reshape(shape), np.reshape(rest, shape) if shape else rest[0]


def substituted(v: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """(t, log |dt/dv|) of the double-exponential substitution, for limits that are arrays of the same shape.

    Three cases, by which limits are finite: tanh-sinh, exp-sinh from either side, sinh-sinh.
    """
    left, right = np.isfinite(value_of(a)), np.isfinite(value_of(b))
    s, c = np.pi / 2 * np.sinh(v), np.log(np.pi / 2 * np.cosh(v))
    a, b = np.where(left, a, 0.0), np.where(right, b, 0.0)
    width = b - a
    # the distance from the nearer end, so that nothing cancels next to it
    share = 1 / (1 + np.exp(2 * np.abs(s)))
    between = np.where(v < 0, a + width * share, b - width * share)
    log_between = np.log(np.where(left & right, width, 1.0)) + c + np.log(2.0) - 2 * np.logaddexp(s, -s)
    grown = np.exp(np.clip(s, -690, 690))
    ray = np.where(left, a + grown, b - grown)
    log_ray = s + c
    line = np.sinh(np.clip(s, -690, 690))
    log_line = np.logaddexp(s, -s) - np.log(2.0) + c
    both, one = left & right, left | right
    return np.where(both, between, np.where(one, ray, line)), np.where(
        both, log_between, np.where(one, log_ray, log_line)
    )


def panels_of(log_f: Any, factor: Any, plain: Any, reach: Any) -> tuple[Any, Any]:
    """(log of each integrand's largest value, the edges of panels that suit all integrands)."""
    a, b, *parameters = (x[:, None] for x in plain)

    def log_terms(v: Any, at: Any = slice(None)) -> tuple[Any, Any]:
        t, log_step = substituted(v, a[at], b[at])
        found = log_f(t, *(p[at] for p in parameters)) + log_step
        return t, np.where(np.isnan(found) | (found == np.inf), -np.inf, found)

    log_size = np.full(len(plain[0]), -np.inf)
    grid = np.linspace(-reach, reach, 225)
    block = max(1, MOST // grid.size)
    for start in range(0, len(log_size), block):
        at = slice(start, start + block)
        log_size[at] = log_terms(grid, at)[1].max(axis=1)
    log_size[~np.isfinite(log_size)] = 0.0

    def integrand(v: Any) -> Any:
        t, terms = log_terms(np.array([v]))
        found = np.exp(np.minimum(terms[:, 0] - log_size, 300.0))
        if factor is None:
            return found
        scale = np.broadcast_to(value_of(factor(t, *parameters)), (*np.shape(found), 1))[:, 0]
        return np.where(found == 0, 0.0, found * scale)

    edges = np.linspace(-reach, reach, 9)
    *_, info = quad_vec(integrand, -reach, reach, epsabs=ACCURACY, epsrel=ACCURACY, norm="max", limit=PANELS,
                        points=edges[1:-1], full_output=True)  # fmt: skip
    return log_size, info.intervals


def nodes_of(panels: Any) -> tuple[Any, Any]:
    """Nodes and weights of all panels."""
    half, middle = (panels[:, 1] - panels[:, 0]) / 2, (panels[:, 1] + panels[:, 0]) / 2
    return (middle[:, None] + half[:, None] * NODES).ravel(), (half[:, None] * WEIGHTS).ravel()


def summed(log_f: Any, factor: Any, given: Any, v: Any, w: Any, log_size: Any) -> Any:
    """The sum over the nodes, in duals where an argument is one."""
    a, b, *parameters = given
    shape = np.broadcast_shapes(np.shape(a), np.shape(v))
    t, log_step = substituted(v, a, b)
    terms = log_f(t, *parameters) + log_step
    plain = value_of(terms)
    live = np.isfinite(plain) & (plain - log_size > -745)
    # where the integrand is 0 its logarithm has no derivative worth the name
    terms = np.exp(np.where(live, terms, log_size - 800) - log_size)
    terms = np.where(live, terms, 0.0)
    if factor is not None:
        scale = factor(t, *parameters)
        terms = terms * np.where(live, scale, 0.0)
    return np.sum(np.broadcast_to(terms, shape) * w, axis=-1)


def smooth_sum(log_f: Any, left: Any, right: Any, *parameters: Any, nodes: Any = 256) -> Any:
    """log of the integral of exp(log_f) between plain limits beyond which the integrand is negligible.

    The trapezoidal rule, which is exponentially accurate for an analytic integrand that vanishes at both ends
    (Trefethen &
    Weideman, SIAM Review 56 (2014) 385).  Limits and parameters broadcast; the nodes are a new last axis.
    """
    left, right = np.asarray(left, float)[..., None], np.asarray(right, float)[..., None]
    step = (right - left) / nodes
    wide = [np.expand_dims(x, -1) if np.ndim(x) else x for x in parameters]
    terms = log_f(left + step * np.arange(nodes + 1.0), *wide)
    top = np.max(value_of(terms), axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    return np.log(np.sum(np.exp(terms - top), axis=-1)) + top[..., 0] + np.log(step[..., 0])


def reach_of(log_f: Any, start: Any, direction: Any, drop: Any = 45.0) -> Any:
    """How far from a plain maximum a plain concave log_f falls by `drop`, in a direction: by doubling and bisection."""
    top = log_f(start)
    far = np.full(np.shape(top), 1e-3)
    for _ in range(40):
        near = top - log_f(start + direction * far) < drop
        if not np.any(near):
            break
        far = np.where(near, 2 * far, far)
    low = far / 2
    for _ in range(8):
        middle = (low + far) / 2
        near = top - log_f(start + direction * middle) < drop
        low, far = np.where(near, middle, low), np.where(near, far, middle)
    return start + direction * far


def bessel_k(order: Any, x: Any) -> Any:
    """K_order(x) exp(x), also by the order.

    K_p(x) e^x is half the integral of exp(-x (cosh t - 1) + p t) over all t (DLMF 10.32.9).
    """

    def log_f(t: Any, order: Any, x: Any) -> Any:
        return order * t - 2 * x * np.sinh(np.clip(t, -350.0, 350.0) / 2) ** 2

    p, v = np.asarray(value_of(order), float), np.asarray(value_of(x), float)
    with np.errstate(all="ignore"):
        top = np.arcsinh(p / v)
        left, right = (reach_of(lambda t: log_f(t, p, v), top, side) for side in (-1.0, 1.0))
        found = np.exp(smooth_sum(log_f, left, right, order, x)) / 2
    return found
