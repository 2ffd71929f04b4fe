"""Who asks for a dual as an array, or could not work with one: what is handed out, and what the error says.

``np.asarray(dual)`` is an array of objects.  NumPy's own Python code and the user's work on such an array.  Compiled
code of others does not: at best it raises an error that names nothing, at worst it copies pointers and the interpreter
dies.  So the frame that asks is looked at, and code of a package that is compiled gets an error that names the
function, its argument, and what to write instead.

`explain` does the same for exceptions that leave a function under differentiation: a note says which function could
not take duals, and the ways out.

Invariant: a frame decides about a message or a refusal, never about a number.
"""

import builtins
import functools
import importlib.machinery
import os
import re
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType
from typing import Any

import numpy as np

from .core import Dual, DualArray, frame_kinds
from .errors import ArrayOfObjectsWarning, DualDiffError, ForeignCodeError, LostDerivativeError, UnsupportedError
from .maps.tangents import is_dual

__all__ = ["allow", "complex_object", "explain", "kind_of"]

OURS, NUMPY, SPECIAL, OTHERS = 1, 2, 3, 4
"""Kinds of modules: the user's and our own; NumPy's; those of NumPy's that must be looked at; compiled packages'."""

MANY = 256
"""An array of objects with more elements than this is warned of."""

TABLES = {"pandas", "xarray"}
UNITS = {"astropy", "unyt"}
COMPILED = {"scipy", "numba", "numexpr", "bottleneck", *TABLES, *UNITS}
SUFFIXES = tuple(importlib.machinery.EXTENSION_SUFFIXES)

SPECIAL_MODULES = {
    "numpy.ma": "masked arrays hold plain numbers; choose with np.where(mask, a, b) on the bare arrays",
    "numpy.matrixlib": "an np.matrix holds plain numbers; use arrays, with @ for the matrix product",
    "numpy.testing": "it compares plain numbers: pass the values, x.value of a dual x",
    "numpy.lib._stride_tricks_impl": "",
    "numpy.lib.stride_tricks": "",
}

IN_PYTHON = {
    "scipy.integrate": {"trapezoid", "simpson", "romb", "cumulative_trapezoid", "cumulative_simpson"},
    "scipy.optimize": {"rosen", "rosen_der", "rosen_hess", "rosen_hess_prod"},
    "scipy.spatial": {"distance_matrix", "minkowski_distance", "minkowski_distance_p"},
    "scipy.spatial.distance": {
        "euclidean", "sqeuclidean", "cityblock", "chebyshev", "canberra", "braycurtis", "minkowski", "mahalanobis",
        "seuclidean",
    },
    "scipy.fft": {"fftshift", "ifftshift"},
    "scipy.sparse.coo_array": {"dot"},
    "scipy.sparse.coo_matrix": {"dot"},
}  # fmt: skip
"""SciPy's functions that are NumPy code all the way, so that arrays of objects go through them (tested one by one)."""

SOLVERS = {
    "brentq", "brenth", "bisect", "ridder", "toms748", "newton", "root_scalar", "fsolve", "root", "newton_krylov",
    "broyden1", "broyden2", "anderson", "diagbroyden", "excitingmixing", "linearmixing", "fixed_point", "find_root",
}  # fmt: skip
"""SciPy's functions that solve an equation."""


# ---- frames -------------------------------------------------------------------------------------------


def kind_of(frame: FrameType) -> int:
    """Whose code a frame runs."""
    name = frame.f_globals.get("__name__") or ""
    kind = frame_kinds.get(name)
    if kind is None:
        kind = frame_kinds[name] = kind_of_module(name, frame.f_code.co_filename)
    if kind == OTHERS and frame.f_builtins is not builtins.__dict__:
        return OURS  # lifted: its NumPy is ours
    return kind


def kind_of_module(name: str, filename: str) -> int:
    """The kind of the module of that name."""
    top = name.partition(".")[0]
    if top == "numpy":
        return NUMPY if part_of(name) is None else SPECIAL
    if top in COMPILED:
        return OTHERS
    if top in ("dualdiff", "__main__", "") or top in sys.stdlib_module_names:
        return OURS
    installed = re.search(r"[\\/](site|dist)-packages[\\/]", os.path.abspath(filename)) is not None
    return OTHERS if installed and is_compiled(top) else OURS


def part_of(name: str) -> str | None:
    """The special part of NumPy that a module belongs to, or None."""
    return next((m for m in SPECIAL_MODULES if name == m or name.startswith(m + ".")), None)


def is_compiled(top: str) -> bool:
    """Whether an extension module of this package is loaded."""
    for name, module in list(sys.modules.items()):
        if name == top or name.startswith(top + "."):
            origin = getattr(getattr(module, "__spec__", None), "origin", None)
            if origin and str(origin).endswith(SUFFIXES):
                return True
    return False


def of_one_package(frames: Sequence[FrameType]) -> list[FrameType]:
    """The first of these frames and those of its package that called it, up to the one that the user's code called."""
    top = top_of(frames[0])
    found = []
    for frame in frames:
        if kind_of(frame) == OTHERS and top_of(frame) == top:
            found.append(frame)
        elif kind_of(frame) == OURS:
            break
    return found


def outwards(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame and those that called it."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def top_of(frame: FrameType) -> str:
    """The package of a frame."""
    return (frame.f_globals.get("__name__") or "").partition(".")[0]


def function_name(frame: FrameType) -> str:
    """The public name of the function that a frame runs."""
    code, module = frame.f_code, frame.f_globals.get("__name__") or ""
    name, top = code.co_qualname.removeprefix(module + "."), top_of(frame)  # Cython's have the module in front
    if code.co_name == "__ua_function__":  # scipy.fft chooses a backend in compiled code
        return public("scipy.fft", getattr(frame.f_locals.get("method"), "__name__", "fft"))
    if "<locals>" in name:  # a wrapper: the function that it wraps is among its variables
        for value in frame.f_locals.values():
            found = name_of(value)
            if found and found[0].startswith(top) and not isinstance(value, type):
                module, name = found
                break
        else:
            name = name.rpartition("<locals>.")[2]
    owner, _, method = name.partition(".")
    me = frame.f_locals.get("self")
    if method and me is not None:
        kind = type(me)
        if kind.__module__.startswith("scipy.stats") and isinstance(getattr(me, "name", None), str):
            return f"scipy.stats.{me.name}.{method}"  # a distribution
        if kind.__module__.startswith(top) and "<locals>" not in kind.__qualname__:
            module, owner = kind.__module__, kind.__qualname__
    return public(module, owner if method in ("", "__init__", "__new__") else f"{owner}.{method}")


def name_of(function: object) -> tuple[str, str] | None:
    """(module, name) of a function that is not local to another one; None where it has no such name."""
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    if not (callable(function) and isinstance(module, str) and isinstance(name, str)) or "<locals>" in name:
        return None
    return module, name


def name_called(function: object, text: str) -> str:
    """The name of a function where users find it; where it has none, what the code that calls it calls it."""
    found = name_of(function)
    return text if found is None else public(*found)


def users_name(frame: FrameType, caller: FrameType | None, last: int) -> str:
    """The name of a function, or what the user's code calls it where that is private (numba's dispatchers)."""
    name = function_name(frame)
    if name.rpartition(".")[2].startswith("_") and not name.endswith("__") and caller is not None:
        return called(caller, last)[0] or name
    return name


def public(module: str, name: str) -> str:
    """The name of a function where users find it."""
    parts = module.split(".")
    private = next((i for i, part in enumerate(parts) if part.startswith("_")), len(parts))
    for end in range(1, private + 1):
        found = getattr(sys.modules.get(".".join(parts[:end])), name.partition(".")[0], None)
        if found is not None and not isinstance(found, types.ModuleType):
            return f"{'.'.join(parts[:end])}.{name}"
    return f"{'.'.join(parts[:private])}.{name}"


def argument_of(frames: Sequence[FrameType], x: object = None) -> str | None:
    """The name of the argument that is x or holds it, or else holds any dual, in the outermost frame that has one."""
    for frame in reversed(frames):
        code = frame.f_code
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        given: dict[str, Any] = {
            name: frame.f_locals.get(name) for name in names if name not in ("args", "kwargs", "self")
        }
        wanted: list[Callable[[object], bool]] = [is_dual] if x is None else [lambda e: e is x, is_dual]
        for fits in wanted:
            for name, value in given.items():
                if holds(value, fits):
                    return name
    return None


def holds(value: Any, wanted: Callable[[object], bool], depth: int = 3) -> bool:
    """Whether a value is what is wanted, or a container of it."""
    if wanted(value):
        return True
    if depth and type(value) in (list, tuple):
        return any(holds(e, wanted, depth - 1) for e in value)
    if depth and type(value) is dict:
        return any(holds(e, wanted, depth - 1) for e in value.values())
    if isinstance(value, np.ndarray) and value.dtype == object:
        return any(wanted(e) for e in value.flat)
    return False


# ---- what is called at a place in the code ---------------------------------------------------------------


@functools.lru_cache(1024)
def names_called(code: CodeType, last: int) -> tuple[str, ...] | None:
    """The names a, b, c of the call a.b.c(...) at an instruction; None where it is something else."""
    import dis  # slow to import, and used in errors only

    positions = list(code.co_positions())
    if last < 0 or last // 2 >= len(positions):
        return None
    start = positions[last // 2][0], positions[last // 2][2]
    names: Any = None
    here = ""
    for instruction in dis.get_instructions(code):
        if instruction.offset > last:
            break
        here = instruction.opname
        at = positions[instruction.offset // 2]
        if (at[0], at[2]) != start or start[1] is None:
            continue
        if here.startswith(("LOAD_ATTR", "LOAD_METHOD")):
            names = None if names is None else (*names, instruction.argval)
        elif here.startswith("LOAD_"):
            value = instruction.argval
            names = (value,) if isinstance(value, str) else None
        elif here.startswith("CALL") and instruction.offset < last:
            names = None
    return names if here.startswith(("CALL", "PRECALL")) else None


def called(frame: FrameType, last: int) -> tuple[str, Any]:
    """(text, object) of what a frame calls at an instruction; the object is None where it is not known."""
    names = names_called(frame.f_code, last)
    if names is None:
        return "", None
    first = names[0]
    found = next((d[first] for d in (frame.f_locals, frame.f_globals, frame.f_builtins) if first in d), None)
    for name in names[1:]:
        if isinstance(found, (types.ModuleType, type)):
            found = getattr(found, name, None)
        elif isinstance(found, np.ndarray):
            found = getattr(np.ndarray, name, None)
        else:
            found = None
    return ".".join(map(str, names)), found


def is_foreign(function: object) -> bool:
    """Whether a function is compiled code of a package other than NumPy."""
    if function is None or isinstance(function, (types.FunctionType, types.MethodType)):
        return False
    kind = type(function)
    if kind.__name__ == "fortran":
        return True
    module = getattr(function, "__module__", None)
    if not isinstance(module, str):
        module = type(getattr(function, "__self__", None)).__module__
        if module == "builtins":
            module = kind.__module__
    top = module.partition(".")[0]
    if top in ("numpy", "dualdiff", "builtins") or top in sys.stdlib_module_names:
        return False
    if isinstance(function, type):  # one that runs in no frame of its own
        return top in COMPILED or is_compiled(top)
    compiled = kind.__name__ in (
        "builtin_function_or_method", "cython_function_or_method", "fused_cython_function", "_lru_cache_wrapper",
    )  # fmt: skip
    return compiled or kind.__module__.partition(".")[0] in COMPILED and not isinstance(function, np.ufunc)


# ---- messages --------------------------------------------------------------------------------------------


def way_out(name: str) -> str:
    """What to write in place of a function that cannot take duals."""
    home, _, short = name.rpartition(".")
    top = name.partition(".")[0]
    if top in TABLES:
        return (
            "Compute with arrays: take them out of the table before the derivative call (df['a'].to_numpy()), and "
            "make a table of the results, or inside of the function of the numbers alone (x.value, no derivative)"
        )
    if top in UNITS:
        return (
            "Compute with bare numbers and multiply the results by their units, or write pint's quantities, which can "
            "hold a dual array"
        )
    if home.startswith("scipy.sparse.") and short in ("__setitem__", "__iadd__", "__isub__"):
        return (
            "Collect the entries and make dualdiff.scipy.sparse.coo_array((data, (rows, columns)), shape=...), which "
            "adds up what has the same place; into an array that varies entries can be written"
        )
    if home.startswith("scipy.sparse.") and (short.startswith("__") or short == "multiply"):
        return (
            "Write the dual on the left (x * A, x + A), where dualdiff's own operator is asked; or make A an array "
            "that varies by dualdiff.scipy.sparse"
        )
    if top == "scipy":
        ours = drop_in(home, short)
        if ours:
            return f"Write {ours} in its place, which takes duals"
        numpys = None if home == "scipy.fftpack" else same_in_numpy(short)     # diff there is another one
        if numpys:
            return f"Write {numpys} in its place, which takes duals"
        if home == "scipy.optimize" and short in SOLVERS:
            return (
                "Write dualdiff.solve.implicit_root in its place: a solution as a differentiable function of what the "
                "equation depends on"
            )
        return (
            "Write it in NumPy's functions, or give it a derivative of your own with dualdiff.custom_jvp; x.value is "
            "the number alone, without a derivative"
        )
    return (
        f"dualdiff.lift({name}) takes duals where it is Python code; compiled code is given a derivative with "
        "dualdiff.custom_jvp, or differences with dualdiff.numerical; x.value is the number alone, without a derivative"
    )


def drop_in(home: str, short: str) -> str | None:
    """The name of our own version of a function of SciPy's, or None."""
    from . import scipy

    parts = home.split(".")
    if len(parts) < 2 or parts[1] not in scipy.__all__:
        return None
    try:
        module = importlib.import_module(f"dualdiff.{home}")
    except ModuleNotFoundError:  # a method of an object of the namespace
        above, _, owner = home.rpartition(".")
        found = drop_in(above, owner)
        return found and f"{found}.{short}"
    original = getattr(importlib.import_module(home), short, None)
    found = getattr(module, short, None)
    if found is None or found is original or hasattr(found, "refused_because"):
        return None
    return f"{module.__name__}.{short}"


def same_in_numpy(short: str) -> str | None:
    """The name of a function of NumPy's with a rule and the same name, or None."""
    from .functions import fft  # noqa: F401  (it is loaded when it is first used)
    from .functions.base import FUNCTIONS

    for home, module in (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft)):
        found = getattr(module, short, None)
        try:
            if found is not None and found in FUNCTIONS:
                return f"{home}.{short}"
        except TypeError:
            continue
    return None


def refused(name: str, argument: str | None) -> ForeignCodeError:
    """The error of a function of others that asks for a dual as an array."""
    what = f"its argument {argument}" if argument else "one of its arguments"
    holder = name.partition(".")[0] in TABLES | UNITS
    does = "holds plain numbers" if holder else "is, or calls, compiled code for plain numbers"
    return ForeignCodeError(f"{name} cannot take duals: {what} is one, and it {does}. {way_out(name)}.")


# ---- who asks for an array ---------------------------------------------------------------------------------


def allow(x: Dual | DualArray, frame: FrameType) -> None:
    """Raises where the code of a frame must not get the array of objects that stands for the dual x."""
    asker: FrameType | None = frame
    while asker is not None and (kind := kind_of(asker)) in (NUMPY, SPECIAL):
        if kind == SPECIAL:
            special(x, asker)
        elif asker.f_code is np.require.__code__ and "W" in asker.f_locals["requirements"]:
            raise LostDerivativeError(
                "np.require(x, requirements='W') of a dual array would be a copy, which x does not see written to; "
                "NumPy's is x itself: write into x"
            )
        asker = asker.f_back
    if asker is None:
        return
    if kind_of(asker) == OTHERS:
        run = of_one_package(list(outwards(asker)))
        caller = run[-1].f_back
        name = users_name(run[-1], caller, -1 if caller is None else caller.f_lasti)
        home, _, short = name.rpartition(".")
        if short in IN_PYTHON.get(home, ()):
            return
        raise refused(name, argument_of(run, x))
    if asker is not frame and type(x) is not DualArray:
        return
    text, function = called(asker, asker.f_lasti) if type(x) is DualArray else ("", None)
    if is_foreign(function):
        raise refused(name_called(function, text), None)
    if type(x) is DualArray and x.size > MANY and kind_of(asker) == OURS and top_of(asker) != "dualdiff":
        slow(x, asker, text)


OF_DTYPES = {
    "norm", "vector_norm", "matrix_norm", "real", "imag", "angle", "iscomplexobj", "real_if_close",
}  # fmt: skip
"""NumPy's Python functions that ask for the dtype whether numbers are complex."""


def complex_object(frame: FrameType) -> None:
    """Raises, or warns, where code makes an array of objects of complex duals, which NumPy takes for real numbers."""
    kind, name = kind_of(frame), frame.f_code.co_name
    if kind in (NUMPY, SPECIAL):
        if name in OF_DTYPES:
            raise UnsupportedError(
                f"np.{name} was given a list (or an array of objects) of complex duals, which it takes for "
                "real numbers; join them first: np.stack([a, b])"
            )
    elif kind == OURS and top_of(frame) != "dualdiff":
        warn_at(
            frame, "an array of objects is made of complex duals: its real and imag, and NumPy's functions that look "
            "at the dtype, take the elements for real numbers; write np.stack([a, b]), np.array([a, b], like=a), or "
            "`from dualdiff import numpy as np`",
        )  # fmt: skip


def refuse_value(x: Dual | DualArray, frame: FrameType) -> None:
    """Raises where a package takes x.value for the number of a quantity of its own and drops the derivative."""
    if top_of(frame) in UNITS:
        run = of_one_package(list(outwards(frame)))
        raise refused(function_name(run[-1]), argument_of(run, x))


def special(x: Dual | DualArray, frame: FrameType) -> None:
    """Parts of NumPy that do not take arrays of objects."""
    module = frame.f_globals["__name__"]
    if "stride_tricks" in module:
        if frame.f_code.co_name == "as_strided":
            strided(x, frame)
        return
    part = part_of(module) or module
    outer = frame
    while outer.f_back is not None and part_of(outer.f_back.f_globals.get("__name__") or "") == part:
        outer = outer.f_back
    name = outer.f_code.co_qualname.rpartition("<locals>.")[2]
    if part == "numpy.testing":
        name = next((f.f_code.co_name for f in outwards(frame) if f.f_code.co_name.startswith("assert_")), name)
    raise UnsupportedError(
        f"{part}: {name.replace('.__new__', '')} cannot take duals; {SPECIAL_MODULES[part]}"
    )


def strided(x: Dual | DualArray, frame: FrameType) -> None:
    """np.lib.stride_tricks.as_strided: strides are of the value; they fit an array of objects in C order only."""
    given = frame.f_locals
    value = x
    while type(value) is DualArray or type(value) is Dual:
        value = value.value
    shape = given.get("shape")
    shape = np.shape(value) if shape is None else tuple(np.atleast_1d(shape))
    strides = given.get("strides")
    fits = np.ndim(value) and value.itemsize == np.dtype(object).itemsize and value.flags.c_contiguous
    if fits and strides is not None:
        strides = tuple(np.atleast_1d(strides))
        ends = [(n - 1) * s for n, s in zip(shape, strides, strict=False)]
        low, high = sum(min(e, 0) for e in ends), sum(max(e, 0) for e in ends)
        fits = low >= 0 and high < value.nbytes and not any(s % value.itemsize for s in strides) or 0 in shape
    elif fits:
        fits = np.prod(shape, dtype=int) <= value.size
    if not fits:
        raise UnsupportedError(
            "np.lib.stride_tricks.as_strided reads the memory of its argument, here beyond what stands for a dual "
            "array; write dualdiff.numpy.lib.stride_tricks.as_strided, which has a rule, or sliding_window_view"
        )


def slow(x: DualArray, frame: FrameType, text: str) -> None:
    """Warns once at a place that makes a large array of objects."""
    if text.endswith(".dot"):
        left = text[: -len(".dot")]
        said = (
            f"{text}(x) of a plain array and a dual one computes with an array of {x.size} objects, as a method of "
            f"ndarray asks nobody; write {left} @ x or np.dot({left}, x)"
        )
    else:
        said = (
            f"{text or 'np.asarray'}(x) makes an array of {x.size} objects of a dual array, which is slow in all that "
            "follows; write x itself, np.asarray(x, like=x), or `from dualdiff import numpy as np`"
        )
    warn_at(frame, said)


def warn_at(frame: FrameType, said: str) -> None:
    """Warns once at the line that a frame is at."""
    warnings.warn_explicit(
        said, ArrayOfObjectsWarning, frame.f_code.co_filename, frame.f_lineno, frame.f_globals.get("__name__"),
        frame.f_globals.setdefault("__warningregistry__", {}),
    )  # fmt: skip


# ---- exceptions that leave a function under differentiation ---------------------------------------------------


OBJECTS = re.compile(
    r"dtype\('O'\)|[Oo]bject|no callable|input types|real number|must be (float|number)|holds references|"
    r"did not contain a loop|Cannot cast|could not convert|setting an array element"
)
"""What NumPy's own errors about arrays of objects say."""

NDITER = (
    "dualdiff: np.nditer walks over plain numbers; loop over x.flat or with `for index in np.ndindex(x.shape)`, or "
    "write the loop in whole arrays"
)

AXES = re.compile(r"maximum supported dimension|number of dimensions must be within|array is 6[45]-dimensional")

MANY_AXES = re.compile(r"supports up to 32 dimensions|zip\(\) argument \d is longer")

TOO_MANY_AXES = (
    "dualdiff: NumPy's arrays have at most 64 axes, and a dual array needs one of them for its directions: a function "
    "under differentiation has arrays of at most 63"
)

THREE_WAYS = (
    "dualdiff: an array that np.array, np.r_ or a ufunc method made of a list with duals is an array of objects, which "
    "code for floats does not take. Make a dual array of it with np.array([...], like=x) (or np.stack), write `from "
    "dualdiff import numpy as np`, or leave the code as it is and differentiate dualdiff.lift(f)"
)


READ_ONLY = (
    "dualdiff: what np.asarray, np.ascontiguousarray or np.asfortranarray make of a dual array shows its numbers and "
    "cannot be written to, as the dual array would not see it; write into the dual array itself, into a copy "
    "(np.array(x), x.copy()), or take `from dualdiff import numpy as np`, whose asarray gives the dual array"
)


def explain(error: BaseException) -> None:
    """Adds to an exception that leaves f what it has to do with duals, where it has."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame, trace.tb_lasti))
        trace = trace.tb_next
    end = len(frames)
    while end and (kind_of(frames[end - 1][0]) in (NUMPY, SPECIAL) or top_of(frames[end - 1][0]) == "dualdiff"):
        end -= 1
    if not end:
        return
    frame, last = frames[end - 1]
    if kind_of(frame) == OTHERS:
        run = of_one_package([f for f, _ in frames[end - 1 :: -1]])
        before = next(i for i, (f, _) in enumerate(frames) if f is run[-1]) - 1
        name = users_name(run[-1], *(frames[before] if before >= 0 else (None, -1)))
        if name in str(error):
            return
        argument = argument_of(run)
        what = f"its argument {argument} is or holds a dual" if argument else "no dual may reach it"
        note(error, f"dualdiff: raised in {name}, which cannot take duals ({what}). {way_out(name)}.")
        return
    if AXES.search(str(error)):
        note(error, TOO_MANY_AXES)
    text, function = called(frame, last)
    if is_foreign(function):
        name = name_called(function, text)
        if name not in str(error):
            note(error, f"dualdiff: raised in {name}, compiled code that cannot take duals. {way_out(name)}.")
        return
    inside = any(top_of(f) == "dualdiff" for f, _ in frames[end:])
    if inside and MANY_AXES.search(str(error)):
        note(error, "dualdiff: the rule of this function is for arrays of up to 25 axes; reshape to fewer")
    if isinstance(error, DualDiffError) or inside or raised_here(frame, last) and end == len(frames):
        return
    if function is np.nditer or "nditer" in text:
        note(error, NDITER)
    elif OBJECTS.search(str(error)):
        note(error, THREE_WAYS)
    elif isinstance(error, ValueError) and "read-only" in str(error):
        note(error, READ_ONLY)


def note(error: BaseException, text: str) -> None:
    """Adds a note; one of an earlier call, on an exception object that is raised again and again, is replaced."""
    notes = getattr(error, "__notes__", [])
    if text not in notes:
        notes[:] = [other for other in notes if not other.startswith("dualdiff: raised in")]
        error.add_note(text)


def raised_here(frame: FrameType, last: int) -> bool:
    """Whether a frame stands at a raise statement of its own."""
    from opcode import opname

    return opname[frame.f_code.co_code[last]] in ("RAISE_VARARGS", "RERAISE") if last >= 0 else False
