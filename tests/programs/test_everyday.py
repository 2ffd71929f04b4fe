"""Everyday functions, written without a thought of compiling them: every transform is as without a program."""

import argparse
import collections
import functools
import math
import pickle
import time
import types
import warnings
from typing import NamedTuple

import numpy as np
import pytest
from support import leaves, rng

import dualdiff as dd
from dualdiff.errors import CompileNotice, DualDiffError
from dualdiff.transforms.pytrees import flatten, unflatten
from programs.comparing import near

X = np.array([0.4, -1.3, 2.1])
Y = np.linspace(0.2, 1.7, 5)
M = rng(7).standard_normal((4, 3))
W = np.array([1.0, 2.0, 3.0])


class Pair(NamedTuple):
    a: object
    b: object


class Model:
    def __init__(self):
        self.w = np.array([0.5, 1.0, -0.2])
        self.calls, self.bias = 0, 0.3

    def loss(self, x):
        self.calls += 1
        return np.sum((self.w * x + self.bias) ** 2)

    def __call__(self, x):
        return np.tanh(self.w * x) + self.bias


def series(t):
    s = 0.0
    for k in range(1, 12):
        s += t**k / math.factorial(k) * (-1 if k % 3 == 0 else 1)
    return s


def cube_root(t):
    y = 1.0
    while abs(y * y * y - t) > 1e-12:
        y -= (y * y * y - t) / (3 * y * y)
    return y


def mask_written(x):
    y = x.copy()
    y[y > 1] = np.sqrt(y[y > 1])
    y[y <= 1] *= 2
    return y


def in_place(x):
    y = x * 1.0
    y += 1
    y *= y
    y -= x
    y[1:] += y[:-1]
    return y


def quiet_log(x):
    with np.errstate(invalid="ignore", divide="ignore"):
        y = np.log(x)
    return np.where(x > 0, y, x)


def halves(x):
    if len(x) == 1:
        return x[0]
    h = len(x) // 2
    return halves(x[:h]) * halves(x[h:]) + 1.0


def by_one_truth(x):
    return np.sum(x[np.sum(x) > 0] ** 2)


def written_by_one_truth(x):
    y = x * 1
    y[np.sum(x) > 0] = x * x
    return y


def pieces(x):
    d = collections.defaultdict(float)
    for i, v in enumerate(x):
        d[i % 2] += v**2
    return d[0] * d[1]


def into_out(x):
    y = np.empty_like(x)
    np.multiply(x, x, out=y)
    np.add(y, 1, out=y)
    np.sqrt(y, out=y, where=x > 0)
    return y


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def several(x):
    try:
        y = x[7]
    except IndexError:
        y = x[2]
    return {"y": y * x, "n": len(x), "none": None}


FUNCTIONS = {
    "series": (series, 0.7),
    "until converged": (cube_root, 0.9),
    "dict": (lambda p: p["k"] * np.exp(-p["m"]) + p["m"] ** 2, {"k": np.array([1.0, 2.0]), "m": 0.5}),
    "named tuple": (lambda p: np.sum(p.a**2) * p.b, Pair(X, 1.5)),
    "list": (lambda p: np.sum(np.sin(p[0]) * p[1]), [X, 0.5]),
    "mask": (mask_written, Y),
    "one truth": (by_one_truth, X),
    "written by one truth": (written_by_one_truth, X),
    "argsort": (lambda x: np.cumsum(x[np.argsort(x)] ** 2), X),
    "in place": (in_place, Y),
    "errstate": (quiet_log, Y - 1),
    "method": (Model().loss, X),
    "object": (Model(), X),
    "partial": (functools.partial(lambda a, x: a * x**2, 3.0), X),
    "recursion": (halves, Y),
    "generator": (lambda x: sum(v * v for v in x), X),
    "single precision": (lambda x: np.exp(-x * x) * x, X.astype(np.float32)),
    "complex": (lambda z: z * np.exp(1j * z), X + 1j * X[::-1]),
    "empty": (lambda x: np.sum(x) + 1.0, np.zeros(0)),
    "no axes": (lambda x: np.sin(x) * x, np.array(0.6)),
    "Fortran order": (lambda x: x.T @ x, np.asfortranarray(M)),
    "integers": (lambda x: x**2 / 2, np.array([1, 2, 3])),
    "an integer": (lambda n: n**2 * 0.5, 5),
    "defaultdict": (pieces, X),
    "out": (into_out, X),
    "softmax": (softmax, M),
    "several": (several, Y),
    "percentile": (lambda x: np.percentile(x, 30) * np.median(x), Y),
    "unique": (lambda x: np.unique(np.concatenate([x, x])) ** 2, Y),
    "searchsorted": (lambda x: x[np.searchsorted(x, 1.0)] * x, Y),
    "argmax": (lambda x: int(np.argmax(x)) * np.sum(x), X),
    "floor": (lambda x: np.floor(x) * x + np.round(x, 1), Y),
    "sorted": (lambda x: sum(k * v for k, v in enumerate(sorted(x))), X),
    "determinant": (lambda x: np.linalg.det(np.diag(x) + 0.1), X),
    "least squares": (lambda x: np.linalg.lstsq(x, np.arange(4.0), rcond=None)[0], M),
    "spectrum": (lambda x: np.abs(np.fft.rfft(x)) ** 2, Y),
}


def like(x, number):
    """A direction."""
    parts, structure = flatten(x)
    return unflatten(structure, [
        (np.cos(np.arange(v.size) + 1.0).reshape(v.shape).astype(v.dtype) if v.dtype.kind in "fc" else v)
        if isinstance(v, np.ndarray) else number if isinstance(v, float) else v for v in parts
    ])  # fmt: skip


def cotangent(y):
    parts, structure = flatten(y)
    return unflatten(structure, [np.ones_like(v) * 0.5 if isinstance(v, np.ndarray | np.generic) else 0.5 for v in parts])


def products(f, x):
    value, J = dd.linearize(f, x)
    m, n = J.shape
    return value, J @ np.cos(np.arange(n) + 1.0), J.T @ np.sin(np.arange(m) + 1.0)


TRANSFORMS = {
    "value": lambda f: f,
    "grad": dd.grad,
    "jacobian": dd.jacobian,
    "derivative": dd.derivative,
    "hessian": dd.hessian,
    "hessian_diagonal": dd.hessian_diagonal,
    "laplacian": dd.laplacian,
    "divergence": dd.divergence,
    "jacobian_logdet": dd.jacobian_logdet,
    "twice": lambda f: dd.jacobian(dd.jacobian(f)),
    "jvp": lambda f: lambda x: dd.jvp(f, (x,), (like(x, 0.5),)),
    "vjp": lambda f: lambda x: (lambda pair: pair[1](cotangent(pair[0])))(dd.vjp(f, x)),
    "linearize": lambda f: functools.partial(products, f),
    "hvp": lambda f: lambda x: dd.hvp(f, (x,), (like(x, 0.5),)),
    "taylor": lambda f: lambda x: dd.taylor(f, x, like(x, 0.5), 3),
    "nth_derivative": lambda f: dd.nth_derivative(f, 3),
    "directional_derivative": lambda f: lambda x: dd.directional_derivative(f, like(x, 0.5))(x),
    "sparse_jacobian": lambda f: lambda x: dd.sparse_jacobian(f, x)(x).toarray(),
    "sparse_hessian": lambda f: lambda x: dd.sparse_hessian(f, x)(x).toarray(),
    "in plain code": lambda f: lambda x: dd.jvp(lambda y: f(y), (x,), (like(x, 0.5),)),
}


def outcome(function, x):
    """What a call gives, or its error."""
    parts, structure = flatten(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(unflatten(structure, [v.copy("K") if isinstance(v, np.ndarray) else v for v in parts]))
        except Exception as error:
            return error


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_transform_is_as_without_a_program(name):
    """In types, numbers and errors; what is refused is refused by an error of dualdiff's."""
    f, x = FUNCTIONS[name]
    c = dd.compile(f)
    single = getattr(x, "dtype", None) == np.float32
    for transform, make in TRANSFORMS.items():
        rtol = (1e-2 if transform in ("twice", "nth_derivative") else 1e-3) if single else 1e-8
        compiled, plain = make(c), make(f)
        for scale in (1, 1, -1):
            parts, structure = flatten(x)
            point = unflatten(structure, [v * v.dtype.type(scale) if isinstance(v, np.ndarray) else v for v in parts])
            found, wanted = outcome(compiled, point), outcome(plain, point)
            if isinstance(wanted, Exception):
                assert type(found) is type(wanted), (transform, found, wanted)
                assert isinstance(found, DualDiffError) or name == "searchsorted", (transform, found)     # f's own
            else:
                assert not isinstance(found, Exception), (transform, found)
                a, b = leaves(found), leaves(wanted)
                assert [type(y) for y in a] == [type(y) for y in b], transform
                near([y for y in a if y is not None], [y for y in b if y is not None], rtol)


NOTICES = {
    "an array of random numbers": (lambda x: x * np.random.rand(x.size), np.arange(1000.0)),
    "an argument that is written to": (lambda x: x.__setitem__(0, 1.0), X),
    "an array of objects": (lambda x: x.astype(object), np.arange(1000.0)),
    "a long loop": (cube_root, np.arange(1.0, 1.5)),
    "a result of another kind": (lambda x: (v for v in x), np.arange(1000.0)),
}


@pytest.mark.parametrize("name", NOTICES)
def test_notices_are_short(name):
    f, x = NOTICES[name]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        c = dd.compile(f)
        for k in range(12):
            try:
                c(np.array(x * 2.0**k))
            except Exception:       # noqa: S112  (f's own)
                continue
    for w in caught:
        if issubclass(w.category, CompileNotice):
            assert len(str(w.message)) < 500 and "\n" not in str(w.message)


def test_an_error_of_a_stale_program_is_short_and_has_both_values():
    data = bytearray(np.array([2.0]).tobytes())
    c = dd.compile(lambda x: x * np.frombuffer(data, float)[0])
    big = np.arange(1000.0)
    c(big)
    data[:] = np.array([3.0]).tobytes()
    try:
        found = c(big)
    except dd.errors.StaleProgramError as error:
        assert len(str(error)) < 700
    else:
        near(found, 3 * big)


def test_a_hidden_time_is_shown_with_the_digits_that_differ():
    with pytest.warns(CompileNotice) as caught:
        dd.compile(lambda x: x * time.time())(X)
    before, after = str(caught[0].message).split("came in: ")[1].split(" in the")[0].split(" became ")
    assert before != after


def test_names_in_messages_are_no_representations():
    big = np.arange(1000.0)
    c = dd.compile(functools.partial(lambda a, x: a * x * np.random.rand(), big))
    with pytest.warns(CompileNotice, match="^a partial <lambda> runs as it is"):
        c(big)


# ---- what a function finds outside --------------------------------------------------------------------


class Counting:
    def __init__(self):
        self.calls, self.scale = 0, 2.0

    @dd.compile
    def __call__(self, x):
        self.calls += 1
        return self.scale * x


@pytest.mark.filterwarnings("error")
def test_a_counter_of_calls_is_no_name_that_is_bound_anew():
    f = Counting()
    for k in range(30):
        f.scale = 2.0 + k // 10
        near(f(X), f.scale * X)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", [types.SimpleNamespace, argparse.Namespace])
def test_attributes_of_namespaces(kind):
    settings = kind(scale=2.0)
    f = lambda x: settings.scale * x  # noqa: E731
    c = dd.compile(f)
    for scale in (2.0, 2.0, 3.0, 4.0):
        settings.scale = scale
        near(c(X), f(X))
        near(dd.jacobian(c)(X), dd.jacobian(f)(X))


OFFSET = 1.0


@functools.lru_cache
def table(n):
    return np.arange(n) * OFFSET


@pytest.mark.filterwarnings("error")
def test_a_function_that_python_caches():
    f = lambda x: x * table(3)  # noqa: E731
    c = dd.compile(f)
    for x in (X, X, 2 * X):
        near(c(x), f(x))
        near(dd.jacobian(c)(x), dd.jacobian(f)(x))


# ---- explain, pickles ---------------------------------------------------------------------------------


def test_explain_says_the_same_only_once():
    def halved(x):
        while np.max(np.abs(x)) > 1e-3:
            x = x / 2
        return x

    c = dd.compile(halved)
    c(np.ones(3))
    text = str(c.explain())
    assert "True 10 times, then False" in text and ": while np.max(np.abs(x)) > 1e-3:" in text
    assert "11 times: reduce" in text
    lines = text.split("\n")
    assert len(lines) == len(set(lines)) < 12
    assert len(c.explain().paths[0]["guards"]) == 11


def top(x):
    return x**2


def test_pickles_of_what_was_used_in_plain_code():
    c = dd.compile(top)
    for _ in range(30):
        dd.jvp(lambda x: c(x) + c(x), (X,), (X,))
    near(pickle.loads(pickle.dumps(c))(X), X**2)
