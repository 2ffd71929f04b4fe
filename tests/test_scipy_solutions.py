"""dualdiff.scipy.optimize: results by what the functions depend on."""

import numpy as np
import pytest
from scipy_solutions import check

import dualdiff as dd
from dualdiff.errors import UnsupportedError
from dualdiff.scipy import optimize as O

P = np.array([1.3, 0.7])
TIME = np.linspace(0, 2, 12)
DATA = 2 * np.exp(-1.3 * TIME) + 0.05 * np.sin(20 * TIME)
GTOL = {"xtol": 1e-13, "ftol": 1e-13, "gtol": 1e-13}
RNG = np.random.default_rng(1)
A, B = RNG.random((5, 3)), RNG.standard_normal(5)


def cubic(x, p):
    return x**3 + p[0] * x - p[1] - 1


def pair(x, p):
    return np.stack([x[0] + p[0] * x[1] ** 2 - 2, x[0] * x[1] - p[1]])


def valley(x, p):
    return (x[0] - p[0]) ** 2 + np.exp(p[1] * x[1]) - x[1] * 2 + x[0] * x[1] * 0.3


def quartic(x, p):
    return (x - p[0]) ** 4 + p[1] * x**2 + x


def decay(t, a, b):
    return a * np.exp(-b * t)


def filled(x, p):
    out = np.zeros_like(x)
    out[:] = pair(x, p)
    return out


def bracketed(name):
    return lambda p: getattr(O, name)(lambda x: cubic(x, p), 0, 3)


ROOTS = {
    **{name: bracketed(name) for name in ("brentq", "brenth", "bisect", "ridder", "toms748")},
    "full_output": lambda p: O.brentq(cubic, 0, 3, args=(p,), full_output=True)[1].root,
    "newton": lambda p: O.newton(lambda x, a: x**3 + a * x - p[1] - 1, 1.0, args=(p[0],)),
    "newton, fprime": lambda p: O.newton(lambda x: cubic(x, p), 1.0, fprime=lambda x: 3 * x**2 + p[0]),
    "newton, array": lambda p: O.newton(lambda x: cubic(x, p), np.array([1.0, 2.0])),
    "root_scalar": lambda p: O.root_scalar(lambda x: cubic(x, p), x0=1.0).root,
    "root_scalar, bracket": lambda p: O.root_scalar(cubic, args=(p,), bracket=[0, 3]).root,
    "fsolve": lambda p: O.fsolve(lambda x: pair(x, p), [1.0, 0.6], xtol=1e-12),
    "a buffer": lambda p: O.root(lambda x: filled(x, p), [1.0, 0.6], tol=1e-12).x,
    "root": lambda p: O.root(pair, [1.0, 0.6], args=(p,), tol=1e-12).x,
    "root, krylov": lambda p: O.root(lambda x: pair(x, p), [1.0, 0.6], method="krylov", tol=1e-10).x,
    "fixed_point": lambda p: O.fixed_point(lambda x: np.cos(p * x), np.array([0.5, 0.5]), xtol=1e-12),
    "broyden1": lambda p: O.broyden1(lambda x: np.cos(p * x) - x, np.array([0.5, 0.5]), f_tol=1e-11),
}
MINIMA = {
    "BFGS": lambda p: O.minimize(valley, [0.0, 0.0], args=(p,), tol=1e-9).x,
    "one number as an array": lambda p: O.minimize(lambda x: quartic(x, p), 0.5, tol=1e-9).x,
    "gradient given": lambda p: O.minimize(
        lambda x: (valley(x, p), dd.grad(valley)(x, p)), [0.0, 0.0], jac=True, tol=1e-9).x,
    "fun": lambda p: O.minimize(lambda x: valley(x, p), [0.0, 0.0], tol=1e-9).fun,
    "trust-exact": lambda p: O.minimize(lambda x: valley(x, p), [0.0, 0.0], method="trust-exact", tol=1e-11).x,
    "bounds": lambda p: O.minimize(lambda x: valley(x, p), [0.0, 0.0], bounds=[(0, p[0] * 0.5), (None, None)], tol=1e-11).x,
    "equality": lambda p: O.minimize(
        lambda x: valley(x, p), [0.0, 0.0], constraints={"type": "eq", "fun": lambda x: x[0] + x[1] ** 2 - p[0]}, tol=1e-12
    ).x,
    "one of two inequalities": lambda p: O.minimize(
        lambda x: valley(x, p), [0.0, 0.0], tol=1e-12,
        constraints=[{"type": "ineq", "fun": lambda x: p[0] - 0.5 - x[0] ** 2 - x[1] ** 2}, {"type": "ineq", "fun": lambda x: 10 - x}],
    ).x,
    "NonlinearConstraint": lambda p: O.minimize(
        lambda x: valley(x, p), [0.0, 0.0], method="trust-constr", tol=1e-10,
        constraints=O.NonlinearConstraint(lambda x: x[0] ** 2 + x[1] ** 2, -1.0, p[0] - 0.5),
    ).x,
    "LinearConstraint": lambda p: O.minimize(
        lambda x: valley(x, p), [0.0, 0.0], method="trust-constr", tol=1e-10,
        constraints=O.LinearConstraint(np.array([[1.0, 1.0]]), 0.5, 0.5),
    ).x,
    "minimize_scalar": lambda p: O.minimize_scalar(lambda x: quartic(x, p)).x,
    "minimize_scalar, at a bound": lambda p: O.minimize_scalar(
        lambda x: quartic(x, p), bounds=(p[0], 3), method="bounded", options={"xatol": 1e-10}).x,
    "golden": lambda p: O.golden(lambda x: quartic(x, p)),
    "brent": lambda p: O.brent(lambda x: quartic(x, p)),
    "fminbound": lambda p: O.fminbound(lambda x: quartic(x, p), -2, 2, xtol=1e-9),
    "fmin_bfgs": lambda p: O.fmin_bfgs(lambda x: valley(x, p), [0.0, 0.0], disp=0, gtol=1e-9),
    **{
        f"least_squares, {loss}": lambda p, loss=loss: O.least_squares(
            lambda q: q[0] * np.exp(-q[1] * TIME) * p[0] - DATA * p[1], [1.0, 1.0], loss=loss, f_scale=0.02, **GTOL).x
        for loss in ("linear", "soft_l1", "cauchy", "arctan")
    },
    "least_squares, bounds": lambda p: O.least_squares(
        lambda q, p: q[0] * np.exp(-q[1] * TIME) * p[0] - DATA * p[1], [0.5, 1.0], bounds=([0, 0], [0.6, 3]), args=(p,), **GTOL).x,
}  # fmt: skip
FITS = {
    "data": (lambda y: O.curve_fit(decay, TIME, y)[0], DATA),
    "covariance by data": (lambda y: O.curve_fit(decay, TIME, y)[1], DATA),
    "sigma": (lambda p: O.curve_fit(decay, TIME, DATA, sigma=0.1 + p[0] * TIME, absolute_sigma=True)[1], P),
    "matrix sigma": (lambda p: O.curve_fit(decay, TIME, DATA * p[0], p0=[1, 1], sigma=np.eye(12) * p[1] + 0.1)[0], P),
    "closure": (lambda p: O.curve_fit(lambda t, a, b: decay(t, a * p[0], b), TIME, DATA)[0], P),
    "nnls by A": (lambda A: O.nnls(A, B)[0], A),
    "nnls by b": (lambda b: O.nnls(A, b)[1], B),
    "lsq_linear": (lambda A: O.lsq_linear(A, B, bounds=(-0.3, 0.3), tol=1e-14).x, A),
}


@pytest.mark.parametrize("name", ROOTS)
def test_roots(name):
    check(ROOTS[name], P, 1e-6, bits="krylov" not in name)


@pytest.mark.parametrize("name", MINIMA)
def test_minima(name):
    check(MINIMA[name], P, 1e-4)


@pytest.mark.parametrize("name", FITS)
def test_fits(name):
    check(*FITS[name], 2e-5, second=name in ("closure", "sigma"))


def test_an_assignment_is_a_constant():
    cost = RNG.random((3, 3))
    found = dd.grad(lambda c: np.sum(c[O.linear_sum_assignment(c)] ** 2))(cost)
    assert np.count_nonzero(found) == 3


def test_a_solve_that_fails_has_no_derivative():
    found = dd.derivative(lambda a: np.sum(O.root(lambda x: x**2 + a, [1.0]).x))(1.0)
    assert np.isnan(found)


@pytest.mark.parametrize("call", [
    lambda a: O.linprog([a, 1.0], bounds=[(0, 1)] * 2).x[0],
    lambda a: O.differential_evolution(lambda x: (x[0] - a) ** 2, [(0, 3)]).x[0],
    lambda a: O.leastsq(lambda x: x - a, [1.0])[0][0],
    lambda a: O.fmin_slsqp(lambda x: (x[0] - a) ** 2, [1.0], disp=0)[0],
    lambda a: O.approx_fprime(np.array([1.0]), lambda x: a * x[0], 1e-6)[0],
])  # fmt: skip
def test_refused_by_name(call):
    with pytest.raises(UnsupportedError, match=r"scipy\.optimize\."):
        dd.derivative(call)(1.5)
