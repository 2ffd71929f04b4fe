"""Sparse Jacobians and Hessians of unmodified NumPy code.

    sparsity            which inputs can reach which outputs
    coloring            which columns or rows can share a product
    sparse_jacobian     a plan: plan(x) is the Jacobian as a csr_array
    sparse_hessian      the same for a Hessian

One file per question: pattern.py finds the pattern, graph.py makes graphs of it, coloring.py colours them, check.py
says whether colours do, entries.py which product finds an entry, decompression.py reads the products, jacobian.py and
hessian.py are the plans.

Invariant: values equal the dense derivative on the pattern, and the pattern is never too small near the point at
which it was found.  Loads SciPy, so `import dualdiff` does not import it.
Imports: automatic, core, errors, maps, programs, progress, transforms.
"""

from .check import is_acyclic_coloring, is_bicoloring, is_star_coloring, is_structurally_orthogonal
from .coloring import Coloring, coloring
from .hessian import SparseHessian, sparse_hessian
from .jacobian import SparseJacobian, sparse_jacobian
from .pattern import Pattern, sparsity


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
