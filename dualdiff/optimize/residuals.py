"""`least_squares`: sums of squares and of robust losses, with bounds and constraints.

Invariant: nothing is differenced.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..automatic import as_asked
from ..errors import ArgumentError, InputError
from ..functions.base import as_operand, value_of
from ..programs.bound import paths_of
from ..progress import SILENT, Meter, Progress, checked_progress, meter
from ..scipy import optimize as exact
from ..scipy.exact import plan_of
from ..solve.fill import fill_estimate
from ..solve.options import nearest
from ..solve.sides import fix_equal, read_sides
from ..transforms.ravel import Unknowns, flat_of
from .constraints import one_function, with_programs
from .factors import BUDGET, rough
from .minimise import feasible, run
from .models import GaussNewton
from .newton import newton
from .result import MinimizeResult
from .steps import Steps

__all__ = ["LOSSES", "least_squares"]

METHODS = ("auto", "gauss-newton", "trf", "dogbox", "lm", "trust-constr")


def linear(z: Any) -> Any:
    """Rho(z) = z."""
    return np.stack([z, np.ones_like(z), np.zeros_like(z)])


def soft_l1(z: Any) -> Any:
    """2 (sqrt(1 + z) - 1)."""
    t = 1 + z
    return np.stack([2 * (t**0.5 - 1), t**-0.5, -0.5 * t**-1.5])


def huber(z: Any) -> Any:
    """Z up to 1, 2 sqrt(z) - 1 beyond."""
    far = np.maximum(z, 1.0)
    return np.where(z <= 1, linear(z), np.stack([2 * far**0.5 - 1, far**-0.5, -0.5 * far**-1.5]))


def cauchy(z: Any) -> Any:
    """log(1 + z)."""
    t = 1 + z
    return np.stack([np.log1p(z), 1 / t, -1 / t**2])


def arctan(z: Any) -> Any:
    """arctan(z)."""
    t = 1 + z**2
    return np.stack([np.arctan(z), 1 / t, -2 * z / t**2])


LOSSES = {"linear": linear, "soft_l1": soft_l1, "huber": huber, "cauchy": cauchy, "arctan": arctan}


def least_squares(
    fun: Callable[..., Any], x0: Any, args: Any = (), *, method: str = "auto", free: Any = None, jac: Any = None,
    bounds: Any = None, constraints: Any = (), loss: str = "linear", f_scale: float = 1.0, tol: Any = None,
    callback: Any = None, options: Any = None, progress: Progress = None, lift: Any = "auto", **more: Any,
) -> Any:  # fmt: skip
    """Minimises |F(x)|^2, or a robust loss of it, by trust-region and Gauss-Newton methods on the exact J.

    Parameters
    ----------
    fun : callable
        fun(x, *args) -> residuals, any number of them in any shape, or a structure of them; x like x0.
    x0 : array_like or structure
        The start: an array of any shape, or a dict, dataclass, ... of numbers and arrays.
    args : tuple
        Further arguments.
    method : {"auto", "gauss-newton", "trf", "dogbox", "lm", "trust-constr"}
        "auto": with constraints "trust-constr"; without bounds and where J is sparse (from 50 unknowns on, a tenth of
        it at most) "gauss-newton", dualdiff's damped Gauss-Newton method on the factors of J'J, where these fit into
        memory; else "trf", with J dense, sparse, or (full, from 2000 unknowns on) as products for LSMR.
    free : optional
        What is varied; the rest of x0 stays.  Names of a dict's or dataclass's entries, a mask, or indices.
    jac : callable, optional
        jac(x, *args) in place of dualdiff's, for a one-dimensional x.
    bounds : optional
        A scipy.optimize.Bounds, or (lb, ub), each a number or like x0; of a structure also by name, {"a": (0, None)}.
        Equal ends fix an unknown.
    constraints
        As in `scipy.optimize.minimize`; functions get what fun gets, and have exact derivatives.
    loss : {"linear", "soft_l1", "huber", "cauchy", "arctan"} or callable
        SciPy's rho; a callable returns rho, rho', rho'' as rows.
    f_scale : float
        The size of a residual from which on a robust loss counts it less.
    tol : float, optional
        For "gauss-newton" the bound on the largest gradient element (default 1e-8 of that at x0); for SciPy's methods
        ftol, xtol and gtol at once (default 1e-8).
    callback : callable, optional
        callback(intermediate_result=r) or callback(x), of "gauss-newton" and "trust-constr".  StopIteration or True
        stops.
    options : dict, optional
        Of "gauss-newton": gtol, maxiter, maxtime, disp; of "trust-constr" SciPy's.
    progress : bool or callable
        As for `minimize`.  SciPy's "trf", "dogbox" and "lm" do not tell their steps: of them evaluations of fun, and
        total is None.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.
    **more
        Of `scipy.optimize.least_squares`, for its methods: x_scale, max_nfev, verbose, tr_solver and others.

    Returns
    -------
    MinimizeResult
        x in the structure of x0, cost, fun (the residuals as a vector), jac (by the free unknowns), grad, optimality,
        success, status, message, nfev, njev, method, reason; `names` of the free unknowns where x0 is a structure.

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
    >>> def residuals(p):
    ...     return p["a"] * np.exp(p["b"] * t) - 2 * np.exp(-3 * t)
    >>> r = solve.least_squares(residuals, {"a": 2.0, "b": 1.0}, free="b")
    >>> r.x["a"], round(r.x["b"], 6)
    (2.0, -3.0)
    """
    fun = as_asked(fun, lift)
    if not callable(fun):
        raise InputError(f"fun is a {type(fun).__name__}; expected a function of x")
    if method not in METHODS:
        raise ArgumentError(f"unknown method {method!r}{nearest(str(method), METHODS)}")
    if not callable(loss) and loss not in LOSSES:
        raise ArgumentError(f"unknown loss {loss!r}{nearest(str(loss), tuple(LOSSES))}")
    args = args if isinstance(args, tuple) else (args,)
    unknowns = Unknowns(x0, free)
    sides = fix_equal(unknowns, read_sides(unknowns, bounds))
    one = one_function(unknowns, fun, args, flat_of)

    def F(v: Any) -> Any:
        return flat_of(one(v))

    x = unknowns.flat
    if paths_of(one) is not None and type(one(x.copy())) is np.ndarray:
        F = with_programs(F, one)
    options = dict(options or {})
    if len(unknowns.flat) == 0:
        r = np.asarray(F(x), float)
        found = MinimizeResult(x=x, fun=r, cost=cost_of(r, loss, f_scale), jac=np.zeros((r.size, 0)), grad=np.zeros(0),
                               success=True, status=1, message="every unknown is fixed", nfev=1, njev=0, method="none",
                               reason="every unknown is fixed")  # fmt: skip
    else:
        progress = checked_progress(progress)
        method, reason, plan = choose(F, x, sides, constraints, method, jac, more)
        unit = "steps" if method in ("trust-constr", "gauss-newton") else "evaluations"
        with meter(progress, "least_squares", options.get("maxiter"), unit) as told:
            if method == "trust-constr":
                found = constrained(F, unknowns, sides, constraints, loss, f_scale, tol, callback, options, told)
            elif method == "gauss-newton":
                steps = Steps(bool(options.get("disp")), callback, unknowns.rebuild, told)
                found = gauss_newton(F, x, plan, loss, f_scale, tol, options, steps, reason)
            else:
                found = scipys(F, x, sides, method, jac, args, loss, f_scale, tol, more, told)
        found.method, found.reason = method, reason
    found.x = unknowns.rebuild(np.asarray(found.x))
    if unknowns.structured or unknowns.mask is not None:
        found.names = unknowns.names
    return found


def choose(F: Any, x: Any, sides: Any, constraints: Any, method: Any, jac: Any, more: Any) -> tuple[Any, Any, Any]:
    """(method, reason, plan of a sparse J or None)."""
    if constraints is not None and constraints != () and constraints != []:
        if method not in ("auto", "trust-constr"):
            raise ArgumentError(f'method {method!r} takes no constraints; "trust-constr" does')
        return "trust-constr", "there are constraints", None
    if method == "gauss-newton":
        if sides is not None:
            raise ArgumentError('method "gauss-newton" takes no bounds; "trf" does')
        plan = plan_of(F, x)
        if plan is None:
            raise ArgumentError('method "gauss-newton" is for a sparse J (from 50 unknowns on); take "trf" or "lm"')
        return method, "by its name", plan
    if method != "auto":
        return method, "by its name", None
    if sides is None and jac is None and not more:
        plan = plan_of(F, x)
        if plan is not None:
            J = sp.csr_array(plan.pattern, dtype=float)
            JJ = sp.csr_array(J.T @ J)
            fill = fill_estimate(JJ).nonzeros / 2
            entries = f"J is sparse ({J.nnz:,} entries)"
            if fill <= BUDGET:
                return "gauss-newton", f"{entries}, the factor of J'J has about {rough(fill)}", plan
            return "trf", f"{entries}, but a factor of J'J would have about {rough(fill)}: LSMR", None
    return "trf", "there are bounds" if sides is not None else f"{x.size} unknowns", None


def rho(loss: Any) -> Any:
    """The loss as a function that gives rho, rho', rho''."""
    return loss if callable(loss) else LOSSES[loss]


def cost_of(r: Any, loss: Any, f_scale: Any) -> Any:
    """Half the sum of the losses."""
    return 0.5 * f_scale**2 * float(np.sum(rho(loss)((r / f_scale) ** 2)[0]))


def gauss_newton(
    F: Any, x: Any, plan: Any, loss: Any, f_scale: Any, tol: Any, options: Any, progress: Any, reason: str
) -> Any:
    """The result of dualdiff's own method."""
    for name in options:
        if name not in ("gtol", "maxiter", "maxtime", "disp"):
            raise ArgumentError(f"unknown option {name!r}; there are gtol, maxiter, maxtime, disp")
    model = GaussNewton(F, plan, rho(loss), float(f_scale))
    if progress.disp:
        print(f"gauss-newton: {reason}")
    limits = {"maxiter": options.get("maxiter", 1000), "maxtime": options.get("maxtime")}
    found = newton(
        model, x, gtol=options.get("gtol", tol), **limits, progress=progress, method="gauss-newton", reason=reason
    )
    progress.end(found.message)
    found.cost, found.grad = found.fun, found.jac
    found.fun = np.asarray(value_of(F(found.x.copy())), float)
    found.jac = sp.csr_array(plan(found.x))
    found.optimality = float(np.abs(found.grad).max())
    found.active_mask = np.zeros(x.size, int)
    return found


def scipys(
    F: Any, x: Any, sides: Any, method: Any, jac: Any, args: Any, loss: Any, f_scale: Any, tol: Any, more: Any,
    told: Meter = SILENT,
) -> Any:  # fmt: skip
    """One of SciPy's methods on the exact J."""
    if told is not SILENT:
        def counted(v: Any) -> Any:
            y = F(v)
            told.add()
            return y

        counted = with_programs(counted, F)
    else:
        counted = F
    given = None if jac is None else (lambda v: jac(v, *args))
    if tol is not None:
        more = {"ftol": tol, "xtol": tol, "gtol": tol, **more}
    bounds = (-np.inf, np.inf) if sides is None else sides
    return MinimizeResult(
        exact.least_squares(counted, x, jac=given, bounds=bounds, method=method, loss=loss, f_scale=f_scale, **more)
    )


def constrained(
    F: Any, unknowns: Any, sides: Any, constraints: Any, loss: Any, f_scale: Any, tol: Any, callback: Any, options: Any,
    told: Meter = SILENT,
) -> Any:  # fmt: skip
    """Half the sum of losses as an objective for trust-constr, with its exact gradient and Hessian."""
    if callable(loss):
        raise ArgumentError("a loss of one's own has no second derivatives here; with constraints name one of SciPy's")

    def f(v: Any) -> Any:
        return 0.5 * f_scale**2 * np.sum(exact.robust(loss, (F(v) / f_scale) ** 2))

    found = run(f, unknowns, sides, constraints, "trust-constr", tol, callback, options, told=told)
    feasible(found)
    x = np.asarray(found.x)
    found.cost, found.grad, found.constr_jac = found.fun, found.get("grad"), found.get("jac")
    found.fun = np.asarray(value_of(as_operand(F(x))), float)
    found.jac = exact.Jacobian(F)(x)
    return found
