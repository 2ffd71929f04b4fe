"""scipy.integrate where the Jacobian of an implicit method that is left out is exact.

Invariant: the methods and their results are SciPy's; every other name is SciPy's own.  Imported by users.
"""

import numpy as np
import scipy.integrate as _scipy

from ..foreign import plain_numbers
from .exact import Jacobian, dense_of

__all__ = ["solve_ivp"]

IMPLICIT = {"Radau": _scipy.Radau, "BDF": _scipy.BDF, "LSODA": _scipy.LSODA}


def __getattr__(name):
    return getattr(_scipy, name)


def __dir__():
    return sorted({*dir(_scipy), *__all__})


def solve_ivp(
    fun, t_span, y0, method="RK45", t_eval=None, dense_output=False, events=None, vectorized=False, args=None, **options
):
    """`scipy.integrate.solve_ivp`; "Radau", "BDF" and "LSODA" get an exact df/dy if jac is left out.

    Parameters
    ----------
    fun, t_span, y0, method, t_eval, dense_output, events, vectorized, args, **options
        As in SciPy.  jac_sparsity gives the pattern of the exact Jacobian; without it a pattern is looked for from
        50 unknowns on.  jac=None given as such is left out too.

    Returns
    -------
    As SciPy: an OptimizeResult with t, y, sol, nfev, njev, nlu and so on.

    Raises
    ------
    DualDiffError
        If fun uses something that cannot be differentiated.

    Notes
    -----
    A complex y0 is left to SciPy's differences.  For those on a real one give method="BDF" of SciPy itself.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.scipy.integrate import solve_ivp
    >>> def robertson(t, y):
    ...     r = np.array([0.04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] ** 2])
    ...     return np.stack([r[1] - r[0], r[0] - r[1] - r[2], r[2]])
    >>> s = solve_ivp(robertson, (0, 1e5), [1.0, 0.0, 0.0], method="Radau")
    >>> s.success, float(s.y[:, -1].sum().round(6))
    (True, 1.0)
    """
    implicit = method in IMPLICIT if isinstance(method, str) else isinstance(method, type) and issubclass(
        method, tuple(IMPLICIT.values())
    )
    y0 = np.asarray(plain_numbers(y0, "y0"))
    if implicit and options.get("jac") is None and y0.dtype.kind != "c":
        banded = "lband" in options or "uband" in options
        lsoda = method in ("LSODA", _scipy.LSODA)
        pattern = None if lsoda else options.pop("jac_sparsity", None)
        exact = Jacobian(column(fun, vectorized), None, pattern, sparse=not lsoda)
        if not banded:
            def jac(t, y, *args):
                J = exact(y, t, *args)
                return dense_of(J) if lsoda else J

            options["jac"] = jac
    return _scipy.solve_ivp(
        fun, t_span, y0, method=method, t_eval=t_eval, dense_output=dense_output, events=events,
        vectorized=vectorized, args=args, **options,
    )  # fmt: skip


def column(fun, vectorized):
    """Y -> f as a function of y first, of one column."""
    def of(y, t, *args):
        if vectorized:
            return np.ravel(np.asanyarray(fun(t, y.reshape(-1, 1), *args)) if not hasattr(y, "tangents")
                            else fun(t, y.reshape(-1, 1), *args))  # fmt: skip
        found = fun(t, y, *args)
        return found if not isinstance(found, (list, tuple)) else np.stack(list(found))

    return of
