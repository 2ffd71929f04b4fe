"""Pseudo-inverses, least squares, QR and eigenvalues of general matrices; tensors as matrices.

The value is NumPy's own, its derivative an expression in the increment of the argument, as in
decompose.py.

"""

import math
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..maps.base import LinearMap, dtype_of, fit
from ..maps.tangents import find_tag, is_dual, peel
from .base import as_operand, exact, handles, linear, value_of
from .clusters import below_forward, moving_together
from .decompose import attach, conjugate_transpose, hermitian as mirrored, increment, svdvals
from .undefined import announced

UNSURE = 100
"""Eigenvalues nearer to each other than so many times their own rounding error count as equal."""


# ---- pseudo-inverse and least squares ----------------------------------------------------------------


def full_rank(v: Any, tolerance: Any, name: str) -> None:
    """Refuses a matrix of which a cut-off leaves out singular values that are not zero."""
    s = np.linalg.svd(value_of(v), compute_uv=False)
    if not s.size:
        return
    largest = np.max(s, axis=-1, keepdims=True)
    rounding = largest * max(np.shape(v)[-2:]) * np.finfo(s.dtype).eps
    cut = np.maximum(np.reshape(tolerance, (*np.shape(tolerance), 1)) * largest, 0)
    if np.any((s <= cut) & (s > rounding)):
        raise UnsupportedError(
            f"numpy.linalg.{name}: the cut-off leaves out singular values that are not zero, which has no derivative "
            "rule in dualdiff; pass a smaller rcond, or write the truncated sum with np.linalg.svd"
        )


@handles(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: Any = False, *, rtol: Any = np._NoValue) -> Any:
    """np.linalg.pinv, while the rank stays the same (Golub and Pereyra 1973, eq. 4.12)."""
    a = mirrored(as_operand(a), True) if hermitian else as_operand(a)
    rcond, options = value_of(rcond), {} if rtol is np._NoValue else {"rtol": value_of(rtol)}
    tag = find_tag(a)
    v, t = peel(a, tag)
    y = np.linalg.pinv(v, rcond, hermitian, **options)
    if t is None:
        return y
    eps = max(np.shape(v)[-2:]) * np.finfo(dtype_of(v)).eps
    asked = options.get("rtol", rcond) if rcond is None else rcond
    full_rank(v, (1e-15 if "rtol" not in options else eps) if asked is None else asked, "pinv")
    d = increment(v, t, tag)
    yh, dh = conjugate_transpose(y), conjugate_transpose(d)
    change = -np.matmul(np.matmul(y, d), y)
    left = np.matmul(np.matmul(y, yh), dh)
    change = change + left - np.matmul(np.matmul(left, v), y)
    right = np.matmul(np.matmul(dh, yh), y)
    return attach(y, change + right - np.matmul(y, np.matmul(v, right)), tag)


@handles(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """np.linalg.lstsq, by a and by b, while the rank stays the same; at less than full rank the shortest solution."""
    a, b = as_operand(a), as_operand(b)
    found = np.linalg.lstsq(value_of(a), value_of(b), rcond)
    tag = find_tag(a, b)
    if tag < 0:
        return found
    full_rank(a, 0.0 if rcond is None or rcond < 0 else rcond, "lstsq")
    x, residual = least_squares(a, b, found[0])
    keep: Any = np.ndim(b) == 1
    total = np.sum(np.real(residual * np.conj(residual)), axis=0, keepdims=keep)
    sums = exact(total, found[1]) if np.size(found[1]) else found[1]
    return x, sums, found[2], exact(svdvals(a), found[3])


def least_squares(a: Any, b: Any, value: Any) -> tuple[Any, Any]:
    """(solution, residual) of the least squares problem, the solution with a known value at the bottom."""
    tag = find_tag(a, b)
    if tag < 0:
        return value, b - np.matmul(a, value)
    (av, at), (bv, bt) = peel(a, tag), peel(b, tag)
    x, residual = least_squares(av, bv, value)
    y = pseudo_inverse(av)
    change: Any = 0 if bt is None else np.matmul(y, increment(bv, bt, tag))
    if at is not None:
        da = increment(av, at, tag)
        yh, dh = conjugate_transpose(y), conjugate_transpose(da)
        along = np.matmul(dh, np.matmul(yh, x))
        change = change - np.matmul(y, np.matmul(da, x)) + np.matmul(y, np.matmul(yh, np.matmul(dh, residual)))
        change = change + along - np.matmul(y, np.matmul(av, along))
    x = attach(x, change, tag)
    return x, b - np.matmul(a, x)


def pseudo_inverse(v: Any) -> Any:
    """The pseudo-inverse that lstsq works with, of any depth of duals."""
    eps = max(np.shape(v)) * np.finfo(np.result_type(dtype_of(v), np.float32)).eps
    return np.linalg.pinv(v, eps)


# ---- QR ----------------------------------------------------------------------------------------------


@handles(np.linalg.qr)
def qr(a: Any, mode: Any = "reduced") -> Any:
    """np.linalg.qr of matrices of full rank, modes "reduced" and "r" (and "complete" where it is the same)."""
    a = as_operand(a)
    tag = find_tag(a)
    v, t = peel(a, tag)
    m, n = np.shape(a)[-2:]
    if t is not None and (mode not in ("reduced", "complete", "r") or mode == "complete" and m > n):
        reason = "the further columns of q are arbitrary" if mode == "complete" else "it is a packed form"
        raise UnsupportedError(
            f"numpy.linalg.qr with mode={mode!r} has no derivative rule in dualdiff: {reason}; write mode='reduced'"
        )
    if t is None:
        return np.linalg.qr(v, mode)
    factors = np.linalg.qr(v, "reduced")
    q, r = factors
    p = min(m, n)
    d = increment(v, t, tag)
    head, square = d[..., :p], r[..., :p]
    right = np.swapaxes(np.linalg.solve(np.swapaxes(square, -1, -2), np.swapaxes(head, -1, -2)), -1, -2)
    qh = conjugate_transpose(q)
    inside = np.matmul(qh, right)
    low = np.tril(inside, -1)
    turn = low - conjugate_transpose(low)
    if dtype_of(v).kind == "c":     # LAPACK keeps the diagonal of r real
        turn = turn + 1j * np.imag(inside) * np.eye(p)
    dq = np.matmul(q, turn)
    if m > p:
        dq = dq + right - np.matmul(q, inside)
    dr = np.matmul(qh, d) - np.matmul(turn, r)
    mask = np.arange(n) >= np.arange(p)[:, None]
    r_dual = attach(np.linalg.qr(v, "r") if mode == "r" else r, np.where(mask, dr, 0), tag)
    return r_dual if mode == "r" else type(factors)(attach(q, dq, tag), r_dual)


# ---- eigenvalues ---------------------------------------------------------------------------------------


REPEATED = (
    "numpy.linalg.eig: an eigenvalue that is repeated has no derivative where its copies part, nor have its vectors, "
    "so what is computed from them has the derivative nan. Write a function of the matrix (X f(w) X^-1) with expm, "
    "logm, sqrtm, cosm, sinm or fractional_matrix_power of dualdiff.scipy.linalg or with powers and inverses, a "
    "sum or product of all eigenvalues with np.trace or np.linalg.det, and for a symmetric matrix np.linalg.eigvalsh; "
    "the gradient of what is symmetric in the copies (np.linalg.eigvals) is there with mode='reverse'"
)


def spectrum(a: Any, value: Any, vectors: Any = None) -> tuple[Any, Any]:
    """(eigenvalues, eigenvectors) of a matrix; `value` and `vectors`: NumPy's, without derivatives."""
    tag = find_tag(a)
    if tag < 0:
        return value, vectors_of(np.asarray(value_of(a)), value) if vectors is None else vectors
    v, t = peel(a, tag)
    w, x = spectrum(v, value, vectors)
    condition = np.linalg.cond(value_of(x))[..., None] if np.size(value) else np.ones((1,))
    if not np.all(np.isfinite(condition)):      # defective
        blot = no_derivative(v, t, tag, 2, REPEATED)
        return (attach(w, np.broadcast_to(blot[..., 0], np.shape(w)), tag),
                attach(x, np.broadcast_to(blot, np.shape(x)), tag))  # fmt: skip
    inverse = np.linalg.inv(x)
    inside = np.matmul(inverse, np.matmul(increment(v, t, tag), x))
    dw = np.diagonal(inside, axis1=-2, axis2=-1)
    sensitivity = sensitivity_of(value_of(v), value_of(inverse))
    lost = repeated(value, sensitivity)
    together = groups(value, sensitivity) if np.any(lost) else np.eye(value.shape[-1], dtype=bool)
    with np.errstate(all="ignore"):
        apart = np.where(together, 1, w[..., None, :] - w[..., :, None])
        dx = np.matmul(x, np.where(together, 0, 1 / apart) * inside)
        dx = dx - growth(x, dx) * x
    if np.any(lost):
        limit = UNSURE * np.finfo(value.dtype).eps * np.broadcast_to(condition, np.shape(value))
        inside = announced(inside, tag, REPEATED)
        dw = linear(lambda m: common(m, together, limit), lambda m, y: Together(together, limit, m[0], y), inside)
        dx = np.where(lost[..., None, :], no_derivative(v, t, tag, 2, REPEATED), dx)
    return attach(w, dw, tag), attach(x, dx, tag)


FEW_VECTORS = 1e-4
"""So uncertain an increment is of eigenvectors that are almost parallel."""


def groups(w: Any, sensitivity: Any) -> Any:
    """Which eigenvalues are one repeated eigenvalue, (..., n, n)."""
    with np.errstate(all="ignore"):
        near = np.abs(w[..., :, None] - w[..., None, :]) <= UNSURE * np.finfo(w.dtype).eps * sensitivity[..., None]
    near |= np.swapaxes(near, -1, -2) | np.eye(w.shape[-1], dtype=bool)
    for _ in range(max(w.shape[-1] - 1, 1).bit_length()):       # what is near to a near one
        near = np.matmul(near, near)
    return near


def common(inside: Any, together: Any, limit: Any) -> Any:
    """The increments of eigenvalues from X^-1 dA X, (..., n, n).

    Where one is repeated the block of its vectors depends on their choice, but for a multiple of the identity: by
    that all of its copies move.  By another block they part, and have no derivative: nan.
    """
    own = np.eye(np.shape(together)[-1])
    moves = np.diagonal(inside, axis1=-2, axis2=-1)
    count = np.sum(together, axis=-1)
    mean = np.matmul(together / count[..., None], moves[..., None])[..., 0]
    plain, middle = value_of(inside), value_of(mean)
    with np.errstate(invalid="ignore"):
        apart = np.max(np.where(together, np.abs(plain - middle[..., None] * own), 0), axis=-1)
        bound = limit * np.max(np.abs(plain), axis=(-2, -1), initial=0)[..., None]
        # nor is anything known of a matrix without enough vectors, where those found are almost parallel
        unsure = (apart > bound) | (limit > FEW_VECTORS)
        bad = np.matmul(together, unsure[..., None])[..., 0] & (count > 1)
    return np.where(bad, mean * np.nan, np.where(count > 1, mean, moves))


class Together(LinearMap):
    """`common`, which is linear where it is defined; backwards equal cotangents of a repeated eigenvalue are one."""

    __slots__ = ("limit", "together")

    symmetric = True

    def __init__(self, together: Any, limit: Any, inside: Any, value: Any) -> None:
        super().__init__((inside,), value)
        self.together, self.limit = together, limit

    def apply(self, ts: Any) -> Any:
        """As the increments."""
        return fit(common(ts[0], self.together, self.limit), self.out_dtype)

    def transpose(self, w: Any, i: int) -> Any:
        """The cotangents on the diagonal; nan where the copies of one eigenvalue have different ones."""
        plain = value_of(w)
        with np.errstate(invalid="ignore"):
            gaps = np.abs(plain[..., :, None] - plain[..., None, :])
            size = np.abs(plain)[..., :, None] + np.abs(plain)[..., None, :]
            far = np.any(self.together & ~(gaps <= 64 * np.finfo(plain.dtype).eps * size), axis=-1)
        own = np.eye(np.shape(plain)[-1])
        return fit(np.where(far, w * np.nan, w)[..., None] * own, self.in_dtypes[0])


def no_derivative(v: Any, t: Any, tag: int, axes: Any, text: str) -> Any:
    """The increment of what has no derivative by any of the elements along the last axes: nan, but 0 where t is 0.

    text: what is told to whoever asks for it.
    """
    last = tuple(range(-axes, 0))
    factor = np.sum(v * np.nan, axis=last, keepdims=True)       # it depends on v: nor is there a second derivative
    return np.sum(announced(increment(v, t, tag), tag, text) * factor, axis=last, keepdims=True)


def vectors_of(a: Any, value: Any) -> Any:
    """The eigenvectors in the order of the eigenvalues `value`: eig and eigvals may give different ones."""
    w, x = np.linalg.eig(a)
    order = np.argmin(np.abs(value[..., :, None] - w[..., None, :]), axis=-1)
    own = np.arange(w.shape[-1])
    order = np.where(np.all(np.sort(order, axis=-1) == own, axis=-1, keepdims=True), order, own)
    return np.take_along_axis(x, order[..., None, :], -1)


def growth(x: Any, dx: Any) -> Any:
    """What keeps x in its form: of length 1, and real at its largest element where it is complex."""
    along = np.sum(np.conj(x) * dx, axis=-2, keepdims=True)
    if dtype_of(x).kind != "c":
        return along
    plain = value_of(x)
    largest = np.argmax(np.where(plain.imag == 0, np.abs(plain), -1), axis=-2)[..., None, :]
    turn = np.imag(np.take_along_axis(dx, largest, -2)) / np.real(np.take_along_axis(x, largest, -2))
    return np.real(along) + 1j * turn


def repeated(w: Any, sensitivity: Any) -> Any:
    """Which eigenvalues (or roots) cannot be told from another one within their rounding error."""
    with np.errstate(all="ignore"):
        distance = np.abs(w[..., :, None] - w[..., None, :])
        distance = np.where(np.eye(w.shape[-1], dtype=bool), np.inf, distance)
        return ~(np.min(distance, axis=-1, initial=np.inf) > UNSURE * np.finfo(w.dtype).eps * sensitivity)


@handles(np.linalg.eigvals)
def eigvals(a: Any) -> Any:
    """np.linalg.eigvals; of a repeated one what is symmetric in its copies, in reverse and second order, else nan."""
    a = as_operand(a)
    value = np.linalg.eigvals(value_of(a))
    moving = moving_copies(a, value)
    return spectrum(a, value)[0] if moving is None else moving


def moving_copies(a: Any, value: Any) -> Any:
    """The eigenvalues of a that varies in reverse mode below forward mode, where some are repeated; else None."""
    tag = find_tag(a)
    v, t = peel(a, tag)
    if not below_forward(v, t) or not value.size:
        return None
    plain = np.asarray(value_of(v))
    x = vectors_of(plain, value)
    condition = np.linalg.cond(x)[..., None]
    if not np.all(np.isfinite(condition)):
        return None
    sensitivity = sensitivity_of(plain, np.linalg.inv(x))
    if not np.any(repeated(value, sensitivity)):
        return None
    together = groups(value, sensitivity)
    unsure = UNSURE * np.finfo(value.dtype).eps * condition > FEW_VECTORS
    if np.any(unsure & (np.sum(together, axis=-1) > 1)):
        return None
    return moving_together(v, t, tag, value, x, together, REPEATED)


def sensitivity_of(a: Any, inverse: Any) -> Any:
    """How far each eigenvalue moves with the rounding errors: by them times the length of its left vector.

    The right one has length 1.
    """
    left = np.sqrt(np.sum(np.abs(inverse) ** 2, axis=-1))
    return left * np.sqrt(np.sum(np.abs(a) ** 2, axis=(-2, -1)))[..., None]


@handles(np.linalg.eig)
def eig(a: Any) -> Any:
    """np.linalg.eig, the vectors of length 1 and real at their largest element, as NumPy's; nan where repeated."""
    a = as_operand(a)
    found = np.linalg.eig(value_of(a))
    return type(found)(*spectrum(a, *found))


# ---- tensors as matrices -----------------------------------------------------------------------------


@handles(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """np.linalg.tensorsolve, as one system of equations."""
    a, b = as_operand(a), as_operand(b)
    if axes is not None:
        order = list(range(np.ndim(a)))
        for k in axes:
            order.remove(k)
            order.append(k)
        a = np.transpose(a, order)
    rest = np.shape(a)[np.ndim(b) :]
    n = math.prod(rest)
    if np.size(a) != n * np.size(b):
        raise np.linalg.LinAlgError(
            "Input arrays must satisfy the requirement prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim])"
        )
    b = b if is_dual(b) else np.asarray(b)
    return np.reshape(np.linalg.solve(np.reshape(a, (-1, n)), np.reshape(b, -1)), rest)


@handles(np.linalg.tensorinv)
def tensorinv(a: Any, ind: Any = 2) -> Any:
    """np.linalg.tensorinv, as the inverse of one matrix."""
    a = as_operand(a)
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    shape = np.shape(a)
    n = math.prod(shape[ind:])
    return np.reshape(np.linalg.inv(np.reshape(a, (n, -1))), shape[ind:] + shape[:ind])
