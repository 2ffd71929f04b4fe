"""What a compiled function has recorded, as text and as a graph."""

import itertools
import linecache
from collections.abc import Iterable
from typing import Any

from .graph import Graph

__all__ = ["Explanation"]

FREE = {"input", "captured", "constant", "zeros", "view", "item"}

SHOWN = 8
"""So many groups of a path are shown as text, those with the largest shares."""


WIDTH = 80
"""So many characters of a line of code are shown."""


class Explanation:
    """What `explain` of a compiled function returns; it prints as text.

    Attributes
    ----------
    paths : list of dict
        Of each path: arguments, operations, guards (question, answer, line), calls (function, line, share), captured,
        and groups: of each group of operations that run together its kind ("fused" in blocks that stay in cache,
        "numbers", "NumPy" for a loop of NumPy's or BLAS, "Python" for a call), operations, elements, share, where
        (lines), why.
        A share is what the group is estimated to take of a run, from its operations and elements.
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
            lines += [f"  {text}" for text in guard_texts(path["guards"])]
            for name, where, share in path["calls"]:
                lines.append(f"  call of Python's {name}, about {share:.0%} of the cost{at(where)}")
            groups = alike(x for x in path["groups"] if x["kind"] not in ("Python", "guard"))
            for group in sorted(groups, key=lambda x: -x["share"])[:SHOWN]:
                lines.append(f"  {group_text(group)}")
            if len(groups) > SHOWN:
                lines.append(f"  and {len(groups) - SHOWN} smaller groups")
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
        inside: set[int] = set()
        for k, group in enumerate(self.paths[path]["groups"]):
            own = [i for i in group["nodes"] if g.op[i] not in FREE and i not in inside]
            inside.update(own)
            if len(own) > 1:
                label, parts = f"{group['kind']}, {group['share']:.0%}", " ".join(f"n{i};" for i in own)
                lines.append(f'  subgraph cluster{k} {{ label="{label}"; style=dashed; {parts} }}')
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
    nodes = needed(g)
    for i in nodes:
        op = g.op[i]
        if op not in FREE:
            operations[op] = operations.get(op, 0) + 1
    groups = entry.program.explain()
    share: dict[int, float] = {}
    for group in groups:
        found = (g.line(i) for i in group["nodes"] if i < len(g) and g.op[i] not in FREE)
        group["where"] = list(dict.fromkeys(x for x in found if x))
        if group["kind"] == "Python":
            share.update(dict.fromkeys(group["nodes"], group["share"]))
    calls = []
    for i in nodes:
        if g.op[i] == "call":
            line = g.line(i) or next((g.line(j) for j in nodes if g.op[j] == "item" and g.args[j][0] == i), None)
            calls.append((g.attr[i].name, line, share.get(i, 0.0)))
    return {
        "what": what,
        "arguments": ", ".join(leaf_text(leaf) for leaf in leaves),
        "operations": operations,
        "guards": [(guard.kind, f"{guard.seen!s:.60}", guard.where) for guard in g.guards[: entry.path.first]],
        "calls": calls,
        "groups": groups,
        "captured": [(g.shape[i], g.dtype[i]) for i in nodes if g.op[i] == "captured"],
    }


def guard_texts(guards: list[tuple[str, str, str]]) -> list[str]:
    """Guards; those of a loop, which one line asks again and again, as one."""
    found = []
    for (question, where), asked in itertools.groupby(guards, key=lambda x: (x[0], x[2])):
        answers = [(answer, len(list(same))) for answer, same in itertools.groupby(asked, key=lambda x: x[1])]
        told = ", then ".join(answer if n == 1 else f"{answer} {n} times" for answer, n in answers)
        found.append(f"guard: {question} is {told}, asked at {where}{source(where)}")
    return found


def source(where: str) -> str:
    """The text of a line "file:line", if it can be read."""
    file, _, number = where.rpartition(":")
    text = linecache.getline(file, int(number)).strip() if number.isdigit() else ""
    return f": {text if len(text) <= WIDTH else text[: WIDTH - 3] + '...'}" if text else ""


def alike(groups: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Groups of operations; those of a loop, which do the same at the same lines, as one with all of their shares."""
    found: dict[Any, dict[str, Any]] = {}
    for group in groups:
        key = group["kind"], group["elements"], tuple(group["operations"]), tuple(group["where"])
        known = found.get(key)
        found[key] = {**group, "times": 1} if known is None else {
            **known, "times": known["times"] + 1, "share": known["share"] + group["share"],
        }  # fmt: skip
    return list(found.values())


def group_text(group: dict[str, Any]) -> str:
    """A group of operations that run together."""
    counted: dict[str, int] = {}
    for name in group["operations"]:
        counted[name] = counted.get(name, 0) + 1
    names = ", ".join(name if n == 1 else f"{n} {name}" for name, n in counted.items() if name != "load")
    where = group["where"]
    more = f" and {len(where) - 1} other line{'s' * (len(where) > 2)}" if len(where) > 1 else ""
    lines = f" at {where[0]}{more}" if where else ""
    times = f", {group['times']} times" if group["times"] > 1 else ""
    size = f"{group['elements']} element{'s' * (group['elements'] != 1)}{times}"
    return f"{group['share']:.0%} {group['kind']} of {size}: {names or 'copies'}{lines}"


def leaf_text(leaf: Any) -> str:
    """An argument."""
    if leaf.kind == "static":
        return f"{leaf.value!r:.40}"
    return leaf.kind if leaf.kind != "array" else f"{leaf.dtype} {leaf.shape}"
