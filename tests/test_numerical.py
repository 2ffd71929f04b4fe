"""dualdiff.numerical: one black box by differences inside an exact derivative."""

import math

import numpy as np
import pytest
from support import close

import dualdiff as dd
from dualdiff.errors import ArgumentError, InputError, NumericalWarning, UnsupportedError

A = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]])


def box(x, c=2.0):
    """What takes plain numbers only."""
    assert type(x) in (float, np.ndarray, np.float64)
    return np.array([float(v) for v in np.sin(A @ np.asarray(x)) * c])


SLOPE = lambda x: 2.0 * np.cos(A @ x)[:, None] * A  # noqa: E731
X = np.array([0.3, -0.7])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_inside_an_exact_derivative(mode):
    g = dd.numerical(box)
    np.testing.assert_array_equal(g(X), box(X))
    close(dd.jacobian(lambda x: np.exp(g(x**2)), mode=mode)(X),
          np.exp(box(X**2))[:, None] * SLOPE(X**2) * 2 * X, 1e-8)  # fmt: skip
    value, t = dd.jvp(g, (X,), (np.array([1.0, 2.0]),))
    np.testing.assert_array_equal(value, box(X))
    close(t, SLOPE(X) @ [1.0, 2.0], 1e-8)


def test_numbers_structures_and_other_arguments():
    close(dd.derivative(dd.numerical(math.erf))(0.5), 2 / math.sqrt(math.pi) * math.exp(-0.25), 1e-8)
    f = dd.numerical(lambda p, n: {"a": p["x"] ** n, "b": (p["y"] * 2.0, math.gamma(p["x"]))}, nondiff="n")
    value, t = dd.jvp(lambda p: f(p, 3), ({"x": 1.5, "y": 4.0},), ({"x": 1.0, "y": 0.5},))
    assert value["b"] == (8.0, math.gamma(1.5))
    close(t["a"], 3 * 1.5**2, 1e-8)
    close(t["b"][0], 1.0, 1e-8)
    close(dd.grad(lambda x: dd.numerical(math.gamma)(x), mode="reverse")(1.5), t["b"][1], 1e-8)


def test_what_it_does_not_do():
    with pytest.raises(UnsupportedError, match="first derivatives only"):
        dd.hessian(dd.numerical(lambda x: float(np.sum(x**2))))(X)
    with pytest.warns(NumericalWarning, match="rtol"):
        dd.derivative(dd.numerical(lambda x: round(math.sin(x), 6)))(0.5)
    for wrong in (3, None and 0, "f"):
        with pytest.raises((InputError, TypeError)):
            dd.numerical(wrong)(1.0)
    with pytest.raises(ArgumentError, match="rtol"):
        dd.numerical(math.erf, rtol=-1.0)
