"""How much memory a recording may keep.

Invariant: the default depends on the machine alone, so that a call does the same each time.
"""

import contextlib
import functools
import importlib
import math
import os
from typing import Any

from ..errors import ArgumentError, InputError

__all__ = ["checked_limit", "machine_memory"]

SHARE = 0.5
"""Of the machine's memory, what one recording keeps by default."""

UNKNOWN = 4 * 2**30
"""Bytes that a machine is taken to have which does not say."""


@functools.cache
def machine_memory() -> int | None:
    """Bytes of memory of this machine, or of the container that the process is in; None where it is not known."""
    found: list[int] = []
    with contextlib.suppress(AttributeError, OSError, ValueError):      # Linux, macOS, BSD
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    if not found:       # Windows, if the package is there
        with contextlib.suppress(ImportError):
            found.append(int(importlib.import_module("psutil").virtual_memory().total))
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError), open(path, encoding="ascii") as file:
            found.append(int(file.read()))      # "max", or a number beyond all memory: no limit
    found = [n for n in found if n > 0]
    return min(found) if found else None


@functools.cache
def default_limit() -> float:
    """Bytes that a recording keeps if nothing else is said."""
    return SHARE * (machine_memory() or UNKNOWN)


def checked_limit(limit: Any, batched: Any = False) -> float:
    """`memory_limit` in bytes, checked; "auto" is half of what the machine has."""
    if limit == "auto":
        return default_limit()
    if batched:
        raise InputError("memory_limit is for a recording of one point; of a batch, chunk=n records n points at a time")
    if limit is None:
        return math.inf
    if isinstance(limit, bool) or not isinstance(limit, (int, float)):
        raise InputError(f'memory_limit must be a number of bytes, None or "auto", got {limit!r}')
    if not limit > 0:
        raise ArgumentError(f"memory_limit is a number of bytes, more than 0; got {limit!r}")
    return float(limit)
