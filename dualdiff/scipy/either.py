"""Classes that are SciPy's own on plain data, and interpolants with derivatives where a constructor is given duals.

    BSpline = either(scipy.interpolate, "BSpline", BSplineOfDuals, of_plain)

Called on plain data the class gives an instance of a subclass of SciPy's: its class methods, attributes, results and
what SciPy's functions ask with isinstance are SciPy's.  Only where one of its methods is given a dual does it become an
interpolant with derivatives, made from its attributes as they are then.

Invariant: isinstance is true for SciPy's instances and for interpolants of duals.
"""

import functools
from collections.abc import Callable
from typing import Any

from .applied import differentiable, settled

__all__ = ["either"]


def any_dual(args: Any, kwargs: Any) -> bool:
    """Whether an argument is a dual, or holds one."""
    return any(differentiable(*(x if isinstance(x, tuple) else (x,))) for x in (*args, *kwargs.values()))


def either(
    module: Any, name: str, of_duals: Any, of_plain: Any, methods: Any = ("__call__",), more: Any = ()
) -> Any:
    """SciPy's class, which takes duals as well.

    Parameters
    ----------
    module, name
        Where SciPy's class is.
    of_duals : callable
        Takes the constructor's arguments where one is a dual, and gives an object whose `original` is SciPy's.
    of_plain : callable
        Takes an instance of the class, and gives an object whose methods take duals.
    methods : tuple of str
        What may be given duals.
    more : iterable of functions
        Methods of instances on plain data that tell for themselves whether they are given duals.
    """

    original = getattr(module, name)

    class Either(type(original)):  # type: ignore[misc]
        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            if cls is made and any_dual(args, kwargs):
                args, kwargs = tuple(map(settled, args)), {key: settled(x) for key, x in kwargs.items()}
                if any_dual(args, kwargs):
                    return of_duals(*args, **kwargs)
            return super().__call__(*args, **kwargs)

        def __instancecheck__(cls, x: Any) -> Any:
            if cls is not made:
                return super().__instancecheck__(x)
            return isinstance(x, original) or isinstance(getattr(x, "original", None), original)

    def passed_on(method: Any) -> Callable[..., Any]:
        theirs = getattr(original, method)

        @functools.wraps(theirs)
        def answer(self: Any, *args: Any, **kwargs: Any) -> Any:
            if any_dual(args, kwargs):
                return getattr(of_plain(self), method)(*args, **kwargs)
            return theirs(self, *args, **kwargs)

        return answer

    own: dict[Any, Any] = {method: passed_on(method) for method in methods}
    own |= {function.__name__: function for function in more}
    own |= {"__module__": f"dualdiff.{module.__name__}", "__qualname__": name,
            "__doc__": f"{module.__name__}.{name}, also of duals."}  # fmt: skip
    made = Either(name, (original,), own)
    return made
