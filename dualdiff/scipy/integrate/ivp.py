"""scipy.integrate.solve_ivp and odeint: an exact df/dy for implicit methods, and derivatives of the solution.

Invariant: the methods and their results are SciPy's.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.integrate as _scipy

import dualdiff as dd

from ...errors import ArgumentError, UnsupportedError
from ...functions.base import as_operand, exact, has_duals, value_of
from ...functions.foreign import plain_numbers
from ...maps.tangents import is_dual
from ...programs.bound import paths_of
from ...solve.call import hold
from ..applied import plain
from ..closed import Watched, buffer, delta, depth_of, leaves, tags_of, vector
from .dae import mass_solve
from .flow import Flow, Solver, exact_jacobian, is_implicit
from .systems import with_cheaper_systems

__all__ = ["odeint", "solve_ivp"]


def solve_ivp(
    fun: Any,
    t_span: Any,
    y0: Any,
    method: str = "RK45",
    t_eval: Any = None,
    dense_output: bool = False,
    events: Any = None,
    vectorized: bool = False,
    args: Any = None,
    sensitivity_control: str = "all",
    **options: Any,
) -> Any:
    """`scipy.integrate.solve_ivp`, differentiable; "Radau", "BDF" and "LSODA" get an exact df/dy if jac is left out.

    Inside `jvp`, `grad`, `vjp`, ... the solution has derivatives by y0, by args and what fun closes over, by the ends
    of t_span and by t_eval; t_events, y_events and a solution that an event ended have those of the time of the event.
    Forward mode solves the sensitivity equations together with fun's, reverse mode the adjoint equations.

    Parameters
    ----------
    fun, t_span, y0, method, t_eval, dense_output, events, vectorized, args, **options
        As in SciPy.  jac_sparsity gives the pattern of the exact Jacobian; without it a pattern is looked for from
        50 unknowns on.  jac=None given as such is left out too.  mass_matrix=M solves M y' = fun(t, y), also with a
        singular M of index 1, by "Radau" (the default then) or "BDF"; M is dense, sparse, its diagonal, or a function
        M(t, y). The algebraic part of y0 is made consistent first, unless consistent=False.
    sensitivity_control : {"all", "value"}
        What the steps of the sensitivity equations are chosen by: the errors of y and of its derivatives, or those of
        y alone.  The value of the solution is SciPy's either way.

    Returns
    -------
    As SciPy: an OptimizeResult with t, y, sol, nfev, njev, nlu and so on.

    Raises
    ------
    DualDiffError
        If fun uses something that cannot be differentiated.

    Notes
    -----
    Derivatives are as accurate as rtol and atol make the equations that they solve; steps inside the interval are
    constants.  A complex y0 is left to SciPy's differences, and to forward mode.  For those on a real one give
    method="BDF" of SciPy itself.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.integrate import solve_ivp
    >>> def robertson(t, y):
    ...     r = np.array([0.04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] ** 2])
    ...     return np.stack([r[1] - r[0], r[0] - r[1] - r[2], r[2]])
    >>> s = solve_ivp(robertson, (0, 1e5), [1.0, 0.0, 0.0], method="Radau")
    >>> s.success, float(s.y[:, -1].sum().round(6))
    (True, 1.0)
    >>> def end(rate):
    ...     return solve_ivp(lambda t, y: -rate * y, (0, 1), [1.0], rtol=1e-9, atol=1e-9).y[0, -1]
    >>> bool(abs(dd.grad(end)(2.0) + np.exp(-2.0)) < 1e-7)
    True
    """
    if options.get("mass_matrix") is not None:
        return mass_solve(fun, t_span, y0, method=method, t_eval=t_eval, dense_output=dense_output, events=events,
                          vectorized=vectorized, args=args, **options)  # fmt: skip
    options.pop("mass_matrix", None)
    if sensitivity_control not in ("all", "value"):
        raise ArgumentError(f'sensitivity_control must be "all" or "value", got {sensitivity_control!r}')
    given = () if args is None else args if np.iterable(args) else (args,)
    held, varying = hold(tuple(given))
    watched = Watched(fun)
    triggers = None if events is None else (events,) if callable(events) else tuple(events)
    watching = None if triggers is None else tuple(map(watched_event, triggers))
    value_y0 = np.asarray(plain_numbers(plain(y0), "y0"))
    found = plain_solve(
        watched, fun, (plain(t_span[0]), plain(t_span[1])), value_y0, method, plain(t_eval), dense_output, watching,
        vectorized, args if args is None or not np.iterable(args) else held, options,
    )  # fmt: skip
    tags = watched.tags.union(*(w.tags for w in watching or ()))
    constant = not (tags or varying or any(map(has_duals, (*t_span, y0, t_eval))))
    if constant and (found.sol is None or value_y0.dtype.kind == "c"):
        return found
    if vectorized:

        def f(t: Any, y: Any) -> Any:
            return vector(fun(t, buffer(y.reshape((-1, 1))), *given))
    else:

        def f(t: Any, y: Any) -> Any:
            return vector(fun(t, buffer(y), *given))

    stop = t_span[1]
    if found.status == 1:
        times = np.concatenate(found.t_events)
        stop = times.max() if plain(t_span[1]) >= plain(t_span[0]) else times.min()
    flow = Flow(
        f, as_operand(t_span[0]), stop, as_operand(y0),
        Solver(method, value_y0.size, options, sensitivity_control), tags=watched.tags | tags_of(*leaves(given)),
    )  # fmt: skip
    if constant:
        found.sol.__class__, found.sol.flow = OdeSolution, flow
        return found
    return differentiated(found, flow, t_span, t_eval, triggers, given)


def watched_event(event: Any) -> Any:
    """An event with plain results, and SciPy's attributes."""
    found = Watched(event)
    for name in ("terminal", "direction"):
        if hasattr(event, name):
            setattr(found, name, getattr(event, name))
    return found


def plain_solve(
    watched: Any,
    fun: Any,
    t_span: Any,
    y0: Any,
    method: Any,
    t_eval: Any,
    dense_output: Any,
    events: Any,
    vectorized: Any,
    args: Any,
    options: Any,
) -> Any:
    """SciPy's function on plain numbers, with an exact Jacobian where none is given."""
    options = dict(options)
    if is_implicit(method) and y0.dtype.kind != "c" and y0.size:
        given = options.get("jac")
        if given is None:
            lsoda = method in ("LSODA", _scipy.LSODA)
            pattern = None if lsoda else options.pop("jac_sparsity", None)
            if not ("lband" in options or "uband" in options):
                f = column(fun, vectorized)
                own = fun if paths_of(fun) is not None and not vectorized else lambda t, y, *args: f(y, t, *args)
                options["jac"], method = exact_jacobian(own, method, pattern), with_cheaper_systems(method)
        elif callable(given):
            options["jac"] = Watched(given)
    return _scipy.solve_ivp(
        watched, t_span, y0, method=method, t_eval=t_eval, dense_output=dense_output, events=events,
        vectorized=vectorized, args=args, **options,
    )  # fmt: skip


def column(fun: Any, vectorized: Any) -> Callable[..., Any]:
    """Y -> f as a function of y first, of one column."""

    def of(y: Any, t: Any, *args: Any) -> Any:
        if vectorized:
            return np.ravel(np.asanyarray(fun(t, y.reshape(-1, 1), *args)) if not hasattr(y, "tangents")
                            else fun(t, y.reshape(-1, 1), *args))  # fmt: skip
        found = fun(t, y, *args)
        return found if not isinstance(found, (list, tuple)) else np.stack(list(found))

    return of


# ---- the parts of a result -----------------------------------------------------------------------


def differentiated(found: Any, flow: Any, t_span: Any, t_eval: Any, triggers: Any, args: Any) -> Any:
    """SciPy's result with duals for its numbers."""
    times = None if t_eval is None else as_operand(t_eval)[: len(found.t)]
    at_events: list[Any] = []
    y_events = None
    if triggers is not None:
        at_events = [when(flow, event, t, args) for event, t in zip(triggers, found.t_events, strict=True)]
        y_events = [
            exact(np.transpose(flow.at(t)), y) if len(y) else y for t, y in zip(at_events, found.y_events, strict=True)
        ]
    if times is None:
        times = found.t
        last = as_operand(t_span[1])
        if found.status == 1:
            last = next(
                t[-1] for t, p in zip(at_events, found.t_events, strict=True) if len(p) and p[-1] == found.t[-1]
            )
        elif found.status == -1:
            last = found.t[-1]
        first = as_operand(t_span[0])
        if is_dual(first) or is_dual(last):
            times = np.concatenate([np.reshape(first, (1,)), found.t[1:-1], np.reshape(last, (1,))])
    found.t, found.y = exact(times, found.t), exact(flow.at(times), found.y)
    if triggers is not None:
        found.t_events, found.y_events = [exact(t, p) for t, p in zip(at_events, found.t_events, strict=True)], y_events
    if found.sol is not None:
        found.sol = Dense(flow, found.sol)
    return found


def when(flow: Any, event: Any, t: Any, args: Any) -> Any:
    """The times of an event: the zeros of event(t, y(t)) by what they depend on.

    z <- z - g(z) / (dg/dt), once for each order of derivative, is right to one more order each time.
    """
    if not len(t):
        return t

    def g(z: Any) -> Any:
        y = flow.at(z)
        return np.stack([np.reshape(as_operand(event(z[i], y[:, i], *args)), ()) for i in range(len(t))])

    y = value_of(flow.at(t))

    def slope(i: Any) -> Any:
        rate = value_of(vector(flow.f(t[i], y[:, i])))
        found = dd.jvp(lambda s, u: np.reshape(as_operand(event(s, u, *args)), ()), (t[i], y[:, i]), (1.0, rate))[1]
        return float(value_of(found))

    slopes = np.array([slope(i) for i in range(len(t))])
    first = g(t)
    z = t
    for _ in range(depth_of(first)):
        z = z - delta(g(z)) / slopes
    return z


class Dense:
    """The solution as a function of time: SciPy's OdeSolution, of times that may be duals and with derivatives.

    Attributes
    ----------
    t_min, t_max, ts, n_segments, interpolants
        SciPy's.
    """

    def __init__(self, flow: Any, sol: Any) -> None:
        self.flow, self.sol = flow, sol

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["sol"], name)

    def __call__(self, t: Any) -> Any:
        """y at a time (n,) or at a vector of times (n, m)."""
        t = as_operand(t)
        value = self.sol(value_of(t))
        found = self.flow.at(np.reshape(t, (-1,)))
        return exact(np.reshape(found, value.shape), value)


class OdeSolution(_scipy.OdeSolution):
    """SciPy's, of a solution that does not vary: its times may be duals."""

    flow: Any = None

    def __call__(self, t: Any) -> Any:
        """y at a time (n,) or at a vector of times (n, m)."""
        if has_duals(t) and self.flow is not None:
            return Dense(self.flow, self)(t)
        return super().__call__(t)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "flow"}


# ---- odeint --------------------------------------------------------------------------------------


def odeint(
    func: Any,
    y0: Any,
    t: Any,
    args: Any = (),
    Dfun: Any = None,
    col_deriv: Any = 0,
    full_output: Any = 0,
    ml: Any = None,
    mu: Any = None,
    rtol: Any = None,
    atol: Any = None,
    tcrit: Any = None,
    h0: Any = 0.0,
    hmax: Any = 0.0,
    hmin: Any = 0.0,
    ixpr: Any = 0,
    mxstep: Any = 0,
    mxhnil: Any = 0,
    mxordn: Any = 12,
    mxords: Any = 5,
    printmessg: Any = 0,
    tfirst: bool = False,
) -> Any:
    """`scipy.integrate.odeint`, differentiable by y0, by t, by args and by what func closes over.

    Parameters
    ----------
    func, y0, t, args, Dfun, col_deriv, full_output, ml, mu, rtol, atol, tcrit, h0, hmax, hmin, ixpr, mxstep, mxhnil
        As in SciPy.
    mxordn, mxords, printmessg, tfirst
        As in SciPy.

    Returns
    -------
    As SciPy.

    Raises
    ------
    DualDiffError
        If func uses something that cannot be differentiated.

    Notes
    -----
    Derivatives come from LSODA as `solve_ivp` calls it, with the same rtol and atol.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.integrate import odeint
    >>> def end(rate):
    ...     return odeint(lambda y, t, rate: -rate * y, 1.0, np.array([0.0, 1.0]), args=(rate,))[-1, 0]
    >>> bool(abs(dd.grad(end)(2.0) + np.exp(-2.0)) < 1e-6)
    True
    """
    args = args if isinstance(args, tuple) else (args,)
    held, varying = hold(args)
    watched = Watched(func)
    y_value, t_value = plain(y0), plain(t)
    found = _scipy.odeint(
        watched, y_value, t_value, args=held, Dfun=None if Dfun is None else Watched(Dfun), col_deriv=col_deriv,
        full_output=full_output, ml=ml, mu=mu, rtol=rtol, atol=atol, tcrit=tcrit, h0=h0, hmax=hmax, hmin=hmin,
        ixpr=ixpr, mxstep=mxstep, mxhnil=mxhnil, mxordn=mxordn, mxords=mxords, printmessg=printmessg, tfirst=tfirst,
    )  # fmt: skip
    if not (watched.tags or varying or has_duals(y0) or has_duals(t)):
        return found
    if tcrit is not None:
        raise UnsupportedError("odeint with tcrit has no derivative: call it once for each piece between these times")
    ts = as_operand(t)
    options = {"rtol": 1.49012e-8 if rtol is None else rtol, "atol": 1.49012e-8 if atol is None else atol}
    size = np.size(y_value)

    def f(s: Any, y: Any) -> Any:
        y = buffer(y)
        return vector(func(s, y, *args) if tfirst else func(y, s, *args))

    flow = Flow(
        f,
        ts[0],
        plain(ts[-1]),
        as_operand(y0),
        Solver("LSODA", size, options),
        tags=watched.tags | tags_of(*leaves(args)),
    )
    y = found[0] if full_output else found
    y = exact(np.transpose(flow.at(ts)), y)
    return (y, found[1]) if full_output else y
