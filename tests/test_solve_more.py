"""What stands beside root: batches, newton_krylov, fixed points, continuation, least squares, minimization."""

import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.optimize
from scipy.optimize import NoConvergence

import dualdiff as dd
from dualdiff import solve
from dualdiff.errors import ArgumentError, InputError

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))

from problems import chemistry, pde


def hires_batch(size):
    """Implicit Euler steps of HIRES from perturbed states, of different lengths."""
    rng = np.random.default_rng(0)
    old = chemistry.HIRES_Y0[:, None] * rng.uniform(0.5, 2, (8, size)) + 10.0 ** rng.uniform(-8, -2, (8, size))
    return old, 10.0 ** rng.uniform(-1, 2, size)


def hires_step(y, old, dt):
    return y - old - dt * chemistry.hires_rates(y)


# ---- root_batch ----------------------------------------------------------------------------------


def test_a_batch_is_as_good_as_a_loop():
    old, dt = hires_batch(200)
    r = solve.root_batch(hires_step, old, (old, dt), bounds=(0, np.inf), options={"frtol": 1e-12})
    assert r.success.all() and (r.x >= 0).all() and r.rescued == 0
    np.testing.assert_array_equal(r.fun, hires_step(r.x, old, dt))
    assert (np.max(np.abs(r.fun), axis=0) <= r.tol).all()
    for i in range(0, 200, 10):
        one = solve.root(lambda y: hires_step(y, old[:, i], dt[i]), old[:, i], bounds=(0, np.inf), options={"frtol": 1e-12})
        assert one.success
        np.testing.assert_allclose(r.x[:, i], one.x, rtol=1e-6, atol=1e-11)
    assert len(set(r.nit)) > 1 and r.nfev < 15      # all share the calls, each stops when it is done


def test_a_batch_in_a_closure():
    """Data that fun closes over cannot be cut: it is called on the whole batch."""
    old, dt = hires_batch(50)
    calls = []

    def fun(y):
        calls.append(y.shape[-1])
        return hires_step(y, old, dt)

    r = solve.root_batch(fun, old, bounds=(0, np.inf))
    cut = solve.root_batch(hires_step, old, (old, dt), bounds=(0, np.inf))
    np.testing.assert_allclose(r.x, cut.x, rtol=1e-12)
    assert r.success.all() and calls.count(50) >= r.nit.max()


def test_each_system_is_damped_by_itself():
    """arctan diverges by full steps from |x| > 1.39."""
    x0 = np.linspace(-30, 30, 41)[None]
    r = solve.root_batch(np.arctan, x0)
    assert r.success.all() and np.max(np.abs(r.x)) < 1e-6
    assert r.nit[20] == 0 and r.nit.max() > 3 and len(set(r.nit)) > 2


def test_shapes_and_dtypes_of_a_batch():
    x0 = np.ones((2, 2, 5), np.float32)
    r = solve.root_batch(lambda x, a: x**2 - a, x0, (np.arange(1, 6, dtype=np.float32),))
    assert r.x.shape == (2, 2, 5) and r.x.dtype == np.float32
    np.testing.assert_allclose(r.x, np.broadcast_to(np.sqrt(np.arange(1, 6)), (2, 2, 5)), rtol=1e-5)


def test_failures_of_a_batch_are_its_own():
    a = np.array([4.0, -1.0, np.nan, 0.0, 9.0])
    r = solve.root_batch(lambda x, a: x**2 - a, np.ones((1, 5)), (a,), options={"maxiter": 40})
    assert r.status.tolist() == [1, r.status[1], -1, 1, 1] and r.status[1] < 1
    np.testing.assert_allclose(r.x[0, [0, 4]], [2, 3], rtol=1e-6)
    assert r.message.startswith("3 of 5")


def test_the_last_of_a_batch_are_rescued():
    """Singular at the start: Newton's step is not there, the dogleg's is."""
    def fun(x, a):
        return np.stack([x[0] ** 3 - x[0] - a, x[0] - x[1] ** 2 + 4])

    x0 = np.array([[3.0, 1 / 3**0.5], [1.0, 1.0]])
    r = solve.root_batch(fun, x0, (np.array([6.0, 6.0]),))
    assert r.success.all()
    np.testing.assert_allclose(r.x, np.array([[2, 2], [6**0.5, 6**0.5]]), rtol=1e-6)


@pytest.mark.parametrize(
    "fun, x0, more, error, words",
    [
        (lambda x: x[:1], np.ones((2, 3)), {}, InputError, "same shape"),
        (lambda x: x * 1j, np.ones((2, 3)), {}, InputError, "complex"),
        (np.sin, 1.0, {}, InputError, "last axis"),
        (np.sin, np.ones((2, 3)), {"options": {"maxitr": 3}}, ArgumentError, "did you mean 'maxiter'"),
        (np.sin, np.full((2, 3), np.inf), {}, ArgumentError, "x0"),
        (np.sin, np.ones((2, 3)), {"bounds": (2, 3)}, ArgumentError, "below"),
    ],
)
def test_bad_batches(fun, x0, more, error, words):
    with pytest.raises(error, match=words):
        solve.root_batch(fun, x0, **more)


# ---- newton_krylov -------------------------------------------------------------------------------


def test_the_signature_of_scipys():
    """Every argument of SciPy's is one of ours."""
    import inspect

    theirs = list(inspect.signature(scipy.optimize.newton_krylov).parameters)
    ours = list(inspect.signature(solve.newton_krylov).parameters)
    assert ours == theirs


@pytest.mark.parametrize("method", ["auto", "krylov", "lgmres", "gmres"])
def test_newton_krylov(method):
    fun = pde.bratu(12).fun
    shaped = lambda u: fun(u.ravel()).reshape(12, 12)  # noqa: E731
    x = solve.newton_krylov(shaped, np.zeros((12, 12)), method=method, f_tol=1e-11)
    assert x.shape == (12, 12) and np.max(np.abs(shaped(x))) <= 1e-11
    np.testing.assert_allclose(x, scipy.optimize.newton_krylov(shaped, np.zeros((12, 12)), f_tol=1e-11), atol=1e-7)


def test_tolerances_of_newton_krylov(capsys):
    fun, x0 = pde.bratu(8).fun, np.zeros(64)
    assert np.max(np.abs(fun(solve.newton_krylov(fun, x0)))) <= 6.1e-6
    x = solve.newton_krylov(fun, x0, f_rtol=1e-9, x_tol=1e-3, x_rtol=1e-3, verbose=True)
    assert np.max(np.abs(fun(x))) <= 1e-9 * np.max(np.abs(fun(x0)))
    assert "max|F|" in capsys.readouterr().out
    seen = []
    one = solve.newton_krylov(fun, x0, iter=1, callback=lambda x, f: seen.append(f), tol_norm=np.linalg.norm)
    assert len(seen) == 1
    np.testing.assert_array_equal(fun(one), seen[0])


def test_newton_krylov_raises_as_scipys():
    with pytest.raises(NoConvergence) as caught:
        solve.newton_krylov(lambda x: x**2 + 1, np.array([2.0, 3.0]), f_tol=1e-8)
    assert caught.value.args[0].shape == (2,) and not caught.value.result.success
    with pytest.raises(ArgumentError, match="did you mean 'lgmres'"):
        solve.newton_krylov(np.sin, 1.0, method="lgmre")
    with pytest.raises(ArgumentError, match="line_search"):
        solve.newton_krylov(np.sin, 1.0, line_search="strong")


# ---- fixed points --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["newton", "anderson"])
def test_fixed_points(method):
    A = np.array([[0.2, 0.3, 0], [0.1, 0, 0.4], [0, 0.3, 0.1]])
    r = solve.fixed_point(lambda x, b: np.tanh(A @ x) + b, np.zeros(3), (np.array([1.0, 2, 3]),), method=method)
    assert r.success and r.x.shape == (3,)
    np.testing.assert_allclose(r.x, np.tanh(A @ r.x) + [1, 2, 3], atol=3e-8)
    d = dd.derivative(lambda a: solve.fixed_point(lambda x, a: np.cos(a * x), 0.5, (a,), method=method, tol=1e-13).x)(1.0)
    x = 0.7390851332151607
    assert d == pytest.approx(-np.sin(x) * x / (1 + np.sin(x)), rel=1e-9)


def test_anderson_is_faster_than_iterating_and_stops():
    g = lambda x: 0.95 * np.cos(x) + 0.5 * np.roll(x, 1)  # noqa: E731
    r = solve.fixed_point(g, np.zeros(20), method="anderson", tol=1e-10)
    assert r.success and r.nit < 40 and r.njvp == 0 and r.nfev == r.nit + 1
    bad = solve.fixed_point(lambda x: x + 1 + x**2, np.ones(3), method="anderson", options={"maxiter": 30})
    assert not bad.success and np.isfinite(bad.x).all()
    with pytest.raises(ArgumentError, match="anderson"):
        solve.fixed_point(g, np.zeros(3), method="andersen")


# ---- continuation --------------------------------------------------------------------------------


def bratu_line(u, p):
    """-u'' = p exp(u), times h^2."""
    h = 1 / (u.size + 1)
    U = np.concatenate([np.zeros(1), u, np.zeros(1)])
    return 2 * u - U[2:] - U[:-2] - h * h * p * np.exp(u)


def test_the_fold_of_bratu():
    """In 1-D: p = 3.513830719 in the limit; J of the discrete equations, by hand, is singular at our fold."""
    n = 60
    r = solve.continuation(bratu_line, np.zeros(n), 0.5, 4.0)
    assert r.status == 2 and not r.success and "turned at p = 3.51" in r.message
    (p, u), = r.folds
    assert p == pytest.approx(3.513830719, abs=1e-3)
    h = 1 / (n + 1)
    J = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1) - np.diag(h * h * p * np.exp(u))
    assert np.linalg.svd(J)[1][-1] < 1e-7
    for x, q in zip(r.x, r.p, strict=True):
        assert np.max(np.abs(bratu_line(x, q))) < 1e-8
    lower, upper = r.x[np.argmax(r.p) - 1], r.x[-1]
    assert upper.max() > 2 * lower.max()


def test_the_fold_of_bratu_in_two_dimensions():
    """6.808 in the limit; a grid too large for the dense method."""
    n = 16

    def fun(u, p):
        h = 1 / (n + 1)
        U = np.pad(u, 1)
        return 4 * u - U[2:, 1:-1] - U[:-2, 1:-1] - U[1:-1, 2:] - U[1:-1, :-2] - h * h * p * np.exp(u)

    r = solve.continuation(fun, np.zeros((n, n)), 1.0, 7.0, maxsteps=40)
    assert r.x.shape[1:] == (n, n) and len(r.folds) == 1
    assert r.folds[0][0] == pytest.approx(6.80, abs=0.03)


def test_a_branch_that_gets_there():
    r = solve.continuation(lambda x, p: x**3 + x - p, 0.0, 0.0, -10.0)
    assert r.success and r.folds == [] and r.p[-1] == -10.0
    assert float(r.x[-1]) == pytest.approx(-2)
    s = solve.continuation(lambda x, p: x**3 - 3 * x - p, -2.5, -8.0, 8.0)     # an S: two folds, then p1
    assert s.success and len(s.folds) == 2
    np.testing.assert_allclose(sorted(float(p) for p, _ in s.folds), [-2, 2], atol=1e-6)
    assert float(s.x[-1]) == pytest.approx(np.real(np.roots([1, 0, -3, -8])).max(), rel=1e-6)
    with pytest.raises(ArgumentError, match="differ"):
        solve.continuation(bratu_line, np.zeros(3), 1.0, 1.0)
    assert solve.continuation(lambda x, p: x**2 + 1 + p, 1.0, 0.0, 1.0).status < 1


# ---- least squares, minimization -----------------------------------------------------------------


def test_least_squares():
    t = np.linspace(0, 1, 30)
    data = 2 * np.exp(-3 * t) + 0.01 * np.cos(40 * t)

    def fun(p, t):
        return p[0, 0] * np.exp(p[0, 1] * t) - data

    r = solve.least_squares(fun, np.ones((1, 2)), (t,))
    reference = scipy.optimize.least_squares(lambda p: fun(p[None], t), np.ones(2), jac="3-point", xtol=1e-14, ftol=1e-14)
    assert r.success and r.x.shape == (1, 2)
    np.testing.assert_allclose(r.x.ravel(), reference.x, rtol=1e-6)
    bounded = solve.least_squares(fun, np.ones((1, 2)), (t,), bounds=([[0, -2]], np.inf), tol=1e-12)
    assert bounded.x[0, 1] == pytest.approx(-2)
    with pytest.raises(ArgumentError, match="cross"):
        solve.least_squares(fun, np.ones((1, 2)), (t,), bounds=(1, 0))


def test_large_least_squares():
    """Sparse, and as an operator: a chain with more residuals than unknowns, and a dense map of 2000 columns."""
    n = 400
    r = solve.least_squares(lambda x: np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1 - x]), np.full(n, 0.5))
    assert r.success and r.cost < 1e-12
    np.testing.assert_allclose(r.x, 1, atol=1e-5)
    u = np.cos(np.arange(2000.0))
    r = solve.least_squares(lambda x: x + 0.1 * np.tanh(np.sum(u * x)) * u - 1, np.zeros(2000))
    assert r.success and r.cost < 1e-10


@pytest.mark.parametrize("n, bounds", [(6, None), (210, None), (6, [(-2, 0.5)] * 6)])
def test_minimize(n, bounds):
    def rosen(x):
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    x0 = np.tile([-1.2, 0.4] if n < 100 else [0.8, 0.9], n // 2)
    r = solve.minimize(lambda x: rosen(x.ravel()), x0.reshape(2, -1), bounds=bounds)
    assert r.x.shape == (2, n // 2)
    if bounds is None:
        assert r.success
        np.testing.assert_allclose(r.x, 1, atol=1e-4)
    else:
        assert r.x.max() == 0.5
    with pytest.raises(ArgumentError, match="did you mean 'trust-exact'"):
        solve.minimize(rosen, x0, method="trust-exakt")


def test_minimize_with_constraints():
    r = solve.minimize(
        lambda x: np.sum((x - 2) ** 2), np.array([0.3, 0.5]), constraints=[{"type": "eq", "fun": lambda x: x[0] ** 2 + x[1] ** 2 - 1}],
        method="slsqp",
    )
    assert r.success
    np.testing.assert_allclose(r.x, 0.5**0.5, atol=1e-4)
