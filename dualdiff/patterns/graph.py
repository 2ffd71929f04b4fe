"""The graphs of a sparse pattern: its lines, the edges off its diagonal, and which entries meet in a line."""

from typing import Any

import numpy as np

from ..core import _sparse
from ..errors import ArgumentError, ShapeError
from .pattern import as_pattern

__all__ = ["edges_of", "lines", "meetings", "off_diagonal", "symmetric"]

INT = np.dtype(np.int64)
INDEX = np.dtype(np.int32)


def lines(pattern: Any) -> tuple[Any, Any]:
    """(ptr, idx) of the rows, and of the columns, as the compiled code takes them."""
    rows = pattern.indptr.astype(INT), pattern.indices.astype(INDEX, copy=False)
    return rows, _sparse.turned(*rows, pattern.shape[1])


def meetings(lines: Any, colors: Any) -> Any:
    """How many entries of its line (row or column) have the colour of an entry."""
    key = lines * (colors.max(initial=-1) + 2) + colors + 1
    _, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
    return counts[inverse]


def symmetric(pattern: Any) -> Any:
    """A pattern, checked to be symmetric."""
    pattern = as_pattern(pattern)
    m, n = pattern.shape
    if m != n:
        raise ShapeError(f'partition="symmetric" needs a square pattern, got shape {pattern.shape}')
    other = pattern.T.tocsr()
    if not (np.array_equal(other.indptr, pattern.indptr) and np.array_equal(other.indices, pattern.indices)):
        raise ArgumentError('partition="symmetric" needs a symmetric pattern; write pattern + pattern.T')
    return pattern


def off_diagonal(pattern: Any) -> tuple[Any, Any]:
    """(rows, columns) of the entries off the diagonal of a square pattern."""
    rows, columns = pattern.coordinates()
    off = rows != columns
    return rows[off], columns[off].astype(INT)


def edges_of(n: int, rows: Any, columns: Any) -> tuple[Any, Any, Any]:
    """(ptr, idx, edge) of the graph with an edge for each pair (i, j), given in both directions."""
    upper = rows < columns
    count = int(upper.sum())
    numbers = np.empty(len(rows), INT)
    numbers[upper] = np.arange(count)
    # the entry (j, i) of an edge (i, j): found by sorting the lower triangle by (column, row)
    lower = np.flatnonzero(~upper)
    numbers[lower[np.lexsort((rows[lower], columns[lower]))]] = np.arange(count)
    ptr = np.concatenate([np.zeros(1, INT), np.cumsum(np.bincount(rows, minlength=n))])
    return ptr, columns.astype(INDEX), numbers.astype(INDEX)
