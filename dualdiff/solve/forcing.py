"""How accurately a Newton step is solved for: the forcing term of an inexact Newton method.

A step s is accepted by the linear solver when |F + J s| <= eta |F|.  Far from the solution a small eta wastes
products on a linear model that is wrong anyway; near it a large one costs the fast convergence.

Invariant: eta depends on ratios of |F| only, so it is the same whatever the units of x and F.
"""

from typing import Any

__all__ = ["GAMMA", "POWER", "next_eta", "next_eta_1", "not_beyond"]

GAMMA = 0.9
POWER = 1.618
"""The exponent alpha, which is the order of convergence of choice 2; the golden ratio is that of choice 1 as well."""


def next_eta(eta: Any, ratio: Any, *, smallest: Any, largest: Any) -> Any:
    """The forcing term for the next step, from how far this one came (choice 2, with its safeguard).

    eta+ = gamma (|F+|/|F|)^alpha, but not below gamma eta^alpha while that exceeds 0.1: one lucky step does not
    cause an expensive solve.

    Parameters
    ----------
    eta : float
        The forcing term of this step.
    ratio : float
        |F+|/|F|, what this step gained.
    smallest, largest : float
        Bounds of the result.

    Returns
    -------
    float
        The next forcing term.

    References
    ----------
    Eisenstat and Walker, SIAM J. Sci. Comput. 17 (1996) 16-32, section 2, choice 2 and its safeguard.

    Examples
    --------
    >>> from dualdiff.solve.forcing import next_eta
    >>> round(next_eta(0.3, 0.1, smallest=1e-6, largest=0.9), 3)
    0.128
    """
    found = GAMMA * ratio**POWER
    guard = GAMMA * eta**POWER
    if guard > 0.1:
        found = max(found, guard)
    return min(max(found, smallest), largest)


def next_eta_1(eta: Any, ratio: Any, achieved: Any, *, smallest: Any, largest: Any) -> Any:
    """The forcing term for the next step, from how well the linear model foretold |F+| (choice 1, with its safeguard).

    eta+ = | |F+| - |F + J s| | / |F|, but not below eta^alpha while that exceeds 0.1.

    Parameters
    ----------
    eta : float
        The forcing term of this step.
    ratio, achieved : float
        |F+|/|F| and |F + J s|/|F|.
    smallest, largest : float
        Bounds of the result.

    Returns
    -------
    float
        The next forcing term.

    References
    ----------
    Eisenstat and Walker, SIAM J. Sci. Comput. 17 (1996) 16-32, section 2, choice 1 and its safeguard.

    Examples
    --------
    >>> from dualdiff.solve.forcing import next_eta_1
    >>> round(next_eta_1(0.1, 0.3, 0.1, smallest=1e-6, largest=0.9), 3)
    0.2
    """
    found = abs(ratio - achieved)
    guard = eta**POWER
    if guard > 0.1:
        found = max(found, guard)
    return min(max(found, smallest), largest)


def not_beyond(eta: Any, tol: Any, fmax: Any, *, largest: Any) -> Any:
    """The forcing term, not smaller than what the last step needs: max(eta, tol/(2 max|F|)).

    Parameters
    ----------
    eta : float
        The forcing term so far.
    tol, fmax : float
        The bound on max|F|, and max|F| now.
    largest : float
        Bound of the result.

    Returns
    -------
    float
        The forcing term to solve with.

    References
    ----------
    Kelley, Iterative Methods for Linear and Nonlinear Equations, SIAM 1995, section 6.3.

    Examples
    --------
    >>> from dualdiff.solve.forcing import not_beyond
    >>> not_beyond(1e-6, 1e-10, 1e-8, largest=0.9)
    0.005
    """
    return min(max(eta, 0.5 * tol / fmax), largest)
