"""A batch of systems in chunks: chunk= and executor= of `root_batch`.

Invariant: fun gives on a chunk what it gives on the whole batch: its values at the starts are compared.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from ..errors import InputError
from ..transforms.executors import spread

__all__ = ["in_chunks"]

EACH = ("success", "status", "nit", "tol")
"""What a result has for each system."""

SUMS = ("nfev", "njev", "rescued")


class Systems:
    """A task: some of the systems."""

    def __init__(self, solve: Any, fun: Any, shared: Any, settings: Any, end: Any) -> None:
        self.solve, self.fun, self.shared, self.settings, self.end = solve, fun, shared, settings, end

    def __call__(self, x: Any, data: Any, limits: Any) -> Any:
        """(result, F at the starts); data: those args that belong to the systems."""
        rest, settings = iter(data), self.settings
        args = tuple(next(rest) if batched else a for a, batched in self.shared)
        if self.end is not None:
            settings = settings.but(maxtime=max(0.0, self.end - time.time()))
        return self.solve(self.fun, x, args, limits, settings)


def in_chunks(
    solve: Callable[..., Any], fun: Any, x: Any, args: Any, limits: Any, settings: Any, width: int, executor: Any,
    told: Any,
) -> Any:  # fmt: skip
    """The result for all systems, so many at a time; solve(fun, x, args, limits, settings) -> (result, F(x))."""
    started, size = time.perf_counter(), x.shape[-1]
    batched = [isinstance(a, np.ndarray) and a.ndim > 0 and a.shape[-1] == size for a in args]
    shared = [(None if b else a, b) for a, b in zip(args, batched, strict=True)]
    end = None if settings.maxtime is None else time.time() + settings.maxtime
    task = Systems(solve, fun, shared, settings, end)

    def cut(start: int) -> Any:
        some = slice(start, min(start + width, size))
        data = [a[..., some] for a, b in zip(args, batched, strict=True) if b]
        sides = None if limits is None else tuple(np.reshape(side, x.shape)[..., some] for side in limits)
        return np.ascontiguousarray(x[..., some]), data, sides

    found, firsts, done = [], [], 0
    try:
        for r, first in spread(executor, task, (cut(start) for start in range(0, size, width))):
            found.append(r)
            firsts.append(first)
            done = min(size, done + width)
            told.to(done)
    except ValueError as error:
        if width < size:
            error.add_note(
                f"root_batch: fun was called on {min(width, size)} of the {size} systems (chunk=, executor=); data "
                "that belong to the systems must come from args"
            )
        raise
    compare(fun, x, args, np.concatenate(firsts, axis=-1))
    status = np.concatenate([r.status for r in found])
    good, nit = int(np.sum(status == 1)), np.concatenate([r.nit for r in found])
    late = f"; maxtime = {settings.maxtime:g} s reached" if np.any(status == -5) else ""
    return OptimizeResult(
        x=np.concatenate([r.x for r in found], axis=-1), fun=np.concatenate([r.fun for r in found], axis=-1),
        **{name: np.concatenate([r[name] for r in found]) for name in EACH},
        **{name: sum(r[name] for r in found) for name in SUMS}, time=time.perf_counter() - started,
        message=f"{good} of {size} systems converged in at most {int(nit.max(initial=0))} steps{late}",
    )  # fmt: skip


def compare(fun: Any, x: Any, args: Any, first: Any) -> None:
    """Raises where F at the starts is another one in the whole batch."""
    with np.errstate(all="ignore"):
        whole = np.reshape(np.asarray(fun(x.copy(), *args), first.dtype), first.shape)
        top = np.max(np.abs(first), axis=0)
        wrong = np.abs(whole - first) > np.sqrt(np.finfo(first.dtype).eps) * top
        if np.any(wrong | (np.isnan(whole) != np.isnan(first))):
            raise InputError(
                f"root_batch: fun gives system {int(np.argwhere(wrong)[0][-1]) if wrong.any() else 0} another value in "
                "a chunk than in the whole batch: it uses its place, the number of systems, or data that are not in "
                "args. Leave chunk= and executor= out"
            )
