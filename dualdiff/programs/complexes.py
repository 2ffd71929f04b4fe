"""Derivatives of elementwise functions of complex numbers: linear over the real numbers, paired by Re(conj(w) v).

What is holomorphic and has a plain partial is a product with it, or with its conjugate on the way back; the modulus and
the conjugate have rules of their own; every other function is a call of dualdiff's own rule.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .graph import Call, Graph
from .names import ufunc_of
from .partials import applied

__all__ = ["conjugate", "cotangent", "fitted", "is_complex", "is_holomorphic", "real_part", "tangent"]

HOLOMORPHIC = {"add", "subtract", "multiply", "divide", "negative", "positive", "square", "exp", "sin", "cos"}
"""Functions whose partials are nodes of the graph for complex numbers, too."""

SYNONYMS = {"conj": "conjugate", "true_divide": "divide", "abs": "absolute"}


def is_complex(g: Graph, *nodes: int) -> bool:
    """Whether one of some nodes is complex."""
    dtype = g.dtype
    for i in nodes:  # noqa: SIM110  (asked of every node, where `any` takes three times as long)
        if dtype[i].kind == "c":
            return True
    return False


def is_holomorphic(name: str) -> bool:
    """Whether an elementwise function has a partial that is a node of the graph for complex numbers, too."""
    return SYNONYMS.get(name, name) in HOLOMORPHIC


def conjugate(g: Graph, x: Any) -> Any:
    """The conjugate of a node; what is real is its own."""
    return x if isinstance(x, float) or g.dtype[x].kind != "c" else g.apply("conjugate", x)


def real_part(g: Graph, x: int) -> int:
    """The real part of a node."""
    if g.dtype[x].kind != "c":
        return x
    dtype = np.empty(0, g.dtype[x]).real.dtype
    return g.call(Call(only_real, "np.real", [g.shape[x]], [dtype], "real"), x)[0]


def only_real(z: Any) -> tuple[Any]:
    """np.real, in memory of its own."""
    return (np.real(z) + 0.0,)


def fitted(g: Graph, x: int, dtype: Any) -> int:
    """A node in a dtype; made real by its real part."""
    return g.cast(x if dtype.kind == "c" else real_part(g, x), dtype)


def by_rule(name: str) -> Callable[..., tuple[Any]]:
    """An elementwise function as one of arrays, for a call."""

    def function(*xs: Any) -> tuple[Any]:
        return (ufunc_of(name)(*xs),)

    function.__name__ = f"np.{name}"
    return function


def direction(g: Graph, z: int, r: int) -> int:
    """z / abs(z); 0 at 0."""
    zero = g.apply("equal", r, g.constant(np.zeros((), g.dtype[r])), dtype=bool)
    found = applied(g, "divide", z, g.apply("where", zero, g.constant(np.ones((), g.dtype[r])), r, dtype=g.dtype[r]))
    return int(found)


def tangent(s: Any, i: int, args: tuple[int, ...], name: str, ts: list[Any]) -> Any:
    """The tangent of a complex operation, or None; NotImplemented where it is the sum of products with its partials."""
    g = s.g
    name = SYNONYMS.get(name, name)
    if name in HOLOMORPHIC:
        return NotImplemented
    if name == "conjugate":
        return g.apply("conjugate", ts[0])
    if name == "absolute":
        turned = applied(g, "multiply", conjugate(g, direction(g, args[0], i)), ts[0])
        return fitted(g, turned, g.dtype[i])
    return s.by_rule(i, by_rule(name), ts)


def cotangent(s: Any, i: int, w: int, args: tuple[int, ...], name: str, which: int) -> Any:
    """The cotangent of an argument of a complex operation; NotImplemented as `tangent`."""
    g = s.g
    name = SYNONYMS.get(name, name)
    if name in HOLOMORPHIC:
        return NotImplemented
    if name == "conjugate":
        return g.apply("conjugate", w)
    if name == "absolute":
        return applied(g, "multiply", direction(g, args[0], i), real_part(g, w))
    return s.by_rule(i, by_rule(name), w, which)
