"""`curve_fit`: a model to data, with parameters that have names.

Invariant: popt and pcov are SciPy's for the same model.
"""

import inspect
from typing import Any

import numpy as np

from ..automatic import as_asked
from ..errors import ArgumentError, InputError, ShapeError
from ..scipy.exact import dense_of
from ..transforms.ravel import Unknowns
from .residuals import least_squares

__all__ = ["Fit", "curve_fit"]


class Fit(tuple[Any, Any]):
    """(popt, pcov), as `scipy.optimize.curve_fit` returns them, and more by name.

    Attributes
    ----------
    popt : array or structure
        The parameters, like p0.
    pcov : ndarray
        Their covariance: by the free parameters, in the order of `names`.
    std : array or structure
        Standard errors, like p0; 0 for what is fixed.
    names : list of str
        Of the free parameters.
    result : MinimizeResult
        Of the least-squares problem.
    """

    popt: Any
    pcov: Any
    std: Any
    names: Any
    result: Any

    def __new__(cls, popt: Any, pcov: Any, std: Any, names: Any, result: Any) -> Any:
        """The pair, with its attributes."""
        found = super().__new__(cls, (popt, pcov))
        found.popt, found.pcov, found.std, found.names, found.result = popt, pcov, std, names, result
        return found

    def __getnewargs__(self) -> tuple[Any, Any, Any, Any, Any]:
        return self.popt, self.pcov, self.std, self.names, self.result


def curve_fit(
    f: Any, xdata: Any, ydata: Any, p0: Any = None, *, sigma: Any = None, absolute_sigma: bool = False,
    free: Any = None, bounds: Any = None, method: str = "auto", loss: str = "linear", f_scale: float = 1.0,
    tol: Any = None, lift: Any = "auto", **more: Any,
) -> Any:  # fmt: skip
    """Fits a model to data by least squares, with the exact covariance of its parameters.

    Parameters
    ----------
    f : callable
        f(xdata, a, b, ...) -> what ydata is compared with.  With a dict as p0 whose keys are names of f's parameters f
        gets them by name; with another structure f(xdata, p).
    xdata : any
        Passed to f.
    ydata : array_like
        The data, of any shape.
    p0 : sequence, dict or structure, optional
        The start; 1 for each of f's parameters (or its default) if left out.
    sigma : optional
        The standard deviation of ydata: a number or in its shape; or its covariance matrix.
    absolute_sigma : bool
        Whether pcov takes sigma as it is, or scales it so that the residuals fit.
    free : optional
        What is fitted; the rest of p0 stays.  Names of parameters, a mask, or indices.
    bounds : optional
        (lb, ub), a scipy.optimize.Bounds, or by name, {"a": (0, None)}.
    method, loss, f_scale, tol, **more
        As in `least_squares`, `progress` among them.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    Fit
        The pair (popt, pcov), with std, names and result as attributes.  popt is a dict where f's parameters are named
        by p0 or by `free`, else like p0.

    Raises
    ------
    InputError
        If ydata is no array of real numbers, or the parameters cannot be told from f's signature.
    DualDiffError
        If f uses something that cannot be differentiated by its parameters.

    See Also
    --------
    dualdiff.scipy.optimize.curve_fit : SciPy's signature.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> t = np.linspace(0, 1, 30)
    >>> def decay(t, height, rate, floor=0.5):
    ...     return height * np.exp(-rate * t) + floor
    >>> fit = solve.curve_fit(decay, t, decay(t, 2.0, 3.0), free=("height", "rate"))
    >>> {name: round(value, 6) for name, value in fit.popt.items()}
    {'height': 2.0, 'rate': 3.0, 'floor': 0.5}
    """
    f = as_asked(f, lift)
    if not callable(f):
        raise InputError(f"f is a {type(f).__name__}; expected a model f(xdata, a, b, ...)")
    y = np.asarray(ydata)
    if y.dtype.kind not in "biuf" or y.size == 0:
        raise InputError(f"ydata has dtype {y.dtype} and {y.size} elements; expected real numbers")
    y = y.astype(float)
    if not np.isfinite(y).all():
        raise ArgumentError("ydata has a nan or an infinity; leave those points out")
    if p0 is None:
        p0 = starts(f)
        if free is None or not by_name(free):
            p0 = np.array(list(p0.values()))
    call = caller(f, p0)
    weigh = weights(sigma, y)

    def residuals(p: Any) -> Any:
        return weigh(np.reshape(call(xdata, p), y.shape) - y)

    unknowns = Unknowns(p0, free)
    few = unknowns.flat.size < 50 and y.size >= unknowns.flat.size
    if method == "auto" and bounds is None and loss == "linear" and few:
        method = "lm"
        if tol is None:
            more = {"ftol": 1e-8, "xtol": 1e-8, "gtol": 1e-8, **more}
    r = least_squares(
        residuals, p0, free=free, bounds=bounds, method=method, loss=loss, f_scale=f_scale, tol=tol, **more
    )
    if hasattr(r.jac, "matvec"):
        J = np.stack([r.jac @ e for e in np.eye(r.jac.shape[1])], axis=1)
    else:
        J = np.asarray(dense_of(r.jac))
    n = J.shape[1]
    pcov = covariance(J)
    if not absolute_sigma:
        pcov = pcov * (2 * r.cost / (y.size - n)) if y.size > n else np.full((n, n), np.inf)
    std = np.sqrt(np.diag(pcov))
    if n < unknowns.flat.size:      # bounds with equal ends have fixed some: they are the last of what Unknowns knows
        names = r.names
        where = [unknowns.names.index(name) for name in names]
        full = np.zeros(unknowns.flat.size)
        full[where] = std
        std = full
    else:
        names = unknowns.names
    return Fit(r.x, pcov, unknowns.spread(std), names, r)


def by_name(free: Any) -> bool:
    """Whether free is a name or several."""
    return isinstance(free, str) or isinstance(free, (list, tuple, set)) and all(isinstance(name, str) for name in free)


def starts(f: Any) -> dict[Any, Any]:
    """{name: 1, or its default} for each parameter of f but the first."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        raise InputError("the parameters cannot be told from f's signature; give p0") from None
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters) or len(parameters) < 2:
        raise InputError("f has no parameters of its own beside xdata, or takes any number of them; give p0")
    return {p.name: 1.0 if p.default is p.empty else float(p.default) for p in parameters[1:]}


def caller(f: Any, p0: Any) -> Any:
    """(xdata, p) -> f(xdata, ...), with the parameters as f takes them."""
    if isinstance(p0, dict):
        try:
            inspect.signature(f).bind(None, **p0)
        except (TypeError, ValueError):
            return lambda xdata, p: f(xdata, p)
        return lambda xdata, p: f(xdata, **p)
    if np.ndim(p0) == 1 and not hasattr(type(p0), "_fields"):
        return lambda xdata, p: f(xdata, *[p[i] for i in range(len(p0))])
    return lambda xdata, p: f(xdata, p)


def weights(sigma: Any, y: Any) -> Any:
    """Residuals in units of their standard deviations."""
    if sigma is None:
        return lambda r: r
    s = np.asarray(sigma, float)
    if s.shape == (y.size, y.size) and y.size > 1:
        try:
            inverse = np.linalg.inv(np.linalg.cholesky(s))
        except np.linalg.LinAlgError:
            raise ArgumentError("sigma is no covariance matrix: it is not positive definite") from None
        return lambda r: inverse @ np.reshape(r, (-1,))
    if s.size != 1 and s.shape != y.shape:
        raise ShapeError(f"sigma has shape {s.shape}; expected a number, the shape of ydata {y.shape}, or a matrix")
    if not (np.isfinite(s).all() and (s > 0).all()):
        raise ArgumentError("sigma must be positive and finite")
    return lambda r: r / s


def covariance(J: Any) -> Any:
    """(J'J)^-1 by singular values; inf where J has not full rank."""
    _, s, V = np.linalg.svd(J, full_matrices=False)
    if s.size < J.shape[1] or s.size and s[-1] <= np.finfo(float).eps * max(J.shape) * s[0]:
        return np.full((J.shape[1], J.shape[1]), np.inf)
    return (V.T / s**2) @ V
