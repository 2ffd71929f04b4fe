"""The derivative at a point as two programs: one of values and of what the products need, one for each product.

A graph of tangents is split at the operations that do not depend on the directions.  Chains of elementwise operations
are multiplied out first, so that they cost a product one factor for each direction that comes in.

Invariant: a product is linear in its directions, and computes nothing that depends on the point alone.
"""

from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np

from .derive import pull, push
from .graph import Graph
from .partials import applied
from .plan import plan
from .tracer import NotCompilable
from .windows import broadcast

__all__ = ["Engine", "Products", "Split"]

MANY = 3
"""So many terms a multiplied chain may have."""

TOGETHER = 64
"""So many vectors one product takes."""

Term = tuple[int, int | None]
"""A node of the product's graph and the factor before it, a node of the point's graph (None: 1)."""


class Split:
    """What of a graph a product computes, as a graph of its own.

    g: the graph with values and tangents.  first: the nodes from here on were made by the derivation.  seeds: the
    nodes of the directions.  known: node -> its place among what the product is given; opened: whether it may grow.
    """

    def __init__(self, g: Graph, first: int, seeds: Sequence[int], known: dict[int, int], opened: bool) -> None:
        self.g, self.first, self.known, self.opened = g, first, known, opened
        self.h = Graph()
        self.given: dict[int, int] = {}     # node of g -> input of h
        self.brought: dict[int, int] = {}   # node of g -> node of h
        self.seeds = {s: self.h.node("input", (), -1 - k, g.shape[s], g.dtype[s]) for k, s in enumerate(seeds)}
        self.terms: dict[int, list[Term]] = {s: [(i, None)] for s, i in self.seeds.items()}
        self.whole: dict[int, int] = dict(self.seeds)
        self.linear = bytearray()
        self.uses: dict[int, int] = {}

    def program(self, ends: Sequence[int | None], exact: bool) -> Any:
        """(program of the product, the nodes that it is given beside the directions): for ends that are not None."""
        g, there = self.g, [i for i in ends if i is not None]
        self.linear = bytearray(len(g))
        for s in self.seeds:
            self.linear[s] = 1
        wanted = g.needed(there)
        for i in wanted:
            if not self.linear[i]:
                self.linear[i] = any(self.linear[a] for a in g.args[i])
            if self.linear[i]:
                for a in set(g.args[i]):
                    self.uses[a] = self.uses.get(a, 0) + 1
        for i in wanted:
            if self.linear[i] and i not in self.terms:
                self.terms[i] = self.expanded(i)
        h = self.h
        h.outputs = [h.copy(self.there(i)) for i in there]
        given = sorted(self.given, key=lambda i: self.known[i])
        inputs = [self.given[i] for i in given] + list(self.seeds.values())
        for place, i in enumerate(inputs):
            h.attr[i] = place
        h.inputs = inputs
        return plan(h, exact, [np.ndarray] * len(inputs), [2] * len(there)), [self.known[i] for i in given]

    # ---- what depends on the point alone ----

    def bring(self, i: int) -> int:
        """A node that does not depend on the directions, in the product's graph."""
        found = self.brought.get(i)
        if found is None:
            found = self.brought[i] = self.made(i)
        return found

    def made(self, i: int) -> int:
        """`bring` of a node that was not asked for yet."""
        g, h, op = self.g, self.h, self.g.op[i]
        if op == "constant":
            return h.constant(g.constants[g.attr[i]])
        if op == "zeros":
            return h.zeros(g.shape[i], g.dtype[i])
        if op == "view":
            return h.again(g, i, [self.bring(g.args[i][0])])
        again = i >= self.first and g.dtype[i].kind in "iu"     # places of k directions, from those of one
        if i not in self.known and not again:
            if not self.opened:
                again = op not in ("input", "captured", "call", "item")
                if not again:
                    raise NotCompilable("a product needs what was not kept")
            else:
                self.known[i] = len(self.known)
        if again and i not in self.known:
            return h.again(g, i, [self.bring(a) for a in g.args[i]])
        found = self.given.get(i)
        if found is None:
            found = self.given[i] = h.node("input", (), -1000 - i, g.shape[i], g.dtype[i])
        return found

    # ---- what depends on the directions ----

    def there(self, i: int) -> int:
        """A node that depends on the directions, in the product's graph."""
        found = self.whole.get(i)
        if found is None:
            found = self.whole[i] = self.summed(self.terms[i])
        return found

    def summed(self, terms: list[Term]) -> int:
        """The sum of terms."""
        h, total = self.h, None
        for base, factor in terms:
            one = base if factor is None else applied(h, "multiply", self.bring(factor), base)
            total = one if total is None else applied(h, "add", total, one)
        assert total is not None
        return total

    def parts(self, i: int, shape: tuple[int, ...], dtype: Any) -> list[Term]:
        """A node as terms of a shape and dtype."""
        g, terms = self.g, self.terms[i]
        if g.shape[i] == shape and g.dtype[i] == dtype and (len(terms) == 1 or self.uses.get(i, 0) <= 1):
            return terms
        return [(broadcast(self.h, self.h.cast(self.there(i), dtype), shape), None)]

    def expanded(self, i: int) -> list[Term]:
        """The terms of a node."""
        terms = self.multiplied(i) if self.g.op[i] == "apply" else None
        if terms is None or len(terms) > MANY:
            return [(self.copied(i), None)]
        return terms

    def copied(self, i: int) -> int:
        """A node as it is."""
        g, h = self.g, self.h
        args = tuple(self.there(a) if self.linear[a] else self.bring(a) for a in g.args[i])
        return h.copy(args[0]) if g.op[i] == "copy" else h.again(g, i, args)

    def multiplied(self, i: int) -> list[Term] | None:
        """The terms of an elementwise operation that is linear in its directions; None of others."""
        g, name, args = self.g, self.g.attr[i], self.g.args[i]
        shape, dtype = g.shape[i], g.dtype[i]
        directed = [bool(self.linear[a]) for a in args]
        if name in ("add", "subtract") and all(directed):
            second: Sequence[Term] = self.parts(args[1], shape, dtype)
            if name == "subtract":
                second = [(b, self.scaled(f, "negative", dtype)) for b, f in second]
            return self.collected([*self.parts(args[0], shape, dtype), *second], dtype)
        if name == "negative":
            return [(b, self.scaled(f, "negative", dtype)) for b, f in self.parts(args[0], shape, dtype)]
        if name == "multiply" and sum(directed) == 1:
            a, p = args if directed[0] else args[::-1]
            return [(b, self.scaled(f, "multiply", dtype, p)) for b, f in self.parts(a, shape, dtype)]
        if name == "divide" and directed == [True, False]:
            return [(b, self.scaled(f, "divide", dtype, args[1])) for b, f in self.parts(args[0], shape, dtype)]
        if name == "where" and not directed[0]:
            terms: list[Term] = []
            c = args[0]
            for k in (1, 2):
                if directed[k]:
                    for b, f in self.parts(args[k], shape, dtype):
                        one = g.constant(np.ones((), dtype)) if f is None else f
                        zero = g.constant(np.zeros((), dtype))
                        pair = (one, zero) if k == 1 else (zero, one)
                        terms.append((b, g.apply("where", c, *pair, dtype=dtype)))
                elif not self.is_zero(args[k]):
                    raise NotCompilable("a tangent that does not depend on the directions")
            return self.collected(terms, dtype)
        return None

    def is_zero(self, i: int) -> bool:
        """Whether a node is known to be zero everywhere."""
        g = self.g
        i = g.root(i)
        return g.op[i] == "zeros" or g.op[i] == "constant" and not np.any(g.constants[g.attr[i]])

    def scaled(self, factor: int | None, name: str, dtype: Any, by: int | None = None) -> int:
        """A factor after one operation more."""
        g = self.g
        if name == "multiply" and factor is None:
            assert by is not None
            return g.cast(by, dtype)
        one = g.constant(np.ones((), dtype)) if factor is None else factor
        return int(applied(g, name, one) if by is None else applied(g, name, one, by))


    def collected(self, terms: Sequence[Term], dtype: Any) -> list[Term]:
        """Terms of which none have the same base."""
        found: dict[int, int | None] = {}
        for base, factor in terms:
            if base not in found:
                found[base] = factor
                continue
            one = self.g.constant(np.ones((), dtype))
            a, b = (one if f is None else f for f in (found[base], factor))
            found[base] = applied(self.g, "add", a, b)
        return list(found.items())


class Products:
    """The programs of the products at the points of one path, by their direction and the number of vectors.

    g: the graph with the values, to which tangents are added.  chosen, outputs: (node, order of its axes in memory,
    shape) of what is differentiated by and of the results.
    """

    def __init__(self, g: Graph, chosen: list[Any], outputs: list[Any], problem: Any, exact: bool) -> None:
        self.g, self.chosen, self.outputs, self.problem, self.exact = g, chosen, outputs, problem, exact
        self.first = len(g)
        self.known: dict[int, int] = {}
        self.made: dict[Any, Any] = {}
        self.lock = Lock()
        for forward in (True, False):
            self.made[forward, 1] = self.make(forward, 1, True)
        self.reached = self.made[True, 1][2]
        self.kept = [i for i, _ in sorted(self.known.items(), key=lambda x: x[1])]

    def product(self, forward: bool, k: int) -> Any:
        """(program, places of what it is given, which results it has); None where it goes by one vector only."""
        found = self.made.get((forward, k), self)
        if found is self:
            with self.lock:
                found = self.made.get((forward, k), self)
                if found is self:
                    try:
                        found = self.make(forward, k, False)
                    except NotCompilable:
                        found = None
                    self.made[forward, k] = found
        return found

    def make(self, forward: bool, k: int, opened: bool) -> Any:
        """`product`, planned."""
        g, p = self.g, self.problem
        if k > 1:
            p.check_room(k)
        if forward:
            seeds = [self.seed(k, x[2], g.dtype[x[0]]) for x in self.chosen]
            given = {x[0]: p.in_memory(s, x[1], 1) for x, s in zip(self.chosen, seeds, strict=True)}
            there = [x[0] for x in self.outputs if x[0] is not None]
            found = iter(push(g, given, there, k))
            ends = [None if x[0] is None else next(found) for x in self.outputs]
            orders = [x[1] for x in self.outputs]
        else:
            seeds, given = [], {}
            for i, order, shape, _ in self.outputs:
                seeds.append(self.seed(k, shape, np.dtype(float) if i is None else g.dtype[i]))
                if i is not None:
                    w = p.in_memory(seeds[-1], order, 1)
                    given[i] = w if i not in given else g.apply("add", given[i], w)
            ends = list(pull(g, given, p.wrt, k))
            orders = [x[1] for x in self.chosen]
        # a zero that no direction reaches, or one that only looks like a tangent
        split = Split(g, self.first, seeds, self.known, opened)
        ends = [None if e is None else p.logical(e, o, 1) for e, o in zip(ends, orders, strict=True)]
        ends = [e if e is not None and depends(g, e, seeds) else None for e in ends]
        program, places = split.program(ends, self.exact)
        return program, places, [e is not None for e in ends]

    def seed(self, k: int, shape: tuple[int, ...], dtype: Any) -> int:
        """A node for directions that no other one is."""
        return self.g.node("input", (), ("direction", len(self.g)), (k, *shape), dtype)


def depends(g: Graph, i: int, seeds: Sequence[int]) -> bool:
    """Whether a node depends on one of the seeds."""
    stack, seen, ends = [i], {i}, set(seeds)
    while stack:
        i = stack.pop()
        if i in ends:
            return True
        for a in g.args[i]:
            if a not in seen:
                seen.add(a)
                stack.append(a)
    return False


class Engine:
    """The products at one point; kept: what the program of the values left for them."""

    __slots__ = ("kept", "products")

    def __init__(self, products: Products, kept: list[Any]) -> None:
        self.products, self.kept = products, kept

    def forward(self, tangents: list[Any]) -> list[Any]:
        """Tangents of the results (k, *shape); None is zero."""
        return self.run(True, tangents)

    def backward(self, cotangents: list[Any]) -> list[Any]:
        """Cotangents of the arguments (k, *shape); None is zero."""
        return self.run(False, cotangents)

    def zeros(self, forward: bool, k: int, place: int) -> Any:
        """Zeros for a direction that is None."""
        p = self.products
        if forward:
            i, _, shape = p.chosen[place]
        else:
            i, _, shape, _ = p.outputs[place]
        return np.zeros((k, *shape), np.dtype(float) if i is None else p.g.dtype[i])

    def run(self, forward: bool, vectors: list[Any]) -> list[Any]:
        """A product."""
        k = next(v.shape[0] for v in vectors if v is not None)
        vectors = [self.zeros(forward, k, place) if v is None else v for place, v in enumerate(vectors)]
        found = self.products.product(forward, k) if k <= TOGETHER else None
        if found is None:
            return self.in_parts(forward, vectors, k)
        program, places, there = found
        if not any(there):
            return [None] * len(there)
        inputs = [*(self.kept[p] for p in places), *vectors]
        result = program.fast(*inputs)
        if result is NotImplemented:
            result = program(inputs)
        elif sum(there) == 1:
            result = (result,)
        results = iter(result)
        return [next(results) if is_there else None for is_there in there]

    def in_parts(self, forward: bool, vectors: list[Any], k: int) -> list[Any]:
        """A product with many vectors, in parts that have programs."""
        width = TOGETHER if k > TOGETHER else 1
        parts = [
            self.run(forward, [v[start : start + width] for v in vectors]) for start in range(0, k, width)
        ]
        return [
            None if any(p is None for p in column) else np.concatenate(column) for column in zip(*parts, strict=True)
        ]

