"""Shapes and the moving of elements: reshape, transpose, joining, splitting, rolling.

"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import Axes, Dual, join_scalars
from ..maps.base import dtype_of
from ..maps.joins import Concatenate
from ..maps.moves import Broadcast, Diagonal, Gather, Permute, Reshape
from ..maps.tangents import is_dual
from .base import as_operand, assembled, axis_tuple, deliver, exact, handles, has_duals, linear, value_of, view
from .index import asarray, with_no_axes
from .rows import along, by, showing


@handles(np.reshape, moves=True)
def reshape(a: Any, /, shape: Any = None, order: Any = "C", *, copy: Any = None) -> Any:
    """np.reshape (a view where NumPy gives one)."""
    a = as_operand(a)
    v = value_of(a)
    wanted = np.reshape(np.broadcast_to(0.0, np.shape(a)), shape, order=order).shape      # with NumPy's own errors
    if copy is False:
        np.reshape(v, shape, order=order, copy=False)
    if order in ("A", "a"):
        order = "F" if np.ndim(v) and v.flags.fnc else "C"
    if order in ("F", "f"):
        result = transpose(reshape(transpose(a), wanted[::-1]))
    else:
        result = view(lambda x: np.reshape(x, wanted), reshape_map, a)
    return result.copy("K") if copy else result


def reshape_map(v: Any, y: Any) -> Any:
    """The map of a reshape."""
    return Reshape(v, y)


@handles(np.ravel, moves=True)
def ravel(a: Any, order: Any = "C") -> Any:
    """np.ravel (a view where NumPy gives one)."""
    a = as_operand(a)
    v = value_of(a)
    value = np.ravel(v, order)      # with NumPy's own errors
    if order in ("K", "k"):
        return by_memory(a, value)
    if order in ("F", "f") or order in ("A", "a") and np.ndim(v) and v.flags.fnc:
        a = transpose(a)
    return view(np.ravel, reshape_map, a)


def by_memory(a: Any, value: Any) -> Any:
    """The elements of an array in the order in which they lie in memory; value: NumPy's own result."""
    v = np.asarray(value_of(a))
    if np.may_share_memory(value, v):
        return reshape(transpose(a, sorted(range(v.ndim), key=lambda i: -abs(v.strides[i]))), -1)
    return reshape(transpose(a, memory_order(v)), -1, copy=True)


def memory_order(v: Any) -> Any:
    """The axes in the order, the slowest first, in which NumPy goes through an array; it decides where steps are 0."""
    if not v.size:
        return list(range(v.ndim))
    steps = np.nditer(v, flags=["multi_index"], order="K")
    first, step, axes = steps.multi_index, 1, []
    while step < v.size:
        steps.iterindex = step  # type: ignore[misc]  # NumPy's types have no setter
        axes.append(next(i for i, (a, b) in enumerate(zip(first, steps.multi_index, strict=True)) if a != b))
        step *= v.shape[axes[-1]]
    return [i for i in range(v.ndim) if i not in axes] + axes[::-1]


def flatten(a: Any, order: Any = "C") -> Any:
    """x.flatten(): a copy."""
    if order in ("K", "k"):
        return by_memory(a, np.asarray(value_of(a)).flatten("K"))
    return reshape(a, -1, order, copy=True)


@handles(np.transpose, moves=True)
def transpose(a: Any, axes: Any = None) -> Any:
    """np.transpose."""
    a = as_operand(a)
    axes = tuple(range(np.ndim(a)))[::-1] if axes is None else axis_tuple(axes, np.ndim(a))
    return view(lambda v: np.transpose(v, axes), lambda v, y: Permute(axes, v, y), a)


def last_two(x: Any) -> Any:
    """The order of axes with the last two exchanged."""
    n = x.ndim
    return Axes((*range(n - 2), n - 1, n - 2)) if n >= 2 else None


@handles(np.matrix_transpose, moves=True, stacked=showing(last_two))
def matrix_transpose(x: Any, /) -> Any:
    """The last two axes exchanged."""
    return swapaxes(x, -1, -2)


@handles(np.swapaxes, moves=True)
def swapaxes(a: Any, axis1: Any, axis2: Any) -> Any:
    """np.swapaxes."""
    n = np.ndim(a)
    axes = list(range(n))
    (i,), (j,) = axis_tuple(axis1, n), axis_tuple(axis2, n)
    axes[i], axes[j] = axes[j], axes[i]
    return transpose(a, axes)


def moved(a: Any, source: Any, destination: Any) -> Any:
    """The order of axes that np.moveaxis gives."""
    n = a.ndim
    source, destination = axis_tuple(source, n), axis_tuple(destination, n)
    if not len(set(source)) == len(source) == len(destination) == len(set(destination)):
        raise ValueError(f"source and destination must name each axis once, got {source} and {destination}")
    rest = [i for i in range(n) if i not in source]
    for place, i in sorted(zip(destination, source, strict=True)):
        rest.insert(place, i)
    return Axes(tuple(rest))


@handles(np.moveaxis, moves=True, stacked=showing(moved))
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """np.moveaxis."""
    a = as_operand(a)
    return transpose(a, moved(a, source, destination).axes)


@handles(np.expand_dims, moves=True)
def expand_dims(a: Any, axis: Any) -> Any:
    """np.expand_dims."""
    return reshape(a, np.expand_dims(np.broadcast_to(0.0, np.shape(a)), axis).shape)


@handles(np.squeeze, moves=True)
def squeeze(a: Any, axis: Any = None) -> Any:
    """np.squeeze."""
    return reshape(a, np.squeeze(np.broadcast_to(0.0, np.shape(a)), axis).shape)


@handles(np.broadcast_to, moves=True)
def broadcast_to(array: Any, shape: Any, subok: Any = False) -> Any:
    """np.broadcast_to."""
    return view(lambda v: np.broadcast_to(v, shape), Broadcast, as_operand(array))


@handles(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: Any = False) -> Any:
    """np.broadcast_arrays."""
    args = tuple(as_operand(a) for a in args)
    args = tuple(asarray(a) if is_dual(a) else np.asarray(a) for a in args)
    shape = np.broadcast_shapes(*(np.shape(a) for a in args))
    # where nothing is broadcast, the arrays themselves, as NumPy gives them
    return args if all(np.shape(a) == shape for a in args) else tuple(broadcast_to(a, shape) for a in args)


@handles(np.atleast_1d, moves=True)
def atleast_1d(*arys: Any) -> Any:
    """np.atleast_1d."""
    out = [reshape(a, 1) if np.ndim(a) == 0 else a for a in map(as_operand, arys)]
    return out[0] if len(out) == 1 else tuple(out)


@handles(np.atleast_2d, moves=True)
def atleast_2d(*arys: Any) -> Any:
    """np.atleast_2d."""
    out = [reshape(a, (1, -1)) if np.ndim(a) < 2 else a for a in map(as_operand, arys)]
    return out[0] if len(out) == 1 else tuple(out)


@handles(np.copy)
def copy(a: Any, order: Any = "K", subok: Any = False) -> Any:
    """np.copy."""
    a = as_operand(a)
    return with_no_axes(a) if type(a) is Dual else a.copy(order)


# ---- joining ---------------------------------------------------------------------------------------


@handles(np.concatenate)
def concatenate(
    arrays: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = "same_kind"
) -> Any:
    """np.concatenate."""
    arrays = [as_operand(a) for a in (list(arrays) if not isinstance(arrays, (list, tuple)) else arrays)]
    arrays = [np.asarray(a) if not is_dual(a) else a for a in arrays]
    if dtype is not None or out is not None or any(dtype_of(a).kind not in "biufc" for a in arrays):
        room = None if out is None else np.empty_like(value_of(out))      # NumPy's own checks of shapes and types
        value = np.concatenate([value_of(a) for a in arrays], axis, room, dtype=dtype, casting=casting)
        if value.dtype.kind not in "fcO":      # text, integers, times: of the values
            return value if out is None else deliver(value, out)
    if axis is None:
        arrays, axis = [ravel(a) if is_dual(a) else np.ravel(a) for a in arrays], 0
    for a in arrays:
        if np.ndim(a) == 0:
            raise ValueError("zero-dimensional arrays cannot be concatenated")
    (axis,) = axis_tuple(axis, np.ndim(arrays[0]))

    def join(*values: Any) -> Any:
        return np.concatenate(values, axis=axis)

    result = linear(join, lambda v, y: Concatenate(axis, v, y), *arrays)
    return deliver(result if dtype is None else result.astype(dtype), out)


@handles(np.stack)
def stack(arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """np.stack."""
    if out is None and dtype is None and axis == 0 and isinstance(arrays, (list, tuple)):
        found = join_scalars(list(arrays))
        if found is not None:
            return found
    arrays = [as_operand(a) for a in arrays]
    if not arrays:
        raise ValueError("need at least one array to stack")
    return concatenate([expand_dims(a, axis) if is_dual(a) else np.expand_dims(a, axis) for a in arrays],
                       axis=axis, out=out, dtype=dtype, casting=casting)  # fmt: skip


@handles(np.hstack, joins=(0,))
def hstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """np.hstack."""
    arrays = [atleast_1d(a) for a in tup]
    return concatenate(arrays, axis=0 if np.ndim(arrays[0]) == 1 else 1, dtype=dtype, casting=casting)


@handles(np.vstack, joins=(0,))
def vstack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> Any:
    """np.vstack."""
    return concatenate([atleast_2d(a) for a in tup], axis=0, dtype=dtype, casting=casting)


@handles(np.column_stack, joins=(0,))
def column_stack(tup: Any) -> Any:
    """np.column_stack."""
    arrays = [as_operand(a) for a in tup]
    return concatenate([reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in arrays], axis=1)


# ---- moving ----------------------------------------------------------------------------------------


def moving(function: Any, x: Any) -> Any:
    """Any function that only moves elements and leaves holes of 0: function(arange) tells how."""
    x = as_operand(x)
    source = function(np.arange(1, np.size(value_of(x)) + 1).reshape(np.shape(x)))
    return linear(function, lambda v, y: Gather(source, v, y), x)


@handles(np.roll, moves=True, stacked=along("axis", none="same"))
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """np.roll."""
    return moving(lambda v: np.roll(v, shift, axis), a)


BACKWARDS = slice(None, None, -1)


def flipped(m: Any, axis: Any = None) -> Any:
    """The index that np.flip stands for."""
    if axis is None:
        return (BACKWARDS,) * m.ndim
    axes = axis_tuple(axis, m.ndim)
    if len(set(axes)) < len(axes):
        raise ValueError("repeated axis")
    return tuple([BACKWARDS if i in axes else slice(None) for i in range(m.ndim)])


@handles(np.flip, moves=True, stacked=showing(flipped))
def flip(m: Any, axis: Any = None) -> Any:
    """np.flip (a view)."""
    m = as_operand(m)
    return m[flipped(m, axis)]


@handles(np.repeat, moves=True, stacked=along("axis", none="flat"))
def repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    """np.repeat."""
    return moving(lambda v: np.repeat(v, repeats, axis), a)


def tiled(v: Any, t: Any, reps: Any) -> Any:
    """Tangents of np.tile: the value gets axes in front where there are more repetitions than axes."""
    more = (1 if type(reps) is int else np.size(reps)) - v.ndim
    if more > 0:
        t = t.reshape(t.shape[0], *(1,) * more, *v.shape)
    return np.tile(t, reps if v.ndim or more > 0 else 1)


@handles(np.tile, moves=True, stacked=by(tiled))
def tile(A: Any, reps: Any) -> Any:
    """np.tile."""
    return moving(lambda v: np.tile(v, reps), A)


def diagonal_of(v: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    """The map of np.diagonal at a plain array."""
    value = np.diagonal(v, offset, axis1, axis2)
    return Diagonal(offset, axis1 % v.ndim, axis2 % v.ndim, (v,), value)


@handles(np.diagonal, moves=True, stacked=showing(diagonal_of))
def diagonal(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    """np.diagonal (a read-only view, as NumPy's is)."""
    a, ndim = as_operand(a), np.ndim(a)
    if type(axis1) is not int or type(axis2) is not int or not -ndim <= axis1 < ndim or not -ndim <= axis2 < ndim:
        np.diagonal(value_of(a), offset, axis1, axis2)      # NumPy's own errors
        (axis1,), (axis2,) = axis_tuple(axis1, ndim), axis_tuple(axis2, ndim)
    result = view(
        lambda v: np.diagonal(v, offset, axis1, axis2),
        lambda v, y: Diagonal(offset, axis1 % ndim, axis2 % ndim, v, y), a,
    )  # fmt: skip
    value_of(result).flags.writeable = False
    return result


def on_diagonal(v: Any, t: Any, k: int = 0) -> Any:
    """Tangents of np.diag and np.diagflat: matrices, or a view of the diagonal of one."""
    if v.ndim == 2:
        return diagonal_of(v, k)
    return None if v.ndim != 1 or t is None else matrices_of(v, t, k)


def matrices_of(v: Any, t: Any, k: int = 0) -> Any:
    """Each row of tangents, flattened, as a diagonal."""
    size, n = v.size, v.size + abs(k)
    out = np.zeros((t.shape[0], n * n), t.dtype)
    start = k if k >= 0 else -k * n
    out[:, start : start + size * (n + 1) : n + 1] = t if v.ndim == 1 else t.reshape(t.shape[0], size)
    return out.reshape(t.shape[0], n, n)


@handles(np.diag, stacked=by(on_diagonal, shows=True))
def diag(v: Any, k: int = 0) -> Any:
    """np.diag: of a matrix its diagonal (a read-only view, as NumPy's is), of a vector the matrix."""
    v = as_operand(v)
    return diagonal(v, k) if np.ndim(v) == 2 else moving(lambda a: np.diag(a, k), v)


@handles(np.tril, stacked=along())
def tril(m: Any, k: int = 0) -> Any:
    """np.tril."""
    return moving(lambda a: np.tril(a, k), m)


@handles(np.triu, stacked=along())
def triu(m: Any, k: int = 0) -> Any:
    """np.triu."""
    return moving(lambda a: np.triu(a, k), m)


@handles(np.diff)
def diff(a: Any, n: Any = 1, axis: Any = -1, prepend: Any = np._NoValue, append: Any = np._NoValue) -> Any:
    """np.diff: linear, differences of the tangents."""
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


def rolled(a: Any, axis: Any, start: Any = 0) -> Any:
    """The order of axes that np.rollaxis gives."""
    n = a.ndim
    (axis,) = axis_tuple(axis, n)
    start = start.__index__()
    if not -n <= start <= n:
        raise np.exceptions.AxisError(start, n + 1)
    start %= n + (start == n)
    order = [i for i in range(n) if i != axis]
    order.insert(start - (axis < start), axis)
    return Axes(tuple(order))


@handles(np.rollaxis, moves=True, stacked=showing(rolled))
def rollaxis(a: Any, axis: Any, start: Any = 0) -> Any:
    """np.rollaxis."""
    a = as_operand(a)
    return transpose(a, rolled(a, axis, start).axes)


@handles(np.fliplr, moves=True, stacked=showing(lambda m: flipped(m, 1)))
def fliplr(m: Any) -> Any:
    """np.fliplr (a view)."""
    return flip(m, 1)


@handles(np.flipud, moves=True, stacked=showing(lambda m: flipped(m, 0)))
def flipud(m: Any) -> Any:
    """np.flipud (a view)."""
    return flip(m, 0)


@handles(np.rot90, moves=True)
def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """np.rot90 (a view)."""
    m = as_operand(m)
    np.rot90(value_of(m), k, axes)      # NumPy's own errors
    first, second = axis_tuple(tuple(axes), np.ndim(m))
    k %= 4
    if k == 0:
        return m[:]
    if k == 2:
        return flip(m, (first, second))
    return swapaxes(flip(m, second), first, second) if k == 1 else flip(swapaxes(m, first, second), second)


@handles(np.atleast_3d, moves=True)
def atleast_3d(*arys: Any) -> Any:
    """np.atleast_3d."""
    out = []
    for a in map(as_operand, arys):
        shape = np.atleast_3d(np.broadcast_to(0, np.shape(a))).shape
        out.append(a if np.ndim(a) >= 3 else reshape(a, shape))
    return out[0] if len(out) == 1 else tuple(out)


# ---- splitting -------------------------------------------------------------------------------------


@handles(np.array_split, moves=True)
def array_split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    """np.array_split (views)."""
    return cut(np.array_split, ary, indices_or_sections, axis)


@handles(np.split, moves=True)
def split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Any:
    """np.split (views)."""
    return cut(np.split, ary, indices_or_sections, axis)


def cut(function: Any, ary: Any, sections: Any, axis: Any) -> list[Any]:
    """The slices into which NumPy's function cuts an axis."""
    ary = as_operand(ary)
    (axis,) = axis_tuple(axis, np.ndim(ary))
    lead = (slice(None),) * axis
    parts = function(np.arange(np.shape(ary)[axis]), sections)
    return [ary[(*lead, slice(int(p[0]), int(p[-1]) + 1) if len(p) else slice(0, 0))] for p in parts]


def splitter(name: str, least: Any) -> Callable[..., Any]:
    """np.hsplit, np.vsplit or np.dsplit."""

    def split_along(ary: Any, indices_or_sections: Any) -> Any:
        ary = as_operand(ary)
        if np.ndim(ary) < least:
            raise ValueError(f"{name} only works on arrays of {least} or more dimensions")
        axis = {"hsplit": 1 if np.ndim(ary) > 1 else 0, "vsplit": 0, "dsplit": 2}[name]
        return split(ary, indices_or_sections, axis)

    split_along.__doc__ = f"np.{name} (views)."
    return split_along


for _function, _least in ((np.hsplit, 1), (np.vsplit, 2), (np.dsplit, 3)):
    handles(_function, moves=True)(splitter(_function.__name__, _least))


if hasattr(np, "unstack"):      # NumPy 2.1

    @handles(np.unstack, moves=True)
    def unstack(x: Any, /, *, axis: Any = 0) -> Any:
        """np.unstack (views)."""
        x = moveaxis(as_operand(x), axis, 0)
        return tuple(x[i] for i in range(np.shape(x)[0]))


# ---- putting together ------------------------------------------------------------------------------


@handles(np.dstack, joins=(0,))
def dstack(tup: Any) -> Any:
    """np.dstack."""
    return concatenate([atleast_3d(a) for a in tup], axis=2)


def appended(v: Any, t: Any, values: Any, axis: Any = None) -> Any:
    """Tangents of np.append of numbers: zeros behind."""
    if axis is None:
        zeros = np.zeros((t.shape[0], np.size(values)), t.dtype)
        return np.concatenate([t if v.ndim == 1 else t.reshape(t.shape[0], v.size), zeros], 1)
    (axis,) = axis_tuple(axis, v.ndim)
    return np.concatenate([t, np.zeros((t.shape[0], *np.shape(values)), t.dtype)], axis + 1)


@handles(np.append, joins=(0, 1), stacked=by(appended))
def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """np.append."""
    return concatenate([as_operand(arr), as_operand(values)], axis=axis)


def plain_index(obj: Any) -> Any:
    """An index as NumPy takes it; an empty list is no list of floats."""
    return value_of(as_operand(obj)) if has_duals(obj) else obj


def inserted(v: Any, t: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """Tangents of np.insert of one number, at one place or several: zeros there."""
    if np.ndim(values):
        return None
    if axis is None:
        return np.insert(t.reshape(t.shape[0], v.size), obj, 0, 1)
    (axis,) = axis_tuple(axis, v.ndim)
    return np.insert(t, obj, 0, axis + 1)


@handles(np.insert, joins=(0, 2), stacked=by(inserted))
def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """np.insert."""
    obj = plain_index(obj)
    return assembled(lambda a, v: np.insert(a, obj, v, axis), arr, values)


@handles(np.block, joins=(0,))
def block(arrays: Any) -> Any:
    """np.block."""
    found: list[Any] = []

    def number(x: Any) -> Any:
        if isinstance(x, list):
            return [number(e) for e in x]
        found.append(x)
        return len(found) - 1

    def build(tree: Any, xs: Any) -> Any:
        return [build(e, xs) for e in tree] if isinstance(tree, list) else xs[tree]

    tree = number(arrays)
    return assembled(lambda *xs: np.block(build(tree, xs)), *found)


@handles(np.delete, moves=True, stacked=along("axis", none="flat"))
def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    """np.delete."""
    obj = plain_index(obj)
    return moving(lambda v: np.delete(v, obj, axis), arr)


def resized(v: Any, t: Any, new_shape: Any) -> Any:
    """Tangents of np.resize: the elements one after the other, again and again."""
    shape = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
    flat = t.reshape(t.shape[0], v.size)
    return flat[:, np.arange(math.prod(shape)) % v.size].reshape(t.shape[0], *shape)


@handles(np.resize, moves=True, stacked=by(resized))
def resize(a: Any, new_shape: Any) -> Any:
    """np.resize."""
    return moving(lambda v: np.resize(v, new_shape), a)


@handles(np.diagflat, stacked=by(matrices_of))
def diagflat(v: Any, k: int = 0) -> Any:
    """np.diagflat."""
    return moving(lambda a: np.diagflat(a, k), v)


@handles(np.meshgrid)
def meshgrid(*xi: Any, copy: Any = True, sparse: bool = False, indexing: Any = "xy") -> Any:
    """np.meshgrid."""
    arrays = [reshape(a, -1) if is_dual(a) else np.ravel(a) for a in map(as_operand, xi)]
    shapes = [a.shape for a in np.meshgrid(*(np.empty(np.size(a)) for a in arrays), sparse=True, indexing=indexing)]
    out = [np.reshape(a, shape) for a, shape in zip(arrays, shapes, strict=True)]
    if not sparse:
        full = np.broadcast_shapes(*shapes)
        out = [np.broadcast_to(a, full) for a in out]
    return tuple(a.copy() if copy else a for a in out)


@handles(np.ix_)
def ix_(*args: Any) -> Any:
    """np.ix_ of plain indices and dual arrays: an open mesh."""
    out = []
    for i, a in enumerate(map(as_operand, args)):
        flat = a if is_dual(a) else np.ix_(a)[0]
        if np.ndim(flat) != 1:
            raise ValueError("Cross index must be 1 dimensional")
        out.append(np.reshape(flat, (1,) * i + (-1,) + (1,) * (len(args) - i - 1)))
    return tuple(out)


# ---- sequences, and functions along axes --------------------------------------------------------------


@handles(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: Any = 0,
    *,
    device: Any = None,
) -> Any:
    """np.linspace between dual ends."""
    start, stop = as_operand(start), as_operand(stop)
    options = {"num": num, "endpoint": endpoint, "retstep": True, "dtype": dtype, "axis": axis}
    value, step = np.linspace(value_of(start), value_of(stop), **options)
    div = num - 1 if endpoint else num
    wide = np.result_type(value.dtype, np.float32)
    part = (np.arange(num) / max(div, 1)).astype(wide.char.lower())
    part = part.reshape((-1,) + (1,) * len(np.broadcast_shapes(np.shape(start), np.shape(stop))))
    result = start * (1 - part) + stop * part
    result = moveaxis(result, 0, axis) if axis else result
    if value.dtype.kind in "biu":
        result = value
    result = exact(result, value)
    return (result, exact((stop - start) / div, step) if div > 0 else step) if retstep else result


@handles(np.logspace)
def logspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: Any = 0
) -> Any:
    """np.logspace, by the ends and by the base."""
    start, stop, base = as_operand(start), as_operand(stop), as_operand(base)
    value = np.logspace(value_of(start), value_of(stop), num, endpoint, value_of(base), dtype, axis)
    if np.ndim(base):
        wide = max(np.ndim(x) for x in (start, stop, base))
        start, stop, base = (np.reshape(x, (1,) * (wide - np.ndim(x)) + np.shape(x)) for x in (start, stop, base))
        base = np.expand_dims(base, axis)
    powers = linspace(start, stop, num, endpoint, axis=axis)
    return exact(np.power(base, powers), value)


@handles(np.geomspace)
def geomspace(start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: Any = 0) -> Any:
    """np.geomspace: start**(1 - s) * stop**s, with s from 0 to 1."""
    start, stop = as_operand(start), as_operand(stop)
    value = np.geomspace(value_of(start), value_of(stop), num, endpoint, dtype, axis)
    div = num - 1 if endpoint else num
    part = (np.arange(num) / max(div, 1)).astype(np.result_type(value.dtype, np.float32).char.lower())
    part = part.reshape((-1,) + (1,) * len(np.broadcast_shapes(np.shape(start), np.shape(stop))))
    result = start * np.power(stop / start, part)
    return exact(moveaxis(result, 0, axis) if axis else result, value)


@handles(np.apply_along_axis)
def apply_along_axis(func1d: Any, axis: Any, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """np.apply_along_axis: func1d is called on dual vectors."""
    arr = as_operand(arr)
    (axis,) = axis_tuple(axis, np.ndim(arr))
    lanes = moveaxis(arr, axis, -1)
    outer = np.shape(lanes)[:-1]
    if 0 in outer:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    found = [as_operand(func1d(lanes[i], *args, **kwargs)) for i in np.ndindex(outer)]
    inner = np.shape(found[0])
    result = reshape(stack(found), outer + inner)
    n, m = len(outer), len(inner)
    return transpose(result, (*range(axis), *range(n, n + m), *range(axis, n)))


@handles(np.apply_over_axes)
def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    """np.apply_over_axes: func(a, axis) for one axis after the other."""
    a = as_operand(a)
    n = np.ndim(a)
    for axis in axis_tuple(axes, n):
        found = func(a, axis)
        a = found if np.ndim(found) == n else np.expand_dims(found, axis)
        if np.ndim(a) != n:
            raise ValueError("function is not returning an array of the correct shape")
    return a


@handles(np.trim_zeros)
def trim_zeros(filt: Any, trim: Any = "fb", axis: Any = None) -> Any:
    """np.trim_zeros (a view)."""
    filt = as_operand(filt)
    v = value_of(filt)
    v = v if np.ndim(v) else np.asarray(v)[... if isinstance(v, np.ndarray) else ()]     # NumPy's scalar of a float
    plain = np.trim_zeros(v, trim, **({} if axis is None else {"axis": axis}))      # NumPy's own errors
    inside, trim = np.argwhere(v), trim.lower()
    key = [slice(None)] * np.ndim(v)
    for i in axis_tuple(axis, np.ndim(v)):
        if not len(inside):
            key[i] = slice(0, 0)
        else:
            first, last = int(inside[:, i].min()), int(inside[:, i].max())
            key[i] = slice(first if "f" in trim else None, last + 1 if "b" in trim else None)
    return filt[tuple(key)] if key or not isinstance(plain, np.ndarray) else filt
