"""Sparse Jacobians and Hessians of unmodified NumPy code.

    sparsity            which inputs can reach which outputs
    coloring            which columns or rows can share a product
    sparse_jacobian     a plan: plan(x) is the Jacobian as a csr_array
    sparse_hessian      the same for a Hessian

One file per question: structure.py finds a pattern, jacobian.py and hessian.py are the plans.  What patterns and
colours are, the folder patterns says.

Invariant: values equal the dense derivative on the pattern, and the pattern is never too small near the point at
which it was found.  Loads SciPy, so `import dualdiff` does not import it.
Imports: automatic, core, errors, patterns, programs, progress, transforms.
"""

from ..patterns.check import is_acyclic_coloring, is_bicoloring, is_star_coloring, is_structurally_orthogonal
from ..patterns.coloring import Coloring, coloring
from ..patterns.pattern import Pattern
from .hessian import SparseHessian, sparse_hessian
from .jacobian import SparseJacobian, sparse_jacobian
from .structure import sparsity


def __dir__():
    return sorted(__all__)


__all__ = [
    "Coloring",
    "Pattern",
    "SparseHessian",
    "SparseJacobian",
    "coloring",
    "is_acyclic_coloring",
    "is_bicoloring",
    "is_star_coloring",
    "is_structurally_orthogonal",
    "sparse_hessian",
    "sparse_jacobian",
    "sparsity",
]
