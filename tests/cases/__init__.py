"""The table of cases: one row (and mostly several) for each function and method that dualdiff supports.

    arrays statistics linalg       what NumPy's chapters have
    spectral ufuncs writing polynomials further

`ROWS` is walked by test_functions (value, derivative, reverse, nesting, precision, memory layout), by
test_linearize, and by whatever else must hold for every function (`for_each(grouped(ROWS))`: one test a name).  A supported function without a row
fails test_support.
"""

from . import arrays, further, linalg, polynomials, spectral, statistics, ufuncs, writing  # noqa: F401
from .base import ROWS, Row, grouped, name_of

__all__ = ["ROWS", "Row", "grouped", "name_of"]
