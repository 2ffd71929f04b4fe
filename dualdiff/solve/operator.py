"""The exact Jacobian of a residual at a point, as a SciPy LinearOperator; and preconditioners as one.

This is the one place that knows how a product is made: a replay of one recording, or a `jvp`, which runs F again.

Invariant: a product is J(x) v to rounding, never a difference quotient.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from ..core import (
    DualArray,
    ZeroTimesInfinity,
    call_watched,
    forget_lost,
    is_shared,
    lost_mark,
    new_tag,
    unit_seeds,
)
from ..errors import ArgumentError, DualDiffError, InputError
from ..functions.base import as_operand
from ..maps.tangents import is_dual
from ..transforms.jvp import CACHE_BUDGET, jvp
from ..transforms.linearize import Linearization, linearize

__all__ = ["ExactJacobian", "as_preconditioner", "flat", "one_pass", "plain"]


def flat(y: Any) -> Any:
    """A result of a residual as one vector: an array, a number, or a list or tuple of them."""
    if type(y) is DualArray and y.ndim == 1:
        return y
    if isinstance(y, (list, tuple)):
        return np.concatenate([flat(part) for part in y]) if y else np.zeros(0)
    return np.ravel(as_operand(y))


def plain(y: Any) -> tuple[Any, Any]:
    """(the value alone, whether there was more): duals of a derivative call around the solve are constants to it."""
    was = is_dual(y)
    while is_dual(y):
        y = y.value
    return y, was


def flat_rows(y: Any, k: int) -> Any:
    """As `flat`, of k stacked results: one row each."""
    if isinstance(y, (list, tuple)):
        return np.concatenate([flat_rows(part, k) for part in y], axis=1)
    return np.reshape(y, (k, -1))


def one_pass(fun: Callable[..., Any], x: Any) -> Any:
    """The dense Jacobian of a small function to a vector by one run in all directions, columns contiguous; None if that
    is not to be had (float32, 0 times inf, a kink in second order, too many directions)."""
    if x.dtype.char != "d" or not x.ndim or 8 * x.size**2 > CACHE_BUDGET:
        return None
    tag = new_tag()
    try:
        y = call_watched(fun, (unit_seeds(x, 0, x.size, tag),), {}, tag)
    except ZeroTimesInfinity:
        return None
    y = flat(y)
    if type(y) is not DualArray or y.tag != tag or y.size != x.size or type(y.value) is not np.ndarray:
        return None
    t = y.tangents
    if type(t) is not np.ndarray or t.dtype != x.dtype:
        return None
    return np.reshape(t.copy() if is_shared(y) else t, (x.size, x.size)).T


class ExactJacobian(LinearOperator):
    """v -> J(x) v = d/dt F(x + t v) at t = 0, exactly.

    The first product records F at x; it and all later ones replay the recording.  Without a recording each product
    runs F on dual numbers.

    Parameters
    ----------
    fun : callable
        F, of one array.
    x : ndarray, shape of the unknowns
        Where J is taken; any shape, the operator works on flat vectors.
    shape : tuple of int, optional
        (F.size, x.size); square by default.
    count : callable, optional
        Called with the number of products before they are made; may raise to stop.
    linearize : bool
        Record F and replay.  Where F cannot be recorded but `jvp` takes it, products run F again all the same.
    count_linearize : callable, optional
        Called without arguments before F is recorded; may raise to stop.

    Raises
    ------
    DualDiffError
        If F uses something that cannot be differentiated; the message names it.

    References
    ----------
    Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, section 3.1 (the forward mode's J v).

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.solve.operator import ExactJacobian
    >>> ExactJacobian(lambda x: x**2, np.array([1.0, 3.0])) @ np.array([1.0, 1.0])
    array([2., 6.])
    """

    def __init__(
        self, fun: Callable[..., Any], x: Any, shape: Any = None, count: Any = None, *, linearize: bool = True,
        count_linearize: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(x.dtype, (x.size, x.size) if shape is None else shape)
        self.fun, self.x, self.count = fun, x, count
        self.linearize = linearize and not hasattr(fun, "__dualdiff_program__")     # programs need no recording
        self.count_linearize = count_linearize
        self.recorded: Linearization | None = None

    def record(self) -> None:
        """Records F at x, once."""
        if not self.linearize or self.recorded is not None:
            return
        if self.count_linearize is not None:
            self.count_linearize()
        mark = lost_mark()
        try:
            self.recorded = linearize(self.fun, self.x)[1]
        except DualDiffError:       # if jvp cannot do it either, its error tells
            forget_lost(mark)
            self.linearize = False

    def rows(self, V: Any) -> Any:
        """J times each row of V, as rows."""
        k = len(V)
        # trial points next to the edge of a domain are the solver's business, not worth a warning each
        with np.errstate(all="ignore"):
            self.record()
            if self.count is not None:
                self.count(k)
            if self.recorded is not None:
                mark = lost_mark()
                try:
                    return plain(self.recorded.rows(V))[0].astype(self.dtype, copy=False)
                except DualDiffError:
                    forget_lost(mark)
                    self.linearize, self.recorded = False, None
            product = jvp(self.fun, (self.x,), (V.reshape(k, *self.x.shape),))[1]
        return plain(flat_rows(product, k))[0].astype(self.dtype, copy=False)

    def dense(self) -> Any:
        """The matrix, by products with all unit vectors in as few passes as the cache allows; not recorded for it."""
        n = self.shape[1]
        J = np.empty(self.shape, self.dtype)
        width = max(1, min(n, CACHE_BUDGET // (8 * max(self.shape))))
        recorded, self.linearize = self.linearize, self.linearize and self.recorded is not None
        try:
            for start in range(0, n, width):
                stop = min(start + width, n)
                J[:, start:stop] = self.rows(np.eye(stop - start, n, start, self.dtype)).T
        finally:
            self.linearize = recorded
        return J

    def _matvec(self, v: Any) -> Any:
        return self.rows(np.reshape(v, (1, -1)))[0]

    def _matmat(self, V: Any) -> Any:
        return self.rows(np.ascontiguousarray(V.T)).T


def as_preconditioner(M: Any, size: int, dtype: Any) -> Any:
    """M, approximately the inverse of J, as a LinearOperator; None stays None.

    Parameters
    ----------
    M : None, matrix, LinearOperator, or callable
        A callable maps a flat vector to a flat vector.
    size : int
        The number of unknowns.
    dtype : dtype
        Of the operator made from a callable.

    Returns
    -------
    LinearOperator or None

    Raises
    ------
    InputError
        If M is none of these.
    ArgumentError
        If M is a matrix or an operator of another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.solve.operator import as_preconditioner
    >>> as_preconditioner(lambda v: v / 2, 2, float) @ np.array([1.0, 3.0])
    array([0.5, 1.5])
    """
    if M is None:
        return None
    if not hasattr(M, "shape"):
        if not callable(M):
            raise InputError(f"option M is a {type(M).__name__}; expected a matrix, a LinearOperator or a callable")
        return LinearOperator((size, size), matvec=M, dtype=dtype)
    if tuple(M.shape) != (size, size):
        raise ArgumentError(
            f"option M has shape {tuple(M.shape)}; expected ({size}, {size}), as x has {size} elements"
        )
    return aslinearoperator(M)
