"""Inverses, solutions, determinants and Cholesky factors are instructions, in values and derivatives."""

import warnings

import numpy as np
import pytest

import dualdiff as dd

RNG = np.random.default_rng(3)


def near(found, wanted, bound):
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape
    assert np.all(np.abs(found - wanted) <= bound * (1.0 + np.max(np.abs(wanted), initial=0.0)))


def well(*shape):
    """Matrices that are far from singular."""
    return RNG.normal(size=shape) + 3.0 * np.eye(shape[-1])


def definite(a):
    return a @ np.swapaxes(a, -1, -2) + np.eye(a.shape[-1])


FIXED = well(3, 3)
FUNCTIONS = {
    "inv": np.linalg.inv,
    "inv of a transposed one": lambda a: np.linalg.inv(np.swapaxes(a, -1, -2) + 0.1 * a),
    "inv of a view": lambda a: np.linalg.inv(a.swapaxes(-1, -2)),
    "det": np.linalg.det,
    "slogdet": lambda a: np.linalg.slogdet(a)[1],
    "sign": lambda a: np.linalg.slogdet(a)[0] * a[..., 0, 0],
    "both": lambda a: np.linalg.slogdet(a).sign + np.linalg.slogdet(a).logabsdet,
    "cholesky": lambda a: np.linalg.cholesky(definite(a)),
    "upper": lambda a: np.linalg.cholesky(definite(a), upper=True),
    "one triangle": lambda a: np.linalg.cholesky(a @ np.swapaxes(a, -1, -2) + np.eye(a.shape[-1]) + 0.1 * np.tril(a, -1)),
    "the other triangle": lambda a: np.linalg.cholesky(definite(a) + 0.1 * np.triu(a, 1), upper=True),
    "solve": lambda a: np.linalg.solve(a, a[..., :2] ** 2),
    "solve for itself": lambda a: np.linalg.solve(a, np.swapaxes(a, -1, -2)),
    "a plain right-hand side": lambda a: np.linalg.solve(a, np.arange(2.0 * a.shape[-1]).reshape(-1, 2)),
    "a plain vector": lambda a: np.linalg.solve(a, np.arange(1.0, a.shape[-1] + 1)),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 3), (5, 5), (4, 3, 3), (2, 3, 2, 2), (1, 3, 3)], ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_derivatives(name, shape):
    f = FUNCTIONS[name]
    if name == "solve" and shape[-1] < 2:
        return
    x = well(*shape)
    weights = RNG.normal(size=np.shape(f(x)))

    def total(x):
        return np.sum(f(x) * weights)

    c, s = dd.compile(f, check="always"), dd.compile(total, check="always")
    for point in (x, x + 0.1 * RNG.normal(size=shape)):
        near(c(point), f(point), 1e-13)
        near(dd.grad(s)(point), dd.grad(total)(point), 1e-9)
        v = RNG.normal(size=shape)
        near(dd.jvp(c, (point,), (v,))[1], dd.jvp(f, (point,), (v,))[1], 1e-9)
        near(dd.hvp(s, (point,), (v,)), dd.hvp(total, (point,), (v,)), 1e-8)
        near(dd.jacobian(c)(point), dd.jacobian(f)(point), 1e-9)
    for paths in (c, s):
        text = str(paths.explain())
        assert "vjp of" not in text and "jvp of" not in text and "np.linalg" not in text


def test_several_arguments_and_stacks():
    def f(a, b):
        return np.sum(np.sin(np.linalg.solve(a, b)))

    c = dd.compile(f)
    for a, b in [(well(3, 3), RNG.normal(size=3)), (well(3, 3), RNG.normal(size=(3, 2))), (well(4, 3, 3), RNG.normal(size=3)),
                 (well(3, 3), RNG.normal(size=(4, 3, 2))), (well(4, 1, 3, 3), RNG.normal(size=(5, 3, 2))),
                 (np.asfortranarray(well(3, 3)), RNG.normal(size=(3, 2)))]:  # fmt: skip
        for _ in range(2):
            near(c(a, b), f(a, b), 1e-13)
            for found, wanted in zip(dd.grad(c, argnums=(0, 1))(a, b), dd.grad(f, argnums=(0, 1))(a, b), strict=True):
                near(found, wanted, 1e-9)
            for found, wanted in zip(dd.hessian(c, argnums=(0,))(a, b), dd.hessian(f, argnums=(0,))(a, b), strict=True):
                near(found, wanted, 1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_other_types_go_through_float64(dtype):
    a = (3 * well(3, 3)).astype(dtype)
    for f in (np.linalg.inv, np.linalg.det, lambda a: np.linalg.solve(a, a[0]), lambda a: np.linalg.slogdet(a)[1]):
        c = dd.compile(f, check="always")
        for _ in range(2):
            found, wanted = c(a), f(a)
            assert type(found) is type(wanted) and found.dtype == wanted.dtype
            near(found, wanted, 1e-6 if dtype is np.float32 else 1e-13)


def test_singular_matrices_are_for_numpy():
    def f(a):
        return np.linalg.inv(a).sum()

    c = dd.compile(f)
    c(np.eye(2))
    c(2 * np.eye(2))
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        c(np.ones((2, 2)))
    with pytest.raises(np.linalg.LinAlgError):
        dd.grad(c)(np.ones((2, 2)))
    d = dd.compile(np.linalg.det)
    d(np.eye(3)), dd.grad(d)(np.eye(3))
    singular = np.diag([1.0, 2.0, 0.0])
    assert d(singular) == 0.0
    near(dd.grad(d)(singular), np.diag([0.0, 0.0, 2.0]), 1e-12)
    with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
        dd.compile(np.linalg.cholesky)(-np.eye(2))


def test_a_filter():
    rng = np.random.default_rng(0)
    observed = rng.normal(size=(20, 2))

    def loss(p):
        A, H = p[:9].reshape(3, 3), p[9:15].reshape(2, 3)
        Q, R = np.diag(np.exp(p[15:18])), np.diag(np.exp(p[18:20]))
        m, P, total = np.zeros(3), np.eye(3), 0.0
        for y in observed:
            m, P = A @ m, A @ P @ A.T + Q
            S = H @ P @ H.T + R
            K = np.linalg.solve(S, H @ P).T
            e = y - H @ m
            total = total + np.linalg.slogdet(S)[1] + e @ np.linalg.inv(S) @ e
            m, P = m + K @ e, P - K @ H @ P
        return total

    p = np.concatenate([(0.5 * np.eye(3)).reshape(-1), rng.normal(size=6), np.zeros(5)])
    c = dd.compile(loss, check="always")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for point in (p, p + 0.01):
            near(c(point), loss(point), 1e-12)
            near(dd.grad(c)(point), dd.grad(loss)(point), 1e-9)
