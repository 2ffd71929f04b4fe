"""Where a matrix has entries: a boolean sparse matrix, and what the user gives as one."""

from typing import Any

import numpy as np
import scipy.sparse as sp

from ..errors import InputError, ShapeError
from ..maps.sparsity import INT

__all__ = ["Pattern", "as_pattern", "make_pattern"]


class Pattern(sp.csr_array):
    """A boolean sparse matrix: entry (i, j) is stored where input j can reach output i.

    A `scipy.sparse.csr_array` in every respect; beside that it draws itself.
    """

    def __str__(self) -> str:
        return self.text() if self.is_small() else super().__str__()

    def is_small(self) -> Any:
        """Whether the text form is of use."""
        return self.dtype == bool and self.ndim == 2 and max(self.shape) <= 60

    def text(self, coloring: Any = None) -> str:
        """The pattern as lines of text, one for each output: `.` where nothing reaches it, else `x`.

        Parameters
        ----------
        coloring : Coloring, optional
            Then a letter says the colour.

        Returns
        -------
        str

        Examples
        --------
        >>> import numpy as np, dualdiff as dd
        >>> print(dd.sparsity(np.diff, np.zeros(4)).text())
        xx..
        .xx.
        ..xx
        """
        cells = np.full(self.shape, ".")
        rows, columns = self.coordinates()
        cells[rows, columns] = "x"
        if coloring is not None:
            letters = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"))
            cells[rows, columns] = letters[coloring.entry_colors(self) % len(letters)]
        return "\n".join("".join(row) for row in cells)

    def coordinates(self) -> tuple[Any, Any]:
        """(rows, columns) of the entries, row by row."""
        return np.repeat(np.arange(self.shape[0]), np.diff(self.indptr)), self.indices

    def _repr_html_(self) -> Any:
        from ..seeing import pattern

        return pattern(self)

    def plot(self, coloring: Any = None, ax: Any = None) -> Any:
        """Draws the pattern, with the colours that its entries are found by.

        Parameters
        ----------
        coloring : Coloring, optional
            From `dualdiff.coloring`, or `plan.coloring`.
        ax : matplotlib Axes, optional
            Where to draw; the default makes a figure.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ImportError
            Without matplotlib.
        """
        try:
            import matplotlib.pyplot as plt
            from matplotlib.ticker import MaxNLocator
        except ImportError as error:
            raise ImportError(
                "drawing a pattern needs matplotlib (pip install matplotlib); print(pattern.text()) needs nothing"
            ) from error
        if ax is None:
            m, n = self.shape
            ax = plt.subplots(figsize=(6, max(1.5, min(12.0, 6 * m / max(n, 1)))))[1]
        rows, columns = self.coordinates()
        m, n = self.shape
        size = max(1.0, min(200.0, (ax.get_window_extent().width * 72 / ax.figure.dpi / max(m, n, 1)) ** 2))
        title = f"{m} x {n}, {self.nnz} entries"
        if coloring is None:
            ax.scatter(columns, rows, s=size, marker="s", color="0.2", linewidths=0)
        else:
            from ..seeing import PALETTE

            found, count = coloring.entry_colors(self), coloring.ncolors
            if count <= len(PALETTE):
                for color in range(count):
                    mine = found == color
                    ax.scatter(columns[mine], rows[mine], s=size, marker="s", color=PALETTE[color], linewidths=0,
                               label=str(color))  # fmt: skip
                ax.legend(title="colour", loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
            else:
                ax.scatter(columns, rows, s=size, marker="s", c=found, cmap="turbo", linewidths=0)
            title += f", {count} colours"
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True))
        ax.set(xlim=(-0.5, n - 0.5), ylim=(m - 0.5, -0.5), aspect="equal", title=title, xlabel="input", ylabel="output")
        return ax


def make_pattern(indptr: Any, indices: Any, shape: tuple[int, ...]) -> Any:
    """The Pattern of checked arrays in compressed rows, sorted, without duplicates."""
    indptr = indptr.astype(np.int32) if indptr[-1] < 2**31 else indptr
    found = Pattern((np.ones(len(indices), bool), indices, indptr), shape=shape)
    found.has_sorted_indices = found.has_canonical_format = True
    return found


def as_pattern(pattern: Any, shape: Any = None, what: str = "the pattern") -> Any:
    """What the user gives as a pattern, as a Pattern: sparse or dense, boolean, or numbers that are not 0.

    Raises
    ------
    InputError
        If it is no matrix of numbers.
    ShapeError
        If it has another shape than `shape`.
    """
    if type(pattern) is Pattern and pattern.dtype == bool and pattern.has_canonical_format:
        found = pattern
    else:
        if sp.issparse(pattern):
            if pattern.ndim != 2:
                raise ShapeError(f"{what} must have 2 axes, got shape {pattern.shape}")
            kept = sp.csr_array(pattern, copy=True)     # explicit entries count, whatever their value
        else:
            dense = np.asarray(pattern)
            if dense.dtype.kind not in "biufc":
                raise InputError(f"{what} must be a sparse or dense array of booleans or numbers, got {pattern!r}")
            if dense.ndim != 2:
                raise ShapeError(f"{what} must have 2 axes, got shape {dense.shape}")
            kept = sp.csr_array(dense != 0)
        if kept.dtype.kind not in "biufc":
            raise InputError(f"{what} must hold booleans or numbers, got dtype {kept.dtype}")
        kept = sp.csr_array((np.ones(kept.nnz, np.int8), kept.indices, kept.indptr), shape=kept.shape)
        kept.sum_duplicates()
        found = make_pattern(kept.indptr.astype(INT), kept.indices.astype(np.int32), kept.shape)
    if shape is not None and found.shape != shape:
        raise ShapeError(
            f"{what} has shape {found.shape}, but the function has {shape[1]} inputs and {shape[0]} outputs: "
            f"expected {shape}"
        )
    return found
