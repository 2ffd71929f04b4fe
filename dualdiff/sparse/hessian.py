"""Sparse Hessians: the plan of the symmetric matrix H, from products H S, forward over reverse.

The products are taken along one recording of f (transforms/second.py), or nested where that cannot be.

Invariant: the result is exactly symmetric, as (i, j) and (j, i) are one number.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..automatic import as_asked
from ..core import NotSecondOrder, ZeroTimesInfinity, forget_lost, lost_mark
from ..errors import ArgumentError
from ..patterns.coloring import ORDERS, coloring as make_coloring
from ..patterns.pattern import as_pattern
from ..patterns.propagate import pattern_of
from ..progress import SILENT, Meter, Progress
from ..transforms.grad import grad
from ..transforms.recording import Recording
from ..transforms.second import SecondRecording, recordable
from .jacobian import Plan, bound, push_seeds

__all__ = ["SparseHessian", "sparse_hessian"]


class Gradient:
    """The gradient of a function of one argument, and the function."""

    def __init__(self, f: Callable[..., Any], gradient: Callable[..., Any]) -> None:
        self.f, self.gradient = f, gradient

    def __call__(self, x: Any) -> Any:
        """The gradient at x."""
        return self.gradient(x)


def along(recording: SecondRecording, x: Any, seeds: Any, told: Meter) -> Any:
    """The gradient of what was recorded at the array x, and its products with seeds (k, n)."""
    k = len(seeds)
    width = recording.width(k)
    gradient: Any = None
    parts = []
    for start in range(0, k, width):
        some = np.ascontiguousarray(seeds[start : start + width], float).reshape((-1, *x.shape))
        (gradient,), (rows,) = recording.along([some])
        parts.append(rows.reshape(len(some), x.size))
        told.add(len(some))
    return gradient[0], parts[0] if len(parts) == 1 else np.concatenate(parts)


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
    what = "Hessian"

    def __init__(
        self, f: Callable[..., Any], pattern: Any = None, coloring: Any = None, format: str = "csr", check: bool = True,
        progress: Progress = None,
    ) -> None:  # fmt: skip
        self.unrecorded = False
        super().__init__(f, pattern, coloring, format, check, progress)
        self.gradient = grad(self.plain, mode="reverse")

    def planned(self, pattern: Any, renewed: bool = False) -> Any:  # noqa: D102
        if pattern.shape[0] != pattern.shape[1]:
            raise ArgumentError(f"a Hessian is square, the pattern has shape {pattern.shape}")
        return super().planned(as_pattern(pattern + pattern.T), renewed)

    def choose(self, pattern: Any, partition: Any) -> Any:  # noqa: D102
        substitution = partition == "substitution"
        found = [make_coloring(pattern, "symmetric", order, substitution=substitution) for order in ORDERS]
        return min(found, key=lambda c: c.ncolors)

    def find(self, x: Any, args: Any, kwargs: dict[str, Any]) -> Any:  # noqa: D102
        return pattern_of(Recording(self.function(args, kwargs), (x,), {}))

    def function(self, args: Any, kwargs: dict[str, Any]) -> Any:  # noqa: D102
        return Gradient(bound(self.plain, args, kwargs), bound(self.gradient, args, kwargs))

    def row(self, g: Callable[..., Any], x: Any, i: int, m: int) -> Any:  # noqa: D102
        unit = np.zeros((1, m))
        unit[0, i] = 1.0
        return push_seeds(g, x, unit, m)[1][0]

    def products(  # noqa: D102
        self, made: Any, g: Callable[..., Any], x: Any, check: Any, told: Meter = SILENT
    ) -> tuple[Any, Any, Any]:
        pattern, _, way = made
        seeds = way.checked_seeds if check else way.seeds
        if seeds is None:
            return g(x), np.zeros(0), None
        told.expect(len(seeds))
        value, found = self.swept(g, x, seeds, pattern.shape[0], told)
        if not check:
            return value, way.data(found, None), None
        return value, np.zeros(0) if way.seeds is None else way.data(found[:-1], None), found[-1]

    def swept(self, g: Any, x: Any, seeds: Any, m: int, told: Meter) -> Any:
        """The gradient and its products with seeds: along a recording, or nested where that cannot be."""
        if not self.unrecorded and type(x) is np.ndarray and recordable([x]) and 0 < x.size == seeds.shape[1]:
            mark = lost_mark()
            try:
                return along(SecondRecording(g.f, [x], tuple, {}), x, seeds, told)
            except NotSecondOrder:
                self.unrecorded = True
            except ZeroTimesInfinity:
                pass
            forget_lost(mark)
        return push_seeds(g, x, seeds, m, told)

    def gradient_and_data(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The gradient at x, and the numbers of the Hessian: another name of `value_and_data`.

        Returns
        -------
        gradient, data
        """
        return self.value_and_data(x, *args, **kwargs)


def sparse_hessian(
    f: Callable[..., Any], x: Any = np._NoValue, *args: Any, pattern: Any = None, coloring: Any = None,
    format: str = "csr", check: bool = True, progress: Progress = None, lift: Any = "auto", **kwargs: Any,
) -> Any:  # fmt: skip
    """A plan for the Hessian of f as a sparse matrix: plan(x) evaluates it by few products H v.

    Parameters
    ----------
    f : callable
        Returns one real number; takes one array (or structure) and further arguments that are not
        differentiated.
    x : array_like or structure, optional
        Where the pattern is found, by one evaluation.  Without it, that is the point of the first
        call.
    *args, **kwargs
        Passed to f at x.  Each call of the plan takes its own.
    pattern : sparse or dense matrix, shape (n, n), optional
        Where the Hessian has entries, in one triangle or in both.  It may be too large, never too small.
    coloring : Coloring or {"symmetric", "substitution"}, optional
        A star colouring (the default), by which each entry is read off; or an acyclic one, which
        takes fewer products, but finds the entries one after the other.
    format : {"csr", "csc"}
    check : bool
        As for `sparse_jacobian`: one more product for each matrix, and a new pattern where f branched otherwise.
    progress : bool or callable
        As for `sparse_jacobian`.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    SparseHessian
        plan(x, ...) -> `csr_array` or `csc_array`, shape (n, n), exactly symmetric.

    Raises
    ------
    PatternError
        By a call, if a pattern that was given misses an entry there.
    ArgumentError
        For an unknown option, or a colouring that does not fit the pattern.
    ShapeError
        If pattern, colouring and function do not fit one another.
    InputError
        If f returns something else than one real number, or x is complex or empty.

    Notes
    -----
    The pattern is that of the gradient in reverse mode, recorded once.  All products are taken in one run of f.

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
    f = as_asked(f, lift)
    plan = SparseHessian(f, pattern, coloring, format, check, progress)
    if x is not np._NoValue:
        plan.ready(plan.aligned(x), args, kwargs)
    elif args or kwargs:
        raise ArgumentError("further arguments are for f at x, where the pattern is found; x was not given")
    return plan
