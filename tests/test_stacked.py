"""How functions go on a stack of tangents: each declaration (`stacked=` of a registration) against the handler.

The table is read off the registrations: a declaration without a row here fails.  A call is made on arrays of every
number of axes, in every layout, so that each meets arguments that are wrong for it, too.
"""

import ast
import functools
import warnings
from pathlib import Path

import numpy as np
import pytest
from support import close, points, same_bits

import dualdiff as dd
import dualdiff.functions.fft  # noqa: F401  (its handlers count, too)
from dualdiff import DualArray
from dualdiff.core import Packed, make_array, new_tag
from dualdiff.functions.base import FUNCTIONS, STACKED

AXES = ["", "axis=0", "axis=-1", "axis=1", "axis=-2", "axis=None", "axis=(0, 1)", "axis=7", "axis=-7", "axis=1.0", "axis=np.int64(0)"]
FFT = ["", "3", "n=9, axis=0", "None, -2", "axis=-1, norm='ortho'", "axis=1", "0", "axis=5", "norm='none'", "out=room"]
FFTS = ["", "(2,)", "s=(3, 4), axes=(0, 1)", "axes=(1,)", "axes=(-1, 0), norm='forward'", "axes=[0]", "axes=5"]
CALLS = {
    "take": [
        "1", "WHERE", "[0, 2]", "WHERE.reshape(2, 2), axis=0", "1, 0", "WHERE, -1", "WHERE, 1, mode='wrap'", "40, mode='clip'", "40",
        "WHERE, axis=None", "[]", "[0.5]", "np.array([0, 1], np.uint8)", "[True, False]", "1, 5", "WHERE, -2, None", "WHERE, out=room",
    ],
    "take_along_axis": ["ORDER, -1", "ORDER, axis=0", "ORDER", "ORDER, axis=None", "WHERE, axis=None", "ORDER, 3", "ORDER * 1.0", "WHERE"],
    "compress": [f"MASK, x{a}" for a in ("", ", 0", ", axis=-1", ", axis=None", ", -2", ", axis=4", ", out=room")]
    + ["[True, False], x, 0", "[], x", "[0, 1, 0, 2], x", "np.ones(90, bool), x", "True, x"],
    "extract": ["MASK, x", "[True], x", "BIG > 1, x", "np.ones(90, bool), x", "[], x"],
    "repeat": [f"{n}{', ' * bool(a)}{a}" for n in ("2", "[1, 0, 2]") for a in AXES] + ["np.array(3)", "-1", "1.5", "repeats=2", "0, 0"],
    "roll": [f"{n}{', ' * bool(a)}{a}" for n in ("1", "-30", "(1, 2)") for a in AXES]
    + ["shift=2", "1, 0", "(1, 2), (0, -1)", "1, (0, 1)", "(1, 2), 0", "1.5", "1, [0, 1]"],
    "tile": ["2", "(2,)", "(2, 1)", "(1, 3)", "[2, 2, 1, 2]", "0", "1", "()", "np.array([2, 3])", "-1", "reps=(2, 2)", "1.5"],
    "flip": AXES + ["0", "(0, 0)", "(-1, 0)", "()"],
    "flipud": [""], "fliplr": [""], "matrix_transpose": [""], "linalg.matrix_transpose": [""],
    "moveaxis": ["0, -1", "(0, 1), (1, 0)", "-1, 0", "source=1, destination=0", "0, 5", "(0, 0), (0, 1)", "(0, 1), (1, 1)", "[0], [-1]", "0, 0"],
    "rollaxis": ["0", "1", "-1", "2, 1", "0, 2", "1, -1", "0, start=1", "axis=-1", "5", "0, 5", "0, -9", "1.5", "0, 1.5"],
    "diagonal": ["", "1", "-1", "0, 1, 0", "offset=1, axis1=-1, axis2=0", "0, 0, 2", "9", "0, 0, 0", "0, 0, 5", "0.5"],
    "linalg.diagonal": ["", "offset=-1", "offset=9", "1"],
    "diag": ["", "1", "-2", "k=1", "9", "0.5"], "diagflat": ["", "2", "k=-1", "0.5"],
    "tril": ["", "1", "-1", "k=2", "9", "0.5"], "triu": ["", "1", "-1", "k=2", "9", "0.5"],
    "append": ["1.0", "[1.0, 2.0]", "np.ones(3)", "1j", "2", "x", "np.ones((1, 4)), axis=0", "np.ones((3, 2)), -1", "np.ones(2), 0", "[]",
               "np.ones((2, 3, 1)), 2", "values=True", "np.ones(3), 4"],
    "insert": ["1, 1.0", "0, [1.0, 2.0]", "[0, 2], 9", "[0, 2], [8.0, 9.0]", "1, 2.0, 0", "1, 2.0, axis=-1", "[1], 5.0, 1", "-1, 1.0", "slice(0, 2), 1",
               "90, 1.0", "1, 1.0, 5", "1, 1j", "[], 1.0", "1, np.ones(3), 1", "0, x", "[0, 0], 1.0, -2", "1, True", "MASK, 1.0"],
    "delete": [f"{n}{', ' * bool(a)}{a}" for n in ("0", "[0, 1]", "slice(0, None, 2)") for a in AXES] + ["-1", "90", "MASK", "[]", "1.5", "obj=1", "1, 0"],
    "resize": ["5", "(2, 7)", "0", "(3, 0)", "()", "-1", "(40,)", "new_shape=(2, 2)", "1.5", "[2, 3]", "(-1, 2)"],
    "sort": AXES + ["0", "-1, 'stable'", "kind='heapsort'", "stable=True", "order='f'", "kind='none'"],
    "cumsum": AXES + ["0", "0, np.float32", "dtype=float", "out=room", "axis=0, out=room"],
    "cumulative_sum": AXES + ["axis=0, include_initial=True", "include_initial=True", "axis=0, dtype=np.float32", "0"],
    "trace": ["", "1", "-1, 1, 0", "axis1=-1, axis2=-2", "0, 0, 2", "offset=1, axis2=0, axis1=1", "0, 0, 0", "0, 0, 5", "9", "dtype=np.float32", "out=room"],
    "linalg.trace": ["", "offset=1", "offset=-9", "dtype=np.float32", "1"],
    "kron": ["2.0", "np.ones(2)", "[1.0, 2.0]", "np.ones((2, 2))", "np.ones((1, 2, 2, 1))", "x", "3", "1j", "np.array([1.0, np.inf])", "np.array([])", "[0.0, 1.0]",
             "np.inf", "(1.0, np.inf)", "np.float32(np.inf)"],
    "average": AXES + ["0", "keepdims=True", "axis=0, keepdims=True", "weights=np.ones(7)", "0, None, True", "axis=(0, -1)", "axis=(0, 0)"],
    "var": AXES + ["ddof=1", "ddof=1.5", "ddof=90", "keepdims=True", "dtype=np.float32", "where=MASK", "out=room", "None, None, None, 1", "mean=1.0"],
    "nansum": AXES + ["0", "keepdims=True", "axis=0, keepdims=True", "dtype=np.float32", "initial=2.0", "where=MASK", "axis=(0, -1)", "axis=(0, 0)", "out=room"],
    "nanmean": AXES + ["0", "keepdims=True", "axis=0, keepdims=True", "dtype=np.float32", "where=MASK", "axis=(0, -1)", "out=room"],
    "nancumsum": AXES + ["0", "0, np.float32", "dtype=float", "out=room"],
    "ediff1d": ["", "1.0", "to_begin=[1.0, 2.0]", "None", "to_end=x"],
    "trapezoid": AXES + ["None, 0.5", "dx=2", "POINTS", "POINTS, axis=0", "x=POINTS", "[0, 1, 3, 7]", "np.array([0, 1, 3], np.uint8), axis=-2", "dx=POINTS[:1]",
                         "POINTS, 1.0, 1", "np.array([0.0, 1.0, np.inf, 2.0])", "x * 1.0", "dx=np.inf", "np.ones((3, 4))", "(0.0, 1.0, np.inf, 2.0)",
                         "dx=0.0", "[0.0, 1.0, 1.0, np.inf]", "(0, 1, 1, 1)", "dx=np.float32(0.5)"],
    "gradient": AXES + ["2.0", "POINTS", "POINTS, axis=-1", "2.0, axis=0, edge_order=2", "edge_order=2", "edge_order=3", "1.0, 2.0", "axis=(0,)"],
    "pad": ["1", "(1, 2)", "((0, 1), (2, 0))", "[(1, 1)]", "1, 'constant', constant_values=3.0", "2, 'edge'", "1, mode='reflect'", "(2, 1), 'symmetric'",
            "3, 'wrap'", "9, 'reflect'", "1, 'mean'", "1, 'linear_ramp'", "1, 'reflect', reflect_type='odd'", "-1", "1, 'none'", "{0: 1}", "1.5",
            "1, 'edge', constant_values=1", "((1, 1), (1, 1), (1, 1), (1, 1))", "1, constant_values=x", "0"],
    "fft.fftn": FFTS, "fft.ifftn": FFTS, "fft.rfftn": FFTS, "fft.irfftn": FFTS, "fft.fft2": FFTS, "fft.ifft2": FFTS, "fft.rfft2": FFTS, "fft.irfft2": FFTS,
    "fft.fft": FFT, "fft.ifft": FFT, "fft.rfft": FFT, "fft.irfft": FFT, "fft.hfft": FFT, "fft.ihfft": FFT,
    "fft.fftshift": ["", "0", "axes=-1", "(0, 1)", "axes=None", "5", "[0]"], "fft.ifftshift": ["", "0", "axes=-1", "(0, 1)", "axes=None", "5", "[0]"],
}  # fmt: skip
try:
    np.pad(np.ones(2), {0: 1})
except TypeError:       # an older NumPy, which takes no dictionary
    CALLS["pad"].remove("{0: 1}")
CALLS["std"] = CALLS["var"]
NAMES = {functools.reduce(getattr, name.split("."), np): name for name in CALLS}
FIRST = ("compress", "extract")     # the array is not the first argument


def strided(a):
    """The same numbers, two steps apart, along the first axis from behind."""
    room = np.zeros([2 * n for n in a.shape], a.dtype)
    view = room[tuple(slice(None, None, 2) for _ in a.shape)]
    view = view[::-1] if a.ndim else view
    view[...] = a
    return view


SHAPES = {"vector": (7,), "matrix": (3, 4), "cube": (2, 3, 4), "number": (), "empty": (0,), "no rows": (0, 4)}
ARRAYS = {name: points(*shape) for name, shape in SHAPES.items()}
MATRIX = ARRAYS["matrix"]
ARRAYS |= {"square": points(3, 3), "columns": np.asfortranarray(MATRIX), "strided": strided(MATRIX), "turned": strided(ARRAYS["vector"])}
ARRAYS |= {"single": MATRIX.astype(np.float32), "single vector": ARRAYS["vector"].astype(np.float32), "complex": MATRIX * (1 + 2j)}
ARRAYS |= {"transposed": ARRAYS["cube"].transpose(1, 2, 0), "ties": np.array([[1.0, 2.0, 2.0], [3.0, 3.0, 3.0], [-1.0, 3.0, 2.0]])}
ARRAYS |= {"gaps": np.array([1.0, np.nan, -np.inf, 2.0]), "level": np.full((2, 2), 0.1)}

FEW = ("vector", "matrix", "cube", "strided")


def constants(x):
    """What the calls name besides the array."""
    return {
        "np": np, "x": x, "BIG": x.value if isinstance(x, DualArray) else x, "WHERE": np.array([2, 0, -1, 2]), "MASK": np.array([True, False, True]),
        "ORDER": np.argsort(points(*x.shape, seed=9), axis=-1) if x.ndim and x.size else np.zeros(x.shape, int),
        "POINTS": np.array([0.0, 0.5, 0.7, 2.0, 2.5, 3.1, 4.0])[: x.shape[-1] if x.ndim else 0], "room": np.zeros(1),
    }  # fmt: skip


def dual(v, k, generic=False, tag=0):
    """The array with k tangents, laid out as it is; generic: in a form that the compiled core does not take."""
    t = np.random.default_rng(v.size).normal(size=(k, *v.shape)).astype(v.dtype)
    if v.ndim == 2 and not v.flags.c_contiguous:
        t = strided(t)
    if tag:
        return make_array(v, Packed(t, SCHEME, True), tag)      # the rows of a second-order dual
    if not generic:
        return make_array(v, t, 2)
    return make_array(v, make_array(t, np.zeros((1, *t.shape), v.dtype), 1), 2)


SCHEME = 1      # of pairs, in the lowest bits of a tag


def outcome(name, call, x):
    """(result, error) of a call."""
    given = constants(x)
    text = "np.{}({})" if name in FIRST else "np.{}(x{})" if not call else "np.{}(x, {})"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if "out=room" in call:
                plain = np.asarray(given["BIG"], float)
                shape = np.shape(eval(text.format(name, call.replace("out=room", "")), {**given, "x": plain}))
                given["room"] = np.zeros(shape, given["BIG"].dtype, like=x) if isinstance(x, DualArray) else np.zeros(shape, x.dtype)
            return eval(text.format(name, call), given), None
    except Exception as error:
        return None, error


def parts(y):
    """The value and the tangents, plain, of a dual result; of second order, its rows."""
    t = y.tangents
    t = getattr(t, "rows", t)
    while isinstance(t, DualArray):
        t = t.value
    return y.value, t


def each(name, arrays=ARRAYS):
    """(array's name, call, plain array) of all rows of a function."""
    for array in arrays:
        v = ARRAYS[array]
        for call in CALLS[name]:
            # NumPy's transforms of nothing are chance; complex numbers lose a part in a real dtype and in out=
            if (v.size or not name.startswith("fft")) and not (v.dtype.kind == "c" and ("dtype" in call or "out" in call)):
                yield array, call, v


@pytest.fixture
def no_handlers(monkeypatch):
    """Handlers raise NotImplementedError: what still has a result went the declared way."""

    def answered(*args, **kwargs):
        raise NotImplementedError

    for function in STACKED:
        monkeypatch.setitem(FUNCTIONS, function, answered)


def test_each_declaration_has_a_row():
    assert set(NAMES) == set(STACKED)


@pytest.mark.parametrize("name", NAMES.values())
def test_declared_as_handled(name):
    """Values as NumPy has them, to the bit; errors too; tangents as the handler has them."""
    for array, call, v in each(name):
        what = f"{name}({call}) of the {array}"
        k = 1 if "vector" in array else 3
        wanted, refused = outcome(name, call, v)
        found, error = outcome(name, call, dual(v, k))
        generic, failed = outcome(name, call, dual(v, k, True))
        if refused is not None:
            assert (type(error), str(error)) == (type(refused), str(refused)), what
            continue
        assert error is None and failed is None, (what, error, failed)
        if isinstance(wanted, list | tuple) or not isinstance(found, DualArray | dd.Dual) or found.tangents is None:
            continue
        value, tangent = parts(found)
        assert isinstance(value, np.ndarray) == isinstance(wanted, np.ndarray), what
        same_bits(value[()] if np.ndim(value) == 0 and isinstance(value, np.ndarray) else np.float64(value) if type(value) is float else value, wanted, what)
        assert tangent.shape == (k, *np.shape(wanted)) and tangent.dtype == wanted.dtype, what
        agree(tangent, generic, what, 3e-6 if min(wanted.dtype.itemsize, v.dtype.itemsize) < 8 else 1e-12)


def agree(tangent, generic, what, rtol=1e-12):
    """Tangents are those of the generic path, also where they are not finite; a result without any has zeros."""
    if tangent.size:
        slow = parts(generic)[1] if getattr(generic, "tangents", None) is not None else np.zeros(tangent.shape)
        finite = np.isfinite(slow)
        np.testing.assert_array_equal(tangent[~finite], slow[~finite], what)
        close(tangent[finite], slow[finite], rtol, what)


@pytest.mark.parametrize("name", NAMES.values())
def test_tangents_that_are_not_finite(name):
    """An infinite tangent goes where the handler takes it: 0 times it is not computed."""
    for array, call, v in each(name, ("vector", "matrix")):
        x, y = dual(v, 3), dual(v, 3, True)
        if "room" not in call and not name.startswith("fft."):
            for t in (x.tangents, y.tangents.value):
                t[0].flat[1], t[1], t[2].flat[2] = np.inf, 0.0, np.nan
            found, generic = outcome(name, call, x)[0], outcome(name, call, y)[0]
            if isinstance(found, DualArray | dd.Dual):
                agree(parts(found)[1], generic, f"{name}({call}) of the {array}")


@pytest.mark.parametrize("name", NAMES.values())
def test_second_order_rows(name, no_handlers):
    """What is linear does the same to the rows of second-order duals; the rest is left to the handler."""
    taken = 0
    for array, call, v in each(name, FEW):
        first, error = outcome(name, call, dual(v, 3))
        if error is not None:
            continue
        taken += 1
        second, error = outcome(name, call, dual(v, 3, tag=(tag := new_tag(SCHEME))))
        if name in ("var", "std"):
            assert type(error) is NotImplementedError
            continue
        assert error is None and second.tag == tag, f"{name}({call}) of the {array}"
        for found, wanted in zip(parts(second), parts(first), strict=True):
            np.testing.assert_array_equal(found, wanted, f"{name}({call}) of the {array}")
    assert taken, "nothing goes the way that is declared"


def test_zero_times_an_infinite_tangent_is_zero():
    """As the handler has it, which the stack in NumPy's hands has not."""
    found = dd.jvp(lambda x: np.kron(np.sqrt(x), np.array([0.0, 1.0])), (np.array([0.0, 1.0]),), (np.ones(2),))[1]
    assert found.tolist() == [0.0, np.inf, 0.0, 0.5]


def test_the_plainest_call_goes_the_declared_way(no_handlers):
    """The first call of each row, of a matrix; of a vector, where no axis means the one that there is."""
    for function, name in NAMES.items():
        arrays = ["vector", "matrix"] if STACKED[function].axes and STACKED[function].none == "vector" else ["matrix"]
        errors = [outcome(name, CALLS[name][0], dual(ARRAYS[array], 3))[1] for array in arrays]
        assert None in errors, (name, errors)


@pytest.mark.parametrize("name", NAMES.values())
def test_views(name):
    """A result is a view exactly where NumPy's is: writes go through it, with their derivative, and nowhere else."""
    for array, call, v in each(name, FEW):
        plain, x = v.copy("K"), dual(v.copy("K"), 3)
        view, y = outcome(name, call, plain)[0], outcome(name, call, x)[0]
        if type(view) is not np.ndarray or not isinstance(y, DualArray) or y.tangents is None or "room" in call:
            continue
        what, before = f"{name}({call}) of the {array}", parts(y)[1].copy()
        plain[...] = x[...] = 0.5
        same_bits(y.value[()], view[()], what)
        if np.shares_memory(plain, view):
            assert not y.tangents.any(), what
        else:
            np.testing.assert_array_equal(y.tangents, before, what)
        for a in (view, y):
            try:
                a[...] = 2.0
                assert view.flags.writeable, what
            except ValueError:
                assert not view.flags.writeable, what
        same_bits(x.value[()], plain[()], what)


def test_an_index_is_one_in_a_recording(no_handlers):
    """Functions that only show elements go the declared way there, too."""
    J = dd.jacobian(lambda x: np.flip(x, 0)[0] * 2.0 + np.fliplr(x)[1], mode="reverse")(ARRAYS["square"])
    close(J[0], [[0, 0, 0], [0, 0, 1], [2, 0, 0]], 0)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_views_of_duals_in_duals(mode):
    """Where the value of an array is dual itself, its views are the handler's."""
    def f(x):
        return np.sum(np.diag(x) * np.flip(x, 1)[0] * np.rollaxis(x, 1)[2])

    x = ARRAYS["square"]
    found = dd.jvp(dd.grad(f, mode=mode), (x,), (np.ones((3, 3)),))[1]
    close(found, dd.hvp(f, (x,), (np.ones((3, 3)),)), 1e-14)
    close(np.sum(found), 2.0 * np.sum([np.diag(x), x[0, ::-1], x[:, 2]]), 1e-14)


def test_one_place():
    """There is no second table: a declaration stands where the handler is registered, and its function beside that."""
    for function, way in STACKED.items():
        assert way.axes is not None or way.function.__module__ == FUNCTIONS[function].__module__, function
    for path in Path(dd.__file__).parent.rglob("*.py"):
        names = [node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)]
        if path.name not in ("base.py", "rows.py"):
            assert "OnStack" not in names and names.count("STACKED") <= (path.name == "methods.py"), path
