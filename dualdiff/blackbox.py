"""One black box inside an exact derivative: a function whose Jacobian is taken by differences."""

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .differences import Subject, differences
from .errors import ArgumentError, InputError, NonFiniteError, NumericalWarning, UnsupportedError
from .maps.tangents import is_dual
from .transforms.custom import custom_jvp
from .transforms.pytrees import flatten, match, unflatten

__all__ = ["numerical"]


def numerical(
    f: Callable[..., Any] | None = None, *, rtol: float = 1e-6, nondiff: int | str | tuple[int | str, ...] = ()
) -> Any:
    """A function without rules (compiled code, a program, a table) whose derivative is taken by differences.

    The wrapped function takes duals: its value is f's own, its tangents are central differences of f along them,
    extrapolated to step 0 (Richardson).  Everything around it is differentiated exactly.

    Parameters
    ----------
    f : callable
        Takes and returns numbers and arrays (in tuples, lists, dicts), and depends on its arguments only.  It is called
        20 to 80 times for each direction.
    rtol : float
        The relative error of a tangent, as estimated, above which there is a NumericalWarning with the estimate.
    nondiff : int, str or tuple of them
        Arguments that are not differentiated, as in `custom_jvp`.

    Returns
    -------
    callable
        With plain numbers it is f.

    Raises
    ------
    NonFiniteError
        If no step gives a finite difference.
    UnsupportedError
        In second derivatives: differences of differences have too few digits.  Reverse mode asks once for each
        input of f.

    Warns
    -----
    NumericalWarning
        If the error is estimated above rtol; the message has the estimate.

    See Also
    --------
    custom_jvp : for a derivative that is known.
    lift : for code in Python.

    Notes
    -----
    The steps follow the size of each element of the arguments.  Typical errors are 1e-10 to 1e-8 relative; f that is
    itself rough (an iteration that stops at a tolerance) has larger ones, and the estimate says so.

    Examples
    --------
    >>> import math, numpy as np, dualdiff as dd
    >>> box = dd.numerical(math.erf)
    >>> abs(dd.derivative(lambda x: box(x) * np.exp(x))(0.0) - 2 / math.sqrt(math.pi)) < 1e-8
    True
    """
    if f is None:
        return functools.partial(numerical, rtol=rtol, nondiff=nondiff)
    if not callable(f):
        raise InputError(f"numerical takes a function, got {f!r} of type {type(f).__name__}")
    if isinstance(rtol, bool) or not isinstance(rtol, (int, float)) or not rtol > 0:
        raise ArgumentError(f"rtol must be a positive number, got {rtol!r}")

    name = getattr(f, "__name__", type(f).__name__)

    def plain(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs)

    functools.update_wrapper(plain, f, assigned=("__module__", "__name__", "__qualname__", "__doc__"), updated=())
    box = custom_jvp(plain, nondiff=nondiff)

    def rule(primals: Any, tangents: Any, **kwargs: Any) -> Any:
        return None, tangent_of(f, name, primals, tangents, kwargs, rtol)

    box.defjvp(rule)
    return box


def tangent_of(
    f: Callable[..., Any], name: str, primals: Any, tangents: Any, kwargs: dict[str, Any], rtol: float
) -> Any:
    """The derivative of f along tangents, in the structure of f's result."""
    if any(is_dual(x) for x in flatten(primals)[0]):
        raise UnsupportedError(
            f"numerical({name}) has first derivatives only: its tangents are differences, and differences of them have "
            "too few digits; give it a derivative with custom_jvp"
        )
    if not any(is_dual(t) for t in flatten(tangents)[0]):
        subject = Subject(lambda *xs: f(*xs, **kwargs), primals, tangents)
        return subject.in_structure(along(subject, name, subject.given, rtol))
    # recorded tangents, for reverse mode: the Jacobian, column by column, times them
    given, structures = [], []
    for x, t in zip(primals, tangents, strict=True):
        structure = flatten(x)[1]
        below = match(structure, t, "tangent")
        structures.append(structure)
        given += below
    shapes = [np.shape(x) for x in flatten(primals)[0]]
    units = iter([None if t is None else np.zeros(shape) for t, shape in zip(given, shapes, strict=True)])
    zeros = tuple(
        unflatten(s, [next(units) for _ in match(s, t, "tangent")]) for s, t in zip(structures, tangents, strict=True)
    )
    subject = Subject(lambda *xs: f(*xs, **kwargs), primals, zeros)
    columns = [along(subject, name, subject.split(e), rtol) for e in np.eye(subject.total)]
    flat = np.concatenate([np.reshape(t, -1) for t in given if t is not None])
    product = np.stack(columns, axis=1) @ flat
    ends = np.concatenate([[0], subject.out_ends])
    parts = [product[i:j].reshape(np.shape(y)) for i, j, y in zip(ends[:-1], ends[1:], subject.outs, strict=True)]
    return unflatten(subject.structure, parts)


def along(subject: Subject, name: str, v: Any, rtol: float) -> Any:
    """All numbers of the derivative along v; warns where the estimate of the error is too large."""
    found = differences(subject, v)
    if not (np.all(np.isfinite(found.value)) and np.all(np.isfinite(found.error))):
        bad = int(np.argmax(~np.isfinite(found.value) | ~np.isfinite(found.error)))
        raise NonFiniteError(
            f"numerical({name}): no step gives a finite difference of element {bad} of its result; the point lies at "
            "the edge of its domain, or the function is not continuous there"
        )
    size = np.abs(found.value)
    gap = np.where(np.isfinite(found.other), np.abs(found.other - found.value), 0.0)
    error = np.maximum(found.error, gap)
    allowed = rtol * np.maximum(size, 1e-3 * size.max(initial=0.0)) + found.floor
    if np.any(error > allowed):
        worst = int(np.argmax(error - allowed))
        warnings.warn(
            f"numerical({name}): the derivative of element {worst} of its result is {found.value[worst]:.6g} with an "
            f"estimated error of {error[worst]:.1e}, more than rtol={rtol:g}; the function may be rough there",
            NumericalWarning, stacklevel=2,
        )  # fmt: skip
    return found.value
