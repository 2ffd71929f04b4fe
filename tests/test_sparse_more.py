"""Compositions made by hypothesis, published numbers of colours, the edges of plans, pictures."""

import builtins
import threading

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings, strategies as st
from support import points, rng
from test_sparse import banded, broyden, dense, grid, hypercube, non_zeros, random_pattern

import dualdiff as dd
from dualdiff.core._sparse import Graph, Scatter, Sets, color_star
from dualdiff.sparse import is_acyclic_coloring, is_star_coloring, is_structurally_orthogonal
from dualdiff.sparse.coloring import ORDERS

# ---- compositions ----------------------------------------------------------------------------------

MATRIX = np.array([[0.0, 1, 0, 0], [2, 0, 0, 0], [0, 0, 0, 3], [0, 1, 1, 0]])
SPARSE = sp.csr_array(MATRIX)


def assigned(u):
    v = np.zeros((6, 6), like=u)
    v[1:-1, 1:-1] = u
    v[0] = v[2]
    v[:, -1] = v[:, 1]
    return v[1:-1, 1:-1] + v[:-2, 1:-1] - v[1:-1, 2:]


def element(u):
    out = np.zeros_like(u)
    for i in range(4):
        out[i, i] = u[i, 0] * u[0, i]
    return out + u.T


STEPS = {
    "sin": np.sin,
    "square": lambda u: u * u,
    "neighbours": lambda u: np.roll(u, 1, 0) * u,
    "pad": lambda u: np.pad(u, 1)[:-2, 2:] - u,
    "edge": lambda u: np.diff(np.pad(u, ((0, 1), (0, 0)), "edge"), axis=0),
    "transpose": lambda u: u.T,
    "reverse": lambda u: u[::-1, ::-1] + 2.0,
    "matmul": lambda u: MATRIX @ u,
    "right": lambda u: u @ MATRIX,
    "einsum": lambda u: np.einsum("ij,ij->ij", MATRIX, u) + u,
    "trace": lambda u: np.einsum("ii->i", u)[:, None] * np.ones(4),
    "sparse": lambda u: SPARSE @ u,
    "mean": lambda u: u - np.mean(u, axis=1, keepdims=True),
    "where": lambda u: np.where(np.eye(4) > 0, u, 0.5),
    "concatenate": lambda u: np.concatenate([u[2:], u[:2]], axis=0),
    "stack": lambda u: np.stack([u[0], u[1] * u[2], u[3], u[3]]),
    "take": lambda u: u[[0, 0, 3, 1]],
    "mask": lambda u: np.where(MATRIX != 0, u, 0) + np.sum(u[MATRIX != 0]),
    "cumsum": lambda u: np.cumsum(u, axis=0) * 0.5,
    "buffer": assigned,
    "cells": element,
    "row": lambda u: u + u[1],
    "sort": lambda u: np.sort(u, axis=1),
    "maximum": lambda u: np.maximum(u, u.T),
    "solve": lambda u: np.linalg.solve(3 * np.eye(4) + 0.1 * u, u[:, :1]) + u,
}


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=5), st.integers(0, 5))
def test_compositions(names, seed):
    def f(x):
        u = x.reshape(4, 4)
        for name in names:
            u = STEPS[name](u)
        return u.ravel()

    x = points(16, seed=seed)
    J = dense(f, x)
    pattern = dd.sparsity(f, x).toarray()
    assert not np.any(non_zeros(J) & ~pattern)
    plan = dd.sparse_jacobian(f, x)
    assert np.allclose(plan(x).toarray(), J, rtol=1e-10, atol=1e-12) and plan.check(x) < 1e-10


@settings(deadline=None, max_examples=25, derandomize=True)
@given(st.lists(st.sampled_from(sorted(set(STEPS) - {"sort", "maximum"})), min_size=1, max_size=3), st.booleans())
def test_compositions_twice(names, substitution):
    def energy(x):
        u = x.reshape(4, 4)
        for name in names:
            u = STEPS[name](u)
        return np.sum(u * u)

    x = points(16, seed=1)
    truth = dd.hessian(energy)(x)
    plan = dd.sparse_hessian(energy, x, coloring="substitution" if substitution else None)
    H = plan(x)
    assert np.allclose(H.toarray(), truth, rtol=1e-8, atol=1e-9 * max(1, np.abs(truth).max())) and abs(H - H.T).max() == 0


# ---- index sets against Python's -------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 5, 70, 5000])
def test_numbered_sets(n):
    r, sets = rng(n), Sets(n)
    ids, model = np.arange(n + 1), [frozenset(), *(frozenset([i]) for i in range(n))]
    for _ in range(20):
        a, b = r.integers(0, len(ids), (2, 50))
        c, begin = r.integers(0, len(ids), 60), np.concatenate([[0], np.sort(r.integers(0, 61, 9)), [60]])
        joined, united = sets.join(ids[a], ids[b]), sets.unite(ids[c], begin)
        model += [model[i] | model[j] for i, j in zip(a, b, strict=True)]
        model += [frozenset().union(*(model[k] for k in c[begin[i] : begin[i + 1]])) for i in range(10)]
        ids = np.concatenate([ids, joined, united])
        if r.random() < 0.3:
            sets.keep([ids])
    ptr, idx = sets.rows(ids)
    assert [frozenset(idx[ptr[i] : ptr[i + 1]].tolist()) for i in range(len(ids))] == model
    assert len(set(ids.tolist())) == len(set(model))        # equal sets have equal numbers


def test_the_compiled_part_checks_what_it_is_given():
    sets = Sets(5)
    for call in (
        lambda: sets.join(np.array([7]), np.array([1])),
        lambda: sets.join(np.array([1.0]), np.array([1])),
        lambda: sets.unite(np.array([1, 2]), np.array([0, 3])),
        lambda: sets.unite(np.array([1, 2]), np.array([0, 2, 1, 2])),
        lambda: sets.keep([np.array([-1])]),
        lambda: Sets(-1),
        lambda: Scatter(np.array([5]), 3),
        lambda: Scatter(np.array([1]), 3)(np.zeros(2)),
        lambda: color_star(Graph(np.array([0, 1]), np.array([1], np.int32), np.array([0], np.int32)), np.array([0])),
    ):
        with pytest.raises(dd.errors.DualDiffError):
            call()
    with pytest.raises(TypeError):
        color_star(None, np.array([0]))


# ---- colourings of known structures ----------------------------------------------------------------


@settings(deadline=None, max_examples=30, derandomize=True)
@given(st.integers(0, 10**6), st.sampled_from(ORDERS))
def test_colourings_of_random_patterns(seed, order):
    pattern = random_pattern(seed)
    for partition in ("column", "row", "bidirectional"):
        assert dd.coloring(pattern, partition, order).is_valid(pattern)
    pattern = random_pattern(seed, True)
    star, tree = (dd.coloring(pattern, "symmetric", order, substitution=s) for s in (False, True))
    assert star.is_valid(pattern) and tree.is_valid(pattern)
    # a star colouring is acyclic; it is a colouring of the graph, and the columns' one is a star colouring
    assert is_acyclic_coloring(pattern, star.colors)
    with_diagonal = pattern | np.eye(len(pattern), dtype=bool)
    assert is_star_coloring(pattern, dd.coloring(with_diagonal, order=order).colors)


def cycle(n):
    i = np.arange(n)
    return np.isin((i[:, None] - i) % n, [0, 1, n - 1])


def bipartite(m, n):
    found = np.zeros((m + n, m + n), bool)
    found[:m, m:] = found[m:, :m] = True
    return found


def test_published_bounds():
    for order in ORDERS:
        for w in range(1, 5):       # Curtis, Powell, Reid 1974: a band of width w takes w colours
            assert dd.coloring(banded(40, w - 1, 0)).ncolors == w
        for n in range(4, 12):      # a cycle has star chromatic number 3, but 4 for n = 5; acyclic 3 (Fertin et al. 2004)
            star = dd.coloring(cycle(n), "symmetric", order).ncolors
            assert (4 if n == 5 else 3) <= star <= 4
            assert dd.coloring(cycle(n), "symmetric", order, substitution=True).ncolors == 3
        for m, n in ((2, 5), (3, 3), (4, 7)):       # K(m, n): min(m, n) + 1 for both (Fertin et al. 2004)
            for substitution in (False, True):
                found = dd.coloring(bipartite(m, n), "symmetric", order, substitution=substitution).ncolors
                assert found >= min(m, n) + 1
        # every pair of columns of a full row meets; a hypercube's distance-2 number is at least its degree + 1
        assert dd.coloring(hypercube(5), order=order).ncolors >= 6
        assert 4 <= dd.coloring(hypercube(4), "symmetric", order).ncolors <= 10
        # Gebremedhin, Manne, Pothen 2005: at most one more than the largest distance-2 degree
        for pattern in (grid(6, 7), hypercube(4), random_pattern(3), random_pattern(8)):
            meets = (pattern.T.astype(int) @ pattern > 0).sum(axis=0).max()
            assert dd.coloring(pattern, order=order).ncolors <= meets
    # the fewest colours of a tree: 2 for acyclic
    tree = np.zeros((31, 31), bool)
    for i in range(1, 31):
        tree[i, (i - 1) // 2] = tree[(i - 1) // 2, i] = True
    assert dd.coloring(tree, "symmetric", substitution=True).ncolors == 2


def test_predicates_know_a_bad_colouring():
    assert not is_structurally_orthogonal(banded(6, 1, 1), [0, 1, 0, 1, 0, 1])
    assert not is_structurally_orthogonal(np.ones((2, 2)), [0, 0], "row")
    assert not is_star_coloring(cycle(6), [0, 1, 0, 1, 0, 1]) and not is_acyclic_coloring(cycle(6), [0, 1, 0, 1, 0, 1])
    assert is_acyclic_coloring(cycle(6), [0, 1, 0, 1, 0, 2]) and not is_star_coloring(cycle(6), [0, 1, 0, 1, 0, 2])
    assert not is_acyclic_coloring(np.ones((2, 2)), [0, 0]) and not is_star_coloring(np.ones((2, 2)), [0, 0])
    assert not dd.sparse.is_bicoloring(np.ones((2, 2)), [0, -1], [0, 0])
    for bad, error in (([0.5, 1.0], "integers"), ([0], "colours"), ([0, -1], "at least")):
        with pytest.raises(dd.errors.DualDiffError, match=error):
            is_structurally_orthogonal(np.ones((2, 2)), bad)


# ---- plans -----------------------------------------------------------------------------------------


def test_the_pattern_is_found_at_the_first_call():
    plan = dd.sparse_jacobian(broyden)
    assert "first call" in repr(plan)
    with pytest.raises(dd.errors.ArgumentError, match="not known yet"):
        plan.ncolors
    assert np.allclose(plan(points(9)).toarray(), dense(broyden, points(9))) and plan.ncolors == 3
    with pytest.raises(dd.errors.ShapeError, match="9 inputs"):
        plan(points(8))


def test_further_arguments():
    def f(u, a, *, b=1.0):
        return a * u[1:] * u[:-1] + b

    plan = dd.sparse_jacobian(f, np.ones(4), 2.0, b=3.0)
    value, J = plan.value_and_jacobian(points(4), 5.0, b=7.0)
    assert np.array_equal(value, f(points(4), 5.0, b=7.0))
    assert np.allclose(J.toarray(), 5 * dense(lambda u: u[1:] * u[:-1], points(4)))
    assert plan.check(points(4), 2.0, b=0.0) < 1e-14
    hessian = dd.sparse_hessian(lambda u, a: np.sum(a * u**3), np.ones(3), 1.0)
    assert np.allclose(hessian(points(3), 2.0).toarray(), np.diag(12 * points(3)))
    with pytest.raises(dd.errors.ArgumentError, match="x was not given"):
        dd.sparse_jacobian(f, b=2.0)


def test_structures_in_and_out():
    def f(p):
        return {"a": p["u"] * p["v"][:, None], "b": p["v"].sum()}

    x = {"u": points(3, 2), "v": points(3)}
    for partition in ("column", "row", "bidirectional"):
        plan = dd.sparse_jacobian(f, x, coloring=partition)
        value, J = plan.value_and_jacobian(x)
        assert J.shape == (7, 9) and np.array_equal(value["a"], f(x)["a"])
        flat = np.zeros((7, 9))
        for i in range(3):
            for j in range(2):
                flat[2 * i + j, 2 * i + j], flat[2 * i + j, 6 + i] = x["v"][i], x["u"][i, j]
        flat[6, 6:] = 1
        assert np.allclose(J.toarray(), flat)


def test_a_branch_that_changed_is_found():
    def f(x):
        return np.stack([x[i] if x[i] > 0 else 2 * x[i - 1] for i in range(5)])

    plan = dd.sparse_jacobian(f, np.ones(5))
    assert plan.check(np.abs(points(5)) + 0.1) < 1e-15
    with pytest.raises(dd.errors.PatternError, match=r"entry \(2, 1\) of the Jacobian, which is 2.0"):
        plan.check(np.array([1.0, 1, -1, 1, 1]))
    energy = dd.sparse_hessian(lambda x: np.sum(x**2), pattern=np.eye(3))
    assert energy.check(points(3)) < 1e-14
    with pytest.raises(dd.errors.PatternError, match="Hessian"):
        dd.sparse_hessian(lambda x: np.sum(x**2) + x[0] * x[1], pattern=np.eye(3)).check(points(3))


def test_matrices_share_nothing():
    plan = dd.sparse_jacobian(lambda x: x[1:] ** 2 + 0 * x[:-1], points(5))
    first = plan(points(5))
    before = plan(points(5)).toarray()
    first.eliminate_zeros()
    first.data[:] = 7
    assert np.array_equal(plan(points(5)).toarray(), before) and plan(points(5)).nnz == 8


def test_float32_and_numbers():
    J = dd.sparse_jacobian(broyden, points(6))(points(6).astype(np.float32))
    assert J.dtype == np.float32 and np.allclose(J.toarray(), dense(broyden, points(6)), rtol=1e-5)
    assert dd.sparse_jacobian(np.sin, 1.0)(0.0).toarray().tolist() == [[1.0]]
    ints = dd.sparse_jacobian(broyden, np.arange(4))(np.arange(4))
    assert np.array_equal(ints.toarray(), dense(broyden, np.arange(4)))


def test_many_directions_go_in_chunks(monkeypatch):
    x = points(12)
    f = lambda x: np.cumsum(x * x)  # noqa: E731
    whole = {kind: dd.sparse_jacobian(f, x, coloring=kind)(x).toarray() for kind in ("column", "row")}
    monkeypatch.setattr("dualdiff.sparse.jacobian.CHUNK_BYTES", 8 * 12 * 5)
    for kind, J in whole.items():
        assert np.array_equal(dd.sparse_jacobian(f, x, coloring=kind)(x).toarray(), J)


def test_threads_share_a_plan():
    plan, found = dd.sparse_jacobian(broyden), []

    def work(seed):
        for _ in range(20):
            x = points(30, seed=seed)
            found.append(np.allclose(plan(x).toarray(), dense(broyden, x)))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(found) == 80 and all(found)


def test_sets_are_forgotten_when_there_are_many(monkeypatch):
    monkeypatch.setattr("dualdiff.maps.sparsity.COLLECT", 500)

    def f(x):
        y = x * x[0]
        s = 0.0
        for i in range(60):
            s = s + x[i]
            y = y + np.roll(y, 1)[:1] * x
        return np.concatenate([y, [s]])

    x = points(60)
    with_less = dd.sparsity(f, x)
    monkeypatch.undo()
    assert np.array_equal(with_less.toarray(), dd.sparsity(f, x).toarray())
    assert not np.any(non_zeros(dense(f, x)) & ~with_less.toarray())


def test_bad_input():
    errors = dd.errors
    cases = [
        (lambda: dd.sparse_jacobian(3), errors.InputError, "expected a function"),
        (lambda: dd.sparse_jacobian(broyden, format="coo"), errors.ArgumentError, "format"),
        (lambda: dd.sparse_jacobian(broyden, coloring="symmetric"), errors.ArgumentError, "coloring must be"),
        (lambda: dd.sparse_jacobian(broyden, pattern=np.ones(3)), errors.ShapeError, "2 axes"),
        (lambda: dd.sparse_jacobian(broyden, pattern=[["a"]]), errors.InputError, "booleans or numbers"),
        (lambda: dd.sparse_jacobian(broyden, pattern=np.ones((4, 4)), coloring=dd.coloring(np.eye(4))), errors.ArgumentError, "separate"),
        (lambda: dd.sparse_jacobian(broyden, pattern=np.ones((4, 4)), coloring=dd.coloring(np.eye(3))), errors.ShapeError, "colouring is of"),
        (lambda: dd.sparse_hessian(broyden, pattern=np.ones((2, 3))), errors.ArgumentError, "square"),
        (lambda: dd.sparse_hessian(broyden, points(4)), errors.InputError, "one"),
        (lambda: dd.sparsity(broyden, np.ones(3) * 1j), errors.InputError, "complex"),
        (lambda: dd.sparsity(lambda x: None, np.ones(3)), errors.InputError, "return"),
        (lambda: dd.coloring(np.ones((2, 3)), "symmetric"), errors.ShapeError, "square"),
        (lambda: dd.coloring(np.eye(3), substitution=True), errors.ArgumentError, "symmetric"),
        (lambda: dd.coloring("text"), errors.InputError, "array"),
    ]  # fmt: skip
    for call, error, message in cases:
        with pytest.raises(error, match=message):
            call()


# ---- pictures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["column", "row", "bidirectional"])
def test_a_plan_does_not_drop_an_outer_derivative(kind):
    def data(a):        # a is in the function, not among its arguments
        return dd.sparse_jacobian(lambda x: x * x[0] * a, np.ones(4), coloring=kind).value_and_data(np.ones(4))[1][0]

    def entries(a):
        return dd.sparse_hessian(lambda x: np.sum(x[1:] ** 2 * x[:-1]) * a, coloring="substitution")(np.ones(4)).sum()

    for f in (data, entries):
        with pytest.raises(dd.errors.UnsupportedError, match="cannot be differentiated again"):
            dd.derivative(f)(2.0)


def test_plots():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plan = dd.sparse_jacobian(broyden, points(12))
    for coloring in (None, plan.coloring):
        ax = plan.pattern.plot(coloring)
        places = np.concatenate([np.asarray(marks.get_offsets()) for marks in ax.collections])
        assert {(int(i), int(j)) for j, i in places} == set(zip(*map(list, np.nonzero(plan.pattern.toarray())), strict=True))
        assert ("3 colours" in ax.get_title()) == (coloring is not None)
    pattern = dd.sparsity(np.diff, np.zeros(5))
    assert pattern.plot(dd.coloring(pattern, "bidirectional"), ax=ax) is ax
    plt.close("all")


def test_a_plot_without_matplotlib(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    pattern = dd.sparsity(np.diff, np.zeros(5))
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ImportError, match="needs matplotlib"):
        pattern.plot()


def test_large_patterns_take_few_colours():
    n = 60
    plan = dd.sparse_jacobian(lambda u: (np.roll(u, 1, 0) + np.roll(u, 1, 1) * u).ravel(), rng(0).random((n, n)))
    assert plan.pattern.nnz == 3 * n * n and plan.ncolors <= 6
    cells = dd.sparse_jacobian(lambda x: np.stack([x[::2] * x[1::2], x[1::2] ** 2], 1).ravel(), points(2000))
    assert cells.ncolors == 2


def test_columns_of_a_matrix_by_rows():
    """The compiled transposition, and what it refuses."""
    from dualdiff.core._sparse import turned

    rng = np.random.default_rng(8)
    for m, n in ((1, 1), (7, 4), (4, 9), (3, 0), (0, 3)):
        A = sp.csr_array(rng.uniform(size=(m, n)) < 0.4)
        A.sort_indices()
        ptr, idx = turned(A.indptr.astype(np.int64), A.indices.astype(np.int32), n)
        B = A.T.tocsr()
        B.sort_indices()
        np.testing.assert_array_equal(ptr, B.indptr)
        np.testing.assert_array_equal(idx, B.indices)
    with pytest.raises(ValueError, match="not in range"):
        turned(np.array([0, 1]), np.array([5], np.int32), 3)
    with pytest.raises(ValueError, match="fall"):
        turned(np.array([0, 2, 1, 2]), np.array([0, 1], np.int32), 3)


@pytest.mark.parametrize("shape", [(6, 6), (3, 40), (40, 3), (20, 20), (1, 5), (5, 1)])
def test_full_patterns_are_coloured_by_the_shorter_side(shape):
    plan = dd.sparse_jacobian(lambda x: np.tanh(np.ones(shape) @ x), np.ones(shape[1]))
    m, n = shape
    assert plan.ncolors == (n if n <= 2 * m else m)
    np.testing.assert_allclose(plan(np.ones(n)).toarray(), dd.jacobian(plan.f)(np.ones(n)), rtol=1e-12)


@pytest.mark.parametrize("format", ["csr", "csc"])
def test_dense_results_of_plans(format):
    """The dense matrix of a plan's numbers is the sparse one's."""
    rng = np.random.default_rng(9)
    A = sp.csr_array(rng.normal(size=(9, 7)) * (rng.uniform(size=(9, 7)) < 0.3))
    plan = dd.sparse_jacobian(lambda x: A @ np.sin(x), np.ones(7), format=format)
    _, data, way = plan.evaluate(np.ones(7), (), {})
    np.testing.assert_array_equal(way.dense(data), plan(np.ones(7)).toarray())
