"""What compositions for functions of SciPy's are made of, beside integrals: cases, inverses, known primitives.

    piecewise     a formula for each part of the arguments
    inverse       y with F(y) = p, from its value
    primitive     a function whose derivative is known, from its plain value; primitive_of: one of several arguments

All take duals of any depth and leave duals; plain arguments give plain results.
"""

import math
from typing import Any

import numpy as np

from ..core import make, mark_shared
from ..functions.base import as_operand, value_of
from ..maps.elementwise import Elementwise
from ..maps.tangents import Node, capture, find_tag, is_dual, order_of, peel, push

__all__ = ["carried_order", "inverse", "newton_steps", "piecewise", "plain_of", "primitive", "primitive_of"]

BLOCK = 8192
"""Numbers that a formula is given at once: a series or a quadrature makes a row of each."""


def plain_of(xs: Any) -> list[Any]:
    """The values of arguments."""
    return [value_of(as_operand(x)) for x in xs]


def piecewise(cases: Any, *xs: Any) -> Any:
    """Formulas for parts of the arguments, by the first of the conditions that holds; nan where none does.

    Parameters
    ----------
    cases : list of (condition, function)
        A condition is a plain array that broadcasts with the arguments; a function is given one-dimensional arguments.
    *xs : array_like
    """
    plain = [np.asarray(value_of(x)) for x in xs]
    shape = np.broadcast_shapes(*(v.shape for v in plain), *(np.shape(c) for c, _ in cases))
    flat = [np.reshape(np.broadcast_to(x, shape), (-1,)) if shape else np.reshape(x, (1,)) for x in xs]
    left = np.ones(flat[0].shape, bool)
    parts, places = [], []
    for condition, function in [*cases, (True, lambda *e: np.nan * sum(e))]:
        at = np.flatnonzero(left & np.broadcast_to(condition, shape).ravel())
        left[at] = False
        for start in range(0, len(at), BLOCK):
            here = at[start : start + BLOCK]
            parts.append(as_operand(function(*(x[here] for x in flat))))
            places.append(here)
    if not parts:
        return np.zeros(shape)
    found = parts[0] if len(parts) == 1 else np.concatenate(parts)[np.argsort(np.concatenate(places))]
    return np.reshape(found, shape) if shape else found[0]


def carried_order(*xs: Any) -> Any:
    """The highest order of derivative that arguments carry."""
    order = 0
    for x in xs:
        depth = 0
        while is_dual(x):
            depth += order_of(x) if x.tag >= 0 and x.tangents is not None else 0
            x = x.value
        order = max(order, depth)
    return order


def newton_steps(*xs: Any) -> Any:
    """How many Newton steps from an exact value are right to the order of derivative that the arguments carry."""
    return max(1, math.ceil(math.log2(carried_order(*xs) + 1)))


def inverse(value: Any, difference: Any, slope: Any, *xs: Any) -> Any:
    """y with difference(y) = 0, from its plain value: a step of Newton's method doubles the orders that are right.

    Parameters
    ----------
    value : array
        The solution at the plain arguments.
    difference, slope : callable
        Of y; slope is the derivative of difference.
    *xs : array_like
        What difference depends on, besides y: says how many steps there must be.
    """
    found = value
    for _ in range(newton_steps(*xs)):
        found = found - difference(found) / slope(found)
    return found


def primitive(function: Any, slope: Any, y: Any) -> Any:
    """function(y) with the derivative slope(y); both are asked about one level of duals less."""
    return primitive_of(function, lambda i, y: slope(y), y)


def primitive_of(function: Any, partial: Any, *ys: Any) -> Any:
    """function(*ys), elementwise, with the partial derivatives partial(i, *ys); all are asked about one level less."""
    if not any(map(is_dual, ys)):
        return function(*ys)
    tag = find_tag(*ys)
    pairs = [peel(y, tag) for y in ys]
    inner, tangents = [v for v, _ in pairs], [t for _, t in pairs]
    value = primitive_of(function, partial, *inner)
    if all(t is None for t in tangents):
        return value
    partials = [None if t is None else partial(i, *inner) for i, t in enumerate(tangents)]
    partials = [d[()] if isinstance(d, np.ndarray) and d.ndim == 0 else d for d in partials]
    if any(type(t) is Node for t in tangents):
        partials = [None if d is None else capture(d, *inner, value) for d in partials]
    found = make(value, push(Elementwise(tuple(partials), tuple(inner), value), tangents), tag)
    if is_dual(found) and np.ndim(found):
        mark_shared(found)
    return found
