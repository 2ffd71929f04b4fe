"""Differentiates the NumPy code people already have.

    derivative grad jacobian hessian      functions of a function
    value_and_grad value_and_jacobian value_grad_hessian
    hessian_diagonal laplacian            of second derivatives
    taylor nth_derivative                 power series, derivatives of any order
    divergence curl jacobian_logdet       vector calculus; directional_derivative, gauss_newton_product
    jvp vjp hvp                           products with one direction or many
    compile load                          a function recorded once, and run as a program from then on; from a file
    linearize                             the derivative at a point as a linear operator
    checkpoint checkpoint_loop            recordings that keep less
    Dual DualArray                        the numbers behind them
    propagate                             uncertainties of results
    custom_jvp custom_vjp stop_gradient   derivatives of one's own, and none
    numerical                             one black box, by differences
    debug                                 the source line of errors and of the first inf or nan
    register_container ravel              classes of one's own as arguments and results; structures as vectors
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
from .core import Dual, DualArray
from .transforms.calculus import curl, directional_derivative, divergence, gauss_newton_product, jacobian_logdet
from .transforms.checkpoints import checkpoint, checkpoint_loop
from .transforms.custom import custom_jvp, custom_vjp, stop_gradient
from .transforms.derivative import derivative
from .transforms.grad import grad, jacobian, value_and_grad, value_and_jacobian
from .transforms.hessian import hessian, hessian_diagonal, hvp, laplacian, value_grad_hessian
from .transforms.holomorphic import Wirtinger
from .transforms.jvp import jvp
from .transforms.linearize import Linearization, linearize
from .transforms.pytrees import register_container
from .transforms.ravel import ravel
from .transforms.taylor import nth_derivative, taylor
from .transforms.vjp import vjp

__version__ = "0.1.0"

_numbers.Real.register(Dual)    # what checks for a real number takes one


_LAZY = {"numpy", "scipy", "solve", "sparse", "testing"}
"""Submodules that import SciPy, or that few need: loaded when they are first used."""

_LAZY_NAMES = dict.fromkeys(("coloring", "sparse_hessian", "sparse_jacobian", "sparsity"), "sparse")
_LAZY_NAMES |= {
    "compile": "programs.compiled",
    "debug": "debugging",
    "lift": "lifting",
    "load": "programs.files",
    "numerical": "blackbox",
    "propagate": "transforms.propagation",
    "supported": "support",
}
"""Functions out of such submodules."""


def __getattr__(name):
    if name in _LAZY or name in _LAZY_NAMES:
        import importlib

        module = importlib.import_module(f".{_LAZY_NAMES.get(name, name)}", __name__)
        return getattr(module, name) if name in _LAZY_NAMES else module
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .elsewhere import way_to

    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{way_to(name, __all__)}", name=name)


def __dir__():
    return sorted(__all__)


__all__ = [
    "Dual",
    "DualArray",
    "Linearization",
    "Wirtinger",
    "auto_lift",
    "checkpoint",
    "checkpoint_loop",
    "coloring",
    "compile",
    "curl",
    "custom_jvp",
    "custom_vjp",
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
    "load",
    "math",
    "nth_derivative",
    "numerical",
    "numpy",
    "propagate",
    "ravel",
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
