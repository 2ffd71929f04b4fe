"""Indexing, views and writing, held to the same computation on plain arrays and to an out-of-place formulation."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st
from support import check_adjoint, check_second, close, differences, points, random_like, rng, same_bits, scalarised

import dualdiff as dd

X = points(6)
A = points(4, 5)
T = points(3, 4, 2)


def check(in_place, plain, *primals, second=True, exact=True):
    """Holds a function that writes into arrays to its out-of-place form in every kind of call.

    plain is NumPy code without any writing; its derivatives come from differences, not from dualdiff.
    exact: both round alike.
    Neither form may write to the caller's arrays.
    """
    before = [x.copy() for x in primals]
    wanted = plain(*primals)
    vs = [random_like(x, rng(9 + i)) for i, x in enumerate(primals)]
    value, tangent = dd.jvp(in_place, primals, tuple(vs))
    same_bits(value, wanted, "jvp") if exact else close(value, wanted, 1e-14, "jvp")
    (expected,) = differences(plain, primals, vs)
    close(tangent, expected, 1e-9, "jvp")
    every = tuple(range(len(primals)))
    for chunk in (None, 1, 4):
        J = dd.jacobian(in_place, argnums=every, chunk=chunk)(*primals)
        product = sum(np.tensordot(block, v, axes=np.ndim(v)) for block, v in zip(J, vs, strict=True))
        close(product, expected, 1e-9, f"jacobian, chunk {chunk}")
    same_bits(dd.vjp(in_place, *primals)[0], value, "vjp")
    check_adjoint(in_place, *primals, directions=2)
    if second:
        check_second(in_place, *primals, plain=plain)
        scalar = scalarised(plain, *primals)
        h = dd.hessian(scalarised(in_place, *primals, plain=plain), argnums=every)(*primals)
        (curve,) = differences(lambda *xs: differences(scalar, xs, vs)[0], primals, vs, h=2.0**-6)
        found = sum(
            np.sum(np.tensordot(block, w, axes=np.ndim(w)) * v)
            for row, v in zip(h, vs, strict=True)
            for block, w in zip(row, vs, strict=True)
        )
        close(found, curve, 1e-6, "hessian against the out-of-place form")
    for x, old in zip(primals, before, strict=True):
        assert np.array_equal(x, old), "the caller's array was written to"


KEYS = [
    1, -3, slice(1, None), slice(None, None, -1), slice(5, 1), slice(-100, 100, 2), slice(3, 3), Ellipsis, None, (), (1, 2), (0, -1, 1),
    (slice(None), 2), (Ellipsis, 0), (1, Ellipsis), (None, 1, None, slice(0, 2)), (Ellipsis, None, slice(None, None, -2)),
    (slice(2, 0, -1), None, Ellipsis, 1), (0, Ellipsis, 1, 0), (slice(1, 1), 3), (slice(None), slice(3, None, -3), slice(-1, None)),
    (np.int64(1), slice(1, None)), slice(np.int64(1), np.int64(3)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("turned", [False, True], ids=["in order", "turned"])
@pytest.mark.parametrize("key", KEYS, ids=str)
def test_tangents_are_the_view_that_numpy_gives(key, turned, dtype):
    """The same memory with the same strides, writeable where the whole is."""
    t = np.arange(48, dtype=dtype).reshape(2, 3, 4, 2)
    t = t[:, ::-1, ::2] if turned else t
    key = (*key[:1], *(1 if type(k) is int else k for k in key[1:])) if turned and type(key) is tuple else key
    x = dd.DualArray(t[0], t, tag=0)
    t = x.tangents
    found, wanted = x[key], t[(slice(None), *(key if type(key) is tuple else (key,)))]
    if found.ndim == 0:
        np.testing.assert_array_equal(found.tangents, wanted)
        return
    found = found.tangents
    same_bits(found, wanted)
    assert found.strides == wanted.strides and found.flags.writeable == wanted.flags.writeable and found.dtype == dtype
    assert found.size == 0 or found.__array_interface__["data"] == wanted.__array_interface__["data"]
    assert np.may_share_memory(found, t) or found.size == 0
    for bad in ((Ellipsis, 1, Ellipsis), (0, 0, 0, 0), 3, -4, (slice(None), 9)):
        with pytest.raises(IndexError):
            x[bad]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_parts_are_read_and_written_along_a_recording(key):
    v = rng(3).normal(size=(3, 4, 2))
    w = rng(4).normal(size=np.shape(v[key]))

    def write(x):
        y = 2 * x
        y[key] = w * x[key]
        return y

    _, J = dd.linearize(lambda x: 1.0 * x[key], v)
    np.testing.assert_array_equal(J @ v.ravel(), np.ravel(v[key]))
    back, put = np.zeros_like(v), 2 * v
    back[key] += w
    put[key] = w * v[key]
    np.testing.assert_array_equal(J.T @ np.ravel(w), back.ravel())
    for found in (dd.linearize(write, v)[1].jvp(v), dd.jvp(write, (v,), (v,))[1], dd.vjp(write, v)[1](v)):
        np.testing.assert_allclose(found, put, rtol=1e-15)


# ---- reading: keys made by hypothesis ------------------------------------------------------------------


def axis_keys(n):
    """Keys for one axis of length n: ints, slices, integer arrays, masks."""
    ints = st.integers(-n, n - 1)
    ends = st.none() | st.integers(-n - 1, n + 1)
    slices = st.builds(slice, ends, ends, st.none() | st.sampled_from([-3, -2, -1, 1, 2, 3]))
    arrays = st.lists(ints, min_size=0, max_size=4).map(lambda i: np.array(i, dtype=int))
    masks = st.lists(st.booleans(), min_size=n, max_size=n).map(np.array)
    return st.one_of(ints, ints.map(np.int64), slices, arrays, arrays.map(list), masks)


@st.composite
def keys(draw, shape):
    """Indices of an array of that shape: axis keys, newaxis, at most one ellipsis, a tuple or not."""
    count = draw(st.integers(0, len(shape)))
    ellipsis = draw(st.integers(0, count)) if draw(st.booleans()) else None
    if ellipsis is None:
        axes = range(count)
    else:
        axes = [*range(ellipsis), *range(len(shape) - count + ellipsis, len(shape))]
    parts = [draw(axis_keys(shape[i])) for i in axes]
    if ellipsis is not None:
        parts.insert(ellipsis, Ellipsis)
    for _ in range(draw(st.integers(0, 2))):
        parts.insert(draw(st.integers(0, len(parts))), None)
    if len(parts) == 1 and draw(st.booleans()):
        return parts[0]
    return tuple(parts)


whole_masks = st.lists(st.booleans(), min_size=24, max_size=24).map(lambda m: np.array(m).reshape(3, 4, 2))
index_arrays = st.lists(st.integers(-3, 2), min_size=4, max_size=4).map(lambda i: np.array(i).reshape(2, 2))
any_key = keys((3, 4, 2)) | whole_masks | index_arrays | st.tuples(index_arrays, index_arrays.map(abs))
hypothesis = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


def allowed(x, key):
    """What NumPy makes of the key; keys that it refuses are of no interest."""
    try:
        return x[key]
    except (IndexError, ValueError):
        assume(False)


@hypothesis
@given(any_key)
def test_reading_any_key(key):
    plain = allowed(T, key)
    places = np.arange(24).reshape(T.shape)[key]
    tangents = rng(1).standard_normal((3, *T.shape))
    value, tangent = dd.jvp(lambda x: x[key], (T,), (tangents,))
    same_bits(value, plain)
    assert np.array_equal(tangent, tangents.reshape(3, 24)[:, places])      # moved, not computed
    inner = dd.jvp(lambda x: dd.jvp(lambda x: x[key] * 1.0, (x,), (x * x,))[1], (T,), (tangents,))
    close(inner[0], (T * T)[key], 1e-15)
    close(inner[1], (2 * T * tangents).reshape(3, 24)[:, places], 1e-14)
    value, pullback = dd.vjp(lambda x: x[key], T)
    same_bits(value, plain)
    w = rng(2).standard_normal((2, *np.shape(plain)))
    expected = np.zeros((2, 24))
    for j in range(2):
        np.add.at(expected[j], np.ravel(places), np.ravel(w[j]))
    close(pullback(w), expected.reshape(2, *T.shape), 1e-14)


@hypothesis
@given(any_key, st.sampled_from(["scalar", "same", "broadcast", "constant"]))
def test_writing_any_key(key, what):
    """y[key] = ... for each kind of right-hand side, against the same write done to each tangent by hand."""
    target = allowed(T, key)
    places = np.arange(24).reshape(T.shape)[key]
    assume(np.unique(places).size == np.size(places))
    shape = np.shape(target)
    right = {
        "scalar": lambda x, s: s[0] * s[1],
        "same": lambda x, s: np.reshape(s[: max(np.size(target), 1)][: np.size(target)], shape) * 2.0,
        "broadcast": lambda x, s: np.reshape(s[: shape[-1]], shape[-1:]) if shape else s[2],
        "constant": lambda x, s: 0.25,
    }[what]
    S = points(24, seed=4)

    def f(x, s):
        y = x * 3.0
        y[key] = right(x, s)
        return y

    value, tangent = dd.jvp(f, (T, S), (np.stack([T, T * 0, T]), np.stack([S * 0, S, S * S])))
    same_bits(value, f(T, S))
    for j, (dx, ds) in enumerate([(T, S * 0), (T * 0, S), (T, S * S)]):
        expected = 3.0 * dx
        if what == "scalar":
            expected[key] = ds[0] * S[1] + S[0] * ds[1]
        else:
            expected[key] = 0.0 if what == "constant" else right(dx, ds)
        close(tangent[j], expected, 1e-14, f"direction {j}")
    check_adjoint(f, T, S, directions=1)


# ---- views ------------------------------------------------------------------------------------------


def test_writing_through_a_view_changes_the_base_and_its_other_views():
    def f(x):
        y = 2 * x
        left, right = y[:4], y[2:]
        left[2:] = x[0] * x[1]
        right[1] = 5.0
        return y + np.concatenate([left, right[:2]]) + np.concatenate([left[:2], right])

    def plain(x):
        p = x[0] * x[1]
        y = np.array([2 * x[0], 2 * x[1], p, p * 0 + 5.0, 2 * x[4], 2 * x[5]])
        left, right = y[:4], y[2:]
        return y + np.concatenate([left, right[:2]]) + np.concatenate([left[:2], right])

    check(f, plain, X)


def test_view_of_a_view():
    def f(a):
        y = a * a
        row = y[1:, ::-1]
        corner = row[::2, 1:3]
        corner += a[0, 0]
        row[0, 0] = a[3, 4] * 3
        return y

    def plain(a):
        mask = np.zeros((4, 5))
        mask[1:, ::-1][::2, 1:3] = 1
        y = a * a + mask * a[0, 0]
        one = np.zeros((4, 5))
        one[1, 4] = 1
        return y * (1 - one) + one * a[3, 4] * 3

    check(f, plain, A)


@pytest.mark.parametrize(
    "take",
    [
        lambda y: y.T[1], lambda y: y.reshape(5, 4)[2], lambda y: y.ravel()[3:9:2], lambda y: y.T.T[1, ::2],
        lambda y: np.swapaxes(y, 0, 1)[2:], lambda y: y.reshape(-1)[::-1], lambda y: y[None, 1], lambda y: y[..., 2],
        lambda y: np.transpose(y)[::2, 1], lambda y: y.reshape(2, 2, 5)[1, :, 1:], lambda y: np.squeeze(y[None])[2],
        lambda y: np.flip(y, 0)[0], lambda y: np.expand_dims(y, 1)[2], lambda y: np.moveaxis(y, 0, 1)[1:3, 2],
        lambda y: y.reshape(4, 5, 1)[1:3, ..., 0], lambda y: y.mT[1], lambda y: y[1:][1:][:, 1:][0],
        lambda y: y[2, 1:4], lambda y: y[..., 2:][1:],
    ],
    ids=range(19),
)  # fmt: skip
@pytest.mark.parametrize("how", ["set", "add", "through a base written later", "constant"])
def test_views_of_all_kinds(take, how):
    """Where NumPy gives a view, so do we: what is written arrives in the base, and the other way round."""
    mask = np.zeros((4, 5))
    take(mask)[...] = 1
    assert mask.any()       # NumPy's is a view

    def f(a):
        y = a * a
        part = take(y)
        if how == "set":
            part[...] = 3 * a[0, 0] * a[1, 1]
            return y
        if how == "add":
            part += a[0, 0]
            return y
        if how == "constant":
            part[...] = 4.0
            return y + a
        y[...] = y * 2
        y[1] = 7 * a[0]
        return np.sum(part * part) * a

    def plain(a):
        y = a * a
        if how == "set":
            return y * (1 - mask) + mask * (3 * a[0, 0] * a[1, 1])
        if how == "add":
            return y + mask * a[0, 0]
        if how == "constant":
            return y * (1 - mask) + mask * 4.0 + a
        y = np.concatenate([2 * y[:1], 7 * a[:1], 2 * y[2:]])
        part = take(y)
        return np.sum(part * part) * a

    check(f, plain, A, second=how in ("set", "through a base written later"))


LAYOUTS = {"C": np.ascontiguousarray, "F": np.asfortranarray, "gaps": lambda x: np.repeat(x, 2, 1)[:, ::2]}
BUFFERS = {
    "argument": lambda a: a,
    "computed": lambda a: a * a,
    "copy": lambda a: a.copy(),
    "buffer": np.zeros_like,
    "used buffer": lambda a: np.zeros_like(a) + 0 * a,
    "every second row": lambda a: np.concatenate([a, a])[::2],
    "where": lambda a: np.where(a > 1, a, 2 * a),
    "transposed copy": lambda a: a.T.copy().T,
}
TAKES = [
    lambda y: y.T[1], lambda y: y.reshape(5, 4)[2], lambda y: y.ravel()[3:9:2], lambda y: y.reshape(-1)[::-1],
    lambda y: y.T.reshape(-1)[2:5], lambda y: y.T.ravel()[3:5], lambda y: y[::2].reshape(-1)[:3], lambda y: y[..., 2],
    lambda y: y[:, ::2].T.reshape(-1)[:4], lambda y: np.flip(y, 0)[0], lambda y: y.reshape(2, 2, 5)[1, :, 1:],
]  # fmt: skip


@pytest.mark.parametrize("take", TAKES, ids=range(len(TAKES)))
@pytest.mark.parametrize("make", BUFFERS.values(), ids=BUFFERS)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_whether_it_is_a_view_depends_on_the_memory_layout(layout, make, take):
    """reshape and ravel give a view or a copy as NumPy does for the same layout, value and tangent alike."""

    def f(a):
        y = make(a)
        part = take(y)
        part[...] = a[0, 0] * 2
        part += 1.0
        return y * 1.0

    a, v = layout(A.copy()), np.ones(A.shape)
    wanted = f(layout(A.copy()))
    expected = differences(lambda x: f(layout(x)), (a,), (v,))[0]
    value, tangent = dd.jvp(f, (a,), (v,))
    same_bits(value, wanted)
    close(tangent, expected, 1e-9)
    value, pullback = dd.vjp(f, a)
    same_bits(value, wanted)
    close(np.sum(pullback(v)), np.sum(expected), 1e-9)
    value, tangent = dd.jvp(lambda a: dd.jvp(f, (a,), (v,))[0], (a,), (v,))
    same_bits(value, wanted)
    close(tangent, expected, 1e-9)
    assert np.array_equal(a, A)


def test_copies_are_not_views():
    """Where NumPy copies, a write stays in the copy."""

    def f(a):
        y = a * 2
        for part in (y[[0, 1]], y[y > 1], y.flatten(), y.T.reshape(-1), y.T.ravel(), y.copy(), np.copy(y),
                     y[np.array([True, False, True, False])], np.roll(y, 1), y + 0, y.astype(float)):  # fmt: skip
            part[...] = 0.0
        return y

    check(f, lambda a: a * 2, A, second=False)


def test_a_column_written_through_unpacking_and_iteration():
    def f(a):
        y = np.zeros_like(a)
        for i, row in enumerate(y):
            row[:] = a[i] * a[3 - i]
        first, *_ = y
        first += 1.0
        return y

    check(f, lambda a: a * a[::-1] + np.array([[1.0], [0], [0], [0]]), A)


def test_a_view_of_no_axes():
    def f(x):
        y = x * 2
        last = y[..., -1]
        last[...] = x[0] * x[0]
        return y

    check(f, lambda x: np.concatenate([x[:-1] * 2, x[:1] * x[:1]]), X)


# ---- buffers ----------------------------------------------------------------------------------------

MAKERS = {
    "zeros_like": np.zeros_like,
    "zeros, like=": lambda x: np.zeros(x.shape, like=x),
    "empty, like=": lambda x: np.empty(x.shape, like=x),
    "empty_like": np.empty_like,
    "ones_like": np.ones_like,
    "full_like": lambda x: np.full_like(x, 3.0),
    "x*0": lambda x: x * 0,
    "copy": lambda x: x.copy(),
}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@makers
def test_a_buffer_filled_by_a_loop(make):
    def f(x):
        y = make(x)
        for i in range(len(x)):
            y[i] = x[i] * x[i - 1]
        return y * y

    check(f, lambda x: (x * np.roll(x, 1)) ** 2, X)


@makers
def test_a_buffer_filled_by_slices_before_it_knows_a_dual(make):
    """Views made before the buffer met its first dual see what is written later, in both directions."""

    def f(a):
        y = make(a)
        inside, edge = y[1:-1, 1:-1], y[0]
        column = y.T[1]
        y[...] = 1.0
        inside[...] = a[1:-1, 1:-1] ** 2
        edge[1:] = a[-1, 1:]
        column *= 2.0
        y[-1, :] = y[0, :] * a[1]
        return y + inside.sum() + edge @ edge

    def plain(a):
        one = np.ones((4, 5))
        top = np.concatenate([one[0, :1], a[-1, 1:]])[None]
        middle = np.concatenate([one[1:3, :1], a[1:-1, 1:-1] ** 2, one[1:3, :1]], axis=1)
        y = np.concatenate([top, middle, one[:1]])
        y = y * np.array([1.0, 2.0, 1.0, 1.0, 1.0])
        y = np.concatenate([y[:3], y[:1] * a[1]])
        return y + y[1:-1, 1:-1].sum() + y[0] @ y[0]

    check(f, plain, A)


def test_a_buffer_that_never_meets_a_dual():
    def f(x):
        y = np.zeros_like(x)
        y[1:] += 2.0
        y[0] = float(y[1]) * 3
        assert type(y.sum() + 0.0) in (float, np.float64)
        return x * y

    check(f, lambda x: x * np.array([6.0, 2, 2, 2, 2, 2]), X)


def test_an_integer_buffer_stays_plain():
    def f(x):
        y = np.zeros(3, dtype=int, like=x)
        y[0] = 4
        return x * y[0]

    check(f, lambda x: x * 4, X)

    def truncated(x):       # NumPy truncates here, as int(x) does: a step function
        y = np.zeros_like(x, dtype=int)
        y[0] = 3 * x[0]
        return y

    value, tangent = dd.jvp(truncated, (X,), (X,))
    same_bits(value, truncated(X))
    assert np.array_equal(tangent, np.zeros(6))


def test_a_plain_buffer_refuses_a_dual():
    """np.zeros(n) without like= is NumPy's: storing a dual in it raises and says what to write."""

    def f(x):
        y = np.zeros(6)
        y[0] = x[0]
        return y

    def g(x):
        y = np.zeros(6)
        y[1:3] = x[1:3]
        return y

    def h(x):
        y = np.zeros(6)
        y += x
        return y

    for lossy in (f, g, h):
        for call in (lambda: dd.jvp(lossy, (X,), (X,)), lambda: dd.vjp(lossy, X), lambda: dd.jacobian(lossy)(X)):
            with pytest.raises((TypeError, ValueError), match="derivative|dual") as caught:
                call()
            assert "zeros" in f"{caught.value} {caught.value.__cause__}"


# ---- assignment ---------------------------------------------------------------------------------------


def test_assignments_of_all_shapes():
    def f(a):
        y = np.zeros((4, 5), like=a)
        y[0] = a[0]                         # a row
        y[1, :] = a[1, 0]                   # one number for all
        y[2:] = a[3]                        # a row for two rows
        y[2:, 1:2] = a[:2, :1] * a[2, 2]    # a column
        y[0, 0:1] = a[1, 1]
        y[3, 3] = a[0, 0] ** 2
        y[3, [0, 4]] = a[0, 3:]             # integers
        y[[1, 2], 2:4] = a[2:, :2]
        y[a > 1.65] = a[0, 4] * 2           # a mask
        y[..., 4] += a[:, 0]
        y[None, 1:2] *= a[None, :1]
        y[2][1] = 3.0                       # a view, then a number
        y[:, 0] = [a[0, 1], 1.0, a[0, 2] * a[0, 3], 2]
        return y

    def plain(a):
        def put(y, key, x):
            mask, full = np.zeros((4, 5), bool), np.zeros((4, 5))
            mask[key] = True
            full[key] = x
            return np.where(mask, full, y)

        y = put(np.zeros((4, 5)), 0, a[0])
        y = put(y, 1, a[1, 0])
        y = put(y, slice(2, None), a[3])
        y = put(y, np.s_[2:, 1:2], a[:2, :1] * a[2, 2])
        y = put(y, (0, 0), a[1, 1])
        y = put(y, (3, 3), a[0, 0] ** 2)
        y = put(y, (3, [0, 4]), a[0, 3:])
        y = put(y, ([1, 2], slice(2, 4)), a[2:, :2])
        y = put(y, A > 1.65, a[0, 4] * 2)
        y = put(y, np.s_[:, 4], y[:, 4] + a[:, 0])
        y = put(y, 1, y[1] * a[0])
        y = put(y, (2, 1), 3.0)
        return put(y, np.s_[:, 0], np.array([a[0, 1], 1.0, a[0, 2] * a[0, 3], 2]))

    check(f, plain, A)


def test_augmented_assignment_of_all_operators():
    def f(x):
        y = x.copy()
        y += x
        y -= x[0]
        y *= 2.0
        y /= x + 1
        y **= 2
        y[1:3] += x[2:4]
        y[::2] *= x[1]
        y[-1] -= x[0] * x[1]
        y[[0, 2]] /= 2
        y[y > 0.9] += 0.5
        y %= 10.0
        z = y.reshape(2, 3)
        z @= np.ones((3, 3)) + z.T @ z
        return y

    def plain(x):
        y = (((x + x - x[0]) * 2.0) / (x + 1)) ** 2
        y = y + np.array([0, x[2], x[3], 0, 0, 0])
        y = y * np.where([True, False] * 3, x[1], 1.0)
        y = y - np.array([0, 0, 0, 0, 0, x[0] * x[1]])
        y = y / np.array([2, 1, 2, 1, 1, 1])
        y = np.where(y > 0.9, y + 0.5, y) % 10.0
        z = y.reshape(2, 3)
        return (z @ (np.ones((3, 3)) + z.T @ z)).reshape(-1)

    check(f, plain, X + 0.011)


def test_constants_overwrite_derivatives():
    def f(x):
        y = x * x
        y[0] = 1.0
        y[1:3] = [2.0, 3.0]
        y[[3]] = 4
        y[np.array([False] * 4 + [True, False])] = 0
        return y

    J = dd.jacobian(f)(X)
    expected = np.zeros((6, 6))
    expected[5, 5] = 2 * X[5]
    assert np.array_equal(J, expected)
    assert np.array_equal(dd.vjp(f, X)[1](np.eye(6)), expected)
    check(f, lambda x: np.array([1.0, 2, 3, 4, 0, x[5] * x[5]]), X)


def test_overwriting_everything_gives_a_zero_jacobian():
    def f(x):
        y = x * x
        y[:] = np.arange(6.0)
        y.fill(2.0)
        return y

    assert np.array_equal(dd.jacobian(f)(X), np.zeros((6, 6)))
    assert np.array_equal(dd.vjp(f, X)[1](np.ones(6)), np.zeros(6))


def test_overlapping_views():
    """y[1:] = y[:-1] reads all before it writes, as in NumPy."""

    def f(x):
        y = x * x
        y[1:] = y[:-1]
        y[:-1] += y[1:]
        y[::-1] = y * 1.0
        y[::2], y[1::2] = y[1::2].copy(), y[::2].copy()
        return y

    def plain(x):
        y = x * x
        y = np.concatenate([y[:1], y[:-1]])
        y = np.concatenate([y[:-1] + y[1:], y[-1:]])[::-1]
        return y.reshape(3, 2)[:, ::-1].reshape(-1)

    check(f, plain, X)


def test_gauss_seidel():
    """Each element read after it was written: the order of the operations counts."""

    def f(x):
        y = x.copy()
        for _ in range(2):
            for i in range(1, 5):
                y[i] = 0.5 * (y[i - 1] * x[i] + y[i + 1])
        return y

    def plain(x):
        y = list(x)
        for _ in range(2):
            for i in range(1, 5):
                y[i] = 0.5 * (y[i - 1] * x[i] + y[i + 1])
        return np.array(y)

    check(f, plain, X)


def test_errors_of_assignment():
    """A write that NumPy refuses is refused, and leaves value and tangent as they were."""

    def f(x):
        y = x * 2
        for write in (
            lambda: y.__setitem__(slice(0, 3), x[:2]),
            lambda: y.__setitem__(9, x[0]),
            lambda: y.__setitem__(9, 1.0),
            lambda: y.__setitem__(np.array([7]), x[:1]),
            lambda: y.__setitem__((0, 0), x[0]),
            lambda: y.__setitem__(slice(0, 2), x.reshape(2, 3)),
        ):
            with pytest.raises((IndexError, ValueError)):
                write()
        with pytest.raises((ValueError, TypeError)):
            y += np.ones((2, 6))
        return y

    J = dd.jacobian(f)(X)
    assert np.array_equal(J, 2 * np.eye(6))
    assert np.array_equal(dd.vjp(f, X)[1](np.eye(6)), 2 * np.eye(6))
    assert np.array_equal(dd.jvp(lambda x: dd.jvp(f, (x,), (x * x,))[1], (X,), (np.ones(6),))[1], 4 * X)


# ---- the caller's arrays --------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray, lambda x: np.repeat(x, 2, 0)[::2]])
def test_writing_into_the_argument(layout):
    """f may write into its argument; the caller's array stays."""
    x = layout(A)

    def f(a):
        a[0] = a[1] * a[2]
        a[:, 1] += 2.0
        a.T[2][1:] *= a[1:, 0]
        a[a < 0.7] = 0.0
        np.multiply(a, 2.0, out=a)
        return a

    def plain(a):
        a = np.concatenate([a[1:2] * a[2:3], a[1:]])
        a = a + np.array([0, 2.0, 0, 0, 0])
        a = np.where(np.outer([0, 1, 1, 1], [0, 0, 1, 0, 0]) > 0, a * a[:, :1], a)
        return np.where(a < 0.7, 0.0, a) * 2.0

    def careful(a):
        if isinstance(a, np.ndarray):
            a = a.copy()
        return f(a)

    check(careful, plain, x)
    assert np.array_equal(x, A)


def test_writing_into_a_view_of_the_argument():
    def f(a):
        view = a[1:]
        view[0] = 2.0
        other = a.reshape(-1)
        other[-1] = a[0, 0] * 3
        return a * view.sum()

    before = A.copy()
    for call in (
        lambda: dd.jvp(f, (A,), (A,)),
        lambda: dd.vjp(f, A)[1](A),
        lambda: dd.jacobian(f)(A),
        lambda: dd.hessian(lambda a: np.sum(f(a)))(A),
        lambda: dd.grad(lambda a: np.sum(f(a)))(A),
        lambda: dd.vjp(lambda a: dd.jvp(f, (a,), (a * a,))[1], A)[1](A),
    ):
        call()
        assert np.array_equal(A, before)


def test_the_result_does_not_alias_the_argument():
    x = X.copy()
    for value in (
        dd.jvp(lambda x: x, (x,), (X,))[0],
        dd.vjp(lambda x: x, x)[0],
        dd.value_and_jacobian(lambda x: x)(x)[0],
        dd.jvp(lambda x: x[1:], (x,), (X,))[0],
        dd.vjp(lambda x: x[::2], x)[0],
        dd.jvp(lambda x: x.reshape(2, 3).T, (x,), (X,))[0],
        dd.vjp(lambda x: x.reshape(2, 3).T, x)[0],
    ):
        value[...] = 99.0
        assert np.array_equal(x, X)


def test_the_tangent_does_not_alias_what_was_passed():
    v = np.ones(6)
    _, tangent = dd.jvp(lambda x: x, (X,), (v,))
    tangent[:] = 5.0
    assert np.array_equal(v, np.ones(6))

    def f(x):
        x[:] = 0.0
        return x

    dd.jvp(f, (X,), (v,))
    assert np.array_equal(v, np.ones(6))
    w = np.ones(6)
    found = dd.vjp(lambda x: x, X)[1](w)
    found[:] = 7.0
    assert np.array_equal(w, np.ones(6))


# ---- constants that change after they were used ------------------------------------------------------------


def test_a_constant_overwritten_after_use():
    """A recording keeps the numbers that were used, not the array they stood in."""

    def f(x):
        c, m, d, e = np.arange(1.0, 7.0), np.arange(36.0).reshape(6, 6), X.copy(), X + 1
        z = x * c
        z = z + m @ x
        z = z / e
        z = z + d**x
        z = np.where(d > 1, z * d, z)
        z = z + np.dot(x, m) * np.hypot(x, d)
        for a in (c, m, d, e):
            a[...] = 0.0
        return z * 2

    def plain(x):
        c, m, d, e = np.arange(1.0, 7.0), np.arange(36.0).reshape(6, 6), X.copy(), X + 1
        z = (x * c + m @ x) / e + d**x
        z = np.where(d > 1, z * d, z)
        return (z + np.dot(x, m) * np.hypot(x, d)) * 2

    check(f, plain, X)


def test_keys_overwritten_after_use():
    """The same for masks and index arrays."""

    def f(x):
        i, mask = np.array([0, 2, 4]), np.array([True, False, True, False, True, False])
        y = x[i] * x[mask]
        z = x * x
        z[i] = y
        z = np.where(mask, z, x)
        z[mask] *= 2
        i[:] = 5
        mask[:] = False
        return z

    def plain(x):
        even = np.array([True, False, True, False, True, False])
        return np.where(even, x * x * 2, x)

    check(f, plain, X)


def test_a_factor_overwritten_after_use():
    """Writing into a dual array does not reach what was computed from it."""

    def f(x):
        a = x * 2
        b = a * x
        c = np.exp(a)
        d = np.reshape(a, (2, 3)) @ np.reshape(a, (3, 2))
        e = a[1:4]
        g = e * e
        a[...] = 0.0
        c[2:] = 1.0
        h = c * c
        c *= x
        return b + c + h + np.sum(d) + np.sum(g)

    def plain(x):
        a = x * 2
        c = np.concatenate([np.exp(a)[:2], np.ones(4)])
        d = np.reshape(a, (2, 3)) @ np.reshape(a, (3, 2))
        return a * x + c * x + c * c + np.sum(d) + np.sum(a[1:4] ** 2)

    check(f, plain, X)


def test_a_result_used_as_its_own_partial_then_overwritten():
    """exp keeps its value as the partial: a later write into the result must not change the recording."""

    def f(x):
        y = np.exp(x)
        z = y + 1.0
        y[:] = 100.0
        u = np.sqrt(x)
        u *= u
        view = np.tanh(x)[1:]
        view[...] = view * view
        return z * 2 + u + np.sum(view)

    def plain(x):
        return (np.exp(x) + 1.0) * 2 + x + np.sum(np.tanh(x)[1:] ** 2)

    value, pullback = dd.vjp(f, X)
    close(pullback(np.ones(6)), dd.vjp(plain, X)[1](np.ones(6)), 1e-14)
    v = random_like(X, rng(3))
    close(dd.jvp(f, (X,), (v,))[1], differences(plain, (X,), (v,))[0], 1e-9)
    check_adjoint(f, X)
    check_second(f, X)


def test_the_pullback_keeps_its_numbers_when_the_argument_changes_later():
    """x and the constants may change between the call and the pullback."""
    x, c = X.copy(), X[::-1].copy()
    _, pullback = dd.vjp(lambda x: np.sin(x) * c * x + x**3 / x, x)
    before = pullback(np.ones(6))
    x[:] = 0.0
    c[:] = 0.0
    assert np.array_equal(pullback(np.ones(6)), before)
    close(before, np.cos(X) * X[::-1] * X + np.sin(X) * X[::-1] + 2 * X, 1e-14)


# ---- duals of several calls in one array ------------------------------------------------------------------


def test_an_inner_dual_written_into_an_outer_array():
    """A newer dual in an older array: the array takes the newer tag, both derivatives stay."""

    def f(x):
        def g(s):
            y = x * x               # belongs to the outer call
            y[0] = s * s * x[1]     # belongs to the inner one
            y[2:4] = s * x[2:4]
            view = y[3:]
            view[1] = s * 5.0
            return np.sum(y * y)

        return dd.derivative(g)(x[5])

    def plain(x):
        s = x[5]
        # d/ds of (s^2 x1)^2 + (s x2)^2 + (s x3)^2 + (5 s)^2 + constants
        return 4 * s**3 * x[1] ** 2 + 2 * s * (x[2] ** 2 + x[3] ** 2) + 50 * s

    check(f, plain, X, exact=False)


def test_an_older_dual_written_into_a_newer_array():
    def f(x):
        def g(s):
            y = s * np.ones(6)
            y = y * y
            y[1] = x[2] * x[3]          # a constant for the inner call, not for the outer one
            y[3:5] = x[3:5]
            y[5:] += x[:1]
            return y

        return dd.jvp(lambda s: g(s) ** 2, (x[0],), (1.0,))[1] + dd.jvp(g, (x[0],), (1.0,))[0]

    def plain(x):
        s = x[0]
        value = np.array([s * s, x[2] * x[3], s * s, x[3], x[4], s * s + x[0]])
        slope = np.array([4 * s**3, 0 * s, 4 * s**3, 0 * s, 0 * s, 2 * (s * s + x[0]) * 2 * s])
        return slope + value

    check(f, plain, X)


def test_buffers_shared_by_two_levels():
    """One buffer, filled by the outer call, then by the inner one, then by the outer one again."""

    def f(x):
        buffer = np.zeros_like(x)
        half = buffer[:3]
        half[...] = x[:3] ** 2

        def g(s):
            local = buffer.copy()
            local[3:] = s * x[3:]
            local[0] = 1.0
            return local * local

        inner = dd.jvp(g, (x[1],), (1.0,))[1]
        buffer[3:] = inner[3:]
        return buffer + half.sum()

    def plain(x):
        y = np.concatenate([x[:3] ** 2, 2 * x[1] * x[3:] ** 2])
        return y + np.sum(x[:3] ** 2)

    check(f, plain, X)


@pytest.mark.parametrize("inner", ["jvp", "vjp"])
@pytest.mark.parametrize("outer", ["jvp", "vjp"])
def test_a_buffer_of_the_outer_call_filled_in_the_inner_one(outer, inner):
    """Writes of an inner call into an outer buffer, read inside the inner call through an older view."""

    def f(x):
        buffer = np.zeros_like(x)
        window = buffer[1:4]
        buffer[0] = x[0] * x[1]

        def g(s):
            own = buffer * 1.0
            own_window = own[1:4]
            own[1:4] = s * x[1:4]
            own_window[0] *= s
            return np.sum(own * own)

        slope = dd.derivative(g)(x[5]) if inner == "jvp" else dd.vjp(g, x[5])[1](1.0)
        window[...] = slope
        return buffer

    def plain(x):
        s = x[5]
        # g = (x0 x1)^2 + (s^2 x1)^2 + s^2 (x2^2 + x3^2)
        slope = 4 * s**3 * x[1] ** 2 + 2 * s * (x[2] ** 2 + x[3] ** 2)
        return np.concatenate([x[:1] * x[1:2], np.full(3, 1.0) * slope, np.zeros(2)])

    v = random_like(X, rng(8))
    (wanted,) = differences(plain, (X,), (v,))
    if outer == "jvp":
        close(dd.jvp(f, (X,), (v,))[1], wanted, 1e-9)
    else:
        w = random_like(X, rng(18))
        close(np.sum(dd.vjp(f, X)[1](w) * v), np.sum(w * wanted), 1e-9)


# ---- odds and ends ------------------------------------------------------------------------------------


def test_reading_by_dual_masks_and_comparisons():
    def f(x):
        y = np.where(x > 0.9, x, -x)
        y[(x < 0.5) | (x > 1.5)] = 0.0
        y[np.argmax(x)] += x[np.argmin(x)]
        return y[y != 0] * 2

    values = dd.jvp(f, (X,), (X,))[0]
    same_bits(values, f(X))
    check_adjoint(f, X)
    check_second(f, X)


def test_a_float_dual_array_is_no_index():
    with pytest.raises((TypeError, IndexError)):
        dd.jvp(lambda x: x[x[0]], (X,), (X,))
    with pytest.raises((TypeError, IndexError)):
        dd.jvp(lambda x: X[x[0]], (X,), (X,))
    assert dd.derivative(lambda s: X[int(s)] * s)(2.0) == X[2]


def test_object_arrays_of_duals_are_taken_back():
    def f(x):
        y = np.empty(6, dtype=object)
        for i in range(6):
            y[i] = x[i] * x[0]
        y[3] = 2.0
        return y

    check(lambda x: f(x) if not isinstance(x, np.ndarray) else f(x).astype(float),
          lambda x: x * x[0] * np.array([1, 1, 1, 0, 1, 1]) + np.array([0, 0, 0, 2.0, 0, 0]), X)  # fmt: skip


def test_float32_buffers_keep_float32():
    def f(x):
        y = np.zeros_like(x)
        assert y.dtype == np.float32
        y[0] = x[0] * x[1]
        y[1:] += x[1:] * 2
        y[2] = 1.5
        return y

    x = X.astype(np.float32)
    value, tangent = dd.jvp(f, (x,), (np.ones(6, np.float32),))
    same_bits(value, f(x))
    assert tangent.dtype == np.float32
    close(tangent, [x[0] + x[1], 2, 0, 2, 2, 2], 1e-6)
    assert dd.vjp(f, x)[1](np.ones(6, np.float32)).dtype == np.float32


def test_complex_buffers():
    def f(x):
        z = np.zeros(6, dtype=complex, like=x)
        z[:3] = x[:3] * 1j
        z[3:] = x[3:]
        z.real[0] = 0.0
        z[4] *= 2j
        return np.abs(z) ** 2 + z.imag

    def plain(x):
        im = np.concatenate([x[:3], 0 * x[3:]]) + np.array([0, 0, 0, 0, 2.0, 0]) * x
        re = np.concatenate([0 * x[:3], x[3:]]) * np.array([1, 1, 1, 1, 0, 1])
        return re**2 + im**2 + im

    v = random_like(X, rng(8))
    value, tangent = dd.jvp(f, (X,), (v,))
    close(value, plain(X), 1e-14)
    close(tangent, differences(plain, (X,), (v,))[0], 1e-9)
    check_adjoint(f, X)


# ---- one reading of keys ---------------------------------------------------------------------------------


class Whole(int):
    """A subclass of int."""


ONE_READING = {
    "NumPy's integers": (np.int64(1), np.int8(-1)), "an int subclass": (Whole(1), 0), "with a slice": (np.int64(1), slice(1, None)),
    "slice and integer": (slice(None, None, -1), np.int32(2)), "an ellipsis": (..., np.int64(1)), "a new axis": (None, np.uint8(1)),
    "in front": np.int64(-2), "one integer": (np.int64(1),), "a truth": (True, 1), "a 0-d array": (np.array(1), slice(None)),
    "an array beside": (np.array([0, 1]), np.int64(1)), "a list beside": ([1, 0, 1], slice(1)),
}  # fmt: skip
KINDS_OF_DUALS = {
    "forward": lambda f, x: dd.jvp(f, (x,), (x,)), "recorded": lambda f, x: dd.vjp(f, x),
    "nested": lambda f, x: dd.jvp(lambda y: dd.jvp(f, (y,), (y,))[1], (x,), (x,)),
}
A34 = np.arange(1.0, 13.0).reshape(3, 4)


@pytest.mark.parametrize("name", ONE_READING)
def test_keys_mean_what_they_mean_to_numpy(name):
    key = ONE_READING[name]

    def read(x):
        found = x[key]
        assert (getattr(found, "base", None) is x) == (isinstance(A34[key], np.ndarray) and np.shares_memory(A34, A34[key]))
        return found

    def written(x):
        y = x * 1.0
        y[key] = 2.0 * x[key]
        return y

    expected = A34.copy()
    expected[key] *= 2.0
    close(dd.jvp(read, (A34,), (A34,))[1], A34[key], 0)
    for f, wanted in ((lambda x: x[key] * 1.0, A34[key]), (written, expected)):
        value, tangent = dd.jvp(f, (A34,), (A34,))
        same_bits(value, wanted)
        close(tangent, wanted, 0)
        w = np.ones(np.shape(wanted))
        close(dd.vjp(f, A34)[1](w), dd.jacobian(f)(A34).reshape(-1, 12).sum(axis=0).reshape(3, 4), 0)
        close(dd.linearize(f, A34)[1].jvp(A34), wanted, 0)
        close(dd.jvp(lambda x, f=f: dd.jvp(f, (x,), (x,))[1], (A34,), (A34,))[1], wanted, 0)


@pytest.mark.parametrize("kind", KINDS_OF_DUALS)
@pytest.mark.parametrize("key", [3, -4, np.int64(3), (0, 4), (np.int64(-4), 0), (slice(None), 5), (..., -5), (0, 0, 0), [0, 3]], ids=repr)
@pytest.mark.parametrize("write", [False, True])
def test_one_word_on_places_that_are_not_there(kind, key, write):
    def f(x, *, to=None):
        y = x * 1.0
        if write:
            y[key] = y[0, 0]
        return y[key]

    with pytest.raises(IndexError) as wanted:
        f(A34)
    with pytest.raises(IndexError) as found:
        KINDS_OF_DUALS[kind](f, A34)
    assert str(found.value) == str(wanted.value)
