"""Transforms inside of a function that is recorded: derived while it is recorded, in the same graph.

The inner function runs on *variables*, nodes that nothing else reads, so it may close over what the outer function has
recorded, and a derivative by a variable is never taken for one by what it stands for.  Of the nodes between variables
and results the graph of the derivative is made, as for a compiled function; it is recorded then like everything else,
and can be differentiated again.

Which types and structure a result has, the transform itself says: it is applied to a stand-in with results like those
of the inner function.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..functions.base import value_of
from ..transforms.derived import Derived
from ..transforms.pytrees import flatten, unflatten
from ..transforms.recorder import HERE, recorded_by
from .calls import call
from .complexes import real_part
from .derive import NotDerivable, kink_nodes, pull, push
from .derived import Problem, along, as_real, builder_of, check_complex, holomorphic_jvp, hvp, jvp, pullback, taylor
from .evaluate import run
from .finite import finite
from .inlining import variable
from .traced import TracedArray, TracedNumber, find_tracer, is_traced, join_elements, node_of, operand, plain
from .tracer import NotCompilable, Storage, Tracer, memory_order

__all__ = ["Recorder", "recorded_transform"]

NO_DERIVATIVE = {"checkpoint"}
"""Transforms that give the function itself."""


def recorded_transform(
    made: Callable[..., Any], f: Callable[..., Any], places: Any, options: dict[str, Any]
) -> Callable[..., Any]:
    """What made(f, *places, **options) is for a recording; where there is none, itself."""

    def transformed(*args: Any, **kwargs: Any) -> Any:
        recorder = HERE.recorder
        if recorder is None:
            return made(f, *places, **options)(*args, **kwargs)
        return recorder.transformed(made, f, places, options, args, kwargs)

    return transformed


class Recorder:
    """What takes the transforms of a thread while a function is recorded.

    t: the recording.  known: values of nodes that are known.  limits: guards beyond which f itself answers.  derived:
    whether there was a derivative.
    """

    def __init__(self, t: Tracer) -> None:
        self.t = t
        self.known: dict[int, Any] = {}
        self.limits: list[Any] = []
        self.derived = False

    # ---- transforms ----

    def transform(self, made: Callable[..., Any], f: Callable[..., Any], places: Any, options: Any) -> Any:
        """made(f, *places, **options)."""
        return recorded_transform(made, f, places, options)

    def transformed(
        self, made: Any, f: Callable[..., Any], places: Any, options: dict[str, Any], args: Any, kwargs: Any
    ) -> Any:
        """made(f, *places, **options)(*args, **kwargs)."""
        kind = made.__name__
        f = itself(f)
        if kind in NO_DERIVATIVE:
            return f(*args, **kwargs)
        if options.get("argnames") is not None:  # by places, which come back here
            return made.__wrapped__(f, *places, **options)(*args, **kwargs)
        options = dict(options)
        has_aux = bool(options.pop("has_aux", False))
        direction = kind == "directional_derivative" and len(places) == 1
        found = builder_of(kind, places, options)
        if found is None:
            self.t.fail(f"{kind} with {shown(places, options)}, inside of a function, has no program")
        build, argnums = found
        inner = Inner(self, f, args, kwargs, argnums, has_aux)
        if direction:
            seeds: list[int | None] = list(self.nodes(places[0]))
            build = lambda p: along(p, seeds, None)  # noqa: E731
            places = tuple(map(ones_like, places))
        like = inner.like(lambda stub, *xs, **kw: made(stub, *places, **{**options, **inner.aux_option})(*xs, **kw))
        return inner.finish(inner.built(build, not direction), like)

    def jvp(
        self, made: Any, f: Any, primals: Any, tangents: Any, kwargs: Any, has_aux: bool = False,
        holomorphic: bool = False,
    ) -> Any:  # fmt: skip
        """jvp and hvp."""
        if not isinstance(primals, (tuple, list)):
            primals, tangents = (primals,), (tangents,)
        if not isinstance(tangents, (tuple, list)) or len(tangents) != len(primals):
            return made(f, plain(primals), plain(tangents))  # which says what is wrong
        inner = Inner(self, itself(f), tuple(primals), kwargs, tuple(range(len(primals))), has_aux)
        like = inner.like(lambda stub, *xs, **kw: made(stub, xs, ones_like(tuple(tangents)), **inner.aux_option, **kw))
        seeds, k = self.seeds(tangents, inner.problem.chosen)
        build = holomorphic_jvp if holomorphic else {"jvp": jvp, "hvp": hvp}[made.__name__]
        return inner.finish(inner.built(lambda p: build(p, seeds, k)), like)

    def vjp(self, made: Any, f: Any, primals: Any, kwargs: Any, options: dict[str, Any]) -> Any:
        """vjp: the value, and a pullback that is recorded where it is called."""
        inner = Inner(self, itself(f), primals, kwargs, tuple(range(len(primals))), bool(options.get("has_aux")))
        found = inner.like(lambda stub, *xs, **kw: made(stub, *xs, **options, **kw))
        pulled = RecordedPullback(inner, found[1])
        value = inner.value(found[0])
        return (value, pulled, inner.aux) if len(found) == 3 else (value, pulled)

    def linearize(self, made: Any, f: Any, primals: Any, kwargs: Any, has_aux: bool) -> Any:
        """linearize: the value, and an operator whose products are recorded."""
        inner = Inner(self, itself(f), primals, kwargs, tuple(range(len(primals))), has_aux)
        found = inner.like(lambda stub, *xs, **kw: made(stub, *xs, has_aux=has_aux, **kw))
        operator = RecordedOperator(inner, found[1])
        value = inner.value(found[0])
        return (value, operator, inner.aux) if has_aux else (value, operator)

    def taylor(self, made: Any, f: Any, x: Any, v: Any, order: int, kwargs: Any) -> Any:
        """taylor."""
        inner = Inner(self, itself(f), (x,), kwargs, (0,), False)
        like = inner.like(lambda stub, y, **kw: made(stub, y, ones_like(v), order, **kw))
        seeds = self.nodes(v)
        return inner.finish(inner.built(lambda p: taylor(order)(p, seeds, None)), like)

    def call(self, function: Any, args: Any, kwargs: Any) -> Any:
        """A function with a derivative of its own, as a whole."""
        if find_tracer((args, kwargs)) is None and not any(map(is_traced, flatten((args, kwargs))[0])):
            return function(*args, **kwargs)
        return call(self.t, function, args, kwargs, getattr(function, "name", None) or function.__name__)

    # ---- nodes and values ----

    def nodes(self, x: Any) -> list[int]:
        """The nodes of the leaves of a direction, in C order, as real numbers."""
        leaves = flatten(as_real(plain_free(x)))[0]
        return [self.t.graph.copy(node_of(self.t, real(self.t, leaf), None)) for leaf in leaves]

    def seeds(self, vectors: Any, partners: Sequence[Any]) -> tuple[list[int | None], int | None]:
        """(a node for each direction, how many stand side by side); partners: (node, order, shape, ...) beside each."""
        leaves: list[Any] = []
        for v in vectors:
            leaves += [v] if v is None else flatten(plain_free(v))[0]
        if len(leaves) != len(partners):
            self.t.fail("a direction is None inside of a structure")
        seeds: list[int | None] = []
        ks = set()
        for leaf, partner in zip(leaves, partners, strict=True):
            if leaf is None:
                seeds.append(None)
                continue
            shape = partner[2]
            node = self.t.graph.copy(node_of(self.t, real(self.t, leaf), None))
            own = self.t.graph.shape[node]
            ks.add(None if own == shape else own[0])
            seeds.append(node)
        if len(ks) > 1:
            self.t.fail("some directions are stacked, others are not")
        return seeds, ks.pop() if ks else None

    def values(self, nodes: Sequence[int], first: int) -> list[Any]:
        """The values of nodes; first: nodes before this one may be asked for again."""
        g, known = self.t.graph, self.known
        found: dict[int, Any] = {}
        with recorded_by(None), np.errstate(all="ignore"):
            for i in g.needed(nodes, known):
                if i not in known:
                    found[i] = run(g, i, [known[a] if a in known else found[a] for a in g.args[i]], ())
                    if i < first:
                        known[i] = found[i]
        return [known[i] if i in known else found[i] for i in nodes]


class Inner:
    """One call of an inner function on variables.

    problem: what its derivatives are made of.  aux: what it returns beside the result.
    """

    def __init__(self, recorder: Recorder, f: Any, args: Any, kwargs: Any, argnums: Any, has_aux: bool) -> None:
        self.recorder, self.has_aux, self.aux = recorder, has_aux, None
        t = self.t = recorder.t
        g = t.graph
        recorder.derived = True
        self.first = len(g)
        self.args, self.kwargs = args, kwargs
        numbers = argnums if isinstance(argnums, (tuple, list)) else (argnums,)
        if not all(isinstance(k, (int, np.integer)) and -len(args) <= k < len(args) for k in numbers):
            t.fail("argnums names no argument")
        self.places = [int(k) % len(args) for k in numbers]
        chosen: list[Any] = []
        given = list(args)
        for k in self.places:
            leaves, structure = flatten(plain_free(args[k]))
            made = [self.variable(x, chosen) for x in leaves]
            given[k] = unflatten(structure, made)
        result = f(*given, **kwargs)
        if has_aux:
            if not (isinstance(result, tuple) and len(result) == 2):
                t.fail("has_aux=True expects the function to return (result, aux)")
            result, self.aux = result
        leaves, self.structure = flatten(plain_free(result))
        self.results = [self.result(y) for y in leaves]
        outputs = [(node, None, g.shape[node], g.dtype[node]) for node, _ in self.results]
        self.problem = Problem(g, chosen, outputs, [node for node, _ in self.results])

    @property
    def aux_option(self) -> dict[str, Any]:
        """The option of the transform."""
        return {"has_aux": True} if self.has_aux else {}

    def variable(self, x: Any, chosen: list[Any]) -> Any:
        """What the inner function gets for a leaf."""
        t, g = self.t, self.t.graph
        x = real(t, x)
        value = plain(x)
        dtype = np.asarray(value).dtype
        if dtype.kind not in "fc":
            t.fail(f"a derivative by numbers of {dtype} inside of a function has no program")
        node = variable(g, node_of(t, x, dtype))
        own = np.array(value, order="C")
        self.recorder.known[node] = own.copy()
        chosen.append((node, None, own.shape))
        return laid_as(t, node, own, value) if isinstance(value, np.ndarray) else TracedNumber(value, node, t)

    def result(self, y: Any) -> tuple[int, Any]:
        """(node in C order, value) of a leaf of the result."""
        t, g = self.t, self.t.graph
        y = operand(y)
        if isinstance(y, (TracedArray, TracedNumber)):
            return g.copy(y.node), y.value
        if not isinstance(y, (bool, int, float, complex, np.ndarray, np.generic)):
            t.fail(f"an inner function returns {type(y).__name__}")
        return g.copy(node_of(t, y if isinstance(y, (float, complex)) else np.asarray(y), None)), y

    def like(self, transformed: Callable[..., Any]) -> Any:
        """transformed(stub, *args, **kwargs) of a stand-in for the inner function: with results of its types."""
        places, structure, results, aux = self.places, self.structure, self.results, AUX if self.has_aux else None

        def stub(*args: Any, **kwargs: Any) -> Any:
            zero = 0.0
            for k in places:
                for x in flatten(args[k])[0]:
                    x = np.sum(x) if np.ndim(x) else x
                    zero = zero + 0.0 * (np.real(x) if np.iscomplexobj(value_of(x)) else x)
            found = unflatten(structure, [resembling(value, zero) for _, value in results])
            return found if aux is None else (found, aux)

        args = [ones_like(x) for x in self.args]
        with recorded_by(None):
            return transformed(stub, *args, **ones_like(self.kwargs))

    def built(self, build: Callable[[Problem], list[Any]], check: bool = False) -> list[Any]:
        """The nodes of a transform's results; check: whether it may have none for complex numbers."""
        g, recorder = self.t.graph, self.recorder
        before = len(g.guards)
        try:
            if check:
                check_complex(self.problem, build)
            nodes = build(self.problem)
        except (NotDerivable, NotCompilable) as error:
            self.t.fail(str(error))
        recorder.limits += g.guards[before:]
        del g.guards[before:]
        if not self.problem.kinked:
            g.kinks += kink_nodes(g, self.problem.wrt, [node for node, _ in self.results])
        return nodes

    def value(self, like: Any) -> Any:
        """The value of the inner function."""
        return self.finish(list(self.problem.value), like)

    def finish(self, nodes: list[Any], like: Any) -> Any:
        """Recorded arrays and numbers in the types and the structure of a result."""
        t, g = self.t, self.t.graph
        leaves, structure = flatten(like)
        expected = [x for x in leaves if x is not AUX]
        if len(expected) != len(nodes):
            t.fail("a derivative inside of a function has another structure than expected")
        made: list[int] = []
        for node, x in zip(nodes, expected, strict=True):
            if g.shape[node] != np.shape(x):
                t.fail(f"a derivative of shape {np.shape(x)} came out as {g.shape[node]}")
            made.append(g.copy(g.cast(node, np.asarray(x).dtype)))
        self.recorder.limits += finite(g, made)
        values = self.recorder.values(made, self.first)
        found = iter([self.leaf(*each) for each in zip(made, values, expected, strict=True)])
        return unflatten(structure, [self.aux if x is AUX else next(found) for x in leaves])

    def leaf(self, node: int, value: Any, like: Any) -> Any:
        """One leaf of a result."""
        t = self.t
        t.line(node)
        self.recorder.known[node] = value
        if isinstance(like, np.ndarray):
            return laid_as(t, node, np.array(value, order="C"), like)
        number = np.asarray(value).reshape(-1)[0]
        return TracedNumber(number if isinstance(like, np.generic) else number.item(), node, t)


def laid_as(t: Tracer, node: int, own: np.ndarray, like: np.ndarray) -> TracedArray:
    """An array of a node's numbers, in C order, with its axes in memory as those of another array lie.

    What `reshape` gives, a view or a copy, and so what is written to, depends on that.
    """
    order = memory_order(like)
    if order is None:
        return TracedArray(own, Storage(node, own), t)
    memory = own.transpose(order).copy("C")
    moved = t.graph.copy(t.permuted(node, order, own.ndim))
    return TracedArray(memory.transpose(np.argsort(order)), Storage(moved, memory), t)


class RecordedPullback:
    """w -> J' w of an inner function."""

    def __init__(self, inner: Inner, plain: Any) -> None:
        self.inner, self.plain = inner, plain

    def __call__(self, w: Any) -> Any:
        """The cotangent of the argument, a tuple of them if there are several."""
        inner = self.inner
        seeds, k = inner.recorder.seeds([w], inner.problem.outputs)
        with recorded_by(None):
            like = self.plain(ones_like(w))
        return inner.finish(inner.built(lambda p: pullback(p, seeds, k)), like)  # type: ignore[arg-type]


class RecordedOperator:
    """The derivative of an inner function at a point: J @ v and J.T @ w, of flat vectors.

    Attributes
    ----------
    shape : tuple of int
    """

    __array_ufunc__ = None
    __array_priority__ = 2000.0

    def __init__(self, inner: Inner, plain: Any, transposed: bool = False, conjugated: bool = False) -> None:
        self.inner, self.plain, self.transposed, self.conjugated = inner, plain, transposed, conjugated
        self.shape = plain.shape[::-1] if transposed else plain.shape

    @property
    def T(self) -> "RecordedOperator":
        """The transpose."""
        return RecordedOperator(self.inner, self.plain, not self.transposed, self.conjugated)

    @property
    def H(self) -> "RecordedOperator":
        """The adjoint."""
        conjugated = not self.conjugated and self.plain.dtype.kind == "c"
        return RecordedOperator(self.inner, self.plain, not self.transposed, conjugated)

    def __matmul__(self, v: Any) -> Any:
        """A product with a vector, or with the columns of a matrix."""
        v = operand(v)
        if np.ndim(plain(v)) == 2:
            return np.stack([self @ v[:, k] for k in range(v.shape[1])], axis=1)
        return self.product(v)

    __call__ = matvec = dot = __matmul__

    def __rmatmul__(self, w: Any) -> Any:
        """A product from the left."""
        return np.transpose(self.T @ np.transpose(operand(w)))

    def jvp(self, *tangents: Any) -> Any:
        """J v in the structure of the function."""
        inner = self.inner
        seeds, k = inner.recorder.seeds(tangents, inner.problem.chosen)
        with recorded_by(None):
            like = self.plain.jvp(*ones_like(tangents))
        return inner.finish(inner.built(lambda p: along(p, seeds, k)), like)

    def vjp(self, w: Any) -> Any:
        """J' w in the structure of the function."""
        return RecordedPullback(self.inner, self.plain.vjp)(w)

    def rmatvec(self, w: Any) -> Any:
        """A product of the transpose with a vector."""
        return self.T @ w

    def dense(self) -> Any:
        """The matrix."""
        m, n = self.shape
        if n <= m:
            return self @ np.eye(n)
        return np.stack([self.T @ row for row in np.eye(m)], axis=0)

    toarray = dense

    def product(self, v: Any) -> Any:
        """A product with a flat vector; which numbers are conjugated as in `Linearization.rows`."""
        t, v = self.inner.t, real(self.inner.t, v)
        if np.shape(plain(v)) != (self.shape[1],):
            t.fail(f"a product of shape {self.shape} with an array of shape {np.shape(plain(v))}")
        if self.plain.by_complex:
            if self.transposed == self.conjugated:
                return self.real_product(v)
            return np.conj(self.real_product(np.conj(v)))
        if self.conjugated:
            return np.conj(RecordedOperator(self.inner, self.plain, self.transposed).product(np.conj(v)))
        if v.dtype.kind == "c":
            return self.product(np.real(v)) + 1j * self.product(np.imag(v))
        if self.transposed and self.plain.dtype.kind == "c":    # pullbacks give the real part of conj(w) . J
            return self.real_product(v) - 1j * self.real_product(v * -1j)
        return self.real_product(v)

    def real_product(self, v: Any) -> Any:
        """A product that is linear over the real numbers; of a transposed operator, that of the adjoint."""
        inner = self.inner
        p, g, t = inner.problem, inner.t.graph, inner.t
        ins = [(node, shape) for node, _, shape in p.chosen]
        outs = [(node, shape) for node, _, shape, _ in p.outputs]
        given, wanted = (outs, ins) if self.transposed else (ins, outs)
        flat, start = g.copy(node_of(t, v, None)), 0
        if not self.transposed and g.dtype[flat].kind == "c" and any(g.dtype[node].kind != "c" for node, _ in given):
            t.fail("a product with a complex vector, part of which belongs to a real argument")
        seeds: dict[int, int] = {}
        for node, shape in given:
            size = int(np.prod(shape))
            seed = g.copy(g.view(flat, start, tuple(shape), g.plain(tuple(shape))))
            seed = g.cast(seed if g.dtype[node].kind == "c" else real_part(g, seed), g.dtype[node])
            seeds[node] = seed if node not in seeds else g.apply("add", seeds[node], seed)
            start += size

        def build(p: Problem) -> list[Any]:
            ends = [node for node, _ in wanted]
            found = pull(g, seeds, ends, None) if self.transposed else push(g, seeds, ends, None)
            parts = []
            for node, (end, shape) in zip(found, wanted, strict=True):
                own = g.zeros(tuple(shape), g.dtype[end]) if node is None else g.copy(node)
                parts.append(g.view(own, 0, (int(np.prod(shape)),), (1,)))
            return [parts[0] if len(parts) == 1 else g.join(parts, 0)]

        dtype = np.result_type(*(g.dtype[node] for node, _ in wanted))
        return inner.finish(inner.built(build), np.zeros(self.shape[0], dtype))


class Aux:
    """Stands for what an inner function returns beside its result."""


AUX: Any = Aux()


def itself(f: Any) -> Any:
    """A function without its programs: what it does is recorded, and derived anew."""
    while "__dualdiff_program__" in dir(type(f)) and not isinstance(f, Derived) and hasattr(f, "__wrapped__"):
        f = f.__wrapped__
    return f


def plain_free(x: Any) -> Any:
    """x with arrays of objects, and lists of them, as recorded arrays where they hold recorded numbers."""
    if isinstance(x, np.ndarray) and x.dtype == object and find_tracer(x) is not None:
        return join_elements(x)
    return x


def real(t: Tracer, x: Any) -> Any:
    """A leaf as transforms give it to a function: integers as float64."""
    x = operand(x)
    if is_traced(x) and x.dtype.kind in "biu":
        return x.astype(np.float64)
    return as_real(x)


def ones_like(x: Any) -> Any:
    """Plain numbers of the types and shapes that a structure has, all one."""
    leaves, structure = flatten(plain_free(x))
    return unflatten(structure, [one_like(plain(leaf)) for leaf in leaves])


def one_like(x: Any) -> Any:
    """`ones_like` of a leaf."""
    if isinstance(x, np.ndarray) and x.dtype.kind in "biufc":
        return np.ones_like(x, subok=False)     # in its order in memory, too
    if isinstance(x, np.generic) and x.dtype.kind in "fc":
        return x.dtype.type(1)
    return type(x)(1) if type(x) in (float, complex) else x


def resembling(value: Any, zero: Any) -> Any:
    """A result of the type of a value, which depends on what the derivative is taken by."""
    one = one_like(value)
    if np.asarray(one).dtype.kind not in "fc":
        return one
    found = one + zero
    return found.astype(one.dtype) if isinstance(one, np.ndarray) and found.dtype != one.dtype else found


def shown(places: Any, options: dict[str, Any]) -> str:
    """Arguments of a transform, for a message."""
    return ", ".join([*map(repr, places), *(f"{name}={x!r}" for name, x in options.items())]) or "these arguments"
