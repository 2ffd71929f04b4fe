"""Derivatives by complex arguments: real-linear maps, in both modes, nested, and their conventions."""

import warnings

import numpy as np
import pytest
import scipy.special
from cases import ROWS
from support import check_adjoint, close, differences, inner, leaves, random_like, rng, same_bits

import dualdiff as dd
import dualdiff.scipy.fft as scipy_fft
from dualdiff.errors import ArrayOfObjectsWarning, InputError, UnsupportedError
from dualdiff.scipy import linalg, special

Z = np.array([0.5 + 0.3j, -1.1 + 0.7j, 0.2 - 0.9j])
A = rng(1).standard_normal((3, 3)) + 1j * rng(2).standard_normal((3, 3))
TALL = rng(3).standard_normal((4, 2)) + 1j * rng(4).standard_normal((4, 2))
STACK = rng(5).standard_normal((2, 3, 3)) + 1j * rng(6).standard_normal((2, 3, 3))


def check(f, *primals, rtol=1e-8):
    """jvp against differences, vjp against jvp, and both again for the two kinds of second derivatives."""
    generator = rng(7)
    vs, us = ([random_like(x, generator) for x in primals] for _ in range(2))
    value, tangent = dd.jvp(f, primals, tuple(vs))
    for a, b in zip(leaves(value), leaves(f(*primals)), strict=True):
        same_bits(a, b)
    for t, wanted in zip(leaves(tangent), differences(f, primals, vs), strict=True):
        assert np.iscomplexobj(t) == np.iscomplexobj(wanted)
        close(t, wanted, rtol, "jvp")
    check_adjoint(f, *primals, directions=1)
    for t, wanted in zip(leaves(dd.linearize(f, *primals)[1].jvp(*vs)), leaves(tangent), strict=True):
        close(t, wanted, 1e-11, "linearize")

    def along(*xs):
        return leaves(dd.jvp(f, xs, tuple(us))[1])

    w = [random_like(y, generator) for y in leaves(value)]

    def back(*xs):
        outs = leaves(dd.vjp(lambda *ys: leaves(f(*ys)), *xs)[1](w))
        return outs

    for function, what in ((along, "jvp of jvp"), (back, "jvp of vjp")):
        for t, wanted in zip(dd.jvp(function, primals, tuple(vs))[1], differences(function, primals, vs), strict=True):
            close(t, wanted, rtol, what)
        check_adjoint(function, *primals, directions=1)


def as_complex(row):
    """The primals of a row with imaginary parts."""
    generator = rng(3)
    return tuple(x + 1j * (0.1 + 0.3 * generator.random(np.shape(x))) for x in row.primals)


def is_of_complex(row):
    """Whether NumPy has the row's function for complex numbers."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("error")
            found = leaves(row.f(*as_complex(row)))
    except Exception:
        return False
    return all(np.asarray(y).dtype.kind in "fc" and np.all(np.isfinite(y)) for y in found)


PHASES = {"eigh", "svd", "unique_values"}
"""Factors whose phases are LAPACK's choice at each point (tested by what does not depend on them), and an order."""

COMPLEX_ROWS = [
    r for r in ROWS if r.place < 4 and not any(name in r.label for name in PHASES) and is_of_complex(r)
]


@pytest.mark.filterwarnings("ignore::dualdiff.errors.KinkWarning")
@pytest.mark.parametrize("row", COMPLEX_ROWS, ids=lambda r: r.label)
def test_every_function_that_numpy_has_for_complex_numbers(row):
    primals = as_complex(row)
    generator = rng(11)
    vs = [random_like(x, generator) for x in primals]
    tangent = dd.jvp(row.f, primals, tuple(vs))[1]
    for t, wanted in zip(leaves(tangent), differences(row.f, primals, vs, h=2.0**-10), strict=True):
        close(t, wanted, 1e-7)
    check_adjoint(row.f, *primals, directions=1)


def test_the_table_of_complex_functions_is_not_empty():
    assert len(COMPLEX_ROWS) > 400


def hermitian(a):
    return a + np.conj(np.swapaxes(a, -1, -2))


def adjoint(a):
    return np.conj(np.swapaxes(a, -1, -2))


def rebuilt(a):
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return u @ (np.cos(s)[..., None] * vh)


def of_hermitian(a):
    w, q = np.linalg.eigh(hermitian(a))
    return (q * np.sin(w)[..., None, :]) @ adjoint(q)


LINEAR_ALGEBRA: dict = {
    "solve": (lambda a, b: np.linalg.solve(a, b), A, Z),
    "solve a matrix": (lambda a, b: np.linalg.solve(a, b), A, TALL[:3]),
    "solve real and complex": (lambda a, b: np.linalg.solve(a, b), A.real, Z),
    "solve complex and real": (lambda a, b: np.linalg.solve(a, b), A, Z.real),
    "inv": (np.linalg.inv, STACK),
    "det": (np.linalg.det, STACK),
    "slogdet": (lambda a: list(np.linalg.slogdet(a)), A),
    "qr": (lambda a: list(np.linalg.qr(a)), TALL),
    "cholesky": (lambda a: np.linalg.cholesky(hermitian(a) + 9 * np.eye(3)), A),
    "eigvalsh": (lambda a: np.linalg.eigvalsh(hermitian(a)), STACK),
    "eigh by what has no phase": (of_hermitian, A),
    "moduli of eigh": (lambda a: np.abs(np.linalg.eigh(hermitian(a))[1]), A),
    "eigvals": (np.linalg.eigvals, A),
    "eig by what has no phase": (lambda a: np.abs(np.linalg.eig(a)[1]), A),
    "svd by what has no phase": (rebuilt, TALL),
    "svd of a wide matrix": (rebuilt, adjoint(TALL)),
    "moduli of svd": (lambda a: np.abs(np.linalg.svd(a)[0]), A),
    "singular values": (np.linalg.svdvals, STACK),
    "pinv": (np.linalg.pinv, TALL),
    "lstsq": (lambda a, b: np.linalg.lstsq(a, b)[0], TALL, np.append(Z, 1j)),
    "norm": (np.linalg.norm, TALL),
    "norm 1": (lambda z: np.linalg.norm(z, 1), Z),
    "norm 3": (lambda z: np.linalg.norm(z, 3), Z),
    "norm inf": (lambda z: np.linalg.norm(z, np.inf), Z),
    "norm along an axis": (lambda z: np.linalg.norm(z, axis=0), TALL),
    "nuclear norm": (lambda z: np.linalg.norm(z, "nuc"), TALL),
    "spectral norm": (lambda z: np.linalg.norm(z, 2), TALL),
    "matrix norm 1": (lambda z: np.linalg.norm(z, 1), TALL),
    "cond": (np.linalg.cond, A),
    "matrix_power": (lambda a: np.linalg.matrix_power(a, -3), A),
    "multi_dot": (lambda a, b: np.linalg.multi_dot([a, b, a]), A, hermitian(A)),
    "vdot": (np.vdot, Z, 1j * Z**2),
    "vecdot": (np.vecdot, A, A @ A),
    "inner": (np.inner, A, Z),
    "einsum": (lambda a, b: np.einsum("ij,j,k->ik", np.conj(a), b, b), A, Z),
    "kron": (np.kron, A, Z),
}


@pytest.mark.parametrize("name", LINEAR_ALGEBRA)
def test_linear_algebra(name):
    f, *primals = LINEAR_ALGEBRA[name]
    check(f, *primals)


FOURIER = {
    "fft": np.fft.fft, "ifft": np.fft.ifft, "longer": lambda z: np.fft.fft(z, 7), "shorter": lambda z: np.fft.ifft(z, 2),
    "ortho": lambda z: np.fft.fft(z, norm="ortho"), "irfft": np.fft.irfft, "odd irfft": lambda z: np.fft.irfft(z, 5),
    "hfft": np.fft.hfft, "fftshift": np.fft.fftshift, "power spectrum": lambda z: np.abs(np.fft.fft(z)) ** 2,
    "filter": lambda z: np.fft.ifft(np.fft.fft(z) * np.conj(np.fft.fft(z[::-1]))),
}  # fmt: skip


@pytest.mark.parametrize("name", FOURIER)
def test_fourier(name):
    check(FOURIER[name], Z)


def test_fourier_of_several_axes():
    for f in (np.fft.fft2, np.fft.ifftn, np.fft.irfftn, lambda z: np.fft.fft(z, axis=0)):
        check(f, TALL)


def buffered(z, x):
    out = np.zeros((2, 3), complex, like=z)
    out[0] = z * x
    out[1, ::-1] += np.conj(z)
    out.real[0] = x
    out.imag[1] *= 2.0
    return out


SCIPY: dict = {
    "expm": (linalg.expm, A), "sqrtm": (linalg.sqrtm, A), "solve": (linalg.solve, A, Z), "det": (linalg.det, A),
    "solve_triangular": (linalg.solve_triangular, A, Z), "toeplitz": (linalg.toeplitz, Z), "lu": (lambda a: list(linalg.lu(a)), A),
    "toeplitz of two": (linalg.toeplitz, Z, Z * 1j), "solve_toeplitz": (linalg.solve_toeplitz, Z + 3, Z),
    "sylvester": (linalg.solve_sylvester, A, hermitian(A) + 9 * np.eye(3), A), "erf": (scipy.special.erf, Z),
    "wofz": (scipy.special.wofz, Z), "jv": (lambda z: scipy.special.jv(1.5, z), Z),
    "logsumexp": (special.logsumexp, Z), "logsumexp with a sign": (lambda z: list(special.logsumexp(z, return_sign=True)), Z),
    "fft": (scipy_fft.fft, Z),
}  # fmt: skip


@pytest.mark.parametrize("name", SCIPY)
def test_scipy(name):
    f, *primals = SCIPY[name]
    check(f, *primals)


def test_gamma_has_its_first_derivative():
    t = dd.jvp(scipy.special.gamma, (Z,), (Z,))[1]
    close(t, scipy.special.gamma(Z) * scipy.special.psi(Z) * Z, 1e-13)
    with pytest.raises(UnsupportedError, match=r"scipy.special.(gamma|psi) has.*complex arguments"):
        dd.jvp(lambda z: dd.jvp(scipy.special.gamma, (z,), (Z,))[1], (Z,), (Z,))


MIXTURES: dict = {
    "real and complex": (lambda z, x: np.exp(1j * x) * z, Z, Z.real),
    "a real result": (lambda z, x: np.sum(np.abs(z) ** 2 * x), Z, Z.real),
    "parts": (lambda z: np.real(z) * np.imag(z) + np.angle(z), Z),
    "attributes": (lambda z: z.real * z.imag + z.conj() * z[0], Z),
    "abs in between": (lambda z: np.log(np.abs(z)) * z, Z),
    "a buffer": (buffered, Z, Z.real),
    "a power": (lambda z, w: z**w, Z + 2, Z),
    "powers": (lambda z: z**3 + z**-1 + z**0.5 + 2.0**z, Z + 2),
    "sign": (lambda z: np.sign(z) * z, Z),
    "extremes": (lambda z: np.maximum(z, 1j * z) + np.max(z) + np.min(np.conj(z)) + np.sort(z), Z),
    "multiply.reduceat": (lambda z: np.multiply.reduceat(z, [0, 2, 1]), Z),
    "divide.accumulate": (np.divide.accumulate, Z),
    "spread": (lambda z: np.var(z) + np.std(z), Z),
    "a loop": (lambda z: [z[i] * np.conj(z[i - 1]) + abs(z[i]) for i in range(3)], Z),
    "structures": (lambda z, w: {"a": z * w, "b": (np.abs(z), w.imag)}, Z, 1j * Z),
}


@pytest.mark.parametrize("name", MIXTURES)
def test_mixtures(name):
    f, *primals = MIXTURES[name]
    check(f, *primals)


# ---- conventions ---------------------------------------------------------------------------------------


def quartic(z):
    """A real function with dz = conj(z) |z|^2 * 2: its gradient is 4 z |z|^2."""
    return np.sum(np.abs(z) ** 4)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_gradient(mode):
    """df/dx + i df/dy, the direction of steepest ascent; or its conjugate, as JAX and autograd have it."""
    wanted = 4 * Z * np.abs(Z) ** 2
    value, gradient = dd.value_and_grad(quartic, mode=mode)(Z)
    assert value == quartic(Z) and gradient.dtype == complex
    close(gradient, wanted, 1e-14)
    close(dd.grad(quartic, mode=mode, pairing="bilinear")(Z), np.conj(wanted), 1e-14)
    x, y = dd.grad(lambda x, y: quartic(x + 1j * y), argnums=(0, 1))(Z.real, Z.imag)
    close(gradient, x + 1j * y, 1e-14)
    gz, gx = dd.grad(lambda z, x: quartic(z * x), argnums=(0, 1), mode=mode)(Z, Z.real)
    assert gz.dtype == complex and gx.dtype == float
    close(dd.grad(lambda p: quartic(p["z"] * p["x"]), mode=mode)({"z": Z, "x": Z.real})["z"], gz, 1e-14)


def test_gradient_in_chunks_and_single_precision():
    close(dd.grad(quartic, chunk=2)(Z), dd.grad(quartic)(Z), 1e-14)
    small = Z.astype(np.complex64)
    for mode in ("forward", "reverse"):
        gradient = dd.grad(quartic, mode=mode)(small)
        assert gradient.dtype == np.complex64
        close(gradient, dd.grad(quartic)(Z), 1e-5)
    value, pullback = dd.vjp(np.exp, small)
    assert value.dtype == pullback(value).dtype == dd.jvp(np.exp, (small,), (Z,))[1].dtype == np.complex64


def test_python_numbers():
    value, tangent = dd.jvp(lambda z: z * z, (1.0 + 2.0j,), (1.0j,))
    assert type(value) is type(tangent) is complex and (value, tangent) == (-3 + 4j, -4 + 2j)
    found = dd.grad(abs)(3.0 + 4.0j)
    assert type(found) is complex
    close(found, 0.6 + 0.8j, 1e-15)
    value, pullback = dd.vjp(lambda z: z.conjugate(), 1 + 1j)
    assert pullback(2 + 3j) == 2 - 3j and type(pullback(1j)) is complex


OPERATORS = [
    lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a - b, lambda a, b: a**b, lambda a, b: a**2, lambda a, b: a * 1.7,
    lambda a, b: 2.0 / a, lambda a, b: abs(a), lambda a, b: a * (1.3 + 0.2j), lambda a, b: np.multiply(a, b),
    lambda a, b: np.abs(a),
]  # fmt: skip


@pytest.mark.parametrize("f", OPERATORS)
@pytest.mark.parametrize("kind", [complex, np.complex128, np.complex64])
def test_values_of_numbers_are_those_of_the_operators(f, kind):
    generator = rng(5)
    for _ in range(40):
        a, b = (kind(complex(*generator.standard_normal(2))) for _ in range(2))
        assert dd.jvp(f, (a, b), (1.0, 1.0))[0] == f(a, b)
        assert dd.jvp(lambda *x: dd.jvp(f, x, (1.0, 1.0))[0], (a, b), (1.0, 1.0))[0] == f(a, b)


def test_pullbacks():
    """<w, J v> = <J* w, v> with Re(conj(w) v), or with Re(w v); for a holomorphic function conj(f') w, or f' w."""
    w = random_like(Z, rng(3))
    close(dd.vjp(np.sin, Z)[1](w), np.conj(np.cos(Z)) * w, 1e-14)
    close(dd.vjp(np.sin, Z, pairing="bilinear")[1](w), np.cos(Z) * w, 1e-14)
    stack = np.stack([w, 1j * w])
    close(dd.vjp(np.sin, Z)[1](stack), np.conj(np.cos(Z)) * stack, 1e-14)
    real = dd.vjp(lambda x: np.exp(1j * x), Z.real)[1](w)
    assert real.dtype == float
    close(real, np.real(np.conj(w) * 1j * np.exp(1j * Z.real)), 1e-14)
    found = dd.vjp(lambda z, x: {"a": z * x, "b": None}, Z, Z.real, pairing="bilinear")[1]({"a": w, "b": None})
    close(found[0], w * Z.real, 1e-14)
    close(found[1], np.real(w * Z), 1e-14)


def test_jacobian_is_a_pair():
    def f(z, x):
        return z**2 * np.conj(z[0]) + x

    Jz, Jx = dd.jacobian(f, argnums=(0, 1))(Z, Z.real)
    assert isinstance(Jz, dd.Wirtinger)
    v = random_like(Z, rng(1))
    close(Jz.dz @ v + Jz.dconj @ np.conj(v), dd.jvp(f, (Z, Z.real), (v, None))[1], 1e-13)
    close(Jx, np.eye(3), 1e-14)
    close(dd.jacobian(np.sin)(Z).dz, np.diag(np.cos(Z)), 1e-14)
    assert not dd.jacobian(np.sin)(Z).dconj.any()
    pair = dd.jacobian(lambda z: np.abs(z) ** 2)(Z)
    close(pair.dconj, np.conj(pair.dz), 1e-14)
    close(dd.jacobian(f, layout="denominator")(Z, Z.real).dconj, Jz.dconj.T, 1e-14)
    close(dd.jacobian(f, chunk=1)(Z, Z.real).dz, Jz.dz, 1e-14)
    close(dd.jacobian(f, mode="reverse")(Z, Z.real).dz, Jz.dz, 1e-14)
    tree = dd.jacobian(lambda p: {"y": f(p["z"], p["x"])})({"z": Z, "x": Z.real})
    close(tree["y"]["z"].dconj, Jz.dconj, 1e-14)
    assert dd.jacobian(np.sin)(Z.astype(np.complex64)).dz.dtype == np.complex64


def test_nested():
    v = random_like(Z, rng(2))
    gradient = dd.grad(quartic)
    wanted = differences(gradient, (Z,), (v,))[0]
    for mode in ("forward", "reverse"):
        close(dd.jvp(dd.grad(quartic, mode=mode), (Z,), (v,))[1], wanted, 1e-8)
        pair = dd.jacobian(dd.grad(quartic, mode=mode))(Z)
        close(pair.dz @ v + pair.dconj @ np.conj(v), wanted, 1e-8)
    close(dd.vjp(gradient, Z)[1](v), wanted, 1e-8)      # a Hessian is symmetric over the real numbers
    close(dd.linearize(gradient, Z)[1] @ v, wanted, 1e-8)
    close(dd.grad(lambda z: np.sum(np.abs(gradient(z)) ** 2))(Z),
          differences_gradient(lambda z: np.sum(np.abs(gradient(z)) ** 2), Z), 1e-7)


def differences_gradient(f, z):
    """The gradient by differences along 1 and 1j."""
    eye = np.eye(z.size)
    return np.array([differences(f, (z,), (e,))[0] + 1j * differences(f, (z,), (1j * e,))[0] for e in eye])


def test_linearize():
    def f(z):
        return np.conj(z) * z[0] + A @ z

    value, J = dd.linearize(f, Z)
    v, w = random_like(Z, rng(1)), random_like(Z, rng(2))
    same_bits(value, f(Z))
    close(J @ v, dd.jvp(f, (Z,), (v,))[1], 1e-14)
    close(J.H @ w, dd.vjp(f, Z)[1](w), 1e-14)
    close(J.T @ w, dd.vjp(f, Z, pairing="bilinear")[1](w), 1e-14)
    close(J.H.H @ v, J @ v, 1e-14)
    assert abs(inner(w, J @ v) - inner(J.H @ w, v)) < 1e-12
    for call in (J.dense, J.diagonal, lambda: J.matvec(v), lambda: 1j * J, J.T.dense, J.sparse):
        with pytest.raises(InputError, match="real numbers only|real arguments"):
            call()
    close((2 * J) @ v, 2 * (J @ v), 1e-14)
    mixed = dd.linearize(lambda z, x: z * x, Z, Z.real)[1]
    close(mixed @ np.append(v, Z.real), v * Z.real + Z * Z.real, 1e-14)
    with pytest.raises(InputError, match="imaginary part"):
        mixed @ np.append(v, 1j * Z.real)


def test_linearize_of_a_holomorphic_function_is_a_matrix():
    def f(z):
        return A @ np.sin(z) * z[1]

    J = dd.linearize(f, Z)[1]
    matrix = dd.jacobian(f, holomorphic=True)(Z)
    for mode in ("forward", "reverse"):
        close(J.dense(mode), matrix, 1e-13)
    close(J.T.dense(), matrix.T, 1e-13)
    close(J.H.dense(), np.conj(matrix.T), 1e-13)
    close(((1 + 2j) * J) @ Z, (1 + 2j) * matrix @ Z, 1e-13)
    close(J @ A, matrix @ A, 1e-13)
    close(J.diagonal(), np.diagonal(matrix), 1e-13)


def test_checkpoint():
    step = dd.checkpoint(lambda z: np.sin(z) * np.conj(z[::-1]))
    w = random_like(Z, rng(2))
    close(dd.vjp(lambda z: step(step(z)), Z)[1](w),
          dd.vjp(lambda z: step.__wrapped__(step.__wrapped__(z)), Z)[1](w), 1e-13)  # fmt: skip


# ---- what is refused -----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")     # NumPy warns first
def test_refused():
    for call in (lambda: dd.derivative(np.sin)(1j), lambda: dd.hessian(quartic)(Z), lambda: dd.hvp(quartic, (Z,), (Z,)),
                 lambda: dd.sparse_jacobian(np.sin)(Z), lambda: dd.taylor(np.sin, 1j, 1.0, 3)):  # fmt: skip
        with pytest.raises(InputError, match="complex"):
            call()
    with pytest.raises(InputError, match="expected real numbers"):
        dd.jvp(np.sin, (Z.real,), (Z,))
    with pytest.raises(InputError, match="expected real numbers"):
        dd.linearize(np.sin, Z.real)[1].jvp(Z)
    with pytest.raises(InputError, match="one real|real result"):
        dd.grad(np.sum)(Z)
    with pytest.raises(InputError, match="pairing must be"):
        dd.grad(quartic, pairing="jax")
    with pytest.raises(InputError, match="pairing must be"):
        dd.vjp(np.sin, Z, pairing="other")
    with pytest.raises(UnsupportedError, match="imaginary part"):
        dd.jvp(lambda z: np.var(z, dtype=float), (Z,), (Z,))
    with pytest.raises(InputError, match="dtype"):
        dd.vjp(np.sin, Z.astype(np.clongdouble))


def test_arrays_of_objects_of_complex_duals_are_not_taken_for_real():
    """NumPy asks the dtype whether numbers are complex, and an array of objects does not say so."""
    for f in (np.linalg.norm, np.real, np.imag, np.angle):
        with pytest.raises(UnsupportedError, match=r"np\.stack"):
            dd.jvp(lambda z, f=f: f([z[0], z[1]]), (Z,), (Z,))
    close(dd.jvp(lambda z: np.linalg.norm(np.stack([z[0], z[1]])), (Z,), (Z,))[1], np.linalg.norm(Z[:2]), 1e-14)
    close(dd.jvp(lambda z: np.sum([z[0], z[1]]), (Z,), (Z,))[1], np.sum(Z[:2]), 1e-14)
    with pytest.warns(ArrayOfObjectsWarning, match="real and imag"):
        found = dd.jvp(lambda z: np.array([z[0], z[1] * z[1]]), (Z,), (Z,))[1]
    close(found, [Z[0], 2 * Z[1] ** 2], 1e-14)
