"""The support table: every function of the installed NumPy is in it, and every supported one has a case."""

import re
from pathlib import Path

import numpy as np
import pytest
from cases import ROWS
from support import points, same_bits
from test_functions import VALUE_EXAMPLES

import dualdiff as dd
from dualdiff import Dual, DualArray, errors
from dualdiff.support import page

TABLE = dd.supported()
PAGE = Path(__file__).parent.parent / "docs" / "supported.md"
X = points(4)


def key_of(target):
    """Ufuncs of one name are one; so are functions with an alias."""
    return target if isinstance(target, (str, tuple)) else id(target)


def test_every_function_of_numpy_is_in_the_table():
    """Walked here again, without dualdiff's own walk."""
    expected = set()
    for space, module in (("numpy", np), ("numpy.linalg", np.linalg), ("numpy.fft", np.fft)):
        for name in dir(module):
            function = getattr(module, name)
            dispatches = type(function).__name__ == "_ArrayFunctionDispatcher"
            if not name.startswith("_") and (dispatches or isinstance(function, np.ufunc)):
                expected.add(f"{space}.{name}")
    expected |= {f"numpy.{u}.{m}" for u in ("add", "maximum", "hypot", "subtract", "less", "logical_or", "gcd")
                 for m in ("reduce", "accumulate", "outer", "at", "reduceat")}  # fmt: skip
    expected |= {f"ndarray.{name}" for name in dir(np.ndarray) if not name.startswith("_")}
    assert expected - set(TABLE) == set()
    assert [row.name for row in TABLE.values() if row.status not in ("derivative", "value", "refused")] == []


def test_every_supported_function_has_a_case():
    covered = {key_of(row.covers) for row in ROWS}
    left_out = [row.name for row in TABLE.values() if row.status == "derivative" and key_of(row.target) not in covered]
    assert left_out == []


def test_every_row_says_something():
    assert [row.name for row in TABLE.values() if row.status != "value" and not row.note] == []


def test_the_table_prints():
    line = next(line for line in str(TABLE).splitlines() if line.startswith("numpy.save "))
    assert "refused" in line and "x.value" in line


def test_the_page_is_the_table():
    """docs/supported.md is what `python -m dualdiff.support` prints; another NumPy may have other functions."""
    written, found = PAGE.read_text(encoding="utf-8"), page()
    version = re.search(r"NumPy (\d+\.\d+)", found)[1]
    if f"NumPy {version}." in written:
        assert written == found
        return

    def lines(text):
        return {m[1]: m[0] for m in re.finditer(r"^\| `([\w.]+\.[\w.]+)` \|.*$", text, re.MULTILINE)}

    ours, theirs = lines(written), lines(found)
    assert {name: ours[name] for name in ours.keys() & theirs} == {name: theirs[name] for name in ours.keys() & theirs}


# ---- what is about the value ------------------------------------------------------------------------

BINARY_VALUE = [row.target for row in TABLE.values() if isinstance(row.target, np.ufunc) and row.status == "value"]
VALUE_METHODS = [row.target for row in TABLE.values() if isinstance(row.target, tuple) and row.status == "value"]


def seen_by(f, *primals):
    """What f sees inside a derivative call: the answers must have no derivative."""
    found = []

    def g(*xs):
        found.append(f(*xs))
        return xs[0] * 1.0

    dd.jvp(g, primals, tuple(np.ones_like(x) for x in primals))
    dd.vjp(g, *primals)
    return found


@pytest.mark.parametrize("ufunc", BINARY_VALUE, ids=lambda u: u.__name__)
def test_comparisons(ufunc):
    args = (X, X[::-1].copy())[: ufunc.nin]
    for found in seen_by(lambda *xs: ufunc(*xs), *args):
        same_bits(found, ufunc(*args))
    for found in seen_by(lambda *xs: ufunc(*(x[1] for x in xs)), *args):
        same_bits(found, ufunc(*(x[1] for x in args)))


@pytest.mark.parametrize("ufunc, method", VALUE_METHODS, ids=lambda x: getattr(x, "__name__", x))
def test_methods_of_comparisons(ufunc, method):
    def f(x):
        if method == "at":
            y = np.array([1.0, 0.0, 1.0, 0.0])
            getattr(ufunc, method)(y, [0, 1], *([x[:2]] if ufunc.nin == 2 else []))
            return y
        args = {"outer": (x, x[:2]), "reduceat": (x, [0, 2])}.get(method, (x,))
        return getattr(ufunc, method)(*args)

    try:
        wanted = f(X)
    except TypeError:       # NumPy has no loop for it
        pytest.skip("not in NumPy")
    if method == "at" and ufunc.nin == 1:
        return              # no dual takes part
    for found in seen_by(f, X):
        same_bits(found, wanted)


def test_every_function_of_the_value_has_an_example():
    functions = {key_of(f) for f in VALUE_EXAMPLES}
    assert [r.name for r in TABLE.values() if r.status == "value" and not isinstance(r.target, (str, tuple, np.ufunc))
            and key_of(r.target) not in functions] == []  # fmt: skip


ATTRIBUTES = {
    "base": lambda x: (y := x * 1)[1:].base is y, "itemsize": lambda x: x.itemsize, "nbytes": lambda x: x.nbytes,
    "strides": lambda x: x.strides, "flags": lambda x: x.flags.c_contiguous, "device": lambda x: x.device,
    "dtype": lambda x: x.dtype, "ndim": lambda x: x.ndim, "shape": lambda x: x.shape, "size": lambda x: x.size,
    "to_device": lambda x: x.to_device("cpu") is x, "any": lambda x: x.any(), "all": lambda x: x.all(),
    "argmax": lambda x: x.argmax(), "argmin": lambda x: x.argmin(), "argsort": lambda x: x.argsort(),
    "argpartition": lambda x: x.argpartition(1), "nonzero": lambda x: x.nonzero()[0],
    "searchsorted": lambda x: np.sort(x).searchsorted(1.0),
}  # fmt: skip


def test_every_attribute_of_the_value():
    assert set(ATTRIBUTES) == {r.target for r in TABLE.values() if isinstance(r.target, str) and r.status == "value"}
    for f in ATTRIBUTES.values():
        for found in seen_by(f, X):
            assert np.array_equal(found, f(X)) and type(found) is type(f(X))


# ---- what is refused ----------------------------------------------------------------------------------

REFUSED = [row for row in TABLE.values() if row.status == "refused"]
ARGUMENTS = {
    "save": ("/nowhere/file", X), "savez": ("/nowhere/file", X), "savez_compressed": ("/nowhere/file", X),
    "savetxt": ("/nowhere/file", X), "busday_offset": (X, 1), "busday_count": (X, X), "unravel_index": (X, (3, 3)),
    "ravel_multi_index": ((X, X), (3, 3)),
}  # fmt: skip


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.name)
def test_refusals_say_why(row):
    def f(x):
        if isinstance(row.target, tuple):
            ufunc, method = row.target
            terms = {"outer": (x, x), "reduceat": (x, [0, 1]), "at": (x, [0], x[:1])[: ufunc.nin + 1]}.get(method, (x,))
            return getattr(ufunc, method)(*terms)
        if isinstance(row.target, str):
            found = getattr(x, row.target)
            return found() if callable(found) else found
        if isinstance(row.target, np.ufunc):
            return row.target(*[x] * row.target.nin)
        args = [x if a is X else tuple(x if b is X else b for b in a) if isinstance(a, tuple) else a
                for a in ARGUMENTS.get(row.target.__name__, (X,))]  # fmt: skip
        return row.target(*args)

    with pytest.raises(errors.UnsupportedError, match=re.escape(row.note[:30])) as caught:
        dd.jvp(f, (X,), (X,))
    name = row.target if isinstance(row.target, str) else getattr(row.target, "__name__", row.target)
    assert (name[0].__name__ if isinstance(name, tuple) else name).split(".")[0] in str(caught.value)


def test_missing_attributes_are_missing():
    """hasattr and getattr with a default work as for any object."""
    x = DualArray([1.0, 2.0], np.eye(2))
    for name in ("data", "ctypes", "nosuch"):
        assert not hasattr(x, name) and getattr(x, name, 7) == 7


# ---- the two dual types as ndarray and float64 --------------------------------------------------------


def test_scalars_have_what_numpy_scalars_have():
    """Every attribute of np.float64 is there, or its absence says why."""
    x = Dual(2.5, [1.0])
    for name in dir(np.float64):
        if name.startswith("_") or name in ("fromhex", "base"):
            continue
        try:
            getattr(x, name)
        except errors.UnsupportedAttributeError as error:
            assert "x.value" in str(error)


def test_scalars_keep_the_derivative():
    x = Dual(2.5, [3.0])
    for y in (x.item(), x.tolist(), x.copy(), x.sum(), x.mean(), x.max(), x.min(), x.prod(), x.real, x.T, x.conj(),
              x.squeeze(), x.flatten()[0], x.ravel()[0], x.reshape(1)[0], x.astype(float), x.repeat(2)[1], x.clip(0, 9),
              x.flat[0], x.cumsum()[0], x.transpose(), x.take(0), x.view(), x.to_device("cpu")):  # fmt: skip
        assert type(y) is Dual and y.value == 2.5 and y.tangents.tolist() == [3.0]
    assert x.argmax() == 0 and x.is_integer() is False and x.any() and x.round(0) == 2.0


def test_precisions_that_are_refused():
    for dtype in (np.float16, np.longdouble):
        with pytest.raises(errors.InputError, match="dtype"):
            dd.grad(np.sum)(np.ones(3, dtype))
        with pytest.raises(errors.InputError, match="dtype"):
            dd.grad(lambda x: np.sum(x.astype(dtype)))(np.ones(3))


def test_scipy_has_a_row_for_every_name():
    import scipy.ndimage
    import scipy.signal

    table = dd.supported("scipy")
    assert {row.status for row in table.values()} <= {"derivative", "value", "refused", "passed on"}
    for module in (scipy.signal, scipy.ndimage):
        public = [n for n in module.__all__ if not isinstance(getattr(module, n), type(np))]
        assert [n for n in public if f"{module.__name__}.{n}" not in table] == []
    assert all(row.note for row in table.values() if row.status == "refused")
    assert table["scipy.linalg.qz"].status == "refused" and table["scipy.ndimage.label"].status == "value"
    with pytest.raises(dd.errors.InputError, match="scipy"):
        dd.supported("pandas")
