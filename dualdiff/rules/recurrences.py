"""Truncated power series of the rules, by recurrences derived from the rule table.

A rule f' = g(x, f) gives the coefficients of f(x(t)) from those of x(t) and of g(x(t), f(t)):

    m f_m = sum_{j=1..m} j x_j g_{m-j}

and g is arithmetic and other rules, so its coefficients come the same way, each when it is first needed.  sin and cos
refer to each other, tan and exp to themselves, as in the tables of the literature, without a list of their recurrences.

What a coefficient is says a subclass of `Recurrences`: arrays of numbers (series.py), or nodes of a graph
(programs/series.py).

Invariant: coefficient m of a series uses coefficients of lower order, or of earlier series.

References
----------
Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapter 13, tables 13.1 and 13.2;
Neidinger, Introduction to automatic differentiation and MATLAB object-oriented programming,
SIAM Review 52 (2010).
"""

import functools
from collections.abc import Callable
from typing import Any

from .expressions import parse, substitute
from .table import NAMES, RULES

__all__ = ["Recurrences", "X", "Y"]

X, Y = ("var", "x"), ("var", "y")
Step = Callable[[int], Any]


@functools.cache
def partials_of(name: str) -> list[Any]:
    """The partials of a rule as expressions."""
    return [parse(text) for text in RULES[name].texts]


class Recurrences:
    """The series of the expressions that one rule at one point leads to.

    A series has `fixed` (it is a constant), `first` (coefficient 0) and `at(m)`.  What the methods without a body do,
    a subclass says.
    """

    def __init__(self, x: Any, y: Any = None) -> None:
        self.nodes = {X: x}
        if y is not None:
            self.nodes[Y] = y

    # ---- what coefficients are ----

    def series(self, first: Any, step: Step | None = None) -> Any:
        """A series; step(m) gives coefficient m.  Without it a constant."""
        raise NotImplementedError

    def sum(self, a: Any, b: Any) -> Any:
        """a + b of two coefficients."""
        raise NotImplementedError

    def difference(self, a: Any, b: Any) -> Any:
        """a - b."""
        raise NotImplementedError

    def ratio(self, a: Any, b: Any) -> Any:
        """a / b."""
        raise NotImplementedError

    def negated(self, a: Any) -> Any:
        """-a."""
        raise NotImplementedError

    def product(self, a: Any, b: Any, first: int, m: int) -> Any:
        """The sum of a_j b_(m-j) of two series, for j from first on."""
        raise NotImplementedError

    def integrated(self, pairs: list[tuple[Any, Any]], m: int) -> Any:
        """The sum of j u_j p_(m-j) for j from 1 on, over m, of all pairs of series (u, p)."""
        raise NotImplementedError

    def value(self, name: str, xs: list[Any]) -> Any:
        """The value of a rule."""
        raise NotImplementedError

    def compared(self, operator: str, a: Any, b: Any) -> Any:
        """A comparison, "<": True or False where it is the same everywhere."""
        raise NotImplementedError

    def chosen(self, where: Any, a: Any, b: Any) -> Any:
        """a where a comparison holds, else b."""
        raise NotImplementedError

    # ---- expressions ----

    def node(self, e: Any) -> Any:
        """The series of an expression."""
        found = self.nodes.get(e)
        if found is None:
            found = self.nodes[e] = self.build(e)
        return found

    def build(self, e: Any) -> Any:
        """`node` of what was not asked for yet."""
        kind = e[0]
        if kind == "num":
            return self.series(float(NAMES[e[1]]) if e[1] in NAMES else float(e[1]))
        if kind == "call":
            return self.call(e, None)
        if kind == "sel":
            return self.select(e)
        a = self.node(e[1])
        if kind == "neg":
            return self.series(self.negated(a.first), None if a.fixed else lambda m: self.negated(a.at(m)))
        b = self.node(e[2])
        fixed = a.fixed and b.fixed
        if kind == "/":
            return self.quotient(a, b)
        if kind == "*":
            return self.series(self.product(a, b, 0, 0), None if fixed else lambda m: self.product(a, b, 0, m))
        of = {"+": self.sum, "-": self.difference}[kind]
        return self.series(of(a.first, b.first), None if fixed else lambda m: of(a.at(m), b.at(m)))

    def quotient(self, a: Any, b: Any) -> Any:
        """The series of a / b: q_m = (a_m - sum_{j=1..m} b_j q_(m-j)) / b_0."""

        def step(m: int) -> Any:
            rest = a.at(m)
            if not b.fixed:
                rest = self.difference(rest, self.product(b, found, 1, m))
            return self.ratio(rest, b.first)

        found = self.series(self.ratio(a.first, b.first), None if a.fixed and b.fixed else step)
        return found

    def select(self, e: Any) -> Any:
        """The series of a choice by a comparison at the point."""
        (operator, left, right), yes, no = e[1:]
        where = self.compared(operator, self.node(left).first, self.node(right).first)
        if where is True or where is False:
            return self.node(yes if where else no)
        a, b = self.node(yes), self.node(no)
        first = self.chosen(where, a.first, b.first)
        return self.series(first, None if a.fixed and b.fixed else lambda m: self.chosen(where, a.at(m), b.at(m)))

    def call(self, e: Any, value: Any) -> Any:
        """The series of a rule; value: its value, where it is known."""
        name, arguments = e[1], e[2:]
        nodes = [self.node(a) for a in arguments]
        if value is None:
            value = self.value(name, [n.first for n in nodes])
        live = [(n, p) for n, p in zip(nodes, partials_of(name), strict=False) if not n.fixed and p != ("num", "0")]
        names = dict(zip("xy", arguments, strict=False))
        pairs: list[Any] = []  # made when the first coefficient is asked for, so that endless families end

        def step(m: int) -> Any:
            if not pairs:
                pairs.extend((n, self.node(substitute(p, {**names, "f": e}))) for n, p in live)
            return self.integrated(pairs, m)

        found = self.nodes[e] = self.series(value, step if live else None)
        return found
