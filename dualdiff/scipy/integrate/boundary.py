"""Boundary value problems: the solution by what the equations and the conditions depend on.

SciPy's solution satisfies the collocation equations of a cubic on the mesh that it chose.  These, with the boundary
conditions, are one system F(z, p) = 0 for the values on the mesh and the unknown parameters, so dz = -(dF/dz)^-1 dF
(see dualdiff.solve.implicit).

Invariant: the value is SciPy's.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.integrate as _scipy

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, has_duals, value_of
from ...maps.tangents import is_dual
from ...solve.implicit import attach
from ...solve.options import Settings
from ...solve.problem import Problem
from ..applied import plain
from ..closed import Watched, buffer

__all__ = ["solve_bvp"]


def solve_bvp(
    fun: Any,
    bc: Any,
    x: Any,
    y: Any,
    p: Any = None,
    S: Any = None,
    fun_jac: Any = None,
    bc_jac: Any = None,
    tol: Any = 0.001,
    max_nodes: Any = 1000,
    verbose: Any = 0,
    bc_tol: Any = None,
) -> Any:
    """`scipy.integrate.solve_bvp`, differentiable by what fun and bc close over and by the ends of x.

    Parameters
    ----------
    fun, bc, x, y, p, S, fun_jac, bc_jac, tol, max_nodes, verbose, bc_tol
        As in SciPy.  The solution does not depend on the guesses y and p, nor on the mesh inside.

    Returns
    -------
    As SciPy; inside of a derivative x, y, yp, p and sol carry it, at fixed fractions of the interval.

    Raises
    ------
    DualDiffError
        If fun or bc uses something that cannot be differentiated.
    UnsupportedError
        For a singular term S, and for unknowns that are complex.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.integrate import solve_bvp
    >>> x = np.linspace(0, 1, 11)
    >>> def slope(k):       # y'' = -k y, y(0) = 0, y(1) = 1
    ...     s = solve_bvp(lambda x, y: np.stack([y[1], -k * y[0]]), lambda a, b: np.stack([a[0], b[0] - 1]), x,
    ...                   np.zeros((2, 11)), tol=1e-8)
    ...     return s.y[1, 0]
    >>> round(dd.derivative(slope)(1.0), 5)     # of sqrt(k) / sin(sqrt(k))
    0.21267
    """
    equations, conditions = Watched(fun), Watched(bc)
    found = _scipy.solve_bvp(
        equations, conditions, plain(x), plain(y), p=plain(p), S=S, fun_jac=watched_pair(fun_jac),
        bc_jac=watched_pair(bc_jac), tol=tol, max_nodes=max_nodes, verbose=verbose, bc_tol=bc_tol,
    )  # fmt: skip
    if not (equations.tags or conditions.tags or has_duals(x)):
        return found
    if S is not None:
        raise UnsupportedError("solve_bvp with a singular term S has no derivative here; put the term into fun")
    if found.y.dtype.kind == "c":
        raise UnsupportedError("solve_bvp of complex unknowns: take their real and imaginary parts as unknowns")
    mesh = found.x
    x = as_operand(x)
    if is_dual(x):
        share = (mesh - mesh[0]) / (mesh[-1] - mesh[0])
        mesh = exact(x[0] + (x[-1] - x[0]) * share, mesh)
    n, m = found.y.shape
    k = 0 if found.p is None else len(found.p)
    h = np.diff(mesh)
    middles = mesh[:-1] + 0.5 * h

    def rates(t: Any, Y: Any, P: Any) -> Any:
        Y = buffer(Y)
        f = fun(t, Y, P) if k else fun(t, Y)
        return np.stack(list(f)) if isinstance(f, (list, tuple)) else f

    def F(z: Any) -> Any:
        Y, P = np.reshape(z[: n * m], (n, m)), z[n * m :]
        f = rates(mesh, Y, P)
        between = 0.5 * (Y[:, 1:] + Y[:, :-1]) - 0.125 * h * (f[:, 1:] - f[:, :-1])
        g = rates(middles, between, P)
        collocation = Y[:, 1:] - Y[:, :-1] - h / 6 * (f[:, :-1] + f[:, 1:] + 4 * g)
        left, right = buffer(Y[:, 0]), buffer(Y[:, -1])
        ends = bc(left, right, P) if k else bc(left, right)
        ends = np.stack(list(ends)) if isinstance(ends, (list, tuple)) else ends
        return np.concatenate([np.reshape(collocation, (-1,)), np.reshape(ends, (-1,))])

    z0 = np.concatenate([found.y.ravel(), found.p if k else np.zeros(0)])
    z = attach(Problem(F, z0, (), Settings()), (), z0, found.success)
    Y, P = np.reshape(z[: n * m], (n, m)), z[n * m :]
    f = rates(mesh, Y, P)
    found.sol = Spline(mesh, Y, f, found.sol)
    found.x, found.y, found.yp = exact(mesh, found.x), exact(Y, found.y), exact(f, found.yp)
    if k:
        found.p = exact(P, found.p)
    return found


def watched_pair(jac: Any) -> Callable[..., Any] | None:
    """A Jacobian of the user's with plain results."""
    if jac is None:
        return None

    def plain_jac(*args: Any) -> Any:
        found = jac(*args)
        return tuple(value_of(as_operand(J)) for J in found)

    return plain_jac


class Spline:
    """The cubic of a solution, as a function of x; SciPy's PPoly with derivatives.

    Attributes
    ----------
    c, x, extrapolate
        SciPy's.
    """

    def __init__(self, mesh: Any, y: Any, f: Any, sol: Any) -> None:
        self.mesh, self.y, self.f, self.sol = mesh, y, f, sol

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["sol"], name)

    def __call__(self, x: Any, nu: Any = 0, extrapolate: Any = None) -> Any:
        """The solution, or its derivative of order nu, at x."""
        x = as_operand(x)
        value = self.sol(value_of(x), nu, extrapolate)
        places = np.clip(np.searchsorted(value_of(self.mesh), value_of(x), side="right") - 1, 0, len(self.sol.x) - 2)
        left, h = self.mesh[places], self.mesh[places + 1] - self.mesh[places]
        a, b, fa, fb = self.y[:, places], self.y[:, places + 1], self.f[:, places], self.f[:, places + 1]
        slope = (b - a) / h
        t = (fa + fb - 2 * slope) / h
        c = [a, fa, (slope - fa) / h - t, t / h]
        for _ in range(nu):
            c = [i * c[i] for i in range(1, len(c))]
        s = x - left
        total = 0.0 * s * a
        for coefficient in c[::-1]:
            total = total * s + coefficient
        return exact(total, value)
