"""Vector calculus on top of the primitives: short functions that say their formulas.

Invariant: no derivative rules here.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..automatic import as_asked
from ..errors import ShapeError
from ..functions.base import as_operand
from .arguments import complex_input
from .derivative import derivative
from .derived import transform
from .grad import value_and_jacobian
from .holomorphic import Wirtinger
from .jvp import jvp
from .linearize import Linearization, linearize
from .recorder import HERE, UNDER_WAY
from .recording import Recording

__all__ = ["curl", "directional_derivative", "divergence", "gauss_newton_product", "jacobian_logdet"]


@transform
def directional_derivative(f: Callable[..., Any], v: Any, *, lift: Any = "auto") -> Any:
    """The derivative of f along v, as a function: x -> d/dt f(x + t v) at t = 0, J(x) v.

    Parameters
    ----------
    f : callable
        Of one array or number.
    v : array
        The direction, in the shape of x (not normalised).
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x -> derivative, in the shape of f(x).

    Raises
    ------
    ShapeError
        If v has not the shape of x.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.directional_derivative(lambda x: x[0] * x[1], np.array([1.0, 0.0]))(np.array([2.0, 3.0]))
    np.float64(3.0)
    """
    f = as_asked(f, lift)

    @functools.wraps(f)
    def along(x: Any, *args: Any, **kwargs: Any) -> Any:
        return jvp(lambda z: f(z, *args, **kwargs), (x,), (v,))[1]

    return along


def one_array(x: Any, what: str) -> Any:
    """An argument as an array; lists of numbers are one."""
    try:
        return as_operand(x)
    except ValueError as error:     # a list of arrays of several lengths
        raise ShapeError(f"{what} needs a function of one array, got a {type(x).__name__} of several") from error


def square_jacobian(f: Callable[..., Any], x: Any, args: Any, kwargs: dict[str, Any], what: str) -> tuple[Any, Any]:
    """(value, J as a square matrix) of a map between arrays of one size; lists count as arrays."""
    x = one_array(x, what)
    value, J = value_and_jacobian(lambda x, *rest, **more: as_operand(f(x, *rest, **more)))(x, *args, **kwargs)
    if any(isinstance(y, (dict, list, tuple)) for y in (value, x)):
        raise ShapeError(f"{what} needs a function of one array that returns one, it returned a {type(value).__name__}")
    if isinstance(J, Wirtinger):
        raise complex_input("the argument", "complex")
    m, n = np.size(value), np.size(x)
    if m != n:
        raise ShapeError(f"{what} needs a function with as many results as inputs, got {m} results of {n} inputs")
    return value, np.reshape(J, (m, n))


@transform
def divergence(f: Callable[..., Any], *, lift: Any = "auto") -> Any:
    """The divergence of a vector field, as a function: div f = sum_i df_i/dx_i, the trace of J.

    Parameters
    ----------
    f : callable
        Takes an array and returns one of the same size.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x -> number.

    Raises
    ------
    ShapeError
        If f(x) has another number of elements than x.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.divergence(lambda x: x**2)(np.array([1.0, 2.0]))
    np.float64(6.0)
    """
    f = as_asked(f, lift)

    @functools.wraps(f)
    def div(x: Any, *args: Any, **kwargs: Any) -> Any:
        return np.trace(square_jacobian(f, x, args, kwargs, "divergence")[1])

    return div


@transform
def curl(f: Callable[..., Any], *, lift: Any = "auto") -> Any:
    """The curl of a vector field in three dimensions, as a function.

    curl f = (df_z/dy - df_y/dz, df_x/dz - df_z/dx, df_y/dx - df_x/dy).

    Parameters
    ----------
    f : callable
        Takes an array (3,) and returns one.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x -> array (3,).

    Raises
    ------
    ShapeError
        If x or f(x) has not three elements.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.curl(lambda r: np.array([-r[1], r[0], 0.0 * r[2]]))(np.array([1.0, 2.0, 3.0])) + 0.0
    array([0., 0., 2.])
    """
    f = as_asked(f, lift)

    @functools.wraps(f)
    def rot(x: Any, *args: Any, **kwargs: Any) -> Any:
        x = one_array(x, "curl")
        if np.shape(x) != (3,):
            raise ShapeError(f"curl needs an array of shape (3,), got {np.shape(x)}")
        value, J = square_jacobian(f, x, args, kwargs, "curl")
        if np.shape(value) != (3,):
            raise ShapeError(f"curl needs a function that returns an array of shape (3,), got {np.shape(value)}")
        return np.stack([J[2, 1] - J[1, 2], J[0, 2] - J[2, 0], J[1, 0] - J[0, 1]])

    return rot


@transform
def jacobian_logdet(f: Callable[..., Any], *, lift: Any = "auto") -> Any:
    """log |det J| of a map, as a function: the term of a change of variables.

    For y = f(x) with density p_x: log p_y(y) = log p_x(x) - log |det J(x)|.

    Parameters
    ----------
    f : callable
        Takes an array or a number and returns as many elements.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x -> number; -inf where J is singular.

    Raises
    ------
    ShapeError
        If f(x) has another number of elements than x.

    Notes
    -----
    By an LU factorisation of the Jacobian (np.linalg.slogdet).

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.jacobian_logdet(np.exp)(np.array([1.0, 2.0]))
    np.float64(3.0)
    """
    f = as_asked(f, lift)

    @functools.wraps(f)
    def logdet(x: Any, *args: Any, **kwargs: Any) -> Any:
        x = one_array(x, "jacobian_logdet")
        if not isinstance(x, dict) and np.ndim(x) == 0:
            slope = as_operand(derivative(f)(x, *args, **kwargs))
            if np.size(slope) != 1 or isinstance(slope, dict):
                raise ShapeError(
                    "jacobian_logdet needs a function with as many results as inputs, got "
                    f"{np.size(slope)} results of 1 input"
                )
            return np.log(np.abs(slope if np.ndim(slope) == 0 else np.reshape(slope, -1)[0]))
        return np.linalg.slogdet(square_jacobian(f, x, args, kwargs, "jacobian_logdet")[1])[1]

    return logdet


def gauss_newton_product(
    residual: Any, primals: Any, tangents: Any, *, curvature: Any = None, lift: Any = "auto", **kwargs: Any
) -> Any:
    """The Gauss-Newton product J' H J v, with J the Jacobian of a residual.

    Of the objective phi(r(x)) with Hessian H of phi it is the part of the Hessian without second
    derivatives of r; for least squares, phi = r'r/2, H is the identity.

    Parameters
    ----------
    residual : callable
        x -> r, arrays or structures of them.
    primals, tangents : tuple
        As in `jvp`; one direction.
    curvature : callable, optional
        u -> H u, for u in the structure of r; the identity if left out.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.
    **kwargs
        Passed to the residual; not differentiated.

    Returns
    -------
    array, or tuple of arrays
        J' H J v in the shape of the argument.

    Raises
    ------
    ShapeError
        If a tangent does not fit its argument.

    References
    ----------
    Schraudolph, Fast curvature matrix-vector products for second-order gradient descent, Neural
    Computation 14 (2002).

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> dd.gauss_newton_product(lambda x: A @ x - 1.0, (np.zeros(2),), (np.array([1.0, 0.0]),))
    array([35., 44.])
    """
    residual = as_asked(residual, lift)
    if not isinstance(primals, (tuple, list)):
        primals, tangents = (primals,), (tangents,)
    if UNDER_WAY and HERE.recorder is not None:
        J = HERE.recorder.linearize(linearize, residual, tuple(primals), kwargs, False)[1]
    else:
        J = Linearization(Recording(residual, tuple(primals), kwargs))
    u = J.jvp(*tangents)
    return J.vjp(u if curvature is None else curvature(u))
