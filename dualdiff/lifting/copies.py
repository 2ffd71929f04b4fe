"""Copies of functions, classes and objects for a world: their code as it is, on a live view of what they stand on.

A copied function reads the globals of the original module as they are at that moment, each value mapped (`Live`), and
writes to them.  What needs no mapping is shared: arrays, numbers, text, Enums, exceptions, sentinels.  A container, an
object or a class that holds functions needs a shadow; it is brought up to date whenever it is reached.

A copy is made once for each original, so what refers to itself keeps doing so.

"""

import abc
import cmath
import collections
import enum
import functools
import math
import operator
import sys
import threading
import types
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import Dual, DualArray, Live, LiveModule
from ..standin import StandIn
from . import names

__all__ = ["LOCK", "Copies", "from_module", "home_name", "python_of", "top_of"]

LOCK = threading.RLock()
ATOMS = (int, float, complex, str, bytes, bool, type(None), np.ndarray, np.generic, np.dtype, Dual, DualArray,
         enum.Enum, BaseException)  # fmt: skip
VALUES = (str, int, float, complex, bytes)
MISSING = object()


class Copies:
    """The copies of one world.

    Attributes
    ----------
    made : dict
        id of an original -> (the original or a weak reference to it, its copy, how it is brought up to date).
    back : dict
        id of a copy -> the original or a weak reference to it.
    spaces : dict
        id of a module's globals -> (they, the live view of them).
    """

    def __init__(self, world: Any) -> None:
        self.world = world
        self.made: dict[Any, Any] = {}
        self.back: dict[Any, Any] = {}
        self.spaces: dict[Any, Any] = {}
        self.written: dict[Any, Any] = {}  # id of an original -> its shadow, to which code writes
        self.looking: list[Any] = []  # objects of other packages that are being looked into

    def keep(self, old: Any, new: Any, shadow: Any = None) -> Any:
        """Notes what the copy of an original is."""
        key, other = id(old), id(new)

        def drop(_: Any) -> None:
            self.made.pop(key, None)
            self.written.pop(key, None)
            self.back.pop(other, None)

        try:
            held: Any = weakref.ref(old, drop)
        except TypeError:
            held = Held(old)
        self.made[key] = (held, new, shadow)
        if isinstance(shadow, (CellShadow, ObjectShadow, ClassShadow, NamespaceShadow)):
            self.written[key] = shadow
        if new is not old:
            self.back[other] = held
        return new

    def original(self, x: Any) -> Any:
        """What x is the copy of; x itself if it is none."""
        found = self.back.get(id(x))
        if found is None:
            return x
        old = found()
        return x if old is None else old

    def sync(self) -> None:
        """Brings objects and closures up to date with their originals, and these with what the copies have written."""
        with LOCK:
            for shadow in list(self.written.values()):
                shadow.sync()

    def of(self, x: Any) -> Any:
        """The counterpart of x; x itself where it needs none."""
        kind = type(x)
        if kind is np.ndarray and x.dtype.hasobject:
            return self.objects(x)
        if (
            kind in PLAIN
            or isinstance(x, ATOMS)
            and not isinstance(x, type)
            and not (isinstance(x, VALUES) and not isinstance(x, (enum.Enum, np.generic)) and self.belongs(kind))
        ):
            return x
        found = self.made.get(id(x))
        if found is not None and found[0]() is x:
            if found[2] is not None:
                with LOCK:
                    found[2].sync()
            return found[1]
        if id(x) in self.back:  # a copy itself
            return x
        with LOCK:
            return self.new(x)

    def new(self, x: Any) -> Any:
        """`of`, for what has not been met."""
        if isinstance(x, types.ModuleType):
            name = x.__name__
            if not self.world.replaces(name):
                return x
            if self.world.is_lifted(name) and sys.modules.get(name) is not x:  # another object stands in its place
                return self.keep(x, self.module(x))
            return self.world.module(name)
        if isinstance(x, types.FunctionType):
            return self.function(x)
        if isinstance(x, type):
            return self.kind(x)
        if isinstance(x, np.vectorize):
            return self.vectorized(x)
        if isinstance(x, np.ufunc) and python_of(x) is None:
            return from_module(self.world, x)
        if isinstance(x, (types.WrapperDescriptorType, types.MethodDescriptorType)):
            return self.keep(x, names.unbound(x)) if x.__objclass__ is float else x
        if isinstance(x, types.BuiltinFunctionType) or top_of(type(x).__module__) in ("numpy", "scipy"):
            return from_module(self.world, x)
        if isinstance(x, types.MethodType):
            f, owner = self.of(x.__func__), self.of(x.__self__)
            return x if f is x.__func__ and owner is x.__self__ else types.MethodType(f, owner)
        if hasattr(type(x), "__dualdiff_program__"):  # its programs take numbers; what runs on duals is the function
            f = self.of(x.__wrapped__)
            return x if f is x.__wrapped__ else self.keep(x, names.either(x, f))
        if isinstance(x, functools.partial):
            f, args = self.of(x.func), tuple(map(self.of, x.args))
            return self.keep(x, functools.partial(f, *args, **{k: self.of(v) for k, v in x.keywords.items()}))
        if isinstance(x, functools._lru_cache_wrapper):
            return self.keep(x, self.cached(x))
        if type(x) in (property, staticmethod, classmethod, functools.cached_property, functools.partialmethod,
                       functools.singledispatchmethod):  # fmt: skip
            return self.descriptor(x)
        if type(x) in CONTAINERS:
            return self.container(x)
        if (inner := python_of(x)) is not None:
            return self.keep(x, self.of_compiled(x, inner))
        return self.instance(x)

    def objects(self, x: Any) -> Any:
        """An array of objects, some of which need mapping: one that is not written into."""
        parts = list(map(self.of, x.flat)) if x.dtype == object else []
        if all(map(operator.is_, x.flat, parts)):
            return x
        new = np.empty(x.shape, object)
        for i, part in enumerate(parts):
            new.flat[i] = part
        new.flags.writeable = False
        return new

    def cached(self, x: Any) -> Any:
        """functools.lru_cache of a lifted function: what the original has stored is read as lifted code sees it."""
        f, of, original = self.of(x.__wrapped__), self.of, self.original

        def store(*args: Any, **kwargs: Any) -> Any:
            return of(x(*map(original, args), **{key: original(v) for key, v in kwargs.items()}))

        store.cache_info, store.cache_clear = x.cache_info, x.cache_clear  # type: ignore[attr-defined]
        store.cache_parameters = x.cache_parameters  # type: ignore[attr-defined]
        return names.cached(f, store)

    def of_compiled(self, x: Any, inner: Any) -> Any:
        """The lifted copy of the Python code that numba has compiled."""
        f = self.of(inner)
        if isinstance(x, np.ufunc) or hasattr(x, "nin") and hasattr(x, "reduce"):
            from ..numpy import vectorize

            return vectorize(f)
        if isinstance(f, types.FunctionType) and f is not inner:
            f.py_func = f  # type: ignore[attr-defined]
        return f

    def descriptor(self, x: Any) -> Any:
        """A property, a static or class method and their like, of lifted functions."""
        if isinstance(x, property):
            parts = [self.of(f) for f in (x.fget, x.fset, x.fdel)]
            same = all(a is b for a, b in zip(parts, (x.fget, x.fset, x.fdel), strict=True))
            return x if same else property(*parts, x.__doc__)  # type: ignore[call-arg]
        if isinstance(x, (staticmethod, classmethod)):
            f = self.of(x.__func__)
            return x if f is x.__func__ else type(x)(f)
        if isinstance(x, functools.cached_property):
            new = functools.cached_property(self.of(x.func))
            new.__set_name__(object, str(x.attrname))
            return new
        if isinstance(x, functools.partialmethod):
            return functools.partialmethod(self.of(x.func), *x.args, **x.keywords)
        new = functools.singledispatchmethod(self.of(x.func))  # type: ignore[assignment]
        new.dispatcher = self.dispatcher(x.dispatcher)  # type: ignore[attr-defined]
        return new

    # ---- containers --------------------------------------------------------------------------------

    def container(self, x: Any) -> Any:
        """A list, tuple, dict or set whose contents need mapping, as a shadow; else x itself."""
        kind = CONTAINERS[type(x)]  # type: ignore[index]
        if kind in (tuple, frozenset):
            parts = list(map(self.of, x))
            return x if all(map(operator.is_, x, parts)) else kind(parts)
        if kind is types.MappingProxyType:
            new = {key: self.of(v) for key, v in x.items()}
            return x if all(new[key] is v for key, v in x.items()) else kind(new)
        self.keep(x, x)  # what refers to itself
        parts = [*x, *x.values()] if kind is DictCopy else list(x)
        if all(self.of(v) is v for v in [*parts, getattr(x, "default_factory", None)]):
            del self.made[id(x)]  # looked at again when it is met again, as it may have changed
            return x
        new = DictCopy(self) if kind is DictCopy else kind(maxlen=x.maxlen) if kind is DequeCopy else kind()  # type: ignore[assignment]
        shadow = new._shadow = SHADOWS[kind](self, x, new)  # type: ignore[attr-defined]
        self.keep(x, new, shadow)
        shadow.sync()
        return new

    # ---- functions ---------------------------------------------------------------------------------

    def belongs(self, x: Any) -> Any:
        """Whether a function or class is of a lifted package."""
        home = home_name(x)
        return home is not None and self.world.is_lifted(home)

    def function(self, f: Any) -> Any:
        """A function of a lifted package on a live view of its globals."""
        if not self.belongs(f):
            return from_module(self.world, f)
        if hasattr(f, "registry") and hasattr(f, "dispatch") and f.__code__ is DISPATCH_CODE:
            return self.keep(f, self.dispatcher(f))
        cells = None if f.__closure__ is None else tuple(self.cell(c) for c in f.__closure__)
        new = types.FunctionType(code_of_its_own(f.__code__), self.space(f.__globals__), f.__name__, None, cells)
        writes = writes_globals(f.__code__)
        new = self.keep(f, flushing(new, self.space(f.__globals__)) if writes else new)
        inner = new.__wrapped__ if writes else new
        inner.__defaults__ = None if f.__defaults__ is None else tuple(map(self.of, f.__defaults__))
        inner.__kwdefaults__ = (
            None if f.__kwdefaults__ is None else {k: self.of(v) for k, v in f.__kwdefaults__.items()}
        )
        for copy in (inner, new):
            copy.__dict__.update({k: self.of(v) for k, v in f.__dict__.items() if copy is inner or k != "__wrapped__"})
            copy.__qualname__, copy.__doc__, copy.__module__ = f.__qualname__, f.__doc__, f.__module__
            if hasattr(f, "__annotate__"):  # Python 3.14 evaluates annotations when they are asked for
                copy.__annotate__ = f.__annotate__
            else:
                copy.__annotations__ = f.__annotations__
        self.fill(cells, f.__closure__)
        return new

    def dispatcher(self, f: Any) -> Callable[..., Any]:
        """functools.singledispatch: by the type that the value has, in the original's registry as it is now."""

        @functools.wraps(f)
        def dispatch(*args: Any, **kwargs: Any) -> Any:
            if not args:
                raise TypeError(f"{f.__name__} requires at least 1 positional argument")
            kind = names.type_of_value(args[0])
            return self.of(f.dispatch(self.original(kind)))(*args, **kwargs)

        def dispatch_of(kind: Any) -> Any:
            """f.dispatch, which singledispatchmethod and others call with the class of a dual."""
            if kind is DualArray:
                kind = np.ndarray
            elif kind is Dual:
                kind = float if f.dispatch(float) is not f.dispatch(object) else np.float64
            return self.of(f.dispatch(getattr(kind, "real_class", self.original(kind))))

        del dispatch.__wrapped__
        dispatch.dispatch = dispatch_of  # type: ignore[attr-defined]
        dispatch.registry, dispatch.register = f.registry, f.register  # type: ignore[attr-defined]
        return dispatch

    def cell(self, cell: Any) -> Any:
        """A closure's cell: itself if its content needs no mapping, so that both see what is written; else a shadow."""
        found = self.made.get(id(cell))
        if found is not None and found[0]() is cell:
            return found[1]
        try:
            content = cell.cell_contents
        except ValueError:
            content = MISSING
        simple = (
            content is not MISSING
            and (type(content) in PLAIN or isinstance(content, ATOMS))
            and not isinstance(content, type)
        )
        if simple:
            return cell
        new = types.CellType()
        return self.keep(cell, new, CellShadow(self, cell, new))

    def fill(self, cells: Any, originals: Any) -> None:
        """Gives the copies of cells the counterparts of what the originals hold."""
        for new, old in zip(cells or (), originals or (), strict=True):
            if new is not old:
                self.made[id(old)][2].sync()

    # ---- classes and objects -----------------------------------------------------------------------

    def kind(self, c: Any) -> Any:
        """A class of a lifted package: a subclass of it with lifted methods, which its objects cannot be told from."""
        if not self.belongs(c) or isinstance(c, StandIn):
            return from_module(self.world, c)
        if (first := self.first_kind(c)) is not c:
            return self.of(first)
        if issubclass(c, (enum.Enum, BaseException, np.ndarray, type)) or not has_code(self, c):
            return self.keep(c, c)
        chain = [self.of(k) if self.belongs(k) else k for k in c.__mro__[1:]]
        bases = tuple(b for b in map(self.of, c.__bases__) if self.back.get(id(b)) is not None)
        if id(c) in self.made:  # a base, brought up to date, has led here
            return self.made[id(c)][1]
        meta = lifted_meta(type(c))  # type: ignore[arg-type]
        namespace = {"__slots__": (), "__module__": c.__module__, "__qualname__": c.__qualname__, "__doc__": c.__doc__}
        make = abc.ABCMeta.__new__ if issubclass(meta, abc.ABCMeta) else type.__new__
        order = [*chain, *(k for k in c.__mro__ if not any(k is b for b in chain))]
        new = quietly(make, meta, c.__name__, (*bases, c), namespace, order)
        type.__setattr__(new, "_lifted", (self, c))
        shadow = ClassShadow(self, c, new)
        self.keep(c, new, shadow)
        shadow.sync()
        if isinstance(method := vars(new).get("__array__"), types.FunctionType) and not hasattr(c, "__array_ufunc__"):
            for name, value in names.array_protocol(method).items():
                if name == "__array__" or not hasattr(c, name):  # an operator that it has is its own
                    type.__setattr__(new, name, value)
        if c.__hash__ is object.__hash__ and c.__eq__ is object.__eq__:
            for name, method in identity_of(self).items():  # as a key, an object is its original
                type.__setattr__(new, name, method)
        if hasattr(c, "__abstractmethods__"):
            type.__setattr__(new, "__abstractmethods__", c.__abstractmethods__)
        return new

    def first_kind(self, c: Any) -> Any:
        """The original of a class that another world has lifted, whose objects stay in what both can reach; else c."""
        copies, first = vars(c).get("_lifted", (self, c))
        return c if copies is self else first

    def instance(self, x: Any) -> Any:
        """An object of a lifted class, as one of the lifted counterpart of its class, with the same attributes."""
        kind = self.first_kind(type(x))
        if not self.belongs(kind) or (lifted := self.of(kind)) is kind:
            return self.foreign(x)
        slots = slots_of(kind)
        attributes = own(x, "__dict__", None)
        if not attributes and not slots and kind.__new__ is object.__new__ and is_bare(kind):
            return self.keep(x, x)  # a sentinel: what counts is which one it is
        base = next((b for b in (*VALUES, tuple, frozenset) if isinstance(x, b)), None)
        content = map(self.of, x) if base in (tuple, frozenset) else x
        try:
            new = object.__new__(lifted) if base is None else base.__new__(lifted, content)  # type: ignore[arg-type]
        except TypeError:  # of a class with a layout of its own
            return self.keep(x, x)
        shadow = ObjectShadow(self, x, new, slots)
        self.keep(x, new, shadow)
        shadow.sync()
        return new

    def foreign(self, x: Any) -> Any:
        """An object of a class that is not lifted: with lifted contents if it holds functions or objects of ours.

        So are registries made: a graph of another package, whose edges have functions as data.
        """
        kind = type(x)
        if kind is types.SimpleNamespace:
            new = kind()
            shadow = NamespaceShadow(self, vars(x), vars(new))
            shadow.sync()
            return x if all(map(operator.is_, vars(x).values(), vars(new).values())) else self.keep(x, new, shadow)
        if top_of(kind.__module__) in NOT_LOOKED_INTO or not kind.__flags__ & HEAP_TYPE or hasattr(kind, "__del__"):
            return x
        if isinstance(x, tuple):
            new = tuple(map(self.of, x))
            same = all(a is b for a, b in zip(x, new, strict=True))
            return x if same or not hasattr(kind, "_make") else kind._make(new)
        slots, attributes = slots_of(kind), own(x, "__dict__", None)
        if not slots and not attributes or len(self.looking) > DEEPEST:
            return x
        values = [own(x, name, None) for name in slots]
        values += list(attributes.values()) if type(attributes) is dict else []
        self.keep(x, x)  # what refers to itself; and an object that holds nothing of ours is not looked at again
        self.looking.append(x)
        try:
            if all(self.of(v) is v for v in values):
                return x
            new = object.__new__(kind)
        except TypeError:  # of a class with a layout of its own
            return x
        finally:
            self.looking.pop()
        shadow = ObjectShadow(self, x, new, slots)  # type: ignore[assignment]
        self.keep(x, new, shadow)
        shadow.sync()
        return new

    def vectorized(self, x: Any) -> Any:
        """np.vectorize of a lifted function."""
        from ..numpy import vectorize

        return self.keep(x, vectorize(self.of(x.pyfunc), x.otypes, x.__doc__, x.excluded, x.cache, x.signature))

    # ---- globals -----------------------------------------------------------------------------------

    def space(self, real: Any) -> Any:
        """The live view of a module's globals."""
        if isinstance(real, Live):  # of a function that lifted code has made, of this world or another one
            real = real.real
        if id(real) not in self.spaces:
            self.spaces[id(real)] = (real, Live(real, self.of, self.original, self.world.builtins))
        return self.spaces[id(real)][1]

    def module(self, real: Any, wrap: Any = None) -> Any:
        """The live view of a module."""
        return LiveModule(real, self.space(vars(real)), self.of, self.original, wrap)


class Held:
    """A reference to what takes no weak one."""

    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x

    def __call__(self) -> Any:
        return self.x


PLAIN = {int, float, complex, str, bytes, bool, type(None), np.ndarray, np.float64, np.bool_, np.int64, Dual, DualArray,
         range, slice, types.CodeType, type(Ellipsis)}  # fmt: skip
HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class made by a class statement
DEEPEST = 8
NOT_LOOKED_INTO = {*sys.stdlib_module_names, "numpy", "scipy", "dualdiff"}


def top_of(home: Any) -> Any:
    """The package of a module's name."""
    return home.partition(".")[0] if isinstance(home, str) else ""


def own(x: Any, name: str, default: Any) -> Any:
    """An attribute that x holds itself: its class is not asked, which may answer for names that are not there yet."""
    try:
        return object.__getattribute__(x, name)
    except AttributeError:
        return default


def slots_of(kind: Any) -> list[Any]:
    """The names of a class's slots, its own and inherited, that no attribute hides."""
    found: dict[Any, Any] = {}
    for c in kind.__mro__:
        for name, value in vars(c).items():
            found.setdefault(name, value)
    return [name for name, value in found.items() if isinstance(value, types.MemberDescriptorType)]


def is_bare(kind: Any) -> bool:
    """Whether a class has no methods but those that say what an object is: its objects are sentinels."""
    return all(name in SAYING or not callable(getattr(value, "__func__", value)) and not isinstance(value, property)
               for c in kind.__mro__[:-1] for name, value in vars(c).items())  # fmt: skip


SAYING = {"__init__", "__new__", "__repr__", "__str__", "__bool__", "__eq__", "__ne__", "__hash__", "__reduce__",
          "__copy__", "__deepcopy__", "__init_subclass__", "__class_getitem__"}  # fmt: skip


def python_of(x: Any) -> Any:
    """The Python function that numba has compiled x from, a dispatcher or a ufunc; None where there is none."""
    if isinstance(x, type):
        return None
    inner = own(x, "py_func", None)
    if inner is None:
        inner = own(own(x, "_dispatcher", None), "py_func", None)
    return inner if isinstance(inner, types.FunctionType) and not isinstance(x, types.FunctionType) else None


# ---- shadows: what is brought up to date with its original, and writes back --------------------------


class Shadow:
    """An original and its copy, which are brought up to date with one another."""

    busy = False
    update: Any

    def sync(self) -> None:
        """Writes what the lifted code has changed to the original, and takes over what has changed there."""
        if self.busy:  # what refers to itself
            return
        self.busy = True
        try:
            self.update()
        finally:
            self.busy = False


class DictShadow(Shadow):
    """A dict and its copy with mapped keys and values."""

    def __init__(self, copies: Any, old: Any, new: Any) -> None:
        self.copies, self.old, self.new = copies, old, new
        self.seen: dict[Any, Any] = {}

    def update(self) -> None:
        """As of `Shadow`."""
        old, new, seen, of, original = self.old, self.new, self.seen, self.copies.of, self.copies.original
        for key, (mapped, _, value) in list(seen.items()):
            now = dict.get(new, mapped, MISSING)
            if now is MISSING:
                old.pop(key, None)
                del seen[key]
            elif now is not value:
                old[key] = original(now)
                dict.__setitem__(new, mapped, of(now))
                seen[key] = (mapped, old[key], dict.__getitem__(new, mapped))
        if len(new) != len(seen):
            known = {id(mapped) for mapped, _, _ in seen.values()}
            for mapped in [m for m in dict.keys(new) if id(m) not in known]:
                key = original(mapped)
                if key not in seen:
                    old[key] = original(dict.pop(new, mapped))
        for key in [k for k in seen if k not in old]:
            dict.pop(new, seen.pop(key)[0], None)
        for key, value in list(old.items()):
            if key not in seen or seen[key][1] is not value:
                mapped = seen[key][0] if key in seen else of(key)
                dict.__setitem__(new, mapped, of(value))
                seen[key] = (mapped, value, dict.__getitem__(new, mapped))


def writing(name: str) -> Callable[..., Any]:
    """A method of a container that writes, after which the original has what was written."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = getattr(super(type(self), self), name)(*args, **kwargs)
        self._shadow.sync()
        return self if name[:3] == "__i" else result

    method.__name__ = name
    return method


class DictCopy(dict[Any, Any]):
    """A dict with mapped keys that finds originals as well, such as the class of an object made elsewhere."""

    _shadow: Any

    def __init__(self, copies: Any) -> None:
        super().__init__()
        self._copies = copies

    def __missing__(self, key: Any) -> Any:
        found = self._copies.of(key)
        if found is not key and dict.__contains__(self, found):
            return dict.__getitem__(self, found)
        make = getattr(self._shadow.old, "default_factory", None)  # of a defaultdict
        if make is None:
            raise KeyError(key)
        self[key] = self._copies.of(make)()
        return dict.__getitem__(self, key)

    def move_to_end(self, key: Any, last: bool = True) -> None:
        """Of an OrderedDict."""
        self._shadow.old.move_to_end(self._copies.original(key), last)
        order = [key, *(k for k in dict.keys(self) if k != key)]
        for k in order[:1] if last else order[1:]:
            dict.__setitem__(self, k, dict.pop(self, k))

    def __contains__(self, key: Any) -> bool:
        return dict.__contains__(self, key) or dict.__contains__(self, self._copies.of(key))

    def get(self, key: Any, default: Any = None) -> Any:
        """The value of a key."""
        return self[key] if key in self else default  # noqa: SIM401

    def __reduce__(self) -> tuple[Any, Any]:
        return dict, (dict(self),)


class ListCopy(list[Any]):
    """A list with mapped elements."""

    def __reduce__(self) -> tuple[Any, Any]:
        return list, (list(self),)


class DequeCopy(collections.deque[Any]):
    """A deque with mapped elements."""

    def __reduce__(self) -> Any:
        return collections.deque, (list(self), self.maxlen)


for _name in ("__setitem__", "__delitem__", "__iadd__", "__imul__", "append", "appendleft", "clear", "extend",
              "extendleft", "insert", "pop", "popleft", "remove", "reverse", "rotate"):  # fmt: skip
    setattr(DequeCopy, _name, writing(_name))


class SetCopy(set[Any]):
    """A set with mapped elements."""

    def __reduce__(self) -> tuple[Any, Any]:
        return set, (set(self),)


for _name in ("__iand__", "__ior__", "__isub__", "__ixor__", "add", "clear", "difference_update", "discard",
              "intersection_update", "pop", "remove", "symmetric_difference_update", "update"):  # fmt: skip
    setattr(SetCopy, _name, writing(_name))
for _name in ("__setitem__", "__delitem__", "__ior__", "pop", "popitem", "setdefault", "update", "clear"):
    setattr(DictCopy, _name, writing(_name))
for _name in (
    "__setitem__",
    "__delitem__",
    "__iadd__",
    "__imul__",
    "append",
    "extend",
    "insert",
    "pop",
    "remove",
    "clear",
    "sort",
    "reverse",
):
    setattr(ListCopy, _name, writing(_name))
names.SHOWN.update({DictCopy: dict, ListCopy: list, SetCopy: set, DequeCopy: collections.deque})
CONTAINERS = {
    dict: DictCopy, collections.OrderedDict: DictCopy, collections.defaultdict: DictCopy, list: ListCopy, set: SetCopy,
    collections.deque: DequeCopy, tuple: tuple, frozenset: frozenset, types.MappingProxyType: types.MappingProxyType,
}  # fmt: skip
"""Types of containers -> how they are copied where their contents are mapped."""


class NamespaceShadow(DictShadow):
    """A SimpleNamespace and its copy, by their attributes."""


class SetShadow(Shadow):
    """A set and its copy with mapped elements."""

    def __init__(self, copies: Any, old: Any, new: Any) -> None:
        self.copies, self.old, self.new = copies, old, new
        self.seen: tuple[Any, ...] = (frozenset(), frozenset())

    def update(self) -> None:
        """As of `Shadow`."""
        old, new = self.old, self.new
        if new != self.seen[1]:
            old.clear()
            old.update(map(self.copies.original, new))
            self.seen = (frozenset(), frozenset(new))
        if old != self.seen[0]:
            set.clear(new)
            set.update(new, map(self.copies.of, old))
            self.seen = (frozenset(old), frozenset(new))


class ListShadow(Shadow):
    """A list or deque and its copy with mapped elements."""

    def __init__(self, copies: Any, old: Any, new: Any) -> None:
        self.copies, self.old, self.new = copies, old, new
        self.seen: tuple[Any, ...] = ([], [])

    def update(self) -> None:
        """As of `Shadow`."""
        old, new = self.old, self.new
        if not same(new, self.seen[1]):
            mine = list(map(self.copies.original, new))
            old.clear()
            old.extend(mine)
            self.seen = ([MISSING], list(new))
        if not same(old, self.seen[0]):
            base: Any = type(new).__base__
            base.clear(new)
            base.extend(new, list(map(self.copies.of, old)))
            self.seen = (list(old), list(new))


def same(xs: Any, ys: Any) -> Any:
    """Whether two lists hold the same objects."""
    return len(xs) == len(ys) and all(a is b for a, b in zip(xs, ys, strict=True))


class CellShadow(Shadow):
    """A closure's cell and its copy."""

    def __init__(self, copies: Any, old: Any, new: Any) -> None:
        self.copies, self.old, self.new, self.seen = copies, old, new, (MISSING, MISSING)

    def update(self) -> None:
        """As of `Shadow`."""
        now, mine = content_of(self.old), content_of(self.new)
        if mine is not self.seen[1] and mine is not MISSING:
            self.old.cell_contents = now = self.copies.original(mine)
            self.seen = (now, mine)
        elif now is not self.seen[0] and now is not MISSING:
            self.seen = (now, MISSING)
            self.new.cell_contents = mapped = self.copies.of(now)
            self.seen = (now, mapped)


def content_of(cell: Any) -> Any:
    """What a cell holds."""
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


SHADOWS = {DictCopy: DictShadow, ListCopy: ListShadow, SetCopy: SetShadow, DequeCopy: ListShadow}


class ClassShadow(Shadow):
    """A class and its lifted subclass, which has all its attributes, mapped."""

    def __init__(self, copies: Any, old: Any, new: Any) -> None:
        self.copies, self.old, self.new = copies, old, new
        self.seen: dict[Any, Any] = {}
        self.values: list[Any] = []

    def update(self) -> None:
        """Takes over what has changed in the original; writes go there at once."""
        values = list(vars(self.old).values())
        if len(values) == len(self.values) and all(map(operator.is_, values, self.values)):
            return
        self.values = values
        for name, value in list(vars(self.old).items()):
            if name in NOT_MAPPED or self.seen.get(name, MISSING) is value:
                continue
            self.seen[name] = value
            type.__setattr__(self.new, name, self.copies.of(value))
        for name in [n for n in self.seen if n not in vars(self.old)]:
            del self.seen[name]
            if name in vars(self.new):
                type.__delattr__(self.new, name)


NOT_MAPPED = {
    "__dict__",
    "__weakref__",
    "__module__",
    "__name__",
    "__qualname__",
    "__doc__",
    "__slots__",
    "_abc_impl",
    "__dataclass_params__",
    "__match_args__",
    "__annotations__",
    "__orig_bases__",
    "__parameters__",
    "__abstractmethods__",
    "_lifted",
    "__static_attributes__",
    "__firstlineno__",
}


class ObjectShadow(Shadow):
    """An object and its counterpart of the lifted class.

    Both have one __dict__ where no attribute needs mapping; else the attributes are copied, and brought up to date.
    """

    def __init__(self, copies: Any, old: Any, new: Any, slots: Any) -> None:
        self.copies, self.old, self.new, self.slots = copies, weakref_to(old), new, slots
        self.inner: DictShadow | None = None
        self.seen: dict[Any, Any] = {}

    def update(self) -> None:
        """As of `Shadow`."""
        old, of, original = self.old(), self.copies.of, self.copies.original
        if old is None:
            return
        for name in self.slots:
            theirs, mine = own(old, name, MISSING), own(self.new, name, MISSING)
            was = self.seen.get(name, (MISSING, MISSING))
            if mine is MISSING and was[1] is not MISSING:
                object.__delattr__(old, name)
                self.seen.pop(name)
            elif mine is not was[1]:
                object.__setattr__(old, name, original(mine))
                self.seen[name] = (original(mine), mine)
            elif theirs is MISSING:  # deleted
                if mine is not MISSING:
                    object.__delattr__(self.new, name)
                self.seen.pop(name, None)
            elif theirs is not was[0]:
                object.__setattr__(self.new, name, of(theirs))
                self.seen[name] = (theirs, own(self.new, name, MISSING))
        theirs = own(old, "__dict__", None)
        if theirs is None:
            return
        if self.inner is None:
            if self.new.__dict__ is theirs and all(of(v) is v for v in theirs.values()):
                return
            if self.new.__dict__ is not theirs and all(of(v) is v for v in list(theirs.values())):
                object.__setattr__(self.new, "__dict__", theirs)
                return
            object.__setattr__(self.new, "__dict__", {})
            self.inner = DictShadow(self.copies, theirs, self.new.__dict__)
        self.inner.old, self.inner.new = theirs, self.new.__dict__
        self.inner.sync()


def identity_of(copies: Any) -> dict[Any, Any]:
    """__eq__ and __hash__ of lifted classes that have none of their own."""
    original = copies.original

    def same_object(self: Any, other: Any) -> Any:
        return self is other or original(self) is original(other) or NotImplemented

    return {"__eq__": same_object, "__hash__": lambda self: object.__hash__(original(self))}


def weakref_to(x: Any) -> Any:
    """A weak reference, or one that holds what takes no weak one."""
    try:
        return weakref.ref(x)
    except TypeError:
        return Held(x)


def has_code(copies: Any, c: Any) -> bool:
    """Whether a class has functions of a lifted package, its own or inherited."""
    for kind in c.__mro__:
        if not copies.belongs(kind):
            continue
        for value in vars(kind).values():
            if isinstance(
                value,
                (
                    property,
                    staticmethod,
                    classmethod,
                    functools.cached_property,
                    functools.partialmethod,
                    functools.singledispatchmethod,
                    functools._lru_cache_wrapper,
                ),
            ):
                return True
            if isinstance(value, types.FunctionType) and copies.belongs(value):
                return True
            if isinstance(value, type) and value is not c and copies.belongs(value):
                return True
            if copies.belongs(type(value)) and not isinstance(value, ATOMS):
                return True
    return False


@functools.cache
def lifted_meta(meta: Any) -> Any:
    """A metaclass whose classes stand for their originals: in isinstance, and for what is set."""

    class Lifted(meta, *(lifted_meta(m) for m in meta.__bases__ if issubclass(m, type))):  # type: ignore[misc]
        def mro(cls) -> Any:
            """As of the original, with the lifted bases; behind them the originals, which super() of a lifted method
            must not meet before."""
            if "_lifted" in vars(cls):  # somebody asks
                return list(cls.__mro__)
            order = getattr(making, "order", None)
            return super().mro() if order is None else [cls, Quiet, *order]

        def __instancecheck__(cls, x: Any) -> Any:
            return isinstance(x, cls._lifted[1]) if "_lifted" in vars(cls) else super().__instancecheck__(x)

        def __subclasscheck__(cls, c: Any) -> Any:
            if "_lifted" not in vars(cls):
                return super().__subclasscheck__(c)
            asked = vars(making).setdefault("asked", set())
            key = id(cls), id(c)
            if key in asked:  # abc asks each subclass of the original, and so this one again
                return False
            asked.add(key)
            try:
                return issubclass(c, cls._lifted[1])
            finally:
                asked.discard(key)

        def __setattr__(cls, name: str, value: Any) -> None:
            if "_lifted" not in vars(cls):
                super().__setattr__(name, value)
                return
            copies, original = cls._lifted
            setattr(original, name, copies.original(value))
            copies.of(original)  # brings the copy up to date

        def __delattr__(cls, name: str) -> None:
            if "_lifted" not in vars(cls):
                super().__delattr__(name)
                return
            copies, original = cls._lifted
            delattr(original, name)
            copies.of(original)

        def __reduce__(cls) -> Any:
            return meta.__name__

        def __eq__(cls, other: object) -> bool:
            own = cls._lifted[1] if "_lifted" in vars(cls) else cls
            return own is (other._lifted[1] if isinstance(other, type) and "_lifted" in vars(other) else other)  # type: ignore[attr-defined]

        def __hash__(cls) -> int:  # in tables with classes as keys
            return type.__hash__(cls._lifted[1] if "_lifted" in vars(cls) else cls)

        def __repr__(cls) -> str:
            return repr(cls._lifted[1]) if "_lifted" in vars(cls) else super().__repr__()

    Lifted.__name__, Lifted.__qualname__, Lifted.__module__ = meta.__name__, meta.__qualname__, meta.__module__
    del Lifted.__reduce__
    return Lifted


making = threading.local()  # order: of the lifted class that the thread is making, what stands behind it


class Quiet:
    """Stands behind each lifted class, so that the __init_subclass__ of others do not hear of it."""

    __slots__ = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if getattr(making, "order", None) is None:
            super().__init_subclass__(**kwargs)


def quietly(make: Any, meta: Any, name: str, bases: Any, namespace: Any, order: Any) -> Any:
    """make(meta, name, bases, namespace), of which no __init_subclass__ hears; order: the mro behind it."""
    making.order = order
    try:
        return make(meta, name, bases, namespace)
    finally:
        making.order = None


def code_of_its_own(code: Any) -> Any:
    """A code object that does the same: the interpreter adapts each to the types that it meets, floats or duals."""
    inner = tuple(code_of_its_own(c) if isinstance(c, types.CodeType) else c for c in code.co_consts)
    return code.replace(co_consts=inner)


DISPATCH_CODE = functools.singledispatch(lambda x: x).__code__  # type: ignore[attr-defined]


def writes_globals(code: Any) -> bool:
    """Whether a code object assigns to a global name."""
    import dis

    return any(i.opname == "STORE_GLOBAL" for i in dis.get_instructions(code))


def flushing(f: Any, space: Any) -> Callable[..., Any]:
    """f, after which what it has written to globals is in the original module."""

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return f(*args, **kwargs)
        finally:
            space.flush()

    return call


def home_name(x: Any) -> Any:
    """The name of the module that a function, class or object is of; of a function made by exec, "__main__"."""
    if isinstance(x, types.FunctionType):
        home = x.__module__
        return home if isinstance(home, str) and home != "builtins" else x.__globals__.get("__name__", "__main__")
    home = getattr(x, "__module__", None)  # type: ignore[assignment]
    if home == "builtins" and isinstance(x, type) and x.__flags__ & HEAP_TYPE:  # made by exec in a bare namespace
        inside = next((f for f in vars(x).values() if isinstance(f, types.FunctionType)), None)
        return home if inside is None else home_name(inside)
    return home if isinstance(home, str) else None


def from_module(world: Any, x: Any) -> Any:
    """The drop-in for an object of NumPy, math or SciPy; x itself where it is none of theirs."""
    if any(x is known for known in REPLACED_BUILTINS):
        return world.builtins[x.__name__]
    name, home = getattr(x, "__name__", None), getattr(x, "__module__", None) or ""
    if "scipy" in (top_of(home), top_of(type(x).__module__)) or isinstance(x, np.ufunc):
        place, name = public_name(x)
        return x if place is None else getattr(world.module(place), name, x)
    if not isinstance(name, str) or not isinstance(home, str):
        return x
    if getattr(math, name, None) is x:
        return getattr(world.module("math"), name)
    if getattr(cmath, name, None) is x:
        return getattr(world.module("cmath"), name)
    if top_of(home) == "numpy":
        for place in ("numpy", "numpy.linalg", "numpy.fft"):
            if getattr(sys.modules.get(place), name, None) is x:
                return getattr(world.module(place), name)
    if top_of(home) == "bottleneck" and name in names.BOTTLENECK:  # compiled forms of functions of NumPy's
        return names.either(x, getattr(world.module("numpy"), name))
    if home == "functools" and name in names.FUNCTOOLS:
        return names.FUNCTOOLS[name]
    if home in ("_bisect", "bisect") and name in names.BISECT:
        return names.BISECT[name]
    return x


public: dict[Any, Any] = {}  # id of a function or object of SciPy -> (it, its module's name, its own)
looked_at: set[Any] = set()  # modules of SciPy whose names are in `public`


def public_name(x: Any) -> Any:
    """(module, name) under which SciPy has an object in public; (None, "") where it has not."""
    for place in [m for m in tuple(sys.modules) if m.startswith("scipy.") and m not in looked_at and "._" not in m]:
        looked_at.add(place)
        for name, value in list(vars(sys.modules[place]).items()):
            known = public.get(id(value))
            if name[:1] != "_" and (known is None or place.count(".") < known[1].count(".")):
                public[id(value)] = (value, place, name)
    found = public.get(id(x))
    return found[1:] if found is not None and found[0] is x else (None, "")


REPLACED_BUILTINS = (float, complex, type, isinstance, round)
