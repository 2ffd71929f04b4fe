"""Colourings: which columns (or rows) of a sparse matrix can share one product.

Column j of colour c is seen in the product with the sum of all unit vectors of colour c.  So few
colours are few products.  The graphs are coloured in C (core/coloring.h); here patterns become graphs.

Invariant: a colouring that `coloring` returns passes the predicate of its partition.

References
----------
Curtis, Powell, Reid: On the estimation of sparse Jacobian matrices. IMA J. Appl. Math. 13 (1974).
Gebremedhin, Manne, Pothen: What color is your Jacobian? SIAM Review 47 (2005): GMP.
Gebremedhin, Tarafdar, Manne, Pothen: New acyclic and star coloring algorithms with application to
    computing Hessians. SIAM J. Sci. Comput. 29 (2007): GTMP.
Coleman, Verma: The efficient computation of sparse Jacobian matrices using automatic differentiation.
    SIAM J. Sci. Comput. 19 (1998).
"""

from typing import Any

import numpy as np
import scipy.sparse as sp

from ..core import _sparse
from ..errors import ArgumentError
from .check import is_acyclic_coloring, is_bicoloring, is_star_coloring, is_structurally_orthogonal
from .entries import choose, sources
from .graph import edges_of, lines, off_diagonal, symmetric
from .pattern import as_pattern

__all__ = ["Coloring", "best_coloring", "coloring"]

INT = np.dtype(np.int64)
INDEX = np.dtype(np.int32)
PARTITIONS = ("column", "row", "symmetric", "bidirectional")
ORDERS = ("natural", "smallest_last", "largest_first")
ROW_PRICE = 2.0
"""What a transposed product costs, in products."""
MOST_PATHS = 2 * 10**8
"""Paths of three vertices that colouring both sides at once may walk."""
DIAGONALS = 64
"""Diagonals up to which colours are looked for that repeat along the lines."""
QUICK = ("natural",)
NEAR = 1.6
"""Colours of a large grid in units of the fewest possible, at which slower orders are not tried for a few less."""
LARGE = 10**5
"""Entries of a large pattern: colouring it takes longer than some products of a function."""
WORTH = 0.7
"""The share of the price that colouring both sides has to promise, and then to keep."""


class Coloring:
    """Colours of the columns or rows of a sparse matrix; immutable.

    Attributes
    ----------
    partition : str
        "column", "row", "symmetric" or "bidirectional".
    shape : tuple of int
        Of the matrix.
    colors : ndarray of int, or a tuple of two
        The colour of each column (of each row for "row"), from 0 on; for "bidirectional" those of
        the rows and those of the columns, -1 where a row or a column needs no product.
    ncolors : int
        The number of products.
    substitution : bool
        Of "symmetric": acyclic, entries are found one after the other; else star, each by itself.
    """

    __slots__ = ("colors", "ncolors", "partition", "shape", "substitution")

    partition: str
    shape: tuple[int, ...]
    colors: Any
    ncolors: int
    substitution: bool

    def __init__(self, partition: Any, colors: Any, shape: tuple[int, ...], substitution: bool = False) -> None:
        put = object.__setattr__
        sides = colors if partition == "bidirectional" else (colors,)
        sides = tuple(np.array(side, INT) for side in sides)
        for side in sides:
            side.flags.writeable = False
        put(self, "partition", partition)
        put(self, "colors", sides if partition == "bidirectional" else sides[0])
        put(self, "shape", tuple(int(n) for n in shape))
        put(self, "ncolors", sum(int(side.max(initial=-1)) + 1 for side in sides))
        put(self, "substitution", bool(substitution))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a Coloring is immutable")

    def __delattr__(self, name: str) -> Any:
        raise AttributeError("a Coloring is immutable")

    def __reduce__(self) -> tuple[Any, Any]:
        return Coloring, (self.partition, self.colors, self.shape, self.substitution)

    def __eq__(self, other: Any) -> bool:
        if type(other) is not Coloring:
            return NotImplemented
        mine, theirs = self.__reduce__()[1], other.__reduce__()[1]
        return (mine[0], *mine[2:]) == (theirs[0], *theirs[2:]) and all(
            np.array_equal(a, b) for a, b in zip(self.sides(), other.sides(), strict=True)
        )

    __hash__ = None  # type: ignore[assignment]

    def _repr_html_(self) -> Any:
        from ..seeing import coloring as shown

        return shown(self)

    def __repr__(self) -> str:
        kind = " (substitution)" if self.substitution else ""
        if self.partition == "bidirectional":
            rows, columns = (int(side.max(initial=-1)) + 1 for side in self.colors)
            kind = f": {rows} for rows, {columns} for columns"
        return f"<Coloring of a {self.shape[0]}x{self.shape[1]} matrix, {self.partition}, {self.ncolors} colours{kind}>"

    def sides(self) -> Any:
        """The arrays of colours: one, or that of the rows and that of the columns."""
        return self.colors if self.partition == "bidirectional" else (self.colors,)

    @property
    def row_colors(self) -> Any:
        """The colours of the rows; None where rows have none."""
        return self.colors[0] if self.partition == "bidirectional" else self.colors if self.partition == "row" else None

    @property
    def column_colors(self) -> Any:
        """The colours of the columns; None where columns have none."""
        return None if self.partition == "row" else self.colors[1] if self.partition == "bidirectional" else self.colors

    @property
    def groups(self) -> Any:
        """The columns (or rows) of each colour, as a list of arrays; for "bidirectional" rows first, then columns."""
        found = []
        for side in self.sides():
            order = np.argsort(side, kind="stable")
            found += np.split(order, np.searchsorted(side[order], np.arange(int(side.max(initial=-1)) + 1)))[1:]
        return found

    def entry_colors(self, pattern: Any) -> Any:
        """The colour that finds each entry of a pattern, row by row; rows' colours come before columns'."""
        pattern = as_pattern(pattern, self.shape)
        if self.substitution:
            rows, columns = pattern.coordinates()
            return np.maximum(self.colors[rows], self.colors[columns])
        by_row, place = sources(pattern, self)
        m, n = self.shape
        shift = 0 if self.row_colors is None else int(self.row_colors.max(initial=-1)) + 1
        return np.where(by_row, place // max(n, 1), place // max(m, 1) + shift)

    def is_valid(self, pattern: Any) -> Any:
        """Whether every entry of a pattern can be found from the products of these colours.

        Parameters
        ----------
        pattern : sparse or dense matrix of this shape

        Returns
        -------
        bool
        """
        pattern = as_pattern(pattern, self.shape)
        if self.partition == "bidirectional":
            return is_bicoloring(pattern, *self.colors)
        if self.partition == "symmetric":
            return (is_acyclic_coloring if self.substitution else is_star_coloring)(pattern, self.colors)
        return is_structurally_orthogonal(pattern, self.colors, self.partition)


# ---- one side ------------------------------------------------------------------------------------


def vertex_order(order: Any, vertices: Any, meets: Any) -> Any:
    """The order in which to colour the vertices, each with what it meets the others in.

    largest_first: by how often a vertex meets others, the most first (Welsh and Powell 1967);
    smallest_last: Matula and Beck 1983.
    """
    (vptr, vidx), (uptr, uidx) = vertices, meets
    n = len(vptr) - 1
    if order == "natural":
        return np.arange(n)
    if order == "largest_first":
        total = np.concatenate([np.zeros(1, INT), np.cumsum((np.diff(uptr) - 1)[vidx])])
        return np.argsort(-np.diff(total[vptr]), kind="stable")
    return _sparse.order_smallest_last(vptr, vidx, uptr, uidx)


def color_lines(vertices: Any, meets: Any, order: Any) -> Any:
    """Colours of columns (or rows) such that those of one colour never meet."""
    (vptr, vidx), (uptr, uidx) = vertices, meets
    n = len(vptr) - 1
    if np.diff(uptr).max(initial=0) == n:       # all meet in one: nothing to share
        return np.arange(n)
    return _sparse.color_distance2(vptr, vidx, uptr, uidx, vertex_order(order, vertices, meets))[0]


def color_repeating(pattern: Any, least: int, vertices: int) -> Any:
    """Colours 0, 1, ..., k - 1, 0, 1, ... of columns (or rows), with the smallest k at which those of one colour never
    meet; None where that is none below twice the fewest possible, or the matrix has many diagonals.

    Columns meet in a row where they are as far apart as two of the diagonals.  So k must leave other remainders of
    all diagonals.  On a grid that is often the fewest colours there can be, where greedy orders take half as many more.
    """
    rows, columns = pattern.coordinates()
    m = pattern.shape[0]
    present = np.flatnonzero(np.bincount(columns + (m - rows), minlength=1)) - m
    if 0 < len(present) <= DIAGONALS:
        for k in range(max(least, len(present)), 2 * least + 1):
            if len(set((present % k).tolist())) == len(present):
                return np.arange(vertices) % k
    return None


def color_symmetric(pattern: Any, order: Any, substitution: Any) -> Any:
    """Star or acyclic colours of a symmetric pattern."""
    rows, columns = off_diagonal(pattern)
    return color_graph(pattern.shape[0], rows, columns, order, substitution)


def color_graph(n: int, rows: Any, columns: Any, order: Any, substitution: Any) -> Any:
    """Star or acyclic colours of a graph whose entries come row by row."""
    ptr, idx, edge = edges_of(n, rows, columns)
    upper = rows < columns
    ends = np.stack([rows[upper], columns[upper]], axis=1).reshape(-1).astype(INDEX)
    incidence = np.arange(len(ends) // 2 + 1) * 2, ends
    places = vertex_order(order, (ptr, edge), incidence)
    graph = _sparse.Graph(ptr, idx, edge)
    return (_sparse.color_acyclic if substitution else _sparse.color_star)(graph, places)[0].astype(INT)


# ---- both sides ----------------------------------------------------------------------------------


def color_both(pattern: Any, order: Any) -> Any:
    """(row colours, column colours) by which each entry is found directly: the best of three ways."""
    rows, columns = pattern.coordinates()
    found = [split(pattern, order, False), split(pattern, order, True)]
    m, n = pattern.shape
    in_row, in_column = np.bincount(rows, minlength=m), np.bincount(columns, minlength=n)
    if int(np.sum(in_row.astype(float) ** 2) + np.sum(in_column.astype(float) ** 2)) <= MOST_PATHS:
        # star colours of the graph of rows and columns (GMP, section 3.6)
        one = np.concatenate([columns.astype(INT), rows + n])
        two = np.concatenate([rows + n, columns.astype(INT)])
        places = np.lexsort((two, one))
        colors = color_graph(m + n, one[places], two[places], order, False)
        found.append((colors[n:], colors[:n]))
    return min((needed(pattern, *sides) for sides in found), key=price_of_sides)


def price_of_sides(sides: Any) -> Any:
    """What the products of row colours and column colours cost."""
    return ROW_PRICE * (int(sides[0].max(initial=-1)) + 1) + int(sides[1].max(initial=-1)) + 1


def split(pattern: Any, order: Any, turned: Any) -> Any:
    """The fullest rows by rows, the rest by columns; `turned`: the fullest columns by columns, the rest by rows.

    The rows are taken in the order of their lengths until what their products cost outweighs the longest row
    that is left, which bounds the colours of the columns from below (after Coleman and Verma 1998, who take
    them one by one from the least full side).
    """
    work = as_pattern(pattern.T.tocsr()) if turned else pattern
    price, rest_price = (1.0, ROW_PRICE) if turned else (ROW_PRICE, 1.0)
    m, n = work.shape
    by_length, take, _ = fullest_apart(np.diff(work.indptr), price, rest_price)
    chosen = np.zeros(m, bool)
    chosen[by_length[:take]] = True
    ours, theirs = np.full(m, -1), np.full(n, -1)
    for mask, side in ((chosen, 0), (~chosen, 1)):
        part = as_pattern(sp.csr_array(work[np.flatnonzero(mask)]))
        if part.nnz:
            by_rows, by_columns = lines(part)
            if side == 0:
                ours[mask] = color_lines(by_rows, by_columns, order)
            else:
                used = np.unique(part.indices)
                theirs[used] = color_lines(by_columns, by_rows, order)[used]
    return (theirs, ours) if turned else (ours, theirs)


def needed(pattern: Any, row_colors: Any, column_colors: Any) -> Any:
    """The same colours without those that no entry needs, numbered anew."""
    rows, columns = pattern.coordinates()
    by_row = choose(pattern, row_colors, column_colors)
    found = []
    for colors, used in ((row_colors, row_colors[rows[by_row]]), (column_colors, column_colors[columns[~by_row]])):
        kept = np.unique(used)
        new = np.full(int(colors.max(initial=-1)) + 2, -1)
        new[kept] = np.arange(len(kept))
        found.append(new[colors])       # -1 is the last place
    return tuple(found)


# ---- the functions -------------------------------------------------------------------------------


def coloring(pattern: Any, partition: str = "column", order: str = "natural", *, substitution: bool = False) -> Any:
    """Colours for the columns (or rows) of a sparse matrix, so that few products give all its entries.

    Parameters
    ----------
    pattern : sparse or dense matrix, shape (m, n)
        Where the matrix has entries: stored ones of a sparse matrix, those not 0 of a dense one.
    partition : {"column", "row", "symmetric", "bidirectional"}
        "column": columns that never meet in a row share a colour; products J v.  "row": the same for
        rows; products J' w.  "symmetric": for Hessians, fewer colours than "column".
        "bidirectional": both kinds of products; for matrices with a few full rows and columns.
    order : {"natural", "largest_first", "smallest_last"}
        The order in which columns are coloured; each takes the smallest colour that is free.
    substitution : bool
        For "symmetric": an acyclic colouring, which takes fewer colours yet than a star colouring, but
        finds the entries one after the other, so that rounding errors add up.

    Returns
    -------
    Coloring

    Raises
    ------
    ArgumentError
        For an unknown option, or a pattern that is not symmetric.
    InputError, ShapeError
        If the pattern is no matrix.

    Notes
    -----
    "column" and "row" are the greedy partial distance-2 colouring of the bipartite graph (GMP, algorithm
    3.2), "symmetric" the star colouring (GTMP, algorithm 4.1) or the acyclic one (GTMP, algorithm 3.1).
    "bidirectional" takes the cheapest of three: the fullest rows by rows and the rest by columns, the same
    with rows and columns exchanged, and the star colouring of the bipartite graph, whose colours that no
    entry needs are dropped (GMP, section 3.6).  None is the least possible, which is NP-hard.

    References
    ----------
    GMP: Gebremedhin, Manne, Pothen, What color is your Jacobian? SIAM Review 47 (2005) 629-705.
    GTMP: Gebremedhin, Tarafdar, Manne, Pothen, New acyclic and star coloring algorithms with application to
    computing Hessians, SIAM J. Sci. Comput. 29 (2007) 1042-1072.
    Matula, Beck: Smallest-last ordering and clustering and graph coloring algorithms, J. ACM 30 (1983).

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> tridiagonal = np.tri(6, 6, 1) * np.tri(6, 6, 1).T
    >>> c = dd.coloring(tridiagonal)
    >>> c.ncolors, c.colors
    (3, array([0, 1, 2, 0, 1, 2]))
    """
    if partition not in PARTITIONS:
        raise ArgumentError(f"partition must be one of {', '.join(map(repr, PARTITIONS))}, got {partition!r}")
    if order not in ORDERS:
        raise ArgumentError(f"order must be one of {', '.join(map(repr, ORDERS))}, got {order!r}")
    if substitution and partition != "symmetric":
        raise ArgumentError(f'substitution=True is for partition="symmetric", not for {partition!r}')
    if partition == "symmetric":
        pattern = symmetric(pattern)
        return Coloring(partition, color_symmetric(pattern, order, substitution), pattern.shape, substitution)
    pattern = as_pattern(pattern)
    if partition == "bidirectional":
        return Coloring(partition, color_both(pattern, order), pattern.shape)
    rows, columns = lines(pattern)
    colors = color_lines(columns, rows, order) if partition == "column" else color_lines(rows, columns, order)
    return Coloring(partition, colors, pattern.shape)


def best_coloring(pattern: Any) -> Any:
    """The colouring whose products cost least, a transposed one counted as two: by columns, rows or both."""
    pattern = as_pattern(pattern)
    (m, n), (rows, columns) = pattern.shape, lines(pattern)
    longest_row, longest_column = np.diff(rows[0]).max(initial=0), np.diff(columns[0]).max(initial=0)
    found: list[Any] = []

    def price(c: Any) -> Any:
        return c.ncolors * (ROW_PRICE if c.partition == "row" else 1.0)

    def try_lines(partition: Any, vertices: Any, meets: Any, least: Any) -> None:
        repeating = color_repeating(pattern, int(least), len(vertices[0]) - 1)
        tried: list[Any] = [] if repeating is None else [repeating]
        for order in ORDERS:
            fewest = min((int(colors.max(initial=-1)) + 1 for colors in tried), default=len(vertices[0]))
            near = repeating is not None and pattern.nnz > LARGE and fewest <= NEAR * least
            if fewest <= least or order not in QUICK and near:
                break
            tried.append(color_lines(vertices, meets, order))
        found.extend(Coloring(partition, colors, pattern.shape) for colors in tried)

    if longest_row <= ROW_PRICE * longest_column or longest_row <= 16:
        try_lines("column", columns, rows, longest_row)
    if not found or min(map(price, found)) > ROW_PRICE * longest_column:
        try_lines("row", rows, columns, longest_column)
    best = min(found, key=price)
    # r colours of rows and c of columns find r n + c m entries at most
    least = pattern.nnz / max(m * n, 1) * min(ROW_PRICE * m, n)
    if price(best) > 8 and least < WORTH * price(best) and uneven(rows, columns):
        both = coloring(pattern, "bidirectional", "largest_first")
        if price_of_sides(both.colors) < WORTH * price(best):
            return both
    return best


def uneven(rows: Any, columns: Any) -> bool:
    """Whether some lines are so much fuller than the rest that products of their own may pay."""
    lengths = [np.diff(side[0]) for side in (rows, columns)]
    alone = min(int(lengths[0].max(initial=0)), ROW_PRICE * int(lengths[1].max(initial=0)))
    apart = fullest_apart(lengths[0], ROW_PRICE, 1.0), fullest_apart(lengths[1], 1.0, ROW_PRICE)
    return min(price for _, _, price in apart) < WORTH * alone


def fullest_apart(lengths: Any, price: float, rest_price: float) -> tuple[Any, int, float]:
    """(lines from the fullest on, how many of these to take by themselves, what all colours cost then at least)."""
    by_length = np.argsort(-lengths, kind="stable")
    costs = price * np.arange(len(lengths) + 1) + rest_price * np.append(lengths[by_length], 0)
    take = int(np.argmin(costs))
    return by_length, take, float(costs[take])
