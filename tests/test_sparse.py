"""Patterns, colourings and sparse derivatives."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from cases import ROWS, grouped
from support import for_each, leaves, points, rng

import dualdiff as dd
from dualdiff.patterns.coloring import ORDERS, best_coloring
from dualdiff.sparse import (
    Coloring,
    Pattern,
    is_acyclic_coloring,
    is_bicoloring,
    is_star_coloring,
    is_structurally_orthogonal,
)

# ---- patterns: never too small, on every row of the tables of functions ----------------------------


def dense(f, x):
    """The Jacobian of f by x as a matrix, by forward mode with unit vectors."""
    x = np.asarray(x, float)
    value, t = dd.jvp(f, (x,), (np.eye(x.size).reshape(x.size, *x.shape),))
    parts = [np.reshape(leaf, (x.size, -1)) for leaf in leaves(t)]
    return np.concatenate(parts, axis=1).T


def non_zeros(J):
    """Where a dense Jacobian is not 0 (nan counts)."""
    return np.abs(np.nan_to_num(J, nan=1.0)) > 0


def of_one(row):
    """A row's function of one flat vector, and that vector."""
    shapes = [np.shape(x) for x in row.primals]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])

    def f(z):
        return row.f(*(np.reshape(z[end - int(np.prod(shape)) : end], shape) for shape, end in zip(shapes, ends)))

    return f, np.concatenate([np.reshape(np.asarray(x, float), -1) for x in row.primals])


@for_each(grouped(ROWS))
def test_patterns_of_the_support_table(row):
    f, x = of_one(row)
    pattern = dd.sparsity(f, x).toarray()
    for seed in range(2):
        z = x + 1e-3 * seed * rng(seed).standard_normal(x.shape)
        assert not np.any(non_zeros(dense(f, z)) & ~pattern)


# ---- patterns: exact where it is said to be --------------------------------------------------------

B = np.array([[1.0, 0, 2, 0], [0, 0, 3, 0], [0, 4, 0, 0]])     # a dense constant with zeros
S = np.zeros((3, 3, 4))
S[0, 0], S[2, 1, 3], S[1, 1, 0] = 1, 2, 3


def ghost_cells(u):
    v = np.zeros(u.size + 2, like=u)
    v[1:-1] = u
    v[0], v[-1] = u[0], u[-1]
    return v[2:] - 2 * v[1:-1] + v[:-2]


def cells(x):
    out = np.zeros_like(x)
    for i in range(1, len(x) - 1):
        out[i] = x[i - 1] - 2 * x[i] + x[i + 1] ** 2
    out[0] = x[0]
    return out


def recurrence(x):
    y = np.zeros_like(x)
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = 0.5 * y[i - 1] + x[i]
    return y


def laplacian(u):
    U = np.pad(u.reshape(3, 4), 1)
    return U[2:, 1:-1] + U[:-2, 1:-1] + U[1:-1, 2:] + U[1:-1, :-2] - 4 * U[1:-1, 1:-1]


def rolled(u):
    u = u.reshape(3, 4)
    return np.roll(u, 1, 0) + np.roll(u, -1, 0) - np.roll(u, 1, 1) * u


def through_a_view(u):
    out = np.zeros((3, 4), like=u)
    row = out[1]
    row[1:] = u[:3]
    out.reshape(-1)[::4] += u[3:6]
    out.T[3] = u[9:] * u[6:9]
    return out


def box(u):
    u = u.reshape(2, 3, 2)
    out = u * u
    out[1:] += u[:-1]
    out[:, :-1] -= u[:, 1:]
    return out


EXACT = {
    "diff": np.diff,
    "pad": laplacian,
    "pad with edges": lambda u: np.diff(np.pad(u, (1, 2), "edge")),
    "roll": rolled,
    "ghost cells": ghost_cells,
    "cells": cells,
    "recurrence": recurrence,
    "views": through_a_view,
    "3-D slices": box,
    "concatenate": lambda u: np.concatenate([u[::2] * u[1::2], u[:1]]),
    "stack": lambda u: np.stack([u[:4], u[4:8] * u[8:]]),
    "strided fields": lambda u: np.stack([u[::2] * u[1::2], u[::2]], axis=1),
    "dense constant": lambda u: B @ u[:4],
    "dense constant, many columns": lambda u: B @ u.reshape(4, 3),
    "dense constant on the right": lambda u: u.reshape(4, 3) @ B,
    "dot": lambda u: np.dot(u.reshape(4, 3), B),
    "einsum": lambda u: np.einsum("ij,jk->ik", B, u.reshape(4, 3)),
    "einsum, three operands": lambda u: np.einsum("aij,jk,k->ai", S, u.reshape(4, 3), np.array([1.0, 0, 2])),
    "einsum of itself": lambda u: np.einsum("ij,ij->i", u.reshape(4, 3), u.reshape(4, 3)),
    "einsum, a diagonal": lambda u: np.einsum("ii->i", u[:9].reshape(3, 3)),
    "tensordot": lambda u: np.tensordot(S, u.reshape(4, 3), axes=(2, 0)),
    "batched matmul": lambda u: np.matmul(S[:, :, :3], u.reshape(3, 4)),
    "kron": lambda u: np.kron(B[:, :2], u[:2]),
    "cross": lambda u: np.cross(np.array([1.0, 0, 0]), u.reshape(4, 3)),
    "sum over an axis": lambda u: np.sum(u.reshape(3, 4) ** 2, axis=0),
    "mean, keepdims": lambda u: u.reshape(3, 4) * 0 + np.mean(u.reshape(3, 4), axis=1, keepdims=True),
    "max over an axis": lambda u: np.max(u.reshape(3, 4), axis=1),
    "cumsum": lambda u: np.cumsum(u.reshape(3, 4), axis=1),
    "reduceat by cumsum": lambda u: np.diff(np.cumsum(u)[::4]),
    "take and repeat": lambda u: np.repeat(u[[3, 3, 1]], 2) * np.take(u, np.arange(6)),
    "mask": lambda u: u[np.arange(12) % 3 == 1],
    "block diagonal": lambda u: np.stack([np.prod(u.reshape(4, 3), axis=1), np.sum(u.reshape(4, 3), axis=1)]),
    "prod": lambda u: np.prod(u.reshape(3, 4), axis=0),
    "norms": lambda u: np.linalg.norm(u.reshape(4, 3), axis=1),
    "batched inverse": lambda u: np.linalg.inv(u[:8].reshape(2, 2, 2) + np.eye(2)),
    "batched solve": lambda u: np.linalg.solve(u[:8].reshape(2, 2, 2) + np.eye(2), u[8:].reshape(2, 2, 1)),
    "floor": lambda u: np.floor(u) * u + np.sign(u[0]),
    "two factors": lambda u: u[0] * u + np.outer(u, u[:2])[:, 0],
    "a constant": lambda u: np.ones(3),
    "structures": lambda u: {"a": u[:2] * u[2], "b": (u[5], np.float64(1.0))},
    "scalars": lambda u: np.array([u[0] * u[1], u[2], 0.0, u[3] / u[4]]),
    "gradient": lambda u: np.gradient(u),
    "convolve": lambda u: np.convolve(u, [1.0, 2.0, 1.0], "same"),
}

# cancellations, and products with 0, are not seen; the largest element may be another one nearby
LARGER = {"pad with edges", "gradient", "reduceat by cumsum", "mean, keepdims", "max over an axis"}


@pytest.mark.parametrize("name", EXACT)
def test_exact_patterns(name):
    f = EXACT[name]
    pattern = dd.sparsity(f, points(12)).toarray()
    found = np.zeros(pattern.shape, bool)
    for seed in range(3):
        J = non_zeros(dense(f, points(12, seed=seed)))
        assert not np.any(J & ~pattern)
        found |= J
    if name not in LARGER:
        assert np.array_equal(pattern, found)


def test_a_derivative_that_is_zero_at_the_point_is_an_entry():
    zero = np.zeros(2)
    for f in (lambda x: x[:1] * x[1:], lambda x: np.maximum(x[0], x[1]), lambda x: np.sin(x[0]) * x[1] ** 2,
              lambda x: np.hypot(x[0], x[1]), lambda x: x[0] ** 3 * x[1], lambda x: np.max(x)):
        assert dd.sparsity(f, zero).toarray().tolist() == [[True, True]]
    # numbers computed at the point that the rules of factorisations hold are not constants
    assert dd.sparsity(lambda x: np.linalg.inv(x.reshape(3, 3)), np.eye(3)).nnz == 81
    assert dd.sparsity(lambda x: np.linalg.eigh(x.reshape(3, 3))[0], np.diag([1.0, 2.0, 3.0])).nnz >= 3 * 6
    assert dd.sparsity(lambda x: np.linalg.cholesky(x.reshape(3, 3))[2, 2], np.eye(3)).nnz >= 6


def test_what_is_zero_everywhere_is_no_entry():
    assert dd.sparsity(lambda x: np.floor(x) + np.sign(x) + np.round(x), points(3)).nnz == 0
    assert dd.sparsity(lambda x: np.floor_divide(x, 2.0) * 1.0, points(3)).nnz == 0


def test_patterns_are_local_in_branches():
    def f(x):
        return x if x[0] > 0 else np.roll(x, 1)

    assert np.array_equal(dd.sparsity(f, np.ones(4)).toarray(), np.eye(4, dtype=bool))
    assert np.array_equal(dd.sparsity(f, -np.ones(4)).toarray(), np.roll(np.eye(4, dtype=bool), 1, axis=0))


def test_structures_count_as_one_vector():
    pattern = dd.sparsity(lambda p, c: [p["a"] * c, p["b"][0].sum()], {"a": np.ones(2), "b": (np.ones((2, 2)), 1.0)}, 3.0)
    assert pattern.shape == (3, 7)
    assert np.array_equal(pattern.toarray(), [[1, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1, 0]])


def test_text_form():
    pattern = dd.sparsity(np.diff, np.zeros(4))
    assert str(pattern) == "xx..\n.xx.\n..xx"
    assert pattern.text(dd.coloring(pattern)) == "AB..\n.BA.\n..AB"
    assert isinstance(pattern, sp.csr_array) and pattern.dtype == bool
    assert len(str(dd.sparsity(np.diff, np.zeros(100)))) < 1000


# ---- colourings ------------------------------------------------------------------------------------


def banded(n, below, above):
    return np.tri(n, n, above, bool) & ~np.tri(n, n, -below - 1, bool)


def grid(*shape):
    """The adjacency of a grid with its diagonal: the pattern of a Laplacian."""
    found = sp.csr_array(np.ones((1, 1)))
    for n in shape:
        found = sp.kron(found, sp.eye_array(n)) + sp.kron(sp.eye_array(found.shape[0]), banded(n, 1, 1) & ~np.eye(n, dtype=bool))
    return (found.toarray() != 0) | np.eye(found.shape[0], dtype=bool)


def arrow(n):
    found = np.eye(n, dtype=bool)
    found[0] = found[:, 0] = True
    return found


def hypercube(d):
    i = np.arange(2**d)
    return np.isin(i[:, None] ^ i, [0, *(2**k for k in range(d))])


def random_pattern(seed, symmetric=False):
    r = rng(seed)
    m, n = (int(r.integers(1, 30)) for _ in range(2))
    n = m if symmetric else n
    found = r.random((m, n)) < r.choice([0.02, 0.1, 0.3, 0.7])
    return found | found.T if symmetric else found


SYMMETRIC = {
    "tridiagonal": banded(30, 1, 1), "pentadiagonal": banded(30, 2, 2), "5-point": grid(7, 9), "7-point": grid(4, 4, 4),
    "arrow": arrow(12), "hypercube": hypercube(4), "complete": np.ones((9, 9), bool), "diagonal": np.eye(8, dtype=bool),
    "empty": np.zeros((5, 5), bool), "one": np.ones((1, 1), bool), "blocks": np.kron(np.eye(5), np.ones((3, 3))) > 0,
    **{f"random {seed}": random_pattern(seed, True) for seed in range(12)},
}  # fmt: skip
PATTERNS = SYMMETRIC | {
    "lower": banded(12, 3, 0), "wide": np.ones((2, 30), bool), "tall": np.ones((30, 2), bool), "diff": banded(11, 0, 1)[:10],
    **{f"rectangular {seed}": random_pattern(seed + 100) for seed in range(12)},
}  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", PATTERNS)
def test_colourings_are_valid(name, order):
    pattern = PATTERNS[name]
    longest = pattern.sum(axis=1).max(), pattern.sum(axis=0).max()
    for partition, least in (("column", longest[0]), ("row", longest[1])):
        c = dd.coloring(pattern, partition, order)
        assert is_structurally_orthogonal(pattern, c.colors, partition) and c.is_valid(pattern)
        assert c.ncolors >= least and sorted(np.concatenate([[], *c.groups])) == list(range(pattern.shape[partition == "column"]))
    c = dd.coloring(pattern, "bidirectional", order)
    assert is_bicoloring(pattern, *c.colors) and c.is_valid(pattern) and c.ncolors <= sum(pattern.shape)
    if name in SYMMETRIC:
        star = dd.coloring(pattern, "symmetric", order)
        tree = dd.coloring(pattern, "symmetric", order, substitution=True)
        assert is_star_coloring(pattern, star.colors) and star.is_valid(pattern)
        assert is_acyclic_coloring(pattern, tree.colors) and tree.is_valid(pattern)


def test_known_numbers_of_colours():
    for n in (5, 50, 51, 52):
        assert dd.coloring(banded(n, 1, 1)).ncolors == 3
        assert dd.coloring(banded(n, 2, 3)).ncolors == min(n, 6)
        # star and acyclic chromatic numbers of a path: 3 and 2
        assert dd.coloring(banded(n, 1, 1), "symmetric").ncolors == 3
        assert dd.coloring(banded(n, 1, 1), "symmetric", substitution=True).ncolors == 2
    for order in ORDERS:
        assert 5 <= dd.coloring(grid(20, 31), order=order).ncolors <= 7
        assert dd.coloring(np.kron(np.eye(20), np.ones((4, 3))), order=order).ncolors == 3
        assert dd.coloring(arrow(20), order=order).ncolors == 20
        assert dd.coloring(arrow(20), "bidirectional", order).ncolors <= 3
        assert dd.coloring(arrow(20), "symmetric", order).ncolors == 2
        assert dd.coloring(np.ones((6, 6)), "symmetric", order).ncolors == 6
        assert dd.coloring(np.ones((6, 6)), "symmetric", order, substitution=True).ncolors == 6
    # Coleman and Moré 1984: a star colouring of a grid takes 5 colours in the natural order
    assert dd.coloring(grid(12, 12), "symmetric").ncolors <= 6


def grid_of(shape, moves):
    """The pattern of a stencil on a grid with open ends."""
    i = np.arange(np.prod(shape)).reshape(shape)
    found = np.zeros((i.size, i.size), bool)
    for move in moves:
        ends = [(slice(max(0, -a), s - max(0, a)), slice(max(0, a), s - max(0, -a))) for a, s in zip(move, shape, strict=True)]
        found[i[tuple(e[0] for e in ends)].ravel(), i[tuple(e[1] for e in ends)].ravel()] = True
    return found


def star(d, reach=1):
    return [(0,) * d, *(tuple(r * s * (i == j) for j in range(d)) for i in range(d) for s in (1, -1) for r in range(1, reach + 1))]


@pytest.mark.parametrize(("pattern", "most"), [
    (grid_of((30,), star(1)), 3), (grid_of((30,), star(1, 2)), 5), (grid_of((13, 17), star(2)), 5),
    (grid_of((12, 12), star(2)), 6), (grid_of((13, 15), star(2, 2)), 12), (grid_of((6, 7, 8), star(3)), 12),
    (grid_of((7, 7, 7), star(3)), 9), (grid_of((9, 11), [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]), 10),
    (np.kron(banded(10, 1, 1), np.ones((4, 4))), 12), (banded(40, 1, 1)[:-2], 3), (banded(40, 1, 1)[:, 2:], 3),
    (np.vstack([grid_of((8, 9), star(2))] * 2), 12), (np.hstack([grid_of((8, 9), star(2))] * 2), 12),
])  # fmt: skip
@pytest.mark.parametrize("turned", [False, True])
def test_grids_take_the_fewest_colours_or_nearly(pattern, most, turned):
    pattern = pattern.T if turned else pattern
    c = best_coloring(pattern)
    assert c.partition in ("column", "row") and c.ncolors <= most and c.is_valid(pattern), c


@pytest.mark.parametrize("pattern", [arrow(40), np.ones((5, 60)), np.vstack([np.eye(30), np.ones((1, 30))]),
                                     np.hstack([np.eye(30), np.ones((30, 2))]), np.eye(30)[::-1]])  # fmt: skip
def test_full_lines_are_taken_apart(pattern):
    c = best_coloring(pattern)
    assert c.is_valid(pattern) and c.ncolors <= 5


# ---- sparse Jacobians ------------------------------------------------------------------------------


def broyden(x):
    y = (3 - 2 * x) * x + 1
    y[1:] -= x[:-1]
    y[:-1] -= 2 * x[1:]
    return y


def arrowhead(x):
    y = np.sin(x) * x[0]
    y[0] = np.sum(x**2)
    return y


JACOBIANS = {"broyden": broyden, "arrowhead": arrowhead} | EXACT


@pytest.mark.parametrize("format", ["csr", "csc"])
@pytest.mark.parametrize("name", JACOBIANS)
def test_sparse_jacobians_equal_the_dense_ones(name, format):
    f, x = JACOBIANS[name], points(12)
    for partition in (None, "column", "row", "bidirectional"):
        plan = dd.sparse_jacobian(f, x, coloring=partition, format=format)
        for seed in (1, 2):
            z = points(12, seed=seed)
            value, J = plan.value_and_jacobian(z)
            assert J.format == format and J.has_canonical_format and J.shape == plan.shape
            assert np.allclose(J.toarray(), dense(f, z), rtol=1e-12, atol=1e-13)
            for mine, own in zip(leaves(value), leaves(f(z)), strict=True):
                assert np.array_equal(mine, own)
            assert plan.check(z) < 1e-12


@pytest.mark.parametrize("substitution", [False, True])
def test_sparse_hessians(substitution):
    def energy(u):
        U = np.pad(u.reshape(4, 3), 1)
        return np.sum(np.sqrt(1 + np.diff(U, axis=0)[:, 1:] ** 2 + np.diff(U, axis=1)[1:] ** 2)) + np.exp(u[0] * u[-1])

    plan = dd.sparse_hessian(energy, points(12), coloring="substitution" if substitution else None)
    x = points(12, seed=3)
    H, truth = plan(x), dd.hessian(energy)(x)
    assert np.allclose(H.toarray(), truth, rtol=1e-11, atol=1e-12) and abs(H - H.T).max() == 0
    assert plan.pattern.nnz == np.count_nonzero(truth) and plan.ncolors < 12 and plan.check(x) < 1e-12


# ---- scipy.sparse matrices in the function ---------------------------------------------------------

KINDS = [getattr(sp, f"{kind}_{what}") for kind in ("csr", "csc", "coo", "dia", "bsr", "lil", "dok") for what in ("array", "matrix")]
D = rng(5).random((4, 5)) * (rng(6).random((4, 5)) < 0.5)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_products_with_sparse_matrices(kind):
    M = kind(D)
    cases = [
        (lambda x: M @ x, D, (5,)), (lambda x: M.dot(x), D, (5,)), (lambda x: M @ x, D, (5, 3)), (lambda x: M @ x, D, (5, 1)),
        (lambda x: M.T @ x, D.T, (4,)), (lambda x: x @ M, D.T, (4,)), (lambda x: (x @ M).T, D.T, (3, 4)),
    ]  # fmt: skip
    if kind.__name__.endswith("_matrix"):
        cases += [(lambda x: M * x, D, (5,)), (lambda x: x * M, D.T, (4,)), (lambda x: M * x, D, (5, 2))]
    for f, matrix, shape in cases:
        x = points(*shape)
        value, tangent = dd.jvp(f, (x,), (np.cos(x),))
        plain = f(x)
        assert np.array_equal(value, plain) and value.dtype == plain.dtype and value.shape == plain.shape
        side = np.cos(x).T if shape[0] == 3 else np.cos(x)
        assert np.allclose(tangent, matrix @ side, rtol=1e-14)
        w = points(*value.shape, seed=1)
        assert np.isclose(np.sum(dd.vjp(f, x)[1](w) * np.cos(x)), np.sum(w * tangent), rtol=1e-13)
        assert np.isclose(np.sum(dd.hvp(lambda x: np.sum(f(x) ** 2), (x,), (np.cos(x),)) * np.cos(x)), 2 * np.sum(tangent**2))
    assert np.array_equal(dd.sparsity(lambda x: M @ np.sin(x), points(5)).toarray(), D != 0)
    assert np.array_equal(dd.sparsity(lambda x: M @ x.reshape(5, 2), points(10)).toarray(), np.kron(D != 0, np.eye(2)) > 0)


def test_a_linearization_as_a_sparse_matrix():
    x = points(12)
    truth = dense(arrowhead, x)
    for plan in (None, truth != 0, dd.sparse_jacobian(arrowhead, x), dd.sparse_jacobian(arrowhead, x, coloring="column")):
        for format in ("csr", "csc"):
            for planned in (False, True):
                _, J = dd.linearize(arrowhead, x)
                if planned:
                    J @ x
                found = J.sparse(plan, format)
                assert found.format == format and np.allclose(found.toarray(), truth, rtol=1e-13)
                assert np.allclose(dd.linearize(arrowhead, x)[1].T.sparse().toarray(), truth.T, rtol=1e-13)
    with pytest.raises(dd.errors.ShapeError, match="plan is for"):
        dd.linearize(arrowhead, x)[1].sparse(dd.sparse_jacobian(broyden, points(5)))


def test_patterns_see_through_checkpoints():
    step = dd.checkpoint(lambda x: x[1:] * x[:-1])
    assert str(dd.sparsity(lambda x: step(step(x)), np.zeros(4))) == "xxx.\n.xxx"


def test_plans_pickle():
    plan = pickle.loads(pickle.dumps(dd.sparse_jacobian(broyden, points(12), coloring="row")))
    assert plan.coloring.partition == "row" and np.allclose(plan(points(12)).toarray(), dense(broyden, points(12)))
    with pytest.raises(pickle.PicklingError, match="top level"):
        pickle.dumps(dd.sparse_jacobian(lambda x: x, points(3)))
    c = dd.coloring(np.eye(3))
    assert pickle.loads(pickle.dumps(c)) == c and isinstance(pickle.loads(pickle.dumps(plan.pattern)), Pattern)


def test_a_pattern_that_is_too_small_is_named():
    plan = dd.sparse_jacobian(broyden, pattern=np.eye(12))
    with pytest.raises(dd.errors.PatternError, match=r"misses entry \(\d+, \d+\) of the Jacobian"):
        plan.check(points(12))


def test_errors():
    with pytest.raises(dd.errors.ArgumentError, match="partition"):
        dd.coloring(np.eye(3), "diagonal")
    with pytest.raises(dd.errors.ArgumentError, match="order"):
        dd.coloring(np.eye(3), order="random")
    with pytest.raises(dd.errors.ArgumentError, match="symmetric pattern"):
        dd.coloring(np.tri(3), "symmetric")
    with pytest.raises(dd.errors.ShapeError, match="inputs"):
        dd.sparse_jacobian(broyden, pattern=np.eye(5))(np.ones(6))
    with pytest.raises(AttributeError, match="immutable"):
        dd.coloring(np.eye(3)).colors = 1
    assert isinstance(dd.coloring(np.eye(3)), Coloring)
