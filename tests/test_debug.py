"""debug(): the line, the operation, the elements."""

import sys
import threading
import warnings

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.debugging import NonFiniteWarning, first_nonfinite
from dualdiff.errors import ArgumentError, LostDerivativeError, NonFiniteError

X = np.array([2.0, 1.0, 3.0])


def bad_root(x):
    y = x - 1.0
    z = 2.0 * np.sqrt(y) + x
    return np.sum(z)


def bad_number(x):
    y = x - 1.0
    z = x * np.log(y)
    return z


def bad_return(x):
    return np.sum(np.log(x - 1.0))


def bad_buffer(x):
    out = np.zeros_like(x)
    for i in range(len(x)):
        out[i] = 1.0 / (x[i] - 1.0)
    return out


CASES = [
    (lambda: dd.grad(bad_root)(X), r"tangent of element \[1\] in direction 1 is inf, by np.sqrt\(y\) \(operands of shape \(3,\)\).*z = 2.0"),
    (lambda: dd.grad(bad_root, mode="reverse")(X), r"partial derivative is inf at \[1\], by np.sqrt\(y\).*z = 2.0"),
    (lambda: dd.hessian(bad_root)(X), r"inf.*np.sqrt\(y\)"),
    (lambda: dd.linearize(bad_root, X), r"np.sqrt\(y\)"),
    (lambda: dd.grad(bad_return)(X), r"value is -inf.*np.log\(x - 1.0\).*return np.sum"),
    (lambda: dd.hvp(bad_root, (np.tile(X, 9),), (np.ones(27),)), r"inf.*np.sqrt\(y\)"),
    (lambda: dd.derivative(dd.derivative(bad_number))(1.0), r"inf.*np.log\(y\).*z = x"),
    (lambda: dd.jacobian(bad_buffer)(X), r"value is inf at \[1\].*out\[i\] = 1.0 / \(x\[i\] - 1.0\)"),
]


@pytest.mark.parametrize("call, match", CASES, ids=range(len(CASES)))
def test_the_first_number_that_is_not_finite(call, match):
    before = sys.gettrace()
    with np.errstate(all="ignore"), pytest.raises(NonFiniteError, match=match) as caught, dd.debug():
        call()
    assert "test_debug.py:" in str(caught.value)
    assert isinstance(caught.value, FloatingPointError)
    assert sys.gettrace() is before
    with np.errstate(all="ignore"):
        call()      # nothing is left of it


def test_warnings():
    with np.errstate(all="ignore"), warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with dd.debug(nan="warn"):
            g = dd.grad(bad_root)(X)
    assert np.isinf(g[1])
    assert seen[0].category is NonFiniteWarning and "np.sqrt(y)" in str(seen[0].message)
    assert seen[0].filename.endswith("test_debug.py")


def test_finite_code_is_left_alone():
    with dd.debug():
        inside = dd.grad(bad_root)(X + 1.0)
    assert np.array_equal(inside, dd.grad(bad_root)(X + 1.0))


def test_what_comes_in_is_not_blamed_on_a_line():
    with dd.debug():
        assert np.isnan(dd.jvp(lambda x: x[0] * 1.0, (np.array([np.nan, 1.0]),), (np.ones(2),))[0])


def test_errors_get_the_line():
    def f(x):
        plain = np.zeros(3)
        plain[0] = float(x[0])
        return plain

    for nan in ("raise", None):
        with pytest.raises(LostDerivativeError) as caught, dd.debug(nan=nan):
            dd.jacobian(f)(X)
        (note,) = caught.value.__notes__
        assert "test_debug.py:" in note and "plain[0] = float(x[0])" in note


def test_other_threads_are_not_traced():
    seen = []
    with dd.debug():
        thread = threading.Thread(target=lambda: seen.append(sys.gettrace()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_first_nonfinite():
    with np.errstate(all="ignore"):
        assert first_nonfinite(bad_root, X) is None          # values are finite: a zero tangent stays zero
        found = first_nonfinite(bad_buffer, X)
    assert "inf" in found and "out[i] = 1.0 / (x[i] - 1.0)" in found


def test_options():
    with pytest.raises(ArgumentError, match="nan must be"):
        dd.debug(nan="maybe")
