"""Functions as they are written, also where they fill plain buffers.

A function that was written for SciPy makes arrays with np.zeros and writes into them, which loses the derivative.
Where that happens its lifted copy (`dualdiff.lift`) takes over, whose arrays hold derivatives.

Invariant: the copy's value is that of the function itself, which lift compares in every call.
"""

import functools
from typing import Any

from ..automatic import UNLIFTED
from ..core import forget_lost, lost_mark
from ..errors import DualDiffError, LostDerivativeError

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
            return self.lifted(*args, **kwargs)
        mark = lost_mark()
        try:
            return self.f(*args, **kwargs)
        except LostDerivativeError as lost:
            if ours(self.f) or getattr(self.f, UNLIFTED, False):
                raise
            from ..lifting import lift  # loads Python's compiler tools

            try:
                lifted = lift(self.f)
                found = lifted(*args, **kwargs)
            except DualDiffError:
                raise lost from None
            self.lifted = lifted
            forget_lost(mark)
            return found


def ours(f):
    """Whether f is code of dualdiff, NumPy or SciPy, of which there are no lifted copies."""
    while isinstance(f, functools.partial):
        f = f.func
    modules = (getattr(f, "__module__", None), type(f).__module__)
    return any(str(name).partition(".")[0] in ("dualdiff", "numpy", "scipy") for name in modules)
