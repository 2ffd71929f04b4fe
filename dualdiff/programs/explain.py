"""What a compiled function has recorded, as text and as a graph."""

import math
from typing import Any

from .graph import Graph

__all__ = ["Explanation"]

WEIGHTS = {"apply": 1.0, "call": 30.0, "matmul": 0.5, "scan": 1.0, "reduce": 0.5}
"""Roughly what an element of an operation costs, for the shares."""

FREE = {"input", "captured", "constant", "zeros", "view", "item"}


class Explanation:
    """What `explain` of a compiled function returns; it prints as text.

    Attributes
    ----------
    paths : list of dict
        Of each path: arguments, operations, guards (question, answer, line), calls (function, line, share), captured.
    eager : list of str
        Why f runs as it is for some kinds of arguments.
    """

    def __init__(self, name: str, tables: list[tuple[str, Any]]) -> None:
        self.name = name
        self.paths: list[dict[str, Any]] = []
        self.eager: list[str] = []
        self.graphs: list[Graph] = []
        for what, table in tables:
            self.eager += [f"{what}: {reason}" for reason in table.eager.values()]
            for entries in table.table.values():
                for entry in entries:
                    self.graphs.append(entry.path.graph)
                    self.paths.append(described(what, entry))

    def __str__(self) -> str:
        lines = [f"{self.name}: {len(self.paths)} path{'s' * (len(self.paths) != 1)}"]
        for k, path in enumerate(self.paths):
            lines.append(f"path {k}, {path['what']}, of {path['arguments'] or 'no arguments'}")
            counted = ", ".join(f"{n} {op}" for op, n in sorted(path["operations"].items(), key=lambda x: -x[1]))
            lines.append(f"  {sum(path['operations'].values())} operations: {counted}")
            for question, answer, where in path["guards"]:
                lines.append(f"  guard: {question} is {answer}, asked at {where}")
            for name, where, share in path["calls"]:
                lines.append(f"  call of Python's {name}, about {share:.0%} of the cost{at(where)}")
            for shape, dtype in path["captured"]:
                lines.append(f"  an array of f's surroundings, {dtype} {shape}, is read in each run")
        lines += [f"runs as it is: {reason}" for reason in self.eager]
        return "\n".join(lines)

    __repr__ = __str__

    def graphviz(self, path: int = 0) -> str:
        """The operations of a path in Graphviz's language.

        Parameters
        ----------
        path : int
            Which one of `paths`.
        """
        g = self.graphs[path]
        lines = ["digraph {", "  rankdir=LR; node [shape=box, fontsize=10];"]
        for i in needed(g):
            label = g.op[i]
            if label == "apply":
                label = str(g.attr[i])
            elif label in ("reduce", "scan"):
                label = f"{g.attr[i][0]}.{'reduce' if label == 'reduce' else 'accumulate'}"
            elif label == "call":
                label = g.attr[i].name
            style = ', style=filled, fillcolor="#f4c7c3"' if g.op[i] == "call" else ""
            lines.append(f'  n{i} [label="{label}\\n{g.dtype[i]} {g.shape[i]}"{style}];')
            lines += [f"  n{a} -> n{i};" for a in dict.fromkeys(g.args[i])]
        for k, guard in enumerate(g.guards):
            lines.append(f'  g{k} [label="{guard.kind} is {guard.seen!s:.20}", shape=diamond];')
            lines.append(f"  n{guard.node} -> g{k};")
        lines += [f"  n{i} -> out{k}; out{k} [shape=ellipse];" for k, i in enumerate(g.outputs)]
        return "\n".join([*lines, "}"])


def at(where: str | None) -> str:
    """A place in the user's code, if it is known."""
    return f", at {where}" if where else ""


def needed(g: Graph) -> list[int]:
    """The nodes that results and guards depend on."""
    return g.needed([*g.outputs, *(guard.node for guard in g.guards)])


def described(what: str, entry: Any) -> dict[str, Any]:
    """One path."""
    g, leaves = entry.path.graph, entry.path.leaves
    operations: dict[str, int] = {}
    cost: dict[int, float] = {}
    nodes = needed(g)
    for i in nodes:
        op = g.op[i]
        if op in FREE:
            continue
        operations[op] = operations.get(op, 0) + 1
        elements = (
            math.prod(g.shape[i]) if op not in ("reduce", "call") else sum(math.prod(g.shape[a]) for a in g.args[i])
        )
        if op == "matmul":
            elements *= g.shape[g.args[i][0]][-1]
        cost[i] = WEIGHTS.get(op, 1.0) * elements + (500.0 if op == "call" else 1.0)
    total = sum(cost.values()) or 1.0
    calls = []
    for i in nodes:
        if g.op[i] == "call":
            line = g.lines.get(i) or next(
                (g.lines[j] for j in nodes if g.op[j] == "item" and g.args[j][0] == i and j in g.lines), None
            )
            calls.append((g.attr[i].name, line, cost[i] / total))
    return {
        "what": what,
        "arguments": ", ".join(leaf_text(leaf) for leaf in leaves),
        "operations": operations,
        "guards": [(guard.kind, f"{guard.seen!s:.60}", guard.where) for guard in g.guards[: entry.path.first]],
        "calls": calls,
        "captured": [(g.shape[i], g.dtype[i]) for i in nodes if g.op[i] == "captured"],
    }


def leaf_text(leaf: Any) -> str:
    """An argument."""
    if leaf.kind == "static":
        return f"{leaf.value!r:.40}"
    return leaf.kind if leaf.kind != "array" else f"{leaf.dtype} {leaf.shape}"
