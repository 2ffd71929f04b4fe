"""Reverse mode: the recorded linear maps, transposed.

Invariant: reverse mode has no rules of its own; see recording.py.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..above import above
from ..automatic import as_asked
from ..errors import InputError
from ..maps.base import dtype_of
from .memory import checked_limit
from .pytrees import map_leaves
from .recorder import HERE, UNDER_WAY
from .recording import Recording

__all__ = ["checked_pairing", "conjugate", "vjp"]


def checked_pairing(pairing: str) -> str:
    """How complex cotangents are paired with tangents, checked."""
    if pairing not in ("hermitian", "bilinear"):
        raise InputError(f'pairing must be "hermitian" or "bilinear", got {pairing!r}')
    return pairing


def conjugate(x: Any) -> Any:
    """The complex conjugate of each leaf of a structure (None stays)."""
    return map_leaves(lambda leaf: leaf if leaf is None or dtype_of(leaf).kind != "c" else np.conj(leaf), x)


class Pullback:
    """w -> J' w along one recording: what `vjp` returns.  It pickles, whatever f was."""

    __slots__ = ("conjugated", "recording")

    def __init__(self, recording: Any, conjugated: bool = False) -> None:
        self.recording, self.conjugated = recording, conjugated

    def __call__(self, w: Any) -> Any:
        """The cotangent of the argument, a tuple of them if there are several."""
        return conjugate(self.recording.pull(conjugate(w))) if self.conjugated else self.recording.pull(w)

    def __repr__(self) -> str:
        r = self.recording
        n, m = (sum(map(math.prod, shapes)) for shapes in (r.in_shapes, r.out_shapes))
        return f"<pullback of {m} numbers to {n}>"


def vjp(
    f: Callable[..., Any], *primals: Any, has_aux: bool = False, pairing: str = "hermitian", lift: Any = "auto",
    memory_limit: Any = "auto", **kwargs: Any
) -> Any:
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
    pairing : {"hermitian", "bilinear"}
        How a complex cotangent w and a tangent v make a number: Re(conj(w) v), so that the pullback is the adjoint of
        J; or Re(w v), as in JAX and autograd, where both cotangents are the conjugates of these.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.
    memory_limit : float, None or "auto"
        Bytes that a recording may keep: half of the machine's memory, or None, no limit.  Above it the newest
        operations are kept, and each product runs f again for every earlier stretch that fits: see docs/large.md.
    **kwargs
        Passed to f; not differentiated.

    Returns
    -------
    value, pullback
        f(*primals); and pullback(w), w of the shape (or structure) of the value, or k cotangents
        stacked as (k, *shape).  It returns the cotangent of the argument, a tuple of them if
        there are several; that of a real argument is real.

    Raises
    ------
    InputError
        For empty or non-numeric arguments and results.
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
    conjugated = checked_pairing(pairing) == "bilinear"
    if UNDER_WAY and HERE.recorder is not None:
        return HERE.recorder.vjp(vjp, f, primals, kwargs, {"has_aux": has_aux, "pairing": pairing})
    programs = getattr(f, "__dualdiff_program__", None)
    if programs is not None and not has_aux and not conjugated:
        found = above("vjp_program")(f, programs, primals, kwargs)
        if found is not None:
            return found
    recording = Recording(f, primals, kwargs, has_aux, fuse=False, complexes=True, limit=checked_limit(memory_limit))
    if recording.kinked:
        recording.warn_of_kinks()

    pullback = Pullback(recording, conjugated)
    return (recording.value, pullback, recording.aux) if has_aux else (recording.value, pullback)
