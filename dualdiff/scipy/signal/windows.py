"""scipy.signal.windows for duals: windows by their parameters."""

from typing import Any

import scipy.signal.windows as _windows

from ..second_instance import Namespace
from . import _SPACE as _SIGNAL

_SPACE = Namespace(
    _windows, _SIGNAL.instance, [n for n in _windows.__all__ if n not in ("dpss",)],
    {"dpss": "its sequences are the eigenvectors of a tridiagonal matrix, from compiled code"},
)  # fmt: skip


def __getattr__(name: str) -> Any:
    return _SPACE.get(name)


def __dir__() -> Any:
    return sorted(dir(_windows))
