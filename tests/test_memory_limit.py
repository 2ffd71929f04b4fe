"""memory_limit: a recording keeps no more, and the derivative is that of the whole; checkpoint_loop."""

import math
import warnings

import numpy as np
import pytest
from cases import ROWS, grouped
from support import close, close_all, for_each, leaves, random_like, rebuild, rng

import dualdiff as dd
from dualdiff.core import Window
from dualdiff.errors import ArgumentError, InputError, MemoryLimitError, ShapeError
from dualdiff.transforms import recording, segments
from dualdiff.transforms.memory import checked_limit, machine_memory
from dualdiff.transforms.recording import Recording
from dualdiff.transforms.segments import Segments

X = np.linspace(0.2, 1.4, 500)
W = np.linspace(-1.0, 1.0, 16).reshape(4, 4)


def chain(x):
    """Rules, writes through views, sums, and results of earlier operations that are used again."""
    y = first = np.exp(-x)
    for i in range(30):
        y = np.sin(y) * x + 0.1 * y
        y[1:] += 0.1 * y[:-1]
        if i % 10 == 0:
            y = y * first + np.mean(x)
    return y


def total(x):
    return np.sum(chain(x) ** 2)


def scalars(x):
    a = float(1)
    for i in range(200):
        a = a * x[i % 4] / (1.0 + a * a) + 0.5
    return a


def layers(x):
    h = x
    for _ in range(20):
        h = np.tanh(W @ h + x)
        h = np.concatenate([h[2:], h[:2]])
    return h @ h


@pytest.fixture
def windows(monkeypatch):
    """Every window that is opened, with the most that it held."""
    seen = []

    def watched(*args):
        window = Window(*args)
        seen.append(window)
        return window

    def plain(*args):
        ran = recorded(*args)
        if ran is not None and ran[6] is not None:
            seen.append(ran[6])
        return ran

    recorded = recording.record_plain
    monkeypatch.setattr(recording, "record_plain", plain)
    monkeypatch.setattr(recording, "Window", watched)
    monkeypatch.setattr(segments, "Window", watched)
    return seen


@pytest.mark.parametrize("share", [0.03, 0.1, 0.4, 0.7])     # what two runs share of constants differs by some 10 %
@pytest.mark.parametrize("f", [total, lambda x: scalars(x[:4]), lambda x: layers(x[:4]), lambda x: total(x.astype(np.float32))])
def test_gradients(f, share):
    whole = Recording(f, (X,), {})
    limit = share * whole.nbytes
    _, pullback = dd.vjp(f, X, memory_limit=limit)
    assert type(pullback.recording.made) is Segments
    wanted = dd.vjp(f, X)[1](1.0)
    tolerance = 1e-5 if f(X).dtype == np.float32 else 1e-12
    close(pullback(1.0), wanted, tolerance)
    close(pullback(1.0), wanted, tolerance)         # the second runs all stretches again
    close(dd.grad(f, mode="reverse", memory_limit=limit)(X), wanted, tolerance)
    _, J = dd.linearize(f, X, memory_limit=limit)
    close(J.T @ np.ones(1), wanted, tolerance)
    close(J @ np.ones(500), [wanted.sum()], tolerance)


def test_what_is_held_is_counted(windows):
    size = dd.linearize(total, X, memory_limit=None)[1].nbytes
    assert 30 * 2 * X.nbytes < size < 30 * 5 * X.nbytes + 40_000      # two to four arrays a turn
    for limit in (size / 20, size / 4):
        windows.clear()
        found = dd.grad(total, mode="reverse", memory_limit=limit)(X)
        # an operation that is large beside the limit leaves a gap
        assert 0.9 < len(windows) / (windows[0].total / limit) < 1.8
        assert all(w.held <= limit for w in windows)
        close(found, dd.grad(total, mode="reverse")(X), 1e-12)
    windows.clear()
    dd.grad(total, mode="reverse", memory_limit=1.5 * size)(X)
    assert len(windows) == 1 and windows[0].start == 0


def test_an_array_that_is_kept_often_is_counted_once(windows):
    A = np.ones((300, 300))

    def f(x):
        for _ in range(20):
            x = np.tanh(A @ x) + (A * x).sum(axis=0)
        return x.sum()

    dd.grad(f, mode="reverse", memory_limit=2.5 * A.nbytes)(np.ones(300))
    assert len(windows) == 1


def test_what_is_no_part_of_the_result_is_not_counted(windows):
    def f(x):
        for _ in range(100):
            y = np.sin(x) * x       # thrown away
        return np.sum(y)

    dd.grad(f, mode="reverse", memory_limit=20 * X.nbytes)(X)
    assert len(windows) == 1 and windows[0].start == 0


def test_other_recordings_are_not_counted(windows):
    """A derivative inside f, and a value that is no part of this recording."""
    def f(x):
        y = x
        for _ in range(5):
            y = np.sin(y) + dd.grad(total, mode="reverse")(X).sum()
        return np.sum(y)

    close(dd.grad(f, mode="reverse", memory_limit=14 * X.nbytes)(X), dd.grad(f)(X), 1e-12)
    assert windows[0].start == 0


@pytest.mark.filterwarnings("ignore")
@for_each(grouped(ROWS))
def test_every_function_in_stretches(row):
    """Each row as a function that is recorded operation by operation."""
    whole = dd.vjp(row.f, *row.primals)
    if not any(x.dtype.kind in "fc" for x in map(np.asarray, leaves(whole[0]))):
        return
    _, pullback = dd.vjp(row.f, *row.primals, memory_limit=600.0)
    if type(pullback.recording.made) is not Segments:
        return
    w = rebuild(whole[0], [random_like(y, rng(1)) for y in leaves(whole[0])])
    try:
        found = pullback(w)
    except MemoryLimitError:        # reachability, or a function that reads its recording
        return
    close_all(leaves(found), leaves(whole[1](w)), 1e-10)


def test_structures_aux_and_keywords():
    def f(p, scale=1.0):
        y = chain(p["x"]) * p["a"] * scale
        return {"sum": np.sum(y), "first": y[:3]}, "aux"

    p = {"x": X, "a": 2.0}
    value, pullback, aux = dd.vjp(f, p, has_aux=True, memory_limit=50_000, scale=0.5)
    wanted, whole, _ = dd.vjp(f, p, has_aux=True, scale=0.5)
    w = {"sum": 2.0, "first": np.ones(3)}
    assert aux == "aux" and value["sum"] == wanted["sum"] and type(pullback.recording.made) is Segments
    close(pullback(w)["x"], whole(w)["x"], 1e-12)
    close(pullback(w)["a"], whole(w)["a"], 1e-12)
    stacked = {"sum": np.ones(4), "first": np.eye(4, 3)}
    close(pullback(stacked)["x"], whole(stacked)["x"], 1e-12)


def test_complex_arguments():
    z = X[:50] + 1j * X[50:100]
    f = lambda z: np.sum(np.abs(chain(z)) ** 2)         # noqa: E731
    close(dd.grad(f, mode="reverse", memory_limit=30_000)(z), dd.grad(f, mode="reverse")(z), 1e-11)


def test_second_derivatives_and_nesting():
    x, v = X[:40], np.cos(X[:40])
    wanted = dd.hvp(total, (x,), (v,))
    close(dd.hvp(total, (x,), (v,), memory_limit=30_000), wanted, 1e-10)
    outer = lambda x: np.sum(dd.grad(total, mode="reverse", memory_limit=20_000)(x) * v)        # noqa: E731
    close(dd.grad(outer, mode="reverse")(x), wanted, 1e-10)
    close(dd.grad(outer, mode="reverse", memory_limit=400_000)(x), wanted, 1e-10)


def test_jacobian_by_rows():
    f = lambda x: chain(x)[::100]       # noqa: E731
    close(dd.jacobian(f, mode="reverse", memory_limit=60_000)(X), dd.jacobian(f, mode="reverse")(X), 1e-12)


def test_the_callers_arrays_may_change():
    x = X.copy()
    _, pullback = dd.vjp(total, x, memory_limit=50_000)
    x[:] = 0.0
    close(pullback(1.0), dd.grad(total)(X), 1e-12)


def test_a_function_that_does_something_else_is_an_error():
    rng = np.random.default_rng(0)

    def noisy(x):
        for _ in range(30):
            x = np.sin(x) * rng.uniform(0.5, 1.5)
        return np.sum(x)

    with pytest.raises(MemoryLimitError, match="random numbers"):
        dd.grad(noisy, mode="reverse", memory_limit=40_000)(X)
    calls = []

    def shrinks(x):
        calls.append(0)
        for _ in range(max(2, 40 - 10 * len(calls))):
            x = np.sin(x)
        return np.sum(x)

    with pytest.raises(MemoryLimitError, match="the same again"):
        dd.grad(shrinks, mode="reverse", memory_limit=10_000)(X)


def test_a_function_that_catches_everything():
    def f(x):
        for _ in range(600):
            try:
                x = np.sin(x) * 1.01
            except BaseException:       # noqa: S110
                pass
        return np.sum(x)

    x = X[:4]
    try:        # what was swallowed may have been an operation: then it is seen
        found = dd.grad(f, mode="reverse", memory_limit=60_000)(x)
    except MemoryLimitError:
        return
    close(found, dd.grad(f, mode="forward")(x), 1e-12)


def test_too_many_stretches():
    with pytest.raises(MemoryLimitError, match=r"checkpoint_loop"):
        dd.grad(total, mode="reverse", memory_limit=5_000)(X)


def test_where_reachability_would_decide():
    f = lambda x: np.sum(np.sqrt(chain(x) * 0.0 + np.maximum(x - x[0], 0.0)))       # noqa: E731
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(MemoryLimitError, match="infinite partial"):
            dd.vjp(f, X, memory_limit=60_000)[1](1.0)
        _, J = dd.linearize(f, X, memory_limit=60_000)
        with pytest.raises(MemoryLimitError, match="infinite partial"):
            J @ np.eye(1, 500)[0]
    big = lambda x: np.sum(chain(x)) * 1e308 * 1e10     # noqa: E731   inf, but no infinite partial of a rule is met by a 0
    with np.errstate(all="ignore"):
        assert not np.isfinite(dd.vjp(big, X, memory_limit=60_000)[1](1.0)).any()


def test_few_inputs_go_forward_instead():
    f = lambda x: total(np.concatenate([x] * 20))       # noqa: E731
    close(dd.grad(f, memory_limit=100.0)(X[:30]), dd.grad(f, mode="forward")(X[:30]), 1e-12)


def test_what_reads_its_recording_says_so():
    from dualdiff.core import collect

    def f(x):
        y = chain(x)
        collect([y.tangents])
        return np.sum(y)

    dd.vjp(f, X)
    with pytest.raises(MemoryLimitError, match="reads its recording"):
        dd.vjp(f, X, memory_limit=20_000)


def test_limits():
    assert checked_limit(None) == math.inf
    assert checked_limit(1000) == 1000.0
    assert machine_memory() is None or machine_memory() > 2**20
    assert checked_limit("auto") > 2**20
    with pytest.raises(InputError, match="number of bytes"):
        dd.vjp(total, X, memory_limit="1GB")
    with pytest.raises(ArgumentError, match="more than 0"):
        dd.vjp(total, X, memory_limit=0)
    with pytest.raises(InputError, match="chunk"):
        dd.grad(total, batched=True, memory_limit=1000)


# ---- loops -----------------------------------------------------------------------------------------


def pendulum(i, state, rate):
    x, v = state
    return x + 0.01 * v * rate, v - 0.01 * np.sum(np.sin(x)) * (1 + 0.001 * i)


def by_hand(step, state, n, *args):
    for i in range(n):
        state = step(i, state, *args)
    return state


@pytest.mark.parametrize(("n", "snapshots"), [(0, None), (1, None), (2, 1), (9, 1), (40, 2), (40, 5), (40, 100), (150, None)])
def test_checkpoint_loop(n, snapshots):
    def f(loop, **more):
        def g(x, v, rate):
            x, v = loop(pendulum, (x, v), n, rate, **more)
            return np.sum(x**2) + v * 0.5
        return g

    args = np.array([0.1, 0.2, 0.3]), 0.7, 1.1
    plain = lambda x, v, rate: np.sum(f(by_hand)(x, v, rate))       # noqa: E731
    looped = lambda x, v, rate: np.sum(f(dd.checkpoint_loop, snapshots=snapshots)(x, v, rate))        # noqa: E731
    assert looped(*args) == plain(*args)
    wanted = dd.grad(plain, argnums=(0, 1, 2))(*args)
    for mode in ("reverse", "forward"):
        close_all(dd.grad(looped, argnums=(0, 1, 2), mode=mode)(*args), wanted, 1e-12)
    second = dd.hessian(plain, argnums=0)(*args)
    close(dd.hessian(looped, argnums=0)(*args), second, 1e-9)


def test_a_loop_keeps_states_only_and_repeats_as_often_as_it_says():
    calls = [0]

    def step(i, x):
        calls[0] += 1
        return np.sin(x) * np.exp(-0.1 * x) + 0.01 * np.cos(x * i)

    n = 220
    _, J = dd.linearize(lambda x: dd.checkpoint_loop(step, x, n, snapshots=10), X)      # (10 + 3)! / (10! 3!) = 286
    assert 10 * X.nbytes <= J.nbytes < 25 * X.nbytes
    calls[0] = 0
    J.T @ np.ones(500)
    assert n < calls[0] <= 3 * n + n        # three times again, and recorded once


def test_a_float32_state_beside_a_float64_one():
    def step(i, s):
        return {"a": np.sin(s["a"]), "b": s["b"] * s["a"].sum()}

    s = {"a": X[:5].astype(np.float32), "b": np.array([0.5, 1.5])}
    f = lambda b, loop: loop(step, {"a": s["a"], "b": b}, 6)["b"].sum()     # noqa: E731
    assert f(s["b"], dd.checkpoint_loop) == f(s["b"], by_hand)
    close(dd.grad(f, mode="reverse")(s["b"], dd.checkpoint_loop), dd.grad(f)(s["b"], by_hand), 1e-6)


def test_a_step_that_closes_over_what_varies():
    f = lambda x: np.sum(dd.checkpoint_loop(lambda i, y: np.sin(y) * x, np.ones(5), 20))        # noqa: E731
    g = lambda x: np.sum(by_hand(lambda i, y: np.sin(y) * x, np.ones(5), 20))       # noqa: E731
    close(dd.grad(f, mode="reverse")(X[:5]), dd.grad(g)(X[:5]), 1e-12)


def test_loops_that_cannot_be():
    f = lambda x: dd.checkpoint_loop(lambda i, y: y, x, 3)      # noqa: E731
    with pytest.raises(InputError, match="int"):
        dd.checkpoint_loop(lambda i, y: y, 1.0, 2.0)
    with pytest.raises(ArgumentError, match="at least 0"):
        dd.checkpoint_loop(lambda i, y: y, 1.0, -1)
    with pytest.raises(InputError, match="floating-point"):
        dd.vjp(lambda x: f((x, 3)), 1.0)
    with pytest.raises(ShapeError, match="shapes"):
        dd.vjp(lambda x: dd.checkpoint_loop(lambda i, y: np.concatenate([y, y]), x, 3), X)
