"""Sparse arrays whose entries vary.

A `SparseDual` is SciPy's sparse array of the values, and a dual vector with one element for each stored entry.  The
result of an operation has SciPy's pattern; its entries are sums of products of the operands' entries, found by their
places.  So a derivative by a sparse matrix lives on the matrix's pattern, and no operation forms a dense matrix.

SciPy drops a sum that happens to be 0.  It may have a derivative, so the entries have places of their own then
(`skeleton`).

Invariant: `plain` is what SciPy computes on the values; entries[i] belongs to skeleton.data[i].
"""

from typing import Any

import numpy as np
import scipy.sparse as _scipy

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, has_duals, value_of
from ...maps.tangents import is_dual

__all__ = [
    "SparseDual",
    "entries_of",
    "has_varying",
    "is_varying",
    "multiply_dense",
    "plain_of",
    "product",
    "standard",
    "triplets",
    "wrap",
]

ELEMENTWISE = (
    "arcsin", "arcsinh", "arctan", "arctanh", "ceil", "deg2rad", "expm1", "floor", "log1p", "rad2deg", "rint", "sign",
    "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
)  # fmt: skip


def is_varying(x: Any) -> bool:
    """Whether x is a sparse array with duals."""
    return isinstance(x, SparseDual)


def plain_of(x: Any) -> Any:
    """SciPy's array of the values; anything else as it is."""
    return x.plain if isinstance(x, SparseDual) else x


def entries_of(x: Any) -> Any:
    """The stored entries."""
    return x.entries if isinstance(x, SparseDual) else x.data


def triplets(x: Any) -> tuple[Any, Any, Any]:
    """(rows, columns, entries) in the order of the entries."""
    rows, columns = places(x.skeleton if isinstance(x, SparseDual) else x)
    return rows, columns, entries_of(x)


def places(plain: Any) -> Any:
    """The coordinates of the stored entries of a CSR, CSC or COO array, in the order of its data."""
    if plain.format == "coo":
        return (plain.row, plain.col) if plain.ndim == 2 else (np.zeros(plain.nnz, int), plain.coords[0])
    if plain.ndim == 1:
        return np.zeros(plain.nnz, int), plain.indices
    major = np.repeat(np.arange(len(plain.indptr) - 1), np.diff(plain.indptr))
    return (major, plain.indices) if plain.format == "csr" else (plain.indices, major)


def standard(x: Any) -> Any:
    """A sparse array as CSR, CSC or COO."""
    return x if getattr(x, "format", None) in ("csr", "csc", "coo") else x.tocsr()


def keys(at: Any, shape: Any) -> Any:
    """One number for each place."""
    rows, columns = at
    return np.asarray(rows, np.int64) * (shape[-1] if len(shape) else 1) + columns


def wrap(result: Any, rows: Any, columns: Any, entries: Any) -> Any:
    """SciPy's result with entries that are those of triplets, summed where places coincide."""
    result = standard(result)
    if not is_dual(entries):
        return result
    shape = result.shape if result.ndim == 2 else (1, *result.shape)
    there = keys(places(result), shape)
    given = keys((rows, columns), shape)
    if np.array_equal(there, given):
        return SparseDual(result, entries)
    order = np.argsort(there, kind="stable")
    if (np.diff(there[order]) == 0).any():  # a COO array that holds a place twice
        result = result.tocsr()
        there = keys(places(result), shape)
        order = np.argsort(there, kind="stable")
    at = np.searchsorted(there[order], given)
    at[at == len(there)] = 0
    found = order[at] if len(there) else at
    live = there[found] == given if len(there) else np.zeros(len(given), bool)
    if not live.all():
        # a sum that is 0 has no entry in SciPy's result, but may have a derivative
        extra = np.unique(given[~live])
        kind = type(result)
        if result.ndim != 2:
            raise UnsupportedError(
                "this operation on one-dimensional sparse arrays loses entries that are 0; use toarray()"
            )
        old = places(result)
        i, j = np.concatenate([old[0], extra // shape[1]]), np.concatenate([old[1], extra % shape[1]])
        full = _scipy.coo_array(
            (np.concatenate([result.data, np.zeros(len(extra), result.dtype)]), (i, j)), shape=shape
        )
        # the places of the derivative, beside SciPy's own array
        return SparseDual(result, wrap(kind(full), rows, columns, entries).entries, kind(full))
    if len(found) == len(there) and (np.bincount(found, minlength=len(there)) == 1).all():
        inverse = np.empty(len(found), int)
        inverse[found] = np.arange(len(found))
        summed = entries[inverse]
    else:
        size = (len(there), len(given))
        summed = _scipy.csr_array((np.ones(len(given)), (found, np.arange(len(given)))), shape=size) @ entries
    return SparseDual(result, summed)


def multiply_dense(A: Any, x: Any) -> Any:
    """A @ x for a dense x; either may vary."""
    x = as_operand(x)
    plain = plain_of(A)
    value = plain @ value_of(x)
    if not is_varying(A):
        return exact(plain @ x, value) if is_dual(x) else value
    rows, columns, entries = triplets(A)
    m = plain.shape[0] if plain.ndim == 2 else 1
    gathered = x[columns]
    terms = entries * gathered if np.ndim(x) == 1 else np.reshape(entries, (-1, 1)) * gathered
    add = _scipy.csr_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(m, len(rows)))
    found = add @ terms
    return exact(np.reshape(found, np.shape(value)), value)


class SparseDual:
    """A sparse array in the CSR, CSC or COO format whose entries vary.

    Parameters
    ----------
    plain : scipy.sparse array or matrix
        The values.
    entries : DualArray, shape (nnz,)
    skeleton : scipy.sparse array, optional
        Where the entries are, if not where those of `plain` are.

    Attributes
    ----------
    data : DualArray
        The entries.
    shape, ndim, format, nnz, dtype, indices, indptr, row, col
        SciPy's.
    """

    __array_ufunc__ = None
    __array_priority__ = 100.0

    def __init__(self, plain: Any, entries: Any, skeleton: Any = None) -> None:
        self.plain, self.skeleton = plain, plain if skeleton is None else skeleton
        self.entries = exact(entries, plain.data) if skeleton is None else entries

    def mapped(self, plain: Any, entries: Any) -> Any:
        """With other entries in the same places."""
        return SparseDual(plain, entries, None if self.skeleton is self.plain else self.skeleton)

    def __repr__(self) -> str:
        return f"<dual {self.plain!r}>"

    def __getattr__(self, name: str) -> Any:
        if name in ELEMENTWISE:
            own = self.deduped()
            return lambda: own.mapped(getattr(own.plain, name)(), getattr(np, name)(own.entries))
        if name in ("shape", "ndim", "format", "nnz", "dtype", "indices", "indptr", "row", "col", "coords", "size",
                    "has_sorted_indices", "has_canonical_format", "getnnz", "count_nonzero", "nonzero"):  # fmt: skip
            return getattr(self.__dict__["plain"], name)
        if not name.startswith("_") and hasattr(self.__dict__["plain"], name):
            raise UnsupportedError(
                f"{type(self.plain).__name__}.{name} has no derivative here; write it with @, +, *, slices, sum, "
                "diagonal and toarray, or take .plain, which has no derivative"
            )
        raise AttributeError(name)

    __hash__ = None  # type: ignore[assignment]

    @property
    def data(self) -> Any:
        """The entries that SciPy's array stores, a dual vector."""
        if self.skeleton is self.plain:
            return self.entries
        numbers = self.numbered()
        at = np.asarray(numbers[places(self.plain)]).ravel().astype(int)
        return exact(self.summed()[at - 1], self.plain.data)

    @property
    def value(self) -> Any:
        """SciPy's sparse array of the values."""
        return self.plain

    # ---- other forms ----

    def asformat(self, format: Any, copy: bool = False) -> Any:
        """In another format."""
        if format in (None, self.format):
            return self.copy() if copy else self
        return wrap(self.plain.asformat(format), *triplets(self))

    def tocsr(self, copy: bool = False) -> Any:
        """As CSR."""
        return self.asformat("csr", copy)

    def tocsc(self, copy: bool = False) -> Any:
        """As CSC."""
        return self.asformat("csc", copy)

    def tocoo(self, copy: bool = False) -> Any:
        """As COO."""
        return self.asformat("coo", copy)

    def todia(self, copy: bool = False) -> Any:
        """As CSR: the diagonal format stores entries that are not there."""
        return self.asformat("csr", copy)

    tobsr = tolil = todok = todia

    def copy(self) -> Any:
        """A copy."""
        return self.mapped(self.plain.copy(), self.entries.copy())

    def astype(self, dtype: Any, casting: str = "unsafe", copy: bool = True) -> Any:
        """With another type of numbers."""
        return self.mapped(self.plain.astype(dtype), self.entries.astype(dtype))

    def toarray(self, order: Any = None, out: Any = None) -> Any:
        """The dense array."""
        if order not in (None, "C") or out is not None:
            raise UnsupportedError("toarray of a varying sparse array takes neither order nor out")
        value = self.plain.toarray()
        rows, columns, entries = triplets(self)
        at = keys((rows, columns), value.shape)
        spread = _scipy.csr_array((np.ones(len(at)), (at, np.arange(len(at)))), shape=(value.size, len(at)))
        return exact(np.reshape(spread @ entries, value.shape), value)

    todense = toarray

    def transpose(self, axes: Any = None, copy: bool = False) -> Any:
        """The transpose."""
        rows, columns, entries = triplets(self)
        return wrap(self.plain.transpose(), columns, rows, entries)

    @property
    def T(self) -> Any:
        """The transpose."""
        return self.transpose()

    def conjugate(self, copy: bool = True) -> Any:
        """The complex conjugate."""
        return self.mapped(self.plain.conjugate(), np.conj(self.entries))

    conj = conjugate

    @property
    def H(self) -> Any:
        """The conjugate transpose."""
        return self.transpose().conjugate()

    def deduped(self) -> Any:
        """With one entry for each place."""
        if self.plain.has_canonical_format and self.skeleton.has_canonical_format:
            return self
        found = self.mapped(self.plain, self.entries)
        found.sum_duplicates()
        return found

    def sum_duplicates(self) -> None:
        """Adds entries of equal places, here in a COO array."""
        copy = self.plain.copy()
        copy.sum_duplicates()
        found = wrap(copy, *triplets(self))
        self.plain, self.entries, self.skeleton = found.plain, found.entries, found.skeleton

    def eliminate_zeros(self) -> None:
        """Nothing: an entry that is 0 may have a derivative."""

    def sort_indices(self) -> None:
        """Sorts the entries of each row or column."""
        copy = self.plain.sorted_indices()
        found = wrap(copy, *triplets(self))
        self.plain, self.entries, self.skeleton = found.plain, found.entries, found.skeleton

    def reshape(self, *shape: Any, order: str = "C", copy: bool = False) -> Any:
        """In another shape."""
        result = standard(self.plain.reshape(*shape, order=order))
        if result.ndim != 2 or order != "C":
            raise UnsupportedError("reshape of a varying sparse array gives two axes in C order only")
        at = keys(places(self.skeleton), self.shape)
        return wrap(result, at // result.shape[1], at % result.shape[1], self.entries)

    # ---- parts ----

    def __getitem__(self, key: Any) -> Any:
        numbers = self.numbered()
        value, part = self.plain.tocsr()[key], numbers[key]
        if _scipy.issparse(part):
            part, value = standard(part), standard(value)
            rows, columns = places(part)
            found = self.summed()[np.asarray(part.data, int) - 1]
            return wrap(value, rows, columns, found)
        part = np.asarray(part, int)
        picked = self.summed()[np.maximum(part - 1, 0)]
        if part.ndim == 0:
            return picked if part else np.asarray(value)[()]
        return exact(np.where(part > 0, picked, 0.0), np.asarray(value))

    def __setitem__(self, key: Any, x: Any) -> None:
        """Writes entries; the last write to a place counts."""
        x = x.toarray() if isinstance(x, SparseDual) or _scipy.issparse(x) else as_operand(x)
        written = self.plain.tolil()
        written[key] = value_of(x)
        at = [np.broadcast_to(np.arange(n).reshape(shape), self.shape)[key]
              for n, shape in zip(self.shape, ((-1, 1), (1, -1)), strict=True)]  # fmt: skip
        size = np.size(at[0])
        new = np.reshape(x, (-1,)) if np.size(x) == size else np.reshape(np.broadcast_to(x, np.shape(at[0])), (-1,))
        rows, columns = (np.ravel(i) for i in at)
        there = keys((rows, columns), self.shape)
        last = len(there) - 1 - np.unique(there[::-1], return_index=True)[1]
        i, j, old = triplets(self)
        kept = np.flatnonzero(~np.isin(keys((i, j), self.shape), there))
        found = wrap(written.tocsr(), np.concatenate([i[kept], rows[last]]), np.concatenate([j[kept], columns[last]]),
                     np.concatenate([old[kept], new[last]]))  # fmt: skip
        found = found if isinstance(found, SparseDual) else Constant(found)
        self.plain, self.entries, self.skeleton = found.plain, found.entries, found.skeleton

    def numbered(self) -> Any:
        """A CSR array of the numbers of the entries, from 1, places summed."""
        csr = _scipy.csr_array(self.skeleton).copy()
        csr.sum_duplicates()
        return _scipy.csr_array((np.arange(1, csr.nnz + 1), csr.indices, csr.indptr), shape=csr.shape)

    def summed(self) -> Any:
        """The entries in the order of `numbered`."""
        csr = _scipy.csr_array(self.skeleton).copy()
        csr.sum_duplicates()
        return wrap(csr, *triplets(self)).entries

    def diagonal(self, k: Any = 0) -> Any:
        """A diagonal, a dual vector."""
        value = self.plain.diagonal(k)
        rows, columns, entries = triplets(self)
        on = np.flatnonzero(columns - rows == k)
        at = np.minimum(rows[on], columns[on])
        spread = _scipy.csr_array((np.ones(len(on)), (at, on)), shape=(len(value), len(rows)))
        return exact(spread @ entries, value)

    def trace(self, offset: Any = 0) -> Any:
        """The sum of a diagonal."""
        return exact(np.sum(self.diagonal(offset)), self.plain.trace(offset))

    def getrow(self, i: Any) -> Any:
        """A row, sparse."""
        return self.tocsr()[[i], :]

    def getcol(self, j: Any) -> Any:
        """A column, sparse."""
        return self.tocsr()[:, [j]]

    # ---- sums ----

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        """The sum over an axis or over all."""
        value = self.plain.sum(axis=axis)
        rows, columns, entries = triplets(self)
        if axis is None:
            return exact(np.sum(entries), np.asarray(value)[()])
        at = columns if axis in (0, -2) else rows
        size = self.shape[1] if axis in (0, -2) else self.shape[0]
        add = _scipy.csr_array((np.ones(len(at)), (at, np.arange(len(at)))), shape=(size, len(at)))
        value = np.asarray(value)
        return exact(np.reshape(add @ entries, value.shape), value)

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        """The mean over an axis or over all."""
        count = self.shape[0] * self.shape[1] if axis is None else self.shape[axis]
        value = self.plain.mean(axis=axis)
        return exact(self.sum(axis) / count, np.asarray(value)[()] if np.ndim(value) == 0 else np.asarray(value))

    # ---- arithmetic ----

    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, SparseDual) or _scipy.issparse(other):
            return product(self, other)
        return multiply_dense(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        if _scipy.issparse(other):
            return product(other, self)
        other = as_operand(other)
        value = value_of(other) @ self.plain
        return exact(np.transpose(multiply_dense(self.transpose(), np.transpose(other))), value)

    dot = __matmul__

    def is_matrix(self) -> bool:
        """Whether * means @, as it does for SciPy's older matrices."""
        return isinstance(self.plain, _scipy.spmatrix)

    def __mul__(self, other: Any) -> Any:
        if np.ndim(plain_of(other) if isinstance(other, SparseDual) else value_of(other)) == 0 and not _scipy.issparse(
            other
        ):
            if not isinstance(other, SparseDual):
                other = as_operand(other)
                return self.mapped(self.plain * value_of(other), self.entries * other)
        return self @ other if self.is_matrix() else self.multiply(other)

    def __rmul__(self, other: Any) -> Any:
        if np.ndim(value_of(other)) == 0 and not _scipy.issparse(other):
            return self * other
        return other @ self if self.is_matrix() else self.multiply(other)

    def __truediv__(self, other: Any) -> Any:
        other = as_operand(other)
        if np.ndim(other) == 0:
            return self.mapped(self.plain / value_of(other), self.entries / other)
        return self.multiply(1.0 / other)

    def __neg__(self) -> Any:
        return self.mapped(-self.plain, -self.entries)

    def __abs__(self) -> Any:
        own = self.deduped()
        return own.mapped(abs(own.plain), np.abs(own.entries))

    def power(self, n: Any, dtype: Any = None) -> Any:
        """Each entry to a power."""
        own = self.deduped()
        return own.mapped(own.plain.power(value_of(n)), own.entries ** as_operand(n))

    def __pow__(self, n: Any) -> Any:
        if not self.is_matrix():
            return self.power(n)
        found = self
        for _ in range(int(n) - 1):
            found = found @ self
        return found

    def multiply(self, other: Any) -> Any:
        """The product element by element, with a sparse or a dense array."""
        rows, columns, entries = triplets(self)
        if isinstance(other, SparseDual) or _scipy.issparse(other):
            value = standard(self.plain.multiply(plain_of(other)))
            if plain_of(other).shape != self.shape:
                raise UnsupportedError("multiply of sparse arrays of two shapes: broadcast one, or make it dense")
            other = other if isinstance(other, SparseDual) else wrap_constant(other)
            at = np.asarray(other.numbered()[rows, columns]).ravel().astype(int)
            both = np.flatnonzero(at)
            return wrap(value, rows[both], columns[both], entries[both] * other.summed()[at[both] - 1])
        other = as_operand(other)
        value = standard(_scipy.csr_array(self.plain.multiply(value_of(other))))
        full = np.broadcast_to(other, self.shape)
        return wrap(value, rows, columns, entries * full[rows, columns])

    def plus(self, other: Any, sign: Any, value: Any) -> Any:
        """The sum with another sparse array."""
        a, b = triplets(self), triplets(other if isinstance(other, SparseDual) else standard(other))
        rest = b[2] if sign > 0 else -b[2]
        return wrap(value, np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]]), np.concatenate([a[2], rest]))

    def __add__(self, other: Any) -> Any:
        if isinstance(other, SparseDual) or _scipy.issparse(other):
            return self.plus(other, 1, self.plain + plain_of(other))
        if np.ndim(other) == 0 and not is_dual(other) and other == 0:
            return self
        return self.toarray() + as_operand(other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, SparseDual) or _scipy.issparse(other):
            return self.plus(other, -1, self.plain - plain_of(other))
        return self.toarray() - as_operand(other)

    def __rsub__(self, other: Any) -> Any:
        return -(self - other)


class Constant(SparseDual):
    """A sparse array without derivatives in the same form."""

    def __init__(self, plain: Any) -> None:
        self.plain, self.skeleton, self.entries = plain, plain, plain.data

    def summed(self) -> Any:
        """The entries in the order of `numbered`."""
        csr = _scipy.csr_array(self.plain).copy()
        csr.sum_duplicates()
        return csr.data


def wrap_constant(x: Any) -> Any:
    """A plain sparse array in the form of one that varies."""
    return Constant(standard(x))


def product(A: Any, B: Any) -> Any:
    """A @ B of two sparse arrays, of which one or both vary."""
    value = plain_of(A) @ plain_of(B)
    rows, inner, left = triplets(A if isinstance(A, SparseDual) else standard(A))
    B = B if isinstance(B, SparseDual) else wrap_constant(B)
    by_row = B.numbered()
    right = B.summed()
    counts = np.diff(by_row.indptr)[inner]
    first = np.repeat(np.arange(len(inner)), counts)
    start = np.repeat(by_row.indptr[inner], counts)
    ends = np.cumsum(counts)
    offset = np.arange(counts.sum()) - np.repeat(ends - counts, counts)
    second = start + offset
    return wrap(value, rows[first], by_row.indices[second], left[first] * right[second])


def has_varying(*xs: Any) -> bool:
    """Whether anything given, in lists too, is a sparse array that varies or holds duals."""
    return any(
        isinstance(x, SparseDual) or (has_varying(*x) if isinstance(x, (list, tuple)) else has_duals(x)) for x in xs
    )
