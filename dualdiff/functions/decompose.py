"""Solving, inverses, determinants, factorisations, norms: numpy.linalg.

The value is NumPy's own.  Its derivative is an expression in the increment of the argument, with
what was computed (inverse, factors) held: written in functions that have handlers, so that nested
duals and recordings go through.

"""

import math
from typing import Any, NamedTuple

import numpy as np

from ..core import Packed, make, make_array, note_kink
from ..errors import UnsupportedError
from ..maps.base import LinearMap, dtype_of, fit, unbroadcast
from ..maps.elementwise import Elementwise
from ..maps.matrices import Matrices, of_cholesky, of_inverse, of_solution
from ..maps.moves import Increment, Settled
from ..maps.products import Sum
from ..maps.sparsity import sum_over
from ..maps.tangents import Node, capture, find_tag, is_dual, peel, push
from .base import as_operand, axis_tuple, exact, handles, linear, value_of, with_value
from .undefined import announced

WELL_CONDITIONED = 1e5


def increment(v: Any, t: Any, tag: int) -> Any:
    """The tangent t of an argument of value v as something to compute with: a dual array of value 0 with that tangent.

    An expression that is linear in it, with everything else held, has the derivative as its own tangent.  `attach` puts
    that on NumPy's value.
    """
    zero = np.zeros(np.shape(v), dtype_of(v))
    return make_array(zero, push(Increment((v,), zero), (t,)) if type(t) is Node else t, tag)


def attach(value: Any, change: Any, tag: int) -> Any:
    """NumPy's value with the tangent of `change`, an expression in the `increment` of the argument."""
    t = change.tangents if is_dual(change) else None
    if t is None:
        return value
    if type(t) is Node:
        t = push(Settled((change.value,), change.value), (t,))
    elif t.dtype != dtype_of(value):
        t = t.astype(dtype_of(value))
    return make(value, t, tag)


def conjugate_transpose(a: Any) -> Any:
    """The conjugate transpose of matrices."""
    a = np.swapaxes(a, -1, -2)
    return np.conj(a) if dtype_of(a).kind == "c" else a


class Arrays(Matrices):
    """Matrices that are arrays, or duals."""

    def times(self, x: Any, y: Any) -> Any:
        return np.matmul(x, y)

    def plus(self, x: Any, y: Any) -> Any:
        return x + y

    def minus(self, x: Any, y: Any) -> Any:
        return -y if x is None else x - y

    def solved(self, a: Any, b: Any) -> Any:
        return np.linalg.solve(a, b)

    def turned(self, x: Any) -> Any:
        return conjugate_transpose(x)

    def halved(self, x: Any, low: bool) -> Any:
        real = np.zeros(0, dtype_of(x)).real.dtype
        return x * triangle(np.shape(x)[-1], real, low, real.type(0.5))


ARRAYS = Arrays()


# ---- solving -------------------------------------------------------------------------------------


class SolveMap(LinearMap):
    """b -> solve(a, b) for matrices b: one call for all directions, so that a is factorised once."""

    __slots__ = ("a",)

    def __init__(self, a: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.a = a

    def multiplications(self, ts: Any) -> Any:
        return math.prod(self.out_shape) * np.shape(self.a)[-1]

    def apply(self, ts: Any) -> Any:
        t = ts[0]
        lead = len(self.out_shape) + 1 - t.ndim
        t = t.reshape((t.shape[0],) + (1,) * lead + t.shape[1:])
        return self.solve(self.a, np.broadcast_to(t, (t.shape[0], *self.out_shape)), False)

    def transpose(self, w: Any, i: int) -> Any:
        found = self.solve(conjugate_transpose(self.a), w, True)
        return fit(unbroadcast(found, self.in_shapes[0]), self.in_dtypes[0])

    def reach(self, sets: Any, ids: Any) -> Any:
        t = np.broadcast_to(ids[0], self.out_shape)
        return np.broadcast_to(sum_over(sets, t, (t.ndim - 2,), True), self.out_shape)

    def columns(self, a: Any, b: Any, transposed: Any) -> Any:
        """a^-1 b, where a is the map's own matrix or, transposed, its adjoint."""
        return np.linalg.solve(a, b)

    def solve(self, a: Any, t: Any, transposed: Any) -> Any:
        """a^-1 t for a stack (k, ..., n, m), the directions laid side by side as columns."""
        shape, axes = t.shape, list(range(t.ndim))
        if np.ndim(a) == 2:         # every other axis can be columns
            axes = [t.ndim - 2, *axes[:-2], t.ndim - 1]
            side = np.transpose(t, axes)
            found = self.columns(a, side.reshape(shape[-2], -1), transposed)
        else:
            axes = [*axes[1:-1], 0, t.ndim - 1]
            side = np.transpose(t, axes)
            found = self.columns(a, side.reshape((*shape[1:-1], shape[0] * shape[-1])), transposed)
        return np.transpose(found.reshape(side.shape), [axes.index(i) for i in range(t.ndim)])


@handles(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    """np.linalg.solve: the directions are further right-hand sides of one call."""
    return solved(as_operand(a), as_operand(b), np.linalg.solve, SolveMap)


def solved(a: Any, b: Any, values: Any, kind: Any) -> Any:
    """a^-1 b; values(a, b): that of what is below the outermost tangents; kind: its `SolveMap`."""
    tag = find_tag(a, b)
    (av, at), (bv, bt) = peel(a, tag), peel(b, tag)
    x = values(av, bv)
    if at is None and bt is None:
        return x
    columns = x[..., None] if np.ndim(bv) == 1 else x
    rhs = None
    if bt is not None:
        db = increment(bv, bt, tag)
        rhs = db[:, None] if np.ndim(bv) == 1 else db
    rhs = of_solution(ARRAYS, columns, None if at is None else increment(av, at, tag), rhs)
    rv, rt = peel(rhs, tag)
    recorded = type(rt) is Node
    found = np.zeros(np.shape(columns), dtype_of(x))
    change = make_array(found, push(kind(capture(av, av) if recorded else av, (rv,), found), (rt,)), tag)
    return attach(x, change[..., 0] if np.ndim(bv) == 1 else change, tag)


@handles(np.linalg.inv)
def inv(a: Any) -> Any:
    """np.linalg.inv: -inv(a) da inv(a)."""
    a = as_operand(a)
    tag = find_tag(a)
    v, t = peel(a, tag)
    y = np.linalg.inv(v)
    if t is None:
        return y
    return attach(y, of_inverse(ARRAYS, y, increment(v, t, tag)), tag)


# ---- determinants --------------------------------------------------------------------------------


def weighted(value: Any, partials: Any, v: Any, t: Any, axes: Any, keep: Any, tag: int, rule: Any = None) -> Any:
    """The dual of a value whose change is sum(partials * t) over axes; rule: the name of a function with a kink."""
    map = Elementwise((partials,), (v,), v)
    map.rule = rule
    terms = push(map, (t,))
    return make(value, push(Sum(axes, keep, (v,), value), (terms,)), tag)


@handles(np.linalg.det)
def det(a: Any) -> Any:
    """np.linalg.det, also at singular matrices: sum(cofactors * da)."""
    a = as_operand(a)
    tag = find_tag(a)
    v, t = peel(a, tag)
    value = np.linalg.det(v)
    if t is None:
        return value
    n = np.ndim(v)
    return weighted(value, cofactors(v), v, t, (n - 2, n - 1), False, tag)


def by_inverse(a: Any) -> Any:
    """det(a) times the transposed inverse, where all matrices of a stack are well-conditioned; else None."""
    try:
        inverse = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return None
    norms = (np.sum(np.abs(x), axis=-2).max(axis=-1, initial=0.0) for x in (a, inverse))
    with np.errstate(all="ignore"):
        found = np.linalg.det(a)[..., None, None] * np.swapaxes(inverse, -1, -2)
        well = np.all(np.multiply(*norms) < WELL_CONDITIONED) and np.all(np.isfinite(found))
    return found if well else None


def cofactors(a: Any) -> Any:
    """The derivative of det by the elements: by the inverse; near singular ones by SVD (of duals by minors)."""
    n = np.shape(a)[-1]
    plain = value_of(a)
    if n == 0:
        return np.zeros(np.shape(a), dtype_of(a))
    if n == 1:
        return np.ones(np.shape(a), dtype_of(a))
    if not np.all(np.isfinite(plain)):
        return np.full(np.shape(a), np.nan, dtype_of(a))
    if not is_dual(a) or find_tag(a) < 0:
        found = by_inverse(plain)
        if found is not None:
            return found
        u, s, vh = np.linalg.svd(plain)
        others = np.ones(s.shape, s.dtype)      # the products of all singular values but one
        others[..., 1:] *= np.cumprod(s, axis=-1)[..., :-1]
        others[..., :-1] *= np.cumprod(s[..., ::-1], axis=-1)[..., -2::-1]
        sign = np.linalg.det(u) * np.linalg.det(vh)
        return np.conj(np.matmul(u * others[..., None, :], vh)) * sign[..., None, None]
    s = np.linalg.svd(plain, compute_uv=False)
    if np.all(s[..., -1] * WELL_CONDITIONED > s[..., 0]):
        whole = np.reshape(np.linalg.det(a), (*np.shape(a)[:-2], 1, 1))
        return whole * np.swapaxes(np.linalg.inv(a), -1, -2)
    rest = np.array([[j for j in range(n) if j != i] for i in range(n)])
    minors = a[..., rest[:, None, :, None], rest[None, :, None, :]]
    signs = np.where(np.add.outer(np.arange(n), np.arange(n)) % 2, -1.0, 1.0).astype(plain.dtype)
    return np.linalg.det(minors) * signs


@handles(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    """np.linalg.slogdet: trace(inv(a) da), of complex matrices its two parts; nan at a singular matrix."""
    a = as_operand(a)
    tag = find_tag(a)
    v, t = peel(a, tag)
    found = np.linalg.slogdet(v)
    if t is None:
        return found
    n = np.ndim(v)
    try:
        partials = np.swapaxes(np.linalg.inv(v), -1, -2)
    except np.linalg.LinAlgError:
        partials = np.full(np.shape(v), np.nan, dtype_of(v))
    if dtype_of(v).kind != "c":
        return type(found)(found[0], weighted(found[1], partials, v, t, (n - 2, n - 1), False, tag))
    trace = np.sum(partials * increment(v, t, tag), axis=(-2, -1))
    return type(found)(attach(found[0], 1j * np.imag(trace) * found[0], tag), attach(found[1], np.real(trace), tag))


# ---- factorisations ------------------------------------------------------------------------------


def triangle(n: Any, dtype: Any, low: Any, diagonal: Any) -> Any:
    """A mask of the lower (or upper) triangle, with a number on the diagonal."""
    ones = np.ones((n, n), dtype)
    return (np.tril(ones, -1) if low else np.triu(ones, 1)) + diagonal * np.eye(n, dtype=dtype)


def hermitian(d: Any, low: Any) -> Any:
    """The matrices that NumPy sees where it reads one triangle only."""
    part = ARRAYS.halved(d, low)
    return part + conjugate_transpose(part)


@handles(np.linalg.cholesky)
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """np.linalg.cholesky: NumPy reads the lower triangle only (upper=True: the upper one), so the derivative does."""
    a = as_operand(a)
    tag = find_tag(a)
    v, t = peel(a, tag)
    y = np.linalg.cholesky(v, upper=upper)
    if t is None:
        return y
    change = of_cholesky(ARRAYS, conjugate_transpose(y) if upper else y, increment(v, t, tag), not upper)
    return attach(y, conjugate_transpose(change) if upper else change, tag)


def gaps(x: Any) -> Any:
    """1 / (x_j - x_i) off the diagonal, 0 on it; infinite where they are equal but for rounding; x: (..., n)."""
    eye = np.eye(np.shape(x)[-1], dtype=dtype_of(x))
    apart = x[..., None, :] - x[..., :, None] + eye
    equal = without_gaps(x)
    with np.errstate(divide="ignore"):
        return (1 - eye) / (np.where(equal, 0, apart) if np.any(equal) else apart)


def without_gaps(x: Any) -> Any:
    """Which pairs of different places have values that are equal but for rounding, (..., n, n)."""
    return equal_ones(value_of(x)) & ~np.eye(np.shape(x)[-1], dtype=bool)


EQUAL_VALUES = (
    ": vectors of equal eigenvalues have no derivative, so what is computed from them has the derivative nan. Write a "
    "function of the matrix (Q f(w) Q') with expm, logm, sqrtm, cosm, sinm or fractional_matrix_power of "
    "dualdiff.scipy.linalg or with powers and inverses, and a function of the eigenvalues alone with np.linalg.eigvalsh"
)
EQUAL_SINGULAR_VALUES = (
    ": vectors of equal singular values have no derivative, so what is computed from them has the derivative nan. "
    "Write the polar factors with dualdiff.scipy.linalg.polar, an inverse with np.linalg.pinv, and a function of the "
    "singular values alone with np.linalg.svdvals"
)


def equal_ones(w: Any) -> Any:
    """Which eigenvalues differ by rounding errors only, (..., n, n)."""
    size = np.max(np.abs(w), axis=-1, initial=0)[..., None, None]
    return np.abs(w[..., :, None] - w[..., None, :]) <= EQUAL * np.finfo(w.dtype).eps * size


def is_low(uplo: Any) -> Any:
    """Whether the lower triangle is read."""
    return uplo.upper() != "U"


# Second derivatives of a function that is symmetric in equal eigenvalues exist, where those of the eigenvalues do not.
# Its gradient Q diag(g) Q* is the same in every basis Q of the equal ones; along a direction E it moves as it does in
# the basis in which Q* E Q is diagonal there, which is another one for each direction.  So this stands for reverse mode
# below forward mode only: there every direction has its own.


class Bases(NamedTuple):
    """The basis of eigenvectors that each of several directions asks for."""

    tag: int
    """Of the directions."""
    w: Any
    q: Any
    together: Any
    """Which eigenvalues are equal, (..., n, n)."""
    inside: Any
    """Q* E Q of each direction, (k, ..., n, n)."""
    turn: Any
    """What makes `inside` diagonal among equal eigenvalues, (k, ..., n, n)."""
    moves: Any
    """The derivatives of the eigenvalues along each direction, (k, ..., n)."""


def bases_of(v: Any, low: Any) -> Any:
    """The `Bases` of a matrix that varies in directions that do not vary, where eigenvalues are equal; else None."""
    if not is_dual(v) or type(v.tangents) is not np.ndarray or is_dual(v.value):
        return None
    w, q = np.linalg.eigh(v.value, "L" if low else "U")
    if w.shape[-1] == 0:
        return None
    together = equal_ones(w)
    for _ in range(max(w.shape[-1] - 1, 1).bit_length()):       # what is equal to an equal one
        together = np.matmul(together, together)
    if np.all(together == np.eye(w.shape[-1], dtype=bool)):
        return None
    inside = np.matmul(np.matmul(conjugate_transpose(q), hermitian(v.tangents, low)), q)
    turn, moves = np.zeros_like(inside), np.zeros(inside.shape[:-1], w.dtype)
    for at in np.ndindex(inside.shape[:-2]):
        first = 0
        while first < w.shape[-1]:
            last = first + int(np.sum(together[at[1:]][first]))
            part = slice(first, last)
            moves[(*at, part)], turn[(*at, part, part)] = np.linalg.eigh(inside[(*at, part, part)])
            first = last
    return Bases(v.tag, w, q, together, inside, turn, moves)


EQUAL = 100
"""Rounding errors of a matrix by which its equal eigenvalues may differ."""


class OfEqual(LinearMap):
    """H -> diag(Q* H Q), whose transpose moves with Q: by the basis that each direction asks for."""

    __slots__ = ("bases", "v")

    def __init__(self, v: Any, bases: Bases, h: Any, value: Any) -> None:
        super().__init__((h,), value)
        self.v, self.bases = v, bases

    def apply(self, ts: Any) -> Any:
        """By a Q without derivatives: what is asked of it in a direction is nan."""
        q = np.linalg.eigh(self.v)[1]
        d = np.sum(np.matmul(conjugate_transpose(q), ts[0]) * np.swapaxes(q, -1, -2), axis=-1)
        return fit(np.real(d) if dtype_of(d).kind == "c" else d, self.out_dtype)

    def transpose(self, w: Any, i: int) -> Any:
        """Q diag(w) Q*; nan where equal eigenvalues have different cotangents."""
        tag, values, q, together, inside, turn, moves = self.bases
        mine = is_dual(w) and w.tag == tag and type(w.tangents) is np.ndarray
        plain = w.value if mine else w
        if is_dual(plain):
            raise UnsupportedError("third derivatives of functions of equal eigenvalues are not defined in dualdiff")
        plain = np.asarray(plain)
        back = conjugate_transpose(q)
        value = np.matmul(q * plain[..., None, :], back)
        change = w.tangents if mine else np.zeros((inside.shape[0], *plain.shape), plain.dtype)
        further = (1,) * (plain.ndim - values.ndim)
        inside, turn, moves = (np.reshape(x, (x.shape[0], *further, *x.shape[1:])) for x in (inside, turn, moves))
        apart = plain[..., None, :] - plain[..., :, None]
        with np.errstate(all="ignore"):
            near = np.abs(apart) <= LIKE * (np.abs(plain)[..., None, :] + np.abs(plain)[..., :, None])
            slopes = apart / (values[..., None, :] - values[..., :, None])
            slopes = np.where(together, np.where(near, 0, np.nan), slopes)
            # where the direction does not part equal eigenvalues their cotangents must not part either
            gap, other = (np.abs(x[..., None, :] - x[..., :, None]) for x in (moves, change))
            size = np.max(np.abs(inside), axis=(-2, -1), initial=0)[..., None, None]
            torn = together & (gap <= LIKE * size) & (other > np.sqrt(LIKE) * np.max(np.abs(change), initial=0))
        core = slopes * inside + np.matmul(turn * change[..., None, :], conjugate_transpose(turn))
        core = np.where(torn, np.nan, core)
        return fit(make(value, np.matmul(np.matmul(q, core), back), tag), self.in_dtypes[0])


LIKE = 1e-10
"""How far cotangents of equal eigenvalues may differ, relative: they are computed from eigenvalues that differ."""


def of_equal(v: Any, t: Any, tag: int, low: Any) -> Any:
    """The eigenvalues of v with the tangents of reverse mode, where some are equal and v varies itself; else None."""
    bases = bases_of(v, low) if type(t) is Node else None
    if bases is None:
        return None
    start = np.zeros(np.shape(bases.w), bases.w.dtype)
    change = linear(lambda h: start, lambda h, y: OfEqual(v, bases, h[0], y), hermitian(increment(v, t, tag), low))
    return attach(make(bases.w, bases.moves, bases.tag), change, tag)


@handles(np.linalg.eigh)
def eigh(a: Any, UPLO: Any = "L") -> Any:
    """np.linalg.eigh: NumPy reads one triangle only; no derivative of vectors where eigenvalues are equal.

    Phases of complex vectors are arbitrary: they are held (q* dq is 0 on the diagonal).
    """
    a = as_operand(a)
    tag = find_tag(a)
    v, t = peel(a, tag)
    found = np.linalg.eigh(v, UPLO)
    if t is None:
        return found
    w, q = found
    inside = np.matmul(np.matmul(conjugate_transpose(q), hermitian(increment(v, t, tag), is_low(UPLO))), q)
    if np.any(without_gaps(w)):
        inside = announced(inside, tag, "numpy.linalg.eigh" + EQUAL_VALUES)
    dw = np.diagonal(inside, axis1=-2, axis2=-1)
    dw = np.real(dw) if dtype_of(dw).kind == "c" else dw
    equal = of_equal(v, t, tag, is_low(UPLO))
    with np.errstate(invalid="ignore"):     # infinite times 0 where eigenvalues are equal
        turn = np.matmul(q, inside * gaps(w))
    return type(found)(attach(w, dw, tag) if equal is None else equal, attach(q, turn, tag))


@handles(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    """np.linalg.eigvalsh: NumPy reads one triangle only."""
    a = as_operand(a)
    tag = find_tag(a)
    v, t = peel(a, tag)
    value = np.linalg.eigvalsh(v, UPLO)
    if t is None:
        return value
    equal = of_equal(v, t, tag, is_low(UPLO))
    if equal is not None:
        return exact(equal, value_of(value))
    q = np.linalg.eigh(v, UPLO)[1]
    with np.errstate(invalid="ignore"):     # a Q that varies has no derivative where eigenvalues are equal
        inside = np.matmul(conjugate_transpose(q), hermitian(increment(v, t, tag), is_low(UPLO)))
        dw = np.sum(inside * np.swapaxes(q, -1, -2), axis=-1)
    return attach(value, np.real(dw) if dtype_of(dw).kind == "c" else dw, tag)


@handles(np.linalg.svd)
def svd(a: Any, full_matrices: Any = True, compute_uv: Any = True, hermitian: Any = False) -> Any:
    """np.linalg.svd: no derivative of the factors where singular values are equal.

    Phases of complex vectors are arbitrary: those of vh are held (vh dvh* is 0 on the diagonal).
    """
    a = as_operand(a)
    if hermitian:
        return symmetric_svd(a, compute_uv)
    if not compute_uv:
        return singular_values(a, lambda v: np.linalg.svd(v, full_matrices, False))
    m, n = np.shape(a)[-2:]
    if full_matrices and m != n:
        raise UnsupportedError(
            f"numpy.linalg.svd of a matrix of shape {(m, n)} has a derivative rule in dualdiff for full_matrices=False "
            "only: the further singular vectors are arbitrary"
        )
    tag = find_tag(a)
    v, t = peel(a, tag)
    found = np.linalg.svd(v, full_matrices)
    if t is None:
        return found
    u, s, vh = found
    uh, q = conjugate_transpose(u), conjugate_transpose(vh)
    d = increment(v, t, tag)
    dq = np.matmul(d, q)
    p = np.matmul(uh, dq)
    if np.any(without_gaps(s)):
        p = announced(p, tag, "numpy.linalg.svd" + EQUAL_SINGULAR_VALUES)
    ds = np.diagonal(p, axis1=-2, axis2=-1)
    row, column = s[..., None, :], s[..., :, None]
    eye = np.eye(min(m, n), dtype=dtype_of(s))
    ph = conjugate_transpose(p)
    with np.errstate(divide="ignore", invalid="ignore"):     # infinite times 0 where singular values are equal
        factor = gaps(s) / (row + column + eye)
        turn = factor * (p * row + column * ph)
        dv = np.matmul(q, factor * (column * p + ph * row))
    if dtype_of(v).kind == "c":
        turn = turn + 1j * np.imag(p) * eye / row
        ds = np.real(ds)
    with np.errstate(invalid="ignore"):
        du = np.matmul(u, turn)
    if m > n:
        du = du + (dq - np.matmul(u, p)) / row
    if n > m:
        du_h = np.matmul(conjugate_transpose(d), u)
        dv = dv + (du_h - np.matmul(q, ph)) / row
    return type(found)(attach(u, du, tag), attach(s, ds, tag), attach(vh, conjugate_transpose(dv), tag))


def symmetric_svd(a: Any, compute_uv: Any) -> Any:
    """np.linalg.svd(hermitian=True), as NumPy composes it: by eigh, which reads the lower triangle only."""
    value = np.linalg.svd(value_of(a), compute_uv=compute_uv, hermitian=True)
    if not compute_uv:
        w = np.abs(eigvalsh(a))
        order = np.argsort(value_of(w), axis=-1)[..., ::-1]
        return exact(np.take_along_axis(w, order, axis=-1), value)
    w, q = eigh(a)
    order = np.argsort(np.abs(value_of(w)), axis=-1)[..., ::-1]
    w, q = np.take_along_axis(w, order, axis=-1), np.take_along_axis(q, order[..., None, :], axis=-1)
    vh = np.swapaxes(q * np.sign(value_of(w))[..., None, :], -1, -2)
    return type(value)(*(exact(x, v) for x, v in zip((q, np.abs(w), vh), value, strict=True)))


@handles(np.linalg.svdvals)
def svdvals(x: Any, /) -> Any:
    """np.linalg.svdvals: u' dA v for each pair of singular vectors."""
    return singular_values(as_operand(x), np.linalg.svdvals)


def singular_values(a: Any, function: Any) -> Any:
    """The singular values that function(a) gives."""
    tag = find_tag(a)
    v, t = peel(a, tag)
    value = function(v)
    if t is None:
        return value
    u, _, vh = np.linalg.svd(v, full_matrices=False)
    inside = np.matmul(conjugate_transpose(u), increment(v, t, tag))
    change = np.sum(inside * (np.conj(vh) if dtype_of(v).kind == "c" else vh), axis=-1)
    return attach(value, np.real(change) if dtype_of(v).kind == "c" else change, tag)


@handles(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """np.linalg.cond, by the singular values, or by the norms of x and of its inverse."""
    x = as_operand(x)
    value = np.linalg.cond(value_of(x), p)
    if p is None or p in (2, -2):
        s = svdvals(x)
        with np.errstate(all="ignore"):     # NumPy has warned about the value
            found = s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    else:
        singular, regular = ~np.isfinite(value), x      # NumPy gives inf there; the derivative is not defined
        if np.any(singular):
            regular = np.where(singular[..., None, None], np.eye(np.shape(x)[-1]), x)
        found = norm(x, p, (-2, -1)) * norm(inv(regular), p, (-2, -1))
        found = np.where(singular, np.nan, 1.0) * found if np.any(singular) else found
    return with_value(found, value)


# ---- norms ---------------------------------------------------------------------------------------


@handles(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    """np.linalg.norm; at 0 the derivative is 0, ties of ord=inf share equally."""
    x = as_operand(x)

    def function(v: Any) -> Any:
        return np.linalg.norm(v, ord, axis, keepdims)

    n = np.ndim(x)
    if axis is None and ord is None:
        return vector(x, None, tuple(range(n)), keepdims, function)
    axes = axis_tuple(axis, n)
    if len(axes) == 1:
        return vector(x, ord, axes, keepdims, function)
    return matrix(x, ord, axes, keepdims, function)


@handles(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Any:
    """np.linalg.vector_norm; at 0 the derivative is 0, ties of ord=inf share equally."""
    x = as_operand(x)
    return vector(x, ord, axis_tuple(axis, np.ndim(x)), keepdims,
                  lambda v: np.linalg.vector_norm(v, axis=axis, keepdims=keepdims, ord=ord))  # fmt: skip


@handles(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    """np.linalg.matrix_norm; at 0 the derivative is 0, ties share equally."""
    x = as_operand(x)
    return matrix(x, ord, axis_tuple((-2, -1), np.ndim(x)), keepdims,
                  lambda v: np.linalg.matrix_norm(v, keepdims=keepdims, ord=ord))  # fmt: skip


def vector(x: Any, ord: Any, axes: Any, keep: Any, function: Any) -> Any:
    """A norm of the elements along axes; function(value) is NumPy's."""
    if dtype_of(x).kind == "c":
        return with_value(vector(np.abs(x), ord, axes, keep, function), function(value_of(x)))
    if isinstance(ord, str) or ord == 0:
        return function(value_of(x))        # an error, or a count
    if ord in (1, math.inf, -math.inf):
        reduce: Any = {1: np.sum, math.inf: np.max, -math.inf: np.min}[ord]
        return with_value(reduce(np.abs(x), axis=axes, keepdims=bool(keep)), function(value_of(x)))
    tag = find_tag(x)
    v, t = peel(x, tag)
    value = function(v)
    if t is None:
        return value
    if (type(t) is Packed or is_dual(v)) and np.any(value_of(value) == 0):
        note_kink("norm")
    return weighted(value, slopes(v, 2 if ord is None else ord, axes), v, t, axes, bool(keep), tag, "norm")


def slopes(v: Any, p: Any, axes: Any) -> Any:
    """sign(v) (abs(v) / norm)^(p - 1), scaled so that nothing overflows; 0 where the norm is 0."""
    plain = value_of(v)
    largest = np.max(np.abs(plain), axis=axes, keepdims=True, initial=0)
    y = v / np.where((largest > 0) & np.isfinite(largest), largest, 1).astype(dtype_of(v))
    if p == 2:
        total = np.sum(y * y, axis=axes, keepdims=True)
        empty = value_of(total) == 0
        found = y / np.sqrt(total + empty)
        return np.where(empty, 0, found) if np.any(empty) else found
    zero = plain == 0
    size = np.abs(y) + zero
    total = np.sum(np.where(zero, 0, size**p), axis=axes, keepdims=True)
    total = total + (value_of(total) == 0)
    found = np.sign(y) * (size / total ** (1 / p)) ** (p - 1)
    return np.where(np.any(zero, axis=axes, keepdims=True), 0, found) if p < 0 else found


def matrix(x: Any, ord: Any, axes: Any, keep: Any, function: Any) -> Any:
    """A norm of matrices; function(value) is NumPy's."""
    if ord is None or ord in ("fro", "f"):
        return vector(x, None, axes, keep, function)
    value = function(value_of(x))
    row, column = axes
    if ord in (2, -2, "nuc"):
        s = svdvals(np.moveaxis(x, axes, (-2, -1)))
        reduce: Any = {2: np.max, -2: np.min, "nuc": np.sum}[ord]
        found = reduce(s, axis=-1)
    else:
        sums = np.sum(np.abs(x), axis=column if abs(ord) == math.inf else row, keepdims=True)
        found = (np.max if ord > 0 else np.min)(sums, axis=axes, keepdims=True)
    return with_value(np.reshape(found, np.shape(value)), value)
