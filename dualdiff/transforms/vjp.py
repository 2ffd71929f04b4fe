"""Reverse mode: the recorded linear maps, transposed.

Invariant: reverse mode has no rules of its own; see recording.py.
"""

from ..automatic import as_asked
from ..errors import InputError
from .recording import Recording

__all__ = ["vjp"]


def vjp(f, *primals, has_aux=False, lift="auto", **kwargs):
    """Value and vector-Jacobian product: f(x), and the function w -> J(x)' w.

    f is evaluated once; the pullback is applied as often as wanted without evaluating it again.

    Parameters
    ----------
    f : callable
        NumPy code.
    *primals
        The arguments at which to differentiate: numbers, arrays, or nested tuples, lists, dicts.
    has_aux : bool
        f returns (result, aux); aux is handed back as a third item.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.
    **kwargs
        Passed to f; not differentiated.

    Returns
    -------
    value, pullback
        f(*primals); and pullback(w), w of the shape (or structure) of the value, or k cotangents
        stacked as (k, *shape).  It returns the cotangent of the argument, a tuple of them if
        there are several; for complex results the real part of conj(w) . J.

    Raises
    ------
    InputError
        For complex, empty or non-numeric arguments and results.
    ShapeError
        By the pullback, if w does not fit the value.

    See Also
    --------
    linearize : for many products at one point; it plans the recording before it applies it.

    Notes
    -----
    Conventions at kinks are those of `jvp`: both use the same partials.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> value, pullback = dd.vjp(lambda x: x[0] * x, np.array([2.0, 3.0]))
    >>> pullback(np.array([1.0, 1.0]))
    array([7., 2.])
    """
    f = as_asked(f, lift)
    if not primals:
        raise InputError("vjp needs at least one argument to differentiate by")
    # one pullback is the rule here, which planning would not pay for
    recording = Recording(f, primals, kwargs, has_aux, fuse=False)
    recording.warn_of_kinks()

    def pullback(w):
        return recording.pull(w)

    return (recording.value, pullback, recording.aux) if has_aux else (recording.value, pullback)
