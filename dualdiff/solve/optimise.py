"""Least squares and minimization: SciPy's methods, chosen by size, with exact derivatives.

SciPy's trust-region methods are as good as what could be written here, given exact derivatives; what is decided here
is which method, and whether J or H is a matrix, a sparse matrix, or products.

Invariant: results are SciPy's.  Imported by dualdiff/solve/__init__.py.
"""

import numpy as np

from ..automatic import as_asked
from ..errors import ArgumentError, InputError
from ..scipy import optimize as exact
from .options import nearest
from .problem import first_point

__all__ = ["least_squares", "minimize"]

SMALL = 200
METHODS = ("auto", "trust-exact", "trust-krylov", "trust-ncg", "newton-cg", "trust-constr", "l-bfgs-b", "bfgs")


def least_squares(fun, x0, args=(), *, jac=None, bounds=(-np.inf, np.inf), tol=None, lift="auto", **more):
    """Minimises |F(x)|^2 by a trust-region Gauss-Newton method on the exact J.

    J is dense up to 50 unknowns, sparse and coloured where at most a tenth of it is nonzero, and products of one
    recording (with LSMR) where it is full and has 2000 columns or more.

    Parameters
    ----------
    fun : callable
        fun(x, *args) -> residuals, any number of them in any shape.
    x0 : array_like
        The start, of any shape.
    args : tuple
        Further arguments.
    jac : callable, optional
        jac(x, *args) in place of dualdiff's, for a one-dimensional x.
    bounds : scipy.optimize.Bounds or (lb, ub)
        Each a number or in the shape of x0.
    tol : float, optional
        ftol, xtol and gtol at once; 1e-8 each by default.
    **more
        Of `scipy.optimize.least_squares`: loss, x_scale, max_nfev, verbose, method ("trf", "dogbox", "lm") and others.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    scipy.optimize.OptimizeResult
        SciPy's, with x in the shape of x0.

    Raises
    ------
    ArgumentError
        If x0 is not finite, or bounds cross.
    DualDiffError
        If fun uses something that cannot be differentiated.

    References
    ----------
    Branch, Coleman and Li, SIAM J. Sci. Comput. 21 (1999) 1-23; Fong and Saunders, SIAM J. Sci. Comput. 33 (2011).

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> t = np.linspace(0, 1, 20)
    >>> r = solve.least_squares(lambda p: p[0] * np.exp(p[1] * t) - 2 * np.exp(-3 * t), np.ones(2))
    >>> r.x.round(6), bool(r.cost < 1e-15)
    (array([ 2., -3.]), True)
    """
    fun = as_asked(fun, lift)
    if not callable(fun):
        raise InputError(f"fun is a {type(fun).__name__}; expected a function of x")
    x = first_point(x0).astype(float)
    args = args if isinstance(args, tuple) else (args,)

    def F(v):
        return flat_of(fun(v if x.ndim == 1 else v.reshape(x.shape), *args))

    if isinstance(bounds, (tuple, list)) and len(bounds) == 2:
        bounds = tuple(np.broadcast_to(np.asarray(side, float), x.shape).ravel() for side in bounds)
        if (bounds[0] >= bounds[1]).any():
            raise ArgumentError("bounds cross: each lb must be less than its ub")
    given = None if jac is None else (lambda v: jac(v, *args))
    if tol is not None:
        more = {"ftol": tol, "xtol": tol, "gtol": tol, **more}
    r = exact.least_squares(F, x.ravel(), jac=given, bounds=bounds, **more)
    r.x = r.x.reshape(x.shape)
    return r


def minimize(
    fun, x0, args=(), *, method="auto", bounds=None, constraints=(), tol=None, callback=None, options=None, lift="auto"
):
    """Minimises a function of many variables with exact first and second derivatives.

    Parameters
    ----------
    fun : callable
        fun(x, *args) -> one number.
    x0 : array_like
        The start, of any shape.
    args : tuple
        Further arguments.
    method : str
        "auto": "trust-exact" on the dense Hessian up to 200 unknowns, "trust-krylov" on Hessian products (one
        recording of the gradient a step) beyond; with bounds "l-bfgs-b" on exact gradients, with constraints
        "trust-constr".  Or one of SciPy's names.
    bounds, constraints, tol, callback, options
        As in `scipy.optimize.minimize`.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    scipy.optimize.OptimizeResult
        SciPy's, with x and jac in the shape of x0.

    Raises
    ------
    ArgumentError
        If the method is unknown or x0 is not finite.
    DualDiffError
        If fun uses something that cannot be differentiated.

    References
    ----------
    Nocedal and Wright, Numerical Optimization, 2nd ed., 2006, chapters 4 and 7; Gould, Lucidi, Roma and Toint, SIAM J.
    Optim. 9 (1999) 504-525.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> r = solve.minimize(lambda x: np.sum(100 * (x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2), np.full(5, -1.2))
    >>> r.success, r.x.round(6)
    (True, array([1., 1., 1., 1., 1.]))
    """
    fun = as_asked(fun, lift)
    if not callable(fun):
        raise InputError(f"fun is a {type(fun).__name__}; expected a function of x")
    x = first_point(x0).astype(float)
    args = args if isinstance(args, tuple) else (args,)
    if not isinstance(method, str):
        raise InputError(f"method is a {type(method).__name__}; expected a name")
    known = (*METHODS, "cg", "tnc", "slsqp", "dogleg")
    if method.lower() not in known:
        raise ArgumentError(f"unknown method {method!r}{nearest(method.lower(), known)}")
    if method == "auto":
        if constraints != ():
            method = "trust-constr"
        elif bounds is not None:
            method = "l-bfgs-b"
        else:
            method = "trust-exact" if x.size <= SMALL else "trust-krylov"

    def f(v):
        y = fun(v if x.ndim == 1 else v.reshape(x.shape), *args)
        if y is None:
            raise InputError("fun(x) returned None (is a return statement missing?)")
        if isinstance(y, (str, bytes, dict, set)) or np.size(y) != 1:
            what = f"an array of shape {np.shape(y)}" if np.ndim(y) else f"a {type(y).__name__}"
            raise InputError(f"fun(x) returned {what}; minimize needs one number; for residuals: solve.least_squares")
        return y

    r = exact.minimize(
        f, x.ravel(), method=method, bounds=bounds, constraints=constraints, tol=tol, callback=callback, options=options
    )
    r.x = np.reshape(r.x, x.shape)
    if "jac" in r and np.size(r.jac) == x.size:
        r.jac = np.reshape(r.jac, x.shape)
    return r


def flat_of(y):
    """Residuals as one vector: an array, a number, or a list or tuple of them."""
    if isinstance(y, (list, tuple)):
        return np.concatenate([np.ravel(part) for part in y])
    return np.ravel(y)
