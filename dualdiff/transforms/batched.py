"""Derivatives of functions that map a batch of points, one by one: batched= of grad, jacobian, derivative, hessian.

Where point b of the result depends on point b of the arguments alone, one direction moves all points at once:
component j of each.  So all Jacobians take n directions, not batch x n, or as many cotangents as a result has numbers.

Invariant: each run is compared with one product along a random direction, in which the points differ: an f that mixes
its points raises.  (Inside another derivative it is not: the values there are duals.)
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core._sparse import first_mixed
from ..errors import InputError, ShapeError
from ..functions.base import as_operand
from ..maps.base import dtype_of
from ..maps.tangents import is_dual, like_layout
from ..progress import checked_progress
from .arguments import Arguments
from .costs import FEW, Choice, Memory, cheapest, counted, predicted
from .executors import checked_executor
from .jvp import jvp
from .parts import Parts, checked_chunk
from .points import Inputs
from .pytrees import flatten, unflatten
from .recording import Recording
from .results import split_aux

__all__ = ["Batched", "batched_derivative", "batched_hessian"]

ROUNDING = 4096.0
"""By how many roundings a product and its random check may differ."""

BLOCK = 2**14
"""Numbers of a product that are compared at a time, so that they stay in the cache."""


class Batched:
    """(args, kwargs) -> (value, aux, derivative) of a batch of points.

    what: "grad" (f gives one number for each point) or "jacobian".
    """

    def __init__(self, f: Any, argnums: Any, batched: Any, mode: Any, layout: Any, has_aux: Any, what: Any) -> None:
        if mode not in ("auto", "forward", "reverse"):
            raise InputError(f'with batched= mode must be "auto", "forward" or "reverse", got {mode!r}')
        self.f, self.argnums, self.batched, self.mode = f, argnums, batched, mode
        self.layout, self.has_aux, self.what = layout, has_aux, what
        self.memory = Memory(f, ("batched", what, str(argnums), str(batched), has_aux))
        self.seeds: Any = None          # (what they depend on, the stacks) of the last run of a part

    def __reduce__(self) -> Any:
        return Batched, (self.f, self.argnums, self.batched, self.mode, self.layout, self.has_aux, self.what)

    def settled(self, args: Any, kwargs: Any) -> Any:
        """The same with the mode that these arguments have chosen, for the parts of a batch."""
        inputs = Inputs(self, args, kwargs)
        mode = "forward" if self.is_forward(inputs) else "reverse"
        return Batched(self.f, self.argnums, self.batched, mode, self.layout, self.has_aux, self.what)

    def rows(self, inputs: Any) -> Any:
        """How many numbers a run has for each number of f."""
        return sum(inputs.widths) + 2

    def __call__(self, args: Any, kwargs: Any, keep: bool = False) -> Any:
        """(value, aux, derivative); keep: the directions, for the next part."""
        inputs = Inputs(self, args, kwargs)
        way = self.by_directions if self.is_forward(inputs) else self.by_cotangents
        value, aux, rows = way(inputs, keep)
        out, structure = flatten(value)
        found = []
        for y, blocks in zip(out, rows, strict=True):
            shape = np.shape(y)[1:]
            cells = [block(t, shape, s, self.layout, keep) for t, s in zip(blocks, inputs.shapes, strict=True)]
            found.append(inputs.tree(cells))
        return value, aux, unflatten(structure, found)

    def checked_value(self, value: Any, size: Any) -> Any:
        """The leaves of a result, checked to have the batch axis (and nothing else for grad)."""
        leaves, structure = flatten(value)
        for y in leaves:
            shape = np.shape(y)
            if not shape or shape[0] != size:
                raise ShapeError(
                    f"batched: the function returned shape {shape} for {size} points; expected ({size}, ...), the "
                    "points in the first axis"
                )
            if self.what == "grad" and (structure is not None or len(shape) > 1):
                raise InputError(
                    f"grad with batched= needs one number for each of the {size} points, got shape {shape}; "
                    "use jacobian"
                )
        return leaves

    def is_forward(self, inputs: Any) -> Any:
        """Whether directions are pushed."""
        return self.choice(inputs).mode == "forward"

    def explain(self, *args: Any, **kwargs: Any) -> Any:
        """Which way a call with these arguments takes, and why: a `Choice`, which prints as text."""
        return self.choice(Inputs(self, args, kwargs))

    def choice(self, inputs: Any) -> Any:
        """The way; of shared arguments directions always are pushed, as each point has its own result."""
        shared, n = not all(inputs.along), sum(inputs.widths)
        if self.mode == "reverse" and shared:
            raise InputError('an argument that all points share is differentiated by directions: mode="forward"')
        if self.mode != "auto":
            return Choice(self.mode, f'mode="{self.mode}" was asked for')
        if shared:
            return Choice("forward", "all points share an argument")
        if inputs.nested:
            return Choice("forward" if n <= 16 else "reverse", f"inside another derivative it goes by the {n} inputs")
        if n <= FEW:
            return Choice("forward", f"{n} inputs for each point are few")

        def make() -> Any:
            work, real = counted(inputs.of_leaves, inputs.leaves, tuple(range(len(inputs.leaves))), {})
            costs = {"forward": predicted("forward", work, n + 1)}
            if real:
                rows = work.outputs // max(inputs.size, 1)
                costs["reverse"] = predicted("reverse", work, 1) + predicted("rows", work, rows)
            return cheapest(costs, work)

        return self.memory.find(inputs.args, inputs.kwargs, make)

    # ---- the two ways ----

    def directions(self, inputs: Any) -> Any:
        """(stacks of unit vectors in all points, and the random direction behind them; its weights, or None)."""
        total, offset = sum(inputs.widths), 0
        check = not inputs.nested and any(inputs.along)
        scales, of_points = weights(inputs.size, total)
        stacks = []
        for x, along, width in zip(inputs.leaves, inputs.along, inputs.widths, strict=True):
            shape, dtype, own = np.shape(x), dtype_of(x), slice(offset, offset + width)
            t = np.zeros((total + check, *shape), dtype)
            flat = np.reshape(t, (total + check, -1, width) if along else (total + check, 1, width))
            flat[np.arange(offset, offset + width), :, np.arange(width)] = 1.0
            if check and along:
                flat[-1] = np.multiply.outer(of_points, scales[own])
            elif check:
                scales[own] = 0.0
            stacks.append(like_layout(x, t) if along else t)
            offset += width
        return stacks, (scales, of_points) if check else (None, None)

    def by_directions(self, inputs: Any, keep: bool) -> Any:
        """(value, aux, for each leaf of the value one block (k, *shape of the value) for each leaf)."""
        key = [(np.shape(x), dtype_of(x)) for x in inputs.leaves]
        known = self.seeds      # other threads may put theirs in its place
        if known is None or known[0] != key or inputs.nested:
            known = key, *self.directions(inputs)
            if keep and not inputs.nested:
                self.seeds = known
        _, stacks, (scales, of_points) = known
        value, tangent, *aux = jvp(inputs.of_leaves, inputs.leaves, tuple(stacks), has_aux=self.has_aux)
        outs, found = self.checked_value(value, inputs.size), []
        ends = np.cumsum([0, *inputs.widths])
        for _, t in zip(outs, flatten(tangent)[0], strict=True):
            t = as_operand(t)
            if scales is not None:
                compare(t, scales, of_points)
                t = t[:-1]
            found.append([t[end - width : end] for end, width in zip(ends[1:], inputs.widths, strict=True)])
        return value, (aux[0] if self.has_aux else None), found

    def by_cotangents(self, inputs: Any, keep: bool) -> Any:
        """As `by_directions`, by the transposed products."""
        recording = Recording(inputs.of_leaves, inputs.leaves, {}, self.has_aux, fuse=False)
        outs, found = self.checked_value(recording.value, inputs.size), []
        if any(dtype.kind == "c" for dtype in recording.out_dtypes):
            raise InputError('the function returned complex numbers: mode="forward"')
        check = not inputs.nested
        for place, y in enumerate(outs):
            shape = np.shape(y)
            m = math.prod(shape[1:])
            scales, of_points = weights(inputs.size, m)
            mine = np.zeros((m + check, *shape), dtype_of(y))
            flat = np.reshape(mine, (m + check, inputs.size, m))
            flat[np.arange(m), :, np.arange(m)] = 1.0
            if check:
                flat[-1] = np.multiply.outer(of_points, scales)
            stacks = [
                mine if i == place else np.zeros((len(mine), *np.shape(z)), dtype_of(z)) for i, z in enumerate(outs)
            ]
            blocks = []
            for t, width in zip(recording.backward(stacks), inputs.widths, strict=True):
                if check:
                    compare(t, scales, of_points)
                    t = t[:-1]
                t = np.reshape(t, (m, inputs.size, width))
                blocks.append(np.reshape(np.transpose(t, (2, 1, 0)), (width, *shape)))
            found.append(blocks)
        return recording.value, recording.aux, found


def block(t: Any, out: Any, shape: Any, layout: Any, view: bool) -> Any:
    """(width, batch, *out) as (batch, *out, *shape), or in the layout of the denominator (batch, *shape, *out).

    view: whether it need not lie in that order; it will be copied.
    """
    ndim = np.ndim(t)
    order = (*range(1, ndim), 0) if layout == "numerator" else (1, 0, *range(2, ndim))
    t = np.transpose(t, order)
    axes = (*out, *shape) if layout == "numerator" else (*shape, *out)
    t = np.reshape(t, (np.shape(t)[0], *axes))
    return t if view or type(t) is not np.ndarray else np.ascontiguousarray(t)


@functools.lru_cache(maxsize=4)
def of_points(size: int) -> Any:
    """A weight between 1/2 and 3/2 for each point, no two the same."""
    w = np.random.default_rng(2025).uniform(0.5, 1.5, size)
    w.flags.writeable = False
    return w


def weights(size: Any, n: Any) -> Any:
    """(weights of the n components, weights of the points): the random direction is their product in each point."""
    return np.random.default_rng((2025, n)).uniform(0.5, 1.5, n), of_points(size)


def compare(t: Any, scales: Any, of_points: Any) -> None:
    """Raises where the last row of t (rows, batch, ...) is not made up of the others, point by point."""
    if is_dual(t):      # what f closes over is
        return
    size, used = t.shape[1], np.flatnonzero(scales)
    m = math.prod(t.shape[2:])
    if not m or not size:
        return
    flat, c = np.reshape(t, (len(t), -1)), scales.astype(t.real.dtype)
    if flat.dtype == np.float64:        # shared arguments, which do not move, have weight 0
        point = first_mixed(np.ascontiguousarray(flat), c, of_points, ROUNDING * np.finfo(float).eps)
        if point >= 0:
            raise mixed(point)
        return
    rows: Any = slice(0, len(t) - 1)
    if len(used) < len(c):
        rows, c = used, c[used]
    step = max(1, BLOCK // m)
    with np.errstate(all="ignore"):
        for start in range(0, size, step):
            some = slice(start * m, (start + step) * m)
            r = np.repeat(of_points[start : start + step].astype(c.dtype), m)
            terms, last = flat[rows, some], flat[-1, some]
            gap, known = np.abs(last - r * (c @ terms)), np.abs(last)
            bound = ROUNDING * np.finfo(c.dtype).eps
            if np.all(gap <= bound * known):
                continue
            wrong = gap > bound * (r * (c @ np.abs(terms)) + known)
            if np.any(wrong):
                raise mixed(start + int(np.flatnonzero(wrong)[0]) // m)


def mixed(point: Any) -> InputError:
    """The error where a point depends on others."""
    return InputError(
        f"batched: the function mixes its points: what it returns for point {point} depends on other points, too (by a "
        "sum, a mean, or a product over the batch axis). Leave batched out for the derivative by all points, or pass "
        "what is made of all points as an argument that they share: batched=(0, None)"
    )


# ---- what grad, jacobian, derivative and hessian return -------------------------------------------------


def batched_derivative(
    f: Any, argnums: Any, batched: Any, mode: Any, layout: Any, has_aux: Any, what: Any, chunk: Any = None,
    progress: Any = None, executor: Any = None,
) -> Any:  # fmt: skip
    """x, ... -> ((value, aux) or value, derivative) of a batch; what: "grad", "jacobian" or "derivative"."""
    made = Batched(f, argnums, batched, mode, layout, has_aux, "jacobian" if what == "derivative" else what)
    run = Parts(made, checked_chunk(chunk), checked_progress(progress), checked_executor(executor))

    @functools.wraps(f)
    def both(*args: Any, **kwargs: Any) -> Any:
        if what == "derivative":
            for number, x in zip((chosen := Arguments(args, argnums)).argnums, chosen.chosen(), strict=True):
                if len(np.shape(x)) != 1:
                    raise InputError(
                        f"derivative with batched= is by one number for each point, argument {number} has shape "
                        f"{np.shape(x)}; use jacobian"
                    )
        value, aux, t = run(args, kwargs)
        return ((value, aux) if has_aux else value), t

    both.explain = made.explain     # type: ignore[attr-defined]
    return both


def batched_hessian(
    f: Any, argnums: Any, batched: Any, mode: Any, layout: Any, has_aux: Any, chunk: Any = None, progress: Any = None,
    executor: Any = None,
) -> Callable[[Any, Any], Any]:  # fmt: skip
    """(args, kwargs) -> (value, aux, gradient, Hessian) of a batch of numbers."""
    made = Hessians(f, argnums, batched, mode, layout, has_aux)
    return Parts(made, checked_chunk(chunk), checked_progress(progress), checked_executor(executor))


class Hessians:
    """(args, kwargs) -> (value, aux, gradient, Hessian) of a batch of numbers."""

    def __init__(self, f: Any, argnums: Any, batched: Any, mode: Any, layout: Any, has_aux: Any) -> None:
        self.how = f, argnums, batched, mode, layout, has_aux
        self.f, self.argnums, self.batched, self.has_aux = f, argnums, batched, has_aux
        self.first = Batched(f, argnums, batched, mode, layout, has_aux, "grad")
        inner = Batched(lambda *args, **kwargs: split_aux(f(*args, **kwargs), has_aux)[0], argnums, batched, mode,
                        layout, False, "grad")  # fmt: skip

        def gradient(*args: Any, **kwargs: Any) -> Any:
            return inner(args, kwargs)[2]

        self.second = Batched(gradient, argnums, batched, "forward", layout, False, "jacobian")

    def __reduce__(self) -> Any:
        return Hessians, self.how

    def settled(self, args: Any, kwargs: Any) -> Any:
        """As `Batched.settled`."""
        f, argnums, batched, _, layout, has_aux = self.how
        return Hessians(f, argnums, batched, self.first.settled(args, kwargs).mode, layout, has_aux)

    def explain(self, *args: Any, **kwargs: Any) -> Any:
        """As `Batched.explain`, of the gradient that is differentiated by directions."""
        return self.first.explain(*args, **kwargs)

    def rows(self, inputs: Any) -> Any:
        """As `Batched.rows`."""
        n = sum(inputs.widths)
        return n * n + 2 * n + 2

    def __call__(self, args: Any, kwargs: Any, keep: bool = False) -> Any:
        """All of them; keep: the directions, for the next part."""
        value, aux, g = self.first(args, kwargs, keep)      # which also checks that f does not mix its points
        return value, aux, g, self.second(args, kwargs, keep)[2]
