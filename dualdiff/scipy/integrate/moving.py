"""What kinks that move add to the second derivative of an integral.

f is continuous at x*, where its derivatives jump.  By a parameter p the derivative of its integral is that of f_p,
which jumps at x*: so by q the derivative of that is the integral of f_pq, and -[f_p] dx*/dq.  As f is continuous at all
q, dx*/dq = -[f_q] / [f_x].  A kink that stays where it is has no [f_p].

A jump of f itself says nothing about its own motion; lifting/auto.py finds those that move by differences.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...functions.base import as_operand, value_of
from ...transforms.jvp import jvp

__all__ = ["share_of_kinks"]

SMALL = 1e-4
"""By so much of the largest value the polynomials on both sides of an interval that is not narrow may differ."""

CLOSE = 2.0**-40
"""How narrow the interval around a jump is made, relative to its place."""

BESIDE = 0.4817
"""Where it is parted: not in the middle, as the kink itself would be met, where derivatives cost ten times more."""

WIDE = 1e3
"""By how much the points of an infinite range go beyond most of them."""

CONTINUOUS = 1e-7
"""How far f may jump, relative to its largest value, and count as continuous."""


def share_of_kinks(
    values: Callable[..., Any], g: Callable[..., Any], component: Any, points: Any, tags: set[int]
) -> Any:
    """What is added to the integral of g for its derivatives in the calls of some tags; 0 without derivatives.

    Parameters
    ----------
    values : callable
        f(x) -> (m,), whose derivative g is.
    g : callable
        g(x) -> (n,).
    component : ndarray of int, shape (n,)
        Of which component of f each one of g is a derivative.
    points : iterable of float
        Where g is known, near its jumps too.
    tags : set of int
        Those of f's values.
    """
    total: Any = 0.0
    xs = np.sort(np.fromiter(points, float))
    if not tags or len(xs) < 4:
        return total

    def plain(x: Any) -> Any:
        return np.asarray(value_of(as_operand(g(x))), float)

    for low, high in jumps(plain, xs):
        step = plain(high) - plain(low)
        jump = as_operand(values(high)) - as_operand(values(low))
        size = np.maximum(np.abs(value_of(as_operand(values(low)))), np.abs(value_of(as_operand(values(high)))))
        largest = max(np.max(size), *(np.max(np.abs(value_of(as_operand(values(x))))) for x in xs[::8]))
        kinked = np.abs(value_of(jump)) <= CONTINUOUS * largest
        if not np.any(kinked[component] & (step != 0)):
            continue
        if len(tags) > 1:
            raise UnsupportedError(
                "the third derivative of an integral over a kink that moves with a parameter is not known here: write "
                "the integral as a sum of two, with the place of the kink as their limit"
            )
        slope = slopes(values, high) - slopes(values, low)
        move = -(jump - value_of(jump)) / np.where(kinked & (slope != 0), slope, np.inf)
        total = total - step * move[component]
    return total


def slopes(values: Callable[..., Any], x: float) -> Any:
    """df/dx, without further derivatives."""
    return np.asarray(value_of(as_operand(jvp(lambda x: as_operand(values(x)), (x,), (1.0,))[1])))


def jumps(g: Callable[..., Any], xs: Any) -> list[tuple[float, float]]:
    """The intervals, 1e-12 of their place wide, in which g jumps; xs are points in order."""
    if np.max(np.abs(xs)) > WIDE * np.ptp(np.quantile(xs, [0.2, 0.8])):     # of an infinite range
        found = jumps_in(lambda u: g(u / (1 - abs(u))), xs / (1 + np.abs(xs)))
        return [(low / (1 - abs(low)), high / (1 - abs(high))) for low, high in found]
    return jumps_in(g, xs)


def jumps_in(g: Callable[..., Any], xs: Any) -> list[tuple[float, float]]:
    """`jumps` of a function on points whose distances are alike where it is alike."""
    at = np.stack([g(x) for x in xs])
    if not np.all(np.isfinite(at)):
        return []
    top = np.max(np.abs(at), axis=0)
    missed = np.zeros((len(xs) - 1, at.shape[1]))
    with np.errstate(all="ignore"):
        for order in (2, 4):    # near the ends there are two points on each side
            inner = np.arange(order - 1, len(xs) - order)
            missed[inner] = between(xs, at, inner, order)
        relative = missed / top
        near = np.minimum(SMALL, np.diff(xs) / (xs[-1] - xs[0]))[:, None]
        bare = (relative > near) & (np.abs(np.diff(at, axis=0)) > 1e-9 * top)
    found = []
    for place in np.flatnonzero(np.any(bare, axis=1)):
        j = int(np.argmax(np.where(bare[place], relative[place], 0)))
        ends = xs[place], xs[place + 1], at[place, j], at[place + 1, j]
        around = narrowed(g, j, missed[place, j], *ends)
        if around is not None:
            found.append(around)
    return found


def between(xs: Any, at: Any, inner: Any, order: int) -> Any:
    """How far the polynomials through points i and before, and through i + 1 and after, are apart between these two.

    inner : ndarray of int
        i, several at once.
    """
    x = (xs[inner] + xs[inner + 1]) / 2
    own = np.eye(order, dtype=bool)
    sides = []
    for first in (1 - order, 1):
        places = inner[:, None] + np.arange(first, first + order)
        nodes = xs[places]
        ratio = (x[:, None, None] - nodes[:, None]) / np.where(own, 1, nodes[:, :, None] - nodes[:, None])
        weights = np.prod(np.where(own, 1, ratio), axis=2)
        sides.append(np.sum(weights[:, :, None] * at[places], axis=1))
    return np.abs(sides[0] - sides[1])


def narrowed(g: Any, j: int, jump: float, low: float, high: float, left: float, right: float) -> Any:
    """The interval around a jump of g[j] of about that size between two points; None where there is none.

    left, right : g[j] at low and high.
    """
    scale = max(abs(low), abs(high), high - low)
    for _ in range(100):
        if np.abs(right - left) < jump / 2:
            return None
        if high - low <= CLOSE * scale:
            break
        middle = low + (high - low) * BESIDE
        here = g(middle)[j]
        if np.abs(here - left) > np.abs(right - here):
            high, right = middle, here
        else:
            low, left = middle, here
    return low, high
