"""dualdiff.scipy.special and dualdiff.scipy.linalg: SciPy's values to the bit, derivatives by differences."""

import importlib
import os
import re
import sys

import numpy as np
import pytest
import scipy
import scipy.linalg
import scipy.special
from support import check_adjoint, check_second, close, differences, leaves, points, random_like, rng, same_bits

import dualdiff as dd
from dualdiff.errors import UnsupportedError
from dualdiff.scipy import interpolate, linalg, optimize, signal, spatial, special, stats

V, W = points(5, low=-1.0, seed=3), points(3, low=0.4, seed=4)
A = np.array([[2.2, -0.9, 0.7], [0.8, 3.1, -1.1], [-0.6, -1.2, 5.4]])
B = np.array([[0.4, 1.3], [-0.8, 0.6], [1.1, -0.2]])
S = A @ A.T
T = points(2, 4, low=-1.0, seed=2)
N = np.array([[0.9, -0.4, 0.23], [-0.65, 1.1, 0.31], [0.12, 0.83, -1.7], [0.3, -0.2, 0.9]])
BAND = np.array([[0.0, 0.3, -0.2, 0.5], [3.1, 2.7, 4.2, 3.3], [0.7, -0.4, 0.6, 0.0]])

# name -> calls (module, arguments that vary) -> result
CASES = {
    "special": {
        "logsumexp": [
            (lambda m, x: m.logsumexp(x), V), (lambda m, x: m.logsumexp(x, axis=0, keepdims=True), T), (lambda m, x: m.logsumexp(x, axis=(0, 1)), T),
            (lambda m, x, b: m.logsumexp(x, b=b), V, np.abs(V) + 0.1), (lambda m, x: m.logsumexp(x, b=np.array([1.0, 0.0, -0.2, 2.0]), axis=1), T),
            (lambda m, x: m.logsumexp(x, b=-1.0, return_sign=True)[0], V), (lambda m, x: m.logsumexp(x * 1000, axis=1), T),
        ],
        "softmax": [(lambda m, x: m.softmax(x), V), (lambda m, x: m.softmax(x, axis=1), T), (lambda m, x: m.softmax(x, axis=(0, 1)), T)],
        "log_softmax": [(lambda m, x: m.log_softmax(x), V), (lambda m, x: m.log_softmax(x, axis=0), T)],
        "softplus": [(lambda m, x: m.softplus(x), V)],
        "polygamma": [(lambda m, x: m.polygamma(0, x), W), (lambda m, x: m.polygamma([1, 2, 3], x), W)],
        "multigammaln": [(lambda m, x: m.multigammaln(x + 2, 3), W)],
        "diric": [(lambda m, x: m.diric(x, 4), V), (lambda m, x: m.diric(x, 5), V)],
        "factorial": [(lambda m, x: m.factorial(x), W)],
        "comb": [(lambda m, n: m.comb(n + 5, 2.5), W), (lambda m, k: m.comb(7.5, k), W), (lambda m, n: m.comb(n + 3, 2, repetition=True), W)],
        "perm": [(lambda m, n: m.perm(n + 5, 2), W)],
        "zeta": [(lambda m, q: m.zeta(2.5, q), W)],
        "jvp": [(lambda m, x: m.jvp(1, x, 2), W)],
        "sinc": [(lambda m, x: m.sinc(x), W)],
    },
    "linalg": {
        "expm": [(lambda m, a: m.expm(a), A / 3), (lambda m, a: m.expm(a), np.stack([A / 3, S / 20]))],
        "logm": [(lambda m, a: m.logm(a), A)],
        "sqrtm": [(lambda m, a: m.sqrtm(a), A)],
        "cosm": [(lambda m, a: m.cosm(a), A / 3)],
        "tanhm": [(lambda m, a: m.tanhm(a), A / 4)],
        "fractional_matrix_power": [(lambda m, a: m.fractional_matrix_power(a, 0.3), A)],
        "expm_frechet": [(lambda m, a, e: m.expm_frechet(a, e), A / 3, S / 9), (lambda m, e: m.expm_frechet(A / 3, e, compute_expm=False), S)],
        "solve": [(lambda m, a, b: m.solve(a, b), A, B), (lambda m, a, b: m.solve(a, b, transposed=True), A, B[:, 0])]
        + [(lambda m, a, k=k, lo=lo: m.solve(a, B, assume_a=k, lower=lo), S) for k in ("sym", "pos", "gen") for lo in (False, True)],
        "solve_triangular": [
            (lambda m, a, b, t=t, lo=lo, u=u: m.solve_triangular(a, b, trans=t, lower=lo, unit_diagonal=u), A, B)
            for t in (0, 1) for lo in (False, True) for u in (False, True)
        ],
        "solve_banded": [(lambda m, ab, b: m.solve_banded((1, 1), ab, b), BAND, BAND[1] * 0.3)],
        "solveh_banded": [(lambda m, ab: m.solveh_banded(ab, BAND[1]), BAND[:2]), (lambda m, ab: m.solveh_banded(ab, BAND[1], lower=True), BAND[1:])],
        "solve_toeplitz": [(lambda m, c, b: m.solve_toeplitz(c, b), np.array([3.0, 0.4, -0.2]), W), (lambda m, c: m.solve_toeplitz((c, c * 0.9), W), np.array([3.0, 0.4, -0.2]))],
        "solve_circulant": [(lambda m, c, b: m.solve_circulant(c, b), np.array([3.0, 0.4, -0.2]), W)],
        "inv": [(lambda m, a: m.inv(a), A)],
        "det": [(lambda m, a: m.det(a), A)],
        "pinv": [(lambda m, a: m.pinv(a), N), (lambda m, a: m.pinv(a), N.T)],
        "lstsq": [(lambda m, a, b: [m.lstsq(a, b)[i] for i in (0, 1, 3)], N, N[:, :2] * 0.7 + 0.1), (lambda m, a: m.lstsq(a, W)[0], N.T)],
        "cholesky": [(lambda m, a: m.cholesky(a), S), (lambda m, a: m.cholesky(a, lower=True), S)],
        "cho_factor": [(lambda m, a, b, lo=lo: m.cho_solve(m.cho_factor(a, lower=lo), b), S, B) for lo in (False, True)],
        "lu_factor": [(lambda m, a: m.lu_factor(a)[0], A[[1, 2, 0]]), (lambda m, a, b: m.lu_solve(m.lu_factor(a), b), A[[1, 2, 0]], B),
                      (lambda m, a, b: m.lu_solve(m.lu_factor(a), b, trans=1), A[[1, 2, 0]], B)],
        "lu": [(lambda m, a: m.lu(a)[1:], A[[1, 2, 0]]), (lambda m, a: m.lu(a, permute_l=True), A[[1, 2, 0]])],
        "eigh": [(lambda m, a: m.eigh(a), S), (lambda m, a: m.eigh(a, lower=False, eigvals_only=True), S), (lambda m, a, b: m.eigh(a, b), S, S + np.eye(3) * 4),
                 (lambda m, a: m.eigvalsh(a, S + np.eye(3)), A)],
        "svd": [(lambda m, a: m.svd(a, full_matrices=False), N), (lambda m, a: m.svd(a), A), (lambda m, a: m.svdvals(a), N)],
        "norm": [(lambda m, a: m.norm(a), A), (lambda m, a: m.norm(a, 1), A)],
        "toeplitz": [(lambda m, c, r: m.toeplitz(c, r), W, V[:3]), (lambda m, c: m.toeplitz(c), W)],
        "circulant": [(lambda m, c: m.circulant(c), W)],
        "hankel": [(lambda m, c: m.hankel(c), W)],
        "block_diag": [(lambda m, a, b: m.block_diag(a, b, 2.0), A, B)],
    },
}  # fmt: skip
SECOND = {"logsumexp", "softmax", "polygamma", "diric", "comb", "expm", "logm", "sqrtm", "solve", "solve_banded", "lu", "eigh", "lstsq", "pinv", "toeplitz", "cho_factor"}
ALL = [(module, name, i) for module, names in CASES.items() for name, cases in names.items() for i in range(len(cases))]
OURS = {"special": (special, scipy.special), "linalg": (linalg, scipy.linalg)}


def case(module, name, i):
    call, *primals = CASES[module][name][i]
    ours, theirs = OURS[module]
    return (lambda *xs: call(ours, *xs)), (lambda *xs: call(theirs, *xs)), primals


@pytest.mark.parametrize(("module", "name", "i"), ALL)
def test_values_and_derivatives(module, name, i):
    ours, theirs, primals = case(module, name, i)
    wanted = leaves(theirs(*primals)) if hasattr(OURS[module][1], name) else leaves(ours(*primals))
    for a, b in zip(leaves(ours(*primals)), wanted, strict=True):
        same_bits(np.asarray(a)[()], np.asarray(b)[()], "plain arrays")
    vs = [random_like(x, rng(7 + j)) for j, x in enumerate(primals)]
    value, tangents = dd.jvp(ours, tuple(primals), tuple(vs))
    for a, b in zip(leaves(value), wanted, strict=True):
        same_bits(np.asarray(a)[()], np.asarray(b)[()], "value")
    for found, expected in zip(leaves(tangents), differences(theirs if hasattr(OURS[module][1], name) else ours, primals, vs), strict=True):
        close(found, expected, 3e-8)


@pytest.mark.parametrize(("module", "name", "i"), ALL)
def test_adjoint(module, name, i):
    ours, _, primals = case(module, name, i)
    check_adjoint(ours, *primals, directions=1, rtol=1e-10)


@pytest.mark.parametrize(("module", "name", "i"), [c for c in ALL if c[1] in SECOND and c[2] < 2])
def test_second(module, name, i):
    ours, _, primals = case(module, name, i)
    check_second(ours, *primals, rtol=1e-6)


def test_linearize_of_a_matrix_function():
    value, linear = dd.linearize(linalg.expm, A / 3)
    e = np.outer(W, W)
    close(linear @ e, scipy.linalg.expm_frechet(A / 3, e, compute_expm=False), 1e-12)
    close(linear.T @ e, scipy.linalg.expm_frechet(A.T / 3, e, compute_expm=False), 1e-12)


def test_every_name_is_there():
    for ours, theirs in OURS.values():
        assert [name for name in theirs.__all__ if not hasattr(ours, name)] == []
    assert special.erf is scipy.special.erf and linalg.LinAlgError is scipy.linalg.LinAlgError


def test_refused():
    for call in (lambda a: linalg.qr(a[:, :2]), lambda a: linalg.schur(a, output="complex"), lambda a: linalg.svd(a[:, :2])):
        with pytest.raises(UnsupportedError):
            dd.jvp(call, (S,), (S,))


CONSTANT = {
    "a class": lambda x: spatial.Delaunay(np.column_stack([x, x**2])).simplices.sum(),
    "of scipy.linalg": lambda x: linalg.qz(np.eye(5), np.diag(x + 1))[0],
    "of scipy.interpolate": lambda x: [*interpolate.generate_knots(x, np.sin(9 * x), s=0.1)][-1],
    "of scipy.signal": lambda x: signal.buttord(x[1:2], x[2:3], 1, 40)[1],
    "of scipy.stats": lambda x: stats.rankdata(x),
    "with a function": lambda x: optimize.approx_fprime(x, lambda x: np.sum(x * x)),
    "in a list": lambda x: optimize.linprog([*x, 1.0], A_ub=-np.eye(6), b_ub=-np.ones(6)).x,
}  # fmt: skip


@pytest.mark.parametrize("name", CONSTANT)
def test_refused_functions_take_constants_in_lifted_code(name):
    """There np.linspace gives a buffer, which is no dual before it meets one."""
    def f(p):
        x = np.linspace(0.0, 1.0, 5)
        out = np.zeros(3)
        out[1] = p
        return np.sum(CONSTANT[name](x) * p) + np.sum(out)

    f = dd.lift(f)
    value, slope = dd.value_and_grad(f)(2.0)
    assert value == f(2.0) and np.isclose(slope, value / 2.0)


def test_ties_and_infinities():
    x = np.array([1.0, 1.0, -np.inf])
    assert np.array_equal(dd.grad(special.logsumexp)(x), [0.5, 0.5, 0.0])
    assert dd.derivative(lambda t: special.diric(t, 5))(2 * np.pi) == pytest.approx(0.0, abs=1e-14)
    assert dd.derivative(dd.derivative(lambda t: special.diric(t, 5)))(0.0) == pytest.approx(-(25 - 1) / 12)


def test_imports_find_no_module_of_scipys_under_our_name():
    """They would run SciPy's compiled modules a second time: pybind11's end the interpreter with "free(): invalid pointer"."""
    for name in ("fft._pocketfft.pypocketfft", "fft._helper", "special._ufuncs", "optimize._slsqp", "ndimage._nd_image", "signal._sigtools"):
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(f"dualdiff.scipy.{name}")
    x = np.ones(8)
    dd.jvp(lambda x: signal.fftconvolve(x, x), (x,), (x,))      # what SciPy's own code imports is in no place of ours
    ours = os.path.dirname(dd.__file__)
    strange = [name for name, module in list(sys.modules.items()) if name.startswith("dualdiff.")
               and not os.path.abspath(getattr(module, "__file__", None) or ours).startswith(ours)]  # fmt: skip
    assert strange == []


@pytest.mark.parametrize("name", ["fft", "fftpack", "integrate", "interpolate", "linalg", "ndimage", "optimize", "signal", "sparse", "spatial", "special", "stats"])
def test_what_scipy_does_not_have_is_said(name):
    ours = importlib.import_module(f"dualdiff.scipy.{name}")
    with pytest.raises(AttributeError, match=rf"SciPy {re.escape(scipy.__version__)} has no scipy.{name}.nothing"):
        ours.nothing  # noqa: B018
    assert not hasattr(ours, "__wrapped__")
