"""NumPy for code that fills buffers: ``from dualdiff import numpy as np``.

Everything of NumPy is here under its own name, and most of it is NumPy's own object.  Two kinds of functions differ:

* those that make arrays (zeros, empty, array, copy, linspace, ...): inside a derivative call the new float array can
  take derivatives.  Outside they return what NumPy returns, at NumPy's speed;
* those that take lists (mean, concatenate, linalg.solve, ...): a list that holds duals is first joined to
  one dual array, where NumPy would make an array of objects.

`ndarray` is NumPy's, but inside a derivative call ``isinstance(x, np.ndarray)`` is true of dual arrays too.

Invariant: a plain array that somebody else has stays as it is; only new memory becomes a buffer.
Imports: core, errors, functions, maps, standin.
"""

import importlib
import sys as _sys
from typing import Any

import numpy as _np

from ..core import is_within as _is_within
from . import drops, submodules as _submodules

__all__ = list(_np.__all__)

PARTS = ("fft", "linalg")       # submodules with files of their own

globals().update(drops.namespace(_np, __name__))
_ndarray = globals().pop("ndarray")
_submodules.register(__name__)


def __getattr__(name: str) -> Any:
    if name == "ndarray":
        return _ndarray if _is_within() else _np.ndarray
    if name in PARTS:
        return importlib.import_module(f".{name}", __name__)
    if name in _submodules.PACKAGES:
        return _sys.modules[f"{__name__}.{name}"]
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_np, name)


def __dir__() -> Any:
    return dir(_np)
