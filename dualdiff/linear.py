"""The linear maps: what every function that is not elementwise is made of.

A map takes one or several tangents.  `apply(ts)` works on Directions (k, *in_shape) and gives
(k, *out_shape), None standing for the tangent of a constant argument; `transpose(w, i)` takes
a stack of cotangents (k, *out_shape) to the cotangent of argument i, (k, *in_shapes[i]);
`reach(sets, ids)` takes the patterns of the arguments to that of the result (reach.py).

Invariants: maps are immutable; `apply` is written in NumPy's functions, so that nested duals
go through; <w, apply(t)> = <transpose(w), t> for real maps, with the conjugate for complex ones.
Imported by functions/ and reverse.py.
"""

import math
import string

import numpy as np

from .core import Dual, DualArray, ElementwiseBase, MapBase, NotSecondOrder, install_maps, make, meet_zero
from .reach import INT, contract, everything, matrix_product, sum_over, writable
from .spaces import find_tag, is_dual, peel, push, second_pairs

__all__ = [
    "Broadcast", "Concatenate", "Curved", "Elementwise", "Gather", "Increment", "Index", "LinearMap", "MatMul",
    "Move", "Part", "Permute", "Reshape", "SetIndex", "SetView", "Settled", "Shares", "SparseMatMul", "Spectral", "Sum",
    "Where", "expand_key", "is_basic", "look_for_nan", "nonzero", "scale", "unbroadcast",
]  # fmt: skip


class LinearMap(MapBase):
    """Base of the maps: in_shapes, in_dtypes, out_shape, out_dtype (read by the core from the values).

    Attributes
    ----------
    fixed : bool
        The map depends on shapes, indices and masks only, never on numbers that vary: the
        derivative is constant, so second-order rows go through `apply` too.
    """

    __slots__ = ()

    fixed = False

    def apply(self, ts):
        """The map on stacks of tangents."""
        raise NotImplementedError

    def transpose(self, w, i):
        """The transposed map on a stack of cotangents."""
        raise NotImplementedError

    def reach(self, sets, ids):
        """The pattern of the result from those of the arguments: here, every input reaches every output."""
        return everything(sets, ids, self.out_shape)

    def second(self, ts, kind):
        """The rows of the result from second-order rows, where the map depends on the point."""
        raise NotSecondOrder

    def factors(self, i):
        """What a map that sums products multiplies argument i with, a list; None for other maps.

        At most one entry for each argument; None where it keeps no factor.
        """
        return None

    def with_factors(self, others):
        """The map with other factors, as `factors` lists them."""
        raise NotImplementedError

    def twin(self):
        """A copy, to be given other factors."""
        found = type(self).__new__(type(self))
        slots = [name for kind in type(self).__mro__ for name in kind.__dict__.get("__slots__", ())]
        for name in ("in_shapes", "in_dtypes", "out_shape", "out_dtype", *slots):
            setattr(found, name, getattr(self, name))
        return found


def dtype_of(x):
    """The dtype of anything array-like."""
    if type(x) is Dual:
        return np.dtype(x.dtype)    # a Dual's own is a stand-in
    found = getattr(x, "dtype", None)
    return np.result_type(x) if found is None else found


# ---- products with a partial -------------------------------------------------------------------


def scale(d, t, both=False):
    """The product d*t of a partial and a tangent, in which a zero t stays zero (0*inf = 0).

    both: also a zero d does (where d is itself a tangent).
    """
    if type(d) is float or type(d) is int:
        if d == 1:
            return t
        if d == -1:
            return -t
    with np.errstate(all="ignore"):
        product = d * t
        if not has_nan(product):
            return product
        return guarded(d, t, both)


def plus(s, t):
    """The sum of two terms of a derivative, which never warns."""
    with np.errstate(all="ignore"):
        return s + t


def has_nan(x):
    """Whether there may be a nan among value and tangents, at any depth."""
    if type(x) is DualArray:
        return has_nan(x.value) or (isinstance(x.tangents, (np.ndarray, DualArray)) and has_nan(x.tangents))
    if isinstance(x, np.ndarray):
        total = x.sum()
        return total != total
    return x != x if isinstance(x, (float, np.floating, complex)) else hasattr(x, "tag")


def look_for_nan(t):
    """Counts a nan in a product that sums up: 0 times inf may have made it."""
    if has_nan(t):
        meet_zero()


def guarded(d, t, both):
    """`scale`, element by element where a 0*inf was met."""
    tag = find_tag(d, t)
    meet_zero()
    if tag < 0:
        zero = (t == 0) | (d == 0) if both else t == 0
        return np.where(zero, 0, d * t)
    (dv, dt), (tv, tt) = peel(d, tag), peel(t, tag)
    value = guarded(dv, tv, both)
    return make(value, push(Elementwise((tv, dv), (dv, tv), value, (True, both)), (dt, tt)), tag)


class Elementwise(ElementwiseBase, LinearMap):
    """sum_i d_i * t_i with broadcasting: the derivative of an elementwise function.

    A partial is an array, a Python number, or None (no tangent, or a zero partial).
    """

    __slots__ = ()

    def apply(self, ts):
        total, own = None, False     # own: the total is no array of ts, nor a view of one
        for d, t, shape, both in zip(self.partials, ts, self.in_shapes, self.both, strict=True):
            if t is None or d is None:
                continue
            lead = len(self.out_shape) - len(shape)
            wide = t.reshape((t.shape[0],) + (1,) * lead + shape) if lead else t
            term = scale(d, wide, both)
            own = total is not None or term is not wide
            total = term if total is None else plus(total, term)
        if total is None:
            k = next(t.shape[0] for t in ts if t is not None)
            return np.zeros((k, *self.out_shape), self.out_dtype)
        if total.shape[1:] != self.out_shape:
            total = np.broadcast_to(total, (total.shape[0], *self.out_shape))
            own = False
        if total.dtype != self.out_dtype:
            return total.astype(self.out_dtype)
        return total if own else total.copy()

    def transpose(self, w, i):
        d = self.partials[i]
        if d is None:
            return np.zeros((w.shape[0], *self.in_shapes[i]), self.in_dtypes[i])
        if dtype_of(d).kind == "c":
            d = np.conj(d)
        # backwards a zero partial may meet the infinity that on the way forward met the zero
        return fit(unbroadcast(scale(d, w, True), self.in_shapes[i]), self.in_dtypes[i])

    def reach(self, sets, ids):
        # a partial that is 0 here need not be 0 nearby, so only rules without one are left out
        found = None
        for d, t in zip(self.partials, ids, strict=True):
            if t is not None and d is not None:
                found = t if found is None else sets.join(found, t)
        if found is None:
            return np.zeros(self.out_shape, INT)
        return found if found.shape == self.out_shape else np.broadcast_to(found, self.out_shape)


class Curved(Elementwise):
    """`Elementwise` with the second partials d2/dx2, d2/dxdy, d2/dy2, for second-order rows."""

    __slots__ = ("curvature",)

    def __init__(self, partials, curvature, inputs, output):
        super().__init__(partials, inputs, output)
        self.curvature = curvature

    def second(self, ts, kind):
        total = self.apply(ts)
        k, first, second = second_pairs(kind, total.shape[0])
        rank = len(self.out_shape)
        wide: list = [
            None if t is None else t.reshape((t.shape[0],) + (1,) * (rank - len(shape)) + shape)
            for t, shape in zip(ts, self.in_shapes, strict=True)
        ]
        for d, (a, b) in zip(self.curvature, ((0, 0), (0, 1), (1, 1)), strict=True):
            if d is None or b >= len(wide) or wide[a] is None or wide[b] is None:
                continue
            term = scale(d, wide[a][first] * wide[b][second])
            if a != b:
                term = term + scale(d, wide[a][second] * wide[b][first])
            total[k:] = total[k:] + term
        return total


class Shares(Elementwise):
    """`Elementwise` with weights that are constant near the point."""

    __slots__ = ()

    fixed = True


def fit(w, dtype):
    """A cotangent in its argument's type: the real part where the argument is real."""
    if w.dtype.kind == "c" and dtype.kind != "c":
        w = np.real(w)
    return w if w.dtype == dtype or dtype.kind not in "fc" else w.astype(dtype)


def unbroadcast(w, shape):
    """Sums a stack (k, *out) over the axes along which an argument of `shape` was broadcast."""
    lead = w.ndim - 1 - len(shape)
    if lead > 0:
        w = np.sum(w, axis=tuple(range(1, 1 + lead)))
    axes = tuple(i + 1 for i, n in enumerate(shape) if n == 1 and w.shape[i + 1] != 1)
    if axes:
        w = np.sum(w, axis=axes, keepdims=True)
    if w.shape[1:] != tuple(shape):     # a partial of lower rank: the same weight everywhere
        w = np.broadcast_to(w, (w.shape[0], *shape))
    return w


# ---- moving elements -----------------------------------------------------------------------------


class Move(LinearMap):
    """Base of the maps of one argument that `move` elements, values as well as numbers of sets."""

    __slots__ = ()

    fixed = True

    def move(self, v):
        """The same on a value."""
        raise NotImplementedError

    def reach(self, sets, ids):
        return np.asarray(self.move(ids[0]))


class Reshape(Move):
    """The elements in C order in another shape."""

    __slots__ = ()

    def move(self, v):
        return v.reshape(self.out_shape)

    def apply(self, ts):
        return ts[0].reshape((ts[0].shape[0], *self.out_shape))

    def transpose(self, w, i):
        return w.reshape((w.shape[0], *self.in_shapes[0]))


class Increment(Reshape):
    """Nothing moves; but what follows holds numbers of this point, whose zeros are not structure (see decompose.py)."""

    __slots__ = ()

    fixed = False       # the numbers of this point would have to be differentiated


class Settled(Reshape):
    """Nothing moves; what `Increment` says ends here."""

    __slots__ = ()

    fixed = False       # the numbers of this point would have to be differentiated


class Permute(Move):
    """Axes in another order: np.transpose(x, axes)."""

    __slots__ = ("axes",)

    fixed = True

    def __init__(self, axes, inputs, output):
        super().__init__(inputs, output)
        self.axes = axes

    def move(self, v):
        return np.transpose(v, self.axes)

    def apply(self, ts):
        return np.transpose(ts[0], (0, *(a + 1 for a in self.axes)))

    def transpose(self, w, i):
        back = np.argsort(self.axes)
        return np.transpose(w, (0, *(int(a) + 1 for a in back)))


class Broadcast(Move):
    """np.broadcast_to."""

    __slots__ = ()

    fixed = True

    def move(self, v):
        return np.broadcast_to(v, self.out_shape)

    def apply(self, ts):
        t = ts[0]
        lead = len(self.out_shape) - len(self.in_shapes[0])
        t = t.reshape((t.shape[0],) + (1,) * lead + self.in_shapes[0])
        return np.broadcast_to(t, (t.shape[0], *self.out_shape))

    def transpose(self, w, i):
        return unbroadcast(w, self.in_shapes[0])


def is_basic(key):
    """Whether an index gives a view (no arrays in it)."""
    for part in key if type(key) is tuple else (key,):
        kind = type(part)
        if kind is int or kind is slice or part is None or part is Ellipsis:
            continue
        if isinstance(part, np.integer) or (isinstance(part, int) and kind is not bool):
            continue
        return False
    return True


def at_point(sets):
    """Whether it is asked what reaches what at this very point, and not what may do so nearby."""
    return getattr(sets, "at_point", False)


def has_mask(key):
    """Whether an index has a mask in it."""
    return any(np.asarray(part).dtype == bool for part in key if isinstance(part, (np.ndarray, list, bool, np.bool_)))


def expand_key(key, ndim):
    """An index as a tuple without an ellipsis, for an array of ndim axes."""
    parts = key if type(key) is tuple else (key,)
    used = 0
    for part in parts:
        if part is None or part is Ellipsis:
            continue
        dim = getattr(part, "ndim", None)
        if dim is None and isinstance(part, (list, bool)):
            part = np.asarray(part)
            dim = part.ndim
        used += dim if dim is not None and part.dtype == bool else 1
    fill = (slice(None),) * (ndim - used)
    out: tuple = ()
    met = False
    for part in parts:
        if part is Ellipsis:
            out, met = out + fill, True
        else:
            out += (part,)
    return out if met else out + fill


class Index(Move):
    """x[key], for any index of NumPy's."""

    __slots__ = ("key",)

    fixed = True

    def __init__(self, key, inputs, output):
        super().__init__(inputs, output)
        self.key = key

    def move(self, v):
        return v[self.key]

    def apply(self, ts):
        t = ts[0]
        if is_basic(self.key):
            key = self.key if type(self.key) is tuple else (self.key,)
            return t[(slice(None), *key)]
        # directions last: fancy indices separated by slices put their axes in front
        t = np.moveaxis(t, 0, -1)[expand_key(self.key, len(self.in_shapes[0]))]
        return np.ascontiguousarray(np.moveaxis(t, -1, 0)) if type(t) is np.ndarray else np.moveaxis(t, -1, 0)

    def transpose(self, w, i):
        shape = self.in_shapes[0]
        out = np.zeros((w.shape[0], *shape), self.in_dtypes[0], like=w)
        if is_basic(self.key):
            key = self.key if type(self.key) is tuple else (self.key,)
            out[(slice(None), *key)] = fit(w, self.in_dtypes[0])
            return out
        flat = np.arange(int(np.prod(shape))).reshape(shape)[self.key].ravel()
        return scatter_add(w.reshape(w.shape[0], -1), flat, shape, self.in_dtypes[0])


def scatter_add(w, flat, shape, dtype):
    """Adds the columns of w (k, m) into the places `flat` of zeros (k, *shape)."""
    n = int(np.prod(shape))
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


def add_runs(w, starts):
    """Sums of consecutive runs of columns; in rounds, so that nested duals go through."""
    if type(w) is np.ndarray:
        return np.add.reduceat(w, starts, axis=1)
    ends = np.append(starts[1:], w.shape[1])
    total = w[:, starts]
    for step in range(1, int((ends - starts).max())):
        live = np.nonzero(starts + step < ends)[0]
        total[:, live] = total[:, live] + w[:, starts[live] + step]
    return total


class Gather(LinearMap):
    """out.flat[j] = x.flat[source.flat[j] - 1], or 0 where source is 0: any moving of elements.

    `source` is what the NumPy function in question makes of arange(1, size + 1).
    """

    __slots__ = ("source",)

    fixed = True

    def __init__(self, source, inputs, output):
        super().__init__(inputs, output)
        self.source = source

    def apply(self, ts):
        t = ts[0].reshape(ts[0].shape[0], -1)
        source = self.source.ravel()
        holes = source == 0
        if holes.any():
            out = np.zeros((t.shape[0], source.size), self.out_dtype, like=t)
            out[:, ~holes] = t[:, source[~holes] - 1]
        else:
            out = t[:, source - 1]
        return out.reshape((t.shape[0], *self.out_shape))

    def transpose(self, w, i):
        source = self.source.ravel()
        w = w.reshape(w.shape[0], -1)
        keep = np.nonzero(source)[0]
        return scatter_add(w[:, keep], source[keep] - 1, self.in_shapes[0], self.in_dtypes[0])

    def reach(self, sets, ids):
        return np.concatenate([np.zeros(1, INT), ids[0].reshape(-1)])[self.source].reshape(self.out_shape)


class SetIndex(LinearMap):
    """The array after x[key] = y: arguments (x, y)."""

    __slots__ = ("key",)

    fixed = True

    def __init__(self, key, inputs, output):
        super().__init__(inputs, output)
        self.key = expand_key(key, len(self.in_shapes[0]))

    def apply(self, ts):
        x, y = ts
        like = y if x is None or is_dual(y) else x
        out = np.zeros((like.shape[0], *self.out_shape), self.out_dtype, like=like)
        if x is not None:
            out[...] = x
        part = np.moveaxis(out, 0, -1)
        part[self.key] = 0 if y is None else np.moveaxis(y, 0, -1)
        return out

    def transpose(self, w, i):
        basic = is_basic(self.key)
        if i == 0:
            w = w.copy()
            if basic:
                w[(slice(None), *self.key)] = 0
            else:
                np.moveaxis(w, 0, -1)[self.key] = 0
            return w
        part = w[(slice(None), *self.key)] if basic else np.moveaxis(np.moveaxis(w, 0, -1)[self.key], -1, 0)
        lead = part.ndim - 1 - len(self.in_shapes[1])
        if lead < 0:        # NumPy drops leading 1s on assignment
            part = part.reshape((part.shape[0],) + (1,) * -lead + part.shape[1:])
        return fit(unbroadcast(part, self.in_shapes[1]), self.in_dtypes[1])

    def reach(self, sets, ids):
        out = writable(ids[0], self.out_shape)
        place = (*self.key, ...)
        new = 0 if ids[1] is None else ids[1]
        if ids[0] is not None and not at_point(sets) and has_mask(self.key):    # as in `Where`
            old = out[place]
            new = sets.join(old, np.broadcast_to(new, old.shape))
        out[place] = new
        return out


class SetView(LinearMap):
    """The base after a view of it was overwritten: arguments (base, new view)."""

    __slots__ = ("view",)

    fixed = True

    def __init__(self, view, inputs, output):
        super().__init__(inputs, output)
        self.view = view

    def apply(self, ts):
        base, part = ts
        like = part if base is None or is_dual(part) else base
        out = np.zeros((like.shape[0], *self.out_shape), self.out_dtype, like=like)
        if base is not None:
            out[...] = base
        self.view.apply((out,))[...] = 0 if part is None else part
        return out

    def transpose(self, w, i):
        if i == 0:
            w = w.copy()
            self.view.apply((w,))[...] = 0
            return w
        return self.view.apply((w,))

    def reach(self, sets, ids):
        if isinstance(self.view, Part):     # the other part stays
            found = [t for t in ids if t is not None]
            return found[0] if len(found) == 1 else sets.join(*found)
        out = writable(ids[0], self.out_shape)
        self.view.move(out)[...] = 0 if ids[1] is None else ids[1]      # a view, as out is in C order
        return out


class Concatenate(LinearMap):
    """np.concatenate along an axis (not negative)."""

    __slots__ = ("axis",)

    fixed = True

    def __init__(self, axis, inputs, output):
        super().__init__(inputs, output)
        self.axis = axis

    def apply(self, ts):
        like = next(t for t in ts if t is not None)
        k = like.shape[0]
        parts = [
            np.zeros((k, *shape), self.out_dtype) if t is None else t
            for t, shape in zip(ts, self.in_shapes, strict=True)
        ]
        return np.concatenate(parts, axis=self.axis + 1)

    def transpose(self, w, i):
        start = sum(shape[self.axis] for shape in self.in_shapes[:i])
        key = (slice(None),) * (self.axis + 1)
        return fit(w[(*key, slice(start, start + self.in_shapes[i][self.axis]))], self.in_dtypes[i])

    def reach(self, sets, ids):
        parts = [np.zeros(shape, INT) if t is None else t for t, shape in zip(ids, self.in_shapes, strict=True)]
        return np.concatenate(parts, axis=self.axis)


class Where(LinearMap):
    """np.where(mask, x, y) with a constant mask."""

    __slots__ = ("mask",)

    fixed = True

    def __init__(self, mask, inputs, output):
        super().__init__(inputs, output)
        self.mask = mask

    def apply(self, ts):
        lead = len(self.out_shape)
        parts = [
            0 if t is None else t.reshape((t.shape[0],) + (1,) * (lead - len(shape)) + shape)
            for t, shape in zip(ts, self.in_shapes, strict=True)
        ]
        out = np.where(self.mask, *parts)
        if out.shape[1:] != self.out_shape:
            out = np.broadcast_to(out, (out.shape[0], *self.out_shape)).copy()
        return out if out.dtype == self.out_dtype else out.astype(self.out_dtype)

    def transpose(self, w, i):
        w = np.where(self.mask, w, 0) if i == 0 else np.where(self.mask, 0, w)
        return fit(unbroadcast(w, self.in_shapes[i]), self.in_dtypes[i])

    def reach(self, sets, ids):
        if at_point(sets):
            chosen = np.where(self.mask, *(0 if t is None else t for t in ids))
            return np.broadcast_to(chosen, self.out_shape)
        # the mask may be another one nearby, so what it did not choose counts too
        return np.broadcast_to(sets.join(*(np.zeros((), INT) if t is None else t for t in ids)), self.out_shape)


# ---- sums and products ---------------------------------------------------------------------------


class Sum(LinearMap):
    """np.sum over axes (None or a tuple of axes that are not negative)."""

    __slots__ = ("axes", "keepdims")

    fixed = True

    def __init__(self, axes, keepdims, inputs, output):
        super().__init__(inputs, output)
        self.axes = tuple(range(len(self.in_shapes[0]))) if axes is None else axes
        self.keepdims = keepdims

    def apply(self, ts):
        return np.sum(ts[0], axis=tuple(a + 1 for a in self.axes), keepdims=self.keepdims)

    def transpose(self, w, i):
        shape = self.in_shapes[0]
        ones = tuple(1 if a in self.axes else n for a, n in enumerate(shape))
        return np.broadcast_to(w.reshape((w.shape[0], *ones)), (w.shape[0], *shape))

    def reach(self, sets, ids):
        return sum_over(sets, ids[0], self.axes, self.keepdims)


class MatMul(LinearMap):
    """np.matmul(a, b): arguments (a, b), linear in each with the other held."""

    __slots__ = ("a", "b")

    def __init__(self, a, b, inputs, output):
        super().__init__(inputs, output)
        self.a, self.b = a, b

    def apply(self, ts):
        left, right = ts
        with np.errstate(all="ignore"):
            if left is None:
                total = self.right(right)
            elif right is None:
                total = self.left(left)
            else:
                total = self.left(left) + self.right(right)
            look_for_nan(total)
        return total if total.dtype == self.out_dtype else total.astype(self.out_dtype)

    def second(self, ts, kind):
        total = self.apply(ts)
        left, right = ts
        if left is not None and right is not None and kind == 4:     # a series: all i + j = m
            for m in range(1, left.shape[0]):
                total[m] = total[m] + np.sum(self.pairs(left[:m], right[m - 1 :: -1]), axis=0)
        elif left is not None and right is not None:
            k, first, second = second_pairs(kind, left.shape[0])
            cross = self.pairs(left[first], right[second]) + self.pairs(left[second], right[first])
            total[k:] = total[k:] + cross
        return total

    def factors(self, i):
        return [None, self.b] if i == 0 else [self.a, None]

    def with_factors(self, others):
        found = self.twin()
        found.a, found.b = others
        return found

    def pairs(self, s, t):
        """s @ t, row by row of two stacks."""
        a, b = (len(shape) for shape in self.in_shapes)
        s = s[..., None, :] if a == 1 else s
        t = t[..., None] if b == 1 else t
        found = np.matmul(pad_stack(s, max(a, b, 2)), pad_stack(t, max(a, b, 2)))
        return found.reshape((found.shape[0], *self.out_shape))

    def left(self, t):
        """t @ b for a stack of t in the place of a."""
        k, shape, b = t.shape[0], self.in_shapes[0], self.b
        if len(shape) == 1:
            if np.ndim(b) <= 2:
                return np.matmul(t, b)
            return np.squeeze(np.matmul(t.reshape((k,) + (1,) * (np.ndim(b) - 1) + shape), b), -2)
        if np.ndim(b) == 1:
            return np.matmul(t, b)
        if np.ndim(b) == 2:     # one product for all directions and all rows
            rows = k * math.prod(shape[:-1])
            return np.matmul(t.reshape(rows, shape[-1]), b).reshape((k, *self.out_shape))
        return np.matmul(pad_stack(t, np.ndim(b)), b)

    def right(self, t):
        """a @ t for a stack of t in the place of b."""
        shape, a = self.in_shapes[1], self.a
        if len(shape) == 1:
            if np.ndim(a) == 1:
                return np.matmul(t, a)
            if np.ndim(a) == 2:
                return np.matmul(t, np.transpose(a))
            t = t.reshape((t.shape[0],) + (1,) * (np.ndim(a) - 2) + shape + (1,))
            return np.squeeze(np.matmul(a, t), -1)
        if np.ndim(a) == 1:
            return np.matmul(a, t)
        return np.matmul(a, pad_stack(t, np.ndim(a)))

    def transpose(self, w, i):
        k = w.shape[0]
        a_shape, b_shape = self.in_shapes
        held = self.b if i == 0 else self.a
        if len(self.in_shapes[i]) == 1 and getattr(held, "ndim", 0) == 2 and held.dtype.kind == w.dtype.kind == "f":
            return fit(np.matmul(w, np.transpose(held) if i == 0 else held), self.in_dtypes[i])   # a matrix, a vector
        # as matrices: a vector on the left is a row, on the right a column
        rows = (1, *a_shape) if len(a_shape) == 1 else a_shape
        columns = (*b_shape, 1) if len(b_shape) == 1 else b_shape
        out = self.out_shape
        if len(b_shape) == 1:
            out = (*out, 1)
        if len(a_shape) == 1:
            out = (*out[:-1], 1, out[-1])
        w = w.reshape((k, *out))
        if i == 0:
            b = np.swapaxes(np.reshape(self.b, columns), -1, -2)
            b = np.conj(b) if dtype_of(b).kind == "c" else b
            grad, shape = np.matmul(w, b), rows
        else:
            a = np.swapaxes(np.reshape(self.a, rows), -1, -2)
            a = np.conj(a) if dtype_of(a).kind == "c" else a
            grad, shape = np.matmul(a, w), columns
        grad = unbroadcast(grad, shape)
        return fit(grad.reshape((k, *self.in_shapes[i])), self.in_dtypes[i])

    def reach(self, sets, ids):
        words, out = self.words()
        found = None
        for i, t in enumerate(ids):
            if t is not None:
                held = (self.b, self.a)[i]
                known = sets.exact and held is not None and ids[1 - i] is None
                other = (words[1 - i], nonzero(held) if known else None)
                term = contract(sets, t, words[i], out, [other], self.out_shape)
                found = term if found is None else sets.join(found, term)
        return found

    def words(self):
        """The product as an einsum: letters of both arguments, and of the result."""
        n, m = map(len, self.in_shapes)
        stack = string.ascii_uppercase[: max(n, m, 2) - 2]
        left = "k" if n == 1 else stack[len(stack) - n + 2 :] + "ik"
        right = "k" if m == 1 else stack[len(stack) - m + 2 :] + "kj"
        return (left, right), stack + ("i" if n > 1 else "") + ("j" if m > 1 else "")


def nonzero(x):
    """Where a constant factor is not zero; None where that is not known (a dual number of an outer call)."""
    return None if is_dual(x) else np.asarray(x) != 0


class SparseMatMul(LinearMap):
    """A @ x for a constant scipy.sparse matrix and a vector or a matrix x."""

    __slots__ = ("matrix",)

    def __init__(self, matrix, inputs, output):
        super().__init__(inputs, output)
        self.matrix = matrix

    def apply(self, ts):
        return self.product(self.matrix, ts[0], self.out_shape, self.out_dtype)

    def transpose(self, w, i):
        matrix = self.matrix.T
        return self.product(matrix.conj() if matrix.dtype.kind == "c" else matrix, w, self.in_shapes[0], None, i)

    def factors(self, i):
        return [self.matrix]

    def with_factors(self, others):
        found = self.twin()
        (found.matrix,) = others
        return found

    def product(self, matrix, t, shape, dtype, i=None):
        """The matrix times every direction of a stack (k, n) or (k, n, p), as columns of one product."""
        side = np.moveaxis(t, 0, -1)
        found = matrix @ side.reshape((side.shape[0], -1))
        look_for_nan(found)
        found = np.moveaxis(found.reshape((*shape, t.shape[0])), -1, 0)
        if i is not None:
            return fit(found, self.in_dtypes[i])
        return found if found.dtype == dtype else found.astype(dtype)

    def reach(self, sets, ids):
        rows = self.matrix.tocsr()
        return matrix_product(sets, ids[0], rows.indptr, rows.indices)


def pad_stack(t, ndim):
    """A stack (k, *shape) with 1s after k, so that shape lines up with an array of ndim axes."""
    lead = ndim - (t.ndim - 1)
    return t.reshape((t.shape[0],) + (1,) * lead + t.shape[1:]) if lead > 0 else t


class Spectral(LinearMap):
    """A discrete Fourier transform: numpy.fft's function with fixed arguments.

    `forward(x)` and `adjoint(w)` work on the last axes of stacks.
    """

    __slots__ = ("adjoint", "forward")

    fixed = True

    def __init__(self, forward, adjoint, inputs, output):
        super().__init__(inputs, output)
        self.forward, self.adjoint = forward, adjoint

    def apply(self, ts):
        return self.forward(ts[0])

    def transpose(self, w, i):
        return fit(self.adjoint(w), self.in_dtypes[0])


class Part(LinearMap):
    """The real (or imaginary) part, or the conjugate, of a complex array."""

    __slots__ = ("which",)

    fixed = True

    def __init__(self, which, inputs, output):
        super().__init__(inputs, output)
        self.which = which

    def move(self, v):
        """The same on a value."""
        return getattr(np, self.which)(v)

    def apply(self, ts):
        return getattr(np, self.which)(ts[0])

    def transpose(self, w, i):
        if self.which == "conj":
            return np.conj(w)
        return fit(w * (1.0 if self.which == "real" else 1j) + 0j, self.in_dtypes[0])

    def reach(self, sets, ids):
        return ids[0]


install_maps(Elementwise, Index, SetIndex, SetView, Sum, Reshape, Permute, Concatenate, MatMul)
