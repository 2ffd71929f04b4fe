"""What a function did, as a graph of operations on arrays of known shape and dtype.

A graph says nothing of how it is run: `evaluate` runs it operation by operation, `plan` makes a program of it.  The
graph of a derivative is a graph of the same operations, so that it can be differentiated again.

A node is a number; its operation, arguments, attributes, shape and dtype stand in lists.  A node comes after its
arguments, and a node that is there already is found instead of being added again.

Every node but a view is *dense*: its elements lie in C order without gaps.  A view is a strided window of one dense
node.
So the layout of each array of the recorded function is known: an array in another order is a view of a dense node.

| operation | arguments | attributes | result |
|-----------|-----------|------------|--------|
| input     | -         | place | an argument of the function, as a dense array |
| captured  | -         | place | an array that the function found outside, by reference; read anew in each run |
| constant  | -         | place | a number or an array that cannot change |
| zeros     | -         | - | zeros |
| view      | x         | offset, strides | the window of the dense x that begins at offset, in elements |
| apply     | x, ...    | name | an elementwise function (a ufunc of NumPy's or a rule's name), broadcast |
| cast      | x         | - | x in another dtype |
| copy      | x         | - | x as a dense node of its own, in C order |
| write     | x, y      | offset, shape, strides | dense x after its window was overwritten by y (broadcast) |
| add       | x, y      | offset, shape, strides | dense x after y was added to its window, element by element |
| take      | x, i      | - | x.reshape(-1)[i], i of integers and any shape |
| put       | x, i, y   | - | dense x after x.reshape(-1)[i] = y; the last write to a place counts |
| put_add   | x, i, y   | - | dense x after np.add.at(x.reshape(-1), i, y) |
| reduce    | x         | ufunc name, axes, keepdims | ufunc.reduce(x) |
| scan      | x         | ufunc name, axis | ufunc.accumulate(x) |
| matmul    | a, b      | - | np.matmul |
| linalg    | a, ...    | name | a function of numpy.linalg of stacks of matrices: one of `LINALG` |
| join      | x, ...    | axis | np.concatenate |
| call      | x, ...    | a `Call` | what a function of Python's returns: a tuple of arrays |
| item      | call      | place | one of the results of a call |
"""

import dis
import hashlib
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

import numpy as np

from ..core._trace import Nodes, plain_strides
from ..errors import ShapeError

__all__ = [
    "LINALG", "Call", "Graph", "Guard", "decomposed_shape", "dense_strides", "joined_shape", "product_shape",
    "reduced_shape", "window_places",
]  # fmt: skip


def dense_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides, in elements, of an array in C order without gaps."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= max(n, 1)
    return tuple(reversed(strides))


def window_places(offset: int, shape: Sequence[int], strides: Sequence[int]) -> np.ndarray[Any, Any]:
    """The places in a dense node of the elements of a window; offset and strides in elements."""
    found = np.full(tuple(shape), offset, np.int64)
    for axis, (n, step) in enumerate(zip(shape, strides, strict=True)):
        found += (np.arange(n, dtype=np.int64) * step).reshape((n,) + (1,) * (len(shape) - axis - 1))
    return found


WRITES = ("write", "add", "put", "put_add")
"""Operations whose first argument is dense, and overwritten."""

LINALG = ("inv", "solve", "det", "slogdet.sign", "slogdet.log", "cholesky_lo", "cholesky_up")
"""Functions of numpy.linalg; a right-hand side of solve is a matrix, too."""


def reduced_shape(shape: Sequence[int], axes: Sequence[int], keepdims: bool) -> tuple[int, ...]:
    """The shape of a reduction along axes (not negative)."""
    return tuple(1 if a in axes else n for a, n in enumerate(shape) if keepdims or a not in axes)


def product_shape(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of np.matmul."""
    if not left or not right or left[-1] != right[-2 if len(right) > 1 else 0]:
        raise ShapeError(f"matmul of shapes {left} and {right}")
    batch = np.broadcast_shapes(left[:-2], right[:-2])
    return (*batch, *(left[-2:-1] if len(left) > 1 else ()), *(right[-1:] if len(right) > 1 else ()))


def decomposed_shape(name: str, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The shape of a function of numpy.linalg of stacks of square matrices, and for `solve` of right-hand sides."""
    if name not in LINALG or len(shapes) != (2 if name == "solve" else 1):
        raise ShapeError(f"{name} of {len(shapes)} matrices in a graph")
    first = shapes[0]
    if any(len(own) < 2 or own[-2] != first[-1] for own in shapes):
        raise ShapeError(f"{name} of matrices of shapes {' and '.join(map(str, shapes))}")
    if name == "solve":
        return (*np.broadcast_shapes(first[:-2], shapes[1][:-2]), *shapes[1][-2:])
    return first[:-2] if name in ("det", "slogdet.sign", "slogdet.log") else first


def joined_shape(shapes: Sequence[tuple[int, ...]], axis: int) -> tuple[int, ...]:
    """The shape of np.concatenate."""
    first = shapes[0]
    rest = (*first[:axis], *first[axis + 1 :])
    if any(len(own) != len(first) or (*own[:axis], *own[axis + 1 :]) != rest for own in shapes):
        raise ShapeError(f"join of shapes {' and '.join(map(str, shapes))}")
    return (*first[:axis], sum(own[axis] for own in shapes), *first[axis + 1 :])


class Call:
    """A function that stays one of Python's: it is called with arrays, and returns a tuple of arrays.

    Attributes
    ----------
    function : callable
        Of the arrays alone; goes through dualdiff, so that its derivatives are calls, too.
    name : str
        What it is called where the graph is explained.
    shapes, dtypes : tuple
        Of the results.
    linear : {"", "real", "complex"}
        Whether it is linear in its arguments, over which numbers.
    """

    __slots__ = ("dtypes", "function", "linear", "name", "shapes")

    def __init__(
        self, function: Callable[..., Any], name: str, shapes: Any, dtypes: Any, linear: str = ""
    ) -> None:  # fmt: skip
        self.function, self.name, self.shapes, self.dtypes = function, name, tuple(shapes), tuple(dtypes)
        self.linear = linear


class Guard:
    """What the recorded function asked a value for: the program is the function as long as the answer is the same.

    Attributes
    ----------
    node : int
        The value that was asked.
    kind : str
        "bool", "int", "float": what was asked for.  "array": the elements of an array left as plain data.  "finite":
        all numbers are.
    seen : object
        The answer.
    where : str
        File and line of the question.
    """

    __slots__ = ("kind", "node", "seen", "where")

    def __init__(self, node: int, kind: str, seen: Any, where: str) -> None:
        self.node, self.kind, self.seen, self.where = node, kind, seen, where


class Graph(Nodes):
    """Operations, each after those whose results it takes.

    Attributes
    ----------
    op, args, attr, shape, dtype : list
        Of each node: the operation's name, its arguments' numbers, what else it says, and the result's shape and dtype
        (kept by `Nodes`, in compiled code, with `node`, `find`, `view`, `layout`, `root`, `copy`, `apply` and `cast`).
    constants, captured : list
        What the attributes of these nodes count through: numbers and arrays that are never written to; the user's.
    inputs, outputs : list of int
        The nodes of the function's arguments and results.
    guards : list of Guard
    kinks : list of int
        Truths of one element: that a function of which this graph has the derivative stands exactly at a kink.
    lines : dict
        Where a node was recorded: "file:line"; not of all.
    spots : list
        For the first nodes (code, place in it) of the user's that they were recorded at, or None.
    """

    def __init__(self) -> None:
        self.constants: list[Any] = []
        self.captured: list[Any] = []
        self.inputs: list[int] = []
        self.outputs: list[int] = []
        self.guards: list[Guard] = []
        self.kinks: list[int] = []
        self.lines: dict[int, str] = {}
        self.spots: list[Any] = []
        self._known: dict[Any, int] = {}  # content of a constant -> its place

    def needed(self, ends: Iterable[int], known: Container[int] = ()) -> list[int]:
        """The nodes that some nodes are computed from, themselves included, in order; not what is behind known ones."""
        found: set[int] = set()
        stack = list(ends)
        while stack:
            i = stack.pop()
            if i not in found:
                found.add(i)
                if i not in known:
                    stack.extend(self.args[i])
        return sorted(found)

    def line(self, i: int) -> str | None:
        """Where a node was recorded, "file:line", if that is known."""
        spot = self.spots[i] if i < len(self.spots) else None
        if spot is None:
            return self.lines.get(i)
        code, place = spot
        starts = [line for start, line in dis.findlinestarts(code) if start <= place and line is not None]
        return f"{code.co_filename}:{starts[-1] if starts else code.co_firstlineno}"

    # ---- leaves ----

    def input(self, shape: tuple[int, ...], dtype: Any) -> int:
        """An argument more."""
        i = self.node("input", (), len(self.inputs), shape, np.dtype(dtype))
        self.inputs.append(i)
        return i

    def capture(self, array: np.ndarray) -> int:
        """An array of the user's, by reference; the same array is the same node."""
        place = next((k for k, known in enumerate(self.captured) if known is array), len(self.captured))
        if place == len(self.captured):
            self.captured.append(array)
        return self.node("captured", (), place, array.shape, array.dtype)

    def constant(self, value: Any) -> int:
        """A number, or an array that nobody will write to.  Equal ones of one dtype (to the bit) are one node."""
        array = np.asarray(value)
        content = array.tobytes() if array.size <= 64 else hashlib.blake2b(np.ascontiguousarray(array).data).digest()
        key = (array.dtype, array.shape, content)
        place = self._known.get(key)
        if place is None:
            place = self._known[key] = len(self.constants)
            self.constants.append(np.ascontiguousarray(array).reshape(array.shape))
        return self.node("constant", (), place, array.shape, array.dtype)

    def zeros(self, shape: tuple[int, ...], dtype: Any = np.float64) -> int:
        """Zeros."""
        return self.node("zeros", (), None, tuple(shape), np.dtype(dtype))

    # ---- operations ----

    @staticmethod
    def plain(shape: tuple[int, ...]) -> tuple[int, ...]:
        """`dense_strides`, with 0 along axes of length 1, as in the attributes of views."""
        return plain_strides(shape)

    def write(self, x: int, y: int, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
        """Dense x after its window was overwritten by y."""
        return self.node("write", (x, y), (offset, tuple(shape), tuple(strides)), self.shape[x], self.dtype[x])

    def add(self, x: int, y: int, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
        """Dense x after y was added to its window; one with a step of 0 sees an element several times: refused."""
        if any(s == 0 and n > 1 for s, n in zip(strides, shape, strict=True)):
            raise ShapeError("a window to add to must see each element once; sum y along the broadcast axes first")
        return self.node("add", (x, y), (offset, tuple(shape), tuple(strides)), self.shape[x], self.dtype[x])

    def take(self, x: int, i: int) -> int:
        """x.reshape(-1)[i]."""
        return self.node("take", (x, i), None, self.shape[i], self.dtype[x])

    def put(self, x: int, i: int, y: int) -> int:
        """Dense x after x.reshape(-1)[i] = y."""
        return self.node("put", (x, i, y), None, self.shape[x], self.dtype[x])

    def put_add(self, x: int, i: int, y: int) -> int:
        """Dense x after np.add.at(x.reshape(-1), i, y)."""
        return self.node("put_add", (x, i, y), None, self.shape[x], self.dtype[x])

    def reduce(self, name: str, x: int, axes: tuple[int, ...], keepdims: bool = False, dtype: Any = None) -> int:
        """ufunc.reduce along axes (not negative)."""
        shape = reduced_shape(self.shape[x], axes, keepdims)
        return self.node("reduce", (x,), (name, tuple(axes), keepdims), shape, np.dtype(dtype or self.dtype[x]))

    def scan(self, name: str, x: int, axis: int) -> int:
        """ufunc.accumulate along an axis."""
        return self.node("scan", (x,), (name, axis), self.shape[x], self.dtype[x])

    def matmul(self, a: int, b: int) -> int:
        """np.matmul."""
        shape = product_shape(self.shape[a], self.shape[b])
        return self.node("matmul", (a, b), None, shape, np.result_type(self.dtype[a], self.dtype[b]))

    def linalg(self, name: str, *xs: int) -> int:
        """A function of numpy.linalg of stacks of matrices of float64."""
        if any(self.dtype[x] != np.float64 for x in xs):
            raise ShapeError(f"{name} in a graph is of float64 matrices")
        shape = decomposed_shape(name, [self.shape[x] for x in xs])
        return self.node("linalg", xs, name, shape, np.dtype(np.float64))

    def join(self, xs: Sequence[int], axis: int) -> int:
        """np.concatenate."""
        dtype = np.result_type(*[self.dtype[x] for x in xs])
        return self.node("join", tuple(xs), axis, joined_shape([self.shape[x] for x in xs], axis), dtype)

    def again(self, g: "Graph", i: int, args: Sequence[int]) -> int:
        """The operation of node i of another graph, on nodes of this one; a window is that of a dense one."""
        op, attr = g.op[i], g.attr[i]
        if op == "view":
            return self.view(self.copy(args[0]), attr[0], g.shape[i], attr[1])
        if op in WRITES:
            args = (self.copy(args[0]), *args[1:])
        return self.node(op, tuple(args), attr, g.shape[i], g.dtype[i])

    def call(self, what: Call, *xs: int) -> tuple[int, ...]:
        """The results of a call."""
        i = self.node("call", xs, what, (), np.dtype(object))
        return tuple(
            self.node("item", (i,), k, shape, np.dtype(dtype))
            for k, (shape, dtype) in enumerate(zip(what.shapes, what.dtypes, strict=True))
        )
