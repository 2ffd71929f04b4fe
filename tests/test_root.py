"""dualdiff.solve.root: the methods, bounds, scales, rescue, failures; and derivatives of solutions."""

import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse as sp
from scipy.optimize import Bounds, NoConvergence
from scipy.sparse.linalg import aslinearoperator

import dualdiff as dd
from dualdiff import solve
from dualdiff.core._dense import Region
from dualdiff.errors import ArgumentError, InputError, ShapeError
from dualdiff.solve.matrices import DenseLU

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))

import problems
from problems import chemistry, classical, pde

SMALL = {p.name: p for p in problems.small()}

UNSOLVED = {"stirred tank"}
"""Ends in a local minimum of |F|, and says so."""


def ok(r, p):
    """Solved, and true about it."""
    scale = np.max(np.abs(p.fun(p.x0)))
    assert r.success and r.status == 1, r.message
    assert np.max(np.abs(p.fun(r.x))) <= 1e-8 * scale
    np.testing.assert_array_equal(r.fun, p.fun(r.x))


# ---- the problem set -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in SMALL if name not in UNSOLVED])
def test_no_option_is_needed(name):
    """max|F| <= 1e-8 max|F(x0)| by the default method, without a word."""
    p = SMALL[name]
    x0 = p.x0.copy()
    r = solve.root(p.fun, p.x0)
    ok(r, p)
    np.testing.assert_array_equal(p.x0, x0)
    assert r.tried[-1] == (r.tried[-1][0], 1)


def test_the_solutions_are_those_of_the_literature():
    r = solve.root(SMALL["combustion"].fun, SMALL["combustion"].x0)
    np.testing.assert_allclose(r.x, [0.00311410, 34.59792, 0.06504178, 0.8593780, 0.03695186], rtol=1e-5)
    r = solve.root(SMALL["CO2 at 270 K"].fun, SMALL["CO2 at 270 K"].x0)
    assert r.x[2] == pytest.approx(3.2, abs=0.1)    # MPa: the vapour pressure of CO2 at -3 C is 3.20
    H = solve.root(pde.chandrasekhar(100, 0.9999).fun, np.ones(100)).x
    assert np.mean(H) == pytest.approx(2 / 0.9999 * (1 - np.sqrt(1 - 0.9999)), rel=1e-6)


@pytest.mark.parametrize("method", ["krylov", "dense", "ptc"])
def test_methods_agree(method):
    p = pde.brusselator_step(40, 0.05)
    r = solve.root(p.fun, p.x0, method=method)
    ok(r, p)
    assert r.method == method
    np.testing.assert_allclose(r.x, scipy.optimize.root(p.fun, p.x0, tol=1e-13).x, rtol=1e-6)


@pytest.mark.parametrize("name", ["Broyden banded", "Powell badly scaled", "POLLU step 60", "Bratu 16^2", "Troesch"])
@pytest.mark.parametrize("px, pf", [(20, 0), (0, 30), (-31, 12)])
def test_units_do_not_matter(name, px, pf):
    """x and F in other units, by powers of two: the same counts."""
    p = SMALL[name]
    a, b = 2.0**px, 2.0**pf
    plain = solve.root(p.fun, p.x0)
    other = solve.root(lambda y: b * p.fun(y / a), a * p.x0)
    assert plain.success and (other.nit, other.nfev, other.njvp) == (plain.nit, plain.nfev, plain.njvp)
    np.testing.assert_array_equal(other.x, a * plain.x)


def test_scales_are_units():
    """x_scale and f_scale undo a bad choice of units for the methods that have none of their own."""
    p = classical.broyden_tridiagonal(200)
    s = 10.0 ** np.linspace(-6, 6, 200)
    plain = solve.root(p.fun, p.x0, method="krylov")
    r = solve.root(
        lambda y: s * p.fun(y / s), s * p.x0, method="krylov", options={"x_scale": s, "f_scale": s}
    )  # fmt: skip
    assert r.success and r.nit == plain.nit
    np.testing.assert_allclose(r.x / s, plain.x, rtol=1e-9)


def test_float32_dense():
    p = classical.broyden_tridiagonal(30)
    r = solve.root(p.fun, p.x0.astype(np.float32))
    assert r.success and r.x.dtype == np.float32 and r.method == "dense"
    np.testing.assert_allclose(r.x, solve.root(p.fun, p.x0).x, rtol=1e-4)


# ---- jac -----------------------------------------------------------------------------------------


def banded_jacobian(x):
    """Of broyden_tridiagonal, by hand."""
    return sp.diags_array([-np.ones(x.size - 1), 3 - 4 * x, -2 * np.ones(x.size - 1)], offsets=[-1, 0, 1]).tocsc()


@pytest.mark.parametrize(
    "kind, methods",
    [
        (lambda x: banded_jacobian(x).toarray(), ["auto", "dense", "krylov", "sparse"]),
        (banded_jacobian, ["auto", "sparse", "sparse-krylov", "krylov", "dense", "ptc"]),
        (lambda x: aslinearoperator(banded_jacobian(x)), ["krylov", "dense"]),
    ],
)
def test_a_jacobian_of_the_users(kind, methods):
    p = classical.broyden_tridiagonal(120)
    for method in methods:
        r = solve.root(p.fun, p.x0, jac=kind, method=method)
        ok(r, p)
        assert r.nlinearize == 0 and r.njev >= 1
    if "sparse-krylov" in methods:
        assert solve.root(p.fun, p.x0, jac=kind, method="sparse").nlu >= 3


def test_wrong_jacobians_are_named():
    p = classical.broyden_tridiagonal(10)
    with pytest.raises(ShapeError, match=r"jac\(x\) has shape \(3, 3\)"):
        solve.root(p.fun, p.x0, jac=lambda x: np.eye(3))
    with pytest.raises(InputError, match="jac is a str"):
        solve.root(p.fun, p.x0, jac="2-point")
    with pytest.raises(ShapeError, match="pattern"):
        solve.root(p.fun, p.x0, jac=sp.eye_array(3))


# ---- linear methods, forcing, line search --------------------------------------------------------


@pytest.mark.parametrize("krylov", ["gcrotmk", "gmres", "lgmres", "bicgstab", scipy.sparse.linalg.gmres])
def test_other_linear_methods(krylov):
    p = pde.bratu(12)
    ok(solve.root(p.fun, p.x0, method="krylov", options={"krylov": krylov}), p)


@pytest.mark.parametrize("more", [{"forcing": "ew1"}, {"line_search": None}, {"norm": 2}, {"xtol": 1e-3}, {"eta_max": 0.5}])
def test_other_options(more):
    p = pde.bratu(12)
    r = solve.root(p.fun, p.x0, method="krylov", options=more)
    ok(r, p)
    if "norm" in more:
        assert r.history["|F|2"][-1] <= r.tol


def test_a_norm_of_the_users():
    p = classical.broyden_tridiagonal(20)
    r = solve.root(p.fun, p.x0, options={"norm": lambda f: float(np.sum(np.abs(f))), "fatol": 1e-11})
    assert r.success and np.sum(np.abs(r.fun)) <= 1e-11


# ---- bounds --------------------------------------------------------------------------------------


def test_hires_steps_stay_at_the_root_that_means_something():
    """300 perturbed implicit Euler steps: the nonnegative root, each time."""
    rng = np.random.default_rng(0)
    rates, negative = chemistry.hires_rates, 0
    for _ in range(300):
        old = chemistry.HIRES_Y0 * rng.uniform(0.2, 5, 8) + 10.0 ** rng.uniform(-8, -2, 8)
        start, dt = old * 10.0 ** rng.normal(0, 1, 8), 10.0 ** rng.uniform(-1, 3)

        def fun(y, old=old, dt=dt):
            return y - old - dt * rates(y)

        r = solve.root(fun, start, bounds=(0, np.inf))
        assert r.success, r.message
        assert (r.x >= 0).all()
        negative += bool((scipy.optimize.root(fun, start).x < -1e-12).any())
    assert negative > 0     # what bounds are for


@pytest.mark.parametrize("method", ["auto", "krylov", "ptc"])
def test_bounds_choose_the_root(method):
    def fun(x):
        assert (x >= 0).all()
        return (x - 2) * (x + 1) * (1 + 0.1 * x)

    x0 = np.array([0.3 if method in ("auto", "ptc") else 0.6, 9.0])
    r = solve.root(fun, x0, bounds=Bounds(0, np.inf), method=method)
    assert r.success, r.message
    np.testing.assert_allclose(r.x, 2, rtol=1e-6)


def test_a_root_on_the_bound_is_approached():
    r = solve.root(lambda x: x * (x + 1), np.array([3.0]), bounds=(0, None))
    assert r.success and 0 <= r.x[0] < 1e-6


@pytest.mark.parametrize(
    "bounds, error, words",
    [
        ((0.0, -1.0), ArgumentError, r"bounds cross: lb\[0\] = 0.0 >= ub\[0\] = -1.0 \(and 2 more\)"),
        ((2.0, 3.0), ArgumentError, r"x0\[0\] = 1.0 is below lb\[0\] = 2.0"),
        (([0, 0, 0], [9, 0.5, 9]), ArgumentError, r"x0\[1\] = 1.0 is above ub\[1\] = 0.5$"),
        ((np.zeros(2), 3.0), ShapeError, r"lb has shape \(2,\)"),
        ((np.nan, 3.0), ArgumentError, "nan"),
        (5.0, InputError, "a pair"),
        (("a", 3), InputError, "real numbers"),
    ],
)
def test_bad_bounds(bounds, error, words):
    with pytest.raises(error, match=words):
        solve.root(lambda x: 1 / 0, np.ones(3), bounds=bounds)


@pytest.mark.parametrize(
    "options, error, words",
    [
        ({"x_scale": np.ones(2)}, ShapeError, "x_scale"),
        ({"f_scale": -1.0}, ArgumentError, "positive"),
        ({"norm": "l2"}, ArgumentError, "norm"),
        ({"krylov": "gmress"}, ArgumentError, "did you mean 'gmres'"),
        ({"line_search": "wolfe"}, ArgumentError, "armijo"),
        ({"pattern": "guess"}, ArgumentError, "detect"),
        ({"rescue": 1}, InputError, "rescue"),
        ({"delta0": 0.0}, ArgumentError, "delta0"),
        ({"xtoll": 0.0}, ArgumentError, "did you mean 'xtol'"),
    ],
)
def test_bad_options(options, error, words):
    with pytest.raises(error, match=words):
        solve.root(lambda x: 1 / 0, np.ones(3), options=options)


# ---- rescue, failure, diagnosis ------------------------------------------------------------------


def test_a_rescue_says_what_it_tried():
    p = SMALL["Allen-Cahn 1-D from far"]
    r = solve.root(p.fun, p.x0)
    assert r.success and r.method == "ptc" and [m for m, _ in r.tried] == ["dense", "krylov", "ptc"]
    alone = solve.root(p.fun, p.x0, options={"rescue": False})
    assert not alone.success and alone.tried == [("dense", alone.status)]
    assert alone.nfev < r.nfev


def test_a_local_minimum_is_called_one():
    """Freudenstein and Roth's function from its usual start (MGH 2): |F|^2 has a minimum of 48.98 there."""
    fun = classical.freudenstein_roth().fun
    r = solve.root(fun, np.array([0.5, -2.0]), method="dense")
    assert not r.success and r.status in (-2, -4) and "local minimum" in r.message
    np.testing.assert_allclose(r.x, [11.4128, -0.896805], rtol=1e-3)
    assert r.diagnosis["gradient"] < 1e-6 and "ptc" in r.diagnosis["advice"]
    assert [i for i, _ in r.diagnosis["largest_residuals"]] in ([0, 1], [1, 0])


@pytest.mark.parametrize("fun", [lambda x: np.exp(x) + 1, lambda x: x**2 + 1, lambda x: x**2 + x[::-1] ** 2 + 1])
@pytest.mark.parametrize("n", [1, 2, 5, 150])
def test_what_was_tried_is_not_advised(fun, n):
    for method in ("auto", "ptc", "dense", "sparse", "sparse-krylov", "krylov"):
        r = solve.root(fun, np.linspace(0.5, 2, n), method=method)
        assert not r.success
        for name in {name for name, _ in r.tried}:
            assert f'method="{name}"' not in r.diagnosis["advice"], (method, r.tried)


def test_what_is_not_determined_is_named():
    """Two equations tell of the sum of x[1] and x[3] only."""

    def fun(x):
        s = x[1] + x[3]
        return np.array([x[0] - 1, s - 2, x[2] + s, s - 3])

    r = solve.root(fun, np.zeros(4), options={"rescue": False})
    assert not r.success
    assert r.diagnosis["rcond"] < 1e-12
    assert r.diagnosis["not_determined"] in ("x[1] - x[3] is not determined", "x[3] - x[1] is not determined")


def test_what_broke_is_named():
    def fun(x):
        return np.log(x - np.array([0.0, 1.0, 0.0]))

    r = solve.root(fun, np.ones(3) * 0.5)
    assert r.status == -1 and r.diagnosis["not_finite"] == [1] and "bounds" in r.diagnosis["advice"]
    assert "np.log" in r.diagnosis["first_operation"] and "test_root.py" in r.diagnosis["first_operation"]


def test_what_broke_in_code_that_takes_no_duals():
    r = solve.root(lambda x: np.array([float(np.log(x[0] - 1.0))]), np.array([0.5]), jac=lambda x: np.eye(1))
    assert r.status == -1 and r.diagnosis["not_finite"] == [0] and "first_operation" not in r.diagnosis


def test_the_gradient_is_not_invented():
    r = solve.root(lambda x: x**2 + 1, np.full(150, 0.3), method="krylov")
    assert not r.success and "not available" in r.diagnosis["gradient"]
    assert r.diagnosis["linear_solve"] is None or r.diagnosis["linear_solve"][0] < 1


def test_shapes_in_the_diagnosis():
    r = solve.root(lambda x: x**2 + np.arange(1.0, 7).reshape(2, 3), np.full((2, 3), 0.1))
    assert not r.success and r.diagnosis["largest_residuals"][0][0] == (1, 2)


def test_limits_hold_across_methods():
    p = SMALL["Allen-Cahn 1-D from far"]
    r = solve.root(p.fun, p.x0, options={"maxfev": 3000})
    assert r.status == -5 and r.nfev + r.njvp + r.nlinearize <= 3000 + p.n
    assert np.max(np.abs(r.fun)) <= np.max(np.abs(p.fun(p.x0)))


def test_an_interrupt_in_a_rescue_keeps_the_best():
    p, calls = SMALL["Allen-Cahn 1-D from far"], []

    def fun(x):
        calls.append(1)
        if len(calls) == 150:
            raise KeyboardInterrupt
        return p.fun(x)

    with pytest.raises(KeyboardInterrupt) as caught:
        solve.root(fun, p.x0)
    r = caught.value.result
    assert not r.success and "interrupted" in r.message
    assert np.max(np.abs(p.fun(r.x))) < np.max(np.abs(p.fun(p.x0)))


def test_progress_of_a_rescue(capsys):
    p = SMALL["Allen-Cahn 1-D from far"]
    r = solve.root(p.fun, p.x0, options={"disp": True})
    text = capsys.readouterr().out
    assert "next: krylov, from x0" in text and "next: ptc, from x0" in text and r.message in text
    assert "\r" not in text     # the live line is for terminals


def test_the_live_line(monkeypatch, capsys):
    from dualdiff.solve import progress

    monkeypatch.setattr(progress.Table, "turn", lambda self: turned.append(self.problem.njvp))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    turned = []
    r = solve.root(pde.bratu(8).fun, np.zeros(64), method="krylov", options={"disp": True})
    assert turned and turned[-1] == r.njvp
    assert r.message in capsys.readouterr().out


def test_a_result_draws_itself():
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    r = solve.root(pde.bratu(8).fun, np.zeros(64))
    axes = r.plot(Figure().subplots(), color="k")
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), r.history["|F|max"])


# ---- parts ---------------------------------------------------------------------------------------


def test_the_dogleg_minimises_along_its_path():
    rng = np.random.default_rng(1)
    for _ in range(20):
        A, f = rng.normal(size=(4, 4)), rng.normal(size=4)
        D = np.linalg.norm(A, axis=0)
        newton = np.linalg.solve(A, -f)
        sizes = []
        for radius in np.linalg.norm(D * newton) * np.array([0.01, 0.3, 0.7, 0.99, 2.0]):
            region = Region(4, single=False)
            assert region.at(A, np.zeros(4), f, 1.0)
            region.radius = radius
            p = region.step()
            assert region.pnorm == pytest.approx(np.linalg.norm(D * p), rel=1e-12)
            assert region.pnorm <= radius * (1 + 1e-12) and 0 < region.length <= 1
            np.testing.assert_allclose(region.model, np.linalg.norm(f + A @ p) / np.linalg.norm(f), atol=1e-12)
            sizes.append(np.linalg.norm(f + A @ p))
        assert (np.diff(sizes) < 0).all() or np.allclose(sizes[-1], 0, atol=1e-9)
        assert sizes[0] < np.linalg.norm(f)


def test_dense_factors():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(6, 6)) * 10.0 ** rng.integers(-9, 9, 6)[:, None]
    lu, x = DenseLU(A), rng.normal(size=(6, 2))
    np.testing.assert_allclose(lu.solve(A @ x), x, rtol=1e-11)
    rows = np.max(np.abs(A), axis=1)[:, None]
    np.testing.assert_allclose(lu.solve((A / rows).T @ x, transposed=True) * rows, x, rtol=1e-11)
    assert not lu.singular and 0 < lu.rcond < 1
    A[:, 2] = A[:, 0] + A[:, 1]
    singular = DenseLU(A)
    assert singular.singular
    v, _ = singular.null_vector()
    np.testing.assert_allclose(v / v[2], [-1, -1, 1, 0, 0, 0], atol=1e-6)
    assert DenseLU(np.zeros((2, 2))).singular


# ---- derivatives of solutions --------------------------------------------------------------------


MATRIX = np.array([[3.0, 1, 0], [0, 4, 1], [1, 0, 5]])


def system(x, a):
    return MATRIX @ x + x**3 - a


def solution(a):
    return solve.root(system, np.ones(3), (a,)).x


def test_derivatives_of_a_solution():
    a = np.array([1.0, 2, 3])
    # a solution with derivatives is refined by a Newton step, so that they are as good
    x = solution(a)
    x = x - np.linalg.solve(MATRIX + np.diag(3 * x**2), system(x, a))
    J = np.linalg.inv(MATRIX + np.diag(3 * x**2))
    np.testing.assert_allclose(dd.jacobian(solution)(a), J, rtol=1e-12)
    np.testing.assert_allclose(dd.linearize(solution, a)[1].dense(), J, rtol=1e-12)
    w = np.array([1.0, -2, 0.5])
    np.testing.assert_allclose(dd.vjp(solution, a)[1](w), w @ J, rtol=1e-12)
    value, tangent = dd.jvp(solution, (a,), (w,))
    np.testing.assert_allclose(value, x, rtol=1e-14)
    np.testing.assert_allclose(tangent, J @ w, rtol=1e-12)
    # what a function closes over is as good as its arguments
    closed = dd.jacobian(lambda a: solve.root(lambda x: system(x, a), np.ones(3)).x)(a)
    np.testing.assert_allclose(closed, J, rtol=1e-12)


def test_they_nest():
    """x = a^(1/3): closed forms to the third order, mixed modes."""
    def cube_root(a):
        return solve.root(lambda x, a: x**3 - a, 1.0, (a,), tol=1e-14).x

    d = dd.derivative
    assert d(cube_root)(8.0) == pytest.approx(8 ** (-2 / 3) / 3, rel=1e-12)
    assert d(d(cube_root))(8.0) == pytest.approx(-2 / 9 * 8 ** (-5 / 3), rel=1e-12)
    assert d(d(d(cube_root)))(8.0) == pytest.approx(10 / 27 * 8 ** (-8 / 3), rel=1e-11)

    a = np.array([1.0, 2, 3])

    def total(a):
        return np.sum(solution(a) ** 2)

    x = solution(a)
    J = np.linalg.inv(MATRIX + np.diag(3 * x**2))
    exact = 2 * J.T @ J - J.T @ np.diag(6 * x * (J.T @ (2 * x))) @ J
    np.testing.assert_allclose(dd.hessian(total)(a), exact, rtol=1e-7, atol=1e-12)
    w = np.array([1.0, 0, -1])
    np.testing.assert_allclose(dd.hvp(total, (a,), (w,)), exact @ w, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("method", ["krylov", "auto"])
def test_large_solutions_have_derivatives(method):
    n = 400
    a, w = np.linspace(1, 2, n), np.cos(np.arange(n))

    def solved(a):
        return solve.root(lambda x, a: x**3 + 2 * x - 0.5 * np.roll(x, 1) - a["right"], np.ones(n), ({"right": a},), method=method).x

    x = solved(a)
    J = np.diag(3 * x**2 + 2) - 0.5 * np.roll(np.eye(n), 1, axis=0)
    np.testing.assert_allclose(dd.jvp(solved, (a,), (w,))[1], np.linalg.solve(J, w), atol=1e-9)
    np.testing.assert_allclose(dd.vjp(solved, a)[1](w), np.linalg.solve(J.T, w), atol=1e-9)


def test_no_solution_has_no_derivative():
    assert np.isnan(dd.derivative(lambda a: solve.root(lambda x: x**2 + a, 1.0).x)(2.0))


def test_the_iterations_are_not_differentiated():
    seen = []

    def fun(x, a):
        seen.append(isinstance(a, dd.Dual))
        return x**3 - a

    dd.derivative(lambda a: solve.root(fun, 5.0, (a,)).x)(2.0)
    assert sum(seen) <= 3 < len(seen)


def test_implicit_root():
    def by_bisection(F, x0):
        return scipy.optimize.brentq(lambda x: float(F(x)), 0, 10, xtol=1e-15)

    for more in ({}, {"solver": by_bisection}, {"method": "krylov"}):
        slope = dd.derivative(lambda a, more=more: solve.implicit_root(lambda x, a: x**3 - a, 1.0, a, **more))(8.0)
        assert slope == pytest.approx(1 / 12, rel=1e-9)
        assert solve.implicit_root(lambda x, a: x**3 - a, 1.0, 8.0, **more) == pytest.approx(2)
    with pytest.raises(NoConvergence) as caught:
        solve.implicit_root(lambda x: x**2 + 1, 1.0)
    assert not caught.value.result.success
