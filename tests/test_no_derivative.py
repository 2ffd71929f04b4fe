"""Where a derivative is nan because there is none: it is announced by name, in every mode and order, and only there."""

import warnings

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.scipy import linalg as scipy_linalg, signal, sparse


def of_matrix(a):
    """exp(a) of a symmetric matrix by its vectors."""
    w, q = np.linalg.eigh(a)
    return (q * np.exp(w)) @ q.T


WITHOUT = {
    "eigh": (of_matrix, np.diag([2.0, 2.0, 3.0]), "numpy.linalg.eigh: .*expm"),
    "eig": (lambda a: np.linalg.eig(a)[1], np.eye(3), "numpy.linalg.eig: .*expm"),
    "eigvals": (np.linalg.eigvals, np.eye(3), "numpy.linalg.eig: .*np.trace"),
    "stack": (lambda a: of_matrix(a[1]), np.stack([np.diag([1.0, 2.0]), np.eye(2)]), "numpy.linalg.eigh"),
    "svd": (lambda a: np.linalg.svd(a)[0], np.eye(3), "numpy.linalg.svd: .*polar"),
    "roots": (np.roots, np.array([1.0, 2.0, 1.0]), "numpy.roots: .*sos2zpk"),
    "float32": (of_matrix, np.eye(2, dtype=np.float32), "numpy.linalg.eigh"),
}
WAYS = {
    "jvp": lambda f, g, x, v: dd.jvp(f, (x,), (v,))[1],
    "jacobian": lambda f, g, x, v: dd.jacobian(f)(x),
    "forward": lambda f, g, x, v: dd.grad(g, mode="forward")(x),
    "reverse": lambda f, g, x, v: dd.grad(g, mode="reverse")(x),
    "linearize": lambda f, g, x, v: dd.linearize(f, x)[1] @ v,
    "hessian": lambda f, g, x, v: dd.hessian(g)(x),
    "hvp": lambda f, g, x, v: dd.hvp(g, (x,), (v,)),
    "reverse over reverse": lambda f, g, x, v: dd.grad(lambda a: np.sum(dd.grad(g, mode="reverse")(a) * v), mode="reverse")(x),
    "forward over reverse": lambda f, g, x, v: dd.jvp(dd.grad(g, mode="reverse"), (x,), (v,))[1],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", WITHOUT)
def test_nan_of_repeated_eigenvalues_and_roots_is_announced_by_name(name, way):
    """Nan in every mode and order, never a finite number, with a warning that says what to write."""
    f, x, text = WITHOUT[name]
    weights = np.arange(1.0, 1 + np.size(f(x))).reshape(np.shape(f(x)))
    v = (np.arange(1.0, 1 + x.size).reshape(x.shape) ** 2 % 7).astype(x.dtype)
    with pytest.warns(dd.errors.NoDerivativeWarning, match=text):
        found = WAYS[way](f, lambda a: np.sum(np.real(f(a)) * weights), x, v)
    assert np.isnan(np.asarray(found)).any()


@pytest.mark.filterwarnings("error::dualdiff.errors.NoDerivativeWarning")
@pytest.mark.parametrize("way", ["forward", "reverse", "linearize"])
@pytest.mark.parametrize(
    "f",
    [lambda a: np.sum(np.linalg.eigh(a)[0] ** 2), lambda a: np.linalg.eigh(a)[1][2, 2] ** 2, lambda a: np.sum(np.linalg.svd(a)[1])],
    ids=["values", "another vector", "singular values"],
)
def test_no_word_where_the_repeated_ones_do_not_matter(f, way):
    x = np.diag([2.0, 2.0, 3.0])
    v = np.ones((3, 3)) + np.diag([1.0, 2.0, 3.0])
    assert np.all(np.isfinite(WAYS[way](f, f, x, v)))


@pytest.mark.filterwarnings("error::dualdiff.errors.NoDerivativeWarning")
@pytest.mark.parametrize("way", ["hessian", "hvp"])
def test_no_word_where_second_derivatives_are_right(way):
    x, v = np.diag([2.0, 2.0, 3.0]), np.ones((3, 3))

    def f(a):
        return np.sum(np.linalg.eigvalsh((a + a.T) / 2) ** 2)

    found = WAYS[way](f, f, x, v)
    np.testing.assert_allclose(found if way == "hvp" else np.tensordot(found, v, 2), 2 * v, atol=1e-12)


def test_a_later_call_is_not_told_of_an_earlier_one():
    with pytest.warns(dd.errors.NoDerivativeWarning):
        dd.jvp(of_matrix, (np.eye(2),), (np.ones((2, 2)),))
    dd.grad(lambda a: np.sum(np.linalg.eigh(a)[0]), mode="reverse")(np.eye(2))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error", dd.errors.NoDerivativeWarning)
        assert np.isnan(dd.jvp(np.arctan2, (0.0, 0.0), (1.0, 1.0))[1])


def test_functions_of_matrices_are_right_where_eigenvalues_are_equal():
    """What the warning says to write."""
    x, v = np.diag([2.0, 2.0, 3.0]), np.ones((3, 3)) + np.diag([1.0, 2.0, 3.0])
    for f in (*(getattr(scipy_linalg, n) for n in ("expm", "logm", "sqrtm", "cosm", "sinm")),
              lambda a: scipy_linalg.fractional_matrix_power(a, 0.3)):  # fmt: skip
        h = 1e-5
        np.testing.assert_allclose(dd.jvp(f, (x,), (v,))[1], (f(x + h * v) - f(x - h * v)) / (2 * h), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("part", [0, 1])
def test_repeated_zeros_and_poles_of_a_filter_are_announced(part, mode):
    sos = np.array([[1.0, 2.0, 1.0, 1.0, 1.0, 0.25]])
    with pytest.warns(dd.errors.NoDerivativeWarning, match="numpy.roots: .*sos2zpk"):
        J = dd.jacobian(lambda s: np.real(signal.sos2zpk(s)[part]), mode=mode)(sos)
    assert np.isnan(J).any()


@pytest.mark.parametrize("kind", ["array", "matrix"])
def test_an_array_of_blocks_takes_duals(kind):
    make = getattr(sparse, f"bsr_{kind}")
    blocks, weights = np.arange(8.0).reshape(2, 2, 2), np.arange(16.0).reshape(4, 4)
    places = np.array([0, 1]), np.array([0, 1, 2])
    found = dd.grad(lambda d: make((d, *places), shape=(4, 4)).multiply(weights).sum())(blocks)
    assert np.array_equal(found, [weights[:2, :2], weights[2:, 2:]])
