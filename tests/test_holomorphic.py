"""Complex derivatives of holomorphic functions."""

import numpy as np
import pytest
from support import close

import dualdiff as dd
from dualdiff.errors import InputError

Z = np.array([0.5 + 0.3j, -1.1 + 0.7j, 0.2 - 0.9j])
FUNCTIONS = {
    "polynomial": (lambda z: z**3 - 2.0 * z, lambda z: 3 * z**2 - 2.0),
    "exp": (lambda z: np.exp(1j * z), lambda z: 1j * np.exp(1j * z)),
    "quotient": (lambda z: (1 + z) / (2 - z), lambda z: 3 / (2 - z) ** 2),
    "log sqrt": (lambda z: np.log(z) * np.sqrt(z), lambda z: np.sqrt(z) / z + np.log(z) / (2 * np.sqrt(z))),
    "trig": (lambda z: np.sin(z) * np.cosh(z), lambda z: np.cos(z) * np.cosh(z) + np.sin(z) * np.sinh(z)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_elementwise(name):
    f, df = FUNCTIONS[name]
    value, J = dd.value_and_jacobian(f, holomorphic=True)(Z)
    assert np.array_equal(value, f(Z))
    close(J, np.diag(df(Z)), 1e-13)
    v = np.array([1.0, 2.0j, 1 - 1j])
    close(dd.jvp(f, (Z,), (v,), holomorphic=True)[1], df(Z) * v, 1e-13)
    z = complex(Z[1])
    found = dd.derivative(f, holomorphic=True)(z)
    close(found, df(z), 1e-13)
    h = 1e-5        # differences along 1 and along i: the Cauchy-Riemann equations
    for step in (h, 1j * h):
        close(found, (f(z + step) - f(z - step)) / (2 * step), 1e-8)


def test_arrays_and_structures():
    A = np.array([[1.0, 2j, 0.5], [0.0, 1 - 1j, 2.0]])
    f = {"p": lambda z, w: {"y": A @ z * w, "s": np.sum(z**2)}}["p"]
    J = dd.jacobian(f, argnums=(0, 1), holomorphic=True)(Z, 2.0 + 1j)
    close(J["y"][0], A * (2 + 1j), 1e-14)
    close(J["y"][1], A @ Z, 1e-14)
    close(J["s"][0], 2 * Z, 1e-14)
    close(dd.jacobian(np.fft.fft, holomorphic=True)(Z), np.fft.fft(np.eye(3)), 1e-14)
    stack = np.array([Z, 1j * Z])
    close(dd.jvp(np.square, (Z,), (stack,), holomorphic=True)[1], 2 * Z * stack, 1e-14)
    assert dd.jacobian(lambda z: z * z, holomorphic=True)(Z.astype(np.complex64)).dtype == np.complex64


def test_nested():
    d2 = dd.derivative(dd.derivative(lambda z: z**4, holomorphic=True), holomorphic=True)
    close(d2(0.3 + 0.4j), 12 * (0.3 + 0.4j) ** 2, 1e-13)


@pytest.mark.parametrize("f", [np.abs, np.conj, np.real, np.imag, np.angle, lambda z: z * np.conj(z), lambda z: z + np.abs(z),
                               lambda z: np.exp(np.real(z)) + 0 * z, np.linalg.norm])
def test_what_is_not_holomorphic(f):
    for call in (lambda: dd.jacobian(f, holomorphic=True)(Z), lambda: dd.jvp(f, (Z,), (Z,), holomorphic=True)):
        with pytest.raises(InputError, match="not holomorphic"):
            call()


SCALES = {
    "beside a large element": lambda z: np.stack([1e12 * z[0], np.conj(z[1])]),
    "beside a huge element": lambda z: np.stack([1e25 * z[0], np.conj(z[1])]),
    "beside a large leaf": lambda z: {"a": 1e20 * z, "b": np.abs(z)},
    "in one input of many": lambda z: np.stack([1e15 * z[0], z[1] + 1e-8 * np.conj(z[2])]),
    "tiny": lambda z: np.stack([z[0], 1e-30 * np.conj(z[1])]),
    "small in its element": lambda z: np.stack([1e6 * z[0], z[1] + 1e-9 * np.conj(z[1])]),
}


@pytest.mark.parametrize("name", SCALES)
def test_each_element_is_looked_at_by_itself(name):
    f = SCALES[name]
    for call in (lambda: dd.jacobian(f, holomorphic=True)(Z), lambda: dd.jvp(f, (Z,), (Z,), holomorphic=True)):
        with pytest.raises(InputError, match="not holomorphic"):
            call()


RNG = np.random.default_rng(0)
BIG = RNG.standard_normal((20, 20)) + 1j * RNG.standard_normal((20, 20))
CANCEL = {
    "products in another order": lambda z: BIG @ (BIG @ z) - (BIG @ BIG) @ z,
    "one sum in two orders": lambda z: (BIG @ z) @ z - z @ (BIG @ z),
    "a function of degree 0": lambda z: np.linalg.solve(BIG * z, z),
    "an identity": lambda z: np.sin(z) ** 2 + np.cos(z) ** 2,
    "a constant": lambda z: (1e8 * z + 1.0) - 1e8 * z,
}


@pytest.mark.parametrize("name", CANCEL)
def test_rounding_is_not_taken_for_a_conjugate(name):
    z = RNG.standard_normal(20) + 1j * RNG.standard_normal(20)
    dd.jacobian(CANCEL[name], holomorphic=True)(z)
    dd.jvp(CANCEL[name], (z,), (z,), holomorphic=True)
    dd.jacobian(CANCEL[name], holomorphic=True)(z.astype(np.complex64))


def test_refused():
    with pytest.raises(InputError, match="holomorphic=True"):
        dd.derivative(np.square)(1j)
    with pytest.raises(InputError, match="dtype"):
        dd.jacobian(np.square, holomorphic=True)(Z.astype(np.clongdouble))
    with pytest.raises(InputError, match="forward"):
        dd.jacobian(np.square, holomorphic=True, mode="reverse")(Z)
    with pytest.raises(InputError, match="jacobian"):
        dd.derivative(np.square, holomorphic=True)(Z)
