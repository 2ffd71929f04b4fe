"""scipy.linalg's factorisations by their own equations, eigenvalues of bands, and matrices made of elements.

A factorisation a = z t z* with orthogonal z: dz = z x with skew x, which keeps t in its form.  The equations for
the elements of x are linear, and are written down by trying each of them.

"""

from typing import Any

import numpy as np
import scipy.linalg as _linalg

from ...errors import UnsupportedError
from ...functions.base import as_operand, assembled, exact, value_of
from ...functions.decompose import attach, conjugate_transpose, increment
from ...maps.base import dtype_of
from ...maps.tangents import find_tag, is_dual, peel
from .basic import dense, eigh, eigvalsh, replaces, signs
from .equations import whole_band

# ---- eigenvalues of general matrices -------------------------------------------------------------------------


def phases(found: Any, wanted: Any) -> Any:
    """The unit numbers that turn found columns into SciPy's."""
    along = np.sum(np.conj(value_of(found)) * wanted, axis=-2, keepdims=True)
    size = np.abs(along)
    return np.where(size > 0, along / np.where(size > 0, size, 1.0), 1.0)


def matched(values: Any, wanted: Any) -> Any:
    """The order that brings eigenvalues to SciPy's."""
    distance = np.abs(wanted[:, None] - values[None, :])
    order = np.full(len(wanted), -1)
    for i in np.argsort(np.min(distance, axis=1)):
        order[i] = j = int(np.argmin(distance[i]))
        distance[:, j] = np.inf
    return order


def unit_columns(x: Any) -> Any:
    """Columns of length 1."""
    return x / np.sqrt(np.sum(np.real(x * np.conj(x)), axis=0, keepdims=True))


@replaces
def eig(a: Any, b: Any = None, left: bool = False, right: bool = True, homogeneous_eigvals: bool = False) -> Any:
    """scipy.linalg.eig, also of duals: eigenvectors scaled as SciPy's are."""
    if homogeneous_eigvals:
        raise UnsupportedError("scipy.linalg.eig of duals takes homogeneous_eigvals=False")
    a = as_operand(a)
    plain = [None if x is None else value_of(as_operand(x)) for x in (a, b)]
    found = _linalg.eig(*plain, left=left, right=right)
    whole = found if isinstance(found, tuple) else (found,)
    matrix = a if b is None else np.linalg.solve(as_operand(b), a)
    if not left and not right:
        w = np.linalg.eigvals(matrix)
        return exact(w[matched(value_of(w), whole[0])] + 0j, whole[0])
    w, v = np.linalg.eig(matrix)
    order = matched(value_of(w), whole[0])
    w, v = w[order] + 0j, v[:, order] + 0j
    if b is not None and np.any(np.imag(value_of(w)) != 0):
        raise UnsupportedError(
            "scipy.linalg.eig of duals with b has no rule for complex vectors: their phases are arbitrary"
        )
    results = [exact(w, whole[0])]
    if left:
        if b is not None:
            raise UnsupportedError("scipy.linalg.eig of duals with b takes left=False")
        x = unit_columns(conjugate_transpose(np.linalg.inv(v)))
        wanted = whole[1]
        results.append(finished(x, wanted))
    if right:
        results.append(finished(unit_columns(v), whole[-1]))
    return tuple(results)


def finished(x: Any, wanted: Any) -> Any:
    """Columns with SciPy's signs and values, real at their largest element, as LAPACK's are; real where SciPy's are."""
    at = np.argmax(np.where(np.abs(np.imag(wanted)) <= 1e-12, np.abs(wanted), -1), axis=0)[None]
    chosen = np.take_along_axis(x, at, 0)
    x = x * np.conj(chosen) / np.abs(chosen)
    x = x * phases(x, wanted)
    return exact(x if wanted.dtype.kind == "c" else np.real(x), wanted)


@replaces
def eigvals(a: Any, b: Any = None, homogeneous_eigvals: bool = False) -> Any:
    """scipy.linalg.eigvals, also of duals."""
    return eig(a, b, right=False, homogeneous_eigvals=homogeneous_eigvals)


def selected(select: Any, range_: Any, w: Any) -> Any:
    """Which eigenvalues are asked for."""
    kind = {"a": 0, "all": 0, 0: 0, "v": 1, "value": 1, 1: 1, "i": 2, "index": 2, 2: 2}[select]
    if kind == 0:
        return slice(None)
    if kind == 2:
        return slice(range_[0], range_[1] + 1)
    return np.flatnonzero((value_of(w) > range_[0]) & (value_of(w) <= range_[1]))


def _banded_eigen(full: Any, only: Any, select: Any, range_: Any, value: Any) -> Any:
    """Eigenvalues (and vectors) of a full matrix, those that are asked for, with SciPy's values."""
    if only:
        w = eigvalsh(full)
        return exact(w[selected(select, range_, w)], value)
    w, v = eigh(full)
    chosen = selected(select, range_, w)
    w, v = w[chosen], v[:, chosen]
    turn = phases(v, value[1]) if np.iscomplexobj(value[1]) else signs(v, value[1])
    return exact(w, value[0]), exact(v * turn, value[1])


@replaces
def eig_banded(
    a_band: Any,
    lower: bool = False,
    eigvals_only: bool = False,
    select: str = "a",
    select_range: Any = None,
    max_ev: Any = 0,
) -> Any:
    """scipy.linalg.eig_banded, also of duals; by the full matrix."""
    band = as_operand(a_band)
    value = _linalg.eig_banded(
        value_of(band), lower, eigvals_only, select=select, select_range=select_range, max_ev=max_ev
    )
    width = np.shape(band)[0] - 1
    return _banded_eigen(dense(whole_band(band, lower), width, width), eigvals_only, select, select_range, value)


@replaces
def eigvals_banded(a_band: Any, lower: bool = False, select: str = "a", select_range: Any = None) -> Any:
    """scipy.linalg.eigvals_banded, also of duals; by the full matrix."""
    return eig_banded(a_band, lower, True, select, select_range)


@replaces
def eigh_tridiagonal(
    d: Any, e: Any, eigvals_only: bool = False, select: str = "a", select_range: Any = None, tol: Any = 0.0
) -> Any:
    """scipy.linalg.eigh_tridiagonal, also of duals; by the full matrix."""
    d, e = as_operand(d), as_operand(e)
    value = _linalg.eigh_tridiagonal(value_of(d), value_of(e), eigvals_only, select, select_range, tol=tol)
    side = np.diag(e, -1)
    return _banded_eigen(np.diag(d) + side + np.swapaxes(side, 0, 1), eigvals_only, select, select_range, value)


@replaces
def eigvalsh_tridiagonal(d: Any, e: Any, select: str = "a", select_range: Any = None, tol: Any = 0.0) -> Any:
    """scipy.linalg.eigvalsh_tridiagonal, also of duals; by the full matrix."""
    return eigh_tridiagonal(d, e, True, select, select_range, tol)


# ---- orthogonal similarities ------------------------------------------------------------------------------------


def turning(t: Any, inside: Any, free: Any, conditions: Any) -> Any:
    """The skew matrix x for which the conditions on inside + t x - x t are 0.

    free: (rows, columns) of the elements of x below the diagonal that may be other than 0.
    conditions: stack of matrices -> stack of numbers, as many as there are free elements.
    """
    n = np.shape(t)[0]
    count = len(free[0])
    if not count:
        return np.zeros((n, n))
    basis = np.zeros((count, n, n))
    basis[np.arange(count), free[0], free[1]] = 1.0
    basis[np.arange(count), free[1], free[0]] = -1.0
    commutators = np.matmul(t, basis) - np.matmul(basis, t)
    system = np.swapaxes(conditions(commutators), 0, 1)
    found = np.linalg.solve(system, -conditions(inside[None])[0])
    return np.tensordot(found, basis, 1)


def similar(a: Any, value: Any, free: Any, conditions: Any, keep: Any) -> Any:
    """(t, z) of a = z t z', by the conditions on t and the free turns; keep: which elements of t there are."""
    tag = find_tag(a)
    if tag < 0:
        return value
    v, tangent = peel(a, tag)
    t, z = similar(v, value, free, conditions, keep)
    inside = np.matmul(np.matmul(np.swapaxes(z, 0, 1), increment(v, tangent, tag)), z)
    x = turning(t, inside, free, conditions)
    dt = np.where(keep, inside + np.matmul(t, x) - np.matmul(x, t), 0)
    return attach(t, dt, tag), attach(z, np.matmul(z, x), tag)


@replaces
def schur(a: Any, output: str = "real", lwork: Any = None, sort: Any = None) -> Any:
    """scipy.linalg.schur of real matrices (real form), also of duals."""
    a = as_operand(a)
    value = _linalg.schur(value_of(a), output, sort=sort)
    t, z = value[:2]
    if t.dtype.kind == "c":
        raise UnsupportedError(
            "scipy.linalg.schur of duals takes real matrices with output='real': the complex form has arbitrary phases"
        )
    n = t.shape[0]
    block = np.diagonal(t, -1) != 0  # 2 x 2 blocks, of equal diagonal elements
    free = np.tril_indices(n, -1)
    pair = (free[0] == free[1] + 1) & np.append(block, False)[free[1]]

    def conditions(m: Any) -> Any:
        row, column = free
        return np.where(pair, m[:, column, column] - m[:, row, row], m[:, row, column])

    keep = np.triu(np.ones((n, n), bool))
    keep[np.arange(1, n), np.arange(n - 1)] = block
    t, z = similar(a, (t, z), free, conditions, keep)
    return (exact(t, value[0]), exact(z, value[1]), *value[2:])


@replaces
def hessenberg(a: Any, calc_q: bool = False) -> Any:
    """scipy.linalg.hessenberg of real matrices, also of duals."""
    a = as_operand(a)
    if dtype_of(a).kind == "c":
        raise UnsupportedError("scipy.linalg.hessenberg of duals takes real matrices")
    h, q = _linalg.hessenberg(value_of(a), calc_q=True)
    n = h.shape[0]
    row, column = np.tril_indices(n, -1)
    inner = column >= 1
    free = row[inner], column[inner]
    low = np.tril_indices(n, -2)
    keep = np.triu(np.ones((n, n), bool), -1)
    found = similar(a, (h, q), free, lambda m: m[:, low[0], low[1]], keep)
    return (exact(found[0], h), exact(found[1], q)) if calc_q else exact(found[0], h)


@replaces
def ldl(A: Any, lower: bool = True, hermitian: bool = True) -> tuple[Any, Any, Any]:
    """scipy.linalg.ldl of real symmetric matrices whose pivots are single elements, also of duals."""
    a = as_operand(A)
    value = _linalg.ldl(value_of(a), lower, hermitian)
    outer, d, order = value
    if outer.dtype.kind == "c" or np.any(d != np.diag(np.diag(d))):
        raise UnsupportedError("scipy.linalg.ldl of duals takes real matrices whose pivots are single elements")
    part = np.tril(a, -1) if lower else np.triu(a, 1)
    full = part + np.swapaxes(part, 0, 1) + a * np.eye(len(order))
    if not lower:  # a = u d u' read from the end is a = l d l'
        places = order[::-1]
        low, diagonal = unit_factor(full[places][:, places], (outer[places][:, ::-1], np.diag(d)[::-1]))
        low, diagonal = low[:, ::-1], diagonal[::-1]
        back = np.argsort(places)
    else:
        low, diagonal = unit_factor(full[order][:, order], (outer[order], np.diag(d)))
        back = np.argsort(order)
    return exact(low[back], outer), exact(np.diag(diagonal), d), order


def unit_factor(a: Any, value: Any) -> Any:
    """(l, d) of a = l diag(d) l' with 1 on the diagonal of l."""
    tag = find_tag(a)
    if tag < 0:
        return value
    v, t = peel(a, tag)
    low, d = unit_factor(v, value)
    half = np.linalg.solve(low, increment(v, t, tag))
    inside = np.swapaxes(np.linalg.solve(low, np.swapaxes(half, 0, 1)), 0, 1)
    change = np.matmul(low, np.tril(inside, -1) / d)
    return attach(low, change, tag), attach(d, np.diagonal(inside), tag)


# ---- QR ------------------------------------------------------------------------------------------------------------


def _thin(a: Any, q: Any, r: Any) -> tuple[Any, Any]:
    """(q, r) of the columns of a, with SciPy's signs and values."""
    found_q, found_r = np.linalg.qr(a)
    turn = signs(found_q, q) if q.dtype.kind != "c" else phases(found_q, q)
    return exact(found_q * turn, q), exact(np.conj(np.swapaxes(turn, 0, 1)) * found_r, r)


@replaces
def qr(a: Any, lwork: Any = None, mode: str = "full", pivoting: bool = False) -> Any:
    """scipy.linalg.qr of matrices of full rank, also of duals; mode="economic" or "r", or no more rows than columns."""
    a = as_operand(a)
    m, n = np.shape(a)[-2:]
    if mode not in ("full", "r", "economic") or m > n and mode == "full":
        raise UnsupportedError(
            "scipy.linalg.qr of duals takes mode='economic' (or 'r'): the further columns of Q are arbitrary"
        )
    if np.ndim(a) > 2:
        q, r = _linalg.qr(value_of(a), mode="economic")
        both: Any = np.linalg.qr(a)
        return (exact(both[1], r),) if mode == "r" else (exact(both[0], q), exact(both[1], r))
    value = _linalg.qr(value_of(a), mode="economic", pivoting=pivoting)
    found = _thin(a[:, value[2]] if pivoting else a, *value[:2])
    rest = value[2:]
    if mode == "r":
        whole = _linalg.qr(value_of(a), mode="r", pivoting=pivoting)[0]
        pad = whole.shape[0] - value[1].shape[0]
        return (exact(np.pad(found[1], [(0, pad), (0, 0)]), whole), *rest)
    return (*found, *rest)


@replaces
def qr_multiply(a: Any, c: Any, mode: str = "right", pivoting: bool = False, conjugate: bool = False) -> Any:
    """scipy.linalg.qr_multiply of matrices of full rank, also of duals."""
    a, c = as_operand(a), as_operand(c)
    value = _linalg.qr_multiply(value_of(a), value_of(c), mode, pivoting, conjugate)
    found = (
        qr(a, mode="economic", pivoting=pivoting) if is_dual(a) else _linalg.qr(a, mode="economic", pivoting=pivoting)
    )
    q = np.conj(found[0]) if conjugate and dtype_of(a).kind == "c" else found[0]
    if mode == "left" and np.shape(q)[1] != np.shape(c)[0]:
        raise UnsupportedError(
            "scipy.linalg.qr_multiply of duals takes mode='left' with as many rows of c as columns of a"
        )
    product = np.matmul(q, c) if mode == "left" else np.matmul(c, q)
    return (exact(product, value[0]), exact(found[1], value[1]), *value[2:])


@replaces
def rq(a: Any, lwork: Any = None, mode: str = "full") -> Any:
    """scipy.linalg.rq of real matrices with no more rows than columns (economic if there are fewer), also of duals."""
    a = as_operand(a)
    m, n = np.shape(a)
    if m > n or dtype_of(a).kind == "c" or m < n and mode == "full":
        raise UnsupportedError(
            "scipy.linalg.rq of duals takes real matrices with as many rows as columns, or fewer and mode='economic'"
        )
    r, q = _linalg.rq(value_of(a), mode="economic")
    found_q, found_r = np.linalg.qr(np.swapaxes(a[::-1], 0, 1))
    found_q, found_r = np.swapaxes(found_q, 0, 1)[::-1], np.swapaxes(found_r, 0, 1)[::-1, ::-1]
    turn = np.where(np.sum(value_of(found_q) * q, axis=1, keepdims=True) < 0, -1.0, 1.0)
    found_r = exact(found_r * np.swapaxes(turn, 0, 1), r)
    return found_r if mode == "r" else (found_r, exact(found_q * turn, q))


@replaces
def matrix_balance(A: Any, permute: bool = True, scale: bool = True, separate: bool = False) -> tuple[Any, Any]:
    """scipy.linalg.matrix_balance, also of duals: scaling and permutation are constant."""
    a = as_operand(A)
    value, t = _linalg.matrix_balance(value_of(a), permute, scale)
    found = exact(np.matmul(np.linalg.inv(t), np.matmul(a, t)), value)
    return found, _linalg.matrix_balance(value_of(a), permute, scale, True)[1] if separate else t


# ---- matrices made of elements ------------------------------------------------------------------------


@replaces
def companion(a: Any) -> Any:
    """scipy.linalg.companion, also of duals."""
    a = as_operand(a)
    row = -a[..., 1:] / a[..., :1]
    n = np.shape(row)[-1]
    rest = np.broadcast_to(np.eye(n)[: n - 1], (*np.shape(row)[:-1], n - 1, n))
    return exact(np.concatenate([row[..., None, :], rest], axis=-2), _linalg.companion(value_of(a)))


@replaces
def leslie(f: Any, s: Any) -> Any:
    """scipy.linalg.leslie, also of duals."""
    f, s = as_operand(f), as_operand(s)
    if np.ndim(f) == 1:
        return assembled(lambda zero, f, s: _linalg.leslie(f, s), np.zeros(1), f, s)
    below = np.pad(s[..., None] * np.eye(np.shape(s)[-1]), [(0, 0)] * np.ndim(s) + [(0, 1)])
    return exact(np.concatenate([f[..., None, :], below], axis=-2), _linalg.leslie(value_of(f), value_of(s)))


@replaces
def convolution_matrix(a: Any, n: Any, mode: str = "full") -> Any:
    """scipy.linalg.convolution_matrix, also of duals."""
    a = as_operand(a)
    value = _linalg.convolution_matrix(value_of(a), n, mode)
    if np.ndim(a) == 1:
        return assembled(lambda zero, a: _linalg.convolution_matrix(a, n, mode), np.zeros(1), a)
    flat = np.reshape(a, (-1, np.shape(a)[-1]))
    return exact(
        np.reshape(np.stack([convolution_matrix(flat[i], n, mode) for i in range(len(flat))]), value.shape), value
    )


@replaces
def fiedler(a: Any) -> Any:
    """scipy.linalg.fiedler, also of duals."""
    a = as_operand(a)
    return exact(np.abs(a[..., :, None] - a[..., None, :]), _linalg.fiedler(value_of(a)))


@replaces
def fiedler_companion(a: Any) -> Any:
    """scipy.linalg.fiedler_companion, also of duals."""
    a = as_operand(a)
    value = _linalg.fiedler_companion(value_of(a))
    places = _linalg.fiedler_companion(np.arange(1.0, np.shape(a)[-1] + 1))  # -(k + 1) where -a[k] stands
    there = places < 0
    elements = -(a / a[..., :1])[..., np.where(there, -places - 1, 0).astype(int)]
    return exact(np.where(there, elements, np.maximum(places, 0)), value)


@replaces
def khatri_rao(a: Any, b: Any) -> Any:
    """scipy.linalg.khatri_rao, also of duals."""
    a, b = as_operand(a), as_operand(b)
    value = _linalg.khatri_rao(value_of(a), value_of(b))
    return exact(np.reshape(a[..., :, None, :] * b[..., None, :, :], value.shape), value)


@replaces
def diagsvd(s: Any, M: Any, N: Any) -> Any:
    """scipy.linalg.diagsvd, also of duals."""
    s = as_operand(s)
    k = np.shape(s)[0]
    return exact(np.pad(np.diag(s), [(0, M - k), (0, N - k)]), _linalg.diagsvd(value_of(s), M, N))


@replaces
def issymmetric(a: Any, atol: Any = None, rtol: Any = None) -> Any:
    """scipy.linalg.issymmetric, of the value."""
    return _linalg.issymmetric(value_of(as_operand(a)), atol, rtol)


@replaces
def ishermitian(a: Any, atol: Any = None, rtol: Any = None) -> Any:
    """scipy.linalg.ishermitian, of the value."""
    return _linalg.ishermitian(value_of(as_operand(a)), atol, rtol)


@replaces
def bandwidth(a: Any) -> Any:
    """scipy.linalg.bandwidth, of the value."""
    return _linalg.bandwidth(value_of(as_operand(a)))
