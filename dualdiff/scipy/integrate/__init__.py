"""scipy.integrate, differentiable: initial and boundary value problems, quadrature, integrals of samples.

Invariant: SciPy's names, signatures and values; on plain numbers the result is SciPy's own.  Every name that is not
here is SciPy's.  Imported by users.
"""

import scipy.integrate as _scipy

from .ivp import odeint, solve_ivp
from .quadrature import dblquad, fixed_quad, nquad, quad, quad_vec, tanhsinh, tplquad

__all__ = ["dblquad", "fixed_quad", "nquad", "odeint", "quad", "quad_vec", "solve_ivp", "tanhsinh", "tplquad"]


def __getattr__(name):
    return getattr(_scipy, name)


def __dir__():
    return sorted({*dir(_scipy), *__all__})
