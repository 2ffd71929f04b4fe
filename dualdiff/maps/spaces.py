"""What the linear operations (linear.py) are written in: the few functions that each kind of tangents must have.

A `Space` works on tangents, or cotangents, of one kind: arrays (`Stacks`), patterns (`Patterns`), nodes of a graph
(programs/derive.py).  `Places` are elements of an array, to read, to write and to add to.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core import expand_key, has_mask, is_basic
from .sparsity import INT, everything, gathered, sum_over, writable
from .tangents import is_dual

__all__ = [
    "PAIRED", "STACKS", "VALUES", "Elements", "Keyed", "Numbered", "Patterns", "Places", "Shown", "Space", "Stacks",
    "scatter_add",
]  # fmt: skip


class Space:
    """The functions; here on NumPy's arrays, as most spaces have them.

    `lead` axes stand in front of those of the value: that of the directions, or none.  Where an axis is given it counts
    them; where a shape is given, or returned, it does not.
    """

    __slots__ = ()

    lead = 1
    numbers = True      # else they are patterns, for which no factor counts
    sets: Any           # of patterns

    def shape(self, x: Any) -> Any:
        """The shape without directions."""
        return x.shape[self.lead :]

    def zeros(self, shape: Sequence[int], dtype: Any, like: Any) -> Any:
        """Zero, with the directions that `like` has."""
        return np.zeros((*like.shape[: self.lead], *shape), dtype)

    def own(self, x: Any, shape: Sequence[int], dtype: Any, y: Any) -> Any:
        """x (None: zeros of a shape) to write y into."""
        like = y if x is None or is_dual(y) else x
        out = np.zeros((*like.shape[: self.lead], *shape), dtype, like=like)
        if x is not None:
            out[...] = x
        return out

    def reshaped(self, x: Any, shape: Sequence[int]) -> Any:
        """x in another shape, in C order."""
        return x.reshape((*x.shape[: self.lead], *shape))

    def lined(self, x: Any, shape: Sequence[int]) -> Any:
        """x in a shape that has other axes of length 1."""
        return x.reshape((*x.shape[: self.lead], *shape))

    def permuted(self, x: Any, axes: Sequence[int]) -> Any:
        """np.transpose."""
        return np.transpose(x, (*range(self.lead), *(a + self.lead for a in axes)))

    def aligned(self, x: Any, own: Sequence[int], shape: Sequence[int]) -> Any:
        """x, of a shape of its own, so that it is broadcast to another one."""
        return self.lined(x, (1,) * (len(shape) - len(own)) + tuple(own)) if self.lead and len(own) < len(shape) else x

    def cast(self, x: Any, dtype: Any) -> Any:
        """x in the dtype of what it is the tangent of."""
        return x if x.dtype == dtype else x.astype(dtype)

    def broadcast(self, x: Any, shape: Sequence[int]) -> Any:
        """x in a wider shape with as many axes."""
        if x.shape[self.lead :] == tuple(shape):
            return x
        return np.broadcast_to(x, (*x.shape[: self.lead], *shape))

    def sum(self, x: Any, axes: tuple[int, ...], keepdims: Any) -> Any:
        """The sum over axes."""
        return np.sum(x, axis=axes, keepdims=keepdims)

    def running(self, x: Any, axis: int) -> Any:
        """Sums of each element with those before it."""
        return np.cumsum(x, axis=axis)

    def flip(self, x: Any, axis: int) -> Any:
        """x backwards along an axis."""
        return x[(slice(None),) * axis + (slice(None, None, -1),)]

    def part(self, x: Any, axis: int, start: int, stop: int) -> Any:
        """A slice along an axis."""
        return x[(slice(None),) * axis + (slice(start, stop),)]

    def join(self, xs: Sequence[Any], axis: int) -> Any:
        """np.concatenate."""
        return np.concatenate(xs, axis=axis)

    def select(self, mask: Any, x: Any, y: Any, shape: tuple[int, ...]) -> Any:
        """x where a mask is true, else y, in a shape; None is zero."""
        return self.broadcast(np.where(mask, 0 if x is None else x, 0 if y is None else y), shape)

    def doubts(self, key: Any) -> bool:
        """Whether other elements than now may be those of an index nearby."""
        return False

    def plus(self, x: Any, y: Any) -> Any:
        """x + y."""
        return x + y

    def scaled(self, d: Any, x: Any, both: bool) -> Any:
        """x times a partial, in which a zero of x stays zero; both: also one of the partial."""
        raise NotImplementedError

    def times(self, x: Any, factor: Any) -> Any:
        """x times a factor that has no directions."""
        return x * factor

    def matmul(self, x: Any, y: Any, which: int) -> Any:
        """np.matmul with all axes; `which` of the two has directions, the other is a factor."""
        return np.matmul(x, y)

    # ---- factors: they have no directions ----

    def swap(self, factor: Any) -> Any:
        """The last two axes exchanged."""
        return np.swapaxes(factor, -1, -2)

    def row(self, factor: Any) -> Any:
        """A vector as a matrix of one row."""
        return np.reshape(factor, (1, -1))

    def column(self, factor: Any) -> Any:
        """A vector as a matrix of one column."""
        return np.reshape(factor, (-1, 1))

    def adjoint(self, factor: Any) -> Any:
        """The factor as it stands in the transposed map: conjugated, if it is complex."""
        return factor


class Stacks(Space):
    """Arrays (k, *shape) of k directions: of numbers, or nested duals."""

    __slots__ = ()

    def matmul(self, x: Any, y: Any, which: int) -> Any:
        if which == 0 and x.ndim > 2 and np.ndim(y) == 2:  # one product for all directions and all rows
            rows = x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
            return np.matmul(rows, y).reshape((*x.shape[:-1], np.shape(y)[-1]))
        return np.matmul(x, y)

    def select(self, mask: Any, x: Any, y: Any, shape: tuple[int, ...]) -> Any:
        found = super().select(mask, x, y, shape)
        return found if found.flags.owndata else found.copy()  # somebody may write into it

    def adjoint(self, factor: Any) -> Any:
        kind = factor.dtype.kind if hasattr(factor, "dtype") else "c" if type(factor) is complex else "f"
        return np.conj(factor) if kind == "c" else factor


STACKS = Stacks()


class Paired(Stacks):
    """Stacks, beside factors that are stacks, too: a factor for each direction.  One of the two may have one row."""

    __slots__ = ()

    def matmul(self, x: Any, y: Any, which: int) -> Any:
        left, right = x.ndim == 2, y.ndim == 2
        x, y = x[:, np.newaxis] if left else x, y[..., np.newaxis] if right else y
        rank = max(x.ndim, y.ndim) - 1
        found = np.matmul(*(self.lined(f, (1,) * (rank + 1 - f.ndim) + f.shape[1:]) for f in (x, y)))
        found = found[..., 0] if right else found
        return found[..., 0, :] if left and not right else found[..., 0] if left else found

    def row(self, factor: Any) -> Any:
        return factor[:, np.newaxis]

    def column(self, factor: Any) -> Any:
        return factor[..., np.newaxis]


PAIRED = Paired()


class Values(Space):
    """Values themselves, which have no directions, for operations that only move elements."""

    __slots__ = ()

    lead = 0


VALUES = Values()


class Patterns(Space):
    """Numbers of index sets, an array in the shape of the value: what is added up is united."""

    __slots__ = ("at_point", "sets")

    lead = 0
    numbers = False

    def __init__(self, sets: Any) -> None:
        self.sets = sets
        self.at_point = getattr(sets, "at_point", False)

    def zeros(self, shape: Sequence[int], dtype: Any, like: Any) -> Any:
        return np.zeros(shape, INT)

    def own(self, x: Any, shape: Sequence[int], dtype: Any, y: Any) -> Any:
        return writable(x, tuple(shape))

    def sum(self, x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
        return sum_over(self.sets, x, axes, keepdims)

    def running(self, x: Any, axis: int) -> Any:
        out = np.array(np.moveaxis(x, axis, 0))
        for i in range(1, len(out)):
            out[i : i + 1] = self.sets.join(out[i - 1 : i], out[i : i + 1])
        return np.moveaxis(out, 0, axis)

    def select(self, mask: Any, x: Any, y: Any, shape: tuple[int, ...]) -> Any:
        if self.at_point:
            return super().select(mask, x, y, shape)
        # the mask may be another one nearby, so what it did not choose counts too
        return self.broadcast(self.sets.join(*(np.zeros((), INT) if t is None else t for t in (x, y))), shape)

    def cast(self, x: Any, dtype: Any) -> Any:
        return x

    def doubts(self, key: Any) -> bool:
        return not self.at_point and has_mask(key)

    def plus(self, x: Any, y: Any) -> Any:
        return self.sets.join(x, y)

    def scaled(self, d: Any, x: Any, both: bool) -> Any:
        return x

    def matmul(self, x: Any, y: Any, which: int) -> Any:
        """Of a factor, which may have any numbers, the shape is given."""
        a, b = (x.shape, y) if which == 0 else (x, y.shape)
        batch = np.broadcast_shapes(a[:-2], b[:-2])
        shape = (*batch, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))
        if which == 0:      # each element of a row goes to all of the result's row
            met = self.sum(x, (len(a) - 1,), False)
            return self.broadcast(met[..., np.newaxis] if len(b) > 1 else met, shape)
        met = self.sum(y, (max(len(b) - 2, 0),), False)
        return self.broadcast(met[..., np.newaxis, :] if len(a) > 1 and len(b) > 1 else met, shape)


# ---- places of elements --------------------------------------------------------------------------------


class Places:
    """Elements of an array: what an index, a window or numbers say."""

    __slots__ = ()

    def read(self, x: Any) -> Any:
        """The elements."""
        raise NotImplementedError

    def written(self, x: Any, y: Any) -> Any:
        """x after y was written there; None is zero.  Of what is written to one place several times the last counts."""
        raise NotImplementedError

    def added(self, x: Any, y: Any) -> Any:
        """x (None: zeros) after y was added there, once for each time that a place is named."""
        raise NotImplementedError

    def standing(self, x: Any) -> Any:
        """`read` after a write: zero where an element was overwritten by a later one at the same place."""
        return self.read(x)


class Keyed(Places):
    """What an index names in arrays of a shape and dtype; where it is written to, each place once."""

    __slots__ = ("dtype", "key", "s", "shape")

    def __init__(self, s: Space, key: Any, shape: tuple[int, ...], dtype: Any) -> None:
        self.s, self.key, self.shape, self.dtype = s, key, shape, dtype

    def stacked(self) -> Any:
        """A basic index as one of stacks."""
        return (slice(None), *(self.key if type(self.key) is tuple else (self.key,)))

    def read(self, x: Any) -> Any:
        if not self.s.lead:
            return x[self.key]
        if is_basic(self.key):
            return x[self.stacked()]
        if type(x) is np.ndarray:
            if self.is_one_array():
                return x.take(self.key, axis=1)
            places = np.arange(math.prod(self.shape)).reshape(self.shape)[self.key]
            return x.reshape(x.shape[0], -1).take(places.ravel(), axis=1).reshape((x.shape[0], *np.shape(places)))
        # directions last: fancy indices separated by slices put their axes in front
        return np.moveaxis(np.moveaxis(x, 0, -1)[expand_key(self.key, len(self.shape))], -1, 0)

    def written(self, x: Any, y: Any) -> Any:
        s = self.s
        out, key = s.own(x, self.shape, self.dtype, y), expand_key(self.key, len(self.shape))
        new = 0 if y is None else np.moveaxis(y, 0, -1) if s.lead else y
        if x is not None and s.doubts(key):     # what was there may stay
            new = s.plus(out[key], np.broadcast_to(new, out[key].shape))
        (np.moveaxis(out, 0, -1) if s.lead else out)[key] = new
        return out

    def added(self, x: Any, y: Any) -> Any:
        assert x is None
        if is_basic(self.key):  # each place once
            out = np.zeros((y.shape[0], *self.shape), self.dtype, like=y)
            out[self.stacked()] = y
            return out
        return scatter_add(y.reshape(y.shape[0], -1), self.numbers(), self.shape, self.dtype)

    def is_one_array(self) -> bool:
        """Whether the key is one array of integers, for the first axis."""
        return type(self.key) is np.ndarray and self.key.dtype.kind == "i"

    def numbers(self) -> Any:
        """The place of each element in the array, in C order."""
        if self.is_one_array() and len(self.shape) == 1:  # the frequent case: the key itself
            flat = self.key.ravel()
            return flat % self.shape[0] if flat.size and flat.min() < 0 else flat
        return np.arange(math.prod(self.shape)).reshape(self.shape)[self.key].ravel()


class Shown(Places):
    """The elements that a view shows, in arrays of a shape and dtype; each once."""

    __slots__ = ("dtype", "s", "shape", "view")

    def __init__(self, s: Space, view: Any, shape: tuple[int, ...], dtype: Any) -> None:
        self.s, self.view, self.shape, self.dtype = s, view, shape, dtype

    def read(self, x: Any) -> Any:
        return self.view.apply((x,)) if self.s.lead else self.view.move(x)

    def written(self, x: Any, y: Any) -> Any:
        if not self.s.numbers and self.view.shares:
            return y if x is None else x if y is None else self.s.plus(x, y)
        out = self.s.own(x, self.shape, self.dtype, y)
        self.read(out)[...] = 0 if y is None else y
        return out


class Numbered(Places):
    """Elements of arrays of a shape and dtype by their numbers in C order, counted from 1; 0 where there is none."""

    __slots__ = ("dtype", "numbers", "s", "shape")

    def __init__(self, s: Space, numbers: Any, shape: tuple[int, ...], dtype: Any) -> None:
        self.s, self.numbers, self.shape, self.dtype = s, numbers, shape, dtype

    def read(self, x: Any) -> Any:
        s, numbers = self.s, self.numbers.ravel()
        x = s.reshaped(x, (-1,))
        holes = numbers == 0
        if not holes.any():
            found = x.take(numbers - 1, -1) if type(x) is np.ndarray else x[..., numbers - 1]
            return s.reshaped(found, self.numbers.shape)
        out = s.own(None, (numbers.size,), self.dtype, x)
        out[..., ~holes] = x[..., numbers[~holes] - 1]
        return s.reshaped(out, self.numbers.shape)

    def added(self, x: Any, y: Any) -> Any:
        assert x is None
        numbers = self.numbers.ravel()
        there = np.nonzero(numbers)[0]
        if not self.s.numbers:
            found = gathered(self.s.sets, y, numbers[there] - 1, there, math.prod(self.shape))
            return found.reshape(self.shape)
        return scatter_add(y.reshape(y.shape[0], -1)[:, there], numbers[there] - 1, self.shape, self.dtype)


class Elements(Places):
    """Elements of a pattern by their numbers in C order, an array in the shape of what is read; None: any of them."""

    __slots__ = ("numbers", "s", "shape")

    def __init__(self, s: Patterns, numbers: Any, shape: tuple[int, ...]) -> None:
        """shape: that of the whole where numbers are given; else of what is read."""
        self.s, self.numbers, self.shape = s, numbers, shape

    def read(self, x: Any) -> Any:
        if self.numbers is None:
            return everything(self.s.sets, [x], self.shape)
        return x.reshape(-1)[self.numbers]

    def written(self, x: Any, y: Any) -> Any:
        if self.numbers is None:    # the others stay, and it may be any that does not
            return self.added(x, y) if y is not None else x
        out = np.zeros(self.shape, INT) if x is None else np.array(x, order="C")
        out.reshape(-1)[self.numbers] = 0 if y is None else y
        return out

    def added(self, x: Any, y: Any) -> Any:
        sets, at = self.s.sets, self.numbers
        if at is None:
            new = everything(sets, [y], self.shape if x is None else x.shape)
        else:
            size = math.prod(self.shape)
            new = gathered(sets, np.broadcast_to(y, at.shape), at.reshape(-1), np.arange(at.size), size)
            new = new.reshape(self.shape)
        return new if x is None else sets.join(x, new)


def scatter_add(w: Any, flat: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """A stack of zeros (k, *shape) with column j of w (k, m) added at the flat place flat[j]; places may repeat."""
    n = math.prod(shape)
    if type(w) is np.ndarray and w.dtype == dtype == np.float64 and len(flat):
        k = w.shape[0]
        places = flat if k == 1 else (flat + n * np.arange(k)[:, None]).ravel()
        return np.bincount(places, w.ravel(), k * n).reshape((k, *shape))
    out = np.zeros((w.shape[0], n), dtype, like=w)
    if len(flat):
        order = np.argsort(flat, kind="stable")
        places, starts = np.unique(flat[order], return_index=True)
        out[:, places] = w[:, order] if len(places) == len(flat) else add_runs(w[:, order], starts)
    return out.reshape((w.shape[0], *shape))


def add_runs(w: Any, starts: Any) -> Any:
    """Sums of runs of neighbouring columns, which begin at `starts`.

    Plain arrays are summed by np.add.reduceat.  A nested dual adds the first column of each run, then the second, and
    so on, as reduceat is no function that goes through all tangents.
    """
    if type(w) is np.ndarray:
        return np.add.reduceat(w, starts, axis=1)
    ends = np.append(starts[1:], w.shape[1])
    total = w[:, starts]
    for step in range(1, int((ends - starts).max())):
        live = np.nonzero(starts + step < ends)[0]
        total[:, live] = total[:, live] + w[:, starts[live] + step]
    return total
