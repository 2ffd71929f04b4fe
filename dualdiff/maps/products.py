"""Sums, and products with matrices."""

import math
import string
from typing import Any

import numpy as np

from . import linear
from .base import LinearMap, Operation, fit, look_for_nan
from .spaces import PAIRED, Space
from .sparsity import contract, matrix_product
from .tangents import is_dual

__all__ = ["MatMul", "SparseMatMul", "Sum", "nonzero"]


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

    bends = True

    def crossed(self, a: int, s: Any, b: int, t: Any) -> Any:
        return PAIRED.matmul(s, t, 0) if a == 0 else PAIRED.matmul(t, s, 0)

    def bent_along(self, w: Any, i: int, j: int, t: Any) -> Any:
        with np.errstate(all="ignore"):
            found = linear.pull_product(PAIRED, w, i, t, self.in_shapes)
            look_for_nan(found)
        return fit(found, self.in_dtypes[i])

    def factors(self, i: int) -> Any:
        return [None, self.b] if i == 0 else [self.a, None]

    def with_factors(self, others: Any) -> Any:
        found = self.twin()
        found.a, found.b = others
        return found

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
