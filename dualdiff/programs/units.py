"""Tangents along all unit vectors, as long as they need not be spread out.

The k-th of them is zero but for one element.  An elementwise function keeps that; a product with a matrix makes the
matrix itself of it, its rows scaled.  So a Jacobian needs no product with the identity.
"""

import math
from typing import Any

import numpy as np

from .graph import Graph, dense_strides
from .partials import applied, partial, rule_name
from .windows import broadcast, inserted, reshaped, swapped

__all__ = ["Unit", "folded", "spread_out"]


class Unit:
    """The tangents of a node whose element j is moved by direction start + j alone: by `scale` (a node, or a float)."""

    __slots__ = ("scale", "start")

    def __init__(self, start: int, scale: Any = 1.0) -> None:
        self.start, self.scale = start, scale


def spread_out(g: Graph, i: int, u: Unit, k: int) -> int:
    """All tangents of a node, with an axis for the k directions."""
    shape, dtype = g.shape[i], g.dtype[i]
    n = math.prod(shape)
    if isinstance(u.scale, float):
        rows = np.zeros((k, n), dtype)
        rows[np.arange(u.start, u.start + n), np.arange(n)] = u.scale
        return g.constant(rows.reshape(k, *shape))
    scale = reshaped(g, broadcast(g, u.scale, shape), (n,))
    zeros = g.zeros((k, n), dtype)
    return reshaped(g, g.write(zeros, scale, u.start * n, (n,), (n + 1,)), (k, *shape))


def placed(g: Graph, rows: int, u: Unit, k: int, dtype: Any) -> int:
    """The tangents of a node of which rows (n, *shape) are those that are not zero."""
    n, *shape = g.shape[rows]
    rows = g.cast(rows, dtype)
    if n == k:
        return rows
    strides = dense_strides((k, *shape))
    return g.write(g.zeros((k, *shape), dtype), rows, u.start * strides[0], (n, *shape), strides)


def scaled(g: Graph, rows: int, u: Unit, i: int) -> int:
    """Rows (n, ...) times the numbers of a unit of node i."""
    if isinstance(u.scale, float):
        return rows if u.scale == 1.0 else applied(g, "multiply", u.scale, rows)
    scale = reshaped(g, broadcast(g, u.scale, g.shape[i]), (math.prod(g.shape[i]),))
    found: int = applied(g, "multiply", inserted(g, scale, 1, len(g.shape[rows]) - 1), rows)
    return found


def folded(p: Any, i: int) -> Any:
    """The tangent of a node from units of its arguments: a Unit, a node, or None where they must be spread out.

    p: a `derive.Push`.
    """
    g: Graph = p.g
    args, op = g.args[i], g.op[i]
    units = [p.units.get(a) for a in args]
    if any(u is None and p.of(a) is not None for u, a in zip(units, args, strict=True)):
        return None
    if op == "apply":
        return elementwise(p, i, units)
    if op == "matmul":
        return product(p, i, units)
    u = units[0]
    if u is None or g.dtype[i].kind != "f":
        return None
    x = args[0]
    if op == "cast" or op == "copy":
        return Unit(u.start, u.scale if isinstance(u.scale, float) else g.cast(u.scale, g.dtype[i]))
    if op == "view":
        offset, strides = g.attr[i]
        if offset or math.prod(g.shape[i]) != math.prod(g.shape[x]) or strides != g.plain(g.shape[i]):
            return None
        return Unit(u.start, u.scale if isinstance(u.scale, float)
                    else reshaped(g, broadcast(g, u.scale, g.shape[x]), g.shape[i]))  # fmt: skip
    if op == "reduce" and g.attr[i][0] == "add" and math.prod(g.shape[i]) == 1:
        n = math.prod(g.shape[x])
        one = g.constant(np.ones((), g.dtype[i]))
        return placed(g, scaled(g, broadcast(g, one, (n, *g.shape[i])), u, x), u, p.k, g.dtype[i])
    return None


def elementwise(p: Any, i: int, units: list[Any]) -> Any:
    """`folded` of an elementwise function."""
    g: Graph = p.g
    name = g.attr[i]
    if name == "where":
        return None
    rule, reached = rule_name(name), [u for u in units if u is not None]
    args = g.args[i]
    if rule is None or len({u.start for u in reached}) != 1:
        return None
    if any(u is not None and g.shape[a] != g.shape[i] for a, u in zip(args, units, strict=True)):
        return None
    total: Any = 0.0
    for which, u in enumerate(units):
        if u is None:
            continue
        d = partial(g, rule, which, args, i)
        term = applied(g, "multiply", d, u.scale)
        if not (isinstance(term, float) and term == 0):
            total = term if isinstance(total, float) and total == 0 else applied(g, "add", total, term)
    return Unit(reached[0].start, total if isinstance(total, float) else g.cast(total, g.dtype[i]))


def product(p: Any, i: int, units: list[Any]) -> Any:
    """`folded` of a product of a vector, of whose elements units are the tangents, and a plain matrix or vector."""
    g: Graph = p.g
    if (units[0] is None) == (units[1] is None):
        return None
    side = 0 if units[1] is None else 1
    x, other = g.args[i][side], g.args[i][1 - side]
    if len(g.shape[x]) != 1 or len(g.shape[other]) > 2:
        return None
    rows = swapped(g, other) if side == 1 and len(g.shape[other]) == 2 else other
    return placed(g, scaled(g, rows, units[side], x), units[side], p.k, g.dtype[i])
