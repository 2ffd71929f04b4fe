"""Operations on single numbers, recorded as entries of runs: the same derivatives in every mode, whatever becomes of them."""

import copy
import gc
import math
import pickle
import threading
import tracemalloc
import warnings

import numpy as np
import pytest
from support import close, same_bits

import dualdiff as dd
import dualdiff.math as dm
from dualdiff.core import Tape, collect, walk_back, walk_forward
from dualdiff.errors import EscapedDualError, MemoryLimitError
from dualdiff.maps.tangents import Node
from dualdiff.transforms.recording import Recording
from dualdiff.transforms.segments import Segments

X = np.array([0.7, 1.3, -0.4])
INF, NAN = np.inf, np.nan


def steps(n):
    """n steps of a loop with branches, constants, functions of math and of NumPy, and selections."""
    def f(x):
        a, b, c = x[0], x[1], x[2]
        s = t = a * b
        for i in range(n):
            s = s * 0.99 + dm.sin(a) * 1e-2 - 2 / (3 + s * s)
            if s > 0.5:
                s = s - s**2 * 1e-2
            if i % 5 == 0:
                t = np.tanh(s) + max(s, b) - abs(c)
            if i % 7 == 0:
                s = dm.hypot(s, t) * np.float64(0.9) + np.maximum(c, s)
        return s * t

    return f


def elements(x):
    """Every element once, a sum that goes on."""
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return total


def buffer(x):
    """Numbers written into an array, and read from it again."""
    y = 0 * np.tile(x, 14)[:40]
    y[0] = x[0] * x[1] + x[2]
    for i in range(1, 40):
        y[i] = y[i - 1] * 0.5 + x[i % 3] * 2 - x[0] * y[i // 2] + 1
    return y[3] * y[-1] + np.sum(y[::3])


def mixture(x):
    """Numbers and arrays by turns: runs of every length up to some hundred."""
    s = x[0]
    for n in range(14):
        for _ in range(n * n):
            s = s * 0.999 + x[1] * 1e-3
        x = x * s / (1 + np.sum(x * x))
    return s + np.sum(x)


def used_late(x):
    """A number of a run that is closed long ago, one that nobody uses, and one that is used often."""
    early = [x[0] * float(i) for i in range(20)]
    first = np.array(early)
    s = x[1] * x[2]
    for i in range(1100):
        s * 3.0
        s = s + early[i % 20] * 1e-3 * s
    return s * early[3] + first[4] + first.sum() * early[3]


def lorenz(x):
    for _ in range(60):
        x = x + 1e-2 * np.array([10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]])
    return x


def lorenz_numbers(x):
    a, b, c = x
    for _ in range(150):
        a, b, c = a + 1e-3 * (10 * (b - a)), b + 1e-3 * (a * (28 - c) - b), c + 1e-3 * (a * b - 8 / 3 * c)
    return np.array([a, b, c])


def kinds(x):
    """Integers, bools, float32 and float64 scalars, and arrays without axes beside recorded numbers."""
    a = x[0] * 3 + True - np.float64(2.0) * x[1] + 2**60 * (x[2] * 2.0**-60)
    a = a * np.float32(1.5) + np.array(0.25) * a - np.int64(2) * a
    return -a + +a * abs(a) // 100 + a % 7 + divmod(a, 3)[1]


def pruned(x):
    """What is computed and forgotten, in the middle and at the end of a run."""
    s = x[0] * x[1]
    for i in range(30):
        if abs(s - x[2]) * 2 > 1e9 or x[i % 3] * x[0] + 1 < -1e9:
            break
        s = s * 0.9 + x[i % 3]
        (s * 2) * (s * x[2])
    return s


FUNCTIONS = {
    "no step": steps(0), "a step": steps(1), "some steps": steps(3), "a run": steps(60), "many runs": steps(300),
    "elements": elements, "a buffer": buffer, "a mixture": mixture, "used late": used_late, "Lorenz": lorenz,
    "Lorenz by numbers": lorenz_numbers, "kinds of numbers": kinds, "pruned": pruned,
    "one operation": lambda x: x[0] * x[1],
    "the argument itself": lambda x: x[1],
    "a constant": lambda x: x[1] * 0 + 1 if x[0] > 9 else 2.0 + 0 * x[0],
    "twice": lambda x: (x[0] * x[0]) * (x[0] * x[0]) + x[1] / x[1],
}  # fmt: skip


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_all_modes_agree(f):
    value = f(X)
    J = dd.jacobian(f, mode="forward")(X)
    y, pull = dd.vjp(f, X)
    same_bits(y, value)
    w = np.ones(np.shape(value))
    close(pull(w), w.reshape(-1) @ J.reshape(-1, 3), 1e-12)
    close(pull(np.stack([w, 2 * w]))[1], 2 * pull(w), 1e-12)
    close(dd.jacobian(f, mode="reverse")(X), J, 1e-12)
    _, A = dd.linearize(f, X)
    close(np.stack([np.ravel(A @ e) for e in np.eye(3)], axis=-1).reshape(J.shape), J, 1e-12)
    close(A.T @ w.reshape(-1), w.reshape(-1) @ J.reshape(-1, 3), 1e-12)
    close(pickle.loads(pickle.dumps(pull))(w), pull(w), 1e-12)
    close(copy.deepcopy(pull)(w), pull(w), 1e-12)
    pattern = np.asarray(dd.sparsity(f, X).todense()).reshape(-1, 3)
    assert not (np.abs(J.reshape(-1, 3)) > 0)[~pattern].any()


@pytest.mark.parametrize("f", [FUNCTIONS[name] for name in ("some steps", "a run", "elements", "a buffer", "used late", "pruned")])
def test_second_order(f):
    H = dd.jacobian(dd.grad(f, mode="forward"), mode="forward")(X)
    close(dd.hessian(f)(X), H, 1e-10)
    for outer in ("forward", "reverse"):
        for inner in ("forward", "reverse"):
            close(dd.jacobian(dd.grad(f, mode=inner), mode=outer)(X), H, 1e-10)
    close(dd.hvp(f, X, X), H @ X, 1e-10)


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_as_if_there_were_no_runs(f):
    """The walks through runs give the bits of the walks along a node for each operation, and what depends on what."""
    recording = Recording(f, (X,), {}, fuse=False)
    ends, inputs = recording.nodes, recording.inputs
    if ends == [None]:
        return
    short = Tape(collect(ends, runs=True), inputs, runs=True)
    w = np.random.default_rng(1).uniform(1, 2, (2, *np.shape(f(X))))
    t = np.random.default_rng(2).uniform(1, 2, (3, 3))
    ways = [(short, short.find(inputs), short.find(ends))]
    before = [walk_back(short, ways[0][2], [w[:1]], ways[0][1]), walk_forward(short, ways[0][1], [t], ways[0][2])]
    long = Tape(collect(ends), inputs)
    assert not long.runs
    assert short.count >= len(long.order)       # and what is computed for nothing
    ways.append((long, long.find(inputs), long.find(ends)))
    for _ in range(2):      # the tape with runs is as it was, though they have become nodes
        for tape, inputs_at, ends_at in ways:
            one = walk_back(tape, ends_at, [w[:1]], inputs_at)[0]
            close(one, before[0][0], 1e-14)
            close(walk_back(tape, ends_at, [w], inputs_at)[0][:1], one, 1e-14)
            close(walk_forward(tape, inputs_at, [t], ends_at)[0], before[1][0], 1e-14)


def test_loops_are_runs():
    recording = Recording(elements, (np.linspace(0.5, 1.5, 200),), {})
    tape = Tape(collect(recording.nodes, runs=True), recording.inputs, runs=True)
    assert tape.runs and tape.count > 2000 and len(tape.order) < 650        # each element is read three times
    recording = Recording(lorenz_numbers, (X,), {})
    tape = Tape(collect(recording.nodes, runs=True), recording.inputs, runs=True)
    assert tape.count > 1800 and len(tape.order) < 40
    few = Recording(lambda x: x[0] * x[1] + x[2], (X,), {})
    assert not Tape(collect(few.nodes, runs=True), few.inputs, runs=True).runs


def test_the_nodes_of_a_run_say_what_was_recorded():
    recording = Recording(lambda x: (dm.exp(x) * x / 3 - x) ** 2 + max(x, 0.0) + np.maximum(x, 3.0), (0.5,), {})
    order = collect(recording.nodes)
    assert [node.map and node.map.rule for node in order] == [
        None, "exp", "multiply", "divide", "subtract", "power", "add", "maximum", "add"]
    assert order[2].parents == (order[1], order[0]) and order[3].parents == (order[2], None)
    assert order[2].map.partials == (0.5, math.exp(0.5)) and order[7].map.both == (True, True)
    assert [node.born for node in order] == sorted(node.born for node in order)


@pytest.mark.parametrize("n", [1, 5, 6, 100, 511, 512, 513, 1024, 1500])
def test_any_length(n):
    def f(x):
        for _ in range(n):
            x = x * 1.001
        return x

    assert dd.grad(f, mode="reverse")(2.0) == pytest.approx(1.001**n, rel=1e-12)
    assert dd.linearize(f, 2.0)[1] @ 1.0 == pytest.approx(1.001**n, rel=1e-12)


def test_several_arguments_and_results():
    def f(x, p, y):
        for _ in range(100):
            x, y = x + 1e-2 * y * p["k"], y - 1e-2 * x
        return {"x": x, "xy": np.array([x, y]), "early": p["k"] * 2}

    value, pull = dd.vjp(f, 0.3, {"k": 1.5}, 0.4)
    w = {"x": 1.0, "xy": np.array([2.0, -1.0]), "early": 0.5}
    found = pull(w)
    _, t = dd.jvp(f, (0.3, {"k": 1.5}, 0.4), (0.2, {"k": 0.3}, -0.1))
    pushed = t["x"] + t["xy"] @ w["xy"] + t["early"] / 2
    close(0.2 * found[0] + 0.3 * found[1]["k"] - 0.1 * found[2], pushed, 1e-12)
    assert type(found[0]) is float and type(value["x"]) is float


# ---- zeros, infinities, choices ----------------------------------------------------------------------------------

AT_EDGES = {
    "an infinite partial": (lambda x: np.sqrt(x[0] * 1.0) + x[1], [0.0, 1.0], [INF, 1]),
    "that nothing reaches": (lambda x: np.sqrt(x[0] * 1.0) * 1.0 + (x[1] - x[1]) * 0.0, [0.0, 1.0], [INF, 0]),
    "a square before a root": (lambda x: np.sqrt(x[0] * x[0]) + x[1], [0.0, 1.0], [NAN, 1]),
    "a square behind a root": (lambda x: np.sqrt(x[0] * 1.0) ** 2 + x[1], [0.0, 1.0], [NAN, 1]),
    "a zero beside": (lambda x: x[0] * dm.log(np.float64(1.0) * x[1]) + np.sqrt(x[0] * 1.0), [0.0, 1.0], [INF, 0]),
    "max": (lambda x: np.sqrt(np.maximum(x[0] * 1.0, 1.0)) + x[1], [0.0, 1.0], [0, 1]),
    "max of an infinite one": (lambda x: np.maximum(np.sqrt(x[0] * 1.0), 1.0) + x[1], [0.0, 1.0], [0, 1]),
    "a tie": (lambda x: np.maximum(x[0] * 1.0, x[1] * 1.0) * 2.0, [1.0, 1.0], [1, 1]),
    "abs at 0": (lambda x: abs(x[0] * 2.0) + x[1], [0.0, 1.0], [0, 1]),
    "nan": (lambda x: (x[0] * NAN) * 1.0 + x[1], [1.0, 1.0], [NAN, 1]),
    "inf": (lambda x: (x[0] * INF) + x[1], [1.0, 1.0], [INF, 1]),
    "a step": (lambda x: np.floor(x[0] * 1.5) * x[1] + np.sign(x[0] * 2.0), [1.0, 1.0], [0, 1]),
}


@pytest.mark.parametrize("padding", [0, 20])
@pytest.mark.parametrize("case", AT_EDGES.values(), ids=AT_EDGES)
def test_edges(case, padding):
    """padding: operations around it, so that it is in a run, or is a node each."""
    f, x, wanted = case

    def padded(x):
        a, b = x[0], x[1]
        for _ in range(padding):
            a, b = a * 1.0, b + 0.0
        y = f([a, b])
        for _ in range(padding):
            y = y * 1.0
        return y

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        x = np.array(x)
        for mode in ("forward", "reverse"):
            np.testing.assert_array_equal(dd.grad(padded, mode=mode)(x), wanted)
            np.testing.assert_array_equal(dd.jacobian(lambda x: np.array([padded(x), 1.0]), mode=mode)(x)[0], wanted)
        _, A = dd.linearize(padded, x)
        np.testing.assert_array_equal([(A @ e)[0] for e in np.eye(2)], wanted)
        np.testing.assert_array_equal(A.T @ np.ones(1), wanted)


def test_patterns_are_exact():
    def f(x):
        a, b, c, d = x
        for _ in range(20):
            a, b = a * 1.1 + b * 0.0, b + 1.0
            c = c * 2.0 - np.maximum(d, 0.0)
        return np.array([a, b, c, np.floor(d) * c])

    wanted = [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]
    np.testing.assert_array_equal(dd.sparsity(f, np.array([1.0, 2.0, 3.0, 4.0])).todense(), wanted)


def test_warnings_and_errors_are_as_before():
    def f(x):
        s = x
        for _ in range(10):
            s = s * 1.0
        return s / 0.0

    with pytest.warns(RuntimeWarning, match="divide by zero"):
        dd.vjp(f, 1.0)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        dd.vjp(lambda x: (x * 1e300) * (x * 1e300), 2.0)
    with pytest.raises(ValueError, match="domain"):
        dd.vjp(lambda x: dm.sqrt(x * 1.0 - 5), 1.0)


def test_kinds_of_values():
    """What a number is in f is what it is without derivatives."""
    seen = []

    def f(x):
        a = x * 2
        b, c, d, e = dm.sin(a), np.sin(a), -a, np.float64(2) * a
        seen.append([type(v.value) if hasattr(v, "value") else type(v) for v in (dm.sin(x * 1.0), np.sin(x * 1.0))])
        seen.append([type(v > 0) for v in (a, b, c, d, e, np.sin(x) + x, x.item() if hasattr(x, "item") else x)])
        assert bool(a) and a == a and not a != a and hash(str(a))
        return b + c + d + e

    f(0.4)
    dd.grad(f, mode="reverse")(0.4)
    assert seen[2] == seen[0] and seen[3] == seen[1]


def test_two_duals_of_one_number():
    def f(x):
        s = x * 1.0
        for _ in range(10):
            s = np.sin(s)
            t = s.item() if hasattr(s, "item") else s
            s = s * t + np.array([t, s]).sum()
        return s

    close(dd.grad(f, mode="reverse")(0.3), dd.grad(f, mode="forward")(0.3), 1e-12)


# ---- memory, threads, calls ----------------------------------------------------------------------------------------

def test_bytes_of_an_operation():
    def f(x):
        for _ in range(20000):
            x = x * 0.5 + 1.0
        return x

    gc.collect()
    tracemalloc.start()
    _, pull = dd.vjp(f, 1.0)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held < 64 * 40000 and pull.recording.nbytes < 64 * 40000


def test_the_collector_does_not_walk_through_a_recording():
    before = len(gc.get_objects())
    _, pull = dd.vjp(steps(500), X)
    assert len(gc.get_objects()) - before < 1000
    assert np.isfinite(pull(1.0)).all()


def test_long_recordings_are_freed_one_by_one():
    def f(x):
        y = np.array([1.0, 2.0])
        for _ in range(20000):
            for _ in range(8):
                x = x * 1.0
            x = x + (y * x)[0] * 0.0
        return x

    _, pull = dd.vjp(f, 1.0)
    del pull
    kept = []
    with pytest.raises(ZeroDivisionError):
        dd.vjp(lambda x: kept.append(steps(500)([x, x, x])) or 1 // 0, 1.0)
    kept.clear()


def test_what_is_forgotten_is_not_kept():
    """Large arrays of which only a number was looked at are free again."""
    ones = np.ones(20000)       # one constant: copies of several are kept while f runs, told apart by their addresses

    def f(x):
        s = x[0] * 1.0
        for _ in range(20):
            big = np.exp(x * ones)
            if (big.sum() * 2 - 1) * 3 < 0:
                break
            s = s * 0.9
        return s

    x = np.array([0.1])
    dd.vjp(f, x)
    tracemalloc.start()
    dd.vjp(f, x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * 160000


@pytest.mark.parametrize("limit", [2000.0, 20000.0, 60000.0])
@pytest.mark.parametrize("f", [steps(300), used_late, mixture, elements, lorenz_numbers], ids=lambda f: f.__name__)
def test_memory_limit(f, limit):
    value, whole = dd.vjp(f, X)
    try:
        _, pull = dd.vjp(f, X, memory_limit=limit)
    except MemoryLimitError:
        assert limit == 2000.0
        return
    w = np.ones(np.shape(value))
    close(pull(w), whole(w), 1e-12)
    close(pull(np.stack([w, 3 * w]))[1], 3 * whole(w), 1e-12)
    if whole.recording.nbytes > 2 * limit:
        assert type(pull.recording.made) is Segments


def test_checkpoint():
    part = steps(100)
    f = dd.checkpoint(lambda x: np.array([part(x), x[0] * 0.5, x[2]]) * 0.1)
    g = lambda x: np.sum(f(f(x)) * x)  # noqa: E731
    close(dd.grad(g, mode="reverse")(X), dd.grad(g, mode="forward")(X), 1e-12)


def test_threads():
    """Several record at once, and one hands its numbers to others."""
    wanted = dd.grad(steps(300), mode="forward")(X)
    found, errors = [], []

    def one():
        try:
            for _ in range(5):
                found.append(dd.grad(steps(300), mode="reverse")(X))
        except BaseException as error:      # noqa: BLE001
            errors.append(error)

    many = [threading.Thread(target=one) for _ in range(4)]
    for thread in many:
        thread.start()
    for thread in many:
        thread.join()
    assert not errors and len(found) == 20
    for g in found:
        same_bits(g, found[0])
        close(g, wanted, 1e-12)

    def handed(x):
        s = x[0] * x[1]
        got = []

        def work():
            t = s
            for _ in range(30):
                t = t * 0.9 + x[2]
            got.append(t)

        for _ in range(3):
            s = s * x[0] + 1.0
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            s = s * got[-1]
        return s

    close(dd.grad(handed, mode="reverse")(X), dd.grad(handed, mode="forward")(X), 1e-12)


@pytest.mark.parametrize("limit", ["auto", 20000.0])
def test_calls_inside_of_calls(limit):
    def f(x):
        s = x[0] * x[1]
        for i in range(10):
            for _ in range(20):
                s = s * 0.999 + x[2] * 1e-3
            s = s * 0.9 + dd.grad(lambda z: z * z * s + dm.sin(z * x[2]), mode="reverse")(s * 0.1)  # noqa: B023
            s = s + dd.jvp(lambda z: z * s, (x[i % 3] * 1.0,), (1.0,))[1] * 1e-2  # noqa: B023
        return s

    close(dd.grad(f, mode="reverse", memory_limit=limit)(X), dd.grad(f, mode="forward")(X), 1e-12)


def test_exceptions_in_the_middle():
    kept = []

    def f(x):
        s = x[0] * x[1]
        for i in range(40):
            s = s * 0.9
            if i == 30 and not kept:
                kept.append(s)
                raise KeyboardInterrupt
        return s

    with pytest.raises(KeyboardInterrupt):
        dd.vjp(f, X)
    close(dd.grad(f, mode="reverse")(X), dd.grad(f, mode="forward")(X), 1e-12)
    with pytest.raises(EscapedDualError):
        dd.vjp(lambda x: x[0] * kept[0], X)
    with pytest.raises(EscapedDualError):
        dd.vjp(lambda x: kept[0] * 2.0, X)


def test_generators():
    def numbers(x):
        s = x[0]
        while True:
            s = s * 0.9 + x[1] * x[2]
            yield s

    def f(x):
        a, b = numbers(x), numbers(x * 2)
        return sum(next(a) * next(b) for _ in range(30))

    close(dd.grad(f, mode="reverse")(X), dd.grad(f, mode="forward")(X), 1e-12)


def test_what_recorded_numbers_show():
    def f(x):
        s = x * 2.0
        assert repr(s).startswith("Dual(") and s.dtype == np.float64 and s.shape == () and s.value == 1.0
        assert type(s.tangents) is Node and s.tangents is s.tangents
        assert copy.copy(s) is s and s[()] is s
        return s * s.value

    assert dd.grad(f, mode="reverse")(0.5) == 2.0


def test_a_recorded_number_in_a_matrix_product():
    f = lambda x: np.array([[x[0] * 2, x[1]], [x[1] * x[2], 1.0]]) @ np.array([x[0] * x[0], 2.0])  # noqa: E731
    close(dd.jacobian(f, mode="reverse")(X), dd.jacobian(f, mode="forward")(X), 1e-13)
