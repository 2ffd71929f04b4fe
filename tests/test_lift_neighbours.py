# ruff: noqa: UP003, UP031, UP032, UP030  (types and text as other people write them)
"""Other people's code: types, keys, text, rounding and black boxes; the derivative is right or there is an error."""

import collections
import ctypes
import ctypes.util
import fractions
import functools
import io
import json
import logging
import math
import numbers
import pickle
import sys
import types
import warnings

import numpy as np
import pytest
from support import close

import dualdiff as dd
from dualdiff.errors import DualDiffError, LiftedWarning, LiftError, LostDerivativeError

LIFTS = True


def slope(f, x=0.7):
    """The derivative by extrapolated differences."""
    d = [(f(x + h) - f(x - h)) / (2 * h) for h in (1e-3, 5e-4)]
    return (4 * d[1] - d[0]) / 3


# ---- the type of a number --------------------------------------------------------------------------

TYPES = {
    "type in": lambda x: math.sin(x) if type(x) in (float, int) else x * x,
    "type ==": lambda x: math.sin(x) if type(x) == type(1.0) else x * x,    # noqa: E721
    "name": lambda x: math.sin(x) if type(x).__name__ == "float" else x * x,
    "subclass": lambda x: math.sin(x) if issubclass(type(x), float) else x * x,
    "issubdtype": lambda x: math.sin(x) if np.issubdtype(type(x), np.floating) else x * x,
    "kind": lambda x: math.sin(x) if np.array(x).dtype.kind == "f" else x * x,
    "table": lambda x: {float: math.sin, int: math.cos}[type(x)](x),
    "abstract": lambda x: math.sin(x) if isinstance(x, numbers.Real) else x * x,
    "np.float64": lambda x: math.sin(x) if isinstance(np.float64(x) > 0, np.bool_) else x * x,
    "float": lambda x: math.sin(x) if (float(np.float64(x)) > 0) is True else x * x,
    "tolist": lambda x: math.sin(x) if (np.array([x]).tolist()[0] > 0) is True else x * x,
    "constructor": lambda x: type(x)(math.sin(x)),
}


@functools.singledispatch
def dispatched(x):
    return x * x


@dispatched.register
def _(x: float):
    return math.sin(x)


class Methods:
    """Dispatches on the class of its argument."""

    @functools.singledispatchmethod
    def f(self, x):
        return x * x

    @f.register
    def _(self, x: float):
        return math.sin(x)

    @f.register
    def _(self, x: np.ndarray):
        return np.cos(x).sum()


TYPES |= {
    "dispatch": lambda x: dispatched.dispatch(type(x))(x),
    "dispatch of a method": lambda x: Methods().f(x),
    "dispatch of a method on arrays": lambda x: Methods().f(np.array([x, 1.0])),
}


@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
@pytest.mark.parametrize("how", ["itself", "reverse", "lift"])
@pytest.mark.parametrize("name", TYPES)
def test_the_type_of_a_number(name, how):
    f = TYPES[name]
    if how == "reverse":
        found = dd.vjp(f, 0.7)[1](1.0)
    else:
        found = dd.derivative(f if how == "itself" else dd.lift(f))(0.7)
    close(np.ravel(found), [slope(f)], 1e-8)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("first", [0.7, -0.7])
def test_comparisons_answer_as_the_value_would(mode, first):
    x = np.array([first, 2.0])

    def of_array(x):        # ~ of a NumPy truth
        return np.where(~(x[0] < 0), np.sin(x[0]), x[1] * x[0]) + x[1]

    def of_scalars(x):
        bad = np.sum(x) < 1.0
        return x[~np.array([bad, False])].sum() * x[0]

    for f in (of_array, of_scalars):
        g = dd.jacobian(f, mode=mode)(x)
        d = [(f(x + h) - f(x - h)) / 2e-6 for h in (np.array([1e-6, 0]), np.array([0, 1e-6]))]
        close(g, np.ravel(d), 1e-8)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
def test_truths_of_python_floats_and_of_numpy_scalars():
    seen = []

    def f(x):
        y, a = x * 2.0, np.array([1.0, 2.0]) * x
        python = {type(c) for c in (x > 0, y > 0, abs(y) > 0, -y < 0, x == 3, x > 1, dd.math.sin(x) > 0)}
        seen.append((python, {type(c) for c in (a[0] > 0, np.sin(x) > 0, a.sum() > 0, a.max() > 0, a[1] * 2 > 0, x * a[0] > 1,
                                      x < np.float64(3), a.mean() != 0, -a[0] < 0, abs(a[0]) > 0)}))  # fmt: skip
        return y

    for take in (dd.derivative(f), lambda x: dd.vjp(f, x)[1](1.0)):
        seen.clear()
        take(0.7)
        assert seen
        assert all(found == ({bool}, {np.bool_}) for found in seen)
    assert dd.derivative(lambda x: ((x > 0) - (x < 0)) * x)(-0.7) == -1.0
    assert dd.derivative(lambda x: ((x > 0) + (x > -1) + (x > 3)) * x)(0.7) == 2.0


# ---- keys and text ---------------------------------------------------------------------------------


def memo(key):
    """A function that keeps one of its terms under a key made of x."""
    store = {}

    def f(x):
        k = key(x)
        if k not in store:
            store[k] = math.sin(x)
        return store[k] + x * x

    return f


KEYS = {
    "rounded": lambda x: (round(x, 6), "a"), "integer": lambda x: int(x * 1e6), "percent": lambda x: "%.6f|%.3e" % (x, x),
    "f-string": lambda x: f"{x:.6f}-{x:.2f}", "format": lambda x: "p{0:.5f}q{1:.2f}".format(x, 2 * x),
    "one text": lambda x: f"{x:.5f}", "bytes": lambda x: np.float64(x).tobytes(), "json": lambda x: json.dumps({"x": float(x)}),
    "repr": repr, "hash": hash, "floor": lambda x: math.floor(x * 1e6), "itself": lambda x: x,
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
@pytest.mark.parametrize("how", ["itself", "reverse", "lift"])
@pytest.mark.parametrize("name", KEYS)
def test_a_warm_cache(name, how):
    f = memo(KEYS[name])
    wanted = slope(f)
    f(0.7)
    for _ in range(2):
        try:
            if how == "reverse":
                found = dd.vjp(f, 0.7)[1](1.0)
            else:
                found = dd.derivative(f if how == "itself" else dd.lift(f))(0.7)
        except Exception:
            return
        close(np.ravel(found), [wanted], 1e-6)


TEXTS = {
    "percent": lambda x: float("%.17g" % x), "format": lambda x: float("{:.17g}".format(x)),
    "stripped": lambda x: float(f"{x:.17g}|".rstrip("|")), "np.float64": lambda x: np.float64(f"{x:.15f}"),
    "several": lambda x: sum(map(float, f"{x:.17g},{2 * x:.17g}".split(","))), "fewer digits": lambda x: float("%.9f" % x),
    "eval": lambda x: eval("%.17g" % x), "complex": lambda x: complex("%.17g" % x).real,
    "array": lambda x: np.array(["%.17g" % x]).astype(float)[0], "array2string": lambda x: float(np.array2string(np.array(float(x)))),
    "fraction": lambda x: float(fractions.Fraction("%.17g" % x)), "bytes": lambda x: float(("%.17g" % x).encode()),
    "hex": lambda x: float.fromhex(float(x).hex()), "json": lambda x: json.loads(json.dumps([float(x)]))[0],
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
@pytest.mark.parametrize("name", TEXTS)
def test_text_that_is_read_back(name):
    f = TEXTS[name]
    for g in (lambda x: f(x) + math.sin(x), dd.lift(lambda x: f(x) + math.sin(x))):
        with pytest.raises((DualDiffError, TypeError)):
            dd.derivative(g)(0.7)
        with pytest.raises((DualDiffError, TypeError)):
            dd.vjp(g, 0.7)


def test_printing_loses_nothing(monkeypatch):
    log, shown = logging.getLogger("neighbours"), io.StringIO()
    monkeypatch.setattr(log, "propagate", False)
    monkeypatch.setattr(log, "handlers", [logging.StreamHandler(shown)])
    monkeypatch.setattr(logging, "raiseExceptions", False)

    def f(x):
        log.warning("x is %.3f, %s", x, f"{x:.2e}")
        text = "%8.3f of %d" % (x, 3) + "{:.1f}".format(float(x))
        return math.sin(x) * len(text)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LiftedWarning)
        close(dd.derivative(f)(0.7), 16 * math.cos(0.7), 1e-14)
    assert shown.getvalue().startswith("x is 0.700, 7.00e-01")


def test_what_is_meant_is_not_taken_for_lost():
    def stopped(x):
        return x * int(x * 10.0) * dd.stop_gradient(x)

    assert dd.derivative(stopped)(3.05) == 30 * 3.05
    assert dd.derivative(lambda x: x * round(x.value, 3))(0.5) == 0.5
    assert dd.derivative(dd.lift(lambda x: float(x) * dd.stop_gradient(x)))(0.5) == 0.5
    assert dd.derivative(lambda x: (x - round(x)) * float(np.abs(3.0)))(2.2) == 3.0         # right where it is
    close(dd.derivative(dd.lift(lambda x: float(x) + (x if x > 0 else 0.0)))(0.0), 1.0, 1e-14)  # a kink: one of the sides


def test_a_function_that_never_gives_the_same_twice():
    def f(x):
        return x * np.random.random() + np.random.random()

    np.random.seed(3)
    first = np.random.random()
    np.random.seed(3)
    assert dd.derivative(f)(0.7) == first
    np.random.seed(3)
    dd.derivative(f)(0.7)
    after = np.random.random()
    np.random.seed(3)
    assert [np.random.random() for _ in range(3)][2] == after      # looking at f took no random number


# ---- rounding --------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [lambda x: round(math.sin(x), 3), lambda x: np.round(math.sin(x), 3),
                               lambda x: np.array([math.sin(x)]).round(3)[0]])  # fmt: skip
def test_through_rounding(f):
    with pytest.raises(LiftError, match="through_rounding=True"):
        dd.derivative(dd.lift(f))(0.7)
    g = dd.lift(f, through_rounding=True)
    value, t = dd.jvp(g, (0.7,), (1.0,))
    assert value == f(0.7) == 0.644
    close(t, math.cos(0.7), 1e-14)
    close(dd.vjp(g, 0.7)[1](1.0), math.cos(0.7), 1e-14)
    assert g(0.7) == f(0.7)


def test_through_rounding_is_pickled_and_ends_with_the_call():
    g = pickle.loads(pickle.dumps(dd.lift(ends_rounded, through_rounding=True)))
    close(dd.derivative(g)(0.7), math.cos(0.7), 1e-14)
    assert dd.jvp(lambda x: np.round(x) + x, (0.7,), (1.0,), lift=False)[1] == 1.0


def ends_rounded(x):
    """A result of two digits."""
    return round(math.sin(x), 2)


# ---- objects -------------------------------------------------------------------------------------


class Cell:
    """An object that is an array to NumPy."""

    def __init__(self, a):
        self.array = np.array(a, float)

    def __array__(self, dtype=None, copy=None):
        return self.array if dtype is None else self.array.astype(dtype)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
@pytest.mark.parametrize("take", [
    lambda c: np.linalg.det(c), lambda c: np.sqrt(c).sum(), lambda c: np.asarray(c)[0, 1], lambda c: (np.eye(2) * c).sum(),
    lambda c: np.concatenate([c, c]).sum(), lambda c: np.dot(c, c)[0, 0], lambda c: np.add(c, 1.0)[0, 0],
])  # fmt: skip
def test_an_object_with_an_array(take):
    def f(x):
        return take(Cell([[x, math.sin(x)], [0.3, 2.0]]))

    close(dd.derivative(f)(0.7), slope(f), 1e-8)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
def test_a_class_that_exec_has_made():
    space = {}
    exec("import numpy as np\nclass Gas:\n    def cp(self, T):\n        return np.asarray(T, dtype=float)[()] ** 2", space)
    gas = space["Gas"]()
    close(dd.derivative(lambda x: gas.cp(x))(0.7), 1.4, 1e-14)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
def test_an_object_made_by_another_package(monkeypatch):
    parser, mine = types.ModuleType("aparser"), types.ModuleType("amodel")
    exec("class Parser:\n    def __init__(self, action): self.action = action\n"
         "    def run(self): return self.action()", vars(parser))  # fmt: skip
    monkeypatch.setitem(sys.modules, "aparser", parser)
    monkeypatch.setitem(sys.modules, "amodel", mine)
    exec("import math, aparser\nclass Atom:\n    def f(self, x): return math.sin(x)\nATOM = Atom()\n"
         "PARSER = aparser.Parser(lambda: ATOM)\ndef f(x): return PARSER.run().f(x)", vars(mine))  # fmt: skip
    close(dd.derivative(mine.f)(0.7), math.cos(0.7), 1e-14)


@pytest.mark.parametrize("step", [np.add, np.multiply, np.subtract, np.divide, np.maximum])
def test_in_place_into_an_array_of_objects(step):
    def f(x):
        s = np.array([1.0, 2.0, 3.0], dtype=object)
        step(s, x[0], out=s)
        s[np.array([0, 1])] += x[1]
        s[:2] *= x[:2]
        return np.sum(s[[0, 1]]) * x[2]

    x = np.array([1.3, 1.0, 0.7])
    for mode in ("forward", "reverse"):
        g = dd.grad(f, lift=False)(x) if mode == "forward" else dd.jacobian(f, mode="reverse", lift=False)(x)
        d = [(f(x + h) - f(x - h)) / 2e-6 for h in 1e-6 * np.eye(3)]
        close(g, d, 1e-7)


# ---- compiled code ---------------------------------------------------------------------------------

LIBM = ctypes.util.find_library("m")


@pytest.mark.skipif(LIBM is None, reason="no C library of functions")
def test_ctypes():
    erf = ctypes.CDLL(LIBM).erf
    erf.restype, erf.argtypes = ctypes.c_double, [ctypes.c_double]
    with pytest.raises(ctypes.ArgumentError) as error:
        dd.derivative(lambda x: erf(x) * x)(0.5)
    assert any("dualdiff.numerical" in note for note in error.value.__notes__)
    box = dd.numerical(erf)
    close(dd.derivative(lambda x: box(x) * x)(0.5), math.erf(0.5) + math.exp(-0.25) / math.sqrt(math.pi), 1e-9)
    square = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(lambda v: v * v)
    close(dd.derivative(dd.numerical(square))(0.5), 1.0, 1e-9)


def test_a_pointer_into_an_array():
    def f(x):
        p = np.array([x, 2.0]).ctypes.data_as(ctypes.POINTER(ctypes.c_double))
        return p[0] * x

    with pytest.raises(LostDerivativeError):
        dd.derivative(f)(0.5)
    with pytest.raises(LostDerivativeError):
        dd.derivative(lambda x: (ctypes.c_double * 2)(x, 1.0)[0] * x)(0.5)


def test_cffi():
    cffi = pytest.importorskip("cffi")
    ffi = cffi.FFI()
    ffi.cdef("double erf(double);")
    erf = ffi.dlopen(LIBM).erf
    for f in (lambda x: erf(x) * x, lambda x: ffi.new("double[2]", [x, 1.0])[0] * x,
              lambda x: ffi.from_buffer("double[]", np.array([x, 2.0]))[0] * x):  # fmt: skip
        with pytest.raises(LostDerivativeError) as error:
            dd.derivative(f)(0.5)
    assert any("dualdiff.numerical" in note or "custom_jvp" in note for note in error.value.__notes__)
    close(dd.derivative(dd.numerical(erf))(0.5), 2 / math.sqrt(math.pi) * math.exp(-0.25), 1e-9)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
def test_cython_in_pure_mode():
    cython = pytest.importorskip("cython")

    @cython.locals(a=cython.double)
    def f(x, a=2.0):
        y = cython.declare(cython.double, x)
        return cython.cast(cython.double, y) * a * x

    close(dd.derivative(f)(0.5), 2.0, 1e-14)


@pytest.mark.filterwarnings("ignore::dualdiff.errors.LiftedWarning")
def test_what_numba_has_compiled():
    numba = pytest.importorskip("numba")
    inner = numba.njit(lambda x: math.sin(x) * x)
    nested = numba.njit(lambda x: inner(x) + inner(2 * x))
    ufunc = numba.vectorize(lambda x: math.sin(x) * x)

    for f in (inner, nested, ufunc, lambda x: ufunc(np.array([x, 1.0])).sum()):
        close(dd.derivative(f)(0.5), slope(f, 0.5), 1e-8)


def test_bottleneck():
    bottleneck = pytest.importorskip("bottleneck")

    def f(x):
        return bottleneck.nanstd(np.array([x, 1.0, np.nan, 2.5])) + bottleneck.nanmean([x, 2.0])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LiftedWarning)
        close(dd.derivative(f)(0.5), slope(f, 0.5), 1e-8)


def test_a_default_dict_of_sums():
    def f(x):
        d = collections.defaultdict(float)
        d["a"] += float(x)
        d["a"] += math.sin(x)
        return d["a"]

    close(dd.derivative(dd.lift(f))(0.7), 1 + math.cos(0.7), 1e-14)


# ---- objects that one world's code has left where another world finds them -----------------------------------


LEFT = """
import abc
import math

MADE = {}


class Parts:
    __slots__ = ("names", "value")

    def __init__(self, value):
        self.names, self.value = {"factor": 3.0}, value

    def __getattr__(self, name):        # of an object without slots it never ends
        return self.names[name]

    def law(self, x):
        return math.sin(x) * self.factor + float(x)


class Law(abc.ABC):
    def __init__(self):
        self.parts = Parts(2.0)
        self.inner = lambda x: math.exp(x)

    @abc.abstractmethod
    def value(self, x):
        ...


class Sum(Law):
    def value(self, x):
        return self.parts.law(x) + self.inner(x) + self.parts.value


def law(x):
    if "sum" not in MADE:
        MADE["sum"] = Sum()
    return MADE["sum"].value(x)
"""


def test_objects_that_another_world_has_made(tmp_path, monkeypatch):
    (tmp_path / "left_first.py").write_text(LEFT)
    for i in range(3):
        (tmp_path / f"left_{i}.py").write_text("import left_first, math\n\ndef f(x):\n    return left_first.law(math.exp(x))\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import importlib

    first = importlib.import_module("left_first")
    close(dd.derivative(dd.lift(first.law))(0.7), slope(first.law), 1e-9)
    for i in range(3):      # each time with one package more, in a world of its own
        f = importlib.import_module(f"left_{i}").f
        g = dd.lift(f, packages=["left_first", *(f"left_{j}" for j in range(i))])
        close(dd.derivative(g)(0.7), slope(f), 1e-9)
        assert g(0.7) == f(0.7)
