"""A graph made into a program: what runs, in which order, in which memory."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .evaluate import run
from .graph import Graph

__all__ = ["GuardFailed", "Program", "plan"]


class GuardFailed:
    """What a program returns in the place of results when the function would not go the recorded way.

    index: the place of the guard in `graph.guards`; -1 where an operation could not be done as recorded (an index out of
    range, a Python float divided by 0): the function itself says what is wrong.
    """

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


class Program:
    """Runs a graph."""

    def __init__(self, graph: Graph, exact: bool) -> None:
        self.graph, self.exact = graph, exact
        wanted = {*graph.outputs, *(g.node for g in graph.guards)}
        stack, needed = list(wanted), set()
        while stack:
            i = stack.pop()
            if i not in needed:
                needed.add(i)
                stack.extend(graph.args[i])
        self.order = sorted(needed)
        self.guards: dict[int, list[int]] = {}
        for k, guard in enumerate(graph.guards):
            self.guards.setdefault(guard.node, []).append(k)
        self.raised = 0

    def __call__(self, inputs: Sequence[Any]) -> Any:
        """The outputs, or a GuardFailed."""
        g, found, self.raised = self.graph, {}, 0
        values = [np.ascontiguousarray(x, g.dtype[i]) for x, i in zip(inputs, g.inputs, strict=True)]

        def note(kind: str, flag: int) -> None:
            self.raised |= {"divide by zero": 1, "overflow": 2, "underflow": 4, "invalid value": 8}.get(kind, flag)

        with np.errstate(all="call", call=note):
            for i in self.order:
                try:
                    found[i] = run(g, i, [found[a] for a in g.args[i]], values)
                except IndexError:
                    return GuardFailed(-1)
                for k in self.guards.get(i, ()):
                    if not holds(g.guards[k], found[i]):
                        return GuardFailed(k)
        return [found[i][()].item() if g.shape[i] == () else np.array(found[i], order="C") for i in g.outputs]

    def fast(self, *args: Any) -> Any:
        """The result (a tuple where there are several) of arguments that are just what is expected, else NotImplemented."""
        g = self.graph
        if len(args) != len(g.inputs):
            return NotImplemented
        for x, i in zip(args, g.inputs, strict=True):
            if type(x) is float and g.shape[i] == () and g.dtype[i] == np.float64:
                continue
            if type(x) is not np.ndarray or x.shape != g.shape[i] or x.dtype != g.dtype[i] or not x.flags.carray:
                return NotImplemented
        results = self(args)
        if isinstance(results, GuardFailed):
            return NotImplemented
        return results[0] if len(results) == 1 else tuple(results)

    def flags(self) -> int:
        """The floating-point status that the last run of this thread raised: divide 1, overflow 2, underflow 4, invalid 8."""
        return self.raised

    def explain(self) -> dict[str, Any]:
        """What is fused, what is a call and why."""
        return {"groups": [], "calls": [(i, self.graph.op[i], "") for i in self.order]}


def holds(guard: Any, value: Any) -> bool:
    """Whether a guard's question has the recorded answer."""
    if guard.kind == "array":
        seen = np.asarray(guard.seen)
        return bool(value.dtype == seen.dtype and value.shape == seen.shape and value.tobytes() == seen.tobytes())
    answer = {"bool": bool, "int": int, "float": float}[guard.kind](value)
    return bool(answer == guard.seen or answer != answer and guard.seen != guard.seen)


def plan(graph: Graph, exact: bool = True) -> Program:
    """The program of a graph.

    Parameters
    ----------
    graph : Graph
    exact : bool
        Whether the values must be NumPy's to the bit.
    """
    return Program(graph, exact)
