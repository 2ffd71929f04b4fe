"""The errors of dualdiff.

Every error is a `DualDiffError` and also the built-in type that NumPy users catch already.
A message says what happened, why, and what to write instead.

"""

import sys
import threading
import types
from typing import Any

__all__ = [
    "ArgumentError",
    "ArrayOfObjectsWarning",
    "CompileNotice",
    "DualDiffError",
    "EscapedDualError",
    "ForeignCodeError",
    "InputError",
    "KinkWarning",
    "LiftError",
    "LiftedWarning",
    "LostDerivativeError",
    "MemoryLimitError",
    "NoDerivativeWarning",
    "NonFiniteError",
    "NumericalWarning",
    "PatternError",
    "ShapeError",
    "StaleProgramError",
    "TooLargeError",
    "UnsupportedAttributeError",
    "UnsupportedError",
]


def __dir__() -> list[str]:
    return sorted(__all__)


latest = threading.local()      # of the latest LostDerivativeError of the thread: text, and the packages around it


def note_lost() -> None:
    """Tells the compiled core of a LostDerivativeError; the core puts its own here."""


class DualDiffError(Exception):
    """Base class of all errors that dualdiff raises."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)        # written down, as tools ask for the signature


class KinkWarning(UserWarning):
    """A second or higher derivative was taken at a kink, and is the convention's; the message names the function."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)


class NoDerivativeWarning(UserWarning):
    """There is no derivative at the point, so it is nan; the message names the function, and what to write instead."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)


class CompileNotice(UserWarning):
    """A function given to `compile` runs as it is for some arguments; the message says which function, and why."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)


class StaleProgramError(DualDiffError, ValueError):
    """A compiled function and the function itself gave different results: it depends on something that is not seen.

    Attributes
    ----------
    plain, compiled : object
        The two results.
    """

    def __init__(self, message: str = "", plain: object = None, compiled: object = None) -> None:
        super().__init__(message)
        self.plain, self.compiled = plain, compiled


class LostDerivativeError(DualDiffError, TypeError):
    """An operation would have dropped a derivative (``float(x)``, a plain buffer, ...).

    One that the function itself catches is raised again at the end of the derivative call.
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        latest.text = f"{users_line()}{self}"
        latest.packages = packages_around()
        note_lost()


class UnsupportedError(DualDiffError, TypeError):
    """A function or an operation has no derivative rule; the message names it."""


class UnsupportedAttributeError(UnsupportedError, AttributeError):
    """An attribute of ndarrays that duals do not have; ``hasattr`` is false."""


class ForeignCodeError(UnsupportedError, LostDerivativeError):
    """Compiled code of another package asked for a dual as an array; the message names the function."""


class LiftError(DualDiffError, ValueError):
    """A lifted copy of a function gives another value on duals than the function does on plain numbers."""


class LiftedWarning(UserWarning):
    """A function was lifted without being asked to; the message names the packages, and how to be explicit."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)


class NumericalWarning(UserWarning):
    """A derivative by differences (`numerical`) may be wrong by more than was allowed; the message has the estimate."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)


class InputError(DualDiffError, TypeError):
    """An argument has a type that the call cannot take."""


class ArgumentError(DualDiffError, ValueError):
    """An argument of the right type has a value that the call cannot take (an unknown option, a nan)."""


class ShapeError(DualDiffError, ValueError):
    """Shapes or numbers of directions do not fit; the message has both."""


class PatternError(DualDiffError, ValueError):
    """A sparsity pattern misses an entry of the derivative; the message names it."""


class EscapedDualError(DualDiffError, ValueError):
    """A dual number of an inner derivative call left that call."""


class TooLargeError(MemoryError, DualDiffError):     # this order: MemoryError makes its objects itself
    """A dense derivative would take more memory than the machine has."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)     # written down, as tools ask for the signature


class MemoryLimitError(MemoryError, DualDiffError):
    """A recording would keep more than its `memory_limit`, and cannot be made in stretches; the message says why."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)     # written down, as tools ask for the signature


class NonFiniteError(DualDiffError, FloatingPointError):
    """``dualdiff.debug`` met a value or a tangent that is inf or nan."""


class ArrayOfObjectsWarning(UserWarning):
    """A large dual array became an array of objects, which is slow in all that follows."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)


HOW_TO_KEEP = (
    "write x.value for the number alone (no derivative), np.sin(x) instead of math.sin(x) "
    "(or `from dualdiff import math`), and np.zeros(n, like=x) or np.zeros_like(x) for a buffer "
    "that can hold derivatives (a plain float array cannot); `from dualdiff import numpy as np` makes such buffers "
    "by itself, and dualdiff.lift(f) does all of it in code that you do not want to change"
)

PLAIN_BUFFER = (
    "the array that is written to is a plain float array, which cannot hold a derivative: make it with "
    "np.zeros(n, like=x) or np.zeros_like(x), or write `from dualdiff import numpy as np` in place of "
    "`import numpy as np` and leave the code as it is (dualdiff.lift(f) does so in code that is not yours); "
    "x.value is the number alone"
)


def lost(what: str, instead: str = "") -> LostDerivativeError:
    """The error of an operation that would drop a derivative: of a write into a plain buffer, where it is one."""
    if writes_element():
        return LostDerivativeError(PLAIN_BUFFER)
    return LostDerivativeError(f"{what} would lose the derivative of a dual number; {instead}{HOW_TO_KEEP}")


def escaped() -> EscapedDualError:
    """The error of a dual that outlived its call."""
    return EscapedDualError(
        "met a dual number of another derivative call that is already over (it was kept in a variable, a cache, an "
        "attribute or a generator), whose derivative nobody takes any more; compute it anew inside the function, or "
        "keep x.value"
    )


def users_frame() -> Any:
    """The innermost frame that is not dualdiff's own."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("dualdiff."):
        frame = frame.f_back
    return frame


def packages_around() -> list[str]:
    """The packages whose frames are innermost, up to the derivative call."""
    found: list[str] = []
    frame = users_frame()
    while frame is not None and len(found) < 16:
        name = str(frame.f_globals.get("__name__") or "").partition(".")[0]
        if name == "dualdiff":
            break
        if name not in found:
            found.append(name)
        frame = frame.f_back
    return found


def users_line() -> str:
    """Where the user's code is: "file.py, line 3: "."""
    frame = users_frame()
    return "" if frame is None else f"{frame.f_code.co_filename}, line {frame.f_lineno}: "


def swallowed() -> Any:
    """The error of a call in which a LostDerivativeError was raised and caught by the function itself."""
    return LostDerivativeError(
        "inside the function a LostDerivativeError was raised and caught again, by an except for TypeError or for all "
        "errors, so that the derivative would go on without what was lost there. It was: "
        f"{getattr(latest, 'text', '')}"
    )


def tell_swallowed(error: Any) -> Any:
    """Adds to an exception that leaves the function that a LostDerivativeError was caught before it."""
    seen: BaseException | None = error
    met = set()
    while seen is not None and id(seen) not in met:
        if isinstance(seen, LostDerivativeError):
            return
        met.add(id(seen))
        seen = seen.__cause__ or seen.__context__
    error.add_note(
        "before this error, a LostDerivativeError was raised and caught inside the function: "
        f"{getattr(latest, 'text', '')}"
    )


def writes_element() -> bool:
    """Whether the Python code that called into the compiled core is at an assignment a[...] = x."""
    frame = users_frame()
    if frame is None or frame.f_lasti < 0:
        return False
    from opcode import opname

    return opname[frame.f_code.co_code[frame.f_lasti]] in ("STORE_SUBSCR", "STORE_SLICE")
