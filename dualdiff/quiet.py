"""Runs something without warnings, also in several threads at once.

`warnings.catch_warnings` keeps the filters of the whole process and puts them back at its end.  Two threads that
overlap put back each other's, and what one of them ignored stays ignored for good.  Here the first thread that comes
keeps the filters and the last one that leaves puts them back.
"""

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LOCK = threading.Lock()
inside = 0
"""How many threads and levels are in `quietly` now."""
kept: Any = None
"""What puts the filters back."""


@contextmanager
def quietly(category: type[Warning] = Warning) -> Iterator[None]:
    """A context in which warnings of a category are not shown; those of other threads neither, while it lasts."""
    global inside, kept
    if getattr(sys.flags, "context_aware_warnings", False):     # filters of a thread's own (Python 3.14)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", category)
            yield
        return
    with LOCK:
        if not inside:
            kept = warnings.catch_warnings()
            kept.__enter__()
        inside += 1
        warnings.simplefilter("ignore", category)
    try:
        yield
    finally:
        with LOCK:
            inside -= 1
            if not inside:
                kept.__exit__(None, None, None)
                kept = None
