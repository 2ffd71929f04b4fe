"""What a recording knows: its graph, the memory that its arrays stand in, what it met outside, what was asked.

A recorded array carries the value that NumPy computes, in memory of NumPy's layout, and its storage.  A storage is a
piece of memory without gaps; its node is what it holds now.  Where an array lies in its storage is read off addresses,
so a view sees what was written through another one.  What each operation needs is compiled code (core/recorded.pxi).

Invariant: recording changes no number; each value is what NumPy computes for plain arrays.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from ..core._trace import Storage, TracerBase
from .graph import Call, Graph, Guard

__all__ = ["NotCompilable", "NotHere", "Storage", "Tracer", "address", "brief", "memory_order", "users_line"]


MOST = 200
"""So many characters of a value stand in a message."""


class NotCompilable(Exception):
    """What f does cannot be a program; the message says why."""


class NotHere(NotCompilable):
    """There is no program for this call, but there may be one for the next of its kind."""


def brief(x: Any) -> str:
    """A value for a message: of arrays a few numbers, on one line."""
    with np.printoptions(precision=8, threshold=6, edgeitems=2):
        text = " ".join(repr(x).split())
    return text if len(text) <= MOST else f"{text[: MOST - 3]}..."


def address(x: np.ndarray) -> int:
    """Where the first element of an array lies."""
    return int(x.__array_interface__["data"][0])


def memory_order(x: np.ndarray) -> tuple[int, ...] | None:
    """The axes from the slowest to the fastest; None if they are so already."""
    if x.flags.c_contiguous:
        return None
    order = sorted(range(x.ndim), key=lambda k: -abs(x.strides[k]))
    return tuple(order) if order != list(range(x.ndim)) else None


def users_line() -> str:
    """Where the user's code is: file:line."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__") or ""
        if not name.startswith(("dualdiff.", "numpy.")):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return "?"


class Tracer(TracerBase):
    """One recording.

    Attributes
    ----------
    graph : Graph
    done : bool
        Whether it is over: what is left of it computes plain numbers.
    reason : str or None
        Why there is no program, as soon as that is known.
    calls : set
        Functions of NumPy's that stay calls, as their own code did not give their bits.
    captured : list
        For each captured array of the graph: the array as the user has it, its content when it was met, where.
    """

    graph: Graph

    __slots__ = ("asked", "calls", "captured", "seen")

    def __init__(self) -> None:
        super().__init__(Graph())
        self.calls: set[Any] = set()
        self.captured: list[tuple[np.ndarray, np.ndarray, str]] = []
        self.seen: dict[Any, int] = {}
        self.asked: set[Any] = set()

    def doom(self, reason: str) -> None:
        """Notes that the recording is of no use; f runs on."""
        if self.reason is None:
            self.reason = f"{users_line()}: {reason}"

    def fail(self, reason: str) -> NoReturn:
        """Ends the recording."""
        self.doom(reason)
        raise NotCompilable(self.reason)

    # ---- what is asked ----

    def guard(self, node: int, kind: str, seen: Any) -> None:
        """Plain data leaves the recording: the program counts where it is the same again."""
        if self.done or (node, kind) in self.asked or not self.varies(node):
            return
        self.asked.add((node, kind))
        self.graph.guards.append(Guard(node, kind, seen, users_line()))

    # ---- what it meets outside ----

    def line(self, node: int) -> None:
        """Notes where a node was made."""
        if node not in self.graph.lines:
            self.graph.lines[node] = users_line()

    def outside(self, x: np.ndarray) -> int:
        """The node of a plain array."""
        if x.dtype.kind not in "biufc" or not x.dtype.isnative:
            return self.fail(f"an array of dtype {x.dtype} meets an argument")
        dense = x
        if not x.flags.c_contiguous:
            base = self.base_of(x)
            if base is None:
                order = memory_order(x)
                dense = x if order is None else x.transpose(order)
                if not dense.flags.c_contiguous:
                    return self.fail("a plain array with gaps in its memory, which is no window of another array")
            else:
                dense = base
        node = self.dense_outside(dense)
        return node if dense is x else self.window(node, x, address(dense))

    @staticmethod
    def base_of(x: np.ndarray) -> np.ndarray | None:
        """The whole array that x is a window of, in the order of its memory; None if that is not known."""
        base = x
        while type(base.base) is np.ndarray:
            base = base.base
        if base is x or base.dtype != x.dtype:
            return None
        order = memory_order(base)
        base = base if order is None else base.transpose(order)
        if not base.flags.c_contiguous:
            return None
        first, end = np.lib.array_utils.byte_bounds(x)
        return base if address(base) <= first and end <= address(base) + base.nbytes else None

    def dense_outside(self, x: np.ndarray) -> int:
        """`outside` of an array in C order."""
        key = (address(x), x.shape, x.dtype)
        node = self.seen.get(key)
        if node is not None and same_bits(self.captured[self.graph.attr[node]][1], x):
            return node
        place = len(self.captured)
        self.captured.append((x, x.copy(), users_line()))
        self.graph.captured.append(x)
        node = self.seen[key] = self.graph.node("captured", (), place, x.shape, x.dtype)
        return node

    # ---- nodes ----

    def permuted(self, node: int, order: Sequence[int] | None, ndim: int) -> int:
        """A node with axes of length 1 before its own, up to ndim, in another order."""
        g = self.graph
        shape = g.shape[node]
        if order is None:
            return node
        offset, strides = g.layout(node)
        more = ndim - len(shape)
        shape, strides = (1,) * more + shape, (0,) * more + strides
        return g.view(node, offset, tuple(shape[k] for k in order), tuple(strides[k] for k in order))

    def call(
        self, function: Callable[..., Any], name: str, nodes: Sequence[int], results: Sequence[np.ndarray],
        linear: str = "",
    ) -> Any:  # fmt: skip
        """The nodes of the results of a Python function of arrays, in the order of their memory."""
        what = Call(function, name, [r.shape for r in results], [r.dtype for r in results], linear)
        found = self.graph.call(what, *nodes)
        for node in found:
            self.line(node)
        return found


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays in C order hold the same bytes."""
    if a.size <= 64:
        return a.tobytes() == b.tobytes()
    return bool(np.array_equal(a.reshape(-1).view(np.uint8), b.reshape(-1).view(np.uint8)))
