"""The value guard: a lifted copy counts only if its value on duals is the value of the original on plain numbers.
"""

import functools
import threading
import types
from typing import Any

import numpy as np

from ..core import (
    Dual,
    DualArray,
    LiftedFunction,
    call_lifted,
    calm,
    forget_lost,
    is_flat,
    is_pristine,
    is_within,
    lend,
    lost_mark,
    notes_taken,
    stopped_count,
)
from ..errors import DualDiffError, LiftError, LostDerivativeError
from ..functions.base import as_operand, has_duals, value_of
from ..maps.tangents import is_dual
from ..quiet import quietly
from ..transforms.pytrees import flatten, unflatten
from ..transforms.randomness import Drawn
from .beside import differs_beside, is_blind
from .moving import FAR, PARTS, carries, follows, is_step, moved_along, moves_along, nudges
from .plain import NUMBERS, combined, copied, is_number, plain_copy

__all__ = ["LiftedFunction", "general", "settle"]

TOLERANCE = 1e-12
NOTHING: dict[Any, Any] = {}


def general(f: Any, args: Any, kwargs: Any) -> Any:
    """The value of a lifted function where it takes more than a look at the types of its arguments."""
    within = is_within()
    simple = not kwargs and all(type(x) in SIMPLE for x in args)
    if not simple:
        args, kwargs = tuple(handed(f, x) for x in args), {key: handed(f, x) for key, x in kwargs.items()}
    duals = any_dual(args) or any_dual(kwargs)
    copies = f.world.copies
    if copies.written:
        copies.sync()
    if not (duals and f.guard):
        found = call_lifted(f.copy, args, kwargs, f.through_rounding) if within or duals else f.copy(*args, **kwargs)
        if copies.written:
            copies.sync()
        return found
    given = tuple(map(copied, args)) if simple else plain_copy(args), plain_copy(kwargs) if kwargs else kwargs
    start = None if f.looked else Drawn(f.original)
    before, stopped = notes_taken(), stopped_count()
    found = call_lifted(f.copy, args, kwargs, f.through_rounding)
    text, rounded, keyed, alike, compared = (a != b for a, b in zip(notes_taken(), before, strict=True))
    first = not f.looked or rounded or keyed
    look = stopped_count() == stopped and (text or alike or first and not f.through_rounding)
    noted = text or rounded, compared
    if start is None or not start.is_past():
        return settle(f, found, None, given[0], args, look, False, noted, given[1], kwargs)
    end, drawing.start = Drawn(f.original), start
    try:
        return settle(f, found, None, given[0], args, look, False, noted, given[1], kwargs)
    finally:
        drawing.start = None
        end.restore()
        f.looked = False        # so it is in each call


drawing = threading.local()
"""start: where the random numbers of a lifted function were, if it has drawn some: the original begins there."""


def redraw() -> None:
    """Lets the next run draw what the copy has drawn."""
    start = getattr(drawing, "start", None)
    if start is not None:
        start.restore()


def settle(
    f: Any,
    found: Any,
    wanted: Any,
    given: Any,
    args: Any,
    look: Any,
    ran: Any,
    noted: Any = (False, False),
    given_kwargs: Any = NOTHING,
    kwargs: Any = NOTHING,
) -> Any:
    """The result of the copy, once it has been compared with the original's on the given plain numbers.

    ran: whether the original has run already; wanted is its result then, else None or the error that it raised.
    look: whether the derivative is compared with differences: in the first call, and where text or rounded numbers were
    made, or a dual was the number that it was compared with.  noted: whether text or a rounded number was made, and
    whether a number was compared.
    """
    if f.world.copies.written:
        f.world.copies.sync()
    if not f.guard:
        return found
    wanted = check(f, found, wanted, given, given_kwargs, ran)
    if (not f.looked or type(found) in CONSTANTS or is_flat(found)) and untouched(args, kwargs):
        doubt(f, found, wanted, args, kwargs, noted)
    if not f.looked and wanted is not MISSING and untouched(args, kwargs) and is_blind(found):
        difference = differs_beside(
            functools.partial(lifted_call, f), lambda *xs, **named: run(f, xs, named), args, kwargs,
            lambda ours, theirs: differs(ours, theirs, f.world.copies),
        )  # fmt: skip
        if difference is not None:
            raise other_value(f, difference)
    judged = type(found) in CONSTANTS or is_flat(found)     # by `doubt`
    if look and wanted is not MISSING and not judged:
        copy = functools.partial(lifted_call, f)

        def alone(leaf: Any, place: Any) -> Any:
            return ahead(copy, args, kwargs, f.original, COARSE, (leaf, place))

        difference = moves_otherwise(lambda *xs, **named: run(f, xs, named), found, wanted, args, kwargs, None, alone)
        if difference is RECORDED:
            difference = ahead(copy, args, kwargs, f.original)
        if difference is not None:
            raise LiftError(f"the derivative of the lifted copy of {name_of(f.original)} is wrong: {difference}")
    f.looked = True
    return found


def lifted_call(f: Any, *args: Any, **kwargs: Any) -> Any:
    """The copy's result."""
    return call_lifted(f.copy, args, kwargs, f.through_rounding)


def handed(f: Any, x: Any) -> Any:
    """An argument as the copy sees it: callbacks and objects of lifted classes lifted, plain arrays lent."""
    if type(x) in NUMBERS:
        return lend(x) if type(x) is np.ndarray else x
    if isinstance(x, LiftedFunction):
        return x.copy
    copies = f.world.copies
    if isinstance(x, (types.FunctionType, types.MethodType)):
        home = getattr(x, "__module__", None) or ""
        if not f.world.is_lifted(home) and home.partition(".")[0] not in NOT_GUESTS:
            f.world.guests.add(home)
    return copies.of(x)


def check(f: Any, found: Any, wanted: Any, args: Any, kwargs: Any, ran: Any) -> Any:
    """The value of the original on plain numbers; raises if it is another one."""
    mark = lost_mark()
    try:
        if isinstance(wanted, LostDerivativeError):
            raise wanted
        if not ran:
            wanted = run(f, args, kwargs)
    except LostDerivativeError:
        if not captures_duals(f.original):
            raise
        forget_lost(mark)
        return MISSING  # duals of another call that the function brings with it: there is nothing plain to run on
    difference = differs(found, wanted, f.world.copies)
    if difference is not None:
        raise other_value(f, difference)
    return wanted


def other_value(f: Any, difference: Any) -> LiftError:
    """That the copy has another value than the function, and what to do."""
    return LiftError(
        f"the lifted copy of {name_of(f.original)} does not do what the function does: {difference}. Does "
        "it depend on what it has done before (then lift with guard=False and check the derivative), on "
        "the exact type of its argument, or on the text of a number? custom_jvp gives it a derivative by hand, "
        "dualdiff.numerical takes differences"
    )


def doubt(f: Any, found: Any, wanted: Any, args: Any, kwargs: Any, noted: Any) -> None:
    """Raises if an element of the result has the derivative zero, and moves with the arguments all the same.

    So it is where a result is rounded, or found by bisection: no number that it is made of has a derivative.  A result
    that moves further away only may be a staircase: it counts where a number was rounded or made text, or it follows.
    """
    ours = flatten(found)[0] if wanted is not MISSING else []
    still = [unmoved(y) for y in ours]
    if not any(np.any(m) for m in still):
        return
    steps = nudges(args, kwargs)
    flat = type(found) in CONSTANTS or all(map(np.all, still))
    mark = lost_mark()
    try:
        theirs = [flatten(wanted)[0]]
        for size in (1.0, *PARTS, FAR) if flat else (1.0, *PARTS):
            theirs.append(flatten(run(f, *moved_along(args, kwargs, steps, size)))[0])
    except Exception:
        forget_lost(mark)
        return  # there it is not defined
    if any(len(ys) != len(ours) for ys in theirs):
        return
    for m, *ys in zip(still, *theirs, strict=True):
        if not np.any(m) or not all(map(is_number, ys)):
            continue
        y, near, *parts = (np.asarray(v, dtype=complex) for v in ys)
        if not all(v.shape == np.shape(m) for v in (y, near, *parts)):
            continue
        far = [parts.pop()] if flat else []
        lost = bool(np.any(m & moves_along(y, near, parts)))
        if not lost and any(not close(v, y) and not is_step(y, near, v) for v in far):
            lost = lost_far(f, wanted, args, kwargs, steps, noted, type(found) in CONSTANTS)
        if lost:
            raise LiftError(
                f"the result of {name_of(f.original)} has the derivative zero, and yet it changes with the "
                "arguments: it is rounded, or found by bisection or in a table, and the numbers that it is made of "
                "have no derivative. If it is round(x, n) or np.round, dualdiff.lift(f, through_rounding=True) keeps "
                "the derivative of x. Else take differences with dualdiff.numerical(f), give it a derivative with "
                "custom_jvp (of the solution of an equation: dualdiff.solve.implicit_root), or lift it with guard=False"
                " if zero is meant"
            )


def lost_far(f: Any, wanted: Any, args: Any, kwargs: Any, steps: Any, noted: Any, constant: Any) -> Any:
    """Whether a derivative was lost where a result moves far from the point only.

    constant: whether it is no dual; one whose derivative is zero may be an extremum.
    """
    rounded, compared = noted
    if rounded or constant and carries(functools.partial(lifted_call, f), args, kwargs, steps):
        return True
    mark = lost_mark()
    try:
        return follows(lambda xs, named: run(f, xs, named), args, kwargs, steps, wanted, compared)
    except Exception:
        forget_lost(mark)
        return False


def run(f: Any, args: Any, kwargs: Any) -> Any:
    """The original's result."""
    original = f.world.copies.original
    redraw()
    return calm(f.original, tuple(map(original, args)), {k: original(x) for k, x in kwargs.items()})


def moves_otherwise(
    plain: Any, found: Any, wanted: Any, args: Any, kwargs: Any, scales: Any = None, alone: Any = None
) -> Any:
    """What is different between the derivative of a result and differences of the function on plain numbers, as text.

    None if nothing is, or it cannot be told; RECORDED where the derivative is not known yet.  Two runs of the function
    are enough where they agree closely.

    alone : function of a leaf and a place that tells the same of that element of the arguments alone.  In a large step
        the stairs of many elements (counts, ranks) look like a slope; those of one element do not.  Without it a
        large step counts where one element moves.
    """
    leaves, structure = flatten((args, kwargs))
    if not untouched(args, kwargs):
        return None  # they are no longer what f was given
    if any(is_dual(x) and (type(x.tangents) is not np.ndarray or is_dual(value_of(x))) for x in leaves):
        return RECORDED
    values = [copied(x) for x in leaves]
    along = [combined(x.tangents) if is_dual(x) else None for x in leaves]
    size = max((float(np.max(np.abs(s), initial=0.0)) / (float(np.max(np.abs(x), initial=0.0)) or 1.0)
                for x, s in zip(values, along, strict=True) if s is not None), default=0.0)  # fmt: skip
    ours, theirs = list(map(joined, flatten(found)[0])), flatten(wanted)[0]
    if not size or len(ours) != len(theirs):
        return None
    numbers = [i for i, y in enumerate(theirs) if is_number(y) and np.asarray(y).dtype.kind in "fc"]
    if any(np.shape(ours[i]) != np.shape(theirs[i]) for i in numbers):
        return None
    slopes = [combined(ours[i].tangents) if is_dual(ours[i]) and ours[i].tangents is not None
              else np.zeros(np.shape(theirs[i])) for i in numbers]  # fmt: skip

    def difference(step: Any) -> list[Any] | None:
        """(central difference, how far those to the two sides lie apart) of each number; None if f is not defined."""
        ends = []
        for h in (step / size, -step / size):
            moved = [x if s is None else x + h * s for x, s in zip(values, along, strict=True)]
            moved = [float(y) if type(x) is float else y for x, y in zip(values, moved, strict=True)]
            xs, named = unflatten(structure, moved)
            try:
                found = flatten(plain(*xs, **named))[0]
            except Exception:
                return None
            if len(found) != len(theirs) or any(np.shape(found[i]) != np.shape(theirs[i]) for i in numbers):
                return None
            ends.append(found)
        ups, downs = ([np.asarray(y[i]) for i in numbers] for y in ends)
        here = [np.asarray(theirs[i]) for i in numbers]
        return [((u - d) * size / (2 * step), np.abs(u - 2 * y + d) * size / step)
                for u, y, d in zip(ups, here, downs, strict=True)]  # fmt: skip

    told: Any
    places = [(i, p) for i, s in enumerate(along) if s is not None for p in np.flatnonzero(s).tolist()]
    with np.errstate(all="ignore"), quietly():
        for step, steady, allowed in SCALES if scales is None else scales:
            coarse = step > FINE
            careful = coarse or scales is not None
            if careful and len(places) > (1 if alone is None else SEVERAL):
                continue
            whole = difference(step)
            if whole is None:
                continue
            if all(np.all(np.abs(t - d) <= CLOSELY * np.abs(d)) for t, (d, _) in zip(slopes, whole, strict=True)):
                return None
            if all(np.all(np.abs(t - d) <= 0.5 * allowed * np.abs(d)) for t, (d, _) in zip(slopes, whole, strict=True)):
                continue
            part = 0.77 if coarse else 0.37     # in large steps each of the three has keys of its own
            half, third = difference(0.5 * step), difference(part * step)       # no step of a staircase fits both
            if half is None or third is None:
                continue
            for i, t, (w, _), (d, apart), (e, _) in zip(numbers, slopes, whole, half, third, strict=True):
                y = np.asarray(theirs[i])
                noise = 16 * np.finfo(y.dtype).eps * size / step * np.max(np.abs(y), initial=0.0)
                wrong = (np.abs(w - d) <= steady * np.abs(d)) & (np.abs(d) > 100 * noise)
                wrong &= (np.abs(t - d) > allowed * np.abs(d)) & (apart <= 0.5 * np.abs(t - d))  # 2 at a kink
                wrong &= np.abs(w - e) <= 2 * steady * np.abs(e)
                wrong &= 3 * np.maximum(np.abs(w - d), np.abs(w - e)) <= np.abs(t - d)
                if np.any(wrong):       # unless f is only rough: so it is if it bends beside the point already
                    beside, nearer = difference(1e-3 * step), difference(2.5e-4 * step)
                    if beside is not None and nearer is not None:
                        (c, bend), (n, less) = beside[numbers.index(i)], nearer[numbers.index(i)]
                        bends = less + np.abs(n - t) <= 0.5 * (bend + np.abs(c - t))      # a jump grows
                        bends &= 1e3 * bend + 1e6 * np.abs(c - t) >= np.abs(t - d)
                        wrong &= ~(bends & (np.abs(c - d) > steady * np.abs(d)))
                if np.any(wrong):
                    if careful and len(places) > 1:
                        told = (alone(leaf, p) for leaf, p in places)
                        found = next((text for text in told if text is not None), None)
                        if found is not None:
                            return found
                        break       # nor need finer steps be so
                    at = np.unravel_index(np.argmax(wrong), np.shape(wrong))
                    return (
                        f"along one direction it is {short(np.asarray(t)[at])}, by differences "
                        f"{short(np.asarray(d)[at])}. A number may have been rounded, read from text, or found under a "
                        "rounded number or a text in a cache: none of these has a derivative. Clear such a cache; "
                        "dualdiff.lift(f, through_rounding=True) differentiates round(x, n) as x; where it is meant "
                        "so, take the number with dualdiff.stop_gradient"
                    )
    return None


COARSE = ((1e-2, 0.25, 0.2),)
SCALES = (*COARSE, (1e-3, 5e-2, 0.1), (1e-5, 1e-4, 1e-3))
"""(step, how far two differences may lie apart to be believed, how far the derivative may lie from them), relative.

It must lie three times as far from them as they do from each other."""
CAREFUL = SCALES[:]
"""All steps, judged for one element at a time."""
FINE = 1e-3
"""Steps beyond are judged for one element at a time, of `SEVERAL` at most."""
SEVERAL = 32
CLOSELY = 1e-4
"""How near a derivative and a difference lie that need no further look."""


def untouched(args: Any, kwargs: Any) -> bool:
    """Whether the arguments are what they were before f ran: then it can run again."""
    leaves, _ = flatten((args, kwargs))
    return all(is_pristine(x) for x in leaves if type(x) is DualArray or type(x) is Dual)


def ahead(f: Any, args: Any, kwargs: Any, original: Any = None, scales: Any = None, only: Any = None) -> Any:
    """`moves_otherwise` of a function whose result was recorded, by a run of it in forward mode.

    only : (leaf, place) of the element that is moved alone.
    """
    from ..transforms.jvp import jvp

    leaves, structure = flatten((args, kwargs))
    free = [i for i, x in enumerate(leaves) if is_dual(x)]
    values = [copied(x) for x in leaves]
    plain = f if original is None else original
    told = []

    def of_free(*xs: Any) -> Any:
        here = list(values)
        for i, x in zip(free, xs, strict=True):
            here[i] = x
        inner, named = unflatten(structure, here)
        redraw()
        found = f(*inner, **named)
        redraw()
        wanted = calm(plain, plain_copy(inner), plain_copy(named))
        told.append(
            moves_otherwise(
                lambda *ys, **more: calm(plain, ys, more), found, wanted, inner, named, scales,
                None if only else lambda leaf, place: ahead(f, args, kwargs, original, scales or COARSE, (leaf, place)),
            )
        )  # fmt: skip
        return found

    def direction(i: int, x: Any) -> Any:
        """All ones, or one."""
        t = np.ones(np.shape(x)) if only is None else np.zeros(np.shape(x))
        if only is not None and only[0] == i:
            t.flat[only[1]] = 1.0
        return t if np.shape(x) else float(t)

    at = tuple(values[i] for i in free)
    try:
        jvp(of_free, at, tuple(direction(i, x) for i, x in zip(free, at, strict=True)), lift=False)
    except DualDiffError:
        return None  # as in second order
    return told[-1] if told and told[-1] is not RECORDED else None


RECORDED = object()
MISSING = object()
CONSTANTS = {float, np.float64, np.ndarray}


def joined(y: Any) -> Any:
    """A result, an array of objects among which are duals as a dual array."""
    return as_operand(y) if type(y) is np.ndarray and y.dtype == object else y


def unmoved(y: Any) -> Any:
    """Where a result has no derivative, as far as that can be seen: truths in its shape."""
    y = joined(y)
    if not is_dual(y):
        return np.ones(np.shape(y), bool) if is_number(y) and np.asarray(y).dtype.kind in "fc" else np.False_
    t = y.tangents
    if type(t) is not np.ndarray or is_dual(value_of(y)):
        return np.False_
    return ~np.any(t != 0, axis=0)


SIMPLE = {float, int, bool, str, type(None), complex, np.float64, Dual, DualArray}
NOT_GUESTS = {"numpy", "scipy", "math", "builtins", "dualdiff", "functools", "operator", "itertools", ""}


def any_dual(x: Any) -> bool:
    """Whether arguments hold duals, also in dicts and dataclasses."""
    leaves, _ = flatten(x)
    return any(is_dual(leaf) or has_duals(leaf) for leaf in leaves)


def captures_duals(f: Any) -> Any:
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


def differs(found: Any, wanted: Any, copies: Any, tolerance: Any = TOLERANCE) -> str | None:
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
        if not close(a, b, tolerance):
            return f"on duals its value is {short(a)}, on plain numbers {short(b)}"
    return None


def close(a: Any, b: Any, tolerance: Any = TOLERANCE) -> Any:
    """Whether two arrays of numbers agree to a relative tolerance, or to the precision that they have."""
    if a.dtype.kind in "biu" and b.dtype.kind in "biu":
        return np.array_equal(a, b)
    kinds = [np.finfo(x.dtype).eps for x in (a, b) if x.dtype.kind in "fc"]
    tolerance = max(tolerance, 8 * max(kinds))
    with np.errstate(all="ignore"):
        size = np.abs(b[np.isfinite(b)])
        largest = size.max() if size.size else 0.0
        equal = (a == b) | (np.isnan(a) & np.isnan(b))
        return bool(np.all(equal | (np.abs(a - b) <= tolerance * np.abs(b) + 1e-3 * tolerance * largest)))


def short(x: Any) -> str:
    """A value in a message."""
    with np.printoptions(threshold=6, precision=17):
        return repr(x if np.ndim(x) or not isinstance(x, np.ndarray) else x[()])


def name_of(f: Any) -> Any:
    return getattr(f, "__qualname__", None) or repr(f)
