"""A pattern that was learned at one point is checked at the next, and learned anew where f took another branch."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.integrate
import scipy.sparse as sp

import dualdiff as dd
from dualdiff import solve
from dualdiff.errors import ArgumentError, PatternError
from dualdiff.scipy.integrate import solve_ivp
from dualdiff.scipy.optimize import least_squares

N = 12
RNG = np.random.default_rng(5)
UP, DOWN = 0.5 + RNG.random(N), -0.5 - RNG.random(N)
MIXED = RNG.standard_normal(N)


def shifted(u):
    """u - its neighbour on the left, and its neighbour on the right - u; 0 beyond the ends."""
    return np.diff(u, prepend=0.0), np.diff(u, append=0.0)


def by_mask(u):
    left, right = shifted(u)
    out = u * right
    m = u > 0
    out[m] = (u * left)[m]
    return out


def by_own_mask(u):
    y = u * 1.0
    m = np.asarray([bool(e > 0) for e in u])
    y[m] = u[m] * u[::-1][m]
    return y


def by_index(u):
    both = np.stack([a * u for a in shifted(u)])
    return both[(u < 0).astype(int), np.arange(N)]


def in_a_loop(u):
    out = np.zeros_like(u)
    for i in range(N):
        out[i] = u[i] * (u[i] - u[i - 1]) if u[i] > 0 else u[i] * (u[(i + 1) % N] - u[i])
    return out


# f, and whether both branches are in the pattern from the start
BRANCHES = {
    "where": (lambda u: np.where(u > 0, *(u * a for a in shifted(u))), True),
    "where, scalar branch": (lambda u: np.where(u > 0, u * shifted(u)[0], 1.0), True),
    "where, broadcast": (lambda u: np.where(u[:, None] > 0, u, u[::-1]).ravel(), True),
    "select": (lambda u: np.select([u > 1, u > 0], [u**2, u * shifted(u)[0]], u * shifted(u)[1]), True),
    "choose": (lambda u: np.choose((u > 0).astype(int), [u * shifted(u)[1], u * shifted(u)[0]]), True),
    "choose, wrap": (lambda u: np.choose((u > 0) + 4, [u * a for a in shifted(u)], mode="wrap"), True),
    "mask": (by_mask, False),
    "mask of its own": (by_own_mask, False),
    "piecewise": (lambda u: np.piecewise(u, [u > 0], [lambda v: v * v[0], lambda v: v * v[-1]]), False),
    "piecewise, element by element": (lambda u: np.piecewise(u, [u > 0], [lambda v: v**2, 1.0]), True),
    "piecewise, three": (lambda u: np.piecewise(u, [u > 1, u < -1], [lambda v: v**2, 0.5, np.sin]), True),
    "index": (by_index, False),
    "sort": (lambda u: np.sort(u) * u, False),
    "if": (lambda u: u * shifted(u)[0 if u[0] > 0 else 1], False),
    "loop": (in_a_loop, False),
    "max": (lambda u: u * np.max(u), True),
    "2-d": (lambda u: (lambda v: np.where(v > 0, v, v.T)[:, :2])(u[:9].reshape(3, 3)), True),
    "argsort": (lambda u: u[np.argsort(u)][:3] * u[:3], False),
    "nothing at first": (lambda u: u[:3] if u[0] < 0 else np.zeros(3), False),
}


@pytest.mark.parametrize("coloring", ["column", "row", "bidirectional"])
@pytest.mark.parametrize("name", BRANCHES)
def test_every_jacobian_is_right(name, coloring):
    f, both = BRANCHES[name]
    plan = dd.sparse_jacobian(f, UP, coloring=coloring, format="csc" if coloring == "row" else "csr")
    before = plan.pattern
    for x in (UP, DOWN, MIXED, UP, -MIXED, DOWN):
        value, J = plan.value_and_jacobian(x)
        assert np.array_equal(value, f(x))
        assert np.allclose(J.toarray(), np.reshape(dd.jacobian(f)(x), J.shape), rtol=1e-13, atol=1e-13)
        assert plan.check(x) < 1e-13
    if both:
        assert plan.pattern is before       # nothing was to be learned


def test_a_pattern_settles_but_does_not_grow_for_ever():
    f = BRANCHES["if"][0]
    plan = dd.sparse_jacobian(f, UP)
    plan(DOWN)
    settled = plan.pattern
    for x in (UP, DOWN, UP):
        plan(x)
    assert plan.pattern is settled and plan.ncolors == 3
    plan = dd.sparse_jacobian(lambda x: np.sort(x), np.arange(60.0))
    for seed in range(20):
        plan(np.random.default_rng(seed).permutation(np.arange(60.0)))
    assert plan.pattern.nnz <= 120


@pytest.mark.parametrize("coloring", ["symmetric", "substitution"])
def test_every_hessian_is_right(coloring):
    def energy(u):
        left, right = shifted(u)
        return np.sum((left if u[0] > 0 else right) ** 4) + (u[0] * u[-1] if u[1] < 0 else 0.0)

    plan = dd.sparse_hessian(energy, UP, coloring=coloring)
    for x in (UP, DOWN, MIXED, -MIXED):
        assert np.allclose(plan(x).toarray(), dd.hessian(energy)(x), rtol=1e-12, atol=1e-12)
        gradient, data = plan.gradient_and_data(x)
        assert np.allclose(gradient, dd.grad(energy)(x)) and len(data) == len(plan.indices)


def test_check_false_keeps_the_pattern():
    f = BRANCHES["if"][0]
    plan = dd.sparse_jacobian(f, UP, check=False)
    before = plan.pattern
    assert not np.allclose(plan(DOWN).toarray(), dd.jacobian(f)(DOWN))
    assert plan.pattern is before
    with pytest.raises(PatternError, match="misses entry"):
        plan.check(DOWN)
    with pytest.raises(ArgumentError, match="check"):
        dd.sparse_jacobian(f, UP, check="no")
    energy = dd.sparse_hessian(lambda u: np.sum(f(u) ** 2), UP, check=False)
    assert energy(DOWN).nnz == energy.pattern.nnz


@pytest.mark.parametrize("coloring", [None, "row", "bidirectional"])
def test_a_pattern_that_was_given_is_not_replaced(coloring):
    plan = dd.sparse_jacobian(lambda x: x * x[0], pattern=np.eye(4), coloring=coloring)
    with pytest.raises(PatternError, match=r"misses entry \(1, 0\) of the Jacobian"):
        plan(np.arange(1.0, 5.0))
    assert np.array_equal(plan(np.zeros(4)).toarray(), np.zeros((4, 4)))
    energy = dd.sparse_hessian(lambda x: np.sum(x**2) + x[0] * x[1], pattern=np.eye(3))
    with pytest.raises(PatternError, match="Hessian"):
        energy(np.ones(3))
    larger = dd.sparse_jacobian(lambda x: x**2, pattern=np.ones((3, 3)))
    assert np.array_equal(larger(np.ones(3)).toarray(), 2 * np.eye(3))


def test_entries_of_any_size_are_noticed():
    for scale in (1.0, 1e-3, 1e-6, 1e-9):
        plan = dd.sparse_jacobian(lambda x, s: x + s * (np.roll(x, 1) if x[0] < 0 else 0.0), UP, scale)
        J = plan(DOWN, scale).toarray()
        assert np.array_equal(J, np.eye(N) + scale * np.roll(np.eye(N), 1, axis=0))


def test_rounding_is_not_taken_for_an_entry():
    """A sum that cancels differs from its check by much more than rounding of the result; it is looked at once."""
    runs = []

    def f(x):
        runs.append(1)
        return (1e9 * x + 1.1 * np.roll(x, 1)) - 1e9 * x + np.sin(x)

    plan = dd.sparse_jacobian(f, UP)
    before = plan.pattern
    for _ in range(2):
        plan(MIXED)
    runs.clear()
    for x in (UP, DOWN, MIXED):
        plan(x)
    assert plan.pattern is before and len(runs) == 3


def test_a_colouring_of_the_users_is_given_up_where_it_does_not_fit():
    f = BRANCHES["if"][0]
    mine = dd.coloring(dd.sparsity(f, UP), "row")
    plan = dd.sparse_jacobian(f, UP, coloring=mine)
    assert plan.coloring is mine
    assert np.allclose(plan(DOWN).toarray(), dd.jacobian(f)(DOWN))
    assert plan.coloring.partition == "row"


def test_float32_and_complex_results():
    def f(x):
        return x * (x - (np.roll(x, 1) if x[0] > 0 else np.roll(x, -1)))

    x = UP.astype(np.float32)
    plan = dd.sparse_jacobian(f, x)
    before = plan.pattern
    assert plan(x * np.float32(1.5)).dtype == np.float32 and plan.pattern is before
    assert np.allclose(plan(-x).toarray(), dd.jacobian(f)(-x), rtol=1e-5)

    def g(x):
        return f(x) * (1 + 2j)

    plan = dd.sparse_jacobian(g, UP)
    assert np.allclose(plan(DOWN).toarray(), dd.jacobian(g)(DOWN))


def test_infinite_entries_are_no_reason_to_look_for_ever():
    plan = dd.sparse_jacobian(lambda x: np.sqrt(x) + np.roll(x, 1), np.ones(4))
    J = plan(np.array([0.0, 1, 4, 9])).toarray()
    assert J[0, 0] == np.inf and np.isfinite(J[1:]).all()


def test_a_plan_that_has_learned_pickles():
    plan = dd.sparse_jacobian(in_a_loop, UP)
    plan(MIXED)
    other = pickle.loads(pickle.dumps(plan))
    assert other.pattern.nnz == plan.pattern.nnz and other.checked
    assert np.allclose(other(-MIXED).toarray(), dd.jacobian(in_a_loop)(-MIXED))
    kept = pickle.loads(pickle.dumps(dd.sparse_jacobian(in_a_loop, pattern=np.eye(N))))
    with pytest.raises(PatternError):
        kept(UP)


def of_a_dict(p):
    return p["b"] * p["a"][0]


def test_a_pickled_plan_knows_the_order_of_its_dicts():
    plan = dd.sparse_jacobian(of_a_dict, {"a": UP, "b": DOWN}, check=False)
    other = pickle.loads(pickle.dumps(plan))
    assert np.array_equal(other({"b": UP, "a": DOWN}).toarray(), plan({"a": DOWN, "b": UP}).toarray())


def test_threads_share_a_plan():
    plan = dd.sparse_jacobian(in_a_loop, UP)
    points = [np.random.default_rng(seed).standard_normal(N) for seed in range(40)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(plan, points))
    for x, J in zip(points, found, strict=True):
        assert np.allclose(J.toarray(), dd.jacobian(in_a_loop)(x))


def test_linearizations_with_a_plan():
    f = BRANCHES["if"][0]
    plan = dd.sparse_jacobian(f, UP)
    for transposed in (False, True):
        J = dd.linearize(f, DOWN)[1]
        J = J.T if transposed else J
        for format in ("csr", "csc"):
            found = J.sparse(plan, format=format)
            assert found.format == format and np.allclose(found.toarray(), J.dense())
    with pytest.raises(PatternError, match="misses entry"):
        dd.linearize(f, DOWN)[1].sparse(plan.pattern)
    assert np.allclose(dd.linearize(f, UP)[1].sparse(plan.pattern).toarray(), dd.jacobian(f)(UP))


# ---- the solvers ---------------------------------------------------------------------------------


def upwind(u):
    um, up = np.concatenate([[0.3], u[:-1]]), np.concatenate([u[1:], [-0.2]])
    return np.where(u > 0, u * (u - um), u * (up - u))


def upwind_by_index(u):
    um, up = np.concatenate([[0.3], u[:-1]]), np.concatenate([u[1:], [-0.2]])
    return np.stack([u * (up - u), u * (u - um)])[(u > 0).astype(int), np.arange(u.size)]


STARTS = {"up": np.ones(400), "both": np.linspace(1, -1, 400), "any": np.random.default_rng(0).standard_normal(400)}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("f", [upwind, upwind_by_index])
def test_least_squares_of_an_upwind_residual(f, start):
    for solver in (least_squares, solve.least_squares):
        found = solver(f, STARTS[start])
        assert found.success and found.cost < 1e-9


@pytest.mark.parametrize("method", ["sparse", "sparse-krylov"])
def test_root_learns_its_pattern_anew(method):
    def f(u):
        um, up = np.concatenate([[1.0], u[:-1]]), np.concatenate([u[1:], [1.0]])
        drift = np.stack([up - u, u - um])[(u > 0.5).astype(int), np.arange(u.size)]
        return u - 0.6 + 0.2 * drift + 0.1 * (2 * u - um - up)

    found = solve.root(f, np.full(300, 2.0), method=method)
    assert found.success and np.max(np.abs(f(found.x))) < 1e-7


@pytest.mark.parametrize("method", ["BDF", "Radau"])
def test_an_implicit_method_takes_no_more_evaluations_than_with_a_dense_jacobian(method):
    n = 100
    x = np.linspace(0, 1, n)

    def f(t, u):
        um, up = np.roll(u, 1), np.roll(u, -1)
        return -n * np.stack([u * (up - u), u * (u - um)])[(u > 0).astype(int), np.arange(n)]

    u0 = 0.2 + np.sin(2 * np.pi * x)
    sparse = solve_ivp(f, (0, 0.3), u0, method=method)
    dense = scipy.integrate.solve_ivp(f, (0, 0.3), u0, method=method, jac=lambda t, u: dd.jacobian(lambda v: f(t, v))(u))
    assert sparse.success and abs(sparse.nfev - dense.nfev) <= 0.05 * dense.nfev
    assert np.allclose(sparse.y[:, -1], dense.y[:, -1], atol=1e-6)


def test_a_pattern_given_to_scipys_solver_is_checked_too():
    with pytest.raises(PatternError, match="misses entry"):
        least_squares(lambda x: x * np.roll(x, 1) - 1, 2 * np.ones(60), jac_sparsity=sp.eye_array(60))
