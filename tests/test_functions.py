"""Every row of the table of cases: value, derivative, reverse, nesting, precision, memory layout."""

import functools
import inspect
import warnings

import mpmath
import numpy as np
import pytest
from cases import ROWS, grouped, name_of
from cases.arrays import A, X
from support import (
    RTOL_FLOAT32,
    check_adjoint,
    check_second,
    close,
    for_each,
    leaves,
    points,
    random_like,
    reference,
    rng,
    same_bits,
)  # fmt: skip

import dualdiff as dd
import dualdiff.functions.fft  # noqa: F401  (its handlers count, too)
from dualdiff.functions.through import VALUE_ONLY

every = smooth = for_each(grouped(ROWS))


def directions_for(primals, k=3):
    """k random directions for each primal, stacked."""
    generator = rng(11)
    return [np.stack([random_like(x, generator) for _ in range(k)]) for x in primals]


@every
def test_value_and_forward_derivative(row):
    stacks = directions_for(row.primals)
    plain = row.f(*row.primals)
    value, tangent = dd.jvp(row.f, row.primals, tuple(stacks))
    for found, wanted in zip(leaves(value), leaves(plain), strict=True):
        same_bits(found, wanted)
    for j in range(len(stacks[0])):
        vs = [stack[j] for stack in stacks]
        expected, rtol = reference(row.plain or row.f, row.primals, vs, row.analytic)
        for found, wanted in zip(leaves(tangent), expected, strict=True):
            close(found[j], wanted, rtol, f"direction {j}")
    single, alone = dd.jvp(row.f, row.primals, tuple(vs))
    for found, wanted in zip(leaves(single), leaves(plain), strict=True):
        same_bits(found, wanted)
    for found, wanted in zip(leaves(alone), leaves(tangent), strict=True):
        close(found, wanted[-1], 1e-13, "one direction against three")


@every
def test_reverse(row):
    for found, wanted in zip(leaves(dd.vjp(row.f, *row.primals)[0]), leaves(row.f(*row.primals)), strict=True):
        same_bits(found, wanted)
    check_adjoint(row.f, *row.primals, directions=2)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")     # second derivatives at kinks
@smooth
def test_second_derivatives(row):
    levels = 4 if row.covers is np.linalg.svd else 3        # singular values that are close
    check_second(row.f, *row.primals, mixed=row.place < 2, curved=row.plain is None, levels=levels)


@smooth
def test_value_under_nesting(row):
    """Nested calls see NumPy's bits too: the value inside a jvp inside a jvp (and a vjp inside a jvp)."""
    vs = tuple(v[0] for v in directions_for(row.primals, 1))
    plain = row.f(*row.primals)

    def inner(*xs):
        return dd.jvp(row.f, xs, vs)[0]

    def back(*xs):
        return dd.vjp(row.f, *xs)[0]

    for function in (inner, back):
        for found, wanted in zip(leaves(dd.jvp(function, row.primals, vs)[0]), leaves(plain), strict=True):
            same_bits(found, wanted)


@every
def test_float32(row):
    primals = tuple(x.astype(np.float32) for x in row.primals)
    plain = row.f(*primals)
    vs = [v[0].astype(np.float32) for v in directions_for(row.primals, 1)]
    value, tangent = dd.jvp(row.f, primals, tuple(vs))
    again, pullback = dd.vjp(row.f, *primals)
    exact = dd.jvp(row.f, row.primals, tuple(v.astype(np.float64) for v in vs))[1]
    for found, recorded, wanted, t, t_wanted in zip(
        leaves(value), leaves(again), leaves(plain), leaves(tangent), leaves(exact), strict=True
    ):
        same_bits(found, wanted)
        same_bits(recorded, wanted)
        assert np.asarray(t).dtype == np.result_type(np.asarray(wanted), np.float32)
        close(t, t_wanted, RTOL_FLOAT32)
    ones = [np.ones_like(y) for y in leaves(plain)]
    back = pullback(ones if isinstance(plain, (list, tuple)) else ones[0])
    for cotangent in back if len(primals) > 1 else (back,):
        assert np.asarray(cotangent).dtype == np.float32


@every
def test_other_memory_layouts(row):
    """F order, gaps and steps backwards: the numbers, and how they lie in memory, are those of NumPy on the same array."""
    vs = [v[0] for v in directions_for(row.primals, 1)]
    straight = None
    for relaid in (np.copy, fortran, with_gaps, backwards):
        primals, seen = tuple(relaid(x) for x in row.primals), []

        def f(*xs, seen=seen):
            seen.append(row.f(*xs))
            return seen[-1]

        plain = row.f(*primals)
        value, tangent = dd.jvp(f, primals, tuple(vs))
        straight = straight or leaves(tangent)
        for found, recorded, wanted, t, expected in zip(
            leaves(value), leaves(dd.vjp(f, *primals)[0]), leaves(plain), leaves(tangent), straight, strict=True
        ):
            same_bits(found, wanted, relaid.__name__)
            same_bits(recorded, wanted, relaid.__name__)
            close(t, expected, 1e-13, relaid.__name__)
        for inside in seen:
            for y, wanted in zip(leaves(inside), leaves(plain), strict=True):
                if isinstance(y, dd.DualArray) and y.size:
                    assert long_strides(y) == long_strides(wanted), relaid.__name__


def long_strides(y):
    """The strides of the axes that are longer than 1."""
    return [s for s, n in zip(y.strides, y.shape, strict=True) if n > 1]


def fortran(x):
    """The same numbers, columns first."""
    return np.asfortranarray(x) if x.ndim else x


def with_gaps(x):
    """The same numbers with one unused number after each."""
    out = np.empty((*x.shape, 2))[..., 0]
    out[...] = x
    return out


def backwards(x):
    """The same numbers, stored last first."""
    back = (slice(None, None, -1),) * x.ndim
    return x[back].copy()[back]


# ---- the rows are what they say ---------------------------------------------------------------------------


def names_in(function):
    """The names that a function's code mentions, with those of the functions in its defaults and closure."""
    names = set(function.__code__.co_names)
    inside = [c.cell_contents for c in function.__closure__ or ()] + list(function.__defaults__ or ())
    for x in inside:
        names |= names_in(x) if hasattr(x, "__code__") and "numpy" not in x.__module__ else {getattr(x, "__name__", "")}
    return names


@every
def test_row_calls_what_it_covers(row):
    name = row.covers[1] if isinstance(row.covers, tuple) else name_of(row.covers)
    other = {"u", "ufunc"} if row.f.__module__ == "cases.ufuncs" else {"add", "maximum", "minimum", "multiply"} & (
        names_in(row.f) if row.covers in (np.sum, np.max, np.min) else set())  # fmt: skip
    operator = row.covers is np.matmul and "@" in inspect.getsource(row.f) or row.covers in (np.sum,)
    assert name in names_in(row.f) or other or operator


def test_a_group_runs_all_of_its_cases_and_names_those_that_fail():
    seen = []

    def one(case):
        seen.append(case)
        if case < 0:
            raise ValueError(case)
        if case > 1:
            pytest.skip("large")

    group = for_each({})(one)
    with pytest.raises(ValueError, match="-1") as caught:
        group({"a": -1, "b": 1, "c": 2, "d": -2})
    assert seen == [-1, 1, 2, -2] and caught.value.__notes__ == ["of the cases a, d; shown is the first"]
    group({"a": 1, "b": 2})
    with pytest.raises(pytest.skip.Exception, match="b: large"):
        group({"b": 2})


# ---- functions of the value ------------------------------------------------------------------------------

I = np.array([2.0, 1.0, 3.0, 1.0, np.inf])  # noqa: E741
VALUE_EXAMPLES = {
    np.shape: lambda x: np.shape(x),
    np.ndim: lambda x: np.ndim(x),
    np.size: lambda x: np.size(x),
    np.argmax: lambda x: np.argmax(x[:4]),
    np.argmin: lambda x: np.argmin(x, axis=0),
    np.argsort: lambda x: np.argsort(-x, kind="stable"),
    np.allclose: lambda x: np.allclose(x, x[::-1]),
    np.isclose: lambda x: np.isclose(x, x[::-1]),
    np.array_equal: lambda x: np.array_equal(x, [2.0, 1.0, 3.0, 1.0, np.inf]),
    np.array_equiv: lambda x: np.array_equiv(x, x),
    np.any: lambda x: np.any(x > 2),
    np.all: lambda x: np.all(x),
    np.count_nonzero: lambda x: np.count_nonzero(x - 1),
    np.nonzero: lambda x: np.nonzero(x - 1),
    np.flatnonzero: lambda x: np.flatnonzero(x - 1),
    np.argwhere: lambda x: np.argwhere(x - 1),
    np.searchsorted: lambda x: np.searchsorted([0.0, 1.5, 2.5], x),
    np.digitize: lambda x: np.digitize(x, [0.0, 1.5, 2.5]),
    np.iscomplexobj: lambda x: np.iscomplexobj(x),
    np.isrealobj: lambda x: np.isrealobj(x),
    np.iscomplex: lambda x: np.iscomplex(x),
    np.isreal: lambda x: np.isreal(x),
    np.result_type: lambda x: np.result_type(x, np.float32),
    np.can_cast: lambda x: np.can_cast(x.dtype, np.float32),
    np.may_share_memory: lambda x: np.may_share_memory(x, x[1:]),
    np.shares_memory: lambda x: np.shares_memory(x[:2], x[3:]),
    np.lexsort: lambda x: np.lexsort((x, -x)),
    np.isposinf: lambda x: np.isposinf(x),
    np.isneginf: lambda x: np.isneginf(-x),
    np.array2string: lambda x: np.array2string(x, precision=3),
    np.array_repr: lambda x: np.array_repr(x),
    np.array_str: lambda x: np.array_str(x),
    np.min_scalar_type: lambda x: np.min_scalar_type(x[0]),
    np.common_type: lambda x: np.common_type(x, x[:2]),
    np.linalg.matrix_rank: lambda x: np.linalg.matrix_rank(x[:4]),
    np.nanargmax: lambda x: np.nanargmax(x * [1, 1, np.nan, 1, 0.1]),
    np.nanargmin: lambda x: np.nanargmin(x * [np.nan, 1, 2, 3, 4], axis=0),
    np.argpartition: lambda x: np.argpartition(x, 2),
    np.isin: lambda x: np.isin(x, [1.0, 3.0]),
    np.einsum_path: lambda x: str(np.einsum_path("i,i", x, x)[0]),
    np.diag_indices_from: lambda x: np.diag_indices_from(np.outer(x[:2], x[:2])),
    np.tril_indices_from: lambda x: np.tril_indices_from(np.outer(x[:2], x[:2])),
    np.triu_indices_from: lambda x: np.triu_indices_from(np.outer(x[:2], x[:2])),
}
if hasattr(np, "in1d"):     # before NumPy 2.4
    VALUE_EXAMPLES[np.in1d] = lambda x: np.in1d(x, [1.0, 3.0])


def test_every_function_of_the_value_has_an_example():
    assert {f.__name__ for f in VALUE_ONLY} == {f.__name__ for f in VALUE_EXAMPLES}


@pytest.mark.parametrize("function", VALUE_EXAMPLES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("nested", [False, True], ids=["", "nested"])
def test_functions_of_the_value(function, nested):
    """The answer is NumPy's on the plain array, and has no derivative."""
    example, seen = VALUE_EXAMPLES[function], []

    def f(x):
        seen.append(example(x))
        return x

    if nested:
        dd.jvp(lambda x: dd.jvp(f, (x,), (np.ones(5),)), (I,), (np.ones(5),))
    else:
        dd.vjp(f, I)
        dd.jvp(f, (I,), (np.ones(5),))
    wanted = example(I)
    for found in seen:
        assert type(found) is type(wanted)
        assert np.array_equal(found, wanted) if not isinstance(wanted, tuple) else (
            all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))
        )


# ---- kinks, limits, refusals -----------------------------------------------------------------------------


def test_ties_share_equally():
    x = np.array([2.0, 1.0, 2.0])
    assert np.array_equal(dd.grad(np.max)(x), [0.5, 0.0, 0.5])
    assert np.array_equal(dd.grad(lambda x: np.min(-x))(x), [-0.5, 0.0, -0.5])
    a = np.array([[1.0, 1.0, 0.0], [3.0, 2.0, 1.0]])
    assert np.array_equal(dd.grad(lambda a: np.sum(a.max(axis=1)))(a), [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])


@pytest.mark.parametrize("ufunc", [np.power, np.arctan2, np.float_power, np.divide, np.logaddexp, np.hypot],
                         ids=lambda u: u.__name__)  # fmt: skip
@pytest.mark.parametrize("n", [2, 3, 4, 9, 17])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_reductions_have_the_derivatives_of_the_steps(ufunc, n, dtype):
    """Right also where NumPy's own reduction is not: with AVX-512, power and arctan2 (the value stays NumPy's)."""

    def steps(x):
        return functools.reduce(ufunc, x)

    x, rtol = points(n, low=0.6, high=1.4).astype(dtype), 1e-12 if dtype == np.float64 else RTOL_FLOAT32
    wanted, bent = dd.grad(steps)(x.astype(np.float64)), dd.hessian(steps)(x.astype(np.float64))
    for f in (ufunc.reduce, lambda x: ufunc.reduce(x[None], axis=-1)[0], lambda x: ufunc.reduceat(x, [0])[0],
              lambda x: ufunc.reduce(x[::-1][::-1]), lambda x: ufunc.reduce(x[:, None])[0],
              lambda x: ufunc.reduce(np.stack([x, x], 1))[1]):  # fmt: skip
        value, pullback = dd.vjp(f, x)
        same_bits(value, f(x))
        same_bits(dd.jvp(f, (x,), (x,))[0], f(x))
        close(pullback(dtype(1)), wanted, rtol)
        close(dd.jacobian(f, mode="forward")(x), wanted, rtol)
        close(dd.linearize(f, x)[1].T @ dtype(1), wanted, rtol)
        close(dd.hessian(f)(x), bent, 10 * rtol)


def test_maximum_of_nans_is_nan():
    x = np.array([1.0, np.nan, 2.0])
    value, tangent = dd.jvp(np.max, (x,), (np.ones(3),))
    assert np.isnan(value) and np.isnan(tangent)


def test_clip_at_a_bound():
    x = np.array([0.0, 0.5, 1.0, 2.0])
    assert np.array_equal(dd.jvp(lambda x: np.clip(x, 0.0, 1.0), (x,), (np.ones(4),))[1], [0.5, 1.0, 0.5, 0.0])


def test_product_with_zeros_is_exact():
    x = np.array([0.0, 2.0, 3.0])
    assert np.array_equal(dd.grad(np.prod)(x), [6.0, 0.0, 0.0])
    assert np.array_equal(dd.grad(np.prod)(np.array([0.0, 0.0, 3.0])), [0.0, 0.0, 0.0])
    assert np.array_equal(dd.hessian(np.prod)(x), [[0, 3, 2], [3, 0, 0], [2, 0, 0]])


def test_zero_tangents_meet_infinite_partials():
    """A zero tangent stays zero: 0*inf does not poison the other columns."""
    J = dd.jacobian(np.sqrt)(np.array([0.0, 4.0]))
    assert np.array_equal(J, [[np.inf, 0.0], [0.0, 0.25]])
    x = np.array([np.inf, 1.0])
    J = dd.jacobian(lambda x: x * np.array([1.0, np.inf]))(x)
    assert np.array_equal(J, [[1.0, 0.0], [0.0, np.inf]])


def test_replaced_elements_are_constants():
    x = np.array([np.nan, 1.0, np.inf, -np.inf])
    value, tangent = dd.jvp(lambda x: np.nan_to_num(x, nan=5.0, posinf=7.0), (x,), (np.ones(4),))
    assert np.array_equal(value, np.nan_to_num(x, nan=5.0, posinf=7.0))
    assert np.array_equal(tangent, [0.0, 1.0, 0.0, 0.0])


def test_sinc_near_zero():
    """The derivative -pi^2 x/3 of sinc near 0 keeps its digits; so does the second, -pi^2/3."""
    x = np.array([0.0, 1e-8, -1e-5])
    found = dd.jvp(np.sinc, (x,), (np.ones(3),))[1]
    np.testing.assert_allclose(found, -np.pi**2 * x / 3, rtol=1e-9)
    assert abs(dd.derivative(dd.derivative(np.sinc))(0.0) + np.pi**2 / 3) < 1e-14


def test_higher_derivatives_of_i0():
    assert dd.derivative(np.i0)(0.0) == 0.0
    second, third = dd.derivative(dd.derivative(np.i0)), dd.derivative(dd.derivative(dd.derivative(np.i0)))
    for x in (0.0, 0.7, -3.0, 9.0):
        assert second(x) == pytest.approx(float(mpmath.diff(lambda z: mpmath.besseli(0, z), x, 2)), rel=1e-13)
        assert third(x) == pytest.approx(float(mpmath.diff(lambda z: mpmath.besseli(0, z), x, 3)), rel=1e-13)


def test_out_must_hold_the_derivative():
    """out= with a dual buffer works; with a plain array the derivative would be lost."""

    def good(x):
        y = np.zeros_like(x)
        found = np.sum(x * x, axis=0, out=y[0])
        assert found.shape == (4,)
        np.multiply(x[1], 2.0, out=y[1])
        return y

    def plain(x):
        y = np.zeros((3, 4))
        y[0] = np.sum(x * x, axis=0)
        y[1] = x[1] * 2
        return y

    v = random_like(A, rng(5))
    wanted, rtol = reference(plain, (A,), (v,))
    close(dd.jvp(good, (A,), (v,))[1], wanted[0], rtol)
    check_adjoint(good, A)
    for bad in (
        lambda x: np.sum(x, axis=0, out=np.zeros(4)),
        lambda x: np.multiply(x, 2.0, out=np.zeros((3, 4))),
        lambda x: np.concatenate([x, x], out=np.zeros((6, 4))),
        lambda x: np.matmul(x, x.T, out=np.zeros((3, 3))),
    ):
        with pytest.raises(dd.errors.LostDerivativeError, match="out="):
            dd.jvp(bad, (A,), (v,))


def test_lists_of_duals_and_numbers():
    """NumPy makes an object array of such a list before it asks us; the Duals go through its object loops."""
    check_second(lambda x: np.sum([x[0], x[1] * x[2], 3.0]) * x, X)
    check_second(lambda x: np.matmul([x[0], 2.0], [[x[2], 1.0], [2, x[3]]]), X)
    check_second(lambda x: np.array([x[0] * x[1], 2.0, 3]) * [x[2], x[3], 1.0], X)
    check_second(lambda x: np.array([[x[0], 0], [0, x[1] ** 2]]) @ x[:2], X)


def test_mean_of_a_list_of_duals():
    check_second(lambda x: np.mean([x[0], x[1] * x[2]]) * x, X)


def test_functions_that_python_calls_for_each_element():
    """np.vectorize and np.full go through object arrays of Duals."""

    @np.vectorize
    def smooth_step(t):
        return 0.0 * t if t < 0.5 else t * t * (3 - 2 * t)

    def f(x):
        return np.multiply(smooth_step(x), x) + np.full(5, x[0]) * x[1]

    def plain(x):
        return np.where(x < 0.5, 0, x * x * (3 - 2 * x)) * x + x[0] * x[1]

    v = random_like(X, rng(8))
    value, tangent = dd.jvp(f, (X,), (v,))
    same_bits(value, f(X))
    close(tangent, reference(plain, (X,), (v,))[0][0], 1e-9)
    check_adjoint(f, X)
    check_second(f, X)


def test_ufunc_where_and_outer():
    def f(x):
        y = np.zeros_like(x)
        np.sqrt(x, out=y, where=[True, False, True, True, False])
        return y + np.multiply.outer(x, x[:2])[:, 1] + np.add.outer(x[:1], x).sum(axis=0)

    def plain(x):
        y = np.where([True, False, True, True, False], np.sqrt(x), 0)
        return y + x * x[1] + x[0] + x

    v = random_like(X, rng(6))
    close(dd.jvp(f, (X,), (v,))[1], reference(plain, (X,), (v,), analytic=True)[0][0], 1e-12)
    check_adjoint(f, X)
    check_second(f, X)


def test_errors_of_numpy_stay():
    """What NumPy refuses is refused with NumPy's own type of error."""
    with pytest.raises(np.exceptions.AxisError):
        dd.jvp(lambda x: np.sum(x, axis=2), (A,), (A,))
    with pytest.raises(ValueError, match="shape"):
        dd.jvp(lambda x: x.reshape(5, 5), (A,), (A,))
    with pytest.raises(ValueError):
        dd.jvp(lambda x: x @ x, (A,), (A,))
    with pytest.raises(ValueError):
        dd.jvp(lambda x: np.concatenate([x, x[0]]), (A,), (A,))
    with pytest.raises(ValueError):
        dd.jvp(lambda x: x + np.ones(3), (A,), (A,))
    with pytest.raises(ValueError):
        dd.jvp(lambda x: np.stack([]), (A,), (A,))
    with pytest.raises(ValueError):
        dd.jvp(lambda x: np.max(x[:0]), (A,), (A,))
    with pytest.raises(TypeError):
        dd.jvp(lambda x: np.sum(x, axes=0), (A,), (A,))
    with pytest.raises(AttributeError, match="nosuch"):
        dd.jvp(lambda x: x.nosuch, (A,), (A,))


# ---- arrays, scalars and memory as NumPy's ----------------------------------------------------------


def with_inside(f, primals, see):
    """Runs f in the kinds of derivative calls, and shows its arguments and results inside to see(xs, y)."""
    vs = tuple(random_like(x, rng(3)) for x in primals)

    def g(*xs):
        y = f(*xs)
        see(xs, y)
        return y

    dd.jvp(g, primals, vs)
    dd.vjp(g, *primals)
    dd.jvp(lambda *xs: dd.jvp(g, xs, vs)[1], primals, vs)
    second = dd.hvp(lambda *xs: sum(np.sum(np.real(y)) for y in leaves(g(*xs))), primals, vs)
    assert len(second if len(primals) > 1 else [second]) == len(primals)


def is_array(y):
    return isinstance(y, (np.ndarray, dd.DualArray))


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")
@every
def test_arrays_without_axes_and_scalars(row):
    """Where NumPy gives an array without axes so do we, as it can be written to; where it gives a scalar, a scalar."""
    plain = leaves(row.f(*row.primals))
    if all(np.ndim(y) for y in plain):
        pytest.skip("all results have axes")

    def see(_, y):
        for found, wanted in zip(leaves(y), plain, strict=True):
            assert is_array(found) == is_array(wanted) or np.asarray(wanted).dtype.kind not in "fc"

    with_inside(row.f, row.primals, see)


def written(y, number):
    """Writes a number into all of y, where it is an array that lets us; whether it did."""
    if not is_array(y) or y.dtype.kind != "f":
        return False
    try:
        y[...] = number
    except ValueError:      # read-only
        return False
    return True


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")
@every
def test_writes_into_results_go_where_numpy_s_go(row):
    """Views are views and copies copies: what a write into the result changes in the arguments, its derivative too."""
    if row.place > 3:
        pytest.skip("much the same as the rows before it")
    primals = tuple(x.copy() for x in row.primals)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)     # of np.broadcast_arrays
        wrote = [written(y, 7.0) for y in leaves(row.f(*primals))]
    vs = tuple(random_like(x, rng(3)) for x in primals)

    def f(*xs):
        xs = tuple(x.copy() for x in xs)
        for y, could in zip(leaves(row.f(*xs)), wrote, strict=True):
            if could and is_array(y) and not written(y, 7.0):
                pytest.skip("refused")
        return xs

    def nested(*xs):
        return dd.jvp(f, xs, vs)[0]

    for g in (f, nested):
        values, tangents = dd.jvp(g, row.primals, vs)
        for x, value, t, v in zip(primals, values, tangents, vs, strict=True):
            assert np.array_equal(value, x)
            close(t, np.where(x == 7.0, 0.0, v), 1e-15)
        _, pullback = dd.vjp(g, *row.primals)
        back = pullback(tuple(np.ones_like(x) for x in primals))
        for x, w in zip(primals, back if len(primals) > 1 else (back,), strict=True):
            assert np.array_equal(w, np.where(x == 7.0, 0.0, 1.0))


NO_AXES = {
    "where": lambda x: np.where(x > 0, x, 0.1 * x),
    "where, a constant": lambda x: np.where(x < 0, 1.0, x),
    "select": lambda x: np.select([x > 0], [x], 0.0),
    "choose": lambda x: np.choose(1, [x, x * 2]),
    "piecewise": lambda x: np.piecewise(x, [x > 0, x <= 0], [lambda t: -t * t, np.sin]),
    "i0": np.i0,
    "tensordot": lambda x: np.tensordot(x, x, 0),
    "tensordot of vectors": lambda x: np.tensordot(np.ravel(x), np.ravel(x), 1),
    "dot": lambda x: np.dot(x, x),
    "einsum, a view": lambda x: np.einsum("...->...", x),
    "einsum, a sum": lambda x: np.einsum("i,i", np.ravel(x), np.ravel(x)),
    "tile": lambda x: np.tile(x, ()),
    "roll": lambda x: np.roll(x, 1),
    "cov": lambda x: np.cov(np.stack([x, 2 * x])),
    "median with keepdims": lambda x: np.median(x, keepdims=True),
    "sum with keepdims": lambda x: np.sum(x, keepdims=True),
    "quantile": lambda x: np.quantile(x, 0.3),
    "astype": lambda x: x.astype(np.float32),
    "copy": np.copy,
    "the method copy": lambda x: x.copy(),
    "conj": lambda x: x.conj(),
    "np.conj": np.conj,
    "real": np.real,
    "real_if_close": np.real_if_close,
    "nan_to_num": np.nan_to_num,
    "reshape": lambda x: np.reshape(x, ()),
    "the method reshape": lambda x: x.reshape(()),
    "squeeze": np.squeeze,
    "transpose": np.transpose,
    "ellipsis": lambda x: x[...],
    "empty index": lambda x: x[()],
    "atleast_1d": lambda x: np.atleast_1d(x)[0, ...],
    "full_like": lambda x: np.full_like(x, x * 2),
    "zeros_like": np.zeros_like,
    "out=": lambda x: np.sin(x, out=np.zeros_like(x)),
    "a ufunc": np.sin,
    "a sum of two": lambda x: x + x,
    "clip": lambda x: np.clip(x, 0, 1),
    "emath.sqrt": np.emath.sqrt,
    "emath.arcsin": np.emath.arcsin,
    "emath.power": lambda x: np.emath.power(x, 2),
    "angle": lambda x: np.angle(x + 1j),
    "sinc": np.sinc,
    "interp": lambda x: np.interp(x, [0.0, 1.0], [2.0, 3.0]),
    "trim_zeros": lambda x: np.trim_zeros(x),
    "det": lambda x: np.linalg.det(np.reshape(x, (1, 1))),
}


@pytest.mark.parametrize("x", [np.array(0.7), np.float64(0.7)], ids=["array", "scalar"])
@pytest.mark.parametrize("f", NO_AXES.values(), ids=NO_AXES)
def test_results_without_axes(f, x):
    """Arrays and scalars, and what a write into them through a view does to the argument, are NumPy's."""
    plain = x.copy()
    wanted = f(plain)
    if is_array(wanted):
        wanted[None][0] = 5.0

    def see(arguments, y):
        assert is_array(y) == is_array(wanted)

    with_inside(f, (x,), see)

    def g(x):
        y = f(x)
        if is_array(wanted):
            y[None][0] = 5.0
        return x, y

    for h in (g, lambda x: dd.jvp(g, (x,), (1.0,))[0]):
        (moved, value), tangents = dd.jvp(h, (x.copy(),), (1.0,))
        assert (moved, value) == (plain, wanted)
        assert tangents[0] == (0.0 if plain != x else 1.0) and (tangents[1] == 0.0 or not is_array(wanted))
        (moved, value), pullback = dd.vjp(h, x.copy())
        assert (moved, value) == (plain, wanted) and pullback((1.0, 0.0)) == tangents[0]
