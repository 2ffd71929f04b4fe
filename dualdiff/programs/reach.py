"""Which inputs can reach which elements of a graph's nodes, whatever the numbers are.

A path of a compiled function does the same operations at every x, so what is found here holds for all x on the path:
both branches of a `where` count, and an index that is computed may be any.
"""

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..rules.table import RULES
from .graph import Graph, window_places
from .partials import NotDerivable, rule_name

__all__ = ["TooDense", "reach"]

MOST = 2**23
"""So many entries of a pattern are looked at; beyond, it is taken for a dense one."""


class TooDense(Exception):
    """A pattern has so many entries that it helps nobody."""


def reach(g: Graph, columns: dict[int, Any], nodes: Sequence[int]) -> list[Any]:
    """For each node a sparse matrix of truths (its elements in C order, inputs); None where no input reaches it.

    columns: such matrices of the nodes where the inputs begin.
    """
    found: dict[int, Any] = {}
    for i in g.needed(nodes, columns):
        p = columns[i] if i in columns else of_node(g, i, [found[a] for a in g.args[i]])
        if p is not None and p.nnz > MOST:
            raise TooDense
        found[i] = p
    return [found[i] for i in nodes]


def numbered(shape: Sequence[int]) -> Any:
    """The number of each element."""
    return np.arange(math.prod(shape), dtype=np.int64).reshape(tuple(shape))


def spread(p: Any, shape: Sequence[int], wider: Sequence[int]) -> Any:
    """The pattern of a node that is broadcast."""
    if p is None or tuple(shape) == tuple(wider):
        return p
    return p[np.broadcast_to(numbered(shape), tuple(wider)).reshape(-1)]


def union(*patterns: Any) -> Any:
    """What reaches any of them."""
    total = None
    for p in patterns:
        if p is not None:
            total = p if total is None else total + p
    return total


def moved(p: Any, to: Any, size: int) -> Any:
    """Rows of a pattern at other places of a node of that size; rows that meet are joined."""
    if p is None:
        return None
    there = sp.csr_array((np.ones(len(to), bool), (to, np.arange(len(to)))), (size, len(to)))
    return there @ p


def without(p: Any, gone: Any) -> Any:
    """A pattern whose rows at some places are empty."""
    if p is None:
        return None
    kept = np.ones(p.shape[0], bool)
    kept[gone] = False
    return sp.dia_array((kept[np.newaxis], [0]), (len(kept), len(kept))).tocsr() @ p


def everywhere(p: Any, size: int) -> Any:
    """What reaches any element, at each of so many elements."""
    if p is None:
        return None
    return sp.csr_array(np.ones((size, 1), bool)) @ (sp.csr_array(np.ones((1, p.shape[0]), bool)) @ p)


def reduced(p: Any, shape: Sequence[int], axes: Sequence[int]) -> Any:
    """The pattern of a reduction along axes, which are kept with length 1."""
    if p is None:
        return None
    small = [1 if a in axes else n for a, n in enumerate(shape)]
    to = np.broadcast_to(numbered(small), tuple(shape)).reshape(-1)
    return moved(p, to, math.prod(small))


def of_node(g: Graph, i: int, ps: list[Any]) -> Any:
    """The pattern of one node from those of its arguments."""
    op, attr, shape = g.op[i], g.attr[i], g.shape[i]
    if op == "call":
        return union(*[everywhere(p, 1) for p in ps])
    if g.dtype[i].kind not in "fc" or all(p is None for p in ps):
        return None
    args = [g.shape[a] for a in g.args[i]]
    size = math.prod(shape)
    if op == "item":
        return everywhere(ps[0], size)
    if op == "view":
        return ps[0][window_places(attr[0], shape, attr[1]).reshape(-1)]
    if op in ("apply", "cast", "copy"):
        flat = [op == "apply" and is_flat(attr, which) for which in range(len(ps))]
        return union(*[None if f else spread(p, own, shape) for p, own, f in zip(ps, args, flat, strict=True)])
    if op in ("write", "add"):
        window = window_places(*attr).reshape(-1)
        y = moved(spread(ps[1], args[1], attr[1]), window, size)
        return union(without(ps[0], window) if op == "write" else ps[0], y)
    if op in ("take", "put", "put_add"):
        index = g.args[i][1]
        at = g.constants[g.attr[index]].reshape(-1) % math.prod(args[0]) if g.op[index] == "constant" else None
        if op == "take":
            return None if ps[0] is None else everywhere(ps[0], size) if at is None else ps[0][at]
        y = spread(ps[2], args[2], args[1])
        if at is None:
            return union(ps[0], everywhere(y, size))
        return union(without(ps[0], at) if op == "put" else ps[0], moved(y, at, size))
    if op == "reduce":
        return reduced(ps[0], args[0], attr[1])
    if op == "scan":
        small = [1 if a == attr[1] else n for a, n in enumerate(args[0])]
        return spread(reduced(ps[0], args[0], (attr[1],)), small, shape)
    if op == "matmul":
        return product(ps, args, shape)
    if op == "linalg":
        return decomposed(ps, args, shape)
    if op == "join":
        return joined(ps, args, attr, shape)
    raise AssertionError(op)


@functools.cache
def is_flat(name: str, which: int) -> bool:
    """Whether an elementwise function has the derivative 0 by one of its arguments wherever it has one."""
    if name == "where":
        return which == 0
    try:
        rule = rule_name(name)
    except NotDerivable:
        return False
    return rule is None or RULES[rule].texts[which] == "0"


def product(ps: list[Any], args: list[Any], shape: Sequence[int]) -> Any:
    """A row of the first with a column of the second."""
    (a, b), parts = args, []
    whole = (*shape[: len(shape) - (len(a) > 1) - (len(b) > 1)], a[-2] if len(a) > 1 else 1, b[-1] if len(b) > 1 else 1)
    if ps[0] is not None:
        rows = (*a[:-1], 1) if len(a) > 1 else (1, 1)
        parts.append(spread(reduced(ps[0], a, (len(a) - 1,)), rows, whole))
    if ps[1] is not None:
        columns = (*b[:-2], 1, b[-1]) if len(b) > 1 else (1, 1)
        parts.append(spread(reduced(ps[1], b, (len(b) - 2 if len(b) > 1 else 0,)), columns, whole))
    return union(*parts)


def decomposed(ps: list[Any], args: list[Any], shape: Sequence[int]) -> Any:
    """Of each matrix of a stack (of a column of a right-hand side, and its matrix) all that goes into its result."""
    parts = []
    for k, (p, own) in enumerate(zip(ps, args, strict=True)):
        whole = reduced(p, own, (len(own) - 2, len(own) - 1) if k == 0 else (len(own) - 2,))
        small = (*own[:-2], 1, 1 if k == 0 else own[-1])
        if len(shape) == len(args[0]) - 2:
            small = small[:-2]
        parts.append(spread(whole, small, shape))
    return union(*parts)


def joined(ps: list[Any], args: list[Any], axis: int, shape: Sequence[int]) -> Any:
    """The parts beside each other along an axis."""
    at, start, parts = numbered(shape), 0, []
    for p, own in zip(ps, args, strict=True):
        n = own[axis]
        parts.append(moved(p, np.take(at, np.arange(start, start + n), axis).reshape(-1), math.prod(shape)))
        start += n
    return union(*parts)
