"""Second derivatives along a recording: forward over reverse in compiled code.

f runs once, and the recording keeps the second partials of its rules.  Along it tangents are pushed, and the cotangent
of the result is pulled back together with its derivatives along them (core/bend.pxi): the gradient, and a row of the
Hessian for each tangent.

Invariant: gives what nesting gives, or raises NotSecondOrder (f does what has no share of second order here) or
ZeroTimesInfinity (what is not finite, or a kink); the caller then nests.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import (
    Node,
    NotSecondOrder,
    Packed,
    Tape,
    Window,
    ZeroTimesInfinity,
    all_finite,
    call_watched,
    collect,
    forget_copies,
    is_whole,
    new_tag,
    recorded_seed,
    walk_second,
    zeros_met,
)
from ..maps.tangents import is_dual
from . import wholecalls  # noqa: F401  (calls that are one operation of a recording)
from .arguments import extract
from .memory import checked_limit
from .results import aux_value, scalar_of, split_aux

__all__ = ["SecondRecording", "recordable"]

RECORDED = 5
"""The scheme of second-order tags (core/second.h) that is a recording."""

FLOAT = np.dtype(np.float64)

ARRAY_BYTES = 2**19
"""Bytes that the tangents of one array may take in one pass, so that they stay in the cache."""

PASS_BYTES = 2**28
"""Bytes of all tangents of one pass."""


def recordable(leaves: Any) -> bool:
    """Whether a second-order recording can be made by these: float64 arrays, and floats."""
    return all(x.dtype.char == "d" if type(x) is np.ndarray else isinstance(x, float) for x in leaves)


class SecondRecording:
    """A function of one number at a point, recorded with its second partials.

    Parameters
    ----------
    f : callable
    leaves : list of ndarray and float
        What is differentiated by; see `recordable`.
    arguments : callable
        The arguments of f, a tuple, from the leaves' duals.
    limit : float, optional
        Bytes that it may keep; half of the machine's memory.

    Attributes
    ----------
    value, aux
        What f returned.
    """

    def __init__(
        self, f: Callable[..., Any], leaves: Any, arguments: Any, kwargs: Any, has_aux: bool = False,
        plain: Any = False, limit: float | None = None,
    ) -> None:  # fmt: skip
        tag = new_tag(RECORDED)
        self.shapes = [np.shape(leaf) for leaf in leaves]
        inputs = [Node(None, (), shape, FLOAT) for shape in self.shapes]
        duals = [recorded_seed(leaf, node, tag) for leaf, node in zip(leaves, inputs, strict=True)]
        window = Window(checked_limit("auto") if limit is None else limit)
        window.own(inputs)
        try:
            y, aux = split_aux(call_watched(f, arguments(duals), kwargs, tag), has_aux)
        finally:
            window.close()
            forget_copies()
        if window.start > 0:
            raise NotSecondOrder        # nested, it is recorded in stretches
        self.value, node = one_number(y, tag)
        self.aux = aux_value(aux, tag, plain) if has_aux else None
        self.tape = Tape(collect([node]))
        self.output = len(self.tape.order) - 1
        self.places = self.tape.find(inputs)

    def along(self, tangents: Any) -> Any:
        """(gradient, its derivatives): for each leaf (1, *shape) and (k, *shape), from tangents (k, *shape)."""
        before = zeros_met()
        with np.errstate(all="ignore"):
            gradient, rows = walk_second(self.tape, self.places, tangents, self.output)
        k = len(tangents[0])
        for found, many in ((gradient, 1), (rows, k)):
            for i, (t, shape) in enumerate(zip(found, self.shapes, strict=True)):
                if t is None:
                    found[i] = np.zeros((many, *shape))
                elif type(t) is not np.ndarray or t.dtype != FLOAT:
                    raise NotSecondOrder
                elif not all_finite(t):
                    raise ZeroTimesInfinity
                elif not is_whole(t):       # one number for all elements, or a partial of the recording
                    found[i] = t.copy()
        if zeros_met() != before:
            raise ZeroTimesInfinity
        return gradient, rows

    def width(self, total: int) -> int:
        """How many of so many directions go in one pass."""
        most: int = min(ARRAY_BYTES // (8 * max(self.tape.largest, 1)), PASS_BYTES // (8 * self.tape.elements + 1))
        return min(total, max(1, most))


def one_number(y: Any, tag: int) -> Any:
    """(value, node) of the one real number that a function returned."""
    y = scalar_of(y)
    if not is_dual(y) or y.tag != tag:
        value = extract(y, tag, None)[0]
        if is_dual(value):
            raise NotSecondOrder
        return value, Node(None, (), (), FLOAT)
    value, t = y.value, y.tangents
    if is_dual(value) or type(t) is not Packed or type(t.rows) is not Node or t.rows.dtype != FLOAT:
        raise NotSecondOrder
    return value, t.rows
