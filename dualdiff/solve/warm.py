"""Programs for functions that are solved again and again, without being asked for.

From its third solve on, a function is compiled (`dualdiff.compile`) for its Jacobian alone: F itself is evaluated
plainly at every point, and the value that the program computes beside J is compared with it there.

Invariant: a program whose value is not F's is not used, and its function is not compiled again.
"""

import types
import weakref
from typing import Any

import numpy as np

from ..programs.bound import paths_of, solvers_own
from ..programs.compiled import compile as compiled

__all__ = ["Warm", "solves_of", "warm"]

SOLVES = 2
"""So many solves are made before: what is solved once is not worth recording."""
ALIKE = 1e-9
"""How near the program's value must be, relative to the largest element; BLAS may give other last bits."""
ROUNDING = 64
"""Or within this many eps max|J||x|, as F cancels next to a root."""

NOTE = "__dualdiff_solves__"
"""The attribute of the function that holds this.  A table beside the functions would keep them all alive."""


class Solves:
    """A function's solves so far, its program, and its functions of a vector.

    refused: whether it is not to be compiled.  vectors: see vectors.py; these have solves and programs of their own.
    """

    __slots__ = ("code", "owner", "program", "refused", "solves", "vectors")

    def __init__(self, fun: Any = None) -> None:
        self.owner: Any = None if fun is None else weakref.ref(fun)
        self.code: Any = None if fun is None else fun.__code__
        self.solves, self.refused = 0, False
        self.program: Any = None
        self.vectors: dict[Any, Any] = {}

    def of(self, fun: Any) -> bool:
        """Whether they are those of a function: functools.wraps copies attributes to other functions."""
        return self.owner is not None and self.owner() is fun and self.code is fun.__code__

    def __reduce__(self) -> Any:
        return Solves, ()       # a function that is sent elsewhere starts anew


def warm(fun: Any, args: Any) -> "Warm | None":
    """The Jacobian of a function of Python's by a program, where it has been solved often; counts a solve of it."""
    found = solves_of(fun)
    if found is None:
        return None
    found.solves += 1
    return Warm(found, fun, args) if found.solves > SOLVES and not found.refused else None


def solves_of(fun: Any) -> Solves | None:
    """The solves of a function of Python's that is not compiled; None for anything else."""
    if type(fun) is not types.FunctionType:
        return None
    found: Solves | None = fun.__dict__.get(NOTE)
    if found is None or not found.of(fun):
        if paths_of(fun) is not None:
            return None
        found = fun.__dict__[NOTE] = Solves(fun)
    return found


class Warm:
    """The Jacobian in one solve.

    Parameters
    ----------
    solves : Solves
    fun : callable
    args : tuple
        Its further arguments.
    """

    def __init__(self, solves: Solves, fun: Any, args: Any) -> None:
        self.solves, self.fun, self.args = solves, fun, args
        self.base: Any = None
        self.derivative: Any = None

    def jacobian(self, x: Any, f: Any) -> Any:
        """J as a matrix; None where there is none to be trusted.

        Parameters
        ----------
        x : ndarray
            In fun's shape, for this call alone.
        f : ndarray
            F there, flat.
        """
        try:
            if self.derivative is None:
                self.compile()
            J = self.trusted(x, f)
        except Exception:       # whatever keeps a function from being recorded, it has been solved without
            J = None
        if J is None:
            self.solves.refused = True
        return J

    def compile(self) -> None:
        """The program, or that of an earlier solve."""
        if self.solves.program is None:
            self.solves.program = compiled(self.fun, check="never")
        own = solvers_own(self.solves.program, self.args)
        assert own is not None and own.base.f is self.fun
        own.base.noticed = True     # nobody asked for a program, so nobody misses it
        self.base, self.derivative = own.base, own.derivative("value_and_jacobian")
        self.derivative.paths.noticed = True

    def trusted(self, x: Any, f: Any) -> Any:
        """J where the program's value is F's, else None."""
        value, J = self.derivative.of_x(x)
        if self.base.eager or self.derivative.paths.eager:
            return None
        J, value = np.reshape(J, (f.size, f.size)), np.reshape(value, f.shape)
        if J.dtype.kind != "f":
            return None
        J, value = J.astype(f.dtype, copy=False), value.astype(f.dtype, copy=False)
        if (value == f).all():
            return J
        noise = ROUNDING * np.finfo(f.dtype).eps * np.max(np.abs(J) @ np.abs(x.ravel()))
        return J if np.max(np.abs(value - f)) <= max(ALIKE * np.max(np.abs(f)), noise) else None
