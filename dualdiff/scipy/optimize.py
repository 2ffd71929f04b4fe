"""scipy.optimize where derivatives that are left out are exact, and results are differentiable.

A result depends on args and on what the functions close over: inside of a derivative it is a dual, by the implicit
function theorem at the root or at the minimiser (solutions.py).  It does not depend on the start.

    minimize least_squares root root_scalar curve_fit NonlinearConstraint

have SciPy's signatures; a jac, hess, hessp, fprime or jac_sparsity that is not given is made from the function by
dualdiff, sparse where the problem is.  What is given is passed on, and every other name is SciPy's own.  A function
that cannot be differentiated raises an error that names the operation; write jac="2-point" for SciPy's differences.

Invariant: the methods and their results are SciPy's.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize as _scipy

import dualdiff as dd

from ..errors import InputError, UnsupportedError
from ..functions.base import as_operand, exact, has_duals, value_of
from ..functions.foreign import plain_numbers
from ..solve.call import hold
from .applied import at_home, plain, theirs
from .closed import Watched, leaves, refuses_closed, tags_of
from .exact import SPARSE_FROM, Gradient, HessianProduct, Jacobian, as_operator, dense_hessian
from .solutions import minimiser, root_of

__all__ = ["NonlinearConstraint", "curve_fit", "least_squares", "linear_sum_assignment", "lsq_linear", "minimize",
           "minimize_scalar", "nnls", "root", "root_scalar", "rosen_der", "rosen_hess", "rosen_hess_prod"]  # fmt: skip

GRADIENT = {
    "cg", "bfgs", "newton-cg", "l-bfgs-b", "tnc", "slsqp", "dogleg", "trust-ncg", "trust-krylov", "trust-exact",
    "trust-constr",
}  # fmt: skip
MATRIX = {"dogleg", "trust-exact"}
PRODUCT = {"newton-cg", "trust-ncg", "trust-krylov", "trust-constr"}
OPERATOR_FROM = 2000
"""Unknowns from which a J that is not sparse is used as an operator."""


def __getattr__(name: str) -> Any:
    if name in REFUSED and hasattr(_scipy, name):
        found = globals()[name] = refuses_closed(_scipy, name, REFUSED[name])
        return found
    return theirs(_scipy, name)


def watched_or_none(f: Any) -> Any:
    """A function of the user's with plain results."""
    return Watched(f) if callable(f) else f


def depends(args: Any, *functions: Any) -> bool:
    """Whether args hold duals, or functions have returned some."""
    return bool(tags_of(*leaves(args))) or any(isinstance(f, Watched) and f.tags for f in functions)


def __dir__() -> Any:
    return sorted({*dir(_scipy), *__all__})


def minimize(
    fun: Any,
    x0: Any,
    args: Any = (),
    method: Any = None,
    jac: Any = None,
    hess: Any = None,
    hessp: Any = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: Any = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    """`scipy.optimize.minimize`; jac, hess or hessp, where the method wants them, are exact if left out.

    Parameters
    ----------
    fun, x0, args, method, jac, hess, hessp, bounds, constraints, tol, callback, options
        As in SciPy.  Constraints given as dicts get an exact jac too.

    Returns
    -------
    scipy.optimize.OptimizeResult

    Raises
    ------
    DualDiffError
        If fun uses something that cannot be differentiated.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.scipy.optimize import minimize, rosen
    >>> minimize(rosen, np.zeros(4), method="trust-exact").x.round(3)
    array([1., 1., 1., 1.])
    """
    given = args if isinstance(args, tuple) else (args,)
    args, _ = hold(given)
    x0 = plain(plain_numbers(x0, "x0"))
    x = np.atleast_1d(np.asarray(x0))
    if x.dtype.kind == "c":
        raise InputError("x0 is complex; minimise by the real and the imaginary part as two unknowns")
    name = method.lower() if isinstance(method, str) else method
    sides, conditions = None, []
    if not callable(method):    # one of the user's gets both as they are
        if isinstance(constraints, (dict, _scipy.LinearConstraint, _scipy.NonlinearConstraint)):
            constraints = (constraints,)
        sides = None if bounds is None else bound_sides(bounds, x.size)
        if sides is not None and has_duals(sides):
            bounds = _scipy.Bounds(*map(value_of, sides))
        conditions = [Condition(c, x.astype(float)) for c in constraints or ()]
        constraints = tuple(c.plain() for c in conditions)
    wants = name is None or callable(name) or name in GRADIENT
    if jac is None and wants:
        jac = Gradient(fun)
        if hess is None and hessp is None:
            if name in MATRIX or name == "trust-constr" and x.size < SPARSE_FROM:
                hess = dense_hessian(fun)
            elif name in PRODUCT:
                hessp = HessianProduct(fun)
    together = jac is True
    watched = WatchedPair(fun) if together else Watched(fun)
    found = _scipy.minimize(
        watched, x0, args=args, method=method, jac=watched_or_none(jac), hess=watched_or_none(hess),
        hessp=watched_or_none(hessp), bounds=bounds, constraints=constraints, tol=tol, callback=callback,
        options=options,
    )  # fmt: skip
    if not (watched.tags or tags_of(*leaves(given)) or has_duals(sides) or any(c.tags() for c in conditions)):
        return found

    def f(z: Any) -> Any:
        z = z if np.ndim(x0) else np.reshape(z, np.shape(x0))
        return fun(z, *given)[0] if together else fun(z, *given)

    equal = [e for c in conditions for e in c.equal()]
    unequal = [e for c in conditions for e in c.unequal()]
    x = minimiser(f, np.atleast_1d(found.x), sides, equal, unequal, found.success)
    found.x = exact(np.reshape(x, np.shape(found.x)), found.x)
    found.fun = exact(np.reshape(as_operand(f(x)), np.shape(found.fun)), np.asarray(found.fun)[()])
    return found


def bound_sides(bounds: Any, n: Any) -> Any:
    """(lb, ub) as vectors, which may be duals; None where they do not fit, which SciPy says."""
    if isinstance(bounds, _scipy.Bounds):
        sides = [as_operand(side) for side in (bounds.lb, bounds.ub)]
        return tuple(np.broadcast_to(s, (n,)) for s in sides) if all(np.size(s) in (1, n) for s in sides) else None
    pairs = list(bounds)
    if len(pairs) != n or any(np.shape(p) != (2,) for p in pairs):
        return None

    def side(i: Any, none: Any) -> Any:
        return as_operand([none if p[i] is None else p[i] for p in pairs]) + np.zeros(n)

    return side(0, -np.inf), side(1, np.inf)


class WatchedPair(Watched):
    """A function that returns its value and its gradient, plain."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        found = self.fun(*args, **kwargs)
        self.tags |= tags_of(*found)
        return tuple(value_of(as_operand(y)) for y in found)


class Condition:
    """A constraint of `minimize`: as SciPy takes it, plain, and as functions that are 0 or not negative."""

    def __init__(self, given: Any, point: Any) -> None:
        self.given, self.point = given, point
        self.watched = []

    def watch(self, f: Any) -> Any:
        """F with plain results."""
        self.watched.append(Watched(f))
        return self.watched[-1]

    def plain(self) -> Any:
        """For SciPy."""
        c = self.given
        if isinstance(c, dict):
            found = with_jac({**c, "args": hold(tuple(c.get("args", ())))[0]})
            for name in ("fun", "jac"):
                if callable(found.get(name)):
                    found = {**found, name: self.watch(found[name])}
            return found
        if isinstance(c, _scipy.LinearConstraint):
            if not tags_of(c.A, c.lb, c.ub):
                return c
            return _scipy.LinearConstraint(*(value_of(as_operand(y)) for y in (c.A, c.lb, c.ub)), c.keep_feasible)
        jac, hess = (self.watch(f) if callable(f) and not isinstance(f, type) and not hasattr(f, "update") else f
                     for f in (c.jac, c.hess))  # fmt: skip
        return _scipy.NonlinearConstraint(
            self.watch(c.fun), value_of(as_operand(c.lb)), value_of(as_operand(c.ub)), jac, hess, c.keep_feasible,
            c.finite_diff_rel_step, c.finite_diff_jac_sparsity,
        )  # fmt: skip

    def tags(self) -> Any:
        """The derivative calls that it belongs to."""
        c = self.given
        own = leaves(tuple(c.get("args", ()))) if isinstance(c, dict) else [
            y for y in (getattr(c, "A", None), c.lb, c.ub) if y is not None and has_duals(as_operand(y))
        ]
        return tags_of(*own).union(*(w.tags for w in self.watched))

    def parts(self) -> tuple[Any, Any, Any]:
        """(function, lb, ub), vectors."""
        c = self.given
        if isinstance(c, dict):
            args = tuple(c.get("args", ()))

            def at(z: Any) -> Any:
                return np.reshape(as_operand(c["fun"](z, *args)), (-1,))

            return at, 0.0, 0.0 if c["type"].lower() == "eq" else np.inf
        if isinstance(c, _scipy.LinearConstraint):
            return (lambda z: np.reshape(as_operand(c.A) @ z, (-1,))), c.lb, c.ub
        return (lambda z: np.reshape(as_operand(c.fun(z)), (-1,))), c.lb, c.ub

    def sides(self) -> tuple[Any, Any, Any, Any]:
        """The function, and its bounds with the places where they are equal, below and above."""
        f, lb, ub = self.parts()
        m = np.shape(f(self.point))[0]
        lb, ub = (np.broadcast_to(as_operand(side), (m,)) for side in (lb, ub))
        same = value_of(lb) == value_of(ub)
        return f, lb, ub, same

    def equal(self) -> Any:
        """Functions that are 0 at the solution."""
        f, lb, _, same = self.sides()
        return [lambda z: (f(z) - lb)[same]] if same.any() else []

    def unequal(self) -> Any:
        """Functions that are not negative at the solution."""
        f, lb, ub, same = self.sides()
        low = ~same & np.isfinite(value_of(lb))
        high = ~same & np.isfinite(value_of(ub))
        found = []
        if low.any():
            found.append(lambda z: (f(z) - lb)[low])
        if high.any():
            found.append(lambda z: (ub - f(z))[high])
        return found


def with_jac(constraint: Any) -> Any:
    """A constraint's dict with an exact jac."""
    if constraint.get("jac") is not None or "fun" not in constraint:
        return constraint
    return {**constraint, "jac": Jacobian(constraint["fun"], sparse=False)}


class NonlinearConstraint(_scipy.NonlinearConstraint):
    """`scipy.optimize.NonlinearConstraint` with exact jac and hess where they are left out.

    Parameters
    ----------
    fun, lb, ub, jac, hess, keep_feasible, finite_diff_rel_step, finite_diff_jac_sparsity
        As in SciPy.
    """

    def __init__(
        self,
        fun: Any,
        lb: Any,
        ub: Any,
        jac: Any = None,
        hess: Any = None,
        keep_feasible: bool = False,
        finite_diff_rel_step: Any = None,
        finite_diff_jac_sparsity: Any = None,
    ) -> None:
        if jac is None:
            jac = Jacobian(fun, sparse=False)
            if hess is None:
                weighted = dense_hessian(lambda x, v: np.sum(v * jac.f(x)))

                def hess(x: Any, v: Any) -> Any:
                    return weighted(x, v)
        super().__init__(
            fun, lb, ub, jac, _scipy.BFGS() if hess is None else hess, keep_feasible, finite_diff_rel_step,
            finite_diff_jac_sparsity,
        )  # fmt: skip


def least_squares(
    fun: Any,
    x0: Any,
    jac: Any = None,
    bounds: Any = (-np.inf, np.inf),
    method: str = "trf",
    ftol: Any = 1e-8,
    xtol: Any = 1e-8,
    gtol: Any = 1e-8,
    x_scale: Any = None,
    loss: str = "linear",
    f_scale: Any = 1.0,
    diff_step: Any = None,
    tr_solver: Any = None,
    tr_options: Any = None,
    jac_sparsity: Any = None,
    max_nfev: Any = None,
    verbose: Any = 0,
    args: Any = (),
    kwargs: Any = None,
    **more: Any,
) -> Any:
    """`scipy.optimize.least_squares`; J is exact if left out: dense, sparse, or as an operator.

    Parameters
    ----------
    fun, x0, jac, bounds, method, ftol, xtol, gtol, x_scale, loss, f_scale, diff_step, tr_solver, tr_options
        As in SciPy; `jac_sparsity` gives the pattern of the exact J.
    jac_sparsity, max_nfev, verbose, args, kwargs
        As in SciPy.
    **more
        What newer versions of SciPy take.

    Returns
    -------
    scipy.optimize.OptimizeResult

    Raises
    ------
    DualDiffError
        If fun uses something that cannot be differentiated.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.scipy.optimize import least_squares
    >>> t = np.linspace(0, 1, 20)
    >>> least_squares(lambda p: p[0] * np.exp(p[1] * t) - 2 * np.exp(-3 * t), np.ones(2)).x.round(6)
    array([ 2., -3.])
    """
    kwargs = {} if kwargs is None else kwargs
    given = args if isinstance(args, tuple) else (args,)
    args, _ = hold(given)
    x0 = plain(plain_numbers(x0, "x0"))
    x = np.atleast_1d(np.asarray(x0))
    sides = (bounds.lb, bounds.ub) if isinstance(bounds, _scipy.Bounds) else bounds
    if has_duals(sides):
        bounds = tuple(plain(side) for side in sides)
    lapack = method == "lm" or tr_solver == "exact"
    if lapack and jac_sparsity is not None or x.dtype.kind not in "biuf":
        jac = "2-point" if jac is None else jac     # SciPy says what is wrong
    if jac is None:
        x = x.astype(float)
        jac = Jacobian(fun, kwargs, None if jac_sparsity is None else jac_sparsity, sparse=not lapack)
        jac_sparsity = None
        if not lapack and not jac.decide(x, *args) and x.size >= OPERATOR_FROM:
            f = jac.f

            def jac(x: Any, *args: Any, **kwargs: Any) -> Any:
                return as_operator(f, x, *args)

            tr_solver = tr_solver or "lsmr"
        else:
            inner = jac

            def jac(x: Any, *args: Any, **kwargs: Any) -> Any:
                return inner(x, *args)

    if x_scale is not None:
        more["x_scale"] = x_scale
    watched = Watched(fun)
    found = _scipy.least_squares(
        watched, x0, jac=watched_or_none(jac), bounds=bounds, method=method, ftol=ftol, xtol=xtol, gtol=gtol,
        loss=loss, f_scale=f_scale,
        diff_step=diff_step, tr_solver=tr_solver, tr_options=tr_options or {}, jac_sparsity=jac_sparsity,
        max_nfev=max_nfev, verbose=verbose, args=args, kwargs=kwargs, **more,
    )  # fmt: skip
    if not (watched.tags or tags_of(*leaves(given)) or has_duals(sides)):
        return found

    def residuals(z: Any) -> Any:
        return np.reshape(as_operand(fun(z, *given, **kwargs)), (-1,))

    def cost(z: Any) -> Any:
        return 0.5 * np.sum(f_scale**2 * robust(loss, (residuals(z) / f_scale) ** 2))

    sides = tuple(np.broadcast_to(as_operand(side), found.x.shape) for side in sides)
    z = minimiser(cost, found.x, sides, success=found.success)
    found.x = exact(z, found.x)
    found.cost = exact(cost(z), np.float64(found.cost))
    found.fun = exact(residuals(z), found.fun)
    if isinstance(found.jac, np.ndarray) and loss == "linear":
        found.jac = exact(dd.jacobian(residuals)(z), found.jac)
    return found


def robust(loss: Any, z: Any) -> Any:
    """Rho(z) of least_squares."""
    if callable(loss):
        return loss(z)[0]
    known: dict = {
        "linear": lambda z: z, "soft_l1": lambda z: 2 * ((1 + z) ** 0.5 - 1), "cauchy": np.log1p, "arctan": np.arctan,
    }  # fmt: skip
    if loss == "huber":
        return np.where(value_of(z) <= 1, z, 2 * np.where(value_of(z) <= 1, 1.0, z) ** 0.5 - 1)
    return known[loss](z)


def root(
    fun: Any,
    x0: Any,
    args: Any = (),
    method: str = "hybr",
    jac: Any = None,
    tol: Any = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    """`scipy.optimize.root`; J is exact if left out ("hybr", "lm"), or its products are ("krylov").

    Parameters
    ----------
    fun, x0, args, method, jac, tol, callback, options
        As in SciPy.  The other methods use no derivative.

    Returns
    -------
    scipy.optimize.OptimizeResult

    Raises
    ------
    DualDiffError
        If fun uses something that cannot be differentiated.

    See Also
    --------
    dualdiff.solve.root : dualdiff's own methods, which solve more.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.scipy.optimize import root
    >>> root(lambda x: np.array([x[0] + x[1] - 3, x[0] * x[1] - 2]), [3.0, 0.0]).x.round(6)
    array([2., 1.])
    """
    given = args if isinstance(args, tuple) else (args,)
    args, _ = hold(given)
    x0 = plain(plain_numbers(x0, "x0"))
    name = method.lower() if isinstance(method, str) else method
    if not jac and name in ("hybr", "lm"):
        jac = Jacobian(fun, sparse=False)
    elif name == "krylov" and "jac_options" not in (options or {}):
        from ..solve.within_scipy import KrylovJacobian

        K = KrylovJacobian(lambda x: fun(x, *args)[0] if jac is True else fun(x, *args), np.shape(x0))
        options = {**(options or {}), "jac_options": K.jac_options}
    watched = WatchedPair(fun) if jac is True else Watched(fun)
    found = _scipy.root(watched, x0, args=args, method=method, jac=watched_or_none(jac), tol=tol, callback=callback,
                        options=options)  # fmt: skip
    if depends(given, watched):
        def F(z: Any) -> Any:
            return fun(z, *given)[0] if jac is True else fun(z, *given)

        found.x = root_of(F, found.x, found.success, polish=True)
    return found


def root_scalar(
    f: Any,
    args: Any = (),
    method: Any = None,
    bracket: Any = None,
    fprime: Any = None,
    fprime2: Any = None,
    x0: Any = None,
    x1: Any = None,
    xtol: Any = None,
    rtol: Any = None,
    maxiter: Any = None,
    options: Any = None,
) -> Any:
    """`scipy.optimize.root_scalar`; fprime and fprime2, where the method wants them, are exact if left out.

    Without a method and without a bracket the method is Newton's.

    Parameters
    ----------
    f, args, method, bracket, fprime, fprime2, x0, x1, xtol, rtol, maxiter, options
        As in SciPy.

    Returns
    -------
    scipy.optimize.RootResults

    Raises
    ------
    DualDiffError
        If f uses something that cannot be differentiated.

    Examples
    --------
    >>> from dualdiff.scipy.optimize import root_scalar
    >>> round(float(root_scalar(lambda x: x**3 - 2, x0=1.0, method="halley").root), 12)
    1.259921049895
    """
    name = method.lower() if isinstance(method, str) else method
    if name is None and bracket is None and x1 is None and fprime is None:
        name = method = "newton"
    if name in ("newton", "halley") and not fprime:
        def fprime(x: Any, *args: Any) -> Any:
            return value_of(dd.derivative(f)(float(x), *args))

    if name == "halley" and not fprime2:
        def fprime2(x: Any, *args: Any) -> Any:
            return value_of(dd.derivative(dd.derivative(f))(float(x), *args))

    given = args if isinstance(args, tuple) else (args,)
    watched = WatchedPair(f) if fprime is True else Watched(f)
    found = _scipy.root_scalar(
        watched, args=hold(given)[0], method=method, bracket=plain(bracket), fprime=watched_or_none(fprime),
        fprime2=watched_or_none(fprime2), x0=plain(x0), x1=plain(x1), xtol=xtol, rtol=rtol, maxiter=maxiter,
        options=options,
    )  # fmt: skip
    if depends(given, watched):
        found.root = root_of(lambda z: f(z, *given)[0] if fprime is True else f(z, *given), found.root, found.converged)
    return found


def curve_fit(f: Any, xdata: Any, ydata: Any, p0: Any = None, *pos: Any, jac: Any = None, **kwargs: Any) -> Any:
    """`scipy.optimize.curve_fit`; the derivatives by the parameters, and so the covariance, are exact if left out.

    Parameters
    ----------
    f, xdata, ydata, p0, jac
        As in SciPy.
    *pos, **kwargs
        SciPy's other arguments: sigma, absolute_sigma, check_finite, bounds, method, full_output, nan_policy, and
        what the method takes.

    Returns
    -------
    As SciPy: popt, pcov, and more with full_output.

    Raises
    ------
    DualDiffError
        If f uses something that cannot be differentiated by its parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.scipy.optimize import curve_fit
    >>> x = np.linspace(0, 1, 30)
    >>> curve_fit(lambda x, a, b: a * np.exp(b * x), x, 2 * np.exp(-x))[0].round(6)
    array([ 2., -1.])
    """
    if jac is None:
        exactly = Jacobian(lambda p, xdata: f(xdata, *[p[i] for i in range(len(p))]), sparse=False)

        def jac(xdata: Any, *params: Any) -> Any:
            return exactly(np.array(params, float), xdata)

    names = ("sigma", "absolute_sigma", "check_finite", "bounds", "method")
    more = {**dict(zip(names, pos, strict=False)), **kwargs}
    watched: Any = Watched(f)
    if p0 is None:      # SciPy reads the number of parameters from f's signature
        functools.update_wrapper(watched, f)
        watched.__signature__ = inspect.signature(f)
    varying = tags_of(xdata, ydata, more.get("sigma"))
    held = {key: plain(x) if has_duals(x) else x for key, x in more.items()}
    if held.get("sigma") is not None and np.size(held["sigma"]) == 1:
        # SciPy takes one number for a matrix where there is a jac
        held["sigma"] = np.full(np.shape(ydata), np.reshape(held["sigma"], ()))
    if isinstance(held.get("bounds"), (tuple, list)):
        held["bounds"] = tuple(plain(side) for side in held["bounds"])
    found = _scipy.curve_fit(watched, plain(xdata), plain(ydata), plain(p0), jac=watched_or_none(jac), **held)
    if not (watched.tags or varying or has_duals(more.get("bounds"))):
        return found
    popt, pcov = found[:2]
    y = as_operand(ydata)
    sigma = more.get("sigma")
    nan_policy = more.get("nan_policy")
    if nan_policy == "omit":
        raise UnsupportedError('curve_fit with nan_policy="omit" has no derivative here; leave the points out')
    sigma = None if sigma is None else as_operand(sigma)

    def residuals(p: Any) -> Any:
        r = f(as_operand(xdata), *[p[i] for i in range(len(popt))]) - y
        if sigma is None:
            return np.reshape(r, (-1,))
        if np.ndim(sigma) < 2:
            return np.reshape(r / sigma, (-1,))
        return np.linalg.solve(np.linalg.cholesky(sigma), np.reshape(r, (-1,)))

    bounds = more.get("bounds", (-np.inf, np.inf))
    sides = (bounds.lb, bounds.ub) if isinstance(bounds, _scipy.Bounds) else bounds
    sides = tuple(np.broadcast_to(as_operand(side), popt.shape) for side in sides)
    loss, f_scale = more.get("loss", "linear"), more.get("f_scale", 1.0)

    def cost(p: Any) -> Any:
        return 0.5 * np.sum(f_scale**2 * robust(loss, (residuals(p) / f_scale) ** 2))

    p = exact(minimiser(cost, popt, sides), popt)
    if np.isfinite(pcov).all():
        if loss != "linear":
            raise UnsupportedError(
                f"the covariance of curve_fit with loss={loss!r} has no derivative here; use the linear loss"
            )
        J = dd.jacobian(residuals)(p)
        C = np.linalg.inv(np.transpose(J) @ J)
        if not more.get("absolute_sigma", False):
            r = residuals(p)
            C = C * (np.sum(r * r) / (np.size(value_of(y)) - len(popt)))
        pcov = exact(C, pcov)
    return (p, pcov, *found[2:])


# ---- roots and minimisers of one kind of signature ------------------------------------------------


def bound_call(original: Any, args: Any, kwargs: Any) -> Any:
    """The arguments of a call by name."""
    return inspect.signature(original).bind(*args, **kwargs)


def held_call(original: Any, args: Any, kwargs: Any, functions: Any) -> tuple[Any, Any, Any, Any]:
    """(the call's arguments as given, what SciPy returns for their plain values, the watched functions)."""
    bound = bound_call(original, args, kwargs)
    given = dict(bound.arguments)
    watched = []
    for name, x in given.items():
        if name in functions and callable(x):
            watched.append(Watched(x))
            bound.arguments[name] = watched[-1]
        elif name == "args":
            bound.arguments[name] = hold(x if isinstance(x, tuple) else (x,))[0]
        elif not callable(x) and has_duals(x):
            bound.arguments[name] = plain(x)
    found = original(*bound.args, **bound.kwargs)
    extra = given.get("args", ())
    return given, found, watched, extra if isinstance(extra, tuple) else (extra,)


FUNCTIONS = ("f", "func", "fun", "F", "fprime", "fprime2", "fhess", "fhess_p")


def differentiates(name: str) -> Callable[..., Any]:
    """A decorator: from a function (given, extra args, SciPy's result) -> result, the function of SciPy's name."""
    original = getattr(_scipy, name)

    def decorate(function: Any) -> Callable[..., Any]:
        @functools.wraps(original)
        def answer(*args: Any, **kwargs: Any) -> Any:
            given, found, watched, extra = held_call(original, args, kwargs, FUNCTIONS)
            if not depends(extra, *watched):
                return found
            return function(given, extra, found)

        answer.__doc__ = (
            f"`scipy.optimize.{name}`; the result is differentiable by args and by what the functions close over.\n\n"
            "    Parameters, Returns\n    -------------------\n    As in SciPy.\n"
        )
        __all__.append(name)
        globals()[name] = at_home(_scipy, answer)
        return answer

    return decorate


def replaced_first(found: Any, x: Any) -> Any:
    """A result, or a tuple that begins with it, with x in its place."""
    return (x, *found[1:]) if isinstance(found, tuple) else x


def of_one(name: str, which: Any) -> None:
    """A method for a root of one number: with full_output a RootResults comes second."""
    @differentiates(name)
    def solved(given: Any, extra: Any, found: Any) -> Any:
        f = given[which]
        x = found[0] if isinstance(found, tuple) else found
        if np.iscomplexobj(x):
            raise UnsupportedError(f"{name} at a complex root: solve for its real and imaginary part with root")
        good = True
        if isinstance(found, tuple) and hasattr(found[1], "converged"):
            good = found[1].converged
        elif isinstance(found, tuple):      # newton of an array: converged, zero_der
            good = bool(np.all(found[1]))
        y = root_of(lambda z: f(z, *extra), x, good)
        if isinstance(found, tuple) and hasattr(found[1], "root"):
            found[1].root = y
        return replaced_first(found, y) if not hasattr(found, "_fields") else found._replace(root=y)


for _name in ("brentq", "brenth", "bisect", "ridder", "toms748"):
    of_one(_name, "f")
of_one("newton", "func")


@differentiates("fsolve")
def _(given: Any, extra: Any, found: Any) -> Any:
    f = given["func"]
    full = isinstance(found, tuple)
    x = found[0] if full else found
    return replaced_first(found, root_of(lambda z: f(z, *extra), x, not full or found[2] == 1, polish=True))


@differentiates("fixed_point")
def _(given: Any, extra: Any, found: Any) -> Any:
    f = given["func"]
    return root_of(lambda z: z - as_operand(f(z, *extra)), found, polish=True)


def of_many(name: str) -> None:
    """A quasi-Newton method for equations."""
    @differentiates(name)
    def solved(given: Any, extra: Any, found: Any) -> Any:
        return root_of(lambda z: given["F"](z), found, polish=True)


for _name in ("anderson", "broyden1", "broyden2", "diagbroyden", "excitingmixing", "linearmixing", "newton_krylov"):
    of_many(_name)


def of_minimum(name: str, which: Any, places: Any) -> None:
    """A method for a minimum without bounds: with full_output the value comes second."""
    @differentiates(name)
    def solved(given: Any, extra: Any, found: Any) -> Any:
        f = given[which]
        at = found[0] if isinstance(found, tuple) else found
        scalar = np.ndim(at) == 0
        x = np.atleast_1d(np.asarray(at, float))

        def value(z: Any) -> Any:
            return np.reshape(as_operand(f(z[0] if scalar else z, *extra)), ())

        sides = None
        if places:
            low, high = (np.reshape(np.asarray(plain(given[p]), float), (-1,)) for p in places)
            sides = (np.broadcast_to(low, x.shape), np.broadcast_to(high, x.shape))
        z = exact(np.reshape(minimiser(value, x, sides), np.shape(at)), np.asarray(at, float))
        if not isinstance(found, tuple):
            return z
        y = found[1]
        return (z, exact(value(np.reshape(z, (-1,))), np.float64(y)) if np.ndim(y) == 0 else y, *found[2:])


for _name in ("fmin", "fmin_powell"):
    of_minimum(_name, "func", ())
for _name in ("fmin_bfgs", "fmin_cg", "fmin_ncg"):
    of_minimum(_name, "f", ())
for _name in ("brent", "golden"):
    of_minimum(_name, "func", ())
of_minimum("fminbound", "func", ("x1", "x2"))


def minimize_scalar(
    fun: Any,
    bracket: Any = None,
    bounds: Any = None,
    args: Any = (),
    method: Any = None,
    tol: Any = None,
    options: Any = None,
) -> Any:
    """`scipy.optimize.minimize_scalar`; x and fun are differentiable by args and by what fun closes over.

    Parameters
    ----------
    fun, bracket, bounds, args, method, tol, options
        As in SciPy.  bounds may be duals, of which a minimum at a bound has the derivative.

    Returns
    -------
    scipy.optimize.OptimizeResult

    Examples
    --------
    >>> import dualdiff as dd
    >>> from dualdiff.scipy.optimize import minimize_scalar
    >>> round(dd.derivative(lambda a: minimize_scalar(lambda x: (x - a**2)**2).x)(3.0), 6)
    6.0
    """
    given = args if isinstance(args, tuple) else (args,)
    watched = Watched(fun)
    found = _scipy.minimize_scalar(watched, plain(bracket), plain(bounds), hold(given)[0], method, tol, options)
    if not (depends(given, watched) or has_duals(bounds)):
        return found
    sides = None if bounds is None else tuple(np.reshape(as_operand(b), (1,)) for b in bounds)
    x = found.x
    z = minimiser(lambda z: fun(z[0], *given), np.array([float(x)]), sides, success=found.success)[0]
    found.x = exact(z, np.float64(x))
    found.fun = exact(np.reshape(as_operand(fun(z, *given)), ()), np.float64(found.fun))
    return found


def nnls(A: Any, b: Any, **options: Any) -> tuple[Any, Any]:
    """`scipy.optimize.nnls`, differentiable by A and by b.

    Parameters
    ----------
    A, b, **options
        As in SciPy.  Which elements are 0 is decided by the value.

    Returns
    -------
    As SciPy: (x, the norm of the residual).

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.optimize import nnls
    >>> dd.jacobian(lambda b: nnls(np.eye(2), b)[0])(np.array([1.0, -1.0]))
    array([[1., 0.],
           [0., 0.]])
    """
    x, norm = _scipy.nnls(plain(A), plain(b), **options)
    if not (has_duals(A) or has_duals(b)):
        return x, norm
    y = free_least_squares(A, b, np.zeros(len(x)), x > 0, x)
    r = as_operand(A) @ y - as_operand(b)
    return y, exact(np.sqrt(np.sum(r * r)) if norm else 0.0 * np.sum(r), np.float64(norm))


def free_least_squares(A: Any, b: Any, limit: Any, free: Any, x: Any) -> Any:
    """The least-squares solution x with elements that are not free at limits."""
    A, b = as_operand(A), as_operand(b)
    y = np.where(free, 0.0, limit)
    if free.any():
        part = A[:, free]
        rest = b - A @ y
        found = np.linalg.solve(np.transpose(part) @ part, np.transpose(part) @ rest)
        y = y + found @ np.eye(len(x))[free]
    return exact(y, x)


def lsq_linear(A: Any, b: Any, bounds: Any = (-np.inf, np.inf), *args: Any, **kwargs: Any) -> Any:
    """`scipy.optimize.lsq_linear`; x is differentiable by a dense A, by b and by bounds.

    Parameters
    ----------
    A, b, bounds, *args, **kwargs
        As in SciPy.

    Returns
    -------
    As SciPy.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.optimize import lsq_linear
    >>> dd.jacobian(lambda b: lsq_linear(np.eye(2), b, (0, 1)).x)(np.array([0.5, 3.0]))
    array([[1., 0.],
           [0., 0.]])
    """
    sides = (bounds.lb, bounds.ub) if isinstance(bounds, _scipy.Bounds) else bounds
    if not (has_duals(A) or has_duals(b) or has_duals(sides)):
        return _scipy.lsq_linear(A, b, bounds, *args, **kwargs)
    found = _scipy.lsq_linear(plain(A), plain(b), tuple(plain(s) for s in sides), *args, **kwargs)
    lb, ub = (np.broadcast_to(as_operand(s), found.x.shape) for s in sides)
    mask = found.active_mask
    low, high = (np.where(np.isfinite(value_of(side)), side, 0.0) for side in (lb, ub))
    limit = np.where(mask < 0, low, high)
    found.x = free_least_squares(A, b, limit, mask == 0, found.x)
    r = as_operand(A) @ found.x - as_operand(b)
    found.fun, found.cost = exact(r, found.fun), exact(0.5 * np.sum(r * r), np.float64(found.cost))
    return found


def linear_sum_assignment(cost_matrix: Any, maximize: bool = False) -> Any:
    """`scipy.optimize.linear_sum_assignment` of the values: the assignment does not change nearby.

    Parameters
    ----------
    cost_matrix, maximize
        As in SciPy.

    Returns
    -------
    row_ind, col_ind : ndarray

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.scipy.optimize import linear_sum_assignment
    >>> linear_sum_assignment(np.array([[4.0, 1.0], [2.0, 3.0]]))
    (array([0, 1]), array([1, 0]))
    """
    return _scipy.linear_sum_assignment(plain(cost_matrix), maximize)


WRITE = "take x where it was found as the start of minimize, whose result is differentiable"
REFUSED = {
    **dict.fromkeys(("basinhopping", "brute", "differential_evolution", "direct", "dual_annealing", "shgo"), WRITE),
    **dict.fromkeys(("fmin_cobyla", "fmin_l_bfgs_b", "fmin_slsqp", "fmin_tnc"), "write minimize with its method"),
    **dict.fromkeys(("linprog", "milp", "quadratic_assignment"), "its solution is a vertex: chosen, not computed"),
    "leastsq": "write least_squares with method='lm'", "isotonic_regression": "its blocks are chosen in compiled code",
    "bracket": "its points depend on the steps of a search", "line_search": "its step depends on a search",
    "approx_fprime": "it is a difference; write dualdiff.grad", "check_grad": "write dualdiff.testing.check_derivative",
}


# ---- Rosenbrock's function: SciPy's code makes arrays of objects of duals, or fills arrays of floats -


def hessian_of_rosenbrock(x: Any) -> Any:
    """The second derivatives: a diagonal and its two neighbours."""
    first = 1200 * x[:1] ** 2 - 400 * x[1:2] + 2
    diagonal = np.concatenate([first, 202 + 1200 * x[1:-1] ** 2 - 400 * x[2:], [200.0]])
    side = -400 * x[:-1]
    return np.diag(diagonal) + np.diag(side, 1) + np.diag(side, -1)


def rosenbrock(name: str, formula: Any = None) -> Callable[..., Any]:
    """One of Rosenbrock's functions, by SciPy's code where that is NumPy's, or by a formula."""
    original = getattr(_scipy, name)
    formula = formula or original

    @functools.wraps(original)
    def answer(x: Any) -> Any:
        if not has_duals(x):
            return original(x)
        x = as_operand(x)
        return exact(as_operand(formula(x)), np.asarray(original(value_of(x))))

    answer.__doc__ = f"`scipy.optimize.{name}`, differentiable."
    return at_home(_scipy, answer)


rosen_der, rosen_hess = rosenbrock("rosen_der"), rosenbrock("rosen_hess", hessian_of_rosenbrock)


def rosen_hess_prod(x: Any, p: Any) -> Any:
    """`scipy.optimize.rosen_hess_prod`, differentiable by both."""
    if not (has_duals(x) or has_duals(p)):
        return _scipy.rosen_hess_prod(x, p)
    x, p = as_operand(x), as_operand(p)
    return exact(rosen_hess(x) @ p, _scipy.rosen_hess_prod(value_of(x), value_of(p)))
