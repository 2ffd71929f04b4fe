"""Whether given colours do what they are for: the predicate of each partition.

Invariant: they ask the pattern and the colours only, never how the colours were found.

What GMP, GTMP and names with a year stand for, coloring.py says.
"""

from typing import Any

import numpy as np
import scipy.sparse as sp

from ..errors import ArgumentError, InputError, ShapeError
from .graph import meetings, off_diagonal, symmetric
from .pattern import as_pattern

__all__ = ["is_acyclic_coloring", "is_bicoloring", "is_star_coloring", "is_structurally_orthogonal"]

INT = np.dtype(np.int64)


def colors_of(colors: Any, count: int, what: str, least: int = 0) -> Any:
    """Colours as an int64 array, checked."""
    found = np.asarray(colors)
    if found.dtype.kind not in "iu":
        raise InputError(f"colours are integers, got dtype {found.dtype}")
    if found.shape != (count,):
        raise ShapeError(f"{count} {what} need {count} colours, got an array of shape {found.shape}")
    if found.size and found.min() < least:
        raise ArgumentError(f"a colour is at least {least}, got {found.min()}")
    return found.astype(INT)


def is_structurally_orthogonal(pattern: Any, colors: Any, partition: str = "column") -> bool:
    """Whether columns of one colour never have an entry in the same row (or rows in the same column).

    Parameters
    ----------
    pattern : sparse or dense matrix, shape (m, n)
    colors : array_like of int
        Of the n columns, or of the m rows.
    partition : {"column", "row"}

    Returns
    -------
    bool

    References
    ----------
    Curtis, Powell, Reid 1974; GMP, definition 3.1: a partial distance-2 colouring of the bipartite graph.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.sparse.is_structurally_orthogonal(np.eye(3), [0, 0, 0])
    True
    >>> dd.sparse.is_structurally_orthogonal(np.ones((1, 2)), [0, 0])
    False
    """
    pattern = as_pattern(pattern)
    rows, columns = pattern.coordinates()
    if partition not in ("column", "row"):
        raise ArgumentError(f'partition must be "column" or "row", got {partition!r}')
    if partition == "column":
        return bool(np.all(meetings(rows, colors_of(colors, pattern.shape[1], "columns")[columns]) == 1))
    return bool(np.all(meetings(columns, colors_of(colors, pattern.shape[0], "rows")[rows]) == 1))


def is_star_coloring(pattern: Any, colors: Any) -> bool:
    """Whether neighbours have different colours, and every path of four vertices three of them.

    Then each entry of a symmetric matrix stands by itself in one of the products.

    Parameters
    ----------
    pattern : sparse or dense symmetric matrix, shape (n, n)
    colors : array_like of int, shape (n,)

    Returns
    -------
    bool

    References
    ----------
    Coleman, Moré: Estimation of sparse Hessian matrices and graph coloring problems, Math. Program. 28
    (1984); GTMP, section 2.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> path = np.diag(np.ones(3), 1) + np.diag(np.ones(3), -1)
    >>> dd.sparse.is_star_coloring(path, [0, 1, 0, 1]), dd.sparse.is_star_coloring(path, [0, 1, 0, 2])
    (False, True)
    """
    pattern = symmetric(pattern)
    rows, columns = off_diagonal(pattern)
    colors = colors_of(colors, pattern.shape[1], "columns")
    if np.any(colors[rows] == colors[columns]):
        return False
    # of an edge (i, j), i has one neighbour of j's colour or j one of i's: else they lie inside a path of two colours
    alone = meetings(rows, colors[columns]) == 1
    back = meetings(columns, colors[rows]) == 1
    return bool(np.all(alone | back))


def is_acyclic_coloring(pattern: Any, colors: Any) -> Any:
    """Whether neighbours have different colours, and every cycle three of them.

    Then the entries of a symmetric matrix can be found one after the other.

    Parameters
    ----------
    pattern : sparse or dense symmetric matrix, shape (n, n)
    colors : array_like of int, shape (n,)

    Returns
    -------
    bool

    References
    ----------
    Coleman, Cai: The cyclic coloring problem and estimation of sparse Hessian matrices, SIAM J. Alg.
    Disc. Meth. 7 (1986); GTMP, section 2.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> path = np.diag(np.ones(3), 1) + np.diag(np.ones(3), -1)
    >>> dd.sparse.is_acyclic_coloring(path, [0, 1, 0, 1])
    True
    """
    pattern = symmetric(pattern)
    rows, columns = off_diagonal(pattern)
    colors = colors_of(colors, pattern.shape[1], "columns")
    rows, columns = rows[rows < columns], columns[rows < columns]
    one, two = colors[rows], colors[columns]
    if np.any(one == two):
        return False
    # each pair of colours has vertices of its own; a forest has one edge less than vertices in each part
    pair = np.minimum(one, two) * (colors.max(initial=0) + 1) + np.maximum(one, two)
    n = pattern.shape[0]
    ends, places = np.unique(np.concatenate([pair * n + rows, pair * n + columns]), return_inverse=True)
    graph = sp.coo_array((np.ones(len(rows)), (places[: len(rows)], places[len(rows) :])), shape=(len(ends),) * 2)
    parts = sp.csgraph.connected_components(graph, directed=False, return_labels=False) if len(ends) else 0
    return len(rows) == len(ends) - parts


def is_bicoloring(pattern: Any, row_colors: Any, column_colors: Any) -> bool:
    """Whether each entry stands by itself in a product of its column's colour or in one of its row's.

    Parameters
    ----------
    pattern : sparse or dense matrix, shape (m, n)
    row_colors : array_like of int, shape (m,)
    column_colors : array_like of int, shape (n,)
        -1 is no colour.

    Returns
    -------
    bool

    References
    ----------
    Coleman and Verma 1998; GMP, section 3.6.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> arrow = np.eye(4)
    >>> arrow[0] = arrow[:, 0] = 1
    >>> dd.sparse.is_bicoloring(arrow, [0, -1, -1, -1], [0, 1, 1, 1])
    True
    """
    pattern = as_pattern(pattern)
    rows, columns = pattern.coordinates()
    of_rows = colors_of(row_colors, pattern.shape[0], "rows", -1)[rows]
    of_columns = colors_of(column_colors, pattern.shape[1], "columns", -1)[columns]
    by_column = (meetings(rows, of_columns) == 1) & (of_columns >= 0)
    by_row = (meetings(columns, of_rows) == 1) & (of_rows >= 0)
    return bool(np.all(by_row | by_column))
