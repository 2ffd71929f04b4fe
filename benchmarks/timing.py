"""Ratios of timings that share their noise: best of many, the calls in turns.

Imported by conftest.py, costs.py and table.py.
"""

import time
from timeit import Timer


def interleaved(*calls, seconds=0.5, least=5, piece=1e-3):
    """Best seconds of one call of each, measured in turns.

    The calls are callables without arguments, or `timeit.Timer`s of a statement.  One that takes
    longer than a fifth of `seconds` is measured `least` times and then left out.
    """
    timers = []
    for t in calls:
        t = t if isinstance(t, Timer) else Timer(t)
        t.timeit(1)
        once = min(t.timeit(1), t.timeit(1))
        timers.append((t, max(1, int(piece / max(once, 1e-8))), once > seconds / 5))
    best = [float("inf")] * len(timers)
    start, rounds = time.perf_counter(), 0
    while rounds < least or time.perf_counter() - start < seconds:
        for i, (t, number, slow) in enumerate(timers):
            if rounds < least or not slow:
                best[i] = min(best[i], t.timeit(number) / number)
        rounds += 1
    return best
