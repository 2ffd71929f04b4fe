"""The tangent spaces, and what is common to them.

A tangent is one of

    Directions   an ndarray (k, *shape), or a DualArray of an older tag of that shape
    Recorded     a `Node` (core): a linear map and the nodes it is applied to; nothing is computed
    Packed       the first- and second-order rows of a second-order call (transforms/hessian.py), or the node of a
                 second-order recording

A rule never asks which; it calls `push(map, tangents)`.

Invariant: the tangents that one derivative call made are all of one space.
"""

import copy
from typing import Any

import numpy as np

from ..core import (
    Dual,
    DualArray,
    Node,
    NotSecondOrder,
    Packed,
    directions_of,
    make_array,
    push,
    push_second,
    push_view,
    scheme_of,
)

__all__ = [
    "SERIES", "TOWER", "Node", "capture", "capture_key", "find_tag", "is_dual", "is_node", "kept", "like_layout",
    "order_of", "peel", "push", "push_second", "push_view", "rows_of", "scheme_of", "second_pairs", "zero_like_tangent",
]  # fmt: skip

TOWER = 6
"""The scheme that is nested calls with one direction each (core/tower.h)."""

SERIES = 4
"""The scheme of second-order rows (core/second.h) that is a truncated series."""


def is_node(t: Any) -> bool:
    """Whether a tangent is a node of a recording, of first or of second order."""
    return type(t) is Node or type(t) is Packed and type(t.rows) is Node


def kept(t: Any) -> Any:
    """The tangents t of an operand, as they are, for a result that has the same tangents (a copy, a view, x + 1).

    Those of a second-order call must come out of `push` or be marked here; others raise (docs/design.md, "Second order
    in one pass").
    """
    return Packed(t.rows, t.kind, True) if type(t) is Packed else t


def rows_of(t: Any, method: Any, *args: Any) -> Any:
    """An array method on tangents that only moves or copies them."""
    if type(t) is Node:
        return t
    if type(t) is Packed:
        return Packed(t.rows if type(t.rows) is Node else getattr(t.rows, method)(*args), t.kind, True)
    return getattr(t, method)(*args)


def second_pairs(kind: int, rows: Any) -> tuple[Any, Any, Any]:
    """(k, I, J): the number of directions in K rows, and the pairs of directions of the others."""
    k = directions_of(kind, rows)
    if kind not in (1, 2, 3):
        raise NotSecondOrder
    if kind == 1:
        first, second = np.triu_indices(k)
    elif kind == 2:
        first, second = np.arange(k - 1), np.full(k - 1, k - 1)
    else:
        first = second = np.arange(k)
    return k, first, second


def order_of(x: Any) -> Any:
    """The order of the derivatives that a dual carries: 1, 2 in a second-order call, n in a series to order n."""
    kind = scheme_of(x.tag)
    if kind == TOWER:       # rows for all sets of nested calls
        return len(x.tangents.rows).bit_length()
    return len(x.tangents.rows) if kind == SERIES else 2 if kind else 1


def is_dual(x: Any) -> bool:
    """Whether x is a Dual or a DualArray."""
    return type(x) is DualArray or type(x) is Dual


def find_tag(*xs: Any) -> Any:
    """The outermost tag among the arguments; -1 where none has a tangent."""
    tag = -1
    for x in xs:
        if (type(x) is DualArray or type(x) is Dual) and x.tag > tag:
            tag = x.tag
    return tag


def peel(x: Any, tag: int) -> tuple[Any, Any]:
    """(value, tangent) of x as seen by the call of that tag; the tangent of a constant is None."""
    if type(x) is DualArray or type(x) is Dual:
        if x.tag == tag:
            return x.value, x.tangents
        if x.tangents is None:
            return x.value, None
    return x, None


def capture(d: Any, *sources: Any) -> Any:
    """An array that a recorded map may keep: a copy if it is one of `sources`, which others can write to."""
    if isinstance(d, (np.ndarray, DualArray)):
        for s in sources:
            if d is s:
                return d.copy()
    return d


def capture_key(key: Any, *xs: Any) -> Any:
    """An index or a mask that a recorded map may keep: a copy of its arrays if any of xs is recorded."""
    if all(type(part) is int or type(part) is slice for part in (key if type(key) is tuple else (key,))):
        return key      # nothing that could change
    if any(is_dual(x) and is_node(x.tangents) for x in xs):
        return copy_of(key)
    return key


def copy_of(key: Any) -> Any:
    """A key whose arrays and lists nobody else can change."""
    if type(key) is np.ndarray:
        return key.copy("K")    # its layout decides that of the result
    if type(key) is tuple:
        return tuple(map(copy_of, key))
    return copy.deepcopy(key)


def like_layout(value: Any, t: Any, lead: Any = 1) -> Any:
    """Tangents laid out as the value is, so that a view of the one is a view of the other.

    lead: the number of directions axes in front of the value's own.
    """
    if type(t) is Packed:
        return Packed(like_layout(value, t.rows, lead), t.kind, True)
    if type(t) is DualArray:
        inner = t.tangents
        return make_array(
            like_layout(value, t.value, lead), inner if inner is None else like_layout(value, inner, lead + 1), t.tag
        )
    while is_dual(value):
        value = value.value
    if np.ndim(value) < 2 or not isinstance(t, np.ndarray) or value.flags.c_contiguous and t.flags.c_contiguous:
        return t
    order = sorted(range(value.ndim), key=lambda i: -abs(value.strides[i]))
    if t.transpose(*range(lead), *(i + lead for i in order)).flags.c_contiguous:
        return t
    out = np.empty((*t.shape[:lead], *(value.shape[i] for i in order)), t.dtype)
    out = out.transpose(*range(lead), *(int(i) + lead for i in np.argsort(order)))
    out[...] = t
    return out


def zero_like_tangent(t: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Zero as a tangent of the same kind as t (directions, node, second-order rows), for an array of a shape."""
    if type(t) is Node:
        return Node(None, (), shape, dtype)
    if type(t) is Packed:
        return Packed(zero_like_tangent(t.rows, shape, dtype), t.kind, True)
    zeros = np.zeros((t.shape[0], *shape), dtype)
    return make_array(zeros, None, -1) if type(t) is DualArray else zeros


