"""Products along a recording that is larger than its memory limit: f runs again for each stretch of it.

A run of f under a limit keeps the longest stretch of operations up to the last one that fits (core/window.pxi).  A
cotangent is pulled back along it, to the inputs and to the operations just before it.  Then f runs again and keeps
the stretch before that, until there is none: n stretches take n runs, each ended where its stretch ends.

Plain Python code cannot be resumed in the middle, so nothing is kept between the runs but the cotangents: it is
the scheme of Griewank and Walther (2000, "Algorithm 799: revolve") with the arguments as its only checkpoint.

Invariants: each run must repeat the first, operation by operation, or there is an error; nothing is taken from a
stretch for which reachability would have to decide (0 beside an infinite partial): that needs all of it.
"""

import contextlib
from _thread import allocate_lock
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import EnoughRecorded, Node, Window, call_within, collect, forget_copies, zeros_met
from ..errors import MemoryLimitError
from .walks import Walk, is_finite

__all__ = ["Segments"]

MOST = 64
"""Stretches beyond which f would run so often that it is better to ask."""

INSTEAD = (
    "give a larger memory_limit; put dualdiff.checkpoint around parts of the function, or write its loop with "
    "dualdiff.checkpoint_loop; or dualdiff.compile it"
)


def gib(n: Any) -> str:
    """Bytes as text."""
    for unit in ("bytes", "KiB", "MiB"):
        if n < 1024:
            return f"{n:.3g} {unit}"
        n /= 1024
    return f"{n:.3g} GiB"


class Stretch:
    """Operations of one run of f that follow each other.

    Attributes
    ----------
    walk : Walk
        From the inputs, and the operations before the stretch, to its ends.
    numbers : list of int
        Of those operations.
    ends : list of Node or None
    """

    def __init__(self, inputs: Any, ends: Any) -> None:
        stubs: list[Any] = []
        order = collect(ends, stubs, runs=True)
        self.numbers = [number for number, _ in stubs]
        self.count = len(inputs)
        self.walk = Walk([*inputs, *(node for _, node in stubs)], ends, order, True)

    def pull(self, cotangents: Any) -> tuple[list[Any], dict[int, Any]]:
        """Cotangents of the inputs, and of the operations before the stretch by their numbers."""
        walk, before = self.walk, zeros_met()
        found, sure = walk.pulled(cotangents)
        sure = sure or zeros_met() == before and all(map(is_finite, found))
        if not sure and any(mark.any() for mark in walk.suspects(cotangents)):
            raise MemoryLimitError(
                "an infinite partial derivative lies on the way back, and whether a zero beside it counts is read off "
                f"the whole recording, which takes more than memory_limit; {INSTEAD}"
            )
        pairs = zip(self.numbers, found[self.count :], strict=True)
        return found[: self.count], {number: w for number, w in pairs if w is not None}


class Segments:
    """Products with the derivative of a function of which only a stretch can be kept.

    It has the methods of `Replay`.

    Parameters
    ----------
    f, kwargs : callable, dict
    start : callable
        start(tangents): (tag, arguments) of a run, duals with these tangents.
    ends : callable
        ends(result, tag): the tangents of the result's leaves.
    window : Window
        Of the first run.
    latest : Stretch
        What the first run kept.
    limit : float
        Bytes that a stretch may keep.
    """

    def __init__(
        self, f: Callable[..., Any], kwargs: dict[str, Any], start: Any, ends: Any, shapes: Any, window: Window,
        latest: Stretch, limit: float,
    ) -> None:  # fmt: skip
        if window.total > MOST * limit:
            raise MemoryLimitError(
                f"the recording takes {gib(window.total)}, more than {MOST} times its memory_limit of {gib(limit)}, so "
                f"that the function would have to run {int(window.total / limit) + 1} times; {INSTEAD}"
            )
        self.f, self.kwargs, self.start, self.ends, self.limit, self.first = f, kwargs, start, ends, limit, window
        self.in_shapes, self.in_dtypes = shapes
        self.latest: Stretch | None = latest
        self.lock = allocate_lock()

    def __reduce__(self) -> Any:
        raise MemoryLimitError(f"a recording that is larger than its memory_limit cannot be pickled; {INSTEAD}")

    @property
    def nbytes(self) -> int:
        """Bytes that the whole recording would keep."""
        return int(self.first.total)

    def run(self, stop: int, wanted: list[int], expected: Window | None) -> tuple[Window, Stretch]:
        """The stretch that ends before operation `stop` (-1: with the result), with these operations as its ends."""
        inputs = [Node(None, (), shape, dtype) for shape, dtype in zip(self.in_shapes, self.in_dtypes, strict=True)]
        tag, args = self.start(inputs)
        window = Window(self.limit, stop, wanted, expected)
        window.own(inputs)
        ends = None
        try:
            with contextlib.suppress(EnoughRecorded):
                ends = self.ends(call_within(self.f, args, self.kwargs, tag), tag)
        finally:
            window.close()
            forget_copies()
        if stop >= 0:
            ends = window.found
        if window.differs or ends is None or stop >= 0 and len(ends) != len(wanted):
            raise DiffersError
        return window, Stretch(inputs, ends)

    def forward(self, tangents: Any) -> Any:
        """Output tangents from input tangents (k, *shape), by a run of f that records nothing."""
        k = next(t.shape[0] for t in tangents if t is not None)
        full = [np.zeros((k, *shape), dtype) if t is None else t
                for t, shape, dtype in zip(tangents, self.in_shapes, self.in_dtypes, strict=True)]  # fmt: skip
        before = zeros_met()
        tag, args = self.start(full)
        found = self.ends(call_within(self.f, args, self.kwargs, tag), tag)
        if zeros_met() != before:
            raise MemoryLimitError(
                "a zero tangent meets an infinite partial derivative, and whether it counts is read off the whole "
                f"recording, which takes more than memory_limit; {INSTEAD}, or write jvp"
            )
        return found

    def backward(self, cotangents: Any) -> Any:
        """Input cotangents from output cotangents (k, *shape); None is zero."""
        with self.lock:
            held, self.latest = [self.latest], None     # what it keeps would be beside the stretches before it
        for attempt in range(2):
            try:
                if held == [None]:
                    self.first, latest = self.run(-1, [], None if attempt else self.first)
                    held = [latest]
                    del latest
                return self.along(held, cotangents)
            except DiffersError:
                held = [None]       # the first run may have begun with an attempt of its own (lifting)
        raise MemoryLimitError(
            "the recording takes more than memory_limit, so the function runs again for each stretch of it; but it did "
            "not do the same again: it draws random numbers, goes through threads, or reads what has changed since; "
            f"{INSTEAD}"
        )

    def along(self, held: list[Any], cotangents: Any) -> Any:
        """Back along all stretches, from the last, [it] (which is let go), to the first."""
        total, waiting = held.pop().pull(cotangents)
        while waiting:
            wanted = sorted(waiting)
            found, before = self.run(wanted[-1] + 1, wanted, self.first)[1].pull([waiting[number] for number in wanted])
            total = [b if a is None else a if b is None else a + b for a, b in zip(total, found, strict=True)]
            waiting = before
        return total


class DiffersError(Exception):
    """A run of f did not repeat the first one."""
