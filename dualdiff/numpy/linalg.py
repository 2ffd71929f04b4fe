"""numpy.linalg, whose functions also take lists that hold duals.

"""

from typing import Any

import numpy.linalg as _linalg

from . import drops

__all__ = list(_linalg.__all__)

globals().update(drops.namespace(_linalg, __name__, "linalg."))


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_linalg, name)
