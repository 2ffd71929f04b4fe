"""NumPy's functions and the methods of arrays on recorded arrays.

A function is one of these, in this order: written here in operations of the graph; one that shows or moves elements;
NumPy's own Python code, where its value has NumPy's bits; a call instruction.
"""

import math
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions.base import JOINED, MOVES, WRITERS
from ..rules.table import ALIASES, RULES
from ..transforms.pytrees import flatten
from .calls import call
from .handlers import HANDLERS, F, handles
from .indexing import as_array, copied, moved, settled, true_places
from .owncode import own_code, running
from .traced import (
    ELEMENTS,
    HOOKS,
    METHODS,
    OBJECTS,
    SETTERS,
    Traced,
    TracedArray,
    TracedNumber,
    find_tracer,
    is_traced,
    join_elements,
    node_of,
    of_array,
    operand,
    plain,
)  # fmt: skip
from .tracer import Storage, Tracer, memory_order
from .ufuncs import reduce, scan

__all__ = ["function_call"]


def function_call(t: Tracer, function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """__array_function__."""
    handler = HANDLERS.get(function)
    if handler is not None:
        found = handler(t, *args, **kwargs)
        if found is not NotImplemented:
            return found
    out = kwargs.get("out")
    if out is not None:
        if not isinstance(out, TracedArray):
            return t.fail(f"{name_of(function)} writes what depends on an argument into a plain array")
        result = function(*args, **{name: x for name, x in kwargs.items() if name != "out"})
        out[...] = result
        return out
    if function in WRITERS:
        return written(t, function, args, kwargs)
    if function in MOVES and is_traced(args[0]) and find_tracer((args[1:], kwargs)) is None:
        return moved(args[0], lambda v: function(v, *args[1:], **kwargs))
    if function in JOINED:
        return assembled(t, function, args, kwargs)
    found = by_own_code(t, function, args, kwargs)
    return call(t, function, args, kwargs, name_of(function)) if found is NotImplemented else found


def name_of(function: Any) -> str:
    """What a function is called."""
    return f"{getattr(function, '__module__', 'numpy')}.{getattr(function, '__name__', function)}".replace(
        "numpy", "np", 1
    )


def same(a: Any, b: Any) -> bool:
    """Whether two results are the same to the bit, and of the same kinds."""
    xs, s = flatten(a)
    ys, r = flatten(b)
    if str(s) != str(r) or len(xs) != len(ys):
        return False
    for x, y in zip(xs, ys, strict=True):
        if isinstance(x, np.ndarray) and x.dtype == object:
            return False
        x = plain(x)
        if type(x) is not type(y):
            return False
        x, y = np.asarray(x), np.asarray(y)
        if x.dtype != y.dtype or x.shape != y.shape or x.tobytes() != y.tobytes():
            return False
        if x.ndim > 1 and x.size and x.strides != y.strides:
            return False
    return True


def by_own_code(t: Tracer, function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """NumPy's own code, if what comes out has NumPy's bits."""
    code, under_way = own_code(function), getattr(running, "functions", ())
    if code is None or any(function in known for known in (AS_CALL, t.calls, under_way)):
        return NotImplemented
    before, reason = (len(t.graph), len(t.graph.guards)), t.reason
    if not hasattr(running, "tracers"):
        running.tracers = []
    running.tracers.append(t)
    running.functions = (*under_way, function)
    try:
        found = code(*args, **kwargs)
    except Exception:
        found = NotImplemented
    finally:
        running.tracers.pop()
        running.functions = under_way
    if t.reason is not reason:  # it cannot be recorded so: as a call, then
        t.reason, found = reason, NotImplemented
    if found is not NotImplemented:
        with np.errstate(all="ignore"):
            if same(found, function(*plain(args), **plain(kwargs))):
                return found
    t.calls.add(function)
    del t.graph.guards[before[1] :]  # nodes that nobody uses cost nothing
    t.asked = {(g.node, g.kind) for g in t.graph.guards}
    return NotImplemented


# ---- buffers --------------------------------------------------------------------------------


def buffer(t: Tracer, value: np.ndarray, fill: Any = None) -> TracedArray:
    """A new array of one number (None: zeros), of value's layout."""
    value, order = settled(value)
    g = t.graph
    shape = value.shape if order is None else tuple(value.shape[k] for k in order)
    if fill is None:
        return TracedArray(value, Storage(g.zeros(shape, value.dtype), value), t)
    node = node_of(t, fill, value.dtype)
    node = g.copy(g.view(node, g.layout(node)[0], shape, (0,) * len(shape)))
    return TracedArray(value, Storage(node, value), t)


@handles(np.zeros_like, np.empty_like)
def zeros_like(t: Tracer, a: Any, *args: Any, **kwargs: Any) -> Any:
    """Zeros; what np.empty_like leaves is zero, too."""
    if find_tracer((args, list(kwargs.values()))) is not None:
        return NotImplemented
    return buffer(t, np.zeros_like(plain(a), *args, **kwargs))


@handles(np.ones_like)
def ones_like(t: Tracer, a: Any, *args: Any, **kwargs: Any) -> Any:
    """Ones."""
    return buffer(t, np.ones_like(plain(a), *args, **kwargs), 1)


@handles(np.full_like)
def full_like(t: Tracer, a: Any, fill_value: Any, *args: Any, **kwargs: Any) -> Any:
    """Copies of a number."""
    fill = operand(fill_value)
    return filled(t, np.full_like(plain(a), plain(fill), *args, **kwargs), fill)


@handles(np.zeros, np.empty)
def zeros(t: Tracer, *args: Any, **kwargs: Any) -> Any:
    """np.zeros(..., like=x)."""
    return buffer(t, np.zeros(*plain(args), **plain(kwargs)))


@handles(np.ones)
def ones(t: Tracer, *args: Any, **kwargs: Any) -> Any:
    """np.ones(..., like=x)."""
    return buffer(t, np.ones(*plain(args), **plain(kwargs)), 1)


@handles(np.full)
def full(t: Tracer, shape: Any, fill_value: Any, *args: Any, **kwargs: Any) -> Any:
    """np.full(..., like=x)."""
    fill = operand(fill_value)
    return filled(t, np.full(shape, plain(fill), *args, **kwargs), fill)


def filled(t: Tracer, value: np.ndarray, fill: Any) -> TracedArray:
    """A new array of value's layout with copies of a number, or of an array along the other axes."""
    if not np.ndim(plain(fill)):
        return buffer(t, value, fill)
    new = buffer(t, value)
    new[...] = fill
    return new


@handles(np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.array)
def array(t: Tracer, x: Any, dtype: Any = None, **kwargs: Any) -> Any:
    """np.array(..., like=x)."""
    x = operand(x)
    if not isinstance(x, Traced):
        value = np.array(x, dtype, **kwargs)
        node = t.graph.constant(value.copy())
        return TracedArray(value, Storage(node, np.ascontiguousarray(value)), t)
    return copied(as_array(x)) if dtype is None or np.dtype(dtype) == x.dtype else as_array(x).astype(dtype)


@handles(np.copy)
def copy(t: Tracer, a: Any, order: str = "K", subok: bool = False) -> Any:
    """A copy."""
    return copied(as_array(a), order) if isinstance(a, Traced) else copied(join_elements(np.array(a, object)))


# ---- where, clip, reductions -----------------------------------------------------------------


@handles(np.where)
def where(t: Tracer, condition: Any, x: Any = None, y: Any = None) -> Any:
    """np.where."""
    if x is None and y is None:
        return true_places(t, as_array(operand(condition)))
    parts = [operand(p) for p in (condition, x, y)]
    result = np.where(*map(plain, parts))
    if not isinstance(result, np.ndarray):
        return NotImplemented
    result, order = settled(result)
    dtype = result.dtype
    c = plain(parts[0])
    node = node_of(t, parts[0], None)
    if np.asarray(c).dtype.kind != "b":
        node = t.graph.apply("not_equal", node, t.number(0, np.asarray(c).dtype), dtype=bool)
    nodes = [node, node_of(t, parts[1], dtype), node_of(t, parts[2], dtype)]
    nodes = [t.permuted(n, order, result.ndim) for n in nodes]
    found = t.graph.apply("where", *nodes, dtype=dtype)
    return of_array(t, found, result)


@handles(np.clip)
def clip(t: Tracer, a: Any, a_min: Any = np._NoValue, a_max: Any = np._NoValue, out: Any = None, **kwargs: Any) -> Any:
    """np.clip: the larger of x and the lower bound, and the smaller of that and the upper one."""
    low = kwargs.pop("min", a_min)
    high = kwargs.pop("max", a_max)
    if kwargs or out is not None:
        return NotImplemented
    low, high = (None if b is np._NoValue else operand(b) for b in (low, high))
    a = operand(a)
    if low is None and high is None:
        return +a
    found = a if low is None else np.maximum(a, low)
    found = found if high is None else np.minimum(found, high)
    value = np.clip(plain(a), plain(low), plain(high))
    return found if same(found, value) else NotImplemented


def reduction(ufunc: Any) -> Any:
    """The handler of a function that is ufunc.reduce."""

    def handler(
        t: Tracer, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False,
        initial: Any = None, where: Any = True,
    ) -> Any:  # fmt: skip
        if out is not None:
            return NotImplemented
        options = {"keepdims": False if keepdims is np._NoValue else keepdims, "dtype": dtype,
                   "initial": None if initial is np._NoValue else initial,
                   "where": True if where is np._NoValue else where}  # fmt: skip
        return reduce(t, ufunc, operand(a), plain(axis), **options)

    def extreme(t: Tracer, a: Any, axis: Any = None, out: Any = None, *args: Any, **kwargs: Any) -> Any:
        return handler(t, a, axis, None, out, *args, **kwargs)

    return extreme if ufunc in (np.maximum, np.minimum, np.logical_or, np.logical_and) else handler


for _function, _ufunc in (
    (np.sum, np.add), (np.prod, np.multiply), (np.max, np.maximum), (np.min, np.minimum), (np.amax, np.maximum),
    (np.amin, np.minimum), (np.any, np.logical_or), (np.all, np.logical_and),
):  # fmt: skip
    HANDLERS[_function] = reduction(_ufunc)


def accumulation(ufunc: Any) -> Any:
    """The handler of a function that is ufunc.accumulate."""

    def handler(t: Tracer, a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        a = operand(a)
        if out is not None or not isinstance(a, Traced):
            return NotImplemented
        a = as_array(a)
        if axis is None:
            a, axis = a.reshape(-1), 0
        return scan(t, ufunc, a, axis, dtype)

    return handler


HANDLERS[np.cumsum], HANDLERS[np.cumprod] = accumulation(np.add), accumulation(np.multiply)


# ---- joins ----------------------------------------------------------------------------------


@handles(np.concatenate)
def concatenate(
    t: Tracer, arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = "same_kind"
) -> Any:
    """np.concatenate."""
    if out is not None:
        return NotImplemented
    parts = [operand(a) for a in arrays]
    parts = [p if isinstance(p, Traced) else np.asarray(p) for p in parts]
    result = np.concatenate([np.asarray(plain(p)) for p in parts], axis, dtype=dtype, casting=casting)
    g = t.graph
    nodes = [node_of(t, p, result.dtype) for p in parts]
    if axis is None:
        flat = [operand(p).reshape(-1) if isinstance(p, TracedArray) else np.reshape(p, -1) for p in parts]
        nodes, axis = [node_of(t, p, result.dtype) for p in flat], 0
    result, order = settled(result)
    axis = int(axis) % result.ndim
    nodes = [t.permuted(n, order, result.ndim) for n in nodes if g.shape[n] != (0,) or result.ndim == 1]
    return of_array(t, g.join(nodes, axis if order is None else order.index(axis)), result)


@handles(np.stack)
def stack(
    t: Tracer, arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = "same_kind"
) -> Any:
    """np.stack."""
    if out is not None:
        return NotImplemented
    parts = [as_array(p) if isinstance(p, Traced) else np.asarray(p) for p in map(operand, arrays)]
    parts = [p if isinstance(p, Traced) or p.dtype != object else join_elements(p) for p in parts]
    ndim = parts[0].ndim + 1
    if any(p.shape != parts[0].shape for p in parts):
        raise ValueError("all input arrays must have the same shape")
    at = axis + ndim if axis < 0 else axis
    key = (*(slice(None),) * at, None)
    return concatenate(t, [p[key] for p in parts], at, dtype=dtype, casting=casting)


# ---- means and variances -----------------------------------------------------------------------


ADD: Any = np.add


def mean_of(a: Any, axis: Any, keepdims: bool) -> Any:
    """A sum and a division, as NumPy's own mean is."""
    axes = range(a.ndim) if axis is None else (axis if isinstance(axis, tuple) else (axis,))
    return ADD.reduce(a, axis=axis, keepdims=keepdims) / math.prod(a.shape[k] for k in axes)


@handles(np.mean)
def mean(
    t: Tracer, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, **kwargs: Any
) -> Any:
    """np.mean."""
    a, keepdims = operand(a), keepdims is not np._NoValue and bool(keepdims)
    if not isinstance(a, Traced) or dtype is not None or out is not None or not_given(kwargs) or a.dtype.kind != "f":
        return NotImplemented
    found = mean_of(as_array(a), axis, keepdims)
    return found if same(found, np.mean(plain(a), axis, keepdims=keepdims)) else NotImplemented


def not_given(kwargs: dict[str, Any]) -> bool:
    """Whether there is an option beside where=True."""
    return any(not (x is np._NoValue or name == "where" and x is True) for name, x in kwargs.items())


def spread_of(function: Any) -> Any:
    """The handler of np.var or np.std."""

    def handler(
        t: Tracer, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False,
        **kwargs: Any,
    ) -> Any:  # fmt: skip
        a, keepdims = operand(a), keepdims is not np._NoValue and bool(keepdims)
        if (
            not isinstance(a, Traced)
            or dtype is not None
            or out is not None
            or not_given(kwargs)
            or a.dtype.kind != "f"
        ):
            return NotImplemented
        x = as_array(a)
        axes = range(x.ndim) if axis is None else (axis if isinstance(axis, tuple) else (axis,))
        apart = x - mean_of(x, axis, True)
        n = math.prod(x.shape[k] for k in axes)
        found = np.add.reduce(apart * apart, axis=axis, keepdims=keepdims) / max(n - ddof, 0)
        found = np.sqrt(found) if function is np.std else found
        return found if same(found, function(plain(a), axis, ddof=ddof, keepdims=keepdims)) else NotImplemented

    return handler


HANDLERS[np.var], HANDLERS[np.std] = spread_of(np.var), spread_of(np.std)


# ---- products -------------------------------------------------------------------------------


@handles(np.dot)
def dot(t: Tracer, a: Any, b: Any, out: Any = None) -> Any:
    """np.dot: where its value is that of np.matmul."""
    a, b = operand(a), operand(b)
    if out is not None:
        return NotImplemented
    if not np.ndim(plain(a)) or not np.ndim(plain(b)):
        return np.multiply(a, b)
    if np.ndim(plain(a)) > 2 or np.ndim(plain(b)) > 2:
        return NotImplemented
    found = np.matmul(a, b)
    with np.errstate(all="ignore"):
        return found if same(found, np.dot(plain(a), plain(b))) else NotImplemented


# ---- what moves elements ---------------------------------------------------------------------

AS_CALL: set[Any] = {getattr(np.linalg, name) for name in (
    "svd", "svdvals", "qr", "eig", "eigh", "eigvals", "eigvalsh", "pinv", "matrix_rank", "det", "slogdet", "inv",
    "solve", "cholesky", "lstsq", "tensorinv", "tensorsolve",
)} | {
    np.roots, np.einsum, np.quantile, np.percentile, np.nanquantile, np.nanpercentile, np.median, np.nanmedian,
}  # fmt: skip
"""Functions of Python's whose derivatives as a whole are better than those of their parts."""


@handles(np.broadcast_arrays)
def broadcast_arrays(t: Tracer, *args: Any, **kwargs: Any) -> Any:
    """np.broadcast_arrays."""
    parts = [operand(a) for a in args]
    shape = np.broadcast_shapes(*(np.shape(plain(p)) for p in parts))
    return tuple(np.broadcast_to(p, shape) for p in parts)


@handles(np.take)
def take(t: Tracer, a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Any:
    """np.take with recorded indices, as an index."""
    if not isinstance(indices, Traced) or mode != "raise" or out is not None:
        return NotImplemented
    a = as_array(operand(a)) if find_tracer(a) is not None else array(t, a)
    if axis is None:
        return a.reshape(-1)[indices]
    axis = int(axis) % a.ndim
    return a[(*(slice(None),) * axis, indices)]


@handles(np.take_along_axis)
def take_along_axis(t: Tracer, arr: Any, indices: Any, axis: Any = -1) -> Any:
    """np.take_along_axis with recorded indices, as an index."""
    if not isinstance(indices, TracedArray):
        return NotImplemented
    arr = as_array(operand(arr)) if find_tracer(arr) is not None else array(t, arr)
    if axis is None:
        arr, axis = arr.reshape(-1), 0
    axis = int(axis) % arr.ndim
    if arr.ndim == 1:
        return arr[indices]
    key: list[Any] = []
    for k, n in enumerate(arr.shape):
        key.append(indices if k == axis else np.arange(n).reshape((n,) + (1,) * (arr.ndim - 1 - k)))
    return arr[tuple(key)]


@handles(np.sort)
def sort(t: Tracer, a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """np.sort: the elements at the places that np.argsort gives."""
    a = as_array(operand(a))
    if axis is None:
        a, axis = a.reshape(-1), 0
    places = call(t, np.argsort, (a, axis), {"kind": "stable"}, "np.argsort")
    found = take_along_axis(t, a, places, axis)
    return found if same(found, np.sort(a.value, axis, kind, order, stable=stable)) else NotImplemented


def asked(x: Any) -> Any:
    """Recorded integers and truths as plain data under guards."""
    if isinstance(x, Traced) and x.dtype.kind in "biu":
        x.ask()
        return x.value
    if type(x) in (list, tuple):
        return type(x)(map(asked, x))
    return x


def assembled(t: Tracer, function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """A function that puts elements together: NumPy's own on positions that are numbered through."""
    sources = JOINED[function]
    nodes: list[int] = []
    args = tuple(a if k in sources else asked(a) for k, a in enumerate(args))
    kwargs = {name: asked(x) for name, x in kwargs.items()}
    if find_tracer(([a for k, a in enumerate(args) if k not in sources], kwargs)) is not None:
        return call(t, function, args, kwargs, name_of(function))
    value = function(*plain(args), **kwargs)
    start = 0

    def numbered(x: Any) -> Any:
        nonlocal start
        if isinstance(x, (list, tuple)) and any(isinstance(e, (list, tuple, np.ndarray, Traced)) for e in x):
            return type(x)([numbered(e) for e in x])
        x = operand(x)
        node = node_of(t, x if isinstance(x, Traced) else np.asarray(x), value.dtype)
        shape = t.graph.shape[node]
        dense = t.graph.copy(node)
        nodes.append(t.graph.view(dense, 0, (int(np.prod(shape)),), (1,)))
        found = np.arange(start, start + np.size(plain(x))).reshape(np.shape(plain(x)))
        start += found.size
        return found if found.ndim else int(found)

    places = function(*(numbered(a) if k in sources else a for k, a in enumerate(args)), **kwargs)
    from .indexing import taken

    return taken(t, t.graph.join(nodes, 0), np.asarray(places), value)


def written(t: Tracer, function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """A function that writes elements into an array."""
    names = {np.copyto: ("dst", "src", "where"), np.put: ("a", "ind", "v"), np.place: ("arr", "mask", "vals"),
             np.putmask: ("a", "mask", "values"), np.put_along_axis: ("arr", "indices", "values", "axis"),
             np.fill_diagonal: ("a", "val", "wrap")}[function]  # fmt: skip
    if function is np.copyto and "where" in kwargs:
        args = (*args, kwargs.pop("where"))
        if args[2] is True:
            args = args[:2]
    else:
        args = [*args, *(kwargs.pop(name) for name in names[len(args) :] if name in kwargs)]
    source = WRITERS[function][1]
    x = args[0]
    if not isinstance(x, TracedArray):
        return t.fail(f"{name_of(function)} writes what depends on an argument into a plain array")
    if function is np.copyto and is_traced(args[-1]) and len(args) == 3:
        node = t.graph.apply(
            "where", node_of(t, args[2], None), node_of(t, operand(args[1]), x.dtype), x.node, dtype=x.dtype
        )
        np.copyto(x.value, plain(args[1]), where=plain(args[2]), **kwargs)
        from .traced import write_window

        write_window(x, x.value, node)
        return None
    args = [a if k in (0, source) else asked(a) for k, a in enumerate(args)]
    y = operand(args[source])
    if find_tracer([a for k, a in enumerate(args) if k not in (0, source)]) is not None:
        return t.fail(f"{name_of(function)} with places that are no integers or truths")
    g = t.graph
    n, m = x.value.size, int(np.size(plain(y)))
    into = np.arange(n).reshape(x.value.shape)
    others = [a for k, a in enumerate(args) if k not in (0, source)]
    order = [into, *others]
    order.insert(source, np.arange(n, n + m).reshape(np.shape(plain(y))))
    if function is np.copyto:
        np.copyto(order[0], order[1], where=order[2] if len(order) > 2 else True)
    else:
        function(*order, **kwargs)
    old = g.copy(x.node)
    node = node_of(t, y if isinstance(y, Traced) else np.asarray(y), x.dtype)
    new = g.copy(node)
    both = g.join([g.view(old, 0, (n,), (1,)), g.view(new, 0, (m,), (1,))], 0)
    found = g.take(both, g.constant(into))
    if function is np.copyto and len(args) == 3:
        np.copyto(x.value, plain(y), where=args[2], **kwargs)
    else:
        function(*plain(args), **kwargs)
    from .traced import write_window

    write_window(x, x.value, found)
    return None


HOOKS["function"] = function_call


# ---- methods --------------------------------------------------------------------------------


def method(name: str) -> Callable[[F], F]:
    """Registers function(self, ...) as a method."""

    def register(function: F) -> F:
        METHODS[name] = lambda x: types.MethodType(function, x)
        return function

    return register


def of_function(function: Any) -> Callable[..., Any]:
    """The method that is a function of NumPy's."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.tracer.done:
            return function(self.value, *plain(args), **plain(kwargs))
        return function_call(self.tracer, function, (self, *args), kwargs)

    return method


for _name in (
    "sum", "mean", "prod", "max", "min", "cumsum", "ravel", "squeeze", "swapaxes", "repeat", "diagonal", "trace",
    "dot", "argmax", "argmin", "argsort", "any", "all", "nonzero", "round", "searchsorted", "clip", "std", "var",
    "take", "cumprod", "put", "choose", "argpartition",
):  # fmt: skip

    method(_name)(of_function(getattr(np, _name)))


METHODS["T"] = lambda x: np.transpose(x) if x.ndim else x
METHODS["mT"] = lambda x: np.matrix_transpose(x)
METHODS["real"] = lambda x: x if x.dtype.kind != "c" else np.real(x)
METHODS["imag"] = lambda x: np.imag(x)
METHODS["flat"] = lambda x: Flat(x)
METHODS["to_device"] = lambda x: lambda device, /, *, stream=None: x
METHODS["strides"] = lambda x: getattr(x.value, "strides", ())
METHODS["itemsize"] = lambda x: np.asarray(x.value).itemsize
METHODS["nbytes"] = lambda x: np.asarray(x.value).nbytes
METHODS["flags"] = lambda x: np.asarray(x.value).flags
METHODS["base"] = lambda x: x.value.base
METHODS["device"] = lambda x: "cpu"


def complex_part(t: Tracer, x: Any, k: int) -> Any:
    """The real (k = 0) or imaginary part of a complex array, with the gaps in memory that NumPy's view of it has."""
    if isinstance(x, TracedNumber):
        return call(t, (np.real, np.imag)[k], (x,), {}, ("np.real", "np.imag")[k])
    order = memory_order(x.value)
    turned = x.value if order is None else x.value.transpose(order)
    if not turned.flags.c_contiguous:
        return t.fail("a part of a complex array with gaps in its memory")
    pairs = np.ascontiguousarray(turned).copy().view(turned.real.dtype).reshape(*turned.shape, 2)
    node = t.permuted(x.node, order, turned.ndim)
    (node,) = t.call(as_pairs, "view of complex numbers as pairs", [node], [pairs], "real")
    value = pairs[..., k] if order is None else pairs[..., k].transpose(np.argsort(order))
    value.flags.writeable = False  # what is written to it would not be seen in x
    return TracedArray(value, Storage(node, pairs), t)


def as_pairs(z: Any) -> tuple[Any]:
    """Complex numbers as pairs of real ones."""
    return (np.stack([np.real(z), np.imag(z)], axis=-1),)


@handles(np.real)
def real(t: Tracer, val: Any) -> Any:
    """The array itself where it is real."""
    if not isinstance(val, Traced):
        return NotImplemented
    return val if val.dtype.kind != "c" else complex_part(t, val, 0)


@handles(np.imag)
def imag(t: Tracer, val: Any) -> Any:
    """The imaginary part; zeros where the array is real."""
    if not isinstance(val, Traced) or val.dtype.kind != "c":
        return NotImplemented
    return complex_part(t, val, 1)


for _about_function in (np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type, np.can_cast,
                  np.min_scalar_type, np.common_type, np.may_share_memory, np.shares_memory):  # fmt: skip

    def _about(t: Tracer, *args: Any, _function: Any = _about_function, **kwargs: Any) -> Any:
        return _function(*plain(args), **plain(kwargs))

    HANDLERS[_about_function] = _about


@method("reshape")
def reshape(x: Any, *shape: Any, order: str = "C", copy: Any = None) -> Any:
    """x.reshape."""
    given: Any = shape[0] if len(shape) == 1 else shape
    given = tuple(int(n) for n in given) if np.ndim(given) else int(given)
    return moved(x, lambda v: v.reshape(given, order=order, copy=copy))


@method("transpose")
def transpose(x: Any, *axes: Any) -> Any:
    """x.transpose."""
    return moved(x, lambda v: v.transpose(*axes))


@method("flatten")
def flatten_(x: Any, order: str = "C") -> Any:
    """x.flatten()."""
    return moved(x, lambda v: v.flatten(order))


@method("copy")
def copy_(x: Any, order: str = "C") -> Any:
    """x.copy()."""
    return copied(x, order) if isinstance(x, TracedArray) else x


@method("astype")
def astype(x: Any, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True) -> Any:
    """x.astype(dtype)."""
    t = x.tracer
    if isinstance(x, TracedNumber):
        value = np.asarray(x.value)[()].astype(dtype)
        return TracedNumber(value, t.graph.cast(x.node, value.dtype), t)
    value = x.value.astype(dtype, order, casting, copy=copy)
    if value is x.value:
        return x
    if value.dtype.kind not in "biufc":
        return t.fail(f"an array became one of {value.dtype}")
    value, order_ = settled(value)
    node = t.graph.cast(t.permuted(x.node, order_, value.ndim), value.dtype)
    return of_array(t, node, value)


@method("item")
def item(x: Any, *args: Any) -> Any:
    """One element, as a Python number."""
    found = (
        x[args[0] if len(args) == 1 and isinstance(args[0], tuple) else args]
        if args and len(args) + 0 > 1
        else (x.reshape(-1)[args[0]] if args else x.reshape(-1)[0] if isinstance(x, TracedArray) else x)
    )
    return TracedNumber(np.asarray(found.value).item(), found.node, x.tracer)


@method("tolist")
def tolist(x: Any) -> Any:
    """Nested lists of numbers."""
    if isinstance(x, TracedNumber):
        return item(x)
    return [tolist(e) for e in x] if x.ndim else item(x)


@method("fill")
def fill(x: Any, value: Any) -> None:
    """Every element becomes value."""
    x[...] = value


@method("sort")
def sort_(x: Any, axis: int = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> None:
    """Sorts in place."""
    x[...] = np.sort(x, axis, kind, order, stable=stable)


@method("partition")
def partition(x: Any, kth: Any, axis: int = -1, kind: Any = "introselect", order: Any = None) -> None:
    """Partitions in place."""
    x[...] = np.partition(x, kth, axis, kind, order)


@method("compress")
def compress(x: Any, condition: Any, axis: Any = None, out: Any = None) -> Any:
    """x.compress(condition)."""
    return np.compress(condition, x, axis, out)


@method("conj")
@method("conjugate")
def conjugate(x: Any) -> Any:
    """The complex conjugate; x itself where it is real."""
    if type(x.value) is complex:    # which stays one of Python's
        return TracedNumber(x.value.conjugate(), x.tracer.graph.apply("conjugate", x.node), x.tracer)
    return np.conjugate(x) if x.dtype.kind == "c" else x


@method("view")
def view(x: Any, *args: Any, **kwargs: Any) -> Any:
    """x.view() without another type."""
    if args or kwargs:
        return x.tracer.fail("x.view(dtype) of an array that depends on an argument")
    return x[...]


@method("__round__")
def rounded(x: Any, n: int = 0) -> Any:
    """round(x)."""
    return np.round(x, n)


class Flat:
    """x.flat."""

    def __init__(self, x: Any) -> None:
        self.x = as_array(x)

    def row(self) -> tuple[TracedArray, np.ndarray]:
        """(the array, the places of its elements in C order)."""
        return self.x, np.arange(self.x.size).reshape(self.x.shape).reshape(-1)

    def __len__(self) -> int:
        return int(self.x.size)

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key: Any) -> Any:
        return self.x.reshape(-1)[key].copy() if not isinstance(key, (int, np.integer)) else self.x.reshape(-1)[key]

    def __setitem__(self, key: Any, y: Any) -> None:
        places = np.arange(self.x.size)[key]
        y = operand(y)
        if np.ndim(plain(y)) and np.size(plain(y)) != np.size(places):
            y = np.resize(y, np.shape(places))
        self.x[np.unravel_index(places, self.x.shape)] = y

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.x.reshape(-1).__array__(dtype)

    @property
    def base(self) -> Any:
        """The array."""
        return self.x

    def copy(self) -> Any:
        """The elements in C order."""
        return self.x.flatten()


def set_shape(x: TracedArray, shape: Any) -> None:
    """x.shape = shape."""
    value = x.value.view()
    value.shape = shape
    x.become(value)


SETTERS["shape"] = set_shape
SETTERS["flat"] = lambda x, y: Flat(x).__setitem__(slice(None), y)
SETTERS["imag"] = lambda x, y: np.imag(x).__setitem__(Ellipsis, y)
SETTERS["real"] = lambda x, y: x.__setitem__(Ellipsis, y)


def of_element(ufunc: Any) -> Any:
    """The method of an element that NumPy calls for a ufunc of an array of objects."""

    def method(self: Any, *others: Any) -> Any:
        if ufunc is not np.sqrt:  # whose bits are the same in every loop
            return self.tracer.fail(OBJECTS)
        return ufunc(self, *others)

    return method


for _name, _rule in RULES.items():
    # what NumPy asks the elements of an array of objects for
    if isinstance(getattr(np, _name, None), np.ufunc) and not hasattr(TracedNumber, _name):
        ELEMENTS[_name] = of_element(getattr(np, _name))
for _name in ALIASES:
    ELEMENTS[_name] = of_element(getattr(np, _name))
