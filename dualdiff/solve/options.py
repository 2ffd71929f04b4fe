"""The options of a solve: their names, their defaults, and the checks before any work.

Invariant: a Settings has been checked; an unknown name or a bad value is a typed error that says what there is.
"""

import difflib
import math
import numbers
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds

from ..errors import ArgumentError, InputError, ShapeError

__all__ = ["KRYLOV", "METHODS", "Settings", "checked_names", "nearest", "read_bounds", "read_options"]

METHODS = ("auto", "krylov", "sparse", "sparse-krylov", "dense", "ptc")
KRYLOV = ("gcrotmk", "gmres", "lgmres", "bicgstab")
SCIPYS = {
    "root": (
        "hybr", "lm", "broyden1", "broyden2", "anderson", "linearmixing", "diagbroyden", "excitingmixing", "df-sane",
    ),
    "minimize": ("nelder-mead", "powell", "cobyla", "cobyqa"),
}  # fmt: skip
"""Methods that SciPy's functions have and these have not."""


@dataclass(frozen=True)
class Settings:
    """The options of a solve, with their defaults; `call.root` documents them."""

    maxiter: int = 200
    maxfev: int | None = None
    maxtime: float | None = None
    fatol: float | None = None
    frtol: float | None = None
    xtol: float | None = None
    xatol: float | None = None
    norm: Any = None
    x_scale: Any = None
    f_scale: Any = None
    eta0: float = 0.3
    eta_max: float = 0.9
    forcing: str | float = "ew2"
    M: Any = None
    pattern: Any = None
    krylov: Any = None
    m: int = 30
    k: int = 10
    cycles: int = 5
    line_search: str | None = "armijo"
    memory: float = 1e9
    rescue: bool = True
    delta0: float | None = None
    linearize: bool = True
    disp: bool = False

    @property
    def newton_test(self) -> bool:
        """Whether the last Newton step must be small too: by default, and where frtol alone is given."""
        return self.xtol is None and self.xatol is None and (self.fatol is None or bool(self.frtol))

    def but(self, **changes: Any) -> Any:
        """A copy with other values."""
        return replace(self, **changes)


DEFAULTS = Settings()


def nearest(name: str, known: Any, function: str = "") -> str:
    """ "; did you mean ...?" or the list of what there is; for a method of SciPy's function, where it is."""
    if str(name).lower() in SCIPYS.get(function, ()):
        return f", which is one of SciPy's: dualdiff.scipy.optimize.{function} takes it; here are {', '.join(known)}"
    close = difflib.get_close_matches(str(name), known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(known)}"


def checked_names(options: Any, known: Any) -> dict[Any, Any]:
    """options as a dict of known names, without those that are None (line_search=None does say something)."""
    given = {} if options is None else options
    if not isinstance(given, dict):
        raise InputError(f"options is a {type(given).__name__}; expected a dict")
    for name in given:
        if name not in known:
            raise ArgumentError(f"unknown option {name!r}{nearest(name, known)}")
    return {name: value for name, value in given.items() if value is not None or name == "line_search"}


def read_options(tol: Any, options: Any, x0: Any) -> tuple[Any, Any]:
    """(Settings, whether the caller asked for a tolerance), checked.

    Parameters
    ----------
    tol : float or None
        Short for fatol = tol, frtol = 0.
    options : dict or None
        By name.
    x0 : ndarray
        The start, whose size the scales and the pattern must fit.

    Returns
    -------
    settings : Settings
    asked : bool

    Raises
    ------
    InputError
        If a value has the wrong type.
    ArgumentError
        If a name is unknown or a value out of range.
    ShapeError
        If a scale or a pattern does not fit x0.
    """
    if tol is None and not options:
        return DEFAULTS, False
    known = [f.name for f in fields(Settings)]
    values = checked_names(options, known)
    if tol is not None:
        real("tol", tol, least=0.0)
        values = {"fatol": tol, **values}
    for name, least in (("maxiter", 0), ("maxfev", 1), ("m", 1), ("k", 0), ("cycles", 1)):
        if name in values:
            integer(name, values[name], least)
    for name in ("fatol", "frtol", "maxtime", "xtol", "xatol", "memory"):
        if name in values:
            real(name, values[name], least=0.0)
    if "delta0" in values:
        real("delta0", values["delta0"], least=np.finfo(float).tiny)
    for name in ("eta0", "eta_max", "forcing"):
        if name in values and not (name == "forcing" and values[name] in ("ew1", "ew2")):
            if name == "forcing" and isinstance(values[name], str):
                raise ArgumentError(
                    f"unknown forcing {values[name]!r}; give 'ew2', 'ew1' or a number between 0 and 1"
                )
            real(name, values[name], least=0.0, below=1.0)
    for name in ("linearize", "rescue", "disp"):
        if not isinstance(values.get(name, True), (bool, np.bool_)):
            raise InputError(f"{name} must be True or False, got {values[name]!r}")
    if isinstance(values.get("M"), str) and values["M"] != "amg":
        raise ArgumentError(f"unknown M {values['M']!r}; give 'amg', a matrix, a LinearOperator or a callable")
    if values.get("line_search") not in (None, "armijo"):
        raise ArgumentError(f"line_search must be 'armijo' or None, got {values['line_search']!r}")
    if "krylov" in values and not callable(values["krylov"]) and values["krylov"] not in KRYLOV:
        close = nearest(values["krylov"], KRYLOV)
        raise ArgumentError(f"unknown krylov {values['krylov']!r}{close}; or give a callable")
    if "norm" in values and not callable(values["norm"]) and values["norm"] not in (2, np.inf):
        raise ArgumentError(f"norm must be 2, np.inf or a function of F, got {values['norm']!r}")
    for name in ("x_scale", "f_scale"):
        if name in values:
            values[name] = scale(name, values[name], x0)
    if "pattern" in values:
        values["pattern"] = read_pattern(values["pattern"], x0.size)
    settings = Settings(**values)
    if not isinstance(settings.forcing, str):
        settings = settings.but(eta0=float(settings.forcing))
    return settings, "fatol" in values or "frtol" in values


def integer(name: str, value: Any, least: Any) -> None:
    """Checks a whole number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise InputError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise ArgumentError(f"{name} must be at least {least}, got {value}")


def real(name: str, value: Any, least: Any, below: Any = math.inf) -> None:
    """Checks a real number."""
    if isinstance(value, bool) or not isinstance(value, (numbers.Real, np.floating)):
        raise InputError(f"{name} must be a number, got {value!r}")
    if not least <= value < below:
        raise ArgumentError(f"{name} must be at least {least:g} and less than {below:g}, got {value}")


def scale(name: str, value: Any, x0: Any) -> Any:
    """A scale as one number or a flat array, positive and finite."""
    s = numbers_in(name, value)
    if s.size not in (1, x0.size):
        raise ShapeError(f"{name} has shape {s.shape}; expected a number or as many as x0 has, {x0.size}")
    if not (np.isfinite(s).all() and (s > 0).all()):
        raise ArgumentError(f"{name} must be positive and finite")
    return s.astype(x0.dtype).ravel()


def numbers_in(name: str, value: Any) -> Any:
    """An array of real numbers."""
    s = np.asarray(value)
    if s.dtype.kind not in "biuf":
        raise InputError(f"{name} has dtype {s.dtype}; expected real numbers")
    return s


def read_pattern(pattern: Any, n: int) -> Any:
    """"detect", or a sparse matrix with the shape of J."""
    if isinstance(pattern, str):
        if pattern != "detect":
            raise ArgumentError(f"pattern must be 'detect' or a matrix, got {pattern!r}")
        return pattern
    matrix = sp.csc_array(pattern) if sp.issparse(pattern) else sp.csc_array(numbers_in("pattern", pattern))
    if matrix.shape != (n, n):
        raise ShapeError(f"pattern has shape {matrix.shape}; expected ({n}, {n}), as x has {n} elements")
    return matrix


def read_bounds(bounds: Any, x0: Any) -> Any:
    """(lb, ub) as flat arrays, or None where there are none.

    Parameters
    ----------
    bounds : scipy.optimize.Bounds, or a pair (lb, ub), or None
        Each a number or in the shape of x0; -inf and inf where there is no bound.
    x0 : ndarray
        The start.

    Returns
    -------
    tuple of ndarray, or None

    Raises
    ------
    InputError
        If bounds are not a Bounds or a pair of real numbers or arrays.
    ShapeError
        If their shape does not fit x0.
    ArgumentError
        If they cross, have a nan, or x0 lies outside.
    """
    if bounds is None:
        return None
    if isinstance(bounds, Bounds):
        pair = (bounds.lb, bounds.ub)
    elif isinstance(bounds, (tuple, list)) and len(bounds) == 2:
        pair = (bounds[0], bounds[1])
    else:
        raise InputError(
            f"bounds is {bounds!r:.60}; expected a scipy.optimize.Bounds or a pair (lb, ub), each a number or as x0; "
            "of pairs for each unknown write list(zip(*bounds))"
        )
    sides = []
    for name, side, none in (("lb", pair[0], -np.inf), ("ub", pair[1], np.inf)):
        s = numbers_in(name, none if side is None else side)
        try:
            s = np.broadcast_to(s, x0.shape) if s.size != x0.size else s.reshape(x0.shape)
        except ValueError:
            raise ShapeError(f"{name} has shape {s.shape}; expected a number or the shape of x0, {x0.shape}") from None
        if np.isnan(s).any():
            raise ArgumentError(f"{name} has a nan; write -np.inf or np.inf where there is no bound")
        sides.append(s.ravel().astype(x0.dtype))
    lb, ub = sides
    x = x0.ravel()
    for bad, what in (
        (lb >= ub, "bounds cross: lb[{i}] = {a} >= ub[{i}] = {b}"
                   + ("; two pairs are read as (lb, ub), and not as a pair for each unknown" if x.size == 2 else "")),
        (x < lb, "x0[{i}] = {x} is below lb[{i}] = {a}"),
        (x > ub, "x0[{i}] = {x} is above ub[{i}] = {b}"),
    ):
        if bad.any():
            j = int(np.flatnonzero(bad)[0])
            i = ", ".join(str(int(v)) for v in np.unravel_index(j, x0.shape))
            more = f" (and {int(bad.sum()) - 1} more)" if bad.sum() > 1 else ""
            raise ArgumentError(what.format(i=i, a=lb[j], b=ub[j], x=x[j]) + more)
    return None if np.isinf(lb).all() and np.isinf(ub).all() else (lb, ub)
