"""Taylor coefficients along a direction as nodes of a graph, by recurrences from the texts of the rule table.

The recurrences are those of rules/recurrences.py.  Coefficient m of a node is a node, or None where it is zero.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core._program import NEAR
from ..rules.recurrences import Recurrences, X, Y
from ..rules.table import REASONS, RULES
from . import complexes
from .derive import Push, on_the_way
from .graph import Graph
from .operations import OPERATIONS
from .partials import NotDerivable, applied, rule_name
from .windows import broadcast, reshaped

__all__ = ["coefficients", "rows_of"]

LONG = 20_000
"""So many nodes derivatives of derivatives may have."""

Step = Callable[[int], Any]


class Terms:
    """The coefficients of a subexpression, computed as far as they were asked for: nodes, floats, None for zero."""

    __slots__ = ("known", "step")

    def __init__(self, first: Any, step: Step | None = None) -> None:
        self.known, self.step = [first], step

    @property
    def fixed(self) -> bool:
        """Whether it is a constant."""
        return self.step is None

    @property
    def first(self) -> Any:
        """Coefficient 0."""
        return self.known[0]

    def at(self, m: int) -> Any:
        """Coefficient m."""
        if m and self.step is None:
            return None
        while len(self.known) <= m:
            assert self.step is not None
            self.known.append(self.step(len(self.known)))
        return self.known[m]


COMPARISONS = {
    "==": "equal", "!=": "not_equal", "<": "less", ">": "greater", "<=": "less_equal", ">=": "greater_equal",
}  # fmt: skip


class Expansion(Recurrences):
    """The series of one elementwise operation: coefficients are nodes, floats, None for zero."""

    def __init__(self, g: Graph, x: Terms, y: Terms | None) -> None:
        super().__init__(x, y)
        self.g = g

    def series(self, first: Any, step: Step | None = None) -> Terms:
        return Terms(first, step)

    def sum(self, a: Any, b: Any) -> Any:
        return b if a is None else a if b is None else applied(self.g, "add", a, b)

    def difference(self, a: Any, b: Any) -> Any:
        return a if b is None else self.negated(b) if a is None else applied(self.g, "subtract", a, b)

    def ratio(self, a: Any, b: Any) -> Any:
        return None if a is None else applied(self.g, "divide", a, b)

    def negated(self, a: Any) -> Any:
        return None if a is None else -a if isinstance(a, float) else applied(self.g, "negative", a)

    def times(self, a: Any, b: Any) -> Any:
        """a * b."""
        return None if a is None or b is None else applied(self.g, "multiply", a, b)

    def product(self, a: Terms, b: Terms, first: int, m: int) -> Any:
        total = None
        for j in range(first, m + 1):
            total = self.sum(total, self.times(a.at(j), b.at(m - j)))
        return total

    def integrated(self, pairs: Any, m: int) -> Any:
        total = None
        for u, p in pairs:
            if p.fixed:
                total = self.sum(total, self.times(u.at(m), p.first))
                continue
            for j in range(1, m + 1):
                total = self.sum(total, self.times(self.times(u.at(j), j / m), p.at(m - j)))
        return total

    def value(self, name: str, xs: Any) -> Any:
        return applied(self.g, f"near.{name}" if name in NEAR else name, *xs)

    def compared(self, operator: str, a: Any, b: Any) -> Any:
        where = applied(self.g, COMPARISONS[operator], a, b)
        return bool(where) if isinstance(where, float) else where

    def chosen(self, where: Any, a: Any, b: Any) -> Any:
        if a is None and b is None:
            return None
        return applied(self.g, "where", where, 0.0 if a is None else a, 0.0 if b is None else b)

    def call(self, e: Any, value: Any) -> Any:
        for argument, text in zip(e[2:], RULES[e[1]].texts, strict=False):
            if text in REASONS and not self.node(argument).fixed:
                raise NotDerivable(REASONS[text])
        return super().call(e, value)


class Series:
    """The coefficients 1 to order of nodes; of calls, for each coefficient the results' by their place."""

    def __init__(self, g: Graph, order: int) -> None:
        self.g, self.order = g, order
        self.known: dict[int, list[int | None]] = {}
        self.calls: dict[int, list[dict[int, int]]] = {}

    def of(self, i: int, m: int) -> int | None:
        """Coefficient m of a node."""
        if not m:
            return i
        found = self.known.get(i)
        return None if found is None else found[m - 1]

    def node(self, i: int) -> list[int | None]:
        """The coefficients of a node from those of its arguments."""
        g, op, attr = self.g, self.g.op[i], self.g.attr[i]
        args = g.args[i]
        if op == "call":
            self.calls[i] = self.called(i, args, attr)
            return [None] * self.order
        if op == "item":
            return [found.get(attr) for found in self.calls.get(args[0], [])] or [None] * self.order
        if op == "apply" and attr != "where":
            complex_ = complexes.is_complex(g, i, *args)
            return (self.of_complex if complex_ else self.elementwise)(i, args, attr)
        if op == "matmul":
            return [self.convolved(args, m, g.matmul) for m in range(1, self.order + 1)]
        if not OPERATIONS[op].moves(g, i):
            raise NotDerivable(f"no recurrence for {attr[0] if type(attr) is tuple else op}")
        found: list[int | None] = []
        for m in range(1, self.order + 1):
            p = Push(g, None)
            p.t = {a: self.of(a, m) for a in args if a in self.known}
            found.append(p.node(i))
        return found

    def called(self, i: int, args: Any, what: Any) -> list[dict[int, int]]:
        """The coefficients of a function that is linear."""
        if not what.linear:
            raise NotDerivable(f"no recurrence for {what.name}")
        found = []
        for m in range(1, self.order + 1):
            p = Push(self.g, None)
            p.t = {a: self.of(a, m) for a in args if a in self.known}
            p.node(i)
            found.append(p.results.get(i, {}))
        return found

    def of_complex(self, i: int, args: Any, name: str) -> list[int | None]:
        """The coefficients of an elementwise operation on complex numbers."""
        g = self.g
        name = complexes.SYNONYMS.get(name, name)
        if name == "conjugate":
            found = [self.of(args[0], m) for m in range(1, self.order + 1)]
            return [None if c is None else complexes.conjugate(g, c) for c in found]
        if name == "absolute":
            z = args[0]
            square = Terms(g.apply("square", i), lambda m: self.square_of_modulus(z, m))
            expansion = Expansion(g, square, None)
            found = expansion.call(("call", "sqrt", X), i)
            return [self.fitted(i, found.at(m)) for m in range(1, self.order + 1)]
        if name not in complexes.HOLOMORPHIC:
            raise NotDerivable(f"no recurrence for {name} of complex numbers")
        return self.elementwise(i, args, name)

    def square_of_modulus(self, z: int, m: int) -> int | None:
        """Coefficient m of z conj(z)."""
        g, total = self.g, None
        for j in range(m + 1):
            a, b = self.of(z, j), self.of(z, m - j)
            if a is not None and b is not None:
                one = complexes.real_part(g, applied(g, "multiply", a, complexes.conjugate(g, b)))
                total = one if total is None else applied(g, "add", total, one)
        return total

    def convolved(self, args: Any, m: int, product: Any) -> int | None:
        """Coefficient m of a product."""
        total: int | None = None
        for j in range(m + 1):
            a, b = self.of(args[0], j), self.of(args[1], m - j)
            if a is not None and b is not None:
                one = product(a, b)
                total = one if total is None else applied(self.g, "add", total, one)
        return total

    def elementwise(self, i: int, args: Any, name: str) -> list[int | None]:
        """The coefficients of an elementwise operation."""
        g, rule = self.g, rule_name(name)
        if rule is None:
            return [None] * self.order
        if rule == "multiply":
            times = lambda a, b: applied(g, "multiply", a, b)  # noqa: E731
            return [self.fitted(i, self.convolved(args, m, times)) for m in range(1, self.order + 1)]
        operands = [
            Terms(a, (lambda m, a=a: self.of(a, m)) if a in self.known else None)  # type: ignore[misc]
            for a in args
        ]
        expansion = Expansion(g, operands[0], operands[1] if len(operands) > 1 else None)
        found = expansion.call(("call", rule, X, Y)[: 2 + len(args)], i)
        return [self.fitted(i, found.at(m)) for m in range(1, self.order + 1)]

    def fitted(self, i: int, c: Any) -> int | None:
        """A coefficient in the shape and dtype of its node."""
        g = self.g
        if c is None:
            return None
        if isinstance(c, float):
            c = g.constant(np.asarray(c, g.dtype[i]))
        return broadcast(g, g.cast(c, g.dtype[i]), g.shape[i])


def coefficients(g: Graph, directions: dict[int, int], ends: Sequence[int], order: int) -> list[list[int | None]]:
    """Appends the Taylor coefficients 1 to order of ends; directions: input node -> the node of coefficient 1."""
    series = Series(g, order)
    for i, d in directions.items():
        series.known[i] = [d, *(None,) * (order - 1)]
    for i in on_the_way(g, list(directions), ends):
        if i not in series.known:
            series.known[i] = series.node(i)
    return [series.known.get(i) or [None] * order for i in ends]


def expanded(g: Graph, directions: dict[int, int], ends: Sequence[int], order: int) -> list[list[int | None]]:
    """`coefficients`; where something has no recurrence, by derivatives of derivatives, if these are not too many."""
    before = len(g)
    try:
        return coefficients(g, directions, ends, order)
    except NotDerivable as error:
        if 2**order * (before - min(directions, default=before)) > LONG:
            raise NotDerivable(f"{error}, and {order} derivatives of derivatives are too much") from None
    found: list[list[int | None]] = [[] for _ in ends]
    nodes: list[int | None] = list(ends)
    for m in range(1, order + 1):
        p = Push(g, None)
        p.t.update(directions)
        last = [i for i in nodes if i is not None]
        for i in on_the_way(g, list(directions), last):
            if i not in directions:
                p.t[i] = p.node(i)
        nodes = [None if i is None else p.of(i) for i in nodes]
        for rows, node in zip(found, nodes, strict=True):
            rows.append(None if node is None else applied(g, "multiply", 1.0 / math.factorial(m), node))
    return found


def rows_of(p: Any, seeds: list[int], order: int) -> list[int]:
    """For each result of a problem its value and its coefficients, one row each."""
    g = p.g
    given = {
        node: g.cast(p.in_memory(seed, axes, 0), g.dtype[node])
        for (node, axes, _), seed in zip(p.chosen, seeds, strict=True)
    }
    there = [node for node, _, _, dtype in p.outputs if node is not None and dtype.kind in "fc"]
    found = dict(zip(there, expanded(g, given, there, order), strict=True)) if order else {}
    results = []
    for (node, axes, shape, _), value in zip(p.outputs, p.value, strict=True):
        rows = []
        first = value if isinstance(value, int) else g.constant(np.asarray(value.value))
        first = first if g.dtype[first].kind in "fc" else g.cast(first, np.float64)
        for c in [first, *found.get(node, [None] * order)]:
            if c is None:
                c = g.zeros(shape, g.dtype[first])
            elif c is not first:
                c = p.logical(c, axes, 0)
            rows.append(reshaped(g, c, (1, *shape)))
        results.append(g.copy(g.join(rows, 0)))
    return results

