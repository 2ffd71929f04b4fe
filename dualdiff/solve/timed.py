"""What may run for so many seconds."""

import time

__all__ = ["Timed"]


class Timed:
    """Something that was `started` at a time of time.perf_counter, and has `maxtime` seconds (None: for ever)."""

    started: float
    maxtime: float | None

    def late(self) -> bool:
        """Whether maxtime is over."""
        return self.maxtime is not None and time.perf_counter() - self.started > self.maxtime
