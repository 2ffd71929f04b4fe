"""Calls of a compiled function by code that is differentiated without programs: with duals, or while it is recorded.

Such a call is taken apart at the one tag that its arguments have: a program gives values and tangents, or the values
and what products with the derivative need, which becomes one node of the recording.  What is not so simple (duals of
several calls, of second order, complex numbers), and what no program can take, runs as the function itself.

A program is derived only where that pays, which is counted: the operations on duals that calls of the function do.
"""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import Dual, DualArray, Node, forget_lost, is_live, lost_mark, make, take_back, work_done
from ..maps.base import LinearMap
from ..maps.sparsity import everything, matrix_product
from ..maps.tangents import find_tag, is_dual, peel, push
from ..transforms.jvp import jvp as jvp_of
from ..transforms.linearize import linearize
from ..transforms.pytrees import flatten, unflatten
from .arguments import Plain, shape_of, spread_out, together
from .derived import AlongPaths, jvp
from .linear import Engine
from .linearized import LinearPaths
from .outside import blind
from .paths import Entry
from .plan import GuardFailed
from .recording import Path
from .tracer import NotCompilable, NotHere

__all__ = ["Around"]

DERIVED_AFTER = 8
"""So many calls of one kind run as the function before there is a program of them."""

PAYS, SCALARS = 10, 12
"""A call must do so many operations on arrays; this many on numbers count as one."""

CALLS = 40
"""So many operations on arrays more for each function of Python's that a program calls."""

AGAIN = 64
"""After so many calls a function that did too little is looked at again: it may be called with larger arguments now."""

ORDINARY = np.dtype(np.float64), np.dtype(np.float32)


class Around:
    """The calls of a function with duals.

    paths: its programs.  kinds: the calls by which leaves are duals, and by the structure of the arguments.  idle: so
    many calls more run as the function without a look at them.  quick: a short way for calls like the last one.
    """

    def __init__(self, paths: Any) -> None:
        self.paths = paths
        self.kinds: dict[Any, Kind] = {}
        self.idle = 0
        self.quick: Any = None

    def __call__(self, args: Any, kwargs: dict[str, Any]) -> Any:
        """The result of a call."""
        if self.idle:
            self.idle -= 1
            return self.paths.f(*args, **kwargs)
        if self.quick is not None and not kwargs:
            result = self.quick(args)
            if result is not NotImplemented:
                return result
        for x in args:
            if type(x) is DualArray or type(x) is Dual:
                t = x.tangents
                if t is not None and type(t) is not np.ndarray and type(t) is not Node:     # of second order, or nested
                    return self.paths.f(*args, **kwargs)
        leaves, structure = spread_out(args, kwargs)
        tag = find_tag(*leaves)
        values, tangents, mask, space = [], [], [], None
        for place, x in enumerate(leaves):
            if type(x) is DualArray or type(x) is Dual:
                value, t = peel(x, tag)
                if t is not None:
                    if space is None:
                        space = type(t)
                    if type(t) is not space or (space is not np.ndarray and space is not Node):
                        return self.paths.f(*args, **kwargs)
                    tangents.append(t)
                    mask.append(place)
                if is_dual(value) or dtype_of(value) not in ORDINARY:
                    return self.paths.f(*args, **kwargs)
                x = value
            values.append(x)
        if not mask or not is_live(tag):
            return self.paths.f(*args, **kwargs)
        key = (space is Node, tuple(mask), bool(kwargs), shape_of(structure))
        kind = self.kinds.get(key)
        if kind is None:
            kind = self.kinds[key] = Kind(self.paths, space is Node, tuple(mask), structure, bool(kwargs))
        if kind.met < DERIVED_AFTER:
            return self.counted(kind, args, kwargs)
        found = kind.answer(values, tangents, tag)
        if found is NotImplemented:
            return self.paths.f(*args, **kwargs)
        kind.credit()
        self.quick = None if kwargs or any(flatten(x)[1] is not None for x in args) else kind.quick(values)
        return found

    def counted(self, kind: "Kind", args: Any, kwargs: dict[str, Any]) -> Any:
        """A call that runs as the function, and what it did."""
        before = work_done()
        result = self.paths.f(*args, **kwargs)
        kind.work = tuple(map(operator.sub, work_done(), before))
        kind.met += 1
        if kind.size() < PAYS or kind.met == DERIVED_AFTER and blind(self.paths.function(), args):
            self.idle = AGAIN
            kind.met = 0
        return result


class Kind:
    """The calls with duals at the same places of arguments of the same structure.

    met: how many there were while the function ran as it is.  work: what the last of them did.
    """

    def __init__(self, base: Any, reverse: bool, mask: tuple[int, ...], structure: Any, named: bool) -> None:
        self.base, self.reverse, self.mask, self.structure, self.named = base, reverse, mask, structure, named
        self.met = self.owed = 0
        self.work: tuple[int, ...] | None = None
        self.paths: Any = None

    @property
    def together(self) -> int:
        """So many calls are counted at once: of little ones several."""
        return 1 if self.size() > 10 * PAYS else 8

    def size(self) -> float:
        """How many operations on arrays a call does."""
        assert self.work is not None
        return self.work[1] + self.work[0] / SCALARS

    def credit(self) -> None:
        """Counts what the function would have done: which way a derivative around takes is chosen by that."""
        self.owed += 1
        if self.owed >= self.together:
            assert self.work is not None
            owed = self.owed
            take_back(tuple([a + owed * b for a, b in zip(work_done(), self.work, strict=True)]))
            self.owed = 0

    def quick(self, values: list[Any]) -> Any:
        """The result of arguments of which each is a leaf, as a function; None where it is not so simple."""
        paths, mask, credit = self.paths, self.mask, self.credit
        fast, build = paths.short(values)
        if fast is None:
            return None
        space = Node if self.reverse else np.ndarray
        flags = [place in mask for place in range(len(values))]

        def quick(args: Any) -> Any:
            if len(args) != len(flags):
                return NotImplemented
            tag, given, tangents = -1, [], []
            for x, dual in zip(args, flags, strict=True):
                if not dual:
                    given.append(x)
                    continue
                if type(x) is not DualArray and type(x) is not Dual:
                    return NotImplemented
                t = x.tangents
                if type(t) is not space or tag != x.tag and tag >= 0:
                    return NotImplemented
                tag = x.tag
                given.append(x.value)
                tangents.append(t)
            if not is_live(tag):
                return NotImplemented
            try:
                found = fast(*given) if space is Node else fast(*given, *tangents)
            except Exception:   # a flag, or an error of a function that is called: the long way says what it is
                return NotImplemented
            if found is NotImplemented:
                return found
            credit()
            return build(found, given, tangents, tag)

        return quick

    def answer(self, values: list[Any], tangents: list[Any], tag: int) -> Any:
        """The result of a program; NotImplemented where the function must answer."""
        paths = self.paths
        if paths is None:
            made = LinearByLeaves if self.reverse else JvpByLeaves
            paths = self.paths = made(self.base, self.mask, self.structure, self.named, self.size())
            self.base.alongs[f"{paths.name}, leaves {self.mask} of {len(values)}"] = paths
        return paths.result(values, tangents, tag)


class ByLeaves:
    """Derivatives by some of the leaves of the arguments; their arguments are (all leaves, directions).

    size: how many operations the function does on duals.
    """

    def __init__(self, base: Any, mask: tuple[int, ...], structure: Any, named: bool, size: float) -> None:
        self.mask, self.structure, self.named, self.size = mask, structure, named, size
        self.set_up(base)

    def set_up(self, base: Any) -> None:
        """The rest of what there is to make."""
        raise NotImplementedError

    def based(self, args: Any, kwargs: Any) -> tuple[Any, Any]:
        """The arguments of the function."""
        return together(self.structure, list(args[0]), self.named)

    def static_places(self, args: Any, kwargs: Any) -> Any:
        """The places of static leaves."""
        return self.base.fixed(*self.based(args, kwargs))  # type: ignore[attr-defined]

    def leaves_by(self, args: Any) -> list[int]:
        """The leaves that are differentiated by."""
        return list(self.mask)

    def promoted(self, args: Any) -> Any:
        """Arguments are as they are."""
        return args

    def of_chosen(self, leaves: Any) -> Any:
        """(the function of the chosen leaves, these)."""
        given = list(leaves)

        def g(*chosen: Any) -> Any:
            for place, x in zip(self.mask, chosen, strict=True):
                given[place] = x
            args, kwargs = together(self.structure, given, self.named)
            return self.base.f(*args, **kwargs)  # type: ignore[attr-defined]

        return g, tuple(leaves[place] for place in self.mask)

    def notice(self, reason: str) -> None:
        """Nobody is told: f itself is a program, and here it runs as everywhere else."""

    def entry(self, args: Any) -> tuple[Any, Any]:
        """(the entry of a call, what its program gives); (None, None) where the function must answer."""
        paths: Any = self
        try:
            key, kinds, leaves, structure = paths.described(args, {})
        except (NotCompilable, Plain):
            return None, None
        if key in paths.eager:
            return None, None
        try:
            entries = paths.entries(key)
        except NotHere:
            return None, None
        for entry in entries:
            try:
                found = entry.program(entry.path.inputs(leaves))
            except Exception:
                return None, None
            if not isinstance(found, GuardFailed):
                return entry, found
            if found.index < 0 or found.index >= entry.path.first:
                return None, None
        mark, work = lost_mark(), work_done()
        with paths.lock:
            try:
                if key not in paths.eager:
                    paths.more(key, leaves, kinds, structure, args, {})
            except Exception as error:  # what is no result of a derivative, as text: f gives it as it is
                paths.give_up(key, f"{type(error).__name__}: {error}")
            finally:
                forget_lost(mark)
                take_back(work)
        return None, None

    def give_up(self, key: Any, reason: str) -> None:
        """The function answers itself for arguments of this kind from now on."""
        self.eager[key] = reason  # type: ignore[attr-defined]

    def counts(self, args: Any, result: Callable[[], Any]) -> None:
        """Counts a call, and compares it every so often."""
        paths: Any = self
        if paths.quick.due():
            paths.checked(args, {}, result())

    def ready(self, entry: Entry, args: Any) -> Entry:
        """An entry, whose program is worth to be called, with what is known of the results."""
        paths: Any = self
        if self.size < PAYS + CALLS * entry.path.graph.op.count("call"):
            raise NotCompilable("it does too little, or calls too many functions of Python's")
        path = paths.base.path_for(*self.based(args, {}))
        entry.path.kept["of"] = path.structure, reached(path, [path_node(path, k) for k in self.mask])
        return entry


class JvpByLeaves(ByLeaves, AlongPaths):
    """Values and tangents along k directions."""

    def set_up(self, base: Any) -> None:
        AlongPaths.__init__(self, base, self.plain, f"jvp of {base.name} in other code", jvp, 0)

    def plain(self, leaves: Any, tangents: Any) -> Any:
        """The result without programs."""
        g, chosen = self.of_chosen(leaves)
        return jvp_of(g, chosen, tangents)

    def prepare(self, kinds: Any, args: Any, kwargs: Any, result: Any) -> Entry:
        return self.ready(super().prepare(kinds, args, kwargs, result), args)

    def short(self, values: list[Any]) -> Any:
        """(the program as a function of values and tangents, (its result, ...) -> the dual); (None, None): neither."""
        entry = self.quick_of
        if entry is None or entry.path.kept["of"] != (None, [True]) or not plain(values):
            return None, None
        if any(leaf.kind == "static" or leaf.order for leaf in entry.path.leaves):
            return None, None
        if not all(o.simple for o in entry.path.outputs):
            return None, None
        counts = self.counts

        def build(found: Any, given: list[Any], tangents: list[Any], tag: int) -> Any:
            counts((tuple(given), tuple(tangents)), lambda: found)
            return make(found[0], found[1], tag)

        return entry.program.fast, build

    def result(self, values: list[Any], tangents: list[Any], tag: int) -> Any:
        """The result of a call with duals of a tag."""
        tangents = [t if t.flags.c_contiguous else np.ascontiguousarray(t) for t in tangents]
        args = (tuple(values), tuple(tangents))
        entry, found = self.entry(args)
        if entry is None:
            return NotImplemented
        whole = entry.finish(found)
        self.quick_of = entry
        self.counts(args, lambda: whole)
        structure, there = entry.path.kept["of"]
        ys, ts = (flatten(part)[0] for part in whole)
        made = [make(y, t, tag) if r else y for y, t, r in zip(ys, ts, there, strict=True)]
        return unflatten(structure, made)


class LinearByLeaves(ByLeaves, LinearPaths):
    """Values, and what products with the derivative need, as operations of a recording."""

    def set_up(self, base: Any) -> None:
        LinearPaths.__init__(self, base)
        self.f, self.name = self.plain, f"linearize of {base.name} in other code"

    def plain(self, leaves: Any, tangents: Any) -> Any:
        """The result without programs."""
        g, chosen = self.of_chosen(leaves)
        return linearize(g, *chosen)

    def prepare(self, kinds: Any, args: Any, kwargs: Any, result: Any) -> Entry:
        return self.ready(super().prepare(kinds, args, kwargs, result), args)

    def run(self, entry: Entry, leaves: Any, args: Any, kwargs: Any) -> Any:
        return super(LinearPaths, self).run(entry, leaves, args, kwargs)

    def result(self, values: list[Any], tangents: list[Any], tag: int) -> Any:
        """The result of a call with duals of a tag, which are recorded."""
        args = (tuple(values), ())
        entry, found = self.entry(args)
        if entry is None:
            return NotImplemented
        path: Any = entry.path
        self.quick_of = entry
        self.counts(args, lambda: entry.finish(found))
        ys, kept = path.split(found)
        leaves, structure = flatten(ys)
        inputs = [values[place] for place in self.mask]
        made = []
        for place, y in enumerate(leaves):
            if path.products.reached[place]:
                y = make(y, push(ProgramMap(path, kept, place, inputs, y), tangents), tag)
            elif path.kept["of"][1][place]:     # of a function that is flat everywhere
                y = make(y, Node(None, (), np.shape(y), y.dtype if hasattr(y, "dtype") else ORDINARY[0]), tag)
            made.append(y)
        return unflatten(structure, made)

    def short(self, values: list[Any]) -> Any:
        """(the program as a function of values, (its result, ...) -> the recorded array); (None, None): neither."""
        entry, mask = self.quick_of, self.mask
        if entry is None or len(entry.path.outputs) < 2 or not plain(values):
            return None, None
        path: Any = entry.path
        if any(leaf.kind == "static" or leaf.order for leaf in path.leaves) or path.structure is not None:
            return None, None
        if not path.values[0].simple or path.values[0].kind == "constant" or not path.products.reached[0]:
            return None, None
        counts = self.counts

        def build(found: Any, given: list[Any], tangents: list[Any], tag: int) -> Any:
            counts((tuple(given), ()), lambda: entry.finish(found))
            y, *kept = found
            return make(y, push(ProgramMap(path, kept, 0, [given[place] for place in mask], y), tangents), tag)

        return entry.program.fast, build


class ProgramMap(LinearMap):
    """The derivative of one result of a compiled function by the arguments that are recorded."""

    __slots__ = ("kept", "path", "place")

    def __init__(self, path: Any, kept: list[Any], place: int, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.path, self.kept, self.place = path, kept, place

    def products(self, forward: bool, vectors: list[Any]) -> Any:
        """Products of all arguments, or of all results."""
        if all(v is None or type(v) is np.ndarray for v in vectors):
            return Engine(self.path.products, self.kept).run(forward, vectors)
        replay = self.path.replay(self.kept)
        return replay.forward(vectors) if forward else replay.backward(vectors)

    def apply(self, ts: Any) -> Any:
        return self.products(True, list(ts))[self.place]

    def transpose(self, w: Any, i: int) -> Any:
        ws: list[Any] = [None] * len(self.path.products.outputs)
        ws[self.place] = w
        found = self.products(False, ws)[i]
        return np.zeros((w.shape[0], *self.in_shapes[i]), self.in_dtypes[i]) if found is None else found

    def reach(self, sets: Any, ids: Any) -> Any:
        pattern = self.path.pattern()
        if pattern is None:
            return everything(sets, ids, self.out_shape)
        flat = [np.zeros(int(np.prod(shape)), np.int64) if t is None else np.ascontiguousarray(t).reshape(-1)
                for t, shape in zip(ids, self.in_shapes, strict=True)]  # fmt: skip
        sizes = [int(np.prod(shape)) for _, _, shape, _ in self.path.products.outputs]
        first = sum(sizes[: self.place])
        rows = pattern[first : first + sizes[self.place]]
        return matrix_product(sets, np.concatenate(flat), rows.indptr, rows.indices).reshape(self.out_shape)

    def __reduce__(self) -> Any:
        n = max(1, int(np.prod(self.out_shape)))
        unit = np.eye(n, dtype=self.out_dtype).reshape((n, *self.out_shape))
        blocks = [np.array(self.transpose(unit, i)) for i in range(len(self.in_shapes))]
        return MatrixMap, (blocks, self.in_shapes, self.in_dtypes, self.out_shape, self.out_dtype)


class MatrixMap(LinearMap):
    """A linear map as a matrix for each argument, (numbers of the result, *shape): a `ProgramMap` that was pickled."""

    __slots__ = ("blocks",)

    def __init__(self, blocks: Any, in_shapes: Any, in_dtypes: Any, out_shape: Any, out_dtype: Any) -> None:
        super().__init__(
            [np.empty(shape, d) for shape, d in zip(in_shapes, in_dtypes, strict=True)], np.empty(out_shape, out_dtype)
        )
        self.blocks = blocks

    def apply(self, ts: Any) -> Any:
        total: Any = 0.0
        for block, t in zip(self.blocks, ts, strict=True):
            if t is not None:
                k, n = t.shape[0], block.shape[0]
                total = total + np.reshape(t, (k, -1)) @ np.transpose(block.reshape((n, -1)))
        return np.reshape(total, (total.shape[0], *self.out_shape))

    def transpose(self, w: Any, i: int) -> Any:
        block = self.blocks[i]
        return np.reshape(np.reshape(w, (w.shape[0], -1)) @ block.reshape((block.shape[0], -1)),
                          (w.shape[0], *self.in_shapes[i]))  # fmt: skip

    def __reduce__(self) -> Any:
        return MatrixMap, (self.blocks, self.in_shapes, self.in_dtypes, self.out_shape, self.out_dtype)


def dtype_of(x: Any) -> Any:
    """The dtype of a value."""
    return ORDINARY[0] if type(x) is float else getattr(x, "dtype", None)


def plain(values: list[Any]) -> bool:
    """Whether values are arrays and Python's floats."""
    return all(type(x) is np.ndarray or type(x) is float for x in values)


def path_node(path: Path, leaf: int) -> int:
    """The node of a leaf of the arguments."""
    return path.graph.inputs[sum(x.kind != "static" for x in path.leaves[:leaf])]


def reached(path: Path, start: list[int]) -> list[bool]:
    """For each leaf of the result whether it depends on some of the arguments by operations that have derivatives."""
    from .derive import on_the_way

    g, nodes = path.graph, iter(path.graph.outputs)
    found = []
    for out in path.outputs:
        node = None if out.kind == "constant" else next(nodes)
        there = node is not None and out.dtype.kind in "fc"
        found.append(there and node in on_the_way(g, start, [node]))  # type: ignore[list-item]
    return found
