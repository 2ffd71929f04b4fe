"""Which inputs can reach which elements of a graph's nodes, whatever the numbers are.

A path of a compiled function does the same operations at every x, so what is found here holds for all x on the path:
both branches of a `where` count, and an index that is computed may be any.  What the linear operations do is said in
maps/linear.py, for patterns as for tangents.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..core._sparse import Sets
from ..maps.spaces import Elements, Patterns
from ..maps.sparsity import INT, Walker, everything
from .graph import Graph, window_places
from .operations import OPERATIONS

__all__ = ["TooDense", "reach"]

MOST = 2**23
"""So many entries of a pattern are looked at; beyond, it is taken for a dense one."""


class TooDense(Exception):
    """A pattern has so many entries that it helps nobody."""


def reach(g: Graph, columns: dict[int, Any], nodes: Sequence[int]) -> list[Any]:
    """For each node a sparse matrix of truths (its elements in C order, inputs); None where no input reaches it.

    columns: such matrices of the nodes where the inputs begin.
    """
    n = max(p.shape[1] for p in columns.values())
    sets = Sets(n)
    s, walker = Reached(sets), Walker(sets)
    order = g.needed(nodes, columns)
    left = Counter(a for i in order if i not in columns for a in g.args[i]) + Counter(nodes)
    reached = set()
    for i in order:
        if i in columns:
            p = columns[i].tocsr()
            found = sets.unite(p.indices.astype(INT) + 1, p.indptr.astype(INT)).reshape(g.shape[i])
        else:
            ps = []
            for a in g.args[i]:
                left[a] -= 1
                ps.append(walker.take(a, left[a] == 0) if a in reached and a in walker.ids else None)
            found = of_node(s, g, i, ps)
        if found is not None:
            reached.add(i)
            walker.put(i, found)
            walker.collect()
            if sets.used > 2 * walker.limit:
                raise TooDense
    return [matrix(sets, walker.ids[i], n) if i in reached else None for i in nodes]


def matrix(sets: Any, ids: Any, n: int) -> Any:
    """A pattern as a sparse matrix of truths."""
    indptr, indices = sets.rows(np.ascontiguousarray(ids).reshape(-1))
    if len(indices) > MOST:
        raise TooDense
    return sp.csr_array((np.ones(len(indices), bool), indices, indptr), (ids.size, n))


def of_node(s: "Reached", g: Graph, i: int, ps: list[Any]) -> Any:
    """The pattern of one node from those of its arguments (None: nothing reaches it)."""
    op = g.op[i]
    if all(p is None for p in ps) or op != "call" and g.dtype[i].kind not in "fc":
        return None
    if op in ("call", "item"):
        return everything(s.sets, ps, g.shape[i] if op == "item" else ())
    return OPERATIONS[op].push(s, g, i, ps)


class Reached(Patterns):
    """Patterns of nodes of a graph."""

    __slots__ = ()

    def places(self, g: Graph, i: int) -> Elements:
        """The places that an operation reads, writes or adds to in its first argument."""
        attr, whole = g.attr[i], g.shape[g.args[i][0]]
        if attr is not None:
            return Elements(self, window_places(*(attr if len(attr) == 3 else (attr[0], g.shape[i], attr[1]))), whole)
        index = g.args[i][1]
        if g.op[index] != "constant":
            return Elements(self, None, g.shape[i])
        numbers = g.constants[g.attr[index]].reshape(g.shape[index]) % max(math.prod(whole), 1)
        return Elements(self, numbers, whole)
