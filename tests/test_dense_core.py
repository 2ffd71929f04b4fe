"""What the solver computes in C for dense systems (core/_dense.pyx), against NumPy."""

import numpy as np
import pytest

from dualdiff.core._dense import Factors, Region, largest_ratio, sizes
from dualdiff.errors import ShapeError


@pytest.mark.parametrize(
    "v",
    [[3.0, -4.0], [0.0, 0.0], [1e200, 1e200], [1e-200, -1e-200], [5e-324, 0.0], [np.inf, 1.0], [-np.inf, np.inf]],
)
def test_sizes(v):
    top, length = sizes(np.array(v))
    assert top == np.max(np.abs(v))
    assert length == pytest.approx(np.hypot(*v), rel=1e-14)


def test_sizes_of_other_arrays():
    assert all(np.isnan(sizes(np.array([1.0, np.nan, np.inf]))))
    v = np.arange(6.0)
    assert sizes(v[::2]) == sizes(np.array([0.0, 2.0, 4.0]))
    assert sizes(v.astype(np.float32)) == sizes(v) == sizes(v.reshape(2, 3))


@pytest.mark.parametrize("power", [-300, -40, 40, 300])
def test_sizes_scale_with_powers_of_two(power):
    v = np.random.default_rng(0).normal(size=7)
    scaled = np.ldexp(v, power)
    assert sizes(scaled) == tuple(np.ldexp(size, power) for size in sizes(v))


def test_largest_ratio():
    assert largest_ratio(np.array([1.0, 0.0]), np.array([2.0, 0.0]), False) == 0.5
    assert largest_ratio(np.array([1.0, 1.0]), np.array([2.0, 0.0]), False) == np.inf
    assert largest_ratio(np.array([1.0, 1.0]), np.array([2.0, 0.0]), True) == 1.0
    assert np.isnan(largest_ratio(np.array([np.nan]), np.ones(1), False))
    assert largest_ratio(np.array([[1.0], [3.0]], np.float32), np.array([1, 2]), False) == 1.5
    with pytest.raises(ShapeError):
        largest_ratio(np.ones(2), np.ones(3), False)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", ["C", "F", "strided"])
@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_factors(n, order, dtype):
    rng = np.random.default_rng(n)
    A = (rng.normal(size=(n, n)) + n * np.eye(n)).astype(dtype)
    A *= (10.0 ** rng.integers(-6, 6, n)).astype(dtype)[:, None]
    A = np.repeat(A, 2, axis=1)[:, ::2] if order == "strided" else np.array(A, order=order)
    before, x = A.copy(), rng.normal(size=(n, 3)).astype(dtype)
    lu = Factors(A)
    tolerance = 1e-11 if dtype is np.float64 else 1e-3
    B = A.astype(float)
    for y in (x, x[:, 0], np.asfortranarray(x)):
        found = lu.solve(B @ y)
        assert found.dtype == dtype and found.shape == y.shape
        np.testing.assert_allclose(found, y, atol=tolerance)
    top = np.max(np.abs(B), axis=1)
    np.testing.assert_allclose((lu.solve((B / top[:, None]).T @ x.astype(float), True).T * top).T, x, atol=tolerance)
    assert not lu.singular and 0 < lu.rcond <= 1
    np.testing.assert_array_equal(A, before)


def test_singular_factors():
    assert Factors(np.zeros((3, 3))).rcond == 0
    assert Factors(np.ones((3, 3))).singular
    assert Factors(np.diag([1.0, 2.0**-100])).rcond == 1        # rows are brought to one size
    with pytest.raises(ShapeError):
        Factors(np.eye(3)).solve(np.ones(2))


def test_shapes_of_a_region():
    region = Region(2, single=False)
    for A, x, f in ((np.eye(3), np.ones(2), np.ones(2)), (np.eye(2), np.ones(3), np.ones(2)),
                    (np.eye(2), np.ones(2), np.ones(1))):  # fmt: skip
        with pytest.raises(ShapeError):
            region.at(A, x, f, 100.0)


@pytest.mark.parametrize("single", [False, True])
def test_a_region_keeps_the_radius(single):
    dtype = np.float32 if single else np.float64
    region, x = Region(2, single), np.array([3.0, -1.0], dtype)

    def fun(x):
        return np.array([x[0] ** 2 + x[1] - 3, x[0] - np.exp(-x[1])], x.dtype)

    for _ in range(30):
        J = np.array([[2 * x[0], 1], [1, np.exp(-x[1])]], dtype)
        assert region.at(J, x, fun(x), 100.0)
        while True:
            new = region.step()
            assert new.dtype == dtype and region.pnorm <= region.radius * (1 + 1e-6)
            f = fun(new)
            if region.judge(f):
                break
        assert np.linalg.norm(f) < np.linalg.norm(fun(x))
        x = new
        if np.max(np.abs(fun(x))) < (1e-5 if single else 1e-12):
            break
    np.testing.assert_allclose(fun(x), 0, atol=1e-5)


def test_a_step_into_nothing_shrinks_the_radius():
    region = Region(2, single=False)
    region.at(np.eye(2), np.ones(2), np.ones(2), 100.0)
    first = region.step()
    assert not region.judge(np.array([np.nan, 1.0])) and not region.fine
    assert region.radius < region.pnorm
    again = region.step()
    assert np.linalg.norm(again - 1) < np.linalg.norm(first - 1)
    while not region.exhausted():
        region.step()
        region.judge(np.array([np.inf, 1.0]))
    assert region.radius <= 1e-15 * np.sqrt(2)
