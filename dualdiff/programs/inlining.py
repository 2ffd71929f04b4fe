"""The graph of a recording without the variables of inner functions.

While a function is recorded, a transform in it differentiates by nodes of its own: copies of what the inner function
was called with, which nothing else reads.  When the recording is over, each is what it is a copy of.
"""

from collections.abc import Iterable
from typing import Any

from .graph import Graph, Guard

__all__ = ["inlined", "is_variable", "variable"]


def variable(g: Graph, x: int) -> int:
    """A node with the numbers of x that no other node is."""
    dense = g.copy(x)
    return g.node("copy", (dense,), ("variable", len(g)), g.shape[dense], g.dtype[dense])


def is_variable(g: Graph, i: int) -> bool:
    """Whether a node is the variable of an inner function."""
    return g.op[i] == "copy" and g.attr[i] is not None


def inlined(g: Graph, ends: Iterable[int]) -> tuple[Graph, dict[int, int]]:
    """(a graph without variables, where the nodes are that some ends, the outputs, guards and kinks need)."""
    new = Graph()
    new.constants, new.captured, new._known = g.constants, g.captured, g._known
    place: dict[int, int] = {}
    wanted = [*ends, *g.outputs, *g.inputs, *g.kinks, *(guard.node for guard in g.guards)]
    for i in g.needed(wanted):
        args = tuple(place[a] for a in g.args[i])
        if is_variable(g, i):
            place[i] = args[0]
            continue
        place[i] = new.again(g, i, args)
        if i in g.lines:
            new.lines.setdefault(place[i], g.lines[i])
        if place[i] == len(new.spots):
            new.spots.append(g.spots[i] if i < len(g.spots) else None)
    new.inputs, new.outputs = of(place, g.inputs), of(place, g.outputs)
    new.kinks = list(dict.fromkeys(of(place, g.kinks)))
    new.guards = [Guard(place[x.node], x.kind, x.seen, x.where) for x in g.guards]
    return new, place


def of(place: dict[int, int], nodes: Any) -> list[int]:
    """Where nodes are."""
    return [place[i] for i in nodes]
