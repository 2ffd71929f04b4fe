"""custom_jvp and stop_gradient: functions that see plain numbers only, with the user's derivative."""

import math
from collections import namedtuple

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator
from support import close, complex_step, differences

import dualdiff as dd
from dualdiff import errors
from dualdiff.errors import InputError, LostDerivativeError, ShapeError, UnsupportedError
from dualdiff.testing import check_derivative, check_jvp, check_vjp

A = np.array([[2.0, 0.5, 0.0], [0.1, 1.5, 0.3], [0.0, -0.2, 1.0]])
B = np.array([1.0, -2.0, 0.5])


def plain(*xs):
    """Stands for compiled code: it takes plain arrays and floats."""
    for x in xs:
        assert type(x) in (float, np.float64, np.ndarray), type(x)
        assert not isinstance(x, np.ndarray) or x.dtype != object
    return xs


def erf_function(**options):
    @dd.custom_jvp(**options)
    def erf(x):
        (x,) = plain(x)
        return np.vectorize(math.erf)(x) if np.ndim(x) else math.erf(x)

    @erf.defjvp
    def _(primals, tangents):
        (x,), (t,) = primals, tangents
        return erf(x), 2 / math.sqrt(math.pi) * np.exp(-(x**2)) * t

    return erf


def erf_derivatives(x):
    d = 2 / math.sqrt(math.pi) * np.exp(-(x**2))
    return d, -2 * x * d, (4 * x**2 - 2) * d


def elementwise(batched):
    erf = erf_function(batched=batched)
    return erf


@pytest.mark.parametrize("batched", [False, True])
def test_all_orders_of_a_rule_in_numpy_code(batched):
    erf = erf_function(batched=batched)
    x = 0.3
    first, second, third = erf_derivatives(x)
    assert erf(x) == math.erf(x)
    df = dd.derivative(erf)
    close(df(x), first, 1e-15)
    close(dd.derivative(df)(x), second, 1e-15)
    close(dd.derivative(dd.derivative(df))(x), third, 1e-14)
    close(dd.vjp(erf, x)[1](2.0), 2 * first, 1e-15)
    close(dd.derivative(lambda y: dd.vjp(erf, y)[1](1.0))(x), second, 1e-15)
    close(dd.vjp(df, x)[1](1.0), second, 1e-15)
    close(dd.vjp(lambda y: dd.vjp(erf, y)[1](1.0), x)[1](1.0), second, 1e-15)


@pytest.mark.parametrize("batched", [False, True])
def test_arrays_and_many_directions(batched):
    erf = erf_function(batched=batched)
    x = np.linspace(-1.5, 1.5, 6).reshape(2, 3)
    def f(x):
        return np.sum(erf(2.0 * x) ** 2, axis=0)
    check_derivative(f, x, order=2)
    wanted = dd.jacobian(lambda x: np.sum(erf_dual(2.0 * x) ** 2, axis=0))(x)
    for mode in ("forward", "reverse"):
        close(dd.jacobian(f, mode=mode)(x), wanted, 1e-13)
    _, J = dd.linearize(f, x)
    close(J.dense(), wanted.reshape(3, 6), 1e-13)
    def g(x):
        return np.sum(f(x))
    close(dd.hessian(g)(x), dd.hessian(lambda x: np.sum(np.sum(erf_dual(2.0 * x) ** 2, axis=0)))(x), 1e-12)


def erf_dual(x):
    from scipy.special import erf

    try:
        return erf(x)
    except TypeError:       # no rule for it here: a series
        total, term = x, x
        for n in range(1, 60):
            term = -term * x * x / n
            total = total + term / (2 * n + 1)
        return 2 / math.sqrt(math.pi) * total


def solve_function(how):
    """linalg.solve that cannot be seen into, with its derivative given in different ways."""

    @dd.custom_jvp
    def solve(M, b):
        M, b = plain(M, b)
        return np.linalg.solve(M, b)

    if how == "jvp":

        @solve.defjvp
        def _(primals, tangents):
            (M, b), (dM, db) = primals, tangents
            x = solve(M, b)
            return x, solve(M, db - dM @ x)

    else:

        @solve.deflinear
        def _(M, b):
            x = solve(M, b)

            def matvec(dM):
                return -solve(M, dM @ x)

            def rmatvec(w):
                return -np.outer(solve(M.T, w), x)

            by_b = (lambda t: solve(M, t), lambda w: solve(M.T, w))
            return (x if how == "value too" else None), [(matvec, rmatvec), by_b]

    return solve


@pytest.mark.parametrize("how", ["jvp", "linear", "value too"])
def test_a_solver(how):
    solve = solve_function(how)
    wanted = dd.jacobian(np.linalg.solve, argnums=(0, 1))(A, B)
    for mode in ("forward", "reverse") if how != "jvp" else ("forward",):
        found = dd.jacobian(solve, argnums=(0, 1), mode=mode)(A, B)
        close(found[0], wanted[0], 1e-13)
        close(found[1], wanted[1], 1e-13)
    check_derivative(solve, A, B, order=2, modes=("forward",) if how == "jvp" else ("forward", "reverse"))
    if how == "jvp":
        with pytest.raises(UnsupportedError, match="calls solve on tangents.*deflinear"):
            dd.vjp(solve, A, B)[1](B)

    def f(M):
        return np.sum(solve(M, B) ** 2)
    close(dd.hessian(f)(A), dd.hessian(lambda M: np.sum(np.linalg.solve(M, B) ** 2))(A), 1e-12)


LINEAR = {
    "matrix": lambda: A,
    "array": lambda: A.reshape(3, 3),
    "list": lambda: A.tolist(),
    "pair": lambda: (lambda t: A @ t, lambda w: A.T @ w),
}


@pytest.mark.parametrize("how", [*LINEAR, "sparse", "operator"])
def test_linear_maps_as_users_have_them(how):
    if how == "sparse":
        from scipy.sparse import csr_matrix

        J = csr_matrix(A)
    elif how == "operator":
        from scipy.sparse.linalg import aslinearoperator

        J = aslinearoperator(A)
    else:
        J = LINEAR[how]()

    @dd.custom_jvp
    def product(x):
        return A @ plain(x)[0]

    product.deflinear(lambda x: (None, J))
    assert np.array_equal(product(B), A @ B)
    for mode in ("forward", "reverse"):
        close(dd.jacobian(lambda x: product(x) ** 2, mode=mode)(B), 2 * (A @ B)[:, None] * A, 1e-14)
    _, L = dd.linearize(product, B)
    close(L.dense("reverse"), A, 1e-15)
    check_derivative(product, B)
    if how != "operator":
        close(dd.hessian(lambda x: np.sum(product(x) ** 2))(B), 2 * A.T @ A, 1e-13)
    else:
        with pytest.raises(UnsupportedError, match="operator"):
            dd.hessian(lambda x: np.sum(product(x) ** 2))(B)


def test_a_derivative_of_shape_out_plus_in():
    @dd.custom_jvp
    def outer(x):
        (x,) = plain(x)
        return np.outer(x, x)

    @outer.deflinear
    def _(x):
        eye = np.eye(3)
        return None, np.einsum("ik,j->ijk", eye, x) + np.einsum("i,jk->ijk", x, eye)

    check_derivative(outer, B, order=2)


def test_structures_in_and_out():
    @dd.custom_jvp
    def f(p, n):
        return {"sum": plain(p["x"])[0].sum() * p["s"], "power": [p["x"] ** n]}

    @f.defjvp
    def _(primals, tangents):
        (p, n), (t, none) = primals, tangents
        assert none == 0.0 and type(n) is int
        return f(p, n), {
            "sum": np.sum(t["x"]) * p["s"] + np.sum(p["x"]) * t["s"],
            "power": [n * p["x"] ** (n - 1) * t["x"]],
        }

    def flat(x, s):
        return f({"x": x, "s": s}, 3)
    def plain_f(x, s):
        return {"sum": x.sum() * s, "power": [x**3]}
    check_derivative(flat, B, 2.0, order=2)
    found, wanted = (dd.jacobian(h, argnums=(0, 1), mode="reverse")(B, 2.0) for h in (flat, plain_f))
    close(found["power"][0][0], wanted["power"][0][0], 1e-14)
    close(found["sum"][1], wanted["sum"][1], 1e-14)

    @dd.custom_jvp(nondiff="n")
    def g(x, n=2):
        return (x**n, np.sum(x))

    g.deflinear(lambda x, n: (None, np.vstack([np.diag(n * x ** (n - 1)), np.ones((1, 3))])))
    check_derivative(g, B, order=2)
    check_vjp(lambda x: g(x, n=3), B)


def test_a_mode_is_handed_through():
    @dd.custom_jvp(nondiff=("mode", 2))
    def f(x, mode, n):
        return x**n if mode == "power" else x * n

    @f.defjvp
    def _(primals, tangents):
        x, mode, n = primals
        assert tangents[1] is None and tangents[2] is None
        return f(*primals), (n * x ** (n - 1) if mode == "power" else n) * tangents[0]

    assert dd.derivative(f)(2.0, "power", 3) == 12.0
    assert dd.derivative(f)(2.0, mode="linear", n=3) == 3.0
    with pytest.raises(LostDerivativeError, match="nondiff"):
        dd.derivative(f, argnums=2)(2.0, "power", 3.0)


def test_a_rule_that_cannot_be_recorded():
    def compiled_cosine(x):
        return np.cos(np.asarray(x, dtype=float))

    @dd.custom_jvp
    def sine(x):
        return np.sin(plain(x)[0])

    @sine.defjvp
    def _(primals, tangents):
        return sine(primals[0]), compiled_cosine(primals[0]) * np.asarray(tangents[0], dtype=float)

    close(dd.jacobian(sine)(B), np.diag(np.cos(B)), 1e-15)
    _, J = dd.linearize(sine, B)
    close(J @ np.ones(3), np.cos(B), 1e-15)
    with pytest.raises(UnsupportedError, match="transpose.*sine.*LostDerivativeError.*deflinear"):
        dd.grad(lambda x: np.sum(sine(x)), mode="reverse")(B)
    with pytest.raises(LostDerivativeError):
        dd.hessian(lambda x: np.sum(sine(x)))(B)

    sine.deflinear(lambda x: (None, (lambda t: compiled_cosine(x) * t, None)))
    with pytest.raises(UnsupportedError, match="matvec only"):
        dd.vjp(sine, B)[1](B)
    with pytest.raises(UnsupportedError, match="higher order.*sine"):
        dd.hessian(lambda x: np.sum(sine(x)))(B)


def test_a_rule_that_skips_zero_tangents_is_recorded_right():
    @dd.custom_jvp
    def square(x):
        return x**2

    @square.defjvp
    def _(primals, tangents):
        (x,), (t,) = primals, tangents
        return square(x), 2 * x * t if np.any(t != 0) else np.zeros_like(x)

    close(dd.vjp(square, B)[1](np.ones(3)), 2 * B, 0)


def test_the_function_is_called_once_for_a_value():
    calls = []

    @dd.custom_jvp
    def f(x):
        calls.append(1)
        return np.sin(x)

    f.defjvp(lambda p, t: (None, np.cos(p[0]) * t[0]))
    dd.jvp(f, (B,), (np.ones(3),))
    assert len(calls) == 1
    check_jvp(f, B)
    calls.clear()
    f.deflinear(lambda x: (None, np.diag(np.cos(x))))
    dd.jacobian(f)(B)
    assert len(calls) == 1


def test_the_function_cannot_write_to_the_callers_array():
    @dd.custom_jvp
    def f(x):
        x *= 2.0
        return x

    f.defjvp(lambda p, t: (None, 2.0 * t[0]))
    x = B.copy()
    value, tangent = dd.jvp(f, (x,), (np.ones(3),))
    assert np.array_equal(x, B) and np.array_equal(value, 2 * B) and np.array_equal(tangent, np.full(3, 2.0))


def test_float32_stays():
    erf = erf_function()
    x = np.array([0.1, 0.2], dtype=np.float32)
    def f(x):
        return erf(x).astype(np.float32)
    value, t = dd.jvp(f, (x,), (np.ones(2, np.float32),))
    assert value.dtype == t.dtype == np.float32
    assert dd.vjp(f, x)[1](np.ones(2, np.float32)).dtype == np.float32


def test_inside_lists_and_object_arrays():
    @dd.custom_jvp
    def total(xs):
        return sum(plain(*xs))

    total.defjvp(lambda p, t: (total(*p), sum(t[0])))
    close(dd.grad(lambda x: total([x[0] * x[1], 3.0, x[2]]))(B), np.array([B[1], B[0], 1.0]), 0)

    @dd.custom_jvp
    def largest(x):
        return plain(x)[0].max()

    largest.defjvp(lambda p, t: (largest(*p), t[0][np.argmax(p[0])]))
    close(dd.grad(lambda x: largest(np.array([x[0] ** 2, x[1] ** 2])))(B), np.array([0.0, 2 * B[1], 0.0]), 0)


def test_methods():
    class Model:
        factor = 3.0

        @dd.custom_jvp
        def f(self, x):
            return self.factor * math.sin(x)

        @f.defjvp
        def _(primals, tangents):
            self, x = primals
            return self.f(x), self.factor * np.cos(x) * tangents[1]

    close(dd.derivative(Model().f)(0.5), 3 * math.cos(0.5), 1e-15)
    close(dd.derivative(dd.derivative(Model().f))(0.5), -3 * math.sin(0.5), 1e-15)


def test_errors():
    f = dd.custom_jvp(lambda x: x)
    with pytest.raises(UnsupportedError, match="no derivative yet.*defjvp"):
        dd.derivative(f)(1.0)
    with pytest.raises(InputError, match="function"):
        dd.custom_jvp(3.0)
    with pytest.raises(InputError, match="nondiff"):
        dd.custom_jvp(lambda x: x, nondiff=-1)
    with pytest.raises(InputError, match="no argument named 'z'"):
        dd.custom_jvp(lambda x: x, nondiff="z")
    for bad in (f.defjvp, f.deflinear):
        with pytest.raises(InputError, match="takes a function"):
            bad(np.eye(2))
    f.defjvp(lambda p, t: t[0])
    with pytest.raises(InputError, match="must return"):
        dd.derivative(f)(1.0)
    f.defjvp(lambda p, t: (p[0], t[0][:2]))
    for call in (lambda: dd.jacobian(f)(B), lambda: dd.vjp(f, B)):
        with pytest.raises(ShapeError, match=r"tangent of shape \(2,\) for a value of shape \(3,\)"):
            call()
    f.deflinear(lambda x: np.eye(3))
    with pytest.raises(InputError, match="must return"):
        dd.jacobian(f)(B)
    f.deflinear(lambda x: (None, np.eye(2)))
    with pytest.raises(ShapeError, match=r"\(2, 2\); expected \(3, 3\)"):
        dd.jacobian(f)(B)
    f.deflinear(lambda x: (None, "matrix"))
    with pytest.raises(InputError, match="linear map"):
        dd.jacobian(f)(B)
    f.deflinear(lambda x: (None, (lambda t: t[:1], None)))
    with pytest.raises(ShapeError, match=r"\(1,\), expected \(3,\)"):
        dd.jacobian(f)(B)
    g = dd.custom_jvp(lambda x, y: x * y)
    g.deflinear(lambda x, y: (None, np.eye(3)))
    with pytest.raises(InputError, match="2 differentiated arguments.*nondiff"):
        dd.jacobian(g)(B, B)
    h = dd.custom_jvp(lambda x, *, k: x * k)
    h.defjvp(lambda p, t: (None, t[0]))
    with pytest.raises(LostDerivativeError, match="keyword argument 'k'"):
        dd.derivative(h, argnames="k")(1.0, k=2.0)


# ---- stop_gradient -----------------------------------------------------------------------------------


def test_stop_gradient():
    stop = dd.stop_gradient
    assert dd.derivative(lambda x: x * stop(x))(3.0) == 3.0
    close(dd.grad(lambda x: np.sum(x * stop(x**2)))(B), B**2, 0)
    close(dd.grad(lambda x: np.sum(x * stop(x**2)), mode="reverse")(B), B**2, 0)
    assert type(stop(B)) is np.ndarray and stop(2.0) == 2.0
    found = stop({"a": [B, "text"], "n": None})
    assert found["a"][1] == "text" and found["n"] is None
    assert found["a"][0] is not B and np.array_equal(found["a"][0], B)      # a copy, as inside of a derivative


def test_stop_gradient_at_every_level():
    def f(x):
        return x**2 * dd.stop_gradient(x)
    assert dd.derivative(dd.derivative(f))(3.0) == 2 * 3.0


def test_stop_gradient_does_not_follow_later_writes():
    def f(x):
        y = x * 1.0
        kept = dd.stop_gradient(y)
        y[0] = 0.0
        return np.sum(kept * x)

    close(dd.grad(f)(B), B, 0)
    assert f(B) == dd.value_and_grad(f)(B)[0] == np.sum(B * B)
    nested = {"a": [B * 1.0], "b": B.reshape(1, -1)}
    for x in (nested, Point(B * 1.0, 2.0)):
        kept = dd.stop_gradient(x)
        part = kept["a"][0] if isinstance(kept, dict) else kept.a
        part[0] = 100.0
        assert (x["a"][0] if isinstance(x, dict) else x.a)[0] == B[0]


def test_stop_gradient_of_object_arrays():
    close(dd.grad(lambda x: np.sum(dd.stop_gradient(np.asarray(x)) * x))(B), B, 0)


def test_references_are_right():
    """The rules of these tests against numbers from outside."""
    close(differences(math.erf, (0.3,), (1.0,))[0], erf_derivatives(0.3)[0], 1e-9)
    close(complex_step(lambda x: 2 / math.sqrt(math.pi) * np.exp(-x * x), (0.3,), (1.0,))[0], erf_derivatives(0.3)[1], 1e-12)


# ---- whose arrays are whose ------------------------------------------------------------------------

Point = namedtuple("Point", "a b")
C = np.array([0.5, 2.0, -1.0])
EYE = np.eye(3)


def all_derivatives(f, reverse=True, nested=True):
    """(name, Jacobian of f at C, what was handed in unchanged) by every transform."""
    given, directions = C.copy(), EYE.copy()
    yield "jvp one by one", np.stack([dd.jvp(f, (given,), (v,))[1] for v in directions], axis=1)
    yield "jvp at once", dd.jvp(f, (given,), (directions,))[1].T
    yield "jacobian", dd.jacobian(f, mode="forward")(given)
    _, J = dd.linearize(f, given)
    for _ in range(2):      # a later product is as the first
        yield "linearize", np.stack([J @ v for v in directions], axis=1)
    if nested:
        yield "nested", dd.jvp(lambda x: dd.jvp(f, (x,), (directions,))[1].T, (given,), (given,))[0]
    if reverse:
        yield "reverse", dd.jacobian(f, mode="reverse")(given)
        _, pullback = dd.vjp(f, given)
        for _ in range(2):
            yield "vjp", np.stack([pullback(w) for w in directions])
    assert np.array_equal(given, C) and np.array_equal(directions, EYE)


def spoiling(batched):
    """A function and a rule that write into all that they are given."""
    @dd.custom_jvp(batched=batched)
    def f(x):
        x *= x
        return x

    @f.defjvp
    def _(primals, tangents):
        (x,), (t,) = primals, tangents
        t *= 2.0 * x
        x[...] = 7.0
        return None, t

    return f


BUFFER = np.zeros(3)


def reusing():
    """A rule that returns the same array each time."""
    @dd.custom_jvp
    def f(x):
        return x * x

    @f.defjvp
    def _(primals, tangents):
        np.multiply(2.0 * primals[0], np.asarray(tangents[0], dtype=float), out=BUFFER)
        return None, BUFFER

    return f


def given_matrix(kind):
    """A linear map whose matrix is changed after it was handed out."""
    matrix = np.zeros((3, 3))

    @dd.custom_jvp
    def f(x):
        return x * x

    @f.deflinear
    def _(x):
        matrix[...] = np.diag(2.0 * np.asarray(x, dtype=float))
        x[...] = 3.0
        found = {"dense": matrix, "fortran": matrix.T, "rank 3": matrix}.get(kind)
        return None, getattr(sp, kind)(matrix) if found is None else found

    def spoiled(x):
        y = f(x)
        matrix[...] = 100.0
        return y

    return spoiled


@pytest.mark.parametrize("batched", [False, True])
def test_rules_that_work_in_place(batched):
    for name, found in all_derivatives(spoiling(batched), nested=False):
        close(found, np.diag(2 * C), 1e-15, name)
    kept = np.array([1.0, 1.0, 1.0])
    dd.jvp(lambda x: spoiling(batched)(x) + kept, (C,), (kept,))
    assert np.array_equal(kept, np.ones(3))


def test_rules_that_return_one_array_again_and_again():
    for name, found in all_derivatives(reusing(), reverse=False, nested=False):
        close(found, np.diag(2 * C), 1e-15, name)


@pytest.mark.parametrize("kind", ["dense", "fortran", "csr_array", "csc_matrix", "coo_array", "dia_array"])
def test_matrices_that_are_changed_later(kind):
    for name, found in all_derivatives(given_matrix(kind), nested=False):
        close(found, np.diag(2 * C), 1e-15, name)


# ---- what comes in past the arguments ---------------------------------------------------------------


def closing(x, where):
    """A custom function of y that uses x, which is being differentiated, in its value, its rule or its map."""
    here = {name: x if name == where else dd.stop_gradient(x) for name in ("value", "tangent", "map", "product", "rmatvec")}

    @dd.custom_jvp
    def f(y):
        return y * here["value"]

    if where in ("map", "product", "rmatvec"):
        @f.deflinear
        def _(y):
            if where == "map":
                return y * here["value"], here["map"] * np.eye(3)
            return None, (lambda t: t * here["product"], lambda w: w * here["rmatvec"])
    else:
        @f.defjvp
        def _(primals, tangents):
            return None, tangents[0] * here["tangent"]

    return f


@pytest.mark.parametrize("where", ["value", "tangent", "map", "product", "rmatvec"])
def test_a_differentiated_value_around_a_custom_function(where):
    def f(x):
        return closing(x, where)(2.0 * x)

    calls = [] if where == "product" else [lambda: dd.vjp(f, C)[1](C), lambda: dd.jacobian(f, mode="reverse")(C)]
    if where != "rmatvec":
        calls += [lambda: dd.jvp(f, (C,), (C,)), lambda: dd.jacobian(f)(C), lambda: dd.linearize(f, C)[1] @ C,
                  lambda: dd.hessian(lambda x: np.sum(f(x)), mode="forward")(C)]  # fmt: skip
    for call in calls:
        with pytest.raises((errors.LostDerivativeError, errors.EscapedDualError)):
            call()
    # of another call around it, the value is a constant of this one
    def around(x):
        return dd.jacobian(closing(x, where))(C) @ np.ones(3)

    if where in ("tangent", "value"):
        close(dd.jacobian(around)(C), np.eye(3) if where == "tangent" else np.zeros((3, 3)), 1e-14)


# ---- keyword-only arguments ---------------------------------------------------------------------------


def power(named):
    @dd.custom_jvp(nondiff="n")
    def f(x, *, n=2, shift=0.0):
        return np.asarray(x, float) ** n + shift

    if named == "by name":
        @f.defjvp
        def _(primals, tangents, *, n, shift):
            assert shift in (0.0, 1.0)
            return None, n * primals[0] ** (n - 1) * tangents[0]
    elif named == "all":
        @f.defjvp
        def _(primals, tangents, **options):
            return f(*primals, **options), options["n"] * primals[0] ** (options["n"] - 1) * tangents[0]
    elif named == "linear":
        @f.deflinear
        def _(x, *, n, shift):
            return None, np.diag(n * x ** (n - 1))
    else:
        @f.defjvp
        def _(primals, tangents):
            return None, 2 * primals[0] * tangents[0]
    return f


@pytest.mark.parametrize("named", ["by name", "all", "linear"])
def test_keyword_only_arguments_reach_the_rule(named):
    f = power(named)
    for options, n in (({}, 2), ({"n": 3}, 3), ({"n": 3, "shift": 1.0}, 3)):
        for name, found in all_derivatives(lambda x, o=options: f(x, **o)):
            close(found, np.diag(n * C ** (n - 1)), 1e-14, name)


def test_a_rule_that_does_not_take_a_keyword_argument():
    f = power("no")
    for options in ({}, {"n": 2}, {"shift": 0.0}):
        close(dd.jvp(lambda x, o=options: f(x, **o), (C,), (C,))[1], 2 * C * C, 1e-15)
    for call in (lambda: dd.jvp(lambda x: f(x, n=3), (C,), (C,)), lambda: dd.vjp(lambda x: f(x, n=3), C),
                 lambda: dd.jvp(lambda x: f(x, shift=1.0), (C,), (C,))):  # fmt: skip
        with pytest.raises(errors.InputError, match="rule does not take"):
            call()


# ---- complex and sparse matrices ----------------------------------------------------------------------

COMPLEX = np.array([[1.0 + 2j, 0.0, 0.5j], [0.0, -1.0, 0.0]])
FORMS = {
    "dense": lambda A: A,
    "list": lambda A: A.tolist(),
    "csr_array": sp.csr_array,
    "csc_matrix": sp.csc_matrix,
    "coo_array": sp.coo_array,
    "operator": lambda A: LinearOperator(A.shape, matvec=lambda v: A @ v, rmatvec=lambda w: A.conj().T @ w, dtype=A.dtype),
    "functions": lambda A: (lambda v: A @ v, lambda w: A.conj().T @ w),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("real", [False, True])
def test_a_complex_matrix_is_transposed_with_its_conjugate(form, real):
    A = COMPLEX.real.copy() if real else COMPLEX

    @dd.custom_jvp
    def f(x):
        return A @ x

    @f.deflinear
    def _(x):
        return None, FORMS[form](A)

    def plain(x):
        return A @ x

    w = np.array([1.0 - 1j, 2.0 + 0.5j])
    w = w.real if real else w
    for u in (lambda g: g, lambda g: lambda x: g(x * x), lambda g: lambda x: g(x * (1 + 1j) if not real else x)):
        for x in (C,):
            close(dd.vjp(u(f), x)[1](w), dd.vjp(u(plain), x)[1](w), 1e-14)
            close(dd.linearize(u(f), x)[1].rmatvec(w), dd.linearize(u(plain), x)[1].rmatvec(w), 1e-14)
            close(dd.jacobian(u(f))(x), dd.jacobian(u(plain))(x), 1e-14)
    assert dd.vjp(f, C)[1](w).dtype == float


def test_a_sparse_matrix_gives_its_pattern():
    n = 30
    D = sp.diags_array([1.0, -2.0, 1.0], offsets=[-1, 0, 1], shape=(n, n))
    E = sp.random_array((n, n), density=0.05, random_state=np.random.default_rng(0))

    def of(*matrices):
        @dd.custom_jvp
        def f(*xs):
            return sum(A @ np.ravel(x) for A, x in zip(matrices, xs, strict=True))

        f.deflinear(lambda *xs: (None, matrices[0] if len(xs) == 1 else list(matrices)))
        return f

    x = np.linspace(1, 2, n)
    for form in ("csr", "csc", "coo", "dia"):
        plan = dd.sparse_jacobian(of(D.asformat(form)), x)
        assert plan.ncolors == 3 and plan.pattern.nnz == 3 * n - 2
        close(plan(x).toarray(), D.toarray(), 0)
    two = dd.sparsity(lambda x: of(D, E)(x, x.reshape(5, 6)), x).toarray()
    assert np.array_equal(two, (abs(D) + abs(E)).toarray() != 0)
    assert dd.sparsity(of(D.toarray()), x).nnz == n * n     # zeros of a dense one may be those of this point
    assert dd.sparsity(lambda x: of(D)(x[::-1] ** 2), x).nnz == 3 * n - 2


# ---- lift, and rules that cannot be recorded ------------------------------------------------------------


def test_lift_leaves_custom_functions_as_they_are():
    f = power("by name")
    assert dd.lift(f) is f
    lifted = dd.lift(lambda x: float(f(np.ones(3) * x).sum()))
    assert dd.derivative(lifted)(2.0) == 12.0


class Setting:
    factor, calls = 2.0, 0


def unrecordable(rule_value):
    """A rule on plain numbers only, which reads what is around it."""
    @dd.custom_jvp
    def f(x):
        return np.asarray(x, float) * Setting.factor

    @f.defjvp
    def _(primals, tangents):
        t = np.asarray(tangents[0], dtype=float) * Setting.factor
        return (f(*primals) if rule_value else None), t * (RANDOM.random() if Setting.factor == 0.5 else 1.0)

    return f


RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("rule_value", [False, True])
def test_rules_that_cannot_be_recorded_are_the_same_again(rule_value):
    Setting.factor = 2.0
    f = unrecordable(rule_value)
    _, J = dd.linearize(lambda x: f(x * x), C)
    for _ in range(2):
        close(J @ C, 4 * C * C, 1e-14)
        close(J.dense("forward"), np.diag(4 * C), 1e-14)
    Setting.factor = 3.0
    with pytest.raises(errors.UnsupportedError, match="another result"):
        J @ C
    Setting.factor = 0.5        # the value is the same each time, the tangent is not
    _, J = dd.linearize(f, C)
    with pytest.raises(errors.UnsupportedError, match="another result"):
        J @ C
    Setting.factor = 2.0
    single = C.astype(np.float32)
    assert dd.linearize(unrecordable(rule_value), single)[1].jvp(single).dtype == np.float64      # as the rule returns it
