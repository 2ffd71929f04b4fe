"""Which of NumPy's functions the drop-in namespace replaces, and what each does with duals.

"""

import functools
import itertools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import Drop, DualArray, is_within
from ..errors import UnsupportedError
from ..functions.base import FUNCTIONS, as_buffers, as_operand, exact, has_duals, value_of
from ..functions.index import array as array_like
from ..maps.tangents import is_dual
from ..standin import StandIn

__all__ = ["namespace"]

MAKERS = {
    "zeros", "empty", "ones", "full", "zeros_like", "empty_like", "ones_like", "full_like", "eye", "identity", "tri",
    "array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "asarray_chkfinite", "require", "copy",
    "fromiter", "fromfunction", "linspace", "logspace", "geomspace", "loadtxt", "genfromtxt",
    "diag", "diagflat", "tile", "repeat", "resize", "pad", "append", "insert", "delete", "vander",
    "concatenate", "concat", "stack", "hstack", "vstack", "dstack", "column_stack", "block",
}  # fmt: skip
"""Functions whose new array may be written to: inside a derivative call it can take derivatives."""

ALIASING = {
    "array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "asarray_chkfinite", "require", "diag",
    "fromfunction",
}  # fmt: skip
"""Those of them that may return an array, or a view of one, that somebody else has."""

SEQUENCES = {
    "concatenate", "concat", "stack", "hstack", "vstack", "dstack", "column_stack", "select", "choose", "einsum",
    "broadcast_arrays", "meshgrid", "linalg.multi_dot", "ix_",
}  # fmt: skip
"""Functions whose list is a list of arrays, not an array."""


def namespace(module: Any, home: str, prefix: str = "") -> dict[Any, Any]:
    """What stands under each public name of a NumPy module; home is the name of the module it is for."""
    return {
        name: drop(getattr(module, name), home, prefix + name)
        for name in module.__all__
        if prefix or name not in SUBMODULES and not isinstance(vars(module).get(name), types.ModuleType)
    }


SUBMODULES = {
    "char", "core", "ctypeslib", "dtypes", "emath", "exceptions", "f2py", "fft", "lib", "linalg", "ma", "polynomial",
    "random", "rec", "strings", "test", "testing", "typing",
}  # fmt: skip


def drop(function: Any, home: str, name: str) -> Any:
    """NumPy's object itself, or what takes its place."""
    own = OWN.get(name)
    if isinstance(own, type) or own is fromiter:
        return own
    makes = 0 if name not in MAKERS else 1 if name in ALIASING else 2
    if own is None:
        if isinstance(function, np.ufunc) or not is_function(function) or not (function in FUNCTIONS or makes):
            return function
        own = joining(function, name)
    return Drop(function, own, makes, home, name.rpartition(".")[2])


def is_function(x: Any) -> bool:
    """Whether x is a function, compiled or not, that NumPy may dispatch."""
    return callable(x) and not isinstance(x, type)


# ---- lists that hold duals -------------------------------------------------------------------------


def joined(x: Any) -> Any:
    """A list or an array of objects that holds duals as one dual array; anything else as it is."""
    if isinstance(x, (list, tuple, np.ndarray)) and has_duals(x):
        return as_operand(x)
    return x


def joined_each(x: Any) -> Any:
    """The arrays of a list of arrays, each joined."""
    return type(x)(joined(e) for e in x) if type(x) in (list, tuple) else joined(x)


def joined_leaves(x: Any) -> Any:
    """Nested lists of arrays, each joined; a list of numbers stays a list, as np.block sees a row in it."""
    return list(map(joined_leaves, x)) if isinstance(x, list) else joined(x)


def joining(function: Any, name: str) -> Callable[..., Any]:
    """NumPy's function on arguments whose lists are joined."""
    join = joined_leaves if name == "block" else joined_each if name in SEQUENCES else joined

    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*[join(a) for a in args], **{key: joined(a) for key, a in kwargs.items()})

    return call


# ---- functions that make arrays of what they are given ---------------------------------------------


def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: Any = True,
    order: Any = "K",
    subok: bool = False,
    ndmin: Any = 0,
    ndmax: Any = 0,
    like: Any = None,
) -> Any:
    """np.array of something that holds duals: a dual array."""
    if isinstance(copy, np._CopyMode):
        copy = None if copy is np._CopyMode.IF_NEEDED else copy is np._CopyMode.ALWAYS
    if dtype is not None:
        dtype = np.dtype(dtype)
        if dtype.kind not in "fc":      # objects as they are; integers, truths and text of the values
            return np.array(object if dtype == np.dtype("O") else value_of(as_operand(object)), dtype=dtype)
    found = as_operand(object)
    if type(found) is DualArray and not copy and (dtype is None or dtype == found.dtype) and found.ndim >= ndmin:
        return found
    found = array_like(found, dtype, copy=copy is not False)
    return found.reshape((1,) * (ndmin - found.ndim) + found.shape) if found.ndim < ndmin else found


def asarray(
    a: Any, dtype: Any = None, order: Any = None, *, device: Any = None, copy: Any = None, like: Any = None
) -> Any:
    """np.asarray of something that holds duals: itself if it is a dual array."""
    return array(a, dtype, copy=bool(copy))


def ascontiguousarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """np.ascontiguousarray of something that holds duals."""
    found = array(a, dtype, copy=False, ndmin=1)
    return found if found.flags.c_contiguous else found.copy()


def asfortranarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """np.asfortranarray of something that holds duals: the order in memory is left as it is."""
    return array(a, dtype, copy=False, ndmin=1)


def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Any:
    """np.asarray_chkfinite of something that holds duals."""
    found = asarray(a, dtype)
    np.asarray_chkfinite(value_of(found))
    return found


def require(a: Any, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Any:
    """np.require of something that holds duals: the order in memory is left as it is."""
    return array(a, dtype, copy=False)


@functools.wraps(np.fromiter)
def fromiter(iter: Any, dtype: Any, count: Any = -1, *, like: Any = None) -> Any:
    """np.fromiter: inside a derivative call the elements may be duals."""
    if not is_within() and like is None:
        return np.fromiter(iter, dtype, count)
    elements = list(iter) if count < 0 else list(itertools.islice(iter, count))
    return array(elements, dtype) if has_duals(elements) else as_buffers(np.fromiter(elements, dtype, count))


def copy(a: Any, order: Any = "K", subok: bool = False) -> Any:
    """np.copy of something that holds duals."""
    return array(a, copy=True)


class vectorize(np.vectorize):
    """np.vectorize whose function may return duals."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function at each element."""
        if not any(has_duals(x) for x in (*args, *kwargs.values())):
            return super().__call__(*args, **kwargs)
        if self.signature is not None:
            raise UnsupportedError(
                "np.vectorize with a signature has no rule for duals; write the loop over the outer dimensions"
            )
        names = [key for key in kwargs if key not in self.excluded]
        places = [i for i in range(len(args)) if i not in self.excluded]
        varying = [as_operand(x) for x in [*(args[i] for i in places), *(kwargs[key] for key in names)]]
        varying = [x if is_dual(x) else np.asarray(x) for x in varying]
        shape = np.broadcast_shapes(*(np.shape(x) for x in varying))
        varying = [np.broadcast_to(x, shape) for x in varying]
        results = []
        for at in np.ndindex(shape):
            here = [x[at] if shape else x[()] for x in varying]
            given, named = list(args), dict(kwargs)
            for i, x in zip(places, here[: len(places)], strict=True):
                given[i] = x
            named.update(zip(names, here[len(places) :], strict=True))
            results.append(self.pyfunc(*given, **named))
        if not results:
            return super().__call__(*map(value_of, args), **kwargs)
        if isinstance(results[0], tuple):
            return tuple(gathered(list(r), shape) for r in zip(*results, strict=True))
        return gathered(results, shape)


def gathered(results: Any, shape: Any) -> Any:
    """Scalars as an array of a shape."""
    found = as_operand(results)
    return found.reshape(shape) if shape else found[0]


def arange(*args: Any, **kwargs: Any) -> Any:
    """np.arange, whose limits may be duals: the derivative of start + i*step."""
    names = ["start", "stop", "step"][: len(args)] if len(args) > 1 else ["stop"][: len(args)]
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    dtype = args[3] if len(args) > 3 else given.pop("dtype", None)
    start, step = given.get("start", 0), given.get("step", 1)
    values = np.arange(*(value_of(x) for x in (start, given.get("stop"), step)), dtype=dtype)
    if not (is_dual(start) or is_dual(step)) or values.dtype.kind in "iu":
        return values
    return exact(start + np.arange(len(values)) * step, values)


def window(name: str) -> Callable[..., Any]:
    """np.hanning and its kind: the number of points is a count, whose derivative is zero."""
    return lambda M, *shape: as_buffers(getattr(np, name)(value_of(M), *shape))


def kaiser(M: Any, beta: Any) -> Any:
    """np.kaiser, by beta."""
    M, beta = value_of(M), joined(beta)
    value = np.kaiser(M, value_of(beta))
    if not is_dual(beta) or len(value) < 2:
        return as_buffers(value)
    half = (M - 1) / 2.0
    return exact(np.i0(beta * np.sqrt(1 - ((np.arange(0, M) - half) / half) ** 2.0)) / np.i0(beta), value)


OWN: dict[str, Any] = {
    "array": array, "asarray": asarray, "asanyarray": asarray, "ascontiguousarray": ascontiguousarray,
    "asfortranarray": asfortranarray, "asarray_chkfinite": asarray_chkfinite, "require": require, "fromiter": fromiter,
    "copy": copy, "arange": arange, "full": FUNCTIONS[np.full], "full_like": FUNCTIONS[np.full_like],
    "vectorize": vectorize,
    **{name: window(name) for name in ("bartlett", "blackman", "hamming", "hanning")},
    "kaiser": kaiser,
    "ndarray": StandIn("ndarray", (), {}, real=np.ndarray, holds=lambda x: type(x) is DualArray, make=np.ndarray),
}  # fmt: skip
"""What takes the place of a function where an argument holds a dual; a class takes the place of a class."""
