"""Dual, the scalar: Python's numeric protocol, NumPy's scalars beside it, and what it refuses."""

import cmath
import copy
import gc
import math
import operator
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

import dualdiff as dd
from dualdiff import Dual, DualArray
from dualdiff.core import new_tag
from dualdiff.errors import DualDiffError, InputError, LostDerivativeError, ShapeError
from dualdiff.rules.table import RULES

X, DX = 1.7, np.array([1.0, -2.0, 0.0])
Y, DY = -0.6, np.array([0.5, 0.0, 3.0])


def x():
    return Dual(X, DX)


def y():
    return Dual(Y, DY)


def check(z, value, tangents):
    """A Dual with exactly this value, and tangents up to rounding; a plain number if they are all zero."""
    if not np.any(tangents) and isinstance(z, float):
        assert z == value
        return
    assert type(z) is Dual
    assert type(z.value) is float and z.value == value, f"{z.value} is not {value}"
    assert z.tangents.dtype == np.float64
    np.testing.assert_allclose(z.tangents, tangents, rtol=4e-16, atol=0)


# ---- making --------------------------------------------------------------------------------------


def test_what_it_holds():
    z = Dual(2, 3)
    assert type(z.value) is float and z.value == 2.0
    assert z.tangents.dtype == np.float64 and z.tangents.shape == (1,) and z.tangents[0] == 3.0
    assert z.tag == 0 and z.shape == () and z.ndim == 0 and z.size == 1 and z.dtype == np.float64 and z.T is z
    assert Dual(2.0, [1.0], tag=7).tag == 7
    assert Dual(np.float64(2.0), np.float32([1.0, 2.0])).tangents.dtype == np.float64
    assert z.item() is z


def test_tangents_are_a_copy():
    given_ = np.array([1.0, 2.0])
    z = Dual(1.0, given_)
    given_[:] = 9
    z.tangents[:] = 9
    assert np.array_equal(z.tangents, [1.0, 2.0])


@pytest.mark.parametrize("value", [1j, np.complex128(1j), "1", None, [1.0], np.ones(2)])
def test_a_value_that_is_no_real_number(value):
    with pytest.raises((InputError, TypeError, ValueError)) as error:
        Dual(value, 1.0)
    assert isinstance(error.value, DualDiffError)


def test_tangents_of_a_wrong_shape():
    with pytest.raises(ShapeError, match=r"\(1, 2\)"):
        Dual(1.0, [[1.0, 2.0]])
    with pytest.raises((TypeError, ValueError)):
        Dual(1.0, ["a"])
    with pytest.raises(TypeError):
        Dual(1.0)
    with pytest.raises(TypeError):
        Dual()


@pytest.mark.parametrize("k", range(1, 41))
def test_every_number_of_directions(k):
    """One allocation holds the value and k tangents, from the free list or not."""
    t, u = np.arange(1.0, k + 1), np.linspace(-1, 1, k)
    a, b = Dual(X, t), Dual(Y, u)
    for _ in range(3):
        check(a * b, X * Y, Y * t + X * u)
        check(a + b, X + Y, t + u)
        check(a - b, X - Y, t - u)
        check(a / b, X / Y, t / Y - X / Y / Y * u)
        check(-a, -X, -t)
        check(np.exp(a), np.exp(X), np.exp(X) * t)
        check(a * 3, X * 3, 3 * t)
    assert np.array_equal(pickle.loads(pickle.dumps(a)).tangents, t)


def test_memory_is_given_back():
    """Thousands of Duals of every size, freed in another order, keep their numbers apart."""
    generator = np.random.default_rng(0)
    kept = []
    for i in range(4000):
        k = int(generator.integers(1, 41))
        z = Dual(float(i), np.full(k, float(i)))
        z = z * 1.0
        kept.append(z)
        if len(kept) > 300:
            kept.pop(int(generator.integers(len(kept))))
    for z in kept:
        assert np.all(z.tangents == z.value)
    gc.collect()


def test_no_leak():
    tracemalloc = pytest.importorskip("tracemalloc")
    z = Dual(1.0, np.ones(40))

    def work():
        for _ in range(200):
            (z * z + 1.0) / (z - 3.0)
            np.sin(z)
            z**2.5

    work()
    tracemalloc.start()
    work()
    before = tracemalloc.get_traced_memory()[0]
    work()
    work()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 2000


# ---- arithmetic ------------------------------------------------------------------------------------

OPERATORS = {
    "+": (operator.add, lambda a, b: (1, 1)),
    "-": (operator.sub, lambda a, b: (1, -1)),
    "*": (operator.mul, lambda a, b: (b, a)),
    "/": (operator.truediv, lambda a, b: (1 / b, -a / b / b)),
    "//": (operator.floordiv, lambda a, b: (0, 0)),
    "%": (operator.mod, lambda a, b: (1, -(a // b))),
    "**": (operator.pow, lambda a, b: (b * a ** (b - 1), a**b * math.log(a) if a > 0 else math.nan)),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_of_two_duals(name):
    function, partials = OPERATORS[name]
    p, q = partials(X, Y)
    check(function(x(), y()), function(X, Y), p * DX + q * DY)


NUMBERS = [2, 3.5, True, Fraction(5, 2), np.float64(2.5), np.float32(2.5), np.int64(3), np.int8(3), np.uint16(3), np.bool_(True)]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: f"{type(n).__name__}")
@pytest.mark.parametrize("name", OPERATORS)
def test_operators_with_every_kind_of_number(name, number):
    function, partials = OPERATORS[name]
    c = float(number)
    p, _ = partials(X, c)
    check(function(x(), number), float(np.float64(function(X, c))), p * DX)
    _, q = partials(c, X)
    check(function(number, x()), float(np.float64(function(c, X))), q * DX)


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_with_arrays(name):
    function, partials = OPERATORS[name]
    array = np.array([[0.5, 2.0, 3.0], [1.0, 1.5, 0.25]])
    for plain in (array, array.tolist(), np.array([[1, 2, 3], [4, 5, 6]])):
        if isinstance(plain, list) and name in "*":
            continue
        numbers = np.asarray(plain, dtype=float)
        for found, wanted, which in (
            (function(x(), plain), function(np.float64(X), numbers), 0),
            (function(plain, x()), function(numbers, np.float64(X)), 1),
        ):
            assert np.array_equal(getattr(found, "value", found), wanted)
            d = np.vectorize(lambda c, which=which: float((partials(X, c) if which == 0 else partials(c, X))[which]))(numbers)
            t = getattr(found, "tangents", None)
            t = np.zeros((3, 2, 3)) if t is None else t
            np.testing.assert_allclose(t, d * DX[:, None, None], rtol=4e-16)
    assert type(x() * array) is DualArray and type(array * x()) is DualArray


def test_an_array_without_axes_gives_a_dual():
    check(x() * np.array(2.0), X * 2.0, 2 * DX)
    check(np.array(2.0) * x(), X * 2.0, 2 * DX)


def test_unary_operators():
    check(-x(), -X, -DX)
    check(+x(), X, DX)
    check(abs(y()), -Y, -DY)
    check(abs(x()), X, DX)
    z = -Dual(0.0, 1.0)
    assert math.copysign(1, z.value) == -1


def test_divmod():
    q, r = divmod(x(), y())
    wq, wr = divmod(X, Y)
    assert float(getattr(q, "value", q)) == wq
    check(r, wr, DX - wq * DY)
    q, r = divmod(7.5, x())
    check(r, 7.5 % X, -(7.5 // X) * DX)
    q, r = divmod(x(), 0.5)
    check(r, X % 0.5, DX)


def test_powers():
    for n in (0, 1, 2, 3, 5, -1, -2, 0.5, 2.5):
        check(x() ** n, X**n, n * X ** (n - 1) * DX if n else 0 * DX)
    check(pow(x(), 2), X**2, 2 * X * DX)
    check(2 ** x(), 2**X, 2**X * math.log(2) * DX)
    check(y() ** 2, Y**2, 2 * Y * DY)
    check(y() ** 3, Y**3, 3 * Y**2 * DY)
    check(y() ** Dual(2.0, [0.0, 0.0, 0.0]), Y**2, 2 * Y * DY)      # log of a negative number only where it is needed
    for power in (0, 0.0):
        check(Dual(0.0, 1.0) ** power, 1.0, [0.0])
    check(Dual(0.0, 1.0) ** 1, 0.0, [1.0])
    check(Dual(0.0, 1.0) ** 2, 0.0, [0.0])
    with pytest.raises(InputError, match="%"):
        pow(x(), 2, 3)


def test_in_place_operators_make_new_numbers():
    z = before = x()
    z += 1.0
    z *= 2
    z -= y()
    z /= 4.0
    z **= 2
    assert type(z) is Dual and before.value == X and np.array_equal(before.tangents, DX)
    w = 1.0
    w += x()
    check(w, 1.0 + X, DX)


FINITE = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(FINITE, FINITE, st.sampled_from(list(OPERATORS)))
def test_values_are_those_of_floats(a, b, name):
    function = OPERATORS[name][0]
    try:
        wanted = function(a, b)
    except (ZeroDivisionError, OverflowError):
        return
    if isinstance(wanted, complex):
        return
    for p, q in ((Dual(a, 1.0), b), (a, Dual(b, 1.0)), (Dual(a, 1.0), Dual(b, 2.0))):
        with np.errstate(all="ignore"):
            found = function(p, q)
        found = getattr(found, "value", found)
        assert float(found) == wanted and math.copysign(1, found) == math.copysign(1, wanted)


def test_zero_division_is_numpys():
    """A Dual is a NumPy scalar: inf and a warning, where a Python float raises."""
    for f in (lambda z: z / 0, lambda z: 1.0 / (z - X), lambda z: (z - X) ** -1):
        with pytest.warns(RuntimeWarning, match="divide"):
            assert f(x()).value == np.inf
    for f in (lambda z: z % 0, lambda z: (z - X) / 0):
        with pytest.warns(RuntimeWarning, match="invalid"):
            assert math.isnan(f(x()).value)


def test_mismatched_directions():
    a, b = Dual(1.0, [1.0]), Dual(1.0, [1.0, 2.0])
    array = DualArray([1.0], [[1.0], [1.0], [1.0]])
    for f in (operator.add, operator.mul, operator.sub, operator.truediv, operator.pow, np.hypot, np.add, np.arctan2, operator.mod):
        with pytest.raises(ShapeError, match="1 and 2|2 and 1"):
            f(a, b)
        for pair in ((a, array), (array, a)):
            with pytest.raises(ShapeError, match="1 and 3|3 and 1"):
                f(*pair)


@pytest.mark.parametrize("name", ["inner", "convolve", "cross", "kron", "outer", "dot", "append", "tensordot", "where", "einsum", "scalars"])
def test_one_direction_is_not_broadcast_beside_two(name):
    a, b = DualArray([1.0, 2.0, 3.0], np.ones((1, 3))), DualArray([1.0, 2.0, 4.0], np.ones((2, 3)))
    f = {"where": lambda a, b: np.where([True, False, True], a, b), "einsum": lambda a, b: np.einsum("i,j->ij", a, b),
         "tensordot": lambda a, b: np.tensordot(a, b, 1), "scalars": lambda a, b: np.where(True, a[0], b[0])}.get(name)  # fmt: skip
    f = f or getattr(np, name)
    for pair in ((a, b), (b, a)):
        with pytest.raises(ShapeError, match="1 and 2|2 and 1"):
            f(*pair)


def test_an_unknown_operand_decides_for_itself():
    class Strange:
        __array_ufunc__ = None

        def __radd__(self, other):
            return "radd"

        def __rpow__(self, other):
            return "rpow"

    assert x() + Strange() == "radd" and x() ** Strange() == "rpow"
    for bad in ("text", None, object(), {}):
        with pytest.raises(TypeError):
            x() + bad
        with pytest.raises(TypeError):
            bad - x()


# ---- comparisons -------------------------------------------------------------------------------------

COMPARISONS = [operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge]


@pytest.mark.parametrize("compare", COMPARISONS)
@pytest.mark.parametrize("other", [1.7, 1.0, 2, True, Fraction(17, 10), np.float64(1.7), np.float32(1.5), np.int64(1), 2**80, math.nan, math.inf])
def test_comparisons_are_by_value(compare, other):
    assert compare(x(), other) == compare(X, other)
    assert compare(other, x()) == compare(other, X)
    if isinstance(other, float):
        assert compare(x(), Dual(other, [0.0, 0.0, 0.0])) == compare(X, other)
        assert type(compare(x(), Dual(other, [0.0, 0.0, 0.0]))) is bool


def test_equal_numbers_with_other_tangents_are_equal():
    assert Dual(1.0, 1.0) == Dual(1.0, 5.0)
    assert Dual(1.0, 1.0, tag=3) == Dual(1.0, 5.0, tag=8)
    assert Dual(1.0, 1.0) != "text" and not Dual(1.0, 1.0) == None  # noqa: E711
    assert Dual(1.0, [1.0]) == Dual(1.0, [1.0, 2.0])
    with pytest.raises(TypeError):
        Dual(1.0, 1.0) < "text"  # noqa: B015


def test_comparisons_with_arrays():
    array = np.array([1.0, X, 2.0])
    for compare in COMPARISONS:
        for found in (compare(x(), array), compare(array, x())):
            assert type(found) is np.ndarray and found.dtype == bool
        assert np.array_equal(compare(x(), array), compare(X, array))


def test_comparisons_with_nan():
    z = Dual(math.nan, 1.0)
    assert z != z and not z == z and not z < 1 and not z >= 1


def test_bool_and_hash():
    assert Dual(0.5, 1.0) and not Dual(0.0, 1.0) and not Dual(-0.0, 1.0) and Dual(math.nan, 0.0)
    assert (Dual(0.0, 1.0) or 3) == 3
    with pytest.raises(TypeError, match="unhashable"):
        hash(x())
    with pytest.raises(TypeError):
        {x(): 1}  # noqa: B018


def test_sorting():
    a, b, c = Dual(3.0, 1.0), Dual(1.0, 2.0), Dual(2.0, 3.0)
    assert sorted([a, b, c])[0] is b and max(a, b, c) is a and min(a, b, c, 0.0) == 0.0


# ---- conversions -------------------------------------------------------------------------------------


def test_int_and_round_are_plain_integers():
    for v in (2.5, -2.5, 3.5, 1e20, -0.3):
        z = Dual(v, 1.0)
        assert int(z) == int(v) and type(int(z)) is int
        assert round(z) == round(v) and type(round(z)) is int
        assert math.floor(z) == math.floor(v) and type(math.floor(z)) is int
        assert math.ceil(z) == math.ceil(v) and type(math.ceil(z)) is int
        assert math.trunc(z) == math.trunc(v) and type(math.trunc(z)) is int
    assert round(Dual(2.567, 1.0), 2) == 2.57
    with pytest.raises(ValueError, match="NaN"):
        int(Dual(math.nan, 1.0))
    with pytest.raises(OverflowError):
        math.floor(Dual(math.inf, 1.0))


LOSSES = {
    "float": float,
    "complex": complex,
    "operator.index": operator.index,
    "math.sin": math.sin,
    "list index": lambda z: [1, 2, 3][z],
    "range": range,
    "np.float64": np.float64,
    "float buffer": lambda z: operator.setitem(np.zeros(3), 0, z),
    "float32 buffer": lambda z: operator.setitem(np.zeros(3, np.float32), slice(None), z),
    "np.array with dtype": lambda z: np.array([z, z], dtype=float),
    "np.asarray with dtype": lambda z: np.asarray([z], dtype=np.float64),
    "cmath": cmath.exp,
}


@pytest.mark.parametrize("how", LOSSES)
def test_a_derivative_is_not_lost_silently(how):
    with pytest.raises(TypeError) as error:
        LOSSES[how](x())
    first = error.value
    while first.__cause__ is not None:
        first = first.__cause__
    assert isinstance(first, LostDerivativeError), repr(first)
    for name in ("x.value", "np.sin", "from dualdiff import math", "like=x"):
        assert name in str(first)


def test_it_is_no_sequence():
    z = x()
    for name in ("__len__", "__iter__"):
        assert not hasattr(z, name)
    for f in (len, iter, list):
        with pytest.raises(TypeError):
            f(z)
    with pytest.raises(IndexError, match="invalid index to scalar"):
        z[0]
    assert isinstance(np.ndim(z), int) and np.ndim(z) == 0 and np.shape(z) == ()


def test_unknown_attributes():
    with pytest.raises(AttributeError, match="nonsense"):
        x().nonsense  # noqa: B018
    assert not hasattr(x(), "imaginary")


# ---- text, copies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", [".3f", "8.2e", "g", "+.1f", "08.3f", ".0%", ">12", ","])
def test_formatting_is_the_values(spec):
    for v in (X, -1234.5678, 0.0, math.inf, math.nan):
        assert format(Dual(v, 1.0), spec) == format(v, spec)
    assert f"{x():.3f}" == "1.700"
    assert f"{x():.3f}" == f"{x().value:.3f}"


def test_wrong_format():
    with pytest.raises(ValueError, match="[Ff]ormat"):
        format(x(), "d")


def test_repr():
    assert repr(Dual(1.5, [1.0, 2.0])) == "Dual(1.5, [1.0, 2.0])"
    assert str(Dual(1.5, 1.0)) == "Dual(1.5, [1.0])" == f"{Dual(1.5, 1.0)}"
    z = eval(repr(x()), {"Dual": Dual})
    assert z.value == X and np.array_equal(z.tangents, DX)
    seen = []
    dd.derivative(dd.derivative(lambda x: seen.append(repr(x)) or x))(2.0)
    assert "2.0" in seen[0] and seen[0].startswith("Dual(")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(protocol):
    z = Dual(X, DX, tag=5)
    w = pickle.loads(pickle.dumps(z, protocol))
    assert type(w) is Dual and w.value == X and w.tag == 5 and np.array_equal(w.tangents, DX)
    check(z * w, X * X, 2 * X * DX)


def test_pickle_of_a_nested_dual():
    kept = []

    def f(x):
        kept.append(pickle.loads(pickle.dumps(x * x)))
        return kept[-1] * x

    assert dd.derivative(dd.derivative(f))(3.0) == 18.0


def test_copies():
    z = x()
    for w in (copy.copy(z), copy.deepcopy(z), copy.deepcopy([z])[0]):
        check(w, X, DX)
        assert w.tag == z.tag


# ---- NumPy -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.nin == 1 and isinstance(getattr(np, name, None), np.ufunc)])
def test_methods_of_numpys_object_loops(name):
    """np.sin(np.array([dual], dtype=object)) calls dual.sin()."""
    v = 1.3 if name == "arccosh" else 0.3
    z, ufunc = Dual(v, [1.0, -2.0]), RULES[name].ufunc
    array = np.empty(2, object)
    array[:] = [z, z * 1.1]
    found = ufunc(array)
    assert found.dtype == object and found.shape == (2,)
    for got, element in zip(found, array, strict=True):
        wanted = ufunc(element)
        assert getattr(got, "value", got) == getattr(wanted, "value", wanted)
        if isinstance(wanted, Dual):
            assert type(got) is Dual and np.array_equal(got.tangents, wanted.tangents)


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.hypot, np.arctan2, np.power, np.remainder, np.fmod, np.floor_divide, np.maximum])
def test_object_loops_of_two_arguments(ufunc):
    a, b = np.empty(2, object), np.empty(2, object)
    a[:] = [x(), x() * 1.1]
    b[:] = [Dual(0.7, DY), Dual(0.9, DY)]
    for second in (b, np.array([0.7, 0.9], dtype=object), 0.7):
        found = ufunc(a, second)
        for i in range(2):
            wanted = ufunc(a[i], second[i] if isinstance(second, np.ndarray) else second)
            assert getattr(found[i], "value", found[i]) == getattr(wanted, "value", wanted)
            if isinstance(found[i], Dual) and isinstance(wanted, Dual):
                np.testing.assert_allclose(found[i].tangents, wanted.tangents, rtol=1e-15)


def test_object_arrays_sum_and_multiply():
    a = np.empty(3, object)
    a[:] = [Dual(1.0, 1.0), Dual(2.0, 10.0), 3.0]
    check(a.sum(), 6.0, [11.0])
    check(a @ a, 14.0, [42.0])
    check(np.dot(a, np.array([1.0, 2.0, 3.0], dtype=object)), 14.0, [21.0])


def test_ufuncs_beside_other_numbers():
    check(np.add(x(), 1), X + 1, DX)
    check(np.multiply(np.float32(2.5), x()), 2.5 * X, 2.5 * DX)
    check(np.multiply(x(), np.int64(3)), 3 * X, 3 * DX)
    check(np.add(Fraction(1, 2), x()), X + 0.5, DX)
    array = np.multiply(x(), np.array([1.0, 2.0]))
    assert type(array) is DualArray and np.array_equal(array.tangents, np.outer(DX, [1.0, 2.0]))


def test_float32_beside_a_dual():
    """A Dual is float64, as numpy.float64 is."""
    y32 = x() * np.ones(2, np.float32)
    assert y32.dtype == np.float64 and y32.tangents.dtype == np.float64


SCALARS = {
    "float64": lambda: Dual(1.5, DX),
    "float32": lambda: DualArray(np.float32([1.5]), np.float32([[2.0]]))[0],
    "complex128": lambda: Dual(1.5, DX) * 1j,
    "nested": lambda: Dual(1.5, [1.0], tag=new_tag()) * Dual(2.5, [1.0], tag=new_tag()),
}
DTYPE_QUESTIONS = {
    "zeros": lambda d: np.zeros(3, d).dtype, "array": lambda d: np.array([1], dtype=d).dtype, "dtype": np.dtype,
    "astype": lambda d: np.ones(2, np.complex64).real.astype(d).dtype, "full": lambda d: np.full(2, 1, d).dtype,
    "eq": lambda d: (d == np.float64, np.float64 == d, d == "f4", "f4" == d, d == np.dtype("c16"), np.dtype("c16") == d),
    "ne": lambda d: (d != np.float64, np.dtype("f8") != d), "in": lambda d: d in (np.dtype("f8"), np.dtype("f4")),
    "order": lambda d: (d < np.dtype("c16"), d <= np.dtype("f8"), d > np.dtype("f4"), d >= np.dtype("f4"), np.dtype("f4") < d),
    "isinstance": lambda d: (isinstance(d, np.dtype), isinstance(d, np.dtypes.Float64DType), isinstance(d, type)),
    "result_type": lambda d: (np.result_type(d, np.float32), np.result_type(np.int64, d), np.result_type(d)),
    "promote_types": lambda d: (np.promote_types(d, "i8"), np.promote_types("c8", d)),
    "can_cast": lambda d: (np.can_cast(d, "f4"), np.can_cast("f8", d), np.can_cast(d, d, "no")),
    "finfo": lambda d: (np.finfo(d).eps, np.finfo(d).dtype), "issubdtype": lambda d: [np.issubdtype(d, k) for k in (
        np.floating, np.complexfloating, np.inexact, np.float64, float, np.generic)],
    "isdtype": lambda d: (np.isdtype(d, "real floating"), np.isdtype(d, np.float32)), "hash": hash, "repr": repr, "str": str,
    "format": lambda d: f"{d}", "pickle": lambda d: pickle.loads(pickle.dumps(d)), "copy": lambda d: (copy.copy(d), copy.deepcopy(d)),
    "key": lambda d: ({d: 1}.get(np.dtype("f8")), {np.dtype("f4"): 1}.get(d)), "structured": lambda d: np.dtype([("a", d), ("b", "i4")]),
    "subarray": lambda d: (np.dtype((d, 3)), d * 2), "ufunc": lambda d: np.add(np.ones(2, "f4"), 1, dtype=d).dtype,
    "sum": lambda d: np.sum(np.ones(2, "f4"), dtype=d).dtype, "linspace": lambda d: np.linspace(0, 1, 3, dtype=d).dtype,
    "frombuffer": lambda d: np.frombuffer(bytes(16), d).dtype, "view": lambda d: np.zeros(2, "c16").view(d).dtype,
    "attributes": lambda d: (d.kind, d.char, d.num, d.name, d.str, d.itemsize, d.alignment, d.byteorder, d.isnative, d.names,
                             d.shape, d.base, d.newbyteorder(">"), d.hasobject, d.descr, len(d), bool(d), "char" in dir(d)),
    "type": lambda d: (d.type == np.float64, np.float64 == d.type, issubclass(d.type, np.inexact), d.type.__name__, repr(d.type),
                       np.dtype(d.type), np.zeros(2, d.type).dtype, np.issubdtype(d.type, np.floating), type(d.type(2)), d.type(2),
                       {d.type: 1}.get(np.float64), pickle.loads(pickle.dumps(d.type)), isinstance(d.type(1), d.type),
                       type(type("C", (d.type,), {})(1)).__mro__[1]),
}  # fmt: skip


@pytest.mark.parametrize("make", SCALARS.values(), ids=SCALARS)
@pytest.mark.parametrize("ask", DTYPE_QUESTIONS.values(), ids=DTYPE_QUESTIONS)
def test_the_dtype_of_a_scalar_answers_as_numpys_own(make, ask):
    found = make().dtype
    assert ask(found) == ask(found.dtype) and type(found.dtype) is found.__class__


def test_no_dtype_of_numpys_is_altered():
    assert Dual(1.0, 1.0).dtype.dtype is np.dtype(np.float64)
    assert np.dtype(np.float64).type is np.float64 and np.dtype(np.float32).type is np.float32


@pytest.mark.parametrize("make", SCALARS.values(), ids=SCALARS)
def test_the_type_of_a_dtype_keeps_the_derivative(make):
    z = make()
    same = z.dtype.type(z)
    assert bare(same) == bare(z) and np.array_equal(same.tangents, z.tangents) and isinstance(z, z.dtype.type)
    wider = (z * 1j).dtype.type(z)
    assert wider.dtype == np.complex128 or z.dtype == np.float32 and wider.dtype == np.complex64
    for reduced in (np.mean, np.var, np.std, np.median, np.average, np.sum, np.nanmean, np.ptp):
        found, wanted = reduced([z, z * 2, z * z]), reduced(as_array([z, z * 2, z * z]))
        assert type(found) is Dual and (found.dtype == wanted.dtype or z.dtype.kind == "c")   # var of objects is complex
        value, same = np.asarray(bare(found)), np.asarray(bare(wanted))
        np.testing.assert_allclose(value, same, rtol=8 * np.finfo(z.dtype).eps)
        if type(found.value) is not Dual:
            np.testing.assert_allclose(found.tangents, wanted.tangents, rtol=8 * np.finfo(z.dtype).eps)


def as_array(elements):
    return np.concatenate([np.reshape(e, (1,)) for e in elements])


def bare(z):
    while isinstance(z, Dual):
        z = z.value
    return z


def test_complex_beside_a_dual():
    z = x() * 1j
    assert z.dtype == np.complex128 and z.value == X * 1j and np.array_equal(z.tangents, 1j * DX)
    assert (1j * x() * 1j).value == -X
    assert np.array_equal((z * z).tangents, 2 * X * 1j * 1j * DX)


def test_out_and_where():
    out = np.zeros(2)
    with pytest.raises(LostDerivativeError, match="zeros_like"):
        np.sin(x(), out=out)
    assert np.array_equal(out, [0.0, 0.0])
    buffer = np.zeros(2, like=x())
    assert np.sin(x(), out=buffer) is buffer
    assert np.array_equal(buffer.value, np.full(2, np.sin(X)))
    np.testing.assert_allclose(buffer.tangents, np.outer(np.cos(X) * DX, np.ones(2)), rtol=4e-16)


def test_object_array_from_a_list():
    z = np.array([x(), y(), 1.0])
    assert z.dtype == object and type(z[0]) is Dual
    found = np.sin(np.array([x() ** 2, y()]))
    assert found.dtype == object and type(found[0]) is Dual


# ---- tags --------------------------------------------------------------------------------------------


def test_the_larger_tag_is_the_outer():
    inner, outer = new_tag(), new_tag()
    assert outer > inner
    a, b = Dual(2.0, 1.0, tag=inner), Dual(3.0, 1.0, tag=outer)
    for z in (a * b, b * a, np.multiply(a, b)):
        assert z.tag == outer and type(z.value) is Dual
        assert z.value.value == 6.0 and z.value.tag == inner and z.value.tangents[0] == 3.0
        t = z.tangents[0]
        assert t.value == 2.0 and t.tangents[0] == 1.0
    for compare in COMPARISONS:
        assert compare(a, b) == compare(2.0, 3.0)
    assert int(a * b) == 6 and math.floor(a * b * 1.05) == 6 and f"{a * b:.1f}" == "6.0"
    with pytest.raises(LostDerivativeError):
        float(a * b)


def test_nested_duals_do_all_that_flat_ones_do():
    def f(z):
        assert z == 0.7 and z < 1 and bool(z) and int(z) == 0 and round(z) == 1 and f"{z:.2f}" == "0.70"
        w = abs(-z) + (+z) * 2 - z / 4 + z**2 + 2**z + z % 0.5 + 1 / z + divmod(z, 0.3)[1] + pow(z, 3)
        w += np.sin(z) * np.exp(-z)
        return w

    d1 = 1 + 2 - 0.25 + 1.4 + 2**0.7 * np.log(2) + 1 - 1 / 0.49 + 1 + 3 * 0.49 + np.exp(-0.7) * (np.cos(0.7) - np.sin(0.7))
    d2 = 2 + 2**0.7 * np.log(2) ** 2 + 2 / 0.7**3 + 6 * 0.7 - 2 * np.exp(-0.7) * np.cos(0.7)
    assert dd.derivative(f)(0.7) == pytest.approx(d1, rel=1e-14)
    assert dd.derivative(dd.derivative(f))(0.7) == pytest.approx(d2, rel=1e-13)
