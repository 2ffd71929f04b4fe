"""Sums that programs fuse: right at every length, in every dtype, by both products; and constants in every function."""

import numpy as np
import pytest

import dualdiff as dd


def total(x):
    s = x[0]
    for e in x[1:]:
        s = s + e
    return s


def of_functions(x):
    s = 0.0
    for i in range(len(x)):
        s = s + np.sin(x[i])
    return s


def weighted(x):
    s = 0.0
    for i in range(len(x)):
        s = s + (i + 1) * x[i] * x[-i]
    return s


def of_vectors(x):
    s = np.zeros(2, dtype=x.dtype)
    for i in range(len(x)):
        s = s + x[i] * np.array([1.0, 2.0], x.dtype)
    return s


def of_shifted(x):
    s = x
    for i in range(len(x)):
        s = s + (i + 1) * np.roll(x, i)
    return s


def in_place(x):
    s = x * 1
    for i in range(len(x)):
        s[i:] += x[: len(x) - i]
    return s


# what is done with a sum that has been fused so far: it may have many terms, few, or be in memory
USES = {
    "s": lambda s, x: s, "s*s": lambda s, x: s * s, "s+s": lambda s, x: s + s, "s**2": lambda s, x: s**2,
    "s-s/2": lambda s, x: s - s / 2, "s*x": lambda s, x: s * x[0] + s, "two": lambda s, x: (s, s * s),
    "hypot": lambda s, x: np.hypot(s, s), "where": lambda s, x: np.where(x[0] > 9, s, s * 2), "stack": lambda s, x: np.stack([s, s, s * 2]),
}  # fmt: skip
SUMS = {f.__name__: f for f in (total, of_functions, weighted, of_vectors, of_shifted, in_place)}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("name", SUMS)
def test_every_length(name, use):
    for n in [*range(1, 27), *range(36, 40), *range(47, 51), 60] if name not in ("of_shifted", "in_place") else [*range(1, 16), 25, 37, 49]:
        x = 0.3 + np.arange(n) / 50
        check(lambda x: USES[use](SUMS[name](x), x), x, 1e-12)


@pytest.mark.parametrize("use", USES)
def test_every_dtype(use):
    for n in (1, 12, 13, 14, 25, 37, 38, 49):
        x = 0.3 + np.arange(n) / 50
        check(lambda x: USES[use](total(x), x), x.astype(np.float32), 1e-4)
        check(lambda x: USES[use](total(list(x)), x), x, 1e-12)
        if use not in ("hypot",):
            check(lambda x: np.abs(flat(USES[use](total(x * (1 + 2j)), x))), x, 1e-12)


def flat(y):
    return np.concatenate([np.ravel(e) for e in y]) if isinstance(y, tuple) else y


def check(f, x, rtol):
    def g(x):
        return flat(f(x))

    _, J = dd.linearize(g, x)
    # columns in chunks of several and one by one, rows likewise
    wanted = np.reshape(dd.jacobian(g, mode="forward")(x), J.shape)
    size = np.max(np.abs(wanted))
    found = {
        "forward": J.dense("forward"), "reverse": J.dense("reverse"),
        "one by one": np.stack([J @ e for e in np.eye(x.size, dtype=x.dtype)], axis=1),
        "transposed": np.stack([J.T @ e for e in np.eye(J.shape[0], dtype=x.dtype)], axis=0),
        "vjp": np.reshape(dd.jacobian(g, mode="reverse")(x), J.shape),
    }  # fmt: skip
    for which, a in found.items():
        np.testing.assert_allclose(a, wanted, rtol=rtol, atol=rtol * size, err_msg=f"{which}, {x.size} elements")


@pytest.mark.parametrize("transform", [
    lambda f, x: dd.jvp(f, (x,), (np.ones_like(x),)), lambda f, x: dd.vjp(f, x)[1](np.ones_like(x)),
    lambda f, x: dd.linearize(f, x), lambda f, x: dd.hessian(lambda x: np.sum(f(x)))(x), lambda f, x: dd.taylor(f, x, np.ones_like(x), order=3),
], ids=["jvp", "vjp", "linearize", "hessian", "taylor"])  # fmt: skip
@pytest.mark.parametrize("function", [np.i0, np.sinc, np.unwrap, np.cumulative_sum, np.linalg.norm, np.nan_to_num,
                                      np.gradient, np.median, np.ptp, np.linalg.pinv, np.fft.rfft, np.trapezoid])
def test_functions_of_constants(function, transform):
    """A buffer that has met no dual is a constant for each of them."""
    def f(x):
        buffer = np.ones_like(x)
        if function is np.linalg.pinv:
            buffer = np.outer(buffer, buffer)
        y = function(buffer)
        value = y.value if hasattr(y, "value") else y
        plain = np.outer(np.ones(3), np.ones(3)) if function is np.linalg.pinv else np.ones(3)
        assert np.array_equal(value, function(plain))
        return x * np.real(np.sum(y))

    transform(f, np.array([1.0, 2.0, 3.0]))


def test_constants_of_no_dimension():
    def f(x):
        for function in (np.i0, np.sinc, np.cumulative_sum, np.cumulative_prod, np.angle):
            zero = np.zeros_like(x)
            assert np.array_equal(np.asarray(function(zero)).astype(float), function(np.array(0.0)))
        return x

    dd.jvp(f, (np.array(1.0),), (np.array(1.0),))
