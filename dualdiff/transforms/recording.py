"""One evaluation of a function in the Recorded space, with its structures in and out.

The function runs once with recorded tangents: no product is formed, each operation leaves a node
(a linear map and the nodes it was applied to).  A `Recording` then pushes tangents through the
nodes and pulls cotangents back, in the structure of the arguments and of the result.  There is
no second set of rules.

Invariant: a recording is read only once made; it may be applied many times and in threads.
"""

import math
from _thread import allocate_lock
from typing import Any

import numpy as np

from ..core import (
    PlainWalk,
    Window,
    call_within,
    forget_copies,
    is_whole,
    is_within,
    kinks_met,
    kinks_since,
    new_tag,
    plain_result,
    record_plain,
)
from ..errors import InputError, KinkWarning, ShapeError
from ..functions.base import as_operand
from ..functions.foreign import plain_numbers
from ..functions.undefined import judge, noted
from ..maps.base import dtype_of, fit
from ..maps.tangents import Node, is_dual
from .arguments import check_alive, extract, promote_all, python_number, seed, stack_of
from .program import WALKED, Replay
from .pytrees import flatten, match, unflatten
from .results import all_python_numbers, aux_value, split_aux
from .segments import Segments, Stretch

__all__ = ["Recording"]

MAKING = allocate_lock()
"""Held while the replay of a recording is made."""

LEAF = None, 1
"""Of the structures of arguments: one that is an array or a number itself."""


class Recording:
    """The function's value at the primals, and its derivative there as recorded linear maps.

    Attributes
    ----------
    value, aux
        What the function returned.
    in_shapes, out_shapes : list of tuple
        Of the leaves of the primals and of the value.
    in_dtypes, out_dtypes : list of dtype
    walk : PlainWalk or None
        What the most frequent products are; None where the recording is of another kind.
    kinked : sequence of str
        Functions of which a derivative that f itself takes met a kink, where no other call is around.

    Notes
    -----
    Above `limit` bytes (see memory.py) it keeps a stretch of the recording, and f runs again in products (segments.py).
    """

    walk: Any = None

    def __init__(
        self,
        f: Any,
        primals: Any,
        kwargs: Any,
        has_aux: bool = False,
        fuse: bool = True,
        complexes: bool = False,
        limit: Any = math.inf,
    ) -> None:
        self.fuse, self.made = fuse, None
        ran = None if has_aux else record_plain(f, tuple(primals), kwargs, limit)
        if ran is None:
            ran = self.record(f, primals, kwargs, has_aux, complexes, limit)
        else:
            self.in_structures, self.aux = [LEAF] * len(primals), None
        self.inputs, self.in_shapes, self.in_dtypes, self.plain, result, tag, window, self.kinked = ran
        self.tag = tag
        found = plain_result(result, tag)
        if found is not None:
            value, node = found
            self.out_structure, self.nodes = None, [node]
            self.value = python_number(value, self.plain)
            self.out_shapes, self.out_dtypes = [node.shape], [node.dtype]
            if len(self.inputs) == 1 and self.in_structures[0] == LEAF:
                self.walk = PlainWalk(self.inputs[0], node, WALKED if fuse else math.inf)
        else:
            outs, self.out_structure = flatten(result)
            pairs = [extract(y, tag, None) for y in outs]
            self.value = unflatten(self.out_structure, [python_number(v, self.plain) for v, _ in pairs])
            self.nodes = [t for _, t in pairs]
            self.out_shapes = [np.shape(v) if t is None else t.shape for v, t in pairs]
            self.out_dtypes = [dtype_of(v) for v, _ in pairs]
        if window is not None and window.start > 0:
            self.made = self.segmented(f, primals, kwargs, has_aux, complexes, window, limit)
            self.walk = None
            del self.inputs, self.nodes

    def record(
        self, f: Any, primals: Any, kwargs: Any, has_aux: Any, complexes: Any, limit: Any
    ) -> tuple[Any, Any, Any, Any, Any, Any, Any, Any]:
        """`record_plain` for whatever the arguments are; sets `in_structures` and `aux`."""
        tag = new_tag()
        nodes, originals, args, self.in_structures = [], [], [], []
        for i, primal in enumerate(primals):
            below, structure, promoted = promote_all(primal, f"primal {i}", complexes)
            duals = []
            for leaf in promoted:
                node = Node(None, (), leaf.shape if type(leaf) is np.ndarray else np.shape(leaf), dtype_of(leaf))
                nodes.append(node)
                duals.append(seed(leaf, node, tag))
            originals += below
            self.in_structures.append((structure, len(below)))
            args.append(unflatten(structure, duals))
        kinks = kinks_met()
        window = None
        if limit < math.inf:
            window = Window(limit)
            window.own(nodes)
        try:
            result, aux = split_aux(call_within(f, tuple(args), kwargs, tag), has_aux)
        finally:
            if window is not None:
                window.close()
            forget_copies()
        kinked = kinks_since(kinks) if kinks_met() != kinks and not is_within() else ()
        plain = all_python_numbers(originals)
        self.aux = aux_value(aux, tag, plain) if has_aux else None
        return nodes, [n.shape for n in nodes], [n.dtype for n in nodes], plain, result, tag, window, kinked

    def segmented(
        self, f: Any, primals: Any, kwargs: Any, has_aux: Any, complexes: Any, window: Any, limit: Any
    ) -> Any:
        """The products of a recording of which the beginning was let go."""
        leaves = [leaf for i, x in enumerate(primals) for leaf in promote_all(x, f"primal {i}", complexes)[2]]
        kept = [leaf.copy() if hasattr(leaf, "copy") else leaf for leaf in leaves]     # the caller's may change
        structures = self.in_structures

        def start(tangents: Any) -> tuple[Any, Any]:
            tag = new_tag()
            duals = iter([seed(leaf, t, tag) for leaf, t in zip(kept, tangents, strict=True)])
            return tag, tuple([unflatten(s, [next(duals) for _ in range(n)]) for s, n in structures])

        def ends(result: Any, tag: int) -> list[Any]:
            return [extract(y, tag, None)[1] for y in flatten(split_aux(result, has_aux)[0])[0]]

        shapes = self.in_shapes, self.in_dtypes
        return Segments(f, kwargs, start, ends, shapes, window, Stretch(self.inputs, self.nodes), limit)

    @property
    def nbytes(self) -> Any:
        """Bytes that it keeps for its products."""
        return self.replay.nbytes

    def warn_of_kinks(self) -> None:
        """Warns where f takes derivatives itself, exactly at a kink: the recording has the convention's value."""
        if self.kinked:
            import warnings

            warnings.warn(
                f"a derivative that f takes is recorded exactly at a kink of {', '.join(sorted(self.kinked))}: the "
                "kink's own derivative is the symmetric one, and does not change; jvp, jacobian, hessian and hvp look "
                "beside the point",
                KinkWarning, stacklevel=3,
            )  # fmt: skip

    @property
    def replay(self) -> Any:
        """The recorded maps, planned when they are first applied."""
        if self.made is None:
            with MAKING:
                if self.made is None:
                    self.made = Replay(self.inputs, self.nodes, self.fuse, self.walk and self.walk.tape)
                    # from here on the replay decides how long the nodes live
                    del self.inputs, self.nodes
                    if self.walk is not None and not self.walk.walks():
                        self.walk = None
        return self.made

    def __getstate__(self) -> Any:
        # a structure knows how to make its containers; pickled is a container, which says the same
        state = {name: x for name, x in vars(self).items() if name not in ("inputs", "nodes")}
        state["made"], state["walk"] = self.replay, None
        state["in_structures"] = [(unflatten(s, [0.0] * n), n) for s, n in self.in_structures]
        state["out_structure"] = unflatten(self.out_structure, [0.0] * len(self.out_shapes))
        return state

    def __setstate__(self, state: Any) -> None:
        vars(self).update(state)
        self.in_structures = [(flatten(x)[1], n) for x, n in self.in_structures]
        self.out_structure = flatten(self.out_structure)[1]

    # ---- stacks of leaves: what the replay works on ----

    def forward(self, stacks: Any) -> Any:
        """Tangents of the result's leaves (k, *shape), zeros where it is constant."""
        k = stacks[0].shape[0]
        found = self.replay.forward(stacks) if k else [None] * len(self.out_shapes)
        if noted:
            judge(self.tag, found)
        if len(found) == 1 and type(found[0]) is np.ndarray:        # the frequent case
            return found if is_whole(found[0]) and found[0] is not stacks[0] else [found[0].copy()]
        for t in found:
            check_alive(t)      # what f was closed over may have been duals of a call that is over
        taken = set(map(id, stacks))
        return [
            np.zeros((k, *shape), dtype if dtype.kind in "fc" else float) if t is None else unaliased(t, taken)
            for t, shape, dtype in zip(found, self.out_shapes, self.out_dtypes, strict=True)
        ]

    def backward(self, stacks: Any) -> Any:
        """Cotangents of the primals' leaves (k, *shape), zeros where nothing depends on them."""
        k = stacks[0].shape[0]
        found = self.replay.backward(stacks) if k else [None] * len(self.in_shapes)
        if noted:
            judge(self.tag, found)
        if len(found) == 1 and type(found[0]) is np.ndarray:
            return found if is_whole(found[0]) and found[0] is not stacks[0] else [found[0].copy()]
        for w in found:
            check_alive(w)
        taken = set(map(id, stacks))
        return [
            np.zeros((k, *shape), dtype) if w is None else unaliased(w, taken)
            for w, shape, dtype in zip(found, self.in_shapes, self.in_dtypes, strict=True)
        ]

    # ---- structures: what the user works with ----

    def push(self, tangents: Any) -> Any:
        """The tangent of the value along tangents, one for each primal (None: zero)."""
        leaves = []
        if len(tangents) != len(self.in_structures):
            raise ShapeError(f"{len(self.in_structures)} primals were linearized at, got {len(tangents)} tangents")
        for i, (t, (structure, _)) in enumerate(zip(tangents, self.in_structures, strict=True)):
            leaves += [(i, leaf) for leaf in match(structure, t, f"tangent {i}")]
        many: tuple[Any, ...] | None = None
        stacks: list[Any] = []
        for (i, t), shape, dtype in zip(leaves, self.in_shapes, self.in_dtypes, strict=True):
            like = np.broadcast_to(np.zeros((), dtype), shape)
            stack, stacked = (None, None) if t is None else stack_of(t, like, f"tangent {i}")
            if stack is not None:
                many = one_count(many, (stacked, np.shape(stack)[0]), "tangents")
            stacks.append(stack)
        if many is None:
            raise InputError("a tangent for at least one primal is needed; all are None")
        stacks = [
            np.zeros((many[1], *shape), dtype) if t is None else in_dtype(t, dtype)
            for t, shape, dtype in zip(stacks, self.in_shapes, self.in_dtypes, strict=True)
        ]
        found = [t if many[0] else python_number(t[0], self.plain) for t in self.forward(stacks)]
        return unflatten(self.out_structure, found)

    def pull(self, w: Any) -> Any:
        """The cotangents of the primals, from one of the value."""
        if self.walk is not None and not noted:
            back = self.walk.back(w)        # the most frequent case
            if back is not None:
                return back if back.ndim else python_number(back, self.plain)
        if w is not None and self.out_structure is None and len(self.in_shapes) == 1 and not self.in_structures[0][0]:
            stack, stacked = cotangent_stack(w, self.out_shapes[0], self.out_dtypes[0])     # the frequent case
            found = self.backward([stack])[0]
            return found if stacked else python_number(found[0], self.plain)
        many: tuple[Any, ...] = ()
        stacks: list[Any] = []
        given = match(self.out_structure, w, "the cotangent")
        for cotangent, shape, dtype in zip(given, self.out_shapes, self.out_dtypes, strict=True):
            stack, stacked = (None, None) if cotangent is None else cotangent_stack(cotangent, shape, dtype)
            if stack is not None:
                many = one_count(many, (stacked, stack.shape[0]), "cotangents")
            stacks.append(stack)
        if not many:
            raise InputError("a cotangent of at least one result is needed; all are None")
        stacks = [
            np.zeros((many[1], *shape), dtype if dtype.kind in "fc" else float) if stack is None else stack
            for stack, shape, dtype in zip(stacks, self.out_shapes, self.out_dtypes, strict=True)
        ]
        found = [w if many[0] else python_number(w[0], self.plain) for w in self.backward(stacks)]
        rest = iter(found)
        parts = [unflatten(s, [next(rest) for _ in range(n)]) for s, n in self.in_structures]
        return parts[0] if len(parts) == 1 else tuple(parts)


def one_count(many: Any, found: Any, what: Any) -> Any:
    """(stacked, k), checked to be the same for all leaves."""
    if many and many != found:
        raise ShapeError(f"the {what} stand for different numbers of directions")
    return found


def in_dtype(t: Any, dtype: Any) -> Any:
    """A plain stack in its argument's precision; a dual one as it is, but complex where the argument is."""
    if isinstance(t, np.ndarray):
        return t.astype(dtype) if t.dtype != dtype else t
    return t.astype(dtype) if dtype.kind == "c" != t.dtype.kind else t


def unaliased(w: Any, taken: Any) -> Any:
    """A cotangent that is nobody else's: not the caller's array, not another argument's, not read-only."""
    if type(w) is np.ndarray and (not is_whole(w) or id(w) in taken):
        w = w.copy()
    taken.add(id(w))
    return w


def cotangent_stack(w: Any, shape: tuple[int, ...], dtype: Any) -> tuple[Any, Any]:
    """(k, *shape) cotangents, checked."""
    if dtype.char in "df":      # the frequent ones
        if type(w) is np.ndarray and w.dtype == dtype and w.shape == shape:
            return w[None], False
        if (type(w) is float or type(w) is np.float64) and not shape:
            return np.array([w], dtype), False
    w = as_operand(plain_numbers(w, "the cotangent"))
    check_alive(w)
    if not is_dual(w):
        w = np.asarray(w)
        if w.dtype.kind not in "biufc":
            raise InputError(f"the cotangent has dtype {w.dtype}, expected numbers")
    if np.shape(w) != shape and np.shape(w)[1:] != shape:
        raise ShapeError(
            f"the cotangent has shape {np.shape(w)}, the value has shape {shape}: expected {shape}, "
            f"or (k, {str(shape)[1:]} for k cotangents at once"
        )
    stacked = np.ndim(w) == len(shape) + 1
    w = w if stacked else np.reshape(w, (1, *shape))
    wanted = dtype if dtype.kind in "fc" else np.dtype(float)
    w = fit(w, wanted) if dtype_of(w).kind in "fc" else w.astype(wanted)
    return w, stacked
