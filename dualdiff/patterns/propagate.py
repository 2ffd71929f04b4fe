"""Which inputs can reach which outputs: patterns go through recorded maps in the place of tangents.

A pattern is an array of set numbers (maps/sparsity.py): the set of an element has the inputs that can reach it.

Invariant: a pattern is never too small near the point, as long as the function takes the same branches.
"""

from typing import Any

import numpy as np

from ..core._sparse import Sets
from ..errors import UnsupportedError
from ..maps.elementwise import Elementwise
from ..maps.moves import holds_point
from ..maps.sparsity import INT, MOST_AXES, Walker, united
from .pattern import make_pattern

__all__ = ["pattern_of", "propagate"]

TERMS = 16
"""Patterns that one union takes."""


def order_of(ends: Any) -> Any:
    """The nodes that the ends depend on, each after its parents."""
    found, seen = [], set()
    stack = [(node, False) for node in reversed(ends) if node is not None]
    while stack:
        node, ready = stack.pop()
        if ready:
            found.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack += [(p, False) for p in reversed(node.parents) if p is not None and id(p) not in seen]
    return found


def propagate(sets: Any, inputs: Any, outputs: Any, patterns: Any, inner: bool = False) -> list[Any]:
    """The patterns of output nodes from those of the input nodes.

    Parameters
    ----------
    sets : Sets
    inputs, outputs : list of Node
        None among the outputs is a constant.
    patterns : list of ndarray of int64
        One for each input, in its shape.
    inner : bool
        A part of another walk: no set may be forgotten.

    Returns
    -------
    list of ndarray of int64
        One for each output (None: a constant).
    """
    order = order_of(outputs)
    left: dict[Any, Any] = {}         # how many uses are to come
    for node in order:
        for p in node.parents:
            if p is not None:
                left[id(p)] = left.get(id(p), 0) + 1
    for node in outputs:
        if node is not None:
            left[id(node)] = left.get(id(node), 0) + 1
    inside = inside_of_unions(order, left, inputs)
    walker = Walker(sets)
    held: set[Any] = set()       # nodes after an `Increment`, whose constant factors are numbers of this point
    given = {id(node) for node in inputs}
    for node, ids in zip(inputs, patterns, strict=True):
        walker.put(id(node), np.array(ids, INT))
    for node in order:
        key = id(node)
        if key in given:
            continue
        if node.map is None:
            walker.put(id(node), np.zeros(node.shape, INT))
            continue
        if holds_point(node.map, bool(held) and any(id(p) in held for p in node.parents)):
            held.add(key)
        if key in inside:
            continue
        if len(node.map.out_shape) > MOST_AXES:
            raise UnsupportedError(
                f"patterns are found of arrays with up to {MOST_AXES} axes, one here has {len(node.map.out_shape)}; "
                "reshape it, or give the pattern with pattern="
            )
        if type(node.map).reach is Elementwise.reach:
            found = union(walker, node, inside, left)
        else:
            sets.exact = key not in held
            arguments: list[Any] = []
            for p in node.parents:
                if p is None:
                    arguments.append(None)
                else:
                    left[id(p)] -= 1
                    arguments.append(walker.take(id(p), left[id(p)] == 0))
            found = node.map.reach(sets, arguments)
        walker.put(id(node), found)
        if not inner:
            walker.collect()
    return [None if node is None else walker.ids[id(node)] for node in outputs]


def inside_of_unions(order: Any, uses: Any, inputs: Any) -> set[Any]:
    """The ids of the nodes that need no pattern of their own: elementwise, and used once, by an elementwise node.

    x + y + z has one union of three patterns then, and not that of two first, each set of which costs as much.
    """
    inside: set[Any] = set()
    terms: dict[Any, Any] = {}
    given = {id(node) for node in inputs}
    for node in order:
        if node.map is None or type(node.map).reach is not Elementwise.reach:
            continue
        count = 0
        for p in dict.fromkeys(node.parents):
            few = p is not None and id(p) in terms and id(p) not in given and uses[id(p)] == 1
            if few and p.shape == node.shape and count + terms[id(p)] < TERMS:
                inside.add(id(p))
                count += terms[id(p)]
            else:
                count += 1
        terms[id(node)] = count
    return inside


def union(walker: Any, node: Any, inside: Any, left: Any) -> Any:
    """The pattern of an elementwise node: the union of those of all that go into it, by way of nodes without one."""
    found: dict[Any, Any] = {}
    stack = [node]
    while stack:
        map = (top := stack.pop()).map
        # a partial that is 0 here need not be 0 nearby, so only rules without one are left out
        for d, p in zip(map.partials, top.parents, strict=True):
            if p is None:
                continue
            if id(p) in inside:
                if d is not None:
                    stack.append(p)
                continue
            left[id(p)] -= 1
            ids = walker.take(id(p), left[id(p)] == 0)
            if d is not None:
                found[id(ids)] = ids
    return united(walker.sets, list(found.values()), node.map.out_shape)


def pattern_of(recording: Any) -> Any:
    """The pattern of a recording that has not been planned yet."""
    n = sum(int(np.prod(shape)) for shape in recording.in_shapes)
    sets, start, ids = Sets(n), 1, []
    for shape in recording.in_shapes:
        size = int(np.prod(shape))
        ids.append(np.arange(start, start + size).reshape(shape))
        start += size
    found = propagate(sets, recording.inputs, recording.nodes, ids)
    flat = [
        np.zeros(int(np.prod(shape)), INT) if t is None else np.ascontiguousarray(t).reshape(-1)
        for t, shape in zip(found, recording.out_shapes, strict=True)
    ]
    numbers = flat[0] if len(flat) == 1 else np.concatenate(flat) if flat else np.zeros(0, INT)
    indptr, indices = sets.rows(numbers)
    return make_pattern(indptr, indices, (len(numbers), n))
