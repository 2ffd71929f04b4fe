"""Partials of float32 arrays: as accurate as the double ones of the same numbers, to six units of float32."""

import numpy as np
import pytest
import scipy.special  # noqa: F401

import dualdiff as dd
from dualdiff import DualArray
from dualdiff.core import evaluate_partial
from dualdiff.rules.generate import Block, partials_of, rows_with_kernels
from dualdiff.rules.table import REASONS, RULES, learn_scipy

learn_scipy()
ROWS = {row.name: row for row in rows_with_kernels()}
TABLE = partials_of(ROWS.values())
SINGLE = [
    (name, which)
    for name, partials in TABLE.items()
    for which, e in enumerate(partials)
    if ROWS[name].partials[0][which] not in {"0", "1", "-1", "x", "y", "f", "NAN", *REASONS}
    and Block(e, ROWS, TABLE, True).possible
    and name != "ldexp"     # its second argument is an integer
]
ULPS = 6
TINY, LARGE = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)


def points(nin):
    rng = np.random.default_rng(7)
    special = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 4.0, -2.0, 1e-30, -1e-30, 1e30, 3e38, -3e38, 1e-38, np.inf, -np.inf, np.nan]
    x = np.concatenate([
        rng.normal(size=200) * 3, rng.uniform(0, 1, 200), rng.uniform(-1, 1, 200), 10.0 ** rng.uniform(-20, 20, 100),
        1 - 10.0 ** rng.uniform(-7, -1, 50), 10.0 ** rng.uniform(-7, -1, 50) - 1, special,
    ])  # fmt: skip
    y = np.concatenate([rng.permutation(x[:-18]), special])
    y[:40], y[40:80] = x[:40], rng.integers(-4, 6, 40)
    if nin == 1:
        return [x.astype(np.float32)]
    a, b = np.meshgrid(special, special)
    return [np.concatenate([x, a.ravel()]).astype(np.float32), np.concatenate([y, b.ravel()]).astype(np.float32)]


def check(found, wanted):
    """found (float32) against wanted (float64), where that is a number of float32."""
    found = found.astype(np.float64)
    with np.errstate(all="ignore"):
        unit = np.maximum(np.abs(wanted) * 2.0**-23, TINY)
        good = np.abs(found - wanted) <= ULPS * unit
    good |= np.isnan(wanted) & np.isnan(found)
    good |= (np.abs(wanted) > LARGE * (1 - ULPS * 2.0**-23)) & (np.abs(found) >= LARGE * (1 - ULPS * 2.0**-23)) & (
        np.sign(found) == np.sign(wanted))  # fmt: skip
    return good


@pytest.mark.parametrize(("name", "which"), SINGLE)
@pytest.mark.parametrize("constant", [False, True])
def test_partials(name, which, constant):
    """Of contiguous operands, and with a number in the place of the other one."""
    rule, arguments = RULES[name], points(RULES[name].nin)
    with np.errstate(all="ignore"):
        for other in [None] if not constant or rule.nin == 1 else [2.0, 3.0, 0.3, -1.5, 0.0]:
            given = list(arguments)
            if other is not None:
                given[1 - which] = np.float32(other)
            duals = list(given)
            duals[which] = DualArray(given[which], np.ones((1, *given[which].shape), np.float32))
            y = rule.ufunc(*duals)
            assert y.dtype == np.float32 and y.tangents.dtype == np.float32
            values = [np.broadcast_to(v, y.shape).astype(float) for v in (*given, y.value)]
            wanted = [evaluate_partial(name, which, v[0], v[1] if rule.nin == 2 else 0.0, v[-1]) for v in zip(*values, strict=True)]
            good = check(y.tangents[0], np.array(wanted)) | ~np.isfinite(y.value)
            bad = np.flatnonzero(~good)
            assert not len(bad), [(*(v[i] for v in values), float(y.tangents[0][i]), wanted[i]) for i in bad[:4]]


def test_enough_of_them_are_in_float():
    """The functions that programs in float32 are made of."""
    assert {n for n, _ in SINGLE} >= {
        "tanh", "sqrt", "log", "log1p", "arctan", "arcsinh", "divide", "reciprocal", "square", "power", "hypot", "arctan2",
        "maximum", "minimum", "logaddexp", "expit", "erf", "exp2",
    }  # fmt: skip


def test_jvp_of_one_array_in_float():
    x = np.linspace(0.2, 1.5, 2000, dtype=np.float32)
    f = lambda x: np.tanh(x) / np.sqrt(1 + x * x) + np.log(x) ** 2  # noqa: E731
    value, t = dd.jvp(f, (x,), (np.ones_like(x),))
    assert value.dtype == t.dtype == np.float32 and value.tobytes() == f(x).tobytes()
    wanted = dd.jvp(f, (x.astype(float),), (np.ones(2000),))[1]
    np.testing.assert_allclose(t, wanted, rtol=1e-5, atol=1e-6)
    x += 1      # the results are their own
    assert value[0] == f(x[:1] - 1)[0] or abs(value[0] - f(x[:1] - 1)[0]) < 1e-5


@pytest.mark.parametrize("f", [np.sum, lambda x: x[1], lambda x: x @ x, lambda x: np.sum(x.astype(float)), lambda x: 3.0 + 0 * x[0]])
@pytest.mark.parametrize("shape", [(4,), (2, 3)])
def test_gradients_and_jacobians_in_float(f, shape):
    """The short way of one array: types and numbers are those of many passes, and of float64."""
    x = np.linspace(0.25, 1.5, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    g = lambda x: f(x.ravel())  # noqa: E731
    value, found = dd.value_and_grad(g)(x)
    wanted = dd.grad(g, chunk=1)(x)
    assert found.shape == shape and found.dtype == wanted.dtype and type(value) is type(dd.value_and_grad(g, chunk=1)(x)[0])
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_allclose(found, dd.grad(g)(x.astype(float)), rtol=1e-6)
    h = lambda x: np.tanh(x) * f(x.ravel())  # noqa: E731
    found, wanted = dd.jacobian(h)(x), dd.jacobian(h, chunk=2)(x)
    assert found.dtype == wanted.dtype and found.shape == (*shape, *shape)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    found[...] = 0      # it is the caller's own
