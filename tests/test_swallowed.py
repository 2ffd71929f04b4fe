"""A LostDerivativeError that the function itself has caught is not lost."""

import contextlib
import operator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.errors import LostDerivativeError

X = np.array([0.5, 2.0])


def as_number(x):
    try:
        return float(x)
    except (TypeError, ValueError):
        return 0.0


def by_suppress(x):
    found = 1.0
    with contextlib.suppress(Exception):
        found = float(x)
    return found


def bare_except(x):
    try:
        return complex(x).real
    except:  # noqa: E722
        return 2.0


def into_a_buffer(x):
    out = np.zeros(2)
    try:
        out[0] = x
    except (TypeError, ValueError):
        out[0] = 1.0
    return out[0]


def as_an_index(x):
    try:
        return [1.0, 2.0][x]
    except TypeError:
        return 3.0


def as_an_array(x):
    try:
        return np.asarray(x, dtype=float)[()]
    except (TypeError, ValueError):
        return np.float64(0.0)


def in_two_functions(x):
    return as_number(x) + 1.0


SWALLOWING = [as_number, by_suppress, bare_except, into_a_buffer, as_an_index, as_an_array, in_two_functions]
TRANSFORMS = {
    "derivative": lambda f: dd.derivative(f)(1.0),
    "jvp": lambda f: dd.jvp(lambda x: f(x[0]), (X,), (X,)),
    "holomorphic": lambda f: dd.derivative(f, holomorphic=True)(1.0 + 0j),
    "grad": lambda f: dd.grad(lambda x: x[0] * 0.0 + f(x[1]))(X),
    "grad in chunks": lambda f: dd.grad(lambda x: x[0] + f(x[1]), chunk=1)(X),
    "reverse": lambda f: dd.grad(lambda x: x[0] + f(x[1]), mode="reverse")(X),
    "jacobian": lambda f: dd.jacobian(lambda x: np.stack([x[0], x[1]]) + f(x[0]))(X),
    "vjp": lambda f: dd.vjp(lambda x: x * f(x[0]), X),
    "linearize": lambda f: dd.linearize(lambda x: x * f(x[0]), X),
    "hessian": lambda f: dd.hessian(lambda x: x[0] + f(x[1]))(X),
    "nested": lambda f: dd.hessian(lambda x: x[0] + f(x[1]), chunk=1)(X),
    "hvp": lambda f: dd.hvp(lambda x: x[0] + f(x[1]), (X,), (X,)),
    "taylor": lambda f: dd.taylor(f, 1.0, 1.0, 3),
    "laplacian": lambda f: dd.laplacian(lambda x: x[0] + f(x[1]))(X),
    "sparse": lambda f: dd.sparse_jacobian(lambda x: x * f(x[0]), X),
    "inner call": lambda f: dd.derivative(lambda x: dd.derivative(f)(2.0) * x)(1.0),
}


@pytest.mark.parametrize("f", SWALLOWING)
@pytest.mark.parametrize("name", TRANSFORMS)
def test_what_was_swallowed_is_said(name, f):
    with pytest.raises(LostDerivativeError, match="caught again") as caught:
        TRANSFORMS[name](f)
    assert __file__ in str(caught.value)        # the line


def test_the_error_itself_comes_out_as_it_is():
    with pytest.raises(LostDerivativeError) as caught:
        dd.derivative(float)(1.0)
    assert "caught again" not in str(caught.value)


def test_another_exception_gets_a_note():
    def f(x):
        as_number(x)
        raise KeyError("something else")

    with pytest.raises(KeyError) as caught:
        dd.derivative(f)(1.0)
    assert "LostDerivativeError" in "".join(caught.value.__notes__) and __file__ in "".join(caught.value.__notes__)

    def translated(x):
        try:
            return float(x)
        except TypeError as error:
            raise RuntimeError("not a number") from error

    with pytest.raises(RuntimeError) as caught:
        dd.derivative(translated)(1.0)
    assert not getattr(caught.value, "__notes__", [])       # its cause says all


def test_nothing_lasts_beyond_the_call():
    for f in SWALLOWING:
        with pytest.raises(LostDerivativeError):
            dd.derivative(f)(1.0)
        assert dd.derivative(lambda x: x * x)(3.0) == 6.0

    def around(x):      # what an inner call has raised and the function meant to catch is swallowed as well
        try:
            return dd.derivative(float)(2.0) * x
        except TypeError:
            return x

    with pytest.raises(LostDerivativeError, match="caught again"):
        dd.derivative(around)(1.0)
    as_number(dd.Dual(1.0, [1.0]))      # outside of any call
    assert dd.derivative(lambda x: x * x)(3.0) == 6.0


def test_threads_do_not_mix():
    def one(i):
        if i % 2:
            with pytest.raises(LostDerivativeError, match="caught again"):
                dd.derivative(as_number)(1.0)
            return 2.0 * i
        return dd.derivative(lambda x: x * x)(float(i))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(200))) == [2.0 * i for i in range(200)]


PROBING = {
    "isscalar": lambda x: x * np.isscalar(x),
    "array_equal": lambda x: x * np.array_equal(x, x),
    "isclose": lambda x: x * np.isclose(x, x),
    "linspace": lambda x: np.linspace(0.0, x, 3)[-1],
    "array": lambda x: np.array([x, 1.0])[0] * 1.0,
    "sum of a list": lambda x: np.sum([x, 0.0]),
    "maximum": lambda x: np.maximum(x, 0.0),
    "mean": lambda x: np.mean([x, x]),
    "quantile": lambda x: np.quantile(np.stack([x, x, x]), 0.5),
    "hasattr": lambda x: x * (not hasattr(x, "nothing")),
    "int": lambda x: x * int(x),
    "numpy scalar": lambda x: np.float64(2.0) * x / 2,
    "polyval": lambda x: np.polyval([1.0, 0.0], x),
    "matmul": lambda x: (np.ones((1, 2)) @ np.stack([x, 0 * x]))[0],
    "norm": lambda x: np.linalg.norm(np.stack([x, 0 * x])),
    "solve": lambda x: np.linalg.solve(np.eye(2), np.stack([x, x]))[0],
    "sort": lambda x: np.sort(np.stack([x, x + 1]))[0],
    "repr": lambda x: x * bool(repr(x) and str(x) and f"{x:.3f}"),
}


@pytest.mark.parametrize("name", PROBING)
def test_looking_is_not_losing(name):
    f = PROBING[name]
    for lifted in (f, dd.lift(f)):
        assert dd.derivative(lifted)(1.0) == 1.0
        assert np.allclose(dd.grad(lambda x, f=lifted: f(x[0]), mode="reverse")(np.ones(1)), 1.0)


def test_ways_of_ours_that_try_are_not_reported():
    """A rule that cannot be recorded, a residual that cannot: they go another way, and nothing was lost."""
    @dd.custom_jvp
    def square(x):
        return x * x

    @square.defjvp
    def _(primals, tangents):
        return None, np.float64(2 * float(primals[0])) * np.asarray(tangents[0], dtype=float)[()]

    assert dd.linearize(square, 3.0)[1].jvp(1.0) == 6.0
    value, J = dd.linearize(lambda x: square(x) * x, 3.0)
    assert value == 27.0 and J.jvp(1.0) == 27.0


POWERS = {"**": lambda a, x: a**x, "pow": pow, "operator.pow": operator.pow, "np.power": np.power}


@pytest.mark.parametrize("how", POWERS)
@pytest.mark.parametrize("a", [np.array([1.5, 2.0]), np.array([3, 2]), np.array(1.5), np.float64(1.5), np.array([[1.5 + 1j]])], ids=repr)
@pytest.mark.parametrize("order", [0, 1])
def test_the_exponent_of_an_array_may_be_a_dual(how, a, order):
    """NumPy before 2.3 asks whether it is an integer first, and goes on."""
    power = POWERS[how]
    x = 0.7 if order == 0 else np.full(np.shape(a), 0.7)
    value, t = dd.jvp(lambda x: power(a, x), (x,), (x / x,))
    np.testing.assert_allclose(t, np.log(a) * a**0.7, rtol=1e-12)
    assert np.array_equal(value, power(a, x))


def test_an_index_of_the_function_itself_is_not_forgotten_by_a_power():
    a = np.array([1.5, 2.0])

    def f(x):
        try:
            n = operator.index(x)
        except TypeError:
            n = 2.0
        return n * a**x

    def twice(x):
        for i in range(2):
            with contextlib.suppress(TypeError):
                operator.index(x)
            y = a**x
        return y

    for g in (f, twice):
        with pytest.raises(LostDerivativeError, match="caught again"):
            dd.jvp(g, (0.7,), (1.0,))
