"""dualdiff.scipy.integrate: SciPy's values, derivatives against differences, every mode against every other."""

import functools

import numpy as np
import pytest
import scipy.integrate
import scipy.sparse
from scipy_solutions import check, near
from support import needs

import dualdiff as dd
from dualdiff.errors import ArgumentError, UnsupportedError
from dualdiff.scipy import integrate as I
from dualdiff.scipy.integrate.flow import MESH as WITHOUT_CHECKPOINTS

P = np.array([1.1, 0.4])
T = np.linspace(0.0, 0.6, 4)
TIGHT = {"rtol": 1e-9, "atol": 1e-9}


def predators(t, y, a, b):
    return np.stack([a * y[0] - b * y[0] * y[1], -b * y[1] + 0.3 * y[0] * y[1]])


def listed(t, y, a, b):
    return [a * y[0] - b * y[0] * y[1], -b * y[1] + 0.3 * y[0] * y[1]]


def solve(p, fun=predators, t_span=(0.0, 0.6), y0=(1.0, 2.0), **more):
    return I.solve_ivp(fun, t_span, y0, args=tuple(p), **{**TIGHT, **more})


def reaches(t, y, a, b):
    return y[0] - 1.05 * a


reaches.terminal = True

def filled(t, y, a, b):
    out = np.zeros_like(y)
    out[0] = a * y[0] - b * y[0] * y[1]
    out[1] = -b * y[1] + 0.3 * y[0] * y[1]
    return out


def by_one_another(p, q):
    """A right-hand side that closes over numbers, and over what was computed of them."""
    r = np.exp(q)
    return I.solve_ivp(lambda t, y: [-q * y[0] + p[1] * y[1], r * y[0] - p[0] * q * y[1]], (0, 1.0), [1.0, 2.0], **TIGHT).y[:, -1]


IVP = {
    "a buffer, args": lambda p: solve(p, filled).y[:, -1],
    "a buffer, closure": lambda p: I.solve_ivp(lambda t, y: filled(t, y, p[0], p[1]), (0, 0.6), [1.0, 2.0], **TIGHT).y[:, -1],
    "args": lambda p: solve(p, t_eval=T).y[0],
    "a list": lambda p: solve(p, listed, t_eval=T).y[0],
    "closure": lambda p: I.solve_ivp(lambda t, y: predators(t, y, p[0], p[1]), (0, 0.6), [1.0, 2.0], **TIGHT).y[:, -1],
    "closures by one another": lambda p: by_one_another(p, p[0] * p[1]),
    "y0": lambda p: solve(P, y0=p * np.array([1.0, 2.0])).y[:, -1],
    "ends of t_span": lambda p: solve(P, t_span=(p[1], p[0])).y[:, -1],
    "start and all": lambda p: solve(p, y0=p + 1, t_span=(p[1], 1.0)).y[:, -1],
    "t_eval": lambda p: solve(P, t_eval=T[:3] * p[0] + 0.1).y[1],
    "t comes out": lambda p: solve(P, t_eval=T[:3] * p[0]).t ** 2,
    "backwards in time": lambda p: solve(p, t_span=(0.6, 0.0)).y[:, -1],
    "dense output": lambda p: solve(p, dense_output=True).sol(np.array([1.2, 0.4]) * p[1])[0],
    "vectorized": lambda p: I.solve_ivp(lambda t, y: -p[0] * y**2, (0, 1), [p[1]], vectorized=True, **TIGHT).y[0, -1:],
    "DOP853": lambda p: solve(p, method="DOP853").y[:, -1],
    "odeint": lambda p: I.odeint(lambda y, t, a, b: predators(t, y, a, b), [1.0, p[0]], T, args=tuple(p), rtol=1e-11, atol=1e-11)[:, 0],
    "odeint by t": lambda p: I.odeint(predators, [1.0, 2.0], T * p[0], args=(1.1, p[1]), tfirst=True, rtol=1e-11, atol=1e-11)[:, 1],
}
EVENTS = {
    "terminal": lambda p: solve(p, t_span=(0, 9.0), events=reaches).t[-1:],
    "state there": lambda p: solve(p, t_span=(0, 9.0), events=reaches).y[:, -1],
    "among several": lambda p: solve(p, t_span=(0, 9.0), events=[lambda t, y, a, b: t - a / 4, reaches]).y_events[0][0],
    "t_events": lambda p: solve(p, t_span=(0, 0.9), events=lambda t, y, a, b: t**2 - b).t_events[0],
}


@pytest.mark.parametrize("name", IVP)
def test_initial_values(name):
    check(IVP[name], P, 1e-6, 1e-6)


@pytest.mark.parametrize("name", EVENTS)
def test_events(name):
    check(EVENTS[name], P, 1e-6, 1e-6)


@pytest.mark.parametrize("method", ["RK23", "Radau", "BDF", "LSODA"])
def test_methods(method):
    def f(p):
        return solve(p, method=method, rtol=1e-7, atol=1e-8).y[:, -1]

    wanted = dd.jacobian(lambda p: solve(p).y[:, -1])(P)
    for mode in ("forward", "reverse"):
        near(dd.jacobian(f, mode=mode)(P), wanted, 2e-4, mode)
    assert np.array_equal(dd.jvp(f, (P,), (P,))[0], f(P))


def test_an_implicit_method_of_many_unknowns():
    def f(k):
        def heat(t, u):
            return 100 * k * (np.roll(u, 1) - 2 * u + np.roll(u, -1))

        u = I.solve_ivp(heat, (0, 0.05), np.sin(np.linspace(0, 3, 52)), method="BDF", rtol=1e-6, atol=1e-8).y[:, -1]
        return np.sum(u**2)

    near(dd.derivative(f)(1.0), (f(1.001) - f(0.999)) / 0.002, 1e-3, "forward")


@pytest.mark.parametrize("method", ["RK45", "Radau"])
def test_steps_by_the_value_alone(method):
    def f(p, control):
        return solve(p, method=method, rtol=1e-8, atol=1e-9, sensitivity_control=control).y[:, -1]

    near(dd.jacobian(lambda p: f(p, "value"))(P), dd.jacobian(lambda p: f(p, "all"))(P), 1e-5, method)
    with pytest.raises(ArgumentError, match="sensitivity_control"):
        f(P, "some")


def test_many_parameters_go_by_the_adjoint_equations():
    W = np.random.default_rng(0).standard_normal((10, 8)) / 5

    def f(W):
        def rate(t, y):
            return np.tanh(W @ y)[:8] - 0.2 * y

        y = I.solve_ivp(rate, (0, 1), np.linspace(0.1, 1, 8), t_eval=[0.4, 1.0], rtol=1e-9, atol=1e-9).y
        return np.sum(y**2)

    near(dd.grad(f, mode="reverse")(W), dd.grad(f, mode="forward")(W), 1e-6, "reverse")
    H = dd.jvp(dd.grad(f, mode="reverse"), (W,), (W,))[1]
    assert abs(np.sum(H * W) - dd.hvp(f, W, W).ravel() @ W.ravel()) < 1e-5


def test_a_long_course_is_kept_as_checkpoints():
    W = np.linspace(0.5, 1.5, 70)

    def f(W):
        y = I.solve_ivp(lambda t, y: np.stack([y[1], -np.mean(W**2) * y[0]]), (0, 30), [1.0, 0.0], rtol=1e-8, atol=1e-8).y
        assert y.shape[1] > WITHOUT_CHECKPOINTS
        return y[0, -1]

    near(dd.grad(f, mode="reverse")(W), dd.grad(f, mode="forward")(W), 1e-4, "reverse")


def test_a_variable_that_is_bound_anew_after_the_solve():
    def f(p):
        total = 0.0
        for rate in (p, 2 * p):
            total = total + I.solve_ivp(lambda t, y: -rate * y, (0, 1), np.ones(70), **TIGHT).y[0, -1]
        return total

    big = np.full(70, 0.7)
    found = dd.vjp(lambda x: f(x), big)[1](1.0)
    near(found, dd.grad(f, mode="forward")(big), 1e-6, "closures are kept as they were")


def test_plain_calls_are_scipys():
    ours, theirs = solve(P, t_eval=T), scipy.integrate.solve_ivp(predators, (0.0, 0.6), (1.0, 2.0), args=tuple(P), t_eval=T, **TIGHT)
    assert np.array_equal(ours.y, theirs.y)
    assert I.quad(np.cos, 0, 1) == scipy.integrate.quad(np.cos, 0, 1)


X = np.array([1.3, 0.7])


def by_one_another_inside(p, q):
    r = np.exp(-q)
    return I.quad(lambda x: np.exp(-q * x) * np.cos(r * x) + p[1] * r * x**2, 0, 2)[0]


QUADRATURE = {
    "closure": lambda p: I.quad(lambda x: np.exp(-p[0] * x) * np.cos(p[1] * x), 0, 2)[0],
    "closures by one another": lambda p: by_one_another_inside(p, p[0] * p[1]),
    "args, infinite": lambda p: I.quad(lambda x, a, b: np.exp(-a * x) * np.cos(b * x), 0, np.inf, args=(p[0], p[1]))[0],
    "limits": lambda p: I.quad(lambda x: np.sin(p[0] * x) / x, p[1], p[0] * 3)[0],
    "limits, whole line": lambda p: I.quad(lambda x: np.exp(-p[0] * (x - p[1]) ** 2), -np.inf, np.inf)[0],
    "singular end": lambda p: I.quad(lambda x: x ** (p[0] - 1), 0, 1)[0],
    "points": lambda p: I.quad(lambda x: np.abs(x - 0.5) * p[0] * p[1], 0, 1, points=[0.5])[0],
    "weight cos": lambda p: I.quad(lambda x: np.exp(-x * p[0]) * p[1], 0, 2, weight="cos", wvar=3.0)[0],
    "weight alg": lambda p: I.quad(lambda x: np.exp(-x * p[0]) * p[1], -1, 2, weight="alg", wvar=(-0.5, 0.5))[0],
    "weight cauchy": lambda p: I.quad(lambda x: np.exp(-x * p[0]) * p[1], -1, 2, weight="cauchy", wvar=0.5)[0],
    "complex": lambda p: np.abs(I.quad(lambda x: np.exp(1j * x * p[0]) * p[1], 0, 2, complex_func=True)[0]) ** 2,
    "quad_vec": lambda p: I.quad_vec(lambda x: np.array([1.0, 2.0]) * np.exp(-p[0] * x) * p, 0, p[1] * 2)[0],
    "quad_vec, matrix": lambda p: I.quad_vec(lambda x: np.exp(-p[0] * x) * np.ones((2, 2)) * p, p[1], np.inf)[0],
    "dblquad": lambda p: I.dblquad(lambda y, x: x * y * p[0], 0, p[0], lambda x: x * p[1], lambda x: 2.0 + x)[0],
    "nquad": lambda p: I.nquad(lambda x, y, c: np.exp(-c * x * y), [[0, p[1]], [0, 1]], args=(p[0],))[0],
    "fixed_quad": lambda p: I.fixed_quad(lambda x: np.exp(-p[0] * x), 0, p[1])[0],
    "tanhsinh": lambda p: I.tanhsinh(lambda x, q: np.exp(-q * x) * p[0], np.array([0.0, 0.1]), p[1], args=(p,)).integral,
}


@pytest.mark.parametrize("name", QUADRATURE)
def test_quadrature(name):
    check(QUADRATURE[name], X, second=name != "tanhsinh")


def test_tanhsinh_of_a_derivative_that_is_zero_takes_no_more_points():
    count = [0]

    def f(x, q):
        count[0] += np.size(x)
        return q * np.exp(-x)

    value, pullback = dd.vjp(lambda q: I.tanhsinh(lambda x: f(x, q[0]), 0.0, 1.0).integral, X)
    np.testing.assert_allclose(pullback(1.0), [1 - np.exp(-1.0), 0.0], rtol=1e-14)
    # SciPy 1.15 goes on for a 0 whatever atol is
    needed = scipy.integrate.tanhsinh(lambda x: 0 * x, 0.0, 1.0, atol=np.finfo(float).tiny).nfev
    assert count[0] < 1000 + needed


def test_tplquad():
    check(lambda p: I.tplquad(lambda z, y, x: x * z * p[0], 0, p[0], 0, lambda x: p[1], 0, lambda x, y: x + y)[0], X, second=False)


def test_the_estimate_of_the_error_is_kept():
    found = []

    def f(p):
        found.append(I.quad(lambda x: np.exp(p * x), 0, 1)[1])
        return I.quad(lambda x: np.exp(p * x), 0, 1)[0]

    dd.derivative(f)(2.0)
    assert found[0] == scipy.integrate.quad(lambda x: np.exp(2.0 * x), 0, 1)[1]


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 9])
@pytest.mark.parametrize("name", ["trapezoid", "cumulative_trapezoid", "simpson", "cumulative_simpson", "romb"])
def test_samples(name, n):
    f = getattr(I, name)
    generator = np.random.default_rng(n)
    y, x = generator.random((2, n)), np.cumsum(generator.random(n) + 0.2)
    if name == "romb":
        if n not in (3, 5, 9):
            return
        rows = [lambda y: f(y, dx=0.3), lambda y: f(y.T, dx=y[0, 0] + 1, axis=0)]
    else:
        rows = [lambda y: f(y, dx=0.3), lambda y: f(y.T, dx=y[0, 0] + 1, axis=0), lambda y: f(y, x=x + y[0] * 0.1)]
    if name.startswith("cumulative"):
        rows.append(lambda y: f(y, x=x, initial=0))
    for row in rows:
        check(row, y, 1e-8, second=n == 4)


MESH = np.linspace(0, 1, 9)


def bratu(k, read):
    return read(I.solve_bvp(
        lambda x, y: np.stack([y[1], -k[0] * np.exp(k[1] * y[0])]), lambda a, b: np.stack([a[0] - k[1], b[0] - 1]), MESH * k[0],
        np.zeros((2, 9)), tol=1e-7, max_nodes=20000,
    ))  # fmt: skip


BVP = {
    "y": lambda k: bratu(k, lambda s: s.y[1, 0]),
    "sol": lambda k: bratu(k, lambda s: s.sol(np.array([0.3, 0.55]) * k[1])[0]),
    "p": lambda k: I.solve_bvp(
        lambda x, y, p: np.stack([y[1], -(p[0] ** 2) * y[0] * k[0]]), lambda a, b, p: np.array([a[0], b[0], a[1] - p[0] * k[1]]),
        MESH, np.array([np.sin(np.pi * MESH), np.pi * np.cos(np.pi * MESH)]), p=[3.0], tol=1e-6,
    ).p,
}  # fmt: skip


@pytest.mark.parametrize("name", BVP)
def test_boundary_values(name):
    check(BVP[name], np.array([1.2, 0.5]), 1e-6, second=name == "p")


@pytest.mark.parametrize("name", ["cubature", "nsum", "qmc_quad"])
def test_refused_by_name(name):
    needs(scipy.integrate, name)
    calls = {
        "cubature": lambda a: I.cubature(lambda x: a * x[:, 0], [0], [1]),
        "nsum": lambda a: I.nsum(lambda x: x**-a, 1, np.inf),
        "qmc_quad": lambda a: I.qmc_quad(lambda x: a * x[0], [0], [1]),
    }
    with pytest.raises(UnsupportedError, match=name):
        dd.derivative(calls[name])(2.0)


# ---- sparse factors ------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["BDF", "Radau", scipy.integrate.BDF, scipy.integrate.Radau])
def test_sparse_jacobians_are_ordered_by_their_pattern(method):
    """Diffusion on a square: the steps are SciPy's, with the same J."""
    n = 12

    def rhs(t, y):
        u = np.pad(y.reshape(n, n), 1)
        f = 50.0 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]) - u[1:-1, 1:-1] ** 3
        return f.ravel()

    y0 = np.random.default_rng(0).uniform(0, 1, n * n)
    J = dd.sparse_jacobian(lambda y: rhs(0.0, y), y0)
    ours = I.solve_ivp(rhs, (0, 0.5), y0, method=method)
    theirs = scipy.integrate.solve_ivp(rhs, (0, 0.5), y0, method=method, jac=lambda t, y: J(y).tocsc())
    assert (ours.t.size, ours.nfev, ours.njev, ours.nlu) == (theirs.t.size, theirs.nfev, theirs.njev, theirs.nlu)
    np.testing.assert_allclose(ours.y, theirs.y, rtol=1e-9, atol=1e-12)


def diffusion(n, speed):
    """(rhs, y0, J) of u' = speed * laplacian(u) - u^3 on a square of n x n cells."""

    def rhs(t, y):
        u = np.pad(y.reshape(n, n), 1)
        f = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
        return (speed * f - u[1:-1, 1:-1] ** 3).ravel()

    y0 = np.random.default_rng(0).uniform(0, 1, n * n)
    J = dd.sparse_jacobian(lambda y: rhs(0.0, y), y0)
    return rhs, y0, lambda t, y: J(y).tocsc()


@pytest.mark.parametrize("method", ["BDF", "Radau"])
def test_systems_that_need_few_products_are_not_factored(method):
    """The steps are those of factors, and the result is theirs far within the tolerance."""
    rhs, y0, J = diffusion(64, 50.0)
    ours = I.solve_ivp(rhs, (0, 0.1), y0, method=method)
    theirs = scipy.integrate.solve_ivp(rhs, (0, 0.1), y0, method=method, jac=J)
    assert (ours.t.size, ours.njev) == (theirs.t.size, theirs.njev)
    assert ours.nlu < theirs.nlu // 2
    assert np.max(np.abs(ours.y - theirs.y) / (1e-6 + 1e-3 * np.abs(theirs.y))) < 0.1


@pytest.mark.parametrize("method", ["BDF", "Radau"])
def test_systems_of_long_steps_are_factored(method):
    rhs, y0, J = diffusion(40, 400.0)
    ours = I.solve_ivp(rhs, (0, 1e3), y0, method=method)
    theirs = scipy.integrate.solve_ivp(rhs, (0, 1e3), y0, method=method, jac=J)
    assert abs(ours.t.size - theirs.t.size) <= 2
    assert 0 < ours.nlu <= theirs.nlu + 2
    assert np.max(np.abs(ours.y[:, -1] - theirs.y[:, -1]) / (1e-6 + 1e-3 * np.abs(theirs.y[:, -1]))) < 0.1


def test_an_iteration_is_as_accurate_for_small_unknowns():
    """A species of 1e-8 beside one of 1, each with its tolerance."""
    n = 40
    ones = np.repeat([1.0, 1e-8], n * n)

    def laplacian(u):
        v = np.pad(u, 1, mode="edge")
        return v[2:, 1:-1] + v[:-2, 1:-1] + v[1:-1, 2:] + v[1:-1, :-2] - 4 * u

    def rhs(t, y):
        u, v = y.reshape(2, n, n)
        rate = 1e8 * u * v
        return np.stack([100 * laplacian(u) - rate + 0.5, 10 * laplacian(v) + 1e-8 * (1 - rate)]).ravel()

    y0 = ones * np.random.default_rng(1).uniform(0.5, 1, 2 * n * n)
    options = {"method": "BDF", "rtol": 1e-4, "atol": 1e-6 * ones}
    ours = I.solve_ivp(rhs, (0, 0.3), y0, **options)
    J = dd.sparse_jacobian(lambda y: rhs(0.0, y), y0)
    theirs = scipy.integrate.solve_ivp(rhs, (0, 0.3), y0, jac=lambda t, y: J(y).tocsc(), **options)
    assert ours.nlu < theirs.nlu // 2
    assert np.max(np.abs(ours.y[:, -1] - theirs.y[:, -1]) / (options["atol"] + 1e-4 * np.abs(theirs.y[:, -1]))) < 0.05


def test_sensitivities_without_a_tolerance_are_right():
    """Their norm is not that of the steps, so nothing of them may be left out."""
    n = 24
    rhs, y0, _ = diffusion(n, 50.0)

    def end(p, control, method="BDF"):
        return I.solve_ivp(
            lambda t, y: rhs(t, p * y), (0, 0.05), y0, method=method, rtol=1e-6, atol=1e-8, sensitivity_control=control
        ).y[:, -1]

    exact = dd.derivative(lambda p: end(p, "all"))(1.0)
    np.testing.assert_allclose(dd.derivative(lambda p: end(p, "value"))(1.0), exact, atol=2e-4 * np.max(np.abs(exact)))


def test_an_unsymmetric_pattern_keeps_colamd():
    from dualdiff.solve.sparse_factors import ordering_of

    assert ordering_of(scipy.sparse.csc_array(np.tri(9))) == "COLAMD"


# ---- sparse J of right-hand sides that close over duals -------------------------------------------


def heat(p, t, u):
    U = np.concatenate([[0.0], u, [0.0]])
    return 30 * p[0] * (U[2:] - 2 * u + U[:-2]) - p[1] * u**3


def arrow(p, t, u):
    """A row and a column that are full."""
    first = np.sum(u[1:]) / len(u) - 2 * u[0]
    return np.concatenate([first[np.newaxis], p[0] * u[0] - p[1] * u[1:] ** 2])


def turning(p, t, u):
    """Whose pattern is another one from a time on."""
    shift = 1 if t < 0.01 else 7
    return p[0] * (u[(np.arange(len(u)) + shift) % len(u)] - u) - p[1] * u


U0 = np.sin(np.linspace(0, np.pi, 60)) + 0.1


@functools.cache
def by_arguments(f, p):
    """(gradient, Hessian) at p of the squares at the end, where f has its duals as arguments."""

    def solution(p):
        s = I.solve_ivp(lambda t, u, *p: f(p, t, u), (0, 0.05), U0, method="RK45", rtol=1e-10, atol=1e-12, args=tuple(p))
        return np.sum(s.y[:, -1] ** 2)

    return dd.grad(solution)(np.array(p)), dd.hessian(solution)(np.array(p))


@pytest.mark.parametrize("f", [heat, arrow, turning])
@pytest.mark.parametrize("method", ["BDF", "Radau"])
def test_a_sparse_jacobian_of_what_closes_over_duals(f, method, monkeypatch):
    p = np.array([1.0, 2.0])

    def solution(p):
        s = I.solve_ivp(lambda t, u: f(p, t, u), (0, 0.05), U0, method=method, rtol=1e-9, atol=1e-11)
        return np.sum(s.y[:, -1] ** 2)

    jacobian, hessian = dd.jacobian, dd.hessian
    wanted = by_arguments(f, tuple(p))
    monkeypatch.setattr(dd, "jacobian", None)       # by which J is taken where it is dense
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(jacobian(solution, mode=mode)(p), wanted[0], rtol=1e-5)
    if method == "BDF":
        np.testing.assert_allclose(hessian(solution)(p), wanted[1], rtol=1e-4)


def call_price(k):
    """Of which the second derivative by the strike is the density, though the integrand is straight on both sides."""
    return I.quad(lambda x: np.maximum(x - k, 0) * np.exp(-x * x / 2), -np.inf, np.inf, epsabs=1e-3, epsrel=1e-3)[0]


MOVING = {      # (an integral over a kink that moves with p, its second derivative at p)
    "abs": (lambda p: I.quad(lambda x: abs(x - p), 0, 1, epsabs=1e-4, epsrel=1e-4)[0], lambda p: 2.0),
    "points": (lambda p: I.quad(lambda x: abs(x - p), 0, 1, points=[0.43], epsabs=1e-4)[0], lambda p: 2.0),
    "branch": (lambda p: I.quad(lambda x: x * x if x * x > p else p * 1.0, 0, 1, epsabs=1e-4)[0], lambda p: 0.5 / np.sqrt(p)),
    "two": (lambda p: I.quad(lambda x: abs(x - p) + abs(x - 2 * p) * x, 0, 1, epsabs=1e-3)[0], lambda p: 2 + 16 * p),
    "infinite": (call_price, lambda p: np.exp(-p * p / 2)),
    "vector": (lambda p: np.sum(I.quad_vec(lambda x: np.stack([abs(x - p), abs(x - 2 * p) * x]), 0, 1, epsrel=0.01)[0]),
               lambda p: 2 + 16 * p),
    "limit": (lambda p: I.quad(lambda x: abs(x - p), 0, 2 * p, epsabs=1e-4)[0], lambda p: 2.0),
    "stays": (lambda p: I.quad(lambda x: p * p * abs(x - 0.37), 0, 1)[0], lambda p: 0.37**2 + 0.63**2),
    "jump that stays": (lambda p: I.quad(lambda x: p * p * (1.0 if x < 0.37 else 2.0), 0, 1, epsabs=1e-4)[0],
                        lambda p: 2 * (0.37 + 2 * 0.63)),
    "smooth": (lambda p: I.quad(lambda x: np.exp(p * x), 0, 1)[0],
               lambda p: scipy.integrate.quad(lambda x: x * x * np.exp(p * x), 0, 1)[0]),
}  # fmt: skip


WAYS = [(name, way) for name in MOVING for way in ("derivatives", "hvp", "forward over reverse") if name != "vector" or way == "derivatives"]


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_a_kink_that_moves_adds_its_share_to_the_second_derivative(name, way):
    f, second = MOVING[name]
    p, one = 0.43, np.ones(1)
    if way == "derivatives":
        found = dd.derivative(dd.derivative(f))(p)
    elif way == "hvp":
        found = dd.hvp(lambda q: f(q[0]), (np.array([p]),), (one,))[0]
    else:
        found = dd.jvp(dd.grad(lambda q: f(q[0]), mode="reverse"), (np.array([p]),), (one,))[1][0]
    assert abs(found - second(p)) <= 1e-3


def test_several_parameters_of_a_moving_kink():
    """integral of |x - a b| from 0 to 1."""
    q = np.array([0.7, 0.8])
    found = dd.hessian(lambda q: I.quad(lambda x: abs(x - q[0] * q[1]), 0, 1, epsabs=1e-4)[0])(q)
    slope = 2 * q[0] * q[1] - 1
    np.testing.assert_allclose(found, 2 * np.outer(q[::-1], q[::-1]) + slope * np.array([[0, 1], [1, 0]]), atol=1e-3)


def test_third_derivatives_over_a_moving_kink_say_what_to_write():
    f = lambda p: I.quad(lambda x: abs(x - p) * x, 0, 1, epsabs=1e-4)[0]  # noqa: E731
    with pytest.raises(UnsupportedError, match="sum of two"):
        dd.derivative(dd.derivative(dd.derivative(f)))(0.3)
