"""The arguments of a call: which programs can take them, and the arrays that these get."""

import math
from typing import Any

import numpy as np

from ..core import Dual, DualArray
from ..transforms.pytrees import flatten, unflatten
from .traced import Traced
from .tracer import NotCompilable, memory_order

__all__ = ["Leaf", "Plain", "described", "is_plain", "nearby", "own_copy", "spread_out", "together"]


class Leaf:
    """What a program knows of one part of the arguments.

    kind: "array", "float" and "complex" (Python's), "number" (NumPy's), "static".  order: of an array's axes in memory
    (None: C).
    """

    __slots__ = ("dtype", "kind", "order", "shape", "value")

    def __init__(self, kind: str, shape: Any = (), dtype: Any = None, order: Any = None, value: Any = None) -> None:
        self.kind, self.shape, self.dtype, self.order, self.value = kind, shape, dtype, order, value


class Plain(Exception):
    """The call has duals or recorded arrays among its arguments: the function itself answers."""


def is_plain(x: Any) -> bool:
    """Whether a leaf is neither a dual nor recorded."""
    return not isinstance(x, (Dual, DualArray, Traced))


def spread_out(args: Any, kwargs: dict[str, Any]) -> tuple[list[Any], Any]:
    """(leaves, structure) of a call's arguments."""
    return flatten((list(args), dict(sorted(kwargs.items()))) if kwargs else list(args))


def together(structure: Any, leaves: Any, named: bool) -> tuple[Any, dict[str, Any]]:
    """(args, kwargs) of leaves."""
    found = unflatten(structure, leaves)
    return (tuple(found[0]), found[1]) if named else (tuple(found), {})


def described(leaves: list[Any], structure: Any, fixed: Any = ()) -> tuple[Any, list[Leaf]]:
    """(a key that calls of one kind share, what the leaves are).

    fixed: the places of leaves that are static, whatever they are.
    """
    kinds: list[Leaf] = []
    key: list[Any] = [shape_of(structure)]
    for place, x in enumerate(leaves):
        kind = type(x)
        if place in fixed and not isinstance(x, np.ndarray):
            leaf = Leaf("static", value=x)
            key.append(static_key(x))
        elif kind is float:
            leaf = Leaf("float", (), np.dtype(np.float64))
            key.append(float)
        elif kind is complex:
            leaf = Leaf("complex", (), np.dtype(np.complex128))
            key.append(complex)
        elif kind is np.ndarray:
            if x.dtype.kind not in "biufc" or not x.dtype.isnative or not x.flags.aligned:
                raise NotCompilable(f"an argument is an array of {x.dtype}")
            order = memory_order(x)
            if not (x if order is None else x.transpose(order)).flags.c_contiguous:
                raise NotCompilable("an argument is an array with gaps in its memory (pass a copy)")
            leaf = Leaf("array", x.shape, x.dtype, order)
            key.append((x.shape, x.dtype.char, order))
        elif isinstance(x, (np.floating, np.complexfloating)):
            leaf = Leaf("number", (), x.dtype)
            key.append((kind, x.dtype.char))
        elif not is_plain(x):
            raise Plain
        elif isinstance(x, np.ndarray):
            raise NotCompilable(f"an argument is of type {kind.__name__}")
        else:
            leaf = Leaf("static", value=x)
            key.append(static_key(x))
        kinds.append(leaf)
    return tuple(key), kinds


def static_key(x: Any) -> Any:
    """A key of a value that selects a program."""
    try:
        hash(x)
    except TypeError:
        raise NotCompilable(f"an argument of type {type(x).__name__} is neither an array nor hashable") from None
    if isinstance(x, float):
        return float, x, math.copysign(1.0, x), x != x
    return "static", type(x), x


def shape_of(structure: Any) -> Any:
    """A structure as a key."""
    if structure is None:
        return None
    entry, aux, parts = structure
    return id(entry), aux_key(aux), tuple(map(shape_of, parts))


def aux_key(aux: Any) -> Any:
    """What a container holds beside its leaves, as a key."""
    if isinstance(aux, (list, tuple)):
        return tuple(map(aux_key, aux))
    if hasattr(type(aux), "__dataclass_fields__"):
        return type(aux), tuple((name, static_key(x)) for name, x in sorted(vars(aux).items())) if (
            hasattr(aux, "__dict__")
        ) else None
    return static_key(aux)


def own_copy(x: Any) -> Any:
    """A leaf that f may write to."""
    return x.copy("K") if isinstance(x, np.ndarray) else x


def nearby(x: Any, leaf: Leaf) -> Any:
    """A leaf with slightly other numbers."""
    if leaf.kind == "static" or leaf.dtype.kind not in "fc":
        return own_copy(x)
    size = 1e-4 if leaf.dtype.itemsize <= 4 else 1e-7
    with np.errstate(all="ignore"):
        if leaf.kind == "float":
            return x + size * (abs(x) + 1e-3)
        moved = x + leaf.dtype.type(size) * (np.abs(x) + leaf.dtype.type(1e-3))
        if leaf.kind == "complex":
            return complex(moved)
        return moved if leaf.kind == "number" else np.array(moved, leaf.dtype, order="K")
