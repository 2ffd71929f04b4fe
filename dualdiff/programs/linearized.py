"""`linearize` of what has programs: one run for the value and what the products need, one for each product."""

import functools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from ..transforms.linearize import Linearization, linearize
from ..transforms.program import Replay
from ..transforms.pytrees import flatten, unflatten
from ..transforms.recording import Recording
from .arguments import Leaf, own_copy
from .derived import CLOSE, ROUGH, DerivedPaths, compare
from .finite import watch
from .linear import Engine, Products
from .paths import Entry
from .patterned import pattern_of_problem
from .recording import Output, Path, same_leaf

__all__ = ["linear_paths"]

UNKNOWN: Any = object()


class ProgramReplay(Replay):
    """Products by programs, to plain or dual tangents."""

    def __init__(self, engine: Engine, shapes: Any, reached: list[bool], dtypes: Any) -> None:
        self.program = engine
        self.in_shapes = shapes[0]
        self.out_shapes = [shape if there else None for shape, there in zip(shapes[1], reached, strict=True)]
        self.dtypes = dtypes
        self.walk = self.weight = None
        self.fuse, self.lock = True, threading.Lock()

    def ready(self, k: int) -> Any:
        return self.program

    def plan(self) -> Any:
        return self.program


class ProgramRecording(Recording):
    """The value and the products at one point, by programs: what a `Linearization` stands on.

    origin: (function, copies of the primals, keywords).
    """

    def __init__(self, path: "LinearPath", value: Any, kept: list[Any]) -> None:
        self.path, self.value, self.aux, self.kinked = path, value, None, ()
        self.plain, self.in_structures, self.out_structure = path.plain, path.in_structures, path.structure
        products = path.products
        self.in_shapes = [shape for _, _, shape in products.chosen]
        self.in_dtypes = [products.g.dtype[i] for i, _, _ in products.chosen]
        self.out_shapes = [shape for _, _, shape, _ in products.outputs]
        self.out_dtypes = [dtype for *_, dtype in products.outputs]
        self.made = path.replay(kept)
        self.origin: Any = None

    def pattern(self) -> Any:
        """Where the matrix may have entries, at each point of the path; None where that is not known."""
        return self.path.pattern()

    def __reduce__(self) -> Any:
        import pickle

        f, primals, kwargs = self.origin
        recording = Recording(f, primals, kwargs)
        if not all(map(same_leaf, flatten(recording.value)[0], flatten(self.value)[0])):
            raise pickle.PicklingError("the function has another value now than where it was linearized")
        return handed, (recording,)


def handed(x: Any) -> Any:
    """What was pickled in the place of a recording of programs."""
    return x


class LinearPath(Path):
    """A path whose result is (value, J)."""

    __slots__ = ("in_structures", "known", "plain", "products", "values")

    def __init__(
        self, products: Products, kinds: Any, values: list[Output], structure: Any, like: Any, first: int
    ) -> None:
        kept = [Output("array", products.g.shape[i], products.g.dtype[i]) for i in products.kept]
        super().__init__(products.g, kinds, [*values, *kept], structure, first)
        self.products, self.values = products, values
        self.plain, self.in_structures = like.plain, like.in_structures
        self.known: Any = UNKNOWN

    def split(self, results: Any) -> tuple[Any, list[Any]]:
        """(value, what the products need)."""
        found = iter(results)
        value = [
            o.value.copy("K") if o.kind == "constant" and isinstance(o.value, np.ndarray)
            else o.value if o.kind == "constant" else o.made(next(found))
            for o in self.values
        ]  # fmt: skip
        return unflatten(self.structure, value), list(found)

    def replay(self, kept: list[Any]) -> "ProgramReplay":
        """The products at a point."""
        products = self.products
        dtypes = [products.g.dtype[i] for i, _, _ in products.chosen], [dtype for *_, dtype in products.outputs]
        shapes = [shape for _, _, shape in products.chosen], [shape for _, _, shape, _ in products.outputs]
        return ProgramReplay(Engine(products, kept), shapes, products.reached, dtypes)

    def finish(self, results: Any) -> Any:
        """(value, J)."""
        value, kept = self.split(results)
        return value, Linearization(ProgramRecording(self, value, kept))

    def pattern(self) -> Any:
        """Where the Jacobian may have entries."""
        with self.products.lock:
            if self.known is UNKNOWN:
                self.known = pattern_of_problem(self.products.problem)
            return self.known


class LinearPaths(DerivedPaths):
    """The programs of linearize."""

    with_duals = False

    def __init__(self, base: Any) -> None:
        f = base.f
        super().__init__(base, lambda *xs, **kw: linearize(f, *xs, **kw), f"linearize of {base.name}", None, 0)

    def places(self, args: Any) -> list[int]:
        """All of them."""
        return list(range(len(args)))

    def prepare(self, kinds: list[Leaf], args: Any, kwargs: Any, result: Any) -> Entry:
        """The entry of a path of the base."""
        base_args, base_kwargs = self.based(args, kwargs)
        path = self.base.path_for(base_args, base_kwargs)
        problem, _ = self.problem(path, base_args, args)
        g = problem.g
        products = Products(g, problem.chosen, problem.outputs, problem, self.exact)
        like, structure = flatten(result[0])
        g.outputs, outputs = [], []
        for v, x in zip(problem.value, like, strict=True):
            if isinstance(v, Output):
                outputs.append(v)
                continue
            outputs.append(self.output(g, v, x))
        for i in products.kept:
            g.outputs.append(i)
        watch(g)
        made = LinearPath(products, kinds, outputs, structure, result[1].recording, path.first)
        return Entry(made, self.exact)

    def matches(self, found: Any, result: Any, rough: bool, beside: Callable[[], Any]) -> None:
        """Compares the value, and a product in each direction."""
        bound = ROUGH if rough else CLOSE
        compare(found[0], result[0], self.name, bound, lambda: beside()[0])
        generator = np.random.default_rng(0)
        for transposed in (False, True):
            v = generator.uniform(0.5, 1.5, found[1].shape[0 if transposed else 1])
            ours, theirs = product(found, transposed, v), product(result, transposed, v)
            compare(ours, theirs, self.name, bound, functools.partial(self.beside, beside, transposed, v))

    @staticmethod
    def beside(beside: Callable[[], Any], transposed: bool, v: Any) -> Any:
        """A product at the arguments beside these."""
        return product(beside(), transposed, v)

    def run(self, entry: Entry, leaves: Any, args: Any, kwargs: Any) -> Any:
        """(value, J), which knows where it comes from."""
        found = super().run(entry, leaves, args, kwargs)
        if isinstance(found, tuple):
            found[1].recording.origin = (self.base.f, copies_of(args), kwargs)
        return found

    def make_quick(self, entry: Entry, args: Any, kwargs: Any) -> None:
        """There is no shorter way."""


def product(result: Any, transposed: bool, v: Any) -> Any:
    """A product of (value, J), or of the transpose, with a vector."""
    return (result[1].T if transposed else result[1]) @ v


def copies_of(args: Any) -> Any:
    """The arguments as they are now."""
    made = []
    for x in args:
        leaves, structure = flatten(x)
        made.append(unflatten(structure, list(map(own_copy, leaves))))
    return tuple(made)


def linear_paths(base: Any) -> LinearPaths:
    """The paths of linearize of what has paths."""
    found = base.alongs.get("linearize")
    if found is None:
        found = base.alongs["linearize"] = LinearPaths(base)
    return found  # type: ignore[no-any-return]
