"""Compiled functions of SciPy that are linear in an array, as linear maps.

`apply_linear(forward, adjoint, x)` is forward(x) with the derivative of a linear map: the tangents go through
`forward` itself, cotangents through `adjoint`.  Both take stacks: the axes that they work on are counted from the
end, and what stands before them is carried along.

`replaces(original)` makes the drop-in functions of a namespace: SciPy's function where there are no duals.

Invariant: <w, forward(x)> = <adjoint(w), x>, with the conjugate for complex results; held by tests for each use.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy

from ..errors import UnsupportedError
from ..functions.base import as_buffers, as_operand, has_duals, linear, value_of
from ..maps.base import LinearMap, fit
from ..maps.tangents import is_dual
from .holders import Holder, without

__all__ = [
    "Applied", "apply_linear", "apply_matrix", "at_home", "differentiable", "holds_duals", "holds_floats", "must_agree",
    "plain", "plain_deep", "refusal", "refuse_duals", "refuses", "replaces", "says_signature", "settled", "theirs",
    "varies",
]  # fmt: skip


def theirs(module: Any, name: str) -> Any:
    """What a namespace of SciPy's has under a name; an AttributeError says which SciPy has it not.

    What Python itself asks a module for is not passed on: with SciPy's `__path__`, Python's imports would look for
    dualdiff's modules in SciPy's folders and run the compiled ones a second time under another name.
    """
    if name.startswith("__") and name != "__all__":
        raise AttributeError(f"module 'dualdiff.{module.__name__}' has no attribute {name!r}")
    try:
        return getattr(module, name)
    except AttributeError:
        raise AttributeError(f"SciPy {scipy.__version__} has no {module.__name__}.{name}") from None


class Applied(LinearMap):
    """A linear function of the last axes of an array, and its adjoint."""

    __slots__ = ("adjoint", "forward")

    fixed = True

    def __init__(self, forward: Any, adjoint: Any, inputs: Any, output: Any) -> None:
        super().__init__(inputs, output)
        self.forward, self.adjoint = forward, adjoint

    def apply(self, ts: Any) -> Any:
        """The function on stacks."""
        return fit(apply_linear(self.forward, self.adjoint, ts[0]), self.out_dtype)

    def transpose(self, w: Any, i: Any) -> Any:
        """The adjoint on stacks."""
        return fit(apply_linear(self.adjoint, self.forward, w), self.in_dtypes[0])


def apply_linear(forward: Any, adjoint: Any, x: Any) -> Any:
    """forward(x), where x may be a dual; see the module."""
    x = as_operand(x)
    if not is_dual(x):
        return forward(x)
    return linear(lambda v: apply_linear(forward, adjoint, v), lambda v, y: Applied(forward, adjoint, v, y), x)


def apply_matrix(matrix: Any, x: Any, axis: Any = -1) -> Any:
    """A constant matrix times x along an axis; the matrix may be sparse."""
    def times(m: Any) -> Callable[..., Any]:
        return lambda v: np.moveaxis(
            np.reshape((m @ np.reshape(np.moveaxis(v, -1, 0), (v.shape[-1], -1))),
                       (m.shape[0], *v.shape[:-1])), 0, -1)  # fmt: skip

    moved = np.moveaxis(as_operand(x), axis, -1)
    return np.moveaxis(apply_linear(times(matrix), times(matrix.conj().T), moved), -1, axis)


def at_home(module: Any, function: Any, name: str | None = None) -> Any:
    """A function that stands for one of module's, under the name where pickle and help() find it."""
    function.__module__, function.__qualname__ = f"dualdiff.{module.__name__}", name or function.__name__
    return function


def says_signature(answer: Any, original: Any, function: Any) -> None:
    """Gives what stands for a compiled function that does not say its signature that of the function for duals."""
    try:
        inspect.signature(original)
    except ValueError:
        answer.__signature__ = inspect.signature(function)


def replaces(module: Any, names: Any) -> Callable[..., Any]:
    """A decorator: a function for duals in place of module's of the same name; `names` collects what is replaced."""
    def decorate(function: Any) -> Any:
        original = getattr(module, function.__name__)

        @functools.wraps(original)
        def answer(*args: Any, **kwargs: Any) -> Any:
            if any(has_duals(x) for x in (*args, *kwargs.values())):
                return function(*args, **kwargs)
            return original(*args, **kwargs)

        answer.__doc__ = function.__doc__ or f"{module.__name__}.{function.__name__}, also of duals."
        says_signature(answer, original, function)
        names.add(function.__name__)
        return at_home(module, answer)

    return decorate


def holds_duals(x: Any) -> Any:
    """Whether an argument holds a dual: in lists, tuples, dicts, and objects that take duals."""
    return has_duals(x) or isinstance(x, dict) and any(map(holds_duals, x.values())) or \
        isinstance(x, (list, tuple)) and any(map(holds_duals, x)) or \
        isinstance(x, Holder) and any(map(holds_duals, vars(x).values()))  # fmt: skip


def varies(x: Any) -> Any:
    """Whether an argument holds a dual that carries a derivative."""
    if is_dual(x):
        return x.tag >= 0
    if isinstance(x, np.ndarray):
        return x.dtype == object and any(map(varies, x.flat))
    if isinstance(x, dict):
        return any(map(varies, x.values()))
    if isinstance(x, Holder):
        return any(map(varies, vars(x).values()))
    return isinstance(x, (list, tuple)) and any(map(varies, x))


def holds_floats(x: Any) -> bool:
    """Whether a result holds floating point numbers, which might have a derivative."""
    if isinstance(x, dict):
        return any(map(holds_floats, x.values()))
    if isinstance(x, (list, tuple)):
        return any(map(holds_floats, x))
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") in ("f", "c")


def plain_deep(x: Any) -> Any:
    """An argument without its derivatives, in a copy where SciPy might write into it."""
    if is_dual(x):
        x = value_of(x)
        return x.copy() if isinstance(x, np.ndarray) else x
    if isinstance(x, Holder):
        return without(x, plain_deep)
    if isinstance(x, dict):
        return {key: plain_deep(y) for key, y in x.items()}
    if isinstance(x, (list, tuple)) and (holds_duals(x) or any(isinstance(y, Holder) for y in x)):
        parts = [plain_deep(y) for y in x]
        return type(x)._make(parts) if hasattr(x, "_make") else type(x)(parts)
    return value_of(as_operand(x)) if has_duals(x) else x


def refusal(full: Any, why: Any) -> Any:
    """The error of a function without a derivative."""
    return UnsupportedError(
        f"{full} of duals: {why}. Pass x.value if the derivative is not needed, or give it a rule with "
        "dualdiff.custom_jvp"
    )


def refuse_duals(original: Any, full: Any, why: Any, args: Any, kwargs: Any) -> Any:
    """A function's result, or the error where something varies; a buffer that has met no dual does not."""
    if any(holds_duals(x) for x in (*args, *kwargs.values())):
        if any(map(varies, (*args, *kwargs.values()))):
            raise refusal(full, why)
        return as_buffers(original(*map(plain_deep, args), **{key: plain_deep(x) for key, x in kwargs.items()}))
    return original(*args, **kwargs)


def refuses(module: Any, name: str, why: str = "it has no derivative here") -> Any:
    """SciPy's own function, which refuses duals by name."""
    original = getattr(module, name)

    @functools.wraps(original)
    def answer(*args: Any, **kwargs: Any) -> Any:
        return refuse_duals(original, f"{module.__name__}.{name}", why, args, kwargs)

    answer.refused_because = why  # type: ignore[attr-defined]
    return at_home(module, answer, name)


def differentiable(*xs: Any) -> bool:
    """Whether any argument holds a dual."""
    return any(has_duals(x) for x in xs)


def plain(x: Any) -> Any:
    """The value of an argument, in whatever it is nested."""
    return value_of(as_operand(x)) if has_duals(x) else x


TOLERANCE = 1e-5
"""How far a value may be from SciPy's, relative to the largest: single precision counts as rounding."""


def differs(name: str, how: Any) -> Any:
    """The error of a second instance that is not SciPy."""
    return UnsupportedError(
        f"{name} of duals: dualdiff's composition of it does not give the value of the installed SciPy ({how}), so its "
        "derivative is not known. Pass x.value if the derivative is not needed"
    )


def must_agree(ours: Any, value: Any, name: str, least: float = 1e-300) -> None:
    """An error where the value of a composition is not SciPy's, beyond rounding: its derivative is another's then.

    least: what the numbers are made of that a value is the difference of, at least.
    """
    if np.shape(ours) != np.shape(value):
        raise differs(name, f"its shape is {np.shape(ours)}, not {np.shape(value)}")
    if value.dtype.kind in "fc":
        finite = np.isfinite(value)
        size = max(np.max(np.abs(value[finite]), initial=0.0), least)
        with np.errstate(all="ignore"):
            if not np.all((np.abs(ours - value) <= TOLERANCE * size) | ~finite):
                raise differs(name, f"the largest difference is {np.nanmax(np.abs(ours - value)):.1e}")


def settled(x: Any) -> Any:
    """An argument; as plain numbers where it holds duals that carry no derivative, as constants in lifted code."""
    return x if varies(x) or not holds_duals(x) else plain_deep(x)
