"""debug(): the user's source line of errors, and of the first number that is not finite.

While the context is open, the lines of the code that it runs are traced (sys.settrace of this thread only): after
each line the duals among the local variables are looked at.  Nothing else in dualdiff knows of it, so it costs nothing
when it is not used, and it sees the compiled path, the generic path and recordings alike.

Invariant: the code under it gets the same numbers.
"""

import ast
import linecache
import os
import sys
import types
import warnings
from collections.abc import Callable, Container, Iterator, Mapping
from types import FrameType
from typing import Any, Self

import numpy as np

from .core import Dual, DualArray, Packed, bare, directions_of, forget_lost, is_within, lost_mark
from .culprits import Search, named, statements, targets
from .errors import ArgumentError, NonFiniteError
from .functions.base import value_of
from .maps.tangents import TOWER, Node, is_dual, is_node, scheme_of
from .quiet import quietly

__all__ = ["debug", "first_nonfinite"]

OWN = (os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.abspath(np.__file__)))
STANDARD = os.path.dirname(os.path.abspath(os.__file__))
NOT_TRACED = {"<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>", "<module>"}
"""A comprehension belongs to the line that it stands in; a module that is being imported to nobody."""
DEPTH, MOST = 5, 10_000
"""How deep variables are searched for duals, and how many objects are looked at for one line."""
OPAQUE = (types.ModuleType, types.FunctionType, types.MethodType, type, str, bytes, int, float, complex, np.generic)


class NonFiniteWarning(RuntimeWarning):
    """A value or a tangent that is not finite, found by ``debug(nan="warn")``."""


class debug:
    """A context in which errors, and the first value or tangent that is not finite, come with the user's source line.

    Looks at the duals in the local variables (also in lists, dicts and attributes) after each line of the code that
    runs inside, and at what functions return.  The statement is taken apart to name the operation and its line: the
    first one whose result is not finite though its operands are.  What was computed from that is not reported again.
    An exception gets a note with the last line of user code that it came through.

    Parameters
    ----------
    nan : {"raise", "warn", None}
        What to do at an inf or nan: a `NonFiniteError` at the first, a warning at each operation that makes one of
        finite numbers, or nothing (errors are noted still).

    Raises
    ------
    NonFiniteError
        At the first dual that has an inf or a nan, with the line, the operation, shapes, elements and directions.
    ArgumentError
        For another option.

    Notes
    -----
    It traces Python, so code inside runs many times slower; outside nothing changes.  It holds for its own thread.
    A debugger or a coverage tool that traces too is suspended inside.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> def f(x):
    ...     y = x - 1.0
    ...     return np.sum(np.sqrt(y))
    >>> with dd.debug():
    ...     dd.grad(f)(np.array([2.0, 1.0]))
    Traceback (most recent call last):
        ...
    dualdiff.errors.NonFiniteError: ...
    """

    def __init__(self, nan: str | None = "raise") -> None:
        if nan not in ("raise", "warn", None):
            raise ArgumentError(f'nan must be "raise", "warn" or None, got {nan!r}')
        self.nan = nan
        self.frames: dict[int, Moment] = {}  # of each traced frame: its `Moment`
        self.seen: dict[int, Any] = {}  # nodes of recordings that were looked at: id -> node
        self.known: dict[int, tuple[Any, Any]] = {}  # duals that are not finite: id -> (dual, where)
        self.fine: dict[int, Any] = {}  # scalars that are finite, and will stay so: id -> dual
        self.call: FrameType | None = None  # the frame of the derivative call that runs its function
        self.told: set[str] = set()  # findings of its earlier runs (in chunks, beside a kink, ...)
        self.telling: set[str] = set()  # and of this one
        self.outer: list[
            tuple[Any, FrameType, Any]
        ] = []  # of each context that is open: the trace before, its frame, that frame's trace

    def __enter__(self) -> Self:
        frame = sys._getframe(1)
        self.outer.append((sys.gettrace(), frame, frame.f_trace))
        if self.nan is not None:
            for _, x in duals_in(frame.f_locals):
                self.news(x)  # it came so
            self.note(frame)
            frame.f_trace = self.local
            sys.settrace(self.trace)
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        old, frame, before = self.outer.pop()
        if self.nan is not None:
            sys.settrace(old)
            frame.f_trace = before
            if not self.outer:
                self.frames.clear()
                self.seen.clear()
                self.known.clear()
                self.fine.clear()
                self.call = None
        if error is not None and not isinstance(error, NonFiniteError) and isinstance(error, Exception):
            line = None
            while traceback is not None:
                if not is_own(traceback.tb_frame):
                    line = place(traceback.tb_frame.f_code.co_filename, traceback.tb_lineno)
                traceback = traceback.tb_next
            if line:
                error.add_note(f"dualdiff.debug: raised by {line}")

    # ---- the trace ----

    def trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        """Of a call: whether its lines are traced."""
        if frame.f_code.co_name in NOT_TRACED or is_own(frame):
            return None
        if not is_within() and not any(map(is_dual, frame.f_locals.values())):
            return None  # no derivative is being taken
        news = [(name, x, what) for name, x in duals_in(frame.f_locals) if (what := self.news(x)) is not None]
        caller = frame.f_back
        while caller is not None and caller.f_code.co_name in NOT_TRACED:
            caller = caller.f_back
        if caller is not None and is_own(caller):
            self.started(caller)
        if news and caller is not None and id(caller) in self.frames:     # by the call; else it came so
            self.judge(caller, self.frames[id(caller)], news)
        self.note(frame)
        return self.local

    def started(self, frame: FrameType) -> None:
        """A derivative call runs its function: what an earlier run of the same call has told is not told again."""
        while (caller := frame.f_back) is not None and is_own(caller):
            frame = caller
        if self.call is not frame:
            self.call, self.told, self.telling = frame, set(), set()
        self.told |= self.telling
        self.telling = set()

    def above(self, frame: FrameType) -> FrameType | None:
        """The frame whose line a frame runs for; None if that is not traced."""
        above = frame.f_back
        while above is not None and id(above) not in self.frames:
            above = above.f_back
        return above

    def note(self, frame: FrameType) -> None:
        """Remembers where a frame is and what it has; what the line is about to write into is copied."""
        code, line = frame.f_code, frame.f_lineno
        before = dict(frame.f_locals)
        for statement in statements(code, line, frame.f_globals):
            for name in targets(statement):
                if name in before:
                    before[name] = copied(before[name])
        self.frames[id(frame)] = Moment(line, before)

    def local(self, frame: FrameType, event: str, arg: Any) -> Any:
        """After a line, and at a return."""
        if event not in ("line", "return"):
            return self.local
        moment = self.frames.get(id(frame))
        if moment is None:
            moment = Moment(frame.f_lineno, {})
        variables = frame.f_locals
        names = named(frame.f_code, moment.line, frame.f_globals)
        if names is not None:  # nothing else can have changed
            variables = {name: variables[name] for name in names if name in variables}
        found = list(duals_in(variables, self.fine))
        if event == "return":
            found += [(f"the returned value{name}", x) for name, x in duals_within(arg, "")]
        news = [(name, x, what) for name, x in found if (what := self.news(x)) is not None]
        if news:
            self.judge(frame, moment, news)
        if event == "return":
            self.frames.pop(id(frame), None)
            if any(id(x) in self.known for _, x in duals_within(arg, "")):
                above = self.above(frame)  # what its caller makes of this is nothing new
                if above is not None:
                    self.frames[id(above)].below = True
        else:
            self.note(frame)
        return self.local

    def news(self, x: Any) -> str | None:
        """What is not finite in a dual and was not known to be, or None; from now on it is known."""
        old = self.known.get(id(x))
        old = None if old is None or old[0] is not x else old[1]
        where = places(x)
        what = flaw(x, self.seen, old)
        if where is not None and np.any(where):
            self.known[id(x)] = x, where
        elif what is None and type(x) is Dual:
            self.fine[id(x)] = x
        return what

    def judge(self, frame: FrameType, moment: "Moment", news: list[tuple[str, Any, str]]) -> None:
        """Reports the operations of a line that made something not finite of what was finite."""
        file, new = frame.f_code.co_filename, {id(x) for _, x, _ in news}
        seen: dict[int, Any] = {}

        def fresh(x: Any) -> bool:
            return any(flaw(y, seen) is not None for _, y in duals_within(x, ""))

        def bad(x: Any) -> bool:
            return any(np.any(places(y)) for _, y in duals_within(x, ""))

        def spoilt(x: Any) -> bool:
            return any(id(y) not in new and np.any(places(y)) for _, y in duals_within(x, ""))

        found = statements(frame.f_code, moment.line, frame.f_globals)
        search = Search(frame.f_globals, moment.before, bad, fresh, spoilt)
        mark = lost_mark()
        with quietly(), np.errstate(all="ignore"):
            for statement in found:
                search.run(statement)
        forget_lost(mark)  # what is evaluated again raises once more what f has dealt with
        if search.found:
            for node, result, shapes in search.found:
                what = news[0][2]
                if len(search.found) > 1:
                    what = next((w for _, y in duals_within(result, "") if (w := flaw(y)) is not None), what)
                self.report(file, node.lineno, f"{what}, by {text_of(node, file)} (operands of shape {shapes})")
        elif not search.tainted and not moment.below:
            name, x, what = news[0]
            self.report(file, found[-1].lineno if found else moment.line, f"{what}, in {name} (shape {np.shape(x)})")

    def report(self, file: str, line: int, text: str) -> None:
        """One finding."""
        text = f"{text} at {place(file, line)}"
        if self.nan == "raise":
            sys.settrace(self.outer[-1][0] if self.outer else None)
            raise NonFiniteError(text)
        if text not in self.told:
            self.telling.add(text)
            warnings.warn_explicit(text, NonFiniteWarning, file, line)


class Moment:
    """A frame before a line: the line, the variables, and whether a call in it returned something not finite."""

    __slots__ = ("before", "below", "line")

    def __init__(self, line: int, before: dict[str, Any]) -> None:
        self.line, self.before, self.below = line, before, False


def copied(x: Any) -> Any:
    """A variable that is about to be written into, as it is now."""
    if isinstance(x, (DualArray, np.ndarray)) or type(x) in (list, dict):
        return x.copy()
    if isinstance(x, OPAQUE) or is_dual(x):
        return x
    return types.SimpleNamespace(**{k: v.copy() if type(v) is DualArray else v for k, v in attributes(x)})


def attributes(x: object) -> list[tuple[str, Any]]:
    """(name, value) of what an object holds in its dictionary and its slots."""
    found = list(getattr(x, "__dict__", {}).items())
    slots = [s for k in type(x).__mro__ for s, v in vars(k).items() if isinstance(v, types.MemberDescriptorType)]
    return found + [(s, getattr(x, s)) for s in slots if hasattr(x, s)]


def duals_in(variables: Mapping[str, Any], known: Container[int] = ()) -> Iterator[tuple[str, Any]]:
    """(name, dual) of the duals in variables, and in the lists, dicts and attributes that they hold."""
    seen: set[int] = set()
    for name, x in list(variables.items()):
        yield from duals_within(x, name, seen, DEPTH, known)


def duals_within(
    x: Any, name: str, seen: set[int] | None = None, depth: int = DEPTH, known: Container[int] = ()
) -> Iterator[tuple[str, Any]]:
    """(name, dual) of the duals that an object holds, but for those whose ids are known."""
    seen = set() if seen is None else seen
    kind = type(x)
    if kind is Dual or kind is DualArray:
        if id(x) not in seen:
            seen.add(id(x))
            yield name, x
        return
    if x is None or not depth or isinstance(x, OPAQUE) or id(x) in seen or len(seen) > MOST:
        return
    if isinstance(x, np.ndarray):
        if x.dtype != object:
            return
        parts = [(f"{name}{list(i)}", x[i]) for i in np.ndindex(x.shape)]
    elif isinstance(x, dict):
        parts = [(f"{name}[{key!r}]", e) for key, e in list(x.items())]
    elif isinstance(x, (list, tuple)):
        parts = [(f"{name}[{i}]", e) for i, e in enumerate(x) if id(e) not in known]
    elif kind.__module__.startswith(("dualdiff.", "numpy", "scipy")):
        return
    else:
        parts = [(f"{name}.{key}", e) for key, e in attributes(x)]
    seen.add(id(x))
    for part, e in parts:
        yield from duals_within(e, part, seen, depth - 1, known)


def is_own(frame: FrameType) -> bool:
    """Whether a frame is dualdiff's, NumPy's or Python's own."""
    file = frame.f_code.co_filename
    if file.endswith((".pxi", ".pyx")) or file.startswith("<frozen"):
        return True
    if file.startswith(STANDARD) and "site-packages" not in file:
        return True
    if file.startswith("<"):
        return not frame.f_globals.get("__builtins__")  # the text of a rule
    return file.startswith(OWN) and not file.startswith(os.path.join(OWN[0], "demo"))


def place(file: str, line: int) -> str:
    """file:line: text."""
    text = linecache.getline(file, line).strip()
    return f"{file}:{line}" + (f": {text}" if text else "")


def text_of(node: ast.expr, file: str) -> str:
    """An operation as it is written, if that is on one line."""
    if node.lineno == node.end_lineno:
        text = linecache.getline(file, node.lineno).encode()[node.col_offset : node.end_col_offset].decode()
        if text:
            return text
    return ast.unparse(node)


def flaw(x: Any, seen: dict[int, Any] | None = None, known: Any = None) -> str | None:
    """What is not finite in a dual, or None: of recorded nodes those not seen, of elements those not known."""
    seen = {} if seen is None else seen
    level = ""
    while is_dual(x):
        v, t = hidden(value_of(below(x)), known), tangents_of(x)
        if not np.isfinite(v).all():
            if type(t) is Node:
                node_flaw(t, seen, level)  # of the same fault
            return f"the value{level} is {first(v)}"
        if type(t) is Node:
            return node_flaw(t, seen, level)
        packed = type(t) is Packed
        plain = hidden(value_of(t.rows if packed else t), known)
        if isinstance(plain, np.ndarray) and not np.isfinite(plain).all():
            bad = tuple(int(i) for i in np.argwhere(~np.isfinite(plain))[0])
            element = f" of element {list(bad[1:])}" if len(bad) > 1 else ""
            if packed and bad[0] >= directions_of(t.kind, len(plain)):
                return f"a higher derivative{level}{element} is {plain[bad]}"
            return f"the tangent{level}{element} in direction {bad[0]} is {plain[bad]}"
        x, level = below(x), " (of an outer derivative's value)"
    return None


def below(x: Any) -> Any:
    """The value of a dual; of one that is of several calls at once (core/tower.pxi) the number."""
    return bare(x) if scheme_of(x.tag) == TOWER else x.value


def tangents_of(x: Any) -> Any:
    """The tangents of a dual; of a recording of any order the node."""
    t = x.tangents
    return t.rows if is_node(t) and type(t) is Packed else t


def hidden(v: Any, known: Any) -> Any:
    """Numbers with those that are known to be not finite put aside."""
    return v if known is None or v is None else np.where(known, 0.0, v)


def places(x: Any) -> Any:
    """Where a dual is not finite, in value or tangents, as an array of its shape."""
    bad = None
    while is_dual(x):
        v, t = value_of(below(x)), tangents_of(x)
        now = ~np.isfinite(v)
        rows = None if t is None or type(t) is Node else value_of(t.rows if type(t) is Packed else t)
        if isinstance(rows, np.ndarray):
            now = now | ~np.isfinite(rows).all(axis=0)
        bad = now if bad is None else bad | now
        x = below(x)
    return bad


def node_flaw(node: Any, seen: dict[int, Any], level: str) -> str | None:
    """What is not finite among the partial derivatives of a recorded node and of those it came from."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen[id(node)] = node
        for d in getattr(node.map, "partials", None) or ():
            d = value_of(d)
            if d is not None and not np.isfinite(d).all():
                return f"a partial derivative{level} is {first(d)}"
        waiting += node.parents or ()
    return None


def first(v: Any) -> str:
    """The first number that is not finite, with its place."""
    v = np.asarray(v)
    bad = tuple(int(i) for i in np.argwhere(~np.isfinite(v))[0])
    return f"{v[bad]} at {list(bad)}" if bad else f"{v[()]}"


def first_nonfinite(f: Callable[..., Any], x: Any) -> str | None:
    """Where the first number that is not finite comes from when f runs at x: a sentence, or None.

    x goes in as a dual with a zero tangent, which stays zero, so that only values count.
    """
    from .transforms.jvp import jvp

    try:
        with debug():
            jvp(f, (x,), (np.zeros(np.shape(x)),))
    except NonFiniteError as found:
        return str(found)
    return None
