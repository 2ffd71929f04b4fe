"""A root by whatever solver, with the derivative of the implicit function theorem."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import NoConvergence

from ..functions.base import as_operand
from ..transforms.start import first_point
from .call import hold, root
from .implicit import attached
from .operator import plain
from .options import Settings
from .problem import Problem

__all__ = ["implicit_root"]


def implicit_root(fun: Callable[..., Any], x0: Any, args: Any = (), *, solver: Any = None, **more: Any) -> Any:
    """The solution x of fun(x, *args) = 0 as a differentiable function of args.

    dx = -(dF/dx)^-1 dF/dargs dargs: one linear solve a direction, whatever the solver did.

    Parameters
    ----------
    fun : callable
        fun(x, *args) -> F, as many numbers as x.
    x0 : array_like
        The start; a solution does not depend on it, so its derivatives are ignored.
    args : tuple
        What x depends on: arrays, numbers and nested tuples, lists and dicts of them.
    solver : callable, optional
        solver(F, x0) -> x with F(x) = 0, any code on plain arrays; by default `root`.
    **more
        For `root`: method, options, and so on.

    Returns
    -------
    x : array
        Plain where args are; inside `jvp`, `grad`, `jacobian`, `vjp`, `linearize` and any nesting of them it carries
        its derivatives.

    Raises
    ------
    scipy.optimize.NoConvergence
        If `root` did not converge, with its result as the exception's `result`.
    InputError
        As `root`.

    References
    ----------
    Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapter 15; Blondel et al., NeurIPS 2022.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff import solve
    >>> def cube_root(a):
    ...     return solve.implicit_root(lambda x, a: x**3 - a, 1.0, (a,))
    >>> round(float(dd.derivative(cube_root)(8.0)), 9)      # 1/(3 * 8^(2/3))
    0.083333333
    """
    args = args if isinstance(args, tuple) else (args,)
    if solver is None:
        r = root(fun, plain(as_operand(x0))[0], args, **more)
        if not r.success:
            error = NoConvergence(plain(r.x)[0])
            error.result = r
            raise error
        return r.x
    held, varying = hold(args)
    x0 = first_point(plain(as_operand(x0))[0])
    p = Problem(fun, x0, held, Settings(**more))

    def F(x: Any) -> Any:
        return p.values(p.residual(np.asarray(x, x0.dtype).ravel()))

    x = np.reshape(np.asarray(plain(as_operand(solver(F, x0.copy())))[0], x0.dtype), x0.shape)
    p.residual(x.ravel())
    return attached(p, args, x, True)[0] if varying or p.outer else x
