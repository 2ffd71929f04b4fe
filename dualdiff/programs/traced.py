"""Arrays and numbers that are recorded: `TracedArray` and `TracedNumber`, their operators, and ufuncs on them.

Each carries the value that NumPy computes.  A number's node never changes; an array's is read off its storage, as that
may have been written to.
"""

import dis
import math
import operator
import sys
from collections.abc import Callable
from opcode import opname
from typing import Any

import numpy as np

from ..core import runs_power
from ..functions.base import numbers_in
from ..rules.table import RULES, rule_of
from .graph import Graph
from .tracer import Storage, Tracer, memory_order

__all__ = [
    "HOOKS", "METHODS", "OBJECTS", "TracedArray", "TracedNumber", "apply", "find_tracer", "is_traced", "join_elements",
    "plain", "record", "write_window",
]  # fmt: skip

METHODS: dict[str, Any] = {}
"""Methods of arrays and numbers that functions.py gives them."""

HOOKS: dict[str, Any] = {}
"""What this module calls of those above it: getitem, setitem, function, method (of a ufunc)."""


class Traced:
    """What arrays and numbers share.

    value: the plain value.  tracer: the recording that it belongs to.
    """

    __slots__ = ()
    value: Any
    tracer: Tracer
    node: int

    __array_priority__ = 1000.0

    def __repr__(self) -> str:
        self.ask()
        return repr(self.value)

    def __str__(self) -> str:
        self.ask()
        return str(self.value)

    def __format__(self, spec: str) -> str:
        self.ask()
        return format(self.value, spec)

    def ask(self) -> None:
        """The elements leave as plain data."""
        self.tracer.guard(self.node, "array", np.array(self.value))

    def __bool__(self) -> bool:
        answer = bool(self.value)
        self.tracer.guard(self.node, "bool", answer)
        return answer

    def __int__(self) -> int:
        answer = int(self.value)
        self.tracer.guard(self.node, "int", answer)
        return answer

    def __index__(self) -> int:
        if isinstance(self.value, (float, np.floating)):
            raise TypeError(f"'{type(self.value).__name__}' object cannot be interpreted as an integer")
        answer = operator.index(self.value)
        self.tracer.guard(self.node, "int", answer)
        return answer

    def __float__(self) -> float:
        if np.asarray(self.value).dtype.kind in "biu":
            answer = float(self.value)
            self.tracer.guard(self.node, "float", answer)
            return answer
        if self.tracer.done or not self.tracer.varies(self.node):
            return float(self.value)
        return self.tracer.fail(
            "a number that depends on an argument became a plain float (float(x), math.f(x), or an element of a plain "
            "array; np.f(x) and np.zeros_like(x) can be recorded)"
        )

    def __complex__(self) -> complex:
        if self.tracer.done:
            return complex(self.value)
        return self.tracer.fail("a number that depends on an argument became a plain complex number")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        t = self.tracer
        if t.done:
            return getattr(ufunc, method)(*plain(inputs), **plain(kwargs))
        if method == "__call__" and not kwargs:
            name = name_of(ufunc)
            if name == "power" and type(self) is TracedNumber and isinstance(inputs[0], (np.floating, np.integer)):
                double = np.float64 in (type(inputs[0]), type(self.value))
                if double and runs_power(sys._getframe(1)):
                    return operate(t, name, ufunc, operator.pow, np.float64(inputs[0]), inputs[1])
            if name is not None:
                inputs = tuple(map(operand, inputs))
                values = [x.value if isinstance(x, Traced) else x for x in inputs]
                return record(t, name, inputs, values, ufunc(*values), ufunc)
        return HOOKS["method"](t, ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if self.tracer.done:
            return function(*plain(args), **plain(kwargs))
        return HOOKS["function"](self.tracer, function, args, kwargs)

    # ---- what an array says of itself ----

    @property
    def dtype(self) -> Any:
        """The dtype of the value; float64 for a Python float."""
        return np.asarray(self.value).dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return np.shape(self.value)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return np.ndim(self.value)

    @property
    def size(self) -> int:
        """The number of elements."""
        return np.size(self.value)


class TracedNumber(Traced):
    """A number: a Python float (bool, int), or one of NumPy's scalars.

    loose: it is an element of an array of objects, as np.array([x[0], x[1]]) makes one.  NumPy then calls its operators
    where the function has an array of floats, whose loops may round otherwise; so only what has the same bits
    everywhere is done.
    """

    __slots__ = ("loose", "node", "tracer", "value")

    def __init__(self, value: Any, node: int, tracer: Tracer, loose: bool = False) -> None:
        self.value, self.node, self.tracer, self.loose = value, node, tracer, loose

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        if self.tracer.done:
            return np.asarray(self.value, dtype)
        self.loose = True  # NumPy asks each element of a list for it
        found = np.empty((), object)
        found[()] = self
        return found

    def __hash__(self) -> int:
        if not self.tracer.done:
            self.tracer.fail("a number that depends on an argument is used as a key")
        return hash(self.value)

    def __round__(self, n: Any = None) -> Any:
        if n is None:
            answer = round(self.value)
            rounded = record(self.tracer, "rint", (self,), [self.value], np.rint(self.value), np.rint)
            self.tracer.guard(rounded.node, "float", float(answer))
            return answer
        return np.round(self, n)

    def __floor__(self) -> int:
        return self.to_integer("floor", np.floor, math.floor)

    def __ceil__(self) -> int:
        return self.to_integer("ceil", np.ceil, math.ceil)

    def __trunc__(self) -> int:
        return self.to_integer("trunc", np.trunc, math.trunc)

    def to_integer(self, name: str, ufunc: Any, function: Any) -> int:
        """A Python integer: plain data."""
        answer: int = function(self.value)
        self.tracer.guard(
            record(self.tracer, name, (self,), [self.value], ufunc(self.value), ufunc).node, "int", answer
        )
        return answer

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(self.value, np.generic):
            raise TypeError(f"'{type(self.value).__name__}' object is not subscriptable")
        if isinstance(key, tuple) and not key:
            return self
        from .indexing import as_array

        return as_array(self)[key]

    def is_integer(self) -> bool:
        """Whether the value is whole."""
        return bool(self == np.floor(self))

    def __getattr__(self, name: str) -> Any:
        return attribute(self, name)


class TracedArray(Traced):
    """An array.

    store: the memory it lies in.  seen, cached: the node of the storage for which its own was read off, and its own.
    """

    __slots__ = ("cached", "seen", "store", "tracer", "value")

    def __init__(self, value: np.ndarray, store: Storage, tracer: Tracer, seen: int = -1, cached: int = -1) -> None:
        self.value, self.store, self.tracer, self.seen, self.cached = value, store, tracer, seen, cached

    __hash__ = None  # type: ignore[assignment]

    @property
    def node(self) -> int:  # type: ignore[override]
        """The node of what the array holds now."""
        now = self.store.node
        if self.seen != now:
            self.cached = self.tracer.window(now, self.value, self.store.start)
            self.seen = now
        return self.cached

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Any:
        if not self.value.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self.value)))

    def __contains__(self, x: Any) -> bool:
        return bool(np.any(self == x))

    def __getitem__(self, key: Any) -> Any:
        return HOOKS["getitem"](self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        HOOKS["setitem"](self, key, value)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        t = self.tracer
        if t.done or self.value.dtype.kind in "biu" or not t.varies(self.node):
            self.ask()
            return np.array(self.value, dtype)
        if dtype is not None and np.dtype(dtype) != object:
            return t.fail("an array that depends on an argument was asked for as a plain array")
        found = np.empty(self.value.shape, object)
        g, node = t.graph, self.node
        offset, strides = g.layout(node)
        for place in np.ndindex(self.value.shape):
            at = offset + sum(s * i for s, i in zip(strides, place, strict=True))
            found[place] = TracedNumber(self.value[place], g.view(node, at, (), ()), t, True)
        return found

    def __getattr__(self, name: str) -> Any:
        return attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setter = SETTERS.get(name)
        if setter is None:
            object.__setattr__(self, name, value)
        else:
            setter(self, value)


SETTERS: dict[str, Any] = {}
"""Attributes that can be assigned to: x.shape = s, x.flat = y, ..."""


def attribute(x: Any, name: str) -> Any:
    """A method or an attribute that functions.py has for arrays and numbers."""
    found = METHODS.get(name)
    if (
        found is None
        or isinstance(x, TracedNumber)
        and type(x.value) in (float, int, bool)
        and not hasattr(x.value, name)
    ):
        if name.startswith("_") or not hasattr(x.value, name):
            raise AttributeError(f"'{type(x.value).__name__}' object has no attribute {name!r}", name=name)
        return x.tracer.fail(f"the attribute {name} of an array that depends on an argument")
    return found(x)


# ---- operands -------------------------------------------------------------------------------


def is_traced(x: Any) -> bool:
    """Whether x is recorded."""
    return isinstance(x, Traced)


def find_tracer(x: Any) -> Tracer | None:
    """The recording of the first recorded array or number in nested lists, tuples, dicts and arrays of objects."""
    if isinstance(x, Traced):
        return x.tracer
    kind = type(x)
    if kind is tuple or kind is list:
        parts: Any = x
    elif kind is dict:
        parts = x.values()
    elif kind is np.ndarray and x.dtype == object:
        parts = x.flat
    else:
        return None
    for part in parts:
        found = find_tracer(part)
        if found is not None:
            return found
    return None


def plain(x: Any) -> Any:
    """x with the plain values of what is recorded in it."""
    if isinstance(x, Traced):
        return x.value
    kind = type(x)
    if kind is tuple or kind is list:
        return kind(map(plain, x))
    if kind is dict:
        return {name: plain(e) for name, e in x.items()}
    if kind is np.ndarray and x.dtype == object and find_tracer(x) is not None:
        return np.array([plain(e) for e in x.flat]).reshape(x.shape)
    return x


def operand(x: Any) -> Any:
    """An operand of a function: recorded, a number, or a plain array."""
    if isinstance(x, Traced) or type(x) in (float, int, np.float64):
        return x
    if type(x) is np.ndarray:
        if x.dtype != object:
            return x
        return numbers_in(x) if find_tracer(x) is None else join_elements(x)
    if isinstance(x, (list, tuple)):
        return np.asarray(x) if find_tracer(x) is None else join_elements(np.array(x, dtype=object))
    return x


def join_elements(x: np.ndarray) -> Any:
    """The array of an array of objects whose elements are recorded numbers and plain ones."""
    t = find_tracer(x)
    assert t is not None
    elements = list(x.flat)
    if not all(isinstance(e, (TracedNumber, float, int, np.generic)) for e in elements):
        return t.fail("an array of objects of which some are no numbers")
    value = np.array([plain(e) for e in elements]).reshape(x.shape)
    if value.dtype.kind not in "biufc":
        return t.fail(f"an array of {value.dtype}")
    g = t.graph
    first = whole_of(g, elements)
    if first is not None and g.shape[first] == value.shape and g.dtype[first] == value.dtype:
        return TracedArray(value, Storage(first, value), t)  # all elements of one array, in order
    nodes = []
    for e in elements:
        node = g.cast(node_of(t, e, None), value.dtype)
        nodes.append(g.view(node, *lined(g, node)))
    return TracedArray(value, Storage(g.join(nodes, 0), value), t)


def lined(g: Graph, node: int) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """What `Graph.view` needs to see a number as an array of one."""
    return g.layout(node)[0], (1,), (0,)


def whole_of(g: Graph, elements: list[Any]) -> int | None:
    """The dense node whose elements these are, in order."""
    root = None
    for i, e in enumerate(elements):
        if not isinstance(e, TracedNumber) or g.op[e.node] != "view" or g.attr[e.node] != (i, ()):
            return None
        if root is None:
            root = g.args[e.node][0]
            if math.prod(g.shape[root]) != len(elements):
                return None
        elif g.args[e.node][0] != root:
            return None
    return root


def node_of(t: Tracer, x: Any, dtype: Any) -> int:
    """The node of an operand, of a dtype (None: its own)."""
    if isinstance(x, Traced):
        if x.tracer is not t:
            if not x.tracer.done:
                return t.fail("what another recording has made is used")
            x = x.value
        else:
            node = x.node
            return node if dtype is None or t.graph.dtype[node] == dtype else t.graph.cast(node, dtype)
    if isinstance(x, np.ndarray):
        if type(x) is not np.ndarray:
            return t.fail(f"an array of type {type(x).__name__} meets an argument")
        node = t.outside(x)
        return node if dtype is None else t.graph.cast(node, dtype)
    if isinstance(x, (bool, int, float, complex, np.generic)):
        return t.number(x, np.asarray(x).dtype if dtype is None else dtype)
    return t.fail(f"an object of type {type(x).__name__} meets an argument")


KNOWN = (bool, int, float, complex, np.generic, np.ndarray, Traced)


# ---- recording ------------------------------------------------------------------------------

NAMES: dict[Any, str | None] = {}


def name_of(ufunc: Any) -> str | None:
    """The name by which a graph knows an elementwise ufunc with one result; None if it does not."""
    try:
        return NAMES[ufunc]
    except KeyError:
        pass
    rule: Any = rule_of(ufunc)
    name: str | None = None
    if ufunc.signature is None and ufunc.nout == 1:
        own = str(ufunc.__name__)
        if getattr(np, own, None) is ufunc:
            name = own
        elif rule is not None and RULES[rule.name].ufunc is ufunc:
            name = str(rule.name)
    NAMES[ufunc] = name
    return name


LOOPS: dict[Any, Any] = {}


def loop_of(ufunc: Any, values: Any) -> tuple[Any, ...]:
    """The dtypes that NumPy computes with for these operands, and of the result."""
    kinds = tuple([type(v) if type(v) in (float, int, complex) else v.dtype if hasattr(v, "dtype") else BOOL
                   for v in values])  # fmt: skip
    found: Any = LOOPS.get((ufunc, kinds))
    if found is None:
        strong: Any = kinds
        if all(isinstance(k, type) for k in kinds):
            strong = tuple(np.dtype(k) for k in kinds)
        found = LOOPS[ufunc, kinds] = ufunc.resolve_dtypes((*strong, *(None,) * ufunc.nout))
    return tuple(found)


BOOL = np.dtype(bool)


def record(t: Tracer, name: str, operands: Any, values: Any, result: Any, ufunc: Any) -> Any:
    """The recorded result of an elementwise function; ufunc: which says what dtypes are computed with."""
    loop = loop_of(ufunc, values)
    if isinstance(result, np.ndarray):
        return of_array(t, apply(t, name, operands, result, loop), result)
    node = t.graph.apply(name, *[node_of(t, x, d) for x, d in zip(operands, loop, strict=False)], dtype=loop[-1])
    if type(result) in (float, int, bool, np.float64):
        return TracedNumber(result, node, t)
    return TracedNumber(result, t.graph.cast(node, np.asarray(result).dtype), t)


def apply(t: Tracer, name: str, operands: Any, result: np.ndarray, loop: Any) -> int:
    """The node of an elementwise function, in the order of the result's memory."""
    order = memory_order(result) if result.ndim > 1 else None
    nodes = [node_of(t, x, d) for x, d in zip(operands, loop, strict=False)]
    if order is not None:
        nodes = [t.permuted(node, order, result.ndim) for node in nodes]
    return t.graph.apply(name, *nodes, dtype=loop[-1])


def of_array(t: Tracer, node: int, result: np.ndarray) -> TracedArray:
    """A new array; node: of its elements in the order of its memory."""
    if t.graph.op[node] == "view":
        node = t.graph.copy(node)
    if result.flags.c_contiguous:
        return TracedArray(result, Storage(node, result), t, node, node)
    return TracedArray(result, Storage(node, result), t)


def write_window(x: TracedArray, window: np.ndarray, node: int) -> None:
    """Notes that a window of x's storage holds what a node says, whose shape broadcasts to the window's."""
    store, g = x.store, x.tracer.graph
    size = window.itemsize
    if not window.size:
        return
    offset = (window.__array_interface__["data"][0] - store.start) // size
    strides = tuple(0 if n == 1 else s // size for n, s in zip(window.shape, window.strides, strict=True))
    now = store.node
    if g.op[node] == "view" and g.args[node][0] == now and g.attr[node] == (offset, strides):
        return  # x[key] += y has written through the view already
    if g.shape[node] == window.shape == g.shape[now] and not offset and strides == g.plain(window.shape):
        store.node = g.copy(node)
    else:
        store.node = g.write(now, node, offset, window.shape, strides)


# ---- operators ------------------------------------------------------------------------------


def operate(t: Tracer, name: str, ufunc: Any, op: Any, a: Any, b: Any) -> Any:
    """a op b of recorded and plain operands."""
    va = a.value if isinstance(a, Traced) else a
    vb = b.value if isinstance(b, Traced) else b
    if (type(a) is TracedNumber and a.loose or type(b) is TracedNumber and b.loose) and not t.done:
        return operate_loosely(t, name, ufunc, op, a, b, va, vb)
    result = op(va, vb)
    if t.done or result is NotImplemented:
        return result
    if isinstance(result, np.ndarray) or isinstance(va, np.ndarray) or isinstance(vb, np.ndarray):
        if name == "power":
            name, ufunc, operands, values = power_of_arrays(a, b, va, vb)
            return record(t, name, operands, values, result, ufunc)
    else:
        kind = np.asarray(result).dtype
        if kind.kind == "c":
            return t.fail("arithmetic of complex numbers, which is not that of complex arrays; make it one of arrays")
        if name in OF_NUMBERS and (name == "power" or type(result) is float):
            if kind != np.float64:
                return t.fail(f"a power of numbers that is of type {type(result).__name__}")
            name = OF_NUMBERS[name]
    return record(t, name, (a, b), (va, vb), result, ufunc)


OBJECTS = (
    "an array that np.array, np.asarray or np.r_ has made of recorded numbers is one of objects, whose elements are "
    "computed one by one; write np.stack, np.concatenate or np.array(..., like=x)"
)

EXACT = {"add", "subtract", "multiply", "divide"}
"""Operators whose bits are the same in every loop."""


def operate_loosely(t: Tracer, name: str, ufunc: Any, op: Any, a: Any, b: Any, va: Any, vb: Any) -> Any:
    """`operate` on an element of an array of objects."""
    if isinstance(va, np.ndarray) or isinstance(vb, np.ndarray):
        result = op(va, vb)
        if name == "power":
            name, ufunc, operands, values = power_of_arrays(a, b, va, vb)
            return record(t, name, operands, values, result, ufunc)
        return record(t, name, (a, b), (va, vb), result, ufunc)
    if name not in EXACT and result_kind(ufunc) != "b" or by_a_function():
        t.doom(OBJECTS)     # no exception: NumPy's loops over objects go on after one
        return op(va, vb)
    found = record(t, name, (a, b), (va, vb), op(va, vb), ufunc)
    found.loose = True
    return found


def result_kind(ufunc: Any) -> str:
    """ "b" for comparisons."""
    return "b" if ufunc.types[0].endswith("?") else "f"


def by_a_function() -> bool:
    """Whether an operator is called by a function such as np.sum, or as a part of a product of matrices."""
    frame: Any = sys._getframe(1)
    while frame is not None and (frame.f_globals.get("__name__") or "").startswith("dualdiff.programs"):
        frame = frame.f_back
    if frame is None or frame.f_lasti < 0:
        return True
    code = frame.f_code.co_code
    name = opname[code[frame.f_lasti]]
    if name.startswith(("BINARY_OP", "COMPARE_OP", "INPLACE", "UNARY")):
        return name == "BINARY_OP" and "@" in dis._nb_ops[code[frame.f_lasti + 1]][1]  # type: ignore[attr-defined]
    return True


OF_NUMBERS = {"power": "operator.pow", "floor_divide": "operator.floordiv", "remainder": "operator.mod"}
"""Operators on numbers whose values are Python's, not the ufunc's."""

SHORTCUTS: dict[float, Any] = {2.0: np.square, 0.5: np.sqrt, -1.0: np.reciprocal, 1.0: np.positive}


def power_of_arrays(a: Any, b: Any, va: Any, vb: Any) -> Any:
    """What NumPy's a ** b calls: (name, ufunc, operands, values)."""
    if isinstance(va, np.ndarray) and type(b) in (float, int) and va.dtype.kind in "fc":
        short = SHORTCUTS.get(vb)
        if short is not None:
            return short.__name__, short, (a,), (va,)
    if isinstance(va, np.ndarray) and type(b) is int and b == 2 and va.dtype.kind in "iu":
        return "square", np.square, (a,), (va,)
    return "power", np.power, (a, b), (va, vb)


def binary(name: str, ufunc: Any, op: Callable[[Any, Any], Any]) -> Any:
    """(x op y, y op x) as methods."""

    def forward(self: Any, other: Any) -> Any:
        if not isinstance(other, KNOWN):
            if not isinstance(other, (list, tuple)):
                return NotImplemented
            other = operand(other)
        elif type(other) is np.ndarray and other.dtype == object:
            return (
                NotImplemented
                if isinstance(self, TracedNumber)
                else operate(self.tracer, name, ufunc, op, self, operand(other))
            )
        return operate(self.tracer, name, ufunc, op, self, other)

    def reflected(self: Any, other: Any) -> Any:
        if not isinstance(other, KNOWN):
            if not isinstance(other, (list, tuple)):
                return NotImplemented
            other = operand(other)
        return operate(self.tracer, name, ufunc, op, other, self)

    return forward, reflected


def unary(name: str, ufunc: Any, op: Callable[[Any], Any]) -> Any:
    """A method op x."""

    def method(self: Any) -> Any:
        result = op(self.value)
        if self.tracer.done:
            return result
        if isinstance(self.value, (complex, np.complexfloating)) and name == "absolute":
            return self.tracer.fail("the modulus of a complex number, which is not that of an array")
        if isinstance(self, TracedNumber) and self.loose:
            found = record(self.tracer, name, (self,), (self.value,), result, ufunc)
            found.loose = True
            return found
        return record(self.tracer, name, (self,), (self.value,), result, ufunc)

    return method


def in_place(ufunc: Any, op: Callable[[Any, Any], Any]) -> Any:
    """A method x op= y of arrays."""

    def method(self: Any, other: Any) -> Any:
        if self.tracer.done:
            op(self.value, plain(other))
            return self
        if ufunc is np.power and type(other) in (float, int) and other in SHORTCUTS:
            SHORTCUTS[other](self, out=(self,))
            return self
        return ufunc(self, other, out=(self,))

    return method


for _symbol, _ufunc, _op in (
    ("add", np.add, operator.add), ("sub", np.subtract, operator.sub), ("mul", np.multiply, operator.mul),
    ("truediv", np.divide, operator.truediv), ("floordiv", np.floor_divide, operator.floordiv),
    ("mod", np.remainder, operator.mod), ("pow", np.power, operator.pow),
    ("and", np.bitwise_and, operator.and_), ("or", np.bitwise_or, operator.or_), ("xor", np.bitwise_xor, operator.xor),
    ("lshift", np.left_shift, operator.lshift), ("rshift", np.right_shift, operator.rshift),
):  # fmt: skip
    _forward, _reflected = binary(_ufunc.__name__, _ufunc, _op)
    setattr(Traced, f"__{_symbol}__", _forward)
    setattr(Traced, f"__r{_symbol}__", _reflected)
    setattr(TracedArray, f"__i{_symbol}__", in_place(_ufunc, getattr(operator, f"i{_symbol}")))

for _symbol, _compare, _op in (
    ("lt", np.less, operator.lt), ("le", np.less_equal, operator.le), ("gt", np.greater, operator.gt),
    ("ge", np.greater_equal, operator.ge), ("eq", np.equal, operator.eq), ("ne", np.not_equal, operator.ne),
):  # fmt: skip
    setattr(Traced, f"__{_symbol}__", binary(_compare.__name__, _compare, _op)[0])

for _symbol, _single, _one in (
    ("neg", np.negative, operator.neg), ("pos", np.positive, operator.pos), ("abs", np.absolute, abs),
    ("invert", np.invert, operator.invert),
):  # fmt: skip
    setattr(Traced, f"__{_symbol}__", unary(_single.__name__, _single, _one))


def divmod_(self: Any, other: Any) -> Any:
    """divmod(x, y)."""
    return self // other, self % other


for _name, _method in {
    "__divmod__": divmod_,
    "__rdivmod__": lambda self, other: (other // self, other % self),
    "__matmul__": lambda self, other: np.matmul(self, other),
    "__rmatmul__": lambda self, other: np.matmul(other, self),
}.items():
    setattr(Traced, _name, _method)
