"""Jacobians and Hessians along all unit vectors, which are not spread out before they must be; results that are not finite."""

import numpy as np
import pytest

import dualdiff as dd

RNG = np.random.default_rng(5)
W, V = RNG.normal(size=(4, 6)), RNG.normal(size=(6, 3))
SQUARE = RNG.normal(size=(6, 6))


def near(a, b, bound=1e-10):
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape and a.dtype == b.dtype
    np.testing.assert_allclose(a, b, rtol=bound, atol=bound * (1.0 + np.max(np.abs(b), initial=0.0)))


FUNCTIONS = {
    "the argument": lambda x: x + 0.0,
    "elementwise": lambda x: np.sin(x) * np.exp(-x) - x / (2.0 + x * x),
    "times a number": lambda x: -(2.0 * x) + 3.0,
    "times plain numbers": lambda x: np.arange(1.0, 7.0) * x,
    "beside what is wider": lambda x: np.ones((2, 6)) * np.sin(x),
    "outer": lambda x: np.sin(x)[:, None] * x,
    "matrix": lambda x: W @ x,
    "matrix of a function": lambda x: W @ np.tanh(x),
    "from the right": lambda x: np.tanh(x) @ V,
    "a vector": lambda x: np.tanh(x) @ SQUARE[0],
    "two layers": lambda x: np.tanh(SQUARE @ np.tanh(SQUARE @ x)),
    "both factors": lambda x: (SQUARE * x) @ np.sin(x),
    "another shape": lambda x: np.sin(x.reshape(2, 3)),
    "a stack of products": lambda x: x.reshape(2, 3) @ np.ones((3, 2)),
    "sum": lambda x: np.sum(np.sin(x)),
    "sum of rows": lambda x: np.sum(np.sin(x.reshape(2, 3)), axis=1),
    "kept axes": lambda x: np.sum(np.sin(x), keepdims=True),
    "parts": lambda x: np.concatenate([np.sin(x)[:2], x[::-1] ** 2]),
    "branches": lambda x: np.where(x > 0, np.sin(x), x * x),
    "steps": lambda x: np.floor(x) + np.sign(x) * x,
    "constant": lambda x: np.ones(3) + 0.0 * np.sum(x),
    "written": lambda x: written(x),
    "maximum": lambda x: np.maximum(np.sin(x), 0.1),
    "norm": lambda x: np.linalg.norm(np.sin(x)),
    "float32": lambda x: np.sin(x.astype(np.float32)),
}


def written(x):
    y = np.zeros_like(x)
    y[1:4] = np.sin(x[2:5])
    y[0] = x[1] * x[2]
    return y


@pytest.mark.parametrize("name", FUNCTIONS)
def test_jacobians(name):
    f = FUNCTIONS[name]
    j = dd.jacobian(dd.compile(f, check="always"))
    for x in (RNG.normal(size=6), RNG.normal(size=6)):
        near(j(x), dd.jacobian(f)(x), 1e-5 if name == "float32" else 1e-10)
    assert j.__dualdiff_program__.table


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if n not in ("float32", "steps", "maximum")])
def test_hessians(name):
    f = FUNCTIONS[name]

    def total(x):
        return np.sum(f(x) ** 2)

    c = dd.compile(total, check="always")
    h, d = dd.hessian(c), dd.hessian_diagonal(c)
    for x in (RNG.normal(size=6), RNG.normal(size=6)):
        near(h(x), dd.hessian(total)(x), 1e-8)
        near(d(x), dd.hessian_diagonal(total)(x), 1e-8)


def test_several_leaves():
    def f(p, s):
        return np.tanh(p[0] @ W[:2, :3].T) * s + np.sin(p[1][0, 0]) + p[0][:2] * p[1].sum()

    c = dd.compile(f)
    j = dd.jacobian(c)
    for _ in range(3):
        p, s = [RNG.normal(size=3), RNG.normal(size=(2, 2))], 0.7
        found, wanted = j(p, s), dd.jacobian(f)(p, s)
        for a, b in zip(found, wanted, strict=True):
            near(a, b)
        near(dd.jacobian(c, 1)(p, s), dd.jacobian(f, 1)(p, s))


def test_axes_in_another_order():
    def f(x):
        return np.sin(x) @ np.array([[1.0, 2.0], [3.0, 4.0]])

    j = dd.jacobian(dd.compile(f))
    for _ in range(3):
        x = np.asfortranarray(RNG.normal(size=(3, 2)))
        near(j(x), dd.jacobian(f)(x))


@pytest.mark.parametrize("n", [3, 5000])
@pytest.mark.parametrize("function", [lambda x: np.sqrt(x), lambda x: np.concatenate([x, np.sqrt(x)[:2]]), lambda x: x**0.5])
def test_results_that_are_not_finite(n, function):
    """An infinite partial: f's own derivative answers, which says what no perturbation reaches."""
    c = dd.compile(function)
    x, v = np.linspace(1.0, 2.0, n), np.ones(n)
    dd.jvp(c, (x,), (v,)), dd.jvp(c, (x,), (v,))
    at_zero = x.copy()
    at_zero[1] = 0.0
    with np.errstate(all="ignore"):
        for direction in (v, np.where(np.arange(n) == 1, 0.0, 1.0)):
            found, wanted = dd.jvp(c, (at_zero,), (direction,))[1], dd.jvp(function, (at_zero,), (direction,))[1]
            assert np.array_equal(found, wanted, equal_nan=True)
            assert np.isfinite(found).all() == (direction[1] == 0.0)
