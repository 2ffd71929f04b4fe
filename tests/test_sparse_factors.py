"""LU factors of sparse matrices: right, and as sparse in any units."""

import numpy as np
import pytest
import scipy.sparse as sp

from dualdiff import solve
from dualdiff.solve.sparse_factors import SparseLU, balance


def two_species(n, rng):
    """A reaction with diffusion of two species on a square."""
    line = sp.diags_array([1.0, -2.0, 1.0], offsets=[-1, 0, 1], shape=(n, n))
    one = sp.eye_array(n)
    lap = sp.kron(line, one) + sp.kron(one, line)
    couple = sp.diags_array(rng.uniform(0.5, 1, n * n))
    return sp.csc_array(sp.block_array([[lap - couple, couple], [couple, 0.1 * lap - couple]]))


def units(n, big, small):
    return np.repeat([big, small], n * n)


@pytest.mark.parametrize("dtype", ["d", "f", "D"])
@pytest.mark.parametrize("trans", ["N", "T"])
@pytest.mark.parametrize("columns", [None, 3])
def test_solutions(dtype, trans, columns):
    rng = np.random.default_rng(0)
    A = two_species(6, rng).astype(dtype)
    b = rng.normal(size=A.shape[0] if columns is None else (A.shape[0], columns)).astype(dtype)
    x = SparseLU(A).solve(b, trans)
    assert x.dtype == dtype
    dense = A.toarray().T if trans == "T" else A.toarray()
    np.testing.assert_allclose(dense @ x, b, atol=1e-4 if dtype == "f" else 1e-12)


@pytest.mark.parametrize("unknowns", [1.0, 1e-8, 1e8])
@pytest.mark.parametrize("equations", [1.0, 1e-9, 1e6])
def test_units_do_not_fill_the_factors(unknowns, equations):
    rng = np.random.default_rng(1)
    A = two_species(20, rng)
    x_scale, f_scale = units(20, 1.0, unknowns), units(20, 1.0, equations)
    B = sp.csc_array(sp.diags_array(1 / f_scale) @ A @ sp.diags_array(x_scale))
    lu, b = SparseLU(B), rng.normal(size=B.shape[0])
    assert lu.nnz <= 1.1 * SparseLU(A).nnz
    np.testing.assert_allclose(x_scale * lu.solve(b / f_scale), np.linalg.solve(A.toarray(), b), rtol=1e-8)


def test_scales_are_powers_of_two():
    for scales in balance(two_species(5, np.random.default_rng(2))):
        assert (np.frexp(scales)[0] == 0.5).all()


def test_zeros_on_the_diagonal_and_empty_rows():
    saddle = sp.csc_array(np.array([[2.0, 0.0, 1.0], [0.0, 3.0, 1.0], [1.0, 1.0, 0.0]]))
    b = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(saddle @ SparseLU(saddle).solve(b), b)
    with pytest.raises(RuntimeError, match="singular"):
        SparseLU(sp.csc_array(np.diag([1.0, 0.0, 2.0])))


def test_a_root_in_bad_units():
    """Two species on a square, one of them about 1e-8."""
    n = 20

    def laplacian(u):
        v = np.pad(u, 1)
        return v[2:, 1:-1] + v[:-2, 1:-1] + v[1:-1, 2:] + v[1:-1, :-2] - 4 * u

    def steady(y):
        u, v = y
        rate = 1e10 * u * v
        return np.stack([laplacian(u) - rate + 2, 0.1 * laplacian(v) - 1e-8 * rate + 1e-8])

    y0 = np.stack([np.ones((n, n)), 1e-8 * np.ones((n, n))])
    r = solve.root(steady, y0, method="sparse")
    assert r.success
    assert np.max(np.abs(steady(r.x)[1])) < 1e-14
