"""Linear operators on flat vectors: products, sums and multiples, and what all of them can do.

An operator is given by `rows`, which applies it to the rows of a stack, and by T and H.  The others are made of these.

Invariant: SciPy takes an operator for a `LinearOperator`, and is not imported for it.
"""

import numbers
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import ArgumentError, InputError, ShapeError
from ..functions.base import as_operand, is_sparse
from ..functions.foreign import plain_numbers
from ..functions.index import asked_by_sparse_product
from ..maps.tangents import is_dual
from ..progress import SILENT, Meter, Progress, meter
from .arguments import check_alive

__all__ = ["CHUNK_BYTES", "Operator", "ranges", "vector_of"]

CHUNK_BYTES = 2**22
"""Bytes that the larger side of one pass of `dense` may take."""

KINDS: dict[Any, Any] = {}    # class of ours -> a subclass of it and of SciPy's


def linear_operator() -> Any:
    """SciPy's class, if anybody has imported it; else None."""
    return getattr(sys.modules.get("scipy.sparse.linalg"), "LinearOperator", None)


def remade(kind: Any, state: Any) -> Any:
    """A pickled operator, by its own class and not by what `__class__` says."""
    made = object.__new__(kind)
    made.__dict__.update(state)
    return made


class Operator:
    """A linear map on flat vectors.

    Subclasses have `shape`, `dtype`, `rows`, `T` and `H`.
    """

    # NumPy leaves @, + and * to this class
    __array_ufunc__ = None

    shape: tuple[int, int]
    dtype: np.dtype

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """A class that is also SciPy's LinearOperator once SciPy is there; `isinstance` asks for it."""
        kind, scipys = type(self), linear_operator()
        if scipys is None:
            return kind
        if kind not in KINDS:
            KINDS[kind] = type(kind.__name__, (kind, scipys), {"__doc__": kind.__doc__})
        return KINDS[kind]

    def __reduce__(self) -> tuple[Any, Any]:
        return remade, (type(self), self.__dict__)

    @property
    def ndim(self) -> Any:
        """2."""
        return 2

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if asked_by_sparse_product():
            out = np.empty((), dtype=object)    # "not an array": SciPy gives way, and our __rmatmul__ is asked
            out[()] = self
            return out
        raise InputError(
            f"{self!r} is a linear operator and not an array: write J.dense() for the matrix (J.sparse() for a sparse "
            "one of a derivative), J @ v for a product"
        )

    def _repr_html_(self) -> Any:
        from ..seeing import operator

        return operator(self)

    def __repr__(self) -> str:
        return f"<{self.shape[0]}x{self.shape[1]} {type(self).__name__.lower()} of operators, {self.dtype}>"

    def rows(self, V: Any) -> Any:
        """Products with the rows of V, (k, n) -> (k, m)."""
        raise NotImplementedError

    @property
    def T(self) -> Any:
        """The transpose."""
        raise NotImplementedError

    @property
    def H(self) -> Any:
        """The adjoint."""
        raise NotImplementedError

    def transpose(self) -> Any:
        """The transpose."""
        return self.T

    def adjoint(self) -> Any:
        """The adjoint, which for a real operator is the transpose."""
        return self.H

    # ---- products ----

    def matvec(self, v: Any) -> Any:
        """J v of a flat vector, shape (n,) or (n, 1)."""
        v = vector_of(v)
        if v.shape not in ((self.shape[1],), (self.shape[1], 1)):
            raise ShapeError(f"an operator of shape {self.shape} takes a vector of {self.shape[1]}, got {v.shape}")
        product = self.rows(v.reshape(1, -1))
        return product[0] if v.ndim == 1 else product.reshape(-1, 1)

    def rmatvec(self, w: Any) -> Any:
        """J' w of a flat vector, conjugated where J is complex (SciPy's convention)."""
        return self.H.matvec(w)

    def matmat(self, V: Any) -> Any:
        """J V of a matrix whose columns are vectors, (n, k) -> (m, k)."""
        V = vector_of(V)
        if V.ndim != 2 or V.shape[0] != self.shape[1]:
            raise ShapeError(f"an operator of shape {self.shape} takes a matrix ({self.shape[1]}, k), got {V.shape}")
        return self.rows(V.T).T

    def rmatmat(self, W: Any) -> Any:
        """J' W of a matrix whose columns are vectors, conjugated where J is complex."""
        return self.H.matmat(W)

    def dot(self, other: Any) -> Any:
        """J @ other; a multiple of J where other is a number."""
        return self.scaled(other) if is_number(other) else self @ other

    def __matmul__(self, other: Any) -> Any:
        operator = as_operator(other, dense=False)
        if operator is not None:
            return Product(self, operator)
        v = vector_of(other)
        return self.matvec(v) if np.ndim(v) == 1 else self.matmat(v)

    def __rmatmul__(self, other: Any) -> Any:
        operator = as_operator(other, dense=False)
        if operator is not None:
            return Product(operator, self)
        w = vector_of(other)
        if np.ndim(w) == 1:
            return self.T.matvec(w)
        return self.T.matmat(np.transpose(w)).T

    # ---- sums and multiples ----

    def scaled(self, c: Any) -> Any:
        """c * J."""
        return Multiple(self, c)

    def __mul__(self, other: Any) -> Any:
        return self.dot(other)

    def __rmul__(self, other: Any) -> Any:
        return self.scaled(other) if is_number(other) else other @ self

    def __truediv__(self, other: Any) -> Any:
        return self.scaled(1.0 / other) if is_number(other) else NotImplemented

    def __neg__(self) -> Any:
        return self.scaled(-1.0)

    def __add__(self, other: Any) -> Any:
        operator = as_operator(other)
        return NotImplemented if operator is None else Sum(self, operator)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        operator = as_operator(other)
        return NotImplemented if operator is None else Sum(self, -operator)

    def __rsub__(self, other: Any) -> Any:
        operator = as_operator(other)
        return NotImplemented if operator is None else Sum(operator, -self)

    def __pow__(self, power: Any) -> Any:
        if isinstance(power, bool) or not isinstance(power, (int, np.integer)) or power < 1:
            raise ArgumentError(f"an operator has powers 1, 2, 3, ..., got {power!r}")
        out = self
        for _ in range(power - 1):
            out = Product(out, self)
        return out

    # ---- as numbers ----

    def chunks(self, count: int) -> Any:
        """Ranges of unit vectors that fit a pass."""
        return ranges(count, self.shape, CHUNK_BYTES)

    def dense(self, mode: str = "auto", *, progress: Progress = None) -> Any:
        """The matrix, shape (m, n).

        Parameters
        ----------
        mode : {"auto", "forward", "reverse"}
            By columns, by rows, or whichever needs fewer products (rows from n > 2 m on, as a
            transposed product costs about twice a product).
        progress : bool or callable
            True shows how far it is; a function is called with (done, total), as in `jacobian`.

        Returns
        -------
        ndarray
            A dual array, where the operator depends on the variables of a derivative call around it.

        Raises
        ------
        InputError
            For another mode.

        Examples
        --------
        >>> import numpy as np, dualdiff as dd
        >>> dd.linearize(np.square, np.array([1.0, 3.0]))[1].dense()
        array([[2., 0.],
               [0., 6.]])
        """
        if mode not in ("auto", "forward", "reverse"):
            raise InputError(f'mode must be "auto", "forward" or "reverse", got {mode!r}')
        m, n = self.shape
        by_rows = n > 2 * m if mode == "auto" else mode == "reverse"
        told = SILENT if progress is None else meter(progress, "Jacobian", m if by_rows else n,
                                                     "rows" if by_rows else "directions")  # fmt: skip
        with told:
            return self.T.columns(False, told) if by_rows else self.columns(True, told)

    def columns(self, upright: Any, told: Meter = SILENT) -> Any:
        """The matrix by products with unit vectors: these as columns, or as rows."""
        m, n = self.shape
        out = np.empty((m, n) if upright else (n, m), self.dtype)
        duals = []
        for start, stop in self.chunks(n):
            found = self.rows(unit_rows(start, stop, n))
            if is_dual(found):
                duals.append(found)
            elif upright:
                out[:, start:stop] = found.T
            else:
                out[start:stop] = found
            told.to(stop)
        if duals:
            out = np.concatenate(duals)
            out = out.T.copy() if upright else out
        return out

    def diagonal(self) -> Any:
        """The diagonal of a square operator, by n products in chunks.

        Returns
        -------
        ndarray, shape (n,)
            A dual array, where the operator depends on the variables of a derivative call around it.

        Raises
        ------
        ShapeError
            If the operator is not square.

        Examples
        --------
        >>> import numpy as np, dualdiff as dd
        >>> dd.linearize(np.square, np.array([1.0, 3.0]))[1].diagonal()
        array([2., 6.])
        """
        m, n = self.shape
        if m != n:
            raise ShapeError(f"only a square derivative has a diagonal; this one has shape {self.shape}")
        parts = [
            np.diagonal(self.rows(unit_rows(start, stop, n)), start)[: stop - start] for start, stop in self.chunks(n)
        ]
        found = np.concatenate(parts) if parts else np.zeros(0)
        return found if is_dual(found) else found.astype(self.dtype, copy=False)


class Given(Operator):
    """A matrix (dense or sparse), or an operator of SciPy's, as one of ours."""

    def __init__(self, matrix: Any) -> None:
        self.matrix = matrix
        self.shape, self.dtype = tuple(matrix.shape), np.result_type(matrix.dtype, np.float32)

    def rows(self, V: Any) -> Any:
        return (self.matrix @ V.T).T

    @property
    def T(self) -> Any:
        return Given(self.matrix.T)

    @property
    def H(self) -> Any:
        return Given(self.matrix.H if isinstance(self.matrix, linear_operator() or ()) else self.matrix.conj().T)


class Multiple(Operator):
    """c * operator."""

    def __init__(self, operator: Any, c: Any) -> None:
        self.operator, self.c, self.shape = operator, c, operator.shape
        value = c.value if is_dual(c) else c
        real = np.result_type(operator.dtype, np.float32)
        self.dtype = np.result_type(real, np.complex64) if isinstance(value, (complex, np.complexfloating)) else real

    def rows(self, V: Any) -> Any:
        return self.c * self.operator.rows(V)

    def scaled(self, c: Any) -> Any:
        return Multiple(self.operator, c * self.c)

    @property
    def T(self) -> Any:
        return Multiple(self.operator.T, self.c)

    @property
    def H(self) -> Any:
        return Multiple(self.operator.H, np.conj(self.c))


class Sum(Operator):
    """left + right."""

    def __init__(self, left: Any, right: Any) -> None:
        if left.shape != right.shape:
            raise ShapeError(f"operators of shapes {left.shape} and {right.shape} cannot be added")
        self.left, self.right = left, right
        self.shape, self.dtype = left.shape, np.result_type(left.dtype, right.dtype)

    def rows(self, V: Any) -> Any:
        return self.left.rows(V) + self.right.rows(V)

    @property
    def T(self) -> Any:
        return Sum(self.left.T, self.right.T)

    @property
    def H(self) -> Any:
        return Sum(self.left.H, self.right.H)


class Product(Operator):
    """left @ right."""

    def __init__(self, left: Any, right: Any) -> None:
        if left.shape[1] != right.shape[0]:
            raise ShapeError(f"operators of shapes {left.shape} and {right.shape} cannot be multiplied")
        self.left, self.right = left, right
        self.shape = (left.shape[0], right.shape[1])
        self.dtype = np.result_type(left.dtype, right.dtype)

    def rows(self, V: Any) -> Any:
        return self.left.rows(self.right.rows(V))

    @property
    def T(self) -> Any:
        return Product(self.right.T, self.left.T)

    @property
    def H(self) -> Any:
        return Product(self.right.H, self.left.H)


def is_number(x: Any) -> Any:
    """Whether x is a scalar that an operator can be multiplied by."""
    return isinstance(x, (numbers.Number, np.number)) or is_dual(x) and np.ndim(x) == 0


def as_operator(x: Any, dense: bool = True) -> Any:
    """An operator of ours for one of ours, of SciPy's, a sparse matrix, or (if dense) a matrix; None for others."""
    if issubclass(type(x), Operator):
        return x
    scipys = linear_operator()
    if scipys is not None and isinstance(x, scipys) or is_sparse(x):
        return Given(x)
    if dense and (isinstance(x, np.ndarray) or is_dual(x)) and np.ndim(x) == 2:
        return Given(x)
    return None


def vector_of(v: Any) -> Any:
    """What an operator is applied to: an array of numbers, or a dual one."""
    v = as_operand(plain_numbers(v, "the vector"))
    if is_dual(v):
        check_alive(v)
        return v
    v = np.asarray(v)
    if v.dtype.kind not in "biufc":
        raise InputError(f"an operator takes arrays of numbers, got dtype {v.dtype}")
    return v if v.dtype.kind in "fc" else v.astype(float)


def unit_rows(start: Any, stop: Any, n: int) -> Any:
    """Unit vectors start to stop as rows."""
    rows = np.zeros((stop - start, n))
    rows[np.arange(stop - start), np.arange(start, stop)] = 1.0
    return rows


def ranges(count: int, shape: tuple[int, ...], most: Any) -> Iterator[Any]:
    """Even ranges of unit vectors, so that the larger side of a pass takes no more than `most` bytes."""
    if not count:
        return
    width = max(1, most // (8 * max(shape)))
    passes = -(-count // width)
    width = -(-count // passes)
    for start in range(0, count, width):
        yield start, min(start + width, count)
