"""Arrays that compute otherwise than ndarrays do are refused by name; subclasses that do not are taken as they are."""

import numpy as np
import pytest
import scipy.sparse
from support import close, points

import dualdiff as dd
import dualdiff.scipy.integrate
import dualdiff.scipy.optimize
import dualdiff.solve
from dualdiff.errors import InputError, UnsupportedError

X = points(3)
pytestmark = pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")


class Quantity:
    """A number or an array with a unit, as pint, astropy and others have it; it converts to a bare array silently."""

    def __init__(self, value, *names):
        self._value = np.asarray(value, float)
        for name in names:
            setattr(self, name, self._value if name in ("magnitude", "value", "m") else "meter")

    def __array__(self, dtype=None, copy=None):
        return self._value


class Tagged(np.ndarray):
    """A subclass that carries an attribute and computes as ndarray does."""

    def __new__(cls, x, tag):
        made = np.asarray(x).view(cls)
        made.tag = tag
        return made

    def __array_finalize__(self, other):
        self.tag = getattr(other, "tag", None)


class Doubling(np.ndarray):
    """A subclass whose ufuncs do something else."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return 2 * getattr(ufunc, method)(*(np.asarray(x) for x in inputs), **kwargs)


class Inner(np.ndarray):
    """A subclass whose product is another."""

    def __mul__(self, other):
        return np.dot(self, other)

    __rmul__ = __mul__


class Wrapping(np.ndarray):
    """A subclass whose index goes round."""

    def __getitem__(self, key):
        return super().__getitem__(key % len(self) if isinstance(key, int) else key)


def memory_map(tmp_path):
    made = np.memmap(tmp_path / "numbers", dtype=float, mode="w+", shape=(3,))
    made[:] = X
    return made


OTHERWISE = {
    "np.matrix": lambda: np.matrix(X), "masked": lambda: np.ma.array(X, mask=[0, 1, 0]), "__array_ufunc__": lambda: X.view(Doubling),
    "__mul__": lambda: X.view(Inner), "__getitem__": lambda: X.view(Wrapping),
}  # fmt: skip
QUANTITIES = [("magnitude", "units"), ("value", "unit"), ("unit", "to"), ("units", "m"), ("units",), ("unit",)]
ALIKE = {"tagged": lambda p: Tagged(X, "a"), "recarray": lambda p: X.view(np.recarray), "memmap": memory_map}


def square(x):
    return x**2 - 2.0


def total(x):
    return np.sum(x**2)


def decay(t, y):
    return -y


READERS = {
    "jvp": lambda x: dd.jvp(square, (x,), (X,)), "jvp tangent": lambda x: dd.jvp(square, (X,), (x,)),
    "grad": lambda x: dd.grad(total)(x), "reverse": lambda x: dd.grad(total, mode="reverse")(x),
    "jacobian": lambda x: dd.jacobian(square)(x), "vjp": lambda x: dd.vjp(square, x), "cotangent": lambda x: dd.vjp(square, X)[1](x),
    "linearize": lambda x: dd.linearize(square, x), "operator": lambda x: dd.linearize(square, X)[1] @ x,
    "transposed": lambda x: dd.linearize(square, X)[1].T @ x, "hessian": lambda x: dd.hessian(total)(x),
    "hvp": lambda x: dd.hvp(total, (x,), (X,)), "hvp tangent": lambda x: dd.hvp(total, (X,), (x,)),
    "laplacian": lambda x: dd.laplacian(total)(x), "taylor": lambda x: dd.taylor(square, x, X, 3),
    "taylor v": lambda x: dd.taylor(square, X, x, 3), "plan": lambda x: dd.sparse_jacobian(square, x),
    "plan call": lambda x: dd.sparse_jacobian(square, X)(x), "sparsity": lambda x: dd.sparsity(square, x),
    "structure": lambda x: dd.grad(lambda p: np.sum(p["a"][0] ** 2))({"a": [x]}), "root": lambda x: dd.solve.root(square, x),
    "least_squares": lambda x: dd.solve.least_squares(square, x), "minimize": lambda x: dd.solve.minimize(total, x),
    "scipy minimize": lambda x: dd.scipy.optimize.minimize(total, x), "scipy root": lambda x: dd.scipy.optimize.root(square, x),
    "scipy least_squares": lambda x: dd.scipy.optimize.least_squares(square, x), "fixed_point": lambda x: dd.solve.fixed_point(np.cos, x),
    "solve_ivp": lambda x: dd.scipy.integrate.solve_ivp(decay, (0, 1), x, method="BDF"),
}  # fmt: skip


@pytest.mark.parametrize("names", QUANTITIES, ids="-".join)
@pytest.mark.parametrize("reader", READERS)
def test_quantities_are_refused_wherever_numbers_are_read(reader, names):
    with pytest.raises(InputError, match="quantity with units"):
        READERS[reader](Quantity(X, *names))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("word", OTHERWISE)
def test_subclasses_that_compute_otherwise_are_refused_wherever_numbers_are_read(word, reader):
    if word == "np.matrix" and reader == "taylor v":
        pytest.skip("its shape does not fit in the first place")
    with pytest.raises(InputError, match=word):
        READERS[reader](OTHERWISE[word]())


@pytest.mark.parametrize("kind", ALIKE)
def test_subclasses_that_compute_as_ndarray_does_are_taken(kind, tmp_path):
    x = ALIKE[kind](tmp_path)
    close(dd.jacobian(square)(x), np.diag(2 * X), 1e-15)
    close(dd.jvp(square, (X,), (x,))[1], 2 * X * X, 1e-15)
    close(dd.vjp(square, x)[1](x), 2 * X * X, 1e-15)
    close(dd.hessian(total)(x), 2 * np.eye(3), 1e-15)
    close(dd.linearize(square, X)[1] @ x, 2 * X * X, 1e-15)
    assert dd.solve.root(square, x).success
    close(np.asarray(x), X, 0)


def test_scalar_quantities_and_lists_of_them():
    for x in (Quantity(1.0, "magnitude", "units"), [Quantity(1.0, "magnitude", "units")], (1.0, Quantity(2.0, "unit", "value"))):
        with pytest.raises(InputError, match="quantity with units"):
            dd.grad(lambda x: total(np.stack(x) if isinstance(x, (list, tuple)) else x))(x)
        with pytest.raises(InputError, match="quantity with units"):
            dd.solve.root(square, x)
    with pytest.raises(InputError, match="quantity with units"):
        dd.jvp(lambda x: [Quantity(1.0, "magnitude", "units"), x][0], (X,), (X,))


OPERATIONS = {
    "M * x": lambda M, x: M * x, "x * M": lambda M, x: x * M, "M / x": lambda M, x: M / x, "x / M": lambda M, x: x / M,
    "M + x": lambda M, x: M + x, "x - M": lambda M, x: x - M, "x ** M": lambda M, x: x**M, "M @ x": lambda M, x: M @ x,
    "x @ M": lambda M, x: x @ M, "multiply": lambda M, x: np.multiply(M, x), "dot": lambda M, x: np.dot(M, x),
    "x.dot": lambda M, x: x.dot(M), "where": lambda M, x: np.where(x > 0, x, M), "outer": lambda M, x: np.outer(M, x),
    "x[0] * M": lambda M, x: x[0] * M, "M * x[0]": lambda M, x: M * x[0], "einsum": lambda M, x: np.einsum("...i,i", M, x),
    "stack": lambda M, x: np.stack([x, np.ravel(x)]) + np.concatenate([np.atleast_2d(M)] * 2 + [np.atleast_2d(x)])[:2],
    "in place": lambda M, x: (x * 1.0).__iadd__(M), "write": lambda M, x: (x * 1.0).__setitem__(slice(None), M),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("word", ["np.matrix", "masked", "__array_ufunc__"])
def test_operands_that_compute_otherwise_are_refused(word, name):
    if word == "__array_ufunc__" and (name.startswith("M") or name in ("multiply", "in place")):
        pytest.skip("the class itself is asked first, and its code works on arrays of objects")
    M = np.matrix(np.diag(X)) if word == "np.matrix" else OTHERWISE[word]()
    for call in (lambda f: dd.jvp(f, (X,), (X,)), lambda f: dd.linearize(f, X), lambda f: dd.jacobian(f)(X),
                 lambda f: dd.hessian(lambda x: np.sum(f(x)))(X)):  # fmt: skip
        with pytest.raises(UnsupportedError):
            call(lambda x: OPERATIONS[name](M, x))


BESIDE = {
    "concatenate": lambda q, x: np.concatenate([x, q]), "stack": lambda q, x: np.stack((x, q)),
    "append": lambda q, x: np.append(x, q), "einsum": lambda q, x: np.einsum("i,i", x, q),
    "interp": lambda q, x: np.interp(x, q, X), "where": lambda q, x: np.where(x > 0, x, q),
    "choose": lambda q, x: np.choose(np.zeros(len(x), int), [x, q]), "cov": lambda q, x: np.cov(x, q),
}  # fmt: skip


@pytest.mark.parametrize("name", BESIDE)
def test_quantities_beside_a_dual_are_refused_in_functions_too(name):
    q = Quantity(X, "magnitude", "units")
    for call in (lambda f: dd.jvp(f, (X,), (X,), lift=False), lambda f: dd.linearize(f, X, lift=False)):
        with pytest.raises(UnsupportedError, match="units"):
            call(lambda x: BESIDE[name](q, x))


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("kind", ALIKE)
def test_operands_that_compute_as_ndarray_does(kind, name, tmp_path):
    M = ALIKE[kind](tmp_path)
    f = OPERATIONS[name]
    if name == "write":
        pytest.skip("returns nothing")
    value, tangent = dd.jvp(lambda x: f(M, x), (X,), (X,))
    wanted, slope = dd.jvp(lambda x: f(np.array(M), x), (X,), (X,))
    close(value, wanted, 1e-15)
    close(tangent, slope, 1e-15)
    close(np.asarray(f(M, X), float), np.asarray(value), 1e-14)


def test_the_dense_row_of_a_sparse_matrix():
    """spmatrix.sum(axis=0) is an np.matrix, whose product with an array is a matrix product."""
    A = scipy.sparse.csr_matrix(np.diag(X))
    with pytest.raises(UnsupportedError, match=r"np\.asarray"):
        dd.jvp(lambda x: A.sum(axis=0) * x, (X,), (X,))
    close(dd.jacobian(lambda x: np.ravel(A.sum(axis=0)) * x)(X),
          np.diag(X), 1e-15)  # fmt: skip


def test_libraries_of_units():
    pint = pytest.importorskip("pint")
    unit = pint.UnitRegistry()
    for x in (X * unit.m, 3.0 * unit.m, [1.0 * unit.m]):
        with pytest.raises(InputError, match=r"pint\.Quantity"):
            dd.grad(lambda x: np.sum(np.stack(x) if isinstance(x, list) else x))(x)
    close(dd.grad(lambda x: np.sum((x * unit.m).to("cm").magnitude))(X), np.full(3, 100.0), 1e-14)


def test_tables_with_labels():
    pd = pytest.importorskip("pandas")
    for x in (pd.Series(X), pd.DataFrame({"a": X})):
        with pytest.raises(InputError, match="to_numpy"):
            dd.grad(total)(x)
        with pytest.raises(InputError, match="to_numpy"):
            dd.jvp(square, (X,), (x,))
    xr = pytest.importorskip("xarray")
    with pytest.raises(InputError, match=r"xarray\.DataArray"):
        dd.grad(total)(xr.DataArray(X))
