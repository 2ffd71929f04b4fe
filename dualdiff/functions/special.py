"""Ufuncs of scipy.special on the generic path alone: `general` rows of the table, and compositions.

Invariant: values are the ufunc's own.
"""

from typing import Any

import numpy as np

from ..core import make, mark_shared
from ..maps.base import dtype_of
from ..maps.elementwise import Elementwise
from ..maps.tangents import capture, find_tag, is_dual, is_node, peel, push
from ..rules.table import GENERAL, scipys_name

__all__ = ["by_composition", "wide"]


def wide(ufunc: Any, inputs: Any) -> Any:
    """The dual results of a ufunc with a general row, or of one that is a composition; None where it is neither."""
    name = scipys_name(ufunc)
    if name is None:
        return None
    tag = find_tag(*inputs)
    pairs = [peel(x, tag) for x in inputs]
    values, tangents = [np.float64(v) if type(v) is float else v for v, _ in pairs], [t for _, t in pairs]
    rule = GENERAL.get(name)
    if rule is None or rule.refuses(tangents):
        found = by_composition(ufunc, inputs)
        if found is None and rule is not None:
            rule.check(tangents)
        return found
    results = ufunc(*values)
    several = isinstance(results, tuple)
    results = results if several else (results,)
    found = []
    for value, row in zip(results, rule.general_partials(any(dtype_of(v).kind == "c" for v in values)), strict=True):
        with np.errstate(all="ignore"):
            partials = [
                None if t is None or function is None else function(*values, *results)
                for function, t in zip(row, tangents, strict=True)
            ]
        partials = [d[()] if isinstance(d, np.ndarray) and d.ndim == 0 else d for d in partials]
        if any(map(is_node, tangents)):
            partials = [capture(d, *values, *results) for d in partials]
        if all(d is None for d in partials):
            found.append(value)
            continue
        y = make(value, push(Elementwise(tuple(partials), tuple(values), value), tangents), tag)
        if is_dual(y) and np.ndim(y):
            mark_shared(y)
        found.append(y)
    return tuple(found) if several else found[0]


def by_composition(ufunc: Any, inputs: Any) -> Any:
    """The dual results of a ufunc of SciPy's whose derivative is that of a composition; None where there is none.

    The compositions need SciPy, and functions that are above this file: they are loaded when the first is asked for.
    """
    from ..scipy.cylinder import COMPOSED, composed

    name = scipys_name(ufunc)
    return composed(ufunc, name, inputs) if name is not None and name in COMPOSED else None
