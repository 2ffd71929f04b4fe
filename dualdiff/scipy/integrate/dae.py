"""Implicit differential equations and differential-algebraic equations of index 1.

    solve_ivp(f, ..., mass_matrix=M)      M y' = f(t, y), M singular or not
    solve_dae(F, t_span, y0, yp0)         F(t, y, y') = 0
    consistent_initial_values             what such a problem can begin with

Both are the same problem for the methods here: Radau IIA of order 5 and variable-order BDF, with the step control of
`scipy.integrate.Radau` and `BDF`, on F, dF/dy and dF/dy', which are exact, and sparse where the problem is.  They are
OdeSolver classes, so that events, t_eval and dense output are SciPy's.

Invariant: a step is taken only where F = 0 was solved to the tolerance.

References
----------
Hairer & Wanner, Solving Ordinary Differential Equations II, 2nd ed., 1996, chapters IV.8 and VI.1; Shampine &
Reichelt, The MATLAB ODE suite, SIAM J. Sci. Comput. 18 (1997); Brown, Hindmarsh & Petzold, Consistent initial condition
calculation for differential-algebraic systems, SIAM J. Sci. Comput. 19 (1998).
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.integrate as _scipy
import scipy.sparse as sp
from scipy.linalg import lu_factor, lu_solve
from scipy.sparse.linalg import splu

from ...errors import ArgumentError, InputError, ShapeError, UnsupportedError
from ...functions.base import as_operand, has_duals, value_of
from ...functions.foreign import plain_numbers
from ...programs.bound import Swapped, paths_of
from ...quiet import quietly
from ...solve.sparse_factors import SparseLU
from ...solve.vectors import kept
from ..closed import Watched, vector
from ..exact import Jacobian

__all__ = ["consistent_initial_values", "mass_solve", "solve_dae"]

EPS = float(np.finfo(float).eps)
DENSE = 2000
"""Unknowns up to which initial values are made consistent by dense factorisations."""
S6 = 6**0.5
C = np.array([(4 - S6) / 10, (4 + S6) / 10, 1])
A = np.array([
    [(88 - 7 * S6) / 360, (296 - 169 * S6) / 1800, (-2 + 3 * S6) / 225],
    [(296 + 169 * S6) / 1800, (88 + 7 * S6) / 360, (-2 - 3 * S6) / 225],
    [(16 - S6) / 36, (16 + S6) / 36, 1 / 9],
])  # fmt: skip
E = np.array([-13 - 7 * S6, -13 + 7 * S6, -1]) / 3
P = np.array([
    [13 / 3 + 7 * S6 / 3, -23 / 3 - 22 * S6 / 3, 10 / 3 + 5 * S6],
    [13 / 3 - 7 * S6 / 3, -23 / 3 + 22 * S6 / 3, 10 / 3 - 5 * S6],
    [1 / 3, -8 / 3, 10 / 3],
])  # fmt: skip
"""Radau IIA: nodes, matrix, error weights (of SciPy's class) and the interpolating polynomial."""


def eigenvectors() -> tuple[Any, Any, Any, Any]:
    """(real eigenvalue, complex one, T, T^-1) of A^-1.

    With Z = T W and the columns p, q of an eigenvector p + iq of a - ib, A^-1 acts on W1 + i W2 as a + ib.
    """
    values, vectors = np.linalg.eig(np.linalg.inv(A))
    real, cplx = int(np.argmin(np.abs(values.imag))), int(np.argmin(values.imag))
    T = np.stack([vectors[:, real].real, vectors[:, cplx].real, vectors[:, cplx].imag], axis=1)
    return float(values[real].real), complex(values[cplx].conj()), T, np.linalg.inv(T)


AINV = np.linalg.inv(A)
MU_REAL, MU_COMPLEX, T, TI = eigenvectors()
MAX_ORDER = 5
KAPPA = np.array([0, -0.1850, -1 / 9, -0.0823, -0.0415, 0])
GAMMA = np.hstack((0, np.cumsum(1 / np.arange(1, MAX_ORDER + 1))))
ALPHA = (1 - KAPPA) * GAMMA
ERROR = KAPPA * GAMMA + 1 / np.arange(1, MAX_ORDER + 2)
"""Of the numerical differentiation formulas."""


class Problem:
    """F(t, y, y'), and its derivatives.

    Parameters
    ----------
    F : callable
        F(t, y, yp) -> vector (n,), or M y' = f with `mass`.
    n : int
    mass : matrix, optional
        Constant; F is then f(t, y).
    pattern : sparse matrix, optional
        Of df/dy, with a mass matrix.
    compiled : (callable, tuple), optional
        F as a function of (y and y' in one vector, t, *args), or f of (y, t, *args) with `mass`, whose derivatives are
        programs; and args.
    """

    def __init__(self, F: Any, n: Any, mass: Any = None, pattern: Any = None, compiled: Any = None) -> None:
        self.F, self.n, self.mass = F, n, mass
        of: Any = None
        self.args: tuple[Any, ...] = ()
        if compiled is not None:
            of, self.args = compiled
        if mass is None:
            self.both = Jacobian(of or (lambda z, t: vector(F(t, z[:n], z[n:]))))
        else:
            self.single = Jacobian(of or (lambda y, t: vector(F(t, y))), None, pattern)

    def value(self, t: Any, y: Any, yp: Any) -> Any:
        """F."""
        if self.mass is not None:
            return self.mass @ yp - self.checked(self.F(t, y.copy()), "fun(t, y)")
        return self.checked(self.F(t, y.copy(), yp.copy()), "F(t, y, yp)")

    def checked(self, r: Any, what: Any) -> Any:
        """A result as a vector of n numbers."""
        r = np.asarray(value_of(vector(r)), float)
        if r.shape != (self.n,):
            raise ShapeError(f"{what} returned {r.size} numbers for {self.n} unknowns")
        return r

    def jacobians(self, t: Any, y: Any, yp: Any) -> tuple[Any, Any]:
        """(dF/dy, dF/dy'), both sparse or both dense."""
        if self.mass is not None:
            J = value_of(self.single(y, float(t), *self.args))
            M = self.mass
            if sp.issparse(J) or sp.issparse(M):
                return sp.csc_array(-J), sp.csc_array(M)
            return -np.asarray(J), M
        J = value_of(self.both(np.concatenate([y, yp]), float(t), *self.args))
        if sp.issparse(J):
            J = sp.csc_array(J)
        return J[:, : self.n], J[:, self.n :]


def implicit(F: Any, n: Any, args: Any) -> Problem:
    """The problem of F(t, y, yp, *args)."""
    paths = paths_of(F)
    compiled = None
    if paths is not None and paths.fixed is None:
        compiled = kept(F, ("of y and y'", n), lambda F: lambda z, t, *args: vector(F(t, z[:n], z[n:], *args))), args
    return Problem(lambda t, y, yp: F(t, y, yp, *args), n, compiled=compiled)


# ---- consistent initial values -----------------------------------------------------------------


def consistent_initial_values(F: Any, t0: Any, y0: Any, yp0: Any = None, args: Any = ()) -> Any:
    """Initial values (y, y') that satisfy F(t0, y, y') = 0, for equations of index 1.

    What F says nothing about the derivative of is changed in y (the algebraic variables); everything else in y0 stays,
    and y' is computed.

    Parameters
    ----------
    F : callable
        F(t, y, yp, *args) -> as many numbers as y has.
    t0 : float
    y0 : array_like, shape (n,)
    yp0 : array_like, shape (n,), optional
        A first guess; 0 if left out.
    args : tuple

    Returns
    -------
    y, yp : ndarray

    Raises
    ------
    ArgumentError
        If the index is greater than 1, or Newton's method does not end near y0.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.scipy.integrate import consistent_initial_values
    >>> def F(t, y, yp):        # y0' = -y1 with the constraint y0 + y1**3 = 2
    ...     return np.stack([yp[0] + y[1], y[0] + y[1] ** 3 - 2])
    >>> consistent_initial_values(F, 0.0, [1.0, 0.5])[0].round(12)
    array([1., 1.])
    """
    y = start(y0, "y0")
    yp = np.zeros_like(y) if yp0 is None else start(yp0, "yp0", y.size)
    return make_consistent(implicit(F, y.size, args), float(t0), y, yp)


def start(x: Any, what: Any, n: Any = None) -> Any:
    """A vector of float64 of one's own."""
    if has_duals(x):
        raise UnsupportedError(f"{what} carries derivatives; the solution of an implicit equation has none by it here")
    x = np.array(plain_numbers(x, what))
    if x.ndim != 1 or x.dtype.kind not in "biuf" or n is not None and x.size != n:
        wanted = "a vector" if n is None else f"a vector of {n}"
        raise ShapeError(f"{what} has shape {x.shape} and dtype {x.dtype}; expected {wanted} of real numbers")
    x = x.astype(float)
    if not np.isfinite(x).all():
        raise ArgumentError(f"{what} is not finite")
    return x


def make_consistent(problem: Any, t: Any, y: Any, yp: Any) -> tuple[Any, Any]:
    """(y, y') with F = 0."""
    y, yp = y.copy(), yp.copy()
    size = np.maximum(np.abs(y), 1e-3 * max(float(np.abs(y).max(initial=0.0)), 1e-300))
    last = np.inf
    for _ in range(30):
        r = problem.value(t, y, yp)
        if not np.isfinite(r).all():
            raise ArgumentError("F is not finite at the initial values; give others")
        dy, dyp = correction(problem, t, y, yp, r)
        if np.isfinite(dy).all() and np.isfinite(dyp).all():
            y, yp = y + dy, yp + dyp
        change = float(np.max(np.abs(dy) / np.maximum(size, np.abs(y)), initial=0.0))
        moved = float(np.max(np.abs(dyp), initial=0.0)) / max(float(np.max(np.abs(yp), initial=0.0)), 1e-300)
        if max(change, moved) <= 1e-13 or max(change, moved) <= 1e-9 and max(change, moved) >= 0.5 * last:
            return y, yp
        last = max(change, moved)
    if last <= 1e-6:
        return y, yp
    raise ArgumentError(
        f"no consistent initial values were found near y0 (the last change was {last:.2g} of y); give better ones"
    )


def correction(problem: Any, t: Any, y: Any, yp: Any, r: Any) -> Any:
    """Newton's correction of the algebraic part of y, and of y'."""
    Fy, Fyp = problem.jacobians(t, y, yp)
    if problem.n > DENSE:
        return sparse_correction(sp.csc_array(Fy), sp.csc_array(Fyp), r)
    Fy, Fyp = (J.toarray() if sp.issparse(J) else np.asarray(J) for J in (Fy, Fyp))
    rows, columns = ~Fyp.any(axis=1), ~Fyp.any(axis=0)
    scale = np.abs(Fyp).max(axis=1, initial=0.0)
    scale[scale == 0] = 1.0
    U, s, V = np.linalg.svd(Fyp / scale[:, None])
    rank = int(np.sum(s > 1e-11 * max(float(s.max(initial=0.0)), 1e-300))) if s.any() else 0
    if rank == problem.n - rows.sum() == problem.n - columns.sum():     # units alone, without rounding
        null, left = np.eye(problem.n)[:, columns], np.eye(problem.n)[rows]
    else:
        null, left = V[rank:].T, U[:, rank:].T / scale
    if null.shape[1]:
        inner = left @ Fy @ null
        bound = 1e-13 * max(float(np.abs(left @ Fy).max(initial=0.0)), 1e-300)
        if np.linalg.matrix_rank(inner, tol=bound) < len(inner):
            raise ArgumentError(
                "the index is greater than 1: the algebraic equations do not determine the algebraic variables. "
                "Differentiate the constraints by t until they do"
            )
        a = np.linalg.solve(inner, -(left @ r))
        dy = null @ a
    else:
        dy = np.zeros(problem.n)
    return dy, np.linalg.lstsq(Fyp / scale[:, None], -(r + Fy @ dy) / scale, rcond=1e-12)[0]


def sparse_correction(Fy: Any, Fyp: Any, r: Any) -> tuple[Any, Any]:
    """The same where dF/dy' has rows and columns of zeros and is regular without them."""
    n = Fy.shape[0]
    rows = np.bincount(Fyp.indices[Fyp.data != 0], minlength=n) == 0
    columns = np.diff(sp.csc_array(Fyp != 0).indptr) == 0
    dy, dyp = np.zeros(n), np.zeros(n)
    try:
        if rows.sum() != columns.sum():
            raise RuntimeError
        if rows.any():
            dy[columns] = splu(sp.csc_array(Fy[rows][:, columns])).solve(-r[rows])
        if not rows.all():
            dyp[~columns] = splu(sp.csc_array(Fyp[~rows][:, ~columns])).solve(-(r + Fy @ dy)[~rows])
    except RuntimeError:
        raise ArgumentError(
            f"initial values of {n} unknowns are made consistent only where the algebraic variables and equations are "
            "columns and rows of zeros in dF/dy'; give consistent ones and consistent=False"
        ) from None
    return dy, dyp


# ---- the methods -------------------------------------------------------------------------------


def norm(x: Any) -> Any:
    """The root mean square."""
    return float(np.linalg.norm(x)) / x.size**0.5


class Implicit(_scipy.OdeSolver):
    """What both methods have in common; `problem` and `yp0` come with the options of solve_ivp."""

    def __init__(
        self,
        fun: Any,
        t0: Any,
        y0: Any,
        t_bound: Any,
        max_step: Any = np.inf,
        rtol: Any = 1e-3,
        atol: Any = 1e-6,
        vectorized: bool = False,
        first_step: Any = None,
        problem: Any = None,
        yp0: Any = None,
    ) -> None:
        super().__init__(fun, t0, y0, t_bound, vectorized)
        self.problem, self.yp = problem, yp0
        self.t: float
        self.y: Any
        self.max_step, self.rtol, self.atol = check_steps(max_step), check_rtol(rtol), check_atol(atol, self.n)
        self.newton_tol = max(10 * EPS / self.rtol, min(0.03, self.rtol**0.5))
        self.J = self.look(self.t, self.y, self.yp)
        if first_step is None:
            self.h_abs = self.first(t_bound)
        else:
            if not 0 < first_step <= abs(t_bound - t0):
                raise ValueError("`first_step` must be positive and not exceed the interval.")
            self.h_abs = first_step

    def first(self, t_bound: Any) -> Any:
        """A first step that changes y by a hundredth."""
        scale = self.atol + np.abs(self.y) * self.rtol
        d0, d1 = norm(self.y / scale), norm(self.yp / scale)
        h = 1e-6 if d0 < 1e-5 or d1 < 1e-5 else 0.01 * d0 / d1
        if d1 > 0:
            h = min(h, 1.0 / d1)       # y' of the algebraic variables is not known: at most one tolerance
        return min(max(h, 1e-14 * max(abs(self.t), 1.0)), abs(t_bound - self.t), self.max_step)

    def value(self, t: Any, y: Any, yp: Any) -> Any:
        """F, counted."""
        self.nfev += 1
        return self.problem.value(t, y, yp)

    def look(self, t: Any, y: Any, yp: Any) -> Any:
        """The Jacobians, counted."""
        self.njev += 1
        return self.problem.jacobians(t, y, yp)

    def factor(self, shift: Any) -> Any:
        """Of dF/dy + shift dF/dy', as a function that solves; None where that is singular."""
        self.nlu += 1
        Fy, Fyp = self.J
        K = Fy + shift * Fyp
        if sp.issparse(K):
            try:
                return SparseLU(K).solve
            except RuntimeError:
                return None
        if not np.isfinite(K).all():
            return None
        with np.errstate(all="ignore"):
            lu = lu_factor_quietly(K)
        if lu is None:
            return None
        return functools.partial(lu_solve, lu, check_finite=False)

    def least(self) -> Any:
        """The smallest step that time can be told by."""
        return 10 * abs(float(np.nextafter(self.t, self.direction * np.inf)) - self.t)


def lu_factor_quietly(K: Any) -> Any:
    """LU factors, or None of a singular matrix."""
    with quietly():
        lu = lu_factor(K, check_finite=False)
    return lu if (np.diag(lu[0]) != 0).all() else None


def check_steps(max_step: Any) -> Any:
    """As SciPy checks it."""
    if not max_step > 0:
        raise ValueError("`max_step` must be positive.")
    return max_step


def check_rtol(rtol: Any) -> Any:
    """As SciPy checks it."""
    return max(float(np.min(rtol)), 100 * EPS)


def check_atol(atol: Any, n: Any) -> Any:
    """As SciPy checks it."""
    atol = np.asarray(atol, float)
    if atol.ndim > 0 and atol.shape != (n,):
        raise ValueError("`atol` has wrong shape.")
    if (atol < 0).any():
        raise ValueError("`atol` must be positive.")
    return atol


class ImplicitRadau(Implicit):
    """Radau IIA of order 5 for F(t, y, y') = 0."""

    STEPS = 6

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.h_old = self.error_old = None
        self.sol: Any = None
        self.current = True
        self.solvers: Any = None

    def collocate(self, h: Any, Z: Any, scale: Any) -> tuple[Any, Any, Any, Any]:
        """(converged, iterations, Z, rate)."""
        W, Y = TI @ Z, np.empty((3, self.n))
        real, cplx = self.solvers
        old, rate, W_new = None, None, np.empty_like(W)
        for k in range(self.STEPS):
            slopes = AINV @ Z / h
            for i in range(3):
                Y[i] = self.value(self.t + h * C[i], self.y + Z[i], slopes[i])
            if not np.isfinite(Y).all():
                return False, k + 1, Z, rate
            W_new[0] = real(-(TI[0] @ Y))
            w = cplx(-((TI[1] + 1j * TI[2]) @ Y))
            W_new[1], W_new[2] = w.real, w.imag
            size = norm((T @ W_new) / scale)
            if not np.isfinite(size):
                return False, k + 1, Z, rate
            if old is not None:
                rate = size / old
                if rate >= 1 or rate ** (self.STEPS - k) / (1 - rate) * size > self.newton_tol:
                    return False, k + 1, Z, rate
            W = W + W_new
            Z = T @ W
            if size == 0 or rate is not None and rate / (1 - rate) * size < self.newton_tol:
                return True, k + 1, Z, rate
            old = size
        return False, self.STEPS, Z, rate

    def _step_impl(self) -> tuple[Any, Any]:
        t, y = self.t, self.y
        least = self.least()
        h_abs, h_old, error_old = self.h_abs, self.h_old, self.error_old
        if not least <= h_abs <= self.max_step:
            h_abs, h_old, error_old = min(max(h_abs, least), self.max_step), None, None
        rejected = False
        while True:
            if h_abs < least:
                return False, self.TOO_SMALL_STEP
            t_new = t + h_abs * self.direction
            if self.direction * (t_new - self.t_bound) > 0:
                t_new = self.t_bound
            h = t_new - t
            if abs(h) != h_abs:
                self.solvers = None
            h_abs = abs(h)
            Z0 = np.zeros((3, self.n)) if self.sol is None else self.sol(t + h * C).T - y
            scale = self.atol + np.abs(y) * self.rtol
            converged = False
            while not converged:
                if self.solvers is None:
                    self.solvers = self.factor(MU_REAL / h), self.factor(MU_COMPLEX / h)
                if None not in self.solvers:
                    converged, made, Z, rate = self.collocate(h, Z0, scale)
                if not converged:
                    if self.current:
                        break
                    self.J, self.current, self.solvers = self.look(t, y, self.yp), True, None
            if not converged:
                h_abs, self.solvers = 0.5 * h_abs, None
                continue
            y_new = y + Z[-1]
            ZE = E @ Z / h
            error = self.solvers[0](-self.value(t, y, -ZE))
            scale = self.atol + np.maximum(np.abs(y), np.abs(y_new)) * self.rtol
            size = norm(error / scale)
            safety = 0.9 * (2 * self.STEPS + 1) / (2 * self.STEPS + made)
            if size > 1 and (rejected or self.h_old is None):
                error = self.solvers[0](-self.value(t, y + error, -ZE))
                size = norm(error / scale)
            if not size > 1:
                break
            factor = predicted_factor(h_abs, h_old, size, error_old) if np.isfinite(size) else 0.2
            h_abs *= max(0.2, safety * factor)
            self.solvers, rejected = None, True
        again = made > 2 and rate is not None and rate > 1e-3
        factor = min(10, safety * predicted_factor(h_abs, h_old, size, error_old))
        if not again and factor < 1.2:
            factor = 1
        else:
            self.solvers = None
        yp_new = AINV[2] @ Z / h
        if again:
            self.J = self.look(t_new, y_new, yp_new)
        self.current = again
        self.h_old, self.error_old, self.h_abs = h_abs, size, h_abs * factor
        self.y_old, self.t, self.y, self.yp = y, t_new, y_new, yp_new
        self.sol = Polynomial(t, t_new, y, Z.T @ P)
        return True, None

    def _dense_output_impl(self) -> Any:
        return self.sol


def predicted_factor(h: Any, h_old: Any, error: Any, error_old: Any) -> Any:
    """By how much to change a step, from the errors of two (Gustafsson)."""
    if error == 0:
        return np.inf
    multiplier = 1.0 if error_old is None or h_old is None else h / h_old * (error_old / error) ** 0.25
    return min(1.0, multiplier) * error**-0.25


class Polynomial(_scipy.DenseOutput):
    """The collocation polynomial of a step."""

    def __init__(self, t_old: Any, t: Any, y_old: Any, Q: Any) -> None:
        super().__init__(t_old, t)
        self.h, self.Q, self.y_old = t - t_old, Q, y_old

    def _call_impl(self, t: Any) -> Any:
        x = (t - self.t_old) / self.h
        powers = np.stack([x, x**2, x**3])
        y = self.Q @ powers
        return y + (self.y_old[:, None] if y.ndim == 2 else self.y_old)


class ImplicitBDF(Implicit):
    """Numerical differentiation formulas of order 1 to 5 for F(t, y, y') = 0."""

    STEPS = 4

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.D = np.zeros((MAX_ORDER + 3, self.n))
        self.D[0], self.D[1] = self.y, self.yp * self.h_abs * self.direction
        self.order, self.equal = 1, 0
        self.solver: Any = None

    def newton(self, t: Any, y: Any, c: Any, psi: Any, scale: Any) -> tuple[Any, Any, Any, Any]:
        """(converged, iterations, y, d)."""
        d, old, rate = np.zeros(self.n), None, None
        y = y.copy()
        for k in range(self.STEPS):
            r = self.value(t, y, (psi + d) / c)
            if not np.isfinite(r).all():
                return False, k + 1, y, d
            step = self.solver(-r)
            size = norm(step / scale)
            if not np.isfinite(size):
                return False, k + 1, y, d
            if old is not None:
                rate = size / old
                if rate >= 1 or rate ** (self.STEPS - k) / (1 - rate) * size > self.newton_tol:
                    return False, k + 1, y, d
            y, d = y + step, d + step
            if size == 0 or rate is not None and rate / (1 - rate) * size < self.newton_tol:
                return True, k + 1, y, d
            old = size
        return False, self.STEPS, y, d

    def change(self, h_abs: Any, factor: Any) -> Any:
        """Another step."""
        change_differences(self.D, self.order, factor)
        self.equal, self.solver = 0, None
        return h_abs * factor

    def _step_impl(self) -> tuple[Any, Any]:
        t, D = self.t, self.D
        least, h_abs = self.least(), self.h_abs
        if not least <= h_abs <= self.max_step:
            h_abs = self.change(h_abs, min(max(h_abs, least), self.max_step) / h_abs)
        order, current = self.order, False
        while True:
            if h_abs < least:
                return False, self.TOO_SMALL_STEP
            t_new = t + h_abs * self.direction
            if self.direction * (t_new - self.t_bound) > 0:
                t_new = self.t_bound
                self.change(h_abs, abs(t_new - t) / h_abs)
            h = t_new - t
            h_abs = abs(h)
            guess = np.sum(D[: order + 1], axis=0)
            scale = self.atol + self.rtol * np.abs(guess)
            psi = D[1 : order + 1].T @ GAMMA[1 : order + 1] / ALPHA[order]
            c = h / ALPHA[order]
            converged = False
            while not converged:
                if self.solver is None:
                    self.solver = self.factor(1 / c)
                if self.solver is not None:
                    converged, made, y_new, d = self.newton(t_new, guess, c, psi, scale)
                if not converged:
                    if current:
                        break
                    self.J, self.solver, current = self.look(t_new, guess, psi / c), None, True
            if not converged:
                h_abs = self.change(h_abs, 0.5)
                continue
            safety = 0.9 * (2 * self.STEPS + 1) / (2 * self.STEPS + made)
            scale = self.atol + self.rtol * np.abs(y_new)
            size = norm(ERROR[order] * d / scale)
            if not size > 1:
                break
            factor = max(0.2, safety * size ** (-1 / (order + 1))) if np.isfinite(size) else 0.2
            h_abs = self.change(h_abs, factor)
        self.equal += 1
        self.t, self.y, self.yp, self.h_abs = t_new, y_new, (psi + d) / c, h_abs
        D[order + 2] = d - D[order + 1]
        D[order + 1] = d
        for i in reversed(range(order + 1)):
            D[i] += D[i + 1]
        if self.equal < order + 1:
            return True, None
        lower = norm(ERROR[order - 1] * D[order] / scale) if order > 1 else np.inf
        higher = norm(ERROR[order + 1] * D[order + 2] / scale) if order < MAX_ORDER else np.inf
        with np.errstate(divide="ignore"):
            factors = np.array([lower, size, higher]) ** (-1 / np.arange(order, order + 3))
        self.order = order + int(np.argmax(factors)) - 1
        self.h_abs = self.change(h_abs, min(10, safety * float(np.max(factors))))
        return True, None

    def _dense_output_impl(self) -> Any:
        return Differences(self.t_old, self.t, self.h_abs * self.direction, self.order, self.D[: self.order + 1].copy())


def differences(order: Any, factor: Any) -> Any:
    """The matrix that changes the step of backward differences."""
    i, j = np.arange(1, order + 1)[:, None], np.arange(1, order + 1)
    M = np.zeros((order + 1, order + 1))
    M[1:, 1:] = (i - 1 - factor * j) / i
    M[0] = 1
    return np.cumprod(M, axis=0)


def change_differences(D: Any, order: Any, factor: Any) -> None:
    """Backward differences for another step, in place."""
    D[: order + 1] = (differences(order, factor) @ differences(order, 1)).T @ D[: order + 1]


class Differences(_scipy.DenseOutput):
    """The polynomial through backward differences."""

    def __init__(self, t_old: Any, t: Any, h: Any, order: Any, D: Any) -> None:
        super().__init__(t_old, t)
        self.shift, self.denominator, self.D = t - h * np.arange(order), h * (1 + np.arange(order)), D

    def _call_impl(self, t: Any) -> Any:
        if t.ndim == 0:
            return self.D[1:].T @ np.cumprod((t - self.shift) / self.denominator) + self.D[0]
        x = (t - self.shift[:, None]) / self.denominator[:, None]
        return self.D[1:].T @ np.cumprod(x, axis=0) + self.D[0][:, None]


METHODS = {"Radau": ImplicitRadau, "BDF": ImplicitBDF}


# ---- the calls ---------------------------------------------------------------------------------


def method_named(method: Any) -> Any:
    """The class of a method."""
    if method not in METHODS:
        raise ArgumentError(f"method {method!r} does not solve implicit equations; there are 'Radau' and 'BDF'")
    return METHODS[method]


def run(
    problem: Any,
    t_span: Any,
    y: Any,
    yp: Any,
    method: Any,
    t_eval: Any,
    dense_output: Any,
    events: Any,
    args: Any,
    consistent: Any,
    options: Any,
) -> Any:
    """SciPy's solve_ivp with one of the methods here."""
    for name in options:
        if name not in ("rtol", "atol", "max_step", "first_step"):
            raise ArgumentError(f"unknown option {name!r}; there are rtol, atol, max_step, first_step")
    kind = method_named(method)
    t0, t1 = map(float, t_span)
    if consistent:
        y, yp = make_consistent(problem, t0, y, yp)
    if events is not None and args:
        events = (events,) if callable(events) else events
        events = [bound_event(event, args) for event in events]
    found = _scipy.solve_ivp(
        lambda t, y: np.zeros_like(y), (t0, t1), y, method=kind, t_eval=t_eval, dense_output=dense_output,
        events=events, problem=problem, yp0=yp, **options,
    )  # fmt: skip
    found.y0, found.yp0 = y, yp
    return found


def bound_event(event: Any, args: Any) -> Callable[..., Any]:
    """An event with its further arguments, and SciPy's attributes."""
    def bound(t: Any, y: Any) -> Any:
        return event(t, y, *args)

    for name in ("terminal", "direction"):
        if hasattr(event, name):
            setattr(bound, name, getattr(event, name))
    return bound


def refuse_duals(watched: Any, args: Any) -> None:
    """Raises where the solution would have to carry derivatives."""
    if watched.tags or any(has_duals(x) for x in args):
        raise UnsupportedError(
            "the solution of an implicit differential equation has no derivatives here; write y' = f(t, y) for "
            "solve_ivp without mass_matrix if it can be solved for y'"
        )


def mass_solve(
    fun: Any,
    t_span: Any,
    y0: Any,
    mass_matrix: Any,
    method: str = "Radau",
    t_eval: Any = None,
    dense_output: bool = False,
    events: Any = None,
    vectorized: bool = False,
    args: Any = None,
    consistent: bool = True,
    jac_sparsity: Any = None,
    **options: Any,
) -> Any:
    """`solve_ivp` of M y' = fun(t, y); see there."""
    y = start(y0, "y0")
    given = () if args is None else tuple(args)
    if any(has_duals(x) for x in (*given, mass_matrix)):
        refuse_duals(Watched(fun), [1])
    if method == "RK45":        # the default of solve_ivp
        method = "Radau"
    M = mass_matrix
    if vectorized:
        def right(t: Any, y: Any) -> Any:
            return fun(t, y.reshape((-1, 1)), *given)
    else:
        def right(t: Any, y: Any) -> Any:
            return fun(t, y, *given)

    watched = Watched(right)
    if callable(M):
        wanted = M

        def F(t: Any, y: Any, yp: Any) -> Any:
            return as_operand(wanted(t, y)) @ yp - vector(right(t, y))

        problem = Problem(F, y.size)
    else:
        M = sp.csc_array(M).astype(float) if sp.issparse(M) else np.asarray(M, float)
        if not sp.issparse(M) and M.ndim == 1:
            M = np.diag(M)
        if M.shape != (y.size, y.size):
            raise ShapeError(f"mass_matrix has shape {M.shape}; y0 has {y.size} elements")
        value_of(vector(watched(float(t_span[0]), y.copy())))
        if watched.tags:
            refuse_duals(watched, ())
        compiled = (Swapped(fun), given) if paths_of(fun) is not None and not vectorized else None
        problem = Problem(right, y.size, M, jac_sparsity, compiled)
    if options.pop("jac", None) is not None:
        raise ArgumentError("jac is not taken with mass_matrix: it is exact; leave it out")
    return run(problem, t_span, y, np.zeros_like(y), method, t_eval, dense_output, events, given, consistent, options)


def solve_dae(
    F: Any,
    t_span: Any,
    y0: Any,
    yp0: Any = None,
    method: str = "Radau",
    t_eval: Any = None,
    dense_output: bool = False,
    events: Any = None,
    args: Any = (),
    consistent: bool = True,
    **options: Any,
) -> Any:
    """Solves F(t, y, y') = 0 of index 1, with exact dF/dy and dF/dy', sparse where they are.

    Parameters
    ----------
    F : callable
        F(t, y, yp, *args) -> as many numbers as y has.
    t_span : (float, float)
    y0, yp0 : array_like, shape (n,)
        Initial values; yp0 is 0 if left out.
    method : {"Radau", "BDF"}
    t_eval, dense_output, events, args
        As in `scipy.integrate.solve_ivp`.
    consistent : bool
        Make the initial values consistent first: `consistent_initial_values`.
    **options
        rtol, atol, first_step, max_step, as in SciPy.

    Returns
    -------
    scipy.optimize.OptimizeResult
        As that of solve_ivp; y0 and yp0 are the initial values that were used.

    Raises
    ------
    ArgumentError
        If there are no consistent initial values near y0, or the index is greater than 1.
    InputError
        If F is not callable.
    DualDiffError
        If F uses something that cannot be differentiated.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.scipy.integrate import solve_dae
    >>> def F(t, y, yp):        # y0' = -y0 and y1 = y0**2
    ...     return np.stack([yp[0] + y[0], y[1] - y[0] ** 2])
    >>> s = solve_dae(F, (0, 1), [1.0, 0.0], rtol=1e-8, atol=1e-10)
    >>> s.y[:, 0], bool(np.allclose(s.y[:, -1], [np.exp(-1), np.exp(-2)], atol=1e-8))
    (array([1., 1.]), True)
    """
    if not callable(F):
        raise InputError(f"F is a {type(F).__name__}; expected F(t, y, yp)")
    y = start(y0, "y0")
    yp = np.zeros_like(y) if yp0 is None else start(yp0, "yp0", y.size)
    args = args if isinstance(args, tuple) else (args,)
    watched = Watched(lambda t, y, yp: F(t, y, yp, *args))
    watched(float(t_span[0]), y.copy(), yp.copy())
    refuse_duals(watched, args)
    problem = implicit(F, y.size, args)
    return run(problem, t_span, y, yp, method, t_eval, dense_output, events, args, consistent, options)
