"""One solve from many starts: `multistart`.

Invariant: the results are those of a loop over the starts, in their order, whoever does them.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..errors import ArgumentError, InputError
from ..maps.tangents import is_dual
from ..progress import Progress, meter
from ..transforms.executors import checked_executor, spread
from ..transforms.pytrees import flatten

__all__ = ["Multistart", "multistart"]


class Multistart(list[Any]):
    """The results of `multistart`: a list, one result for each start.

    Attributes
    ----------
    best : result
        The successful one with the least `merits` (of all, where none succeeded).
    merits : ndarray
        For each start what was to be small: the cost of a fit, the value of a minimisation, max|F| of a root.
    success : ndarray of bool
        Which of them succeeded.
    """

    @property
    def success(self) -> Any:
        """Which of them succeeded."""
        return np.array([succeeded(r) for r in self], bool)

    @property
    def merits(self) -> Any:
        """What was to be small."""
        return np.array([merit(r) for r in self], float)

    @property
    def best(self) -> Any:
        """The best result."""
        return self[self.order()[0]]

    def order(self) -> Any:
        """The places of the results, the best one first: successes before failures, then by merit, then by start."""
        merits = np.where(np.isnan(self.merits), np.inf, self.merits)
        return np.lexsort((merits, ~self.success))

    def distinct(self, rtol: float = 1e-6, atol: float = 1e-9) -> Any:
        """The successful results that are different points, the best one first.

        Parameters
        ----------
        rtol, atol : float
            Two points are one where no number differs by more than atol + rtol times the larger of its sizes.

        Returns
        -------
        list
            Results; of those that are one point the best.

        Examples
        --------
        >>> from dualdiff import solve
        >>> found = solve.multistart(solve.root, lambda x: x**2 - 4, starts=[-3.0, -1.0, 1.0, 5.0])
        >>> sorted(round(float(r.x), 6) for r in found.distinct())
        [-2.0, 2.0]
        """
        kept: list[Any] = []
        for r in (self[i] for i in self.order() if succeeded(self[i])):
            x = point(r)
            if not any(np.all(np.abs(x - y) <= atol + rtol * np.maximum(np.abs(x), np.abs(y))) for _, y in kept):
                kept.append((r, x))
        return [r for r, _ in kept]


def point(r: Any) -> Any:
    """The solution as one array of numbers."""
    found = r.popt if hasattr(r, "popt") else r.x
    return np.concatenate([np.ravel(np.asarray(leaf, float)) for leaf in flatten(found)[0]])


def succeeded(r: Any) -> bool:
    """Whether a result is a solution."""
    return bool(np.all(getattr(r.result if hasattr(r, "popt") else r, "success", True)))


def merit(r: Any) -> float:
    """What was to be small."""
    r = r.result if hasattr(r, "popt") else r
    if "cost" in r:
        return float(r["cost"])
    found = np.asarray(r["fun"], float)
    return float(np.max(np.abs(found), initial=0.0)) if is_root(r) or found.size != 1 else float(found.reshape(()))


def is_root(r: Any) -> bool:
    """Whether a result is of an equation."""
    from .result import RootResult

    return isinstance(r, RootResult)


class Start:
    """A task: the solve from one start."""

    def __init__(self, method: Any, first: Any, more: Any) -> None:
        self.method, self.first, self.more = method, first, more

    def __call__(self, start: Any) -> Any:
        return self.method(*self.first, start, **self.more)


def each(starts: Any) -> Any:
    """The starts, as a list."""
    if isinstance(starts, np.ndarray) and starts.ndim == 0 or isinstance(starts, (str, bytes, dict)):
        raise InputError(
            f"starts is a {type(starts).__name__}; expected a list of starts, or an array with one in each row"
        )
    try:
        found = list(starts)
    except TypeError:
        raise InputError(
            f"starts is a {type(starts).__name__}; expected a list of starts, or an array with one in each row"
        ) from None
    if not found:
        raise ArgumentError("starts is empty; expected at least one start")
    return found


def multistart(
    method: Callable[..., Any], *first: Any, starts: Any, executor: Any = None, progress: Progress = None, **more: Any
) -> Multistart:
    """The same solve from many starts: ``method(*first, start, **more)`` for each of them.

    Parameters
    ----------
    method : callable
        `root`, `minimize`, `least_squares`, `fixed_point`, `curve_fit`, or any function that takes a start and returns
        a result like SciPy's.
    *first
        What stands before the start: the function; of `curve_fit` the model and the data.
    starts : sequence or ndarray
        The starts: a list of arrays, numbers or structures, or an array with one start in each row.
    executor : concurrent.futures.Executor, optional
        Does the solves: threads, processes, or the workers of a cluster (docs/large.md).  The results have the same
        bits as without.  Inside a derivative by something that the solve depends on it is left out.
    progress : bool or callable
        True shows how many solves are done, in a bar of tqdm where that is installed, else in a line on stderr.  A
        function is called with (done, total); what it raises ends the work.
    **more
        Further arguments of each solve: args, bounds, options, ...

    Returns
    -------
    Multistart
        A list of the results, in the order of the starts, with `best`, `success`, `merits` and `distinct()`.

    Raises
    ------
    InputError
        If method is not callable, or starts is no sequence.
    ArgumentError
        If starts is empty.
    Exception
        What a solve raises; a solve that does not converge is a result with success False.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> def valleys(x):
    ...     return np.sum((x**2 - 1)**2 + 0.1 * x)
    >>> found = solve.multistart(solve.minimize, valleys, starts=np.array([[1.5, 1.0], [-0.5, 2.0], [-1.0, -2.0]]))
    >>> found.best.x.round(3), len(found.distinct())
    (array([-1.012, -1.012]), 3)
    """
    if not callable(method):
        raise InputError(f"method is a {type(method).__name__}; expected solve.root, solve.minimize or the like")
    given, executor = each(starts), checked_executor(executor)
    if executor is not None and any(map(is_dual, flatten([list(first), given, more])[0])):
        executor = None
    found = Multistart()
    with meter(progress, "multistart", len(given), "solves") as told:
        results: Iterator[Any] = spread(executor, Start(method, first, more), ((x,) for x in given))
        for r in results:
            found.append(r)
            told.add()
    return found
