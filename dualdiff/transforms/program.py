"""A recorded derivative as a program: fused, planned, and replayed in both directions.

The nodes that a recording leaves (core.Node) become a list of operations on buffers:

    combine   target = sum_i c_i * source_i     (all elementwise operations, copies, writes)
    call      target = map(sources)             (every other linear map)

Consecutive elementwise operations with one consumer are multiplied out when the program is made,
so a chain of them is one product per element.  Slices, reshapes and transposes are no operations:
a source or target is a strided part of a buffer.  Writing into a part of a buffer is a `combine`
into that part, in place where nothing needs the old content.  The transpose runs the operations
backwards: each source receives c_i * (target's cotangent), and what an overwritten part held
receives nothing.

Invariants: a program is never changed once made, so threads may share it: each run checks a
workspace (the buffers and the steps prepared on them) out and back in.  Only plain float64
recordings with finite partials become programs; for the rest (nested duals, complex numbers, float32) `Walk`
applies the maps one by one.  `Replay` is either of them.
"""

import contextlib
from _thread import allocate_lock
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import NotPlainError, Planner, Step, bytes_kept, collect, ends_of, make, room_for, run_steps, whole_part
from ..maps.base import LinearMap
from ..maps.elementwise import Elementwise
from ..maps.moves import Broadcast, Increment, Permute, Reshape, Settled
from ..maps.sparsity import MOST_AXES
from ..maps.tangents import Node, find_tag, is_dual, peel, push
from .walks import Walk, is_finite

__all__ = ["Replay"]

VIEWS = Reshape, Permute, Broadcast, Increment, Settled
"""Maps that hold no numbers and move none."""


def holds_duals(x: Any) -> bool:
    """Whether a map, or what it keeps, has a derivative of its own (of an outer call)."""
    if isinstance(x, (list, tuple)):
        return any(holds_duals(e) for e in x)
    if isinstance(x, Replay):
        return x.program is None and any(holds_duals(node.map) for node in x.walk.order)
    if isinstance(x, Elementwise):
        return any(map(is_dual, x.partials))
    if isinstance(x, LinearMap):
        names = [name for kind in type(x).__mro__ for name in kind.__dict__.get("__slots__", ())]
        return any(holds_duals(getattr(x, name)) for name in names)
    return is_dual(x)


def check_map(map: Any) -> None:
    """Raises NotPlainError for a map that holds other things than finite numbers."""
    kind = type(map)
    if kind in VIEWS:
        return
    if kind is Elementwise:
        if any(is_dual(d) or d is not None and not is_finite(d) for d in map.partials):
            raise NotPlainError     # where an infinity meets a 0, reachability decides (walks.py)
        return
    if holds_duals(map):
        raise NotPlainError
    factors = map.factors(0)
    if factors is not None and not all(is_finite(x) for x in (*factors, *(map.factors(1) or ()))):
        raise NotPlainError


class Program:
    """The operations of one recording, from `inputs` to `outputs` (nodes; None is a constant)."""

    def __init__(self, inputs: Any, outputs: Any, tape: Any) -> None:
        planned = Planner(inputs, outputs, tape, check_map, VIEWS)
        self.inputs, self.outputs = planned.inputs, planned.outputs
        self.operations = planned.operations    # ("combine", target, terms) or ("call", target, map, sources)
        self.sizes = planned.sizes
        self.workspaces: dict[Any, Any] = {}

    def __getstate__(self) -> dict[Any, Any]:
        return {**vars(self), "workspaces": {}}

    def held(self) -> list[Any]:
        """The coefficients and maps of its operations."""
        return [op[2] if op[0] == "call" else [c for c, _ in op[2]] for op in self.operations]

    # ---- memory ----

    def check_out(self, direction: Any, k: int) -> Any:
        """A workspace for k directions: from the shelf, or a new one."""
        try:
            return self.workspaces[direction, k].pop()
        except (KeyError, IndexError):
            return Forward(self, k) if direction == "forward" else Backward(self, k)

    def check_in(self, direction: Any, k: int, workspace: Any) -> None:
        """Puts a workspace back; of each kind one is kept, and of kinds the last few."""
        for kind in list(self.workspaces)[:-4]:     # a copy of the keys: other threads add some
            self.workspaces.pop(kind, None)
        shelf = self.workspaces.setdefault((direction, k), [])
        if not shelf:
            shelf.append(workspace)

    # ---- running ----

    def forward(self, tangents: Any) -> Any:
        """Output tangents (k, *shape) from input tangents (None: zero); None where constant."""
        k = next(t.shape[0] for t in tangents if t is not None)
        space = self.check_out("forward", k)
        for place, t in zip(space.inputs, tangents, strict=True):
            place[...] = 0.0 if t is None else t
        run_steps(space.steps)
        found = [None if place is None else copied(place) for place in space.outputs]
        self.check_in("forward", k, space)
        return found

    def backward(self, cotangents: Any) -> Any:
        """Input cotangents from output cotangents (None: zero); None where no output depends on it."""
        k = next(w.shape[0] for w in cotangents if w is not None)
        space = self.check_out("backward", k)
        for place, w in zip(space.outputs, cotangents, strict=True):
            if place is not None:
                place[...] = 0.0 if w is None else w
        run_steps(space.steps)
        found = [None if place is None else copied(place) for place in space.inputs]
        self.check_in("backward", k, space)
        return found


def copied(place: Any) -> Any:
    """A result, in memory of its own."""
    found = room_for(place.shape)
    found[...] = place
    return found


class Forward:
    """The buffers for one forward run of k directions, and the steps prepared on them."""

    def __init__(self, program: Any, k: int) -> None:
        slots = [room_for((k, size)) for size in program.sizes]
        self.inputs = [part.array(slots) for part in program.inputs]
        self.outputs = [None if part is None else part.array(slots) for part in program.outputs]
        self.steps: list[Any] = []
        for operation in program.operations:
            target = operation[1].array(slots)
            if operation[0] == "combine":
                terms = [(c, part.array(slots)) for c, part in operation[2]]
                self.steps.append(Step(target, terms, False, target.shape))
            else:
                _, _, map, sources = operation
                self.steps.append(call_forward(target, map, [s and s.array(slots) for s in sources]))


def call_forward(target: Any, map: Any, sources: Any) -> Callable[..., Any]:
    """The step target = map(sources)."""

    def step() -> None:
        target[...] = map.apply(sources)

    return step


class Backward:
    """The buffers for one transposed run of k cotangents, and the steps prepared on them."""

    def __init__(self, program: Any, k: int) -> None:
        self.slots = [room_for((k, size)) for size in program.sizes]
        self.k = k
        self.steps: list[Any] = []
        self.alive: set[Any] = set()      # buffers that hold a cotangent
        self.outputs = []
        for part in program.outputs:
            w = None
            if part is not None:
                w = room_for((k, *part.shape))
                self.give(part, 1.0, w, part.shape)
            self.outputs.append(w)
        for operation in reversed(program.operations):
            target = operation[1]
            if id(target.buffer) not in self.alive:
                continue
            w = target.array(self.slots)
            if operation[0] == "combine":
                for c, part in operation[2]:
                    self.give(part, c, w, target.shape)
            else:
                _, _, map, sources = operation
                for i, source in enumerate(sources):
                    if source is not None:
                        self.give_transposed(source, map, i, w)
            if target.full:
                self.alive.discard(id(target.buffer))
            else:
                self.steps.append(Step(w, [], False, w.shape))      # what was overwritten has no influence
        self.inputs = [
            part.array(self.slots) if id(part.buffer) in self.alive else None for part in program.inputs
        ]

    def wake(self, part: Any) -> bool:
        """Whether to add to a part; a buffer that is touched first holds zeros, or is set as a whole."""
        if id(part.buffer) in self.alive:
            return True
        self.alive.add(id(part.buffer))
        if part.full:
            return False
        everything = whole_part(part.buffer).array(self.slots)
        self.steps.append(Step(everything, [], False, everything.shape))
        return True

    def give(self, part: Any, coefficient: Any, w: Any, shape: tuple[int, ...]) -> None:
        """The step part += coefficient * w."""
        add = self.wake(part)
        self.steps.append(Step(part.array(self.slots), [(coefficient, w)], add, (self.k, *shape), True))

    def give_transposed(self, part: Any, map: Any, i: int, w: Any) -> None:
        """The step part += map'(w)."""
        add, place = self.wake(part), part.array(self.slots)
        if any(s == 0 and n > 1 for s, n in zip(part.strides, part.shape, strict=True)):
            # a broadcast part: a prepared step sums what comes back
            whole = np.empty(place.shape)
            step = Step(place, [(1.0, whole)], add, place.shape)

            def accumulate() -> None:
                whole[...] = map.transpose(w, i)
                step.run()
        elif add:

            def accumulate() -> None:
                np.add(place, map.transpose(w, i), out=place)
        else:

            def accumulate() -> None:
                place[...] = map.transpose(w, i)

        self.steps.append(accumulate)


WALKED = 1024
"""Elements times directions of an operation, on average, below which a product goes along the recording: a program
would save little or nothing, and planning it costs as much as ten to fifty such products."""


class Replay:
    """A recording that is applied in both directions, to plain or dual tangents.

    The program is linear with constant coefficients, so a dual tangent goes through it value by
    value and tangent by tangent; a recorded one becomes a node whose map is the program.
    """

    def __init__(self, inputs: Any, outputs: Any, fuse: bool = True, tape: Any = None) -> None:
        """fuse: make a program where it pays; else walk the recording, whatever its size.  tape: see `Walk`."""
        self.in_shapes, in_dtypes, self.out_shapes, out_dtypes = ends_of(inputs, outputs)
        self.dtypes = in_dtypes, out_dtypes
        # None where no product needs it any more
        order = collect(outputs, runs=True) if tape is None else tape.order
        self.walk: Any = Walk(inputs, outputs, order, True, tape)
        self.program: Any = None
        self.weight: Any = None
        self.fuse, self.lock = fuse, allocate_lock()

    def __getstate__(self) -> dict[Any, Any]:
        return {name: x for name, x in vars(self).items() if name != "lock"}

    def __setstate__(self, state: Any) -> None:
        vars(self).update(state)
        self.lock = allocate_lock()

    def ready(self, k: int) -> Any:
        """What k directions at once go through: the walk or the program, the same in every call."""
        walk = self.walk
        if not self.fuse:
            return walk
        if walk is not None and k * self.weighed(walk) < WALKED:
            return walk
        return self.plan() or self.walk

    def weighed(self, walk: Any) -> Any:
        """The elements of an operation's result, on average."""
        if self.weight is None:
            self.weight = walk.short.tape.elements / max(1, walk.short.tape.count)
        return self.weight

    def plan(self) -> Any:
        """The program, made if it is not there; None where the recording cannot be one."""
        with self.lock:
            walk = self.walk
            if self.program is None and self.fuse:
                if walk.short.tape.axes <= MOST_AXES:
                    with contextlib.suppress(NotPlainError):
                        self.program = Program(walk.inputs, walk.outputs, walk.way.tape)
                if self.program is None:
                    self.fuse = False
                elif self.weighed(walk) >= WALKED:
                    self.walk = None        # no product needs it: the partials are held once
            return self.program

    @property
    def nbytes(self) -> Any:
        """Bytes of what the walk and the program keep; an array that they share is counted once."""
        order = [] if self.walk is None else self.walk.short.tape.order
        return bytes_kept(order, [] if self.program is None else self.program.held())

    def forward(self, tangents: Any) -> Any:
        """Output tangents from input tangents (k, *shape); None is zero."""
        return self.run(True, tangents)

    def backward(self, cotangents: Any) -> Any:
        """Input cotangents from output cotangents (k, *shape); None is zero."""
        return self.run(False, cotangents)

    def run(self, forward: Any, ts: Any) -> Any:
        """One direction, whatever the tangents are."""
        if len(ts) == 1 and type(ts[0]) is np.ndarray and (self.out_shapes if not forward else ts)[0] is not None:
            engine = self.ready(ts[0].shape[0])         # the frequent case
            return engine.forward(ts) if forward else engine.backward(ts)
        live = [t for t, shape in zip(ts, self.in_shapes if forward else self.out_shapes, strict=True)
                if t is not None and shape is not None]  # fmt: skip
        if not live:
            return [None] * len(self.out_shapes if forward else self.in_shapes)
        tag = find_tag(*live)
        if tag < 0 or self.plan() is None:
            engine = self.ready(live[0].shape[0])
            return engine.forward(ts) if forward else engine.backward(ts)
        pairs = [(None, None) if t is None else peel(t, tag) for t in ts]
        values = self.run(forward, [v for v, _ in pairs])
        inner = [t for _, t in pairs]
        if any(type(t) is Node for t in inner):
            results = [
                None if v is None else push(Replayed(self, forward, i, [v for v, _ in pairs], v_out), inner)
                for i, (v, v_out) in enumerate(zip(values, values, strict=True))
            ]
        else:
            results = self.stacked(forward, inner)
        return [v if v is None or t is None else make(v, t, tag) for v, t in zip(values, results, strict=True)]

    def stacked(self, forward: Any, ts: Any) -> list[Any]:
        """Tangents of tangents (k2, k, *shape), as k2*k directions."""
        k2, k = next(t.shape[:2] for t in ts if t is not None)
        flat = [None if t is None else t.reshape((k2 * k, *t.shape[2:])) for t in ts]
        found = self.run(forward, flat)
        return [None if t is None else t.reshape((k2, k, *t.shape[1:])) for t in found]


class Replayed(LinearMap):
    """One output of a replay as a linear map of all its inputs (stacks of k directions)."""

    __slots__ = ("forward", "place", "replay")

    def __init__(self, replay: Any, forward: Any, place: Any, inputs: Any, output: Any) -> None:
        shapes = replay.in_shapes if forward else replay.out_shapes
        k = output.shape[0]
        stand_ins = [np.empty((k, *(shape or ()))) for shape in shapes]
        super().__init__([s if x is None else x for x, s in zip(inputs, stand_ins, strict=True)], output)
        self.replay, self.forward, self.place = replay, forward, place

    def apply(self, ts: Any) -> Any:
        return self.replay.stacked(self.forward, ts)[self.place]

    def transpose(self, w: Any, i: int) -> Any:
        ends = self.replay.out_shapes if self.forward else self.replay.in_shapes
        found = self.replay.stacked(not self.forward, [w if j == self.place else None for j in range(len(ends))])[i]
        return np.zeros((w.shape[0], *self.in_shapes[i])) if found is None else found
