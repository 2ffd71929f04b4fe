"""Broadcasts over short axes and sums of short lanes: what programs load and add by whole vectors has NumPy's bits."""

import itertools

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.programs.graph import Graph
from dualdiff.programs.plan import plan


def bits(a, b):
    return a.shape == b.shape and a.tobytes() == b.tobytes()


def shrunk(shape, mask):
    """The shape with 1 where the mask says so."""
    return tuple(1 if one else n for n, one in zip(shape, mask, strict=True))


@pytest.mark.parametrize("rows", [1, 7, 300])
@pytest.mark.parametrize("last", [2, 3, 5, 8, 9, 16, 17])
@pytest.mark.parametrize("middle", [2, 3, 11])
def test_broadcasts(rows, middle, last):
    rng = np.random.default_rng(0)
    shape = (rows, middle, last)
    for one, other in itertools.product(itertools.product((False, True), repeat=3), repeat=2):
        x, y = rng.normal(size=shrunk(shape, one)), rng.normal(size=shrunk(shape, other))
        g = Graph()
        a, b = g.input(x.shape, float), g.input(y.shape, float)
        g.outputs = [g.apply("multiply", g.apply("subtract", a, b), a)]
        assert bits(plan(g)([x, y])[0], (x - y) * x)


@pytest.mark.parametrize("key", [
    np.s_[:, ::-1], np.s_[::-1], np.s_[:, :, ::-1], np.s_[:, :, 1:], np.s_[:, 1:, :-1], np.s_[::2, :, ::2], np.s_[:, ::3, 1:4],
    np.s_[-1:, :, :], np.s_[5:6, ::-1, :-1],
], ids=str)  # fmt: skip
@pytest.mark.parametrize("last", [4, 6, 9, 18])
def test_windows_of_short_rows(key, last):
    x = np.random.default_rng(0).normal(size=(400, 5, last))
    f = dd.compile(lambda x, y: x[key] * y - 1.0, check="never")
    y = np.random.default_rng(1).normal(size=x[key].shape[-1])
    wanted = x[key] * y - 1.0
    for _ in range(2):
        assert bits(np.ascontiguousarray(f(x, y)), np.ascontiguousarray(wanted))
    g = dd.grad(lambda x, y: np.sum(f(x, y) ** 2))(x, y)
    np.testing.assert_allclose(g, dd.grad(lambda x, y: np.sum((x[key] * y - 1.0) ** 2))(x, y), rtol=1e-13)


@pytest.mark.parametrize("turned", list(itertools.permutations(range(3))), ids=str)
def test_transposed_operands(turned):
    x, y = np.random.default_rng(0).normal(size=(2, 300, 4, 7))
    z = np.ascontiguousarray(x.transpose(turned))
    c = dd.compile(lambda x, z: x.transpose(turned) + 2.0 * z, check="never")
    for x in (x, y):
        assert bits(np.ascontiguousarray(c(x, z)), np.ascontiguousarray(x.transpose(turned) + 2.0 * z))


@pytest.mark.parametrize("n", range(1, 20))
def test_sums_of_short_lanes(n):
    rng = np.random.default_rng(n)
    x = rng.normal(size=(200, 6, n)) * 10.0 ** rng.integers(-12, 12, (200, 6, n))
    x[:20] = -0.0
    x[20:40, 1] = 0.0
    x[40, 0, 0] = np.inf
    x[41, 0, n // 2] = np.nan
    for axes in ((2,), (1,), (0,), (1, 2), (0, 1, 2)):
        g = Graph()
        g.outputs = [g.reduce("add", g.input(x.shape, float), axes)]
        found, wanted = plan(g)([x])[0], np.sum(x, axis=axes)
        assert np.array_equal(found, wanted, equal_nan=True)
        assert np.array_equal(np.signbit(found)[~np.isnan(wanted)], np.signbit(wanted)[~np.isnan(wanted)])


def test_a_block_that_begins_within_a_row():
    """Sizes that no block of a region fits a whole number of rows into."""
    for n, last in ((3001, 7), (2049, 3), (1025, 15)):
        x, y = np.random.default_rng(0).normal(size=(2, n, 5, last))
        c = dd.compile(lambda x, y: np.sin(x[:, :1] - y) * y + x[:, 1:2, :1], check="never")
        assert bits(c(x, y), np.sin(x[:, :1] - y) * y + x[:, 1:2, :1])
        assert bits(c(y, x), np.sin(y[:, :1] - x) * x + y[:, 1:2, :1])
