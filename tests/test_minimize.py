"""solve.minimize: which method, why, and whether it ends at a minimum."""

import numpy as np
import pytest
import scipy.optimize

import dualdiff as dd
from dualdiff import solve
from dualdiff.errors import ArgumentError, InputError


def chained(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


INDEX = np.arange(1, 11)
PROBLEMS = {
    "rosenbrock": (lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2, [-1.2, 1], 0),
    "beale": (lambda x: np.sum((np.array([1.5, 2.25, 2.625]) - x[0] + x[0] * x[1] ** np.array([1.0, 2, 3])) ** 2), [1, 1], 0),
    "brown, badly scaled": (lambda x: (x[0] - 1e6) ** 2 + (x[1] - 2e-6) ** 2 + (x[0] * x[1] - 2) ** 2, [1, 1], 0),
    "powell, badly scaled": (
        lambda x: (1e4 * x[0] * x[1] - 1) ** 2 + (np.exp(-x[0]) + np.exp(-x[1]) - 1.0001) ** 2, [0, 1], 0),
    "wood": (
        lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2 + 90 * (x[3] - x[2] ** 2) ** 2 + (1 - x[2]) ** 2
        + 10 * (x[1] + x[3] - 2) ** 2 + 0.1 * (x[1] - x[3]) ** 2, [-3, -1, -3, -1], 0),
    "powell, singular": (
        lambda x: (x[0] + 10 * x[1]) ** 2 + 5 * (x[2] - x[3]) ** 2 + (x[1] - 2 * x[2]) ** 4 + 10 * (x[0] - x[3]) ** 4,
        [3, -1, 0, 1], 0),
    "jennrich": (
        lambda x: np.sum((2 + 2 * INDEX - (np.exp(INDEX * x[0]) + np.exp(INDEX * x[1]))) ** 2), [0.3, 0.4], 124.3621823556148),
    "a start far away": (lambda x: np.exp(x[0]) - x[0] + np.cosh(x[1]), [30, -20], 2),
    "a domain": (lambda x: np.sum(x - np.log(x)), [1e-3, 5, 100], 3),
    "flat at infinity": (lambda x: np.sum(np.sqrt(1 + x**2)), np.full(20, 1e3), 20),
    "a valley": (lambda x: (x[0] + x[1] - 2) ** 2 + 7, [5, 7], 7),
    "from a maximum": (lambda x: (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2, [-0.270845, -0.923039], 0),
    "from a saddle point": (lambda x: x[0] ** 4 - x[0] ** 2 + x[1] ** 2, [0, 0], -0.25),
    "along the ridge of one": (lambda x: x[0] ** 4 - x[0] ** 2 + x[1] ** 2, [0, 1], -0.25),
}  # fmt: skip


@pytest.mark.parametrize("f_unit", [1.0, 1e-12, 1e9])
@pytest.mark.parametrize("name", PROBLEMS)
def test_newton_ends_at_a_minimum_in_any_units(name, f_unit):
    f, x0, least = PROBLEMS[name]
    r = solve.minimize(lambda x: f_unit * f(x), np.array(x0, float))
    assert r.method == "newton" and r.success, r.message
    assert r.fun / f_unit == pytest.approx(least, rel=1e-9, abs=1e-9)
    assert (np.diff(r.history["fun"]) <= 0).all() and len(r.history) == r.nit + 1


def test_units_of_x_make_no_difference():
    f, x0, _ = PROBLEMS["rosenbrock"]
    unit = np.array([1e6, 1e-8])
    one, other = solve.minimize(f, np.array(x0, float)), solve.minimize(lambda x: f(x / unit), unit * x0)
    assert abs(one.nit - other.nit) <= 1
    np.testing.assert_allclose(other.x / unit, 1, rtol=1e-9)


def test_a_minimum_that_is_given_is_one():
    for f in (lambda x: np.sum(x**2), lambda x: 0 * x[0] + 3.0):
        r = solve.minimize(f, np.zeros(2))
        assert r.success and r.nit == 0


def test_what_has_no_minimum_is_no_success():
    r = solve.minimize(lambda x: -np.sum(x**2) + np.sum(x), np.ones(2), options={"maxiter": 50})
    assert not r.success
    assert not solve.minimize(lambda x: x[0] + 0 * x[1], np.ones(2), options={"maxiter": 50}).success
    r = solve.minimize(lambda x: np.log(x[0]), np.array([-1.0]))
    assert not r.success and r.status == -1 and "f(x0) is nan" in r.message


SIZES = {
    "band": (chained, lambda: np.full(500, -1.2), "newton", 0.0),
    "grid": (
        lambda u: np.sum(np.diff(np.pad(u, 1), axis=0) ** 2) + np.sum(np.diff(np.pad(u, 1), axis=1) ** 2) + np.sum(u**4 - u),
        lambda: np.zeros((20, 20)), "newton", None),
    "arrow": (lambda x: np.sum((x[1:] - x[0]) ** 2) + (x[0] - 3) ** 4, lambda: np.zeros(300), "newton", 0.0),
    "full": (lambda x: np.sum((x - 1) ** 2) + np.sum(x) ** 2 / 300, lambda: np.zeros(300), "trust-krylov", 150.0),
    "full and large": (lambda x: np.sum((x - 1) ** 2) + np.sum(x) ** 2, lambda: np.zeros(6000), "l-bfgs-b", None),
}  # fmt: skip


@pytest.mark.parametrize("name", SIZES)
def test_the_method_fits_the_hessian(name):
    f, start, method, least = SIZES[name]
    x0 = start()
    r = solve.minimize(f, x0)
    assert r.success and r.method == method and r.reason, (r.method, r.reason, r.message)
    assert r.x.shape == r.jac.shape == x0.shape
    assert np.abs(dd.grad(f)(r.x)).max() < 1e-3
    if least is not None:
        assert r.fun == pytest.approx(least, abs=1e-6)


def test_a_factor_beyond_the_budget_gives_way_to_products(monkeypatch):
    from dualdiff.optimize import minimise

    monkeypatch.setattr(minimise, "BUDGET", 100)
    r = solve.minimize(chained, np.full(300, 0.9))
    assert r.method == "newton-cg" and "products instead" in r.reason
    assert r.fun < 1


def test_no_hessian_leaves_gradients():
    @dd.custom_jvp
    def square(x):
        return x**2

    @square.defjvp
    def rule(primals, tangents):
        (x,), (t,) = primals, tangents
        return x**2, 2 * np.asarray(x.value if hasattr(x, "tangents") else x) * t

    r = solve.minimize(lambda x: np.sum(square(x - 1)), np.zeros(300))
    assert r.success and r.fun < 1e-8


def test_a_branch_with_another_pattern():
    def f(x):
        tail = np.sum((x[1:] * x[:-1] - 1) ** 2) if x[0] > 0.5 else 0.0
        return np.sum((x - 2) ** 2) + tail

    r = solve.minimize(f, np.zeros(250), method="newton")
    assert r.success and np.abs(dd.grad(f)(r.x)).max() < 1e-8


def test_own_options_callback_and_progress(capsys):
    seen = []

    def callback(intermediate_result):
        seen.append(intermediate_result.fun)
        return len(seen) == 3

    r = solve.minimize(chained, np.full(5, -1.2), callback=callback)
    assert len(seen) == 3 and r.status == 3 and not r.success and "callback" in r.message

    def stop(x):
        raise StopIteration

    for method in ("newton", "trust-exact", "l-bfgs-b", "slsqp"):
        r = solve.minimize(chained, np.full(5, -1.2), callback=stop, method=method)
        assert not r.success and r.nit <= 2 and "callback" in r.message.lower()
    assert solve.minimize(chained, np.full(5, -1.2), options={"maxiter": 2}).status == 0
    assert solve.minimize(chained, np.full(300, -1.2), options={"maxtime": 0.0}).status == -5
    r = solve.minimize(chained, np.full(5, -1.2), options={"gtol": 1.0})
    assert r.success and np.abs(r.jac).max() <= 1.0
    with pytest.raises(ArgumentError, match="did you mean 'maxiter'"):
        solve.minimize(chained, np.zeros(5), options={"maxiters": 3})
    capsys.readouterr()
    solve.minimize(chained, np.full(5, -1.2), options={"disp": True})
    text = capsys.readouterr().out
    assert "newton: 5 unknowns" in text and "max|g|" in text
    for method in ("l-bfgs-b", "trust-krylov"):
        r = solve.minimize(chained, np.full(5, -1.2), method=method)
        assert r.history["fun"][0] == chained(np.full(5, -1.2)) and r.reason == "by its name"


@pytest.mark.lifts
def test_functions_as_they_are_written():
    """Buffers, results of one element, results in lists."""
    def f(x):
        r = np.zeros(3)
        r[:2] = x - [1.0, 2.0]
        r[2] = x[0] * x[1] - 2
        return r @ r

    np.testing.assert_allclose(solve.minimize(f, np.zeros(2)).x, [1, 2], atol=1e-6)
    np.testing.assert_allclose(solve.minimize(lambda x: (x - 3) ** 2, np.zeros(1)).x, 3)
    with pytest.raises(InputError, match="least_squares"):
        solve.minimize(lambda x: x, np.zeros(2))


# ---- bounds and constraints ----------------------------------------------------------------------


def test_equal_ends_fix_an_unknown():
    for bounds in ([(0, 3), (2, 2), (None, None)], scipy.optimize.Bounds([0, 2, -np.inf], [3, 2, np.inf])):
        r = solve.minimize(lambda x: np.sum((x - np.arange(3)) ** 2), np.ones(3), bounds=bounds)
        np.testing.assert_allclose(r.x, [0, 2, 2], atol=1e-6)
    r = solve.minimize(lambda x: np.sum(x**2), np.ones(2), bounds=[(1, 1), (2, 2)])
    assert r.success and r.fun == 5 and r.x.tolist() == [1, 2]
    with pytest.raises(ArgumentError, match="cross"):
        solve.minimize(lambda x: np.sum(x**2), np.ones(2), bounds=[(1, 0), (2, 2)])
    with pytest.raises(ArgumentError, match="3 unknowns"):
        solve.minimize(lambda x: np.sum(x**2), np.ones(3), bounds=[(1, 0)])


def test_active_constraints_are_reached():
    """SciPy's interior-point method ends with a barrier of 1e-3 and 1.5e-4 off the circle."""
    c = scipy.optimize.NonlinearConstraint(lambda x: x[0] ** 2 + x[1] ** 2, -np.inf, 1.0)
    r = solve.minimize(lambda x: (x[0] - 2) ** 2 + (x[1] - 2) ** 2, np.array([0.0, 0.1]), constraints=c)
    assert r.success and r.method == "trust-constr" and r.constr_violation < 1e-8
    np.testing.assert_allclose(r.x, 0.5**0.5, atol=1e-7)
    np.testing.assert_allclose(r.jac, 2 * (r.x - 2))
    np.testing.assert_allclose(r.constr_jac[0], 2 * r.x[np.newaxis])


@pytest.mark.parametrize("method", ["auto", "slsqp"])
def test_constraints_of_every_kind(method):
    kinds = [
        {"type": "eq", "fun": lambda x, a: x[0] - a * x[1], "args": (2.0,)},
        {"type": "ineq", "fun": lambda x: 4 - x[2] ** 2},
        scipy.optimize.LinearConstraint([[0, 0, 1.0]], -1.5, 1.5),
        scipy.optimize.NonlinearConstraint(lambda x: x[1] ** 3, -8, 8),
    ]
    if method == "slsqp":
        kinds = kinds[:2]
    r = solve.minimize(lambda x: np.sum((x - np.array([5, 2, 9])) ** 2), np.ones(3), constraints=kinds, method=method)
    third = 2.0 if method == "slsqp" else 1.5
    low = 2.4 if method == "slsqp" else 2.0
    np.testing.assert_allclose(r.x, [2 * low, low, third], atol=1e-4)


def test_sparse_constraints():
    n = 120
    c = scipy.optimize.NonlinearConstraint(lambda x: x[1:] ** 2 + x[:-1] ** 2, -np.inf, 1.0)
    r = solve.minimize(lambda x: np.sum((x - 2) ** 2), np.zeros(n), constraints=c)
    assert r.success and r.constr_violation < 1e-7 and hasattr(r.constr_jac[0], "nnz")
    np.testing.assert_allclose(r.x[40:80], 0.5**0.5, atol=0.05)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
def test_constraints_that_cannot_hold_are_no_success():
    r = solve.minimize(lambda x: np.sum(x), np.zeros(2), constraints={"type": "eq", "fun": lambda x: x[0] ** 2 + 1},
                       options={"maxiter": 100})  # fmt: skip
    assert not r.success and r.message
