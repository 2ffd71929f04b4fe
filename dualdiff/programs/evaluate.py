"""A graph run operation by operation with NumPy: what a program must give, to the bit."""

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..rules.table import RULES
from .graph import Graph

__all__ = ["evaluate", "ufunc_of", "window"]


def ufunc_of(name: str) -> Any:
    """The elementwise function of a name: a ufunc of NumPy's, or one of the table's; np.where; Python's, of floats.

    "near.sin" is sin where 2 ulp are near enough: in partial derivatives that are nobody's value.
    """
    name = name.removeprefix("near.")
    if name.startswith("linalg."):
        return LINEAR[name[7:]]
    if name.startswith(("operator.", "math.")):
        return of_floats(name)
    found = getattr(np, name, None)
    if name == "where" or isinstance(found, np.ufunc):
        return found
    return RULES[name].ufunc


LINEAR: dict[str, Any] = {
    "inv": np.linalg.inv, "solve": np.linalg.solve, "det": np.linalg.det, "cholesky_lo": np.linalg.cholesky,
    "cholesky_up": lambda a: np.linalg.cholesky(a, upper=True), "slogdet.sign": lambda a: np.linalg.slogdet(a)[0],
    "slogdet.log": lambda a: np.linalg.slogdet(a)[1],
}  # fmt: skip


def of_floats(name: str) -> Any:
    """A function of the operator or the math module, of floats: of arrays of one element."""
    module, name = name.split(".")
    function = getattr(operator if module == "operator" else math, name)
    return lambda *xs: function(*[x.item() for x in xs])


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
    if op == "view":
        return window(xs[0], attr[0], shape, attr[1])
    if op == "apply":
        return dense(np.asarray(ufunc_of(attr)(*xs)), dtype)
    if op in ("cast", "copy"):
        return dense(xs[0].astype(dtype), dtype)
    if op in ("write", "add"):
        out = xs[0].copy()
        at = window(out, *attr)
        at[...] = xs[1] if op == "write" else at + xs[1]
        return out
    if op == "take":
        return np.asarray(xs[0].reshape(-1)[xs[1]])
    if op in ("put", "put_add"):
        out = xs[0].copy()
        if op == "put":
            out.reshape(-1)[xs[1]] = xs[2]
        else:
            # in one dimension: of more, NumPy 2.4 reads beyond an array that it should broadcast
            np.add.at(out.reshape(-1), xs[1].reshape(-1), np.broadcast_to(xs[2], xs[1].shape).reshape(-1))
        return out
    if op == "reduce":
        return dense(np.asarray(getattr(np, attr[0]).reduce(xs[0], axis=attr[1], keepdims=attr[2])), dtype)
    if op == "scan":
        return dense(getattr(np, attr[0]).accumulate(xs[0], axis=attr[1]), dtype)
    if op == "matmul":
        return dense(np.asarray(np.matmul(*xs)), dtype)
    if op == "linalg":
        return dense(np.asarray(ufunc_of(f"linalg.{attr}")(*xs)), dtype)
    if op == "join":
        return dense(np.concatenate(xs, axis=attr), dtype)
    if op == "call":
        return tuple(dense(np.asarray(y), d) for y, d in zip(attr.function(*xs), attr.dtypes, strict=True))
    assert op == "item", op
    return xs[0][attr]


def dense(x: Any, dtype: Any) -> Any:
    """An array in C order without gaps."""
    return np.ascontiguousarray(x, dtype).reshape(x.shape)
