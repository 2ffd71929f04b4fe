"""Solvers of compiled functions: the same results, by programs; what cannot be a program, and what is stale."""

import numpy as np
import pytest

import dualdiff as dd
import dualdiff.scipy.integrate as integrate
import dualdiff.scipy.optimize as optimize
from dualdiff import solve
from dualdiff.errors import CompileNotice, StaleProgramError
from dualdiff.programs.bound import bound, paths_of


def pair(x, a, b=1.0):
    return np.array([a * x[0] ** 2 + x[1] - 3.0, x[0] - b * np.exp(-x[1])])


def chain(x):
    y = (3 - 2 * x) * x + 1
    y[1:] -= x[:-1]
    y[:-1] -= 2 * x[1:]
    return y


def spectral(u):
    return u + 0.1 * np.fft.irfft(np.fft.rfft(u), u.size) ** 2 - 1.0


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def ran(compiled, kind):
    """Whether a program of that kind has been recorded and is not given up."""
    paths = paths_of(compiled).alongs.get(kind)
    return paths is not None and bool(paths.table) and not paths.eager


@pytest.mark.parametrize("args", [(1.5,), (1.5, 2.0), (np.array(1.5), 2.0)])
def test_small_systems(args):
    compiled = dd.compile(pair)
    ours, plain = solve.root(compiled, np.ones(2), args), solve.root(pair, np.ones(2), args)
    assert ours.success and ours.nit == plain.nit and ours.nfev == plain.nfev and ours.njvp == plain.njvp
    np.testing.assert_allclose(ours.x, plain.x, rtol=1e-12)
    np.testing.assert_array_equal(ours.fun, pair(ours.x, *args))
    assert ran(compiled, "jacobian by argument 0")


def test_other_arguments_use_the_same_program():
    compiled = dd.compile(pair)
    roots = [solve.root(compiled, np.ones(2), (a,)).x for a in (1.0, 2.0, 3.0)]
    paths = paths_of(compiled).alongs["jacobian by argument 0"]
    assert len(paths.table) == 1 and all(len(entries) == 1 for entries in paths.table.values())
    for a, x in zip((1.0, 2.0, 3.0), roots, strict=True):
        np.testing.assert_allclose(pair(x, a), 0, atol=1e-7)


@pytest.mark.parametrize("method", ["krylov", "sparse", "sparse-krylov", "dense", "ptc"])
@pytest.mark.parametrize("shape", [(120,), (12, 10)])
def test_methods(method, shape):
    fun = chain if len(shape) == 1 else (lambda x: chain(x.ravel()).reshape(shape))
    compiled, x0 = dd.compile(fun), -np.ones(shape)
    ours, plain = solve.root(compiled, x0, method=method), solve.root(fun, x0, method=method)
    assert ours.success == plain.success and ours.nit == plain.nit
    np.testing.assert_allclose(ours.x, plain.x, rtol=1e-9)
    assert ran(compiled, "jacobian by argument 0" if method == "dense" else "jvp")


def test_scales_bounds_and_float32():
    for more in ({"options": {"x_scale": 2.0, "f_scale": np.array([4.0, 0.5])}}, {"bounds": (0.0, 5.0)}):
        r = solve.root(dd.compile(pair), np.ones(2), (1.5,), **more)
        np.testing.assert_allclose(r.x, solve.root(pair, np.ones(2), (1.5,), **more).x, rtol=1e-6)
    r = solve.root(dd.compile(chain), -np.ones(6, np.float32))
    assert r.success and r.x.dtype == np.float32


def test_functions_of_python_are_recorded_and_replayed():
    compiled = dd.compile(spectral)
    r = solve.root(compiled, np.zeros(128), method="krylov")
    assert r.success and r.nlinearize
    np.testing.assert_allclose(spectral(r.x), 0, atol=1e-7)


def test_lists_and_what_cannot_be_compiled():
    def in_a_list(x):
        return [x[0] + x[1] - 3.0, x[0] * x[1] - 2.0]

    count = iter(range(10**6))

    def counts(x):
        return x**2 - 2.0 + 1e-30 * next(count)

    r = solve.root(dd.compile(in_a_list), np.array([3.0, 0.0]))
    np.testing.assert_allclose(r.x, [2.0, 1.0])
    with pytest.warns(CompileNotice):
        r = solve.root(dd.compile(counts), np.full(3, 1.5))
    np.testing.assert_allclose(r.x, np.sqrt(2.0))


def test_a_stale_program_is_no_root():
    hidden = np.array([2.0])

    def fun(x):
        target = 3.0 * hidden       # a number computed outside, before it meets an argument
        return x**2 - float(target[0])

    compiled = dd.compile(fun)
    assert solve.root(compiled, np.ones(2)).x == pytest.approx([6**0.5] * 2)
    hidden[0] = 5.0
    try:
        r = solve.root(compiled, np.ones(2))
    except StaleProgramError:
        return
    np.testing.assert_allclose(r.x, 15**0.5)        # or it was seen, and recorded anew


def test_derivatives_of_solutions():
    compiled = dd.compile(pair)

    def x0_of(f):
        return dd.jacobian(lambda a: solve.root(f, np.ones(2), (a,)).x)(1.5)

    np.testing.assert_allclose(x0_of(compiled), x0_of(pair), rtol=1e-9)


def test_batches():
    r = solve.root_batch(dd.compile(lambda x, a: x**2 - a), np.ones((1, 5)), (np.arange(1.0, 6.0),))
    np.testing.assert_allclose(r.x[0], np.sqrt(np.arange(1.0, 6.0)))


def test_minimize():
    compiled = dd.compile(rosenbrock)
    for run in (solve.minimize, optimize.minimize):
        ours, plain = run(compiled, np.full(4, -1.2)), run(rosenbrock, np.full(4, -1.2))
        assert ours.success and ours.nit == plain.nit
        np.testing.assert_allclose(ours.x, plain.x, rtol=1e-7)
    assert ran(compiled, "value_and_grad by argument 0") and ran(compiled, "hessian by argument 0")
    one = dd.compile(lambda x: np.array([rosenbrock(x)]))       # an array of one element
    np.testing.assert_allclose(optimize.minimize(one, np.full(3, -1.2), method="bfgs").x, 1.0, rtol=1e-4)


def test_least_squares():
    t = np.linspace(0.0, 2.0, 30)

    def misfit(p, t):
        return p[0] * np.exp(-p[1] * t) - 2.0 * np.exp(-1.5 * t)

    compiled = dd.compile(misfit)
    for run in (solve.least_squares, optimize.least_squares):
        np.testing.assert_allclose(run(compiled, np.ones(2), args=(t,)).x, [2.0, 1.5], rtol=1e-6)
    assert ran(compiled, "jacobian by argument 0")
    many = dd.compile(lambda x: np.concatenate([chain(x), x[1:] - x[:-1]]))
    ours, plain = solve.least_squares(many, -np.ones(100)), solve.least_squares(many.__wrapped__, -np.ones(100))
    assert ours.method == plain.method == "gauss-newton" and ran(many, "jvp")
    np.testing.assert_allclose(ours.x, plain.x, rtol=1e-7)


@pytest.mark.parametrize("n", [5, 80])
def test_right_hand_sides(n):
    def rhs(t, y, k):
        f = -k * y
        f[1:] += 50.0 * (y[:-1] - y[1:])
        return f + np.sin(t)

    compiled = dd.compile(rhs)
    for method in ("BDF", "Radau", "LSODA"):
        ours = integrate.solve_ivp(compiled, (0.0, 1.0), np.ones(n), method=method, args=(2.0,))
        plain = integrate.solve_ivp(rhs, (0.0, 1.0), np.ones(n), method=method, args=(2.0,))
        assert ours.success and ours.t.size == plain.t.size
        np.testing.assert_allclose(ours.y[:, -1], plain.y[:, -1], rtol=1e-9)
    assert ran(compiled, "jacobian by argument 1") or ran(compiled, "jvp by argument 1")


@pytest.mark.parametrize("n", [6, 260])
def test_continuation(n):
    h = 1.0 / (n + 1)

    def bratu(u, lam):
        v = np.concatenate([np.zeros(1), u, np.zeros(1)])
        return v[2:] - 2 * v[1:-1] + v[:-2] + h**2 * lam * np.exp(u)

    compiled = dd.compile(bratu)
    ours, plain = (solve.continuation(f, np.zeros(n), 0.0, 5.0, options={"maxtime": 60}) for f in (compiled, bratu))
    assert ran(compiled, "jvp")
    np.testing.assert_allclose([fold[1] for fold in ours.folds], [fold[1] for fold in plain.folds], rtol=1e-6)
    assert len(ours.folds) == 1 and ours.p.size == plain.p.size


def test_bound_functions():
    compiled = dd.compile(pair)
    g, x, v = bound(compiled, (1.5,)), np.array([0.3, 0.7]), np.array([1.0, -2.0])
    np.testing.assert_array_equal(g(x), pair(x, 1.5))
    J = dd.jacobian(lambda x: pair(x, 1.5))(x)
    np.testing.assert_allclose(dd.jacobian(g)(x), J, rtol=1e-13)
    value, found = dd.value_and_jacobian(g)(x)
    np.testing.assert_array_equal(value, g(x))
    np.testing.assert_allclose(found, J, rtol=1e-13)
    np.testing.assert_allclose(dd.jvp(g, (x,), (v,))[1], dd.jvp(lambda x: pair(x, 1.5), (x,), (v,))[1], rtol=1e-13)
    np.testing.assert_allclose(dd.vjp(g, x)[1](v), dd.vjp(lambda x: pair(x, 1.5), x)[1](v), rtol=1e-13)
    value, J = dd.linearize(g, x)
    np.testing.assert_allclose(J @ v, dd.jvp(g, (x,), (v,))[1], rtol=1e-13)
