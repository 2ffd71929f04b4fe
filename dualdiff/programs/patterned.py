"""Where derivatives of a path may have entries, and directions that several columns share."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from .reach import TooDense, reach

__all__ = ["LONG", "pattern_of_problem", "patterns", "seeds_of_colors"]

LONG = 20_000
"""A graph with more nodes is not looked through for its pattern."""


def patterns(problem: Any, nodes: Sequence[int | None], orders: Sequence[Any]) -> list[Any] | None:
    """For each node a matrix of truths, (its elements, the numbers that are differentiated by); None: it is constant.

    orders: of the nodes' axes in memory; the rows are in C order of the axes as f has them.  None for all: unknown.
    """
    g, n = problem.g, problem.size
    if len(g) > LONG:
        return None
    columns, start = {}, 0
    for node, order, shape in problem.chosen:
        m = math.prod(shape)
        own = np.arange(start, start + m).reshape(shape)
        own = (own if order is None else own.transpose(order)).reshape(-1)
        columns[node] = sp.csr_array((np.ones(m, bool), (np.arange(m), own)), (m, n))
        start += m
    known = [None if r is None else problem.logical(r, o, 0) for r, o in zip(nodes, orders, strict=True)]
    try:
        found = iter(reach(g, columns, [r for r in known if r is not None]))
    except TooDense:
        return None
    return [None if r is None else next(found) for r in known]


def pattern_of_problem(problem: Any) -> Any:
    """The pattern of the Jacobian, (numbers of all results, numbers that are differentiated by); None: unknown."""
    rows = [node if node is not None and dtype.kind in "fc" else None for node, _, _, dtype in problem.outputs]
    found = patterns(problem, rows, [order for _, order, *_ in problem.outputs])
    return None if found is None else stacked(found, [shape for _, _, shape, _ in problem.outputs], problem.size)


def stacked(found: Sequence[Any], shapes: Sequence[Any], n: int) -> Any:
    """Patterns above each other as one."""
    from ..patterns.pattern import as_pattern

    parts = [
        sp.csr_array((math.prod(shape), n), dtype=bool) if p is None else p
        for p, shape in zip(found, shapes, strict=True)
    ]
    return as_pattern(sp.vstack(parts).tocsr())


def seeds_of_colors(problem: Any, of_column: Any, k: int) -> list[int | None]:
    """For each leaf the node of k directions: direction c is the sum of the unit vectors of colour c."""
    g, seeds, start = problem.g, [], 0
    for node, _, shape in problem.chosen:
        m = math.prod(shape)
        unit = np.zeros((k, m), g.dtype[node])
        colors = of_column[start : start + m]
        at = np.flatnonzero(colors >= 0)
        unit[colors[at], at] = 1
        seeds.append(g.constant(unit.reshape(k, *shape)))
        start += m
    return seeds
