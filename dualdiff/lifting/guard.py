"""The value guard: a lifted copy counts only if its value on duals is the value of the original on plain numbers.
"""

import functools
import types

import numpy as np

from ..core import Dual, DualArray, call_lifted, calm, forget_lost, is_flat, is_within, lend, lost_mark
from ..errors import LiftError, LostDerivativeError
from ..functions.base import has_duals, value_of
from ..maps.tangents import is_dual
from ..transforms.pytrees import flatten, unflatten

__all__ = ["LiftedFunction"]

TOLERANCE = 1e-12


class LiftedFunction:
    """A lifted function as it is handed out: `original` is what it stands for, `copy` what runs.

    Called with duals it runs the copy, then the original on the plain numbers, and raises a LiftError if they differ.
    """

    def __init__(self, original, copy, world, packages, guard):
        if hasattr(original, "__name__"):
            functools.update_wrapper(self, original, updated=())
        self.original, self.copy, self.world, self.packages, self.guard = original, copy, world, packages, guard
        self.looked = False  # whether each element of a result has been looked at for a derivative that is lost

    def __call__(self, *args, **kwargs):
        """The function's value, by the copy."""
        within = is_within()
        simple, duals = not kwargs, False  # simple: nothing but numbers, which are handed on as they are
        for x in args:
            kind = type(x)
            if kind is Dual or kind is DualArray:
                duals = True
            elif kind not in NUMBERS or within and kind is np.ndarray:
                simple = False
                break
        if simple and not (within or duals):
            try:
                return self.original(*args)
            except LostDerivativeError:  # duals that the function has from elsewhere
                pass
        if not simple:
            args, kwargs = tuple(map(self.handed, args)), {key: self.handed(x) for key, x in kwargs.items()}
            duals = any_dual(args) or any_dual(kwargs)
        copies = self.world.copies
        if copies.written:
            copies.sync()
        if not (duals and self.guard):
            found = call_lifted(self.copy, args, kwargs) if within or duals else self.copy(*args, **kwargs)
            if copies.written:
                copies.sync()
            return found
        given = tuple(map(copied, args)) if simple else plain_copy(args), plain_copy(kwargs) if kwargs else kwargs
        found = call_lifted(self.copy, args, kwargs)
        if copies.written:
            copies.sync()
        wanted = self.check(found, *given, simple)
        if not self.looked or type(found) in CONSTANTS or is_flat(found):
            self.doubt(found, wanted, args, kwargs)
        return found

    def handed(self, x):
        """An argument as the copy sees it: callbacks and objects of lifted classes lifted, plain arrays lent."""
        if type(x) in NUMBERS:
            return lend(x) if type(x) is np.ndarray else x
        if isinstance(x, LiftedFunction):
            return x.copy
        copies = self.world.copies
        if isinstance(x, (types.FunctionType, types.MethodType)):
            home = getattr(x, "__module__", None) or ""
            if not self.world.is_lifted(home) and home.partition(".")[0] not in NOT_GUESTS:
                self.world.guests.add(home)
        return copies.of(x)

    def check(self, found, args, kwargs, simple=False):
        """The value of the original on plain numbers; raises if it is another one."""
        mark = lost_mark()
        try:
            wanted = calm(self.original, args) if simple else self.run(args, kwargs)
            if type(found) is Dual and type(wanted) is float and found.value == wanted:
                return wanted
            if type(found) is DualArray and type(wanted) is np.ndarray:
                value = value_of(found)
                if value.shape == wanted.shape and (value == wanted).all():
                    return wanted
        except LostDerivativeError:
            if not captures_duals(self.original):
                raise
            forget_lost(mark)
            return MISSING  # duals of another call that the function brings with it: there is nothing plain to run on
        difference = differs(found, wanted, self.world.copies)
        if difference is not None:
            raise LiftError(
                f"the lifted copy of {name_of(self.original)} does not do what the function does: {difference}. Does "
                "it depend on what it has done before (then lift with guard=False and check the derivative), on "
                "the exact type of its argument, or on the text of a number? custom_jvp gives it a derivative by hand"
            )
        return wanted

    def doubt(self, found, wanted, args, kwargs):
        """Raises if an element of the result has the derivative zero, and moves with the arguments all the same.

        So it is where a result is rounded, or found by bisection: no number that it is made of has a derivative.
        """
        self.looked = True
        ours = flatten(found)[0] if wanted is not MISSING else []
        still = [unmoved(y) for y in ours]
        if not any(np.any(m) for m in still):
            return
        steps = nudges(args, kwargs)
        constant = type(found) in CONSTANTS
        mark = lost_mark()
        try:
            theirs = [flatten(wanted)[0]]
            for size in (1.0, 0.5, FAR) if constant else (1.0, 0.5):
                moved, named = moved_along(args, kwargs, steps, size)
                theirs.append(flatten(self.run(moved, named))[0])
        except Exception:
            forget_lost(mark)
            return  # there it is not defined
        if any(len(ys) != len(ours) for ys in theirs):
            return
        for m, *ys in zip(still, *theirs, strict=True):
            if not np.any(m) or not all(map(is_number, ys)):
                continue
            y, y1, y2, *far = (np.asarray(v, dtype=complex) for v in ys)
            if not all(v.shape == np.shape(m) for v in (y, y1, y2, *far)):
                continue
            with np.errstate(all="ignore"):
                whole, half = y1 - y, y2 - y
                lost = m & (np.abs(whole) > 1e-9 * np.abs(y)) & (np.abs(whole - 2 * half) < 0.25 * np.abs(whole))
            if lost.any() or any(not close(v, y) and not is_step(y, y1, v) for v in far):
                raise LiftError(
                    f"the result of {name_of(self.original)} has the derivative zero, and yet it changes with the "
                    "arguments: it is rounded, or found by bisection or in a table, and the numbers that it is made of "
                    "have no derivative. Differentiate what comes before the rounding, give it a derivative with "
                    "custom_jvp (of the solution of an equation: dualdiff.solve.implicit_root), take differences with "
                    "dualdiff.numerical, or lift it with guard=False if zero is meant"
                )

    def run(self, args, kwargs):
        """The original's result."""
        originals = self.world.copies.original
        return calm(self.original, tuple(map(originals, args)), {k: originals(x) for k, x in kwargs.items()})

    def __get__(self, owner, kind=None):
        return self if owner is None else types.MethodType(self, owner)

    def __getattr__(self, name):
        if name in ("original", "copy", "world", "looked"):
            raise AttributeError(name)
        return getattr(self.copy, name)

    def __repr__(self):
        return f"<lifted {self.original!r}>"

    def __reduce__(self):
        return relift, (self.original, self.packages, self.guard)


def relift(original, packages, guard):
    """A pickled lifted function again."""
    from .world import lift

    return lift(original, packages, guard=guard)


MISSING = object()
FAR = 100.0
"""How much further a constant result is looked at: it may have been found under a rounded number."""
CONSTANTS = {float, np.float64, np.ndarray}


def unmoved(y):
    """Where a result has no derivative, as far as that can be seen: truths in its shape."""
    if not is_dual(y):
        return np.ones(np.shape(y), bool) if is_number(y) and np.asarray(y).dtype.kind in "fc" else np.False_
    t = y.tangents
    if type(t) is not np.ndarray or is_dual(value_of(y)):
        return np.False_
    return ~np.any(t != 0, axis=0)


def is_step(y, near, far):
    """Whether a result jumps at the point itself and lies still beside it: a step, whose derivative is 0."""
    if np.shape(y) != np.shape(near) or np.shape(y) != np.shape(far):
        return False
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(np.subtract(far, near)) <= 0.01 * np.abs(np.subtract(near, y))))


def nudges(args, kwargs):
    """For each leaf of the arguments a direction in which its derivatives are taken, of size 1; None for a constant."""
    found: list = []
    for x in flatten((args, kwargs))[0]:
        t = x.tangents if is_dual(x) else None
        if t is None:
            found.append(None)
            continue
        if type(t) is not np.ndarray:  # recorded, or of second order
            found.append(np.ones(np.shape(x)))
            continue
        s = np.tensordot(1.0 + 0.37 * np.arange(len(t)), t, 1)  # what one row cancels in another is not lost so
        found.append(s / max(np.max(np.abs(s), initial=0.0), 1e-300))
    return found


def moved_along(args, kwargs, steps, size):
    """(args, kwargs): plain arguments, moved along the steps by size * 1e-6 of the largest number of each."""
    leaves, structure = flatten((args, kwargs))
    plain = [copied(x) for x in leaves]
    moved = []
    for x, s in zip(plain, steps, strict=True):
        if s is None:
            moved.append(x)
        else:
            y = x + size * 1e-6 * (float(np.max(np.abs(x), initial=0.0)) or 1.0) * s
            moved.append(float(y) if type(x) is float else y)
    return unflatten(structure, moved)


NUMBERS = {float, int, bool, str, type(None), complex, np.ndarray, np.float64, Dual, DualArray}
SCALARS = {float, int, bool, str, type(None), complex, np.float64}
NOT_GUESTS = {"numpy", "scipy", "math", "builtins", "dualdiff", "functools", "operator", "itertools", ""}


def any_dual(x):
    """Whether arguments hold duals, also in dicts and dataclasses."""
    leaves, _ = flatten(x)
    return any(is_dual(leaf) or has_duals(leaf) for leaf in leaves)


def plain_copy(x):
    """Arguments as plain numbers, in memory of their own."""
    if type(x) is tuple and all(type(e) in NUMBERS for e in x):
        return tuple(map(copied, x))
    leaves, structure = flatten(x)
    return unflatten(structure, [copied(leaf) for leaf in leaves])


def copied(x):
    """An argument as plain numbers; arrays copied."""
    if type(x) in SCALARS:
        return x
    v = x.value if type(x) is Dual else x
    if type(v) is float:
        return v
    v = value_of(v)
    if isinstance(v, np.ndarray):
        return v.copy("K") if type(v) is np.ndarray else v
    return v


def captures_duals(f):
    """Whether a function's closure, defaults or bound arguments hold duals."""
    if isinstance(f, types.MethodType):
        return captures_duals(f.__func__) or has_duals(
            list(vars(f.__self__).values()) if hasattr(f.__self__, "__dict__") else []
        )
    if isinstance(f, functools.partial):
        return has_duals(f.args) or has_duals(list(f.keywords.values())) or captures_duals(f.func)
    held = list(getattr(f, "__defaults__", None) or ())
    for cell in getattr(f, "__closure__", None) or ():
        try:
            held.append(cell.cell_contents)
        except ValueError:
            continue
    return any(is_dual(x) or has_duals(x) or isinstance(x, types.FunctionType) and x is not f and captures_duals(x)
               for x in held)  # fmt: skip


def differs(found, wanted, copies):
    """What is different between a result on duals and one on plain numbers, as text; None if nothing is."""
    try:
        ours, _ = flatten(found)
        theirs, _ = flatten(wanted)
    except TypeError:
        return None
    if len(ours) != len(theirs):
        return f"on duals it returns {len(ours)} arrays or numbers, on plain numbers {len(theirs)}"
    for a, b in zip(ours, theirs, strict=True):
        a, b = value_of(a), value_of(b)
        if a is b or copies.original(a) is b:
            continue
        if not is_number(a) or not is_number(b):
            if is_number(a) or is_number(b) or type(a) in (str, bytes) and a != b:
                return f"on duals it returns {short(a)}, on plain numbers {short(b)}"
            continue
        a, b = np.asarray(a), np.asarray(b)
        if a.shape != b.shape:
            return f"on duals its value has the shape {a.shape}, on plain numbers {b.shape}"
        if not close(a, b):
            return f"on duals its value is {short(a)}, on plain numbers {short(b)}"
    return None


def is_number(x):
    return isinstance(x, (int, float, complex, np.ndarray, np.generic)) and np.asarray(x).dtype.kind in "biufc"


def close(a, b):
    """Whether two arrays of numbers agree to 1e-12, or to the precision that they have."""
    if a.dtype.kind in "biu" and b.dtype.kind in "biu":
        return np.array_equal(a, b)
    kinds = [np.finfo(x.dtype).eps for x in (a, b) if x.dtype.kind in "fc"]
    tolerance = max(TOLERANCE, 8 * max(kinds))
    with np.errstate(all="ignore"):
        size = np.abs(b[np.isfinite(b)])
        largest = size.max() if size.size else 0.0
        equal = (a == b) | (np.isnan(a) & np.isnan(b))
        return bool(np.all(equal | (np.abs(a - b) <= tolerance * np.abs(b) + 1e-3 * tolerance * largest)))


def short(x):
    """A value in a message."""
    with np.printoptions(threshold=6, precision=17):
        return repr(x if np.ndim(x) or not isinstance(x, np.ndarray) else x[()])


def name_of(f):
    return getattr(f, "__qualname__", None) or repr(f)
