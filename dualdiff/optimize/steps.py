"""The steps of a minimisation as they are made: history, progress lines, the user's callback.

Invariant: printing never changes a result.
"""

import inspect
import time
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from ..errors import InputError
from ..progress import SILENT, Meter
from .result import HISTORY

__all__ = ["Steps", "caller"]

SECONDS = 0.5
"""Between two lines."""


def caller(callback: Any) -> Any:
    """A function of an OptimizeResult that calls the user's callback by SciPy's conventions; None for None."""
    if callback is None:
        return None
    if not callable(callback):
        raise InputError(f"callback is a {type(callback).__name__}; expected a function")
    try:
        names = set(inspect.signature(callback).parameters)
    except (TypeError, ValueError):     # some built-in functions do not tell
        names = set()
    if names == {"intermediate_result"}:
        return lambda r: callback(intermediate_result=r)
    return lambda r: callback(r.x)


class Steps:
    """Keeps what is told of each step, and passes it on.

    Parameters
    ----------
    disp : bool
        Print a line for x0 and for the last step, and one every half second between.
    callback : callable, optional
        By SciPy's conventions; StopIteration or True stops.
    rebuild : callable
        The unknowns as the user sees them, from the flat ones.
    told : Meter
        Of `progress=`.
    """

    def __init__(self, disp: bool = False, callback: Any = None, rebuild: Any = None, told: Meter = SILENT) -> None:
        self.disp, self.call, self.told = disp, caller(callback), told
        self.rebuild = rebuild or (lambda x: x)
        self.rows: list[Any] = []
        self.start = time.perf_counter()
        self.printed = -np.inf

    def step(self, state: Any) -> None:
        """A step of Newton's method."""
        self.note(state.nit, state.f, state.gmax, state.lam)
        if self.call is not None and state.nit:
            self.tell(OptimizeResult(x=self.rebuild(state.x), fun=state.f, nit=state.nit))

    def scipys(self, intermediate_result: Any, gmax: Any = np.nan) -> None:
        """A step of one of SciPy's methods."""
        f = float(intermediate_result.get("fun", np.nan))
        self.note(len(self.rows), f, gmax, np.nan)
        if self.call is not None:
            self.tell(OptimizeResult({**intermediate_result, "x": self.rebuild(intermediate_result.x)}))

    def tell(self, r: Any) -> None:
        """The user's callback."""
        if self.call(r) is True:
            raise StopIteration

    def note(self, it: Any, f: Any, gmax: Any, lam: Any) -> None:
        """One row."""
        now = time.perf_counter() - self.start
        self.rows.append((it, f, gmax, lam, now))
        self.told.to(len(self.rows) - 1)        # the first row is x0
        if self.disp:
            if len(self.rows) == 1:
                print("  step                f     max|g|        lam   seconds")
            if len(self.rows) == 1 or now - self.printed > SECONDS:
                self.printed = now
                self.line()

    def line(self) -> None:
        """The last row as text."""
        it, f, gmax, lam, now = self.rows[-1]
        cells = [f"{v:9.2e}" if np.isfinite(v) else 9 * " " for v in (gmax, lam)]
        print(f"{it:6d}  {f:15.8e}  {cells[0]}  {cells[1]}  {now:8.2f}", flush=True)

    def end(self, message: str) -> None:
        """The last line, and why."""
        if self.disp:
            if self.rows:
                self.line()
            print(message, flush=True)

    def history(self) -> Any:
        """The rows."""
        return np.array(self.rows, HISTORY)
