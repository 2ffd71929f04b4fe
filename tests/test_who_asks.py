"""Who asks for a dual as an array: what NumPy and the user get, what compiled code of others is told."""

import subprocess
import sys
import types
import warnings

import numpy as np
import pytest
import scipy
import scipy.cluster.hierarchy
import scipy.fft
import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.ndimage
import scipy.optimize
import scipy.signal
import scipy.sparse
import scipy.spatial
import scipy.spatial.distance
import scipy.stats
from support import close, differences, points

import dualdiff as dd
from dualdiff import asking
from dualdiff.errors import ArrayOfObjectsWarning, LostDerivativeError, UnsupportedError

VERSION = tuple(map(int, scipy.__version__.split(".")[:2]))
X = points(6)
A = points(3, 3) + 2 * np.eye(3)
INPUTS = {
    "dual": lambda x: x,
    "list": lambda x: list(x) if np.ndim(x) == 1 else [list(row) for row in x],
    "tuple": lambda x: tuple(x) if np.ndim(x) == 1 else tuple(tuple(row) for row in x),
}


def said_by(f, x):
    """The error that comes of jvp, with its notes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(Exception) as error:     # noqa: PT011  (any: what it says is looked at)
            dd.jvp(f, (x,), (np.ones_like(x),))
    return error.value, "\n".join((str(error.value), *getattr(error.value, "__notes__", [])))


# ---- SciPy -------------------------------------------------------------------------------------------

REFUSED = [
    ("scipy.linalg.cholesky", lambda x: scipy.linalg.cholesky(x), A, "dualdiff.scipy.linalg.cholesky"),
    ("scipy.linalg.expm", lambda x: scipy.linalg.expm(x), A, "dualdiff.scipy.linalg.expm"),
    ("scipy.linalg.circulant", lambda x: scipy.linalg.circulant(x), X, "dualdiff.scipy.linalg.circulant"),
    ("scipy.linalg.bandwidth", lambda x: scipy.linalg.bandwidth(x), A, "dualdiff.scipy.linalg"),
    ("scipy.linalg.polar", lambda x: scipy.linalg.polar(x), A, "dualdiff.scipy.linalg"),
    ("scipy.spatial.distance.squareform", lambda x: scipy.spatial.distance.squareform(x), X, "dualdiff.scipy.spatial"),
    ("scipy.spatial.distance.pdist", lambda x: scipy.spatial.distance.pdist(x), A, "dualdiff.scipy.spatial"),
    ("scipy.spatial.distance.yule", lambda x: scipy.spatial.distance.yule(x, X > 1), X, "custom_jvp"),
    ("scipy.spatial.ConvexHull", lambda x: scipy.spatial.ConvexHull(x), points(6, 2), "dualdiff.scipy.spatial"),
    ("scipy.stats.zscore", lambda x: scipy.stats.zscore(x), X, "dualdiff.scipy.stats"),
    ("scipy.stats.norm.pdf", lambda x: scipy.stats.norm.pdf(x), X, "dualdiff.scipy.stats"),
    ("scipy.stats.linregress", lambda x: scipy.stats.linregress(X, x), X, "dualdiff.scipy.stats"),
    ("scipy.signal.lfilter", lambda x: scipy.signal.lfilter([1.0], [1.0, 0.5], x), X, "dualdiff.scipy.signal"),
    ("scipy.signal.convolve", lambda x: scipy.signal.convolve(x, x), X, "dualdiff.scipy.signal"),
    ("scipy.fft.fft2", lambda x: scipy.fft.fft2(x), A, "dualdiff.scipy.fft"),
    ("scipy.fft.dct", lambda x: scipy.fft.dct(x), X, "dualdiff.scipy.fft"),
    ("scipy.ndimage.gaussian_filter", lambda x: scipy.ndimage.gaussian_filter(x, 1.0), A, "dualdiff.scipy.ndimage"),
    ("scipy.interpolate.CubicSpline", lambda x: scipy.interpolate.CubicSpline(np.arange(6.0), x), X, "dualdiff.scipy.interpolate"),
    ("scipy.sparse.csr_array", lambda x: scipy.sparse.csr_array(x), A, "dualdiff.scipy.sparse.csr_array"),
    ("scipy.sparse.dok_array", lambda x: scipy.sparse.dok_array(x), A, "dualdiff.scipy.sparse.dok_array"),
    ("scipy.cluster.hierarchy.linkage", lambda x: scipy.cluster.hierarchy.linkage(x), A, "custom_jvp"),
    ("scipy.optimize.nnls", lambda x: scipy.optimize.nnls(A, x), X[:3], "dualdiff.scipy.optimize.nnls"),
]  # fmt: skip


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("name, f, x, instead", REFUSED, ids=[row[0] for row in REFUSED])
def test_scipys_functions_are_named_and_the_way_out_with_them(name, f, x, instead, kind):
    error, text = said_by(lambda x: f(INPUTS[kind](x)), x)
    assert name in text and instead in text
    assert isinstance(error, UnsupportedError) or any("dualdiff" in note for note in error.__notes__)


def test_the_error_names_the_argument_and_is_a_type_error():
    error, text = said_by(lambda x: scipy.signal.lfilter([1.0], [1.0, 0.5], 2.0 * x), X)
    assert isinstance(error, TypeError) and isinstance(error, LostDerivativeError) and "its argument x is one" in text


def test_an_array_of_objects_gets_scipys_own_error_with_a_note():
    error, text = said_by(lambda x: scipy.linalg.cholesky(np.array([[x[0], 0.0], [0.0, x[1]]])), X)
    assert isinstance(error, (TypeError, ValueError)) and "scipy.linalg.cholesky" in text
    assert "dualdiff.scipy.linalg.cholesky" in text and "its argument a is or holds a dual" in text


@pytest.mark.parametrize("solver", ["brentq", "bisect", "fsolve"])
def test_a_root_of_duals_says_what_to_write(solver):
    more = (0.0, 3.0) if solver in ("brentq", "bisect") else (1.0,)
    error, text = said_by(lambda x: getattr(scipy.optimize, solver)(lambda t: t * t - x[0], *more), X)
    assert f"dualdiff.scipy.optimize.{solver}" in text


def test_compiled_functions_called_by_the_user_are_named():
    _, text = said_by(lambda x: scipy.linalg.lapack.dgetrf(x), A)
    assert "scipy.linalg.lapack.dgetrf" in text and "custom_jvp" in text


IN_PYTHON = [
    ("scipy.integrate", "trapezoid", lambda f, x: f(x, dx=0.5)), ("scipy.integrate", "simpson", lambda f, x: f(x, dx=0.5)),
    ("scipy.integrate", "cumulative_trapezoid", lambda f, x: f(x)), ("scipy.integrate", "romb", lambda f, x: f(x[:5])),
    ("scipy.integrate", "cumulative_simpson", lambda f, x: f(x)),
    ("scipy.optimize", "rosen", lambda f, x: f(x)), ("scipy.optimize", "rosen_der", lambda f, x: f(x)),
    ("scipy.optimize", "rosen_hess", lambda f, x: f(x)), ("scipy.optimize", "rosen_hess_prod", lambda f, x: f(x, x)),
    ("scipy.spatial", "distance_matrix", lambda f, x: f(np.reshape(x, (3, 2)), np.ones((2, 2)))),
    ("scipy.spatial", "minkowski_distance", lambda f, x: f(x, np.zeros(6), 3)),
    ("scipy.spatial", "minkowski_distance_p", lambda f, x: f(x, np.zeros(6), 3)),
    *(("scipy.spatial.distance", name, lambda f, x: f(x, np.arange(6.0)))
      for name in ("euclidean", "sqeuclidean", "cityblock", "chebyshev", "canberra", "braycurtis")),
    ("scipy.spatial.distance", "minkowski", lambda f, x: f(x, np.arange(6.0), 3)),
    ("scipy.spatial.distance", "mahalanobis", lambda f, x: f(x, np.arange(6.0), np.eye(6))),
    ("scipy.spatial.distance", "seuclidean", lambda f, x: f(x, np.arange(6.0), np.ones(6))),
    ("scipy.fft", "fftshift", lambda f, x: f(x)), ("scipy.fft", "ifftshift", lambda f, x: f(x)),
]  # fmt: skip


@pytest.mark.parametrize("home, name, call", IN_PYTHON, ids=[row[1] for row in IN_PYTHON])
def test_scipys_functions_that_are_numpy_code_all_the_way_work(home, name, call):
    def g(x):
        return call(getattr(sys.modules[home], name), x)

    v = points(6, seed=3)
    try:
        value, tangent = dd.jvp(g, (X,), (v,))
    except LostDerivativeError as error:
        older = name in ("cumulative_simpson", "rosen_hess", "rosen_hess_prod") and VERSION < (1, 17)
        assert older and f"raised in {home}.{name}" in "".join(error.__notes__)
        pytest.skip(f"SciPy {scipy.__version__} fills plain arrays in {name}: refused by name")
    close(value, g(X), 1e-15)
    close(tangent, differences(g, (X,), (v,))[0], 1e-8)


def test_each_function_that_is_let_through_is_tested():
    tested = {(home, name) for home, name, _ in IN_PYTHON}
    listed = {(home, name) for home, names in asking.IN_PYTHON.items() for name in names}
    assert {row for row in listed if "sparse" not in row[0]} == tested     # test_sparse.py has the products


def test_the_interpreter_lives_after_what_took_pointers_for_numbers():
    code = """
import gc, numpy as np, scipy.linalg, scipy.spatial.distance, dualdiff as dd
x = np.arange(1.0, 7.0)
fs = [lambda x: scipy.linalg.circulant(x[::2]), scipy.linalg.circulant, scipy.spatial.distance.squareform,
      lambda x: scipy.spatial.distance.squareform(list(x)), lambda x: scipy.spatial.distance.squareform(x.astype("f4")),
      lambda x: np.lib.stride_tricks.as_strided(x[::2], (4, 3), (8, 8)),
      lambda x: np.lib.stride_tricks.as_strided(x[4:], (3,), (-8,)),
      lambda x: np.lib.stride_tricks.as_strided(x.astype("f4"), (3, 2), (4, 4)),
      lambda x: np.lib.stride_tricks.as_strided(x, (30,), (8,)), lambda x: np.lib.stride_tricks.as_strided(x, (3,), (3,)),
      lambda x: np.lib.stride_tricks.as_strided(x.reshape(2, 3).T, (6,), (8,))]
for f in fs:
    for _ in range(20):
        try:
            dd.jvp(f, (x,), (x,), lift=False)
        except dd.errors.UnsupportedError as error:
            assert "write" in str(error).lower(), error
        else:
            raise AssertionError(f)
    gc.collect()
print("alive")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert run.stdout.strip() == "alive", run.stderr


# ---- other packages --------------------------------------------------------------------------------------


def package(name, compiled):
    """A module that looks installed, with or without an extension module beside it."""
    module = types.ModuleType(name)
    source = "import numpy as np\ndef ask(values, n=2):\n    return np.asarray(values).sum() * n\n"
    exec(compile(source, f"/usr/lib/python3/site-packages/{name}/__init__.py", "exec"), vars(module))
    sys.modules[name] = module
    if compiled:
        fast = types.ModuleType(f"{name}._fast")
        fast.__spec__ = types.SimpleNamespace(origin="/usr/lib/python3/site-packages/x/_fast" + asking.SUFFIXES[0])
        sys.modules[f"{name}._fast"] = fast
    return module


@pytest.mark.parametrize("compiled", [False, True])
def test_an_installed_package_with_compiled_code_is_refused_one_in_python_is_not(compiled):
    module = package(f"somebodys_{compiled}", compiled)
    try:
        if compiled:
            for x in (lambda x: x, list):
                _, text = said_by(lambda y, x=x: module.ask(x(y)), X)
                assert "somebodys_True.ask" in text and "its argument values is one" in text and "dualdiff.lift" in text
        else:
            close(dd.grad(lambda x: module.ask(x))(X), 2 * np.ones(6), 1e-15)
            close(dd.grad(lambda x: module.ask(list(x)))(X), 2 * np.ones(6), 1e-15)
    finally:
        for name in (module.__name__, f"{module.__name__}._fast"):
            sys.modules.pop(name, None)
            asking.frame_kinds.pop(name, None)


def test_pandas_says_what_to_do():
    pd = pytest.importorskip("pandas")
    frame, series = pd.DataFrame({"a": X}), pd.Series(X)

    def column(x):
        copy = frame.copy()
        copy["b"] = x
        return copy["b"].sum()

    for f, name in ((lambda x: pd.Series(x).sum(), "pandas.Series"), (column, "pandas.DataFrame.__setitem__"),
                    (lambda x: series * x, "pandas.Series"), (lambda x: x * series, "pandas.Series"),
                    (lambda x: x[0] * series, "pandas.Series"), (lambda x: np.multiply(series, x), "pandas.Series")):  # fmt: skip
        _, text = said_by(f, X)
        assert name in text and "to_numpy()" in text
    close(dd.grad(lambda x: np.sum(series.to_numpy() * x))(X), X, 1e-15)


def test_xarray_says_what_to_do():
    """Newer xarrays hold an array of any kind, so some of what older ones cannot take has the right derivative."""
    xr = pytest.importorskip("xarray")
    array = xr.DataArray(X, dims="t")
    for f in (lambda x: xr.DataArray(x, dims="t").sum().item(), lambda x: (array * x[0]).sum().item()):
        try:
            found = dd.jvp(f, (X,), (X,), lift=False)
        except Exception:
            _, text = said_by(f, X)
            assert "xarray.DataArray" in text and "arrays" in text
        else:
            np.testing.assert_allclose(found, (f(X), differences(f, (X,), (X,))[0]), rtol=1e-12)
    assert "xarray.DataArray" in said_by(lambda x: array * x, X)[1]


def test_units_of_astropy_never_drop_a_derivative():
    u = pytest.importorskip("astropy.units")
    for f in (lambda x: ((3 * u.m) * x).value, lambda x: (3 * u.m) * x, lambda x: (x * (np.ones(6) * u.m)).value,
              lambda x: u.Quantity(x, "m").value):  # fmt: skip
        assert "astropy" in said_by(f, X)[1]


# ---- NumPy's own -----------------------------------------------------------------------------------------


def test_numpys_python_code_and_the_user_get_arrays_of_objects():
    def f(x):
        return np.asarray(x).sum() + np.vectorize(lambda v: v * 2)(x).sum() + np.array([x[0], x[1]])[1]

    close(dd.grad(f)(X), 3 + np.eye(6)[1], 1e-15)
    assert np.asarray(dd.Dual(2.7, [1.0]), dtype=int) == 2 and np.array([dd.Dual(2.7, [1.0])], dtype=int).tolist() == [2]
    with pytest.raises(LostDerivativeError):
        np.asarray(dd.Dual(2.7, [1.0]), dtype=float)


def test_parts_of_numpy_that_hold_plain_numbers_say_what_to_write():
    masked = np.ma.array(X, mask=X > 1)
    for f, words in (
        (lambda x: np.testing.assert_allclose(x, x), "x.value"), (lambda x: np.testing.assert_array_equal(x, x), "x.value"),
        (lambda x: np.testing.assert_allclose(x[0], x[0]), "x.value"), (lambda x: masked * x, "np.where"),
        (lambda x: np.ma.array(x), "np.where"), (lambda x: np.ma.array([x[0], 1.0]), "np.where"),
        (lambda x: np.matrix(x), "@"), (lambda x: np.asmatrix(x), "@"), (lambda x: list(np.nditer(x)), "ndindex"),
        (lambda x: [v for v, _ in np.nditer([x, x])], "ndindex"),
    ):  # fmt: skip
        assert words in said_by(f, X)[1]
    assert dd.grad(lambda x: (np.testing.assert_allclose(x.value, X), np.sum(x))[1])(X).tolist() == [1.0] * 6


def test_as_strided_of_numpy_itself_is_right_or_refused():
    as_strided = np.lib.stride_tricks.as_strided
    windows = dd.jacobian(lambda x: as_strided(x, (5, 2), (8, 8)) * 2.0)(X)
    close(windows, 2 * np.lib.stride_tricks.sliding_window_view(np.eye(6), 2, axis=0).transpose(0, 2, 1), 1e-15)
    for f in (lambda x: as_strided(x[::2], (4, 3), (8, 8)), lambda x: as_strided(x[3:], (3,), (-8,)),
              lambda x: as_strided(np.reshape(x, (2, 3)).T, (2, 2), (8, 8)), lambda x: as_strided(x, (7,), (8,)),
              lambda x: as_strided(x, (2,), (4,)), lambda x: as_strided(x.astype(np.float32), (2,), (4,))):  # fmt: skip
        assert "dualdiff.numpy.lib.stride_tricks.as_strided" in said_by(f, X)[1]


# ---- notes on errors that leave f ---------------------------------------------------------------------------


@pytest.mark.parametrize("f", [
    lambda x: np.exp(np.array([x[0], 1.0])), lambda x: np.fft.fft(np.array([x[0], 1.0])),
    lambda x: np.linalg.inv(np.array([[x[0], 1.0], [0.0, 1.0]])), lambda x: np.linalg.solve(np.array([[x[0]]]), [1.0]),
    lambda x: np.isfinite(np.array([x[0], x[1]])), lambda x: np.exp(np.r_[x[0], 1.0]),
    lambda x: np.sqrt(np.maximum.reduce([[x[0], 1.0], [0.0, 2.0]])), lambda x: np.exp(np.c_[x[0], 1.0]),
])  # fmt: skip
def test_numpys_errors_about_objects_get_the_three_ways_out(f):
    for call in (lambda: dd.jvp(f, (X,), (X,)), lambda: dd.linearize(f, X), lambda: dd.grad(f)(X), lambda: dd.hessian(f)(X)):
        with pytest.raises((TypeError, ValueError)) as error:
            call()
        (note,) = [n for n in error.value.__notes__ if n.startswith("dualdiff")]
        for way in ("like=x", "from dualdiff import numpy as np", "dualdiff.lift"):
            assert way in note


def test_the_users_own_errors_stay_as_they_are():
    def refuse(x):
        if x[0] > 0:
            raise ValueError("an object must be negative")
        return x

    def index(x):
        return {"a": x}["b"]

    for f, kind in ((refuse, ValueError), (index, KeyError), (lambda x: int("one") * x, ValueError), (lambda x: x[7], IndexError)):
        error, _ = said_by(f, X)
        assert type(error) is kind and not hasattr(error, "__notes__")
    shared = ValueError("shared")

    def again(x):
        raise shared

    said_by(again, X)
    assert not hasattr(shared, "__notes__")


def test_a_note_is_added_once_in_nested_calls():
    error, _ = said_by(lambda x: dd.grad(lambda y: np.exp(np.array([y[0], 1.0])).sum())(x), X)
    assert len(error.__notes__) == 1


@pytest.mark.parametrize("sign", [1.0, -1.0, 0.5])
def test_extremes_of_arrays_of_objects_at_all_signs(sign):
    def f(x):
        return np.maximum(np.array([sign * x[0], -x[1]]), 0)

    value, tangent = dd.jvp(f, (X,), (np.ones(6),))
    wanted = [max(sign, 0.0), 0.0]
    close(tangent, wanted, 1e-15)
    assert value.dtype == np.float64 and value.tolist() == [max(sign * X[0], 0.0), 0.0]
    close(dd.vjp(f, X)[1](np.ones(2))[0], wanted[0], 1e-15)
    close(dd.grad(lambda x: np.sum(f(x)))(X)[0], wanted[0], 1e-15)


def test_an_array_of_objects_without_duals_is_a_constant():
    weights = np.array([1, 2.5, 3, True, np.float32(2), 0], dtype=object)
    value, tangent = dd.jvp(lambda x: x * weights, (X,), (np.ones(6),))
    assert value.dtype == tangent.dtype == np.float64
    close(tangent, weights.astype(float), 1e-15)
    assert dd.jvp(lambda x: weights, (X,), (X,))[1].tolist() == [0.0] * 6
    close(dd.linearize(lambda x: np.dot(x, weights), X)[1].dense()[0], weights.astype(float), 1e-15)
    assert dd.jvp(lambda x: np.array([1j, 2], dtype=object) * x[:2], (X,), (X,))[0].dtype == complex
    with pytest.raises(dd.errors.InputError):
        dd.jvp(lambda x: np.array([None, 1.0], dtype=object), (X,), (X,))


# ---- what is slow is said once ------------------------------------------------------------------------------


def test_a_method_of_a_plain_array_warns_above_a_size_and_is_right():
    n = 300
    M, x = points(2, n), points(n)
    with pytest.warns(ArrayOfObjectsWarning, match=r"M @ x or np.dot\(M, x\)"):
        found = dd.jvp(lambda x: M.dot(x), (x,), (x,))[1]
    close(found, M @ x, 1e-13)
    with pytest.warns(ArrayOfObjectsWarning, match="like=x"):
        dd.jvp(lambda x: np.asarray(x)[:2] * 1.0, (x,), (x,))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dd.jvp(lambda x: M[:, :5].dot(x[:5]), (x,), (x,))
        dd.jvp(lambda x: M @ x + np.dot(M, x), (x,), (x,))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            dd.jvp(lambda x: M.T.T.dot(x), (x,), (x,))
    assert len(caught) == 1


def test_lifted_code_multiplies_its_own_arrays_at_speed():
    def f(x):
        import numpy as np

        return np.ones((2, 300)).dot(x)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        close(dd.jvp(dd.lift(f), (points(300),), (np.ones(300),))[1], [300.0, 300.0], 1e-13)
