"""sliding_window_view, as_strided, numpy.emath, and arrays of many axes."""

import pickle

import numpy as np
import pytest
from support import close, differences, points, rng

import dualdiff as dd
from dualdiff import numpy as dnp
from dualdiff.errors import UnsupportedError

windows = np.lib.stride_tricks.sliding_window_view
as_strided = dnp.lib.stride_tricks.as_strided
X = points(12)


def check(f, x=X, rtol=1e-8):
    """Value and derivatives in all modes, against differences."""
    v = points(*x.shape, seed=5)
    value, tangent = dd.jvp(f, (x,), (v,))
    wanted, slope = f(x), differences(f, (x,), (v,))[0]
    assert np.array_equal(value, wanted) and value.dtype == wanted.dtype
    close(tangent, slope, rtol)
    if wanted.dtype.kind == "c":
        w = rng(1).normal(size=np.shape(wanted)) + 1j * rng(2).normal(size=np.shape(wanted))
        close(np.sum(dd.vjp(f, x)[1](w) * v), np.real(np.sum(np.conj(w) * slope)), rtol)
        return
    close(dd.linearize(f, x)[1].jvp(v), slope, rtol)
    w = rng(1).normal(size=np.shape(wanted))
    close(np.sum(dd.vjp(f, x)[1](w) * v), np.sum(w * slope), rtol)

    def g(x):
        return np.sum(np.sin(f(x)))

    close(dd.hvp(g, (x,), (v,)), differences(dd.grad(g), (x,), (v,))[0], 10 * rtol)
    J = np.reshape(dd.jacobian(f)(x), (np.size(wanted), x.size))
    close(np.reshape(J @ v.ravel(), np.shape(wanted)), slope, rtol)
    assert not ((J != 0) & ~dd.sparsity(lambda x: np.ravel(f(x)), x).toarray()).any()


WINDOWS = {
    "vector": lambda x: windows(x, 3), "axis": lambda x: windows(np.reshape(x, (3, 4)), 2, axis=1) * x[0],
    "two axes": lambda x: windows(np.reshape(x, (3, 4)), (2, 2)), "one axis twice": lambda x: windows(np.reshape(x, (3, 4)), (2, 2), axis=(1, 1)),
    "transposed": lambda x: windows(np.reshape(x, (3, 4)).T, 2, axis=-2), "reversed": lambda x: windows(x[::-2], 3).mean(-1),
    "whole": lambda x: windows(x, 12), "mean": lambda x: windows(x**2, 4)[::2].sum(axis=-1),
}  # fmt: skip
STRIDED = {
    "windows": lambda x: as_strided(x * 1.0, (10, 3), (8, 8)), "beyond the slice": lambda x: as_strided((x * 1.0)[::2], (4, 3), (8, 8)) * x[0],
    "backwards": lambda x: as_strided((x * 1.0)[::-1], (4, 3), (-16, -8)), "repeated": lambda x: as_strided(x * x, (3, 4), (0, 8)),
    "Fortran": lambda x: as_strided(np.reshape(x * 1.0, (3, 4)).T, (2, 2, 2), (8, 32, 8)), "as it is": lambda x: as_strided(x * 2.0),
    "part": lambda x: as_strided((x * 1.0)[2:5], (3, 3), (16, 8)), "diagonal": lambda x: as_strided(np.reshape(x * 1.0, (3, 4)), (3,), (40,)),
    "empty": lambda x: np.concatenate([as_strided(x * 1.0, (0, 3), (8, 8)).ravel(), x]),
}  # fmt: skip


@pytest.mark.parametrize("name", WINDOWS)
def test_sliding_windows(name):
    check(WINDOWS[name])


@pytest.mark.parametrize("name", STRIDED)
def test_strides(name):
    check(STRIDED[name])


def test_strides_in_single_precision():
    x = X.astype(np.float32)
    value, tangent = dd.jvp(lambda x: as_strided((x * 1)[::2], (4, 3), (4, 4)), (x,), (x,))
    assert value.dtype == tangent.dtype == np.float32
    close(tangent, windows(x, 3)[:4], 1e-7)


def test_windows_are_views():
    def f(x):
        y = np.zeros_like(x)
        seen = windows(y, 3)
        y[:] = x**2
        y[1] = x[0]
        return seen * 1.0

    check(f)
    with pytest.raises(ValueError, match="read-only"):
        dd.jvp(lambda x: windows(x * 1.0, 3).__setitem__(0, x[0]), (X,), (X,))
    with pytest.raises(UnsupportedError, match="writeable"):
        dd.jvp(lambda x: windows(x, 3, writeable=True), (X,), (X,))
    for wrong in (lambda x: windows(x, 13), lambda x: windows(x, (2, 2)), lambda x: windows(x, -1)):
        with pytest.raises(ValueError):     # noqa: PT011  (NumPy's own)
            dd.jvp(wrong, (X,), (X,))


def test_strides_that_leave_the_array_are_refused():
    for shape, strides in (((12, 3), (8, 8)), ((2,), (4,)), ((3,), (-8,)), ((2, 2), (90, 8))):
        with pytest.raises(UnsupportedError, match="memory that is not of the array"):
            dd.jvp(lambda x, s=shape, t=strides: as_strided(x, s, t), (X,), (X,))
    assert pickle.loads(pickle.dumps(as_strided)) is as_strided
    assert np.array_equal(as_strided(X, (3,), (16,)), np.lib.stride_tricks.as_strided(X, (3,), (16,)))


def test_strides_in_lifted_code():
    def f(x):
        import numpy as np
        from numpy.lib.stride_tricks import as_strided

        return as_strided(x[::2], (2, 2), (8, 8)) + np.lib.stride_tricks.as_strided(x, (2, 2), (8, 8))

    close(dd.jvp(dd.lift(f), (X,), (X,))[1], 2 * windows(X[:3], 2), 1e-15)


EMATH = {
    name: (lambda x, f=getattr(np.emath, name), r=right: f(r(x)))
    for name, right in (("sqrt", lambda x: x), ("log", lambda x: x), ("log2", lambda x: x), ("log10", lambda x: x),
                        ("arccos", lambda x: x / 2), ("arcsin", lambda x: x / 2), ("arctanh", lambda x: x / 2))
} | {
    f"{name} outside": (lambda x, f=getattr(np.emath, name), w=wrong: f(w(x)))
    for name, wrong in (("sqrt", lambda x: x - 1.01), ("log", lambda x: x - 1.01), ("log2", lambda x: x - 1.01),
                        ("log10", lambda x: -x), ("arccos", lambda x: 2 * x - 2.05), ("arcsin", lambda x: 2 * x - 2.05),
                        ("arctanh", lambda x: 2 * x - 2.05))
} | {
    "logn": lambda x: np.emath.logn(2, x - 1.01), "logn of both": lambda x: np.emath.logn(x + 1.1, x),
    "power": lambda x: np.emath.power(x - 1.01, 2), "power of both": lambda x: np.emath.power(x - 1.01, x),
    "exponent": lambda x: np.emath.power(-2.0, x), "negative integer": lambda x: np.emath.power(x, -2),
    "list": lambda x: np.emath.sqrt(np.stack([x[0], -x[1]])), "scalar": lambda x: np.emath.sqrt(-x[0]) * np.ones(2),
    "squared modulus": lambda x: np.abs(np.emath.sqrt(x - 1.01)) ** 2,
}  # fmt: skip


@pytest.mark.parametrize("name", EMATH)
def test_emath(name):
    check(EMATH[name], rtol=1e-7)


# ---- many axes ---------------------------------------------------------------------------------------------


def written(x, n):
    y = np.reshape(x * 1.0, (1,) * (n - 1) + (4,))
    y[..., 1] = x[2] ** 2
    y[..., 2:] += x[:2]
    return y * x[0]


def filled(x, n):
    y = np.zeros((1,) * (n - 1) + (4,), like=x)
    y[..., 0] = x[0]
    y[...] += x
    return y


def long(x, n):
    return np.reshape(x, (1,) * (n - 1) + (4,))


AXES = {
    "elementwise": lambda x, n: np.sin(np.reshape(x, (2,) + (1,) * (n - 2) + (2,))) * 2.5,
    "sum": lambda x, n: np.sum(np.exp(long(x, n)) * x, axis=-1), "transpose": lambda x, n: np.reshape(x, (2,) + (1,) * (n - 2) + (2,)).T * x[0],
    "index": lambda x, n: long(x, n)[..., 1:] ** 2, "new axes": lambda x, n: (x * 1.0)[(None,) * (n - 1)] ** 2, "write": written, "buffer": filled,
    "broadcast": lambda x, n: np.broadcast_to(x, (1,) * (n - 1) + (4,)) * x, "join": lambda x, n: np.concatenate([long(x, n)] * 2, axis=-1),
    "matmul": lambda x, n: np.matmul(*[np.reshape(x, (1,) * (n - 2) + (2, 2))] * 2), "cumsum": lambda x, n: np.cumsum(long(x, n), axis=-1),
    "max": lambda x, n: np.max(long(x, n), axis=-1),
}  # fmt: skip
TRANSFORMS = {
    "jvp": lambda f, x: dd.jvp(f, (x,), (np.ones(4),))[1], "linearize": lambda f, x: dd.linearize(f, x)[1] @ np.ones(4),
    "vjp": lambda f, x: dd.vjp(f, x)[1](np.ones(np.shape(f(x)))), "jacobian": lambda f, x: dd.jacobian(f)(x),
    "hvp": lambda f, x: dd.hvp(lambda x: np.sum(f(x) ** 2), (x,), (np.ones(4),)), "taylor": lambda f, x: dd.taylor(f, x, np.ones(4), 2),
}  # fmt: skip


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("name", AXES)
def test_many_axes(name, transform):
    x = points(4)
    wanted = np.ravel(TRANSFORMS[transform](lambda x: AXES[name](x, 3), x))
    for n in (24, 31, 33, 63):
        if transform == "jacobian" and n == 63:
            continue    # the Jacobian itself has one axis more
        close(np.ravel(TRANSFORMS[transform](lambda x, n=n: AXES[name](x, n), x)), wanted, 1e-14)


def test_more_axes_than_there_are_say_so():
    x = points(4)
    for f in (lambda x: long(x, 64), lambda x: x[(None,) * 63]):
        with pytest.raises((ValueError, IndexError)) as error:
            dd.jvp(f, (x,), (x,))
        assert "at most 63" in error.value.__notes__[0]
    for f in (lambda x: np.ravel(long(x, 40)), lambda x: np.ravel(AXES["matmul"](x, 40))):
        with pytest.raises(UnsupportedError, match="reshape"):
            dd.sparsity(lambda x, f=f: f(x) * x, x)
