"""The sparsity of a derivative: which inputs can reach which outputs, found in one evaluation.

The function runs once with recorded tangents; then patterns (arrays of set numbers, see maps/sparsity.py)
go through the recorded maps instead of tangents.

Invariant: a pattern is never too small near the point, as long as the function takes the same branches.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..automatic import as_asked
from ..core._sparse import Sets
from ..errors import InputError, ShapeError, UnsupportedError
from ..maps.moves import Increment, Settled
from ..maps.sparsity import INT, Walker
from ..transforms.program import MOST_AXES
from ..transforms.recording import Recording

__all__ = ["Pattern", "as_pattern", "propagate", "sparsity"]


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


# ---- through the recorded maps -------------------------------------------------------------------


def order_of(ends: Any) -> Any:
    """The nodes that the ends depend on, each after its parents."""
    found, seen = [], set()
    stack = [(node, False) for node in reversed(ends) if node is not None]
    while stack:
        node, ready = stack.pop()
        if ready:
            found.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack += [(p, False) for p in reversed(node.parents) if p is not None and id(p) not in seen]
    return found


def propagate(sets: Any, inputs: Any, outputs: Any, patterns: Any, inner: bool = False) -> list[Any]:
    """The patterns of output nodes from those of the input nodes.

    Parameters
    ----------
    sets : Sets
    inputs, outputs : list of Node
        None among the outputs is a constant.
    patterns : list of ndarray of int64
        One for each input, in its shape.
    inner : bool
        A part of another walk: no set may be forgotten.

    Returns
    -------
    list of ndarray of int64
        One for each output (None: a constant).
    """
    order = order_of(outputs)
    left: dict[Any, Any] = {}         # how many uses are to come
    for node in order:
        for p in node.parents:
            if p is not None:
                left[id(p)] = left.get(id(p), 0) + 1
    for node in outputs:
        if node is not None:
            left[id(node)] = left.get(id(node), 0) + 1
    walker = Walker(sets)
    held: set[Any] = set()       # nodes after an `Increment`, whose constant factors are numbers of this point
    given = {id(node) for node in inputs}
    for node, ids in zip(inputs, patterns, strict=True):
        walker.put(id(node), np.array(ids, INT))
    for node in order:
        key = id(node)
        if key in given:
            continue
        if node.map is None:
            walker.put(id(node), np.zeros(node.shape, INT))
            continue
        kind = type(node.map)
        if kind is Increment or held and kind is not Settled and any(id(p) in held for p in node.parents):
            held.add(key)
        sets.exact = key not in held
        arguments: list[Any] = []
        for p in node.parents:
            if p is None:
                arguments.append(None)
            else:
                left[id(p)] -= 1
                arguments.append(walker.take(id(p), left[id(p)] == 0))
        if len(node.map.out_shape) > MOST_AXES:
            raise UnsupportedError(
                f"patterns are found of arrays with up to {MOST_AXES} axes, one here has {len(node.map.out_shape)}; "
                "reshape it, or give the pattern with pattern="
            )
        found = node.map.reach(sets, arguments)
        walker.put(id(node), found)
        if not inner:
            walker.collect()
    return [None if node is None else walker.ids[id(node)] for node in outputs]


def sparsity(f: Callable[..., Any], x: Any, *args: Any, lift: Any = "auto", **kwargs: Any) -> Any:
    """The sparsity of the Jacobian of f at x: which inputs can reach which outputs.

    Parameters
    ----------
    f : callable
        NumPy code; returns an array of any shape, a number, or a structure of them.
    x : array_like or structure
        Where f is evaluated, once.  A structure of arrays counts as one vector: its leaves one
        after the other, each in C order; so does the result.
    *args, **kwargs
        Passed to f; not differentiated.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    Pattern
        A boolean `scipy.sparse.csr_array`, shape (m, n): m elements of f(x), n of x.

    Raises
    ------
    InputError
        For complex, empty or non-numeric arguments and results.

    Notes
    -----
    f runs once, and leaves the linear maps that its derivative is made of; index sets go through
    these.  Indexing, slicing, stacking, padding, sums, products with sparse matrices and with dense
    constants (whose zeros count) are exact; what mixes everything (a factorisation, an FFT along its
    axis) is taken to do so.  A derivative that happens to be zero at x (x*y at 0, a tie of maximum)
    is an entry; only what is zero everywhere (floor, sign) is not.

    The pattern is valid near x: as long as f takes the same branches.  `np.where(x > 0, a, b)`, a
    sort and an `if` choose by value, and only what was chosen is in the pattern.

    References
    ----------
    Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, section 7.1 (dynamic index
    domains).

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> pattern = dd.sparsity(lambda u: u[1:] * u[:-1], np.zeros(4))
    >>> print(pattern)
    xx..
    .xx.
    ..xx
    """
    f = as_asked(f, lift)
    return pattern_of(Recording(f, (x,), kwargs) if not args else Recording(lambda u: f(u, *args, **kwargs), (x,), {}))


def pattern_of(recording: Any) -> Any:
    """The pattern of a recording that has not been planned yet."""
    n = sum(int(np.prod(shape)) for shape in recording.in_shapes)
    sets, start, ids = Sets(n), 1, []
    for shape in recording.in_shapes:
        size = int(np.prod(shape))
        ids.append(np.arange(start, start + size).reshape(shape))
        start += size
    found = propagate(sets, recording.inputs, recording.nodes, ids)
    flat = [
        np.zeros(int(np.prod(shape)), INT) if t is None else np.ascontiguousarray(t).reshape(-1)
        for t, shape in zip(found, recording.out_shapes, strict=True)
    ]
    numbers = flat[0] if len(flat) == 1 else np.concatenate(flat) if flat else np.zeros(0, INT)
    indptr, indices = sets.rows(numbers)
    return make_pattern(indptr, indices, (len(numbers), n))
