"""Newton's method for F(x) = 0 on exact derivatives, and what is built on it.

    root              solve F(x) = 0; never raises for a numerical reason
    root_batch        many small systems at once
    newton_krylov     scipy.optimize.newton_krylov's signature
    fixed_point       x = g(x)
    continuation      solution branches of F(x, p) = 0, around folds
    implicit_root     a solution as a differentiable function of what it depends on
    least_squares     minimise |F|^2, with bounds, robust losses, constraints
    curve_fit         fit a model to data
    minimize          minimise a function, with exact first and second derivatives
    multistart        any of them from many starts, on several cores or machines
    RootResult        what root returns
    KrylovJacobian    the exact product inside scipy.optimize.root(method="krylov")

One file per question: structured.py, call.py and options.py read the arguments and choose; newton.py, dogleg.py and
transient.py are the methods; directions.py says how a step is solved for, forcing.py how accurately, linesearch.py how
far it is followed; operator.py is the exact product, matrices.py the Jacobian as a matrix; problem.py counts and checks
evaluations, state.py holds the point and the tests that end a solve; implicit.py differentiates solutions;
diagnosis.py, result.py and progress.py are what the user sees; batch.py (in chunks: parted.py), fixed.py, branch.py,
multistart.py and within_scipy.py are the functions beside root; scalar.py finds changes of sign, sparse_factors.py
factors, preconditioners.py chooses what helps a Krylov method, warm.py compiles what is solved again.
Least squares, fitting and minimisation are in dualdiff/optimize.

Invariant: derivatives are exact; nothing is differenced.  Loads SciPy, so `import dualdiff` does not import it.
Imports: automatic, core, debugging, errors, functions, maps, programs, progress, sparse, transforms.
"""

from .batch import root_batch
from .branch import continuation
from .fixed import fixed_point
from .multistart import Multistart, multistart
from .of_solver import implicit_root
from .result import RootResult
from .structured import root
from .within_scipy import KrylovJacobian, newton_krylov

FURTHER = ("Fit", "MinimizeResult", "curve_fit", "least_squares", "minimize")
"""Of dualdiff/optimize, which is built on dualdiff.scipy.optimize, and that on this package: loaded when used."""


def __getattr__(name):
    if name in FURTHER:
        import importlib

        return getattr(importlib.import_module("dualdiff.optimize"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted(__all__)


__all__ = [
    "Fit",
    "KrylovJacobian",
    "MinimizeResult",
    "Multistart",
    "RootResult",
    "continuation",
    "curve_fit",
    "fixed_point",
    "implicit_root",
    "least_squares",
    "minimize",
    "multistart",
    "newton_krylov",
    "root",
    "root_batch",
]
