"""One row for each supported NumPy function and method: value, derivative, reverse, nesting, precision.

A handler of dualdiff.functions without a row fails `test_every_handler_has_a_row`.
"""

import dataclasses
import inspect

import mpmath
import numpy as np
import pytest
from support import (
    RTOL_FLOAT32,
    check_adjoint,
    check_second,
    close,
    leaves,
    points,
    random_like,
    reference,
    rng,
    same_bits,
)  # fmt: skip
from test_more_functions import ROWS as MORE_ROWS

import dualdiff as dd
import dualdiff.functions.fft  # noqa: F401  (its handlers count, too)
from dualdiff.functions.base import FUNCTIONS
from dualdiff.functions.elementwise import GUFUNCS
from dualdiff.functions.methods import METHODS
from dualdiff.functions.through import VALUE_ONLY


@dataclasses.dataclass
class Row:
    """A function of the primals in which `covers` (a NumPy function, or a method's name) does the work."""

    covers: object
    f: object
    primals: tuple
    analytic: bool
    label: str


ROWS = []


def row(covers, f, *primals, analytic=True):
    """Adds a row; analytic=False where the complex step does not apply."""
    name = covers if isinstance(covers, str) else covers.__name__
    ROWS.append(Row(covers, f, primals, analytic, f"{len(ROWS)}-{name}"))


def const(x, *shape):
    """A constant array of x's precision (in the complex step, of its real part's)."""
    return points(*shape, low=-1.0, high=1.0, seed=7).astype(np.zeros(0, x.dtype).real.dtype)


X = points(5)               # vectors
Y = points(5, seed=1)
X4 = points(4)
A = points(3, 4)            # matrices
B = points(4, 2)
S = points(4, 4)
T = points(2, 3, 4)         # stacks
U = points(2, 4, 3, seed=1)
Z = np.array(0.7)           # no axes
LONE = points(1, 3, 1)      # axes of length 1

# ---- reductions ------------------------------------------------------------------------------------

for _x in (X, A, T):
    row(np.sum, lambda x: np.sum(x * x), _x)
    row(np.sum, lambda x: np.sum(x * x, axis=0), _x)
    row(np.sum, lambda x: np.sum(x * x, axis=-1, keepdims=True), _x)
    row(np.mean, lambda x: np.mean(x * x), _x)
    row(np.mean, lambda x: np.mean(x * x, axis=-1), _x)
    row(np.prod, lambda x: np.prod(x), _x)
    row(np.prod, lambda x: np.prod(x, axis=0), _x)
    row(np.max, lambda x: np.max(x * 2), _x, analytic=False)
    row(np.min, lambda x: np.min(x * 2, axis=-1), _x, analytic=False)
    row(np.max, lambda x: np.max(x * 2, axis=0, keepdims=True), _x, analytic=False)
    row(np.cumsum, lambda x: np.cumsum(x * x), _x)
    row(np.cumsum, lambda x: np.cumsum(x * x, axis=0), _x)
row(np.sum, lambda x: np.sum(x), Z)
row(np.sum, lambda x: np.sum(x, axis=(0, 2)), T)
row(np.sum, lambda x: np.sum(x, axis=(-1, 0), keepdims=True), T)
row(np.sum, lambda x: np.sum(x, axis=()), A)
row(np.sum, lambda x: np.sum(x, initial=2.0), A)
row(np.sum, lambda x: np.sum(x * x, where=[True, False, True, True]), A)
row(np.sum, lambda x: np.sum(x * x, axis=0, where=[[True], [False], [True]], initial=1.5), A)
row(np.sum, lambda x: np.sum(x, dtype=np.float64), X, analytic=False)
row(np.sum, lambda x: np.sum(x[:0]) + x[0], X)
row(np.sum, lambda x: np.sum([x[0], x[1] * x[2], x[3]]), X)
row(np.sum, lambda x: np.add.reduce(x * x), A)
row(np.sum, lambda x: np.add.reduce(x * x, axis=1), A)
row(np.sum, lambda x: np.add.reduce(x * x, axis=None, keepdims=True), A)
row(np.mean, lambda x: np.mean(x, axis=(0, 2), keepdims=True), T)
row(np.mean, lambda x: np.mean(x * x, where=[True, False, True, True]), A)
row(np.mean, lambda x: np.mean(x * x, axis=1, where=[True, False, True, True]), A)
row(np.prod, lambda x: np.prod(x, axis=(0, 2)), T)
row(np.prod, lambda x: np.prod(x, axis=1, keepdims=True), A)
row(np.prod, lambda x: np.prod(x, initial=2.0), X)
row(np.prod, lambda x: np.prod(x, where=[True, False, True, True, False]), X)
row(np.prod, lambda x: np.prod(x * [1, 0, 1, 1, 1]), X)
row(np.prod, lambda x: np.prod(x * [1, 0, 1, 0, 1]), X)
row(np.prod, lambda x: np.prod(x[:0]) + x[0], X)
row(np.prod, lambda x: np.prod(x[:, :0], axis=1) + x[:, 0], A)
row(np.prod, lambda x: np.prod(x[:1]), X)
row(np.max, lambda x: np.max(x, axis=(0, 2)), T, analytic=False)
row(np.amax, lambda x: np.amax(x), A, analytic=False)
row(np.max, lambda x: np.max(x, initial=0.9), X, analytic=False)
row(np.max, lambda x: np.maximum.reduce(x), A, analytic=False)
row(np.max, lambda x: np.max(x, axis=1, where=[True, False, True, True], initial=0.01), A, analytic=False)
row(np.amin, lambda x: np.amin(x, axis=1), A, analytic=False)
row(np.min, lambda x: np.min(x, axis=None, keepdims=True), A, analytic=False)
row(np.min, lambda x: np.minimum.reduce(x, axis=1), A, analytic=False)
row(np.min, lambda x: np.min(x, initial=1.1), X, analytic=False)
row(np.cumsum, lambda x: np.cumsum(x, axis=-1), T)
row(np.cumsum, lambda x: np.cumsum(x, dtype=np.float64), X, analytic=False)

# ---- products --------------------------------------------------------------------------------------

for _a, _b in [(X4, X4), (X4, B), (A, X4), (A, B), (X4, U), (T, X4), (A, U), (T, B), (T, U), (T[:1], U), (T, U[0]),
               (T[:, None], U), (T[:1, None], U)]:  # fmt: skip
    row(np.matmul, lambda a, b: a @ b, _a, _b)
    row(np.matmul, lambda a, b=_b: np.matmul(a, b.astype(np.zeros(0, a.dtype).real.dtype)), _a)
    row(np.matmul, lambda b, a=_a: a.astype(np.zeros(0, b.dtype).real.dtype) @ b, _b)
row(np.matmul, lambda a: a @ a, S)
row(np.matmul, lambda a: a @ a.T, A)
row(np.matmul, lambda a: a @ [1.0, 2.0, 3.0, 4.0], A)
row(np.matmul, lambda a: [1.0, 2.0, 3.0] @ a, A)
row(np.matmul, lambda a: [1, 2, 3] @ a, A)
row(np.matmul, lambda a: np.matmul([a[0], a[1]], [[a[2], a[4]], [a[0], a[3]]]), X)
row(np.matmul, lambda a: a[:, :0] @ a[:0, :2] + a[0, 0], S)
for _a, _b in [(X4, X4), (X4, B), (A, X4), (A, B), (X4, U), (T, X4), (A, U), (T, B), (T, U), (Z, A), (A, Z), (Z, Z)]:
    row(np.dot, lambda a, b: np.dot(a, b), _a, _b)
    row(np.dot, lambda a, b=_b: np.dot(a, b.astype(np.zeros(0, a.dtype).real.dtype)), _a)
    row(np.dot, lambda b, a=_a: np.dot(a.astype(np.zeros(0, b.dtype).real.dtype), b), _b)
row(np.dot, lambda a: np.dot(a, 2.0), A)
for _a, _b in [(X4, X4), (X4, A), (A, X4), (A, S), (T, A), (T, T), (Z, A)]:
    row(np.inner, lambda a, b: np.inner(a, b), _a, _b)
row(np.outer, lambda a, b: np.outer(a, b), X, X4)
row(np.outer, lambda a: np.outer(a, a), A)
row(np.outer, lambda a: np.outer(a, [1.0, 2.0]), X)
row(np.vdot, lambda a, b: np.vdot(a, b), X, Y, analytic=False)
row(np.vdot, lambda a: np.vdot(a, a), A, analytic=False)
for _axes in (1, ([2], [1]), (2, 1), ([1, 2], [2, 1]), ((-1,), (-2,))):
    row(np.tensordot, lambda a, b, axes=_axes: np.tensordot(a, b, axes), T, U if _axes != 1 else S)
row(np.tensordot, lambda a, b: np.tensordot(a, b), T, np.ascontiguousarray(U.transpose(0, 2, 1))[0])
row(np.tensordot, lambda a, b: np.tensordot(a, b, 0), X4, A)
row(np.tensordot, lambda a, b: np.tensordot(a, b, 2), A, A)
row(np.trace, lambda a: np.trace(a * a), S)
row(np.trace, lambda a: np.trace(a, offset=1), A)
row(np.trace, lambda a: np.trace(a, offset=-1, axis1=1, axis2=2), T)

# ---- shapes ----------------------------------------------------------------------------------------

row(np.reshape, lambda x: np.reshape(x, (4, 3)), A)
row(np.reshape, lambda x: np.reshape(x, (2, -1)), A)
row(np.reshape, lambda x: np.reshape(x.T, 12), A)
row(np.reshape, lambda x: np.reshape(x, (1, 1)), Z)
row(np.reshape, lambda x: np.reshape(x[:1], ()), X)
row(np.reshape, lambda x: np.reshape([x[0], x[1] * x[1]], (2, 1)), X)
row(np.ravel, lambda x: np.ravel(x), T)
row(np.ravel, lambda x: np.ravel(x.T), A)
row(np.ravel, lambda x: np.ravel(x), X)
row(np.ravel, lambda x: np.ravel(x), Z)
row(np.transpose, lambda x: np.transpose(x), T)
row(np.transpose, lambda x: np.transpose(x, (1, 2, 0)), T)
row(np.transpose, lambda x: np.transpose(x, (-1, 0, 1)), T)
row(np.transpose, lambda x: np.transpose(x), X)
row(np.matrix_transpose, lambda x: np.matrix_transpose(x), T)
row(np.swapaxes, lambda x: np.swapaxes(x, 0, -1), T)
row(np.moveaxis, lambda x: np.moveaxis(x, 0, -1), T)
row(np.moveaxis, lambda x: np.moveaxis(x, (0, 1), (-1, 0)), T)
row(np.expand_dims, lambda x: np.expand_dims(x, 0), A)
row(np.expand_dims, lambda x: np.expand_dims(x, (0, -1)), A)
row(np.squeeze, lambda x: np.squeeze(x), LONE)
row(np.squeeze, lambda x: np.squeeze(x, 0), LONE)
row(np.squeeze, lambda x: np.squeeze(x, axis=(-1, 0)), LONE)
row(np.squeeze, lambda x: np.squeeze(x[:1]), X)
row(np.broadcast_to, lambda x: np.broadcast_to(x, (3, 5)), X)
row(np.broadcast_to, lambda x: np.broadcast_to(x, (2, 3, 2)), points(3, 1))
row(np.broadcast_to, lambda x: np.broadcast_to(x, (2, 2)), Z)
row(np.broadcast_arrays, lambda x, y: list(np.broadcast_arrays(x, y)), points(3, 1), X)
row(np.atleast_1d, lambda x: np.atleast_1d(x), Z)
row(np.atleast_1d, lambda x: list(np.atleast_1d(x, x[0], 2.0)), X)
row(np.atleast_2d, lambda x: np.atleast_2d(x), X)
row(np.atleast_2d, lambda x: list(np.atleast_2d(x, x[0], x * x)), A)
row(np.concatenate, lambda x, y: np.concatenate([x, y, x]), X, X4)
row(np.concatenate, lambda x: np.concatenate((x, const(x, 3, 2), x * x), axis=1), A)
row(np.concatenate, lambda x, y: np.concatenate([x, y], axis=None), A, X)
row(np.concatenate, lambda x: np.concatenate([[x[0], 1.0], x, [2, 3]]), X)
row(np.concatenate, lambda x: np.concatenate([x, x[:0], const(x, 0)]), X)
row(np.concatenate, lambda x: np.concatenate([x, x], axis=-1, dtype=np.float64), A, analytic=False)
row(np.concatenate, lambda x: np.concatenate(x), A)
row(np.stack, lambda x, y: np.stack([x, y]), X, Y)
row(np.stack, lambda x: np.stack((x, x * x, const(x, 3, 4)), axis=-1), A)
row(np.stack, lambda x: np.stack([x[0] * x[1], x[2], 1.0]), X)
row(np.stack, lambda x: np.stack(x, axis=1), A)
row(np.hstack, lambda x, y: np.hstack([x, y]), X, X4)
row(np.hstack, lambda x: np.hstack((x, x * x)), A)
row(np.hstack, lambda x: np.hstack([x[0], x, 1.0]), X)
row(np.vstack, lambda x, y: np.vstack([x, y]), X, Y)
row(np.vstack, lambda x: np.vstack((x, const(x, 1, 4), x[0])), A)
row(np.column_stack, lambda x, y: np.column_stack([x, y]), X, Y)
row(np.column_stack, lambda x: np.column_stack((x, x[:, 0], const(x, 3, 2))), A)
row(np.pad, lambda x: np.pad(x, 1), X)
row(np.pad, lambda x: np.pad(x, 1), A)
row(np.pad, lambda x: np.pad(x, (1, 2)), A)
row(np.pad, lambda x: np.pad(x, ((0, 1), (2, 0))), A)
row(np.pad, lambda x: np.pad(x, ((1,), (2,))), A)
row(np.pad, lambda x: np.pad(x, 1, constant_values=3.0), A)
row(np.pad, lambda x: np.pad(x, ((1, 2), (0, 3)), "constant", constant_values=((1.0, 2.0), (3.0, 4.0))), A)
for _mode in ("edge", "wrap", "reflect", "symmetric"):
    row(np.pad, lambda x, mode=_mode: np.pad(x, 2, mode), X)
    row(np.pad, lambda x, mode=_mode: np.pad(x * x, ((1, 0), (2, 2)), mode=mode), A)
row(np.roll, lambda x: np.roll(x, 2), X)
row(np.roll, lambda x: np.roll(x, -1), A)
row(np.roll, lambda x: np.roll(x, 1, axis=0), A)
row(np.roll, lambda x: np.roll(x, (1, -2), axis=(0, 1)), A)
row(np.flip, lambda x: np.flip(x), X)
row(np.flip, lambda x: np.flip(x), A)
row(np.flip, lambda x: np.flip(x, (0, 2)), T)
row(np.repeat, lambda x: np.repeat(x, 3), X)
row(np.repeat, lambda x: np.repeat(x, [2, 0, 1], axis=0), A)
row(np.repeat, lambda x: np.repeat(x, 2, axis=-1), A)
row(np.repeat, lambda x: np.repeat(x, 2), A)
row(np.tile, lambda x: np.tile(x, 3), X)
row(np.tile, lambda x: np.tile(x, (2, 1)), A)
row(np.tile, lambda x: np.tile(x, (2, 2, 1)), X)
row(np.diag, lambda x: np.diag(x), X)
row(np.diag, lambda x: np.diag(x, -2), X4)
row(np.diag, lambda x: np.diag(x), A)
row(np.diag, lambda x: np.diag(x, 1), A)
row(np.diagonal, lambda x: np.diagonal(x), A)
row(np.diagonal, lambda x: np.diagonal(x, -1, 1, 2), T)
row(np.tril, lambda x: np.tril(x), S)
row(np.tril, lambda x: np.tril(x, -1), T)
row(np.triu, lambda x: np.triu(x), A)
row(np.triu, lambda x: np.triu(x, k=1), S)
row(np.diff, lambda x: np.diff(x), X)
row(np.diff, lambda x: np.diff(x, n=2), A)
row(np.diff, lambda x: np.diff(x, axis=0), A)
row(np.diff, lambda x: np.diff(x, n=0), A)
row(np.diff, lambda x: np.diff(x, prepend=0.0), X)
row(np.diff, lambda x: np.diff(x, axis=0, prepend=x[:1] * 2, append=const(x, 2, 4)), A)
row(np.diff, lambda x: np.diff(x, append=x[0]), X)

# ---- copies and creation -----------------------------------------------------------------------------


def filled(make):
    """f that fills a fresh buffer from x and returns it."""

    def f(x):
        y = make(x)
        y[...] = x * x
        y[0] = 2.0
        return y

    return f


row(np.copy, lambda x: np.copy(x), A)
row(np.zeros_like, filled(lambda x: np.zeros_like(x)), A)
row(np.ones_like, filled(lambda x: np.ones_like(x)), A)
row(np.ones_like, lambda x: x * np.ones_like(x), A)
row(np.ones_like, lambda x: np.ones_like(x), A)
row(np.empty_like, filled(lambda x: np.empty_like(x)), A)
row(np.full_like, filled(lambda x: np.full_like(x, 2.0)), A)
row(np.full_like, lambda x: np.full_like(x, x[0, 0]) * x, A)
row(np.full_like, lambda x: np.full_like(x, x[0] * x[0]), A)
row(np.zeros_like, lambda x: x + np.zeros_like(x, shape=(3, 4)), X4)
row(np.zeros, filled(lambda x: np.zeros(4, x.dtype, like=x)), X4)
row(np.zeros, filled(lambda x: np.zeros((2, 4), like=x, dtype=x.dtype)), X4)
row(np.ones, filled(lambda x: np.ones(4, like=x, dtype=x.dtype)), X4)
row(np.empty, filled(lambda x: np.empty(4, like=x, dtype=x.dtype)), X4)
row(np.full, filled(lambda x: np.full(4, 1.5, like=x, dtype=x.dtype)), X4)
row(np.full, lambda x: np.full(3, x[0] * x[1], like=x), X4)
row(np.array, lambda x: np.array([x[0] * x[1], 1.0, x[2]], like=x), X)
row(np.array, lambda x: np.array(x, like=x) * x, X)
row(np.asarray, lambda x: np.asarray([[x[0], 2.0], [3.0, x[1] * x[1]]], like=x), X)
row(np.asanyarray, lambda x: np.asanyarray(x, like=x) * x, X)
row(np.ascontiguousarray, lambda x: np.ascontiguousarray(x.T, like=x) * 2, A)

# ---- selection, rounding, special values ---------------------------------------------------------------

row(np.where, lambda x, y: np.where(x > y, x * x, y), X, Y, analytic=False)
row(np.where, lambda x: np.where(x > 0.99, x * x, 0), A, analytic=False)
row(np.where, lambda x: np.where([[True], [False], [True]], 2.0, x), A)
row(np.where, lambda x: np.where([True, False, True], x[:, None], x * x), points(3))
row(np.where, lambda x: np.where(True, x, 1.0), A)
row(np.where, lambda x: np.where(x[0] > 0, x[0], x), X, analytic=False)
row(np.where, lambda x: x[np.where((x - x[0]) * [1, 0, 1, 1, 0])], X, analytic=False)
row(np.clip, lambda x: np.clip(x, 0.6, 1.2), X, analytic=False)
row(np.clip, lambda x: np.clip(x * 2, None, 2.0), A, analytic=False)
row(np.clip, lambda x: np.clip(x * 2, a_min=1.24, a_max=None), A, analytic=False)
row(np.clip, lambda x: np.clip(x, min=0.7), A, analytic=False)
row(np.clip, lambda x, y: np.clip(x, y - 0.3, y + 0.3), X, Y + 0.011, analytic=False)
row(np.round, lambda x: np.round(x * 3) * x, X - 0.07, analytic=False)
row(np.round, lambda x: np.round(x, 1), X + 0.021, analytic=False)
row(np.around, lambda x: np.around(x, 1) + x, X + 0.021, analytic=False)
row(np.fix, lambda x: np.fix(x * 3) * x, X - 0.07, analytic=False)
row(np.nan_to_num, lambda x: np.nan_to_num(x * x), X)
row(np.nan_to_num, lambda x: np.nan_to_num(x * [1, np.nan, np.inf, -np.inf, 2], nan=3.0, posinf=4.0, neginf=-2.0),
    X, analytic=False)  # fmt: skip
row(np.sinc, lambda x: np.sinc(x), X)
row(np.sinc, lambda x: np.sinc(x * [0.0, 1e-3, 1.0, -1.0, 5.0]), X, analytic=False)
row(np.sinc, lambda x: np.sinc(x), Z)

# ---- complex numbers in the middle ---------------------------------------------------------------------

row(np.real, lambda x: np.real(np.exp(1j * x)), X, analytic=False)
row(np.real, lambda x: np.real((x + 2j) ** 2), A, analytic=False)
row(np.real, lambda x: np.real(x) * x, X, analytic=False)
row(np.real, lambda x: np.real((x[0] + 1j * x[1]) ** 3), X, analytic=False)
row(np.imag, lambda x: np.imag(np.exp((0.5 + 1j) * x)), A, analytic=False)
row(np.imag, lambda x: np.imag(x) + x, X, analytic=False)
row(np.imag, lambda x: np.imag((x[0] + 1j * x[1]) ** 3), X, analytic=False)
row(np.angle, lambda x: np.angle(x + 1j * x[::-1]), X, analytic=False)
row(np.angle, lambda x: np.angle(x + 1j * x * x, deg=True), A, analytic=False)
row("conj", lambda x: (x + 2j * x * x).conj() * (3 + 1j), X, analytic=False)
row("conjugate", lambda x: (x + 2j * x * x).conjugate(), A, analytic=False)
row("real", lambda x: np.exp(1j * x).real, A, analytic=False)
row("imag", lambda x: np.exp(1j * x).imag, A, analytic=False)
row("real", lambda x: x.real * x, X, analytic=False)
row("imag", lambda x: x.imag + x, X, analytic=False)
row("real", lambda x: (x[0] * 1j + x[1]).real, X, analytic=False)
row(np.sum, lambda x: np.sum(abs(x + 1j * x * x) ** 2), A, analytic=False)
row(np.sum, lambda x: np.sum(np.abs(np.exp(1j * x) + x)), A, analytic=False)
row(np.sum, lambda x: np.sum(np.exp(1j * x), axis=0), A, analytic=False)
row(np.prod, lambda x: np.prod(x + 1j), A, analytic=False)
row(np.cumsum, lambda x: np.cumsum(1j * x * x, axis=1), A, analytic=False)
row(np.matmul, lambda a, b: (a + 1j * a * a) @ (b - 2j * b), A, B, analytic=False)
row(np.matmul, lambda a: a @ np.array([1j, 2.0, 1 - 1j, 0.5]).astype(np.result_type(a.dtype, np.complex64)),
    A, analytic=False)  # fmt: skip
row(np.vdot, lambda a, b: np.vdot(a * (1 + 2j), b * (2 - 1j)), X, Y, analytic=False)
row(np.inner, lambda a, b: np.inner(a * (1 + 2j), b), X, Y, analytic=False)
row(np.concatenate, lambda x: np.concatenate([x, 1j * x]), X, analytic=False)
row(np.where, lambda x: np.where([True, False, True, False, True], x * 1j, x), X, analytic=False)
row(np.pad, lambda x: np.pad(1j * x, 1), A, analytic=False)
row(np.nan_to_num, lambda x: np.nan_to_num(1j * x), A, analytic=False)

for _fft in (np.fft.fft, np.fft.ifft):
    row(_fft, lambda x, fft=_fft: fft(x * x), X, analytic=False)
    row(_fft, lambda x, fft=_fft: fft(x, n=3), X, analytic=False)
    row(_fft, lambda x, fft=_fft: fft(x, n=7, norm="ortho"), X, analytic=False)
    row(_fft, lambda x, fft=_fft: fft(x, axis=0, norm="forward"), A, analytic=False)
    row(_fft, lambda x, fft=_fft: fft(x + 1j * x * x, axis=1, norm="backward"), T, analytic=False)
    row(_fft, lambda x, fft=_fft: np.real(np.fft.ifft(fft(x) * np.fft.fft(x))), X, analytic=False)
for _n in (None, 3, 4, 7, 8):
    row(np.fft.rfft, lambda x, n=_n: np.fft.rfft(x * x, n), X, analytic=False)
    row(np.fft.irfft, lambda x, n=_n: np.fft.irfft(x * x * (1 + 1j), n), X, analytic=False)
row(np.fft.rfft, lambda x: np.fft.rfft(x, axis=0, norm="ortho"), A, analytic=False)
row(np.fft.rfft, lambda x: np.fft.rfft(x, axis=1, norm="forward"), T, analytic=False)
row(np.fft.irfft, lambda x: np.fft.irfft(x, axis=0, norm="ortho"), A, analytic=False)
row(np.fft.irfft, lambda x: np.fft.irfft(x * 1j, axis=1, norm="forward", n=5), T, analytic=False)
row(np.fft.irfft, lambda x: np.fft.irfft(np.fft.rfft(x), n=5), X, analytic=False)

# ---- methods -----------------------------------------------------------------------------------------

row("sum", lambda x: (x * x).sum(), A)
row("sum", lambda x: x.sum(1, keepdims=True), A)
row("mean", lambda x: (x * x).mean(axis=0), A)
row("prod", lambda x: x.prod(axis=-1), A)
row("max", lambda x: (2 * x).max(), A, analytic=False)
row("max", lambda x: x.max(axis=1), A, analytic=False)
row("min", lambda x: x.min(axis=0, keepdims=True), A, analytic=False)
row("cumsum", lambda x: x.cumsum(axis=1), A)
row("ravel", lambda x: x.ravel() * 2, A)
row("flatten", lambda x: x.flatten() * x.ravel(), A)
row("squeeze", lambda x: x.squeeze(0), LONE)
row("swapaxes", lambda x: x.swapaxes(0, 1), T)
row("repeat", lambda x: x.repeat(2, axis=1), A)
row("diagonal", lambda x: x.diagonal(1), A)
row("trace", lambda x: x.trace(), S)
row("dot", lambda x, y: x.dot(y), A, B)
row("clip", lambda x: x.clip(0.6, 1.2), A, analytic=False)
row("clip", lambda x: x.clip(max=1.2), A, analytic=False)
row("round", lambda x: x.round(1) * x, X + 0.021, analytic=False)
row("T", lambda x: x.T @ x, A)
row("T", lambda x: x.T, X)
row("mT", lambda x: x.mT, T)
row("reshape", lambda x: x.reshape(4, 3), A)
row("reshape", lambda x: x.reshape((-1, 2)), A)
row("reshape", lambda x: x.reshape(-1), A)
row("transpose", lambda x: x.transpose(), A)
row("transpose", lambda x: x.transpose(2, 0, 1), T)
row("transpose", lambda x: x.transpose((1, 0, 2)), T)
row("copy", lambda x: x.copy() * x, A)
row("astype", lambda x: x.astype(np.float64) * x, A, analytic=False)
row("astype", lambda x: np.real(x.astype(complex) ** 2), A, analytic=False)
row("astype", lambda x: x.astype(int) * x, X - 0.07, analytic=False)
row("item", lambda x: x[:1].item() * x, X, analytic=False)
row("item", lambda x: x.item(2) * x + x.item(1, 1), A, analytic=False)
row("tolist", lambda x: x.tolist()[1][2] * x, A, analytic=False)


def refilled(x):
    """A buffer written to, filled with one number, written to again."""
    y = np.zeros_like(x)
    y[1] = x[0]
    y.fill(3.0)
    y[0] = x[1] * x[0]
    return y


row("fill", refilled, A)

# argmax and the like: the value, used as NumPy uses it
row("argmax", lambda x: x[x.argmax()] * x, X, analytic=False)
row("argmin", lambda x: x[x.argmin()] * x, X, analytic=False)
row("argsort", lambda x: x[x.argsort()], X, analytic=False)
row("nonzero", lambda x: (x * [1, 0, 1, 1, 0])[(x * [1, 0, 1, 1, 0]).nonzero()], X, analytic=False)
row("any", lambda x: x * 2 if x.any() else x, X)
row("all", lambda x: x * 2 if x.all() else x, X)
row("searchsorted", lambda x: x * (np.zeros_like(x) + 0.5).searchsorted(0.7), X)
row("strides", lambda x: x * len(x.strides), X)
row("itemsize", lambda x: x * (x.dtype.itemsize // x.itemsize), X)
row("nbytes", lambda x: x * (x.nbytes // x.dtype.itemsize), X)
row("flags", lambda x: x * 2 if x.flags.aligned else x, X)

row(np.i0, lambda x: np.i0(x), X, analytic=False)
row(np.i0, lambda x: np.i0(x * x), A, analytic=False)

for _covers, _f, _primals, _analytic in MORE_ROWS:
    row(_covers, _f, *_primals, analytic=_analytic)

every = smooth = pytest.mark.parametrize("row", ROWS, ids=lambda r: r.label)


def directions_for(primals, k=3):
    """k random directions for each primal, stacked."""
    generator = rng(11)
    return [np.stack([random_like(x, generator) for _ in range(k)]) for x in primals]


@every
def test_value_and_forward_derivative(row):
    stacks = directions_for(row.primals)
    plain = row.f(*row.primals)
    value, tangent = dd.jvp(row.f, row.primals, tuple(stacks))
    for found, wanted in zip(leaves(value), leaves(plain), strict=True):
        same_bits(found, wanted)
    for j in range(len(stacks[0])):
        vs = [stack[j] for stack in stacks]
        expected, rtol = reference(row.f, row.primals, vs, row.analytic)
        for found, wanted in zip(leaves(tangent), expected, strict=True):
            close(found[j], wanted, rtol, f"direction {j}")
        single, alone = dd.jvp(row.f, row.primals, tuple(vs))
        for found, wanted in zip(leaves(single), leaves(plain), strict=True):
            same_bits(found, wanted)
        for found, wanted in zip(leaves(alone), leaves(tangent), strict=True):
            close(found, wanted[j], 1e-13, "one direction against three")


@every
def test_reverse(row):
    for found, wanted in zip(leaves(dd.vjp(row.f, *row.primals)[0]), leaves(row.f(*row.primals)), strict=True):
        same_bits(found, wanted)
    check_adjoint(row.f, *row.primals, directions=2)


@smooth
def test_second_derivatives(row):
    check_second(row.f, *row.primals)


@smooth
def test_value_under_nesting(row):
    """Nested calls see NumPy's bits too: the value inside a jvp inside a jvp (and a vjp inside a jvp)."""
    vs = tuple(v[0] for v in directions_for(row.primals, 1))
    plain = row.f(*row.primals)

    def inner(*xs):
        return dd.jvp(row.f, xs, vs)[0]

    def back(*xs):
        return dd.vjp(row.f, *xs)[0]

    for function in (inner, back):
        for found, wanted in zip(leaves(dd.jvp(function, row.primals, vs)[0]), leaves(plain), strict=True):
            same_bits(found, wanted)


@every
def test_float32(row):
    primals = tuple(x.astype(np.float32) for x in row.primals)
    plain = row.f(*primals)
    vs = [v[0].astype(np.float32) for v in directions_for(row.primals, 1)]
    value, tangent = dd.jvp(row.f, primals, tuple(vs))
    again, pullback = dd.vjp(row.f, *primals)
    exact = dd.jvp(row.f, row.primals, tuple(v.astype(np.float64) for v in vs))[1]
    for found, recorded, wanted, t, t_wanted in zip(
        leaves(value), leaves(again), leaves(plain), leaves(tangent), leaves(exact), strict=True
    ):
        same_bits(found, wanted)
        same_bits(recorded, wanted)
        assert np.asarray(t).dtype == np.result_type(np.asarray(wanted), np.float32)
        close(t, t_wanted, RTOL_FLOAT32)
    ones = [np.ones_like(y) for y in leaves(plain)]
    back = pullback(ones if isinstance(plain, (list, tuple)) else ones[0])
    for cotangent in back if len(primals) > 1 else (back,):
        assert np.asarray(cotangent).dtype == np.float32


@every
def test_other_memory_layouts(row):
    """F order, gaps and steps backwards: the numbers are those of NumPy on the same array."""
    for relaid in (fortran, with_gaps, backwards):
        primals = tuple(relaid(x) for x in row.primals)
        vs = [v[0] for v in directions_for(row.primals, 1)]
        value, tangent = dd.jvp(row.f, primals, tuple(vs))
        for found, wanted in zip(leaves(value), leaves(row.f(*primals)), strict=True):
            same_bits(found, wanted, relaid.__name__)
        straight = dd.jvp(row.f, row.primals, tuple(vs))[1]
        for found, wanted in zip(leaves(tangent), leaves(straight), strict=True):
            close(found, wanted, 1e-13, relaid.__name__)
        for found, wanted in zip(leaves(dd.vjp(row.f, *primals)[0]), leaves(row.f(*primals)), strict=True):
            same_bits(found, wanted, relaid.__name__)


@every
def test_memory_layout_of_results(row):
    """Results lie in memory as NumPy's do, so that what is computed from them rounds alike."""
    for relaid in (np.copy, fortran, with_gaps, backwards):
        primals = tuple(relaid(x) for x in row.primals)
        seen = []

        def f(*xs):
            seen.append(row.f(*xs))
            return seen[-1]

        dd.jvp(f, primals, tuple(np.ones_like(x) for x in primals))
        dd.vjp(f, *primals)
        for found in seen:
            for y, wanted in zip(leaves(found), leaves(row.f(*primals)), strict=True):
                if isinstance(y, dd.DualArray) and y.size:
                    assert long_strides(y) == long_strides(wanted), relaid.__name__


def long_strides(y):
    """The strides of the axes that are longer than 1."""
    return [s for s, n in zip(y.strides, y.shape, strict=True) if n > 1]


def fortran(x):
    """The same numbers, columns first."""
    return np.asfortranarray(x) if x.ndim else x


def with_gaps(x):
    """The same numbers with one unused number after each."""
    out = np.empty((*x.shape, 2))[..., 0]
    out[...] = x
    return out


def backwards(x):
    """The same numbers, stored last first."""
    back = (slice(None, None, -1),) * x.ndim
    return x[back].copy()[back]


# ---- the table covers everything -----------------------------------------------------------------------


def test_every_handler_has_a_row():
    from test_linalg import ROWS as LINALG_ROWS  # it imports this module

    covered = {id(r.covers) for r in ROWS + LINALG_ROWS if not isinstance(r.covers, str)}
    left_out = [f.__name__ for f in FUNCTIONS if id(f) not in covered and f not in VALUE_ONLY]
    assert left_out == []
    assert [f.__name__ for f in GUFUNCS if id(f) not in covered] == []


def test_every_method_has_a_row():
    assert sorted(set(METHODS) - {r.covers for r in ROWS if isinstance(r.covers, str)}) == []


def names_in(function):
    """The names that a function's code mentions, with those of the functions in its defaults and closure."""
    names = set(function.__code__.co_names)
    inside = [c.cell_contents for c in function.__closure__ or ()] + list(function.__defaults__ or ())
    for x in inside:
        names |= names_in(x) if hasattr(x, "__code__") and "numpy" not in x.__module__ else {getattr(x, "__name__", "")}
    return names


@every
def test_row_calls_what_it_covers(row):
    name = row.covers if isinstance(row.covers, str) else row.covers.__name__
    other = {"add", "maximum", "minimum", "multiply"} if row.covers in (np.sum, np.max, np.min) else set()
    operator = row.covers is np.matmul and "@" in inspect.getsource(row.f) or row.covers in (np.sum,)
    assert name in names_in(row.f) or names_in(row.f) & other or operator


# ---- functions of the value ------------------------------------------------------------------------------

I = np.array([2.0, 1.0, 3.0, 1.0, np.inf])  # noqa: E741
VALUE_EXAMPLES = {
    np.shape: lambda x: np.shape(x),
    np.ndim: lambda x: np.ndim(x),
    np.size: lambda x: np.size(x),
    np.argmax: lambda x: np.argmax(x[:4]),
    np.argmin: lambda x: np.argmin(x, axis=0),
    np.argsort: lambda x: np.argsort(-x, kind="stable"),
    np.allclose: lambda x: np.allclose(x, x[::-1]),
    np.isclose: lambda x: np.isclose(x, x[::-1]),
    np.array_equal: lambda x: np.array_equal(x, [2.0, 1.0, 3.0, 1.0, np.inf]),
    np.array_equiv: lambda x: np.array_equiv(x, x),
    np.any: lambda x: np.any(x > 2),
    np.all: lambda x: np.all(x),
    np.count_nonzero: lambda x: np.count_nonzero(x - 1),
    np.nonzero: lambda x: np.nonzero(x - 1),
    np.flatnonzero: lambda x: np.flatnonzero(x - 1),
    np.argwhere: lambda x: np.argwhere(x - 1),
    np.searchsorted: lambda x: np.searchsorted([0.0, 1.5, 2.5], x),
    np.digitize: lambda x: np.digitize(x, [0.0, 1.5, 2.5]),
    np.iscomplexobj: lambda x: np.iscomplexobj(x),
    np.isrealobj: lambda x: np.isrealobj(x),
    np.iscomplex: lambda x: np.iscomplex(x),
    np.isreal: lambda x: np.isreal(x),
    np.result_type: lambda x: np.result_type(x, np.float32),
    np.can_cast: lambda x: np.can_cast(x.dtype, np.float32),
    np.may_share_memory: lambda x: np.may_share_memory(x, x[1:]),
    np.shares_memory: lambda x: np.shares_memory(x[:2], x[3:]),
    np.lexsort: lambda x: np.lexsort((x, -x)),
    np.isposinf: lambda x: np.isposinf(x),
    np.isneginf: lambda x: np.isneginf(-x),
    np.array2string: lambda x: np.array2string(x, precision=3),
    np.array_repr: lambda x: np.array_repr(x),
    np.array_str: lambda x: np.array_str(x),
    np.min_scalar_type: lambda x: np.min_scalar_type(x[0]),
    np.common_type: lambda x: np.common_type(x, x[:2]),
    np.linalg.matrix_rank: lambda x: np.linalg.matrix_rank(x[:4]),
}


def test_every_function_of_the_value_has_an_example():
    assert {f.__name__ for f in VALUE_ONLY} == {f.__name__ for f in VALUE_EXAMPLES}


@pytest.mark.parametrize("function", VALUE_EXAMPLES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("nested", [False, True], ids=["", "nested"])
def test_functions_of_the_value(function, nested):
    """The answer is NumPy's on the plain array, and has no derivative."""
    example, seen = VALUE_EXAMPLES[function], []

    def f(x):
        seen.append(example(x))
        return x

    if nested:
        dd.jvp(lambda x: dd.jvp(f, (x,), (np.ones(5),)), (I,), (np.ones(5),))
    else:
        dd.vjp(f, I)
        dd.jvp(f, (I,), (np.ones(5),))
    wanted = example(I)
    for found in seen:
        assert type(found) is type(wanted)
        assert np.array_equal(found, wanted) if not isinstance(wanted, tuple) else (
            all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))
        )


# ---- kinks, limits, refusals -----------------------------------------------------------------------------


def test_ties_share_equally():
    x = np.array([2.0, 1.0, 2.0])
    assert np.array_equal(dd.grad(np.max)(x), [0.5, 0.0, 0.5])
    assert np.array_equal(dd.grad(lambda x: np.min(-x))(x), [-0.5, 0.0, -0.5])
    a = np.array([[1.0, 1.0, 0.0], [3.0, 2.0, 1.0]])
    assert np.array_equal(dd.grad(lambda a: np.sum(a.max(axis=1)))(a), [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])


def test_maximum_of_nans_is_nan():
    x = np.array([1.0, np.nan, 2.0])
    value, tangent = dd.jvp(np.max, (x,), (np.ones(3),))
    assert np.isnan(value) and np.isnan(tangent)


def test_clip_at_a_bound():
    x = np.array([0.0, 0.5, 1.0, 2.0])
    assert np.array_equal(dd.jvp(lambda x: np.clip(x, 0.0, 1.0), (x,), (np.ones(4),))[1], [0.5, 1.0, 0.5, 0.0])


def test_product_with_zeros_is_exact():
    x = np.array([0.0, 2.0, 3.0])
    assert np.array_equal(dd.grad(np.prod)(x), [6.0, 0.0, 0.0])
    assert np.array_equal(dd.grad(np.prod)(np.array([0.0, 0.0, 3.0])), [0.0, 0.0, 0.0])
    assert np.array_equal(dd.hessian(np.prod)(x), [[0, 3, 2], [3, 0, 0], [2, 0, 0]])


def test_zero_tangents_meet_infinite_partials():
    """A zero tangent stays zero: 0*inf does not poison the other columns."""
    J = dd.jacobian(np.sqrt)(np.array([0.0, 4.0]))
    assert np.array_equal(J, [[np.inf, 0.0], [0.0, 0.25]])
    x = np.array([np.inf, 1.0])
    J = dd.jacobian(lambda x: x * np.array([1.0, np.inf]))(x)
    assert np.array_equal(J, [[1.0, 0.0], [0.0, np.inf]])


def test_replaced_elements_are_constants():
    x = np.array([np.nan, 1.0, np.inf, -np.inf])
    value, tangent = dd.jvp(lambda x: np.nan_to_num(x, nan=5.0, posinf=7.0), (x,), (np.ones(4),))
    assert np.array_equal(value, np.nan_to_num(x, nan=5.0, posinf=7.0))
    assert np.array_equal(tangent, [0.0, 1.0, 0.0, 0.0])


def test_sinc_near_zero():
    """The derivative -pi^2 x/3 of sinc near 0 keeps its digits; so does the second, -pi^2/3."""
    x = np.array([0.0, 1e-8, -1e-5])
    found = dd.jvp(np.sinc, (x,), (np.ones(3),))[1]
    np.testing.assert_allclose(found, -np.pi**2 * x / 3, rtol=1e-9)
    assert abs(dd.derivative(dd.derivative(np.sinc))(0.0) + np.pi**2 / 3) < 1e-14


def test_higher_derivatives_of_i0():
    assert dd.derivative(np.i0)(0.0) == 0.0
    second, third = dd.derivative(dd.derivative(np.i0)), dd.derivative(dd.derivative(dd.derivative(np.i0)))
    for x in (0.0, 0.7, -3.0, 9.0):
        assert second(x) == pytest.approx(float(mpmath.diff(lambda z: mpmath.besseli(0, z), x, 2)), rel=1e-13)
        assert third(x) == pytest.approx(float(mpmath.diff(lambda z: mpmath.besseli(0, z), x, 3)), rel=1e-13)


def test_unknown_functions_are_named():
    for function in (np.roots, np.linalg.pinv, np.histogram):
        with pytest.raises(dd.errors.UnsupportedError, match=function.__name__) as caught:
            dd.jvp(function, (X,), (X,))
        assert isinstance(caught.value, TypeError)


def test_unknown_pad_modes_are_refused():
    with pytest.raises(dd.errors.UnsupportedError, match="linear_ramp"):
        dd.jvp(lambda x: np.pad(x, 1, "linear_ramp"), (X,), (X,))
    with pytest.raises(dd.errors.UnsupportedError, match="constant_values"):
        dd.jvp(lambda x: np.pad(x, 1, constant_values=x[0]), (X,), (X,))


def test_out_must_hold_the_derivative():
    """out= with a dual buffer works; with a plain array the derivative would be lost."""

    def good(x):
        y = np.zeros_like(x)
        found = np.sum(x * x, axis=0, out=y[0])
        assert found.shape == (4,)
        np.multiply(x[1], 2.0, out=y[1])
        return y

    def plain(x):
        y = np.zeros((3, 4))
        y[0] = np.sum(x * x, axis=0)
        y[1] = x[1] * 2
        return y

    v = random_like(A, rng(5))
    wanted, rtol = reference(plain, (A,), (v,))
    close(dd.jvp(good, (A,), (v,))[1], wanted[0], rtol)
    check_adjoint(good, A)
    for bad in (
        lambda x: np.sum(x, axis=0, out=np.zeros(4)),
        lambda x: np.multiply(x, 2.0, out=np.zeros((3, 4))),
        lambda x: np.concatenate([x, x], out=np.zeros((6, 4))),
        lambda x: np.matmul(x, x.T, out=np.zeros((3, 3))),
    ):
        with pytest.raises(dd.errors.LostDerivativeError, match="out="):
            dd.jvp(bad, (A,), (v,))


def test_lists_of_duals_and_numbers():
    """NumPy makes an object array of such a list before it asks us; the Duals go through its object loops."""
    check_second(lambda x: np.sum([x[0], x[1] * x[2], 3.0]) * x, X)
    check_second(lambda x: np.matmul([x[0], 2.0], [[x[2], 1.0], [2, x[3]]]), X)
    check_second(lambda x: np.array([x[0] * x[1], 2.0, 3]) * [x[2], x[3], 1.0], X)
    check_second(lambda x: np.array([[x[0], 0], [0, x[1] ** 2]]) @ x[:2], X)


def test_mean_of_a_list_of_duals():
    check_second(lambda x: np.mean([x[0], x[1] * x[2]]) * x, X)


def test_ufunc_where_and_outer():
    def f(x):
        y = np.zeros_like(x)
        np.sqrt(x, out=y, where=[True, False, True, True, False])
        return y + np.multiply.outer(x, x[:2])[:, 1] + np.add.outer(x[:1], x).sum(axis=0)

    def plain(x):
        y = np.where([True, False, True, True, False], np.sqrt(x), 0)
        return y + x * x[1] + x[0] + x

    v = random_like(X, rng(6))
    close(dd.jvp(f, (X,), (v,))[1], reference(plain, (X,), (v,), analytic=True)[0][0], 1e-12)
    check_adjoint(f, X)
    check_second(f, X)


def test_errors_of_numpy_stay():
    """What NumPy refuses is refused with NumPy's own type of error."""
    with pytest.raises(np.exceptions.AxisError):
        dd.jvp(lambda x: np.sum(x, axis=2), (A,), (A,))
    with pytest.raises(ValueError, match="shape"):
        dd.jvp(lambda x: x.reshape(5, 5), (A,), (A,))
    with pytest.raises(ValueError):
        dd.jvp(lambda x: x @ x, (A,), (A,))
    with pytest.raises(ValueError):
        dd.jvp(lambda x: np.concatenate([x, x[0]]), (A,), (A,))
    with pytest.raises(ValueError):
        dd.jvp(lambda x: x + np.ones(3), (A,), (A,))
    with pytest.raises(ValueError):
        dd.jvp(lambda x: np.stack([]), (A,), (A,))
    with pytest.raises(ValueError):
        dd.jvp(lambda x: np.max(x[:0]), (A,), (A,))
    with pytest.raises(TypeError):
        dd.jvp(lambda x: np.sum(x, axes=0), (A,), (A,))
    with pytest.raises(AttributeError, match="nosuch"):
        dd.jvp(lambda x: x.nosuch, (A,), (A,))
