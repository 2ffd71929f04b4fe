"""Structures as vectors: `ravel`, and the unknowns of a solver, of which some may be kept fixed.

Invariant: unravel(flat) has the structure, shapes and kinds of numbers of x.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import Dual, DualArray
from ..errors import ArgumentError, InputError, ShapeError
from ..functions.base import as_operand
from ..functions.foreign import plain_numbers
from ..maps.base import dtype_of
from ..maps.tangents import is_dual
from .pytrees import entry_of, flatten, leaf_names, match, unflatten
from .start import first_point

__all__ = ["Unknowns", "flat_of", "ravel"]


def ravel(x: Any) -> tuple[Any, Any]:
    """A structure of numbers and arrays as one vector, and the way back.

    Parameters
    ----------
    x : array, number, or structure
        Nested tuples, lists, dicts, dataclasses, registered containers.

    Returns
    -------
    flat : ndarray, shape (n,)
        All elements, leaf after leaf, each in C order.
    unravel : callable
        A vector of n elements -> a structure like x.  Python numbers are Python floats again; of a dual vector every
        leaf carries its derivatives.

    Raises
    ------
    InputError
        If a leaf is no number; the error names it.
    ShapeError
        By unravel, for a vector of another length.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> flat, unravel = dd.ravel({"w": np.ones((2, 2)), "b": 3.0})
    >>> flat
    array([1., 1., 1., 1., 3.])
    >>> unravel(2 * flat)
    {'w': array([[2., 2.],
           [2., 2.]]), 'b': 6.0}
    """
    leaves, structure = flatten(x)
    names = leaf_names(structure, "x")
    shapes, kinds, parts = [], [], []
    for leaf, name in zip(leaves, names, strict=True):
        shape, kind, part = one_leaf(leaf, name)
        shapes.append(shape)
        kinds.append(kind)
        parts.append(part)
    scalars = [isinstance(leaf, np.generic) for leaf in leaves]
    sizes = [int(np.prod(s)) for s in shapes]
    ends = np.cumsum([0, *sizes])
    if not parts:
        flat = np.zeros(0)
    elif len(parts) == 1:
        flat = parts[0].copy()
    else:
        wanted = np.result_type(*(dtype_of(p) for p in parts))
        flat = np.concatenate([p if dtype_of(p) == wanted else p.astype(wanted) for p in parts])
    common = dtype_of(flat)

    return flat, Unravel(structure, ends, shapes, kinds, scalars, common)


class Unravel:
    """The way back of `ravel`: a vector -> a structure.  It pickles, where the structure's classes do."""

    __slots__ = ("common", "ends", "kinds", "scalars", "shapes", "structure")

    def __init__(self, structure: Any, ends: Any, shapes: Any, kinds: Any, scalars: Any, common: Any) -> None:
        self.structure, self.ends, self.shapes = structure, ends, shapes
        self.kinds, self.scalars, self.common = kinds, scalars, common

    def __call__(self, flat: Any) -> Any:
        """The structure of a vector."""
        flat, ends = as_operand(flat), self.ends
        if np.shape(flat) != (ends[-1],):
            raise ShapeError(f"unravel takes a vector of {ends[-1]} elements, got shape {np.shape(flat)}")
        found = []
        for a, b, shape, kind, scalar in zip(ends, ends[1:], self.shapes, self.kinds, self.scalars, strict=False):
            if kind is float:
                part = flat[a]
                found.append(part if is_dual(part) else part.item())
                continue
            part = np.reshape(flat[a:b], shape)
            if kind != self.common and dtype_of(part) == self.common:
                part = part.astype(kind)
            found.append(part[()] if scalar else part)
        return unflatten(self.structure, found)

    def __repr__(self) -> str:
        return f"<unravel of {self.ends[-1]} numbers to {len(self.shapes)} leaves>"

    def __reduce__(self) -> tuple[Any, Any]:
        sample = unflatten(self.structure, [0.0] * len(self.shapes))
        return unravel_like, (sample, self.ends, self.shapes, self.kinds, self.scalars, self.common)


def unravel_like(sample: Any, *others: Any) -> Any:
    """An `Unravel` from its pickle; sample: what has the structure."""
    return Unravel(flatten(sample)[1], *others)


def one_leaf(leaf: Any, name: str) -> tuple[Any, Any, Any]:
    """(shape, float for a Python number or else the dtype, the elements) of a leaf."""
    if isinstance(leaf, (str, bytes)) or leaf is None or callable(leaf):
        raise InputError(f"{name} is {leaf!r:.40}; a vector is made of numbers: keep it out of the structure, or mark "
                         'the field of a dataclass with field(metadata={"static": True})')  # fmt: skip
    v = as_operand(plain_numbers(leaf, name))
    kind = dtype_of(v)
    if kind.kind not in "biufc" or kind.char in "eg":
        raise InputError(f"{name} has dtype {kind}; expected real or complex numbers in single or double precision")
    if not is_dual(v):
        v = np.asarray(v)
    if kind.kind in "biu":
        v, kind = v.astype(float), np.dtype(float)
    number = type(leaf) in (bool, int, float, Dual)
    return np.shape(v), float if number and kind.kind != "c" else kind, np.reshape(v, (-1,))


class Unknowns:
    """What a solver may change: a structure, or the free part of one, as one vector of float64.

    Parameters
    ----------
    x0 : array or structure
        The start.
    free : optional
        What is changed; everything else keeps its value in x0.  Of a structure: a name or several (top-level keys
        or fields), or a structure of True and False, also in arrays.  Of an array: a mask of its shape, or
        indices.

    Attributes
    ----------
    flat : ndarray
        The free unknowns at x0.
    structured : bool
        Whether x0 is more than an array or a number.
    names : list of str
        One for each free unknown.
    """

    def __init__(self, x0: Any, free: Any = None) -> None:
        leaves, self.structure = flatten(x0)
        self.structured = self.structure is not None and not plain_list(x0)
        if not self.structured:
            self.full = first(x0)
            self.shape = np.shape(self.full)
            self.unravel: Callable[[Any], Any] = lambda v: np.reshape(v, self.shape)
            self.full = self.full.ravel()
            labels = [("x", self.shape)]
        else:
            if any(isinstance(leaf, (Dual, DualArray)) for leaf in leaves):
                raise InputError("x0 carries derivatives; a solution does not depend on its start: give the values")
            self.full, self.unravel = ravel(x0)
            if self.full.dtype.kind == "c":
                raise InputError("x0 is complex; solve for the real and the imaginary part as two unknowns")
            self.full = self.full.astype(float)
            if not np.isfinite(self.full).all():
                bad = int(np.flatnonzero(~np.isfinite(self.full))[0])
                raise ArgumentError(f"x0 is not finite: element {bad} of {describe(x0)} is {self.full[bad]}")
            labels = list(zip(leaf_names(self.structure, ""), map(np.shape, leaves), strict=True))
        if self.full.size == 0:
            raise InputError("x0 has no elements")
        mask = self.read_free(free, x0)
        self.mask = None if mask is None or mask.all() else mask
        if self.mask is not None and not self.mask.any():
            raise ArgumentError("free names no unknown: there is nothing to change")
        self.flat = self.full.copy() if self.mask is None else self.full[self.mask]
        self.labels = labels

    @property
    def names(self) -> Any:
        """One name for each free unknown."""
        found = []
        for label, shape in self.labels:
            label = label.strip("[]'.") if label.count("[") <= 1 else label.lstrip(".")
            found += [label + (f"[{', '.join(map(str, i))}]" if i else "") for i in np.ndindex(*shape)]
        return found if self.mask is None else [name for name, free in zip(found, self.mask, strict=True) if free]

    def read_free(self, free: Any, x0: Any) -> Any:
        """A mask of all elements, or None."""
        if free is None:
            return None
        if not self.structured:
            return mask_of(free, self.shape, "free").ravel()
        entry = entry_of(x0)
        children, aux = entry.apart(x0)
        keys = entry.keys(aux)
        names = [free] if isinstance(free, str) else free
        listed = isinstance(names, (list, tuple, set, frozenset)) and all(isinstance(n, str) for n in names)
        if keys is not None and listed:
            unknown = [n for n in names if n not in keys]
            if unknown:
                raise ArgumentError(f"free names {unknown[0]!r}, x0 has {', '.join(map(repr, keys))}")
            sizes = [sum(np.size(leaf) for leaf in flatten(c)[0]) if c is not None else 0 for c in children]
            return np.repeat([key in names for key in keys], sizes)
        parts = match(self.structure, free, "free")
        leaves = flatten(x0)[0]
        return np.concatenate([
            mask_of(False if part is None else part, np.shape(leaf), "free").ravel()
            for part, leaf in zip(parts, leaves, strict=True)
        ])  # fmt: skip

    def rebuild(self, v: Any, full: Any = None) -> Any:
        """The structure of the free unknowns v, which may be duals.

        full: the values of what is not free, if other ones than those of x0.
        """
        if self.mask is not None:
            full = self.full if full is None else full
            if type(v) is np.ndarray:
                v, free = full.copy(), v
                v[self.mask] = free
            else:
                where = np.cumsum(self.mask) - 1
                v = np.where(self.mask, v[np.maximum(where, 0)], full)
        return self.unravel(v)

    def spread(self, v: Any, fill: float = 0.0) -> Any:
        """A vector of the free unknowns (a gradient) in the structure; `fill` for those that are fixed."""
        if self.mask is not None:
            v, free = np.full(self.full.size, fill), v
            v[self.mask] = free
        return self.unravel(v)

    def side(self, given: Any, none: Any, what: str) -> Any:
        """One side of bounds as a vector of the free unknowns."""
        if given is None:
            return np.full(self.flat.size, none)
        if self.structured and entry_of(given) is not None:
            leaves = flatten(self.unravel(self.full))[0]
            parts = match(self.structure, given, what)
            full = [np.broadcast_to(none if p is None else np.asarray(p, float), np.shape(leaf)).ravel()
                    for p, leaf in zip(parts, leaves, strict=True)]  # fmt: skip
            side = np.concatenate(full)
        else:
            s = np.asarray(given, float)
            if s.size == self.flat.size and s.ndim:
                return s.ravel().copy()
            shape = (self.full.size,) if self.structured else self.shape
            try:
                side = np.broadcast_to(s, shape).ravel().copy()
            except ValueError:
                raise ShapeError(f"{what} has shape {s.shape}; expected a number or the shape of x0, {shape}") from None
        return side if self.mask is None else side[self.mask]

    def named_bounds(self, bounds: Any) -> Any:
        """(lb, ub) of bounds given by name, {"a": (0, 1)}; what is not named has none."""
        entry = entry_of(self.unravel(self.full))
        children, aux = entry.apart(self.unravel(self.full))
        keys = entry.keys(aux)
        if keys is None:
            raise InputError("bounds by name need an x0 with names: a dict or a dataclass")
        unknown = [key for key in bounds if key not in keys]
        if unknown:
            raise ArgumentError(f"bounds name {unknown[0]!r}, x0 has {', '.join(map(repr, keys))}")
        lows: list[Any] = []
        highs: list[Any] = []
        for key, child in zip(keys, children, strict=True):
            pair = bounds.get(key)
            pair = (None, None) if pair is None else pair
            if not (isinstance(pair, (tuple, list)) and len(pair) == 2):
                raise InputError(f"the bounds of {key!r} are {pair!r:.40}; expected a pair (lb, ub)")
            for leaf in flatten(child)[0] if child is not None else ():
                for out, side, none in ((lows, pair[0], -np.inf), (highs, pair[1], np.inf)):
                    value = np.asarray(none if side is None else side, float)
                    try:
                        out.append(np.broadcast_to(value, np.shape(leaf)).ravel())
                    except ValueError:
                        raise ShapeError(
                            f"a bound of {key!r} has shape {value.shape}, the unknown {np.shape(leaf)}"
                        ) from None
        lb, ub = np.concatenate(lows), np.concatenate(highs)
        return (lb, ub) if self.mask is None else (lb[self.mask], ub[self.mask])


def plain_list(x: Any) -> Any:
    """Whether x is a list or tuple of numbers (or of such lists), which stands for an array."""
    if not isinstance(x, (list, tuple)) or hasattr(type(x), "_fields"):
        return False
    return all(isinstance(e, (int, float, np.number)) or plain_list(e) for e in x) and len(x) > 0


def first(x0: Any) -> Any:
    """x0 as an array of float64 of one's own."""
    return first_point(x0).astype(float)


def mask_of(free: Any, shape: tuple[int, ...], what: str) -> Any:
    """A mask of a shape, from a mask, a bool, or indices of a vector."""
    m = np.asarray(free)
    if m.dtype == bool:
        try:
            return np.broadcast_to(m, shape)
        except ValueError:
            raise ShapeError(f"{what} is a mask of shape {m.shape}; expected {shape}") from None
    if m.dtype.kind in "iu" and len(shape) == 1 and m.ndim <= 1:
        found = np.zeros(shape, bool)
        try:
            found[m] = True
        except IndexError:
            raise ArgumentError(f"{what} has the index {int(np.abs(m).max())}; x0 has {shape[0]} elements") from None
        return found
    raise InputError(f"{what} is {free!r:.60}; expected a mask of True and False, or the indices of a vector")


def describe(x0: Any) -> str:
    """The kind of a structure."""
    return f"a {type(x0).__name__}"


def flat_of(y: Any) -> Any:
    """Numbers as one vector: an array, a number, or a structure of them."""
    if entry_of(y) is not None:
        return np.concatenate([np.reshape(as_operand(part), (-1,)) for part in flatten(y)[0]])
    return np.reshape(as_operand(y), (-1,))
