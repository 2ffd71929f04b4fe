"""dualdiff.numpy as NumPy: arrays that have met no dual do all that NumPy's do; submodules; block; NumPy's own errors.

NumPy's own tests run on it with `python tests/numpy_suite/run.py`.
"""

import importlib
import warnings

import numpy as onp
import pytest

import dualdiff as dd
from dualdiff import DualArray, numpy as np
from dualdiff.errors import LostDerivativeError, UnsupportedError


def inside(f):
    """What f returns, called inside a derivative call."""
    seen = []
    dd.jvp(lambda x: (seen.append(f(x)), x)[1], (1.5,), (1.0,))
    return seen[0]


def plain(x):
    """Nested results with arrays in place of dual arrays."""
    if isinstance(x, (list, tuple)):
        return [plain(e) for e in x]
    return x.value if type(x) is DualArray else x


class Kind(onp.ndarray):
    """A subclass of ndarray."""


CONSTANTS = {
    "float16": lambda np: np.ones(3).astype(np.float16) + np.float16(1),
    "float16 mean": lambda np: np.mean(np.ones((2, 3)), axis=0, dtype=np.float16),
    "longdouble": lambda np: np.sum(np.ones(3), dtype=np.longdouble),
    "text": lambda np: np.array([1.5, 2.5]).astype("U8"),
    "bytes": lambda np: np.concatenate([np.ones(2), np.zeros(1)], dtype="S4", casting="unsafe"),
    "text joined": lambda np: np.concatenate([np.ones(2), np.array(["a"])]),
    "timedelta": lambda np: np.ones(3).astype("m8[s]") * 2,
    "timedelta median": lambda np: np.median(np.array([1.0, 2.0, 3.0]).astype("m8[D]")),
    "object": lambda np: np.array([1.0, 2.0]).astype(object) * 2,
    "object, its type": lambda np: np.ones(2).astype(object).dtype,
    "object, asked for": lambda np: np.array([1.0, None], dtype=object),
    "object, an element": lambda np: type(np.ones(2).astype(object)[0]),
    "object, of a function": lambda np: np.astype(np.ones(2), object).dtype,
    "object, joined": lambda np: np.concatenate([np.ones(2), np.array([None])]).dtype,
    "structured": lambda np: np.array([(1.0, 2)], dtype=[("a", float), ("b", int)])["a"],
    "complex": lambda np: np.linalg.svd(np.array([[1, 1j], [2, 3]])),
    "complex clip": lambda np: np.clip(np.array([1 + 1j, 3 - 1j]), 0, 2),
    "complex eigh": lambda np: np.linalg.eigh(np.array([[1, 1j], [-1j, 3.0]])),
    "slogdet": lambda np: np.linalg.slogdet(np.array([[1, 1j], [2, 3]])),
    "full svd": lambda np: np.linalg.svd(np.ones((3, 2)), full_matrices=True)[1],
    "raw qr": lambda np: np.linalg.qr(np.array([[1.0, 2], [3, 4]]), mode="raw"),
    "empty norm": lambda np: np.linalg.norm(np.zeros((0, 0))),
    "empty det": lambda np: np.linalg.det(np.zeros((2, 0, 0))),
    "empty lstsq": lambda np: np.linalg.lstsq(np.zeros((0, 3)), np.zeros((0, 2)), rcond=None)[0],
    "empty pad": lambda np: np.pad(np.ones((2, 0)), ((1, 1), (0, 0)), "empty").shape,
    "empty percentile": lambda np: np.nanpercentile(np.zeros((3, 2)), [], axis=0),
    "weighted nanpercentile": lambda np: np.nanpercentile(np.array([1.0, np.nan, 3.0]), 50, weights=np.ones(3),
                                                          method="inverted_cdf"),
    "out": lambda np: np.add(np.ones(3), 2, out=np.zeros(3)),
    "out where": lambda np: np.sqrt(np.ones(3), out=np.zeros(3), where=np.array([True, False, True])),
    "out of a reduction": lambda np: np.sum(np.ones((2, 3)), axis=0, out=np.zeros(3)),
    "positional out": lambda np: np.dot(np.ones((2, 2)), np.ones(2), np.zeros(2)),
    "integer out": lambda np: np.add(np.ones(3), 2.5, out=np.zeros(3, int), casting="unsafe"),
    "clip method": lambda np: np.array([1.0, 5.0]).clip(0, 2),
    "clip ufunc": lambda np: np._core.umath.clip(np.array([1.0, 5.0]), 0.0, 2.0),
    "clip out": lambda np: np.clip(np.array([1.0, 5.0]), 0, 2, out=np.zeros(2)),
    "view of bytes": lambda np: np.ones(2).view(np.int64),
    "view as float32": lambda np: np.ones(2).view("f4"),
    "view of a kind": lambda np: type(np.ones(2).view(Kind)),
    "view as ndarray": lambda np: np.ones(2).view(np.ndarray),
    "tobytes": lambda np: np.ones(2).tobytes(),
    "data": lambda np: bytes(np.ones(2).data),
    "byteswap": lambda np: np.ones(2).byteswap(),
    "tolist": lambda np: np.ones((2, 2)).tolist(),
    "item": lambda np: type(np.ones(1).item()),
    "scalar of a sum": lambda np: type(np.sum(np.ones(2))),
    "scalar of a method": lambda np: type(np.ones(2).mean()),
    "scalar of an element": lambda np: type(np.ones(2)[0]),
    "scalar of a 0-d product": lambda np: type(np.array(2.0) * 3),
    "0-d": lambda np: np.array(2.0)[()],
    "complex()": lambda np: complex(np.array(2.0)),
    "spacing": lambda np: np.spacing(np.ones(2)),
    "nextafter": lambda np: np.nextafter(np.ones(2), 2),
    "frexp": lambda np: np.frexp(np.array([1.5, 8.0])),
    "histogram": lambda np: np.histogram(np.array([1.0, 2.0, 2.5]), bins=2),
    "histogram2d": lambda np: np.histogram2d(np.ones(3), np.ones(3), bins=2)[0],
    "unravel": lambda np: np.unravel_index(5, (2, 3)),
    "savetxt": lambda np: np.array2string(np.ones(2), precision=2),
    "partition in place": lambda np: [a := np.array([3.0, 1.0, 2.0]), a.sort()][0],
    "fill": lambda np: [a := np.zeros(2), a.fill(3)][0],
    "put": lambda np: [a := np.zeros(3), np.put(a, [0, 2], [1, 2])][0],
    "add.at": lambda np: [a := np.zeros(3), np.add.at(a, [0, 0], 1.0)][0],
    "fill_diagonal": lambda np: [a := np.zeros((2, 2)), np.fill_diagonal(a, 1)][0],
    "compare with None": lambda np: np.ones(2) == None,  # noqa: E711
    "matrix function of SciPy's kind": lambda np: np.apply_along_axis(np.sum, 0, np.ones((2, 3))),
    "vectorize": lambda np: np.vectorize(lambda a: a + 1)(np.ones(2)),
    "poly1d": lambda np: np.poly1d(np.array([1.0, 2.0]))(np.array(3.0)),
    "moveaxis of a range": lambda np: np.moveaxis(np.ones((2, 3)), range(2), [1, 0]).shape,
    "big-endian": lambda np: np.array([1.0, 2.0], dtype=">f8") * 2,
    "list of buffers": lambda np: np.array([np.ones(2), np.zeros(2)]),
    "random": lambda np: np.random.default_rng(0).normal(size=3) + np.zeros(3),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_constant_does_what_numpys_array_does(name):
    f = CONSTANTS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, found = f(onp), plain(inside(lambda x: f(np)))

    def compare(a, b):
        if isinstance(b, (list, tuple)):
            assert len(a) == len(b)
            for u, v in zip(a, b, strict=True):
                compare(u, v)
            return
        assert type(a) is type(b), (a, b)
        if isinstance(b, onp.ndarray):
            assert a.dtype == b.dtype and a.shape == b.shape and a.flags.c_contiguous == b.flags.c_contiguous
        onp.testing.assert_array_equal(a, b)

    if isinstance(expected, tuple):
        expected = list(expected)
    compare(found, expected)


def test_what_a_constant_gives_can_still_take_derivatives():
    """New memory is a buffer; views follow their base; out= is the array that was given."""

    def f(x):
        a = np.zeros(4)
        b, c = np.sin(a), a.reshape(2, 2)
        b[0] = x
        c[1, 1] = x**2
        out = np.zeros(4)
        assert np.multiply(a, 2.0, out=out) is not out or out.tag >= 0
        d = np.linalg.norm(np.zeros((0, 2)))
        return np.array([b[0], a[3], out[3], d])

    assert onp.allclose(dd.jacobian(f)(3.0), [1, 6, 12, 0])


def test_out_is_the_array_that_was_given():
    def f(x):
        out = np.zeros(3)
        assert np.add(np.ones(3), 1, out=out) is out and np.sum(np.ones((2, 3)), axis=0, out=out) is out
        assert np.clip(np.ones(3), 0, 1, out) is out and type(out) is DualArray
        out[0] = x
        assert np.std(onp.arange(3), out=(total := np.ones((), like=x))) is total
        return out

    assert onp.array_equal(dd.jacobian(f)(2.0), [1, 0, 0])


EXPOSING = {
    "view": lambda a: a.view(onp.int64),
    "kind": lambda a: a.view(Kind),
    "data": lambda a: a.data,
    "ctypes": lambda a: a.ctypes,
    "part": lambda a: a[1:].view(onp.uint8),
}


@pytest.mark.parametrize("name", EXPOSING)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_memory_given_out_takes_no_dual_any_more(name, mode):
    """What is written there would not reach the derivative; a copy does."""

    def f(x):
        a = np.zeros(3)
        EXPOSING[name](a)
        a[0] = 2.0
        b = a.copy()
        b[0] = x[0]
        a[0] = x[0]
        return a

    with pytest.raises(LostDerivativeError, match=r"memory has been given out.*copy"):
        dd.jacobian(f, mode=mode)(onp.ones(2))


def test_writes_through_given_out_memory_are_seen():
    def f(x):
        a = np.zeros(3)
        a.view(onp.int64)[1] = onp.array(4.0).view(onp.int64)
        return x * a

    assert onp.array_equal(dd.jacobian(f)(1.0), [0, 4, 0])
    assert onp.array_equal(dd.jacobian(f, mode="reverse")(1.0), [0, 4, 0])


def test_a_constant_that_a_recording_has_is_written_elsewhere():
    def f(x):
        a = np.ones(20_000)
        y = x * a
        a.sort()
        a.fill(5.0)
        np.add(a, 1.0, out=a)
        np.copyto(a, 7.0)
        return np.sum(y) + a[0]

    assert dd.vjp(f, 2.0)[1](1.0) == 20_000 and dd.linearize(f, 2.0)[1] @ 1.0 == 20_000


# ---- block ---------------------------------------------------------------------------------------------------


def blocks(np, x):
    a, b = np.ones((2, 2)) * x[0], x[1] * np.arange(4.0).reshape(2, 2)
    return {
        "row": [a, b], "rows": [[a, b], [b, a]], "mixed": [[a, np.zeros((2, 1))], [np.ones((1, 3))]],
        "numbers": [[x[0], 2.0], [3.0, x[1]]], "flat numbers": [x[0], x[1], 1.0], "one": a, "scalar": x[0],
        "vectors": [[x, x], [x, x]], "column": [[x], [x]], "deep": [[[a, b]], [[b, a]]], "1-d and 2-d": [[x], [a]],
        "constants": [[np.ones(2), np.zeros(2)], [np.ones(4)]],
    }  # fmt: skip


@pytest.mark.parametrize("name", blocks(onp, onp.ones(2)))
@pytest.mark.parametrize("lifted", [False, True])
def test_block(name, lifted):
    def f(x):
        return np.block(blocks(np, x)[name])

    def g(x):
        return onp.block(blocks(onp, x)[name])

    x, h = onp.array([1.5, -2.0]), 1e-6
    expected = onp.stack([(g(x + h * e) - g(x - h * e)) / (2 * h) for e in onp.eye(2)], -1)
    f = dd.lift(g) if lifted else f
    assert onp.array_equal(f(x), g(x)) and onp.shape(f(x)) == onp.shape(g(x))
    for mode in ("forward", "reverse"):
        assert onp.allclose(dd.jacobian(f, mode=mode)(x), expected, atol=1e-8)


# ---- submodules ----------------------------------------------------------------------------------------------

SUBMODULES = [
    "linalg", "fft", "random", "polynomial", "polynomial.chebyshev", "testing", "exceptions", "typing", "dtypes", "strings",
    "char", "rec", "ctypeslib", "lib", "lib.stride_tricks", "lib.recfunctions", "ma",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:The chararray class:DeprecationWarning")
@pytest.mark.parametrize("name", SUBMODULES)
def test_submodules_can_be_imported(name):
    ours, theirs = importlib.import_module(f"dualdiff.numpy.{name}"), importlib.import_module(f"numpy.{name}")
    for public in getattr(theirs, "__all__", ()):
        assert hasattr(ours, public), public
    names: dict = {}
    exec(f"from dualdiff.numpy.{name} import *", names)
    assert len(names) > 1 and dir(ours)
    with pytest.raises(AttributeError):
        ours.there_is_no_such_name  # noqa: B018


def test_submodules_are_numpys():
    from dualdiff.numpy.exceptions import AxisError
    from dualdiff.numpy.random import default_rng

    assert AxisError is onp.exceptions.AxisError and default_rng is onp.random.default_rng
    assert np.random.default_rng is default_rng and np.linalg.norm.__wrapped__ is onp.linalg.norm


@pytest.mark.parametrize("name", ["f2py", "core", "matlib", "distutils"])
def test_submodules_that_are_refused_say_why(name):
    with pytest.raises(ImportError, match=rf"dualdiff.numpy has no {name}: "):
        exec(f"from dualdiff.numpy.{name} import anything", {})


def test_testing_is_about_the_values():
    from dualdiff.numpy import testing

    def f(x):
        testing.assert_allclose(x, [1.0, 2.0])
        testing.assert_equal({"a": [x, (x[0], 1)]}, {"a": [onp.array([1.0, 2.0]), (1.0, 1)]})
        np.testing.assert_array_equal(np.zeros(2), [0, 0])
        testing.assert_array_less(x, 3)
        with pytest.raises(AssertionError, match="Mismatched elements: 1 / 2"):
            testing.assert_array_equal(x, [1.0, 3.0])
        testing.assert_raises(ZeroDivisionError, lambda a: 1 / 0, x)
        return x

    dd.jvp(f, (onp.array([1.0, 2.0]),), (onp.ones(2),))


# ---- ndarray -------------------------------------------------------------------------------------------------


def test_ndarray_is_numpys_outside_and_holds_duals_inside():
    assert np.ndarray is onp.ndarray and type(np.zeros(1)) is np.ndarray

    def f(x):
        assert isinstance(x, np.ndarray) and isinstance(np.zeros(1), np.ndarray) and isinstance(onp.ones(1), np.ndarray)
        return x.view(np.ndarray)

    assert onp.array_equal(dd.jacobian(f)(onp.ones(2)), onp.eye(2))


# ---- with tangents: NumPy's own values, options and errors ----------------------------------------------------

ERRORS = {
    "axis": lambda np, x: np.moveaxis(x, 5, 0),
    "repeated axis": lambda np, x: np.moveaxis(x, [0, 0], [0, 1]),
    "float axis": lambda np, x: np.sum(x, axis=0.5),
    "shapes": lambda np, x: np.stack([x, x[:1]]),
    "casting": lambda np, x: np.concatenate([x, x], dtype=int),
    "casting of out": lambda np, x: np.concatenate([x, x], out=np.zeros((4, 2), int)),
    "out and dtype": lambda np, x: np.concatenate([x, x], out=np.zeros((4, 2)), dtype=float),
    "shape of out": lambda np, x: np.concatenate([x, x], out=np.zeros((3, 2))),
    "hstack": lambda np, x: np.hstack([x, x], dtype=int),
    "ufunc out": lambda np, x: np.add(x, x, out=np.zeros((2, 2), int)),
    "astype": lambda np, x: x.astype(int, casting="safe"),
    "indices": lambda np, x: np.unravel_index(x, (2, 3)),
    "fft out": lambda np, x: np.fft.fft(x, out=np.zeros((3, 2), complex)),
    "fft cast": lambda np, x: np.fft.fft(x, out=np.zeros((2, 2))),
    "deletion": lambda np, x: x.__delitem__(0),
    "reshape": lambda np, x: np.reshape(x, (3, 3)),
    "singular": lambda np, x: np.linalg.inv(x * 0),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_numpys(name):
    x, f = onp.array([[1.0, 2.0], [3.0, 4.0]]), ERRORS[name]
    with pytest.raises(Exception) as expected:
        f(onp, x)
    with pytest.raises(type(expected.value) if expected.value.__class__.__module__ != "numpy._core._exceptions" else TypeError):
        dd.jvp(lambda x: f(np, x), (x,), (x,))


VALUES = {
    "text of the value": lambda np, x: np.concatenate([x, x], dtype="U4", casting="unsafe"),
    "text beside it": lambda np, x: np.concatenate([x, np.array(["a"])]),
    "astype text": lambda np, x: x.astype("S3"),
    "astype timedelta": lambda np, x: x.astype("m8[s]"),
    "integer out": lambda np, x: np.add(x, 1, out=np.zeros(2, int), casting="unsafe"),
    "hanning": lambda np, x: np.hanning(np.floor(x[1]) * 2),
}


@pytest.mark.parametrize("name", VALUES)
def test_what_can_hold_no_derivative_has_the_value(name):
    x, f = onp.array([1.25, 2.5]), VALUES[name]
    found, expected = plain(inside(lambda t: f(np, dd.stop_gradient(x) * (t / 1.5)))), f(onp, x)
    assert found.dtype == expected.dtype and onp.array_equal(found, expected)


DERIVATIVES = {
    "kaiser by beta": (lambda np, x: np.kaiser(5, x[0]), 1e-6),
    "clip ufunc": (lambda np, x: onp._core.umath.clip(x * 2, x[0], 2.5), 1e-8),
    "cond of a singular matrix beside another": (
        lambda np, x: np.linalg.cond(np.array([[[1.0, 0], [0, 2]]]) * x[0], 1), 1e-6),
    "pad with empty": (lambda np, x: np.pad(x, 2, "empty")[2:-2], 1e-8),
    "pad of no axes": (lambda np, x: np.pad(np.sum(x), 3), 1e-8),
    "sinc of complex": (lambda np, x: np.real(np.sinc(x + 1j)), 1e-6),
    "insert nothing": (lambda np, x: np.insert(x, [], []), 1e-8),
    "lstsq of integers": (lambda np, x: np.linalg.lstsq(onp.array([[1, 2], [3, 5], [1, 1]]), np.append(x, 1.0), rcond=None)[0], 1e-6),
    "big-endian": (lambda np, x: x.astype(">f8").clip(-5, 5) * 2, 1e-8),
    "concatenate into float32": (lambda np, x: np.concatenate([x, x], dtype=onp.float32), 1e-2),
}  # fmt: skip


@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivatives(name):
    f, tolerance = DERIVATIVES[name]
    x, h = onp.array([0.7, 1.3]), 1e-3 if tolerance > 1e-3 else 1e-6
    expected = onp.stack([(f(onp, x + h * e) - f(onp, x - h * e)) / (2 * h) for e in onp.eye(2)], -1)
    for mode in ("forward", "reverse"):
        assert onp.allclose(dd.jacobian(lambda x: f(np, x), mode=mode)(x), expected, rtol=tolerance, atol=1e-7 + tolerance)


def test_the_condition_of_a_singular_matrix_has_no_derivative():
    J = dd.jacobian(lambda x: np.linalg.cond(np.array([[[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 2.0]]]) * x, 1))(1.0)
    assert onp.isnan(J[0]) and J[1] == 0


def test_an_array_without_elements_is_a_constant():
    def f(x):
        empty = x[:0]
        assert np.linalg.norm(empty) == 0 and np.linalg.det(empty.reshape(0, 0)) == 1
        assert np.unravel_index(empty.astype(int), (2, 2))[0].size == 0
        return np.concatenate([empty, x]) * np.linalg.det(empty.reshape(0, 0))

    for mode in ("forward", "reverse"):
        assert onp.array_equal(dd.jacobian(f, mode=mode)(onp.ones(2)), onp.eye(2))


def test_fft_warns_as_numpy_does():
    with pytest.warns(DeprecationWarning, match="`axes` should not be `None`"):
        dd.jvp(lambda x: np.fft.fftn(x, s=(2, 2)), (onp.ones((2, 2)),), (onp.ones((2, 2)),))


def test_what_is_refused_says_so():
    x = onp.ones(2)
    for f in (lambda x: x.view(onp.int64), lambda x: np.spacing(x)):
        with pytest.raises(UnsupportedError):
            dd.jvp(f, (x,), (x,))
