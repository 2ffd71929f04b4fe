"""A Linearization as a linear operator: SciPy's class, sums, products and multiples, and inside derivatives."""

import copy
import itertools
import subprocess
import sys

import numpy as np
import pytest
import scipy.optimize as opt
import scipy.sparse as sps
from scipy.sparse.linalg import (
    LinearOperator,
    aslinearoperator,
    eigs,
    expm_multiply,
    gmres,
    lsmr,
    lsqr,
    onenormest,
    svds,
)

import dualdiff as dd
from dualdiff.errors import ArgumentError, InputError, ShapeError
from dualdiff.transforms.operators import Operator

RNG = np.random.default_rng(3)
A, B = RNG.standard_normal((4, 3)), RNG.standard_normal((3, 4))
X = np.array([0.3, -0.5, 1.1])
_, J = dd.linearize(lambda x: np.sin(A @ x), X)                     # 4 x 3
_, K = dd.linearize(lambda x: np.exp(B @ x), np.ones(4) / 4)        # 3 x 4
_, L = dd.linearize(lambda x: A @ x * x[0], X)                      # 4 x 3
_, S = dd.linearize(lambda x: np.sin(x) * x[0], X)                  # 3 x 3
_, C = dd.linearize(lambda x: np.exp(1j * x) * (x[0] + x), X)       # complex, 3 x 3
_, R = dd.linearize(lambda x: np.cos(x) * x.sum(), X)               # 3 x 3
M = RNG.standard_normal((4, 3))
SPARSE = sps.csr_array(np.where(np.abs(M) > 0.5, M, 0.0))

COMBINATIONS = {
    "J @ K": (lambda J, K, L, S, C, M: J @ K), "K @ J": (lambda J, K, L, S, C, M: K @ J),
    "J @ K @ L": (lambda J, K, L, S, C, M: J @ K @ L), "J + L": (lambda J, K, L, S, C, M: J + L),
    "J - L": (lambda J, K, L, S, C, M: J - L), "2*J": (lambda J, K, L, S, C, M: 2 * J),
    "J*2": (lambda J, K, L, S, C, M: J * 2.5), "J/4": (lambda J, K, L, S, C, M: J / 4), "-J": (lambda J, K, L, S, C, M: -J),
    "np.float64*J": (lambda J, K, L, S, C, M: np.float64(3) * J), "2*3*J": (lambda J, K, L, S, C, M: 2 * (3 * J)),
    "complex*J": (lambda J, K, L, S, C, M: (1 + 2j) * J), "complex*C": (lambda J, K, L, S, C, M: (1 + 2j) * C),
    "J.T @ J": (lambda J, K, L, S, C, M: J.T @ J), "C.H @ C": (lambda J, K, L, S, C, M: C.conj().T @ C if not isinstance(C, Operator) else C.H @ C),
    "S @ C": (lambda J, K, L, S, C, M: S @ C + 1j * S), "J + M": (lambda J, K, L, S, C, M: J + M), "M + J": (lambda J, K, L, S, C, M: M + J),
    "M - J": (lambda J, K, L, S, C, M: M - J), "2*J.T @ (J + M)": (lambda J, K, L, S, C, M: 2 * J.T @ (J + M)),
    "newton": (lambda J, K, L, S, C, M: (S - 0.1 * C) @ (S + C)), "real": (lambda J, K, L, S, C, M: (J + L).T @ (J - L) + S),
}  # fmt: skip


@pytest.mark.parametrize("name", COMBINATIONS)
def test_combinations_are_those_of_the_matrices(name):
    make = COMBINATIONS[name]
    P = make(J, K, L, S, C, M)
    D = make(*(Z.dense() for Z in (J, K, L, S, C)), M)
    m, n = D.shape
    assert isinstance(P, LinearOperator) and isinstance(P, Operator) and P.shape == (m, n) and P.ndim == 2
    assert P.dtype == D.dtype and "operator" in repr(P)
    v, w = RNG.standard_normal(n), RNG.standard_normal(m)
    V, W = RNG.standard_normal((n, 5)), RNG.standard_normal((m, 2)) + 1j * RNG.standard_normal((m, 2))
    for found, wanted in [
        (P @ v, D @ v), (P.matvec(v), D @ v), (P.matvec(v[:, None]), D @ v[:, None]), (P.rmatvec(w), D.conj().T @ w), (P @ V, D @ V),
        (P.matmat(V), D @ V), (P.rmatmat(W), D.conj().T @ W), (P.T @ w, D.T @ w), (P.H @ W, D.conj().T @ W), (w @ P, w @ D),
        (P.dot(v), D @ v), (P * v, D @ v), (P.dense(), D), (P.dense("reverse"), D), (P.T.dense(), D.T), (P.H.dense(), D.conj().T),
        (P.transpose().dense(), D.T), (P.adjoint().dense(), D.conj().T), (P.T.T.dense(), D), (P.H.H.dense(), D), (P.T.H.dense(), D.conj()),
        (P @ V[:, :0], D @ V[:, :0]), (W[:, :0].T @ P, W[:, :0].T @ D),
    ]:  # fmt: skip
        assert np.shape(found) == np.shape(wanted)
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    if m == n:
        np.testing.assert_allclose(P.diagonal(), np.diagonal(D), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose((P**3).dense(), D @ D @ D, rtol=1e-10, atol=1e-10)
    # with SciPy's own, from both sides
    T = aslinearoperator(np.ones((m, n)))
    for Q, E in ((P + T, D + 1), (T + P, D + 1), (P @ aslinearoperator(V), D @ V), (aslinearoperator(W.T) @ P, W.T @ D), (P - T, D - 1)):
        assert isinstance(Q, LinearOperator)
        k = RNG.standard_normal(E.shape[1])
        np.testing.assert_allclose(Q @ k, E @ k, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(Q.rmatvec(E @ k), E.conj().T @ (E @ k), rtol=1e-12, atol=1e-12)


def test_sparse_matrices():
    for Z in (SPARSE, sps.csc_array(SPARSE), sps.csr_matrix(SPARSE), sps.coo_array(SPARSE)):
        D = Z.toarray()
        for P, E in ((J + Z, J.dense() + D), (Z + J, D + J.dense()), (J - Z, J.dense() - D), (Z.T @ J, D.T @ J.dense()),
                     (J @ Z.T, J.dense() @ D.T), (K @ Z, K.dense() @ D), (Z @ K, D @ K.dense())):  # fmt: skip
            assert isinstance(P, LinearOperator)
            np.testing.assert_allclose(P.dense(), E, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(P.T.dense(), E.T, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(P.H @ np.ones(E.shape[0]), E.T @ np.ones(E.shape[0]), rtol=1e-12, atol=1e-12)


def test_what_does_not_fit():
    for bad in (lambda: J + K, lambda: J - S, lambda: J @ L, lambda: J @ aslinearoperator(np.ones((2, 2)))):
        with pytest.raises(ShapeError, match=r"operators of shapes \(\d, \d\) and \(\d, \d\)"):
            bad()
    with pytest.raises(ArgumentError, match="powers 1, 2, 3"):
        S**0.5
    for bad in (lambda: J + 1.0, lambda: J + X, lambda: "x" + J, lambda: J / X):
        with pytest.raises(TypeError):
            bad()
    with pytest.raises(InputError):
        J @ "word"


@pytest.mark.parametrize("ask", [np.asarray, np.array, np.linalg.norm, lambda Z: np.array([Z]), lambda Z: np.asarray(Z, dtype=float),
                                 np.linalg.inv])
@pytest.mark.parametrize("Z", [J, J.T, J + L, 2 * J], ids=["J", "J.T", "sum", "multiple"])
def test_an_operator_is_no_array(ask, Z):
    with pytest.raises(InputError, match=r"not an array: write J.dense\(\)"):
        ask(Z)


def test_it_is_what_it_says():
    assert isinstance(J, dd.Linearization) and isinstance(J, LinearOperator) and type(J) is dd.Linearization
    assert issubclass(J.__class__, LinearOperator) and J.__class__.__name__ == "Linearization"
    assert aslinearoperator(J) is J
    assert not isinstance(J, np.ndarray)
    again = copy.copy(J)
    assert type(again) is dd.Linearization and np.array_equal(again @ X, J @ X)


def test_scipy_is_not_imported():
    code = (
        "import sys, numpy as np, dualdiff as dd\n"
        "v, J = dd.linearize(np.sin, np.ones(3)); (2*J + J).dense(); (J @ J).diagonal(); J.__class__; repr(J)\n"
        "assert not any(m.startswith('scipy') for m in sys.modules), 'scipy'\n"
        "from scipy.sparse.linalg import LinearOperator\n"
        "assert isinstance(J, LinearOperator) and isinstance(J.T, LinearOperator) and isinstance(J + J, LinearOperator)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_scipys_linear_algebra():
    D, b = S.dense() + 2 * np.eye(3), np.array([1.0, 2.0, 3.0])
    P = S + 2 * sps.eye_array(3)
    x, info = gmres(P, b, rtol=1e-12)
    assert info == 0 and np.allclose(D @ x, b)
    for solve in (lsqr, lsmr):
        assert np.allclose(solve(J, np.ones(4))[0], np.linalg.lstsq(J.dense(), np.ones(4))[0])
    assert np.allclose(svds(J, k=1, return_singular_vectors=False), np.linalg.svd(J.dense())[1][0])
    n = 12
    _, W = dd.linearize(lambda x: np.sin(x) * np.roll(x, 1), np.linspace(0.1, 1, n))
    assert np.allclose(np.abs(eigs(W, k=1, return_eigenvectors=False)), np.max(np.abs(np.linalg.eigvals(W.dense()))))
    assert np.isclose(onenormest(W), np.max(np.sum(np.abs(W.dense()), axis=0)))
    import scipy.linalg

    trace = float(np.trace(W.dense()))
    assert np.allclose(expm_multiply(W, np.ones(n), traceA=trace), scipy.linalg.expm(W.dense()) @ np.ones(n))


def residual(x):
    return np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1 - x[:-1]])


def test_lsq_linear():
    for bounds in ((-np.inf, np.inf), (-0.1, 0.2)):
        found = opt.lsq_linear(J, np.ones(4), bounds=bounds, tol=1e-12, lsq_solver="lsmr")
        wanted = opt.lsq_linear(J.dense(), np.ones(4), bounds=bounds, tol=1e-12)
        assert found.success and np.allclose(found.x, wanted.x, atol=1e-6)


@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_least_squares(method):
    x = np.array([-1.2, 1.0, 0.5])
    found = opt.least_squares(residual, x, jac=lambda x: dd.linearize(residual, x)[1], method=method, xtol=1e-12, ftol=1e-12, gtol=1e-12)
    assert found.success and np.allclose(found.x, 1.0, atol=1e-6)
    assert isinstance(found.jac, LinearOperator)


def test_trust_constr():
    def f(x):
        return np.sum(residual(x) ** 2)

    def hessian(x):
        return dd.linearize(dd.grad(f), x)[1]

    x = np.array([-1.2, 1.0, 0.5])
    near = opt.LinearConstraint(np.ones((1, 3)), -10, 10)
    found = opt.minimize(f, x, jac=dd.grad(f), hess=hessian, method="trust-constr", constraints=[near], options={"gtol": 1e-9})
    assert np.allclose(found.x, 1.0, atol=1e-5)
    circle = opt.NonlinearConstraint(
        lambda x: x @ x, -np.inf, 2.0, jac=lambda x: 2 * x[None], hess=lambda x, v: v[0] * dd.linearize(lambda x: 2 * x, x)[1]
    )
    found = opt.minimize(f, x, jac=dd.grad(f), hess=hessian, method="trust-constr", constraints=[circle], options={"gtol": 1e-9})
    assert found.x @ found.x <= 2 + 1e-6 and found.optimality < 1e-6
    found = opt.minimize(f, x, jac=dd.grad(f), hess=hessian, method="Newton-CG")
    assert np.allclose(found.x, 1.0, atol=1e-4)


# ---- inside of a derivative --------------------------------------------------------------------------------

INSIDE = {
    "dense": (lambda J: J.dense(), lambda D: D), "dense forward": (lambda J: J.dense("forward"), lambda D: D),
    "dense reverse": (lambda J: J.dense("reverse"), lambda D: D), "diagonal": (lambda J: J.diagonal(), lambda D: np.einsum("ii->i", D)),
    "T": (lambda J: J.T.dense(), lambda D: D.T), "T diagonal": (lambda J: J.T.diagonal(), lambda D: np.einsum("ii->i", D)),
    "J @ J": (lambda J: (J @ J).dense(), lambda D: D @ D), "J + 2 J.T": (lambda J: (J + 2 * J.T).dense(), lambda D: D + 2 * D.T),
    "J @ v": (lambda J: J @ X, lambda D: D @ X), "V @ J": (lambda J: B[:2, :3] @ J, lambda D: B[:2, :3] @ D),
}  # fmt: skip
OUTER = {
    "closure": (lambda a: dd.linearize(lambda x: np.sin(a * x) * x[0], X)[1],
                lambda a: np.diag(a * np.cos(a * X) * X[0]) + np.outer(np.sin(a * X), np.eye(3)[0]), np.array([0.5, 1.0, 2.0])),
    "point": (lambda a: dd.linearize(lambda x: x**3 + x[0] * x, a)[1],
              lambda a: np.diag(3 * a**2 + a[0]) + np.outer(a, np.eye(3)[0]), np.array([0.5, 1.0, 2.0])),
    "column": (lambda a: dd.linearize(lambda x: x**3 + x[0] * x, np.reshape(a, (3, 1)))[1],
               lambda a: np.diag(3 * a**2 + a[0]) + np.outer(a, np.eye(3)[0]), np.array([0.5, 1.0, 2.0])),
}  # fmt: skip


@pytest.mark.parametrize("what, where", list(itertools.product(INSIDE, OUTER)))
def test_inside_of_a_derivative(what, where, monkeypatch):
    (ours, dense), (operator, matrix, a) = INSIDE[what], OUTER[where]

    def g(a):
        return ours(operator(a))

    def by_hand(a):
        return dense(matrix_of(matrix, a))

    np.testing.assert_allclose(g(a), by_hand(a), rtol=1e-12)
    wanted = dd.jacobian(by_hand, mode="forward")(a)
    for width in (8 * 3, 2**22):        # one direction a pass, and all
        monkeypatch.setattr(sys.modules["dualdiff.transforms.linearize"], "CHUNK_BYTES", width)
        for mode in ("forward", "reverse"):
            np.testing.assert_allclose(dd.jacobian(g, mode=mode)(a), wanted, rtol=1e-12, atol=1e-14)
    second = dd.hessian(lambda a: np.sum(g(a) ** 2))(a)
    np.testing.assert_allclose(second, dd.hessian(lambda a: np.sum(by_hand(a) ** 2))(a), rtol=1e-10, atol=1e-12)


def matrix_of(matrix, a):
    """The matrix by hand, made of functions that duals know."""
    eye = np.eye(3)
    if matrix is OUTER["closure"][1]:
        return eye * (a * np.cos(a * X) * X[0]) + np.sin(a * X)[:, None] * eye[0]
    return eye * (3 * a**2 + a[0]) + a[:, None] * eye[0]


def test_matrices_by_hand():
    for operator, matrix, a in OUTER.values():
        np.testing.assert_allclose(matrix_of(matrix, a), matrix(a))
        np.testing.assert_allclose(operator(a).dense(), matrix(a), rtol=1e-12)


# ---- columns, and no directions ----------------------------------------------------------------------------


@pytest.mark.parametrize("f", [lambda x: x**2, lambda x: (x**2).ravel(), lambda x: np.sum(x**2), lambda x: x.T @ x,
                               lambda x: (x, np.sum(x)), lambda x: np.exp(1j * x)])
@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (1, 1), (3,), (2, 2)])
def test_shapes_and_no_directions(f, shape):
    x = 1.0 + np.arange(float(np.prod(shape))).reshape(shape)
    value, P = dd.linearize(f, x)
    outs = value if isinstance(value, tuple) else (value,)
    m, n = P.shape
    assert (m, n) == (sum(np.size(y) for y in outs), x.size)
    D = P.dense()
    np.testing.assert_allclose(P.dense("forward"), P.dense("reverse"), rtol=1e-12)
    if m == n:
        np.testing.assert_array_equal(P.diagonal(), np.diagonal(D))
    for k in (0, 1, 4):
        V, W = np.ones((n, k)) * np.arange(1, k + 1), np.ones((m, k)) * np.arange(1, k + 1)
        np.testing.assert_allclose(P.matmat(V), D @ V, rtol=1e-12)
        np.testing.assert_allclose(P.rmatmat(W), D.conj().T @ W, rtol=1e-12)
        np.testing.assert_allclose(P.T @ W if P.T.input_shape != W.shape else (P.T @ W).reshape(n, k), D.T @ W, rtol=1e-12)
        np.testing.assert_allclose(W.T @ P, W.T @ D, rtol=1e-12)
        found = P.jvp(V.T.reshape((k, *shape)))
        found = found if isinstance(found, tuple) else (found,)
        assert [np.shape(t) for t in found] == [(k, *np.shape(y)) for y in outs]
        w = tuple(np.ones((k, *np.shape(y)), np.result_type(y)) for y in outs)
        assert P.vjp(w if isinstance(value, tuple) else w[0]).shape == (k, *shape)
        for call in (lambda V=V, k=k: dd.jvp(f, (x,), (V.T.reshape((k, *shape)),))[1],):
            again = call()
            for a, b in zip(again if isinstance(again, tuple) else (again,), found, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-12)
        assert dd.vjp(f, x)[1](w if isinstance(value, tuple) else w[0]).shape == (k, *shape)
