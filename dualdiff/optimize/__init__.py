"""Minimisation, least squares and fitting on exact derivatives; `dualdiff.solve` has the public names.

    minimize          a function of one to a million unknowns
    least_squares     |F|^2, with bounds, robust losses, constraints
    curve_fit         a model to data, its parameters by name

minimise.py and residuals.py choose the method and say why; newton.py is dualdiff's own method for sparse Hessians, on
models.py (values and derivatives) and factors.py; constraints.py reads constraints; fit.py is curve_fit;
result.py and steps.py are what the user sees.

Invariant: derivatives are exact.  Loads SciPy.
Imports: automatic, errors, functions, programs, progress, scipy, solve, sparse, transforms.
"""

from .fit import Fit, curve_fit
from .minimise import minimize
from .residuals import least_squares
from .result import MinimizeResult

__all__ = ["Fit", "MinimizeResult", "curve_fit", "least_squares", "minimize"]
