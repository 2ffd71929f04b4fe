"""The drop-in namespaces."""

from . import (
    fft as fft,
    integrate as integrate,
    interpolate as interpolate,
    linalg as linalg,
    optimize as optimize,
    sparse as sparse,
    special as special,
    stats as stats,
)

__all__ = ["fft", "integrate", "interpolate", "linalg", "optimize", "sparse", "special", "stats"]
