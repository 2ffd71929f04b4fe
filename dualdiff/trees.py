"""Structures of arrays: nested tuples, lists, dicts and dataclasses, flattened to leaves.

Invariant: unflatten(structure, leaves of x) rebuilds x.  Imported by forward.py and reverse.py.
"""

import numpy as np

from .core import Dual, DualArray

__all__ = ["flatten", "map_leaves", "unflatten"]

PLAIN = {float, int, np.ndarray, np.float64, Dual, DualArray}    # leaves, known without a look inside
LEAF = None
"""The structure of a leaf; every other structure is (kind, keys, children)."""


def parts(x):
    """(kind, keys, children) of a container, or None for a leaf."""
    if isinstance(x, (tuple, list)):
        return type(x), None, list(x)
    if isinstance(x, dict):
        return dict, list(x), list(x.values())
    if hasattr(type(x), "__dataclass_fields__"):
        import dataclasses  # slow to import, and already there where it is needed

        names = [field.name for field in dataclasses.fields(x) if field.init]
        return type(x), names, [getattr(x, name) for name in names]
    return None


def build(kind, keys, children):
    """The container of given children."""
    if keys is None:
        return kind(*children) if hasattr(kind, "_fields") else kind(children)
    if kind is dict:
        return dict(zip(keys, children, strict=True))
    return kind(**dict(zip(keys, children, strict=True)))


def flatten(x):
    """(leaves, structure) of x."""
    found = None if type(x) in PLAIN else parts(x)
    if found is None:
        return [x], LEAF
    kind, keys, children = found
    leaves, structures = [], []
    for child in children:
        below, structure = flatten(child)
        leaves += below
        structures.append(structure)
    return leaves, (kind, keys, structures)


def unflatten(structure, leaves):
    """The container of a structure with other leaves."""
    return _unflatten(structure, iter(leaves))


def _unflatten(structure, leaves):
    if structure is LEAF:
        return next(leaves)
    kind, keys, structures = structure
    return build(kind, keys, [_unflatten(s, leaves) for s in structures])


def map_leaves(function, x):
    """x with every leaf replaced by function(leaf)."""
    leaves, structure = flatten(x)
    return unflatten(structure, [function(leaf) for leaf in leaves])
