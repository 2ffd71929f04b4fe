"""dualdiff.numpy in which every float array that is made inside a test has tangents.  Loaded by the tests' copies.

`from carried import numpy as np` and `from carried.numpy.linalg import norm` are what the copies say.
"""

import sys
import types

import numpy as onp

import dualdiff.numpy
from dualdiff.core import DualArray, make_array
from dualdiff.numpy import drops

ARGUMENT = None
"""The argument of the derivative call that a test runs in."""

KINDS = "fdFD"

MAKES = drops.MAKERS | {"arange"}
SUBMODULES = ("linalg", "fft", "random", "testing", "exceptions", "polynomial")


def carrying(result):
    """A new float array with tangents; anything else as it is."""
    if ARGUMENT is None:
        return result
    if type(result) is DualArray and result.tag < 0 and result.base is None:
        value = result.value
    elif type(result) is onp.ndarray and result.base is None:
        value = result
    else:
        return result
    if value.dtype.char in KINDS and value.flags.behaved and value.ndim < 64:
        tangents = onp.cos(onp.arange(value.size)).reshape(value.shape)[None].astype(value.dtype)
        t = onp.empty_like(value, shape=None)[None] if value.size else onp.empty((1, *value.shape), value.dtype)
        t[...] = tangents
        return make_array(value, t, ARGUMENT.tag)
    return result


class Maker:
    """A function whose new arrays carry; no method where a class has it as an attribute, as NumPy's are none."""

    def __init__(self, function):
        self.function = function
        self.__name__ = getattr(function, "__name__", "make")

    def __call__(self, *args, **kwargs):
        return carrying(self.function(*args, **kwargs))

    def __getattr__(self, name):
        return getattr(self.function, name)


class Namespace(types.ModuleType):
    """dualdiff.numpy or one of its modules, with makers that make arrays that carry."""

    def __init__(self, real, name, makes):
        super().__init__(name)
        self.__path__ = []
        self.__all__ = list(real.__all__) if hasattr(real, "__all__") else []
        self.__dict__["_real"] = real
        for key in makes:
            if hasattr(real, key):
                self.__dict__[key] = Maker(getattr(real, key))

    def __getattr__(self, name):
        full = f"{self.__name__}.{name}"
        return sys.modules[full] if full in sys.modules else getattr(self._real, name)


__path__: list = []
numpy = sys.modules["carried.numpy"] = Namespace(dualdiff.numpy, "carried.numpy", MAKES)
for _name in SUBMODULES:
    try:
        _module = __import__(f"dualdiff.numpy.{_name}", fromlist=["x"])
    except ImportError:
        _module = getattr(onp, _name)
    sys.modules[f"carried.numpy.{_name}"] = Namespace(
        _module, f"carried.numpy.{_name}", ("random", "rand", "randn", "uniform", "normal") if _name == "random" else ())
    setattr(numpy, _name, sys.modules[f"carried.numpy.{_name}"])
