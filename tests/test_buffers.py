"""Buffers: what can be filled with duals, what says no, and the drop-in numpy namespace that makes it work.

Derivatives are compared with the complex step of the same code on plain NumPy arrays of complex dtype, or with
extrapolated differences (tests/support.py); nothing here compares dualdiff with itself alone.
"""

import copy
import ctypes
import math
import pickle
import statistics
import struct
import threading
from array import array as array_of_numbers
from decimal import Decimal
from fractions import Fraction

import numpy as onp
import pytest
from support import close, differences, points, same_bits

import dualdiff as dd
from dualdiff import DualArray, numpy as dnp
from dualdiff.errors import LostDerivativeError, UnsupportedError

X = onp.array([0.3, 0.7, 0.2, 0.9])


# ---- functions that fill buffers, as people write them -------------------------------------------


def burgers(np, u):
    """Finite volumes: fluxes at faces, a loop over cells."""
    n = len(u)
    flux = np.zeros(n + 1)
    du = np.empty(n)
    for i in range(1, n):
        flux[i] = 0.5 * (u[i - 1] ** 2 + u[i] ** 2) - 0.3 * (u[i] - u[i - 1])
    flux[0] = flux[1]
    flux[-1] = u[-1] ** 2
    for i in range(n):
        du[i] = -(flux[i + 1] - flux[i]) / 0.1
    return du


def limited(np, u):
    """A limiter with branches, masks and a buffer of flags."""
    slope = np.zeros_like(u)
    left, right = np.diff(u)[:-1], np.diff(u)[1:]
    same = left * right > 0
    inner = np.zeros(len(u) - 2)
    inner[same] = 2 * left[same] * right[same] / (left[same] + right[same])
    slope[1:-1] = inner
    kinds = np.zeros(len(u), dtype=int)
    kinds[1:-1][same] = 1
    return slope * (1 + kinds) + u


def ghosts(np, u):
    """A 2-D stencil with ghost cells; the result is accumulated in place."""
    n, m = u.shape
    g = np.zeros((n + 2, m + 2))
    g[1:-1, 1:-1] = u
    g[0], g[-1] = g[1], g[-2]
    g[:, 0], g[:, -1] = -g[:, 1], -g[:, -2]
    out = np.zeros((n, m))
    out += g[2:, 1:-1]
    out += g[:-2, 1:-1]
    out += g[1:-1, 2:] * g[1:-1, :-2]
    out -= 4 * g[1:-1, 1:-1]
    out[u > 0.5] *= u[u > 0.5]
    return out


def lorenz(np, y):
    """A right-hand side with dydt = np.empty(3)."""
    dydt = np.empty(3)
    dydt[0] = 10.0 * (y[1] - y[0])
    dydt[1] = y[0] * (28.0 - y[2]) - y[1]
    dydt[2] = y[0] * y[1] - 8.0 / 3.0 * y[2]
    return dydt


def heat_step(np, T):
    """Rows of a matrix and its solution: a tridiagonal system assembled by elements."""
    n = len(T)
    A = np.zeros((n, n))
    b = np.zeros(n)
    for i in range(n):
        A[i, i] = 1.0 + 2 * T[i] ** 2
        if i > 0:
            A[i, i - 1] = -T[i] * T[i - 1]
        if i < n - 1:
            A[i, i + 1] = -T[i] * T[i + 1]
        b[i] = T[i]
    A[0, :] = 0.0
    A[0, 0] = 1.0
    b[0] = 2.0
    return np.linalg.solve(A, b)


def trajectory(np, y):
    """States of an explicit method in the rows of one array."""
    out = np.zeros((4, len(y)))
    out[0, :] = y
    for i in range(3):
        k = np.empty_like(out[i])
        k[:] = np.sin(out[i])
        k[1:] -= 0.5 * out[i, :-1]
        out[i + 1] = out[i] + 0.1 * k
    return out


def made_of_lists(np, x):
    """Arrays from lists of scalars, and lists given to functions."""
    a = np.array([x[0] ** 2, 1.0, x[1] * x[2]])
    rotation = np.array([[np.cos(x[0]), -np.sin(x[0])], [np.sin(x[0]), np.cos(x[0])]])
    b = np.asarray([np.mean([x[0], x[1], 2.0]), np.linalg.norm([x[1], 3.0])])
    c = np.concatenate([[x[0], 1.0], [x[3]], a])
    return np.hstack([a, rotation @ b, np.exp(c), np.full(2, x[3]), np.array(x, copy=True), np.atleast_1d(x[0])])


FUNCTIONS = [burgers, limited, lorenz, heat_step, trajectory, made_of_lists]


def of(f, np):
    return lambda x: f(np, x)


@pytest.mark.parametrize("f", [*FUNCTIONS, ghosts], ids=lambda f: f.__name__)
def test_derivatives_of_functions_that_fill_buffers(f):
    x = points(3, 4, low=0.2, high=0.9) if f is ghosts else X
    v = points(*x.shape, seed=5)
    (wanted,) = differences(of(f, onp), [x], [v])
    g = of(f, dnp)
    value, t = dd.jvp(g, (x,), (v,))
    same_bits(value, f(onp, x), f.__name__)
    close(t, wanted, 1e-9, "jvp")
    J = dd.jacobian(g)(x)
    close(onp.tensordot(J, v, v.ndim), wanted, 1e-9, "jacobian")
    value, L = dd.linearize(g, x)
    close(L @ v.ravel(), wanted.ravel(), 1e-9, "linearize")
    w = points(*onp.shape(value), seed=9)
    pulled = dd.vjp(g, x)[1](w)
    close(onp.sum(pulled * v), onp.sum(w * wanted), 1e-9, "vjp")


@pytest.mark.parametrize("f", [*FUNCTIONS, ghosts], ids=lambda f: f.__name__)
def test_second_derivatives(f):
    x = points(2, 3, low=0.2, high=0.9) if f is ghosts else X
    v = points(*x.shape, seed=5)

    def s(np):
        return lambda x: (f(np, x) ** 2).sum()

    (wanted,) = differences(lambda x: dd.grad(s(dnp))(x), [x], [v])
    (check,) = differences(s(onp), [x], [v])
    close(onp.sum(dd.grad(s(dnp))(x) * v), check, 1e-9)
    close(onp.tensordot(dd.hessian(s(dnp))(x), v, v.ndim), wanted, 1e-8, "hessian")
    close(dd.hvp(s(dnp), (x,), (v,)), wanted, 1e-8, "hvp")


@pytest.mark.parametrize("f", [*FUNCTIONS, ghosts], ids=lambda f: f.__name__)
def test_outside_of_differentiation_everything_is_numpys(f):
    x = points(3, 4, low=0.2, high=0.9) if f is ghosts else X
    same_bits(f(dnp, x), f(onp, x))


def zeroed(x):
    """What is in the memory of np.empty may be anything."""
    x[...] = 0.0
    return x


MAKERS = {
    "zeros": lambda np: np.zeros((2, 3)), "empty": lambda np: zeroed(np.empty(2)), "ones": lambda np: np.ones(3),
    "full": lambda np: np.full((2, 2), 1.5), "zeros_like": lambda np: np.zeros_like(X), "ones_like": lambda np: np.ones_like(X),
    "full_like": lambda np: np.full_like(X, 2.0), "array": lambda np: np.array([1.0, 2.0]), "asarray": lambda np: np.asarray([[1.0]]),
    "ascontiguousarray": lambda np: np.ascontiguousarray([1.0, 2.0]), "asfortranarray": lambda np: np.asfortranarray([[1.0, 2.0]]),
    "copy": lambda np: np.copy(X), "fromiter": lambda np: np.fromiter([1.0, 2.0], float), "eye": lambda np: np.eye(2),
    "identity": lambda np: np.identity(2), "linspace": lambda np: np.linspace(0, 1, 3), "tile": lambda np: np.tile(X, 2),
    "concatenate": lambda np: np.concatenate([X, X]), "diag": lambda np: np.diag(X),
}  # fmt: skip


@pytest.mark.parametrize("name", MAKERS)
def test_what_makers_make(name):
    make = MAKERS[name]
    outside = make(dnp)
    assert type(outside) is onp.ndarray
    same_bits(outside, make(onp))
    seen = []

    def f(x):
        buffer = make(dnp)
        seen.append(type(buffer))
        constant = make(dnp)
        buffer.reshape(-1)[-1:] = x[0] ** 2      # a view: the write is seen in the buffer
        buffer[(0,) * buffer.ndim] = x[1]
        return buffer, constant

    (value, constant), (t, zero) = dd.jvp(f, (X,), (onp.ones(4),))
    assert seen == [DualArray]
    same_bits(constant, outside)
    assert not zero.any() and zero.shape == constant.shape
    wanted = onp.zeros(value.shape)
    wanted.reshape(-1)[-1] = 2 * X[0]
    wanted[(0,) * wanted.ndim] = 1.0
    close(t, wanted, 1e-15)


@pytest.mark.parametrize("make", [
    lambda np: np.zeros(3, dtype=int), lambda np: np.arange(3.0), lambda np: np.array([1, 2]), lambda np: np.array(["a"]),
    lambda np: np.ones(2, dtype=bool), lambda np: np.empty(2, dtype=object), lambda np: np.zeros(2, dtype="f2"), lambda np: np.asarray(X),
    lambda np: np.ascontiguousarray(X), lambda np: np.arange(3),
])  # fmt: skip
def test_what_stays_plain(make):
    seen = []
    dd.jvp(lambda x: (seen.append(make(dnp)), x)[1], (X,), (X,))
    assert type(seen[0]) is onp.ndarray and seen[0].dtype == make(onp).dtype


def test_an_array_that_somebody_else_has_is_never_exchanged():
    constant = onp.array([1.0, 2.0])

    def f(x):
        a = dnp.asarray(constant)
        assert a is constant
        a[0] = x[0]

    with pytest.raises(LostDerivativeError, match="plain float array"):
        dd.jvp(f, (X,), (X,))
    assert constant.tolist() == [1.0, 2.0]


def test_constants_are_taken_wherever_an_array_is():
    from scipy import linalg as sl

    def f(x):
        np = dnp
        a = np.array([[4.0, 1.0], [1.0, 3.0]])
        b = np.zeros(2)
        b[:] = [1.0, 2.0]
        b[0] += 1
        table = [10.0, 20.0, 30.0][int(b[0])]
        results = [np.linalg.pinv(a), sl.cholesky(a), sl.solve(a, b), np.linalg.eigvals(a), onp.array(b), b.sum(), b @ a,
                   np.fft.fft(b), np.add.reduce(a), np.cumprod(b), np.unwrap(b), np.isin(b, [2.0]), np.histogram(b)[0]]  # fmt: skip
        assert float(b[0]) == 2.0 and math.sin(b[0]) == math.sin(2.0) and table == 30.0
        assert isinstance(a, np.ndarray) and isinstance(onp.ones(2), np.ndarray) and not isinstance([], np.ndarray)
        assert [10, 20, 30][np.zeros(2, dtype=int)[0]] == 10 and onp.arange(3)[np.array([0, 2])].tolist() == [0, 2]
        return results, x

    (value, _), (t, _) = dd.jvp(f, (X,), (X,))
    a, b = onp.array([[4.0, 1.0], [1.0, 3.0]]), onp.array([2.0, 2.0])
    wanted = [onp.linalg.pinv(a), sl.cholesky(a), sl.solve(a, b), onp.linalg.eigvals(a), b, b.sum(), b @ a, onp.fft.fft(b),
              onp.add.reduce(a), onp.cumprod(b), onp.unwrap(b), onp.isin(b, [2.0]), onp.histogram(b)[0]]  # fmt: skip
    for found, right, tangent in zip(value, wanted, t, strict=True):
        assert not isinstance(found, DualArray)
        onp.testing.assert_array_equal(found, right)
        assert not onp.any(tangent)


def test_the_thread_knows_and_others_do_not():
    kinds = {}
    inside, done = threading.Event(), threading.Event()

    def other():
        inside.wait(10)
        kinds["other"] = type(dnp.zeros(1))
        done.set()

    thread = threading.Thread(target=other)
    thread.start()

    def f(x):
        inside.set()
        done.wait(10)
        kinds["inside"] = type(dnp.zeros(1))
        return x

    dd.jvp(f, (X,), (X,))
    thread.join()
    assert kinds == {"other": onp.ndarray, "inside": DualArray}


def test_exceptions_and_generators_leave_nothing_behind():
    def fails(x):
        raise KeyError("on purpose")

    for call in (lambda: dd.jvp(fails, (X,), (X,)), lambda: dd.grad(fails)(X), lambda: dd.jacobian(fails)(X),
                 lambda: dd.derivative(fails)(1.0), lambda: dd.vjp(fails, X), lambda: dd.linearize(fails, X)):  # fmt: skip
        with pytest.raises(KeyError):
            call()
        assert type(dnp.zeros(1)) is onp.ndarray

    def makes():
        while True:
            yield type(dnp.zeros(1))

    g = makes()
    kinds = [next(g)]
    dd.derivative(lambda x: (kinds.append(next(g)), x)[1])(1.0)
    kinds.append(next(g))
    assert kinds == [onp.ndarray, DualArray, onp.ndarray]


def test_sparse_jacobians_of_functions_that_fill_buffers():
    x = points(12, low=0.2, high=0.9)
    J = dd.sparse_jacobian(of(burgers, dnp))(x)
    (wanted,) = differences(of(burgers, onp), [x], [onp.cos(x)])
    close(J @ onp.cos(x), wanted, 1e-9)


def test_nested_calls_count():
    kinds = []

    def inner(y):
        kinds.append(type(dnp.zeros(1)))
        return y * y

    def outer(x):
        d = dd.derivative(inner)(x)
        kinds.append(type(dnp.zeros(1)))
        return d

    assert dd.derivative(outer)(3.0) == 2.0
    assert kinds == [DualArray, DualArray]
    assert type(dnp.zeros(1)) is onp.ndarray


def test_checkpoint_and_aux_hand_out_plain_arrays():
    def step(x):
        return dnp.zeros(2), x * x

    _, J = dd.linearize(lambda x: dd.checkpoint(step)(x)[1], X)
    close(J.dense(), onp.diag(2 * X), 1e-15)
    _, _, aux = dd.jvp(lambda x: (x, dnp.ones(2)), (X,), (X,), has_aux=True)
    assert type(aux) is onp.ndarray


def test_duals_that_somebody_made_outside_of_any_call():
    x = DualArray([1.0, 2.0], onp.eye(2))
    for found in (dnp.array([x[0], x[1] ** 2]), dnp.array([x[0], x[1] ** 2], dtype=float), dnp.asarray([x[0], x[1] ** 2])):
        assert type(found) is DualArray
        assert found.tangents.tolist() == [[1.0, 0.0], [0.0, 4.0]]
    assert dnp.asarray(x) is x and dnp.array(x) is not x
    assert dnp.mean([x[0], x[1]]).tangents.tolist() == [0.5, 0.5]


def test_the_namespace_is_numpys():
    for name in onp.__all__:
        assert hasattr(dnp, name), name
    assert dnp.float64 is onp.float64 and dnp.pi == onp.pi and dnp.sin is onp.sin and dnp.newaxis is None
    assert dnp.random is onp.random and dnp.linalg.LinAlgError is onp.linalg.LinAlgError
    assert dnp.zeros.__name__ == "zeros" and dnp.zeros.__doc__ == onp.zeros.__doc__
    assert dnp.zeros.__wrapped__ is onp.zeros
    assert pickle.loads(pickle.dumps(dnp.linalg.norm)) is dnp.linalg.norm and pickle.loads(pickle.dumps(dnp.zeros)) is dnp.zeros
    with pytest.raises(AttributeError):
        dnp.no_such_name
    scope = {}
    exec("from dualdiff.numpy import *; from dualdiff.numpy import zeros as z; import dualdiff.numpy.linalg as la", scope)
    assert scope["z"] is dnp.zeros and scope["linspace"] is dnp.linspace and scope["la"] is dnp.linalg

    class Tagged(dnp.ndarray):
        pass

    assert Tagged.__mro__[1] is onp.ndarray and isinstance(onp.zeros(2).view(Tagged), dnp.ndarray)
    assert issubclass(Tagged, dnp.ndarray) and {onp.ndarray: 1}[dnp.ndarray] == 1 and (dnp.ndarray | None)


def test_vectorize_frompyfunc_arange_and_fromiter():
    def f(np, x):
        curve = np.vectorize(lambda a, b=2.0: a * a if a > 0.5 else b * a, otypes=[float])
        two = np.vectorize(lambda a: (a + 1, a * a))
        product = np.frompyfunc(lambda a, b: a * b, 2, 1)
        return np.concatenate([curve(x), curve(x, b=x[1]), *two(x), np.asarray(product(x, 2.0) * 1.0, dtype=x.dtype) if np is onp else
                               product(x, 2.0), np.arange(x[0], 2.0, x[1]), np.fromiter((e * e for e in x), dtype=float)])  # fmt: skip

    v = points(4, seed=3)
    (wanted,) = differences(of(f, onp), [X], [v])
    value, t = dd.jvp(of(f, dnp), (X,), (v,))
    close(value, f(onp, X), 1e-15)
    close(t, wanted, 1e-9)
    with pytest.raises(UnsupportedError, match="signature"):
        dd.jvp(lambda x: dnp.vectorize(dnp.sum, signature="(n)->()")(x), (X,), (v,))


# ---- plain buffers: the error that the user sees ---------------------------------------------------

M = onp.arange(6.0).reshape(2, 3)
WRITES = [
    "p[0] = d", "p[0] = d**2", "p[:] = d", "p[:] = x", "p[...] = x", "p[0:2] = x[:2]", "p[[0, 1]] = x[:2]", "p[p == 0] = x",
    "p[p == 0] = d", "q[0] = x", "q[:, 0] = x[:2]", "q[0, 0] = d", "q[0, 0:2] = [d, d]", "p[:] = [d, d, d]",
    "p[:] = onp.array([d, d, d])", "p[:] = z", "q[:] = x",
]  # fmt: skip


@pytest.mark.parametrize("text", WRITES)
def test_writing_into_a_plain_buffer(text):
    scope = names()
    with pytest.raises(LostDerivativeError) as error:
        exec(text, scope)
    message = str(error.value)
    assert "is a plain float array, which cannot hold a derivative" in message
    assert "np.zeros(n, like=x)" in message and "from dualdiff import numpy as np" in message
    assert not scope["p"].any() and not scope["q"].any()


def names():
    x = DualArray([1.0, 2.0, 3.0], onp.eye(3))
    return {"onp": onp, "x": x, "d": x[0], "z": DualArray(2.0, [1.0]), "one": x[:1], "p": onp.zeros(3), "q": onp.zeros((2, 3)),
            "math": math, "statistics": statistics, "struct": struct, "array_of_numbers": array_of_numbers, "ctypes": ctypes,
            "Decimal": Decimal, "Fraction": Fraction, "copy": copy}  # fmt: skip


@pytest.mark.parametrize("text", ["p[0] = z", "p[0] = one", "q[0, 0] = z", "p.flat[0] = d"])
def test_where_numpy_puts_its_own_error_in_front(text):
    with pytest.raises((ValueError, LostDerivativeError)) as error:
        exec(text, names())
    e = error.value
    if not isinstance(e, LostDerivativeError) and "flat" not in text:      # NumPy drops the cause for .flat
        assert isinstance(e.__cause__, LostDerivativeError) and "np.zeros(n, like=x)" in str(e.__cause__)


@pytest.mark.parametrize("text, words", [
    ("p += x", "out="), ("p += d", "out="), ("p *= z", "out="), ("onp.sin(x, out=p)", "out="), ("onp.add(p, d, out=p)", "out="),
    ("onp.dot(x, x, out=p)", "out="), ("onp.einsum('i,i->i', x, x, out=p)", "out="), ("onp.cumsum(x, out=p)", "out="),
    ("onp.ones(3).__iadd__(x)", "out="),
    ("float(d)", "math"), ("float(z)", "math"), ("float(one)", "math"), ("math.sin(d)", "from dualdiff import math"),
    ("math.hypot(d, d)", "from dualdiff import math"), ("onp.float64(d)", "x.value"), ("onp.float32(d)", "x.value"),
    ("onp.float64(x)", "x.value"), ("onp.asarray(x, dtype=float)", "astype"), ("onp.array(x, dtype=float)", "astype"),
    ("onp.asarray(d, dtype=float)", "like=x"), ("onp.array([d, d], dtype=float)", "like=x"), ("onp.asarray(x, dtype=complex)", "astype"),
    ("onp.fromiter([d, d], float)", "like=x"), ("onp.array([d, d]).astype(float)", "like=x"), ("onp.longdouble(d)", "x.value"),
    ("p.fill(d)", "like=x"), ("p.put(0, d)", "like=x"), ("onp.fill_diagonal(q, d)", "like=x"), ("complex(d)", "x.value"),
    ("complex(1, d)", "x.value"), ("statistics.fmean([d, d])", "x.value"), ("array_of_numbers('d', [d])", "x.value"),
    ("ctypes.c_double(d)", "x.value"), ("'%f' % d", "x.value"), ("onp.arange(d)", "x.value"), ("onp.random.default_rng(0).normal(d)", "x.value"),
    ("onp.histogram([d, d])", "x.value"), ("onp.bincount([0, 1], [d, d])", "x.value"), ("math.fsum([d, d])", "math"),
])  # fmt: skip
def test_what_would_lose_a_derivative_raises_and_says_what_to_write(text, words):
    scope = names()
    with pytest.raises(LostDerivativeError, match=words.replace(".", r"\.")):
        exec(text, scope)
    assert not scope["p"].any() and not scope["q"].any()


@pytest.mark.parametrize("text", [
    "onp.add.at(p, 0, d)", "onp.put(p, 0, d)", "onp.place(p, p == 0, x)", "onp.copyto(p, x)", "onp.copyto(p, d)", "onp.putmask(p, p == 0, x)",
    "onp.put_along_axis(p, onp.array([0]), d, 0)", "struct.pack('d', d)", "Decimal(d)", "Fraction(d)", "statistics.mean([d, d])",
    "bytes(x)", "memoryview(x)", "onp.frombuffer(x)", "onp.datetime64(d)", "[1, 2, 3][d]", "range(d)",
])  # fmt: skip
def test_what_else_raises(text):
    scope = names()
    with pytest.raises((TypeError, ValueError, struct.error)):
        exec(text, scope)
    assert not scope["p"].any() and not scope["q"].any()


@pytest.mark.parametrize("text, wanted", [
    ("onp.float64(2.0) * d", 2.0), ("onp.float32(2.0) * d", 2.0), ("onp.int64(2) * d", 2.0), ("onp.float64(2.0).__mul__(d)", 2.0),
    ("(onp.ones(3) * d)[1]", 1.0), ("onp.ones(3).__add__(x)[0]", 1.0), ("Fraction(1, 2) * d", 0.5), ("d * Fraction(1, 2)", 0.5),
    ("sum([d, d])", 2.0), ("max(d, 0.0)", 1.0), ("min([d, 5.0])", 1.0), ("sorted([x[1], d])[0]", 1.0), ("math.prod([d, d])", 2.0),
    ("onp.array(d)[()]", 1.0), ("onp.asarray(z)[()]", 1.0), ("onp.array([d, d])[1]", 1.0), ("onp.array([x, x])[1, 0]", 1.0),
    ("onp.atleast_1d(d)[0]", 1.0), ("onp.atleast_1d(x)[0]", 1.0), ("onp.array([x, [1.0, 2.0, 3.0]])[0][0]", 1.0),
    ("onp.linspace(d, 2, 3)[0]", 1.0), ("onp.full(3, d)[2]", 1.0), ("onp.poly1d([d, 1])(2.0)", 2.0), ("onp.array([d]).item()", 1.0),
    ("onp.array([d, d]).tolist()[0]", 1.0), ("copy.deepcopy(d)", 1.0), ("d.dtype.type(d)", 1.0),
])  # fmt: skip
def test_what_keeps_a_derivative(text, wanted):
    scope = names()
    exec("r = " + text, scope)
    assert scope["r"].tangents[0] == wanted


@pytest.mark.parametrize("text, wanted", [
    ("onp.mean([d, e])", [0.5, 0.5, 0]), ("onp.var([d, e])", [-0.5, 0.5, 0]), ("onp.median([d, e, 5.0])", [0, 1, 0]),
    ("onp.std([d, e])", [-0.5, 0.5, 0]), ("onp.array([d, e]).mean()", [0.5, 0.5, 0]), ("onp.average([d, e], weights=[1, 3])", [0.25, 0.75, 0]),
    ("onp.sum([d, e])", [1, 1, 0]), ("onp.dot([d, e], [2.0, 3.0])", [2, 3, 0]), ("onp.linalg.norm([d, e])", [1 / 5**0.5, 2 / 5**0.5, 0]),
    ("onp.prod([d, e])", [2, 1, 0]), ("onp.max([d, e])", [0, 1, 0]), ("onp.cumsum([d, e])[1]", [1, 1, 0]), ("onp.ptp([d, e])", [-1, 1, 0]),
    ("onp.where([True], [d], [0.0])[0]", [1, 0, 0]), ("onp.sort([e, d])[0]", [1, 0, 0]), ("onp.nanmean([d, e])", [0.5, 0.5, 0]),
    ("onp.trapezoid([d, e], [0, 1])", [0.5, 0.5, 0]), ("onp.convolve([d, e], [1, 2])[1]", [2, 1, 0]), ("onp.polyval([d, e], 2.0)", [2, 1, 0]),
    ("onp.sqrt(onp.array([d, e]))[0]", [0.5, 0, 0]), ("(onp.array([d, e]) @ onp.array([d, e]))", [2, 4, 0]), ("onp.arctan2([d], [1.0])[0]", [0.5, 0, 0]),
    ("onp.clip([d, e], 0, 1.5)[0]", [1, 0, 0]), ("onp.abs([d])[0]", [1, 0, 0]), ("onp.stack([d, e]).sum()", [1, 1, 0]),
    ("(onp.array([d, e]) * x[:2])[1]", [0, 4, 0]), ("(x[:2] + onp.array([d, e]))[1]", [0, 2, 0]),
])  # fmt: skip
def test_lists_and_arrays_of_objects_in_numpy_itself(text, wanted):
    scope = names()
    scope["e"] = scope["x"][1]
    exec("r = " + text, scope)
    close(scope["r"].tangents, wanted, 1e-14, text)


def test_object_arrays_go_into_and_come_out_of_every_transform():
    x = onp.array([2.0, 3.0], dtype=object)
    f = lambda x: onp.array([x[0] * x[1], x[0] ** 2])  # noqa: E731
    wanted = onp.array([[3.0, 2.0], [4.0, 0.0]])
    close(dd.jacobian(f)(x), wanted, 1e-15)
    close(dd.jvp(f, (x,), (onp.array([1.0, 0.0]),))[1], wanted[:, 0], 1e-15)
    close(dd.vjp(f, x)[1](onp.array([1.0, 0.0])), wanted[0], 1e-15)
    close(dd.linearize(f, x)[1].dense(), wanted, 1e-15)
    close(dd.hessian(lambda x: onp.sum(onp.array([x[0] * x[1], x[0] ** 2])))(x), [[2.0, 1.0], [1.0, 0.0]], 1e-15)

    def g(x):   # an array of objects of an outer call is the argument of an inner one
        return onp.sum(dd.grad(lambda y: onp.sum(y**3))(onp.array([x[0], 2.0 * x[1]])))

    close(dd.grad(g)(onp.array([1.0, 2.0])), [6.0, 48.0], 1e-14)


def test_where_the_derivative_truly_is_zero():
    d = DualArray([1.7, 2.0], onp.eye(2))
    assert int(d[0]) == 1 and round(d[0]) == 2 and math.floor(d[0]) == 1 and f"{d[0]:.2f}" == "1.70"
    assert d.astype(int).tolist() == [1, 2] and onp.asarray(d, dtype=int).tolist() == [1, 2] and onp.argmax(d) == 1
    assert (d > 1.8).tolist() == [False, True] and bool(d[0]) and onp.isnan(d).tolist() == [False, False]


def test_the_dtype_of_a_scalar():
    d = DualArray([1.0], [[1.0]])[0]
    assert d.dtype == onp.float64 and hash(d.dtype) == hash(onp.dtype(float)) and onp.issubdtype(d.dtype, onp.floating)
    assert repr(d.dtype) == "dtype('float64')" and type(d.dtype.type(3)) is onp.float64 and d.dtype.type(d) is d
    a = onp.zeros(2, dtype=d.dtype)
    same_bits(a + 1.0, onp.ones(2))
    assert isinstance(a[0], onp.float64) and type(a[0] * 2) is onp.float64 and onp.finfo(d.dtype).eps == 2.0**-52


def test_numbers_that_are_not_dropped_by_pickle_and_copies():
    x = DualArray([1.0, 2.0], onp.eye(2))
    for back in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x), x.copy()):
        assert back.tangents.tolist() == x.tangents.tolist()
    assert pickle.loads(pickle.dumps(x[0])).tangents.tolist() == [1.0, 0.0]


def test_a_buffer_made_like_the_argument_is_filled_in_every_way():
    def f(x):
        a, b, c = onp.zeros(4, like=x), onp.zeros_like(x), onp.array([1.0, 2.0], like=x)
        a[0], a[1:3], a[a == 0] = x[0] ** 2, x[:2], 5.0
        b[[0, 2]], b[x > 0.8] = x[[1, 3]], x[0]
        c[1] = x[2]
        return onp.concatenate([a, b, c])

    J = onp.zeros((10, 4))
    J[0, 0], J[1, 0], J[2, 1], J[4, 1], J[6, 3], J[7, 0], J[9, 2] = 2 * X[0], 1, 1, 1, 1, 1, 1
    close(dd.jacobian(f)(X), J, 1e-15)
    close(dd.linearize(f, X)[1].dense(), J, 1e-15)
