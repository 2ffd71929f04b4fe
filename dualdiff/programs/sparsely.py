"""Sparse Jacobians and Hessians of what has programs: the products of a plan's colours in one run.

The pattern of a path is read off its graph, so it holds at each x of the path: no product is spent on checking it, and
a new path brings its own.

Invariant: a plan's pattern holds those of all paths that it has met.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..transforms.pytrees import flatten, unflatten
from .arguments import Leaf
from .derive import pull
from .derived import CLOSE, ROOM, ROUGH, DerivedPaths, compare, rounding
from .finite import watch
from .graph import dense_strides
from .partials import applied
from .paths import OWN, Entry, Mark, Paths
from .patterned import pattern_of_problem, patterns, stacked
from .recording import Output, Path
from .tracer import NotCompilable

__all__ = ["SparsePaths", "sparse_paths"]


class SparsePath(Path):
    """A path whose result is (value, data of the matrix, the way from products to it).

    made: the plan's pattern, colours and way.  checked: whether the last product is along the random direction.  dtype:
    of the data.
    """

    __slots__ = ("by_columns", "by_rows", "checked", "dtype", "made", "values")

    def __init__(
        self, g: Any, kinds: Any, values: list[Output], structure: Any, made: Any, checked: bool, first: int, dtype: Any
    ) -> None:  # fmt: skip
        way = made[2]
        self.by_columns, self.by_rows = way.seeds is not None or checked, way.row_seeds is not None
        products = [Output("array", g.shape[i], g.dtype[i]) for i in g.outputs[len(g.outputs) - self.count() :]]
        super().__init__(g, kinds, [*values, *products], structure, first)
        self.values, self.made, self.checked, self.dtype = values, made, checked, dtype

    def count(self) -> int:
        """The number of arrays of products."""
        return int(self.by_columns) + int(self.by_rows)

    def finish(self, results: Any) -> Any:
        """(value, data, way); None where the check says that the pattern misses something."""
        found, way = iter(results), self.made[2]
        values = [
            o.value.copy("K") if o.kind == "constant" and isinstance(o.value, np.ndarray)
            else o.value if o.kind == "constant" else o.made(next(found))
            for o in self.values
        ]  # fmt: skip
        columns: Any = next(found) if self.by_columns else None
        rows = next(found) if self.by_rows else None
        product: Any = None
        if self.checked:
            product = columns[-1]
            columns = columns[:-1] if way.seeds is not None else None
        nothing = columns is None and rows is None
        data = np.zeros(0) if nothing else way.data(columns, rows)
        if product is not None and not way.gap(data, product) <= 1e-12:
            return None
        return unflatten(self.structure, values), data.astype(self.dtype, copy=False), way


class SparsePaths(DerivedPaths):
    """The programs of a plan.

    plan: the `SparseJacobian` or `SparseHessian`, whose own way is taken where there is no program.  before, after: the
    other arguments of the function, where the plan is of one of them.
    """

    with_duals = False

    def __init__(self, base: Any, plan: Any, before: tuple[Any, ...] = (), after: tuple[Any, ...] = ()) -> None:
        place = len(before)

        def by_itself(*args: Any, **kwargs: Any) -> Any:
            return plan.by_itself(args[place], *args[place + 1 : len(args) - len(after)], **kwargs)

        super().__init__(base, by_itself, f"sparse {plan.what} of {base.name}", None, place)
        self.before, self.after = before, after
        self.plan = plan
        self.second = plan.what == "Hessian"
        self.kept: dict[int, dict[Any, Any]] = {}   # of a path's pattern, by its id: what the path keeps

    # ---- patterns ----

    def at(self, x: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """(value, data, way) at a point."""
        return self((*self.before, x, *args, *self.after), kwargs)

    def pattern(self, x: Any, args: Any, kwargs: Any) -> tuple[Any, Any]:
        """(pattern, structure of the result) of the path that a call takes; NotCompilable says why not."""
        args = (*self.before, x, *args, *self.after)
        path = self.base.path_for(self.promoted(args), kwargs)
        return self.pattern_of(path, args), path.structure

    def pattern_of(self, path: Path, args: Any) -> Any:
        """The pattern of a path, the same for all plans."""
        found = path.kept.get(self.plan.what)
        if found is None:
            if any(path.leaves[j].dtype is not None and path.leaves[j].dtype.kind == "c" for j in self.leaves_by(args)):
                raise NotCompilable("sparse derivatives are by real arguments")
            found = path.kept[self.plan.what] = self.read(self.problem(path, args, args)[0])
        self.kept[id(found)] = path.kept
        return found

    def read(self, problem: Any) -> Any:
        """The pattern of a graph of its own, which grows by it."""
        if self.second:
            grads = problem.gradient()
            orders, shapes = [o for _, o, _ in problem.chosen], [s for _, _, s in problem.chosen]
            found = patterns(problem, grads, orders)
            found = None if found is None else stacked(found, shapes, problem.size)
        else:
            found = pattern_of_problem(problem)
        if found is None:
            raise NotCompilable("its pattern has too many entries, or the program too many operations")
        return found

    def entries(self, key: Any) -> Any:
        """The paths of a kind of arguments that were derived for the plan's pattern."""
        found = super().entries(key)
        kept = [e for e in found if isinstance(e.path, SparsePath) and e.path.made is self.plan.made]
        if len(kept) == len(found):
            return found
        with self.lock:
            if kept:
                self.table[key] = kept
            else:
                self.table.pop(key, None)
            return self.table.get(key, ())

    # ---- one path ----

    def learn(self, leaves: Any, kinds: Any, structure: Any, args: Any, kwargs: Any) -> tuple[Entry | None, Any]:
        """Takes what another plan has derived of the path for the same pattern, or derives it."""
        try:
            path = self.base.path_for(args, kwargs)
            made, covered = self.plan.covering(self.pattern_of(path, args))
        except NotCompilable:
            return super().learn(leaves, kinds, structure, args, kwargs)
        key = self.plan.what, id(made), self.plan.checked and not covered
        entry = path.kept.get(key)
        if entry is None:
            entry, result = super().learn(leaves, kinds, structure, args, kwargs)
            if entry is not None and isinstance(entry.path, SparsePath) and entry.path.made is made:
                path.kept[key] = entry
            return entry, result
        self.due()
        found = self.run(entry, leaves, args, kwargs)
        return entry, self.f(*args, **kwargs) if isinstance(found, Mark) else found

    def prepare(self, kinds: list[Leaf], args: Any, kwargs: Any, result: Any) -> Entry:
        """The entry of a path of the base."""
        plan = self.plan
        path = self.base.path_for(args, kwargs)
        problem, _ = self.problem(path, args, args)
        pattern = self.pattern_of(path, args)
        made, covered = plan.covering(pattern)
        checked = plan.checked and not covered
        g, way = problem.g, made[2]
        if self.second:
            nodes = problem.gradient()
            problem.second()
            ends: list[Any] = [(w, order, shape) for w, (_, order, shape) in zip(nodes, problem.chosen, strict=True)]
            values: list[Any] = [problem.logical(w, order, 0) for w, order, _ in ends]
        else:
            ends = [(n if d.kind in "fc" else None, o, s) for n, o, s, d in problem.outputs]
            values = problem.value
        like, structure = flatten(result[0])
        outputs: list[Output] = []
        g.outputs = []
        for v, x in zip(values, like, strict=True):
            outputs.append(v if isinstance(v, Output) else self.output(g, v, x))
        if way.seeds is not None or checked:
            g.outputs.append(self.products(problem, ends, way.checked_seeds if checked else way.seeds))
        if way.row_seeds is not None:
            g.outputs.append(self.transposed(problem, ends, way.row_seeds))
        watch(g)
        found = SparsePath(g, kinds, outputs, structure, made, checked, path.first, result[1].dtype)
        entry = Entry(found, self.exact)
        if entry.program.workspace_bytes() > 8 * ROOM:
            raise NotCompilable("the products take too much memory at once")
        return entry

    def products(self, problem: Any, ends: Any, seeds: Any) -> int:
        """Products with the rows of seeds, (k, numbers of all results)."""
        g, k, start, given = problem.g, len(seeds), 0, []
        for i, _, shape in problem.chosen:
            stop = start + math.prod(shape)
            part = np.ascontiguousarray(seeds[:, start:stop].reshape((k, *shape)), g.dtype[i])
            given.append(g.constant(part))
            start = stop
        found = problem.tangents(given, [i for i, _, _ in ends], k)
        return self.beside(problem, [(t, order, shape) for t, (_, order, shape) in zip(found, ends, strict=True)], k)

    def transposed(self, problem: Any, ends: Any, seeds: Any) -> int:
        """Products of the rows of seeds with the matrix, (k, numbers that are differentiated by)."""
        found = self.rows(problem, ends, seeds, 1)
        if not any(i is not None and problem.g.dtype[i].kind == "c" for i, *_ in ends):
            return found
        g = problem.g       # pullbacks give the real part of conj(w) . J
        turned = applied(g, "multiply", g.constant(np.array(1j)), self.rows(problem, ends, seeds, 1j))
        return int(applied(g, "add", found, turned))

    def rows(self, problem: Any, ends: Any, seeds: Any, factor: complex) -> int:
        """What the rows of seeds, times 1 or 1j, pull back; times 1j of complex results alone."""
        g, k, start = problem.g, len(seeds), 0
        given: dict[int, int] = {}
        for i, order, shape in ends:
            stop = start + math.prod(shape)
            if i is not None and (factor == 1 or g.dtype[i].kind == "c"):
                part = np.ascontiguousarray(factor * seeds[:, start:stop].reshape((k, *shape)), g.dtype[i])
                w = problem.in_memory(g.constant(part), order, 1)
                given[i] = w if i not in given else g.apply("add", given[i], w)
            start = stop
        found = pull(g, given, problem.wrt, k)
        return self.beside(problem, [(w, o, s) for w, (_, o, s) in zip(found, problem.chosen, strict=True)], k)

    @staticmethod
    def beside(problem: Any, parts: Any, k: int) -> int:
        """Arrays (k, *shape) as rows beside each other, in double precision."""
        g, rows = problem.g, []
        is_complex = any(t is not None and g.dtype[t].kind == "c" for t, *_ in parts)
        for t, order, shape in parts:
            m = math.prod(shape)
            if t is None:
                rows.append(g.zeros((k, m)))
            else:
                t = g.cast(g.copy(problem.logical(t, order, 1)), np.complex128 if is_complex else np.float64)
                rows.append(g.view(g.copy(t), 0, (k, m), dense_strides((k, m))))
        return int(g.copy(rows[0] if len(rows) == 1 else g.join(rows, 1)))

    def matches(self, found: Any, result: Any, rough: bool, beside: Callable[[], Any]) -> None:
        """Compares the value and the matrix."""
        bound = ROUGH if rough else CLOSE
        if found is None:
            raise NotCompilable("the pattern misses an entry")
        compare(found[0], result[0], self.name, bound, lambda: beside()[0])
        ours, theirs = found[2].matrix(found[1]), result[2].matrix(result[1])
        size = max(float(np.max(np.abs(theirs.data), initial=0.0)), 1e-300)
        apart = float(np.max(np.abs((ours - theirs).data), initial=0.0))
        if not apart <= bound * size + 1e-10 and not apart <= rounding(theirs.data, self.data_of(beside())):
            raise NotCompilable(f"the program of {self.name} differs from the matrix without it")

    @staticmethod
    def data_of(result: Any) -> Any:
        """The entries of the matrix of a result."""
        return result[2].matrix(result[1]).data

    def run(self, entry: Entry, leaves: Any, args: Any, kwargs: Any) -> Any:
        """(value, data, way)."""
        found = super().run(entry, leaves, args, kwargs)
        return OWN if found is None else found

    def make_quick(self, entry: Entry, args: Any, kwargs: Any) -> None:
        """There is no shorter way."""


def sparse_paths(plan: Any) -> SparsePaths | None:
    """The paths of a plan of a function that has programs; None where it has none."""
    base = getattr(plan.f, "__dualdiff_program__", None)
    before, after = getattr(base, "before", ()), getattr(base, "after", ())
    base = getattr(base, "base", base) if before or after else base     # of a function with some arguments given
    if not isinstance(base, Paths):
        return None
    found = SparsePaths(base, plan, tuple(before), tuple(after))
    base.alongs[f"sparse_{plan.what.lower()}"] = found      # the newest is explained
    return found

