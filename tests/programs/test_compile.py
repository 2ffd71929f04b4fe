"""dd.compile: what a compiled function promises, beside the rows of the table of cases."""

import copy
import math
import pickle
import warnings

import numpy as np
import pytest
from support import in_threads

import dualdiff as dd
from dualdiff.errors import ArgumentError, CompileNotice, InputError, StaleProgramError
from dualdiff.programs.compiled import always_check

X = np.array([0.3, -1.2, 0.7, 2.0])
A = np.arange(16.0).reshape(4, 4) / 7


def reasons(c):
    return list(c.__dualdiff_program__.eager.values())


def paths(c):
    return sum(map(len, c.__dualdiff_program__.table.values()))


def held(f, *points, path=1):
    """Compiles f, calls it at points, and asks for the same bits and types."""
    c = dd.compile(f)
    for args in points:
        args = args if isinstance(args, tuple) else (args,)
        found, wanted = c(*args), f(*args)
        assert type(found) is type(wanted)
        for a, b in zip(leaves(found), leaves(wanted), strict=True):
            assert type(a) is type(b)
            assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
            assert np.shape(a) == np.shape(b)
    assert not reasons(c), reasons(c)
    assert paths(c) == path
    return c


def leaves(y):
    if isinstance(y, (tuple, list)):
        return [leaf for e in y for leaf in leaves(e)]
    return [leaf for e in y.values() for leaf in leaves(e)] if isinstance(y, dict) else [y]


def as_is(f, *args):
    """The reason why f is not compiled; its results are its own."""
    c = dd.compile(f)
    with pytest.warns(CompileNotice) as met:
        c(*args)
    return str(met[0].message)


# ---- kinds of arguments and results ----


def test_kinds_of_results():
    held(lambda x: x.sum(), X, X + 1)
    held(lambda x: {"a": x * 2, "b": [x[0], (x[1:], 3, None)]}, X, -X)
    held(lambda t: (t * 2, t**2, t > 1, -t), 0.3, 1.7)
    held(lambda t: np.sin(t), 0.3, 1.7)
    held(lambda x: np.array(x[0]), X, X + 1)
    held(lambda x: x[0] > 0, X, X + 1)
    held(lambda x: x.T, np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    held(lambda x, y: x + y, (X, 2.0), (X, 3.0))
    held(lambda x: (1, "text", x), X)


def test_structures_shapes_and_static_arguments_select_programs():
    c = dd.compile(lambda p, n: p["w"] ** n)
    for n in (2, 3):
        for shape in ((3,), (2, 2)):
            w = np.full(shape, 1.5)
            np.testing.assert_array_equal(c({"w": w}, n), w**n)
            np.testing.assert_array_equal(c({"w": w + 1}, n=n), (w + 1) ** n)
    assert not reasons(c)
    d = dd.compile(lambda x, h: x * h if h > 0.5 else x, static="h")
    assert d(2.0, 0.7) == 1.4 and d(2.0, 0.2) == 2.0
    assert not any(e.path.graph.guards for es in d.__dualdiff_program__.table.values() for e in es)


def test_layouts():
    a = np.asfortranarray(np.random.default_rng(0).normal(size=(3, 4)))

    def f(x):
        return np.sum(np.sin(x), axis=1) @ x

    held(f, a, np.asfortranarray(2 * a))
    held(f, a.copy("C"))
    held(lambda x: np.exp(x).reshape(-1), a)
    assert "gaps" in as_is(np.sin, np.arange(8.0)[::2])


def test_errors_of_the_call():
    with pytest.raises(InputError):
        dd.compile(3.0)
    with pytest.raises(ArgumentError):
        dd.compile(np.sin, check="sometimes")
    with pytest.raises(ArgumentError):
        dd.compile(lambda x: x, static="y")(1.0)


# ---- views and writes ----


def test_views_see_what_is_written():
    def f(x):
        y = np.zeros_like(x)
        w = y[1:3]
        y += x
        w *= 2
        y[0] = w[0]
        z = y[::-1]
        y[:2] = z[:2]
        z[0] += 1
        return np.concatenate([y, z, w])

    held(f, X, X * 3)


def test_scalars_do_not_change_with_their_array():
    def f(x):
        y = x * 1.0
        s = y[0]
        y[0] = 7.0
        return np.array([s, y[0]])

    held(f, X, X + 1)


def test_transposed_and_reshaped_buffers():
    def f(x):
        y = np.zeros((2, 3))
        y.T[0] = x[:2]
        y.reshape(-1)[4] = x[3]
        y[:, 1] += y[0, 0]
        y[[0, 1], [2, 2]] = x[:2] * y[1, 1]
        y[y > 1] = 0.5
        return y, y.T @ y

    held(f, X, X * 2)


def test_overlapping_writes_and_repeated_indices():
    def f(x):
        y = x * 2
        y[1:] = y[:-1]
        y[[0, 0, 1]] = x[:3]
        np.add.at(y, [0, 0, 2], x[0])
        y[1:] += y[:-1]
        return y

    c = held(f, X, X + 1)
    np.testing.assert_allclose(dd.jacobian(c)(X), dd.jacobian(f)(X), rtol=1e-12)


def test_buffers_of_plain_numpy_and_math():
    def f(x):
        y = np.zeros(4)
        for i in range(4):
            y[i] = math.sin(x[i]) + math.pow(2.0, x[i])
        return np.asarray(y) * np.array([x[0], x[1], x[2], x[3]])

    held(f, X, X + 1)


def test_an_argument_that_is_written_to():
    def f(x):
        x += 1
        return x * 2

    c = dd.compile(f)
    x = X.copy()
    with pytest.warns(CompileNotice, match="writes into its argument"):
        c(x)
    np.testing.assert_array_equal(x, X + 1)


def test_results_are_not_shared():
    c = held(lambda x: x * 2, X)
    a, b = c(X), c(X)
    a[0] = 99.0
    assert b[0] == X[0] * 2 == c(X)[0]


# ---- guards and paths ----


def test_paths_of_a_branch():
    def f(x):
        if x[0] > 0:
            return x * 2
        return -x

    c = held(f, X, -X, X + 1, -X - 1, path=2)
    assert "test_compile.py" in str(c.explain())


def test_integers_and_masks():
    held(lambda x: x[int(x[0] * 10) % 3], X, X, path=1)
    held(lambda x: x[x > 0], X, X + 0.1, path=1)
    held(lambda x: x[x > 0], X, X - 0.5, path=2)
    held(lambda x: np.where(x > 0, x, 2 * x), X, X - 0.5, path=1)
    held(lambda x: x[np.argsort(x)], X, X[::-1].copy(), path=1)
    held(lambda x: np.arange(4.0)[np.argsort(x)], X, X[::-1].copy(), path=2)


def test_a_loop_that_runs_until_converged_goes_back_to_plain():
    def f(x):
        n = 0
        while x > 1e-3:
            x, n = x / 2, n + 1
        return x * n

    c = dd.compile(f)
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        for k in range(20):
            assert c(2.0**k) == f(2.0**k)
    assert sum(w.category is CompileNotice for w in met) == 1
    assert "paths" in reasons(c)[0] and "test_compile.py" in reasons(c)[0]


def test_an_index_out_of_range_raises_as_numpy_does():
    c = held(lambda x, i: x[i], (X, np.array([0, 3])), (X, np.array([1, -1])))
    with pytest.raises(IndexError):
        c(X, np.array([0, 4]))


# ---- what comes from outside ----


def test_captured_arrays_are_read_in_each_run():
    w = np.arange(4.0)
    c = held(lambda x: x @ w, X)
    g = dd.grad(c)
    np.testing.assert_array_equal(g(X), w)
    w[:] = 7.0
    assert c(X) == X @ w
    np.testing.assert_array_equal(g(X), w)
    m = np.arange(16.0).reshape(4, 4)
    d = held(lambda x: m.T[1:] @ x, X)
    m *= 3
    np.testing.assert_array_equal(d(X), m.T[1:] @ X)


def test_arrays_that_f_makes_are_constants():
    held(lambda x: x * np.linspace(0, 1, 4) + np.arange(4), X, X + 1)


def test_an_array_that_f_changes():
    state = np.zeros(4)

    def f(x):
        state[0] += 1
        return x + state

    assert "changes" in as_is(f, X) or "hidden" in as_is(f, X)


def test_hidden_values_are_named_with_their_line():
    generator = np.random.default_rng(0)
    count = [0]

    def random(x):
        return x * generator.normal()

    def counted(x):
        count[0] += 1
        return x + count[0]

    def of_array(x):
        return x + generator.normal(size=4)

    for f in (random, counted, of_array):
        assert "hidden" in as_is(f, X) and "test_compile.py" in as_is(f, X)


def test_what_cannot_be_seen_is_found_by_the_check():
    scale = np.full(len(X), 0.5)

    def f(x):
        return x * (2.0 * scale)    # numbers that are computed before they meet an argument

    with always_check(False):
        c = dd.compile(f)
        c(X)
        scale *= 2.0
        with pytest.raises(StaleProgramError) as met:
            c(X)
        np.testing.assert_array_equal(met.value.plain, 2 * X)
        np.testing.assert_array_equal(met.value.compiled, X)
        never = dd.compile(f, check="never")
        never(X)
        scale[:] = 3.0
        np.testing.assert_array_equal(never(X), 2 * X)


def test_floats_that_leave():
    assert "plain float" in as_is(lambda x: float(x[0]) * x, X)
    assert "key" in as_is(lambda x: {x[0]: 1}[x[0]] * x, X)


def test_arrays_of_objects_are_not_taken_for_arrays_of_floats():
    holder = type("Holder", (), {"run": staticmethod(lambda x: np.asarray(x).dot(x) ** 2.5)})
    assert dd.compile(holder.run)(X) == holder.run(X)
    table = {"f": np.array}
    assert "objects" in as_is(lambda x: table["f"]([x[0], x[1]]) ** 2.5, np.abs(X))


# ---- floating point ----


def test_warnings_and_errors_are_numpys():
    c = held(lambda x: np.log(x), np.abs(X))
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        c(np.zeros(4))
    with np.errstate(invalid="raise"), pytest.raises(FloatingPointError):
        c(-np.abs(X))
    d = held(lambda t: 1.0 / t, 2.0)
    with pytest.raises(ZeroDivisionError):
        d(0.0)


def test_derivatives_that_are_not_finite_are_the_usual_ones():
    c = held(lambda x: np.sum(np.sqrt(x)), np.array([1.0, 4.0]))
    g = dd.jacobian(c)
    g(np.array([1.0, 4.0]))
    np.testing.assert_array_equal(g(np.array([0.0, 1.0])), [np.inf, 0.5])
    d = dd.derivative(dd.compile(lambda t: np.cbrt(t**3)))
    d(1.0)
    assert math.isnan(d(0.0))


def test_kinks_in_second_order_are_the_usual_ones():
    def f(x):
        return 0.5 * np.sum(np.hypot(x, 0.0) ** 2)

    h = dd.hessian(dd.compile(f))
    h(np.array([1.0, 2.0]))
    np.testing.assert_allclose(h(np.array([0.0, 2.0])), np.eye(2), atol=1e-12)
    k = dd.hessian(dd.compile(lambda x: np.sum(np.abs(x) * x[0])))
    k(np.array([1.0, 2.0]))
    with pytest.warns(dd.errors.KinkWarning):
        k(np.array([1.0, 0.0]))


# ---- derivatives ----


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def layers(x):
    return np.tanh(np.outer(np.arange(1.0, 4.0), x) @ np.sin(x)) * x[0]


TRANSFORMS = [
    (dd.grad, rosenbrock), (dd.value_and_grad, rosenbrock), (dd.hessian, rosenbrock), (dd.hessian_diagonal, rosenbrock),
    (dd.laplacian, rosenbrock), (dd.value_grad_hessian, rosenbrock), (dd.jacobian, layers), (dd.value_and_jacobian, layers),
    (dd.jacobian, rosenbrock),
]  # fmt: skip


@pytest.mark.parametrize(("transform", "f"), TRANSFORMS, ids=lambda x: x.__name__)
def test_transforms_run_programs(transform, f):
    c = dd.compile(f)
    d, e = transform(c), transform(f)
    for x in (X, X + 0.1, X * 0.5):
        found, wanted = d(x), e(x)
        for a, b in zip(leaves(found), leaves(wanted), strict=True):
            assert type(a) is type(b) and np.shape(a) == np.shape(b)
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
    programs = d.__dualdiff_program__
    assert programs.table and not programs.eager


def test_derivatives_by_several_arguments_and_structures():
    def f(p, y, n):
        return np.sum(p["w"] * y**n) + p["b"] * y[0]

    p, y = {"w": X, "b": 0.5}, X + 3
    c = dd.compile(f)
    for argnums in (0, 1, (0, 1)):
        found, wanted = dd.grad(c, argnums)(p, y, 2), dd.grad(f, argnums)(p, y, 2)
        for a, b in zip(leaves(list(found) if isinstance(found, tuple) else found),
                        leaves(list(wanted) if isinstance(wanted, tuple) else wanted), strict=True):  # fmt: skip
            assert type(a) is type(b)
            np.testing.assert_allclose(a, b, rtol=1e-12)


def test_numbers():
    def f(t):
        return np.sin(t) * t**2.5 + math.exp(-t)

    c = dd.compile(f)
    with dd.auto_lift(True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2):
            for n in (1, 2, 3):
                found, wanted = dd.nth_derivative(c, n)(0.7), dd.nth_derivative(f, n)(0.7)
                assert type(found) is type(wanted)
                np.testing.assert_allclose(found, wanted, rtol=1e-12)
            assert type(dd.derivative(c)(0.7)) is float


def test_nested_transforms_are_derived_programs():
    c = dd.compile(rosenbrock)
    h = dd.jacobian(dd.grad(c))
    np.testing.assert_allclose(h(X), dd.hessian(rosenbrock)(X), rtol=1e-12)
    assert h.__dualdiff_program__.table
    d = dd.derivative(dd.derivative(dd.derivative(dd.compile(np.sin))))
    np.testing.assert_allclose([d(0.3), d(0.4)], [-np.cos(0.3), -np.cos(0.4)], rtol=1e-14)


def test_inside_another_derivative_f_itself_runs():
    c = dd.compile(rosenbrock)
    np.testing.assert_allclose(dd.grad(lambda x: c(x * 2))(X), dd.grad(lambda x: rosenbrock(x * 2))(X))
    outer = dd.compile(lambda x: c(x) + c(2 * x))
    np.testing.assert_allclose(dd.grad(outer)(X), dd.grad(lambda x: rosenbrock(x) + rosenbrock(2 * x))(X))


def test_a_wrapper_is_not_the_function_that_it_wraps():
    import functools

    c = dd.compile(rosenbrock)

    @functools.wraps(c)
    def doubled(x):
        return 2 * c(x)

    np.testing.assert_allclose(dd.grad(doubled)(X), 2 * dd.grad(rosenbrock)(X))
    np.testing.assert_allclose(dd.grad(functools.wraps(dd.grad(c))(rosenbrock))(X), dd.grad(rosenbrock)(X))


def test_directions_beside_keywords_that_are_numbers():
    def f(x, y, *, s, t):
        return s * np.sin(x) * y + t

    c = dd.compile(f)
    for s in (2.0, 3.0):
        options = {"t": X * s, "s": s}
        for a, b in zip(dd.jvp(c, (X, 2.0), (X, 1.0), **options), dd.jvp(f, (X, 2.0), (X, 1.0), **options), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-14)
        for a, b in zip(dd.vjp(c, X, 2.0, **options)[1](X), dd.vjp(f, X, 2.0, **options)[1](X), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-14)
    assert not any(p.eager for p in c.__dualdiff_program__.alongs.values())


def test_vjp_and_stacked_directions():
    c = dd.compile(layers)
    w, v = np.eye(3), np.eye(4)
    for _ in range(2):
        value, pullback = dd.vjp(c, X)
        np.testing.assert_array_equal(value, layers(X))
        np.testing.assert_allclose(pullback(w), dd.jacobian(layers)(X), rtol=1e-12)
        np.testing.assert_allclose(dd.jvp(c, (X,), (v,))[1].T, dd.jacobian(layers)(X), rtol=1e-12)
        np.testing.assert_allclose(pickle.loads(pickle.dumps(pullback))(w[0]), pullback(w[0]))
    np.testing.assert_allclose(dd.hvp(dd.compile(rosenbrock), (X,), (X,)), dd.hvp(rosenbrock, (X,), (X,)))


# ---- the object ----


def test_pickle_copy_and_names():
    c = dd.compile(rosenbrock, check="never")
    assert c(X) == rosenbrock(X)
    for other in (pickle.loads(pickle.dumps(c)), copy.copy(c), copy.deepcopy(c)):
        assert other(X) == rosenbrock(X) and other.options == c.options
    assert c.__name__ == "rosenbrock" and "rosenbrock" in repr(c)
    assert dd.compile(c).__wrapped__ is rosenbrock


def test_as_a_method():
    class Model:
        def __init__(self):
            self.w = np.arange(4.0)

        @dd.compile
        def energy(self, x):
            return np.sum(self.w * x**2)

    model = Model()
    assert model.energy(X) == np.sum(model.w * X**2)


def test_explain():
    c = held(lambda x: np.linalg.pinv(np.outer(x, x) + np.eye(4)), X)
    text = str(c.explain())
    assert "np.linalg.pinv" in text and "1 path" in text
    assert c.explain().graphviz().startswith("digraph")


def explained(x):
    y = np.sin(x) * x
    y = y + np.exp(-(y**2))
    z = A @ y
    w = np.linalg.pinv(np.outer(z, z) + np.eye(4))
    return np.sum(z**2) + w.sum()


def test_shares_and_lines_of_groups():
    first = explained.__code__.co_firstlineno
    inner = dd.compile(lambda x: x - dd.grad(explained)(x))
    inner(X)
    c = held(explained, X)
    dd.grad(c)(X)
    for path in (*c.explain().paths, *inner.explain().paths):
        groups = path["groups"]
        assert abs(sum(group["share"] for group in groups) - 1) < 1e-9
        assert all(group["kind"] in ("fused", "numbers", "NumPy", "Python", "guard") for group in groups)
        assert all(where.rpartition(":")[0] == __file__ for group in groups for where in group["where"])
        for name, line in (("sin", 1), ("exp", 2), ("matmul", 3)):
            assert f"{__file__}:{first + line}" in {w for x in groups if name in x["operations"] for w in x["where"]}
        assert any(group["kind"] == "Python" and group["why"] for group in groups)
        assert sum(share for *_, share in path["calls"]) > 0
    (_, where, _), = c.explain().paths[0]["calls"]
    assert where == f"{__file__}:{first + 4}"
    assert "matmul at" in str(c.explain()) and "subgraph" in c.explain().graphviz()



def test_threads():
    c = dd.compile(lambda x: np.sum(np.sin(x) * x) if x[0] > 0 else np.sum(x))
    g = dd.grad(c)
    errors = []

    def work(k):
        generator = np.random.default_rng(k)
        for _ in range(200):
            x = generator.normal(size=int(generator.integers(2, 5)))
            wanted = np.sum(np.sin(x) * x) if x[0] > 0 else np.sum(x)
            slope = np.cos(x) * x + np.sin(x) if x[0] > 0 else np.ones_like(x)
            if c(x) != wanted or not np.allclose(g(x), slope):
                errors.append(x)

    in_threads(work)
    assert not errors


def test_a_first_call_that_cannot_be_compared_does_not_count():
    c = dd.compile(lambda x: np.sum(np.sqrt(x)))
    g = dd.grad(c)
    with np.errstate(divide="ignore"):
        assert np.isinf(g(np.array([0.0, 1.0]))[0])
    assert not g.__dualdiff_program__.table and not g.__dualdiff_program__.eager
    np.testing.assert_array_equal(g(np.array([1.0, 4.0])), [0.5, 0.25])
    assert g.__dualdiff_program__.table


def test_constants_of_one_shape_are_told_apart():
    i, j = np.triu_indices(40, 1)

    def f(x):
        y = x.reshape(-1, 3)
        return np.sum((y[i] - y[j]) ** 2, axis=1)

    held(f, np.random.default_rng(0).normal(size=120), np.random.default_rng(1).normal(size=120))


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0, 3.0, 0.5, 2.5])
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_powers_of_zero_are_programs(zero, power):
    f = lambda x: x**power + 1.0 * x    # noqa: E731
    c = dd.compile(f)
    for x in (zero, 1.5, zero):
        assert np.float64(c(x)).tobytes() == np.float64(f(x)).tobytes()
    assert "1 path" in str(c.explain()) and "as it is" not in str(c.explain())
    wanted = dd.derivative(f)(zero)
    assert dd.derivative(c)(zero) == wanted or np.isnan(wanted)


# ---- derivatives are compared, too ----

WAYS = {
    "grad": lambda c: dd.grad(c),
    "hessian": lambda c: dd.hessian(c),
    "jvp": lambda c: lambda x: dd.jvp(c, (x,), (x,))[1],
    "hvp": lambda c: lambda x: dd.hvp(c, (x,), (x,)),
    "vjp": lambda c: lambda x: dd.vjp(c, x)[1](1.0),
    "linearize": lambda c: lambda x: dd.linearize(c, x)[1].dense(),
    "sparse_hessian": lambda c: dd.sparse_hessian(c, check=False),
    "jvp of grad": lambda c: (lambda g: lambda x: dd.jvp(g, (x,), (x,))[1])(dd.grad(c)),
    "jacobian of grad": lambda c: dd.jacobian(dd.grad(c)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("check", ["auto", "always", "never"])
def test_calls_of_a_derivative_alone_are_compared(way, check):
    scale = np.full(len(X), 0.5)

    def f(x):
        return np.sum(x**3 * (2.0 * scale))    # numbers that are computed before they meet an argument

    with always_check(False):
        d = WAYS[way](dd.compile(f, check=check))
        changes = {"auto": (2, 10, 100), "always": (2, 5), "never": ()}[check]
        kept = d(X)
        for call in range(2, max(changes, default=12) + 1):
            if call in changes:
                scale *= 2.0
                with pytest.raises(StaleProgramError) as met:
                    d(X)
                assert met.value.plain is not None and met.value.compiled is not None
                scale /= 2.0
            else:
                d(X)
        if check == "never":
            scale *= 2.0
            assert np.allclose(*(x.toarray() if hasattr(x, "toarray") else x for x in (d(X), kept)))


def test_the_value_is_compared_where_a_derivative_alone_is_called():
    shift = np.zeros(len(X))

    def f(x):
        return np.sum(x**3 + (2.0 * shift))     # which the derivative does not depend on

    with always_check(False):
        c = dd.compile(f)
        g = dd.grad(c)
        g(X)
        shift += 1.0
        with pytest.raises(StaleProgramError):
            g(X)


# ---- vector fields ----


@pytest.mark.parametrize("n", [3, 50])
@pytest.mark.parametrize("transform", [dd.divergence, dd.jacobian_logdet, dd.hessian_diagonal, dd.laplacian])
def test_derivatives_of_fields(transform, n):
    def field(x):
        return np.sin(x) * np.roll(x, 1) + 3.0 * x

    def number(x):
        return np.sum(x[1:] ** 3 * np.cos(x[:-1])) + x[0] ** 2

    f = number if transform in (dd.hessian_diagonal, dd.laplacian) else field
    d, e = transform(dd.compile(f)), transform(f)
    for shape in ((n,), (n, 1)) if f is field else ((n,),):
        for seed in range(3):
            x = np.random.default_rng(seed).uniform(0.5, 1.5, shape)
            found, wanted = d(x), e(x)
            assert type(found) is type(wanted)
            np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)
    assert d.__dualdiff_program__.table and not d.__dualdiff_program__.eager


def test_curl_and_directional_derivative():
    field = lambda x: np.stack([x[1] * x[2], x[0] ** 2, x[0] * x[1] * x[2]])   # noqa: E731
    v = np.array([1.0, 2.0, -1.0])
    c = dd.compile(field)
    for d, e in ((dd.curl(c), dd.curl(field)), (dd.directional_derivative(c, v), dd.directional_derivative(field, v))):
        for x in (X[:3], X[1:]):
            np.testing.assert_allclose(d(x), e(x), rtol=1e-12)
            v *= 2.0    # read in each run
            np.testing.assert_allclose(d(x), e(x), rtol=1e-12)
        assert d.__dualdiff_program__.table and not d.__dualdiff_program__.eager
    with pytest.raises(dd.errors.ShapeError):
        dd.divergence(dd.compile(lambda x: x[1:]))(X)
