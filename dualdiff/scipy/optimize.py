"""scipy.optimize where derivatives that are left out are exact.

    minimize least_squares root root_scalar curve_fit NonlinearConstraint

have SciPy's signatures; a jac, hess, hessp, fprime or jac_sparsity that is not given is made from the function by
dualdiff, sparse where the problem is.  What is given is passed on, and every other name is SciPy's own.  A function
that cannot be differentiated raises an error that names the operation; write jac="2-point" for SciPy's differences.

Invariant: the methods and their results are SciPy's.  Imported by users and dualdiff/solve/optimise.py.
"""

import inspect

import numpy as np
import scipy.optimize as _scipy

import dualdiff as dd

from ..errors import InputError
from ..foreign import plain_numbers
from .exact import SPARSE_FROM, Gradient, HessianProduct, Jacobian, as_operator, dense_hessian

__all__ = ["NonlinearConstraint", "curve_fit", "least_squares", "minimize", "root", "root_scalar"]

GRADIENT = {
    "cg", "bfgs", "newton-cg", "l-bfgs-b", "tnc", "slsqp", "dogleg", "trust-ncg", "trust-krylov", "trust-exact",
    "trust-constr",
}  # fmt: skip
MATRIX = {"dogleg", "trust-exact"}
PRODUCT = {"newton-cg", "trust-ncg", "trust-krylov", "trust-constr"}
OPERATOR_FROM = 2000
"""Unknowns from which a J that is not sparse is used as an operator."""


def __getattr__(name):
    return getattr(_scipy, name)


def __dir__():
    return sorted({*dir(_scipy), *__all__})


def minimize(
    fun, x0, args=(), method=None, jac=None, hess=None, hessp=None, bounds=None, constraints=(), tol=None,
    callback=None, options=None,
):  # fmt: skip
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
    args = args if isinstance(args, tuple) else (args,)
    x = np.atleast_1d(np.asarray(plain_numbers(x0, "x0")))
    if x.dtype.kind == "c":
        raise InputError("x0 is complex; minimise by the real and the imaginary part as two unknowns")
    name = method.lower() if isinstance(method, str) else method
    if isinstance(constraints, (dict, _scipy.LinearConstraint, _scipy.NonlinearConstraint)):
        constraints = (constraints,)
    constraints = tuple(with_jac(c) if isinstance(c, dict) else c for c in constraints)
    wants = name is None or callable(name) or name in GRADIENT
    if jac is None and wants:
        jac = Gradient(fun)
        if hess is None and hessp is None:
            if name in MATRIX or name == "trust-constr" and x.size < SPARSE_FROM:
                hess = dense_hessian(fun)
            elif name in PRODUCT:
                hessp = HessianProduct(fun)
    return _scipy.minimize(
        fun, x0, args=args, method=method, jac=jac, hess=hess, hessp=hessp, bounds=bounds, constraints=constraints,
        tol=tol, callback=callback, options=options,
    )  # fmt: skip


def with_jac(constraint):
    """A constraint's dict with an exact jac."""
    if constraint.get("jac") is not None or "fun" not in constraint:
        return constraint
    fun = constraint["fun"]

    def jac(x, *args):
        return np.asarray(dd.jacobian(fun)(np.asarray(x, float), *args))

    return {**constraint, "jac": jac}


class NonlinearConstraint(_scipy.NonlinearConstraint):
    """`scipy.optimize.NonlinearConstraint` with exact jac and hess where they are left out.

    Parameters
    ----------
    fun, lb, ub, jac, hess, keep_feasible, finite_diff_rel_step, finite_diff_jac_sparsity
        As in SciPy.
    """

    def __init__(
        self, fun, lb, ub, jac=None, hess=None, keep_feasible=False, finite_diff_rel_step=None,
        finite_diff_jac_sparsity=None,
    ):  # fmt: skip
        if jac is None:
            jac = Jacobian(fun, sparse=False)
            if hess is None:
                def hess(x, v):
                    return dd.hessian(lambda x: np.sum(v * fun(x)))(np.asarray(x, float))
        super().__init__(
            fun, lb, ub, jac, _scipy.BFGS() if hess is None else hess, keep_feasible, finite_diff_rel_step,
            finite_diff_jac_sparsity,
        )  # fmt: skip


def least_squares(
    fun, x0, jac=None, bounds=(-np.inf, np.inf), method="trf", ftol=1e-8, xtol=1e-8, gtol=1e-8, x_scale=None,
    loss="linear", f_scale=1.0, diff_step=None, tr_solver=None, tr_options=None, jac_sparsity=None, max_nfev=None,
    verbose=0, args=(), kwargs=None, **more,
):  # fmt: skip
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
    args = args if isinstance(args, tuple) else (args,)
    x = np.atleast_1d(np.asarray(plain_numbers(x0, "x0"), float))
    if jac is None:
        lapack = method == "lm" or tr_solver == "exact"
        jac = Jacobian(fun, kwargs, None if jac_sparsity is None else jac_sparsity, sparse=not lapack)
        jac_sparsity = None
        if not lapack and not jac.decide(x, *args) and x.size >= OPERATOR_FROM:
            f = jac.f

            def jac(x, *args, **kwargs):
                return as_operator(f, x, *args)

            tr_solver = tr_solver or "lsmr"
        else:
            inner = jac

            def jac(x, *args, **kwargs):
                return inner(x, *args)

    if x_scale is not None:
        more["x_scale"] = x_scale
    return _scipy.least_squares(
        fun, x0, jac=jac, bounds=bounds, method=method, ftol=ftol, xtol=xtol, gtol=gtol, loss=loss, f_scale=f_scale,
        diff_step=diff_step, tr_solver=tr_solver, tr_options=tr_options or {}, jac_sparsity=jac_sparsity,
        max_nfev=max_nfev, verbose=verbose, args=args, kwargs=kwargs, **more,
    )  # fmt: skip


def root(fun, x0, args=(), method="hybr", jac=None, tol=None, callback=None, options=None):
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
    args = args if isinstance(args, tuple) else (args,)
    name = method.lower() if isinstance(method, str) else method
    if not jac and name in ("hybr", "lm"):
        jac = Jacobian(fun, sparse=False)
    elif name == "krylov" and "jac_options" not in (options or {}):
        from ..solve import KrylovJacobian

        K = KrylovJacobian(lambda x: fun(x, *args), np.shape(x0))
        options = {**(options or {}), "jac_options": K.jac_options}
    x0 = plain_numbers(x0, "x0")
    return _scipy.root(fun, x0, args=args, method=method, jac=jac, tol=tol, callback=callback, options=options)


def root_scalar(
    f, args=(), method=None, bracket=None, fprime=None, fprime2=None, x0=None, x1=None, xtol=None, rtol=None,
    maxiter=None, options=None,
):  # fmt: skip
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
        def fprime(x, *args):
            return dd.derivative(f)(float(x), *args)

    if name == "halley" and not fprime2:
        def fprime2(x, *args):
            return dd.derivative(dd.derivative(f))(float(x), *args)

    return _scipy.root_scalar(
        f, args=args, method=method, bracket=bracket, fprime=fprime, fprime2=fprime2, x0=x0, x1=x1, xtol=xtol,
        rtol=rtol, maxiter=maxiter, options=options,
    )  # fmt: skip


def curve_fit(f, xdata, ydata, p0=None, *pos, jac=None, **kwargs):
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
        def jac(xdata, *params):
            def of(p):
                return np.ravel(f(xdata, *[p[i] for i in range(len(params))]))

            return dd.jacobian(of)(np.array(params, float))

        if p0 is None:      # SciPy reads the number of parameters from f's signature; a lambda of ours has none
            inspect.signature(f)
    return _scipy.curve_fit(f, xdata, ydata, p0, *pos, jac=jac, **kwargs)
