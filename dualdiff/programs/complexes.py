"""Derivatives of elementwise functions of complex numbers: linear over the real numbers, paired by Re(conj(w) v).

What is holomorphic and has a plain partial is a product with it, or with its conjugate on the way back; the modulus and
the conjugate have rules of their own; every other function is a call of dualdiff's own rule.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .evaluate import ufunc_of
from .graph import Call, Graph
from .partials import applied, partial

__all__ = ["conjugate", "cotangents", "is_complex", "linear_over_complex", "real_part", "tangent"]

HOLOMORPHIC = {"add", "subtract", "multiply", "divide", "negative", "positive", "square", "exp", "sin", "cos"}
"""Functions whose partials are nodes of the graph for complex numbers, too."""

SYNONYMS = {"conj": "conjugate", "true_divide": "divide", "abs": "absolute"}


def is_complex(g: Graph, *nodes: int) -> bool:
    """Whether one of some nodes is complex."""
    return any(g.dtype[i].kind == "c" for i in nodes)


MOVED = {"view", "copy", "write", "add", "take", "put", "put_add", "join", "matmul"}
"""Operations that are linear over the complex numbers in each argument."""


def linear_over_complex(g: Graph, i: int) -> bool:
    """Whether the derivative of a node is linear over the complex numbers, whatever its arguments are."""
    op, attr = g.op[i], g.attr[i]
    if op == "call":
        return bool(attr.linear == "complex")
    if g.dtype[i].kind != "c":
        return False
    if op == "apply":
        return attr == "where" or SYNONYMS.get(attr, attr) in HOLOMORPHIC
    return op in MOVED or op in ("item", "cast") or op in ("reduce", "scan") and attr[0] == "add"


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


def tangent(p: Any, i: int, args: tuple[int, ...], name: str) -> Any:
    """The tangent of a complex operation, or None; p: a `derive.Push`."""
    g, nd = p.g, len(p.g.shape[i])
    name = SYNONYMS.get(name, name)
    reached = [a for a in args if p.of(a) is not None]
    if not reached:
        return None
    if name == "conjugate":
        return g.apply("conjugate", p.of(args[0]))
    if name == "absolute":
        turned = applied(g, "multiply", conjugate(g, direction(g, args[0], i)), p.of(args[0]))
        return fitted(g, turned, g.dtype[i])
    if name not in HOLOMORPHIC:
        return p.by_call(i, args, by_rule(name))
    total = None
    for which, a in enumerate(args):
        d = p.of(a)
        if d is not None:
            slope = partial(g, name, which, args, i)
            term = applied(g, "multiply", slope, p.padded(d, len(g.shape[a]), nd))
            total = term if total is None else p.plus(total, term)
    return None if total is None else fitted(g, total, g.dtype[i])


def cotangents(p: Any, i: int, w: int, args: tuple[int, ...], name: str) -> None:
    """Hands the cotangent of a complex operation to its arguments; p: a `derive.Pull`."""
    g = p.g
    name = SYNONYMS.get(name, name)
    if name == "conjugate":
        p.give(args[0], g.apply("conjugate", w))
    elif name == "absolute":
        p.give(args[0], applied(g, "multiply", direction(g, args[0], i), real_part(g, w)))
    elif name not in HOLOMORPHIC:
        p.by_call(i, args, by_rule(name), w)
    else:
        for which, a in enumerate(args):
            if a in p.active:
                d = conjugate(g, partial(g, name, which, args, i))
                p.give_broadcast(a, applied(g, "multiply", d, w))
