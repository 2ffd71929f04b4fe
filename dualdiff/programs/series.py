"""Taylor coefficients along a direction as nodes of a graph, by recurrences from the texts of the rule table.

The recurrences are those of rules/series.py.  Coefficient m of a node is a node, or None where it is zero.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core._program import NEAR
from ..rules.expressions import parse, substitute
from ..rules.table import NAMES, REASONS, RULES
from .derive import Push, on_the_way
from .graph import Graph
from .partials import NotDerivable, applied, rule_name
from .windows import broadcast, reshaped

__all__ = ["coefficients", "rows_of"]

LINEAR = {"view", "copy", "cast", "write", "add", "take", "put", "put_add", "join"}
"""Operations of which each coefficient is that of the arguments, moved."""

X, Y = ("var", "x"), ("var", "y")
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


class Expansion:
    """The series of one elementwise operation."""

    def __init__(self, g: Graph, x: Terms, y: Terms | None) -> None:
        self.g, self.nodes = g, {X: x}
        if y is not None:
            self.nodes[Y] = y

    def add(self, a: Any, b: Any, name: str = "add") -> Any:
        """a + b, or a - b."""
        if b is None:
            return a
        if a is None:
            return b if name == "add" else applied(self.g, "negative", b)
        return applied(self.g, name, a, b)

    def times(self, a: Any, b: Any) -> Any:
        """a * b."""
        return None if a is None or b is None else applied(self.g, "multiply", a, b)

    def negated(self, a: Any) -> Any:
        """-a."""
        return None if a is None else -a if isinstance(a, float) else applied(self.g, "negative", a)

    def convolved(self, a: Terms, b: Terms, first: int, m: int) -> Any:
        """The sum of a_j b_(m-j) from first on."""
        total = None
        for j in range(first, m + 1):
            total = self.add(total, self.times(a.at(j), b.at(m - j)))
        return total

    def node(self, e: Any) -> Terms:
        """The series of an expression."""
        found = self.nodes.get(e)
        if found is None:
            found = self.nodes[e] = self.build(e)
        return found

    def build(self, e: Any) -> Terms:
        """`node` of what was not asked for yet."""
        kind = e[0]
        if kind == "num":
            return Terms(float(NAMES[e[1]]) if e[1] in NAMES else float(e[1]))
        if kind == "call":
            return self.call(e, None)
        if kind == "neg":
            a = self.node(e[1])
            return Terms(self.negated(a.first), None if a.fixed else lambda m: self.negated(a.at(m)))
        if kind == "sel":
            return self.select(e)
        a, b = self.node(e[1]), self.node(e[2])
        fixed = a.fixed and b.fixed
        if kind in "+-":
            name = "add" if kind == "+" else "subtract"
            first = self.add(a.first, b.first, name)
            return Terms(first, None if fixed else lambda m: self.add(a.at(m), b.at(m), name))
        if kind == "*":
            return Terms(self.times(a.first, b.first), None if fixed else lambda m: self.convolved(a, b, 0, m))
        if kind == "/":
            return self.quotient(a, b)
        raise NotDerivable(f"no series of {e}")

    def quotient(self, a: Terms, b: Terms) -> Terms:
        """A series divided by another one."""
        found = Terms(applied(self.g, "divide", a.first, b.first))
        if a.fixed and b.fixed:
            return found

        def step(m: int) -> Any:
            rest = a.at(m)
            if not b.fixed:
                rest = self.add(rest, self.convolved(b, found, 1, m), "subtract")
            return None if rest is None else applied(self.g, "divide", rest, b.first)

        found.step = step
        return found

    def select(self, e: Any) -> Terms:
        """A choice by a comparison at the point."""
        left, right = self.node(e[1][1]).first, self.node(e[1][2]).first
        name = {"==": "equal", "!=": "not_equal", "<": "less", ">": "greater", "<=": "less_equal",
                ">=": "greater_equal"}[e[1][0]]  # fmt: skip
        a, b = self.node(e[2]), self.node(e[3])
        where = applied(self.g, name, left, right)
        if isinstance(where, float):
            return a if where else b

        def chosen(x: Any, y: Any) -> Any:
            if x is None and y is None:
                return None
            return applied(self.g, "where", where, 0.0 if x is None else x, 0.0 if y is None else y)

        return Terms(
            chosen(a.first, b.first), None if a.fixed and b.fixed else lambda m: chosen(a.at(m), b.at(m))
        )

    def call(self, e: Any, value: Any) -> Terms:
        """The series of a rule; value: its value, where it is known."""
        name, arguments = e[1], e[2:]
        nodes = [self.node(a) for a in arguments]
        if value is None:
            value = applied(self.g, f"near.{name}" if name in NEAR else name, *(n.first for n in nodes))
        texts = RULES[name].texts
        live = [(n, text) for n, text in zip(nodes, texts, strict=False) if not n.fixed and text != "0"]
        for _, text in live:
            if text in REASONS:
                raise NotDerivable(REASONS[text])
        names = dict(zip("xy", arguments, strict=False))
        pairs: list[Any] = []  # made when the first coefficient is asked for, so that endless families end

        def step(m: int) -> Any:
            if not pairs:
                pairs.extend((n, self.node(substitute(parse(text), {**names, "f": e}))) for n, text in live)
            total = None
            for u, p in pairs:
                if p.fixed:
                    total = self.add(total, self.times(u.at(m), p.first))
                    continue
                for j in range(1, m + 1):
                    total = self.add(total, self.times(self.times(u.at(j), j / m), p.at(m - j)))
            return total

        found = self.nodes[e] = Terms(value, step if live else None)
        return found


class Series:
    """The coefficients 1 to order of nodes."""

    def __init__(self, g: Graph, order: int) -> None:
        self.g, self.order = g, order
        self.known: dict[int, list[int | None]] = {}

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
        if g.dtype[i].kind == "c":
            raise NotDerivable("a series of complex numbers")
        if op == "apply" and attr != "where":
            return self.elementwise(i, args, attr)
        if op == "matmul":
            return [self.convolved(args, m, g.matmul) for m in range(1, self.order + 1)]
        moved = op in LINEAR or op == "apply" or op == "scan" and attr[0] == "add"
        if not (moved or op == "reduce" and attr[0] in ("add", "maximum", "minimum")):
            raise NotDerivable(f"no recurrence for {attr[0] if op in ('reduce', 'scan') else op}")
        found: list[int | None] = []
        for m in range(1, self.order + 1):
            p = Push(g, None)
            p.t = {a: self.of(a, m) for a in args if a in self.known}
            found.append(p.node(i))
        return found

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


def rows_of(p: Any, seeds: list[int], order: int) -> list[int]:
    """For each result of a problem its value and its coefficients, one row each."""
    g = p.g
    given = {
        node: g.cast(p.in_memory(seed, axes, 0), g.dtype[node])
        for (node, axes, _), seed in zip(p.chosen, seeds, strict=True)
    }
    there = [node for node, _, _, dtype in p.outputs if node is not None and dtype.kind == "f"]
    found = dict(zip(there, coefficients(g, given, there, order), strict=True)) if order else {}
    results = []
    for (node, axes, shape, _), value in zip(p.outputs, p.value, strict=True):
        rows = []
        first = value if isinstance(value, int) else g.constant(np.asarray(value.value))
        first = first if g.dtype[first].kind == "f" else g.cast(first, np.float64)
        for c in [first, *found.get(node, [None] * order)]:
            if c is None:
                c = g.zeros(shape, g.dtype[first])
            elif c is not first:
                c = p.logical(c, axes, 0)
            rows.append(reshaped(g, c, (1, *shape)))
        results.append(g.copy(g.join(rows, 0)))
    return results

