"""The progress table: one line a step.

Invariant: printing never changes a solve.  Imported by call.py and dualdiff/demo.
"""

__all__ = ["header", "line"]


def header():
    """The column titles of `line`."""
    return "  step     max|F|        eta   |F+Js|/|F|   products   length   seconds"


def line(row):
    """One row of `RootResult.history` as text.

    Parameters
    ----------
    row : structured scalar
        A row of `RootResult.history`.

    Returns
    -------
    str
        Step, max|F| after it, the forcing term, |F + J s|/|F| achieved, products, step length, seconds.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.solve import progress, root
    >>> progress.line(root(np.sin, 3.0).history[0])[:17]
    '     0   1.41e-01'
    """
    if row["it"] == 0:
        return f"{0:6d}  {row['|F|max']:9.2e}" + 46 * " " + f"{row['time']:8.2f}"
    return (
        f"{row['it']:6d}  {row['|F|max']:9.2e}  {row['eta']:9.2e}    {row['achieved']:9.2e}  "
        f"{row['products']:9d}  {row['lam']:7.3g}  {row['time']:8.2f}"
    )
