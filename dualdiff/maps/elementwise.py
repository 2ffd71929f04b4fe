"""Sums of products with partials: what an elementwise rule becomes."""

from typing import Any

import numpy as np

from ..core import ElementwiseBase, is_whole, make, mark_scaled, meet_zero
from . import linear
from .base import LinearMap, fit, has_nan, plus, unbroadcast
from .spaces import Patterns, Space, Stacks
from .sparsity import INT
from .tangents import Node, capture, find_tag, is_dual, peel, push

__all__ = ["Curved", "Elementwise", "Products", "Shares", "guarded", "scale"]


def scale(d: Any, t: Any, both: bool = False) -> Any:
    """The product d*t of a partial and a tangent, in which a zero t stays zero (0*inf = 0).

    both: also a zero d does (where d is itself a tangent).
    """
    if type(d) is float or type(d) is int:
        if d == 1:
            return t
        if d == -1:
            return -t
    with np.errstate(all="ignore"):
        product = d * t
        if has_nan(product):
            product = guarded(d, t, both)
        second, first = is_recorded(d), both and is_recorded(t)
        if second or first:
            if second and is_dual(d.value) or first and is_dual(t.value):
                product = product_of(d, t, both)
            second, first = second and not np.all(numbers(t)), first and not np.all(numbers(d))
            if second or first:
                mark_scaled(product, second, first)
        return product


def numbers(t: Any) -> Any:
    """The numbers under any depth of duals."""
    while is_dual(t):
        t = t.value
    return t


def is_recorded(d: Any) -> bool:
    """Whether a derivative that is being recorded goes through d: what becomes of it is not known yet."""
    while is_dual(d):
        if type(d.tangents) is Node:
            return True
        d = d.value
    return False


def guarded(d: Any, t: Any, both: Any) -> Any:
    """`product_of` where 0*inf has made a nan; counts that it happened."""
    meet_zero()
    return product_of(d, t, both)


def product_of(d: Any, t: Any, both: Any) -> Any:
    """d*t with 0 where t is 0 (both: or d), also in the derivatives of the product: t is no perturbation there."""
    tag = find_tag(d, t)
    if tag < 0:
        zero = (t == 0) | (d == 0) if both else t == 0
        return np.where(zero, 0, d * t)
    (dv, dt), (tv, tt) = peel(d, tag), peel(t, tag)
    value = product_of(dv, tv, both)
    if type(dt) is Node or type(tt) is Node:
        dv, tv = capture(dv, dv), capture(tv, tv)       # the recording outlives a write into them
    return make(value, push(Elementwise((tv, dv), (dv, tv), value, (True, both)), (dt, tt)), tag)


class Products(Stacks):
    """Stacks, and products with partials in which zeros stay zero."""

    __slots__ = ()

    def scaled(self, d: Any, x: Any, both: bool) -> Any:
        return scale(d, x, both)

    def plus(self, x: Any, y: Any) -> Any:
        return plus(x, y)


PRODUCTS = Products()


class Elementwise(ElementwiseBase, LinearMap):
    """sum_i d_i * t_i with broadcasting: the derivative of an elementwise function.

    A partial is an array, a Python number, or None (no tangent, or a zero partial).
    """

    __slots__ = ()

    def push(self, s: Space, ts: Any) -> Any:
        # a partial that is 0 here need not be 0 nearby, so of patterns only rules without one are left out
        return linear.push_elementwise(
            s, ts, self.partials.__getitem__, self.in_shapes, self.out_shape, self.out_dtype, self.both
        )

    def apply(self, ts: Any) -> Any:
        total = self.push(PRODUCTS, ts)
        if total is None:
            k = next(t.shape[0] for t in ts if t is not None)
            return np.zeros((k, *self.out_shape), self.out_dtype)
        own = is_whole(total) if type(total) is np.ndarray else total.flags.owndata
        return total if own and not any(total is t for t in ts) else total.copy()

    def transpose(self, w: Any, i: int) -> Any:
        d = self.partials[i]
        if d is None:
            return np.zeros((w.shape[0], *self.in_shapes[i]), self.in_dtypes[i])
        return fit(linear.pull_elementwise(PRODUCTS, w, d, self.in_shapes[i]), self.in_dtypes[i])

    def reach(self, sets: Any, ids: Any) -> Any:
        found = self.push(Patterns(sets), ids)
        return np.zeros(self.out_shape, INT) if found is None else found


class Curved(Elementwise):
    """`Elementwise` with the second partials d2/dx2, d2/dxdy, d2/dy2, for second-order rows."""

    __slots__ = ("curvature",)

    def __init__(self, partials: Any, curvature: Any, inputs: Any, output: Any) -> None:
        super().__init__(partials, inputs, output)
        self.curvature = curvature

    bends = curved = True

    def crossed(self, a: int, s: Any, b: int, t: Any) -> Any:
        d = self.curvature[a + b]
        return None if d is None else scale(d, self.wide(s, a) * self.wide(t, b))

    def bent_along(self, w: Any, i: int, j: int, t: Any) -> Any:
        d = self.curvature[i + j]
        if d is None:
            return None
        term = scale(w, scale(d, self.wide(t, j)), True)
        if term.shape[1:] != self.out_shape:
            term = np.broadcast_to(term, (term.shape[0], *self.out_shape))
        return fit(unbroadcast(term, self.in_shapes[i]), self.in_dtypes[i])

    def wide(self, t: Any, i: int) -> Any:
        """A stack of argument i so that it is broadcast to the result."""
        return PRODUCTS.aligned(t, self.in_shapes[i], self.out_shape)


class Shares(Elementwise):
    """`Elementwise` whose weights do not change near the point (shares of ties), so its second derivative is 0."""

    __slots__ = ()

    fixed = True
