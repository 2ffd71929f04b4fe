"""Ratios of two timings that share their noise: best of many, the two interleaved.

Imported by conftest.py and table.py.
"""

import time
from timeit import Timer


def interleaved(f, g, *, seconds=0.5, least=5, piece=1e-3):
    """Best seconds of one call of f and of g, measured in turns.

    f and g are callables without arguments, or `timeit.Timer`s of a statement.
    """
    f, g = (t if isinstance(t, Timer) else Timer(t) for t in (f, g))
    timers = []
    for t in (f, g):
        t.timeit(1)
        once = min(t.timeit(1), t.timeit(1))
        timers.append((t, max(1, int(piece / max(once, 1e-8)))))
    best = [float("inf")] * 2
    start, rounds = time.perf_counter(), 0
    while rounds < least or time.perf_counter() - start < seconds:
        for i, (t, number) in enumerate(timers):
            best[i] = min(best[i], t.timeit(number) / number)
        rounds += 1
    return best
