"""The standard table of matrix calculus, in both layouts.

The derivative of a result of shape m by an argument of shape n has shape m + n in numerator layout
and n + m in denominator layout.
"""

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.errors import InputError, ShapeError

RNG = np.random.default_rng(5)
A, B = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 4))
X, W = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 4))
x, v, b = RNG.normal(size=3), RNG.normal(size=3), RNG.normal(size=4)
S = RNG.normal(size=(3, 3))


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


def lse(z):
    return np.log(np.sum(np.exp(z)))


label = np.array([0.0, 1.0, 0.0])
sigma = 1 / (1 + np.exp(-x))

TABLE = {
    # name: (f, argument, derivative in numerator layout)
    "x -> x@v": (lambda x: x @ v, x, v),
    "x -> A@x": (lambda x: A @ x, x, A),
    "x -> x@S@x": (lambda x: x @ S @ x, x, (S + S.T) @ x),
    "X -> X@v": (lambda X: X @ v, X, np.einsum("ik,j->ikj", np.eye(2), v)),
    "W -> x@W": (lambda W: x @ W, W, np.einsum("i,jk->jik", x, np.eye(4))),
    "W -> X@W": (lambda W: X @ W, W, np.einsum("ai,jk->ajik", X, np.eye(4))),
    "trace(A@X)": (lambda B: np.trace(A @ B), B, A.T),
    "trace(X'X)": (lambda X: np.trace(X.T @ X), X, 2 * X),
    "x -> outer(x, x)": (
        lambda x: np.outer(x, x), x, np.einsum("ik,j->ijk", np.eye(3), x) + np.einsum("jk,i->ijk", np.eye(3), x)),
    "log-sum-exp": (lse, x, softmax(x)),
    "softmax": (softmax, x, np.diag(softmax(x)) - np.outer(softmax(x), softmax(x))),
    "softmax cross-entropy": (lambda z: -np.sum(label * np.log(softmax(z))), x, softmax(x) - label),
    "least squares": (lambda x: 0.5 * np.sum((A @ x - b) ** 2), x, A.T @ (A @ x - b)),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), x, np.diag(sigma * (1 - sigma))),
    "tanh": (np.tanh, x, np.diag(1 - np.tanh(x) ** 2)),
    "normal log-likelihood": (lambda m: -0.5 * np.sum((x - m) ** 2) - 1.5 * np.log(2 * np.pi), v, x - v),
    "Bernoulli log-likelihood": (
        lambda z: np.sum(label * z - np.logaddexp(0.0, z)), x, label - sigma),
    "Poisson log-likelihood": (lambda z: np.sum(label * z - np.exp(z)), x, label - np.exp(x)),
    "norm": (lambda x: np.linalg.norm(x), x, x / np.linalg.norm(x)),
    "log det": (lambda S: np.linalg.slogdet(S)[1], S, np.linalg.inv(S).T),
    "inverse": (np.linalg.inv, S, -np.einsum("ik,lj->ijkl", np.linalg.inv(S), np.linalg.inv(S))),
}  # fmt: skip


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", TABLE)
def test_table(name, mode):
    f, at, want = TABLE[name]
    m, n = np.shape(f(at)), at.shape
    numerator = dd.jacobian(f, mode=mode)(at)
    denominator = dd.jacobian(f, mode=mode, layout="denominator")(at)
    assert numerator.shape == m + n and denominator.shape == n + m
    np.testing.assert_allclose(numerator, np.reshape(want, m + n), rtol=1e-11, atol=1e-12)
    axes = (*range(len(m), len(m + n)), *range(len(m)))
    np.testing.assert_array_equal(denominator, np.transpose(numerator, axes))
    if m == ():
        np.testing.assert_allclose(dd.grad(f, mode=mode)(at), want, rtol=1e-11, atol=1e-12)


def test_row_vector_times_matrix_is_a_kronecker_product():
    J = dd.jacobian(lambda W: x @ W)(W)
    assert J.ndim == 3
    np.testing.assert_allclose(J.reshape(4, 12), np.kron(x, np.eye(4)), rtol=1e-14, atol=1e-15)
    D = dd.jacobian(lambda W: x @ W, layout="denominator")(W)
    np.testing.assert_allclose(D.reshape(12, 4), np.kron(x[:, None], np.eye(4)), rtol=1e-14, atol=1e-15)


def test_chain_rule_in_both_layouts():
    u = RNG.normal(size=4)
    outer, inner = (lambda y: y @ u), (lambda W: x @ W)
    whole = lambda W: x @ W @ u     # noqa: E731
    y = inner(W)
    n = np.tensordot(dd.jacobian(outer)(y), dd.jacobian(inner)(W), 1)       # dz/dy . dy/dW
    np.testing.assert_allclose(n, dd.jacobian(whole)(W), rtol=1e-13)
    np.testing.assert_allclose(n, np.outer(x, u), rtol=1e-13)
    d = np.tensordot(
        dd.jacobian(inner, layout="denominator")(W), dd.jacobian(outer, layout="denominator")(y), 1
    )                                                                           # dy/dW . dz/dy
    np.testing.assert_allclose(d, dd.jacobian(whole, layout="denominator")(W), rtol=1e-13)


def test_derivatives_by_a_number_have_the_rank_of_the_result():
    f = lambda t: np.outer(x, x) * np.exp(t)        # noqa: E731
    for layout in ("numerator", "denominator"):
        D = dd.derivative(f, layout=layout)(0.5)
        assert D.shape == (3, 3)
        np.testing.assert_allclose(D, f(0.5), rtol=1e-14)
    with pytest.raises(InputError, match="layout"):
        dd.derivative(f, layout="rows")


HESSIANS = {
    "x -> x@S@x": (lambda x: x @ S @ x, S + S.T),
    "least squares": (lambda x: 0.5 * np.sum((A @ x - b) ** 2), A.T @ A),
    "log-sum-exp": (lse, np.diag(softmax(x)) - np.outer(softmax(x), softmax(x))),
    "Bernoulli": (lambda z: np.sum(label * z - np.logaddexp(0.0, z)), -np.diag(sigma * (1 - sigma))),
}


@pytest.mark.parametrize("name", HESSIANS)
def test_hessians(name):
    f, want = HESSIANS[name]
    for layout in ("numerator", "denominator"):
        H = dd.hessian(f, layout=layout)(x)
        np.testing.assert_allclose(H, want, rtol=1e-12, atol=1e-13)
        assert np.array_equal(H, H.T)


def test_vector_calculus_at_lists_and_of_lists():
    def field(r):
        return [-r[1] * r[2], r[0], r[0] * r[1] * r[2]]

    x = [1.0, 2.0, 3.0]
    for point in (x, tuple(x), np.array(x), [1, 2, 3]):
        assert np.allclose(dd.curl(field)(point), [3.0, -8.0, 4.0])
        assert np.allclose(dd.divergence(field)(point), 2.0)
        assert np.allclose(dd.jacobian_logdet(lambda r: [r[0] ** 2, r[1], 2 * r[2]])(point), np.log(4.0))
    inner = dd.jacobian(dd.curl(lambda r: np.stack(field(r))))(np.array(x))       # nested
    assert np.allclose(inner, [[3, 0, 1], [0, -4, -2], [0, 0, 1]])


@pytest.mark.parametrize("f, x", [
    (lambda x: np.stack([x, x]), 2.0), (lambda x: [x, x], 2.0), (lambda x: {"a": x, "b": x}, 2.0), (lambda x: (x, x), 2.0),
    (lambda x: x[:1], np.ones(2)), (lambda x: np.stack([x, x]), np.ones(2)), (np.sum, [1.0, 2.0]), (lambda x: {"a": x}, np.ones(2)),
])
def test_a_map_that_is_not_square_has_no_determinant(f, x):
    for transform in (dd.jacobian_logdet, dd.divergence):
        with pytest.raises((ShapeError, InputError)):
            transform(f)(x)


def test_a_square_map_in_any_shape():
    assert dd.jacobian_logdet(lambda x: np.stack([x**2]))(3.0) == np.log(6.0)
    assert dd.jacobian_logdet(lambda x: x[0] ** 2)(np.array([3.0])) == np.log(6.0)
    assert np.isclose(dd.jacobian_logdet(lambda x: (2 * x).T)(np.ones((2, 2))), np.log(16.0))
    assert np.isclose(dd.grad(lambda a: dd.jacobian_logdet(lambda x: a * x**2)(np.ones(2)))(2.0), 1.0)
    assert dd.derivative(lambda a: dd.jacobian_logdet(lambda x: a * x)(2.0))(4.0) == 0.25


@pytest.mark.parametrize("f", [lambda r: r[:2], lambda r: np.stack([r]), lambda r: {"a": r}, lambda r: r[0]])
def test_a_field_that_has_no_curl(f):
    with pytest.raises(ShapeError):
        dd.curl(f)(np.ones(3))
    with pytest.raises(ShapeError):
        dd.curl(lambda r: r)([1.0, 2.0])
