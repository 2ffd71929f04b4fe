"""SciPy's own Python code on dualdiff's drop-ins: the second instance of a package of SciPy's.

Much of scipy.signal and ndimage is Python on top of NumPy, FFTs and a few compiled loops.  Its modules run a second
time, with numpy, math and SciPy's namespaces replaced by dualdiff's, and
the compiled loops by functions with derivatives.  What it computes gives the derivatives; the values are SciPy's own.

Invariant: a value of the second instance that is not SciPy's (beyond rounding) is an error, never a derivative.
"""

import functools
import importlib
import importlib.util
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import DualDiffError, KinkWarning, UnsupportedError
from ..functions.base import as_buffers, as_operand, exact, has_duals, value_of
from ..lifting.copies import LOCK
from ..lifting.world import World, code_of, view_of
from ..maps.tangents import is_dual
from ..quiet import quietly
from .applied import (
    at_home,
    holds_duals,
    holds_floats,
    must_agree,
    plain_deep,
    refusal,
    refuse_duals,
    says_signature,
    theirs,
    varies,
)
from .holders import HELD, counterpart, holder

__all__ = ["Namespace", "SecondInstance", "merge"]


class SecondInstance(World):
    """One package of SciPy's, with its compiled functions replaced.

    Parameters
    ----------
    package : str
        As "scipy.signal".
    replaced : dict
        name of a module that is not run again -> {name of a function -> what stands for it}.
    patched : dict
        name of a module that is run again -> {name of a function -> (what there is -> what stands for it)}.
    """

    def __init__(self, package: Any, replaced: Any, patched: Any = ()) -> None:
        super().__init__({package})
        self.package, self.replaced, self.patched = package, replaced, dict(patched)

    def is_lifted(self, name: str) -> Any:
        """Whether a module belongs to the package."""
        return name == self.package or name.startswith(self.package + ".")

    def module(self, name: str) -> Any:
        """The module of a full name, as the second instance sees it."""
        if not dict.__contains__(self.modules, name):
            if name in self.replaced:
                parent, _, last = name.rpartition(".")
                found = self.modules[name] = view_of(importlib.import_module(name), self.replaced[name])
                setattr(self.module(parent), last, found)
                return found
            elif name == "numpy":
                found = super().module(name)
                found.__dict__.update(float64=np.float64, float32=np.float32, asarray=asarray, array=array,
                                      ascontiguousarray=asarray, asanyarray=asarray,
                                      sort_complex=sort_complex, iscomplexobj=iscomplexobj)  # fmt: skip
                return found
        return super().module(name)

    def load(self, name: str) -> Any:
        """The second instance of a module: its code runs again, in a namespace whose imports are this world's."""
        parent, _, last = name.rpartition(".")
        if parent:
            self.module(parent)
            if dict.__contains__(self.modules, name):  # the parent imported it
                return self.modules[name]
        spec: Any = getattr(sys.modules.get(name), "__spec__", None) or importlib.util.find_spec(name)
        code = code_of(spec)
        if code is None:
            module = importlib.import_module(name)
            self.modules[name] = module
        else:
            module = types.ModuleType(name)
            inner = spec.submodule_search_locations
            module.__dict__.update(
                __spec__=spec, __loader__=spec.loader, __file__=spec.origin, __builtins__=self.builtins,
                __package__=parent if inner is None else name, **({} if inner is None else {"__path__": inner}),
            )  # fmt: skip
            self.modules[name] = module
            try:
                exec(code, module.__dict__)
            except BaseException:
                self.modules.pop(name, None)
                raise
        if parent:
            setattr(self.modules[parent], last, module)
        for key, wrap in self.patched.get(name, {}).items():
            if hasattr(module, key):
                setattr(module, key, wrap(getattr(module, key)))
        return module

    def view(self, name: str, real: Any) -> Any:
        """Drop-ins of whole namespaces; SciPy's helpers for array libraries answer NumPy."""
        last = name.removeprefix("scipy._lib.").removeprefix("scipy._external.")   # the latter since SciPy 1.18
        if name == "scipy._lib._array_api":
            return view_of(real, {
                "array_namespace": lambda *arrays, **options: self.module("numpy"), "xp_capabilities": unchanged,
                "_asarray": asarray, "xp_promote": self.promote, "xp_copy": copied, "is_numpy": lambda xp: True,
                "is_array_api_obj": is_array,
                "xp_size": np.size, "xp_ravel": np.ravel, "xp_result_type": result_type, "xp_swapaxes": swapped,
                "np_compat": self.module("numpy"),
            })  # fmt: skip
        if last == "array_api_extra":
            return view_of(real, {
                "atleast_nd": atleast_nd, "at": At, "expand_dims": lambda x, axis=0, xp=None: np.expand_dims(x, axis),
                "sinc": lambda x, xp=None: array(np.sinc(x)),
                "setdiff1d": lambda a, b, **options: np.setdiff1d(value_of(a), value_of(b)),
            })  # fmt: skip
        if last == "array_api_compat.numpy":
            return self.module("numpy")
        if last == "array_api_compat":
            return view_of(real, {"is_array_api_obj": is_array}, lambda n: self.part(real, name, n))
        if name in ("scipy._lib", "scipy._external"):
            return view_of(real, {}, lambda n: self.part(real, name, n))
        if name in ("numpy.lib", "numpy.polynomial"):
            return view_of(real, {}, lambda n: self.part(real, name, n))
        if name == "numpy.lib.stride_tricks":
            return view_of(real, {"sliding_window_view": sliding_window_view})
        if name == "scipy.fft._helper":
            return view_of(real, {"_init_nd_shape_and_axes": by_shape(real._init_nd_shape_and_axes)})
        if name == "scipy.special":
            found = super().view(name, real)
            found.__dict__["sinc"] = lambda x: array(np.sinc(x))
            return found
        if name == "numpy.polynomial.polynomial":
            return view_of(real, {"polyvalfromroots": polyvalfromroots})
        if name == "scipy._lib._util":
            return view_of(real, {"_asarray_validated": lambda a, *args, **options: asarray(a)})
        return super().view(name, real)

    def promote(self, *args: Any, broadcast: bool = False, force_floating: bool = False, xp: Any = None) -> Any:
        """scipy._lib._array_api.xp_promote: one dtype for all."""
        arrays = [None if x is None else asarray(x) for x in args]
        given = [value_of(x) for x in arrays if x is not None]
        whole = force_floating and all(x.dtype.kind in "iub" for x in given)
        dtype = np.result_type(*given, *([np.float64] if whole else []))
        arrays = [x if x is None or x.dtype == dtype else x.astype(dtype) for x in arrays]
        if broadcast:
            shape = np.broadcast_shapes(*(np.shape(x) for x in arrays if x is not None))
            arrays = [x if x is None or np.shape(x) == shape else np.broadcast_to(x, shape) for x in arrays]
        return arrays[0] if len(arrays) == 1 else tuple(arrays)


# ---- helpers of SciPy's for array libraries, for duals ---------------------------------------------------


def unchanged(*args: Any, **kwargs: Any) -> Callable[..., Any]:
    """A decorator with arguments that changes nothing."""
    return lambda f: f


def asarray(
    x: Any,
    dtype: Any = None,
    order: Any = None,
    copy: Any = None,
    *,
    xp: Any = None,
    check_finite: bool = False,
    subok: bool = False,
    like: Any = None,
    device: Any = None,
) -> Any:
    """NumPy's asarray, of duals too: they keep their derivatives in any floating type."""
    from .. import numpy as drop_in

    x = as_operand(x)
    if not is_dual(x):
        x = drop_in.asarray(x, dtype, order)
        return x.copy() if copy else x
    x = np.reshape(x, np.shape(x)) if np.ndim(x) else np.reshape(x, (1,)).reshape(())
    if dtype is not None and np.dtype(dtype) != x.dtype:
        x = x.astype(dtype)
    return x.copy() if copy else x


def array(
    x: Any,
    dtype: Any = None,
    *,
    copy: bool = True,
    order: Any = None,
    subok: bool = False,
    ndmin: Any = 0,
    like: Any = None,
) -> Any:
    """NumPy's array, of duals too."""
    from .. import numpy as drop_in

    if not has_duals(x):
        return drop_in.array(x, dtype, order=order, ndmin=ndmin)
    x = asarray(x, dtype)
    x = np.reshape(x, (1,) * max(0, ndmin - np.ndim(x)) + np.shape(x))
    return x.copy()


def by_shape(function: Any) -> Callable[..., Any]:
    """A function of SciPy's that asks its first argument, which may be a dual, for the shape alone."""
    return lambda x, *args, **kwargs: function(np.broadcast_to(0.0, np.shape(as_operand(x))), *args, **kwargs)


def copied(x: Any, *, xp: Any = None) -> Any:
    """scipy._lib._array_api.xp_copy."""
    return array(x)


def atleast_nd(x: Any, /, *, ndim: Any, xp: Any = None) -> Any:
    """array_api_extra.atleast_nd: axes in front."""
    x = asarray(x)
    return np.reshape(x, (1,) * max(0, ndim - np.ndim(x)) + np.shape(x))


def result_type(*args: Any, force_floating: bool = False, xp: Any = None) -> Any:
    """scipy._lib._array_api.xp_result_type."""
    found = np.result_type(*(value_of(as_operand(x)) for x in args if x is not None))
    return np.result_type(found, np.float64) if force_floating and found.kind in "iub" else found


def swapped(x: Any, a: Any, b: Any, xp: Any = None) -> Any:
    """scipy._lib._array_api.xp_swapaxes."""
    return np.swapaxes(x, a, b)


def polyvalfromroots(x: Any, r: Any, tensor: bool = True) -> Any:
    """numpy.polynomial.polynomial.polyvalfromroots; NumPy looks for ndarrays."""
    x, r = as_operand(x), np.reshape(as_operand(r), np.shape(r) or (1,))
    return np.prod(x - (np.reshape(r, np.shape(r) + (1,) * np.ndim(x)) if tensor else r), axis=0)


def sort_complex(x: Any) -> Any:
    """numpy.sort_complex of duals: by the values."""
    x = as_operand(x)
    if not is_dual(x):
        return np.sort_complex(x)
    return x[np.lexsort((value_of(x).imag, value_of(x).real))] + 0j


def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    """numpy.lib.stride_tricks.sliding_window_view, to be read only."""
    return np.lib.stride_tricks.sliding_window_view(x, window_shape, axis)


def is_array(x: Any) -> bool:
    """Whether x is an array of NumPy's, or a dual."""
    return isinstance(x, (np.ndarray, np.generic)) or is_dual(x)


def iscomplexobj(x: Any) -> Any:
    """numpy.iscomplexobj, of duals too."""
    return np.iscomplexobj(value_of(as_operand(x)))


class At:
    """array_api_extra.at: writes into arrays, as NumPy does."""

    def __init__(self, x: Any, key: Any = ...) -> None:
        self.x, self.key = x, key

    def __getitem__(self, key: Any) -> Any:
        return At(self.x, key)

    def _write(self, function: Any, y: Any, copy: Any) -> Any:
        x = array(self.x) if copy else self.x
        if is_dual(y) and not is_dual(x):
            x = array(x) + np.zeros(np.shape(x), like=y)
        x[self.key] = function(x[self.key], y)
        return x

    def set(self, y: Any, /, copy: Any = None, xp: Any = None) -> Any:
        """x[key] = y."""
        return self._write(lambda old, new: new, y, copy)

    def add(self, y: Any, /, copy: Any = None, xp: Any = None) -> Any:
        """x[key] += y."""
        return self._write(lambda old, new: old + new, y, copy)

    def subtract(self, y: Any, /, copy: Any = None, xp: Any = None) -> Any:
        """x[key] -= y."""
        return self._write(lambda old, new: old - new, y, copy)

    def multiply(self, y: Any, /, copy: Any = None, xp: Any = None) -> Any:
        """x[key] *= y."""
        return self._write(lambda old, new: old * new, y, copy)

    def divide(self, y: Any, /, copy: Any = None, xp: Any = None) -> Any:
        """x[key] /= y."""
        return self._write(lambda old, new: old / new, y, copy)


# ---- results -----------------------------------------------------------------------------------------


def merge(found: Any, value: Any, name: str) -> Any:
    """A result of the second instance with SciPy's values; they must agree."""
    if isinstance(found, (tuple, list)) and isinstance(value, (tuple, list)):
        parts = [merge(f, v, name) for f, v in zip(found, value, strict=True)]
        return type(value)._make(parts) if hasattr(value, "_make") else type(value)(parts)
    if isinstance(value, dict):
        return type(value)({key: merge(found[key], value[key], name) for key in value})
    if type(value) in HELD:
        parts = vars(found)
        return holder(type(value), {key: merge(parts[key], x, name) for key, x in vars(value).items()})
    if not is_dual(found) and not has_duals(found):
        return value
    found, value = as_operand(found), np.asarray(value)
    ours = value_of(found)
    must_agree(ours, value, name)
    if value.dtype.kind not in "fc":
        return value
    if value.dtype.kind == "f" and np.iscomplexobj(ours):
        found = np.real(found)
    if value.dtype.kind == "c" and not np.iscomplexobj(ours):
        found = found + 0j
    return exact(found, value)


WITHOUT_RULE = "it has no derivative rule in dualdiff"
HINTS = {"overwrite_data", "overwrite_x", "workers"}


class Namespace:
    """The functions of a namespace of SciPy's for duals.

    Parameters
    ----------
    module : module
        SciPy's.
    instance : SecondInstance
    names : iterable of str
        The functions whose second instance has the derivative.
    refused : dict
        name -> why it has none.
    own : dict
        name -> a function for duals that stands for the second instance's; it gives SciPy's value itself.
    passed : iterable of str
        Functions of values only: counts, sizes, structure.
    places : iterable of str
        Functions that answer about values with whole numbers or truths: duals are taken for their values.
    """

    def __init__(
        self,
        module: Any,
        instance: Any,
        names: Any = (),
        refused: Any = (),
        own: Any = (),
        passed: Any = (),
        places: Any = (),
    ) -> None:
        self.module, self.instance = module, instance
        self.names, self.refused, self.own = set(names), dict(refused), dict(own)
        self.passed, self.places = set(passed), set(places)
        self.replaced = self.names | set(self.own)
        self.found: dict[Any, Any] = {}

    def get(self, name: str) -> Any:
        """What the drop-in has under a name."""
        if name not in self.found:
            self.found[name] = self.make(name)
        return self.found[name]

    def make(self, name: str) -> Any:
        """The same, made anew."""
        original = theirs(self.module, name)
        if name.startswith("_") or isinstance(original, types.ModuleType) or name in self.passed:
            return original
        if isinstance(original, type) and name not in self.replaced:
            return (
                original
                if issubclass(original, Exception)
                else guarded(original, self.where(name), self.refused.get(name))
            )
        if not callable(original):
            return original
        return self.function(name, original)

    def where(self, name: str) -> str:
        """The full name."""
        return f"{self.module.__name__}.{name}"

    def function(self, name: str, original: Any) -> Any:
        """SciPy's function, which goes another way with duals."""
        full = self.where(name)

        @functools.wraps(original)
        def answer(*args: Any, **kwargs: Any) -> Any:
            if not any(holds_duals(x) for x in (*args, *kwargs.values())):
                return original(*args, **kwargs)
            if not any(map(varies, (*args, *kwargs.values()))):  # buffers that have met no dual
                return as_buffers(original(*map(plain_deep, args), **{key: plain_deep(x) for key, x in kwargs.items()}))
            if name in self.own:
                return self.own[name](*args, **kwargs)
            if name in self.places:
                found = original(*map(plain_deep, args), **{key: plain_deep(x) for key, x in kwargs.items()})
                if holds_floats(found):
                    raise refusal(full, "its result holds more than places, which has no derivative here")
                return found
            if name not in self.names:
                raise refusal(full, self.refused.get(name, WITHOUT_RULE))
            return self.compute(name, original, args, kwargs)

        if name in self.places:
            answer.values_only = True  # type: ignore[attr-defined]
        elif name not in self.replaced:
            answer.refused_because = self.refused.get(name, WITHOUT_RULE)  # type: ignore[attr-defined]
        else:
            answer.__doc__ = f"{full}, also of duals."
        if name in self.own:
            says_signature(answer, original, self.own[name])
        return at_home(self.module, answer)

    def compute(self, name: str, original: Any, args: Any, kwargs: Any) -> Any:
        """The second instance's derivatives with SciPy's values."""
        kwargs = {key: x for key, x in kwargs.items() if key not in HINTS}
        value = original(*map(plain_deep, args), **{key: plain_deep(x) for key, x in kwargs.items()})
        function = getattr(self.second(self.module.__name__), name)
        return merge(self.again(name, function, args, kwargs), value, self.where(name))

    def second(self, name: str) -> Any:
        """A module of the second instance."""
        with LOCK:
            return self.instance.module(name)

    def again(self, name: str, function: Any, args: Any, kwargs: Any) -> Any:
        """The result of the second instance's function; an error says whose it is."""
        args = [counterpart(x, self.second) for x in args]
        kwargs = {key: counterpart(x, self.second) for key, x in kwargs.items()}
        with quietly(but=KinkWarning), np.errstate(all="ignore"):   # SciPy has warned about the value
            try:
                return function(*args, **kwargs)
            except DualDiffError as error:
                raise UnsupportedError(
                    f"{self.where(name)} of these duals: a part of it has no derivative rule in dualdiff ({error})"
                ) from error


def guarded(original: Any, full: Any, why: Any) -> Any:
    """SciPy's class, which refuses duals by name."""

    @functools.wraps(original, updated=())
    def make(*args: Any, **kwargs: Any) -> Any:
        return refuse_duals(original, full, why or WITHOUT_RULE, args, kwargs)

    class Guarded(type(original)):  # type: ignore[misc]  # isinstance and attributes are the original's
        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            return make(*args, **kwargs)

        def __instancecheck__(cls, x: Any) -> bool:
            return isinstance(x, original)

        def __subclasscheck__(cls, other: Any) -> bool:
            return issubclass(other, original)

    try:
        kept = {"__doc__": f"{full}, which refuses duals.", "refused_because": why or WITHOUT_RULE,
                "__module__": f"dualdiff.{full.rpartition('.')[0]}"}  # fmt: skip
        return Guarded(original.__name__, (original,), kept)
    except TypeError:  # a compiled class that has no subclasses
        make.refused_because = why or WITHOUT_RULE  # type: ignore[attr-defined]
        return make
