"""The residual as the iteration sees it: flat vectors, counted, limited, and never an exception for a number.

Invariant: every evaluation of F and every product of a solve goes through here; the user's arrays are not written to,
and a buffer that F reuses between calls does no harm.
"""

import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from ..automatic import stand_in
from ..core import DualArray, all_finite, checked, forget_lost, lost_mark
from ..core._dense import sizes
from ..errors import InputError, LostDerivativeError, ShapeError
from ..programs.bound import bound, solvers_own
from ..transforms.pytrees import flatten
from ..transforms.start import where_not_finite
from .matrices import planned_jacobian
from .operator import ExactJacobian, flat, one_pass, plain

__all__ = ["Jacobian", "Problem", "Stop", "finite", "norm", "random_signs"]


def finite(a: Any) -> Any:
    """Whether all numbers of an array are finite."""
    if a.dtype.char == "d" and (a.flags.c_contiguous or a.flags.f_contiguous):
        return all_finite(a if a.flags.c_contiguous else a.T)
    return bool(np.isfinite(a).all())


class Stop(Exception):
    """Ends a solve from inside an evaluation, with the status and the message of the result."""

    def __init__(self, status: Any, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def norm(v: Any) -> Any:
    """|v|_2 as a float, scaled by max|v| so that squares neither overflow nor vanish.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.solve.problem import norm
    >>> norm(np.array([0.0, 2e200]))
    2e+200
    """
    return sizes(v)[1]


@functools.lru_cache(8)
def random_signs(n: int, seed: int = 0) -> Any:
    """As many signs, the same each time."""
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), n)


class Problem:
    """F at flat vectors, with its counts, limits, scales and bounds.

    The methods see y = x/x_scale and G = F/f_scale; with scales of 1 these are x and F themselves.

    Parameters
    ----------
    fun : callable
        fun(x, *args), x in the shape of x0; returns as many numbers as x has, in any shape.
    x0 : ndarray
        From `first_point`.
    args : tuple
        Further arguments, not differentiated.
    settings : Settings
        Limits, scales, pattern, and whether products replay a recording.
    jac : callable, optional
        jac(x, *args) -> J(x), in place of dualdiff's.
    bounds : tuple of ndarray, optional
        From `read_bounds`, in the units of x.

    Raises
    ------
    InputError
        By the first evaluation, if F(x0) is not as many real numbers as x0.
    """

    def __init__(
        self, fun: Callable[..., Any], x0: Any, args: Any, settings: Any, jac: Any = None, bounds: Any = None
    ) -> None:
        self.fun, self.args, self.jac, self.settings = fun, args, jac, settings
        self.whole = applied(fun, args)
        self.programs = solvers_own(fun, args)      # of a compiled function
        self.jacobian_program: Any = None
        self.warm: Any = None       # see warm.py; of functions that are not compiled
        self.last: tuple[Any, Any] = (None, None)       # the flat vector that F was evaluated at last, and F there
        self.x_shape, self.dtype, self.size = x0.shape, x0.dtype, x0.size
        self.f_shape = None
        self.x_scale, self.f_scale = settings.x_scale, settings.f_scale
        self.start = x0.ravel() if self.x_scale is None else x0.ravel() / self.x_scale
        self.bounds = bounds
        if bounds is not None and self.x_scale is not None:
            self.bounds = (bounds[0] / self.x_scale, bounds[1] / self.x_scale)
        self.nfev = self.njvp = self.nlinearize = self.njev = self.nlu = self.ncolors = 0
        self.live = None        # called after products: the live line of a terminal
        self.pattern: Any = None                # of J, where it has been looked for; see matrices.py
        self.learning: Any = None               # the plan that it was found for
        self.plan = self.ordering = None
        self.plan_refused = False
        self.rescue_until = self.rescue_work = None
        self.fill = None        # what LU factors cost, see fill.py
        self.choice = None      # (kind of preconditioner, why)
        self.wanted = ""        # what is not installed and would have helped
        self.first = None       # F(x0)
        self.quiet = False      # whether NumPy's warnings are off around the whole method
        self.outer = False      # whether F carries derivatives of a call around this one
        self.started = time.perf_counter()

    def seconds(self) -> Any:
        """Seconds since the solve began."""
        return time.perf_counter() - self.started

    def work(self) -> Any:
        """Evaluations, recordings and products so far."""
        return self.nfev + self.nlinearize + self.njvp

    def check_limits(self) -> None:
        """Raises Stop when the solve has used what it was given."""
        limits = self.settings
        if limits.maxfev is not None and self.work() >= limits.maxfev:
            raise Stop(
                -5,
                f"maxfev = {limits.maxfev} reached: {self.nfev} evaluations of F, {self.nlinearize} linearizations "
                f"and {self.njvp} products",
            )
        if limits.maxtime is not None and self.seconds() > limits.maxtime:
            raise Stop(-5, f"maxtime = {limits.maxtime:g} s reached")
        if self.rescue_until is not None and self.seconds() > self.rescue_until:
            raise Stop(-5, f"the rescue's budget of time is used up, {self.seconds():.3g} s in all")

    @functools.cached_property
    def of_x(self) -> Any:
        """`whole`, whose products are programs where fun is compiled and that pays."""
        if self.programs is None:
            return self.whole
        with np.errstate(all="ignore"):
            calls = self.programs.calls_python(self.point(self.start))
        return self.whole if calls else bound(self.fun, self.args)

    def point(self, y: Any) -> Any:
        """x in the user's shape and units, a copy."""
        x = y.copy() if self.x_scale is None else y * self.x_scale
        return x if self.x_shape == x.shape else x.reshape(self.x_shape)

    def values(self, g: Any) -> Any:
        """F in the user's shape and units, a copy."""
        f = g.copy() if self.f_scale is None else g * self.f_scale
        return f.reshape(self.x_shape if self.f_shape is None else self.f_shape)

    def clip(self, x: Any, step: Any) -> Any:
        """x + step, but no component more than 99 % of its way to a bound.

        As close to the bound as to be of use and never on it, so that the next step still can move along it.
        """
        new = x + step
        if self.bounds is not None:
            lb, ub = self.bounds
            near = x.dtype.type(0.01)
            with np.errstate(invalid="ignore"):
                np.maximum(new, np.where(np.isinf(lb), lb, lb + near * (x - lb)), out=new)
                np.minimum(new, np.where(np.isinf(ub), ub, ub - near * (ub - x)), out=new)
        return new

    def residual(self, x: Any) -> Any:
        """F at a flat vector, as a new flat vector of x's dtype; nan where it cannot be computed."""
        if self.nfev:
            self.check_limits()
        self.nfev += 1
        try:
            if self.quiet:
                y = self.fun(self.point(x), *self.args)
            else:
                with np.errstate(all="ignore"):
                    y = self.fun(self.point(x), *self.args)
        except LostDerivativeError as error:
            error.add_note(
                "dualdiff.solve: the function closes over what is differentiated by; given as an argument, as in "
                "solve.root(F, x0, (p,)) with F(x, p), it may be written into any array"
            )
            raise
        except (ArithmeticError, np.linalg.LinAlgError):
            return np.full(self.size, np.nan, self.dtype)
        except ValueError as error:
            # the math module outside its domain, in the words of Python up to 3.13 and from 3.14
            if not str(error).startswith(("math domain error", "expected a ")):
                raise
            return np.full(self.size, np.nan, self.dtype)
        if type(y) is np.ndarray and y.dtype == self.dtype and y.shape == self.f_shape:
            f = y.flatten()
        else:
            f = self.checked(y)
        f = f if self.f_scale is None else f / self.f_scale
        self.last = x, f
        return f

    def value(self, x: Any, args: Any) -> Any:
        """fun(x, *args) with args that carry derivatives; of a lifted copy, where fun writes them into plain arrays."""
        mark, like = lost_mark(), next((leaf for leaf in flatten(args)[0] if isinstance(leaf, DualArray)), None)
        ways: list[Callable[[], Any]] = [lambda: self.fun(x, *args)]
        if like is not None and not isinstance(x, DualArray):       # what fun makes of x may hold what it makes of args
            ways.append(lambda: self.fun(buffer_of(x, like), *args))
        ways.append(lambda: stand_in(self.fun)(x, *args))
        for way in ways[:-1]:
            try:
                return way()
            except LostDerivativeError:
                forget_lost(mark)
        return ways[-1]()

    def checked(self, y: Any) -> Any:
        """A result of fun as a flat vector."""
        if y is None:
            raise InputError("fun(x) returned None (is a return statement missing?)")
        f, was_dual = plain(flat(y))
        self.outer = self.outer or was_dual
        if f.dtype.kind not in "biuf":
            what = "solve for real and imaginary parts as two unknowns" if f.dtype.kind == "c" else "expected numbers"
            raise InputError(f"fun(x) returned {f.dtype}; {what}")
        if f.size != self.size:
            raise InputError(
                f"fun(x) has {f.size} elements (shape {np.shape(y)}), x has {self.size} (shape {self.x_shape}); "
                "a root needs as many equations as unknowns; for others minimise |F|^2: solve.least_squares"
            )
        if self.f_shape is None:
            self.f_shape = f.shape if isinstance(y, (list, tuple)) else np.shape(y)
        return f.astype(self.dtype)

    def count_products(self, k: int) -> None:
        """Books k products before they are made."""
        self.check_limits()
        self.njvp += k
        if self.live is not None:
            self.live()

    def count_linearize(self) -> None:
        """Books a linearization before it is made."""
        self.check_limits()
        self.nlinearize += 1

    def jacobian(self, x: Any) -> Any:
        """J at a flat vector, as a LinearOperator; costs nothing before its first product."""
        return Jacobian(self, x)

    def dense(self, x: Any) -> Any:
        """J at a flat vector, as a matrix (n, n) that is checked to be finite."""
        if self.jac is None and self.x_scale is None and self.f_scale is None:
            J = self.at_once(x)
            if J is not None and finite(J):
                self.njev += 1
                return J
        return self.jacobian(x).dense()

    def at_once(self, x: Any) -> Any:
        """J by one run of fun in all directions, or by a program; None where that is not to be had."""
        self.count_products(self.size)
        if self.programs is not None:
            if self.jacobian_program is None:
                self.jacobian_program = self.programs.make("jacobian")
            with np.errstate(all="ignore"):
                return self.by_program(x)
        if self.warm is not None and self.quiet and self.last[0] is x and not self.outer:
            J = self.warm.jacobian(self.point(x), self.last[1])
            if J is not None:
                return J
            self.warm = None
        if self.quiet:
            J = one_pass(self.whole, self.point(x))
        else:
            with np.errstate(all="ignore"):
                J = one_pass(self.whole, self.point(x))
        if J is None:
            self.njvp -= self.size
        return J

    def by_program(self, x: Any) -> Any:
        """J by the program of a compiled function."""
        J = self.jacobian_program(self.point(x))
        if isinstance(J, np.ndarray) and J.size == self.size**2:
            return np.reshape(J, (self.size, self.size))
        self.njvp -= self.size
        return None

    def check_programs(self, y: Any) -> None:
        """Compares a compiled function with its program at a solution."""
        if self.programs is not None:
            with np.errstate(all="ignore"):
                self.programs.check(self.point(y))


def buffer_of(x: Any, like: Any) -> Any:
    """x as an array that takes derivatives."""
    buffer = np.zeros(np.shape(x), like=like)
    buffer[...] = x
    return buffer


def applied(fun: Any, args: Any) -> Any:
    """x -> fun(x, *args).

    A function with cells and no method, as what cannot take duals is looked for in cells, and is lifted there: it is
    fun that is lifted, and remembered, and not what all solves have in common.
    """
    def whole(x: Any) -> Any:
        return fun(x, *args)

    return whole


# F is evaluated plainly at each point that counts, so a look at whether it does the same on duals adds nothing
code = applied(None, ()).__code__
checked[id(code)] = code, True, 0, []


class Jacobian(LinearOperator):
    """J at a point, in the units of the methods: products, and the whole matrix, dense or sparse.

    A product that is not finite ends the solve, as no Krylov method can use it.

    Parameters
    ----------
    problem : Problem
    x : ndarray, shape (n,)
    """

    def __init__(self, problem: Any, x: Any) -> None:
        super().__init__(problem.dtype, (problem.size, problem.size))
        self.problem, self.x = problem, x
        self.given = self.matrix = None
        self.product: ExactJacobian | None = None

    @property
    def exact(self) -> Any:
        """The exact product; None where the user gave jac."""
        problem = self.problem
        if self.product is None and problem.jac is None:
            self.product = ExactJacobian(
                problem.of_x, problem.point(self.x), count=problem.count_products,
                linearize=problem.settings.linearize and not problem.outer, count_linearize=problem.count_linearize,
            )  # fmt: skip
        return self.product

    def user(self) -> Any:
        """What the user's jac returned at x: dense (n, n), sparse, or a LinearOperator."""
        if self.given is None:
            p = self.problem
            p.njev += 1
            with np.errstate(all="ignore"):
                J = p.jac(p.point(self.x), *p.args)
            if not (sp.issparse(J) or isinstance(J, LinearOperator) or hasattr(J, "matvec")):
                J = np.asarray(J)
                if J.dtype.kind not in "biuf":
                    raise InputError(f"jac(x) returned {J.dtype}; expected real numbers")
                J = J.reshape(self.shape) if J.size == p.size**2 else J
            elif not sp.issparse(J):
                J = aslinearoperator(J)
            if tuple(J.shape) != self.shape:
                raise ShapeError(f"jac(x) has shape {tuple(J.shape)}; expected {self.shape}")
            self.given = J
        return self.given

    def scaled_rows(self, V: Any) -> Any:
        """The rows of V through J, in the methods' units."""
        p = self.problem
        if self.matrix is not None:
            return V @ self.matrix.T
        if p.x_scale is not None:
            V = V * p.x_scale
        if self.exact is not None:
            W = self.exact.rows(V)
        else:
            p.count_products(len(V))
            W = np.asarray((self.user() @ V.T).T, self.dtype)
        return W if p.f_scale is None else W / p.f_scale

    def _matvec(self, v: Any) -> Any:
        product = self.scaled_rows(np.reshape(v, (1, -1)))[0]
        if not np.isfinite(product).all() and np.isfinite(v).all():
            raise self.not_finite("(J v)", product)
        return product

    def _matmat(self, V: Any) -> Any:
        return self.scaled_rows(np.ascontiguousarray(V.T)).T

    def not_finite(self, what: str, product: Any) -> Any:
        """The end of a solve where a derivative is not finite."""
        found = where_not_finite(product.ravel(), product.shape, what)
        return Stop(-6, f"F(x) is finite but its derivative is not: {found}; start elsewhere")

    def dense(self) -> Any:
        """The matrix (n, n), checked to be finite; products use it from now on."""
        p = self.problem
        if self.matrix is not None:
            return self.matrix
        if p.jac is None:
            J = p.at_once(self.x) if self.product is None else None
            if J is None:
                J = self.exact.dense()
            p.njev += 1
        else:
            J = self.user()
            if sp.issparse(J):
                J = J.toarray()
            elif isinstance(J, LinearOperator):
                J = J @ np.eye(p.size, dtype=self.dtype)
            J = np.array(J, self.dtype)
        self.matrix = self.in_units(J, dense=True)
        return self.matrix

    def sparse(self) -> Any:
        """The matrix in CSC format, checked to be finite; needs the problem's plan unless jac is given."""
        p = self.problem
        if self.exact is not None:
            p.njev += 1
            J = planned_jacobian(p, self.exact.x)
        else:
            J = self.user()
            if isinstance(J, LinearOperator):
                J = J @ np.eye(p.size, dtype=self.dtype)
            J = sp.csc_array(J)
        return self.in_units(J, dense=False)

    def in_units(self, J: Any, dense: Any) -> Any:
        """J with columns times x_scale and rows over f_scale."""
        p = self.problem
        entries = J if dense else J.data
        if not finite(entries):
            raise self.not_finite("J", J if dense else J.toarray() if p.size <= 1000 else entries)
        if p.x_scale is None and p.f_scale is None:
            return J if dense else sp.csc_array(J)
        ones = np.ones(p.size, p.dtype)
        if p.x_scale is not None:
            J = J * (ones * p.x_scale) if dense else J @ sp.diags_array(ones * p.x_scale)
        if p.f_scale is not None:
            J = J / (ones * p.f_scale)[:, None] if dense else sp.diags_array(1 / (ones * p.f_scale)) @ J
        return J if dense else sp.csc_array(J)
