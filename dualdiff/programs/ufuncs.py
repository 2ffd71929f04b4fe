"""Ufuncs of recorded arrays in every form but the plain call: out=, where=, dtype=, methods; matmul."""

from typing import Any

import numpy as np

from .calls import call
from .indexing import as_array, fitted, settled
from .traced import (
    HOOKS,
    TracedArray,
    TracedNumber,
    apply,
    find_tracer,
    is_traced,
    loop_of,
    name_of,
    node_of,
    of_array,
    operand,
    plain,
    write_window,
)  # fmt: skip
from .tracer import Storage, Tracer

__all__ = ["matmul", "reduce", "result_of", "scan"]


def method(t: Tracer, ufunc: Any, kind: str, inputs: Any, kwargs: dict[str, Any]) -> Any:
    """A ufunc, or one of its methods, with options."""
    given = inputs
    inputs = tuple(map(operand, inputs))
    outs = kwargs.get("out")
    if outs is not None and any(isinstance(o, np.ndarray) for o in outs):
        return t.fail(
            f"np.{ufunc.__name__} writes what depends on an argument into a plain array; make it with np.zeros_like(x)"
        )
    if kind == "__call__":
        return called(t, ufunc, inputs, kwargs)
    name = name_of(ufunc)
    options = {key: x for key, x in kwargs.items() if not (key == "out" and x is None)}
    out = options.pop("out", None)
    found: Any = NotImplemented
    if name is not None and kind == "reduce" and is_traced(inputs[0]):
        found = reduce(t, ufunc, *inputs, **options)
    elif name is not None and kind == "accumulate" and is_traced(inputs[0]):
        found = scan(t, ufunc, *inputs, **options)
    elif name is not None and kind == "outer" and not options:
        a, b = (as_array(x) if isinstance(x, TracedNumber) else x for x in inputs)
        found = ufunc(a[(..., *(None,) * np.ndim(b))] if np.ndim(a) else a, b)
    elif kind == "at":
        return at(t, ufunc, inputs[0], given[1], *inputs[2:])      # a tuple of indices is one for each axis
    if found is NotImplemented:
        found = call(t, getattr(ufunc, kind), inputs, options, f"np.{ufunc.__name__}.{kind}")
    return found if out is None else delivered(found, out[0])


def delivered(found: Any, out: Any) -> Any:
    """out, after a result was written into it."""
    out[...] = found
    return out


def called(t: Tracer, ufunc: Any, inputs: Any, kwargs: dict[str, Any]) -> Any:
    """ufunc(*inputs, out=, where=, dtype=, casting=, order=)."""
    if ufunc is np.matmul and not set(kwargs) - {"out"}:
        found = matmul(t, *inputs)
        return found if kwargs.get("out") is None else delivered(found, kwargs["out"][0])
    if ufunc.signature is not None and getattr(np, ufunc.__name__, None) is not ufunc:
        return t.fail(f"{ufunc.__name__} has no derivative by itself")  # inside of functions of numpy.linalg
    name = name_of(ufunc)
    if name is None or set(kwargs) - {"out", "where", "dtype", "casting"}:
        if "out" not in kwargs:
            return call(t, ufunc, inputs, kwargs, f"np.{ufunc.__name__}")
        rest = {key: x for key, x in kwargs.items() if key != "out"}
        found = call(t, ufunc, inputs, rest, f"np.{ufunc.__name__}")
        parts = found if isinstance(found, tuple) else (found,)
        outs = tuple(p if o is None else delivered(p, o) for p, o in zip(parts, kwargs["out"], strict=True))
        return outs if isinstance(found, tuple) else outs[0]
    values = [plain(x) for x in inputs]
    dtype, where = kwargs.get("dtype"), kwargs.get("where", True)
    if dtype is not None:  # a class of dtypes is taken, too
        dtype = np.dtype(getattr(dtype, "type", dtype) if isinstance(dtype, type) else dtype)
        if dtype.kind not in "biufc":
            return t.fail(f"np.{ufunc.__name__} computes with {dtype}")
    out = (kwargs.get("out") or (None,))[0]
    kinds = [type(v) if type(v) in (float, int, complex) else np.asarray(v).dtype for v in values]
    if dtype is None:
        loop = loop_of(ufunc, values)
    else:
        loop = ufunc.resolve_dtypes((*kinds, dtype), casting=kwargs.get("casting", "same_kind"),
                                    signature=(None,) * len(kinds) + (dtype,))  # fmt: skip
    if out is None:
        if where is not True:
            return t.fail(f"np.{ufunc.__name__} with where= and without out= leaves elements that nobody has set")
        return result_of(t, name, inputs, ufunc(*values, **plain(kwargs)), loop)
    if not isinstance(out, TracedArray):
        raise TypeError("return arrays must be of ArrayType")
    window = out.value
    order = tuple(sorted(range(window.ndim), key=lambda k: -abs(window.strides[k])))
    g = t.graph
    nodes = [t.permuted(node_of(t, x, d), order, window.ndim) if window.ndim > 1 else node_of(t, x, d)
             for x, d in zip(inputs, loop, strict=False)]  # fmt: skip
    node = g.cast(g.apply(name, *nodes, dtype=loop[-1]), window.dtype)
    if where is not True:
        mask = t.permuted(node_of(t, operand(where), np.dtype(bool)), order, window.ndim)
        node = g.apply("where", mask, node, t.permuted(out.node, order, window.ndim), dtype=window.dtype)
    ufunc(*values, **plain(kwargs))
    write_window(out, window.transpose(order), node)
    return out


def result_of(t: Tracer, name: str, operands: Any, result: Any, loop: Any) -> Any:
    """`traced.record` with known dtypes."""
    if isinstance(result, np.ndarray):
        result, _ = settled(result)
        return of_array(t, apply(t, name, operands, result, loop), result)
    node = t.graph.apply(name, *[node_of(t, x, d) for x, d in zip(operands, loop, strict=False)], dtype=loop[-1])
    return TracedNumber(result, node, t)


def ordered(x: TracedArray) -> tuple[int, tuple[int, ...]]:
    """(node, order): x with its axes from the slowest to the fastest in memory, and where each of them was."""
    v = x.value
    order = tuple(sorted(range(v.ndim), key=lambda k: -abs(v.strides[k])))
    return x.tracer.permuted(x.node, order, v.ndim), order


def reduce(
    t: Tracer, ufunc: Any, x: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False,
    initial: Any = np._NoValue, where: Any = True,
) -> Any:  # fmt: skip
    """ufunc.reduce."""
    if ufunc.nin != 2 or not is_traced(x):
        return NotImplemented
    x = as_array(x)
    v = x.value
    if where is not True or initial is not np._NoValue and initial is not None:
        return with_options(t, ufunc, x, axis, dtype, keepdims, initial, where)
    keepdims = bool(keepdims)
    options = {} if dtype is None else {"dtype": dtype}
    result = ufunc.reduce(v, axis=plain(axis), keepdims=keepdims, **options)
    g = t.graph
    axes = (
        tuple(range(v.ndim))
        if axis is None
        else tuple(int(a) % max(v.ndim, 1) for a in (axis if isinstance(axis, tuple) else (axis,)))
    )
    if not v.ndim:
        axes = ()
    if dtype is not None and np.dtype(dtype) != v.dtype:
        return NotImplemented
    r = np.asarray(result)
    if r.dtype.kind == "O" or not v.size:
        return NotImplemented
    if r.ndim > 1 and not r.flags.c_contiguous:
        node, order = ordered(x)
        inner = tuple(k for k, a in enumerate(order) if a in axes)
        kept = [a for a in order if keepdims or a not in axes]
        shown = r.transpose([a if keepdims else sum(b not in axes for b in range(a)) for a in kept])
        if not shown.flags.c_contiguous:
            return NotImplemented
        found = g.reduce(ufunc.__name__, node, inner, keepdims, r.dtype)
    else:
        found = g.reduce(ufunc.__name__, x.node, tuple(sorted(axes)), keepdims, r.dtype)
    if isinstance(result, np.ndarray):
        return TracedArray(result, Storage(found, result), t)
    return TracedNumber(result, found, t)


def with_options(t: Tracer, ufunc: Any, x: Any, axis: Any, dtype: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """ufunc.reduce with initial= and where=, in other words where the order of operations makes no difference."""
    if ufunc.__name__ not in ("maximum", "minimum", "fmax", "fmin", "logical_and", "logical_or"):
        return NotImplemented
    options = {"axis": axis, "keepdims": keepdims} | ({} if dtype is None else {"dtype": dtype})
    given = initial is not np._NoValue and initial is not None
    start = plain(initial) if given else ufunc.identity
    if start is None:
        return NotImplemented
    wanted = ufunc.reduce(x.value, where=plain(where), **options, **({"initial": start} if given else {}))
    chosen = x if where is True else np.where(where, x, np.asarray(start, x.dtype))
    found = reduce(t, ufunc, chosen, **options)
    if found is NotImplemented:
        return found
    if given:
        found = ufunc(initial, found)
    same = np.asarray(plain(found)).tobytes() == np.asarray(wanted).tobytes() and type(plain(found)) is type(wanted)
    return found if same and np.shape(wanted) == found.shape else NotImplemented


def scan(t: Tracer, ufunc: Any, x: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    """ufunc.accumulate."""
    x = as_array(x)
    v = x.value
    if dtype is not None and np.dtype(dtype) != v.dtype or ufunc.nin != 2 or not v.ndim or not v.size:
        return NotImplemented
    result = ufunc.accumulate(v, axis)
    if result.dtype != v.dtype:
        return NotImplemented
    axis = int(axis) % v.ndim
    if result.flags.c_contiguous:
        return TracedArray(result, Storage(t.graph.scan(ufunc.__name__, x.node, axis), result), t)
    node, order = ordered(x)
    if not result.transpose(order).flags.c_contiguous:
        return NotImplemented
    return TracedArray(result, Storage(t.graph.scan(ufunc.__name__, node, order.index(axis)), result), t)


def matmul(t: Tracer, a: Any, b: Any) -> Any:
    """a @ b."""
    values = plain(a), plain(b)
    result = np.matmul(*values)
    loop = loop_of(np.matmul, [np.asarray(v) for v in values])
    g = t.graph
    nodes = [node_of(t, x if is_traced(x) else np.asarray(x), d) for x, d in zip((a, b), loop, strict=False)]
    node = g.matmul(*nodes)
    if isinstance(result, np.ndarray):
        if not result.flags.c_contiguous:
            return call(t, np.matmul, (a, b), {}, "np.matmul")
        return TracedArray(result, Storage(node, result), t)
    return TracedNumber(result, node, t)


def at(t: Tracer, ufunc: Any, x: Any, key: Any, *more: Any) -> None:
    """ufunc.at: elements of x one after the other."""
    if not isinstance(x, TracedArray):
        t.fail("np.ufunc.at writes into a plain array")
    g = t.graph

    def unrecorded(index: Any) -> Any:
        return plain(index) if find_tracer(index) is None else np.asarray(index)  # a recorded index is plain data here

    key = tuple(map(unrecorded, key)) if type(key) is tuple else unrecorded(key)
    from .indexing import positions

    places = np.asarray(positions(x)[key])
    y = [operand(m) for m in more]
    if (ufunc is np.add or ufunc is np.subtract) and np.ndim(plain(y[0])) <= places.ndim:
        constant = g.constant(np.ascontiguousarray(places).reshape(places.shape))
        node = fitted(t, node_of(t, y[0], x.value.dtype), places.ndim)
        if ufunc is np.subtract:
            node = g.apply("negative", node)
        ufunc.at(x.value, key, plain(y[0]))
        x.store.node = g.put_add(x.store.node, constant, node)
        return None

    def written(a: Any, *more: Any) -> Any:
        a = a.copy()
        ufunc.at(a, key, *more)
        return a

    x[...] = call(t, written, (x, *y), {}, f"np.{ufunc.__name__}.at")
    return None


HOOKS["method"] = method
