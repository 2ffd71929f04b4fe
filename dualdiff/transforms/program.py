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
import math
from _thread import allocate_lock
from typing import Any

import numpy as np

from ..core import (
    Part,
    Step,
    all_finite,
    bytes_kept,
    c_strides,
    coefficient_product,
    collect,
    is_basic,
    make,
    run_steps,
)
from ..maps.base import LinearMap
from ..maps.elementwise import Elementwise
from ..maps.joins import Concatenate, Where
from ..maps.moves import Broadcast, Increment, Index, Permute, Reshape, Settled
from ..maps.products import Sum as Total
from ..maps.tangents import Node, find_tag, is_dual, peel, push
from ..maps.writes import SetIndex, SetView
from .walks import Walk, is_finite

__all__ = ["Replay"]

MOST_TERMS = 12
FLOAT = np.dtype(np.float64)
VIEWS = (Reshape, Permute, Broadcast, Increment, Settled)
PLAIN = {*VIEWS, Elementwise, Index, SetIndex, SetView, Concatenate, Where, Total}
"""Maps that hold no numbers, or whose numbers are looked at one by one."""


class NotPlainError(Exception):
    """A recording that is not all float64 arrays."""


class Buffer:
    """Room for one intermediate result; `slot` is the memory it shares with others in turn."""

    __slots__ = ("first", "last", "shape", "size", "slot", "template", "users")

    def __init__(self, shape):
        self.shape, self.size = shape, math.prod(shape)
        self.first = self.last = None
        self.slot = None
        self.template = None
        self.users = []     # nodes whose forms read it

    def probe(self):
        """An array of this layout that is never touched: where a view of it would lie."""
        if self.template is None:
            self.template = np.empty((1, *self.shape))
        return self.template


class Sum:
    """sum_i coefficient_i * part_i, not yet computed."""

    __slots__ = ("shape", "terms")

    def __init__(self, shape):
        self.shape = shape
        self.terms = {}

    def add(self, coefficient, part):
        """One more term; equal parts are joined."""
        part = part.spread(self.shape)
        old = self.terms.get(part.key)
        self.terms[part.key] = (coefficient if old is None else old[0] + coefficient, part)

    def listed(self, shape=None):
        """(coefficient, part) pairs, broadcast to a shape."""
        if shape is None or shape == self.shape:
            return list(self.terms.values())
        return [(without_lead(c, len(shape)), part.spread(shape)) for c, part in self.terms.values()]


def without_lead(c, ndim):
    """A coefficient without the leading 1s that NumPy's assignment drops."""
    return c if type(c) is float or c.ndim <= ndim else c.reshape(c.shape[c.ndim - ndim :])


def holds_duals(x):
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


def coefficient_of(d):
    """A partial as a float or a float64 array."""
    kind = type(d)
    if kind is float or kind is int:
        return float(d)
    if kind is np.ndarray and d.dtype == FLOAT:
        return d
    if isinstance(d, (np.floating, np.integer)) and np.result_type(d, FLOAT) == FLOAT:
        return float(d)
    if kind is np.ndarray and d.dtype.kind in "biu":
        return d.astype(FLOAT)
    raise NotPlainError


def check_plain(order):
    """Raises NotPlainError where a program would meet something else than float64 (before it takes any map)."""
    for node in order:
        if node.map is not None and type(node.map) not in PLAIN and holds_duals(node.map):
            raise NotPlainError
        factors = node.map.factors(0) if node.map is not None else None
        if factors is not None and not all(map(is_finite, (*factors, *(node.map.factors(1) or ())))):
            raise NotPlainError
        if type(node.map) is Elementwise:
            for d in node.map.partials:
                if d is not None and not all_finite(coefficient_of(d)):
                    raise NotPlainError     # where it meets a 0, reachability decides (walks.py)


class Program:
    """The operations of one recording, from `inputs` to `outputs` (nodes; None is a constant)."""

    def __init__(self, inputs, outputs, order):
        if any(node.dtype != FLOAT for node in order) or any(node.dtype != FLOAT for node in inputs):
            raise NotPlainError
        self.operations: list[Any] = []    # ("combine", target, terms) or ("call", target, map, sources)
        self.last_use: dict[Any, Any] = {}
        self.consumers: dict[Any, Any] = {}
        for node in order:
            parents = node.parents
            for parent in map(id, parents if len(parents) == 1 else set(parents)):
                self.last_use[parent] = node.born
                self.consumers[parent] = self.consumers.get(parent, 0) + 1
        for node in outputs:
            if node is not None:
                self.last_use[id(node)] = float("inf")
                self.consumers[id(node)] = self.consumers.get(id(node), 0) + 1
        self.inputs = [self.whole(Buffer(node.shape)) for node in inputs]
        given = {id(node) for node in inputs}
        self.forms: dict = {id(node): part for node, part in zip(inputs, self.inputs, strict=True)}   # Part or Sum
        for part in self.inputs:
            part.buffer.first = -1
        check_plain(order)
        with np.errstate(all="ignore"):
            for node in order:
                if id(node) not in given:
                    self.forms[id(node)] = form = self.convert(node)
                    self.note(node, form)
                    for parent in node.parents:
                        if parent is not None and self.last_use[id(parent)] == node.born and id(parent) not in given:
                            self.forms.pop(id(parent), None)
            self.outputs = [None if node is None else self.part_of(node) for node in outputs]
        self.plan()
        del self.forms, self.last_use, self.consumers
        self.workspaces: dict[Any, Any] = {}

    def __getstate__(self):
        return {**vars(self), "workspaces": {}}

    def held(self):
        """The coefficients and maps of its operations."""
        return [op[2] if op[0] == "call" else [c for c, _ in op[2]] for op in self.operations]

    # ---- from nodes to operations ----

    @staticmethod
    def whole(buffer):
        """A buffer as a part of itself."""
        return Part(buffer, 0, tuple(buffer.shape), c_strides(buffer.shape))

    def note(self, node, form):
        """Remembers which nodes read a buffer that may be overwritten."""
        if isinstance(form, Part):
            form.buffer.users.append(node)
        else:
            for _, part in form.terms.values():
                part.buffer.users.append(node)

    def emit(self, operation, *buffers):
        """Appends an operation; the buffers live at least until then."""
        place = len(self.operations)
        for buffer in buffers:
            buffer.first = place if buffer.first is None else buffer.first
            buffer.last = place
        self.operations.append(operation)

    def combine(self, target, terms):
        """Emits target = sum of terms."""
        while len(terms) > MOST_TERMS:      # join the first ones in a buffer of their own
            extra = self.whole(Buffer(target.shape))
            self.combine(extra, terms[:MOST_TERMS])
            terms = [(1.0, extra), *terms[MOST_TERMS:]]
        self.emit(("combine", target, terms), target.buffer, *(part.buffer for _, part in terms))

    def part_of(self, node):
        """The node's tangent in memory."""
        form = self.forms[id(node)]
        if isinstance(form, Sum):
            target = self.whole(Buffer(form.shape))
            self.combine(target, form.listed())
            self.forms[id(node)] = form = target
            self.note(node, form)
        return form

    def expandable(self, node, d):
        """Whether a consumer with partial d should compute the node's terms itself."""
        form = self.forms[id(node)]
        if not isinstance(form, Sum):
            return False
        if len(form.terms) == 1 and (type(d) is not float or all(type(c) is float for c, _ in form.terms.values())):
            return True     # one coefficient either way
        return self.consumers[id(node)] == 1 and (type(d) is float or len(form.terms) <= 2)

    def convert(self, node):
        """The form of a node; emits operations where something must be computed first."""
        map, parents = node.map, node.parents
        kind = type(map)
        if map is None:
            return Sum(node.shape)          # zero
        if kind is Elementwise:
            return self.elementwise(map, parents)
        if kind in VIEWS or kind is Index and is_basic(map.key):
            form = self.forms[id(parents[0])]
            if isinstance(form, Sum) and not form.terms:
                return Sum(map.out_shape)
            part = self.part_of(parents[0]).through(map)
            return self.call(map, parents) if part is None else part
        if kind is SetIndex and is_basic(map.key):
            return self.write(node, Index(map.key, (self.like(map.in_shapes[0]),), self.like(map.in_shapes[1])))
        if kind is SetView:
            return self.write(node, map.view)
        if kind is Concatenate:
            return self.concatenate(map, parents)
        if kind is Where and self.selectable(parents):
            return self.select(map, parents)
        return self.call(map, parents)

    @staticmethod
    def like(shape):
        """A stand-in for an array of a shape."""
        return np.broadcast_to(0.0, shape)

    def elementwise(self, map, parents):
        total = Sum(map.out_shape)
        pairs = [
            (coefficient_of(d), parent)
            for d, parent in zip(map.partials, parents, strict=True)
            if parent is not None and d is not None
        ]
        # what expands comes first: x + sin(x) is one term of what x is, once sin(x) has brought that term
        ready = [self.expandable(parent, d) for d, parent in pairs]
        for (d, parent), expands in sorted(zip(pairs, ready, strict=True), key=lambda entry: not entry[1]):
            form = self.forms[id(parent)]       # in s*s the first s may have put a long sum s into memory
            lazy = isinstance(form, Sum)
            joins = lazy and form.shape == total.shape and form.terms.keys() <= total.terms.keys()
            if joins or (lazy and expands and len(form.terms) + len(total.terms) <= MOST_TERMS):
                for c, part in form.listed():
                    # 0 stays 0 beside an infinity, as on the way forward
                    total.add(coefficient_product(d, c), part)
            else:
                total.add(d, self.part_of(parent))
        return total

    def selectable(self, parents):
        return all(p is None or self.consumers[id(p)] == 1 and isinstance(self.forms[id(p)], Sum) for p in parents)

    def select(self, map, parents):
        """np.where: coefficients are chosen, not multiplied, so that nothing unchosen comes through."""
        total = Sum(map.out_shape)
        for parent, chosen in zip(parents, (map.mask, np.logical_not(map.mask)), strict=True):
            if parent is not None:
                for c, part in self.forms[id(parent)].listed():
                    total.add(np.where(chosen, c, 0.0), part)
        return total

    def terms_for(self, node, shape, target=None):
        """What to combine for a node's tangent in a place of a shape."""
        if node is None:
            return []
        form = self.forms[id(node)]
        if isinstance(form, Sum) and self.consumers[id(node)] == 1:
            terms = form.listed(shape)
        else:
            terms = [(1.0, self.part_of(node).spread(shape))]
        if target is not None and any(part.buffer is target for _, part in terms):
            extra = self.whole(Buffer(shape))       # it reads what it overwrites
            self.combine(extra, terms)
            terms = [(1.0, extra)]
        return terms

    def concatenate(self, map, parents):
        out = self.whole(Buffer(map.out_shape))
        start, lead = 0, (slice(None),) * map.axis
        for parent, shape in zip(parents, map.in_shapes, strict=True):
            stop = start + shape[map.axis]
            key = (*lead, slice(start, stop))
            target = out.through(Index(key, (self.like(out.shape),), self.like(shape)))
            self.combine(target, self.terms_for(parent, shape))
            start = stop
        return out

    def write(self, node, view):
        """x[key] = y: in the place of x if nothing reads the old content later."""
        x, y = node.parents
        form = None if x is None else self.forms[id(x)]
        if x is None:
            out = self.whole(Buffer(node.shape))
            self.combine(out, [])
        elif isinstance(form, Sum) and self.last_use[id(x)] == node.born:
            out = self.part_of(x)
        elif (
            isinstance(form, Part)
            and self.last_use[id(x)] == node.born
            and form.key == self.whole(form.buffer).key
            and form.buffer.first != -1
        ):
            out = form
        else:
            out = self.whole(Buffer(node.shape))
            self.combine(out, self.terms_for(x, node.shape))
        buffer = out.buffer
        for user in buffer.users:       # what is still to be read is saved first
            later = self.last_use.get(id(user), -1)
            if user is not x and later > node.born and self.reads(user, buffer):
                self.save(user)
        buffer.users = []
        target = out.through(view)
        self.combine(target, self.terms_for(y, target.shape, buffer))
        return out

    def reads(self, node, buffer):
        form = self.forms[id(node)]
        if isinstance(form, Part):
            return form.buffer is buffer
        return any(part.buffer is buffer for _, part in form.terms.values())

    def save(self, node):
        """Copies a node's tangent out of a buffer that is about to change."""
        form = self.forms[id(node)]
        target = self.whole(Buffer(form.shape))
        self.combine(target, form.listed() if isinstance(form, Sum) else [(1.0, form)])
        self.forms[id(node)] = target
        self.note(node, target)

    def call(self, map, parents):
        sources = [None if p is None else self.part_of(p) for p in parents]
        out = self.whole(Buffer(map.out_shape))
        self.emit(("call", out, map, sources), out.buffer, *(s.buffer for s in sources if s is not None))
        return out

    # ---- memory ----

    def plan(self):
        """Gives each buffer a slot; buffers of one size that are not needed at once share one."""
        end = len(self.operations)
        buffers, seen = [], set()
        for part in self.inputs + [p for p in self.outputs if p is not None]:
            buffer = part.buffer
            buffer.first = -1 if buffer.first is None or any(part is p for p in self.inputs) else buffer.first
            buffer.last = end
        parts = list(self.inputs) + [p for p in self.outputs if p is not None]
        for operation in self.operations:
            parts.append(operation[1])
            parts += [p for _, p in operation[2]] if operation[0] == "combine" else [
                p for p in operation[3] if p is not None
            ]  # fmt: skip
        for part in parts:
            if id(part.buffer) not in seen:
                seen.add(id(part.buffer))
                buffers.append(part.buffer)
        self.sizes: list[Any] = []
        busy: list[Any] = []
        free: dict[Any, Any] = {}
        for buffer in sorted(buffers, key=lambda b: b.first):
            for old in [b for b in busy if b.last < buffer.first]:
                busy.remove(old)
                free.setdefault(old.size, []).append(old.slot)
            if free.get(buffer.size):
                buffer.slot = free[buffer.size].pop()
            else:
                buffer.slot = len(self.sizes)
                self.sizes.append(buffer.size)
            busy.append(buffer)
            buffer.template = None
            buffer.users = None

    def check_out(self, direction, k):
        """A workspace for k directions: from the shelf, or a new one."""
        try:
            return self.workspaces[direction, k].pop()
        except (KeyError, IndexError):
            return Forward(self, k) if direction == "forward" else Backward(self, k)

    def check_in(self, direction, k, workspace):
        """Puts a workspace back; of each kind one is kept, and of kinds the last few."""
        for kind in list(self.workspaces)[:-4]:     # a copy of the keys: other threads add some
            self.workspaces.pop(kind, None)
        shelf = self.workspaces.setdefault((direction, k), [])
        if not shelf:
            shelf.append(workspace)

    # ---- running ----

    def forward(self, tangents):
        """Output tangents (k, *shape) from input tangents (None: zero); None where constant."""
        k = next(t.shape[0] for t in tangents if t is not None)
        space = self.check_out("forward", k)
        for place, t in zip(space.inputs, tangents, strict=True):
            place[...] = 0.0 if t is None else t
        run_steps(space.steps)
        found = [None if place is None else place.copy() for place in space.outputs]
        self.check_in("forward", k, space)
        return found

    def backward(self, cotangents):
        """Input cotangents from output cotangents (None: zero); None where no output depends on it."""
        k = next(w.shape[0] for w in cotangents if w is not None)
        space = self.check_out("backward", k)
        for place, w in zip(space.outputs, cotangents, strict=True):
            if place is not None:
                place[...] = 0.0 if w is None else w
        run_steps(space.steps)
        found = [None if place is None else place.copy() for place in space.inputs]
        self.check_in("backward", k, space)
        return found


class Forward:
    """The buffers for one forward run of k directions, and the steps prepared on them."""

    def __init__(self, program, k):
        slots = [np.empty((k, size)) for size in program.sizes]
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


def call_forward(target, map, sources):
    """The step target = map(sources)."""

    def step():
        target[...] = map.apply(sources)

    return step


class Backward:
    """The buffers for one transposed run of k cotangents, and the steps prepared on them."""

    def __init__(self, program, k):
        self.slots = [np.empty((k, size)) for size in program.sizes]
        self.k = k
        self.steps: list[Any] = []
        self.alive: set = set()      # buffers that hold a cotangent
        self.outputs = []
        for part in program.outputs:
            w = None
            if part is not None:
                w = np.empty((k, *part.shape))
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

    def wake(self, part):
        """Whether to add to a part; a buffer that is touched first holds zeros, or is set as a whole."""
        if id(part.buffer) in self.alive:
            return True
        self.alive.add(id(part.buffer))
        if part.full:
            return False
        everything = Program.whole(part.buffer).array(self.slots)
        self.steps.append(Step(everything, [], False, everything.shape))
        return True

    def give(self, part, coefficient, w, shape):
        """The step part += coefficient * w."""
        add = self.wake(part)
        self.steps.append(Step(part.array(self.slots), [(coefficient, w)], add, (self.k, *shape), True))

    def give_transposed(self, part, map, i, w):
        """The step part += map'(w)."""
        add, place = self.wake(part), part.array(self.slots)
        if any(s == 0 and n > 1 for s, n in zip(part.strides, part.shape, strict=True)):
            # a broadcast part: a prepared step sums what comes back
            whole = np.empty(place.shape)
            step = Step(place, [(1.0, whole)], add, place.shape)

            def accumulate():
                whole[...] = map.transpose(w, i)
                step.run()
        elif add:

            def accumulate():
                np.add(place, map.transpose(w, i), out=place)
        else:

            def accumulate():
                place[...] = map.transpose(w, i)

        self.steps.append(accumulate)


WALKED = 512
"""Elements times directions of an operation, on average, below which a product goes along the recording: a program
would save little, and planning it costs as much as some 50 such products."""

MOST_AXES = 23
"""Axes that a step of a program has room for, beside that of the directions; what has more is walked."""


class Replay:
    """A recording that is applied in both directions, to plain or dual tangents.

    The program is linear with constant coefficients, so a dual tangent goes through it value by
    value and tangent by tangent; a recorded one becomes a node whose map is the program.
    """

    def __init__(self, inputs, outputs, fuse=True):
        """fuse: make a program where it pays; else walk the recording, whatever its size."""
        order = collect(outputs)
        self.in_shapes = [node.shape for node in inputs]
        self.out_shapes = [None if node is None else node.shape for node in outputs]
        self.dtypes = [node.dtype for node in inputs], [None if node is None else node.dtype for node in outputs]
        self.walk: Any = Walk(inputs, outputs, order)       # None where no product needs it any more
        self.program: Any = None
        self.weight: Any = None
        self.fuse, self.lock = fuse, allocate_lock()

    def __getstate__(self):
        return {name: x for name, x in vars(self).items() if name != "lock"}

    def __setstate__(self, state):
        vars(self).update(state)
        self.lock = allocate_lock()

    def ready(self, k):
        """What k directions at once go through: the walk or the program, the same in every call."""
        walk = self.walk
        if not self.fuse:
            return walk
        if walk is not None and k * self.weighed(walk) < WALKED:
            return walk
        return self.plan() or self.walk

    def weighed(self, walk):
        """The elements of an operation's result, on average."""
        if self.weight is None:
            self.weight = sum(math.prod(node.shape) for node in walk.order) / max(1, len(walk.order))
        return self.weight

    def plan(self):
        """The program, made if it is not there; None where the recording cannot be one."""
        with self.lock:
            walk = self.walk
            if self.program is None and self.fuse:
                if all(len(node.shape) <= MOST_AXES for node in walk.order):
                    with contextlib.suppress(NotPlainError):
                        self.program = Program(walk.inputs, walk.outputs, walk.order)
                if self.program is None:
                    self.fuse = False
                elif self.weighed(walk) >= WALKED:
                    self.walk = None        # no product needs it: the partials are held once
            return self.program

    @property
    def nbytes(self):
        """Bytes of what the walk and the program keep; an array that they share is counted once."""
        order = [] if self.walk is None else self.walk.order
        return bytes_kept(order, [] if self.program is None else self.program.held())

    def forward(self, tangents):
        """Output tangents from input tangents (k, *shape); None is zero."""
        return self.run(True, tangents)

    def backward(self, cotangents):
        """Input cotangents from output cotangents (k, *shape); None is zero."""
        return self.run(False, cotangents)

    def run(self, forward, ts):
        """One direction, whatever the tangents are."""
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

    def stacked(self, forward, ts):
        """Tangents of tangents (k2, k, *shape), as k2*k directions."""
        k2, k = next(t.shape[:2] for t in ts if t is not None)
        flat = [None if t is None else t.reshape((k2 * k, *t.shape[2:])) for t in ts]
        found = self.run(forward, flat)
        return [None if t is None else t.reshape((k2, k, *t.shape[1:])) for t in found]


class Replayed(LinearMap):
    """One output of a replay as a linear map of all its inputs (stacks of k directions)."""

    __slots__ = ("forward", "place", "replay")

    def __init__(self, replay, forward, place, inputs, output):
        shapes = replay.in_shapes if forward else replay.out_shapes
        k = output.shape[0]
        stand_ins = [np.empty((k, *(shape or ()))) for shape in shapes]
        super().__init__([s if x is None else x for x, s in zip(inputs, stand_ins, strict=True)], output)
        self.replay, self.forward, self.place = replay, forward, place

    def apply(self, ts):
        return self.replay.stacked(self.forward, ts)[self.place]

    def transpose(self, w, i):
        ends = self.replay.out_shapes if self.forward else self.replay.in_shapes
        found = self.replay.stacked(not self.forward, [w if j == self.place else None for j in range(len(ends))])[i]
        return np.zeros((w.shape[0], *self.in_shapes[i])) if found is None else found
