"""Where 0 meets an infinite partial: one rule (docs/conventions.md, "Zero tangents"), the same answer in every mode."""

import pickle

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.core import all_finite

INF, NAN = np.inf, np.nan


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_number_that_is_not_finite_is_found_wherever_it_is(dtype):
    largest, smallest = np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal
    for n in (1, 2, 3, 4, 7, 8, 9, 16, 33):
        x = np.resize(np.array([0.0, -0.0, largest, -largest, smallest, -1.5], dtype), n)
        assert all_finite(x)
        for i in range(n):
            for bad in (INF, -INF, NAN, -NAN):
                y = x.copy()
                y[i] = bad
                assert not all_finite(y) and not all_finite(y[::-1])
                z = np.ones(n, dtype)
                z[i] = bad
                assert not all_finite(z)


def overwritten(x):
    y = np.zeros_like(x)
    y[:] = np.sqrt(x)
    y[0] = x[1]
    return y


def through_a_buffer(x):
    s = x[:2] ** 2 + x[2:] ** 2
    return np.concatenate([np.sqrt(s), np.sqrt(2.0 * s), s])


ROOT2 = np.sqrt(2.0)
POINTS = {
    # what a direction does not reach
    "not reached": (np.sqrt, [0.0, 1.0], [[INF, 0], [0, 0.5]]),
    "through a matrix with zeros": (lambda x: np.sqrt(np.eye(2) @ x), [0.0, 1.0], [[INF, 0], [0, 0.5]]),
    "an infinite constant": (lambda x: np.array([INF, 1.0]) @ x, [2.0, 1.0], [[INF, 1]]),
    "an infinite matrix": (lambda x: np.array([[INF, 1.0], [1.0, 2.0]]) @ x, [2.0, 1.0], [[INF, 1], [1, 2]]),
    "an infinite constant in einsum": (
        lambda x: np.einsum("ij,j->i", np.array([[INF, 1.0], [1.0, 2.0]]), x), [2.0, 1.0], [[INF, 1], [1, 2]]),
    "an infinite constant, elementwise": (lambda x: np.array([INF, 1.0]) * x, [2.0, 1.0], [[INF, 0], [0, 1]]),
    "a zero in a constant matrix, behind": (lambda x: np.diag([0.0, 1.0]) @ np.sqrt(x), [0.0, 1.0], [[0, 0], [0, 0.5]]),
    "a step": (lambda x: np.sqrt(np.floor(x)), [0.5, 1.0], [[0, 0], [0, 0]]),
    "an overwritten element": (overwritten, [0.0, 1.0], [[0, 1], [0, 0.5]]),
    "where": (lambda x: np.where(x > 0, np.sqrt(np.abs(x)), 0 * x), [0.0, 1.0], [[0, 0], [0, 0.5]]),
    "maximum": (lambda x: np.sqrt(np.maximum(x, 0.0)), [-1.0, 0.0, 1.0], np.diag([0, INF, 0.5])),
    "maximum of an infinite tangent": (lambda x: np.maximum(np.sqrt(x), 1.0), [0.0, 4.0], np.diag([0, 0.25])),
    "fmin": (lambda x: np.sqrt(1 - np.fmin(x, 1.0)), [3.0, 0.0], np.diag([0, -0.5])),
    "clip": (lambda x: np.sqrt(np.clip(x, 0.0, 1.0)), [-1.0, 0.25], np.diag([0, 1.0])),
    "max": (lambda x: np.sqrt(np.max(x)), [0.0, -1.0], [[INF, 0]]),
    "min along an axis": (
        lambda x: np.sqrt(np.min(np.reshape(x, (2, 2)), axis=1)), [0.0, 1.0, 4.0, 5.0],
        [[INF, 0, 0, 0], [0, 0, 0.25, 0]]),
    "sort": (lambda x: np.sqrt(np.sort(x)), [1.0, 0.0], [[0, INF], [0.5, 0]]),
    # computed zeros
    "a zero partial before": (lambda x: np.cbrt(x**3), [0.0, 1.0], np.diag([NAN, 1])),
    "a square before a root": (lambda x: np.sqrt(x * x), [0.0, 3.0], np.diag([NAN, 1])),
    "a zero partial behind": (lambda x: 1 / np.sum(1 / x), [0.0, 1.0], [[NAN, 0]]),
    "a square behind a root": (lambda x: np.sqrt(x) ** 2, [0.0, 3.0], np.diag([NAN, 1])),
    "a product of vectors": (lambda x: np.sqrt(x) @ np.sqrt(x), [0.0, 1.0], [[NAN, 1]]),
    "einsum": (lambda x: np.einsum("i,i", np.sqrt(x), x**2), [0.0, 1.0], [[NAN, 2.5]]),
    "outer": (lambda x: np.outer(np.sqrt(x), x), [0.0, 1.0], [[NAN, 0], [INF, 0], [1, 0], [0, 1.5]]),
    "convolve": (lambda x: np.convolve(np.sqrt(x), x), [0.0, 1.0], [[NAN, 0], [INF, 0], [0, 1.5]]),
    "cancelled": (lambda x: np.sqrt(x - x), [2.0, 1.0], np.diag([NAN, NAN])),
    "ptp of equal elements": (lambda x: np.sqrt(np.ptp(x)), [2.0, 2.0], [[NAN, NAN]]),
    "the convention at a kink": (lambda x: np.sqrt(np.linalg.norm(x)), [0.0, 0.0], [[NAN, NAN]]),
    "a zero value beside an infinite partial": (lambda x: x * np.log(x), [0.0, 1.0], np.diag([NAN, 1])),
    "one element": (lambda x: np.cbrt(x[0] ** 3) + x[1], [0.0, 1.0], [[NAN, 1]]),
    "through a buffer": (
        through_a_buffer, [0.0, 1.0, 0.0, 0.0],
        [[NAN, 0, NAN, 0], [0, 1, 0, 0], [NAN, 0, NAN, 0], [0, ROOT2, 0, 0], [0, 0, 0, 0], [0, 2, 0, 0]]),
    # what decides is the tangent as forward mode has it
    "one path of two": (lambda x: np.sqrt(x * (1 - x)), [0.0, 1.0, 0.5], np.diag([INF, -INF, 0])),
    "what is left of a difference": (lambda x: np.sqrt(2 * x - x), [0.0, 1.0], np.diag([INF, 0.5])),
    "a zero partial on one of two paths on": (lambda x: np.sqrt(x) + np.sqrt(x) ** 3, [0.0, 1.0], np.diag([NAN, 2])),
    "two infinite ones": (lambda x: np.array([1 / x[0], x[1] - x[0]]), [0.0, 1.0], [[-INF, 0], [-1, 1]]),
}  # fmt: skip


def by_jvp(f, x, m):
    return np.stack([dd.jvp(f, (x,), (e,))[1] for e in np.eye(x.size)], axis=1)


def by_numbers(f, x, m):
    """jvp by a list of Python numbers."""
    numbers = list(map(float, x))
    return np.stack([dd.jvp(lambda a: f(np.stack(a)), (numbers,), (list(map(float, e)),))[1] for e in np.eye(x.size)], 1)


def by_vjp(f, x, m):
    return np.stack([dd.vjp(f, x)[1](e) for e in np.eye(m)])


def by_grad(f, x, m):
    return np.stack([dd.grad(lambda x, i=i: f(x)[i], mode="reverse")(x) for i in range(m)])


MODES = {
    "jacobian": lambda f, x, m: dd.jacobian(f)(x),
    "one direction at a time": lambda f, x, m: dd.jacobian(f, chunk=1)(x),
    "two arguments": lambda f, x, m: np.concatenate(
        dd.jacobian(lambda a, b: f(np.concatenate([a, b])), argnums=(0, 1))(x[:1], x[1:]), axis=1),
    "reverse": lambda f, x, m: dd.jacobian(f, mode="reverse")(x),
    "jvp": by_jvp,
    "jvp along a stack": lambda f, x, m: dd.jvp(f, (x,), (np.eye(x.size),))[1].T,
    "jvp by numbers": by_numbers,
    "vjp": by_vjp,
    "vjp of a stack": lambda f, x, m: dd.vjp(f, x)[1](np.eye(m)),
    "grad": by_grad,
    "linearize": lambda f, x, m: dd.linearize(f, x)[1].dense("forward"),
    "linearize, transposed": lambda f, x, m: dd.linearize(f, x)[1].dense("reverse"),
    "sparse": lambda f, x, m: dd.sparse_jacobian(f, x)(x).toarray(),
    "checkpoint": lambda f, x, m: dd.linearize(dd.checkpoint(f), x)[1].dense("forward"),
    "checkpoint, transposed": lambda f, x, m: dd.vjp(dd.checkpoint(f), x)[1](np.eye(m)),
    "inside another derivative": lambda f, x, m: dd.jvp(lambda s: dd.jacobian(f)(x * s), (1.0,), (0.0,))[0],
    "reverse inside another": lambda f, x, m: dd.jvp(lambda s: dd.jacobian(f, mode="reverse")(x * s), (1.0,), (0.0,))[0],
    "many inputs": lambda f, x, m: dd.jacobian(lambda z: f(z[: x.size]))(np.concatenate([x, np.ones(400)]))[:, : x.size],
}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("point", POINTS)
def test_every_mode_gives_the_same(point, mode):
    f, x, wanted = POINTS[point]

    def flat(x):
        return np.reshape(f(x), -1)

    with np.errstate(all="ignore"):
        found = MODES[mode](flat, np.array(x), np.size(f(np.array(x))))
    np.testing.assert_allclose(found, wanted, rtol=1e-14)


@pytest.mark.parametrize("n", [3, 200, 300, 1000])
def test_the_number_of_inputs_does_not_matter(n):
    x = np.linspace(0.0, 1.0, n)
    wanted = np.ones(n)
    wanted[0] = np.nan
    np.testing.assert_allclose(dd.grad(lambda x: np.sqrt(x) @ np.sqrt(x))(x), wanted, rtol=1e-13)


def test_large_gradients_take_no_forward_products():
    """Beyond a limit reverse mode decides alone; what nothing reaches is still 0."""
    x = np.zeros(20000)
    x[1::2] = 0.25
    zero = x == 0
    with np.errstate(all="ignore"):
        g = dd.grad(lambda x: 1 / np.sum(1 / x))(x)
        assert np.isnan(g[zero]).all() and not g[~zero].any()
        g = dd.grad(lambda x: np.sum(np.sqrt(x * (1 - x))))(x)
        assert np.isposinf(g[zero]).all() and np.isfinite(g[~zero]).all()
        g = dd.grad(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)))(x)
        assert not g[zero].any() and np.array_equal(g[~zero], np.ones(10000))
        g = dd.vjp(np.sqrt, x)[1](np.where(zero, 0.0, 2.0))
        assert not g[zero].any() and np.array_equal(g[~zero], np.full(10000, 2.0))


def test_many_directions_are_told_apart():
    """More of them than there are bits in an integer."""
    x = np.zeros(150)
    J = dd.jacobian(lambda x: np.sqrt(x))(x)
    assert np.array_equal(np.isinf(J), np.eye(150, dtype=bool)) and not np.isnan(J).any()


def test_float32_and_scalars():
    x = np.array([0.0, 1.0], np.float32)
    for mode in ("forward", "reverse"):
        J = dd.jacobian(lambda x: np.cbrt(x**3), mode=mode)(x)
        assert J.dtype == np.float32
        assert np.array_equal(np.isnan(J), [[True, False], [False, False]])
    assert np.isnan(dd.derivative(lambda x: np.cbrt(x**3))(0.0))
    assert np.isnan(dd.derivative(lambda x: (x**3) ** (1 / 3))(0.0))
    assert dd.grad(lambda a, b: a**0.5 + b**2, argnums=(0, 1))(0.0, 0.0) == (np.inf, 0.0)


def test_second_order_is_the_nested_one():
    """Rows and series leave the call to nested first-order derivatives where 0 meets infinity."""
    x = np.array([0.0, 1.0])

    def f(x):
        return np.sum(np.cbrt(x**3))

    nested = dd.jacobian(dd.grad(f))(x)
    found = [dd.hessian(f)(x), dd.hessian(f, mode="reverse")(x), nested]
    found.append(np.stack([dd.hvp(f, (x,), (e,)) for e in np.eye(2)], axis=1))
    for H in found:
        assert np.isnan(H[0, 0]) and abs(H[1, 1]) < 1e-14
        assert H[0, 1] == 0 or np.isnan(H[0, 1])
    assert np.isnan(dd.hessian_diagonal(f)(x)[0])
    assert np.isnan(dd.laplacian(f)(x))
    assert np.isnan(dd.taylor(f, x, np.array([1.0, 0.0]), 2)[1:]).all()


SECOND = {
    # the first partial is 0 and its own derivative infinite
    "a power": (lambda x: x**1.5, np.diag([INF, 0.75])),
    "behind a sine": (lambda x: np.sin(x) ** 1.5, np.diag([INF, 0.75 * np.cos(1) ** 2 / np.sin(1) ** 0.5
                                                           - 1.5 * np.sin(1) ** 1.5])),
    "of a product": (lambda x: x[0] ** 1.5 * x[1] ** 1.5, np.diag([INF, 0])),
    "of an absolute value": (lambda x: np.abs(x) ** 1.5, np.diag([0, 0.75])),
    "of a maximum": (lambda x: np.maximum(x, 0) ** 1.5, np.diag([INF, 0.75])),
    "of a running sum": (lambda x: np.cumsum(x) ** 1.5, [[INF, 0.75], [0.75, 0.75]]),
    "of an outer product": (lambda x: np.outer(x, x) ** 1.5, np.full((2, 2), NAN)),
    "of what cancels": (lambda x: (x * x[::-1]) ** 1.5, [[INF, NAN], [NAN, NAN]]),
    "of itself": (lambda x: (x**1.5) ** 1.5, np.diag([NAN, 2.8125])),
    "of a square": (lambda x: (x * x) ** 1.5, np.diag([NAN, 6])),
    "beside an exponent": (lambda x: np.power(x, x + 0.5), np.diag([NAN, 2.75])),
    "a root": (np.sqrt, np.diag([-INF, -0.25])),
}  # fmt: skip
BOTH = ("forward", "reverse")


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")
@pytest.mark.parametrize("case", SECOND)
def test_second_derivatives_at_infinite_ones_are_one(case):
    """Which element a direction does not reach is known within derivatives of derivatives too, whatever the modes."""
    f, wanted = SECOND[case]
    x = np.array([0.0, 1.0])

    def total(x):
        return np.sum(f(x))

    ways = {(a, b): dd.jacobian(dd.jacobian(total, mode=a), mode=b)(x) for a in BOTH for b in BOTH}
    ways["hessian"] = dd.hessian(total)(x)
    ways["hvp"] = np.stack([dd.hvp(total, (x,), (e,)) for e in np.eye(2)])
    linear = dd.linearize(dd.grad(total), x)[1]
    ways["linearize"] = linear.dense("forward")
    ways["linearize, transposed"] = linear.dense("reverse")
    ways["pickled"] = pickle.loads(pickle.dumps(linear)).dense("forward")
    for way, H in ways.items():
        np.testing.assert_allclose(H, wanted, rtol=1e-13, atol=1e-13, err_msg=str(way))


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")
@pytest.mark.parametrize("modes", ["fff", "ffr", "frf", "rff", "rrr"])
@pytest.mark.parametrize("f, last", [
    (lambda x: x**2.5, 1.875), (lambda x: np.maximum(x, 0) ** 2.5, 1.875), (lambda x: x[0] ** 2.5 * x[1] ** 1.5, 0),
])  # fmt: skip
def test_third_derivatives_at_infinite_ones_are_one(f, last, modes):
    def total(x):
        return np.sum(f(x))

    for letter in modes:
        total = dd.jacobian(total, mode={"f": "forward", "r": "reverse"}[letter])
    wanted = np.zeros((2, 2, 2))
    wanted[0, 0, 0], wanted[1, 1, 1] = INF, last
    np.testing.assert_allclose(total(np.array([0.0, 1.0])), wanted, rtol=1e-13, atol=1e-13)


PRODUCTS = {
    "dot": lambda x: np.dot(np.sqrt(x), x * x),
    "matmul": lambda x: np.outer([1.0, 2.0], np.sqrt(x)) @ x,
    "outer": lambda x: np.outer(np.sqrt(x), x),
    "einsum": lambda x: np.einsum("i,i,i", np.sqrt(x), x, x),
    "tensordot": lambda x: np.tensordot(np.sqrt(x), x, 0),
    "convolve": lambda x: np.convolve(np.sqrt(x), x),
    "correlate": lambda x: np.correlate(np.sqrt(x), x, "full"),
    "kron": lambda x: np.kron(np.sqrt(x), x),
    "cross": lambda x: np.cross(np.sqrt(x), x),
    "sinc": lambda x: np.sinc(np.sqrt(x)),
    "diff": lambda x: np.diff(np.sqrt(x[[0, 0, 1]])),
    "prod": lambda x: np.prod(np.sqrt(x)),
}


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")
@pytest.mark.parametrize("f", PRODUCTS.values(), ids=PRODUCTS)
def test_a_formula_of_a_derivative_never_warns(f):
    """Where NumPy computes the value without a warning, nan and inf in the derivatives give none either."""
    x, v = np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.0, -1.0])

    def total(x):
        return np.sum(f(x))

    with np.errstate(all="raise"):
        total(x)
        for mode in ("forward", "reverse", "colored"):
            dd.jacobian(f, mode=mode)(x)
            dd.hessian(total, mode=mode)(x)
        dd.jacobian(dd.grad(total))(x)
        dd.hvp(total, (x,), (v,))
        dd.taylor(f, x, v, 2)
        dd.taylor(f, x, v, 3)
        dd.linearize(f, x)[1].dense()


def test_values_auxiliary_results_and_structures_come_out_as_always():
    def f(p):
        return {"a": np.cbrt(p["x"] ** 3), "b": p["y"]}, "note"

    p = {"x": np.array([0.0, 8.0]), "y": 2.0}
    value, tangent, aux = dd.jvp(f, (p,), ({"x": np.ones(2), "y": 1.0},), has_aux=True)
    assert aux == "note" and value["b"] == 2.0 and tangent["b"] == 1.0
    np.testing.assert_allclose(value["a"], [0, 8])
    np.testing.assert_allclose(tangent["a"], [np.nan, 1])
    (value, aux), g = dd.value_and_grad(lambda p: (np.sum(np.cbrt(p["x"] ** 3)) * p["y"], 7), has_aux=True)(p)
    assert aux == 7 and value == pytest.approx(16)
    np.testing.assert_allclose(g["x"], [np.nan, 2])
    assert g["y"] == pytest.approx(8)


def test_what_cannot_be_recorded_takes_zeros_for_not_reached():
    @dd.custom_jvp
    def g(x):
        return np.sqrt(x)

    @g.defjvp
    def rule(primals, tangents):
        (x,), (t,) = primals, tangents
        return np.sqrt(x), np.array([float(e) for e in 0.5 / np.sqrt(x) * t])

    with np.errstate(all="ignore"):
        assert dd.jvp(lambda x: g(x)[1] + np.sqrt(x)[1], (np.array([0.0, 1.0]),), (np.array([0.0, 1.0]),))[1] == 1.0


def test_duals_made_by_hand_take_zeros_for_not_reached():
    y = np.sqrt(dd.DualArray([0.0, 1.0], np.eye(2)))
    assert np.array_equal(y.tangents, [[np.inf, 0], [0, 0.5]])


# ---- sums of products, in second order -------------------------------------------------------------------

AT = np.array([0.0, 1.0, 4.0, 0.0])
SUMS = {
    "convolve": lambda x: np.convolve(np.sqrt(x), np.array([0.0, 2.0, 1.0])), "convolve x": lambda x: np.convolve(np.sqrt(x), x),
    "convolve roots": lambda x: np.convolve(np.sqrt(x), np.sqrt(x[::-1])), "same": lambda x: np.convolve(np.sqrt(x), x[:2], "same"),
    "correlate": lambda x: np.correlate(np.sqrt(x), x[:2], "full"), "valid": lambda x: np.correlate(np.sqrt(x), np.cbrt(x)[:2]),
    "three": lambda x: np.einsum("i,i,i->i", np.sqrt(x), x, x + 1), "three sums": lambda x: np.einsum("i,j,k->ik", np.sqrt(x), x, np.cbrt(x)),
    "three to a number": lambda x: np.einsum("i,ij,j->", np.sqrt(x), np.outer(x, x), x),
    "diagonal": lambda x: np.einsum("ii,i->", np.outer(np.cbrt(x), x), np.sqrt(x)), "four": lambda x: np.einsum("i,i,i,i", np.sqrt(x), x, np.cbrt(x), x + 1),
    "inner": lambda x: np.inner(np.sqrt(x), np.cbrt(x)), "dot": lambda x: np.dot(np.sqrt(x), np.cbrt(x)),
    "tensordot": lambda x: np.tensordot(np.sqrt(x).reshape(2, 2), np.cbrt(x).reshape(2, 2)),
    "cross": lambda x: np.cross(np.sqrt(x[:3]), x[1:]), "kron": lambda x: np.kron(np.sqrt(x), x),
    "matrices": lambda x: np.sqrt(x).reshape(2, 2) @ np.cbrt(x).reshape(2, 2),
    "multi_dot": lambda x: np.linalg.multi_dot([np.sqrt(x).reshape(2, 2), np.outer(x[:2], x[:2]), x.reshape(2, 2)]),
    "arcsin": lambda x: np.convolve(np.arcsin(x / 4), x),
}  # fmt: skip


def same(found, wanted):
    """Equal, also where both are inf or nan."""
    assert np.allclose(found, wanted, rtol=1e-9, equal_nan=True)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")
@pytest.mark.parametrize("name", SUMS)
def test_sums_of_products_in_second_order(name):
    f = SUMS[name]
    unit = np.eye(len(AT))
    with np.errstate(all="ignore"):
        w = np.linspace(1.0, 2.0, np.size(f(AT))).reshape(np.shape(f(AT)))

        def s(x):
            return np.sum(w * f(x))

        def twice(a, b):
            return dd.jvp(lambda x: dd.jvp(s, (x,), (a,))[1], (AT,), (b,))[1]

        # one direction inside, all of them around it; and both alone, of which each case takes another
        wanted = np.array([twice(a, unit) for a in unit])
        same(wanted, wanted.T)
        alone = [list(SUMS).index(name) % len(AT)]      # it takes longest
        same([twice(unit[i], unit[i - 1]) for i in alone], [wanted[i, i - 1] for i in alone])
        same(dd.hessian(s)(AT), wanted)
        same(dd.hessian(s, mode="forward")(AT), wanted)
        same(np.array([dd.hvp(s, (AT,), (unit[i],)) for i in alone]), wanted[alone])
        same(dd.jacobian(dd.grad(s, mode="forward"), mode="reverse")(AT), wanted)
        same(dd.jacobian(dd.grad(s, mode="reverse"), mode="forward")(AT), wanted)
