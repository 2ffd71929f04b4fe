"""numpy.lib with a stride_tricks whose as_strided takes duals: NumPy's own does not dispatch, and reads memory.

Imported by numpy/__init__.py and lifting/world.py, when numpy.lib is asked for.
"""

import types

import numpy as np

from ..core import Drop
from ..functions.windows import as_strided

__all__ = ["lib", "stride_tricks"]


class Beside(types.ModuleType):
    """A module of NumPy's with some names replaced."""

    def __init__(self, real, **replaced):
        super().__init__(f"dualdiff.{real.__name__}", real.__doc__)
        self.__dict__.update(replaced, _real=real)

    def __getattr__(self, name):
        return getattr(self._real, name)

    def __dir__(self):
        return dir(self._real)


stride_tricks = Beside(
    np.lib.stride_tricks,
    as_strided=Drop(np.lib.stride_tricks.as_strided, as_strided, 0, "dualdiff.numpy.strides", "as_strided"),
)
lib = Beside(np.lib, stride_tricks=stride_tricks)
as_strided = stride_tricks.as_strided       # where pickle finds it
