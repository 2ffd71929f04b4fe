"""dualdiff.scipy.sparse: arrays whose entries vary, and what is solved with them."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy_solutions import check

import dualdiff as dd
from dualdiff.errors import UnsupportedError
from dualdiff.scipy import sparse as S

L = S.linalg
N = 7
ROWS = np.concatenate([np.arange(N), np.arange(N - 1), np.arange(1, N), [2, 2, 5]])
COLUMNS = np.concatenate([np.arange(N), np.arange(1, N), np.arange(N - 1), [2, 5, 2]])
RNG = np.random.default_rng(1)
D = RNG.random(len(ROWS))
D[:N] += 3
B, X, LONG = RNG.random(N), RNG.random((N, 2)), np.arange(2.0 * N)


def mk(d, kind="coo_array"):
    return getattr(S, kind)((d, (ROWS, COLUMNS)), shape=(N, N))


PLAIN = sp.csr_array(np.diag(np.arange(1.0, N + 1)) + np.eye(N, k=2))


def written(A):
    """Entries written into an array that varies."""
    first = A.tocsr()[0, 0]
    A[0, 1] = 2.0
    for e in range(3):
        A[np.ix_([e, e + 1], [e, e + 1])] += first * np.array([[1.0, -1.0], [-1.0, 1.0]])
    A[[4, 5], [5, 4]] = first * np.array([2.0, 3.0])
    A[5, :3] -= np.ones(3)
    A[1, :] = 0.0
    A[1, 1] = first**2
    return A.toarray()


ARRAYS = {
    "A @ x": lambda d: mk(d) @ B, "A @ varying x": lambda d: mk(d).tocsr() @ (B * d[0]), "A @ X": lambda d: mk(d).tocsc() @ (X * d[1]),
    "x @ A": lambda d: B @ mk(d).tocsr(), "varying x @ A": lambda d: (B * d[2]) @ mk(d), "A.T @ x": lambda d: mk(d).T @ B,
    "plain A @ x": lambda d: S.csr_array(np.eye(N)) @ d[:N], "sum": lambda d: mk(d).sum(), "mean": lambda d: mk(d).mean(axis=0),
    "sum over 0": lambda d: mk(d).tocsr().sum(axis=0) ** 2, "sum over 1": lambda d: mk(d).sum(axis=1) ** 2,
    "diagonal": lambda d: mk(d).diagonal(1) ** 2, "trace": lambda d: mk(d).trace() ** 2, "block": lambda d: mk(d).tocsr()[1:4, 2:].toarray() ** 2,
    "row": lambda d: mk(d).tocsr()[2].toarray() ** 2, "element": lambda d: mk(d).tocsr()[2, 2] ** 2,
    "element that is not there": lambda d: mk(d).tocsr()[0, 6] + d[0], "elements": lambda d: mk(d).tocsr()[[1, 2], [2, 2]] ** 2,
    "plain A @ A": lambda d: (sp.eye_array(N).tocsr() @ mk(d)).toarray(), "plain + A": lambda d: (sp.eye_array(N) + mk(d)).toarray(),
    "A @ A": lambda d: (mk(d) @ mk(d**2)).toarray(), "A + B - C": lambda d: (mk(d) + 2 * mk(d**2).T - sp.csr_array(np.eye(N))).toarray(),
    "multiply": lambda d: mk(d).tocsr().multiply(mk(d).T.tocsr()).toarray(), "multiply dense": lambda d: mk(d).multiply(X[:, :1] * d[0]).toarray(),
    "scaled": lambda d: (mk(d) * d[0] / d[1]).toarray(), "power and sin": lambda d: (mk(d).power(2) + mk(d).tocsr().sin()).sum(),
    "data": lambda d: mk(d).tocsr().data ** 2, "matrix *": lambda d: mk(d, "csr_matrix") * B, "cancels": lambda d: (mk(d) - mk(d)).toarray(),
    "csr": lambda d: S.csr_array((d[:3], [0, 2, 1], [0, 1, 2, 3]), shape=(3, 3)) @ np.ones(3), "csc": lambda d: mk(d, "csc_array") @ B,
    "dia": lambda d: S.dia_array((d[None, :N], [1]), shape=(N, N)) @ B,
    "dia two": lambda d: S.dia_array((d[: 2 * N].reshape(2, N), [0, 1]), shape=(N, N)) @ B,
    "spdiags two": lambda d: S.spdiags(d[: 2 * N].reshape(2, N), (-1, 2), N, N) @ B, "dense": lambda d: S.csr_array(d[:4].reshape(2, 2)) @ np.ones(2),
    "diags": lambda d: S.diags([d[:N], d[: N - 1]], [0, 1]).toarray() ** 2,
    "diags_array": lambda d: S.diags_array([d[:N], d[: N - 1]], offsets=[0, -1], format="csc") @ B,
    "kron": lambda d: S.kron(mk(d), sp.csr_array(np.array([[1.0, 2], [0, 3]]))) @ LONG, "kron of plain": lambda d: S.kron(sp.eye_array(2), mk(d)).toarray(),
    "block_array": lambda d: S.block_array([[mk(d), None], [sp.eye_array(N), mk(d**2)]]) @ LONG, "bmat": lambda d: S.bmat([[mk(d), mk(d)]]) @ LONG,
    "hstack": lambda d: S.hstack([mk(d), sp.eye_array(N)]) @ LONG, "vstack": lambda d: S.vstack([mk(d), mk(d)]) @ B, "tril": lambda d: S.tril(mk(d)).toarray(),
    "block_diag": lambda d: S.block_diag([mk(d), d[:2].reshape(1, 2)]).toarray(),
    "bsr": lambda d: S.bsr_array((d[:8].reshape(2, 2, 2), [1, 0], [0, 1, 2])) @ (B[:4] * d[0]),
    "bsr of dense": lambda d: S.bsr_array(np.outer(d[:4], d[:6]), blocksize=(2, 3)).toarray(), "bsr_matrix": lambda d: S.bsr_matrix(np.outer(d[:4], d[:6])) * B[:6],
    **{kind: lambda d, k=kind: getattr(S, k)(np.outer(d[:3], d[:4])) @ B[:4] for kind in ("lil_array", "lil_matrix", "dok_array", "dok_matrix")},
    **{f"written to {kind}": lambda d, k=kind: written(mk(d, k)) for kind in ("csr_array", "csc_matrix")},
    "number * plain A": lambda d: (d[0] * PLAIN + d[1] * sp.eye_array(N)).toarray(), "number * plain matrix": lambda d: (d[0] * sp.csr_matrix(PLAIN)).toarray(),
    "plain A + number * plain A": lambda d: (PLAIN + d[0] * PLAIN) @ B, "plain A - dense": lambda d: PLAIN - np.outer(d[:N], d[:N]),
    "dense + plain A": lambda d: np.outer(d[:N], d[:N]) + PLAIN, "dense * plain A": lambda d: (np.outer(d[:N], d[:N]) * PLAIN).toarray(),
    "vector * plain A": lambda d: (d[:N] * PLAIN).toarray(), "x * plain matrix": lambda d: d[:N] * sp.csr_matrix(PLAIN),
}  # fmt: skip
SOLVES = {
    "spsolve": lambda d: L.spsolve(mk(d).tocsc(), B), "spsolve, all": lambda d: L.spsolve(mk(d).tocsr(), B * d[0]),
    "spsolve, columns": lambda d: L.spsolve(mk(d).tocsr(), X * d[0]), "splu": lambda d: L.splu(mk(d).tocsc()).solve(B * d[0]),
    "splu, transposed": lambda d: L.splu(mk(d).tocsc()).solve(X * d[0], "T"), "splu of plain": lambda d: L.splu(mk(D).tocsc()).solve(B * d[0]),
    "factorized": lambda d: L.factorized(mk(d).tocsc())(B * d[1]), "triangular": lambda d: L.spsolve_triangular(S.tril(mk(d)).tocsr(), B),
    "norm": lambda d: L.norm(mk(d)), "norm, 1": lambda d: L.norm(mk(d), 1), "expm_multiply": lambda d: L.expm_multiply(mk(d) * 0.5, B * d[0]),
    "expm_multiply, times": lambda d: L.expm_multiply(mk(d) * 0.2, X, 0.0, d[0], 3),
    "eigsh": lambda d: L.eigsh(mk(d) + mk(d).T, k=2, v0=B)[0], "eigsh, vectors": lambda d: L.eigsh(mk(d) + mk(d).T, k=2, v0=B)[1],
    "eigs": lambda d: L.eigs(mk(d), k=2, v0=B)[0].real, "eigs, vectors": lambda d: np.abs(L.eigs(mk(d), k=2, v0=B)[1]),
    "eigsh alone": lambda d: L.eigsh(mk(d) + mk(d).T, k=3, v0=B, return_eigenvectors=False), "eigs alone": lambda d: L.eigs(mk(d), k=3, v0=B, return_eigenvectors=False).real,
    "svds alone": lambda d: L.svds(mk(d), k=2, v0=B, return_singular_vectors=False), "svds": lambda d: L.svds(mk(d), k=2, v0=B)[1], "svds, vectors": lambda d: L.svds(mk(d), k=2, v0=B)[0],
    "lsqr": lambda d: L.lsqr(mk(d).tocsr()[:, :4], B * d[0], atol=1e-14, btol=1e-14)[0],
    "lsmr, damped": lambda d: L.lsmr(mk(d).tocsr()[:, :4], B * d[0], d[1], atol=1e-14, btol=1e-14)[0],
    **{m: lambda d, m=m: getattr(L, m)(mk(d) + mk(d).T, B * d[0], rtol=1e-13)[0] for m in ("cg", "minres")},
    **{m: lambda d, m=m: getattr(L, m)(mk(d).tocsr(), B * d[0], rtol=1e-12)[0]
       for m in ("bicg", "bicgstab", "cgs", "gmres", "lgmres", "gcrotmk", "qmr", "tfqmr")},
    "of an operator": lambda d: L.gmres(L.aslinearoperator(sp.csr_array(np.diag(D[:N]))), B * d[0], rtol=1e-12)[0],
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning")
@pytest.mark.parametrize("name", ARRAYS)
def test_arrays(name):
    check(ARRAYS[name], D, 1e-9)


@pytest.mark.parametrize("name", SOLVES)
def test_solves(name):
    second = name in ("spsolve, all", "splu, transposed", "eigsh", "expm_multiply", "gmres")
    check(SOLVES[name], D, 1e-5, 1e-6, second=second, bits=not name.startswith(("svds", "eigs")))   # sums by BLAS


@pytest.mark.parametrize("trans", ["N", "T", "H"])
def test_complex_matrices(trans):
    def f(d):
        A = S.csc_array((d * np.exp(1j * d[::-1]), (ROWS, COLUMNS)), shape=(N, N))
        x = L.splu(A).solve(B + 0j, trans) + (L.spsolve(A, B) if trans == "N" else 0.0)
        return np.abs(x) ** 2 + np.real(x)

    check(f, D, 1e-8)


def test_without_duals_it_is_scipys():
    A = S.coo_array((D, (ROWS, COLUMNS)), shape=(N, N))
    assert type(A) is sp.coo_array
    assert isinstance(A, S.coo_array)
    assert np.array_equal(L.spsolve(A.tocsc(), B), sp.linalg.spsolve(A.tocsc(), B))


def test_finite_elements_by_one_adjoint_solve():
    m = 12
    a = (np.arange(m - 1)[:, None] * m + np.arange(m - 1)).ravel()
    triangles = np.concatenate([np.stack([a, a + 1, a + m], 1), np.stack([a + m + 1, a + m, a + 1], 1)])
    K = np.array([[1.0, -0.5, -0.5], [-0.5, 0.5, 0], [-0.5, 0, 0.5]])
    rows, columns = np.repeat(triangles, 3, axis=1).ravel(), np.tile(triangles, (1, 3)).ravel()

    def objective(k):
        A = S.coo_array(((k[:, None, None] * K).ravel(), (rows, columns)), shape=(m * m, m * m)).tocsc()
        A = A + S.eye_array(m * m, format="csc")
        return np.sum(L.spsolve(A, np.linspace(0, 1, m * m)) ** 2)

    check(objective, 1 + np.random.default_rng(0).random(len(triangles)), 1e-8, second=False)


def test_a_singular_matrix_has_no_derivative():
    with pytest.warns(sp.linalg.MatrixRankWarning):
        found = dd.jacobian(lambda d: L.spsolve(S.diags_array(d, offsets=0, format="csc"), np.ones(2)))(np.array([1.0, 0.0]))
    assert np.isnan(found).any()


def test_what_is_refused_says_so():
    def call(f):
        return dd.vjp(lambda d: f(mk(d)), D)

    for f in (lambda A: A.max(), lambda A: L.inv(A.tocsc()), lambda A: L.expm(A.tocsc()), lambda A: L.norm(A, 2)):
        with pytest.raises(UnsupportedError):
            call(f)
