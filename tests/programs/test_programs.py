"""Programs give what `evaluate` gives, to the bit."""

import contextlib
import itertools
import signal
import warnings

import numpy as np
import pytest
from support import in_threads

from dualdiff.core._program import use_own_exp
from dualdiff.errors import InputError, ShapeError, UnsupportedError
from dualdiff.programs.evaluate import evaluate
from dualdiff.programs.graph import Call, Graph, Guard, dense_strides
from dualdiff.programs.plan import GuardFailed, plan
from programs.random_graphs import BINARY, COMPARE, UNARY, make, values


def same(a, b):
    """Equal to the bit; a nan is a nan."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind == "c":
        return same(a.real, b.real) and same(a.imag, b.imag)
    if a.shape != b.shape:
        return False
    if a.dtype.kind != "f":
        return bool(np.array_equal(a, b))
    with np.errstate(all="ignore"):
        b = b.astype(a.dtype)
    return bool(np.all((a == b) & (np.signbit(a) == np.signbit(b)) | np.isnan(a) & np.isnan(b)))


def reference(graph, xs):
    with np.errstate(all="ignore"):
        return evaluate(graph, xs)


def check(graph, program, xs):
    before = [x.copy() for x in xs]
    expected = reference(graph, xs)
    found = program(xs)
    assert not isinstance(found, GuardFailed)
    for k, (a, b) in enumerate(zip(expected, found, strict=True)):
        assert same(a, b), (k, graph.op[graph.outputs[k]], graph.attr[graph.outputs[k]], a, b)
        if np.ndim(b):
            assert b.dtype == a.dtype and b.flags.c_contiguous and b.flags.owndata or b.base is not None
    for x, y in zip(xs, before, strict=True):
        assert same(x, y)
    return found


@pytest.mark.parametrize("seed", range(400))
def test_random_graphs(seed):
    graph, inputs = make(seed, steps=5 + seed % 40, large=seed % 4 == 0)
    program = plan(graph)
    first = check(graph, program, inputs(seed))
    kept = [np.copy(x) for x in first]
    check(graph, program, inputs(seed + 1))
    for x, y in zip(first, kept, strict=True):      # results are never written to after they are returned
        assert same(x, y)
    for a in graph.captured:
        if a.size and a.flags.writeable:
            a[...] = a[::-1].copy() if a.ndim else a + a
    check(graph, program, inputs(seed + 2))


@pytest.mark.parametrize("seed", range(20))
def test_several_threads(seed):
    graph, inputs = make(1000 + seed, steps=40, large=True)
    program = plan(graph)

    def work(k):
        xs = inputs(k)
        for _ in range(5):
            check(graph, program, xs)

    in_threads(work)


def one(name, *xs, dtype=None):
    """(graph, program) of one elementwise function of inputs like the given arrays."""
    g = Graph()
    g.outputs = [g.apply(name, *[g.input(x.shape, x.dtype) for x in xs], dtype=dtype)]
    return g, plan(g)


# ---- elementwise functions and reductions, of all sizes ----


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [1, 7, 8, 9, 127, 128, 129, 130, 1023, 1024, 1025, 100000])
def test_sizes(n, dtype):
    rng = np.random.default_rng(n)
    x, y = (rng.normal(size=n).astype(dtype) for _ in range(2))
    for name in UNARY:
        check(*one(name, x), [x])
    for name in BINARY:
        check(*one(name, x, y), [x, y])
        check(*one(name, x, y[:1].reshape(())), [x, y[:1].reshape(())])
        check(*one(name, y[:1], x), [y[:1], x])
    for name in COMPARE:
        check(*one(name, x, y, dtype=bool), [x, y])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "shape",
    [(5,), (9,), (200,), (20000,), (3, 4), (300, 4), (4, 300), (100, 20), (2, 20000), (20000, 2), (3, 9000, 3), (50, 5, 4),
     (1, 7), (7, 1), (2, 3, 4, 5), (65, 1, 9), (2, 0), (0, 3)],
)  # fmt: skip
def test_reductions(shape, dtype):
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape).astype(dtype)
    special = np.where(rng.random(shape) < 0.1, rng.choice([-0.0, 0.0, np.inf, np.nan], shape), -0.0).astype(dtype)
    for count in range(1, len(shape) + 1):
        for axes in itertools.combinations(range(len(shape)), count):
            for name in ("add", "multiply", "maximum", "minimum"):
                if name[0] == "m" and name != "multiply" and any(shape[a] == 0 for a in axes):
                    continue
                for keepdims in (False, True):
                    g = Graph()
                    u = g.input(shape, dtype)
                    turned = g.view(u, 0, shape[::-1], dense_strides(shape)[::-1])
                    g.outputs = [g.reduce(name, u, axes, keepdims), g.reduce(name, turned, axes, keepdims)] if x.size else [
                        g.reduce(name, u, axes, keepdims)]  # fmt: skip
                    program = plan(g)
                    check(g, program, [x])
                    check(g, program, [special])


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128, np.int64])
def test_products(dtype):
    rng = np.random.default_rng(0)
    for left, right in [
        ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((1, 3), (3, 1)), ((40, 30), (30, 50)), ((1, 1), (1, 1)),
        ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)), ((1, 2, 3), (100, 3, 1)), ((100, 2, 2), (2,)), ((2, 0), (0, 3)),
    ]:  # fmt: skip
        g = Graph()
        a, b = g.input(left, dtype), g.input(right, dtype)
        at, bt = (g.view(x, 0, s[::-1], dense_strides(s)[::-1]) for x, s in ((a, left), (b, right)))
        g.outputs = [g.matmul(a, b)]
        if len(left) == len(right) == 2:
            g.outputs += [g.matmul(bt, at), g.matmul(a, at), g.matmul(bt, b)] if min(*left, *right) else []
        check(g, plan(g), [values(rng, left, np.dtype(dtype)), values(rng, right, np.dtype(dtype))])


def test_numbers():
    """Programs of numbers alone: operators of Python's, functions of the math module, NumPy's functions."""
    g = Graph()
    x, y = g.input((), float), g.input((), float)
    nodes = [x, y]
    for name in ("operator.add", "operator.sub", "operator.mul", "operator.truediv", "operator.pow", "operator.mod"):
        nodes.append(g.apply(name, x, y))
    for name in ("operator.neg", "operator.pos", "operator.abs", "math.sin", "math.exp", "math.log", "math.sqrt", "math.erf"):
        nodes.append(g.apply(name, x))
    for name in ("sin", "log1p", "sqrt", "sech2"):
        nodes.append(g.apply(name, x))
    nodes.append(g.apply("operator.lt", x, y, dtype=bool))
    g.outputs = nodes
    program = plan(g)
    found = check(g, program, [np.float64(0.7), np.float64(1.3)])
    assert type(found[2]) is float
    assert type(found[-1]) is np.bool_
    check(g, program, [np.float64(7.5), np.float64(-2.0)])
    for wrong in ((1.0, 0.0), (-1.0, 0.5), (800.0, 2.0), (0.0, 1.0)):
        assert program([np.float64(v) for v in wrong]).index == -1
        assert program.fast(*wrong) is NotImplemented


def test_near():
    rng = np.random.default_rng(0)
    for xs in (rng.normal(size=5000), rng.uniform(-1e6, 1e6, 5000), np.arange(5000) * np.pi / 2,
               np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1e300])):  # fmt: skip
        for name in ("sin", "cos"):
            g = Graph()
            x = g.input(xs.shape, float)
            inner = g.apply("negative", g.apply("negative", x))
            g.outputs = [g.apply(name, x), g.apply("square", g.apply("near." + name, inner))]
            with np.errstate(all="ignore"):
                expected = getattr(np, name)(xs)
            for program, ulps in ((plan(g), 0), (plan(g, exact=False), 2)):
                found, squares = program([xs])
                with np.errstate(all="ignore"):
                    close = np.abs(found - expected) <= ulps * np.spacing(np.abs(expected))
                    near = np.abs(squares - expected**2) <= 6 * np.spacing(expected**2)
                assert np.all(close | same_elements(found, expected))
                assert np.all(near | same_elements(squares, expected**2))


def test_near_helpers():
    """sech2 and powm1 by NumPy's exp and power."""
    rng = np.random.default_rng(0)
    for xs in (rng.normal(size=3000), rng.uniform(-400, 400, 3000), np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1e300])):
        g = Graph()
        x, y = g.input(xs.shape, float), g.input((), float)
        g.outputs = [g.apply("near.sech2", x), g.apply("near.powm1", x, y), g.apply("near.powm1", x, x)]
        pairs = []
        for exponent in (3.0, 2.5, 0.1, -1e-3):
            expected = reference(g, [xs, np.float64(exponent)])
            pairs += zip(expected, plan(g)([xs, exponent]), strict=True)
        for a, b in pairs:
            with np.errstate(all="ignore"):
                ok = np.abs(a - b) <= 4 * np.spacing(np.abs(a))
            assert np.all(ok | same_elements(a, b))


def test_near_densities():
    """exp(-x*x) and the normal density, by NumPy's exp."""
    rng = np.random.default_rng(0)
    for xs in (rng.normal(size=3000), rng.uniform(-45, 45, 3000), np.linspace(-26, 26, 2000),
               np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1e300, 40.0, 40.000001])):  # fmt: skip
        g = Graph()
        x = g.input(xs.shape, float)
        g.outputs = [g.apply("near.gauss", x), g.apply("near.normal", x)]
        program = plan(g)
        for a, b in zip(reference(g, [xs]), program([xs]), strict=True):
            with np.errstate(all="ignore"):
                ok = np.abs(a - b) <= np.maximum(3 * np.spacing(np.abs(a)), 1e-300)
            assert np.all(ok | same_elements(a, b))
        assert not program.flags() & 11


@pytest.fixture
def own_exp():
    before = use_own_exp(True)
    yield
    use_own_exp(before)


@pytest.mark.parametrize("name", ["exp", "log1p", "tanh"])
def test_own_functions_are_within_two_ulp(name, own_exp):
    rng = np.random.default_rng(0)
    bound = 2.0 if np.finfo(np.longdouble).eps < 1e-17 else 3.0     # else the reference is rounded, too
    for xs in (
        rng.normal(size=20000), rng.uniform(-720, 720, 20000), rng.uniform(-25, 25, 20000), rng.uniform(-1, 1, 20000),
        10.0 ** rng.uniform(-300, 300, 5000), -(10.0 ** rng.uniform(-300, 0, 5000)), -1 + 2.0 ** -rng.uniform(1, 53, 2000),
        np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 1e300, -1.0, -2.0, 704.0, 709.7, 709.8, -745.0, -746.0]),
        np.array([22.0, 21.99999999, 2.0**52, 2.0**53, 0.5 * np.log(2.0), -0.5 * np.log(2.0), 0.5625, 1.0, -0.75, 2.5]),
    ):  # fmt: skip
        wide = rng.normal(size=2 * len(xs))
        wide[::2] = xs
        g = Graph()
        x, y = g.input(xs.shape, float), g.input(wide.shape, float)
        strided = g.view(y, 0, xs.shape, (2,))
        g.outputs = [g.apply("near." + name, x), g.apply("near." + name, strided)]
        found, again = plan(g)([xs, wide])
        with np.errstate(all="ignore"):
            expected = getattr(np, name)(xs.astype(np.longdouble))
            rounded = expected.astype(float)
            wrong = np.abs(found - expected) / np.spacing(np.abs(rounded))
        assert np.all((wrong <= bound) | same_elements(found, rounded)), xs[np.nanargmax(wrong)]
        assert np.all(same_elements(found, again))
        assert np.all((np.signbit(found) == np.signbit(rounded)) | np.isnan(found))


def test_what_need_not_be_exact_is_so_where_it_must(own_exp):
    """exp, log1p and tanh have NumPy's bits unless they were let off, and raise NumPy's flags."""
    xs = np.linspace(-0.9, 3.0, 999)
    g = Graph()
    x = g.input(xs.shape, float)
    g.outputs = [g.apply(name, x) for name in ("exp", "log1p", "tanh")]
    for a, b in zip(plan(g)([xs]), reference(g, [xs]), strict=True):
        assert a.tobytes() == b.tobytes()
    near = plan(g, exact=False)
    for a, b in zip(near([xs]), reference(g, [xs]), strict=True):
        np.testing.assert_array_max_ulp(a, b, 3)
    assert not near.flags() & 11
    for bad, flag in ((800.0, 2), (-1.0, 1), (-2.0, 8)):
        near([np.where(xs > 2.5, bad, 0.5)])
        assert near.flags() & 11 == flag


def same_elements(a, b):
    return (a == b) & (np.signbit(a) == np.signbit(b)) | np.isnan(a) & np.isnan(b)


# ---- guards, and what a program refuses ----


def guarded(kind, value, seen):
    g = Graph()
    x = g.input(np.shape(value), np.asarray(value).dtype)
    g.guards = [Guard(x, kind, seen, "here")]
    g.outputs = [g.apply("add", x, x)]
    return plan(g)([np.asarray(value)])


@pytest.mark.parametrize(
    ("kind", "value", "seen", "holds"),
    [
        ("bool", True, True, True), ("bool", False, True, False), ("bool", 2.5, True, True), ("bool", 0.0, True, False),
        ("bool", np.nan, True, True), ("int", 3, 3, True), ("int", 4, 3, False), ("int", 3.7, 3, True), ("int", -3.7, -3, True),
        ("int", np.nan, 3, False), ("int", np.inf, 3, False), ("float", 1.5, 1.5, True), ("float", 0.0, -0.0, False),
        ("float", np.nan, np.nan, True), ("float", np.float32(0.1), float(np.float32(0.1)), True),
        ("array", np.arange(3), np.arange(3), True), ("array", np.arange(3), np.array([0, 1, 3]), False),
        ("array", np.array([1.0, 2.0]), np.array([1.0, 2.0]), True),
    ],
)  # fmt: skip
def test_guards(kind, value, seen, holds):
    found = guarded(kind, value, seen)
    if holds:
        assert not isinstance(found, GuardFailed)
    else:
        assert found.index == 0


def test_guards_come_before_calls_that_follow():
    called = []

    def function(x):
        called.append(1)
        return (x,)

    g = Graph()
    x = g.input((3,), float)
    c = g.apply("less", g.view(x, 0, (), ()), g.constant(0.0), dtype=bool)
    g.guards = [Guard(c, "bool", False, "here")]
    (y,) = g.call(Call(function, "function", ((3,),), (np.dtype(float),)), x)
    g.outputs = [y]
    program = plan(g)
    assert program([np.array([-1.0, 0, 0])]).index == 0
    assert not called
    assert np.array_equal(program([np.ones(3)])[0], np.ones(3))
    assert called
    assert {"guard", "Python"} <= {entry["kind"] for entry in program.explain()}


def test_calls():
    g = Graph()
    x = g.input((2, 3), float)
    kept = []

    def function(x, y):
        kept.append(x)
        if x[0, 0] > 5:
            raise KeyError("of the function")
        return (y.sum(axis=0), x) if x[0, 0] < 3 else (y, x)

    view = g.view(x, 0, (3, 2), (1, 3))
    a, b = g.call(Call(function, "function", ((2,), (3, 2)), (np.dtype(float), np.dtype(float))), view, view)
    g.outputs = [g.apply("sin", a), b]
    program = plan(g)
    xs = np.arange(6.0).reshape(2, 3)
    check(g, program, [xs])
    first = kept[-1].copy()
    assert kept[-1].strides == (8, 24)          # the layout that the function would have seen
    program([xs + 1])
    assert np.array_equal(kept[0], first)       # and nobody writes to what it keeps
    assert program([xs + 4]).index == -1        # another shape than was recorded
    with pytest.raises(KeyError, match="of the function"):
        program([xs + 9])
    check(g, program, [xs])


def test_indices_out_of_range():
    g = Graph()
    x, i = g.input((5,), float), g.input((3,), np.int64)
    g.outputs = [g.take(x, i), g.put_add(x, i, g.constant(1.0))]
    program = plan(g)
    check(g, program, [np.arange(5.0), np.array([0, -1, 4])])
    for wrong in ([0, 5, 1], [-6, 0, 0]):
        assert program([np.arange(5.0), np.array(wrong)]).index == -1


def test_fast_takes_only_what_is_expected():
    g = Graph()
    x, y = g.input((4,), float), g.input((), float)
    g.outputs = [g.apply("multiply", x, y)]
    program = plan(g)
    a = np.arange(4.0)
    assert np.array_equal(program.fast(a, 2.0), 2 * a)
    unaligned = np.frombuffer(bytearray(33), dtype=np.uint8)[1:].view(float)
    for wrong in ((a,), (a, 2), (a, np.float64(2)), (a, a), (a[::-1], 2.0), (a.astype("f4"), 2.0), (a[:3], 2.0), (a.reshape(2, 2), 2.0),
                  (list(a), 2.0), (a.view(np.matrix).view(np.recarray), 2.0), (a.astype(">f8"), 2.0), (unaligned, 2.0)):  # fmt: skip
        assert program.fast(*wrong) is NotImplemented
    for other in ((a[::-1], 2), (list(a), 2.0), (a.astype(">f8"), 2.0), (unaligned, 1.0)):
        assert np.array_equal(program(other)[0], np.asarray(other[0]) * other[1])
    with pytest.raises(ShapeError, match=r"shape \(4,\), got \(3,\)"):
        program([a[:3], 2.0])
    with pytest.raises(InputError, match="takes 2 arrays, got 1"):
        program([a])
    program = plan(g, takes=[np.ndarray, np.float64], gives=[2])
    assert program.fast(a, 2.0) is NotImplemented
    assert np.array_equal(program.fast(a, np.float64(2)), 2 * a)


def test_what_numbers_come_back_as():
    g = Graph()
    x = g.input((), float)
    c = g.apply("less", x, g.constant(1.0), dtype=bool)
    g.outputs = [x, x, x, c, c]
    found = plan(g, gives=[0, 1, 2, 0, 2]).fast(0.5)
    assert [type(v) for v in found] == [float, np.float64, np.ndarray, np.bool_, np.ndarray]


def test_flags():
    xs = np.array([1.0, 2.0, 3.0, 0.5] * 5)
    for name, value, expected in [("log", 0.0, 1), ("exp", 1000.0, 2), ("sqrt", -1.0, 8), ("exp", -1000.0, 4), ("less", np.nan, 0),
                                  ("sin", 0.5, 0), ("sqrt", np.nan, 0), ("reciprocal", 0.0, 1)]:  # fmt: skip
        for n in (1, 20):
            g = Graph()
            x = g.input((n,), float)
            y = g.apply(name, x, *([x] if name == "less" else []), dtype=bool if name == "less" else float)
            g.outputs = [y, g.apply("less", x, x, dtype=bool), g.apply("negative", x)]
            program = plan(g)
            seen = []
            program.on_flags = seen.append
            a = xs[:n].copy()
            program([a])
            assert program.flags() & 9 == 0
            a[0] = value
            program([a])
            assert program.flags() == expected, (name, n)
            assert bool(seen) == bool(expected)


def test_captured_arrays_are_read_at_each_run():
    a = np.arange(6.0).reshape(2, 3)
    g = Graph()
    g.outputs = [g.apply("add", g.capture(a), g.input((2, 3), float))]
    program = plan(g)
    zero = np.zeros((2, 3))
    assert np.array_equal(program([zero])[0], a)
    a[0] = 9
    assert np.array_equal(program([zero])[0], a)
    a.resize(3, 2, refcheck=False)
    assert program([zero]).index == -1


def test_what_a_plan_refuses():
    g = Graph()
    x = g.input((4,), float)
    for off, shape, strides in [(0, (5,), (1,)), (-1, (2,), (1,)), (3, (2,), (1,)), (0, (2, 2), (3, 2)), (0, (2,), (-1,))]:
        h = Graph()
        h.input((4,), float)
        h.outputs = [h.apply("negative", h.view(0, off, shape, strides))]
        with pytest.raises(ShapeError, match="does not lie in an array"):
            plan(h)
        h.outputs = [h.write(0, h.constant(1.0), off, shape, strides)]
        with pytest.raises(ShapeError, match="does not lie in an array"):
            plan(h)
    g.outputs = [g.cast(x, object)]
    with pytest.raises(UnsupportedError, match="arrays of numbers"):
        plan(g)


def test_results_are_nobody_elses():
    """Two results, or a result and an input or constant, never share memory."""
    g = Graph()
    x = g.input((200,), float)
    c = g.constant(np.arange(200.0))
    y = g.apply("negative", x)
    g.outputs = [x, x, y, y, c, g.view(y, 0, (100,), (2,)), g.capture(np.ones(200)), g.zeros((200,)), g.write(y, c, 0, (200,), (1,))]
    xs = np.random.default_rng(0).normal(size=200)
    program = plan(g)
    found = [*check(g, program, [xs]), xs, *program([xs])]
    for a, b in itertools.combinations(found, 2):
        assert not np.shares_memory(a, b)


def test_many_steps_need_little_memory():
    """The memory of a step is that of the step before: a run does not grow with the number of steps."""
    g = Graph()
    x = y = g.input((1000,), float)
    z = g.zeros((1000,))
    for k in range(500):
        y = g.apply("multiply", g.apply("sin", g.view(g.apply("add", y, x), 999, (1000,), (-1,))), x)
        z = g.add(z, g.view(y, 0, (500,), (2,)), k % 7, (500,), (1,))
    g.outputs = [y, z]
    program = plan(g)
    check(g, program, [np.random.default_rng(0).normal(size=1000)])
    assert program.workspace_bytes() < 200000


def test_explain():
    g = Graph()
    x = g.input((1000,), float)
    y = g.apply("sin", g.apply("multiply", x, x))
    g.outputs = [g.reduce("add", y, (0,)), g.scan("maximum", y, 0)]
    entries = plan(g).explain()
    assert [e["kind"] for e in entries] == ["fused", "NumPy", "Python"]
    assert entries[0]["operations"] == ["multiply", "sin"]
    assert "NumPy" in entries[2]["why"]
    assert abs(sum(e["share"] for e in entries) - 1) < 1e-9


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="timers of POSIX")
def test_an_interrupt_leaves_the_program_sound():
    class Stop(Exception):
        pass

    def stop(*_):
        raise Stop

    g = Graph()
    x = y = g.input((200000,), float)
    for _ in range(30):
        y = g.apply("multiply", g.apply("sin", g.view(y, 199999, (200000,), (-1,))), x)
    g.outputs = [y]
    program = plan(g)
    xs = np.random.default_rng(0).normal(size=200000)
    expected = program([xs])[0]
    old = signal.signal(signal.SIGALRM, stop)
    try:
        with pytest.raises(Stop):
            signal.setitimer(signal.ITIMER_REAL, 0.01)
            for _ in range(1000):
                program([xs])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert np.array_equal(program([xs])[0], expected)


def test_errors_of_scipy_come_through():
    special = pytest.importorskip("scipy.special")
    from dualdiff.rules.table import learn_scipy

    learn_scipy()
    for n in (3, 100000):
        g = Graph()
        x = g.input((n,), float)
        g.outputs = [g.apply("gammaln", x)]
        program = plan(g)
        xs = np.linspace(1.0, 2.0, n)
        check(g, program, [xs])
        xs[1] = 0.0
        with special.errstate(all="raise"), pytest.raises(special.SpecialFunctionError):
            program([xs])
        check(g, program, [xs])


def test_planning_in_several_threads():
    """What NumPy does for a layout is noted by one at a time."""
    def work(k):
        for seed in range(3000 + 40 * k, 3000 + 40 * k + 40):
            graph, inputs = make(seed, steps=20)
            check(graph, plan(graph), inputs(seed))

    in_threads(work)


def test_what_does_not_fit_into_memory():
    """A failed allocation is a MemoryError, and leaves the program as it was."""
    g = Graph()
    x = g.input((3,), float)
    huge = g.apply("add", g.zeros((1 << 44, 3)), x)
    g.outputs = [g.apply("add", x, x), huge]
    program = plan(g)
    for _ in range(3):
        with pytest.raises(MemoryError):
            program([np.ones(3)])
    g.outputs = [g.view(g.scan("add", huge, 0), 0, (3,), (1,))]
    program = plan(g)
    for _ in range(3):
        with pytest.raises(MemoryError):
            program([np.ones(3)])
    h = Graph()
    h.outputs = [h.zeros((1 << 40, 1 << 40))]
    with pytest.raises(ShapeError, match="an array of shape"):
        plan(h)


def test_damaged_graphs_are_refused():
    """A graph may come from a file: whatever its lists say, planning it is an error or a program, never a crash."""
    rng = np.random.default_rng(0)
    refused = planned = 0
    for seed in range(300):
        graph, inputs = make(seed, steps=20)
        v = int(rng.integers(len(graph)))
        what = rng.integers(6)
        if what == 0:
            graph.shape[v] = tuple(int(n) + int(rng.integers(-2, 5)) for n in graph.shape[v])
        elif what == 1:
            graph.args[v] = tuple(int(rng.integers(-2, len(graph) + 2)) for _ in graph.args[v])
        elif what == 2 and graph.op[v] in ("view", "write", "add"):
            graph.attr[v] = (graph.attr[v][0] + int(rng.integers(-50, 50)), *graph.attr[v][1:])
        elif what == 3 and graph.op[v] in ("view", "write", "add"):
            graph.attr[v] = (*graph.attr[v][:-1], tuple(s * int(rng.integers(-3, 4)) for s in graph.attr[v][-1]))
        elif what == 4:
            graph.dtype[v] = np.dtype(str(rng.choice(["f8", "f4", "i8", "?", "c16"])))
        else:
            graph.op[v] = graph.op[int(rng.integers(len(graph)))]
        try:
            program = plan(graph)
        except (ShapeError, UnsupportedError, TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError):
            refused += 1
            continue
        planned += 1
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.suppress(ShapeError, TypeError, ValueError, AttributeError):
                program(inputs(seed))
    assert refused > 50
    assert planned > 50


@pytest.mark.parametrize("shape", [(40, 30), (4, 300), (6, 5, 7), (2000, 3)])
def test_windows_overwritten_and_read_again(shape):
    """Within one region a window is read, overwritten, and read again."""
    inner = tuple(n - 1 for n in shape)
    strides = dense_strides(shape)
    g = Graph()
    u, k = g.input(shape, float), g.input(inner, float)
    w = u
    kept = []
    for step in range(4):
        a = g.view(w, 0, inner, strides)
        y = g.apply("add", g.apply("multiply", a, k), a)
        w = g.write(w, y, 0, inner, strides) if step % 2 else g.add(w, y, 0, inner, strides)
        kept.append(g.apply("multiply", g.view(w, 0, inner, strides), k))
    g.outputs = [w, *kept]
    rng = np.random.default_rng(0)
    program = plan(g)
    check(g, program, [rng.normal(size=shape), rng.normal(size=inner)])
    g.outputs = [kept[-1]]
    check(g, plan(g), [rng.normal(size=shape), rng.normal(size=inner)])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(5, 301), (301, 5), (40,), (3, 4, 300)])
def test_layouts(shape, dtype):
    """Operands turned around, transposed, with gaps: NumPy's loops may give other bits for them, and so do programs."""
    rng = np.random.default_rng(0)
    xs = [rng.uniform(0.1, 3, shape).astype(dtype) for _ in range(2)]
    strides, size = dense_strides(shape), xs[0].size
    windows = [
        (size - 1, shape, tuple(-s for s in strides)),
        (shape[-1] - 1, shape, (*strides[:-1], -1)),
        (0, shape[::-1], strides[::-1]),
        (0, (*shape[:-1], (shape[-1] + 1) // 2), (*strides[:-1], 2)),
        (1, (*shape[:-1], shape[-1] - 1), strides),
    ]
    for names, count in ((UNARY, 1), (BINARY, 2)):
        for name in names:
            g = Graph()
            nodes = [g.input(shape, dtype) for _ in range(count)]
            g.outputs = [g.apply(name, *[g.view(x, *w) for x in nodes]) for w in windows]
            g.outputs += [g.apply(name, *[g.view(nodes[k], *windows[k]) for k in range(count)])]
            check(g, plan(g), xs[:count])
