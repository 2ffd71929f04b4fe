"""Tasks on several threads, processes or machines: executor=.

Any `concurrent.futures.Executor` does.  Threads share the function as it is; anything else is sent the function and
what all tasks share as bytes, which a worker unpacks once and keeps.

Invariant: the tasks are those of a call without an executor, and so are the bits of its result.
"""

import concurrent.futures
import contextvars
import hashlib
import os
import pickle
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import InputError

__all__ = ["checked_executor", "spread"]

UNPACKED: dict[Any, Any] = {}
"""What this worker has been sent: digest -> object; a few, the oldest go."""

KEPT = 8

LARGE = 2**16
"""Bytes from which on a worker that has unpacked them already is not sent them again."""

UNKNOWN = "dualdiff: not unpacked here"
"""What a worker answers that was not sent what it needs."""


def checked_executor(executor: Any) -> Any:
    """The executor, checked; None is none."""
    if executor is None or callable(getattr(executor, "submit", None)):
        return executor
    raise InputError(
        f"executor must be a concurrent.futures.Executor (ThreadPoolExecutor, ProcessPoolExecutor, dask's "
        f"Client.get_executor(), ...), got {type(executor).__name__}"
    )


def packed(job: Any) -> Any:
    """(digest, bytes) of a job: by pickle, or by cloudpickle where it is installed and pickle cannot."""
    try:
        content = pickle.dumps(job)
    except Exception as error:
        try:
            import cloudpickle
        except ImportError:
            raise InputError(
                f"the function cannot be sent to another process ({error}); define it at the top level of a module, "
                "install cloudpickle, or use a ThreadPoolExecutor"
            ) from error
        content = cloudpickle.dumps(job)
    return hashlib.sha256(content).hexdigest(), content


def run_sent(digest: Any, content: Any, task: Any) -> Any:
    """One task in a worker; UNKNOWN where the job was not sent and is not here."""
    job = UNPACKED.get(digest)
    if job is None:
        if content is None:
            return UNKNOWN
        job = pickle.loads(content)
        while len(UNPACKED) >= KEPT:
            UNPACKED.pop(next(iter(UNPACKED)), None)
        UNPACKED[digest] = job
    return job(*task)


def width_of_pool(executor: Any) -> int:
    """How many workers there may be at least, as far as an executor tells."""
    known = getattr(executor, "_max_workers", None)
    return known if isinstance(known, int) and known > 0 else os.cpu_count() or 1


def spread(executor: Any, job: Any, tasks: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """job(*task) for each of the tasks, in their order, as they are done; without an executor one after the other.

    What raises ends it, and so does a caller that asks for no more: tasks that were not begun are cancelled.
    """
    if executor is None:
        for task in tasks:
            yield job(*task)
        return
    given, futures, content = list(tasks), list[Any](), None
    try:
        if isinstance(executor, concurrent.futures.ThreadPoolExecutor):     # with the caller's np.errstate
            futures += [executor.submit(contextvars.copy_context().run, job, *task) for task in given]
        else:
            digest, content = packed(job)
            first = width_of_pool(executor) if len(content) > LARGE else len(given)
            for place, task in enumerate(given):
                futures.append(executor.submit(run_sent, digest, content if place < first else None, task))
        for place, future in enumerate(futures):
            found = future.result()
            if isinstance(found, str) and found == UNKNOWN:
                found = executor.submit(run_sent, digest, content, given[place]).result()
            futures[place] = None       # the result is the caller's from here
            yield found
    finally:
        for future in futures:
            if future is not None:
                future.cancel()
