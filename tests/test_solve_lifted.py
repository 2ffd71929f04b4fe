"""Equations that do not take duals as they are: the function is lifted, and nothing that other solves share."""

import dataclasses
import warnings
from typing import Any

import numpy as np
import pytest

import dualdiff as dd
from dualdiff import solve
from dualdiff.errors import LiftedWarning, LostDerivativeError, UnsupportedError

LIFTS = True

def with_buffer(level):
    """A new code object each time, as lifting is remembered by code."""
    text = "def buffered(x):\n    f = np.zeros(2)\n    f[0] = x[0] - 1\n    f[1] = x[0] * x[1] - LEVEL\n    return f\n"
    space: dict[str, Any] = {"np": np, "__name__": __name__}
    exec(compile(text.replace("LEVEL", repr(level)), "<buffered>", "exec"), space)
    return space["buffered"]


@dataclasses.dataclass
class Angles:
    a: float
    b: float


def four_bars(s):
    return np.array([
        2 * np.cos(0.7) + 5 * np.cos(s.a) - 4 * np.cos(s.b) - 6, 2 * np.sin(0.7) + 5 * np.sin(s.a) - 4 * np.sin(s.b)
    ])  # fmt: skip


def branch_of(f):
    return solve.continuation(lambda x, p: f(x) * np.array([1.0, p]), np.ones(2), 1.0, 1.2)


@pytest.mark.parametrize("first", [
    lambda f: solve.root(f, np.ones(2)),
    lambda f: solve.root(f, np.ones(2), method="krylov"),
    lambda f: solve.root(lambda x: f(x), np.ones(2)),
    branch_of,
    lambda f: solve.fixed_point(lambda x: f(x) + x, np.ones(2)),
    lambda f: solve.least_squares(f, np.ones(2)),
    lambda f: solve.root(lambda x: f(x["a"]), {"a": np.ones(2)}),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
def test_lifting_one_function_leaves_others_alone(first):
    for level in (2.0, 3.0):
        assert first(with_buffer(level)).success
    with warnings.catch_warnings():
        warnings.simplefilter("error", LiftedWarning)
        r = solve.root(four_bars, Angles(0.1, 1.0))
        assert r.success
        np.testing.assert_allclose(four_bars(r.x), 0, atol=1e-7)
        types = set()

        def seen(x):
            types.add(type(x))
            return np.array([x[0] - 1, x[0] * x[1] - 2])

        assert solve.root(seen, np.ones(2)).success
        assert types == {np.ndarray, dd.DualArray}


@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
def test_batches_with_a_buffer():
    def buffered(x, a):
        f = np.zeros(x.shape)
        f[0] = x[0] - 1
        f[1] = x[0] * x[1] - a
        return f

    a = np.arange(1.0, 6.0)
    r = solve.root_batch(buffered, np.ones((2, 5)), (a,))
    assert r.success.all()
    np.testing.assert_allclose(r.x, [np.ones(5), a])


def test_the_warning_names_the_function_and_the_line():
    with pytest.warns(LiftedWarning, match=r"buffered does not take .*dd\.lift\(buffered\)") as told:
        solve.root(with_buffer(5.0), np.ones(2))
    assert told[0].filename == __file__


def writes_into_a_copy(x, p):
    """It writes what depends on p into a copy of x, which is of plain numbers where only p varies."""
    y = x * 1.0
    y[1:] += 0.1 * x[:-1] * p[0]
    y += 0.1 * x**3
    return y - p


@pytest.mark.parametrize("start", [np.ones(6), [1.0] * 6])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_derivatives_of_a_solution_whose_function_writes(mode, start):
    def solution(p):
        return solve.root(writes_into_a_copy, start, args=(p,), tol=1e-13).x

    p, h = np.linspace(1.0, 2.0, 6), 1e-5
    found = dd.jacobian(solution, mode=mode)(p)
    expected = np.stack([(solution(p + h * e) - solution(p - h * e)) / (2 * h) for e in np.eye(6)], 1)
    np.testing.assert_allclose(found, expected, atol=1e-8)
    h = 1e-4
    second = dd.hessian(lambda p: np.sum(solution(p) ** 2))(p)
    first = dd.grad(lambda p: np.sum(solution(p) ** 2))
    np.testing.assert_allclose(second, np.stack([(first(p + h * e) - first(p - h * e)) / (2 * h) for e in np.eye(6)]), atol=1e-6)


def test_a_start_that_is_a_buffer_of_lifted_code():
    def solution(p):
        return solve.root(writes_into_a_copy, np.ones(6), args=(p,), tol=1e-13).x

    p = np.linspace(1.0, 2.0, 6)
    np.testing.assert_allclose(dd.jacobian(dd.lift(solution))(p), dd.jacobian(solution)(p), atol=1e-12)
    with pytest.raises(UnsupportedError, match="x0"):
        dd.jacobian(lambda p: solve.root(lambda x: x**3 - 1, p).x, lift=False)(np.ones(2))


def into_a_copy(x, p):
    y = x.copy()
    y[0] = x[0] ** 2 - p[0]
    y[1] = x[1] * x[0] - p[1]
    return y


def into_zeros(x, p):
    y = np.zeros(2)
    y[0] = x[0] ** 2 - p[0]
    y[1] = x[1] * x[0] - p[1]
    return y


def into_a_row(x, p):
    y = np.empty((2, 2))
    y[0] = x[0] ** 2 - p[0], x[1] * x[0] - p[1]
    return y[0]


@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
@pytest.mark.parametrize("F", [into_a_copy, into_zeros, into_a_row])
def test_equations_that_write_into_plain_arrays_depend_on_their_arguments(F):
    def x(p):
        return solve.root(F, np.ones(2), (p,)).x

    p = np.array([4.0, 6.0])
    J = np.array([[0.25, 0.0], [-0.375, 0.5]])      # of sqrt(p0), p1/sqrt(p0)
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dd.jacobian(x, mode=mode)(p), J, atol=1e-12)
    np.testing.assert_allclose(dd.jvp(x, (p,), (np.ones(2),))[1], J.sum(axis=1), atol=1e-12)
    np.testing.assert_allclose(dd.linearize(x, p)[1] @ np.ones(2), J.sum(axis=1), atol=1e-12)
    second = dd.jacobian(dd.jacobian(x))(p)
    np.testing.assert_allclose(second[1], [[0.140625, -0.0625], [-0.0625, 0.0]], atol=1e-12)
    with pytest.raises(LostDerivativeError) as caught:
        dd.jacobian(lambda p: solve.root(lambda x: F(x, p), np.ones(2)).x, lift=False)(p)
    assert "(p,)" in "".join(getattr(caught.value, "__notes__", ()))
