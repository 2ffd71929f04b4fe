"""scipy.integrate, differentiable: initial and boundary value problems, quadrature, integrals of samples.

Invariant: SciPy's names, signatures and values; on plain numbers the result is SciPy's own.  Every name that is not
here is SciPy's.
"""

from typing import Any

import scipy.integrate as _scipy

from ..applied import theirs as _theirs
from ..closed import refuses_closed
from .boundary import solve_bvp
from .dae import consistent_initial_values, solve_dae
from .ivp import odeint, solve_ivp
from .quadrature import dblquad, fixed_quad, nquad, quad, quad_vec, tanhsinh, tplquad
from .samples import cumulative_simpson, cumulative_trapezoid, romb, simpson, trapezoid

__all__ = [
    "consistent_initial_values", "cumulative_simpson", "cumulative_trapezoid", "dblquad", "fixed_quad", "nquad",
    "odeint", "quad", "quad_vec", "romb", "simpson", "solve_bvp", "solve_dae", "solve_ivp", "tanhsinh", "tplquad",
    "trapezoid",
]  # fmt: skip

REFUSED = {
    "cubature": "the regions are chosen in compiled form; write nquad, or quad_vec for vectors",
    "nsum": "its integral term is not taken apart here; sum the terms, or write tanhsinh for the rest",
    "qmc_quad": "its points are random; give points of your own and take the mean of func at them",
}
for _name, _why in REFUSED.items():
    if hasattr(_scipy, _name):
        globals()[_name] = refuses_closed(_scipy, _name, _why)


def __getattr__(name: str) -> Any:
    return _theirs(_scipy, name)


def __dir__() -> Any:
    return sorted({*dir(_scipy), *__all__})
