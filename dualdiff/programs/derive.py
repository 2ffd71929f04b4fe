"""The graphs of derivatives: tangents pushed along a graph, cotangents pulled back along it.

`push` and `pull` append to a graph that has the values already.  Each rule is written in the graph's own operations, so
the result can be derived again; of the table's functions the partials are read off their texts.  A tangent that is None
is zero because nothing reaches it.

With k directions (cotangents) every tangent has one axis more, the first.
"""

from collections.abc import Callable, Sequence
from typing import Any

from . import complexes
from .graph import Call, Graph, Guard
from .operations import OPERATIONS
from .partials import NotDerivable, applied
from .space import Nodes
from .units import Unit, folded, handed_on, spread_out

__all__ = ["NotDerivable", "clone", "guard_kinks", "kink_nodes", "kinks", "pull", "push"]


def clone(graph: Graph) -> Graph:
    """A graph with the same nodes, to which others can be appended."""
    new = Graph()
    for name in (
        "op", "args", "attr", "shape", "dtype", "constants", "captured", "inputs", "outputs", "guards", "kinks",
        "spots",
    ):  # fmt: skip
        setattr(new, name, list(getattr(graph, name)))
    new.lines, new._known = dict(graph.lines), dict(graph._known)
    new.index_as(graph)
    return new


def differentiable(g: Graph, i: int) -> bool:
    """Whether a node has numbers that can have derivatives."""
    return g.dtype[i].kind in "fc"


def carries(g: Graph, i: int) -> bool:
    """Whether a call can be derived by a node: there is something in it."""
    return g.dtype[i].kind in "fc" and 0 not in g.shape[i]


def on_the_way(g: Graph, start: Sequence[int], ends: Sequence[int]) -> list[int]:
    """The nodes between start and ends that carry derivatives, in order."""
    reached = bytearray(len(g))
    for i in start:
        reached[i] = 1
    last = max(ends, default=-1)
    first = min(start, default=0)
    for i in range(first, last + 1):
        if not reached[i] and (differentiable(g, i) or g.op[i] == "call"):
            for a in g.args[i]:
                if reached[a]:
                    reached[i] = 1
                    break
    needed = bytearray(len(g))
    stack = [i for i in ends if reached[i]]
    for i in stack:
        needed[i] = 1
    while stack:
        for a in g.args[stack.pop()]:
            if reached[a] and not needed[a]:
                needed[a] = 1
                stack.append(a)
    return [i for i in range(first, last + 1) if needed[i]]


# ---- tangents -------------------------------------------------------------------------------


class Push(Nodes):
    """Tangents of nodes."""

    def __init__(self, g: Graph, k: int | None) -> None:
        super().__init__(g, k)
        self.t: dict[int, int | None] = {}
        self.units: dict[int, Unit] = {}
        self.results: dict[int, Any] = {}

    def of(self, i: int) -> int | None:
        found = self.t.get(i)
        if found is None and i in self.units:
            assert self.k is not None
            found = self.t[i] = spread_out(self.g, i, self.units[i], self.k)
        return found

    def there(self, i: int) -> int:
        """The tangent of a node, zeros if there is none."""
        found = self.of(i)
        return self.zeros(self.g.shape[i], self.g.dtype[i]) if found is None else found

    def node(self, i: int) -> int | None:
        """The tangent of a node from those of its arguments."""
        g, args, op = self.g, self.g.args[i], self.g.op[i]
        if self.units and any(a in self.units for a in args) and not complexes.is_complex(g, i, *args):
            unit = folded(self, i)
            if isinstance(unit, Unit):
                self.units[i] = unit
                return None
            if unit is not None:
                return int(unit)
        operation = OPERATIONS.get(op)
        if operation is None:
            return self.of_call(i, args, g.attr[i])
        of = self.of if self.units else self.t.get
        ts = [of(a) for a in args]
        for t in ts:
            if t is not None:
                return operation.push(self, g, i, ts) if differentiable(g, i) else None
        return None

    def of_call(self, i: int, args: Any, what: Any) -> int | None:
        """`node` of a call, whose tangents wait for its results; and of a result."""
        if self.g.op[i] == "item":
            found = self.results.get(args[0])
            return None if found is None or not differentiable(self.g, i) else int(found[what])
        reached = [k for k, a in enumerate(args) if self.of(a) is not None and carries(self.g, a)]
        if reached:
            self.results[i] = self.derived_call(args, what, reached)
        return None

    def derived_call(self, args: Any, what: Call, reached: list[int]) -> Any:
        """place -> the tangent of a result of a call."""
        g = self.g
        wanted = [j for j, d in enumerate(what.dtypes) if d.kind in "fc"]
        run = pushed_call(what.function, len(args), reached, wanted, self.k is not None)
        new = Call(
            run, f"jvp of {what.name}", [self.full(what.shapes[j]) for j in wanted], [what.dtypes[j] for j in wanted]
        )
        found = g.call(new, *args, *(self.there(args[k]) for k in reached))
        return dict(zip(wanted, found, strict=True))

    def by_rule(self, i: int, function: Callable[..., Any], ts: list[Any]) -> Any:
        """The tangent of a node by dualdiff's own rule of a function of its arguments."""
        g = self.g
        what = Call(function, getattr(function, "__name__", "?"), [g.shape[i]], [g.dtype[i]])
        reached = [k for k, t in enumerate(ts) if t is not None]
        return self.derived_call(g.args[i], what, reached)[0]


def push(g: Graph, tangents: dict[int, Any], outputs: Sequence[int], k: int | None) -> list[int | None]:
    """Appends the tangents of outputs; tangents: input node -> the node of its tangent, or a `Unit`."""
    p = Push(g, k)
    for i, t in tangents.items():
        if isinstance(t, Unit):
            p.units[i] = t
        else:
            p.t[i] = t
    for i in on_the_way(g, list(tangents), outputs):
        if i not in tangents:
            p.t[i] = p.node(i)
    return [p.of(i) for i in outputs]


def pushed_call(function: Any, n: int, reached: list[int], wanted: list[int], stacked: bool) -> Callable[..., Any]:
    """(arrays, tangents) -> tangents of the results of a function of n arrays."""
    from ..transforms.jvp import jvp

    def run(*arrays: Any) -> tuple[Any, ...]:
        given, tangents = list(arrays[:n]), arrays[n:]

        def of(*chosen: Any) -> tuple[Any, ...]:
            for place, x in zip(reached, chosen, strict=True):
                given[place] = x
            found = function(*given)
            return tuple(found[j] for j in wanted)

        found = jvp(of, tuple(given[place] for place in reached), tuple(tangents))[1]
        return tuple(found)

    return run


def pulled_call(function: Any, n: int, reached: list[int], wanted: list[int], k: int | None) -> Callable[..., Any]:
    """(arrays, cotangents of the wanted results) -> cotangents of the reached arguments."""
    from ..transforms.vjp import vjp

    def run(*arrays: Any) -> tuple[Any, ...]:
        given, cotangents = list(arrays[:n]), arrays[n:]

        def of(*chosen: Any) -> tuple[Any, ...]:
            for place, x in zip(reached, chosen, strict=True):
                given[place] = x
            found = function(*given)
            return tuple(found[j] for j in wanted)

        pullback = vjp(of, *(given[place] for place in reached))[1]
        found = pullback(tuple(cotangents))
        return tuple(found) if len(reached) > 1 else (found,)

    return run


# ---- cotangents -----------------------------------------------------------------------------


class Pull(Nodes):
    """Cotangents of nodes; where there are k, their axis is the first."""

    def __init__(self, g: Graph, k: int | None, active: set[int]) -> None:
        super().__init__(g, k)
        self.active = active
        self.w: dict[int, int] = {}
        self.units: dict[int, Unit] = {}
        self.pending: dict[int, dict[int, int]] = {}
        self.together: tuple[int, list[Any]] = (-1, [])     # a node, and the cotangents of all its arguments

    def give(self, i: int, w: int) -> None:
        """Adds to the cotangent of a node; w in its shape."""
        if i not in self.active:
            return
        g = self.g
        w = self.cast(w, g.dtype[i])
        now = self.of(i)
        self.w[i] = w if now is None else applied(g, "add", now, w)

    def give_unit(self, i: int, u: Unit) -> None:
        """`give` of cotangents that are unit vectors, which are kept as places of ones (`Unit`)."""
        if i not in self.active:
            return
        if self.of(i) is None:
            self.units[i] = u
        else:
            assert self.k is not None
            self.give(i, spread_out(self.g, i, u, self.k))

    def of(self, i: int) -> int | None:
        """What was added to the cotangent of a node so far."""
        u = self.units.pop(i, None)
        if u is not None:
            assert self.k is not None
            self.w[i] = spread_out(self.g, i, u, self.k)
        return self.w.get(i)

    def node(self, i: int) -> None:
        """Hands the cotangent of a node to its arguments."""
        g, args, op = self.g, self.g.args[i], self.g.op[i]
        if op == "call":
            self.pull_call(i)
            return
        unit = self.units.get(i)
        if unit is not None and not complexes.is_complex(g, i, *args) and handed_on(self, i, unit):
            return
        w = self.of(i)
        if w is None or not args:
            return
        if op == "item":
            self.pending.setdefault(args[0], {})[g.attr[i]] = w
            return
        operation = OPERATIONS[op]
        given = list(enumerate(args))
        for which, a in reversed(given) if operation.backwards else given:
            if a in self.active:
                onto = self.of(a) if operation.joins else None
                found = operation.pull(self, g, i, w, which, onto)
                if operation.joins:
                    self.w[a] = found
                elif found is not None:
                    self.give(a, found)

    def by_rule(self, i: int, function: Callable[..., Any], w: int, which: int = 0) -> Any:
        """The cotangent of an argument by dualdiff's own rule of a function of all arguments."""
        if self.together[0] != i:
            g, args = self.g, self.g.args[i]
            what = Call(function, getattr(function, "__name__", "?"), [g.shape[i]], [g.dtype[i]])
            reached = [k for k, a in enumerate(args) if a in self.active and carries(g, a)]
            found = dict(zip(reached, self.derived_call(args, what, reached, [0], [w]), strict=True))
            self.together = i, [found.get(k) for k in range(len(args))]
        return self.together[1][which]

    def transposed(self, i: int, w: int, which: int) -> Any:
        """The cotangent of an argument by transposing what `push` makes of tangents that stand for any."""
        if self.together[0] != i:
            g, args = self.g, self.g.args[i]
            seeds = {
                a: g.node("input", (), ("any tangent", len(g)), self.full(g.shape[a]), g.dtype[a])
                for a in dict.fromkeys(args) if a in self.active
            }  # fmt: skip
            p = Push(g, self.k)
            p.t.update(seeds)
            d = p.node(i)
            pulled = [None] * len(seeds) if d is None else pull(g, {d: w}, list(seeds.values()), None)
            found = dict(zip(seeds, pulled, strict=True))
            self.together = i, [found.pop(a, None) for a in args]       # once, where two arguments are one node
        return self.together[1][which]

    def pull_call(self, i: int) -> None:
        """Hands the cotangents of a call's results to its arguments, once all of them have been added up."""
        g = self.g
        given = self.pending.get(i)
        if not given:
            return
        what, args = g.attr[i], g.args[i]
        reached = [k for k, a in enumerate(args) if a in self.active and carries(g, a)]
        places = sorted(given)
        found = self.derived_call(args, what, reached, places, [given[p] for p in places])
        for k, w in zip(reached, found, strict=True):
            self.give(args[k], w)

    def derived_call(self, args: Any, what: Call, reached: list[int], places: list[int], ws: list[int]) -> Any:
        g = self.g
        run = pulled_call(what.function, len(args), reached, places, self.k)
        new = Call(run, f"vjp of {what.name}", [self.full(g.shape[args[k]]) for k in reached],
                   [g.dtype[args[k]] for k in reached])  # fmt: skip
        return g.call(new, *args, *ws)


def pull(g: Graph, cotangents: dict[int, Any], wrt: Sequence[int], k: int | None) -> list[int | None]:
    """Appends the cotangents of nodes; cotangents: output node -> the node of its cotangent, or a `Unit`."""
    order = on_the_way(g, wrt, list(cotangents))
    p = Pull(g, k, set(order))
    for i, w in cotangents.items():
        if isinstance(w, Unit):
            p.give_unit(i, w)
        else:
            p.give(i, w)
    for i in reversed(order):
        if i not in wrt:
            p.node(i)
    return [p.of(i) for i in wrt]


# ---- kinks ----------------------------------------------------------------------------------


def kinks(g: Graph, wrt: Sequence[int], outputs: Sequence[int]) -> None:
    """Appends guards that no function is exactly at a kink."""
    guard_kinks(g, kink_nodes(g, wrt, outputs))


def guard_kinks(g: Graph, nodes: Sequence[int]) -> None:
    """Appends guards that none of some truths holds, which say that a function is at a kink."""
    known = {guard.node for guard in g.guards}
    g.guards.extend(
        Guard(node, "bool", False, "a kink, in second order") for node in dict.fromkeys(nodes) if node not in known
    )


def kink_nodes(g: Graph, wrt: Sequence[int], outputs: Sequence[int]) -> list[int]:
    """Nodes that say whether a function is exactly at a kink."""
    met = [OPERATIONS[g.op[i]].kink(g, i) for i in on_the_way(g, wrt, outputs) if g.op[i] in OPERATIONS]
    return [g.reduce("logical_or", m, tuple(range(len(g.shape[m]))), dtype=bool) for m in met if m is not None]
