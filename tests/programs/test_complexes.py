"""Derivatives with complex numbers as programs: by them, of results that are, and with some in between."""

import functools
import warnings

import numpy as np
import pytest
from support import leaves, random_like, rng
from test_complex import COMPLEX_ROWS, LINEAR_ALGEBRA, as_complex

import dualdiff as dd
import dualdiff.scipy.fft as scipy_fft
from dualdiff.errors import CompileNotice
from programs.comparing import near

Z = np.array([0.5 + 0.3j, -1.1 + 0.7j, 0.2 - 0.9j])
A = rng(1).standard_normal((3, 3)) + 1j * rng(2).standard_normal((3, 3))
X = np.array([0.3, 1.2, -0.7, 0.4])


near = functools.partial(near, finite=True)


CASES = {r.label: (r.f, *as_complex(r)) for r in COMPLEX_ROWS if r.place < 2}
CASES |= {f"linalg {name}": case for name, case in LINEAR_ALGEBRA.items()}


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning", "ignore::dualdiff.errors.CompileNotice")
@pytest.mark.parametrize("name", CASES)
def test_functions_of_complex_numbers(name):
    f, *primals = CASES[name]
    c, generator = dd.compile(f), rng(3)
    for scale in (1.0, 1.01):
        xs = tuple(np.array(x * scale, order="K") for x in map(np.asarray, primals))
        vs = tuple(random_like(x, generator) for x in xs)
        value = f(*xs)
        near(c(*xs), value)
        near(dd.jvp(c, xs, vs), dd.jvp(f, xs, vs))
        ws = [np.asarray(random_like(np.asarray(y), generator))[()] for y in leaves(value)]
        w = type(value)(ws) if isinstance(value, list) else tuple(ws) if isinstance(value, tuple) else ws[0]
        near(dd.vjp(c, *xs)[1](w), dd.vjp(f, *xs)[1](w))


def spectrum(x):
    return np.sum(np.abs(np.fft.fft(x)) ** 2 * np.arange(x.size))


def filtered(x):
    return np.real(np.fft.ifft(np.fft.fft(x) * np.exp(-0.1 * np.arange(x.size)))) ** 2


def evolved(t):
    H = np.array([[1.0, 0.5j], [-0.5j, 2.0]])
    psi = np.array([1.0 + 0j, 0.0])
    for _ in range(3):
        psi = psi - 0.1j * t[0] * (H @ psi)
    return np.abs(psi) ** 2 * t[1]


def retrieved(z):
    return np.sum((np.abs(np.fft.fft(z)) ** 2 - 1.0) ** 2)


REAL = {
    "spectrum": spectrum,
    "filtered": filtered,
    "evolved": evolved,
    "rfft": lambda x: np.fft.irfft(np.fft.rfft(x) * np.array([1.0, 0.5, 0.2])),
    "scipy": lambda x: np.real(scipy_fft.ifft(scipy_fft.fft(x) ** 2)),
    "polar": lambda x: np.angle(np.exp(1j * x) * (2 + 1j)),
    "buffer": lambda x: written(x),
    "moduli": lambda x: np.abs(x[:2] + 1j * x[2:]),
    "products": lambda x: np.real(np.conj(A[:, :2] @ x[:2]) @ (A[:, 1:] @ x[2:])) * x,
    "solved": lambda x: np.abs(np.linalg.solve(A + x[0] * np.eye(3), Z * x[1])),
    "complex64": lambda x: np.abs(np.exp(1j * x.astype(np.float32))).astype(float) * x,
}


def written(x):
    z = np.zeros_like(x, dtype=complex)
    z[:] = x
    z[1] = z[0] * 2j + abs(z[2] * 1j) / (1 + z[3])
    return np.real(z * np.conj(z))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", REAL)
def test_complex_numbers_in_between(name):
    f = REAL[name]
    rtol = 1e-4 if name == "complex64" else 1e-9
    total = lambda x: np.sum(np.sin(f(x)))  # noqa: E731
    c, t = dd.compile(f), dd.compile(total)
    for x in (X, X, X * 1.1):
        near(c(x), f(x), rtol)
        near(dd.jacobian(c)(x), dd.jacobian(f)(x), rtol)
        near(dd.grad(t)(x), dd.grad(total)(x), rtol)
        near(dd.hvp(t, (x,), (x,)), dd.hvp(total, (x,), (x,)), 10 * rtol)
        near(dd.hessian(t)(x), dd.hessian(total)(x), 10 * rtol)


@pytest.mark.filterwarnings("error")
def test_complex_results_of_real_arguments():
    f = lambda x: np.fft.fft(x) * np.exp(1j * x)  # noqa: E731
    c = dd.compile(f)
    for x in (X, X, X * 1.1):
        near(dd.jacobian(c)(x), dd.jacobian(f)(x))
        near(dd.value_and_jacobian(c)(x), dd.value_and_jacobian(f)(x))
    g = lambda t: np.exp(1j * t * np.arange(3.0))  # noqa: E731
    c = dd.compile(g)
    for t in (0.3, 0.3, 0.4):
        near(dd.derivative(c)(t), dd.derivative(g)(t))


@pytest.mark.filterwarnings("error")
def test_gradients_by_complex_arguments():
    f = lambda z: np.sum(np.abs(A @ z) ** 2) + np.real(np.vdot(z, z * z))  # noqa: E731
    c = dd.compile(f)
    for z in (Z, Z, Z * 1.1):
        near(dd.grad(c)(z), dd.grad(f)(z))
        near(dd.value_and_grad(c)(z), dd.value_and_grad(f)(z))
        near(dd.grad(c, pairing="bilinear")(z), dd.grad(f, pairing="bilinear")(z))
        near(dd.vjp(c, z, pairing="bilinear")[1](1.0), dd.vjp(f, z, pairing="bilinear")[1](1.0))
        near(dd.jvp(dd.grad(c), (z,), (1j * z,)), dd.jvp(dd.grad(f), (z,), (1j * z,)), 1e-8)
    mixed = lambda z, x: np.sum(np.abs(z * x + 1) ** 2)  # noqa: E731
    c = dd.compile(mixed)
    for x in (np.abs(Z), np.abs(Z) * 1.1):
        near(dd.grad(c, argnums=(0, 1))(Z, x), dd.grad(mixed, argnums=(0, 1))(Z, x))


@pytest.mark.filterwarnings("error")
def test_inside_of_a_function():
    step = lambda z: z - 0.1 * dd.grad(retrieved)(z)  # noqa: E731
    along = lambda z: dd.jvp(np.exp, (z,), (1j * z,))[1]  # noqa: E731
    pulled = lambda z: dd.vjp(lambda y: A @ y, z)[1](z * z)  # noqa: E731
    for f in (step, along, pulled):
        c = dd.compile(f)
        for z in (Z, Z, Z * 1.1):
            near(c(z), f(z))
            near(dd.jvp(c, (z,), (z * 1j,)), dd.jvp(f, (z,), (z * 1j,)))
            w = np.conj(z)
            near(dd.vjp(c, z)[1](w), dd.vjp(f, z)[1](w))


@pytest.mark.parametrize("kind", [np.complex64, np.complex128, np.longdouble, np.float16])
def test_numbers_of_other_types(kind):
    f = lambda z, x: np.exp(z) * x  # noqa: E731
    c = dd.compile(f)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for z in (kind(0.5), kind(0.25)):
            near(c(z, X), f(z, X))
            if np.iscomplexobj(z):
                near(c(z * kind(1j), X), f(z * kind(1j), X))


@pytest.mark.filterwarnings("ignore::dualdiff.errors.CompileNotice")
@pytest.mark.parametrize("transform", [
    lambda f: dd.jacobian(f), lambda f: dd.jacobian(f, holomorphic=True),
    lambda f: lambda z: dd.linearize(f, z)[1] @ (1j * z), lambda f: lambda z: dd.linearize(f, z)[1].H @ (1j * z),
    lambda f: lambda z: dd.jvp(f, (z,), (1j * z,), holomorphic=True),
])  # fmt: skip
def test_what_has_no_program_is_as_without(transform):
    f = lambda z: np.exp(A @ z) * z  # noqa: E731
    c = dd.compile(f)
    for z in (Z, Z, Z * 1.1):
        near(leaves(transform(c)(z)), leaves(transform(f)(z)))


def test_what_has_no_program_says_so():
    c = dd.compile(lambda z: A @ z)
    with pytest.warns(CompileNotice, match="complex"):
        dd.linearize(c, Z)


def circuit(p):
    R, L, C, w = p
    z = R + 1j * w * L + 1 / (1j * w * C)
    current = 5.0 / z
    return abs(current) ** 2 * R


@pytest.mark.filterwarnings("error")
def test_single_complex_numbers():
    p = np.array([10.0, 0.2, 0.01, 3.0])
    c = dd.compile(circuit)
    for x in (p, p, p * 1.1):
        near(c(x), circuit(x))
        near(dd.grad(c)(x), dd.grad(circuit)(x))
        near(dd.hessian(c)(x), dd.hessian(circuit)(x), 1e-8)
    f = lambda r, w: abs((r - 2j * w) * (1 + 1j * r) ** 2 / (w + 1j)) - (1j * r * w).imag  # noqa: E731
    c = dd.compile(f)
    for r in (1.5, 1.5, 1.25):
        near(c(r, 0.5), f(r, 0.5))
        near(dd.grad(c, argnums=(0, 1))(r, 0.5), dd.grad(f, argnums=(0, 1))(r, 0.5))


def product_beside(z):
    y = z * 1
    y[:-1] *= y[1:]
    return y


def product_of_columns(z):
    y = z * 1
    v = y.reshape(2, -1)
    v[:, 0] *= v[:, 1]
    return y


def square_beside(z):
    y = z * 1
    np.square(y[1:], out=y[:-1])
    return y


@pytest.mark.parametrize("f", [product_beside, product_of_columns, square_beside])
@pytest.mark.parametrize("dtype", [np.complex128, np.complex64])
def test_last_bits_of_complex_products_in_place_are_numpys_own_affair(f, dtype):
    """NumPy takes another loop where memory overlaps: a program is neither refused for that nor found stale."""
    rng = np.random.default_rng(0)
    c = dd.compile(f, check="always")
    rtol = 1e-13 if dtype is np.complex128 else 1e-5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(20):
            z = (rng.standard_normal(40) + 1j * rng.standard_normal(40)).astype(dtype)
            np.testing.assert_allclose(c(z), f(z), rtol=rtol, atol=rtol)
