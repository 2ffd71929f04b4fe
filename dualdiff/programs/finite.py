"""Guards that results are finite: of derivatives whose numbers are not, it counts what reaches what."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .graph import Graph, Guard
from .operations import OPERATIONS

__all__ = ["finite", "watch"]


def watch(g: Graph) -> None:
    """Appends guards that the outputs are finite."""
    g.guards.extend(finite(g, g.outputs))


def finite(g: Graph, ends: Sequence[int]) -> list[Guard]:
    """Guards that nodes are finite.

    They stand where the numbers are computed, before they are copied and laid among zeros.
    """
    found: set[int] = set()
    stack, seen = list(ends), set(ends)
    while stack:
        i = stack.pop()
        if g.dtype[i].kind not in "fc" or not math.prod(g.shape[i]):
            continue
        parts = made_of(g, i)
        if parts is None:
            found.add(i)
            continue
        stack.extend(x for x in parts if x not in seen)
        seen.update(parts)
    ends = [i if g.dtype[i].kind == "f" else g.apply("absolute", i, dtype=size_of(g.dtype[i])) for i in sorted(found)]
    return [Guard(i, "finite", True, "a number that is not finite") for i in ends]


def size_of(dtype: Any) -> Any:
    """The dtype of the moduli of complex numbers."""
    return np.empty(0, dtype).real.dtype


def made_of(g: Graph, i: int) -> tuple[int, ...] | None:
    """Nodes of whose numbers alone a node consists; None where it has numbers of its own."""
    op = g.op[i]
    if op == "zeros" or op == "constant" and np.isfinite(g.constants[g.attr[i]]).all():
        return ()
    return OPERATIONS[op].made_of(g, i) if op in OPERATIONS else None
