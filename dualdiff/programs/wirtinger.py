"""Jacobians by complex arguments as graphs: pairs of Wirtinger derivatives, or a complex matrix of what is holomorphic.

Whether a function is holomorphic is read off its graph where everything in it is linear over the complex numbers.  Else
each entry is looked at, as without a program: derivatives along 1j must be 1j times those along 1, and where one is
not, the function itself says whether that is more than rounding.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .derive import on_the_way
from .graph import Graph, Guard
from .operations import OPERATIONS
from .partials import applied
from .tracer import NotCompilable

__all__ = ["holomorphic_jacobian", "holomorphic_jvp", "pairs"]

TOLERANCE = 1e-11, 1e-4
"""How near, relative to their size, derivatives along 1j must be to 1j times those along 1; in single precision.

As in transforms/jvp.py, which then looks again.
"""


def is_complex(p: Any, place: int) -> bool:
    """Whether a leaf that is differentiated by is complex."""
    return bool(p.g.dtype[p.chosen[place][0]].kind == "c")


def directions(p: Any) -> tuple[list[int], int]:
    """(a node for each leaf, how many): 1 for all elements of a leaf, then 1j for those of a complex one."""
    sizes = [math.prod(shape) for *_, shape in p.chosen]
    total = sum(n * (2 if is_complex(p, k) else 1) for k, n in enumerate(sizes))
    p.check_room(total)
    seeds, start = [], 0
    for k, ((node, _, shape), n) in enumerate(zip(p.chosen, sizes, strict=True)):
        rows = np.zeros((total, n), p.g.dtype[node])
        for unit in (1, 1j) if is_complex(p, k) else (1,):
            rows[np.arange(start, start + n), np.arange(n)] = unit
            start += n
        seeds.append(p.g.constant(rows.reshape(total, *shape)))
    return seeds, total


def halves(p: Any) -> list[list[list[int]]]:
    """For each result, for each leaf: its Jacobian along 1, and of a complex leaf along 1j."""
    seeds, total = directions(p)
    rows = [node if node is not None and dtype.kind in "fc" else None for node, _, _, dtype in p.outputs]
    found = []
    for t, (_, order, own, dtype) in zip(p.tangents(seeds, rows, total), p.outputs, strict=True):
        start, blocks = 0, []
        for k, (_, _, shape) in enumerate(p.chosen):
            parts = []
            for _ in range(2 if is_complex(p, k) else 1):
                zero = t is None
                parts.append(
                    p.g.zeros((*own, *shape), dtype if dtype.kind in "fc" else np.float64) if zero
                    else p.columns(t, start, shape, own, order)
                )  # fmt: skip
                start += math.prod(shape)
            blocks.append(parts)
        found.append(blocks)
    return found


def times_i(p: Any, x: int) -> Any:
    """1j times a node."""
    return applied(p.g, "multiply", p.g.constant(np.array(1j, np.result_type(p.g.dtype[x], np.complex64))), x)


def pairs(p: Any) -> list[int]:
    """The blocks of a Jacobian, of which those by complex leaves are two: df/dz and df/dconj(z)."""
    g, blocks = p.g, []
    for row in halves(p):
        for parts in row:
            if len(parts) == 1:
                blocks += parts
                continue
            x, turned = parts[0], times_i(p, parts[1])
            half = g.constant(np.array(0.5, g.dtype[turned].type(0).real.dtype))
            blocks += [applied(g, "multiply", half, applied(g, name, x, turned)) for name in ("subtract", "add")]
    return blocks


def demand_complex(p: Any) -> None:
    """Raises where a leaf or a result is real."""
    if not all(is_complex(p, k) for k in range(len(p.chosen))):
        raise NotCompilable("holomorphic=True by real arguments")
    if not all(node is None or dtype.kind == "c" for node, _, _, dtype in p.outputs):
        raise NotCompilable("holomorphic=True of real results")


def is_holomorphic(p: Any) -> bool:
    """Whether all that f does with what is differentiated by is linear over the complex numbers, whatever x is."""
    ends = [node for node, *_ in p.outputs if node is not None]
    return all(linear_over_complex(p.g, i) for i in on_the_way(p.g, p.wrt, ends) if i not in p.wrt)


def linear_over_complex(g: Graph, i: int) -> bool:
    """Whether the derivative of a node is linear over the complex numbers, whatever its arguments are."""
    op = g.op[i]
    if op == "call":
        return bool(g.attr[i].linear == "complex")
    return g.dtype[i].kind == "c" and (op == "item" or OPERATIONS[op].complex(g, i))


def guard(p: Any, both: Sequence[Sequence[int]]) -> None:
    """Guards that derivatives along 1j are 1j times those along 1: f itself answers where they are not."""
    g = p.g
    for x, y in both:
        gap = g.apply("absolute", applied(g, "subtract", y, times_i(p, x)), dtype=size_of(g, x))
        size = applied(g, "maximum", *(g.apply("absolute", z, dtype=size_of(g, z)) for z in (x, y)))
        bound = g.constant(np.array(TOLERANCE[g.dtype[x] == np.complex64], g.dtype[size]))
        met = g.apply("greater", gap, applied(g, "multiply", bound, size), dtype=bool)
        some = g.reduce("logical_or", met, tuple(range(len(g.shape[met]))), dtype=bool)
        g.guards.append(Guard(some, "bool", False, "whether the function is holomorphic"))


def size_of(g: Any, x: int) -> Any:
    """The dtype of the moduli of a complex node."""
    return np.empty(0, g.dtype[x]).real.dtype


def holomorphic_jacobian(p: Any) -> list[int]:
    """jacobian, and derivative, with holomorphic=True."""
    demand_complex(p)
    if is_holomorphic(p):
        rows = [node for node, *_ in p.outputs]
        dtypes = [dtype if dtype.kind == "c" else np.dtype(complex) for *_, dtype in p.outputs]
        found: list[int] = p.by_columns(
            rows, [shape for *_, shape, _ in p.outputs], [order for _, order, *_ in p.outputs], dtypes
        )
        return found
    both = [parts for row in halves(p) for parts in row]
    guard(p, both)
    return [x for x, _ in both]


def holomorphic_jvp(p: Any, seeds: list[int | None], k: int | None, along: Callable[..., Any]) -> list[Any]:
    """The tangents of jvp with holomorphic=True; along(p, seeds, k): those of jvp."""
    demand_complex(p)
    found: list[Any] = along(p, seeds, k)
    if not is_holomorphic(p):
        guard(p, list(zip(found, along(p, [None if s is None else times_i(p, s) for s in seeds], k), strict=True)))
    return found
