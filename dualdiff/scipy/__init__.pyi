"""The drop-in namespaces."""

from . import integrate as integrate, linalg as linalg, optimize as optimize, special as special

__all__ = ["integrate", "linalg", "optimize", "special"]
