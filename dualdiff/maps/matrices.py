"""The derivatives of functions of matrices, each once, in a few functions of stacks of matrices (`Matrices`).

functions/decompose.py has them of arrays and duals, programs/matrices.py of nodes of a graph.
"""

from typing import Any

__all__ = ["Matrices", "of_cholesky", "of_inverse", "of_solution"]


class Matrices:
    """What the derivatives are written in."""

    def times(self, x: Any, y: Any) -> Any:
        """The product of matrices."""
        raise NotImplementedError

    def plus(self, x: Any, y: Any) -> Any:
        """x + y."""
        raise NotImplementedError

    def minus(self, x: Any, y: Any) -> Any:
        """x - y; -y where x is None."""
        raise NotImplementedError

    def solved(self, a: Any, b: Any) -> Any:
        """a^-1 b."""
        raise NotImplementedError

    def turned(self, x: Any) -> Any:
        """The conjugate transpose."""
        raise NotImplementedError

    def halved(self, x: Any, low: bool) -> Any:
        """The lower (or upper) triangle, its diagonal halved."""
        raise NotImplementedError


def of_inverse(m: Matrices, y: Any, da: Any) -> Any:
    """The derivative of the inverse y: -y da y."""
    return m.minus(None, m.times(m.times(y, da), y))


def of_solution(m: Matrices, x: Any, da: Any, db: Any) -> Any:
    """The right-hand side for the derivative of x = a^-1 b: db - da x; None is zero."""
    return db if da is None else m.minus(db, m.times(da, x))


def of_cholesky(m: Matrices, low: Any, da: Any, reads_low: bool) -> Any:
    """The derivative of the lower Cholesky factor of a matrix of which one triangle is read."""
    part = m.halved(da, reads_low)
    inside = m.solved(low, m.turned(m.solved(low, m.plus(part, m.turned(part)))))
    return m.times(low, m.halved(inside, True))
