"""Sparse Jacobians of compiled functions: products along the colours of a pattern that is read off the graph.

A program is of one path, and so is its pattern: where a guard sends a call another way, another program answers, with a
pattern of its own.  So no pattern is stale, and no product is spent to find that out.
"""

import threading
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..transforms.jvp import jvp as jvp_of
from .derived import DerivedPaths, Problem
from .reach import TooDense, reach
from .recording import Output, Path
from .tracer import NotCompilable, NotHere

__all__ = ["ColouredPaths", "coloured_paths"]

FULL = 0.1
"""The share of entries from which a pattern saves nothing."""


class ColouredPaths(DerivedPaths):
    """The programs of (value, its products along the colours, the number of the pattern); None where there are none.

    Attributes
    ----------
    known : list of (Pattern, Coloring, seeds)
        By number.
    """

    def __init__(self, base: Any, place: int) -> None:
        super().__init__(base, self.otherwise, f"sparse J of {base.name}", self.rows, place)
        self.known: list[tuple[Any, Any, Any]] = []
        self.learner, self.number = 0, 0

    def notice(self, reason: str) -> None:
        """Nobody needs to know: the plan goes its usual way."""

    def learn(self, leaves: Any, kinds: Any, structure: Any, args: Any, kwargs: Any) -> Any:
        """Finds the pattern of the path, its colours, and the program."""
        try:
            self.number = self.coloured(self.base.path_for(args, kwargs), args)
        except NotHere:
            return None, None
        except (NotCompilable, TooDense) as error:
            raise NotCompilable(str(error) or "its J is not sparse", None) from None
        self.learner = threading.get_ident()
        try:
            return super().learn(leaves, kinds, structure, args, kwargs)
        finally:
            self.learner = 0

    def otherwise(self, *args: Any, **kwargs: Any) -> Any:
        """What stands for the function without programs: None, but for the one that learns a path."""
        if self.learner != threading.get_ident():
            return None
        (place,), seeds = self.places(args), self.known[self.number][2]

        def g(x: Any) -> Any:
            return self.base.f(*args[:place], x, *args[place + 1 :])

        x = args[place]
        return (*jvp_of(g, (x,), (seeds.reshape(len(seeds), *x.shape).astype(x.dtype),)), self.number)

    def coloured(self, path: Path, args: Any) -> int:
        """The number of the pattern of a path; NotCompilable where it does not pay."""
        from ..sparse.coloring import best_coloring
        from ..sparse.decompression import Decompression
        from ..sparse.pattern import as_pattern

        p, _ = self.problem(path, args, args)
        if len(p.chosen) != 1 or len(p.outputs) != 1 or p.outputs[0][0] is None or p.outputs[0][3].kind != "f":
            raise NotCompilable("it is not from one array to one array")
        (node, order, shape), (result, out_order, out_shape, _) = p.chosen[0], p.outputs[0]
        m, n = int(np.prod(out_shape)), int(np.prod(shape))
        own = np.arange(n).reshape(shape)
        own = (own if order is None else own.transpose(order)).reshape(-1)
        start = sp.csr_array((np.ones(n, bool), (np.arange(n), own)), (n, n))
        found = reach(p.g, {node: start}, [p.logical(result, out_order, 0)])[0]
        if found is None or found.nnz > FULL * m * n:
            raise NotCompilable("its J is not sparse")
        pattern = as_pattern(sp.csr_array(found))
        for number, (other, _, _) in enumerate(self.known):
            if other.shape == pattern.shape and other.nnz == pattern.nnz and not (other != pattern).nnz:
                return number
        coloring = best_coloring(pattern)
        if coloring.partition != "column":
            raise NotCompilable("its rows have fewer colours")
        self.known.append((pattern, coloring, Decompression(pattern, coloring, "csr").seeds))
        return len(self.known) - 1

    def rows(self, p: Problem) -> list[Any]:
        """The nodes of the results."""
        seeds = self.known[self.number][2]
        (node, _, shape), (result, order, own, dtype) = p.chosen[0], p.outputs[0]
        k = len(seeds)
        p.check_room(k)
        seed = p.g.constant(seeds.reshape(k, *shape).astype(p.g.dtype[node]))
        t = p.tangents([seed], [result], k)[0]
        products = p.g.zeros((k, *own), dtype) if t is None else p.logical(t, order, 1)
        return [*p.value, products, Output("constant", value=self.number)]


def coloured_paths(base: Any, place: int) -> ColouredPaths:
    """The paths of the sparse J by the argument at a place."""
    key = f"sparse J by argument {place}"
    found = base.alongs.get(key)
    if found is None:
        found = base.alongs[key] = ColouredPaths(base, place)
    return found  # type: ignore[no-any-return]
