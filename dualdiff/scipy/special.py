"""scipy.special for duals and plain arrays alike: ``from dualdiff.scipy import special``.

SciPy's ufuncs take duals as they are (their rules are in rules/of_scipy.py), so they are passed on, as is
every other name.  Here stand those of its Python functions that convert their arguments.

Invariant: on arguments without duals each function returns SciPy's own result.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as _special
from scipy.special import _ufuncs

from ..errors import UnsupportedError
from ..functions.base import as_operand, exact, has_duals, value_of
from ..rules.table import RULES
from .applied import refuses, theirs
from .compose import primitive

_REASONS = {
    "lqn lqmn": "it fills lists by compiled recurrences; write hyp2f1",
    "lmbda": "it fills lists by compiled recurrences; write gamma(v + 1) * (2 / x)**v * jv(v, x)",
    "pbdn_seq pbdv_seq": "it fills lists by compiled recurrences; write pbdv for each order",
    "pbvv_seq": "it fills lists by compiled recurrences; write pbvv for each order",
    "riccati_jn": "it fills lists by compiled recurrences; write x * spherical_jn(n, x)",
    "riccati_yn": "it fills lists by compiled recurrences; write x * spherical_yn(n, x)",
    "pro_cv_seq": "it fills lists by compiled recurrences; write pro_cv for each order",
    "obl_cv_seq": "it fills lists by compiled recurrences; write obl_cv for each order",
    "mathieu_even_coef mathieu_odd_coef": "it fills lists by compiled recurrences",
    "ellip_harm ellip_harm_2 ellip_normal": "no derivative of Lame's functions is an expression in SciPy's functions",
    "stirling2": "its arguments are counts",
    "roots_jacobi roots_gegenbauer roots_genlaguerre roots_sh_jacobi j_roots cg_roots la_roots js_roots": (
        "the nodes are eigenvalues of a banded matrix; write linalg.eigh_tridiagonal of its recurrence"
    ),
    "jacobi gegenbauer genlaguerre sh_jacobi": "it is made of its roots; write eval_jacobi and its kind",
}
"""Functions of SciPy's whose code does not take duals -> why, and what to write."""


def __getattr__(name: str) -> Any:
    found = theirs(_special, name)
    for names, why in _REASONS.items():
        if name in names.split():
            found = globals()[name] = refuses(_special, name, why)
    return found


def __dir__() -> Any:
    return sorted({*dir(_special), *_REPLACED})


_REPLACED: set = set()


def _replaces(function: Any) -> Callable[..., Any]:
    """A function for duals; SciPy's own answers where there are none."""
    original = getattr(_special, function.__name__, None)

    @functools.wraps(function)
    def answer(*args: Any, **kwargs: Any) -> Any:
        if original is None or any(map(has_duals, (*args, *kwargs.values()))):
            return function(*args, **kwargs)
        return original(*args, **kwargs)

    _REPLACED.add(function.__name__)
    return answer


def _shift(a: Any, axis: Any) -> Any:
    """The largest element (or real part) along axis, as a constant; 0 where it is not finite."""
    m = np.real(np.max(value_of(a), axis=axis, keepdims=True))
    return np.where(np.isfinite(m), m, np.zeros((), m.dtype))


@_replaces
def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """scipy.special.logsumexp, also of duals: log(sum(b exp(a))), d = b exp(a - result)."""
    a, b = as_operand(a), None if b is None else as_operand(b)
    found = _special.logsumexp(value_of(a), axis=axis, b=value_of(b), keepdims=keepdims, return_sign=return_sign)
    value, sign = found if return_sign else (found, None)
    m = _shift(a if b is None else np.where(value_of(b) == 0, -np.inf, value_of(a)), axis)
    terms = np.exp(a - m)
    if b is not None:
        terms = np.where(value_of(b) == 0, 0, terms) * b if not has_duals(b) else terms * b
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.sum(terms, axis=axis, keepdims=keepdims)
        result = np.log(total if np.iscomplexobj(value) else np.abs(total))
    result = exact(result, np.asarray(value))
    if return_sign and np.iscomplexobj(sign):
        sign = exact(np.sign(total), np.asarray(sign))       # a phase, which varies
    return (result, sign) if return_sign else result


@_replaces
def softmax(x: Any, axis: Any = None) -> Any:
    """scipy.special.softmax, also of duals."""
    x = as_operand(x)
    e = np.exp(x - np.max(value_of(x), axis=axis, keepdims=True))
    return exact(e / np.sum(e, axis=axis, keepdims=True), _special.softmax(value_of(x), axis=axis))


@_replaces
def log_softmax(x: Any, axis: Any = None) -> Any:
    """scipy.special.log_softmax, also of duals."""
    x = as_operand(x)
    shifted = x - _shift(x, axis)
    with np.errstate(divide="ignore"):
        found = shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
    return exact(found, _special.log_softmax(value_of(x), axis=axis))


@_replaces
def softplus(x: Any, **kwargs: Any) -> Any:
    """log(1 + exp(x)), also of duals and where SciPy does not have it yet."""
    return np.logaddexp(0, as_operand(x), **kwargs)


@_replaces
def polygamma(n: Any, x: Any) -> Any:
    """scipy.special.polygamma, also of duals in x; the order n is constant."""
    n, x = value_of(n), as_operand(x)
    return exact(RULES["polygamma"].ufunc(np.asarray(n, float), x), np.asarray(_special.polygamma(n, value_of(x))))


@_replaces
def multigammaln(a: Any, d: Any) -> Any:
    """scipy.special.multigammaln, also of duals in a."""
    a = as_operand(a)
    value = _special.multigammaln(value_of(a), d)
    return exact(sum(_special.gammaln(a - (j - 1.0) / 2) for j in range(1, int(d) + 1)), np.asarray(value))


@_replaces
def diric(x: Any, n: Any) -> Any:
    """scipy.special.diric, also of duals in x: sin(n x/2)/(n sin(x/2)), smooth at the multiples of 2 pi."""
    x, n = as_operand(x), value_of(n)
    half = x / 2
    sine = np.sin(half)
    near = np.abs(value_of(sine)) < 1e-4
    turns = np.round(value_of(half) / np.pi)
    sign = np.where(turns * (np.asarray(n) - 1) % 2 == 0, 1.0, -1.0)
    away = half - turns * np.pi
    smooth = sign * (1 - (np.asarray(n) ** 2 - 1) / 6 * away * away)
    ratio = np.sin(n * half) / (n * np.where(near, 1, sine))
    return exact(np.where(near, smooth, ratio), np.asarray(_special.diric(value_of(x), n)))


@_replaces
def factorial(n: Any, exact: bool = False, **kwargs: Any) -> Any:
    """scipy.special.factorial, also of duals: gamma(n + 1); left of 0 it is 0, but for extend="complex"."""
    n = as_operand(n)
    value = np.asarray(_special.factorial(value_of(n), exact=exact, **kwargs))
    if kwargs.get("extend") == "complex":
        return _exact(_special.gamma(n + 1), value)
    negative = value_of(n) < 0
    return _exact(np.where(negative, 0, _special.gamma(np.where(negative, 1, n) + 1)), value)


@_replaces
def factorial2(n: Any, exact: bool = False, **kwargs: Any) -> Any:
    """scipy.special.factorial2, also of duals with extend="complex"."""
    n = as_operand(n)
    value = np.asarray(_special.factorial2(value_of(n), exact=exact, **kwargs))      # says where it takes no floats
    return _exact(np.sqrt(2 / np.pi) * 2 ** (n / 2) * _special.gamma(n / 2 + 1), value)


@_replaces
def factorialk(n: Any, k: Any, exact: Any = False, **kwargs: Any) -> Any:
    """scipy.special.factorialk, also of duals in n with extend="complex"."""
    n = as_operand(n)
    value = np.asarray(_special.factorialk(value_of(n), k, exact=exact, **kwargs))
    return _exact(k ** ((n - 1) / k) * _special.gamma(n / k + 1) / _special.gamma(1 / k + 1), value)


@_replaces
def comb(N: Any, k: Any, *, exact: bool = False, repetition: bool = False) -> Any:
    """scipy.special.comb with exact=False, also of duals: binom."""
    N, k = as_operand(N), as_operand(k)
    value = _special.comb(value_of(N), value_of(k), repetition=repetition)
    if repetition:
        N = N + k - 1
    inside = (value_of(k) <= value_of(N)) & (value_of(N) >= 0) & (value_of(k) >= 0)
    return _exact(np.where(inside, _special.binom(N, k), 0), np.asarray(value))


@_replaces
def perm(N: Any, k: Any, exact: bool = False) -> Any:
    """scipy.special.perm with exact=False, also of duals: N!/(N - k)!."""
    N, k = as_operand(N), as_operand(k)
    inside = (value_of(k) <= value_of(N)) & (value_of(N) >= 0) & (value_of(k) >= 0)
    value = _special.perm(value_of(N), value_of(k))
    return _exact(np.where(inside, _special.poch(N - k + 1, k), 0), np.asarray(value))


def _differences(v: Any, z: Any, n: Any, function: Any, phase: Any) -> Any:
    """The n-th derivative by z of a Bessel function of order v, by its neighbours (DLMF 10.6.7, 10.29.5)."""
    total, weight = function(v - n, z), 1.0
    for i in range(1, n + 1):
        weight = phase * weight * (n - i + 1) / i
        total = total + weight * function(v - n + 2 * i, z)
    return total / 2.0**n


def _derivative_of(name: str, function: Any, phase: Any, sign: Any = 1) -> None:
    def derivative(v: Any, z: Any, n: Any = 1) -> Any:
        v, z = as_operand(v), as_operand(z)
        n = int(n)
        found = sign**n * _differences(v, z, n, function, phase) if n else function(v, z)
        return exact(found, np.asarray(getattr(_special, name)(value_of(v), value_of(z), n)))

    derivative.__name__ = derivative.__qualname__ = name
    derivative.__doc__ = f"scipy.special.{name}, also of duals in the order and the argument."
    globals()[name] = _replaces(derivative)


for _name, _function, _phase, _sign in (
    ("jvp", _special.jv, -1, 1), ("yvp", _special.yv, -1, 1), ("ivp", _special.iv, 1, 1), ("kvp", _special.kv, 1, -1),
    ("h1vp", _special.hankel1, -1, 1), ("h2vp", _special.hankel2, -1, 1),
):  # fmt: skip
    _derivative_of(_name, _function, _phase, _sign)


def _spherical(name: str, n: Any, z: Any, derivative: Any) -> Any:
    """A spherical Bessel function of real arguments, left of 0 by its parity."""
    z, n = as_operand(z), np.asarray(value_of(n), dtype=np.dtype("long"))
    value = getattr(_special, name)(n, value_of(z), derivative)
    side = np.where(value_of(z) < 0, -1.0, 1.0)
    parity = side ** (n + (name == "spherical_yn") + bool(derivative))
    ufunc = getattr(_ufuncs, f"_{name}_d" if derivative else f"_{name}")
    return exact(parity * ufunc(n, side * z), np.asarray(value))


@_replaces
def spherical_jn(n: Any, z: Any, derivative: bool = False) -> Any:
    """scipy.special.spherical_jn, also of duals in z."""
    return _spherical("spherical_jn", n, z, derivative)


@_replaces
def spherical_yn(n: Any, z: Any, derivative: bool = False) -> Any:
    """scipy.special.spherical_yn, also of duals in z."""
    return _spherical("spherical_yn", n, z, derivative)


def _modified_spherical(name: str, kind: Any, n: Any, z: Any, derivative: Any) -> Any:
    """A modified spherical Bessel function of a positive argument, by the Bessel function of half-integer order."""
    z, n = as_operand(z), np.asarray(value_of(n), dtype=np.dtype("long"))
    value = getattr(_special, name)(n, value_of(z), derivative)
    scale = np.sqrt((0.5 * np.pi) / z)
    found, other = scale * kind(n + 0.5, z), scale * kind(n + 1.5, z)
    if derivative:
        found = n / z * found + (other if kind is _special.iv else -other)
    return exact(found, np.asarray(value))


@_replaces
def spherical_in(n: Any, z: Any, derivative: bool = False) -> Any:
    """scipy.special.spherical_in, also of duals in z > 0."""
    return _modified_spherical("spherical_in", _special.iv, n, z, derivative)


@_replaces
def spherical_kn(n: Any, z: Any, derivative: bool = False) -> Any:
    """scipy.special.spherical_kn, also of duals in z > 0."""
    return _modified_spherical("spherical_kn", _special.kv, n, z, derivative)


def _legendre(name: str, z: Any, call: Any, diff_n: Any) -> Any:
    """A Legendre function or a table of them, whose derivatives up to the second SciPy gives.

    call(z, k) is SciPy's function with diff_n=k: the derivatives of orders 0 to k along the first axis.
    """
    z, plain = as_operand(z), value_of(as_operand(z))
    value = np.asarray(call(plain, diff_n))
    wide = np.broadcast_to(z, value.shape[1:]) if value.ndim > 1 else z

    def order(k: Any) -> Any:
        def function(z: Any) -> Any:
            return primitive(lambda z: np.asarray(call(plain, k)[k])[()], order(k + 1), z)

        def refused(z: Any) -> Any:
            raise UnsupportedError(f"scipy.special.{name} of duals has derivatives to the second, as SciPy has")

        return function if k <= 2 else refused

    return exact(np.stack([order(k)(wide) for k in range(diff_n + 1)]), value)


def _spherical_harmonics(name: str, along: Any, orders: Any, theta: Any, phi: Any, diff_n: Any) -> Any:
    """exp(i m phi) times a function of theta: sph_harm_y, or a table of them by n and m."""
    if diff_n:
        raise UnsupportedError(f"{name}(diff_n=...) of duals: take its derivative with dualdiff instead")
    theta, phi = as_operand(theta), as_operand(phi)
    return along(np.broadcast_arrays(theta, value_of(phi))[0])[0] * np.exp(1j * (orders * phi))


if hasattr(_special, "legendre_p"):

    @_replaces
    def legendre_p(n: Any, z: Any, *, diff_n: Any = 0) -> Any:
        """scipy.special.legendre_p, also of duals in z."""
        return _legendre("legendre_p", z, lambda z, k: _special.legendre_p(n, z, diff_n=k), diff_n)

    @_replaces
    def legendre_p_all(n: Any, z: Any, *, diff_n: Any = 0) -> Any:
        """scipy.special.legendre_p_all, also of duals in z."""
        return _legendre("legendre_p_all", z, lambda z, k: _special.legendre_p_all(n, z, diff_n=k), diff_n)

    @_replaces
    def assoc_legendre_p(n: Any, m: Any, z: Any, *, branch_cut: Any = 2, norm: bool = False, diff_n: Any = 0) -> Any:
        """scipy.special.assoc_legendre_p, also of duals in z."""
        function = functools.partial(_special.assoc_legendre_p, n, m, branch_cut=branch_cut, norm=norm)
        return _legendre("assoc_legendre_p", z, lambda z, k: function(z, diff_n=k), diff_n)

    @_replaces
    def assoc_legendre_p_all(
        n: Any, m: Any, z: Any, *, branch_cut: Any = 2, norm: bool = False, diff_n: Any = 0
    ) -> Any:
        """scipy.special.assoc_legendre_p_all, also of duals in z."""
        function = functools.partial(_special.assoc_legendre_p_all, n, m, branch_cut=branch_cut, norm=norm)
        return _legendre("assoc_legendre_p_all", z, lambda z, k: function(z, diff_n=k), diff_n)

    @_replaces
    def sph_legendre_p(n: Any, m: Any, theta: Any, *, diff_n: Any = 0) -> Any:
        """scipy.special.sph_legendre_p, also of duals in theta."""
        return _legendre("sph_legendre_p", theta, lambda t, k: _special.sph_legendre_p(n, m, t, diff_n=k), diff_n)

    @_replaces
    def sph_legendre_p_all(n: Any, m: Any, theta: Any, *, diff_n: Any = 0) -> Any:
        """scipy.special.sph_legendre_p_all, also of duals in theta."""
        function = functools.partial(_special.sph_legendre_p_all, n, m)
        return _legendre("sph_legendre_p_all", theta, lambda t, k: function(t, diff_n=k), diff_n)

    @_replaces
    def sph_harm_y(n: Any, m: Any, theta: Any, phi: Any, *, diff_n: Any = 0) -> Any:
        """scipy.special.sph_harm_y, also of duals in the angles."""
        value = _special.sph_harm_y(n, m, *map(value_of, map(as_operand, (theta, phi))), diff_n=diff_n)
        found = _spherical_harmonics(
            "sph_harm_y", lambda theta: sph_legendre_p(n, m, theta), np.asarray(m), theta, phi, diff_n
        )
        return exact(found, np.asarray(value))

    @_replaces
    def sph_harm_y_all(n: Any, m: Any, theta: Any, phi: Any, *, diff_n: Any = 0) -> Any:
        """scipy.special.sph_harm_y_all, also of duals in the angles."""
        value = _special.sph_harm_y_all(n, m, *map(value_of, map(as_operand, (theta, phi))), diff_n=diff_n)
        orders = np.arange(2.0 * m + 1)
        orders[m + 1 :] -= 2 * m + 1     # 0 to m, then -m to -1
        orders = np.reshape(orders, (-1, *(1,) * (np.ndim(value) - 2))) if not diff_n else orders
        found = _spherical_harmonics(
            "sph_harm_y_all", lambda theta: sph_legendre_p_all(n, m, theta), orders, theta, phi, diff_n
        )
        return exact(found, np.asarray(value))


_exact = exact
