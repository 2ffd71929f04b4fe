"""Which product finds an entry: that of its row's colour or that of its column's, and where in it the entry stands."""

from typing import Any

import numpy as np

from .graph import meetings

__all__ = ["choose", "sources"]

INT = np.dtype(np.int64)


def sole(lines: Any, colors: Any) -> Any:
    """Whether an entry is the only one of its line with its colour; -1 is no colour."""
    return (meetings(lines, colors) == 1) & (colors >= 0)


def choose(pattern: Any, row_colors: Any, column_colors: Any) -> Any:
    """For each entry whether it is found by its row's colour; as few colours as possible are used.

    Entries that only one side finds go there.  The others take a colour that is in use already, else
    the column's.
    """
    rows, columns = pattern.coordinates()
    of_rows, of_columns = row_colors[rows], column_colors[columns]
    by_row, by_column = sole(columns, of_rows), sole(rows, of_columns)
    taken = np.zeros(int(row_colors.max(initial=-1)) + 2, bool)
    used = np.zeros(int(column_colors.max(initial=-1)) + 2, bool)
    taken[of_rows[by_row & ~by_column]] = True
    used[of_columns[by_column & ~by_row]] = True
    undecided = by_row & by_column & ~taken[of_rows] & ~used[of_columns]
    used[of_columns[undecided]] = True
    return by_row & ~(by_column & used[of_columns])


def sources(pattern: Any, coloring: Any) -> tuple[Any, Any]:
    """(by_row, place) for each entry, row by row: in which products it stands, and where in them.

    Of a symmetric matrix (i, j) and (j, i) have the same place, so that they are the same number.
    """
    rows, columns = pattern.coordinates()
    columns = columns.astype(INT)
    m, n = pattern.shape
    if coloring.partition == "row":
        return np.ones(len(rows), bool), coloring.colors[rows] * n + columns
    if coloring.partition == "column":
        return np.zeros(len(rows), bool), coloring.colors[columns] * m + rows
    if coloring.partition == "bidirectional":
        by_row = choose(pattern, *coloring.colors)
        of_rows, of_columns = coloring.colors
        return by_row, np.where(by_row, of_rows[rows] * n + columns, of_columns[columns] * m + rows)
    colors = coloring.colors
    low, high = np.minimum(rows, columns), np.maximum(rows, columns)
    alone = sole(rows, colors[columns])
    first = np.where(rows == low, alone, sole(columns, colors[rows]))       # whether (low, high) stands by itself
    return np.zeros(len(rows), bool), np.where(first, colors[high] * m + low, colors[low] * m + high)
