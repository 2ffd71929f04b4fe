"""Mathieu's functions and their eigenvalues by the parameter q, as eigenvectors of a tridiagonal matrix.

The coefficients of ce_m(z, q) and se_m(z, q) in cosines and sines are an eigenvector of a symmetric tridiagonal matrix
that is linear in q (DLMF 28.4): its eigenvalues are simple, so derivatives of any order are those of eigh.  From a row
on they fall faster than exponentially; the matrix is cut where they are below the rounding errors, which is checked.
The modified functions are sums of products of Bessel functions with the same coefficients (DLMF 28.24).
"""

from typing import Any

import numpy as np
from scipy import special

from ..errors import UnsupportedError
from ..functions.base import as_operand, value_of
from ..maps.tangents import is_dual

__all__ = ["COMPOSITIONS"]

CUT = 1e-15
"""How large the last coefficient may be, beside 1."""


def expansion(even: bool, m: int, q: Any) -> tuple[Any, Any, Any]:
    """(eigenvalue, coefficients (p, n), wave numbers (n,)) of ce_m (even) or se_m, for a vector of q."""
    n = m // 2 + 20 + int(1.5 * np.sqrt(np.max(np.abs(value_of(q)), initial=0)))
    odd = m % 2
    numbers = 2.0 * np.arange(n) + (1 if odd else 0 if even else 2)
    off = np.eye(n, k=1) + np.eye(n, k=-1)
    if odd:
        off[0, 0] = 1.0 if even else -1.0
    elif even:
        off[0, 1] = off[1, 0] = np.sqrt(2)      # the constant is counted twice in the norm
    place = m // 2 - (0 if even or odd else 1)
    w, x = np.linalg.eigh(np.diag(numbers**2) + np.reshape(q, (-1, 1, 1)) * off)
    found = x[:, :, place]
    if np.any(np.abs(value_of(found[:, -1])) > CUT):
        raise UnsupportedError("Mathieu's functions of so large a q have no accurate derivative by it here")
    if even and not odd:
        found = found * np.where(numbers == 0, np.sqrt(0.5), 1.0)
    return w[:, place], found, numbers


def by_order(m: Any, function: Any, *xs: Any) -> Any:
    """function(m, *xs) for each whole m, of vectors; its results, in the shape of all arguments together."""
    if is_dual(m) and m.tag >= 0:
        raise UnsupportedError("Mathieu's functions have no derivative by their order, which is a whole number")
    orders = np.asarray(value_of(as_operand(m)), float)
    shape = np.broadcast_shapes(orders.shape, *(np.shape(x) for x in xs))
    orders = np.broadcast_to(orders, shape).ravel()
    flat = [np.reshape(np.broadcast_to(x, shape), (-1,)) if shape else np.reshape(x, (1,)) for x in xs]
    places, parts = [], []
    for order in np.unique(orders):
        at = np.flatnonzero(orders == order)
        places.append(at)
        parts.append(function(int(order), *(x[at] for x in flat)))
    back = np.argsort(np.concatenate(places))
    results = [np.concatenate(p)[back] for p in zip(*parts, strict=True)]
    return tuple(np.reshape(r, shape) if shape else r[0] for r in results)


def value(even: bool) -> Any:
    """mathieu_a or mathieu_b."""
    return lambda m, q: by_order(m, lambda m, q: (expansion(even, m, q)[0],), q)[0]


def wave(even: bool, theirs: Any) -> Any:
    """mathieu_cem or mathieu_sem: (function, derivative by the angle), with SciPy's sign."""

    def function(m: int, q: Any, degrees: Any) -> tuple[Any, Any]:
        _, found, numbers = expansion(even, m, q)
        z = np.reshape(degrees, (-1, 1)) * (np.pi / 180) * numbers
        s, c = np.sin(z), np.cos(z)
        f = np.sum(found * (c if even else s), axis=1)
        g = np.sum(found * numbers * (-s if even else c), axis=1)
        wanted = theirs(m, value_of(q), value_of(degrees))
        sign = np.where(value_of(f) * wanted[0] + value_of(g) * wanted[1] < 0, -1.0, 1.0)
        return sign * f, sign * g

    return lambda m, q, x: by_order(m, function, q, x)


def radial(even: bool, of_second: Any, theirs: Any) -> Any:
    """A modified function of the first or second kind (of_second: jv or yv), q > 0: (function, derivative)."""

    def function(m: int, q: Any, x: Any) -> tuple[Any, Any]:
        _, found, numbers = expansion(even, m, q)
        start = int(numbers[0])
        largest = np.argmax(np.abs(value_of(found)), axis=1)[:, None]
        row, near = np.arange(len(numbers))[None, :], np.reshape(np.sqrt(q), (-1, 1))
        low, high = row - largest, row + largest + start
        u, v = near * np.exp(-np.reshape(x, (-1, 1))), near * np.exp(np.reshape(x, (-1, 1)))
        weights = found / np.take_along_axis(found, largest, 1) * (-1.0) ** (row + (m - start) // 2)
        weights = weights * np.where((largest == 0) & (start == 0), 0.5, 1.0)

        def pair(f: Any, order: Any, z: Any) -> tuple[Any, Any]:
            """(f, z df/dz)."""
            order = order + np.zeros(np.shape(z))
            return f(order, z), z * (f(order - 1, z) - f(order + 1, z)) / 2

        total, slope = np.zeros(np.shape(found)), np.zeros(np.shape(found))
        for a, b, side in ((low, high, 1.0), (high, low, 1.0 if even else -1.0)):
            (j, dj), (c, dc) = pair(special.jv, a, u), pair(of_second, b, v)
            total, slope = total + side * j * c, slope + side * (j * dc - dj * c)
        f, g = np.sum(weights * total, axis=1), np.sum(weights * slope, axis=1)
        wanted = theirs(m, value_of(q), value_of(x))
        sign = np.where(value_of(f) * wanted[0] + value_of(g) * wanted[1] < 0, -1.0, 1.0)
        return sign * f, sign * g

    return lambda m, q, x: by_order(m, function, q, x)


COMPOSITIONS = {
    "mathieu_a": value(True), "mathieu_b": value(False),
    "mathieu_cem": wave(True, special.mathieu_cem), "mathieu_sem": wave(False, special.mathieu_sem),
    "mathieu_modcem1": radial(True, special.jv, special.mathieu_modcem1),
    "mathieu_modcem2": radial(True, special.yv, special.mathieu_modcem2),
    "mathieu_modsem1": radial(False, special.jv, special.mathieu_modsem1),
    "mathieu_modsem2": radial(False, special.yv, special.mathieu_modsem2),
}  # fmt: skip
