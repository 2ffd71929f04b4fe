"""Integrals of samples: compositions of sums and products, with SciPy's own value.

Invariant: on plain numbers the result is SciPy's.
"""

from typing import Any

import numpy as np
import scipy.integrate as _scipy

from ...functions.base import as_operand, exact
from ..applied import plain, replaces

__all__ = ["cumulative_simpson", "cumulative_trapezoid", "romb", "simpson", "trapezoid"]

NAMES: set[Any] = set()
replaced = replaces(_scipy, NAMES)


def prepared(y: Any, x: Any, dx: Any, axis: Any) -> tuple[Any, Any]:
    """(y with the axis last, the steps: a number or with the axis last)."""
    y = np.moveaxis(as_operand(y), axis, -1)
    if x is None:
        return y, as_operand(dx)
    x = as_operand(x)
    return y, np.diff(x if np.ndim(x) == 1 else np.moveaxis(x, axis, -1), axis=-1)


def widened(h: Any, n: Any) -> Any:
    """One step for each of n intervals."""
    return h if np.ndim(h) else h * np.ones(n)


@replaced
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    """`scipy.integrate.trapezoid` by y, by x and by dx."""
    value = _scipy.trapezoid(plain(y), plain(x), plain(dx), axis)
    y, h = prepared(y, x, dx, axis)
    return exact(np.sum(h * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1), value)


@replaced
def cumulative_trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1, initial: Any = None) -> Any:
    """`scipy.integrate.cumulative_trapezoid` by y, by x and by dx."""
    value = _scipy.cumulative_trapezoid(plain(y), plain(x), plain(dx), axis, initial)
    y, h = prepared(y, x, dx, axis)
    found = np.cumsum(h * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)
    return exact(np.moveaxis(begun(found, initial), -1, axis), value)


def begun(found: Any, initial: Any) -> Any:
    """A cumulative integral with its first element, which SciPy does not add to the others."""
    if initial is None:
        return found
    first = np.broadcast_to(np.asarray(plain(initial), float), (*np.shape(found)[:-1], 1))
    return np.concatenate([first, found], axis=-1)


@replaced
def simpson(y: Any, x: Any = None, *, dx: Any = 1.0, axis: Any = -1) -> Any:
    """`scipy.integrate.simpson` by y, by x and by dx."""
    value = _scipy.simpson(plain(y), x=plain(x), dx=plain(dx), axis=axis)
    y, h = prepared(y, x, dx, axis)
    n = np.shape(y)[-1]
    h = widened(h, n - 1)
    if n == 2:
        return exact(np.sum(h * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1), value)
    last = n - 1 if n % 2 else n - 2
    a, b = h[..., 0:last:2], h[..., 1:last:2]
    total = np.sum(
        (a + b) / 6.0 * (y[..., 0:last:2] * (2.0 - b / a) + y[..., 1:last:2] * ((a + b) ** 2 / (a * b))
                         + y[..., 2 : last + 1 : 2] * (2.0 - a / b)), axis=-1,
    ) if last else 0.0  # fmt: skip
    if n % 2 == 0:  # Cartwright's last interval
        a, b = h[..., -2], h[..., -1]
        total = total + (
            (2 * b**2 + 3 * a * b) / (6 * (b + a)) * y[..., -1] + (b**2 + 3 * a * b) / (6 * a) * y[..., -2]
            - b**3 / (6 * a * (a + b)) * y[..., -3]
        )  # fmt: skip
    return exact(total, value)


@replaced
def cumulative_simpson(y: Any, *, x: Any = None, dx: Any = 1.0, axis: Any = -1, initial: Any = None) -> Any:
    """`scipy.integrate.cumulative_simpson` by y, by x and by dx."""
    value = _scipy.cumulative_simpson(plain(y), x=plain(x), dx=plain(dx), axis=axis, initial=plain(initial))
    y, h = prepared(y, x, dx, axis)
    n = np.shape(y)[-1]
    h = widened(h, n - 1)
    if n < 3:
        parts = h * (y[..., 1:] + y[..., :-1]) / 2.0
    else:
        left, right = first_of_two(y, h), first_of_two(y[..., ::-1], h[..., ::-1])[..., ::-1]
        # the even intervals are the first of a pair, the odd ones the second; the last is always a second
        second = np.arange(n - 1) % 2 == 1
        second[-1] = True
        wide = np.concatenate([left, right[..., -1:]], axis=-1), np.concatenate([left[..., :1], right], axis=-1)
        parts = np.where(second, wide[1], wide[0])
    found = np.cumsum(parts, axis=-1)
    if initial is not None:
        first = np.moveaxis(as_operand(initial), axis, -1) if np.ndim(initial) else as_operand(initial)
        found = found + first
        first = np.broadcast_to(first, (*np.shape(found)[:-1], 1))
        found = np.concatenate([first, found], axis=-1)
    return exact(np.moveaxis(found, -1, axis), value)


def first_of_two(y: Any, h: Any) -> Any:
    """The integral over the first of each two neighbouring intervals, of the parabola through three points."""
    a, b = h[..., :-1], h[..., 1:]
    share, ratio = a / (a + b), a / b
    return a / 6 * ((3 - share) * y[..., :-2] + (3 + share * ratio + share) * y[..., 1:-1] - share * ratio * y[..., 2:])


@replaced
def romb(y: Any, dx: Any = 1.0, axis: Any = -1, show: bool = False) -> Any:
    """`scipy.integrate.romb` by y and by dx."""
    value = _scipy.romb(plain(y), plain(dx), axis, show)
    y = np.moveaxis(as_operand(y), axis, -1)
    weights = _scipy.romb(np.eye(np.shape(y)[-1]), 1.0)
    return exact(np.sum(y * weights, axis=-1) * as_operand(dx), value)
