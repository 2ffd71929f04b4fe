"""Every ufunc with a rule, and its methods; the partials themselves are held to mpmath in test_rules."""

import functools

import numpy as np
from support import points

from dualdiff.rules.table import BY_UFUNC, MULTIPLE

from .base import kinked, row

NOT_ANALYTIC = {
    "absolute", "sign", "floor", "ceil", "trunc", "rint", "conjugate", "cbrt", "radians", "degrees", "fabs", "deg2rad",
    "rad2deg", "hypot", "arctan2", "logaddexp", "logaddexp2", "copysign", "heaviside", "ldexp", "remainder", "fmod",
    "floor_divide", "maximum", "minimum", "fmax", "fmin", "float_power", "power", "exp2", "expm1", "log1p",
}  # fmt: skip
LOW = {"arcsin", "arccos", "arctanh", "tan"}       # between -1 and 1
HIGH = {"arccosh"}                          # above 1

X = points(3, low=0.43, high=1.61)
Y = points(3, low=0.45, high=1.75, seed=1)
A = points(3, 4, low=0.43, high=1.61)
TIED = np.array([[0.7, 1.2, 0.7], [1.2, 0.4, 1.2]])
INTEGERS = np.array([2, -1, 3])


def inside(name, x):
    """Points in the domain of a ufunc."""
    return x * 0.5 if name in LOW else x + 1 if name in HIGH else x


def at(ufunc, indices, with_terms=True):
    """A function of (buffer, terms) that applies ufunc.at to a copy of the buffer."""

    def f(x, terms=None):
        y = x * 1
        ufunc.at(y, indices, *([terms] if with_terms else []))
        return y

    return f


def stepwise(ufunc, *slices):
    """A function of a matrix: each slice of its rows reduced by calls of the ufunc, one element after the other.

    np.power.reduce([0.8, 0.9, 0.7, 0.6]) should be 0.9191, but is 0.8747 on processors with AVX-512: the vectorised loops of power
    and arctan2 do not see that their result is their operand as well.  The value is NumPy's; the derivative is the function's.
    """

    def f(x):
        lanes = np.moveaxis(x, 1, 0)
        return np.stack([functools.reduce(ufunc, lanes[part]) for part in slices], axis=1)

    return f


PUBLIC = [u for u in BY_UFUNC if getattr(np, u.__name__, None) is u]

for _u in PUBLIC:
    _name = _u.__name__
    _analytic = _name not in NOT_ANALYTIC
    if _u.nin == 1:
        row(_u, lambda x, u=_u: u(x), inside(_name, X), analytic=_analytic)
        kinked((_u, "at"), at(_u, [0, 2], False), inside(_name, X))
    elif _name == "ldexp":
        kinked(_u, lambda x, u=_u: u(x, INTEGERS), X)
        kinked((_u, "outer"), lambda x, u=_u: u.outer(x, INTEGERS), X)
        kinked((_u, "at"), lambda x, u=_u: at(u, [0, 2, 0])(x, INTEGERS), X)
    else:
        row(_u, lambda x, y, u=_u: u(x, y), X, Y, analytic=_analytic)
        kinked((_u, "reduce"), lambda x, u=_u: u.reduce(x, axis=0), A)
        kinked((_u, "accumulate"), lambda x, u=_u: u.accumulate(x, axis=1), A)
        _steps = stepwise(_u, slice(0, 2), slice(2, 3), slice(1, 4))
        kinked((_u, "reduceat"), lambda x, u=_u: u.reduceat(x, [0, 2, 1], axis=1), A, plain=_steps)
        _steps = stepwise(_u, slice(0, 4))
        kinked((_u, "reduce"), lambda x, u=_u: u.reduce(x, axis=-1, keepdims=True), A, plain=_steps)
        kinked((_u, "outer"), lambda x, y, u=_u: u.outer(x, y), X, Y[:2])
        kinked((_u, "at"), at(_u, [0, 2, 0]), X, Y)

for _u in MULTIPLE:
    if _u is np.frexp:
        kinked(_u, lambda x: np.frexp(x)[0], X)
    elif _u.nin == 1:
        kinked(_u, lambda x, u=_u: list(u(x * 3)), X)
    else:
        kinked(_u, lambda x, y, u=_u: list(u(x * 3, y)), X, Y)

# ---- more of the methods -----------------------------------------------------------------------------

for _u in (np.maximum, np.minimum, np.logaddexp, np.hypot):
    kinked((_u, "reduce"), lambda x, u=_u: u.reduce(x, axis=(0, 1), keepdims=True), A)
    kinked((_u, "reduce"), lambda x, u=_u: u.reduce(x, axis=None, initial=0.9), A)
    kinked((_u, "reduce"), lambda x, a, u=_u: u.reduce(x, axis=0, initial=a[0] * 0.93), A, X)
    kinked((_u, "reduce"), lambda x, u=_u: u.reduce(x, axis=1, where=[True, False, True, True], initial=0.01), A)
kinked((np.hypot, "reduce"), lambda x: np.hypot.reduce(x[:, :0], axis=1) + x[:, 0], A)
kinked((np.subtract, "reduce"), lambda x: np.subtract.reduce(x[:1]) + np.subtract.reduce(x, initial=x[0]), X)
kinked((np.add, "reduce"), lambda x: np.add.reduce(x * x, axis=(0, 1), where=x > 0.7), A)
kinked((np.multiply, "reduce"), lambda x: np.multiply.reduce(x, axis=None, dtype=np.float64, initial=2.0), A)
kinked((np.multiply, "accumulate"), lambda x: np.multiply.accumulate(x * np.array([1, 0, 2])), X)
kinked((np.add, "accumulate"), lambda x: np.add.accumulate(x, axis=-1, dtype=np.float64), A)
kinked((np.add, "reduceat"), lambda x: np.add.reduceat(x * x, [0, 2, 2, 1]), A)
kinked((np.multiply, "outer"), lambda x: np.multiply.outer(x, [1.0, 2.0]), A)
kinked((np.add, "at"), at(np.add, [0] * 5 + [1] * 12), X, points(17))
kinked((np.subtract, "at"), at(np.subtract, [2] * 11), X, points(11))
kinked((np.add, "at"), at(np.add, (np.array([0, 1, 0]), np.array([1, 1, 1]))), A, X)
kinked((np.multiply, "at"), at(np.multiply, np.array([True, False, True])), X, Y[:2])
kinked((np.add, "at"), lambda x: at(np.add, [0, 0, 1])(x, 2.0), X)


def assembled(x):
    """Fluxes added to both cells of each face, as a finite-volume code does."""
    out = np.zeros_like(x)
    left, right = np.array([0, 1, 0]), np.array([1, 2, 2])
    flux = x[left] * x[right]
    np.add.at(out, left, flux)
    np.subtract.at(out, right, flux)
    return out


kinked((np.add, "at"), assembled, X)
