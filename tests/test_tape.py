"""The tape of a recording: what it holds, what it costs, and that its compiled walk back is what the maps say."""

import gc
import pickle
import tracemalloc
import warnings

import numpy as np
import pytest
from support import same_bits

import dualdiff as dd
from dualdiff.core import Node, Tape, collect, walk_back, walk_forward
from dualdiff.maps.tangents import Node as Recorded
from dualdiff.transforms.program import Program
from dualdiff.transforms.recording import Recording
from dualdiff.transforms.walks import Walk

RNG = np.random.default_rng(5)
A = RNG.uniform(0.5, 1.5, (3, 4))
B = RNG.uniform(0.5, 1.5, (4, 2))
X = RNG.uniform(0.5, 1.5, (3, 4))


def writes(x):
    """Writes of elements, of views, of broadcast values."""
    out = np.zeros_like(x)
    out[1:, ::2] = x[:-1, 1::2] * x[1:, ::2]
    out[0] = x[0, 0] ** 2
    out[2][1:3] = x[1, 1]
    out[-1, -1] = np.sum(x[:, 1])
    return out


FUNCTIONS = {
    "rules": lambda x: np.sin(x) * np.exp(-x) + x / (1 + x**2) - 3 * x,
    "broadcast": lambda x: x * x[0] + x[:, :1] * x[1] - x[0, 0] * x,
    "captured": lambda x: A * x + x * A[0] - A[:, :1] / x,
    "choices": lambda x: np.maximum(x, A) + np.minimum(x, 1.0) + np.abs(x - 1),
    "slices": lambda x: x[::-1, 1:] * x[:, :-1] + x[1, ::-2].sum() + x[None, ..., 1:],
    "elements": lambda x: x[0, 1] * x[-1, -1] + x[2, 0] ** 3 - x[0][2],
    "sums": lambda x: np.sum(x, axis=0) * np.sum(x**2, axis=-1, keepdims=True) + np.sum(x) + np.mean(x * x),
    "totals": lambda x: np.sum(x.T[::2]) * np.sum(x[:, ::-1]) + x.sum(keepdims=True) * np.sum(x[1:2, 3:]) - np.sum(x[1:]),
    "runs": lambda x: (x * x)[1:] * (x - 1)[:2, ::-1] + np.exp(x)[1:2, 1:].sum() + (2 * x)[:, 1:3][None, 1:, ::-1].sum(),
    "signs": lambda x: -(-x) - (x - x**2) - (1 - x[::-1]) - (-x[:, ::-1] - -np.exp(x)).reshape(3, 4) - (x - x) - np.sqrt(3 - x),
    "signs of views": lambda x: -x[1:] - x[0] * (2 - x[:-1].T).T - (-(x @ x.T))[:2, :1] - np.concatenate([-x[:1], A[:1] - x[1:2]]),
    "signs written": lambda x: -writes(-x) - (3 - x[:, :1]) - (x[0] - x),
    "a sign at the end": lambda x: -x,
    "signs of two": lambda x: (x - A) - (A - x) - (x[0, 0] - x[1, 1]),
    "shapes": lambda x: (x.reshape(4, 3).T * x).reshape(-1)[::2] + np.ravel(x.T)[1::2],
    "axes": lambda x: np.transpose(x[None], (2, 0, 1)) * np.swapaxes(x, 0, 1)[:, None],
    "joins": lambda x: np.concatenate([x, A, x[:1] * 2], axis=0) * np.concatenate((x[:, 0], x[0]))[:, None],
    "stacks": lambda x: np.stack([x[0], x[1] * x[2]]) + np.broadcast_to(x[2], (2, 4)),
    "writes": writes,
    "matrix matrix": lambda x: (x @ B) * (A @ x.T @ A[:, :2]),
    "matrix vector": lambda x: x @ x[0] + A @ x[1],
    "vector matrix": lambda x: x[0] @ B + x[0, :3] @ x[:, :2],
    "vector vector": lambda x: (x[0] @ x[1]) * (A[0] @ x[2]) * np.dot(x[1], x[1]),
    "long products": lambda x: np.tile(x, (8, 5)) @ np.tile(x.T, (5, 9)),
    "where": lambda x: np.where(A > 1, x, x**2) * np.where(x > 1, 1.0, x),
    "fancy": lambda x: x[[0, 2, 0]] * x[:, [1, 1, 0, 3]],
}


def by_maps(order, ends):
    """What `walk_back` computes, by the transposes of the maps in Python."""
    waiting = {id(node): w for node, w in ends}
    for node in reversed(order):
        w = waiting.get(id(node))
        if w is None or node.map is None:
            continue
        for j, p in enumerate(node.parents):
            if p is not None:
                part = node.map.transpose(w, j)
                waiting[id(p)] = waiting[id(p)] + part if id(p) in waiting else part
    return waiting


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_walk_back_is_what_the_maps_say(name, k, dtype):
    x = X.astype(dtype)
    recording = Recording(lambda x: FUNCTIONS[name](x), (x,), {}, fuse=False)
    (end,) = recording.nodes
    w = RNG.normal(size=(k, *end.shape)).astype(end.dtype)
    order = collect([end])
    (found,) = walk_back(Tape(order), [len(order) - 1], [w], [order.index(recording.inputs[0])])
    wanted = by_maps(order, [(end, w)])[id(recording.inputs[0])]
    assert found.dtype == wanted.dtype == dtype
    close(found, wanted, dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_compiled_product_is_that_of_the_walk(name, dtype):
    x = X.astype(dtype)
    recording = Recording(lambda x: FUNCTIONS[name](x), (x,), {}, fuse=False)
    (end,) = recording.nodes
    if recording.walk is None:  # a number of float32 is no plain result
        assert end.shape == () and dtype == np.float32
        return
    w, v = RNG.normal(size=end.shape).astype(end.dtype), RNG.normal(size=x.shape)
    walk = Walk(recording.inputs, recording.nodes, collect([end]))
    wanted = np.asarray(walk.backward([w[None]])[0])[0]
    for found in (recording.walk.back(w), recording.walk.back(w.ravel(), True).reshape(x.shape)):
        np.testing.assert_array_equal(found, wanted)
        assert found.dtype == dtype and found.flags.writeable and not np.may_share_memory(found, w)
    forward = recording.walk.along(v.ravel())
    if forward is not None:     # else the general walk takes it: a map of Python's is on the way, or float32
        np.testing.assert_array_equal(forward, np.asarray(walk.forward([v[None]])[0]).ravel())
    assert recording.walk.back(w[None].repeat(2, 0)) is None and recording.walk.back(w.astype(complex)) is None


TOTALS = {
    "a number": lambda x: np.sum(3 * x),
    "numbers": lambda x: np.sum(-(2 * x - 1)[::-1] / 4),
    "a partial": lambda x: np.sum(np.exp(x)),
    "a square": lambda x: np.sum(x**2),
    "a broadcast partial": lambda x: np.sum(A[0] * x) + np.sum(x * A[:, :1]),
    "a partial, and more": lambda x: np.sum(np.exp(x) + x) + np.sum(x[1:, ::2]),
    "two": lambda x: np.sum(x * np.exp(x)) - np.sum(np.sin(x), axis=0) @ np.ones(4, x.dtype),
    "inside": lambda x: np.sum(np.cos(np.exp(x[1:]) - 2)) + x[0, 0],
    "the argument": np.sum,
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", TOTALS)
def test_what_stands_everywhere_is_held_once_and_handed_out_as_ones_own(name, dtype):
    """The cotangent of a sum is one number; partials that it makes the result stay the recording's."""
    x = X.astype(dtype)
    recording = Recording(TOTALS[name], (x,), {}, fuse=False)
    (end,), (start,), order = recording.nodes, recording.inputs, collect(recording.nodes)
    for w in ([1.0], [2.5], [-1.0], [0.0], [1.0, 1.0], [0.5, -2.0, 0.0]):
        w = np.array(w, dtype)
        wanted = by_maps(order, [(end, w)])[id(start)]
        (found,) = walk_back(Tape(order), [len(order) - 1], [w], [order.index(start)])
        close(found, wanted, dtype)
        (row,) = recording.backward([w])
        assert row.dtype == dtype and row.shape == (len(w), *x.shape)
        close(row, wanted, dtype)
        row[...] = np.nan
        close(recording.backward([w])[0], wanted, dtype)


@pytest.mark.parametrize("scale", [1.0, -1e3])
def test_products_along_a_recording_say_nothing(scale):
    """Sums and products that overflow give inf without NumPy's warnings, as all derivatives."""
    x, v = np.full(6, 3.0), np.full(6, 0.9e308)
    for f in (np.sum, lambda x: np.sum(x[::2] * scale), lambda x: x.reshape(2, 3).sum(axis=1) * scale,
              lambda x: x @ x, lambda x: np.outer(x, x) @ x, lambda x: np.cumsum(x) * scale):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = dd.linearize(f, x)[1] @ v
        with np.errstate(all="ignore"):
            wanted = dd.jvp(f, (x,), (v,))[1]
        np.testing.assert_array_equal(found, np.ravel(wanted))
        assert not np.isfinite(found).all()


@pytest.mark.parametrize("k", [1, 3])
def test_a_walk_begins_at_its_ends_also_where_they_depend_on_one_another(k):
    """c = a b with b = a a, from a and b: the second factor is held."""
    marks = []

    def f(x):
        a = np.exp(x)
        b = a * a
        marks.append(Node(None, (), (), np.dtype(float)).born)
        return a * b

    recording = Recording(f, (X,), {}, fuse=False)
    (end,) = recording.nodes
    older = []
    order = collect([end], None, marks[0], older)
    ends = sorted(older, key=lambda node: node.born)
    assert order == [*ends, end] and ends[1].parents[0] is ends[0]
    walk, w = Walk(ends, [end], order), RNG.normal(size=(k, *X.shape))
    a = np.exp(X)
    for found, wanted in zip(walk.backward([w]), (w * a**2, w * a), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-14)
    (found,) = walk.forward([w, None])
    np.testing.assert_allclose(found, w * a**2, rtol=1e-14)
    (found,) = walk.forward([None, w])
    np.testing.assert_allclose(found, w * a, rtol=1e-14)


def close(found, wanted, dtype):
    """Equal but for the order of sums."""
    rtol, atol = (1e-12, 1e-12) if dtype == np.float64 else (2e-5, 1e-4)
    np.testing.assert_allclose(found, wanted, rtol=rtol, atol=atol)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_walk_forward_is_what_the_maps_say(name, k, dtype):
    x = X.astype(dtype)
    recording = Recording(lambda x: FUNCTIONS[name](x), (x,), {}, fuse=False)
    (start,), (end,) = recording.inputs, recording.nodes
    t = RNG.normal(size=(k, *x.shape)).astype(dtype)
    before = t.copy()
    order = collect([end])
    (found,) = walk_forward(Tape(order), [order.index(start)], [t], [len(order) - 1])
    known = {id(start): t}
    for node in order:
        if id(node) not in known:
            sources = [None if p is None else known[id(p)] for p in node.parents]
            live = node.map is not None and any(s is not None for s in sources)
            known[id(node)] = node.map.apply(sources) if live else None
    assert found.dtype == known[id(end)].dtype
    close(found, known[id(end)], dtype)
    assert np.array_equal(t, before)        # what is given is not written to


@pytest.mark.parametrize("name", FUNCTIONS)
def test_float32_is_pulled_back_as_float64(name):
    f = FUNCTIONS[name]
    v, pull = dd.vjp(f, X.astype(np.float32))
    w = RNG.normal(size=np.shape(v))
    found = pull(w.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, dd.vjp(f, X)[1](w), rtol=1e-3, atol=1e-4)


def test_numbers_are_pulled_back():
    def f(x, y):
        for _ in range(3):
            x, y = x * y - 2 * y, y / x + x**2 - np.sin(y)
        return x * y

    _, pull = dd.vjp(f, 0.7, np.float64(1.3))
    dx, dy = dd.derivative(lambda x: f(x, 1.3))(0.7), dd.derivative(lambda y: f(0.7, y))(1.3)
    assert np.allclose(pull(2.0), [2 * dx, 2 * dy])
    assert np.allclose(pull(np.array([2.0, 1.0]))[0], np.array([2, 1]) * pull(1.0)[0])


def test_a_constant_is_held_once():
    m = RNG.normal(size=(500, 500))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]

        def f(x):
            for _ in range(20):
                x = np.tanh(m @ x)
            return np.sum(m * x)

        _, pull = dd.vjp(f, np.ones(500))
        assert tracemalloc.get_traced_memory()[0] - before < 2.5 * m.nbytes
    finally:
        tracemalloc.stop()
    assert pull(1.0).shape == (500,)


def test_a_constant_that_changes_is_held_as_it_was():
    c = np.arange(1.0, 4.0)

    def f(x):
        total = 0.0
        for i in range(3):
            c[...] = i + 1
            total = total + c * x
        return total

    x = np.ones(3)
    _, pull = dd.vjp(f, x)
    c[...] = 100
    assert np.array_equal(pull(np.ones(3)), np.full(3, 6.0))


def test_the_collector_does_not_walk_a_recording():
    def f(x):
        y = np.zeros_like(x)
        y[1:] = x[:-1] * 2
        return np.sum(np.concatenate([np.sin(x), y]).reshape(2, -1).T @ np.ones(2)) + x[0] * x[1]

    recording = Recording(f, (np.ones(4),), {})
    order = collect(recording.nodes)
    assert len(order) > 10
    assert not any(map(gc.is_tracked, order))


def test_a_cycle_through_a_recording_is_collected():
    class Model:
        def layer(self, x):
            return np.sin(x) * 2

        def loss(self, x):
            return np.sum(dd.checkpoint(self.layer)(x) ** 2)

    import weakref

    model = Model()
    _, model.pull = dd.vjp(model.loss, np.ones(3))
    model.pull(1.0)
    ref = weakref.ref(model)
    del model
    gc.collect()
    assert ref() is None


def test_a_long_recording_is_freed():
    def f(x):
        y = np.ones(2) * x
        for _ in range(60000):
            x = x * 0.9999 + 1e-4
            y = np.concatenate([y, y])[1:3]
        return x + np.sum(y)

    _, pull = dd.vjp(f, 0.5)
    assert np.isfinite(pull(1.0))
    del pull    # iteratively: no depth of C stack would do


def test_nodes_say_what_they_are():
    recording = Recording(lambda x: np.sum(A @ np.exp(x)), (np.ones(4),), {})
    total, product, rule = recording.nodes[0], *[collect(recording.nodes)[i] for i in (-2, -3)]
    assert type(total.map).__name__ == "Sum" and type(product.map).__name__ == "MatMul"
    assert rule.map.rule == "exp" and rule.parents == (recording.inputs[0],)
    assert product.parents == (None, rule) and np.array_equal(product.map.a, A)
    with pytest.raises(TypeError, match="nodes"):
        Node(None, (1.0,), (), np.dtype(float))
    with pytest.raises(TypeError, match="nodes"):
        collect([1.0])
    assert Node is Recorded


def test_an_array_that_was_pickled_is_as_fast():
    x = pickle.loads(pickle.dumps(X))
    recording = Recording(FUNCTIONS["rules"], (x,), {})
    assert not any(map(gc.is_tracked, collect(recording.nodes)))
    assert np.array_equal(dd.vjp(FUNCTIONS["rules"], x)[1](X), dd.vjp(FUNCTIONS["rules"], X)[1](X))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_small_products_are_walked_and_large_ones_planned(name):
    """The same to rounding; and the same product gives the same bits, whatever was computed before."""
    f = FUNCTIONS[name]
    _, J = dd.linearize(f, X)
    v, w = RNG.normal(size=J.shape[1]), RNG.normal(size=J.shape[0])
    t, c = J @ v, J.T @ w
    assert J.recording.replay.program is None
    close(t, dd.jvp(f, (X,), (v.reshape(X.shape),))[1].ravel(), np.float64)
    close(c, dd.vjp(f, X)[1](w.reshape(J.output_shape)).ravel(), np.float64)
    assert type(J.recording.replay.plan()) is Program and J.recording.replay.walk is not None
    assert np.array_equal(J @ v, t) and np.array_equal(J.T @ w, c)
    close((J @ np.repeat(v[:, None], 3000, 1))[:, 7], t, np.float64)
    close((J.T @ np.repeat(w[:, None], 3000, 1))[:, 7], c, np.float64)
    J = pickle.loads(pickle.dumps(J))
    assert np.array_equal(J @ v, t) and np.array_equal(J.T @ w, c)


def test_a_large_recording_is_held_once():
    _, J = dd.linearize(lambda x: np.sin(x) * x, np.ones(5000))
    J @ np.ones(5000)
    assert J.recording.replay.walk is None and type(J.recording.replay.program) is Program


def test_what_is_not_chosen_stays_away_in_both_directions():
    """A partial that selects and is 0 lets nothing through, not even an infinity."""
    def f(x):
        return np.maximum(np.sqrt(x), 1.0) + np.fmin(np.cbrt(x), x + 1)

    x = np.array([0.0, 0.25, 4.0])
    _, J = dd.linearize(f, x)
    wanted = dd.jacobian(f, mode="forward")(x)
    assert np.allclose(J.dense(), wanted, equal_nan=True) and np.allclose(J.T.dense().T, wanted, equal_nan=True)


PRODUCTS = [
    ("ij,jk->ik", (3, 4), (4, 2)), ("ij,kj->ik", (3, 4), (2, 4)), ("ji,jk->ik", (4, 3), (4, 2)), ("ji,kj->ik", (4, 3), (2, 4)),
    ("ij,jk->ki", (3, 4), (4, 2)), ("ji,kj->ki", (4, 3), (2, 4)), ("ij,j->i", (3, 4), (4,)), ("ij,i->j", (3, 4), (3,)),
    ("j,ij->i", (4,), (3, 4)), ("i,ij->j", (3,), (3, 4)), ("i,i->", (4,), (4,)), ("i,i", (4,), (4,)), ("ij,jk", (3, 4), (4, 2)),
    ("kj,ik", (3, 4), (2, 3)), ("ab, b -> a", (3, 4), (4,)),
]  # fmt: skip
OTHERS = [
    ("ij,ij->ij", (3, 4), (3, 4)), ("ij,ij->", (3, 4), (3, 4)), ("i,j->ij", (3,), (4,)), ("ii,i->i", (4, 4), (4,)),
    ("ij,jk->i", (3, 4), (4, 2)), ("ij,j->i", (3, 4), (1,)), ("ij,j->i", (3, 1), (4,)), ("...j,j->...", (3, 4), (4,)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 2)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("text", "a", "b"), PRODUCTS + OTHERS)
def test_einsum(text, a, b, dtype):
    """A product of two factors over one index is recorded as one; the value is that of np.einsum."""
    x, y = (RNG.uniform(0.5, 1.5, shape).astype(dtype) for shape in (a, b))
    for f, primals in [(lambda u, v: np.einsum(text, u, v), (x, y)), (lambda u: np.einsum(text, u, y), (x,)),
                       (lambda v: np.einsum(text, x, v), (y,)), (lambda u: np.einsum(text, u[::-1], y), (x,))]:  # fmt: skip
        value, pullback = dd.vjp(f, *primals)
        same_bits(value, f(*primals))
        w = np.asarray(RNG.uniform(0.5, 1.5, np.shape(value)), dtype)
        back = pullback(w)
        for i, found in enumerate(back if len(primals) > 1 else (back,)):
            assert found.dtype == dtype
            jacobian = dd.jacobian(f, argnums=i, mode="forward")(*primals)
            wanted = np.tensordot(w, jacobian, np.ndim(w))
            np.testing.assert_allclose(found, wanted, 1e-5 if dtype == np.float32 else 1e-13)
    if (text, a, b) in PRODUCTS:
        recording = Recording(lambda u, v: np.einsum(text, u, v), (x, y), {})
        kinds = {type(node.map).__name__ for node in collect(recording.nodes) if node.map is not None}
        assert kinds <= {"MatMul", "Permute"}


def test_einsum_of_second_order():
    f = lambda x: np.sum(np.einsum("ij,kj->ik", x**2, np.sin(x)) ** 2)      # noqa: E731
    g = lambda x: np.sum(((x**2) @ np.sin(x).T) ** 2)       # noqa: E731
    np.testing.assert_allclose(dd.hessian(f, mode="reverse")(X), dd.hessian(g, mode="forward")(X), 1e-10, 1e-11)
