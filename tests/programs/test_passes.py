"""Up to three sums, differences and products in one pass over a block: each is rounded by itself, whatever the operands are."""

import itertools

import numpy as np
import pytest

import dualdiff as dd

STEPS = {
    "add": lambda t, z: t + z, "sub": lambda t, z: t - z, "bus": lambda t, z: z - t, "mul": lambda t, z: t * z,
}  # fmt: skip
SIZES = [2, 3, 4, 5, 7, 8, 9, 31, 33, 255, 513, 1025]
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1e308, -1e308]


def operands(n, seed):
    """Four arrays of n numbers, special ones among them at places of their own."""
    rng = np.random.default_rng(seed)
    found = []
    for k in range(4):
        x = rng.normal(size=n) * 10.0 ** rng.integers(-3, 4, n)
        x[rng.integers(0, n, max(1, n // 10))] = SPECIAL[(seed + k) % len(SPECIAL)]
        found.append(x)
    return found


KINDS = {
    "arrays": lambda xs: xs,
    "a number first": lambda xs: [xs[0][1], *xs[1:]],
    "a number second": lambda xs: [xs[0], xs[1][1], *xs[2:]],
    "a number third": lambda xs: [*xs[:2], xs[2][1], xs[3]],
    "a number last": lambda xs: [*xs[:3], xs[3][1]],
    "two numbers": lambda xs: [xs[0][1], xs[1], xs[2], xs[3][1]],
    "every other element": lambda xs: [np.repeat(xs[0], 2)[::2], xs[1], np.repeat(xs[2], 2)[::2], xs[3]],
    "backwards": lambda xs: [xs[0], xs[1][::-1], xs[2], xs[3][::-1]],
    "rows and columns": lambda xs: [xs[0], xs[1][:2, None], xs[2][:2, None, None], xs[3]],
}


@pytest.mark.parametrize("kind", KINDS)
def test_bits_of_three_in_a_row(kind):
    for count, (first, second, third) in enumerate(itertools.product(("add", "sub", "mul"), STEPS, STEPS)):

        def f(*xs, a=STEPS[first], b=STEPS[second], c=STEPS[third]):
            x, y, z, w = KINDS[kind](xs)
            return c(b(a(x, y), z), w)

        c = dd.compile(f)
        xs = operands(SIZES[count % len(SIZES)], count)
        with np.errstate(all="ignore"):
            for _ in range(2):
                assert c(*xs).tobytes() == f(*xs).tobytes(), (first, second, third)


def test_what_is_read_again_stays():
    """Results that are needed later, memory that is written to while it is read, more than three in a row."""

    def f(x, y):
        a = x * y
        b = a + x
        c = b - y
        d = c * a
        x = x.copy()
        x[1:] = x[:-1] * y[1:] + x[1:] - x[:-1]
        x[:-1] *= x[1:] * y[1:] + d[1:]
        return ((x + b) * c - d + a) * x - y, (b, d)

    rng = np.random.default_rng(0)
    c = dd.compile(f)
    for n in SIZES:
        x, y = rng.normal(size=(2, n))
        for _ in range(2):
            (p, (q, r)), (s, (t, u)) = c(x, y), f(x, y)
            assert p.tobytes() == s.tobytes() and q.tobytes() == t.tobytes() and r.tobytes() == u.tobytes()


SIGNS = {
    "product of negatives": lambda x, y: -x * -y,
    "sums of negatives": lambda x, y: -x + -(x * y) + -y,
    "differences": lambda x, y: (x - y) * (y - x * x) - (-x - y),
    "a bell": lambda x, y: np.exp(-x * x) * y - np.exp(-(y * x)),
    "negative of a broadcast number": lambda x, y: -np.sum(y) * x - x * -np.mean(x),
    "a column": lambda x, y: -x[:, None] * np.cos(y) + (-y[:, None]) * -x,
    "one number of each": lambda x, y: -x[0] * y[1] + -(y[0] * -x[1]) - x[2] * -y[2],
    "quotients": lambda x, y: -x / (2.0 - -y) - (-y) / (x * x + 1.0),
    "nothing else": lambda x, y: -(-(-x)),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("name", SIGNS)
def test_signs_move_outwards_in_derivatives(name, dtype):
    f = SIGNS[name]
    c = dd.compile(f)
    rng = np.random.default_rng(0)
    x, y, v, w = (rng.normal(size=7).astype(dtype) for _ in range(4))
    rtol = 1e-12 if dtype == np.float64 else 3e-5
    for _ in range(2):
        value, tangent = dd.jvp(c, (x, y), (v, w))
        np.testing.assert_array_equal(value, f(x, y))
        np.testing.assert_allclose(tangent, dd.jvp(f, (x, y), (v, w))[1], rtol=rtol, atol=rtol)
        u = np.ones_like(value)
        for a, b in zip(dd.vjp(c, x, y)[1](u), dd.vjp(f, x, y)[1](u), strict=True):
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
    if dtype == np.float64:
        total, plain = dd.compile(lambda x, y: np.sum(f(x, y) * f(x, y))), lambda x, y: np.sum(f(x, y) * f(x, y))
        np.testing.assert_allclose(dd.hessian(total)(x, y), dd.hessian(plain)(x, y), rtol=1e-11, atol=1e-11)
