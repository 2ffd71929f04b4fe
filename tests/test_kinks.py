"""Second derivatives exactly at kinks: one rule (docs/conventions.md), the same in every way of taking them."""

import warnings

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.errors import KinkWarning

A = np.array([0.3, -1.2, 2.0])
CENTRE = np.eye(3) - 1 / 3

RIGHT = {
    "half the square of a norm": (lambda x: 0.5 * np.linalg.norm(x - A) ** 2, A, np.eye(3)),
    "of a residual": (lambda x: 0.5 * np.linalg.norm(np.array([[1.0, 2], [0, 1]]) @ x) ** 2, [0.0, 0.0], [[1, 2], [2, 5]]),
    "a Gaussian": (lambda x: np.exp(-0.5 * np.linalg.norm(x - A) ** 2), A, -np.eye(3)),
    "norm times itself": (lambda x: np.linalg.norm(x) * np.linalg.norm(x), [0.0, 0.0], 2 * np.eye(2)),
    "abs squared": (lambda x: np.sum(np.abs(x) ** 2), [0.0, 1.0, -2.0], 2 * np.eye(3)),
    "np.square of abs": (lambda x: np.sum(np.square(np.abs(x))), [0.0, 0.0], 2 * np.eye(2)),
    "np.power of abs": (lambda x: np.sum(np.power(np.abs(x), 2.0)), [0.0, 3.0], 2 * np.eye(2)),
    "abs times abs": (lambda x: np.abs(x) @ np.abs(x), [0.0, 3.0], 2 * np.eye(2)),
    "abs, scaled": (lambda x: 0.5 * (3 * np.abs(x[0] - 1)) ** 2 + x[1], [1.0, 2.0], np.diag([9, 0])),
    "abs of a number": (lambda x: abs(x[0]) ** 2 * x[1], [0.0, 3.0], np.diag([6, 0])),
    "the third power": (lambda x: np.sum(np.abs(x) ** 3), [0.0, 1.0], np.diag([0, 6])),
    "a power between": (lambda x: np.sum(np.abs(x) ** 2.5), [0.0, 1.0, 4.0], np.diag([0, 3.75, 7.5])),
    "a power just above": (lambda x: np.sum(np.abs(x) ** 2.25), [0.0, 1.0], np.diag([0, 2.8125])),
    "a norm's power between": (lambda x: np.linalg.norm(x - A) ** 2.5 + x @ x, A, 2 * np.eye(3)),
    "abs beside a square": (lambda x: np.sum(np.abs(x) * x * x), [0.0, 1.0], np.diag([0, 6])),
    "beside large third derivatives": (
        lambda x: np.linalg.norm(x) ** 2 * np.exp(50 * x[0] + 20 * x[1]), [0.0, 0.0], 2 * np.eye(2)),
    "in other units": (lambda x: 1e6 * np.sum(np.abs(x) ** 2), [0.0, 1e-6], 2e6 * np.eye(2)),
    "abs of a complex number": (lambda x: np.abs(x[0] + 1j * x[1]) ** 2, [0.0, 0.0], 2 * np.eye(2)),
    "a power spectrum": (lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2), [0.0, 0.0, 0.0], 6 * np.eye(3)),
    "Huber's function": (
        lambda x: np.sum(np.where(np.abs(x) < 1, 0.5 * x**2, np.abs(x) - 0.5)), [0.0, 0.5, 2.0], np.diag([1, 1, 0])),
    "median of two": (lambda x: np.median(x) ** 2, [1.0, 1.0], np.full((2, 2), 0.5)),
    "running maximum and minimum": (
        lambda x: np.sum(np.maximum.accumulate(x) ** 2 + np.minimum.accumulate(x) ** 2), [1.0, 1.0],
        np.diag([6.0, 2.0])),
    "interp of a straight line": (
        lambda x: np.sum(np.interp(x, [0.0, 1.0, 2.0], [0.0, 2.0, 4.0]) ** 2), [1.0, 0.5], 8 * np.eye(2)),
    "hypot": (lambda x: np.hypot(x[0], x[1]) ** 2, [0.0, 0.0], 2 * np.eye(2)),
    "sqrt of a square": (lambda x: np.sqrt(x @ x) ** 2, [0.0, 0.0, 0.0], 2 * np.eye(3)),
    "sqrt at the edge": (lambda x: np.sum(np.sqrt(x) ** 2), [0.0, 1.0], np.zeros((2, 2))),
    "std": (lambda x: np.std(x) ** 2, [1.0, 1.0, 1.0], 2 / 3 * CENTRE),
    "sort at ties": (lambda x: np.sum(np.sort(x) ** 2), [1.0, 1.0, 1.0], 2 * np.eye(3)),
    "max and min": (lambda x: np.max(x) ** 2 + np.min(x) ** 2, [1.0, 1.0], 2 * np.eye(2)),
    "maximum and minimum": (
        lambda x: np.maximum(x[0], x[1]) ** 2 + np.minimum(x[0], x[1]) ** 2, [1.0, 1.0], 2 * np.eye(2)),
    "partition": (lambda x: np.prod(np.partition(x, 1)), [2.0, 2.0], [[0, 1], [1, 0]]),
}  # fmt: skip

WARNS = {       # the convention's value, and whose kink
    "abs": (lambda x: np.sum(np.abs(x)), [0.0, 1.0], np.zeros((2, 2)), "absolute"),
    "cos of abs": (lambda x: np.sum(np.cos(np.abs(x))), [0.0, 0.0], np.zeros((2, 2)), "absolute"),
    "norm": (np.linalg.norm, [0.0, 0.0], np.zeros((2, 2)), "norm"),
    "hypot": (lambda x: np.hypot(x[0], x[1]), [0.0, 0.0], np.zeros((2, 2)), "hypot"),
    "relu squared": (lambda x: np.sum(np.maximum(x, 0) ** 2), [0.0, 1.0], np.diag([0.5, 2]), "maximum"),
    "a cross term": (lambda x: (np.abs(x[0]) + x[1]) ** 2, [0.0, 0.0], np.diag([0, 2]), "absolute"),
    "a median of three": (lambda x: np.median(x) ** 2, [1.0, 1.0, 1.0], np.full((3, 3), 2 / 9), "partition"),
    "a running maximum": (
        lambda x: np.sum(np.maximum.accumulate(x) ** 2), [1.0, 1.0], [[2.5, 0.5], [0.5, 0.5]], "maximum"),
    "reduceat": (lambda x: np.sum(np.maximum.reduceat(x, [0]) ** 2), [1.0, 1.0], np.full((2, 2), 0.5), "maximum"),
    "hypot.accumulate": (lambda x: np.sum(np.hypot.accumulate(x)), [0.0, 0.0], np.zeros((2, 2)), "hypot"),
    "interp at a knot": (
        lambda x: np.sum(np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 4.0]) ** 2), [1.0, 0.5], np.diag([8, 2]), "interp"),
    "interp at its end": (
        lambda x: np.sum(np.interp(x, [0.0, 1.0], [1.0, 2.0])), [1.0, 0.5], np.zeros((2, 2)), "interp"),
    "abs of a complex number": (
        lambda x: np.abs(x[0] + 1j * x[1]), [0.0, 0.0], np.zeros((2, 2)), "absolute"),
    "the largest, squared": (lambda x: np.max(x) ** 2, [1.0, 1.0], np.full((2, 2), 0.5), "max"),
}


def stacked(f, x):
    return np.stack([f(e) for e in np.eye(x.size)])


WAYS = {
    "hessian": lambda f, x: dd.hessian(f)(x),
    "reverse": lambda f, x: dd.hessian(f, mode="reverse")(x),
    "chunks": lambda f, x: dd.hessian(f, chunk=2)(x),
    "value_grad_hessian": lambda f, x: dd.value_grad_hessian(f)(x)[2],
    "hvp": lambda f, x: stacked(lambda e: dd.hvp(f, (x,), (e,)), x),
    "jvp of grad": lambda f, x: stacked(lambda e: dd.jvp(dd.grad(f), (x,), (e,))[1], x),
    "jacobian of grad": lambda f, x: dd.jacobian(dd.grad(f))(x),
    "jacobian of jacobian": lambda f, x: dd.jacobian(dd.jacobian(f))(x),
    "grad of grad": lambda f, x: stacked(lambda e: dd.grad(lambda z: dd.grad(f)(z) @ e)(x), x),
    "reverse over reverse": lambda f, x: stacked(
        lambda e: dd.grad(lambda z: dd.grad(f, mode="reverse")(z) @ e, mode="reverse")(x), x),
    "inside a structure": lambda f, x: dd.hessian(lambda p: f(p["x"]))({"x": x})["x"]["x"],
}  # fmt: skip

DIAGONALS = {
    "hessian_diagonal": lambda f, x: dd.hessian_diagonal(f)(x),
    "taylor": lambda f, x: np.array([2 * dd.taylor(f, x, e, 2)[2] for e in np.eye(x.size)]),
    "nth_derivative": lambda f, x: np.array([dd.nth_derivative(lambda t, e=e: f(x + t * e), 2)(0.0) for e in np.eye(x.size)]),
    "derivative twice": lambda f, x: np.array(
        [dd.derivative(dd.derivative(lambda t, e=e: f(x + t * e)))(0.0) for e in np.eye(x.size)]),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", RIGHT)
def test_squares_and_selections_are_right(case, way):
    f, x, wanted = RIGHT[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        H = WAYS[way](f, np.array(x))
    np.testing.assert_allclose(H, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")
@pytest.mark.parametrize("case", RIGHT)
def test_series_to_third_order_have_the_second(case):
    """The third derivative may jump there, of which a warning tells."""
    f, x, wanted = RIGHT[case]
    if case == "sqrt at the edge":
        pytest.skip("a direction that leaves the edge alone")
    found = [2 * dd.taylor(f, np.array(x), e, 3)[2] for e in np.eye(len(x))]
    np.testing.assert_allclose(found, np.diag(wanted), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("way", DIAGONALS)
@pytest.mark.parametrize("case", RIGHT)
def test_diagonals_are_right(case, way):
    f, x, wanted = RIGHT[case]
    if way in ("nth_derivative", "derivative twice") and case == "sqrt at the edge":
        pytest.skip("a direction that leaves the edge alone")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        d = DIAGONALS[way](f, np.array(x))
    np.testing.assert_allclose(d, np.diag(wanted), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", RIGHT)
def test_laplacians_are_right(case):
    f, x, wanted = RIGHT[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        laplacian = dd.laplacian(f)(np.array(x))
    assert laplacian == pytest.approx(np.trace(wanted), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", WARNS)
def test_everything_else_warns(case, way):
    f, x, wanted, name = WARNS[case]
    with pytest.warns(KinkWarning, match=name):
        H = WAYS[way](f, np.array(x))
    np.testing.assert_allclose(H, wanted, atol=1e-12)


@pytest.mark.parametrize("case", [*RIGHT, *WARNS])
def test_first_derivatives_and_other_points_are_silent(case):
    f, x, *_ = RIGHT[case] if case in RIGHT else WARNS[case]
    x = np.array(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if case not in ("sqrt at the edge", "sqrt of a square"):
            dd.grad(f)(x)
            dd.jvp(f, (x,), (np.ones(x.size),))
            dd.linearize(f, x)
        near = x + 0.1 * np.arange(1, x.size + 1)
        H = dd.hessian(f)(near)
    h = 1e-5
    g = dd.grad(f)
    differences = stacked(lambda e: (g(near + h * e) - g(near - h * e)) / (2 * h), x)
    np.testing.assert_allclose(H, differences, rtol=1e-6, atol=1e-6)


POWERS = {      # at 0, and there the first derivatives
    "x**3": (lambda x: x**3, [0, 0, 6, 0, 0]),
    "x**3.0 + x**5": (lambda x: x**3.0 + x**5, [0, 0, 6, 0, 120]),
    "np.power": (lambda x: np.power(x, 4), [0, 0, 0, 24, 0]),
    "np.power, an array": (lambda x: np.power(x, np.array(4.0)), [0, 0, 0, 24, 0]),
    "np.float_power": (lambda x: np.float_power(x, 3), [0, 0, 6, 0, 0]),
    "of a sine": (lambda x: np.sin(x) ** 3, [0, 0, 6, 0, -60]),
    "of what is 0": (lambda x: (x - x) ** 3 + np.exp(x), [1, 1, 1, 1, 1]),
    "a root of a power": (lambda x: np.sqrt(1 + x**4), [0, 0, 0, 12, 0]),
    "np.hypot beside 0": (lambda x: np.hypot(1.0, x), [0, 1, 0, -3, 0]),
}


@pytest.mark.parametrize("power", POWERS.values(), ids=POWERS)
def test_conditions_inside_of_rules_are_no_kinks(power):
    """The rule of power asks whether |x| is tiny: a question about the value, not a kink (warnings are errors here)."""
    f, wanted = power

    def over(d, k):
        g = f
        for _ in range(k):
            g = d(g)
        return g

    for k in range(1, 6):
        assert over(dd.derivative, k)(0.0) == pytest.approx(wanted[k - 1], abs=1e-12)
        assert dd.nth_derivative(f, k)(0.0) == pytest.approx(wanted[k - 1], abs=1e-12)
    zeros = np.zeros(2)
    np.testing.assert_allclose(dd.taylor(lambda x: f(x).sum(), zeros, np.ones(2), 5)[1:], 2 * np.array(wanted) / [1, 2, 6, 24, 120],
                               atol=1e-12)  # fmt: skip
    for mode in ("forward", "reverse"):
        third = dd.jacobian(dd.hessian(lambda x: np.sum(f(x)), mode=mode))(zeros)
        assert third[0, 0, 0] == pytest.approx(wanted[2], abs=1e-12) and third[0, 0, 1] == 0
        fourth = dd.jacobian(dd.jacobian(dd.hessian(lambda x: np.sum(f(x)), mode=mode)))(zeros)
        assert fourth[1, 1, 1, 1] == pytest.approx(wanted[3], abs=1e-12)


KINKS = {       # the order of the first derivative that there is none of; those beyond are 0 on both sides
    "abs": (np.abs, 2, "absolute"),
    "a power of abs": (lambda x: np.abs(x) ** 1.0, 2, "absolute"),
    "maximum": (lambda x: np.maximum(x, 0.0), 2, "maximum"),
    "hypot": (lambda x: np.hypot(x, 0.0), 2, "hypot"),
    "abs and a power": (lambda x: np.abs(x) + x**3, 2, "absolute"),
    "abs of a power": (lambda x: np.abs(x**3), 3, "absolute"),
    "a power beside abs": (lambda x: np.abs(x) * x**3, 4, "absolute"),
}


@pytest.mark.parametrize("kink", KINKS.values(), ids=KINKS)
def test_real_kinks_warn(kink):
    f, order, name = kink
    for k in range(1, order + 3):
        f = dd.derivative(f)
        if k < order:
            f(0.0)      # silent, as it is right
        elif k == order or order == 2:      # beyond, what is seen is a first derivative that jumps
            with pytest.warns(KinkWarning, match=name):
                f(0.0)


def test_what_no_direction_reaches_is_no_kink():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert dd.hessian(lambda x: x[0] ** 2 + np.abs(0.0 * np.array(1.0)) + np.maximum(x, x)[0])(np.ones(2))[0, 0] == 2


def test_sparse_hessians():
    x = np.array([0.0, 1.0, 0.0])
    H = dd.hessian(lambda x: np.sum(np.abs(x) ** 2) + x[0] * x[1], mode="sparse")(x)
    np.testing.assert_allclose(H.toarray(), [[2, 1, 0], [1, 2, 0], [0, 0, 2]], atol=1e-9)


def test_recordings_of_derivatives_have_the_conventions_value():
    def g(x):
        return dd.grad(lambda x: np.sum(np.abs(x) ** 2))(x)

    x = np.array([0.0, 1.0])
    with pytest.warns(KinkWarning, match="absolute"):
        _, J = dd.linearize(g, x)
    assert np.array_equal(J.dense(), np.diag([0.0, 2.0]))
    with pytest.warns(KinkWarning, match="absolute"):
        dd.vjp(g, x)


def test_scales_of_the_point():
    """The neighbours are near each number, whatever its size."""
    for scale in (1e-12, 1.0, 1e9):
        a = scale * A
        H = dd.hessian(lambda x, a=a, scale=scale: np.linalg.norm((x - a) / scale) ** 2)(a) * scale**2
        np.testing.assert_allclose(H, 2 * np.eye(3), atol=1e-9)


def test_auxiliary_results_and_several_arguments():
    def f(x, y):
        return np.abs(x) ** 2 + np.abs(y) ** 2 * 3, "note"

    H, aux = dd.hessian(f, argnums=(0, 1), has_aux=True)(0.0, 0.0)
    assert aux == "note"
    assert (H[0][0], H[0][1], H[1][0]) == pytest.approx((2.0, 0.0, 0.0))
    assert H[1][1] == pytest.approx(6.0)


@pytest.mark.parametrize("view", [lambda x: x[None], lambda x: x.reshape(1), np.atleast_1d, lambda x: np.expand_dims(x, 0)])
def test_the_neighbours_of_an_array_without_axes_are_arrays(view):
    """Else what f writes through a view of its argument is lost: a scalar has no views."""

    def f(x):
        v = view(x)
        v[-1] *= 2 * np.minimum(x, x)       # x becomes 2 x**2, beside a kink that makes no difference
        return x * x

    x = np.array(-0.3)
    for name in ("hessian", "reverse", "chunks", "value_grad_hessian", "jacobian of grad", "jacobian of jacobian"):
        np.testing.assert_allclose(WAYS[name](f, x), 48 * x**2, rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(dd.hvp(f, (x,), (2.0,)), 96 * x**2, rtol=1e-9)
    np.testing.assert_allclose(dd.taylor(f, x, 1.0, 3), [4 * x**4, 16 * x**3, 24 * x**2, 16 * x], rtol=1e-9)
