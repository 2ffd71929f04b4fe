"""Whether a function can ask what is not heard, and has another answer on duals: type(x), hasattr(x, "shape").

So the code that it reaches is read once.  Where a name of such a question, or a handler of exceptions, stands in it,
the function is compared with itself on plain numbers in each call.  What is heard (isinstance, np.asarray(x).dtype,
text) needs no reading.
"""

import collections
import functools
import itertools
import opcode
import sys
import types
import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..transforms.codes import codes_in, names_in
from ..transforms.randomness import parts_of

__all__ = ["asks_unheard"]

NAMES = {"type", "hasattr", "getattr", "vars", "dir", "callable", "suppress", "getsizeof", "__sizeof__"}
NAMES |= {"eval", "exec", "import_module", "__import__", "modules", "globals", "methodcaller", "attrgetter"}
BROAD = {"TypeError", "AttributeError", "ValueError", "Exception", "BaseException", "NotImplementedError",
         "RuntimeError", "IndexError", "ArithmeticError", "LookupError"}  # fmt: skip
"""What is raised where an object is of another class than was expected."""
DEEPEST, MOST = 8, 2000
"""How far, and at how many objects, it is looked; what reaches more is taken to ask."""
NOT_READ = {*sys.stdlib_module_names, "dualdiff", "numpy", "scipy", "cython"} - {"__main__"}


def asks_unheard(f: Any) -> bool:
    """Whether a function, or one that it reaches, asks what is not heard."""
    seen: set[int] = set()
    waiting = [(f, 0)]
    while waiting:
        x, depth = waiting.pop()
        if id(x) in seen or not is_read(x):
            continue
        seen.add(id(x))
        if len(seen) > MOST:
            return True
        if isinstance(x, types.FunctionType) and any(asks(code) for code in codes_in(x.__code__)):
            return True
        if depth < DEEPEST:
            waiting += [(y, depth + 1) for y in reached(x)]
    return False


def is_read(x: Any) -> bool:
    """Whether an object is of the user's code, or of a package in Python."""
    home = x.__name__ if isinstance(x, types.ModuleType) else getattr(x, "__module__", None)
    if isinstance(x, (*HOLDERS, functools.partial, types.MethodType)) or not isinstance(home, str):
        return not isinstance(x, types.BuiltinFunctionType)
    return home.partition(".")[0] not in NOT_READ or isinstance(x, types.FunctionType) and home.startswith("dualdiff")


def reached(x: Any) -> list[Any]:
    """What a function, a class or an object names and holds."""
    if isinstance(x, types.FunctionType):
        found = parts_of(x)
        for module in [m for m in found if isinstance(m, types.ModuleType) and is_read(m)]:
            found += [vars(module)[name] for name in names_in(x.__code__) if name in vars(module)]
    elif isinstance(x, type):
        return [type(x), *(of_class(y) for kind in x.__mro__ for y in list(vars(kind).values()))]
    elif isinstance(x, types.ModuleType):
        return []
    elif isinstance(x, (types.MethodType, functools.partial)):
        return parts_of(x)
    elif isinstance(x, HOLDERS):
        return [y for y in held_by(x) if may_hold(y)]
    else:
        held = getattr(x, "__dict__", None)
        slots = [getattr(x, n, None) for kind in type(x).__mro__ for n in slots_of(kind)]
        found = [type(x), *slots, *(held.values() if isinstance(held, dict) else ())]
    wrapped = getattr(x, "__wrapped__", None)       # an lru_cache, a dispatcher
    return [y for y in found if may_hold(y)] if wrapped is None else [*found, wrapped]


HOLDERS = (list, tuple, set, frozenset, collections.deque, Mapping, weakref.ref, np.ndarray)


def held_by(x: Any) -> list[Any]:
    """The elements of a container, the first ones of a large one."""
    if isinstance(x, weakref.ref):
        return [x()]
    if isinstance(x, np.ndarray):
        return list(x.ravel()[:MOST])
    return list(itertools.islice(x.values() if isinstance(x, Mapping) else x, MOST))


def may_hold(x: Any) -> bool:
    """Whether an object may be, or lead to, a function."""
    if isinstance(x, np.ndarray):
        return bool(x.dtype.hasobject)
    return not isinstance(x, (str, bytes, int, float, complex, np.generic, type(None)))


def slots_of(kind: type) -> list[str]:
    """The names of the slots that a class adds."""
    found = vars(kind).get("__slots__", ())
    return [found] if isinstance(found, str) else [n for n in found if isinstance(n, str)]


def of_class(x: Any) -> Any:
    """The function behind an entry of a class."""
    if isinstance(x, (staticmethod, classmethod)):
        return x.__func__
    if isinstance(x, property):
        return [x.fget, x.fset]
    return getattr(x, "func", x) if isinstance(x, functools.cached_property) else x


@functools.lru_cache(4096)
def asks(code: types.CodeType) -> bool:
    """Whether a code object names a question that is not heard, or goes on after an exception of any class."""
    names = set(code.co_names)
    return not NAMES.isdisjoint(names) or catches(code, names)


def catches(code: types.CodeType, names: set[str]) -> bool:
    """Whether code goes on after an exception that an object of another class could raise."""
    if not getattr(code, "co_exceptiontable", True):
        return False
    steps = [opcode.opname[b] for b in code.co_code[::2]]
    if not BROAD.isdisjoint(names) and any(s in steps for s in ("CHECK_EXC_MATCH", "JUMP_IF_NOT_EXC_MATCH")):
        return True
    ends = sum(s == "POP_EXCEPT" and not t.startswith("RERAISE") for s, t in itertools.pairwise(steps))
    kinds = sum(s in ("CHECK_EXC_MATCH", "JUMP_IF_NOT_EXC_MATCH", "WITH_EXCEPT_START") for s in steps)
    return ends > kinds  # an except without a class
