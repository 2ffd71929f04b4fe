"""What grad, jacobian and their kind return: a function that says what it is and can be pickled.

A `Derived` is a `functools.partial` without arguments, as that is called in compiled code: a call of it costs what a
call of the function inside costs.

Invariant: pickling needs f only; what was planned for it is made again.
"""

import functools
import sys
import types
from collections.abc import Callable
from typing import Any

from ..above import above
from ..errors import InputError
from .recorder import HERE, UNDER_WAY

__all__ = ["Derived", "transform"]


def name_of(f: Any) -> str:
    """What a function is called in a message."""
    if isinstance(f, Derived):
        return repr(f)[1:-1]
    if isinstance(f, functools.partial):
        return f"a partial {name_of(f.func)}"
    return getattr(f, "__name__", None) or repr(f)


class Derived(functools.partial[Any]):
    """A function that was made of another one by a transform of dualdiff.

    Attributes
    ----------
    __wrapped__ : callable
        The function it was made of.
    transform : callable
        By what: dualdiff.grad, for one.
    options : dict
        How.
    """

    transform: Callable[..., Any]
    options: dict[str, Any]
    places: tuple[Any, ...]
    mode_for: Callable[..., str]
    explain: Callable[..., Any]
    __wrapped__: Any

    # a slot, as functools.wraps copies what is in __dict__ to other functions
    __slots__ = ("__dualdiff_program__",)
    __dualdiff_program__: Any

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        more = [repr(x) for x in self.places] + [f"{name}={x!r}" for name, x in self.options.items()]
        return f"<{self.transform.__name__} of {', '.join([name_of(self.__wrapped__), *more])}>"

    def __reduce__(self) -> Any:
        # @dd.grad above a def: the module has this function under f's name, where f itself is not found any more
        found: Any = sys.modules.get(self.__module__)
        for part in getattr(self, "__qualname__", "").split("."):
            found = getattr(found, part, None)
        if found is self:
            return self.__qualname__
        return remade, (self.transform, self.__wrapped__, self.places, self.options)


def remade(made: Callable[..., Any], f: Any, places: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """The derivative anew, for pickle."""
    return made(f, *places, **options)


def of_program(make: Callable[..., Any], f: Any, base: Any, places: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """The derivative of what runs programs: it runs programs, too, where they know how."""
    plain = make(base.f, *places, **options)
    paths = above("derived")(base, make.__name__, plain, places, options)
    if paths is None:
        return Derived(plain)
    found = Derived(functools.wraps(plain)(above("caller")(paths)))
    found.__dualdiff_program__ = paths
    return found


def transform(make: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates what makes a function of a function, so that it returns a `Derived`.

    It says what is missing where it is given something that is not a function, which is what grad(f(x)) does.
    """

    @functools.wraps(make)
    def made(f: Any, /, *places: Any, **options: Any) -> Any:
        if not callable(f):
            name = make.__name__
            raise InputError(
                f"{name} takes a function, got a {type(f).__name__}; write {name}(f)(x), not {name}(f(x))"
            )
        base = getattr(f, "__dualdiff_program__", None)
        if UNDER_WAY and HERE.recorder is not None:
            found = Derived(HERE.recorder.transform(made, f, places, options))
        elif base is None:
            found = Derived(make(f, *places, **options))
        else:
            found = of_program(make, f, base, places, options)
        functools.update_wrapper(found, f)
        found.__wrapped__ = f       # also of a partial, or of an object without a name
        found.transform, found.places, found.options = made, places, options
        for name in ("mode_for", "explain"):
            if hasattr(found.func, name):
                setattr(found, name, getattr(found.func, name))
        return found

    return made
