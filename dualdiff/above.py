"""What a file calls of one above it: all such calls, in one table.

Imports go one way (tests/test_imports.py).  A few questions are answered above the place where they are asked: what
lifts a function is itself made of derivatives, and so is a plan for a sparse matrix.  They are asked by name.  The file
that answers is imported at the first call: it is large or loads SciPy, and most programs never ask.
"""

import importlib
from typing import Any

__all__ = ["ABOVE", "above"]

ABOVE = {
    "lift": "lifting.world",                    # asked by automatic.py
    "counterpart": "lifting.auto",
    "doubt": "lifting.auto",
    "is_other_work": "lifting.auto",
    "rescue": "lifting.auto",
    "redraw": "transforms.randomness",
    "is_handled": "functions.handled",          # by asking.py
    "composed": "scipy.cylinder",               # by functions/special.py
    "wrap_constant": "scipy.sparse.arrays",     # by functions/linalg.py
    "SparseHessian": "sparse.hessian",          # by transforms/
    "sparse_hessian": "sparse.hessian",
    "SparseJacobian": "sparse.jacobian",
    "sparse_of": "sparse.jacobian",
    "caller": "programs.paths",
    "derived": "programs.derived",
    "linear_paths": "programs.linearized",
    "taylor_program": "programs.derived",
    "vjp_program": "programs.derived",
    "along_paths": "programs.derived",          # by the rest of programs/: derivatives inside of what is recorded
    "Around": "programs.around",
    "Recorder": "programs.nested",
    "recorded_transform": "programs.nested",
}
"""A name, and the file that it is in."""

found: dict[str, Any] = {}


def above(name: str) -> Any:
    """The function or class of that name."""
    known = found.get(name)
    if known is None:
        known = found[name] = getattr(importlib.import_module(f"dualdiff.{ABOVE[name]}"), name)
    return known
