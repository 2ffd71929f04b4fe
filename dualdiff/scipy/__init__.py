"""Drop-in namespaces for the parts of SciPy that cannot be given duals as they are.

Each module has SciPy's names and signatures, and on plain arrays SciPy's own results.

Invariant: a submodule imports SciPy, this package does not; each is loaded when it is first used.
Imports: core, errors, functions, lifting, maps, programs, quiet, rules, solve, sparse, transforms; inside functions:
numpy.
"""

import importlib
from typing import Any

__all__ = [
    "fft", "fftpack", "integrate", "interpolate", "linalg", "ndimage", "optimize", "signal", "sparse", "spatial",
    "special", "stats",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in __all__:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> Any:
    return sorted(__all__)
