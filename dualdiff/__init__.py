"""Differentiates the NumPy code people already have.

    derivative grad jacobian hessian      functions of a function
    value_and_grad value_and_jacobian value_grad_hessian
    hessian_diagonal laplacian            of second derivatives
    taylor nth_derivative                 power series, derivatives of any order
    divergence curl jacobian_logdet       vector calculus; directional_derivative, gauss_newton_product
    jvp vjp hvp                           products with one direction or many
    linearize checkpoint                  the derivative at a point as a linear operator
    Dual DualArray                        the numbers behind them
    custom_jvp stop_gradient              derivatives of one's own, and none
    numerical                             one black box, by differences
    debug                                 the source line of errors and of the first inf or nan
    register_container                    classes of one's own as arguments and results
    supported                             what it does with each function of NumPy
    sparsity coloring                     which inputs reach which outputs, and in how few products
    sparse_jacobian sparse_hessian        plans for sparse derivatives
    numpy math                            NumPy for code that fills buffers, the standard math module: drop-ins
    solve                                 Newton's method on exact Jacobian-vector products
    scipy                                 drop-in namespaces for parts of SciPy
    lift auto_lift                        other people's code run on the drop-ins, as a copy; without being asked
    testing                               checks of derivatives
    errors                                what can be raised

Importing it does not import SciPy.
"""

import numbers as _numbers

from . import errors, functions, math
from .automatic import auto_lift
from .calculus import curl, directional_derivative, divergence, gauss_newton_product, jacobian_logdet
from .core import Dual, DualArray
from .custom import custom_jvp, stop_gradient
from .forward import derivative, jvp
from .linearize import Linearization, checkpoint, linearize
from .modes import grad, jacobian, value_and_grad, value_and_jacobian
from .reverse import vjp
from .second import hessian, hessian_diagonal, hvp, laplacian, value_grad_hessian
from .taylor import nth_derivative, taylor
from .trees import register_container

__version__ = "0.1.0"

_numbers.Real.register(Dual)    # what checks for a real number takes one


LAZY = {"numpy", "scipy", "solve", "sparse", "testing"}
"""Submodules that import SciPy, or that few need: loaded when they are first used."""

LAZY_NAMES = dict.fromkeys(("coloring", "sparse_hessian", "sparse_jacobian", "sparsity"), "sparse")
LAZY_NAMES |= {"debug": "debugging", "lift": "lifting", "numerical": "blackbox", "supported": "support"}
"""Functions out of such submodules."""


def __getattr__(name):
    if name in LAZY or name in LAZY_NAMES:
        import importlib

        module = importlib.import_module(f".{LAZY_NAMES.get(name, name)}", __name__)
        return getattr(module, name) if name in LAZY_NAMES else module
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Dual",
    "DualArray",
    "Linearization",
    "auto_lift",
    "checkpoint",
    "coloring",
    "curl",
    "custom_jvp",
    "debug",
    "derivative",
    "directional_derivative",
    "divergence",
    "errors",
    "functions",
    "gauss_newton_product",
    "grad",
    "hessian",
    "hessian_diagonal",
    "hvp",
    "jacobian",
    "jacobian_logdet",
    "jvp",
    "laplacian",
    "lift",
    "linearize",
    "math",
    "nth_derivative",
    "numerical",
    "numpy",
    "register_container",
    "scipy",
    "solve",
    "sparse",
    "sparse_hessian",
    "sparse_jacobian",
    "sparsity",
    "stop_gradient",
    "supported",
    "taylor",
    "testing",
    "value_and_grad",
    "value_and_jacobian",
    "value_grad_hessian",
    "vjp",
]
