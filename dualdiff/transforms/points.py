"""The arguments of a batched call: which of them have the batch axis, and what a point is.

Invariant: all arguments that have the batch axis have as many points.
"""

import math
from typing import Any

import numpy as np

from ..errors import InputError, ShapeError
from ..maps.tangents import is_dual
from .arguments import Arguments, promote_all
from .pytrees import flatten, unflatten

__all__ = ["Inputs", "axes_of"]


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


def size_of_batch(batched: Any, args: Any, axes: Any) -> Any:
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
                raise ShapeError(f"argument {number} has {shape[0]} points in its first axis, an earlier one {size}")
            size = shape[0]
    if size is None:
        raise InputError(f"batched={batched!r} says that no argument has a batch axis; leave batched out")
    return size


class Inputs:
    """The arguments of one run: their leaves, and what they mean.

    Attributes: leaves, and for each whether it has the batch axis (along), the shape of a point, its elements
    (widths); size of the batch; nested: inside another derivative.
    """

    def __init__(self, made: Any, args: Any, kwargs: Any) -> None:
        chosen = Arguments(args, made.argnums)
        axes = axes_of(made.batched, len(args))
        self.size = size_of_batch(made.batched, args, axes)
        self.args, self.kwargs, self.single = args, kwargs, chosen.single
        leaves: list[Any] = []
        self.along: list[bool] = []
        self.structures: list[Any] = []
        for number, x in zip(chosen.argnums, chosen.chosen(), strict=True):
            below, structure, promoted = promote_all(x, f"argument {number}")
            self.structures.append((structure, len(below)))
            leaves += promoted
            self.along += [axes[number]] * len(below)
        self.leaves = tuple(leaves)
        self.shapes = [np.shape(x)[1:] if along else np.shape(x) for x, along in zip(leaves, self.along, strict=True)]
        self.widths = [math.prod(shape) for shape in self.shapes]
        self.nested = any(map(is_dual, flatten(list(args))[0]))

        def of_leaves(*xs: Any) -> Any:
            return made.f(*chosen.replaced(self.tops(xs)), **kwargs)

        self.of_leaves = of_leaves

    def tops(self, leaves: Any) -> Any:
        """The chosen arguments, of these leaves."""
        rest = iter(leaves)
        return [unflatten(s, [next(rest) for _ in range(n)]) for s, n in self.structures]

    def tree(self, leaves: Any) -> Any:
        """A derivative by the chosen arguments."""
        parts = self.tops(leaves)
        return parts[0] if self.single else tuple(parts)
