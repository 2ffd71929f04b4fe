"""The graphs of derivatives: tangents pushed along a graph, cotangents pulled back along it.

`push` and `pull` append to a graph that has the values already.  Each rule is written in the graph's own operations, so
the result can be derived again; of the table's functions the partials are read off their texts.  A tangent that is None
is zero because nothing reaches it.

With k directions (cotangents) every tangent has one axis more, the first.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..maps import linear
from ..maps.spaces import Places, Space
from . import complexes, matrices
from .graph import Call, Graph, Guard, window_places
from .partials import KINKED, STEPS, NotDerivable, applied, expression, parsed, partial, rule_name
from .units import Unit, folded, handed_on, spread_out
from .windows import (
    apart,
    broadcast,
    dense,
    flipped,
    inserted,
    lined,
    part,
    reshaped,
    row_places,
    spread,
    swapped,
)

__all__ = ["NotDerivable", "clone", "guard_kinks", "kink_nodes", "kinks", "pull", "push"]


def clone(graph: Graph) -> Graph:
    """A graph with the same nodes, to which others can be appended."""
    new = Graph()
    for name in (
        "op", "args", "attr", "shape", "dtype", "constants", "captured", "inputs", "outputs", "guards", "kinks",
        "spots",
    ):  # fmt: skip
        setattr(new, name, list(getattr(graph, name)))
    new.lines, new._known = dict(graph.lines), dict(graph._known)
    new.index_as(graph)
    return new


def differentiable(g: Graph, i: int) -> bool:
    """Whether a node has numbers that can have derivatives."""
    return g.dtype[i].kind in "fc"


def carries(g: Graph, i: int) -> bool:
    """Whether a call can be derived by a node: there is something in it."""
    return g.dtype[i].kind in "fc" and 0 not in g.shape[i]


def on_the_way(g: Graph, start: Sequence[int], ends: Sequence[int]) -> list[int]:
    """The nodes between start and ends that carry derivatives, in order."""
    reached = bytearray(len(g))
    for i in start:
        reached[i] = 1
    last = max(ends, default=-1)
    first = min(start, default=0)
    for i in range(first, last + 1):
        if not reached[i] and (differentiable(g, i) or g.op[i] == "call"):
            for a in g.args[i]:
                if reached[a]:
                    reached[i] = 1
                    break
    needed = bytearray(len(g))
    stack = [i for i in ends if reached[i]]
    for i in stack:
        needed[i] = 1
    while stack:
        for a in g.args[stack.pop()]:
            if reached[a] and not needed[a]:
                needed[a] = 1
                stack.append(a)
    return [i for i in range(first, last + 1) if needed[i]]


# ---- the space ------------------------------------------------------------------------------


class Nodes(Space):
    """Nodes of a graph as tangents or cotangents: with an axis for k directions in front, or (k None) as they are."""

    __slots__ = ("g", "k", "lead")

    def __init__(self, g: Graph, k: int | None) -> None:
        self.g, self.k = g, k
        self.lead = 0 if k is None else 1

    def full(self, shape: Sequence[int]) -> tuple[int, ...]:
        """A shape with the directions."""
        return tuple(shape) if self.k is None else (self.k, *shape)

    def shape(self, x: int) -> tuple[int, ...]:
        return tuple(self.g.shape[x][self.lead :])

    def zeros(self, shape: Sequence[int], dtype: Any, like: Any = None) -> int:
        return self.g.zeros(self.full(shape), dtype)

    def lined(self, x: int, shape: Sequence[int]) -> int:
        return lined(self.g, x, self.full(shape))

    def broadcast(self, x: int, shape: Sequence[int]) -> int:
        return broadcast(self.g, x, self.full(shape))

    def sum(self, x: int, axes: tuple[int, ...], keepdims: bool) -> int:
        return self.g.reduce("add", x, axes, keepdims)

    def running(self, x: int, axis: int) -> int:
        return self.g.scan("add", x, axis)

    def flip(self, x: int, axis: int) -> int:
        return flipped(self.g, x, axis)

    def part(self, x: int, axis: int, start: int, stop: int) -> int:
        return part(self.g, x, axis, start, stop)

    def join(self, xs: Sequence[int], axis: int) -> int:
        return self.g.join(xs, axis)

    def select(self, mask: int, x: int | None, y: int | None, shape: tuple[int, ...]) -> int:
        g = self.g
        dtype = g.dtype[x if x is not None else y]  # type: ignore[index]
        zero = g.constant(np.zeros((), dtype))
        found = g.apply("where", mask, zero if x is None else x, zero if y is None else y, dtype=dtype)
        return self.broadcast(found, shape)

    def plus(self, x: int, y: int) -> Any:
        return applied(self.g, "add", x, y)

    def times(self, x: int, factor: Any) -> Any:
        return applied(self.g, "multiply", factor, x)

    def matmul(self, x: int, y: int, which: int) -> int:
        return self.g.matmul(x, y)

    def adjoint(self, factor: int) -> int:
        return int(complexes.conjugate(self.g, factor))

    def swap(self, factor: int) -> int:
        return swapped(self.g, factor)

    def row(self, factor: int) -> int:
        return inserted(self.g, factor, 0)

    def column(self, factor: int) -> int:
        return inserted(self.g, factor, 1)


class Window(Places):
    """A window of a node x: offset, shape and strides in elements, as in the attributes of `write`."""

    __slots__ = ("offset", "s", "shape", "strides", "x")

    def __init__(self, s: Nodes, x: int, offset: int, shape: Sequence[int], strides: Sequence[int]) -> None:
        self.s, self.x, self.offset, self.shape, self.strides = s, x, offset, tuple(shape), tuple(strides)

    def stacked(self, shape: tuple[int, ...]) -> Any:
        """Offset, shape and strides in all directions."""
        s, size = self.s, math.prod(self.s.g.shape[self.x])
        return self.offset, s.full(shape), self.strides if s.k is None else (size, *self.strides)

    def dense(self, t: int | None) -> int:
        """A tangent of x, zeros where there is none, in C order."""
        g = self.s.g
        return self.s.zeros(g.shape[self.x], g.dtype[self.x]) if t is None else dense(g, t)

    def fitted(self, u: int | None) -> int:
        """What is written: a tangent that broadcasts to the window; None is zero."""
        s, g, own = self.s, self.s.g, self.s.g.dtype[self.x]
        if u is None:
            return g.constant(np.zeros((), own))
        shape = s.shape(u)
        return g.cast(s.lined(u, (1,) * (len(self.shape) - len(shape)) + shape), own)

    def read(self, t: int) -> int:
        return self.s.g.view(dense(self.s.g, t), *self.stacked(self.shape))

    def written(self, t: int | None, u: int | None) -> int:
        return self.s.g.write(self.dense(t), self.fitted(u), *self.stacked(self.shape))

    def standing(self, t: int) -> int:
        if not apart(self.shape, self.strides):
            raise NotDerivable("a write to a window that sees an element twice")
        return self.read(t)

    def added(self, t: int | None, u: int) -> int:
        s, g, shape = self.s, self.s.g, self.shape
        size = math.prod(g.shape[self.x])
        still = tuple(a for a, (n, step) in enumerate(zip(shape, self.strides, strict=True)) if step == 0 and n > 1)
        u = self.fitted(u)
        if still:       # it sees an element many times: they are added up
            u = s.sum(s.broadcast(u, shape), tuple(a + s.lead for a in still), True)
            shape = tuple(1 if a in still else n for a, n in enumerate(shape))
        if not apart(shape, self.strides) and math.prod(shape) > 1:
            at = g.constant(window_places(self.offset, shape, self.strides))
            return g.put_add(self.dense(t), at if s.k is None else row_places(g, at, s.k, size), u)
        whole = self.whole(u, shape) if t is None and math.prod(shape) == size and s.shape(u) == shape else None
        return whole if whole is not None else g.add(self.dense(t), u, *self.stacked(shape))

    def whole(self, u: int, shape: Sequence[int]) -> int | None:
        """u as one of all of x, where the window is x with its axes permuted and split; else None."""
        s, g, strides = self.s, self.s.g, self.strides
        if any(step < 0 for step in strides):
            return None
        order = sorted(range(len(shape)), key=lambda a: (-strides[a], shape[a] == 1))
        if Graph.plain(tuple(shape[a] for a in order)) != tuple(strides[a] if shape[a] > 1 else 0 for a in order):
            return None
        offset, steps = g.layout(u)
        if s.lead:
            order = [0, *(a + 1 for a in order)]
        turned = g.view(u, offset, tuple(g.shape[u][a] for a in order), tuple(steps[a] for a in order))
        return reshaped(g, turned, s.full(g.shape[self.x]))


class Picked(Window):
    """Elements of a node x by numbers in C order, which are a node."""

    __slots__ = ("numbers",)

    def __init__(self, s: Nodes, x: int, numbers: int) -> None:
        self.s, self.x, self.shape, self.numbers = s, x, tuple(s.g.shape[numbers]), numbers

    def places(self) -> int:
        """The numbers in all directions."""
        s = self.s
        return self.numbers if s.k is None else row_places(s.g, self.numbers, s.k, math.prod(s.g.shape[self.x]))

    def read(self, t: int) -> int:
        return self.s.g.take(t, self.places())

    def written(self, t: int | None, u: int | None) -> int:
        return self.s.g.put(self.dense(t), self.places(), self.fitted(u))

    def added(self, t: int | None, u: int) -> int:
        return self.s.g.put_add(self.dense(t), self.places(), self.fitted(u))

    def standing(self, t: int) -> int:
        s, last = self.s, self.last_writes()
        return self.read(t) if last is None else s.select(last, self.read(t), None, self.shape)

    def last_writes(self) -> int | None:
        """Where the elements stand that are not overwritten by a later one; None for everywhere."""
        g, at = self.s.g, self.numbers
        n, size = math.prod(g.shape[at]), math.prod(g.shape[self.x])
        if g.op[at] == "constant":
            places = g.constants[g.attr[at]].reshape(-1)
            places = np.where(places < 0, places + size, places)
            if len(np.unique(places)) == len(places):
                return None
            winner = np.full(size, -1)
            winner[places] = np.arange(n)
            return g.constant((winner[places] == np.arange(n)).reshape(g.shape[at]))
        numbers = g.constant(np.arange(n, dtype=np.int64).reshape(g.shape[at]))
        written = g.put(g.zeros((size,), np.dtype(np.int64)), at, numbers)
        return g.apply("equal", g.take(written, at), numbers, dtype=bool)


def elements(s: Nodes, i: int) -> Window:
    """The places that an operation reads, writes or adds to in its first argument."""
    g, x, attr = s.g, s.g.args[i][0], s.g.attr[i]
    if g.op[i] == "view":
        return Window(s, x, attr[0], g.shape[i], attr[1])
    return Picked(s, x, g.args[i][1]) if attr is None else Window(s, x, *attr)


# ---- tangents -------------------------------------------------------------------------------


class Push(Nodes):
    """Tangents of nodes."""

    def __init__(self, g: Graph, k: int | None) -> None:
        super().__init__(g, k)
        self.t: dict[int, int | None] = {}
        self.units: dict[int, Unit] = {}
        self.results: dict[int, Any] = {}

    def of(self, i: int) -> int | None:
        found = self.t.get(i)
        if found is None and i in self.units:
            assert self.k is not None
            found = self.t[i] = spread_out(self.g, i, self.units[i], self.k)
        return found

    def there(self, i: int) -> int:
        """The tangent of a node, zeros if there is none."""
        found = self.of(i)
        return self.zeros(self.g.shape[i], self.g.dtype[i]) if found is None else found

    def padded(self, d: int, own: int, ndim: int) -> int:
        """A tangent of a node with `own` axes, so that it broadcasts with tangents of nodes with ndim axes."""
        return inserted(self.g, d, 1, ndim - own) if self.lead else d

    def node(self, i: int) -> int | None:
        """The tangent of a node from those of its arguments."""
        g = self.g
        if self.units and any(a in self.units for a in g.args[i]) and not complexes.is_complex(g, i, *g.args[i]):
            unit = folded(self, i)
            if isinstance(unit, Unit):
                self.units[i] = unit
                return None
            if unit is not None:
                return int(unit)
        found: int | None = getattr(self, "push_" + g.op[i])(i, g.args[i], g.attr[i])
        return found

    def push_apply(self, i: int, args: Any, name: str) -> int | None:
        g, nd = self.g, len(self.g.shape[i])
        if name == "where":
            ts = [self.of(a) for a in args[1:]]
            if ts == [None, None]:
                return None
            ts = [None if d is None else g.cast(d, g.dtype[i]) for d in ts]
            chosen: int = linear.push_select(self, args[0], ts, [g.shape[a] for a in args[1:]], g.shape[i])
            return chosen
        if name not in STEPS and complexes.is_complex(g, i, *args):
            total = complexes.tangent(self, i, args, name)
            return None if total is None else broadcast(g, total, self.full(g.shape[i]))
        rule = rule_name(name)
        if rule is None:
            return None
        total = None
        for which, a in enumerate(args):
            d = self.of(a)
            if d is None:
                continue
            p = partial(g, rule, which, args, i)
            if isinstance(p, float) and p == 0:
                continue
            term = applied(g, "multiply", p, self.padded(d, len(g.shape[a]), nd))
            total = term if total is None else self.plus(total, term)
        if total is None:
            return None
        total = g.cast(total, g.dtype[i])
        return broadcast(g, total, self.full(g.shape[i]))

    def push_cast(self, i: int, args: Any, attr: Any) -> int | None:
        d = self.of(args[0])
        if d is None or self.g.dtype[args[0]].kind not in "fc":
            return None
        real = self.g.dtype[i].kind != "c"
        return self.g.cast(complexes.real_part(self.g, d) if real else d, self.g.dtype[i])

    def push_copy(self, i: int, args: Any, attr: Any) -> int | None:
        return self.of(args[0])

    def push_view(self, i: int, args: Any, attr: Any) -> int | None:
        d = self.of(args[0])
        return None if d is None else linear.push_read(self, d, elements(self, i))

    push_take = push_view

    def push_write(self, i: int, args: Any, attr: Any) -> int | None:
        dx, dy = self.of(args[0]), self.of(args[-1])
        return None if dx is None and dy is None else linear.push_write(self, dx, dy, elements(self, i))

    push_put = push_write

    def push_add(self, i: int, args: Any, attr: Any) -> int | None:
        dx, dy = self.of(args[0]), self.of(args[-1])
        return None if dx is None and dy is None else linear.push_increase(self, dx, dy, elements(self, i))

    push_put_add = push_add

    def push_reduce(self, i: int, args: Any, attr: Any) -> Any:
        g, x = self.g, args[0]
        name, axes, keepdims = attr
        d = self.of(x)
        if d is None or not differentiable(g, i):
            return None
        if name not in REDUCTIONS or name != "add" and complexes.is_complex(g, i):
            return self.by_call(i, args, reduced(name, axes, keepdims))
        weights = REDUCTIONS[name](g, i, x, axes, keepdims)
        if weights is not None:
            d = applied(g, "multiply", weights, d)
        return linear.push_sum(self, g.cast(d, g.dtype[i]), axes, keepdims)

    def push_scan(self, i: int, args: Any, attr: Any) -> Any:
        d = self.of(args[0])
        name, axis = attr
        if d is None:
            return None
        if name == "add":
            return linear.push_running(self, d, axis)
        return self.by_call(i, args, accumulated(name, axis))

    def push_matmul(self, i: int, args: Any, attr: Any) -> int | None:
        g, ts = self.g, [self.of(a) for a in args]
        found: int | None = linear.push_product(self, ts, args, [g.shape[a] for a in args], g.shape[i])
        return found

    def push_linalg(self, i: int, args: Any, name: str) -> int | None:
        return matrices.tangent(self, i, args, name)

    def push_join(self, i: int, args: Any, axis: int) -> int | None:
        g, ts = self.g, [self.of(x) for x in args]
        if all(t is None for t in ts):
            return None
        ts = [None if t is None else g.cast(t, g.dtype[i]) for t in ts]
        found: int = linear.push_join(self, ts, [g.shape[x] for x in args], g.dtype[i], axis)
        return found

    def push_call(self, i: int, args: Any, what: Call) -> int | None:
        reached = [k for k, a in enumerate(args) if self.of(a) is not None and carries(self.g, a)]
        if reached:
            self.results[i] = self.derived_call(args, what, reached)
        return None

    def push_item(self, i: int, args: Any, place: int) -> int | None:
        found = self.results.get(args[0])
        return None if found is None or not differentiable(self.g, i) else found[place]

    def derived_call(self, args: Any, what: Call, reached: list[int]) -> Any:
        """place -> the tangent of a result of a call."""
        g = self.g
        wanted = [j for j, d in enumerate(what.dtypes) if d.kind in "fc"]
        run = pushed_call(what.function, len(args), reached, wanted, self.k is not None)
        new = Call(
            run, f"jvp of {what.name}", [self.full(what.shapes[j]) for j in wanted], [what.dtypes[j] for j in wanted]
        )
        found = g.call(new, *args, *(self.there(args[k]) for k in reached))
        return dict(zip(wanted, found, strict=True))

    def by_call(self, i: int, args: Any, function: Callable[..., Any]) -> Any:
        """The tangent of a node by dualdiff's own rule of a function of its arguments."""
        g = self.g
        what = Call(function, getattr(function, "__name__", "?"), [g.shape[i]], [g.dtype[i]])
        reached = [k for k, a in enumerate(args) if self.of(a) is not None]
        return self.derived_call(args, what, reached)[0]


def push(g: Graph, tangents: dict[int, Any], outputs: Sequence[int], k: int | None) -> list[int | None]:
    """Appends the tangents of outputs; tangents: input node -> the node of its tangent, or a `Unit`."""
    p = Push(g, k)
    for i, t in tangents.items():
        if isinstance(t, Unit):
            p.units[i] = t
        else:
            p.t[i] = t
    for i in on_the_way(g, list(tangents), outputs):
        if i not in tangents:
            p.t[i] = p.node(i)
    return [p.of(i) for i in outputs]


def pushed_call(function: Any, n: int, reached: list[int], wanted: list[int], stacked: bool) -> Callable[..., Any]:
    """(arrays, tangents) -> tangents of the results of a function of n arrays."""
    from ..transforms.jvp import jvp

    def run(*arrays: Any) -> tuple[Any, ...]:
        given, tangents = list(arrays[:n]), arrays[n:]

        def of(*chosen: Any) -> tuple[Any, ...]:
            for place, x in zip(reached, chosen, strict=True):
                given[place] = x
            found = function(*given)
            return tuple(found[j] for j in wanted)

        found = jvp(of, tuple(given[place] for place in reached), tuple(tangents))[1]
        return tuple(found)

    return run


def pulled_call(function: Any, n: int, reached: list[int], wanted: list[int], k: int | None) -> Callable[..., Any]:
    """(arrays, cotangents of the wanted results) -> cotangents of the reached arguments."""
    from ..transforms.vjp import vjp

    def run(*arrays: Any) -> tuple[Any, ...]:
        given, cotangents = list(arrays[:n]), arrays[n:]

        def of(*chosen: Any) -> tuple[Any, ...]:
            for place, x in zip(reached, chosen, strict=True):
                given[place] = x
            found = function(*given)
            return tuple(found[j] for j in wanted)

        pullback = vjp(of, *(given[place] for place in reached))[1]
        found = pullback(tuple(cotangents))
        return tuple(found) if len(reached) > 1 else (found,)

    return run


# ---- reductions -----------------------------------------------------------------------------


def sum_weights(g: Graph, i: int, x: int, axes: Any, keepdims: bool) -> None:
    """The partials of a sum by its terms; None stands for ones."""


def extreme_weights(g: Graph, i: int, x: int, axes: Any, keepdims: bool) -> Any:
    """The partials of a maximum or minimum by its elements: those that attain it share 1 equally."""
    best = i if keepdims else spread(g, i, axes, g.shape[x])
    mask = g.apply("equal", x, best, dtype=bool)
    dtype = g.dtype[x]
    ones = g.cast(mask, dtype)
    count = g.reduce("add", ones, axes, True)
    return applied(g, "divide", ones, count)


def product_weights(g: Graph, i: int, x: int, axes: Any, keepdims: bool) -> int:
    """The product of the other elements: of those before, times those after."""
    shape = g.shape[x]
    order = [a for a in range(len(shape)) if a not in axes] + list(axes)
    offset, strides = g.layout(x)
    kept = tuple(n for a, n in enumerate(shape) if a not in axes)
    moved = g.view(x, offset, tuple(shape[a] for a in order), tuple(strides[a] for a in order))
    rows = reshaped(g, moved, (*kept, math.prod(shape[a] for a in axes)))
    n, last = g.shape[rows][-1], len(kept)
    ones = broadcast(g, g.constant(np.ones((), g.dtype[x])), (*kept, 1))

    def before(y: int) -> int:
        return ones if n == 1 else g.join([ones, g.scan("multiply", part(g, y, last, 0, n - 1), last)], last)

    others = applied(g, "multiply", before(rows), flipped(g, before(flipped(g, rows, last)), last))
    back = reshaped(g, others, tuple(shape[a] for a in order))
    offset, strides = g.layout(back)
    place = [order.index(a) for a in range(len(shape))]
    return g.view(back, offset, shape, tuple(strides[p] for p in place))


REDUCTIONS: dict[str, Any] = {
    "add": sum_weights, "maximum": extreme_weights, "minimum": extreme_weights, "multiply": product_weights,
}  # fmt: skip


def accumulated(name: str, axis: int) -> Callable[..., Any]:
    """A running reduction as a function of arrays, for a call."""

    def function(x: Any) -> tuple[Any, ...]:
        return (getattr(np, name).accumulate(x, axis=axis),)

    function.__name__ = f"np.{name}.accumulate"
    return function


def reduced(name: str, axes: Any, keepdims: bool) -> Callable[..., Any]:
    """A reduction as a function of arrays, for a call."""

    def function(x: Any) -> tuple[Any, ...]:
        for a in sorted(axes, reverse=True):
            x = getattr(np, name).reduce(x, axis=a, keepdims=keepdims)
        return (x,)

    function.__name__ = f"np.{name}.reduce"
    return function


# ---- cotangents -----------------------------------------------------------------------------


class Pull(Nodes):
    """Cotangents of nodes; where there are k, their axis is the first."""

    def __init__(self, g: Graph, k: int | None, active: set[int]) -> None:
        super().__init__(g, k)
        self.active = active
        self.w: dict[int, int] = {}
        self.units: dict[int, Unit] = {}
        self.pending: dict[int, dict[int, int]] = {}

    def give(self, i: int, w: int) -> None:
        """Adds to the cotangent of a node; w in its shape."""
        if i not in self.active:
            return
        g = self.g
        w = g.cast(w if g.dtype[i].kind == "c" else complexes.real_part(g, w), g.dtype[i])
        now = self.of(i)
        self.w[i] = w if now is None else applied(g, "add", now, w)

    def give_unit(self, i: int, u: Unit) -> None:
        """`give` of cotangents that are unit vectors, which are kept as places of ones (`Unit`)."""
        if i not in self.active:
            return
        if self.of(i) is None:
            self.units[i] = u
        else:
            assert self.k is not None
            self.give(i, spread_out(self.g, i, u, self.k))

    def of(self, i: int) -> int | None:
        """What was added to the cotangent of a node so far."""
        u = self.units.pop(i, None)
        if u is not None:
            assert self.k is not None
            self.w[i] = spread_out(self.g, i, u, self.k)
        return self.w.get(i)

    def give_broadcast(self, i: int, w: int) -> None:
        """`give`, w in a shape to which the node's broadcasts."""
        if i in self.active:
            self.give(i, linear.unbroadcast(self, w, self.g.shape[i]))

    def node(self, i: int) -> None:
        """Hands the cotangent of a node to its arguments."""
        g = self.g
        if g.op[i] == "call":
            self.pull_call(i)
            return
        unit = self.units.get(i)
        if unit is not None and not complexes.is_complex(g, i, *g.args[i]) and handed_on(self, i, unit):
            return
        w = self.of(i)
        if w is not None:
            getattr(self, "pull_" + g.op[i])(i, w, g.args[i], g.attr[i])

    def pull_input(self, *args: Any) -> None:
        """Nothing: a node without arguments hands its cotangent to nobody."""

    pull_constant = pull_captured = pull_zeros = pull_input

    def pull_apply(self, i: int, w: int, args: Any, name: str) -> None:
        g = self.g
        if name == "where":
            for k, a in enumerate(args[1:]):
                if a in self.active:
                    self.give(a, linear.pull_select(self, args[0], w, k, g.shape[a]))
            return
        if name not in STEPS and complexes.is_complex(g, i, *args):
            complexes.cotangents(self, i, w, args, name)
            return
        rule = rule_name(name)
        if rule is None:
            return
        for which, a in enumerate(args):
            if a not in self.active:
                continue
            p = partial(g, rule, which, args, i)
            if isinstance(p, float) and p == 0:
                continue
            self.give_broadcast(a, applied(g, "multiply", p, w))

    def pull_cast(self, i: int, w: int, args: Any, attr: Any) -> None:
        self.give(args[0], w)

    def pull_copy(self, i: int, w: int, args: Any, attr: Any) -> None:
        self.give(args[0], w)

    def pull_view(self, i: int, w: int, args: Any, attr: Any) -> None:
        x = args[0]
        if x in self.active:
            self.w[x] = linear.pull_read(self, w, elements(self, i), self.of(x))

    pull_take = pull_view

    def pull_write(self, i: int, w: int, args: Any, attr: Any) -> None:
        g, x, y, at = self.g, args[0], args[-1], elements(self, i)
        if y in self.active:
            self.give(y, linear.pull_write(self, w, 1, at, g.shape[y]))
        if x in self.active and (attr is None or math.prod(at.shape) < math.prod(g.shape[x])):
            self.give(x, linear.pull_write(self, w, 0, at, g.shape[x]))

    pull_put = pull_write

    def pull_add(self, i: int, w: int, args: Any, attr: Any) -> None:
        at = elements(self, i)
        for k, a in enumerate((args[0], args[-1])):
            if a in self.active:
                self.give(a, linear.pull_increase(self, w, k, at, self.g.shape[a]))

    pull_put_add = pull_add

    def pull_reduce(self, i: int, w: int, args: Any, attr: Any) -> None:
        g, x = self.g, args[0]
        name, axes, keepdims = attr
        if x not in self.active:
            return
        if name not in REDUCTIONS or name != "add" and complexes.is_complex(g, i):
            self.by_call(i, args, reduced(name, axes, keepdims), w)
            return
        w = linear.pull_sum(self, w, axes, g.shape[x])
        weights = REDUCTIONS[name](g, i, x, axes, keepdims)
        self.give(x, w if weights is None else applied(g, "multiply", weights, w))

    def pull_scan(self, i: int, w: int, args: Any, attr: Any) -> None:
        name, axis = attr
        if name == "add":
            self.give(args[0], linear.pull_running(self, w, axis))
            return
        self.by_call(i, args, accumulated(name, axis), w)

    def by_call(self, i: int, args: Any, function: Callable[..., Any], w: int) -> None:
        """Hands a cotangent to the arguments by dualdiff's own rule of a function."""
        what = Call(function, getattr(function, "__name__", "?"), [self.g.shape[i]], [self.g.dtype[i]])
        reached = [k for k, a in enumerate(args) if a in self.active and carries(self.g, a)]
        for k, found in zip(reached, self.derived_call(args, what, reached, [0], [w]), strict=True):
            self.give(args[k], found)

    def pull_matmul(self, i: int, w: int, args: Any, attr: Any) -> None:
        shapes = [self.g.shape[a] for a in args]
        for k, a in enumerate(args):
            if a in self.active:
                self.give(a, linear.pull_product(self, w, k, args[1 - k], shapes))

    def pull_linalg(self, i: int, w: int, args: Any, name: str) -> None:
        if name == "solve" and args[0] not in self.active:
            self.give_broadcast(args[1], matrices.solved(self.g, swapped(self.g, args[0]), w))
        else:
            self.pull_pushed(i, w)

    def pull_pushed(self, i: int, w: int) -> None:
        """Hands a cotangent to the arguments by transposing what `push` makes of tangents that stand for any."""
        g = self.g
        seeds = {
            a: g.node("input", (), ("any tangent", len(g)), self.full(g.shape[a]), g.dtype[a])
            for a in dict.fromkeys(g.args[i]) if a in self.active
        }  # fmt: skip
        p = Push(g, self.k)
        p.t.update(seeds)
        d = p.node(i)
        found = [] if d is None else pull(g, {d: w}, list(seeds.values()), None)
        for a, cotangent in zip(seeds, found, strict=False):
            if cotangent is not None:
                self.give(a, cotangent)

    def pull_join(self, i: int, w: int, args: Any, axis: int) -> None:
        shapes = [self.g.shape[x] for x in args]
        for k, x in enumerate(args):
            if x in self.active:
                self.give(x, linear.pull_join(self, w, k, shapes, axis))

    def pull_item(self, i: int, w: int, args: Any, place: int) -> None:
        self.pending.setdefault(args[0], {})[place] = w

    def pull_call(self, i: int) -> None:
        """Hands the cotangents of a call's results to its arguments, once all of them have been added up."""
        g = self.g
        given = self.pending.get(i)
        if not given:
            return
        what, args = g.attr[i], g.args[i]
        reached = [k for k, a in enumerate(args) if a in self.active and carries(g, a)]
        places = sorted(given)
        found = self.derived_call(args, what, reached, places, [given[p] for p in places])
        for k, w in zip(reached, found, strict=True):
            self.give(args[k], w)

    def derived_call(self, args: Any, what: Call, reached: list[int], places: list[int], ws: list[int]) -> Any:
        g = self.g
        run = pulled_call(what.function, len(args), reached, places, self.k)
        new = Call(run, f"vjp of {what.name}", [self.full(g.shape[args[k]]) for k in reached],
                   [g.dtype[args[k]] for k in reached])  # fmt: skip
        return g.call(new, *args, *ws)


def pull(g: Graph, cotangents: dict[int, Any], wrt: Sequence[int], k: int | None) -> list[int | None]:
    """Appends the cotangents of nodes; cotangents: output node -> the node of its cotangent, or a `Unit`."""
    order = on_the_way(g, wrt, list(cotangents))
    p = Pull(g, k, set(order))
    for i, w in cotangents.items():
        if isinstance(w, Unit):
            p.give_unit(i, w)
        else:
            p.give(i, w)
    for i in reversed(order):
        if i not in wrt:
            p.node(i)
    return [p.of(i) for i in wrt]


# ---- kinks ----------------------------------------------------------------------------------


def kinks(g: Graph, wrt: Sequence[int], outputs: Sequence[int]) -> None:
    """Appends guards that no function is exactly at a kink."""
    guard_kinks(g, kink_nodes(g, wrt, outputs))


def guard_kinks(g: Graph, nodes: Sequence[int]) -> None:
    """Appends guards that none of some truths holds, which say that a function is at a kink."""
    known = {guard.node for guard in g.guards}
    g.guards.extend(
        Guard(node, "bool", False, "a kink, in second order") for node in dict.fromkeys(nodes) if node not in known
    )


def kink_nodes(g: Graph, wrt: Sequence[int], outputs: Sequence[int]) -> list[int]:
    """Nodes that say whether a function is exactly at a kink."""
    found: list[int] = []
    for i in on_the_way(g, wrt, outputs):
        if g.op[i] == "apply":
            name = rule_name(g.attr[i]) if g.attr[i] != "where" else None
            if name not in KINKED:
                continue
            args = g.args[i]
            met = expression(g, parsed(KINKED[name]), {"x": args[0], "y": args[-1], "f": i})
        elif g.op[i] == "reduce" and g.attr[i][0] in ("maximum", "minimum"):
            x, (_, axes, keepdims) = g.args[i][0], g.attr[i]
            best = i if keepdims else spread(g, i, axes, g.shape[x])
            count = g.reduce("add", g.cast(g.apply("equal", x, best, dtype=bool), np.int64), axes)
            met = g.apply("not_equal", count, g.constant(np.int64(1)), dtype=bool)
        else:
            continue
        found.append(g.reduce("logical_or", met, tuple(range(len(g.shape[met]))), dtype=bool))
    return found
