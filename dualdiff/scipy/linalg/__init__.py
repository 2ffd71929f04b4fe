"""scipy.linalg for duals and plain arrays alike: ``from dualdiff.scipy import linalg``.

SciPy's functions convert their arguments and call LAPACK.  Those here have derivatives and their values are SciPy's;
what SciPy has and dualdiff does not is refused by name.

Invariant: on arguments without duals each function returns SciPy's own result.
"""

import types as _types
from typing import Any

import scipy.linalg as _linalg

from ..applied import refuses as _refuses, theirs as _theirs
from . import basic as _basic, equations as _equations, factors as _factors

_REPLACED = _basic.REPLACED
for _module in (_basic, _equations, _factors):
    globals().update({_name: getattr(_module, _name) for _name in _REPLACED if hasattr(_module, _name)})

_REFUSED = {
    **dict.fromkeys(("qz", "ordqz", "cossin", "cdf2rdf", "rsf2csf"), "its factors are fixed by LAPACK's choices only"),
    **dict.fromkeys(("qr_delete", "qr_insert", "qr_update"), "write qr of the matrix after the change"),
    "funm": "it calls its function with complex numbers; write expm, logm, sqrtm, cosm, ..., or, where no eigenvalue "
            "is repeated, the function of eig",
    "kron": "SciPy has deprecated it; write np.kron",
    "expm_cond": "write the norm of expm_frechet",
    "clarkson_woodruff_transform": "its matrix is drawn at random; draw it once and multiply with it",
}  # fmt: skip
_PASSED = frozenset(
    [
        "dft",
        "hadamard",
        "helmert",
        "hilbert",
        "invhilbert",
        "invpascal",
        "pascal",
        "find_best_blas_type",
        "get_blas_funcs",
        "get_lapack_funcs",
    ]
)


def __getattr__(name: str) -> Any:
    found = _theirs(_linalg, name)
    if name.startswith("_") or isinstance(found, (_types.ModuleType, type)) or name in _PASSED or not callable(found):
        return found
    found = globals()[name] = _refuses(_linalg, name, _REFUSED.get(name, "it has no derivative here"))
    return found


def __dir__() -> Any:
    return sorted(dir(_linalg))
