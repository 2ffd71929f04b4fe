"""Functions of SciPy, dualdiff.scipy, dualdiff.math and dualdiff.numpy inside a compiled function."""

import math
import warnings

import numpy as np
import pytest
import scipy
import scipy.integrate
import scipy.linalg as sl
import scipy.special as sp
from scipy.linalg import expm, solve_triangular

import dualdiff as dd
from dualdiff import numpy as dnp
from dualdiff.errors import CompileNotice
from dualdiff.math import sin as dsin
from dualdiff.scipy import fft as dfft, linalg as dl, special as dsp

LIFTS = True
X = np.array([0.3, -1.2, 0.7, 2.0])


def spd(x):
    return np.outer(x, x) + 5 * np.eye(len(x))


FUNCTIONS = {
    "expm by the package": lambda x: dd.scipy.linalg.expm(np.outer(x, x) / 9),
    "expm of dualdiff": lambda x: dl.expm(np.outer(x, x) / 9),
    "expm by SciPy": lambda x: scipy.linalg.expm(np.outer(x, x) / 9),
    "expm of SciPy": lambda x: sl.expm(np.outer(x, x) / 9),
    "expm alone": lambda x: expm(np.outer(x, x) / 9),
    "logsumexp": lambda x: dsp.logsumexp(x) * x + sp.logsumexp(x, axis=0),
    "softmax": lambda x: sp.softmax(x),
    "special": lambda x: sp.gammaln(x * x + 1) + dsp.erf(x) + dd.scipy.special.j0(x),
    "cholesky": lambda x: sl.cho_solve(sl.cho_factor(spd(x)), x),
    "lu": lambda x: dl.lu_solve(dl.lu_factor(spd(x)), x),
    "triangular": lambda x: solve_triangular(np.tril(spd(x)), x, lower=True),
    "eigenvalues": lambda x: sl.eigh(np.outer(x, x) + np.diag(np.arange(4.0)), eigvals_only=True),
    "several results": lambda x: sl.qr(spd(x))[1] @ sl.svd(spd(x) + np.diag(np.arange(4.0)))[1],
    "cosines": lambda x: dfft.dct(x),
    "toeplitz": lambda x: sl.toeplitz(x) @ x,
    "norm": lambda x: sl.norm(x) * x,
    "math": lambda x: dd.math.sin(x[0]) + dd.math.erf(x[1]) + dd.math.hypot(x[0], x[1]) + dsin(x[2]) + math.cos(x[3]),
    "numpy": lambda x: dnp.sin(x) * dnp.asarray([x[0], x[1], 1.0, 2.0]) + dd.numpy.zeros(4),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_derivatives(name):
    f = FUNCTIONS[name]
    c = dd.compile(f)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CompileNotice)
        c(X)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dd.errors.LiftedWarning)
            ways = [(dd.jacobian(c), dd.jacobian(f)), (lambda x: dd.linearize(c, x)[1].dense(),) * 2]
            for x in (X, X + 0.1, X * 0.9):
                found, wanted = c(x), f(x)
                assert type(found) is type(wanted)
                np.testing.assert_allclose(found, wanted, rtol=1e-13)
                wanted = ways[0][1](x)
                for way, _ in ways:
                    np.testing.assert_allclose(way(x).reshape(wanted.shape), wanted, rtol=1e-9, atol=1e-10)
    assert not c.__dualdiff_program__.eager
    assert not ways[0][0].__dualdiff_program__.eager


def test_a_function_that_is_handed_on_is_not_frozen():
    f = lambda x: scipy.integrate.quad(lambda t: t * x[0], 0.0, x[1])[0]    # noqa: E731
    c = dd.compile(f)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CompileNotice)
        for x in (X, X + 1):
            assert c(x) == f(x)
    assert not c.__dualdiff_program__.table


def test_an_error_is_scipys():
    c = dd.compile(lambda x: sl.cholesky(np.outer(x, x) + x[0] * np.eye(4)))
    c(X)
    with pytest.raises(np.linalg.LinAlgError):
        c(-X)
