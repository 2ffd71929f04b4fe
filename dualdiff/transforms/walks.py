"""A recording applied map by map, in both directions, and what decides where 0 meets an infinite partial.

"No perturbation is no perturbation": an element that a direction does not reach has tangent 0 beside any partial;
a 0 that was computed (a zero partial, a cancellation) beside an infinite partial is nan.  A tangent of 0 does not
tell which it is.  So the kernels take it for the first and count that they met one; then `Walk.reached` pushes the
directions again, and beside each tangent a bit for each direction says whether it reaches the element.

Forwards the sum of all paths to an element is known when it meets its partial, backwards it is not.  So forwards
decides: an entry of a pulled-back cotangent that lies on a path with an infinite partial (`suspects`) is taken from
pushed unit vectors.

Invariant: both directions, and every call that takes a derivative, give the same at such points.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import NotNumbersError, Tape, ZeroTimesInfinity, all_finite, collect, pull_surely, push_surely, zeros_met
from ..functions.base import is_sparse, value_of
from ..maps.base import dtype_of, unbroadcast
from ..maps.elementwise import Elementwise, Products
from ..maps.linear import push_elementwise
from ..maps.moves import holds_point
from ..maps.sparsity import INT
from ..maps.tangents import Node, is_dual

__all__ = ["Walk", "ZeroTimesInfinity"]

BITS = 62
"""Directions whose reach one integer holds."""

ANY = 1 << BITS
"""The bit that says that some input reaches an element, whatever the directions are."""

MOST = 3 * 10**8
"""Elements times directions that are pushed at most to decide the entries of one pulled-back cotangent; beyond, an
entry is inf where it is so without care for zeros, else nan."""

PASS_BYTES = 2**25
"""Bytes of the largest array of one pass of unit vectors."""


class Bits:
    """Sets of directions as the bits of integers, in the place of the numbers of `Sets` (sparsity.py)."""

    exact = True
    at_point = True     # what reaches what here; a pattern of `Sets` holds nearby, too

    def join(self, a: Any, b: Any) -> Any:
        """The unions, element by element."""
        return a | b

    def unite(self, items: Any, begin: Any) -> Any:
        """The unions of consecutive runs."""
        out = np.zeros(len(begin) - 1, INT)
        filled = begin[1:] > begin[:-1]
        if filled.any():
            out[filled] = np.bitwise_or.reduceat(items[: begin[-1]], begin[:-1][filled])
        return out


def members(ids: Any, k: int) -> Any:
    """Which of k directions reach each element, (k, *shape)."""
    bits = np.arange(k, dtype=INT).reshape((-1,) + (1,) * np.ndim(ids))
    return (ids >> bits & 1).astype(bool)


def is_zero(t: Any) -> Any:
    """Where a stack of tangents is no perturbation, also not in the derivatives that its elements carry."""
    if not is_dual(t):
        return t == 0
    zero = is_zero(t.value)
    if t.tangents is None:
        return zero
    if not isinstance(t.tangents, np.ndarray) and not is_dual(t.tangents):
        return np.zeros(np.shape(zero), bool)       # a node, or rows
    return zero & np.all(is_zero(t.tangents), axis=0)


def is_finite(x: Any) -> Any:
    """Whether all numbers are finite, also those of the derivatives that they carry."""
    if x is None:
        return True
    if is_dual(x):
        return is_finite(x.value) and (isinstance(x.tangents, Node) or is_finite(x.tangents))
    if type(x) is np.ndarray and x.dtype.char in "df" or isinstance(x, float):
        return all_finite(x)
    if is_sparse(x):
        return is_finite(x.data)
    return not hasattr(x, "dtype") or x.dtype.kind not in "fc" or bool(np.isfinite(x).all())


def remake_walk(rows: Any, count: Any, inputs: Any, outputs: Any) -> Any:
    """Puts a pickled walk together again."""
    nodes: list[Any] = []
    for map, parents, shape, dtype, scales in rows:
        nodes.append(Node(map, tuple(None if p is None else nodes[p] for p in parents), shape, dtype))
        nodes[-1].scales = scales
    return Walk([nodes[i] for i in inputs], [None if i is None else nodes[i] for i in outputs], nodes[:count])


class Way:
    """A tape, and where inputs and outputs are on it."""

    def __init__(self, inputs: Any, outputs: Any, order: Any, runs: bool = False, tape: Any = None) -> None:
        self.tape = Tape(order, inputs, runs) if tape is None else tape
        self.inputs_at = self.tape.find(inputs)
        self.outputs_at = self.tape.find(outputs)


class Walk:
    """The maps of a recording applied one by one: for whatever the tangents are.

    It begins at the inputs, also where these depend on one another.

    Parameters
    ----------
    inputs, outputs : list of Node or None
    order : list of Node
        What the outputs depend on (`collect`).
    runs : bool
        It was collected with runs of numbers (core/run.pxi): products go along these as they are, as far as that is
        possible; all else goes along the nodes of their operations.
    """

    def __init__(self, inputs: Any, outputs: Any, order: Any, runs: bool = False, tape: Any = None) -> None:
        """tape: that of the order, where there is one already and no input depends on anything."""
        self.inputs, self.outputs = inputs, outputs
        self.short = Way(inputs, outputs, order, runs, tape)
        self.long = None if self.short.tape.runs else self.short

    @property
    def way(self) -> Any:
        """Along the nodes of all operations."""
        if self.long is None:
            self.long = Way(self.inputs, self.outputs, collect(self.outputs))
        return self.long

    @property
    def order(self) -> Any:
        """The nodes of all operations."""
        return self.way.tape.order

    def pushed(self, tangents: Any) -> tuple[list[Any], bool]:
        """`push_surely` along the operations."""
        return self.along(lambda way: push_surely(way.tape, way.inputs_at, tangents, way.outputs_at))

    def pulled(self, cotangents: Any) -> tuple[list[Any], bool]:
        """`pull_surely` along the operations."""
        return self.along(lambda way: pull_surely(way.tape, way.outputs_at, cotangents, way.inputs_at))

    def along(self, walk: Callable[[Way], tuple[list[Any], bool]]) -> tuple[list[Any], bool]:
        """walk(way) through runs as they are; along all operations where something else than numbers meets one."""
        try:
            return walk(self.short)
        except NotNumbersError:
            return walk(self.way)

    def __reduce__(self) -> tuple[Any, Any]:
        # as a list, since nodes that hold their parents would nest as deep as the recording is long
        known = set(map(id, self.order))
        nodes = self.order + [node for node in self.inputs if id(node) not in known]
        at: dict[Any, Any] = {id(node): place for place, node in enumerate(nodes)} | {id(None): None}
        rows = [(n.map, [at[id(p)] for p in n.parents], n.shape, n.dtype, n.scales) for n in nodes]
        ends = [[at[id(node)] for node in nodes] for nodes in (self.inputs, self.outputs)]
        return remake_walk, (rows, len(self.order), *ends)

    # ---- forwards ----

    def forward(self, tangents: Any) -> Any:
        """As `Program.forward`."""
        found, sure = self.pushed(tangents)
        return found if sure else self.reached(tangents)

    def reached(self, tangents: Any) -> Any:
        """`forward` in which a 0 beside an infinite partial is 0 only where the direction does not reach it."""
        k = next(t.shape[0] for t in tangents if t is not None)
        parts = []
        for start in range(0, k, BITS):
            stop = min(start + BITS, k)
            bits = np.left_shift(1, np.arange(stop - start, dtype=INT))
            few, ids = [], []
            for t, node in zip(tangents, self.inputs, strict=True):
                few.append(None if t is None else t[start:stop])
                lead = bits.reshape((-1,) + (1,) * len(node.shape))
                reach = np.zeros(node.shape, INT) if t is None else np.sum(~is_zero(few[-1]) * lead, axis=0)
                ids.append(np.array(reach | ANY))
            with np.errstate(all="ignore"):
                parts.append(self.with_reach(few, ids)[0])
        if len(parts) == 1:
            return parts[0]
        return [None if group[0] is None else np.concatenate(group) for group in zip(*parts, strict=True)]

    def with_reach(self, tangents: Any, patterns: Any) -> tuple[Any, Any]:
        """(tangents, patterns) of the outputs; a pattern's bits are the directions that reach an element."""
        k = next(t.shape[0] for t in tangents if t is not None)
        sets, held = Bits(), set()
        known = {id(node): (t, ids) for node, t, ids in zip(self.inputs, tangents, patterns, strict=True)}
        for node in self.order:
            key = id(node)
            if key in known:
                continue
            pairs = [(None, None) if p is None else known[id(p)] for p in node.parents]
            if holds_point(node.map, any(id(p) in held for p in node.parents)):
                held.add(key)       # numbers of this point, whose zeros are no structure
            sets.exact = key not in held
            known[key] = step(sets, node, [t for t, _ in pairs], [ids for _, ids in pairs], k)
        found = [(None, None) if node is None else known[id(node)] for node in self.outputs]
        return [t for t, _ in found], [ids for _, ids in found]

    # ---- backwards ----

    def backward(self, cotangents: Any) -> Any:
        """As `Program.backward`."""
        before = zeros_met()
        pulled, sure = self.pulled(cotangents)
        if sure or zeros_met() == before and all(map(is_finite, pulled)):
            return pulled
        found = self.decided(cotangents, pulled)
        if any(node.map is not None and node.map.symmetric for node in self.order):
            return [kept_value(w, new) for w, new in zip(pulled, found, strict=True)]
        return found

    def decided(self, cotangents: Any, pulled: Any) -> Any:
        """Pulled-back cotangents, of which entries behind an infinite partial are taken from pushed unit vectors."""
        marks = self.suspects(cotangents)
        places = [np.flatnonzero(mark) for mark in marks]
        count = sum(map(len, places))
        work = sum(math.prod(node.shape) for node in self.order)
        if not count or any(map(is_complex, (*cotangents, *pulled))):
            return pulled
        if count * work > MOST and all(w is None or w.shape[0] == 1 and type(w) is np.ndarray for w in pulled):
            # too many: inf where no zero came in between, else nan
            return [w if w is None else np.where(mark & np.isfinite(w), np.nan, w)
                    for w, mark in zip(pulled, marks, strict=True)]  # fmt: skip
        flat: list[Any] = [
            None if w is None
            else np.array(w, copy=True).reshape(w.shape[0], -1) if type(w) is np.ndarray
            else w.copy().reshape(w.shape[0], -1)
            for w in pulled
        ]  # fmt: skip
        widest = max((math.prod(node.shape) for node in self.order), default=1)
        width = int(max(1, min(BITS, PASS_BYTES // (8 * max(1, widest)))))
        for i, node in enumerate(self.inputs):
            for start in range(0, len(places[i]), width):
                now = places[i][start : start + width]
                stacks: list[Any] = [None] * len(self.inputs)
                stacks[i] = np.zeros((len(now), math.prod(node.shape)), node.dtype)
                stacks[i][np.arange(len(now)), now] = 1.0
                stacks[i] = stacks[i].reshape((len(now), *node.shape))
                columns = self.reached(stacks)
                total: Any = 0
                for t, w in zip(columns, cotangents, strict=True):
                    if t is not None and w is not None:
                        total = total + weighted(w, t)
                if flat[i] is not None:
                    flat[i][:, now] = np.moveaxis(total, 0, -1) if np.ndim(total) else total
        return [w if w is None else w.reshape(old.shape) for w, old in zip(flat, pulled, strict=True)]

    def suspects(self, cotangents: Any) -> list[Any]:
        """For each input where an infinite partial lies on a path from it to a cotangent that is not 0 (or may)."""
        way, order = self.way, self.order
        marks: list[Any] = [None] * len(order)
        live: list[Any] = [None] * len(order)      # where there is a path to such a cotangent
        for place, w in zip(way.outputs_at, cotangents, strict=True):
            if place is not None and w is not None:
                here = np.any(~is_zero(w), axis=0)
                live[place] = here if live[place] is None else live[place] | here
        for i in range(len(order) - 1, -1, -1):
            node = order[i]
            if node.map is None or live[i] is None:
                continue
            for j, place in enumerate(way.tape[i]):
                if place is not None:
                    marks[place] = either(marks[place], behind(node, marks[i], live[i], j))
                    live[place] = either(live[place], before(node, live[i], j))
        return [np.zeros(node.shape, bool) if place is None or marks[place] is None else marks[place]
                for node, place in zip(self.inputs, way.inputs_at, strict=True)]  # fmt: skip


def is_complex(x: Any) -> Any:
    """Whether x holds complex numbers."""
    return x is not None and dtype_of(x).kind == "c"


def kept_value(w: Any, new: Any) -> Any:
    """`new`, but w where that varies and new is nan: as it is on plain arguments, where nothing is decided."""
    if not is_dual(w):
        return new
    return np.where(np.isnan(value_of(new)) & ~np.isinf(value_of(w)), w, new)


def weighted(w: Any, t: Any) -> Any:
    """sum_j w_j t_j over the elements of each pair of a cotangent (k, *shape) and a tangent (n, *shape): (n, k)."""
    axes = tuple(range(2, np.ndim(t) + 1))
    with np.errstate(all="ignore"):
        product = np.where(is_zero(w), 0, w * t[:, None])
    return np.sum(product, axis=axes) if axes else product


def either(a: Any, b: Any) -> Any:
    """The union of two marks (None: nowhere)."""
    return b if a is None else a if b is None else a | b


def before(node: Any, mark: Any, j: Any) -> Any:
    """Where argument j of a node's map reaches the marked elements of its result; None: nowhere."""
    if mark is None or not np.any(mark):
        return None
    map = node.map
    if isinstance(map, Elementwise):
        d = map.partials[j]
        if d is None:
            return None
        mark = np.broadcast_to(mark, map.out_shape)
        if map.both[j] and not node.scales and not is_dual(d):
            mark = mark & (np.asarray(d) != 0)      # what was not chosen
        return unbroadcast(mark[None].astype(float), map.in_shapes[j])[0] != 0
    if map.moving:
        w = np.broadcast_to(mark, map.out_shape)[None].astype(float)
        return plain(map.transpose(w, j))[0] != 0
    return np.ones(map.in_shapes[j], bool)


def behind(node: Any, mark: Any, live: Any, j: Any) -> Any:
    """Where argument j of a node's map has an infinite partial on a path through it to what is live; None: nowhere."""
    map = node.map
    if isinstance(map, Elementwise):
        d = map.partials[j]
        if d is None:
            return None
        if not is_finite(d):
            here = ~np.isfinite(plain(d))
            if is_dual(d):
                here = np.ones(np.shape(here), bool)        # perhaps in what it carries: any of them
            here = here & live
            mark = here if mark is None else mark | here
        if mark is None:
            return None
        mark = np.broadcast_to(mark, map.out_shape)[None]
        return unbroadcast(mark.astype(float), map.in_shapes[j])[0] != 0
    if map.moving:
        return before(node, mark, j)
    others = map.factors(j)
    if mark is None and (map.fixed or others is not None and all(map_is_finite(x) for x in others)):
        return None
    return np.ones(map.in_shapes[j], bool)


def map_is_finite(x: Any) -> Any:
    """Whether a factor that a map keeps (None: it keeps none there) is finite; a sparse matrix by what it stores."""
    return is_finite(getattr(x, "data", x) if hasattr(x, "format") else x)


def plain(x: Any) -> Any:
    """The numbers under any depth of duals."""
    while is_dual(x):
        x = x.value
    return np.asarray(x)


# ---- one map with reachability ---------------------------------------------------------------------


def step(sets: Any, node: Any, ts: Any, ids: Any, k: int) -> tuple[Any, Any]:
    """(tangent, pattern) of a node from those of its parents (None: a constant)."""
    map = node.map
    if map is None or all(i is None or not i.any() for i in ids):
        return None, np.zeros(node.shape, INT)
    shapes = map.in_shapes
    given = [None if p is None else np.zeros(shape, INT) if i is None else i
             for p, i, shape in zip(node.parents, ids, shapes, strict=True)]  # fmt: skip
    if node.scales:
        given = [i if i is None or not node.scales >> j & 1 else noticed(given, map, j) for j, i in enumerate(given)]
    elif isinstance(map, Elementwise) and any(map.both):
        given = [i if i is None or d is None or not both else chosen(i, d, map.out_shape)
                 for i, d, both in zip(given, map.partials, map.both, strict=True)]  # fmt: skip
    for i in given:
        if i is not None:
            i.flags.writeable = False
    reach = getattr(map, "reach_and_apply", None)
    if reach is not None:
        t, found = reach(sets, ts, given)
    else:
        found = np.array(np.broadcast_to(map.reach(sets, given), map.out_shape), INT)
        t = None if all(t is None for t in ts) else careful(sets, map, ts, given, k)
    if t is None:
        return None, found
    unreached = ~members(found, k)
    if np.any(unreached):
        t = np.where(unreached, 0, t)
        t = t if t.dtype == map.out_dtype else t.astype(map.out_dtype)
    return t, found


def chosen(ids: Any, d: Any, shape: tuple[int, ...]) -> Any:
    """A pattern without what a zero of a partial that selects leaves out."""
    zero = np.broadcast_to(is_zero(d) if is_dual(d) else np.asarray(d) == 0, shape)
    return np.where(zero, 0, np.broadcast_to(ids, shape))


def noticed(ids: Any, map: Any, j: Any) -> Any:
    """The pattern of a factor beside one that is a tangent, without that one's zeros that nothing reaches."""
    zero = plain(map.partials[j]) == 0
    if len(ids) == 2 and ids[1 - j] is not None:
        zero = zero & (ids[1 - j] & ANY == 0)
    return np.where(np.broadcast_to(zero, map.out_shape), 0, np.broadcast_to(ids[j], map.out_shape))


def careful(sets: Any, map: Any, ts: Any, ids: Any, k: int) -> Any:
    """`map.apply`, in which only what a direction reaches takes part."""
    if isinstance(map, Elementwise):
        return products(map, ts, ids, k)
    factors = map.factors(0)
    if factors is not None and not any(is_sparse(h) for h in factors):
        total = None
        for i, t in enumerate(ts):
            if t is not None:
                constant = [sets.exact and other is None for other in ids]
                term = contracted(map, i, t, members(ids[i], k), constant)
                total = term if total is None else total + term
        return total
    return map.apply(ts)


class Careful(Products):
    """Products with partials in which only what is reached takes part: a partial comes with where nothing is."""

    __slots__ = ()

    def scaled(self, d: Any, x: Any, both: bool) -> Any:
        product = d[0] * x
        return np.where(d[1], 0, product) if np.any(d[1]) else product


CAREFUL = Careful()


def products(map: Any, ts: Any, ids: Any, k: int) -> Any:
    """`Elementwise.apply` without care for zeros, but of what is reached."""

    def partial(i: int) -> Any:
        if map.partials[i] is None:
            return None
        here = members(ids[i], k)
        if not (map.both[i] and np.shape(ids[i]) == map.out_shape):     # `chosen` has that shape
            here = CAREFUL.aligned(here, map.in_shapes[i], map.out_shape)
        return map.partials[i], ~here

    total = push_elementwise(CAREFUL, ts, partial, map.in_shapes, map.out_shape, map.out_dtype)
    return np.zeros((k, *map.out_shape), map.out_dtype) if total is None else total


def contracted(product: Any, i: int, t: Any, reached: Any, constant: Any) -> Any:
    """A product summed over indices, the tangent t in the place of argument i.

    Beside an infinite number the terms are counted by kind: which are inf, -inf, nan, or 0 because not reached.
    A zero in a constant factor (constant[j]) is structure, as in patterns: there is no term.
    """
    others = product.factors(i)
    places = [j for j, x in enumerate(others) if x is not None]
    nested = any(map(is_dual, (t, *others)))    # what becomes of an outer derivative is not known here
    if not nested and all(map(is_finite, (t, *others))) or not places:
        return part(product, i, t, others)
    if nested or len(places) > 1 or any(map(is_complex, (t, *others))):
        found = term_by_term(product, i, t, reached, constant)
        return part(product, i, t, others) if found is None else found
    place, h = places[0], others[places[0]]
    settled = constant[place]

    def count(t: Any, h: Any) -> Any:
        return part(product, i, t.astype(float), others_with(h.astype(float))) > 0

    def others_with(h: Any) -> list[Any]:
        return [h if j == place else None for j in range(len(others))]

    finite = part(product, i, np.where(np.isfinite(t), t, 0), others_with(np.where(np.isfinite(h), h, 0)))
    signs = [(np.isinf(x) & (x > 0), np.isinf(x) & (x < 0), np.isfinite(x) & (x > 0), np.isfinite(x) & (x < 0),
              (x == 0), np.isnan(x)) for x in (t, h)]  # fmt: skip
    (tp, tm, ta, tb, tz, tn), (hp, hm, ha, hb, hz, hn) = signs
    up = count(tp, hp | ha) | count(tm, hm | hb) | count(ta, hp) | count(tb, hm)
    down = count(tp, hm | hb) | count(tm, hp | ha) | count(ta, hm) | count(tb, hp)
    undefined = count(tp | tm, hz & (not settled)) | count(tz & reached, hp | hm | hn)
    undefined |= count(tn, ~hn & ~(hz & settled)) | count(tn | (t != 0), hn)
    undefined |= up & down
    return np.where(undefined, np.nan, np.where(up, np.inf, np.where(down, -np.inf, finite)))


def term_by_term(product: Any, i: int, t: Any, reached: Any, constant: Any) -> Any:
    """`contracted` with all terms side by side: of several factors, of complex numbers, and in another derivative.

    There a product of two numbers knows what reaches them, and their sums do.  None where the map does not say its
    terms, or they are too many.
    """
    terms = product.spread(i, t)
    if terms is None:
        return None
    zero = ~product.spread(i, reached)
    held = [(j, h) for j, h in enumerate(product.factors(i)) if h is not None]
    factors = [(product.spread(j, h[np.newaxis]), constant[j]) for j, h in held]
    if math.prod(np.broadcast_shapes(terms.shape, *(np.shape(h) for h, _ in factors))) > MOST_TERMS:
        return None
    for h, settled in factors:
        terms = terms * h
        zero = zero | (plain(h) == 0 if settled else False)
    return product.summed(np.where(zero, 0, terms))


MOST_TERMS = 20_000_000


def part(map: Any, i: int, t: Any, others: Any) -> Any:
    """The map's share of argument i alone, other factors in the place of its own."""
    return map.with_factors(others).apply([t if j == i else None for j in range(len(map.in_shapes))])
