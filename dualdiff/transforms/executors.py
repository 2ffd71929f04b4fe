"""Chunks of directions on several threads, processes or machines: executor=.

Any `concurrent.futures.Executor` does.  Threads share the function as it is; anything else is sent the function and its
arguments as bytes, which a worker unpacks once and keeps.

Invariant: the chunks are those of a call without an executor, and so are the bits of its result.
"""

import concurrent.futures
import contextvars
import hashlib
import pickle
from typing import Any

from ..errors import InputError

__all__ = ["checked_executor", "spread"]

UNPACKED: dict[Any, Any] = {}
"""What this worker has been sent: digest -> object; a few, the oldest go."""

KEPT = 8


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
            import cloudpickle  # type: ignore[import-not-found]
        except ImportError:
            raise InputError(
                f"the function cannot be sent to another process ({error}); define it at the top level of a module, "
                "install cloudpickle, or use a ThreadPoolExecutor"
            ) from error
        content = cloudpickle.dumps(job)
    return hashlib.sha256(content).hexdigest(), content


def run_sent(digest: Any, content: Any, start: Any, stop: Any) -> Any:
    """One chunk in a worker."""
    job = UNPACKED.get(digest)
    if job is None:
        job = pickle.loads(content)
        while len(UNPACKED) >= KEPT:
            UNPACKED.pop(next(iter(UNPACKED)), None)
        UNPACKED[digest] = job
    return job(start, stop)


def spread(executor: Any, job: Any, chunks: Any) -> Any:
    """[job(start, stop) for each of the chunks], in their order, done by the executor."""
    if isinstance(executor, concurrent.futures.ThreadPoolExecutor):     # with the caller's np.errstate
        futures = [executor.submit(contextvars.copy_context().run, job, start, stop) for start, stop in chunks]
    else:
        digest, content = packed(job)
        futures = [executor.submit(run_sent, digest, content, start, stop) for start, stop in chunks]
    try:
        return [future.result() for future in futures]
    except BaseException:
        for future in futures:
            future.cancel()
        raise
