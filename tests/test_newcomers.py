"""What somebody who comes from NumPy and SciPy tries first, and what he is told where it does not work."""

import numpy as np
import pytest
from scipy import interpolate, stats

import dualdiff as dd
from dualdiff import solve
from dualdiff.errors import InputError
from dualdiff.scipy import optimize


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("constant", [1, 1.0, np.float64(1), np.int64(1), True, [1.0, 2]])
def test_the_derivative_of_a_constant_is_float64(mode, constant):
    J = dd.jacobian(lambda x: constant, mode=mode)(np.ones(3))
    for part in J if isinstance(J, list) else [J]:
        assert part.dtype == np.float64 and part.shape == (3,) and not part.any()


def test_the_tangent_of_a_constant_is_float64():
    value, t = dd.jvp(lambda x: 1.0, (np.ones(3),), (np.ones(3),))
    assert (value, t) == (1.0, 0.0) and np.asarray(t).dtype == np.float64


@pytest.mark.parametrize(
    "obj", [stats.norm, stats.norm.logpdf, stats.zscore, interpolate.CubicSpline, stats, "scipy.stats", "scipy"]
)
def test_lift_of_scipy_names_the_remedy(obj):
    with pytest.raises(InputError, match=r"scipy is not lifted.*dualdiff\.scipy.*scipy\.special.*custom_jvp"):
        dd.lift(obj)


@pytest.mark.parametrize("obj", [np, np.sin, np.mean, "numpy", "numpy.linalg", "math", int])
def test_lift_of_what_needs_none(obj):
    with pytest.raises(InputError, match="not lifted, as it needs none|compiled code"):
        dd.lift(obj)


def test_lift_of_nothing_and_with_scipy():
    with pytest.raises(InputError, match="full name"):
        dd.lift("")
    with pytest.raises(InputError, match="scipy is not lifted"):
        dd.lift(close_to_nothing, packages="scipy.stats")


def close_to_nothing(x):
    return x


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (None, "returned None .*return statement"),
        ("abc", "returned a str"),
        ({"a": 1.0}, "returned a dict"),
        (np.ones(3), r"shape \(3,\).*least_squares"),
    ],
)
def test_minimize_of_what_is_not_one_number(result, message):
    with pytest.raises(InputError, match=message):
        solve.minimize(lambda x: result, np.ones(3))


@pytest.mark.parametrize("method", ["newton", "anderson"])
@pytest.mark.parametrize(
    ("result", "message"),
    [(None, "returned None"), ("abc", "returned a str"), (np.ones(6), "has 6 elements, x has 3")],
)
def test_fixed_point_of_what_is_not_like_x(method, result, message):
    with pytest.raises(InputError, match=message):
        solve.fixed_point(lambda x: result, np.ones(3), method=method)


@pytest.mark.parametrize("solver", [solve.root, solve.least_squares, solve.minimize, solve.fixed_point])
def test_a_ragged_start(solver):
    with pytest.raises(InputError, match="different lengths"):
        solver(lambda x: x, [[1.0, 2.0], [3.0]])


def test_a_complex_start():
    with pytest.raises(InputError, match="x0 is complex"):
        optimize.minimize(lambda x: np.sum(x * x), np.array([1 + 1j, 2]))


def test_a_masked_argument():
    x = np.ma.array([1.0, 2.0], mask=[False, True])
    for call in (dd.grad(np.sum), dd.jacobian(lambda x: x**2)):
        with pytest.raises(InputError, match="masked"):
            call(x)
