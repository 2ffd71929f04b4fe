"""Products of compiled functions at a point: linearize, and sparse matrices by plans."""

import pickle

import numpy as np
import pytest
from support import in_threads, leaves

import dualdiff as dd
from dualdiff.errors import KinkWarning, PatternError
from dualdiff.programs.bound import bound

X = np.array([0.3, -1.2, 0.7, 2.0])


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def chain(x):
    return np.sin(x) * np.exp(-x * x) + np.log1p(x * x) * np.tanh(x)


def layers(x):
    return np.tanh(np.outer(x, x) @ np.sin(x)) * x[0] + np.where(x > 0, x**2, -x)


def tree(x):
    return {"a": x.sum(), "b": (x * 2, x[::2], np.arange(3))}


def decomposed(x):
    return x.cumsum() * np.linalg.inv(np.outer(x, x) + np.eye(len(x)))[0]


def gathered(x):
    y = np.zeros_like(x)
    y[[0, 0, 2]] = x[[1, 2, 3]] * x[0]
    np.add.at(y, [1, 1], x[:2])
    return y[np.argsort(x)] * np.max(x)


def narrow(x):
    return np.minimum(x.astype(np.float32), np.float32(1.0)) * np.float32(2.0)


FUNCTIONS = [rosenbrock, chain, layers, tree, decomposed, gathered, narrow]


def programs_of(c, kind="linearize"):
    found = c.__dualdiff_program__.alongs[kind]
    assert not found.eager, found.eager
    assert found.table
    return found


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_products_are_those_without_programs(f):
    c = dd.compile(f)
    for x in (X, X + 0.1, X * 0.5):
        value, J = dd.linearize(c, x)
        wanted, K = dd.linearize(f, x)
        for a, b in zip(leaves(value), leaves(wanted), strict=True):
            assert type(a) is type(b)
            np.testing.assert_array_equal(a, b)
        tight = {"rtol": 1e-5, "atol": 1e-6} if f is narrow else {"rtol": 1e-10, "atol": 1e-12}
        assert J.shape == K.shape and J.dtype == K.dtype
        assert J.input_shape == K.input_shape and J.output_shape == K.output_shape
        np.testing.assert_allclose(J.dense(), K.dense(), **tight)
        np.testing.assert_allclose(J.T.dense(), K.T.dense(), **tight)
        np.testing.assert_allclose(J @ X, K @ X, **tight)
        np.testing.assert_allclose(J.sparse().toarray(), K.dense(), **tight)
        np.testing.assert_allclose(pickle.loads(pickle.dumps(J)) @ X, K @ X, **tight)
        for mode in ("forward", "reverse"):
            np.testing.assert_allclose(dd.jacobian(lambda v, J=J: J @ v, mode=mode)(X), K.dense(), **tight)
    programs_of(c)


def test_a_product_does_not_run_the_function_again():
    runs = []

    def f(x):
        runs.append(1)
        return np.sin(x) * x

    c = dd.compile(f, check="never")
    dd.linearize(c, X)
    x = X.copy()
    _, J = dd.linearize(c, x)
    before = len(runs)
    x[:] = 99.0     # the operator keeps what it needs
    np.testing.assert_allclose(J @ np.ones(4), np.cos(X) * X + np.sin(X), rtol=1e-14)
    np.testing.assert_allclose(J.T @ np.ones(4), np.cos(X) * X + np.sin(X), rtol=1e-14)
    assert len(runs) == before


def test_chains_are_multiplied_out():
    c = dd.compile(chain)
    dd.linearize(c, X)
    entry = next(iter(programs_of(c).table.values()))[0]
    for forward in (True, False):
        assert entry.path.products.made[forward, 1][0].explain()[0]["operations"] == ["multiply"]


def test_several_arguments_structures_and_layouts():
    def f(p, a, n):
        return {"y": (p["w"] @ a) ** n, "z": a.T * p["b"]}

    p = {"w": np.asfortranarray(np.arange(6.0).reshape(2, 3)), "b": 0.5}
    a = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    g = lambda p, a: f(p, a, 2)     # noqa: E731
    c = dd.compile(g)
    dd.linearize(c, p, a)
    _, J = dd.linearize(c, p, a)
    _, K = dd.linearize(g, p, a)
    np.testing.assert_allclose(J.dense(), K.dense())
    np.testing.assert_allclose(J.T.dense(), K.T.dense())
    t = J.jvp(p, None)
    for x, y in zip(leaves(t), leaves(K.jvp(p, None)), strict=True):
        np.testing.assert_allclose(x, y)
    for x, y in zip(leaves(J.vjp(t)), leaves(K.vjp(t)), strict=True):
        assert type(x) is type(y)
        np.testing.assert_allclose(x, y)
    programs_of(c)


@pytest.mark.parametrize("k", [1, 2, 63, 64, 65, 130])
def test_many_vectors_at_once(k):
    c = dd.compile(layers)
    dd.linearize(c, X)
    _, J = dd.linearize(c, X)
    V = np.random.default_rng(k).normal(size=(4, k))
    np.testing.assert_allclose(J @ V, J.dense() @ V, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(J.T @ V, J.dense().T @ V, rtol=1e-12, atol=1e-12)


def test_branches_have_their_own_products():
    c = dd.compile(lambda x: x**2 if x[0] > 0 else -x)
    for x in (X, -X, X, -X, X + 1):
        np.testing.assert_allclose(dd.linearize(c, x)[1].dense(), np.diag(2 * x if x[0] > 0 else -np.ones(4)))
    assert sum(map(len, programs_of(c).table.values())) == 2


def test_partials_that_are_not_finite_are_the_usual_ones():
    c = dd.compile(np.sqrt)
    dd.linearize(c, np.array([1.0, 4.0]))
    x = np.array([0.0, 1.0])
    np.testing.assert_array_equal(dd.linearize(c, x)[1] @ np.array([0.0, 1.0]), [0.0, 0.5])


def test_what_changed_outside_is_not_pickled():
    w = np.ones(4)
    c = dd.compile(lambda x: np.sin(x) * w)
    dd.linearize(c, X)
    _, J = dd.linearize(c, X)
    w[0] = 2.0
    np.testing.assert_allclose(J @ np.ones(4), np.cos(X))
    with pytest.raises(pickle.PicklingError, match="another value"):
        pickle.dumps(J)


def test_products_in_threads():
    c = dd.compile(layers)
    dd.linearize(c, X)
    wanted = dd.jacobian(layers)(X)
    errors = []

    def work(k):
        for j in range(20):
            _, J = dd.linearize(c, X)
            V = np.random.default_rng(j).normal(size=(4, 1 + (j + k) % 5))
            if not np.allclose(J @ V, wanted @ V):
                errors.append(j)

    in_threads(work)
    assert not errors


# ---- sparse matrices ----


def tridiagonal(x):
    y = (3 - 2 * x) * x + 1
    y[1:] -= x[:-1]
    y[:-1] -= 2 * x[1:]
    return y


def branching(x):
    y = x**2
    if x[0] > 0:
        y[1:] += x[:-1]
    else:
        y[:-1] += x[1:] ** 3
    return y


def same_matrices(P, Q, x):
    a, b = P(x), Q(x)
    assert type(a) is type(b) and a.shape == b.shape and a.dtype == b.dtype
    np.testing.assert_allclose(a.toarray(), b.toarray(), rtol=1e-10, atol=1e-12)
    (u, data), (v, _) = P.value_and_data(x), Q.value_and_data(x)
    assert data.shape == P.indices.shape
    for one, other in zip(leaves(u), leaves(v), strict=True):
        assert type(one) is type(other)
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("n", [3, 40])
@pytest.mark.parametrize(
    "options",
    [{}, {"format": "csc"}, {"coloring": "row"}, {"coloring": "bidirectional"}, {"pattern": True}, {"check": False}],
    ids=str,
)
def test_sparse_jacobians(options, n):
    x = np.random.default_rng(0).normal(size=n)
    if options.get("pattern"):
        options = {"pattern": np.abs(np.subtract.outer(np.arange(n), np.arange(n))) < 2}
    P, Q = dd.sparse_jacobian(dd.compile(tridiagonal), **options), dd.sparse_jacobian(tridiagonal, **options)
    for y in (x, x + 0.1, x * 2):
        same_matrices(P, Q, y)
    assert P.programs.table and not P.programs.eager
    same_matrices(pickle.loads(pickle.dumps(P)), Q, x)


@pytest.mark.parametrize("options", [{}, {"coloring": "substitution"}, {"format": "csc"}], ids=str)
def test_sparse_hessians(options):
    x = np.random.default_rng(0).normal(size=40)
    P, Q = dd.sparse_hessian(dd.compile(rosenbrock), x, **options), dd.sparse_hessian(rosenbrock, x, **options)
    for y in (x, x + 0.1, x * 2):
        same_matrices(P, Q, y)
        H = P(y)
        assert (H != H.T).nnz == 0
    assert P.programs.table and not P.programs.eager


def test_structures_and_further_arguments():
    def f(p, s):
        return [p["b"] * s, p["a"][1:] * p["a"][:-1] + p["b"][0]]

    p = {"a": np.arange(5.0), "b": np.array([2.0, 3.0])}
    P, Q = dd.sparse_jacobian(dd.compile(f), p, 2.0), dd.sparse_jacobian(f, p, 2.0)
    for s in (2.0, 3.0):
        for q in (p, {"b": p["b"] + 1, "a": p["a"] * 2}):
            np.testing.assert_allclose(P(q, s).toarray(), Q(q, s).toarray())
    assert P.programs.table and not P.programs.eager


def test_a_path_brings_its_own_pattern():
    P = dd.sparse_jacobian(dd.compile(branching), X)
    first = P.pattern.nnz
    for x in (X, -X, X + 1, -X - 1):
        np.testing.assert_allclose(P(x).toarray(), dd.jacobian(branching)(x))
        value, data = P.value_and_data(x)
        assert data.shape == P.indices.shape
    assert P.pattern.nnz > first
    assert not P.programs.eager


def test_a_given_pattern_that_is_too_small():
    P = dd.sparse_jacobian(dd.compile(branching), pattern=np.eye(4) + np.eye(4, k=-1))
    for _ in range(3):
        np.testing.assert_allclose(P(X).toarray(), dd.jacobian(branching)(X))
    for _ in range(3):
        with pytest.raises(PatternError, match="misses entry"):
            P(-X)


def test_kinks_of_a_sparse_hessian_are_the_usual_ones():
    c = dd.compile(lambda x: np.sum(np.abs(x[1:]) * x[:-1]))
    P = dd.sparse_hessian(c, X)
    P(X)
    with pytest.warns(KinkWarning):
        P(np.array([1.0, 0.0, 2.0, 3.0]))


def test_a_plan_without_entries():
    P = dd.sparse_jacobian(dd.compile(lambda x: np.floor(x)), X)
    for x in (X, X + 1):
        value, J = P.value_and_jacobian(x)
        assert J.nnz == 0 and J.shape == (4, 4)
        np.testing.assert_array_equal(value, np.floor(x))


def test_a_plan_is_used_by_threads():
    P = dd.sparse_jacobian(dd.compile(branching), X)
    errors = []

    def work(k):
        generator = np.random.default_rng(k)
        for _ in range(30):
            x = generator.normal(size=4)
            if not np.allclose(P(x).toarray(), dd.jacobian(branching)(x)):
                errors.append(x)

    in_threads(work)
    assert not errors


@pytest.mark.parametrize("make", [dd.sparse_jacobian, dd.sparse_hessian])
def test_plans_share_what_was_derived(make):
    f = tridiagonal if make is dd.sparse_jacobian else rosenbrock
    c = dd.compile(f)
    x = np.random.default_rng(0).normal(size=40)
    plans = [make(c, x), make(c, x, format="csc"), make(c)]
    for P in plans:
        np.testing.assert_allclose(P(x).toarray(), make(f, x)(x).toarray(), rtol=1e-12)
    entries = [next(iter(P.programs.table.values()))[0] for P in plans]
    assert entries[0] is entries[2] is not entries[1]
    longer = make(c, np.ones(50))
    np.testing.assert_allclose(longer(np.ones(50)).toarray(), make(f, np.ones(50))(np.ones(50)).toarray(), rtol=1e-12)
    with pytest.raises(dd.errors.ShapeError):
        plans[0](np.ones(50))


def test_a_plan_of_one_argument_of_several():
    def f(t, x, a):
        y = a * x**2 * t
        y[1:] -= x[:-1]
        return y

    x = np.random.default_rng(0).normal(size=20)
    c = dd.compile(f)
    for t, a in ((1.0, 2.0), (2.0, 3.0)):
        P = dd.sparse_jacobian(bound(c, (a,), (t,)), x)
        for y in (x, x + 1):
            np.testing.assert_allclose(P(y).toarray(), dd.jacobian(f, 1)(t, y, a), rtol=1e-12)
        assert P.programs.table and not P.programs.eager
        assert len(c.__dualdiff_program__.table) == 1
