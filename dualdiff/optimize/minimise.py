"""`minimize`: chooses a method by size, pattern, bounds and constraints, says why, and runs it.

Invariant: nothing is differenced.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import Bounds, OptimizeResult

from ..automatic import as_asked
from ..errors import ArgumentError, DualDiffError, InputError
from ..functions.base import as_operand, value_of
from ..progress import SILENT, Meter, Progress, meter
from ..scipy import optimize as exact
from ..scipy.exact import FULL, HessianProduct, dense_hessian, number
from ..solve.fill import fill_estimate
from ..solve.options import nearest
from ..solve.sides import fix_equal, read_pairs
from ..sparse.hessian import SparseHessian
from ..transforms.ravel import Unknowns
from .constraints import one_function, read_constraints, with_programs
from .factors import BUDGET, Dense, rough
from .models import SparseModel
from .newton import newton
from .result import MinimizeResult
from .steps import Steps

__all__ = ["METHODS", "minimize", "run"]

SMALL = 200
"""Up to here the whole Hessian is cheap."""
MEDIUM = 5000
"""Up to here products with a full Hessian pay; beyond, gradients alone."""
PROBES = 8
ENTRIES = 5e7
"""Of a sparse Hessian."""
FEASIBLE = 1e-6
BARRIER = 1e-8
"""SciPy's barrier_tol."""
ROUNDS = 6
METHODS = (
    "auto", "newton", "trust-exact", "trust-krylov", "trust-ncg", "newton-cg", "trust-constr", "l-bfgs-b", "bfgs", "cg",
    "tnc", "slsqp", "dogleg",
)  # fmt: skip
OWN = ("gtol", "maxiter", "maxtime", "disp")


def minimize(
    fun: Callable[..., Any], x0: Any, args: Any = (), *, method: str = "auto", free: Any = None, bounds: Any = None,
    constraints: Any = (), tol: Any = None, callback: Any = None, options: Any = None, progress: Progress = None,
    lift: Any = "auto",
) -> Any:  # fmt: skip
    """Minimises a function of many variables with exact first and second derivatives.

    Parameters
    ----------
    fun : callable
        fun(x, *args) -> one number, x like x0.
    x0 : array_like or structure
        The start: an array of any shape, or a dict, dataclass, ... of numbers and arrays.
    args : tuple
        Further arguments.
    method : str
        "auto": with constraints "trust-constr", with bounds "l-bfgs-b"; else "newton" up to 200 unknowns, and beyond
        where the Hessian is sparse and its factor fits into memory ("newton-cg" on Hessian products where it does not
        fit); where it is full "trust-krylov" on products up to 5000 unknowns, and "l-bfgs-b" on exact gradients beyond.
        "newton" is dualdiff's own: Newton's method with Levenberg's damping on the whole Hessian, dense or sparse,
        whose tests do not depend on the units of f and x, and which leaves saddle points.  Or one of SciPy's names.
    free : optional
        What is varied; the rest of x0 stays.  Names of a dict's or dataclass's entries, a mask, or indices.
    bounds : optional
        A scipy.optimize.Bounds, one pair (lb, ub) for each unknown, or a pair of arrays (structures) in the shape of
        x0; of a structure also by name, {"a": (0, None)}.  Equal ends fix an unknown.
    constraints
        As in `scipy.optimize.minimize`; functions get what fun gets, and have exact derivatives.
    tol : float, optional
        For "newton" the bound on the largest gradient element (by default it ends where a full step changes nothing, or
        where rounding hides what is left); else as in SciPy.
    callback : callable, optional
        callback(intermediate_result=r) if that is its one parameter, else callback(x).  StopIteration or True stops.
    options : dict, optional
        For "newton": gtol, maxiter, maxtime (seconds), disp.  For the others SciPy's, and disp=True, which prints the
        same lines.
    progress : bool or callable
        True shows the steps made, in a bar of tqdm where that is installed, else in a line on stderr.  A function is
        called with (done, total) after each step: total is the most steps there can be, or None for a method of SciPy's
        without the option maxiter.  What the function raises ends the minimisation.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    MinimizeResult
        x in the structure of x0, fun, jac (the gradient, like x; 0 for what is fixed), success, status, message, nit,
        nfev, njev, method, reason, history.  Of "trust-constr" also constr_violation (which success needs to be at most
        1e-6), the multipliers v, optimality, and the constraints' Jacobians as constr_jac.

    Raises
    ------
    ArgumentError
        If the method is unknown, x0 is not finite, or bounds cross.
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
    >>> r = solve.minimize(lambda p: (p["a"] - 2)**2 + (p["a"] * p["b"] - 6)**2, {"a": 1.0, "b": 1.0})
    >>> {name: round(value, 6) for name, value in r.x.items()}
    {'a': 2.0, 'b': 3.0}
    """
    fun = as_asked(fun, lift)
    if not callable(fun):
        raise InputError(f"fun is a {type(fun).__name__}; expected a function of x")
    if not isinstance(method, str):
        raise InputError(f"method is a {type(method).__name__}; expected a name")
    method = method.lower()
    if method not in METHODS:
        raise ArgumentError(f"unknown method {method!r}{nearest(method, METHODS, 'minimize')}")
    args = args if isinstance(args, tuple) else (args,)
    unknowns = Unknowns(x0, free)
    sides = fix_equal(unknowns, read_pairs(unknowns, bounds))
    f = checked_number(one_function(unknowns, fun, args))
    options = dict(options or {})
    with meter(progress, "minimize", options.get("maxiter"), "steps") as told:
        found = run(f, unknowns, sides, constraints, method, tol, callback, options, told=told)
    v = np.asarray(found.x)
    if found.method == "trust-constr":
        found.constr_jac, found.jac = found.get("jac"), found.get("grad")
        feasible(found)
    found.x = unknowns.rebuild(v)
    if found.get("jac") is not None and np.size(found.jac) == v.size:
        found.jac = unknowns.spread(np.asarray(found.jac, float).ravel())
    return found


def checked_number(fun: Callable[..., Any]) -> Any:
    """fun, whose result must be one number."""
    def f(v: Any) -> Any:
        y = fun(v)
        if y is None:
            raise InputError("fun(x) returned None (is a return statement missing?)")
        if isinstance(y, (str, bytes, dict, set)) or np.size(y) != 1:
            what = f"an array of shape {np.shape(y)}" if np.ndim(y) else f"a {type(y).__name__}"
            raise InputError(f"fun(x) returned {what}; minimize needs one number; for residuals: solve.least_squares")
        return y

    return with_programs(f, fun)


def run(
    f: Any, unknowns: Any, sides: Any, constraints: Any, method: Any, tol: Any, callback: Any, options: Any,
    reason: str = "by its name", told: Meter = SILENT,
) -> Any:  # fmt: skip
    """The result for the flat unknowns, of the method that is named or chosen."""
    x = unknowns.flat
    constraints, sparse = read_constraints(unknowns, constraints, method in ("auto", "trust-constr"))
    disp = bool(options.get("disp", False))
    progress = Steps(disp, callback, unknowns.rebuild, told)
    if x.size == 0:
        return nothing_left(f, x, progress)
    model = None
    if method == "auto":
        method, reason, model = choose(f, x, sides, constraints)
    if disp:
        print(f"{method}: {reason}")
    if method == "newton":
        if sides is not None or constraints:
            raise ArgumentError('method "newton" takes no bounds and no constraints; "l-bfgs-b" and "trust-constr" do')
        for name in options:
            if name not in OWN:
                raise ArgumentError(f"unknown option {name!r} of method 'newton'{nearest(name, OWN)}")
        gtol = options.get("gtol", tol)
        limits = {name: options.get(name) for name in ("maxiter", "maxtime")}
        found = newton(
            model or model_of(f, x), x, gtol=gtol, **limits, progress=progress, method=method, reason=reason
        )
    else:
        found = scipys(f, x, sides, constraints, sparse, method, tol, options, progress)
        found.method, found.reason = method, reason
    progress.end(found.message)
    return found


def nothing_left(f: Any, x: Any, progress: Any) -> Any:
    """The result where bounds or `free` fix every unknown."""
    value = float(np.reshape(value_of(as_operand(f(x))), ()))
    progress.note(0, value, 0.0, np.nan)
    return MinimizeResult(x=x, fun=value, jac=np.zeros(0), success=True, status=1, nit=0, nfev=1, njev=0, method="none",
                          reason="every unknown is fixed", message="every unknown is fixed",
                          history=progress.history())  # fmt: skip


def choose(f: Any, x: Any, sides: Any, constraints: Any) -> tuple[Any, Any, Any]:
    """(method, reason, model or None)."""
    n = x.size
    if constraints:
        return "trust-constr", "there are constraints", None
    if sides is not None:
        return "l-bfgs-b", "there are bounds", None
    if n <= SMALL:
        return "newton", f"{n} unknowns: the whole Hessian is small", DenseModel(f)
    try:
        share = filled(f, x)
        if share <= FULL and share * n * n <= ENTRIES:
            plan = SparseHessian(number(f))
            plan.ready(x, (), {})
            pattern = plan.pattern
            if pattern.nnz <= max(FULL * n * n, 1):
                known = fill_estimate(pattern)
                entries = f"the Hessian is sparse ({pattern.nnz:,} entries in {plan.ncolors} products)"
                size = rough(known.nonzeros / 2)
                if known.nonzeros / 2 <= BUDGET:
                    return "newton", f"{entries}, its factor has about {size}", SparseModel(f, plan, known)
                large = f"{entries}, but its factor would have about {size}"
                return "newton-cg", f"{large}: products instead", None
            share = pattern.nnz / n**2
    except DualDiffError as error:
        return "l-bfgs-b", f"the Hessian cannot be had ({str(error).splitlines()[0]:.120}): exact gradients alone", None
    if n <= MEDIUM:
        return "trust-krylov", f"the Hessian of {n} unknowns is full ({share:.0%}): products with it", None
    return "l-bfgs-b", f"the Hessian of {n} unknowns is full ({share:.0%}): exact gradients alone", None


def filled(f: Any, x: Any) -> Any:
    """Which share of the Hessian is not 0, by products with a few unit vectors next to x."""
    rng = np.random.default_rng(0)
    near = x + 1e-3 * rng.uniform(-1, 1, x.size) * np.maximum(np.abs(x), 1.0)
    with np.errstate(all="ignore"):
        value = np.reshape(value_of(as_operand(f(near.copy()))), ())
    H = HessianProduct(f).fresh(near if np.isfinite(value) else x)
    V = np.zeros((PROBES, x.size))
    V[np.arange(PROBES), rng.choice(x.size, PROBES, replace=False)] = 1.0
    return float(np.mean([np.count_nonzero(H @ v) for v in V])) / x.size


class DenseModel:
    """f with its whole Hessian."""

    def __init__(self, f: Any) -> None:
        from ..scipy.exact import Gradient

        self.f, self.gradient, self.hessian = f, Gradient(f), dense_hessian(f)
        self.factors = Dense()

    def value(self, x: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.reshape(value_of(as_operand(self.f(x.copy()))), ())

    def derivatives(self, x: Any) -> tuple[Any, Any]:
        self.H = self.hessian(x)
        return self.gradient(x), self.H

    def times(self, v: Any) -> Any:
        return self.H @ v

    def diagonal(self) -> Any:
        return np.diag(self.H)


def model_of(f: Any, x: Any) -> Any:
    """For method "newton" by its name: sparse where the Hessian is."""
    if x.size > SMALL and filled(f, x) <= FULL:
        plan = SparseHessian(number(f))
        plan.ready(x, (), {})
        return SparseModel(f, plan)
    return DenseModel(f)


def scipys(
    f: Any, x: Any, sides: Any, constraints: Any, sparse: Any, method: Any, tol: Any, options: Any, progress: Any
) -> Any:
    """One of SciPy's methods on exact derivatives."""
    options = {name: value for name, value in options.items() if name != "disp"}
    if method == "l-bfgs-b" and tol is None:
        # SciPy's ftol stops at eight digits of f; its maxfun counts as many evaluations as steps
        options = {"ftol": 1e-13, "maxcor": 20, "maxiter": 50000, "maxfun": 200000, **options}
    if sparse:
        options.setdefault("sparse_jacobian", True)
    if method in ("tnc", "slsqp"):      # SciPy gives them x alone
        def each_x(xk: Any) -> None:
            try:
                progress.scipys(OptimizeResult(x=np.array(xk)))
            except StopIteration:
                raise Stopped(np.array(xk)) from None

        each: Callable[..., None] = each_x
    else:
        def each_result(intermediate_result: Any) -> None:
            g = intermediate_result.get("grad", intermediate_result.get("jac"))
            gmax = float(np.abs(g).max()) if isinstance(g, np.ndarray) and g.size == x.size else np.nan
            last.append(np.array(intermediate_result.x))
            del last[:-1]
            progress.scipys(intermediate_result, gmax)

        each = each_result

    last: list[Any] = []
    bounds = None if sides is None else Bounds(*sides)
    progress.note(0, float(np.reshape(value_of(as_operand(f(x.copy()))), ())), np.nan, np.nan)
    try:
        found = exact.minimize(
            f, x, method=method, bounds=bounds, constraints=constraints, tol=tol, callback=each, options=options
        )
    except Stopped as stopped:
        x = stopped.x
        found = OptimizeResult(x=x, fun=float(np.reshape(f(x), ())), success=False, status=99, nit=len(progress.rows),
                               message="stopped by the callback")  # fmt: skip
    except (ValueError, np.linalg.LinAlgError) as error:
        if isinstance(error, DualDiffError) or not last:
            raise
        # SciPy's methods end so where numbers go astray in the middle of a run
        found = OptimizeResult(x=last[-1], fun=float(np.reshape(f(last[-1]), ())), success=False, status=-2,
                               nit=len(progress.rows), message=f"the method broke down: {error}")  # fmt: skip
    if method == "trust-constr" and "barrier_parameter" in found:
        found = to_the_edge(f, found, bounds, constraints, tol, options, each)
    return MinimizeResult({**found, "history": progress.history()})


def to_the_edge(f: Any, found: Any, bounds: Any, constraints: Any, tol: Any, options: Any, each: Any) -> Any:
    """The result with a barrier that is as low as asked for.

    SciPy's interior-point method ends as soon as the problem with a barrier is solved to gtol, whatever is left of the
    barrier, and reports success a good way off an active constraint.
    """
    least = options.get("barrier_tol", BARRIER)
    for _ in range(ROUNDS):
        barrier = found.get("barrier_parameter", 0.0)
        if found.status != 1 or barrier <= least:
            break
        barrier = max(1e-2 * barrier, least)
        lower = {**options, "initial_barrier_parameter": barrier, "initial_barrier_tolerance": barrier}
        again = exact.minimize(f, found.x, method="trust-constr", bounds=bounds, constraints=constraints, tol=tol,
                               callback=each, options=lower)  # fmt: skip
        for name in ("nit", "niter", "nfev", "njev", "nhev", "cg_niter", "execution_time"):
            if name in again and name in found:
                again[name] += found[name]
        if again.status not in (1, 2) or again.constr_violation > max(FEASIBLE, found.constr_violation):
            break
        found = again
    return found


class Stopped(Exception):
    """The callback's StopIteration, through a method of SciPy's that does not know it."""

    def __init__(self, x: Any) -> None:
        super().__init__()
        self.x = x


def feasible(found: Any) -> None:
    """Takes the success from a result whose constraints do not hold."""
    violation = float(found.get("constr_violation", 0.0))
    if violation > FEASIBLE:
        found.success = False
        found.message = f"the constraints are violated by {violation:.3g}; {found.message}"
