"""Truncated power series of the rules on arrays of numbers."""

from typing import Any

import numpy as np

from ..core import convolution, meet_zero
from ..maps.elementwise import Elementwise
from .recurrences import Recurrences, X, Y
from .table import RULES

__all__ = ["Expanded", "expand"]

BLOCK = 4096
"""Elements that are expanded at once, so that the coefficients of a rule stay in cache."""


class Series:
    """The coefficients of one subexpression, computed as far as they were asked for."""

    __slots__ = ("c", "done", "fixed", "step")

    def __init__(self, first: Any, order: Any, step: Any = None) -> None:
        """first: coefficient 0; step(m) gives coefficient m; without it the series is a constant."""
        self.fixed, self.step, self.done = step is None, step, 1
        if self.fixed:
            self.c = first
        else:
            self.c = np.empty((order + 1, *np.shape(first)))
            self.c[0] = first

    @property
    def first(self) -> Any:
        """Coefficient 0."""
        return self.c if self.fixed else self.c[0]

    def upto(self, m: Any) -> Any:
        """All coefficients, of which 0 to m are valid."""
        while self.done <= m:
            self.c[self.done] = self.step(self.done)
            self.done += 1
        return self.c

    def at(self, m: Any) -> Any:
        """Coefficient m."""
        return (self.c if m == 0 else 0.0) if self.fixed else self.upto(m)[m]


def convolved(a: Any, b: Any, first: Any, m: Any) -> Any:
    """sum_{j=first..m} a_j b_{m-j}."""
    found = convolution(a, b, first, m, False)
    if found is None:       # numbers
        stop = m - first
        return np.einsum("j...,j...->...", a[first : m + 1], b[stop::-1])
    return found


def weighted(u: Any, p: Any, m: Any) -> Any:
    """sum_{j=1..m} j u_j p_{m-j}, where a zero u_j counts as zero beside an infinite p."""
    if p.fixed:
        return scaled(m * u.upto(m)[m], p.c)
    p.upto(m - 1)
    total = convolution(u.upto(m), p.c, 1, m, True)
    if total is not None and not np.isnan(total.sum()):
        return total
    weights = u.upto(m)[1 : m + 1] * np.arange(1.0, m + 1).reshape((m,) + (1,) * (u.c.ndim - 1))
    others = p.c[m - 1 :: -1]
    meet_zero()
    return np.sum(np.where(weights == 0, 0, weights * others), axis=0)


def scaled(t: Any, d: Any) -> Any:
    product = t * d
    if not np.isnan(product).any():
        return product
    meet_zero()
    return np.where(t == 0, 0, product)


COMPARISONS = {
    "==": np.equal, "!=": np.not_equal, "<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal,
}  # fmt: skip


class Expansion(Recurrences):
    """The series of one rule at one block of points."""

    def __init__(self, order: Any, x: Any, y: Any = None) -> None:
        super().__init__(x, y)
        self.order = order

    def series(self, first: Any, step: Any = None) -> Series:
        return Series(first, self.order, step)

    def sum(self, a: Any, b: Any) -> Any:
        return a + b

    def difference(self, a: Any, b: Any) -> Any:
        return a - b

    def ratio(self, a: Any, b: Any) -> Any:
        return np.divide(a, b)

    def negated(self, a: Any) -> Any:
        return -a

    def product(self, a: Any, b: Any, first: int, m: int) -> Any:
        return product(a, b, m) if first == 0 else convolved(a.upto(m), b.upto(m - first), first, m)

    def integrated(self, pairs: Any, m: int) -> Any:
        total = 0.0
        for n, g in pairs:
            total = total + weighted(n, g, m)
        return total / m

    def value(self, name: str, xs: Any) -> Any:
        return RULES[name].ufunc(*xs)

    def compared(self, operator: str, a: Any, b: Any) -> Any:
        where = COMPARISONS[operator](a, b)
        return True if np.all(where) else where if np.any(where) else False

    def chosen(self, where: Any, a: Any, b: Any) -> Any:
        return np.where(where, a, b)


def product(a: Any, b: Any, m: int) -> Any:
    """Coefficient m of a product."""
    if a.fixed:
        return a.c * b.at(m)
    if b.fixed:
        return a.at(m) * b.c
    if m == 0:
        return a.first * b.first
    a.upto(m), b.upto(m)
    return convolved(a.c, b.c, 0, m)


def expand(name: str, values: Any, rows: Any, value: Any) -> Any:
    """Coefficients 1 to order of a rule.

    Parameters
    ----------
    name : str
        Of the rule.
    values : list of (array or number)
        The arguments, flat: all of one length, or numbers.
    rows : list of (array (order, n), or None)
        Their coefficients from 1 on; None for a constant.
    value : array (n,)
        The rule's value.
    """
    order = next(r.shape[0] for r in rows if r is not None)
    operands = []
    for v, r in zip(values, rows, strict=True):
        if r is None:
            operands.append(Series(v, order))
        else:
            s = Series(np.broadcast_to(v, r.shape[1:]), order, lambda m: 0.0)
            s.c[1:], s.done = r, order + 1
            operands.append(s)
    if name == "multiply" and len(operands) == 2:
        a, b = operands
        return np.stack([product(a, b, m) for m in range(1, order + 1)])
    graph = Expansion(order, *operands)
    own = ("call", name, X, Y)[: 2 + len(values)]
    found = graph.call(own, value)
    return np.zeros((order, *np.shape(value))) if found.fixed else found.upto(order)[1:]


class Expanded(Elementwise):
    """`Elementwise` of a rule on the coefficients of a truncated series."""

    __slots__ = ("name", "point", "value")

    def __init__(self, name: str, partials: Any, inputs: Any, output: Any) -> None:
        super().__init__(partials, inputs, output)
        self.name, self.point, self.value = name, inputs, output

    def second(self, ts: Any, kind: Any) -> Any:
        """Coefficients 1 to order of the result."""
        order, shape = next(t.shape[0] for t in ts if t is not None), self.out_shape
        values, rows = [], []
        for x, t in zip(self.point, ts, strict=True):
            number = np.size(x) == 1
            values.append(np.reshape(x, ())[()] if number else np.broadcast_to(x, shape).reshape(-1))
            if t is not None:
                t = t.reshape((order,) + (1,) * (len(shape) - (t.ndim - 1)) + t.shape[1:])
                t = np.broadcast_to(t, (order, *shape)).reshape(order, -1)
            rows.append(t)
        value = np.reshape(self.value, -1)
        out = np.empty((order, value.size))
        with np.errstate(all="ignore"):
            for start in range(0, value.size, BLOCK):
                here = slice(start, start + BLOCK)
                out[:, here] = expand(
                    self.name,
                    [v[here] if np.ndim(v) else v for v in values],
                    [None if r is None else r[:, here] for r in rows],
                    value[here],
                )
        return out.reshape((order, *shape)).astype(self.out_dtype, copy=False)
