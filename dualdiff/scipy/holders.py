"""Objects of SciPy's classes whose attributes may be duals.

A `Holder` is an instance of a subclass of SciPy's class.  It has SciPy's attributes (`vars`), some of which are duals.
`counterpart` gives it as an object of a package's second instance, and `without` as SciPy's own, of plain numbers.
"""

from collections.abc import Callable
from typing import Any

__all__ = ["HELD", "Holder", "counterpart", "held", "holder", "without"]


class Holder:
    """A mark on the subclasses of SciPy's classes; `theirs` is SciPy's class."""

    theirs: type


HELD: dict[type, type] = {}
"""SciPy's class -> the subclass whose attributes may be duals."""


def blank(cls: type, attributes: dict[str, Any]) -> Any:
    """An object with these attributes; no code of its class runs."""
    new: Any = object.__new__(cls)
    vars(new).update(attributes)
    return new


def without(x: Holder, plain: Callable[[Any], Any]) -> Any:
    """SciPy's own object, of plain attributes."""
    return blank(x.theirs, {key: plain(y) for key, y in vars(x).items()})


def holder(cls: type, attributes: dict[str, Any]) -> Any:
    """The object of a class of SciPy's whose attributes may be duals."""
    return blank(HELD[cls], attributes)


def held(x: Any) -> Any:
    """An object of SciPy's as one that takes duals; anything else as it is."""
    if type(x) in HELD:
        return holder(type(x), vars(x))
    if isinstance(x, (list, tuple)) and any(type(y) in HELD for y in x):
        return type(x)(map(held, x))
    return x


def counterpart(x: Any, module: Callable[[str], Any]) -> Any:
    """An argument for the second instance, whose modules `module` gives: its object in place of SciPy's."""
    theirs = x.theirs if isinstance(x, Holder) else type(x)
    if theirs in HELD:
        again = getattr(module(theirs.__module__), theirs.__name__)
        return blank(again, {key: counterpart(y, module) for key, y in vars(x).items()})
    if type(x) in (list, tuple):
        return type(x)(counterpart(y, module) for y in x)
    return x
