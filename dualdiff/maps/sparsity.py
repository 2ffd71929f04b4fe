"""Patterns through linear maps: which inputs can reach which outputs.

A pattern is an array of set numbers (`Sets`, core/sets.h): element i depends on the inputs in set
number i, and 0 is the empty set.  So a map that moves elements moves numbers, and what adds
elements unites sets.  `LinearMap.reach(sets, ids)` takes the patterns of the arguments (None: a
constant one) to that of the result; here is what several maps need for it.

Invariant: a pattern is never too small; an array of numbers is written to only where its flags allow
it, which who walks the maps grants for arrays that are not needed any more.
"""

import math
from typing import Any

import numpy as np

__all__ = [
    "INT", "MOST_AXES", "Walker", "contract", "everything", "gathered", "matrix_product", "sum_over", "united",
    "writable",
]  # fmt: skip

INT = np.dtype(np.int64)
MOST_AXES = 23
"""Axes that a step of a compiled program or of patterns has room for, beside that of the directions."""
COLLECT = 2**25
"""Items in the sets from which on those that are no longer needed are forgotten now and then."""
MOST_PAIRS = 3 * 10**7
"""Pairs of elements that a product with a constant may have before its zeros are no longer looked at."""


def writable(ids: Any, shape: tuple[int, ...]) -> Any:
    """An array of numbers to write into: `ids` itself where its owner allows it, else a copy; None is empty."""
    if ids is None:
        return np.zeros(shape, INT)
    return ids if ids.flags.writeable and ids.flags.c_contiguous else np.array(ids, order="C")


def everything(sets: Any, ids: Any, shape: tuple[int, ...]) -> Any:
    """Every input of every argument reaches every output."""
    flat = [t.reshape(-1) for t in ids if t is not None]
    joined = flat[0] if len(flat) == 1 else np.concatenate(flat)
    found = sets.unite(np.ascontiguousarray(joined), np.array([0, joined.size]))
    return np.full(shape, found[0])


def united(sets: Any, terms: Any, shape: tuple[int, ...]) -> Any:
    """Element by element the union of any number of patterns, broadcast to a shape."""
    terms = [np.broadcast_to(ids, shape) for ids in terms]
    if not terms:
        return np.zeros(shape, INT)
    if len(terms) < 3:
        return terms[0] if len(terms) == 1 else sets.join(*terms)
    together = np.stack(terms, axis=-1)
    begin = np.arange(0, together.size + 1, len(terms))
    return sets.unite(together.reshape(-1), begin).reshape(shape)


def sum_over(sets: Any, ids: Any, axes: Any, keepdims: bool = False) -> Any:
    """The unions over axes (not negative)."""
    rest = [a for a in range(ids.ndim) if a not in axes]
    shape = [ids.shape[a] for a in rest]
    length = math.prod(ids.shape[a] for a in axes)
    lanes = np.ascontiguousarray(ids.transpose([*rest, *axes])).reshape(-1)
    count = math.prod(shape)
    found = sets.unite(lanes, np.arange(count + 1) * length)
    return found.reshape([1 if a in axes else n for a, n in enumerate(ids.shape)] if keepdims else shape)


def contract(sets: Any, ids: Any, label: Any, out: Any, others: Any, shape: tuple[int, ...]) -> Any:
    """The pattern of an einsum in one of its operands.

    Parameters
    ----------
    ids : ndarray of int64
        The pattern of that operand.
    label, out : str
        Its letters, and those of the result.
    others : list of (str, ndarray of bool or None)
        The other operands' letters, and where they are not zero (None: nowhere known to be).
    shape : tuple of int
        Of the result.
    """
    sizes: dict[str, int] = {}
    for letters, dims in [(label, ids.shape), *((letters, mask.shape) for letters, mask in others if mask is not None),
                          (out, shape)]:  # fmt: skip
        for c, n in zip(letters, dims, strict=True):
            sizes[c] = n if sizes.get(c, 1) == 1 else sizes[c]
    if len(set(label)) < len(label):        # a diagonal
        kept = "".join(dict.fromkeys(label))
        ids, label = np.einsum(f"{label}->{kept}", ids), kept
    masks = [(letters, mask) for letters, mask in others if mask is not None and not mask.all()]
    if masks:
        found = contract_masked(sets, ids, label, out, masks, sizes)
        if found is not None:
            return found.reshape(shape)
    summed = [i for i, c in enumerate(label) if c not in out]
    if summed:
        ids = sum_over(sets, ids, summed)
        label = "".join(c for c in label if c in out)
    ids = ids.transpose([label.index(c) for c in out if c in label])
    lined = ids.reshape([n for c, n in zip(out, expanded(ids.shape, label, out), strict=True)])
    return np.broadcast_to(lined, shape)


def expanded(dims: Any, label: Any, out: Any) -> list[Any]:
    """The dimensions in the order of out, 1 for letters that label lacks."""
    rest = iter(dims)
    return [next(rest) if c in label else 1 for c in out]


def contract_masked(sets: Any, ids: Any, label: Any, out: Any, masks: Any, sizes: Any) -> Any:
    """`contract` with zeros in the other operands; None where that is too much to enumerate."""
    met = set(label) | set(out)
    letters = "".join(dict.fromkeys(c for word, _ in masks for c in word if c in met))
    terms = [mask.astype(np.float64) for _, mask in masks]
    # a letter of length 1 in one operand is broadcast: einsum does that for ellipses only
    words = []
    for i, (word, _) in enumerate(masks):
        wide = [c for c, n in zip(word, terms[i].shape, strict=True) if not (n == 1 and sizes[c] != 1)]
        terms[i] = np.einsum(f"{word}->{''.join(dict.fromkeys(wide))}", terms[i])
        words.append("".join(dict.fromkeys(wide)))
    letters = "".join(c for c in letters if any(c in word for word in words))
    weight = np.einsum(f"{','.join(words)}->{letters}", *terms, optimize=len(terms) > 1)
    # the pairs, as places along each letter
    places = dict(zip(letters, np.nonzero(weight), strict=True)) if letters else {}
    free = [c for c in dict.fromkeys(label + out) if c not in letters and sizes[c] != 1]
    count = len(next(iter(places.values()))) if places else int(np.any(weight))
    if count * math.prod(sizes[c] for c in free) > MOST_PAIRS:
        return None
    box = (count, *(sizes[c] for c in free))

    def flat(word: Any, dims: Any) -> Any:
        """Flat positions of all pairs in an array with these letters."""
        total, step = np.zeros((1,) * len(box), INT), 1
        for c, n in zip(reversed(word), reversed(dims), strict=True):
            if n != 1:
                if c in places:
                    total = total + step * places[c].reshape((-1,) + (1,) * len(free))
                else:
                    axis = free.index(c) + 1
                    total = total + step * np.arange(n).reshape([-1 if a == axis else 1 for a in range(len(box))])
            step *= n
        return np.broadcast_to(total, box).reshape(-1)

    dims = [sizes[c] for c in out]
    return gathered(sets, ids, flat(out, dims), flat(label, ids.shape), math.prod(dims))


def gathered(sets: Any, ids: Any, targets: Any, sources: Any, size: Any) -> Any:
    """The unions that pairs (target, source) of flat positions ask for."""
    order = np.argsort(targets, kind="stable")
    begin = np.concatenate([np.zeros(1, INT), np.cumsum(np.bincount(targets, minlength=size))])
    return sets.unite(np.ascontiguousarray(ids).reshape(-1)[sources[order]], begin)


def matrix_product(sets: Any, ids: Any, indptr: Any, indices: Any) -> Any:
    """The pattern of A @ x for a sparse A in compressed rows; ids: (n,) or (n, p)."""
    begin = np.asarray(indptr, INT)
    if ids.ndim == 1:
        return sets.unite(np.ascontiguousarray(ids[indices]), begin)
    columns = [sets.unite(np.ascontiguousarray(column[indices]), begin) for column in ids.T]
    return np.stack(columns, axis=1) if columns else np.zeros((len(begin) - 1, 0), INT)


class Walker:
    """Patterns of nodes, and who may write into the arrays that hold them."""

    def __init__(self, sets: Any) -> None:
        self.sets = sets
        self.ids: dict[Any, Any] = {}         # key of a node -> its pattern
        self.users: dict[Any, Any] = {}       # id(array that owns memory) -> [the array, how many patterns lie in it]
        self.limit = COLLECT

    def put(self, key: Any, ids: Any) -> None:
        """The pattern of a node."""
        owner = ids
        while owner.base is not None:
            owner = owner.base
        if type(owner) is not np.ndarray or not owner.flags.c_contiguous or owner.dtype != INT:
            ids = owner = np.array(ids, INT, order="C")
        ids.flags.writeable = False
        self.ids[key] = ids
        entry = self.users.setdefault(id(owner), [owner, 0])
        entry[1] += 1

    def take(self, key: Any, last: Any) -> Any:
        """The pattern of a node; if this is its last use, one that may be written to where nobody else sees it."""
        if not last:
            return self.ids[key]
        ids = owner = self.ids.pop(key)
        while owner.base is not None:
            owner = owner.base
        entry = self.users[id(owner)]
        entry[1] -= 1
        if entry[1] == 0:
            del self.users[id(owner)]
            if owner is ids:
                ids.flags.writeable = True
        return ids

    def collect(self) -> None:
        """Forgets the sets that no pattern needs any more."""
        if self.sets.used > self.limit:
            owners = [owner for owner, _ in self.users.values()]
            for owner in owners:
                owner.flags.writeable = True
            self.sets.keep(owners)
            for owner in owners:
                owner.flags.writeable = False
            self.limit = max(COLLECT, 2 * self.sets.used)
