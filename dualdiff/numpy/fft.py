"""numpy.fft, whose functions also take lists that hold duals.

"""

from typing import Any

import numpy.fft as _fft

from ..functions import fft as _rules  # noqa: F401  (registers the derivatives)
from . import drops

__all__ = list(_fft.__all__)

globals().update(drops.namespace(_fft, __name__, "fft."))


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_fft, name)
