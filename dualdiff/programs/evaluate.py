"""A graph run operation by operation with NumPy: what a program must give, to the bit."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .graph import Graph
from .names import ufunc_of
from .operations import OPERATIONS

__all__ = ["Arrays", "evaluate"]


def window(x: Any, offset: int, shape: Sequence[int], strides: Sequence[int]) -> Any:
    """A window of a dense array; offset and strides in elements."""
    flat = x.reshape(-1)
    steps = [s * x.itemsize for s in strides]
    return np.lib.stride_tricks.as_strided(flat[offset:] if offset else flat, shape, steps)


def evaluate(graph: Graph, values: Sequence[Any], outputs: Sequence[int] | None = None) -> list[Any]:
    """The values of nodes (of the outputs), from the values of the inputs.

    Parameters
    ----------
    graph : Graph
    values : sequence of ndarray
        Of the inputs.
    outputs : sequence of int, optional
        The nodes that are wanted.
    """
    wanted = list(graph.outputs if outputs is None else outputs)
    found: dict[int, Any] = {}
    for i in graph.needed(wanted):
        found[i] = run(graph, i, [found[a] for a in graph.args[i]], values)
    return [found[i] for i in wanted]


def run(graph: Graph, i: int, xs: list[Any], values: Sequence[Any]) -> Any:
    """The value of one node from those of its arguments."""
    op, attr, shape, dtype = graph.op[i], graph.attr[i], graph.shape[i], graph.dtype[i]
    if op == "input":
        return np.ascontiguousarray(values[attr], dtype).reshape(shape)
    if op == "captured":
        return np.ascontiguousarray(graph.captured[attr]).reshape(shape)
    if op == "constant":
        return graph.constants[attr]
    if op == "zeros":
        return np.zeros(shape, dtype)
    if op == "call":
        return tuple(dense(np.asarray(y), d) for y, d in zip(attr.function(*xs), attr.dtypes, strict=True))
    return xs[0][attr] if op == "item" else OPERATIONS[op].value(ARRAYS, graph, i, xs)


class Arrays:
    """Values that are arrays: each in C order without gaps, but for views."""

    def made(self, x: Any, dtype: Any) -> Any:
        """A result in a dtype."""
        return dense(np.asarray(x), dtype)

    def function(self, name: str) -> Any:
        """The function of a name."""
        return ufunc_of(name)

    def copy(self, x: Any) -> Any:
        """x in memory of its own."""
        return x.copy()

    def window(self, x: Any, offset: int, shape: Sequence[int], strides: Sequence[int]) -> Any:
        """A window of dense x."""
        return window(x, offset, shape, strides)

    def taken(self, x: Any, places: Any) -> Any:
        """Elements by their numbers in C order."""
        return np.asarray(x.reshape(-1)[places])

    def written(self, x: Any, at: Any, y: Any, adds: bool) -> Any:
        """x after y was written, or added, to a window (offset, shape, strides) or to elements by their numbers."""
        out = x.copy()
        if type(at) is tuple:
            here = window(out, *at)
            here[...] = here + y if adds else y
        elif adds:
            # in one dimension: of more, NumPy 2.4 reads beyond an array that it should broadcast
            np.add.at(out.reshape(-1), at.reshape(-1), np.broadcast_to(y, at.shape).reshape(-1))
        else:
            out.reshape(-1)[at] = y
        return out

    def reduced(self, x: Any, name: str, axes: tuple[int, ...], keepdims: bool) -> Any:
        """A reduction."""
        return getattr(np, name).reduce(x, axis=axes, keepdims=keepdims)


def dense(x: Any, dtype: Any) -> Any:
    """An array in C order without gaps."""
    return np.ascontiguousarray(x, dtype).reshape(x.shape)


ARRAYS = Arrays()
