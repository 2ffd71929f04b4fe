"""The call: reads the arguments of `root`, runs one method after another, makes the result.

Invariant: bad input raises a typed error before any work; numbers never raise.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from ..automatic import as_asked
from ..errors import ArgumentError, InputError
from ..functions.base import as_operand
from ..progress import SILENT, Meter, Progress, checked_progress, meter
from ..transforms.pytrees import flatten, unflatten
from ..transforms.start import first_point
from . import dogleg, newton, transient
from .diagnosis import diagnose
from .implicit import attached
from .matrices import plan_for
from .operator import plain
from .options import METHODS, nearest, read_bounds, read_options, read_pattern
from .problem import Problem, Stop
from .progress import Table
from .scalar import scan
from .state import State, begin
from .warm import warm

__all__ = ["Solve", "hold", "root", "teller"]

SMALL = 100
"""Up to here "auto" is the dense method."""
RESCUE_SECONDS, RESCUE_TIMES = 60.0, 10.0
"""A rescue ends after so many seconds, or so many times what the first method took, if that is longer."""
PATIENCE = 1.0
"""Seconds from which the message names what would have helped."""
MEDIUM = 3000
"""Up to here a dense Jacobian is worth trying when all else has failed."""
BACKWARD = "ptc backward"
"""In a plan: ptc in the other direction of time, for small systems."""
CLIPPED_STEPS = 50
"""Full Newton steps, clipped to the bounds, that are tried first where there are bounds."""


def root(
    fun: Callable[..., Any], x0: Any, args: Any = (), *, method: str = "auto", jac: Any = None, bounds: Any = None,
    tol: Any = None, callback: Any = None, options: Any = None, progress: Progress = None, lift: Any = "auto",
) -> Any:  # fmt: skip
    """Solves F(x) = 0 by Newton's method on exact derivatives.

    x+ = x + lam s with |F + J s| <= eta |F|, where J is exact.  With no option given the method is chosen by size and
    sparsity, and where one fails others are tried from x0.

    Parameters
    ----------
    fun : callable
        fun(x, *args) -> F, NumPy code; x in the shape of x0, F as many numbers in any shape.  Of a function that was
        compiled (`dualdiff.compile`) F, J and the products are programs; its own F is compared with the program's at
        the solution.
    x0 : array_like
        The start, of any shape, float64 or float32 (kept; integers become float64).
    args : tuple
        Further arguments of fun.  Where they carry derivatives, so does the solution: see Notes.
    method : {"auto", "krylov", "sparse-krylov", "sparse", "dense", "ptc"}
        "krylov": GCROT(m,k) on the exact product, no matrix.  "sparse-krylov": the same, but once that takes more
        than 15 products a step a preconditioner is made of the coloured Jacobian and kept while it serves: LU
        factors, where their estimated fill fits the budget; a multigrid hierarchy (pyamg, if it is installed) for
        diffusion operators; else incomplete factors, or none.  `preconditioner` of the result says which and why.
        "sparse": the coloured Jacobian, factored at every step.  "dense": Powell's dogleg.  "ptc": pseudo-transient
        continuation.  "auto": dense up to 100 unknowns, else sparse-krylov, which stays krylov where J is not
        sparse; on failure sparse, dense (up to 3000 unknowns, where J is not sparse), and ptc; for one unknown a
        change of sign is looked for.
    jac : callable or sparse matrix, optional
        jac(x, *args) -> J, dense, sparse or a LinearOperator; or a sparse matrix: the pattern of J, no more.
        By default everything comes from fun.
    bounds : scipy.optimize.Bounds or (lb, ub), optional
        The solution is sought strictly inside; x0 must be.
    tol : float, optional
        The bound on max|F|, in the units of F, and the only test: short for options fatol = tol, frtol = 0.
    callback : callable, optional
        Called after each step: callback(intermediate_result=r) if that is its one parameter (r has x, fun, nit, nfev,
        njvp, nlinearize, history and so on), else callback(x, F), or callback(x) if it takes one argument.
        StopIteration stops.
    options : dict, optional
        fatol, frtol : float
            Done when max|F/f_scale| <= fatol + frtol max(max|F(x0)|, max|J(x0) x0|).  Default fatol 0 and frtol 1e-8
            (1e-5 in float32); fatol alone means frtol 0.  As a residual may be small against F(x0) far from any
            root, with frtol the Newton step must be small too: at most 1e-6 |x_i| (1e-3 in float32), or
            1e-6 max(|x_i|, x_scale_i) where x_scale is given.
        xtol, xatol : float
            In place of that: done only if also the last step was max|dx| <= xtol max|x|, max|dx| <= xatol.
        norm : {np.inf, 2} or callable
            The norm of F in the test; the largest element by default.
        x_scale, f_scale : float or array
            Typical sizes of x and F: the methods work on x/x_scale and F/f_scale.
        maxiter, maxfev, maxtime : int, int, float
            Bounds on steps of each method (200; 1000 for ptc, of which a rescue makes over 100 only up to ten times
            the work of the first method), on evaluations of F, linearizations and products together, on seconds.
        memory : float
            Bytes that the factors of a sparse J may take by estimate, 1e9.
        rescue : bool
            Whether "auto" tries other methods when one fails, for a minute or ten times what the first one took.
            Default True.
        disp : bool
            Print one line a step.
        eta0, eta_max : float
            The first and the largest forcing term, 0.3 and 0.9.
        forcing : {"ew2", "ew1"} or float
            Eisenstat and Walker's choice 2 or 1, or a constant forcing term.
        M : matrix, LinearOperator, callable, or any of these with update(x, F); or "amg"
            Preconditioner, M v about J^-1 v; update is called before each linear solve.  With M "auto" is "krylov".
            "amg" is algebraic multigrid on the coloured J, by pyamg (`pip install 'dualdiff[amg]'`).
        pattern : "detect" or sparse matrix
            The sparsity of J.  By default it is detected when it is needed.
        krylov : {"gcrotmk", "gmres", "lgmres", "bicgstab"} or callable
            The linear method; a callable is called as these are.  By default GCROT(m,k); from 20,000 unknowns on
            CG (where J is symmetric) and BiCGSTAB first, where there is no preconditioner.
        m, k, cycles : int
            Its inner steps, recycled vectors (GCROT) and restarts: 30, 10, 5.
        line_search : {"armijo", None}
            None takes full steps, halved only where F is not finite.
        delta0 : float
            The first time step of ptc; max|x0|/max|F(x0)| by default.
        linearize : bool
            True: F is recorded once a step and the products replay it, which takes memory for the partial derivatives
            of all operations of F.  False: each product runs F again on dual numbers, which takes that of a few
            arrays.
    progress : bool or callable
        True shows the steps made, in a bar of tqdm where that is installed, else in a line on stderr.  A function is
        called with (done, total) after each step, where total is the most steps there can be: a solve that converges
        ends before.  What the function raises ends the solve.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    RootResult
        x, fun, success, status, message, nit, nfev, njvp, nlinearize, njev, nlu, ncolors, tol, time, method, tried,
        history, preconditioner, pattern, diagnosis.  Numerical failure is a status and a message, not an exception.

    Raises
    ------
    InputError
        If an argument has the wrong type, is complex or empty, or fun(x) has not as many elements as x.
    ArgumentError
        If x0 is not finite or outside the bounds, bounds cross, or a method or an option is unknown or out of range.
    ShapeError
        If bounds, scales, a pattern or jac(x) do not fit x0.
    UnsupportedError
        If fun uses something that has no derivative rule.
    KeyboardInterrupt
        As usual, with the best point so far in the exception's `result`.

    Notes
    -----
    Where F has a kink, J is the symmetric derivative.  A point where F is not finite is stepped back from; F is
    evaluated with NumPy's warnings off.

    Inside a derivative call, if F depends on what is differentiated by, x carries dx = -J^-1 dF, by linear solves at
    the solution and never through the iterations: see `implicit_root`.  Before that x is refined by a Newton step.

    References
    ----------
    Eisenstat and Walker, SIAM J. Sci. Comput. 17 (1996) 16-32, choice 2 and algorithm INB; Kelley, Iterative Methods
    for Linear and Nonlinear Equations, SIAM 1995, chapters 6 and 8; Hicken and Zingg, SIAM J. Sci. Comput. 32 (2010)
    172-194; Knoll and Keyes, J. Comput. Phys. 193 (2004) 357-397; Curtis, Powell and Reid, J. Inst. Maths. Applics.
    13 (1974) 117-119; Powell 1970; Kelley and Keyes, SIAM J. Numer. Anal. 35 (1998) 508-523.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> r = solve.root(lambda x: np.array([x[0] + x[1] - 3, x[0] * x[1] - 2]), np.array([3.0, 0.0]))
    >>> r.success, r.x.round(6)
    (True, array([2., 1.]))
    """
    fun = as_asked(fun, lift)
    if not callable(fun):
        raise InputError(f"fun is a {type(fun).__name__}; expected a function of x")
    if not isinstance(method, str) or method not in METHODS:
        raise ArgumentError(f"unknown method {method!r}{nearest(method, METHODS, 'root')}")
    tell, progress = teller(callback), checked_progress(progress)
    x0 = first_point(x0)
    settings, tol_given = read_options(tol, options, x0)
    limits = read_bounds(bounds, x0)
    if jac is not None and not callable(jac):
        if not (sp.issparse(jac) or isinstance(jac, np.ndarray)):
            raise InputError(
                f"jac is a {type(jac).__name__}; expected a function jac(x, *args), or a sparse matrix: the pattern. "
                "Left out, it is exact; of a function that returns F and J too: dualdiff.scipy.optimize.root(jac=True)"
            )
        settings, jac = settings.but(pattern=read_pattern(jac, x0.size)), None
    args = args if isinstance(args, tuple) else (args,)
    held, varying = hold(args)
    problem = Problem(fun, x0, held, settings, jac, limits)
    if x0.size <= SMALL and jac is None and problem.programs is None and settings.x_scale is settings.f_scale is None:
        problem.warm = warm(fun, held)
    with meter(progress, "root", None, "steps") as told:
        result = Solve(problem, settings, method, tol_given, tell, told).run()
    if varying or problem.outer:
        result.x, result.fun = attached(problem, args, result.x, result.success)
    return result


def bracket(state: Any) -> tuple[Any, Any]:
    """One equation in one unknown: a change of sign, halved; from there Newton's steps."""
    p, limits = state.problem, state.problem.bounds
    lb, ub = (np.full(1, -np.inf), np.full(1, np.inf)) if limits is None else limits

    def fun(x: Any, who: Any) -> Any:
        return p.residual(x.astype(p.dtype))

    x, f = scan(fun, state.x, state.f, lb, ub, np.full(1, state.tol))
    if np.isnan(x[0]):
        return -2, f"F keeps its sign from x0 outward, or changes it at a pole or a jump only, {state.where()}"
    state.accept(x, f)
    if state.measure <= state.tol:
        return 1, f"converged: max|F| = {state.measure:.3g} <= {state.tol:.3g}, between points of opposite signs"
    return 2, f"rounding floor: F changes its sign between x and the next number, {state.where()}"


def hold(args: Any) -> tuple[Any, Any]:
    """(args without derivatives, whether there were any)."""
    if not args:
        return args, False
    leaves, structure = flatten(args)
    pairs = [plain(as_operand(leaf)) for leaf in leaves]
    if not any(was for _, was in pairs):
        return args, False
    kept = [value if was else leaf for (value, was), leaf in zip(pairs, leaves, strict=True)]
    return unflatten(structure, kept), True


class Solve:
    """One call of `root`: the methods that were tried, and what is reported of them."""

    def __init__(
        self, problem: Any, settings: Any, method: Any, tol_given: Any, tell: Any, told: Meter = SILENT
    ) -> None:
        self.problem, self.settings, self.method = problem, settings, method
        self.tol_given, self.tell, self.told = tol_given, tell, told
        self.states: list[State] = []
        self.endings: list[tuple[int, str]] = []
        self.warnings: Any = np.geterr() if tell is not None else {}
        self.table = Table(problem) if settings.disp else None

    def report(self, state: Any) -> None:
        """After x0 and after each step: the table's line, and the callback."""
        if self.table is not None:
            self.table.row(state)
        if state.steps:
            self.told.add()
        if self.tell is not None and state.steps:
            try:
                with np.errstate(**self.warnings):
                    self.tell(state)
            except StopIteration:
                raise Stop(3, f"stopped by the callback: {state.where()} after {state.steps} steps") from None

    def plan(self) -> Any:
        """The methods to try, in order; each with whether it may turn into another."""
        p, s = self.problem, self.settings
        if self.method != "auto":
            return [self.method, BACKWARD] if self.method == "ptc" and p.size <= SMALL else [self.method]
        if s.M is not None:
            methods = ["krylov", "dense", "ptc"] if p.size <= SMALL else ["krylov", "ptc"]
        elif p.size <= SMALL:
            methods = ["dense", *(["bracket"] if p.size == 1 else []), "krylov", "ptc", BACKWARD]
        else:
            methods = ["sparse-krylov", "sparse", "dense", "ptc"]
        return methods if p.bounds is None else ["clipped", *methods]

    def fits(self, method: Any) -> Any:
        """Whether a method of the rescue makes sense here."""
        p = self.problem
        if method == "sparse":
            return (p.choice is None or p.choice[0] == "lu") and plan_for(p, p.start, optional=True)
        if method == "dense":
            return p.size <= SMALL or p.size <= MEDIUM and p.plan is None
        return True

    def run(self) -> Any:
        """The result."""
        first = None
        for place, method in enumerate(self.plan()):
            if place and not self.fits(method):
                continue
            settings = self.settings
            if method == "clipped":
                settings = settings.but(line_search=None, maxiter=min(settings.maxiter, CLIPPED_STEPS))
            report = None if self.tell is None and self.table is None and self.told is SILENT else self.report
            state = State(self.problem, settings, "ptc" if method == BACKWARD else method, report)
            state.backward = method == BACKWARD
            if self.states:
                state.tol = self.states[0].tol
                if self.table is not None:
                    self.table.say(f"{self.endings[-1][1]}\nnext: {method}, from x0")
                if self.problem.rescue_until is None:
                    spent = self.problem.seconds()
                    self.problem.rescue_work = RESCUE_TIMES * self.problem.work()
                    self.problem.rescue_until = spent + max(RESCUE_SECONDS, RESCUE_TIMES * spent)
            self.states.append(state)
            self.told.expect(sum(before.steps for before in self.states) + settings.maxiter)
            status, message = self.attempt(state, first)
            self.endings.append((status, message))
            if status > 0 or status in (-1, -5) or not self.settings.rescue:
                break
            first = self.problem.first
        return self.result()

    def attempt(self, state: Any, first: Any) -> Any:
        """(status, message) of one method."""
        try:
            with np.errstate(all="ignore"):
                self.problem.quiet = True
                ended = begin(state, first)
                return ended or self.iterate(state)
        except Stop as stop:
            if stop.status == 3:
                return stop.status, stop.message
            return stop.status, f"{stop.message}; max|F| = {state.fmax:.3g} after {state.steps} steps"
        except KeyboardInterrupt as interrupt:
            self.endings.append((3, f"interrupted: max|F| = {state.fmax:.3g} after {state.steps} steps"))
            interrupt.result = self.result()        # type: ignore[attr-defined]
            raise
        finally:
            self.problem.quiet = False

    def iterate(self, state: Any) -> Any:
        """Runs the method that the state names."""
        if state.method == "dense":
            return dogleg.run(state)
        if state.method == "ptc":
            return transient.run(state)
        if state.method == "bracket":
            return bracket(state)
        return newton.run(state, optional=self.method == "auto")

    def result(self) -> Any:
        """The result of the method that ended well, or of the one that came closest."""
        last = len(self.states) - 1
        if self.endings[last][0] < 1:
            sizes = [state.best[2] if np.isfinite(state.best[2]) else np.inf for state in self.states]
            last = int(np.argmin(sizes))
        state, (status, message) = self.states[last], self.endings[last]
        success = status == 1 or status == 2 and not self.tol_given
        if success:
            self.problem.check_programs(state.best[0])
        tried = [(s.method, code) for s, (code, _) in zip(self.states, self.endings, strict=True)]
        if self.method == "auto" and self.states[last].method == "sparse-krylov":
            if not self.problem.nlu and (self.problem.choice is None or self.problem.choice[0] == "none"):
                state.method = "krylov"
        if len(tried) > 1 and not success:
            message += f" (the best of {len(tried)} methods: {', '.join(name for name, _ in tried)})"
        if self.problem.wanted and (not success or self.problem.seconds() > PATIENCE):
            message += f"; {self.problem.wanted}"
        if self.table is not None:
            self.table.say(message)
        more = {} if success else {"diagnosis": diagnose(state, status, [name for name, _ in tried])}
        return state.result(success=success, status=status, message=message, tried=tried, **more)


def teller(callback: Any) -> Any:
    """A function of the state that calls the user's callback as SciPy (from 1.11) does; None for None."""
    if callback is None:
        return None
    if not callable(callback):
        raise InputError(f"callback is a {type(callback).__name__}; expected a function")
    try:
        signature = inspect.signature(callback)
    except (TypeError, ValueError):     # some built-in functions do not tell
        signature = None
    if signature is not None and set(signature.parameters) == {"intermediate_result"}:
        return lambda state: callback(intermediate_result=state.result())
    two = signature is not None
    if signature is not None:
        try:
            signature.bind(None, None)
        except TypeError:
            two = False

    def tell(state: Any) -> Any:
        r = state.result()
        return callback(r.x, r.fun) if two else callback(r.x)

    return tell
