"""Objects of SciPy's with derivatives beside them."""

from typing import Any

__all__ = ["Wrapped"]


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
