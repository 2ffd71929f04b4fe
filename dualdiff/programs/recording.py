"""A function recorded: run on recorded arguments, twice, and what it must be for a program to stand for it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..above import above
from ..transforms.pytrees import flatten, unflatten
from ..transforms.recorder import recorded_by
from . import decompositions, functions  # noqa: F401  (NumPy's functions on recorded arrays)
from .arguments import Leaf, nearby, own_copy, together
from .graph import Graph
from .indexing import settled
from .inlining import inlined
from .owncode import running
from .traced import Traced, TracedArray, TracedNumber, find_tracer, join_elements
from .tracer import NotCompilable, Storage, Tracer, brief, same_bits
from .usercode import recordable

__all__ = ["Output", "Path", "record", "same_leaf"]


class Output:
    """How a result of a program becomes one of the function's.

    kind: "array", "number" (NumPy's), "python" or "constant".  order: of an array's axes in memory (None: C).
    """

    __slots__ = ("dtype", "kind", "order", "shape", "value")

    def __init__(self, kind: str, shape: Any = (), dtype: Any = None, order: Any = None, value: Any = None) -> None:
        self.kind, self.shape, self.dtype, self.order, self.value = kind, shape, dtype, order, value

    @property
    def gives(self) -> int:
        """As what a program gives it back."""
        return {"array": 2, "number": 1, "python": 0}[self.kind]

    @property
    def simple(self) -> bool:
        """Whether it is as the program gives it."""
        return (
            self.kind == "number"
            or self.kind == "array"
            and self.order is None
            or self.kind == "python"
            and self.dtype.kind == "f"
        )

    def made(self, x: Any) -> Any:
        """The function's result."""
        if self.kind == "array" and self.order is not None:
            return x.transpose(np.argsort(self.order))
        return bool(x) if self.kind == "python" and self.dtype.kind == "b" else x


class Path:
    """What one recording gave.

    graph; leaves: of the arguments (a `Leaf` each); outputs: an `Output` for each leaf of the result; structure: of the
    result.  arguments: (structure of the arguments, whether some are given by name).  kept: what was derived of it.
    first: the guards from this one on do not tell paths apart; where one fails, f answers.  derives: whether it has
    derivatives of inner functions, whose last bits are not those of the eager ones.
    """

    __slots__ = ("arguments", "constants", "derives", "first", "graph", "kept", "leaves", "outputs", "structure")

    def __init__(
        self, graph: Graph, leaves: list[Leaf], outputs: list[Output], structure: Any, first: int | None = None,
        derives: bool = False,
    ) -> None:  # fmt: skip
        self.graph, self.leaves, self.outputs, self.structure = graph, leaves, outputs, structure
        self.first, self.derives = len(graph.guards) if first is None else first, derives
        self.arguments: Any = None
        self.kept: dict[Any, Any] = {}
        self.constants = [o.value for o in outputs if o.kind == "constant"]

    def inputs(self, leaves: list[Any]) -> list[Any]:
        """What the program gets."""
        return [
            x if leaf.order is None else x.transpose(leaf.order)
            for x, leaf in zip(leaves, self.leaves, strict=True) if leaf.kind != "static"
        ]  # fmt: skip

    def finish(self, results: Any) -> Any:
        """The function's result from the program's."""
        found = iter(results)
        made = []
        for o in self.outputs:
            if o.kind == "constant":
                made.append(o.value.copy("K") if isinstance(o.value, np.ndarray) and o.order else o.value)
            else:
                made.append(o.made(next(found)))
        return unflatten(self.structure, made)


class Trace:
    """One run of a function on recorded arguments.

    calls: functions of NumPy's that stay calls.  spots: whether it is noted where nodes are recorded.
    """

    def __init__(
        self, f: Callable[..., Any], leaves: list[Any], kinds: list[Leaf], structure: Any, named: bool, calls: Any,
        spots: bool,
    ) -> None:  # fmt: skip
        t = self.tracer = Tracer()
        self.recorder = above("Recorder")(t)  # which derives what it records
        if not spots:
            t.forget_spots()
        t.calls.update(calls)
        given: list[Any] = []
        self.stores: list[Any] = []
        for x, leaf in zip(leaves, kinds, strict=True):
            if leaf.kind == "static":
                given.append(x)
                continue
            shape = leaf.shape if leaf.order is None else tuple(leaf.shape[k] for k in leaf.order)
            node = t.graph.input(shape, leaf.dtype)
            self.recorder.known[node] = np.array(x if leaf.order is None else x.transpose(leaf.order))
            if leaf.kind == "array":
                store = Storage(node, x, len(self.stores))
                self.stores.append((store, node))
                given.append(TracedArray(x, store, t))
            else:
                given.append(TracedNumber(x, node, t))
        args, kwargs = together(structure, given, named)
        before = getattr(running, "tracers", [])
        running.tracers = [*before, t]
        try:
            with np.errstate(all="ignore"), recorded_by(self.recorder):
                self.result = f(*args, **kwargs)
                if t.reason is not None:
                    raise NotCompilable(t.reason)
                self.outputs, self.structure = self.read()
        finally:
            t.done = True
            running.tracers = before
            self.recorder.known = {}
        for store, node in self.stores:
            if store.node != node:
                raise NotCompilable("f writes into its argument")

    def read(self) -> tuple[list[Any], Any]:
        """(leaves of the result, its structure)."""
        leaves, structure = flatten(self.result)
        found = []
        for y in leaves:
            if isinstance(y, np.ndarray) and y.dtype == object and find_tracer(y) is not None:
                y = join_elements(y)
            if isinstance(y, TracedArray):
                value, order = settled(y.value)
                node = self.tracer.graph.copy(self.tracer.permuted(y.node, order, value.ndim))
                out = Output("array", value.shape, value.dtype, order)
            elif isinstance(y, TracedNumber):
                node = y.node
                kind = "number" if isinstance(y.value, np.generic) else "python"
                out = Output(kind, (), np.asarray(y.value).dtype)
            else:
                if isinstance(y, Traced) or find_tracer(y) is not None:
                    raise NotCompilable(f"f returns {type(y).__name__}, which holds what was recorded")
                node, out = None, Output("constant", value=y)
            found.append((node, out))
        return found, structure


def record(f: Callable[..., Any], leaves: list[Any], kinds: list[Leaf], structure: Any, named: bool) -> Path:
    """The path that f takes from arguments; NotCompilable says why there is none."""
    if recordable(f) is f:
        return recorded(lambda: f, leaves, kinds, structure, named)
    try:
        return recorded(lambda: recordable(f), leaves, kinds, structure, named)
    except Exception as error:
        try:
            return recorded(lambda: f, leaves, kinds, structure, named)
        except Exception:
            raise error from None  # what can be recorded and what not is better seen in the copy


def recorded(
    copy: Callable[[], Callable[..., Any]], leaves: list[Any], kinds: list[Leaf], structure: Any, named: bool
) -> Path:
    """`record` of the functions that copy() gives."""

    def trace(xs: list[Any], calls: Any = (), spots: bool = True) -> Trace:
        return Trace(copy(), xs, kinds, structure, named, calls, spots)

    def here(calls: Any = ()) -> Trace:
        return trace(list(map(own_copy, leaves)), calls)

    def beside(calls: Any = ()) -> Trace | None:
        xs = [nearby(x, leaf) for x, leaf in zip(leaves, kinds, strict=True)]
        try:
            return trace(xs, calls, False)
        except NotCompilable:
            raise
        except Exception:
            return None  # f does not go there

    first, second = here(), beside()
    calls = first.tracer.calls
    if second is not None and second.tracer.calls != calls:  # own code had NumPy's bits at one of the points only
        calls = calls | second.tracer.calls
        first, second = here(calls), beside(calls)
    reason = None if second is None else difference(first, second, False)
    if second is None or reason is not None:
        branched = second is None or [
            bool(g.seen) if g.kind == "bool" else str(g.seen) for g in first.tracer.graph.guards
        ] != [bool(g.seen) if g.kind == "bool" else str(g.seen) for g in second.tracer.graph.guards]
        second = here(calls)
        again = difference(first, second, False)
        if again is not None or not branched:
            raise NotCompilable(again or reason)
    settle(first, second)
    g = first.tracer.graph
    g.spots = first.tracer.spots
    g.outputs = [node for node, _ in first.outputs if node is not None]
    outputs = [out for _, out in first.outputs]
    for (_, out), (_, again) in zip(first.outputs, second.outputs, strict=True):
        if out.kind == "constant":
            if not same_leaf(out.value, again.value):
                raise NotCompilable(
                    f"f returned {brief(out.value)}, and then {brief(again.value)}, which it did not compute from its "
                    "arguments"
                )
            if isinstance(out.value, np.ndarray):
                out.order = out.value is not again.value  # made by f anew each time: so are its copies
    start = len(g.guards)
    g.guards = [*g.guards, *first.recorder.limits]
    if first.recorder.derived:
        g, _ = inlined(g, ())
    return Path(g, kinds, outputs, first.structure, start, first.recorder.derived)


def same_leaf(a: Any, b: Any) -> bool:
    """Whether two leaves of results are of one type and the same to the bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (np.ndarray, np.generic, float, complex)):
        a, b = np.asarray(a), np.asarray(b)
        if a.dtype == object:
            return bool(a.shape == b.shape and all(map(same_leaf, a.flat, b.flat)))
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        if a.tobytes() == b.tobytes():
            return True
        if a.dtype.kind == "c":
            return same_leaf(a.real.copy(), b.real.copy()) and same_leaf(a.imag.copy(), b.imag.copy())
        if a.dtype.kind != "f":
            return False
        # a nan is a nan, and long doubles have bytes that are no part of the number
        return bool(np.array_equal(a, b, equal_nan=True) and np.all((np.signbit(a) == np.signbit(b)) | np.isnan(a)))
    return a is b or bool(a == b)


BY_PLACE = {"call", "constant", "captured"}
"""Operations whose attribute does not say all."""


def difference(first: Trace, second: Trace, _: bool) -> str | None:
    """Why two recordings are not the same; None if they are."""
    a, b = first.tracer.graph, second.tracer.graph
    places: Any = range(max(len(a), len(b)))
    if a.op == b.op and a.args == b.args and a.shape == b.shape and a.dtype == b.dtype:
        places = [
            i for i, (op, x, y) in enumerate(zip(a.op, a.attr, b.attr, strict=True)) if op in BY_PLACE or x != y
        ]
    for i in places:
        if i >= len(a) or i >= len(b):
            return hidden(first, second, i, "f did not do the same operations again")
        if (a.op[i], a.args[i], a.shape[i], a.dtype[i]) != (b.op[i], b.args[i], b.shape[i], b.dtype[i]):
            return hidden(first, second, i, "f did not do the same operations again")
        if a.op[i] == "call":
            if a.attr[i].name != b.attr[i].name:
                return hidden(first, second, i, "f did not call the same functions again")
        elif a.op[i] == "constant":
            x, y = a.constants[a.attr[i]], b.constants[b.attr[i]]
            if x.dtype != y.dtype or x.tobytes() != y.tobytes():
                return hidden(first, second, i, f"a hidden value came in: {became(x, y)} in the next call")
        elif a.op[i] == "captured":
            one, other = first.tracer.captured[a.attr[i]], second.tracer.captured[b.attr[i]]
            if not same_bits(one[1], other[1]):
                return f"{one[2]}: a hidden array came in: {became(one[1], other[1])} in the next call"
        elif a.attr[i] != b.attr[i]:
            return hidden(first, second, i, "f did not do the same operations again")
    return None


def hidden(first: Trace, second: Trace, i: int, what: str) -> str:
    """A reason with the line where something came in."""
    for t in (first, second):
        line = t.tracer.graph.lines.get(i)
        if line is not None:
            return f"{line}: {what}"
    return what


def became(x: np.ndarray, y: np.ndarray) -> str:
    """Two values for a message, with so many digits that they differ."""
    for precision in (6, 17):
        texts = [np.array2string(z, precision=precision, threshold=6, edgeitems=2).replace("\n", " ") for z in (x, y)]
        if texts[0] != texts[1]:
            break
    return " became ".join(texts)


def settle(first: Trace, second: Trace) -> None:
    """Arrays that f makes anew in each run are constants; those that it finds are read in each run."""
    g = first.tracer.graph
    changed = False
    for i, op in enumerate(g.op):
        if op != "captured":
            continue
        x, content, line = first.tracer.captured[g.attr[i]]
        y = second.tracer.captured[second.tracer.graph.attr[i]][0]
        if x.__array_interface__["data"][0] == y.__array_interface__["data"][0]:
            if not same_bits(np.ascontiguousarray(x), content):
                raise NotCompilable(f"{line}: f changes an array that it finds outside")
            continue
        g.op[i], g.attr[i] = "constant", len(g.constants)
        g.constants.append(content)
        changed = True
    if changed:
        g.forget()
        g._known = {}

