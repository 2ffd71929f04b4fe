"""Forward mode: jvp, the product of a derivative with directions.

Every call draws a fresh tag, seeds its arguments with duals of it, runs the function once for
each chunk of directions, and takes the tangents out.  Nesting needs nothing more.

Invariant: no derivative depends on global or thread-local state.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..automatic import as_asked
from ..core import (
    Dual,
    DualArray,
    KinkMet,
    NotSecondOrder,
    ZeroTimesInfinity,
    call_watched,
    call_within,
    first_tangent,
    forget_lost,
    forget_tower,
    lost_mark,
    make_array,
    new_tag,
    seed_scalar,
    tower_derivative,
    tower_seed,
    tower_tag,
    tower_value,
)  # fmt: skip
from ..errors import DualDiffError, InputError, ShapeError
from ..functions.base import as_operand
from ..functions.undefined import judge, noted
from ..maps.tangents import is_dual
from .arguments import extract, lent, owned, promote_all, python_number, seed, stack_of
from .holomorphic import holomorphic_jvp
from .kinks import beside
from .pytrees import flatten, match, unflatten
from .recorder import HERE, UNDER_WAY
from .recording import Recording
from .results import ONE, all_python_numbers, aux_value, jvp_results, split_aux

__all__ = ["jvp"]

CACHE_BUDGET = 2**20
"""Bytes that the seed tangents of one pass may take; more directions go in several passes."""

LEAST_WIDTH = 8
"""Directions that a chunk of a stack has at least, so that the values of a pass do not count."""


def jvp(
    f: Callable[..., Any], primals: Any, tangents: Any, *, has_aux: bool = False, holomorphic: bool = False,
    lift: Any = "auto", **kwargs: Any,
) -> Any:  # fmt: skip
    """Value and Jacobian-vector product: f(x) and J(x) v, with J never formed.

    Parameters
    ----------
    f : callable
        NumPy code.
    primals : tuple
        The arguments at which to differentiate: numbers, arrays, or nested tuples, lists, dicts
        of them.  One argument alone may be given without the tuple if it is an array or a number.
    tangents : tuple
        One direction for each argument, in its shape; or k directions stacked, (k, *shape), in
        every argument.  None stands for zero.
    has_aux : bool
        f returns (result, aux); aux is handed back as a third item.
    holomorphic : bool
        Primals and tangents are complex, and so is the derivative of f, which must be holomorphic.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.
    **kwargs
        Passed to f; not differentiated.

    Returns
    -------
    value, tangent
        f(*primals), and its derivative along the tangents, in the shape of the value; with
        stacked directions (k, *shape).

    Raises
    ------
    ShapeError
        If a tangent fits neither the argument's shape nor a stack of it.
    InputError
        For complex, empty or non-numeric arguments and results.

    Notes
    -----
    Many stacked directions of large arrays go in several runs of f, of so many that they fit the cache (8 at least).

    At kinks the symmetric derivative lim (f(x+hv) - f(x-hv))/2h is taken, at the edge of a
    domain the one-sided limit.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> value, tangent = dd.jvp(lambda x: x[0] * x, (np.array([2.0, 3.0]),), (np.array([1.0, 0.0]),))
    >>> value, tangent
    (array([4., 6.]), array([4., 3.]))
    """
    if lift != "auto":  # no call where there is nothing to do: it would be a tenth of a small jvp
        f = as_asked(f, lift)
    if UNDER_WAY and HERE.recorder is not None:
        return HERE.recorder.jvp(jvp, f, primals, tangents, kwargs, has_aux, holomorphic)
    programs = getattr(f, "__dualdiff_program__", None)
    if programs is not None:
        if not has_aux:
            return programs.along("holomorphic jvp" if holomorphic else "jvp", primals, tangents, kwargs)
        f = programs.f
    if holomorphic:
        return holomorphic_jvp(f, primals, tangents, has_aux, kwargs)
    if not isinstance(primals, (tuple, list)):
        primals, tangents = (primals,), (tangents,)
    if len(primals) == 1 and not has_aux and plain_pair(primals[0], tangents, "df"):
        # the frequent case, one array of floats along one direction, without the general machinery
        x, tag = primals[0], new_tag()
        try:
            y = call_watched(f, (make_array(x, tangents[0][np.newaxis], tag, None, None, True),), kwargs, tag)
        except ZeroTimesInfinity as met:
            return jvp_again(f, primals, tangents, has_aux, kwargs, met)
        if type(y) is DualArray and y.tag == tag and y.ndim:
            value, t = owned(y)
            if noted:
                judge(tag, [t])
            return value, t[0]
        return jvp_results(y, tag, tangents[0][np.newaxis], False, False)
    if len(primals) == 1 and not has_aux and type(primals[0]) is float and type(tangents) in (tuple, list):
        if len(tangents) == 1 and type(tangents[0]) is float:     # one number
            tag = new_tag()
            try:
                y = call_watched(f, (seed_scalar(primals[0], tag, tangents[0]),), kwargs, tag)
            except ZeroTimesInfinity as met:
                return jvp_again(f, primals, tangents, has_aux, kwargs, met)
            t = first_tangent(y, tag)
            return jvp_results(y, tag, np.array(tangents), False, True) if t is None else (y.value, t)
    if len(primals) == 1 and not has_aux and type(primals[0]) is Dual and type(tangents) in (tuple, list):
        if len(tangents) == 1 and type(tangents[0]) is float:     # inside a derivative by a number
            found = Orders().of(f, primals, 0, kwargs, tangents[0])
            if found is not None:
                return found
    try:
        return general_jvp(f, primals, tangents, has_aux, kwargs, call_watched)
    except ZeroTimesInfinity as met:
        return jvp_again(f, primals, tangents, has_aux, kwargs, met)


class Orders:
    """Calls of one function inside derivatives by numbers: all orders in one run, where that can be."""

    __slots__ = ("nested",)

    def __init__(self) -> None:
        self.nested = False     # the function does what cannot be done to all orders at once

    def of(self, f: Callable[..., Any], args: Any, place: int, kwargs: Any, t: float = 1.0, valued: bool = True) -> Any:
        """(value, derivative) by the argument at that place, a Dual, along t; None where it takes duals in duals.

        valued: whether the value is wanted, else it is anything.
        """
        if self.nested:
            return None
        tag = tower_tag(args[place])
        if not tag:
            return None
        try:
            x = tower_seed(args[place], tag, t)
            y = call_watched(f, (x,) if len(args) == 1 else (*args[:place], x, *args[place + 1 :]), kwargs, tag)
            if type(y) is Dual:     # the frequent case
                found = tower_derivative(y, tag)
                if found is not None:
                    return tower_value(y, tag) if valued else None, found
            leaves, structure = flatten(y)
            pairs = [tower_pair(leaf, tag) for leaf in leaves]
            return tuple(unflatten(structure, list(part)) for part in zip(*pairs, strict=True)) if pairs else None
        except NotSecondOrder:
            self.nested = True
        except ZeroTimesInfinity:
            pass
        finally:
            forget_tower(tag)
        return None


def tower_pair(y: Any, tag: Any) -> tuple[Any, Any]:
    """(value, derivative) of a result of a run of all orders in one."""
    y = as_operand(y)
    t = tower_derivative(y, tag)
    if t is not None:
        return tower_value(y, tag), t
    value, t = extract(y, tag, ONE)
    return python_number(value, True), python_number(t[0], True)


def jvp_again(
    f: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool, kwargs: dict[str, Any], met: Any
) -> Any:
    """`jvp` where 0 met an infinite partial: with reachability, along a recording (walks.py); or a kink (kinks.py)."""
    if isinstance(met, KinkMet):
        return beside(lambda *xs: jvp(f, xs, tangents, has_aux=has_aux, **kwargs), primals, *met.args)
    mark = lost_mark()
    try:
        recording = Recording(f, primals, kwargs, has_aux, fuse=False, complexes=True)
        found = recording.value, recording.push(tangents)
    except DualDiffError:       # what cannot be recorded: each 0 counts as one that is not reached
        forget_lost(mark)
        return general_jvp(f, primals, tangents, has_aux, kwargs, call_within)
    return (*found, recording.aux) if has_aux else found


def general_jvp(
    f: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool, kwargs: dict[str, Any], call: Any
) -> Any:
    """`jvp` of any arguments; call(f, args, kwargs, tag) runs the function."""
    if not isinstance(tangents, (tuple, list)) or len(tangents) != len(primals):
        given = len(tangents) if isinstance(tangents, (tuple, list)) else type(tangents).__name__
        raise ShapeError(f"jvp takes one tangent for each primal: {len(primals)} primals, tangents: {given}")
    leaves: list[Any] = []
    structure: list[Any] = []
    stacks: list[Any] = []
    many: tuple[Any, ...] | None = None
    for i, (primal, tangent) in enumerate(zip(primals, tangents, strict=True)):
        below, s, promoted = promote_all(primal, f"primal {i}", True)
        structure.append((s, len(below)))
        for x, leaf, t in zip(below, promoted, match(s, tangent, f"tangent {i}"), strict=True):
            leaves.append((x, leaf))
            if t is None:
                stacks.append(None)
                continue
            t, stacked = stack_of(t, leaf, f"tangent {i}")
            if many is not None and (stacked, np.shape(t)[0]) != many:
                raise ShapeError(
                    f"tangent {i} stands for {np.shape(t)[0] if stacked else 'one'} direction(s), "
                    f"an earlier one for {many[1] if many[0] else 'one'}; give each argument the same number"
                )
            many = (stacked, np.shape(t)[0])
            stacks.append(t)
    if many is None:
        raise InputError("jvp needs a tangent for at least one primal; all are None")
    plain = all_python_numbers([x for x, _ in leaves])

    def run(start: Any, stop: Any) -> Any:
        """(value, tangent) along some of the directions, and aux if there is one."""
        tag = new_tag()
        some = [t if t is None or stop is None else t[start:stop] for t in stacks]
        seeds = iter([lent(x) if t is None else seed(x, t, tag) for (_, x), t in zip(leaves, some, strict=True)])
        args = [unflatten(s, [next(seeds) for _ in range(n)]) for s, n in structure]
        result, aux = split_aux(call(f, tuple(args), kwargs, tag), has_aux)
        like = next(t for t in some if t is not None)
        found = jvp_results(result, tag, like, many[0], plain)
        return (*found, aux_value(aux, tag, plain)) if has_aux else found

    k = many[1]
    width = max(LEAST_WIDTH, width_of(max(1, sum(int(np.size(t)) // max(k, 1) for t in stacks if t is not None))))
    if k <= width or any(is_dual(x) for pair in zip(leaves, stacks, strict=True) for x in (pair[0][1], pair[1])):
        return run(0, None)
    return in_chunks(run, k, -(-k // -(-k // width)))


def in_chunks(run: Any, k: int, width: int) -> Any:
    """run(start, stop) = (value, tangents, ...) of k directions, so many at a time."""
    value, tangent, *aux = run(0, width)
    outs, structure = flatten(tangent)
    if any(map(is_dual, outs)):     # what f closes over is dual
        return run(0, None)
    whole = [np.empty((k, *np.shape(t)[1:]), t.dtype) for t in outs]
    start = 0
    while True:
        for t, all_of_it in zip(outs, whole, strict=True):
            all_of_it[start : start + width] = t
        start += width
        if start >= k:
            return (value, unflatten(structure, whole), *aux)
        outs = flatten(run(start, min(start + width, k))[1])[0]


def plain_pair(x: Any, tangents: Any, types: str = "d") -> Any:
    """Whether x and its one tangent are C-contiguous arrays of one shape and one of the types (float64 by default)."""
    if type(x) is not np.ndarray or (char := x.dtype.char) not in types or not x.flags.c_contiguous or not x.size:
        return False
    t = tangents[0] if type(tangents) in (tuple, list) and len(tangents) == 1 else None
    return type(t) is np.ndarray and t.shape == x.shape and t.dtype.char == char and t.flags.c_contiguous


def width_of(total: int) -> int:
    """How many directions of so many elements go in one pass."""
    return max(1, CACHE_BUDGET // (8 * total))
