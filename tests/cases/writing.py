"""Functions and methods that write into a buffer, and what it is made with."""

import numpy as np
from support import points

from .base import kinked, row

X = points(5)
A = points(3, 4)
S = points(4, 4)
I3 = np.array([2, 0, 2])


def into(write, make=lambda x: x * x):
    """A function of x that writes into a buffer made of x, and returns it."""

    def f(*xs):
        y = make(xs[0])
        write(y, *xs)
        return y

    return f


row(np.copyto, into(lambda y, x: np.copyto(y, x[::-1]), np.zeros_like), X)
row(np.copyto, into(lambda y, x: np.copyto(y, x[0], where=[[True], [False], [True]])), A)
row(np.copyto, into(lambda y, x: np.copyto(y, 2.0, where=[True, False, True, False, False])), X)
row(np.put, into(lambda y, x: np.put(y, [0, -1], x[1:3] * 2)), X)
row(np.put, into(lambda y, x: np.put(y, [1, 2, 3, 4], x[:2])), A)
row(np.put, into(lambda y, x: np.put(y, [0, 7], x[3], mode="wrap")), X)
row(np.place, into(lambda y, x: np.place(y, [True, False, True, True, False], x[:2] * 3)), X)
row(np.putmask, into(lambda y, x: np.putmask(y, [True, False, True, True, False], x[:2] * 3)), X)
row(np.putmask, into(lambda y, x: np.putmask(y, np.eye(3, 4) > 0, x * 3)), A)
row(np.put_along_axis, into(lambda y, x: np.put_along_axis(y, np.array([[0], [2], [1]]), x[:, :1] * x[:, 1:2], axis=1)), A)
row(np.put_along_axis, into(lambda y, x: np.put_along_axis(y, np.array([3, 0]), x[0, :2], axis=None),
         lambda x: np.zeros((5, 5), x.dtype, like=x)), X[:, None] * X)  # fmt: skip
row(np.fill_diagonal, into(lambda y, x: np.fill_diagonal(y, x[0] * 2)), S)
row(np.fill_diagonal, into(lambda y, x: np.fill_diagonal(y, x[0, 1], wrap=True), lambda x: x.T * 1), A)
row(np.fill_diagonal, into(lambda y, x: np.fill_diagonal(y, 0)), S)

row("put", into(lambda y, x: y.put([0, 1], x[2:4])), X)
row("flat", lambda x: x.flat[1:7] * x.flat[3], A)
row("flat", lambda x: sum(e * e * i for i, e in enumerate(x.flat)), A)


def flat_writes(y, x):
    """Single elements, slices, the whole, repeated as often as needed."""
    y.flat[3] = x[0, 1]
    y.flat[[4, 6]] = x[0, :2]
    y.T.flat[5] = x[2, 2] * 2
    y[1].flat = x[0, :2] * 3


row("flat", into(flat_writes), A)


def new_shape(x):
    """x.shape = ... between writes through views of both shapes."""
    y = np.zeros((3, 4), x.dtype, like=x)
    column = y[:, 1]
    y[...] = x * x
    y.shape = (2, 6)
    column[0] = x[0, 0]
    y[1] = 3.0
    column[2] = x[1, 1] * 2
    y[0, ::2] = x[0, 0]
    return y * column.sum()


row("shape", new_shape, A)


def parts(x):
    """Real and imaginary parts, read and assigned as views."""
    z = x * (1 + 2j)
    z.real = x * x
    z.imag[0] = x[1]
    z.real[:, 0] = 1.0
    w = z[1]
    w.imag = 2 * w.real
    return z * z


kinked("real", parts, A)
kinked("imag", parts, A)
row("view", into(lambda y, x: y.view().__setitem__(0, x[1])), A)
row("to_device", lambda x: x.to_device("cpu") * x, X)
kinked("choose", lambda x: x * (np.ones_like(x) * [0, 1, 1, 0, 0]).astype(int).choose([2, 3]), X)
row("argpartition", lambda x: x[x.argpartition(2)][2] * x, X, analytic=False)

# ---- with like= -----------------------------------------------------------------------------------------

for _f in (
    lambda like: np.eye(5, like=like, dtype=like.dtype), lambda like: np.identity(5, like=like, dtype=like.dtype),
    lambda like: np.tri(5, like=like, dtype=like.dtype), lambda like: np.arange(5.0, like=like, dtype=like.dtype),
    lambda like: np.fromfunction(lambda i: i, (5,), like=like, dtype=like.dtype),
    lambda like: np.fromiter(range(5), like.dtype, like=like),
    lambda like: np.frombuffer(bytes(40), np.float32, count=5, like=like).astype(like.dtype),
    lambda like: np.fromstring("1 2 3 4 5", sep=" ", like=like, dtype=like.dtype),
    lambda like: np.fromfile(__file__, np.uint8, count=5, like=like) * 0.01,
    lambda like: np.loadtxt(["1 2 3 4 5"], like=like, dtype=like.dtype),
    lambda like: np.genfromtxt(["1 2 3 4 5"], like=like, dtype=like.dtype),
):  # fmt: skip
    _name = next(n for n in _f.__code__.co_names if n not in ("np", "dtype", "like"))
    row(getattr(np, _name), lambda x, make=_f: make(x) * x, X, analytic=False)
row(np.arange, into(lambda y, x: y.__setitem__(0, x[1]), lambda x: np.arange(5, like=x, dtype=x.dtype)), X)
row(np.asfortranarray, lambda x: np.asfortranarray(x, like=x) * 2, A)
row(np.require, lambda x: np.require(x.T, requirements=["C", "O"], like=x) * 2, A)
row(np.require, lambda x: np.require(x, requirements="F", like=x) * 2, A)
