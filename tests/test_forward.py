"""The forward calls: what they take, what they return, and what they refuse."""

import collections
import dataclasses
import functools
import gc
import math
import tracemalloc
import types

import numpy as np
import pytest
import scipy.optimize
from support import close, complex_step, differences, points, random_like, rng, same_bits

import dualdiff as dd
from dualdiff.errors import DualDiffError, InputError, ShapeError

X = points(5)
A = points(2, 3)


def rosen(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosen_grad(x):
    g = np.zeros_like(x)
    g[1:-1] = 200 * (x[1:-1] - x[:-2] ** 2) - 400 * x[1:-1] * (x[2:] - x[1:-1] ** 2) - 2 * (1 - x[1:-1])
    g[0] = -400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0])
    g[-1] = 200 * (x[-1] - x[-2] ** 2)
    return g


def coupled(x):
    """A vector function with a full Jacobian."""
    return np.tanh(np.outer(np.arange(1.0, 4.0), x).sum(axis=1) * x[:3]) + x @ x


# ---- jvp ------------------------------------------------------------------------------------------------


def test_jvp_of_a_vector_function():
    v = random_like(X, rng(1))
    value, tangent = dd.jvp(coupled, (X,), (v,))
    same_bits(value, coupled(X))
    close(tangent, complex_step(coupled, (X,), (v,))[0], 1e-13)


def test_jvp_stacked_directions():
    vs = rng(2).standard_normal((4, 5))
    value, tangents = dd.jvp(coupled, (X,), (vs,))
    same_bits(value, coupled(X))
    assert tangents.shape == (4, 3)
    for v, t in zip(vs, tangents, strict=True):
        close(t, dd.jvp(coupled, (X,), (v,))[1], 1e-15)
    assert dd.jvp(lambda x: x.sum(), (X,), (vs,))[1].shape == (4,)
    assert dd.jvp(lambda x: 3.0, (X,), (vs,))[1].tolist() == [0.0] * 4
    assert dd.jvp(lambda x: x * 2, (X,), (vs[:1],))[1].shape == (1, 5)      # a stack of one stays a stack


def test_jvp_one_array_without_tuples():
    value, tangent = dd.jvp(coupled, X, np.ones(5))
    assert np.array_equal(value, coupled(X)) and tangent.shape == (3,)


def test_jvp_of_several_arguments():
    def f(x, a, s):
        return (x[:3] * a).sum(axis=0) * s + a[0] ** 2

    vs = tuple(random_like(p, rng(i)) for i, p in enumerate((X, A, 1.3)))
    value, tangent = dd.jvp(f, (X, A, 1.3), vs)
    same_bits(value, f(X, A, 1.3))
    close(tangent, complex_step(f, (X, A, 1.3), vs)[0], 1e-13)
    held = dd.jvp(f, (X, A, 1.3), (vs[0], None, vs[2]))[1]
    close(held, complex_step(f, (X, A, 1.3), (vs[0], None, vs[2]))[0], 1e-13)


def test_jvp_kwargs_and_aux():
    def f(x, *, power=1, offset=None):
        return x**power + offset, {"norm": x @ x, "text": "kept", "n": 3}

    value, tangent, aux = dd.jvp(f, (X,), (np.ones(5),), has_aux=True, power=3, offset=A[0, 0])
    same_bits(value, X**3 + A[0, 0])
    close(tangent, 3 * X**2, 1e-15)
    same_bits(aux["norm"], X @ X)
    assert aux["text"] == "kept" and aux["n"] == 3


def test_jvp_of_a_constant_function():
    value, tangent = dd.jvp(lambda x: np.ones(3), (X,), (X,))
    assert np.array_equal(value, np.ones(3)) and np.array_equal(tangent, np.zeros(3))
    value, tangent = dd.jvp(lambda x: np.arange(3), (X,), (X,))
    assert value.dtype.kind == "i" and tangent.dtype == np.float64 and not tangent.any()
    value, tangent = dd.jvp(lambda x: 7.0, (X,), (X,))
    assert value == 7.0 and tangent == 0.0
    value, tangent = dd.jvp(lambda x: x > 1, (X,), (X,))
    assert value.dtype == bool and not tangent.any()


def test_jvp_of_complex_results():
    v = random_like(X, rng(3))
    value, tangent = dd.jvp(lambda x: np.exp(1j * x), (X,), (v,))
    same_bits(value, np.exp(1j * X))
    close(tangent, 1j * v * np.exp(1j * X), 1e-15)


# ---- Python numbers ---------------------------------------------------------------------------------------


def test_python_numbers_in_and_out():
    def f(x):
        return np.sin(x) * np.exp(x) + x**3

    def slope(x):
        return (math.cos(x) + math.sin(x)) * math.exp(x) + 3 * x * x

    for x in (0.5, 2, True):
        found = dd.derivative(f)(x)
        assert type(found) is float and abs(found - slope(float(x))) < 1e-13
        value, tangent = dd.jvp(f, (x,), (1.0,))
        assert type(value) is float and type(tangent) is float
        assert type(dd.grad(f)(x)) is float
        value, g = dd.value_and_grad(f)(x)
        assert type(value) is float and type(g) is float and g == found
        assert type(dd.jacobian(f)(x)) is float
        assert type(dd.hessian(f)(x)) is float
        assert type(dd.hvp(f, (x,), (1.0,))) is float


def test_numpy_numbers_in_and_out():
    found = dd.grad(lambda x: x * x)(np.float64(3.0))
    assert type(found) is np.float64 and found == 6.0
    found = dd.grad(lambda x: x * x)(np.float32(3.0))
    assert type(found) is np.float32 and found == 6.0
    found = dd.grad(lambda x: x * x)(np.array(3.0))
    assert np.shape(found) == () and found == 6.0
    assert dd.grad(lambda x: x * x)(np.int64(3)) == 6.0


def test_derivative_of_array_valued_functions():
    found = dd.derivative(lambda t: np.array([np.cos(t), np.sin(t)]))(0.3)
    close(found, [-math.sin(0.3), math.cos(0.3)], 1e-15)
    found = dd.derivative(lambda t: t * np.ones((2, 3)))(0.3)
    assert np.array_equal(found, np.ones((2, 3)))
    found = dd.derivative(lambda t: (t * t, [t, 2.0]))(3.0)
    assert found == (6.0, [1.0, 0.0])
    found = dd.derivative(lambda t, s: t * s, argnums=1)(3.0, 4.0)
    assert found == 3.0
    found = dd.derivative(lambda t: (t * t, t + 1), has_aux=True)(3.0)
    assert found == (6.0, 4.0)


def test_derivatives_of_any_order():
    f = np.sin
    for order in range(6):
        assert abs(f(0.7) - [math.sin, math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x)][order % 4](0.7)) < 1e-14
        f = dd.derivative(f)


# ---- integers and booleans are promoted -------------------------------------------------------------------------


@pytest.mark.parametrize("x", [np.array([1, 2, 3]), np.array([True, False, True]), np.array([1, 2, 3], np.uint8),
                               np.array([1, 2, 3], dtype=object), [1, 2.0, True]], ids=str)  # fmt: skip
def test_integers_become_floats(x):
    wanted = 2 * np.asarray(x, float)
    for found in (
        np.diag(np.asarray(dd.jacobian(lambda x: np.asarray(x, like=np_like(x)) ** 2)(x), float)),
        dd.grad(lambda x: sum(e * e for e in x))(x),
        dd.jvp(lambda x: sum(e * e for e in x), (x,), ([1.0, 1, 1] if isinstance(x, list) else np.ones(3),))[1],
    ):
        if isinstance(x, list) and not isinstance(found, np.ndarray):
            found = np.asarray(found, float)
        if np.ndim(found) == 0:
            assert found == wanted.sum()
        else:
            assert np.array_equal(found, wanted)


def np_like(x):
    """Something to say like= with: the first dual in x."""
    return x if isinstance(x, dd.DualArray) else next(e for e in x if isinstance(e, dd.Dual))


def test_a_jacobian_at_integers_is_not_truncated():
    J = dd.jacobian(lambda x: x / 2)(np.array([1, 2]))
    assert np.array_equal(J, [[0.5, 0], [0, 0.5]])
    value, J = dd.value_and_jacobian(lambda x: x * 1.5)(np.array([1, 2]))
    assert np.array_equal(value, [1.5, 3.0]) and np.array_equal(J, 1.5 * np.eye(2))


def test_integer_tangents():
    assert np.array_equal(dd.jvp(lambda x: x * x / 2, (X,), (np.arange(5),))[1], X * np.arange(5))
    assert dd.jvp(lambda x: x * x, (3,), (1,))[1] == 6.0


def test_float32_stays():
    x = X.astype(np.float32)
    value, tangent = dd.jvp(coupled_like(x), (x,), (np.ones(5),))
    assert value.dtype == tangent.dtype == np.float32
    assert dd.jacobian(lambda x: x * x)(x).dtype == np.float32
    assert dd.grad(lambda x: np.sum(x * x))(x).dtype == np.float32
    assert dd.hessian(lambda x: np.sum(x * x * x))(x).dtype == np.float32
    value, g = dd.value_and_grad(lambda x: np.sum(x * x))(x)
    assert type(value) is np.float32


def coupled_like(x):
    """A vector function that keeps float32."""
    return lambda x: np.tanh(x * x.sum()) + x @ x


# ---- grad ---------------------------------------------------------------------------------------------------


def test_grad_of_rosenbrock():
    x = points(10)
    value, g = dd.value_and_grad(rosen)(x)
    same_bits(value, rosen(x))
    close(g, rosen_grad(x), 1e-14)
    same_bits(dd.grad(rosen)(x), g)


def test_grad_with_argnums():
    def f(x, a, s=2.0):
        return np.sum(x[:3] * a) * s

    found = dd.grad(f, argnums=1)(X, A)
    close(found, np.broadcast_to(2 * X[:3], (2, 3)), 1e-15)
    gx, ga, gs = dd.grad(f, argnums=(0, 1, 2))(X, A, 3.0)
    close(gx, np.concatenate([3 * A.sum(axis=0), [0, 0]]), 1e-15)
    close(ga, np.broadcast_to(3 * X[:3], (2, 3)), 1e-15)
    close(gs, np.sum(X[:3] * A), 1e-15)
    last, first = dd.grad(f, argnums=(-1, 0))(X, A, 3.0)
    assert last == gs and np.array_equal(first, gx)
    found = dd.grad(f, argnums=[1])(X, A, s=3.0)
    assert isinstance(found, tuple) and np.array_equal(found[0], ga)


def test_grad_of_structures():
    Point = collections.namedtuple("Point", "a b")

    @dataclasses.dataclass
    class Model:
        weight: np.ndarray
        bias: float
        layers: list

    def f(p):
        return np.sum(p["m"].weight ** 2) * p["m"].bias + p["t"].a * p["t"].b[0][0] + sum(np.sum(w) * i for i, w in
                                                                                   enumerate(p["m"].layers))  # fmt: skip

    p = {"m": Model(A, 3.0, [X, X * 2]), "t": Point(2.0, (X, 5.0))}
    value, g = dd.value_and_grad(f)(p)
    assert value == f(p)
    assert type(g) is dict and type(g["m"]) is Model and type(g["t"]) is Point and type(g["m"].layers) is list
    close(g["m"].weight, 6 * A, 1e-15)
    close(g["m"].bias, np.sum(A**2), 1e-15)
    assert not g["m"].layers[0].any() and np.array_equal(g["m"].layers[1], np.ones(5))
    assert g["t"].a == X[0] and np.array_equal(g["t"].b[0], [2.0, 0, 0, 0, 0]) and g["t"].b[1] == 0.0
    value, tangent = dd.jvp(f, (p,), (p,))
    close(tangent, 3 * 3 * np.sum(A**2) + 2 * 2.0 * X[0] + 2 * np.sum(X), 1e-14)


def test_grad_has_aux_and_kwargs():
    def f(x, *, c):
        return c * np.sum(x * x), [x * 2, "note"]

    g, aux = dd.grad(f, has_aux=True)(X, c=3.0)
    close(g, 6 * X, 1e-15)
    same_bits(aux[0], X * 2)
    (value, aux), g = dd.value_and_grad(f, has_aux=True)(X, c=3.0)
    assert value == 3.0 * np.sum(X * X) and aux[1] == "note"
    found, aux = dd.jacobian(lambda x: (x * x, {"sum": x.sum()}), has_aux=True)(X)
    assert np.array_equal(found, np.diag(2 * X)) and type(aux["sum"]) is np.float64
    (value, aux), found = dd.value_and_jacobian(lambda x: (x * x, x.sum()), has_aux=True)(X)
    assert np.array_equal(value, X * X) and aux == X.sum()


def test_f_runs_once_for_each_pass():
    calls = []

    def count(x):
        calls.append(1)
        return x * x

    for result in (lambda x: count(x), lambda x: [count(x), x], lambda x: np.array(list(count(x))),
                   lambda x: count(x).reshape(1, 5), lambda x: (count(x), 3)[1]):  # fmt: skip
        calls.clear()
        dd.jacobian(result)(X)
        assert len(calls) == 1
    for result in (lambda x: count(x).sum(), lambda x: count(x)[1:2].reshape(()), lambda x: (count(x), 3.0)[1]):
        calls.clear()
        dd.grad(result)(X)
        assert len(calls) == 1
    calls.clear()
    dd.jacobian(count, chunk=2)(X)
    assert len(calls) == 3
    calls.clear()
    dd.jvp(count, (X,), (X,))
    dd.vjp(count, X)[1](X)
    assert len(calls) == 2


def test_scipy_minimize():
    result = scipy.optimize.minimize(rosen, np.zeros(6), jac=dd.grad(rosen), method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(result.x, np.ones(6), atol=1e-6)
    result = scipy.optimize.minimize(dd.value_and_grad(rosen), np.zeros(6), jac=True, method="L-BFGS-B", tol=1e-12)
    np.testing.assert_allclose(result.x, np.ones(6), atol=1e-4)
    result = scipy.optimize.minimize(rosen, np.zeros(6), jac=dd.grad(rosen), hess=dd.hessian(rosen), method="trust-exact", tol=1e-10)
    np.testing.assert_allclose(result.x, np.ones(6), atol=1e-7)
    result = scipy.optimize.minimize(
        rosen, np.zeros(6), jac=dd.grad(rosen), hessp=lambda x, p: dd.hvp(rosen, (x,), (p,)), method="Newton-CG", tol=1e-12
    )
    np.testing.assert_allclose(result.x, np.ones(6), atol=1e-6)
    found = scipy.optimize.root(lambda x: x**2 - np.arange(1.0, 5.0), np.ones(4), jac=dd.jacobian(lambda x: x**2))
    np.testing.assert_allclose(found.x, np.sqrt(np.arange(1.0, 5.0)), rtol=1e-10)
    assert scipy.optimize.newton(lambda x: x**3 - 2, 1.0, fprime=dd.derivative(lambda x: x**3 - 2)) == pytest.approx(2 ** (1 / 3))


# ---- jacobian -------------------------------------------------------------------------------------------------


def full_jacobian(f, x):
    """The Jacobian of an analytic f, column by column."""
    columns = [complex_step(f, (x,), (e.reshape(x.shape),))[0] for e in np.eye(x.size)]
    return np.moveaxis(np.array(columns), 0, -1).reshape(columns[0].shape + x.shape)


@pytest.mark.parametrize("chunk", [None, 1, 2, 3, 4, 5, 6, 1000, np.int64(2)])
def test_every_chunk_gives_the_same(chunk):
    assert np.array_equal(dd.jacobian(coupled, chunk=chunk)(X), dd.jacobian(coupled, chunk=5)(X))
    close(dd.jacobian(coupled, chunk=chunk)(X), full_jacobian(coupled, X), 1e-14)
    assert np.array_equal(dd.grad(rosen, chunk=chunk)(X), dd.grad(rosen)(X))
    close(dd.hessian(rosen, chunk=chunk)(X), dd.hessian(rosen)(X), 1e-15)
    a, b = dd.jacobian(lambda x, a: x[:3] * a, argnums=(0, 1), chunk=chunk)(X, A)
    close(a, np.einsum("ij,jk->ijk", A, np.eye(3, 5)), 1e-15)
    close(b, np.einsum("j,ik,jl->ijkl", X[:3], np.eye(2), np.eye(3)), 1e-15)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.sum(), lambda x: x * x, lambda x: np.outer(x, x * x), lambda x: x[:1] * x[1],
        lambda x: np.broadcast_to(x[0] * x[1], (2, 1, 2)), lambda x: x.reshape(-1)[::-1] ** 2, lambda x: x[:0] * 2,
    ],
)  # fmt: skip
@pytest.mark.parametrize("x", [X, A, points(2, 1, 2)], ids=["1-D", "2-D", "3-D"])
def test_shapes_of_jacobians(f, x):
    if np.asarray(x).ndim > 1:
        g = lambda x: f(x.reshape(-1))  # noqa: E731
    else:
        g = f
    m = np.shape(g(x))
    value, J = dd.value_and_jacobian(g)(x)
    same_bits(value, g(x))
    assert J.shape == m + x.shape
    close(J, full_jacobian(g, x), 1e-14)
    D = dd.jacobian(g, layout="denominator")(x)
    assert D.shape == x.shape + m
    axes = [*range(len(m), len(m) + x.ndim), *range(len(m))]
    assert np.array_equal(D, np.transpose(J, axes))


def test_jacobian_is_contiguous_and_writable():
    J = dd.jacobian(coupled)(X)
    assert J.flags.c_contiguous and J.flags.writeable and J.flags.owndata
    for array in (dd.grad(rosen)(X), dd.jvp(coupled, (X,), (X,))[1], dd.jvp(np.ravel, (A,), (A,))[0]):
        assert array.flags.writeable
        array[...] = 0.0


def test_several_outputs():
    def f(x):
        return {"a": x * x, "b": [x.sum(), (x[0], 3.0)]}

    value, J = dd.value_and_jacobian(f)(X)
    same_bits(value["a"], X * X)
    assert np.array_equal(J["a"], np.diag(2 * X)) and np.array_equal(J["b"][0], np.ones(5))
    assert np.array_equal(J["b"][1][0], np.eye(5)[0]) and np.array_equal(J["b"][1][1], np.zeros(5))
    value, tangent = dd.jvp(f, (X,), (X,))
    close(tangent["b"][0], X.sum(), 1e-15)
    assert tangent["b"][1][1] == 0.0
    found = dd.jacobian(lambda x, a: [x[:3] * a[0], a.sum()], argnums=(1, 0))(X, A)
    assert [np.shape(j) for pair in found for j in pair] == [(3, 2, 3), (3, 5), (2, 3), (5,)]


def test_object_arrays_of_duals_as_results():
    def f(x):
        return np.array([x[0] ** 2, np.sin(x[1]), 3.0, x[2] * x[0]])

    def g(x):
        return np.array([[x[0], 1.0], [x[1] * x[2], x[3]]])

    for function in (f, g, lambda x: np.array([f(x)[0], g(x)[1, 0]]), lambda x: np.asarray(x * x)):
        wanted = full_jacobian(function, X)
        J = dd.jacobian(function)(X)
        assert J.dtype == np.float64
        close(J, wanted, 1e-15)
        same_bits(dd.value_and_jacobian(function)(X)[0], function(X))
        close(dd.jvp(function, (X,), (X,))[1], wanted @ X, 1e-14)
        value, pullback = dd.vjp(function, X)
        w = np.ones(np.shape(value))
        close(pullback(w), np.tensordot(w, wanted, w.ndim), 1e-14)
        dd.hessian(lambda x: np.sum(function(x) ** 2))(X)


def test_a_list_of_duals_as_a_result():
    """A list is a structure: one Jacobian for each element."""
    rows = dd.jacobian(lambda x: [x[0] * x[1], x[2]])(X)
    assert isinstance(rows, list)
    close(np.array(rows), full_jacobian(lambda x: np.array([x[0] * x[1], x[2]]), X), 1e-15)


def test_jacobian_of_an_argument_that_is_not_used():
    J = dd.jacobian(lambda x, a: x * 2, argnums=1)(X, A)
    assert J.shape == (5, 2, 3) and not J.any()


# ---- second order ------------------------------------------------------------------------------------------------


def test_hessian_of_rosenbrock():
    H = dd.hessian(rosen)(X)
    close(H, scipy.optimize.rosen_hess(X), 1e-13)
    v = random_like(X, rng(4))
    close(dd.hvp(rosen, (X,), (v,)), scipy.optimize.rosen_hess_prod(X, v), 1e-13)
    vs = rng(5).standard_normal((3, 5))
    close(dd.hvp(rosen, (X,), (vs,)), vs @ H, 1e-13)
    close(dd.hvp(rosen, X, v), H @ v, 1e-13)


def test_hessian_blocks():
    def f(x, a):
        return np.sum(np.outer(x[:2], x[:2]) @ a * a)

    (xx, xa), (ax, aa) = dd.hessian(f, argnums=(0, 1))(X, A)
    assert xx.shape == (5, 5) and xa.shape == (5, 2, 3) and ax.shape == (2, 3, 5) and aa.shape == (2, 3, 2, 3)
    close(xa, np.moveaxis(ax, -1, 0), 1e-14)
    g = dd.grad(f, argnums=(0, 1))
    v = random_like(A, rng(6))
    close(np.tensordot(xa, v, 2), differences(lambda a: g(X, a)[0], (A,), (v,))[0], 1e-8)
    close(np.tensordot(aa, v, 2), differences(lambda a: g(X, a)[1], (A,), (v,))[0], 1e-8)
    hx, ha = dd.hvp(f, (X, A), (X, v))
    close(hx, xx @ X + np.tensordot(xa, v, 2), 1e-13)
    close(ha, ax @ X + np.tensordot(aa, v, 2), 1e-13)


def test_hessian_of_a_matrix_argument():
    H = dd.hessian(lambda a: np.sum(a**3))(A)
    assert H.shape == (2, 3, 2, 3)
    close(H.reshape(6, 6), np.diag(6 * A.ravel()), 1e-15)


def test_third_derivatives():
    D = dd.jacobian(dd.hessian(lambda x: np.sum(x**4) + x[0] * x[1] * x[2]))(X)
    expected = np.zeros((5, 5, 5))
    expected[np.arange(5), np.arange(5), np.arange(5)] = 24 * X
    for i, j, k in [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]:
        expected[i, j, k] = 1.0
    close(D, expected, 1e-14)


def test_hvp_kwargs():
    close(dd.hvp(lambda x, *, p: np.sum(x**p), (X,), (X,), p=4), 12 * X**3, 1e-14)


# ---- functions returned look like f -------------------------------------------------------------------------------


def test_names_and_docs_are_kept():
    for make in (dd.derivative, dd.grad, dd.jacobian, dd.hessian, dd.value_and_grad, dd.value_and_jacobian):
        assert make(rosen).__name__ == "rosen"
        assert callable(make(functools.partial(rosen)))
        assert callable(make(np.sum))


def test_methods_and_callables():
    class Model:
        def __init__(self, c):
            self.c = c

        def loss(self, x):
            return self.c * np.sum(x * x)

        def __call__(self, x):
            return self.loss(x)

    m = Model(2.0)
    for f in (m.loss, m, functools.partial(Model.loss, m)):
        close(dd.grad(f)(X), 4 * X, 1e-15)


# ---- memory --------------------------------------------------------------------------------------------------------


def peak(function):
    """Bytes that a call of function allocates at its peak."""
    function()
    gc.collect()
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_of_a_large_jacobian():
    n = 1000
    x = np.linspace(0.1, 1.0, n)

    def f(x):
        y = np.tanh(x) * np.exp(-x) + np.sin(x) ** 2
        y[1:] += x[:-1] * x[1:]
        return np.sqrt(y * y + 1) / x

    found = {}
    used = peak(lambda: found.update(J=dd.jacobian(f)(x)))
    assert used < 200e6
    v = rng(7).standard_normal(n)
    close(found["J"] @ v, dd.jvp(f, (x,), (v,))[1], 1e-12)


def test_memory_of_a_jvp_does_not_grow_with_the_number_of_operations():
    x = np.linspace(0.1, 1.0, 30_000)
    v = np.ones_like(x)

    def f(x, steps=100):
        for _ in range(steps):
            x = np.sin(x) * 0.5 + x * x * 0.1
        return x

    alone = peak(lambda: f(x))
    used = peak(lambda: dd.jvp(f, (x,), (v,)))
    assert used < 3 * alone
    assert peak(lambda: dd.jvp(f, (x,), (v,), steps=10)) > 0.8 * used


def test_nothing_is_kept_after_a_call():
    x = np.linspace(0.1, 1.0, 20_000)
    dd.vjp(lambda x: np.sin(x) * x, x)[1](x)
    dd.grad(lambda x: np.sum(np.sin(x) * x), chunk=1)(x[:3])
    gc.collect()
    tracemalloc.start()
    for _ in range(5):
        dd.jvp(lambda x: np.sin(x) * x, (x,), (x,))
        dd.vjp(lambda x: np.sin(x) * x, x)[1](x)
        dd.jvp(lambda x: dd.jvp(lambda x: np.sin(x) * x, (x,), (x,))[1], (x,), (x,))
    gc.collect()
    left = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert left < 20_000 * 8 * 12       # a pool of result arrays may stay; five calls' tapes may not


# ---- errors ----------------------------------------------------------------------------------------------------------


def refused(kind, match, call):
    """Asserts a typed error with a message that says what happened."""
    with pytest.raises(kind, match=match) as caught:
        call()
    assert isinstance(caught.value, DualDiffError)
    assert isinstance(caught.value, (TypeError, ValueError))


@pytest.mark.parametrize("v", [np.ones(4), np.ones((5, 1)), np.ones((2, 4)), np.ones((1, 2, 5)), 1.0])
def test_wrong_tangent_shapes(v):
    shape = str(np.shape(v)).replace("(", r"\(").replace(")", r"\)")
    refused(ShapeError, rf"{shape}.*\(5,\)", lambda: dd.jvp(coupled, (X,), (v,)))
    refused(ShapeError, rf"{shape}.*\(5,\)", lambda: dd.hvp(rosen, (X,), (v,)))


def test_wrong_numbers_of_tangents():
    refused(ShapeError, "2 primals", lambda: dd.jvp(lambda x, y: x, (X, X), (X,)))
    refused(ShapeError, "one tangent for each", lambda: dd.jvp(coupled, (X,), X))
    refused(ShapeError, "direction", lambda: dd.jvp(lambda x, y: x * y, (X, X), (X, np.ones((2, 5)))))
    refused(ShapeError, "direction", lambda: dd.jvp(lambda x, y: x * y, (X, X), (np.ones((3, 5)), np.ones((2, 5)))))
    refused(ShapeError, "has the keys 'a'; expected 'a', 'b'", lambda: dd.jvp(lambda p: p["a"], ({"a": X, "b": X},), ({"a": X},)))
    refused(InputError, "None", lambda: dd.jvp(coupled, (X,), (None,)))
    refused(InputError, "complex", lambda: dd.jvp(coupled, (X,), (1j * X,)))


CALLS = {
    "jvp": lambda f: lambda x: dd.jvp(f, (x,), (np.ones(np.shape(x)),)),
    "vjp": lambda f: lambda x: dd.vjp(f, x),
    "grad": dd.grad,
    "value_and_grad": dd.value_and_grad,
    "jacobian": dd.jacobian,
    "value_and_jacobian": dd.value_and_jacobian,
    "hessian": dd.hessian,
    "hvp": lambda f: lambda x: dd.hvp(f, (x,), (np.ones(np.shape(x)),)),
}
calls = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@calls
@pytest.mark.parametrize(
    ("x", "match"),
    [
        (np.clongdouble(1j), "complex256|clongdouble"), (np.array([1j, 2.0], np.clongdouble), "complex256|clongdouble"),
        (np.zeros(0), r"no elements.*\(0,\)"), (np.zeros((2, 0)), r"\(2, 0\)"), (np.zeros(0, int), "no elements"),
        (np.ones(2, np.float16), "float16"), (np.ones(2, np.longdouble), "longdouble|float128"), (np.float16(1), "float16"),
        ("text", "str"), (None, "NoneType"), (object(), "object"), (np.array(["a"]), "<U1|dtype"),
        (np.array([None, 1.0]), "object"), (np.array(["2020-01-01"], "M8[D]"), "datetime64"),
    ],
    ids=lambda v: "object" if type(v) is object else repr(v)[:30],
)  # fmt: skip
def test_wrong_inputs(call, x, match):
    refused(InputError, match, lambda: call(lambda x: np.sum(x))(x))


@calls
@pytest.mark.parametrize("bad", [None, "text", object(), types.SimpleNamespace(a=1), np.array(["a"]), {1, 2}],
                         ids=lambda bad: type(bad).__name__)  # fmt: skip
def test_wrong_outputs(call, bad):
    refused(InputError, f"{type(bad).__name__}|grad needs.*shape", lambda: call(lambda x: bad)(X))


def test_none_suggests_a_missing_return():
    refused(InputError, "return", lambda: dd.jvp(lambda x: None, (X,), (X,)))


@pytest.mark.parametrize("make", [dd.grad, dd.value_and_grad, dd.hessian])
def test_grad_wants_one_number(make):
    refused(InputError, r"\(5,\).*jacobian", lambda: make(lambda x: x * x)(X))
    refused(InputError, r"\(1,\).*jacobian", lambda: make(lambda x: x[:1])(X))
    refused(InputError, "tuple", lambda: make(lambda x: (x[0], x[1]))(X))
    refused(InputError, "list", lambda: make(lambda x: [x[0]])(X))
    refused(InputError, "dict", lambda: make(lambda x: {"a": x[0]})(X))
    refused(InputError, "complex", lambda: make(lambda x: x[0] * 1j)(X))
    refused(InputError, "complex", lambda: make(lambda x: np.sum(x * 1j))(X))


def test_derivative_wants_a_number():
    refused(InputError, r"\(5,\)", lambda: dd.derivative(np.sin)(X))
    refused(InputError, "several", lambda: dd.derivative(lambda x, y: x, argnums=(0, 1))(1.0, 2.0))
    refused(InputError, "complex", lambda: dd.derivative(np.sin)(1j))


@pytest.mark.parametrize("make", [dd.derivative, dd.grad, dd.jacobian, dd.hessian, dd.value_and_grad])
def test_wrong_argnums(make):
    f = lambda x, y: x * y  # noqa: E731
    refused(InputError, "2", lambda: make(f, argnums=2)(1.0, 2.0))
    refused(InputError, "-3", lambda: make(f, argnums=-3)(1.0, 2.0))
    refused(InputError, "argnums", lambda: make(f, argnums="x")(1.0, 2.0))
    refused(InputError, "argnums", lambda: make(f, argnums=1.0)(1.0, 2.0))
    refused(InputError, "argnums", lambda: make(f, argnums=True)(1.0, 2.0))
    if make is not dd.derivative:
        refused(InputError, "twice", lambda: make(f, argnums=(0, -2))(1.0, 2.0))
        refused(InputError, "empty", lambda: make(f, argnums=())(1.0, 2.0))
    refused(InputError, "0", lambda: make(f)(x=1.0, y=2.0))


@pytest.mark.parametrize("chunk", [0, -1, 1.5, "a", True])
def test_wrong_chunks(chunk):
    refused(InputError, "chunk", lambda: dd.jacobian(coupled, chunk=chunk)(X))
    refused(InputError, "chunk", lambda: dd.grad(rosen, chunk=chunk)(X))


def test_wrong_layouts():
    refused(InputError, "layout.*rows", lambda: dd.jacobian(coupled, layout="rows"))


def test_empty_structures():
    refused(InputError, "no arrays", lambda: dd.grad(lambda p: 1.0)([]))
    refused(InputError, "no arrays", lambda: dd.jacobian(lambda p: 1.0)({}))


def test_has_aux_without_aux():
    refused(InputError, "aux", lambda: dd.grad(rosen, has_aux=True)(X))
    refused(InputError, "aux", lambda: dd.jvp(coupled, (X,), (X,), has_aux=True))
    refused(InputError, "aux", lambda: dd.vjp(coupled, X, has_aux=True))
    refused(InputError, "aux", lambda: dd.jacobian(coupled, has_aux=True)(X))


def test_lost_derivatives_are_errors():
    lost = dd.errors.LostDerivativeError
    for f in (
        lambda x: float(x[0]), lambda x: math.sin(x[0]), lambda x: complex(x[0]), lambda x: np.asarray(x, dtype=float),
        lambda x: np.array([x[0], 1.0], dtype=float), lambda x: np.float64(x[0]), lambda x: [1, 2, 3][x[0]],
        lambda x: range(x[0]), lambda x: float(x.sum()), lambda x: math.sqrt(x @ x),
    ):  # fmt: skip
        for call in (lambda: dd.jvp(f, (X,), (X,)), lambda: dd.vjp(f, X), lambda: dd.jacobian(f)(X)):
            with pytest.raises((lost, TypeError), match="derivative|float|integer|index"):
                call()


def test_many_directions_of_large_arrays_go_in_chunks():
    x, p = np.linspace(0.1, 2.0, 20_000), {"scale": 2.0}
    V = np.random.default_rng(0).normal(size=(21, x.size))
    calls = []

    def f(x, p):
        calls.append(1)
        return {"y": np.sin(x) * p["scale"], "n": np.sum(x**2), "k": 3.0}, x[0]

    value, t, aux = dd.jvp(f, (x, p), (V, {"scale": np.arange(21.0)}), has_aux=True)
    assert 1 < len(calls) <= 3
    want = 2 * np.cos(x) * V + np.sin(x) * np.arange(21.0)[:, None]
    np.testing.assert_allclose(t["y"], want, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(t["n"], 2 * V @ x)
    np.testing.assert_array_equal(t["k"], np.zeros(21))
    assert aux == x[0]
    for i in (0, 7, 8, 20):
        one = dd.jvp(lambda x: np.sin(x) * 2.0, (x,), (V[i],))[1]
        np.testing.assert_array_equal(dd.jvp(lambda x: np.sin(x) * 2.0, (x,), (V,))[1][i], one)
    calls.clear()
    dd.jvp(lambda x: f(x, p)[0], (x[:100],), (V[:, :100],))
    assert len(calls) == 1
    nested = dd.jvp(lambda c: dd.jvp(lambda x: c * x * x, (x,), (V,))[1], (1.0,), (1.0,))[1]     # f closes over a dual
    np.testing.assert_allclose(nested, 2 * x * V)
