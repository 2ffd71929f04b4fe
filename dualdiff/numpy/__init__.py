"""NumPy for code that fills buffers: ``from dualdiff import numpy as np``.

Everything of NumPy is here under its own name, and most of it is NumPy's own object.  Two kinds of functions differ:

* those that make arrays (zeros, empty, array, copy, linspace, ...): inside a derivative call the new float array can
  take derivatives.  Outside they return what NumPy returns, at NumPy's speed;
* those that take lists (mean, concatenate, linalg.solve, ...): a list that holds duals is first joined to
  one dual array, where NumPy would make an array of objects.

`ndarray` is NumPy's, but ``isinstance(x, np.ndarray)`` is true of dual arrays too.

Invariant: a plain array that somebody else has stays as it is; only new memory becomes a buffer.
Imported by user code and by lifting/ only.
"""

import importlib

import numpy as _np

from . import drops

__all__ = list(_np.__all__)

PARTS = ("fft", "linalg")       # our own submodules; the others are NumPy's

globals().update(drops.namespace(_np, __name__))


def __getattr__(name):
    if name in PARTS:
        return importlib.import_module(f".{name}", __name__)
    if name == "lib":
        return importlib.import_module(".strides", __name__).lib
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_np, name)


def __dir__():
    return dir(_np)
