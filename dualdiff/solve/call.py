"""The call: reads the arguments of `root`, runs the iteration, makes the result.

Invariant: bad input raises a typed error before any work; numbers never raise.
Imported by dualdiff/solve/__init__.py.
"""

import difflib
import inspect
import math
import numbers
from dataclasses import fields

import numpy as np

from ..errors import ArgumentError, InputError
from . import newton, progress
from .problem import Problem, Stop, first_point
from .result import HISTORY

__all__ = ["root"]

METHODS = ("auto", "krylov")


def root(fun, x0, args=(), *, method="auto", tol=None, callback=None, options=None):
    """Solves F(x) = 0 by Newton's method on exact Jacobian-vector products.

    x+ = x + lam s with |F + J s| <= eta |F|: the step is solved for by GCROT(m,k), as accurately as it can be of use,
    and followed as far as |F| decreases enough.

    Parameters
    ----------
    fun : callable
        fun(x, *args) -> F, NumPy code; x in the shape of x0, F as many numbers in any shape.
    x0 : array_like
        The start, of any shape, float64 or float32 (kept; integers become float64).
    args : tuple
        Further arguments of fun, not differentiated.
    method : {"auto", "krylov"}
        "krylov" never forms a matrix; "auto" is "krylov".
    tol : float, optional
        The bound on max|F|, in the units of F: short for options fatol = tol, frtol = 0.
    callback : callable, optional
        Called after each step: callback(intermediate_result=r) if that is its one parameter (r has x, fun, nit, nfev,
        njvp, nlinearize, history and so on), else callback(x, F), or callback(x) if it takes one argument.
        StopIteration stops.
    options : dict, optional
        fatol, frtol : float
            Done when max|F| <= fatol + frtol max(max|F(x0)|, max|J(x0) x0|).  Default fatol 0 and frtol 1e-8 (1e-5 in
            float32); fatol alone means frtol 0.
        maxiter, maxfev, maxtime : int, int, float
            Bounds on steps (200), on evaluations of F, linearizations and products together, on seconds (none).
        eta0, eta_max : float
            The first and the largest forcing term, 0.3 and 0.9.
        forcing : "ew2" or float
            Eisenstat and Walker's choice 2, or a constant forcing term.
        M : matrix, LinearOperator, callable, or any of these with update(x, F)
            Preconditioner, M v about J^-1 v; update is called before each linear solve.
        m, k, cycles : int
            GCROT's inner steps, recycled vectors and restarts: 30, 10, 5.
        linearize : bool
            True: F is recorded once a step and the products replay it, which takes memory for the partial derivatives
            of all operations of F.  False: each product runs F again on dual numbers, which takes that of a few
            arrays, and is faster where F is cheap (small x) and a step takes few products.
        disp : bool
            Print one line a step.

    Returns
    -------
    RootResult
        x, fun, success, status, message, nit, nfev, njvp, nlinearize, tol, time, history.  Numerical failure is a
        status and a message, not an exception.

    Raises
    ------
    InputError
        If an argument has the wrong type, is complex or empty, or fun(x) has not as many elements as x.
    ArgumentError
        If x0 is not finite, or a method or an option is unknown or out of range.
    UnsupportedError
        If fun uses something that has no derivative rule.
    KeyboardInterrupt
        As usual, with the best point so far in the exception's `result`.

    Notes
    -----
    Where F has a kink, J is the symmetric derivative.  A point where F is not finite is stepped back from; F is
    evaluated with NumPy's warnings off.

    References
    ----------
    Eisenstat and Walker, SIAM J. Sci. Comput. 17 (1996) 16-32, choice 2 and algorithm INB; Kelley, Iterative Methods
    for Linear and Nonlinear Equations, SIAM 1995, chapters 6 and 8; Hicken and Zingg, SIAM J. Sci. Comput. 32 (2010)
    172-194; Knoll and Keyes, J. Comput. Phys. 193 (2004) 357-397.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> r = solve.root(lambda x: np.array([x[0] + x[1] - 3, x[0] * x[1] - 2]), np.array([3.0, 0.0]))
    >>> r.success, r.x.round(6)
    (True, array([2., 1.]))
    """
    if not callable(fun):
        raise InputError(f"fun is a {type(fun).__name__}; expected a function of x")
    if not isinstance(method, str) or method not in METHODS:
        raise ArgumentError(f"unknown method {method!r}{nearest(method, METHODS)}")
    settings, tol_given = read_options(tol, options)
    tell = teller(callback)
    x0 = first_point(x0)
    args = args if isinstance(args, tuple) else (args,)
    problem = Problem(fun, x0, args, settings.maxfev, settings.maxtime, settings.linearize)
    state = newton.State(problem, x0.ravel(), np.full(x0.size, np.nan, x0.dtype))

    def report(state):
        if settings.disp:
            if len(state.rows) == 1:
                print(progress.header())
            print(progress.line(np.array(state.rows[-1:], HISTORY)[0]), flush=True)
        if tell is not None and state.steps:
            try:
                tell(state)
            except StopIteration:
                raise Stop(3, f"stopped by the callback: max|F| = {state.fmax:.3g} after {state.steps} steps") from None

    try:
        status, message = newton.run(state, settings, report)
    except Stop as stop:
        status, message = stop.status, stop.message
        if status != 3:
            message += f"; max|F| = {state.fmax:.3g} after {state.steps} steps"
    except KeyboardInterrupt as interrupt:
        message = f"interrupted: max|F| = {state.fmax:.3g} after {state.steps} steps"
        interrupt.result = state.result(    # type: ignore[attr-defined]
            success=False, status=3, message=message, method="krylov"
        )
        raise
    success = status == 1 or status == 2 and not tol_given
    if settings.disp:
        print(message)
    return state.result(success=success, status=status, message=message, method="krylov")


def nearest(name, known):
    """ "; did you mean ...?" or the list of what there is."""
    close = difflib.get_close_matches(str(name), known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(known)}"


def read_options(tol, options):
    """(Settings, whether the caller asked for a tolerance), checked."""
    known = [f.name for f in fields(newton.Settings)]
    given = {} if options is None else options
    if not isinstance(given, dict):
        raise InputError(f"options is a {type(given).__name__}; expected a dict")
    for name in given:
        if name not in known:
            raise ArgumentError(f"unknown option {name!r}{nearest(name, known)}")
    values = {name: value for name, value in given.items() if value is not None}
    if tol is not None:
        values = {"fatol": tol, **values}
    for name in ("maxiter", "maxfev", "m", "k", "cycles"):
        if name in values:
            integer(name, values[name], least=0 if name in ("maxiter", "k") else 1)
    for name in ("fatol", "frtol", "maxtime"):
        if name in values:
            real("tol" if name == "fatol" and tol is not None else name, values[name], least=0.0)
    for name in ("eta0", "eta_max", "forcing"):
        if name in values and not (name == "forcing" and values[name] == "ew2"):
            if name == "forcing" and isinstance(values[name], str):
                raise ArgumentError(f"unknown forcing {values[name]!r}; give 'ew2' or a number between 0 and 1")
            real(name, values[name], least=0.0, below=1.0)
    if not isinstance(values.get("linearize", True), (bool, np.bool_)):
        raise InputError(f"linearize must be True or False, got {values['linearize']!r}")
    settings = newton.Settings(**values)
    if not isinstance(settings.forcing, str):
        settings = newton.Settings(**{**values, "eta0": float(settings.forcing)})
    return settings, "fatol" in values or "frtol" in values


def integer(name, value, least):
    """Checks a whole number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise InputError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise ArgumentError(f"{name} must be at least {least}, got {value}")


def real(name, value, least, below=math.inf):
    """Checks a real number."""
    if isinstance(value, bool) or not isinstance(value, (numbers.Real, np.floating)):
        raise InputError(f"{name} must be a number, got {value!r}")
    if not least <= value < below:
        raise ArgumentError(f"{name} must be at least {least:g} and less than {below:g}, got {value}")


def teller(callback):
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

    def tell(state):
        r = state.result()
        return callback(r.x, r.fun) if two else callback(r.x)

    return tell
