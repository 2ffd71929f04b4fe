"""Programs of derivatives: of a compiled function, or of a derivative of one.

A derivative of a path is a graph made of its graph.  The first result is compared with the one that is computed without
programs, which also says of which types and structure results are.
"""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core._program import vectorcalled
from ..transforms.derived import Derived
from ..transforms.pytrees import flatten, unflatten
from . import fields
from .arguments import Leaf, described, own_copy, spread_out
from .derive import NotDerivable, clone, guard_kinks, kink_nodes, kinks, on_the_way, pull, push
from .fields import diagonal
from .finite import watch
from .graph import Graph, dense_strides
from .paths import Entry, Paths, stale
from .plan import GuardFailed
from .recording import Output, Path
from .series import rows_of
from .tracer import NotCompilable, NotHere, memory_order
from .units import Unit

__all__ = [
    "BUILDERS", "CLOSE", "ROUGH", "DerivedPaths", "Problem", "all_real", "along_paths", "builder_of", "check_complex",
    "close", "derived", "rounding", "shaken", "taylor_program", "vjp_program",
]  # fmt: skip

vectorcalled(Derived)       # here, as the module of programs is not loaded before the first of them

FEW = 32
"""A Jacobian with fewer rows or columns has no use for colours."""

ROOM = 2**27
"""Numbers that all tangents of a program may have together; beyond, the derivative is taken without one."""

HIGHEST = 12
"""The highest order of a derivative, and of Taylor coefficients."""

NESTED = 2
"""Up to this order derivatives by one number are derivatives of derivatives; beyond, Taylor coefficients."""

CLOSE, ROUGH = 1e-7, 1e-2
"""How near a derivative of a program must be to the one that is computed without; in single precision."""


class Problem:
    """What a derivative is made of.

    g: the graph, with the values; chosen: for each leaf that is differentiated by (node, order of its axes in memory,
    shape); outputs: for each leaf of the result (node or None, order, shape, dtype); value: the nodes of the results.
    """

    def __init__(self, g: Graph, chosen: list[Any], outputs: list[Any], value: list[Any]) -> None:
        self.g, self.chosen, self.outputs, self.value = g, chosen, outputs, value
        self.kinked = False

    @property
    def wrt(self) -> list[int]:
        """The nodes that are differentiated by."""
        return [node for node, _, _ in self.chosen]

    @property
    def size(self) -> int:
        """The number of numbers that are differentiated by."""
        return sum(math.prod(shape) for _, _, shape in self.chosen)

    # ---- between the order of axes in memory and f's own ----

    def logical(self, node: int, order: Any, lead: int) -> int:
        """A node in the order of memory with its axes as f has them."""
        if order is None:
            return node
        return self.permuted(node, [lead + int(k) for k in np.argsort(order)], lead)

    def in_memory(self, node: int, order: Any, lead: int) -> int:
        """The other way round."""
        return node if order is None else self.permuted(node, [lead + k for k in order], lead)

    def permuted(self, node: int, places: Sequence[int], lead: int) -> int:
        """A node with its axes in another order; the first `lead` stay."""
        g = self.g
        offset, strides = g.layout(node)
        places = [*range(lead), *places]
        return g.view(node, offset, tuple(g.shape[node][k] for k in places), tuple(strides[k] for k in places))

    # ---- derivatives ----

    def scalar(self) -> int:
        """The node of the one real number that f returns."""
        if len(self.outputs) != 1 or self.outputs[0][0] is None or self.outputs[0][2] != ():
            raise NotCompilable("f does not return one number that depends on its arguments")
        if self.outputs[0][3].kind != "f":
            raise NotCompilable("f does not return a real number")
        return int(self.outputs[0][0])

    def gradient(self) -> list[int]:
        """The gradient, in the order of memory."""
        node = self.scalar()
        one = self.g.constant(np.ones((), self.g.dtype[node]))
        found = pull(self.g, {node: one}, self.wrt, None)
        return [self.g.zeros(self.g.shape[i], self.g.dtype[node]) if w is None else w
                for i, w in zip(self.wrt, found, strict=True)]  # fmt: skip

    def tangents(self, seeds: list[Any], nodes: list[int | None], k: int | None) -> list[int | None]:
        """The tangents of nodes in the order of memory along seeds of the chosen leaves in f's."""
        lead = 0 if k is None else 1
        given: dict[int, Any] = {}
        for (node, order, _), seed in zip(self.chosen, seeds, strict=True):
            if isinstance(seed, Unit):
                given[node] = seed
            elif seed is not None:
                given[node] = self.g.cast(self.in_memory(seed, order, lead), self.g.dtype[node])
        there = [n for n in nodes if n is not None]
        found = iter(push(self.g, given, there, k))
        return [None if n is None else next(found) for n in nodes]

    def units(self) -> list[Any]:
        """All unit vectors, side by side, in each leaf."""
        n, start = self.size, 0
        found: list[Any] = []
        self.check_room(n)
        for node, order, shape in self.chosen:
            m = math.prod(shape)
            if order is None:
                found.append(Unit(start))
                start += m
                continue
            rows = np.zeros((n, m), self.g.dtype[node])
            rows[np.arange(start, start + m), np.arange(m)] = 1
            found.append(self.g.constant(rows.reshape(n, *shape)))
            start += m
        return found

    def check_room(self, k: int) -> None:
        """Whether k tangents of everything fit."""
        if k * sum(math.prod(s) for s in self.g.shape[min(self.wrt, default=0) :]) > ROOM:
            raise NotCompilable(f"{k} directions of all that f computes are too many numbers")

    def columns(self, node: int, start: int, shape: tuple[int, ...], own: tuple[int, ...], order: Any) -> int:
        """The part of a Jacobian by one leaf, of tangents (N, *own) of a result."""
        g = self.g
        node = g.copy(self.logical(node, order, 1))
        m = math.prod(own)
        steps = (*dense_strides(own), *(s * m for s in dense_strides(shape)))
        return g.copy(g.view(node, start * m, (*own, *shape), steps))

    def jacobian(self, rows: list[int | None], shapes: list[Any], orders: list[Any], dtypes: list[Any]) -> list[int]:
        """The blocks of a Jacobian: for each result, for each leaf; rows: the nodes of results."""
        g, n = self.g, self.size
        m = sum(math.prod(s) for s in shapes)
        blocks: list[int] = []
        if n < m or any(r is None or g.dtype[r].kind == "c" for r in rows) or n == m and not self.of_products(rows):
            return self.by_columns(rows, shapes, orders, dtypes)
        coloured = self.by_colours(rows, shapes, orders, dtypes)
        if coloured is not None:
            return coloured
        self.check_room(m)
        start = 0
        seeds: dict[int, Any] = {}
        spans = []
        for r, own, order, dtype in zip(rows, shapes, orders, dtypes, strict=True):
            assert r is not None
            size = math.prod(own)
            if order is None and rows.count(r) == 1:
                seeds[r] = Unit(start)
                spans.append((start, size))
                start += size
                continue
            unit = np.zeros((m, size), dtype)
            unit[np.arange(start, start + size), np.arange(size)] = 1
            seed = self.in_memory(g.constant(unit.reshape(m, *own)), order, 1)
            seeds[r] = seed if r not in seeds else g.apply("add", seeds[r], seed)
            spans.append((start, size))
            start += size
        pulled = pull(g, seeds, self.wrt, m)
        for (start, size), own in zip(spans, shapes, strict=True):
            for (i, order, shape), w in zip(self.chosen, pulled, strict=True):
                if w is None:
                    blocks.append(g.zeros((*own, *shape), g.dtype[i]))
                    continue
                w = g.copy(self.logical(w, order, 1))
                steps = dense_strides((size, *shape))
                part = g.view(
                    w, start * steps[0], (*own, *shape), (*(s * steps[0] for s in dense_strides(own)), *steps[1:])
                )
                blocks.append(g.copy(part))
        return blocks

    def of_products(self, rows: list[int | None]) -> bool:
        """Whether there is nothing but products and elementwise functions.

        Then rows cost what columns do, and lie as in the result.
        """
        way = on_the_way(self.g, self.wrt, [r for r in rows if r is not None])
        return all(self.g.op[i] in ("input", "apply", "matmul", "cast") for i in way)

    def by_columns(self, rows: list[int | None], shapes: Any, orders: Any, dtypes: Any) -> list[int]:
        """The blocks of a Jacobian by directions: of all unit vectors, or of their sums by colours."""
        coloured = self.by_colours(rows, shapes, orders, dtypes)
        if coloured is not None:
            return coloured
        blocks = []
        for t, own, order, dtype in zip(
            self.tangents(self.units(), rows, self.size), shapes, orders, dtypes, strict=True
        ):
            start = 0
            for _, _, shape in self.chosen:
                blocks.append(
                    self.g.zeros((*own, *shape), dtype) if t is None else self.columns(t, start, shape, own, order)
                )
                start += math.prod(shape)
        return blocks

    def by_colours(self, rows: list[int | None], shapes: Any, orders: Any, dtypes: Any) -> list[int] | None:
        """The blocks of a Jacobian of which columns share directions; None where too few can.

        The pattern is read off the graph, so it holds at each x of the path.
        """
        g, n = self.g, self.size
        if min(n, sum(math.prod(s) for s in shapes)) < FEW:
            return None
        import scipy.sparse as sp

        from ..sparse.coloring import coloring
        from .patterned import patterns, seeds_of_colors

        found = patterns(self, rows, orders)
        if found is None:
            return None
        there = [p for p in found if p is not None]
        if not there:
            return None
        colors = coloring(sp.vstack(there).tocsr(), "column")
        k = colors.ncolors
        if 2 * k > min(n, sum(p.shape[0] for p in there)):
            return None
        self.check_room(k)
        of_column = np.asarray(colors.colors)
        seeds = seeds_of_colors(self, of_column, k)
        blocks = []
        for t, p, own, order, dtype in zip(
            self.tangents(seeds, rows, k), found, shapes, orders, dtypes, strict=True
        ):
            start, m = 0, math.prod(own)
            for _, _, shape in self.chosen:
                width = math.prod(shape)
                block = g.zeros((*own, *shape), dtype)
                if t is not None and p is not None:
                    entries = p[:, start : start + width].tocoo()
                    row, column = entries.row.astype(np.int64), entries.col.astype(np.int64)
                    seen = g.take(g.copy(self.logical(t, order, 1)), g.constant(of_column[start + column] * m + row))
                    block = g.put(block, g.constant(row * width + column), seen)
                blocks.append(block)
                start += width
        return blocks

    def second(self) -> None:
        """From here on derivatives are differentiated."""
        self.kinked = True
        kinks(self.g, self.wrt, [node for node, *_ in self.outputs if node is not None])


def gradient(p: Problem) -> list[Any]:
    """grad."""
    return [p.logical(w, order, 0) for w, (_, order, _) in zip(p.gradient(), p.chosen, strict=True)]


def value_and_gradient(p: Problem) -> list[Any]:
    """value_and_grad."""
    return [*p.value, *gradient(p)]


def derivative(p: Problem) -> list[Any]:
    """derivative: by one number."""
    if len(p.chosen) != 1 or p.chosen[0][2] != ():
        raise NotCompilable("derivative is by one number")
    one = p.g.constant(np.ones((), p.g.dtype[p.chosen[0][0]]))
    return along(p, [one], None)


def along(p: Problem, seeds: list[int | None], k: int | None) -> list[Any]:
    """The tangents of all results."""
    found = p.tangents(seeds, [node for node, *_ in p.outputs], k)
    lead = 0 if k is None else 1
    return [
        p.g.zeros(shape if k is None else (k, *shape), dtype if dtype.kind in "fc" else np.float64) if t is None
        else p.logical(t, order, lead)
        for t, (_, order, shape, dtype) in zip(found, p.outputs, strict=True)
    ]  # fmt: skip


def jacobian(p: Problem) -> list[Any]:
    """jacobian."""
    rows = [node if node is not None and dtype.kind in "fc" else None for node, _, _, dtype in p.outputs]
    dtypes = [d if d.kind in "fc" else np.dtype(float) for *_, d in p.outputs]
    return p.jacobian(rows, [s for *_, s, _ in p.outputs], [o for _, o, *_ in p.outputs], dtypes)


def value_and_jacobian(p: Problem) -> list[Any]:
    """value_and_jacobian."""
    return [*p.value, *jacobian(p)]


def hessian(p: Problem) -> list[Any]:
    """hessian: the Jacobian of the gradient, by columns."""
    grads = p.gradient()
    p.second()
    shapes, orders = [shape for *_, shape in p.chosen], [order for _, order, _ in p.chosen]
    return p.by_columns(list(grads), shapes, orders, [p.g.dtype[i] for i in p.wrt])


def value_grad_hessian(p: Problem) -> list[Any]:
    """value_grad_hessian."""
    return [*p.value, *gradient(p), *hessian(p)]


def hessian_diagonal(p: Problem) -> list[Any]:
    """hessian_diagonal: the diagonal of the Hessian."""
    grads = p.gradient()
    p.second()
    return list(diagonal(p, list(grads), [order for _, order, _ in p.chosen], [shape for *_, shape in p.chosen]))


def laplacian(p: Problem) -> list[Any]:
    """laplacian: the sum of the diagonal."""
    parts = []
    for d in hessian_diagonal(p):
        parts.append(p.g.reduce("add", d, tuple(range(len(p.g.shape[d])))))
    total = parts[0]
    for q in parts[1:]:
        total = p.g.apply("add", total, q)
    return [total]


def jvp(p: Problem, seeds: list[int | None], k: int | None) -> list[Any]:
    """jvp: values and tangents."""
    return [*p.value, *along(p, seeds, k)]


def hvp(p: Problem, seeds: list[int | None], k: int | None) -> list[Any]:
    """hvp: the gradient along a direction."""
    grads = p.gradient()
    p.second()
    found = p.tangents(seeds, list(grads), k)
    lead = 0 if k is None else 1
    return [
        p.g.zeros(shape if k is None else (k, *shape), p.g.dtype[i]) if t is None else p.logical(t, order, lead)
        for t, (i, order, shape) in zip(found, p.chosen, strict=True)
    ]


def nth_derivative(n: int) -> Callable[[Problem], list[Any]]:
    """nth_derivative: one derivative after the other."""

    def build(p: Problem) -> list[Any]:
        if len(p.chosen) != 1:
            raise NotCompilable("the n-th derivative is by one number or array")
        node, _, own = p.chosen[0]
        one = p.g.constant(np.ones(own, p.g.dtype[node]))  # along ones: of elementwise functions by each element
        if n > NESTED:
            return last_rows(p, one, n)
        nodes = [node for node, *_ in p.outputs]
        for k in range(n):
            if k == 1:
                p.second()
            nodes = p.tangents([one], nodes, None)
        return [
            p.g.zeros(shape, dtype if dtype.kind == "f" else np.float64) if t is None else p.logical(t, order, 0)
            for t, (_, order, shape, dtype) in zip(nodes, p.outputs, strict=True)
        ]

    return build


def last_rows(p: Problem, one: int, n: int) -> list[Any]:
    """The n-th derivatives by one number, from its Taylor coefficients."""
    p.second()
    g, found = p.g, []
    for rows in rows_of(p, [one], n):
        shape = g.shape[rows][1:]
        last = g.copy(g.view(rows, n * math.prod(shape), shape, dense_strides(shape)))
        found.append(g.apply("multiply", last, g.constant(np.asarray(float(math.factorial(n)), g.dtype[last]))))
    return found


def taylor(order: int) -> Callable[..., list[Any]]:
    """taylor: the coefficients along one direction."""

    def build(p: Problem, seeds: list[int], k: int | None) -> list[Any]:
        if k is not None:
            raise NotCompilable("taylor is along one direction")
        if order > 1:
            p.second()
        return rows_of(p, seeds, order)

    return build


def each(p: Problem) -> list[Any]:
    """derivative of a batch of numbers: of each result by its own."""
    if len(p.chosen) != 1:
        raise NotCompilable("derivative is by one batch of numbers")
    node, _, shape = p.chosen[0]
    return along(p, [p.g.constant(np.ones(shape, p.g.dtype[node]))], None)


def gradients(p: Problem) -> list[Any]:
    """grad of a batch: of each number by its own point."""
    if len(p.outputs) != 1 or p.outputs[0][0] is None or len(p.outputs[0][2]) != 1 or p.outputs[0][3].kind != "f":
        raise NotCompilable("f does not return one real number for each point")
    _, _, shape, dtype = p.outputs[0]
    return pullback(p, [p.g.constant(np.ones(shape, dtype))], None)


BATCHED: dict[str, Any] = {
    "derivative": each, "grad": gradients, "value_and_grad": lambda p: [*p.value, *gradients(p)],
}  # fmt: skip

BUILDERS: dict[str, Any] = {
    "grad": gradient, "value_and_grad": value_and_gradient, "derivative": derivative, "jacobian": jacobian,
    "value_and_jacobian": value_and_jacobian,
    "hessian": hessian, "value_grad_hessian": value_grad_hessian, "hessian_diagonal": hessian_diagonal,
    "laplacian": laplacian, "divergence": fields.divergence, "curl": fields.curl, "jacobian_logdet": fields.logdet,
}  # fmt: skip


class DerivedPaths(Paths):
    """The programs of a derivative.

    f: the derivative without programs.  base: the paths of what is differentiated.  build(problem) -> nodes of results.
    """

    def __init__(self, base: Any, f: Callable[..., Any], name: str, build: Any, argnums: Any) -> None:
        super().__init__(f, name, base.exact, None if base.fixed is None else self.static_places, base.check)
        self.base, self.build, self.argnums = base, build, argnums

    def static_places(self, args: Any, kwargs: Any) -> set[int]:
        """The places of the leaves of static arguments: those of the function that is differentiated."""
        found: set[int] = self.base.fixed(args, kwargs)
        return found

    def kinds(self, args: Any, kwargs: Any) -> tuple[Any, list[Leaf]]:
        """`described` of a call."""
        leaves, structure = spread_out(args, kwargs)
        return described(leaves, structure, self.fixed(args, kwargs) if self.fixed is not None else ())

    def places(self, args: Any) -> list[int]:
        """The arguments that are differentiated by."""
        numbers = self.argnums if isinstance(self.argnums, (tuple, list)) else (self.argnums,)
        if not all(isinstance(k, (int, np.integer)) and -len(args) <= k < len(args) for k in numbers):
            raise NotCompilable("argnums names no argument")
        return [int(k) % len(args) for k in numbers]

    def based(self, args: Any, kwargs: Any) -> tuple[Any, Any]:
        """The arguments of the function that is differentiated."""
        return args, kwargs

    def promoted(self, args: Any) -> Any:
        """Arguments of which those that are differentiated by are real numbers and arrays."""
        places = self.places(args)
        return tuple(as_real(x) if k in places else x for k, x in enumerate(args))

    def learn(self, leaves: Any, kinds: Any, structure: Any, args: Any, kwargs: Any) -> tuple[Entry | None, Any]:
        """Derives a path of the base, runs the program, and compares."""
        self.due()      # which is compared in any case
        result = self.f(*args, **kwargs)
        try:
            entry = self.prepare(kinds, args, kwargs, result)
            try:
                found = entry.unwatched(list(map(own_copy, leaves)))
            except Exception as error:
                raise NotCompilable(f"the program raised {type(error).__name__}: {error}") from error
            if isinstance(found, GuardFailed):
                if found.index < 0 or found.index >= entry.path.first:
                    return None, result  # nothing to compare with
                raise NotCompilable("the program of the derivative does not go the way that f went")
            if not np.all([np.all(np.isfinite(x)) for x in found]):
                return None, result
            self.matches(entry.finish(found), result, is_rough(kinds), self.shaken(args, kwargs))
        except NotHere:
            return None, result
        except (NotCompilable, NotDerivable) as error:
            raise NotCompilable(error.args[0], result) from None
        return entry, result

    def prepare(self, kinds: list[Leaf], args: Any, kwargs: Any, result: Any) -> Entry:
        """The entry of a derived path."""
        base_args, base_kwargs = self.based(args, kwargs)
        path = self.base.path_for(base_args, base_kwargs)
        problem, extra = self.problem(path, base_args, args)
        check_complex(problem, self.build)
        nodes = self.build(problem, *extra) if extra is not None else self.build(problem)
        g = problem.g
        leaves, shape = flatten(result)
        if len(leaves) != len(nodes):
            raise NotCompilable("the derivative has another structure than expected")
        outputs, g.outputs = [], []
        for node, like in zip(nodes, leaves, strict=True):
            if isinstance(node, Output):
                outputs.append(node)
                continue
            if g.shape[node] != np.shape(like):
                raise NotCompilable(f"a derivative of shape {np.shape(like)} came out as {g.shape[node]}")
            outputs.append(self.output(g, node, like))
        watch(g)
        made = Path(g, kinds, outputs, shape, path.first, True)
        if not problem.kinked:
            made.kept["derived"] = problem.wrt, [node for node, *_ in problem.outputs if node is not None]
        return Entry(made, self.exact)

    def compare(self, args: Any, kwargs: Any, result: Any) -> None:
        """Raises where the derivative without programs is another one, or f has another value than its program."""
        self.base.audit(*self.based(args, kwargs))
        plain = self.f(*args, **kwargs)
        try:
            self.matches(result, plain, is_rough(self.kinds(args, kwargs)[1]), self.shaken(args, kwargs))
        except NotCompilable:
            raise stale(self.name, plain, result) from None

    def shaken(self, args: Any, kwargs: Any) -> Callable[[], Any]:
        """The result without programs at arguments that are a few roundings away, once it is asked for."""
        return functools.cache(lambda: self.f(*shaken(args), **shaken(kwargs)))

    def matches(self, found: Any, result: Any, rough: bool, beside: Callable[[], Any]) -> None:
        """Raises where a program's result is not the one without programs."""
        compare(found, result, self.name, ROUGH if rough else CLOSE, beside)

    @staticmethod
    def output(g: Graph, node: int, like: Any) -> Output:
        """Makes a node a result that is of the kind of another one."""
        kind = "array" if isinstance(like, np.ndarray) else "python" if type(like) in (float, int, bool) else "number"
        g.outputs.append(g.copy(g.cast(node, np.asarray(like).dtype)))
        return Output(kind, np.shape(like), np.asarray(like).dtype)

    def problem(self, path: Path, args: Any, given: Any) -> tuple[Problem, Any]:
        """The problem of a path, and what else the builder gets."""
        g = clone(path.graph)
        guard_kinks(g, g.kinks)
        if "derived" in path.kept:  # what was a first derivative becomes one of second order
            guard_kinks(g, kink_nodes(g, *path.kept["derived"]))
        spans, start = [], 0
        for x in args:
            n = len(flatten(x)[0])
            spans.append((start, start + n))
            start += n
        node_at, place = {}, 0
        for k, leaf in enumerate(path.leaves):
            if leaf.kind != "static":
                node_at[k] = g.inputs[place]
                place += 1
        chosen = []
        for k in self.places(args):
            for j in range(*spans[k]):
                if j not in node_at or path.leaves[j].dtype.kind not in "fc":
                    raise NotCompilable("what is differentiated by is no array or number")
                chosen.append((node_at[j], path.leaves[j].order, path.leaves[j].shape))
        outputs: list[Any] = []
        value: list[Any] = []
        nodes = iter(path.graph.outputs)
        for out in path.outputs:
            if out.kind == "constant":
                x = np.asarray(out.value)
                outputs.append((None, None, x.shape, x.dtype))
                value.append(out)
                continue
            node = next(nodes)
            outputs.append((node, out.order, out.shape, out.dtype))
            value.append(node)
        p = Problem(g, chosen, outputs, [])
        p.value = [
            v if isinstance(v, Output) else p.logical(v, o, 0) for v, (_, o, _, _) in zip(value, outputs, strict=True)
        ]
        return p, None

    def path_for(self, args: Any, kwargs: Any) -> Path:
        """The path that a call takes, for a derivative of this derivative."""
        key, _ = self.kinds(self.promoted(args), kwargs)
        self(self.promoted(args), kwargs)
        if key not in self.table:
            raise NotCompilable(self.eager[key]) if key in self.eager else NotHere
        return self.table[key][0].path

    def __call__(self, args: Any, kwargs: dict[str, Any]) -> Any:
        """The derivative at arguments; where these are integers, it is taken without a program."""
        try:
            promoted = self.promoted(args)
        except NotCompilable:
            return self.f(*args, **kwargs)
        if any(a is not b for a, b in zip(args, promoted, strict=True)):
            original = self.f(*args, **kwargs)  # its types are those of a call with these arguments
            return original
        return super().__call__(args, kwargs)

    def function(self) -> Callable[..., Any]:
        """The user's function, not its derivative."""
        found: Callable[..., Any] = self.base.function()
        return found

    def notice(self, reason: str) -> None:
        """The base says it, once."""
        self.base.notice(f"{self.name}: {reason}" if self.base.noticed is False else reason)


class AlongPaths(DerivedPaths):
    """The programs of what takes primals and directions or cotangents: jvp, hvp, pullbacks.

    Its arguments are (primals, directions), each a tuple.
    """

    def places(self, args: Any) -> list[int]:
        """All primals."""
        return list(range(len(args)))

    def based(self, args: Any, kwargs: Any) -> tuple[Any, Any]:
        return tuple(args[0]), kwargs

    def static_places(self, args: Any, kwargs: Any) -> set[int]:
        primals, vectors = (len(flatten(list(x))[0]) for x in args)
        return {k if k < primals else k + vectors for k in self.base.fixed(tuple(args[0]), kwargs)}

    def promoted(self, args: Any) -> Any:
        return args

    def make_quick(self, entry: Entry, args: Any, kwargs: Any) -> None:
        super().make_quick(entry, (*args[0], *args[1]), kwargs)

    def partners(self, p: Problem) -> list[Any]:
        """The shape and dtype of what each direction stands beside."""
        return [(shape, p.g.dtype[node]) for node, _, shape in p.chosen]

    def problem(self, path: Path, args: Any, given: Any) -> tuple[Problem, Any]:
        p, _ = super().problem(path, args, given)
        partners = self.partners(p)
        vectors = flatten(list(given[1]))[0]
        if len(vectors) != len(partners):
            raise NotCompilable("a direction is None")
        seeds: list[Any] = []
        ks = set()
        for (shape, dtype), v in zip(partners, vectors, strict=True):
            own_dtype = np.asarray(v).dtype
            if not isinstance(v, (float, np.ndarray, np.inexact)) or own_dtype.kind not in ("f", dtype.kind):
                raise NotCompilable("a direction that is no array of real numbers")
            own = np.shape(v)
            if own != shape and own[1:] != shape:
                raise NotCompilable("a direction of another shape")
            ks.add(None if own == shape else own[0])
            order = memory_order(v) if isinstance(v, np.ndarray) else None
            node = p.g.input(own if order is None else tuple(own[k] for k in order), own_dtype)
            seeds.append(p.g.cast(p.logical(node, order, 0), dtype))
        if len(ks) != 1:
            raise NotCompilable("some directions are stacked, others are not")
        # in the order of the leaves of a call: primals, directions, keywords
        g = p.g
        first = sum(leaf.kind != "static" for leaf in path.leaves[: len(flatten(list(args))[0])])
        last = len(g.inputs) - len(seeds)
        g.inputs = [*g.inputs[:first], *g.inputs[last:], *g.inputs[first:last]]
        for place, i in enumerate(g.inputs):
            g.attr[i] = place
        return p, (seeds, ks.pop())

    def call(self, primals: Any, vectors: Any, kwargs: Any) -> Any:
        """The result, by the short way where that is known."""
        if not kwargs:
            found = self.quick.along(self, primals, vectors)
            if found is not NotImplemented:
                return found
        return self((tuple(primals), tuple(vectors)), kwargs)


class PullPaths(AlongPaths):
    """The programs of pullbacks."""

    def partners(self, p: Problem) -> list[Any]:
        for _, _, _, dtype in p.outputs:
            if dtype is None or dtype.kind not in "fc":
                raise NotCompilable("a result that is no real number")
        return [(shape, dtype) for _, _, shape, dtype in p.outputs]


def pullback(p: Problem, seeds: list[int], k: int | None) -> list[Any]:
    """The cotangents of all arguments."""
    g, lead = p.g, 0 if k is None else 1
    given: dict[int, int] = {}
    for (node, order, _, _), seed in zip(p.outputs, seeds, strict=True):
        if node is None:
            continue
        w = p.in_memory(seed, order, lead)
        given[node] = w if node not in given else g.apply("add", given[node], w)
    found = pull(g, given, p.wrt, k)
    return [
        g.zeros(shape if k is None else (k, *shape), g.dtype[i]) if w is None else p.logical(w, order, lead)
        for w, (i, order, shape) in zip(found, p.chosen, strict=True)
    ]


def along_paths(base: Any, kind: str) -> Any:
    """The paths of jvp, hvp, vjp or "taylor 3" of what has paths."""
    found = base.alongs.get(kind)
    if found is None:
        from ..transforms.hessian import hvp as hvp_of
        from ..transforms.jvp import jvp as jvp_of
        from ..transforms.vjp import vjp as vjp_of

        f = base.f

        def pulled(primals: Any, w: Any, **kwargs: Any) -> Any:
            return vjp_of(f, *primals, **kwargs)[1](w[0])

        if kind.startswith("taylor "):
            from ..transforms.taylor import taylor as taylor_of

            n = int(kind.split()[1])
            found = AlongPaths(base, lambda xs, vs, **kw: taylor_of(f, xs[0], vs[0], n, **kw), kind, taylor(n), 0)
        elif kind == "vjp":
            found = PullPaths(base, pulled, f"vjp of {base.name}", pullback, 0)
        else:
            make, build = {"jvp": (jvp_of, jvp), "hvp": (hvp_of, hvp)}[kind]
            found = AlongPaths(base, lambda xs, vs, **kw: make(f, xs, vs, **kw), f"{kind} of {base.name}", build, 0)
        base.alongs[kind] = found
    return found


class ProgramPullback:
    """w -> J' w of a program at one point: what `vjp` of a compiled function returns."""

    __slots__ = ("kwargs", "paths", "primals", "shapes")

    def __init__(self, paths: Any, primals: Any, kwargs: Any, shapes: Any) -> None:
        self.paths, self.primals, self.kwargs, self.shapes = paths, primals, kwargs, shapes

    def __call__(self, w: Any) -> Any:
        """The cotangent of the argument, a tuple of them if there are several."""
        return self.paths.call(self.primals, (w,), self.kwargs)

    def __repr__(self) -> str:
        n = sum(map(np.size, flatten(list(self.primals))[0]))
        return f"<pullback of {sum(map(math.prod, self.shapes))} numbers to {n}>"

    def __reduce__(self) -> Any:
        from ..transforms.vjp import vjp as vjp_of

        return handed, (vjp_of(self.paths.base.f, *self.primals, **self.kwargs)[1],)


def handed(x: Any) -> Any:
    """What was pickled in the place of a pullback of a program."""
    return x


def vjp_program(f: Any, base: Any, primals: Any, kwargs: dict[str, Any]) -> Any:
    """vjp of what has paths: (value, pullback); None where it goes without a program."""
    leaves = flatten(list(primals))[0]
    if hasattr(base, "derivative"):  # of a function with the other arguments given
        return None
    if not all(type(x) is float or isinstance(x, np.ndarray) and x.dtype.kind in "fc" and x.size for x in leaves):
        return None
    own = [flatten(x) for x in primals]
    copies = tuple(unflatten(s, [own_copy(x) for x in xs]) for xs, s in own)
    value = f(*primals, **kwargs)
    results = flatten(value)[0]
    if not all(isinstance(y, (float, np.ndarray, np.inexact)) and np.asarray(y).dtype.kind in "fc" for y in results):
        return None
    return value, ProgramPullback(along_paths(base, "vjp"), copies, kwargs, [np.shape(y) for y in results])


def taylor_program(base: Any, x: Any, v: Any, order: int, kwargs: dict[str, Any]) -> Any:
    """taylor of what has paths; NotImplemented where it goes without a program."""
    if order > HIGHEST:
        return NotImplemented
    x, v = as_real(x), as_real(v)
    if flatten(x)[1] is not flatten(v)[1] and str(flatten(x)[1]) != str(flatten(v)[1]):
        return NotImplemented
    for a, b in zip(flatten(x)[0], flatten(v)[0], strict=True):
        if not (type(a) is float or isinstance(a, (np.ndarray, np.floating))) or np.shape(a) != np.shape(b):
            return NotImplemented
    return along_paths(base, f"taylor {order}").call((x,), (v,), kwargs)


OF_COMPLEX = (gradient, value_and_gradient, jvp, pullback)
"""Transforms by complex arguments that are programs."""

TO_COMPLEX = (*OF_COMPLEX[2:], along, derivative, jacobian, value_and_jacobian, each)
"""Transforms of complex results that are programs."""


def check_complex(p: Problem, build: Any) -> None:
    """Raises where a derivative by complex numbers, or one of complex results, has no program."""
    if build not in OF_COMPLEX and any(p.g.dtype[i].kind == "c" for i in p.wrt):
        raise NotCompilable("this derivative by complex numbers has no program")
    if build not in TO_COMPLEX and any(dtype is not None and dtype.kind == "c" for *_, dtype in p.outputs):
        raise NotCompilable("this derivative of complex results has no program")


def all_real(p: Problem) -> None:
    """Raises where there are complex numbers between what is differentiated by and the results."""
    ends = [node for node, *_ in p.outputs if node is not None]
    if any(p.g.dtype[i].kind == "c" for i in on_the_way(p.g, p.wrt, ends)):
        raise NotCompilable("products with complex numbers have no program")


def as_real(x: Any) -> Any:
    """An argument as transforms give it to f: integers become float64."""
    leaves, structure = flatten(x)
    changed = [promote(leaf) for leaf in leaves]
    if all(a is b for a, b in zip(leaves, changed, strict=True)):
        return x
    return unflatten(structure, changed)


def promote(x: Any) -> Any:
    """One leaf."""
    if type(x) in (int, bool):
        return float(x)
    if isinstance(x, np.ndarray) and x.dtype.kind in "biu":
        return x.astype(np.float64)
    return np.float64(x) if isinstance(x, (np.integer, np.bool_)) else x


def is_rough(kinds: Any) -> bool:
    """Whether there are arguments of single precision."""
    return any(leaf.dtype is not None and leaf.dtype.char in "fF" for leaf in kinds)


ROUNDINGS = 4
"""How many units in the last place arguments are moved by, to see what roundings do to a result."""


def shaken(x: Any) -> Any:
    """A structure whose numbers are a few roundings away."""
    leaves, structure = flatten(x)
    return unflatten(structure, [moved_by_rounding(leaf) for leaf in leaves])


def moved_by_rounding(x: Any) -> Any:
    """`shaken` of a leaf: up and down in turn."""
    if type(x) not in (float, complex) and not (isinstance(x, (np.ndarray, np.inexact)) and x.dtype.kind in "fc"):
        return x
    a = np.array(x, order="K")
    steps = np.where(np.arange(a.size) % 2, 1, -1).reshape(a.shape) * (ROUNDINGS * np.finfo(a.dtype).eps)
    with np.errstate(all="ignore"):
        a += a * steps.astype(a.real.dtype)     # in place: a sum with an array in C order may be in C order
    return a if isinstance(x, np.ndarray) else type(x)(a[()])


def rounding(b: Any, beside: Any) -> float:
    """How far a result may be from b, for what roundings of the arguments do to it."""
    with np.errstate(all="ignore"):
        found = 10 * float(np.max(np.abs(np.asarray(beside) - b), initial=0.0))
    return found if math.isfinite(found) else 0.0


def close(a: Any, b: Any, bound: float) -> Any:
    """Where numbers are near enough to others, relative to the largest of these."""
    with np.errstate(all="ignore"):
        size = float(np.max(np.abs(b), initial=0.0)) if np.isfinite(b).all() else 0.0
        return (np.abs(a - b) <= bound * size + 1e-10) | (a == b) | np.isnan(a) & np.isnan(b)


def compare(found: Any, result: Any, name: str, bound: float, beside: Callable[[], Any] | None = None) -> None:
    """Raises where a program's derivative is not the one without.

    beside: gives the one without at arguments that are a few roundings away.  Where large terms cancel (a gradient at a
    minimum) roundings are all that is left; what the arguments' own roundings do to a result is no difference.
    """
    for k, (a, b) in enumerate(zip(flatten(found)[0], flatten(result)[0], strict=True)):
        a, b = np.asarray(a), np.asarray(b)
        if a.dtype.kind not in "fc":
            continue
        good = close(a, b, bound) | ~np.isfinite(b)
        if not np.all(good) and beside is not None:
            good |= np.abs(a - b) <= rounding(b, flatten(beside())[0][k])
        if not np.all(good):
            raise NotCompilable(f"the program of {name} gave {a!r}, the derivative without it is {b!r}")


def derived(base: Any, kind: str, f: Callable[..., Any], places: Any, options: dict[str, Any]) -> Any:
    """The paths of a transform of what has paths; None where it has options that programs do not know."""
    if hasattr(base, "derivative"):  # of a function with the other arguments given
        rest = {key: x for key, x in options.items() if not (key in NEUTRAL and x == NEUTRAL[key])}
        return None if places or rest or kind not in BUILDERS else base.derivative(kind)
    found = builder_of(kind, places, options)
    return None if found is None else DerivedPaths(base, f, f"{kind} of {base.name}", *found)


def builder_of(kind: str, places: Any, options: dict[str, Any]) -> Any:
    """(what builds the graph of a transform, the arguments by number); None where there is none."""
    options = {key: x for key, x in options.items() if not (key in NEUTRAL and x == NEUTRAL[key])}
    if kind == "nth_derivative":
        known = len(places) == 1 and not options and type(places[0]) is int and 1 <= places[0] <= HIGHEST
        return (nth_derivative(places[0]), 0) if known else None
    if kind == "directional_derivative":
        return (fields.directional(places[0]), 0) if len(places) == 1 and not options else None
    build = (BATCHED if options.pop("batched", False) is True else BUILDERS).get(kind)
    for name in WAYS:
        options.pop(name, None)
    if options.get("lift") is False:
        del options["lift"]
    argnums = options.pop("argnums", places[0] if places else 0)
    return None if build is None or options or len(places) > 1 else (build, argnums)


WAYS = ("mode", "chunk", "progress", "executor", "memory_limit")
"""Options that say how a derivative is computed, not which."""

NEUTRAL: dict[str, Any] = {
    "has_aux": False, "batched": False, "lift": "auto", "argnames": None, "layout": "numerator", "holomorphic": False,
    "pairing": "hermitian",
}  # fmt: skip
