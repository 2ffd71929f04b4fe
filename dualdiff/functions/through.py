"""Functions that answer about the value: shapes, comparisons, positions.  No derivative.

"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import note_alike, note_place, note_text_of
from ..maps.tangents import is_dual
from .base import FUNCTIONS, value_of

VALUE_ONLY = [
    np.shape, np.ndim, np.size, np.argmax, np.argmin, np.argsort, np.allclose, np.isclose, np.array_equal,
    np.array_equiv, np.any, np.all, np.count_nonzero, np.nonzero, np.flatnonzero, np.argwhere, np.searchsorted,
    np.digitize, np.iscomplexobj, np.isrealobj, np.iscomplex, np.isreal, np.result_type, np.can_cast,
    np.may_share_memory, np.shares_memory, np.lexsort, np.isposinf, np.isneginf,
    np.array2string, np.array_repr, np.array_str, np.min_scalar_type, np.common_type,
    np.linalg.matrix_rank, np.nanargmax, np.nanargmin, np.argpartition, np.isin, np.einsum_path,
    np.diag_indices_from, np.tril_indices_from, np.triu_indices_from,
]  # fmt: skip
if hasattr(np, "in1d"):     # before NumPy 2.4
    VALUE_ONLY.append(np.in1d)


def strip(x: Any) -> Any:
    """Arguments without their derivatives."""
    if is_dual(x):
        return value_of(x)
    if isinstance(x, (list, tuple)):
        return type(x)(strip(e) for e in x)
    return value_of(x)


def through(function: Any) -> Callable[..., Any]:
    """A handler that calls the function on the values."""

    def answer(*args: Any, **kwargs: Any) -> Any:
        return function(*map(strip, args), **{name: strip(x) for name, x in kwargs.items()})

    answer.__doc__ = f"np.{function.__name__}, on the value."
    return answer


def alike(function: Any) -> Callable[..., Any]:
    """A handler that calls the function on the values; it notes where they are those that they are compared with."""

    def answer(*args: Any, **kwargs: Any) -> Any:
        found = function(*map(strip, args), **{name: strip(x) for name, x in kwargs.items()})
        if np.all(found):
            note_alike()
        return found

    answer.__doc__ = f"np.{function.__name__}, on the value."
    return answer


def noting(function: Any, note: Callable[[], None]) -> Callable[..., Any]:
    """A handler that calls the function on the values, and notes that it was asked for."""
    plain = through(function)

    def answer(*args: Any, **kwargs: Any) -> Any:
        note()
        return plain(*args, **kwargs)

    answer.__doc__ = plain.__doc__
    return answer


for _function in VALUE_ONLY:
    FUNCTIONS[_function] = through(_function)
for _function in (np.argmax, np.argmin, np.argsort, np.searchsorted, np.digitize, np.count_nonzero, np.nanargmax,
                  np.nanargmin, np.argpartition, np.lexsort):  # fmt: skip
    FUNCTIONS[_function] = noting(_function, note_place)
for _function in (np.array2string, np.array_repr, np.array_str):
    FUNCTIONS[_function] = noting(_function, note_text_of)
for _function in (np.isclose, np.allclose, np.array_equal, np.array_equiv):
    FUNCTIONS[_function] = alike(_function)
