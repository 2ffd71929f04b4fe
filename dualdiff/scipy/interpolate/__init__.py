"""scipy.interpolate for duals and plain arrays alike: ``from dualdiff.scipy import interpolate``.

Names, signatures and values are SciPy's.  An interpolant takes duals as arguments, as data, or both; knots, grids and
triangulations are constants.  What has no derivative is passed on, and refuses duals by name.
"""

from typing import Any

import scipy.interpolate as _interpolate

from ..applied import refuses as _refuses, theirs as _theirs
from . import (
    fitpack as _fitpack,
    multivariate as _multivariate,
    rational as _rational,
    tensor as _tensor,
    triangles as _triangles,
    univariate as _univariate,
)
from .fitpack import *  # noqa: F403
from .multivariate import *  # noqa: F403
from .rational import *  # noqa: F403
from .tensor import *  # noqa: F403
from .triangles import *  # noqa: F403
from .univariate import *  # noqa: F403

_REASONS = {
    "generate_knots": "which knots there are is found by a search",
    "approximate_taylor_polynomial": "it samples the function; write dualdiff.taylor",
}
_OWN = {
    *_fitpack.__all__, *_multivariate.__all__, *_rational.__all__, *_tensor.__all__, *_triangles.__all__,
    *_univariate.__all__,
}  # fmt: skip
__all__ = sorted(_OWN)


def __getattr__(name: str) -> Any:
    found = _theirs(_interpolate, name)
    if name.startswith("_") or not callable(found) or name == "interp2d":       # SciPy has removed it
        return found
    found = globals()[name] = _refuses(_interpolate, name, _REASONS.get(name, "it has no derivative here"))
    return found


def __dir__() -> Any:
    return sorted({*dir(_interpolate), *_OWN})
