"""scipy.integrate, differentiable: initial and boundary value problems, quadrature, integrals of samples.

Invariant: SciPy's names, signatures and values; on plain numbers the result is SciPy's own.  Every name that is not
here is SciPy's.  Imported by users.
"""

import scipy.integrate as _scipy

from .ivp import odeint, solve_ivp

__all__ = ["odeint", "solve_ivp"]


def __getattr__(name):
    return getattr(_scipy, name)


def __dir__():
    return sorted({*dir(_scipy), *__all__})
