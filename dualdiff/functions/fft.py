"""numpy.fft in one dimension: linear maps with complex results.

Imported by functions/__init__.py.
"""

import numpy as np

from ..linear import Spectral
from .base import axis_tuple, handles, linear


def register(function, adjoint):
    """Registers a transform whose adjoint is adjoint(w, n_in, n_out, norm, axis)."""

    def transform(a, n=None, axis=-1, norm=None, out=None):
        (axis,) = axis_tuple(axis, np.ndim(a))
        length = np.shape(a)[axis]

        def forward(t):
            return function(t, n=n, axis=axis + 1, norm=norm)

        def back(w):
            return resize(adjoint(w, n, w.shape[axis + 1], norm, axis + 1), length, axis + 1)

        return linear(lambda v: function(v, n=n, axis=axis, norm=norm),
                      lambda v, y: Spectral(forward, back, v, y), a)  # fmt: skip

    transform.__doc__ = f"np.fft.{function.__name__}."
    handles(function)(transform)


def resize(w, length, axis):
    """Cuts or pads with zeros: the transpose of what n= does to the input."""
    have = w.shape[axis]
    lead = (slice(None),) * axis
    if have >= length:
        return w[(*lead, slice(0, length))]
    width = [(0, 0)] * w.ndim
    width[axis] = (0, length - have)
    return np.pad(w, width)


OPPOSITE: dict = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def full_adjoint(inverse):
    """fft and ifft: the conjugate transpose is the other one with the opposite norm."""
    return lambda w, n, m, norm, axis: inverse(w, axis=axis, norm=OPPOSITE[norm])


register(np.fft.fft, full_adjoint(np.fft.ifft))
register(np.fft.ifft, full_adjoint(np.fft.fft))


@handles(np.fft.rfft)
def rfft(a, n=None, axis=-1, norm=None, out=None):
    """np.fft.rfft."""
    (axis,) = axis_tuple(axis, np.ndim(a))
    length = np.shape(a)[axis]
    size = length if n is None else n

    def back(w):
        full = np.fft.ifft(resize(w, size, axis + 1), axis=axis + 1, norm=OPPOSITE[norm])
        return np.real(resize(full, length, axis + 1))

    return linear(
        lambda v: np.fft.rfft(v, n=n, axis=axis, norm=norm),
        lambda v, y: Spectral(lambda t: np.fft.rfft(t, n=n, axis=axis + 1, norm=norm), back, v, y),
        a,
    )


@handles(np.fft.irfft)
def irfft(a, n=None, axis=-1, norm=None, out=None):
    """np.fft.irfft."""
    (axis,) = axis_tuple(axis, np.ndim(a))
    length = np.shape(a)[axis]
    size = 2 * (length - 1) if n is None else n

    def back(w):
        half = np.fft.rfft(w, axis=axis + 1, norm=OPPOSITE[norm])
        # every coefficient but the first (and the middle one) stands for two
        weight = np.full(half.shape[axis + 1], 2.0)
        weight[0] = 1.0
        if size % 2 == 0:
            weight[-1] = 1.0
        weight = weight.reshape((-1,) + (1,) * (half.ndim - axis - 2))
        return resize(half * weight, length, axis + 1)

    return linear(
        lambda v: np.fft.irfft(v, n=n, axis=axis, norm=norm),
        lambda v, y: Spectral(lambda t: np.fft.irfft(t, n=n, axis=axis + 1, norm=norm), back, v, y),
        a,
    )
