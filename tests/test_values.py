"""Values are NumPy's, bit for bit, by the same call on the same layout: in every mode, layout and dtype, out= and where=.

Both sides of each comparison make the very same calls of NumPy's, so nothing here goes by a processor's instructions.
"""

import operator

import numpy as np
import pytest
from support import rng, same_bits

import dualdiff as dd
from dualdiff import Dual, DualArray
from dualdiff.rules.table import REFUSED, rule_of

UFUNCS = sorted(
    {f for f in vars(np).values() if isinstance(f, np.ufunc) and f not in REFUSED and rule_of(f) is not None},
    key=lambda f: f.__name__,
)
UFUNCS.remove(np.ldexp)     # its second argument is an integer

LAYOUTS = {
    "contiguous": lambda x: x, "columns reversed": lambda x: x[:, ::-1], "rows reversed": lambda x: x[::-1],
    "every other column": lambda x: x[:, ::2], "every third row": lambda x: x[1::3], "transposed": lambda x: x.T,
    "a block": lambda x: x[2:19, 3:], "one row": lambda x: x[3], "one column": lambda x: x[:, 5], "a row reversed": lambda x: x[4, ::-1],
    "broadcast": lambda x: np.broadcast_to(x[0], (3, 41)), "three axes": lambda x: x[:40].reshape(8, 5, 41).transpose(2, 0, 1),
    "one element": lambda x: x[:1, :1], "a number": lambda x: x[3, 4], "no elements": lambda x: x[:0],
}  # fmt: skip
PARTNERS = {
    "itself": lambda x: x, "reversed": lambda x: x[..., ::-1] if np.ndim(x) else x, "a row": lambda x: x[0] if np.size(x) > 1 else x,
    "a number": lambda x: 2.0, "one half": lambda x: 0.5, "minus one": lambda x: -1, "three": lambda x: 3, "NumPy's number": lambda x: np.float64(2),
}  # fmt: skip


def values_of(f, x):
    """(mode, value of f at x) in every mode that runs f on duals."""
    v = np.ones_like(x)
    yield "jvp", dd.jvp(f, (x,), (v,))[0]
    yield "several directions", dd.jvp(f, (x,), (np.stack([v, 2 * v]),))[0]
    yield "vjp", dd.vjp(f, x)[0]
    yield "linearize", dd.linearize(f, x)[0]
    yield "nested", dd.jvp(lambda z: dd.jvp(f, (z,), (v,))[0], (x,), (v,))[0]
    yield "forward over reverse", dd.jvp(lambda z: dd.vjp(f, z)[0], (x,), (v,))[0]


def check_values(f, x, what):
    with np.errstate(all="ignore"):
        wanted = f(x)
        for mode, found in values_of(f, x):
            same_bits(np.float64(found) if type(found) is float else found, wanted, f"{what}, {mode}")


def table(dtype, seed=0):
    """41 x 41 numbers, among them negative, tiny and huge ones."""
    x = rng(seed).uniform(-2, 3, (41, 41)) * 10.0 ** rng(seed + 1).integers(-3, 3, (41, 41))
    return x.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda f: f.__name__)
def test_a_ufunc_in_every_layout_and_mode(ufunc, dtype):
    x = table(dtype)
    for name, lay in LAYOUTS.items():
        if ufunc.nin == 1:
            check_values(lambda z: ufunc(lay(z)), x, name)
            continue
        for partner in PARTNERS if name in ("contiguous", "columns reversed", "a number") else ("reversed",):
            check_values(lambda z: ufunc(lay(z), PARTNERS[partner](lay(z))), x, f"{name} with {partner}")


OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod,
             "//": operator.floordiv, "**": operator.pow}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("op", OPERATORS.values(), ids=OPERATORS)
def test_an_operator_in_every_layout_and_mode(op, dtype):
    x = table(dtype, 5)
    for name, lay in LAYOUTS.items():
        for partner, other in PARTNERS.items():
            check_values(lambda z: op(lay(z), other(lay(z))), x, f"{name} with {partner}")
        for number in (2.0, 3):
            check_values(lambda z: op(number, lay(z)), x, f"{number} with {name}")


EXPONENTS = [2, 2.0, 0.5, -1, 3, -2, 1.5, 0, 1, 0.1, 1 / 3, 2.5]


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_a_number_under_an_operator_and_under_a_ufunc(exponent):
    """They differ: t**2 is C's pow, np.power(t, 2) is NumPy's loop."""
    for t in [0.687611213910762, *rng(3).uniform(0, 5, 40).tolist()]:
        x = np.array([t, 1.0])
        same_bits(dd.jvp(lambda z: z**exponent, (t,), (1.0,))[0], t**exponent)
        same_bits(dd.jvp(lambda z: exponent**z, (t,), (1.0,))[0], (exponent + 0.0) ** t) if exponent > 0 else None
        for f in (lambda z: z**exponent, lambda z: np.power(z, exponent), lambda z: z ** np.float64(exponent),
                  lambda z: np.power(exponent + 0.0, z), lambda z: z**z, lambda z: (z * 1) ** (z * 0 + exponent)):  # fmt: skip
            with np.errstate(all="ignore"):
                wanted = f(x[0])
                for mode, found in values_of(lambda z: f(z[0]), x):
                    same_bits(found, wanted, f"{t}, {mode}")


def test_the_example_of_a_square():
    t = 0.687611213910762
    assert dd.jvp(lambda z: z**2, (t,), (1.0,))[0] == t**2
    assert (Dual(t, 1.0) ** 2).value == t**2 and (Dual(t, 1.0) ** 2).tangents[0] == 2 * t


@pytest.mark.parametrize("exponent", [2.0, 0.5, -1.0, 3.0])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_array_under_an_exponent_that_is_a_dual(exponent, dtype):
    """NumPy's arrays take shortcuts for some exponents, also where these are NumPy's own scalars."""
    x = np.abs(table(dtype, 2))
    functions = [lambda e: np.power(x, e)]
    if dtype is np.float64 or exponent == 3:    # before 2.4, NumPy's shortcuts kept float32 beside a float64
        functions.append(lambda e: x**e)
    for f in functions:
        wanted = f(np.float64(exponent))
        for found in (f(Dual(exponent, 1.0)), f(DualArray([exponent], [[1.0]])[0])):
            same_bits(found.value, wanted)


OUT_LAYOUTS = {
    "contiguous": lambda n: np.zeros((n, n)), "every other column": lambda n: np.zeros((n, 2 * n))[:, ::2],
    "transposed": lambda n: np.zeros((n, n)).T, "reversed": lambda n: np.zeros((n, n))[:, ::-1], "larger": lambda n: np.zeros((2, n, n)),
}  # fmt: skip


def buffer_like(array):
    """A dual array without tangents, laid out as array is."""
    return DualArray.__reduce__(DualArray(np.zeros(1), np.zeros((1, 1))))[0](array, None, -1, False)


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda f: f.__name__)
def test_out_and_where(ufunc):
    xs = [table(np.float64, i)[:, ::-1] for i in range(ufunc.nin)]
    duals = [DualArray(x, np.ones((1, *x.shape)))[...] for x in xs]
    plain = [d.value for d in duals]
    mask = rng(1).random((41, 41)) < 0.6
    for name, make in OUT_LAYOUTS.items():
        for options in ({}, {"where": mask}):
            with np.errstate(all="ignore"):
                wanted, out = make(41), buffer_like(make(41))
                ufunc(*plain, out=wanted, **options)
                assert ufunc(*duals, out=out, **options) is out
            same_bits(out.value, wanted, f"{name}, {list(options)}")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("ufunc", [f for f in UFUNCS if f is not np.float_power], ids=lambda f: f.__name__)
def test_dtype_of_a_ufunc(ufunc, dtype):
    other = np.float32 if dtype is np.float64 else np.float64
    xs = [table(other, i)[:, ::-1] for i in range(ufunc.nin)]
    duals = [DualArray(x, np.ones((1, *x.shape)))[...] for x in xs]
    with np.errstate(all="ignore"):
        found, wanted = ufunc(*duals, dtype=dtype, casting="same_kind"), ufunc(*[d.value for d in duals], dtype=dtype)
    same_bits(getattr(found, "value", found), wanted)
    with np.errstate(all="ignore"):
        found = ufunc(*duals, dtype=type(np.dtype(dtype)), casting="same_kind")
    same_bits(getattr(found, "value", found), wanted)


REDUCTIONS = {
    "sum": np.sum, "mean": np.mean, "prod": np.prod, "cumsum": np.cumsum, "cumprod": np.cumprod, "var": np.var, "std": np.std,
    "nansum": np.nansum, "nanmean": np.nanmean, "add.reduce": np.add.reduce, "multiply.reduce": np.multiply.reduce,
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
@pytest.mark.parametrize("of", [np.float64, np.float32])
@pytest.mark.parametrize("reduction", REDUCTIONS.values(), ids=REDUCTIONS)
def test_dtype_of_reductions(reduction, of, dtype):
    big = (1 + rng(4).random(20000) * 1e-4).astype(of)
    for pick in (lambda x: x, lambda x: x[3], lambda x: x[::2]):
        wanted = reduction(pick(big), dtype=dtype)
        found = reduction(pick(DualArray(big, np.ones((1, 20000)))), dtype=dtype)
        same_bits(np.asarray(found.value).astype(wanted.dtype)[()], wanted)
        assert found.dtype == wanted.dtype and found.tangents.dtype == wanted.dtype


@pytest.mark.parametrize("f", [
    lambda z: z * 2.0, lambda z: 2.0 * z, lambda z: z + 1, lambda z: z / 3.0, lambda z: z**2, lambda z: z**0.5, lambda z: 2.0**z,
    lambda z: np.power(z, 2.0), lambda z: np.maximum(z, 0.5), lambda z: z % 0.5, lambda z: z // 0.5, lambda z: np.arctan2(z, 1.0),
    lambda z: np.clip(z, 0.2, 1.0), lambda z: np.where(z > 0.5, z, 1.0), lambda z: divmod(z, 0.3)[1], lambda z: np.sum(z) * 0.1,
    lambda z: np.mean(z) / 3, lambda z: np.float32(2) * z, lambda z: z * np.float64(2), lambda z: abs(-z) - 1,
])  # fmt: skip
def test_float32_beside_numbers(f):
    """A Python number takes the type of a float32 beside it, an array's or a scalar's; a float64 of NumPy's does not."""
    x = np.linspace(0.1, 2, 6).astype(np.float32)
    check_values(f, x, "array")
    check_values(lambda z: f(z[2]), x, "scalar")


IN_PLACE = {"+=": operator.iadd, "-=": operator.isub, "*=": operator.imul, "/=": operator.itruediv, "%=": operator.imod,
            "//=": operator.ifloordiv, "**=": operator.ipow}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("op", IN_PLACE.values(), ids=IN_PLACE)
def test_an_operator_in_place_in_every_layout(op, dtype):
    x = np.abs(table(dtype, 7))
    for name in ("contiguous", "columns reversed", "every other column", "transposed", "a block", "one column"):
        for other in (2.0, 0.5, -1, 1.7, x.dtype.type(0.3), "itself"):

            def f(z):
                w = z * 1
                part = LAYOUTS[name](w)
                op(part, part[::-1] * 0.5 if other == "itself" else other)
                return w

            check_values(f, x, f"{name}, {other}")


OF_NOTHING = {
    "an array by 0": lambda x: x / 0,
    "an array by 0.0": lambda x: x / 0.0,
    "an array by -0.0": lambda x: x / -0.0,
    "an array by False": lambda x: x / False,
    "a number by an array of 0": lambda x: x[0] / np.zeros(1),
    "np.divide": lambda x: np.divide(x[0], 0),
    "float_power": lambda x: np.float_power(x, 0),
    "a remainder": lambda x: np.remainder(x, 0),
    "arctan2": lambda x: np.arctan2(x, 0),
    "the mean of no elements": lambda x: np.mean(x[:0]),
    "the variance of one, corrected": lambda x: np.var(x[:1], ddof=1),
    "the deviation of one, corrected": lambda x: np.std(x[:1], ddof=1),
    "cov of a number": lambda x: np.cov(x[0]),
    "cov of one observation": lambda x: np.cov(x[:, None]),
    "cov of two numbers": lambda x: np.cov(x[0], x[1]),
    "cov of a number by ddof": lambda x: np.cov(x[0], ddof=3),
    "corrcoef of a number": lambda x: np.corrcoef(x[0]),
    "corrcoef of two numbers": lambda x: np.corrcoef(x[0], x[1]),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::dualdiff.errors.KinkWarning")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", OF_NOTHING)
def test_divisions_by_nothing_are_numpys_in_every_mode(name, dtype):
    """Inf or nan with NumPy's warning, never Python's ZeroDivisionError; a derivative of what is nan is no number either."""
    f, x = OF_NOTHING[name], np.array([2.0, -1.5], dtype)
    wanted = f(x)
    J = dd.jacobian(f)(x)
    assert J.dtype == wanted.dtype
    found = {
        "jvp": dd.jvp(f, (x,), (x,)), "vjp": dd.vjp(f, x), "linearize": dd.linearize(f, x),
        "inside jvp": dd.jvp(lambda x: dd.jvp(f, (x,), (x * x,))[0], (x,), (x,)),
        "inside a recording": dd.linearize(lambda x: dd.jvp(f, (x,), (x * x,))[0], x),
        "beside complex numbers": dd.jvp(lambda x: np.real(f(x) + 0j * np.sum(x)), (x,), (x,)),
    }  # fmt: skip
    for value, _ in found.values():
        same_bits(value, wanted)
    for H in (dd.jacobian(dd.jacobian(f))(x), dd.jacobian(dd.jacobian(f, mode="reverse"), mode="reverse")(x),
              dd.hessian(lambda x: np.sum(f(x)))(x), dd.taylor(f, x, x, 2)):  # fmt: skip
        assert H.dtype == wanted.dtype
    if name.startswith(("the deviation", "the variance", "cov", "corrcoef")) and "one observation" not in name:
        assert not np.isfinite(J).all()


STRONG = {
    "where": lambda x, s: np.where(x > 0.3, s, x),
    "where, a constant": lambda x, s: np.where(x > 0.3, s, np.float32(1)),
    "select": lambda x, s: np.select([x > 0.3], [s], x),
    "choose": lambda x, s: np.choose([0, 1, 0], [s, x]),
    "trapezoid": lambda x, s: np.trapezoid(x, dx=s),
    "linspace": lambda x, s: np.linspace(x[0], s, 3),
    "maximum": np.maximum,
    "append": np.append,
    "clip": lambda x, s: np.clip(x, s, None),
    "diff": lambda x, s: np.diff(x, prepend=s),
    "polyval": np.polyval,
    "insert": lambda x, s: np.insert(x, 1, s),
    "a product": lambda x, s: x * s,
}


@pytest.mark.parametrize("source", [lambda d: d[0], lambda d: d.sum(), lambda d: d[:1].reshape(())])
@pytest.mark.parametrize("name", STRONG)
def test_a_float64_number_beside_float32_arrays(name, source):
    """A number out of an array is no Python float: it does not give way to single precision."""
    x, d = np.array([0.5, 0.2, 1.5], np.float32), np.array([1.0, 2.0, 3.0])

    def f(x, d):
        return STRONG[name](x, source(d))

    wanted = f(x, d)
    found = [dd.jvp(f, (x, d), (x, d))[0], dd.linearize(f, x, d)[0], dd.vjp(lambda d: f(x, d), d)[0],
             dd.jvp(lambda d: f(x, d), (d,), (d,))[0], dd.jvp(lambda x: f(x, d), (x,), (x,))[0],
             dd.jvp(lambda x, d: dd.jvp(f, (x, d), (x, d))[0], (x, d), (x, d))[0]]  # fmt: skip
    for value in found:
        same_bits(value, wanted)
