"""Truncated Taylor series of functions: taylor, nth_derivative.

The argument is seeded with a dual whose rows are the coefficients of x + t v; linear maps act on
every coefficient alike, elementwise rules by recurrences (series.py), products by convolution.
Where the function does something that no recurrence is known for, first-order calls are nested
instead, which costs 2^order.

Invariant: as hessian.py.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..above import above
from ..automatic import as_asked
from ..core import NotSecondOrder, ZeroTimesInfinity, call_watched, new_tag, second_seeds
from ..errors import InputError
from ..functions.foreign import plain_numbers
from ..maps.tangents import SERIES, is_dual
from .arguments import lent, promote, python_number
from .derived import transform
from .hessian import any_result, carried
from .jvp import jvp
from .pytrees import flatten, match, unflatten
from .recorder import HERE, UNDER_WAY
from .results import all_python_numbers

__all__ = ["nth_derivative", "taylor"]


def taylor(f: Callable[..., Any], x: Any, v: Any, order: Any, *, lift: Any = "auto", **kwargs: Any) -> Any:
    """The Taylor coefficients of t -> f(x + t v) at t = 0, in one run of f.

    c_m = (1/m!) d^m/dt^m f(x + t v), for m = 0 to order.

    Parameters
    ----------
    f : callable
        Takes x; returns an array, a number, or a structure of them.
    x : array, number, or structure of them
        The point.
    v : as x
        The direction.
    order : int
        The highest order, at least 0.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.
    **kwargs
        Passed to f; not differentiated.

    Returns
    -------
    array (order + 1, *shape of f(x)), or a structure of them

    Raises
    ------
    InputError
        If an array of v has another shape than that of x, or order is not a non-negative int; for complex or
        empty arguments.
    ShapeError
        If v has another structure than x: other keys, fields or lengths.

    Notes
    -----
    Truncated Taylor arithmetic: O(order^2) operations for each operation of f.  Functions that are
    not elementwise, linear or products (inv, eigh, ...) are done by nesting first derivatives,
    which costs 2^order.  At kinks the coefficients are those of the formulas for the partials.

    References
    ----------
    Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapter 13.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.taylor(np.exp, 0.0, 1.0, 4)
    array([1.        , 1.        , 0.5       , 0.16666667, 0.04166667])
    """
    f = as_asked(f, lift)
    if isinstance(order, bool) or not isinstance(order, (int, np.integer)) or order < 0:
        raise InputError(f"order must be an int that is not negative, got {order!r}")
    order = int(order)
    if UNDER_WAY and HERE.recorder is not None:
        return HERE.recorder.taylor(taylor, f, x, v, order, kwargs)
    programs = getattr(f, "__dualdiff_program__", None)
    if hasattr(programs, "path_for"):
        result = above("taylor_program")(programs, x, v, order, kwargs)
        if result is not NotImplemented:
            return result
    originals, structure = flatten(x)
    leaves = [promote(leaf, "x", structure is not None) for leaf in originals]
    directions = [
        np.zeros(np.shape(leaf)) if direction is None else direction
        for leaf, direction in zip(leaves, match(structure, v, "v"), strict=True)
    ]
    for leaf, direction in zip(leaves, directions, strict=True):
        if np.shape(leaf) != np.shape(plain_numbers(direction, "v")):
            raise InputError(f"v has shape {np.shape(direction)}, x has shape {np.shape(leaf)}; they must be the same")
    if order and carried(leaves) and not any(map(is_dual, directions)):
        tag = new_tag(SERIES)
        seeds = [
            second_seeds(leaf, 0, 0, 0, 1, order, direction, tag)
            for leaf, direction in zip(leaves, directions, strict=True)
        ]
        try:
            outs, out_structure = flatten(call_watched(f, (unflatten(structure, seeds),), kwargs, tag))
            found = []
            for y in outs:
                value, rows = any_result(y, tag, order)
                found.append(np.concatenate([np.reshape(value, (1, *np.shape(value))), rows]))
            return unflatten(out_structure, found)
        except (NotSecondOrder, ZeroTimesInfinity):
            pass
    return nested(f, x, v, order, kwargs)


def along(f: Callable[..., Any], v: Any) -> Any:
    """The derivative of f along v, as a function."""
    return lambda z: jvp(f, (z,), (v,))[1]


def nested(f: Callable[..., Any], x: Any, v: Any, order: Any, kwargs: dict[str, Any]) -> Any:
    """`taylor` by first derivatives of first derivatives."""
    functions: list[Callable[..., Any]] = [lambda z: f(z, **kwargs)]
    for _ in range(order):
        functions.append(along(functions[-1], v))
    scaled, structure = [], None
    for m, function in enumerate(functions):
        found = function(lent(x))
        structure = flatten(found)[1] if m == 0 else structure
        outs = match(structure, found, "the result")
        scaled.append([np.asarray(y) / math.factorial(m) if not is_dual(y) else y / math.factorial(m) for y in outs])
    return unflatten(structure, [np.stack(rows) for rows in zip(*scaled, strict=True)])


@transform
def nth_derivative(f: Callable[..., Any], n: int, *, lift: Any = "auto") -> Any:
    """The n-th derivative of a function of one number, as a function.

    Parameters
    ----------
    f : callable
        Takes a number; returns a number or an array.
    n : int
        The order, at least 0.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x, ... -> d^n f / dx^n, in the shape of f's result; n! times the last coefficient of `taylor`.

    Raises
    ------
    InputError
        If x is not a number, or n not a non-negative int.

    Notes
    -----
    For an f that acts element by element, x may also be an array.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.nth_derivative(np.sin, 3)(0.0)
    -1.0
    """
    f = as_asked(f, lift)

    @functools.wraps(f)
    def d(x: Any, *args: Any, **kwargs: Any) -> Any:
        if flatten(x)[1] is not None:
            raise InputError(f"nth_derivative is by a number or an array, got a {type(x).__name__}; use taylor")
        v = np.ones(np.shape(x)) if np.ndim(x) else 1.0
        coefficients = taylor(lambda z: f(z, *args, **kwargs), x, v, n)
        plain = all_python_numbers([x])
        leaves, structure = flatten(coefficients)
        return unflatten(structure, [python_number(c[n] * math.factorial(n), plain) for c in leaves])

    return d
