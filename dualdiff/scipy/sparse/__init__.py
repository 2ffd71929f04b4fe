"""scipy.sparse, differentiable: arrays whose entries vary, and `linalg`.

The constructors take duals as data and then give a `SparseDual` (arrays.py); on plain numbers they are SciPy's.

Invariant: SciPy's names, signatures and values.  Every name that is not here is SciPy's.
"""

from typing import Any

import scipy.sparse as _scipy

from ..applied import theirs as _theirs
from . import linalg
from .arrays import SparseDual
from .construction import *  # noqa: F403
from .construction import __all__ as _constructors

__all__ = ["SparseDual", "linalg", *_constructors]


def __getattr__(name: str) -> Any:
    return _theirs(_scipy, name)


def __dir__() -> Any:
    return sorted({*dir(_scipy), *__all__})
