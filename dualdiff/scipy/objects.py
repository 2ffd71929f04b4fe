"""Classes of SciPy's whose objects take duals: by their arguments, their attributes, and what their methods are given.

A method runs twice: on SciPy's own object of plain numbers, which gives the value, and on an object of the second
instance, which gives the derivatives.
"""

import functools
from collections.abc import Callable
from typing import Any

from ..functions.base import as_buffers
from .applied import holds_duals, plain_deep, varies
from .holders import HELD, Holder, held
from .second_instance import Namespace, merge

__all__ = ["holding"]


class Held(type):
    """What makes the objects of classes that take duals; isinstance is that of SciPy's class."""

    theirs: type

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        make = vars(cls).get("_make")
        return super().__call__(*args, **kwargs) if make is None else make(*args, **kwargs)     # of a user's subclass

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, cls.theirs) if "_make" in vars(cls) else super().__instancecheck__(x)

    def __subclasscheck__(cls, other: Any) -> bool:
        return issubclass(other, cls.theirs) if "_make" in vars(cls) else super().__subclasscheck__(other)


_FORWARD = {f"__r{name}__": f"__{name}__" for name in ("add", "sub", "mul")}
_LEFT_ALONE = {"__new__", "__init__", "__repr__", "__class_getitem__"}


def holding(space: Namespace, theirs: type, home: str) -> Any:
    """The class that stands for one of SciPy's: its objects are SciPy's, and take duals.

    Parameters
    ----------
    space : Namespace
    theirs : type
        SciPy's class.  Its objects must be what their `__dict__` says.
    home : str
        The module in which the class can be found again.
    """
    def again(*args: Any, **kwargs: Any) -> Any:
        return second_of(space, theirs)(*args, **kwargs)

    attributes: dict[str, Any] = {
        "__doc__": f"{theirs.__module__.rpartition('.')[0]}.{theirs.__name__}, also of duals.",
        "__module__": home, "__qualname__": theirs.__name__, "theirs": theirs,
        "_make": staticmethod(twice(space, theirs.__name__, theirs, again)),
    }  # fmt: skip
    for name in sorted({n for cls in theirs.__mro__[:-1] for n in vars(cls)} - _LEFT_ALONE):
        wrapped = covered(space, theirs, name)
        if wrapped is not None:
            attributes[name] = wrapped
    found = HELD[theirs] = Held(theirs.__name__, (Holder, theirs), attributes)
    return found


def second_of(space: Namespace, theirs: type) -> Any:
    """The second instance's class."""
    return getattr(space.second(theirs.__module__), theirs.__name__)


def covered(space: Namespace, theirs: type, name: str) -> Any:
    """What stands for an attribute of the class: a method, a property; None where SciPy's own does."""
    original = next(vars(cls)[name] for cls in theirs.__mro__ if name in vars(cls))
    where = f"{theirs.__name__}.{name}"
    if isinstance(original, property):
        def get(x: Any) -> Any:
            return getattr(x, name)

        def put(self: Any, value: Any) -> None:
            write(space, where, name, self, value)

        doc = (original.__doc__ or "").partition("\n\n")[0]
        return property(twice(space, where, get, get), original.fset and put, doc=doc)
    if isinstance(original, classmethod):
        def other(*args: Any, **kwargs: Any) -> Any:
            return getattr(second_of(space, theirs), name)(*args, **kwargs)

        return staticmethod(twice(space, where, getattr(theirs, name), other))
    if not callable(original) or name[:1] == "_" and name[:2] != "__":
        return None

    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(x, name)(*args, **kwargs)

    method = twice(space, where, call, call)

    @functools.wraps(original)
    def answer(self: Any, *args: Any, **kwargs: Any) -> Any:
        if name in _FORWARD and type(args[0]) in HELD:      # SciPy's own object before one that takes duals
            return getattr(held(args[0]), _FORWARD[name])(self)
        return method(self, *args, **kwargs)

    return answer


def twice(space: Namespace, name: str, original: Callable[..., Any], again: Callable[..., Any]) -> Callable[..., Any]:
    """A function of plain arguments, and with duals also the second instance's."""
    def answer(*args: Any, **kwargs: Any) -> Any:
        given = (*args, *kwargs.values())
        value = original(*map(plain_deep, args), **{key: plain_deep(x) for key, x in kwargs.items()})
        if value is NotImplemented:
            return value
        if not any(map(varies, given)):
            return held(as_buffers(value) if any(map(holds_duals, given)) else value)
        found = space.again(name, again, args, kwargs)
        return merge(found, value, space.where(name))

    return answer


def write(space: Namespace, where: str, name: str, x: Any, value: Any) -> None:
    """x.name = value, as SciPy's class sets it."""
    def put(y: Any, value: Any) -> Any:
        setattr(y, name, value)
        return y

    vars(x).update(vars(twice(space, where, put, put)(x, value)))
