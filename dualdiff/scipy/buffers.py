"""Functions as they are written, also where they fill plain buffers.

A function that was written for SciPy makes arrays with np.zeros and writes into them, which loses the derivative.
Where that happens its lifted copy (`dualdiff.lift`) takes over, whose arrays hold derivatives.

Invariant: the copy's value is that of the function itself, which is compared in every call: a copy has the globals of a
fresh import of its module, and those may have changed since.
"""

import functools
from typing import Any

import numpy as np

from ..core import forget_lost, lost_mark
from ..errors import DualDiffError, LostDerivativeError
from ..functions.base import as_operand, has_duals, value_of

__all__ = ["AsWritten"]


class AsWritten:
    """F(x, ...) with derivatives, lifted from the first call on in which f itself loses them.

    Parameters
    ----------
    f : callable
    """

    def __init__(self, f):
        self.f: Any = f
        self.lifted: Any = None

    def __call__(self, *args, **kwargs):
        """The function's result."""
        if self.lifted is not None:
            return self.checked(args, kwargs)
        mark = lost_mark()
        try:
            return self.f(*args, **kwargs)
        except LostDerivativeError as lost:
            if ours(self.f):
                raise
            from ..lifting import lift  # loads Python's compiler tools

            try:
                self.lifted = lift(self.f)
                found = self.checked(args, kwargs)
            except DualDiffError:
                self.lifted = None
                raise lost from None
            forget_lost(mark)
            return found

    def checked(self, args, kwargs):
        """The copy's result, whose value is that of f; LostDerivativeError where it is not."""
        found = self.lifted(*args, **kwargs)
        plain = self.f(*map(bare, args), **{key: bare(x) for key, x in kwargs.items()})
        if not np.array_equal(value_of(as_operand(found)), value_of(as_operand(plain)), equal_nan=True):
            raise LostDerivativeError(
                "the function fills plain buffers, and its lifted copy returns something else than the function itself "
                "(a global has changed since its module was loaded, or it uses random numbers): make buffers with "
                "np.zeros(n, like=x), or join the parts with np.stack"
            )
        return found


def ours(f):
    """Whether f is code of dualdiff, NumPy or SciPy, of which there are no lifted copies."""
    while isinstance(f, functools.partial):
        f = f.func
    modules = (getattr(f, "__module__", None), type(f).__module__)
    return any(str(name).partition(".")[0] in ("dualdiff", "numpy", "scipy") for name in modules)


def bare(x):
    """An argument without its derivatives, and not the array itself, which f might write to."""
    if has_duals(x):
        x = value_of(as_operand(x))
    return x.copy() if isinstance(x, np.ndarray) else x
