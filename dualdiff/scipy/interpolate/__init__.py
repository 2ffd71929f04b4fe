"""scipy.interpolate for duals and plain arrays alike: ``from dualdiff.scipy import interpolate``.

Names, signatures and values are SciPy's.  An interpolant takes duals as arguments, as data, or both; knots, grids and
triangulations are constants.  What has no derivative is passed on, and refuses duals by name.
"""

import scipy.interpolate as _interpolate

from ...errors import UnsupportedError as _UnsupportedError
from ..applied import differentiable as _differentiable, refuses as _refuses, theirs as _theirs
from . import multivariate as _multivariate, univariate as _univariate
from .multivariate import *  # noqa: F403
from .univariate import *  # noqa: F403

_OWN = {*_multivariate.__all__, *_univariate.__all__}
__all__ = sorted(_OWN)


def __getattr__(name):
    found = _theirs(_interpolate, name)
    if name.startswith("_") or not callable(found):
        return found
    found = globals()[name] = _guarded(found) if isinstance(found, type) else _refuses(_interpolate, name)
    return found


def _guarded(original):
    """SciPy's class, whose constructor and calls refuse duals by name."""
    if issubclass(original, (Warning, Exception)):
        return original

    def check(*args, **kwargs):
        if _differentiable(*args, *kwargs.values()):
            raise _UnsupportedError(
                f"scipy.interpolate.{original.__name__} of duals: it has no derivative here. Pass x.value if the "
                "derivative is not needed, or give it a rule with dualdiff.custom_jvp"
            )

    def __init__(self, *args, **kwargs):
        check(*args, **kwargs)
        original.__init__(self, *args, **kwargs)

    def __call__(self, *args, **kwargs):
        check(*args, **kwargs)
        return original.__call__(self, *args, **kwargs)

    own = {
        "__init__": __init__,
        "__call__": __call__,
        "__doc__": f"scipy.interpolate.{original.__name__}, which refuses duals.",
        "refused_because": "it has no derivative here",
    }
    return type(original.__name__, (original,), own)


def __dir__():
    return sorted({*dir(_interpolate), *_OWN})
