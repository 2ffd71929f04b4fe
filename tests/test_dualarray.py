"""DualArray: construction, arithmetic, broadcasting, out= and where=, memory, and what it refuses."""

import copy
import inspect
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp
from support import same_bits

import dualdiff as dd
from dualdiff import Dual, DualArray
from dualdiff.core import new_tag
from dualdiff.errors import DualDiffError, EscapedDualError, InputError, LostDerivativeError, ShapeError

FLOATS = [np.float64, np.float32]


def values(shape, dtype=np.float64, seed=0):
    generator = np.random.default_rng([seed, *np.atleast_1d(shape)])
    return generator.uniform(0.3, 1.7, shape).astype(dtype)


def dual(shape=(3,), k=2, dtype=np.float64, seed=0, tag=0):
    generator = np.random.default_rng([seed + 1, k, *np.atleast_1d(shape)])
    v = values(shape, dtype, seed)
    return DualArray(v, generator.standard_normal((k, *v.shape)).astype(dtype), tag=tag)


def check(z, value, tangents, rtol=None):
    """A DualArray with this very value, and tangents up to rounding."""
    assert type(z) is DualArray
    same_bits(z.value, value)
    rtol = 8 * np.finfo(z.dtype).eps if rtol is None else rtol
    if z.tangents is None:      # a step function on the generic path
        assert not np.any(tangents)
        return
    assert z.tangents.dtype == z.dtype and z.tangents.shape[1:] == z.shape
    np.testing.assert_allclose(z.tangents, tangents, rtol=rtol, atol=rtol)


# ---- construction --------------------------------------------------------------------------------------


def test_what_it_holds():
    z = DualArray([[1, 2, 3]], np.ones((2, 1, 3)))
    assert z.shape == (1, 3) and z.ndim == 2 and z.size == 3 and len(z) == 1 and z.dtype == np.float64 and z.tag == 0
    assert z.tangents.shape == (2, 1, 3) and z.tangents.dtype == np.float64
    assert z.itemsize == 8 and z.nbytes == 24 and z.T.shape == (3, 1) and z.base is None
    assert DualArray([1.0], [[1.0]], tag=4).tag == 4


@pytest.mark.parametrize(
    ("value", "tangents"),
    [
        (np.ones(3), np.ones(3)), (np.ones(3), np.ones((1, 2))), (np.ones((2, 3)), np.ones((2, 3))), (np.ones(3), np.ones((3, 1))),
        (np.ones(3), 1.0), (np.ones((2, 3)), np.ones((1, 3, 2))), (1.0, 1.0), (np.ones(0), np.ones((1, 1))),
    ],
)  # fmt: skip
def test_tangents_that_do_not_fit(value, tangents):
    with pytest.raises(ShapeError) as error:
        DualArray(value, tangents)
    assert str(np.shape(tangents)) in str(error.value) and "(k," in str(error.value)


@pytest.mark.parametrize("value", [np.array(["a"]), np.array([None]), np.array(["2020-01-01"], "M8[D]"), np.ones(1, np.longdouble), np.ones(1, np.float16)])
def test_values_that_cannot_carry_derivatives(value):
    with pytest.raises((InputError, TypeError)) as error:
        DualArray(value, np.ones((1, 1)))
    assert isinstance(error.value, DualDiffError)
    assert str(value.dtype) in str(error.value)


def test_missing_arguments():
    with pytest.raises(TypeError):
        DualArray([1.0])
    with pytest.raises(TypeError):
        DualArray()
    with pytest.raises(TypeError):
        DualArray([1.0], [[1.0]], nonsense=1)


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint16, bool])
def test_integers_become_float64(dtype):
    z = DualArray(np.ones(3, dtype), np.ones((1, 3), dtype))
    assert z.dtype == z.tangents.dtype == np.float64


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128, np.complex64])
def test_floating_types_are_kept(dtype):
    z = DualArray(np.ones(3, dtype), np.ones((1, 3)))
    assert z.dtype == z.tangents.dtype == dtype


def test_construction_copies():
    v, t = np.ones(3), np.ones((1, 3))
    z = DualArray(v, t)
    v[:], t[:] = 7, 7
    z[0] = 5.0
    assert z.value.tolist() == [5.0, 1.0, 1.0] and z.tangents.tolist() == [[0.0, 1.0, 1.0]]
    assert v.tolist() == [7, 7, 7] and t.tolist() == [[7, 7, 7]]


def test_no_directions():
    z = DualArray(np.ones(3), np.ones((0, 3)))
    assert np.sin(z).tangents.shape == (0, 3) and (z * z).tangents.shape == (0, 3)


# ---- operators -----------------------------------------------------------------------------------------

OPERATORS = {
    "add": (operator.add, operator.iadd, lambda a, b: (np.ones_like(a + b), np.ones_like(a + b))),
    "sub": (operator.sub, operator.isub, lambda a, b: (np.ones_like(a + b), -np.ones_like(a + b))),
    "mul": (operator.mul, operator.imul, lambda a, b: (b, a)),
    "truediv": (operator.truediv, operator.itruediv, lambda a, b: (1 / b, -a / b / b)),
    "floordiv": (operator.floordiv, operator.ifloordiv, lambda a, b: (0 * (a + b), 0 * (a + b))),
    "mod": (operator.mod, operator.imod, lambda a, b: (np.ones_like(a + b), -(a // b))),
    "pow": (operator.pow, operator.ipow, lambda a, b: (b * a ** (b - 1), a**b * np.log(a))),
}


def exact(partial, t):
    """The product of a partial and tangents, computed in double precision and broadcast by hand."""
    return np.asarray(partial, float) * np.asarray(t, float)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", OPERATORS)
def test_operators(name, dtype):
    function, in_place, partials = OPERATORS[name]
    a, b = dual((4, 3), 3, dtype, 0), dual((4, 3), 3, dtype, 5)
    p, q = partials(a.value.astype(float), b.value.astype(float))
    check(function(a, b), function(a.value, b.value), exact(p, a.tangents) + exact(q, b.tangents))
    check(function(a, b.value), function(a.value, b.value), exact(p, a.tangents))
    check(function(a.value, b), function(a.value, b.value), exact(q, b.tangents))
    plain = a.value.copy()
    wanted = function(a, b)
    same = a
    a = in_place(a, b)
    assert a is same
    check(a, in_place(plain, b.value), wanted.tangents, rtol=0)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("number", [2, 2.5, True, np.float64(2.5), np.float32(2.5), np.int8(3), np.int64(3), np.array(2.5), np.bool_(True)], ids=repr)
def test_operators_with_numbers(name, dtype, number):
    """The dtype of the result is NumPy's: Python numbers are weak, NumPy's are strong."""
    function, _, partials = OPERATORS[name]
    a = dual((4, 3), 3, dtype)
    for x, y, which in ((a, number, 0), (number, a, 1)):
        args = [v.value if isinstance(v, DualArray) else v for v in (x, y)]
        found = function(x, y)
        with np.errstate(all="ignore"):
            d = partials(*(np.asarray(v, float) for v in args))[which]
        check(found, function(*args), exact(d, a.tangents), 8 * np.finfo(dtype).eps)


@pytest.mark.parametrize("constant", [np.array([1, 2, 3]), np.array([1, 2, 3], np.int8), np.array([True, False, True]), [1.5, 2.5, 3.5], np.array([1.5, 2, 3], np.float32)])
@pytest.mark.parametrize("dtype", FLOATS)
def test_operators_with_other_arrays(constant, dtype):
    a = dual((2, 3), 2, dtype)
    c = np.asarray(constant).astype(float)
    for found, wanted, d in [
        (a * constant, a.value * constant, c), (constant - a, constant - a.value, -np.ones(3)), (a + constant, a.value + constant, np.ones(3)),
        (constant / a, constant / a.value, -c / a.value.astype(float) ** 2), (a**constant, a.value**constant, c * a.value.astype(float) ** (c - 1)),
    ]:  # fmt: skip
        check(found, wanted, exact(d, a.tangents), 8 * np.finfo(dtype).eps)


def test_precision_is_that_of_the_result():
    """float64 tangents beside a float32 constant are not computed in single precision."""
    a, c = dual((5,), 2), values(5, np.float32, 3)
    np.testing.assert_allclose((a / c).tangents, a.tangents / c.astype(float), rtol=4e-16)
    np.testing.assert_allclose((c / a).tangents, -c.astype(float) / a.value**2 * a.tangents, rtol=1e-15)
    d = c.astype(float)
    np.testing.assert_allclose((a**c).tangents, d * a.value ** (d - 1) * a.tangents, rtol=1e-15)
    np.testing.assert_allclose((c**a).tangents, d**a.value * np.log(d) * a.tangents, rtol=1e-15)
    np.testing.assert_allclose(np.arctan2(c, a).tangents, -d / (d**2 + a.value**2) * a.tangents, rtol=1e-15)


def test_unary_operators():
    a = dual((2, 3))
    check(-a, -a.value, -a.tangents, 0)
    check(+a, +a.value, a.tangents, 0)
    check(abs(-a), a.value, a.tangents, 0)
    q, r = divmod(a, 0.5)
    same_bits(getattr(q, "value", q), a.value // 0.5)
    check(r, a.value % 0.5, a.tangents, 0)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, -2, 0.5, 2.0, -1.0, 1.0, 0.0, 2.5, np.float64(2.0), np.int64(2), np.array(2.0)])
@pytest.mark.parametrize("dtype", FLOATS)
def test_powers_take_numpys_shortcuts(exponent, dtype):
    a = dual((50,), 2, dtype)
    e = float(exponent)
    check(a**exponent, a.value**exponent, exact(e * a.value.astype(float) ** (e - 1) if e else 0.0, a.tangents), 8 * np.finfo(dtype).eps)


def test_powers_at_zero():
    a = DualArray([0.0, -2.0, 0.0], [[1.0, 1.0, 0.0]])
    assert (a**0).tangents.tolist() == [[0.0, 0.0, 0.0]]
    assert (a**1).tangents.tolist() == [[1.0, 1.0, 0.0]]
    assert (a**2).tangents.tolist() == [[0.0, -4.0, 0.0]]
    assert (a ** np.array([0.0, 3.0, 1.0])).tangents.tolist() == [[0.0, 12.0, 0.0]]
    with pytest.raises(InputError, match="%"):
        pow(a, 2, 3)


# ---- in place ------------------------------------------------------------------------------------------


def test_in_place_keeps_the_array():
    a = dual((3,))
    other, v, t = a, a.value.copy(), a.tangents.copy()
    a += 1.0
    a *= 2
    a -= np.ones(3)
    a /= 4.0
    a **= 2
    assert a is other
    np.testing.assert_allclose(a.value, (v / 2 + 0.25) ** 2, rtol=1e-15)
    np.testing.assert_allclose(a.tangents, (v / 2 + 0.25) * t, rtol=1e-14)


def test_in_place_does_not_change_the_shape():
    a, b = dual((3,)), dual((2, 3))
    with pytest.raises(ValueError, match=r"\(3,\).*\(2, 3\)"):
        a += b
    with pytest.raises(ValueError, match=r"\(3,\).*\(2, 3\)"):
        a *= np.ones((2, 3))
    b += a
    assert b.shape == (2, 3)


def test_in_place_keeps_float32():
    a = dual((3,), 2, np.float32)
    before = a
    a *= np.float64(2.5)
    assert a is before and a.dtype == a.tangents.dtype == np.float32
    plain = values((3,), np.float32)
    plain *= np.float64(2.5)
    same_bits(a.value, plain)
    a += np.ones(3)
    assert a.dtype == np.float32


def test_in_place_on_a_view_writes_into_the_base():
    a = dual((4,))
    v, t = a.value.copy(), a.tangents.copy()
    view = a[1:3]
    view *= 3.0
    a[3:] += 1.0
    assert a.value.tolist() == [v[0], 3 * v[1], 3 * v[2], v[3] + 1]
    assert a.tangents.tolist() == [[s[0], 3 * s[1], 3 * s[2], s[3]] for s in t]


def test_in_place_with_itself():
    a = dual((4,))
    v, t = a.value.copy(), a.tangents.copy()
    a *= a
    check(a, v * v, 2 * v * t)
    b = DualArray(v, t)
    b[1:] -= b[:-1]
    check(b, np.concatenate([v[:1], v[1:] - v[:-1]]), np.concatenate([t[:, :1], t[:, 1:] - t[:, :-1]], axis=1))


@pytest.mark.parametrize("in_place", [f for _, f, _ in OPERATORS.values() if f is not operator.ifloordiv])
def test_a_plain_array_cannot_take_a_dual_in_place(in_place):
    for other in (dual((3,)), Dual(1.0, 1.0)):
        plain = np.ones(3)
        with pytest.raises(TypeError):
            in_place(plain, other)
        assert plain.tolist() == [1.0, 1.0, 1.0]


def test_a_plain_array_takes_what_has_no_derivative():
    plain = np.full(3, 7.0)
    plain //= dual((3,))
    assert plain.tolist() == (7.0 // dual((3,)).value).tolist()


def test_plain_plus_equals_dual_says_what_to_write():
    plain = np.ones(3)
    with pytest.raises(LostDerivativeError, match="zeros_like|like="):
        plain += dual((3,))


# ---- broadcasting, shapes, layouts -----------------------------------------------------------------------

LAYOUTS = ["C", "F", "strided", "reversed", "broadcast"]
BINARY = [np.add, np.subtract, np.multiply, np.divide, np.hypot, np.arctan2, np.maximum, np.power, np.logaddexp]
UNARY = [np.sin, np.exp, np.sqrt, np.negative, np.square, np.tanh, np.log, np.reciprocal, np.absolute]


def laid_out(shape, k, dtype, layout, seed):
    """(the DualArray, its value and tangents as plain arrays) in a layout."""
    generator = np.random.default_rng(seed)
    if layout == "strided" and shape:
        full = (*shape[:-1], 2 * shape[-1] + 1)
        v, t = generator.uniform(0.3, 1.7, full).astype(dtype), generator.standard_normal((k, *full)).astype(dtype)
        return DualArray(v, t)[..., 1::2], v[..., 1::2], t[..., 1::2]
    if layout == "F":
        v = generator.uniform(0.3, 1.7, shape[::-1]).astype(dtype)
        t = generator.standard_normal((k, *shape[::-1])).astype(dtype)
        return DualArray(v, t).T, v.T, t.transpose(0, *range(len(shape), 0, -1))
    v, t = generator.uniform(0.3, 1.7, shape).astype(dtype), generator.standard_normal((k, *shape)).astype(dtype)
    if layout == "reversed" and shape:
        flip = (slice(None, None, -1),) * len(shape)
        return DualArray(v, t)[flip], v[flip], t[(slice(None), *flip)]
    if layout == "broadcast":
        big = (2, *shape)
        return np.broadcast_to(DualArray(v, t), big), np.broadcast_to(v, big), np.broadcast_to(t[:, None], (k, *big))
    return DualArray(v, t), v, t


def wanted_tangents(ufunc, values_, tangents, shape):
    """The tangents in double precision, broadcast by NumPy."""
    rule = dd.functions.elementwise.RULES[ufunc.__name__]
    x, y = (np.asarray(v, float) for v in (values_ if len(values_) == 2 else (values_[0], 0)))
    f = ufunc(*(np.asarray(v, float) for v in values_))
    total = 0
    for partial, t, v in zip(rule.partials, tangents, values_, strict=True):
        if t is not None:
            t = np.asarray(t, float)
            lead = len(shape) - np.ndim(v)
            total = total + partial(x, y, f) * t.reshape(len(t), *(1,) * lead, *t.shape[1:])
    return np.broadcast_to(total, (len(total), *shape))


@settings(max_examples=120, deadline=None)
@given(
    shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=4, min_side=0),
    ufunc=st.sampled_from(BINARY), k=st.sampled_from([1, 2, 5]), dtypes=st.tuples(st.sampled_from(FLOATS), st.sampled_from(FLOATS)),
    layouts=st.tuples(st.sampled_from(LAYOUTS), st.sampled_from(LAYOUTS)), which=st.sampled_from(["both", "first", "second"]),
)  # fmt: skip
def test_binary_ufuncs_broadcast_as_numpys(shapes, ufunc, k, dtypes, layouts, which):
    (a, av, at), (b, bv, bt) = (
        laid_out(shape, k, dtype, layout, i)
        for i, (shape, dtype, layout) in enumerate(zip(shapes.input_shapes, dtypes, layouts, strict=True))
    )
    try:
        value = ufunc(av, bv)
    except ValueError:      # the broadcast layout adds an axis in front, which may not fit
        with pytest.raises(ValueError):
            ufunc(a, b)
        return
    x, y = (bv if which == "first" else b), (av if which == "second" else a)
    found = ufunc(y, x)
    same_bits(np.asarray(found.value, value.dtype)[()] if value.ndim == 0 else found.value, value[()])
    tangents = [None if which == "second" else at, None if which == "first" else bt]
    eps = np.finfo(value.dtype).eps
    assert found.tangents.shape == (k, *value.shape)
    np.testing.assert_allclose(found.tangents, wanted_tangents(ufunc, [av, bv], tangents, value.shape), rtol=20 * eps, atol=20 * eps)


@settings(max_examples=80, deadline=None)
@given(
    shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5), ufunc=st.sampled_from(UNARY), k=st.sampled_from([1, 3]),
    dtype=st.sampled_from(FLOATS), layout=st.sampled_from(LAYOUTS),
)  # fmt: skip
def test_unary_ufuncs_in_every_layout(shape, ufunc, k, dtype, layout):
    a, v, t = laid_out(shape, k, dtype, layout, 7)
    found, value = ufunc(a), ufunc(v)
    same_bits(np.asarray(found.value, dtype)[()] if value.ndim == 0 else found.value, value)
    eps = np.finfo(dtype).eps
    assert found.tangents.shape == (k, *v.shape)
    np.testing.assert_allclose(found.tangents, wanted_tangents(ufunc, [v], [t], v.shape), rtol=20 * eps, atol=20 * eps)


LAYOUTS_OF_ROWS = {
    "in order": lambda n, a: (n, a),
    "one number": lambda n, a: (1, a[..., :1]),
    "a part": lambda n, a: (n, a[..., 1 : n + 1]),
    "reversed": lambda n, a: (n, a[..., n - 1 :: -1] if a.ndim == 1 else a[:, ::-1][:, -n:]),
    "every second": lambda n, a: (n, a[..., : 2 * n : 2]),
}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("second", LAYOUTS_OF_ROWS)
@pytest.mark.parametrize("first", LAYOUTS_OF_ROWS)
def test_a_direction_has_the_same_bits_alone_and_among_others(first, second, dtype):
    """Zeros and infinities among the tangents and the partials included."""
    for n, k in ((1, 3), (7, 9), (300, 5), (1500, 2)):
        operands = []
        for layout, seed in ((first, 1), (second, 2)):
            generator = np.random.default_rng([seed, n])
            v, t = generator.uniform(0.3, 1.7, 2 * n + 2).astype(dtype), generator.normal(size=(k, 2 * n + 2)).astype(dtype)
            t[:, ::3], t[0, 1] = 0, np.inf
            size, v = LAYOUTS_OF_ROWS[layout](n, v)
            t = LAYOUTS_OF_ROWS[layout](n, t)[1]
            operands.append((v[:size], t[:, :size]))
        (v, t), (w, u) = operands
        for ufunc in (np.add, np.subtract, np.multiply, np.divide, np.maximum, np.hypot, np.arctan2):
            for a, b in ((0, 1), (0, None), (None, 1)):
                pairs = [x if i is None else [DualArray(x, y[j][None]) for j in range(k)] + [DualArray(x, y)]
                         for x, y, i in ((v, t, a), (w, u, b))]  # fmt: skip
                found = [ufunc(*(p if type(p) is np.ndarray else p[j] for p in pairs)).tangents for j in range(k + 1)]
                np.testing.assert_array_equal(found[k], np.concatenate(found[:k]))
        for f in (np.negative, np.positive, np.exp, np.sqrt, np.square, lambda x: 3.5 * x):
            found = [f(DualArray(v, t[j][None])).tangents for j in range(k)]
            np.testing.assert_array_equal(f(DualArray(v, t)).tangents, np.concatenate(found))


@pytest.mark.parametrize("size", [1, 255, 256, 257, 1023, 1024, 1025, 2048, 3000, 40000])
@pytest.mark.parametrize("dtype", FLOATS)
def test_tangents_across_blocks(size, dtype):
    """Blocks of 1024 elements, and the size from which the interpreter lock is released."""
    a, b = dual((size,), 2, dtype, 1), dual((size,), 2, dtype, 2)
    eps = np.finfo(dtype).eps
    for ufunc in (np.multiply, np.divide, np.hypot, np.power):
        found = ufunc(a, b)
        wanted = wanted_tangents(ufunc, [a.value, b.value], [a.tangents, b.tangents], (size,))
        np.testing.assert_allclose(found.tangents, wanted, rtol=20 * eps, atol=20 * eps)
        half = ufunc(a[::2], b[::-1][::2])
        np.testing.assert_allclose(
            half.tangents,
            wanted_tangents(ufunc, [a.value[::2], b.value[::-1][::2]], [a.tangents[:, ::2], b.tangents[:, ::-1][:, ::2]], half.shape),
            rtol=20 * eps, atol=20 * eps,
        )  # fmt: skip


def test_shapes_that_do_not_broadcast():
    for other in (dual((4,)), np.ones(4), dual((2, 2))):
        with pytest.raises(ValueError, match=r"\(3,\)"):
            dual((3,)) + other
        with pytest.raises(ValueError, match="broadcast"):
            np.multiply(other, dual((3,)))


@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 4, 2)])
@pytest.mark.parametrize("dtype", FLOATS)
def test_zero_size(shape, dtype):
    a = dual(shape, 3, dtype)
    for found in (a + a, a * 2, np.sin(a), -a, a**2, np.hypot(a, 1.0), a / a.value):
        assert found.shape == shape and found.tangents.shape == (3, *shape) and found.dtype == dtype
    assert list(a) == [] or shape[0]
    a += 1
    assert a.shape == shape


@pytest.mark.parametrize("dtype", FLOATS)
def test_no_axes(dtype):
    a = DualArray(dtype(0.7), np.array([1.0, 2.0]))
    assert a.shape == () and a.ndim == 0 and a.size == 1
    for found in (a * 2, np.sin(a), a + a, a[()]):
        assert type(found) is Dual and found.dtype == dtype and found.tangents.shape == (2,)
    assert type(a * np.ones(2, dtype)) is DualArray and (a * np.ones(2, dtype)).dtype == dtype
    with pytest.raises(TypeError):
        len(a)
    with pytest.raises(TypeError, match="0-d"):
        iter(a)
    a[...] = 2.0
    assert a.value == 2.0 and a.tangents.tolist() == [0.0, 0.0]
    a += 1.0
    assert a.value == 3.0


def test_mismatched_directions():
    a, b = dual((3,), 1), dual((3,), 2)
    for f in (operator.add, operator.mul, np.hypot, np.arctan2, operator.pow):
        with pytest.raises(ShapeError, match="1 and 2"):
            f(a, b)
    with pytest.raises(ShapeError, match="1 and 2|2 and 1"):
        a[0] = b[0]
    with pytest.raises(ShapeError, match="1 and 2|2 and 1"):
        a[:2] = b[:2]
    with pytest.raises(ShapeError):
        a += b


# ---- float32 -------------------------------------------------------------------------------------------


def test_float32_stays():
    a = dual((6,), 2, np.float32)
    for found in (np.sin(a), a * 2, 2.5 * a, a / 3, a**2, a**0.3, 1 / a, a + True, -a, a - a.value, a * np.float32(3), np.hypot(a, 1), a % 0.5, a * a[::-1]):
        assert found.dtype == found.tangents.dtype == np.float32
    for found in (a * np.float64(2), a + np.ones(6), a * dual((6,), 2), a * np.arange(6)):
        assert found.dtype == found.tangents.dtype == np.float64
    assert (a.value * np.ones(6, np.int16)).dtype == (a * np.ones(6, np.int16)).dtype


def test_python_numbers_beyond_float32():
    a = dual((2,), 1, np.float32)
    with np.errstate(all="ignore"):
        plain = a.value * 1e300
        found = a * 1e300
    same_bits(found.value, plain)
    with pytest.warns(RuntimeWarning, match="overflow"):
        a * 1e300
    same_bits((a * 1e-300).value, a.value * 1e-300)


def test_a_float32_element_is_a_float32_dual():
    a = dual((3,), 2, np.float32)
    z = a[1]
    assert type(z) is Dual and z.dtype == np.float32 and type(z.value) is np.float32 and z.tangents.dtype == np.float32
    assert (z * 2).dtype == np.float32 and np.sin(z).dtype == np.float32 and (z * a).dtype == np.float32
    assert (z * np.float64(2)).dtype == np.float64
    assert z.value == a.value[1] and z.tangents.tolist() == a.tangents[:, 1].tolist()


def test_astype():
    a = dual((3,), 2)
    b = a.astype(np.float32)
    check(b, a.value.astype(np.float32), a.tangents.astype(np.float32), 0)
    assert type(a.astype(int)) is np.ndarray and a.astype(int).tolist() == a.value.astype(int).tolist()
    assert a.astype(float) is not a and a.astype(float, copy=False) is a
    with pytest.raises(InputError, match="longdouble|float128"):
        a.astype(np.longdouble)


# ---- out= and where= -------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [np.zeros_like, np.empty_like, np.ones_like, lambda x: np.zeros(x.shape, like=x), lambda x: x.copy()])
def test_out(make):
    a, b = dual((2, 3)), dual((2, 3), seed=4)
    out = make(a)
    assert np.multiply(a, b, out=out) is out
    check(out, a.value * b.value, b.value * a.tangents + a.value * b.tangents)
    assert np.exp(a, out=(out,)) is out
    check(out, np.exp(a.value), np.exp(a.value) * a.tangents)
    np.floor(a, out=out)
    assert out.value.tolist() == np.floor(a.value).tolist() and not out.tangents.any()
    np.add(1.0, np.ones((2, 3)), out=out)
    assert out.value.tolist() == [[2.0] * 3] * 2 and not out.tangents.any()


def test_out_that_is_an_argument():
    a = dual((5,))
    v, t = a.value.copy(), a.tangents.copy()
    np.sin(a, out=a)
    check(a, np.sin(v), np.cos(v) * t)


def test_out_that_broadcasts_and_views():
    a, out = dual((3,)), np.zeros((2, 3), like=dual((3,)))
    np.multiply(a, np.ones((2, 1)), out=out)
    check(out, np.tile(a.value, (2, 1)), np.tile(a.tangents[:, None], (1, 2, 1)), 0)
    buffer = np.zeros(6, like=a)
    np.sin(a, out=buffer[1:4])
    np.testing.assert_array_equal(buffer.value, [0, *np.sin(a.value), 0, 0])
    np.testing.assert_allclose(buffer.tangents[:, 1:4], np.cos(a.value) * a.tangents, rtol=4e-16)
    with pytest.raises(ValueError):
        np.sin(a, out=np.zeros(4, like=a))


def test_a_plain_out_is_refused():
    a, plain = dual((3,)), np.full(3, 7.0)
    for call in (
        lambda: np.sin(a, out=plain), lambda: np.add(a, 1.0, out=plain), lambda: np.multiply(np.ones(3), a, out=(plain,)),
        lambda: np.sin(a, out=plain, where=np.array([True, False, True])), lambda: np.negative(a, plain),
    ):  # fmt: skip
        with pytest.raises(LostDerivativeError, match="zeros_like"):
            call()
        assert plain.tolist() == [7.0] * 3
    np.floor(a, out=plain)
    assert plain.tolist() == np.floor(a.value).tolist()
    truth = np.zeros(3, bool)
    np.greater(a, 1.0, out=truth)
    assert truth.tolist() == (a.value > 1).tolist()


def test_where():
    a = dual((4,))
    mask = np.array([True, False, True, False])
    out = a.copy() * 10
    kept_v, kept_t = out.value.copy(), out.tangents.copy()
    assert np.sin(a, out=out, where=mask) is out
    np.testing.assert_array_equal(out.value, np.where(mask, np.sin(a.value), kept_v))
    np.testing.assert_allclose(out.tangents, np.where(mask, np.cos(a.value) * a.tangents, kept_t), rtol=4e-16)
    b = DualArray([1.0, 0.0, 2.0], [[1.0, 1.0, 1.0]])
    ratio = np.divide(1.0, b, out=np.zeros_like(b), where=b != 0)       # no warning: 1/0 is not computed
    assert ratio.value.tolist() == [1.0, 0.0, 0.5] and ratio.tangents.tolist() == [[-1.0, 0.0, -0.25]]
    loose = np.divide(1.0, b, where=b != 0)
    assert loose.value[[0, 2]].tolist() == [1.0, 0.5] and loose.tangents[0, [0, 2]].tolist() == [-1.0, -0.25]
    two = np.add(dual((2, 4)), a, out=np.zeros((2, 4), like=a), where=mask)
    assert not two.value[:, 1].any() and not two.tangents[:, :, 1].any() and two.value[:, 0].all()


def test_where_that_is_dual():
    a = dual((3,))
    out = np.zeros_like(a)
    np.sin(a, out=out, where=a > a.value.mean())
    assert (out.value != 0).tolist() == (a.value > a.value.mean()).tolist()


# ---- memory ----------------------------------------------------------------------------------------------

WRITERS = {
    "x[0]": lambda x: operator.setitem(x, 0, 5.0),
    "x[1:] += 1": lambda x: operator.setitem(x, slice(1, None), x[1:] + 1),
    "x += 1": lambda x: operator.iadd(x, 1),
    "x *= x": lambda x: operator.imul(x, x),
    "x[mask]": lambda x: operator.setitem(x, x > 1, 0.0),
    "out": lambda x: np.sin(x, out=x),
    "view": lambda x: operator.imul(x[::2], 3.0),
    "reshaped": lambda x: operator.setitem(x.reshape(2, 2), (0, 1), 9.0),
    "ravel": lambda x: operator.setitem(x.ravel(), 1, 9.0),
    "fill": lambda x: x.fill(3.0),
    "swap": lambda x: operator.setitem(x, slice(None), x[::-1]),
    "list": lambda x: operator.setitem(x, [0, 2], x[[2, 0]]),
    "T": lambda x: operator.setitem(x.T, 0, 4.0),
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_the_callers_arrays_are_never_written_to(writer, dtype):
    x = np.array([0.4, 1.6, 0.9, 1.2], dtype)
    v = np.array([1.0, -1.0, 0.5, 2.0], dtype)
    kept_x, kept_v = x.copy(), v.copy()

    def f(y):
        WRITERS[writer](y)
        return y * 1

    plain = f(x.copy())
    for call in (
        lambda: dd.jvp(f, (x,), (v,))[0], lambda: dd.value_and_jacobian(f)(x)[0], lambda: dd.vjp(f, x)[0],
        lambda: dd.jvp(lambda y: dd.jvp(f, (y,), (v,))[0], (x,), (v,))[0],
    ):  # fmt: skip
        same_bits(call(), plain)
        assert np.array_equal(x, kept_x) and np.array_equal(v, kept_v)


def test_a_result_does_not_alias_the_argument():
    x, v = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    value, tangent = dd.jvp(lambda y: y, (x,), (v,))
    value[0] = tangent[0] = 99.0
    assert x.tolist() == [1.0, 2.0] and v.tolist() == [3.0, 4.0]
    value, tangent = dd.jvp(lambda y: y.reshape(2, 1)[::-1], (x,), (v,))
    value[0] = tangent[0] = 99.0
    assert x.tolist() == [1.0, 2.0] and v.tolist() == [3.0, 4.0]


def test_results_are_independent():
    a = dual((3,))
    b = +a
    c = a + 0
    d = a.copy()
    e = a.astype(np.float64)
    before = a.value.copy(), a.tangents.copy()
    for z in (b, c, d, e):
        z[:] = 0.0
    np.testing.assert_array_equal(a.value, before[0])
    np.testing.assert_array_equal(a.tangents, before[1])


def test_slices_are_views_and_lists_are_copies():
    a = dual((4,))
    a[1:3][0] = 9.0
    assert a.value[1] == 9.0 and not a.tangents[:, 1].any()
    a[[0, 2]][0] = 7.0
    assert a.value[0] != 7.0
    view = a[::2]
    a[2] = Dual(5.0, [1.0, 2.0])
    assert view.value[1] == 5.0 and view.tangents[:, 1].tolist() == [1.0, 2.0]


def test_copies_and_pickle():
    a = dual((2, 3), tag=6)
    for b in (copy.copy(a), copy.deepcopy(a), a.copy(), pickle.loads(pickle.dumps(a)), pickle.loads(pickle.dumps(a, 2))):
        check(b, a.value, a.tangents, 0)
        assert b.tag == 6
        b[0, 0] = 0.0
        assert a.value[0, 0] != 0.0 and a.tangents[0, 0, 0] != 0.0
    view = pickle.loads(pickle.dumps(a[1:]))
    check(view, a.value[1:], a.tangents[:, 1:], 0)


# ---- elements, iteration, conversion ---------------------------------------------------------------------


def test_iteration_and_unpacking():
    a = dual((3,))
    x, y, z = a
    assert [type(e) for e in (x, y, z)] == [Dual] * 3
    assert y.value == a.value[1] and y.tangents.tolist() == a.tangents[:, 1].tolist()
    first, *rest = a
    assert len(rest) == 2 and first.value == a.value[0]
    rows = list(dual((2, 3)))
    assert [r.shape for r in rows] == [(3,), (3,)] and all(type(r) is DualArray for r in rows)
    assert [e.value for e in reversed(a)] == a.value[::-1].tolist()
    for i, e in enumerate(a):
        assert e.value == a.value[i]
    with pytest.raises(ValueError, match="unpack"):
        x, y = a
    assert a.value[1] in a and -5.0 not in a


def test_rows_of_an_iteration_are_views():
    a = dual((2, 3))
    for row in a:
        row[0] = 0.0
    assert not a.value[:, 0].any() and not a.tangents[:, :, 0].any()


def test_asarray_keeps_every_derivative():
    a = dual((2, 3))
    for found in (np.asarray(a.ravel().reshape(2, 3)), np.array(list(a.ravel())).reshape(2, 3)):
        assert type(found) in (np.ndarray, DualArray)
        if type(found) is np.ndarray:
            assert found.dtype == object and found.shape == (2, 3)
            assert all(type(e) is Dual for e in found.flat)
        assert found[1, 2].value == a.value[1, 2] and found[1, 2].tangents.tolist() == a.tangents[:, 1, 2].tolist()
    objects = a.__array__()
    assert objects.dtype == object and objects.shape == (2, 3) and type(objects[0, 0]) is Dual
    assert a.__array__(dtype=object).dtype == object


@pytest.mark.parametrize("dtype", [float, np.float64, np.float32, complex])
def test_asarray_with_a_floating_dtype_raises(dtype):
    a = dual((3,))
    with pytest.raises(TypeError) as error:
        a.__array__(dtype)
    assert isinstance(error.value, LostDerivativeError) and "x.value" in str(error.value)
    assert a.__array__(np.int64).dtype == np.int64


def test_asarray_of_numpy():
    """np.asarray asks __array_function__ or __array__; either way nothing is lost."""
    a = dual((3,))
    found = np.asarray(a)
    assert found.dtype == object and type(found) is np.ndarray
    assert all(type(e) is Dual for e in found)
    for dtype in (float, np.float32):
        with pytest.raises(LostDerivativeError):
            np.asarray(a, dtype=dtype)
        with pytest.raises(LostDerivativeError):
            np.array(a, dtype=dtype)


def test_transforms_take_object_arrays_of_duals():
    x = np.array([0.5, 2.0])

    def f(x):
        return np.array([x[0] ** 2, np.sin(x[1]), 3.0])

    def g(x):
        return np.asarray(np.sin(x)) * 2

    np.testing.assert_allclose(dd.jacobian(f)(x), [[1.0, 0.0], [0.0, np.cos(2.0)], [0.0, 0.0]], rtol=4e-16)
    np.testing.assert_allclose(dd.jacobian(g)(x), np.diag(2 * np.cos(x)), rtol=4e-16)
    np.testing.assert_allclose(dd.jvp(f, (x,), (np.ones(2),))[1], [1.0, np.cos(2.0), 0.0], rtol=4e-16)
    np.testing.assert_allclose(dd.vjp(f, x)[1](np.ones(3)), [1.0, np.cos(2.0)], rtol=4e-16)
    np.testing.assert_allclose(dd.jacobian(lambda x: f(x).reshape(3, 1))(x)[:, 0], dd.jacobian(f)(x), rtol=0)
    H = dd.jacobian(dd.jacobian(f))(x)
    assert H.shape == (3, 2, 2) and H[0, 0, 0] == 2.0 and H[1, 1, 1] == -np.sin(2.0)


def test_object_arrays_go_on_through_numpy():
    def f(x):
        y = np.array([x[0], x[1] * x[0]])
        return np.sum(np.exp(y) * y[::-1])

    def g(x):
        return np.exp(x[0]) * x[1] * x[0] + np.exp(x[1] * x[0]) * x[0]

    x = np.array([0.5, 2.0])
    np.testing.assert_allclose(dd.grad(f)(x), dd.grad(g)(x), rtol=1e-15)


@pytest.mark.parametrize("value", [lambda: dual((3,))[0], lambda: dual((3,)), lambda: Dual(1.0, 1.0)])
def test_a_plain_buffer_refuses_duals(value):
    for dtype in (float, np.float32, complex):
        buffer = np.zeros(3, dtype)
        for key in (0, slice(None)):
            if key == 0 and np.ndim(value()):
                continue
            with pytest.raises((TypeError, ValueError)) as error:
                buffer[key] = value()
            causes, e = [], error.value
            while e is not None:
                causes.append(e)
                e = e.__cause__
            lost = [e for e in causes if isinstance(e, LostDerivativeError)]
            assert lost, causes
            assert not np.any(buffer)


def test_a_plain_buffer_says_what_to_write():
    """The message of plain_buffer[0] = dual names np.zeros(n, like=x)."""
    buffer = np.zeros(3)
    with pytest.raises((TypeError, ValueError)) as error:
        buffer[0] = dual((3,))[0]
    first = error.value
    while first.__cause__ is not None:
        first = first.__cause__
    assert "np.zeros(n, like=x)" in str(first) and "np.zeros_like(x)" in str(first)


def test_conversions():
    one = DualArray([2.7], [[1.0]])
    with pytest.raises(LostDerivativeError):
        float(one[0])
    with pytest.raises(LostDerivativeError, match="like=x"):
        float(one)
    with pytest.raises(LostDerivativeError):
        complex(one)
    with pytest.raises(LostDerivativeError, match="astype"):
        operator.index(one)
    assert one.item().value == 2.7 and one.item().tangents.tolist() == [1.0]
    assert one.tolist()[0].value == 2.7
    with pytest.raises(ValueError, match="size 1"):
        dual((3,)).item()
    assert dual((3,)).item(1).value == dual((3,)).value[1]


def test_comparisons_and_bool():
    a = dual((3,))
    for compare in (operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge):
        for other in (a, a.value, 1.0, a[1], [1.0, 0.5, 2.0], np.float32(1), DualArray(a.value, a.tangents, tag=9)):
            plain = other.value if isinstance(other, (Dual, DualArray)) else other
            for found, wanted in ((compare(a, other), compare(a.value, plain)), (compare(other, a), compare(plain, a.value))):
                assert type(found) is np.ndarray and found.dtype == bool and found.tolist() == wanted.tolist()
    assert (a == "text") is False or not np.any(a == "text")
    with pytest.raises(ValueError, match="ambiguous"):
        bool(a)
    assert bool(DualArray([1.0], [[1.0]])) and not DualArray([0.0], [[1.0]])
    with pytest.raises(TypeError, match="unhashable"):
        hash(a)


def test_text():
    a = DualArray([1.5, 2.0], [[1.0, 0.0]])
    assert "1.5" in repr(a) and "tangents" in repr(a) and repr(a).startswith("DualArray(")
    assert str(a) == str(a.value) and f"{a}" == str(a.value)
    assert "no tangents" in repr(np.zeros_like(a))


def test_unknown_attributes_and_shape():
    a = dual((3,))
    with pytest.raises(AttributeError, match="nonsense"):
        a.nonsense  # noqa: B018
    with pytest.raises(ValueError):
        a.shape = (2, 2)
    a.shape = (3, 1)
    assert a.shape == (3, 1) and a.tangents.shape[1:] == (3, 1)
    with pytest.raises(AttributeError, match="Incompatible shape"):
        np.broadcast_to(a, (3, 2)).shape = 6


def test_an_unknown_operand_decides_for_itself():
    class Strange:
        __array_ufunc__ = None

        def __radd__(self, other):
            return "radd"

    assert dual((3,)) + Strange() == "radd"
    for bad in ("text", None, object()):
        with pytest.raises(TypeError):
            dual((3,)) + bad
        with pytest.raises(TypeError):
            bad * dual((3,))


# ---- buffers of zeros --------------------------------------------------------------------------------------


def test_a_buffer_takes_the_first_dual():
    x = dual((3,), tag=5)
    for buffer in (np.zeros(3, like=x), np.zeros_like(x), np.empty_like(x), np.full_like(x, 2.0)):
        assert buffer.tangents is None and buffer.tag == -1
        buffer[:] = 0.0
        buffer[1] = x[0] * 2
        assert buffer.tag == 5 and buffer.value.tolist() == [0.0, 2 * x.value[0], 0.0]
        assert buffer.tangents[:, 1].tolist() == (2 * x.tangents[:, 0]).tolist()
        assert not buffer.tangents[:, [0, 2]].any()


def test_a_view_of_a_buffer_follows():
    x = dual((3,))
    buffer = np.zeros(4, like=x)
    inner = buffer[1:]
    inner[0] = x[0]
    assert buffer.value[1] == x.value[0] and buffer.tangents[:, 1].tolist() == x.tangents[:, 0].tolist()
    inner += x
    assert buffer.value[1] == 2 * x.value[0]
    assert buffer.tangents[:, 3].tolist() == x.tangents[:, 2].tolist()


def test_a_buffer_without_tangents_computes_as_plain():
    buffer = np.ones_like(dual((3,)))
    found = np.sin(buffer * 2)
    assert np.asarray(getattr(found, "value", found)).tolist() == np.sin([2.0] * 3).tolist()
    assert float(np.array(np.ones_like(dual((3,)))[0])) == 1.0
    x = dual((3,))
    check(buffer * x, x.value, x.tangents, 0)
    assert np.array(buffer, dtype=float).dtype == float


# ---- tags ----------------------------------------------------------------------------------------------


def test_equal_tags_pair_up_and_the_larger_is_the_outer():
    inner, outer = new_tag(), new_tag()
    a, b = dual((3,), 2, tag=inner), dual((3,), 1, seed=3, tag=outer)
    for z in (a * b, b * a):
        assert z.tag == outer and type(z.value) is DualArray and z.value.tag == inner
        np.testing.assert_array_equal(z.value.value, a.value * b.value)
        np.testing.assert_allclose(z.value.tangents, a.tangents * b.value, rtol=4e-16)
        np.testing.assert_allclose(z.tangents.value, a.value * b.tangents, rtol=4e-16)
        np.testing.assert_allclose(z.tangents.tangents, a.tangents[:, None] * b.tangents, rtol=4e-16)


def test_an_older_array_takes_a_newer_dual():
    old, new = new_tag(), new_tag()
    a, b = dual((3,), 2, tag=old), Dual(5.0, [7.0], tag=new)
    kept = a.tangents.copy()
    a[1] = b
    assert a.tag == new and a.value.value.tolist()[1] == 5.0
    assert a.tangents[0].tolist()[1] == 7.0 or a.tangents.value[0, 1] == 7.0
    np.testing.assert_array_equal(a.value.tangents[:, [0, 2]], kept[:, [0, 2]])
    assert not a.value.tangents[:, 1].any()


def test_an_escaped_dual_is_an_error():
    kept = []

    def f(x):
        kept.append(x)
        return np.sum(x)

    dd.grad(f)(np.ones(2))
    with pytest.raises(EscapedDualError):
        dd.derivative(lambda x: dd.grad(lambda y: kept.append(y * x) or np.sum(y))(np.ones(2))[0] * x + kept[-1][0])(2.0)


METHODS_OF_NDARRAY = [n for n in dir(np.ndarray) if not n.startswith("_")]


@pytest.mark.parametrize("name", METHODS_OF_NDARRAY)
def test_attributes_belong_to_the_types(name):
    """dir, help and the call on the class see what the object has."""
    x, s = DualArray([1.0, 2.0], np.eye(2)), Dual(1.0, [1.0])
    for d in (x, s):
        assert name in dir(d) and hasattr(type(d), name)
    own = getattr(DualArray, name)
    if callable(getattr(np.ndarray, name)) and hasattr(own, "__wrapped__"):
        assert own.__doc__
        if name in ("cumsum", "round", "std"):
            assert inspect.signature(own) == inspect.signature(own.__wrapped__)
            assert np.array_equal(own(x).tangents, getattr(x, name)().tangents)
            with pytest.raises(TypeError, match="is of duals, got an object of type float"):
                own(1.0)


def test_what_numpy_asks_for_is_absent():
    for d in (DualArray([1.0, 2.0], np.eye(2)), Dual(1.0, [1.0]), np.zeros_like(DualArray([1.0], [[1.0]]))):
        for name in ("__array_interface__", "__array_struct__", "__array_priority__", "nothing"):
            assert not hasattr(d, name)
        with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
            _ = d.nothing
        with pytest.raises(AttributeError, match="attribute 'nbytes' of .* is not writable"):
            d.nbytes = 3
