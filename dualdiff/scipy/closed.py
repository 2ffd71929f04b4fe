"""Functions that a compiled routine of SciPy's calls, and what they depend on without being told.

A right-hand side, an integrand or an equation often closes over duals.  `Watched` gives SciPy plain numbers and
remembers which derivative calls the results belonged to.  `Opened` is the function as one of these calls sees it: a
value, and a tangent that is linear in the tangents of the argument and of what is closed over.  In a recording the
latter are the nodes that are older than the call (`Node.born`).

Invariant: no number is changed.
"""

import functools
import types
from typing import Any

import numpy as np

from ..core import (
    Dual,
    DualArray,
    Node,
    NotSecondOrder,
    Packed,
    collect,
    forget_lost,
    join_scalars,
    lost_mark,
    make_array,
)
from ..errors import LostDerivativeError, UnsupportedError
from ..functions.base import as_operand, has_duals, value_of
from ..maps.base import LinearMap, fit
from ..maps.tangents import is_dual, order_of, peel
from ..transforms.arguments import seed
from ..transforms.pytrees import flatten
from ..transforms.walks import Walk
from .applied import at_home, refuses

__all__ = [
    "Combination",
    "Opened",
    "Watched",
    "buffer",
    "delta",
    "depth_of",
    "frozen",
    "leaves",
    "refuses_closed",
    "split",
    "tags_of",
    "vector",
]

DOUBLE = np.dtype(float)


def tags_of(*xs: Any) -> Any:
    """The tags of all derivative calls that a number belongs to."""
    found = set()
    for x in xs:
        x = as_operand(x)
        while is_dual(x):
            if x.tangents is not None:
                found.add(x.tag)
            x = x.value
    return found


def depth_of(x: Any) -> Any:
    """How many orders of derivatives x carries in all."""
    depth = 0
    while is_dual(x):
        if x.tangents is not None:
            depth += order_of(x)
        x = x.value
    return depth


def delta(x: Any) -> Any:
    """x minus its plain value: 0, with the derivatives of x."""
    return x - value_of(x)


def vector(y: Any) -> Any:
    """A result, or a list of numbers, as a vector."""
    kind = type(y)
    if kind is DualArray:
        return y if y.ndim == 1 else y.reshape(-1)
    if kind is Dual or kind is list or kind is tuple or kind is np.ndarray and y.dtype == object:
        found = join_scalars([y] if kind is Dual else list(y))
        if found is not None:
            return found
    y = as_operand(y)
    return y if np.ndim(y) == 1 else np.reshape(y, (-1,))


def split(x: Any, tag: int) -> tuple[Any, Any]:
    """(value, tangent) of x in the call of a tag, for rules that need rows of numbers or a node."""
    value, t = peel(as_operand(x), tag)
    if type(t) is Packed:
        raise NotSecondOrder
    return value, t


def buffer(x: Any) -> Any:
    """An array of which np.zeros_like makes one that takes duals; anything else as it is."""
    return make_array(x, None, -1) if type(x) is np.ndarray and x.dtype.char in "fdFD" else x


class Watched:
    """fun, with plain results; `tags` are those of the duals that it returned."""

    def __init__(self, fun: Any) -> None:
        self.fun, self.fills = fun, False
        self.tags: set[int] = set()

    def ask(self, args: Any, kwargs: Any) -> Any:
        """fun's result; its arrays are ones that np.zeros_like makes buffers for duals of, where fun needs that."""
        if not self.fills:
            mark = lost_mark()
            try:
                return self.fun(*args, **kwargs)
            except LostDerivativeError:
                if not any(type(x) is np.ndarray for x in args):
                    raise
                forget_lost(mark)
                self.fills = True
        return self.fun(*map(buffer, args), **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The plain value."""
        y = self.ask(args, kwargs)
        kind = type(y)
        if kind is float or kind is np.float64 or kind is np.ndarray and y.dtype != object:
            return y
        if has_duals(y):
            y = as_operand(y)
            self.tags |= tags_of(y)
            return value_of(y)
        return y


class Opened:
    """A function of a vector and of what it closes over, in the call of one tag.

    Parameters
    ----------
    fun : callable
        fun(*plain, x) -> array.
    tag : int
    born : int
        The first number of a node that is not older than the call.
    """

    def __init__(self, fun: Any, tag: int, born: Any = None) -> None:
        self.fun, self.tag = fun, tag
        self.born = Node(None, (), (), DOUBLE).born if born is None else born
        self.frontier: dict[Any, Any] = {}
        self.closed = False

    def value(self, *args: Any) -> Any:
        """The value alone; it may be a dual of an older call."""
        return split(self.fun(*args), self.tag)[0]

    def along(self, *args: Any, tangents: Any) -> Any:
        """(value, tangent) where the last argument has tangents (k, n), for numbers as tangents."""
        *rest, x = args
        y = self.fun(*rest, make_array(x, tangents, self.tag, None, None, True))
        if type(y) is DualArray and y.tag == self.tag and type(y.tangents) is np.ndarray:
            return y.value, y.tangents
        return split(y, self.tag)

    def record(self, *args: Any) -> tuple[Any, Any, Any]:
        """(value, the walk from the last argument and what is closed over to the result, the argument's node)."""
        *rest, x = args
        at = Node(None, (), np.shape(x), DOUBLE)
        value, node = split(self.fun(*rest, seed(x, at, self.tag)), self.tag)
        return value, self.walk(node, at), at

    def walk(self, node: Any, leaf: Any = None) -> Any:
        """The maps to a node as far as they belong to this evaluation, from the leaf and from older nodes."""
        if node is None:
            return None
        older: list[Any] = []
        order = collect([node], None, self.born, older)
        for end in older:
            if id(end) not in self.frontier:
                if self.closed:
                    raise UnsupportedError(
                        f"{getattr(self.fun, '__name__', 'fun')} depends on a number here on which it did not depend "
                        "where it was recorded; pass what it depends on in args, or write mode='forward'"
                    )
                self.frontier[id(end)] = end
        return Walk(older if leaf is None else [leaf, *older], [node], order)

    def push(self, walk: Any, known: Any) -> Any:
        """The tangent of a walk's result from those of leaf and frontier, {id: (k, *shape)}; None is zero."""
        ts = [] if walk is None else [known.get(id(node)) for node in walk.inputs]
        return walk.forward(ts)[0] if any(t is not None for t in ts) else None

    def pull(self, walk: Any, w: Any) -> Any:
        """{id: cotangent} of leaf and frontier, from that of a walk's result."""
        if walk is None:
            return {}
        found = zip(walk.inputs, walk.backward([w]), strict=True)
        return {id(node): c for node, c in found if c is not None}


class Combination(LinearMap):
    """sum_i M_i t_i, with matrices M_i of shape result.shape + argument.shape, which may be duals of older calls."""

    __slots__ = ("matrices",)

    def __init__(self, matrices: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.matrices = tuple(
            np.reshape(m, (-1, int(np.prod(s)))) for m, s in zip(matrices, self.in_shapes, strict=True)
        )

    def apply(self, ts: Any) -> Any:
        """The sum along each row."""
        total: Any = None
        for m, t in zip(self.matrices, ts, strict=True):
            if t is not None:
                term = np.reshape(t, (t.shape[0], -1)) @ np.transpose(m)
                total = term if total is None else total + term
        return fit(np.reshape(total, (total.shape[0], *self.out_shape)), self.out_dtype)

    def transpose(self, w: Any, i: Any) -> Any:
        """The transposed product with one matrix."""
        found = np.reshape(w, (w.shape[0], -1)) @ self.matrices[i]
        return fit(np.reshape(found, (w.shape[0], *self.in_shapes[i])), self.in_dtypes[i])


def frozen(fun: Any, memo: Any = None) -> Any:
    """fun with the variables it closes over as they are now, so that a later evaluation sees the same."""
    memo = {} if memo is None else memo
    if not isinstance(fun, types.FunctionType) or not fun.__closure__:
        return fun
    if id(fun) in memo:
        return memo[id(fun)]
    cells = tuple(types.CellType() for _ in fun.__closure__)
    copy = types.FunctionType(fun.__code__, fun.__globals__, fun.__name__, fun.__defaults__, cells)
    copy.__kwdefaults__ = fun.__kwdefaults__
    memo[id(fun)] = copy
    for old, new in zip(fun.__closure__, cells, strict=True):
        try:
            new.cell_contents = frozen(old.cell_contents, memo)
        except ValueError:  # an empty cell
            continue
    return copy


def leaves(args: Any) -> Any:
    """The numbers and arrays of nested arguments."""
    return flatten(args)[0]


class NoDerivative:
    """A function that must not return duals.  Its attributes are the function's: SciPy sets the stepsize of some."""

    fun: Any
    error: Exception | None
    _OWN = ("fun", "name", "why", "error")

    def __init__(self, fun: Any, name: str, why: Any) -> None:
        functools.update_wrapper(self, fun, updated=())     # SciPy counts the arguments of some
        self.fun, self.name, self.why, self.error = fun, name, why, None

    def __getattr__(self, name: str) -> Any:
        if name == "fun":
            raise AttributeError(name)
        return getattr(self.fun, name)

    def __setattr__(self, name: str, value: Any) -> None:
        mine = name in self._OWN or name.startswith("__")
        object.__setattr__(self if mine else self.fun, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        y = self.fun(*args, **kwargs)
        if not has_duals(y):
            return y
        tags = tags_of(y)
        if tags and tags <= tags_of(*leaves(args)):
            return y        # a derivative by the argument, which a function of dualdiff inside of it takes
        if tags:
            self.error = UnsupportedError(
                f"{self.name} has no derivative here, and its function depends on what is differentiated: {self.why}. "
                "Pass x.value if the derivative is not needed"
            )
            raise self.error
        return value_of(y)


def refuses_closed(module: Any, name: str, why: Any) -> Any:
    """SciPy's own function, which refuses duals in its arguments and in the results of functions given to it."""
    original = refuses(module, name, why)
    full = f"{module.__name__}.{name}"

    @functools.wraps(original)
    def answer(*args: Any, **kwargs: Any) -> Any:
        def wrapped(x: Any) -> Any:
            if not callable(x) or isinstance(x, type) or type(x).__name__ == "LowLevelCallable":
                return x
            guards.append(NoDerivative(x, full, why))
            return guards[-1]

        guards: list[Any] = []
        try:
            return original(*map(wrapped, args), **{key: wrapped(x) for key, x in kwargs.items()})
        except Exception:
            for guard in guards:
                if guard.error is not None:  # SciPy may have put another in its place
                    raise guard.error from None
            raise

    return at_home(module, answer, name)
