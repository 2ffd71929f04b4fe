"""A compiled function with all but one of its arguments given: what solvers call, x -> f(*before, x, *after).

Its values and its derivatives by x are programs of the function itself, recorded once for all that the others may be.
"""

import types
from collections.abc import Callable
from typing import Any

from ..transforms.jvp import jvp as jvp_of
from .compiled import ValuePaths
from .derived import AlongPaths, derived, jvp
from .paths import caller
from .tracer import NotCompilable, NotHere

__all__ = ["Bound", "Swapped", "bound", "derivative_of", "paths_of", "solvers_own"]


def paths_of(f: Any) -> Any:
    """The programs of a function, or None.  A method has the attributes of its function, whose programs take self."""
    return None if type(f) is types.MethodType else getattr(f, "__dualdiff_program__", None)


def bound(f: Callable[..., Any], after: Any = (), before: Any = (), kwargs: Any = None) -> Callable[..., Any]:
    """x -> f(*before, x, *after, **kwargs); its derivatives are programs if those of f are.

    Parameters
    ----------
    f : callable
    after, before : tuple
        The other arguments.
    kwargs : dict, optional
        Arguments by name; with them derivatives are taken without programs.

    Returns
    -------
    callable
        f itself, where there is nothing to give.
    """
    if not after and not before and not kwargs:
        return f
    if isinstance(f, Swapped) and not kwargs and not before and after:
        return bound(f.f, after[1:], after[:1])
    if kwargs or paths_of(f) is None:
        named = kwargs or {}
        return lambda x: f(*before, x, *after, **named)
    return Bound(f, before, after)


class Swapped:
    """(y, t, *args) -> f(t, y, *args) of a compiled f: the right-hand side of an equation, as a function of y first."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f

    def __call__(self, y: Any, t: Any, *args: Any) -> Any:
        """The value at y and t."""
        return self.f(t, y, *args)


class Bound:
    """What `bound` makes of a compiled function."""

    __slots__ = ("__dualdiff_program__", "after", "before", "f")

    def __init__(self, f: Callable[..., Any], before: tuple[Any, ...], after: tuple[Any, ...]) -> None:
        self.f, self.before, self.after = f, before, after
        self.__dualdiff_program__ = BoundPaths(paths_of(f), before, after)

    def __call__(self, x: Any) -> Any:
        """The value at x."""
        return self.f(*self.before, x, *self.after)

    @property
    def __name__(self) -> str:
        return str(getattr(self.f, "__name__", "f"))


class BoundPaths:
    """The programs of a `Bound`: those of the whole function, by one argument.

    f: the function without programs.
    """

    def __init__(self, base: Any, before: tuple[Any, ...], after: tuple[Any, ...]) -> None:
        self.base, self.before, self.after = base, before, after
        self.exact, self.name = base.exact, base.name

    def f(self, x: Any, **kwargs: Any) -> Any:
        """The user's function as it is."""
        return self.base.f(*self.before, x, *self.after, **kwargs)

    def along(self, kind: str, primals: Any, tangents: Any, kwargs: dict[str, Any]) -> Any:
        """jvp or hvp by x."""
        if isinstance(primals, (tuple, list)):
            (primals,), (tangents,) = primals, tangents
        if kind != "jvp" or kwargs:
            from ..transforms.hessian import hvp as hvp_of

            return {"jvp": jvp_of, "hvp": hvp_of}[kind](self.f, (primals,), (tangents,), **kwargs)
        paths = by_place(self.base, len(self.before))
        return paths.call((*self.before, primals, *self.after), (tangents,), {})

    def derivative(self, kind: str) -> Any:
        """The paths of a derivative by x, called with x alone."""
        place = len(self.before)
        key = f"{kind} by argument {place}"
        paths = self.base.alongs.get(key)
        if paths is None:
            import dualdiff as dd

            plain = getattr(dd, kind)(self.base.f, argnums=place)
            paths = self.base.alongs[key] = derived(self.base, kind, plain, (), {"argnums": place})
        return Given(paths, self.before, self.after)

    def make(self, kind: str) -> Callable[[Any], Any]:
        """A derivative by x as a function of x."""
        found: Callable[[Any], Any] = self.derivative(kind).of_x
        return found

    def calls_python(self, x: Any) -> bool:
        """Whether the program at x calls functions of Python's, whose derivatives replay better from a recording."""
        try:
            path = self.base.path_for((*self.before, x, *self.after), {})
        except (NotCompilable, NotHere):
            return True
        return "call" in path.graph.op

    def check(self, x: Any) -> None:
        """Raises StaleProgramError where the program gives another value at x than the function, unless never asked."""
        if self.base.check != "never":
            args = (*self.before, x, *self.after)
            self.base.compare(args, {}, self.base(args, {}))


def solvers_own(f: Callable[..., Any], after: Any = ()) -> BoundPaths | None:
    """What a solver of f(x, *after) asks for its programs; None where f is not compiled."""
    if isinstance(f, Swapped) and after:
        return BoundPaths(paths_of(f.f), tuple(after[:1]), tuple(after[1:]))
    paths = paths_of(f)
    if isinstance(paths, BoundPaths):
        return BoundPaths(paths.base, paths.before, (*after, *paths.after))
    return BoundPaths(paths, (), tuple(after)) if isinstance(paths, ValuePaths) else None


def derivative_of(kind: str, f: Callable[..., Any]) -> Callable[..., Any] | None:
    """A derivative of f(x, *args) by x as a function of x and args, by programs; None where f is not compiled."""
    if solvers_own(f, (0.0,)) is None:
        return None

    def derivative(x: Any, *args: Any) -> Any:
        own = solvers_own(f, args)
        assert own is not None
        return own.make(kind)(x)

    return derivative


class Given:
    """The paths of a derivative of a `Bound`."""

    quick = around = None

    def __init__(self, paths: Any, before: tuple[Any, ...], after: tuple[Any, ...]) -> None:
        self.paths, self.call, self.before, self.after = paths, caller(paths), before, after

    def __call__(self, args: Any, kwargs: dict[str, Any]) -> Any:
        """The derivative, as paths are called."""
        return self.call(*self.before, *args, *self.after, **kwargs)

    def of_x(self, x: Any) -> Any:
        """The derivative at x."""
        return self.call(*self.before, x, *self.after)


class ByPlace(AlongPaths):
    """The programs of J v by one argument: their arguments are (all arguments, (v,))."""

    def __init__(self, base: Any, place: int) -> None:
        def plain(primals: Any, vectors: Any) -> Any:
            primals = list(primals)

            def g(x: Any) -> Any:
                return base.f(*primals[:place], x, *primals[place + 1 :])

            return jvp_of(g, (primals[place],), vectors)

        super().__init__(base, plain, f"jvp of {base.name}", jvp, place)

    def places(self, args: Any) -> list[int]:
        if not 0 <= self.argnums < len(args):
            raise NotCompilable("there is no such argument")
        return [self.argnums]


def by_place(base: Any, place: int) -> Any:
    """The programs of J v by the argument at a place."""
    key = f"jvp by argument {place}"
    found = base.alongs.get(key)
    if found is None:
        found = base.alongs[key] = ByPlace(base, place)
    return found
