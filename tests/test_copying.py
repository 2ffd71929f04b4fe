"""Long windows that are written: the copies of copying.h give what NumPy's give, wherever the two lie in their pages."""

import numpy as np
import pytest

import dualdiff as dd

WINDOWS = [
    np.s_[1:, :], np.s_[:-1, :], np.s_[:, 1:], np.s_[:, :-1], np.s_[1:-1, 2:-1], np.s_[::2, 1:], np.s_[:, ::2], np.s_[1:],
]  # fmt: skip


def random(shape, dtype, seed):
    rng = np.random.default_rng(seed)
    found = rng.normal(size=shape).astype(dtype)
    return found + 1j * rng.normal(size=shape).astype(found.real.dtype) if found.dtype.kind == "c" else found


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
@pytest.mark.parametrize("n", [63, 255, 256, 1031, 5000])
@pytest.mark.parametrize("key", WINDOWS, ids=str)
def test_writing_a_window_is_writing_it_into_values_and_tangents(key, n, dtype):
    x, y = random((4, n), dtype, 0), random((4, n), dtype, 1)
    z = x[key].copy()
    directions = [random((3, *a.shape), dtype, seed) for seed, a in enumerate((y, z), 2)]

    def f(y, z):
        y = y * 1.0
        y[key] = z
        y[key] += 2.0 * z
        return y

    value, found = dd.jvp(f, (y, z), tuple(directions))
    assert np.array_equal(value, f(y, z))
    for k in range(3):
        assert np.array_equal(found[k], f(directions[0][k], directions[1][k]))


@pytest.mark.parametrize("n", [300, 4096, 20_000])
@pytest.mark.parametrize("to, source", [(np.s_[1:], np.s_[:-1]), (np.s_[:-1], np.s_[1:]), (np.s_[2:], np.s_[:-2])])
def test_windows_that_overlap_are_copied_as_if_the_source_had_been_read_first(to, source, n):
    x, t = random(n, np.float64, 0), random((2, n), np.float64, 1)

    def f(x):
        x = x.copy()
        x[to] = x[source]
        return x

    value, found = dd.jvp(f, (x,), (t,))
    assert np.array_equal(value, f(x))
    assert np.array_equal(found, [f(row) for row in t])


@pytest.mark.parametrize("n", [256, 1000, 4096])
def test_compiled_writes_of_windows(n):
    def f(x):
        y = np.zeros_like(np.concatenate([x, x[:3]]))
        y[1:-2] = x
        w = np.concatenate([x[1:], y[2:]])
        return w[1:] - 0.5 * w[:-1]

    x, v = random(n, np.float64, 0), random(n, np.float64, 1)
    value, tangent = dd.jvp(dd.compile(f), (x,), (v,))
    assert np.array_equal(value, f(x))
    assert np.array_equal(tangent, f(v))


OPERANDS = {
    "a dual": lambda x, y, key: y[key],
    "a dual, turned": lambda x, y, key: y[key][::-1],
    "a part of itself": lambda x, y, key: x[key][:, ::-1],
    "itself": lambda x, y, key: x[key],
    "a row": lambda x, y, key: y[key][0],
    "a number": lambda x, y, key: 1.5,
    "a whole number": lambda x, y, key: 3,
    "a dual number": lambda x, y, key: y[1, 2],
    "a plain array": lambda x, y, key: np.linspace(0.0, 1.0, 4 * N).reshape(4, N)[key],
    "a plain row": lambda x, y, key: np.linspace(0.0, 1.0, 4 * N).reshape(4, N)[key][0],
    "whole numbers": lambda x, y, key: np.arange(4 * N).reshape(4, N)[key],
}
N = 3001


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("minus", [False, True])
@pytest.mark.parametrize("key", [np.s_[:], np.s_[1:, 3:], np.s_[::2, ::-2], np.s_[:, 1:-1]], ids=str)
@pytest.mark.parametrize("name", OPERANDS)
def test_adding_in_place_is_adding(name, key, minus, dtype):
    x, y = random((4, N), dtype, 0), random((4, N), dtype, 1)
    directions = random((2, 3, 4, N), dtype, 2)

    def in_place(x, y):
        x = x * 1.0
        if minus:
            x[key] -= OPERANDS[name](x, y, key)
        else:
            x[key] += OPERANDS[name](x, y, key)
        return x

    def apart(x, y):
        x = x * 1.0
        z = OPERANDS[name](x, y, key) * x.dtype.type(1)
        x[key] = x[key] - z if minus else x[key] + z
        return x

    value, found = dd.jvp(in_place, (x, y), tuple(directions))
    assert value.tobytes() == in_place(x, y).tobytes()
    assert np.array_equal(found, dd.jvp(apart, (x, y), tuple(directions))[1])
    assert np.array_equal(dd.vjp(in_place, x, y)[1](x)[0], dd.vjp(apart, x, y)[1](x)[0])


def test_adding_in_place_keeps_what_it_is_added_to_and_its_argument():
    x, t = random(20_000, np.float64, 0), random((2, 20_000), np.float64, 1)
    kept, seeds = x.copy(), t.copy()

    def f(x):
        y = x
        z = 2.0 * x
        w = z.copy()
        z -= x
        y = y + 0.0
        y += z
        w -= 1.0
        return y + w

    value, found = dd.jvp(f, (x,), (t,))
    assert np.array_equal(x, kept) and np.array_equal(t, seeds)
    assert np.array_equal(value, f(x))
    np.testing.assert_allclose(found, 4.0 * t, rtol=1e-15)


@pytest.mark.parametrize("n", [5, 20_000])
def test_adding_in_place_to_the_argument_itself_leaves_the_callers_array(n):
    x = np.linspace(0.0, 1.0, n)

    def f(x):
        x -= 0.5 * x
        x += 1.0
        return x

    kept = x.copy()
    value, found = dd.jvp(f, (x,), (np.ones(n),))
    assert np.array_equal(x, kept)
    assert np.array_equal(value, f(kept.copy()))
    assert np.array_equal(found, np.full(n, 0.5))


@pytest.mark.parametrize("n", [5, 20_000])
def test_adding_in_place_warns_and_raises_as_numpy_does(n):
    def f(x):
        y = 1.0 * x
        y += np.full(n, -np.inf)
        return y

    x = np.full(n, np.inf)
    with pytest.warns(RuntimeWarning, match="invalid value"):
        f(x)
    with pytest.warns(RuntimeWarning, match="invalid value"):
        dd.jvp(f, (x,), (np.ones(n),))
    with np.errstate(invalid="raise"), pytest.raises(FloatingPointError):
        dd.jvp(f, (x,), (np.ones(n),))

    def wrong(x):
        x = 1.0 * x
        x += np.ones((2, n))
        return x

    with pytest.raises(ValueError, match="broadcast"):
        dd.jvp(wrong, (x,), (np.ones(n),))
