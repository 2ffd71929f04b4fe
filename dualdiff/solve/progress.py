"""The progress table: one line a step, and in a terminal a live line while a step is solved for.

Invariant: printing never changes a solve.
"""

import sys
import time
from typing import Any

import numpy as np

from .result import HISTORY

__all__ = ["Table", "header", "line"]


def header() -> str:
    """The column titles of `line`."""
    return "  step     max|F|        eta   |F+Js|/|F|   products   length   seconds"


def line(row: Any) -> Any:
    """One row of `RootResult.history` as text.

    Parameters
    ----------
    row : structured scalar
        A row of `RootResult.history`.

    Returns
    -------
    str
        Step, max|F| after it, the forcing term, |F + J s|/|F| achieved, products, step length, seconds.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.solve import progress, root
    >>> progress.line(root(np.sin, 3.0).history[0])[:17]
    '     0   1.41e-01'
    """
    if row["it"] == 0:
        return f"{0:6d}  {row['|F|max']:9.2e}" + 46 * " " + f"{row['time']:8.2f}"
    eta = f"{row['eta']:9.2e}" if np.isfinite(row["eta"]) else 9 * " "
    return (
        f"{row['it']:6d}  {row['|F|max']:9.2e}  {eta}    {row['achieved']:9.2e}  "
        f"{row['products']:9d}  {row['lam']:7.3g}  {row['time']:8.2f}"
    )


class Table:
    """Prints the steps of a solve as they are made.

    Parameters
    ----------
    problem : Problem
        Its products move the live line, at most ten times a second and only in a terminal.
    """

    def __init__(self, problem: Any) -> None:
        self.problem, self.started, self.live = problem, False, False
        self.terminal = sys.stdout.isatty()
        self.seen = self.last = 0.0
        if self.terminal:
            problem.live = self.turn

    def turn(self) -> None:
        """Shows how many products the step at hand has taken so far."""
        now = time.perf_counter()
        if now - self.last > 0.1:
            self.last, self.live = now, True
            made = self.problem.njvp - self.seen
            sys.stdout.write(f"\r        ... {made} products, {self.problem.seconds():.1f} s ")
            sys.stdout.flush()

    def clear(self) -> None:
        """Takes the live line away."""
        if self.live:
            sys.stdout.write("\r" + 60 * " " + "\r")
            self.live = False
        self.seen, self.last = self.problem.njvp, time.perf_counter()

    def row(self, state: Any) -> None:
        """The line of the last step."""
        self.clear()
        if not self.started:
            print(header())
            self.started = True
        print(line(np.array(state.rows[-1:], HISTORY)[0]), flush=True)

    def say(self, text: str) -> None:
        """A line of words."""
        self.clear()
        print(text, flush=True)
