"""What the chapters of the table of cases share: the row, the points."""

import dataclasses

import numpy as np
from support import points

ROWS: list = []


@dataclasses.dataclass
class Row:
    """A function of the primals in which `covers` does the work.

    covers: a NumPy function, (ufunc, name of a method), or the name of an ndarray method; analytic: whether the
    complex step applies to f, else the reference is a difference quotient; place: how many rows before it cover the same;
    plain: the same function in other words, where NumPy's own value of f may be wrong and its derivative must not be.
    """

    covers: object
    f: object
    primals: tuple
    analytic: bool
    label: str
    place: int
    plain: object = None


def name_of(covers):
    """The name of what a row covers."""
    if isinstance(covers, tuple):
        return f"{covers[0].__name__}.{covers[1]}"
    return covers if isinstance(covers, str) else covers.__name__


def grouped(rows):
    """{name of what they cover: {label: row}}."""
    found = {}
    for r in rows:
        found.setdefault(name_of(r.covers), {})[r.label] = r
    return found


def row(covers, f, *primals, analytic=True, plain=None):
    """Adds a row."""
    place = sum(r.covers is covers or isinstance(covers, (str, tuple)) and r.covers == covers for r in ROWS)
    ROWS.append(Row(covers, f, primals, analytic, f"{len(ROWS)}-{name_of(covers)}", place, plain))


def kinked(covers, f, *primals, plain=None):
    """A row whose reference is a difference quotient."""
    row(covers, f, *primals, analytic=False, plain=plain)


def const(x, *shape, low=-1.0, high=1.0):
    """A constant array of x's precision (in the complex step, of its real part's)."""
    return points(*shape, low=low, high=high, seed=7).astype(np.zeros(0, x.dtype).real.dtype)
