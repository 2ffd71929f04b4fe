"""The linear operations, each written once: what it does to tangents, and what its transpose does to cotangents.

`push_...` takes the tangents of an operation's arguments (None: zero) to that of its result, `pull_...` the cotangent
of the result to that of one argument.  Both are made of the few functions of a `Space` (spaces.py), so one text says
what the operation is for

    arrays (k, *shape) of k directions, or of nested duals      the maps of this folder: `apply`, `transpose`
    numbers of index sets                                       their patterns: `reach`, by push
    nodes of a graph, for one direction or for k                programs/derive.py: graphs of derivatives

The transposes are operations of the same closed set: what was summed is spread, what was joined is cut, what was read
is added to, what was overwritten is zero and its new content is read, a product is one with the factor transposed.

`shapes` and `shape` are those of the arguments and of the result without directions; axes are not negative and do not
count directions either.  `at` says which elements of an array are meant (`Places`).
"""

from collections.abc import Callable, Sequence
from typing import Any

from .spaces import Places, Space

__all__ = [
    "pull_elementwise", "pull_increase", "pull_join", "pull_product", "pull_read", "pull_running", "pull_select",
    "pull_sum", "pull_write", "push_elementwise", "push_increase", "push_join", "push_product", "push_read",
    "push_running", "push_select", "push_sum", "push_write", "unbroadcast",
]  # fmt: skip

Shape = tuple[int, ...]
Partials = Callable[[int], Any]


def unbroadcast(s: Space, w: Any, shape: Shape) -> Any:
    """The transpose of broadcasting: w summed along the axes on which something of a shape was repeated."""
    own = s.shape(w)
    if own == shape:
        return w
    more = len(own) - len(shape)
    if more > 0:
        w = s.sum(w, tuple(range(s.lead, s.lead + more)), False)
        own = own[more:]
    elif more < 0:  # leading axes of length 1, which NumPy drops where it assigns
        own = (1,) * -more + own
        w = s.lined(w, own)
    axes = tuple(s.lead + a for a, (m, n) in enumerate(zip(own, shape, strict=True)) if n == 1 and m != 1)
    if axes:
        w = s.sum(w, axes, True)
    return w if s.shape(w) == shape else s.broadcast(w, shape)


# ---- elementwise functions -----------------------------------------------------------------------------


def push_elementwise(
    s: Space, ts: Sequence[Any], partial: Partials, shapes: Sequence[Shape], shape: Shape, dtype: Any, both: Any = None
) -> Any:
    """The sum of the tangents times their partials; None where no partial has a tangent.

    partial(i) is asked where there is a tangent; None is zero.  both[i]: where that partial is 0 nothing comes through.
    """
    total = None
    for i, t in enumerate(ts):
        d = None if t is None else partial(i)
        if d is not None:
            term = s.scaled(d, s.aligned(t, shapes[i], shape), both is not None and both[i])
            total = term if total is None else s.plus(total, term)
    return None if total is None else s.broadcast(s.cast(total, dtype), shape)


def pull_elementwise(s: Space, w: Any, d: Any, shape: Shape) -> Any:
    """The cotangent times the partial d of an argument, summed over what the argument was broadcast to."""
    # backwards a zero partial may meet the infinity that on the way forward met the zero
    return unbroadcast(s, s.scaled(s.adjoint(d), w, True), shape)


# ---- sums ----------------------------------------------------------------------------------------------


def push_sum(s: Space, t: Any, axes: Sequence[int], keepdims: bool) -> Any:
    """The sum over axes."""
    return s.sum(t, tuple(a + s.lead for a in axes), keepdims)


def pull_sum(s: Space, w: Any, axes: Sequence[int], shape: Shape) -> Any:
    """The cotangent of a sum is that of each of its terms."""
    return s.broadcast(s.lined(w, tuple(1 if a in axes else n for a, n in enumerate(shape))), shape)


def push_running(s: Space, t: Any, axis: int) -> Any:
    """Sums of each element with all before it."""
    return s.running(t, axis + s.lead)


def pull_running(s: Space, w: Any, axis: int) -> Any:
    """The transpose of running sums: each element is summed with all that come after it."""
    axis += s.lead
    return s.flip(s.running(s.flip(w, axis), axis), axis)


# ---- several arrays ------------------------------------------------------------------------------------


def push_join(s: Space, ts: Sequence[Any], shapes: Sequence[Shape], dtype: Any, axis: int) -> Any:
    """np.concatenate of the tangents; zeros stand for an argument that has none."""
    like = next(t for t in ts if t is not None)
    parts = [s.zeros(shape, dtype, like) if t is None else t for t, shape in zip(ts, shapes, strict=True)]
    return s.join(parts, axis + s.lead)


def pull_join(s: Space, w: Any, i: int, shapes: Sequence[Shape], axis: int) -> Any:
    """The slice of the cotangent that belongs to argument i."""
    start = sum(shape[axis] for shape in shapes[:i])
    return s.part(w, axis + s.lead, start, start + shapes[i][axis])


def push_select(s: Space, mask: Any, ts: Sequence[Any], shapes: Sequence[Shape], shape: Shape) -> Any:
    """The first where the mask is true, else the second."""
    x, y = (
        None if t is None else s.lined(t, (1,) * (len(shape) - len(own)) + own)
        for t, own in zip(ts, shapes, strict=True)
    )
    return s.select(mask, x, y, shape)


def pull_select(s: Space, mask: Any, w: Any, i: int, shape: Shape) -> Any:
    """The cotangent where the mask chose argument i, zero elsewhere."""
    chosen = s.select(mask, None if i else w, w if i else None, s.shape(w))
    return unbroadcast(s, chosen, shape)


# ---- products ------------------------------------------------------------------------------------------


def push_product(s: Space, ts: Sequence[Any], held: Sequence[Any], shapes: Sequence[Shape], shape: Shape) -> Any:
    """np.matmul: the tangent of each factor with the other factor, held[i]."""
    total = None
    for i, t in enumerate(ts):
        if t is not None:
            term = one_product(s, t, i, held[1 - i], shapes, shape)
            total = term if total is None else s.plus(total, term)
    return total


def one_product(s: Space, t: Any, i: int, other: Any, shapes: Sequence[Shape], shape: Shape) -> Any:
    """The product in which factor i is a tangent."""
    own, rank = len(shapes[i]), len(shapes[1 - i])
    if not s.lead:
        return s.matmul(t, other, 0) if i == 0 else s.matmul(other, t, 1)
    if own == 1 and rank <= 2:  # the directions are the rows of one matrix
        return s.matmul(t, other if i == 0 or rank == 1 else s.swap(other), 0)
    if rank > 1:  # the axes in front of the matrices line up behind the directions
        matrix = shapes[i] if own > 1 else (1, *shapes[i]) if i == 0 else (*shapes[i], 1)
        t = s.lined(t, (1,) * (rank - len(matrix)) + matrix)
    found = s.matmul(t, other, 0) if i == 0 else s.matmul(other, t, 1)
    return s.lined(found, shape)


def pull_product(s: Space, w: Any, i: int, other: Any, shapes: Sequence[Shape]) -> Any:
    """A product with the other factor transposed, summed over the matrices that it was repeated for."""
    a, b = shapes
    other, own = s.adjoint(other), shapes[i]
    if len(a) == len(b) == 1:
        return s.times(s.lined(w, (1,)), other)
    if len(a) + len(b) == 3 and len(own) == 1:
        return s.matmul(w, s.swap(other) if i == 0 else other, 0)
    out = s.shape(w)
    if len(a) == 1 or len(b) == 1:
        w = s.lined(w, (*out[: len(out) - (len(b) > 1)], 1, *out[len(out) - (len(b) > 1) :]))
    if i == 0:
        found = s.matmul(w, s.swap(other) if len(b) > 1 else s.row(other), 0)
    else:
        found = s.matmul(s.swap(other) if len(a) > 1 else s.column(other), w, 1)
    matrix = own if len(own) > 1 else (1, *own) if i == 0 else (*own, 1)
    return s.lined(unbroadcast(s, found, matrix), own)


# ---- elements ------------------------------------------------------------------------------------------


def push_read(s: Space, t: Any, at: Places) -> Any:
    """The tangent of x[at]; an element may be read several times."""
    return at.read(t)


def pull_read(s: Space, w: Any, at: Places, onto: Any = None) -> Any:
    """The cotangent of x where x[at] has the cotangent w: w is added at these places, to `onto` if that is given."""
    return at.added(onto, w)


def push_write(s: Space, t: Any, u: Any, at: Places) -> Any:
    """The tangent of x after x[at] = y: t after u was written to the same places."""
    return at.written(t, u)


def pull_write(s: Space, w: Any, i: int, at: Places, shape: Shape) -> Any:
    """The cotangent of x (i = 0), zero where x was overwritten; or of y, zero where a later element replaced it."""
    return at.written(w, None) if i == 0 else unbroadcast(s, at.standing(w), shape)


def push_increase(s: Space, t: Any, u: Any, at: Places) -> Any:
    """The tangent of x after y was added to x[at]."""
    return t if u is None else at.added(t, u)


def pull_increase(s: Space, w: Any, i: int, at: Places, shape: Shape) -> Any:
    """The cotangent of x (i = 0), which is w; or of y, which is w at these places."""
    return w if i == 0 else unbroadcast(s, at.read(w), shape)
