"""Linear maps given by a function and its adjoint: transforms of the FFT's kind."""

from typing import Any

from .base import LinearMap, fit

__all__ = ["Spectral"]


class Spectral(LinearMap):
    """A discrete Fourier transform: numpy.fft's function with fixed arguments.

    `forward(x)` and `adjoint(w)` work on the last axes of stacks.
    """

    __slots__ = ("adjoint", "forward")

    fixed = True

    def __init__(self, forward: Any, adjoint: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.forward, self.adjoint = forward, adjoint

    def apply(self, ts: Any) -> Any:
        return self.forward(ts[0])

    def transpose(self, w: Any, i: int) -> Any:
        return fit(self.adjoint(w), self.in_dtypes[0])
