"""The linear systems of SciPy's implicit methods, where the Jacobian is sparse.

SciPy factors I - c J by SuperLU, with COLAMD as ordering, at each change of the step.  On a reaction with diffusion on
a square of 64 x 64 nine tenths of the time goes there.  Two things are cheaper.  `SparseLU` has an ordering for
patterns that are nearly symmetric, which halves the factors.  And as the step keeps c J from being large, BiCGSTAB
often needs a dozen products, where a factorization costs as much as hundreds; it may take what the factors would have
cost, then they are made.

Steps and error estimates are SciPy's.  An iterated solution is accurate to a ten thousandth in the norm in which
SciPy's Newton iteration is stopped, which corrects the rest in its next step.

Invariant: which way is taken depends on counts alone, never on a clock.
"""

from typing import Any

import numpy as np
import scipy.integrate as _scipy
from scipy.sparse import csr_array, diags_array, issparse
from scipy.sparse.linalg import bicgstab

from ...solve.fill import fill_estimate
from ...solve.sparse_factors import SparseLU

__all__ = ["with_cheaper_systems"]

ACCURACY = 1e-4
"""|A x - b|/|b| of an iterated solution, in the units of the tolerances and with rows over the diagonal."""
ENTRY, CALLS = 0.6e-9, 2.5e-5
"""Seconds that an iteration takes for each number that it touches, and beside these."""
VECTORS = 12
"""Passes over vectors in an iteration, which makes two products."""
WORTH = 40
"""Iterations that factors must cost at least for others to be tried."""
SHARE = 4
"""One system may take this part of what factors cost."""
LONGEST = 64
"""After so many matrices, at most, an iteration is tried again where one was too long."""


class Cheaper:
    """What is put before a method of SciPy's: how its sparse systems are solved."""

    J: Any
    y: Any
    rtol: Any
    atol: Any
    nlu: int
    direct = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if issparse(self.J):
            self.ways: dict[str, Way] = {}
            self.lu = self.prepared

    def prepared(self, A: Any) -> Any:
        """The matrix as an object with `solve`."""
        kind = A.dtype.kind
        way = self.ways.get(kind)
        if way is None:
            way = self.ways[kind] = Way(A, self.direct)
        return System(A, self.atol + self.rtol * np.abs(self.y), way, self)


class Way:
    """How matrices of one pattern are solved with.

    Attributes
    ----------
    ordering : str, optional
        For SuperLU, once there were factors.
    price : int
        What factors cost, in iterations.
    """

    def __init__(self, A: Any, direct: bool) -> None:
        self.ordering: str | None = None
        self.price, self.pause, self.left = 0, 1, 0
        if not direct:
            one = CALLS + ENTRY * (2 * A.nnz + VECTORS * A.shape[0])
            self.price = int(fill_estimate(A).seconds / one)

    def iterate(self) -> bool:
        """Whether the next matrix is worth a try."""
        self.left -= 1
        return self.price >= WORTH and self.left < 0

    def too_long(self) -> None:
        """An iteration was: the next matrices are factored, more of them each time."""
        self.left, self.pause = self.pause, min(2 * self.pause, LONGEST)


class System:
    """A matrix whose systems are solved by BiCGSTAB until that has cost as much as factors, and then by these.

    Parameters
    ----------
    A : sparse array
    weights : ndarray
        The sizes of the unknowns that matter.
    way : Way
    method : Cheaper
        Counts the factorizations.
    """

    def __init__(self, A: Any, weights: Any, way: Way, method: Cheaper) -> None:
        self.A, self.weights, self.way, self.method = A, weights, way, method
        self.left = way.price
        self.factors: Any = None
        if not (way.iterate() and np.all(weights > 0) and np.isfinite(A.data).all()):
            self.factor()       # an exactly singular one is an error here, as it is with SciPy
            return
        diagonal = A.diagonal()
        self.rows = 1 / (np.where(diagonal == 0, 1, diagonal) * weights)
        self.scaled = csr_array(diags_array(self.rows) @ A @ diags_array(weights))

    def factor(self) -> None:
        """Makes the factors."""
        self.method.nlu += 1
        self.factors = SparseLU(self.A, self.way.ordering)
        self.way.ordering = self.factors.ordering

    def count(self, _: Any) -> None:
        """One iteration."""
        self.left -= 1

    def solve(self, b: Any) -> Any:
        """A^-1 b."""
        if self.factors is None:
            right = self.rows * b
            most = min(self.left, self.way.price // SHARE)
            with np.errstate(all="ignore"):
                x, failed = bicgstab(self.scaled, right, rtol=ACCURACY, atol=0.0, maxiter=most, callback=self.count)
                if not failed and np.linalg.norm(self.scaled @ x - right) <= 2 * ACCURACY * np.linalg.norm(right):
                    return self.weights * x
            self.way.too_long()
            self.factor()
        return self.factors.solve(b)


class BDF(Cheaper, _scipy.BDF):
    """`scipy.integrate.BDF`."""


class Radau(Cheaper, _scipy.Radau):
    """`scipy.integrate.Radau`."""


class DirectBDF(BDF):
    """By factors alone."""

    direct = True


class DirectRadau(Radau):
    """By factors alone."""

    direct = True


METHODS = {
    "BDF": (BDF, DirectBDF), _scipy.BDF: (BDF, DirectBDF),
    "Radau": (Radau, DirectRadau), _scipy.Radau: (Radau, DirectRadau),
}  # fmt: skip


def with_cheaper_systems(method: Any, direct: bool = False) -> Any:
    """A method of solve_ivp, with its sparse systems solved like this where it is one of SciPy's implicit ones.

    Parameters
    ----------
    method : str or OdeSolver
    direct : bool
        By factors alone: where some unknowns are not in the norm that says how accurate a solution is.
    """
    try:
        found = METHODS.get(method)
    except TypeError:       # nothing that could be a method; SciPy says so
        found = None
    return method if found is None else found[direct]
