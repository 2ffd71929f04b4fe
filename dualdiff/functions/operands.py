"""Reading operands: a dual, or a constant as NumPy has it; the number alone."""

from typing import Any

import numpy as np

from ..core import Dual, DualArray, bare, join_scalars, make_array
from ..errors import UnsupportedError
from ..maps.joins import Stacked
from ..maps.tangents import find_tag, is_dual, peel, push
from .foreign import KNOWN, plain_numbers

__all__ = ["as_operand", "has_duals", "is_sparse", "numbers_in", "plain_operand", "rebuild", "value_of"]


def has_duals(x: Any) -> Any:
    """Whether a list, tuple or object array holds a dual anywhere."""
    if is_dual(x):
        return True
    if isinstance(x, np.ndarray):
        return x.dtype == object and any(is_dual(e) for e in x.flat)
    return isinstance(x, (list, tuple)) and any(has_duals(e) for e in x)


def as_operand(x: Any) -> Any:
    """A Dual, a DualArray, or constants as they are; lists and object arrays of Duals joined."""
    if type(x) is DualArray or type(x) is Dual:
        return x
    if isinstance(x, (list, tuple)):
        if has_duals(x):
            return rebuild(np.array(x, dtype=object))
        return np.asarray(x)
    if isinstance(x, np.ndarray) and x.dtype == object:
        return rebuild(x) if has_duals(x) else numbers_in(x)
    return x


def numbers_in(x: Any) -> Any:
    """An array of objects that are all numbers as the array of these numbers; another one as it is."""
    import numbers

    kinds = set(map(type, x.flat))
    if kinds <= {bool, np.bool_}:
        return x.astype(bool if kinds else np.float64)
    if all(issubclass(kind, numbers.Real) for kind in kinds):    # astype would make nan of None, 1.0 of "1"
        return x.astype(np.float64)
    return x.astype(np.complex128) if all(issubclass(kind, numbers.Complex) for kind in kinds) else x


def plain_operand(x: Any) -> Any:
    """An argument of a function of NumPy's whose arrays are ndarrays; a subclass that computes otherwise is refused."""
    kind = type(x)
    if kind is DualArray or kind is Dual or kind is np.ndarray:
        return x
    if isinstance(x, np.ndarray):
        return plain_numbers(x, "an operand beside a dual", UnsupportedError)
    if (kind is list or kind is tuple) and not KNOWN.issuperset(map(type, x)):
        return kind(plain_numbers(e, "an operand beside a dual", UnsupportedError) for e in x)
    if kind not in KNOWN and hasattr(kind, "__array__") and not isinstance(x, np.generic):
        return plain_numbers(x, "an operand beside a dual", UnsupportedError)
    return x


def rebuild(array: Any) -> Any:
    """The DualArray of an object array whose elements are Duals and numbers."""
    elements = list(array.flat)
    plain = join_scalars(elements)      # the frequent case
    if plain is not None:
        return plain if array.ndim == 1 else plain.reshape(array.shape)
    tag = find_tag(*elements)
    if tag < 0:
        return array.astype(np.result_type(*(e if not is_dual(e) else e.value for e in elements)))
    pairs = [peel(e, tag) for e in elements]
    values = [v for v, _ in pairs]
    if any(is_dual(v) for v in values):
        value = rebuild(np.array(values + [None], dtype=object)[:-1])
    else:
        value = np.array(values)
        if value.dtype.kind not in "fc":
            value = value.astype(np.float64)
    tangent = push(Stacked(values, value), [t for _, t in pairs])
    flat = make_array(value, tangent, tag)
    return flat.reshape(array.shape)


def value_of(x: Any) -> Any:
    """The plain numbers under any depth of duals; of a Dual a float64, as x[0] is, which float32 does not outrank."""
    if type(x) is Dual:
        v = bare(x)
        return np.float64(v) if type(v) is float else v
    x = bare(x)
    if isinstance(x, np.ndarray) and x.dtype == object and has_duals(x):
        return np.array([value_of(e) for e in x.flat]).reshape(x.shape)
    if isinstance(x, (list, tuple)) and has_duals(x):
        return type(x)(value_of(e) for e in x)
    return x


def is_sparse(x: Any) -> Any:
    """Whether x is a scipy.sparse array or matrix (without importing SciPy)."""
    return type(x).__module__.startswith("scipy.sparse") and hasattr(x, "format")
