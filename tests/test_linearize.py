"""linearize: a recording replayed as a program, held to jvp, to the complex step, and to its own transpose."""

import itertools
import subprocess
import sys
import tracemalloc
import warnings

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse.linalg as sla
from cases import ROWS, grouped
from hypothesis import HealthCheck, assume, given, settings, strategies as st
from support import (
    close,
    complex_step,
    differences,
    for_each,
    in_threads,
    inner,
    leaves,
    points,
    random_like,
    rebuild,
    rng,
    same_bits,
)

import dualdiff as dd
from dualdiff.errors import DualDiffError, InputError, ShapeError
from dualdiff.transforms.program import Program, Walk

X = points(6)
A = points(4, 5)
MODULE = sys.modules["dualdiff.transforms.linearize"]      # its name in the package is the function's
C = rng(30).standard_normal((6, 6))


def stacked(primals, k=3, seed=1):
    """k random tangents for each primal."""
    generator = rng(seed)
    return [np.stack([random_like(np.asarray(x, float), generator).astype(np.result_type(x, np.float32))
                      for _ in range(k)]) for x in primals]  # fmt: skip


def flat(stacks):
    """Stacks (k, *shape) as one matrix (k, n)."""
    return np.concatenate([np.reshape(s, (len(s), -1)) for s in stacks], axis=1)


@pytest.fixture(autouse=True)
def _programs_of_all_sizes(monkeypatch):
    """Small recordings become programs, too (test_tape.py is about the walks)."""
    monkeypatch.setattr("dualdiff.transforms.program.WALKED", 0)
    monkeypatch.setattr("dualdiff.transforms.recording.WALKED", 0)


def planned(J):
    """The plan behind J: a Program, or a Walk along the maps."""
    return J.recording.replay.plan() or J.recording.replay.walk


def check(f, *primals, rtol=1e-12, program=None):
    """Holds J of f to jvp and to its transpose; program: whether it has to have become one.

    Every leaf of the result must have its own elements; single precision is the caller's affair.
    """
    value, J = dd.linearize(f, *primals)
    vs = stacked(primals)
    plain, tangents = dd.jvp(f, primals, tuple(vs))
    for a, b in zip(leaves(value), leaves(plain), strict=True):
        same_bits(a, b, "value")
    n, m = sum(np.size(x) for x in primals), sum(np.size(y) for y in leaves(value))
    assert J.shape == (m, n)
    # the stack, one vector, and flat vectors: all the same numbers
    found = J.jvp(*vs)
    for a, b, y in zip(leaves(found), leaves(tangents), leaves(value), strict=True):
        close(a, b, rtol, "J.jvp of a stack")
        assert np.shape(a) == (3, *np.shape(y))
    again = J.jvp(*vs)
    for a, b in zip(leaves(found), leaves(again), strict=True):
        assert np.array_equal(a, b), "two applications differ"
    V, wanted = flat(vs), flat(leaves(tangents))
    close(J.matmat(V.T), wanted.T, rtol, "J @ V")
    for j in range(3):
        one = J.matvec(V[j])
        close(one, wanted[j], rtol, "J @ v")
        assert np.array_equal(one, J.matvec(V[j])), "two applications differ"
        alone = J.jvp(*[v[j] for v in vs])
        close(flat([np.asarray(t)[None] for t in leaves(alone)])[0], wanted[j], rtol, "J.jvp")
    # the matrix in both directions
    forward, reverse = J.dense("forward"), J.dense("reverse")
    assert forward.shape == reverse.shape == (m, n) and forward.dtype == reverse.dtype == J.dtype
    close(forward, reverse, rtol, "dense forward against reverse")
    close(forward @ V.T, wanted.T, rtol * 10, "dense")
    close(J.dense(), forward, rtol, "dense auto")
    # the adjoint identity
    generator = rng(5)
    ws = [np.stack([random_like(np.asarray(y, np.result_type(y, np.float32)), generator) for _ in range(3)])
          for y in leaves(value)]  # fmt: skip
    back = J.vjp(rebuild(value, ws))
    same = J.vjp(rebuild(value, ws))
    back, same = (back, same) if len(primals) > 1 else ((back,), (same,))
    for a, b, x in zip(back, same, primals, strict=True):
        assert np.array_equal(a, b), "two transposed applications differ"
        assert a.shape == (3, *np.shape(x))
    pulled = dd.vjp(f, *primals)[1](rebuild(value, ws))
    for a, b in zip(back, pulled if len(primals) > 1 else (pulled,), strict=True):
        close(a, b, rtol, "J.vjp against the maps one by one")
    for j in range(3):
        ahead = sum(inner(w[j], t[j]) for w, t in zip(ws, leaves(tangents), strict=True))
        behind = sum(inner(c[j], v[j]) for c, v in zip(back, vs, strict=True))
        size = sum(np.sum(np.abs(w[j]) * np.abs(t[j])) for w, t in zip(ws, leaves(tangents), strict=True))
        assert abs(ahead - behind) <= 10 * rtol * max(1.0, size), f"<w, Jv> = {ahead}, <J'w, v> = {behind}"
    if program is not None:
        assert type(planned(J)) is (Program if program else Walk)
    return J


# ---- every supported function ----------------------------------------------------------------------------

@for_each(grouped(ROWS))
def test_every_function(row):
    check(row.f, *row.primals)


def test_most_rows_run_as_programs():
    """The test above is one of programs: only what meets complex numbers or another precision is walked."""
    walked = {r.label for r in ROWS if type(planned(dd.linearize(r.f, *r.primals)[1])) is Walk}
    assert len(walked) < len(ROWS) / 6


# ---- random programs ---------------------------------------------------------------------------------------

KEYS = [slice(None), slice(1, None), slice(None, -1), slice(None, None, 2), slice(1, None, 2), slice(None, None, -1),
        slice(-2, None), slice(0, 0), slice(4, 0, -2), Ellipsis, 0, -1, 1, (Ellipsis, 0), (Ellipsis, slice(1, 3)),
        (Ellipsis, slice(None, None, -1)), (Ellipsis, None), (None, Ellipsis)]  # fmt: skip
MATRIX = rng(31).uniform(-0.7, 0.7, (24, 24))
CONSTANTS = rng(32).uniform(-1.2, 1.2, 24)


def key_for(v, number):
    """One of the keys, as far as the array has the axes."""
    key = KEYS[number % len(KEYS)]
    if np.ndim(v) == 0:
        return ...
    return key if np.shape(v)[0] > 1 and np.shape(v)[-1] > 0 else slice(None)


def fitted(v, shape):
    """v made to fit a shape: as it is if it broadcasts, else its first elements, else one of them."""
    if np.ndim(v) == 0:
        return v
    try:
        if np.broadcast_shapes(np.shape(v), shape) == shape:
            return v
    except ValueError:
        pass
    size = int(np.prod(shape))
    line = v.reshape(-1)
    if line.shape[0] >= size:
        return line[:size].reshape(shape)
    return line[0] if line.shape[0] else 0.5


class Machine:
    """Runs a list of (operation, a, b, c) on a pool of arrays that view and overwrite each other.

    The same code runs on plain, complex and dual arrays, so NumPy decides what a program means.
    """

    def __init__(self, x):
        self.x = x
        self.pool = [x, x * 0.5, np.sin(x).reshape(3, 4)]
        self.scalars = [x[0]]
        self.frozen = set()

    def run(self, program):
        for step in program:
            name, a, b, c = step
            getattr(self, name)(a, b, c)
        return self

    def take(self, a):
        return self.pool[-1 - a % len(self.pool)]

    def target(self, a):
        """An array that may be written to."""
        live = [v for v in self.pool if id(v) not in self.frozen]
        return live[-1 - a % len(live)]

    def put(self, v):
        if np.ndim(v) == 0:
            self.scalars.append(v)
        elif np.size(v) <= 24 and np.ndim(v) <= 3:
            self.pool.append(v)

    def scalar(self, a):
        return self.scalars[-1 - a % len(self.scalars)]

    # -- new arrays --

    def sine(self, a, b, c):
        self.put(np.sin(self.take(a)))

    def plus(self, a, b, c):
        v = self.take(a)
        self.put(v + fitted(self.take(b), v.shape))

    def minus(self, a, b, c):
        v = self.take(a)
        self.put(fitted(self.take(b), v.shape) - 2 * v)

    def times(self, a, b, c):
        v = self.take(a)
        self.put(0.5 * v * fitted(self.take(b), v.shape))

    def square_of_itself(self, a, b, c):
        v = self.take(a)
        self.put(np.sin(v * v))

    def scaled(self, a, b, c):
        v = self.take(a)
        self.put(v * CONSTANTS[: v.size].reshape(v.shape))

    def by_scalar(self, a, b, c):
        self.put(self.take(a) * self.scalar(b))

    def outer(self, a, b, c):
        self.put(np.multiply.outer(self.take(a).reshape(-1)[:4], np.sin(self.take(b)).reshape(-1)[:4]))

    def across(self, a, b, c):
        """Broadcasting one against the other."""
        v, w = self.take(a).reshape(-1)[:4], self.take(b).reshape(-1)[:3]
        self.put(v * w[:, None] + v)

    def chain(self, a, b, c):
        v = self.take(a)
        for i in range(2 + c % 5):
            v = np.sin(v * 1.1 + 0.1 * i)
        self.put(v)

    def many_terms(self, a, b, c):
        v = self.take(a)
        total = 0.1 * v
        for i in range(16):
            total = total + fitted(self.take(i), v.shape) * (0.1 * i)
        self.put(total)

    def copy(self, a, b, c):
        self.put(self.take(a).copy())

    def zeros(self, a, b, c):
        shape = [(12,), (3, 4), (4, 3), (2, 3, 2), (5,), (1, 6)][c % 6]
        self.put(np.zeros(shape, self.x.dtype, like=self.x))

    def join(self, a, b, c):
        self.put(np.concatenate([self.take(a).reshape(-1)[:8], self.take(b).reshape(-1)[:8], self.take(a).reshape(-1)[:2]]))

    def join_rows(self, a, b, c):
        v = self.take(a)
        self.put(np.stack([v, np.sin(v) + fitted(self.take(b), v.shape)], axis=c % (v.ndim + 1)))

    def where(self, a, b, c):
        v = self.take(a)
        self.put(np.where(np.real(v) > 0.2, v * v, fitted(self.take(b), v.shape)))

    def where_constant(self, a, b, c):
        v = self.take(a)
        self.put(np.where(CONSTANTS[: v.size].reshape(v.shape) > 0, v, 0.25))

    def total(self, a, b, c):
        v = self.take(a)
        self.put(np.sum(v, axis=None if c % 2 else c // 2 % v.ndim) * 0.3)

    def total_kept(self, a, b, c):
        v = self.take(a)
        self.put(np.sum(v, axis=c % v.ndim, keepdims=True))

    def product(self, a, b, c):
        v = self.take(a).reshape(-1)
        self.put(MATRIX[: 3 + c % 8, : v.shape[0]] @ v)

    def product_of_two(self, a, b, c):
        v, w = self.take(a).reshape(-1)[:6], self.take(b).reshape(-1)[:6]
        if v.shape[0] == w.shape[0] == 6:
            self.put(v.reshape(2, 3) @ w.reshape(3, 2))

    def gather(self, a, b, c):
        v = self.take(a)
        if v.shape[0]:
            self.put(v[np.array([0, -1, 0, b % v.shape[0]])])

    def masked(self, a, b, c):
        v = self.take(a)
        self.put(v[np.arange(v.shape[0]) % 3 != c % 3])

    def spread(self, a, b, c):
        v = np.broadcast_to(self.take(a).reshape(-1)[:4], (3, min(4, self.take(a).size)))
        self.frozen.add(id(v))
        self.put(v)

    # -- views --

    def view(self, a, b, c):
        v = self.take(a)
        self.derived(v, v[key_for(v, b)])

    def reshaped(self, a, b, c):
        v = self.take(a)
        shapes = [s for s in [(-1,), (2, -1), (3, -1), (-1, 2), (1, -1)] if v.size and v.size % max(abs(s[0]), abs(s[-1])) == 0]
        if shapes:
            self.derived(v, v.reshape(shapes[c % len(shapes)]))

    def transposed(self, a, b, c):
        v = self.take(a)
        self.derived(v, v.T)

    def derived(self, v, w):
        if id(v) in self.frozen:
            self.frozen.add(id(w))
            self.keep = [*getattr(self, "keep", []), w]
        self.put(w)

    def read(self, a, b, c):
        v = self.take(a)
        if v.size:
            self.put(v[(b % v.shape[0], *(0,) * (v.ndim - 1))])

    # -- writes --

    def write(self, a, b, c):
        v = self.target(a)
        key = key_for(v, c)
        w = fitted(self.take(b), np.shape(v[key]))
        v[key] = w if c % len(KEYS) in (0, 1, 2) else 1.0 * w      # NumPy overlaps other strides wrongly: a[::2] = a[:6]

    def write_computed(self, a, b, c):
        v = self.target(a)
        key = key_for(v, c)
        v[key] = np.sin(fitted(self.take(b), np.shape(v[key]))) + 0.5 * fitted(self.take(b + 1), np.shape(v[key]))

    def add_to(self, a, b, c):
        v = self.target(a)
        key = key_for(v, c)
        v[key] += fitted(self.take(b), np.shape(v[key]))

    def in_place(self, a, b, c):
        v = self.target(a)
        w = fitted(self.take(b), v.shape)
        if c % 4 == 0:
            v += w
        elif c % 4 == 1:
            v *= 0.5 * w
        elif c % 4 == 2:
            v -= 2 * w
        else:
            v /= 2 + w * w

    def constant(self, a, b, c):
        v = self.target(a)
        v[key_for(v, c)] = 0.1 * b

    def write_scalar(self, a, b, c):
        v = self.target(a)
        v[key_for(v, c)] = self.scalar(b)

    def shift(self, a, b, c):
        v = self.target(a)
        if v.shape[0] < 2:
            return
        if c % 5 == 0:
            v[1:] = v[:-1] * 0.9
        elif c % 5 == 1:
            v[:-1] = v[1:]
        elif c % 5 == 2:
            v[:] = v[::-1]
        elif c % 5 == 3:
            v[1:] += v[:-1]
        else:
            v[::2] = v[: (v.shape[0] + 1) // 2] * v[::2]

    def swap(self, a, b, c):
        v = self.target(a)
        if v.ndim == 1 and v.shape[0] > 1:
            i, j = b % v.shape[0], c % v.shape[0]
            old = v[i]
            v[i] = v[j]
            v[j] = old
            self.put(old)

    def swap_rows(self, a, b, c):
        v = self.target(a)
        if v.shape[0] > 1:
            v[0], v[-1] = v[-1].copy() if v.ndim > 1 else v[-1], v[0].copy() if v.ndim > 1 else v[0]

    def ghosts(self, a, b, c):
        v = self.target(a)
        if v.shape[0] > 2:
            v[0] = v[-2]
            v[-1] = v[1]

    def loop(self, a, b, c):
        v, w = self.target(a), self.take(b)
        for i in range(min(v.shape[0], w.shape[0])):
            v[i] = np.sin(v[i - 1]) * 0.5 + fitted(w[i], np.shape(v[i]))

    def fancy(self, a, b, c):
        v = self.target(a)
        if v.shape[0] > 2:
            v[np.array([0, 2])] = fitted(self.take(b), (2, *v.shape[1:]))

    def leading_ones(self, a, b, c):
        v = self.target(a)
        w = fitted(self.take(b), v.shape)
        v[...] = (np.broadcast_to(CONSTANTS[: v.size].reshape(v.shape), v.shape) * w)[None]

    def onto_itself(self, a, b, c):
        v = self.target(a)
        v[...] = v
        v[key_for(v, c)] = v[key_for(v, c)] * 2 - v[key_for(v, c)]

    def results(self, last):
        chosen = [v for v in [*self.pool[-last:], self.pool[0]] if v.size]
        return [*chosen, self.scalars[-1]]


OPERATIONS = [name for name in vars(Machine) if not name.startswith("_") and name not in (
    "run", "take", "target", "put", "scalar", "derived", "results")]  # fmt: skip


def random_program(ops, last):
    def f(x):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Machine(x).run(ops).results(last)

    return f


STEPS = st.lists(st.tuples(st.sampled_from(OPERATIONS), *[st.integers(0, 17)] * 3), min_size=2, max_size=20)
P12 = points(12)
V12 = rng(8).standard_normal(12)


@settings(max_examples=220, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(STEPS)
def test_random_programs(steps):
    """Reads, writes, views and copies in any order: J is jvp, its own transpose, and the complex step."""
    f = random_program(steps, 4)
    wanted = complex_step(f, (P12,), (V12,))
    assume(all(np.all(np.abs(t) < 1e6) for t in wanted))
    J = check(f, P12, program=True)
    for found, expected, value in zip(J.jvp(V12), wanted, f(P12.copy()), strict=True):
        close(found, expected, 1e-11, "complex step")
        assert np.shape(found) == np.shape(value)


def test_random_long_programs():
    """Hundreds of steps, with many buffers to share and few to keep."""
    generator, long = rng(40), 0
    for _ in range(12):
        steps = [(OPERATIONS[generator.integers(len(OPERATIONS))], *map(int, generator.integers(0, 18, 3)))
                 for _ in range(60)]  # fmt: skip
        f = random_program(steps, 4)
        wanted = complex_step(f, (P12,), (V12,))
        if all(np.all(np.abs(t) < 1e6) for t in wanted):
            J = check(f, P12, rtol=1e-11, program=True)
            long += 1
            for found, expected in zip(J.jvp(V12), wanted, strict=True):
                close(found, expected, 1e-10, "complex step")
    assert long >= 4


# ---- writes, one by one ------------------------------------------------------------------------------------


def by_slices(x):
    y = np.zeros_like(x)
    y[1:-1] = x[2:] - 2 * x[1:-1] + x[:-2]
    y[0], y[-1] = x[0] * x[1], x[-1]
    return y


def by_rows(x):
    y = np.zeros((3, 6), like=x)
    for i in range(3):
        y[i] = np.sin(x * i) + (y[i - 1] if i else 0.0)
    y[:, 2] = y[:, 1] * y[:, 3]
    return y


def by_elements(x):
    y = np.zeros_like(x)
    for i in range(6):
        y[i] = x[i] * x[i - 1] + (y[i - 1] if i else 1.0)
    return y


def overlap_up(x):
    y = x * 1.5
    y[1:] = y[:-1] * 2
    y[1:] += y[:-1]
    return y


def overlap_down(x):
    y = np.sin(x)
    y[:-1] = y[1:]
    y[::-1] = y * y
    return y


def swapped(x):
    y = x * x
    a = y[0]
    y[0] = y[1]
    y[1] = a
    y[[2, 3]] = y[[3, 2]]
    return y, a


def through_views(x):
    y = np.exp(x).reshape(2, 3)
    row, column, line = y[1], y[:, 0], y.reshape(-1)
    row[1:] = x[:2]
    column *= 3.0
    line[2::3] = line[::3]
    y.T[1] = 7.0
    return y + line[1], row * column[1]


def read_before_overwrite(x):
    y = 3 * x
    a, part, copied, lazy = y[2], y[1:4], y[1:4].copy(), y + 1.0
    y[1:4] = 0.5
    return a * y, part, copied * a, lazy


def accumulated(x):
    y = np.zeros_like(x)
    for i in range(8):
        y += np.sin(i + x) * y[::-1]
        y += x / (i + 1)
        y[i % 6] -= y[5 - i % 6]
    return y


def constants_over(x):
    y = x * x
    keep = y * 1.0
    y[::2] = 1.0
    y[1] = 0
    z = y * x
    z[...] = 2.0
    z[3] = x[0]
    return keep + z, y


def ghost_cells(x):
    u = np.zeros(8, like=x)
    u[1:-1] = x
    for _ in range(3):
        u[0], u[-1] = u[-2], u[1]
        new = u.copy()
        new[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2]) * u[1:-1]
        u = new
    return u


def interleaved(x):
    y, out = x * 2.0, np.zeros_like(x)
    for i in range(6):
        out[i] = y.sum()
        y[i] = out[i - 1] * 0.1 + y[(i + 2) % 6]
        out = out + y[i] * x
        y[:3], y[3:] = y[3:].copy() * 0.5, y[:3] * y[3:]
    return out, y


def leading_ones(x):
    """NumPy drops leading 1s of what is assigned, also of coefficients."""
    y = np.zeros_like(x)
    y[:] = x.reshape(1, 6) * np.arange(1.0, 7.0)[None]
    y[1:4] += (np.sin(x[:3])[None, None] * np.ones((1, 1, 3)))[0, 0]
    return y


def broadcast_view_follows(x):
    """A broadcast view shows what is written to its base later."""
    y = x * 2
    wide = np.broadcast_to(y, (2, 6))
    before = wide * 1.0
    y[0] = 100.0
    y[1] = y[2] * x[0]
    return wide, before, wide.sum(axis=0)


def buffer_made_in_turn(x):
    """Buffers of one size in turn: their slots are shared."""
    total = 0.0
    for i in range(10):
        y = np.zeros_like(x)
        y[i % 6 :] = np.cumsum(x)[: 6 - i % 6] * (1 + i)
        total = total + np.cumsum(y) * np.sin(y)
    return total


def kept_alive(x):
    """An early result that is needed at the very end."""
    first, y = np.cumsum(x), x
    for i in range(12):
        y = np.cumsum(np.sin(y) + 0.1 * i)
    return first * y, first


def scalar_buffer(x):
    s = np.zeros((), like=x)
    for e in x:
        s[...] = s + e * e
    return s * x


def row_swaps(x):
    a = np.outer(x[:4], np.cos(x[:4])) + np.eye(4)
    a[[0, 2]] = a[[2, 0]]
    a[3] -= a[0] * (a[3, 0] / a[0, 0])
    a[:, [1, 2]] *= x[4]
    a[np.arange(4), np.arange(4)] = x[:4] ** 2
    return a


def masked(x):
    y = np.sin(x)
    y[y > 0.6] *= x[0]
    y[np.array([True, False] * 3)] = 0.0
    y[x > 5] = 1.0       # nothing
    return y


WRITERS = [by_slices, by_rows, by_elements, overlap_up, overlap_down, swapped, through_views, read_before_overwrite,
           accumulated, constants_over, ghost_cells, interleaved, leading_ones, broadcast_view_follows,
           buffer_made_in_turn, kept_alive, scalar_buffer, row_swaps, masked]  # fmt: skip


@pytest.mark.parametrize("f", WRITERS, ids=lambda f: f.__name__)
def test_writes(f):
    def pure(x):
        return leaves(f(x))

    v = rng(9).standard_normal(6)
    J = check(f, X, program=True)
    wanted = differences(lambda x: pure(x.copy()), (X,), (v,), h=2.0**-9)
    for found, expected in zip(leaves(J.jvp(v)), wanted, strict=True):
        close(found, expected, 1e-8)


# ---- shapes of programs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [1, 2, 30, 400])
def test_a_chain_is_one_product(length):
    """A chain of elementwise operations is multiplied out, whatever its length."""

    def f(x):
        for i in range(length):
            x = np.sin(x) + 0.1 * i - x * 0.2
        return x

    def one_consumer(x):
        for i in range(length):
            x = np.sin(x * 1.1 + 0.1 * i)
        return x

    check(f, X, program=True)
    J = check(one_consumer, X, program=True)
    assert len(planned(J).operations) == 1


@pytest.mark.parametrize("count", [11, 12, 13, 24, 25, 40])
def test_sums_of_many_terms(count):
    """A step takes 12 terms; longer sums are joined."""

    def f(x):
        total = 0.0
        for i in range(count):
            total = total + np.sin(x[i : i + 3]) * (i + 1)
        return total

    def from_buffers(x):
        parts = [np.cumsum(x[i : i + 4]) for i in range(count)]
        return sum(p * np.cos(q) for p, q in zip(parts, parts[::-1], strict=True))

    x = points(count + 4)
    check(f, x, program=True)
    check(from_buffers, x, program=True)
    v = rng(3).standard_normal(x.shape)
    close(dd.linearize(f, x)[1] @ v, sum((np.cos(x[i : i + 3]) * v[i : i + 3]) * (i + 1) for i in range(count)), 1e-13)


BROADCASTS = {
    "a scalar input": (lambda x, s: x * s + s, X, 0.7),
    "a scalar twice": (lambda x, s: (s * s) * x + s * np.sin(x) * s, X, 0.7),
    "row and column": (lambda x, y: x[:, None] * y + np.sin(y) - x[:, None], X, points(4)),
    "ones": (lambda a, b: a * b + a / b, points(1, 3, 1), points(2, 1, 4)),
    "chain then broadcast": (lambda x, a: np.exp(np.sin(x)) * np.sin(a)[:, None], X, points(2)),
    "an element": (lambda x: x[0] * x + x[-1], X),
    "sum back": (lambda x: (x / x.sum()) * x.max(), X),
    "into a larger buffer": (lambda a: np.broadcast_to(a[0], (3, 5)) * a[:3] + a[1:, :1], A),
    "0-d": (lambda x: np.sin(x) * x, np.array(0.4)),
    "leading 1s of a coefficient": (leading_ones, X),
}


@pytest.mark.parametrize("case", BROADCASTS.values(), ids=BROADCASTS)
def test_broadcasting(case):
    check(case[0], *case[1:], program=True)


def shared_outputs(x):
    y = np.cumsum(x)
    return y, y, y[::2], y.reshape(2, 3).T, np.broadcast_to(y[0], (3,)), y * 1.0


OUTPUTS = {
    "the input": lambda x: x,
    "the input twice": lambda x: (x, x),
    "a view of the input": lambda x: x[::-2],
    "input and more": lambda x: {"x": x, "y": x * x, "v": x[1:3]},
    "the input negated": lambda x: -x,
    "the input doubled by adding": lambda x: x + x,
    "constants": lambda x: (np.ones(3), 2.0, x * 2, np.arange(2), True),
    "only constants": lambda x: np.ones((2, 2)),
    "zeros of the input": lambda x: (x * 0.0, np.zeros_like(x), np.floor(x)),
    "shared": shared_outputs,
    "an input that was written to": lambda x: overwritten(x),
    "a whole view": lambda x: (x[...], x.reshape(6), x[None][0]),
    "a number": lambda x: x.sum(),
    "numbers": lambda x: [x[0], x[1] * x[2], 3.0],
    "two outputs of one buffer, one overwritten": lambda x: overwritten(x * 2.0),
}


def overwritten(x):
    old = x * 1.0
    view = x[2:4]
    x[2] = old[0]
    return x, old, view


@pytest.mark.parametrize("f", OUTPUTS.values(), ids=OUTPUTS)
def test_outputs(f):
    before = X.copy()
    check(f, X, program=True)
    assert np.array_equal(X, before)


def test_results_belong_to_the_caller():
    """Writing into what J returned, or into what it was given, changes no later product."""
    _, J = dd.linearize(shared_outputs, X)
    v = rng(2).standard_normal(6)
    first = J.jvp(v)
    kept = [np.copy(t) for t in first]
    for t in first:
        t[...] = -99.0
    v2 = v.copy()
    again = J.jvp(v2)
    v2[...] = 5.0
    for a, b in zip(again, kept, strict=True):
        assert np.array_equal(a, b)
    for f in (lambda x: x, lambda x: (x, x), lambda x: x.reshape(2, 3)):
        value, J = dd.linearize(f, X)
        w = [np.ones(np.shape(y)) for y in leaves(value)]
        back = J.vjp(rebuild(value, w))
        back[...] = -1.0
        assert all(np.array_equal(a, np.ones(a.shape)) for a in w)
        out = J.jvp(v)
        leaves(out)[0][...] = 3.0
        assert np.array_equal(v, rng(2).standard_normal(6))


def test_nothing_of_size_zero():
    """Empty pieces in the middle and among the results."""
    check(lambda x: (np.concatenate([x[:0], np.sin(x), x[3:3] * 2]), np.sum(x[:0]) + x[0]), X, program=True)
    check(lambda x: (x[:0] * 2, x * 2), X, program=True)

    def writes_nothing(x):
        y = x * x
        y[4:2] = x[5:2]
        y[:0] += 1.0
        return y, np.zeros((0, 3), like=x), y[6:].reshape(0, 2)

    check(writes_nothing, X)
    check(lambda x: x[:, :0] @ x[:0, :2] + x[0, 0], A)
    check(lambda x: x[:0] * 2, X)


# ---- arguments and structures ------------------------------------------------------------------------------


def test_flat_vectors_hold_the_leaves_in_order():
    def f(p, z):
        return {"b": p["m"] * z, "a": (p["v"].sum() * z, p["v"])}

    p, z = {"m": points(2, 3), "v": points(4)}, 1.5
    value, J = dd.linearize(f, p, z)
    assert J.shape == (6 + 1 + 4, 6 + 4 + 1)
    assert J.input_shape == ({"m": (2, 3), "v": (4,)}, ())
    assert J.output_shape == {"b": (2, 3), "a": ((), (4,))}
    assert J.T.input_shape == J.output_shape and J.T.output_shape == J.input_shape and J.T.shape == J.shape[::-1]
    wanted = np.zeros((11, 11))
    wanted[:6, :6], wanted[:6, 10] = z * np.eye(6), p["m"].ravel()
    wanted[6, 6:10], wanted[6, 10] = z, p["v"].sum()
    wanted[7:, 6:10] = np.eye(4)
    close(J.dense("forward"), wanted, 1e-15)
    close(J.dense("reverse"), wanted, 1e-15)
    v = rng(4).standard_normal(11)
    structured = J.jvp({"m": v[:6].reshape(2, 3), "v": v[6:10]}, v[10])
    close(np.concatenate([structured["b"].ravel(), [structured["a"][0]], structured["a"][1]]), J @ v, 1e-15)
    back_p, back_z = J.vjp({"b": v[:6].reshape(2, 3), "a": (v[6], v[7:])})
    close(np.concatenate([back_p["m"].ravel(), back_p["v"], [back_z]]), J.T @ v, 1e-15)


def test_none_is_a_zero_tangent():
    _, J = dd.linearize(lambda x, y: x * y[0], X, X)
    v = rng(1).standard_normal(6)
    assert np.array_equal(J.jvp(v, None), J.jvp(v, np.zeros(6)))
    assert np.array_equal(J.jvp(None, v), J.jvp(np.zeros(6), v))
    with pytest.raises(InputError, match="all are None"):
        J.jvp(None, None)


def test_python_numbers():
    value, J = dd.linearize(lambda x, y: x * y * y, 2.0, 3)
    assert type(value) is float and value == 18.0 and J.shape == (1, 2) and J.input_shape == ((), ())
    assert J.jvp(1.0, None) == 9.0 and type(J.jvp(1.0, 1.0)) is float
    assert J.vjp(1.0) == (9.0, 12.0) and all(type(g) is float for g in J.vjp(1.0))
    assert np.array_equal(J @ [1.0, 2.0], [33.0]) and np.array_equal(J.T @ [2.0], [18.0, 24.0])
    assert J.jvp(np.ones(4), np.zeros(4)).tolist() == [9.0] * 4
    _, J = dd.linearize(lambda x: x * x, np.array([1, 2]))
    assert J.dtype == np.float64 and np.array_equal(J @ np.array([1, 1]), [2.0, 4.0])


def test_has_aux_and_keywords():
    value, J, aux = dd.linearize(lambda x, c: (c * x, {"s": x.sum(), "n": "n"}), X, has_aux=True, c=2.0)
    same_bits(value, 2.0 * X)
    same_bits(aux["s"], X.sum())
    assert aux["n"] == "n" and np.array_equal(J.dense(), 2 * np.eye(6))


def test_single_precision_is_kept():
    x = X.astype(np.float32)

    def f(x):
        y = np.tanh(x) * x.sum()
        y[1:3] = x[::-1][:2] * y[0]
        return y

    value, J = dd.linearize(f, x)
    assert value.dtype == J.dtype == np.float32 and type(planned(J)) is Walk
    for found in (J @ x, J @ np.ones(6), J.T @ x, J.T @ np.ones(6), J.jvp(x), J.vjp(x), J.dense(), J.dense("reverse"),
                  J.diagonal()):  # fmt: skip
        assert found.dtype == np.float32
    close(J.dense(), dd.linearize(f, X)[1].dense(), 1e-5)
    close(J.dense("reverse"), dd.linearize(f, X)[1].dense(), 1e-5)


def test_complex_numbers_in_the_middle():
    def f(x):
        z = x[:3] + 1j * x[3:]
        w = np.fft.fft(z * z) / (1 + z) + np.conj(z)
        w[1] = z[0] * w[2]
        return np.stack([w.real, w.imag, np.abs(w)])

    J = check(f, X, program=False)
    assert J.dtype == np.float64


def test_complex_results():
    """J is the complex matrix dy/dx: J @ v, J.T @ w and J.H @ w are its products, in both directions."""
    _, J = dd.linearize(lambda x: (x[:3] + 1j * x[3:]) ** 2, X)
    M = np.concatenate([np.diag(2 * (X[:3] + 1j * X[3:])), np.diag(2j * (X[:3] + 1j * X[3:]))], axis=1)
    assert J.dtype == complex
    close(J.dense("forward"), M, 1e-14)
    close(J.dense("reverse"), M, 1e-14)
    v, w = random_like(np.ones(6, complex), rng(1)), random_like(np.ones(3, complex), rng(2))
    close(J @ v, M @ v, 1e-13)
    close(J.T @ w, M.T @ w, 1e-13)
    close(J.H @ w, M.conj().T @ w, 1e-13)
    close(J.rmatvec(w), M.conj().T @ w, 1e-13)
    close(J.H.H @ v, M @ v, 1e-13)
    close(J.H.T.dense(), M.conj(), 1e-14)
    close(J.vjp(w), (M.conj().T @ w).real, 1e-13)       # the cotangent of a real argument is real
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        close(dd.linearize(np.sin, X)[1] @ v, np.cos(X) * v, 1e-14)     # a real J takes complex vectors too
        close(dd.linearize(np.sin, X)[1].T @ v, np.cos(X) * v, 1e-14)


# ---- the matrix --------------------------------------------------------------------------------------------


def test_dense_by_chunks(monkeypatch):
    """The passes of dense take a bounded number of directions; the pieces fit together."""
    f = lambda x: np.cumsum(np.sin(x)) * x[0]     # noqa: E731
    x = points(23)
    _, J = dd.linearize(f, x)
    whole = J.dense("forward"), J.dense("reverse"), J.diagonal()
    close(whole[2], np.diagonal(whole[0]), 1e-15)
    for width in (1, 2, 5, 22, 23, 100):
        monkeypatch.setattr(MODULE, "CHUNK_BYTES", 8 * 23 * width)
        ranges = list(J.chunks(23))
        assert max(b - a for a, b in ranges) <= width and ranges[0][0] == 0 and ranges[-1][1] == 23
        assert all(a[1] == b[0] for a, b in itertools.pairwise(ranges))
        for found, wanted in zip((J.dense("forward"), J.dense("reverse"), J.diagonal()), whole, strict=True):
            assert np.array_equal(found, wanted)


def test_dense_picks_a_direction(monkeypatch):
    calls = []
    for name in ("forward", "backward"):
        whole = getattr(MODULE.Recording, name)
        monkeypatch.setattr(MODULE.Recording, name,
                            lambda self, s, whole=whole, name=name: (calls.append(name), whole(self, s))[1])  # fmt: skip
    dd.linearize(lambda x: x.sum(), X)[1].dense()
    assert calls == ["backward"]
    dd.linearize(lambda x: np.outer(x, x), X)[1].dense()
    assert calls == ["backward", "forward"]
    dd.linearize(lambda x: np.outer(x, x), X)[1].T.dense()
    assert calls == ["backward", "forward", "forward"]


def test_transposes():
    _, J = dd.linearize(lambda x: np.outer(np.sin(x), x[:2]), X)
    M = J.dense()
    for op, wanted in ((J.T, M.T), (J.T.T, M), (J.H, M.T), (J.transpose(), M.T), (J.adjoint().T, M)):
        assert op.shape == wanted.shape
        for mode in ("auto", "forward", "reverse"):
            close(op.dense(mode), wanted, 1e-14)
    V, W = rng(1).standard_normal((6, 4)), rng(2).standard_normal((12, 4))
    close(J @ V, M @ V, 1e-13)
    close(J.matmat(V), M @ V, 1e-13)
    close(J.T @ W, M.T @ W, 1e-13)
    close(J.rmatmat(W), M.T @ W, 1e-13)
    close(J.rmatvec(W[:, 0]), M.T @ W[:, 0], 1e-13)
    close(J.matvec(V[:, :1]), M @ V[:, :1], 1e-13)
    close(W.T @ J, W.T @ M, 1e-13)                  # NumPy leaves @ to J
    close(W[:, 0] @ J, W[:, 0] @ M, 1e-13)
    close(V[:, 0] @ J.T, M @ V[:, 0], 1e-13)
    close(J.dot(V[:, 0]), M @ V[:, 0], 1e-13)
    assert (J @ V[:, :0]).shape == (12, 0) and "12x6" in repr(J) and "transposed" in repr(J.T)
    assert np.array_equal(J @ np.asfortranarray(V), J @ V) and np.array_equal(J @ V[::-1][::-1], J @ V)


def test_matrix_arguments():
    """An array of the argument's own shape is one direction."""
    _, J = dd.linearize(lambda a: a @ a.T, A)
    v = rng(1).standard_normal(A.shape)
    close(J @ v, v @ A.T + A @ v.T, 1e-14)
    close(J @ v.ravel(), (v @ A.T + A @ v.T).ravel(), 1e-14)


def refused(kind, match, call):
    with pytest.raises(kind, match=match) as caught:
        call()
    assert isinstance(caught.value, DualDiffError)


def test_errors():
    _, J = dd.linearize(lambda x: x[:4] * x[4], X)
    for v in (np.ones(4), np.ones(7), np.ones((1, 6)), 1.0, np.ones((2, 3, 6))):
        found = str(np.shape(v)).replace("(", r"\(").replace(")", r"\)")
        refused(ShapeError, rf"\(4, 6\).*{found}", lambda v=v: J @ v)
    refused(ShapeError, r"\(6, 4\).*4.*\(6,\)", lambda: J.T @ np.ones(6))
    refused(ShapeError, r"\(4, 6\).*\(5, 2\)", lambda: J.matmat(np.ones((5, 2))))
    refused(ShapeError, r"\(6, 4\).*\(5,\)", lambda: np.ones(5) @ J)
    refused(ShapeError, r"\(5,\).*\(6,\)", lambda: J.jvp(np.ones(5)))
    refused(ShapeError, r"\(5,\).*\(4,\)", lambda: J.vjp(np.ones(5)))
    refused(ShapeError, "1 primals.*2 tangents", lambda: J.jvp(X, X))
    refused(ShapeError, r"square.*\(4, 6\)", J.diagonal)
    refused(InputError, "mode.*columns", lambda: J.dense("columns"))
    refused(InputError, "transposed.*vjp", lambda: J.T.jvp(X))
    refused(InputError, "transposed.*jvp", lambda: J.T.vjp(X))
    refused(InputError, "at least one", lambda: dd.linearize(np.sin))
    refused(InputError, "numbers.*<U1", lambda: J @ np.array(list("abcdef")))
    with pytest.raises(ZeroDivisionError):
        dd.linearize(lambda x: x * (1 // 0), X)


# ---- SciPy -------------------------------------------------------------------------------------------------


def diffusion(u):
    r = 2.5 * u + 0.1 * u**3
    r[1:] -= u[:-1]
    r[:-1] -= u[1:]
    return r


def test_scipy_takes_it_as_it_is():
    u = points(30)
    _, J = dd.linearize(diffusion, u)
    M, b = J.dense(), rng(1).standard_normal(30)
    wanted = np.linalg.solve(M, b)
    for solver in (sla.gmres, sla.gcrotmk, sla.bicgstab, sla.cg):
        x, info = solver(J, b, rtol=1e-12, atol=0.0)
        assert info == 0
        close(x, wanted, 1e-9, solver.__name__)
    close(sla.gmres(J.T, b, rtol=1e-12)[0], np.linalg.solve(M.T, b), 1e-9)
    _, K = dd.linearize(lambda u: np.concatenate([diffusion(u), u[:5] * u[5:10]]), u)
    L, c = K.dense(), rng(2).standard_normal(35)
    close(sla.lsqr(K, c, atol=1e-13, btol=1e-13, iter_lim=500)[0], np.linalg.lstsq(L, c, rcond=None)[0], 1e-8)
    close(sla.lsmr(K, c, atol=1e-13, btol=1e-13)[0], np.linalg.lstsq(L, c, rcond=None)[0], 1e-8)
    close(np.sort(sla.svds(K, k=3, return_singular_vectors=False)), scipy.linalg.svdvals(L)[2::-1], 1e-9)
    found = sla.eigs(J, k=3, which="LM", return_eigenvectors=False)
    close(np.sort(found.real), np.sort(np.linalg.eigvals(M).real)[-3:], 1e-9)
    close(np.sort(sla.eigsh(J, k=3, return_eigenvectors=False)), np.linalg.eigvalsh(M)[-3:], 1e-9)
    op = sla.aslinearoperator(J)
    assert op.shape == J.shape and op.dtype == J.dtype
    close(op @ b, M @ b, 1e-13)
    close(op.H @ b, M.T @ b, 1e-13)
    close((op.T @ op) @ b, M.T @ (M @ b), 1e-12)
    close((2 * op + op) @ np.eye(30), 3 * M, 1e-12)


def test_scipy_is_not_imported():
    code = (
        "import sys, numpy as np, dualdiff as dd\n"
        "_, J = dd.linearize(lambda x: np.sin(x) * x[0], np.ones(3))\n"
        "J @ np.ones(3); J.T @ np.ones(3); J.dense(); J.diagonal(); np.ones(3) @ J\n"
        "assert not [m for m in sys.modules if m.split('.')[0] == 'scipy'], 'scipy was imported'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# ---- nesting -----------------------------------------------------------------------------------------------


def curved(x):
    """Elementwise, matmul, writes, gather, where: every kind of map with partials of its own."""
    y = np.exp(0.3 * x) * x[::-1]
    y[1:3] = (C @ np.sin(x))[2:4] * x[0]
    z = np.where(x > 0.9, y * y, x)
    z[[0, 4]] += np.outer(x, y).sum(axis=1)[[1, 2]]
    return np.concatenate([z, np.cumsum(y)[:2]])


def matrix_of_x(x):
    """The recorded map keeps the matrix, which is dual when the call is nested."""
    return np.outer(x, np.sin(x)) @ x


@pytest.mark.parametrize("f", [curved, matrix_of_x, by_rows, through_views, ghost_cells, row_swaps, by_slices],
                         ids=lambda f: f.__name__)  # fmt: skip
def test_nesting(f):
    """J(x) v differentiated by x: every nesting against forward over forward."""

    def g(x):
        return np.concatenate([np.ravel(y) for y in leaves(f(x))])

    v, u = rng(1).standard_normal(6), rng(2).standard_normal(6)
    value = g(X.copy())
    w = rng(3).standard_normal(value.shape)
    _, wanted = dd.jvp(lambda x: dd.jvp(g, (x,), (v,))[1], (X,), (u,))
    outer = dd.jvp(lambda x: dd.linearize(g, x)[1] @ v, (X,), (u,))
    close(outer[0], dd.jvp(g, (X,), (v,))[1], 1e-13)
    close(outer[1], wanted, 1e-11, "jvp of J @ v by x")
    close(dd.linearize(lambda x: dd.jvp(g, (x,), (v,))[1], X)[1] @ u, wanted, 1e-11, "linearize of jvp")
    close(dd.linearize(lambda x: dd.linearize(g, x)[1] @ v, X)[1] @ u, wanted, 1e-11, "linearize of linearize")
    back = dd.vjp(lambda x: dd.linearize(g, x)[1] @ v, X)[1](w)
    assert abs(back @ u - w @ wanted) < 1e-10 * max(1, abs(w @ wanted))
    # gradient of w . J v through the transposed product: the same number, by its other argument
    for transform in (lambda h: dd.jvp(h, (X,), (u,))[1], lambda h: dd.linearize(h, X)[1] @ u):
        found = transform(lambda x: dd.linearize(g, x)[1].T @ w)
        assert abs(found @ v - w @ wanted) < 1e-10 * max(1, abs(w @ wanted))
    second = dd.vjp(lambda x: dd.linearize(g, x)[1].T @ w, X)[1](v)
    close(second, back, 1e-10, "vjp of J.T @ w by x")


def test_a_fixed_operator_is_linear_in_v():
    """jvp, vjp and linearize of v -> J @ v give J itself: dual and recorded vectors go through the program."""
    _, J = dd.linearize(curved, X)
    assert type(planned(J)) is Program
    M = J.dense()
    v, u, w = rng(1).standard_normal(6), rng(2).standard_normal(6), rng(3).standard_normal(8)
    value, tangent = dd.jvp(lambda v: J @ v, (v,), (u,))
    assert np.array_equal(value, J @ v)
    close(tangent, M @ u, 1e-13)
    close(dd.jacobian(lambda v: J @ v)(v), M, 1e-13)
    close(dd.jacobian(lambda w: J.T @ w)(w), M.T, 1e-13)
    close(dd.jacobian(lambda v: J.jvp(v))(v), M, 1e-13)
    close(dd.jacobian(lambda w: J.vjp(w))(w), M.T, 1e-13)
    close(dd.vjp(lambda v: J @ v, v)[1](w), M.T @ w, 1e-13)
    close(dd.vjp(lambda w: J.T @ w, w)[1](u), M @ u, 1e-13)
    close(dd.linearize(lambda v: np.sin(J @ v), v)[1].dense("reverse"), np.cos(M @ v)[:, None] * M, 1e-12)
    close(dd.linearize(lambda w: J.T @ np.sin(w), w)[1].dense("forward"), M.T * np.cos(w), 1e-12)
    close(dd.linearize(lambda w: J.T @ np.sin(w), w)[1].dense("reverse"), M.T * np.cos(w), 1e-12)
    H = dd.hessian(lambda v: 0.5 * np.sum((J @ v) ** 2))(v)
    close(H, M.T @ M, 1e-12)
    for nest in (lambda h: dd.jvp(lambda v: dd.vjp(h, v)[1](1.0), (v,), (u,))[1],
                 lambda h: dd.vjp(lambda v: dd.vjp(h, v)[1](1.0), v)[1](u),
                 lambda h: dd.vjp(lambda v: dd.jvp(h, (v,), (u,))[1], v)[1](1.0)):  # fmt: skip
        close(nest(lambda v: np.sum(np.sin(J @ v))), M.T @ (-np.sin(M @ v) * (M @ u)), 1e-12)
    # both at once: in x and in v
    found = dd.jvp(lambda x, v: dd.linearize(curved, x)[1] @ (v * x), (X, v), (u, w[:6]))[1]
    wanted = dd.jvp(lambda x, v: dd.jvp(curved, (x,), (v * x,))[1], (X, v), (u, w[:6]))[1]
    close(found, wanted, 1e-12)
    stack = dd.jvp(lambda V: J @ V, (np.stack([v, u], axis=1),), (np.stack([u, v], axis=1),))[1]
    close(stack, M @ np.stack([u, v], axis=1), 1e-13)


def test_dual_matrix_on_the_left():
    """w @ J of a dual w."""
    _, J = dd.linearize(curved, X)
    w, u = rng(3).standard_normal(8), rng(4).standard_normal(8)
    value, tangent = dd.jvp(lambda w: w @ J, (w,), (u,))
    close(value, J.T @ w, 1e-15)
    close(tangent, J.T @ u, 1e-13)


# ---- evaluated once, applied anywhere ----------------------------------------------------------------------


def test_f_is_evaluated_once():
    calls = []

    def f(x):
        calls.append(1)
        return curved(x)

    _, J = dd.linearize(f, X)
    assert len(calls) == 1
    J @ X, J.T @ np.ones(8), J.dense("forward"), J.dense("reverse"), J.jvp(X), J.vjp(np.ones(8)), J.T.T @ X
    dd.jvp(lambda v: J @ v, (X,), (X,))
    assert len(calls) == 1


def test_the_callers_arrays_are_free_afterwards():
    """J keeps what it needs: writing to x, to constants and to masks after the call changes nothing."""
    x, c, mask, index = X.copy(), np.arange(1.0, 7.0), X > 1, np.array([2, 0, 1])
    m = C.copy()

    def f(x):
        y = np.where(mask, x * c, np.sin(x))
        return (m @ y) * x + y[index].sum()

    value, J = dd.linearize(f, x)
    wanted = dd.jacobian(f)(x)
    value[...] = 0
    x[...], c[...], m[...], mask[...], index[...] = 9.0, 0.0, 0.0, False, 0
    close(J.dense("forward"), wanted, 1e-14)
    close(J.dense("reverse"), wanted, 1e-14)


@pytest.mark.parametrize("first", ["planned", "not yet planned"])
def test_threads_share_one_operator(first):
    """Concurrent products in both directions and of several stacks give what they give alone."""

    def f(x):
        for i in range(20):
            x = np.cumsum(np.sin(x)) * 0.1 + x[::-1] * (1 + 0.01 * i)
            x[3:9] = x[1:7] * x[0]
        return x

    x = points(400)
    _, reference = dd.linearize(f, x)
    jobs = []
    for k in (1, 2, 3, 5, 8, 13):
        V = rng(k).standard_normal((400, k))
        jobs.append((V, reference @ V, reference.T @ V))
    _, J = dd.linearize(f, x)
    if first == "planned":
        J @ x
    bad = []

    def work(i):
        for j in range(24):
            V, ahead, back = jobs[(i + j) % len(jobs)]
            if not np.array_equal(J @ V, ahead) or not np.array_equal(J.T @ V, back):
                bad.append((i, j))

    in_threads(work)
    assert bad == []


def test_workspaces_are_kept_and_few():
    _, J = dd.linearize(curved, X)
    J @ X
    shelf = planned(J).workspaces["forward", 1]
    kept = shelf[0]
    for _ in range(4):
        J @ X
        assert planned(J).workspaces["forward", 1] == [kept]
    for k in range(1, 20):
        J @ np.ones((6, k))
    assert sum(map(len, planned(J).workspaces.values())) <= 6


# ---- memory ------------------------------------------------------------------------------------------------


def peak_of(run):
    tracemalloc.start()
    try:
        result = run()
        size, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return result, size, peak


SIZE = 100_000


def hundred(x):
    """100 operations of which the 50 sines store a partial each; the 50 sums store nothing."""
    for i in range(50):
        x = np.sin(x) + 0.01 * i
    return x


def test_memory_of_linearize():
    """Peak at most 1.2 times the stored partials: an array for each sine; a sum with a constant stores none."""
    x = np.linspace(0.1, 1.0, SIZE)
    dd.linearize(hundred, x[:10])
    (value, J), _, peak = peak_of(lambda: dd.linearize(hundred, x))
    partials = 50 * 8 * SIZE
    assert peak <= 1.2 * partials, f"peak {peak / partials:.2f} of the stored partials"
    # once planned, the chain is multiplied out: what stays is one partial (and the value, and the buffers of a run)
    _, size, _ = peak_of(lambda: J @ x)
    assert size < 6 * 8 * SIZE
    close(J @ np.ones(SIZE), dd.jvp(hundred, (x,), (np.ones(SIZE),))[1], 1e-12)


def test_checkpoints_store_less():
    x = np.linspace(0.1, 1.0, SIZE)

    def five(x, start):
        for i in range(5):
            x = np.sin(x) + 0.01 * (start + i)
        return x

    step = dd.checkpoint(five)

    def f(x):
        for i in range(0, 50, 5):
            x = step(x, start=i)
        return x

    (_, plain), full, _ = peak_of(lambda: dd.linearize(hundred, x))
    (value, J), less, _ = peak_of(lambda: dd.linearize(f, x))
    assert less < 0.3 * full        # 10 arguments against 50 partials
    same_bits(value, hundred(x))
    v = np.cos(x)
    close(J @ v, plain @ v, 1e-13)
    close(J.T @ v, plain.T @ v, 1e-13)


def test_checkpoint_gives_the_same_everywhere():
    def inner(x, y):
        z = np.sin(x) * y.sum()
        z[0] = y[0] * x[1]
        return {"z": z, "s": (z @ x, 2.0)}

    def outer(g):
        def f(x):
            first = g(x, x[:3] * 2.0)
            second = g(first["z"], np.ones(2))
            return second["z"] * first["s"][0] + second["s"][0] + first["s"][1] * x

        return f

    plain, stored = outer(inner), outer(dd.checkpoint(inner))
    same_bits(stored(X), plain(X))
    v, w = rng(1).standard_normal(6), rng(2).standard_normal(6)
    close(dd.jvp(stored, (X,), (v,))[1], dd.jvp(plain, (X,), (v,))[1], 1e-14)
    close(dd.vjp(stored, X)[1](w), dd.vjp(plain, X)[1](w), 1e-13)
    check(stored, X)
    close(dd.linearize(stored, X)[1].dense("reverse"), dd.linearize(plain, X)[1].dense(), 1e-13)
    hessian = dd.hessian(lambda x: np.sum(plain(x) * w))(X)
    scalar = lambda x: np.sum(stored(x) * w)    # noqa: E731
    close(dd.hessian(scalar)(X), hessian, 1e-12)
    for nest in (lambda: dd.jvp(lambda x: dd.vjp(scalar, x)[1](1.0), (X,), (v,))[1],
                 lambda: dd.vjp(lambda x: dd.vjp(scalar, x)[1](1.0), X)[1](v),
                 lambda: dd.vjp(lambda x: dd.jvp(scalar, (x,), (v,))[1], X)[1](1.0),
                 lambda: dd.jvp(lambda x: dd.linearize(scalar, x)[1].vjp(1.0), (X,), (v,))[1],
                 lambda: dd.linearize(lambda x: dd.linearize(scalar, x)[1].vjp(1.0), X)[1] @ v):  # fmt: skip
        close(nest(), hessian @ v, 1e-11)


# ---- zeros, infinities, kinks ------------------------------------------------------------------------------


def test_zero_tangents_and_cotangents_stay_zero():
    """sqrt'(0) = inf times 0 is 0: one direction does not poison the others."""
    _, J = dd.linearize(np.sqrt, np.array([0.0, 4.0]))
    wanted = [[np.inf, 0.0], [0.0, 0.25]]
    assert np.array_equal(J.dense("forward"), wanted) and np.array_equal(J.dense("reverse"), wanted)
    assert np.array_equal(J @ [0.0, 1.0], [0.0, 0.25]) and np.array_equal(J.T @ [0.0, 1.0], [0.0, 0.25])


def test_a_dual_matrix_after_plain_operations():
    """An outer call's matrix makes the recording one that is walked; the maps before it are still there."""
    A, x, v, w = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, 1.5]), np.array([1.0, -1.0]), np.array([2.0, 1.0])

    def g(a):
        _, J = dd.linearize(lambda x: (a * A) @ (2.0 * x), x)
        return J @ v, J.T @ w

    forward, backward = dd.jvp(g, (1.0,), (1.0,))[1]
    assert np.array_equal(forward, 2 * A @ v) and np.array_equal(backward, 2 * A.T @ w)


def test_where_over_an_infinity():
    """What np.where does not choose has no influence, in every direction."""
    x = np.array([0.0, 4.0, -1.0])
    with np.errstate(invalid="ignore"):
        for f in (lambda x: np.where(x > 0, np.sqrt(x), 0.0), lambda x: np.where(x > 0, np.sqrt(x), x * 0.0)):
            value, J = dd.linearize(f, x)
            wanted = np.diag([0.0, 0.25, 0.0])
            assert np.array_equal(J.dense("forward"), wanted) and np.array_equal(J.dense("reverse"), wanted)
            assert np.array_equal(dd.jacobian(f)(x), wanted)


def test_kinks_are_those_of_jvp():
    x = np.array([0.0, 1.0, 1.0, -2.0])
    for f in (np.abs, np.max, lambda x: np.clip(x, 0.0, 1.0), lambda x: np.maximum(x, x[::-1]), np.sign, np.floor,
              lambda x: np.hypot(x, 0.0), np.prod):  # fmt: skip
        J = dd.linearize(f, x)[1]
        wanted = np.reshape(dd.jacobian(f)(x), J.shape)
        assert np.array_equal(J.dense("forward"), wanted) and np.array_equal(J.dense("reverse"), wanted)
