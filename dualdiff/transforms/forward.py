"""The forward form of gradients and Jacobians: all unit vectors are directions, in chunks."""

import functools
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np

from ..core import (
    Dual,
    DualArray,
    KinkMet,
    ZeroTimesInfinity,
    call_watched,
    call_within,
    forget_lost,
    lost_mark,
    make,
    new_tag,
    unit_seeds,
)  # fmt: skip
from ..errors import DualDiffError, InputError
from ..maps.base import dtype_of
from ..maps.tangents import is_dual
from ..progress import SILENT, Meter, Progress, meter
from .arguments import Arguments, check_room, extract, owned, promote_all, python_number, seed
from .executors import spread
from .holomorphic import Wirtinger
from .jvp import CACHE_BUDGET, Orders, width_of
from .kinks import beside
from .pytrees import flatten, unflatten
from .randomness import one_draw, redraw
from .recording import Recording
from .results import all_python_numbers, aux_value, block, scalar_of, split_aux

__all__ = ["value_and_grad", "value_and_jacobian"]

INSTEAD_OF_JACOBIAN = (
    "take products with jvp, vjp or linearize, or sparse_jacobian where it has few entries"
)


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
    chunks, several = seeds.chunks(), seeds.total > seeds.width
    spread_out = executor is not None and first is None and several
    found: Any
    if spread_out and not any(map(is_dual, flatten(list(chosen.args))[0])):     # duals of a call around this one stay
        found = ((v, flatten(like)[1], *more) for v, like, *more in spread(executor, columns, chunks))
    elif first is None:
        found = (drawn_again(columns.run, seeds, start, stop) for start, stop in chunks)
    else:
        found = iter([columns.taken(seeds, first[1], aux, first[0], *next(chunks))])
    with one_draw(f) if several and not spread_out else nullcontext():
        for (_, stop), (values, structure, aux, pushed) in zip(seeds.chunks(), found, strict=True):  # noqa: B007  (the last's)
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
    chosen = Arguments(args, argnums)

    def pair(*xs: Any) -> Any:
        value, derivative = both(*chosen.replaced(xs), **kwargs)
        return (value[0], derivative, value[1]) if has_aux else (value, derivative)

    value, derivative, *aux = beside(pair, chosen.chosen(), *met.args)
    return ((value, *aux), derivative) if has_aux else (value, derivative)


def passes_again(f: Callable[..., Any], seeds: Any, kwargs: dict[str, Any], has_aux: bool, told: Meter = SILENT) -> Any:
    """`passes_of` with reachability, where 0 met an infinite partial: along a recording (walks.py)."""
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
