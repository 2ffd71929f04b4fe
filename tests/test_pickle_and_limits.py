"""Linearizations are pickled; derivatives that cannot fit are refused at once; leaves without elements; x of plans."""

import copy
import pickle

import numpy as np
import pytest
import scipy.sparse
from support import close, points, rng

import dualdiff as dd
from dualdiff.errors import InputError, TooLargeError

X = points(12)
A = points(12, 12, low=-1.0)


def written(x):
    y = np.zeros_like(x)
    y[2:] = x[:-2] ** 2
    y[[0, 0]] = x[:2]
    z = y.reshape(3, 4)
    z[1] *= x[0]
    return y


def long(x):
    for i in range(3000):
        x = x * 1.0001 if i % 2 else x + 0 * x[0]
    return x


FUNCTIONS = {
    "elementwise": lambda x: np.exp(x) * np.sum(x[1:]), "matrix": lambda x: A @ np.sin(x), "solve": lambda x: np.linalg.solve(A + 9 * np.diag(x), x),
    "fft": lambda x: np.abs(np.fft.fft(x)) + np.fft.irfft(np.fft.rfft(x)), "write": written, "cumsum": lambda x: np.cumsum(x) * np.sort(x),
    "float32": lambda x: (x.astype(np.float32) * 2) ** 2, "where": lambda x: np.where(x > 1, x, x**2)[::2], "long": long,
    "structure": lambda x: (x * 2, {"a": x[0], "b": np.ones(3)}), "eigh": lambda x: np.linalg.eigh(np.outer(x, x) + np.diag(x))[0],
    "recurrence": lambda x: np.divide.reduceat(x, [0, 3, 5]), "windows": lambda x: np.lib.stride_tricks.sliding_window_view(x, 3) ** 2,
    "complex": lambda x: np.exp(1j * x), "einsum": lambda x: np.einsum("i,j->ij", x, x), "constant": lambda x: np.ones(3),
    "sparse": lambda x: scipy.sparse.csr_array(np.tri(12)) @ x, "scalar": lambda x: x @ x, "split": lambda x: np.split(x, 3)[1] * x[0],
}  # fmt: skip


@pytest.mark.parametrize("when", ["before a product", "after one"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_linearization_is_pickled(name, when):
    _, J = dd.linearize(FUNCTIONS[name], X)
    if when == "after one":
        J.matvec(X)
    for back in (pickle.loads(pickle.dumps(J)), copy.deepcopy(J), pickle.loads(pickle.dumps(J, 5))):
        assert back.shape == J.shape and back.dtype == J.dtype and back.output_shape == J.output_shape
        v, w = rng(1).normal(size=12), rng(2).normal(size=J.shape[0])
        assert np.array_equal(back.matvec(v), J.matvec(v)) and np.array_equal(back.rmatvec(w), J.rmatvec(w))
    transposed = pickle.loads(pickle.dumps(J.T))
    assert transposed.shape == J.T.shape and np.array_equal(transposed.matvec(w), J.T.matvec(w))


def test_a_pickled_linearization_of_structures_and_within_derivatives():
    def f(p):
        return {"s": p["a"] * p["b"][0], "t": [p["b"][1] ** 2]}

    p = {"a": X, "b": (2.0, X[:3])}
    value, J = dd.linearize(f, p)
    back = pickle.loads(pickle.dumps(J))
    t = {"a": X**2, "b": (1.0, X[3:6])}
    found, wanted = back.jvp(t), J.jvp(t)
    assert list(found) == ["s", "t"] and np.array_equal(found["s"], wanted["s"]) and np.array_equal(found["t"][0], wanted["t"][0])
    close(dd.jvp(lambda v: back @ v, (np.ones(16),), (np.arange(16.0),))[1], J @ np.arange(16.0), 1e-15)


def test_what_closes_over_code_cannot_be_pickled_and_python_says_so():
    _, J = dd.linearize(lambda x: dd.checkpoint(lambda y: np.sin(y))(x), X)
    with pytest.raises((AttributeError, pickle.PicklingError), match="pickle"):
        pickle.dumps(J)


def total(x):
    return np.sum(x**2)


@pytest.mark.parametrize("call, words", [
    (lambda x: dd.hessian(total)(x), ("hvp", "sparse")), (lambda x: dd.hessian(total, mode="forward")(x), ("hvp", "sparse")),
    (lambda x: dd.hessian(total, mode="reverse")(x), ("hvp", "sparse")), (lambda x: dd.value_grad_hessian(total)(x), ("hvp", "sparse")),
    (lambda x: dd.hessian(lambda a, b: total(a) + total(b), argnums=(0, 1))(x, x), ("hvp", "sparse")),
    (lambda x: dd.hessian(lambda p: total(p["a"]))({"a": x}), ("hvp", "sparse")),
    (lambda x: dd.jacobian(np.square)(x), ("jvp", "sparse_jacobian")), (lambda x: dd.jacobian(np.square, mode="forward")(x), ("vjp",)),
    (lambda x: dd.jacobian(np.square, mode="reverse")(x), ("linearize",)),
])  # fmt: skip
def test_a_dense_derivative_that_does_not_fit_is_refused_at_once(call, words):
    with pytest.raises(MemoryError) as error:
        call(np.ones(10**6))
    assert isinstance(error.value, TooLargeError) and all(word in str(error.value) for word in words)


def test_what_needs_no_matrix_goes_on_at_that_size():
    x = np.ones(10**6)
    assert dd.laplacian(lambda x: total(x[:5]))(x[:5]) == 10.0 and dd.hvp(total, (x,), (x,))[0] == 2.0
    assert dd.hessian(total, mode="sparse")(x[:2000]).nnz == 2000


P = {"a": np.array([1.0, 2.0]), "b": np.zeros(0), "c": 3.0, "d": [np.zeros((2, 0))]}
T = {"a": np.ones(2), "b": np.zeros(0), "c": 1.0, "d": [np.zeros((2, 0))]}


def number(p):
    return np.sum(p["a"] ** 2) * p["c"] + np.sum(p["b"]) + np.sum(p["d"][0])


def arrays(p):
    return {"a": p["a"] * p["c"], "b": p["b"] * 2, "n": np.zeros(0)}


def test_leaves_without_elements():
    assert dd.jvp(number, (P,), (T,))[1] == 23.0
    for mode in ("forward", "reverse"):
        g = dd.grad(number, mode=mode)(P)
        assert g["a"].tolist() == [6.0, 12.0] and g["b"].shape == (0,) and g["c"] == 5.0 and g["d"][0].shape == (2, 0)
        J = dd.jacobian(arrays, mode=mode)(P)
        assert J["a"]["a"].tolist() == [[3.0, 0.0], [0.0, 3.0]] and J["b"]["a"].shape == (0, 2) and J["a"]["b"].shape == (2, 0)
        H = dd.hessian(number, mode=mode)(P)
        assert H["a"]["a"].tolist() == [[6.0, 0.0], [0.0, 6.0]] and H["b"]["a"].shape == (0, 2)
    pulled = dd.vjp(arrays, P)[1]({"a": np.ones(2), "b": np.zeros(0), "n": np.zeros(0)})
    assert pulled["a"].tolist() == [3.0, 3.0] and pulled["b"].shape == (0,)
    assert dd.linearize(arrays, P)[1].jvp(T)["a"].tolist() == [4.0, 5.0]
    assert dd.hvp(number, (P,), (T,))["a"].tolist() == [8.0, 10.0] and dd.hvp(number, (P,), (T,))["b"].shape == (0,)
    assert dd.taylor(number, P, T, 2).tolist() == [15.0, 23.0, 12.0] and dd.laplacian(number)(P) == 12.0
    f = lambda p: p["a"] * p["c"]  # noqa: E731
    assert dd.sparse_jacobian(f, P)(P).toarray().tolist() == [[3.0, 0.0, 1.0], [0.0, 3.0, 2.0]]
    assert dd.jacobian(f, chunk=1)(P)["c"].tolist() == [1.0, 2.0]
    for x in (np.zeros(0), [np.zeros(0)], {"a": np.zeros((0, 3)), "b": ()}):
        with pytest.raises(InputError, match="no elements"):
            dd.grad(lambda x: 1.0)(x)


def test_none_is_no_point_for_a_plan():
    for plan in (dd.sparse_jacobian, dd.sparse_hessian):
        with pytest.raises(InputError, match="None"):
            plan(lambda x: np.sum(x**2) * x if plan is dd.sparse_jacobian else np.sum(x**2), None)
        with pytest.raises(InputError, match="None"):
            plan(lambda x: np.sum(x**2), x=None)
    assert dd.sparse_jacobian(np.square)(X).nnz == 12


@pytest.mark.parametrize("name", ["Part", "remake_buffer", "drop_of", "lifted_module", "remake_map", "Dual", "DualArray"])
def test_pickles_find_what_they_name_in_the_core(name):
    """Where a compiled function or class stands may change; pickles name the place of before."""
    assert pickle.loads(f"cdualdiff.core._core\n{name}\n.".encode()).__name__ == name
