"""Second derivatives: hessian, hvp, value_grad_hessian, laplacian, hessian_diagonal.

Of few inputs a second-order call seeds its arguments with second-order duals (core/second.h): first-order
rows and second-order rows for a scheme of pairs of directions, so that one pass of the function in
compiled code gives all.  Of more inputs the function is recorded with its second partials, and second order
is taken along the recording (second.py).  Where the function does something that neither is known to be
right on, the core raises NotSecondOrder, and the call is done anew by nesting first-order calls, which
is the specification: forward over forward, or forward over reverse.

mode="sparse" leaves the work to dualdiff.sparse, which is loaded then, as it needs SciPy.

Invariant: all ways give the same; a Hessian is exactly symmetric; nothing is kept between calls
but whether a function went through.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np

from ..above import above
from ..automatic import as_asked
from ..core import (
    Dual,
    NotSecondOrder,
    ZeroTimesInfinity,
    call_watched,
    forget_lost,
    is_whole,
    lost_mark,
    mirror,
    new_tag,
    second_rows,
    second_seeds,
    symmetric,
)
from ..errors import DualDiffError, InputError, NoDerivativeWarning
from ..functions.base import as_operand
from ..functions.foreign import plain_numbers
from ..maps.base import dtype_of
from ..maps.tangents import is_dual
from ..progress import SILENT, Meter, Progress, checked_progress, meter
from ..quiet import quietly
from .arguments import Arguments, by_names, check_room, extract, lent, python_number
from .batched import batched_hessian
from .costs import Choice, cheapest, counted, predicted, size_of
from .derived import transform
from .executors import checked_executor
from .forward import Seeds, value_and_jacobian
from .grad import CHECKED, FILLED, Chooser, Plans, checked, grad, value_and_grad
from .jvp import jvp, plain_pair
from .memory import checked_limit
from .pytrees import flatten, match, unflatten
from .randomness import one_draw, redraw, same_randomness
from .recorder import HERE, UNDER_WAY
from .results import aux_value, block, checked_layout, scalar_of, split_aux
from .second import SecondRecording, recordable

__all__ = ["hessian", "hessian_diagonal", "hvp", "laplacian", "value_grad_hessian"]

ALL, LAST, EQUAL = 1, 2, 3      # the schemes of pairs in core/second.h

INSTEAD_OF_HESSIAN = (
    'take products H v with hvp, or hessian(f, mode="sparse") or sparse_hessian where it has few entries; '
    "hessian_diagonal and laplacian need no matrix"
)

FEW_FORWARD = 6
"""Up to so many inputs a Hessian is forward without counting: all pairs of directions are few, and so are n directions
nested in n where the pairs cannot be carried."""

MOST_PAIRS = 256
"""Up to so many inputs all pairs of directions are thought of (the rows grow as n^2)."""

FEW_ROWS = 16
"""Up to so many inputs a Hessian-vector product carries 2 n + 1 rows; beyond, it is taken along a recording."""

PAYS = 0.5
"""How many times dearer than finding a pattern the best other way must be for it to be looked for: it is kept."""

ROW_BUDGET = 2**18
"""Bytes of seeds of one pass of `hessian_diagonal`."""


# ---- one pass on second-order duals ----------------------------------------------------------------


def carried(leaves: Any) -> bool:
    """Whether second-order duals can be made of these: float64 arrays in C order, and floats."""
    for x in leaves:
        if type(x) is np.ndarray:
            if x.dtype.char != "d" or not x.flags.c_contiguous:
                return False
        elif not isinstance(x, float):
            return False
    return True


def seeded(seeds: Any, start: Any, stop: Any, kind: Any, tag: Any, last: Any = None) -> tuple[Any, Any, Any]:
    """The call's arguments: elements start to stop as directions; last: one more direction."""
    k = stop - start + (last is not None)
    rows = k + {ALL: k * (k + 1) // 2, LAST: k - 1, EQUAL: k}[kind]
    offset, duals = 0, []
    for place, (leaf, size) in enumerate(zip(seeds.leaves, seeds.sizes, strict=True)):
        first, end = max(start, offset), min(stop, offset + size)
        n = max(end - first, 0)
        v = None if last is None else last[place]
        duals.append(second_seeds(leaf, first - offset if n else 0, n, first - start if n else 0, k, rows, v, tag))
        offset += size
    rest = iter(duals)
    return seeds.chosen.replaced([unflatten(s, [next(rest) for _ in range(n)]) for s, n in seeds.structures]), k, rows


def one_number(y: Any, tag: Any, rows: Any) -> Any:
    """(value, rows) of the result of a function that returns one number."""
    y = scalar_of(y)
    if type(y) is Dual and y.tag == tag:
        found = second_rows(y, tag)
        if found is None:
            raise NotSecondOrder
        return found
    value, _ = extract(y, tag, None)
    if dtype_of(value).kind == "c":
        raise InputError("a Hessian needs a real result, the function returned a complex number")
    return value, np.zeros(rows)


def any_result(y: Any, tag: Any, rows: Any) -> tuple[Any, Any]:
    """(value, rows) of a result of any shape."""
    y = as_operand(y)
    if is_dual(y) and y.tag == tag:
        found = y.tangents.rows
        if type(found) is not np.ndarray or is_dual(y.value):
            raise NotSecondOrder
        return y.value, found
    value, _ = extract(y, tag, None)
    return value, np.zeros((rows, *np.shape(value)))


class Second:
    """value, gradient and Hessian of one function, and how they are found."""

    def __init__(
        self, f: Callable[..., Any], argnums: Any, mode: str, chunk: Any, layout: str, has_aux: bool,
        progress: Progress = None, executor: Any = None,
    ) -> None:  # fmt: skip
        self.mode = checked(mode, chunk, ("auto", "forward", "reverse", "colored", "sparse"))
        self.f, self.argnums, self.chunk, self.has_aux = f, argnums, chunk, has_aux
        self.layout, self.progress, self.executor = checked_layout(layout), checked_progress(progress), executor
        self.plain = not has_aux and self.progress is None
        self.nested = chunk is not None     # whether to nest from the start; a chunk counts directions of that
        self.unrecorded = executor is not None      # whether to nest reverse mode from the start
        self.chooser = Chooser(f, argnums, mode, chunk, has_aux, "Hessian", self.ways)
        self.plans = Plans(self.of_one, argnums)

    def mode_for(self, *args: Any, **kwargs: Any) -> Any:
        """The mode that a call with these arguments takes: "forward", "reverse", "colored" or "sparse"."""
        return self.chosen_mode(Seeds(Arguments(args, self.argnums), self.chunk), args, kwargs)

    def explain(self, *args: Any, **kwargs: Any) -> Any:
        """Which way a call with these arguments takes, and why: a `Choice`, which prints as text."""
        if self.mode == "auto":
            Seeds(Arguments(args, self.argnums), None)      # checks the arguments
            if self.few(args):
                size = size_of(args, self.argnums)[0]
                return Choice("forward", f"{size} inputs are few", counted(self.f, args, self.argnums, kwargs)[0])
        return self.chooser.explain(*args, **kwargs)

    def few(self, args: Any) -> Any:
        """Whether there are so few inputs that forward mode is taken without counting."""
        return size_of(args, self.argnums)[0] <= FEW_FORWARD

    def chosen_mode(self, seeds: Any, args: Any, kwargs: Any) -> Any:
        """The way; seeds: None where there is one plain array with more than a few elements."""
        if self.mode != "auto":
            return self.mode
        if seeds is None:
            return self.chooser.mode_of(args, kwargs, None)[0]
        if seeds.total <= FEW_FORWARD:
            return "forward"
        return "reverse" if any(map(is_dual, seeds.leaves)) else self.chooser.mode_of(args, kwargs, None)[0]

    def ways(self, work: Any, real: Any, args: Any, kwargs: Any) -> Any:
        """The choice for more than a few inputs."""
        n, costs = work.inputs, {"reverse": predicted("nested", work, work.inputs)}
        if n <= MOST_PAIRS and not self.nested and carried(Seeds(Arguments(args, self.argnums), None).leaves):
            costs["forward"] = predicted("pairs", work, n + n * (n + 1) // 2)
        if real and not self.has_aux and min(costs.values()) > PAYS * predicted("pattern", work, 1):
            try:
                plan, x, _ = self.plans.plan(args, kwargs, above("SparseHessian"))
                with same_randomness(self.f):
                    plan.ready(plan.aligned(x), (args, kwargs), {})
                if 2 * plan.ncolors < n:
                    costs["colored"] = predicted("nested", work, plan.ncolors + 1) + CHECKED + FILLED * n * n
            except DualDiffError:       # what cannot be recorded
                self.plans.made.clear()
        return cheapest(costs, work)

    def of_one(self, u: Any, args: Any, kwargs: Any) -> Any:
        """The function, of the chosen arguments as one."""
        chosen = Arguments(args, self.argnums)
        return split_aux(self.f(*chosen.replaced((u,) if chosen.single else u), **kwargs), self.has_aux)[0]

    def __call__(self, args: Any, kwargs: dict[str, Any]) -> Any:
        """(value, aux, gradient, Hessian)."""
        if self.mode == "sparse":
            return self.sparse(args, kwargs)
        if type(self.argnums) is int and not self.nested and 0 <= self.argnums < len(args) and self.plain:
            x = args[self.argnums]
            if type(x) is np.ndarray and x.dtype.char == "d" and x.ndim and x.size and x.flags.c_contiguous:
                check_room(x.size, x.size, "the Hessian", INSTEAD_OF_HESSIAN)
                few = self.mode == "auto" and x.size <= FEW_FORWARD
                mode = "forward" if few else self.chosen_mode(None, args, kwargs)
                found = None
                if mode == "forward":
                    found = self.one_array(x, args, kwargs)
                elif mode == "reverse" and not self.unrecorded:
                    found = self.one_array_recorded(x, args, kwargs)
                if found is not None:
                    return found
        seeds = Seeds(Arguments(args, self.argnums), self.chunk)
        check_room(seeds.total, seeds.total, "the Hessian", INSTEAD_OF_HESSIAN)
        mode = self.chosen_mode(seeds, args, kwargs)
        if mode != "forward":
            mark = lost_mark()
            try:
                return self.colored(args, kwargs) if mode == "colored" else self.in_reverse(seeds, args, kwargs)
            except DualDiffError as error:
                self.chooser.forward_instead(args, kwargs, error)
                forget_lost(mark)
        if not self.nested and carried(seeds.leaves):
            try:
                with meter(self.progress, "Hessian", seeds.total, "directions") as told:
                    found = self.pairs(seeds, kwargs)
                    told.to(seeds.total)
                return found
            except NotSecondOrder:
                self.nested = True
            except ZeroTimesInfinity:       # first-order calls know what a direction reaches
                pass
        if self.nested and mode == "forward" and self.mode == "auto" and seeds.total > FEW_FORWARD:
            mark = lost_mark()
            try:
                found = self.in_reverse(seeds, args, kwargs)
            except DualDiffError:       # it nests, then
                forget_lost(mark)
            else:
                self.chooser.replace(args, kwargs, Choice("reverse", "forward mode would nest"))
                return found
        again = self.mode == "auto" and recordable(seeds.leaves)
        with quietly(NoDerivativeWarning) if again else nullcontext():
            found = self.by_nesting(seeds, args, kwargs, "forward")
        if again and unknown(found[3]):
            # a function that is symmetric in equal eigenvalues: in reverse mode its gradient is of one basis
            return self.by_nesting(seeds, args, kwargs, "reverse")
        return found

    def one_array(self, x: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """The frequent case: one float64 array in C order; None where it takes more."""
        k = x.size
        rows = k + k * (k + 1) // 2
        tag = new_tag(ALL)
        dual = second_seeds(x, 0, k, 0, k, rows, None, tag)
        try:
            if len(args) == 1:
                y = call_watched(self.f, (dual,), kwargs, tag)
            else:
                y = call_watched(self.f, (*args[: self.argnums], dual, *args[self.argnums + 1 :]), kwargs, tag)
            value, t = one_number(y, tag, rows)
        except NotSecondOrder:
            self.nested = True
            return None
        except ZeroTimesInfinity:       # the general way meets it, too, and nests
            return None
        return np.float64(value), None, t[:k].reshape(x.shape), symmetric(t, k).reshape(x.shape + x.shape)

    def one_array_recorded(self, x: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """The frequent case of more elements, along a recording in one pass; None where it takes more."""
        n, at = x.size, self.argnums
        check_room(n, n, "the Hessian", INSTEAD_OF_HESSIAN)
        mark = lost_mark()
        try:
            recording = SecondRecording(self.f, [x], lambda duals: (*args[:at], *duals, *args[at + 1 :]), kwargs)
            if recording.width(n) < n:
                return None
            gradient, rows = recording.along([np.eye(n).reshape((n, *x.shape))])
        except NotSecondOrder:
            self.unrecorded = True
        except (ZeroTimesInfinity, DualDiffError):      # the general way says what is wrong, or nests
            pass
        else:
            H = np.ascontiguousarray(rows[0].reshape(n, n))
            if not is_whole(H) or not H.flags.writeable:
                H = H.copy()
            mirror(H)
            g, value = gradient[0].reshape(x.shape), python_number(recording.value, False)
            return value, None, g, H.reshape(x.shape + x.shape)
        forget_lost(mark)
        return None

    def pairs(self, seeds: Any, kwargs: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
        """One pass with all pairs of directions."""
        tag = new_tag(ALL)
        args, k, rows = seeded(seeds, 0, seeds.total, ALL, tag)
        y, aux = split_aux(call_watched(self.f, tuple(args), kwargs, tag), self.has_aux)
        value, t = one_number(y, tag, rows)
        if self.has_aux:
            aux = aux_value(aux, tag, seeds.plain)
        H = symmetric(t, k)
        gradient = seeds.split(t, lambda t, a, b, shape: python_number(np.reshape(t[a:b], shape), seeds.plain))
        return python_number(value, seeds.plain), aux, gradient, seeds.split(H, functools.partial(self.row, seeds))

    def in_reverse(self, seeds: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
        """Forward over reverse: along one recording, or nested where that cannot be."""
        if not self.unrecorded and recordable(seeds.leaves):
            mark = lost_mark()
            try:
                return self.recorded(seeds, kwargs)
            except NotSecondOrder:
                self.unrecorded = True
            except ZeroTimesInfinity:
                pass
            forget_lost(mark)
        return self.by_nesting(seeds, args, kwargs, "reverse")

    def recorded(self, seeds: Any, kwargs: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
        """The rows of the Hessian along one recording."""
        recording = SecondRecording(self.f, seeds.leaves, of_leaves(seeds), kwargs, self.has_aux, seeds.plain)
        n = seeds.total
        H, flat = np.empty((n, n)), np.zeros(n)
        width = recording.width(n)
        with meter(self.progress, "Hessian", n, "directions") as told:
            for start in range(0, n, width):
                stop = min(start + width, n)
                gradient, rows = recording.along(seeds.stacks(start, stop))
                end = 0
                for g, t, size in zip(gradient, rows, seeds.sizes, strict=True):
                    H[start:stop, end : end + size] = t.reshape(stop - start, size)
                    flat[end : end + size] = g.reshape(size)
                    end += size
                told.to(stop)
        mirror(H)
        gradient = seeds.split(flat, lambda t, a, b, shape: python_number(np.reshape(t[a:b], shape), seeds.plain))
        blocks = seeds.split(H, functools.partial(self.row, seeds))
        return python_number(recording.value, seeds.plain), recording.aux, gradient, blocks

    def by_nesting(self, seeds: Any, args: Any, kwargs: dict[str, Any], mode: str) -> tuple[Any, Any, Any, Any]:
        """Forward over forward, or forward over reverse."""
        chunk = self.chunk if mode == "forward" else None

        gradient = GradientFirst(self.f, self.argnums, mode, chunk, self.has_aux)
        outer = value_and_jacobian(gradient, self.argnums, self.chunk, self.layout, True, self.progress, self.executor)
        (g, found), H = outer(*args, **kwargs)
        value, aux = found if self.has_aux else (found, None)
        return value, aux, g, mirrored(H, seeds, self.layout)

    def colored(self, args: Any, kwargs: Any) -> Any:
        """The Hessian by the colours of its pattern, which is kept for each shape of the arguments."""
        plan, x, seeds = self.plans.plan(args, kwargs, above("SparseHessian"))
        n = seeds.total
        with meter(self.progress, "Hessian", n, "directions") as told, one_draw(self.f):
            gradient, data, way = plan.evaluate(x, (args, kwargs), {})
            told.to(n)
            check_room(n, n, "the Hessian", INSTEAD_OF_HESSIAN)
            redraw()
            value, aux = split_aux(self.f(*seeds.chosen.replaced(map(lent, seeds.tops)), **kwargs), self.has_aux)
        H = way.dense(data)
        t = flatten(gradient)[0]
        flat = np.concatenate([np.reshape(part, -1) for part in t]) if len(t) > 1 else np.reshape(t[0], -1)
        gradient = seeds.split(flat, lambda t, a, b, shape: python_number(np.reshape(t[a:b], shape), seeds.plain))
        return value, aux, gradient, seeds.split(H, functools.partial(self.row, seeds))

    def row(self, seeds: Any, H: Any, start: Any, stop: Any, shape: Any) -> Any:
        """The blocks of one leaf."""
        columns = H[start:stop].T.reshape((seeds.total, *shape))
        return seeds.split(columns, functools.partial(block, shape, self.layout, seeds.plain))

    def sparse(self, args: Any, kwargs: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
        """The Hessian by all chosen leaves as one sparse matrix, its pattern found at this very point."""
        chosen = Arguments(args, self.argnums)
        Seeds(chosen, None)     # checks the arguments
        x = chosen.chosen()[0] if chosen.single else chosen.chosen()

        def of_one(u: Any) -> Any:
            result = self.f(*chosen.replaced((u,) if chosen.single else u), **kwargs)
            return split_aux(result, self.has_aux)[0]

        # the pattern is that of this very point: nothing to check
        with one_draw(self.f):
            plan = above("sparse_hessian")(of_one, x, check=False, progress=self.progress)
            gradient, data, way = plan.evaluate(x, (), {})
            redraw()
            value, aux = split_aux(self.f(*chosen.replaced(map(lent, chosen.chosen())), **kwargs), self.has_aux)
        return value, aux, gradient, way.matrix(data)


def of_leaves(seeds: Any) -> Any:
    """What makes the arguments of the function from the duals of its leaves."""

    def arguments(duals: Any) -> Any:
        rest = iter(duals)
        return tuple(seeds.chosen.replaced([unflatten(s, [next(rest) for _ in range(n)]) for s, n in seeds.structures]))

    return arguments


class GradientFirst:
    """x, ... -> (gradient, value) of a function, which the outer level of a Hessian differentiates."""

    def __init__(self, *how: Any) -> None:
        self.how = how
        f, argnums, mode, chunk, has_aux = how
        self.both = value_and_grad(f, argnums=argnums, mode=mode, chunk=chunk, has_aux=has_aux)
        self.__name__ = "gradient"

    def __reduce__(self) -> Any:
        return GradientFirst, self.how

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        found, g = self.both(*args, **kwargs)
        return g, found


def mirrored(H: Any, seeds: Any, layout: str) -> Any:
    """A Hessian with what is below the diagonal taken from above, so that it is exactly symmetric."""
    blocks, structure = flatten(H)
    shapes = [np.shape(leaf) for leaf in seeds.leaves]
    count = len(shapes)
    out = list(blocks)
    for i in range(count):
        n = seeds.sizes[i]
        if n > 1:
            square = np.reshape(blocks[i * count + i], (n, n))
            if type(square) is np.ndarray and square.dtype.char == "d" and square.flags.carray:
                mirror(square)
            else:
                rows, columns = np.indices((n, n))
                square = np.reshape(square, -1)[np.minimum(rows, columns) * n + np.maximum(rows, columns)]
            out[i * count + i] = np.reshape(square, shapes[i] + shapes[i])
        for j in range(i):
            above = blocks[j * count + i]       # d2f / dx_j dx_i
            left = shapes[i] if layout == "denominator" else shapes[j]
            axes = (*range(len(left), np.ndim(above)), *range(len(left)))
            out[i * count + j] = np.transpose(above, axes) if axes else above
    return unflatten(structure, out)


def second_of(
    f: Callable[..., Any], argnums: Any, mode: str, chunk: Any, layout: str, has_aux: bool, progress: Any, batched: Any,
    executor: Any,
) -> Any:  # fmt: skip
    """(args, kwargs) -> (value, aux, gradient, Hessian)."""
    if not batched:
        return Second(f, argnums, mode, chunk, layout, has_aux, progress, checked_executor(executor))
    mode, layout = checked(mode, None), checked_layout(layout)
    return batched_hessian(f, argnums, batched, mode, layout, has_aux, chunk, progress, executor)


# ---- Hessians --------------------------------------------------------------------------------------


@transform
def value_grad_hessian(
    f: Callable[..., Any], argnums: Any = 0, *, argnames: Any = None, mode: str = "auto", chunk: Any = None,
    layout: str = "numerator", has_aux: bool = False, progress: Progress = None, batched: Any = False,
    executor: Any = None, lift: Any = "auto",
) -> Any:  # fmt: skip
    """f, its gradient and its Hessian together, as a function.

    Parameters and conventions are those of `hessian`.

    Returns
    -------
    callable
        x, ... -> (f(x), gradient, Hessian), or ((f(x), aux), gradient, Hessian) with has_aux.  With
        mode="sparse" the Hessian is a `scipy.sparse.csr_array` of shape (n, n); value and gradient are as always.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> value, g, H = dd.value_grad_hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    >>> value, g
    (np.float64(2.0), array([4., 1.]))
    >>> H
    array([[4., 2.],
           [2., 0.]])
    """
    f = as_asked(f, lift)
    if argnames is not None:
        return by_names(
            value_grad_hessian, f, argnames, argnums, mode=mode, chunk=chunk, layout=layout, has_aux=has_aux,
            progress=progress, batched=batched, executor=executor,
        )  # fmt: skip
    second = second_of(f, argnums, mode, chunk, layout, has_aux, progress, batched, executor)

    @functools.wraps(f)
    def vgh(*args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        value, aux, gradient, H = second(args, kwargs)
        return ((value, aux) if has_aux else value), gradient, H

    if batched:
        vgh.explain = second.made.explain       # type: ignore[attr-defined]
    else:
        vgh.mode_for, vgh.explain = second.mode_for, second.explain     # type: ignore[attr-defined]
    return vgh


@transform
def hessian(
    f: Callable[..., Any], argnums: Any = 0, *, argnames: Any = None, mode: str = "auto", chunk: Any = None,
    layout: str = "numerator", has_aux: bool = False, progress: Progress = None, batched: Any = False,
    executor: Any = None, lift: Any = "auto",
) -> Any:  # fmt: skip
    """The Hessian of a function that returns one number, as a function.

    H[i..., j...] = d2 f / dx[i...] dx[j...], exactly symmetric.

    Parameters
    ----------
    f : callable
        Returns one real number.
    argnums : int or tuple of int
        The argument(s) to differentiate by; a tuple gives a tuple of tuples of blocks.
    argnames : str or tuple of str, optional
        The same by name, in place of argnums; also for arguments given by keyword.
    mode : {"auto", "forward", "reverse", "colored", "sparse"}
        "forward" carries the second derivatives for all pairs of directions through one run of f
        in compiled code, and where f does something that this cannot do, nests forward mode in
        forward mode.  "reverse" is forward over reverse: f is recorded once, with n directions.
        "colored" takes a direction for each colour of the pattern, as `sparse_hessian`, and gives a
        dense Hessian; the pattern is kept, and checked in each call.  "sparse" finds the pattern at x
        and gives a sparse matrix.  "auto" is forward for up to 6 inputs; beyond, f is run once with one
        direction, and what it did decides among the first three ways (as for `grad`):
        ``hessian(f).explain(x)`` says which, and why.
    chunk : int, optional
        Directions in one pass, in each of two nested forward levels.  With it, "auto" is "forward".  Of a batch: the
        points of one run of f.
    layout : {"numerator", "denominator"}
        The order of the axes of blocks of different arguments: d/dx_j of df/dx_i has shape
        n_i + n_j, or n_j + n_i.  For one argument both are the same.
    has_aux : bool
        f returns (number, aux); the Hessian function then returns (Hessian, aux).
    progress : bool or callable
        True shows how far it is; a function is called with (done, total), as in `jacobian`.
    batched : bool or tuple, optional
        f maps a batch of points one by one, along the first axis: True, or for each argument 0 (it has the batch
        axis) or None (all points share it).  The result has the batch axis first: (batch, *n, *n).
    executor : concurrent.futures.Executor, optional
        Does the chunks of directions where one derivative is nested in another: threads, processes, or the
        workers of a cluster (docs/large.md).  The result has the same bits as without.  Of a batch: the parts of
        ``chunk=`` points, as in `jacobian`.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x, ... -> Hessian, shape x.shape + x.shape.  With mode="sparse" a `scipy.sparse.csr_array` of
        shape (n, n), n = x.size, in the order of x.ravel(); structures and several arguments count
        as one vector, leaf after leaf.

    Raises
    ------
    InputError
        If f returns something else than one real number, or x is complex or empty; for a chunk with
        mode "reverse" or "sparse".
    UnsupportedError
        If a sparse Hessian is taken inside another derivative.

    See Also
    --------
    sparse_hessian : finds the pattern once and keeps it, for many points.

    Notes
    -----
    Exactly at a kink squares of abs, norm, hypot and sqrt, and selections in a function that is smooth
    there, are right; anything else gives the derivative of the symmetric one (0 for abs at 0) with a
    `KinkWarning`.  Where f is not fit for second-order duals it runs twice in the first call.  A sparse
    call finds its pattern anew, so f may branch on values; it runs f three times, and what is stored may
    be zero.

    References
    ----------
    Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapter 13 (second-order
    propagation) and section 5.1 (forward over reverse).

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    >>> dd.hessian(np.sum).mode_for(np.ones(1000))
    'colored'
    >>> dd.hessian(lambda x: np.sum(x[1:] * x[:-1] ** 2), mode="sparse")(np.ones(1000)).nnz
    2997
    """
    f = as_asked(f, lift)
    if argnames is not None:
        return by_names(
            hessian, f, argnames, argnums, mode=mode, chunk=chunk, layout=layout, has_aux=has_aux, batched=batched,
            progress=progress, executor=executor,
        )  # fmt: skip
    second = second_of(f, argnums, mode, chunk, layout, has_aux, progress, batched, executor)

    @functools.wraps(f)
    def H(*args: Any, **kwargs: Any) -> Any:
        _, aux, _, found = second(args, kwargs)
        return (found, aux) if has_aux else found

    if batched:
        H.explain = second.made.explain     # type: ignore[attr-defined]
    else:
        H.mode_for, H.explain = second.mode_for, second.explain     # type: ignore[attr-defined]
    return H


# ---- products --------------------------------------------------------------------------------------


def hvp(
    f: Callable[..., Any], primals: Any, tangents: Any, *, lift: Any = "auto", memory_limit: Any = "auto", **kwargs: Any
) -> Any:
    """Hessian-vector product H(x) v of a function that returns one number.

    The derivative along v of the gradient: H v = d/dt grad f(x + t v) at t = 0.

    Parameters
    ----------
    f : callable
        Returns one real number.
    primals, tangents : tuple
        As in `jvp`.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.
    memory_limit : float, None or "auto"
        Bytes that a recording may keep: half of the machine's memory, or None, no limit.  Above it calls are nested,
        and f runs again for every earlier stretch of the recording that fits: see docs/large.md.
    **kwargs
        Passed to f; not differentiated.

    Returns
    -------
    array, or tuple of arrays
        H v in the shape of the argument; a tuple if there are several arguments.

    Raises
    ------
    ShapeError
        If a tangent does not fit its argument.
    InputError
        If f returns something else than one real number.

    Notes
    -----
    One run of f: with up to 16 inputs it carries 2 n + 1 rows; beyond, it is recorded, and the
    gradient and its derivative are pulled back along the recording.  Never a Hessian times a vector.
    Kinks are treated as in `hessian`.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    array([ 6., 12.])
    """
    f = as_asked(f, lift)
    if UNDER_WAY and HERE.recorder is not None:
        return HERE.recorder.jvp(hvp, f, primals, tangents, kwargs)
    programs = getattr(f, "__dualdiff_program__", None)
    if programs is not None:
        return programs.along("hvp", primals, tangents, kwargs)
    limit = checked_limit(memory_limit)
    if not isinstance(primals, (tuple, list)):
        primals, tangents = (primals,), (tangents,)
    if len(primals) == 1 and plain_pair(primals[0], tangents) and primals[0].size <= FEW_ROWS:
        x, v, tag = primals[0], tangents[0], new_tag(LAST)
        n = x.size
        try:
            y = call_watched(f, (second_seeds(x, 0, n, 0, n + 1, 2 * n + 1, v, tag),), kwargs, tag)
            return one_number(y, tag, 2 * n + 1)[1][n + 1 :].reshape(x.shape)
        except (NotSecondOrder, ZeroTimesInfinity):
            pass
    elif len(primals) == 1 and plain_pair(primals[0], tangents):
        try:
            recording = SecondRecording(f, [primals[0]], tuple, kwargs, limit=limit)
            return recording.along([tangents[0][np.newaxis]])[1][0][0]
        except (NotSecondOrder, ZeroTimesInfinity):
            pass
    else:
        found = rows_product(f, primals, tangents, kwargs, limit)
        if found is not None:
            return found
    several = tuple(range(len(primals))) if len(primals) > 1 else 0
    few = sum(np.size(leaf) for leaf in flatten(list(primals))[0]) <= FEW_ROWS
    for mode in ("forward", "reverse") if few else ("reverse",):
        gradient = grad(f, argnums=several, mode=mode, memory_limit=memory_limit)
        with quietly(NoDerivativeWarning) if mode == "forward" else nullcontext():
            found = jvp(gradient, primals, tangents, **kwargs)[1]
        if not unknown(found):      # a function that is symmetric in equal eigenvalues: see `Hessian`
            break
    return found


def unknown(found: Any) -> bool:
    """Whether derivatives, which do not vary themselves, hold nan."""
    leaves = flatten([found])[0]
    return not any(map(is_dual, leaves)) and any(np.any(np.isnan(leaf)) for leaf in leaves)


def rows_product(f: Callable[..., Any], primals: Any, tangents: Any, kwargs: dict[str, Any], limit: float) -> Any:
    """`hvp` in one pass for structures of numbers; None where it takes more."""
    if not isinstance(tangents, (tuple, list)) or len(tangents) != len(primals):
        return None     # jvp says what is wrong
    seeds = Seeds(Arguments(primals, tuple(range(len(primals)))), None)
    few = seeds.total <= FEW_ROWS and carried(seeds.leaves)
    if not few and not recordable(seeds.leaves):
        return None
    last: list[Any] = []
    for i, (t, (structure, _)) in enumerate(zip(tangents, seeds.structures, strict=True)):
        last += match(structure, t, f"tangent {i}")
    for t, leaf in zip(last, seeds.leaves, strict=True):
        plain_numbers(t, "the tangent")
        if t is not None and (is_dual(t) or np.shape(t) != np.shape(leaf) or np.asarray(t).dtype.kind not in "biuf"):
            return None
    try:
        if few:
            tag = new_tag(LAST)
            args, k, rows = seeded(seeds, 0, seeds.total, LAST, tag, last)
            t = one_number(call_watched(f, tuple(args), kwargs, tag), tag, rows)[1]
        else:
            stacks = [np.zeros((1, *np.shape(leaf))) if t is None else np.array(t, float, ndmin=np.ndim(leaf) + 1)
                      for t, leaf in zip(last, seeds.leaves, strict=True)]  # fmt: skip
            rows = SecondRecording(f, seeds.leaves, of_leaves(seeds), kwargs, limit=limit).along(stacks)[1]
            k, t = 0, np.concatenate([np.reshape(row, -1) for row in rows])
    except (NotSecondOrder, ZeroTimesInfinity):
        return None
    found = seeds.split(t[k:], lambda t, a, b, shape: python_number(np.reshape(t[a:b], shape), seeds.plain))
    return found if len(primals) > 1 else found[0]


# ---- diagonals -------------------------------------------------------------------------------------


def diagonal_parts(f: Callable[..., Any], seeds: Any, kwargs: dict[str, Any], told: Meter = SILENT) -> Iterator[Any]:
    """Second derivatives along the unit vectors, (directions, *result), in passes."""
    told.expect(seeds.total)
    start = 0
    if carried(seeds.leaves):
        width = max(1, min(seeds.total, ROW_BUDGET // (16 * seeds.total)))
        try:
            for start in range(0, seeds.total, width):
                tag = new_tag(EQUAL)
                args, k, rows = seeded(seeds, start, min(start + width, seeds.total), EQUAL, tag)
                yield any_result(call_watched(f, tuple(args), kwargs, tag), tag, rows)[1][k:]
                told.to(start + k)
            return
        except NotSecondOrder:
            if start:
                raise InputError("the function took another way in its second pass") from None
        except ZeroTimesInfinity:
            pass
    for i in range(start, seeds.total):        # by nesting, one direction at a time
        flat, directions = 0, []
        for leaf, size in zip(seeds.leaves, seeds.sizes, strict=True):
            v = np.zeros(np.shape(leaf))
            if flat <= i < flat + size:
                v = np.reshape(np.arange(size) == i - flat, np.shape(leaf)).astype(float)
            directions.append(v)
            flat += size
        rest = iter(directions)
        vs = tuple(unflatten(s, [next(rest) for _ in range(n)]) for s, n in seeds.structures)

        def once(*xs: Any, vs: Any = vs) -> Any:
            return jvp(lambda *zs: f(*seeds.chosen.replaced(zs), **kwargs), xs, vs)[1]

        second = as_operand(jvp(once, seeds.tops, vs)[1])
        yield np.reshape(second, (1, *np.shape(second)))
        told.to(i + 1)


@transform
def hessian_diagonal(
    f: Callable[..., Any], argnums: Any = 0, *, argnames: Any = None, progress: Progress = None, lift: Any = "auto"
) -> Any:
    """The diagonal of the Hessian, as a function: d2 f / dx[j...]^2.

    Parameters
    ----------
    f : callable
        Returns one number, or an array; then the diagonals of its elements' Hessians.
    argnums : int or tuple of int
        The argument(s) to differentiate by.
    argnames : str or tuple of str, optional
        The same by name, in place of argnums.
    progress : bool or callable
        As in `jacobian`.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x, ... -> array of shape f(x).shape + x.shape; in the argument's structure.

    Raises
    ------
    InputError
        For complex, empty or non-numeric arguments and results.

    Notes
    -----
    Two rows for each input, in chunks: n directions cost about twice what a forward gradient costs.
    Kinks are treated as in `hessian`.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.hessian_diagonal(lambda x: x[0] ** 3 * x[1] ** 2)(np.array([1.0, 2.0]))
    array([24.,  2.])
    """
    f = as_asked(f, lift)
    if argnames is not None:
        return by_names(hessian_diagonal, f, argnames, argnums, progress=progress)
    progress = checked_progress(progress)

    @functools.wraps(f)
    def diagonal(*args: Any, **kwargs: Any) -> Any:
        seeds = Seeds(Arguments(args, argnums), None)
        with meter(progress, "diagonal of the Hessian", seeds.total, "directions") as told:
            parts = list(diagonal_parts(f, seeds, kwargs, told))
        t = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return seeds.split(t, functools.partial(block, np.shape(t)[1:], "numerator", seeds.plain))

    return diagonal


@transform
def laplacian(
    f: Callable[..., Any], argnums: Any = 0, *, argnames: Any = None, progress: Progress = None, lift: Any = "auto"
) -> Any:
    """The Laplacian of a function, as a function: sum_j d2 f / dx[j...]^2.

    Parameters
    ----------
    f : callable
        Returns one number, or an array; then the Laplacian of each element.
    argnums : int or tuple of int
        The argument(s) to differentiate by; of several the sum.
    argnames : str or tuple of str, optional
        The same by name, in place of argnums.
    progress : bool or callable
        As in `jacobian`.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x, ... -> Laplacian, in the shape of f's result.

    Raises
    ------
    InputError
        For complex, empty or non-numeric arguments and results.

    See Also
    --------
    hessian_diagonal : its terms.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.laplacian(lambda x: 1 / np.sqrt(x @ x))(np.array([1.0, 2.0, 2.0])).round(12) + 0.0
    np.float64(0.0)
    """
    f = as_asked(f, lift)
    if argnames is not None:
        return by_names(laplacian, f, argnames, argnums, progress=progress)
    progress = checked_progress(progress)

    @functools.wraps(f)
    def trace(*args: Any, **kwargs: Any) -> Any:
        seeds = Seeds(Arguments(args, argnums), None)
        total = None
        with meter(progress, "Laplacian", seeds.total, "directions") as told:
            for part in diagonal_parts(f, seeds, kwargs, told):
                here = np.sum(part, axis=0)
                total = here if total is None else total + here
        return python_number(total, seeds.plain)

    return trace
