"""scipy.fft for duals and plain arrays alike: ``from dualdiff.scipy import fft``.

Every transform is linear.  Fourier transforms have the derivatives of numpy.fft's, cosine and sine transforms are their
own maps with their adjoints; values are SciPy's.  On arguments without duals SciPy's own functions answer.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.fft as _fft

from ..errors import UnsupportedError
from ..functions.base import as_operand, axis_tuple, exact, has_duals, value_of
from .applied import apply_linear, apply_matrix, replaces, theirs

_REPLACED: set = set()


def __getattr__(name: str) -> Any:
    return theirs(_fft, name)


def __dir__() -> Any:
    return sorted({*dir(_fft), *_REPLACED})


# ---- Fourier transforms -----------------------------------------------------------------------------


def _fourier(name: str, several: Any) -> Any:
    original, numpys = getattr(_fft, name), getattr(np.fft, name)
    length = "s" if several else "n"
    axes = "axes" if several else "axis"
    default = (-2, -1) if name.endswith("2") else None if several else -1

    def function(
        x: Any,
        n: Any = None,
        axis: Any = default,
        norm: Any = None,
        overwrite_x: bool = False,
        workers: Any = None,
        *,
        plan: Any = None,
        **named: Any,
    ) -> Any:
        n, axis = named.pop("s", n), named.pop("axes", axis)
        if named:
            raise TypeError(f"scipy.fft.{name} takes {length}, {axes}, norm, not {', '.join(named)}")
        x = as_operand(x)
        value = original(value_of(x), n, axis, norm, workers=workers)
        if several and n is not None and axis is None:
            axis = tuple(range(np.ndim(x) - np.size(n), np.ndim(x)))
        found = numpys(x, np.atleast_1d(n).tolist() if several and n is not None else n, axis, norm)
        return exact(found, value)

    function.__name__ = name
    function.__doc__ = f"scipy.fft.{name}, also of duals: a linear map."
    return replaces(_fft, _REPLACED)(function)


for _name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    globals()[_name] = _fourier(_name, False)
for _name in ("fft2", "ifft2", "fftn", "ifftn", "rfft2", "irfft2", "rfftn", "irfftn"):
    globals()[_name] = _fourier(_name, True)

_OPPOSITE = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def _hermitian(name: str, through: Any, conjugate_first: Any) -> Any:
    original = getattr(_fft, name)
    two = (-2, -1) if name.endswith("2") else None

    def function(
        x: Any,
        s: Any = None,
        axes: Any = two,
        norm: Any = None,
        overwrite_x: bool = False,
        workers: Any = None,
        *,
        plan: Any = None,
    ) -> Any:
        x = as_operand(x)
        value = original(value_of(x), s, axes, norm, workers=workers)
        inner, turned = globals()[through], _OPPOSITE[norm]
        found = inner(np.conj(x), s, axes, turned) if conjugate_first else np.conj(inner(x, s, axes, turned))
        return exact(found, value)

    function.__name__ = name
    function.__doc__ = f"scipy.fft.{name}, also of duals: a linear map."
    return replaces(_fft, _REPLACED)(function)


hfft2, hfftn = _hermitian("hfft2", "irfft2", True), _hermitian("hfftn", "irfftn", True)
ihfft2, ihfftn = _hermitian("ihfft2", "rfft2", False), _hermitian("ihfftn", "rfftn", False)


@replaces(_fft, _REPLACED)
def fftshift(x: Any, axes: Any = None) -> Any:
    """scipy.fft.fftshift, also of duals."""
    return np.fft.fftshift(as_operand(x), axes)


@replaces(_fft, _REPLACED)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """scipy.fft.ifftshift, also of duals."""
    return np.fft.ifftshift(as_operand(x), axes)


# ---- cosine and sine transforms ----------------------------------------------------------------------


_SINES = frozenset({"dst", "idst"})
_DUAL_TYPE = {1: 1, 2: 3, 3: 2, 4: 4}


@functools.lru_cache(maxsize=64)
def _matrix(name: str, kind: Any, n: Any, norm: Any, orthogonalize: Any) -> Any:
    """The matrix of a cosine or sine transform of n numbers."""
    options = {} if orthogonalize is None else {"orthogonalize": orthogonalize}
    return np.ascontiguousarray(getattr(_fft, name)(np.eye(n), type=kind, axis=0, norm=norm, **options))


@functools.lru_cache(maxsize=256)
def _adjoint_weights(name: str, kind: Any, n: Any, norm: Any, orthogonalize: Any) -> tuple[Any, Any]:
    """(before, after): the adjoint is after * T(before * w), with T the transform of the transposed type.

    Up to weights of rows and columns the matrix A of a type is the transpose of the matrix B of its partner:
    A[i, j] = before[i] B[j, i] after[j], where only the first or last weights differ from the rest.  They are read off
    the entries; n is at least 4.
    """
    a, b = (_matrix_entries(name, t, n, norm, orthogonalize) for t in (kind, _DUAL_TYPE[kind]))
    edges = {1: [] if name in _SINES else [0, n - 1], 4: []}.get(kind, [n - 1] if name in _SINES else [0])
    before, after = np.ones(n), np.ones(n)
    row = column = 1
    after[:] = a(row, column) / b(column, row)
    for e in edges:
        other = 2       # a row and a column whose entries with e are not zero
        after[e] = a(other, e) / b(e, other)
        before[e] = a(e, other) / (b(other, e) * after[other])
    return before, after


def _matrix_entries(name: str, kind: Any, n: Any, norm: Any, orthogonalize: Any) -> Callable[..., Any]:
    """(i, j) -> the entry of the matrix of a transform."""
    options = {} if orthogonalize is None else {"orthogonalize": orthogonalize}

    def entry(i: Any, j: Any) -> Any:
        unit = np.zeros(n)
        unit[j] = 1.0
        return getattr(_fft, name)(unit, type=kind, norm=norm, **options)[i]

    return entry


def _trigonometric(name: str) -> Any:
    original = getattr(_fft, name)

    def function(
        x: Any,
        type: Any = 2,
        n: Any = None,
        axis: Any = -1,
        norm: Any = None,
        overwrite_x: bool = False,
        workers: Any = None,
        orthogonalize: Any = None,
    ) -> Any:
        x = as_operand(x)
        (axis,) = axis_tuple(axis, np.ndim(x))
        moved = np.moveaxis(x, axis, -1)
        length = np.shape(moved)[-1]
        wanted = length if n is None else int(n)
        if wanted < length:
            moved = moved[..., :wanted]
        elif wanted > length:
            moved = np.concatenate([moved, np.zeros((*np.shape(moved)[:-1], wanted - length))], axis=-1)
        options = {} if orthogonalize is None else {"orthogonalize": orthogonalize}
        value = original(value_of(x), type, n, axis, norm, workers=workers, **options)
        if wanted < 4:
            matrix = _matrix(name, type, wanted, norm, orthogonalize)
            return exact(np.moveaxis(apply_matrix(matrix, moved), -1, axis), value)
        before, after = _adjoint_weights(name, type, wanted, norm, orthogonalize)
        partner = _DUAL_TYPE[type]

        def forward(v: Any) -> Any:
            return original(v, type=type, norm=norm, **options)

        def adjoint(w: Any) -> Any:
            return after * original(before * w, type=partner, norm=norm, **options)

        return exact(np.moveaxis(apply_linear(forward, adjoint, moved), -1, axis), value)

    function.__name__ = name
    function.__doc__ = f"scipy.fft.{name}, also of duals: a linear map."
    return replaces(_fft, _REPLACED)(function)


dct, idct, dst, idst = map(_trigonometric, ("dct", "idct", "dst", "idst"))


def _several(name: str) -> Any:
    original, single = getattr(_fft, name), globals()[name[:-1]]

    def function(
        x: Any,
        type: Any = 2,
        s: Any = None,
        axes: Any = None,
        norm: Any = None,
        overwrite_x: bool = False,
        workers: Any = None,
        *,
        orthogonalize: Any = None,
    ) -> Any:
        x = as_operand(x)
        value = original(value_of(x), type, s, axes, norm, workers=workers, orthogonalize=orthogonalize)
        if axes is None:
            lengths = None if s is None else np.atleast_1d(s).tolist()
            axes = range(np.ndim(x)) if lengths is None else range(np.ndim(x) - len(lengths), np.ndim(x))
        axes = axis_tuple(tuple(np.atleast_1d(axes).tolist()), np.ndim(x))
        lengths = [None] * len(axes) if s is None else np.atleast_1d(s).tolist()
        for axis, n in zip(axes, lengths, strict=True):
            x = single(x, type, n, axis, norm, orthogonalize=orthogonalize)
        return exact(x, value)

    function.__name__ = name
    function.__doc__ = f"scipy.fft.{name}, also of duals: a linear map."
    return replaces(_fft, _REPLACED)(function)


dctn, idctn, dstn, idstn = map(_several, ("dctn", "idctn", "dstn", "idstn"))


# ---- Hankel transforms --------------------------------------------------------------------------------


def _hankel(name: str) -> Any:
    original = getattr(_fft, name)

    def function(a: Any, dln: Any, mu: Any, offset: Any = 0.0, bias: Any = 0.0) -> Any:
        a = as_operand(a)
        for given, x in {"dln": dln, "mu": mu, "offset": offset, "bias": bias}.items():
            if has_duals(x):
                raise UnsupportedError(f"scipy.fft.{name} has no derivative by {given} here: pass {given}.value")
        matrix = original(np.eye(np.shape(a)[-1]), dln, mu, offset, bias).T
        return exact(apply_matrix(matrix, a), original(value_of(a), dln, mu, offset, bias))

    function.__name__ = name
    function.__doc__ = f"scipy.fft.{name}, also of duals in its array: a linear map."
    return replaces(_fft, _REPLACED)(function)


fht, ifht = map(_hankel, ("fht", "ifht"))
