"""scipy.sparse.linalg, differentiable: solves, factors, iterative methods, the exponential, eigenvalues.

A solution of A x = b is corrected once for each order of derivative by x <- x - A^-1 (A x - b), with A^-1 as factors of
the values: forward one solve a direction, in reverse mode one solve with the transpose.  A x - b is a sum over stored
entries, so the derivative by A stays on A's pattern.  Eigenpairs are solutions of (A - w M) v = 0, v' M v = 1 in the
same sense.

Invariant: the value is SciPy's.  Every name that is not here is SciPy's.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as _sparse
import scipy.sparse.linalg as _scipy

from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, has_duals, value_of
from ...maps.tangents import is_dual
from ...solve.implicit import correction
from ..applied import at_home, plain, theirs
from ..closed import depth_of, refuses_closed
from .arrays import SparseDual, has_varying, is_varying, plain_of, standard

__all__ = [
    "bicg", "bicgstab", "cg", "cgs", "eigs", "eigsh", "expm_multiply", "factorized", "gcrotmk", "gmres", "lgmres",
    "lsmr", "lsqr", "minres", "norm", "qmr", "splu", "spsolve", "spsolve_triangular", "svds", "tfqmr",
]  # fmt: skip

ACCURACY = 1e-12


class Factors:
    """A^-1 and its adjoint for `correction`, from factors that are made when they are first used."""

    def __init__(self, make: Any, complex_entries: Any) -> None:
        self.make, self.complex_entries = make, complex_entries
        self.made: Any = None

    def rows(self, V: Any, transposed: Any) -> Any:
        """A^-1 times each row."""
        if self.made is None:
            self.made = self.make()
        if self.made is False:
            return np.full_like(V, np.nan)
        right = np.ascontiguousarray(V.T, complex if self.complex_entries else float)
        return self.made.solve(right, ("H" if self.complex_entries else "T") if transposed else "N").T


def factors_of(plain_matrix: Any) -> Any:
    """Factors of a sparse matrix."""

    def make() -> Any:
        try:
            return _scipy.splu(_sparse.csc_array(plain_matrix))
        except RuntimeError:  # exactly singular
            return False

    return Factors(make, plain_matrix.dtype.kind == "c")


def corrected(x: Any, residual: Any, inverse: Any) -> Any:
    """x as the solution of residual(x) = 0, columns along the last axis if there are two.

    Parameters
    ----------
    x : ndarray, shape (n,) or (n, k)
    residual : callable
        Of an array of the shape of x.
    inverse : object
        rows(V, transposed): the inverse of its derivative at x.
    """
    z, r = x, residual(x)
    for i in range(depth_of(r)):
        r = residual(z) if i else r
        z = z + (correction(inverse, r) if np.ndim(r) == 1 else np.transpose(correction(inverse, np.transpose(r))))
    return z


def operand_matrix(A: Any) -> Any:
    """A matrix as it is multiplied: sparse and varying, sparse, or dense."""
    return A if isinstance(A, SparseDual) or _sparse.issparse(A) else as_operand(A)


def as_sparse(A: Any) -> Any:
    """The values of a matrix, sparse."""
    return plain_of(A) if issparse(A) else _sparse.csc_array(value_of(A))


def issparse(A: Any) -> Any:
    """Whether A is sparse."""
    return isinstance(A, SparseDual) or _sparse.issparse(A)


def value_of_matrix(A: Any) -> Any:
    """The values of whatever A is."""
    return untouched(A) if issparse(A) else plain(A)


def untouched(A: Any) -> Any:
    """The values of a sparse matrix, for functions of SciPy's that sort or sum the entries of what they are given."""
    value = plain_of(A)
    return value if getattr(value, "has_canonical_format", True) or not is_varying(A) else value.copy()


def small_indices(A: Any) -> Any:
    """A sparse matrix with indices of C's int where they fit: SciPy before 1.17.1 passes others on to SuperLU."""
    if not _sparse.issparse(A) or A.format not in ("csr", "csc") or A.indices.dtype == np.intc:
        return A
    if max(A.nnz, *A.shape) > np.iinfo(np.intc).max:
        return A
    return type(A)((A.data, A.indices.astype(np.intc), A.indptr.astype(np.intc)), shape=A.shape)


# ---- direct --------------------------------------------------------------------------------------


def spsolve(A: Any, b: Any, permc_spec: Any = None, use_umfpack: bool = True) -> Any:
    """`scipy.sparse.linalg.spsolve`, differentiable by the entries of A and by b.

    Parameters
    ----------
    A, b, permc_spec, use_umfpack
        As in SciPy; b dense where a derivative is taken.

    Returns
    -------
    As SciPy.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.sparse import diags_array
    >>> from dualdiff.scipy.sparse.linalg import spsolve
    >>> dd.grad(lambda d: np.sum(spsolve(diags_array(d, offsets=0, format="csc"), np.ones(2))))(np.array([1.0, 2.0]))
    array([-1.  , -0.25])
    """
    if not has_varying(A, b):
        return _scipy.spsolve(A, b, permc_spec, use_umfpack)
    if issparse(b):
        raise UnsupportedError("spsolve with a sparse b has no derivative here; write spsolve(A, b.toarray())")
    b = as_operand(b)
    x = _scipy.spsolve(untouched(A), value_of(b), permc_spec, use_umfpack)
    A = operand_matrix(A)
    flat = np.reshape(b, x.shape)
    return exact(corrected(x, lambda z: A @ z - flat, factors_of(as_sparse(A))), x)


def spsolve_triangular(
    A: Any,
    b: Any,
    lower: bool = True,
    overwrite_A: bool = False,
    overwrite_b: bool = False,
    unit_diagonal: bool = False,
) -> Any:
    """`scipy.sparse.linalg.spsolve_triangular`, differentiable by the entries of A and by b.

    Parameters
    ----------
    A, b, lower, overwrite_A, overwrite_b, unit_diagonal
        As in SciPy.

    Returns
    -------
    As SciPy.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.sparse import eye_array
    >>> from dualdiff.scipy.sparse.linalg import spsolve_triangular
    >>> dd.jacobian(lambda b: spsolve_triangular(eye_array(2, format="csr"), b))(np.ones(2))
    array([[1., 0.],
           [0., 1.]])
    """
    if not has_varying(A, b):
        return _scipy.spsolve_triangular(small_indices(A), b, lower, overwrite_A, overwrite_b, unit_diagonal)
    b = as_operand(b)
    x = _scipy.spsolve_triangular(small_indices(untouched(A)), value_of(b), lower, unit_diagonal=unit_diagonal)
    if unit_diagonal:
        eye = _sparse.eye_array(A.shape[0], format="csr")
        if is_varying(A):
            from .construction import tril, triu

            A = (tril(A, -1) if lower else triu(A, 1)) + eye
        else:
            A = (_sparse.tril(A, -1) if lower else _sparse.triu(A, 1)) + eye
    return exact(corrected(x, lambda z: A @ z - b, factors_of(as_sparse(A))), x)


class DualFactors:
    """`splu` of a matrix that varies.

    Attributes
    ----------
    lu : SuperLU
        SciPy's factors of the values.
    shape, nnz, perm_c, perm_r, L, U
        SciPy's; L and U are plain.
    """

    def __init__(self, A: Any, lu: Any) -> None:
        self.A, self.lu = A, lu

    def __getattr__(self, name: str) -> Any:
        if name in ("L", "U") and is_varying(self.A):
            raise UnsupportedError(
                f"{name} of a matrix that varies has no derivative; write solve, or .lu.{name} for its value"
            )
        return getattr(self.__dict__["lu"], name)

    def solve(self, rhs: Any, trans: str = "N") -> Any:
        """The solution of A x = rhs, A' x = rhs ("T") or A^H x = rhs ("H")."""
        b = as_operand(rhs)
        x = self.lu.solve(value_of(b), trans)
        A = {"N": lambda: self.A, "T": lambda: self.A.T, "H": lambda: self.A.conj().T}[trans]()
        return exact(corrected(x, lambda z: A @ z - b, Turned(self.lu, trans, self.A.dtype.kind == "c")), x)


class Turned(Factors):
    """Given factors, of the matrix or of its transpose."""

    def __init__(self, lu: Any, trans: Any, complex_entries: Any) -> None:
        super().__init__(None, complex_entries)
        self.made, self.trans = lu, trans

    def rows(self, V: Any, transposed: Any) -> Any:
        """The inverse times each row."""
        if self.trans == "N":
            return super().rows(V, transposed)
        if not self.complex_entries:
            return super().rows(V, not transposed)
        V = np.ascontiguousarray(V.T, complex)
        if not transposed:
            return self.made.solve(V, self.trans).T
        # the adjoint of the inverse of A' is the conjugate of A^-1
        return (self.made.solve(V, "N") if self.trans == "H" else np.conj(self.made.solve(np.conj(V), "N"))).T


def splu(A: Any, *args: Any, **kwargs: Any) -> Any:
    """`scipy.sparse.linalg.splu`; its solve is differentiable by the entries of A and by the right-hand side.

    Parameters
    ----------
    A, *args, **kwargs
        As in SciPy.

    Returns
    -------
    SuperLU, or an object with SuperLU's solve that takes duals.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.sparse import csc_array
    >>> from dualdiff.scipy.sparse.linalg import splu
    >>> lu = splu(csc_array(np.array([[2.0, 0.0], [1.0, 4.0]])))
    >>> dd.jacobian(lu.solve)(np.ones(2)) + 0
    array([[ 0.5  ,  0.   ],
           [-0.125,  0.25 ]])
    """
    return DualFactors(standard(A) if _sparse.issparse(A) else A, _scipy.splu(untouched(A), *args, **kwargs))


def factorized(A: Any) -> Callable[..., Any]:
    """`scipy.sparse.linalg.factorized`: the solve of `splu`.

    Parameters
    ----------
    A
        As in SciPy.

    Returns
    -------
    callable

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.sparse import csc_array
    >>> from dualdiff.scipy.sparse.linalg import factorized
    >>> dd.jacobian(factorized(csc_array(np.diag([2.0, 4.0]))))(np.ones(2))
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    solve = _scipy.factorized(plain_of(A).tocsc())
    lu = factors_of(plain_of(A))

    def of(rhs: Any) -> Any:
        b = as_operand(rhs)
        x = solve(value_of(b))
        if not (is_varying(A) or is_dual(b)):
            return x
        return exact(corrected(x, lambda z: A @ z - b, lu), x)

    return of


# ---- iterative -----------------------------------------------------------------------------------


class Iterated:
    """The inverse by the method itself, to ACCURACY; by factors where it does not get there."""

    def __init__(self, method: Any, A: Any, options: Any) -> None:
        self.method, self.A, self.options, self.factors = method, A, options, None

    def rows(self, V: Any, transposed: Any) -> Any:
        """A^-1 times each row."""
        A = self.A
        if transposed:
            A = A.T
        found = np.zeros_like(V)
        for i, v in enumerate(V):
            if self.factors is None and v.any():
                M = self.options.get("M")
                options = {**self.options, **({"M": M.T} if transposed and M is not None else {})}
                x, info = self.method(A, v, **options)
                r = np.linalg.norm(A @ x - v) if info == 0 else np.inf
                if r <= 1e-8 * np.linalg.norm(v):
                    found[i] = x
                    continue
                if isinstance(self.A, _scipy.LinearOperator):
                    return np.full_like(V, np.nan)
                self.factors = factors_of(as_sparse(self.A))
            if self.factors is not None:
                return self.factors.rows(V, transposed)
        return found


def iterative(name: str) -> Any:
    """A Krylov method of SciPy's."""
    original = getattr(_scipy, name)

    @functools.wraps(original)
    def solver(A: Any, b: Any, x0: Any = None, **kwargs: Any) -> Any:
        varying = has_varying(A, b)
        if not (varying or has_duals(x0)):
            return original(A, b, x0, **kwargs)
        held = {key: plain_of(x) if issparse(x) else plain(x) if has_duals(x) else x for key, x in kwargs.items()}
        b = as_operand(b)
        operator = isinstance(A, _scipy.LinearOperator)
        matrix = A if operator else operand_matrix(A)
        value = A if operator else value_of_matrix(matrix)
        x, info = original(value, value_of(b), None if x0 is None else plain(x0), **held)
        if not varying:
            return x, info
        options = {
            key: held[key] for key in ("M", "maxiter", "restart", "M1", "M2", "m", "k") if held.get(key) is not None
        }
        options["rtol"] = ACCURACY
        inverse = Iterated(original, value, options)
        flat = np.reshape(b, x.shape)

        def residual(z: Any) -> Any:
            if operator:
                if is_dual(z):
                    return operator_times(A, z) - flat
                return A @ z - flat
            return matrix @ z - flat

        return exact(corrected(x, residual, inverse), x), info

    solver.__doc__ = (
        f"`scipy.sparse.linalg.{name}`; x is differentiable by the entries of A and by b.\n\n"
        "    A is dense, sparse, or a LinearOperator of plain numbers.  The derivative is a solve by the same method\n"
        "    to rtol = 1e-12, or by sparse factors where it does not get there.\n"
    )
    return at_home(_scipy, solver)


def operator_times(A: Any, z: Any) -> Any:
    """A LinearOperator of plain numbers times a vector that varies."""
    from ..applied import apply_linear

    def rows(op: Any) -> Callable[..., Any]:
        return lambda v: np.stack([op(r) for r in np.reshape(v, (-1, v.shape[-1]))]).reshape((*v.shape[:-1], -1))

    return apply_linear(rows(A.matvec), rows(A.rmatvec), z)


bicg, bicgstab, cg, cgs, gcrotmk = map(iterative, ("bicg", "bicgstab", "cg", "cgs", "gcrotmk"))
gmres, lgmres, minres, qmr, tfqmr = map(iterative, ("gmres", "lgmres", "minres", "qmr", "tfqmr"))


def normal(name: str) -> Any:
    """`lsqr` and `lsmr`."""
    original = getattr(_scipy, name)

    @functools.wraps(original)
    def solver(A: Any, b: Any, damp: Any = 0.0, *args: Any, **kwargs: Any) -> Any:
        if not has_varying(A, b, damp):
            return original(A, b, damp, *args, **kwargs)
        b, damp = as_operand(b), as_operand(damp)
        if isinstance(A, _scipy.LinearOperator):
            raise UnsupportedError(f"{name} of a LinearOperator has no derivative here; give the matrix")
        A = operand_matrix(A)
        found = original(value_of_matrix(A), value_of(b), float(value_of(damp)), *args, **kwargs)
        S = as_sparse(A)
        d = float(value_of(damp))
        normal_matrix = _sparse.csc_array(S.T @ S) + d * d * _sparse.eye_array(S.shape[1], format="csc")

        def residual(z: Any) -> Any:
            return A.T @ (A @ z - b) + damp * damp * z

        return (exact(corrected(found[0], residual, factors_of(normal_matrix)), found[0]), *found[1:])

    solver.__doc__ = f"`scipy.sparse.linalg.{name}`; x is differentiable by A, of full rank, by b and by damp.\n"
    return at_home(_scipy, solver)


lsqr, lsmr = normal("lsqr"), normal("lsmr")


# ---- exponential, norm ---------------------------------------------------------------------------


def expm_multiply(
    A: Any, B: Any, start: Any = None, stop: Any = None, num: Any = None, endpoint: Any = None, traceA: Any = None
) -> Any:
    """`scipy.sparse.linalg.expm_multiply`, differentiable by the entries of A, by B and by the ends of the interval.

    Parameters
    ----------
    A, B, start, stop, num, endpoint, traceA
        As in SciPy.

    Returns
    -------
    As SciPy.

    Notes
    -----
    The derivative is that of Taylor's series in steps of norm 1, with 20 terms.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.sparse.linalg import expm_multiply
    >>> A = np.array([[0.0, 1.0], [-1.0, 0.0]])
    >>> dd.derivative(lambda t: expm_multiply(t * A, np.array([1.0, 0.0]))[1])(0.0)
    -1.0
    """
    if not has_varying(A, B, start, stop):
        return _scipy.expm_multiply(A, B, start, stop, num, endpoint, traceA)
    A, B = operand_matrix(A), as_operand(B)
    S = value_of_matrix(A)
    value = _scipy.expm_multiply(S, value_of(B), plain(start), plain(stop), num, endpoint, plain(traceA))
    size = float(abs(_sparse.csr_array(S)).sum(axis=0).max()) if S.shape[0] else 0.0

    def over(t: Any, y: Any) -> Any:
        """exp(t A) y."""
        s = max(1, int(np.ceil(abs(float(value_of(t))) * size)))
        h = t / s
        for _ in range(s):
            term = y
            for j in range(1, 21):
                term = (A @ term) * (h / j)
                y = y + term
        return y

    if start is None and stop is None and num is None and endpoint is None:
        return exact(over(1.0, B), value)
    count = 50 if num is None else num
    start, stop = as_operand(start), as_operand(stop)
    step = (stop - start) / (count - 1 if endpoint is None or endpoint else count)
    found = [over(start, B)]
    for _ in range(count - 1):
        found.append(over(step, found[-1]))
    return exact(np.stack(found), value)


def norm(x: Any, ord: Any = None, axis: Any = None) -> Any:
    """`scipy.sparse.linalg.norm`, differentiable by the entries.

    Parameters
    ----------
    x, ord, axis
        As in SciPy, without ord=2 and -2.

    Returns
    -------
    As SciPy.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.sparse import diags_array
    >>> from dualdiff.scipy.sparse.linalg import norm
    >>> dd.grad(lambda d: norm(diags_array(d, offsets=0)))(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    """
    if not is_varying(x):
        return _scipy.norm(x, ord, axis)
    if axis is not None or ord not in (None, "fro", "f", 1, -1, np.inf, -np.inf):
        raise UnsupportedError(
            f"norm with ord={ord!r}, axis={axis!r} of a sparse array that varies has no derivative here: write it with "
            "sum and power"
        )
    x = x.deduped()
    value = np.float64(_scipy.norm(x.plain, ord, axis))     # a float in SciPy 1.15
    if ord in (None, "fro", "f"):
        return exact(np.linalg.norm(x.tocsr().entries), value)
    sums = abs(x).sum(axis=0 if abs(ord) == 1 else 1)
    return exact(np.max(sums) if ord > 0 else np.min(sums), value)


# ---- eigenvalues ---------------------------------------------------------------------------------


def bordered(S: Any, M: Any, w: Any, v: Any, left: Any) -> Any:
    """Factors of the derivative of ((A - w M) v, (1 - left v) / 1) by v and w."""
    n = S.shape[0]
    column = _sparse.csc_array((-(M @ v if M is not None else v)).reshape(n, 1))
    row = _sparse.csc_array(left.reshape(1, n))
    shift = S - w * (M if M is not None else _sparse.eye_array(n))
    return factors_of(_sparse.block_array([[shift, column], [row, None]], format="csc"))


def pair(A: Any, M: Any, S: Any, SM: Any, w: Any, v: Any, left: Any) -> tuple[Any, Any]:
    """(w, v) of (A - w M) v = 0 and left (v - v0) = 0, with their derivatives."""
    n = len(v)

    def residual(z: Any) -> Any:
        y, s = z[:n], z[n]
        My = y if M is None else M @ y
        return np.concatenate([A @ y - s * My, np.reshape(np.sum(left * (y - v)), (1,))])

    z = corrected(np.append(v, w), residual, bordered(S, SM, w, v, left))
    return z[n], z[:n]


def alone(name: str, values: Any, w: Any, *args: Any, **kwargs: Any) -> Any:
    """The eigenvalues as SciPy gives them without vectors: in another order, from another run of ARPACK."""
    own = getattr(_scipy, name)(*args, return_eigenvectors=False, **kwargs)
    far = np.abs(own[:, None] - w[None, :])
    order = np.full(len(own), -1)
    for i, row in enumerate(far):
        row[order[:i]] = np.inf
        order[i] = np.argmin(row)
    if np.any(far[np.arange(len(own)), order] > 1e-6 * np.max(np.abs(w))):
        raise UnsupportedError(f"{name} finds other eigenvalues without vectors; write {name}(...)[0]")
    return exact(values[order], own)


def check_operator(name: str, *matrices: Any) -> None:
    """Refuses operators, whose products are not taken apart."""
    for A in matrices:
        if isinstance(A, _scipy.LinearOperator):
            raise UnsupportedError(f"{name} of a LinearOperator has no derivative here; give the matrix")


def eigsh(
    A: Any, k: Any = 6, M: Any = None, sigma: Any = None, *args: Any, return_eigenvectors: bool = True, **kwargs: Any
) -> Any:
    """`scipy.sparse.linalg.eigsh`, differentiable by the entries of A and M, as symmetric matrices.

    Parameters
    ----------
    A, k, M, sigma, *args, return_eigenvectors, **kwargs
        As in SciPy.

    Returns
    -------
    As SciPy.  A repeated eigenvalue has the derivative nan.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.sparse import diags_array
    >>> from dualdiff.scipy.sparse.linalg import eigsh
    >>> dd.grad(lambda d: eigsh(diags_array(d, offsets=0), k=1, v0=np.ones(4))[0][0])(np.arange(4.0)).round(9) + 0
    array([0., 0., 0., 1.])
    """
    if not has_varying(A, M, sigma):
        return _scipy.eigsh(A, k, M, sigma, *args, return_eigenvectors=return_eigenvectors, **kwargs)
    check_operator("eigsh", A, M)
    A, M = operand_matrix(A), None if M is None else operand_matrix(M)
    given = (value_of_matrix(A), k, None if M is None else value_of_matrix(M), plain(sigma), *args)
    w, v = _scipy.eigsh(*given, return_eigenvectors=True, **kwargs)
    if np.iscomplexobj(v):
        raise UnsupportedError(
            "eigsh of a complex matrix has no derivative here; use the real matrix [[Re, -Im], [Im, Re]]"
        )
    S, SM = as_sparse(A), None if M is None else as_sparse(M)
    values, vectors = [], []
    for i in range(len(w)):
        left = v[:, i] if SM is None else SM @ v[:, i]
        s, y = pair(A, M, S, SM, w[i], v[:, i], left)
        My = y if M is None else M @ y
        values.append(s)
        vectors.append(y / np.sqrt(np.sum(y * My)))
    if not return_eigenvectors:
        return alone("eigsh", np.stack(values), w, *given, **kwargs)
    return exact(np.stack(values), w), exact(np.stack(vectors, axis=1), v)


def eigs(
    A: Any, k: Any = 6, M: Any = None, sigma: Any = None, *args: Any, return_eigenvectors: bool = True, **kwargs: Any
) -> Any:
    """`scipy.sparse.linalg.eigs`, differentiable by the entries of A and M; eigenvectors keep their phase.

    Parameters
    ----------
    A, k, M, sigma, *args, return_eigenvectors, **kwargs
        As in SciPy.

    Returns
    -------
    As SciPy.  A repeated eigenvalue has the derivative nan.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.sparse import diags_array
    >>> from dualdiff.scipy.sparse.linalg import eigs
    >>> dd.grad(lambda d: eigs(diags_array(d, offsets=0), k=1, v0=np.ones(4))[0][0].real)(np.arange(4.0)).round(9) + 0
    array([0., 0., 0., 1.])
    """
    if not has_varying(A, M, sigma):
        return _scipy.eigs(A, k, M, sigma, *args, return_eigenvectors=return_eigenvectors, **kwargs)
    check_operator("eigs", A, M)
    A, M = operand_matrix(A), None if M is None else operand_matrix(M)
    given = (value_of_matrix(A), k, None if M is None else value_of_matrix(M), plain(sigma), *args)
    w, v = _scipy.eigs(*given, return_eigenvectors=True, **kwargs)
    S, SM = as_sparse(A), None if M is None else as_sparse(M)
    values, vectors = [], []
    for i in range(len(w)):
        s, y = pair(A, M, S, SM, w[i], v[:, i], np.conj(v[:, i]))
        values.append(s)
        vectors.append(y / np.sqrt(np.sum(np.real(y) ** 2 + np.imag(y) ** 2)))
    if not return_eigenvectors:
        return alone("eigs", np.stack(values), w, *given, **kwargs)
    return exact(np.stack(values), w), exact(np.stack(vectors, axis=1), v)


def svds(A: Any, k: Any = 6, *args: Any, return_singular_vectors: Any = True, **kwargs: Any) -> Any:
    """`scipy.sparse.linalg.svds`, differentiable by the entries of A.

    Parameters
    ----------
    A, k, *args, return_singular_vectors, **kwargs
        As in SciPy.

    Returns
    -------
    As SciPy.  A repeated singular value has the derivative nan.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.sparse import diags_array
    >>> from dualdiff.scipy.sparse.linalg import svds
    >>> dd.grad(lambda d: svds(diags_array(d, offsets=0), k=1, v0=np.ones(4))[1][0])(np.arange(4.0)).round(9) + 0
    array([0., 0., 0., 1.])
    """
    if not has_varying(A):
        return _scipy.svds(A, k, *args, return_singular_vectors=return_singular_vectors, **kwargs)
    check_operator("svds", A)
    A = operand_matrix(A)
    u, s, vt = _scipy.svds(value_of_matrix(A), k, *args, return_singular_vectors=True, **kwargs)
    if np.iscomplexobj(u):
        raise UnsupportedError(
            "svds of a complex matrix has no derivative here; use the real matrix [[Re, -Im], [Im, Re]]"
        )
    m = u.shape[0]
    B = as_sparse(A)
    S = _sparse.block_array([[None, B], [B.T, None]], format="csc")

    class Both:
        """[[0, A], [A', 0]]."""

        def __matmul__(self, z: Any) -> Any:
            return np.concatenate([A @ z[m:], A.T @ z[:m]])

    left, values, right = [], [], []
    for i in range(len(s)):
        z = np.concatenate([u[:, i], vt[i]]) / np.sqrt(2)
        w, y = pair(Both(), None, S, None, s[i], z, z)
        a, b = y[:m], y[m:]
        values.append(w)
        left.append(a / np.sqrt(np.sum(a * a)))
        right.append(b / np.sqrt(np.sum(b * b)))
    values = exact(np.stack(values), s)
    if return_singular_vectors is False:
        return values
    whole = exact(np.stack(left, axis=1), u), values, exact(np.stack(right), vt)
    if return_singular_vectors == "u":
        return whole[0], values, None
    return (None, values, whole[2]) if return_singular_vectors == "vh" else whole


REFUSED = {
    "expm": "its result is dense; write dualdiff.scipy.linalg.expm(A.toarray()), or expm_multiply",
    "inv": "its result is dense; write splu(A).solve of an identity matrix",
    "spilu": "its factors are incomplete; give it the values, as a preconditioner",
    "lobpcg": "write eigsh",
    "onenormest": "write norm(A, 1)",
    "matrix_power": "write A @ A",
    "funm_multiply_krylov": "write expm_multiply",
    "spbandwidth": "it counts",
    "is_sptriangular": "it counts",
}


def __getattr__(name: str) -> Any:
    if name in REFUSED and hasattr(_scipy, name):
        original, why = refuses_closed(_scipy, name, REFUSED[name]), REFUSED[name]

        @functools.wraps(original)
        def refused(*args: Any, **kwargs: Any) -> Any:
            if has_varying(*args, *kwargs.values()):
                raise UnsupportedError(
                    f"scipy.sparse.linalg.{name} of a sparse array that varies has no derivative here: {why}"
                )
            return original(*args, **kwargs)

        globals()[name] = at_home(_scipy, refused)
        return refused
    return theirs(_scipy, name)


def __dir__() -> Any:
    return sorted({*dir(_scipy), *__all__})
