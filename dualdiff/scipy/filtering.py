"""Filters as maps: recurrences, correlations with weights, windows of elements.

    linear_filter     a[0] y[n] + a[1] y[n-1] + ... = b[0] x[n] + b[1] x[n-1] + ..., by b, a, x and the initial state
    correlation       sums of weights times a window of elements, by both
    extended          an array continued beyond its edges, as scipy.ndimage continues it
    windows           all elements of a window side by side, for extremes and ranks

The loops are SciPy's; second order, nesting and reverse mode follow from the maps.
"""

from typing import Any

import numpy as np
import scipy.ndimage as _ndimage
import scipy.signal as _signal

from ..core import make
from ..functions.base import as_operand, value_of
from ..maps.base import LinearMap, dtype_of, fit
from ..maps.tangents import find_tag, is_node, peel, push

__all__ = ["correlation", "extended", "filter_with_state", "linear_filter", "margins_of", "windows"]


def kept(v: Any, tangents: Any) -> Any:
    """An array that a map may keep: a copy where the call is recorded, as its owner may change it."""
    return v.copy() if any(map(is_node, tangents)) and hasattr(v, "copy") else v


def rows(function: Any, t: Any) -> Any:
    """function of each row of a stack."""
    return np.stack([function(t[i]) for i in range(t.shape[0])])


# ---- recurrences -------------------------------------------------------------------------------------


class Recurrence(LinearMap):
    """The derivative of y = lfilter(b, a, x) along the last axis, by b, a and x.

    A y = B x, so A dy = dB x - dA y + B dx; backwards the recurrence runs through A from the end.
    """

    __slots__ = ("a", "b", "last", "x", "y")

    def __init__(self, b: Any, a: Any, x: Any, y: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.b, self.a, self.x, self.y = b, a, x, y
        self.last: Any = None

    def apply(self, ts: Any) -> Any:
        tb, ta, tx = ts
        total = None if tx is None else linear_filter(self.b, self.a, tx)
        terms = [(sign * t, signal) for t, signal, sign in ((tb, self.x, 1.0), (ta, self.y, -1.0)) if t is not None]
        one = np.ones(1)
        if terms and terms[0][0].shape[0] < len(terms):
            free = linear_filter(one, self.a, delayed(terms, None))
            return fit(free if total is None else total + free, self.out_dtype)
        # one run of the recurrence for all directions: what follows are sums of its delays
        return fit(delayed([(t, linear_filter(one, self.a, signal)) for t, signal in terms], total), self.out_dtype)

    def transpose(self, w: Any, i: Any) -> Any:
        b, a = conjugate(self.b), conjugate(self.a)
        if i == 2:
            return fit(backwards(linear_filter(b, a, w[..., ::-1])), self.in_dtypes[2])
        if self.last is None or self.last[0] is not w:  # b and a are asked about the same cotangent
            self.last = w, backwards(linear_filter(np.ones(1), a, w[..., ::-1]))
        v = self.last[1]
        signal, sign = (self.x, 1.0) if i == 0 else (self.y, -1.0)
        n, signal = np.shape(v)[-1], conjugate(signal)
        k = np.shape(v)[0]
        v, signal = np.reshape(v, (k, -1, n)), np.reshape(signal, (-1, n))
        lags = [[sum(np.dot(c[m:], z[: n - m]) for c, z in zip(v[j], signal, strict=True)) if m < n else 0.0
                 for m in range(self.in_shapes[i][0])] for j in range(k)]  # fmt: skip
        plain = type(v) is np.ndarray and type(signal) is np.ndarray
        return fit(sign * (np.array(lags) if plain else np.stack([np.stack(row) for row in lags])), self.in_dtypes[i])


BLOCK = 8192
"""Elements of a sum of delays that are taken at once, as they stay in cache."""


def delayed(terms: Any, total: Any) -> Any:
    """total (None: 0) plus, for (t, x) in terms, the sums over m of t[:, m] times x delayed by m along its last axis.

    An element of t that is 0 adds nothing, whatever x is.
    """
    if not terms:
        return total
    if not all(type(x) is np.ndarray for term in terms for x in term):
        for t, x in terms:
            n, count = np.shape(x)[-1], np.shape(t)[1]
            wide = np.concatenate([np.zeros((*np.shape(x)[:-1], count - 1)), x], axis=-1)
            stack = np.stack([wide[..., count - 1 - m : count - 1 - m + n] for m in range(count)])
            total = np.tensordot(t, stack, 1) + (0.0 if total is None else total)
        return total
    k, shape = terms[0][0].shape[0], terms[0][1].shape
    n = shape[-1]
    dtype = np.result_type(*(x for term in terms for x in term), *(() if total is None else (total,)))
    found = np.empty((k, *shape), dtype)
    size = max(64, BLOCK * n // max(1, found[0].size))
    for j, row in enumerate(found):
        parts = [(t[j, m], m, x) for t, x in terms for m in np.flatnonzero(t[j, :n]).tolist()]
        for start in range(0, n, size):
            stop = min(start + size, n)
            fresh = total is None       # nothing stands there yet
            if not fresh:
                row[..., start:stop] = total[j, ..., start:stop]
            for c, m, x in parts:
                first = min(max(start, m), stop)
                here, there = row[..., first:stop], x[..., first - m : stop - m]
                if fresh:
                    row[..., start:first] = 0.0
                    np.multiply(there, c, out=here)
                else:
                    here += c * there
                fresh = False
            if fresh:
                row[..., start:stop] = 0.0
    return found


def conjugate(x: Any) -> Any:
    """The conjugate, which of real numbers is what they are."""
    return np.conj(x) if dtype_of(x).kind == "c" else x


def backwards(x: Any) -> Any:
    """The last axis from its end."""
    x = x[..., ::-1]
    return np.ascontiguousarray(x) if type(x) is np.ndarray else x


def linear_filter(b: Any, a: Any, x: Any) -> Any:
    """scipy.signal.lfilter along the last axis, by coefficients and signal, duals or not."""
    tag = find_tag(b, a, x)
    if tag < 0:
        return _signal.lfilter(value_of(b), value_of(a), value_of(x))
    (bv, bt), (av, at), (xv, xt) = (peel(as_operand(z), tag) for z in (b, a, x))
    y = linear_filter(bv, av, xv)
    if bt is None and at is None and xt is None:
        return y
    ts = (bt, at, xt)
    map = Recurrence(kept(bv, ts), kept(av, ts), kept(xv, ts), kept(y, ts), (bv, av, xv), y)
    return make(y, push(map, ts), tag)


def filter_with_state(b: Any, a: Any, x: Any, axis: Any = -1, zi: Any = None) -> Any:
    """scipy.signal._sigtools._linear_filter: y, or (y, final state)."""
    b, a, x = (as_operand(np.atleast_1d(z)) for z in (b, a, x))
    x = np.moveaxis(x, axis, -1)
    y = linear_filter(b, a, x)
    if zi is None:
        return np.moveaxis(y, -1, axis)
    order = max(np.shape(b)[0], np.shape(a)[0]) - 1
    n = np.shape(x)[-1]
    zi = np.broadcast_to(np.moveaxis(as_operand(zi), axis, -1), (*np.shape(x)[:-1], order))
    # the state leaves as an input of the recurrence (direct form II transposed)
    longer = max(n, order)
    pad = np.zeros((*np.shape(x)[:-1], longer - order))
    free = linear_filter(a[:1], a, np.concatenate([zi, pad], axis=-1))[..., :n]
    y = y + free
    states = []
    for m in range(order):
        state = zi[..., m + n] if m + n < order else 0.0
        for k in range(m + 1, order + 1):
            if n - k + m >= 0:
                at = n - k + m
                if k < np.shape(b)[0]:
                    state = state + b[k] / a[0] * x[..., at]
                if k < np.shape(a)[0]:
                    state = state - a[k] / a[0] * y[..., at]
        states.append(state + np.zeros(np.shape(x)[:-1]))
    final = np.stack(states, axis=-1) if states else np.zeros((*np.shape(x)[:-1], 0))
    return np.moveaxis(y, -1, axis), np.moveaxis(final, -1, axis)


# ---- correlations ------------------------------------------------------------------------------------


def valid(x: Any, weights: Any) -> Any:
    """Sums of weights times windows of the last axes of x, inside of x only."""
    if (
        value_of(x).dtype.kind in "fiub"
        and dtype_of(weights).kind in "fiub"
        and np.ndim(x) == np.ndim(weights)
        and sum(n > 1 for n in np.shape(weights)) <= 1
    ):
        axis = int(np.argmax(np.shape(weights)))
        n, size = np.shape(weights)[axis], np.shape(x)[axis]
        found = _ndimage.correlate1d(np.asarray(x, float), np.ravel(weights).astype(float), axis, mode="constant")
        return found[(slice(None),) * axis + (slice(n // 2, n // 2 + size - n + 1),)]
    return _signal.correlate(x, np.conj(weights), "valid", "direct")


class Correlation(LinearMap):
    """The valid correlation of x with weights, both of d axes: linear in each with the other held."""

    __slots__ = ("weights", "x")

    def __init__(self, x: Any, weights: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.x, self.weights = x, weights

    def apply(self, ts: Any) -> Any:
        tx, tw = ts
        total = None if tx is None else rows(lambda t: correlation(t, self.weights), tx)
        if tw is not None:
            term = rows(lambda t: correlation(self.x, t), tw)
            total = term if total is None else total + term
        return fit(total, self.out_dtype)

    def transpose(self, w: Any, i: Any) -> Any:
        if i == 1:
            x = conjugate(self.x)
            return fit(rows(lambda c: correlation(x, c), w), self.in_dtypes[1])
        weights = conjugate(self.weights)[(slice(None, None, -1),) * len(self.out_shape)]
        margin = [(n - 1, n - 1) for n in self.in_shapes[1]]
        return fit(rows(lambda c: correlation(np.pad(c, margin), weights), w), self.in_dtypes[0])

    def factors(self, i: Any) -> Any:
        return [None, self.weights] if i == 0 else [self.x, None]

    def with_factors(self, others: Any) -> Any:
        found = self.twin()
        found.x, found.weights = others
        return found


def correlation(x: Any, weights: Any) -> Any:
    """Sums of weights times windows of x, inside of x only; both have the same number of axes."""
    x, weights = as_operand(x), as_operand(weights)
    tag = find_tag(x, weights)
    if tag < 0:
        return valid(np.asarray(value_of(x)), np.asarray(value_of(weights)))
    (xv, xt), (wv, wt) = peel(x, tag), peel(weights, tag)
    y = correlation(xv, wv)
    if xt is None and wt is None:
        return y
    ts = (xt, wt)
    return make(y, push(Correlation(kept(xv, ts), kept(wv, ts), (xv, wv), y), ts), tag)


# ---- edges -------------------------------------------------------------------------------------------


def continued(mode: Any, n: Any, before: Any, after: Any) -> Any:
    """Places (from 0 to n - 1) of positions -before ... n + after - 1, by a mode of scipy.ndimage; -1: outside."""
    at = np.arange(-before, n + after)
    if mode in ("reflect", "grid-mirror", 0):
        at = at % (2 * n)
        return np.where(at < n, at, 2 * n - 1 - at)
    if mode == "mirror":
        if n == 1:
            return np.zeros_like(at)
        at = at % (2 * n - 2)
        return np.where(at < n, at, 2 * n - 2 - at)
    if mode == "nearest":
        return np.clip(at, 0, n - 1)
    if mode in ("wrap", "grid-wrap"):
        return at % n
    return np.where((at >= 0) & (at < n), at, -1)


def extended(x: Any, mode: Any, cval: Any, margins: Any) -> Any:
    """x with (before, after) further elements along each axis, which continue it by modes of scipy.ndimage."""
    x = as_operand(x)
    modes = [mode] * np.ndim(x) if isinstance(mode, str) else list(mode)
    for axis, ((before, after), how) in enumerate(zip(margins, modes, strict=True)):
        if not before and not after:
            continue
        n = np.shape(x)[axis]
        at = continued(how, n, before, after)
        if np.any(at < 0):
            ones = np.ones(np.shape(x)[:axis] + (1,) + np.shape(x)[axis + 1 :])
            x = np.concatenate([x, cval * ones], axis=axis)
            at = np.where(at < 0, n, at)
        x = np.take(x, at, axis=axis)
    return x


def margins_of(sizes: Any, origins: Any) -> list[Any]:
    """(before, after) for windows of sizes that are moved by origins."""
    return [(n // 2 + o, n - 1 - n // 2 - o) for n, o in zip(sizes, origins, strict=True)]


def windows(x: Any, footprint: Any, mode: Any, cval: Any, origins: Any) -> Any:
    """The elements under a footprint at each place, side by side along the first axis."""
    shape = np.shape(x)
    wide = extended(x, mode, cval, margins_of(footprint.shape, origins))
    parts = []
    for place in np.argwhere(footprint):
        parts.append(wide[tuple(slice(int(p), int(p) + n) for p, n in zip(place, shape, strict=True))])
    return np.stack(parts)
