"""Solves from many starts, and batches of systems in chunks: the same with and without an executor."""


import numpy as np
import pytest
import scipy.optimize

import dualdiff as dd
from dualdiff import solve
from dualdiff.errors import ArgumentError, InputError

RNG = np.random.default_rng(2)
T = np.linspace(0.0, 2.0, 30)
Y = 2.0 * np.exp(-1.5 * T) + 0.01 * RNG.normal(size=30)


def himmelblau(x):
    """Four minima."""
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def circle(x, r):
    """Two roots."""
    return np.stack([x[0] ** 2 + x[1] ** 2 - r**2, x[0] - x[1]])


def decay(t, a, b):
    """A model."""
    return a * np.exp(-b * t)


def misfit(p):
    """Its residuals."""
    return decay(T, p["a"], p["b"]) - Y


def cosine(x):
    """A map with a fixed point."""
    return np.cos(x)


def broken(x):
    """Raises."""
    raise KeyError("no such thing")


STARTS = RNG.uniform(-4, 4, (6, 2))
CALLS = {
    "minimize": ((solve.minimize, himmelblau), {"starts": STARTS}),
    "bounds": ((solve.minimize, himmelblau), {"starts": np.abs(STARTS), "bounds": [(0, 5), (0, 5)]}),
    "root": ((solve.root, circle), {"starts": list(STARTS), "args": (2.0,)}),
    "fixed point": ((solve.fixed_point, cosine), {"starts": [0.1, 0.5, 1.0]}),
    "structures": ((solve.least_squares, misfit), {"starts": [{"a": 1.0, "b": 1.0}, {"a": 3.0, "b": 0.5}]}),
    "curve_fit": ((solve.curve_fit, decay, T, Y), {"starts": [(1.0, 1.0), (3.0, 0.2)]}),
    "SciPy's": ((scipy.optimize.minimize, himmelblau), {"starts": STARTS[:2]}),
}


def numbers(x):
    """All numbers of a point."""
    return np.concatenate([np.ravel(v) for v in x.values()]) if isinstance(x, dict) else np.ravel(x)


@pytest.mark.parametrize("name", CALLS)
def test_same_as_a_loop(name, executor):
    (method, *first), more = CALLS[name]
    rest = {key: value for key, value in more.items() if key != "starts"}
    want = [method(*first, x, **rest) for x in more["starts"]]
    told = []
    for found in (
        solve.multistart(method, *first, **more),
        solve.multistart(method, *first, **more, executor=executor, progress=lambda *at: told.append(at)),
    ):
        assert len(found) == len(want)
        for a, b in zip(found, want, strict=True):
            a, b = (r[0] if isinstance(r, tuple) else r.x for r in (a, b))
            np.testing.assert_array_equal(numbers(a), numbers(b))
        assert found.success.all() and np.isfinite(found.merits).all()
        assert found.merits[found.order()[0]] == found.merits.min()
    assert told == [(i + 1, len(want)) for i in range(len(want))]


def test_best_and_distinct():
    starts = RNG.uniform(-4, 4, (30, 2))
    found = solve.multistart(solve.minimize, himmelblau, starts=starts)
    assert len(found.distinct()) == 4
    np.testing.assert_allclose(found.best.fun, 0, atol=1e-12)
    roots = solve.multistart(solve.root, circle, starts=[[1.0, 1.0], [-1.0, -2.0], [3.0, 1.0]], args=(1.0,))
    assert sorted(round(float(r.x[0]), 4) for r in roots.distinct()) == [-0.7071, 0.7071]
    failed = solve.multistart(
        solve.root, lambda x: x**2 + 1, starts=[1.0, 2.0], options={"maxiter": 3, "rescue": False}
    )
    assert not failed.success.any() and failed.best in list(failed) and failed.distinct() == []


def test_bad_input(executor):
    with pytest.raises(InputError, match="method"):
        solve.multistart(3, himmelblau, starts=STARTS)
    for starts in (3.0, np.array(1.0), "ab", {"a": 1}):
        with pytest.raises(InputError, match="starts"):
            solve.multistart(solve.minimize, himmelblau, starts=starts)
    with pytest.raises(ArgumentError, match="empty"):
        solve.multistart(solve.minimize, himmelblau, starts=[])
    with pytest.raises(InputError, match="executor"):
        solve.multistart(solve.minimize, himmelblau, starts=STARTS, executor=2)
    with pytest.raises(KeyError, match="no such thing"):
        solve.multistart(solve.minimize, broken, starts=STARTS, executor=executor, lift=False)


def test_inside_a_derivative(executor):
    def first(r):
        return solve.multistart(solve.root, circle, starts=[[1.0, 1.0]], args=(r,), executor=executor)[0].x[0]

    np.testing.assert_allclose(dd.derivative(first)(2.0), np.sqrt(0.5), rtol=1e-8)


# ---- root_batch --------------------------------------------------------------------------------------

SIZE = 103
RADII = RNG.uniform(1.0, 3.0, SIZE)
X0 = RNG.uniform(0.5, 2.0, (2, SIZE))


def closing(x):
    """Closes over data of all systems."""
    return np.stack([x[0] ** 2 + x[1] ** 2 - RADII**2, x[0] - x[1]])


def placed(x):
    """A system's place counts."""
    return x - np.linspace(1, 2, x.shape[-1])


@pytest.mark.parametrize("bounds", [None, (0.0, 10.0)])
def test_batches_in_chunks(executor, bounds):
    want = solve.root_batch(circle, X0, (RADII,), bounds=bounds, chunk=20)
    whole = solve.root_batch(circle, X0, (RADII,), bounds=bounds)
    told = []
    found = solve.root_batch(
        circle, X0, (RADII,), bounds=bounds, chunk=20, executor=executor, progress=lambda *at: told.append(at)
    )
    for name in ("x", "fun", "success", "status", "nit", "tol"):
        np.testing.assert_array_equal(found[name], want[name])
        assert found[name].shape == whole[name].shape
    assert (found.nfev, found.njev, found.message) == (want.nfev, want.njev, want.message)
    assert found.success.all() and told == [(20, SIZE), (40, SIZE), (60, SIZE), (80, SIZE), (100, SIZE), (103, SIZE)]
    np.testing.assert_allclose(found.x, whole.x, rtol=1e-6)
    assert solve.root_batch(circle, X0, (RADII,), bounds=bounds, executor=executor).success.all()


def test_batches_that_cannot_be_cut(executor):
    for more in ({"chunk": 20}, {"executor": executor}):
        with pytest.raises(ValueError) as caught:
            solve.root_batch(closing, X0, **more)
        assert any("args" in note for note in caught.value.__notes__)
        with pytest.raises(InputError, match="another value"):
            solve.root_batch(placed, X0, **more)
    with pytest.raises(InputError, match="chunk"):
        solve.root_batch(circle, X0, (RADII,), chunk=0)
    with pytest.raises(InputError, match="executor"):
        solve.root_batch(circle, X0, (RADII,), executor=0)


def test_batches_out_of_time():
    found = solve.root_batch(circle, X0, (RADII,), chunk=20, options={"maxtime": 0.0})
    assert (found.status == -5).any() and "maxtime" in found.message
