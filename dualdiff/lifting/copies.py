"""Copies of functions, classes and objects for a world: their code as it is, their globals and closures mapped.

What a module of the world can give by name is taken from there; the rest is copied.  A copy is made once for
each original, so what refers to itself keeps doing so.

"""

import cmath
import functools
import importlib
import math
import sys
import types

import numpy as np

from . import names

__all__ = ["Copies"]

ATOMS = (int, float, complex, str, bytes, bool, type(None), np.ndarray, np.generic, np.ufunc, np.dtype)


class Copies:
    """The copies of one world.

    Attributes
    ----------
    made : dict
        id of an original -> (original, copy).
    spaces : dict
        id of a globals dict -> (original, copy, what each name was when it was mapped).
    """

    def __init__(self, world):
        self.world, self.made, self.spaces = world, {}, {}

    def keep(self, old, new):
        """Notes what the copy of an original is."""
        self.made[id(old)] = (old, new)
        return new

    def of(self, x):
        """The counterpart of x; x itself where it has none."""
        if isinstance(x, ATOMS) and not isinstance(x, type):
            return from_module(self.world, x) if isinstance(x, np.ufunc) else x
        if id(x) in self.made:
            return self.made[id(x)][1]
        if isinstance(x, types.ModuleType):
            name = x.__name__
            if self.world.is_lifted(name) and importable_name(name) or name.partition(".")[0] in DROPS:
                return self.keep(x, self.world.module(name))
            return x
        if isinstance(x, types.FunctionType):
            return self.function(x)
        if isinstance(x, type):
            return self.kind(x)
        if isinstance(x, np.vectorize):
            return self.vectorized(x)
        if isinstance(x, types.BuiltinFunctionType) or type(x).__module__ == "numpy":
            return from_module(self.world, x)
        if isinstance(x, types.MethodType):
            return types.MethodType(self.of(x.__func__), self.of(x.__self__))
        if isinstance(x, functools.partial):
            return self.keep(x, functools.partial(self.of(x.func), *map(self.of, x.args),
                                                  **{k: self.of(v) for k, v in x.keywords.items()}))  # fmt: skip
        if isinstance(x, functools._lru_cache_wrapper):
            given = x.cache_parameters()
            return self.keep(x, names.lru_cache(given["maxsize"], given["typed"])(self.of(x.__wrapped__)))
        if isinstance(x, property):
            return property(self.of(x.fget), self.of(x.fset), self.of(x.fdel), x.__doc__)
        if isinstance(x, (staticmethod, classmethod)):
            return type(x)(self.of(x.__func__))
        if isinstance(x, functools.cached_property):
            new = functools.cached_property(self.of(x.func))
            new.__set_name__(object, str(x.attrname))
            return new
        if type(x) in (list, tuple, dict, set):
            return self.container(x)
        return self.instance(x)

    def container(self, x):
        """A built-in container with its contents mapped: a copy, so that a write stays in the world."""
        if type(x) is tuple:
            new = tuple(map(self.of, x))
            return x if all(a is b for a, b in zip(x, new, strict=True)) else new
        new = self.keep(x, type(x)())
        if isinstance(new, dict):
            new.update((key, self.of(value)) for key, value in x.items())
        elif isinstance(new, set):
            new.update(x)
        else:
            new.extend(map(self.of, x))
        return new

    def belongs(self, x):
        """Whether a function or class is of a lifted package."""
        home = home_name(x)
        return home is not None and self.world.is_lifted(home)

    def by_name(self, x):
        """What the world's own module has under x's name, if x is what the original module has there."""
        home, path = home_name(x), getattr(x, "__qualname__", "")
        if "<locals>" in path or not importable_name(home) or walk(sys.modules.get(home), path) is not x:
            return None
        return walk(self.world.module(home), path)

    def function(self, f):
        """A function of a lifted package on the world's globals."""
        if not self.belongs(f):
            return from_module(self.world, f)
        found = self.by_name(f)
        if found is not None:
            return self.keep(f, found)
        cells = None if f.__closure__ is None else tuple(self.cell(c) for c in f.__closure__)
        new = types.FunctionType(f.__code__, self.space(f.__globals__, f.__code__), f.__name__, None, cells)
        self.keep(f, new)
        new.__defaults__ = None if f.__defaults__ is None else tuple(map(self.of, f.__defaults__))
        new.__kwdefaults__ = None if f.__kwdefaults__ is None else {k: self.of(v) for k, v in f.__kwdefaults__.items()}
        new.__dict__.update({k: self.of(v) for k, v in f.__dict__.items()})
        new.__qualname__, new.__doc__, new.__module__ = f.__qualname__, f.__doc__, f.__module__
        if hasattr(f, "__annotate__"):      # Python 3.14 evaluates annotations when they are asked for, which may fail
            new.__annotate__ = f.__annotate__  # type: ignore[attr-defined]
        else:
            new.__annotations__ = f.__annotations__
        self.fill(cells, f.__closure__)
        return new

    def cell(self, cell):
        """An empty copy of a closure's cell, filled by `fill`."""
        if id(cell) not in self.made:
            self.keep(cell, types.CellType())
        return self.made[id(cell)][1]

    def fill(self, cells, originals):
        """Gives the copies of cells the counterparts of what the originals hold."""
        for new, old in zip(cells or (), originals or (), strict=True):
            try:
                content = old.cell_contents
            except ValueError:
                continue
            try:
                new.cell_contents  # noqa: B018  (filled already: by the class that it belongs to, or an earlier function)
            except ValueError:
                new.cell_contents = self.of(content)

    def kind(self, c):
        """A class of a lifted package, with its methods and bases lifted."""
        if not self.belongs(c):
            return from_module(self.world, c)
        found = self.by_name(c)
        if found is not None:
            return self.keep(c, found)
        if issubclass(c, tuple) and hasattr(c, "_fields") or hasattr(c, "__members__"):
            return c
        bases = tuple(self.of(b) for b in c.__bases__)
        skipped = {"__dict__", "__weakref__", "_abc_impl", *np.atleast_1d(vars(c).get("__slots__", ())).tolist()}
        new = types.new_class(c.__name__, bases, {"metaclass": type(c)} if type(c) is not type else {})
        self.keep(c, new)
        for name, value in vars(c).items():
            if name not in skipped:
                setattr(new, name, self.of(value))
        return new

    def instance(self, x):
        """An object of a lifted class, as one of the lifted counterpart of its class."""
        kind = type(x)
        if not self.belongs(kind) or (lifted := self.of(kind)) is kind:
            return x
        new = self.keep(x, object.__new__(lifted))
        for name, value in getattr(x, "__dict__", {}).items():
            new.__dict__[name] = self.of(value)
        for c in kind.__mro__:
            for name in np.atleast_1d(vars(c).get("__slots__", ())).tolist():
                if hasattr(x, name):
                    object.__setattr__(new, name, self.of(getattr(x, name)))
        return new

    def vectorized(self, x):
        """np.vectorize of a lifted function."""
        from ..numpy import vectorize

        return self.keep(x, vectorize(self.of(x.pyfunc), x.otypes, x.__doc__, x.excluded, x.cache, x.signature))

    # ---- globals -----------------------------------------------------------------------------------

    def space(self, old, code):
        """The world's copy of a globals dict, with the names that a code object uses."""
        if id(old) not in self.spaces:
            new = {key: old[key] for key in ("__name__", "__package__", "__file__", "__doc__") if key in old}
            new["__builtins__"] = self.world.builtins
            self.spaces[id(old)] = (old, new, {})
        _, new, seen = self.spaces[id(old)]
        for name in names_of(code):
            if name in old and name not in seen and name[:2] != "__":
                seen[name] = old[name]
                new[name] = self.of(old[name])
        return new

    def refresh(self):
        """Maps the globals that have changed in the originals since."""
        for old, new, seen in list(self.spaces.values()):
            for name, value in list(seen.items()):
                now = old.get(name, MISSING)
                if now is not value and now is not MISSING:
                    seen[name] = now
                    new[name] = self.of(now)

    def refreshing(self, f):
        """A function that reads changed globals anew when it is called, if it is one with globals of its own."""
        if not isinstance(f, types.FunctionType) or not self.spaces:
            return f

        @functools.wraps(f)
        def lifted(*args, **kwargs):
            self.refresh()
            return f(*args, **kwargs)

        return lifted


MISSING = object()
DROPS = ("numpy", "math", "cmath", "scipy", "functools", "bisect", "builtins", "importlib", "sys")


def home_name(x):
    """The name of the module that a function, class or object is of; of a function made by exec, "__main__"."""
    home = getattr(x, "__module__", None)
    if isinstance(x, types.FunctionType) and home in (None, "builtins"):
        return "__main__"
    return home if isinstance(home, str) else None


def names_of(code):
    """The names that a code object and those inside of it may look up."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= names_of(constant)
    return found


def walk(x, path):
    """x.a.b of a path "a.b"; None where there is none."""
    for name in path.split("."):
        x = getattr(x, name, None)
    return x


def importable_name(name):
    from .world import importable

    return name != "__main__" and importable(sys.modules.get(name) or importlib.import_module(name))


def from_module(world, x):
    """The drop-in for an object of NumPy, math or SciPy; x itself where it is none of theirs."""
    if x is float or x is complex or x is type or x is isinstance:
        return world.builtins[x.__name__]
    name, home = getattr(x, "__name__", None), getattr(x, "__module__", None) or ""
    if not isinstance(name, str) or not isinstance(home, str):
        return x
    if getattr(math, name, None) is x:
        return getattr(world.module("math"), name)
    if getattr(cmath, name, None) is x:
        return getattr(world.module("cmath"), name)
    top = home.partition(".")[0] if not isinstance(x, np.ufunc) else "scipy"
    if top == "numpy":
        for place in ("numpy", "numpy.linalg", "numpy.fft"):
            if getattr(sys.modules.get(place), name, None) is x:
                return getattr(world.module(place), name)
    if top == "scipy":
        for place in [m for m in tuple(sys.modules) if m.startswith("scipy.") and m.count(".") == 1]:
            if vars(sys.modules[place]).get(name) is x:
                return getattr(world.module(place), name)
    if home == "functools" and name in names.FUNCTOOLS:
        return names.FUNCTOOLS[name]
    return x
