"""Structures of arrays: nested containers, flattened to leaves.

A container is a tuple, a list, a dict, a subclass of one of them, a dataclass, or of a class that
the user registered (`register_container`).  Everything else is a leaf.  A None inside a container
is a container of nothing: it stays where it is and has no derivative.

A structure is LEAF or (entry, aux, structures of the children); the entry says how its class is
taken apart and put together.

Invariant: unflatten(structure, leaves of x) rebuilds x.
"""

import functools
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..core import Dual, DualArray
from ..errors import InputError, ShapeError

__all__ = ["flatten", "leaf_names", "map_leaves", "match", "register_container", "unflatten"]

PLAIN = {float, int, np.ndarray, np.float64, Dual, DualArray}    # leaves, known without a look inside
LEAF = None


class Entry(NamedTuple):
    """How a class is taken apart: apart(x) -> (children, aux); together(aux, children) -> x; one child's name.

    keys(aux) are what the children are known by, or None where that is their place alone; `places` says whether
    they may be given by place too.
    """

    apart: Any
    together: Any
    name: Any
    keys: Any = staticmethod(lambda aux: None)
    places: bool = True


def at(aux: Any, i: int) -> str:
    """The name of a child of a sequence."""
    return f"[{i}]"


def sequence(kind: Any) -> Any:
    """The entry of a tuple or a list, or of a subclass that is made from an iterable."""
    return Entry(lambda x: (list(x), None), lambda aux, children: kind(children), at)


def named(kind: Any) -> Any:
    """The entry of a namedtuple, or of a tuple with fields that has no _make (results of scipy.stats)."""
    fields, make = list(kind._fields), getattr(kind, "_make", lambda children: kind(*children))
    return Entry(
        sequence(kind).apart, lambda aux, children: make(children), lambda aux, i: f".{fields[i]}", lambda aux: fields
    )


def mapping(kind: Any) -> Any:
    """The entry of a dict, or of a subclass that is made from one."""

    def together(keys: Any, children: Any) -> Any:
        return kind(zip(keys, children, strict=True))

    return Entry(
        lambda x: (list(x.values()), list(x)), together, lambda keys, i: f"[{keys[i]!r}]", lambda keys: keys, False
    )


DEFAULT = Entry(
    lambda x: (list(x.values()), (x.default_factory, list(x))),
    lambda aux, children: defaultdict(aux[0], zip(aux[1], children, strict=True)),
    lambda aux, i: f"[{aux[1][i]!r}]", lambda aux: aux[1], False,
)  # fmt: skip


def dataclass_entry(kind: Any) -> Any:
    """The entry of a dataclass: its fields are the children, but for those marked static.

    It is put together by copying the object and setting its fields.  Neither __init__ nor __post_init__ runs again,
    as they could take the fields for something else than they are by now (degrees converted twice).
    """
    import dataclasses  # slow to import, and already there where it is needed

    names = [f.name for f in dataclasses.fields(kind) if not f.metadata.get("static")]
    children = frozenset(names)
    slots = [name for name in slot_names(kind) if name not in children]

    def bare(x: Any) -> Any:
        """A copy of x without its children."""
        y = object.__new__(kind)
        for name, value in getattr(x, "__dict__", {}).items():
            # what a cached_property has computed belongs to the old fields
            if name not in children and not isinstance(getattr(kind, name, None), functools.cached_property):
                object.__setattr__(y, name, value)
        for name in slots:
            if hasattr(x, name):
                object.__setattr__(y, name, getattr(x, name))
        return y

    def apart(x: Any) -> tuple[Any, Any]:
        missing = [name for name in names if not hasattr(x, name)]
        if missing:
            raise InputError(
                f"the dataclass {kind.__name__} has no value for its field {missing[0]!r}; set it, or say how the "
                "class is taken apart with dualdiff.register_container"
            )
        return [getattr(x, name) for name in names], bare(x)

    def together(aux: Any, children: Any) -> Any:
        x = bare(aux)
        for name, value in zip(names, children, strict=True):
            object.__setattr__(x, name, value)
        return x

    return Entry(apart, together, lambda aux, i: f".{names[i]}", lambda aux: names, False)


def slot_names(kind: Any) -> Any:
    """The attributes that a class and its bases keep in slots, as they are spelled outside of the class."""
    found = []
    for base in kind.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__"):
                private = name.startswith("__") and not name.endswith("__")
                found.append(f"_{base.__name__.lstrip('_')}{name}" if private else name)
    return found


NOTHING = Entry(lambda x: ([], None), lambda aux, children: None, at)
ENTRIES: dict[Any, Any] = {
    tuple: sequence(tuple), list: sequence(list), dict: mapping(dict), OrderedDict: mapping(OrderedDict),
    defaultdict: DEFAULT,
}  # fmt: skip


def register_container(kind: Any, flatten: Any, unflatten: Any) -> Any:
    """Lets a class of one's own hold arrays in arguments and results of every derivative.

    Parameters
    ----------
    kind : type
        The class; subclasses are registered on their own.
    flatten : callable
        x -> (children, aux): the arrays (or containers) to differentiate by, and everything else.
    unflatten : callable
        (aux, children) -> x: the object again, with other children.  Called with duals inside a
        derivative, with derivatives in results.

    Returns
    -------
    type
        The class, so that a decorator can end with this call.

    Raises
    ------
    InputError
        If kind is not a class, or is one that holds numbers itself (float, ndarray, ...).

    Notes
    -----
    Tuples, lists, dicts, their subclasses, and dataclasses need no registration.  A field of a dataclass that is not
    to be differentiated is marked with ``field(metadata={"static": True})``.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> class Layer:
    ...     def __init__(self, weights, name):
    ...         self.weights, self.name = weights, name
    >>> Layer = dd.register_container(
    ...     Layer, lambda x: ([x.weights], x.name), lambda name, children: Layer(children[0], name))
    >>> gradient = dd.grad(lambda layer: np.sum(layer.weights**2))(Layer(np.array([1.0, 2.0]), "first"))
    >>> gradient.weights, gradient.name
    (array([2., 4.]), 'first')
    """
    if not isinstance(kind, type) or kind in PLAIN or issubclass(kind, (np.ndarray, np.generic)):
        raise InputError(f"register_container takes a class that holds arrays, got {kind!r}")

    def apart(x: Any) -> tuple[Any, Any]:
        found = flatten(x)
        if not (isinstance(found, tuple) and len(found) == 2 and isinstance(found[0], (list, tuple))):
            raise InputError(f"flatten of {kind.__name__} must return (list of children, aux), got {found!r}")
        return list(found[0]), found[1]

    ENTRIES[kind] = Entry(apart, unflatten, at)
    return kind


def entry_of(x: Any) -> Any:
    """The entry of a container, or None for a leaf."""
    kind = type(x)
    found = ENTRIES.get(kind)
    if found is not None:
        return found
    if isinstance(x, tuple):
        return named(kind) if hasattr(kind, "_fields") else sequence(kind)
    if isinstance(x, list):
        return sequence(kind)
    if isinstance(x, dict):
        return mapping(kind) if not isinstance(x, defaultdict) else DEFAULT
    if hasattr(kind, "__dataclass_fields__"):
        ENTRIES[kind] = found = dataclass_entry(kind)
        return found
    return None


def flatten(x: Any) -> tuple[list[Any], Any]:
    """(leaves, structure) of x."""
    if type(x) in PLAIN:
        return [x], LEAF
    leaves: list[Any] = []
    return leaves, gather(x, leaves)


def gather(x: Any, leaves: Any) -> Any:
    """The structure of x, its leaves appended."""
    entry = None if type(x) in PLAIN else entry_of(x)
    if entry is None:
        leaves.append(x)
        return LEAF
    children, aux = entry.apart(x)
    return entry, aux, [(NOTHING, None, ()) if child is None else gather(child, leaves) for child in children]


def unflatten(structure: Any, leaves: Any) -> Any:
    """The container of a structure with other leaves."""
    return put_together(structure, iter(leaves))


def put_together(structure: Any, leaves: Any) -> Any:
    if structure is LEAF:
        return next(leaves)
    entry, aux, structures = structure
    return entry.together(aux, [put_together(s, leaves) for s in structures])


def map_leaves(function: Callable[[Any], Any], x: Any) -> Any:
    """x with every leaf replaced by function(leaf)."""
    leaves, structure = flatten(x)
    return unflatten(structure, [function(leaf) for leaf in leaves])


def match(structure: Any, x: Any, what: str) -> list[Any]:
    """The leaves of x in the order of a structure, which x must have; None stands for a whole part of it.

    Dicts, namedtuples and dataclasses are matched by their keys or fields, whatever their order.  Everything that
    reads one structure along another goes through here.
    """
    leaves: list[Any] = []
    align(structure, x, what, leaves)
    return leaves


def align(structure: Any, x: Any, what: str, leaves: Any) -> None:
    """Appends the leaves of x (None for each leaf of a part that is None)."""
    if structure is LEAF:
        found = None if type(x) in PLAIN else entry_of(x)
        if found is not None and not found.places:
            raise ShapeError(f"{what} is of type {type(x).__name__}; expected an array or a number")
        leaves.append(x)
        return
    entry, aux, structures = structure
    if x is None:
        for s in structures:
            align(s, None, what, leaves)
        return
    found = entry_of(x)
    if found is None:
        raise ShapeError(f"{what} is of type {type(x).__name__}; expected a container of {len(structures)} parts")
    children, other = found.apart(x)
    keys, given = entry.keys(aux), found.keys(other)
    if keys is not None and given is not None:
        if set(keys) != set(given):
            wanted = ", ".join(map(repr, keys)) or "none"
            raise ShapeError(f"{what} has the keys {', '.join(map(repr, given)) or 'none'}; expected {wanted}")
        children = [children[given.index(key)] for key in keys] if keys != given else children
    elif not (entry.places and found.places):
        wanted = f"the keys {', '.join(map(repr, keys))}" if keys is not None else f"{len(structures)} parts by place"
        raise ShapeError(f"{what} is of type {type(x).__name__}; expected a container with {wanted}")
    elif len(children) != len(structures):
        raise ShapeError(f"{what} has {len(children)} parts, expected {len(structures)}")
    for i, (s, child) in enumerate(zip(structures, children, strict=True)):
        align(s, child, f"{what}{entry.name(aux, i)}", leaves)


def leaf_names(structure: Any, what: str) -> list[Any]:
    """What to call each leaf in an error: argument 0['weights'][1]."""
    if structure is LEAF:
        return [what]
    entry, aux, structures = structure
    return [name for i, s in enumerate(structures) for name in leaf_names(s, f"{what}{entry.name(aux, i)}")]
