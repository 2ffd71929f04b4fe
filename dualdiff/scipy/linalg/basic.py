"""scipy.linalg's functions of matrices, solvers and factorisations that numpy.linalg has the derivatives of.

SciPy's functions convert their arguments and call LAPACK.  Those here are made of numpy.linalg's functions,
which have derivative rules, and take their values from SciPy.

Invariant: on arguments without duals each function returns SciPy's own result.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg as _linalg

from ...core import make
from ...errors import UnsupportedError
from ...functions.base import as_operand, assembled, exact, has_duals, value_of
from ...functions.decompose import SolveMap, attach, conjugate_transpose, increment, solved
from ...maps.base import LinearMap, dtype_of, fit
from ...maps.tangents import Node, capture, find_tag, is_dual, peel, push
from ...quiet import quietly
from ..applied import at_home

REPLACED: set[Any] = set()
"""The names of scipy.linalg that have a function for duals."""
_HINTS = {
    "overwrite_a",
    "overwrite_b",
    "overwrite_ab",
    "overwrite_c",
    "overwrite_x",
    "check_finite",
    "driver",
    "lapack_driver",
    "lwork",
}


def replaces(function: Any) -> Callable[..., Any]:
    """A function for duals; SciPy's own answers where there are none.  Hints of speed are dropped."""
    original = getattr(_linalg, function.__name__)

    @functools.wraps(function)
    def answer(*args: Any, **kwargs: Any) -> Any:
        if not any(map(has_duals, (*args, *kwargs.values()))):
            return original(*args, **kwargs)
        return function(*args, **{name: x for name, x in kwargs.items() if name not in _HINTS})

    REPLACED.add(function.__name__)
    return answer


# ---- functions of matrices -------------------------------------------------------------------------


class _FrechetMap(LinearMap):
    """The derivative of a function of matrices, E -> L(A, E).

    f([[A, E], [0, A]]) = [[f(A), L(A, E)], [0, f(A)]] (Mathias, A chain rule for matrix functions and applications,
    1996, theorem 2.1); its adjoint is L(A*, .).
    """

    __slots__ = ("a", "f")

    def __init__(self, f: Any, a: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.f, self.a = f, a

    def frechet(self, a: Any, e: Any) -> Any:
        """L(a, e) for a stack of e."""
        n = np.shape(a)[-1]
        a = np.broadcast_to(a, np.shape(e))
        block = np.concatenate(
            [np.concatenate([a, e], axis=-1), np.concatenate([np.zeros(np.shape(a)), a], axis=-1)], axis=-2
        )
        with quietly(RuntimeWarning):   # SciPy has warned about the value
            return self.f(block)[..., :n, n:]

    def apply(self, ts: Any) -> Any:
        t = self.frechet(self.a, ts[0])
        return t if t.dtype == self.out_dtype else fit(t, self.out_dtype)

    def transpose(self, w: Any, i: Any) -> Any:
        return fit(self.frechet(conjugate_transpose(self.a), w), self.in_dtypes[0])


def _each(f: Any, a: Any) -> Any:
    """F of every matrix of a stack."""
    if np.ndim(a) == 2:
        return f(a)
    flat = np.reshape(a, (-1, *np.shape(a)[-2:]))
    return np.reshape(np.stack([f(m) for m in flat]), np.shape(a)) if len(flat) else np.array(a)


def _matrix_function(name: str) -> Any:
    original = getattr(_linalg, name)

    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        if not has_duals(a):
            return original(a, *args, **kwargs)

        def f(m: Any) -> Any:
            if is_dual(m) and find_tag(m) >= 0:
                tag = find_tag(m)
                v, t = peel(m, tag)
                value = f(v)
                kept = capture(v, v) if type(t) is Node else v
                return make(value, push(_FrechetMap(f, kept, (v,), value), (t,)), tag)
            return _each(lambda x: original(x, *args, **kwargs), value_of(m))

        return f(as_operand(a))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"scipy.linalg.{name}, also of duals: derivatives by the block triangular form (Mathias 1996)."
    REPLACED.add(name)
    return at_home(_linalg, call)


expm, logm, sqrtm, signm = map(_matrix_function, ("expm", "logm", "sqrtm", "signm"))
cosm, sinm, tanm, coshm, sinhm, tanhm = map(_matrix_function, ("cosm", "sinm", "tanm", "coshm", "sinhm", "tanhm"))
_constant_power = _matrix_function("fractional_matrix_power")


@replaces
def fractional_matrix_power(A: Any, t: Any) -> Any:
    """scipy.linalg.fractional_matrix_power, also of duals, by the matrix and by the power."""
    if not is_dual(t):
        return _constant_power(A, t)
    with quietly(RuntimeWarning):       # SciPy warns about the value
        found = expm(t * logm(as_operand(A)))
    value = _linalg.fractional_matrix_power(value_of(as_operand(A)), value_of(t))
    return exact(found if value.dtype.kind == "c" else np.real(found), value)


@replaces
def expm_frechet(A: Any, E: Any, method: Any = None, compute_expm: bool = True) -> Any:
    """scipy.linalg.expm_frechet, also of duals."""
    A, E = as_operand(A), as_operand(E)
    n = np.shape(A)[-1]
    zero = np.zeros((n, n), like=A if is_dual(A) else E)
    both = expm(np.concatenate([np.concatenate([A, E], axis=1), np.concatenate([zero, A], axis=1)], axis=0))
    value = _linalg.expm_frechet(value_of(A), value_of(E), compute_expm=True)
    frechet = exact(both[:n, n:], value[1])
    return (exact(expm(A), value[0]), frechet) if compute_expm else frechet


# ---- solving -----------------------------------------------------------------------------------------


def seen(a: Any, kind: Any, lower: Any) -> Any:
    """The matrix that SciPy sees in a where it is told its structure."""
    if kind in ("lower triangular", "upper triangular"):
        lower = kind[0] == "l"
        return np.tril(a) if lower else np.triu(a)
    if kind in ("sym", "symmetric", "her", "hermitian", "pos", "positive definite"):
        if kind[0] in "hp":
            part = np.tril(a, -1) if lower else np.triu(a, 1)
            return part + conjugate_transpose(part) + a * np.eye(np.shape(a)[-1])
        part = np.tril(a, -1) if lower else np.triu(a, 1)
        return part + np.swapaxes(part, -1, -2) + a * np.eye(np.shape(a)[-1])
    if kind in ("diagonal", "tridiagonal"):
        width = 0 if kind == "diagonal" else 1
        return np.triu(np.tril(a, width), -width)
    return a


@replaces
def solve(a: Any, b: Any, lower: bool = False, assume_a: Any = None, transposed: bool = False) -> Any:
    """scipy.linalg.solve, also of duals."""
    a, b = as_operand(a), as_operand(b)
    options = {} if assume_a is None else {"assume_a": assume_a}
    value = _linalg.solve(value_of(a), value_of(b), lower=lower, transposed=transposed, **options)
    matrix = seen(a, assume_a or "gen", lower)
    return exact(np.linalg.solve(np.swapaxes(matrix, -1, -2) if transposed else matrix, b), value)


@replaces
def solve_triangular(a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False) -> Any:
    """scipy.linalg.solve_triangular, also of duals."""
    a, b = as_operand(a), as_operand(b)
    value = _linalg.solve_triangular(value_of(a), value_of(b), trans, lower, unit_diagonal)
    return exact(_triangular(a, b, trans, lower, unit_diagonal), value)


def _triangular(a: Any, b: Any, trans: Any, lower: Any, unit_diagonal: Any) -> Any:
    a = np.tril(a, -unit_diagonal) if lower else np.triu(a, int(unit_diagonal))
    if unit_diagonal:
        a = a + np.eye(np.shape(a)[-1])
    if trans in (1, "T"):
        a = np.swapaxes(a, -1, -2)
    elif trans in (2, "C"):
        a = conjugate_transpose(a)
    return substituted(bool(lower) == (trans in (0, "N")), a, b)


class TriangularMap(SolveMap):
    """b -> a^-1 b for a triangular matrix a, by substitution."""

    __slots__ = ("lower",)

    def __init__(self, lower: Any, a: Any, inputs: Any, output: Any) -> None:
        super().__init__(a, inputs, output)
        self.lower = lower

    def columns(self, a: Any, b: Any, transposed: Any) -> Any:
        """As in `SolveMap`."""
        return substituted(self.lower != transposed, a, b)


def substituted(lower: Any, a: Any, b: Any) -> Any:
    """a^-1 b for a matrix with zeros above (lower) or below its diagonal."""
    if np.ndim(a) != 2 or np.ndim(b) > 2 or np.shape(a)[0] != np.shape(b)[0]:
        return np.linalg.solve(a, b)
    if is_dual(a) or is_dual(b):
        return solved(a, b, functools.partial(substituted, lower), functools.partial(TriangularMap, lower))
    return _linalg.solve_triangular(a, b, lower=lower, check_finite=False)


def dense(ab: Any, below: Any, above: Any) -> Any:
    """The matrix of a band: a[i, j] = ab[above + i - j, j]."""
    n = np.shape(ab)[-1]
    i, j = np.indices((n, n))
    row = above + i - j
    inside = (row >= 0) & (row <= below + above)
    return np.where(inside, ab[np.clip(row, 0, below + above), j], 0)


@replaces
def solve_circulant(
    c: Any, b: Any, singular: str = "raise", tol: Any = None, caxis: Any = -1, baxis: Any = 0, outaxis: Any = 0
) -> Any:
    """scipy.linalg.solve_circulant of regular matrices, also of duals: by Fourier transforms."""
    c, b = as_operand(c), as_operand(b)
    value = _linalg.solve_circulant(value_of(c), value_of(b), singular, tol, caxis, baxis, outaxis)
    c, b = np.moveaxis(c, caxis, -1), np.moveaxis(b, baxis, -1)
    found = np.fft.ifft(np.fft.fft(b) / np.fft.fft(c))
    found = found if value.dtype.kind == "c" else np.real(found)
    return exact(np.moveaxis(found, -1, outaxis), value)


@replaces
def inv(a: Any) -> Any:
    """scipy.linalg.inv, also of duals."""
    return exact(np.linalg.inv(as_operand(a)), _linalg.inv(value_of(a)))


@replaces
def det(a: Any) -> Any:
    """scipy.linalg.det, also of duals."""
    return exact(np.linalg.det(as_operand(a)), np.asarray(_linalg.det(value_of(a))))


# ---- factorisations -----------------------------------------------------------------------------------


@replaces
def cholesky(a: Any, lower: bool = False) -> Any:
    """scipy.linalg.cholesky, also of duals."""
    return exact(np.linalg.cholesky(as_operand(a), upper=not lower), _linalg.cholesky(value_of(a), lower=lower))


@replaces
def cho_factor(a: Any, lower: bool = False) -> tuple[Any, Any]:
    """scipy.linalg.cho_factor, also of duals."""
    a = as_operand(a)
    value, lower = _linalg.cho_factor(value_of(a), lower=lower)
    factor = np.linalg.cholesky(a, upper=not lower)
    if _REST_STAYS:
        half = np.tri(np.shape(a)[-1], dtype=bool) if lower else ~np.tri(np.shape(a)[-1], k=-1, dtype=bool)
        factor = np.where(half, factor, a)
    return exact(factor, value), lower


_REST_STAYS = _linalg.cho_factor(np.array([[4.0, 1.0], [1.0, 4.0]]), lower=True)[0][0, 1] != 0
"""Whether the other half of cho_factor's result is that of the matrix; since SciPy 1.18 it is zero."""


@replaces
def cho_solve(c_and_lower: Any, b: Any) -> Any:
    """scipy.linalg.cho_solve, also of duals."""
    c, lower = c_and_lower
    c, b = as_operand(c), as_operand(b)
    first, second = (0, "C") if lower else ("C", 0)
    found = _triangular(c, _triangular(c, b, first, lower, False), second, lower, False)
    return exact(found, _linalg.cho_solve((value_of(c), lower), value_of(b)))


def _lu(a: Any) -> tuple[Any, Any]:
    """(permutation of the rows, L + U - 1) with derivatives: d(LU) split at the diagonal."""
    tag = find_tag(a)
    v, t = peel(a, tag)
    if tag < 0:
        packed, swaps = _linalg.lu_factor(value_of(v))
        return swaps, packed
    if np.ndim(v) != 2 or np.shape(v)[0] != np.shape(v)[1]:
        raise UnsupportedError(
            f"scipy.linalg.lu has a derivative rule in dualdiff for one square matrix, not for shape {np.shape(v)}"
        )
    swaps, packed = _lu(v)
    eye = np.eye(np.shape(v)[0], dtype=dtype_of(v))
    low, up = np.tril(packed, -1) + eye, np.triu(packed)
    d = increment(v, t, tag)[_order(swaps)]
    inside = np.swapaxes(np.linalg.solve(np.swapaxes(up, 0, 1), np.swapaxes(np.linalg.solve(low, d), 0, 1)), 0, 1)
    change = np.matmul(low, np.tril(inside, -1)) + np.matmul(np.triu(inside), up)
    return swaps, attach(packed, change, tag)


def _order(swaps: Any) -> Any:
    """The rows' order after LAPACK's interchanges."""
    order = np.arange(len(swaps))
    for i, j in enumerate(swaps):
        order[[i, j]] = order[[j, i]]
    return order


@replaces
def lu_factor(a: Any) -> tuple[Any, Any]:
    """scipy.linalg.lu_factor of a square matrix, also of duals."""
    swaps, packed = _lu(as_operand(a))
    return packed, swaps


@replaces
def lu_solve(lu_and_piv: Any, b: Any, trans: Any = 0) -> Any:
    """scipy.linalg.lu_solve, also of duals."""
    packed, swaps = lu_and_piv
    packed, b, order = as_operand(packed), as_operand(b), _order(swaps)
    value = _linalg.lu_solve((value_of(packed), swaps), value_of(b), trans)
    if trans == 0:
        found = _triangular(packed, _triangular(packed, b[order], 0, True, True), 0, False, False)
    else:
        found = _triangular(packed, _triangular(packed, b, trans, False, False), trans, True, True)[np.argsort(order)]
    return exact(found, value)


@replaces
def lu(a: Any, permute_l: bool = False, p_indices: bool = False) -> Any:
    """scipy.linalg.lu of a square matrix, also of duals."""
    swaps, packed = _lu(as_operand(a))
    back = np.argsort(_order(swaps))
    low, up = np.tril(packed, -1) + np.eye(len(back)), np.triu(packed)
    if permute_l:
        return low[back], up
    return back if p_indices else np.eye(len(back))[back], low, up


def signs(found: Any, wanted: Any) -> Any:
    """The signs (phases, if complex) that turn found columns into SciPy's."""
    along = np.sum(np.conj(value_of(found)) * wanted, axis=-2, keepdims=True)
    if along.dtype.kind == "c":
        return along / np.where(along == 0, 1.0, np.abs(along)) + (along == 0)
    return np.where(along < 0, -1.0, 1.0)


@replaces
def eigh(
    a: Any,
    b: Any = None,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
    type: Any = 1,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
) -> Any:
    """scipy.linalg.eigh, also of duals, with b and parts of the spectrum; phases of complex vectors are held."""
    a, b = as_operand(a), b if b is None else as_operand(b)
    value = _linalg.eigh(value_of(a), None if b is None else value_of(b), lower=lower, eigvals_only=eigvals_only,
                         type=type, subset_by_index=subset_by_index, subset_by_value=subset_by_value)  # fmt: skip
    matrix: Any = seen(a, "her", lower)
    low: Any = None
    if b is not None:
        low = np.linalg.cholesky(seen(b, "her", lower))
        if type == 1:
            half = np.linalg.solve(low, matrix)
            matrix = np.linalg.solve(low, conjugate_transpose(half))
        else:  # a b v = w v, b a v = w v
            matrix = np.matmul(conjugate_transpose(low), np.matmul(matrix, low))
        matrix = (matrix + conjugate_transpose(matrix)) / 2
    w, v = (np.linalg.eigvalsh(matrix), np.zeros((0, 0))) if eigvals_only else np.linalg.eigh(matrix)
    chosen: Any = slice(None)
    if subset_by_index is not None:
        chosen = slice(subset_by_index[0], subset_by_index[1] + 1)
    elif subset_by_value is not None:
        chosen = np.flatnonzero((value_of(w) > subset_by_value[0]) & (value_of(w) <= subset_by_value[1]))
    if eigvals_only:
        return exact(w[chosen], value)
    v = v[:, chosen]
    if b is not None:
        v = np.matmul(low, v) if type == 3 else np.linalg.solve(conjugate_transpose(low), v)
    return exact(w[chosen], value[0]), exact(v * signs(v, value[1]), value[1])


@replaces
def eigvalsh(a: Any, b: Any = None, *, lower: bool = True, **kwargs: Any) -> Any:
    """scipy.linalg.eigvalsh of real matrices, also of duals."""
    return eigh(a, b, lower=lower, eigvals_only=True, **kwargs)


@replaces
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """scipy.linalg.svd, also of duals (full_matrices=False, or a square matrix)."""
    a = as_operand(a)
    if not compute_uv:
        return svdvals(a)
    u, s, vh = np.linalg.svd(a, full_matrices)
    wanted = _linalg.svd(value_of(a), full_matrices)
    sign = signs(u, wanted[0])
    return exact(u * sign, wanted[0]), exact(s, wanted[1]), exact(np.conj(np.swapaxes(sign, -1, -2)) * vh, wanted[2])


@replaces
def svdvals(a: Any) -> Any:
    """scipy.linalg.svdvals, also of duals."""
    return exact(np.linalg.svdvals(as_operand(a)), _linalg.svdvals(value_of(a)))


@replaces
def norm(a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """scipy.linalg.norm, also of duals."""
    value = _linalg.norm(value_of(a), ord, axis, keepdims)
    return exact(np.linalg.norm(as_operand(a), ord, axis, keepdims), np.asarray(value))


# ---- matrices made of elements ------------------------------------------------------------------------


def _built(name: str) -> Any:
    original = getattr(_linalg, name)
    signature = inspect.signature(original)

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not any(map(has_duals, (*args, *kwargs.values()))):
            return original(*args, **kwargs)
        arrays = signature.bind(*args, **kwargs).args
        if name == "toeplitz" and (len(arrays) == 1 or arrays[1] is None):
            arrays = (arrays[0], np.conj(as_operand(arrays[0])))     # SciPy's row where none is given
        # element 0 stands for the zeros that SciPy puts in
        return assembled(lambda zero, *xs: original(*xs), np.zeros(1), *(np.atleast_1d(as_operand(x)) for x in arrays))

    call.__doc__ = f"scipy.linalg.{name}, also of duals."
    REPLACED.add(name)
    return at_home(_linalg, call)


toeplitz, circulant, hankel, block_diag = map(_built, ("toeplitz", "circulant", "hankel", "block_diag"))
