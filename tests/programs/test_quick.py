"""The short way of a call: the same result and the same errors as the long way, however a function is called."""

import copy
import functools
import inspect
import pickle
import threading
import warnings

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.errors import StaleProgramError

X, V = np.linspace(0.1, 1.0, 5), np.linspace(1.0, 2.0, 5)


def f(x, scale=2.0):
    """The function."""
    return np.sin(x) * scale


CALLS = {
    "by place": lambda c: c(X),
    "both by place": lambda c: c(X, 2.0),
    "by name": lambda c: c(x=X),
    "one by name": lambda c: c(X, scale=2.0),
    "unpacked": lambda c: c(*(X,)),
    "partial": lambda c: functools.partial(c, X)(),
    "map": lambda c: next(map(c, [X])),
    "a float": lambda c: c(0.5),
    "NumPy's number": lambda c: c(np.float64(0.5)),
    "an integer": lambda c: c(1),
    "single precision": lambda c: c(X.astype(np.float32)),
    "another size": lambda c: c(np.ones(3)),
}


@pytest.mark.parametrize("transform", ["value", "grad"])
def test_all_ways_to_call_in_any_order(transform):
    def total(x, scale=2.0):
        return np.sum(f(x, scale))

    c, plain = (dd.compile(f), f) if transform == "value" else (dd.grad(dd.compile(total)), dd.grad(total))
    names = [name for name in CALLS if transform == "value" or name != "by name"]    # argnums are places
    rng = np.random.default_rng(0)
    for name in [*names, *names, *rng.permutation(names * 3)]:
        found, wanted = CALLS[name](c), CALLS[name](plain)
        assert type(found) is type(wanted), name
        rtol = 1e-5 if np.asarray(wanted).dtype == np.float32 else 1e-14
        np.testing.assert_allclose(found, wanted, rtol=rtol, err_msg=name)


@pytest.mark.parametrize("primals, vectors", [((X,), (V,)), ([X], [V]), ((X,), [V]), ([X], (V,)), (X, V)])
def test_directions_in_tuples_and_lists(primals, vectors):
    c = dd.compile(f)
    for _ in range(4):
        value, tangent = dd.jvp(c, primals, vectors)
        assert value.tobytes() == f(X).tobytes()
        np.testing.assert_allclose(tangent, 2.0 * np.cos(X) * V, rtol=1e-15)


def test_errors_are_the_functions():
    c = dd.compile(f)
    for _ in range(3):
        c(X)
        with pytest.raises(TypeError, match="missing 1 required positional argument"):
            c()
        with pytest.raises(TypeError, match="positional arguments"):
            c(X, 1.0, 2.0)
        with pytest.raises(TypeError, match="unexpected keyword"):
            c(X, other=1.0)
    for _ in range(3):
        with pytest.raises(dd.errors.DualDiffError):
            dd.jvp(c, (X,), (V[:2],))
        with pytest.raises((dd.errors.DualDiffError, TypeError, ValueError)):
            dd.jvp(c, (X,), (V, V))


def test_more_arguments_than_the_short_way_takes():
    n = 40
    c, plain = dd.compile(lambda *xs: sum(xs)), lambda *xs: sum(xs)
    xs = [X + k for k in range(n)]
    for _ in range(3):
        assert c(*xs).tobytes() == plain(*xs).tobytes()
        np.testing.assert_allclose(dd.jvp(c, tuple(xs), tuple(xs))[1], plain(*xs))


def test_calls_are_counted_and_compared():
    state = np.ones(1)

    def hidden(x):
        return x * float(state[0])

    c = dd.compile(hidden)
    with np.errstate(all="ignore"):
        c(X)
        state[0] = 3.0
        with pytest.raises(StaleProgramError):
            for _ in range(12):
                c(X)


def test_flags_go_the_long_way():
    c = dd.compile(lambda x: np.log(x) + 1.0)
    c(X), c(X)
    said = []
    for g in (c, np.log):
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            assert g(X - X[0])[0] == -np.inf
        said.append([str(w.message) for w in found])
    assert said[0] == said[1], np.geterr()      # as NumPy itself, whatever it says here
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        c(X - X[0])
    assert np.isfinite(c(X)).all()


def test_what_it_says_of_itself():
    c, g = dd.compile(f), dd.grad(dd.compile(f))
    for made in (c, g):
        assert made.__name__ == "f" and inspect.signature(made) == inspect.signature(f)
    assert c.__doc__ == "The function."
    assert copy.copy(c)(X).tobytes() == pickle.loads(pickle.dumps(c))(X).tobytes() == f(X).tobytes()

    class Thing:
        method = dd.compile(lambda self, x: x * 2.0)

    assert Thing().method(1.5) == 3.0 == Thing().method(1.5)


def test_threads_that_change_the_kind_of_arguments():
    """A call must not take the program of one kind and what finishes the results of another."""
    c = dd.compile(lambda x: {"a": np.sin(x), "b": [x * 2.0]})
    kinds = [X, np.ones((3, 2)), 0.5, np.ones(4, np.float32)]
    wrong = []

    def work(k):
        for i in range(300):
            x = kinds[(i + k) % len(kinds)]
            found = c(x)
            if np.asarray(found["a"]).tobytes() != np.asarray(np.sin(x)).tobytes() or type(found["b"]) is not list:
                wrong.append(x)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
