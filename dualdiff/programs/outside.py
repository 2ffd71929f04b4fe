"""What a function finds outside: the names that its code reads, and what they mean.

A program is the function as long as these names mean the same.  Read are: globals and closures of the function and
of the functions that it can reach by name; attributes of objects, entries of dicts and elements of lists that such a
name means.  What the function itself binds anew (a counter) is left out, and so are NumPy, SciPy and Python's own
modules.

Invariant: finding names runs none of the user's code: no property, no `__getattr__`.
"""

import dis
import functools
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import Dual, DualArray
from ..core._program import ABSENT, Bindings
from ..transforms.codes import codes_in

__all__ = ["bindings_of", "blind", "duals_outside"]

MOST = 4096
"""So many names are watched; what comes later is not."""

ENTRIES = 256
"""Dicts and lists with more entries than this are data, whose entries are not watched."""

OURS = {"numpy", "scipy", "dualdiff"}
"""Packages whose objects hold no names of the user's."""

SETTLED = {*OURS, *sys.stdlib_module_names} - {"__main__"}
"""Packages whose names nobody binds anew."""

STORES = {"STORE_GLOBAL", "STORE_DEREF", "DELETE_GLOBAL", "DELETE_DEREF"}
ATTRIBUTES = {"STORE_ATTR", "DELETE_ATTR"}

PLAIN = {int, float, str, bool, complex, bytes, types.NoneType}
"""Types of which nothing can be reached."""

Item = tuple[Any, Any, Any]


def bindings_of(f: Callable[..., Any], arguments: Any = ()) -> Bindings | None:
    """The names that f finds outside; None where there are none.

    arguments: objects that are arguments of f without being numbers (the self of a method, settings).
    """
    search = searched(f, arguments)
    items = [
        (h, k, v) for h, k, v in search.items
        if (id(h), k) not in search.stored and not (k in search.attributes_bound and id(h) in search.owned)
    ]  # fmt: skip
    return Bindings(items) if items else None


def duals_outside(f: Callable[..., Any], arguments: Any = ()) -> int | None:
    """The tag of a dual that f finds outside; None where there is none."""
    return searched(f, arguments).dual


def blind(f: Callable[..., Any], arguments: Any = ()) -> bool:
    """Whether f finds something outside in which a dual would not be seen."""
    return searched(f, arguments).blind


def searched(f: Callable[..., Any], arguments: Any) -> "Search":
    """A search that is over."""
    names: frozenset[str] = frozenset()
    while True:     # what one function reads of an object may be looked for in another that has the object
        search = Search(names)
        for x in (f, *arguments):
            search.reach(x)
        if search.every == names:
            return search
        names = search.every


@functools.lru_cache(maxsize=1024)
def names_of(code: types.CodeType) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """(the names that a function's code reads as globals or attributes, those that it binds, attributes it binds)."""
    read: set[str] = set()
    stored: set[str] = set()
    attributes: set[str] = set()
    for part in codes_in(code):
        read.update(part.co_names)
        for x in dis.get_instructions(part):
            if x.opname in STORES:
                stored.add(x.argval)
            elif x.opname in ATTRIBUTES:
                attributes.add(x.argval)
    return frozenset(read), frozenset(stored), frozenset(attributes)


def settled(module: Any) -> bool:
    """Whether a module, by its name, belongs to a package whose names nobody binds anew (None does not)."""
    return isinstance(module, str) and module.partition(".")[0] in SETTLED


class Search:
    """Follows names from a function.

    names: those that are looked for in objects.  items: what was found.  stored: (id of the holder, key) of what the
    functions bind themselves.  owned: of the dicts of objects, of which they bind `attributes_bound`.  every: the names
    that the functions read which were met.  dual: the tag of a dual that was met.  blind: whether there was something
    in which a dual is not seen.
    """

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.items: list[Item] = []
        self.stored: set[tuple[int, Any]] = set()
        self.every: frozenset[str] = frozenset()
        self.seen: set[int] = set()
        self.kept: list[Any] = []       # so that no number of an object is used twice
        self.attributes_bound: frozenset[str] = frozenset()
        self.owned: set[int] = set()
        self.dual: int | None = None
        self.blind = False

    def add(self, holder: Any, key: Any, value: Any) -> None:
        """One name."""
        if len(self.items) < MOST:
            self.items.append((holder, key, value))
            self.reach(value)
        else:
            self.blind = True

    def reach(self, x: Any) -> None:
        """What can be reached from an object."""
        kind = type(x)
        if x is ABSENT or kind in PLAIN or id(x) in self.seen:
            return
        self.seen.add(id(x))
        self.kept.append(x)
        if kind is DualArray or kind is Dual:
            self.dual = x.tag
        elif kind is np.ndarray:
            self.blind = self.blind or x.dtype == object
        elif kind is types.FunctionType:
            if not settled(x.__module__):
                self.function(x)
        elif kind is types.MethodType:
            self.reach(x.__func__)
            self.reach(x.__self__)
        elif kind is staticmethod or kind is classmethod:
            self.reach(x.__func__)
        elif kind is property:
            self.reach(x.fget)
        elif isinstance(x, functools.partial):
            for part in (getattr(x, "__wrapped__", x.func), *x.args, *x.keywords.values()):
                self.reach(part)
        elif kind is types.ModuleType:
            if not settled(x.__name__):
                self.entries(vars(x), self.names)
        elif kind is dict:
            self.blind = self.blind or len(x) > ENTRIES
            if len(x) <= ENTRIES:
                for key, value in list(x.items()):
                    self.add(x, key, value)
        elif kind is list:
            self.blind = self.blind or len(x) > ENTRIES
            if len(x) <= ENTRIES:
                for place, value in enumerate(x):
                    self.add(x, place, value)
        elif isinstance(x, tuple):
            self.blind = self.blind or len(x) > ENTRIES
            for value in x[:ENTRIES]:
                self.reach(value)
        elif isinstance(x, type):
            self.attributes(x, None)
        elif not settled(module := getattr(kind, "__module__", None)):
            own = dict_of(x)
            self.attributes(kind, own)
            self.blind = self.blind or own is None or isinstance(x, (dict, list))
            if own is not None:
                self.owned.add(id(own))
                self.entries(own, self.names)
        elif not isinstance(module, str) or module.partition(".")[0] not in OURS:
            # Python's: a SimpleNamespace, what functools.cache makes of a function; a deque hides what it has
            own = dict_of(x)
            self.blind = self.blind or own is None and kind.__hash__ is None
            if own is not None:
                self.entries(own, self.names)
                self.reach(own.get("__wrapped__"))

    def entries(self, space: dict[str, Any], names: frozenset[str]) -> None:
        """The names among a namespace's."""
        for name in names & space.keys():
            value = space[name]
            if type(value) is types.ModuleType:     # modules are not bound anew; their names may be
                self.reach(value)
            else:
                self.add(space, name, value)

    def attributes(self, kind: type, own: dict[str, Any] | None) -> None:
        """What a class has under the names; own: the attributes of an object of it, which come first."""
        for base in kind.__mro__:
            if settled(base.__module__):
                continue
            space = base.__dict__
            for name in (self.names | {"__call__"}) & space.keys():
                self.add(space, name, space[name])
                if own is not None and name not in own:
                    self.add(own, name, ABSENT)

    def function(self, f: types.FunctionType) -> None:
        """A function's globals and closure."""
        read, stored, attributes = names_of(f.__code__)
        self.every |= read
        self.attributes_bound |= attributes
        space = f.__globals__
        self.stored.update((id(space), name) for name in stored)
        self.entries(space, read)
        for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            if name in stored:
                self.stored.add((id(cell), name))
            try:
                value = cell.cell_contents
            except ValueError:
                value = ABSENT
            self.kept.append(cell)
            self.add(cell, name, value)
        for value in (*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()):
            self.reach(value)


def dict_of(x: Any) -> dict[str, Any] | None:
    """The dict in which an object keeps its attributes, if it has one."""
    try:
        found = object.__getattribute__(x, "__dict__")
    except AttributeError:
        return None
    return found if type(found) is dict else None
