"""dualdiff.scipy.optimize and .integrate: SciPy's calls with exact derivatives filled in."""

import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.integrate
import scipy.ndimage
import scipy.optimize

import dualdiff as dd
from dualdiff.errors import DualDiffError
from dualdiff.scipy import integrate, optimize

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))

from problems import chemistry


def counted(fun):
    """fun, and a list of its calls."""
    calls = []

    def g(*args, **kwargs):
        calls.append(1)
        return fun(*args, **kwargs)

    return g, calls


def test_every_other_name_is_scipys():
    assert optimize.rosen is scipy.optimize.rosen and integrate.RK45 is scipy.integrate.RK45
    assert {"minimize", "linprog"} <= set(dir(optimize)) and {"solve_ivp", "odeint"} <= set(dir(integrate))
    with pytest.raises(AttributeError):
        optimize.no_such_name
    assert dd.scipy.optimize is optimize


METHODS = ["CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "SLSQP", "trust-ncg", "trust-krylov", "trust-exact", "trust-constr", None]


@pytest.mark.parametrize("method", METHODS)
def test_minimize_fills_in_what_the_method_wants(method):
    """The gradient and Hessian of Rosenbrock's function as SciPy has them by hand: the same path."""
    x0 = np.array([-1.2, 1.0, 0.5])
    r = optimize.minimize(optimize.rosen, x0, method=method)
    by_hand = {"jac": scipy.optimize.rosen_der}
    if method in ("trust-exact", "trust-constr"):
        by_hand["hess"] = scipy.optimize.rosen_hess
    elif method in ("Newton-CG", "trust-ncg", "trust-krylov"):
        by_hand["hessp"] = scipy.optimize.rosen_hess_prod
    reference = scipy.optimize.minimize(scipy.optimize.rosen, x0, method=method, **by_hand)
    assert r.nfev == pytest.approx(reference.nfev, rel=0.2)
    np.testing.assert_allclose(r.x, reference.x, atol=2e-2)


def test_minimize_passes_on():
    r = optimize.minimize(optimize.rosen, np.zeros(2), method="Nelder-Mead")
    assert r.success and "jac" not in r
    r = optimize.minimize(lambda x, a: (np.sum((x - a) ** 2), 2 * (x - a)), np.zeros(2), args=(3.0,), jac=True)
    np.testing.assert_allclose(r.x, 3)
    r = optimize.minimize(lambda x, a: np.sum((x - a) ** 4), np.zeros(2), args=(3.0,), method="Newton-CG")
    np.testing.assert_allclose(r.x, 3, atol=0.1)


def test_constraints():
    c = optimize.NonlinearConstraint(lambda x: np.array([x[0] ** 2 + x[1] ** 2]), -np.inf, 1.0)
    r = optimize.minimize(lambda x: (x[0] - 2) ** 2 + (x[1] - 2) ** 2, np.zeros(2), method="trust-constr", constraints=c)
    np.testing.assert_allclose(r.x, 0.5**0.5, atol=2e-3)


def test_least_squares_and_curve_fit():
    t = np.linspace(0, 1, 40)
    data = 2 * np.exp(-3 * t) + 0.01 * np.sin(50 * t)

    def model(t, a, b):
        return a * np.exp(b * t)

    f, calls = counted(lambda p: model(t, *p) - data)
    for method in ("trf", "dogbox", "lm"):
        r = optimize.least_squares(f, np.ones(2), method=method)
        exact = np.stack([np.exp(r.x[1] * t), r.x[0] * t * np.exp(r.x[1] * t)], axis=1)
        np.testing.assert_allclose(r.jac, exact, rtol=1e-12)
    popt, pcov = optimize.curve_fit(model, t, data)
    reference, pcov2 = scipy.optimize.curve_fit(model, t, data)
    np.testing.assert_allclose(popt, reference, rtol=1e-6)
    np.testing.assert_allclose(pcov, pcov2, rtol=1e-4)
    popt, _ = optimize.curve_fit(model, t, data, p0=[1, -1], sigma=np.full(40, 0.1), bounds=([0, -2], np.inf))
    assert popt[1] == pytest.approx(-2)


def test_root_and_root_scalar():
    def fun(x, a):
        return np.array([x[0] + 0.5 * (x[0] - x[1]) ** 3 - a, 0.5 * (x[1] - x[0]) ** 3 + x[1]])

    for method in ("hybr", "lm", "krylov", "broyden1"):
        r = optimize.root(fun, np.zeros(2), args=(1.0,), method=method)
        np.testing.assert_allclose(r.x, [0.8411639, 0.1588361], atol=1e-5)
    assert optimize.root(fun, np.zeros(2), args=(1.0,)).njev == 1
    for method in (None, "newton", "halley"):
        r = optimize.root_scalar(lambda x, a: x**3 - a, args=(2,), method=method, x0=1.0)
        assert r.converged and r.root == pytest.approx(2 ** (1 / 3), rel=1e-12)
    assert optimize.root_scalar(lambda x: x - 1, bracket=(0, 3)).method == "brentq"
    assert optimize.root_scalar(lambda x: x - 1, x0=0.0, x1=3.0).method == "secant"


def test_no_silent_differences():
    """What cannot be differentiated says so, and SciPy's differences are one word away."""
    def fun(x):
        return np.frombuffer(np.asarray(x, float).tobytes()) - 2     # the bytes alone

    with pytest.raises(DualDiffError):
        optimize.least_squares(fun, np.ones(4))
    np.testing.assert_allclose(optimize.least_squares(fun, np.ones(4), jac="2-point").x, 2, atol=1e-6)


# ---- functions as they are written for SciPy -----------------------------------------------------


SETTING = 2.0


def buffered(x):
    y = np.empty(2)
    y[:] = x**2 - SETTING
    return y


class Model:
    def __init__(self):
        self.calls = 0

    def residuals(self, x):
        y = np.zeros(x.size)
        for i in range(x.size):
            y[i] = x[i] ** 2 - 2
        return y

    def cost(self, x):
        return np.sum(self.residuals(x) ** 2)


FILLED = {
    "least_squares": lambda f: optimize.least_squares(f, np.ones(2)).x,
    "root": lambda f: optimize.root(f, np.ones(2)).x,
    "minimize": lambda f: optimize.minimize(lambda x: np.sum(f(x) ** 2), np.ones(2), tol=1e-12).x,
    "Newton-CG": lambda f: optimize.minimize(lambda x: np.sum(f(x) ** 2), np.ones(2), method="Newton-CG").x,
    "curve_fit": lambda f: optimize.curve_fit(lambda t, a, b: f(np.array([a, b])), np.ones(2), np.zeros(2))[0],
}


@pytest.mark.lifts
@pytest.mark.filterwarnings("ignore:Covariance")
@pytest.mark.parametrize("name", FILLED)
@pytest.mark.parametrize("f", [buffered, Model().residuals, lambda x: buffered(x)], ids=["function", "method", "lambda"])
def test_plain_buffers_keep_the_derivative(name, f):
    np.testing.assert_allclose(FILLED[name](f), 2**0.5, rtol=1e-6)


def test_a_copy_that_says_something_else_is_an_error():
    """A lifted copy has the globals of a fresh import: what differs is found, not used."""
    def f(x):
        y = np.empty(2)
        y[:] = x**2 - np.random.random()
        return y

    with pytest.raises(DualDiffError):
        optimize.least_squares(f, np.ones(2))


def test_a_cache_in_the_objective_is_found():
    last = [None, None]

    def f(x):
        if last[0] is None or not np.array_equal(x, last[0]):
            last[:] = [np.array(getattr(x, "value", x)), np.sum((x - 1) ** 2)]
        return last[1] if isinstance(last[1], float) else float(last[1].value)

    with pytest.raises(DualDiffError, match="keeps? results"):
        optimize.minimize(f, np.zeros(2))


def test_conventions_of_scipy():
    """One line for each kind that SciPy's own tests hold; tests/scipy_suite runs these."""
    minimize = optimize.minimize
    for method in ("BFGS", "L-BFGS-B", "SLSQP", "TNC", "trust-constr", "Newton-CG"):
        np.testing.assert_allclose(minimize(lambda x: (x - 1) ** 2, [3.0], method=method).x, 1, atol=1e-4)   # (1,)-shaped
    assert minimize(optimize.rosen, np.zeros(2), constraints=None).success
    r = minimize(lambda x: np.sum((x - 1) ** 2), np.zeros(2), bounds=[(0.25, 0.25), (None, None)], method="L-BFGS-B")
    np.testing.assert_allclose(r.x, [0.25, 1], atol=1e-6)
    with np.errstate(all="ignore"):
        assert not minimize(lambda x: np.nan, np.ones(1), method="L-BFGS-B").success
    with pytest.raises(ValueError, match="number of bounds"):
        minimize(optimize.rosen, np.zeros(2), bounds=[(0, 1)] * 3, method="L-BFGS-B")
    with pytest.raises(ValueError, match="must be real"):
        optimize.least_squares(lambda x: x, 1j)
    with pytest.raises(ValueError, match="sparsity"):
        optimize.least_squares(lambda x: x, np.ones(2), method="lm", jac_sparsity=np.eye(2))

    def method(fun, x0, **options):
        assert options["constraints"] == "anything"
        return scipy.optimize.OptimizeResult(x=x0, grad=options["jac"](x0))

    assert minimize(optimize.rosen, np.ones(2), method=method, constraints="anything").grad.shape == (2,)
    r = optimize.root(lambda x: (x**2 - 2, 2 * np.diag(x)), np.ones(2), jac=True, method="hybr")
    np.testing.assert_allclose(r.x, 2**0.5)
    t = np.linspace(0, 1, 9)
    one = optimize.curve_fit(lambda t, a: a * t, t, 2 * t + t**2, sigma=0.5)
    np.testing.assert_allclose(one[1], scipy.optimize.curve_fit(lambda t, a: a * t, t, 2 * t + t**2, sigma=np.full(9, 0.5))[1])


# ---- stiff problems ------------------------------------------------------------------------------


def brusselator(n):
    """1-D, both species alternating, so that J is a band."""
    alpha, s = 0.02 * (n + 1) ** 2, np.arange(1, n + 1) / (n + 1)

    def fun(t, y):
        u, v = y[0::2], y[1::2]
        U, V = np.concatenate([[1.0], u, [1.0]]), np.concatenate([[3.0], v, [3.0]])
        du = 1 + u**2 * v - 4 * u + alpha * (U[2:] - 2 * u + U[:-2])
        dv = 3 * u - u**2 * v + alpha * (V[2:] - 2 * v + V[:-2])
        return np.stack([du, dv], axis=1).ravel()

    return fun, np.stack([1 + np.sin(2 * np.pi * s), np.full(n, 3.0)], axis=1).ravel()


STIFF = {
    "robertson": (lambda t, y: chemistry.robertson_rates(y), np.array([1.0, 0, 0]), 1e4),
    "hires": (lambda t, y: chemistry.hires_rates(y), chemistry.HIRES_Y0, 100.0),
    "pollu": (lambda t, y: chemistry.pollu_rates(y), chemistry.POLLU_Y0, 60.0),
    "brusselator": (*brusselator(30), 2.0),
}


@pytest.mark.parametrize("method", ["BDF", "Radau"])
@pytest.mark.parametrize("name", STIFF)
def test_stiff(name, method):
    fun, y0, end = STIFF[name]
    ours, our_calls = counted(fun)
    theirs, their_calls = counted(fun)
    more = {"rtol": 1e-6, "atol": 1e-9}
    r = integrate.solve_ivp(ours, (0, end), y0, method=method, **more)
    s = scipy.integrate.solve_ivp(theirs, (0, end), y0, method=method, **more)
    assert r.success and len(our_calls) < len(their_calls)
    np.testing.assert_allclose(r.y[:, -1], s.y[:, -1], rtol=1e-3, atol=1e-7)


def test_reference_values():
    """HIRES at 321.8122, from the IVP test set."""
    r = integrate.solve_ivp(STIFF["hires"][0], (0, 321.8122), chemistry.HIRES_Y0, method="Radau", rtol=1e-8, atol=1e-12)
    reference = [0.7371312573325668e-3, 0.1442485726316185e-3, 0.5888729740967575e-4, 0.1175651343283149e-2,
                 0.2386356198831331e-2, 0.6238968252742796e-2, 0.2849998395185769e-2, 0.2850001604814231e-2]
    np.testing.assert_allclose(r.y[:, -1], reference, rtol=2e-5)


def test_other_ways_to_call_solve_ivp():
    fun, y0, _ = STIFF["robertson"]
    r = integrate.solve_ivp(fun, (0, 100.0), y0, method="LSODA", rtol=1e-8, atol=1e-10)
    s = integrate.solve_ivp(lambda t, y, k: k * fun(t, y), (0, 50.0), y0, method="BDF", args=(2.0,), rtol=1e-8, atol=1e-10)
    v = integrate.solve_ivp(lambda t, y: chemistry.robertson_rates(y), (0, 100.0), y0, method="BDF", vectorized=True, rtol=1e-8, atol=1e-10)
    k = integrate.solve_ivp(lambda t, y: list(fun(t, y)), (0, 100.0), y0, method=scipy.integrate.BDF, rtol=1e-8, atol=1e-10)
    for other in (s, v, k):
        np.testing.assert_allclose(other.y[:, -1], r.y[:, -1], rtol=1e-4, atol=1e-9)
    e = integrate.solve_ivp(lambda t, y: -y, (0, 1.0), [1.0])      # explicit: passed on
    assert e.y[0, -1] == pytest.approx(np.exp(-1), rel=1e-3) and e.njev == 0
    z = integrate.solve_ivp(lambda t, y: 1j * y, (0, 1.0), [1 + 0j], method="BDF", rtol=1e-6)
    assert z.y[0, -1] == pytest.approx(np.exp(1j), rel=1e-3)


def test_an_adaptive_step_reaches_the_users_object():
    """SciPy changes the stepsize of what it is given."""
    class Steps:
        stepsize = 0.5

        def __call__(self, x):
            return x + rng.uniform(-self.stepsize, self.stepsize, x.shape)

    rng, steps = np.random.default_rng(0), Steps()
    optimize.basinhopping(lambda x: np.sum(x**2), [1.0, 1.0], niter=20, interval=5, take_step=steps, rng=1)
    assert steps.stepsize != 0.5


def test_a_function_that_is_infinite_outside_of_its_domain():
    """By a plain number, as scipy.stats' pmf makes people write."""
    def f(x):
        return np.inf if x[0] <= 0 else x[0] - np.log(x[0])

    r = optimize.minimize(f, [0.5], bounds=[(0, 10)])
    assert abs(r.x[0] - 1) < 1e-5
