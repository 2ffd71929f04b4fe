"""Who records transforms: in a thread in which `dd.compile` records a function, they are a part of the recording.

A transform looks at `UNDER_WAY`, which is empty as long as no thread records anything, and then at `HERE.recorder`.
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

__all__ = ["HERE", "UNDER_WAY", "recorded_by"]


class Here(threading.local):
    """recorder: what takes the transforms of this thread (programs/nested.py), or None."""

    recorder: Any = None


HERE = Here()

UNDER_WAY: list[Any] = []
"""One entry for each recording of any thread, so that a transform need not look further while there is none."""


@contextlib.contextmanager
def recorded_by(recorder: Any) -> Iterator[None]:
    """Hands the transforms of this thread to a recorder; None: they are taken as they are."""
    before = HERE.recorder
    HERE.recorder = recorder
    UNDER_WAY.append(recorder)
    try:
        yield
    finally:
        UNDER_WAY.pop()  # one of them, whosever it is: they are counted
        HERE.recorder = before
