"""Whether a function has the same value on duals and on plain numbers beside a point, where the point may not tell.

It does not tell where the value is not finite, as nan hides what else is added to it; nor where two branches meet by
chance, as x**2 and x**3 do at 0 and 1.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions.base import value_of
from ..maps.tangents import is_dual
from ..quiet import quietly
from ..transforms.pytrees import flatten, unflatten
from .plain import copied, is_number

__all__ = ["differs_beside", "is_blind"]

SIZES = (0.05, 1e-3)
"""How far beside the point, for its size."""
WAYS = np.array([1.0, -0.71, 0.43, -0.89, 0.57, 0.31])
INSTEAD = 0.6
"""A number in place of one that is not finite."""


def is_blind(found: Any) -> bool:
    """Whether a result is not finite somewhere, or of whole numbers alone."""
    leaves = [np.asarray(value_of(y)) for y in flatten(found)[0] if is_dual(y) or is_number(y)]
    leaves = [y for y in leaves if y.dtype.kind in "fc"]
    with np.errstate(all="ignore"):
        return not all(np.all(np.isfinite(y)) for y in leaves) or all(np.all(y == np.rint(y)) for y in leaves)


def differs_beside(
    dual: Callable[..., Any], plain: Callable[..., Any], args: Any, kwargs: Any,
    differ: Callable[[Any, Any], str | None],
) -> str | None:  # fmt: skip
    """What is different between dual(...) on duals and plain(...) on plain numbers, as text; None if nothing is.

    differ : function that compares two results.
    """
    from ..transforms.jvp import jvp

    leaves, structure = flatten((args, kwargs))
    free = [i for i, x in enumerate(leaves) if is_dual(x)]
    values = [copied(x) for x in leaves]
    told: list[Any] = []

    def of_free(*xs: Any) -> Any:
        here = [copied(x) for x in values]
        for i, x in zip(free, xs, strict=True):
            here[i] = x
        inner, named = unflatten(structure, here)
        found = dual(*inner, **named)
        told.append([value_of(y) for y in flatten(found)[0]])
        return found

    for size in SIZES:
        at = tuple(beside(values[i], size) for i in free)
        del told[:]
        try:
            with np.errstate(all="ignore"), quietly():
                jvp(of_free, at, tuple(np.ones(np.shape(x), getattr(x, "dtype", float))[()] for x in at), lift=False)
                here = [copied(x) for x in values]
                for i, x in zip(free, at, strict=True):
                    here[i] = copied(x)
                inner, named = unflatten(structure, here)
                wanted = flatten(plain(*inner, **named))[0]
        except Exception:
            continue  # there it is not defined
        difference = differ(told[0], wanted)        # beside kinks the function is called again
        if difference is not None:
            return f"beside the point {difference}"
        if all(np.all(np.isfinite(y)) for y in wanted if is_number(y)):
            return None
    return None


def beside(x: Any, size: float) -> Any:
    """A finite number or array beside x."""
    y = np.asarray(x)
    finite = np.isfinite(y)
    known = np.abs(y[finite])
    y = np.where(finite, y, np.mean(known) if known.size else INSTEAD)
    way = np.resize(WAYS, y.shape) * size
    y = (y + way * np.where(y == 0, np.max(known, initial=0.0) or 1.0, np.abs(y))).astype(y.dtype, copy=False)
    return float(y) if isinstance(x, float) and type(x) is float else y[()] if not isinstance(x, np.ndarray) else y
