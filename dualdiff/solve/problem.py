"""The residual as the iteration sees it: flat vectors, counted, limited, and never an exception for a number.

Invariant: every evaluation of F and every product of a solve goes through here; the user's arrays are not written to,
and a buffer that F reuses between calls does no harm.  Imported by newton.py and call.py.
"""

import time

import numpy as np

from ..core import Dual, DualArray
from ..errors import ArgumentError, InputError, UnsupportedError
from .operator import ExactJacobian, flat

__all__ = ["Problem", "Stop", "first_point", "norm", "where_not_finite"]


class Stop(Exception):
    """Ends a solve from inside an evaluation, with the status and the message of the result."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status, self.message = status, message


def norm(v):
    """|v|_2 as a float, scaled by max|v| so that squares neither overflow nor vanish.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.solve.problem import norm
    >>> norm(np.array([0.0, 2e200]))
    2e+200
    """
    top = float(np.max(np.abs(v)))
    if not 0 < top < np.inf:
        return top
    return top * float(np.linalg.norm(np.divide(v, top, dtype=np.float64)))


def where_not_finite(v, shape, name):
    """Where a flat vector is not finite, in the user's indices: "F[3] = nan" and how many more."""
    places = np.flatnonzero(~np.isfinite(v))
    if not places.size:
        return f"{name} is finite"
    index = ", ".join(str(int(i)) for i in np.unravel_index(places[0], shape))
    more = f" and {places.size - 1} more of {v.size}" if places.size > 1 else ""
    return f"{name}{f'[{index}]' if index else ''} = {v[places[0]]}{more}"


def first_point(x0):
    """x0 as an array of float64 or float32 that is not the caller's, checked.

    Raises
    ------
    InputError
        If x0 is complex, not numbers, empty, or of a floating type other than float64 and float32.
    ArgumentError
        If x0 has a nan or an infinity.
    UnsupportedError
        If x0 carries derivatives.
    """
    if isinstance(x0, (Dual, DualArray)):
        raise UnsupportedError(
            f"x0 is a {type(x0).__name__}; a root does not depend on where the search started: give x0.value"
        )
    x = np.array(x0)
    if x.dtype.kind == "c":
        raise InputError("x0 is complex; solve for the real and the imaginary part as two unknowns")
    if x.dtype.kind in "biu":
        x = x.astype(np.float64)
    if x.dtype.char not in "df":
        raise InputError(f"x0 has dtype {x.dtype}; expected numbers in float64 or float32")
    if not x.size:
        raise InputError(f"x0 has no elements (shape {x.shape}); there is nothing to solve for")
    if not np.isfinite(x).all():
        raise ArgumentError(f"the start is not finite: {where_not_finite(x.ravel(), x.shape, 'x0')}")
    return x


class Problem:
    """F at flat vectors, with its counts and limits.

    Parameters
    ----------
    fun : callable
        fun(x, *args), x in the shape of x0; returns as many numbers as x has, in any shape.
    x0 : ndarray
        From `first_point`.
    args : tuple
        Further arguments, not differentiated.
    maxfev : int or None
        Bound on evaluations of F, linearizations and products together.
    maxtime : float or None
        Seconds.
    linearize : bool
        Whether products replay a recording of F, see `ExactJacobian`.

    Raises
    ------
    InputError
        By the first evaluation, if F(x0) is not as many real numbers as x0.
    """

    def __init__(self, fun, x0, args=(), maxfev=None, maxtime=None, linearize=True):
        self.fun, self.args = fun, args
        self.x_shape, self.dtype, self.size = x0.shape, x0.dtype, x0.size
        self.f_shape = None
        self.maxfev, self.maxtime = maxfev, maxtime
        self.linearize = linearize
        self.nfev = self.njvp = self.nlinearize = 0
        self.started = time.perf_counter()

    def seconds(self):
        """Seconds since the solve began."""
        return time.perf_counter() - self.started

    def check_limits(self):
        """Raises Stop when the solve has used what it was given."""
        if self.maxfev is not None and self.nfev + self.nlinearize + self.njvp >= self.maxfev:
            raise Stop(
                -5,
                f"maxfev = {self.maxfev} reached: {self.nfev} evaluations of F, {self.nlinearize} linearizations "
                f"and {self.njvp} products",
            )
        if self.maxtime is not None and self.seconds() > self.maxtime:
            raise Stop(-5, f"maxtime = {self.maxtime:g} s reached")

    def whole(self, x):
        """fun with its further arguments, for an array or a dual array."""
        return self.fun(x, *self.args)

    def residual(self, x):
        """F at a flat vector, as a new flat vector of x's dtype; nan where it cannot be computed."""
        if self.nfev:
            self.check_limits()
        self.nfev += 1
        nowhere = np.full(self.size, np.nan, self.dtype)
        try:
            with np.errstate(all="ignore"):
                y = self.whole(x.reshape(self.x_shape).copy())
        except (ArithmeticError, np.linalg.LinAlgError):
            return nowhere
        except ValueError as error:
            # the math module outside its domain, in the words of Python up to 3.13 and from 3.14
            if not str(error).startswith(("math domain error", "expected a ")):
                raise
            return nowhere
        return self.checked(y)

    def checked(self, y):
        """A result of fun as a flat vector."""
        if isinstance(y, (Dual, DualArray)) or isinstance(y, np.ndarray) and y.dtype == object:
            raise UnsupportedError(
                f"fun(x) carries derivatives or objects ({type(y).__name__}) for a plain x: an argument of fun is "
                "being differentiated; solve for its value and apply dx = -J^-1 dF, this solver does not do it"
            )
        if y is None:
            raise InputError("fun(x) returned None (is a return statement missing?)")
        f = flat(y)
        if f.dtype.kind not in "biuf":
            what = "solve for real and imaginary parts as two unknowns" if f.dtype.kind == "c" else "expected numbers"
            raise InputError(f"fun(x) returned {f.dtype}; {what}")
        if f.size != self.size:
            raise InputError(
                f"fun(x) has {f.size} elements (shape {np.shape(y)}), x has {self.size} (shape {self.x_shape}); "
                "a root needs as many equations as unknowns; for others minimise |F|^2: scipy.optimize.least_squares"
            )
        if self.f_shape is None:
            self.f_shape = f.shape if isinstance(y, (list, tuple)) else np.shape(y)
        return f.astype(self.dtype)

    def count_products(self, k):
        """Books k products before they are made."""
        self.check_limits()
        self.njvp += k

    def count_linearize(self):
        """Books a linearization before it is made."""
        self.check_limits()
        self.nlinearize += 1

    def jacobian(self, x):
        """J at a flat vector, as a LinearOperator; costs nothing before its first product."""
        point = x.reshape(self.x_shape).copy()
        return CheckedJacobian(
            self.whole, point, count=self.count_products,
            linearize=self.linearize, count_linearize=self.count_linearize,
        )  # fmt: skip


class CheckedJacobian(ExactJacobian):
    """An exact Jacobian that ends the solve where a product is not finite, as no Krylov method can use it."""

    def _matvec(self, v):
        product = super()._matvec(v)
        if not np.isfinite(product).all() and np.isfinite(v).all():
            found = where_not_finite(product, product.shape, "(J v)")
            raise Stop(-6, f"F(x) is finite but its derivative is not: {found}; start elsewhere")
        return product
