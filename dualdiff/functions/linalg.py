"""Products of vectors and matrices: matmul, dot, inner, outer, vdot, tensordot, trace.

Imported by functions/__init__.py.
"""

import numpy as np

from ..core import make
from ..linear import MatMul, dtype_of
from ..spaces import Node, capture, find_tag, is_dual, peel, push
from .base import as_operand, deliver, handles
from .elementwise import GUFUNCS


def matmul(a, b, /, out=None, **kwargs):
    """np.matmul and the @ operator."""
    a, b = as_operand(a), as_operand(b)
    tag = find_tag(a, b)
    if tag < 0:
        return np.matmul(value(a), value(b))
    (av, at), (bv, bt) = peel(a, tag), peel(b, tag)
    av, bv = plain(av), plain(bv)
    result = np.matmul(av, bv)
    if type(at) is Node or type(bt) is Node:
        # the recording keeps a factor only where the other one varies
        map = MatMul(capture(av, av) if bt is not None else None, capture(bv, bv) if at is not None else None,
                     (av, bv), result)  # fmt: skip
    else:
        map = MatMul(av, bv, (av, bv), result)
    return deliver(make(result, push(map, (at, bt)), tag), out)


def value(x):
    """The number of an operand without tangents."""
    return x.value if is_dual(x) else x


def plain(x):
    """Lists as arrays."""
    return x if is_dual(x) or isinstance(x, np.ndarray) else np.asarray(x)


GUFUNCS[np.matmul] = matmul
handles(np.matmul)(matmul)


@handles(np.dot)
def dot(a, b, out=None):
    """np.dot."""
    a, b = as_operand(a), as_operand(b)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return deliver(np.multiply(a, b), out)
    if np.ndim(a) <= 2 and np.ndim(b) <= 2:
        return deliver(np.matmul(a, b), out)
    return deliver(tensordot(a, b, axes=(-1, max(np.ndim(b) - 2, 0))), out)


@handles(np.vdot)
def vdot(a, b, /):
    """np.vdot: the first argument conjugated, both flattened."""
    a, b = as_operand(a), as_operand(b)
    if dtype_of(a).kind == "c":
        a = np.conj(a)
    return np.matmul(np.reshape(a, -1), np.reshape(b, -1))


@handles(np.inner)
def inner(a, b, /):
    """np.inner."""
    a, b = as_operand(a), as_operand(b)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return tensordot(a, b, axes=(-1, -1)) if max(np.ndim(a), np.ndim(b)) > 1 else np.matmul(a, b)


@handles(np.outer)
def outer(a, b, out=None):
    """np.outer."""
    a, b = as_operand(a), as_operand(b)
    return deliver(np.multiply(np.reshape(a, (-1, 1)), np.reshape(b, (1, -1))), out)


@handles(np.tensordot)
def tensordot(a, b, axes=2):
    """np.tensordot, as one matrix product (the order of NumPy's own)."""
    a, b = as_operand(a), as_operand(b)
    n, m = np.ndim(a), np.ndim(b)
    if isinstance(axes, (int, np.integer)):
        left, right = list(range(n - axes, n)), list(range(axes))
    else:
        left, right = axes
        left = [left] if isinstance(left, (int, np.integer)) else list(left)
        right = [right] if isinstance(right, (int, np.integer)) else list(right)
    left, right = [i % n for i in left], [i % m for i in right]
    if [np.shape(a)[i] for i in left] != [np.shape(b)[j] for j in right]:
        raise ValueError(f"shape-mismatch for sum: {np.shape(a)} and {np.shape(b)} along {left} and {right}")
    rest_a = [i for i in range(n) if i not in left]
    rest_b = [j for j in range(m) if j not in right]
    length = int(np.prod([np.shape(a)[i] for i in left]))
    shape = [np.shape(a)[i] for i in rest_a] + [np.shape(b)[j] for j in rest_b]
    a2 = np.reshape(np.transpose(a, rest_a + left), (-1, length))
    b2 = np.reshape(np.transpose(b, right + rest_b), (length, -1))
    result = np.matmul(a2, b2)
    return np.reshape(result, shape) if shape else result[0, 0]


@handles(np.trace)
def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    """np.trace."""
    return deliver(np.sum(np.diagonal(as_operand(a), offset, axis1, axis2), axis=-1, dtype=dtype), out)
