"""Forward mode: jvp, derivative, and the forward form of gradients and Jacobians.

Every call draws a fresh tag, seeds its arguments with duals of it, runs the function once for
each chunk of directions, and takes the tangents out.  Nesting needs nothing more.

Invariant: no derivative depends on global or thread-local state.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any, NamedTuple

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
    make,
    make_array,
    new_tag,
    seed_scalar,
    tower_derivative,
    tower_seed,
    tower_tag,
    tower_value,
    unit_seeds,
)
from ..errors import DualDiffError, InputError, ShapeError
from ..functions.base import as_operand, has_duals, value_of
from ..functions.undefined import judge, noted
from ..maps.base import dtype_of
from ..maps.tangents import is_dual
from ..progress import SILENT, Meter, Progress, meter
from .arguments import (
    Arguments,
    by_names,
    check_room,
    extract,
    lent,
    owned,
    promote,
    promote_all,
    promote_complex,
    python_number,
    seed,
    stack_of,
)  # fmt: skip
from .derived import transform
from .pytrees import flatten, match, unflatten
from .randomness import one_draw, redraw
from .recorder import HERE, UNDER_WAY

__all__ = ["Wirtinger", "derivative", "jvp", "value_and_grad", "value_and_jacobian"]

ONE = np.ones(1)    # what one direction looks like, for results that are constant

INSTEAD_OF_JACOBIAN = (
    "take products with jvp, vjp or linearize, or sparse_jacobian where it has few entries"
)

CACHE_BUDGET = 2**20
"""Bytes that the seed tangents of one pass may take; more directions go in several passes."""


LEAST_WIDTH = 8
"""Directions that a chunk of a stack has at least, so that the values of a pass do not count."""


def split_aux(result: Any, has_aux: bool) -> Any:
    """(result, aux) of a function that returns both."""
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise InputError(f"has_aux=True expects the function to return (result, aux), got {type(result).__name__}")
    return result


def all_python_numbers(leaves: Any) -> bool:
    """Whether results should be Python numbers too."""
    return all(type(x) in (float, int, bool, complex) for x in leaves)


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
    from .recording import Recording

    if isinstance(met, KinkMet):
        from .kinks import beside

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


def jvp_results(result: Any, tag: Any, like: Any, stacked: Any, plain: Any) -> tuple[Any, Any]:
    """(value, tangent) of a function's result, in its structure."""
    outs, structure = flatten(result)
    values, products = [], []
    for y in outs:
        value, t = extract(y, tag, like)
        values.append(python_number(value, plain))
        products.append(t if stacked else python_number(t[0], plain))
    return unflatten(structure, values), unflatten(structure, products)


def aux_value(aux: Any, tag: Any, plain: Any) -> Any:
    """Auxiliary results without the tangents of this call."""
    leaves, structure = flatten(aux)
    return unflatten(
        structure, [python_number(extract(x, tag, None)[0], plain) if has_duals(x) else x for x in leaves]
    )


def checked_layout(layout: str) -> Any:
    """The layout, checked."""
    if layout not in ("numerator", "denominator"):
        raise InputError(f'layout must be "numerator" or "denominator", got {layout!r}')
    return layout


@transform
def derivative(
    f: Callable[..., Any], argnums: Any = 0, *, argnames: Any = None, layout: str = "numerator",
    has_aux: bool = False, holomorphic: bool = False, batched: Any = False, chunk: Any = None,
    progress: Progress = None, executor: Any = None, lift: Any = "auto",
) -> Any:  # fmt: skip
    """The derivative df/dx of a function of one number, as a function.

    Parameters
    ----------
    f : callable
        Takes a number in place `argnums`; may return a number or arrays of any shape.
    argnums : int
        The argument to differentiate by.
    argnames : str, optional
        The same by its name, in place of argnums.
    layout : {"numerator", "denominator"}
        As for `jacobian`; a number has no axes, so both give the shape of the result.
    has_aux : bool
        f returns (result, aux); so does the derivative.
    holomorphic : bool
        The derivative of a holomorphic function by a complex number.
    batched : bool or tuple, optional
        The argument is a batch of numbers, shape (batch,), which f maps one by one: the derivative of an
        elementwise function.  True, or for each argument 0 (it has the batch axis) or None (all points share it).
    chunk, progress, executor
        Of a batch, as in `jacobian`: the points of one run of f; how far it is; who does the runs.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x, ... -> df/dx, in the shape of f's result.

    Raises
    ------
    InputError
        If the argument is not a number: use `grad` or `jacobian` for arrays.

    Notes
    -----
    Kinks give the symmetric derivative: derivative(abs)(0.0) is 0.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.derivative(np.sin)(0.0)
    1.0
    """
    f = as_asked(f, lift)
    if argnames is not None:
        return by_names(
            derivative, f, argnames, argnums, layout=layout, has_aux=has_aux, holomorphic=holomorphic, batched=batched,
            chunk=chunk, progress=progress, executor=executor,
        )  # fmt: skip
    checked_layout(layout)
    if batched:
        from .batched import batched_derivative

        both = batched_derivative(
            f, argnums, batched, "forward", layout, has_aux, "derivative", chunk, progress, executor
        )

        @functools.wraps(f)
        def by_batch(*args: Any, **kwargs: Any) -> Any:
            value, t = both(*args, **kwargs)
            return (t, value[1]) if has_aux else t

        return by_batch
    if any(option is not None for option in (chunk, progress, executor)):
        raise InputError("chunk=, progress= and executor= of derivative are for batched=: otherwise it is one run of f")
    if holomorphic:
        return holomorphic_derivative(f, argnums, has_aux)
    simple = type(argnums) is int and argnums == 0 and not has_aux
    orders = Orders()

    @functools.wraps(f)
    def df(*args: Any, **kwargs: Any) -> Any:
        if simple and args and type(args[0]) is Dual:
            found = orders.of(f, args, 0, kwargs, 1.0, False)
            if found is not None:
                return found[1]
        if simple and args and type(args[0]) is float:
            tag = new_tag()
            try:
                y = call_watched(f, (seed_scalar(args[0], tag), *args[1:]), kwargs, tag)
            except ZeroTimesInfinity as met:
                return jvp_again(f_of(Arguments(args, 0)), (args[0],), (1.0,), False, kwargs, met)[1]
            t = first_tangent(y, tag)
            return results(y, tag, ONE) if t is None else t
        chosen = Arguments(args, argnums)
        if not chosen.single:
            raise InputError("derivative takes one argnums; use grad or jacobian for several arguments")
        (x,) = chosen.chosen()
        if flatten(x)[1] is not None:
            raise InputError(f"derivative is by a number, got a {type(x).__name__}; use grad or jacobian")
        if np.shape(x) != ():
            raise InputError(
                f"derivative is by a number, got an array of shape {np.shape(x)}; use jacobian(f), or for a "
                "function that acts element by element derivative(f, batched=True), or "
                "jvp(f, (x,), (np.ones_like(x),))[1]"
            )
        tag = new_tag()
        x = promote(x)
        ones = np.ones((1,) + np.shape(x), dtype_of(x))
        try:
            y, aux = split_aux(call_watched(f, tuple(chosen.replaced([seed(x, ones, tag)])), kwargs, tag), has_aux)
        except ZeroTimesInfinity as met:
            found = jvp_again(f_of(chosen), (x,), (ones[0],), has_aux, kwargs, met)[1:]
            leaves, structure = flatten(found[0])
            t = unflatten(structure, [python_number(leaf, True) for leaf in leaves])
            return (t, *found[1:]) if has_aux else t
        t = results(y, tag, ones)
        return (t, aux_value(aux, tag, True)) if has_aux else t

    def f_of(chosen: Any) -> Any:
        return lambda z, **options: f(*chosen.replaced([z]), **options)

    def results(y: Any, tag: Any, like: Any) -> Any:
        leaves, structure = flatten(y)
        return unflatten(structure, [python_number(extract(leaf, tag, like)[1][0], True) for leaf in leaves])

    return df


# ---- complex derivatives of holomorphic functions ---------------------------------------------------


def complex_number(x: Any, plain: Any) -> Any:
    """A scalar result: a Python number where all inputs were."""
    return x if is_dual(x) or np.ndim(x) else x.item() if plain and isinstance(x, np.generic) else x


def along_complex(call: Any, leaves: Any, stacks: Any, tag: Any) -> tuple[Any, Any, Any]:
    """(structure, [(value, tangents)], aux) of call(duals) along stacks of complex directions.

    Every direction v goes through together with iv: the Cauchy-Riemann equations, J(iv) = i J v, hold or f is
    not holomorphic.  Each element is looked at by itself, as one may be small beside another.  Where all
    that makes it cancels, the two differ by rounding; then f runs again along c v, where the part that is linear in
    conj(v) is conj(c) times what it was, and rounding is not.
    """
    k = np.shape(stacks[0])[0]

    def run(stacks: Any, tag: Any) -> tuple[Any, Any, Any, Any]:
        duals = [seed(x, np.concatenate([t, 1j * t]), tag) for x, t in zip(leaves, stacks, strict=True)]
        result, aux = call_within(call, (duals,), {}, tag)
        outs, structure = flatten(result)
        found = [extract(y, tag, np.zeros((2 * k, 1), complex)) for y in outs]
        plain = [value_of(t) for _, t in found]
        return structure, found, aux, [(t[k:] - 1j * t[:k], np.maximum(np.abs(t[k:]), np.abs(t[:k]))) for t in plain]

    structure, found, aux, gaps = run(stacks, tag)
    suspects = []
    for gap, size in gaps:
        tolerance = 1e-4 if gap.dtype == np.complex64 else 1e-11
        suspects.append(np.abs(gap) > tolerance * size)
    if any(map(np.any, suspects)):
        c = np.exp(0.7j)        # no ratio of small integers, as rounding errors often are
        again = run([c * t for t in stacks], new_tag())[3]
        for (gap, _), (other, _), suspect in zip(gaps, again, suspects, strict=True):
            close = 1e-2 if gap.dtype == np.complex64 else 1e-3
            if np.any(suspect & (np.abs(other - np.conj(c) * gap) < close * np.abs(gap))):
                raise not_holomorphic()
    return structure, [(value, t[:k]) for value, t in found], aux


def not_holomorphic() -> Any:
    return InputError(
        "holomorphic=True, but the function is not holomorphic here: its derivative along i*v is not i times "
        "that along v. An operation such as abs, real, imag, conj or angle took part; without it there is a "
        "complex derivative. For others differentiate by the real and the imaginary part, as two arguments"
    )


def holomorphic_jvp(f: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool, kwargs: dict[str, Any]) -> Any:
    """`jvp` of a holomorphic function."""
    if not isinstance(primals, (tuple, list)):
        primals, tangents = (primals,), (tangents,)
    if not isinstance(tangents, (tuple, list)) or len(tangents) != len(primals):
        raise ShapeError(f"jvp takes one tangent for each primal: {len(primals)} primals")
    leaves: list[Any] = []
    stacks: list[Any] = []
    structures: list[Any] = []
    originals: list[Any] = []
    many: set[Any] = set()
    for i, (primal, tangent) in enumerate(zip(primals, tangents, strict=True)):
        below, structure = flatten(primal)
        structures.append((structure, len(below)))
        originals += below
        for x, t in zip(below, match(structure, tangent, f"tangent {i}"), strict=True):
            x = promote_complex(x, f"primal {i}")
            leaves.append(x)
            if t is None:
                stacks.append(None)
                continue
            stack, stacked = stack_of(t, x, f"tangent {i}")
            stacks.append(stack)
            many.add((stacked, np.shape(stack)[0]))
    if len(many) != 1:
        raise ShapeError("the tangents must stand for one number of directions each, and at least one must be given")
    ((stacked, k),) = many
    stacks = [np.zeros((k, *np.shape(x)), complex) if t is None else t for x, t in zip(leaves, stacks, strict=True)]

    def call(duals: Any) -> Any:
        rest = iter(duals)
        return split_aux(f(*(unflatten(s, [next(rest) for _ in range(n)]) for s, n in structures), **kwargs), has_aux)

    tag = new_tag()
    structure, found, aux = along_complex(call, leaves, stacks, tag)
    plain = all(type(x) in (complex, float, int, bool) for x in originals)
    value = unflatten(structure, [complex_number(v, plain) for v, _ in found])
    tangent = unflatten(structure, [t if stacked else complex_number(t[0], plain) for _, t in found])
    return (value, tangent, aux_value(aux, tag, plain)) if has_aux else (value, tangent)


def holomorphic_derivative(f: Callable[..., Any], argnums: Any, has_aux: bool) -> Any:
    """`derivative` of a holomorphic function."""

    @functools.wraps(f)
    def df(*args: Any, **kwargs: Any) -> Any:
        chosen = Arguments(args, argnums)
        if not chosen.single or flatten(chosen.chosen()[0])[1] is not None or np.shape(chosen.chosen()[0]) != ():
            raise InputError("derivative is by one number; use jacobian with holomorphic=True for arrays")

        def of_one(z: Any) -> Any:
            return f(*chosen.replaced([z]), **kwargs)

        _, t, *aux = holomorphic_jvp(of_one, chosen.chosen(), (1.0,), has_aux, {})
        return (t, *aux) if has_aux else t

    return df


def holomorphic_jacobian(f: Callable[..., Any], argnums: Any, layout: str, has_aux: bool) -> Any:
    """`grad.value_and_jacobian` of a holomorphic function."""

    @functools.wraps(f)
    def vj(*args: Any, **kwargs: Any) -> Any:
        chosen = Arguments(args, argnums)
        leaves, structures, originals = [], [], []
        for number, x in zip(chosen.argnums, chosen.chosen(), strict=True):
            below, structure = flatten(x)
            structures.append((structure, len(below)))
            originals += below
            leaves += [promote_complex(leaf, f"argument {number}") for leaf in below]
        ends = np.cumsum([0, *(int(np.size(x)) for x in leaves)])
        if not ends[-1]:
            raise InputError("the arguments have no arrays in them; there is nothing to differentiate by")
        eye = np.eye(ends[-1], dtype=complex)
        stacks = [eye[:, a:b].reshape((-1, *np.shape(x))) for x, a, b in zip(leaves, ends[:-1], ends[1:], strict=True)]

        def call(duals: Any) -> Any:
            rest = iter(duals)
            new = [unflatten(s, [next(rest) for _ in range(n)]) for s, n in structures]
            return split_aux(f(*chosen.replaced(new), **kwargs), has_aux)

        tag = new_tag()
        structure, found, aux = along_complex(call, leaves, stacks, tag)
        plain = all(type(x) in (complex, float, int, bool) for x in originals)
        rows = []
        for value, t in found:
            cells = [
                complex_number(block(np.shape(value), layout, False, t, a, b, np.shape(x)), plain)
                for x, a, b in zip(leaves, ends[:-1], ends[1:], strict=True)
            ]
            rest = iter(cells)
            parts = [unflatten(s, [next(rest) for _ in range(n)]) for s, n in structures]
            rows.append(parts[0] if chosen.single else tuple(parts))
        value = unflatten(structure, [complex_number(v, plain) for v, _ in found])
        J = unflatten(structure, rows)
        return ((value, aux_value(aux, tag, plain)), J) if has_aux else (value, J)

    return vj


class Wirtinger(NamedTuple):
    """The Jacobian by a complex argument z: a change v of z changes f by ``dz v + dconj conj(v)``.

    These are the Wirtinger derivatives.  `dconj` is 0 where f is holomorphic; where f is real it is the conjugate of
    `dz`.

    Attributes
    ----------
    dz : array
        df/dz = (df/dx - i df/dy)/2 for z = x + iy, in the shape of a Jacobian.
    dconj : array
        df/dconj(z) = (df/dx + i df/dy)/2.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> J = dd.jacobian(lambda z: z * np.conj(z))(1.0 + 2.0j)
    >>> J.dz, J.dconj
    ((1-2j), (1+2j))
    """

    dz: Any
    dconj: Any

    @classmethod
    def of_directions(cls, x: Any, y: Any) -> Any:
        """From the derivatives along 1 and along 1j."""
        return cls((x - 1j * y) * 0.5, (x + 1j * y) * 0.5)


def width_of(total: int) -> int:
    """How many directions of so many elements go in one pass."""
    return max(1, CACHE_BUDGET // (8 * total))


class Seeds:
    """The directions of a full derivative: the unit vectors of all leaves, in even chunks.

    A complex leaf has two for each element, 1 and 1j: first 1 for all elements, then 1j.
    """

    def __init__(self, chosen: Any, chunk: Any, complexes: bool = False) -> None:
        self.tops = chosen.chosen()
        self.chosen = chosen
        self.leaves, self.structures, self.originals = [], [], []
        for number, x in zip(chosen.argnums, self.tops, strict=True):
            below, structure, promoted = promote_all(x, f"argument {number}", complexes)
            if not below:
                raise InputError(f"argument {number} has no arrays in it; there is nothing to differentiate by")
            self.structures.append((structure, len(below)))
            self.originals += below
            self.leaves += promoted
        first = self.leaves[0]
        self.unit = type(first) is np.ndarray and first.dtype.char in "df" and first.flags.c_contiguous
        self.complex = [dtype_of(leaf).kind == "c" for leaf in self.leaves]
        self.sizes = [(2 if c else 1) * (int(np.size(leaf)) if np.ndim(leaf) else 1)
                      for leaf, c in zip(self.leaves, self.complex, strict=True)]  # fmt: skip
        self.total = sum(self.sizes)
        self.plain = all_python_numbers(self.originals)
        if chunk is not None and (isinstance(chunk, bool) or not isinstance(chunk, (int, np.integer)) or chunk < 1):
            raise InputError(f"chunk must be a positive int, got {chunk!r}")
        width = chunk or min(self.total, width_of(self.total))
        passes = -(-self.total // width)
        self.width = -(-self.total // passes) if chunk is None else width

    def stacks(self, start: Any, stop: Any) -> Any:
        """The unit vectors start to stop, as a stack (directions, *shape) for each leaf."""
        k, offset, found = stop - start, 0, []
        for leaf, size, is_complex in zip(self.leaves, self.sizes, self.complex, strict=True):
            n = size // 2 if is_complex else size
            t = np.zeros((k, n), dtype_of(leaf) if np.ndim(leaf) or is_complex else None)
            first, last = max(start, offset), min(stop, offset + size)
            if first < last:
                rows = np.arange(first - start, last - start)
                columns = rows + (start - offset)
                t[rows, columns % n] = np.where(columns < n, 1, 1j) if is_complex else 1.0
            found.append(t.reshape((k, *np.shape(leaf))))
            offset += size
        return found

    def chunks(self) -> Iterator[Any]:
        """The ranges of directions of each pass."""
        for start in range(0, self.total, self.width):
            yield start, min(start + self.width, self.total)

    def arguments(self, start: Any, stop: Any, tag: Any) -> Any:
        """The call's arguments, seeded with unit vectors start to stop."""
        if len(self.leaves) == 1 and self.structures[0][0] is None and self.unit:
            return self.chosen.replaced([unit_seeds(self.leaves[0], start, stop, tag)])
        stacks = self.stacks(start, stop)
        seeds = iter([seed(leaf, t, tag) for leaf, t in zip(self.leaves, stacks, strict=True)])
        return self.chosen.replaced([unflatten(s, [next(seeds) for _ in range(n)]) for s, n in self.structures])

    def like(self, k: int) -> Any:
        """An array with k directions, for results that are constant."""
        return np.zeros((k, 1))

    def split(self, columns: Any, make: Any, join: Any = None) -> Any:
        """One result for each differentiated leaf, from columns of all directions.

        join: makes the result of a complex leaf from that of its directions 1 and that of its directions 1j.
        """
        offset, parts = 0, []
        for leaf, size, is_complex in zip(self.leaves, self.sizes, self.complex, strict=True):
            middle, stop = offset + size // 2, offset + size
            if is_complex:
                halves = (offset, middle), (middle, stop)
                parts.append(join(*(make(columns, *ends, np.shape(leaf)) for ends in halves)))
            else:
                parts.append(make(columns, offset, stop, np.shape(leaf)))
            offset = stop
        seeds = iter(parts)
        found = [unflatten(s, [next(seeds) for _ in range(n)]) for s, n in self.structures]
        return found[0] if self.chosen.single else tuple(found)


def one_pass(args: Any, argnums: Any, chunk: Any, has_aux: bool, told: Meter = SILENT) -> Any:
    """The frequent case: the argument, if it is one array of floats whose directions fit one pass."""
    if type(argnums) is not int or chunk is not None or has_aux or told is not SILENT or not 0 <= argnums < len(args):
        return None
    x = args[argnums]
    if type(x) is np.ndarray and x.dtype.char in "df" and x.flags.c_contiguous:
        n = x.size
        if 0 < n and 8 * n * n <= CACHE_BUDGET and x.ndim:
            return x
    return None


def call_seeded(f: Callable[..., Any], args: Any, argnums: Any, x: Any, tag: Any, kwargs: dict[str, Any]) -> Any:
    """F with every direction of its argument x seeded."""
    dual = unit_seeds(x, 0, x.size, tag)
    if argnums == 0:
        return call_watched(f, (dual, *args[1:]), kwargs, tag)
    return call_watched(f, (*args[:argnums], dual, *args[argnums + 1 :]), kwargs, tag)


class Columns:
    """Runs of a function along unit vectors: what an executor is given."""

    def __init__(
        self, f: Callable[..., Any], args: Any, argnums: Any, chunk: Any, kwargs: dict[str, Any], has_aux: bool,
        watched: bool, complexes: bool,
    ) -> None:  # fmt: skip
        self.f, self.args, self.argnums, self.chunk = f, args, argnums, chunk
        self.kwargs, self.has_aux, self.watched, self.complexes = kwargs, has_aux, watched, complexes

    def __call__(self, start: int, stop: int) -> Any:
        """`run`, with a container in place of the structure, which cannot be sent."""
        seeds = Seeds(Arguments(self.args, self.argnums), self.chunk, self.complexes)
        values, structure, aux, pushed = self.run(seeds, start, stop)
        return values, unflatten(structure, [0.0] * len(values)), aux, pushed

    def run(self, seeds: Any, start: int, stop: int) -> Any:
        """(value leaves, structure, aux, tangents of each leaf) of the unit vectors start to stop."""
        tag, call = new_tag(), call_watched if self.watched else call_within
        y, aux = split_aux(call(self.f, tuple(seeds.arguments(start, stop, tag)), self.kwargs, tag), self.has_aux)
        return self.taken(seeds, y, aux, tag, start, stop)

    def taken(self, seeds: Any, y: Any, aux: Any, tag: int, start: int, stop: int) -> Any:
        """The results of a run."""
        leaves, structure = flatten(y)
        pairs = [extract(leaf, tag, seeds.like(stop - start)) for leaf in leaves]
        values = [python_number(v, seeds.plain) for v, _ in pairs]
        return values, structure, aux_value(aux, tag, seeds.plain) if self.has_aux else aux, [t for _, t in pairs]


def passes_of(
    f: Callable[..., Any], seeds: Any, kwargs: dict[str, Any], has_aux: bool, first: Any, call: Any, limit: Any = None,
    told: Meter = SILENT, executor: Any = None,
) -> tuple[Any, Any, Any, Any]:  # fmt: skip
    """(value leaves, structure, aux, passes) of all unit vectors: for each pass the tangents of each leaf.

    first: (tag, result) of the one pass that was made already, or None.  limit: what the passes make together, and what
    to write instead where it does not fit into memory.  told: of each pass.
    """
    told.expect(seeds.total)
    structure, aux = None, None
    values: list[Any] = []
    passes: list[Any] = []
    chosen = seeds.chosen
    argnums = chosen.argnums[0] if chosen.single else chosen.argnums
    columns = Columns(f, chosen.args, argnums, seeds.width, kwargs, has_aux, call is call_watched, any(seeds.complex))
    chunks = list(seeds.chunks())
    spread_out = executor is not None and first is None and len(chunks) > 1
    found: Any
    if spread_out and not any(map(is_dual, flatten(list(chosen.args))[0])):     # duals of a call around this one stay
        from .executors import spread

        found = ((v, flatten(like)[1], *more) for v, like, *more in spread(executor, columns, chunks))
    elif first is None:
        found = (drawn_again(columns.run, seeds, start, stop) for start, stop in chunks)
    else:
        found = iter([columns.taken(seeds, first[1], aux, first[0], *chunks[0])])
    with one_draw(f) if len(chunks) > 1 and not spread_out else nullcontext():
        for (_, stop), (values, structure, aux, pushed) in zip(chunks, found, strict=True):  # noqa: B007  (the last pass's)
            if limit is not None and not passes:
                check_room(sum(map(np.size, values)), seeds.total, *limit)
            passes.append(pushed)
            told.to(stop)
    return values, structure, aux, passes


def drawn_again(run: Any, *args: Any) -> Any:
    """run(*args), in which a function draws what it has drawn in the passes before."""
    redraw()
    return run(*args)


def at_kink(both: Any, args: Any, argnums: Any, kwargs: dict[str, Any], has_aux: bool, met: Any) -> Any:
    """both(*args) = (value, derivative) at a kink that was met in second order."""
    from .kinks import beside

    chosen = Arguments(args, argnums)

    def pair(*xs: Any) -> Any:
        value, derivative = both(*chosen.replaced(xs), **kwargs)
        return (value[0], derivative, value[1]) if has_aux else (value, derivative)

    value, derivative, *aux = beside(pair, chosen.chosen(), *met.args)
    return ((value, *aux), derivative) if has_aux else (value, derivative)


def passes_again(f: Callable[..., Any], seeds: Any, kwargs: dict[str, Any], has_aux: bool, told: Meter = SILENT) -> Any:
    """`passes_of` with reachability, where 0 met an infinite partial: along a recording (walks.py)."""
    from .recording import Recording

    mark = lost_mark()
    try:
        recording = Recording(
            lambda *xs: f(*seeds.chosen.replaced(xs), **kwargs), seeds.tops, {}, has_aux, fuse=False, complexes=True
        )
        passes = []
        for start, stop in seeds.chunks():
            passes.append(recording.forward(seeds.stacks(start, stop)))
            told.to(stop)
    except DualDiffError:       # what cannot be recorded: each 0 counts as one that is not reached
        forget_lost(mark)
        return passes_of(f, seeds, kwargs, has_aux, None, call_within, told=told)
    return flatten(recording.value)[0], recording.out_structure, recording.aux, passes


def value_and_grad(
    f: Callable[..., Any], argnums: Any = 0, chunk: Any = None, has_aux: bool = False, pairing: str = "hermitian",
    progress: Progress = None, executor: Any = None,
) -> Any:  # fmt: skip
    """`grad.value_and_grad` in forward mode."""
    turn = 1j if pairing == "hermitian" else -1j

    several = numbered(argnums) and chunk is None and not has_aux
    one = type(argnums) is int and argnums >= 0 and chunk is None and not has_aux
    orders = Orders()

    @functools.wraps(f)
    def vg(*args: Any, **kwargs: Any) -> Any:
        if several and all_floats(args, argnums):
            tag, new = new_tag(), list(args)
            for place, number in enumerate(argnums):
                new[number] = make(args[number], unit_row(place, len(argnums)), tag)
            try:
                y = call_watched(f, tuple(new), kwargs, tag)
            except ZeroTimesInfinity:
                y = None        # below, with reachability
            if type(y) is Dual and y.tag == tag and type(y.value) is float:
                return y.value, tuple(y.tangents.tolist())
        if one and argnums < len(args) and type(args[argnums]) is Dual:
            found = orders.of(one_number, args, argnums, kwargs)
            if found is not None:
                return found
        told = SILENT if progress is None else meter(progress, "gradient", None, "directions")
        x, first = one_pass(args, argnums, chunk, has_aux, told), None
        try:
            if x is not None:
                tag = new_tag()
                y = scalar_of(call_seeded(f, args, argnums, x, tag, kwargs))
                if type(y) is Dual and y.tag == tag and type(y.value) is float:
                    return np.float64(y.value), y.tangents.reshape(x.shape)
                if type(y) is Dual and y.tag == tag and type(y.value) is np.float32 and type(y.tangents) is np.ndarray:
                    return y.value, y.tangents.astype(x.dtype).reshape(x.shape)
                first = tag, y      # the one pass is done, with another result than a plain Dual
            seeds = Seeds(Arguments(args, argnums), chunk, True)
            values, _, aux, passes = passes_of(
                one_number, seeds, kwargs, has_aux, first, call_watched, None, told, executor
            )
        except ZeroTimesInfinity as met:
            if isinstance(met, KinkMet):
                return at_kink(vg, args, argnums, kwargs, has_aux, met)
            seeds = Seeds(Arguments(args, argnums), chunk, True)
            values, _, aux, passes = passes_again(one_number, seeds, kwargs, has_aux, told)
        finally:
            told.close()
        (value,), rows = values, [t for (t,) in passes]
        if dtype_of(value).kind == "c":
            raise InputError("grad needs a real result, the function returned a complex number; use jacobian")
        row = rows[0] if len(rows) == 1 else np.concatenate(rows)
        gradient = seeds.split(
            row, lambda r, a, b, shape: python_number(np.reshape(r[a:b], shape), seeds.plain), lambda s, t: s + turn * t
        )
        return ((value, aux), gradient) if has_aux else (value, gradient)

    one_number = OneNumber(f, has_aux)
    return vg


class OneNumber:
    """A function whose result must be one number, with aux behind it if it has that."""

    def __init__(self, f: Callable[..., Any], has_aux: bool) -> None:
        self.f, self.has_aux = f, has_aux

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        y, aux = split_aux(self.f(*args, **kwargs), self.has_aux)
        return (scalar_of(y), aux) if self.has_aux else scalar_of(y)


def numbered(argnums: Any) -> bool:
    """Whether argnums is a tuple of different places."""
    if type(argnums) is not tuple or not argnums or not all(type(i) is int and i >= 0 for i in argnums):
        return False
    return len(set(argnums)) == len(argnums)


def all_floats(args: Any, argnums: Any) -> bool:
    """Whether the arguments at these places are Python's floats."""
    return all(i < len(args) and type(args[i]) is float for i in argnums)


def unit_row(i: int, n: int) -> Any:
    """A unit vector."""
    row = np.zeros(n)
    row[i] = 1.0
    return row


def scalar_of(y: Any) -> Any:
    """The result of a function whose gradient is wanted, checked to be one number."""
    if type(y) is Dual:
        return y
    if isinstance(y, (tuple, list, dict)):
        raise InputError(f"grad needs a function that returns one number, got a {type(y).__name__}; use jacobian")
    if np.ndim(y):
        if type(y) is DualArray and y.size == 1 or isinstance(y, np.ndarray) and y.size == 1:
            raise InputError(
                f"grad needs a function that returns one number, got an array of shape {np.shape(y)}; "
                "return y[0] or y.sum(), or use jacobian"
            )
        raise InputError(f"grad needs a function that returns one number, got shape {np.shape(y)}; use jacobian")
    return y[()] if isinstance(y, (np.ndarray, DualArray)) else y


def value_and_jacobian(
    f: Callable[..., Any], argnums: Any = 0, chunk: Any = None, layout: str = "numerator", has_aux: bool = False,
    progress: Progress = None, executor: Any = None,
) -> Any:  # fmt: skip
    """`grad.value_and_jacobian` in forward mode."""

    @functools.wraps(f)
    def vj(*args: Any, **kwargs: Any) -> Any:
        told = SILENT if progress is None else meter(progress, "Jacobian", None, "directions")
        x, first, limit = one_pass(args, argnums, chunk, has_aux, told), None, ("the Jacobian", INSTEAD_OF_JACOBIAN)
        try:
            if x is not None:
                tag = new_tag()
                y = call_seeded(f, args, argnums, x, tag, kwargs)
                if type(y) is DualArray and y.tag == tag and y.ndim and type(y.value) is np.ndarray:
                    value, t = owned(y)
                    return value, block(y.shape, layout, False, t, 0, x.size, x.shape)
                first = tag, y      # the one pass is done, with another result than one plain array
            seeds = Seeds(Arguments(args, argnums), chunk, True)
            values, structure, aux, passes = passes_of(
                f, seeds, kwargs, has_aux, first, call_watched, limit, told, executor
            )
        except ZeroTimesInfinity as met:
            if isinstance(met, KinkMet):
                return at_kink(vj, args, argnums, kwargs, has_aux, met)
            seeds = Seeds(Arguments(args, argnums), chunk, True)
            values, structure, aux, passes = passes_again(f, seeds, kwargs, has_aux, told)
        finally:
            told.close()
        jacobians = []
        for i, value in enumerate(values):
            t = passes[0][i] if len(passes) == 1 else np.concatenate([p[i] for p in passes])
            cut = functools.partial(block, np.shape(value), layout, seeds.plain)
            jacobians.append(seeds.split(t, cut, Wirtinger.of_directions))
        value, J = unflatten(structure, values), unflatten(structure, jacobians)
        return ((value, aux), J) if has_aux else (value, J)

    return vj


def block(
    out_shape: tuple[int, ...], layout: str, plain: Any, t: Any, start: Any, stop: Any, shape: tuple[int, ...]
) -> Any:
    """One block of a Jacobian from tangents (directions, *out_shape)."""
    t = t[start:stop]
    if layout == "denominator":
        return python_number(np.reshape(t, (*shape, *out_shape)), plain)
    t = np.reshape(np.moveaxis(t, 0, -1), (*out_shape, *shape))
    return python_number(np.ascontiguousarray(t) if type(t) is np.ndarray and t.ndim else t, plain)
