"""Products of vectors and matrices: matmul, dot, inner, outer, vdot, tensordot, trace.

Imported by functions/__init__.py.
"""

import math

import numpy as np

from ..core import make
from ..linear import MatMul, dtype_of
from ..spaces import Node, capture, find_tag, is_dual, peel, push
from .base import as_operand, deliver, handles, value_of, with_value
from .elementwise import GUFUNCS


def matmul(a, b, /, out=None, **kwargs):
    """np.matmul and the @ operator."""
    return deliver(product(np.matmul, a, b), out)


def product(function, a, b):
    """np.matmul, or a function that is the same sum in another order of rounding."""
    a, b = as_operand(a), as_operand(b)
    tag = find_tag(a, b)
    if tag < 0:
        return function(value(a), value(b))
    (av, at), (bv, bt) = peel(a, tag), peel(b, tag)
    av, bv = plain(av), plain(bv)
    result = function(av, bv)
    if type(at) is Node or type(bt) is Node:
        # the recording keeps a factor only where the other one varies
        map = MatMul(capture(av, av) if bt is not None else None, capture(bv, bv) if at is not None else None,
                     (av, bv), result)  # fmt: skip
    else:
        map = MatMul(av, bv, (av, bv), result)
    return make(result, push(map, (at, bt)), tag)


def value(x):
    """The number of an operand without tangents."""
    return x.value if is_dual(x) else x


def plain(x):
    """Lists and numbers as arrays."""
    return x if is_dual(x) or isinstance(x, np.ndarray) else np.asarray(x)


GUFUNCS[np.matmul] = matmul
handles(np.matmul)(matmul)


@handles(np.dot)
def dot(a, b, out=None):
    """np.dot."""
    a, b = plain(as_operand(a)), plain(as_operand(b))
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return deliver(with_value(np.multiply(a, b), np.dot(value_of(a), value_of(b))), out)
    if np.ndim(a) <= 2 and np.ndim(b) <= 2:
        return deliver(product(np.dot, a, b), out)
    result = tensordot(a, b, axes=(-1, max(np.ndim(b) - 2, 0)))
    return deliver(with_value(result, np.dot(value_of(a), value_of(b))), out)


@handles(np.vdot)
def vdot(a, b, /):
    """np.vdot: the first argument conjugated, both flattened."""
    a, b = as_operand(a), as_operand(b)
    if dtype_of(a).kind == "c":
        a = np.conj(a)
    return product(np.dot, np.reshape(a, -1), np.reshape(b, -1))


@handles(np.inner)
def inner(a, b, /):
    """np.inner."""
    a, b = plain(as_operand(a)), plain(as_operand(b))
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return with_value(np.multiply(a, b), np.inner(value_of(a), value_of(b)))
    if np.ndim(a) == np.ndim(b) == 1:
        return product(np.inner, a, b)
    return with_value(tensordot(a, b, axes=(-1, -1)), np.inner(value_of(a), value_of(b)))


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
        left = [int(left)] if isinstance(left, (int, np.integer)) else list(left)
        right = [int(right)] if isinstance(right, (int, np.integer)) else list(right)
    left, right = [i % n for i in left], [i % m for i in right]
    if [np.shape(a)[i] for i in left] != [np.shape(b)[j] for j in right]:
        raise ValueError(f"shape-mismatch for sum: {np.shape(a)} and {np.shape(b)} along {left} and {right}")
    rest_a = [i for i in range(n) if i not in left]
    rest_b = [j for j in range(m) if j not in right]
    length = math.prod(np.shape(a)[i] for i in left)
    shape = [np.shape(a)[i] for i in rest_a] + [np.shape(b)[j] for j in rest_b]
    rows, columns = (math.prod(np.shape(x)[i] for i in rest) for x, rest in ((a, rest_a), (b, rest_b)))
    a2 = np.reshape(np.transpose(a, rest_a + left), (rows, length))
    b2 = np.reshape(np.transpose(b, right + rest_b), (length, columns))
    result = product(np.dot, a2, b2)
    return np.reshape(result, shape) if shape else result[0, 0]


@handles(np.trace)
def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    """np.trace."""
    return deliver(np.sum(np.diagonal(as_operand(a), offset, axis1, axis2), axis=-1, dtype=dtype), out)
