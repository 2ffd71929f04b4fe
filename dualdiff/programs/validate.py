"""Whether a graph that comes from a file is one: operations, indices, shapes, dtypes are checked before it is planned.

Invariant: a graph that passes computes numbers from numbers; it reads and writes nothing but its own arrays.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core._program import NEAR
from ..errors import ShapeError
from ..rules.table import RULES
from .graph import Graph, decomposed_shape, joined_shape, product_shape, reduced_shape
from .names import ufunc_of

__all__ = ["Broken", "check"]

MOST = 2**31
"""So many elements a node may have."""

KINDS = "biufc"
OF_NUMBERS = {"operator.pow": 2, "operator.floordiv": 2, "operator.mod": 2}
OF_MATH = {
    "acos": 1, "acosh": 1, "asin": 1, "asinh": 1, "atan": 1, "atanh": 1, "atan2": 2, "cos": 1, "cosh": 1, "erf": 1,
    "erfc": 1, "exp": 1, "expm1": 1, "fabs": 1, "gamma": 1, "lgamma": 1, "log": 1, "log10": 1, "log1p": 1, "log2": 1,
    "pow": 2, "sin": 1, "sinh": 1, "sqrt": 1, "tan": 1, "tanh": 1,
}  # fmt: skip


class Broken(Exception):
    """The graph is none; the message says what is wrong."""


def need(condition: Any, what: str) -> None:
    """Raises unless a condition holds."""
    if not condition:
        raise Broken(what)


def is_place(x: Any, end: int) -> bool:
    """Whether x is an int from 0 to end - 1."""
    return type(x) is int and 0 <= x < end


def are_ints(xs: Any, low: int = -(2**40), high: int = 2**40) -> bool:
    """Whether xs is a tuple of ints in bounds."""
    return type(xs) is tuple and len(xs) <= 32 and all(type(x) is int and low <= x <= high for x in xs)


def check(g: Graph) -> None:
    """Raises Broken where a graph is none."""
    n = len(g.op)
    need(all(len(x) == n for x in (g.args, g.attr, g.shape, g.dtype)), "lists of different lengths")
    for i in range(n):
        what = f"node {i}"
        args = g.args[i]
        need(type(args) is tuple and all(is_place(a, i) for a in args), f"{what}: arguments that do not come before it")
        need(are_ints(g.shape[i], 0, MOST) and math.prod(g.shape[i]) <= MOST, f"{what}: no shape")
        need(isinstance(g.dtype[i], np.dtype) and g.dtype[i].kind in KINDS, f"{what}: no dtype of numbers")
        rule = RULES_OF.get(g.op[i])
        need(rule is not None, f"{what}: no operation {g.op[i]!r:.40}")
        assert rule is not None
        count, function = rule
        need(count is None or len(args) == count, f"{what}: {g.op[i]} of {len(args)} arguments")
        try:
            shape, dtype = function(g, i, args, g.attr[i])
        except Broken as error:
            raise Broken(f"{what}: {error}") from None
        need(shape == g.shape[i], f"{what}: {g.op[i]} of shape {g.shape[i]} should have {shape}")
        need(dtype == g.dtype[i], f"{what}: {g.op[i]} of {g.dtype[i]} should be of {dtype}")
    need(all(is_place(i, n) and g.op[i] == "input" and g.attr[i] == k for k, i in enumerate(g.inputs)), "no input")
    need(len(g.inputs) == len(set(g.inputs)) == g.op.count("input"), "inputs that are not listed once")
    need(all(is_place(i, n) and g.op[i] != "view" for i in g.outputs), "no output")
    for guard in g.guards:
        need(is_place(guard.node, n), "a guard of no node")
        if guard.kind == "array":
            seen = guard.seen
            fits = isinstance(seen, np.ndarray) and seen.shape == g.shape[guard.node]
            need(fits and seen.dtype == g.dtype[guard.node], "a guard of another array")
        elif guard.kind == "finite":
            need(guard.seen is True and g.dtype[guard.node].char in "fd", "a guard of no real numbers")
        else:
            need(math.prod(g.shape[guard.node]) == 1, "a guard of no number")
            kinds = {"bool": bool, "int": int, "float": float}
            need(guard.kind in kinds and type(guard.seen) is kinds[guard.kind], "a guard of no kind")
            need(g.dtype[guard.node].kind != "c", "a guard of a complex number")
            need(guard.kind != "int" or abs(guard.seen) < 2**63, "a guard of a large number")
    for i in g.kinks:
        need(is_place(i, n) and math.prod(g.shape[i]) == 1 and g.dtype[i] == np.dtype(bool), "a kink of no truth")


Found = tuple[tuple[int, ...], Any]


def given(g: Graph, i: int, args: Any, attr: Any) -> Found:
    """An input."""
    need(is_place(attr, len(g.op)), "no place")
    return g.shape[i], g.dtype[i]


def constant(g: Graph, i: int, args: Any, attr: Any) -> Found:
    """A constant."""
    need(is_place(attr, len(g.constants)), "no constant")
    x = g.constants[attr]
    need(x.flags.c_contiguous and x.flags.aligned, "a constant with gaps")
    return x.shape, x.dtype


def zeros(g: Graph, i: int, args: Any, attr: Any) -> Found:
    """Zeros."""
    need(attr is None, "an attribute")
    return g.shape[i], g.dtype[i]


def window(g: Graph, x: int, offset: Any, shape: Any, strides: Any) -> None:
    """A window of a dense node lies inside of it."""
    need(g.op[x] != "view", "a window of a window")
    need(type(offset) is int and are_ints(shape, 0, MOST) and are_ints(strides), "no window")
    need(len(shape) == len(strides) and math.prod(shape) <= MOST, "no window")
    if 0 in shape:
        need(0 <= offset <= math.prod(g.shape[x]), "a window that begins outside")
        return
    low = offset + sum(min(0, s * (m - 1)) for s, m in zip(strides, shape, strict=True))
    high = offset + sum(max(0, s * (m - 1)) for s, m in zip(strides, shape, strict=True))
    need(0 <= low and high < math.prod(g.shape[x]), "a window that reaches outside")


def view(g: Graph, i: int, args: Any, attr: Any) -> Found:
    """A view."""
    need(type(attr) is tuple and len(attr) == 2, "no window")
    window(g, args[0], attr[0], g.shape[i], attr[1])
    return g.shape[i], g.dtype[args[0]]


def overwritten(g: Graph, i: int, args: Any, attr: Any) -> Found:
    """write or add."""
    need(type(attr) is tuple and len(attr) == 3, "no window")
    x, y = args
    window(g, x, *attr)
    need(broadcasts(g.shape[y], attr[1]), "values that do not fit the window")
    need(g.dtype[y] == g.dtype[x], "values of another dtype")
    twice = any(s == 0 and m > 1 for s, m in zip(attr[2], attr[1], strict=True))
    need(g.op[i] == "write" or not twice, "a window that sees an element twice")
    return g.shape[x], g.dtype[x]


def broadcasts(shape: Any, wider: Any) -> bool:
    """Whether an array can be broadcast to a shape."""
    more = len(wider) - len(shape)
    return more >= 0 and all(a in (1, b) for a, b in zip(shape, wider[more:], strict=True))


def places(g: Graph, at: int) -> None:
    """Places are integers of 64 bits; whether they lie inside is seen in each run."""
    need(g.dtype[at] == np.dtype(np.int64), "places that are no integers of 64 bits")


def taken(g: Graph, i: int, args: Any, attr: Any) -> Found:
    """take."""
    need(attr is None, "an attribute")
    places(g, args[1])
    return g.shape[args[1]], g.dtype[args[0]]


def put(g: Graph, i: int, args: Any, attr: Any) -> Found:
    """put or put_add."""
    x, at, y = args
    need(attr is None and g.op[x] != "view", "a window to put into")
    places(g, at)
    need(broadcasts(g.shape[y], g.shape[at]) and g.dtype[y] == g.dtype[x], "values that do not fit the places")
    return g.shape[x], g.dtype[x]


def same(g: Graph, i: int, args: Any, attr: Any) -> Found:
    """copy."""
    need(attr is None, "an attribute")
    return g.shape[args[0]], g.dtype[args[0]]


def cast(g: Graph, i: int, args: Any, attr: Any) -> Found:
    """cast."""
    need(attr is None, "an attribute")
    need(g.dtype[i].kind == "c" or g.dtype[args[0]].kind != "c", "a complex array made real")
    return g.shape[args[0]], g.dtype[i]


def known_ufunc(name: Any) -> Any:
    """The ufunc of a name that a graph may have."""
    need(type(name) is str, "no name")
    short = name.removeprefix("near.")
    need(short == name or short in NEAR, "no function")
    found = getattr(np, short, None) if short.isidentifier() and not short.startswith("_") else None
    need(isinstance(found, np.ufunc) or short in RULES, f"no function {name!r:.40}")
    ufunc = ufunc_of(name)
    need(isinstance(ufunc, np.ufunc) and ufunc.signature is None and ufunc.nout == 1, f"no function {name!r:.40}")
    return ufunc


def applied(g: Graph, i: int, args: Any, attr: Any) -> Found:
    """An elementwise function."""
    need(len(args) > 0, "no arguments")
    try:
        shape = np.broadcast_shapes(*(g.shape[a] for a in args))
    except ValueError:
        raise Broken("arguments that do not fit each other") from None
    dtypes = tuple(g.dtype[a] for a in args)
    if attr == "where":
        need(len(args) == 3 and dtypes[0] == np.dtype(bool) and dtypes[1] == dtypes[2], "no choice")
        return shape, dtypes[1]
    if type(attr) is str and attr.startswith(("operator.", "math.")):
        count = OF_NUMBERS.get(attr) or OF_MATH.get(attr.removeprefix("math."))
        need(count == len(args), f"no function {attr!r:.40}")
        need(not math.prod(shape) > 1 and all(d == np.dtype(float) for d in dtypes), "numbers of Python are expected")
        return shape, np.dtype(float)
    ufunc = known_ufunc(attr)
    need(ufunc.nin == len(args), f"{attr} of {len(args)} arguments")
    try:
        loop = ufunc.resolve_dtypes((*dtypes, None))
    except TypeError:
        raise Broken(f"{attr} of {', '.join(map(str, dtypes))}") from None
    need(loop[:-1] == dtypes, f"{attr} of arguments that it would convert")
    return shape, loop[-1]


def folded(g: Graph, i: int, x: int, name: Any, method: Callable[[Any, np.ndarray[Any, Any]], Any]) -> Any:
    """The dtype of a reduction."""
    ufunc = known_ufunc(name)
    need(ufunc.nin == 2 and not str(name).startswith("near."), f"no reduction by {name}")
    try:
        with np.errstate(all="ignore"):
            return method(ufunc, np.ones(1, g.dtype[x])).dtype
    except (TypeError, ValueError):
        raise Broken(f"no reduction by {name}") from None


def reduced(g: Graph, i: int, args: Any, attr: Any) -> Found:
    """A reduction."""
    need(type(attr) is tuple and len(attr) == 3, "no reduction")
    name, axes, keepdims = attr
    shape = g.shape[args[0]]
    need(are_ints(axes, 0, len(shape) - 1) and len(set(axes)) == len(axes) and type(keepdims) is bool, "no axes")
    dtype = folded(g, i, args[0], name, lambda ufunc, x: np.asarray(ufunc.reduce(x)))
    return reduced_shape(shape, axes, keepdims), dtype


def scanned(g: Graph, i: int, args: Any, attr: Any) -> Found:
    """A running reduction."""
    need(type(attr) is tuple and len(attr) == 2 and is_place(attr[1], len(g.shape[args[0]])), "no axis")
    return g.shape[args[0]], folded(g, i, args[0], attr[0], lambda ufunc, x: ufunc.accumulate(x))


def multiplied(g: Graph, i: int, args: Any, attr: Any) -> Found:
    """A product of matrices."""
    a, b = args
    need(attr is None and g.dtype[a] == g.dtype[b], "no product")
    return shape_by(product_shape, g.shape[a], g.shape[b]), g.dtype[a]


def decomposed(g: Graph, i: int, args: Any, name: Any) -> Found:
    """A function of numpy.linalg of stacks of square matrices of float64."""
    need(type(name) is str and all(g.dtype[a] == np.dtype(float) for a in args), "no function of numpy.linalg")
    return shape_by(decomposed_shape, name, [g.shape[a] for a in args]), np.dtype(float)


def joined(g: Graph, i: int, args: Any, axis: Any) -> Found:
    """A concatenation."""
    need(len(args) > 0 and is_place(axis, len(g.shape[args[0]])), "no axis")
    need(all(g.dtype[a] == g.dtype[args[0]] for a in args), "parts that do not fit each other")
    return shape_by(joined_shape, [g.shape[a] for a in args], axis), g.dtype[args[0]]


def shape_by(function: Callable[..., tuple[int, ...]], *args: Any) -> tuple[int, ...]:
    """The shape that graph.py gives an operation."""
    try:
        return function(*args)
    except (ShapeError, ValueError) as error:
        raise Broken(str(error)) from None


RULES_OF: dict[str, tuple[int | None, Callable[[Graph, int, Any, Any], Found]]] = {
    "input": (0, given), "constant": (0, constant), "zeros": (0, zeros), "view": (1, view), "write": (2, overwritten),
    "add": (2, overwritten), "take": (2, taken), "put": (3, put), "put_add": (3, put), "copy": (1, same),
    "cast": (1, cast), "apply": (None, applied), "reduce": (1, reduced), "scan": (1, scanned),
    "matmul": (2, multiplied), "join": (None, joined), "linalg": (None, decomposed),
}  # fmt: skip
"""Operation -> (number of arguments, what gives its shape and dtype); not among them: calls of Python's functions."""
