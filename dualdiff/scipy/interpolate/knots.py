"""B-splines whose knots may be duals, and splines that FITPACK fits.

Where nodes vary, the knots that were taken from them vary, too: de Boor's recursion is written in functions of duals.
A smoothing spline is the solution of two equations, which are solved for its increments:

    (A' W^2 A + q D' D) c = A' W^2 y        c minimises the sum of squares plus q times the squares of the jumps
    |W (y - A c)|^2 = s                     q is such that the sum of squares is what was asked for

Which knots there are was decided on plain numbers, and stays.

References
----------
Dierckx, Curve and surface fitting with splines, Oxford 1993, chapters 5 and 9.
"""

import math
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import differentiable
from ..compose import carried_order

__all__ = ["basis_rows", "de_boor", "fitted", "followed", "jumps", "not_a_knot", "pieces_of_knots"]


def de_boor(t: Any, c: Any, k: Any, x: Any, nu: Any = 0) -> Any:
    """The nu-th derivative at x of the spline with knots t and coefficients c (n, ...); all may be duals."""
    n = np.shape(c)[0]
    for _ in range(nu):
        if k == 0:
            return np.zeros(np.shape(x) + np.shape(c)[1:])
        gaps = t[k + 1 : k + n] - t[1:n]
        gaps = np.where(value_of(gaps) == 0, 1.0, gaps)     # the difference above it is never used
        c = np.reshape(k / gaps, (-1,) + (1,) * (np.ndim(c) - 1)) * (c[1:] - c[:-1])
        t, k, n = t[1:-1], k - 1, n - 1
    shape, rest = np.shape(x), np.shape(c)[1:]
    x = np.reshape(x, (-1,))
    at = np.clip(np.searchsorted(value_of(t), value_of(x), "right") - 1, k, n - 1)
    rows = [c[at - k + j] for j in range(k + 1)]
    for r in range(1, k + 1):
        for j in range(k, r - 1, -1):
            low, high = t[at - k + j], t[at + 1 + j - r]
            share = np.reshape((x - low) / (high - low), (-1,) + (1,) * len(rest))
            rows[j] = (1 - share) * rows[j - 1] + share * rows[j]
    return np.reshape(rows[k], (*shape, *rest))


def basis_rows(t: Any, k: Any, x: Any, nu: Any = 0) -> Any:
    """All B-splines at points x: (points, n)."""
    return de_boor(t, np.eye(len(value_of(t)) - k - 1), k, x, nu)


def not_a_knot(x: Any, k: Any) -> Any:
    """The knots of an interpolating spline through nodes x, as make_interp_spline and FITPACK choose them."""
    if k == 0:
        return np.concatenate([x, x[-1:]])
    half = (k + 1) // 2
    inner = (x if k % 2 else (x[1:] + x[:-1]) / 2)[half:-half]
    return np.concatenate([x[:1]] * (k + 1) + [inner] + [x[-1:]] * (k + 1))


def pieces_of_knots(t: Any, c: Any, k: Any) -> tuple[Any, Any]:
    """(breakpoints, coefficients of the pieces) of a spline, in falling powers of x - breaks[i]."""
    n = np.shape(c)[0]
    places = k + np.unique(value_of(t)[k : n + 1], return_index=True)[1]
    breaks = t[places]
    rows = [de_boor(t, c, k, breaks[:-1], m) / math.factorial(m) for m in range(k, -1, -1)]
    return breaks, np.stack(rows)


def followed(t: Any, x: Any) -> Any:
    """Knots that were taken from nodes x, or half-way between two of them, as these vary; others are constants."""
    if not differentiable(x):
        return np.asarray(t, float)
    plain, t = np.asarray(value_of(x), float), np.asarray(t, float)
    order = np.argsort(plain, kind="stable")
    found = t
    for nodes in (x[order], (x[order][1:] + x[order][:-1]) / 2):
        values = value_of(nodes)
        at = np.clip(np.searchsorted(values, t), 0, len(values) - 1)
        found = np.where(values[at] == t, nodes[at], found)
    return found


def jumps(t: Any, k: Any) -> Any:
    """The matrix from coefficients to the jumps of the k-th derivative at the inner knots."""
    breaks, rows = pieces_of_knots(t, np.eye(len(value_of(t)) - k - 1), k)
    scale = value_of(breaks[-1] - breaks[0]) / max(len(value_of(breaks)) - 1, 1)
    return np.diff(rows[0], axis=0) * scale**k


def fitted(name: str, t: Any, c: Any, k: Any, x: Any, y: Any, w: Any = None) -> Any:
    """Coefficients of a spline that FITPACK fitted to y (m, ...), as x, y and the knots vary.

    Parameters
    ----------
    name : str
        Of the function, for errors.
    t : array
        Knots.
    c : ndarray
        FITPACK's coefficients (n, ...).
    k : int
    x, y : array
        Nodes and data.
    w : ndarray, optional
        Weights.
    """
    n = len(value_of(t)) - k - 1
    shape = np.shape(c)
    c = np.reshape(c, (n, -1))
    y = np.reshape(y, (np.shape(y)[0], -1))
    weights = np.ones(np.shape(y)[0]) if w is None else np.asarray(w, float)
    A = basis_rows(t, k, x) * weights[:, None]
    right = y * weights[:, None]
    plain = value_of(A)
    if plain.shape[0] == n:         # as many data as coefficients: they are met
        return exact(np.reshape(np.linalg.solve(A, right), shape), np.reshape(c, shape))
    residual = value_of(right) - plain @ c
    pull = plain.T @ residual
    D = jumps(t, k)
    bent = value_of(D).T @ (value_of(D) @ c)
    lonely = np.sqrt(np.sum(pull**2)) <= 1e-9 * np.sqrt(np.sum((np.abs(plain).T @ np.abs(value_of(right))) ** 2))
    q = 0.0 if lonely else float(np.sum(pull * bent) / np.sum(bent * bent))
    if not lonely and not np.sum((pull - q * bent) ** 2) <= 1e-8 * np.sum(pull**2):
        raise UnsupportedError(
            f"scipy.interpolate.{name} of duals: its result is no least-squares or smoothing spline on its knots (with "
            "weights of 0, periodic, or stopped early?); use make_lsq_spline or make_smoothing_spline"
        )
    inverse = np.linalg.inv(plain.T @ plain + q * (value_of(D).T @ value_of(D)))
    total = float(np.sum(residual**2))
    found: Any = c
    for _ in range(max(1, carried_order(A, right))):        # each step is right to one more order
        left = right - A @ found
        first = np.transpose(A) @ left - (0.0 if lonely else q * (np.transpose(D) @ (D @ found)))
        if lonely:
            found = found + inverse @ first
            continue
        second = (np.sum(left * left) - total) / 2
        along = inverse @ bent
        step = (np.sum(pull * (inverse @ first)) - second) / np.sum(pull * along)
        found = found + inverse @ first - along * step
        q = q + step
    return exact(as_operand(np.reshape(found, shape)), np.reshape(c, shape))
