"""dualdiff.solve: the iteration on problems of known solution, its stops, and what it refuses."""

import subprocess
import sys
import weakref
from fractions import Fraction

import numpy as np
import pytest
import scipy.optimize

import dualdiff as dd
from dualdiff import solve
from dualdiff.demo.bratu import bratu
from dualdiff.errors import ArgumentError, InputError, LostDerivativeError, UnsupportedError
from dualdiff.solve import operator, progress
from dualdiff.solve.forcing import next_eta, not_beyond
from dualdiff.solve.linesearch import SUFFICIENT, backtrack
from dualdiff.solve.operator import ExactJacobian
from dualdiff.solve.problem import norm


def broyden_tridiagonal(x):
    """More, Garbow and Hillstrom 1981, problem 30."""
    y = (3 - 2 * x) * x + 1
    y[1:] -= x[:-1]
    y[:-1] -= 2 * x[1:]
    return y


def chandrasekhar(c, n):
    """Kelley 1995, section 5.6: the H equation by the midpoint rule."""
    mu = (np.arange(n) + 0.5) / n
    A = c / (2 * n) * mu[:, None] / (mu[:, None] + mu)
    return lambda H: H - 1 / (1 - A @ H)


def carbonate(x):
    """Logs of concentrations: H2CO3, HCO3, CO3, H, OH in water at equilibrium; far starts leave exp's range."""
    a, b, c, h, oh = np.exp(x)
    return np.array([
        np.log(b * h / a) - np.log(4.3e-7),
        np.log(c * h / b) - np.log(4.7e-11),
        np.log(h * oh) - np.log(1e-14),
        (a + b + c) / 1e-3 - 1,
        (h - oh - b - 2 * c) / 1e-3 + 1e-3,
    ])  # fmt: skip


def log_domain(x):
    """The root is 1; the full Newton step from any x > e leaves the domain of the logarithm."""
    return np.log(x) + 0.1 * (x - 1)


def check(r, fun, atol):
    """A converged result that tells the truth about itself."""
    assert r.status == 1 and r.success, r.message
    assert np.max(np.abs(fun(r.x))) <= r.tol
    np.testing.assert_array_equal(r.fun, fun(r.x))
    assert r.history["|F|max"][-1] == np.max(np.abs(r.fun))
    assert len(r.history) == r.nit + 1
    assert atol is None or r.tol == pytest.approx(atol)


# ---- problems ------------------------------------------------------------------------------------


def newton(fun, x0, **more):
    """`root` by the Krylov method, which most tests here are about."""
    return solve.root(fun, x0, method="krylov", **more)


# ---- problems ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lam", [1.0, 6.0])
def test_bratu(lam):
    fun = bratu(20, lam)
    r = newton(fun, np.zeros(400), tol=1e-11)
    check(r, fun, 1e-11)
    u = r.x.reshape(20, 20)
    np.testing.assert_allclose(u, u.T, atol=1e-7)
    np.testing.assert_allclose(u, u[::-1], atol=1e-7)
    reference = scipy.optimize.newton_krylov(fun, np.zeros(400), f_tol=1e-12)
    np.testing.assert_allclose(r.x, reference, atol=1e-7)


def test_broyden_tridiagonal():
    r = newton(broyden_tridiagonal, -np.ones(500))
    check(r, broyden_tridiagonal, None)
    assert r.nit <= 8
    assert r.x[250] == pytest.approx(-1 / np.sqrt(2), abs=1e-6)  # the middle of a long chain: 2x - 2x^2 ... = 0


@pytest.mark.parametrize("c, tol", [(0.5, 1e-12), (0.9999, 1e-10)])
def test_chandrasekhar(c, tol):
    fun = chandrasekhar(c, 100)
    r = newton(fun, np.ones(100), tol=tol)
    check(r, fun, tol)
    # the mean of H is known in closed form: (1 - sqrt(1 - c)) 2/c, exactly also for the midpoint rule
    assert np.mean(r.x) == pytest.approx(2 / c * (1 - np.sqrt(1 - c)), rel=1e-6)


def test_carbonate_in_logs():
    r = newton(carbonate, np.log([1e-4, 1e-4, 1e-4, 1e-3, 1e-3]))
    check(r, carbonate, None)
    assert np.exp(r.x[3] + r.x[4]) == pytest.approx(1e-14, rel=1e-6)


@pytest.mark.parametrize("start", [5.0, 100.0])
def test_a_step_out_of_the_domain_is_cut(start):
    r = newton(log_domain, np.array([start, start]), tol=1e-12)
    check(r, log_domain, 1e-12)
    assert r.history["lam"][1] < 1
    np.testing.assert_allclose(r.x, 1, atol=1e-11)


def test_the_scalar_and_any_shape():
    r = newton(lambda x: np.cos(x) - x, 1.0)
    assert r.x.shape == () and r.x == pytest.approx(0.7390851332151607)
    r = newton(lambda x: [x[0, 0] ** 2 - 4, x[0, 1] - x[0, 0]], [[1, 1]])  # a list out, integers in
    assert r.x.shape == (1, 2) and r.fun.shape == (2,) and r.x == pytest.approx(np.array([[2.0, 2.0]]))
    x0 = np.full((3, 4), 2.0)
    r = newton(lambda x, a: (x**3 - a).reshape(2, 6), x0, args=(5.0,))
    assert r.x.shape == (3, 4) and r.fun.shape == (2, 6)
    np.testing.assert_allclose(r.x, 5 ** (1 / 3), rtol=1e-7)
    assert (x0 == 2).all()


def test_float32_is_kept():
    def fun(x):
        seen.add(x.dtype)
        return x**3 - np.float32(2)

    seen = set()
    r = newton(fun, np.ones(4, np.float32))
    assert r.success, r.message
    assert r.x.dtype == r.fun.dtype == np.float32
    assert seen == {np.dtype(np.float32)}
    np.testing.assert_allclose(r.x, 2 ** (1 / 3), rtol=1e-5)
    r = newton(fun, np.ones(4, np.float32), tol=0.0)  # asks for more than float32 has
    assert r.status in (1, 2)
    np.testing.assert_allclose(r.x, 2 ** (1 / 3), rtol=1e-6)


@pytest.mark.parametrize("px, pf", [(30, 0), (0, 40), (-20, -27), (100, -200)])
def test_units_do_not_matter(px, pf):
    """x and F scaled by powers of two: the same steps, counts and all."""
    fun, x0 = chandrasekhar(0.99, 50), np.linspace(0.5, 3, 50)
    a, b = 2.0**px, 2.0**pf
    plain = newton(fun, x0)
    scaled = newton(lambda y: b * fun(y / a), a * x0)
    assert (scaled.nit, scaled.nfev, scaled.njvp) == (plain.nit, plain.nfev, plain.njvp)
    np.testing.assert_array_equal(scaled.history["eta"], plain.history["eta"])
    np.testing.assert_array_equal(scaled.history["|F|2"], b * plain.history["|F|2"])
    np.testing.assert_array_equal(scaled.x, a * plain.x)


def test_units_do_not_matter_where_steps_are_cut():
    plain = newton(log_domain, np.array([50.0, 3.0]))
    scaled = newton(lambda y: 2.0**-33 * log_domain(y * 2.0**20), 2.0**-20 * np.array([50.0, 3.0]))
    np.testing.assert_array_equal(scaled.history["lam"], plain.history["lam"])
    assert plain.success and plain.nfev == scaled.nfev


def test_a_preconditioner_is_used_and_told():
    n = 200
    d = np.linspace(1, 1000, n)

    def fun(x):
        return d * x + x**3 - 1

    class Diagonal:
        shape, dtype, told = (n, n), np.dtype(float), 0

        def update(self, x, f):
            self.d, self.told = d + 3 * x**2, self.told + 1

        def matvec(self, v):
            return v / self.d

    M = Diagonal()
    without = newton(fun, np.ones(n), tol=1e-10)
    with_M = newton(fun, np.ones(n), tol=1e-10, options={"M": M})
    check(with_M, fun, 1e-10)
    assert M.told == with_M.nit
    assert with_M.njvp < without.njvp / 4
    by_function = newton(fun, np.ones(n), tol=1e-10, options={"M": lambda v: v / d})
    assert by_function.success and by_function.njvp < without.njvp / 4


def test_recycling_survives_many_steps():
    """A linear part hard enough that each solve takes more than 20 products."""
    n = 300

    def fun(x):
        y = 2.001 * x + 1e-3 * x**3 - 1e-3
        y[1:] -= x[:-1]
        y[:-1] -= x[1:]
        return y

    r = newton(fun, np.full(n, 5.0), tol=1e-10)
    check(r, fun, 1e-10)
    assert (r.history["products"][1:] > 20).sum() >= 2


# ---- stops ---------------------------------------------------------------------------------------


def test_a_singular_start():
    r = newton(lambda x: x**2 - 1, np.zeros(3))
    assert r.status == -3 and not r.success
    assert "singular" in r.message and "|F + J s| = 1 |F|" in r.message
    assert (r.x == 0).all() and r.nit == 0


def test_a_singular_but_consistent_start():
    """J is singular at x0, but reduces F in the direction that matters: the step is taken."""

    def fun(x):
        return np.array([x[0] - 1, x[1] ** 2 * x[0] - 4])

    r = newton(fun, np.array([2.0, 0.0]))
    assert r.success or r.status in (-2, -3)    # at x[0] = 1, J is singular, or nearly so where x[1] is rounding alone
    assert r.nit >= 1 and r.history["|F|2"][-1] < r.history["|F|2"][0]


def test_no_root_is_a_local_minimum():
    r = newton(lambda x: x**2 + 1, np.array([0.7]))
    assert not r.success and r.status in (-2, -3, -4)
    assert abs(r.x[0]) < 1e-2  # the minimum of |F|
    assert f"{np.max(np.abs(r.fun)):.3g}" in r.message


def test_bratu_beyond_the_fold_has_no_root():
    fun = bratu(16, 9.0)
    r = newton(fun, np.zeros(256))
    assert not r.success and r.status in (-2, -3, -4), r.message
    assert np.isfinite(r.x).all() and np.max(np.abs(r.fun)) == np.max(np.abs(fun(r.x)))
    assert (np.diff(r.history["|F|2"]) < 0).all()
    assert (r.history["achieved"][1:] < 1).all()


def test_a_double_root_is_reached_at_its_slow_pace():
    r = newton(lambda x: (x - 1) ** 2, np.array([3.0]))
    assert r.success, r.message
    assert abs(r.x[0] - 1) < 1e-3


def test_F_of_x0_not_finite():
    r = newton(np.log, np.array([[1.0, -1.0], [0.0, 2.0]]))
    assert r.status == -1 and not r.success and r.nit == 0 and r.nfev == 1 and r.njvp == 0
    assert "F[0, 1] = nan and 1 more of 4" in r.message
    assert len(r.history) == 1


def test_a_derivative_that_is_not_finite():
    r = newton(lambda x: np.sqrt(x) - 1, np.array([0.0, 4.0]))
    assert r.status == -6 and "(J v)[0] = " in r.message


def test_no_finite_step():
    """F is finite at x0 only."""
    r = newton(lambda x: np.where(x == 2.0, x, np.nan * x), np.array([2.0]))
    assert r.status == -6 and "not finite at x + lam s" in r.message
    assert r.x == 2.0


@pytest.mark.parametrize("error", [ZeroDivisionError, FloatingPointError, OverflowError, np.linalg.LinAlgError])
def test_arithmetic_errors_are_points_to_step_back_from(error):
    def fun(x):
        if np.any(x < 0):
            raise error("no value here")
        return log_domain(x)

    check(newton(fun, np.array([9.0])), fun, None)
    assert newton(fun, np.array([-1.0])).status == -1


def test_the_math_modules_domain_error_is_one_too():
    def fun(x):
        return np.array([dd.math.log(x[0]) + 0.1 * (x[0] - 1)])

    r = newton(fun, np.array([9.0]))
    assert r.success and r.history["lam"][1] < 1


def test_an_error_of_the_function_is_the_callers():
    def fun(x):
        raise ValueError("my own mistake")

    with pytest.raises(ValueError, match="my own mistake"):
        newton(fun, np.ones(2))


def test_the_rounding_floor():
    """Asked for 1e-20, |F| stops at 1e-13 or so: success by default, failure if a tol was given and missed."""
    A = np.vander(np.linspace(1, 2, 6)) * 1e3
    root = [Fraction(1, 3 + 2 * i) for i in range(6)]       # no floats, so that no order of sums meets all equations
    b = np.array([float(sum(Fraction(a) * x for a, x in zip(row, root, strict=True))) for row in A.tolist()])
    near = np.array(root, float)

    def fun(x):
        return A @ x - b + 1e-3 * (x - near) ** 2

    given = newton(fun, np.zeros(6), tol=1e-20)
    assert given.status == 2 and not given.success and "rounding floor" in given.message
    assert np.max(np.abs(given.fun)) < 1e-10
    warm = newton(fun, given.x)  # from the root: not asked for the impossible
    assert warm.success and warm.nit <= 1, warm.message


def test_stagnation():
    """The linear solver may do one product a step on a cyclic shift: it never gets below |F|."""
    n = 50
    r = newton(lambda x: np.roll(x, 1) - np.eye(n)[0], np.zeros(n), options={"m": 2, "k": 0, "cycles": 1})
    assert r.status in (-3, -4) and not r.success
    solved = newton(lambda x: np.roll(x, 1) - np.eye(n)[0], np.zeros(n), options={"m": n})
    assert solved.success


def test_limits():
    fun, x0 = bratu(20, 6.0), np.zeros(400)
    r = newton(fun, x0, options={"maxiter": 2})
    assert r.status == 0 and r.nit == 2 and "maxiter = 2" in r.message
    r = newton(fun, x0, options={"maxfev": 50})
    assert r.status == -5 and r.nfev + r.njvp + r.nlinearize == 50 and "maxfev = 50" in r.message
    assert r.history["|F|max"][-1] == np.max(np.abs(fun(r.x)))
    r = newton(fun, x0, options={"maxtime": 0.0})
    assert r.status == -5 and "maxtime" in r.message


def test_constant_forcing():
    fun = bratu(12, 2.0)
    r = newton(fun, np.zeros(144), tol=1e-10, options={"forcing": 0.05})
    check(r, fun, 1e-10)
    etas = r.history["eta"][1:]
    assert (etas >= 0.05).all() and etas[0] == 0.05
    assert (r.history["achieved"][1:] <= etas * 1.01).all()


# ---- callback, progress, interruption ------------------------------------------------------------


def test_callback_conventions():
    fun, x0, seen = chandrasekhar(0.9, 20), np.ones(20), []

    def keyword(intermediate_result):
        seen.append(intermediate_result)

    r = newton(fun, x0, callback=keyword)
    assert [s.nit for s in seen] == list(range(1, r.nit + 1))
    np.testing.assert_array_equal(seen[-1].x, r.x)
    np.testing.assert_array_equal(seen[0].fun, fun(seen[0].x))
    pairs = []
    newton(fun, x0, callback=lambda x, f: pairs.append((x, f)))
    np.testing.assert_array_equal(pairs[0][1], fun(pairs[0][0]))
    points = []
    newton(fun, x0, callback=points.append)
    assert len(pairs) == len(points) == r.nit
    points[0][:] = np.nan  # copies: the caller may do what it likes

    def scribble(x, f):
        x[:] = np.nan

    np.testing.assert_array_equal(newton(fun, x0, callback=scribble).x, r.x)


def test_stop_iteration():
    def callback(intermediate_result):
        if intermediate_result.nit == 2:
            raise StopIteration

    r = newton(bratu(12, 6.0), np.zeros(144), callback=callback)
    assert r.status == 3 and not r.success and r.nit == 2 and "callback" in r.message


@pytest.mark.parametrize("linearize, when", [(True, 6), (True, 7), (False, 40)])
def test_an_interrupt_hands_over_the_best_point(linearize, when):
    """In a recording, in an evaluation of the line search, in a product that runs F."""
    fun, calls = bratu(12, 6.0), []

    def interrupted(u):
        calls.append(1)
        if len(calls) == when:
            raise KeyboardInterrupt
        return fun(u)

    with pytest.raises(KeyboardInterrupt) as caught:
        newton(interrupted, np.zeros(144), options={"linearize": linearize})
    r = caught.value.result
    assert not r.success and r.nit >= 1 and "interrupted" in r.message
    assert np.max(np.abs(fun(r.x))) == r.history["|F|max"][-1] < np.max(np.abs(fun(np.zeros(144))))


def test_disp_prints_one_line_a_step(capsys):
    r = newton(bratu(8, 1.0), np.zeros(64), options={"disp": True})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + (r.nit + 1) + 1
    assert lines[0] == progress.header() and lines[-1] == r.message
    assert f"{r.history['|F|max'][-1]:.2e}" in lines[-2]
    assert len({len(line) for line in lines[:-1]}) == 1  # the columns line up


def test_a_function_that_reuses_its_buffer():
    buffer = np.zeros(3)

    def fun(x):
        if isinstance(x, np.ndarray):
            np.subtract(x**2, 4, out=buffer)
            return buffer
        return x**2 - 4

    r = newton(fun, np.array([1.0, 5.0, 9.0]))
    assert r.success
    np.testing.assert_allclose(r.x, 2, rtol=1e-7)


# ---- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fun, x0, more, error, words",
    [
        (lambda x: x[:2], np.ones(3), {}, InputError, r"2 elements .* x has 3 .*least_squares"),
        (lambda x: None, np.ones(3), {}, InputError, "return statement"),
        (lambda x: x * 1j, np.ones(3), {}, InputError, "complex128"),
        (np.sin, np.ones(3) * 1j, {}, InputError, "x0 is complex"),
        (np.sin, np.ones(3, np.float16), {}, InputError, "float16"),
        (np.sin, np.zeros((0, 2)), {}, InputError, r"no elements \(shape \(0, 2\)\)"),
        (np.sin, np.array(["a"]), {}, InputError, "dtype"),
        (np.sin, np.array([[1.0, np.nan]]), {}, ArgumentError, r"x0\[0, 1\] = nan"),
        (3, np.ones(3), {}, InputError, "fun is a int"),
        (np.sin, np.ones(3), {"method": "krilov"}, ArgumentError, "did you mean 'krylov'"),
        (np.sin, np.ones(3), {"options": {"fato": 1}}, ArgumentError, "did you mean 'fatol'"),
        (np.sin, np.ones(3), {"options": [1]}, InputError, "expected a dict"),
        (np.sin, np.ones(3), {"options": {"maxiter": 1.5}}, InputError, "maxiter must be a whole number"),
        (np.sin, np.ones(3), {"options": {"maxiter": -1}}, ArgumentError, "maxiter must be at least 0"),
        (np.sin, np.ones(3), {"tol": -1.0}, ArgumentError, "tol must be at least 0"),
        (np.sin, np.ones(3), {"tol": np.nan}, ArgumentError, "tol must be"),
        (np.sin, np.ones(3), {"tol": "small"}, InputError, "tol must be a number"),
        (np.sin, np.ones(3), {"options": {"linearize": "yes"}}, InputError, "linearize must be True or False"),
        (np.sin, np.ones(3), {"options": {"eta0": 1.0}}, ArgumentError, "less than 1"),
        (np.sin, np.ones(3), {"options": {"forcing": "ew3"}}, ArgumentError, "forcing"),
        (np.sin, np.ones(3), {"options": {"M": np.eye(2)}}, ArgumentError, r"\(2, 2\)"),
        (np.sin, np.ones(3), {"options": {"M": 2.0}}, InputError, "option M is a float"),
        (np.sin, np.ones(3), {"callback": 1}, InputError, "callback"),
    ],
)
def test_bad_input(fun, x0, more, error, words):
    with pytest.raises(error, match=words):
        solve.root(fun, x0, **more)


def test_the_start_may_not_carry_derivatives():
    with pytest.raises(UnsupportedError, match="x0"):
        dd.jacobian(lambda a: solve.root(lambda x: x**2 - 2, a).x)(np.array([2.0, 3.0]))


def test_bad_input_costs_no_evaluation():
    calls = []
    for more in ({"options": {"nope": 1}}, {"method": "x"}, {"tol": -1.0}, {"callback": 1}):
        with pytest.raises((ArgumentError, InputError)):
            solve.root(lambda x: calls.append(1), np.ones(2), **more)
    with pytest.raises(ArgumentError):
        solve.root(lambda x: calls.append(1), np.array([np.inf]))
    assert not calls


# ---- parts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("linearize", [True, False])
def test_the_product_is_exact(linearize):
    x, V = np.linspace(1, 2, 5), np.linspace(-1, 1, 15).reshape(5, 3)
    J = ExactJacobian(lambda x: [x[:2] ** 2, (np.sin(x[2]), np.sin(x[3:]))], x, linearize=linearize)
    D = np.diag(np.concatenate([2 * x[:2], np.cos(x[2:])]))
    np.testing.assert_allclose(J @ V[:, 0], D @ V[:, 0], rtol=1e-15)
    np.testing.assert_allclose(J @ V, D @ V, rtol=1e-15)


def listed(fun):
    """fun, and a list that gets an entry at each call: whether it was on dual numbers."""
    calls = []

    def g(x):
        calls.append(isinstance(x, dd.DualArray))
        return fun(x)

    return g, calls


@pytest.mark.parametrize("linearize", [True, False])
def test_everything_is_counted(linearize):
    fun, calls = listed(chandrasekhar(0.5, 10))
    r = newton(fun, np.ones(10), options={"linearize": linearize})
    assert r.success and r.nfev == len(calls) - sum(calls) == r.nit + 1
    assert r.njvp == r.history["products"].sum() + 1  # and one for the size of J x0
    assert sum(calls) == (r.nlinearize if linearize else r.njvp)
    assert r.nlinearize == (r.nit if linearize else 0)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_replays_take_the_same_steps(dtype):
    """A replay and a run of F differ in rounding only."""
    a, b = (
        newton(bratu(20, 6.0), np.zeros(400, dtype), tol=1e-4, options={"linearize": linearize})
        for linearize in (True, False)
    )
    assert a.success and a.nlinearize == a.nit and b.nlinearize == 0
    assert (a.nit, a.nfev, a.njvp, a.x.dtype) == (b.nit, b.nfev, b.njvp, dtype)
    np.testing.assert_allclose(a.x, b.x, rtol=1e3 * np.finfo(dtype).eps)


def test_cut_steps_are_evaluated_plainly():
    fun, calls = listed(log_domain)
    r = newton(fun, np.array([100.0, 100.0]), tol=1e-12)
    assert r.success and r.nfev > r.nit + 1 and sum(calls) == r.nlinearize == r.nit


def test_a_root_at_the_start_is_not_recorded():
    fun, calls = listed(lambda x: x**2 - 4)
    r = newton(fun, np.array([2.0, -2.0]), tol=1e-12)
    assert r.success and calls == [False] and r.nlinearize == r.njvp == 0


def test_a_failed_recording_is_no_failure(monkeypatch):
    """F that jvp takes and linearize does not: the products run F."""

    def refuse(f, x):
        if len(refused) % 2 == 0:
            raise UnsupportedError("not recorded")
        return dd.linearize(f, x)

    refused: list = []
    monkeypatch.setattr(operator, "linearize", refuse)
    fun, calls = listed(chandrasekhar(0.5, 10))
    r = newton(fun, np.ones(10), callback=refused.append)  # each step anew: every second one is recorded
    assert r.success and r.nlinearize == r.nit == 3
    recorded = r.history["products"][2]
    assert sum(calls) == r.njvp - recorded + 1


def test_a_failed_replay_is_no_failure(monkeypatch):
    def fail(self, V):
        raise UnsupportedError("not replayed")

    monkeypatch.setattr(dd.Linearization, "rows", fail)
    fun, calls = listed(chandrasekhar(0.5, 10))
    r = newton(fun, np.ones(10))
    assert r.success and r.nlinearize == r.nit and sum(calls) == r.njvp + r.nlinearize


def test_what_has_no_derivative_is_named():
    def fun(x):
        y = np.zeros(3)
        y[:] = x**2 - 2
        return y

    for linearize in (True, False):
        with pytest.raises(LostDerivativeError, match="zeros_like"):
            newton(fun, np.ones(3), options={"linearize": linearize})


def test_one_recording_lives_at_a_time(monkeypatch):
    def counted(f, x):
        value, J = dd.linearize(f, x)
        alive.append(weakref.ref(J.recording))
        most.append(sum(r() is not None for r in alive))
        return value, J

    alive, most = [], []
    monkeypatch.setattr(operator, "linearize", counted)
    assert newton(bratu(12, 6.0), np.zeros(144), tol=1e-10).success
    assert len(most) >= 4 and max(most) == 1


def test_forcing_terms():
    assert next_eta(0.3, 0.5, smallest=1e-6, largest=0.9) == pytest.approx(0.9 * 0.5**1.618)
    # the safeguard: 0.9 * 0.9**1.618 = 0.76 > 0.1 holds it up after a lucky step
    assert next_eta(0.9, 1e-3, smallest=1e-6, largest=0.9) == pytest.approx(0.9 * 0.9**1.618)
    # 0.9 * 0.1**1.618 = 0.02 does not
    assert next_eta(0.1, 1e-3, smallest=1e-6, largest=0.9) == pytest.approx(0.9 * 1e-3**1.618)
    assert next_eta(0.1, 1e-9, smallest=1e-6, largest=0.9) == 1e-6
    assert next_eta(0.1, 5.0, smallest=1e-6, largest=0.9) == 0.9
    assert not_beyond(1e-6, 1e-8, 1e-6, largest=0.9) == pytest.approx(5e-3)
    assert not_beyond(0.2, 1e-8, 1.0, largest=0.9) == 0.2
    assert not_beyond(0.2, 1.0, 0.5, largest=0.9) == 0.9


@pytest.mark.parametrize("bend, third", [(4.0, 0.0), (30.0, 0.0), (10.0, 20.0), (3.0, -0.5), (1e6, 1e7)])
def test_backtracking_ends_where_it_says(bend, third):
    def merit(lam):
        tried.append(lam)
        return 1 - 2 * lam + bend * lam**2 + third * lam**3

    tried = []
    lam = backtrack(merit, -2.0)
    assert tried[-1] == lam and merit(lam) <= 1 - 2 * SUFFICIENT * lam
    ratios = np.divide(tried[1:-1], tried[:-2])
    assert (0.1 - 1e-15 <= ratios).all() and (ratios <= 0.5).all()
    if third == 0 and 1 / bend >= 0.1:
        assert lam == pytest.approx(1 / bend)  # the minimum of the parabola


def test_backtracking_interpolates_the_cubic():
    """Two trials determine a cubic with known value and slope at 0: the third is its minimum."""

    def merit(lam):
        tried.append(lam)
        return 1 - lam + 60 * lam**2 + 500 * lam**3

    tried = []
    backtrack(merit, -1.0)
    assert tried[:2] == [1.0, 0.1]
    minimum = (-120 + np.sqrt(120**2 + 4 * 1500)) / 3000
    assert tried[2] == pytest.approx(max(minimum, 0.01))


def test_backtracking_halves_where_nothing_is_known():
    tried = []

    def merit(lam):
        tried.append(lam)
        return np.nan if lam > 0.1 else 1 - lam

    assert backtrack(merit, -1.0) == 0.0625
    assert tried == [1, 0.5, 0.25, 0.125, 0.0625]
    assert backtrack(lambda lam: np.inf, -1.0) is None
    assert backtrack(lambda lam: 2.0, -1.0, smallest=1e-3) is None


def test_norm_keeps_its_range():
    assert norm(np.array([3e-200, 4e-200])) == pytest.approx(5e-200)
    assert norm(np.zeros(3)) == 0
    assert norm(np.float32([3e30, 4e30])) == pytest.approx(5e30, rel=1e-6)


def test_krylov_jacobian_within_scipy():
    fun = bratu(16, 3.0)
    shaped = lambda u: fun(u.ravel()).reshape(16, 16)  # noqa: E731
    K = solve.KrylovJacobian(shaped, shape=(16, 16))
    r = scipy.optimize.root(
        shaped, np.zeros((16, 16)), method="krylov", options={"jac_options": K.jac_options, "fatol": 1e-10}
    )
    assert r.success and np.max(np.abs(shaped(r.x))) <= 1e-10
    assert K.njvp > 20 and 0 < K.nlinearize <= r.nit + 1
    again = solve.KrylovJacobian(shaped, shape=(16, 16), linearize=False)
    r = scipy.optimize.root(
        shaped, np.zeros((16, 16)), method="krylov", options={"jac_options": again.jac_options, "fatol": 1e-10}
    )
    assert r.success and again.njvp == K.njvp and again.nlinearize == 0
    np.testing.assert_allclose(r.x.ravel(), newton(fun, np.zeros(256), tol=1e-11).x, atol=1e-6)


def test_krylov_jacobian_where_differences_break():
    """Unknowns of 1e-12: SciPy's step is sqrt(eps) times a number that it takes to be at least 1."""

    def fun(x):
        y = x * 1e12
        return y**3 + y - np.arange(1.0, 5)

    K = solve.KrylovJacobian(fun)
    x0, tol = np.full(4, 1e-12), {"fatol": 1e-9}
    r = scipy.optimize.root(fun, x0, method="krylov", options={**tol, "jac_options": K.jac_options})
    assert r.success and np.max(np.abs(fun(r.x))) <= 1e-9
    with pytest.raises(InputError, match="fun is a int"):
        solve.KrylovJacobian(3)


def test_importing_dualdiff_does_not_import_scipy():
    code = "import sys, dualdiff; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("call, match", [
    (lambda f: solve.root(f, np.ones(2), method="hybr"), "dualdiff.scipy.optimize.root takes it"),
    (lambda f: solve.root(f, np.ones(2), method="df-sane"), "dualdiff.scipy.optimize.root takes it"),
    (lambda f: solve.root(f, np.ones(2), method="sparce"), "did you mean 'sparse'"),
    (lambda f: solve.root(f, np.ones(2), bounds=[(0, 5), (0, 5)]), "two pairs are read as"),
    (lambda f: solve.root(f, np.ones(3), bounds=[(0, 5), (0, 5), (0, 1)]), "zip"),
    (lambda f: solve.root(f, np.ones(2), jac=True), "jac=True"),
    (lambda f: solve.minimize(lambda x: np.sum(f(x)), np.ones(2), method="Nelder-Mead"), "dualdiff.scipy.optimize.minimize takes it"),
    (lambda f: solve.minimize(lambda x: np.sum(f(x)), np.ones(2), method="COBYLA"), "dualdiff.scipy.optimize.minimize takes it"),
])  # fmt: skip
def test_what_is_scipys_is_shown_the_way(call, match):
    with pytest.raises((ArgumentError, InputError), match=match):
        call(lambda x: x**2 - 1)
