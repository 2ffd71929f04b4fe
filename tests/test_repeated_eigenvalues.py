"""Functions that are symmetric in the eigenvalues of a general matrix, where some are repeated: they have derivatives."""

import numpy as np
import pytest
import scipy.linalg

import dualdiff as dd
from dualdiff.errors import UnsupportedError
from dualdiff.scipy import linalg

G = np.random.default_rng(3)
X = G.standard_normal((3, 3))
TURN = np.array([[1.0, 2.0], [-2.0, 1.0]])
MATRICES = {
    "distinct": G.standard_normal((4, 4)),
    "complex pair": np.array([[1.0, 2.0, 0.1], [-2.0, 1.0, 0.3], [0.2, 0.1, 3.0]]),
    "identity": 2 * np.eye(3),
    "two of three": X @ np.diag([2.0, 2.0, 5.0]) @ np.linalg.inv(X),
    "beside a pair": scipy.linalg.block_diag(TURN, 3 * np.eye(2)),
    "two pairs": np.kron(np.eye(2), TURN),
    "three pairs": np.kron(np.eye(3), TURN),
    "complex": np.diag([1 + 2j, 1 + 2j, 3.0]),
}
"""All have a full set of eigenvectors."""


def inverse_slope(a, e):
    return -np.linalg.solve(a, e) @ np.linalg.inv(a)


def det_second(a, e, f):
    b = np.linalg.inv(a)
    return np.linalg.det(a) * (np.trace(b @ e) * np.trace(b @ f) - np.trace(b @ e @ b @ f))


FUNCTIONS = {   # of the eigenvalues; the first derivative along e, and the second along e and f
    "sum": (np.sum, lambda a, e: np.trace(e), lambda a, e, f: 0.0),
    "squares": (lambda w: np.sum(w**2), lambda a, e: 2 * np.trace(a @ e), lambda a, e, f: 2 * np.trace(e @ f)),
    "exp": (lambda w: np.sum(np.exp(w)), lambda a, e: np.trace(scipy.linalg.expm(a) @ e),
            lambda a, e, f: np.trace(e @ scipy.linalg.expm_frechet(a, f, compute_expm=False))),
    "log": (lambda w: np.sum(np.log(np.abs(w))), lambda a, e: np.trace(np.linalg.solve(a, e)),
            lambda a, e, f: np.trace(inverse_slope(a, f) @ e)),
    "product": (np.prod, lambda a, e: np.linalg.det(a) * np.trace(np.linalg.solve(a, e)), det_second),
    "of two": (lambda w: np.sum(w) * np.sum(w**2), lambda a, e: np.trace(e) * np.trace(a @ a) + 2 * np.trace(a) * np.trace(a @ e),
               lambda a, e, f: 2 * (np.trace(e) * np.trace(a @ f) + np.trace(f) * np.trace(a @ e) + np.trace(a) * np.trace(e @ f))),
}  # fmt: skip
ROWS = [(m, f, lib) for m in MATRICES for f in FUNCTIONS for lib in (np.linalg, linalg) if (m, f) != ("complex", "log")]


def case(matrix, name, lib):
    """(real function of a matrix, the matrix, two directions, first derivative, second derivative)."""
    a, (f, first, second) = MATRICES[matrix], FUNCTIONS[name]
    e, v = (np.asarray(G.standard_normal(a.shape), a.dtype) for _ in range(2))
    return lambda x: np.real(f(lib.eigvals(x))), a, e, v, np.real(first(a, e)), np.real(second(a, e, v))


def along(gradient, v):
    return np.real(np.sum(np.conj(gradient) * v))


@pytest.mark.filterwarnings("error::dualdiff.errors.NoDerivativeWarning")
@pytest.mark.parametrize(("matrix", "name", "lib"), ROWS)
def test_first_and_second_derivatives_are_those_of_the_matrix_function(matrix, name, lib):
    f, a, e, v, first, second = case(matrix, name, lib)
    gradient = dd.grad(f, mode="reverse")
    size = max(1.0, abs(first), abs(second))
    assert abs(along(gradient(a), e) - first) <= 1e-11 * size
    if matrix == "complex":     # along two directions: along one alone it is refused
        d = dd.jvp(gradient, (a,), (np.stack([e, v]),))[1]
        assert abs(along(d[0], v) - second) <= 1e-10 * size
        return
    hessian = dd.hessian(f)(a)
    assert abs(np.sum(np.tensordot(hessian, e, 2) * v) - second) <= 1e-10 * size
    if matrix != "two pairs":
        assert abs(np.sum(dd.jvp(gradient, (a,), (e,))[1] * v) - second) <= 1e-10 * size
        assert abs(np.sum(dd.hvp(f, (a,), (e,)) * v) - second) <= 1e-10 * size
    if matrix in ("distinct", "complex pair"):
        assert abs(dd.jvp(lambda x: dd.jvp(f, (x,), (e,))[1], (a,), (v,))[1] - second) <= 1e-10 * size
        assert abs(np.sum(dd.grad(lambda x: np.sum(gradient(x) * e), mode="reverse")(a) * v) - second) <= 1e-10 * size


@pytest.mark.parametrize("way", ["hessian", "hvp"])
@pytest.mark.parametrize("f", [lambda w: (w[0] - 2) ** 2 + (w[1] - 2) * (w[2] - 2), lambda w: np.sum((w - 2) ** 2 * np.arange(3))])
def test_what_is_not_symmetric_in_the_copies_has_no_second_derivative(f, way):
    """Also where its first derivative is 0."""
    a, v = MATRICES["identity"], X
    g = lambda x: np.real(f(np.linalg.eigvals(x)))  # noqa: E731
    with pytest.raises(UnsupportedError, match="symmetric"):
        dd.hessian(g)(a) if way == "hessian" else dd.hvp(g, (a,), (v,))


def test_what_is_not_smooth_in_a_complex_pair_is_refused():
    a, v = MATRICES["three pairs"], G.standard_normal((6, 6))
    f = lambda x: np.sum(np.abs(np.linalg.eigvals(x)) ** 2)  # noqa: E731
    with pytest.raises(UnsupportedError, match="abs"):
        dd.hvp(f, (a,), (v,))
    with pytest.raises(UnsupportedError, match="hessian"):
        dd.hvp(f, (MATRICES["two pairs"],), (v[:4, :4],))


def test_a_stack_of_matrices():
    a, v = np.stack([np.eye(2), np.array([[1.0, 2.0], [0.5, 3.0]])]), G.standard_normal((2, 2, 2))
    found = dd.hvp(lambda x: np.real(np.sum(np.linalg.eigvals(x) ** 3)), (a,), (v,))
    expected = np.stack([3 * (m @ d + d @ m).T for m, d in zip(a, v, strict=True)])
    np.testing.assert_allclose(found, expected, atol=1e-12)


DEFECTIVE = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]])


def polynomial(a):
    """np.poly by sums of minors: exact."""
    n = len(a)
    b, c = np.eye(n), [1.0]
    for k in range(1, n + 1):
        product = a @ b
        c.append(-np.trace(product) / k)
        b = product + c[-1] * np.eye(n)
    return np.array(c)


@pytest.mark.parametrize("a", [DEFECTIVE, np.eye(3), np.zeros((2, 2)), G.standard_normal((5, 5)), 0.3 * G.standard_normal((14, 14))])
def test_the_polynomial_of_a_matrix_has_all_derivatives(a):
    v, w = G.standard_normal(a.shape), G.standard_normal(len(a) + 1)
    h = 1e-3
    far, near, here, back, behind = (polynomial(a + s * h * v) for s in (2, 1, 0, -1, -2))
    first = (8 * (near - back) - far + behind) / (12 * h)
    second = (16 * (near + back) - far - behind - 30 * here) / (12 * h * h) @ w
    value, d = dd.jvp(np.poly, (a,), (v,))
    assert np.array_equal(value, np.poly(a))
    size = max(1.0, np.max(np.abs(first)))
    np.testing.assert_allclose(d, first, atol=1e-8 * size)
    assert abs(np.sum(dd.grad(lambda x: np.poly(x) @ w, mode="reverse")(a) * v) - d @ w) <= 1e-11 * size
    for found in (np.sum(dd.hvp(lambda x: np.poly(x) @ w, (a,), (v,)) * v),
                  dd.jvp(lambda x: dd.jvp(np.poly, (x,), (v,))[1], (a,), (v,))[1] @ w):  # fmt: skip
        assert abs(found - second) <= 1e-6 * max(1.0, abs(second), size)
