"""Piecewise polynomials whose coefficients, breakpoints and arguments may be duals.

Every interpolant of one variable is one: in which piece an argument lies is decided on plain numbers, the rest is
Horner's
rule, so derivatives by the arguments, by the data and by both, to any order, are those of a composition.  The values
are those of SciPy's own object, which each of ours carries.
"""

import math
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, value_of
from ..compose import newton_steps
from ..wrapped import Holding

__all__ = ["Interpolant", "evaluate"]


def pieces_of(breaks: Any, x: Any) -> Any:
    """The piece that each plain argument lies in; the first and the last reach to infinity."""
    with np.errstate(invalid="ignore"):
        return np.clip(np.searchsorted(breaks, x, "right") - 1, 0, len(breaks) - 2)


def evaluate(c: Any, breaks: Any, x: Any, nu: Any = 0) -> Any:
    """The nu-th derivative of sum_m c[m, i] (x - breaks[i])^(k - m) at x, trailing axes of c behind those of x."""
    plain = np.asarray(value_of(x), float)
    at = pieces_of(np.asarray(value_of(breaks), float), plain)
    step = x - breaks[at]
    rest = np.ndim(c) - 2
    step = np.reshape(step, np.shape(plain) + (1,) * rest)
    k = np.shape(c)[0] - 1
    total = 0.0 * step
    for m in range(k + 1 - nu):
        power = k - m
        weight = math.perm(power, nu)
        total = total * step + weight * c[m][at]
    if nu > k:
        return np.zeros(np.shape(plain) + np.shape(c)[2:])
    return total


class Interpolant(Holding):
    """A piecewise polynomial of SciPy's with duals in it.

    Parameters
    ----------
    original
        SciPy's object at the plain data: it gives the values.
    c : array
        Coefficients (k + 1, m, ...), of falling powers of x - breaks[i], the interpolated axis moved to the second
        place.
    breaks : array
        m + 1 ascending numbers.
    extrapolate : bool, 'periodic' or None
    axis : int
        The axis of the data that was interpolated along.
    """

    _own = ("original", "pieces", "x")

    def __init__(self, original: Any, c: Any, breaks: Any, extrapolate: bool = True, axis: Any = 0) -> None:
        self.original, self.pieces, self.x = original, c, breaks
        self.extrapolate, self.axis = extrapolate, axis

    @property
    def c(self) -> Any:
        """The coefficients, as SciPy's object has them."""
        return self.pieces

    def __repr__(self) -> str:
        return f"<{type(self.original).__name__} with derivatives, {len(value_of(self.x)) - 1} pieces>"

    def __call__(self, x: Any, nu: Any = 0, extrapolate: Any = None) -> Any:
        """The interpolant, or its nu-th derivative, at x."""
        x = as_operand(x)
        given = self.original(value_of(x), nu, extrapolate)
        mode = self.extrapolate if extrapolate is None else extrapolate
        breaks = value_of(self.x)
        at = x
        if mode == "periodic":
            period = self.x[-1] - self.x[0]
            turns = np.floor((value_of(x) - breaks[0]) / (breaks[-1] - breaks[0]))
            at = x - turns * period
        found = evaluate(self.pieces, self.x, at, nu)
        if np.ndim(given) and self.axis:
            # the axes of x stand where the interpolated axis was
            count = np.ndim(x)
            found = np.moveaxis(found, list(range(count)), list(range(self.axis, self.axis + count)))
        if mode is False:
            found = np.where(np.isnan(given), 0.0, found)
        return exact(as_operand(found), np.asarray(given))

    def derivative(self, nu: Any = 1) -> Any:
        """The nu-th derivative as an interpolant."""
        nu = int(nu)
        if nu < 0:
            return self.antiderivative(-nu)
        k = np.shape(self.pieces)[0] - 1
        if nu > k:
            c = 0.0 * self.pieces[:1]
        else:
            weights = np.array([math.perm(k - m, nu) for m in range(k + 1 - nu)], float)
            c = self.pieces[: k + 1 - nu] * np.reshape(weights, (-1,) + (1,) * (np.ndim(self.pieces) - 1))
        return Interpolant(self.original.derivative(nu), c, self.x, self.extrapolate, self.axis)

    def antiderivative(self, nu: Any = 1) -> Any:
        """The nu-fold integral from the first breakpoint as an interpolant."""
        found, original = self, self.original
        for _ in range(int(nu)):
            original = original.antiderivative(1)
            k = np.shape(found.pieces)[0] - 1
            weights = np.array([1.0 / (k - m + 1) for m in range(k + 1)])
            c = found.pieces * np.reshape(weights, (-1,) + (1,) * (np.ndim(found.pieces) - 1))
            widths = np.reshape(np.diff(self.x), (-1,) + (1,) * (np.ndim(c) - 2))
            steps = 0.0 * c[0]
            for m in range(k + 1):
                steps = (steps + c[m]) * widths
            start = np.concatenate([0.0 * steps[:1], np.cumsum(steps, axis=0)[:-1]])
            found = Interpolant(original, np.concatenate([c, start[None]]), self.x, self.extrapolate, self.axis)
        return found

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Any:
        """The integral from a to b."""
        a, b = as_operand(a), as_operand(b)
        value = self.original.integrate(value_of(a), value_of(b), extrapolate)
        mode = self.extrapolate if extrapolate is None else extrapolate
        breaks = value_of(self.x)
        if mode == "periodic":
            raise UnsupportedError("integrate of a periodic interpolant of duals: split the interval at the period")
        if mode is False and (min(value_of(a), value_of(b)) < breaks[0] or max(value_of(a), value_of(b)) > breaks[-1]):
            return value
        whole = self.antiderivative()
        found = evaluate(whole.pieces, whole.x, b) - evaluate(whole.pieces, whole.x, a)
        return exact(as_operand(found), np.asarray(value))

    def solve(self, y: Any = 0.0, discontinuity: bool = True, extrapolate: Any = None) -> Any:
        """The arguments at which the interpolant is y; they move with the data: dx = -ds/s'."""
        roots = self.original.solve(value_of(as_operand(y)), discontinuity, extrapolate)
        return exact(as_operand(self.moved(roots, y)), np.asarray(roots))

    def moved(self, roots: Any, y: Any) -> Any:
        """Arguments at which the interpolant is y, from plain ones."""
        found = roots
        for _ in range(newton_steps(self.pieces, self.x, as_operand(y))):
            found = found - (evaluate(self.pieces, self.x, found) - y) / evaluate(self.pieces, self.x, found, 1)
        return found

    def roots(self, discontinuity: bool = True, extrapolate: Any = None) -> Any:
        """The zeros of the interpolant."""
        return self.solve(0.0, discontinuity, extrapolate)
