"""No success without a root: starts far away, in every function of dualdiff.solve; and what large systems cost."""

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse as sp
from scipy.sparse.linalg import splu

import dualdiff as dd
from dualdiff import solve
from dualdiff.errors import ArgumentError
from dualdiff.solve import directions, preconditioners, scalar
from dualdiff.solve.fill import fill_estimate


def exponential(x):
    return np.exp(x) - 2


def cubic(x):
    return x**3 - 8


def diode(v):
    """5 V, 1 kOhm."""
    return (5 - v) / 1e3 - 1e-14 * (np.exp(v / 0.025852) - 1)


def sinh(x):
    return np.sinh(x) - 1


def kepler(E):
    return E - 0.9 * np.sin(E) - 1.0


def equation_of_state(Z, A=0.4, B=0.08):
    """Redlich and Kwong."""
    return Z**3 - Z**2 + (A - B - B * B) * Z - A * B


def powell_badly_scaled(x):
    return np.array([1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001])


def powell_singular(x):
    return np.array([x[0] + 10 * x[1], 5**0.5 * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, 10**0.5 * (x[0] - x[3]) ** 2])


VOLTS = scipy.optimize.brentq(diode, 0, 1, xtol=1e-15)
ANOMALY = scipy.optimize.brentq(kepler, 0, 5, xtol=1e-15)
VOLUMES = np.real([z for z in np.roots([1, -1, 0.4 - 0.08 - 0.0064, -0.032]) if abs(z.imag) < 1e-9])

# F, its roots, starts
SCALAR = {
    "exp": (exponential, [np.log(2)], [50, -50, 200, 600, -3, 20]),
    "cubic": (cubic, [2.0], [1e3, 1e6, 1e10, 1e15, -1e3, -1e8, 1e-3]),
    "diode": (diode, [VOLTS], [5, 10, 0, 3, 15, -20]),
    "sinh": (sinh, [np.arcsinh(1)], [30, -30, 100, 500]),
    "kepler": (kepler, [ANOMALY], [1e3, 1e6, 1e10, -1e5, 1e13, -50]),
    "equation of state": (equation_of_state, VOLUMES, [1e3, 1e8, -1e4, 10, 0.3, 1e12]),
}


def error(x, roots):
    return np.min(np.abs(np.asarray(x, float).ravel()[:, None] - np.asarray(roots)), axis=1)


@pytest.mark.parametrize("method", ["auto", "krylov", "ptc", "dense"])
@pytest.mark.parametrize("name", SCALAR)
def test_no_success_without_a_root(name, method):
    fun, roots, starts = SCALAR[name]
    for start in starts:
        r = solve.root(fun, np.array([float(start)]), method=method)
        assert not r.success or error(r.x, roots)[0] <= 3e-6 * max(1, abs(r.x[0])), (start, r.x, r.message)
        if method == "auto":        # a change of sign is found from anywhere
            assert r.success, (start, r.message)


@pytest.mark.parametrize("name", SCALAR)
def test_nor_in_a_batch(name):
    fun, roots, starts = SCALAR[name]
    r = solve.root_batch(fun, np.array([starts], float))
    assert r.success.all(), r.message
    np.testing.assert_array_less(error(r.x, roots), 3e-6 * np.maximum(1, np.abs(r.x[0])))


@pytest.mark.parametrize("method", ["newton", "anderson"])
def test_nor_of_a_fixed_point(method):
    for start in (1e10, -1e6, 50.0, 0.0):
        r = solve.fixed_point(lambda x: 0.5 * np.cos(x), start, method=method)
        assert r.success, r.message
        assert abs(float(r.x) - 0.45018361129487355) < 2e-6


def test_nor_in_derivatives():
    """dx/da = 1/(3 x^2) at x = a^(1/3), however far the start and loose the tolerance."""
    for start, more in ((1e3, {}), (1e6, {}), (2.5, {"tol": 0.1})):
        def x(a, start=start, more=more):
            return solve.root(lambda x, a: x**3 - a, start, (a,), **more).x

        assert dd.derivative(x)(8.0) == pytest.approx(1 / 12, rel=1e-10)
    slope = dd.derivative(lambda a: solve.implicit_root(lambda x, a: x**3 - a, 1.0, a, solver=lambda F, x: 2.01))(8.0)
    assert slope == pytest.approx(1 / 12, rel=1e-10)
    # a "solution" where there is none has none
    assert np.isnan(dd.derivative(
        lambda a: solve.implicit_root(lambda x, a: x**2 + a, 1.0, a, solver=lambda F, x: 0.1)
    )(1.0))


@pytest.mark.parametrize("scale", [1.0, 10.0, 1e3, 1e6])
def test_singular_roots_at_zero_are_found(scale):
    r = solve.root(powell_singular, scale * np.array([3.0, -1, 0, 1]))
    assert r.success and np.max(np.abs(r.x)) < 1e-4, r.message
    b = solve.root_batch(powell_singular, scale * np.array([[3.0, -1, 0, 1]]).T)
    assert b.success.all() and np.max(np.abs(b.x)) < 1e-4


@pytest.mark.parametrize("start", [(0, 1), (10, 10), (100, 1), (50, -20), (1e3, 1e3), (-5, 9), (1e-3, 30)])
@pytest.mark.parametrize("method", ["auto", "krylov", "ptc"])
def test_badly_scaled_systems(start, method):
    r = solve.root(powell_badly_scaled, np.array(start, float), method=method)
    if r.success:
        assert np.max(np.abs(powell_badly_scaled(r.x))) < 1e-5 and 9 < max(r.x) < 9.2


@pytest.mark.parametrize(
    "fun, start",
    [
        (lambda x: x**2 + 1e-9, 1.0), (lambda x: x**2 + 1e-6, 1e3), (lambda x: np.exp(-x), 1.0),
        (lambda x: 1 / x, 1.0), (lambda x: np.sqrt(1 + x * x), 1e9), (lambda x: np.where(x > 2, 1.0, -1.0) + 0 * x, 5.0),
    ],
)
def test_what_has_no_root_has_no_success(fun, start):
    r = solve.root(fun, np.array([start]))
    assert not r.success, r.message
    assert not solve.root_batch(fun, np.array([[start, 2 * start]])).success.any()


@pytest.mark.parametrize("fun, x", [(lambda x: x**2, 0.0), (lambda x: x**3 + x, 0.0), (lambda x: (x - 1) ** 3, 1.0)])
def test_roots_that_no_relative_step_tells(fun, x):
    for r in (solve.root(fun, np.array([5.0])), solve.root(fun, np.array([5.0]), method="ptc")):
        assert r.success and abs(r.x[0] - x) < 1e-3, r.message


def test_a_small_residual_is_not_a_small_step():
    r = solve.root(exponential, np.array([50.0]), method="dense", options={"maxiter": 20})
    assert not r.success and "the last Newton step was" in r.message
    # whoever asks for |F| alone gets that
    assert solve.root(exponential, np.array([5.0]), tol=20.0).nit < 4


def test_units_still_do_not_matter():
    for k in (-30, 20):
        a, b = (solve.root(lambda x, c=c: np.array([c * (x[0] ** 2 + x[1] - 3), x[0] - x[1] ** 3 * c]), np.array([9.0, 5.0]),
                           method="krylov") for c in (1.0, 1.0))
        c = solve.root(lambda x: 2.0**k * np.array([x[0] ** 2 + x[1] - 3, x[0] - x[1] ** 3]), np.array([9.0, 5.0]),
                       method="krylov")
        np.testing.assert_array_equal(a.x, b.x)
        np.testing.assert_array_equal(a.x, c.x)


# ---- one equation ----------------------------------------------------------------------------------


def test_poles_and_jumps_are_no_roots():
    table = [lambda x: 1 / (x - 3), lambda x: np.sign(x - 3) + 0.5, lambda x: x - 3, lambda x: x * x + 1]

    def fun(x, who):
        with np.errstate(all="ignore"):
            return table[int(who[0])](x)

    for i, found in ((0, False), (1, False), (2, True), (3, False)):
        x0 = np.array([1.0])
        f0 = fun(x0, [i])
        x, _ = scalar.scan(lambda x, who, i=i: fun(x, [i]), x0, f0, [-np.inf], [np.inf], np.array([1e-12]))
        assert np.isfinite(x[0]) == found and (not found or x[0] == 3.0)


def test_brackets_stay_within_bounds():
    seen = []

    def fun(x, who):
        seen.extend(x)
        return np.log(x) + 20

    x, _ = scalar.scan(fun, np.array([0.5]), np.array([np.log(0.5) + 20]), [0.0], [1.0], np.array([1e-9]))
    assert x[0] == pytest.approx(np.exp(-20), rel=1e-9)
    assert 0 < min(seen) and max(seen) < 1


# ---- batches -------------------------------------------------------------------------------------


def test_cubic_equations_of_state_all_have_their_root():
    rng = np.random.default_rng(1)
    n = 2000
    A, B = rng.uniform(0.01, 3, n), rng.uniform(0.005, 0.3, n)
    r = solve.root_batch(equation_of_state, rng.uniform(0.001, 2, (1, n)), (A, B))
    assert r.success.all() and r.rescued > 0
    assert np.max(np.abs(equation_of_state(r.x[0], A, B))) < 1e-6
    # one by one is as good, and a batch in a closure too
    assert solve.root_batch(lambda Z: equation_of_state(Z, A[:50], B[:50]), np.full((1, 50), 0.3)).success.all()


def test_maxtime_of_a_batch():
    import time

    def slow(x, a):
        time.sleep(0.02)
        return np.exp(x) - a

    r = solve.root_batch(slow, np.full((1, 3), 600.0), (np.ones(3),), options={"maxtime": 0.1})
    assert not r.success.any() and (r.status == -5).all() and "maxtime = 0.1 s" in r.message


# ---- the fill of factors ---------------------------------------------------------------------------


def laplacian(n, d):
    one = sp.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(n, n))
    A = one
    for _ in range(d - 1):
        A = sp.kron(A, sp.eye_array(n)) + sp.kron(sp.eye_array(A.shape[0]), one)
    return sp.csc_array(A)


@pytest.mark.parametrize("n, d", [(2000, 1), (400, 1), (60, 2), (40, 2), (14, 3), (12, 3)])
def test_the_estimate_of_the_fill(n, d):
    """Within a factor of five of SuperLU's, in one, two and three dimensions."""
    A = laplacian(n, d)
    lu = splu(A, permc_spec="MMD_AT_PLUS_A")
    found = fill_estimate(A)
    assert 0.2 < found.nonzeros / lu.nnz < 5 and found.memory == 12 * found.nonzeros


def test_borders_do_not_fill():
    n = 3000
    A = sp.lil_array((n, n))
    A.setdiag(2.0)
    A[0, :] = 1.0
    A[:, 0] = 1.0
    assert fill_estimate(sp.csr_array(A)).memory < 1e7


def bratu3(n):
    def fun(u):
        U = np.pad(u, 1)
        near = U[2:, 1:-1, 1:-1] + U[:-2, 1:-1, 1:-1] + U[1:-1, 2:, 1:-1] + U[1:-1, :-2, 1:-1] + U[1:-1, 1:-1, 2:] + U[1:-1, 1:-1, :-2]
        return 6 * u - near - 6 / (n + 1) ** 2 * np.exp(u)

    return fun


def test_the_choice_is_said():
    fun, start = bratu3(12), np.zeros((12, 12, 12))
    r = solve.root(fun, start)
    assert r.success and r.preconditioner.startswith(("lu: ", "amg: ")) and "GB" in r.preconditioner
    tight = solve.root(fun, start, options={"memory": 1e4})
    assert tight.success and not tight.nlu
    assert tight.preconditioner.startswith(("ilu: ", "amg: ", "none: "))
    np.testing.assert_allclose(tight.x, r.x, atol=1e-6)
    none = solve.root(fun, start, method="krylov")
    assert none.success and none.preconditioner == ""


def test_pyamg_is_named_where_it_would_help(monkeypatch):
    monkeypatch.setattr(preconditioners, "have_pyamg", lambda: False)
    r = solve.root(bratu3(12), np.zeros((12, 12, 12)), options={"memory": 1e4})
    assert r.success and "pip install 'dualdiff[amg]'" in r.preconditioner
    monkeypatch.setattr("dualdiff.solve.call.PATIENCE", 0.0)        # a solve that took long says it in its message
    r = solve.root(bratu3(12), np.zeros((12, 12, 12)), options={"memory": 1e4})
    assert "pip install 'dualdiff[amg]'" in r.message


def test_multigrid():
    fun, start = bratu3(12), np.zeros((12, 12, 12))
    if not preconditioners.have_pyamg():
        with pytest.raises(ArgumentError, match="pyamg"):
            solve.root(fun, start, options={"M": "amg"})
        return
    r = solve.root(fun, start, options={"M": "amg"})
    assert r.success and r.preconditioner == "amg: as asked for" and r.njvp < 100


def diffusion3(n, wind=0.0, shift=0.0):
    """n^3 unknowns: symmetric without wind, indefinite with a shift."""
    def fun(u):
        U = np.pad(u, 1)
        near = U[2:, 1:-1, 1:-1] + U[:-2, 1:-1, 1:-1] + U[1:-1, 2:, 1:-1] + U[1:-1, :-2, 1:-1] + U[1:-1, 1:-1, 2:] + U[1:-1, 1:-1, :-2]
        return (6 - shift) * u - near + wind * (U[2:, 1:-1, 1:-1] - U[:-2, 1:-1, 1:-1]) - 1 / n**2 + 0.01 * u**3 / n**2

    return fun


@pytest.mark.parametrize("amg", [True, False])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("wind, shift, most", [(0.0, 0.0, 250), (0.2, 0.0, 400), (0.0, 0.15, 2500)])
def test_grids_in_space_are_solved_without_preconditioner(monkeypatch, wind, shift, most, sign, amg):
    monkeypatch.setattr(preconditioners, "have_pyamg", lambda: amg)
    monkeypatch.setattr(preconditioners, "amg", lambda A: splu(A.tocsc()).solve)     # what it does is tested elsewhere
    f = diffusion3(28, wind, shift)
    r = solve.root(lambda u: sign * f(u), np.zeros((28, 28, 28)))
    assert r.success and np.max(np.abs(f(r.x))) < 1e-9 and r.njvp < most, r
    if not shift:
        assert r.method == "krylov" and r.ncolors == 0 and "crossed in" in r.preconditioner
        assert r.pattern is not None and r.pattern.nnz == 7 * 28**3 - 6 * 28**2


def test_where_products_are_many_a_preconditioner_is_made_after_all(monkeypatch):
    monkeypatch.setattr(directions, "PATIENT", 5)
    monkeypatch.setattr(directions, "LONG", 1000)
    monkeypatch.setattr(preconditioners, "QUICK", 0.0)
    monkeypatch.setattr(preconditioners, "have_pyamg", lambda: True)
    monkeypatch.setattr(preconditioners, "amg", lambda A: splu(A.tocsc()).solve)
    r = solve.root(bratu3(12), np.zeros((12, 12, 12)))
    assert r.success and r.preconditioner.startswith("amg: ") and r.ncolors <= 13


@pytest.mark.parametrize("width, gap", [(0.03, 0.3), (0.04, 0.4), (0.02, 0.2)])
def test_a_metastable_start_is_given_the_steps_that_it_takes(width, gap):
    """Allen and Cahn's equation: two interfaces that attract one another, exponentially weakly, take hundreds of steps."""
    s = np.arange(1, 61) / 61

    def fun(u):
        U = np.concatenate([[-1.0], u, [-1.0]])
        return -((width * 61) ** 2) * (U[2:] - 2 * u + U[:-2]) + u**3 - u

    start = np.where(abs(s - 0.5) < gap / 2, 0.9, -0.9) + 0.05 * np.sin(9 * s)
    r = solve.root(fun, start, method="ptc")
    assert r.success and (r.nit > 100) == (gap > 0.2) and np.max(np.abs(fun(r.x))) < 1e-7, r
    few = solve.root(fun, start, method="ptc", options={"maxiter": 5})
    assert not few.success and few.nit == 5


def test_an_unknown_preconditioner_is_named():
    with pytest.raises(ArgumentError, match="unknown M 'ilut'"):
        solve.root(np.sin, np.ones(3), options={"M": "ilut"})


def test_a_rescue_looks_for_the_pattern_first():
    """Luksan's tridiagonal system: no dense Jacobian of a thousand columns."""
    def fun(x):
        y = 8 * x * (x * x - np.append(0, x[:-1]))
        y[:-1] -= 2 * (1 - x[:-1])
        y[1:-1] += 4 * (x[1:-1] - x[2:] ** 2)
        y[0] = 4 * (x[0] - x[1] ** 2)
        y[-1] = 8 * x[-1] * (x[-1] ** 2 - x[-2]) - 2 * (1 - x[-1])
        return y

    r = solve.root(fun, np.full(1000, 12.0))
    assert r.success and r.njvp < 5000
    assert all(method != "dense" for method, _ in r.tried)


def test_an_equation_that_is_nearly_all_of_F_hides_no_step():
    """Powell's badly scaled function from far away: |F| gains a thousandfold while x[1] is 4e-5 off."""
    def fun(x):
        return np.array([1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001])

    r = solve.root(fun, np.array([91.29262524, -9.0246946]))
    assert r.success
    np.testing.assert_allclose(r.x, [1.0981593296998e-05, 9.106146739867], rtol=1e-6)
