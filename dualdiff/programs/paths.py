"""Which program a call takes: one for each kind of arguments and each way that the guards let it go.

Invariant: a call that no program can take is one of the function itself, with the function's own errors and warnings.
"""

import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core._program import Caller, Quick, Raised
from ..errors import CompileNotice, StaleProgramError
from ..transforms.pytrees import ENTRIES
from .arguments import Plain, described, spread_out
from .outside import bindings_of
from .plan import GuardFailed, plan
from .recording import Path
from .tracer import NotCompilable

__all__ = ["CHECKED", "MOST", "NEXT", "OWN", "Entry", "Mark", "Paths", "Raised", "always", "caller", "stale"]

MOST = 8
"""So many paths for one kind of arguments; from then on f runs as it is."""

CHECKED = (2, 10, 100, 1000, 10_000, 100_000, 1_000_000)
"""The calls at which a program is compared with the function itself."""

always = [False]
"""Whether each call is compared with f itself, in the whole process."""

RAISED, UNDERFLOW = 1 | 2 | 8, 4
"""Floating-point flags at which NumPy may warn or Python raise: divide by zero, overflow, invalid; one that is ignored
unless np.errstate says otherwise."""


def on_flags(flags: int) -> None:
    """What a program calls when a flag was raised."""
    if flags & RAISED or flags & UNDERFLOW and np.geterr()["under"] != "ignore":
        raise Raised


class Entry:
    """A path and its program."""

    __slots__ = ("path", "program")

    def __init__(self, path: Path, exact: bool) -> None:
        self.path = path
        # a number of another type than float64 is handed over as an array
        takes = [
            np.float64 if leaf.kind == "number" and leaf.dtype == np.float64 else TAKES[leaf.kind]
            for leaf in path.leaves
            if leaf.kind != "static"
        ]
        gives = [o.gives for o in path.outputs if o.kind != "constant"]
        self.program = plan(path.graph, exact, takes, gives)
        self.program.on_flags = on_flags

    def unwatched(self, leaves: Any) -> Any:
        """The program's results, whatever flags it raises."""
        self.program.on_flags = None
        try:
            return self.program(self.path.inputs(leaves))
        finally:
            self.program.on_flags = on_flags

    def finish(self, results: Any) -> Any:
        """The function's result."""
        return self.path.finish(results)

    def quick(self, args: Any, kwargs: Any) -> tuple[Any, ...]:
        """What `Quick.set` takes, for arguments that are arrays and floats by place; None where it is not so simple."""
        path = self.path
        if kwargs or not path.graph.outputs or not all(type(x) is np.ndarray or type(x) is float for x in args):
            return (None,)
        if any(leaf.kind == "static" or leaf.order for leaf in path.leaves):
            return (None,)
        plain = path.structure is None or path.structure[0] is ENTRIES[tuple] and not any(path.structure[2])
        if (
            plain
            and all(o.simple for o in path.outputs)
            and ((path.structure is None) == (len(path.outputs) == 1))
        ):
            return (self.program,)
        one = len(path.graph.outputs) == 1
        return self.program, (lambda result: path.finish((result,))) if one else path.finish


TAKES = {"array": np.ndarray, "number": np.ndarray, "float": float}


class Paths:
    """The programs of one function.

    f: the function itself.  quick: the short way to the path that was taken last; it counts the calls that programs
    have answered, and knows the next one whose result goes through `checked`.
    """

    def __init__(
        self, f: Callable[..., Any], name: str, exact: bool, fixed: Callable[..., Any] | None = None,
        check: str = "auto",
    ) -> None:  # fmt: skip
        self.f, self.name, self.exact, self.fixed = f, name, exact, fixed
        self.table: dict[Any, list[Entry]] = {}
        self.eager: dict[Any, str] = {}
        self.lock = threading.RLock()
        self.quick = Quick(always, {"auto": CHECKED[0], "always": 1, "never": -1}[check])
        self.quick_of: Entry | None = None
        self.alongs: dict[str, Any] = {}
        self.noticed = False
        self.forgotten = 0
        self.check = check

    def learn(self, leaves: Any, kinds: Any, structure: Any, args: Any, kwargs: Any) -> tuple[Entry | None, Any]:
        """Records one more path by a call: (entry, or None if it could not be compared; result of the call).

        NotCompilable: (reason, result if there is one).
        """
        raise NotImplementedError

    def due(self) -> bool:
        """Counts a call; whether it is one that is compared."""
        count = self.quick
        count.calls += 1
        now = count.calls >= count.next_check > 0
        if now and self.check == "always":
            count.next_check = count.calls + 1
        elif now:
            count.next_check = next((n for n in CHECKED if n > count.calls), -1)
        return now or always[0]

    def checked(self, args: Any, kwargs: Any, result: Any) -> Any:
        """A result of a program, after it was compared with f's own every so often."""
        if self.due():
            self.compare(args, kwargs, result)
        return result

    def compare(self, args: Any, kwargs: Any, result: Any) -> None:
        """Raises where f itself gives something else than a program."""
        raise NotImplementedError

    def audit(self, args: Any, kwargs: Any) -> None:
        """`compare` of a call that nobody made, where there is a program for it."""
        leaves, structure = spread_out(args, kwargs)
        key, _ = described(leaves, structure, self.fixed(args, kwargs) if self.fixed is not None else ())
        for entry in self.table.get(key, ()):
            found = self.run(entry, leaves, args, kwargs)
            if not isinstance(found, Mark):
                self.compare(args, kwargs, found)

    def __call__(self, args: Any, kwargs: dict[str, Any]) -> Any:
        """The result of a call: of a program, or f's own."""
        try:
            leaves, structure = spread_out(args, kwargs)
            fixed = self.fixed(args, kwargs) if self.fixed is not None else ()
            key, kinds = described(leaves, structure, fixed)
        except Plain:
            return self.f(*args, **kwargs)
        except NotCompilable as error:
            self.notice(str(error))
            return self.f(*args, **kwargs)
        if key in self.eager:
            return self.f(*args, **kwargs)
        entries: Sequence[Entry] = self.entries(key)
        for entry in entries:
            found = self.run(entry, leaves, args, kwargs)
            if found is not NEXT:
                if entries[0] is not entry:
                    self.to_front(key, entry)
                if found is OWN:
                    return self.f(*args, **kwargs)
                self.make_quick(entry, args, kwargs)
                return self.checked(args, kwargs, found)
        with self.lock:
            if key in self.eager:
                return self.f(*args, **kwargs)
            if len(self.entries(key)) > len(entries):  # another thread has learnt it
                return self(args, kwargs)
            return self.more(key, leaves, kinds, structure, args, kwargs)

    def more(self, key: Any, leaves: Any, kinds: Any, structure: Any, args: Any, kwargs: Any) -> Any:
        """A call that none of the known paths takes."""
        if len(self.table.get(key, ())) >= MOST:
            self.give_up(key, f"it took more than {MOST} different paths; the guards: " + "; ".join(
                sorted({f"{g.where} ({g.kind})" for e in self.table[key] for g in e.path.graph.guards})[:4]
            ))  # fmt: skip
            return self.f(*args, **kwargs)
        try:
            entry, result = self.learn(leaves, kinds, structure, args, kwargs)
        except NotCompilable as error:
            self.give_up(key, error.args[0])
            return error.args[1] if len(error.args) == 2 else self.f(*args, **kwargs)
        if entry is None:
            return result
        self.watch(entry, key, leaves)
        self.table[key] = [entry, *self.table.get(key, ())]
        self.make_quick(entry, args, kwargs)
        return result

    # ---- what f finds outside ----

    def function(self) -> Callable[..., Any]:
        """The user's function."""
        return self.f

    def watch(self, entry: Entry, key: Any, leaves: Any) -> None:
        """Notes what the names mean that f reads; a program is f as long as they mean the same."""
        if self.table.get(key):
            entry.program.bindings = self.table[key][0].program.bindings
            return
        objects = [x for leaf, x in zip(entry.path.leaves, leaves, strict=False) if leaf.kind == "static"]
        entry.program.bindings = bindings_of(self.function(), objects)

    def entries(self, key: Any) -> Sequence[Entry]:
        """The paths of a kind of arguments; none where a name was bound anew since they were recorded."""
        found = self.table.get(key, ())
        bindings = found[0].program.bindings if found else None
        name = None if bindings is None else bindings.changed()
        if name is None:
            return found
        with self.lock:
            if self.table.get(key) is found:
                self.forgotten += 1
                del self.table[key]
                self.forget_quick()
                if self.forgotten > MOST:
                    again = "which f finds outside, is bound anew again and again; make it an argument"
                    self.give_up(key, f"{name!r}, {again}")
        return ()

    def run(self, entry: Entry, leaves: Any, args: Any, kwargs: Any) -> Any:
        """The result of a program; NEXT: it is not on this path; OWN: f must answer itself."""
        try:
            results = entry.program(entry.path.inputs(leaves))
        except Exception:  # also `Raised`; an error of a function that is called: f itself says it
            return OWN
        if isinstance(results, GuardFailed):
            return OWN if results.index < 0 or results.index >= entry.path.first else NEXT
        return entry.finish(results)

    def to_front(self, key: Any, entry: Entry) -> None:
        """The path that was taken last is tried first."""
        with self.lock:
            self.table[key] = [entry, *(e for e in self.table.get(key, ()) if e is not entry)]

    def along(self, kind: str, primals: Any, tangents: Any, kwargs: dict[str, Any]) -> Any:
        """jvp or hvp of the function."""
        paths = self.alongs.get(kind)
        if paths is None:
            from .derived import along_paths

            paths = along_paths(self, kind)
        elif not kwargs:
            found = paths.quick.along(paths, primals, tangents)
            if found is not NotImplemented:
                return found
        if not isinstance(primals, (tuple, list)):
            primals, tangents = (primals,), (tangents,)
        if not isinstance(tangents, (tuple, list)):
            return paths.f(primals, tangents, **kwargs)  # which says what is wrong
        return paths.call(primals, tangents, kwargs)

    def make_quick(self, entry: Entry, args: Any, kwargs: Any) -> None:
        """The short way for the next call of this kind."""
        if self.quick_of is not entry:
            self.quick_of = entry
            self.quick.set(*entry.quick(args, kwargs))

    def forget_quick(self) -> None:
        """There is none."""
        self.quick_of = None
        self.quick.set(None)

    # ---- what cannot be compiled ----

    def give_up(self, key: Any, reason: str) -> None:
        """f answers itself for arguments of this kind from now on."""
        self.eager[key] = reason
        self.forget_quick()
        self.notice(reason)

    def notice(self, reason: str) -> None:
        """Says once that f runs as it is."""
        if not self.noticed:
            self.noticed = True
            warnings.warn(f"{self.name} runs as it is, not compiled: {reason}", CompileNotice, stacklevel=depth())


def stale(name: str, plain: Any, compiled: Any) -> StaleProgramError:
    """The error that a program and what it was made of differ."""
    return StaleProgramError(
        f"{name} gives {plain!r}, the program that was recorded of it {compiled!r}: it depends on something that is "
        "not among its arguments (numbers computed from an array outside, a file, random numbers); pass that as an "
        "argument, or do not compile it",
        plain, compiled,
    )  # fmt: skip


def depth() -> int:
    """The number of frames up to the user's."""
    n, frame = 1, sys._getframe(1)
    while frame.f_back is not None and (frame.f_globals.get("__name__") or "").startswith("dualdiff."):
        n, frame = n + 1, frame.f_back
    return n


def caller(paths: Any) -> Callable[..., Any]:
    """The function that is called, with a short way for calls like the last one."""
    return Caller(paths, paths.quick)


class Mark:
    """A result that is none."""


NEXT, OWN = Mark(), Mark()
