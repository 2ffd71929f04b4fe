"""Perturbation confusion: duals of different derivative calls never mix, in any order of nesting and time."""

import functools
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.errors import EscapedDualError


def by_jvp(f):
    """df/dx by forward mode through jvp."""
    return lambda x: dd.jvp(f, (x,), (1.0,))[1]


def by_vjp(f):
    """df/dx by reverse mode."""
    return lambda x: dd.vjp(f, x)[1](1.0)


def by_array(f):
    """df/dx with x as an array of one element."""
    return lambda x: dd.jacobian(lambda a: f(a[0]))(np.stack([x]) if np.ndim(x) == 0 else x)[0]


def by_grad(f):
    """df/dx by the gradient of a function of an array."""
    return lambda x: dd.grad(lambda a: f(a.sum()))(np.zeros(2, like=x) + x / 2 if dd_like(x) else np.full(2, x / 2))[0]


def dd_like(x):
    """Whether x is a dual."""
    return isinstance(x, (dd.Dual, dd.DualArray))


DERIVATIVES = {"derivative": dd.derivative, "jvp": by_jvp, "vjp": by_vjp, "jacobian": by_array, "grad": by_grad}
both = pytest.mark.parametrize("inner", DERIVATIVES.values(), ids=DERIVATIVES)
outer_ = pytest.mark.parametrize("outer", DERIVATIVES.values(), ids=DERIVATIVES)


@both
@outer_
def test_the_first_classical_case(outer, inner):
    """d/dx [x * d/dy (x + y) at y = 1] at x = 1 is 1 (Siskind & Pearlmutter 2005); confused, it is 2."""
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0


@both
@outer_
def test_the_second_classical_case(outer, inner):
    """d/dx [x * d/dy (x * y) at y = 2] at x = 1: d/dx x^2 = 2; confused, it is 3 or 4."""
    assert outer(lambda x: x * inner(lambda y: x * y)(2.0))(1.0) == 2.0


@both
@outer_
def test_at_the_same_point(outer, inner):
    """d/dx [x * d/dy (x * y^2) at y = x] = d/dx 2 x^3 = 6 x^2: the inner argument is the outer dual itself."""
    assert abs(outer(lambda x: x * inner(lambda y: x * y * y)(x))(1.5) - 13.5) < 1e-14


@both
def test_a_constant_inner_function_has_derivative_zero(inner):
    assert dd.derivative(lambda x: x * inner(lambda y: x * x)(2.0) + x)(3.0) == 1.0


def test_three_levels():
    """d/dx d/dy d/dz x y^2 z^3, each at its own point, in every order."""

    def f(x):
        return dd.derivative(lambda y: dd.derivative(lambda z: x * y**2 * z**3)(x * y))(x)

    # d/dz = 3 x y^2 z^2 at z = x y: 3 x^3 y^4; d/dy at y = x (z inside depends on y): 12 x^3 y^3 = 12 x^6
    assert abs(dd.derivative(f)(1.25) - 72 * 1.25**5) < 1e-11
    assert abs(dd.vjp(f, 1.25)[1](1.0) - 72 * 1.25**5) < 1e-11


def test_arrays_at_two_levels():
    """H v by hand nesting equals the Hessian; the inner direction is the outer dual itself."""
    x = np.array([0.5, 1.5, -0.7])

    def along_itself(x):
        return dd.jvp(lambda y: np.sum(y**3 * x), (x,), (x,))[1]    # 3 sum x^4

    np.testing.assert_allclose(dd.grad(along_itself)(x), 12 * x**3, rtol=1e-14)
    np.testing.assert_allclose(dd.vjp(along_itself, x)[1](1.0), 12 * x**3, rtol=1e-14)


# ---- threads and generators ---------------------------------------------------------------------------


def test_two_threads_interleaved():
    """Each thread stops inside its outer call until the other one is inside its own, then goes on in turns."""
    events = [threading.Event() for _ in range(6)]
    found = {}

    def first():
        def outer(x):
            events[0].set()
            assert events[1].wait(10)

            def inner(y):
                events[2].set()
                assert events[3].wait(10)
                return x + y

            slope = dd.derivative(inner)(1.0)
            events[4].set()
            assert events[5].wait(10)
            return x * slope

        found["first"] = dd.derivative(outer)(1.0)

    def second():
        assert events[0].wait(10)

        def outer(x):
            events[1].set()
            assert events[2].wait(10)

            def inner(y):
                events[3].set()
                assert events[4].wait(10)
                return x * y

            slope = dd.derivative(inner)(2.0)
            events[5].set()
            return x * slope

        found["second"] = dd.derivative(outer)(1.0)

    run(first, second)
    assert found == {"first": 1.0, "second": 2.0}


def run(*functions):
    """Runs functions in threads of their own; their failures fail the test."""
    failures = []

    def guarded(function):
        try:
            function()
        except BaseException as e:
            failures.append(e)

    threads = [threading.Thread(target=guarded, args=(f,)) for f in functions]
    for t in threads:
        t.start()
    for t in threads:
        t.join(20)
    assert not failures, failures
    assert not any(t.is_alive() for t in threads)


def test_many_threads_draw_different_tags():
    tags, lock = [], threading.Lock()

    def work():
        mine = []
        for _ in range(200):
            dd.derivative(lambda x: mine.append(x.tag) or x * dd.derivative(lambda y: mine.append(y.tag) or x * y)(2.0))(1.0)
        with lock:
            tags.extend(mine)

    run(*[work] * 4)
    assert len(tags) == 1600 and len(set(tags)) == 1600


def test_threads_share_a_function_that_writes_into_buffers():
    def f(x):
        y = np.zeros_like(x)
        for i in range(len(x)):
            y[i] = x[i] * x[i - 1]
        return y

    x = np.linspace(0.5, 1.5, 40)
    expected = dd.jacobian(f)(x)
    found = []
    run(*[lambda: found.append(dd.jacobian(f)(x))] * 4)
    assert len(found) == 4 and all(np.array_equal(J, expected) for J in found)


def test_a_pullback_runs_in_several_threads():
    x = np.linspace(0.5, 1.5, 500)
    _, pullback = dd.vjp(lambda x: np.cumsum(np.sin(x) * x) / x, x)
    w = np.eye(500)[:8]
    expected = [pullback(row) for row in w]
    found = [None] * 8

    def work(j):
        for _ in range(5):
            found[j] = pullback(w[j])

    run(*[lambda j=j: work(j) for j in range(8)])
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_generators_suspended_inside_a_call():
    """A generator that holds a dual of one call is advanced while other calls run."""

    def powers(x):
        y = x
        while True:
            yield y
            y = y * x

    def f(x):
        first, slopes = powers(x), []
        for _ in range(3):
            here = next(first)
            second = powers(2.0)
            slopes.append(dd.derivative(lambda y, here=here, second=second: here * y * next(second))(1.0))
        return sum(slopes)      # 2 (x + x^2 + x^3)

    assert dd.derivative(f)(1.5) == 2 * (1 + 2 * 1.5 + 3 * 1.5**2)
    assert abs(dd.vjp(f, 1.5)[1](1.0) - 2 * (1 + 2 * 1.5 + 3 * 1.5**2)) < 1e-14


def test_derivative_calls_inside_a_suspended_derivative_call():
    """Two calls whose functions run in turns, by threads that hand over like coroutines; answers stay apart."""
    turn = [threading.Semaphore(1), threading.Semaphore(0)]
    found = [None, None]

    def play(me, f, x):
        def stepped(x):
            y = x
            for _ in range(10):
                assert turn[me].acquire(timeout=10)
                y = f(y, x)
                turn[1 - me].release()
            return y

        found[me] = dd.derivative(stepped)(x)

    run(lambda: play(0, lambda y, x: y * x, 1.1), lambda: play(1, lambda y, x: y + x * x, 0.5))
    assert abs(found[0] - 11 * 1.1**10) < 1e-12
    assert found[1] == 1 + 10 * 2 * 0.5


# ---- recursion ------------------------------------------------------------------------------------------


class Newton:
    """A callable that solves y^2 = a with its own derivative inside; used at two levels at once."""

    def residual(self, y, a):
        return y * y - a

    def __call__(self, a, steps=8):
        y = 1.0 + 0.0 * a
        for _ in range(steps):
            slope = dd.derivative(lambda z: self.residual(z, a))(y)
            y = y - self.residual(y, a) / slope
        return y


@pytest.mark.parametrize("outer", [dd.derivative, by_jvp, by_vjp])
def test_a_callable_that_differentiates_itself(outer):
    root = Newton()
    assert abs(outer(root)(2.0) - 0.5 / np.sqrt(2.0)) < 1e-14
    assert abs(outer(lambda a: root(root(a)))(3.0) - 0.25 * 3.0**-0.75) < 1e-14


def test_a_recursive_callable_at_two_levels():
    """f_n(x) = x * f_{n-1}'(x), f_0 = x^4: every level differentiates the one below at the same point."""

    def f(n, x):
        return x**4 if n == 0 else x * dd.derivative(lambda y: f(n - 1, y))(x)

    for n in range(4):
        assert abs(f(n, 1.5) - 4**n * 1.5**4) < 1e-10
    assert abs(dd.derivative(lambda x: f(2, x))(1.5) - 64 * 1.5**3) < 1e-10


# ---- escapes ------------------------------------------------------------------------------------------


def test_a_dual_that_escapes_is_an_error():
    kept = []
    dd.derivative(lambda x: kept.append(x) or x)(1.0)
    for call in (
        lambda: dd.derivative(lambda x: later(kept))(1.0),
        lambda: dd.derivative(lambda x: x * later(kept))(1.0),
        lambda: dd.jvp(lambda x: x * later(kept), (np.ones(2),), (np.ones(2),)),
        lambda: dd.grad(lambda x: np.sum(x) + later(kept))(np.ones(2)),
        lambda: dd.jacobian(lambda x: x * later(kept))(np.ones(2)),
        lambda: dd.vjp(lambda x: x * later(kept), np.ones(2)),
        lambda: dd.value_and_grad(lambda x: np.sum(x) * later(kept))(np.ones(2)),
    ):
        with pytest.raises(EscapedDualError, match="another derivative call") as caught:
            call()
        assert isinstance(caught.value, ValueError) and isinstance(caught.value, dd.errors.DualDiffError)


def later(kept):
    """A dual of a newer call than the one that is running, from a call that is already over."""
    dd.derivative(lambda y: kept.append(y) or y)(2.0)
    return kept[-1]


def test_an_array_that_escapes_is_an_error():
    kept = {}

    def f(x):
        dd.jacobian(lambda y: kept.setdefault("y", y * 2))(np.ones(3))
        return kept["y"] + x

    with pytest.raises(EscapedDualError):
        dd.jacobian(f)(np.ones(3))


def leaked():
    """A number and an array of calls that are over, second-order ones too."""
    kept = []
    with dd.auto_lift(False):       # which would run the functions on plain numbers, too
        dd.derivative(lambda x: kept.append(x) or x)(3.0)
        dd.grad(lambda x: kept.append(x) or np.sum(x))(np.array([1.0, 2.0]))
        dd.vjp(lambda x: kept.append(x * x) or x, np.array([1.0, 2.0]))
        dd.jvp(lambda x: kept.append(x) or x, (np.array([1.0, 2.0]),), (np.ones(2),))
    return kept


LEAKS = leaked()
X = np.array([0.5, 2.0])
TRANSFORMS = {
    "derivative": lambda f: dd.derivative(lambda t: f(t * X))(1.0),
    "derivative by a number": lambda f: dd.derivative(lambda t: np.sum(f(np.stack([t, t]))))(1.0),
    "jvp": lambda f: dd.jvp(f, (X,), (X,)),
    "jvp, several directions": lambda f: dd.jvp(f, (X,), (np.eye(2),)),
    "jvp of a structure": lambda f: dd.jvp(lambda p: {"r": f(p["x"])}, ({"x": X},), ({"x": X},)),
    "holomorphic": lambda f: dd.jvp(f, (X + 0j,), (X,), holomorphic=True),
    "grad": lambda f: dd.grad(lambda x: np.sum(f(x)))(X),
    "grad in chunks": lambda f: dd.grad(lambda x: np.sum(f(x)), chunk=1)(X),
    "reverse grad": lambda f: dd.grad(lambda x: np.sum(f(x)), mode="reverse")(X),
    "jacobian": lambda f: dd.jacobian(f)(X),
    "jacobian in chunks": lambda f: dd.jacobian(f, chunk=1)(X),
    "reverse jacobian": lambda f: dd.jacobian(f, mode="reverse")(X),
    "vjp": lambda f: dd.vjp(f, X),
    "linearize": lambda f: dd.linearize(f, X),
    "hessian": lambda f: dd.hessian(lambda x: np.sum(f(x)))(X),
    "reverse hessian": lambda f: dd.hessian(lambda x: np.sum(f(x)), mode="reverse")(X),
    "nested hessian": lambda f: dd.hessian(lambda x: np.sum(f(x)), chunk=1)(X),
    "hvp": lambda f: dd.hvp(lambda x: np.sum(f(x)), (X,), (X,)),
    "laplacian": lambda f: dd.laplacian(lambda x: np.sum(f(x)))(X),
    "hessian_diagonal": lambda f: dd.hessian_diagonal(lambda x: np.sum(f(x)))(X),
    "taylor": lambda f: dd.taylor(f, X, X, 3),
    "nth_derivative": lambda f: dd.nth_derivative(f, 2)(X),
    "sparse": lambda f: dd.sparse_jacobian(f, X)(X),
    "aux": lambda f: dd.jvp(lambda x: (x, f(x)), (X,), (X,), has_aux=True),
    "grad of grad": lambda f: dd.grad(lambda x: np.sum(dd.grad(lambda z: np.sum(f(z)))(x)))(X),
    "checkpoint": lambda f: dd.grad(lambda x: np.sum(dd.checkpoint(f)(x)), mode="reverse")(X),
    "lift": lambda f: dd.jvp(dd.lift(f), (X,), (X,)),
}


@pytest.mark.parametrize("which", range(len(LEAKS)))
@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_dual_of_a_call_that_is_over_is_an_error(name, which):
    leak = LEAKS[which]
    for f in (
        lambda x: leak * np.ones(2), lambda x: x + leak, lambda x: leak - x * x,
        lambda x: np.stack([x[0], leak * 1.0 if np.ndim(leak) == 0 else leak[0]]),
        lambda x: np.where(x > 0, leak, x),
    ):  # fmt: skip
        with pytest.raises(EscapedDualError):
            TRANSFORMS[name](f)
    TRANSFORMS[name](lambda x: x * dd.stop_gradient(leak))      # the value alone is anybody's
    TRANSFORMS[name](lambda x: x * 2.0 if np.all(leak > 0) else x)


def test_caches_and_generators():
    cache = {}

    def cached(x):
        if "y" not in cache:
            cache["y"] = np.exp(x)
        return cache["y"] * x

    assert dd.derivative(cached)(1.0) == 2 * np.e
    with pytest.raises(EscapedDualError):
        dd.derivative(cached)(1.0)

    @functools.lru_cache
    def square(key):
        return latest[0] ** 2

    latest = [None]

    def f(x):
        latest[0] = x
        return square("key") + 0.0

    assert np.array_equal(dd.grad(lambda x: np.sum(f(x)))(X), 2 * X)
    with pytest.raises(EscapedDualError):
        dd.grad(lambda x: np.sum(f(x)))(X)
    square.cache_clear()
    with pytest.raises(EscapedDualError):       # the second chunk meets the first one's
        dd.jacobian(f, chunk=1)(X)

    def numbers(x):
        while True:
            yield x * x

    generators = []

    def of_a_generator(x):
        if not generators:
            generators.append(numbers(x))
        return next(generators[0])

    assert dd.derivative(of_a_generator)(3.0) == 6.0
    with pytest.raises(EscapedDualError):
        dd.derivative(of_a_generator)(3.0)


@pytest.mark.parametrize("which", range(len(LEAKS)))
def test_arguments_tangents_and_cotangents_that_are_over(which):
    leak = LEAKS[which] * np.ones(2)
    _, J = dd.linearize(np.sin, X)
    _, pullback = dd.vjp(np.sin, X)
    for call in (
        lambda: dd.grad(np.sum)(leak), lambda: dd.grad(lambda x: np.sum(x**2), mode="reverse")(leak),
        lambda: dd.jvp(np.sin, (leak,), (X,)), lambda: dd.jvp(np.sin, (X,), (leak,)), lambda: dd.hessian(lambda x: np.sum(x**2))(leak),
        lambda: J @ leak, lambda: J.T @ leak, lambda: J.jvp(leak), lambda: pullback(leak), lambda: J.matmat(leak[:, None]),
    ):  # fmt: skip
        with pytest.raises(EscapedDualError):
            call()


@pytest.mark.parametrize("which", range(len(LEAKS)))
def test_rules_and_linear_maps_of_ones_own(which):
    leak = dd.stop_gradient(LEAKS[which]) * 0.0 + LEAKS[which]

    @dd.custom_jvp
    def by_rule(x):
        return x * x

    @dd.custom_jvp
    def by_map(x):
        return x * x

    by_rule.defjvp(lambda primals, tangents: (None, tangents[0] * leak))
    by_map.deflinear(lambda x: (None, leak * np.eye(2)))
    for f in (by_rule, by_map):
        for call in (dd.jacobian(f), dd.grad(lambda x, f=f: np.sum(f(x))), dd.grad(lambda x, f=f: np.sum(f(x)), mode="reverse"),
                     lambda x, f=f: dd.jvp(f, (x,), (x,)), lambda x, f=f: dd.vjp(f, x)):  # fmt: skip
            with pytest.raises(EscapedDualError):
                call(X)


def test_a_linearization_that_outlives_the_call_around_it():
    kept = []

    def f(x):
        kept.append(dd.linearize(lambda y: y * x, X)[1])
        return kept[0] @ X

    assert np.array_equal(dd.jvp(f, (X,), (X,))[1], X * X)
    for product in (lambda J: J @ X, lambda J: J.T @ X, lambda J: J.dense()):
        with pytest.raises(EscapedDualError):
            product(kept[0])


def test_duals_of_running_calls_are_welcome():
    """Around the call, in threads that the function starts, and in generators that live within it."""
    assert dd.derivative(lambda x: dd.derivative(lambda y: x * y * y)(x))(3.0) == 12.0
    with ThreadPoolExecutor(2) as pool:
        def f(x):
            parts = list(pool.map(lambda i: dd.derivative(lambda y: x[i] * y**2)(x[i]), range(2)))
            return np.stack(parts)

        assert np.array_equal(dd.jacobian(f)(X), np.diag(4 * X))
        assert np.array_equal(dd.jacobian(f, mode="reverse")(X), np.diag(4 * X))
    assert dd.derivative(lambda x: sum(x**n for n in range(3)))(2.0) == 5.0
    mine = dd.Dual(2.0, [1.0])      # a dual made by hand is of no call
    assert isinstance(dd.derivative(lambda x: x * mine)(3.0), dd.Dual)


def test_an_exception_ends_a_call_too():
    kept = []

    def broken(x):
        kept.append(x)
        raise RuntimeError

    for transform in (dd.derivative, dd.grad, dd.hessian):
        with pytest.raises(RuntimeError):
            transform(broken)(1.0 if transform is dd.derivative else X)
    for leak in kept:
        with pytest.raises(EscapedDualError):
            dd.derivative(lambda x, leak=leak: x * np.sum(leak))(1.0)


# ---- exceptions -----------------------------------------------------------------------------------------


def test_exceptions_leave_nothing_behind():
    class Stop(Exception):
        pass

    def broken(y):
        raise Stop

    def f(x):
        total = x
        for derivative in DERIVATIVES.values():
            with pytest.raises(Stop):
                derivative(broken)(x)
            total = total + x * derivative(lambda y: x * y)(2.0)
        return total

    assert dd.derivative(f)(1.0) == 1.0 + 2 * len(DERIVATIVES)
    with pytest.raises(Stop):
        dd.derivative(lambda x: dd.derivative(broken)(x))(1.0)
    assert dd.derivative(lambda x: x * dd.derivative(lambda y: x * y)(2.0))(1.0) == 2.0


def test_an_exception_between_write_and_read():
    """A buffer of the outer call, half written by an inner call that failed, keeps what it holds."""
    x = np.array([1.0, 2.0, 3.0])

    def f(x):
        y = x * x

        def inner(s):
            y[0] = x[1] * s.value if False else x[1]
            raise ValueError("in the middle")

        with pytest.raises(ValueError, match="middle"):
            dd.derivative(inner)(x[2])
        y[1] *= 2.0
        return y

    assert np.array_equal(dd.jacobian(f)(x), [[0, 1, 0], [0, 8, 0], [0, 0, 6]])


# ---- writing across levels --------------------------------------------------------------------------------


@pytest.mark.parametrize("inner", [dd.derivative, by_jvp, by_vjp], ids=["derivative", "jvp", "vjp"])
def test_an_inner_dual_written_into_an_outer_array(inner):
    """The outer array takes the inner tag; both derivatives survive."""

    def f(x):
        def g(s):
            y = x * x
            y[0] = s * x[1]
            y[1:] *= s
            return np.sum(y * y)

        return inner(g)(x[2])

    # g = (s x1)^2 + s^2 (x1^4 + x2^4); dg/ds at s = x2: 2 x2 (x1^2 + x1^4 + x2^4)
    x = np.array([1.0, 2.0, 3.0])
    expected = np.array([0.0, 2 * 3 * (2 * 2 + 4 * 8), 2 * (4 + 16 + 81) + 2 * 3 * 4 * 27.0])
    np.testing.assert_allclose(dd.grad(f)(x), expected, rtol=1e-14)
    np.testing.assert_allclose(dd.vjp(f, x)[1](1.0), expected, rtol=1e-14)


@pytest.mark.parametrize("inner", [dd.derivative, by_jvp, by_vjp], ids=["derivative", "jvp", "vjp"])
@pytest.mark.parametrize("outer", [dd.grad, lambda f: lambda x: dd.vjp(f, x)[1](1.0)], ids=["grad", "vjp"])
def test_an_outer_array_that_took_an_inner_dual_is_used_after_the_inner_call(outer, inner):
    """Kept by the outer function, the array holds a dual of a call that is over: an error, never a wrong number."""

    def f(x):
        y = x * x

        def g(s):
            y[0] = s * x[1]
            return y[0]

        slope = inner(g)(x[2])
        return slope + np.sum(y)

    with pytest.raises(EscapedDualError):
        outer(f)(np.array([1.0, 2.0, 3.0]))


def test_results_of_inner_calls_are_plain_for_them():
    """Value and derivative of an inner call are duals of the outer call, and nothing newer."""

    def f(x):
        value, slope = dd.jvp(lambda y: y * y * x, (x,), (1.0,))
        assert value.tag == slope.tag == x.tag
        assert not isinstance(value.value, dd.Dual)
        return value * slope        # x^3 * 2 x^2

    assert dd.derivative(f)(2.0) == 10 * 2.0**4


def test_threads_leave_the_filters_of_warnings_alone():
    """What runs without a word in several threads at once puts the process's filters back, whoever ends first."""
    import warnings

    from dualdiff.quiet import quietly

    with warnings.catch_warnings():
        before = list(warnings.filters)
        first, second = threading.Event(), threading.Event()

        def early():
            with quietly():
                first.set()
                second.wait(10)

        def late():
            first.wait(10)
            with quietly(RuntimeWarning):
                second.set()
                thread.join(10)
                warnings.warn("not shown", RuntimeWarning, stacklevel=1)
            assert list(warnings.filters) == before
            with pytest.raises(UserWarning):
                warnings.warn("shown again: an error in these tests", UserWarning, stacklevel=1)

        thread = threading.Thread(target=early)
        thread.start()
        late()
        assert list(warnings.filters) == before


def test_first_calls_in_threads_leave_the_filters_alone():
    import warnings

    def work(k):
        for i in range(5):
            scale = 1.0 + k + i / 10

            def f(x, scale=scale):
                return np.sum(np.floor(3 * x) * x + scale * np.abs(x) ** 3)

            dd.hessian(f)(np.array([0.1, 1.1, 2.1]))

    before = list(warnings.filters)
    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


def test_what_was_interrupted_inside_holds_nothing():
    """Filters of later runs are put back, too, where an earlier one never came to its end."""
    import warnings

    from dualdiff.quiet import quietly

    with warnings.catch_warnings():
        def work():
            quietly().__enter__()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    before = list(warnings.filters)
    with quietly(RuntimeWarning):
        assert list(warnings.filters) != before
    assert list(warnings.filters) == before


def test_quiet_within_quiet_ends_with_it():
    import warnings

    from dualdiff.quiet import quietly

    with quietly(DeprecationWarning):
        with quietly(UserWarning):
            warnings.warn("not shown", UserWarning, stacklevel=1)
        with pytest.raises(UserWarning):
            warnings.warn("shown: an error in these tests", UserWarning, stacklevel=1)
