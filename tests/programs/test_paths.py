"""Paths, up to eight of a kind, and static arguments: of functions, and of derivatives of them."""

import warnings

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.errors import CompileNotice
from dualdiff.programs.paths import MOST

X = np.array([0.5, 1.5, 2.5])


def ways(x):
    k = int(x[0])
    return np.sum(x ** (k + 1)) + k


def inner_ways(x):
    return np.sum(dd.grad(ways)(x) ** 2)


def nested_ways(x):
    if x[0] > 0:
        return x[1] * x[2] if x[1] > 0 else x[0]
    return x[2] ** 2 if x[2] > 0 else np.sum(x)


def at(k):
    return X + np.array([k, 0.0, 0.0])


@pytest.mark.parametrize("f", [ways, inner_ways])
def test_eight_paths_and_no_more(f):
    c = dd.compile(f)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            for k in range(MOST):
                np.testing.assert_allclose(c(at(k)), f(at(k)), rtol=1e-12)
    assert len([p for p in c.explain().paths if p["what"] == "values"]) == MOST
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for k in (MOST, MOST + 1, 0, MOST):
            np.testing.assert_allclose(c(at(k)), f(at(k)), rtol=1e-12)
            np.testing.assert_allclose(dd.grad(c)(at(k)), dd.grad(f)(at(k)), rtol=1e-9)
    notices = [w for w in seen if issubclass(w.category, CompileNotice)]
    assert len(notices) == 1
    assert f"more than {MOST} different paths" in str(notices[0].message) and "test_paths.py" in str(notices[0].message)
    assert c(np.append(X, 1.0)) == f(np.append(X, 1.0))     # another kind of arguments has paths of its own
    assert len([p for p in c.explain().paths if p["what"] == "values" and "(4,)" in p["arguments"]]) == 1


@pytest.mark.parametrize("f", [ways, nested_ways, inner_ways])
def test_derivatives_follow_their_paths(f):
    c = dd.compile(f)
    generator = np.random.default_rng(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(40):
            x = generator.uniform(0.1, 1.9, 3) * (generator.choice([-1, 1], 3) if f is nested_ways else 1)
            np.testing.assert_allclose(c(x), f(x), rtol=1e-12)
            np.testing.assert_allclose(dd.grad(c)(x), dd.grad(f)(x), rtol=1e-9)
            np.testing.assert_allclose(dd.hessian(c)(x), dd.hessian(f)(x), rtol=1e-8, atol=1e-12)
            np.testing.assert_allclose(dd.jvp(c, (x,), (X,))[1], dd.jvp(f, (x,), (X,))[1], rtol=1e-9)
            np.testing.assert_allclose(dd.linearize(c, x)[1] @ X, dd.linearize(f, x)[1] @ X, rtol=1e-9)


def test_static_arguments_select_programs():
    def f(x, power, mode="sum", *, scale=1.0):
        y = scale * x**power
        return np.sum(y) if mode == "sum" else np.prod(y)

    c = dd.compile(f, static=("power", "scale"), check="never")
    for power in (2.0, 3.0):
        for mode in ("sum", "prod"):
            for scale in (1.0, 2.0):
                for _ in range(2):
                    assert c(X, power, mode, scale=scale) == f(X, power, mode, scale=scale)
                    found, wanted = (dd.grad(g)(X, power, mode, scale=scale) for g in (c, f))
                    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    assert len([p for p in c.explain().paths if p["what"] == "values"]) == 8
    for power in (0.0, -0.0, float("nan")):     # told apart as they are by their bits
        np.testing.assert_array_equal(c(X, power), f(X, power))


def test_static_structures():
    f = lambda x, options: np.sum(x ** options["power"]) * options["weights"][0]  # noqa: E731
    c = dd.compile(f, static="options")
    for power in (2.0, 3.0, 2.0):
        options = {"power": power, "weights": (2.0, "text", None)}
        assert c(X, options) == f(X, options)
        np.testing.assert_allclose(dd.grad(c)(X, options), dd.grad(f)(X, options), rtol=1e-12)


def test_what_is_neither_an_array_nor_hashable():
    c = dd.compile(lambda x, n: x * len(n), static="n")
    with pytest.warns(CompileNotice, match="neither an array nor hashable"):
        np.testing.assert_array_equal(c(X, {1, 2}), 2 * X)
    np.testing.assert_array_equal(c(X, {1, 2, 3}), 3 * X)
