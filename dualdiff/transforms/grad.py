"""Gradients and Jacobians, in forward or reverse mode.

Forward mode costs a direction for each input, reverse mode a recording and a product for each
result; which is cheaper depends on how many there are of each.

Invariant: both modes use the same partials, and give the same results up to rounding.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..automatic import as_asked
from ..errors import InputError
from ..maps.tangents import is_dual
from . import jvp as forward
from .arguments import Arguments, by_names, check_room, python_number
from .derived import transform
from .jvp import block, checked_layout, scalar_of
from .linearize import Linearization
from .pytrees import flatten, map_leaves, unflatten
from .recording import Recording

__all__ = ["grad", "jacobian", "value_and_grad", "value_and_jacobian"]

FEW = 256
"""Up to so many inputs "auto" is forward: measured on small and on large functions, where the
cost of recording meets that of the directions."""


def checked(mode: str, chunk: Any, modes: tuple[str, ...] = ("auto", "forward", "reverse")) -> Any:
    """The mode, checked; with a chunk, auto is forward."""
    if mode not in ("auto", "forward", "reverse"):
        raise InputError(f'mode must be "auto", "forward" or "reverse", got {mode!r}')
    if mode == "reverse" and chunk is not None:
        raise InputError("chunk counts the directions of a forward pass; leave it out with mode=\"reverse\"")
    return "forward" if chunk is not None else mode


def few(args, argnums):
    """Whether there are few inputs to differentiate by."""
    if type(argnums) is int and 0 <= argnums < len(args):
        x = args[argnums]
        if type(x) is np.ndarray:
            return x.size <= FEW
    leaves = flatten(list(Arguments(args, argnums).chosen()))[0]
    return sum(map(np.size, leaves)) <= FEW


def record(
    f: Callable[..., Any], args: Any, argnums: Any, kwargs: dict[str, Any], has_aux: bool, fuse: Any
) -> tuple[Any, Any]:
    """A recording by the chosen arguments, and whether there is one or a tuple of them."""
    chosen = Arguments(args, argnums)
    recording = Recording(lambda *xs: f(*chosen.replaced(xs), **kwargs), chosen.chosen(), {}, has_aux, fuse)
    return recording, chosen.single


@transform
def value_and_grad(f, argnums=0, *, argnames=None, mode="auto", chunk=None, has_aux=False, lift="auto"):
    """f and its gradient together, as a function.

    Parameters and conventions are those of `grad`.

    Returns
    -------
    callable
        x, ... -> (f(x), gradient), or ((f(x), aux), gradient) with has_aux.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    f = as_asked(f, lift)
    if argnames is not None:
        return by_names(value_and_grad, f, argnames, argnums, mode=mode, chunk=chunk, has_aux=has_aux)
    mode = checked(mode, chunk)
    by_columns = forward.value_and_grad(f, argnums, chunk, has_aux)

    @functools.wraps(f)
    def vg(*args: Any, **kwargs: Any) -> Any:
        if mode == "forward" or mode == "auto" and few(args, argnums):
            return by_columns(*args, **kwargs)
        recording, single = record(f, args, argnums, kwargs, has_aux, False)
        if recording.kinked:
            return by_columns(*args, **kwargs)     # which looks at neighbours
        value = python_number(scalar_of(recording.value), recording.plain)
        if recording.out_dtypes[0].kind == "c":
            raise InputError("grad needs a real result, the function returned a complex number; use jacobian")
        gradient = map_leaves(
            lambda g: in_dtype(g, recording.out_dtypes[0]), recording.pull(np.ones(recording.out_shapes[0]))
        )
        if not single and len(recording.in_structures) == 1:
            gradient = (gradient,)      # argnums was a tuple of one
        return ((value, recording.aux), gradient) if has_aux else (value, gradient)

    return vg


@transform
def grad(f, argnums=0, *, argnames=None, mode="auto", chunk=None, has_aux=False, lift="auto"):
    """The gradient of a function that returns one number, as a function.

    (grad f)_i = df/dx_i, in the shape (or structure) of the argument.

    Parameters
    ----------
    f : callable
        Returns one real number.
    argnums : int or tuple of int
        The argument(s) to differentiate by; a tuple gives a tuple of gradients.
    argnames : str or tuple of str, optional
        The same by name, in place of argnums; also for arguments given by keyword.
    mode : {"auto", "forward", "reverse"}
        "auto" takes forward mode for up to 256 inputs (one pass of the function with a direction
        for each input) and reverse mode beyond (the function is recorded once).
    chunk : int, optional
        Directions in one forward pass; the default takes as many as fit the cache, in even chunks.
        With it, "auto" is "forward".
    has_aux : bool
        f returns (number, aux); the gradient function then returns (gradient, aux).
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x, ... -> gradient, so that ``scipy.optimize.minimize(f, x0, jac=dd.grad(f))`` reads well.

    Raises
    ------
    InputError
        If f returns something else than one real number, or x is complex or empty.

    Notes
    -----
    Kinks give the symmetric derivative, ties of max share equally.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    f = as_asked(f, lift)
    both = value_and_grad(f, argnums=argnums, argnames=argnames, mode=mode, chunk=chunk, has_aux=has_aux)

    @functools.wraps(f)
    def g(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return g


@transform
def value_and_jacobian(
    f, argnums=0, *, argnames=None, mode="auto", chunk=None, layout="numerator", has_aux=False, holomorphic=False,
    lift="auto",
):  # fmt: skip
    """f and its Jacobian together, as a function.

    Parameters and conventions are those of `jacobian`.

    Returns
    -------
    callable
        x, ... -> (f(x), Jacobian), or ((f(x), aux), Jacobian) with has_aux.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> value, J = dd.value_and_jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    >>> J
    array([[2., 0.],
           [0., 4.]])
    """
    f = as_asked(f, lift)
    if argnames is not None:
        return by_names(
            value_and_jacobian, f, argnames, argnums, mode=mode, chunk=chunk, layout=layout, has_aux=has_aux,
            holomorphic=holomorphic,
        )  # fmt: skip
    mode = checked(mode, chunk)
    checked_layout(layout)
    if holomorphic:
        if mode == "reverse":
            raise InputError('holomorphic=True takes mode="forward"')
        return forward.holomorphic_jacobian(f, argnums, layout, has_aux)
    by_columns = forward.value_and_jacobian(f, argnums, chunk, layout, has_aux)

    @functools.wraps(f)
    def vj(*args: Any, **kwargs: Any) -> Any:
        if mode == "forward" or mode == "auto" and few(args, argnums):
            return by_columns(*args, **kwargs)
        if any(map(is_dual, flatten(list(args))[0])):
            return by_columns(*args, **kwargs)     # nested: the columns carry the outer derivative
        recording, single = record(f, args, argnums, kwargs, has_aux, True)
        if recording.kinked or any(dtype.kind == "c" for dtype in recording.out_dtypes):
            # which looks at the neighbours of a kink; of complex results a transposed product gives the real part only
            return by_columns(*args, **kwargs)
        J = Linearization(recording)
        check_room(J.shape[0], J.shape[1], "the Jacobian", forward.INSTEAD_OF_JACOBIAN)
        dense = J.dense("reverse" if mode == "reverse" else "auto")
        J = blocks(dense, recording, single, layout)
        return ((recording.value, recording.aux), J) if has_aux else (recording.value, J)

    return vj


def in_dtype(t: Any, dtype: Any) -> Any:
    """A derivative in the type of its result, as forward mode gives it."""
    wanted = dtype if dtype.kind in "fc" else np.dtype(float)
    return t if not hasattr(t, "dtype") or t.dtype == wanted else t.astype(wanted)


def blocks(dense: Any, recording: Any, single: Any, layout: str) -> Any:
    """A dense matrix cut into the blocks of results by arguments, in their structures."""
    rows, top = [], 0
    for out_shape, dtype in zip(recording.out_shapes, recording.out_dtypes, strict=True):
        bottom = top + int(np.prod(out_shape))
        columns, left = [], 0
        for shape in recording.in_shapes:
            right = left + int(np.prod(shape))
            t = in_dtype(dense[top:bottom, left:right].T.reshape((right - left, *out_shape)), dtype)
            columns.append(block(out_shape, layout, recording.plain, t, 0, right - left, shape))
            left = right
        rest = iter(columns)
        parts = [unflatten(s, [next(rest) for _ in range(n)]) for s, n in recording.in_structures]
        rows.append(parts[0] if single else tuple(parts))
        top = bottom
    return unflatten(recording.out_structure, rows)


@transform
def jacobian(
    f, argnums=0, *, argnames=None, mode="auto", chunk=None, layout="numerator", has_aux=False, holomorphic=False,
    lift="auto",
):  # fmt: skip
    """The Jacobian of a function, as a function.

    J[i..., j...] = d f[i...] / d x[j...]: for a result of shape m and an argument of shape n,
    shape m + n.

    Parameters
    ----------
    f : callable
        Returns an array of any shape, a number, or a tuple, list or dict of them.
    argnums : int or tuple of int
        The argument(s) to differentiate by; a tuple gives a tuple of Jacobians.
    argnames : str or tuple of str, optional
        The same by name, in place of argnums; also for arguments given by keyword.
    mode : {"auto", "forward", "reverse"}
        By columns or by rows.  "auto" takes forward mode for up to 256 inputs; beyond, the function
        is linearized once and its Jacobian taken by rows where there are fewer than half as many
        results as inputs, else by columns.  A complex result is always done forward.
    chunk : int, optional
        Directions in one forward pass; the default takes as many as fit the cache, in even chunks.
        With it, "auto" is "forward".
    layout : {"numerator", "denominator"}
        "denominator" gives shape n + m.
    has_aux : bool
        f returns (result, aux); so does the Jacobian function.
    holomorphic : bool
        The complex Jacobian of a holomorphic function of complex arguments; where f is not holomorphic (abs, real,
        conj, ...), an error.  All directions go in one pass.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x, ... -> Jacobian; in the structure of the result, with the argument's structure inside.

    Raises
    ------
    InputError
        For complex, empty or non-numeric arguments and results.

    Notes
    -----
    Kinks give the symmetric derivative; at the edge of a domain the one-sided limit:
    the Jacobian of np.sqrt at [0, 1] is [[inf, 0], [0, 0.5]].

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.jacobian(lambda x: np.array([x[0] * x[1], np.sin(x[1])]))(np.array([2.0, 0.0]))
    array([[0., 2.],
           [0., 1.]])
    """
    f = as_asked(f, lift)
    both = value_and_jacobian(
        f, argnums=argnums, argnames=argnames, mode=mode, chunk=chunk, layout=layout, has_aux=has_aux,
        holomorphic=holomorphic,
    )  # fmt: skip

    @functools.wraps(f)
    def J(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return J
