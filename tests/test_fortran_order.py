"""Elementwise functions of arrays in Fortran order, alone and beside others: compiled, with NumPy's bits and layout."""

import itertools
import warnings

import numpy as np
import pytest

import dualdiff as dd
from tests.support import close, same_bits

RNG = np.random.default_rng(4)
LAYOUTS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "transposed": lambda a: np.ascontiguousarray(a.T).T,
    "every second": lambda a: np.asfortranarray(np.repeat(a, 2, 0))[::2],
    "backwards": lambda a: np.asfortranarray(a[::-1, ::-1])[::-1, ::-1],
}
FUNCTIONS = {
    "times": lambda x, y: x * y,
    "minus": lambda x, y: x - 2.0 * y,
    "exp": lambda x, y: np.exp(x) / y,
    "tanh": lambda x, y: np.tanh(x) * x + y,
    "hypot": np.hypot,
    "power": lambda x, y: np.power(x, y),
    "integer": lambda x, y: x * 3 + y**2,
    "maximum": np.maximum,
}


def strides_in_order(x):
    """The order of the axes in memory, those of length 1 left out."""
    return [i for i in sorted(range(x.ndim), key=lambda i: -abs(x.strides[i])) if x.shape[i] > 1]


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize(("one", "two"), list(itertools.product(LAYOUTS, LAYOUTS)))
def test_bits_layout_and_derivative(f, one, two):
    """Values have NumPy's bits and order of axes; derivatives are those of arrays in C order."""
    x, y = RNG.uniform(0.5, 2.0, (2, 5, 4))
    v, w = RNG.normal(size=(2, 3, 5, 4))
    a, b = LAYOUTS[one](x), LAYOUTS[two](y)
    wanted = f(a, b)
    seen = {}

    def g(a, b):
        seen["result"] = result = f(a, b)
        return result

    value, t = dd.jvp(g, (a, b), (v, w))
    same_bits(value, wanted)
    assert strides_in_order(seen["result"].value) == strides_in_order(wanted)
    close(t, dd.jvp(f, (x, y), (v, w))[1], 1e-13)


@pytest.mark.parametrize("shape", [(1, 4), (5, 1), (1, 1), (4,), ()])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_beside_what_is_broadcast(layout, shape):
    """Rows, columns, vectors and numbers."""
    x, y = layout(RNG.normal(size=(5, 4))), RNG.normal(size=shape)
    v, w = RNG.normal(size=(2, 5, 4)), RNG.normal(size=(2, *shape))

    def f(x, y):
        return np.sin(x) * y + x / (2.0 + y * y)

    value, t = dd.jvp(f, (x, y), (v, w))
    same_bits(value, f(x, y))
    close(t, dd.jvp(f, (np.ascontiguousarray(x), y), (v, w))[1], 1e-13)


def test_three_axes_and_views():
    """A transposed array is a view, and writes go through it."""
    x = RNG.normal(size=(2, 3, 4))

    def f(x):
        y = (x * 1.0).T
        z = np.exp(y) * y
        z[0] = 2.0 * z[1]
        return np.sum(z * y.copy("F"))

    close(dd.grad(f, mode="forward")(x), dd.grad(f, mode="reverse")(x), 1e-12)
    close(dd.hessian(f, mode="forward")(x), dd.hessian(f, mode="reverse")(x), 1e-11)


@pytest.mark.parametrize("layouts", [("F", "F"), ("F", "C")])
def test_single_precision_and_warnings(layouts):
    """float32 stays; NumPy's warning comes once."""
    a, b = (LAYOUTS[name](np.array([[1.0, 2.0], [0.0, 3.0]], dtype="f")) for name in layouts)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        value, t = dd.jvp(lambda a, b: b / a, (a, b), (np.ones_like(a), np.ones_like(b)))
    assert len(found) == 1
    assert "invalid" in str(found[0].message)
    assert value.dtype == t.dtype == np.float32
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        dd.jvp(lambda a, b: b / a, (a, b), (np.ones_like(a), np.ones_like(b)))


def test_what_is_no_operand():
    """Complex numbers, lists, other dtypes and unaligned memory beside an array in Fortran order."""
    x = np.asfortranarray(RNG.normal(size=(3, 2)))
    plain = np.ascontiguousarray(x)
    unaligned = np.zeros(6 * 8 + 1, np.uint8)[1:].view(float).reshape(2, 3).T
    unaligned[...] = 2.0
    for other in (1j, [1.0, 2.0], np.ones((3, 2), dtype="f"), np.arange(6).reshape(2, 3).T, unaligned):
        found = dd.jvp(lambda x, other=other: x * other, (x,), (np.ones_like(x),))
        wanted = dd.jvp(lambda x, other=other: x * other, (plain,), (np.ones_like(x),))
        same_bits(found[0], x * other)
        close(found[1], wanted[1], 1e-14)


def test_shapes_that_do_not_fit():
    """The error has the shapes as they are."""
    x, y = (np.asfortranarray(np.ones(shape)) for shape in ((3, 2), (5, 2)))
    with pytest.raises(ValueError, match=r"\(3,2\) \(5,2\)"):
        dd.jvp(lambda x: x * y, (x,), (x,))
