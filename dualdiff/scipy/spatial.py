"""scipy.spatial for duals and plain arrays alike."""

import scipy.spatial as _spatial


def __getattr__(name):
    return getattr(_spatial, name)
