"""A world of lifted code: the packages that are lifted, their second instances, and what imports give there.

Modules are made from their loader's code object, in a namespace whose `__builtins__` imports from this world.
Source is never read.

Invariant: the modules of a world are in the world only, not in sys.modules.
"""

import builtins
import functools
import importlib
import importlib.util
import sys
import threading
import types
from typing import Any

from ..errors import InputError
from ..transforms.custom import CustomFunction
from . import names
from .copies import Copies, from_module, home_name

__all__ = ["lift"]

LOCK = threading.RLock()


class View(types.ModuleType):
    """A module with some names replaced; every other name is the module's own, looked up when it is asked for."""

    def __init__(self, real, replaced, find=None):
        super().__init__(real.__name__, real.__doc__)
        kept = ("__file__", "__path__", "__spec__")
        self.__dict__.update({key: vars(real)[key] for key in kept if key in vars(real)})
        self.__dict__["__all__"] = [n for n in getattr(real, "__all__", dir(real)) if n[:1] != "_"]
        self.__dict__.update(replaced)
        self.__dict__["_real"], self.__dict__["_find"] = real, find

    def __getattr__(self, name):
        found = self._find(name) if self._find is not None else None
        return getattr(self._real, name) if found is None else found

    def __dir__(self):
        return dir(self._real)


class Modules(dict):
    """What sys.modules is in a world: its own modules before the others; what is put in stays in it."""

    def __missing__(self, name):
        return sys.modules[name]

    def get(self, name, default=None):
        """The module of a name."""
        return super().get(name) or sys.modules.get(name, default)

    def __contains__(self, name):
        return super().__contains__(name) or name in sys.modules


class World:
    """The packages that are lifted together."""

    def __init__(self, packages):
        self.packages = set(packages)
        self.modules = Modules()
        self.builtins = names.builtins_with(self.import_)
        self.copies = Copies(self)

    # ---- which module a name is --------------------------------------------------------------------

    def is_lifted(self, name):
        """Whether a module of that name belongs to this world."""
        return name.partition(".")[0] in self.packages

    def module(self, name):
        """The module of a full name, as lifted code sees it."""
        if dict.__contains__(self.modules, name):
            return self.modules[name]
        if self.is_lifted(name):
            return self.load(name)
        real = sys.modules.get(name) or importlib.import_module(name)
        found = self.view(name, real)
        if found is not real:
            self.modules[name] = found
        return found

    def view(self, name, real):
        """The drop-in for a module that is not lifted, or the module."""
        if name == "numpy":
            from .. import numpy

            return View(real, names.NUMPY_TYPES, lambda n: self.part(real, name, n) or getattr(numpy, n))
        if name in ("numpy.linalg", "numpy.fft"):
            return importlib.import_module("dualdiff." + name)
        if name in ("numpy.lib", "numpy.lib.stride_tricks"):
            return importlib.import_module(f"dualdiff.{name}")
        if name == "math":
            from .. import math

            return math
        if name == "scipy":
            return View(real, {}, lambda n: self.part(real, name, n))
        if name.startswith("scipy."):
            ours = f"dualdiff.{name}"
            from .. import scipy

            if name.split(".")[1] in scipy.__all__ and exists(ours):
                drop_in = importlib.import_module(ours)
                return View(real, {}, lambda n: getattr(drop_in, n, None))
            return real
        if name == "functools":
            return View(real, names.FUNCTOOLS)
        if name == "cmath":
            return View(real, names.CMATH)
        if name == "bisect":
            return View(real, names.BISECT)
        if name == "builtins":
            return View(real, {key: self.builtins[key] for key in names.BUILTINS})
        if name == "importlib":
            return View(real, {"import_module": self.import_module})
        if name == "sys":
            return View(real, {"modules": self.modules})
        return real

    def part(self, real, name, attribute):
        """A submodule of a viewed package."""
        full = f"{name}.{attribute}"
        if isinstance(getattr(real, attribute, None), types.ModuleType) and full in sys.modules:
            return self.module(full)
        return None

    # ---- imports -----------------------------------------------------------------------------------

    def import_(self, name, globals=None, locals=None, fromlist=(), level=0):
        """__import__ of lifted code."""
        if level:
            package = (globals or {}).get("__package__") or (globals or {}).get("__name__", "")
            name = importlib.util.resolve_name("." * level + name, package)
        top = name.partition(".")[0]
        if not (top in self.packages or top in DROPS):
            return self.reexports(builtins.__import__(name, globals, locals, fromlist, 0), fromlist)
        with LOCK:
            parts = name.split(".")
            for i in range(1, len(parts) + 1):
                module = self.module(".".join(parts[:i]))
            if not fromlist:
                return self.module(top)
            for part in fromlist:
                wanted = getattr(module, "__all__", ()) if part == "*" else (part,)
                for attribute in wanted:
                    if not hasattr(module, attribute) and hasattr(module, "__path__"):
                        try:
                            self.module(f"{name}.{attribute}")
                        except ModuleNotFoundError as error:
                            if error.name != f"{name}.{attribute}":
                                raise
            return module

    def reexports(self, module, fromlist):
        """A module of another package whose functions of math and NumPy, imported by name, are the drop-ins."""
        names = vars(module).keys() if "*" in (fromlist or ()) else fromlist or ()
        found = {}
        for name in names:
            value = getattr(module, name, None)
            if callable(value) and (mapped := from_module(self, value)) is not value:
                found[name] = mapped
        return View(module, found) if found else module

    def import_module(self, name, package=None):
        """importlib.import_module of lifted code."""
        name = importlib.util.resolve_name(name, package) if name.startswith(".") else name
        self.import_(name, None, None, ("",), 0)
        return self.module(name)

    def load(self, name):
        """The second instance of a module; a compiled one is the original."""
        parent, _, last = name.rpartition(".")
        if parent:
            self.module(parent)
            if dict.__contains__(self.modules, name):     # the parent imported it
                return self.modules[name]
        spec = getattr(sys.modules.get(name), "__spec__", None) or importlib.util.find_spec(name)
        if spec is not None and spec.name != name:      # another module that was put into sys.modules under this name
            module = self.modules[name] = self.module(spec.name)
            return module
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        code = code_of(spec)
        if code is None:
            module = importlib.import_module(name)
            self.modules[name] = module
        else:
            module = types.ModuleType(name)
            module.__dict__.update(
                __spec__=spec, __loader__=spec.loader, __file__=spec.origin, __builtins__=self.builtins,
                __package__=name if spec.submodule_search_locations is not None else parent,
            )  # fmt: skip
            if spec.submodule_search_locations is not None:
                module.__path__ = spec.submodule_search_locations
            self.modules[name] = module
            try:
                exec(code, module.__dict__)
            except BaseException:
                self.modules.pop(name, None)
                raise
            module = self.modules[name]     # a module may put another in its place
        if parent:
            setattr(self.modules[parent], last, module)
        return module


DROPS = {"numpy", "math", "cmath", "scipy", "functools", "bisect", "builtins", "importlib", "sys"}
"""Modules that are not what they are elsewhere."""


def exists(name):
    """Whether there is a module of a full name."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:     # what stands before the last dot is a module, not a package
        return False


def code_of(spec):
    """The code object of a module of Python; None for a compiled one."""
    if spec.origin == "namespace" or spec.loader is None or not hasattr(spec.loader, "get_code"):
        return compile("", "<namespace>", "exec") if spec.submodule_search_locations is not None else None
    return spec.loader.get_code(spec.name)


def importable(module):
    """Whether a module can be loaded a second time: it has a name, a loader and Python code."""
    spec = getattr(module, "__spec__", None)
    if module is None or module.__name__ == "__main__" or spec is None:
        return False
    return spec.name == module.__name__ and hasattr(spec.loader, "get_code") and code_of(spec) is not None


NEVER = ("numpy", "math", "cmath", "scipy", "builtins")     # dualdiff stands in for these, or they are compiled


def lift(obj: Any, packages: Any = ()) -> Any:
    """The counterpart of other people's code that takes duals: it runs on dualdiff's drop-ins, as a copy.

    In it `numpy`, `math`, `scipy.*`, and the names imported from them are dualdiff's, arrays made inside a derivative
    call can be filled with derivatives, ``float(x)`` keeps them, and ``isinstance(x, np.ndarray)``,
    ``isinstance(x, float)``, ``type(x)`` answer as they would for the value.  The same holds of everything in Python
    that it calls in its own package.

    Parameters
    ----------
    obj : function, class, method, partial, module, or the name of a module
        A module is loaded a second time from its code; the instance that others have imported is not touched, and the
        state of the new one is that of a fresh import.  A function or class of an importable module is taken from
        there.  One that no module has (a closure, a lambda, of a notebook or a script) is copied with its own globals,
        which are read anew in every call.
    packages : str or sequence of str
        Other packages to lift with it, by name.

    Returns
    -------
    the same kind of thing
        On plain numbers and arrays its results are those of the original, to the last bit.

    Raises
    ------
    InputError
        For compiled code (builtins, extension modules, numba), which has no Python to run anew; for NumPy and SciPy.

    Examples
    --------
    >>> import math, dualdiff as dd
    >>> def speed(v):
    ...     return float(math.sqrt(v * v + 1.0))
    >>> round(dd.derivative(dd.lift(speed))(0.75), 12)
    0.6
    """
    packages = {packages} if isinstance(packages, str) else set(packages)
    for name in packages:
        if not isinstance(name, str):
            raise InputError(f"packages takes names of packages, got {name!r}")
    for name in (*packages, *([obj] if isinstance(obj, str) else [])):
        if name.partition(".")[0] in NEVER:
            raise not_lifted(name, name.partition(".")[0])
    if isinstance(obj, str):
        if not obj.partition(".")[0]:
            raise InputError(f"lift takes a module's full name, got {obj!r}")
        return World({obj.partition(".")[0], *packages}).import_module(obj)
    if isinstance(obj, types.ModuleType):
        if not importable(obj):
            raise compiled(obj)
        if obj.__name__.partition(".")[0] in NEVER:
            raise not_lifted(obj.__name__, obj.__name__.partition(".")[0])
        return World({obj.__name__.partition(".")[0], *packages}).import_module(obj.__name__)
    if isinstance(obj, CustomFunction):
        return obj      # nobody looks into its function, and its rule takes duals as it is
    home = home_of(obj)
    if home is None or isinstance(obj, (types.BuiltinFunctionType, types.MethodWrapperType)):
        raise compiled(obj)
    top = home.partition(".")[0]
    if top in NEVER:
        raise not_lifted(name_of(obj), top)
    world = World({top, *packages})
    with LOCK:
        found = world.copies.of(obj)
    if found is obj:
        raise compiled(obj)
    return world.copies.refreshing(found)


def home_of(obj):
    """The name of the module that an object comes from."""
    if isinstance(obj, functools.partial):
        return home_of(obj.func)
    if hasattr(obj, "pyfunc") and type(obj).__module__ == "numpy":      # np.vectorize
        return home_of(obj.pyfunc)
    if isinstance(obj, types.MethodType):
        return home_of(obj.__func__)
    return home_name(obj)


def name_of(obj):
    return getattr(obj, "__qualname__", None) or getattr(obj, "__name__", None) or repr(obj)


def not_lifted(name, top):
    """The error for what dualdiff stands in for itself, or cannot."""
    if top == "scipy":
        return InputError(
            f"{name} of scipy is not lifted: much of it is compiled. The functions of scipy.special, and what "
            "dualdiff.scipy has, take duals as they are; for others write the formula out (scipy.stats: a density in "
            "NumPy and scipy.special), or give the function a derivative with custom_jvp"
        )
    where = "dualdiff.numpy has it with the arrays that can be filled" if top == "numpy" else "lifted code calls it so"
    return InputError(f"{name} of {top} is not lifted, as it needs none: call it as it is; {where}")


def compiled(obj):
    """The error for what cannot be lifted."""
    return InputError(
        f"{name_of(obj)} (a {type(obj).__name__} of {home_of(obj) or 'unknown origin'}) is compiled code, or no code "
        "at all, and cannot be lifted: there is no Python to run on duals; give it a derivative with custom_jvp"
    )
