"""Indexing: reading, views, and writing into dual arrays.

A write keeps every derivative: the array takes the tag of a newer dual, its value becomes dual
where an older one is written, and its views follow (`synchronise`).

Imported by functions/__init__.py.
"""

import sys
from typing import Any

import numpy as np

from ..core import (
    Axes,
    DualArray,
    Packed,
    check_dtype,
    check_exposed,
    is_shared,
    make,
    make_array,
    rebind,
    stale_shape,
    view_parts,
)
from ..errors import ShapeError, lost
from ..linear import Index, Permute, Reshape, SetIndex, SetView, Where, dtype_of, expand_key, is_basic
from ..spaces import (
    Node,
    capture_key,
    find_tag,
    is_dual,
    kept,
    like_layout,
    peel,
    push,
    rows_of,
    zero_like_tangent,
)
from .base import as_operand, handles, linear, value_of, view


def as_key(key):
    """An index whose dual arrays of zeros (np.zeros_like) are plain, and whose masks are values."""
    if type(key) is tuple:
        return tuple(as_key(part) for part in key)
    return value_of(key) if type(key) is DualArray and key.tag < 0 else key


def getitem(x, key):
    """x[key] on the generic path."""
    key = as_key(key)
    if not is_basic(key):
        key = capture_key(key, x)

    def make_map(v, y):
        return Index(key, v, y)

    def take(v):
        return v[key]

    if is_basic(key):
        if type(key) is tuple and any(part is Ellipsis for part in key) or key is Ellipsis:
            return view(lambda v: v[key], make_map, x) if np.ndim(x.value[key]) else element(x, key)
        return view(take, make_map, x)
    return linear(take, make_map, x)


def element(x, key):
    """x[..., 0] down to no axes: NumPy gives a 0-d array, which is a view."""
    value = x.value[key]
    t = None if x.tangents is None else push(Index(key, (x.value,), value), (x.tangents,))
    return make_array(value, t, x.tag, x, Index(key, (x.value,), value))


def view_map(how, v, x):
    """The map that a view x of a base with value v is; the compiled core notes only its kind."""
    if how == "reshape":
        shape = stale_shape(x)
        return Reshape((v,), np.broadcast_to(value_of(v).flat[:1], shape) if np.size(v) else np.empty(shape))
    if how == "T":
        return Permute(tuple(range(np.ndim(v)))[::-1], (v,), value_of(v).T)
    if type(how) is Axes:
        return Permute(how.axes, (v,), np.transpose(value_of(v), how.axes))
    return how if hasattr(how, "move") else Index(how, (v,), value_of(v)[how])


def synchronise(x):
    """Renews a view after its base took other arrays."""
    base, how = view_parts(x)
    v, t = base.value, base.tangents
    how = view_map(how, v, x)
    rebind(x, how.move(v), None if t is None else push(how, (t,)), base.tag, True)


def setitem(x, key, y):
    """x[key] = y on the generic path."""
    key = as_key(key)
    y = as_operand(y)
    prepare(x, y)
    tag = x.tag
    yv, yt = peel(y, tag)
    if tag < 0:
        x.value[key] = yv
        return
    t = x.tangents
    if type(t) is Node:
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


def squeeze_lead(t, target):
    """Tangents (..., k) without the leading 1s that NumPy drops on assignment."""
    extra = t.ndim - 1 - np.ndim(target)
    return t.reshape(t.shape[extra:]) if extra > 0 else t


def set_node(x, node):
    """Gives a recorded array another tangent, and tells the arrays that it is a view of."""
    base, how = view_parts(x)
    if base is None:
        rebind(x, x.value, node, x.tag, False)
        return
    how = view_map(how, base.value, x)
    map = SetView(how, (base.value, x.value), base.value)
    tag, value = x.tag, x.value
    set_node(base, Node(map, (base.tangents, node), map.out_shape, map.out_dtype))
    rebind(x, value, node, tag, True)


def prepare(x, y):
    """Makes x able to take y: memory of its own, a tag as large, a value that can be dual."""
    base, _ = view_parts(x)
    if base is not None:
        prepare(base, y)
        _ = x.value     # the view follows
        return
    value, t, tag = x.value, x.tangents, x.tag
    changed = is_shared(x)
    if changed:
        value = value.copy("K")     # the layout decides which reshapes are views
        t = rows_of(t, "copy", "K") if isinstance(t, (np.ndarray, DualArray, Packed)) else t
    new = find_tag(y)
    yt = y.tangents if new >= 0 else None
    if new > tag:
        check_exposed(x)
        if tag >= 0:
            value = make_array(value, kept(t), tag)
        t = like_layout(value, zero_like_tangent(yt, np.shape(value), dtype_of(value)))
        tag, changed = new, True
    yv, yt = peel(y, tag)
    if is_dual(yv) and not is_dual(value):
        value, changed = make_array(value, None, -1), True
    if type(yt) is DualArray and type(t) is np.ndarray:
        t, changed = make_array(t, None, -1), True
    if changed:
        rebind(x, value, kept(t), tag, False)


# ---- creation ------------------------------------------------------------------------------------


def buffer(array):
    """A plain array as a dual array that can take derivatives; integers stay plain."""
    if array.dtype.kind not in "fc":
        return array
    check_dtype(array.dtype)
    return make_array(array, None, -1)


def creation(function):
    """np.zeros and its kind with like=."""

    def create(*args, like=None, **kwargs):
        return buffer(function(*args, **kwargs))

    create.__doc__ = f"np.{function.__name__} with like=: a constant that can be written to."
    return create


for _function in (
    np.zeros, np.empty, np.ones, np.eye, np.identity, np.tri, np.arange, np.fromfunction, np.fromiter, np.frombuffer,
    np.fromfile, np.fromstring, np.loadtxt, np.genfromtxt,
):  # fmt: skip
    handles(_function)(creation(_function))


@handles(np.full)
def full(shape, fill_value, dtype=None, order="C", *, like=None, device=None):
    """np.full with like=, or of a dual fill value."""
    fill_value = as_operand(fill_value)
    out = buffer(np.full(shape, value_of(fill_value), dtype, order))
    if is_dual(fill_value):
        out[...] = fill_value
    return out


def alike(function):
    """np.zeros_like and its kind."""

    def create(prototype, dtype=None, order="K", subok=True, shape=None, *, device=None):
        return buffer(function(value_of(as_operand(prototype)), dtype=dtype, order=order, shape=shape))

    return create


for _like in (np.zeros_like, np.empty_like, np.ones_like):
    handles(_like)(alike(_like))


@handles(np.full_like)
def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
    """np.full_like, also of a dual fill value."""
    fill_value = as_operand(fill_value)
    out = buffer(np.full_like(value_of(as_operand(a)), value_of(fill_value), dtype=dtype, order=order, shape=shape))
    if is_dual(fill_value):
        out[...] = fill_value
    return out


@handles(np.array)
def array(a, dtype=None, *args, like=None, copy=True, **kwargs):
    """np.array(..., like=x): a dual array."""
    found = as_operand(a)
    if not is_dual(found):
        return buffer(np.array(found, dtype=dtype))
    if dtype is not None and np.dtype(dtype) != object:
        found = found.astype(dtype)
    elif np.ndim(found) and copy:
        found = found.copy("K")
    return found if np.ndim(found) else make_array(np.asarray(found.value), kept(found.tangents), found.tag)


@handles(np.asarray, np.asanyarray)
def asarray(a, dtype=None, order=None, *, like=None, device=None, copy=None):
    """np.asarray(..., like=x): x itself if it is a dual array already."""
    return array(a, dtype, copy=bool(copy))


@handles(np.ascontiguousarray)
def ascontiguousarray(a, dtype=None, *, like=None):
    """np.ascontiguousarray(..., like=x)."""
    found = array(a, dtype, copy=False)
    return found if found.flags.c_contiguous else found.copy()


def asked_by_sparse_product():
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
def asfortranarray(a, dtype=None, *, like=None):
    """np.asfortranarray(..., like=x)."""
    found = array(a, dtype, copy=False)
    return found if found.flags.f_contiguous else found.copy("F")


@handles(np.require)
def require(a, dtype=None, requirements=None, *, like=None):
    """np.require(..., like=x): memory order and owned memory."""
    wanted = {str(r).upper() for r in ([requirements] if isinstance(requirements, str) else requirements or ())}
    found = array(a, dtype, copy=False)
    order, fits = "K", True
    if wanted & {"F", "F_CONTIGUOUS", "FORTRAN"}:
        order, fits = "F", found.flags.f_contiguous
    elif wanted & {"C", "C_CONTIGUOUS", "CONTIGUOUS"}:
        order, fits = "C", found.flags.c_contiguous
    return found if fits and not wanted & {"O", "OWNDATA"} else found.copy(order)


def to_object_array(x, dtype):
    """np.asarray(x): an object array of Duals, so that nothing is lost."""
    if dtype is None and asked_by_sparse_product():
        out = np.empty((), dtype=object)    # "not an array": SciPy gives way, and x.__rmatmul__ is asked
        out[()] = x
        return out
    if x.tag < 0:
        return np.array(value_of(x), dtype=dtype)
    if dtype is not None and np.dtype(dtype) != object:
        if np.dtype(dtype).kind in "biu":
            return np.asarray(value_of(x), dtype=dtype)
        raise lost(f"np.asarray(x, dtype={np.dtype(dtype)})",
                   "write x itself, or x.astype(...) for another precision; otherwise ")  # fmt: skip
    out = np.empty(x.shape, dtype=object)
    for place in np.ndindex(x.shape):
        out[place] = x[place] if place else make(x.value, kept(x.tangents), x.tag)
    return out


# ---- selection -----------------------------------------------------------------------------------


@handles(np.where)
def where(condition, *xy):
    """np.where: each element's derivative is the chosen one's."""
    condition = value_of(as_operand(condition))
    if not xy:
        return np.where(condition)
    x, y = map(as_operand, xy)
    condition = capture_key(condition, x, y)
    return linear(lambda a, b: np.where(condition, a, b), lambda v, out: Where(condition, v, out), x, y)
