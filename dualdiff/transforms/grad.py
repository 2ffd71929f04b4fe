"""Gradients and Jacobians, in forward or reverse mode.

Forward mode costs a direction for each input, reverse mode a recording and a product for each
result; which is cheaper depends on how many there are of each.

Invariant: both modes use the same partials, and give the same results up to rounding.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..above import above
from ..automatic import as_asked
from ..core import forget_lost, lost_mark, work_done
from ..errors import DualDiffError, InputError
from ..maps.base import dtype_of
from ..maps.tangents import is_dual
from ..progress import Progress, checked_progress, meter
from . import forward
from .arguments import Arguments, by_names, check_room, lent, python_number
from .batched import batched_derivative
from .costs import ALONG, FEW, Choice, Memory, cheapest, counted, key_of, predicted, since, size_of
from .derived import transform
from .executors import checked_executor
from .forward import Seeds
from .holomorphic import holomorphic_jacobian
from .jvp import width_of
from .linearize import Linearization
from .memory import checked_limit
from .pytrees import flatten, map_leaves, unflatten
from .randomness import one_draw, redraw, same_randomness
from .recording import Recording
from .results import checked_layout, scalar_of, split_aux
from .vjp import checked_pairing, conjugate

__all__ = ["grad", "jacobian", "value_and_grad", "value_and_jacobian"]

NESTED = 256
"""Up to so many inputs a derivative inside another one is forward."""

SAFE = 256
"""Up to so many inputs what cannot be recorded is done forward instead; beyond, that would take too long."""

PAYS = 1.5
"""How many times dearer than finding a pattern the best other way must be for it to be looked for."""

WORTH = 2.0
"""How many times dearer than few colours the best other way must be for a pattern to be looked for in a later call."""

FILLED = 5e-4
"""Microseconds of an entry of a dense matrix of zeros."""

CHECKED = 25.0
"""Microseconds of the way from the products of colours to a checked matrix."""

NARROW = 16
"""Up to so many inputs or results colours are not thought of."""


def checked(mode: str, chunk: Any, modes: tuple[str, ...] = ("auto", "forward", "reverse")) -> Any:
    """The mode, checked; with a chunk, auto is forward."""
    if mode not in modes:
        raise InputError(f"mode must be {', '.join(map(repr_of, modes[:-1]))} or {repr_of(modes[-1])}, got {mode!r}")
    if mode not in ("auto", "forward") and chunk is not None:
        raise InputError(f"chunk counts the directions of a forward pass; leave it out with mode={repr_of(mode)}")
    return "forward" if chunk is not None else mode


def repr_of(mode: Any) -> Any:
    """A mode in quotes."""
    return f'"{mode}"'


class Chooser:
    """Which way a derivative is taken.

    f, argnums: as the transform's.  what: a name for what is wanted.  ways(work, real, args, kwargs): a `Choice` among
    the ways that there are.
    """

    def __init__(self, f: Any, argnums: Any, mode: Any, chunk: Any, has_aux: Any, what: Any, ways: Any) -> None:
        self.f, self.argnums, self.mode, self.chunk, self.has_aux, self.ways = f, argnums, mode, chunk, has_aux, ways
        self.memory = Memory(f, (what, str(argnums), has_aux))
        self.own = self.memory.own if mode == "auto" and type(argnums) is int and argnums == 0 else {}
        self.calls: dict[Any, int] = {}     # since choices that are looked into again

    def mode_of(self, args: Any, kwargs: Any, run: Any) -> Any:
        """(mode of a call, None), or ("forward", run(*args, **kwargs)) where that was the run to count in."""
        if len(args) == 1 and type(args[0]) is np.ndarray and not kwargs:
            choice = self.own.get((args[0].shape, args[0].dtype.char))      # the frequent case: known already
            if choice is not None:
                return (self.later(choice, args, kwargs) if choice.again else choice).mode, None
        if self.mode != "auto":
            return self.mode, None
        size, nested = size_of(args, self.argnums)
        if size <= FEW or nested:
            return "forward" if size <= NESTED else "reverse", None
        found = None

        def make() -> Any:
            nonlocal found
            if size > ALONG or run is None:
                return self.choose(args, kwargs)
            before = work_done()
            found = run(*args, **kwargs)
            value = found[0][0] if self.has_aux else found[0]
            work, real = since(before, size, value)
            return self.ways(work, real and self.real(args), args, kwargs)

        mode = self.memory.find(args, kwargs, make).mode
        return mode, found if mode == "forward" else None

    def real(self, args: Any) -> bool:
        """Whether what is differentiated by is real: by rows or colours a complex derivative takes two products."""
        leaves = flatten(list(Arguments(args, self.argnums).chosen()))[0]
        return not any(dtype_of(x).kind == "c" for x in leaves)

    def choose(self, args: Any, kwargs: Any) -> Any:
        """A choice by one run of the function with one direction."""
        work, real = counted(self.f, args, self.argnums, kwargs)
        return self.ways(work, real and self.real(args), args, kwargs)

    def later(self, choice: Any, args: Any, kwargs: Any) -> Any:
        """The choice, looked into again at the call that it names.

        It is kept for this function alone: what it learned (a pattern) another one would have to learn anew.
        """
        key = key_of(args, kwargs)
        self.calls[key] = count = self.calls.get(key, 0) + 1
        if count < choice.again:
            return choice
        mark = lost_mark()
        try:
            found = self.ways(choice.work, True, args, kwargs, calls=count)
        except DualDiffError:       # what cannot be recorded
            forget_lost(mark)
            found = Choice(choice.mode, choice.reason, choice.work, choice.costs)
        self.memory.keep(key, None, found)
        self.calls.pop(key, None)
        return found

    def explain(self, *args: Any, **kwargs: Any) -> Any:
        """Which way a call with these arguments takes, and why: a `Choice`, which prints as text."""
        size, nested = size_of(args, self.argnums)
        if self.mode != "auto":
            why = "a chunk was asked for" if self.chunk is not None else f"mode={repr_of(self.mode)} was asked for"
            return Choice(self.mode, why, counted(self.f, args, self.argnums, kwargs)[0])
        if nested:
            mode = self.mode_of(args, kwargs, None)[0]
            return Choice(mode, f"inside another derivative it goes by the {size} inputs")
        if size <= FEW:
            return Choice("forward", f"{size} inputs are few", counted(self.f, args, self.argnums, kwargs)[0])
        return self.memory.find(args, kwargs, lambda: self.choose(args, kwargs))

    def forward_instead(self, args: Any, kwargs: Any, error: Any) -> Any:
        """Notes that reverse mode failed, in "auto" with few inputs; raises the error otherwise."""
        if self.mode != "auto" or size_of(args, self.argnums)[0] > SAFE:
            raise error
        self.replace(args, kwargs, Choice("forward", f"reverse mode cannot do it ({error})"))

    def replace(self, args: Any, kwargs: Any, choice: Any) -> Any:
        """Remembers another choice for these arguments."""
        self.memory.replace(args, kwargs, choice)


def by_pass(work: Any) -> Any:
    """Microseconds of all directions in forward mode."""
    return predicted("forward", work, work.inputs, -(-work.inputs // width_of(work.inputs)))


def ways_to_gradient(work: Any, real: Any, args: Any, kwargs: Any) -> Any:
    """Forward or reverse."""
    return cheapest({"forward": by_pass(work), "reverse": predicted("reverse", work, 1)}, work)


def record(
    f: Callable[..., Any], args: Any, argnums: Any, kwargs: dict[str, Any], has_aux: bool, limit: float = math.inf
) -> tuple[Any, Any]:
    """A recording by the chosen arguments, and whether there is one or a tuple of them.

    It is walked: a program of it would cost more than the one derivative that is wanted.
    """
    if len(args) == 1 and type(argnums) is int and argnums == 0:     # the frequent case: nothing is put together
        return Recording(f, args, kwargs, has_aux, False, True, limit), True
    chosen = Arguments(args, argnums)
    recording = Recording(
        lambda *xs: f(*chosen.replaced(xs), **kwargs), chosen.chosen(), {}, has_aux, False, True, limit
    )
    return recording, chosen.single


@transform
def value_and_grad(
    f: Callable[..., Any], argnums: Any = 0, *, argnames: Any = None, mode: str = "auto", chunk: Any = None,
    has_aux: bool = False, pairing: str = "hermitian", progress: Progress = None, batched: Any = False,
    executor: Any = None, lift: Any = "auto", memory_limit: Any = "auto",
) -> Any:  # fmt: skip
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
        return by_names(
            value_and_grad, f, argnames, argnums, mode=mode, chunk=chunk, has_aux=has_aux, pairing=pairing,
            progress=progress, batched=batched, executor=executor, memory_limit=memory_limit,
        )  # fmt: skip
    mode, limit = checked(mode, None if batched else chunk), checked_limit(memory_limit, batched)
    conjugated = checked_pairing(pairing) == "bilinear"
    if batched:
        return batched_derivative(
            f, argnums, batched, mode, "numerator", has_aux, "grad", chunk, progress, executor
        )
    progress = checked_progress(progress)
    by_columns = forward.value_and_grad(f, argnums, chunk, has_aux, pairing, progress, checked_executor(executor))
    chooser = Chooser(f, argnums, mode, chunk, has_aux, "gradient", ways_to_gradient)
    few_numbers = mode == "auto" and forward.numbered(argnums) and len(argnums) <= FEW

    @functools.wraps(f)
    def vg(*args: Any, **kwargs: Any) -> Any:
        if mode == "forward" or few_numbers and forward.all_floats(args, argnums):
            return by_columns(*args, **kwargs)
        way, found = chooser.mode_of(args, kwargs, by_columns)
        if way == "forward":
            return by_columns(*args, **kwargs) if found is None else found
        mark = lost_mark()
        try:
            recording, single = record(f, args, argnums, kwargs, has_aux, limit)
            value = python_number(scalar_of(recording.value), recording.plain)
            kind = recording.out_dtypes[0].kind
            pulled = None if kind == "c" or recording.kinked else recording.pull(1.0)
        except DualDiffError as error:
            chooser.forward_instead(args, kwargs, error)
            forget_lost(mark)
            return by_columns(*args, **kwargs)
        if recording.kinked:
            return by_columns(*args, **kwargs)     # which looks at neighbours
        if kind == "c":
            raise InputError("grad needs a real result, the function returned a complex number; use jacobian")
        gradient = map_leaves(lambda g: in_dtype(g, recording.out_dtypes[0]), pulled)
        gradient = conjugate(gradient) if conjugated else gradient
        if not single and len(recording.in_structures) == 1:
            gradient = (gradient,)      # argnums was a tuple of one
        return ((value, recording.aux), gradient) if has_aux else (value, gradient)

    vg.explain = chooser.explain        # type: ignore[attr-defined]
    return vg


@transform
def grad(
    f: Callable[..., Any], argnums: Any = 0, *, argnames: Any = None, mode: str = "auto", chunk: Any = None,
    has_aux: bool = False, pairing: str = "hermitian", progress: Progress = None, batched: Any = False,
    executor: Any = None, lift: Any = "auto", memory_limit: Any = "auto",
) -> Any:  # fmt: skip
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
        Forward mode runs f with a direction for each input, reverse mode records it once.  "auto" is
        forward for up to 4 inputs; beyond, the first call counts what one run of f does, and takes the
        way that is predicted to be cheaper.  The choice is remembered for f's code and the shapes and
        types of its arguments, and ``grad(f).explain(x)`` says what it is, and why.
    chunk : int, optional
        Directions in one forward pass; the default takes as many as fit the cache, in even chunks.
        With it, "auto" is "forward".  Of a batch: the points of one run of f, which is then called on parts.
    has_aux : bool
        f returns (number, aux); the gradient function then returns (gradient, aux).
    pairing : {"hermitian", "bilinear"}
        The gradient by a complex argument x + iy: df/dx + i df/dy, the direction in which f grows fastest; or its
        conjugate df/dx - i df/dy, as in JAX and autograd.
    progress : bool or callable
        True shows how far forward mode or a batch is; a function is called with (done, total), as in `jacobian`.
    batched : bool or tuple, optional
        f maps a batch of points one by one, along the first axis: True, or for each argument 0 (it has the batch
        axis) or None (all points share it).  The result has the batch axis first: (batch, *x.shape[1:]).
    executor : concurrent.futures.Executor, optional
        Does the parts of a batch, or the chunks of directions of forward mode: as in `jacobian`.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.
    memory_limit : float, None or "auto"
        Bytes that a recording may keep: half of the machine's memory, or None, no limit.  Above it the newest
        operations are kept, and each product runs f again for every earlier stretch that fits: see docs/large.md.

    Returns
    -------
    callable
        x, ... -> gradient, so that ``scipy.optimize.minimize(f, x0, jac=dd.grad(f))`` reads well.

    Raises
    ------
    InputError
        If f returns something else than one real number, or x is empty.

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
    both = value_and_grad(
        f, argnums=argnums, argnames=argnames, mode=mode, chunk=chunk, has_aux=has_aux, pairing=pairing,
        progress=progress, batched=batched, executor=executor, memory_limit=memory_limit,
    )  # fmt: skip

    @functools.wraps(f)
    def g(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    if hasattr(both, "explain"):
        g.explain = both.explain        # type: ignore[attr-defined]
    return g


@transform
def value_and_jacobian(
    f: Callable[..., Any], argnums: Any = 0, *, argnames: Any = None, mode: str = "auto", chunk: Any = None,
    layout: str = "numerator", has_aux: bool = False, holomorphic: bool = False, progress: Progress = None,
    batched: Any = False, executor: Any = None, lift: Any = "auto", memory_limit: Any = "auto",
) -> Any:  # fmt: skip
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
            holomorphic=holomorphic, progress=progress, batched=batched, executor=executor, memory_limit=memory_limit,
        )  # fmt: skip
    progress = checked_progress(progress)
    mode = checked(mode, None if batched else chunk, ("auto", "forward", "reverse", "colored"))
    limit = checked_limit(memory_limit, batched)
    checked_layout(layout)
    if holomorphic:
        if mode not in ("auto", "forward"):
            raise InputError('holomorphic=True takes mode="forward"')
        return holomorphic_jacobian(f, argnums, layout, has_aux)
    if batched:
        return batched_derivative(f, argnums, batched, mode, layout, has_aux, "jacobian", chunk, progress, executor)
    by_columns = forward.value_and_jacobian(f, argnums, chunk, layout, has_aux, progress, checked_executor(executor))
    by_colors = Colored(f, argnums, has_aux, progress)

    def ways(work: Any, real: bool, args: Any, kwargs: dict[str, Any], calls: int = 1) -> Any:
        check_room(work.outputs, work.inputs, "the Jacobian", forward.INSTEAD_OF_JACOBIAN)
        if not real:
            return Choice("forward", "the result or an argument is complex", work)
        costs = {
            "forward": by_pass(work),
            "reverse": predicted("rows", work, work.outputs),
            "linearized": predicted("columns", work, work.inputs),
        }
        best, again = min(costs.values()), 0
        if min(work.inputs, work.outputs) > NARROW and not has_aux:
            pattern = PAYS * predicted("pattern", work, 1)
            if calls * best > pattern:
                costs["colored"] = by_colors.predicted(work, args, kwargs)
            elif best > WORTH * (predicted("forward", work, FEW) + CHECKED + FILLED * work.inputs * work.outputs):
                again = int(pattern / best) + 1     # by then the other way has cost as much as finding the pattern
        choice = cheapest(costs, work)
        choice.again = again
        return choice

    chooser = Chooser(f, argnums, mode, chunk, has_aux, "Jacobian", ways)

    @functools.wraps(f)
    def vj(*args: Any, **kwargs: Any) -> Any:
        one = len(args) == 1 and type(args[0]) is np.ndarray
        if mode == "forward" or not one and any(map(is_dual, flatten(list(args))[0])):
            return by_columns(*args, **kwargs)     # nested: the columns carry the outer derivative
        way, found = chooser.mode_of(args, kwargs, by_columns)
        if way == "forward":
            return by_columns(*args, **kwargs) if found is None else found
        mark = lost_mark()
        try:
            found = by_colors(args, kwargs) if way == "colored" else recorded(args, kwargs, way)
        except DualDiffError as error:
            chooser.forward_instead(args, kwargs, error)
            forget_lost(mark)
            found = None
        if found is None:
            return by_columns(*args, **kwargs)
        value, aux, dense, leaves, single = found
        J = blocks(dense, leaves, single, layout)
        return ((value, aux), J) if has_aux else (value, J)

    def recorded(args: Any, kwargs: Any, way: Any) -> Any:
        recording, single = record(f, args, argnums, kwargs, has_aux, limit)
        if recording.kinked or any(dtype.kind == "c" for dtype in (*recording.in_dtypes, *recording.out_dtypes)):
            # which looks at the neighbours of a kink; by rows a complex derivative takes two products a row
            return None
        J = Linearization(recording)
        check_room(J.shape[0], J.shape[1], "the Jacobian", forward.INSTEAD_OF_JACOBIAN)
        dense = J.dense("reverse" if way == "reverse" else "forward", progress=progress)
        return recording.value, recording.aux, dense, recording, single

    vj.explain = chooser.explain        # type: ignore[attr-defined]
    return vj


class Leaves:
    """The shapes, types and structures of the arguments and of a value, as a recording has them."""

    def __init__(self, seeds: Any, value: Any) -> None:
        leaves, self.out_structure = flatten(value)
        self.in_shapes = [np.shape(leaf) for leaf in seeds.leaves]
        self.in_structures, self.plain = seeds.structures, seeds.plain
        self.out_shapes, self.out_dtypes = [np.shape(y) for y in leaves], [dtype_of(y) for y in leaves]


class Plans:
    """Plans of sparse derivatives of of_one(x, args, kwargs), kept for each shape of the arguments."""

    def __init__(self, of_one: Any, argnums: Any) -> None:
        self.of_one, self.argnums = of_one, argnums
        self.made: dict[Any, Any] = {}

    def plan(self, args: Any, kwargs: Any, kind: Any) -> Any:
        """(plan, x, seeds) for these arguments."""
        key = key_of(args, kwargs)
        plan = self.made.get(key)
        if plan is None:
            if len(self.made) >= 8:
                self.made.clear()
            plan = self.made[key] = kind(self.of_one)
        seeds = Seeds(Arguments(args, self.argnums), None)
        rest = iter(seeds.leaves)
        tops = tuple(unflatten(s, [next(rest) for _ in range(n)]) for s, n in seeds.structures)
        return plan, tops[0] if seeds.chosen.single else tops, seeds


class Colored:
    """Dense Jacobians by the plans of sparse ones."""

    def __init__(self, f: Any, argnums: Any, has_aux: Any, progress: Any) -> None:
        self.f, self.argnums, self.has_aux, self.progress = f, argnums, has_aux, progress
        self.plans = Plans(self.of_one, argnums)

    def of_one(self, u: Any, args: Any, kwargs: Any) -> Any:
        """The function, of the chosen arguments as one."""
        chosen = Arguments(args, self.argnums)
        return split_aux(self.f(*chosen.replaced((u,) if chosen.single else u), **kwargs), self.has_aux)[0]

    def plan(self, args: Any, kwargs: Any) -> Any:
        """(plan, x, seeds) for these arguments."""
        return self.plans.plan(args, kwargs, above("SparseJacobian"))

    def predicted(self, work: Any, args: Any, kwargs: Any) -> Any:
        """Microseconds of a Jacobian by colours, once its pattern is known; it is found here."""
        plan, x, _ = self.plan(args, kwargs)
        with same_randomness(self.f):
            plan.ready(plan.aligned(x), (args, kwargs), {})
        columns, rows = (0 if side is None else int(side.max(initial=-1)) + 1
                         for side in (plan.coloring.column_colors, plan.coloring.row_colors))  # fmt: skip
        total = predicted("forward", work, columns + 1) + CHECKED + FILLED * work.inputs * work.outputs
        return total + predicted("rows", work, rows) if rows else total

    def __call__(self, args: Any, kwargs: Any) -> Any:
        """(value, aux, dense Jacobian, leaves, whether there is one argument); None where columns must."""
        from ..patterns.decompression import VaryingColumns

        plan, x, seeds = self.plan(args, kwargs)
        with meter(self.progress, "Jacobian", seeds.total, "directions") as told, one_draw(self.f):
            try:
                value, data, way = plan.evaluate(x, (args, kwargs), {})
            except VaryingColumns:      # f closes over duals, which only its arguments tell beforehand
                return None
            told.to(seeds.total)
            leaves = Leaves(seeds, value)
            if any(dtype.kind == "c" for dtype in leaves.out_dtypes):
                return None
            aux = None
            if self.has_aux:
                redraw()
                aux = split_aux(self.f(*seeds.chosen.replaced(map(lent, seeds.tops)), **kwargs), True)[1]
        check_room(way.shape[0], way.shape[1], "the Jacobian", forward.INSTEAD_OF_JACOBIAN)
        value = unflatten(leaves.out_structure, [python_number(y, seeds.plain) for y in flatten(value)[0]])
        return value, aux, way.dense(data), leaves, seeds.chosen.single


def in_dtype(t: Any, dtype: Any) -> Any:
    """A derivative in the type of its result, as forward mode gives it; complex where it is by a complex argument."""
    wanted = dtype if dtype.kind in "fc" else np.dtype(float)
    if hasattr(t, "dtype") and t.dtype.kind == "c" != wanted.kind:
        wanted = np.result_type(wanted, np.complex64)
    return t if not hasattr(t, "dtype") or t.dtype == wanted else t.astype(wanted)


def blocks(dense: Any, recording: Any, single: Any, layout: str) -> Any:
    """A dense matrix cut into the blocks of results by arguments, in their structures."""
    rows, top = [], 0
    for out_shape, dtype in zip(recording.out_shapes, recording.out_dtypes, strict=True):
        bottom = top + int(np.prod(out_shape))
        columns, left = [], 0
        for shape in recording.in_shapes:
            right = left + int(np.prod(shape))
            part = in_dtype(dense[top:bottom, left:right], dtype)
            shapes = (out_shape, shape) if layout == "numerator" else (shape, out_shape)
            part = np.reshape(part if layout == "numerator" else part.T, shapes[0] + shapes[1])
            whole = type(part) is not np.ndarray or part.size == np.size(dense) and part.flags.c_contiguous
            columns.append(python_number(part if whole else part.copy(), recording.plain))
            left = right
        rest = iter(columns)
        parts = [unflatten(s, [next(rest) for _ in range(n)]) for s, n in recording.in_structures]
        rows.append(parts[0] if single else tuple(parts))
        top = bottom
    return unflatten(recording.out_structure, rows)


@transform
def jacobian(
    f: Callable[..., Any], argnums: Any = 0, *, argnames: Any = None, mode: str = "auto", chunk: Any = None,
    layout: str = "numerator", has_aux: bool = False, holomorphic: bool = False, progress: Progress = None,
    batched: Any = False, executor: Any = None, lift: Any = "auto", memory_limit: Any = "auto",
) -> Any:  # fmt: skip
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
    mode : {"auto", "forward", "reverse", "colored"}
        By columns, by rows, or by the colours of the pattern, as `sparse_jacobian` does it (the result is
        dense; the pattern is kept, and checked in each call).  "auto" is forward for up to 4 inputs; beyond,
        the first call counts what one run of f does, and takes the way that is predicted to be cheapest
        (also "linearized": f is recorded once, and columns are taken from the recording).  A pattern that pays only
        over several calls is looked for in the call in which it has paid.  The choice is
        remembered as for `grad`; ``jacobian(f).explain(x)`` says what it is, and why.  A complex result is
        always done forward.
    chunk : int, optional
        Directions in one forward pass; the default takes as many as fit the cache, in even chunks.
        With it, "auto" is "forward".  Of a batch: the points of one run of f, which is then called on parts.
    layout : {"numerator", "denominator"}
        "denominator" gives shape n + m.
    has_aux : bool
        f returns (result, aux); so does the Jacobian function.
    holomorphic : bool
        The complex Jacobian of a holomorphic function of complex arguments; where f is not holomorphic (abs, real,
        conj, ...), an error.  All directions go in one pass.
    progress : bool or callable
        True shows how far it is, in a bar of tqdm where that is installed, else in a line on stderr.  A function is
        called with (done, total), in directions or rows, after each pass; what it raises ends the computation.
    batched : bool or tuple, optional
        f maps a batch of points one by one, along the first axis: True, or for each argument 0 (it has the batch
        axis) or None (all points share it).  The result has the batch axis first: (batch, *m, *n).
    executor : concurrent.futures.Executor, optional
        Does the chunks of directions of forward mode: threads, processes, or the workers of a cluster (docs/large.md).
        The result has the same bits as without; ``chunk=`` says how many directions a task has.  Of a batch it does
        parts of ``chunk=`` points (a sixteenth of them all), with the bits of the same chunk without an executor; an f
        for which it matters which other points are there raises.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.
    memory_limit : float, None or "auto"
        Bytes that a recording may keep: half of the machine's memory, or None, no limit.  Above it the newest
        operations are kept, and each product runs f again for every earlier stretch that fits: see docs/large.md.

    Returns
    -------
    callable
        x, ... -> Jacobian; in the structure of the result, with the argument's structure inside.

    Raises
    ------
    InputError
        For empty or non-numeric arguments and results.

    Notes
    -----
    By a complex argument the derivative is linear over the real numbers, which takes two complex matrices: a
    `Wirtinger` pair.  With holomorphic=True it is one.

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
        holomorphic=holomorphic, progress=progress, batched=batched, executor=executor, memory_limit=memory_limit,
    )  # fmt: skip

    @functools.wraps(f)
    def J(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    if hasattr(both, "explain"):
        J.explain = both.explain        # type: ignore[attr-defined]
    return J
