"""executor=: chunks of directions on threads, processes and a cluster give the bits of a call without."""

import functools
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

import dualdiff as dd
from dualdiff import solve
from dualdiff.errors import InputError
from dualdiff.transforms import executors

A = np.random.default_rng(3).normal(size=(50, 40))


def field(x):
    """R^40 -> R^50."""
    return np.tanh(A @ x) + np.sum(x * x)


def structured(p, *, scale):
    """A structure, with aux."""
    return {"u": np.sin(p["a"]) * p["b"], "v": np.sum(p["a"] ** 2) * scale}, p["b"]


def energy(x):
    """One number."""
    return np.sum(np.sin(x[1:]) * x[:-1] ** 2) + np.prod(np.cos(x))


def edge(x):
    """Has an infinite partial beside zeros."""
    return np.sqrt(x) * x[0]


def broken(x):
    """Raises."""
    raise ValueError("no such thing")


X = np.linspace(0.1, 1.0, 40)


class Counting(ThreadPoolExecutor):
    """Counts what it is given."""

    count = 0

    def submit(self, *args, **kwargs):
        self.count += 1
        return super().submit(*args, **kwargs)


def test_same_bits(executor):
    for chunk in (7, 40):
        want = dd.jacobian(field, chunk=chunk)(X)
        np.testing.assert_array_equal(dd.jacobian(field, chunk=chunk, executor=executor)(X), want)
    value, J = dd.value_and_jacobian(field, chunk=9, executor=executor)(X)
    np.testing.assert_array_equal(value, field(X))
    p = {"a": X[:5], "b": 2.0}
    want = dd.jacobian(structured, chunk=2, has_aux=True)(p, scale=3.0)
    found = dd.jacobian(structured, chunk=2, has_aux=True, executor=executor)(p, scale=3.0)
    np.testing.assert_array_equal(found[0]["u"]["a"], want[0]["u"]["a"])
    np.testing.assert_array_equal(found[0]["v"]["b"], want[0]["v"]["b"])
    assert found[1] == want[1] == 2.0
    x = X[:7]
    np.testing.assert_array_equal(
        dd.hessian(energy, chunk=3, executor=executor)(x), dd.hessian(energy, chunk=3)(x)
    )


def test_zeros_and_errors(executor):
    x = np.array([0.0, 1.0, 2.0])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(dd.jacobian(edge, chunk=1, executor=executor)(x), dd.jacobian(edge, chunk=1)(x))
    with pytest.raises(ValueError, match="no such thing"):
        dd.jacobian(broken, chunk=1, executor=executor)(x)


def test_chunks_are_given_to_it():
    with Counting(2) as pool:
        dd.jacobian(field, chunk=10, executor=pool)(X)
        assert pool.count == 4
        dd.jacobian(lambda x: x * 2, chunk=20, executor=pool)(X)     # threads need no pickle
        assert pool.count == 6


class Inline:
    """Somebody's own: runs at once, as in another process."""

    def submit(self, function, *args):
        future = Future()
        future.set_result(function(*args))
        return future


def test_what_cannot_be_sent(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(InputError, match="top level"):
        dd.jacobian(lambda x: x * 2, chunk=10, executor=Inline())(X)
    np.testing.assert_array_equal(dd.jacobian(field, chunk=9, executor=Inline())(X), dd.jacobian(field, chunk=9)(X))
    with pytest.raises(InputError, match="Executor"):
        dd.jacobian(field, executor=2)


def points(x):
    """(batch, 2) -> (batch, 2)."""
    return np.stack([np.sin(x[:, 0]) * x[:, 1], np.exp(-(x[:, 1] ** 2))], axis=1)


def circle(x, r):
    """Two equations."""
    return np.stack([x[0] ** 2 + x[1] ** 2 - r**2, x[0] - x[1]])


def valley(x):
    """A minimum."""
    return np.sum((x - 1.0) ** 2) + np.sum(x**4)


def product(A, x):
    """Of a large constant."""
    return np.tanh(A @ x)


def test_a_large_constant_is_sent_once(executor):
    """Workers that have not been sent what the tasks share say so, and are."""
    big = functools.partial(product, np.random.default_rng(0).normal(size=(200, 60)))
    x = np.linspace(0.0, 1.0, 60)
    J = dd.jacobian(big, chunk=5, executor=executor)
    for _ in range(3):
        np.testing.assert_array_equal(J(x), dd.jacobian(big, chunk=5)(x))


class Forgetful(Inline):
    """A pool whose every task meets a worker that knows nothing."""

    _max_workers = 1

    def submit(self, function, *args):
        executors.UNPACKED.clear()
        return super().submit(function, *args)


def test_workers_that_know_nothing():
    big = functools.partial(product, np.random.default_rng(1).normal(size=(200, 60)))
    x = np.linspace(0.0, 1.0, 60)
    np.testing.assert_array_equal(dd.jacobian(big, chunk=9, executor=Forgetful())(x), dd.jacobian(big, chunk=9)(x))


def test_gradients_by_chunks(executor):
    x, told = X[:9], []
    found = dd.grad(energy, chunk=2, executor=executor, progress=lambda *at: told.append(at))(x)
    np.testing.assert_array_equal(found, dd.grad(energy, chunk=2)(x))
    assert told == [(2, 9), (4, 9), (6, 9), (8, 9), (9, 9)]


def test_inside_another_derivative(executor):
    def outer(s):
        return np.sum(dd.jacobian(field, chunk=10, executor=executor)(s * X) ** 2)

    want = dd.derivative(lambda s: np.sum(dd.jacobian(field, chunk=10)(s * X) ** 2))(1.2)
    np.testing.assert_allclose(dd.derivative(outer)(1.2), want, rtol=1e-14)


def dask_config(options):
    """Options of dask, for a while: its timeouts are for machines that do nothing else."""
    import dask

    return dask.config.set(options)


def test_dask():
    distributed = pytest.importorskip("distributed")
    patience = {"distributed.comm.timeouts.connect": "300s", "distributed.comm.timeouts.tcp": "300s"}
    with dask_config(patience), distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        with distributed.Client(cluster, timeout="300s") as client:
            pool = client.get_executor()
            found = dd.jacobian(field, chunk=10, executor=pool)(X)
            np.testing.assert_array_equal(found, dd.jacobian(field, chunk=10)(X))
            big = functools.partial(product, np.random.default_rng(0).normal(size=(200, 60)))
            x = np.linspace(0.0, 1.0, 60)
            np.testing.assert_array_equal(
                dd.jacobian(big, chunk=5, executor=pool)(x), dd.jacobian(big, chunk=5)(x)
            )
            np.testing.assert_array_equal(
                dd.hessian(energy, chunk=3, executor=pool)(X[:7]), dd.hessian(energy, chunk=3)(X[:7])
            )
            batch, told = np.random.default_rng(1).normal(size=(50, 2)), []
            found = dd.jacobian(
                points, batched=True, chunk=20, executor=pool, progress=lambda *at: told.append(at)
            )(batch)
            np.testing.assert_array_equal(found, dd.jacobian(points, batched=True, chunk=20)(batch))
            assert told == [(20, 50), (40, 50), (50, 50)]
            radii = np.linspace(1.0, 2.0, 50)
            found = solve.root_batch(circle, np.ones((2, 50)), (radii,), chunk=20, executor=pool)
            want = solve.root_batch(circle, np.ones((2, 50)), (radii,), chunk=20)
            np.testing.assert_array_equal(found.x, want.x)
            found = solve.multistart(solve.minimize, valley, starts=batch[:4].reshape(4, 2), executor=pool)
            for r, x0 in zip(found, batch[:4], strict=True):
                np.testing.assert_array_equal(r.x, solve.minimize(valley, x0).x)
            with pytest.raises(ValueError, match="no such thing"):
                dd.jacobian(broken, chunk=10, executor=pool)(X)
