"""propagate: the covariance of results from the covariance of what they are computed from.

Linear propagation is J C J' with the exact Jacobian; second order adds what curvature does to mean and covariance.

Invariant: the results' covariance is symmetric.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..automatic import as_asked
from ..errors import InputError
from ..functions.base import as_operand, value_of
from ..maps.tangents import is_dual
from ..progress import Progress
from .arguments import promote_all
from .grad import jacobian
from .pytrees import entry_of, flatten, unflatten
from .ravel import ravel

__all__ = ["Propagated", "propagate"]


class Propagated(tuple[Any, Any]):
    """What `propagate` returns: unpacks as ``mean, cov``.

    Attributes
    ----------
    mean
        The mean of the result, in the result's structure: f(x), in second order with the correction for curvature.
    cov : ndarray
        The covariance of all numbers of the result, flattened in their order; of a single number its variance.
    std
        Standard deviations, in the result's structure.
    value
        f(x).
    """

    std: Any
    value: Any

    def __new__(cls, mean: Any, cov: Any, std: Any, value: Any) -> Any:
        """The two parts, and the attributes."""
        made = super().__new__(cls, (mean, cov))
        made.std, made.value = std, value
        return made

    def __getnewargs__(self) -> Any:
        return *self, self.std, self.value

    @property
    def mean(self) -> Any:
        """The mean of the result."""
        return self[0]

    @property
    def cov(self) -> Any:
        """The covariance of the result."""
        return self[1]

    @property
    def correlation(self) -> Any:
        """The correlations of all numbers of the result; nan for one that does not vary."""
        spread = np.sqrt(np.diag(np.atleast_2d(self.cov)))
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.cov / np.multiply.outer(spread, spread)

    def __repr__(self) -> str:
        return f"Propagated(mean={self.mean!r}, std={self.std!r}, cov={self.cov!r})"


def propagate(
    f: Callable[..., Any], x: Any, cov: Any, order: int = 1, *, progress: Progress = None, lift: Any = "auto"
) -> Any:
    """The mean and the covariance of f(x) for uncertain x.

    Parameters
    ----------
    f : callable
        f(x) returns a number, an array, or a structure of them.
    x : number, array or structure
        The mean of x: what `scipy.optimize.curve_fit` calls popt, a dict of measurements, ...
    cov : array_like or structure
        The covariance of all numbers of x, flattened in their order: an (n, n) matrix, such as curve_fit's pcov; or n
        variances of independent numbers; for a single number its variance.  For a structure also one with the same
        entries, each the covariance of its own entry, and the entries independent.
    order : {1, 2}
        1: cov is J C J'.  2: for normal x, the mean gets tr(H_i C)/2, the covariance tr(H_i C H_j C)/2, with the
        Hessians H.
    progress : bool or callable
        True shows how far the derivatives are; a function is called with (done, total), as in `jacobian`.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    Propagated
        Unpacks as ``mean, cov``, and has also `std`, `value` and `correlation`.

    Raises
    ------
    InputError
        If cov is not a covariance that fits x.

    Examples
    --------
    >>> import numpy as np
    >>> import dualdiff as dd
    >>> mean, cov = dd.propagate(lambda v: v[0] * v[1], np.array([2.0, 3.0]), np.diag([0.01, 0.04]))
    >>> float(mean), round(float(np.sqrt(cov)), 6)
    (6.0, 0.5)

    Correlated results, of a dict:

    >>> found = dd.propagate(lambda m: {"sum": m["a"] + m["b"], "ratio": m["a"] / m["b"]}, {"a": 1.0, "b": 2.0},
    ...                      {"a": 0.01, "b": 0.04})
    >>> round(float(found.std["sum"]), 6), found.cov.shape
    (0.223607, (2, 2))
    """
    f = as_asked(f, lift)
    if order not in (1, 2):
        raise InputError(f"order={order!r}: covariances are propagated to first or second order, order=1 or order=2")
    _leaves, structure, promoted = promote_all(x, "x")
    flat, unravel = ravel(promoted)
    C = matrix_of(cov, x, len(flat))
    kept: dict[Any, Any] = {}

    def structured(v: Any) -> Any:
        parts = unravel(np.copy(v))         # f may write into its argument
        return unflatten(structure, parts) if structure is not None else parts[0]

    def vector(v: Any) -> Any:
        found, kept["structure"] = flatten(f(structured(v)))
        kept["shapes"] = [np.shape(y) for y in found]
        return np.concatenate([np.reshape(1.0 * as_operand(y), (-1,)) for y in found])

    value = f(structured(flat))
    J = jacobian(vector, progress=None if order == 2 else progress)(flat)
    mean, spread = vector(flat), J @ C @ np.transpose(J)
    if order == 2:
        H = jacobian(jacobian(vector, mode="forward"), mode="forward", progress=progress)(flat)
        HC = H @ C
        mean = mean + 0.5 * np.trace(HC, axis1=1, axis2=2)
        spread = spread + 0.5 * np.einsum("iab,jba->ij", HC, HC)
    spread = 0.5 * (spread + np.transpose(spread))
    single = kept["structure"] is None and kept["shapes"][0] == ()
    std = np.sqrt(np.diag(spread))
    return Propagated(as_result(mean, kept), spread[0, 0] if single else spread, as_result(std, kept), value)


def as_result(vector: Any, kept: Any) -> Any:
    """Numbers in the structure of the result of f."""
    parts, start = [], 0
    for shape in kept["shapes"]:
        size = int(np.prod(shape, dtype=int))
        part = vector[start : start + size]
        parts.append(np.reshape(part, shape) if shape else part[0])
        start += size
    return parts[0] if kept["structure"] is None else unflatten(kept["structure"], parts)


def matrix_of(cov: Any, x: Any, n: int) -> Any:
    """A covariance as an (n, n) matrix."""
    parts = blocks(x, cov) if not same_matrix(cov, n) else None
    if parts is None or len(parts) == 1:
        return checked(cov if parts is None else parts[0][1], n)
    C, start = np.zeros((n, n)), 0
    for leaf, part in parts:
        size = int(np.size(value_of(leaf)))
        C[start : start + size, start : start + size] = checked(part, size)
        start += size
    return C


def blocks(x: Any, cov: Any) -> Any:
    """The pairs (leaf of x, its covariance) of structures with the same entries; None where cov is of another kind."""
    entry, own = entry_of(x), entry_of(cov)
    if entry is None:
        return [(x, cov)]
    if own is not entry:
        return None
    (children, aux), (covs, own_aux) = entry.apart(x), entry.apart(cov)
    if aux != own_aux or len(children) != len(covs):
        return None
    below = [blocks(*pair) for pair in zip(children, covs, strict=True)]
    return None if any(b is None for b in below) else [pair for b in below for pair in b]


def same_matrix(cov: Any, n: int) -> Any:
    """Whether a nested list is an (n, n) matrix."""
    return isinstance(cov, (list, tuple)) and n > 1 and np.shape(value_of(as_operand(cov))) == (n, n)


def checked(cov: Any, n: int) -> Any:
    """A covariance of n numbers as a matrix, or an error that says what is wrong with it."""
    if isinstance(cov, dict):
        raise InputError(f"cov is a dict with the entries {list(cov)}, which are not those of x")
    C = as_operand(cov)
    C = C if is_dual(C) else np.asarray(C, float)
    shape = np.shape(C)
    if shape == () and n == 1:
        return np.reshape(C, (1, 1))
    if shape == (n,):
        C = C * np.eye(n)
    elif shape != (n, n):
        raise InputError(
            f"cov has shape {shape}; {n} uncertain numbers have an ({n}, {n}) covariance matrix, or {n} variances "
            "if they are independent"
        )
    plain = value_of(C)
    if not np.all(np.isfinite(plain)):
        raise InputError(
            "cov is not finite: curve_fit gives infinite covariances where the data do not determine a parameter"
        )
    size = np.max(np.abs(plain), initial=0.0)
    if np.any(np.diag(plain) < 0) or np.any(np.abs(plain - plain.T) > 1e-8 * size):
        raise InputError("cov is no covariance matrix: it has to be symmetric, with variances that are not negative")
    return C
