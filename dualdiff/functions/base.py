"""What the chapters share: the registry, operands (operands.py), and the shape of a handler.

A handler has the NumPy function's own signature.  It says which linear map the function is
(`linear`), or is written in functions that have handlers.  Its registration says what else there is to know: whether
the function moves elements, and how it goes on a stack of tangents (rows.py).

Invariant: FUNCTIONS maps a NumPy function to the one handler that answers for it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import (
    Dual,
    DualArray,
    NotSecondOrder,
    OnStack,
    Packed,
    find_duals,
    is_shared,
    make,
    make_array,
    mark_shared,
    note_call,
    rebind,
    view_parts,
)  # fmt: skip
from ..errors import DualDiffError, LostDerivativeError, ShapeError, UnsupportedError
from ..maps.base import dtype_of
from ..maps.tangents import find_tag, is_dual, is_node, like_layout, peel, push, push_second, push_view, rows_of
from ..quiet import quietly
from .constants import constant_call
from .operands import as_operand, has_duals, is_sparse, numbers_in, plain_operand, rebuild, value_of
from .rows import Declaration

__all__ = [
    "FUNCTIONS", "JOINED", "MOVES", "REFUSED", "STACKED", "WRITERS", "as_operand", "assembled", "axis_tuple", "deliver",
    "exact", "handles", "has_duals", "has_second", "is_sparse", "linear", "numbers_in", "own", "plain_operand",
    "rebuild", "reduced_axes", "refuse_options", "same_memory", "value_of", "view", "with_value",
]  # fmt: skip

FUNCTIONS: dict[Any, Any] = {}
REFUSED: dict[Any, Any] = {}    # a NumPy function that has no derivative -> why, and what to write instead


MOVES: set[Any] = set()
"""Functions that show or move the elements of their first argument, wherever these are put by the others."""

JOINED: dict[Any, tuple[int, ...]] = {}
"""Functions that put the elements of several arrays together: the places of the arguments that have elements."""

WRITERS: dict[Any, tuple[int, ...]] = {}
"""Functions that write elements into their first argument: its place, and that of what is written."""

STACKED: dict[Any, OnStack] = {}
"""How functions go on a stack of tangents: what the compiled core reads."""


def handles(
    *functions: Any,
    moves: bool = False,
    joins: tuple[int, ...] = (),
    writes: tuple[int, ...] = (),
    stacked: Declaration | None = None,
) -> Callable[..., Any]:
    """Registers a handler for NumPy functions, and whether they do nothing but move elements.

    Those that do (`MOVES`, `JOINED`, `WRITERS`) are operations of programs by that.  stacked: how they go on a stack
    of tangents (rows.py), for speed.
    """

    def register(handler: Any) -> Any:
        for function in functions:
            FUNCTIONS[function] = handler
        MOVES.update(functions if moves else ())
        JOINED.update(dict.fromkeys(functions, joins) if joins else {})
        WRITERS.update(dict.fromkeys(functions, writes) if writes else {})
        STACKED.update({function: stacked(function, handler) for function in functions} if stacked else {})
        return handler

    return register


whole_calls: list[Any] = []
"""What takes a call whose handler has no share of second order as one operation, or gives None: see
transforms/wholecalls.py, which puts it here."""


def dispatch(function: Any, args: Any, kwargs: Any) -> Any:
    """__array_function__ of both types."""
    note_call()
    args = tuple(map(plain_operand, args))
    if kwargs:
        kwargs = {name: plain_operand(x) for name, x in kwargs.items()}
    handler = FUNCTIONS.get(function)
    found = find_duals((args, *kwargs.values()))
    if found == 1 or found & 4 and function not in SHAPES:      # no derivative to lose
        return constant_call(function, args, kwargs, handler)
    try:
        if handler is not None:
            if kwargs.get("out") is not None and function not in JOINS:
                rest = {name: x for name, x in kwargs.items() if name != "out"}
                if find_duals((args, *rest.values())) != 2:      # a constant is written to a dual array
                    return deliver(function(*args, **rest), kwargs["out"])
            return handler(*args, **kwargs)
        if found == 0:      # like= of a function that has no rule: what it makes is a constant
            return as_buffers(function(*args, **kwargs))
        raise without_rule(function)
    except NotSecondOrder:
        for whole in whole_calls:
            result = whole(function, args, kwargs)
            if result is not None:
                return result
        raise
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        if not isinstance(error, DualDiffError):
            ask_numpy(function, args, kwargs)
        raise


def without_rule(function: Any) -> Any:
    """The error of a function that has no rule."""
    name = f"{getattr(function, '__module__', 'numpy')}.{getattr(function, '__name__', function)}"
    if function in REFUSED:
        return UnsupportedError(f"{name} is not differentiable: {REFUSED[function]}")
    return UnsupportedError(
        f"{name} has no derivative rule in dualdiff; write it with functions that have one, "
        "or apply it to x.value if its derivative is not needed"
    )


def ask_numpy(function: Any, args: Any, kwargs: Any) -> None:
    """A rule has failed: raises NumPy's own error where the values alone raise one, too."""
    # what writes into an argument is not called to see whether it raises
    if function in WRITERS or any(callable(x) for x in (*args, *kwargs.values())):
        return
    plain = [value_of(x) for x in args]
    named = {name: value_of(x) for name, x in kwargs.items()}
    out = named.get("out")
    if isinstance(out, np.ndarray):
        named["out"] = out.copy()
    elif isinstance(out, tuple):
        named["out"] = tuple(value_of(o).copy() if isinstance(value_of(o), np.ndarray) else o for o in out)
    try:
        with quietly():
            function(*plain, **named)
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise error from None


SHAPES = {np.broadcast_to, np.reshape, np.ravel, np.transpose}
"""Functions that keep the tangents of an array without elements."""

JOINS = {np.concatenate, np.stack}
"""Functions whose out= must have the result's own shape; their rules look after it."""


def as_buffers(result: Any) -> Any:
    """New float arrays as ones that can take derivatives; a view of memory that was there before cannot be written."""
    if isinstance(result, tuple):
        kind = type(result)
        return (kind._make if hasattr(kind, "_make") else kind)(map(as_buffers, result))
    if type(result) is np.ndarray and result.dtype.char in "fdFD":
        if result.base is None:
            return make_array(result, None, -1)
        result.flags.writeable = False
    return result


# ---- axes, maps, memory ----------------------------------------------------------------------


def axis_tuple(axis: Any, ndim: Any) -> Any:
    """An axis argument as a tuple of axes that are not negative; None for all."""
    if axis is None:
        return tuple(range(ndim))
    out = []
    for a in (axis,) if hasattr(axis, "__index__") else axis:
        a = a.__index__()
        if not -ndim <= a < ndim:
            raise np.exceptions.AxisError(a, ndim)
        out.append(a % ndim)
    return tuple(out)


def refuse_options(function: Any, options: dict[str, Any]) -> None:
    """Raises where a function is given options that its rule does not know, if they can change its numbers."""
    asked = options.keys() - {"casting", "order", "subok"}
    if asked:
        given = ", ".join(f"{name}=" for name in options if name in asked)
        raise UnsupportedError(
            f"numpy.{function.__name__} with {given} has no derivative rule in dualdiff; write what it does as other "
            "calls (np.moveaxis, x.astype, np.where)"
        )


def reduced_axes(axis: Any, ndim: Any) -> Any:
    """`axis_tuple` of a reduction, which takes axis 0 and -1 of what has no axes."""
    return () if ndim == 0 and hasattr(axis, "__index__") and axis in (0, -1) else axis_tuple(axis, ndim)


# ---- results -------------------------------------------------------------------------------


def linear(function: Any, make_map: Any, *xs: Any) -> Any:
    """The dual of a function that is linear in xs jointly.

    function(*values) gives the value; make_map(values, value) the linear map.
    """
    xs = tuple(as_operand(x) for x in xs)
    tag = find_tag(*xs)
    pairs = [peel(x, tag) for x in xs]
    values = [np.float64(v) if type(v) is float and type(x) is Dual else v for (v, _), x in zip(pairs, xs, strict=True)]
    value = function(*values)
    tangents = [t for _, t in pairs]
    if all(t is None for t in tangents):
        return make(value, None, -1) if isinstance(value, np.ndarray) and any(map(is_dual, xs)) else value
    if any(type(t) is Packed for t in tangents):
        return make(value, push_second(make_map(values, value), tangents, True), tag)
    return make(value, push(make_map(values, value), tangents), tag)


def view(function: Any, make_map: Any, x: Any) -> Any:
    """`linear` for a function whose result is a view of x where NumPy's is."""
    if type(x) is not DualArray:
        return linear(lambda v: element(function(v)), make_map, x)
    value = function(x.value)
    if not isinstance(value, (np.ndarray, DualArray)):
        return linear(function, make_map, x)
    map = make_map((x.value,), value)
    t = x.tangents
    tangent = None if t is None else push_view(map, t)
    tag = x.tag
    if not same_memory(value, x.value):     # the layout does not allow it: NumPy gives a copy
        return make_array(value, own(tangent), tag)
    if t is not None and not is_node(tangent) and not same_memory(tangent, t):
        if same_layout(x):
            return view(function, make_map, x)
        plain = value_of(value)     # a write into this view could not reach the base's tangents
        plain.flags.writeable = False
    return make_array(value, tangent, tag, x, map)


def element(x: Any) -> Any:
    """An array without axes as the scalar that is its element; anything else as it is."""
    return x[()] if isinstance(x, (np.ndarray, DualArray)) and not np.ndim(x) else x


def same_layout(x: Any) -> bool:
    """Gives x's tangents (those of the array that x is a view of) the value's layout; False if they had it."""
    while view_parts(x)[0] is not None:
        x = view_parts(x)[0]
    t, shared = x.tangents, is_shared(x)
    laid = like_layout(x.value, t)
    if plain_strides(laid) == plain_strides(t):
        return False
    rebind(x, x.value, laid, x.tag, False)
    mark_shared(x, shared)
    return True


def plain_strides(t: Any) -> Any:
    """The strides of the numbers under any depth of duals."""
    return value_of(t.rows if type(t) is Packed else t).strides


def same_memory(a: Any, b: Any) -> Any:
    """Whether one is a view of the other."""
    if type(a) is Packed:
        a, b = a.rows, b.rows
    return np.may_share_memory(value_of(a), value_of(b)) or np.size(value_of(a)) == 0


def has_second(x: Any) -> bool:
    """Whether derivatives of x are themselves differentiated."""
    return is_dual(x) and (type(x.tangents) is Packed or is_dual(x.value))


def own(t: Any) -> Any:
    """Tangents of an operand as those of a result in memory of its own."""
    return t if t is None else rows_of(t, "copy")


def with_value(x: Any, value: Any) -> Any:
    """x with NumPy's own value, where ours was summed or multiplied in another order."""
    if not is_dual(x) or x.tangents is None:
        return value
    if np.shape(x) != np.shape(value):
        raise ShapeError(f"the derivative was composed for shape {np.shape(x)}, NumPy's value has {np.shape(value)}")
    inner = with_value(x.value, value) if is_dual(x.value) else value
    return make(inner, own(x.tangents), x.tag)


def exact(result: Any, value: Any) -> Any:
    """A composed result with the value and the type of NumPy's own function."""
    if not is_dual(result) or value.dtype.kind not in "fc":      # integers and text hold no derivative
        return value
    if result.dtype != value.dtype:
        result = result.astype(value.dtype)
    if result.tangents is None and isinstance(value, np.ndarray):
        return make(value, None, -1)    # still a buffer that can take derivatives
    return with_value(result, value)


def assembled(function: Any, *xs: Any) -> Any:
    """Any function that only puts elements of several arrays together: function(positions...) tells how."""
    operands = [as_operand(x) for x in xs]
    operands = [x if is_dual(x) else np.asarray(x) for x in operands]
    ends = np.cumsum([np.size(x) for x in operands])
    places = [np.arange(end - np.size(x), end).reshape(np.shape(x)) for x, end in zip(operands, ends, strict=True)]
    everything = np.concatenate([np.reshape(x, -1) for x in operands])
    values = [value_of(x) if is_dual(x) else value_of(y) for x, y in zip(operands, xs, strict=True)]
    return exact(everything[function(*places)], function(*values))


def deliver(result: Any, out: Any, casting: Any = "unsafe") -> Any:
    """Puts a result into out=, which must be able to hold its derivative; integers and text hold the value."""
    if out is None:
        return result
    if isinstance(out, tuple):
        (out,) = out
        if out is None:
            return result
    if not is_dual(out) and is_dual(result) and result.tag >= 0:
        if not isinstance(out, np.ndarray):
            raise TypeError("return arrays must be of ArrayType")
        if out.dtype.kind in "fc":
            raise LostDerivativeError(
                "out= is a plain array, which cannot hold a derivative; allocate it with "
                "np.zeros_like(x) or np.zeros(n, like=x), or leave out= away"
            )
        result = np.asarray(result, dtype=object) if out.dtype == object else value_of(result)
    if casting != "unsafe" and not np.can_cast(dtype_of(result), out.dtype, casting):
        raise TypeError(f"Cannot cast output from {dtype_of(result)!r} to {out.dtype!r} with casting rule {casting!r}")
    out[...] = result
    return out


def keeps(keepdims: Any) -> Any:     # Any, as to the types of NumPy 2.5 keepdims is True or False and never a variable
    """Whether a reduction was asked to keep its axes."""
    return keepdims is not np._NoValue and bool(keepdims)
