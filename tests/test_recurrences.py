"""Methods of ufuncs by recurrences and segments: accumulate, reduce, reduceat, at with repeats."""

import numpy as np
import pytest
from support import close, differences, points, rng

import dualdiff as dd

X = points(12)
LONG = points(60, low=0.9, high=1.1)
STARTS = np.array([0, 3, 3, 7, 5, 9])
TABLE = np.array([0, 2, 3])
UFUNCS = [
    np.add, np.subtract, np.multiply, np.divide, np.logaddexp, np.logaddexp2, np.hypot, np.maximum, np.minimum, np.fmax,
    np.fmin, np.remainder, np.fmod, np.copysign, np.floor_divide, np.heaviside,
]  # fmt: skip
FORMS = {
    "reduceat": lambda u, x: u.reduceat(x, STARTS), "reduceat of axis 1": lambda u, x: u.reduceat(np.reshape(x, (2, 6)), TABLE, axis=1),
    "reduceat of one": lambda u, x: u.reduceat(x, [2]), "reduceat of axis 0": lambda u, x: u.reduceat(np.reshape(x, (6, 2)), [0, 4, 1]),
    "accumulate": lambda u, x: u.accumulate(x), "accumulate of axis 0": lambda u, x: u.accumulate(np.reshape(x, (6, 2))),
    "accumulate of axis -1": lambda u, x: u.accumulate(np.reshape(x, (2, 3, 2)), -1), "reduce": lambda u, x: u.reduce(x),
    "reduce of axis 1": lambda u, x: u.reduce(np.reshape(x, (1, 12)), axis=1, keepdims=True),
    "at": lambda u, x: at(u, x, np.array([0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 5]), np.concatenate([x, x[:3]]) * 1.1),
    "at of two axes": lambda u, x: at(u, np.reshape(x, (3, 4)), (np.array([0, 2] * 10), np.array([1] * 20)), np.tile(x[:5], 4) + 0.01),
    "at of one number": lambda u, x: at(u, x, np.zeros(10, int), x[3] * 0.7),
}  # fmt: skip


def at(ufunc, x, index, terms):
    """ufunc.at into a copy."""
    y = x * 1.0
    ufunc.at(y, index, terms)
    return y


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda u: u.__name__)
def test_derivatives_in_all_modes(ufunc, form):
    def f(x):
        return FORMS[form](ufunc, x)

    v, h = points(12, seed=5), 1e-3 if ufunc is not np.heaviside else 1e-5
    value, tangent = dd.jvp(f, (X,), (v,))
    assert np.array_equal(value, f(X)) and np.asarray(value).dtype == np.float64
    slope = differences(f, (X,), (v,), h=h)[0]
    close(tangent, slope, 1e-8)
    close(dd.linearize(f, X)[1].jvp(v), slope, 1e-8)
    w = rng(1).normal(size=np.shape(value))
    close(np.sum(dd.vjp(f, X)[1](w) * v), np.sum(w * slope), 1e-8)
    J = np.reshape(dd.jacobian(f)(X), (-1, 12))
    close(np.reshape(J @ v, np.shape(value)), slope, 1e-8)
    assert not ((J != 0) & ~dd.sparsity(lambda x: np.ravel(f(x)), X).toarray()).any()
    gradient = dd.grad(lambda x: np.sum(np.sin(f(x))))
    close(dd.hessian(lambda x: np.sum(np.sin(f(x))))(X) @ v, differences(gradient, (X,), (v,), h=h)[0], 1e-6)
    single = dd.jvp(f, (X.astype(np.float32),), (v.astype(np.float32),))[1]
    assert single.dtype == np.float32
    close(single, tangent, 1e-3)


@pytest.mark.parametrize("ufunc", [np.power, np.arctan2, np.float_power], ids=lambda u: u.__name__)
def test_running_results_of_other_ufuncs(ufunc):
    """accumulate only: NumPy's own reduce of these is wrong on some processors."""
    v = points(12, seed=5)
    close(dd.jvp(ufunc.accumulate, (X,), (v,))[1], differences(ufunc.accumulate, (X,), (v,), h=1e-3)[0], 1e-8)
    close(dd.vjp(ufunc.accumulate, X)[1](v), v @ dd.jacobian(ufunc.accumulate)(X), 1e-13)


@pytest.mark.parametrize("ufunc", [np.divide, np.subtract, np.multiply, np.logaddexp], ids=lambda u: u.__name__)
def test_long_ones_and_what_a_direction_does_not_reach(ufunc):
    v = points(60, seed=5)
    for f in (ufunc.accumulate, ufunc.reduce, lambda x: ufunc.reduceat(x, [0, 30, 31, 5])):
        close(dd.jvp(f, (LONG,), (v,))[1], differences(f, (LONG,), (v,), h=1e-3)[0], 1e-8)
    late = np.zeros(60)
    late[40] = 1.0
    assert not dd.jvp(ufunc.accumulate, (LONG,), (late,))[1][:40].any()
    assert not dd.jvp(lambda x: ufunc.reduceat(x, [0, 20, 50]), (LONG,), (late,))[1][[0, 2]].any()
    pattern = dd.sparsity(ufunc.accumulate, LONG).toarray()
    assert np.array_equal(pattern.astype(bool), np.tri(60, dtype=bool))


def test_an_infinite_partial_stays_in_its_segment():
    x = np.array([0.0, 2.0, 3.0, 0.0, 5.0, 7.0])
    with np.errstate(all="ignore"):
        J = dd.jacobian(lambda x: np.divide.reduceat(x, [0, 2, 4]))(x)
    assert np.isfinite(J[[0, 2]]).all() and not J[0, 2:].any() and not J[2, :4].any()
    close(J[2, 4:], [1 / 7, -5 / 49], 1e-15)


def test_zeros_in_products():
    x = np.array([2.0, 0.0, 3.0, 4.0, 0.0, 0.0])
    close(dd.jacobian(lambda x: np.multiply.reduceat(x, [0, 3]))(x), [[0, 6, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]], 1e-15)
    close(dd.jacobian(lambda x: np.multiply.reduceat(x, [0, 2]))(x)[0], [0, 2, 0, 0, 0, 0], 1e-15)


@pytest.mark.parametrize("ufunc", [np.maximum, np.minimum, np.fmax, np.fmin], ids=lambda u: u.__name__)
def test_ties_share_equally(ufunc):
    x = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 0.0])
    x = x if "max" in ufunc.__name__ or ufunc is np.fmax else -x
    J = dd.jacobian(lambda x: ufunc.reduceat(x, [0, 3]))(x)
    close(J, [[1 / 3] * 3 + [0] * 3, [0] * 3 + [0.5, 0.5, 0]], 1e-15)
    close(dd.vjp(lambda x: ufunc.reduceat(x, [0, 3]), x)[1](np.ones(2)), J.sum(axis=0), 1e-15)

    def f(x):
        y = np.zeros(1, like=x) + x[0]
        ufunc.at(y, np.zeros(20, int), np.tile(x[:2], 10))
        return y

    close(dd.jacobian(f)(x)[0, :2], [11 / 21, 10 / 21], 1e-15)


def test_nans_and_dual_starts():
    x = np.array([1.0, np.nan, 2.0, 3.0])
    for ufunc, wanted in ((np.maximum, [0, 1, 0, 0]), (np.fmax, [1, 0, 0, 0])):
        close(dd.jacobian(lambda x, u=ufunc: u.reduceat(x, [0, 2]))(x)[0], wanted, 1e-15)
    v = points(12, seed=5)

    def f(x):
        return np.divide.reduce(x, initial=x[3] ** 2)

    close(dd.jvp(f, (X,), (v,))[1], differences(f, (X,), (v,), h=1e-3)[0], 1e-8)
    assert dd.jacobian(lambda x: np.divide.reduceat(x, np.array([], int)))(X).shape == (0, 12)
