"""Which inputs can reach which elements of a graph's nodes, whatever the numbers are.

A path of a compiled function does the same operations at every x, so what is found here holds for all x on the path:
both branches of a `where` count, and an index that is computed may be any.  What the linear operations do is said in
maps/linear.py, for patterns as for tangents.
"""

import functools
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..core._sparse import Sets
from ..maps import linear
from ..maps.spaces import Elements, Patterns
from ..maps.sparsity import INT, Walker, everything
from ..rules.table import RULES
from .graph import Graph, window_places
from .partials import NotDerivable, rule_name

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
    s, walker = Patterns(sets), Walker(sets)
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


def of_node(s: Patterns, g: Graph, i: int, ps: list[Any]) -> Any:
    """The pattern of one node from those of its arguments (None: nothing reaches it)."""
    op, attr, shape = g.op[i], g.attr[i], g.shape[i]
    if all(p is None for p in ps) or op != "call" and g.dtype[i].kind not in "fc":
        return None
    args = [g.shape[a] for a in g.args[i]]
    if op in ("call", "item"):
        return everything(s.sets, ps, shape if op == "item" else ())
    if op in ("apply", "cast", "copy"):
        total = None
        for which, p in enumerate(ps):
            if p is not None and not (op == "apply" and is_flat(attr, which)):
                total = p if total is None else s.plus(total, p)
        return None if total is None else np.broadcast_to(total, shape)
    if op == "reduce":
        return linear.push_sum(s, ps[0], attr[1], False).reshape(shape)
    if op == "scan":
        return linear.push_running(s, ps[0], attr[1])
    if op == "matmul":
        return linear.push_product(s, ps, args, args, shape)
    if op == "join":
        return linear.push_join(s, ps, args, INT, attr)
    if op == "linalg":
        return decomposed(s, ps, args, shape)
    at = elements(s, g, i)
    if op in ("view", "take"):
        return None if ps[0] is None else linear.push_read(s, ps[0], at)
    return (linear.push_write if op in ("write", "put") else linear.push_increase)(s, ps[0], ps[-1], at)


def elements(s: Patterns, g: Graph, i: int) -> Elements:
    """The places that an operation reads, writes or adds to in its first argument."""
    op, attr, whole = g.op[i], g.attr[i], g.shape[g.args[i][0]]
    if op == "view":
        return Elements(s, window_places(attr[0], g.shape[i], attr[1]), whole)
    if op in ("write", "add"):
        return Elements(s, window_places(*attr), whole)
    index = g.args[i][1]
    if g.op[index] != "constant":
        return Elements(s, None, g.shape[i])
    numbers = g.constants[g.attr[index]].reshape(g.shape[index]) % max(math.prod(whole), 1)
    return Elements(s, numbers, whole)


@functools.cache
def is_flat(name: str, which: int) -> bool:
    """Whether an elementwise function has the derivative 0 by one of its arguments wherever it has one."""
    if name == "where":
        return which == 0
    try:
        rule = rule_name(name)
    except NotDerivable:
        return False
    return rule is None or RULES[rule].texts[which] == "0"


def decomposed(s: Patterns, ps: list[Any], args: list[Any], shape: Sequence[int]) -> Any:
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
