"""Points at which a function of several numbers is wanted, as SciPy's interpolants read them."""

from typing import Any

import numpy as np

from ...functions.base import as_operand

__all__ = ["points_of"]


def points_of(args: Any, dimension: Any) -> Any:
    """Points (..., d) from one array or from d arrays, as SciPy reads them."""
    if len(args) == 1:
        x = args[0]
        if isinstance(x, tuple):
            return points_of(x, dimension)
        x = as_operand(x)
        return np.reshape(x, (*np.shape(x), 1)) if dimension == 1 and (np.ndim(x) == 0 or np.shape(x)[-1] != 1) else x
    parts = [as_operand(x) for x in args]
    shape = np.broadcast_shapes(*(np.shape(x) for x in parts))
    return np.stack([np.broadcast_to(x, shape) for x in parts], axis=-1)
