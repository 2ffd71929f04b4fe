"""What is done before a dual array is written into."""

from typing import Any

import numpy as np

from ..core import DualArray, Packed, check_exposed, is_shared, make_array, rebind, view_parts
from ..maps.base import dtype_of
from ..maps.tangents import find_tag, is_dual, kept, like_layout, peel, rows_of, zero_like_tangent
from .pictures import PICTURED, check_pictures

__all__ = ["prepare"]


def prepare(x: Any, y: Any) -> None:
    """Makes x able to take y: memory of its own, a tag as large, a value that can be dual."""
    base, _ = view_parts(x)
    if base is not None:
        prepare(base, y)
        _ = x.value     # the view follows
        return
    value, t, tag = x.value, x.tangents, x.tag
    changed = is_shared(x)
    if changed == PICTURED and tag < 0 and find_tag(y) < 0:
        return      # on the same memory, so it is seen
    if changed & PICTURED:
        check_pictures(x)
    if changed:
        value = value.copy("K")     # the layout decides which reshapes are views
        t = rows_of(t, "copy", "K") if isinstance(t, (np.ndarray, DualArray, Packed)) else t
    new = find_tag(y)
    yt = y.tangents if new >= 0 else None
    if new > tag:
        check_exposed(x)
        if tag >= 0:
            value = make_array(value, kept(t), tag)
        t = like_layout(value, zero_like_tangent(yt, np.shape(value), dtype_of(value)))
        tag, changed = new, True
    yv, yt = peel(y, tag)
    if is_dual(yv) and not is_dual(value):
        value, changed = make_array(value, None, -1), True
    if type(yt) is DualArray and type(t) is np.ndarray:
        t, changed = make_array(t, None, -1), True
    if changed:
        rebind(x, value, kept(t), tag, False)
