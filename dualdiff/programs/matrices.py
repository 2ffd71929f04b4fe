"""Derivatives of the graph's functions of numpy.linalg, in products and solutions of the graph.

derive.py calls `tangent`, and transposes what it makes; of solutions by the right-hand side the transpose is `solved`.
A matrix that is singular raises a flag, so that the derivative is then taken without a program.
"""

import math
from typing import Any

import numpy as np

from ..maps.matrices import Matrices, of_cholesky, of_inverse, of_solution
from .graph import Graph
from .partials import applied
from .windows import broadcast, reshaped, swapped

__all__ = ["solved", "tangent"]


def solved(g: Graph, a: int, b: int) -> int:
    """A^-1 B; where there is one A, all of a stack B is solved for at once, side by side."""
    nd, shape = len(g.shape[b]), g.shape[b]
    if len(g.shape[a]) > 2 or nd == 2:
        return g.linalg("solve", a, b)
    order = [nd - 2, *range(nd - 2), nd - 1]
    side = turned(g, b, order)
    wide = reshaped(g, side, (shape[-2], math.prod(shape) // shape[-2]))
    found = reshaped(g, g.linalg("solve", a, wide), g.shape[side])
    return turned(g, found, [order.index(k) for k in range(nd)])


def turned(g: Graph, x: int, order: list[int]) -> int:
    """np.transpose."""
    offset, strides = g.layout(x)
    return g.view(x, offset, tuple(g.shape[x][k] for k in order), tuple(strides[k] for k in order))


def kept(g: Graph, x: int, mask: np.ndarray) -> int:
    """The elements of matrices where a mask is true, zeros elsewhere."""
    return g.apply("where", g.constant(mask), x, g.constant(np.zeros((), g.dtype[x])), dtype=g.dtype[x])


def product(g: Graph, a: int, b: int) -> int:
    """A product of elements."""
    found: int = applied(g, "multiply", a, b)
    return found


def negative(g: Graph, a: int) -> int:
    """-a."""
    found: int = applied(g, "negative", a)
    return found


class Nodes(Matrices):
    """Matrices that are nodes of a graph of real numbers."""

    def __init__(self, g: Graph) -> None:
        self.g = g

    def times(self, x: int, y: int) -> int:
        return self.g.matmul(x, y)

    def plus(self, x: int, y: int) -> Any:
        return applied(self.g, "add", x, y)

    def minus(self, x: int | None, y: int) -> Any:
        return negative(self.g, y) if x is None else applied(self.g, "subtract", x, y)

    def solved(self, a: int, b: int) -> int:
        return solved(self.g, a, b)

    def turned(self, x: int) -> int:
        return swapped(self.g, x)

    def halved(self, x: int, low: bool) -> int:
        g, n = self.g, self.g.shape[x][-1]
        weights = g.constant(1.0 - 0.5 * np.eye(n))
        return product(g, weights, kept(g, x, np.tri(n, dtype=bool) if low else np.tri(n, dtype=bool).T))


def tangent(s: Any, i: int, args: tuple[int, ...], name: str, ts: list[Any]) -> int | None:
    """The tangent of a node from those of its arguments; s: nodes of a graph as a space (space.py)."""
    g: Graph = s.g
    m, a, da, wide = Nodes(g), args[0], ts[0], g.shape[i]
    nd = len(g.shape[a])
    if name == "solve":
        da = None if da is None else s.aligned(da, g.shape[a], wide)
        db = None if ts[1] is None else s.aligned(ts[1], g.shape[args[1]], wide)
        rhs = of_solution(m, i, da, db)
        return None if rhs is None else broadcast(g, solved(g, a, rhs), s.full(wide))
    if da is None or name == "slogdet.sign":
        return None
    if name == "inv":
        return int(of_inverse(m, i, da))
    if name in ("det", "slogdet.log"):
        found = g.reduce("add", product(g, swapped(g, g.linalg("inv", a)), da), (s.lead + nd - 2, s.lead + nd - 1))
        return product(g, i, found) if name == "det" else found
    upper = name == "cholesky_up"
    found = of_cholesky(m, swapped(g, i) if upper else i, da, not upper)
    return swapped(g, found) if upper else found
