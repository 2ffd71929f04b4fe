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
from dualdiff.programs.recording import same_leaf
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


@pytest.mark.skipif(np.longdouble(1).itemsize != 16, reason="a long double has no bytes to spare")
def test_bytes_that_are_no_part_of_a_long_double_do_not_count():
    x = np.array([1.0, -2.0, np.nan], np.longdouble)
    y = np.frombuffer(x.tobytes()[:10] + b"\x4d" + x.tobytes()[11:], np.longdouble)
    assert x.tobytes() != y.tobytes() and same_leaf(x, y) and same_leaf(x * 1j, y * 1j)
    for a, b in ((0.0, -0.0), (1.0, np.nextafter(1, 2)), (np.inf, -np.inf), (np.nan, 0.0)):
        assert not same_leaf(np.longdouble(a), np.longdouble(b)) and same_leaf(np.longdouble(a), np.longdouble(a))


HOLOMORPHIC = {
    "matrix and exp": lambda z: np.exp(A @ z) * z,
    "rational": lambda z: z**3 + 1 / z,
    "fft": lambda z: np.fft.fft(z) ** 2,
    "branches": lambda z: np.log(z) * np.sqrt(z + 2),
    "solve": lambda z: np.linalg.solve(A + np.diag(z), z * z),
    "inverse": lambda z: np.linalg.inv(A * z),
    "buffer": lambda z: filled(z),
    "sums": lambda z: (np.sum(z * z), np.cumsum(z), np.prod(z)),
    "dict": lambda z: {"a": z[0] * z, "b": (z[1], np.sin(z))},
    "scipy": lambda z: scipy_fft.fft(z) * z,
    "where": lambda z: np.where(z.real > 0, z * z, 3 * z),
    "transposed": lambda z: np.outer(z, z).T,
    "one element": lambda z: z[0] * z[1],
}
OTHERS = {
    "modulus": lambda z: np.abs(z) ** 2,
    "conjugate": lambda z: z * np.conj(z) + z,
    "real part": lambda z: np.real(z) * z,
    "phase": lambda z: np.angle(z) * 2,
    "one number": lambda z: np.sum(np.abs(A @ z) ** 2),
    "inner product": lambda z: np.vdot(z, A @ z),
}


def filled(z):
    y = np.zeros(4, complex, like=z)
    y[1:] = z
    y[0] = z[0] * z[1]
    y[2] *= 1j
    return y


def products_of(f, *xs):
    """Products of a linearization with vectors of all kinds."""
    value, J = dd.linearize(f, *xs)
    v = np.concatenate([1j * z if np.iscomplexobj(z) else z + 0j for z in xs])
    w = (1 + 0.2j) * np.arange(1.0, J.shape[0] + 1)
    k = [np.stack([z, 2 * z]) for z in xs]
    return [value, J @ v, J.H @ w, J.T @ w, J.jvp(*xs), J.jvp(*k), J.vjp(value)]



BY_COMPLEX = {
    "jacobian": dd.jacobian,
    "value_and_jacobian": dd.value_and_jacobian,
    "linearize": lambda f: functools.partial(products_of, f),
    "directional_derivative": lambda f: dd.directional_derivative(f, 1j * Z),
    "twice": lambda f: dd.jacobian(dd.jacobian(f)),
    "jvp of jacobian": lambda f: lambda z: dd.jvp(dd.jacobian(f), (z,), (1j * z,)),
}
BY_HOLOMORPHIC = {
    "jacobian": lambda f: dd.jacobian(f, holomorphic=True),
    "value_and_jacobian": lambda f: dd.value_and_jacobian(f, holomorphic=True),
    "jvp": lambda f: lambda z: dd.jvp(f, (z,), (1j * z,), holomorphic=True),
    "stacked": lambda f: lambda z: dd.jvp(f, (z,), (np.stack([1j * z, z]),), holomorphic=True),
    "twice": lambda f: dd.jacobian(dd.jacobian(f, holomorphic=True), holomorphic=True),
    "dense": lambda f: lambda z: dd.linearize(f, z)[1].dense(),
    "real argument": lambda f: lambda z: dd.jacobian(f, holomorphic=True)(np.abs(z)),
}


def programs_agree(transform, f, points, rtol=1e-9):
    """A transform of a compiled function, none of which goes without a program, against that of the function."""
    c = dd.compile(f)
    of_programs, wanted = transform(c), {}
    for xs in points:
        point = tuple(map(id, xs))
        if point not in wanted:
            wanted[point] = leaves(transform(f)(*xs))
        near(leaves(of_programs(*xs)), wanted[point], rtol)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("transform", BY_COMPLEX)
@pytest.mark.parametrize("name", [*HOLOMORPHIC, *OTHERS])
def test_transforms_by_complex_arguments(name, transform):
    f = HOLOMORPHIC.get(name) or OTHERS[name]
    programs_agree(BY_COMPLEX[transform], f, [(Z,), (Z,), (Z * 1.1,), (Z,)])
    if transform in ("jacobian", "linearize"):
        single = Z.astype(np.complex64)
        programs_agree(BY_COMPLEX[transform], f, [(single,), (single,)], 1e-3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("transform", BY_HOLOMORPHIC)
@pytest.mark.parametrize("name", HOLOMORPHIC)
def test_holomorphic_functions(name, transform):
    f = HOLOMORPHIC[name]
    if name == "where" and transform == "real argument":
        f = lambda z: np.where(np.arange(3) > 1, z * z, 3 * z)  # noqa: E731
    programs_agree(BY_HOLOMORPHIC[transform], f, [(Z,), (Z,), (Z * 1.1,), (Z,)])


@pytest.mark.parametrize("transform", ["jacobian", "value_and_jacobian", "jvp", "stacked"])
@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_holomorphic_is_refused(name, transform):
    c = dd.compile(OTHERS[name])
    for z in (Z, Z, Z * 1.1):
        with warnings.catch_warnings(), pytest.raises(dd.errors.InputError, match="not holomorphic"):
            warnings.simplefilter("ignore", CompileNotice)      # there is no result to compare a program with
            BY_HOLOMORPHIC[transform](c)(z)


def test_a_function_that_is_holomorphic_on_one_path_only():
    f = lambda z: z * z if z[0].real > 0 else z * np.conj(z)  # noqa: E731
    c = dd.compile(f)
    J = dd.jacobian(c, holomorphic=True)
    for z in (Z, Z, Z * 1.1):
        near(J(z), dd.jacobian(f, holomorphic=True)(z))
    with pytest.raises(dd.errors.InputError, match="not holomorphic"):
        J(-Z)
    near(J(Z), dd.jacobian(f, holomorphic=True)(Z))
    swap = lambda z, t: z * z + t * np.conj(z)     # noqa: E731  (by numbers: the same program)
    c = dd.compile(swap)
    J = dd.jacobian(c, holomorphic=True)
    for _ in range(2):
        near(J(Z, 0.0), dd.jacobian(swap, holomorphic=True)(Z, 0.0))
    with pytest.raises(dd.errors.InputError, match="not holomorphic"):
        J(Z, 1e-3)


SINGLE = {
    "square": lambda z: z * z,
    "rational": lambda z: (z + 1j) / (z - 2.0) ** 2,
    "exp": lambda z: np.exp(z * 1j),
    "array": lambda z: z * np.arange(3.0),
    "modulus": abs,
    "conjugate": lambda z: z.conjugate() * z,
    "power": lambda z: z**3,
    "complex power": lambda z: z ** (1 + 2j),
    "parts": lambda z: z.real * z.imag,
}
OF_ONE = {
    "value": lambda f: f,
    "jacobian": dd.jacobian,
    "jvp": lambda f: lambda z: dd.jvp(f, (z,), (1j,)),
    "vjp": lambda f: lambda z: dd.vjp(f, z)[1](f(z)),
    "derivative": lambda f: dd.derivative(f, holomorphic=True),
    "second": lambda f: dd.derivative(dd.derivative(f, holomorphic=True), holomorphic=True),
    "holomorphic": lambda f: lambda z: dd.jvp(f, (z,), (1.0,), holomorphic=True),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", [complex, np.complex128])
@pytest.mark.parametrize("transform", OF_ONE)
@pytest.mark.parametrize("name", SINGLE)
def test_single_complex_arguments(name, transform, kind):
    whole = transform in ("value", "jacobian", "jvp", "vjp")
    if name in ("modulus", "conjugate", "parts") and not whole:
        pytest.skip("it has no complex derivative")
    numbers = [0.3 + 0.4j, 0.3 + 0.4j, 1 - 2j] + ([] if whole else [2.5, 3])
    programs_agree(OF_ONE[transform], SINGLE[name], [(kind(z) if isinstance(z, complex) else z,) for z in numbers])


def test_a_complex_number_is_no_static_argument():
    c = dd.compile(lambda z: z * z + 1)
    for k in range(20):
        assert c(complex(k, 1)) == complex(k, 1) ** 2 + 1
    assert str(c.explain()).startswith("<lambda>: 1 path")


MIXED = {
    "product": lambda z, x: z * x,
    "real": lambda z, x: np.sum(np.abs(z * x + 1) ** 2),
    "tuple": lambda z, x: (np.real(z) * x, np.fft.fft(x) * z),
    "dict": lambda z, x: {"a": x**2, "b": z * np.conj(z) * x[0]},
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("argnums", [0, 1, (0, 1), (1, 0)])
@pytest.mark.parametrize("name", MIXED)
def test_real_and_complex_arguments(name, argnums):
    x = np.abs(Z) + 0.5
    points = [(Z, x), (Z, x), (Z * 1.1, 2 * x)]
    programs_agree(lambda f: dd.jacobian(f, argnums), MIXED[name], points)
    programs_agree(lambda f: dd.value_and_jacobian(f, argnums), MIXED[name], points)
    programs_agree(lambda f: functools.partial(products_of, f), MIXED[name], points)


OF_REAL = {
    "fft": np.fft.fft,
    "wave": lambda x: np.exp(1j * x) * x,
    "tuple": lambda x: (x * 1j, np.sum(x)),
    "rfft": lambda x: np.fft.rfft(x**2),
    "moduli": lambda x: np.abs(np.fft.fft(x)),
    "power": lambda x: np.abs(np.fft.fft(np.exp(1j * x) * x)),
    "solve": lambda x: np.linalg.solve(A + np.diag(x), x + 0j),
    "imaginary part": lambda x: np.imag(np.exp((1 + 2j) * x)),
    "phase": lambda x: np.angle(np.exp(1j * x) + 2),
    "norm": lambda x: np.linalg.norm(np.fft.fft(x)),
    "root": lambda x: np.sqrt(x + 0.1j) * x,
    "inner product": lambda x: np.vdot(np.exp(1j * x), x),
    "all elements": lambda x: np.prod(x + 1j),
    "scipy": lambda x: scipy_fft.ifft(np.exp(1j * x)),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", OF_REAL)
def test_transforms_of_complex_results(name):
    f, x = OF_REAL[name], X[:3]
    points = [(x,), (x,), (x * 1.1,)]
    programs_agree(lambda f: functools.partial(products_of, f), f, points)
    programs_agree(lambda f: lambda x: dd.linearize(f, x)[1].H.dense(), f, points)
    programs_agree(lambda f: dd.directional_derivative(f, np.cos(x)), f, points)
    programs_agree(lambda f: lambda x: dd.sparse_jacobian(f, x)(x).toarray(), f, points)
    programs_agree(lambda f: lambda x: dd.linearize(f, x)[1].sparse().toarray(), f, points)
    for order in (0, 1, 2, 5):
        programs_agree(lambda f: lambda x: dd.taylor(f, x, np.cos(x), order), f, points)  # noqa: B023
    g = lambda t: f(t * np.arange(1.0, 4.0))  # noqa: E731
    for order in (1, 2, 4):
        programs_agree(lambda f: dd.nth_derivative(f, order), g, [(0.3,), (0.3,), (0.4,)])  # noqa: B023


INSIDE = {
    "pairs": lambda z: dd.jacobian(lambda y: np.abs(y) ** 2 * y)(z).dz @ z,
    "jacobian": lambda z: dd.jacobian(lambda y: np.exp(A @ y), holomorphic=True)(z) @ z,
    "jvp": lambda z: dd.jvp(lambda y: np.exp(A @ y), (z,), (z * 1j,), holomorphic=True)[1],
    "derivative": lambda z: dd.derivative(lambda t: t**3, holomorphic=True)(z[0]) * z,
    "products": lambda z: inside_products(lambda y: np.exp(A @ y) * np.conj(y), z),
    "of real": lambda z: inside_products(lambda y: np.exp(1j * y), np.real(z)),
    "series": lambda z: dd.taylor(lambda y: np.exp(1j * y), np.real(z), np.imag(z), 3)[2] * z,
}


def inside_products(f, z):
    J, v = dd.linearize(f, z)[1], Z * z
    return J @ v + J.H @ v + 2 * (J.T @ v)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", INSIDE)
def test_transforms_with_complex_numbers_inside(name):
    f, points = INSIDE[name], [(Z,), (Z,), (Z * 1.1,)]
    programs_agree(lambda f: f, f, points)
    programs_agree(lambda f: lambda z: dd.jvp(f, (z,), (z * 1j,)), f, points)
    programs_agree(lambda f: lambda z: dd.vjp(f, z)[1](z), f, points)
    programs_agree(dd.jacobian, f, points)


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
