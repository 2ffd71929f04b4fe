"""Built on `root`: fixed points.

Invariant: a loop around the methods of this package; no derivative is made here.
"""

from typing import Any

import numpy as np

from ..automatic import as_asked
from ..errors import ArgumentError, InputError
from ..progress import Progress, meter
from ..transforms.start import first_point
from .call import Solve, hold, root, teller
from .implicit import attached
from .options import nearest, read_options
from .problem import Problem, norm
from .state import at_floor

__all__ = ["fixed_point"]

DEPTH = 5


def fixed_point(
    g: Any, x0: Any, args: Any = (), *, method: str = "newton", tol: Any = None, callback: Any = None,
    options: Any = None, progress: Progress = None, lift: Any = "auto",
) -> Any:  # fmt: skip
    """Solves x = g(x).

    Parameters
    ----------
    g : callable
        g(x, *args), in the shape of x.
    x0 : array_like
        The start.
    args : tuple
        Further arguments of g.  Where they carry derivatives, so does the solution.
    method : {"newton", "anderson"}
        "newton": `root` on F(x) = x - g(x), few steps, with derivatives of g.  "anderson": the combination of the
        last five points that makes the residual smallest, no derivatives; for g that contract, or nearly.
    tol, callback, options, progress
        As for `root`; "method" in options chooses root's method.  "anderson" takes maxiter (200), maxfev, maxtime,
        fatol, frtol, xtol, norm and disp.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    RootResult
        With fun = x - g(x).

    Raises
    ------
    ArgumentError
        If the method is unknown.

    References
    ----------
    Walker and Ni, SIAM J. Numer. Anal. 49 (2011) 1715-1735.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> float(solve.fixed_point(np.cos, 1.0).x.round(9))
    0.739085133
    >>> solve.fixed_point(np.cos, 1.0, method="anderson").success
    True
    """
    g = as_asked(g, lift)
    if method not in ("newton", "anderson"):
        raise ArgumentError(f"unknown method {method!r}{nearest(method, ('newton', 'anderson'))}")
    if not callable(g):
        raise InputError(f"g is a {type(g).__name__}; expected a function of x")

    def fun(x: Any, *args: Any) -> Any:
        y = g(x, *args)
        if y is None:
            raise InputError("g(x) returned None (is a return statement missing?)")
        if isinstance(y, (str, bytes, dict, set)):
            raise InputError(f"g(x) returned a {type(y).__name__}; expected numbers in the shape of x")
        if np.ndim(y) and np.size(y) != np.size(x):
            raise InputError(f"g(x) has {np.size(y)} elements, x has {np.size(x)}; expected the same shape")
        return x - y

    if method == "newton":
        more = dict(options or {})
        inner = more.pop("method", "auto")
        return root(fun, x0, args, method=inner, tol=tol, callback=callback, options=more, progress=progress)
    x0 = first_point(x0)
    settings, tol_given = read_options(tol, options, x0)
    args = args if isinstance(args, tuple) else (args,)
    held, varying = hold(args)
    problem = Problem(fun, x0, held, settings.but(linearize=False))
    with meter(progress, "fixed_point", None, "steps") as told:
        result = Mixing(problem, settings, "anderson", tol_given, teller(callback), told).run()
    if varying or problem.outer:
        result.x, result.fun = attached(problem, args, result.x, result.success)
    return result


class Mixing(Solve):
    """Anderson's method as a solve of one method."""

    def plan(self) -> list[Any]:
        """The one method."""
        return ["anderson"]

    def iterate(self, state: Any) -> Any:
        """(status, message); |F| need not decrease, the best point is kept."""
        return anderson(state)


def anderson(state: Any) -> Any:
    """x+ = g(x) - sum gamma_i (dx_i + df_i) with gamma minimising |f - sum gamma_i df_i|."""
    x, f = state.x, -state.f        # the residual g(x) - x
    dX: list[Any] = []
    dF: list[Any] = []
    while True:
        if dX:
            A = np.stack(dF, axis=1)
            gamma = np.linalg.lstsq(A, f, rcond=1e-12)[0]
            new = x + f - (np.stack(dX, axis=1) + A) @ gamma
        else:
            new = x + f
        h = -state.problem.residual(new)
        if not np.isfinite(h).all():
            if not dX:
                return -6, f"no finite step: F is not finite at g(x), {state.where()}"
            dX, dF = [], []
            continue
        dX, dF = [*dX, new - x][-DEPTH:], [*dF, h - f][-DEPTH:]
        gain = norm(h) / state.f2 if state.f2 else 0.0
        moved = new - x if gain < 0.5 else h       # as a rule the larger: what is left to go
        x, f = new, h
        state.accept(x, -f, np.nan, np.nan, 0, 1.0, moved)
        ended = state.ended()
        if ended:
            return ended
        if gain > 0.9:
            floor = at_floor(state)
            if floor:
                return floor
        if not state.f2 < 1e10 * state.rows[0][2]:
            return -4, f"the iteration diverges: |F| = {state.f2:.3g} from {state.rows[0][2]:.3g}, {state.where()}"
