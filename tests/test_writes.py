"""What writes, views, copies and scalars do to one another, in every mode, held to the same program on plain arrays.

The reference is the complex step of the program itself, so a program here is analytic, and its buffers are made of x.
"""

import copy
import operator

import numpy as np
import pytest
from support import close, differences, points, rng, same_bits

import dualdiff as dd
from dualdiff.errors import LostDerivativeError

LAYOUTS = {
    "C": np.array,
    "F": np.asfortranarray,
    "strided": lambda x: np.repeat(np.asarray(x), 2, -1)[..., ::2],
    "reversed": lambda x: np.flip(np.flip(x).copy()),
}


def like(x, values):
    """Values in memory of their own, laid out as x is."""
    values = np.asarray(values)
    ends = [(n - 1) * step // x.itemsize for n, step in zip(x.shape, x.strides, strict=True)]
    memory = np.zeros(1 + sum(map(abs, ends)), values.dtype)[-sum(min(end, 0) for end in ends) :]
    strides = [step // x.itemsize * values.itemsize for step in x.strides]
    out = np.lib.stride_tricks.as_strided(memory, x.shape, strides)
    out[...] = values
    return out


def complex_jacobian(f, x):
    """The Jacobian (m, n) by complex steps."""
    columns = []
    for unit in np.eye(x.size):
        columns.append(np.ravel(np.imag(f(like(x, x + 1e-30j * unit.reshape(x.shape))))) / 1e-30)
    return np.stack(columns, -1)


def rows_of_vjp(f, x):
    value, pullback = dd.vjp(f, x)
    return np.stack([pullback(w.reshape(np.shape(value))).ravel() for w in np.eye(np.size(value))])


def columns_of_jvp(f, x, stacked):
    eye = np.eye(x.size).reshape(-1, *x.shape)
    if stacked:
        return dd.jvp(f, (x,), (eye,))[1].reshape(x.size, -1).T
    return np.stack([np.ravel(dd.jvp(f, (x,), (v,))[1]) for v in eye], -1)


FIRST = {
    "jvp": lambda f, x: columns_of_jvp(f, x, False),
    "stacked jvp": lambda f, x: columns_of_jvp(f, x, True),
    "jacobian forward": lambda f, x: dd.jacobian(f, mode="forward")(x),
    "jacobian by chunks": lambda f, x: dd.jacobian(f, chunk=2)(x),
    "jacobian reverse": lambda f, x: dd.jacobian(f, mode="reverse")(x),
    "vjp": rows_of_vjp,
    "linearize": lambda f, x: dd.linearize(f, x)[1].dense(mode="forward"),
    "linearize transposed": lambda f, x: dd.linearize(f, x)[1].dense(mode="reverse"),
    "sparse": lambda f, x: dd.sparse_jacobian(f, x)(x).toarray(),
    "jvp in jvp": lambda f, x: dd.jacobian(lambda z: dd.jvp(lambda y: f(y) * 1.0, (z,), (z,))[0], mode="forward")(x),
}
SECOND = {
    "hessian": lambda g, x, v: dd.hessian(g)(x),
    "nested forward": lambda g, x, v: dd.hessian(g, chunk=2)(x),
    "forward over reverse": lambda g, x, v: dd.hessian(g, mode="reverse")(x),
    "reverse over reverse": lambda g, x, v: dd.jacobian(dd.grad(g, mode="reverse"), mode="reverse")(x),
    "reverse over forward": lambda g, x, v: dd.jacobian(dd.grad(g, mode="forward"), mode="reverse")(x),
    "sparse": lambda g, x, v: dd.hessian(g, mode="sparse")(x).toarray(),
}
ALONG = {
    "hvp": lambda g, x, v: dd.hvp(g, (x,), (v,)),
    "jvp of grad": lambda g, x, v: dd.jvp(dd.grad(g, mode="reverse"), (x,), (v,))[1],
    "grad of jvp": lambda g, x, v: dd.grad(lambda z: dd.jvp(g, (z,), (v,))[1], mode="reverse")(x),
}


def check_program(f, x, second=True):
    """Holds f to NumPy and to the complex step in all modes; nobody writes into x or into a direction."""
    v = rng(4).standard_normal(x.shape)
    kept = x.copy(), v.copy()
    value = f(like(x, x))
    J = complex_jacobian(f, x)
    same_bits(dd.jvp(f, (x,), (v,))[0], value, "jvp")
    same_bits(dd.vjp(f, x)[0], value, "vjp")
    for name, mode in FIRST.items():
        close(np.reshape(mode(f, x), J.shape), J, 1e-12, name)
        assert np.array_equal(x, kept[0]) and np.array_equal(v, kept[1]), name
    if second:

        def g(y):
            return np.sum(np.sin(f(y)))

        h = 1e-5
        up, down = (complex_jacobian(g, like(x, x + s * h * v))[0] for s in (1, -1))
        exact = np.reshape(dd.hessian(g, chunk=2)(x), (x.size, x.size))
        close(exact @ v.ravel(), (up - down) / (2 * h), 1e-7, "nested forward against differences, along v")
        close(exact, exact.T, 1e-12, "symmetry")
        for name, mode in SECOND.items():
            close(np.reshape(mode(g, x, v), exact.shape), exact, 1e-11, name)
        for name, mode in ALONG.items():
            close(np.ravel(mode(g, x, v)), exact @ v.ravel(), 1e-11, name)
        close(dd.taylor(g, x, v, 2)[2], 0.5 * v.ravel() @ exact @ v.ravel(), 1e-11, "taylor")
        close(dd.laplacian(g)(x), np.trace(exact), 1e-11, "laplacian")
        close(np.ravel(dd.hessian_diagonal(g)(x)), np.diag(exact), 1e-11, "hessian_diagonal")
        assert np.array_equal(x, kept[0]) and np.array_equal(v, kept[1])


# ---- the last write counts ----------------------------------------------------------------------------

X = points(4)
A = points(3, 4)
I2 = np.array([[0, 1], [1, 0]])

REPEATED_KEYS = {
    "list": ([0, 0, 2], (3, 4)),
    "array": (np.array([1, 1, 1]), (3, 1)),
    "negative aliases": ([0, -3, 2, -1], 4),
    "ix_": (np.ix_([0, 0, 2], [1, 1]), (3, 2)),
    "two arrays": (([0, 0, 1], [1, 1, 2]), 3),
    "two dimensions": (I2, (2, 2, 4)),
    "two of two dimensions": ((I2, I2.T), (2, 2)),
    "array and int": (([0, 0, 2], 1), 3),
    "slice and array": ((slice(1, None), [3, 3, 0]), (2, 3)),
    "array, new axis, array": (([0, 0], None, [1, 1]), (2, 1)),
    "ellipsis": ((..., [1, 1]), (3, 2)),
    "mask and int": ((np.array([True, False, True]), 1), 2),
    "mask and array": ((np.array([True, False, True]), [2, 2]), 2),
    "int and array": ((1, [0, 0, -4]), 3),
    "array that is broadcast": ((np.array([[0], [0]]), np.array([1, 1])), (2, 2)),
}
HOW = {
    "=": lambda y, key, part: y.__setitem__(key, part),
    "+=": lambda y, key, part: y.__setitem__(key, y[key] + part),
    "twice": lambda y, key, part: (y.__setitem__(key, part), y.__setitem__(key, part * y[key])),
    "= of a scalar": lambda y, key, part: y.__setitem__(key, part.ravel()[0]),
    "= of one row": lambda y, key, part: y.__setitem__(key, part.reshape(-1)[:1]),
    "through a view": lambda y, key, part: y[::-1, ::-1].__setitem__(key, part),
}


@pytest.mark.parametrize("how", HOW.values(), ids=HOW)
@pytest.mark.parametrize("key, shape", REPEATED_KEYS.values(), ids=REPEATED_KEYS)
def test_the_last_write_to_a_place_counts(key, shape, how):
    def f(x):
        y = x * x
        part = np.resize(np.concatenate([x.ravel(), 2 * x.ravel()]), shape)
        how(y, key, part)
        return y * 1.5

    check_program(f, A)


@pytest.mark.parametrize(
    "index", [f"{f}{i}" for f in ("I2", "np.asfortranarray(I2)", "I2[::-1]", "I2[:, ::-1]") for i in ("", ".T")]
)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_the_last_write_is_the_one_that_numpy_writes_last(index, layout):
    """NumPy goes through a write in an order that depends on the layout of index and values."""
    key = eval(index, {"np": np, "I2": I2})  # noqa: S307  (a table of expressions)

    def f(x):
        y = np.concatenate([x.ravel(), x.ravel()])[:3] * x[0, 0]
        y[key] = x
        y[key.ravel()[::-1]] = x.ravel()[::-1] * y[key.ravel()]
        return y

    check_program(f, layout(points(2, 2)), second=False)


WRITERS = {
    "put": lambda y, x: np.put(y, [1, 1, -1, 3], x[:3]),
    "put, values repeated": lambda y, x: y.put([1, 1, -1], x[:2]),
    "putmask": lambda y, x: np.putmask(y, [True, False, True, True], x[:3]),
    "place": lambda y, x: np.place(y, [True, False, True, True], x[:2]),
    "copyto": lambda y, x: np.copyto(y, x[::-1], where=[True, False, True, False]),
    "put_along_axis": lambda y, x: np.put_along_axis(y, np.array([0, 0, 2]), x[:3], 0),
    "add.at": lambda y, x: np.add.at(y, [0, 0, 2], x[:3]),
    "multiply.at": lambda y, x: np.multiply.at(y, [0, 0, 2], x[:3]),
    "multiply.at of itself": lambda y, x: np.multiply.at(y, [0, 0, 2], y[1:]),
    "subtract.at, one number": lambda y, x: np.subtract.at(y, [0, 0, 2], x[1]),
    "negative.at": lambda y, x: np.negative.at(y, [0, 0, 2]),
    "flat[list]": lambda y, x: y.flat.__setitem__([0, 0, 2], x[1:]),
    "flat[slice]": lambda y, x: y.flat.__setitem__(slice(1, None), x[:3]),
    "flat[slice] of itself": lambda y, x: y.flat.__setitem__(slice(1, None), y),
    "place of itself": lambda y, x: np.place(y, [False, True, True, True], y),
    "out=": lambda y, x: np.multiply(x, y, out=y),
    "out= of a part": lambda y, x: np.add(y[1:], x[:3], out=y[:-1]),
    "swap": lambda y, x: (y.__setitem__(0, y[1]), y.__setitem__(1, y[0])),
    "swap of rows": lambda y, x: y.__setitem__([0, 1], y[[1, 0]]),
    "from a view of itself": lambda y, x: y.__setitem__(slice(1, None), y[:-1]),
    "cumprod with out=": lambda y, x: np.cumprod(y, out=y),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_functions_that_write(write):
    def f(x):
        y = x * x
        write(y, x)
        return y * 1.5

    check_program(f, X)


EMPTY_WRITES = {
    "put": lambda y, v: np.put(y, [], v),
    "putmask": lambda y, v: np.putmask(y, np.zeros(y.shape, bool), v),
    "place": lambda y, v: np.place(y, np.zeros(y.shape, bool), v),
    "copyto": lambda y, v: np.copyto(y, v[0], where=np.zeros(y.shape, bool)),
    "flat": lambda y, v: y.flat.__setitem__(slice(None), v),
    "fill_diagonal": lambda y, v: np.fill_diagonal(y, v[0]),
    "a mask": lambda y, v: y.__setitem__(np.zeros(y.shape, bool), v[0]),
    "a list": lambda y, v: y.__setitem__([], v[0]),
}


@pytest.mark.parametrize("part", [np.s_[:0], np.s_[:, :0], np.s_[:0, [True, False, True]], np.s_[:0, ::2], np.s_[3:, ::-1]],
                         ids=str)  # fmt: skip
@pytest.mark.parametrize("write", EMPTY_WRITES.values(), ids=EMPTY_WRITES)
def test_writes_into_nothing(write, part):
    """NumPy gives arrays without elements all kinds of strides."""

    def f(x):
        y = x[part] * 1.0
        write(y, x[0])
        return x * x + np.sum(y)

    x = points(2, 3)
    close(dd.jacobian(f)(x), np.diag(2 * x.ravel()).reshape(2, 3, 2, 3), 1e-15)
    for mode in (dd.hessian, lambda g: dd.hessian(g, chunk=2), lambda g: dd.jacobian(dd.grad(g, mode="reverse"))):
        close(mode(lambda x: np.sum(f(x)))(x), 2 * np.eye(6).reshape(2, 3, 2, 3), 1e-15)


def test_an_assignment_to_flat_reads_before_it_writes():
    def f(x):
        y = x * x
        y.flat = y[::-1]
        return y

    check_program(f, X)


def test_grad_of_many_inputs_counts_the_last_write():
    """Above 256 inputs grad is in reverse mode."""
    x = points(300)

    def f(x):
        y = x * 1.0
        y[[0, 0]] = x[:2]
        return np.sum(y)

    assert dd.grad(f)(x)[:3].tolist() == [0.0, 2.0, 1.0]


# ---- scalars never change ------------------------------------------------------------------------------


def unpacked(x):
    y = x * 1.0
    a, b, *rest = y
    y[:] = 0.0
    return a**3 * b + rest[0] + y


def swapped(x):
    y = x * 1.0
    y[0], y[-1] = y[-1], y[0]
    return y * x


def previous_in_a_loop(x):
    y = x * 1.0
    for i in range(1, len(x)):
        previous = y[i]
        y[i] = y[i - 1] * x[0]
        y[i - 1] = previous**2
    return y


def listed(x):
    y = x * 1.0
    numbers = [*list(y), *y.tolist()]
    y[...] = x[0]
    return np.stack([*numbers, *y]) ** 2


def of(s):
    """The like= that makes an array of a dual one; NumPy's scalars cannot be given there."""
    return {"like": s} if isinstance(s, (dd.Dual, dd.DualArray)) else {}


READS = {
    "y[0]": lambda y: y[0],
    "y[-1]": lambda y: y[-1],
    "y.item(1)": lambda y: y.item(1),
    "y.flat[2]": lambda y: y.flat[2],
    "y[1:][0]": lambda y: y[1:][0],
    "y.reshape(2, 2)[1, 0]": lambda y: y.reshape(2, 2)[1, 0],
    "next(iter(y))": lambda y: next(iter(y)),
    "y[:1].reshape(())[()]": lambda y: y[:1].reshape(())[()],
    "y[:1].item()": lambda y: y[:1].item(),
    "y[:1].max()": lambda y: y[:1].max(),
    "y[:1].sum()": lambda y: y[:1].sum(),
    "y[:1].prod()": lambda y: y[:1].prod(),
    "np.take": lambda y: np.take(y, 1),
    "np.sum(y[:1])": lambda y: np.sum(y[:1]),
    "y[1] * 1": lambda y: y[1] * 1,
    "+y[1]": lambda y: +y[1],
    "np.array(y[1])[()]": lambda y: np.array(y[1], **of(y))[()],
}
MADE = {
    "s.reshape(-1)": lambda s: s.reshape(-1),
    "np.reshape": lambda s: np.reshape(s, (1,)),
    "atleast_1d": np.atleast_1d,
    "atleast_2d": np.atleast_2d,
    "atleast_3d": np.atleast_3d,
    "np.ravel": np.ravel,
    "s.ravel()": lambda s: s.ravel(),
    "s.flatten()": lambda s: s.flatten(),
    "s[None]": lambda s: s[None],
    "s[...]": lambda s: s[...],
    "s[..., None]": lambda s: s[..., None],
    "mask": lambda s: s[np.isfinite(s)],
    "expand_dims": lambda s: np.expand_dims(s, 0),
    "np.array": lambda s: np.array(s, **of(s)),
    "np.asarray": lambda s: np.asarray(s, **of(s)),
    "ascontiguousarray": lambda s: np.ascontiguousarray(s, **of(s)),
    "np.full": lambda s: np.full(2, s, **of(s)),
    "np.copy": lambda s: np.copy(s)[None],
    "stack": lambda s: np.stack([s, s]),
    "np.repeat": lambda s: np.repeat(s, 2),
    "s.T": lambda s: s.T.reshape(1),
    "s.real": lambda s: np.positive(s).reshape(1),
    "squeeze": lambda s: np.squeeze(s).reshape(1),
    "broadcast_to": lambda s: np.broadcast_to(s, (2,)).copy(),
    "tile": lambda s: np.tile(s, 2),
    "append": lambda s: np.append(s, s),
}


@pytest.mark.parametrize("f", [unpacked, swapped, previous_in_a_loop, listed])
def test_programs_that_read_a_scalar_before_they_write(f):
    check_program(f, X)


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_scalar_does_not_change_with_its_array(read):
    def f(x):
        y = x * 1.0
        s = read(y)
        y *= 0.0
        y[1] = x[3]
        return s**3 + y

    check_program(f, X)


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_what_is_made_of_a_scalar_is_new_memory(make):
    def f(x):
        y = x * 1.0
        s = y[1] * y[0] if make is not np.ravel else y[1]
        made = make(s)
        made *= x[2]
        np.add(made, 1.0, out=made)
        again = make(s)
        return s**2 * made.ravel()[0] + again.ravel()[-1]

    check_program(f, X)


# ---- results have memory of their own, or are views, as NumPy's are ------------------------------------

ONE_ROW, ONE_COLUMN, ONE = points(1, 3), points(3, 1), points(1, 1)
MAKERS = {
    "cumprod": np.cumprod,
    "cumsum": np.cumsum,
    "prod": np.prod,
    "sum": np.sum,
    "mean": np.mean,
    "multiply.accumulate": np.multiply.accumulate,
    "subtract.accumulate": np.subtract.accumulate,
    "add.reduce": np.add.reduce,
    "multiply.reduce": np.multiply.reduce,
    "subtract.reduce": np.subtract.reduce,
    "divide.reduce": np.divide.reduce,
    "trapezoid": lambda y, axis: np.trapezoid(y, axis=axis),
    "average": np.average,
    "diff": lambda y, axis: np.diff(y, axis=axis),
    "flip": np.flip,
    "squeeze": lambda y, axis: np.squeeze(y, axis) if y.shape[axis] == 1 else y[:],
    "roll": lambda y, axis: np.roll(y, 0, axis),
    "repeat": lambda y, axis: np.repeat(y, 1, axis),
    "expand_dims": np.expand_dims,
    "delete": lambda y, axis: np.delete(y, [], axis),
    "insert": lambda y, axis: np.insert(y, 0, 1.5, axis),
    "append": lambda y, axis: np.append(y, y, axis),
    "take": lambda y, axis: np.take(y, [0], axis),
    "apply_along_axis": lambda y, axis: np.apply_along_axis(lambda r: r, axis, y),
    "concatenate": lambda y, axis: np.concatenate([y], axis),
    "stack": lambda y, axis: np.stack([y], axis),
    "split": lambda y, axis: np.split(y, 1, axis)[0],
    "sum, keepdims": lambda y, axis: np.sum(y, axis, keepdims=True),
    "prod, keepdims": lambda y, axis: np.prod(y, axis, keepdims=True),
    "reduceat": lambda y, axis: np.multiply.reduceat(y, [0], axis),
    "moveaxis": lambda y, axis: np.moveaxis(y, axis, 0),
    "swapaxes": lambda y, axis: np.swapaxes(y, axis, 0),
}
MAKERS_WITHOUT_AXIS = {
    "sum over no axis": lambda y, axis: np.sum(y, ()),
    "pad": lambda y, axis: np.pad(y, 0),
    "tile": lambda y, axis: np.tile(y, 1),
    "resize": lambda y, axis: np.resize(y, y.shape),
    "positive": lambda y, axis: +y,
    "add 0": lambda y, axis: y + 0,
    "times 1": lambda y, axis: y * 1,
    "copy": lambda y, axis: y.copy(),
    "astype": lambda y, axis: y.astype(y.dtype),
    "astype(copy=False)": lambda y, axis: y.astype(y.dtype, copy=False),
    "nan_to_num": lambda y, axis: np.nan_to_num(y),
    "np.array": lambda y, axis: np.array(y, like=y),
    "np.asarray": lambda y, axis: np.asarray(y, like=y),
    "np.ascontiguousarray": lambda y, axis: np.ascontiguousarray(y, like=y),
    "where": lambda y, axis: np.where(True, y, 0),
    "select": lambda y, axis: np.select([True], [y]),
    "choose": lambda y, axis: np.choose(0, [y]),
    "einsum ij": lambda y, axis: np.einsum("ij", y),
    "einsum ij->ji": lambda y, axis: np.einsum("ij->ji", y),
    "einsum, one axis": lambda y, axis: np.einsum("ij->i", y),
    "einsum ii->i": lambda y, axis: np.einsum("ii->i", y[:1, :1]),
    "dot with 1": lambda y, axis: np.dot(y, 1.0),
    "kron with 1": lambda y, axis: np.kron(y, [[1.0]]),
    "multi_dot": lambda y, axis: np.linalg.multi_dot([y, np.eye(y.shape[1])]),
    "tril": lambda y, axis: np.tril(y, 9),
    "triu": lambda y, axis: np.triu(y, -9),
    "matrix_power 1": lambda y, axis: np.linalg.matrix_power(y[:1, :1], 1),
    "matrix_power 2": lambda y, axis: np.linalg.matrix_power(y[:1, :1], 2),
    "diag": lambda y, axis: np.diag(y[0]),
    "block": lambda y, axis: np.block([[y]]),
    "hstack": lambda y, axis: np.hstack([y]),
    "vstack": lambda y, axis: np.vstack([y]),
    "atleast_3d": lambda y, axis: np.atleast_3d(y),
    "broadcast_arrays": lambda y, axis: np.broadcast_arrays(y, y.copy())[0].copy(),
    "meshgrid": lambda y, axis: np.meshgrid(y[0], [1.0])[0],
    "ix_": lambda y, axis: np.ix_(y[0])[0],
    "rot90": lambda y, axis: np.rot90(y, 4),
    "trim_zeros": lambda y, axis: np.trim_zeros(y[0]),
    "convolve": lambda y, axis: np.convolve(y[0], [1.0]),
    "polyval": lambda y, axis: np.polyval([1.0, 0.0], y),
    "inv": lambda y, axis: np.linalg.inv(y[:1, :1]),
    "det": lambda y, axis: np.linalg.det(y[:1, :1]),
    "transpose": lambda y, axis: np.transpose(y),
    "T": lambda y, axis: y.T,
    "reshape": lambda y, axis: y.reshape(-1),
    "ravel": lambda y, axis: y.ravel(),
    "flatten": lambda y, axis: y.flatten(),
    "view": lambda y, axis: y.view(),
    "y[...]": lambda y, axis: y[...],
    "fancy": lambda y, axis: y[[0]],
    "mask": lambda y, axis: y[np.isfinite(y)],
    "outer": lambda y, axis: np.multiply.outer(y, 1.0),
}


@pytest.mark.parametrize("x", [ONE_ROW, ONE_COLUMN, ONE], ids=["one row", "one column", "one element"])
@pytest.mark.parametrize(("make", "axis"), [
    *(pytest.param(make, axis, id=f"{name}-{axis}") for name, make in MAKERS.items() for axis in (0, 1)),
    *(pytest.param(make, 0, id=name) for name, make in MAKERS_WITHOUT_AXIS.items()),
])  # fmt: skip
def test_views_are_views_and_copies_are_copies(make, x, axis):
    """The result is written to, then what it was made of; once in a buffer, once in the argument itself."""
    writeable = isinstance(make(x.copy(), axis), np.ndarray) and make(x.copy(), axis).flags.writeable
    for argument in (False, True):

        def f(x):
            y = x if argument else x * 1.0  # noqa: B023
            made = make(y, axis)
            if writeable:
                made *= 3.0
                made[...] = made + y.ravel()[0]
            y *= y
            return np.concatenate([np.reshape(y, -1), np.reshape(made, -1)])

        check_program(f, x, second=False)

    def g(x):
        y = x * 1.0
        made = make(y, axis)
        if writeable:
            made *= made
        y *= y
        return np.concatenate([np.reshape(y, -1), np.reshape(made, -1)])

    if make in (np.cumprod, np.subtract.accumulate, np.multiply.reduce, np.squeeze) or axis == 0 and x is ONE:
        check_program(g, x)


IN_PLACE = {
    "multiply": lambda y, x: operator.imul(y, x[::-1]),
    "divide": lambda y, x: operator.itruediv(y, x[::-1]),
    "power": lambda y, x: operator.ipow(y, x[::-1]),
    "repeated": lambda y, x: y.__setitem__([0, 0], operator.imul(y[[0, 0]], x[1:])),
    "out=": lambda y, x: np.multiply(y, x[::-1], out=y),
    "out= of a function": lambda y, x: np.sin(y, out=y),
    "a part": lambda y, x: operator.imul(y[1:], x[:2]),
    "a mask": lambda y, x: y.__setitem__(y > 1, y[y > 1] * x[0]),
    "multiply.at": lambda y, x: np.multiply.at(y, [0, 0], x[1:]),
    "a zero": lambda y, x: operator.imul(y, x * [0.0, 1.0, 0.0]),
}


@pytest.mark.parametrize("modes", ["fff", "ffr", "frf", "rff", "frr", "rrr"])
@pytest.mark.parametrize("act", IN_PLACE.values(), ids=IN_PLACE)
def test_writes_in_place_under_three_derivatives(act, modes):
    """What a recording of derivatives of derivatives keeps is not what is written to later."""
    x, v = np.array([0.7, 1.3, 2.1]), np.array([1.0, -1.0, 2.0])

    def f(x):
        y = x * 1.0
        act(y, x)
        y[:] = y * x
        return np.sum(y * y * y)

    def slope(f, mode):
        if mode == "f":
            return lambda z: dd.jvp(f, (z,), (v,))[1]
        return lambda z: np.sum(dd.vjp(f, z)[1](1.0) * v)

    for mode in modes[:2]:
        f = slope(f, mode)
    g = f
    found = dd.jacobian(g, mode="forward" if modes[2] == "f" else "reverse")(x)
    wanted = [differences(g, (x,), (e,))[0] for e in np.eye(3)]
    np.testing.assert_allclose(found, wanted, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("shape", [(4,), (1, 4), (2, 2)])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_where_with_an_out_that_holds_objects_or_integers(shape, mode):
    """np.array(x) of plain NumPy is an array of duals; where= leaves the others as they were."""

    def f(x):
        y = np.atleast_2d(np.array(x)) + 0.0
        np.add(y, x, out=y, where=x > 0)
        z = np.array(x) * 1.0
        fraction, whole = np.array(x), np.array(x)
        np.modf(x * 3.0, out=(fraction, whole), where=x < 1)
        np.multiply(x, z, out=z, where=[True] * x.shape[-1])
        return sum(np.reshape(np.stack(list(np.ravel(v))), x.shape) for v in (y, z, fraction, whole))

    x = np.array([-1.27, 1.45, -0.35, 1.17]).reshape(shape)
    value, J = dd.linearize(f, x)
    same_bits(value, np.reshape(f(x.copy()), shape))
    same_bits(dd.jvp(f, (x,), (x,))[0], value)
    slopes = np.where(x < 1, 3.0, 2.0) + np.where(x > 0, 2.0, 1.0) + 2 * x
    close(dd.jacobian(f, mode=mode)(x).reshape(4, 4), np.diag(slopes.ravel()), 1e-14)

    def counted(x):
        n = np.full(x.shape, 7)
        np.add(x, 1.0, out=n, where=x > 0, casting="unsafe")
        return n * x

    same_bits(dd.jvp(counted, (x,), (x,))[0], counted(x))
    with pytest.raises(LostDerivativeError):
        dd.jvp(lambda x: np.add(x, 1.0, out=np.zeros(x.shape), where=x > 0), (x,), (x,), lift=False)


ITERATED = {
    "written to": lambda y, t, v: y.__setitem__(3, t),
    "the next one": lambda y, t, v: y.__setitem__(2, v * v),
    "shrunk": lambda y, t, v: y.__imul__(0.5),
    "through a view": lambda y, t, v: y[::-1].__setitem__(0, t),
}


@pytest.mark.parametrize("rows", [False, True], ids=["numbers", "rows"])
@pytest.mark.parametrize("act", ITERATED.values(), ids=ITERATED)
def test_an_array_that_is_written_to_while_it_is_iterated(act, rows):
    """As NumPy does, each element is read when its turn comes."""

    def f(x):
        y = np.outer(x, x) if rows else x * x
        total = 0.0
        for v in y:
            total = total + v * v
            act(y, total, v)
        for v in y.T.flat if rows else y.flat:
            total = total + v**3
        return total * y[0]

    check_program(f, np.array([0.7, -1.3, 1.1, 0.4]), second=False)
    for broken in (lambda x: list(x[0]), lambda x: list(x.sum(keepdims=True).reshape(()))):
        with pytest.raises(TypeError):
            dd.jvp(broken, (np.ones(2),), (np.ones(2),))


READ_ONLY = {
    "diagonal": lambda a: np.diagonal(a),
    "diagonal, offset": lambda a: np.diagonal(a, -1),
    "a part of a diagonal": lambda a: np.diagonal(a)[1:],
    "a diagonal, reshaped": lambda a: np.diagonal(a).reshape(-1, 1),
    "diag": lambda a: np.diag(a, 1),
    "the method diagonal": lambda a: a.diagonal(),
    "linalg.diagonal": lambda a: np.linalg.diagonal(a),
    "of a stack": lambda a: np.diagonal(a[None] * np.ones((2, 1, 1)), 0, 1, 2),
    "broadcast_to": lambda a: np.broadcast_to(a, (2, 3, 3)),
    "sliding_window_view": lambda a: np.lib.stride_tricks.sliding_window_view(a, 2, 0),
    "einsum": lambda a: np.einsum("ii->i", a),
    "diag of a vector": lambda a: np.diag(a[0]),
    "a copy of a diagonal": lambda a: np.diagonal(a).copy(),
    "fill_diagonal": lambda a: np.fill_diagonal(a, 1.0) or a,
}


@pytest.mark.parametrize("way", ["jvp", "vjp", "inside another"])
@pytest.mark.parametrize("make", READ_ONLY.values(), ids=READ_ONLY)
def test_what_is_read_only_for_numpy_is_so_here(make, way):
    x = np.arange(9.0).reshape(3, 3)
    wanted = make(x.copy()).flags.writeable
    for start in (lambda x: x * 1.0, np.zeros_like):

        def f(x):
            made = make(start(x))  # noqa: B023
            assert made.flags.writeable == wanted
            if wanted:
                made[...] = 2.0
            else:
                with pytest.raises(ValueError, match="read-only"):
                    made[...] = 2.0
            return np.sum(made) + np.sum(x)

        if way == "jvp":
            dd.jvp(f, (x,), (x,))
        elif way == "vjp":
            dd.vjp(f, x)
        else:
            dd.jvp(lambda y: dd.jvp(f, (y,), (y,))[1], (x,), (x,))


# ---- the order of memory ---------------------------------------------------------------------------------

ORDERED = {
    f"{name}({order})": (function, order)
    for name, function, orders in (
        ("ravel", lambda y, order: y.ravel(order), "CFAK"),
        ("np.ravel", np.ravel, "CFAK"),
        ("flatten", lambda y, order: y.flatten(order), "CFAK"),
        ("copy", lambda y, order: y.copy(order).ravel("K"), "CFAK"),
        ("reshape", lambda y, order: y.reshape(2, -1, order=order), "CFA"),
        ("np.reshape", lambda y, order: np.reshape(y, (-1, 2), order), "CFA"),
        ("np.copy", lambda y, order: np.copy(y, order).ravel("K"), "CFAK"),
        ("astype", lambda y, order: y.astype(float if y.dtype.kind == "f" else complex, order).ravel("K"), "CFAK"),
        ("reshape with copy", lambda y, order: np.reshape(y, (2, -1), order, copy=True), "CFA"),
        ("array", lambda y, order: np.array(y, order=order, like=y).ravel("K"), "CFAK"),
        ("asarray", lambda y, order: np.asarray(y, order=order, like=y).ravel("K"), "CFAK"),
        ("zeros_like", lambda y, order: (np.zeros_like(y, order=order) + y).ravel("A"), "CFAK"),
    )
    for order in orders
}


REPEATED = {
    "rows": lambda x: np.broadcast_to(x, (2, 4)), "columns": lambda x: np.broadcast_to(x, (2, 4)).T,
    "blocks": lambda x: np.broadcast_to(x.reshape(2, 1, 2), (2, 3, 2)),
    "blocks, last axis first": lambda x: np.moveaxis(np.broadcast_to(x.reshape(2, 1, 2), (2, 3, 2)), 2, 0),
    "reversed": lambda x: np.broadcast_to(x[::-1], (3, 4)).T[::-1],
    "two axes": lambda x: np.broadcast_to(x[:, None, None], (4, 2, 3)).transpose(1, 0, 2),
    "no elements": lambda x: np.outer(x, x)[::-1, 4:],
    "one element": lambda x: np.broadcast_to(x[2], (1, 1)),
    "a number": lambda x: np.broadcast_to(x[2], ()),
}  # fmt: skip


@pytest.mark.parametrize("name", ["ravel", "flatten", "copy"])
@pytest.mark.parametrize("make", REPEATED.values(), ids=REPEATED)
def test_the_order_of_memory_where_elements_are_repeated(make, name):
    """Axes along which nothing moves in memory go where NumPy has them."""

    def f(x):
        y = make(x)
        return {"ravel": y.ravel("K"), "flatten": y.flatten("K"), "copy": y.copy("K").ravel("K")}[name] * 2.0

    x = points(4)
    same_bits(dd.jvp(f, (x,), (x,))[0], f(x))
    wanted = np.stack([f(e) for e in np.eye(4)], axis=1)
    for mode in ("forward", "reverse"):
        close(dd.jacobian(f, mode=mode)(x), wanted, 1e-15)


@pytest.mark.parametrize("layout", [*LAYOUTS, "transposed", "middle axis last"])
@pytest.mark.parametrize("function, order", ORDERED.values(), ids=ORDERED)
def test_orders_of_memory(function, order, layout):
    x = points(2, 3, 2)
    x = {"transposed": lambda x: x.T, "middle axis last": lambda x: np.swapaxes(x, 1, 2)}.get(
        layout, LAYOUTS.get(layout)
    )(x)

    def f(x):
        y = np.positive(x)  # laid out as x is, where x is dense
        made = function(y, order)
        made *= 2.0
        y[0] *= x[0, 0, 0]
        of_x = function(x[:, ::-1], order)
        return np.concatenate([y.ravel("K"), made.ravel(), of_x.ravel()])

    value = f(like(x, x))
    for v in (np.ones(x.shape), rng(1).standard_normal(x.shape)):
        found, t = dd.jvp(f, (x,), (v,))
        same_bits(found, value)
        wanted = np.imag(f(like(x, x + 1e-30j * v))) / 1e-30
        close(t, wanted, 1e-13)
        close(dd.jacobian(f, mode="reverse")(x).reshape(-1, x.size) @ v.ravel(), wanted, 1e-13)
        close(dd.jvp(lambda z: dd.jvp(f, (z,), (v,))[0], (x,), (v,))[1], wanted, 1e-13)


def test_a_reshape_that_would_copy_is_refused_where_no_copy_is_allowed():
    def f(x):
        return np.reshape(x.T, -1, copy=False)

    with pytest.raises(ValueError, match="copy"):
        f(A)
    with pytest.raises(ValueError, match="copy"):
        dd.jvp(f, (A,), (A,))
    with pytest.raises(ValueError, match="order"):
        dd.jvp(lambda x: x.reshape(-1, order="Q"), (A,), (A,))


# ---- writes that would be lost ----------------------------------------------------------------------------

NO_AXES = {
    "zeros": lambda x: np.zeros_like(x[0]) + 0 * x[0].reshape(()),
    "reshape": lambda x: (x * 1.0)[:1].reshape(()),
    "element": lambda x: (x * 1.0)[..., 1],
    "array of a scalar": lambda x: np.array(x[0], **of(x)),
    "scalar[...]": lambda x: x[0][...],
}
WRITES_OF_NO_AXES = {
    "z[...] =": lambda z, s: z.__setitem__(..., s),
    "z[()] =": lambda z, s: z.__setitem__((), s),
    "+=": lambda z, s: z.__iadd__(s),
    "*=": lambda z, s: z.__imul__(s),
    "out=": lambda z, s: np.add(z, s, out=z),
    "fill": lambda z, s: z.fill(s),
    "flat": lambda z, s: z.flat.__setitem__(0, s),
    "z[None] =": lambda z, s: z.__setitem__(None, s),
    "copyto": lambda z, s: np.copyto(z, s),
    "put": lambda z, s: np.put(z, 0, s),
    "mask": lambda z, s: z.__setitem__(np.True_, s),
    "reshape": lambda z, s: z.reshape(1).__setitem__(0, s),
    "constant": lambda z, s: z.__setitem__(..., 2.0),
}


@pytest.mark.parametrize("write", WRITES_OF_NO_AXES.values(), ids=WRITES_OF_NO_AXES)
@pytest.mark.parametrize("make", list(NO_AXES.values())[1:], ids=list(NO_AXES)[1:])
def test_writes_into_arrays_without_axes(make, write):
    def f(x):
        z = make(x)
        write(z, x[2] * x[1])
        return z * x

    check_program(f, X)


def test_nan_to_num_in_place():
    def f(x):
        y = x * 1.0
        y[1] = np.inf
        z = y[1:]
        assert np.nan_to_num(z, copy=False, posinf=3.0) is z
        return y * x

    check_program(f, X)


@pytest.mark.parametrize("of", ["computed", "argument", "buffer", "view"])
def test_a_write_that_an_array_of_objects_would_not_see_is_refused(of):
    def source(x):
        return {"computed": x * 1.0, "argument": x, "buffer": np.zeros_like(x), "view": (x * 1.0)[1:]}[of]

    def into_the_new(x):
        y = source(x)
        z = np.asarray(y)
        z[0] = 5.0
        return y * 1.0

    def into_the_old(x):
        y = source(x)
        z = np.asarray(y)
        y[0] = x[1]
        return z * 1.0

    def of_a_copy(x):
        y = source(x)
        z, last = np.array(y), y[-1]
        z[0] = 5.0
        y[0] = x[1]
        return y * last

    def looked_at(x):
        y = source(x)
        size = np.asarray(y).size + len(np.asanyarray(y))
        y[0] = x[1]
        return y * size

    for call in (dd.jacobian, lambda f: lambda x: dd.vjp(f, x), lambda f: dd.jacobian(dd.jacobian(f))):
        if of != "buffer":
            with pytest.raises(ValueError, match="read-only"):
                call(into_the_new)(X)
        with pytest.raises(LostDerivativeError, match="np.asarray made"):
            call(into_the_old)(X)
    if of != "buffer":
        check_program(of_a_copy, X)
        check_program(looked_at, X)


def test_require_of_what_can_be_written_to():
    """NumPy gives the array itself; an array of objects that is one to write to would be a copy of it."""

    def f(x):
        y = x * 1.0
        z = np.require(y, requirements="W")
        z[0] = y[1]
        return y * y

    with pytest.raises(LostDerivativeError, match="np.require"):
        dd.jvp(f, (X,), (X,), lift=False)
    same_bits(dd.jvp(lambda x: np.require(x, requirements="C")[0] * 1.0, (X,), (X,))[0], X[0])


PICTURES = {
    "np.array": lambda y: np.array([y, 2 * y, 1.0]),
    "nested": lambda y: np.array([[1.0, y], [y, 2.0]])[0, 1:],
    "np.asarray of a tuple": lambda y: np.asarray((y, 1.0)),
    "objects": lambda y: np.array([y, None], dtype=object),
    "np.asarray": np.asarray,
}
LATER = {
    "itself": lambda y, base, a: y.__setitem__((), 5.0),
    "in place": lambda y, base, a: y.__imul__(3.0),
    "out=": lambda y, base, a: np.sin(y, out=y),
    "a view of it": lambda y, base, a: y.reshape(1).__setitem__(0, 2.0 * y),
    "the base": lambda y, base, a: base.__setitem__(Ellipsis, 5.0),
    "the element": lambda y, base, a: np.ravel(np.ravel(a)[0]).__imul__(2.0),
}


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
@pytest.mark.parametrize("of", ["argument", "computed", "view"])
@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_an_array_without_axes_in_an_array_of_objects(picture, of, later):
    """NumPy puts the array itself there, of numbers the value: a write into it later is right or refused."""

    def f(x):
        base = np.stack([x, x]) if of == "view" else x.copy()
        y = {"argument": x, "computed": base, "view": base[..., :1].reshape(()) if base.ndim else x}[of]
        a = picture(y)
        later(y, base, a)
        return np.sum(np.ravel(a)[:1]) * x + y

    x, h = np.array(0.7), 1e-5
    for call in (lambda: dd.jvp(f, (x,), (1.0,)), lambda: (dd.vjp(f, x)[0], dd.vjp(f, x)[1](1.0)),
                 lambda: (f(x.copy()), dd.grad(lambda x: dd.jvp(f, (x,), (1.0,))[0])(x))):  # fmt: skip
        try:
            value, slope = call()
        except (LostDerivativeError, ValueError) as error:
            assert "np.asarray made" in str(error) or "read-only" in str(error)
        else:
            assert value == f(x.copy())
            close(slope, (f(np.array(x + h)) - f(np.array(x - h))) / (2 * h), 1e-8)
        assert x == 0.7


# ---- complex buffers ---------------------------------------------------------------------------------------

COMPLEX = {
    "slice": lambda z, x: z.__setitem__(slice(1, None), x),
    "list": lambda z, x: z.__setitem__([0, 0, 2], x[:3]),
    "element": lambda z, x: z.__setitem__(1, x[0]),
    "mask": lambda z, x: z.__setitem__(np.arange(5) > 2, x[:2]),
    "+=": lambda z, x: z.__iadd__(x[0]),
    "put": lambda z, x: np.put(z, [0, 1], x[:2]),
    "fill": lambda z, x: z.fill(x[0]),
    "real": lambda z, x: setattr(z, "real", x[0]),
    "imag": lambda z, x: z.imag.__setitem__(slice(0, 2), x[:2]),
    "copyto": lambda z, x: np.copyto(z, x[0]),
    "flat": lambda z, x: z.flat.__setitem__([0, 1], x[:2]),
    "where": lambda z, x: np.copyto(z, np.where([True, False, True, False], x, 1j * x)[0]),
    "concatenate": lambda z, x: z.__setitem__(..., np.concatenate([x, [2j]])),
    "list of both": lambda z, x: z.__setitem__(slice(0, 2), np.array([x[0], 1j * x[1]], like=x)),
    "view": lambda z, x: z[1:][::2].__setitem__(0, x[3]),
    "out=": lambda z, x: np.multiply(x[0], 1 + 1j, out=z[:1]),
}


@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize("write", COMPLEX.values(), ids=COMPLEX)
def test_the_cotangent_of_a_real_value_is_real_beside_a_complex_buffer(write, fuse):
    def f(x):
        z = np.zeros(5, complex, like=x)
        write(z, x)
        return z * (1 + 2j)

    J = dd.jacobian(f, mode="forward")(X)
    w = rng(2).standard_normal(5) + 1j * rng(3).standard_normal(5)
    found = dd.linearize(f, X)[1].vjp(w) if fuse else dd.vjp(f, X)[1](w)
    assert found.dtype == np.float64
    close(found, np.real(np.conj(w) @ J), 1e-14)


@pytest.mark.parametrize("fuse", [True, False])
def test_the_cotangent_of_a_float32_value_is_float32_beside_a_wider_buffer(fuse):
    x = X.astype(np.float32)

    def f(x):
        z = np.zeros(5, like=x)
        z[1:] = x
        z[[0, 0]] = x[:2]
        return z

    w = np.arange(5.0)
    found = dd.linearize(f, x)[1].vjp(w) if fuse else dd.vjp(f, x)[1](w)
    assert found.dtype == np.float32 and found.tolist() == [1.0, 2.0, 3.0, 4.0]


# ---- whose memory it is ---------------------------------------------------------------------------------------


def overwriting(x):
    x *= 2.0
    x[[0, 0]] = x[1:3]
    return x


def norm_of_overwritten(x):
    return np.sum(overwriting(x) ** 3)


def unfit(x):
    return norm_of_overwritten(x) * np.linalg.det(np.eye(2) * x[0])


CALLS = {
    "jvp": lambda x, v: dd.jvp(overwriting, (x,), (v,)),
    "jvp of a part": lambda x, v: dd.jvp(lambda a, b: a + overwriting(b) * 2.0, (x * 1.0, x), (v, None)),
    "jvp of a structure": lambda x, v: dd.jvp(lambda d: overwriting(d["a"]), ({"a": x},), ({"a": v},)),
    "derivative": lambda x, v: dd.jacobian(overwriting, mode="forward")(x),
    "vjp": lambda x, v: dd.vjp(overwriting, x)[1](v),
    "linearize": lambda x, v: dd.linearize(overwriting, x)[1].jvp(v),
    "grad": lambda x, v: dd.grad(norm_of_overwritten)(x),
    "hessian": lambda x, v: dd.hessian(norm_of_overwritten)(x),
    "hessian, nested": lambda x, v: dd.hessian(unfit)(x),
    "hessian, sparse": lambda x, v: dd.hessian(norm_of_overwritten, mode="sparse")(x),
    "value_grad_hessian": lambda x, v: dd.value_grad_hessian(norm_of_overwritten, mode="sparse")(x),
    "hvp": lambda x, v: dd.hvp(norm_of_overwritten, (x,), (v,)),
    "taylor": lambda x, v: dd.taylor(norm_of_overwritten, x, v, 3),
    "taylor, nested": lambda x, v: dd.taylor(unfit, x, v, 3),
    "taylor of order 0": lambda x, v: dd.taylor(overwriting, x, v, 0),
    "nth_derivative": lambda x, v: dd.nth_derivative(overwriting, 2)(x),
    "laplacian": lambda x, v: dd.laplacian(norm_of_overwritten)(x),
    "hessian_diagonal": lambda x, v: dd.hessian_diagonal(overwriting)(x),
    "sparse_jacobian": lambda x, v: dd.sparse_jacobian(overwriting, x).value_and_data(x),
    "sparse_hessian": lambda x, v: dd.sparse_hessian(norm_of_overwritten, x)(x),
    "sparsity": lambda x, v: dd.sparsity(overwriting, x),
    "check_jvp": lambda x, v: dd.testing.check_jvp(overwriting, (x,), (v,)),
    "numerical_jvp": lambda x, v: dd.testing.numerical_jvp(
        lambda a, b: overwriting(a) + overwriting(b), (x, x), (v, None)
    ),
    "holomorphic": lambda x, v: dd.jacobian(overwriting, holomorphic=True)(x),
    "divergence": lambda x, v: dd.divergence(overwriting)(x),
    "matrix_power": lambda x, v: dd.jvp(
        lambda x: overwriting(np.linalg.matrix_power(x.reshape(2, 2), 1).reshape(-1)), (x,), (v,)
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_callers_arrays_are_never_written(call):
    import dualdiff.testing  # noqa: F401

    x, v = X.copy(), np.array([1.0, -2.0, 0.5, 3.0])
    call(x, v)
    assert np.array_equal(x, X) and v.tolist() == [1.0, -2.0, 0.5, 3.0]


@pytest.mark.parametrize("n", [4, 20000], ids=["small", "large"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_recording_does_not_change_with_the_callers_arrays(n, dtype):
    """Large arrays are shared with the recording where that is safe, small ones copied."""
    x, c = np.full(n, 2.0, dtype), np.full(n, 3.0, dtype)

    def f(x):
        y = np.exp(x) * c
        z = x[::-1] * x + np.sum(x * x) * 1e-6
        return y * z + x * c

    for make in (lambda: dd.linearize(f, x), lambda: dd.vjp(f, x)):
        value, derivative = make()
        wanted = copy.copy(value), make()[1]
        product = (lambda d: d.vjp(c_ones)) if hasattr(derivative, "vjp") else (lambda d: d(c_ones))
        c_ones = np.ones(n, dtype)
        expected = product(wanted[1]).copy()
        x += 1.0
        c *= 2.0
        value[...] = 0.0
        assert np.array_equal(product(derivative), expected)
        found = product(derivative)
        found[...] = 0.0
        assert np.array_equal(product(derivative), expected) and np.all(c_ones == 1)
        x -= 1.0
        c /= 2.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "f", [lambda x: x, lambda x: x[:], lambda x: x.reshape(-1), lambda x: [x, x], lambda x: x.T], ids=range(5)
)
def test_results_do_not_share_memory_with_directions(f, dtype):
    x, v = X.astype(dtype), np.ones(4, dtype)
    products = [
        *np.atleast_1d(dd.jvp(f, (x,), (v,))),
        dd.linearize(f, x)[1].jvp(v),
        dd.vjp(f, x)[0],
        dd.vjp(f, x)[1]([v, v] if isinstance(f(x), list) else v),
        dd.linearize(f, x)[1] @ v,
    ]
    for product in products:
        for array in product if isinstance(product, list) else [product]:
            assert not np.shares_memory(array, x) and not np.shares_memory(array, v)


# ---- a scalar takes what np.float64 takes ------------------------------------------------------------------------

SCALAR_KEYS = [
    (),
    ...,
    None,
    (..., None),
    (None, ...),
    (None, None),
    (None, slice(None)),
    True,
    False,
    np.True_,
    np.False_,
    np.array(True),
    (True, None),
    (None, True),
    (..., True),
    0,
    -1,
    slice(None),
    [0],
    [],
    "a",
    1.5,
    (0,),
    (..., ...),
    np.array([True]),
    (None, 0),
    np.zeros(0, int),
]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("mode", ["forward", "reverse", "nested", "second"])
@pytest.mark.parametrize("key", SCALAR_KEYS, ids=repr)
def test_the_indices_of_a_scalar(key, mode, dtype):
    if mode == "second" and dtype is np.float32:
        pytest.skip("one pass of second order is of float64")
    s = dtype(2.25)
    wanted = error = None
    try:
        wanted = s[key]
    except Exception as e:
        error = e

    def f(x):
        s = x[0] * x[0]
        if error is not None:
            with pytest.raises(type(error)) as caught:
                s[key]
            assert str(caught.value) == str(error)
            return s
        found = s[key]
        assert found.shape == wanted.shape and found.dtype == wanted.dtype
        assert isinstance(found, dd.DualArray) == isinstance(wanted, np.ndarray)
        assert isinstance(found, dd.Dual) == isinstance(wanted, np.floating)
        return np.sum(found)

    x = np.array([1.5, 1.0], dtype)
    size = 1 if error is not None else np.size(wanted)
    if mode in ("forward", "reverse"):
        assert dd.grad(f, mode=mode)(x).tolist() == [3.0 * size, 0.0]
    elif mode == "nested":
        assert dd.hessian(f, chunk=1)(x).tolist() == [[2.0 * size, 0.0], [0.0, 0.0]]
    else:
        assert dd.hessian(f)(x).tolist() == [[2.0 * size, 0.0], [0.0, 0.0]]


def test_a_mask_of_a_scalar():
    def f(s):
        return np.sum(s[s > 0]) + np.sum(s[np.array(s < 0)])

    assert [dd.derivative(f)(x) for x in (2.0, -2.0)] == [1.0, 1.0]


def test_a_scalar_is_still_no_sequence():
    def f(s):
        for wrong in (iter, len, list, tuple):
            with pytest.raises(TypeError):
                wrong(s)
        with pytest.raises(TypeError):
            s[...] = 1.0
        with pytest.raises(TypeError, match="never changes"):
            np.put(s, 0, 1.0)
        assert s.base is None and s.item(0) is s and np.array([s, s]).shape == (2,) and not np.iterable(s)
        with pytest.raises(IndexError):
            s.item(1)
        return s

    dd.derivative(f)(2.0)


@pytest.mark.parametrize(
    "function",
    [np.sum, np.prod, np.max, np.min, np.ptp, np.nansum, np.add.reduce, np.multiply.reduce, np.cumsum, np.cumprod],
)
@pytest.mark.parametrize("axis", [0, -1])
def test_reductions_of_what_has_no_axes_take_axis_0(function, axis):
    for make in (lambda s: s, lambda s: np.array(s, like=s) if isinstance(s, dd.Dual) else np.array(s)):
        value, tangent = dd.jvp(lambda s: function(make(s), axis=axis), (2.0,), (3.0,))  # noqa: B023
        wanted = function(make(np.float64(2.0)), axis=axis)
        assert np.shape(value) == np.shape(tangent) == np.shape(wanted) and np.all(value == wanted)
        assert np.all(np.asarray(tangent) == (0.0 if function is np.ptp else 3.0))


def test_asarray_of_a_constant_is_on_the_same_memory():
    def f(x):
        y = np.zeros_like(x)
        z = np.asarray(y)[1:]
        z[0] = 5.0
        y[2] = 7.0
        assert z.tolist() == [5.0, 7.0, 0.0]
        if early:
            y[0] = x[0]
        del z
        y[0] = x[0]
        y[1] *= 2.0
        return y * x

    early = False
    check_program(f, X)
    early = True
    with pytest.raises(LostDerivativeError, match="np.asarray made"):
        dd.jvp(f, (X,), (X,))


def test_arrays_that_are_passed_through():
    """np.broadcast_arrays of equal shapes and matrix_power(a, 1) are the arrays themselves."""

    def f(x):
        y, z = x * 1.0, x.reshape(2, 2) * 1.0
        np.broadcast_arrays(y, x * x)[0][0] = x[2] ** 2
        np.linalg.matrix_power(z, 1)[0] = y[:2] * x[3]
        return np.concatenate([y, z.ravel()])

    check_program(f, X)


@pytest.mark.parametrize("f", [unpacked, swapped, previous_in_a_loop, listed])
def test_scalars_do_not_change_where_second_order_calls_are_nested(f):
    """np.linalg.det has no rule on second-order rows, so everything here nests first-order calls."""
    v = np.array([1.0, -0.5, 2.0, 0.3])

    def g(x):
        return np.sum(np.sin(f(x))) * np.linalg.det(np.eye(2) * x[0])

    H = np.stack([differences(lambda x: complex_jacobian(g, x)[0], (X,), (u,))[0] for u in np.eye(4)], -1)
    close(dd.hessian(g)(X), H, 1e-8)
    close(dd.hvp(g, (X,), (v,)), H @ v, 1e-8)
    close(dd.laplacian(g)(X), np.trace(H), 1e-8)
    close(dd.hessian_diagonal(g)(X), np.diag(H), 1e-8)
    close(dd.taylor(g, X, v, 3)[2], 0.5 * v @ H @ v, 1e-8)
    third = dd.jvp(lambda x: dd.hvp(g, (x,), (v,)) @ v, (X,), (v,))[1]
    close(dd.taylor(g, X, v, 3)[3], third / 6, 1e-11)


def test_asarray_of_the_namespace_is_the_array_itself():
    from dualdiff import numpy as dnp

    def f(x):
        y = x * 1.0
        z = dnp.asarray(y)
        z[[1, 1]] = x[:2]
        dnp.asanyarray(z)[2] *= x[0]
        return y

    check_program(f, X)


def test_multi_dot_of_two_takes_any_dimensions():
    a, b = points(2, 1), points(1, 1, 2)
    value, tangent = dd.jvp(lambda a, b: np.linalg.multi_dot([a, b]), (a, b), (a, b))
    assert value.shape == tangent.shape == (2, 1, 2)
    close(tangent, 2 * value, 1e-14)
