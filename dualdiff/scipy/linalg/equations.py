"""scipy.linalg's equations: structured systems, Sylvester, Lyapunov and Riccati; and what follows from them.

A solution y of F(y, parameters) = 0 has the derivative that solves F_y dy = -dF.  The linear equation for dy
is solved by SciPy's own solver of the structure, with the parameters held; its transpose is one, too.

"""

from typing import Any

import numpy as np
import scipy.linalg as _linalg

from ...core import make_array
from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ...functions.decompose import attach, conjugate_transpose
from ...maps.base import LinearMap, dtype_of, fit
from ...maps.tangents import Node, capture, find_tag, is_dual, peel, push
from .basic import dense, replaces, seen, signs, toeplitz

# ---- a linear equation with its parameters held ---------------------------------------------------------------


class Held(LinearMap):
    """rhs -> the solution of a linear equation, by functions of stacks and of the parameters, which may be duals."""

    __slots__ = ("adjoint", "forward", "parameters")

    def __init__(self, forward: Any, adjoint: Any, parameters: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.forward, self.adjoint, self.parameters = forward, adjoint, parameters

    def apply(self, ts: Any) -> Any:
        """The solutions for a stack."""
        return fit(self.forward(*self.parameters, ts[0]), self.out_dtype)

    def transpose(self, w: Any, i: Any) -> Any:
        """Those of the transposed equation."""
        return fit(self.adjoint(*self.parameters, w), self.in_dtypes[0])


def solution(value: Any, forward: Any, adjoint: Any, parameters: Any, rhs: Any, tag: int) -> Any:
    """The dual of a solution: what its change solves for is the tangent of rhs at the tag."""
    v, t = peel(rhs, tag)
    if t is None:
        return value
    if type(t) is Node:
        parameters = [capture(p, p) for p in parameters]
    zero = np.zeros(np.shape(value), np.result_type(dtype_of(value), dtype_of(v)))
    return attach(value, make_array(zero, push(Held(forward, adjoint, parameters, (v,), zero), (t,)), tag), tag)


def each(function: Any, t: Any, ndim: Any = 2) -> Any:
    """function of every array of ndim axes in a stack."""
    if np.ndim(t) == ndim:
        return function(t)
    return np.stack([each(function, t[i], ndim) for i in range(np.shape(t)[0])])


def split(tag: int, *xs: Any) -> tuple[Any, Any]:
    """(values, whether one has a tangent)."""
    pairs = [peel(x, tag) for x in xs]
    return [v for v, _ in pairs], any(t is not None for _, t in pairs)


# ---- Sylvester and Lyapunov ------------------------------------------------------------------------------------


def sylvester(a: Any, b: Any, q: Any) -> Any:
    """x with a x + x b = q, for stacks of q."""
    tag = find_tag(a, b, q)
    if tag < 0:
        a, b = np.asarray(value_of(a)), np.asarray(value_of(b))
        return each(lambda m: _linalg.solve_sylvester(a, b, m), value_of(q))
    (av, bv, qv), _ = split(tag, a, b, q)
    x = sylvester(av, bv, qv)
    rhs = q - np.matmul(a, x) - np.matmul(x, b)
    return solution(
        x, sylvester, lambda a, b, w: sylvester(conjugate_transpose(a), conjugate_transpose(b), w), (av, bv), rhs, tag
    )


def stein(a: Any, q: Any) -> Any:
    """x with x = a x a* + q, for stacks of q."""
    tag = find_tag(a, q)
    if tag < 0:
        a = np.asarray(value_of(a))
        return each(lambda m: _linalg.solve_discrete_lyapunov(a, m), value_of(q))
    (av, qv), _ = split(tag, a, q)
    x = stein(av, qv)
    rhs = q + np.matmul(np.matmul(a, x), conjugate_transpose(a))
    return solution(x, stein, lambda a, w: stein(conjugate_transpose(a), w), (av,), rhs, tag)


@replaces
def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """scipy.linalg.solve_sylvester, by all matrices."""
    a, b, q = map(as_operand, (a, b, q))
    return exact(sylvester(a, b, q), _linalg.solve_sylvester(value_of(a), value_of(b), value_of(q)))


@replaces
def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    """scipy.linalg.solve_continuous_lyapunov, by both matrices."""
    a, q = as_operand(a), as_operand(q)
    return exact(sylvester(a, conjugate_transpose(a), q), _linalg.solve_continuous_lyapunov(value_of(a), value_of(q)))


@replaces
def solve_lyapunov(a: Any, q: Any) -> Any:
    """scipy.linalg.solve_lyapunov, by both matrices."""
    return solve_continuous_lyapunov(a, q)


@replaces
def solve_discrete_lyapunov(a: Any, q: Any, method: Any = None) -> Any:
    """scipy.linalg.solve_discrete_lyapunov, by both matrices."""
    a, q = as_operand(a), as_operand(q)
    return exact(stein(a, q), _linalg.solve_discrete_lyapunov(value_of(a), value_of(q), method))


# ---- Riccati -----------------------------------------------------------------------------------------------------


def riccati(discrete: Any, value: Any, a: Any, b: Any, q: Any, r: Any, e: Any, s: Any) -> Any:
    """The solution of a Riccati equation, from its value."""
    tag = find_tag(a, b, q, r, e, s)
    if tag < 0:
        return value
    (av, bv, qv, rv, ev, sv), _ = split(tag, a, b, q, r, e, s)
    x = riccati(discrete, value, av, bv, qv, rv, ev, sv)
    residual, _, _ = residual_of(discrete, x, a, b, q, r, e, s)
    _, gain, inverse = residual_of(discrete, x, av, bv, qv, rv, ev, sv)
    closed = np.matmul(av - np.matmul(bv, gain), inverse)
    change = np.matmul(np.matmul(conjugate_transpose(inverse), residual), inverse)
    ah = conjugate_transpose(closed)
    if discrete:
        return solution(x, stein, lambda a, w: stein(conjugate_transpose(a), w), (ah,), change, tag)
    return solution(x, sylvester, lambda a, b, w: sylvester(conjugate_transpose(a), conjugate_transpose(b), w),
                    (ah, closed), -change, tag)  # fmt: skip


def residual_of(discrete: Any, x: Any, a: Any, b: Any, q: Any, r: Any, e: Any, s: Any) -> tuple[Any, Any, Any]:
    """(what vanishes, the gain, the inverse of e)."""
    ah, bh, eh = conjugate_transpose(a), conjugate_transpose(b), conjugate_transpose(e)
    xb = np.matmul(x, b)
    inverse = np.linalg.inv(e)
    if discrete:
        cross = np.matmul(ah, xb) + s
        gain = np.linalg.solve(r + np.matmul(bh, xb), conjugate_transpose(cross))
        found = np.matmul(np.matmul(ah, x), a) - np.matmul(np.matmul(eh, x), e) - np.matmul(cross, gain) + q
    else:
        cross = np.matmul(eh, xb) + s
        gain = np.linalg.solve(r, conjugate_transpose(cross))
        half = np.matmul(np.matmul(ah, x), e)
        found = half + np.matmul(np.matmul(eh, x), a) - np.matmul(cross, gain) + q
    return found, gain, inverse


def _are(name: str, discrete: Any) -> Any:
    original = getattr(_linalg, name)

    def call(a: Any, b: Any, q: Any, r: Any, e: Any = None, s: Any = None, balanced: bool = True) -> Any:
        a, b, q, r = map(as_operand, (a, b, q, r))
        given = [None if x is None else as_operand(x) for x in (e, s)]
        value = original(value_of(a), value_of(b), value_of(q), value_of(r),
                         *(None if x is None else value_of(x) for x in given), balanced)  # fmt: skip
        e = np.eye(np.shape(a)[0]) if given[0] is None else given[0]
        s = np.zeros(np.shape(b)) if given[1] is None else given[1]
        plain = [value_of(x) for x in (a, b, q, r, e, s)]
        rest = np.max(np.abs(residual_of(discrete, value, *plain)[0]), initial=0.0)
        if not rest <= 1e-6 * max(np.max(np.abs(value)), *(np.max(np.abs(x)) for x in plain)):
            raise UnsupportedError(
                f"scipy.linalg.{name} of duals: SciPy's result does not solve the equation (residual {rest:.1e}), so "
                "it has no derivative" + ("; pass balanced=False" if balanced and given[0] is not None else "")
            )
        return riccati(discrete, value, a, b, q, r, e, s)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"scipy.linalg.{name}, by all matrices."
    return replaces(call)


solve_continuous_are, solve_discrete_are = _are("solve_continuous_are", False), _are("solve_discrete_are", True)


# ---- banded and Toeplitz systems ------------------------------------------------------------------------------------


def band_product(ab: Any, below: Any, above: Any, x: Any) -> Any:
    """A band times the columns of x, in the time of the band."""
    n = np.shape(ab)[-1]
    total: Any = 0.0
    for row in range(below + above + 1):
        shift = row - above  # the diagonal i - j
        low, high = max(0, -shift), min(n, n - shift)  # of j
        part = ab[row, low:high]
        term = (part[:, None] if np.ndim(x) == 2 else part) * x[low:high]
        pad = [(low + shift, n - high - shift)] + [(0, 0)] * (np.ndim(x) - 1)
        total = total + np.pad(term, pad)
    return total


def band_transposed(ab: Any, below: Any, above: Any) -> Any:
    """The conjugate transpose of a band, as a band of `above` and `below`."""
    n = np.shape(ab)[-1]
    rows = []
    for row in range(below + above + 1):
        shift = row - below  # the diagonal i - j of the transpose
        old = ab[above - shift]
        rows.append(np.pad(old[shift:], (0, shift)) if shift >= 0 else np.pad(old[:shift], (-shift, 0)))
    found = np.stack(rows)
    return np.conj(found) if dtype_of(ab).kind == "c" else found if n else ab


def banded(below: Any, above: Any, ab: Any, b: Any) -> Any:
    """x with band(ab) x = b; b: (n,), (n, m), or stacks of them that the map makes."""
    tag = find_tag(ab, b)
    if tag < 0:
        return _linalg.solve_banded((below, above), value_of(ab), value_of(b))
    (av, bv), _ = split(tag, ab, b)
    x = banded(below, above, av, bv)
    rhs = b - band_product(ab, below, above, x)
    rank = np.ndim(bv)

    def forward(ab: Any, t: Any) -> Any:
        return stacked(lambda v: banded(below, above, ab, v), t, rank)

    def adjoint(ab: Any, w: Any) -> Any:
        turned = band_transposed(ab, below, above)
        return stacked(lambda v: banded(above, below, turned, v), w, rank)

    return solution(x, forward, adjoint, (av,), rhs, tag)


def stacked(solve: Any, t: Any, rank: Any) -> Any:
    """A solver of columns, for a stack of right-hand sides of a rank: one call."""
    k, n = np.shape(t)[0], np.shape(t)[1]
    if rank == 1:
        return np.swapaxes(solve(np.swapaxes(t, 0, 1)), 0, 1)
    columns = np.shape(t)[2]
    side = np.reshape(np.swapaxes(t, 0, 1), (n, k * columns))
    return np.swapaxes(np.reshape(solve(side), (n, k, columns)), 0, 1)


@replaces
def solve_banded(l_and_u: Any, ab: Any, b: Any) -> Any:
    """scipy.linalg.solve_banded, also of duals, in the time of the band."""
    ab, b = as_operand(ab), as_operand(b)
    below, above = l_and_u
    return exact(banded(below, above, ab, b), _linalg.solve_banded(l_and_u, value_of(ab), value_of(b)))


def whole_band(ab: Any, lower: Any) -> Any:
    """Both triangles of a Hermitian band of which one is stored."""
    width = np.shape(ab)[0] - 1
    if lower:
        other = band_transposed(ab, width, 0)
        return np.concatenate([other[:width], ab])
    other = band_transposed(ab, 0, width)
    return np.concatenate([ab, other[1:]])


@replaces
def solveh_banded(ab: Any, b: Any, lower: bool = False) -> Any:
    """scipy.linalg.solveh_banded, also of duals, in the time of the band."""
    ab, b = as_operand(ab), as_operand(b)
    width = np.shape(ab)[0] - 1
    value = _linalg.solveh_banded(value_of(ab), value_of(b), lower=lower)
    return exact(banded(width, width, whole_band(ab, lower), b), value)


@replaces
def cholesky_banded(ab: Any, lower: bool = False) -> Any:
    """scipy.linalg.cholesky_banded, also of duals; by the full matrix."""
    ab = as_operand(ab)
    value = _linalg.cholesky_banded(value_of(ab), lower=lower)
    width, n = np.shape(ab)[0] - 1, np.shape(ab)[1]
    factor = np.linalg.cholesky(dense(whole_band(ab, lower), width, width), upper=not lower)
    rows = []
    for row in range(width + 1):
        shift = row if lower else width - row
        part = np.diagonal(factor, -shift if lower else shift)
        rows.append(np.pad(part, (0, n - np.shape(part)[0]) if lower else (n - np.shape(part)[0], 0)))
    # SciPy leaves what lies outside of the matrix as it was
    outside = np.array([[(j + i >= n) if lower else (j < width - i) for j in range(n)] for i in range(width + 1)])
    return exact(np.where(outside, ab, np.stack(rows)), value)


@replaces
def cho_solve_banded(cb_and_lower: Any, b: Any) -> Any:
    """scipy.linalg.cho_solve_banded, also of duals, in the time of the band."""
    cb, lower = cb_and_lower
    cb, b = as_operand(cb), as_operand(b)
    width = np.shape(cb)[0] - 1
    value = _linalg.cho_solve_banded((value_of(cb), lower), value_of(b))
    turned = band_transposed(cb, width, 0) if lower else band_transposed(cb, 0, width)
    low, high = (cb, turned) if lower else (turned, cb)
    return exact(banded(0, width, high, banded(width, 0, low, b)), value)


def levinson(c: Any, r: Any, b: Any) -> Any:
    """x with toeplitz(c, r) x = b, of columns."""
    tag = find_tag(c, r, b)
    if tag < 0:
        return _linalg.solve_toeplitz((value_of(c), value_of(r)), value_of(b))
    (cv, rv, bv), _ = split(tag, c, r, b)
    x = levinson(cv, rv, bv)
    rank = np.ndim(bv)
    rhs = b - np.matmul(toeplitz(c, r), x)
    conj = [np.conj if dtype_of(v).kind == "c" else (lambda z: z) for v in (cv, rv)]

    def forward(c: Any, r: Any, t: Any) -> Any:
        return stacked(lambda v: levinson(c, r, v), t, rank)

    def adjoint(c: Any, r: Any, w: Any) -> Any:  # the diagonal element is the column's
        row = np.concatenate([conj[0](c)[:1], conj[1](r)[1:]])
        return stacked(lambda v: levinson(row, conj[0](c), v), w, rank)

    return solution(x, forward, adjoint, (cv, rv), rhs, tag)


def _pair(c_or_cr: Any) -> Any:
    """Column and row of a Toeplitz matrix."""
    if isinstance(c_or_cr, tuple):
        return tuple(map(as_operand, c_or_cr))
    c = as_operand(c_or_cr)
    return c, np.conj(c) if dtype_of(c).kind == "c" else c


@replaces
def solve_toeplitz(c_or_cr: Any, b: Any) -> Any:
    """scipy.linalg.solve_toeplitz, also of duals: tangents are solved for by Levinson's recursion, too."""
    c, r = _pair(c_or_cr)
    b = as_operand(b)
    given = (value_of(c), value_of(r)) if isinstance(c_or_cr, tuple) else value_of(c)
    return exact(levinson(np.reshape(c, -1), np.reshape(r, -1), b), _linalg.solve_toeplitz(given, value_of(b)))


@replaces
def matmul_toeplitz(c_or_cr: Any, x: Any, workers: Any = None) -> Any:
    """scipy.linalg.matmul_toeplitz, also of duals; by the full matrix."""
    c, r = _pair(c_or_cr)
    given = (value_of(c), value_of(r)) if isinstance(c_or_cr, tuple) else value_of(c)
    x = as_operand(x)
    return exact(np.matmul(toeplitz(c, r), x), _linalg.matmul_toeplitz(given, value_of(x)))


# ---- roots of positive matrices, polar decompositions ---------------------------------------------------


def positive_root(g: Any) -> Any:
    """The square root of a Hermitian positive matrix: p dp + dp p = dg."""
    tag = find_tag(g)
    if tag < 0:
        w, q = np.linalg.eigh(value_of(g))
        return np.matmul(q * np.sqrt(np.maximum(w, 0)), conjugate_transpose(q))
    (v,), _ = split(tag, g)
    p = positive_root(v)
    return solution(
        p, sylvester, lambda a, b, w: sylvester(conjugate_transpose(a), conjugate_transpose(b), w), (p, p), g, tag
    )


@replaces
def polar(a: Any, side: str = "right") -> tuple[Any, Any]:
    """scipy.linalg.polar of a matrix of full rank, also of duals, whatever its singular values."""
    a = as_operand(a)
    value = _linalg.polar(value_of(a), side)
    m, n = np.shape(a)
    h = conjugate_transpose(a)
    if m >= n:
        p = positive_root(np.matmul(h, a))
        u = conjugate_transpose(np.linalg.solve(p, h))
    else:
        p = positive_root(np.matmul(a, h))
        u = np.linalg.solve(p, a)
    p = np.matmul(conjugate_transpose(u), a) if side == "right" else np.matmul(a, conjugate_transpose(u))
    return exact(u, value[0]), exact(p, value[1])


@replaces
def orthogonal_procrustes(A: Any, B: Any) -> tuple[Any, Any]:
    """scipy.linalg.orthogonal_procrustes, also of duals."""
    a, b = as_operand(A), as_operand(B)
    value, scale = _linalg.orthogonal_procrustes(value_of(a), value_of(b))
    u, p = polar(np.matmul(conjugate_transpose(a), b))
    return exact(u, value), exact(np.real(np.trace(p)), np.asarray(scale))


# ---- pseudo-inverses with a cut-off, bases of subspaces -------------------------------------------------


def projector(a: Any, rank: Any) -> Any:
    """The projector on the left singular vectors of the `rank` largest singular values, by the gap below them."""
    tag = find_tag(a)
    if tag < 0:
        u = np.linalg.svd(value_of(a), full_matrices=False)[0][:, :rank]
        return np.matmul(u, conjugate_transpose(u))
    (v,), _ = split(tag, a)
    p = projector(v, rank)
    g = np.matmul(v, conjugate_transpose(v))
    q = np.eye(np.shape(g)[0]) - p
    size = 2.0 * float(np.real(np.trace(value_of(g)))) + 1e-300
    # q dg p is what turns the subspace; shifts keep the two spectra apart outside of it
    left, right = np.matmul(g, q) - size * p, np.matmul(g, p) + size * q
    turned = np.matmul(a, conjugate_transpose(a))
    rhs = -np.matmul(np.matmul(q, turned), p)
    zero = np.zeros(np.shape(g), dtype_of(p))
    z = solution(zero, sylvester, lambda a, b, w: sylvester(conjugate_transpose(a), conjugate_transpose(b), w),
                 (left, -right), rhs, tag)  # fmt: skip
    return attach(p, z + conjugate_transpose(z), tag)


def constant_rank(a: Any, value_rank: Any) -> Any:
    """The part of a that a cut-off keeps."""
    s = np.linalg.svd(value_of(a), compute_uv=False)
    cut = s[value_rank:]
    if not value_rank or not cut.size or cut[0] <= s[0] * max(np.shape(a)) * np.finfo(s.dtype).eps:
        return a  # nothing but zeros is left out
    return np.matmul(projector(a, value_rank), a)


def pseudo_inverse(a: Any, rank: Any) -> Any:
    """The pseudo-inverse of the part of rank `rank`."""
    if rank == min(np.shape(a)):
        h = conjugate_transpose(a)
        if np.shape(a)[0] >= np.shape(a)[1]:
            return np.linalg.solve(np.matmul(h, a), h)
        return conjugate_transpose(np.linalg.solve(np.matmul(a, h), a))
    s = np.linalg.svd(value_of(a), compute_uv=False)
    kept = constant_rank(a, rank)
    return (
        np.linalg.pinv(kept, float(s[rank - 1] / s[0]) / 2 if rank else 1.0)
        if rank
        else np.zeros(np.shape(a)[::-1]) * 1.0
    )


@replaces
def pinv(a: Any, *, atol: Any = None, rtol: Any = None, return_rank: bool = False) -> Any:
    """scipy.linalg.pinv, also of duals, with its cut-off: the rank stays the same."""
    a = as_operand(a)
    value, rank = _linalg.pinv(value_of(a), atol=atol, rtol=rtol, return_rank=True)
    if np.ndim(a) > 2:
        shape = np.shape(a)
        flat, ranks = np.reshape(a, (-1, *shape[-2:])), np.reshape(rank, -1)
        found = np.reshape(np.stack([pseudo_inverse(flat[i], int(r)) for i, r in enumerate(ranks)]), value.shape)
    else:
        found = pseudo_inverse(a, int(rank))
    found = exact(found, value)
    return (found, rank) if return_rank else found


@replaces
def pinvh(a: Any, atol: Any = None, rtol: Any = None, lower: bool = True, return_rank: bool = False) -> Any:
    """scipy.linalg.pinvh, also of duals: one triangle is read."""
    a = as_operand(a)
    value, rank = _linalg.pinvh(value_of(a), atol=atol, rtol=rtol, lower=lower, return_rank=True)
    found = exact(pseudo_inverse(seen(a, "her", lower), int(rank)), value)
    return (found, rank) if return_rank else found


@replaces
def lstsq(a: Any, b: Any, cond: Any = None) -> tuple[Any, Any, Any, Any]:
    """scipy.linalg.lstsq, also of duals: (x, residues, rank, s); the rank stays the same."""
    a, b = as_operand(a), as_operand(b)
    value, residues, rank, s = _linalg.lstsq(value_of(a), value_of(b), cond=cond)
    x = exact(np.matmul(pseudo_inverse(a, int(rank)), b), value)
    if np.size(residues):
        difference = np.matmul(a, x) - b
        residues = exact(np.sum(np.real(difference * np.conj(difference)), axis=0), np.asarray(residues))
    return x, residues, rank, exact(np.linalg.svdvals(a), s) if is_dual(a) and dtype_of(a).kind != "c" else s


@replaces
def null_space(A: Any, rcond: Any = None, **options: Any) -> Any:
    """scipy.linalg.null_space, also of duals: the basis turns no more than the space does (dn = -pinv(A) dA n)."""
    a = as_operand(A)
    value = _linalg.null_space(value_of(a), rcond)
    return transported(a, value, np.shape(a)[1] - value.shape[1])


def transported(a: Any, value: Any, rank: Any) -> Any:
    """A basis of the null space that turns with it."""
    tag = find_tag(a)
    if tag < 0 or not value.shape[1]:
        return value
    (v,), _ = split(tag, a)
    n = transported(v, value, rank)
    rhs = -np.matmul(a, n)
    return solution(
        n, lambda p, t: np.matmul(p, t), lambda p, w: np.matmul(conjugate_transpose(p), w),
        (pseudo_inverse(v, rank),), rhs, tag,
    )  # fmt: skip


@replaces
def orth(A: Any, rcond: Any = None) -> Any:
    """scipy.linalg.orth of real matrices with distinct singular values, also of duals."""
    a = as_operand(A)
    value = _linalg.orth(value_of(a), rcond)
    rank = value.shape[1]
    if rank == min(np.shape(a)):
        u = np.linalg.svd(a, full_matrices=False)[0]
        return exact(u * signs(u, value), value)
    raise UnsupportedError(
        f"scipy.linalg.orth of duals takes a matrix of full rank, not of rank {rank}: the basis is arbitrary; "
        "the projector on the space is a @ pinv(a)"
    )


@replaces
def subspace_angles(A: Any, B: Any) -> Any:
    """scipy.linalg.subspace_angles of real matrices, also of duals."""
    a, b = np.linalg.qr(as_operand(A))[0], np.linalg.qr(as_operand(B))[0]
    value = _linalg.subspace_angles(value_of(as_operand(A)), value_of(as_operand(B)))
    inner = np.matmul(np.swapaxes(a, 0, 1), b)
    wider = np.shape(a)[1] >= np.shape(b)[1]
    across = b - np.matmul(a, inner) if wider else a - np.matmul(b, np.swapaxes(inner, 0, 1))
    cosine, sine = np.linalg.svdvals(inner), np.linalg.svdvals(across)
    flat = value_of(cosine) ** 2 >= 0.5
    k = np.shape(cosine)[0]
    sine = sine[::-1][:k] if np.shape(sine)[0] == k else sine[np.shape(sine)[0] - k :][::-1]
    angles = np.where(flat, np.arcsin(np.where(flat, sine, 0.5)), np.arccos(np.where(flat, 0.5, cosine)))
    return exact(angles[::-1], value)
