"""What a row of the table of elementwise functions says.

The rows stand in of_numpy.py and of_scipy.py.  generate.py prints the compiled core's kernels from them, table.py makes
Python functions of them; nothing else holds a fact about one function.  Needs the standard library only, as the build
reads it.

Expressions are legal Python and, in rows with kernels, in the part that C has, too: numbers, the constants below, + - *
/, one comparison, calls of functions of the table, and sel(c, a, b), which is "a where c, else b".  sel is the only
branch; its condition is about values.
"""

from typing import Any, NamedTuple

__all__ = ["ARGUMENTS", "CONSTANTS", "REASONS", "RESULTS", "Row", "general", "of_scipy", "row"]

ARGUMENTS, RESULTS = "xyzuv", "fghk"
"""The names of a row's arguments and results."""

CONSTANTS = {
    "PI": "3.14159265358979323846",
    "TWO_PI": "6.28318530717958647693",
    "PI2": "9.86960440108935861883",            # pi^2
    "LN2": "0.69314718055994530942",
    "INV_LN2": "1.44269504088896340736",
    "LN10": "2.30258509299404568402",
    "INV_LN10": "0.43429448190325182765",
    "DEGREE": "0.01745329251994329577",         # pi/180
    "INV_DEGREE": "57.2957795130823208768",
    "TWO_SQRTPI": "1.12837916709551257390",     # 2/sqrt(pi)
    "SQRT2": "1.41421356237309504880",
    "SQRT1_2": "0.70710678118654752440",
    "TINY": "6e-309",                           # the reciprocals of smaller numbers are infinite
    "TINY_SINGLE": "2.95e-39",                  # TINY in float
}  # fmt: skip
"""Name -> digits, for the expressions and for the C of special.h; NAN and INF are known beside them."""

REASONS = {
    "by_order": "a derivative by the order is no expression in functions that SciPy has; keep the order constant",
    "by_parameter": "a derivative by a parameter is no expression in functions that SciPy has; keep it constant",
    "by_argument": "its derivative is no expression in functions that SciPy has",
}
"""What stands in the place of a partial that there is none of -> why."""


class Row(NamedTuple):
    """One elementwise function."""

    name: str
    value: str | None
    """An expression of C in x and y; the function's own name in it, and what the table does not have, is C's.  None:
    the value is SciPy's alone."""
    partials: tuple[tuple[str, ...], ...]
    """For each result the partial derivative by each argument."""
    kernels: bool = True
    """Whether the compiled core has it: one or two arguments, one real result."""
    scipy: str | None = None
    """The function of scipy.special that gives the value once SciPy is there."""
    math: str | None = None
    """The function of the math module that has this derivative."""
    alias: str | None = None
    """A ufunc of NumPy's that is the same function under a second name."""
    exact: bool = False
    """IEEE 754 rounds it correctly, so all loops agree in any layout."""
    selects: bool = False
    """It hands on one of its arguments: a partial of 0 is one that was not chosen."""
    kink: str | None = None
    """Where the first derivative jumps, if a direction moves an argument."""
    tie: str | None = None
    """Where the first derivative jumps, if a direction moves the two arguments apart."""
    edge: str | None = None
    """The edge of the domain, where a second derivative is infinite whatever the direction."""
    single: str | None = None
    """The C function that computes it in float, to the last bit."""
    block: str | None = None
    """How a partial that calls it is computed for a whole block: "loop", NumPy's inner loop; "own", dd_block_<name>_d
    and dd_block_<name>_f of core/blocks.h.  None: number by number, in double."""
    on_complex: str | None = None
    """The value on complex numbers, of a helper, which has none; Python."""


def row(name: str, value: str, *partials: str, **facts: Any) -> Row:
    """A function of NumPy's or of the math module, or a helper: partials by x, or by x and y."""
    return Row(name, value, (partials,), **facts)


def of_scipy(name: str, *partials: str, scipy: str | None = None) -> Row:
    """A function whose value is scipy.special's; its name there, where that is another one."""
    return Row(name, None, (partials,), scipy=scipy or name)


def general(name: str, *partials: Any) -> Row:
    """A ufunc of scipy.special on the generic path alone; with several results a list of partials for each."""
    results = partials if isinstance(partials[0], list) else [partials]
    return Row(name, None, tuple(map(tuple, results)), kernels=False, scipy=name)
