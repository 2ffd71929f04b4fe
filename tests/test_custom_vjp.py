"""custom_vjp: a rule for the transpose, in all modes, with structures, several arguments and complex results."""

import math

import numpy as np
import pytest

import dualdiff as dd
from dualdiff import testing
from dualdiff.errors import InputError, LostDerivativeError, ShapeError, UnsupportedError
from dualdiff.transforms import pytrees


def custom(plain, forward, backward, **options):
    f = dd.custom_vjp(plain, **options)
    f.defvjp(forward, backward)
    return f


def lengths(x, y):
    assert type(x) is np.ndarray      # never a dual
    return np.array([x @ x * float(y), float(y) ** 2])


LENGTHS = custom(lengths, lambda x, y: (None, (x, y)),
                 lambda k, w: (2 * k[0] * k[1] * w[0], k[0] @ k[0] * w[0] + 2 * k[1] * w[1]))  # fmt: skip
NUMBER = custom(lambda x: math.sin(x), lambda x: (math.sin(x), x), lambda x, w: w * np.cos(x))
ENERGY = custom(lambda x: np.sum(x**2) / 2, lambda x: (None, x), lambda x, w: (w * x,))
PARTS = custom(lambda d: {"a": d["u"] * d["v"], "b": d["u"].sum()}, lambda d: (None, d),
               lambda d, w: ({"u": w["a"] * d["v"] + w["b"], "v": w["a"] * d["u"]},))  # fmt: skip
MATRIX = custom(lambda A: A @ A, lambda A: (None, A), lambda A, w: (w @ A.T + A.T @ w,))
HALF = custom(lambda x, y: x * 2.0, lambda x, y: (None, None), lambda k, w: (2.0 * w, None))
X = np.array([1.0, 2.0, 3.0])

CASES = [
    (LENGTHS, lambda x, y: np.stack([x @ x * y, y**2]), (X, 2.0)),
    (NUMBER, np.sin, (0.3,)),
    (ENERGY, lambda x: np.sum(x**2) / 2, (X,)),
    (PARTS, lambda d: {"a": d["u"] * d["v"], "b": d["u"].sum()}, ({"u": np.ones(2), "v": np.arange(2.0)},)),
    (MATRIX, lambda A: A @ A, (np.arange(6.0)[:4].reshape(2, 2) + 1,)),
    (HALF, lambda x, y: 2.0 * x, (X, X)),
]


@pytest.mark.parametrize("f, plain, xs", CASES, ids=[str(i) for i in range(len(CASES))])
def test_every_mode_gives_what_plain_code_gives(f, plain, xs):
    places = tuple(range(len(xs)))
    wanted = pytrees.flatten(dd.jacobian(plain, places)(*xs))[0]
    for mode in ("forward", "reverse", "auto"):
        found = pytrees.flatten(dd.jacobian(f, places, mode=mode)(*xs))[0]
        for a, b in zip(found, wanted, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-14)
    testing.check_vjp(f, *xs)
    testing.check_jvp(f, xs)


@pytest.mark.parametrize("f, plain, x", [(ENERGY, lambda x: np.sum(x**2) / 2, X), (MATRIX, lambda A: A @ A, np.eye(2) + 1)])
def test_second_order_through_rules_in_numpy(f, plain, x):
    H = dd.hessian(lambda x: np.sum(np.sin(f(x))))(x)
    np.testing.assert_allclose(H, dd.hessian(lambda x: np.sum(np.sin(plain(x))))(x), rtol=1e-13)


def test_complex_results():
    f = custom(lambda x: np.fft.fft(x), lambda x: (None, x.size), lambda n, w: np.real(np.fft.ifft(w) * n))
    np.testing.assert_allclose(dd.jacobian(f)(X), dd.jacobian(np.fft.fft)(X), rtol=1e-14)
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dd.grad(lambda x: np.sum(np.abs(f(x)) ** 2), mode=mode)(X), 6 * X, rtol=1e-14)


def test_one_way_back_serves_all_arguments():
    calls = []
    f = custom(lambda a, b: a @ b, lambda a, b: (None, (a, b)), lambda k, w: calls.append(1) or (w * k[1], w * k[0]))
    dd.vjp(f, X, X)[1](1.0)
    assert len(calls) == 1
    calls.clear()
    dd.jvp(f, (X, X), (np.ones((5, 3)), np.ones((5, 3))))
    assert len(calls) == 1      # one row of J, whatever the number of directions


def test_nondiff():
    f = custom(lambda x, n: x**n, lambda x, n: (None, (x, n)), lambda k, w: (w * k[1] * k[0] ** (k[1] - 1),), nondiff="n")
    assert dd.derivative(f)(2.0, 3) == 12.0
    with pytest.raises(LostDerivativeError, match="nondiff"):
        dd.derivative(f, 1)(2.0, 3.0)


def test_an_adjoint_may_write_into_what_it_gets():
    def backward(x, w):
        w *= x
        return w

    f = custom(lambda x: x**2 / 2, lambda x: (None, x), backward)
    J = dd.linearize(lambda x: f(x) + 0.0, X)[1]
    w = np.ones(3)
    for _ in range(2):
        np.testing.assert_array_equal(J.T @ w, X)
    np.testing.assert_array_equal(w, 1.0)


BAD = [
    (lambda x: x, lambda k, w: w, InputError, "must return \\(value, kept\\)"),
    (lambda x: (None, x), lambda k, w: (w, w), InputError, "tuple of 1 cotangent.*2 of them"),
    (lambda x: (None, x), lambda k, w: w[:1], ShapeError, r"cotangent of shape \(1,\).*\(3,\)"),
]


@pytest.mark.parametrize("forward, backward, kind, text", BAD)
def test_wrong_rules(forward, backward, kind, text):
    f = custom(lambda x: 2 * x, forward, backward)
    with pytest.raises(kind, match=text):
        dd.vjp(f, X)[1](X)


def test_errors_before_it_is_differentiated():
    f = dd.custom_vjp(lambda x: x)
    with pytest.raises(UnsupportedError, match="no derivative yet.*defvjp"):
        dd.derivative(f)(1.0)
    with pytest.raises(InputError, match="two functions"):
        f.defvjp(1, 2)
    with pytest.raises(InputError, match="custom_jvp"):
        f.defjvp(lambda p, t: None)
    assert "custom_vjp" in repr(f)
    assert f(3.0) == 3.0
