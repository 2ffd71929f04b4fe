"""vjp: the adjoint of jvp, on compositions and PDE residuals, nested in every order."""

import gc
import threading
import weakref

import numpy as np
import pytest
import scipy.optimize
from support import (
    check_adjoint,
    check_second,
    close,
    close_all,
    differences,
    inner,
    points,
    random_like,
    rng,
    same_bits,
)  # fmt: skip

import dualdiff as dd
from dualdiff.errors import DualDiffError, InputError, ShapeError

X = points(6)
A = points(3, 4)
U = points(5, 6)        # a grid function
W = rng(20).standard_normal((4, 6))

# ---- compositions ----------------------------------------------------------------------------------------


def network(x):
    h = np.tanh(W @ x)
    h = np.tanh(W.T @ h + x) * h.sum()
    return np.concatenate([h, x[:2] * h[-1]])


def many_uses(x):
    """One value with many consumers: the cotangents add up."""
    y = np.sin(x)
    return (y * y + y) * y[::-1] - np.cumsum(y) / y + np.outer(y, y).sum(axis=0) + y[0] * y.mean()


def mixed(x):
    z = np.reshape(x, (2, 3))
    y = np.where(z > z.mean(), np.exp(z), z**2) @ z.T
    y = np.stack([y, y.T]).max(axis=0) + np.hypot(y, 1.0)
    return np.roll(y.ravel(), 1) * np.repeat(x[:2], 2) + np.diff(x)[:4]


def branching(x):
    """Python control flow: the branch of the value taken."""
    y = x
    for i in range(4):
        y = y * x if y.sum() > 4 + i else np.exp(-y) + x
    return y if y[0] > 0 else -y


def scalars(x):
    """Elements one by one, as in old code."""
    total = 0.0
    for i, e in enumerate(x):
        total = total + e * np.sin(e) / (1 + i) + abs(e - 0.5) ** 1.5
    return total * x[0] + max(x[1], x[2])


def packed(x):
    return np.array([x[0] * x[1], np.sin(x[2]), 2.0, x[3] ** x[4]])


def statistics(x):
    centred = x - np.mean(x)
    sd = np.sqrt(np.sum(centred**2) / (x.size - 1))
    return np.stack([centred / sd, np.log1p(x**2), np.arctan2(x, x[::-1])])


def spectral(x):
    """An FFT in the middle of a real function."""
    k = np.arange(6) / 3.0
    z = np.fft.fft(x * x) * np.exp(-k * 1j)
    return np.real(np.fft.ifft(z)) + np.abs(z) + np.angle(z * (1 + 0.1j))


def complex_middle(x):
    z = x[:3] + 1j * x[3:]
    w = z**2 / (1 + z) + np.conj(z) * np.exp(1j * z) + np.sqrt(z)
    return np.stack([w.real, w.imag, np.abs(w), (w * np.conj(w)).real])


def complex_result(x):
    z = x[:3] + 1j * x[3:]
    return z * z.sum() + np.conj(z)


COMPOSITIONS = [network, many_uses, mixed, branching, scalars, packed, statistics, spectral, complex_middle, complex_result]

# ---- Bratu's problem, five ways --------------------------------------------------------------------------

H2 = 0.04


def bratu_slices(u):
    r = np.zeros_like(u)
    r[1:-1, 1:-1] = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
    r[1:-1, 1:-1] += H2 * np.exp(u[1:-1, 1:-1])
    r[0], r[-1] = u[0], u[-1]
    r[:, 0] = u[:, 0]
    r[:, -1] = u[:, -1]
    return r.ravel()


def bratu_pad(u):
    p = np.pad(u, 1)
    return (p[2:, 1:-1] + p[:-2, 1:-1] + p[1:-1, 2:] + p[1:-1, :-2] - 4 * u + H2 * np.exp(u)).ravel()


def bratu_roll(u):
    lap = sum(np.roll(u, s, axis) for s in (1, -1) for axis in (0, 1)) - 4 * u
    return lap + H2 * np.exp(u)


def bratu_in_place(u):
    """Everything accumulated in one buffer through views, the neighbours one at a time."""
    r = -4.0 * u
    left, right, up, down = r[:, 1:], r[:, :-1], r[1:], r[:-1]
    left += u[:, :-1]
    right += u[:, 1:]
    up += u[:-1]
    down += u[1:]
    e = np.empty_like(u)
    np.exp(u, out=e)
    e *= H2
    r += e
    return r


def bratu_loop(u):
    n, m = u.shape
    r = np.zeros((n, m), like=u)
    for i in range(n):
        for j in range(m):
            r[i, j] = -4 * u[i, j] + H2 * np.exp(u[i, j])
            if i:
                r[i, j] += u[i - 1, j]
            if i < n - 1:
                r[i, j] += u[i + 1, j]
            if j:
                r[i, j] += u[i, j - 1]
            if j < m - 1:
                r[i, j] += u[i, j + 1]
    return r


BRATU = [bratu_slices, bratu_pad, bratu_roll, bratu_in_place, bratu_loop]


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")     # second derivatives at kinks
@pytest.mark.parametrize("f", COMPOSITIONS, ids=lambda f: f.__name__)
def test_compositions(f):
    same_bits(dd.vjp(f, X)[0], f(X))
    v = random_like(X, rng(1))
    close(dd.jvp(f, (X,), (v,))[1], differences(f, (X,), (v,))[0], 1e-9)
    check_adjoint(f, X, directions=5)
    check_second(f, X)


@pytest.mark.parametrize("f", BRATU, ids=lambda f: f.__name__)
def test_pde_residuals(f):
    same_bits(dd.vjp(f, U)[0], f(U))
    v = random_like(U, rng(1))
    close(dd.jvp(f, (U,), (v,))[1], differences(f, (U,), (v,))[0], 1e-9)
    check_adjoint(f, U, directions=5)


@pytest.mark.parametrize("f", BRATU[:4], ids=lambda f: f.__name__)
def test_second_derivatives_of_pde_residuals(f):
    check_second(f, points(4, 3))


def test_the_formulations_of_bratu_agree():
    """With the same zero border, pad, in-place and loop are one function; their adjoints too."""
    w = random_like(U, rng(3))
    value, pullback = dd.vjp(bratu_pad, U)
    expected = pullback(w.ravel())
    for f in (bratu_in_place, bratu_loop):
        value, pullback = dd.vjp(f, U)
        close(pullback(w), expected, 1e-13, f.__name__)
    J = dd.jacobian(bratu_pad)(U).reshape(30, 30)
    close(expected.ravel(), J.T @ w.ravel(), 1e-13)
    lap = J - np.diag(H2 * np.exp(U.ravel()))
    assert np.array_equal(lap, lap.T)       # the Laplacian is symmetric


def test_burgers_steps():
    """Time steps of a conservation law with an upwind flux chosen by np.where, all in one array."""

    def f(u):
        for _ in range(5):
            flux = np.where(u > 1.0, 0.5 * u**2, u)
            u = u.copy()
            u[1:-1] -= 0.1 * (flux[1:-1] - flux[:-2])
            u[0] = u[-2]
            u[-1] = u[1]
        return u

    x = points(12)
    check_adjoint(f, x, directions=5)
    v = random_like(x, rng(2))
    close(dd.jvp(f, (x,), (v,))[1], differences(f, (x,), (v,), h=2.0**-12)[0], 1e-8)
    check_second(lambda u: f(u) * f(u), points(6) + 1.6)


def test_the_adjoint_of_newton_iterations():
    """Unrolled fixed-point iterations in place: the derivative of the square root."""

    def f(a):
        y = np.ones_like(a)
        for _ in range(8):
            y *= 0.5
            y += 0.5 * a / (2 * y)
        return y

    close(f(X), np.sqrt(X), 1e-14)
    close(dd.vjp(f, X)[1](np.ones(6)), 0.5 / np.sqrt(X), 1e-13)
    check_second(f, X)


# ---- nesting -------------------------------------------------------------------------------------------------


def test_gauss_newton_product():
    """J' (J v): reverse of forward."""

    def product(x, v):
        def along(x):
            return dd.jvp(network, (x,), (v,))[1]

        return dd.vjp(network, x)[1](along(x))

    v = random_like(X, rng(4))
    J = dd.jacobian(network)(X)
    close(product(X, v), J.T @ (J @ v), 1e-13)
    close(dd.jvp(lambda x: product(x, v), (X,), (v,))[1], differences(lambda x: product(x, v), (X,), (v,))[0], 1e-8)
    check_adjoint(lambda x: product(x, v), X, rtol=1e-10)


def test_jacobian_of_a_vjp():
    H = dd.jacobian(lambda x: dd.vjp(lambda x: np.sum(network(x) ** 2), x)[1](1.0))(X)
    close(H, dd.hessian(lambda x: np.sum(network(x) ** 2))(X), 1e-12)
    close(H, H.T, 1e-13)


def test_third_order_in_mixed_modes():
    def f(x):
        return np.sum(np.exp(x) * x[::-1] ** 2)

    def back(g):
        return lambda x: dd.vjp(g, x)[1](1.0)

    v = random_like(X, rng(5))

    def along(g):
        return lambda x: dd.jvp(g, (x,), (v,))[1]

    wanted = dd.grad(along(along(f)))(X)
    h = 1e-5
    close(wanted, (dd.hvp(f, X + h * v, v) - dd.hvp(f, X - h * v, v)) / (2 * h), 1e-7)
    close(back(along(along(f)))(X), wanted, 1e-12)
    close(along(along(back(f)))(X), wanted, 1e-12)
    close(along(back(along(f)))(X), wanted, 1e-12)
    close(back(lambda x: np.sum(v * back(along(f))(x)))(X), wanted, 1e-12)
    close(back(lambda x: np.sum(v * back(lambda x: np.sum(v * back(f)(x)))(x)))(X), wanted, 1e-12)


def test_the_pullback_is_differentiated_by_its_cotangent():
    """w -> J'w is linear: its derivative along dw is J' dw, in both modes."""
    w, dw = random_like(network(X), rng(6)), random_like(network(X), rng(7))
    close(dd.jvp(lambda w: dd.vjp(network, X)[1](w), (w,), (dw,))[1], dd.vjp(network, X)[1](dw), 1e-14)
    check_adjoint(lambda w: dd.vjp(network, X)[1](w), w)
    check_adjoint(lambda x, w: dd.vjp(network, x)[1](w), X, w, rtol=1e-10)


# ---- the pullback ------------------------------------------------------------------------------------------------


def test_the_pullback_can_be_called_again():
    value, pullback = dd.vjp(many_uses, X)
    w = random_like(value, rng(8))
    first = pullback(w).copy()
    pullback(np.ones_like(value))
    second = pullback(w)
    same_bits(second, first)
    second[:] = 0.0
    value[:] = 0.0
    same_bits(pullback(w), first)


def test_pullbacks_of_two_recordings_do_not_meet():
    _, one = dd.vjp(np.sin, X)
    _, two = dd.vjp(np.exp, X)
    assert np.array_equal(one(np.ones(6)), np.cos(X))
    assert np.array_equal(two(np.ones(6)), np.exp(X))
    assert np.array_equal(one(np.ones(6)), np.cos(X))


def test_stacked_cotangents():
    value, pullback = dd.vjp(network, X)
    ws = rng(9).standard_normal((5, *value.shape))
    found = pullback(ws)
    assert found.shape == (5, 6)
    for w, row in zip(ws, found, strict=True):
        close(row, pullback(w), 1e-14)
    close(pullback(np.eye(len(value))), dd.jacobian(network)(X), 1e-13)
    assert pullback(ws[:1]).shape == (1, 6)


def test_stacked_cotangents_of_scalars_and_structures():
    _, pullback = dd.vjp(lambda x: np.sum(x * x), X)
    close(pullback(np.array([1.0, 2.0])), np.outer([1.0, 2.0], 2 * X), 1e-15)
    _, pullback = dd.vjp(lambda x: (x.sum(), x * x), X)
    close(pullback((np.ones(3), np.zeros((3, 6)))), np.ones((3, 6)), 1e-15)
    with pytest.raises(ShapeError):
        pullback((np.ones(3), np.zeros((2, 6))))


def test_results_belong_to_the_caller():
    """Cotangents are writable and share no memory with each other, with w, or with the recording."""
    for f, args in [
        (lambda x: x, (X,)), (lambda x: np.sum(x), (X,)), (lambda x, y: x + y, (X, X)), (lambda x: x[::-1].T, (X,)),
        (lambda x, y: 2 * (x + y), (X, X)), (lambda x: np.broadcast_to(x, (2, 6)), (X,)), (lambda x: x.reshape(2, 3), (X,)),
        (lambda x, y: x * 1.0, (X, A)),
    ]:  # fmt: skip
        value, pullback = dd.vjp(f, *args)
        w = np.ones(np.shape(value))
        found = pullback(w)
        found = found if isinstance(found, tuple) else (found,)
        copies = [c.copy() for c in found]
        for i, c in enumerate(found):
            c[...] = 99.0
            for j in range(i + 1, len(found)):
                assert np.array_equal(found[j], copies[j])
        assert np.array_equal(w, np.ones(np.shape(value)))
        again = pullback(w)
        close_all(again if isinstance(again, tuple) else (again,), copies, 1e-15)
        assert np.array_equal(X, points(6))


def test_long_recordings_need_no_recursion():
    def f(x):
        for _ in range(20_000):
            x = x + 1e-5
        return x * x

    assert np.allclose(dd.vjp(f, X)[1](np.ones(6)), 2 * (X + 0.2))


def test_memory_of_a_recording_is_freed():
    class Probe:
        pass

    def record():
        probe = Probe()
        return dd.vjp(lambda x: np.sin(x) * x * (probe is not None), X)[1], weakref.ref(probe)

    pullback, ref = record()
    gc.collect()
    assert ref() is None        # the recording does not hold the function
    assert pullback(np.ones(6)).shape == (6,)


# ---- arguments and results ----------------------------------------------------------------------------------------


def test_several_arguments():
    def f(x, a, s):
        return np.outer(x[:3], x[3:]) @ a * s + a[0]

    check_adjoint(f, X, A, 1.3, directions=5)
    check_second(f, X, A, np.float64(1.3))
    value, pullback = dd.vjp(f, X, A, 1.3)
    gx, ga, gs = pullback(np.ones_like(value))
    assert gx.shape == X.shape and ga.shape == A.shape and np.shape(gs) == ()
    close(gs, np.sum(np.outer(X[:3], X[3:]) @ A), 1e-14)


def test_structures():
    def f(p, q):
        return {"a": p["w"] @ q[0], "b": (q[1] * p["c"], np.sum(p["w"]))}

    p, q = {"w": A, "c": 2.0}, [points(4), 3.0]
    value, pullback = dd.vjp(f, p, q)
    assert value["b"][0] == 6.0
    gp, gq = pullback({"a": np.array([1.0, 0.0, 2.0]), "b": (10.0, 100.0)})
    w = np.array([1.0, 0.0, 2.0])
    close(gp["w"], np.outer(w, q[0]) + 100, 1e-14)
    close(gp["c"], 30.0, 1e-15)
    close(gq[0], w @ A, 1e-14)
    close(gq[1], 20.0, 1e-15)
    assert type(gp) is dict and type(gq) is list


def test_aux_and_kwargs():
    value, pullback, aux = dd.vjp(lambda x, *, c: (c * x * x, {"s": x.sum(), "note": "n"}), X, has_aux=True, c=2.0)
    same_bits(value, 2.0 * X * X)
    same_bits(aux["s"], X.sum())
    assert aux["note"] == "n"
    close(pullback(np.ones(6)), 4 * X, 1e-15)


def test_python_numbers():
    value, pullback = dd.vjp(lambda x, y: x * y * y, 2.0, 3)
    found = pullback(1.0)
    assert type(value) is float and value == 18.0
    assert found == (9.0, 12.0) and all(type(g) is float for g in found)
    assert dd.vjp(lambda x: x * x, np.array([1, 2]))[1](np.array([1, 1])).tolist() == [2.0, 4.0]
    assert dd.vjp(lambda x: x * x, True)[1](1) == 2.0


def test_constants():
    """Results that do not depend on x, and arguments that do not matter, give zeros."""
    for constant in (3.0, np.ones(4), np.arange(3), True):
        value, pullback = dd.vjp(lambda x, c=constant: c, X)
        assert np.array_equal(value, constant)
        found = pullback(np.ones(np.shape(constant)))
        assert np.array_equal(found, np.zeros(6)) and found.dtype == np.float64
    value, pullback = dd.vjp(lambda x, y: x * 2, X, A)
    gx, gy = pullback(np.ones(6))
    assert np.array_equal(gx, np.full(6, 2.0)) and np.array_equal(gy, np.zeros((3, 4)))
    value, pullback = dd.vjp(lambda x: (x * 2, 5.0, np.sign(x), x > 1), X)
    found = pullback((np.ones(6), 1.0, np.ones(6), np.ones(6)))
    assert np.array_equal(found, np.full(6, 2.0))
    stacked = dd.vjp(lambda x: np.ones(4), X)[1](np.ones((3, 4)))
    assert stacked.shape == (3, 6) and not stacked.any()


def test_integers_in_the_middle():
    """Counts, masks and rounded values are constants."""

    def f(x):
        n = int(x.sum())
        k = x.astype(int) + 1
        return x * n * k + np.floor(x) * x + (x > 1) * x * np.argmax(x)

    check_adjoint(f, X + 0.013)
    v = random_like(X, rng(10))
    close(dd.jvp(f, (X + 0.013,), (v,))[1], differences(f, (X + 0.013,), (v,), h=2.0**-13, levels=2)[0], 1e-7)


def test_complex_results_and_cotangents():
    """For a complex result the pullback takes the real part of conj(w) . J."""
    value, pullback = dd.vjp(complex_result, X)
    assert value.dtype == complex
    w = random_like(value, rng(11))
    found = pullback(w)
    assert found.dtype == np.float64
    v = random_like(X, rng(12))
    t = dd.jvp(complex_result, (X,), (v,))[1]
    assert abs(inner(w, t) - inner(found, v)) < 1e-12
    real = dd.vjp(lambda x: complex_result(x).real, X)[1](np.ones(3))
    close(pullback(np.ones(3)), real, 1e-14)        # a real cotangent asks for the real part
    close(pullback(1j * np.ones(3)), dd.vjp(lambda x: complex_result(x).imag, X)[1](np.ones(3)), 1e-14)


def test_float32():
    x = X.astype(np.float32)
    value, pullback = dd.vjp(lambda x: np.tanh(x) * x.sum() + x[::-1] @ x, x)
    assert value.dtype == np.float32
    for w in (np.ones(6, np.float32), np.ones(6), np.ones(6, int)):
        assert pullback(w).dtype == np.float32


def test_scipy_least_squares():
    t = np.linspace(0, 1, 12)
    data = 2.0 * np.exp(-1.5 * t) + 0.3

    def residual(p):
        return p[0] * np.exp(-p[1] * t) + p[2] - data

    def jac(p):
        return dd.vjp(residual, p)[1](np.eye(12))

    found = scipy.optimize.least_squares(residual, [1.0, 1.0, 0.0], jac=jac)
    np.testing.assert_allclose(found.x, [2.0, 1.5, 0.3], atol=1e-8)


# ---- kinks, infinities -------------------------------------------------------------------------------------------------


def test_conventions_are_those_of_forward_mode():
    x = np.array([0.0, 1.0, 1.0, -2.0])
    for f in (np.abs, lambda x: np.max(x), lambda x: np.clip(x, 0.0, 1.0), lambda x: np.maximum(x, x[::-1]), np.sqrt,
              lambda x: np.hypot(x, 0.0), lambda x: np.where(x > 0, np.sqrt(np.abs(x)), 0.0), lambda x: np.prod(x),
              np.sign, np.floor):  # fmt: skip
        with np.errstate(invalid="ignore"):
            J = dd.jacobian(f)(x)
            value, pullback = dd.vjp(f, x)
            found = pullback(np.eye(4)) if np.ndim(value) else pullback(1.0)
        assert np.array_equal(found, J, equal_nan=True)


def test_a_zero_cotangent_stays_zero():
    """sqrt'(0) = inf times a zero cotangent is 0, not nan."""
    x = np.array([0.0, 4.0])
    _, pullback = dd.vjp(np.sqrt, x)
    assert np.array_equal(pullback(np.array([0.0, 1.0])), [0.0, 0.25])
    assert np.array_equal(pullback(np.eye(2)), [[np.inf, 0.0], [0.0, 0.25]])
    found = dd.vjp(lambda x: np.where(x > 0, np.sqrt(x), 0.0), x)[1](np.ones(2))
    assert np.array_equal(found, [0.0, 0.25])


# ---- errors ------------------------------------------------------------------------------------------------------------


def refused(kind, match, call):
    """Asserts a typed error with a message that says what happened."""
    with pytest.raises(kind, match=match) as caught:
        call()
    assert isinstance(caught.value, DualDiffError)


def test_wrong_cotangents():
    _, pullback = dd.vjp(lambda x: x.reshape(2, 3), X)
    for w, shape in [(np.ones(6), r"\(6,\)"), (np.ones((3, 2)), r"\(3, 2\)"), (1.0, r"\(\)"),
                     (np.ones((2, 2, 2, 3)), r"\(2, 2, 2, 3\)"), (np.ones(3), r"\(3,\)")]:  # fmt: skip
        refused(ShapeError, rf"{shape}.*\(2, 3\)", lambda w=w: pullback(w))
    _, pullback = dd.vjp(lambda x: (x, x.sum()), X)
    refused(ShapeError, "ndarray.*2 parts", lambda: pullback(X))
    refused(ShapeError, "3 parts.*2", lambda: pullback((X, 1.0, 2.0)))
    refused(ShapeError, r"\(5,\).*\(6,\)", lambda: pullback((np.ones(5), 1.0)))
    _, pullback = dd.vjp(lambda x: x, X)
    refused(InputError, "<U1|dtype|str", lambda: pullback(np.array(list("abcdef"))))
    refused(InputError, "None|object", lambda: pullback(None))


def test_wrong_calls():
    refused(InputError, "at least one", lambda: dd.vjp(np.sin))
    refused(InputError, "primal 1", lambda: dd.vjp(np.add, X, "text"))
    refused(InputError, "no elements", lambda: dd.vjp(np.sin, np.zeros((2, 0))))
    refused(InputError, "return", lambda: dd.vjp(lambda x: None, X))


def test_an_error_inside_f_passes_through():
    with pytest.raises(ZeroDivisionError):
        dd.vjp(lambda x: x * (1 // 0), X)
    assert np.array_equal(dd.vjp(np.sin, X)[1](np.ones(6)), np.cos(X))


def test_recordings_in_threads():
    found = []

    def work(i):
        x = X + i
        for _ in range(10):
            found.append(np.array_equal(dd.vjp(lambda x: np.sin(x) * x, x)[1](np.ones(6)), np.cos(x) * x + np.sin(x)))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 40 and all(found)
