"""Single operations on ready duals, against the same on floats and plain arrays."""

import operator

import numpy as np
import pytest

from dualdiff import Dual, DualArray

pytestmark = pytest.mark.benchmark(max_time=0.2, min_rounds=5, min_time=1e-5, warmup=False)

UNARY = {
    "-x": operator.neg,
    "x**2": lambda x: x**2,
    "2.0 * x": lambda x: 2.0 * x,
    "np.exp(x)": np.exp,
    "np.sin(x)": np.sin,
    "x[1:]": lambda x: x[1:],
    "x[1]": lambda x: x[1],
    "x.sum()": lambda x: x.sum(),
    "x.reshape(2, 5)": lambda x: x.reshape(2, 5),
}
BINARY = {"x + y": operator.add, "x * y": operator.mul, "x / y": operator.truediv}


@pytest.mark.parametrize("k", [1, 8])
@pytest.mark.parametrize("name", [*BINARY, *UNARY])
def test_array_of_ten(compare, name, k):
    x, y = np.linspace(0.1, 1.0, 10), np.linspace(1.1, 2.0, 10)
    t = np.random.default_rng(0).normal(size=(2, k, 10))
    dx, dy = DualArray(x, t[0]), DualArray(y, t[1])
    if name in BINARY:
        f = BINARY[name]
        compare("n=10, one operation", name, lambda: f(x, y), lambda: f(dx, dy), n=10, m=10, k=k)
    else:
        f = UNARY[name]
        compare("n=10, one operation", name, lambda: f(x), lambda: f(dx), n=10, m=10, k=k)


@pytest.mark.parametrize("name", list(BINARY))
def test_scalar(compare, name):
    f, a, b = BINARY[name], Dual(1.5, 1.0), Dual(2.5, 2.0)
    compare("Dual against float", name, lambda: f(1.5, 2.5), lambda: f(a, b), n=1, m=1, k=1)
