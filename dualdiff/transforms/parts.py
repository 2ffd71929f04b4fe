"""A batch of points in parts: chunk=, executor= and progress= of batched derivatives.

Parts keep a run in the cache, and are the tasks of an executor.  The function is then called on some of the points at
a time.

Invariant: what a part gives is what the whole batch gives.  Points of all parts are computed once more together, in
other places, and compared; where chunk= and executor= are left out, so are all values with those of a run of the
plain function on the whole batch, and where anything differs or raises, the whole batch is one run.
"""

from typing import Any

import numpy as np

from ..errors import InputError
from ..maps.base import dtype_of
from ..maps.tangents import is_dual
from ..progress import SILENT, meter
from .arguments import lent
from .executors import spread
from .points import Inputs, axes_of
from .pytrees import flatten, unflatten

__all__ = ["Parts", "checked_chunk"]

ROOM = 2**16
"""Numbers of a run's arguments and their tangents that fit the cache beside what f makes of them."""

TASKS = 16
"""Parts that an executor is given, if chunk= does not say how large they are."""

SAMPLED = 64
"""Points that are computed a second time, beside others; at least one of each part."""

EXACT = 4096.0
"""By how many roundings the values of two runs on the same points may differ: products of matrices sum in an order
that depends on how many rows there are."""


def checked_chunk(chunk: Any) -> Any:
    """The points of a part, checked."""
    if chunk is not None and (isinstance(chunk, bool) or not isinstance(chunk, (int, np.integer)) or chunk < 1):
        raise InputError(f"chunk must be a positive int, the points of a part, got {chunk!r}")
    return chunk


class Part:
    """A task: the derivative of some points."""

    def __init__(self, made: Any, shared: Any, kwargs: Any) -> None:
        self.made, self.shared, self.kwargs = made, shared, kwargs

    def __call__(self, cut: Any) -> Any:
        """What `made` gives; cut: the arguments that have the batch axis."""
        rest = iter(cut)
        args = tuple(next(rest) if along else x for x, along in self.shared)
        return self.made(args, self.kwargs, True)


class Parts:
    """(args, kwargs) -> what `made` gives, in one run or in parts."""

    def __init__(self, made: Any, chunk: Any, progress: Any, executor: Any) -> None:
        self.made, self.chunk, self.progress, self.executor = made, chunk, progress, executor
        self.one_run = False    # whether parts gave something else, once

    def __call__(self, args: Any, kwargs: Any) -> Any:
        """All results, of all points."""
        inputs = Inputs(self.made, args, kwargs)
        asked = self.chunk is not None or self.executor is not None
        width = inputs.size if inputs.nested else self.width(inputs)
        told = SILENT if self.progress is None else meter(self.progress, "batch", inputs.size, "points")
        with told:
            if width < inputs.size and (asked or not self.one_run and not self.made.has_aux):
                if asked:
                    return self.in_parts(inputs, width, told, taken)
                found = self.if_the_same(inputs, width, told)
                if found is not None:
                    return found
                self.one_run = True
            found = self.made(args, kwargs)
            told.to(inputs.size)
        return found

    def width(self, inputs: Any) -> Any:
        """Points of a part."""
        if self.chunk is not None:
            return self.chunk
        if self.executor is not None:
            return -(-inputs.size // TASKS)
        fits = max(1, ROOM // (self.made.rows(inputs) * max(1, sum(inputs.widths))))
        return fits if inputs.size >= 4 * fits and fits >= 256 else inputs.size

    def in_parts(self, inputs: Any, width: Any, told: Any, pick: Any) -> Any:
        """What `made` gives, in parts of so many points; pick(leaf, key): some points of an argument."""
        axes = axes_of(self.made.batched, len(inputs.args))
        size, args = inputs.size, inputs.args

        def cut(key: Any) -> Any:
            found = []
            for x, along in zip(args, axes, strict=True):
                if along:
                    leaves, structure = flatten(x)
                    found.append(unflatten(structure, [pick(leaf, key) for leaf in leaves]))
            return found

        starts = range(0, size, width)
        made = self.made.settled(together(args, axes, cut(slice(0, width))), inputs.kwargs)
        shared = [(None if along else x, along) for x, along in zip(args, axes, strict=True)]
        task, joined, done = Part(made, shared, inputs.kwargs), Joined(size), 0
        tasks = ((cut(slice(start, start + width)),) for start in starts)
        for found in spread(self.executor, task, tasks):
            step = min(width, size - done)
            joined.put(found, done, step)
            done += step
            told.to(done)
        whole = joined.result()
        places = sampled(size, width)
        joined.compare(task(cut(places)), places)
        return whole

    def if_the_same(self, inputs: Any, width: Any, told: Any) -> Any:
        """What `made` gives, in parts where nobody asked for them; None where they may not be what the whole gives."""
        try:
            value, *rest = self.in_parts(inputs, width, told, by_components)
        except Exception:
            return None     # f is not fit for parts; what is wrong with f itself the run on all points says
        try:
            with np.errstate(all="ignore"):     # the parts have warned
                whole = self.made.f(*map(lent, inputs.args), **inputs.kwargs)
        except Exception:
            return None
        old, structure = flatten(whole)
        new, other = flatten(value)
        if structure != other or not all(map(alike, old, new)):
            return None
        return whole, *rest


def taken(leaf: Any, key: Any) -> Any:
    """Some points of an argument."""
    return (leaf if hasattr(leaf, "shape") else np.asarray(leaf))[key]


def by_components(leaf: Any, key: Any) -> Any:
    """`taken`, with all points of one component beside each other: x[:, 0] is then a run of neighbours."""
    return np.asarray(taken(leaf, key), order="F")


def together(args: Any, axes: Any, cut: Any) -> Any:
    """The arguments of a part."""
    rest = iter(cut)
    return tuple(next(rest) if along else x for x, along in zip(args, axes, strict=True))


def sampled(size: int, width: int) -> Any:
    """Some points of all parts, each in another place than in its part."""
    parts = -(-size // width)
    count = max(parts, min(SAMPLED, size))
    return np.linspace(size - 1, 0, min(count, size)).astype(int)


def alike(old: Any, new: Any) -> bool:
    """Whether values of two runs agree but for rounding."""
    if is_dual(old) or np.shape(old) != np.shape(new) or dtype_of(old) != dtype_of(new):
        return False
    return np.array_equal(old, new, equal_nan=True) or close(old, new, EXACT * np.finfo(dtype_of(old)).eps)


def close(old: Any, new: Any, bound: float) -> bool:
    """Whether numbers of two runs agree, relative to the largest of their point."""
    with np.errstate(all="ignore"):
        old, new = np.reshape(old, (len(old), -1)), np.reshape(new, (len(new), -1))
        top = np.max(np.abs(np.where(np.isfinite(old), old, 0)), axis=1, keepdims=True, initial=0)
        return bool(np.all((np.abs(old - new) <= bound * top) | (old == new) | (old != old) & (new != new)))


class Joined:
    """The results of all points, of those of parts that come one after the other."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.leaves: list[Any] = []
        self.structure: Any = None

    def put(self, found: Any, start: int, step: int) -> None:
        """The results of `step` points from `start` on."""
        leaves, structure = flatten(found)
        if not start:
            self.structure = structure
            self.leaves = [self.room(y, step) for y in leaves]
        for whole, y in zip(self.leaves, leaves, strict=True):
            if whole is not None:
                if np.shape(y) != (step, *whole.shape[1:]):
                    shapes = f"it gives shape {np.shape(y)[1:]} for some points, {whole.shape[1:]} for others"
                    raise self.different(shapes)
                whole[start : start + step] = y

    def room(self, y: Any, step: int) -> Any:
        """Where the results of all points go; None for None."""
        if y is None:
            return None
        if not np.ndim(y) or np.shape(y)[0] != step:
            raise InputError(
                f"a batch in parts: the function's aux has shape {np.shape(y)} for {step} points, and cannot be put "
                "together; give it the points as its first axis, or leave chunk= and executor= out"
            )
        return np.empty((self.size, *np.shape(y)[1:]), dtype_of(y))

    def result(self) -> Any:
        """All together."""
        return unflatten(self.structure, self.leaves)

    def compare(self, found: Any, places: Any) -> None:
        """Raises where the points at these places, computed together, are others."""
        for whole, y in zip(self.leaves, flatten(found)[0], strict=True):
            if whole is not None and dtype_of(y).kind in "fc":
                if np.shape(y) != (len(places), *whole.shape[1:]) or not close(
                    whole[places], y, float(np.sqrt(np.finfo(dtype_of(y)).eps))
                ):
                    raise self.different("what it gives for a point depends on which other points are there")

    def different(self, why: str) -> InputError:
        """The error where f is not fit for parts."""
        return InputError(
            f"a batch in parts: the function cannot be called on some of the points: {why}, by the place of a point in "
            "the batch, by their number, or by data of all points that it closes over. Leave chunk= and executor= out, "
            "or pass such data as an argument with the batch axis"
        )
