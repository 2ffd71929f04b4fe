"""Whether a function that raises on duals is lifted without being asked: the option `lift` of every transform.

The work is done in lifting/auto.py, which is imported when a function raises.
"""

import functools
from collections.abc import Callable
from typing import Any, Self

from .above import above
from .core import lifted_codes, set_auto_lifting
from .errors import ArgumentError, DualDiffError

__all__ = ["as_asked", "auto_lift", "counterpart", "doubt", "is_other_work", "redraw", "rescue", "stand_in"]

UNLIFTED = "_dualdiff_unlifted"

setting = {"auto": True}


class auto_lift:
    """Turns on or off, for the whole process, that functions are lifted without being asked.

    A function that raises on duals is run once more as a copy (`lift`), with the packages in which the error arose.
    The copy is accepted only if its value is that of the function on plain numbers; a `LiftedWarning` says so once.

    Parameters
    ----------
    enabled : bool
        Whether ``lift="auto"`` of the transforms does so from now on; True at the start.

    Notes
    -----
    As a context manager it puts back what was set before.  ``lift=False`` of a transform turns it off for one function.

    Examples
    --------
    >>> import math, dualdiff as dd
    >>> with dd.auto_lift(False):
    ...     try:
    ...         dd.derivative(math.sqrt)(4.0)
    ...     except TypeError:
    ...         print("raises")
    raises
    """

    def __init__(self, enabled: bool) -> None:
        if not isinstance(enabled, bool):
            raise ArgumentError(f"auto_lift takes True or False, got {enabled!r}")
        self.before = setting["auto"]
        switch(enabled)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        switch(self.before)


def switch(enabled: bool) -> None:
    """Sets it, here and for the core."""
    setting["auto"] = enabled
    set_auto_lifting(enabled)


def as_asked(f: Any, lift: Any) -> Any:
    """The function that a transform differentiates: f, lifted or not as its option `lift` says.

    "auto": f, which is lifted where it raises on duals; False: never; True, or names of packages: dd.lift(f, packages).
    """
    if lift is False:
        if getattr(f, UNLIFTED, False):
            return f

        @functools.wraps(f, updated=())
        def unlifted(*args: Any, **kwargs: Any) -> Any:
            return f(*args, **kwargs)

        setattr(unlifted, UNLIFTED, True)
        return unlifted
    if isinstance(lift, str) and lift == "auto":
        return f
    if lift is True:
        return above("lift")(f)
    if (
        isinstance(lift, str)
        or isinstance(lift, (list, tuple, set, frozenset))
        and all(isinstance(p, str) for p in lift)
    ):
        return above("lift")(f, packages=lift)
    raise ArgumentError(f'lift must be "auto", False, True, or the names of packages to lift f with, got {lift!r}')


def rescue(
    f: Callable[..., Any], args: Any, kwargs: dict[str, Any], tag: int, error: BaseException
) -> tuple[Any] | None:
    """(result,) of a lifted copy of f, which has raised an error; None if there is none that counts."""
    if not setting["auto"]:
        return None
    found: tuple[Any] | None = above("rescue")(f, args, kwargs, tag, error)
    return found


def doubt(f: Callable[..., Any], args: Any, kwargs: dict[str, Any], tag: int, result: Any, reason: Any) -> Any:
    """The result of f, which is to be compared with f on plain numbers, for a reason that within.pxi names.

    That of a lifted copy if f gives another value there.
    """
    return above("doubt")(f, args, kwargs, tag, result, reason)


def is_other_work(f: Callable[..., Any], count: Any) -> bool:
    """Whether f did as many operations on duals in no call that was looked at: of a function that rounds numbers."""
    if not setting["auto"]:
        return False
    return bool(above("is_other_work")(f, count))


def redraw() -> None:
    """Puts the random numbers of the function that runs several times for one result where its first run began."""
    above("redraw")()


def counterpart(f: Callable[..., Any]) -> Any:
    """The copy of f that took its place in an earlier call; else f."""
    if not setting["auto"] or not lifted_codes:
        return f
    return above("counterpart")(f)


def stand_in(f: Callable[..., Any]) -> Callable[..., Any]:
    """A lifted copy of f, for a call in which f wrote duals that it did not get as arguments into plain arrays.

    The one of an earlier call, if there is one; f itself where nothing may be lifted.
    """
    known: Callable[..., Any] = counterpart(f)
    if known is not f or not setting["auto"] or getattr(f, UNLIFTED, False):
        return known
    try:
        known = above("lift")(f)
    except (DualDiffError, ImportError):
        return f
    return known
