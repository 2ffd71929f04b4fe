"""The random numbers that a function draws: a run of it in between leaves them where they are.

Its generators are those of `random` and np.random, and those that are reached from the function: in its closure, its
defaults, the globals that it names, and the attributes of objects found there.
"""

import contextlib
import functools
import random
import threading
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core import may_draw, set_redraws
from .codes import names_in

__all__ = ["Drawn", "one_draw", "redraw", "same_randomness"]

DEEPEST, MOST = 6, 1000
"""How far, and at how many objects, it is looked for generators."""
FEW = 50
"""A container with more elements than that is data."""


@contextlib.contextmanager
def same_randomness(f: Any) -> Iterator[None]:
    """Runs of f in here draw numbers that later ones draw again."""
    start = Drawn(f)
    try:
        yield
    finally:
        start.restore()


running = threading.local()
"""start: where the random numbers of a function were when the first of several runs for one result began."""


@contextlib.contextmanager
def one_draw(f: Any) -> Iterator[None]:
    """Runs of f in here draw the same numbers, and later ones go on behind them: they are for one result.

    That is colours, and chunks of directions.
    """
    if not may_draw(f):
        yield
        return
    outer = getattr(running, "start", None)
    running.start, before = Drawn(f), set_redraws(True)
    try:
        yield
    finally:
        running.start = outer
        set_redraws(before)


def redraw() -> None:
    """Puts the random numbers where the first run began."""
    start = getattr(running, "start", None)
    if start is not None:
        start.restore()


class Drawn:
    """Where the generators of a function are."""

    def __init__(self, f: Any) -> None:
        self.legacy, self.own = np.random.get_state(), random.getstate()
        self.found = generators_of(f)
        self.states = [state_of(g) for g in self.found]

    def restore(self) -> None:
        """Puts them where they were."""
        np.random.set_state(self.legacy)
        random.setstate(self.own)
        for g, state in zip(self.found, self.states, strict=True):
            set_state(g, state)

    def is_past(self) -> bool:
        """Whether a number was drawn since."""
        now = [np.random.get_state(), random.getstate(), *map(state_of, self.found)]
        return not is_same(now, [self.legacy, self.own, *self.states])


def generators_of(f: Any) -> list[Any]:
    """The generators of random numbers that a function reaches."""
    found: list[Any] = []
    seen: set[int] = set()
    waiting = [(f, 0)]
    while waiting and len(seen) < MOST:
        x, depth = waiting.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        if isinstance(x, (np.random.RandomState, np.random.Generator, random.Random)):
            found.append(x)
        elif depth < DEEPEST:
            waiting += [(y, depth + 1) for y in parts_of(x)]
    return found


def parts_of(x: Any) -> list[Any]:
    """What a function or an object holds and names."""
    if isinstance(x, types.FunctionType):
        held = [cell.cell_contents for cell in x.__closure__ or () if not is_empty(cell)]
        named = [x.__globals__[name] for name in names_in(x.__code__) if name in x.__globals__]
        return [*held, *named, *(x.__defaults__ or ()), *(x.__kwdefaults__ or {}).values()]
    if isinstance(x, types.MethodType):
        return [x.__func__, x.__self__]
    if isinstance(x, functools.partial):
        return [x.func, *x.args, *x.keywords.values()]
    if isinstance(x, (list, tuple)):
        return list(x) if len(x) <= FEW else []
    if isinstance(x, dict):
        return list(x.values()) if len(x) <= FEW else []
    if isinstance(x, (type, types.ModuleType, np.ndarray, np.generic)) or type(x).__module__ == "builtins":
        return []
    found = [type(x).__call__] if isinstance(getattr(type(x), "__call__", None), types.FunctionType) else []  # noqa: B004
    attributes = getattr(x, "__dict__", None)
    return [*found, *attributes.values()] if isinstance(attributes, dict) and len(attributes) <= FEW else found


def is_empty(cell: Any) -> bool:
    """Whether nothing was put into a cell yet."""
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return True
    return False


def is_same(a: Any, b: Any) -> bool:
    """Whether two states are equal."""
    if isinstance(a, dict):
        return all(is_same(a[key], b[key]) for key in a)
    if isinstance(a, (tuple, list)) and a and isinstance(a[0], (tuple, list, dict, str, np.ndarray)):
        return all(is_same(x, y) for x, y in zip(a, b, strict=True))
    return bool(np.array_equal(a, b)) if isinstance(a, np.ndarray) else bool(a == b)


def state_of(g: Any) -> Any:
    """Where a generator is."""
    if isinstance(g, random.Random):
        return g.getstate()
    return g.get_state() if isinstance(g, np.random.RandomState) else g.bit_generator.state


def set_state(g: Any, state: Any) -> None:
    """Puts a generator where it was."""
    if isinstance(g, random.Random):
        g.setstate(state)
    elif isinstance(g, np.random.RandomState):
        g.set_state(state)
    else:
        g.bit_generator.state = state
