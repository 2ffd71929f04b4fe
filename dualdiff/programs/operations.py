"""The operations of graphs, each once: what it gives, and what it does to tangents, cotangents and patterns.

Whoever must know what a node does looks its operation up in `OPERATIONS` and asks it.  An operation says

    value       what it gives, in the functions of a kind of values (evaluate.py: arrays; loaded.py: duals)
    push        the tangent of the result from those of the arguments, in any `Space`: nodes of a graph (derive.py);
                numbers of index sets (reach.py), so its pattern is no text of its own
    pull        the cotangent of one argument from that of the result
    moves       whether all Taylor coefficients of the arguments go through `push` alike (series.py)
    complex     whether its derivative is linear over the complex numbers (wirtinger.py)
    made_of     the nodes whose numbers it only puts elsewhere (finite.py)
    kink        a truth: it is exactly at a kink (derive.py)

What becomes of it in a program stands in core/planning.pxi; its shape and dtype are what graph.py makes, and
validate.py checks.  Leaves (input, captured, constant, zeros) do nothing; a call is derived by dualdiff's own rules.
"""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..maps import linear
from ..rules.table import RULES
from . import complexes, matrices
from .graph import Graph
from .partials import KINKED, STEPS, NotDerivable, applied, expression, parsed, partial, rule_name
from .windows import broadcast, flipped, part, reshaped, spread, swapped

__all__ = ["OPERATIONS", "Operation", "is_flat"]


class Operation:
    """What an operation says; here of one that moves numbers of its arguments, or adds some up."""

    joins = False       # pull adds to what the argument's cotangent is so far
    backwards = False   # the last argument is pulled to first
    moving = True
    over_complex = True

    def value(self, v: Any, g: Graph, i: int, xs: list[Any]) -> Any:
        """The value of node i from those of its arguments; v: how values are read, written and computed."""
        raise NotImplementedError

    def push(self, s: Any, g: Graph, i: int, ts: list[Any]) -> Any:
        """The tangent of node i from those of its arguments, of which there is one; None is zero."""
        raise NotImplementedError

    def pull(self, s: Any, g: Graph, i: int, w: Any, which: int, onto: Any) -> Any:
        """The cotangent of an argument from that of node i, None for zero; with `joins` added to `onto`."""
        raise NotImplementedError

    def moves(self, g: Graph, i: int) -> bool:
        """Whether coefficient m of a series is `push` of the arguments' coefficients m."""
        return self.moving

    def complex(self, g: Graph, i: int) -> bool:
        """Whether the derivative of a complex node is linear over the complex numbers, whatever its arguments are."""
        return self.over_complex

    def made_of(self, g: Graph, i: int) -> tuple[int, ...] | None:
        """Nodes of whose numbers alone it consists; None where it has numbers of its own."""
        return None

    def kink(self, g: Graph, i: int) -> int | None:
        """A node of truths: where it is exactly at a kink; None for what has none."""
        return None


class Apply(Operation):
    """An elementwise function, by its partials; np.where."""

    def value(self, v: Any, g: Graph, i: int, xs: list[Any]) -> Any:
        return v.made(v.function(g.attr[i])(*xs), g.dtype[i])

    def push(self, s: Any, g: Graph, i: int, ts: list[Any]) -> Any:
        name, args = g.attr[i], g.args[i]
        shapes = [g.shape[a] for a in args]
        if name == "where":
            ts = [None if t is None else s.cast(t, g.dtype[i]) for t in ts[1:]]
            return None if all(t is None for t in ts) else linear.push_select(s, args[0], ts, shapes[1:], g.shape[i])
        if s.numbers and name not in STEPS and complexes.is_complex(g, i, *args):
            found = complexes.tangent(s, i, args, name, ts)
            if found is not NotImplemented:
                return None if found is None else s.broadcast(found, g.shape[i])
        return linear.push_elementwise(s, ts, partials(s, g, i), shapes, g.shape[i], g.dtype[i])

    def pull(self, s: Any, g: Graph, i: int, w: Any, which: int, onto: Any) -> Any:
        name, args = g.attr[i], g.args[i]
        shape = g.shape[args[which]]
        if name == "where":
            return linear.pull_select(s, args[0], w, which - 1, shape) if which else None
        if name not in STEPS and complexes.is_complex(g, i, *args):
            found = complexes.cotangent(s, i, w, args, name, which)
            if found is not NotImplemented:
                return found
        p = partials(s, g, i)(which)
        return None if p is None else linear.pull_elementwise(s, w, p, shape)

    def moves(self, g: Graph, i: int) -> bool:
        return bool(g.attr[i] == "where")

    def complex(self, g: Graph, i: int) -> bool:
        return bool(g.attr[i] == "where") or complexes.is_holomorphic(g.attr[i])

    def made_of(self, g: Graph, i: int) -> tuple[int, ...] | None:
        return g.args[i] if g.attr[i] == "negative" else None

    def kink(self, g: Graph, i: int) -> int | None:
        name, args = None if g.attr[i] == "where" else rule_name(g.attr[i]), g.args[i]
        if name not in KINKED:
            return None
        found: int = expression(g, parsed(KINKED[name]), {"x": args[0], "y": args[-1], "f": i})
        return found


def partials(s: Any, g: Graph, i: int) -> Callable[[int], Any]:
    """The partials of an elementwise function, each made when it is asked for: a node, or a float; None is zero.

    For patterns any number stands for one that is not zero everywhere.
    """
    name, args = g.attr[i], g.args[i]
    if not s.numbers:
        return lambda which: None if is_flat(name, which) else 1.0
    rule = rule_name(name)

    def of(which: int) -> Any:
        found = 0.0 if rule is None else partial(g, rule, which, args, i)
        return None if isinstance(found, float) and found == 0 else found

    return of


@functools.cache
def is_flat(name: str, which: int) -> bool:
    """Whether an elementwise function has the derivative 0 by one of its arguments wherever it has one."""
    try:
        rule = rule_name(name)
    except NotDerivable:
        return False
    return rule is None or RULES[rule].texts[which] == "0"


class Cast(Operation):
    """x in another dtype; of complex numbers made real the real part."""

    def value(self, v: Any, g: Graph, i: int, xs: list[Any]) -> Any:
        return v.made(xs[0].astype(g.dtype[i]), g.dtype[i])

    def push(self, s: Any, g: Graph, i: int, ts: list[Any]) -> Any:
        return s.cast(ts[0], g.dtype[i])

    def pull(self, s: Any, g: Graph, i: int, w: Any, which: int, onto: Any) -> Any:
        return w

    def made_of(self, g: Graph, i: int) -> tuple[int, ...] | None:
        (x,) = g.args[i]
        return (x,) if g.dtype[x].kind in "fc" and g.dtype[x].itemsize < g.dtype[i].itemsize else None


class Copy(Operation):
    """x itself, as another node."""

    def value(self, v: Any, g: Graph, i: int, xs: list[Any]) -> Any:
        return v.made(v.copy(xs[0]), g.dtype[i])

    def push(self, s: Any, g: Graph, i: int, ts: list[Any]) -> Any:
        return ts[0]

    def pull(self, s: Any, g: Graph, i: int, w: Any, which: int, onto: Any) -> Any:
        return w

    def made_of(self, g: Graph, i: int) -> tuple[int, ...] | None:
        return g.args[i]


class View(Operation):
    """A window of x."""

    joins = True

    def value(self, v: Any, g: Graph, i: int, xs: list[Any]) -> Any:
        return v.window(xs[0], g.attr[i][0], g.shape[i], g.attr[i][1])

    def push(self, s: Any, g: Graph, i: int, ts: list[Any]) -> Any:
        return None if ts[0] is None else linear.push_read(s, ts[0], s.places(g, i))

    def pull(self, s: Any, g: Graph, i: int, w: Any, which: int, onto: Any) -> Any:
        return linear.pull_read(s, w, s.places(g, i), onto) if which == 0 else onto

    def made_of(self, g: Graph, i: int) -> tuple[int, ...] | None:
        return g.args[i] if math.prod(g.shape[i]) == math.prod(g.shape[g.args[i][0]]) else None


class Take(View):
    """Elements of x by their numbers."""

    def value(self, v: Any, g: Graph, i: int, xs: list[Any]) -> Any:
        return v.taken(xs[0], xs[1])

    def made_of(self, g: Graph, i: int) -> tuple[int, ...] | None:
        return None


class Write(Operation):
    """x after a window, or elements by their numbers, were overwritten by y."""

    backwards = True    # what y was written to is read before it is cleared, which may then happen in its place

    def value(self, v: Any, g: Graph, i: int, xs: list[Any]) -> Any:
        return v.written(xs[0], xs[1] if g.attr[i] is None else g.attr[i], xs[-1], False)

    def push(self, s: Any, g: Graph, i: int, ts: list[Any]) -> Any:
        return linear.push_write(s, ts[0], ts[-1], s.places(g, i))

    def pull(self, s: Any, g: Graph, i: int, w: Any, which: int, onto: Any) -> Any:
        at, shape = s.places(g, i), g.shape[g.args[i][which]]
        if which == 0 and g.attr[i] is not None and math.prod(at.shape) == math.prod(shape):
            return None     # nothing of x is left
        return linear.pull_write(s, w, 0 if which == 0 else 1, at, shape)

    def made_of(self, g: Graph, i: int) -> tuple[int, ...] | None:
        return g.args[i][0], g.args[i][-1]


class Add(Operation):
    """x after y was added to a window, or to elements by their numbers."""

    def value(self, v: Any, g: Graph, i: int, xs: list[Any]) -> Any:
        return v.written(xs[0], xs[1] if g.attr[i] is None else g.attr[i], xs[-1], True)

    def push(self, s: Any, g: Graph, i: int, ts: list[Any]) -> Any:
        return linear.push_increase(s, ts[0], ts[-1], s.places(g, i))

    def pull(self, s: Any, g: Graph, i: int, w: Any, which: int, onto: Any) -> Any:
        return linear.pull_increase(s, w, 0 if which == 0 else 1, s.places(g, i), g.shape[g.args[i][which]])


class Reduce(Operation):
    """A reduction: a sum, of elements times their weights; by dualdiff's own rule where it has no weights."""

    def value(self, v: Any, g: Graph, i: int, xs: list[Any]) -> Any:
        return v.made(v.reduced(xs[0], *g.attr[i]), g.dtype[i])

    def weighs(self, g: Graph, i: int) -> bool:
        """Whether it has weights."""
        name = g.attr[i][0]
        return name == "add" or name in WEIGHTS and not complexes.is_complex(g, i)

    def weighted(self, s: Any, g: Graph, i: int, t: Any) -> Any:
        """A tangent of x, or a cotangent broadcast to it, times the weights."""
        name, axes, keepdims = g.attr[i]
        return applied(g, "multiply", WEIGHTS[name](g, i, g.args[i][0], axes, keepdims), t) if name in WEIGHTS else t

    def push(self, s: Any, g: Graph, i: int, ts: list[Any]) -> Any:
        name, axes, keepdims = g.attr[i]
        if s.numbers and not self.weighs(g, i):
            return s.by_rule(i, reduced(name, axes, keepdims), ts)
        t = self.weighted(s, g, i, ts[0]) if s.numbers else ts[0]
        return linear.push_sum(s, s.cast(t, g.dtype[i]), axes, keepdims)

    def pull(self, s: Any, g: Graph, i: int, w: Any, which: int, onto: Any) -> Any:
        name, axes, keepdims = g.attr[i]
        if not self.weighs(g, i):
            return s.by_rule(i, reduced(name, axes, keepdims), w)
        return self.weighted(s, g, i, linear.pull_sum(s, w, axes, g.shape[g.args[i][0]]))

    def moves(self, g: Graph, i: int) -> bool:
        return g.attr[i][0] in ("add", "maximum", "minimum")     # which is the largest does not change

    def complex(self, g: Graph, i: int) -> bool:
        return bool(g.attr[i][0] == "add")

    def kink(self, g: Graph, i: int) -> int | None:
        x, (name, axes, keepdims) = g.args[i][0], g.attr[i]
        if name not in ("maximum", "minimum"):
            return None
        count = g.reduce("add", g.cast(attained(g, i, x, axes, keepdims), np.int64), axes)
        return g.apply("not_equal", count, g.constant(np.int64(1)), dtype=bool)


def attained(g: Graph, i: int, x: int, axes: Any, keepdims: bool) -> int:
    """Which elements are the maximum or minimum."""
    return g.apply("equal", x, i if keepdims else spread(g, i, axes, g.shape[x]), dtype=bool)


def extreme_weights(g: Graph, i: int, x: int, axes: Any, keepdims: bool) -> Any:
    """The partials of a maximum or minimum by its elements: those that attain it share 1 equally."""
    ones = g.cast(attained(g, i, x, axes, keepdims), g.dtype[x])
    return applied(g, "divide", ones, g.reduce("add", ones, axes, True))


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


WEIGHTS: dict[str, Any] = {
    "maximum": extreme_weights, "minimum": extreme_weights, "multiply": product_weights,
}  # fmt: skip
"""Reductions whose derivative is a sum with weights."""


def reduced(name: str, axes: Any, keepdims: bool) -> Callable[..., Any]:
    """A reduction as a function of arrays, for a call."""

    def function(x: Any) -> tuple[Any, ...]:
        for a in sorted(axes, reverse=True):
            x = getattr(np, name).reduce(x, axis=a, keepdims=keepdims)
        return (x,)

    function.__name__ = f"np.{name}.reduce"
    return function


class Scan(Operation):
    """A running reduction: running sums, and by dualdiff's own rule all others."""

    def value(self, v: Any, g: Graph, i: int, xs: list[Any]) -> Any:
        name, axis = g.attr[i]
        return v.made(getattr(np, name).accumulate(xs[0], axis=axis), g.dtype[i])

    def push(self, s: Any, g: Graph, i: int, ts: list[Any]) -> Any:
        name, axis = g.attr[i]
        if s.numbers and name != "add":
            return s.by_rule(i, accumulated(name, axis), ts)
        return linear.push_running(s, ts[0], axis)

    def pull(self, s: Any, g: Graph, i: int, w: Any, which: int, onto: Any) -> Any:
        name, axis = g.attr[i]
        return linear.pull_running(s, w, axis) if name == "add" else s.by_rule(i, accumulated(name, axis), w)

    def moves(self, g: Graph, i: int) -> bool:
        return bool(g.attr[i][0] == "add")

    complex = moves


def accumulated(name: str, axis: int) -> Callable[..., Any]:
    """A running reduction as a function of arrays, for a call."""

    def function(x: Any) -> tuple[Any, ...]:
        return (getattr(np, name).accumulate(x, axis=axis),)

    function.__name__ = f"np.{name}.accumulate"
    return function


class MatMul(Operation):
    """np.matmul."""

    moving = False

    def value(self, v: Any, g: Graph, i: int, xs: list[Any]) -> Any:
        return v.made(np.matmul(*xs), g.dtype[i])

    def push(self, s: Any, g: Graph, i: int, ts: list[Any]) -> Any:
        shapes = [g.shape[a] for a in g.args[i]]
        return linear.push_product(s, ts, g.args[i] if s.numbers else shapes, shapes, g.shape[i])

    def pull(self, s: Any, g: Graph, i: int, w: Any, which: int, onto: Any) -> Any:
        args = g.args[i]
        return linear.pull_product(s, w, which, args[1 - which], [g.shape[a] for a in args])


class Linalg(Operation):
    """A function of numpy.linalg, by products and solutions (matrices.py); its pull is the transpose of its push."""

    moving = over_complex = False

    def value(self, v: Any, g: Graph, i: int, xs: list[Any]) -> Any:
        return v.made(v.function(f"linalg.{g.attr[i]}")(*xs), g.dtype[i])

    def push(self, s: Any, g: Graph, i: int, ts: list[Any]) -> Any:
        if s.numbers:
            return matrices.tangent(s, i, g.args[i], g.attr[i], ts)
        return decomposed(s, ts, [g.shape[a] for a in g.args[i]], g.shape[i])

    def pull(self, s: Any, g: Graph, i: int, w: Any, which: int, onto: Any) -> Any:
        args = g.args[i]
        if g.attr[i] == "solve" and which == 1 and args[0] not in s.active:
            return linear.unbroadcast(s, matrices.solved(g, swapped(g, args[0]), w), g.shape[args[1]])
        return s.transposed(i, w, which)


def decomposed(s: Any, ps: list[Any], args: list[Any], shape: Sequence[int]) -> Any:
    """Of each matrix of a stack (of a column of a right-hand side, and its matrix) all that goes into its result."""
    total = None
    for k, (p, own) in enumerate(zip(ps, args, strict=True)):
        if p is None:
            continue
        part = s.sum(p, (len(own) - 2, len(own) - 1) if k == 0 else (len(own) - 2,), True)
        if len(shape) == len(args[0]) - 2:
            part = part.reshape(part.shape[:-2])
        part = np.broadcast_to(part, tuple(shape))
        total = part if total is None else s.plus(total, part)
    return total


class Join(Operation):
    """np.concatenate."""

    def value(self, v: Any, g: Graph, i: int, xs: list[Any]) -> Any:
        return v.made(np.concatenate(xs, axis=g.attr[i]), g.dtype[i])

    def push(self, s: Any, g: Graph, i: int, ts: list[Any]) -> Any:
        ts = [None if t is None else s.cast(t, g.dtype[i]) for t in ts]
        return linear.push_join(s, ts, [g.shape[a] for a in g.args[i]], g.dtype[i], g.attr[i])

    def pull(self, s: Any, g: Graph, i: int, w: Any, which: int, onto: Any) -> Any:
        return linear.pull_join(s, w, which, [g.shape[a] for a in g.args[i]], g.attr[i])

    def made_of(self, g: Graph, i: int) -> tuple[int, ...] | None:
        return g.args[i]


OPERATIONS: dict[str, Operation] = {
    "apply": Apply(), "cast": Cast(), "copy": Copy(), "view": View(), "take": Take(), "write": Write(), "put": Write(),
    "add": Add(), "put_add": Add(), "reduce": Reduce(), "scan": Scan(), "matmul": MatMul(), "linalg": Linalg(),
    "join": Join(),
}  # fmt: skip
"""All operations but leaves and calls."""
