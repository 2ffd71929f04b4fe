"""Whether a function of NumPy's has a handler; all chapters are loaded to know."""

from typing import Any

from . import fft  # noqa: F401  (it is loaded when it is first used)
from .base import FUNCTIONS

__all__ = ["is_handled"]


def is_handled(function: Any) -> bool:
    """Whether it has one; False of what is no function."""
    try:
        return function in FUNCTIONS
    except TypeError:  # not hashable
        return False
