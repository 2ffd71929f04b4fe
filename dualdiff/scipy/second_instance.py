"""SciPy's own Python code on dualdiff's drop-ins: the second instance of a package of SciPy's.

Much of scipy.signal is Python on top of NumPy, FFTs and a few compiled loops.  Its modules are run a second time
(as dualdiff.lift does with other packages), with numpy, math and scipy's namespaces replaced by dualdiff's, and the
compiled loops by functions with derivatives.  What comes out is used for derivatives only: values are SciPy's.

Imported by the namespaces of dualdiff.scipy.
"""

import functools
import importlib

from ..functions.base import as_operand
from ..lifting.world import View, World
from .applied import differentiable, plain

__all__ = ["SecondInstance"]


class SecondInstance(World):
    """One package of SciPy's, with its compiled functions replaced.

    Parameters
    ----------
    package : str
        As "scipy.signal".
    replaced : dict
        name of a module -> {name of a function -> what stands for it}.
    """

    def __init__(self, package, replaced):
        super().__init__({package})
        self.package, self.replaced = package, replaced

    def is_lifted(self, name):
        """Whether a module belongs to the package."""
        return name == self.package or name.startswith(self.package + ".")

    def module(self, name):
        """The module of a full name, as the second instance sees it."""
        if name in self.replaced and not dict.__contains__(self.modules, name):
            real = importlib.import_module(name)
            self.modules[name] = View(real, self.replaced[name])
        return super().module(name)

    def view(self, name, real):
        """Drop-ins of whole namespaces; SciPy's helpers for array libraries answer NumPy."""
        if name == "scipy._lib._array_api":
            return View(real, {"array_namespace": self.namespace, "xp_capabilities": unchanged, "_asarray": self.asarray})
        return super().view(name, real)

    def namespace(self, *arrays):
        """The array library of any arrays."""
        return self.module("numpy")

    def asarray(self, x, dtype=None, order=None, copy=None, *, xp=None, check_finite=False, subok=False):
        """scipy._lib._array_api._asarray: NumPy's asarray."""
        return self.module("numpy").asarray(as_operand(x), dtype=dtype)


def unchanged(*args, **kwargs):
    """A decorator with arguments that changes nothing."""
    return lambda f: f
