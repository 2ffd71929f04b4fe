"""The GMRES of solves that need few products."""

import numpy as np
import pytest
import scipy.sparse.linalg

from dualdiff.solve.short import gmres


def system(n, spread, dtype="d"):
    """A with eigenvalues near 1, and b."""
    rng = np.random.default_rng(n)
    A = np.eye(n) + spread * rng.normal(size=(n, n)) / np.sqrt(n)
    return A.astype(dtype), rng.normal(size=n).astype(dtype)


@pytest.mark.parametrize("dtype", ["d", "f"])
@pytest.mark.parametrize("eta", [0.3, 1e-3])
@pytest.mark.parametrize("scale", [1.0, 1e-150, 1e150])
def test_it_ends_where_scipys_does(dtype, eta, scale):
    if dtype == "f" and scale != 1:
        scale = 2.0 ** np.sign(np.log(scale)) * 1e10 ** np.sign(np.log(scale))
    A, b = system(60, 0.3, dtype)
    b = (scale * b).astype(dtype)
    counts = [0, 0]

    def product(who):
        def of(v):
            counts[who] += 1
            return A @ v

        return of

    x, good = gmres(product(0), b, eta, 30)
    assert good
    assert x.dtype == dtype
    assert np.linalg.norm((b - A @ x) / scale) <= 1.01 * eta * np.linalg.norm(b / scale)
    scipy.sparse.linalg.gmres(
        scipy.sparse.linalg.LinearOperator(A.shape, matvec=product(1), dtype=A.dtype), (b / scale).astype(dtype), rtol=eta,
        restart=30,
    )  # fmt: skip
    assert counts[0] <= counts[1]


def test_too_few_products_give_the_best_so_far():
    A, b = system(80, 0.9)
    x, good = gmres(lambda v: A @ v, b, 1e-10, 7)
    assert not good
    exact = scipy.sparse.linalg.gmres(A, b, rtol=1e-30, restart=7, maxiter=1)[0]
    np.testing.assert_allclose(x, exact, rtol=1e-9)


@pytest.mark.parametrize("A", [np.eye(5), np.diag([1.0, 1, 2, 2, 2]), np.triu(np.ones((5, 5)))])
def test_it_ends_when_the_space_is_exhausted(A):
    b = np.arange(1.0, 6.0)
    x, good = gmres(lambda v: A @ v, b, 1e-12, 20)
    assert good
    np.testing.assert_allclose(A @ x, b)


@pytest.mark.parametrize("A", [np.zeros((3, 3)), np.diag([1.0, 0.0, 0.0]), np.eye(3, k=1), np.full((3, 3), np.nan)])
def test_singular_and_broken_matrices_are_not_solved(A):
    with np.errstate(all="ignore"):
        x, good = gmres(lambda v: A @ v, np.array([1.0, 1.0, 1.0]), 1e-8, 20)
    assert not good
    assert x.shape == (3,)


def test_zero():
    x, good = gmres(lambda v: v, np.zeros(4), 1e-8, 20)
    assert good
    assert not x.any()
