"""numpy.fft: the transforms of one dimension are linear maps with complex results; the others are made of them.

"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..maps.spectral import Spectral
from ..maps.tangents import is_dual
from .base import as_operand, axis_tuple, deliver, handles, linear, value_of
from .rows import along


def into(result: Any, out: Any) -> Any:
    """A result into out=, by NumPy's rules."""
    if isinstance(out, np.ndarray) or is_dual(out):
        if np.shape(out) != np.shape(result):
            raise ValueError("output array has wrong shape.")
    return deliver(result, out, "same_kind")


def register(function: Any, adjoint: Any) -> None:
    """Registers a transform whose adjoint is adjoint(w, axis=, norm=), with the opposite norm."""

    def transform(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Any:
        a = as_operand(a)
        (axis,) = axis_tuple(axis, np.ndim(a))
        length = np.shape(a)[axis]

        forward = functools.partial(function, n=n, axis=axis + 1, norm=norm)
        back = functools.partial(transform_back, adjoint, norm, axis + 1, length)
        return into(linear(lambda v: function(v, n=n, axis=axis, norm=norm),
                              lambda v, y: Spectral(forward, back, v, y), a), out)  # fmt: skip

    transform.__doc__ = f"np.fft.{function.__name__}."
    handles(function, stacked=along("axis"))(transform)


def transform_back(adjoint: Any, norm: Any, axis: Any, length: Any, w: Any) -> Any:
    """The adjoint of a full transform: the conjugate transpose is the inverse one with the opposite norm."""
    return resize(adjoint(w, axis=axis, norm=OPPOSITE[norm]), length, axis)


def resize(w: Any, length: Any, axis: Any) -> Any:
    """Cuts or pads with zeros: the transpose of what n= does to the input."""
    have = w.shape[axis]
    lead = (slice(None),) * axis
    if have >= length:
        return w[(*lead, slice(0, length))]
    width = [(0, 0)] * w.ndim
    width[axis] = (0, length - have)
    return np.pad(w, width)


OPPOSITE: dict[Any, Any] = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


register(np.fft.fft, np.fft.ifft)
register(np.fft.ifft, np.fft.fft)


@handles(np.fft.rfft, stacked=along("axis"))
def rfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Any:
    """np.fft.rfft."""
    a = as_operand(a)
    (axis,) = axis_tuple(axis, np.ndim(a))
    length = np.shape(a)[axis]
    size = length if n is None else n

    forward = functools.partial(np.fft.rfft, n=n, axis=axis + 1, norm=norm)
    back = functools.partial(rfft_back, size, norm, axis + 1, length)
    return into(
        linear(
            lambda v: np.fft.rfft(v, n=n, axis=axis, norm=norm),
            lambda v, y: Spectral(forward, back, v, y),
            a,
        ),
        out,
    )


def rfft_back(size: Any, norm: Any, axis: Any, length: Any, w: Any) -> Any:
    """The adjoint of rfft."""
    full = np.fft.ifft(resize(w, size, axis), axis=axis, norm=OPPOSITE[norm])
    return np.real(resize(full, length, axis))


@handles(np.fft.irfft, stacked=along("axis"))
def irfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Any:
    """np.fft.irfft."""
    a = as_operand(a)
    (axis,) = axis_tuple(axis, np.ndim(a))
    length = np.shape(a)[axis]
    size = 2 * (length - 1) if n is None else n

    forward = functools.partial(np.fft.irfft, n=n, axis=axis + 1, norm=norm)
    back = functools.partial(irfft_back, size, norm, axis + 1, length)
    return into(
        linear(
            lambda v: np.fft.irfft(v, n=n, axis=axis, norm=norm),
            lambda v, y: Spectral(forward, back, v, y),
            a,
        ),
        out,
    )


def irfft_back(size: Any, norm: Any, axis: Any, length: Any, w: Any) -> Any:
    """The adjoint of irfft."""
    half = np.fft.rfft(w, axis=axis, norm=OPPOSITE[norm])
    # every coefficient but the first (and the middle one) stands for two
    weight = np.full(half.shape[axis], 2.0)
    weight[0] = 1.0
    if size % 2 == 0:
        weight[-1] = 1.0
    weight = weight.reshape((-1,) + (1,) * (half.ndim - axis - 1))
    return resize(half * weight, length, axis)


# a signal with Hermitian symmetry: the other transform of the conjugate, with the opposite norm


@handles(np.fft.hfft, stacked=along("axis"))
def hfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Any:
    """np.fft.hfft."""
    a = as_operand(a)
    size = (np.shape(a)[axis] - 1) * 2 if n is None else n
    return into(irfft(np.conjugate(a), size, axis, OPPOSITE.get(norm, norm)), out)


@handles(np.fft.ihfft, stacked=along("axis"))
def ihfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Any:
    """np.fft.ihfft."""
    a = as_operand(a)
    size = np.shape(a)[axis] if n is None else n
    return into(np.conjugate(rfft(a, size, axis, OPPOSITE.get(norm, norm))), out)


# ---- several dimensions: one after the other, in NumPy's order ----------------------------------------


def plan(a: Any, s: Any, axes: Any, inverse_real: bool = False) -> tuple[Any, Any]:
    """The lengths (None: as they are) and the axes of a transform in several dimensions."""
    ndim = np.ndim(a)
    if s is not None and (axes is None or None in s):
        np.fft.fftn(value_of(a), s, axes)       # NumPy's own warnings
    if axes is None:
        axes = list(range(ndim)) if s is None else list(range(ndim - len(s), ndim))
    if s is None:
        sizes: list[Any] = [np.shape(a)[i] for i in axes]
        if inverse_real and sizes:
            sizes[-1] = (np.shape(a)[axes[-1]] - 1) * 2
    else:
        sizes = [None if n == -1 else n for n in s]
    if len(sizes) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    return sizes, list(axes)


def along_axes(one: Any) -> Callable[..., Any]:
    """fftn or ifftn, made of the transform along one axis."""

    def transform(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Any:
        a = as_operand(a)
        sizes, order = plan(a, s, axes)
        for n, axis in zip(reversed(sizes), reversed(order), strict=True):
            a = one(a, n=n, axis=axis, norm=norm)
        return into(a, out)

    return transform


fftn, ifftn = along_axes(np.fft.fft), along_axes(np.fft.ifft)


def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Any:
    """The last axis by rfft, the others by fft."""
    a = as_operand(a)
    sizes, order = plan(a, s, axes)
    a = np.fft.rfft(a, sizes[-1], order[-1], norm)
    for n, axis in zip(sizes[-2::-1], order[-2::-1], strict=True):
        a = np.fft.fft(a, n, axis, norm)
    return into(a, out)


def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Any:
    """The last axis by irfft, after the others by ifft."""
    a = as_operand(a)
    sizes, order = plan(a, s, axes, True)
    for n, axis in zip(sizes[:-1], order[:-1], strict=True):
        a = np.fft.ifft(a, n, axis, norm)
    return into(np.fft.irfft(a, sizes[-1], order[-1], norm), out)


def two_axes(transform: Any) -> Callable[..., Any]:
    """The form of a transform whose axes are the last two."""

    def transform2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, out: Any = None) -> Any:
        return transform(a, s, axes, norm, out)

    return transform2


for _name, _transform in (("fft", fftn), ("ifft", ifftn), ("rfft", rfftn), ("irfft", irfftn)):
    for _end, _handler in (("n", _transform), ("2", two_axes(_transform))):
        _handler.__doc__ = f"np.fft.{_name}{_end}."
        handles(getattr(np.fft, _name + _end), stacked=along("axes", none="all"))(_handler)


# ---- order of the frequencies --------------------------------------------------------------------------


def shifter(name: str, sign: Any) -> None:
    """np.fft.fftshift or ifftshift: a roll by half of each axis."""

    def shift(x: Any, axes: Any = None) -> Any:
        x = as_operand(x)
        x = x if is_dual(x) else np.asarray(x)
        axes = axis_tuple(axes, np.ndim(x))
        return np.roll(x, [sign * (np.shape(x)[i] // 2) for i in axes], axes)

    shift.__doc__ = f"np.fft.{name}."
    handles(getattr(np.fft, name), stacked=along("axes", none="all"))(shift)


shifter("fftshift", 1)
shifter("ifftshift", -1)
