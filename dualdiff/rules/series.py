"""Truncated power series of the elementwise rules, by recurrences derived from the rule table.

A rule f' = g(x, f) gives the coefficients of f(x(t)) from those of x(t) and of g(x(t), f(t)):

    m f_m = sum_{j=1..m} j x_j g_{m-j}

and g is arithmetic and other rules, so its coefficients come the same way, each when it is first
needed.  sin and cos refer to each other, tan and exp to themselves, as in the tables of the
literature, without a list of their recurrences.

Invariant: coefficient m of a node uses coefficients of lower order, or of earlier nodes.

References
----------
Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapter 13, tables 13.1 and 13.2;
Neidinger, Introduction to automatic differentiation and MATLAB object-oriented programming,
SIAM Review 52 (2010).
"""

from typing import Any

import numpy as np

from ..core import convolution, meet_zero
from ..maps.elementwise import Elementwise
from .expressions import parse, substitute
from .table import NAMES, RULES

__all__ = ["Expanded", "expand"]

BLOCK = 4096
"""Elements that are expanded at once, so that the coefficients of a rule stay in cache."""

TABLE: dict[Any, Any] = {}    # name -> expressions of the partials, parsed when first used
X, Y = ("var", "x"), ("var", "y")


def partials_of(name: str) -> Any:
    """The partials of a rule as expressions."""
    if name not in TABLE:
        TABLE[name] = [parse(text) for text in RULES[name].texts]
    return TABLE[name]


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


class Expansion:
    """The graph of one rule at one block of points."""

    def __init__(self, order: Any, x: Any, y: Any = None) -> None:
        self.order, self.nodes = order, {X: x}
        if y is not None:
            self.nodes[Y] = y

    def node(self, e: Any) -> Any:
        """The series of an expression."""
        found = self.nodes.get(e)
        if found is None:
            found = self.nodes[e] = self.build(e)
        return found

    def build(self, e: Any) -> Any:
        kind, order = e[0], self.order
        if kind == "num":
            return Series(NAMES[e[1]] if e[1] in NAMES else float(e[1]), order)
        if kind == "call":
            return self.call(e, None)
        if kind == "neg":
            a = self.node(e[1])
            return Series(-a.first, order, None if a.fixed else lambda m: -a.at(m))
        if kind == "sel":
            return self.select(e)
        a, b = self.node(e[1]), self.node(e[2])
        fixed = a.fixed and b.fixed
        if kind == "+":
            return Series(a.first + b.first, order, None if fixed else lambda m: a.at(m) + b.at(m))
        if kind == "-":
            return Series(a.first - b.first, order, None if fixed else lambda m: a.at(m) - b.at(m))
        if kind == "*":
            return Series(a.first * b.first, order, None if fixed else lambda m: product(a, b, m))
        if kind == "/":
            return self.quotient(a, b)
        raise ValueError(f"no series of {e}")

    def quotient(self, a: Any, b: Any) -> Any:
        q = Series(np.divide(a.first, b.first), self.order, None)
        if a.fixed and b.fixed:
            return q

        def step(m: Any) -> Any:
            rest = a.at(m)
            if not b.fixed:
                rest = rest - convolved(b.upto(m), q.c, 1, m)
            return rest / b.first

        q = Series(q.c, self.order, step)
        return q

    def condition(self, e: Any) -> Any:
        """A comparison at the point."""
        a, b = self.node(e[1]).first, self.node(e[2]).first
        return {"==": np.equal, "<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal}[e[0]](a, b)

    def select(self, e: Any) -> Any:
        where = self.condition(e[1])
        if np.all(where):
            return self.node(e[2])
        if not np.any(where):
            return self.node(e[3])
        a, b = self.node(e[2]), self.node(e[3])
        first = np.where(where, a.first, b.first)
        fixed = a.fixed and b.fixed
        return Series(first, self.order, None if fixed else lambda m: np.where(where, a.at(m), b.at(m)))

    def call(self, e: Any, value: Any) -> Any:
        """The series of a rule; value: its value, where it is known."""
        name, arguments = e[1], e[2:]
        nodes = [self.node(a) for a in arguments]
        if value is None:
            value = RULES[name].ufunc(*(n.first for n in nodes))
        live = [(n, p) for n, p in zip(nodes, partials_of(name), strict=True) if not n.fixed and p != ("num", "0")]
        if not live:
            return Series(value, self.order)
        names = dict(zip("xy", arguments, strict=False))

        pairs: list[Any] = []    # made when the first coefficient is asked for, so that endless families end

        def step(m: Any) -> Any:
            if not pairs:
                pairs.extend((n, self.node(substitute(p, {**names, "f": e}))) for n, p in live)
            total = 0.0
            for n, g in pairs:
                total = total + weighted(n, g, m)
            return total / m

        found = self.nodes[e] = Series(value, self.order, step)
        return found


def product(a: Any, b: Any, m: Any) -> Any:
    """Coefficient m of a product."""
    if a.fixed:
        return a.c * b.at(m)
    if b.fixed:
        return a.at(m) * b.c
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
