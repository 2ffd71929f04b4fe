"""scipy.interpolate for duals and plain arrays alike: ``from dualdiff.scipy import interpolate``.

Names, signatures and values are SciPy's.  An interpolant takes duals as arguments, as data, or both; knots, grids and
triangulations are constants.  What has no derivative is passed on, and refuses duals by name.
"""

import scipy.interpolate as _interpolate

from ..applied import refuses as _refuses
from . import multivariate as _multivariate, univariate as _univariate
from .multivariate import *  # noqa: F403
from .univariate import *  # noqa: F403

_OWN = {*_multivariate.__all__, *_univariate.__all__}
__all__ = sorted(_OWN)


def __getattr__(name):
    found = getattr(_interpolate, name)
    if callable(found) and not isinstance(found, type):
        found = globals()[name] = _refuses(_interpolate, name)
    return found


def __dir__():
    return sorted({*dir(_interpolate), *_OWN})
