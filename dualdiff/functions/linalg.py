"""Products of vectors and matrices: matmul, dot, inner, outer, vdot, tensordot, trace, einsum, kron, cross, powers.

"""

import math
import operator
import string
from collections.abc import Callable
from typing import Any

import numpy as np

from ..above import above
from ..core import make, make_array
from ..errors import UnsupportedError
from ..maps.base import LinearMap, dtype_of, fit, look_for_nan
from ..maps.products import MatMul, SparseMatMul, nonzero
from ..maps.sparsity import contract
from ..maps.tangents import capture, find_tag, is_dual, is_node, peel, push
from .base import FUNCTIONS, as_operand, deliver, handles, is_sparse, linear, refuse_options, value_of, view, with_value
from .elementwise import GUFUNCS
from .rows import along, by, showing
from .shape import diagonal_of, last_two


def matmul(a: Any, b: Any, /, out: Any = None, **kwargs: Any) -> Any:
    """np.matmul and the @ operator."""
    refuse_options(np.matmul, kwargs)
    if is_sparse(a) or is_sparse(b):
        return deliver(sparse_product(a, b), out)
    return deliver(product(np.matmul, a, b), out)


def sparse_product(a: Any, b: Any) -> Any:
    """A @ x or x @ A for a scipy.sparse matrix A; the value is SciPy's."""
    if is_sparse(b):
        return np.transpose(sparse_product(b.T, np.transpose(a)))
    x = plain(as_operand(b))
    if a.ndim != 2 or np.ndim(x) not in (1, 2):
        raise UnsupportedError(
            f"a sparse matrix of shape {a.shape} times a dual array of shape {np.shape(x)} is not supported; "
            "expected a matrix and a vector, or two matrices"
        )
    recorded = is_dual(x) and is_node(x.tangents)
    return linear(lambda v: a @ v, lambda v, y: SparseMatMul(a.copy() if recorded else a, v, y), x)


def sparse_operator(name: Any, a: Any, b: Any) -> Any:
    """An operator of a dual and a scipy.sparse array, which is asked as one that varies; * of matrices is a product."""
    if name not in SPARSE_OPERATORS:
        return NotImplemented
    matrices = any(is_sparse(x) and type(x).__name__.endswith("_matrix") for x in (a, b))
    if name == "multiply" and matrices and np.ndim(value_of(a)) and np.ndim(value_of(b)):
        return matmul(a, b)
    wrapped = above("wrap_constant")
    a, b = (wrapped(x) if is_sparse(x) else x for x in (a, b))
    return SPARSE_OPERATORS[name](a, b)


SPARSE_OPERATORS = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
}  # fmt: skip


def product(function: Any, a: Any, b: Any) -> Any:
    """np.matmul, or a function that is the same sum in another order of rounding."""
    a, b = as_operand(a), as_operand(b)
    tag = find_tag(a, b)
    if tag < 0:
        result = function(value(a), value(b))
        buffer = isinstance(result, np.ndarray) and (is_dual(a) or is_dual(b))
        return make(result, None, -1) if buffer else result     # of zeros that can still take a dual
    (av, at), (bv, bt) = peel(a, tag), peel(b, tag)
    av, bv = plain(av), plain(bv)
    result = function(av, bv)
    av, bv = floating(av, result), floating(bv, result)
    if is_node(at) or is_node(bt):
        # the recording keeps a factor only where the other one varies
        map = MatMul(capture(av, av) if bt is not None else None, capture(bv, bv) if at is not None else None,
                     (av, bv), result)  # fmt: skip
    else:
        map = MatMul(av, bv, (av, bv), result)
    return make(result, push(map, (at, bt)), tag)


def floating(held: Any, result: Any) -> Any:
    """A constant factor of integers in the type of the result: it is converted once, not for each product."""
    return held.astype(result.dtype) if held.dtype.kind in "biu" and result.dtype.kind in "fc" else held


def value(x: Any) -> Any:
    """The number of an operand without tangents."""
    return x.value if is_dual(x) else x


def plain(x: Any) -> Any:
    """Lists and numbers as arrays."""
    return x if is_dual(x) or isinstance(x, np.ndarray) else np.asarray(x)


GUFUNCS[np.matmul] = matmul
handles(np.matmul)(matmul)


@handles(np.dot)
def dot(a: Any, b: Any, out: Any = None) -> Any:
    """np.dot."""
    a, b = plain(as_operand(a)), plain(as_operand(b))
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return deliver(with_value(np.multiply(a, b), np.dot(value_of(a), value_of(b))), out)
    if np.ndim(a) <= 2 and np.ndim(b) <= 2:
        return deliver(product(np.dot, a, b), out)
    result = tensordot(a, b, axes=(-1, max(np.ndim(b) - 2, 0)))
    return deliver(with_value(result, np.dot(value_of(a), value_of(b))), out)


@handles(np.vdot)
def vdot(a: Any, b: Any, /) -> Any:
    """np.vdot: the first argument conjugated, both flattened."""
    a, b = np.reshape(as_operand(a), -1), np.reshape(as_operand(b), -1)
    if dtype_of(a).kind == "c":
        return product(lambda u, v: np.vdot(np.conj(u), v), np.conj(a), b)
    return product(np.vdot, a, b)


@handles(np.inner)
def inner(a: Any, b: Any, /) -> Any:
    """np.inner."""
    a, b = plain(as_operand(a)), plain(as_operand(b))
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return with_value(np.multiply(a, b), np.inner(value_of(a), value_of(b)))
    if np.ndim(a) == np.ndim(b) == 1:
        return product(np.inner, a, b)
    return with_value(tensordot(a, b, axes=(-1, -1)), np.inner(value_of(a), value_of(b)))


@handles(np.outer)
def outer(a: Any, b: Any, out: Any = None) -> Any:
    """np.outer."""
    a, b = as_operand(a), as_operand(b)
    return deliver(np.multiply(np.reshape(a, (-1, 1)), np.reshape(b, (1, -1))), out)


@handles(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """np.tensordot, as one matrix product (the order of NumPy's own)."""
    a, b = as_operand(a), as_operand(b)
    n, m = np.ndim(a), np.ndim(b)
    if isinstance(axes, (int, np.integer)):
        left, right = list(range(n - axes, n)), list(range(axes))
    else:
        left, right = axes
        left = [int(left)] if isinstance(left, (int, np.integer)) else list(left)
        right = [int(right)] if isinstance(right, (int, np.integer)) else list(right)
    left, right = [i % n for i in left], [i % m for i in right]
    if [np.shape(a)[i] for i in left] != [np.shape(b)[j] for j in right]:
        raise ValueError(f"shape-mismatch for sum: {np.shape(a)} and {np.shape(b)} along {left} and {right}")
    rest_a = [i for i in range(n) if i not in left]
    rest_b = [j for j in range(m) if j not in right]
    length = math.prod(np.shape(a)[i] for i in left)
    shape = [np.shape(a)[i] for i in rest_a] + [np.shape(b)[j] for j in rest_b]
    rows, columns = (math.prod(np.shape(x)[i] for i in rest) for x, rest in ((a, rest_a), (b, rest_b)))
    a2 = np.reshape(np.transpose(a, rest_a + left), (rows, length))
    b2 = np.reshape(np.transpose(b, right + rest_b), (length, columns))
    result = product(np.dot, a2, b2)
    return np.reshape(result, shape)


@handles(np.trace, stacked=along("axis1", "axis2"))
def trace(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None, out: Any = None) -> Any:
    """np.trace."""
    return deliver(np.sum(np.diagonal(as_operand(a), offset, axis1, axis2), axis=-1, dtype=dtype), out)


# ---- Einstein sums -------------------------------------------------------------------------------


PLAIN = 8
"""How many times longer a multiplication takes in a loop of einsum's than in BLAS."""


class Einsum(LinearMap):
    """A product of operands summed over indices, linear in each operand with the others held.

    labels: one letter for each axis of each operand; out: the letters of the result, which may
    then be reshaped.  Operands that no other tangent meets are None.
    """

    __slots__ = ("labels", "operands", "out")

    def __init__(self, labels: Any, out: Any, operands: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.labels, self.out, self.operands = labels, out, operands

    def move(self, v: Any) -> Any:
        """The same on a value (of one operand, of which the result is a view)."""
        return np.einsum(f"{self.labels[0]}->{self.out}", v)

    bends = True

    def factors(self, i: int) -> list[Any] | None:
        return [None if j == i else x for j, x in enumerate(self.operands)]

    def with_factors(self, others: Any) -> Any:
        found = self.twin()
        found.operands = others
        return found

    def labelled(self) -> Any:
        return self.labels, self.out

    def letter(self) -> Any:
        """A letter for the directions."""
        used = set("".join(self.labels))
        return next(c for c in string.ascii_letters if c not in used)

    def worth(self, k: int) -> Any:
        """Whether there is so much to do for k directions that products of matrices (BLAS) pay for their planning."""
        return len(self.labels) > 1 and k * self.size() > 20_000

    def size(self) -> Any:
        """How many terms the sum has, over all indices of the result."""
        sizes: dict[Any, Any] = {}
        for letters, dims in zip(self.labels, self.in_shapes, strict=True):
            sizes.update(zip(letters, dims, strict=True))
        return math.prod(sizes.values())

    def multiplications(self, ts: Any) -> Any:
        # without BLAS they take longer
        return self.size() * (1 if self.worth(1) else PLAIN) * sum(t is not None for t in ts)

    def apply(self, ts: Any) -> Any:
        k = self.letter()
        total: Any = None
        for i, t in enumerate(ts):
            if t is None:
                continue
            labels, operands = list(self.labels), list(self.operands)
            labels[i], operands[i] = k + labels[i], t
            term = np.einsum(f"{','.join(labels)}->{k}{self.out}", *operands, optimize=self.worth(t.shape[0]))
            total = term if total is None else total + term
        look_for_nan(total)
        if total.shape[1:] != self.out_shape:
            total = total.reshape((total.shape[0], *self.out_shape))
        return total if total.dtype == self.out_dtype else total.astype(self.out_dtype)

    def crossed(self, a: int, s: Any, b: int, t: Any) -> Any:
        k, labels, operands = self.letter(), list(self.labels), list(self.operands)
        labels[a], operands[a] = k + labels[a], s
        labels[b], operands[b] = k + labels[b], t
        found = np.einsum(f"{','.join(labels)}->{k}{self.out}", *operands, optimize=True)
        return found.reshape((len(s), *self.out_shape))

    def transpose(self, w: Any, i: int) -> Any:
        operands = [np.conj(x) if dtype_of(x).kind == "c" else x for x in self.operands]
        return self.pulled(w, i, self.labels, operands, w.shape[0])

    def bent_along(self, w: Any, i: int, j: int, t: Any) -> Any:
        labels, operands = list(self.labels), list(self.operands)
        labels[j], operands[j] = self.letter() + labels[j], t
        return self.pulled(w, i, labels, operands, t.shape[0])

    def pulled(self, w: Any, i: int, labels: Any, operands: Any, n: Any) -> Any:
        """The cotangents of operand i, for n directions: they are w's or, where w has but one, those of an operand."""
        k, label, shape = self.letter(), self.labels[i], self.in_shapes[i]
        sizes: dict[Any, Any] = {}
        for letters, dims in zip(self.labels, self.in_shapes, strict=True):
            for c, size in zip(letters, dims, strict=True):
                sizes[c] = size if sizes.get(c, 1) == 1 else sizes[c]
        others = [j for j in range(len(labels)) if j != i]
        of_w = "" if any(labels[j] is not self.labels[j] for j in others) else k
        w = w.reshape((*w.shape[: len(of_w)], *(sizes[c] for c in self.out)))
        met = set(self.out).union(*(labels[j] for j in others))
        mine = dict(zip(label, shape, strict=True))
        kept = [c for c in mine if c in met and mine[c] != 1]
        words = ",".join([of_w + self.out, *(labels[j] for j in others)])
        g = np.einsum(f"{words}->{k}{''.join(kept)}", w, *(operands[j] for j in others), optimize=self.worth(n))
        found = dict(zip(kept, g.shape[1:], strict=True))
        g = np.broadcast_to(g.reshape((n, *(found.get(c, 1) for c in mine))), (n, *mine.values()))
        if len(mine) < len(label):      # a diagonal
            places = dict(zip(mine, np.ix_(*(np.arange(size) for size in mine.values())), strict=True))
            full = np.zeros((n, *shape), g.dtype, like=g)
            full[(slice(None), *(places[c] for c in label))] = g
            g = full
        return fit(g, self.in_dtypes[i])

    def reach(self, sets: Any, ids: Any) -> Any:
        sizes: dict[Any, Any] = {}
        for letters, dims in zip(self.labels, self.in_shapes, strict=True):
            for c, n in zip(letters, dims, strict=True):
                sizes[c] = n if sizes.get(c, 1) == 1 else sizes[c]
        shape = tuple(sizes[c] for c in self.out)
        found: Any = None
        for i, t in enumerate(ids):
            if t is not None:
                others = [
                    (self.labels[j], nonzero(x) if sets.exact and x is not None and ids[j] is None else None)
                    for j, x in enumerate(self.operands) if j != i
                ]  # fmt: skip
                term = contract(sets, t, self.labels[i], self.out, others, shape)
                found = term if found is None else sets.join(found, term)
        return found.reshape(self.out_shape)


def multilinear(function: Any, labels: Any, out: Any, *xs: Any) -> Any:
    """The dual of function(*values), a product of xs summed as an einsum is."""
    xs = tuple(plain(x) for x in xs)
    tag = find_tag(*xs)
    pairs = [peel(x, tag) for x in xs]
    values, tangents = [v for v, _ in pairs], [t for _, t in pairs]
    result = function(*values)
    if all(t is None for t in tangents):
        return result
    recorded = any(map(is_node, tangents))
    varies = [t is not None for t in tangents]
    kept = tuple(
        (capture(v, v) if recorded else v) if any(varies[:i] + varies[i + 1 :]) else None for i, v in enumerate(values)
    )
    return make(result, push(Einsum(labels, out, kept, values, result), tangents), tag)


def parse(operands: Any) -> tuple[Any, Any]:
    """(subscripts, operands) of the two ways of calling einsum."""
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), [as_operand(x) for x in operands[1:]]
    names = string.ascii_uppercase + string.ascii_lowercase

    def word(indices: Any) -> Any:
        return "".join("..." if i is Ellipsis else names[i] for i in indices)

    pairs = len(operands) // 2
    text = ",".join(word(operands[2 * i + 1]) for i in range(pairs))
    if len(operands) % 2:
        text += "->" + word(operands[-1])
    return text, [as_operand(operands[2 * i]) for i in range(pairs)]


def spell_out(text: str, ndims: Any) -> tuple[Any, Any]:
    """(labels, out) of subscripts: ellipses as letters, an implicit result spelt out."""
    left, arrow, out = text.partition("->")
    words = left.split(",")
    counts = [n - len(word.replace("...", "")) if "..." in word else 0 for word, n in zip(words, ndims, strict=True)]
    free = [c for c in string.ascii_letters if c not in text]
    dots = "".join(free[: max(counts, default=0)])
    labels = tuple(
        word.replace("...", dots[len(dots) - count :]) for word, count in zip(words, counts, strict=True)
    )
    if not arrow:
        letters = left.replace(",", "").replace(".", "")
        out = "..." + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return labels, out.replace("...", dots)


@handles(np.einsum)
def einsum(*operands: Any, out: Any = None, optimize: Any = False, dtype: Any = None, **kwargs: Any) -> Any:
    """np.einsum: derivatives by einsum too, on all directions at once."""
    text, xs = parse(operands)
    xs = [plain(x) for x in xs]
    if dtype is not None:
        kwargs["dtype"] = dtype
        xs = [x.astype(dtype) for x in xs]

    def function(*values: Any) -> Any:
        return np.einsum(text, *values, optimize=optimize, **kwargs)

    labels, result = spell_out(text, [np.ndim(x) for x in xs])
    for label, x in zip(labels, xs, strict=True):
        sizes: dict[Any, Any] = {}
        for c, n in zip(label, np.shape(x), strict=False):
            if sizes.setdefault(c, n) != n:
                raise ValueError(f"dimensions of operand {np.shape(x)} for collapsing index {c!r} do not match")
    if len(xs) == 1:
        return deliver(view(function, lambda v, y: Einsum(labels, result, (None,), v, y), xs[0]), out)
    return deliver(multilinear(function, labels, result, *xs), out)


def by_block(v: Any, t: Any, b: Any) -> Any:
    """Tangents of np.kron with numbers on the right, that have no more axes."""
    return np.kron(t, b) if np.ndim(b) <= v.ndim else None


@handles(np.kron, stacked=by(by_block, multiplies=True))
def kron(a: Any, b: Any) -> Any:
    """np.kron."""
    a, b = plain(as_operand(a)), plain(as_operand(b))
    n = max(np.ndim(a), np.ndim(b))
    value = np.kron(value_of(a), value_of(b))
    wide = [np.reshape(x, (1,) * (n - np.ndim(x)) + np.shape(x)) for x in (a, b)]
    first, second = string.ascii_letters[:n], string.ascii_letters[n : 2 * n]
    pairs = "".join(c + d for c, d in zip(first, second, strict=True))
    return with_value(multilinear(np.kron, (first, second), pairs, *wide), value)


LEVI_CIVITA = np.zeros((3, 3, 3))
LEVI_CIVITA[[0, 1, 2], [1, 2, 0], [2, 0, 1]] = 1
LEVI_CIVITA[[0, 2, 1], [2, 1, 0], [1, 0, 2]] = -1


@handles(np.cross)
def cross(a: Any, b: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None) -> Any:
    """np.cross, of vectors of length 3 (or 2)."""
    a, b = plain(as_operand(a)), plain(as_operand(b))
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    n, m = np.shape(a)[-1], np.shape(b)[-1]
    value = np.cross(value_of(a), value_of(b))
    signs = LEVI_CIVITA[:, :n, :m].astype(dtype_of(value).char.lower())
    dots = string.ascii_lowercase[: max(np.ndim(a), np.ndim(b)) - 1]
    left, right = (dots[len(dots) - np.ndim(x) + 1 :] for x in (a, b))
    if n == m == 2:
        return multilinear(lambda e, v, w: np.cross(v, w), ("YZ", left + "Y", right + "Z"), dots, signs[2], a, b)
    found = multilinear(
        lambda e, v, w: np.cross(v, w), ("XYZ", left + "Y", right + "Z"), dots + "X", signs, a, b
    )
    return np.moveaxis(found, -1, axisc)


@handles(np.linalg.cross)
def linalg_cross(x1: Any, x2: Any, /, *, axis: Any = -1) -> Any:
    """np.linalg.cross, of vectors of length 3."""
    for x in (x1, x2):
        if np.shape(x)[axis] != 3:
            raise ValueError(f"both arrays must be arrays of 3-dimensional vectors, not of shape {np.shape(x)}")
    return cross(x1, x2, axis=axis)


def stacked(function: Any, left: Any, right: Any, out: Any, conjugated: Any) -> Callable[..., Any]:
    """A handler of a generalised ufunc of stacked vectors and matrices."""

    def handler(x1: Any, x2: Any, /, out_: Any = None, **kwargs: Any) -> Any:
        out_array = kwargs.pop("out", out_)
        axis = kwargs.pop("axis", -1)
        refuse_options(function, kwargs)
        a, b = plain(as_operand(x1)), plain(as_operand(x2))
        if axis != -1:
            a, b = np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1)
        n, m = np.ndim(a) - len(left), np.ndim(b) - len(right)
        dots = string.ascii_lowercase[: max(n, m)]
        labels = dots[len(dots) - n :] + left, dots[len(dots) - m :] + right
        if conjugated and dtype_of(a).kind == "c":
            found = multilinear(lambda v, w: function(np.conj(v), w), labels, dots + out, np.conj(a), b)
        else:
            found = multilinear(function, labels, dots + out, a, b)
        return deliver(found, out_array)

    handler.__doc__ = f"np.{function.__name__}."
    GUFUNCS[function] = handler
    return handler


vecdot = stacked(np.vecdot, "X", "X", "", True)
if hasattr(np, "matvec"):
    stacked(np.matvec, "XY", "Y", "X", False)
    stacked(np.vecmat, "X", "XY", "Y", True)


# ---- powers and chains ---------------------------------------------------------------------------


@handles(np.linalg.matrix_power)
def matrix_power(a: Any, n: Any) -> Any:
    """np.linalg.matrix_power."""
    a = as_operand(a)
    value = np.linalg.matrix_power(value_of(a), n)
    if n == 0:
        return make_array(value, None, -1)
    if n == 1:
        return a        # itself, as NumPy gives it
    base, found = (np.linalg.inv(a) if n < 0 else a), None
    n = abs(n)
    while n:
        if n % 2:
            found = base if found is None else np.matmul(found, base)
        n //= 2
        base = np.matmul(base, base) if n else base
    return with_value(found, value)


@handles(np.linalg.multi_dot)
def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    """np.linalg.multi_dot, from the end where the products are smaller."""
    arrays = [as_operand(a) for a in arrays]
    if len(arrays) == 2:        # of any dimensions
        return dot(arrays[0], arrays[1], out)
    value = np.linalg.multi_dot([value_of(a) for a in arrays])
    rows = 1 if np.ndim(arrays[0]) == 1 else np.shape(arrays[0])[0]
    columns = 1 if np.ndim(arrays[-1]) == 1 else np.shape(arrays[-1])[1]
    if columns < rows:
        found = arrays[-1]
        for a in arrays[-2::-1]:
            found = np.matmul(a, found)
    else:
        found = arrays[0]
        for a in arrays[1:]:
            found = np.matmul(found, a)
    return deliver(with_value(found, value), out)


# ---- the names in numpy.linalg -------------------------------------------------------------------

FUNCTIONS[np.linalg.matmul] = lambda x1, x2, /: matmul(x1, x2)
FUNCTIONS[np.linalg.tensordot] = lambda x1, x2, /, *, axes=2: tensordot(x1, x2, axes)
FUNCTIONS[np.linalg.vecdot] = lambda x1, x2, /, *, axis=-1: vecdot(x1, x2, axis=axis)
handles(np.linalg.matrix_transpose, moves=True, stacked=showing(lambda x, /: last_two(x)))(
    lambda x, /: np.matrix_transpose(as_operand(x))
)


@handles(np.linalg.outer)
def linalg_outer(x1: Any, x2: Any, /) -> Any:
    """np.linalg.outer, of vectors."""
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(f"input arrays must be one-dimensional, but they are {np.shape(x1)} and {np.shape(x2)}")
    return outer(x1, x2)


@handles(np.linalg.trace, stacked=along())
def linalg_trace(x: Any, /, *, offset: Any = 0, dtype: Any = None) -> Any:
    """np.linalg.trace: of the last two axes."""
    return trace(x, offset, -2, -1, dtype)


@handles(
    np.linalg.diagonal, moves=True, stacked=showing(lambda x, /, *, offset=0: diagonal_of(x, offset, -2, -1))
)
def linalg_diagonal(x: Any, /, *, offset: Any = 0) -> Any:
    """np.linalg.diagonal: of the last two axes."""
    return np.diagonal(as_operand(x), offset, -2, -1)
