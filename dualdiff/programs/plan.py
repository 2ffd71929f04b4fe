"""A graph made into a program that compiled code runs (core/_program.pyx)."""

from collections.abc import Sequence

from ..core._program import GuardFailed, Program, build
from ..rules.table import RULES
from .graph import Graph
from .names import ufunc_of

__all__ = ["GuardFailed", "Program", "plan"]


def of_scipy(name: str) -> bool:
    """Whether the loops of an elementwise function are SciPy's."""
    return name in RULES and bool(RULES[name].scipy)


def plan(
    graph: Graph, exact: bool = True, takes: Sequence[type] | None = None, gives: Sequence[int] | None = None
) -> Program:
    """The program of a graph.

    Parameters
    ----------
    graph : Graph
    exact : bool
        Whether the values must be NumPy's to the bit.
    takes : sequence of type, optional
        Of each input, the type that `Program.fast` takes: np.ndarray, and for a number float or np.float64.  By default
        float for numbers of float64.
    gives : sequence of int, optional
        What each output of shape () comes back as: 0 a number of Python's (np.bool_ for a truth value), 1 a scalar of
        NumPy's, 2 an array.

    Returns
    -------
    Program
    """
    return build(graph, exact, ufunc_of, of_scipy, takes, gives)
