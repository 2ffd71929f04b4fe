"""Indexing: reading, views, and writing into dual arrays.

A write keeps every derivative: the array takes the tag of a newer dual, its value becomes dual
where an older one is written, and its views follow (`synchronise`).

"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..asking import allow
from ..core import (
    Axes,
    Dual,
    DualArray,
    Packed,
    check_dtype,
    expand_key,
    is_basic,
    make_array,
    rebind,
    stale_shape,
    view_parts,
)
from ..errors import ShapeError, lost
from ..maps.base import dtype_of
from ..maps.joins import Where
from ..maps.moves import Index, Permute, Reshape
from ..maps.tangents import (
    capture_key,
    find_tag,
    is_dual,
    is_node,
    peel,
    push,
    push_view,
)
from ..maps.writes import SetIndex, SetView
from .base import as_operand, handles, linear, own, plain_operand, same_memory, value_of, view
from .pictures import Shown, picture
from .writable import prepare


def as_key(key: Any) -> Any:
    """An index whose dual arrays of zeros (np.zeros_like) are plain, and whose masks are values."""
    if type(key) is tuple:
        return tuple(as_key(part) for part in key)
    return value_of(key) if type(key) is DualArray and key.tag < 0 else key


def getitem(x: Any, key: Any) -> Any:
    """x[key] on the generic path."""
    key = as_key(key)
    if type(x) is Dual:
        scalar: Any = np.asarray(value_of(x))[()]
        scalar[key]     # NumPy's own error
        return x if type(key) is tuple and not key else with_no_axes(x)[key]
    if not is_basic(key):
        key = capture_key(key, x)

    def make_map(v: Any, y: Any) -> Any:
        return Index(key, v, y)

    def take(v: Any) -> Any:
        return v[key]

    if is_basic(key):
        if type(key) is tuple and any(part is Ellipsis for part in key) or key is Ellipsis:
            return view(lambda v: v[key], make_map, x) if np.ndim(x.value[key]) else element(x, key)
        return view(take, make_map, x)
    return linear(take, make_map, x)


def element(x: Any, key: Any) -> Any:
    """x[..., 0] down to no axes: NumPy gives a 0-d array, which is a view."""
    value = x.value[key]
    t = None if x.tangents is None else push_view(Index(key, (x.value,), value), x.tangents)
    return make_array(value, t, x.tag, x, Index(key, (x.value,), value))


def view_map(how: Any, v: Any, x: Any) -> Any:
    """The map that a view x of a base with value v is; the compiled core notes only its kind."""
    if how == "reshape":
        shape = stale_shape(x)
        return Reshape((v,), np.broadcast_to(np.empty((), dtype_of(v)), shape))
    if how == "T":
        return Permute(tuple(range(np.ndim(v)))[::-1], (v,), value_of(v).T)
    if type(how) is Axes:
        return Permute(how.axes, (v,), np.transpose(value_of(v), how.axes))
    return how if hasattr(how, "move") else Index(how, (v,), value_of(v)[how])


def synchronise(x: Any) -> None:
    """Renews a view after its base took other arrays."""
    base, how = view_parts(x)
    v, t = base.value, base.tangents
    how = view_map(how, v, x)
    rebind(x, how.move(v), None if t is None else push_view(how, t), base.tag, True)


def numbered(a: Any, start: Any = 0) -> Any:
    """The numbers start, start + 1, ... in the shape of a and laid out as a is.

    The order in which NumPy goes through the places of a write depends on the layout of all arrays in it.
    """
    a = np.asarray(value_of(a))
    if not a.size:
        return np.empty(a.shape, np.intp)
    broadcast = tuple(slice(0, 1) if not step else slice(None) for step in a.strides)
    once = a[broadcast]
    order = sorted(range(a.ndim), key=lambda i: -abs(a.strides[i]))
    out = np.empty([once.shape[i] for i in order], np.intp).transpose([order.index(i) for i in range(a.ndim)])
    out = out[(*(slice(None, None, -1 if step < 0 else None) for step in a.strides), ...)]
    out[...] = np.arange(start, start + once.size).reshape(once.shape)
    return out if out.shape == a.shape else np.broadcast_to(out, a.shape)


def places_of(x: Any, y: Any) -> tuple[Any, Any]:
    """Numbers in place of the elements of two arrays, laid out as they are.

    Where the two share memory their numbers do, too: some writes of NumPy read what they have just written.
    """
    a, b = np.asarray(value_of(x)), np.asarray(value_of(y))
    if a.dtype != b.dtype or not np.may_share_memory(a, b):
        return numbered(a), numbered(b, a.size)
    ends = [*np.lib.array_utils.byte_bounds(a), *np.lib.array_utils.byte_bounds(b)]
    memory = np.arange((max(ends) - min(ends)) // a.itemsize)

    def part(v: Any) -> Any:
        start = (v.__array_interface__["data"][0] - min(ends)) // a.itemsize
        strides = [step // a.itemsize * memory.itemsize for step in v.strides]
        return np.lib.stride_tricks.as_strided(memory[start:], v.shape, strides)

    return part(a), part(b)


def rewritten(x: Any, write: Any, y: Any) -> tuple[Any, Any]:
    """What write(x, y), which moves elements of y into x and nothing else, leaves: a mask, and the content there."""
    content, source = places_of(x, y)
    before = content.copy()
    write(content, source)
    written = content != before
    left = content[written]
    place = np.zeros(max(before.max(initial=0), source.max(initial=0)) + 1, np.intp)
    if np.may_share_memory(content, source):
        place[source.reshape(-1)] = np.arange(x.size, x.size + source.size)
        place[before.reshape(-1)] = np.arange(x.size)
        everything = np.concatenate([np.reshape(x, -1), np.reshape(y, -1)])
    else:
        place[source.reshape(-1)] = np.arange(source.size)
        everything = np.reshape(y, -1)
    return written, everything[place[left]]


def repeats(x: Any, key: Any) -> bool:
    """Whether an index names a place of x twice."""
    places = np.arange(x.size).reshape(x.shape)[key].reshape(-1)
    order, turn = np.arange(places.size), np.empty(x.size, np.intp)
    turn[places] = order
    return bool((turn[places] != order).any())


def order_counts(x: Any, key: Any, y: Any) -> Any:
    """Whether it matters for the tangents in which order NumPy writes the places of an index.

    A node keeps the index for the way back, where each place must have one source.  In forward mode NumPy writes
    the tangents as it writes the values, unless an array in the index is not in C order; or it reads from x
    what it has just written.
    """
    if find_tag(y) < 0 or is_basic(key):
        return False
    if type(y) is DualArray and x.size and same_memory(x, y):
        return True
    recorded = is_node(x.tangents) or is_node(y.tangents)
    for part in key if type(key) is tuple else (key,):
        if isinstance(part, (list, np.ndarray)) and (recorded or not np.asarray(part).flags.c_contiguous):
            return repeats(x, key)
    return False


def setitem(x: Any, key: Any, y: Any) -> None:
    """x[key] = y on the generic path."""
    key = as_key(key)
    y = as_operand(plain_operand(y))
    if order_counts(x, key, y):
        key, y = rewritten(x, lambda places, numbers: places.__setitem__(key, numbers), y)
    prepare(x, y)
    tag = x.tag
    yv, yt = peel(y, tag)
    if tag < 0:
        x.value[key] = yv
        return
    t = x.tangents
    if is_node(t):
        map = SetIndex(capture_key(key, x), (x.value, yv), x.value)
        x.value[key] = yv
        set_node(x, push(map, (t, yt)))
        return
    if type(t) is Packed:
        t, yt = t.rows, None if yt is None else yt.rows
    if yt is not None and yt.shape[0] != t.shape[0]:
        raise ShapeError(f"two duals of one derivative call carry {t.shape[0]} and {yt.shape[0]} directions")
    x.value[key] = yv
    part = np.moveaxis(t, 0, -1)
    part[expand_key(key, x.ndim)] = 0 if yt is None else squeeze_lead(np.moveaxis(yt, 0, -1), x.value[key])


def squeeze_lead(t: Any, target: Any) -> Any:
    """Tangents (..., k) without the leading 1s that NumPy drops on assignment."""
    extra = t.ndim - 1 - np.ndim(target)
    return t.reshape(t.shape[extra:]) if extra > 0 else t


def set_node(x: Any, node: Any) -> None:
    """Gives a recorded array another tangent, and tells the arrays that it is a view of."""
    base, how = view_parts(x)
    if base is None:
        rebind(x, x.value, node, x.tag, False)
        return
    how = view_map(how, base.value, x)
    map = SetView(how, (base.value, x.value), base.value)
    tag, value = x.tag, x.value
    set_node(base, push(map, (base.tangents, node)))
    rebind(x, value, node, tag, True)


# ---- creation ------------------------------------------------------------------------------------


def buffer(array: Any) -> Any:
    """A plain array as a dual array that can take derivatives; integers stay plain."""
    if array.dtype.kind not in "fc":
        return array
    check_dtype(array.dtype)
    return make_array(array, None, -1)


def creation(function: Any) -> Callable[..., Any]:
    """np.zeros and its kind with like=."""

    def create(*args: Any, like: Any = None, **kwargs: Any) -> Any:
        return buffer(function(*args, **kwargs))

    create.__doc__ = f"np.{function.__name__} with like=: a constant that can be written to."
    return create


for _function in (
    np.zeros, np.empty, np.ones, np.eye, np.identity, np.tri, np.arange, np.fromfunction, np.fromiter, np.frombuffer,
    np.fromfile, np.fromstring, np.loadtxt, np.genfromtxt,
):  # fmt: skip
    handles(_function)(creation(_function))


@handles(np.full)
def full(
    shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", *, like: Any = None, device: Any = None
) -> Any:
    """np.full with like=, or of a dual fill value."""
    fill_value = as_operand(fill_value)
    out = buffer(np.full(shape, value_of(fill_value), dtype, order))
    if is_dual(fill_value):
        out[...] = fill_value
    return out


def alike(function: Any) -> Callable[..., Any]:
    """np.zeros_like and its kind."""

    def create(
        prototype: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None, *, device: Any = None
    ) -> Any:
        return buffer(function(value_of(as_operand(prototype)), dtype=dtype, order=order, shape=shape))

    return create


for _like in (np.zeros_like, np.empty_like, np.ones_like):
    handles(_like)(alike(_like))


@handles(np.full_like)
def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "K",
    subok: Any = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """np.full_like, also of a dual fill value."""
    fill_value = as_operand(fill_value)
    out = buffer(np.full_like(value_of(as_operand(a)), value_of(fill_value), dtype=dtype, order=order, shape=shape))
    if is_dual(fill_value):
        out[...] = fill_value
    return out


@handles(np.array)
def array(
    a: Any,
    dtype: Any = None,
    *,
    copy: Any = True,
    order: Any = "K",
    subok: Any = False,
    ndmin: Any = 0,
    ndmax: Any = 0,
    like: Any = None,
) -> Any:
    """np.array(..., like=x): a dual array."""
    found = as_operand(a)
    if not is_dual(found):
        return buffer(np.array(found, dtype=dtype, order=order, ndmin=ndmin))
    if dtype is not None and np.dtype(dtype) not in (object, found.dtype):
        found = found.astype(dtype, order)
        if not is_dual(found):      # integers and truths are plain
            return np.array(found, order=order, ndmin=ndmin)
    if type(found) is Dual:
        found = with_no_axes(found)
    elif copy or order == "C" and not found.flags.c_contiguous or order == "F" and not found.flags.f_contiguous:
        found = found.copy(order)
    return found.reshape((1,) * (ndmin - found.ndim) + found.shape) if found.ndim < ndmin else found


def with_no_axes(x: Any) -> Any:
    """A scalar as an array without axes, in memory of its own."""
    value = with_no_axes(x.value) if is_dual(x.value) else np.array(x.value)
    return make_array(value, own(x.tangents), x.tag)


@handles(np.asarray, np.asanyarray)
def asarray(
    a: Any, dtype: Any = None, order: Any = None, *, like: Any = None, device: Any = None, copy: Any = None
) -> Any:
    """np.asarray(..., like=x): x itself if it is a dual array already."""
    return array(a, dtype, copy=bool(copy), order=order or "K")


@handles(np.ascontiguousarray)
def ascontiguousarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """np.ascontiguousarray(..., like=x)."""
    return array(a, dtype, copy=False, order="C", ndmin=1)


def asked_by_sparse_product() -> Any:
    """Whether a scipy.sparse matrix looks at the other factor of a product.

    It gives way (returns NotImplemented) to what is no array; it has no other way to give way.
    """
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("dualdiff"):
        frame = frame.f_back
    return (
        frame is not None
        and frame.f_code.co_name == "_matmul_dispatch"
        and frame.f_globals.get("__name__", "").startswith("scipy.sparse")
    )


@handles(np.asfortranarray)
def asfortranarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """np.asfortranarray(..., like=x)."""
    return array(a, dtype, copy=False, order="F", ndmin=1)


@handles(np.require)
def require(a: Any, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Any:
    """np.require(..., like=x): memory order and owned memory."""
    wanted = {str(r).upper() for r in ([requirements] if isinstance(requirements, str) else requirements or ())}
    found = array(a, dtype, copy=False)
    order, fits = "K", True
    if wanted & {"F", "F_CONTIGUOUS", "FORTRAN"}:
        order, fits = "F", found.flags.f_contiguous
    elif wanted & {"C", "C_CONTIGUOUS", "CONTIGUOUS"}:
        order, fits = "C", found.flags.c_contiguous
    return found if fits and not wanted & {"O", "OWNDATA"} else found.copy(order)


def to_object_array(x: Any, dtype: Any, copy: Any) -> Any:
    """np.asarray(x): an object array of Duals, so that nothing is lost.

    NumPy's would be x itself.  So what cannot reach x is refused: writes into the new array, and writes into x
    as long as somebody has the array (x itself, where it has no axes: it can be an element of an array of objects).
    np.array(x) is a copy, and nothing of both.  Of an array that has met no dual
    it is a plain array on the same memory; what is refused then is to write a dual.
    """
    if dtype is None and asked_by_sparse_product():
        out = np.empty((), dtype=object)    # "not an array": SciPy gives way, and x.__rmatmul__ is asked
        out[()] = x
        return out
    if x.tag < 0:
        if copy or dtype is not None and np.dtype(dtype) != x.dtype:
            return np.array(value_of(x), dtype=dtype)
        return picture(x, np.asarray(Shown(value_of(x))))
    if dtype is not None and np.dtype(dtype) != object:
        if np.dtype(dtype).kind in "biu":
            return np.asarray(value_of(x), dtype=dtype)
        raise lost(f"np.asarray(x, dtype={np.dtype(dtype)})",
                   "write x itself, or x.astype(...) for another precision; otherwise ")  # fmt: skip
    allow(x, sys._getframe(2))
    out = np.empty_like(value_of(x), dtype=object)      # in the value's own order in memory
    for place in np.ndindex(x.shape):
        out[place] = x[place]
    if not copy:
        out.flags.writeable = False
        picture(x, out if x.ndim else x)    # NumPy puts x itself into np.array([x, ...]), not what it was given here
    return out


# ---- selection -----------------------------------------------------------------------------------


@handles(np.where)
def where(condition: Any, *xy: Any) -> Any:
    """np.where: each element's derivative is the chosen one's."""
    condition = value_of(as_operand(condition))
    if not xy:
        return np.where(condition)
    x, y = map(as_operand, xy)
    condition = capture_key(condition, x, y)
    return linear(lambda a, b: np.where(condition, a, b), lambda v, out: Where(condition, v, out), x, y)
