"""dualdiff.testing: what it accepts, and that it finds wrong derivatives."""

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.errors import ArgumentError, InputError, ShapeError
from dualdiff.testing import check_derivative, check_jvp, check_vjp, numerical_jvp

X = np.array([0.3, 1.2, -0.7])
FUNCTIONS = {
    "exp": (np.exp, np.exp), "sin": (np.sin, np.cos), "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2), "big": (lambda x: 1e6 * np.cos(x), lambda x: -1e6 * np.sin(x)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("method", ["differences", "complex"])
def test_numerical_jvp_and_its_error(name, method):
    f, df = FUNCTIONS[name]
    v = np.array([1.0, -2.0, 0.5])
    found, error = numerical_jvp(f, (X,), (v,), method=method)
    true = df(X) * v
    size = np.max(np.abs(true))
    assert np.all(np.abs(found - true) <= 1e-11 * size)
    assert np.all(np.abs(found - true) <= 10 * error + 1e-14 * size)
    assert np.all(error <= 1e-8 * size)


def test_numerical_jvp_of_structures():
    t, e = numerical_jvp(lambda p, s: {"y": p[0] * s, "z": p[1]}, ((X, 2.0), 3.0), ((X, None), 1.0))
    np.testing.assert_allclose(t["y"], 4 * X, rtol=1e-10)
    assert t["z"] == 0.0 and e["z"] == 0.0
    with pytest.raises(ShapeError):
        numerical_jvp(np.sin, (X,), (np.ones(2),))
    with pytest.raises(ArgumentError, match="method"):
        numerical_jvp(np.sin, (X,), (X,), method="magic")


def wrong(rule, f=lambda x: np.sin(x)):
    g = dd.custom_jvp(f)
    g.defjvp(rule)
    return g


def test_a_wrong_partial_is_named():
    def rule(primals, tangents):
        d = np.cos(primals[0])
        return None, np.where(np.arange(3) == 1, 1.001 * d, d) * tangents[0]

    with pytest.raises(AssertionError, match=r"1 of 3 elements of result are wrong, the worst is result\[1\] = "):
        check_jvp(wrong(rule), X)
    with pytest.raises(AssertionError, match=r"result\[1\]"):
        check_derivative(wrong(rule), X)
    with pytest.raises(AssertionError, match=r"result\['a'\]\[1\]"):
        check_jvp(lambda x: {"a": wrong(rule)(x)}, X)


def test_a_wrong_value_is_found():
    with pytest.raises(AssertionError, match="the function itself gives"):
        check_jvp(wrong(lambda p, t: (np.sin(p[0]) + 1e-15, np.cos(p[0]) * t[0])), X)


def test_a_rule_that_is_not_linear_is_found():
    """Right for one direction of length 1, wrong for others."""
    f = wrong(lambda p, t: (None, np.cos(p[0]) * np.abs(t[0])))
    with pytest.raises(AssertionError):
        check_jvp(f, X, np.ones(3))


def test_a_batched_rule_that_mixes_directions_is_found():
    f = dd.custom_jvp(lambda x: np.sin(x), batched=True)
    f.defjvp(lambda p, t: (None, np.cos(p[0]) * t[0][::-1][::-1][:, ::1] if len(t[0]) == 1 else np.cos(p[0]) * t[0][::-1]))
    with pytest.raises(AssertionError, match="two directions at once"):
        check_jvp(f, X)


def test_a_wrong_transpose_is_found():
    A = np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 1.0]])
    f = dd.custom_jvp(lambda x: A @ x)
    f.deflinear(lambda x: (None, (lambda t: A @ t, lambda w: A.T @ (1.01 * w))))
    check_jvp(f, np.ones(2))
    with pytest.raises(AssertionError, match="<w, J v> = .*<J' w, v> = .*transposed product is wrong"):
        check_vjp(f, np.ones(2))


def test_a_wrong_second_derivative_is_found():
    f = dd.custom_jvp(lambda x: np.sin(x))
    f.defjvp(lambda p, t: (f(p[0]), np.cos(dd.stop_gradient(p[0])) * t[0]))
    check_derivative(f, X)
    with pytest.raises(AssertionError, match="the derivative of"):
        check_derivative(f, X, order=2)


def test_where_it_cannot_decide_it_fails():
    with pytest.raises(AssertionError, match="did not converge"):
        check_jvp(lambda x: np.floor(1e3 * x) * 1.0 + x, X)
    with pytest.raises(AssertionError, match="did not converge"):
        check_jvp(np.sqrt, np.array([0.0, 1.0]))


def test_what_is_right_passes():
    check_derivative(lambda x, y: (np.outer(x, y), np.sum(x) / y), X, np.array([1.0, 2.0]), order=2)
    check_derivative(lambda p: np.sin(p["a"]) @ p["b"], {"a": X, "b": X})
    check_derivative(lambda x: x * np.float32(2), np.ones(3, np.float32))
    check_jvp(lambda x: np.exp(1j * x), X)
    check_vjp(lambda x: np.exp(1j * x), X)
    check_jvp(np.exp, X, X, method="complex")
    check_jvp(lambda x, n: x * n, (X, 3.0), (X, None))
    check_derivative(np.abs, np.array([0.0, 1.0]), modes="forward")      # the symmetric derivative at a kink


def test_bad_options():
    with pytest.raises(ArgumentError, match="order"):
        check_derivative(np.sin, X, order=0)
    with pytest.raises(ArgumentError, match="modes"):
        check_derivative(np.sin, X, modes=("sideways",))
    with pytest.raises(InputError, match="at least one"):
        check_vjp(np.sin)
