"""Linear maps given by a function and its adjoint: transforms of the FFT's kind."""

from .base import LinearMap, fit

__all__ = ["Spectral"]


class Spectral(LinearMap):
    """A discrete Fourier transform: numpy.fft's function with fixed arguments.

    `forward(x)` and `adjoint(w)` work on the last axes of stacks.
    """

    __slots__ = ("adjoint", "forward")

    fixed = True

    def __init__(self, forward, adjoint, inputs, output):
        super().__init__(inputs, output)
        self.forward, self.adjoint = forward, adjoint

    def apply(self, ts):
        return self.forward(ts[0])

    def transpose(self, w, i):
        return fit(self.adjoint(w), self.in_dtypes[0])
