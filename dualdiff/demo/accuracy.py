"""Derivatives of closed forms against exact values, in units in the last place.

The points are where the textbook formula of the derivative loses digits: 1 - tanh(x)^2 is 0 at 20, 1/sqrt(x^2 + 1)
is 0 at 1e200, the quotient rule of sin(pi x)/(pi x) cancels near 0.

Invariant: exact values are decimal strings of 40 digits for the binary number x, not for its decimal name; no
arithmetic here rounds before the comparison.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np

from ..transforms.derivative import derivative

__all__ = ["CASES", "check", "ulps"]

CASES = [
    ("tanh(x)", np.tanh, 0.3, "0.9151369618266292090568695563431712388414"),
    ("tanh(x)", np.tanh, 20.0, "1.699341702116635583692882810380141920667e-17"),
    ("arcsinh(x)", np.arcsinh, 1e200, "1.000000000000000030266877787489639256609e-200"),
    ("arcsin(x)", np.arcsin, 1 - 2.0**-30, "23170.47501131558589084541507733538257548"),
    ("arccosh(x)", np.arccosh, 1 + 2.0**-40, "741455.2001892966695520962592098094359497"),
    ("arctanh(x)", np.arctanh, 0.999999, "500000.2499857471678048114425714449692815"),
    ("expm1(x)", np.expm1, -50.0, "1.928749847963917783017342816527012574753e-22"),
    ("log1p(x)", np.log1p, 1e-9, "0.9999999990000000009999999367184086677833"),
    ("cbrt(x)", np.cbrt, 1e-300, "3.333333333333333277646462588424979639116e+199"),
    ("sinc(x)", np.sinc, 1e-5, "-0.00003289868133371756171964194216425252641762"),
    ("sinc(x)", np.sinc, 2.5, "-0.05092958178940650744604280427920459585103"),
    ("x**x", lambda x: x**x, 2.5, "18.93701053685423202298235296614774140238"),
    ("exp(-x**2)", lambda x: np.exp(-(x**2)), 0.5, "-0.7788007830714048682451702669783206472968"),
    ("logaddexp(x, 0)", lambda x: np.logaddexp(x, 0.0), -40.0, "4.248354255291588977280720904404506371435e-18"),
    ("hypot(x, 4e200)", lambda x: np.hypot(x, 4e200), 3e200, "0.6"),
    ("arctan2(x, 2e-170)", lambda x: np.arctan2(x, 2e-170), 1e-170, "4.000000000000000066618003804552699763707e+169"),
    ("x/(1 + x**2)", lambda x: x / (1 + x**2), 2.0, "-0.12"),
    ("sin(x)*exp(x) + x**3", lambda x: np.sin(x) * np.exp(x) + x**3, 0.7, "4.307498137307048524456759342360885709844"),
]
"""(formula, function, x, exact derivative at x)."""


def ulps(found: Any, exact: Any) -> Any:
    """|found - exact| in units in the last place of exact.

    Parameters
    ----------
    found : float
        A computed number.
    exact : str
        The exact one, in decimal.

    Returns
    -------
    float
        inf if found is not finite.

    Examples
    --------
    >>> from dualdiff.demo.accuracy import ulps
    >>> ulps(0.6, "0.6") < 0.5, ulps(1.0000000000000002, "1")
    (True, 1.0)
    """
    if not math.isfinite(found):
        return math.inf
    truth = Fraction(exact)
    return float(abs(Fraction(found) - truth) / Fraction(math.ulp(float(truth))))


def check() -> Any:
    """The cases with what dualdiff finds.

    Returns
    -------
    list of (str, float, float, float)
        Formula, x, derivative, its error in ulp.

    Examples
    --------
    >>> from dualdiff.demo.accuracy import check
    >>> all(error <= 4 for *_, error in check())
    True
    """
    rows = []
    for formula, f, x, exact in CASES:
        found = derivative(f)(x)
        rows.append((formula, x, found, ulps(found, exact)))
    return rows
