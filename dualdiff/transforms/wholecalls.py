"""A call of numpy.linalg as one operation of a second-order recording.

The handlers of factorisations, solutions and norms are expressions in the increment of their argument, with what was
computed held, so they have no share of second order.  Here the call itself is the map: its tangents, cotangents and
their derivatives are those of the function at the held arguments, nested for this call alone.
"""

from typing import Any

import numpy as np

from ..core import Node, Packed, ZeroTimesInfinity, calm, kinks_met, make, push, scheme_of
from ..functions import base
from ..functions.base import has_duals
from ..functions.decompose import equal_ones
from ..maps.base import LinearMap
from ..maps.tangents import find_tag, is_dual
from .jvp import jvp
from .vjp import vjp

__all__ = ["whole_call"]

RECORDED = 5
"""The scheme of second-order tags that is a recording (core/second.h)."""

FLOAT = np.dtype(np.float64)


class WholeCall(LinearMap):
    """The derivative of one result of a function at held arguments.

    Parameters
    ----------
    function, args, kwargs
        The call, with plain arguments.
    live : list of int
        Which of the arguments vary.
    place : int or None
        Which of its results it is; None where it has one.
    output
        That result.
    """

    __slots__ = ("args", "function", "kwargs", "latest", "live", "place")

    bends = True

    def __init__(self, function: Any, args: Any, kwargs: Any, live: Any, place: Any, output: Any) -> None:
        super().__init__([args[i] for i in live], output)
        self.function, self.args, self.kwargs, self.live, self.place = function, args, kwargs, live, place
        self.latest: Any = None     # (operands of the latest product, its results), while these are asked for in turn

    def of_live(self, *xs: Any) -> Any:
        """The result, of those arguments that vary."""
        full = list(self.args)
        for i, x in zip(self.live, xs, strict=True):
            full[i] = x
        found = self.function(*full, **self.kwargs)
        return found if self.place is None else found[self.place]

    @property
    def points(self) -> tuple[Any, ...]:
        """The arguments that vary."""
        return tuple(self.args[i] for i in self.live)

    def stacks(self, ts: Any) -> tuple[Any, ...]:
        """Tangents of all arguments, zeros for None."""
        k = next(len(t) for t in ts if t is not None)
        return tuple(np.zeros((k, *shape)) if t is None else t for t, shape in zip(ts, self.in_shapes, strict=True))

    def once(self, key: Any, i: int, compute: Any) -> Any:
        """Result i of what gives one for each argument; it is computed for the first and kept until the last."""
        latest, self.latest = self.latest, None
        if latest is None or len(latest[0]) != len(key) or any(a is not b for a, b in zip(latest[0], key, strict=True)):
            latest = key, compute()
        if i < len(self.live) - 1:
            self.latest = latest
        return latest[1][i]

    def apply(self, ts: Any) -> Any:
        """The derivative along the tangents."""
        return jvp(self.of_live, self.points, self.stacks(ts))[1]

    def transpose(self, w: Any, i: int) -> Any:
        """The cotangent of argument i."""
        return self.once((w,), i, lambda: self.pulled(w, *self.points))

    def pulled(self, w: Any, *xs: Any) -> tuple[Any, ...]:
        """The cotangents of the arguments at xs, from one or several of the result."""
        found = vjp(self.of_live, *xs, memory_limit=None)[1](w)
        return found if len(xs) > 1 else (found,)

    def bent(self, w: Any, ts: Any, i: int) -> Any:
        """The derivative of that cotangent as the arguments move along ts."""
        return self.once((w, *ts), i, lambda: self.moved(w, ts))

    def moved(self, w: Any, ts: Any) -> Any:
        """`bent` for every argument."""
        before = kinks_met()
        found = calm(lambda *xs: jvp(lambda *ys: self.pulled(w[0], *ys), xs, self.stacks(ts))[1], self.points)
        if kinks_met() != before:
            raise ZeroTimesInfinity     # nesting the whole looks beside the point
        return found


SYMMETRIC = (np.linalg.eigh, np.linalg.eigvalsh)
GENERAL = (np.linalg.eig, np.linalg.eigvals)
NEAR = 1e-5
"""How near eigenvalues of a general matrix, which may be ill conditioned, are looked at one by one, relative."""


def parted(w: Any, general: bool) -> Any:
    """Whether some eigenvalues are equal: a direction moves the cotangents and their basis together, not one by one."""
    size = np.max(np.abs(w), axis=-1, initial=0)[..., None, None]
    equal = np.abs(w[..., :, None] - w[..., None, :]) <= NEAR * size if general else equal_ones(w)
    return bool(np.any(equal & ~np.eye(w.shape[-1], dtype=bool)))


def whole_call(function: Any, args: Any, kwargs: Any) -> Any:
    """A call whose handler has no share of second order, along a recording; None where it cannot be one operation."""
    if getattr(function, "__module__", "") != "numpy.linalg" or has_duals(list(kwargs.values())):
        return None
    live = [i for i, x in enumerate(args) if is_dual(x)]
    tag = find_tag(*(args[i] for i in live))
    if scheme_of(tag) != RECORDED or any(has_duals(x) for i, x in enumerate(args) if i not in live):
        return None
    values, tangents = list(args), []
    for i in live:
        x = args[i]
        t, v = x.tangents, x.value
        if x.tag != tag or type(v) is not np.ndarray or v.dtype != FLOAT:
            return None
        if type(t) is not Packed or type(t.rows) is not Node:
            return None
        values[i] = v.copy()
        tangents.append(t)
    found = function(*values, **kwargs)
    several = isinstance(found, tuple)
    if function in SYMMETRIC + GENERAL and parted(found[0] if several else found, function in GENERAL):
        return None
    results = []
    for place, y in enumerate(found if several else (found,)):
        if isinstance(y, (np.ndarray, np.floating)) and y.dtype.kind == "f" and np.size(y):
            if y.dtype != FLOAT:
                return None
            y = make(y, push(WholeCall(function, values, kwargs, live, place if several else None, y), tangents), tag)
        elif getattr(y, "dtype", FLOAT).kind == "c":
            return None
        results.append(y)
    if not several:
        return results[0]
    return type(found)(*results) if hasattr(found, "_fields") else tuple(results)


base.whole_calls.append(whole_call)
