"""dualdiff.scipy.linalg: equations, factorisations, bands, subspaces, matrices of elements, by every matrix."""

import numpy as np
import pytest
import scipy.linalg
from scipy_rows import Rows
from support import close

import dualdiff as dd
from dualdiff.errors import UnsupportedError
from dualdiff.scipy import linalg

ROWS = Rows(linalg, scipy.linalg)
G = np.random.default_rng(0)
M = np.array([[2.2, -0.9, 0.7, 0.1], [0.8, 3.1, -1.1, 0.3], [-0.6, -1.2, 5.4, 0.2], [0.4, 0.3, -0.2, 1.7]])
N, S, R = G.standard_normal((4, 4)), M @ M.T, np.array([[2.0, 0.3], [0.3, 1.0]])
B, C, D = G.standard_normal((4, 2)), np.array([5.0, 0.4, -0.2, 0.3]), np.array([5.0, 0.1, 0.7, -0.4])
BAND = np.array([[0.0, 0, 0.3, -0.2, 0.5], [0, 0.3, 0.2, -0.3, 0.1], [5.1, 4.7, 5.2, 4.3, 6], [0.7, -0.4, 0.6, 0.2, 0]])
RHS, TALL, WIDE = G.standard_normal((5, 2)), G.standard_normal((5, 3)), G.standard_normal((3, 5))
REAL = np.diag([1.0, 2.0, 4.0, 7.0]) + 0.2 * N      # real eigenvalues, well apart


def sym(x):
    """What Riccati solvers and eigh want to see."""
    return (x + x.T) / 2


def cx(x):
    """A complex matrix."""
    return x + 1j * np.tril(x)


def tables():
    add = ROWS.add
    add("solve_sylvester", lambda m, a, b, q: m.solve_sylvester(a, b, q), M, S, N, second=True)
    add("solve_sylvester complex", lambda m, a: m.solve_sylvester(cx(a), S, N), M)
    for name in ("solve_continuous_lyapunov", "solve_lyapunov", "solve_discrete_lyapunov"):
        add(name, lambda m, a, q, name=name: getattr(m, name)(a, q), M / 9, N, second=name == "solve_discrete_lyapunov")
    add("solve_discrete_lyapunov bilinear", lambda m, a, q: m.solve_discrete_lyapunov(a, q, "bilinear"), M / 9, N)
    for name in ("solve_continuous_are", "solve_discrete_are"):
        add(name, lambda m, a, b, q, r, name=name: getattr(m, name)(a, b, sym(q), sym(r)), N, B, S, R, second=True)
        add(f"{name} e s", lambda m, a, e, s, name=name: getattr(m, name)(a, B, S, R, e, s, False), 0.3 * N, np.eye(4) + 0.1 * M, 0.1 * B)
    for b in (RHS, RHS[:, 0]):
        add("solve_banded", lambda m, ab, b: m.solve_banded((1, 2), ab, b), BAND, b, second=True)
        for lower in (False, True):
            half = BAND[2:] if lower else BAND[:3]
            add(f"solveh_banded {lower}", lambda m, ab, b, lower=lower: m.solveh_banded(ab, b, lower=lower), half, b)
            add(f"cho_solve_banded {lower}", lambda m, ab, b, lower=lower: m.cho_solve_banded((m.cholesky_banded(ab, lower=lower), lower), b),
                half, b)  # fmt: skip
    for lower in (False, True):
        half = BAND[2:] if lower else BAND[:3]
        add(f"cholesky_banded {lower}", lambda m, ab, lower=lower: m.cholesky_banded(ab, lower=lower), half)
        add(f"eigvals_banded {lower}", lambda m, ab, lower=lower: m.eigvals_banded(ab, lower=lower, select="i", select_range=(1, 3)), half)
        add(f"ldl {lower}", lambda m, a, lower=lower: m.ldl(a, lower=lower)[:2], S, second=True)
    add("eig_banded", lambda m, ab: m.eig_banded(ab, lower=True), BAND[2:])
    add("solve_banded complex", lambda m, ab: m.solve_banded((1, 2), ab * (1 + 0.5j), RHS), BAND)
    add("solve_toeplitz", lambda m, c, r, b: m.solve_toeplitz((c, r), b), C, D, N, second=True)
    add("solve_toeplitz symmetric", lambda m, c, b: m.solve_toeplitz(c, b), C, N[0])
    add("matmul_toeplitz", lambda m, c, r, b: m.matmul_toeplitz((c, r), b), C, D, N)
    add("solve_circulant", lambda m, c, b: m.solve_circulant(c, b), C, N)
    for a in (M, TALL, WIDE):
        for side in ("right", "left"):
            add(f"polar {side}", lambda m, a, side=side: m.polar(a, side), a, second=side == "left")
        add("pinv", lambda m, a: m.pinv(a), a)
        add("pinv cut", lambda m, a: m.pinv(a, rtol=0.5), a, second=True, rtol=1e-5)
        add("lstsq cut", lambda m, a, b: m.lstsq(a, b, cond=0.5)[0], a, G.standard_normal(len(a)), rtol=1e-5)
    add("polar of equal singular values", lambda m, a: m.polar(a), 2 * np.eye(3))
    add("polar complex", lambda m, a: m.polar(cx(a)), M)
    add("pinvh", lambda m, a: m.pinvh(a), S)
    add("orthogonal_procrustes", lambda m, a, b: m.orthogonal_procrustes(a, b), TALL, G.standard_normal((5, 3)))
    add("null_space", lambda m, a: m.null_space(a), G.standard_normal((3, 4)))
    add("null_space projector", lambda m, a: (lambda n: n @ n.T)(m.null_space(a)), WIDE, second=True)
    add("orth", lambda m, a: m.orth(a), TALL)
    add("subspace_angles", lambda m, a, b: m.subspace_angles(a, b), G.standard_normal((6, 2)), G.standard_normal((6, 3)))
    add("eig", lambda m, a: m.eig(a, left=True), REAL)
    add("eig complex", lambda m, a: m.eig(a), np.array([[0.2, 1.4, 0.3], [-0.7, 0.4, 0.2], [0.3, 0.1, 2.0]]))
    add("eigvals", lambda m, a: m.eigvals(a), N)
    add("eigvals b", lambda m, a, b: m.eigvals(a, b), M, S)
    add("eig b", lambda m, a, b: m.eig(a, b), REAL, np.eye(4) + 0.1 * M)
    # squares of the vectors: LAPACK's signs may differ between points next to each other
    add("eigh_tridiagonal", lambda m, d, e: (m.eigh_tridiagonal(d, e)[0], m.eigh_tridiagonal(d, e)[1] ** 2), C, D[1:])
    add("eigvalsh_tridiagonal", lambda m, d, e: m.eigvalsh_tridiagonal(d, e, select="v", select_range=(0.05, 9)), C, D[1:])
    add("schur", lambda m, a: m.schur(a), REAL, second=True)
    add("schur of pairs", lambda m, a: m.schur(a), N)
    add("schur sorted", lambda m, a: m.schur(a, sort="rhp")[:2], N)
    add("hessenberg", lambda m, a: m.hessenberg(a, calc_q=True), N, second=True)
    add("qr pivoting", lambda m, a: m.qr(a, pivoting=True)[:2], N)
    add("qr economic", lambda m, a: m.qr(a, mode="economic"), TALL)
    add("qr r", lambda m, a: m.qr(a, mode="r"), TALL)
    add("qr_multiply", lambda m, a, c: m.qr_multiply(a, c), TALL, RHS.T.copy())
    add("rq", lambda m, a: m.rq(a), N)
    add("rq economic", lambda m, a: m.rq(a, mode="economic"), WIDE)
    add("matrix_balance", lambda m, a: m.matrix_balance(a)[0], N * np.array([1, 100, 1, 0.01]))
    add("companion", lambda m, a: m.companion(a), C, second=True)
    add("leslie", lambda m, f, s: m.leslie(f, s), C, D[1:])
    add("convolution_matrix", lambda m, a: m.convolution_matrix(a, 3, "same"), C)
    add("fiedler", lambda m, a: m.fiedler(a), C)
    add("fiedler_companion", lambda m, a: m.fiedler_companion(a), C)
    add("khatri_rao", lambda m, a, b: m.khatri_rao(a, b), N, M)
    add("diagsvd", lambda m, s: m.diagsvd(s, 4, 5), C)
    for lower in (False, True):
        add(f"cho_factor {lower}", lambda m, a, lower=lower: m.cho_factor(a, lower=lower)[0], S)
    add("fractional_matrix_power", lambda m, a, t: m.fractional_matrix_power(a, t), S, 0.3, second=True)
    add("eigh index", lambda m, a: m.eigh(a, subset_by_index=(1, 2)), S)
    add("eigh value", lambda m, a: m.eigh(a, subset_by_value=(3, 30), eigvals_only=True), S)
    for kind in (1, 2, 3):
        add(f"eigh type {kind}", lambda m, a, b, kind=kind: m.eigh(sym(a), sym(b), type=kind), S, S + np.eye(4))
    add("eigh complex", lambda m, a: m.eigh(cx(a), eigvals_only=True), S)
    add("eigh complex, projector", lambda m, a: (lambda w, v: (v[:, :2] * w[:2]) @ v[:, :2].conj().T)(*m.eigh(cx(a))), S, second=True)
    add("svdvals complex", lambda m, a: m.svdvals(cx(a)), N)
    add("svd complex, part", lambda m, a: (lambda u, s, v: (u[:, :2] * s[:2] ** 2) @ v[:2])(*m.svd(cx(a), full_matrices=False)), TALL[:3])
    add("sqrtm complex", lambda m, a: m.sqrtm(cx(a)), S)
    add("det complex", lambda m, a: m.det(cx(a)), N)


tables()


@pytest.mark.parametrize(("row", "i"), ROWS.params(), ids=ROWS.ids())
def test_linalg(row, i):
    ROWS.check(row, i)


def test_slogdet_of_complex_matrices():
    value, (sign, size) = dd.jvp(lambda a: tuple(np.linalg.slogdet(cx(a))), (N,), (M,))
    step = 1e-6
    up, down = np.linalg.slogdet(cx(N + step * M)), np.linalg.slogdet(cx(N - step * M))
    assert value[0] == np.linalg.slogdet(cx(N))[0]
    close(sign, (up[0] - down[0]) / (2 * step), 1e-8)
    close(size, (up[1] - down[1]) / (2 * step), 1e-8)


def test_banded_systems_in_banded_time():
    """No matrix of n x n elements is made, in either direction."""
    import tracemalloc

    n = 3000
    ab, b = np.ones((3, n)) * np.array([[-1.0], [4.0], [-1.0]]), np.linspace(0, 1, n)
    tracemalloc.start()
    dd.vjp(lambda ab, b: np.sum(linalg.solve_banded((1, 1), ab, b)), ab, b)[1](1.0)
    assert tracemalloc.get_traced_memory()[1] < 8 * n * 200
    tracemalloc.stop()


@pytest.mark.parametrize("name", ["qz", "funm", "cossin", "qr_update", "expm_cond"])
def test_refused_by_name(name):
    with pytest.raises(UnsupportedError, match=name):
        dd.jvp(lambda x: getattr(linalg, name)(x), (N,), (N,))


def test_a_result_that_does_not_solve_the_equation_is_refused():
    e = np.eye(4) + 0.1 * M     # balancing goes wrong in SciPy where e is given
    x = scipy.linalg.solve_continuous_are(0.3 * N, B, S, R, e)
    if np.max(np.abs((0.3 * N).T @ x @ e + e.T @ x @ (0.3 * N) - e.T @ x @ B @ np.linalg.solve(R, B.T @ x @ e) + S)) > 0.1:
        with pytest.raises(UnsupportedError, match="balanced=False"):
            dd.jvp(lambda a: linalg.solve_continuous_are(a, B, S, R, e), (0.3 * N,), (M,))


def test_arbitrary_factors_are_refused():
    for call in (lambda a: linalg.schur(a, output="complex"), lambda a: linalg.qr(a[:, :2]), lambda a: linalg.orth(a[:, [0, 0, 1]])):
        with pytest.raises(UnsupportedError):
            dd.jvp(call, (N,), (N,))


def test_triangular_systems_are_solved_by_substitution(monkeypatch):
    """Forward, backward and in second order, and with what solves a triangular system inside."""
    A, b = np.tril(np.ones((4, 4))) + 2 * np.eye(4), np.arange(1.0, 5.0)

    def f(b):
        return np.sum(linalg.solve_triangular(A * b[0], b, lower=True, trans=1) ** 2)

    want = dd.grad(f)(b), dd.hessian(f)(b)

    def no_factors(*args):
        raise AssertionError("LU factors of a triangular matrix")

    from dualdiff.functions import decompose

    monkeypatch.setattr(decompose.np.linalg, "solve", no_factors)
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dd.grad(f, mode=mode)(b), want[0], rtol=1e-13)
    np.testing.assert_allclose(dd.hessian(f)(b), want[1], rtol=1e-12)
