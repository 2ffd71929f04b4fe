"""Derivatives of vector fields as graphs: diagonals, divergence, curl, log |det J|, along a direction."""

import math
from typing import Any

import numpy as np

from .graph import Call, dense_strides
from .patterned import patterns, seeds_of_colors, stacked
from .tracer import NotCompilable

__all__ = ["curl", "diagonal", "divergence", "logdet"]

FEW = 32
"""Fewer directions than these are not shared."""


def diagonal(p: Any, nodes: list[int | None], orders: list[Any], shapes: list[Any]) -> list[int]:
    """The diagonal of a square matrix of derivatives, in the shapes of what is differentiated by.

    nodes: the rows of the matrix in the order of their memory, with their shapes.  Columns that never meet share a
    direction.
    """
    g, n = p.g, p.size
    seeds, of_column, k = None, None, n
    found = patterns(p, nodes, orders) if n >= FEW else None
    if found is not None:
        from ..patterns.coloring import coloring

        colors = coloring(stacked(found, shapes, n), "column")
        if 2 * colors.ncolors <= n:
            k, of_column = max(colors.ncolors, 1), np.asarray(colors.colors)
            seeds = seeds_of_colors(p, of_column, k)
    p.check_room(k)
    if seeds is None or of_column is None:
        seeds, of_column = p.units(), np.arange(n)
    parts, start = [], 0
    for t, order, shape in zip(p.tangents(seeds, nodes, k), orders, shapes, strict=True):
        m = math.prod(shape)
        if t is None:
            parts.append(g.zeros((m,)))
        else:
            rows = g.constant(of_column[start : start + m].astype(np.int64) * m + np.arange(m))
            parts.append(g.take(g.copy(p.logical(t, order, 1)), rows))
        start += m
    whole = parts[0] if len(parts) == 1 else g.join(parts, 0)
    results, start = [], 0
    for i, _, shape in p.chosen:
        m = math.prod(shape)
        one = g.copy(g.cast(g.view(whole, start, (m,), (1,)), g.dtype[i]))
        results.append(g.view(one, 0, shape, dense_strides(shape)))
        start += m
    return results


def square(p: Any, what: str) -> tuple[Any, Any, Any]:
    """(node, order, shape) of the one result, which has as many elements as the one argument."""
    if len(p.outputs) != 1 or len(p.chosen) != 1:
        raise NotCompilable(f"{what} is of one array that depends on one array")
    node, order, shape, dtype = p.outputs[0]
    if node is None or dtype.kind != "f" or math.prod(shape) != p.size:
        raise NotCompilable(f"{what} is of as many real results as inputs")
    return node, order, shape


def divergence(p: Any) -> list[int]:
    """divergence: the sum of the diagonal."""
    node, order, shape = square(p, "divergence")
    found = diagonal(p, [node], [order], [shape])[0]
    return [p.g.reduce("add", found, tuple(range(len(p.g.shape[found]))))]


def matrix(p: Any, what: str) -> int:
    """The Jacobian as a square matrix."""
    node, order, shape = square(p, what)
    (block,) = p.jacobian([node], [shape], [order], [p.g.dtype[node]])
    return int(p.g.view(p.g.copy(block), 0, (p.size, p.size), (p.size, 1)))


def curl(p: Any) -> list[int]:
    """curl: differences across the diagonal."""
    g = p.g
    if p.chosen[0][2] != (3,) or p.outputs[0][2] != (3,):
        raise NotCompilable("curl is of arrays of three")
    J = g.copy(matrix(p, "curl"))
    entries = [g.view(J, place, (1,), (0,)) for place in range(9)]
    parts = [g.apply("subtract", entries[a], entries[b]) for a, b in ((7, 5), (2, 6), (3, 1))]
    return [g.join(parts, 0)]


def logdet(p: Any) -> list[int]:
    """jacobian_logdet of arrays: by a factorisation."""
    J = matrix(p, "jacobian_logdet")
    dtype = p.g.dtype[J]
    what = Call(lambda a: (np.linalg.slogdet(a)[1],), "np.linalg.slogdet", [()], [dtype])
    return list(p.g.call(what, J))
