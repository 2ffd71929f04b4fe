"""Taylor coefficients and high derivatives of compiled functions."""

import warnings

import numpy as np
import pytest
from support import leaves

import dualdiff as dd
from dualdiff.programs import series
from dualdiff.rules.table import RULES

X = np.array([0.3, -1.2, 0.7, 2.0])
V = np.array([1.0, 0.5, -2.0, 0.25])


def chain(x):
    return np.sin(x) * np.exp(-x * x) + np.log1p(x * x) * np.tanh(x) / (2 + x)


def moves(x):
    y = np.zeros_like(x)
    y[1:] = x[:-1] * x[1:]
    y[[0, 2]] += x[[3, 1]] ** 3
    return {"a": np.cumsum(y)[::-1], "b": (np.max(x**2), y.reshape(2, 2).T @ np.outer(x, x)[:2, :2], 3)}


def powers(x):
    return np.abs(x) ** 2.5 + x**3 + np.hypot(x, 2.0) + np.arctan2(x, 1.5) + 2.0**x + np.where(x > 0, x**2, np.cos(x))


@pytest.mark.parametrize("f", [chain, moves, powers], ids=lambda f: f.__name__)
@pytest.mark.parametrize("order", [0, 1, 2, 5, 8])
def test_coefficients_are_those_without_programs(f, order):
    c = dd.compile(f)
    for x in (X, X + 0.1, X * 0.5):
        found, wanted = dd.taylor(c, x, V, order), dd.taylor(f, x, V, order)
        for a, b in zip(leaves(found), leaves(wanted), strict=True):
            assert type(a) is type(b) and a.shape == b.shape and a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * np.max(np.abs(b)))
    paths = c.__dualdiff_program__.alongs[f"taylor {order}"]
    assert paths.table and not paths.eager, paths.eager


@pytest.mark.parametrize("f", [lambda t: np.sin(t) * np.exp(t), lambda t: [t**2.5, 1 / t], np.tan])
@pytest.mark.parametrize("n", [1, 2, 3, 5, 9])
def test_derivatives_by_one_number(f, n):
    c = dd.compile(f)
    d, e = dd.nth_derivative(c, n), dd.nth_derivative(f, n)
    for t in (0.7, 0.8):
        for a, b in zip(leaves(d(t)), leaves(e(t)), strict=True):
            assert type(a) is type(b)
            np.testing.assert_allclose(a, b, rtol=1e-9)
    assert d.__dualdiff_program__.table


NAMES = sorted(
    name for name, rule in RULES.items()
    if isinstance(getattr(np, name, None), np.ufunc) and getattr(np, name) is rule.ufunc and len(rule.texts) == 1
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_elementwise_functions(name):
    ufunc = getattr(np, name)
    x = np.array([1.3, 1.7]) if name == "arccosh" else np.array([0.3, 0.6])
    c = dd.compile(lambda x: ufunc(x) * 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = dd.taylor(lambda x: ufunc(x) * 1.0, x, np.ones(2), 4)
        for _ in range(2):
            found = dd.taylor(c, x, np.ones(2), 4)
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-10)


def test_structures_numbers_and_further_arguments():
    def f(p, s=1.0):
        return p["a"] * p["b"] ** 2 * s

    x, v = {"a": X, "b": 2.0}, {"a": V, "b": 1.0}
    c = dd.compile(f)
    for _ in range(2):
        np.testing.assert_allclose(dd.taylor(c, x, v, 3, s=2.0), dd.taylor(f, x, v, 3, s=2.0))
        np.testing.assert_allclose(dd.taylor(dd.compile(np.exp), 0, 1, 4), dd.taylor(np.exp, 0, 1, 4))
    with pytest.raises(dd.errors.InputError, match="shape"):
        dd.taylor(c, {"a": X, "b": 2.0}, {"a": V[:2], "b": 1.0}, 3)


def test_what_has_no_recurrence_goes_without_a_program_where_that_is_too_much(monkeypatch):
    monkeypatch.setattr(series, "LONG", 10)
    f = lambda x: np.prod(x) * np.linalg.det(np.outer(x, x) + np.eye(4))    # noqa: E731
    c = dd.compile(f)
    with pytest.warns(dd.errors.CompileNotice, match="recurrence"):
        dd.taylor(c, X, V, 2)
    np.testing.assert_allclose(dd.taylor(c, X, V, 2), dd.taylor(f, X, V, 2))


@pytest.mark.filterwarnings("error")
def test_what_has_no_recurrence_is_derived_again_and_again():
    f = lambda x: np.prod(x) * np.linalg.det(np.outer(x, x) + np.eye(4)) + np.sort(np.cumprod(x))    # noqa: E731
    c = dd.compile(f)
    for x in (X, X, X * 1.1):
        for order in (1, 2, 3, 4):
            np.testing.assert_allclose(dd.taylor(c, x, V, order), dd.taylor(f, x, V, order), rtol=1e-9, atol=1e-9)
