"""From products to entries: where each entry of a sparse matrix stands in the compressed one.

Products by columns are B = J S, stored as (colours, m); products by rows are W J, (colours, n).  The entries of a
`Decompression` read from B, or from W J, or some from each.

Invariant: what is read has been checked when the object was made, so a call only copies.
"""

import functools
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..core._sparse import Gap, Scatter, Substitution, plan_substitution
from ..errors import UnsupportedError
from ..maps.tangents import is_dual
from .entries import sources
from .graph import edges_of, off_diagonal

__all__ = ["Decompression"]

INT = np.dtype(np.int64)
INDEX = np.dtype(np.int32)
FLOAT = np.dtype(np.float64)


class VaryingColumns(UnsupportedError):
    """f has derivatives of a call around this one beside those of its argument, as it closes over them."""


class Decompression:
    """How the data of a sparse matrix come from its products.

    Parameters
    ----------
    pattern : Pattern
    coloring : Coloring
        Valid for the pattern.
    format : {"csr", "csc"}

    Attributes
    ----------
    seeds, row_seeds : ndarray of 0 and 1, shapes (colours, n) and (colours, m), or None
        What to multiply by, from the right and from the left.
    direction : ndarray, shape (n,)
        A random vector, the same for every matrix of n columns: what a matrix is checked by.
    checked_seeds : ndarray
        `seeds` and one more row, `direction`.
    template : csr_array or csc_array
        The matrix with no numbers in it yet.
    """

    def __init__(self, pattern: Any, coloring: Any, format: Any) -> None:
        m, n = pattern.shape
        self.shape = pattern.shape
        self.checked_seeds, self.seeds = with_direction(unit_sums(coloring.column_colors), n)
        self.direction = self.checked_seeds[-1]
        self.row_seeds = unit_sums(coloring.row_colors)
        order, self.indices, self.indptr = np.arange(pattern.nnz), pattern.indices.copy(), pattern.indptr.copy()
        if format == "csc":
            numbers = sp.csr_array((order, pattern.indices, pattern.indptr), shape=pattern.shape).tocsc()
            order, self.indices, self.indptr = numbers.data, numbers.indices, numbers.indptr
        kind = sp.csc_array if format == "csc" else sp.csr_array
        self.template = kind((np.empty(0), np.empty(0, INDEX), np.zeros(self.indptr.size, INDEX)), shape=(m, n))
        self.template.has_sorted_indices = self.template.has_canonical_format = True
        for array in (self.indices, self.indptr):
            array.flags.writeable = False
        self.compare = Gap(self.indptr.astype(INT), self.indices.astype(INDEX), format == "csr", m, n)
        self.columns: Any = None
        self.rows: Any = None
        self.trees: Any = None
        self.places: Any = None     # of the entries in a dense matrix
        count = 0 if self.seeds is None else len(self.seeds)
        if coloring.substitution:
            self.plan_trees(pattern, coloring, order)
            return
        by_row, place = sources(pattern, coloring)
        size = m * count
        if not len(place):
            self.columns = Scatter(place, 0)
            self.seeds = self.row_seeds = None
            self.checked_seeds = self.direction[np.newaxis]
            return
        if by_row.all() and not count:
            self.rows = Scatter(place[order], n * len(self.row_seeds))
        elif not by_row.any() and self.row_seeds is None:
            self.columns = Scatter(place[order], size)
        else:       # one array: products by columns, then those by rows
            self.columns = Scatter((place + size * by_row)[order], size + n * len(self.row_seeds))

    def plan_trees(self, pattern: Any, coloring: Any, order: Any) -> None:
        """Acyclic colours: the diagonal is read off, the rest found leaf by leaf."""
        rows, columns = pattern.coordinates()
        columns = columns.astype(INT)
        n, colors = pattern.shape[0], coloring.colors
        one, two = off_diagonal(pattern)
        numbers = edges_of(n, one, two)[2]
        upper = one < two
        one, two = one[upper].astype(INDEX), two[upper].astype(INDEX)
        tree = trees_of(one, two, colors)
        listed = np.argsort(tree, kind="stable")
        begin = np.concatenate([np.zeros(1, INT), np.cumsum(np.bincount(tree))])
        which, leaf, parent = plan_substitution(n, one, two, begin, listed)
        above = np.where(parent < 0, -1 - parent, parent)
        size = n * len(self.seeds)
        source = colors[above] * n + leaf
        self.trees = Substitution(n, size, source, which, leaf, parent)
        # diagonal entries stand in the products, the others in what the substitution finds
        place = np.empty(len(rows), INT)
        off = rows != columns
        place[off] = size + numbers
        place[~off] = colors[rows[~off]] * n + rows[~off]
        self.columns = Scatter(place[order], size + len(one))

    def data(self, by_columns: Any, by_rows: Any) -> Any:
        """The data of the matrix from (colours, m) and (colours, n) products; None where there are none."""
        if is_dual(by_columns) or is_dual(by_rows):
            raise VaryingColumns(
                "a sparse derivative cannot be differentiated again, as scipy.sparse matrices hold plain numbers; "
                'inside another derivative write jacobian(f), hessian(f, mode="reverse"), or products: jvp, vjp, hvp'
            )
        if self.trees is not None:
            found = self.trees(np.ascontiguousarray(by_columns, FLOAT))
            return self.columns(np.concatenate([by_columns.reshape(-1), found]))
        if self.rows is not None:
            products, scatter = by_rows, self.rows
        elif by_rows is not None:
            both = by_rows if by_columns is None else np.concatenate([by_columns.reshape(-1), by_rows.reshape(-1)])
            products, scatter = both, self.columns
        else:
            products, scatter = by_columns, self.columns
        return scatter(np.ascontiguousarray(products))

    def gap(self, data: Any, product: Any) -> Any:
        """The largest difference of `direction` times the matrix of these data from the true product.

        It is relative to the sizes of the terms, so rounding where the pattern misses nothing.
        """
        if data.dtype.kind == "c" or product.dtype.kind == "c":
            return max(self.gap(np.real(data), np.real(product)), self.gap(np.imag(data), np.imag(product)))
        return self.compare(np.ascontiguousarray(data, FLOAT), self.direction, np.ascontiguousarray(product, FLOAT))

    def matrix(self, data: Any) -> Any:
        """The sparse matrix of these data; nothing in it is shared with another one."""
        found = object.__new__(type(self.template))
        found.__dict__.update(self.template.__dict__)
        found.data, found.indices, found.indptr = data, self.indices.copy(), self.indptr.copy()
        return found


    def dense(self, data: Any) -> Any:
        """The dense matrix of these data."""
        m, n = self.shape
        if self.places is None:
            major = np.repeat(np.arange(len(self.indptr) - 1), np.diff(self.indptr))
            by_rows = self.template.format == "csr"
            self.places = major * n + self.indices if by_rows else self.indices.astype(INT) * n + major
        found = np.zeros(m * n, data.dtype)
        found[self.places] = data
        return found.reshape(m, n)


def unit_sums(colors: Any) -> Any:
    """The sum of the unit vectors of each colour, as rows; None without colours."""
    if colors is None or not colors.size or colors.max() < 0:
        return None
    found = np.zeros((int(colors.max()) + 1, len(colors)))
    places = np.flatnonzero(colors >= 0)
    found[colors[places], places] = 1.0
    found.flags.writeable = False
    return found


@functools.lru_cache(maxsize=4)
def random_direction(n: int) -> Any:
    """A vector of which no element is small, and no two are equal."""
    rng = np.random.default_rng(20250)
    direction = rng.uniform(0.5, 1.5, n) * rng.choice([-1.0, 1.0], n)
    direction.flags.writeable = False
    return direction


def with_direction(seeds: Any, n: int) -> tuple[Any, Any]:
    """(seeds and a random direction, the seeds alone): one array and a part of it."""
    direction = random_direction(n)
    found = np.concatenate([np.zeros((0, n)) if seeds is None else seeds, direction[np.newaxis]])
    found.flags.writeable = False
    return found, None if seeds is None else found[:-1]


def trees_of(one: Any, two: Any, colors: Any) -> Any:
    """The number of the tree that each edge belongs to: a connected part of two colours."""
    base = int(colors.max(initial=0)) + 1
    pair = np.minimum(colors[one], colors[two]) * base + np.maximum(colors[one], colors[two])
    n = len(colors)
    ends, places = np.unique(np.concatenate([pair * n + one, pair * n + two]), return_inverse=True)
    if not len(ends):
        return np.zeros(0, INT)
    first, second = places[: len(one)], places[len(one) :]
    graph = sp.coo_array((np.ones(len(one)), (first, second)), shape=(len(ends),) * 2)
    return sp.csgraph.connected_components(graph, directed=False)[1][first].astype(INT)
