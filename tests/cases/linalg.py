"""numpy.linalg and products of vectors and matrices."""

import numpy as np
from support import points, rng

from .base import const, row


def matrices(*shape, seed=0):
    """Well-conditioned matrices."""
    n = min(shape[-2:])
    irregular = rng(seed + n).uniform(-1.0, 1.0, shape)
    return irregular + np.eye(n) * (n + np.arange(n))


def definite(a, eye=1.5):
    """Symmetric positive definite matrices that depend smoothly on a."""
    n = a.shape[-1]
    return a @ np.swapaxes(a, -1, -2) + (eye * np.eye(n)).astype(np.zeros(0, a.dtype).real.dtype)


V, W = points(4, low=-1.0, seed=3), points(4, seed=4)
A = np.array([[0.9, -0.4, 0.23, 1.4], [-0.65, 1.1, 0.31, -0.5], [0.12, 0.83, -1.7, 0.57]])      # no ties in any norm
B = points(4, 2, low=-1.0)
S = matrices(3, 3)
C = np.array([[2.2, -0.9, 0.7], [0.8, 3.1, -1.1], [-0.6, -1.2, 5.4]])     # no zeros in its inverse either
S2 = matrices(2, 2, seed=5)
Q = matrices(2, 3, 3, seed=1)
R = points(3, 2, low=-1.0, seed=2)
T = np.stack([A, A[::-1, [2, 0, 3, 1]] * 1.37 + 0.11])
V3, W3 = points(3, low=-1.0, seed=5), points(3, seed=6)
Z = np.array(0.7)

# ---- norms -----------------------------------------------------------------------------------------

for _x in (V, A, T, Z):
    row(np.linalg.norm, lambda x: np.linalg.norm(x), _x, analytic=False)
for _ord in (None, 1, 2, 3, 2.5, 0.5, -1, -2.5, np.inf, -np.inf, 0):
    row(np.linalg.norm, lambda x, p=_ord: np.linalg.norm(x, p), V, analytic=False)
    row(np.linalg.norm, lambda x, p=_ord: np.linalg.norm(x, p, axis=0), A, analytic=False)
    row(np.linalg.norm, lambda x, p=_ord: np.linalg.norm(x, ord=p, axis=-1, keepdims=True), T, analytic=False)
    row(np.linalg.vector_norm, lambda x, p=2 if _ord is None else _ord: np.linalg.vector_norm(x, ord=p), A,
        analytic=False)  # fmt: skip
for _ord in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
    row(np.linalg.norm, lambda x, p=_ord: np.linalg.norm(x, p), A, analytic=False)
    row(np.linalg.norm, lambda x, p=_ord: np.linalg.norm(x, p, axis=(2, 0)), T, analytic=False)
    row(np.linalg.norm, lambda x, p=_ord: np.linalg.norm(x, p, (0, -1), keepdims=True), T, analytic=False)
    row(np.linalg.matrix_norm, lambda x, p=_ord or "fro": np.linalg.matrix_norm(x, ord=p), T, analytic=False)
row(np.linalg.norm, lambda x: np.linalg.norm([x[0], x[1] * x[2], x[3]]), V, analytic=False)
row(np.linalg.norm, lambda x: np.linalg.norm(np.fft.rfft(x)), V, analytic=False)
row(np.linalg.norm, lambda x: np.linalg.norm(np.fft.rfft(x), 3), V, analytic=False)
row(np.linalg.vector_norm, lambda x: np.linalg.vector_norm(x, axis=(0, 2), keepdims=True), T, analytic=False)
row(np.linalg.matrix_norm, lambda x: np.linalg.matrix_norm(x, keepdims=True), T, analytic=False)

# ---- solving and determinants ----------------------------------------------------------------------

for _a, _b in [(S, V3), (S, R), (Q, V3), (Q, R), (Q, points(2, 3, 2)), (S, points(2, 3, 2)), (Q[:1], points(4, 1, 3, 2)),
               (Q, points(2, 3, 1)), (S[:1, :1], V[:1])]:  # fmt: skip
    row(np.linalg.solve, lambda a, b: np.linalg.solve(a, b), _a, _b)
    row(np.linalg.solve, lambda a, b=_b: np.linalg.solve(a, b.astype(np.zeros(0, a.dtype).real.dtype)), _a)
    row(np.linalg.solve, lambda b, a=_a: np.linalg.solve(a.astype(np.zeros(0, b.dtype).real.dtype), b), _b)
row(np.linalg.solve, lambda a: np.linalg.solve(a, a[0]), S)
row(np.linalg.solve, lambda a: np.linalg.solve(a, [a[0, 1], a[1, 1] * a[0, 0], 1.0]), S)
for _a in (S, Q, S2):
    row(np.linalg.inv, lambda a: np.linalg.inv(a), _a)
    row(np.linalg.det, lambda a: np.linalg.det(a), _a)
    row(np.linalg.slogdet, lambda a: np.linalg.slogdet(a)[1], _a, analytic=False)
    row(np.linalg.cholesky, lambda a: np.linalg.cholesky(definite(a)), _a, analytic=False)
    row(np.linalg.cholesky, lambda a: np.linalg.cholesky(definite(a), upper=True), _a, analytic=False)
    row(np.linalg.eigvalsh, lambda a: np.linalg.eigvalsh(definite(a)), _a, analytic=False)
    row(np.linalg.eigvalsh, lambda a: np.linalg.eigvalsh(a, "U"), _a, analytic=False)
    row(np.linalg.eigh, lambda a: list(np.linalg.eigh(definite(a))), _a, analytic=False)
    row(np.linalg.eigh, lambda a: list(np.linalg.eigh(a, UPLO="U")), _a, analytic=False)
row(np.linalg.slogdet, lambda a: np.linalg.slogdet(-a)[1], S, analytic=False)
row(np.linalg.cholesky, lambda a: np.linalg.cholesky(a), S @ S.T, analytic=False)     # one triangle only is read
row(np.linalg.det, lambda a: np.linalg.det(a), matrices(1, 1))
row(np.linalg.det, lambda a: np.linalg.det(a), matrices(5, 5))
row(np.linalg.det, lambda a: np.linalg.det(a), np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]]),
    analytic=False)  # fmt: skip
row(np.linalg.det, lambda a: np.linalg.det(a[:0, :0]) + a[0, 0], S)
for _a in (S, A, A.T.copy(), T):
    row(np.linalg.svd, lambda a: list(np.linalg.svd(a, full_matrices=False)), _a, analytic=False)
    row(np.linalg.svd, lambda a: np.linalg.svd(a, compute_uv=False), _a, analytic=False)
    row(np.linalg.svdvals, lambda a: np.linalg.svdvals(a), _a, analytic=False)
row(np.linalg.svd, lambda a: list(np.linalg.svd(a)), S, analytic=False)
for _p in (None, 2, -2, 1, -1, np.inf, -np.inf, "fro"):
    row(np.linalg.cond, lambda a, p=_p: np.linalg.cond(a, p), C, analytic=False)
    row(np.linalg.cond, lambda a, p=_p: np.linalg.cond(a, p), np.stack([C, C.T]), analytic=False)
row(np.linalg.cond, lambda a: np.linalg.cond(a), A, analytic=False)

# ---- products --------------------------------------------------------------------------------------

for _s, *_xs in [("i,i", V, W), ("i,j->ij", V, W3), ("ij,jk", A, B), ("ij,jk->ki", A, B), ("ij,j", A, V), ("ii", S),
                 ("ii->i", S), ("ij->ji", A), ("ji", A), ("ij->", A), ("ij->j", A), ("...j,j", T, V), ("...", T),
                 ("...ij->...ji", T), ("...ij,...jk", T, points(2, 4, 2)), ("ij...,jk...->ik...", A, B),
                 ("...ij,...jk->...ik", T, B), ("bij,bkj->bik", T, T), ("i,i,i->i", V, W, V), ("ij,jk,kl->il", A, B, R.T),
                 ("ii,i->i", S, V3), ("iij->j", Q.T), ("iji->j", np.ones((3, 2, 3)) * V3), ("i,j->", V, W3),
                 ("ij,ij->ij", A[:1], A), ("i,i->", V[:1], W), ("ij , jk -> ik", A, B), ("i...,i->...", T, points(2)),
                 (",ij", Z, A), ("i->", V), ("ijj->ij", Q), ("a...a->...", np.ones((3, 2, 3)) * V3)]:  # fmt: skip
    row(np.einsum, lambda *x, s=_s: np.einsum(s, *x), *_xs)
    row(np.einsum, lambda *x, s=_s: np.einsum(s, *x, optimize=True), *_xs)
row(np.einsum, lambda a: np.einsum("ij,jk->ik", a, const(a, 4, 2)), A)
row(np.einsum, lambda a: np.einsum("ij,kj,k->i", a, a, const(a, 3)), A)
row(np.einsum, lambda a, b: np.einsum(a, [0, 1], b, [1, 2]), A, B)
row(np.einsum, lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [2, 0]), A, B)
row(np.einsum, lambda a, b: np.einsum(a, [Ellipsis, 1], b, [1], [Ellipsis], optimize="optimal"), T, V)
row(np.einsum, lambda a: np.einsum("i,j", [a[0], a[1] * a[2]], a), V)
for _a, _b in [(V, W3), (A, R), (V, A), (A, V), (T, B), (Z, A), (A, Z)]:
    row(np.kron, lambda a, b: np.kron(a, b), _a, _b)
row(np.kron, lambda a: np.kron(a, [1.0, 2.0]), A)
row(np.cross, lambda a, b: np.cross(a, b), V3, W3)
row(np.cross, lambda a, b: np.cross(a, b), R.T, V3)
row(np.cross, lambda a, b: np.cross(a, b), V3, Q)
row(np.cross, lambda a, b: np.cross(a, b, axis=1), T, T[:, ::-1])
row(np.cross, lambda a, b: np.cross(a, b, axisa=0, axisb=1, axisc=0), R, R.T)
row(np.cross, lambda a: np.cross(a, [1.0, 2.0, 3.0]), V3)
row(np.linalg.cross, lambda a, b: np.linalg.cross(a, b), R.T, V3)
row(np.linalg.cross, lambda a, b: np.linalg.cross(a, b, axis=0), R, R[:, :1])
row(np.vecdot, lambda a, b: np.vecdot(a, b), V, W, analytic=False)
row(np.vecdot, lambda a, b: np.vecdot(a, b), T, A, analytic=False)
row(np.vecdot, lambda a, b: np.vecdot(a, b, axis=0), A, A * 2, analytic=False)
row(np.linalg.vecdot, lambda a, b: np.linalg.vecdot(a, b), T, V, analytic=False)
row(np.linalg.vecdot, lambda a, b: np.linalg.vecdot(a, b, axis=0), A, A[:, :1], analytic=False)
if hasattr(np, "matvec"):
    row(np.matvec, lambda a, b: np.matvec(a, b), T, V)
    row(np.matvec, lambda a, b: np.matvec(a, b), A, points(2, 4))
    row(np.vecmat, lambda a, b: np.vecmat(a, b), V3, T, analytic=False)
    row(np.vecmat, lambda a, b: np.vecmat(a, b), points(2, 3), A, analytic=False)
for _n in (0, 1, 2, 3, 5, 8, -1, -3):
    row(np.linalg.matrix_power, lambda a, n=_n: np.linalg.matrix_power(a, n) / 10.0**n, S)
row(np.linalg.matrix_power, lambda a: np.linalg.matrix_power(a, 3), Q)
row(np.linalg.multi_dot, lambda a, b: np.linalg.multi_dot([a, b]), A, B)
row(np.linalg.multi_dot, lambda a, b, c: np.linalg.multi_dot([a, b, c]), A, B, R.T)
row(np.linalg.multi_dot, lambda a, b: np.linalg.multi_dot([b, a, a.T, a]), A, V3)
row(np.linalg.multi_dot, lambda a, b: np.linalg.multi_dot([a, a.T, a, b]), A, V)
row(np.linalg.multi_dot, lambda a, b, c: np.linalg.multi_dot([b, a, c]), A, V3, W)

row(np.linalg.matmul, lambda a, b: np.linalg.matmul(a, b), A, B)
row(np.linalg.tensordot, lambda a, b: np.linalg.tensordot(a, b, axes=1), A, B)
row(np.linalg.outer, lambda a, b: np.linalg.outer(a, b), V, W3)
row(np.linalg.trace, lambda a: np.linalg.trace(a, offset=1), T)
row(np.linalg.diagonal, lambda a: np.linalg.diagonal(a, offset=1), T)
row(np.linalg.matrix_transpose, lambda a: np.linalg.matrix_transpose(a), T)
