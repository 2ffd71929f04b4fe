"""Patterns read off graphs, and Jacobians and Hessians of compiled functions by colours."""

import numpy as np
import pytest
import scipy.sparse as sp

import dualdiff as dd
from dualdiff.programs.reach import reach

rng = np.random.default_rng(5)
X = rng.standard_normal(60)


def written(x):
    y = x * 1.0
    y[1:] -= x[:-1] ** 2
    y[::2] *= 3.0
    y[5:10] = x[10]
    return y


def picked(x):
    y = x * 1.0
    y[np.array([3, 3, 7])] = x[:3]
    np.add.at(y, np.array([0, 0, 1]), x[10:13])
    return y[np.array([0, 3, 7, 1] + [20] * 40)]


FUNCTIONS = {
    "elementwise": (np.sin, True),
    "neighbours": (lambda x: x[1:] * x[:-1], True),
    "both branches": (lambda x: np.where(x > 0, x * np.roll(x, 1), x**2), True),
    "rows of a product": (lambda x: (x.reshape(20, 3) @ np.arange(9.0).reshape(3, 3)).ravel(), False),
    "columns of a product": (lambda x: (np.arange(9.0).reshape(3, 3) @ x.reshape(3, 20)).ravel(), False),
    "both of a product": (lambda x: (x[:20].reshape(5, 4) @ x[20:40].reshape(4, 5)).ravel(), True),
    "a batch of products": (lambda x: (x.reshape(15, 2, 2) @ x.reshape(15, 2, 2)).ravel(), False),
    "vectors of products": (lambda x: np.append(x.reshape(20, 3) @ np.ones(3), np.ones(3) @ x.reshape(3, 20)), True),
    "sums of rows": (lambda x: np.concatenate([x.reshape(20, 3).sum(1), np.diff(x)]), True),
    "running sums": (lambda x: np.cumsum(x.reshape(15, 4), axis=1).ravel(), False),
    "sorted pairs": (lambda x: np.sort(x.reshape(30, 2), axis=1).ravel() * x, False),
    "writes": (written, True),
    "places": (picked, False),
    "broadcast": (lambda x: (x[:6, None] * x[None, 6:12]).ravel(), True),
    "turned": (lambda x: (x.reshape(6, 10).T[::-1] ** 2).ravel(), True),
    "a call": (lambda x: np.concatenate([np.linalg.inv(np.diag(x[:3])).ravel(), x[8:] ** 2]), False),
}


def graph_of(f, x):
    return dd.compile(f).__dualdiff_program__.path_for((x,), {}).graph


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_pattern_holds_all_that_is_there(name):
    f, exactly = FUNCTIONS[name]
    g = graph_of(f, X)
    (found,) = reach(g, {g.inputs[0]: sp.eye_array(X.size, dtype=bool, format="csr")}, g.outputs)
    pattern = found.toarray()
    there = np.zeros(pattern.shape, bool)
    for x in (X, -X, 1.0 + X**2, X[::-1].copy()):
        there |= dd.jacobian(f, mode="forward")(x) != 0.0
    assert not np.any(there & ~pattern)
    if exactly:
        np.testing.assert_array_equal(pattern, there)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_jacobians_by_colours(name):
    f, _ = FUNCTIONS[name]
    jacobian = dd.jacobian(dd.compile(f))
    for x in (X, X, -X, 1.0 + X**2):
        wanted = dd.jacobian(f, mode="forward")(x)
        np.testing.assert_allclose(jacobian(x), wanted, rtol=1e-12, atol=1e-12)


def directions(derivative):
    """How many directions the one program of a derivative takes."""
    (entries,) = derivative.__dualdiff_program__.table.values()
    g = entries[0].path.graph
    (seeds,) = [s for op, s in zip(g.op, g.shape, strict=True) if op == "constant" and len(s) == 2 and s[1] == X.size]
    return seeds[0]


def test_few_directions_are_taken():
    jacobian = dd.jacobian(dd.compile(lambda x: np.tanh(x[1:]) * x[:-1]))
    jacobian(X)
    assert directions(jacobian) == 2


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_in_any_order_and_several_arguments(order):
    def f(p):
        return {"r": (p["a"][1:] * p["a"][:-1]).T, "s": p["a"].ravel() ** 2 * p["b"][0] + p["b"][1]}

    p = {"a": np.array(X.reshape(12, 5), order=order), "b": np.array([2.0, 3.0])}
    found, wanted = dd.jacobian(dd.compile(f))(p), dd.jacobian(f)(p)
    for one in ("r", "s"):
        for by in ("a", "b"):
            np.testing.assert_allclose(found[one][by], wanted[one][by], rtol=1e-12, atol=1e-12)


def test_hessians_by_colours():
    def f(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    hessian = dd.hessian(dd.compile(f))
    for x in (X, -X, X**2):
        np.testing.assert_allclose(hessian(x), dd.hessian(f)(x), rtol=1e-11, atol=1e-11)
    assert directions(hessian) == 3
