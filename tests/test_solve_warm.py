"""Programs that `root` makes without being asked, of functions that it has solved before."""

import copy
import functools
import pickle
import warnings

import numpy as np
import pytest

import dualdiff as dd
from dualdiff import solve
from dualdiff.errors import CompileNotice
from dualdiff.solve import problem
from dualdiff.solve.warm import NOTE, SOLVES

TIMES = SOLVES + 3


def circle(x, r=1.0):
    return np.array([x[0] ** 2 + x[1] ** 2 - r, x[0] - x[1] * np.exp(0.1 * x[2]), np.sin(x[2]) - 0.5 * x[0]])


def fresh(f):
    """A function of its own with the code of f."""
    return functools.update_wrapper(lambda *args: f(*args), f, updated=())


def note(f):
    return f.__dict__.get(NOTE)


X0 = np.array([1.0, 0.5, 0.1])


def same(a, b):
    """The same steps, to the last bits of J."""
    np.testing.assert_allclose(a.x, b.x, rtol=1e-12)
    assert (a.status, a.nit, a.nfev, a.njvp, a.njev) == (b.status, b.nit, b.nfev, b.njvp, b.njev)


@pytest.mark.parametrize("args", [(), (2.0,), (np.float64(3.0),)])
@pytest.mark.parametrize("dtype", ["d", "f"])
def test_later_solves_are_as_the_first(args, dtype):
    f = fresh(circle)
    first = solve.root(f, X0.astype(dtype), args)
    for _ in range(TIMES):
        same(solve.root(f, X0.astype(dtype), args), first)
    assert note(f).program is not None
    assert note(f).refused == (dtype == "f")        # single numbers in float32 are not compiled


def test_the_function_runs_on_duals_no_more(monkeypatch):
    f = fresh(circle)
    for _ in range(TIMES):
        solve.root(f, X0)
    monkeypatch.setattr(problem, "one_pass", None)
    assert solve.root(f, X0).success


def test_what_a_program_cannot_see_ends_it():
    """A number computed from an array outside, which then changes."""
    outside = [np.array([1.0])]
    level = outside[0]

    def f(x):
        return circle(x, float(level[0]))

    for _ in range(TIMES):
        solve.root(f, X0)
    level[0] = 4.0
    r = solve.root(f, X0)
    assert r.success
    assert r.x[0] ** 2 + r.x[1] ** 2 == pytest.approx(4.0)
    assert note(f).refused or note(f).program is not None
    same(r, solve.root(fresh(f), X0))


def test_a_branch_is_a_path():
    def f(x):
        return circle(x) if x[0] > 0.9 else circle(x) * np.array([2.0, 1.0, 1.0])

    first = solve.root(fresh(f), X0)
    for _ in range(TIMES):
        same(solve.root(f, X0), first)


@pytest.mark.parametrize("how", ["random", "float", "lists", "raises"])
def test_what_cannot_be_recorded_stays_as_it_is(how):
    rng = np.random.default_rng(0)
    calls = [0]

    def f(x):
        calls[0] += 1
        if how == "random":
            return circle(x) * (1 + 1e-3 * rng.normal())
        if how == "float":
            return [*circle(x).tolist()] if type(x) is np.ndarray else circle(x)
        if how == "lists":
            return list(circle(x))
        if calls[0] % 50 == 49:
            raise FloatingPointError
        return circle(x)

    with warnings.catch_warnings():
        warnings.simplefilter("error", CompileNotice)
        found = [solve.root(f, X0, tol=1e-9) for _ in range(TIMES)]
    for r in found:
        if r.success:
            assert np.max(np.abs(circle(r.x))) < 1e-8
    assert sum(r.success for r in found) >= TIMES - 1


def test_inside_a_derivative():
    f = fresh(circle)
    for _ in range(TIMES):
        solve.root(f, X0, (2.0,))

    def x0_of(r):
        return solve.root(f, X0, (r,)).x[0]

    def closed(r):
        def g(x):
            return circle(x, r)

        return [solve.root(g, X0) for _ in range(TIMES)][-1].x[0]

    step = (x0_of(2.0 + 1e-6) - x0_of(2.0 - 1e-6)) / 2e-6
    assert dd.derivative(x0_of)(2.0) == pytest.approx(step, rel=1e-7)
    assert dd.derivative(closed)(2.0) == pytest.approx(step, rel=1e-7)


def test_copies_of_the_note():
    """functools.wraps copies attributes; pickle and copy take functions' attributes along in some packages."""
    f = fresh(circle)
    for _ in range(TIMES):
        solve.root(f, X0)

    @functools.wraps(f)
    def other(x):
        return f(x) * 2 - 1

    solve.root(other, X0)
    assert note(other) is not note(f)
    assert note(other).solves == 1
    assert copy.deepcopy(note(f)).program is None
    assert pickle.loads(pickle.dumps(note(f))).solves == 0


def test_compiled_functions_and_others_are_left_alone():
    c = dd.compile(fresh(circle))
    for _ in range(TIMES):
        assert solve.root(c, X0).success
    assert note(c) is None

    class Callable:
        def __call__(self, x):
            return circle(x)

    for _ in range(TIMES):
        assert solve.root(Callable(), X0).success
