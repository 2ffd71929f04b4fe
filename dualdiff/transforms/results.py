"""What comes back from a run of the user's function: results and what is beside them, values and tangents apart."""

from typing import Any

import numpy as np

from ..core import Dual, DualArray
from ..errors import InputError
from ..functions.base import has_duals
from .arguments import extract, python_number
from .pytrees import flatten, unflatten

__all__ = ["all_python_numbers", "aux_value", "block", "checked_layout", "jvp_results", "scalar_of", "split_aux"]

ONE = np.ones(1)    # what one direction looks like, for results that are constant


def split_aux(result: Any, has_aux: bool) -> Any:
    """(result, aux) of a function that returns both."""
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise InputError(f"has_aux=True expects the function to return (result, aux), got {type(result).__name__}")
    return result


def all_python_numbers(leaves: Any) -> bool:
    """Whether results should be Python numbers too."""
    return all(type(x) in (float, int, bool, complex) for x in leaves)


def scalar_of(y: Any) -> Any:
    """The result of a function whose gradient is wanted, checked to be one number."""
    if type(y) is Dual:
        return y
    if isinstance(y, (tuple, list, dict)):
        raise InputError(f"grad needs a function that returns one number, got a {type(y).__name__}; use jacobian")
    if np.ndim(y):
        if type(y) is DualArray and y.size == 1 or isinstance(y, np.ndarray) and y.size == 1:
            raise InputError(
                f"grad needs a function that returns one number, got an array of shape {np.shape(y)}; "
                "return y[0] or y.sum(), or use jacobian"
            )
        raise InputError(f"grad needs a function that returns one number, got shape {np.shape(y)}; use jacobian")
    return y[()] if isinstance(y, (np.ndarray, DualArray)) else y


def aux_value(aux: Any, tag: Any, plain: Any) -> Any:
    """Auxiliary results without the tangents of this call."""
    leaves, structure = flatten(aux)
    return unflatten(
        structure, [python_number(extract(x, tag, None)[0], plain) if has_duals(x) else x for x in leaves]
    )


def jvp_results(result: Any, tag: Any, like: Any, stacked: Any, plain: Any) -> tuple[Any, Any]:
    """(value, tangent) of a function's result, in its structure."""
    outs, structure = flatten(result)
    values, products = [], []
    for y in outs:
        value, t = extract(y, tag, like)
        values.append(python_number(value, plain))
        products.append(t if stacked else python_number(t[0], plain))
    return unflatten(structure, values), unflatten(structure, products)


def checked_layout(layout: str) -> Any:
    """The layout, checked."""
    if layout not in ("numerator", "denominator"):
        raise InputError(f'layout must be "numerator" or "denominator", got {layout!r}')
    return layout


def block(
    out_shape: tuple[int, ...], layout: str, plain: Any, t: Any, start: Any, stop: Any, shape: tuple[int, ...]
) -> Any:
    """One block of a Jacobian from tangents (directions, *out_shape)."""
    t = t[start:stop]
    if layout == "denominator":
        return python_number(np.reshape(t, (*shape, *out_shape)), plain)
    t = np.reshape(np.moveaxis(t, 0, -1), (*out_shape, *shape))
    return python_number(np.ascontiguousarray(t) if type(t) is np.ndarray and t.ndim else t, plain)
