"""`progress=`: how far something is that takes long, told to a function, to a bar of tqdm, or in a line on stderr.

    with meter(progress, "Jacobian", total, "directions") as m:
        for start, stop in chunks:
            ...
            m.add(stop - start)

Invariant: what is told never changes a result.  What the user's function raises ends the computation, as Ctrl-C does.
"""

import sys
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from .errors import InputError

__all__ = ["SILENT", "Meter", "Progress", "checked_progress", "meter"]

Progress: TypeAlias = bool | Callable[[int, int | None], object] | None
"""What users give: True, or a function of (done, total); total is None where nobody knows it."""

TERMINAL, ELSEWHERE = 0.1, 10.0
"""Seconds between two lines of a terminal, and of a file."""


class Meter:
    """One computation that tells nothing: what `meter` gives where no progress is asked for."""

    total: int | None = None

    def to(self, done: int) -> None:
        """So many are done."""

    def add(self, count: int = 1) -> None:
        """So many more are done."""

    def expect(self, total: int | None) -> None:
        """There is so much to be done."""

    def close(self) -> None:
        """The end."""

    def __enter__(self) -> "Meter":
        return self

    def __exit__(self, *args: object) -> None:
        self.close()


SILENT = Meter()


class Told(Meter):
    """Calls the user's function with (done, total)."""

    def __init__(self, call: Callable[[int, int | None], object], total: int | None) -> None:
        self.call, self.total, self.done = call, total, 0

    def to(self, done: int) -> None:
        if done > self.done:        # never backwards, also where a part is done again
            self.done = done
            self.call(done, self.total)

    def add(self, count: int = 1) -> None:
        self.to(self.done + count)

    def expect(self, total: int | None) -> None:
        self.total = total


class Bar(Told):
    """A bar of tqdm."""

    def __init__(self, bar: Any, total: int | None) -> None:
        super().__init__(self.show, total)
        self.bar = bar

    def show(self, done: int, total: int | None) -> None:
        """Moves the bar."""
        self.bar.total = total
        self.bar.update(done - self.bar.n)

    def close(self) -> None:
        self.bar.close()


class Line(Told):
    """A line on stderr, written over in a terminal, and a new one now and then elsewhere."""

    def __init__(self, what: str, total: int | None, unit: str) -> None:
        super().__init__(self.show, total)
        self.what, self.unit, self.start = what, unit, time.monotonic()
        self.terminal = bool(getattr(sys.stderr, "isatty", bool)())
        self.every = TERMINAL if self.terminal else ELSEWHERE
        self.shown, self.width = self.start, 0

    def show(self, done: int, total: int | None) -> None:
        """Writes the line, if the last one is old enough."""
        if time.monotonic() - self.shown >= self.every:
            self.write("\r" if self.terminal else " ...\n")

    def write(self, end: str) -> None:
        """Writes the line."""
        self.shown = time.monotonic()
        spent = self.shown - self.start
        text = f"{self.what}: {self.done}{'' if self.total is None else f' of {self.total}'} {self.unit}, {spent:.1f} s"
        if end != "\n" and self.total is not None and 0 < self.done < self.total:
            text += f", about {spent / self.done * (self.total - self.done):.0f} s left"
        sys.stderr.write(text.ljust(self.width) + end)
        sys.stderr.flush()
        self.width = len(text) if self.terminal else 0

    def close(self) -> None:
        self.write("\n")


def checked_progress(progress: Progress) -> Progress:
    """What the user gave, None for False; an error where it is something else."""
    if progress is None or progress is False:
        return None
    if progress is not True and not callable(progress):
        raise InputError(
            f"progress is a {type(progress).__name__}; expected True, or a function that is called with (done, total)"
        )
    return progress


def meter(progress: Progress, what: str, total: int | None, unit: str = "") -> Meter:
    """A context that is told what is done.

    Parameters
    ----------
    progress : bool, callable or None
        What the user gave.
    what : str
        What is computed, for the bar.
    total : int or None
        How many steps it takes; None where nobody knows.
    unit : str
        What is counted.

    Returns
    -------
    Meter

    Raises
    ------
    InputError
        If progress is neither a bool nor callable.

    Examples
    --------
    >>> with meter(lambda done, total: print(done, "of", total), "sum", 2) as m:
    ...     m.add()
    ...     m.add()
    1 of 2
    2 of 2
    """
    progress = checked_progress(progress)
    if progress is None:
        return SILENT
    if callable(progress):
        return Told(progress, total)
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return Line(what, total, unit)
    return Bar(tqdm(total=total, desc=what, unit=f" {unit}" if unit else "it"), total)
