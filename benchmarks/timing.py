"""Ratios of timings that share their noise: best of many, the calls in turns.

Imported by conftest.py, costs.py and table.py.
"""

import time
from timeit import Timer


def interleaved(*calls, seconds=0.5, least=5, piece=1e-3, clock=time.perf_counter):
    """Best seconds of one call of each, measured in turns.

    The calls are callables without arguments, or `timeit.Timer`s of a statement.  One that takes
    longer than a fifth of `seconds` is measured three times only, which do not count as `seconds`.
    clock: `time.thread_time` counts the time of this thread alone, so that it matters less what else the machine does.
    """
    timers = []
    for t in calls:
        t = t if isinstance(t, Timer) else Timer(t, timer=clock)
        once = t.timeit(1)
        if once < seconds:
            once = min(t.timeit(1), t.timeit(1))
        timers.append((t, max(1, int(piece / max(once, 1e-8))), once > seconds / 5))
    best = [float("inf")] * len(timers)
    spent, rounds, fast = 0.0, 0, any(not slow for *_, slow in timers)
    while rounds < least or fast and spent < seconds:
        for i, (t, number, slow) in enumerate(timers):
            if rounds < 3 or not slow:
                start = clock()
                best[i] = min(best[i], t.timeit(number) / number)
                spent += 0.0 if slow else clock() - start
        rounds += 1
    return best
