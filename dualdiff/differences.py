"""Derivatives by differences, with an error for each element: what the checks of testing.py compare with.

A `Subject` is a function at a point, as a function of the numbers that are differentiated.  `differences` extrapolates
central differences to h = 0, with steps that follow the size of each element of the arguments.

Invariant: an error is an estimate that may be relied upon, or it is large.
"""

import bisect
import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .errors import InputError, ShapeError
from .maps.base import dtype_of
from .quiet import quietly
from .transforms.jvp import jvp
from .transforms.pytrees import flatten, leaf_names, match, unflatten

__all__ = [
    "COMPLEX_STEP", "ENOUGH", "KNOWN", "SINGLES", "VANISHED", "Numbers", "Subject", "complex_step", "differences",
    "flat", "flat_rows", "owned",
]  # fmt: skip

FIRST_STEP = 0.0871
"""Relative to the size of the argument."""
RATIO = 1.83
"""Of one step to the next; no step is a multiple of another one, so that a period of f cannot fit them all."""
BLOCK, BLOCKS = 10, 4
"""Steps are tried in blocks; the next block only where the one before left something open."""
COLUMNS = 6
"""Of the table that is extrapolated."""
COMPLEX_STEP = 1e-30
SINGLES = 12
"""Up to so many elements of the arguments each is checked by itself."""
ENOUGH, KNOWN, VANISHED = 1e-5, 1e-2, 1e-6
"""Relative errors of a difference: enough to stop; to prefer it to others; of the coarsest slope, to call it zero."""


# ---- the function and the point ----------------------------------------------------------------------


class Subject:
    """A function at a point, as a function of the numbers that are differentiated.

    Floats and arrays of floats are; integers, strings, None and other objects are constants beside them.  Integers are
    taken as floats where a tangent is given for them, or where nothing else is there to differentiate by.

    Attributes
    ----------
    leaves : list
        What is differentiated; copies, so that nothing here can reach the caller's arrays.
    names : list of str
        What to call them.
    pairs : list of bool
        With parts=True, which leaves are complex in f: their real and imaginary parts stand side by side along a last
        axis, so that each is a direction.
    """

    def __init__(self, f: Callable[..., Any], primals: Any, tangents: Any = None, parts: bool = False) -> None:
        self.f, self.name = f, getattr(f, "__name__", None) or repr(f)
        self.structures, self.all, self.places, names = [], [], [], []
        given: list[Any] = []
        for i, x in enumerate(primals):
            below, structure = flatten(x)
            self.structures.append((structure, len(below)))
            self.all += below
            names += leaf_names(structure, f"argument {i}")
            given += [None] * len(below) if tangents is None else match(structure, tangents[i], f"tangent {i}")
        if tangents is not None:
            self.places = [i for i, t in enumerate(given) if t is not None]
        else:
            for kinds in ("fc", "biu"):
                self.places = self.places or [i for i, x in enumerate(self.all) if is_number(x, kinds)]
        if not self.places:
            raise InputError(f"{self.name} has no argument to differentiate by: none is a number, or has a tangent")
        self.leaves = [floating(self.all[i]) for i in self.places]
        self.names = [names[i] for i in self.places]
        self.given = None if tangents is None else [fitted(given[i], self.all[i], names[i]) for i in self.places]
        self.pairs = [parts and dtype_of(x).kind == "c" for x in self.leaves]
        self.leaves = [in_parts(x) if pair else x for x, pair in zip(self.leaves, self.pairs, strict=True)]
        if self.given is not None:
            self.given = [in_parts(t) if pair else t for t, pair in zip(self.given, self.pairs, strict=True)]
        self.sizes = [int(np.size(x)) for x in self.leaves]
        self.ends = list(itertools.accumulate(self.sizes))
        self.total = self.ends[-1]
        self.eps = max([2.3e-16, *(eps_of(x) for x in self.leaves)])
        value = self.plain(self.leaves)
        self.outs, self.structure = flatten(value)
        self.out_names = leaf_names(self.structure, "result")
        self.out_ends = list(itertools.accumulate(int(np.size(y)) for y in self.outs))
        self.value = flat(self.outs)
        self.rounding = np.concatenate(
            [np.zeros(0), *(np.full(np.size(y), max(self.eps, eps_of(y))) for y in self.outs)]
        )

    def __call__(self, *leaves: Any) -> Any:
        """f with other leaves."""
        every = [x.copy() if isinstance(x, np.ndarray) else x for x in self.all]
        for place, x, pair in zip(self.places, leaves, self.pairs, strict=True):
            every[place] = x[..., 0] + 1j * x[..., 1] if pair else x
        rest = iter(every)
        return self.f(*(unflatten(s, [next(rest) for _ in range(n)]) for s, n in self.structures))

    def plain(self, leaves: Any) -> Any:
        """f's value on copies of leaves, without a word about what happens on the way."""
        with quietly(), np.errstate(all="ignore"):
            return self(*(x.copy() if isinstance(x, np.ndarray) else x for x in leaves))

    def near(self, step: Any, v: Any) -> Any:
        """All numbers of f's result at x + step*v."""
        outs, structure = flatten(self.plain([moved(x, step, t) for x, t in zip(self.leaves, v, strict=True)]))
        if structure != self.structure and leaf_names(structure, "result") != self.out_names or (
            [np.shape(y) for y in outs] != [np.shape(y) for y in self.outs]
        ):
            raise ShapeError("the results of f change their shape near the primals; there is no derivative")
        return flat(outs)

    def in_structure(self, numbers: Any) -> Any:
        """Numbers of all elements in the structure of the result."""
        parts = np.split(numbers, self.out_ends[:-1])
        return unflatten(self.structure, [p.reshape(np.shape(y))[()] for p, y in zip(parts, self.outs, strict=True)])

    def jvp(self, v: Any) -> tuple[Any, Any]:
        """(all numbers of the value, those of J v or (k, ...) of a stack) by the rules."""
        leaves, tangents = [owned(x) for x in self.leaves], [owned(t) for t in v]
        with np.errstate(all="ignore"):
            value, t = jvp(self, tuple(leaves), tuple(tangents))
        self.untouched(leaves, self.leaves, "jvp", "its argument")
        self.untouched(tangents, v, "jvp", "a tangent")
        stacked = np.ndim(v[0]) > np.ndim(self.leaves[0])
        found = flatten(t)[0]
        return value, flat_rows(found) if stacked else flat(found)

    def untouched(self, now: Any, before: Any, who: Any, what: str) -> None:
        """Raises where an array was written to."""
        for a, b, name in zip(now, before, self.names, strict=True):
            if isinstance(a, np.ndarray) and not np.array_equal(a, b, equal_nan=True):
                raise AssertionError(f"{who} of {self.name} writes into {what} ({name})")

    def out_label(self, i: int) -> Any:
        """What to call an element of the result."""
        return label(self.out_names, self.out_ends, [np.shape(y) for y in self.outs], i)

    def in_label(self, j: int) -> Any:
        """What to call an element of the arguments."""
        return label(self.names, self.ends, [np.shape(x) for x in self.leaves], j)

    # ---- directions ----

    def split(self, v: Any) -> list[Any]:
        """A flat vector, or rows of them, as tangents of the leaves."""
        lead = v.shape[:-1]
        parts = np.split(v, self.ends[:-1], axis=-1)
        return [
            p.reshape((*lead, *np.shape(x))).astype(dtype_of(x) if np.ndim(x) else float, copy=False)[()]
            for p, x in zip(parts, self.leaves, strict=True)
        ]

    def scale(self, level: int = 0) -> Any:
        """The size of each element's surroundings: its own (0), its array's largest (1), that or 1 (2)."""
        parts = []
        for x in self.leaves:
            size = np.abs(np.asarray(x, dtype=complex if dtype_of(x).kind == "c" else float)).ravel()
            finite = size[np.isfinite(size)]
            top = float(np.max(finite, initial=0.0)) or 1.0
            size = np.where(np.isfinite(size) & (size > 1e-290), size, top)
            parts.append(size if level == 0 else np.full(size.shape, top if level == 1 else max(top, 1.0)))
        return np.concatenate(parts)

    def random(self, generator: Any, where: Any = None) -> Any:
        """A direction that changes each element by about its own size."""
        v = self.scale() * generator.uniform(0.5, 1.0, self.total) * generator.choice([-1.0, 1.0], self.total)
        return v if where is None else np.where(where, v, 0.0)

    def groups(self) -> list[Any]:
        """Masks of elements that are of one argument and of about one size."""
        leaf = np.repeat(np.arange(len(self.sizes)), self.sizes)
        kind = np.floor(np.log2(self.scale()) / 10)
        return [(leaf == i) & (kind == k) for i, k in sorted(set(zip(leaf.tolist(), kind.tolist(), strict=True)))]

    def directions(self, generator: Any) -> Any:
        """[(name of what is changed, direction)] that together see every element, none beside a much larger one."""
        chosen, found = list(range(self.total)), []
        if self.total > SINGLES:
            chosen = sorted(generator.choice(self.total, 4, replace=False).tolist())
            masks = self.groups()
            found = [(f"arguments (a group of {np.sum(m)} elements)", self.random(generator, m)) for m in masks]
            if len(masks) > 1:
                found.append(("all arguments", self.random(generator)))
        numbers = np.arange(self.total)
        return [(self.in_label(j), self.random(generator, numbers == j)) for j in chosen] + found


def is_number(x: Any, kinds: Any) -> Any:
    """Whether a leaf is a number or an array of numbers of these kinds, with elements."""
    if isinstance(x, (bool, int, float, complex)):
        return np.result_type(x).kind in kinds
    return isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in kinds and x.size > 0


def floating(x: Any) -> Any:
    """A leaf that is differentiated: a copy, integers as floats."""
    if isinstance(x, (bool, int)):
        return float(x)
    if isinstance(x, np.ndarray):
        return np.array(x, dtype=np.float64 if x.dtype.kind in "biu" else None, copy=True)
    return np.float64(x) if isinstance(x, np.generic) and x.dtype.kind in "biu" else x


def in_parts(z: Any) -> Any:
    """Complex numbers as real ones, with the two parts along a last axis."""
    return np.stack([np.real(z), np.imag(z)], axis=-1)


def fitted(t: Any, x: Any, what: str) -> Any:
    """A user's tangent as an array, in its argument's shape."""
    if np.shape(t) != np.shape(x):
        raise ShapeError(f"the tangent of {what} has shape {np.shape(t)}, the argument has shape {np.shape(x)}")
    return np.asarray(t)


def owned(x: Any) -> Any:
    """A copy of an array."""
    return x.copy() if isinstance(x, np.ndarray) else x


def eps_of(x: Any) -> Any:
    """The relative rounding error of a type."""
    kind = dtype_of(x)
    return float(np.finfo(kind).eps) if kind.kind in "fc" else 0.0


def flat(leaves: Any) -> Any:
    """All numbers of some leaves, in double precision."""
    return np.concatenate([np.zeros(0), *(wide(y).ravel() for y in leaves)])


def flat_rows(leaves: Any) -> Any:
    """The same of stacks, (k, all numbers)."""
    return np.concatenate([wide(y).reshape(len(y), -1) for y in leaves], axis=1)


def wide(y: Any) -> Any:
    """A result in double precision."""
    y = np.asarray(y)
    return y.astype(np.complex128 if y.dtype.kind == "c" else np.float64)


def moved(x: Any, step: Any, v: Any) -> Any:
    """x + step*v in the type of x (complex for a complex step)."""
    out = x + step * v
    if isinstance(x, np.ndarray):
        return np.asarray(out, None if isinstance(step, complex) else x.dtype)      # also where it has no axes
    if isinstance(step, complex):
        return out.item() if isinstance(x, float) and not isinstance(x, np.generic) else out
    return type(x)(out)


def label(names: Any, ends: Any, shapes: Any, i: int) -> Any:
    """The name of element i of several arrays."""
    leaf = bisect.bisect_right(ends, i)
    place = np.unravel_index(i - (ends[leaf - 1] if leaf else 0), shapes[leaf]) if shapes[leaf] else ()
    return names[leaf] + (f"[{', '.join(str(int(p)) for p in place)}]" if place else "")


# ---- numbers without rules ---------------------------------------------------------------------------


class Table:
    """The limit of (f(x + h v) - f(x - h v)) / 2h for h -> 0, of every element, and its error.

    Ridders' extrapolation.  The error of a level is the spread of its best entry, the rounding of f, and the noise
    of f (what the differences of finer levels do not agree upon).
    """

    def __init__(self, subject: Any, v: Any, first: Any) -> None:
        self.subject, self.v, self.step = subject, v, first
        self.before: list[Any] = []
        self.levels: list[Any] = []      # (value, spread, rounding, h)
        self.still = np.ones(subject.value.shape, bool)     # what has not changed at all
        self.coarse = np.full(subject.value.shape, np.nan)  # the first slopes that are finite, to both sides
        self.noise: list[Any] = []

    def refine(self) -> None:
        """One more level."""
        h = self.step
        self.step = h / RATIO
        up, down = self.subject.near(h, self.v), self.subject.near(-h, self.v)
        self.still &= (up == down) & (up == self.subject.value)
        row = [(up - down) / (2 * h)]
        slope = (np.abs(up - self.subject.value) + np.abs(down - self.subject.value)) / (2 * h)
        self.coarse = np.where(np.isfinite(self.coarse), self.coarse, slope)
        best, spread = row[0], np.full(row[0].shape, np.inf)
        for order, old in enumerate(self.before[: COLUMNS - 1], start=1):
            better = row[-1] + (row[-1] - old) / (RATIO ** (2 * order) - 1)
            gap = np.maximum(np.abs(better - row[-1]), np.abs(better - old))
            wins = gap < spread     # False for nan
            best, spread = np.where(wins, better, best), np.where(wins, gap, spread)
            if order == 2 and len(self.before) > 2:
                self.noise.append(np.abs(better - self.before[2]) * h)
            row.append(better)
        self.before = row
        rounding = self.subject.rounding * (np.abs(up) + np.abs(down)) / h
        self.levels.append((best, spread, rounding, h))

    def result(self, start: Any) -> tuple[Any, Any, Any]:
        """(value, error, consistent) of each element's best level from `start` on.

        The best is the one with the least error relative to its value: the least error alone would prefer steps so
        large that differences are small and say nothing.  Where no level knows a digit, the value may still be zero.
        """
        noise = np.max(self.noise[-4:], axis=0)
        values = np.stack([best for best, *_ in self.levels[start:]])
        errors = np.stack([spread + rounding + 2 * noise / h for _, spread, rounding, h in self.levels[start:]])
        errors = np.where(np.isnan(errors) | np.isnan(values), np.inf, errors)
        relative = np.where(np.isfinite(errors) & (values != 0), errors / np.abs(values), np.inf)
        known = np.min(relative, axis=0) <= KNOWN
        level = np.where(known, np.argmin(relative, axis=0), np.argmin(errors, axis=0))[None]
        value, error = (np.take_along_axis(a, level, 0)[0] for a in (values, errors))
        zero = (np.abs(value) <= 3 * error) & (error <= VANISHED * self.coarse)
        return value, error, known | zero


def limit(subject: Any, v: Any, first: Any, floor: Any) -> tuple[Any, Any, Any, Any, Any]:
    """(value, error, other value, its error, table): levels in blocks, until each element is known well enough.

    That is to 1e-5 of itself, or to a floor.  Where a later block finds another limit than an earlier one the later one
    counts, unless f is a staircase there by rounding: the earlier one is the other value.
    """
    table = Table(subject, v, first)
    shape = subject.value.shape
    value, error = np.full(shape, np.nan), np.full(shape, np.inf)
    other, unsure = value, error
    with quietly(), np.errstate(all="ignore"):
        for block in range(BLOCKS if subject.eps < 1e-10 else 2):
            for _ in range(BLOCK):
                table.refine()
            now, e, consistent = table.result(max(0, block * BLOCK - 2))
            known = error <= np.maximum(ENOUGH * np.abs(value), floor)
            same = np.abs(now - value) <= 3 * (e + error)
            wins = ~known & np.where(same | ~consistent, e < error, True)
            differs = wins & ~same & (error <= KNOWN * np.abs(value))
            other, unsure = np.where(differs, value, other), np.where(differs, error, unsure)
            value, error = np.where(wins, now, value), np.where(wins, e, error)
            if np.all(error <= np.maximum(ENOUGH * np.abs(value), floor)):
                break
    return value, error, other, unsure, table


class Numbers(NamedTuple):
    """J v by differences, for each element of the result.

    other: what larger steps say, where they converge to something else; else nan.  floor: the derivative that rounding
    of f hides.  coarse: the slope by the largest step.
    """

    value: np.ndarray
    error: np.ndarray
    other: np.ndarray
    floor: np.ndarray
    coarse: np.ndarray


def differences(subject: Any, v: Any, shift: float = 1.0) -> Any:
    """`Numbers` of J v.

    v is taken apart where its elements need steps of different sizes.  Steps follow the elements' own sizes first;
    where that decides nothing (exp at 1e-17), larger ones.
    """
    flat_v = np.concatenate([np.ravel(np.asarray(t)) for t in v])
    live = flat_v != 0
    zeros = np.zeros(subject.value.shape, subject.value.dtype)
    if not np.any(live):
        return Numbers(zeros, np.abs(zeros), zeros * np.nan, np.abs(zeros), np.abs(zeros))
    with np.errstate(all="ignore"):
        ratios = [np.where(live, subject.scale(level) / np.abs(flat_v), np.inf) for level in (0, 1, 2)]
    bucket = np.floor(np.log2(ratios[0], where=live, out=np.zeros(live.shape)) / 8)
    size = np.abs(np.where(np.isfinite(subject.value), subject.value, 0.0))
    value, other, torn = zeros, zeros, np.zeros(zeros.shape, bool)
    error, hidden, coarse = np.abs(zeros), np.abs(zeros), np.abs(zeros)
    for b in np.unique(bucket[live]):
        chosen = live & (bucket == b)
        part = subject.split(np.where(chosen, flat_v, 0.0))
        steps = sorted({float(np.min(r[chosen])) for r in ratios})
        floor = subject.rounding * size / steps[-1]
        best, unsure = zeros, np.full(zeros.shape, np.inf)
        elsewhere = np.full(zeros.shape, np.nan)
        still, settled = np.zeros(zeros.shape, bool), np.zeros(zeros.shape, bool)
        for step in steps:
            d, e, a, _, table = limit(subject, part, FIRST_STEP * step * shift, 1e5 * floor)
            # far from x a function may look like another one
            if step == steps[0]:
                coarse = coarse + np.nan_to_num(table.coarse)
            wins = (e < unsure) & (np.abs(d - best) <= 3 * unsure) | (e <= ENOUGH * np.abs(d)) | np.isinf(unsure)
            wins &= ~settled
            best, unsure, elsewhere = np.where(wins, d, best), np.where(wins, e, unsure), np.where(wins, a, elsewhere)
            still |= table.still
            settled = unsure <= np.maximum(ENOUGH * np.abs(best), 1e5 * floor)
            if np.all(settled):
                break
        unsure = np.where(still & (best == 0), 0.0, unsure)
        other = other + np.where(np.isnan(elsewhere), best, elsewhere)
        torn |= ~np.isnan(elsewhere)
        value, error, hidden = value + best, error + unsure, hidden + floor
    return Numbers(value, error, np.where(torn, other, np.nan), hidden, coarse)


def complex_step(subject: Any, v: Any) -> Any:
    """J v by Im f(x + i h v) / h; nan where f does not take complex numbers, or its results are complex."""
    if subject.value.dtype.kind == "c" or any(subject.pairs):
        return np.full(subject.value.shape, np.nan)
    reach = max(float(np.max(np.abs(t), initial=0.0)) for t in v) or 1.0
    step = COMPLEX_STEP / reach
    try:
        found = subject.near(1j * step, v)
    except Exception:
        return np.full(subject.value.shape, np.nan)
    return np.imag(found) / step
