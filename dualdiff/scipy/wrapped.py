"""Objects of SciPy's with derivatives beside them."""

import functools
from typing import Any

from ..errors import UnsupportedError
from .applied import holds_floats

__all__ = ["Holding", "Wrapped"]


class Wrapped:
    """Stands for an object of SciPy's, `original`: what it does not have itself is the original's.

    `_own` are the names that are its own even before they are set, as in an object that is being copied.
    """

    _own: tuple[str, ...] = ("original",)
    original: Any

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in self._own:
            raise AttributeError(name)
        return getattr(self.original, name)


def tells(x: Any) -> bool:
    """Whether a result is no number with a derivative, and holds none: a place, a count, a text."""
    if isinstance(x, (tuple, list)):
        return all(map(tells, x))
    kind = getattr(getattr(x, "dtype", None), "kind", "")
    return kind in ("i", "u", "b") or x is None or isinstance(x, (int, str))


class Holding(Wrapped):
    """One that holds duals: what the original computes of their values is refused, as it has lost their derivatives.

    `_constant` are the names of numbers that are none of the duals'.
    """

    _constant: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        if name.startswith("_") or name in self._constant or isinstance(found, type):
            return found

        def refused() -> UnsupportedError:
            return UnsupportedError(
                f"{type(self.original).__name__}.{name} of duals has no derivative here. Make the object of values, "
                "x.value, if the derivative is not needed"
            )

        if callable(found):

            @functools.wraps(found)
            def answer(*args: Any, **kwargs: Any) -> Any:
                result = found(*args, **kwargs)
                if not tells(result):
                    raise refused()
                return result

            return answer
        if holds_floats(found):
            raise refused()
        return found
