"""Polynomials of NumPy's older kind (np.polyval and the like), their roots and their fits; vander.

"""

from typing import Any

import numpy as np

from ..core import make
from ..maps.base import dtype_of
from ..maps.tangents import find_tag, is_dual, peel
from .base import as_operand, exact, handles, value_of
from .decompose import attach, increment
from .factor import no_derivative, repeated
from .select import double


def coefficients(p: Any) -> Any:
    """A sequence of coefficients as an operand with one axis."""
    p = as_operand(p)
    return np.atleast_1d(p if is_dual(p) else np.asarray(p))


@handles(np.vander)
def vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    """np.vander, by the derivatives of the powers."""
    x = as_operand(x)
    value = np.vander(value_of(x), N, increasing)
    powers = np.arange(value.shape[1], dtype=value.dtype)
    return exact(np.reshape(x, (-1, 1)) ** (powers if increasing else powers[::-1]), value)


@handles(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """np.polyval, by the coefficients and by x."""
    p, x = as_operand(p), as_operand(x)
    x = x if is_dual(x) else np.asarray(x)
    value = np.polyval(value_of(p), value_of(x))
    y = np.zeros_like(x)
    for c in p:
        y = y * x + c
    return exact(y, value)


@handles(np.polyder)
def polyder(p: Any, m: Any = 1) -> Any:
    """np.polyder: linear, by the coefficients."""
    p = coefficients(p)
    value = np.polyder(value_of(p), m)
    if int(m) == 0:
        return p
    for _ in range(int(m)):
        n = np.shape(p)[0]
        p = p[:-1] * np.arange(n - 1, 0, -1, dtype=dtype_of(p))
    return exact(p, value)


@handles(np.polyint)
def polyint(p: Any, m: Any = 1, k: Any = None) -> Any:
    """np.polyint, by the coefficients and by the constants of integration."""
    p, k = coefficients(p), None if k is None else as_operand(k)
    value = np.polyint(value_of(p), m, None if k is None else value_of(k))
    m = int(m)
    if m == 0:
        return p
    constants = np.zeros(m) if k is None else coefficients(k)
    if np.shape(constants)[0] == 1 and m > 1:
        constants = np.broadcast_to(constants, (m,))
    for i in range(m):
        n = np.shape(p)[0]
        p = np.concatenate([p / np.arange(n, 0, -1, dtype=dtype_of(p)), constants[i : i + 1]])
    return exact(p, value)


def aligned(a1: Any, a2: Any) -> tuple[Any, Any]:
    """Two polynomials with as many coefficients each."""
    a1, a2 = coefficients(a1), coefficients(a2)
    n = max(np.shape(a1)[0], np.shape(a2)[0])

    def longer(a: Any) -> Any:
        missing = n - np.shape(a)[0]
        return np.concatenate([np.zeros(missing, dtype_of(a)), a]) if missing else a

    return longer(a1), longer(a2)


@handles(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    """np.polyadd: linear."""
    a, b = aligned(a1, a2)
    return a + b


@handles(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    """np.polysub: linear."""
    a, b = aligned(a1, a2)
    return a - b


@handles(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    """np.polymul, by both."""
    return np.convolve(coefficients(a1), coefficients(a2))


@handles(np.polydiv)
def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """np.polydiv, by both; of the remainder those coefficients are kept that NumPy keeps."""
    u, v = coefficients(u) + 0.0, coefficients(v) + 0.0
    quotient, rest = np.polydiv(value_of(u), value_of(v))
    n = np.shape(v)[0]
    found = []
    for k in range(max(np.shape(u)[0] - n + 1, 1)) if np.shape(u)[0] >= n else ():
        d = u[k] / v[0]
        found.append(d)
        u = np.concatenate([u[:k], u[k : k + n] - d * v, u[k + n :]])
    q = np.stack(found) if found else np.zeros(quotient.shape, quotient.dtype)
    return exact(q, quotient), exact(u[np.shape(u)[0] - rest.shape[0] :], rest)


@handles(np.poly)
def poly(seq_of_zeros: Any) -> Any:
    """np.poly, by the roots, or by the elements of a matrix."""
    z = as_operand(seq_of_zeros)
    value = np.poly(value_of(z))
    if np.ndim(z) == 2 and not by_eigenvalues(value_of(z)):
        return characteristic(z, value)
    z = np.linalg.eigvals(z) if np.ndim(z) == 2 else np.atleast_1d(z)
    found = np.ones(1, dtype_of(z))
    for k in range(np.shape(z)[0]):
        one = np.ones(1, dtype_of(z))
        found = np.convolve(found, np.concatenate([one, -z[k : k + 1]]))
    if dtype_of(found).kind == "c" and value.dtype.kind != "c":
        found = np.real(found)
    return exact(found, value)


FEW_ROWS, APART = 12, 1e4
"""Up to so many rows Faddeev's recurrence is as accurate; beyond, where the eigenvectors are worse conditioned."""


def by_eigenvalues(a: Any) -> bool:
    """Whether the characteristic polynomial of a matrix is better made of its eigenvalues."""
    return len(a) > FEW_ROWS and bool(np.linalg.cond(np.linalg.eig(a)[1]) < APART)


def characteristic(a: Any, value: Any) -> Any:
    """The coefficients c of det(x - a), where `value` has them: c_k = -tr(a m_k) / k, m_k+1 = a m_k + c_k (Faddeev).

    Each is put on NumPy's value as soon as it is there, so that no error grows.
    """
    n = np.shape(a)[0]
    eye = np.eye(n)
    found, m = [np.ones((), dtype_of(a))], eye
    for k in range(1, n + 1):
        product = np.matmul(a, m)
        c = exact(-np.trace(product) / k, value[k])
        found.append(c)
        m = product + c * eye
    return exact(np.stack(found), value)


@handles(np.roots)
def roots(p: Any) -> Any:
    """np.roots, by the coefficients: dz = -dp(z) / p'(z); nan for a root that is repeated."""
    p = coefficients(p)
    return roots_of(p, np.roots(value_of(p)))


REPEATED_ROOT = (
    "numpy.roots: a root that is repeated has no derivative by the coefficients, so it is nan, also in what works by "
    "the roots of a polynomial (tf2zpk, sos2zpk, tf2sos). Take the derivative by the roots themselves (np.poly, "
    "zpk2tf, zpk2sos), or work with the coefficients (lfilter, sosfilt, freqz, sosfreqz)"
)


def roots_of(p: Any, value: Any) -> Any:
    """The roots of a polynomial, with known values at the bottom."""
    tag = find_tag(p)
    if tag < 0:
        return value
    v, t = peel(p, tag)
    z = roots_of(v, value)
    if not value.size:
        return make(value, None, -1)
    plain = value_of(v)
    with np.errstate(all="ignore"):
        slope = np.polyval(np.polyder(v), z)
        change = -np.polyval(increment(v, t, tag), z) / slope
        lost = repeated(value, np.polyval(np.abs(plain), np.abs(value)) / np.abs(value_of(slope)))
    if np.any(lost):
        change = np.where(lost, no_derivative(v, t, tag, 1, REPEATED_ROOT), change)
    return attach(z, change, tag)


@handles(np.polyfit)
def polyfit(x: Any, y: Any, deg: Any, rcond: Any = None, full: Any = False, w: Any = None, cov: Any = False) -> Any:
    """np.polyfit, by x, y and the weights."""
    x, y, w = as_operand(x), as_operand(y), None if w is None else as_operand(w)
    found = np.polyfit(value_of(x), value_of(y), deg, rcond, full, None if w is None else value_of(w), cov)
    order = int(deg) + 1
    x, y = double(x), double(y)
    lhs, rhs = np.vander(x, order), y
    if w is not None:
        w = double(w)
        lhs = lhs * w[:, None]
        rhs = rhs * (w[:, None] if np.ndim(y) == 2 else w)
    fact: Any
    scale = np.sqrt(np.sum(lhs * lhs, axis=0))
    c, residuals, _, s = np.linalg.lstsq(lhs / scale, rhs, len(value_of(x)) * np.finfo(x.dtype).eps
                                            if rcond is None else rcond)  # fmt: skip
    c = c / (scale[:, None] if np.ndim(y) == 2 else scale)
    if full:
        return exact(c, found[0]), exact(residuals, found[1]), found[2], exact(s, found[3]), found[4]
    if not cov:
        return exact(c, found)
    base = np.linalg.inv(np.matmul(np.transpose(lhs), lhs))
    fact = 1.0 if cov == "unscaled" else residuals / (np.shape(x)[0] - order)
    matrix = base[:, :, None] * fact if np.ndim(y) == 2 else base * (fact if cov == "unscaled" else fact[0])
    return exact(c, found[0]), exact(matrix, found[1])
