"""A world of lifted code: the packages that are lifted, and what their imports give there.

A module is imported once, as ever; the world has a live view of it, in which every name is mapped (copies.py).
There is one world for each set of packages, and it is kept.

Invariant: the views of a world are in the world only, not in sys.modules.
"""

import builtins
import functools
import importlib
import importlib.util
import sys
import types
from typing import Any

import numpy as np

from ..core import LiveModule
from ..errors import InputError
from ..transforms.custom import CustomFunction
from . import names
from .copies import LOCK, Copies, from_module, home_name, python_of
from .guard import LiftedFunction, general, settle

__all__ = ["NEVER", "lift", "world_of"]


def view_of(real: Any, replaced: Any, find: Any = None) -> Any:
    """A module with some names replaced; every other name is the module's own, looked up when it is asked for."""
    found = types.ModuleType(real.__name__, real.__doc__)
    names = vars(found)
    names.update({key: vars(real)[key] for key in ("__file__", "__path__", "__spec__") if key in vars(real)})
    names["__all__"] = [n for n in getattr(real, "__all__", dir(real)) if n[:1] != "_"]
    names.update(replaced)

    def __getattr__(name: str) -> Any:
        value = find(name) if find is not None else None
        return getattr(real, name) if value is None else value

    names["__getattr__"], names["__dir__"] = __getattr__, lambda: dir(real)
    return found


class Modules(dict[str, Any]):
    """What sys.modules is in a world: its own modules before the others; what is put in stays in it."""

    def __init__(self, world: Any) -> None:
        super().__init__()
        self.world = world

    def __missing__(self, name: str) -> Any:
        return self.world.module(name) if self.world.replaces(name) and name in sys.modules else sys.modules[name]

    def get(self, name: str, default: Any = None) -> Any:
        """The module of a name."""
        try:
            return self[name]
        except KeyError:
            return default

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in sys.modules


WORLDS: dict[Any, Any] = {}  # set of packages -> its world


def world_of(packages: Any) -> Any:
    """The world of a set of packages."""
    key = frozenset(packages)
    with LOCK:
        found = WORLDS.get(key)
        if found is None:
            found = WORLDS[key] = World(key)
        return found


class World:
    """The packages that are lifted together; `guests` are modules whose functions were handed in as callbacks."""

    def __init__(self, packages: Any) -> None:
        self.packages = set(packages)
        self.guests: set[Any] = set()
        self.modules = Modules(self)
        self.builtins = names.builtins_with(self.import_)
        self.copies = Copies(self)

    # ---- which module a name is --------------------------------------------------------------------

    def is_lifted(self, name: str) -> bool:
        """Whether a module of that name belongs to this world."""
        return name.partition(".")[0] in self.packages or name in self.guests

    def replaces(self, name: str) -> Any:
        """Whether a module of that name is another one here."""
        return self.is_lifted(name) or name.partition(".")[0] in DROPS

    def module(self, name: str) -> Any:
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

    def view(self, name: str, real: Any) -> Any:
        """The drop-in for a module that is not lifted, or the module."""
        if name == "numpy":
            from .. import numpy

            replaced = {n: v for n, v in vars(numpy).items() if n in vars(real) and n[:1] != "_"}
            return view_of(
                real,
                {**vars_of(real), **replaced, **names.NUMPY_TYPES},
                lambda n: self.part(real, name, n) or getattr(numpy, n),
            )
        if name in ("numpy.linalg", "numpy.fft"):
            return importlib.import_module("dualdiff." + name)
        if name in ("numpy.lib", "numpy.lib.stride_tricks"):
            return importlib.import_module(f"dualdiff.{name}")
        if name == "math":
            from .. import math

            return math
        if name == "scipy":
            return view_of(real, {}, lambda n: self.part(real, name, n))
        if name.startswith("scipy."):
            ours = f"dualdiff.{name}"
            scipy = importlib.import_module("dualdiff.scipy")
            if name.split(".")[1] in scipy.__all__ and exists(ours):
                drop_in = importlib.import_module(ours)
                return view_of(real, {}, lambda n: getattr(drop_in, n, None))
            return real
        if name == "numba":
            return view_of(real, names.NUMBA)
        if name == "functools":
            return view_of(real, names.FUNCTOOLS)
        if name == "cmath":
            return view_of(real, names.CMATH)
        if name == "bisect":
            return view_of(real, names.BISECT)
        if name == "builtins":
            return view_of(real, {key: self.builtins[key] for key in names.BUILTINS})
        if name == "importlib":
            return view_of(real, {"import_module": self.import_module})
        if name == "sys":
            return view_of(real, {"modules": self.modules})
        return real

    def part(self, real: Any, name: str, attribute: Any) -> Any:
        """A submodule of a viewed package."""
        full = f"{name}.{attribute}"
        if isinstance(getattr(real, attribute, None), types.ModuleType) and full in sys.modules:
            return self.module(full)
        return None

    # ---- imports -----------------------------------------------------------------------------------

    def import_(self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: Any = 0) -> Any:
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

    def reexports(self, module: Any, fromlist: Any) -> Any:
        """A module of another package whose functions of math and NumPy, imported by name, are the drop-ins."""
        names = vars(module).keys() if "*" in (fromlist or ()) else fromlist or ()
        found = {}
        for name in names:
            value = getattr(module, name, None)
            if callable(value) and (mapped := from_module(self, value)) is not value:
                found[name] = mapped
        return view_of(module, found) if found else module

    def import_module(self, name: str, package: Any = None) -> Any:
        """importlib.import_module of lifted code."""
        name = importlib.util.resolve_name(name, package) if name.startswith(".") else name
        self.import_(name, None, None, ("",), 0)
        return self.module(name)

    def load(self, name: str) -> Any:
        """The live view of a module; a compiled one is itself."""
        real = sys.modules.get(name) or importlib.import_module(name)
        if not isinstance(real, types.ModuleType):  # an object that a module has put in its place
            return self.copies.of(real)
        if real.__name__ != name and sys.modules.get(real.__name__) is real:
            found = self.module(real.__name__) if self.replaces(real.__name__) else real
        else:
            found = self.copies.module(real)
        self.modules[name] = found
        return found


def vars_of(module: Any) -> dict[Any, Any]:
    """The public names of a module that are no modules."""
    return {n: v for n, v in vars(module).items() if n[:2] != "__" and not isinstance(v, types.ModuleType)}


DROPS = {"numpy", "math", "cmath", "scipy", "functools", "bisect", "builtins", "importlib", "sys", "numba"}
"""Modules that are not what they are elsewhere."""


def exists(name: str) -> bool:
    """Whether there is a module of a full name."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:     # what stands before the last dot is a module, not a package
        return False


def code_of(spec: Any) -> Any:
    """The code object of a module of Python; None for a compiled one."""
    if spec.origin == "namespace" or spec.loader is None or not hasattr(spec.loader, "get_code"):
        return compile("", "<namespace>", "exec") if spec.submodule_search_locations is not None else None
    return spec.loader.get_code(spec.name)


def has_code(module: Any) -> bool:
    """Whether a module is of Python."""
    spec = getattr(module, "__spec__", None)
    return spec is None or not hasattr(spec.loader, "get_code") or code_of(spec) is not None


NEVER = ("numpy", "math", "cmath", "scipy", "builtins")  # dualdiff stands in for these, or they are compiled


def lift(obj: Any, packages: Any = (), *, guard: bool = True, through_rounding: bool = False) -> Any:
    """The counterpart of other people's code that takes duals: it runs on dualdiff's drop-ins, as a copy.

    In it `numpy`, `math`, `scipy.*`, and the names imported from them are dualdiff's, arrays made inside a derivative
    call can be filled with derivatives, ``float(x)`` keeps them, and ``isinstance(x, np.ndarray)``,
    ``isinstance(x, float)``, ``type(x)`` answer as they would for the value.  The same holds of everything in Python
    that it calls in its own package.

    Parameters
    ----------
    obj : function, class, method, partial, object, module, or the name of a module
        The copy stands on the globals of the original: settings, registries and patched functions are those of the
        original module at the time of the call, and what the copy writes to them is written there.
    packages : str or sequence of str
        Other packages to lift with it, by name.
    guard : bool
        In a derivative call a lifted function is called once more as it is, on plain numbers, and raises if the
        values differ.  False leaves that out, for a function whose calls change its own state.
    through_rounding : bool
        Whether ``round(x, n)``, ``np.round`` and ``x.round`` keep the derivative of x in it, as if they were not there.
        The value is rounded all the same.  Without it their derivative is zero, as it is.

    Returns
    -------
    the same kind of thing
        On plain numbers and arrays its results are those of the original, to the last bit.

    Raises
    ------
    InputError
        For compiled code (builtins, extension modules), which has no Python to run anew; for NumPy and SciPy.
    LiftError
        In a call: if the value of the copy is not the value of the original.

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
    tops = {name.partition(".")[0] for name in packages}
    if isinstance(obj, str):
        if not obj.partition(".")[0]:
            raise InputError(f"lift takes a module's full name, got {obj!r}")
        obj = importlib.import_module(obj)
    if isinstance(obj, (types.ModuleType, LiveModule)):
        name = obj.__name__
        if name.partition(".")[0] in NEVER:
            raise not_lifted(name, name.partition(".")[0])
        if not has_code(obj):
            raise compiled(obj)
        world = world_of({name.partition(".")[0], *tops})

        def handed(value: Any, mapped: Any) -> Any:
            if mapped is value or not guard or not isinstance(value, GUARDED):
                return mapped
            return guarded(value, mapped, world, packages, through_rounding=through_rounding)

        return world.copies.module(sys.modules.get(name, obj), handed)
    if isinstance(obj, (CustomFunction, LiftedFunction)):
        return obj  # nobody looks into its function, and its rule takes duals as it is
    if (inner := python_of(obj)) is not None and not isinstance(obj, np.ufunc):
        obj = inner
    home = home_of(obj)
    if home is None or isinstance(obj, (types.BuiltinFunctionType, types.MethodWrapperType)):
        raise compiled(obj)
    top = home.partition(".")[0]
    if top in NEVER:
        raise not_lifted(name_of(obj), top)
    world = world_of({top, *tops})
    found = world.copies.of(obj)
    if found is obj:
        if isinstance(obj, type) or home_of(type(obj)) not in (None, "builtins") and not callable(obj):
            return obj  # nothing in it needs another
        raise compiled(obj)
    return guarded(obj, found, world, packages, guard, through_rounding) if isinstance(obj, GUARDED) else found


GUARDED = (types.FunctionType, functools.partial, functools._lru_cache_wrapper, np.vectorize, types.MethodType)


def guarded(obj: Any, copy: Any, world: Any, packages: Any, guard: bool = True, through_rounding: bool = False) -> Any:
    """A copy of a function, as it is handed to the user."""
    return lifted_function(obj, copy, world, sorted(packages), guard, through_rounding)


def home_of(obj: Any) -> Any:
    """The name of the module that an object comes from."""
    if isinstance(obj, functools.partial):
        return home_of(obj.func)
    if hasattr(obj, "pyfunc") and type(obj).__module__ == "numpy":  # np.vectorize
        return home_of(obj.pyfunc)
    if isinstance(obj, types.MethodType):
        return home_of(obj.__func__)
    return home_name(obj)


def name_of(obj: Any) -> Any:
    return getattr(obj, "__qualname__", None) or getattr(obj, "__name__", None) or repr(obj)


def not_lifted(name: str, top: Any) -> Any:
    """The error for what dualdiff stands in for itself, or cannot."""
    if top == "scipy":
        return InputError(
            f"{name} of scipy is not lifted: much of it is compiled. The functions of scipy.special, and what "
            "dualdiff.scipy has, take duals as they are; for others write the formula out (scipy.stats: a density in "
            "NumPy and scipy.special), or give the function a derivative with custom_jvp"
        )
    where = "dualdiff.numpy has it with the arrays that can be filled" if top == "numpy" else "lifted code calls it so"
    return InputError(f"{name} of {top} is not lifted, as it needs none: call it as it is; {where}")


def compiled(obj: Any) -> Any:
    """The error for what cannot be lifted."""
    return InputError(
        f"{name_of(obj)} (a {type(obj).__name__} of {home_of(obj) or 'unknown origin'}) is compiled code, or no code "
        "at all, and cannot be lifted: there is no Python to run on duals; give it a derivative with custom_jvp"
    )


def lifted_function(
    original: Any, copy: Any, world: Any, packages: Any, guard: bool = True, through_rounding: bool = False
) -> Any:
    """A lifted function as it is handed out: with duals it runs the copy, then the original on the plain numbers.

    It raises a LiftError if they differ.
    """
    f = LiftedFunction(
        original, copy, world, tuple(packages), guard, through_rounding, (general, settle, relift)
    )
    if hasattr(original, "__name__"):
        functools.update_wrapper(f, original, updated=())
    return f


def relift(original: Any, packages: Any, guard: Any, through_rounding: bool = False) -> Any:
    """A pickled lifted function again."""
    return lift(original, packages, guard=guard, through_rounding=through_rounding)
