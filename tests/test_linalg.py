"""numpy.linalg beyond the table of cases: limits, singular matrices, refusals, what is computed how often."""

import numpy as np
import pytest
from cases.linalg import A, R, S, definite
from support import check_adjoint, check_second, close, differences, random_like, rng

import dualdiff as dd
from dualdiff.scipy import linalg as scipy_linalg

# ---- kinks, limits, refusals -----------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:divide by zero")     # NumPy's own, in 0 ** -1
@pytest.mark.parametrize("order", [None, 1, 2, 3, 2.5, 0.5, -1, np.inf, -np.inf, 0])
def test_norm_of_zero_has_derivative_zero(order):
    for x in (np.zeros(3), np.zeros((2, 3))):
        found = dd.jvp(lambda x: np.linalg.norm(x, order, axis=-1), (x,), (np.ones(x.shape),))[1]
        assert np.array_equal(found, np.zeros(x.shape[:-1]))
        back = dd.vjp(lambda x: np.sum(np.linalg.norm(x, order, axis=-1)), x)[1](1.0)
        assert np.array_equal(back, np.zeros(x.shape))
    assert np.array_equal(dd.grad(np.linalg.norm)(np.zeros((2, 2))), np.zeros((2, 2)))


@pytest.mark.filterwarnings("ignore:overflow")      # NumPy's own
def test_norm_of_huge_and_tiny_numbers():
    """The derivative is right where NumPy's value overflows or vanishes."""
    for size in (1e200, 1e-200):
        close(dd.vjp(np.linalg.norm, np.array([3.0, 4.0]) * size)[1](1.0), [0.6, 0.8], 1e-15)


def test_det_of_singular_matrices():
    a = np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 2.0])
    for matrix in (np.zeros((3, 3)), a, a + np.diag([0.0, 0.0, 1.0]), np.stack([a, np.eye(3)])):
        check_adjoint(np.linalg.det, matrix)
        check_second(np.linalg.det, matrix)
        v = random_like(matrix, rng(1))
        close(dd.jvp(np.linalg.det, (matrix,), (v,))[1], differences(np.linalg.det, (matrix,), (v,))[0], 1e-9)
    third = dd.jacobian(dd.hessian(np.linalg.det))(np.zeros((3, 3)))
    assert third[0, 0, 1, 1, 2, 2] == 1.0 and third[0, 0, 1, 2, 2, 1] == -1.0


def test_solve_takes_all_directions_in_one_call(monkeypatch):
    calls, original = [], np.linalg._umath_linalg.solve

    class Counted:
        def __getattr__(self, name):
            return getattr(np_umath, name)

        def solve(self, *args, **kwargs):
            calls.append(args[1].shape)
            return original(*args, **kwargs)

    np_umath = np.linalg._linalg._umath_linalg
    monkeypatch.setattr(np.linalg._linalg, "_umath_linalg", Counted())
    dd.jacobian(lambda a: np.linalg.solve(a, R.copy()))(S)
    assert calls == [(3, 2), (3, 18)]


def test_recordings_keep_what_they_need():
    """Writing into operands and results afterwards does not change the recorded derivative."""

    def kept(a):
        b = a * 1.0
        out = [np.linalg.solve(b, b[0]), np.linalg.inv(b), np.linalg.cholesky(definite(b)),
               np.einsum("ij,jk->ik", b, b), np.linalg.svd(b)[0]]  # fmt: skip
        total = sum(np.sum(y * y) for y in out) + np.sum(out[1] ** 3)
        for y in (b, *out):
            y[...] = 7.0
        return total

    value, pullback = dd.vjp(kept, S)
    v = random_like(S, rng(2))
    close(np.sum(pullback(1.0) * v), dd.jvp(kept, (S,), (v,))[1], 1e-12)
    close(np.sum(pullback(1.0) * v), differences(kept, (S,), (v,))[0], 1e-9)


def test_complex_intermediates():
    def f(x):
        a = np.reshape(np.fft.fft(x), (2, 2)) + 2 * np.eye(2)
        b = np.einsum("ij,kj->ik", a, np.conj(a))
        return [np.real(y) for y in (np.linalg.solve(a, b), np.linalg.inv(a), np.linalg.det(a), np.einsum("ii", b),
                np.linalg.eigvalsh(b), np.linalg.cholesky(b), np.vecdot(a, b), np.kron(a, b), np.linalg.norm(a, 1))]  # fmt: skip

    x = np.array([0.3, -0.8, 1.1, 0.45])
    v = random_like(x, rng(3))
    for found, wanted in zip(dd.jvp(f, (x,), (v,))[1], differences(f, (x,), (v,)), strict=True):
        close(found, wanted, 1e-9)
    check_adjoint(f, x)


def test_complex_factors():
    """What does not depend on the phases of the vectors, which are arbitrary and held."""
    def f(x):
        a = np.reshape(np.fft.fft(x), (2, 2)) + np.diag([2.0, 1j])
        w, q = np.linalg.eigh(a + np.conj(a.T))
        u, s, vh = np.linalg.svd(a)
        sign, size = np.linalg.slogdet(a)
        return [np.real(y) for y in (w, (q * np.exp(w)) @ np.conj(q.T), (u * s**2) @ vh, np.linalg.svdvals(a), sign, np.imag(sign), size)]

    x = np.array([0.3, -0.8, 1.1, 0.45])
    v = random_like(x, rng(3))
    for found, wanted in zip(dd.jvp(f, (x,), (v,))[1], differences(f, (x,), (v,)), strict=True):
        close(found, wanted, 1e-8)
    check_adjoint(f, x)


def test_refusals():
    with pytest.raises(dd.errors.UnsupportedError, match="full_matrices"):
        dd.jvp(lambda a: np.linalg.svd(a)[1], (A,), (A,))
    with pytest.raises(dd.errors.UnsupportedError, match="vecdot"):
        dd.jvp(lambda a: np.vecdot(a, a, keepdims=True), (A,), (A,))
    with pytest.raises(np.linalg.LinAlgError):
        dd.jvp(np.linalg.inv, (np.zeros((2, 2)),), (np.ones((2, 2)),))
    for bad in (lambda a: np.einsum("ij,jk", a, a), lambda a: np.linalg.norm(a, "nosuch"), lambda a: np.cross(a, a),
                lambda a: np.linalg.solve(a, a), lambda a: np.einsum("ii", a), lambda a: np.einsum("ijk", a)):  # fmt: skip
        with pytest.raises(ValueError):
            dd.jvp(bad, (A,), (A,))
    with pytest.raises(dd.errors.LostDerivativeError, match="out="):
        dd.jvp(lambda a: np.einsum("ij->ji", a, out=np.zeros((4, 3))), (A,), (A,))


def test_einsum_views_are_views():
    def f(x):
        y = x * 1.0
        np.einsum("ii->i", y)[...] = x[0]
        return y

    def plain(x):
        y = x * 1.0
        y[np.arange(3), np.arange(3)] = x[0]
        return y

    close(dd.jacobian(f)(S), dd.jacobian(plain)(S), 0)
    check_adjoint(f, S)
    check_second(f, S)


def test_slogdet_sign_is_a_constant():
    value, tangent = dd.jvp(lambda a: list(np.linalg.slogdet(a)), (-S,), (S,))
    assert value[0] == -1.0 and tangent[0] == 0.0
    close(tangent[1], -3.0, 1e-12)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_, np.int32])
@pytest.mark.parametrize("function", [np.matmul, np.dot])
def test_factors_of_integers(function, dtype):
    """The value is NumPy's product with the integers; the derivative that with floats, in every mode."""
    K = np.arange(12).reshape(3, 4).astype(dtype)
    X = np.random.default_rng(6).normal(size=(4, 3))

    def f(X):
        return function(K, np.sin(X)), function(X, K), function(K[0], X), function(X[:, 0], K.T), K @ X[:, 1]

    floats = K.astype(float)

    def g(X):
        return function(floats, np.sin(X)), function(X, floats), function(floats[0], X), function(X[:, 0], floats.T), floats @ X[:, 1]

    value, t = dd.jvp(f, (X,), (np.stack([X, X[::-1]]),))
    for found, wanted in zip(value, f(X), strict=True):
        np.testing.assert_array_equal(found, wanted)
    for found, wanted in zip(t, dd.jvp(g, (X,), (np.stack([X, X[::-1]]),))[1], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-13)
    for mode in ("forward", "reverse"):
        for found, wanted in zip(dd.jacobian(f, mode=mode)(X), dd.jacobian(g, mode=mode)(X), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-13)
        H = dd.hessian(lambda X: np.sum(f(X)[0] ** 2) * np.sum(f(X)[1]), mode=mode)(X)
        np.testing.assert_allclose(H, dd.hessian(lambda X: np.sum(g(X)[0] ** 2) * np.sum(g(X)[1]))(X), rtol=1e-10, atol=1e-10)


EQUAL = np.linalg.qr(rng(5).standard_normal((4, 4)))[0]
SYMMETRIC = {
    "diagonal": np.diag([2.0, 2.0, 3.0, 3.0]), "multiple of the identity": 2 * np.eye(4), "three": (EQUAL * [1.0, 2.0, 2.0, 2.0]) @ EQUAL.T,
    "two, but for rounding": (EQUAL * [1.0, 1.0, 2.0, 3.0]) @ EQUAL.T, "stack": np.stack([np.diag([1.0, 1, 4]), np.diag([2.0, 3, 3])]),
    "complex": np.diag([2.0, 2.0, 3.0]) + 0j, "upper": np.diag([2.0, 2.0, 3.0]),
}  # fmt: skip
OF_EIGENVALUES = {
    "cubes": lambda w: np.sum(w**3), "exp": lambda w: np.sum(np.exp(w / 2)), "mixed": lambda w: np.sum(w) ** 2 * np.sum(w**2),
    "sum": lambda w: np.sum(w), "log of the product": lambda w: np.log(np.prod(w)),
}  # fmt: skip


@pytest.mark.parametrize("function", OF_EIGENVALUES)
@pytest.mark.parametrize("matrix", SYMMETRIC)
@pytest.mark.parametrize("module", ["numpy", "scipy"])
def test_second_derivatives_where_eigenvalues_are_equal(module, matrix, function):
    """They exist for a function that is symmetric in them, and are those of its gradient's differences."""
    a, g = SYMMETRIC[matrix], OF_EIGENVALUES[function]
    if module == "scipy" and a.ndim > 2:
        pytest.skip("scipy.linalg takes one matrix")

    def eigenvalues(m):
        if module == "scipy":
            return scipy_linalg.eigvalsh(m, lower=matrix != "upper")
        return np.linalg.eigvalsh(m, "U" if matrix == "upper" else "L")

    bend = 0 if a.dtype.kind == "f" else 1j * np.array([[0, 0.3, -0.2], [-0.3, 0, 0.4], [0.2, -0.4, 0]])

    def f(x):
        return g(eigenvalues((x + np.swapaxes(x, -1, -2)) / 2 + bend * np.sum(x * x - a.real**2)))

    a, v = a.real, rng(6).standard_normal(a.shape)
    h = 1e-4
    expected = sum(c * dd.grad(f, mode="reverse")(a + k * h * v) for c, k in ((8, 1), (-8, -1), (-1, 2), (1, -2))) / (12 * h)
    size = max(1.0, np.max(np.abs(expected)))
    np.testing.assert_allclose(dd.hvp(f, (a,), (v,)), expected, rtol=0, atol=1e-6 * size)
    H = dd.hessian(f)(a)
    np.testing.assert_allclose(np.tensordot(H, v, v.ndim), expected, rtol=0, atol=1e-6 * size)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.NoDerivativeWarning")
def test_no_second_derivative_where_a_function_tells_equal_eigenvalues_apart():
    a, v = np.diag([2.0, 2.0, 3.0]), np.ones((3, 3))
    for f in (lambda x: np.linalg.eigvalsh(x)[0] ** 2, lambda x: np.sum(np.linalg.eigvalsh(x) ** 2 * [1.0, 2.0, 3.0])):
        with np.errstate(all="ignore"):
            assert np.isnan(dd.hvp(f, (a,), (v,))).any()
    near = (EQUAL * [1.0, 1.0, 2.0, 3.0]) @ EQUAL.T       # their vectors are rounding
    with np.errstate(all="ignore"):
        assert not np.isfinite(dd.jvp(lambda x: np.linalg.eigh(x)[1], (near,), (np.ones((4, 4)) + np.diag([1.0, 2, 3, 4]),))[1][:, :2]).any()
