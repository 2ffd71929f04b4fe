"""Index keys: which are basic, and what they mean when they are written out."""

import numpy as np

__all__ = ["expand_key", "has_mask", "is_basic"]


def is_basic(key):
    """Whether an index gives a view (no arrays in it)."""
    for part in key if type(key) is tuple else (key,):
        kind = type(part)
        if kind is int or kind is slice or part is None or part is Ellipsis:
            continue
        if isinstance(part, np.integer) or (isinstance(part, int) and kind is not bool):
            continue
        return False
    return True


def has_mask(key):
    """Whether an index has a mask in it."""
    return any(np.asarray(part).dtype == bool for part in key if isinstance(part, (np.ndarray, list, bool, np.bool_)))


def expand_key(key, ndim):
    """An index as a tuple without an ellipsis, for an array of ndim axes."""
    parts = key if type(key) is tuple else (key,)
    used = 0
    for part in parts:
        if part is None or part is Ellipsis:
            continue
        dim = getattr(part, "ndim", None)
        if dim is None and isinstance(part, (list, bool)):
            part = np.asarray(part)
            dim = part.ndim
        used += dim if dim is not None and part.dtype == bool else 1
    fill = (slice(None),) * (ndim - used)
    out: tuple = ()
    met = False
    for part in parts:
        if part is Ellipsis:
            out, met = out + fill, True
        else:
            out += (part,)
    return out if met else out + fill
