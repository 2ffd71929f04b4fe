"""SciPy's Newton-Krylov solver: its signature on our iteration, and our product inside its own.

SciPy's solver takes no product from the user (scipy issue 15367), but it takes a Krylov method and tells a
preconditioner where it is.  An object that is both swaps the operator.

Invariant: the rest of SciPy's iteration is untouched.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import NoConvergence
from scipy.sparse.linalg import lgmres

from ..errors import ArgumentError, InputError
from .call import root
from .operator import ExactJacobian, as_preconditioner, flat, plain
from .options import KRYLOV, nearest

__all__ = ["KrylovJacobian", "newton_krylov"]


class KrylovJacobian:
    """Exact J v for ``scipy.optimize.root(fun, x0, method="krylov", options={"jac_options": K.jac_options})``.

    (J v)_i = sum_j dF_i/dx_j v_j, where SciPy takes (F(x + h v) - F(x))/h.

    Parameters
    ----------
    fun : callable
        The function that SciPy solves, NumPy code of one array; bind further arguments with a lambda.
    shape : tuple of int, optional
        The shape of x0, if it is not one-dimensional.
    krylov : callable
        A solver with the interface of scipy.sparse.linalg: krylov(A, b, rtol=, maxiter=, M=).
    M : matrix, LinearOperator, or callable, optional
        Preconditioner, about J^-1.
    linearize : bool
        Record fun once at each point and replay it in the products; False: run fun in each.

    Attributes
    ----------
    njvp, nlinearize : int
        Products and recordings so far.

    Raises
    ------
    InputError
        If fun or krylov is not callable.

    Notes
    -----
    The gain over SciPy's differences is in accuracy; `root` has the iteration that goes with exact products.

    References
    ----------
    Knoll and Keyes, J. Comput. Phys. 193 (2004) 357-397, on Jacobian-free products by differences.

    Examples
    --------
    >>> import numpy as np, scipy.optimize
    >>> from dualdiff import solve
    >>> def fun(x):
    ...     return x + 0.1 * np.roll(x, 1) ** 2 - 1
    >>> K = solve.KrylovJacobian(fun)
    >>> r = scipy.optimize.root(fun, np.zeros(3), method="krylov", options={"jac_options": K.jac_options})
    >>> r.x.round(5)
    array([0.91608, 0.91608, 0.91608])
    """

    def __init__(
        self, fun: Callable[..., Any], shape: Any = None, *, krylov: Any = lgmres, M: Any = None,
        linearize: bool = True,
    ) -> None:  # fmt: skip
        for name, value in (("fun", fun), ("krylov", krylov)):
            if not callable(value):
                raise InputError(f"{name} is a {type(value).__name__}; expected a function")
        self.fun, self.x_shape, self.krylov, self.M = fun, shape, krylov, M
        self.linearize = linearize
        self.njvp = self.nlinearize = 0
        self.J: ExactJacobian | None = None

    @property
    def jac_options(self) -> dict[Any, Any]:
        """What to give `scipy.optimize.root` as options["jac_options"]."""
        return {"method": self, "inner_M": self}

    def setup(self, x: Any, f: Any, func: Any) -> None:
        """Called by SciPy at x0."""
        self.update(x, f)

    def update(self, x: Any, f: Any) -> None:
        """Called by SciPy at each new point."""
        point = np.reshape(x, np.shape(x) if self.x_shape is None else self.x_shape).copy()
        self.J = ExactJacobian(
            self.fun, point, count=self.count, linearize=self.linearize, count_linearize=self.count_linearize
        )

    def count(self, k: int) -> None:
        """Books k products."""
        self.njvp += k

    def count_linearize(self) -> None:
        """Books a recording."""
        self.nlinearize += 1

    def __call__(self, A: Any, b: Any, rtol: float = 1e-5, maxiter: int = 20, M: Any = None) -> Any:
        """Called by SciPy as the Krylov method: solves with the exact operator in place of A."""
        more = {"atol": 0.0, "maxiter": maxiter, "M": as_preconditioner(self.M, b.size, b.dtype)}
        if self.krylov is lgmres:
            more |= {"maxiter": 1, "inner_m": maxiter}
        return self.krylov(self.J, b, rtol=rtol, **more)

def newton_krylov(
    F: Any, xin: Any, iter: Any = None, rdiff: Any = None, method: str = "auto", inner_maxiter: int = 30,
    inner_M: Any = None, outer_k: int = 10, verbose: bool = False, maxiter: Any = None, f_tol: Any = None,
    f_rtol: Any = None, x_tol: Any = None, x_rtol: Any = None, tol_norm: Any = None, line_search: str = "armijo",
    callback: Any = None, **kw: Any,
) -> Any:  # fmt: skip
    """`scipy.optimize.newton_krylov` with exact products: its arguments, its exception, the iteration of `root`.

    Parameters
    ----------
    F : callable
        F(x), NumPy code.
    xin : array_like
        The start, of any shape.
    iter : int, optional
        Makes this many steps, whatever the tolerances (fewer if F is at its rounding floor).
    rdiff
        SciPy's difference step; nothing is differenced, so it has no effect.
    method : {"auto", "krylov", "gcrotmk", "lgmres", "gmres", "bicgstab"} or callable
        "auto" (SciPy: "lgmres") is `root` with all it has: it factors a coloured Jacobian where a Krylov method has
        trouble.  The others never form a matrix.
    inner_maxiter, inner_M, outer_k
        Products of a cycle of the linear method, its preconditioner (with update(x, F) if it has one), recycled
        vectors.
    verbose : bool
        Print one line a step.
    maxiter : int, optional
        Bound on the steps; 200 by default.
    f_tol, f_rtol : float, optional
        max|F| <= f_tol and max|F| <= f_rtol max|F(xin)|; f_tol is eps^(1/3) = 6e-6 if neither is given.
    x_tol, x_rtol : float, optional
        max|dx| <= x_tol and max|dx| <= x_rtol max|x| in the last step.
    tol_norm : callable, optional
        In place of max|.| for F.
    line_search : {"armijo", "wolfe", None}
        Both names mean Armijo's rule.
    callback : callable, optional
        callback(x, F) after each step.
    **kw
        Options of `root`.

    Returns
    -------
    x : ndarray
        In the shape of xin.

    Raises
    ------
    scipy.optimize.NoConvergence
        If the tolerance was not met; it holds the best x, and the RootResult as `result`.
    ArgumentError, InputError
        As `root`.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> def fun(x):
    ...     return [x[0] + 0.5 * x[1] - 1.0, 0.5 * (x[1] - x[0]) ** 2]
    >>> solve.newton_krylov(fun, [0, 0], f_tol=1e-10).round(4)
    array([0.6667, 0.6667])
    """
    if line_search not in (None, "armijo", "wolfe"):
        raise ArgumentError(f"line_search must be 'armijo', 'wolfe' or None, got {line_search!r}")
    options = {"disp": bool(verbose), "m": inner_maxiter, "k": outer_k, "line_search": line_search and "armijo", **kw}
    if inner_M is not None:
        options["M"] = inner_M
    if maxiter is not None:
        options["maxiter"] = maxiter
    for name, value in (("xatol", x_tol), ("xtol", x_rtol), ("norm", tol_norm)):
        if value is not None:
            options[name] = value
    dtype = np.asarray(xin).dtype
    eps = np.finfo(dtype if dtype.kind == "f" else float).eps
    fatol = f_tol if f_tol is not None or f_rtol is not None else eps ** (1 / 3)
    if iter is not None:
        options |= {"maxiter": iter, "fatol": 0.0, "frtol": 0.0, "rescue": False}
    elif f_rtol is None:
        options["fatol"] = float(fatol)
    else:
        start = float(np.max(np.abs(np.asarray(flat(F(np.array(xin, float))), float))))
        options["fatol"] = float(f_rtol * start if fatol is None else min(fatol, f_rtol * start))
    which = "auto"
    if callable(method) or method in KRYLOV:
        options["krylov"], which = method, "krylov"
    elif method == "krylov":
        which = "krylov"
    elif method != "auto":
        raise ArgumentError(f"unknown method {method!r}{nearest(method, ('auto', 'krylov', *KRYLOV))}")
    r = root(F, xin, method=which, callback=callback, options=options)
    if not r.success and not (iter is not None and r.status in (0, 2)):
        error = NoConvergence(plain(r.x)[0])
        error.result = r
        raise error
    return r.x
