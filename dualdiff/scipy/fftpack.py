"""scipy.fftpack for duals and plain arrays alike: the older names and conventions of scipy.fft.

Inverse cosine and sine transforms have no factor there, and rfft lays the real and imaginary parts side by side in a
real array.  Values are SciPy's; derivatives are those of the transforms of dualdiff.scipy.fft.  The pseudo-differential
operators (diff, hilbert, tilbert, ...) refuse duals.
"""

from typing import Any

import numpy as np
import scipy.fftpack as _fftpack

from ..functions.base import as_operand, exact, value_of
from . import fft as _fft
from .applied import refuses, replaces, theirs

_REPLACED: set = set()
_INVERSE = {1: 1, 2: 3, 3: 2, 4: 4}
"""The type of cosine or sine transform that undoes one, up to a factor."""


def __getattr__(name: str) -> Any:
    return theirs(_fftpack, name)


def __dir__() -> Any:
    return sorted({*dir(_fftpack), *_REPLACED})


def _renamed(name: str, found: Any) -> Any:
    found.__name__ = name
    found.__doc__ = f"scipy.fftpack.{name}, also of duals: a linear map."
    return replaces(_fftpack, _REPLACED)(found)


def _fourier(name: str) -> Any:
    original, ours = getattr(_fftpack, name), getattr(_fft, name)

    def function(x: Any, n: Any = None, axis: Any = -1, overwrite_x: bool = False) -> Any:
        return exact(ours(x, n, axis), original(value_of(as_operand(x)), n, axis))

    return _renamed(name, function)


def _fourier_of_axes(name: str) -> Any:
    original, ours = getattr(_fftpack, name), getattr(_fft, name)
    last = (-2, -1) if name.endswith("2") else None

    def function(x: Any, shape: Any = None, axes: Any = last, overwrite_x: bool = False) -> Any:
        return exact(ours(x, shape, axes), original(value_of(as_operand(x)), shape, axes))

    return _renamed(name, function)


def _trigonometric(name: str) -> Any:
    original, ours = getattr(_fftpack, name), getattr(_fft, name.lstrip("i"))

    def function(
        x: Any, type: Any = 2, n: Any = None, axis: Any = -1, norm: Any = None, overwrite_x: bool = False
    ) -> Any:
        kind = _INVERSE.get(type, type) if name.startswith("i") else type
        return exact(ours(x, kind, n, axis, norm), original(value_of(as_operand(x)), type, n, axis, norm))

    return _renamed(name, function)


def _trigonometric_of_axes(name: str) -> Any:
    original, ours = getattr(_fftpack, name), getattr(_fft, name.lstrip("i"))

    def function(
        x: Any, type: Any = 2, shape: Any = None, axes: Any = None, norm: Any = None, overwrite_x: bool = False
    ) -> Any:
        kind = _INVERSE.get(type, type) if name.startswith("i") else type
        return exact(ours(x, kind, shape, axes, norm), original(value_of(as_operand(x)), type, shape, axes, norm))

    return _renamed(name, function)


for _name in ("fft", "ifft"):
    globals()[_name] = _fourier(_name)
for _name in ("fft2", "ifft2", "fftn", "ifftn"):
    globals()[_name] = _fourier_of_axes(_name)
for _name in ("dct", "idct", "dst", "idst"):
    globals()[_name] = _trigonometric(_name)
    globals()[_name + "n"] = _trigonometric_of_axes(_name + "n")


@replaces(_fftpack, _REPLACED)
def rfft(x: Any, n: Any = None, axis: Any = -1, overwrite_x: bool = False) -> Any:
    """scipy.fftpack.rfft, also of duals: a linear map."""
    x = as_operand(x)
    value = _fftpack.rfft(value_of(x), n, axis)
    y = np.moveaxis(_fft.rfft(x, n, axis), axis, -1)
    parts = np.reshape(np.stack([np.real(y), np.imag(y)], -1), (*y.shape[:-1], -1))
    there = [0, *range(2, value.shape[axis] + 1)]     # the others are zero
    return exact(np.moveaxis(parts[..., there], -1, axis), value)


@replaces(_fftpack, _REPLACED)
def irfft(x: Any, n: Any = None, axis: Any = -1, overwrite_x: bool = False) -> Any:
    """scipy.fftpack.irfft, also of duals: a linear map."""
    x = as_operand(x)
    value = _fftpack.irfft(value_of(x), n, axis)
    size = value.shape[axis]
    y = np.moveaxis(x, axis, -1)[..., :size]
    none = np.zeros((*y.shape[:-1], 1))
    lacking = [none] * (size - y.shape[-1] + (size % 2 == 0))
    parts = np.reshape(np.concatenate([y[..., :1], none, y[..., 1:], *lacking], -1), (*y.shape[:-1], -1, 2))
    return exact(np.moveaxis(_fft.irfft(parts[..., 0] + 1j * parts[..., 1], size), -1, axis), value)


@replaces(_fftpack, _REPLACED)
def fftshift(x: Any, axes: Any = None) -> Any:
    """scipy.fftpack.fftshift, also of duals."""
    return np.fft.fftshift(x, axes)


@replaces(_fftpack, _REPLACED)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """scipy.fftpack.ifftshift, also of duals."""
    return np.fft.ifftshift(x, axes)


for _name in ("diff", "tilbert", "itilbert", "hilbert", "ihilbert", "cs_diff", "sc_diff", "ss_diff", "cc_diff",
              "shift"):  # fmt: skip
    globals()[_name] = refuses(_fftpack, _name, "it has no rule; write it with fft and ifft, which take duals")
