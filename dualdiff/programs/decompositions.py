"""numpy.linalg on recorded matrices: inverses, solutions, determinants and Cholesky factors, as NumPy computes them."""

from typing import Any

import numpy as np

from .handlers import handles
from .indexing import as_array
from .traced import Traced, TracedNumber, node_of, of_array, operand
from .tracer import Tracer

__all__: list[str] = []

FLOAT = np.dtype(np.float64)


def matrix(t: Tracer, a: Any, ndim: int = 2) -> Any:
    """(a recorded or plain array, its value), or None where it is not one of real numbers with so many axes."""
    a = operand(a)
    a = as_array(a) if isinstance(a, Traced) else np.asarray(a)
    value = a.value if isinstance(a, Traced) else a
    if value.dtype.kind not in "biuf" or value.dtype.itemsize > 8 or value.ndim < ndim or not value.size:
        return None
    return a, value


def result(t: Tracer, node: int, value: Any) -> Any:
    """What NumPy gives, with the node of it in float64."""
    node = t.graph.cast(node, value.dtype)
    return of_array(t, node, value) if isinstance(value, np.ndarray) else TracedNumber(value, node, t)


def in_order(*values: Any) -> bool:
    """Whether results are in C order."""
    return all(not isinstance(v, np.ndarray) or v.flags.c_contiguous for v in values)


def of_matrix(t: Tracer, a: Any, name: str, function: Any) -> Any:
    """A function of one stack of matrices, under the name that graphs have for it."""
    found = matrix(t, a)
    if found is None:
        return NotImplemented
    value = function(found[1])
    return result(t, t.graph.linalg(name, node_of(t, found[0], FLOAT)), value) if in_order(value) else NotImplemented


@handles(np.linalg.inv)
def inv(t: Tracer, a: Any) -> Any:
    """np.linalg.inv."""
    return of_matrix(t, a, "inv", np.linalg.inv)


@handles(np.linalg.solve)
def solve(t: Tracer, a: Any, b: Any) -> Any:
    """np.linalg.solve; a vector is a matrix of one column."""
    left, right = matrix(t, a), matrix(t, b, 1)
    if left is None or right is None:
        return NotImplemented
    value = np.linalg.solve(left[1], right[1])
    if not in_order(value):
        return NotImplemented
    g, vector = t.graph, right[1].ndim == 1
    x, y = node_of(t, left[0], FLOAT), node_of(t, right[0], FLOAT)
    if vector:
        offset, strides = g.layout(y)
        y = g.view(y, offset, (*g.shape[y], 1), (*strides, 0))
    node = g.linalg("solve", x, y)
    if vector:
        node = g.view(node, 0, value.shape, g.layout(node)[1][:-1])
    return result(t, node, value)


@handles(np.linalg.det)
def det(t: Tracer, a: Any) -> Any:
    """np.linalg.det."""
    return of_matrix(t, a, "det", np.linalg.det)


@handles(np.linalg.slogdet)
def slogdet(t: Tracer, a: Any) -> Any:
    """np.linalg.slogdet."""
    found = matrix(t, a)
    if found is None:
        return NotImplemented
    value = np.linalg.slogdet(found[1])
    if not in_order(*value):
        return NotImplemented
    node = node_of(t, found[0], FLOAT)
    return type(value)(*(result(t, t.graph.linalg(f"slogdet.{part}", node), v)
                         for part, v in zip(("sign", "log"), value, strict=True)))  # fmt: skip


@handles(np.linalg.cholesky)
def cholesky(t: Tracer, a: Any, /, *, upper: bool = False) -> Any:
    """np.linalg.cholesky."""
    return of_matrix(t, a, "cholesky_up" if upper else "cholesky_lo", lambda v: np.linalg.cholesky(v, upper=upper))
