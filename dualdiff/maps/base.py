"""What a linear map is, and what several of them share.

A map takes one or several tangents.  `apply(ts)` works on Directions (k, *in_shape) and gives
(k, *out_shape), None standing for the tangent of a constant argument; `transpose(w, i)` takes
a stack of cotangents (k, *out_shape) to the cotangent of argument i, (k, *in_shapes[i]);
`reach(sets, ids)` takes the patterns of the arguments to that of the result (sparsity.py).

Invariants: maps are immutable; `apply` is written in NumPy's functions, so that nested duals
go through; <w, apply(t)> = <transpose(w), t> for real maps, with the conjugate for complex ones.
"""

import itertools
import string
from typing import Any

import numpy as np

from ..core import Dual, DualArray, MapBase, NotSecondOrder, meet_zero
from . import linear
from .spaces import STACKS, VALUES, Patterns, Space
from .sparsity import everything
from .tangents import SERIES, second_pairs

__all__ = ["LinearMap", "Operation", "Part", "dtype_of", "fit", "has_nan", "look_for_nan", "plus", "unbroadcast"]


class LinearMap(MapBase):
    """Base of the maps: in_shapes, in_dtypes, out_shape, out_dtype (read by the core from the values).

    Attributes
    ----------
    fixed : bool
        The map depends on shapes, indices and masks only, never on numbers that vary: the
        derivative is constant, so second-order rows go through `apply` too.
    bends : bool
        It depends on the point, and `bent` says how, for second order along a recording.
    curved : bool
        It is no product, which is linear in each argument: one argument has a second derivative of its own.
    moving : bool
        Its transpose copies and adds only, so that marks that are not negative go through it.
    shares : bool
        As a view it shows a part of each element, beside which another part stays.
    symmetric : bool
        It is defined for cotangents that are symmetric in something, also where for single directions it is nan.
    """

    __slots__ = ()

    fixed = False
    bends = False
    curved = False
    moving = False
    shares = False
    symmetric = False

    def apply(self, ts: Any) -> Any:
        """The map on stacks of tangents."""
        raise NotImplementedError

    def transpose(self, w: Any, i: int) -> Any:
        """The transposed map on a stack of cotangents."""
        raise NotImplementedError

    def reach(self, sets: Any, ids: Any) -> Any:
        """The pattern of the result from those of the arguments: here, every input reaches every output."""
        return everything(sets, ids, self.out_shape)

    def multiplications(self, ts: Any) -> int:
        """How many products of numbers `apply` adds up, for each direction."""
        return 0

    def picked(self) -> int:
        """How many elements `apply` reads by fancy indexing, for the count of costs; 0 for other maps."""
        return 0

    # ---- second order: sums of products say `factors` and `with_factors`, others `crossed` and `bent_along` ----

    def second(self, ts: Any, kind: int) -> Any:
        """The rows of the result from second-order rows, where the map depends on the point: here of products."""
        live = [i for i, t in enumerate(ts) if t is not None]
        if not self.curved and self.factors(live[0]) is None or kind == SERIES and len(live) > 2:
            raise NotSecondOrder
        total = self.apply(ts)
        if len(live) == 1 and not self.curved:
            return total
        if kind == SERIES:      # all i + j = m
            a, b = live
            for m in range(1, total.shape[0]):
                total[m] = total[m] + np.sum(self.crossed(a, ts[a][:m], b, ts[b][m - 1 :: -1]), axis=0)
            return total
        k, first, second = second_pairs(kind, total.shape[0])
        for a, b in (itertools.combinations_with_replacement if self.curved else itertools.combinations)(live, 2):
            cross = self.crossed(a, ts[a][first], b, ts[b][second])
            if a != b and cross is not None:
                cross = cross + self.crossed(a, ts[a][second], b, ts[b][first])
            total[k:] = total[k:] if cross is None else total[k:] + cross
        return total

    def crossed(self, a: int, s: Any, b: int, t: Any) -> Any:
        """The second derivative along s of argument a and t of argument b, row by row of two stacks; None for zero.

        Here the products with s as factor a and t as factor b.
        """
        rows = [self.with_factors(self.replaced(b, a, s[r])).apply(beside(b, t[r : r + 1], len(self.in_shapes)))
                for r in range(len(s))]  # fmt: skip
        return np.concatenate(rows) if rows else np.zeros((0, *self.out_shape), self.out_dtype)

    def bent(self, w: Any, ts: Any, i: int) -> Any:
        """The derivative of ``transpose(w, i)`` for a w (1, *out_shape), where the arguments move along ts.

        (k, *in_shapes[i]), or None for zero.
        """
        total = None
        for j, t in enumerate(ts):
            term = None if t is None or j == i and not self.curved else self.bent_along(w, i, j, t)
            if term is not None:
                total = term if total is None else plus(total, term)
        return total

    def bent_along(self, w: Any, i: int, j: int, t: Any) -> Any:
        """The derivative of ``transpose(w, i)`` where argument j moves along t, row by row; None for zero.

        Here with t as factor j.
        """
        return np.concatenate([self.with_factors(self.replaced(i, j, row)).transpose(w, i) for row in t])

    def replaced(self, i: int, j: int, x: Any) -> tuple[Any, ...]:
        """The factors of argument i, with x as that of argument j."""
        held: Any = self.factors(i)
        return (*held[:j], x, *held[j + 1 :])

    def factors(self, i: int) -> list[Any] | None:
        """What a map that sums products multiplies argument i with, a list; None for other maps.

        At most one entry for each argument; None where it keeps no factor.
        """
        return None

    def with_factors(self, others: Any) -> Any:
        """The map with other factors, as `factors` lists them."""
        raise NotImplementedError

    def labelled(self) -> Any:
        """(letters of each argument, of the result) where the map sums products as an einsum does; None elsewhere."""
        return None

    def spread(self, i: int, x: Any) -> Any:
        """A stack of argument i over all terms of the sums, the axes that are summed last; None where not known."""
        found = self.labelled()
        if found is None:
            return None
        labels, out = found
        letters = out + "".join(dict.fromkeys(c for c in "".join(labels) if c not in out))
        label = "".join(dict.fromkeys(labels[i]))
        if len(label) < len(labels[i]):     # a diagonal
            lead = next(c for c in string.ascii_letters if c not in letters)
            x = np.einsum(f"{lead}{labels[i]}->{lead}{label}", x)
        order = sorted(range(len(label)), key=lambda a: letters.index(label[a]))
        x = np.transpose(x, (0, *(a + 1 for a in order)))
        sizes = dict(zip((label[a] for a in order), x.shape[1:], strict=True))
        return x.reshape((x.shape[0], *(sizes.get(c, 1) for c in letters)))

    def summed(self, terms: Any) -> Any:
        """The sums of terms as `spread` lays them."""
        last = terms.ndim - 1 - len(self.labelled()[1])
        total = np.sum(terms, axis=tuple(range(terms.ndim - last, terms.ndim))) if last else terms
        return total.reshape((terms.shape[0], *self.out_shape))

    def twin(self) -> Any:
        """A copy of the map, of which `with_factors` then replaces the factors."""
        found = type(self).__new__(type(self))
        slots = [name for kind in type(self).__mro__ for name in kind.__dict__.get("__slots__", ())]
        for name in ("in_shapes", "in_dtypes", "out_shape", "out_dtype", *slots):
            setattr(found, name, getattr(self, name))
        return found


def dtype_of(x: Any) -> Any:
    """The dtype of anything array-like."""
    if type(x) is Dual:
        return np.dtype(x.dtype)    # a Dual's own is a stand-in
    found = getattr(x, "dtype", None)
    return np.result_type(x) if found is None else found


def has_nan(x: Any) -> Any:
    """Whether there may be a nan in x: in an array, or in the value or the tangents of a dual, at any depth."""
    if type(x) is DualArray:
        return has_nan(x.value) or (isinstance(x.tangents, (np.ndarray, DualArray)) and has_nan(x.tangents))
    if isinstance(x, np.ndarray):
        total = x.sum()
        return total != total
    return x != x if isinstance(x, (float, np.floating, complex)) else hasattr(x, "tag")


def look_for_nan(t: Any) -> None:
    """Counts a nan in the result of a matrix product, which may come from 0 * inf inside of its sums.

    A call in which the count has risen is made again with reachability (walks.py).
    """
    if has_nan(t):
        meet_zero()


def fit(w: Any, dtype: Any) -> Any:
    """A cotangent in its argument's type: the real part where the argument is real."""
    if w.dtype.kind == "c" and dtype.kind != "c":
        w = np.real(w)
    return w if w.dtype == dtype or dtype.kind not in "fc" else w.astype(dtype)


def unbroadcast(w: Any, shape: tuple[int, ...]) -> Any:
    """Sums a stack (k, *out) over the axes along which an argument of `shape` was broadcast."""
    return linear.unbroadcast(STACKS, w, tuple(shape))


def plus(s: Any, t: Any) -> Any:
    """s + t without NumPy's warnings: those are about values, and a derivative's formula gives none."""
    with np.errstate(all="ignore"):
        return s + t


def beside(i: int, t: Any, n: int) -> list[Any]:
    """The tangents of n arguments of which only argument i has one."""
    return [t if j == i else None for j in range(n)]


class Operation(LinearMap):
    """A map that is an operation of linear.py: how it goes forward and back, in any space."""

    __slots__ = ()

    def push(self, s: Space, ts: Any) -> Any:
        """The tangent of the result from those of the arguments."""
        raise NotImplementedError

    def pull(self, s: Space, w: Any, i: int) -> Any:
        """The cotangent of argument i from that of the result."""
        raise NotImplementedError

    def apply(self, ts: Any) -> Any:
        found = self.push(STACKS, ts)
        return found if found.dtype == self.out_dtype else found.astype(self.out_dtype)

    def transpose(self, w: Any, i: int) -> Any:
        return fit(self.pull(STACKS, w, i), self.in_dtypes[i])

    def reach(self, sets: Any, ids: Any) -> Any:
        return self.push(Patterns(sets), ids)


class Part(Operation):
    """The real (or imaginary) part, or the conjugate, of a complex array."""

    __slots__ = ("which",)

    fixed = shares = True

    def __init__(self, which: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.which = which

    def move(self, v: Any) -> Any:
        """What the map does to a tangent, done to an array of values; of sets of numbers it shows all."""
        return self.push(VALUES, (v,))

    def push(self, s: Space, ts: Any) -> Any:
        return getattr(np, self.which)(ts[0]) if s.numbers else ts[0]

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return np.conj(w) if self.which == "conj" else w * (1.0 if self.which == "real" else 1j) + 0j
