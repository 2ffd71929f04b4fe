"""Sparse Hessians: the plan of the symmetric matrix H, from products H S, forward over reverse.

Invariant: the result is exactly symmetric, as (i, j) and (j, i) are one number.
Imported by users.
"""

import numpy as np

from ..errors import ArgumentError
from ..modes import grad
from ..recording import Recording
from .coloring import ORDERS, coloring as make_coloring
from .jacobian import Plan, bound, compare, push_seeds
from .pattern import as_pattern, pattern_of

__all__ = ["SparseHessian", "sparse_hessian"]


class SparseHessian(Plan):
    """The sparse Hessian of a function as a function: made by `sparse_hessian`.

    Attributes
    ----------
    pattern : Pattern
        Symmetric.
    coloring : Coloring
    ncolors : int
        Products in one evaluation.
    shape : tuple of int
    format : str
    indices, indptr : ndarray
        Of the matrix in compressed form, for `gradient_and_data`.
    """

    partitions = ("symmetric", "substitution")

    def __init__(self, f, pattern, coloring, format):
        self.gradient = grad(f, mode="reverse")
        super().__init__(f, pattern, coloring, format)

    def adopt(self, pattern):  # noqa: D102
        if pattern.shape[0] != pattern.shape[1]:
            raise ArgumentError(f"a Hessian is square, the pattern has shape {pattern.shape}")
        super().adopt(as_pattern(pattern + pattern.T))

    def choose(self, pattern, partition):  # noqa: D102
        substitution = partition == "substitution"
        found = [make_coloring(pattern, "symmetric", order, substitution=substitution) for order in ORDERS]
        return min(found, key=lambda c: c.ncolors)

    def find(self, x, args, kwargs):  # noqa: D102
        return pattern_of(Recording(bound(self.gradient, args, kwargs), (x,), {}))

    def gradient_and_data(self, x, *args, **kwargs):
        """The gradient at x, and the numbers of the Hessian in the order of `plan.indices` and `plan.indptr`.

        Returns
        -------
        gradient, data
        """
        pattern, _, way = self.made or self.ready(x, args, kwargs)
        g = bound(self.gradient, args, kwargs)
        if way.seeds is None:
            return g(x), np.zeros(0)
        value, found = push_seeds(g, x, way.seeds, pattern.shape[0])
        return value, way.data(found, None)

    def value_and_data(self, x, *args, **kwargs):  # noqa: D102
        return self.gradient_and_data(x, *args, **kwargs)

    def check(self, x, *args, seed=0, **kwargs):
        """Compares the Hessian at x with products that know no pattern.

        Parameters
        ----------
        x, *args, **kwargs
            As for a call.
        seed : int
            Of the random directions.

        Returns
        -------
        float
            The largest difference of a product, relative to the sizes of its terms: rounding.

        Raises
        ------
        PatternError
            If the pattern misses an entry of the Hessian at x; the message names it.
        """
        H = self(x, *args, **kwargs)
        g = bound(self.gradient, args, kwargs)
        n = H.shape[0]
        directions = np.random.default_rng(seed).standard_normal((2, n))
        truth = push_seeds(g, x, directions, n)[1]

        def row(i):
            unit = np.zeros((1, n))
            unit[0, i] = 1.0
            return push_seeds(g, x, unit, n)[1][0]

        return compare(H, directions, truth, row, "Hessian")


def sparse_hessian(f, x=np._NoValue, *args, pattern=None, coloring=None, format="csr", **kwargs):
    """A plan for the Hessian of f as a sparse matrix: plan(x) evaluates it by few products H v.

    Parameters
    ----------
    f : callable
        Returns one real number; takes one array (or structure) and further arguments that are not
        differentiated.
    x : array_like or structure, optional
        Where the pattern is found, by one evaluation.  Without it, that is the point of the first
        call.  From then on the pattern stays; see `check`.
    *args, **kwargs
        Passed to f at x.  Each call of the plan takes its own.
    pattern : sparse or dense matrix, shape (n, n), optional
        Where the Hessian has entries, in one triangle or in both.  It may be too large, never too
        small: `check` tells.
    coloring : Coloring or {"symmetric", "substitution"}, optional
        A star colouring (the default), by which each entry is read off; or an acyclic one, which
        takes fewer products, but finds the entries one after the other.
    format : {"csr", "csc"}

    Returns
    -------
    SparseHessian
        plan(x, ...) -> `csr_array` or `csc_array`, shape (n, n), exactly symmetric.

    Raises
    ------
    ArgumentError
        For an unknown option, or a colouring that does not fit the pattern.
    ShapeError
        If pattern, colouring and function do not fit one another.
    InputError
        If f returns something else than one real number, or x is complex or empty.

    Notes
    -----
    The pattern is that of the gradient in reverse mode, recorded once.  All products go in one forward
    sweep over the gradient.

    References
    ----------
    Gebremedhin, Tarafdar, Manne, Pothen: New acyclic and star coloring algorithms with application to
    computing Hessians, SIAM J. Sci. Comput. 29 (2007).

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> plan = dd.sparse_hessian(lambda x: np.sum(x[1:] ** 2 * x[:-1]), np.ones(5))
    >>> plan(np.arange(5.0)).toarray()
    array([[0., 2., 0., 0., 0.],
           [2., 0., 4., 0., 0.],
           [0., 4., 2., 6., 0.],
           [0., 0., 6., 4., 8.],
           [0., 0., 0., 8., 6.]])
    """
    plan = SparseHessian(f, pattern, coloring, format)
    if x is not np._NoValue:
        plan.ready(x, args, kwargs)
    elif args or kwargs:
        raise ArgumentError("further arguments are for f at x, where the pattern is found; x was not given")
    return plan
