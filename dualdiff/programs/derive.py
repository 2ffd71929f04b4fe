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

from . import complexes, matrices
from .graph import Call, Graph, Guard
from .partials import KINKED, STEPS, NotDerivable, applied, expression, parsed, partial, rule_name
from .units import Unit, folded, handed_on, spread_out
from .windows import (
    apart,
    broadcast,
    dense,
    flipped,
    inserted,
    part,
    reshaped,
    row_places,
    spread,
    swapped,
    unbroadcast,
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


# ---- tangents -------------------------------------------------------------------------------


class Push:
    """Tangents of nodes."""

    def __init__(self, g: Graph, k: int | None) -> None:
        self.g, self.k = g, k
        self.lead = 0 if k is None else 1
        self.t: dict[int, int | None] = {}
        self.units: dict[int, Unit] = {}

    def full(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of a tangent."""
        return tuple(shape) if self.k is None else (self.k, *shape)

    def zeros(self, i: int) -> int:
        """The tangent of a node that nothing reaches."""
        return self.g.zeros(self.full(self.g.shape[i]), self.g.dtype[i])

    def of(self, i: int) -> int | None:
        found = self.t.get(i)
        if found is None and i in self.units:
            assert self.k is not None
            found = self.t[i] = spread_out(self.g, i, self.units[i], self.k)
        return found

    def there(self, i: int) -> int:
        """The tangent of a node, zeros if there is none."""
        found = self.of(i)
        return self.zeros(i) if found is None else found

    def padded(self, d: int, own: int, ndim: int) -> int:
        """A tangent of a node with `own` axes, so that it broadcasts with tangents of nodes with ndim axes."""
        return inserted(self.g, d, 1, ndim - own) if self.lead else d

    def add(self, a: int | None, b: int | None) -> Any:
        """a + b."""
        if a is None or b is None:
            return b if a is None else a
        return applied(self.g, "add", a, b)

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
            c, a, b = args
            da, db = self.of(a), self.of(b)
            if da is None and db is None:
                return None
            parts = [self.zero_number(i) if d is None else self.padded(d, len(g.shape[x]), nd)
                     for x, d in ((a, da), (b, db))]  # fmt: skip
            found = g.apply("where", c, *parts, dtype=g.dtype[i])
            return broadcast(g, found, self.full(g.shape[i]))
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
            total = self.add(total, applied(g, "multiply", p, self.padded(d, len(g.shape[a]), nd)))
        if total is None:
            return None
        total = g.cast(total, g.dtype[i])
        return broadcast(g, total, self.full(g.shape[i]))

    def zero_number(self, i: int) -> int:
        return self.g.constant(np.zeros((), self.g.dtype[i]))

    def push_cast(self, i: int, args: Any, attr: Any) -> int | None:
        d = self.of(args[0])
        if d is None or self.g.dtype[args[0]].kind not in "fc":
            return None
        real = self.g.dtype[i].kind != "c"
        return self.g.cast(complexes.real_part(self.g, d) if real else d, self.g.dtype[i])

    def push_copy(self, i: int, args: Any, attr: Any) -> int | None:
        return self.of(args[0])

    def wide(self, offset: int, strides: Any, size: int) -> Any:
        """Strides of a window in all tangents of a dense node."""
        return strides if self.k is None else (size, *strides)

    def push_view(self, i: int, args: Any, attr: Any) -> int | None:
        g, d = self.g, self.of(args[0])
        if d is None:
            return None
        d = dense(g, d)
        offset, strides = attr
        return g.view(d, offset, self.full(g.shape[i]), self.wide(offset, strides, math.prod(g.shape[args[0]])))

    def push_write(self, i: int, args: Any, attr: Any) -> int | None:
        g, (x, y), (offset, shape, strides) = self.g, args, attr
        if self.of(x) is None and self.of(y) is None:
            return None
        d = self.padded(self.there(y), len(g.shape[y]), len(shape))
        return g.write(
            dense(g, self.there(x)), g.cast(d, g.dtype[i]), offset, self.full(shape),
            self.wide(offset, strides, math.prod(g.shape[x])),
        )  # fmt: skip

    def push_add(self, i: int, args: Any, attr: Any) -> int | None:
        g, (x, y), (offset, shape, strides) = self.g, args, attr
        if self.of(y) is None:
            return self.of(x)
        d = self.padded(self.there(y), len(g.shape[y]), len(shape))
        return g.add(
            dense(g, self.there(x)), d, offset, self.full(shape), self.wide(offset, strides, math.prod(g.shape[x]))
        )

    def places(self, i: int, size: int) -> int:
        return i if self.k is None else row_places(self.g, i, self.k, size)

    def push_take(self, i: int, args: Any, attr: Any) -> int | None:
        g, (x, at) = self.g, args
        d = self.of(x)
        return None if d is None else g.take(d, self.places(at, math.prod(g.shape[x])))

    def push_put(self, i: int, args: Any, attr: Any) -> Any:
        return self.put("put", args)

    def push_put_add(self, i: int, args: Any, attr: Any) -> Any:
        return self.put("put_add", args)

    def put(self, op: str, args: Any) -> Any:
        g, (x, at, y) = self.g, args
        if self.of(x) is None and self.of(y) is None:
            return None
        d = self.padded(self.there(y), len(g.shape[y]), len(g.shape[at]))
        return getattr(g, op)(dense(g, self.there(x)), self.places(at, math.prod(g.shape[x])), d)

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
        return g.reduce("add", g.cast(d, g.dtype[i]), tuple(a + self.lead for a in axes), keepdims)

    def push_scan(self, i: int, args: Any, attr: Any) -> Any:
        g, d = self.g, self.of(args[0])
        name, axis = attr
        if d is None:
            return None
        if name == "add":
            return g.scan("add", d, axis + self.lead)
        return self.by_call(i, args, accumulated(name, axis))

    def push_matmul(self, i: int, args: Any, attr: Any) -> int | None:
        g, (a, b) = self.g, args
        da, db = self.of(a), self.of(b)
        total = None
        if da is not None:
            total = self.product(i, da, len(g.shape[a]), True, b, len(g.shape[b]), False)
        if db is not None:
            total = self.add(total, self.product(i, a, len(g.shape[a]), False, db, len(g.shape[b]), True))
        return total

    def push_linalg(self, i: int, args: Any, name: str) -> int | None:
        return matrices.tangent(self, i, args, name)

    def product(self, i: int, a: int, na: int, ta: bool, b: int, nb: int, tb: bool) -> int:
        """a @ b, of which one is a tangent; the numbers of axes are those of the nodes."""
        g = self.g
        if self.k is None:
            return g.matmul(a, b)
        if ta and nb <= 2 and na <= 2 or ta and nb == 1:
            if na == 1 and nb <= 2:
                return g.matmul(a, b)  # (k, n) @ (n,) or (n, m)
            if nb == 1:
                return g.matmul(a, b)
        if tb and nb == 1 and na <= 2:
            return g.matmul(b, a if na == 1 else swapped(g, a))  # (k, n) @ (n,) or (n, m)
        if na == 1:
            a = inserted(g, a, 1 if ta else 0)
        if nb == 1:
            b = inserted(g, b, len(g.shape[b]))
        nd = max(na, nb, 2)
        a = inserted(g, a, 1, nd - max(na, 2)) if ta else a
        b = inserted(g, b, 1, nd - max(nb, 2)) if tb else b
        found = g.matmul(a, b)
        return reshaped(g, found, self.full(g.shape[i]))

    def push_join(self, i: int, args: Any, axis: int) -> int | None:
        g = self.g
        if all(self.of(x) is None for x in args):
            return None
        return g.join([g.cast(self.there(x), g.dtype[i]) for x in args], axis + self.lead)

    def push_call(self, i: int, args: Any, what: Call) -> int | None:
        reached = [k for k, a in enumerate(args) if self.of(a) is not None and carries(self.g, a)]
        if reached:
            self.results[i] = self.derived_call(args, what, reached)
        return None

    results: dict[int, Any]

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
    p.results = {}
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
    """All one."""


def extreme_weights(g: Graph, i: int, x: int, axes: Any, keepdims: bool) -> Any:
    """What ties share."""
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


class Pull:
    """Cotangents of nodes; where there are k, their axis is the first."""

    def __init__(self, g: Graph, k: int | None, active: set[int]) -> None:
        self.g, self.k, self.active = g, k, active
        self.lead = 0 if k is None else 1
        self.w: dict[int, int] = {}
        self.units: dict[int, Unit] = {}
        self.pending: dict[int, dict[int, int]] = {}

    def full(self, shape: Sequence[int]) -> tuple[int, ...]:
        return tuple(shape) if self.k is None else (self.k, *shape)

    def zeros(self, i: int) -> int:
        return self.g.zeros(self.full(self.g.shape[i]), self.g.dtype[i])

    def wide(self, strides: Any, size: int) -> Any:
        return strides if self.k is None else (size, *strides)

    def give(self, i: int, w: int) -> None:
        """Adds to the cotangent of a node; w in its shape."""
        if i not in self.active:
            return
        g = self.g
        w = g.cast(w if g.dtype[i].kind == "c" else complexes.real_part(g, w), g.dtype[i])
        now = self.of(i)
        self.w[i] = w if now is None else applied(g, "add", now, w)

    def give_unit(self, i: int, u: Unit) -> None:
        """`give` of unit vectors."""
        if i not in self.active:
            return
        if self.of(i) is None:
            self.units[i] = u
        else:
            assert self.k is not None
            self.give(i, spread_out(self.g, i, u, self.k))

    def of(self, i: int) -> int | None:
        """The cotangent of a node so far."""
        u = self.units.pop(i, None)
        if u is not None:
            assert self.k is not None
            self.w[i] = spread_out(self.g, i, u, self.k)
        return self.w.get(i)

    def give_broadcast(self, i: int, w: int) -> None:
        """`give`, w in a shape to which the node's broadcasts."""
        if i in self.active:
            self.give(i, unbroadcast(self.g, w, self.g.shape[i], self.lead))

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
        """The end."""

    pull_constant = pull_captured = pull_zeros = pull_input

    def pull_apply(self, i: int, w: int, args: Any, name: str) -> None:
        g = self.g
        if name == "where":
            c, a, b = args
            zero = g.constant(np.zeros((), g.dtype[i]))
            if a in self.active:
                self.give_broadcast(a, g.apply("where", c, w, zero, dtype=g.dtype[i]))
            if b in self.active:
                self.give_broadcast(b, g.apply("where", c, zero, w, dtype=g.dtype[i]))
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
        """Adds to a window of the cotangent of the dense node."""
        g, x = self.g, args[0]
        (offset, strides), shape = attr, g.shape[i]
        size = math.prod(g.shape[x])
        still = tuple(self.lead + k for k, (n, s) in enumerate(zip(shape, strides, strict=True)) if s == 0 and n > 1)
        if still:
            w = g.reduce("add", w, still, True)
            shape = tuple(1 if self.lead + k in still else n for k, n in enumerate(shape))
        now = self.of(x)
        if apart(shape, strides) or math.prod(shape) <= 1:
            if now is None and math.prod(shape) == size and (exact := self.whole(w, shape, strides, x)) is not None:
                self.w[x] = exact
                return
            now = self.zeros(x) if now is None else dense(g, now)
            self.w[x] = g.add(now, w, offset, self.full(shape), self.wide(strides, size))
        else:
            places = np.full((), offset, np.int64)
            for k, (n, s) in enumerate(zip(shape, strides, strict=True)):
                places = places + (np.arange(n) * s).reshape((n,) + (1,) * (len(shape) - 1 - k))
            at = g.constant(np.ascontiguousarray(places, np.int64))
            at = at if self.k is None else row_places(g, at, self.k, size)
            self.w[x] = g.put_add(self.zeros(x) if now is None else dense(g, now), at, w)

    def whole(self, w: int, shape: Any, strides: Any, x: int) -> int | None:
        """The cotangent of x, if a window of all of it is one by permuting and splitting axes; else None."""
        g = self.g
        if any(s < 0 for s in strides):
            return None
        order = sorted(range(len(shape)), key=lambda k: (-strides[k], shape[k] == 1))
        if Graph.plain(tuple(shape[k] for k in order)) != tuple(strides[k] if shape[k] > 1 else 0 for k in order):
            return None
        offset, steps = g.layout(w)
        if self.lead:
            order = [0, *(k + 1 for k in order)]
        turned = g.view(w, offset, tuple(g.shape[w][k] for k in order), tuple(steps[k] for k in order))
        return reshaped(g, turned, self.full(g.shape[x]))

    def window(self, w: int, attr: Any, size: int) -> int:
        """A window of a cotangent."""
        offset, shape, strides = attr
        return self.g.view(dense(self.g, w), offset, self.full(shape), self.wide(strides, size))

    def pull_write(self, i: int, w: int, args: Any, attr: Any) -> None:
        g, (x, y), (offset, shape, strides) = self.g, args, attr
        size = math.prod(g.shape[x])
        if not apart(shape, strides):
            raise NotDerivable("a write to a window that sees an element twice")
        self.give_broadcast(y, self.window(w, attr, size))
        if x in self.active and math.prod(shape) < size:
            zero = g.constant(np.zeros((), g.dtype[i]))
            self.give(x, g.write(dense(g, w), zero, offset, self.full(shape), self.wide(strides, size)))

    def pull_add(self, i: int, w: int, args: Any, attr: Any) -> None:
        x, y = args
        self.give_broadcast(y, self.window(w, attr, math.prod(self.g.shape[x])))
        self.give(x, w)

    def places(self, i: int, size: int) -> int:
        return i if self.k is None else row_places(self.g, i, self.k, size)

    def pull_take(self, i: int, w: int, args: Any, attr: Any) -> None:
        g, (x, at) = self.g, args
        if x in self.active:
            now = self.of(x)
            now = self.zeros(x) if now is None else dense(g, now)
            self.w[x] = g.put_add(now, self.places(at, math.prod(g.shape[x])), g.cast(w, g.dtype[x]))

    def pull_put(self, i: int, w: int, args: Any, attr: Any) -> None:
        g, (x, at, y) = self.g, args
        size = math.prod(g.shape[x])
        places = self.places(at, size)
        if y in self.active:
            got = g.take(w, places)
            last = self.last_writes(at, size)
            if last is not None:
                got = g.apply("where", last, got, g.constant(np.zeros((), g.dtype[i])), dtype=g.dtype[i])
            self.give_broadcast(y, got)
        if x in self.active:
            self.give(x, g.put(dense(g, w), places, g.constant(np.zeros((), g.dtype[i]))))

    def last_writes(self, at: int, size: int) -> int | None:
        """Where the elements stand that are not overwritten by a later one; None for everywhere."""
        g = self.g
        n = math.prod(g.shape[at])
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

    def pull_put_add(self, i: int, w: int, args: Any, attr: Any) -> None:
        g, (x, at, y) = self.g, args
        if y in self.active:
            self.give_broadcast(y, g.take(w, self.places(at, math.prod(g.shape[x]))))
        self.give(x, w)

    def pull_reduce(self, i: int, w: int, args: Any, attr: Any) -> None:
        g, x = self.g, args[0]
        name, axes, keepdims = attr
        if x not in self.active:
            return
        if name not in REDUCTIONS or name != "add" and complexes.is_complex(g, i):
            self.by_call(i, args, reduced(name, axes, keepdims), w)
            return
        if not keepdims:
            for a in sorted(axes):
                w = inserted(g, w, a + self.lead)
        w = broadcast(g, w, self.full(g.shape[x]))
        weights = REDUCTIONS[name](g, i, x, axes, keepdims)
        self.give(x, w if weights is None else applied(g, "multiply", weights, w))

    def pull_scan(self, i: int, w: int, args: Any, attr: Any) -> None:
        g, x = self.g, args[0]
        name, axis = attr
        if name == "add":
            axis += self.lead
            self.give(x, flipped(g, g.scan("add", flipped(g, w, axis), axis), axis))
            return
        self.by_call(i, args, accumulated(name, axis), w)

    def by_call(self, i: int, args: Any, function: Callable[..., Any], w: int) -> None:
        """Hands a cotangent to the arguments by dualdiff's own rule of a function."""
        what = Call(function, getattr(function, "__name__", "?"), [self.g.shape[i]], [self.g.dtype[i]])
        reached = [k for k, a in enumerate(args) if a in self.active and carries(self.g, a)]
        for k, found in zip(reached, self.derived_call(args, what, reached, [0], [w]), strict=True):
            self.give(args[k], found)

    def pull_matmul(self, i: int, w: int, args: Any, attr: Any) -> None:
        g, (a, b) = self.g, args
        na, nb = len(g.shape[a]), len(g.shape[b])
        lead = self.lead
        left, right = complexes.conjugate(g, a), complexes.conjugate(g, b)
        if na == 1 and nb == 1:  # a number
            w = inserted(g, w, lead)
            if a in self.active:
                self.give(a, applied(g, "multiply", w, right))
            if b in self.active:
                self.give(b, applied(g, "multiply", w, left))
            return
        if a in self.active:
            self.give_product(
                a, na, w, na, nb, lambda u: g.matmul(u, swapped(g, right if nb > 1 else inserted(g, right, 1))), "a",
                right,
            )  # fmt: skip
        if b in self.active:
            self.give_product(
                b, nb, w, na, nb, lambda u: g.matmul(swapped(g, left if na > 1 else inserted(g, left, 0)), u), "b", left
            )

    def give_product(self, x: int, n: int, w: int, na: int, nb: int, product: Any, side: str, other: int) -> None:
        """Hands a product with a cotangent w, which gets the axes that matmul left out, to a factor."""
        g, lead = self.g, self.lead
        if lead and n == 1 and na + nb == 3:  # (k, m) @ (m, n), one product
            if side == "b":
                self.give(x, g.matmul(w, other))
            else:
                self.give(x, g.matmul(w, swapped(g, other)))
            return
        if na == 1:
            w = inserted(g, w, len(g.shape[w]) - 1)
        if nb == 1:
            w = inserted(g, w, len(g.shape[w]))
        found = product(w)
        own = g.shape[x]
        if n == 1:
            shape = g.shape[found]
            found = reshaped(g, found, shape[:-2] + (shape[-1:] if side == "a" else shape[-2:-1]))
        more = len(g.shape[found]) - lead - len(own)
        if more < 0:
            found = inserted(g, found, lead, -more)
        self.give(x, reshaped(g, unbroadcast(g, found, own, lead), self.full(own)))

    def pull_linalg(self, i: int, w: int, args: Any, name: str) -> None:
        matrices.cotangents(self, i, w, args, name)

    def pull_join(self, i: int, w: int, args: Any, axis: int) -> None:
        g, start = self.g, 0
        for x in args:
            n = g.shape[x][axis]
            if x in self.active:
                self.give(x, part(g, w, axis + self.lead, start, start + n))
            start += n

    def pull_item(self, i: int, w: int, args: Any, place: int) -> None:
        self.pending.setdefault(args[0], {})[place] = w

    def pull_call(self, i: int) -> None:
        """All cotangents of the results of a call are there: hands them on."""
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
