"""Rational functions and polynomials of one variable: SciPy's names, by data and arguments."""


from typing import Any

import numpy as np
import scipy.interpolate as _interpolate

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..applied import differentiable, plain
from ..either import either

__all__ = ["AAA", "FloaterHormannInterpolator", "lagrange", "pade"]


class PolynomialOfDuals:
    """A polynomial with coefficients that may be duals, highest power first: what of numpy.poly1d functions use.

    Parameters
    ----------
    c : array
    """

    def __init__(self, c: Any) -> None:
        self.c = as_operand(c)

    coeffs = coefficients = coef = property(lambda self: self.c)

    @property
    def order(self) -> Any:
        """The degree."""
        return np.shape(self.c)[0] - 1

    o = order

    def __len__(self) -> int:
        return int(self.order)

    def __repr__(self) -> str:
        return f"PolynomialOfDuals({self.c!r})"

    def __call__(self, x: Any) -> Any:
        """The polynomial at x."""
        return np.polyval(self.c, as_operand(x))

    def __getitem__(self, power: Any) -> Any:
        """The coefficient of a power."""
        return self.c[self.order - power] if 0 <= power <= self.order else 0.0

    def deriv(self, m: Any = 1) -> Any:
        """The m-th derivative."""
        return PolynomialOfDuals(np.polyder(self.c, m))

    def integ(self, m: Any = 1, k: Any = 0) -> Any:
        """The m-fold integral, with constants k."""
        return PolynomialOfDuals(np.polyint(self.c, m, k))

    @property
    def roots(self) -> Any:
        """The zeros."""
        return np.roots(self.c)

    r = roots


def lagrange(x: Any, w: Any) -> Any:
    """scipy.interpolate.lagrange, also of duals: a polynomial with these coefficients."""
    if not differentiable(x, w):
        return _interpolate.lagrange(x, w)
    value = _interpolate.lagrange(plain(x), plain(w)).coeffs
    x, w = as_operand(x), as_operand(w)
    n = len(value_of(x))
    c = np.linalg.solve(np.vander(x, n), w)
    return PolynomialOfDuals(exact(c[n - len(value) :], value))


def pade(an: Any, m: Any, n: Any = None) -> Any:
    """scipy.interpolate.pade, also of duals: numerator and denominator, with the coefficients of one linear system."""
    if not differentiable(*an):
        return _interpolate.pade(an, m, n)
    values = _interpolate.pade([plain(a) for a in an], m, n)
    an = np.stack([as_operand(a) for a in an])
    count = np.shape(an)[0]
    n = count - 1 - m if n is None else n
    terms = an[: n + m + 1]
    columns = [np.concatenate([np.zeros(j), terms[: n + m + 1 - j]]) for j in range(1, m + 1)]
    A = np.stack([np.eye(n + m + 1)[:, i] for i in range(n + 1)] + [-c for c in columns], axis=1)
    pq = np.linalg.solve(A, terms)
    found = pq[: n + 1][::-1], np.concatenate([np.ones(1), pq[n + 1 :]])[::-1]
    return tuple(PolynomialOfDuals(exact(f[np.shape(f)[0] - len(v.coeffs) :], v.coeffs))
                 for f, v in zip(found, values, strict=True))  # fmt: skip


class RationalOfDuals:
    """A rational function in barycentric form, sum(w f/(z - z_i)) / sum(w/(z - z_i)), at arguments that are duals.

    Parameters
    ----------
    original
        SciPy's object.
    values : array, optional
        The values at its points, where they are duals.
    """

    def __init__(self, original: Any, values: Any = None) -> None:
        self.original = original
        self.values = original._support_values if values is None else values

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("original", "values"):
            raise AttributeError(name)
        if name in ("roots", "residues") and differentiable(self.values):
            raise UnsupportedError(f"{name} of a rational function of duals: solve for them with dualdiff.solve")
        return getattr(self.original, name)

    def __call__(self, z: Any) -> Any:
        """The rational function at z."""
        z = as_operand(z)
        value = np.asarray(self.original(value_of(z)))
        points = self.original._support_points
        flat = np.reshape(z, (-1, 1))
        gaps = flat - points        # products of them instead of quotients: smooth at the points
        size = np.abs(value_of(gaps))
        size = np.maximum(size, 1e-3 * np.max(size, axis=1, keepdims=True))
        gaps = gaps / np.exp(np.mean(np.log(size), axis=1, keepdims=True))
        ones = np.ones((np.shape(flat)[0], 1))
        before = np.concatenate([ones, np.cumprod(gaps, axis=1)[:, :-1]], axis=1)
        after = np.concatenate([np.cumprod(gaps[:, ::-1], axis=1)[:, ::-1][:, 1:], ones], axis=1)
        basis = before * after * self.original.weights
        rest = np.shape(self.values)[1:]
        found = basis @ np.reshape(self.values, (len(points), -1)) / np.sum(basis, axis=1, keepdims=True)
        found = np.reshape(found, (*np.shape(z), *rest))
        axis = getattr(self.original, "_axis", 0)       # SciPy 1.17 has it
        found = np.moveaxis(found, 0, axis) if np.ndim(z) and axis else found
        return exact(as_operand(found), value)


def floater_hormann(points: Any, values: Any, *, d: Any = 3, **axis: Any) -> Any:
    """scipy.interpolate.FloaterHormannInterpolator of duals in its values: the weights depend on the points alone."""
    if differentiable(points):
        raise UnsupportedError("the points of FloaterHormannInterpolator are constants: pass their values")
    original = _interpolate.FloaterHormannInterpolator(points, plain(values), d=d, **axis)
    front = np.moveaxis(as_operand(values), axis.get("axis", 0), 0)
    finite = np.all(np.isfinite(np.reshape(value_of(front), (np.shape(front)[0], -1))), axis=1)
    order = np.argsort(np.asarray(points)[finite], kind="stable")
    return RationalOfDuals(original, front[finite][order])


def no_data(*args: Any, **kwargs: Any) -> Any:
    """Refuses to choose the points of a rational approximation from duals."""
    raise UnsupportedError(
        "scipy.interpolate.AAA of duals as data: its points are chosen by a search. FloaterHormannInterpolator and "
        "BarycentricInterpolator take duals as data"
    )


AAA = either(_interpolate, "AAA", no_data, RationalOfDuals)
FloaterHormannInterpolator = either(_interpolate, "FloaterHormannInterpolator", floater_hormann, RationalOfDuals)
