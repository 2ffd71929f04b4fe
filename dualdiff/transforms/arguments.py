"""The way in and out of a derivative call: reading primals, seeding, extracting results.

Invariant: nothing with a tag of a call leaves that call; the caller's arrays are never written.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import Dual, DualArray, check_dtype, is_live, is_shared, make, make_array
from ..errors import InputError, ShapeError, TooLargeError, UnsupportedError, escaped
from ..functions.base import as_operand, value_of
from ..functions.foreign import plain_numbers, refusal
from ..functions.undefined import judge, noted
from ..maps.base import dtype_of
from ..maps.tangents import Node, is_dual, like_layout, zero_like_tangent
from .memory import machine_memory
from .pytrees import flatten, leaf_names, unflatten

__all__ = [
    "Arguments", "Fingerprint", "by_names", "changed", "check_alive", "check_room", "extract", "lent", "owned",
    "promote", "promote_all", "promote_complex", "python_number", "seed", "stack_of",
]  # fmt: skip


def promote(x: Any, what: str = "the argument", empty: bool = False, complexes: bool = False) -> Any:
    """A primal as something that can carry tangents: integers become float64.

    empty: it may have no elements.  complexes: it may be complex.
    """
    kind = type(x)
    if kind is float or kind is DualArray or kind is Dual:
        return x
    if kind is np.ndarray and x.dtype.char in "df":
        return x if empty else checked_size(x, what)
    if isinstance(x, (bool, int)):
        return float(x)
    if isinstance(x, (complex, np.complexfloating)):
        if not complexes:
            raise complex_input(what, type(x).__name__)
        if type(x) is complex:
            return x
    if isinstance(x, np.generic):
        x = np.float64(x) if x.dtype.kind in "biu" else x
        check_dtype(x.dtype)
        return x
    if isinstance(x, np.ndarray):
        x = plain_numbers(x, what)
        if x.dtype == object:
            joined = as_operand(x)
            if not is_dual(joined) and joined.dtype == object:
                raise InputError(f"{what} is an array of objects that are not all real numbers")
            return promote(joined, what, empty, complexes)
        if x.dtype.kind in "biu":
            return promote(x.astype(np.float64), what, empty)
        if x.dtype.kind == "c" and not complexes:
            raise complex_input(what, f"an array of {x.dtype}")
        check_dtype(x.dtype)
        return x if empty else checked_size(x, what)
    plain_numbers(x, what)
    if hasattr(x, "__array__"):
        return promote(np.asarray(x), what, empty, complexes)
    raise InputError(
        f"{what} is {x!r} of type {type(x).__name__}, which is not an array or a number; "
        "a derivative is taken by arrays and numbers (in tuples, lists, dicts, dataclasses): choose the argument with "
        "argnums or argnames, and pass what is not differentiated as another argument"
    )


def promote_all(x: Any, what: str, complexes: bool = False) -> tuple[Any, Any, Any]:
    """(leaves, structure, promoted leaves) of an argument; an error names the leaf."""
    leaves, structure = flatten(x)
    if structure is None:
        return leaves, None, [promote(x, what, False, complexes)]
    try:
        promoted = [promote(leaf, what, True, complexes) for leaf in leaves]
    except InputError:
        names = leaf_names(structure, what)
        promoted = [promote(leaf, name, True, complexes) for leaf, name in zip(leaves, names, strict=True)]
    if leaves and not any(map(np.size, promoted)):
        raise InputError(f"{what} has no elements in any of its leaves; there is nothing to differentiate by")
    return leaves, structure, promoted


def promote_complex(x: Any, what: str) -> Any:
    """A primal of a holomorphic function: numbers and arrays become complex."""
    if isinstance(x, (complex, np.complexfloating)) or isinstance(x, np.ndarray) and x.dtype.kind == "c":
        x = plain_numbers(x, what)
        if isinstance(x, (np.ndarray, np.generic)):
            check_dtype(x.dtype)
        return checked_size(x, what) if isinstance(x, np.ndarray) else np.complex128(x) if type(x) is complex else x
    if is_dual(x) and x.dtype.kind == "c":
        return x
    x = promote(x, what)
    return x.astype(np.result_type(x.dtype, np.complex64)) if hasattr(x, "dtype") else np.complex128(x)


def checked_size(x: Any, what: str) -> Any:
    if x.size == 0:
        raise InputError(f"{what} has no elements (shape {x.shape}); there is nothing to differentiate by")
    return x


def check_room(rows: Any, columns: Any, what: str, instead: Any) -> None:
    """Raises at once where a dense derivative of so many numbers would not fit into the machine's memory."""
    needed = 8 * rows * columns
    if needed < 2**30:
        return
    there = machine_memory()
    if there is None:       # not known here: whether the room is granted
        try:
            np.empty((rows, columns))
        except (MemoryError, ValueError):
            there = 0
        else:
            return
    if needed > there:
        raise TooLargeError(
            f"{what} has {rows} x {columns} numbers, {needed / 2**30:.3g} GiB, more than this machine has; {instead}"
        )


def complex_input(what: str, given: Any) -> Any:
    return InputError(
        f"{what} is {given}; this derivative is taken by real arguments: pass the real and the imaginary part as two "
        "arguments and form z = a + 1j*b inside the function. jvp, vjp, grad, jacobian and linearize take complex "
        "arguments; of a holomorphic function, derivative with holomorphic=True gives the complex derivative"
    )


def stack_of(tangent: Any, primal: Any, what: str) -> tuple[Any, Any]:
    """(k, *shape) tangents and whether the user gave a stack; checks the shape and that only a complex primal has
    a complex one.
    """
    if not is_dual(tangent):
        tangent = as_operand(plain_numbers(tangent, what))
        if not is_dual(tangent):
            tangent = np.asarray(tangent)
    kind = tangent.dtype.kind
    if kind not in "biufc" or kind == "c" and dtype_of(primal).kind != "c":
        raise InputError(f"{what} has dtype {tangent.dtype}, expected real numbers")
    check_alive(tangent)
    shape = np.shape(primal)
    if np.shape(tangent) == shape:
        return np.reshape(tangent, (1, *shape)), False
    if np.ndim(tangent) == len(shape) + 1 and np.shape(tangent)[1:] == shape:
        return tangent, True
    raise ShapeError(
        f"{what} has shape {np.shape(tangent)}, but the argument has shape {shape}: "
        f"expected {shape}, or (k, {str(shape)[1:]} for k directions at once"
    )


def seed(primal: Any, tangents: Any, tag: Any) -> Any:
    """The dual that a function under differentiation receives."""
    if type(tangents) is Node and type(primal) is np.ndarray:
        return make_array(primal, tangents, tag, None, None, True)
    if isinstance(tangents, np.ndarray) and not is_dual(primal):
        dtype = primal.dtype if isinstance(primal, (np.ndarray, np.generic)) else np.dtype(type(primal))
        if tangents.dtype != dtype:
            tangents = tangents.astype(dtype)
    elif type(tangents) is not Node and dtype_of(primal).kind == "c" != dtype_of(tangents).kind:
        tangents = tangents.astype(dtype_of(primal))
    if type(primal) is np.ndarray or type(primal) is DualArray:
        return make_array(primal, like_layout(primal, tangents), tag, None, None, True)
    return make(primal, tangents, tag)


def lent(x: Any) -> Any:
    """An argument for a plain run of the user's function, which may write into it: its arrays copied."""
    leaves, structure = flatten(x)
    return unflatten(structure, [leaf.copy("K") if isinstance(leaf, np.ndarray) else leaf for leaf in leaves])


def extract(y: Any, tag: Any, like: Any) -> Any:
    """(value, tangent) of a result; a constant has the zero tangent (or None where like is None)."""
    y = as_operand(y)
    if is_dual(y):
        if y.tag == tag:
            pair = owned(y)
            if noted and like is not None:
                judge(tag, pair[1:])
            return pair
        if y.tag > tag:
            raise escaped()
        check_alive(y)
        if y.tag < 0:
            y = y.value
    elif not isinstance(y, (int, float, complex, np.ndarray, np.generic)) or np.asarray(y).dtype.kind not in "biufc":
        reason = refusal(y)
        if reason is not None:
            raise InputError(f"the function returned {reason}")
        raise InputError(
            f"the function returned {y!r} of type {type(y).__name__}; expected an array, a number, or a tuple, "
            "list or dict of them" + (" (is a return statement missing?)" if y is None else "")
        )
    dtype = y.dtype if hasattr(y, "dtype") else np.asarray(y).dtype
    dtype = np.result_type(dtype, np.float32) if dtype.kind in "fc" else np.dtype(float)
    return y, None if like is None else zero_like_tangent(like, np.shape(y), dtype)


def check_alive(x: Any) -> None:
    """Raises where x is, or was computed from, a dual of a derivative call that is over."""
    while is_dual(x):
        if not is_live(x.tag):
            raise escaped()
        check_alive(x.tangents)
        x = x.value


class Fingerprint:
    """What is kept of an array to tell later whether it is the same again, but for rounding."""

    __slots__ = ("rounding", "shape", "strange", "sums")

    def __init__(self, x: Any) -> None:
        x = np.asarray(value_of(x))
        flat = x.ravel()
        finite = np.isfinite(flat)
        self.shape, self.strange = x.shape, int(np.count_nonzero(~finite))
        if self.strange:
            flat = np.where(finite, flat, 0.0)
        weights = np.arange(1.0, x.size + 1.0)      # so that the order counts
        self.sums = [float(weights @ part) for part in (np.abs(flat), np.real(flat), np.imag(flat))]
        self.rounding = 1e-3 if x.dtype in (np.float32, np.complex64) else 1e-9

    def __eq__(self, other: Any) -> bool:
        allowed = self.rounding * max(self.sums[0], other.sums[0])
        apart = max(abs(a - b) for a, b in zip(self.sums, other.sums, strict=True))
        return bool(self.shape == other.shape and self.strange == other.strange and apart <= allowed)

    __hash__ = None     # type: ignore[assignment]


def changed(what: str) -> Any:
    """The error of a function that is not the same when it is called again for a product."""
    return UnsupportedError(
        f"{what} gave another result when it was called again for a product than when it was recorded: it draws random "
        "numbers, or reads something that has changed since (a variable around it, a global, an attribute, an array); "
        "pass that as an argument"
    )


def owned(y: Any) -> tuple[Any, Any]:
    """(value, tangents) of a dual that do not alias the caller's argument or direction."""
    value, t = y.value, y.tangents
    if is_dual(value) or is_dual(t):
        check_alive(value)
        check_alive(t)
    if type(y) is DualArray and is_shared(y):
        value = value.copy()
        t = t.copy() if isinstance(t, (np.ndarray, DualArray)) else t
    return value, t


def python_number(x: Any, plain: Any) -> Any:
    """A scalar result: a Python float where all inputs were Python numbers, else NumPy's."""
    if isinstance(x, np.ndarray):
        if x.ndim:
            return x
        x = x[()]
    elif is_dual(x):
        return x
    if plain:
        return x.item() if isinstance(x, np.generic) else x
    return np.float64(x) if type(x) is float else x


class Arguments:
    """The arguments of one call, and which of them are differentiated."""

    __slots__ = ("argnums", "args", "single")

    def __init__(self, args: Any, argnums: Any) -> None:
        self.args = args
        self.single = not isinstance(argnums, (tuple, list))
        numbers = (argnums,) if self.single else tuple(argnums)
        if not numbers:
            raise InputError("argnums is empty; name at least one argument")
        places = []
        for number in numbers:
            if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
                raise InputError(f"argnums must be an int or a tuple of ints, got {argnums!r}")
            if not -len(args) <= number < len(args):
                raise InputError(f"argnums={argnums} names an argument that was not given: the call has {len(args)}")
            places.append(int(number) % len(args))
        if len(set(places)) != len(places):
            raise InputError(f"argnums={argnums} names an argument twice")
        self.argnums = tuple(places)

    def chosen(self) -> Any:
        """The differentiated arguments."""
        return tuple(self.args[i] for i in self.argnums)

    def replaced(self, new: Any) -> Any:
        """All arguments, the differentiated ones replaced."""
        args = list(self.args)
        for i, x in zip(self.argnums, new, strict=True):
            args[i] = x
        return args


def by_names(transform: Any, f: Callable[..., Any], argnames: Any, argnums: Any, **options: Any) -> Any:
    """transform(f, argnums=..., **options) for arguments that are chosen by their names in f's signature.

    An argument given by keyword is moved to its place; one that is keyword-only gets a place behind the others.
    """
    if argnums != 0:
        raise InputError(f"give argnums or argnames, not both: got argnums={argnums!r} and argnames={argnames!r}")
    single = isinstance(argnames, str)
    names = (argnames,) if single else argnames
    if not isinstance(names, (tuple, list)) or not names or not all(isinstance(name, str) for name in names):
        raise InputError(f"argnames must be a name or a tuple of names, got {argnames!r}")
    names = tuple(names)
    if len(set(names)) != len(names):
        raise InputError(f"argnames={argnames!r} names an argument twice")
    signature = signature_of(f)
    parameters = signature.parameters
    behind = [name for name in names if check_name(name, parameters)]
    made: dict[Any, Any] = {}     # places -> the transform by them

    def resolved(*args: Any, **kwargs: Any) -> Any:
        """The transform by places, and its arguments."""
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        args, kwargs = bound.args, bound.kwargs
        missing = [name for name in behind if name not in kwargs]
        if missing:
            raise InputError(f"argnames names {missing[0]!r}, an argument that was not given")
        order = list(parameters)
        places = tuple(len(args) + behind.index(name) if name in behind else order.index(name) for name in names)
        fixed = len(args)

        def call(*xs: Any, **others: Any) -> Any:
            return f(*xs[:fixed], **others, **dict(zip(behind, xs[fixed:], strict=True)))

        numbers = places[0] if single else places
        if behind:
            others = {name: x for name, x in kwargs.items() if name not in behind}
            args = (*args, *(kwargs[name] for name in behind))
            return transform(functools.wraps(f)(call), argnums=numbers, **options), args, others
        if places not in made:
            made[places] = transform(f, argnums=numbers, **options)
        return made[places], args, kwargs

    @functools.wraps(f)
    def by_name(*args: Any, **kwargs: Any) -> Any:
        found, args, kwargs = resolved(*args, **kwargs)
        return found(*args, **kwargs)

    def explain(*args: Any, **kwargs: Any) -> Any:
        found, args, kwargs = resolved(*args, **kwargs)
        return found.explain(*args, **kwargs)

    if "mode" in options:
        by_name.explain = explain       # type: ignore[attr-defined]
    return by_name


def signature_of(f: Callable[..., Any]) -> Any:
    """The signature of f, or an error that says to use argnums."""
    import inspect  # slow to import; most calls do without

    try:
        return inspect.signature(f)
    except (TypeError, ValueError) as error:
        name = getattr(f, "__name__", repr(f))
        raise InputError(f"the names of the arguments of {name} are not known ({error}); use argnums") from error


def check_name(name: str, parameters: Any) -> bool:
    """Whether an argument of that name is keyword-only; raises where there is none."""
    import inspect

    found = parameters.get(name)
    if found is not None and found.kind is found.VAR_POSITIONAL:
        raise InputError(f"{name!r} stands for any number of arguments (*{name}); use argnums")
    if found is not None and found.kind is not found.VAR_KEYWORD:
        return found.kind is found.KEYWORD_ONLY
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
        return True
    import difflib

    near = difflib.get_close_matches(name, parameters, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise InputError(f"the function has no argument named {name!r}: it has {', '.join(parameters) or 'none'}{hint}")
