"""Lifting without being asked: a function that raises on duals runs again as a lifted copy.

The copy is lifted with the packages whose frames are in the traceback; where it raises in turn, with those of that
traceback too, up to four rounds.  It counts only under the value guard.  What a function needs is remembered by its
code object, so that the next call lifts it at once.
"""

import copy
import functools
import sys
import threading
import types
import warnings
from typing import Any

import numpy as np

from ..automatic import UNLIFTED
from ..core import (
    Live,
    ZeroTimesInfinity,
    because,
    calm,
    checked,
    forget_lost,
    is_known,
    known_to,
    lifted_codes,
    lost_mark,
    note_switches,
    run_within,
)
from ..errors import (
    DualDiffError,
    EscapedDualError,
    InputError,
    LiftedWarning,
    LiftError,
    LostDerivativeError,
    NonFiniteError,
    latest,
)
from ..quiet import quietly
from ..transforms.randomness import Drawn
from .beside import differs_beside, is_blind
from .copies import content_of, top_of
from .guard import (
    CAREFUL,
    COARSE,
    CONSTANTS,
    RECORDED,
    LiftedFunction,
    ahead,
    differs,
    moves_otherwise,
    untouched,
)
from .moving import FAR, PARTS, carries, follows, is_step, moved_along, moves_along, nudges
from .plain import is_number, plain_copy
from .questions import asks_unheard
from .world import NEVER, home_of, lift, lifted_function, world_of

__all__ = ["counterpart", "doubt", "is_other_work", "rescue"]

ROUNDS = 4
NOT_OURS = {*sys.stdlib_module_names, *NEVER, "dualdiff", "numba", "llvmlite"}
NOT_OURS -= {"__main__", "colorsys", "random", "statistics"}
trying = threading.local()
warned: set[Any] = set()
kept: dict[Any, Any] = {}  # id of a function -> (it, its lifted counterpart); the latest ones
ROOM = 256


def rescue(f: Any, args: Any, kwargs: Any, tag: int, error: Any) -> Any:
    """(result,) of a lifted copy of f on the arguments of a call that has raised an error, or None."""
    if isinstance(error, (ZeroTimesInfinity, LiftError, EscapedDualError, NonFiniteError)) or getattr(
        trying, "on", False
    ):
        return None
    if isinstance(f, LiftedFunction):
        new = [p for p in packages_of(error) if not f.world.is_lifted(p)]
        if new:
            error.add_note(f"dualdiff: {call_text(f, [*f.packages, *new])} may help: their functions ran as they are")
    if never_lifted(f) or not untouched(args, kwargs):
        return None
    trying.on = True
    try:
        return attempt(f, args, kwargs, tag, error)
    finally:
        trying.on = False


def attempt(f: Any, args: Any, kwargs: Any, tag: int, first: Any) -> tuple[Any] | None:
    """`rescue`: the rounds."""
    packages: list[Any] = []
    error, refused = first, None
    for number in range(ROUNDS):
        new = [p for p in packages_of(error) if p not in packages]
        if number and not new:  # compiled code leaves no frame: what the function names is next
            new = [p for p in neighbours(f) if p not in (*packages, *NOT_OURS)] or makers(error, packages)
            if not new:
                break
        packages += new
        try:
            g, users = lifted(f, packages)
        except (InputError, ImportError):
            return None
        if not users:
            return None
        try:
            result = run_within(g, args, kwargs, tag)
        except LiftError as refusal:
            refused = refusal
            break
        except Exception as again:
            error = again
            if not untouched(args, kwargs):
                break
        else:
            for user in users:
                code = code_of(user)
                if code is not None:
                    lifted_codes[id(code)] = (code, tuple(packages))
            if isinstance(f, types.FunctionType):
                lifted_codes.setdefault(id(f.__code__), (f.__code__, ()))
            tell(users[0], packages, first)
            return (result,)
    advise(f, args, kwargs, first, error, refused, packages)
    return None


CONSTANT, ASKED, TEXT, ROUNDED, ALIKE, COMPARED, KEYED, OTHER, OBJECTS, STEPPED = because
TO_ASK, TO_DRAW = known_to
ROUGHLY = 1e-6
"""How far the values of a function that runs as it is may lie apart: with duals it may solve equations otherwise."""


def doubt(f: Any, args: Any, kwargs: Any, tag: int, result: Any, reason: Any) -> Any:
    """The result of f on duals, where f may have gone another way than on plain numbers.

    So it is looked at once for each function and way that its switches are set, and again where the result holds no
    dual (CONSTANT), text of a dual was made (TEXT), or f has asked what has another answer on duals: the class (ASKED),
    the dtype of an array of objects (OBJECTS), or what is not heard (questions.py).  Where f gives another value on
    plain numbers (``type(x) is float``, ``case float()``) it is lifted, or there is an error with both values.  Where
    it has made a key of a dual (ROUNDED, TEXT), or found it to be an earlier number (ALIKE), its derivative is compared
    with differences: of a number in the first call, and where a later one does less or more (OTHER).  So it is in the
    first call where numbers were compared, as a bisection does.
    """
    work = trying.__dict__.pop("work", None)
    if isinstance(f, types.MethodType) and is_own(f.__func__):
        return result
    constant = bool(reason & CONSTANT)
    if getattr(trying, "on", False) or never_lifted(f) or is_own(f) and not contents(f) or not untouched(args, kwargs):
        return result
    moves, lost = None, False
    trying.on = True
    mark, start = lost_mark(), Drawn(f)
    try:
        with quietly():
            plain = calm(f, plain_copy(args), plain_copy(kwargs))
            if constant and np.asarray(result).dtype.kind in "fc":
                lost = moves_unseen(f, args, kwargs, plain, reason)
            difference = differs(result, plain, NO_COPIES, ROUGHLY)
            if difference is not None:
                again = differs(plain, calm(f, plain_copy(args), plain_copy(kwargs)), NO_COPIES, ROUGHLY)
                if again is not None:  # it never gives the same value twice
                    if constant:
                        return result
                    difference = None
            elif reason & (TEXT | ROUNDED) or reason & (ALIKE | KEYED) and not constant:  # that has been judged
                moves = moves_by(f, result, plain, args, kwargs, None)
            elif reason & (COMPARED | STEPPED) and not constant and not is_known(f):
                moves = moves_by(f, result, plain, args, kwargs, CAREFUL)  # a result of a bisection, beside others
            draws = start.is_past()
            if difference is None and moves is None and not constant:
                flags = known_of(f) | (TO_DRAW if draws else 0)
                asks = reason & (ASKED | OBJECTS) or flags & TO_ASK
                if asks and not is_known(f) or is_blind(result):
                    difference = else_beside(f, args, kwargs, start)
    except Exception:
        forget_lost(mark)
        return result  # what f does on plain numbers is not known
    finally:
        trying.on = False
        start.restore()
    if difference is None and moves is None:
        if not constant:
            settle(f, flags)
            if work is not None and reason & (ROUNDED | KEYED):
                remember(*work)
            return result
        if not lost or not lifted(f, [])[1]:
            return result
        difference = "on duals its value is a constant, on plain numbers it changes with its argument"
    mark = lost_mark()
    error = LostDerivativeError(
        f"the derivative of {name_of(innermost(f))} is wrong: {moves}"
        if moves is not None
        else f"the function does on duals what it does not do on plain numbers: {difference}. It may ask for the type "
        "of its argument, round it, or find an earlier result under a number; dualdiff.lift(f) answers as the value "
        "would"
    )
    forget_lost(mark)
    error.packages = neighbours(f)  # type: ignore[attr-defined]
    found = rescue(f, args, kwargs, tag, error)
    if found is None or constant and type(found[0]) in CONSTANTS:
        raise error
    return found[0]


def moves_by(f: Any, result: Any, plain: Any, args: Any, kwargs: Any, scales: Any) -> str | None:
    """What is different between the derivative of f and its differences, as text; None if nothing."""

    def alone(leaf: int, place: int) -> Any:
        return ahead(f, args, kwargs, None, scales or COARSE, (leaf, place))

    found = moves_otherwise(lambda *xs, **named: calm(f, xs, named), result, plain, args, kwargs, scales, alone)
    if found is RECORDED:
        found = ahead(f, args, kwargs, None, scales)
    return None if found is None else str(found)


def else_beside(f: Any, args: Any, kwargs: Any, start: Drawn) -> str | None:
    """What f does otherwise beside the point, on duals than on plain numbers; None if nothing, or it draws numbers."""

    def run(*xs: Any, **named: Any) -> Any:
        start.restore()
        return calm(f, xs, named)

    def differ(found: Any, wanted: Any) -> str | None:
        return differs(found, wanted, NO_COPIES, ROUGHLY)

    return differs_beside(run, run, args, kwargs, differ)


def moves_unseen(f: Any, args: Any, kwargs: Any, plain: Any, reason: Any) -> Any:
    """Whether a result that is a constant on duals changes with its argument on plain numbers: not as a staircase does.

    Beside the point that is seen.  What moves further away only counts where f has asked for a type, rounded a number
    or made text; else where f carries a derivative there, or follows its argument.
    """

    def same(y: Any) -> bool:
        return differs(y, plain, NO_COPIES) is None

    steps = nudges(args, kwargs)
    near, far = (calm(f, *moved_along(args, kwargs, steps, size)) for size in (1.0, FAR))
    if same(near) and same(far) or is_step(plain, near, far):
        return False
    if reason & (ASKED | TEXT | ROUNDED):
        return True
    if not same(near):
        parts = [calm(f, *moved_along(args, kwargs, steps, size)) for size in PARTS]
        if keeps_moving(plain, near, parts):
            return True
    if carries(f, args, kwargs, steps):
        return True
    return follows(lambda xs, named: calm(f, xs, named), args, kwargs, steps, plain, bool(reason & COMPARED))


def keeps_moving(y: Any, near: Any, parts: Any) -> bool:
    """Whether a result moves in proportion to a step, or comes in another shape."""
    if not all(is_number(v) and np.shape(v) == np.shape(y) for v in (y, near, *parts)):
        return True
    y, near, *parts = (np.asarray(v, dtype=complex) for v in (y, near, *parts))
    return bool(np.any(moves_along(y, near, parts)))


def is_other_work(f: Any, count: Any) -> bool:
    """Whether a function that has rounded numbers of duals did as many operations in no call that was looked at."""
    if getattr(trying, "on", False):
        return False
    f = innermost(f)
    codes = tuple(map(code_of, (f, *(contents(f) if isinstance(f, types.FunctionType) else ()))))
    trying.work = (codes, count)
    return count not in works.get(tuple(map(id, codes)), (codes, ()))[1]


def remember(codes: Any, count: Any) -> None:
    """Notes that a call that did so many operations had the right derivative."""
    key = tuple(map(id, codes))
    if key in works or len(works) < ROOM:
        counts = works.setdefault(key, (codes, set()))[1]
        if len(counts) < COUNTS:
            counts.add(count)


def innermost(f: Any) -> Any:
    """The user's function that wrappers of ours call."""
    for _ in range(8):
        inner = contents(f) if is_own(f) else []
        if not inner:
            break
        f = inner[0]
    return f


works: dict[Any, Any] = {}
"""ids of the code objects of a function and of those that it holds -> (they, how many operations were done in calls
whose derivative was right)."""
COUNTS = 64


def settle(f: Any, flags: int) -> None:
    """Notes that a function, with what a wrapper of ours calls, has the same value on duals and on plain numbers."""
    while len(checked) >= 16 * ROOM:
        checked.pop(next(iter(checked)))
    for g in called_by(f):
        if is_holder(g):    # its class stands for no function
            continue
        key, own = key_of(g), is_own(innermost_of(g))
        known = checked.get(id(key))
        compared: list[Any] = [] if known is None else known[3]
        if not own:
            note_switches(g, compared)
        checked[id(key)] = (key, own, (0 if own else flags) | (0 if known is None else known[2]), compared)


def innermost_of(f: Any) -> Any:
    """The function behind bound methods and partial ones."""
    while isinstance(f, (types.MethodType, functools.partial)):
        f = f.__func__ if isinstance(f, types.MethodType) else f.func
    return f


def key_of(f: Any) -> Any:
    """The code object, or class, by which it is remembered that a function was compared."""
    f = innermost_of(f)
    return f.__code__ if isinstance(f, types.FunctionType) else type(f)


def known_of(f: Any) -> int:
    """TO_ASK where a function, or what a wrapper of ours calls, asks what is not heard; else 0."""
    if is_own(innermost_of(f)):
        users = (g for g in called_by(f) if not is_own(innermost_of(g)))
        return TO_ASK if any(map(known_of, users)) else 0
    known = checked.get(id(key_of(f)))
    if known is not None and (known[2] & TO_ASK or note_switches(f, list(known[3]))):
        return int(known[2])
    return TO_ASK if asks_unheard(f) else 0


def neighbours(f: Any) -> Any:
    """The packages that a function names in its code or holds in its closure."""
    found = contents(f) if isinstance(f, types.FunctionType) else []
    if isinstance(f, types.FunctionType):
        found += [x for cell in f.__closure__ or () if isinstance(x := content_of(cell), types.ModuleType)]
        found += [f.__globals__[n] for n in f.__code__.co_names if n in f.__globals__]
    names = [x.__name__ if isinstance(x, types.ModuleType) else getattr(x, "__module__", None) for x in found]
    tops = [n.partition(".")[0] for n in names if isinstance(n, str)]
    for g in found:
        if is_own(f) and isinstance(g, types.FunctionType) and g is not f:
            tops += neighbours(g)
    return list(dict.fromkeys(tops))


class NO_COPIES:
    """No copies: each object is its own original."""

    @staticmethod
    def original(x: Any) -> Any:
        return x


def packages_of(error: Any) -> list[Any]:
    """The packages whose frames lie between f and the place that raised."""
    found = (
        list(getattr(latest, "packages", ()))
        if error.__traceback__ is None or "raised and caught" in str(error)
        else []
    )
    found += getattr(error, "packages", [])
    trace = error.__traceback__
    while trace is not None:
        found.append(str(trace.tb_frame.f_globals.get("__name__") or "__main__").partition(".")[0])
        trace = trace.tb_next
    return [p for p in dict.fromkeys(found) if p and p not in NOT_OURS]


def makers(error: Any, packages: Any) -> list[Any]:
    """The packages that lifted ones import, where a function of these ran as it is: its object was made elsewhere.

    So it is where a parser calls back, or a registry calls what was put into it.
    """
    trace, plain = error.__traceback__, False
    while trace is not None:
        space = trace.tb_frame.f_globals
        plain = plain or top_of(space.get("__name__")) in packages and not isinstance(space, Live)
        trace = trace.tb_next
    if not plain:
        return []
    found: dict[Any, Any] = {}
    for name, module in list(sys.modules.items()):
        if top_of(name) in packages:
            for x in list(vars(module).values()):
                home = x.__name__ if isinstance(x, types.ModuleType) else getattr(x, "__module__", None)
                found[top_of(home)] = True
    return [p for p in found if p and p not in packages and p not in NOT_OURS and p not in GIANTS]


GIANTS = {"pandas", "matplotlib", "torch", "tensorflow", "jax", "sklearn", "numexpr", "h5py", "IPython", "xarray",
          "dask"}  # fmt: skip
"""Packages that hold much compiled code: they are not lifted without being named."""


def is_own(f: Any) -> Any:
    """Whether a function is one of dualdiff that calls the user's."""
    if is_holder(f):
        return True
    return isinstance(f, types.FunctionType) and str(f.__globals__.get("__name__")).partition(".")[0] == "dualdiff"


def is_holder(f: Any) -> Any:
    """Whether f is an object of dualdiff that calls the function in its attribute f."""
    return top_of(type(f).__module__) == "dualdiff" and callable(getattr(f, "__dict__", {}).get("f"))


def never_lifted(f: Any) -> Any:
    """Whether f, or the function that a wrapper of ours calls, is not to be lifted or is lifted already."""
    return any(isinstance(g, LiftedFunction) or getattr(g, UNLIFTED, False) for g in called_by(f))


def called_by(f: Any) -> Any:
    """f, and what it calls where it is a wrapper of ours, through any number of these; each once.

    Wrappers that solve equations hold each other in many ways: a tree of them would have thousands of leaves.
    """
    seen, left = {}, [f]
    while left:
        g = left.pop()
        if id(g) not in seen:
            seen[id(g)] = g
            yield g
            inner = innermost_of(g)
            if is_own(inner):
                left += contents(inner)


def contents(f: Any) -> Any:
    """What the cells of a function hold that can be called."""
    if is_holder(f):
        return [f.f]
    found = []
    for cell in f.__closure__ or ():
        try:
            x = cell.cell_contents
        except ValueError:
            continue
        if callable(x) and not isinstance(x, type):
            found.append(x)
    return found


def rewrapped(f: Any, make: Any) -> Any:
    """A wrapper of ours with make(g) in the place of each function g of the user that it calls."""
    if not is_own(f):
        return make(f)
    if is_holder(f):
        inner = f.f if isinstance(f.f, LiftedFunction) else rewrapped(f.f, make)
        if inner is f.f:
            return f
        holder = copy.copy(f)
        holder.f = inner
        return holder
    cells = []
    changed = False
    for cell in f.__closure__ or ():
        try:
            x = cell.cell_contents
        except ValueError:
            cells.append(cell)
            continue
        new = x
        if callable(x) and not isinstance(x, type) and not isinstance(x, LiftedFunction) and x is not f:
            new = rewrapped(x, make)
        changed = changed or new is not x
        cells.append(types.CellType(new) if new is not x else cell)
    if not changed:
        return f
    g = types.FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, tuple(cells))
    g.__kwdefaults__ = f.__kwdefaults__
    g.__dict__.update(f.__dict__)
    return g


def lifted(f: Any, packages: Any) -> tuple[Any, Any]:
    """(f with the user's functions lifted, those functions)."""
    users = []

    def make(g: Any) -> Any:
        if str(getattr(type(g), "__module__", "")).partition(".")[0] == "dualdiff":
            return g
        try:
            h = lift(g, packages=packages)
        except InputError:
            return g
        if h is g:
            return g
        users.append(g)
        return (
            h if isinstance(h, LiftedFunction) else lifted_function(g, h, WORLD_OF(g, packages), packages)
        )

    return rewrapped(f, make), users


def WORLD_OF(g: Any, packages: Any) -> Any:
    """The world of a callable object."""
    return world_of({(home_of(type(g)) or "").partition(".")[0], *packages})


def code_of(f: Any) -> Any:
    """The code object by which it is remembered what a function needs."""
    while (
        isinstance(f, (functools.partial, types.MethodType))
        or hasattr(f, "__wrapped__")
        and not isinstance(f, types.FunctionType)
    ):
        f = (
            f.func
            if isinstance(f, functools.partial)
            else f.__func__
            if isinstance(f, types.MethodType)
            else f.__wrapped__
        )
    found = getattr(f, "__code__", None) or getattr(getattr(type(f), "__call__", None), "__code__", None)  # noqa: B004
    return found if isinstance(found, types.CodeType) else None


def counterpart(f: Any) -> Any:
    """The lifted copy of f that took its place in an earlier call, of f or of a function with its code; else f."""
    known = kept.get(id(f))
    if known is not None and known[0] is f:
        return known[1]
    if isinstance(f, LiftedFunction) or getattr(f, UNLIFTED, False):
        return f

    def make(g: Any) -> Any:
        if getattr(g, UNLIFTED, False):
            return g
        _, packages = lifted_codes.get(id(code_of(g)), (None, None))
        if packages is None:
            return g
        try:
            return lifted(g, packages)[0]
        except (InputError, ImportError):
            return g

    if is_own(f) and never_lifted(f):
        return f
    g = rewrapped(f, make)
    if g is not f and not is_own(f):
        while len(kept) >= ROOM:
            kept.pop(next(iter(kept)))
        kept[id(f)] = (f, g)
    return g


def name_of(f: Any) -> Any:
    return getattr(f, "__qualname__", None) or getattr(f, "__name__", None) or type(f).__qualname__


def call_text(f: Any, packages: Any) -> Any:
    """The call of lift that says the same."""
    home = (getattr(f, "__module__", None) or "").partition(".")[0]
    others = sorted(p for p in packages if p != home)
    name = name_of(f).replace("<locals>.", "").rpartition(".")[2]
    name = "f" if "<" in name else name
    return f"dd.lift({name}, packages={others!r})" if others else f"dd.lift({name})"


def tell(f: Any, packages: Any, error: Any) -> None:
    """The LiftedWarning, once for each function."""
    key = code_of(f) or name_of(f)
    if key in warned:
        return
    warned.add(key)
    text = str(error).partition("\n")[0]
    warnings.warn(
        f"{name_of(f)} does not take dual numbers as it is ({type(error).__name__}: {text[:160]}), so a copy of it was "
        f"differentiated, whose value is the same: {call_text(f, packages)}. Write that to be explicit; lift=False, or "
        "dd.auto_lift(False) for all, turns it off",
        LiftedWarning, stacklevel=level_of_user(),
    )  # fmt: skip


def level_of_user() -> Any:
    """The stacklevel of the code that called dualdiff."""
    level, frame = 1, sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in (
        "dualdiff",
        "functools",
        "contextlib",
    ):
        frame, level = frame.f_back, level + 1  # type: ignore[assignment]
    return level


def advise(f: Any, args: Any, kwargs: Any, first: Any, error: Any, refused: Any, packages: Any) -> None:
    """Adds to the first error what was tried, and what is left."""
    user = f if not is_own(f) else next((x for x in contents(f)), f)
    last = "dualdiff.numerical(f) differentiates the function as it is, by differences"
    if refused is not None:
        first.add_note(f"dualdiff: {call_text(user, packages)} was tried, and refused: {refused}")
    elif error is not first and (
        isinstance(first, DualDiffError) or type(error) is not type(first) or swallowed(first)
    ):
        same = type(error) is type(first) and str(error) == str(first)
        what = "the same" if same else f"{type(error).__name__}: {str(error)[:300]}"
        if isinstance(error, NameError) and error.name in ("Dual", "DualArray"):
            what += " (it evaluates a text that was made of the number, which has no derivative)"
        first.add_note(f"dualdiff: {call_text(user, packages)} was tried, and raised {what}{place_of(error)}. {last}")
    elif isinstance(first, DualDiffError):
        first.add_note(
            f"dualdiff: {call_text(user, packages)} may help, with the packages in packages= whose functions it "
            f"calls; {last}"
        )
    elif runs_on_numbers(f, args, kwargs):
        first.add_note(
            "dualdiff: the function runs on plain numbers, and raises this on dual ones: what raises takes no dual, "
            f"nor a text that was made of one. Give it a derivative with dualdiff.custom_jvp; {last}"
        )


def runs_on_numbers(f: Any, args: Any, kwargs: Any) -> bool:
    """Whether a function that has raised on duals does not on plain numbers."""
    if not untouched(args, kwargs):
        return False
    mark, start = lost_mark(), Drawn(f)
    try:
        with quietly():
            calm(f, plain_copy(args), plain_copy(kwargs))
    except Exception:
        forget_lost(mark)
        return False
    finally:
        start.restore()
    return True


def swallowed(error: Any) -> bool:
    """Whether an error came after a LostDerivativeError that the function has caught, as ctypes does."""
    return any("LostDerivativeError" in note for note in getattr(error, "__notes__", ()))


def place_of(error: Any) -> str:
    """Where an error arose: in what file, and whether in a function that was not lifted."""
    frame = None
    trace = error.__traceback__
    while trace is not None:
        if top_of(trace.tb_frame.f_globals.get("__name__")) not in NOT_OURS:
            frame, line = trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
    if frame is None:
        return ""
    where = f", in {frame.f_code.co_name} ({frame.f_code.co_filename}, line {line})"
    if isinstance(frame.f_globals, Live):
        return f"{where}. If that line calls compiled code, give what does a derivative with dualdiff.custom_jvp"
    return f"{where}, which ran as it is: lift its package too, or the object that calls it"
