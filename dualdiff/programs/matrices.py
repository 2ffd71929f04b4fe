"""Derivatives of the graph's functions of numpy.linalg, in products and solutions of the graph: dA^-1 = -A^-1 dA A^-1.

derive.py calls `tangent`, and transposes what it makes; of solutions by the right-hand side the transpose is `solved`.
A matrix that is singular raises a flag, so that the derivative is then taken without a program.
"""

import math
from typing import Any

import numpy as np

from .graph import Graph
from .partials import applied
from .windows import broadcast, reshaped, swapped

__all__ = ["solved", "tangent"]


def times(g: Graph, *xs: int) -> int:
    """A product of stacks of matrices."""
    found = xs[0]
    for x in xs[1:]:
        found = g.matmul(found, x)
    return found


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


def halved(g: Graph, x: int) -> int:
    """The lower triangles of matrices, their diagonals halved."""
    m = g.shape[x][-1]
    lower = kept(g, x, np.tri(m, dtype=bool))
    return product(g, g.constant(1.0 - 0.5 * np.eye(m)), lower)


def tangent(s: Any, i: int, args: tuple[int, ...], name: str, ts: list[Any]) -> int | None:
    """The tangent of a node from those of its arguments; s: nodes of a graph as a space (derive.py)."""
    g: Graph = s.g
    a, da = args[0], ts[0]
    nd = len(g.shape[a])
    if name == "solve":
        b, db = args[1], ts[1]
        rhs = None if db is None else s.aligned(db, g.shape[b], g.shape[i])
        if da is not None:
            moved = g.matmul(s.aligned(da, g.shape[a], g.shape[i]), i)
            rhs = negative(g, moved) if rhs is None else applied(g, "subtract", rhs, moved)
        return None if rhs is None else broadcast(g, solved(g, a, rhs), s.full(g.shape[i]))
    if da is None or name == "slogdet.sign":
        return None
    if name == "inv":
        return negative(g, times(g, i, da, i))
    if name in ("det", "slogdet.log"):
        found = g.reduce("add", product(g, swapped(g, g.linalg("inv", a)), da), (s.lead + nd - 2, s.lead + nd - 1))
        return product(g, i, found) if name == "det" else found
    upper = name == "cholesky_up"
    low = swapped(g, i) if upper else i
    change = swapped(g, da) if upper else da
    m = g.shape[a][-1]
    change = applied(
        g, "add", kept(g, change, np.tri(m, dtype=bool)), swapped(g, kept(g, change, np.tri(m, k=-1, dtype=bool)))
    )
    inside = solved(g, low, swapped(g, solved(g, low, change)))
    found = g.matmul(low, halved(g, inside))
    return swapped(g, found) if upper else found
