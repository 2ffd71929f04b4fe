"""What the tests of solutions (integrate, optimize, sparse) share: one check for each row of a table.

A row is a function of one array.  The value in every mode is the plain one, to the bit; forward mode is held to
differences of plain values, reverse mode and all four nestings to forward mode.
"""

import numpy as np

import dualdiff as dd
from dualdiff.maps.tangents import is_dual

STEP = 1e-3


def stencil(f, x, v, rough):
    """The derivative of f along v by a difference of fourth order; rough: of second, off by about 1e-6."""
    h = STEP
    if rough:
        return (f(x + h * v) - f(x - h * v)) / (2 * h)
    return (8 * (f(x + h * v) - f(x - h * v)) - (f(x + 2 * h * v) - f(x - 2 * h * v))) / (12 * h)


def near(found, wanted, rtol, what):
    """Asserts agreement relative to the largest number."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape, f"{what}: shape {found.shape}, expected {wanted.shape}"
    size = max(1.0, np.max(np.abs(wanted), initial=0.0))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=rtol * size, err_msg=what)


def check(f, x, rtol=1e-7, adjoint=1e-9, second=True, bits=True):
    """One row: bits, forward, reverse, second order; bits=False where the iterates are made of sums by BLAS."""
    x = np.asarray(x, float)
    generator = np.random.default_rng(5)
    v = generator.standard_normal(x.shape)
    plain = f(x)
    assert not is_dual(plain)
    value, tangent = dd.jvp(f, (x,), (v,))
    recorded, pullback = dd.vjp(f, x)
    for found in (value, recorded):
        if bits:
            assert np.array_equal(np.asarray(found), np.asarray(plain), equal_nan=True), "the value is not SciPy's"
        else:
            near(found, plain, 1e-13, "the value against SciPy's")
    near(tangent, stencil(f, x, v, rtol > 1e-5), rtol, "forward mode against differences")
    w = generator.standard_normal(np.shape(plain))
    size = max(1.0, float(np.sum(np.abs(w * tangent))))
    assert abs(np.sum(w * tangent) - np.sum(pullback(w) * v)) <= adjoint * size, "<w, J v> and <J' w, v> differ"
    if not second:
        return

    def scalar(y):
        return np.sum(w * f(y))

    def along(y):
        return dd.jvp(scalar, (y,), (v,))[1]

    def back(y):
        return np.sum(dd.vjp(scalar, y)[1](1.0) * v)

    wanted = stencil(along, x, v, rtol >= 1e-5)
    for name, inner in (("forward", along), ("reverse", back)):
        near(dd.jvp(inner, (x,), (v,))[1], wanted, 10 * rtol, f"forward over {name}")
        near(np.sum(dd.vjp(inner, x)[1](1.0) * v), wanted, 10 * rtol, f"reverse over {name}")
