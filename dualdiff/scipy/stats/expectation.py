"""The expectation of a function under a continuous distribution whose parameters, limits or function hold duals.

Between plain limits the points stay where they are and the density moves over them, so steps and kinks of the
function are no obstacle.  Next to a finite end of the support, which moves and where the density may be singular, the
integral is taken in standard form, as measured from that end: there the points move with it, and the function is
differentiated.
"""

import itertools
from typing import Any

import numpy as np

from ...functions.base import as_operand, value_of
from ..compose import plain_of
from ..integrals import integral
from .densities import LOG_DENSITIES

__all__ = ["expectation"]

NEXT = 1e-3
"""How far what is next to an end reaches, of the width of the distribution."""


def expectation(dist: Any, function: Any, shapes: Any, loc: Any, scale: Any, lb: Any, ub: Any) -> Any:
    """The integral of function(x) times the density from lb to ub; None stands for an end of the support.

    dist : Continuous
    """
    at, unit = value_of(loc), value_of(scale)
    ends = dist.ends(shapes)
    low, high = (float(np.max(value_of(e))) for e in ends)
    middle = float(dist.original.median(*plain_of(shapes)))
    width = high - low if np.isfinite(high - low) else middle - low if np.isfinite(low) else high - middle
    total: Any = 0.0
    if lb is not None:
        left = (as_operand(lb) - at) / unit
    elif np.isfinite(low):
        left = low + NEXT * width
        total = total + next_to(dist, function, shapes, loc, scale, ends, (at + unit * left - loc) / scale, False)
    else:
        left = low
    if ub is not None:
        right = (as_operand(ub) - at) / unit
    elif np.isfinite(high):
        right = high - NEXT * width
        total = total + next_to(dist, function, shapes, loc, scale, ends, (at + unit * right - loc) / scale, True)
    else:
        right = high

    def log_density(y: Any, loc: Any, scale: Any, *s: Any) -> Any:
        return dist.log_density((at + unit * y - loc) / scale, *s) - np.log(scale / unit)

    cuts = (middle,) if value_of(left) < middle < value_of(right) else ()
    edges = [left, *cuts, right]
    for a, b in itertools.pairwise(edges):
        total = total + integral(log_density, a, b, loc, scale, *shapes, factor=lambda y, *_: function(at + unit * y))
    return total


AS_BETA: dict[str, Any] = {
    "beta": (lambda a, b: (a, b), 0.0, 1.0), "arcsine": (lambda: (0.5, 0.5), 0.0, 1.0),
    "rdist": (lambda c: (c / 2, c / 2), -1.0, 2.0),
}  # fmt: skip
"""Distributions of low + width * (a variable of the beta distribution), whose density may be singular at both ends."""


def next_to(dist: Any, function: Any, shapes: Any, loc: Any, scale: Any, ends: Any, edge: Any, upper: bool) -> Any:
    """The part between an end of the support and `edge`, in standard form; from both ends measured where it matters."""
    if dist.name in AS_BETA:    # next to an end that is not 0 y is rounded
        of_shapes, low, width = AS_BETA[dist.name]
        far, sign, reach = (low + width, -1.0, low + width - edge) if upper else (low, 1.0, edge - low)
        exponents = of_shapes(*shapes)[:: -1 if upper else 1]
        return integral(LOG_DENSITIES["beta"], 0.0, reach / width, *exponents,
                        factor=lambda t, *_: function(loc + scale * (far + sign * width * t)))  # fmt: skip
    limits = (edge, ends[1]) if upper else (ends[0], edge)
    return integral(dist.log_density, *limits, *shapes, factor=lambda y, *_: function(loc + scale * y))
