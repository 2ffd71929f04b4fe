"""The constructors of scipy.sparse: their data may be duals.

Each makes SciPy's own array of the values, and the triplets (row, column, entry) of the varying one.

Invariant: without duals the result is SciPy's.
"""

import functools
from typing import Any

import numpy as np
import scipy.sparse as _scipy

from ...errors import UnsupportedError
from ...functions.base import as_operand, has_duals, value_of
from ...maps.tangents import is_dual
from ..applied import at_home
from .arrays import SparseDual, has_varying, is_varying, plain_of, standard, triplets, wrap

__all__: list[Any] = ["issparse"]


DIAGONALS = (_scipy.dia_array, _scipy.dia_matrix)
"""Kinds whose pair is (data, offsets); of the others' pairs the second is (rows, columns)."""


def issparse(x: Any) -> Any:
    """Whether x is sparse: SciPy's, or one that varies."""
    return isinstance(x, SparseDual) or _scipy.issparse(x)


class Kind(type):
    """isinstance(x, csr_array) for arrays that vary."""

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(plain_of(x), cls.original)

    def __call__(cls, arg1: Any, shape: Any = None, dtype: Any = None, copy: bool = False, **more: Any) -> Any:
        options = {"shape": shape, "dtype": dtype, "copy": copy, **more}
        return made(cls.original, arg1, options) if has_varying(arg1) else cls.original(arg1, **options)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.original, name)


def made(kind: Any, arg: Any, options: Any) -> Any:
    """An array of a kind from what holds duals."""
    shape, dtype = options["shape"], options["dtype"]
    if isinstance(arg, SparseDual):
        return wrap(kind(arg.plain, dtype=dtype), *triplets(arg))
    if isinstance(arg, tuple) and len(arg) == 2 and issubclass(kind, DIAGONALS):
        data, offsets = np.atleast_2d(as_operand(arg[0])), np.atleast_1d(arg[1])
        data = data if dtype is None else data.astype(dtype)
        return from_diagonal_rows(kind((value_of(data), offsets), shape=shape), data, offsets)
    if isinstance(arg, (tuple, list)) and len(arg) == 2 and isinstance(arg[1], (tuple, list)) and len(arg[1]) == 2:
        data, (rows, columns) = as_operand(arg[0]), arg[1]
        rows, columns = np.asarray(rows), np.asarray(columns)
        data = np.reshape(data, (-1,))
        if dtype is not None:
            data = data.astype(dtype)
        return wrap(kind((value_of(data), (rows, columns)), shape=shape), rows.ravel(), columns.ravel(), data)
    if isinstance(arg, tuple) and len(arg) == 3:
        data, indices, indptr = as_operand(arg[0]), *arg[1:]
        if dtype is not None:
            data = data.astype(dtype)
        plain = kind((value_of(data), indices, indptr), shape=shape)
        return SparseDual(plain, data) if plain.format != "bsr" else from_blocks(plain, data)
    dense = as_operand(arg)
    if not is_dual(dense) or np.ndim(dense) > 2:
        raise UnsupportedError(
            f"{kind.__name__} of {type(arg).__name__} with duals; give (data, (row, col)) and shape="
        )
    dense = np.atleast_2d(dense)
    m, n = np.shape(dense)
    rows, columns = np.divmod(np.arange(m * n), n)
    blocks = {"blocksize": options["blocksize"]} if options.get("blocksize") else {}
    return wrap(kind(value_of(dense), **blocks), rows, columns, np.reshape(dense, (-1,)))


def from_blocks(plain: Any, data: Any) -> Any:
    """A CSR array from the blocks of the block row format."""
    count, r, c = np.shape(data)
    block_rows = np.repeat(np.arange(len(plain.indptr) - 1), np.diff(plain.indptr))
    rows = np.broadcast_to((block_rows * r)[:, None, None] + np.arange(r)[:, None], (count, r, c))
    columns = np.broadcast_to((plain.indices * c)[:, None, None] + np.arange(c), (count, r, c))
    return wrap(plain.tocsr(), rows.ravel(), columns.ravel(), np.reshape(data, (-1,)))


def from_diagonal_rows(plain: Any, data: Any, offsets: Any) -> Any:
    """A CSR array from the rows of the diagonal format."""
    m, n = plain.shape
    length = np.shape(data)[1]
    columns = np.tile(np.arange(length), len(offsets))
    rows = columns - np.repeat(np.asarray(offsets, int), length)
    inside = np.flatnonzero((rows >= 0) & (rows < m) & (columns < n))
    return wrap(plain.tocsr(), rows[inside], columns[inside], np.reshape(data, (-1,))[inside])


for _name in ("coo", "csr", "csc", "dia", "bsr", "lil", "dok"):    # the last four become CSR arrays
    for _ending in ("array", "matrix"):
        _full = f"{_name}_{_ending}"
        globals()[_full] = Kind(
            _full,
            (),
            {"original": getattr(_scipy, _full), "__doc__": f"`scipy.sparse.{_full}`, whose data may be duals."},
        )
        __all__.append(_full)


def constructs(function: Any) -> Any:
    """SciPy's function of the same name where nothing varies."""
    original = getattr(_scipy, function.__name__)

    @functools.wraps(original)
    def answer(*args: Any, **kwargs: Any) -> Any:
        if has_varying(*args, *kwargs.values()):
            return function(*args, **kwargs)
        return original(*args, **kwargs)

    __all__.append(function.__name__)
    answer.__doc__ = f"`scipy.sparse.{function.__name__}`, also of duals and of arrays that vary."
    return at_home(_scipy, answer)


def in_format(A: Any, format: Any) -> Any:
    """In the format that was asked for."""
    return A if format is None else A.asformat(format)


def diagonals_of(name: str, diagonals: Any, offsets: Any, shape: Any, format: Any, dtype: Any) -> Any:
    """`diags` and `diags_array`."""
    if np.ndim(offsets) == 0 and (is_dual(diagonals) and np.ndim(diagonals) == 1 or np.ndim(diagonals[0]) == 0):
        diagonals = [diagonals]
    offsets = np.atleast_1d(offsets)
    diagonals = [np.atleast_1d(as_operand(d)) for d in diagonals]
    value = getattr(_scipy, name)(
        [value_of(d) for d in diagonals], offsets=offsets, shape=shape, format=None, dtype=dtype
    )  # fmt: skip
    m, n = value.shape
    rows, columns, entries = [], [], []
    for d, k in zip(diagonals, offsets, strict=True):
        length = min(m + k, n - k, min(m, n))
        i = np.arange(length)
        rows.append(i + max(0, -k))
        columns.append(i + max(0, k))
        entries.append(np.broadcast_to(d, (length,)) if np.size(value_of(d)) == 1 else d)
    return in_format(wrap(value, np.concatenate(rows), np.concatenate(columns), np.concatenate(entries)), format)


@constructs
def diags(diagonals: Any, offsets: Any = 0, shape: Any = None, format: Any = None, dtype: Any = None) -> Any:
    """Diagonals."""
    return diagonals_of("diags", diagonals, offsets, shape, format, dtype)


@constructs
def diags_array(
    diagonals: Any, /, *, offsets: Any = 0, shape: Any = None, format: Any = None, dtype: Any = None
) -> Any:
    """Diagonals."""
    return diagonals_of("diags_array", diagonals, offsets, shape, format, dtype)


@constructs
def spdiags(data: Any, diags: Any, m: Any = None, n: Any = None, format: Any = None) -> Any:
    """Rows of the diagonal format."""
    if m is None:
        m, n = len(diags), len(diags)
    elif n is None:
        m, n = m
    found = made(_scipy.dia_matrix, (data, diags), {"shape": (m, n), "dtype": None})
    return in_format(found, format)


def blocks_of(name: str, blocks: Any, format: Any, dtype: Any) -> Any:
    """`block_array` and `bmat`."""
    plain = [[plain_of(b) if issparse(b) or b is None else value_of(as_operand(b)) for b in row] for row in blocks]
    value = getattr(_scipy, name)(plain, dtype=dtype)
    heights = [next(np.shape(b)[0] for b in row if b is not None) for row in plain]
    widths = [next(np.shape(row[j])[1] for row in plain if row[j] is not None) for j in range(len(plain[0]))]
    tops, lefts = np.cumsum([0, *heights]), np.cumsum([0, *widths])
    rows, columns, entries = [], [], []
    for i, row in enumerate(blocks):
        for j, b in enumerate(row):
            if b is None:
                continue
            if not issparse(b):
                b = csr_of(b)
            r, c, e = triplets(b if is_varying(b) else standard(b))
            rows.append(r + tops[i])
            columns.append(c + lefts[j])
            entries.append(e)
    return in_format(wrap(value, np.concatenate(rows), np.concatenate(columns), np.concatenate(entries)), format)


def csr_of(dense: Any) -> Any:
    """A dense array as a sparse one."""
    return (
        made(_scipy.csr_array, dense, {"shape": None, "dtype": None}) if has_duals(dense) else _scipy.csr_array(dense)
    )


@constructs
def block_array(blocks: Any, *, format: Any = None, dtype: Any = None) -> Any:
    """Blocks."""
    return blocks_of("block_array", blocks, format, dtype)


@constructs
def bmat(blocks: Any, format: Any = None, dtype: Any = None) -> Any:
    """Blocks."""
    return blocks_of("bmat", blocks, format, dtype)


@constructs
def hstack(blocks: Any, format: Any = None, dtype: Any = None) -> Any:
    """Side by side."""
    return blocks_of("block_array", [list(blocks)], format, dtype)


@constructs
def vstack(blocks: Any, format: Any = None, dtype: Any = None) -> Any:
    """One above another."""
    return blocks_of("block_array", [[b] for b in blocks], format, dtype)


@constructs
def block_diag(mats: Any, format: Any = None, dtype: Any = None) -> Any:
    """Blocks on the diagonal."""
    mats = [m if issparse(m) else csr_of(np.atleast_2d(as_operand(m))) for m in mats]
    k = len(mats)
    rows = []
    for i in range(k):
        sizes = [(plain_of(mats[i]).shape[0], plain_of(m).shape[1]) for m in mats]
        rows.append([mats[i] if i == j else _scipy.csr_array(sizes[j]) for j in range(k)])
    return blocks_of("block_array", rows, format, dtype)


@constructs
def kron(A: Any, B: Any, format: Any = None) -> Any:
    """The Kronecker product."""
    A, B = (m if issparse(m) else csr_of(m) for m in (A, B))
    value = _scipy.kron(plain_of(A), plain_of(B))
    a, b = triplets(A if is_varying(A) else standard(A)), triplets(B if is_varying(B) else standard(B))
    p, q = plain_of(B).shape
    rows = (np.asarray(a[0], np.int64)[:, None] * p + b[0]).ravel()
    columns = (np.asarray(a[1], np.int64)[:, None] * q + b[1]).ravel()
    entries = np.reshape(np.reshape(a[2], (-1, 1)) * b[2], (-1,))
    return in_format(wrap(value, rows, columns, entries), format)


@constructs
def kronsum(A: Any, B: Any, format: Any = None) -> Any:
    """kron(I, A) + kron(B, I)."""
    m, n = plain_of(A).shape[0], plain_of(B).shape[0]
    return in_format(kron(_scipy.eye_array(n), A) + kron(B, _scipy.eye_array(m)), format)


def part_of(name: str, A: Any, k: Any, format: Any, keep: Any) -> Any:
    """`tril` and `triu`."""
    A = A if issparse(A) else csr_of(A)
    rows, columns, entries = triplets(A)
    at = np.flatnonzero(keep(columns - rows, k))
    return in_format(wrap(getattr(_scipy, name)(A.plain, k), rows[at], columns[at], entries[at]), format)


@constructs
def tril(A: Any, k: Any = 0, format: Any = None) -> Any:
    """The lower triangle."""
    return part_of("tril", A, k, format, lambda d, k: d <= k)


@constructs
def triu(A: Any, k: Any = 0, format: Any = None) -> Any:
    """The upper triangle."""
    return part_of("triu", A, k, format, lambda d, k: d >= k)


@constructs
def find(A: Any) -> tuple[Any, Any, Any]:
    """(rows, columns, entries)."""
    A = A.tocsr()
    i, j = triplets(A)[:2]
    return i, j, A.entries
