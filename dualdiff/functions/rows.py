"""How a function goes on a stack of tangents, one row a direction: what a registration says of it (`stacked=`).

    stacked=along("axis")       NumPy's own function on the stack: it is linear, and "axis" names axes of the array
    stacked=by(entry)           entry(value, tangents, *others) gives the tangents, or None where it does not apply
    stacked=showing(tell)       the result is a view: tell(value, *others) gives the index, `Axes` or the map
    stacked=weighing(weigh)     weigh(value, *others) gives the gradient, for rows and for recordings

The compiled core does what is declared for plain arrays (core/onstack.pxi), and for the rows of second-order duals
where the function is linear.  The handler answers for everything else, so a declaration need not cover all arguments.

Invariant: what is declared gives what the handler gives, up to rounding; tests/test_stacked.py holds every declaration
to that.
"""

import inspect
import sys
from collections.abc import Callable
from typing import Any

from ..core import OnStack

__all__ = ["Declaration", "along", "by", "showing", "weighing"]

LEFT = ("dtype", "out", "where", "initial")
"""Arguments with which the handler answers, whatever the function."""

Declaration = Callable[[Any, Any], OnStack]


def along(
    *axes: str, none: str = "vector", first: int = 0, multiplies: bool = False, leaves: Any = (), does: Any = None
) -> Declaration:
    """Declares a linear function that NumPy does on the stack, too, told where the axes are.

    Parameters
    ----------
    *axes : str
        The arguments that name axes; without any it works on the last axes.
    none : {"vector", "flat", "same", "all"}
        What an axis of None means: the one axis of a vector, and nothing of other arrays; all elements in one row;
        these, put back into shape afterwards; all axes.
    first : int
        Where among the arguments the array stands.
    multiplies : bool
        The function multiplies with numbers: what is not finite is left to the handler.
    leaves : tuple of str
        Arguments that the handler sees to, besides dtype, out, where and initial.
    does : callable, optional
        The function for the tangents, where it is another one as long as the value is finite.
    """

    def declare(function: Any, handler: Any) -> OnStack:
        code = handler.__code__
        n = code.co_argcount
        names = code.co_varnames[: n + code.co_kwonlyargcount]
        given = handler.__defaults__ or ()
        defaults = dict(zip(names[n - len(given) : n], given, strict=True)) | (handler.__kwdefaults__ or {})
        left = {*LEFT, *leaves}
        most = sys.maxsize if code.co_flags & inspect.CO_VARARGS else n
        return OnStack(
            does or function,
            axes=tuple((i if i < n else sys.maxsize, x, defaults[x]) for i, x in enumerate(names) if x in axes),
            names=tuple(x for i, x in enumerate(names) if i != first and x not in left),
            most=next((i for i, x in enumerate(names[:n]) if x in left), most),
            none=none,
            first=first,
            multiplies=multiplies,
            finite=does is not None,
        )

    return declare


def by(entry: Any, first: int = 0, multiplies: bool = False, alike: bool = True, shows: bool = False) -> Declaration:
    """Declares a function by one that gives the tangents.

    Parameters
    ----------
    entry : callable
        entry(value, tangents, *others), or None where it does not apply.
    first, multiplies
        As of `along`.
    alike : bool
        It is linear near the value, so that it does the same to all rows of a second-order dual.
    shows : bool
        It may also give an index, `Axes` or a map, where the result is a view; tangents is None in recordings.
    """
    return lambda function, handler: OnStack(entry, first=first, alike=alike, multiplies=multiplies, shows=shows)


def showing(tell: Any) -> Declaration:
    """Declares a function whose result is a view: tell(value, *others) is the index, the `Axes` or the map."""

    def entry(v: Any, t: Any, *others: Any, **named: Any) -> Any:
        return tell(v, *others, **named)

    entry.__module__ = tell.__module__
    return by(entry, shows=True)


def weighing(weigh: Any) -> Declaration:
    """Declares a function of all elements by its gradient: weigh(value, *others), or None where it does not apply.

    The gradient is an array of float64 in C order, shaped as the value.  Second order is left to the handler.
    """
    return lambda function, handler: OnStack(weigh, alike=False, weighs=True)
