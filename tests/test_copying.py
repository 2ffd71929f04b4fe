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
