"""Structures of arrays: nested containers, flattened to leaves.

A container is a tuple, a list, a dict, a subclass of one of them, a dataclass, or of a class that
the user registered (`register_container`).  Everything else is a leaf.  A None inside a container
is a container of nothing: it stays where it is and has no derivative.

A structure is LEAF or (entry, aux, structures of the children); the entry says how its class is
taken apart and put together.

Invariant: unflatten(structure, leaves of x) rebuilds x.  Imported by inout.py and everything above it.
"""

from collections import OrderedDict, defaultdict
from typing import Any, NamedTuple

import numpy as np

from .core import Dual, DualArray
from .errors import InputError, ShapeError

__all__ = ["flatten", "leaf_names", "map_leaves", "match", "register_container", "unflatten"]

PLAIN = {float, int, np.ndarray, np.float64, Dual, DualArray}    # leaves, known without a look inside
LEAF = None


class Entry(NamedTuple):
    """How a class is taken apart: apart(x) -> (children, aux); together(aux, children) -> x; one child's name."""

    apart: Any
    together: Any
    name: Any


def at(aux, i):
    """The name of a child of a sequence."""
    return f"[{i}]"


def sequence(kind):
    """The entry of a tuple or a list, or of a subclass that is made from an iterable."""
    return Entry(lambda x: (list(x), None), lambda aux, children: kind(children), at)


def named(kind):
    """The entry of a namedtuple, or of a tuple with fields that has no _make (results of scipy.stats)."""
    make = getattr(kind, "_make", lambda children: kind(*children))
    return Entry(sequence(kind).apart, lambda aux, children: make(children), lambda aux, i: f".{kind._fields[i]}")


def mapping(kind):
    """The entry of a dict, or of a subclass that is made from one."""

    def together(keys, children):
        return kind(zip(keys, children, strict=True))

    return Entry(lambda x: (list(x.values()), list(x)), together, lambda keys, i: f"[{keys[i]!r}]")


DEFAULT = Entry(
    lambda x: (list(x.values()), (x.default_factory, list(x))),
    lambda aux, children: defaultdict(aux[0], zip(aux[1], children, strict=True)),
    lambda aux, i: f"[{aux[1][i]!r}]",
)


def dataclass_entry(kind):
    """The entry of a dataclass: its fields are the children, but for those marked static.

    It is put together by its own constructor, so that __post_init__ computes from the new fields
    what it computed from the old ones.  Fields with init=False are left to __post_init__ where
    there is one, else they are fields as the others are.
    """
    import dataclasses  # slow to import, and already there where it is needed

    own = hasattr(kind, "__post_init__")
    fields = [f for f in dataclasses.fields(kind) if f.init or not own]
    static = [f.name for f in fields if f.metadata.get("static")]
    names = [f.name for f in fields if f.name not in static]
    late = {f.name for f in fields if not f.init}

    def apart(x):
        missing = [name for name in (*names, *static) if not hasattr(x, name)]
        if missing:
            raise InputError(
                f"the dataclass {kind.__name__} has no value for its field {missing[0]!r}; set it, or say how the "
                "class is taken apart with dualdiff.register_container"
            )
        return [getattr(x, name) for name in names], [getattr(x, name) for name in static]

    def together(aux, children):
        values = dict(zip(names, children, strict=True)) | dict(zip(static, aux, strict=True))
        try:
            x = kind(**{name: value for name, value in values.items() if name not in late})
        except TypeError as error:
            if "argument" not in str(error) or "__init__" not in str(error):
                raise
            raise InputError(
                f"the dataclass {kind.__name__} cannot be made from its fields ({error}); say how it is taken apart "
                "and put together with dualdiff.register_container"
            ) from error
        for name in late:
            object.__setattr__(x, name, values[name])
        return x

    return Entry(apart, together, lambda aux, i: f".{names[i]}")


NOTHING = Entry(lambda x: ([], None), lambda aux, children: None, at)
ENTRIES: dict = {
    tuple: sequence(tuple), list: sequence(list), dict: mapping(dict), OrderedDict: mapping(OrderedDict),
    defaultdict: DEFAULT,
}  # fmt: skip


def register_container(kind, flatten, unflatten):
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

    def apart(x):
        found = flatten(x)
        if not (isinstance(found, tuple) and len(found) == 2 and isinstance(found[0], (list, tuple))):
            raise InputError(f"flatten of {kind.__name__} must return (list of children, aux), got {found!r}")
        return list(found[0]), found[1]

    ENTRIES[kind] = Entry(apart, unflatten, at)
    return kind


def entry_of(x):
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


def flatten(x):
    """(leaves, structure) of x."""
    if type(x) in PLAIN:
        return [x], LEAF
    leaves: list = []
    return leaves, gather(x, leaves)


def gather(x, leaves):
    """The structure of x, its leaves appended."""
    entry = None if type(x) in PLAIN else entry_of(x)
    if entry is None:
        leaves.append(x)
        return LEAF
    children, aux = entry.apart(x)
    return entry, aux, [(NOTHING, None, ()) if child is None else gather(child, leaves) for child in children]


def unflatten(structure, leaves):
    """The container of a structure with other leaves."""
    return put_together(structure, iter(leaves))


def put_together(structure, leaves):
    if structure is LEAF:
        return next(leaves)
    entry, aux, structures = structure
    return entry.together(aux, [put_together(s, leaves) for s in structures])


def map_leaves(function, x):
    """x with every leaf replaced by function(leaf)."""
    leaves, structure = flatten(x)
    return unflatten(structure, [function(leaf) for leaf in leaves])


def match(structure, x, what):
    """The leaves of x in the order of a structure, which x must have; None stands for a whole part of it.

    Dicts are matched by their keys, whatever their order.
    """
    leaves: list = []
    align(structure, x, what, leaves)
    return leaves


def align(structure, x, what, leaves):
    """Appends the leaves of x (None for each leaf of a part that is None)."""
    if structure is LEAF:
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
    children, _ = found.apart(x)
    if isinstance(x, dict):
        keys = aux[1] if isinstance(aux, tuple) else aux
        if not isinstance(keys, list) or set(keys) != set(x):
            wanted = ", ".join(map(repr, keys)) if isinstance(keys, list) else f"a container of {len(structures)} parts"
            raise ShapeError(f"{what} has the keys {', '.join(map(repr, x)) or 'none'}; expected {wanted}")
        children = [x[key] for key in keys]
    elif len(children) != len(structures):
        raise ShapeError(f"{what} has {len(children)} parts, expected {len(structures)}")
    for i, (s, child) in enumerate(zip(structures, children, strict=True)):
        align(s, child, f"{what}{entry.name(aux, i)}", leaves)


def leaf_names(structure, what):
    """What to call each leaf in an error: argument 0['weights'][1]."""
    if structure is LEAF:
        return [what]
    entry, aux, structures = structure
    return [name for i, s in enumerate(structures) for name in leaf_names(s, f"{what}{entry.name(aux, i)}")]
