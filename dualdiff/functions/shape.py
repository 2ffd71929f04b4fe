"""Shapes and the moving of elements: reshape, transpose, joining, padding, rolling.

Imported by functions/__init__.py.
"""

import numpy as np

from ..core import DualArray
from ..errors import UnsupportedError
from ..linear import Broadcast, Concatenate, Gather, Permute, Reshape, dtype_of
from ..spaces import find_tag, is_dual
from .base import as_operand, axis_tuple, deliver, handles, linear, value_of, view


def order_c(order):
    """Refuses memory orders that a dual array does not keep."""
    if order not in ("C", "A", "K", None):
        raise UnsupportedError(
            f"order={order!r} is not supported for dual arrays; write x.T.reshape(...).T for Fortran order"
        )


@handles(np.reshape)
def reshape(a, /, shape=None, order="C", *, copy=None):
    """np.reshape (a view where NumPy gives one)."""
    order_c(order)
    return view(lambda v: np.reshape(v, shape), reshape_map, as_operand(a))


def reshape_map(v, y):
    """The map of a reshape."""
    return Reshape(v, y)


@handles(np.ravel)
def ravel(a, order="C"):
    """np.ravel (a view where NumPy gives one)."""
    order_c(order)
    return view(np.ravel, reshape_map, as_operand(a))


def flatten(a, order="C"):
    """x.flatten(): a copy."""
    order_c(order)
    return linear(lambda v: v.reshape(-1).copy(), lambda v, y: Reshape(v, y), a).copy()


@handles(np.transpose)
def transpose(a, axes=None):
    """np.transpose."""
    a = as_operand(a)
    axes = tuple(range(np.ndim(a)))[::-1] if axes is None else axis_tuple(axes, np.ndim(a))
    return view(lambda v: np.transpose(v, axes), lambda v, y: Permute(axes, v, y), a)


@handles(np.matrix_transpose)
def matrix_transpose(x, /):
    """The last two axes exchanged."""
    return swapaxes(x, -1, -2)


@handles(np.swapaxes)
def swapaxes(a, axis1, axis2):
    """np.swapaxes."""
    n = np.ndim(a)
    axes = list(range(n))
    (i,), (j,) = axis_tuple(axis1, n), axis_tuple(axis2, n)
    axes[i], axes[j] = axes[j], axes[i]
    return transpose(a, axes)


@handles(np.moveaxis)
def moveaxis(a, source, destination):
    """np.moveaxis."""
    n = np.ndim(a)
    source, destination = axis_tuple(source, n), axis_tuple(destination, n)
    rest = [i for i in range(n) if i not in source]
    for place, i in sorted(zip(destination, source, strict=True)):
        rest.insert(place, i)
    return transpose(a, rest)


@handles(np.expand_dims)
def expand_dims(a, axis):
    """np.expand_dims."""
    return reshape(a, np.expand_dims(np.broadcast_to(0.0, np.shape(a)), axis).shape)


@handles(np.squeeze)
def squeeze(a, axis=None):
    """np.squeeze."""
    return reshape(a, np.squeeze(np.broadcast_to(0.0, np.shape(a)), axis).shape)


@handles(np.broadcast_to)
def broadcast_to(array, shape, subok=False):
    """np.broadcast_to."""
    return view(lambda v: np.broadcast_to(v, shape), Broadcast, as_operand(array))


@handles(np.broadcast_arrays)
def broadcast_arrays(*args, subok=False):
    """np.broadcast_arrays."""
    args = tuple(as_operand(a) for a in args)
    shape = np.broadcast_shapes(*(np.shape(a) for a in args))
    return tuple(broadcast_to(a, shape) for a in args)


@handles(np.atleast_1d)
def atleast_1d(*arys):
    """np.atleast_1d."""
    out = [reshape(a, 1) if np.ndim(a) == 0 else a for a in map(as_operand, arys)]
    return out[0] if len(out) == 1 else tuple(out)


@handles(np.atleast_2d)
def atleast_2d(*arys):
    """np.atleast_2d."""
    out = [reshape(a, (1, -1)) if np.ndim(a) < 2 else a for a in map(as_operand, arys)]
    return out[0] if len(out) == 1 else tuple(out)


@handles(np.copy)
def copy(a, order="K", subok=False):
    """np.copy."""
    return as_operand(a).copy(order)


# ---- joining ---------------------------------------------------------------------------------------


@handles(np.concatenate)
def concatenate(arrays, /, axis=0, out=None, *, dtype=None, casting="same_kind"):
    """np.concatenate."""
    arrays = [as_operand(a) for a in (list(arrays) if not isinstance(arrays, (list, tuple)) else arrays)]
    if axis is None:
        arrays, axis = [ravel(a) if is_dual(a) else np.ravel(a) for a in arrays], 0
    arrays = [np.asarray(a) if not is_dual(a) else a for a in arrays]
    for a in arrays:
        if np.ndim(a) == 0:
            raise ValueError("zero-dimensional arrays cannot be concatenated")
    (axis,) = axis_tuple(axis, np.ndim(arrays[0]))

    def join(*values):
        return np.concatenate(values, axis=axis)

    result = linear(join, lambda v, y: Concatenate(axis, v, y), *arrays)
    return deliver(result if dtype is None else result.astype(dtype), out)


@handles(np.stack)
def stack(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    """np.stack."""
    arrays = [as_operand(a) for a in arrays]
    if not arrays:
        raise ValueError("need at least one array to stack")
    return concatenate([expand_dims(a, axis) if is_dual(a) else np.expand_dims(a, axis) for a in arrays],
                       axis=axis, out=out, dtype=dtype)  # fmt: skip


@handles(np.hstack)
def hstack(tup, *, dtype=None, casting="same_kind"):
    """np.hstack."""
    arrays = [atleast_1d(a) for a in tup]
    return concatenate(arrays, axis=0 if np.ndim(arrays[0]) == 1 else 1, dtype=dtype)


@handles(np.vstack)
def vstack(tup, *, dtype=None, casting="same_kind"):
    """np.vstack."""
    return concatenate([atleast_2d(a) for a in tup], axis=0, dtype=dtype)


@handles(np.column_stack)
def column_stack(tup):
    """np.column_stack."""
    arrays = [as_operand(a) for a in tup]
    return concatenate([reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in arrays], axis=1)


# ---- moving ----------------------------------------------------------------------------------------


def moving(function, x):
    """Any function that only moves elements and leaves holes of 0: function(arange) tells how."""
    x = as_operand(x)
    source = function(np.arange(1, np.size(value_of(x)) + 1).reshape(np.shape(x)))
    return linear(function, lambda v, y: Gather(source, v, y), x)


@handles(np.roll)
def roll(a, shift, axis=None):
    """np.roll."""
    return moving(lambda v: np.roll(v, shift, axis), a)


@handles(np.flip)
def flip(m, axis=None):
    """np.flip (a view)."""
    m = as_operand(m)
    axes = axis_tuple(axis, np.ndim(m))
    return m[tuple(slice(None, None, -1) if i in axes else slice(None) for i in range(np.ndim(m)))]


@handles(np.repeat)
def repeat(a, repeats, axis=None):
    """np.repeat."""
    return moving(lambda v: np.repeat(v, repeats, axis), a)


@handles(np.tile)
def tile(A, reps):
    """np.tile."""
    return moving(lambda v: np.tile(v, reps), A)


@handles(np.diagonal)
def diagonal(a, offset=0, axis1=0, axis2=1):
    """np.diagonal (a copy)."""
    return moving(lambda v: np.diagonal(v, offset, axis1, axis2), a)


@handles(np.diag)
def diag(v, k=0):
    """np.diag."""
    return moving(lambda a: np.diag(a, k), v)


@handles(np.tril)
def tril(m, k=0):
    """np.tril."""
    return moving(lambda a: np.tril(a, k), m)


@handles(np.triu)
def triu(m, k=0):
    """np.triu."""
    return moving(lambda a: np.triu(a, k), m)


MOVING_PADS = ("edge", "wrap", "reflect", "symmetric", "empty")


@handles(np.pad)
def pad(array, pad_width, mode="constant", **kwargs):
    """np.pad."""
    array = as_operand(array)
    if mode in MOVING_PADS and kwargs.get("reflect_type", "even") == "even":
        return moving(lambda v: np.pad(v, pad_width, mode, **kwargs), array)
    if mode != "constant":
        raise UnsupportedError(
            f"np.pad with mode={mode!r} has no derivative rule in dualdiff; "
            "write np.pad(x, width) and assign the border"
        )
    fill = as_operand(kwargs.get("constant_values", 0))
    if find_tag(fill) < 0 and not np.any(value_of(fill)) and not isinstance(pad_width, dict):
        width = np.broadcast_to(np.asarray(value_of(pad_width)), (np.ndim(array), 2))
        inside = tuple(slice(int(a), int(a) + n) for (a, _), n in zip(width, np.shape(array), strict=True))
        shape = tuple(int(a + b) + n for (a, b), n in zip(width, np.shape(array), strict=True))
        if isinstance(array, DualArray) and width.min(initial=0) >= 0:
            out = np.zeros(shape, dtype_of(array), "F" if value_of(array).flags.fnc else "C", like=array)
            out[inside] = array
            return out
        return moving(lambda v: np.pad(v, pad_width), array)
    if find_tag(fill) >= 0:
        raise UnsupportedError("np.pad with dual constant_values: write np.pad(x, width) and assign the border")
    # the value has the border, the map leaves holes of 0 there
    source = np.pad(np.arange(1, np.size(value_of(array)) + 1).reshape(np.shape(array)), pad_width)
    return linear(lambda v: np.pad(v, pad_width, mode, **kwargs), lambda v, y: Gather(source, v, y), array)


@handles(np.diff)
def diff(a, n=1, axis=-1, prepend=np._NoValue, append=np._NoValue):
    """np.diff."""
    a = as_operand(a)
    (axis,) = axis_tuple(axis, np.ndim(a))
    parts = []
    for extra in (prepend, append):
        if extra is not np._NoValue:
            extra = as_operand(extra)
            if np.ndim(extra) == 0:
                shape = list(np.shape(a))
                shape[axis] = 1
                extra = np.broadcast_to(extra, shape)
        parts.append(extra)
    if prepend is not np._NoValue or append is not np._NoValue:
        a = concatenate([p for p in (parts[0], a, parts[1]) if p is not np._NoValue], axis=axis)
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    lead = (slice(None),) * axis
    for _ in range(n):
        a = a[(*lead, slice(1, None))] - a[(*lead, slice(None, -1))]
    return a
