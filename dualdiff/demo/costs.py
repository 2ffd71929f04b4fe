"""What derivatives cost: J v, v' J and the full Jacobian, forward and reverse, in units of one evaluation of f.

Invariant: a time is the best of many repetitions, so that a busy machine disturbs it least; f and its derivatives
are timed in turns.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..transforms.grad import jacobian
from ..transforms.jvp import jvp
from ..transforms.linearize import linearize
from ..transforms.vjp import vjp

__all__ = ["Cost", "best_times", "crossover", "layer", "measure", "sweep"]


def layer(n: int, m: int, seed: int = 0) -> tuple[Any, Any]:
    """f(x) = tanh(A sin x), A of shape (m, n): (f, x).

    Examples
    --------
    >>> from dualdiff.demo.costs import layer
    >>> f, x = layer(3, 2)
    >>> f(x).shape
    (2,)
    """
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((m, n)) / np.sqrt(n)
    return lambda x: np.tanh(A @ np.sin(x)), rng.standard_normal(n)


def best_times(calls: Sequence[Callable[[], Any]], seconds: float) -> list[float]:
    """The shortest time of each call, taken in turns for about `seconds` in all; at least three each."""
    best = [np.inf] * len(calls)
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 3 or time.perf_counter() < end:
        rounds += 1
        for i, call in enumerate(calls):
            start = time.perf_counter()
            call()
            best[i] = min(best[i], time.perf_counter() - start)
    return best


@dataclass
class Cost:
    """Seconds for f, and the others as multiples of it."""

    n: int
    m: int
    f: float
    jv: float
    jv_replay: float
    vj: float
    vj_replay: float
    forward: float
    reverse: float
    columns: float
    rows: float

    @property
    def cheaper(self) -> str:
        """The way to the full Jacobian that costs less."""
        return "forward" if self.forward <= self.reverse else "reverse"


def measure(n: int, m: int, seconds: Any) -> Any:
    """The costs for n inputs and m outputs.

    v'J includes recording f once and pulling one cotangent back; the reverse Jacobian records once and pulls all m
    unit vectors back at once; the forward one carries all n directions through f at once.  The replayed products are
    of a recording that has been made and planned; the Jacobians by columns and by rows include that.

    Parameters
    ----------
    n, m : int
        Inputs and outputs.
    seconds : float
        About how long to measure.

    Returns
    -------
    Cost

    Raises
    ------
    ArithmeticError
        If the Jacobians differ, which would make the comparison worthless.
    """
    f, x = layer(n, m)
    v, w, rows = np.ones(n), np.ones(m), np.eye(m)
    forward = jacobian(f, mode="forward")
    J = linearize(f, x)[1]

    def reverse(x: Any) -> Any:
        return vjp(f, x)[1](rows)

    def dense(mode: str) -> Any:
        return linearize(f, x)[1].dense(mode)

    expected = forward(x)
    for other in (reverse(x), dense("forward"), dense("reverse")):
        if not np.allclose(expected, other, rtol=1e-10, atol=1e-14):
            raise ArithmeticError(f"the Jacobians of n = {n}, m = {m} differ")
    calls = [
        lambda: f(x),
        lambda: jvp(f, (x,), (v,)),
        lambda: J @ v,
        lambda: vjp(f, x)[1](w),
        lambda: J.T @ w,
        lambda: forward(x),
        lambda: reverse(x),
        lambda: dense("forward"),
        lambda: dense("reverse"),
    ]
    t, *others = best_times(calls, seconds)
    return Cost(n, m, t, *(other / t for other in others))


def sweep(total: Any, ratios: Any, seconds: Any) -> Any:
    """Costs along n/m at n m = total, so that all Jacobians have about the same size."""
    found = []
    for ratio in ratios:
        m = max(1, round((total / ratio) ** 0.5))
        found.append(measure(max(1, round(total / m)), m, seconds))
    return found


def crossover(costs: Any) -> float | None:
    """The n/m where the forward and the reverse Jacobian cost the same, or None if one is always cheaper.

    Between the two measured ratios it is interpolated in the logarithms.

    Parameters
    ----------
    costs : list of Cost
        In the order of n/m.

    Returns
    -------
    float or None

    Examples
    --------
    >>> from dualdiff.demo.costs import Cost, crossover
    >>> ones = [1.0] * 5
    >>> crossover([Cost(1, 4, *ones, 2.0, 8.0, 2.0, 8.0), Cost(4, 1, *ones, 8.0, 2.0, 8.0, 2.0)])
    1.0
    """
    at = np.log([c.n / c.m for c in costs])
    gap = np.log([c.forward / c.reverse for c in costs])
    for i in range(len(costs) - 1):
        if gap[i] <= 0 < gap[i + 1]:
            share = -gap[i] / (gap[i + 1] - gap[i])
            return float(np.exp(at[i] + share * (at[i + 1] - at[i])))
    return None
