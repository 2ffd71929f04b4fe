"""Which function of NumPy's a recording takes in which way: the table that functions.py and others fill."""

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["HANDLERS", "handles"]

HANDLERS: dict[Any, Callable[..., Any]] = {}
"""function -> handler(tracer, *args, **kwargs); NotImplemented: another way."""


F = TypeVar("F", bound=Callable[..., Any])


def handles(*functions: Any) -> Callable[[F], F]:
    """Registers a handler."""

    def register(handler: F) -> F:
        for function in functions:
            HANDLERS[function] = handler
        return handler

    return register
