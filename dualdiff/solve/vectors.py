"""A function of a structure as a function of one vector, and the same one in every solve.

What is kept from solve to solve (programs of a compiled function, and those of `warm.py`) is kept by function, so a new
closure at each call would have none of it.

Invariant: what is fixed is an argument, never a part of the function; what is kept depends on the kind of x0 alone.
"""

from collections.abc import Callable
from typing import Any

from ..programs.arguments import shape_of
from ..programs.bound import paths_of
from ..programs.compiled import CompiledFunction, made_of
from ..programs.tracer import NotCompilable
from .warm import solves_of

__all__ = ["as_it_is", "kept", "of_vector"]

MOST = 16
"""So many kinds of x0 are kept for one function."""


def as_it_is(y: Any) -> Any:
    """The result itself."""
    return y


def of_vector(fun: Callable[..., Any], unknowns: Any, result: Callable[[Any], Any] = as_it_is) -> tuple[Any, Any]:
    """(v, *args, *fixed) -> result(fun(structure of v, *args)), and fixed.

    Parameters
    ----------
    fun : callable
        fun(structure, *args); of a compiled one the function of a vector is compiled, too.
    unknowns : Unknowns
    result : callable
        A function of a module, applied to what fun returns.

    Returns
    -------
    flat : callable
    fixed : tuple
        Further arguments, after the others: the values of what is not free.
    """
    fixed = () if unknowns.mask is None else (unknowns.full,)
    try:
        key = kind_of(unknowns), result
    except NotCompilable:       # there is none
        return made(fun, unknowns, result), fixed
    places = None
    base = paths_of(fun)
    if base is not None and base.fixed is not None:
        leaves = [0.0] * len(unknowns.labels)

        def places(args: Any, kwargs: Any) -> set[int]:
            """Those of fun's static arguments: one vector stands for all leaves of the first."""
            return {i - len(leaves) + 1 for i in base.fixed((leaves, *args[1:]), kwargs) if i >= len(leaves)}

    return kept(fun, key, lambda fun: made(fun, unknowns, result), places), fixed


def kept(fun: Callable[..., Any], key: Any, make: Callable[[Any], Any], places: Any = None) -> Any:
    """make(fun), the same one for the same key; compiled, if fun is.

    places: (args, kwargs) -> the places of static arguments, of a compiled one.
    """
    table = kept_by(fun)
    if table is None:
        return make(fun)
    found = table.get(key)
    if found is None:
        if len(table) >= MOST:
            table.clear()
        found = table[key] = compiled(fun, make, places) if type(fun) is CompiledFunction else make(fun)
    return found


def kept_by(fun: Any) -> Any:
    """Where functions of a vector are kept; None for what is no function of Python's."""
    if type(fun) is CompiledFunction:
        return None if type(getattr(fun.__wrapped__, "content", None)) is bytes else paths_of(fun).vectors
    solves = solves_of(fun)
    return None if solves is None else solves.vectors


def kind_of(unknowns: Any) -> Any:
    """What functions of a vector have in common besides fun.

    NotCompilable: a container holds what has no key; or there are leaves in float32, whose rounding a program of a
    vector in float64 would be compared without.
    """
    mask = None if unknowns.mask is None else unknowns.mask.tobytes()
    if not unknowns.structured:
        return unknowns.shape, mask
    way = unknowns.unravel
    if any(kind is not float and kind.char != "d" for kind in way.kinds):
        raise NotCompilable("a part is not in float64")
    return shape_of(unknowns.structure), tuple(way.shapes), tuple(way.kinds), tuple(way.scalars), way.common, mask


def made(fun: Callable[..., Any], unknowns: Any, result: Any) -> Callable[..., Any]:
    """The function of a vector."""
    if unknowns.mask is None:
        def flat(v: Any, *args: Any) -> Any:
            return result(fun(unknowns.rebuild(v), *args))
    else:
        def flat(v: Any, *args: Any) -> Any:
            return result(fun(unknowns.rebuild(v, args[-1]), *args[:-1]))
    return flat


def compiled(fun: Any, make: Callable[[Any], Any], places: Any) -> Any:
    """What is made of a compiled function's own, compiled as that is."""
    base = paths_of(fun)
    flat = make(base.f)
    flat.__name__ = base.name
    return made_of(flat, base.name, {"static": (), "check": base.check, "exact": base.exact}, places)
