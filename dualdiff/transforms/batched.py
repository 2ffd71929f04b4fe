"""Derivatives of functions that map a batch of points, one by one: batched= of grad, jacobian, derivative, hessian.

Where point b of the result depends on point b of the arguments alone, one direction moves all points at once:
component j of each.  So all Jacobians take n directions, not batch x n, or as many cotangents as a result has numbers.

Invariant: each call is compared with one product along a random direction, in which the points differ: an f that mixes
its points raises.  (Inside another derivative it is not: the values there are duals.)
"""

import functools
import math
from typing import Any

import numpy as np

from ..errors import InputError, ShapeError
from ..functions.base import as_operand
from ..maps.base import dtype_of
from ..maps.tangents import is_dual
from .arguments import Arguments, promote_all
from .costs import cheapest, counted, predicted
from .jvp import jvp, split_aux
from .pytrees import flatten, unflatten
from .recording import Recording

__all__ = ["Batched", "batched_derivative"]

ROUNDING = 4096.0
"""By how many roundings a product and its random check may differ."""


def axes_of(batched: Any, count: Any) -> Any:
    """For each of the arguments, whether it has the batch axis."""
    if batched is True:
        return [True] * count
    if not isinstance(batched, (tuple, list)) or any(not (b is None or type(b) is int and b == 0) for b in batched):
        raise InputError(
            "batched must be True (all arguments have the batch as their first axis), or for each argument 0 (it has) "
            f"or None (it is shared by all points), got {batched!r}"
        )
    if len(batched) != count:
        raise InputError(f"batched={batched!r} is for {len(batched)} arguments, the call has {count}")
    return [b == 0 and b is not None for b in batched]


class Batched:
    """Value and derivative of a batch of points.

    what: "grad" (f gives one number for each point) or "jacobian".
    """

    def __init__(self, f: Any, argnums: Any, batched: Any, mode: Any, layout: Any, has_aux: Any, what: Any) -> None:
        if mode not in ("auto", "forward", "reverse"):
            raise InputError(f'with batched= mode must be "auto", "forward" or "reverse", got {mode!r}')
        self.f, self.argnums, self.batched, self.mode = f, argnums, batched, mode
        self.layout, self.has_aux, self.what = layout, has_aux, what

    def __call__(self, args: Any, kwargs: Any) -> Any:
        """(value, aux, derivative)."""
        chosen = Arguments(args, self.argnums)
        axes = axes_of(self.batched, len(args))
        size = self.size_of_batch(args, axes)
        leaves, structures = [], []
        for number, x in zip(chosen.argnums, chosen.chosen(), strict=True):
            below, structure, promoted = promote_all(x, f"argument {number}")
            structures.append((structure, len(below)))
            leaves += [(leaf, axes[number]) for leaf in promoted]
        shapes = [np.shape(x)[1:] if along else np.shape(x) for x, along in leaves]
        widths = [math.prod(shape) for shape in shapes]
        nested = any(map(is_dual, flatten(list(args))[0]))

        def of_leaves(*xs: Any) -> Any:
            rest = iter(xs)
            tops = [unflatten(s, [next(rest) for _ in range(n)]) for s, n in structures]
            return self.f(*chosen.replaced(tops), **kwargs)

        xs = tuple(x for x, _ in leaves)
        forward = self.is_forward(of_leaves, xs, sum(widths), size, nested, any(not along for _, along in leaves))
        way = self.by_directions if forward else self.by_cotangents
        value, aux, rows = way(of_leaves, leaves, widths, size, nested)
        out, structure = flatten(value)
        found = []
        for y, blocks in zip(out, rows, strict=True):
            cells = [self.block(t, np.shape(y)[1:], shape) for t, shape in zip(blocks, shapes, strict=True)]
            rest = iter(cells)
            parts = [unflatten(s, [next(rest) for _ in range(n)]) for s, n in structures]
            found.append(parts[0] if chosen.single else tuple(parts))
        return value, aux, unflatten(structure, found)

    def size_of_batch(self, args: Any, axes: Any) -> Any:
        """The length of the batch, which all arguments that have it share."""
        size = None
        for number, (x, along) in enumerate(zip(args, axes, strict=True)):
            for leaf in flatten(x)[0] if along else ():
                shape = np.shape(leaf)
                if not shape:
                    raise ShapeError(
                        f"argument {number} has a number in it, not a batch; with batched=(0, None) the second of two "
                        "arguments is shared by all points"
                    )
                if size is not None and shape[0] != size:
                    raise ShapeError(
                        f"argument {number} has {shape[0]} points in its first axis, an earlier one {size}"
                    )
                size = shape[0]
        if size is None:
            raise InputError(f"batched={self.batched!r} says that no argument has a batch axis; leave batched out")
        return size

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

    def is_forward(self, f: Any, xs: Any, n: Any, size: Any, nested: Any, shared: Any) -> Any:
        """Whether directions are pushed; of shared arguments they always are, as each point has its own result."""
        if self.mode == "reverse" and shared:
            raise InputError('an argument that all points share is differentiated by directions: mode="forward"')
        if self.mode != "auto" or shared or nested or n <= 4:
            return self.mode != "reverse" if self.mode != "auto" or shared else n <= 16
        work, real = counted(f, xs, tuple(range(len(xs))), {})
        costs = {"forward": predicted("forward", work, n + 1)}
        if real:
            costs["reverse"] = predicted("reverse", work, 1) + predicted("rows", work, work.outputs // max(size, 1))
        return cheapest(costs, work).mode == "forward"

    # ---- the two ways ----

    def by_directions(self, f: Any, leaves: Any, widths: Any, size: Any, nested: Any) -> Any:
        """(value, aux, for each leaf of the value one block (k, *shape of the value) for each leaf)."""
        total, offset = sum(widths), 0
        stacks: list[Any] = []
        checks: list[Any] = []
        for (x, along), width in zip(leaves, widths, strict=True):
            shape = np.shape(x)[1:] if along else np.shape(x)
            unit = np.zeros((total, width), dtype_of(x))
            unit[offset + np.arange(width), np.arange(width)] = 1.0
            unit = unit.reshape((total, 1, *shape) if along else (total, *shape))
            stacks.append(np.broadcast_to(unit, (total, *np.shape(x))))
            checks.append(weights(np.shape(x), offset) if along else None)
            offset += width
        check = not nested and any(v is not None for v in checks)
        if check:
            for i, v in enumerate(checks):
                last = np.zeros_like(stacks[i][:1]) if v is None else v[None].astype(stacks[i].dtype)
                stacks[i] = np.concatenate([stacks[i], last])
        value, tangent, *aux = jvp(f, tuple(x for x, _ in leaves), tuple(stacks), has_aux=self.has_aux)
        outs, found = self.checked_value(value, size), []
        for y, t in zip(outs, flatten(tangent)[0], strict=True):
            t = as_operand(t)
            if check:
                self.compare_product(t, leaves, checks, widths, np.ndim(y))
                t = t[:-1]
            ends = np.cumsum([0, *widths])
            found.append([t[end - width : end] for end, width in zip(ends[1:], widths, strict=True)])
        return value, (aux[0] if self.has_aux else None), found

    def compare_product(self, t: Any, leaves: Any, checks: Any, widths: Any, ndim: Any) -> Any:
        """The last row is the product with the random direction, the others make it up point by point."""
        total: Any = 0.0
        size: Any = 0.0
        start = 0
        with np.errstate(all="ignore"):
            for (x, _), v, width in zip(leaves, checks, widths, strict=True):
                if v is not None:
                    v = np.reshape(v, (np.shape(x)[0], width)).T        # (width, batch)
                    v = np.reshape(v, v.shape + (1,) * (ndim - 1))
                    part = t[start : start + width]
                    total = total + np.sum(part * v, axis=0)
                    size = size + np.sum(np.abs(part * v), axis=0)
                start += width
            self.complain(t[-1] - total, size + np.abs(t[-1]), t.dtype)

    def complain(self, gap: Any, size: Any, dtype: Any) -> Any:
        """Raises where a product is not made up of its points'."""
        wrong = np.abs(gap) > ROUNDING * np.finfo(dtype).eps * size
        if np.any(wrong):
            point = int(np.argwhere(wrong)[0][0])
            raise InputError(
                f"batched: the function mixes its points: what it returns for point {point} depends on other points, "
                "too (by a sum, a mean, or a product over the batch axis). Leave batched out for the derivative by all "
                "points, or pass what is made of all points as an argument that they share: batched=(0, None)"
            )

    def by_cotangents(self, f: Any, leaves: Any, widths: Any, size: Any, nested: Any) -> Any:
        """As `by_directions`, by the transposed products."""
        recording = Recording(f, tuple(x for x, _ in leaves), {}, self.has_aux, fuse=False)
        outs, found = self.checked_value(recording.value, size), []
        if any(dtype.kind == "c" for dtype in recording.out_dtypes):
            raise InputError('the function returned complex numbers: mode="forward"')
        for place, y in enumerate(outs):
            shape = np.shape(y)
            m = math.prod(shape[1:])
            unit = np.broadcast_to(np.eye(m).reshape((m, 1, *shape[1:])), (m, *shape))
            w = None if nested else weights(shape, place)
            mine = unit if w is None else np.concatenate([unit, w[None]])
            stacks = [
                np.array(mine, dtype_of(y)) if i == place else np.zeros((len(mine), *np.shape(z)), dtype_of(z))
                for i, z in enumerate(outs)
            ]
            pulled = recording.backward(stacks)
            blocks = []
            for (x, _), t, width in zip(leaves, pulled, widths, strict=True):
                if w is not None:
                    v = np.reshape(w, (size, m)).T
                    terms = t[:-1] * np.reshape(v, v.shape + (1,) * (np.ndim(x) - 1))
                    with np.errstate(all="ignore"):
                        sums = np.sum(terms, axis=0), np.sum(np.abs(terms), axis=0)
                        self.complain(t[-1] - sums[0], sums[1] + np.abs(t[-1]), t.dtype)
                    t = t[:-1]
                t = np.reshape(t, (m, size, width))
                blocks.append(np.reshape(np.transpose(t, (2, 1, 0)), (width, *shape)))
            found.append(blocks)
        return recording.value, recording.aux, found

    def block(self, t: Any, out: Any, shape: Any) -> Any:
        """(width, batch, *out) as (batch, *out, *shape), or in the layout of the denominator (batch, *shape, *out)."""
        ndim = np.ndim(t)
        order = (*range(1, ndim), 0) if self.layout == "numerator" else (1, 0, *range(2, ndim))
        t = np.transpose(t, order)
        axes = (*out, *shape) if self.layout == "numerator" else (*shape, *out)
        t = np.reshape(t, (np.shape(t)[0], *axes))
        return np.ascontiguousarray(t) if type(t) is np.ndarray else t


def weights(shape: Any, seed: Any) -> Any:
    """Numbers between 1/2 and 3/2 in which no two points agree."""
    return np.random.default_rng((2025, seed)).uniform(0.5, 1.5, shape)


# ---- what grad, jacobian, derivative and hessian return -------------------------------------------------


def batched_derivative(f: Any, argnums: Any, batched: Any, mode: Any, layout: Any, has_aux: Any, what: Any) -> Any:
    """x, ... -> ((value, aux) or value, derivative) of a batch; what: "grad", "jacobian" or "derivative"."""
    made = Batched(f, argnums, batched, mode, layout, has_aux, "jacobian" if what == "derivative" else what)

    @functools.wraps(f)
    def both(*args: Any, **kwargs: Any) -> Any:
        if what == "derivative":
            for number, x in zip((chosen := Arguments(args, argnums)).argnums, chosen.chosen(), strict=True):
                if len(np.shape(x)) != 1:
                    raise InputError(
                        f"derivative with batched= is by one number for each point, argument {number} has shape "
                        f"{np.shape(x)}; use jacobian"
                    )
        value, aux, t = made(args, kwargs)
        return ((value, aux) if has_aux else value), t

    return both


def batched_hessian(f: Any, argnums: Any, batched: Any, mode: Any, layout: Any, has_aux: Any) -> Any:
    """x, ... -> (value, aux, gradient, Hessian) of a batch of numbers."""
    first = Batched(f, argnums, batched, mode, layout, has_aux, "grad")
    inner = Batched(lambda *args, **kwargs: split_aux(f(*args, **kwargs), has_aux)[0], argnums, batched, mode, layout,
                    False, "grad")  # fmt: skip

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return inner(args, kwargs)[2]

    second = Batched(gradient, argnums, batched, "forward", layout, False, "jacobian")

    def all_three(args: Any, kwargs: Any) -> Any:
        value, aux, g = first(args, kwargs)     # which also checks that f does not mix its points
        return value, aux, g, second(args, kwargs)[2]

    return all_three
