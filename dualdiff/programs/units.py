"""Tangents along all unit vectors, and cotangents that are all of them, as long as they need not be spread out.

The k-th of them is zero but for one element.  An elementwise function keeps that; a product with a matrix makes the
matrix itself of it, its rows scaled.  So a Jacobian needs no product with the identity.
"""

import math
from typing import Any

import numpy as np

from .graph import Graph, dense_strides
from .operations import OPERATIONS
from .partials import applied, rule_name
from .space import Nodes
from .windows import broadcast, inserted, reshaped, swapped

__all__ = ["Unit", "folded", "handed_on", "spread_out"]


class Unit:
    """The tangents of a node whose element j is moved by direction start + j alone: by `scale` (a node, or a float).

    Or its cotangents, of which number start + j has nothing but `scale` at element j.
    """

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


class Scales(Nodes):
    """The scales of units of a shape, nodes or floats, as tangents: what becomes of them is what becomes of these."""

    __slots__ = ("wide",)

    def __init__(self, g: Graph, wide: tuple[int, ...]) -> None:
        super().__init__(g, None)
        self.wide = wide

    def aligned(self, x: Any, own: Any, shape: Any) -> Any:
        return x

    def cast(self, x: Any, dtype: Any) -> Any:
        return x if isinstance(x, float) else self.g.cast(x, dtype)

    def broadcast(self, x: Any, shape: Any) -> Any:
        return x

    def shape(self, x: Any) -> Any:
        return self.wide

    def plus(self, x: Any, y: Any) -> Any:
        return y if is_zero(x) else x if is_zero(y) else applied(self.g, "add", x, y)


def is_zero(x: Any) -> bool:
    """Whether a scale is the number 0."""
    return isinstance(x, float) and x == 0


def folded(p: Any, i: int) -> Any:
    """The tangent of a node from units of its arguments: a Unit, a node, or None where they must be spread out.

    p: a `derive.Push`.
    """
    g: Graph = p.g
    args = g.args[i]
    units = [p.units.get(a) for a in args]
    if g.op[i] not in FOLDED or any(u is None and p.of(a) is not None for u, a in zip(units, args, strict=True)):
        return None
    return FOLDED[g.op[i]](p, i, units)


def elementwise(p: Any, i: int, units: list[Any]) -> Any:
    """`folded` of an elementwise function."""
    g: Graph = p.g
    args, reached = g.args[i], [u for u in units if u is not None]
    if not has_partials(g, i) or len({u.start for u in reached}) != 1:
        return None
    if any(u is not None and g.shape[a] != g.shape[i] for a, u in zip(args, units, strict=True)):
        return None
    total = OPERATIONS["apply"].push(Scales(g, g.shape[i]), g, i, [None if u is None else u.scale for u in units])
    return Unit(reached[0].start, 0.0 if total is None else total)


def has_partials(g: Graph, i: int) -> bool:
    """Whether the derivative of an elementwise function is products with partials."""
    return g.attr[i] != "where" and rule_name(g.attr[i]) is not None


def kept(p: Any, i: int, units: list[Any]) -> Any:
    """`folded` of x itself, in the dtype of the result."""
    u = units[0]
    return None if p.g.dtype[i].kind != "f" else Unit(u.start, Scales(p.g, p.g.shape[i]).cast(u.scale, p.g.dtype[i]))


def seen(p: Any, i: int, units: list[Any]) -> Any:
    """`folded` of all of x in another shape."""
    g: Graph = p.g
    u, x, (offset, strides) = units[0], g.args[i][0], g.attr[i]
    if g.dtype[i].kind != "f" or offset or math.prod(g.shape[i]) != math.prod(g.shape[x]) or (
            strides != g.plain(g.shape[i])):  # fmt: skip
        return None
    return Unit(u.start, u.scale if isinstance(u.scale, float)
                else reshaped(g, broadcast(g, u.scale, g.shape[x]), g.shape[i]))  # fmt: skip


def summed(p: Any, i: int, units: list[Any]) -> Any:
    """`folded` of the sum of all elements."""
    g: Graph = p.g
    u, x = units[0], g.args[i][0]
    if g.dtype[i].kind != "f" or g.attr[i][0] != "add" or math.prod(g.shape[i]) != 1:
        return None
    n = math.prod(g.shape[x])
    one = g.constant(np.ones((), g.dtype[i]))
    return placed(g, scaled(g, broadcast(g, one, (n, *g.shape[i])), u, x), u, p.k, g.dtype[i])


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


FOLDED = {"apply": elementwise, "matmul": product, "cast": kept, "copy": kept, "view": seen, "reduce": summed}
"""Operations that make units, or few rows, of units."""


def handed_on(p: Any, i: int, u: Unit) -> bool:
    """Hands cotangents that are a unit to a node's arguments; False where they must be spread out.

    p: a `derive.Pull`.
    """
    hand = HANDED.get(p.g.op[i])
    return hand is not None and hand(p, i, u)


def elementwise_back(p: Any, i: int, u: Unit) -> bool:
    """`handed_on` of an elementwise function."""
    g: Graph = p.g
    args = g.args[i]
    if not has_partials(g, i) or any(a in p.active and g.shape[a] != g.shape[i] for a in args):
        return False
    s = Scales(g, g.shape[i])
    for which, a in enumerate(args):
        scale = OPERATIONS["apply"].pull(s, g, i, u.scale, which, None) if a in p.active else None
        if scale is not None and not is_zero(scale):
            p.give_unit(a, Unit(u.start, s.cast(scale, g.dtype[a])))
    return True


def product_back(p: Any, i: int, u: Unit) -> bool:
    """`handed_on` of a product of a vector and a plain matrix."""
    g: Graph = p.g
    args = g.args[i]
    active = [a in p.active for a in args]
    if len(g.shape[i]) != 1 or active[0] == active[1]:
        return False
    side = 0 if active[0] else 1
    x, other = args[side], args[1 - side]
    if len(g.shape[x]) != 1 or len(g.shape[other]) != 2:
        return False
    rows = swapped(g, other) if side == 0 else other
    p.give(x, placed(g, scaled(g, rows, u, i), u, p.k, g.dtype[x]))
    return True


HANDED = {"apply": elementwise_back, "matmul": product_back}
