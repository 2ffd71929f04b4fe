"""Transforms inside of compiled functions, and compiled transforms: derived programs, equal to what runs without."""

import functools
import warnings

import numpy as np
import pytest
from support import leaves

import dualdiff as dd
from dualdiff.errors import CompileNotice, InputError, KinkWarning, StaleProgramError
from programs.comparing import near

A = np.array([[2.0, 0.3, 0.1], [0.3, 3.0, 0.2], [0.1, 0.2, 4.0]])
X = np.array([0.3, 1.2, -0.7])


def loss(x):
    return np.sum(np.sin(x) * x**2) + x @ A @ x


def field(x):
    return np.sin(A @ x) * x


grad_loss = dd.grad(loss)


def by_linearize(x):
    y, J = dd.linearize(lambda z: np.sin(A @ z), x)
    return y + J @ x + J.T @ y + J.rmatvec(x)


def with_aux(x):
    (value, more), g = dd.value_and_grad(lambda a: (np.sum(a**3), {"twice": a * 2}), has_aux=True)(x)
    return value * more["twice"] * g


def of_structure(x):
    g = dd.grad(lambda p: np.sum(np.tanh(p["w"] * p["b"])))({"w": x, "b": np.sum(x)})
    return g["w"] * g["b"]


def momentum(x):
    v = np.zeros(3)
    for _ in range(4):
        v = 0.9 * v - 0.1 * dd.grad(loss)(x + 0.9 * v)
        x = x + v
    return x


def writes(y):
    y[0] = y[1] * 2
    return np.sum(y**2)


def pulled(x):
    value, pullback = dd.vjp(lambda y, b: np.sin(A @ y) * b, x, x[0])
    first, second = pullback(value * x)
    return first * second


def counts():
    n = 0

    def g(y):
        nonlocal n
        n += 1
        return np.sum(np.sin(y) ** 2)

    return lambda x: dd.grad(g)(x) * x


def decorated(x):
    @dd.grad
    def g(y):
        return np.sum(y**2 * x)

    return g(x)


def in_place(x):
    g = dd.grad(loss)(x)
    g[0] = 0.0
    g *= x
    return g


def raveled(x):
    flat, back = dd.ravel({"a": x, "b": x[0]})
    return dd.grad(lambda f: np.sum(back(f)["a"]) * back(f)["b"])(flat)


def operator(x):
    J = dd.linearize(field, x)[1]
    return J @ np.outer(x, x) + np.outer(x @ J, J.T @ x) + np.outer(J.jvp(x), J.vjp(x)) + J.rmatvec(x)


class Model:
    def loss(self, x):
        return np.sum(np.sin(x * np.arange(3.0)))

    def step(self, x):
        return self.inner(x)

    def inner(self, x):
        return x - 0.1 * dd.grad(self.loss)(x)


FUNCTIONS = {
    "grad": grad_loss,
    "value_and_grad": dd.value_and_grad(loss),
    "hessian": dd.hessian(loss),
    "value_grad_hessian": dd.value_grad_hessian(loss),
    "jacobian": dd.jacobian(field),
    "descent": lambda x: x - 0.1 * dd.grad(loss)(x),
    "made before": lambda x: x - 0.1 * grad_loss(x),
    "penalty": lambda x: loss(x) + np.sum(dd.grad(loss)(x) ** 2),
    "jvp": lambda x: dd.jvp(np.sin, (x,), (x**2,))[1],
    "jvp by two": lambda x: dd.jvp(lambda a, b: a * b[0], (x, x**2), (x, None))[1],
    "stacked directions": lambda x: dd.jvp(lambda y: np.sin(y) * y[0], (x,), (np.eye(3) * x,))[1],
    "hvp": lambda x: dd.hvp(loss, (x,), (x**2,)),
    "vjp": lambda x: dd.vjp(lambda y: np.sin(A @ y), x)[1](x * 2),
    "vjp by two": pulled,
    "newton": lambda x: x - np.linalg.solve(dd.jacobian(lambda y: A @ y + np.sin(y))(x), A @ x + np.sin(x)),
    "newton of a loss": lambda x: x - np.linalg.solve(dd.hessian(loss)(x), dd.grad(loss)(x)),
    "linearize": by_linearize,
    "dense": lambda x: dd.linearize(lambda z: np.sin(A @ z), x)[1].dense(),
    "laplacian": lambda x: dd.laplacian(loss)(x) * x,
    "divergence": lambda x: dd.divergence(field)(x) * x,
    "curl": lambda x: dd.curl(field)(x),
    "diagonal": lambda x: dd.hessian_diagonal(loss)(x),
    "directional": lambda x: dd.directional_derivative(loss, np.ones(3))(x) * x[0],
    "along itself": lambda x: dd.directional_derivative(loss, x)(x) * x[0],
    "nth": lambda x: dd.nth_derivative(lambda t: np.sin(t) * t, 2)(x) + x,
    "taylor": lambda x: dd.taylor(lambda t: np.sin(t) * t, x, x, 3),
    "log det": lambda x: dd.jacobian_logdet(lambda y: field(y) + 3 * y)(x),
    "grad of grad": lambda x: dd.grad(lambda y: dd.grad(loss)(y)[0])(x),
    "batched": lambda x: dd.derivative(lambda t: np.sin(t) * t, batched=True)(x),
    "argnums": lambda x: dd.grad(lambda a, b: np.sum(a * b * b), argnums=(0, 1))(x, 2 * x)[1],
    "argnames": lambda x: dd.grad(lambda a, b: np.sum(a * b * b), argnames="b")(x, b=2 * x),
    "aux": with_aux,
    "structure": of_structure,
    "list": lambda x: dd.grad(lambda y: y[0] ** 2 * y[1])([x[0], x[1]])[0] * x,
    "branch": lambda x: dd.grad(lambda y: np.sum(y**2) if y[0] > 0 else np.sum(y**3))(x),
    "momentum": momentum,
    "writes": lambda x: dd.grad(writes)(x) * x,
    "integers": lambda x: dd.grad(lambda y: np.sum(np.sin(y) * x[0]))(np.arange(3)) * x,
    "constant argument": lambda x: dd.grad(lambda y: np.sum(np.sin(y) * x))(np.ones(3)) * x,
    "constant function": lambda x: x + dd.grad(lambda y: 1.0)(x),
    "partial": lambda x: dd.grad(functools.partial(lambda a, y: np.sum(a * y**2), 3.0))(x),
    "method": Model().step,
    "nonlocal": counts(),
    "compiled inside": lambda x: dd.grad(dd.compile(loss))(x) * x,
    "checkpoint": lambda x: dd.grad(dd.checkpoint(loss))(x) * x,
    "keywords": lambda x: dd.grad(lambda y, *, s: np.sum(y**2 * s))(x, s=x[0]),
    "jacobian to a structure": lambda x: dd.jacobian(lambda y: {"a": y * y[0], "b": np.sum(y)})(x)["a"] @ x,
    "jacobian by a structure": lambda x: dd.jacobian(lambda p: p["a"] * p["b"])({"a": x, "b": x[0]})["b"],
    "last argument": lambda x: dd.grad(lambda a, b: np.sum(a * b**2), -1)(x, x),
    "options": lambda x: dd.jacobian(lambda a: a**3, mode="forward", chunk=1, lift=False)(x) @ x,
    "decorated": decorated,
    "loop variable": lambda x: sum(dd.derivative(lambda y, k=k: y**k)(x[k]) for k in range(3)),
    "two arguments": lambda x: dd.linearize(lambda a, b: a * b[0], x, x**2)[1] @ np.concatenate([x, x]),
    "operator": operator,
    "gauss newton": lambda x: dd.gauss_newton_product(lambda y: np.sin(A @ y), (x,), (x**2,)),
    "in place": in_place,
    "ravel": raveled,
    "of NumPy's own": lambda x: dd.grad(np.linalg.norm)(x) + dd.grad(np.max)(x) + dd.derivative(np.sin)(x[0]),
    "sort": lambda x: dd.grad(lambda y: np.sum(np.sort(y) * np.arange(3)))(x) * x,
    "eigenvalues": lambda x: dd.grad(lambda y: np.linalg.eigvalsh(np.outer(y, y) + np.diag(y))[0])(x),
    "expm": lambda x: dd.grad(lambda y: np.sum(dd.scipy.linalg.expm(np.outer(y, y) / 9)))(x),
    "erf": lambda x: dd.grad(lambda y: np.sum(dd.scipy.special.erf(y)))(x) * x,
    "stopped": lambda x: dd.grad(lambda y: np.sum(y * dd.stop_gradient(y) * x))(x),
}


def moved(x):
    return x + 0.01 * np.random.default_rng(3).uniform(-1, 1, x.shape)


def total(f):
    return lambda x: sum(np.sum(np.sin(y)) for y in leaves(f(x)))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_derivatives(name):
    f = FUNCTIONS[name]
    c = dd.compile(f)
    for x in (X, X, moved(X)):
        near(c(x), f(x))
    assert c.__dualdiff_program__.table
    v = moved(X) ** 2
    for x in (X, moved(X)):
        near(dd.jvp(c, (x,), (v,)), dd.jvp(f, (x,), (v,)))
        near(dd.linearize(c, x)[1] @ v, dd.linearize(f, x)[1] @ v)
    g, h = dd.compile(total(f)), total(f)
    for x in (X, moved(X)):
        near(dd.grad(g)(x), dd.grad(h)(x))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["descent", "penalty", "newton", "linearize", "branch", "structure", "hvp", "vjp"])
def test_second_derivatives(name):
    f = total(FUNCTIONS[name])
    c = dd.compile(f)
    for x in (X, moved(X)):
        near(dd.hessian(c)(x), dd.hessian(f)(x), 1e-8)
        near(dd.hvp(c, (x,), (X,)), dd.hvp(f, (x,), (X,)), 1e-8)


NUMBERS = {
    "sum": lambda x: x * dd.derivative(lambda y: x + y)(x),
    "product": lambda x: dd.derivative(lambda y: x * y * dd.derivative(lambda z: x * y * z)(y))(2.0) * x,
    "same name": lambda x: dd.derivative(lambda x: x * dd.derivative(lambda x: x * x * x)(x))(x) * x,
    "curried": lambda x: dd.derivative(lambda y: dd.derivative(lambda z: np.sin(x * z) * y)(x))(x),
    "third": dd.derivative(dd.derivative(dd.derivative(lambda t: np.sin(t) * t))),
    "taylor": lambda x: dd.taylor(lambda t: np.sin(t) * t, x, 1.0, 4)[3] * x,
    "nth": lambda x: dd.nth_derivative(lambda t: np.sin(t) * t, 3)(x) + x,
    "integer argument": lambda x: dd.derivative(lambda y: np.sin(y) * x)(2) * x,
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", [float, np.float64, np.float32])
@pytest.mark.parametrize("name", NUMBERS)
def test_perturbations_are_told_apart(name, kind):
    f = NUMBERS[name]
    c = dd.compile(f)
    rtol = 1e-4 if kind is np.float32 else 1e-10
    for x in (1.5, 1.5, 1.4):
        near(c(kind(x)), f(kind(x)), rtol)
        near(dd.derivative(c)(kind(x)), dd.derivative(f)(kind(x)), rtol)
        near(dd.derivative(dd.derivative(c))(kind(x)), dd.derivative(dd.derivative(f))(kind(x)), rtol * 10)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("x", [
    np.asfortranarray(np.arange(1.0, 7.0).reshape(2, 3)), np.arange(1.0, 7.0, dtype=np.float32).reshape(3, 2),
    np.array(1.5), np.ones((2, 1, 3)),
])  # fmt: skip
def test_layouts_and_dtypes(x):
    f = lambda x: dd.grad(lambda y: np.sum(np.sin(y) * y * x))(x) * x  # noqa: E731
    c, rtol = dd.compile(f), 1e-5 if x.dtype == np.float32 else 1e-10
    for y in (x, x.copy("K") * x.dtype.type(1.1)):
        near(c(y), f(y), rtol)
        near(dd.jvp(c, (y,), (y,)), dd.jvp(f, (y,), (y,)), rtol)


def test_a_path_for_each_way_inside():
    f = lambda x: dd.grad(lambda y: np.sum(y**2) if y[0] > 0 else np.sum(y**3))(x)  # noqa: E731
    c = dd.compile(f)
    for x in (X, -X, X, -X):
        near(c(x), f(x))
        near(dd.jacobian(c)(x), dd.jacobian(f)(x))
    assert len(c.explain().paths) >= 2


def test_what_is_not_finite_is_taken_without_a_program():
    f = lambda x: np.sum(x) + dd.grad(lambda y: np.sum(np.sqrt(y)))(x)  # noqa: E731
    zero = np.array([0.0, 1.0])
    for first in (zero, zero + 1):
        c = dd.compile(f)
        c(first)
        near(c(zero), f(zero))
        near(c(zero + 1), f(zero + 1))
    g = lambda x: np.exp(-dd.grad(lambda y: np.sum(np.sqrt(y)))(x))  # noqa: E731
    c = dd.compile(g)
    for x in (zero + 1, zero, zero):
        near(c(x), g(x))        # exp(-inf) is finite


def test_kinks_are_warned_of():
    f = lambda x: np.sum(x * dd.grad(lambda y: np.sum(np.abs(y)))(x))  # noqa: E731
    c, at = dd.compile(f), np.array([0.0, 1.0])
    dd.grad(c)(at + 1)
    for _ in range(3):
        near(c(at), f(at))
        with pytest.warns(KinkWarning):
            wanted = dd.grad(f)(at)
        with pytest.warns(KinkWarning):
            near(dd.grad(c)(at), wanted)


def test_kinks_of_derivatives_of_derivatives_are_warned_of():
    f = lambda x: np.sum(np.abs(x))  # noqa: E731
    c, at = dd.compile(f), np.array([0.0, 1.0])
    J = dd.jacobian(dd.grad(c))
    J(at + 1)
    for _ in range(4):
        with pytest.warns(KinkWarning):
            near(J(at), np.zeros((2, 2)))


def test_a_derivative_of_ones_own_is_kept():
    @dd.custom_jvp
    def clipped(x):
        return x**2

    @clipped.defjvp
    def _(primals, tangents):
        return None, np.clip(2 * primals[0], -1, 1) * tangents[0]

    f = lambda x: np.sum(clipped(x))  # noqa: E731
    c = dd.compile(f)
    for x in (0.1 * X, X, 10 * X):      # at the first one the rule gives what the function's own derivative is
        near(c(x), f(x))
        near(dd.grad(c)(x), dd.grad(f)(x))
    g = lambda x: dd.grad(f)(x) * x  # noqa: E731
    c = dd.compile(g)
    for x in (0.1 * X, X, 10 * X):
        near(c(x), g(x))


def test_numbers_outside_are_noticed():
    weights = np.ones(3)
    f = lambda x: dd.grad(lambda y: np.sum(weights * y**2))(x)  # noqa: E731
    c = dd.compile(f)
    for scale in (1.0, 2.0, 3.0):
        weights[:] = scale
        near(c(X), f(X))
    state = {"n": np.ones(3)}
    hidden = lambda x: dd.grad(lambda y: np.sum((2 * state["n"]) * y**2))(x)  # noqa: E731
    c = dd.compile(hidden, check="always")
    c(X)
    state["n"][:] = 2.0
    with pytest.raises(StaleProgramError):
        c(X)


def test_what_has_no_program_says_so():
    f = lambda x: dd.jacobian(np.sin, layout="denominator")(x) @ x  # noqa: E731
    c = dd.compile(f)
    with pytest.warns(CompileNotice, match="jacobian with layout='denominator'"):
        near(c(X), f(X))
    near(c(X), f(X))


def test_errors_are_those_of_the_transform():
    c = dd.compile(lambda x: dd.grad(np.sin)(x))
    with pytest.raises(InputError, match="number"), warnings.catch_warnings():
        warnings.simplefilter("ignore", CompileNotice)
        c(X)


def test_what_was_made_while_recording_works_later():
    made = []

    def f(x):
        made.append(dd.grad(lambda y: np.sum(y**2)))
        return made[-1](x)

    c = dd.compile(f)
    near(c(X), 2 * X)
    for g in made:
        near(g(X), 2 * X)


def test_an_inner_call_is_not_seen_by_other_threads():
    import threading

    found = []

    def other():
        found.append(dd.grad(loss)(X))

    def f(x):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return dd.grad(loss)(x)

    near(dd.compile(f)(X), dd.grad(loss)(X))
    assert len(found) == 3
    for g in found:
        near(g, dd.grad(loss)(X))


@pytest.mark.filterwarnings("error")
def test_directions_in_other_orders_and_dtypes():
    f = lambda x: np.sin(x) * x[0]  # noqa: E731
    x = np.arange(1.0, 7.0).reshape(2, 3)
    c = dd.compile(f)
    for v in (x, np.asfortranarray(x), x.astype(np.float32), np.asfortranarray(np.stack([x, x])), x[::-1].copy().T.copy().T):
        for _ in range(2):
            near(dd.jvp(c, (x,), (v,)), dd.jvp(f, (x,), (v,)))
            if v.shape == x.shape:
                near(dd.vjp(c, x)[1](v), dd.vjp(f, x)[1](v))


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("f", [
    lambda x: dd.hessian(rosenbrock)(x) @ x,
    lambda x: dd.jacobian(lambda u: u[1:] * u[:-1] + np.sin(u[1:]))(x) @ x,
    lambda x: dd.hessian_diagonal(rosenbrock)(x) * x,
    lambda x: x * dd.laplacian(rosenbrock)(x),
])  # fmt: skip
def test_colours_inside(f):
    c = dd.compile(f)
    for x in (np.linspace(0.1, 1.0, 60), np.linspace(0.2, 0.9, 60)):
        near(c(x), f(x))
        near(dd.jvp(c, (x,), (x,)), dd.jvp(f, (x,), (x,)))


@pytest.mark.parametrize("kind", ["of a program", "compiled", "inside"])
def test_where_roundings_are_all_that_is_left(kind):
    generator = np.random.default_rng(0)
    M, b = 1e4 * generator.normal(size=(100, 5)), 1e4 * generator.normal(size=100)
    best = np.linalg.lstsq(M, b)[0]
    f = lambda x: sum((M[k] @ x - b[k]) ** 2 for k in range(100))  # noqa: E731
    slope = {
        "of a program": lambda: dd.grad(dd.compile(f, check="always")),
        "compiled": lambda: dd.compile(dd.grad(f), check="always"),
        "inside": lambda: dd.compile(lambda x: dd.grad(f)(x) * 2, check="always"),
    }[kind]()
    for x in (best + 1, best, best + 1e-9, best):
        assert np.max(np.abs(slope(x))) < 1e-3 or x is not best


@pytest.mark.parametrize("kind", ["of a program", "compiled"])
def test_the_check_still_finds_what_is_stale(kind):
    state = np.ones(3)
    f = lambda x: np.sum((1e-6 * state) * np.sin(x)) + np.sum(x**2)  # noqa: E731
    slope = dd.grad(dd.compile(f, check="always")) if kind == "of a program" else dd.compile(dd.grad(f), check="always")
    slope(X)
    slope(1e-5 * X)
    state[:] = 2.0
    with pytest.raises(StaleProgramError):
        slope(1e-5 * X)


def through_a_view(x):
    y = x * 1.0
    row = y.reshape(-1)  # a view of what is in C order, a copy of anything else
    row[...] = np.sin(row)
    return y**2


def squares_through_a_view(x):
    return np.sum(through_a_view(x))


INNER_OF_A_LAYOUT = {
    "grad": dd.grad(squares_through_a_view),
    "inner": lambda x: np.sum(dd.grad(squares_through_a_view)(x) * x),
    "of a result": lambda x: dd.grad(squares_through_a_view)(x * 2.0),
    "transposed": lambda x: dd.grad(squares_through_a_view)(np.moveaxis(x, -1, 0)),
    "vjp": lambda x: dd.vjp(squares_through_a_view, x)[1](1.0),
    "value of vjp": lambda x: through_a_view(dd.vjp(through_a_view, x)[0]),
    "value of linearize": lambda x: through_a_view(dd.linearize(through_a_view, x)[0]),
    "jvp": lambda x: through_a_view(dd.jvp(through_a_view, (x,), (x,))[1]),
    "hvp": lambda x: through_a_view(dd.hvp(squares_through_a_view, (x,), (x,))),
    "gradient": lambda x: through_a_view(dd.grad(squares_through_a_view)(x)),
}


@pytest.mark.parametrize("kind", INNER_OF_A_LAYOUT)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 2, 1)])
def test_inner_functions_see_the_order_in_memory(kind, dtype, axes):
    f = INNER_OF_A_LAYOUT[kind]
    shape = (2, 3, 4)
    x = np.random.default_rng(0).random([shape[k] for k in axes]).astype(dtype).transpose(np.argsort(axes))
    assert x.shape == shape
    rtol = 1e-9 if dtype is np.float64 else 1e-4
    c, d = dd.compile(f), dd.compile(lambda x: np.sum(np.sin(f(x))))
    with warnings.catch_warnings():
        if kind in ("jvp", "hvp"):  # in which order a tangent lies is not always known: that is refused
            warnings.simplefilter("ignore", CompileNotice)
        for _ in range(3):
            np.testing.assert_allclose(c(x), f(x), rtol=rtol)
            np.testing.assert_allclose(dd.grad(d)(x), dd.grad(lambda x: np.sum(np.sin(f(x))))(x), rtol=rtol, atol=rtol)


def test_a_derivative_in_single_precision_may_be_a_part_of_a_double():
    def inner(y):
        v1 = y / (2 + np.array([-0.329, 0.807, 0.396, -0.978]))
        v3 = np.nansum(v1, axis=-1, keepdims=True)
        last = y.astype(np.float64)[3]
        parts = [y, np.polyval(y, 0.4), v1, y.astype(np.float64), v3, v3, v1, v1, v3[0], np.expm1(0.2 * v3), last]
        return np.sum(np.sin(np.concatenate([np.ravel(v) for v in [*parts, last**2 + np.sin(last)]])))

    def f(x):
        return np.sum(np.cos(dd.grad(inner)(x)) * x.astype(np.float64))

    x = np.array([0.6540057063102722, 1.3395272493362427, 0.47847694158554077, 0.7413414120674133], dtype=np.float32)
    c = dd.compile(f, check="always")
    for k in range(200):    # where roundings of x move the result less than those on the way
        z = x * np.float32(1 + 0.001 * k)
        near(c(z), f(z), 1e-5)
