"""Storing less: `checkpoint` runs a part of a function again, `checkpoint_loop` the stretches of a loop.

Invariant: what runs again must give what it gave, or there is an error.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..automatic import as_asked
from ..core import DualArray, call_within, make, new_tag, view_parts
from ..errors import ArgumentError, InputError, ShapeError
from ..functions.base import as_operand, value_of
from ..maps.base import LinearMap, dtype_of
from ..maps.tangents import Node, find_tag, is_dual, peel
from .arguments import Fingerprint, changed, extract, seed
from .derived import transform
from .jvp import jvp
from .pytrees import flatten, unflatten
from .recording import Recording
from .vjp import vjp

__all__ = ["checkpoint", "checkpoint_loop"]


@transform
def checkpoint(f: Callable[..., Any], *, lift: Any = "auto") -> Any:
    """F, but a recording stores its arguments only and runs it again in each product.

    Parameters
    ----------
    f : callable
        Takes and returns arrays, numbers, or structures of them, by place or by keyword.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        The same function; only `linearize` and `vjp` (and what is built on them) see a difference.

    Notes
    -----
    Memory against time: a chain of s steps, each a checkpoint, stores s arguments instead of all
    intermediate partials, and evaluates f once more for each product.

    In a recording f runs first on copies of its arguments.  If it writes into them or returns one of them, or uses a
    value that is differentiated but not among its arguments, it runs again and is recorded as any other code: the
    derivative is right, but nothing is saved.  A product raises UnsupportedError if f gives another value then than it
    gave when it was recorded (random numbers, a global that has changed).

    References
    ----------
    Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapter 12.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> step = dd.checkpoint(lambda x: np.sin(np.exp(x)))
    >>> _, J = dd.linearize(lambda x: step(step(x)), np.array([0.5]))
    >>> bool(J.dense()[0, 0] == dd.derivative(lambda x: step(step(x)))(0.5))
    True
    """
    f = as_asked(f, lift)

    @functools.wraps(f)
    def g(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = flatten((args, kwargs))
        leaves = [as_operand(x) if isinstance(x, np.ndarray) else x for x in leaves]
        tag = find_tag(*leaves)
        pairs = [peel(x, tag) for x in leaves]
        if not any(type(t) is Node for _, t in pairs):
            return f(*args, **kwargs)
        stage = Stage(f, structure, pairs)
        found = stage.first(tag)
        if found is None:
            return f(*args, **kwargs)
        out_structure, outs = found
        points = [stage.values[i] for i in stage.live]
        nodes = tuple(pairs[i][1] for i in stage.live)
        results = []
        for place, (y, varies) in enumerate(outs):
            if varies:
                map = Recompute(stage, place, len(outs), points, y)
                y = make(y, Node(map, nodes, map.out_shape, map.out_dtype), tag)
            results.append(y)
        return unflatten(out_structure, results)

    return g


class Stage:
    """One call of a checkpointed function, to be made again."""

    def __init__(self, f: Callable[..., Any], structure: Any, pairs: Any) -> None:
        self.f, self.structure = f, structure
        self.values = [v.copy() if isinstance(v, (np.ndarray, DualArray)) else v for v, _ in pairs]
        self.live = [i for i, (_, t) in enumerate(pairs) if t is not None]
        self.name = getattr(f, "__name__", repr(f))

    def arguments(self, xs: Any) -> tuple[Any, Any]:
        """(args, kwargs) with xs for those that vary, and copies of the others."""
        full = [v.copy() if isinstance(v, (np.ndarray, DualArray)) else v for v in self.values]
        for i, x in zip(self.live, xs, strict=True):
            full[i] = x
        return full, unflatten(self.structure, full)

    def __call__(self, *xs: Any) -> Any:
        """f of those arguments that vary."""
        args, kwargs = self.arguments(xs)[1]
        return self.f(*args, **kwargs)

    def first(self, outer: Any) -> tuple[Any, Any] | None:
        """(structure, leaves and whether they vary) of the result; None where f cannot run again later.

        That is where it writes into an argument or returns one, or uses what `outer` differentiates around it.

        f runs on duals, as only these tell whether they were written to.
        """
        tag = new_tag()
        points = [self.values[i] for i in self.live]
        duals = [seed(x, np.zeros((1, *np.shape(x)), dtype_of(x)), tag) for x in points]
        before: list[Any] = [(x.value, x.tangents) if type(x) is DualArray else None for x in duals]
        full, (args, kwargs) = self.arguments(duals)
        outs, structure = flatten(call_within(self.f, args, kwargs, tag))
        for x, old in zip(duals, before, strict=True):
            if old is not None and (x.value is not old[0] or x.tangents is not old[1]):
                return None
        for x, kept in zip(full, self.values, strict=True):
            if type(kept) is DualArray:
                if x.tag != kept.tag or not same(x, kept) or not same(x.tangents, kept.tangents):
                    return None
            elif isinstance(kept, np.ndarray) and type(x) is not DualArray and x.tobytes() != kept.tobytes():
                return None
        results = []
        for y in outs:
            y = as_operand(y)
            if any(root_of(y) is root_of(x) or shares(y, x) for x in full):
                return None     # a later write into the one would have to show in the other
            value = y
            while is_dual(value):
                if value.tag >= outer and value.tag != tag:
                    return None
                value = value.value
            varies = is_dual(y) and y.tag == tag
            results.append((extract(y, tag, None)[0] if is_dual(y) and y.tag >= 0 else y, varies))
        return structure, results


def root_of(x: Any) -> Any:
    """The dual array that x is a view of, or x itself where it is none; a new object for what is no array."""
    if type(x) is not DualArray:
        return object()
    while view_parts(x)[0] is not None:
        x = view_parts(x)[0]
    return x


def shares(x: Any, y: Any) -> Any:
    """Whether two plain arrays lie in the same memory."""
    return isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and np.may_share_memory(x, y)


def same(x: Any, y: Any) -> Any:
    """Whether two constants, or their tangents, have the same numbers."""
    x, y = value_of(x), value_of(y)
    return x is y or isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and np.array_equal(x, y, equal_nan=True)


class Recompute(LinearMap):
    """The derivative of one leaf of a stage's result at stored points, by running the stage again."""

    __slots__ = ("count", "known", "latest", "place", "points", "stage")

    def __init__(self, stage: Any, place: Any, count: int, points: Any, output: Any) -> None:
        super().__init__(points, output)
        self.stage, self.place, self.count, self.points = stage, place, count, points
        self.known = Fingerprint(output)
        self.latest: Any = None     # (cotangent, those of all points), while they are asked for one by one

    def leaf(self, *xs: Any) -> Any:
        """The leaf in question."""
        found = flatten(self.stage(*xs))[0]
        if len(found) != self.count:
            raise changed(f"the checkpointed function {self.stage.name}")
        return found[self.place]

    def checked(self, value: Any) -> None:
        """Raises where this is not the value that the stage had."""
        if Fingerprint(value) != self.known:
            raise changed(f"the checkpointed function {self.stage.name}")

    def apply(self, ts: Any) -> Any:
        live = next(t for t in ts if t is not None)
        k = live.shape[0]
        full = [np.zeros((k, *shape)) if t is None else t for t, shape in zip(ts, self.in_shapes, strict=True)]
        value, found = jvp(self.leaf, tuple(self.points), tuple(full))
        self.checked(value)
        return found

    def transpose(self, w: Any, i: int) -> Any:
        latest, self.latest = self.latest, None
        if latest is None or latest[0] is not w:
            value, pullback = vjp(self.leaf, *self.points)
            self.checked(value)
            found = pullback(w)
            latest = w, (found,) if len(self.points) == 1 else found
        if i < len(self.points) - 1:
            self.latest = latest
        return latest[1][i]

    def reach(self, sets: Any, ids: Any) -> Any:
        from ..patterns.propagate import propagate

        inner = Recording(self.leaf, self.points, {}, complexes=True)
        self.checked(inner.value)
        given = [np.zeros(shape, np.int64) if t is None else t for t, shape in zip(ids, self.in_shapes, strict=True)]
        exact = sets.exact
        found = propagate(sets, inner.inputs, inner.nodes, given, inner=True)[0]
        sets.exact = exact
        return np.zeros(self.out_shape, np.int64) if found is None else found


# ---- loops ---------------------------------------------------------------------------------------

REPEATS = 3
"""How often `checkpoint_loop` runs a step again at most, if it is not told how many states to keep."""


def checkpoint_loop(
    step: Callable[..., Any], state: Any, n: int, *args: Any, snapshots: int | None = None
) -> Any:
    """``for i in range(n): state = step(i, state, *args)``, of which a recording keeps a few states only.

    The states between them are computed again on the way back, in the order that needs the fewest steps
    (binomial checkpointing).

    Parameters
    ----------
    step : callable
        step(i, state, *args) -> the next state, of the same structure.
    state : array, number, or structure of them
        Real or complex floating-point numbers.
    n : int
        How many steps.
    *args
        What else a step takes; differentiated, too.  A differentiated value that a step closes over makes the loop
        one that is recorded in full.
    snapshots : int, optional
        How many states a recording keeps.  With s of them and at most t repetitions of each step loops of up to
        (s + t)! / (s! t!) steps can be done; the default is the fewest with t = 3.

    Returns
    -------
    array, number, or structure
        The last state.

    Raises
    ------
    ArgumentError
        If n is negative, or no state may be kept.
    InputError
        If the state holds other things than floating-point numbers.

    See Also
    --------
    checkpoint : the same for any part of a function.

    Notes
    -----
    Memory against time: instead of n recorded steps there are s states and one recorded step at any time; each step
    runs up to t times more, each time about as dear as a step with one tangent.  Without a recording around it
    (jvp, plain numbers) it is the loop.

    References
    ----------
    Griewank and Walther, Algorithm 799: revolve, ACM Transactions on Mathematical Software 26, 2000.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> def decay(i, x, rate):
    ...     return x - 0.01 * rate * x**2
    >>> def last(rate):
    ...     return dd.checkpoint_loop(decay, np.ones(3), 1000, rate).sum()
    >>> round(dd.grad(last, mode="reverse")(2.0), 9), round(dd.grad(last, mode="forward")(2.0), 9)
    (-0.067904746, -0.067904746)
    """
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
        raise InputError(f"n is the number of steps, an int; got {type(n).__name__}")
    if n < 0 or snapshots is not None and snapshots < 1:
        raise ArgumentError(f"n must be at least 0 and snapshots at least 1, got n={n} and snapshots={snapshots}")
    leaves = flatten((state, args))[0]
    tag = find_tag(*leaves)
    if n < 2 or not any(type(peel(x, tag)[1]) is Node for x in leaves):
        for i in range(n):
            state = step(i, state, *args)
        return state
    if snapshots is None:
        snapshots = 1
        while math.comb(snapshots + REPEATS, REPEATS) < n:
            snapshots += 1
    packed = Packing(state)
    return packed.unpack(revolved(step, packed, 0, int(n), int(snapshots), packed.pack(state), args))


def revolved(
    step: Callable[..., Any], packed: "Packing", first: int, n: int, snapshots: int, flat: Any, args: Any
) -> Any:
    """The state after n steps from step `first` on; the ends of stretches that run again are `split_of` apart."""
    while n > 1:
        m = split_of(n, snapshots)
        flat = checkpoint(functools.partial(stretch, step, packed, first, m, snapshots), lift=False)(flat, *args)
        first, n, snapshots = first + m, n - m, max(snapshots - 1, 1)
    return packed.pack(step(first, packed.unpack(flat), *args))


def stretch(
    step: Callable[..., Any], packed: "Packing", first: int, n: int, snapshots: int, flat: Any, *args: Any
) -> Any:
    """n steps that run again: with fewer states kept where they are recorded, else one after the other."""
    leaves = (flat, *flatten(args)[0])
    tag = find_tag(*leaves)
    if any(type(peel(x, tag)[1]) is Node for x in leaves):
        return revolved(step, packed, first, n, snapshots, flat, args)
    state = packed.unpack(flat)
    for i in range(first, first + n):
        state = step(i, state, *args)
    return packed.pack(state)


def split_of(n: int, snapshots: int) -> int:
    """How many of n steps come before the first state that is kept, with so many of them."""
    repeats = 1
    while math.comb(snapshots + repeats, repeats) < n:
        repeats += 1
    return min(math.comb(snapshots + repeats - 1, snapshots), n - 1)


class Packing:
    """A state as one vector, so that a stretch has one result and runs once for all leaves."""

    def __init__(self, state: Any) -> None:
        leaves, self.structure = flatten(state)
        self.shapes = [np.shape(x) for x in leaves]
        self.dtypes = [dtype_of(as_operand(x)) for x in leaves]
        for dtype in self.dtypes:
            if dtype.kind not in "fc":
                raise InputError(
                    f"checkpoint_loop takes states of floating-point numbers, got one of {dtype}; write it as a float, "
                    "or compute it from the number of the step, step(i, state, *args)"
                )
        self.dtype = np.result_type(*self.dtypes)

    def pack(self, state: Any) -> Any:
        """The vector of a state."""
        leaves = flatten(state)[0]
        shapes = [np.shape(x) for x in leaves]
        if shapes != self.shapes:
            raise ShapeError(f"a step gave a state of the shapes {shapes}; it was given {self.shapes}")
        if len(leaves) == 1 and len(shapes[0]) and dtype_of(leaves[0]) == self.dtype:
            return leaves[0]
        return np.concatenate([np.reshape(x, (-1,)).astype(self.dtype) for x in leaves])

    def unpack(self, flat: Any) -> Any:
        """The state of a vector."""
        if len(self.shapes) == 1 and len(self.shapes[0]):
            return unflatten(self.structure, [flat])
        leaves, start = [], 0
        for shape, dtype in zip(self.shapes, self.dtypes, strict=True):
            stop = start + math.prod(shape)
            leaf = np.reshape(flat[start:stop], shape) if len(shape) else flat[start]
            leaves.append(leaf if dtype == self.dtype else leaf.astype(dtype))
            start = stop
        return unflatten(self.structure, leaves)
