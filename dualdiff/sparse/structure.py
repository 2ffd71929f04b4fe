"""The sparsity of a derivative: the function runs once with recorded tangents, and patterns go through the record."""

from collections.abc import Callable
from typing import Any

from ..automatic import as_asked
from ..patterns.propagate import pattern_of
from ..transforms.recording import Recording

__all__ = ["sparsity"]


def sparsity(f: Callable[..., Any], x: Any, *args: Any, lift: Any = "auto", **kwargs: Any) -> Any:
    """The sparsity of the Jacobian of f at x: which inputs can reach which outputs.

    Parameters
    ----------
    f : callable
        NumPy code; returns an array of any shape, a number, or a structure of them.
    x : array_like or structure
        Where f is evaluated, once.  A structure of arrays counts as one vector: its leaves one
        after the other, each in C order; so does the result.
    *args, **kwargs
        Passed to f; not differentiated.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    Pattern
        A boolean `scipy.sparse.csr_array`, shape (m, n): m elements of f(x), n of x.

    Raises
    ------
    InputError
        For complex, empty or non-numeric arguments and results.

    Notes
    -----
    f runs once, and leaves the linear maps that its derivative is made of; index sets go through
    these.  Indexing, slicing, stacking, padding, sums, products with sparse matrices and with dense
    constants (whose zeros count) are exact; what mixes everything (a factorisation, an FFT along its
    axis) is taken to do so.  A derivative that happens to be zero at x (x*y at 0, a tie of maximum)
    is an entry; only what is zero everywhere (floor, sign) is not.

    The pattern is valid near x: as long as f takes the same branches.  `np.where(x > 0, a, b)`, a
    sort and an `if` choose by value, and only what was chosen is in the pattern.

    References
    ----------
    Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, section 7.1 (dynamic index
    domains).

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> pattern = dd.sparsity(lambda u: u[1:] * u[:-1], np.zeros(4))
    >>> print(pattern)
    xx..
    .xx.
    ..xx
    """
    f = as_asked(f, lift)
    return pattern_of(Recording(f, (x,), kwargs) if not args else Recording(lambda u: f(u, *args, **kwargs), (x,), {}))
