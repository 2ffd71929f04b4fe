"""dualdiff.testing against a collection: planted faults, which it must find, and right derivatives at hard points.

A fault is (function, rule or linear map, arguments, options of check_derivative); all of them are wrong in one way only.
A right one is (function, arguments, options).  Neither a miss nor an alarm is allowed.
"""

import dataclasses
import math
import warnings

import numpy as np
import pytest
import scipy.special as sp

import dualdiff as dd
from dualdiff.testing import UncheckedWarning, check_derivative

X = np.array([0.3, 1.2, -0.7])
LARGE = np.linspace(0.5, 2.0, 40)
FORWARD = {"modes": "forward"}
SECOND = {"order": 2, "modes": "forward"}
THIRD = {"order": 3, "modes": "forward"}


def only(f, rule, **options):
    """A custom function of one argument whose tangent is rule(x, t)."""
    g = dd.custom_jvp(f, **options)
    g.defjvp(lambda p, t: (None, rule(p[0], t[0])))
    return g


def pair(f, rule):
    """A custom function of several arguments with rule(primals, tangents)."""
    g = dd.custom_jvp(f)
    g.defjvp(lambda p, t: (None, rule(p, t)))
    return g


def batched(f, rule):
    return only(f, rule, batched=True)


def linear(f, derivative):
    g = dd.custom_jvp(f)
    g.deflinear(derivative)
    return g


def curved(order, wrong=1.01, at=lambda x: True):
    """A sine whose derivatives are right up to an order, and wrong by a factor from the next one on."""
    def level(n, factor):
        g = dd.custom_jvp(lambda x: factor * np.sin(x + n * np.pi / 2))
        g.defjvp(lambda p, t: (None, level(n + 1, factor * (wrong if n >= order else 1.0))(p[0]) * t[0]))
        return g

    return level(0, 1.0)


def at_place(x, i, factor):
    """Ones, but a factor at place i."""
    d = np.ones(np.shape(x))
    d[i] = factor
    return d


def second_of(x, wrong):
    """cos(x) whose own derivative is wrong."""
    return only(lambda x: np.cos(x), lambda x, t: wrong * np.sin(x) * t)(x)


def mixed_rows(x, t, k):
    """cos(x) t, but with k directions the last one is 0.1 % off."""
    out = np.cos(x) * t
    if len(t) == k:
        out = np.concatenate([out[:-1], 1.001 * out[-1:]])
    return out


A = np.array([[1.0, 2.0, 0.5], [3.0, 4.0, -1.0], [0.0, 1.0, 2.0]])
SCALES = np.array([1e-8, 1.0, 1e8])

FAULTS = {
    # scales
    "sign of 1e-8 sin": (only(lambda x: 1e-8 * np.sin(x), lambda x, t: -1e-8 * np.cos(x) * t), (X,), FORWARD),
    "sign of 1e-200 sin": (only(lambda x: 1e-200 * np.sin(x), lambda x, t: -1e-200 * np.cos(x) * t), (X,), FORWARD),
    "0.1 % of 1e12 sin": (only(lambda x: 1e12 * np.sin(x), lambda x, t: 1.001e12 * np.cos(x) * t), (X,), FORWARD),
    "the smallest of mixed results": (
        only(lambda x: SCALES * np.sin(x), lambda x, t: SCALES * np.cos(x) * t * np.array([-1.0, 1, 1])), (X,), FORWARD),
    "sign beside a large constant": (
        only(lambda x: 1.0 + 1e-8 * np.sin(x), lambda x, t: -1e-8 * np.cos(x) * t), (X,), FORWARD),
    "lost beside a large constant": (only(lambda x: 1.0 + 1e-9 * np.sin(x), lambda x, t: 0.0 * t), (X,), FORWARD),
    "small argument beside a large one": (
        only(lambda x: np.sum(x), lambda x, t: t[0] - t[1]), (np.array([1e6, 1e-3]),), FORWARD),
    "small argument lost in the rounding of a sum of squares": (
        only(lambda x: np.sum(x**2), lambda x, t: 2 * x[0] * t[0] - 2 * x[1] * t[1]), (np.array([1e6, 1e-3]),), FORWARD),
    "second argument of another scale": (
        pair(lambda x, y: x + y, lambda p, t: t[0] + 1.01 * t[1]), (1e6, 1e-6), FORWARD),
    "tiny argument": (only(lambda x: np.log(x), lambda x, t: 1.001 * t / x), (np.array([1e-6, 1e-9]),), FORWARD),
    "tiny argument, large derivative": (only(lambda x: np.exp(x), lambda x, t: -t), (1e-17,), FORWARD),
    "tiny argument, wrong everywhere": (
        only(lambda x: np.sqrt(x), lambda x, t: 0.49 * t / np.sqrt(x)), (np.array([1e-3, 2e-3]),), FORWARD),
    "large argument": (only(lambda x: np.sin(x), lambda x, t: 1.001 * np.cos(x) * t), (np.array([1e5, 3e4]),), FORWARD),
    "float32": (only(lambda x: np.sin(x), lambda x, t: np.float32(1.02) * np.cos(x) * t), (X.astype(np.float32),), FORWARD),
    # places
    "one element of 40": (
        only(lambda x: x**2, lambda x, t: 2 * x * t * at_place(x, 17, 1.001)), (LARGE,), FORWARD),
    "one element of 40 in a sum": (
        only(lambda x: np.sum(x**2), lambda x, t: np.sum(2 * x * t * at_place(x, 31, 0.99))), (LARGE,), FORWARD),
    "an entry off the diagonal": (
        only(lambda x: A @ x, lambda x, t: (A + np.eye(3)[[1, 0, 2]] * [1e-3, 0, 0]) @ t), (X,), FORWARD),
    "transposed matrix": (only(lambda x: A @ x, lambda x, t: A.T @ t), (X,), FORWARD),
    "one result of a structure": (
        only(lambda x: {"a": np.sin(x), "b": [x * 1.0, np.cos(x)]},
             lambda x, t: {"a": np.cos(x) * t, "b": [t, np.sin(x) * t]}), (X,), FORWARD),
    "one leaf of a structure": (
        dd.custom_jvp(lambda p: p["a"] * p["b"]), ({"a": X, "b": X[::-1].copy()},), FORWARD),
    "neglected argument": (pair(lambda x, y: x * y, lambda p, t: p[1] * t[0]), (X, X + 2.0), FORWARD),
    "a complex result's phase": (
        only(lambda x: np.exp(1j * x), lambda x, t: -1j * np.exp(1j * x) * t), (X,), FORWARD),
    "beside an integer argument": (
        pair(lambda x, n: x**n, lambda p, t: (p[1] + 1) * p[0] ** (p[1] - 1) * t[0]), (X, 3), FORWARD),
    "beside a string": (
        pair(lambda x, kind: np.sin(x) if kind == "sin" else np.cos(x), lambda p, t: np.cos(p[0]) * t[0]),
        (X, "cos"), FORWARD),
    "beside None": (pair(lambda x, y: 2.0 * x, lambda p, t: t[0]), (X, None), FORWARD),
    "nan": (only(lambda x: np.sin(x), lambda x, t: np.nan * t), (X,), FORWARD),
    "inf": (only(lambda x: np.sin(x), lambda x, t: np.inf * t), (X,), FORWARD),
    "a derivative where there is none": (only(lambda x: np.floor(x), lambda x, t: 1e-6 * t), (X,), FORWARD),
    "oscillating": (only(lambda x: np.sin(1e4 * x), lambda x, t: 1.01e4 * np.cos(1e4 * x) * t), (X,), FORWARD),
    "wrong beyond a kink": (
        only(lambda x: np.abs(x - 1), lambda x, t: t), (np.array([1.0 - 1e-6, 2.0]),), FORWARD),
    "nearly right": (only(lambda x: np.exp(x), lambda x, t: (1 + 1e-5) * np.exp(x) * t), (X,), FORWARD),
    # the rule and its directions
    "absolute value of the tangent": (only(lambda x: np.sin(x), lambda x, t: np.cos(x) * np.abs(t)), (X,), FORWARD),
    "an additive constant": (only(lambda x: np.sin(x), lambda x, t: np.cos(x) * t + 1e-9), (X,), FORWARD),
    "small tangents cut off": (
        only(lambda x: np.sin(x), lambda x, t: np.cos(x) * np.where(np.abs(t) > 1e-4, t, 0.0)), (X,), FORWARD),
    "normalised tangents": (
        only(lambda x: np.sin(x), lambda x, t: np.cos(x) * t / max(1.0, np.max(np.abs(t)))), (X,), FORWARD),
    "two directions swapped": (batched(lambda x: np.sin(x), lambda x, t: np.cos(x) * t[::-1]), (X,), FORWARD),
    **{f"one of {k} directions": (batched(lambda x: np.sin(x), lambda x, t, k=k: mixed_rows(x, t, k)), (LARGE,), FORWARD)
       for k in (2, 3, 5, 40)},
    "directions above two summed": (
        batched(lambda x: np.sin(x), lambda x, t: np.cos(x) * (t if len(t) < 3 else t + 0 * t + np.sum(t, 0) * 1e-3)),
        (X,), FORWARD),
    "the value": (pair(lambda x: np.sin(x), lambda p, t: np.cos(p[0]) * t[0]), (X,), FORWARD),
    # orders
    "second order by 1 %": (curved(1), (X,), SECOND),
    "second order, a constant": (
        only(lambda x: np.sin(x), lambda x, t: np.cos(dd.stop_gradient(x)) * t), (X,), SECOND),
    "second order, sign": (
        only(lambda x: np.sin(x), lambda x, t: second_of(x, 1.0) * t), (X,), SECOND),
    "third order": (curved(2), (X,), THIRD),
    "fourth order": (curved(3), (1.3,), {"order": 4, "modes": "forward"}),
    "second order, 1e-9 scale": (
        only(lambda x: 1e-9 * np.sin(x), lambda x, t: 1e-9 * second_of(x, 1.0) * t), (X,), SECOND),
    "second order, one element": (
        only(lambda x: x**3, lambda x, t: 3 * (x**2 * at_place(LARGE, 5, 0) + dd.stop_gradient(x**2) * at_place(LARGE, 5, 1)
             * (1 - at_place(LARGE, 5, 0))) * t), (LARGE,), SECOND),
    # transposes
    "transpose by 1 %": (
        linear(lambda x: A @ x, lambda x: (None, (lambda t: A @ t, lambda w: 1.01 * (A.T @ w)))), (X,), {}),
    "transpose not transposed": (linear(lambda x: A @ x, lambda x: (None, (lambda t: A @ t, lambda w: A @ w))), (X,), {}),
    "one element of the transpose": (
        linear(lambda x: 2 * x, lambda x: (None, (lambda t: 2 * t, lambda w: 2 * w * at_place(LARGE, 7, 1.001)))),
        (LARGE,), {}),
    "transpose of the smallest result": (
        linear(lambda x: SCALES * x, lambda x: (None, (lambda t: SCALES * t, lambda w: SCALES * w * [-1, 1, 1]))),
        (X,), {}),
    "transpose by a small argument": (
        linear(lambda x: np.sum(x), lambda x: (None, (lambda t: np.sum(t), lambda w: w * np.array([1.0, -1.0])))),
        (np.array([1e6, 1e-6]),), {}),
    "transpose of 1e-12": (
        linear(lambda x: 1e-12 * x, lambda x: (None, (lambda t: 1e-12 * t, lambda w: -1e-12 * w))), (X,), {}),
}
FAULTS["one leaf of a structure"][0].defjvp(
    lambda p, t: (None, p[0]["a"] * t[0]["b"] + p[0]["b"] * t[0]["b"]))
FAULTS["the value"][0].defjvp(lambda p, t: (np.sin(p[0]) * (1 + 2.3e-16), np.cos(p[0]) * t[0]))


def by_level(order):
    """A sine whose rule tells how deep it is nested, and is wrong from an order on."""
    def rule(p, t):
        x, level = p[0], 1
        while hasattr(x, "tangents"):
            level, x = level + 1, x.value
        return None, np.cos(p[0]) * t[0] * (1.02 if level >= order else 1.0)

    g = dd.custom_jvp(lambda x: np.sin(x))
    g.defjvp(rule)
    return g


def transposed(f, forward, backward):
    return linear(f, lambda x: (None, (forward, backward)))


NEAR_ONE = np.eye(3) + 0.1 * A
LONG = np.linspace(1.0, 2.0, 300)
TINY = np.logspace(-12, 0, 3000)

FAULTS |= {
    "inverse, a sign": (only(lambda M: np.linalg.inv(M), lambda M, T: np.linalg.inv(M) @ T @ np.linalg.inv(M)), (NEAR_ONE,), FORWARD),
    "determinant, a transpose": (
        only(lambda M: np.linalg.det(M), lambda M, T: np.linalg.det(M) * np.trace(np.linalg.inv(M).T @ T)), (NEAR_ONE,), FORWARD),
    "one term of 100 dropped": (
        only(lambda x: np.sum(np.exp(x)), lambda x, t: np.sum((np.exp(x) * t)[1:])), (np.linspace(0, 1, 100),), FORWARD),
    "rolled the wrong way": (
        only(lambda x: np.roll(x, 1) * x, lambda x, t: np.roll(t, -1) * x + np.roll(x, 1) * t), (LARGE,), FORWARD),
    "the other branch": (only(lambda x: np.where(x > 0, x**2, x**3), lambda x, t: 2 * x * t), (X,), FORWARD),
    "Python number": (only(lambda x: float(x) ** 2, lambda x, t: 2.02 * x * t), (1.5,), FORWARD),
    "np.float64 at 1e-9": (only(lambda x: x**2, lambda x, t: -2 * x * t), (np.float64(1e-9),), FORWARD),
    "at 1e-100": (only(lambda x: x**2, lambda x, t: -2 * x * t), (1e-100,), FORWARD),
    "at 1e100": (only(lambda x: x**2, lambda x, t: 2.01 * x * t), (1e100,), FORWARD),
    "at 0": (only(lambda x: np.sin(x), lambda x, t: 1.01 * np.cos(x) * t), (0.0,), FORWARD),
    "shared term at zeros": (only(lambda x: np.sin(x) + x[0], lambda x, t: np.cos(x) * t), (np.zeros(4),), FORWARD),
    "second result": (only(lambda x: (x**2, np.sum(x)), lambda x, t: (2 * x * t, 2 * np.sum(t))), (X,), FORWARD),
    "argument of little effect": (pair(lambda x, y: x + 1e-9 * y, lambda p, t: t[0]), (X, X + 1), FORWARD),
    "tiny argument's sign": (pair(lambda x, y: x * y, lambda p, t: p[1] * t[0] - p[0] * t[1]), (1e8, 1e-8), FORWARD),
    "float32, small": (
        only(lambda x: np.float32(1e-8) * np.sin(x), lambda x, t: -np.float32(1e-8) * np.cos(x) * t), (X.astype(np.float32),), FORWARD),
    "directions above two lost": (
        batched(lambda x: np.exp(x), lambda x, t: np.exp(x) * np.concatenate([t[:2], 0 * t[2:]])), (X,), FORWARD),
    "the first direction for all": (
        batched(lambda x: np.exp(x), lambda x, t: np.exp(x) * np.broadcast_to(t[:1], t.shape)), (X,), FORWARD),
    "direction 25 of 40": (
        batched(lambda x: np.exp(x), lambda x, t: np.exp(x) * t * np.where(np.arange(len(t)) == 25, 0.9, 1.0)[:, None]),
        (LARGE,), FORWARD),
    **{f"nested, order {n}": (by_level(n), (X,), {"order": n, "modes": "forward"}) for n in (2, 3, 4)},
    "mixed partial": (
        pair(lambda x, y: x * y, lambda p, t: dd.stop_gradient(p[1]) * t[0] + p[0] * t[1]), (2.0, 3.0), SECOND),
    "a quadratic term in the tangent": (only(lambda x: x**2, lambda x, t: 2 * x * t + 1e-4 * t**2), (X,), FORWARD),
    "half of the tangents": (only(lambda x: x**2, lambda x, t: 2 * x * np.maximum(t, 0)), (X,), FORWARD),
    "cosine for sine, fast": (only(lambda x: np.cos(1e5 * x), lambda x, t: 1e5 * np.sin(1e5 * x) * t), (X,), FORWARD),
    "edge of a domain": (only(lambda x: np.sqrt(x), lambda x, t: 0.51 * t / np.sqrt(x)), (np.array([1e-14, 1e-3]),), FORWARD),
    "nothing": (only(lambda x: np.sin(x), lambda x, t: 0 * t), (X,), FORWARD),
    "nothing of a small result": (
        only(lambda x: x * np.array([1, 1e-15, 1]), lambda x, t: t * np.array([1.0, 0, 1])), (X,), FORWARD),
    "something of a constant": (
        only(lambda x: np.array([x[0], 1.0]), lambda x, t: np.array([t[0], 1e-7 * t[0]])), (X,), FORWARD),
    "transpose: one of 300": (
        transposed(lambda x: 2 * x, lambda t: 2 * t, lambda w: 2 * w * (np.arange(300) != 123)), (LONG,), {}),
    "transpose: one of 3000": (
        transposed(lambda x: 2 * x, lambda t: 2 * t, lambda w: 2 * w * (np.arange(3000) != 123)), (TINY + 1,), {}),
    "transpose: the smallest of 3000": (
        transposed(lambda x: TINY * x, lambda t: TINY * t, lambda w: TINY * w * np.where(TINY < 1e-11, -1, 1)), (TINY + 1,), {}),
    "transpose: nothing": (transposed(lambda x: SCALES * x, lambda t: SCALES * t, lambda w: 0 * w), (X,), {}),
    "transpose: not linear": (transposed(lambda x: 2 * x, lambda t: 2 * t, lambda w: 2 * np.abs(w)), (X,), {}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_found(name):
    f, primals, options = FAULTS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UncheckedWarning)       # to be called unchecked is not to be found
        with pytest.raises(AssertionError):
            check_derivative(f, *primals, **options)


@dataclasses.dataclass
class Model:
    weights: np.ndarray
    bias: float
    name: str = dataclasses.field(default="m", metadata={"static": True})


def heat(u):
    """A few steps of an explicit scheme."""
    u = u * 1.0
    for _ in range(5):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u


def interpolated(x):
    return np.interp(x, np.linspace(0, 2, 9), np.sin(np.linspace(0, 2, 9)))


def by_kind(x, kind, n, nothing=None):
    return {"sin": np.sin, "cos": np.cos}[kind](x) ** n


def picked(x, index):
    return x[index] ** 2


def noisy(x):
    """Right to 1e-10 only, as iterations are."""
    return np.sin(x) + 1e-10 * np.floor(1e9 * dd.stop_gradient(x) % 7)


POSITIVE = np.array([0.2, 1.5, 3.0])
SPD = A @ A.T + np.eye(3)
BOTH = {"order": 2}

RIGHT = {
    # edges of domains
    "log at 1e-6": (np.log, (np.array([1e-6, 1e-12]),), BOTH),
    "log at 1e-300": (np.log, (1e-300,), {}),
    "sqrt at 1e-12": (np.sqrt, (np.array([1e-12, 1.0]),), BOTH),
    "sqrt at 1e-3, 2e-3": (np.sqrt, (np.array([1e-3, 2e-3]),), BOTH),
    "arcsin near 1": (np.arcsin, (np.array([1 - 1e-6, -1 + 1e-9]),), {}),
    "arccosh near 1": (np.arccosh, (np.array([1 + 1e-7, 2.0]),), {}),
    "arctanh near 1": (np.arctanh, (np.array([1 - 1e-8, 0.0]),), {}),
    "1/x at 1e-9": (lambda x: 1 / x, (np.array([1e-9, -1e-5]),), BOTH),
    "log1p near -1": (np.log1p, (np.array([-1 + 1e-9]),), {}),
    "power near 0": (lambda x: x**1.5, (np.array([1e-10, 1.0]),), BOTH),
    "tan near the pole": (np.tan, (np.array([np.pi / 2 - 1e-5]),), {}),
    "xlogy": (lambda x: x * np.log(x), (np.array([1e-20, 1e-3, 1.0]),), {}),
    # scales
    "a pair of 1e-3, 2e-3": (lambda x: np.prod(x) + np.exp(x), (np.array([1e-3, 2e-3]),), BOTH),
    "large and small": (lambda x: np.sin(x[0] / 1e6) * x[1], (np.array([1e6, 1e-6]),), BOTH),
    "large and small, apart": (lambda x, y: np.log(x) + y**2, (1e-8, 1e4), BOTH),
    "sum of large and small": (lambda x: np.sum(x), (np.array([1e6, 1e-3, 1e-12]),), BOTH),
    "sum of squares of large and small": (lambda x: np.sum(x**2), (np.array([1e6, 1e-3]),), {}),
    "results of mixed scale": (lambda x: np.array([1e-12, 1.0, 1e12]) * np.sin(x), (X,), BOTH),
    "1e-200": (lambda x: 1e-200 * np.exp(x), (X,), BOTH),
    "1e200": (lambda x: 1e200 * np.exp(x), (X,), BOTH),
    "exp at 1e-17": (np.exp, (1e-17,), {}),
    "at zero": (lambda x: np.sin(x) * np.exp(x), (np.zeros(3),), BOTH),
    "zero among large": (np.exp, (np.array([0.0, 300.0]),), BOTH),
    "zero among 1e6": (lambda x: np.sin(x) + x, (np.array([0.0, 1e6]),), {}),
    "softmax": (lambda x: np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x))), (np.array([0.0, -20.0, 30.0]),), {}),
    "logsumexp": (lambda x: np.log(np.sum(np.exp(x))), (np.array([-30.0, 1.0, 5.0]),), BOTH),
    "a large constant": (lambda x: 1e6 + np.sin(x), (X,), {}),
    "a very large constant": (lambda x: 1.0 + 1e-12 * np.sin(x), (X,), {}),
    "cancels to a constant": (lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, (X,), {}),
    "constant": (lambda x: x * 0.0 + np.ones(3), (X,), {"modes": "forward"}),
    "difference of large numbers": (lambda x: (1e8 + x) - 1e8, (X,), {}),
    # oscillations, noise, kinks
    "sin(1e3 x)": (lambda x: np.sin(1e3 * x), (X,), BOTH),
    "sin(1e6 x)": (lambda x: np.sin(1e6 * x), (X,), {}),
    "a period of all steps": (lambda x: np.sin(2 * np.pi * 1024 * x), (np.array([1.0, 2.0]),), {}),
    "sin at 1e6": (np.sin, (np.array([1e6, -3e5]),), {}),
    "kink away": (np.abs, (np.array([1e-3, -1e-9, 5.0]),), BOTH),
    "kink near, far from zero": (lambda x: np.abs(x - 1), (np.array([1 + 1e-5, 1 - 1e-4]),), {}),
    "kink at the point": (np.abs, (np.array([0.0, 1.0]),), FORWARD),
    "maximum": (lambda x: np.maximum(x, 0.3), (X + 1e-4,), {}),
    "clip": (lambda x: np.clip(x, -0.5, 1.0), (X,), {}),
    "where": (lambda x: np.where(x > 0, np.sqrt(np.abs(x)), x**2), (X,), BOTH),
    "floor away from the step": (lambda x: np.floor(x) * x, (X,), {}),
    "sort": (np.sort, (X,), BOTH),
    "norm": (lambda x: np.linalg.norm(x), (1e-5 * X,), BOTH),
    "steep": (lambda x: np.tanh(1e5 * (x - 0.3 + 1e-6)), (X,), {}),
    "gaussian far out": (lambda x: np.exp(-(x**2) / 2), (np.array([10.0, -3.0, 0.0]),), BOTH),
    "interpolation": (interpolated, (np.array([0.3, 1.1]),), {}),
    "noisy": (noisy, (X,), {}),
    # dtypes, structures, arguments
    "float32": (lambda x: np.sin(x) * x, (X.astype(np.float32),), {}),
    "float32 scales": (lambda x: np.exp(x), (np.array([1e-3, 5.0], np.float32),), {}),
    "float32 and float64": (lambda x, y: x * y, (X.astype(np.float32), X), {}),
    "float32 inside": (lambda x: np.sin(x.astype(np.float32)) * 2, (X,), {"rtol": 1e-3}),
    "Python numbers": (lambda x, y: math.pi * x**2 * y, (2.0, 3.0), {"order": 3}),
    "np.float64": (lambda x: np.exp(x) * x, (np.float64(0.5),), {"order": 3}),
    "integers alone": (lambda x: x**2, (np.array([1, 2, 3]),), BOTH),
    "an integer beside": (lambda x, n: x**n, (X, 3), BOTH),
    "an index": (picked, (X, np.array([0, 2, 2])), BOTH),
    "a string, an integer and None": (by_kind, (X, "cos", 2, None), BOTH),
    "a slice and a function": (lambda x, s, g: g(x[s]), (X, slice(0, 2), np.exp), {}),
    "a dict": (lambda p: {"y": p["a"] * p["b"], "z": [p["b"] ** 2]}, ({"a": X, "b": 2.0, "kind": "x", "n": 3},), BOTH),
    "a dataclass": (lambda m: m.weights * m.bias, (Model(X, 2.0),), BOTH),
    "an empty array beside": (lambda x, e: x * 2 + np.sum(e), (X, np.zeros(0)), {}),
    "complex result": (lambda x: np.exp(1j * x) * x, (X,), {}),
    "complex and real results": (lambda x: (np.exp(1j * x), x**2), (X,), {}),
    "writes into its argument": (heat, (np.linspace(0, 1, 8) ** 2,), {}),
    "Fortran order": (lambda x: np.exp(x) @ x.T, (np.asfortranarray(A / 3),), {}),
    "strided": (lambda x: np.cumsum(x**2), (np.arange(1.0, 11.0)[::3],), BOTH),
    "200 elements": (lambda x: np.sin(x) * np.sum(x**2), (np.linspace(0.1, 1, 200),), {}),
    "mixed scales, 40 elements": (lambda x: np.log(x) * 3, (np.logspace(-12, 8, 40),), BOTH),
    "integer results beside": (lambda x: (x**2, np.argmax(x)), (X,), FORWARD),
    "outer": (lambda x, y: (np.outer(x, y), np.sum(x) / y), (X, np.array([1.0, 2.0])), BOTH),
    # linear algebra and special functions
    "inverse": (np.linalg.inv, (A,), BOTH),
    "nearly singular solve": (
        lambda M: np.linalg.solve(M, np.ones(2)), (np.array([[1.0, 1.0], [1.0, 1.0 + 1e-5]]),), {}),
    "slogdet": (lambda M: np.linalg.slogdet(M)[1], (SPD,), BOTH),
    "cholesky": (np.linalg.cholesky, (SPD,), {}),
    "eigvalsh": (np.linalg.eigvalsh, (SPD,), {}),
    "fft": (lambda x: np.abs(np.fft.fft(x)) ** 2, (X,), {}),
    "gammaln": (sp.gammaln, (np.array([1e-5, 0.5, 30.0]),), BOTH),
    "digamma": (sp.psi, (POSITIVE,), BOTH),
    "erf and erfc": (lambda x: sp.erf(x) + 1e5 * sp.erfc(x), (np.array([0.1, 4.0, -2.0]),), BOTH),
    "bessel": (lambda x: sp.jv(0, x), (np.array([0.5, 40.0]),), {}),
    "logit near 1": (sp.logit, (np.array([1 - 1e-9, 0.5]),), {}),
    "expit far out": (sp.expit, (np.array([-600.0, 30.0, 0.0]),), {}),
    "ndtri": (sp.ndtri, (np.array([1e-6, 0.3]),), {}),
    # rules of one's own
    "a custom rule": (only(lambda x: np.sin(x), lambda x, t: np.cos(x) * t), (X,), {"order": 3}),
    "a batched one": (batched(lambda x: np.sin(x), lambda x, t: np.cos(x) * t), (X,), {"order": 3}),
    "with an integer": (pair(lambda x, n: x**n, lambda p, t: p[1] * p[0] ** (p[1] - 1) * t[0]), (X, 3), BOTH),
    "its own hierarchy": (curved(99), (X,), {"order": 3}),
    "a linear map": (linear(lambda x: A @ x, lambda x: (None, A)), (X,), BOTH),
    "mixed scales, linear": (linear(lambda x: SCALES * x, lambda x: (None, np.diag(SCALES))), (X,), BOTH),
}


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def heron(x):
    y = 1.0
    for _ in range(30):
        y = 0.5 * (y + x / y)
    return y


M = np.random.default_rng(5).standard_normal((4, 4))
HILBERT = 1.0 / (1.0 + np.arange(5)[:, None] + np.arange(5))

RIGHT |= {
    "log from 1e-6 to 1e6": (np.log, (np.logspace(-6, 6, 5),), BOTH),
    "a circle's end": (lambda x: np.sqrt(1 - x**2), (np.array([0.999999, 0, 0.5]),), {}),
    "x**x": (lambda x: x**x, (np.array([1e-5, 2.0]),), BOTH),
    "a pole at 1e-7": (lambda x: 1 / (1 - x), (1 - 1e-7,), {}),
    "exp at 700": (np.exp, (np.array([700.0, -700.0, 0]),), {}),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), (np.array([-40.0, 0, 40.0]),), {}),
    "softplus": (lambda x: np.logaddexp(0, x), (np.array([-40.0, 0, 40.0]),), BOTH),
    "a polynomial of mixed sizes": (lambda x: np.polyval([1, -3, 2, 1e-3], x), (np.array([1e3, 1e-3, -1.0]),), BOTH),
    "rosenbrock at its minimum": (rosenbrock, (np.ones(3),), BOTH),
    "rosenbrock": (rosenbrock, (np.array([-1.2, 1, 2.0]),), {"order": 3}),
    "a gradient": (dd.grad(rosenbrock), (np.array([-1.2, 1, 2.0]),), FORWARD),
    "sin(1/x)": (lambda x: np.sin(1 / x), (np.array([1e-2, 1e-3]),), {}),
    "sin(x**2)": (lambda x: np.sin(x**2), (np.array([50.0, -30]),), BOTH),
    "a hundred million": (np.cos, (1e8,), {}),
    "kinks at 1e-6": (lambda x: np.maximum(x, 1.0), (np.array([1 + 1e-6, 1 - 1e-6]),), {}),
    "kinks at 1e-8 and 0": (lambda x: np.maximum(x, 0), (np.array([1e-8, -1e-8, 1]),), {}),
    "nearly a tie": (np.max, (np.array([1.0, 5, 4.99999]),), {}),
    "median": (np.median, (np.array([1.0, 5, 3, 2, 9]),), {}),
    "huber": (lambda r: np.where(np.abs(r) < 1, r**2 / 2, np.abs(r) - 0.5), (np.array([0.5, 1.0001, -3]),), {}),
    "remainder": (lambda x: x % 0.1, (np.array([0.05, 0.1234]),), {}),
    "x |x| at 0": (lambda x: x * np.abs(x), (np.array([0.0, 1.0]),), {}),
    "x**2 at 0": (lambda x: x**2, (np.zeros(2),), BOTH),
    "x**3 at 0": (lambda x: x**3, (np.array([0.0, 1.0]),), {"order": 3}),
    "sinc at 0": (np.sinc, (np.array([0.0, 0.5]),), BOTH),
    "exp(-1/x**2)": (lambda x: np.exp(-1 / x**2), (np.array([0.05, 1.0]),), {}),
    "runge": (lambda x: 1 / (1 + 25 * x**2), (np.array([-1.0, 0, 0.2]),), BOTH),
    "a large offset": (lambda x: 1e10 + x**2, (X,), {}),
    "product of 1e-100 and 1e100": (np.prod, (np.array([1e-100, 1e100, 2.0]),), {}),
    "hypot at 1e200": (np.hypot, (3e200, 4e200), {}),
    "results of 1e-30 and 1e30": (lambda x: np.array([1e-30, 1e30]) * x[0] * x[1], (np.array([1e10, 1e-10]),), BOTH),
    "variance far from 0": (np.var, (1e4 + X,), {}),
    "small standard deviation": (np.std, (1e-6 * X,), {}),
    "differences of large numbers": (np.diff, (1e5 + 1e-3 * np.arange(5.0),), {}),
    "convolution of mixed sizes": (lambda a, b: np.convolve(a, b), (X, np.array([1e6, 1e-6])), {}),
    "matrix times mixed sizes": (lambda a, b: a @ b, (M, np.array([1e-9, 1, 1e9, 2])), {}),
    "cumulative product": (np.cumprod, (np.array([1e-3, 1e3, 2, 1e-5]),), BOTH),
    "iteration": (heron, (np.array([2.0, 1e4]),), {}),
    "hilbert matrix": (lambda b: np.linalg.solve(HILBERT, b), (np.ones(5),), {}),
    "inverse of a hilbert matrix": (np.linalg.inv, (HILBERT[:4, :4],), {}),
    "badly scaled system": (np.linalg.solve, (np.diag([1e-6, 1, 1e6, 1]) + 1e-8, np.ones(4)), {}),
    "small determinant": (np.linalg.det, (1e-5 * M,), {}),
    "matrix power": (lambda M: np.linalg.matrix_power(M, 3), (M[:3, :3],), BOTH),
    "singular values": (lambda M: np.linalg.svd(M, compute_uv=False), (M,), {}),
    "qr": (lambda M: np.linalg.qr(M)[1], (M,), {}),
    "pinv": (np.linalg.pinv, (M[:, :2],), {}),
    "erfinv near 1": (sp.erfinv, (np.array([0.999999, 0.1]),), {}),
    "gamma": (sp.gamma, (np.array([0.1, 5.5, -1.5]),), {}),
    "betaln": (sp.betaln, (1e-3, 20.0), {}),
    "ellipk": (sp.ellipk, (np.array([0.1, 0.999]),), {}),
    "kv": (lambda x: sp.kv(1, x), (np.array([1e-3, 5.0]),), {}),
    "log_ndtr": (sp.log_ndtr, (np.array([-20.0, 0, 3]),), {}),
    "ndtr": (sp.ndtr, (np.array([-8.0, 0, 3]),), {}),
    "hyp2f1": (lambda x: sp.hyp2f1(1.0, 2.0, 3.0, x), (np.array([0.1, 0.9]),), {}),
    "float32 from 1e-5 to 1e5": (np.sqrt, (np.array([1e5, 1e-5], np.float32),), {}),
    "float32 sum": (lambda x: np.sum(x**2), (np.linspace(0, 1, 50, dtype=np.float32),), {}),
    "np.float32": (np.exp, (np.float32(0.5),), {}),
    "a flag": (lambda x, flag: x**2 if flag else x, (X, True), {}),
    "a shape": (lambda x, shape: x.reshape(shape) ** 2, (np.arange(6.0) + 1, (2, 3)), {}),
    "a function first": (lambda f, x: f(x), (np.sin, X), BOTH),
    "None in a dict": (lambda p: p["a"] ** 2, ({"a": X, "b": None},), {}),
    "np.int64": (lambda x, n: x**n, (X, np.int64(3)), {}),
    "a list of numbers": (lambda xs: xs[0] * xs[1], ([2.0, 3.0],), BOTH),
    "an empty result": (lambda x: (x[:0], x**2), (X,), {}),
    "no dimensions": (np.sin, (np.array(0.5),), BOTH),
    "5000 elements": (np.sin, (np.linspace(0, 100, 5000),), {}),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_derivatives_pass(name):
    """Nothing is wrong, and nothing is left unchecked (warnings are errors here)."""
    f, primals, options = RIGHT[name]
    check_derivative(f, *primals, **options)
