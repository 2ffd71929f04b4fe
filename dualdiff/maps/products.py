"""Sums, and products with matrices."""

import math
import string
from typing import Any

import numpy as np

from . import linear
from .base import LinearMap, Operation, fit, look_for_nan, unbroadcast
from .spaces import Space
from .sparsity import contract, matrix_product
from .tangents import is_dual, second_pairs

__all__ = ["MatMul", "SparseMatMul", "Sum", "nonzero", "pad_stack"]


class Sum(Operation):
    """np.sum over axes (None or a tuple of axes that are not negative)."""

    __slots__ = ("axes", "keepdims")

    fixed = moving = True

    def __init__(self, axes: Any, keepdims: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.axes = tuple(range(len(self.in_shapes[0]))) if axes is None else axes
        self.keepdims = keepdims

    def push(self, s: Space, ts: Any) -> Any:
        return linear.push_sum(s, ts[0], self.axes, self.keepdims)

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return linear.pull_sum(s, w, self.axes, self.in_shapes[0])


class MatMul(Operation):
    """np.matmul(a, b): arguments (a, b), linear in each with the other held."""

    __slots__ = ("a", "b")

    def __init__(self, a: Any, b: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.a, self.b = a, b

    def push(self, s: Space, ts: Any) -> Any:
        return linear.push_product(s, ts, (self.a, self.b), self.in_shapes, self.out_shape)

    def apply(self, ts: Any) -> Any:
        with np.errstate(all="ignore"):
            total = super().apply(ts)
            look_for_nan(total)
        return total

    def pull(self, s: Space, w: Any, i: int) -> Any:
        return linear.pull_product(s, w, i, (self.b, self.a)[i], self.in_shapes)

    def multiplications(self, ts: Any) -> Any:
        return math.prod(self.out_shape) * self.in_shapes[0][-1] * sum(t is not None for t in ts)

    def second(self, ts: Any, kind: int) -> Any:
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

    bends = True

    def bent(self, w: Any, ts: Any, i: int) -> Any:
        t, shape = ts[1 - i], self.in_shapes[1 - i]
        if t is None:
            return None
        with np.errstate(all="ignore"):
            other = t.reshape((t.shape[0], *self.as_matrix(shape, 1 - i)))
            w = w.reshape((1, *self.out_as_matrix()))
            rank = max(w.ndim, other.ndim) - 1
            w, other = pad_stack(w, rank), np.swapaxes(pad_stack(other, rank), -1, -2)
            found = unbroadcast(np.matmul(w, other) if i == 0 else np.matmul(other, w),
                                self.as_matrix(self.in_shapes[i], i))  # fmt: skip
            look_for_nan(found)
        return fit(found.reshape((found.shape[0], *self.in_shapes[i])), self.in_dtypes[i])

    def as_matrix(self, shape: tuple[int, ...], i: int) -> Any:
        """The shape of an argument as matrices: a vector on the left is a row, on the right a column."""
        return shape if len(shape) > 1 else (1, *shape) if i == 0 else (*shape, 1)

    def out_as_matrix(self) -> Any:
        """The shape of the result as matrices."""
        a, b = self.in_shapes
        out = (*self.out_shape, 1) if len(b) == 1 else self.out_shape
        return (*out[:-1], 1, out[-1]) if len(a) == 1 else out

    def factors(self, i: int) -> Any:
        return [None, self.b] if i == 0 else [self.a, None]

    def with_factors(self, others: Any) -> Any:
        found = self.twin()
        found.a, found.b = others
        return found

    def pairs(self, s: Any, t: Any) -> Any:
        """s @ t, row by row of two stacks."""
        a, b = (len(shape) for shape in self.in_shapes)
        s = s[..., None, :] if a == 1 else s
        t = t[..., None] if b == 1 else t
        found = np.matmul(pad_stack(s, max(a, b, 2)), pad_stack(t, max(a, b, 2)))
        return found.reshape((found.shape[0], *self.out_shape))

    def reach(self, sets: Any, ids: Any) -> Any:
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

    def labelled(self) -> Any:
        return self.words()

    def words(self) -> tuple[Any, Any]:
        """The product as an einsum: letters of both arguments, and of the result."""
        n, m = map(len, self.in_shapes)
        stack = string.ascii_uppercase[: max(n, m, 2) - 2]
        left = "k" if n == 1 else stack[len(stack) - n + 2 :] + "ik"
        right = "k" if m == 1 else stack[len(stack) - m + 2 :] + "kj"
        return (left, right), stack + ("i" if n > 1 else "") + ("j" if m > 1 else "")


def nonzero(x: Any) -> Any:
    """Where a constant factor is not zero; None where that is not known (a dual number of an outer call)."""
    return None if is_dual(x) else np.asarray(x) != 0


class SparseMatMul(LinearMap):
    """A @ x for a constant scipy.sparse matrix and a vector or a matrix x."""

    __slots__ = ("matrix",)

    def __init__(self, matrix: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.matrix = matrix

    def apply(self, ts: Any) -> Any:
        return self.product(self.matrix, ts[0], self.out_shape, self.out_dtype)

    def transpose(self, w: Any, i: int) -> Any:
        matrix = self.matrix.T
        return self.product(matrix.conj() if matrix.dtype.kind == "c" else matrix, w, self.in_shapes[0], None, i)

    def factors(self, i: int) -> list[Any]:
        return [self.matrix]

    def with_factors(self, others: Any) -> Any:
        found = self.twin()
        (found.matrix,) = others
        return found

    def product(self, matrix: Any, t: Any, shape: tuple[int, ...], dtype: Any, i: int | None = None) -> Any:
        """The matrix times every direction of a stack (k, n) or (k, n, p), as columns of one product."""
        side = np.moveaxis(t, 0, -1)
        found = matrix @ side.reshape((side.shape[0], -1))
        look_for_nan(found)
        found = np.moveaxis(found.reshape((*shape, t.shape[0])), -1, 0)
        if i is not None:
            return fit(found, self.in_dtypes[i])
        return found if found.dtype == dtype else found.astype(dtype)

    def reach(self, sets: Any, ids: Any) -> Any:
        rows = self.matrix.tocsr()
        return matrix_product(sets, ids[0], rows.indptr, rows.indices)


def pad_stack(t: Any, ndim: Any) -> Any:
    """A stack (k, *shape) with 1s after k, so that shape lines up with an array of ndim axes."""
    lead = ndim - (t.ndim - 1)
    return t.reshape((t.shape[0],) + (1,) * lead + t.shape[1:]) if lead > 0 else t
