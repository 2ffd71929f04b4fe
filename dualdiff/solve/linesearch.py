"""How far a Newton step is followed: Armijo backtracking on |F|^2/2 with the exact slope.

Written out rather than taken from SciPy: scipy.optimize's line search is private and loses its way on inf, which is
what a residual with a logarithm returns outside its domain.

Invariant: everything is relative to |F| at the start, so that scaling F changes nothing.
"""

import math
from typing import Any

__all__ = ["SUFFICIENT", "TRIALS", "backtrack"]

SUFFICIENT = 1e-4
TRIALS = 40


def backtrack(merit: Any, slope: Any, *, smallest: float = 0.0) -> Any:
    """The first step length with enough decrease, or None.

    Accepts lam when merit(lam) <= 1 + 1e-4 lam slope.  The next lam minimises the parabola, then the cubic, through
    what is known, and lies in [0.1, 0.5] of the last; a merit that is not finite halves lam before any
    interpolation, as its size says nothing.

    Parameters
    ----------
    merit : callable
        lam -> |F(x + lam s)|^2 / |F(x)|^2; not finite where F is not.
    slope : float
        merit'(0) = 2 F.Js/|F|^2, negative.
    smallest : float
        The length below which x + lam s is x in this precision.

    Returns
    -------
    float or None
        The accepted length; None after 40 trials or below `smallest`.

    References
    ----------
    Dennis and Schnabel, Numerical Methods for Unconstrained Optimization and Nonlinear Equations, 1983,
    algorithm A6.3.1; Kelley, SIAM 1995, section 8.3.

    Examples
    --------
    >>> from dualdiff.solve.linesearch import backtrack
    >>> backtrack(lambda lam: (1 - 4 * lam) ** 2, -8.0)
    0.25
    """
    lam, last = 1.0, None
    for _ in range(TRIALS):
        q = merit(lam)
        if not math.isfinite(q):
            lam, last = lam / 2, None
        elif q < 1 and q <= 1 + SUFFICIENT * lam * slope:     # the second is no decrease where lam is tiny
            return lam
        else:
            # what the straight line from 0 leaves unexplained, over lam^2: the parabola's coefficient
            bend = (q - 1 - slope * lam) / lam**2
            best = -slope / (2 * bend)
            if last is not None:
                before, bend_before = last
                a = (bend - bend_before) / (lam - before)
                b = (lam * bend_before - before * bend) / (lam - before)
                inside = b * b - 3 * a * slope
                # the smaller root without cancellation; a = 0 is the parabola again
                best = -slope / (b + math.sqrt(inside)) if inside >= 0 and b + math.sqrt(inside) > 0 else lam / 2
            last = lam, bend
            lam = min(max(best, 0.1 * lam), 0.5 * lam)
        if lam < smallest:
            return None
    return None
