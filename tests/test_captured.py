"""A recording keeps no array that is the caller's: what f was given may change as soon as f has returned.

Each function has a constant array beside x (an index, a mask, weights, a matrix), which is overwritten before any product.
"""

import numpy as np
import pytest
import scipy.sparse as sp

import dualdiff as dd

X = np.array([0.5, 2.0, -1.0, 3.0, 1.5, 0.7])
PLACES = np.array([0, 2, 4])
MASK = np.array([1, 0, 1, 0, 1, 0], bool)
WEIGHTS = np.arange(1.0, 7.0)
MATRIX = np.arange(36.0).reshape(6, 6) + 1
SPARSE = sp.csr_array(np.diag(WEIGHTS))


def after(write, x):
    """What is in a copy of x after a write into it."""
    y = x * 1.0
    write(y)
    return y * x


def set_to(key):
    return lambda y: y.__setitem__(key, y[0] * 2)


FUNCTIONS = {
    "fancy": (lambda x, i: x[i], PLACES),
    "mask": (lambda x, i: x[i], MASK),
    "setfancy": (lambda x, i: after(set_to(i), x), PLACES),
    "setmask": (lambda x, i: after(set_to(i), x), MASK),
    "take": (lambda x, i: np.take(x, i), PLACES),
    "compress": (lambda x, i: np.compress(i, x), MASK),
    "extract": (lambda x, i: np.extract(i, x), MASK),
    "where": (lambda x, i: np.where(i, x, 2 * x), MASK),
    "where2": (lambda x, i: np.where(i > 0, x * i, x), MASK),
    "choose": (lambda x, i: np.choose(i, [x[:3], x[3:] * 2, x[1:4]]), np.array([0, 1, 2])),
    "select": (lambda x, i: np.select([i, ~i], [x, x * 3]), MASK),
    "piecewise": (lambda x, i: np.piecewise(x, [i, ~i], [lambda v: v, lambda v: v * v]), MASK),
    "take_along": (lambda x, i: np.take_along_axis(x, i, 0), PLACES),
    "put": (lambda x, i: after(lambda y: np.put(y, i, x[:3] * 2), x), PLACES),
    "put_along": (lambda x, i: after(lambda y: np.put_along_axis(y, i, x[:3] * 2, 0), x), PLACES),
    "place": (lambda x, i: after(lambda y: np.place(y, i, x[:3] * 2), x), MASK),
    "putmask": (lambda x, i: after(lambda y: np.putmask(y, i, x * 2), x), MASK),
    "copyto": (lambda x, i: after(lambda y: np.copyto(y, x * 2, where=i), x), MASK),
    "addat": (lambda x, i: after(lambda y: np.add.at(y, i, x[:3] * 2), x), PLACES),
    "bincount": (lambda x, i: np.bincount(i, x), np.array([0, 1, 1, 2, 3, 0])),
    "hist": (lambda x, i: np.histogram(WEIGHTS / 7, bins=i, weights=x)[0], np.array([0, 0.3, 0.6, 1.0])),
    "hist2": (lambda x, i: np.histogram(i, bins=3, weights=x)[0], WEIGHTS),
    "hist2d": (lambda x, i: np.histogram2d(i, i, bins=2, weights=x)[0], WEIGHTS),
    "digit": (lambda x, i: x[np.digitize(i, [2, 4])], WEIGHTS),
    "mul": (lambda x, i: x * i, WEIGHTS),
    "rmul": (lambda x, i: i * x, WEIGHTS),
    "div": (lambda x, i: x / i, WEIGHTS),
    "rdiv": (lambda x, i: i / x, WEIGHTS),
    "pow": (lambda x, i: x**i, WEIGHTS),
    "rpow": (lambda x, i: i**x, WEIGHTS),
    "imul": (lambda x, i: after(lambda y: y.__imul__(i), x), WEIGHTS),
    "hyp": (lambda x, i: np.hypot(x, i), WEIGHTS),
    "max": (lambda x, i: np.maximum(x, i), WEIGHTS),
    "matmul": (lambda x, i: i @ x, MATRIX),
    "rmatmul": (lambda x, i: x @ i, MATRIX),
    "dot": (lambda x, i: np.dot(i, x), MATRIX),
    "dotv": (lambda x, i: np.dot(x, i), WEIGHTS),
    "inner": (lambda x, i: np.inner(x, i), MATRIX),
    "outer": (lambda x, i: np.outer(x, i), WEIGHTS),
    "vdot": (lambda x, i: np.vdot(x, i), WEIGHTS),
    "tensordot": (lambda x, i: np.tensordot(i, x, 1), MATRIX),
    "einsum": (lambda x, i: np.einsum("ij,j->i", i, x), MATRIX),
    "kron": (lambda x, i: np.kron(x, i), WEIGHTS),
    "cross": (lambda x, i: np.cross(x[:3], i), np.array([1.0, 2, 3])),
    "sparse": (lambda x, i: i @ x, SPARSE),
    "solve": (lambda x, i: np.linalg.solve(i + 10 * np.eye(6), x), MATRIX),
    "solve2": (lambda x, i: np.linalg.solve(i, x), MATRIX + 10 * np.eye(6)),
    "lstsq": (lambda x, i: np.linalg.lstsq(i, x, rcond=None)[0], MATRIX + 10 * np.eye(6)),
    "multi": (lambda x, i: np.linalg.multi_dot([x, i, x]), MATRIX),
    "conv": (lambda x, i: np.convolve(x, i), np.array([1.0, 2])),
    "corr": (lambda x, i: np.correlate(x, i), np.array([1.0, 2])),
    "interp": (lambda x, i: np.interp(np.arange(6.0), i, x), WEIGHTS),
    "interp2": (lambda x, i: np.interp(i, np.arange(6.0), x), WEIGHTS),
    "interp3": (lambda x, i: np.interp(x, np.arange(6.0), i), WEIGHTS),
    "trapz": (lambda x, i: np.trapezoid(x, i), WEIGHTS),
    "trapz2": (lambda x, i: np.trapezoid(i, x), WEIGHTS),
    "gradient": (lambda x, i: np.gradient(x, i), WEIGHTS),
    "average": (lambda x, i: np.average(x, weights=i), WEIGHTS),
    "polyval": (lambda x, i: np.polyval(i, x), WEIGHTS),
    "polyval2": (lambda x, i: np.polyval(x, i), WEIGHTS),
    "vander": (lambda x, i: np.vander(x, 3) @ i, np.array([1.0, 2, 3])),
    "clip": (lambda x, i: np.clip(x, i, 10), WEIGHTS),
    "repeat": (lambda x, i: np.repeat(x, i), np.array([1, 2, 1, 0, 1, 1])),
    "insert": (lambda x, i: np.insert(x, i, x[0]), PLACES),
    "delete": (lambda x, i: np.delete(x, i), PLACES),
    "insert2": (lambda x, i: np.insert(x, 1, i), WEIGHTS),
    "append": (lambda x, i: np.append(x, i), WEIGHTS),
    "concat": (lambda x, i: np.concatenate([x * i, i]), WEIGHTS),
    "pad": (lambda x, i: np.pad(x, i), np.array([1, 2])),
    "roll": (lambda x, i: np.roll(x, i), np.array([1])),
    "split": (lambda x, i: np.split(x * x, i)[1], np.array([1, 3])),
    "reduceat": (lambda x, i: np.add.reduceat(x, i), PLACES),
    "reduceat2": (lambda x, i: np.multiply.reduceat(x, i), PLACES),
    "quantile": (lambda x, i: np.quantile(x, i), np.array([0.1, 0.5])),
    "percentile": (lambda x, i: np.percentile(x, i), np.array([10.0, 50])),
    "ix": (lambda x, i: x.reshape(2, 3)[np.ix_([0, 1], i)], np.array([0, 2])),
    "sumwhere": (lambda x, i: np.sum(x * x, where=i), MASK),
    "meanwhere": (lambda x, i: np.mean(x, where=i), MASK),
    "maxwhere": (lambda x, i: np.max(x, where=i, initial=-9), MASK),
    "prodwhere": (lambda x, i: np.prod(x, where=i), MASK),
    "ufwhere": (lambda x, i: after(lambda y: np.multiply(x, x, out=y, where=i), x), MASK),
    "flat": (lambda x, i: x.reshape(2, 3).flat[i], PLACES),
    "setflat": (lambda x, i: after(lambda y: y.reshape(2, 3).flat.__setitem__(i, x[:3] * 2), x), PLACES),
    "unwrap": (lambda x, i: np.unwrap(x * i), WEIGHTS),
    "fftc": (lambda x, i: np.real(np.fft.fft(x * i)), WEIGHTS),
    "apply": (lambda x, i: np.apply_along_axis(lambda v: v * i, 0, x), WEIGHTS),
    "nan": (lambda x, i: np.nan_to_num(x * i), WEIGHTS),
    "ldexp": (lambda x, i: np.ldexp(x, i), np.array([1, 2, 3, 1, 2, 3])),
    "copysign": (lambda x, i: np.copysign(x, i), WEIGHTS),
    "setidx2": (lambda x, i: after(lambda y: y.__setitem__(slice(1, 4), i[1:4]), x), WEIGHTS),
    "trimz": (lambda x, i: np.argsort(i) @ x, WEIGHTS),
    "tri": (lambda x, i: x.reshape(2, 3)[np.tril_indices(2)], WEIGHTS),
    "lax": (lambda x, i: np.lexsort((i,)) @ x, WEIGHTS),
    "fmod": (lambda x, i: np.fmod(x, i), WEIGHTS),
    "mat_pow": (lambda x, i: np.linalg.norm(x[:, None] * i), MATRIX),
    "searchs": (lambda x, i: x[np.searchsorted(i, 2.5)], WEIGHTS),
    "divmod": (lambda x, i: np.divmod(x, i)[1], WEIGHTS),
    "float_power": (lambda x, i: np.float_power(np.abs(x), i), WEIGHTS),
    "logaddexp": (lambda x, i: np.logaddexp(x, i), WEIGHTS),
    "arctan2": (lambda x, i: np.arctan2(x, i), WEIGHTS),
    "tile": (lambda x, i: np.tile(x, i), np.array([2])),
    "polymul": (lambda x, i: np.polymul(x, i), WEIGHTS),
    "cov": (lambda x, i: np.cov(x, aweights=i), WEIGHTS),
    "broadcast": (lambda x, i: x * np.broadcast_to(i, (2, 6)), WEIGHTS),
    "squeeze": (lambda x, i: x @ np.squeeze(i[:, None]), WEIGHTS),
}


def spoil(a):
    """Other numbers in the same memory."""
    if sp.issparse(a):
        a.data[:] = 77.0
    elif a.dtype == bool:
        a[:] = ~a
    elif a.dtype.kind == "i":
        a[:] = 0 if np.array_equal(a, a[::-1]) else a[::-1].copy()
    else:
        a[...] = a[::-1].copy() * 3


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_of_the_callers_is_kept(name):
    f, given = FUNCTIONS[name]
    wanted = dd.jacobian(lambda x: f(x, given.copy()), mode="forward")(X)
    flat = wanted.reshape(-1, 6)

    def g(x):
        a = given.copy()
        y = f(x, a)
        spoil(a)
        return y

    value, pullback = dd.vjp(g, X)
    k = np.size(value)
    assert np.allclose(pullback(np.eye(k).reshape((k, *np.shape(value)))), flat)
    for mode in ("forward", "reverse"):
        assert np.allclose(dd.linearize(g, X)[1].dense(mode), flat)
    assert not np.any((flat != 0) & ~dd.sparsity(g, X).toarray())
