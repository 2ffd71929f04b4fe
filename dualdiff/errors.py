"""The errors of dualdiff.

Every error is a `DualDiffError` and also the built-in type that NumPy users catch already.
A message says what happened, why, and what to write instead.

Imported by every other module; imports nothing.
"""

__all__ = [
    "ArgumentError",
    "DualDiffError",
    "EscapedDualError",
    "InputError",
    "LostDerivativeError",
    "PatternError",
    "ShapeError",
    "UnsupportedAttributeError",
    "UnsupportedError",
]


class DualDiffError(Exception):
    """Base class of all errors that dualdiff raises."""


class LostDerivativeError(DualDiffError, TypeError):
    """An operation would have dropped a derivative (``float(x)``, a plain buffer, ...)."""


class UnsupportedError(DualDiffError, TypeError):
    """A function or an operation has no derivative rule; the message names it."""


class UnsupportedAttributeError(UnsupportedError, AttributeError):
    """An attribute of ndarrays that duals do not have; ``hasattr`` is false."""


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
