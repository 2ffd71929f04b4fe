"""The submodules of NumPy under dualdiff.numpy, so that ``from dualdiff.numpy.random import default_rng`` works.

linalg and fft are files of their own.  Each of the others is a `Submodule`: its names are those of NumPy's module,
which is imported when the first of them is asked for; of `testing` some are replaced.  They are put into sys.modules
as dualdiff.numpy.random and so on, where Python's import statement finds them.

"""

import functools
import importlib
import importlib.machinery
import sys
import types
from typing import Any

from ..core import Drop
from ..functions.base import value_of
from ..maps.tangents import is_dual

__all__ = ["Submodule", "register"]

NAMES = (
    "char", "ctypeslib", "dtypes", "exceptions", "lib", "lib.array_utils", "lib.format", "lib.introspect", "lib.mixins",
    "lib.npyio", "lib.recfunctions", "lib.scimath", "lib.stride_tricks", "ma", "ma.core", "ma.extras", "ma.mrecords",
    "polynomial", "polynomial.chebyshev", "polynomial.hermite", "polynomial.hermite_e", "polynomial.laguerre",
    "polynomial.legendre", "polynomial.polynomial", "polynomial.polyutils", "random", "rec", "strings", "testing",
    "typing",
)  # fmt: skip
REFUSED = {
    "core": "it is NumPy's former private part: the public names are in dualdiff.numpy",
    "distutils": "it builds packages: import numpy.distutils",
    "f2py": "it builds compiled code: import numpy.f2py, and give what it makes a derivative with dd.custom_jvp",
    "matlib": "it makes matrices (np.matrix): write arrays of dualdiff.numpy, and @ for their product",
    "matrixlib": "it makes matrices (np.matrix): write arrays of dualdiff.numpy, and @ for their product",
}  # fmt: skip


class Submodule(types.ModuleType):
    """A module of NumPy under dualdiff.numpy, imported when a name is first asked of it.

    Parameters
    ----------
    name : str
        Its name below numpy.
    home : str
        The package it is put into.
    """

    def __init__(self, name: str, home: str) -> None:
        super().__init__(f"{home}.{name}", f"numpy.{name} for code that runs on dualdiff.numpy.")
        package = any(other.startswith(name + ".") for other in NAMES)
        self.__spec__ = importlib.machinery.ModuleSpec(self.__name__, None, is_package=package)
        self.__package__ = self.__name__ if package else self.__name__.rpartition(".")[0]
        if package:
            self.__path__ = []
        self.__dict__["_name"] = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        full = f"{self.__name__}.{name}"
        if full in sys.modules:
            return sys.modules[full]
        real = importlib.import_module(f"numpy.{self._name}")
        if name == "__all__":
            return list(getattr(real, name, [key for key in vars(real) if not key.startswith("_")]))
        found = getattr(real, name)
        replace = REPLACED.get(self._name)
        if replace is not None and callable(found) and not isinstance(found, type):
            found = replace(found, name, self.__name__)
        self.__dict__[name] = found
        return found

    def __dir__(self) -> Any:
        return dir(importlib.import_module(f"numpy.{self._name}"))


class Refused(types.ModuleType):
    """A module of NumPy that dualdiff.numpy does not have: any name asked of it is an ImportError that says why."""

    def __init__(self, name: str, home: str) -> None:
        super().__init__(f"{home}.{name}")
        self.__dict__["_reason"] = f"dualdiff.numpy has no {name}: {REFUSED[name]}"

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ImportError(self._reason, name=self.__name__)


def register(home: str) -> None:
    """Puts the submodules of a package that stands for numpy into sys.modules."""
    for name in NAMES:
        sys.modules.setdefault(f"{home}.{name}", Submodule(name, home))
    for name in REFUSED:
        sys.modules.setdefault(f"{home}.{name}", Refused(name, home))


def testing(function: Any, name: str, home: str) -> Any:
    """An assertion of numpy.testing, about the values; those that call a function give it what they were given."""
    if not name.startswith("assert_") or name in ("assert_raises", "assert_raises_regex", "assert_warns",
                                                  "assert_no_warnings", "assert_no_gc_cycles"):  # fmt: skip
        return function

    @functools.wraps(function)
    def about_values(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return function(*map(values, args), **{key: values(x) for key, x in kwargs.items()})

    return about_values


def values(x: Any) -> Any:
    """Nested lists, tuples and dicts with the values in place of duals."""
    if is_dual(x):
        return value_of(x)
    if type(x) in (list, tuple):
        return type(x)(map(values, x))
    if type(x) is dict:
        return {key: values(e) for key, e in x.items()}
    return value_of(x)


def strides(function: Any, name: str, home: str) -> Any:
    """as_strided with a rule: NumPy's own does not dispatch, and reads memory."""
    if name != "as_strided":
        return function
    from ..functions.windows import as_strided

    return Drop(function, as_strided, 0, home, name)


REPLACED = {"lib.stride_tricks": strides, "testing": testing}
"""What takes the place of the functions of a submodule."""

PACKAGES = frozenset(key.partition(".")[0] for key in REPLACED)
"""What is asked for by attribute, too, as something in it is replaced."""
