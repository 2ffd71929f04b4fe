"""The derivative at a point as a linear operator: `linearize`.

Invariant: an operator never evaluates the function again, unless its recording is larger than its memory limit.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..above import above
from ..automatic import as_asked
from ..errors import InputError
from ..functions.base import value_of
from ..functions.undefined import noted
from ..maps.base import fit
from ..progress import Progress
from .memory import checked_limit
from .operators import CHUNK_BYTES, Operator, ranges, vector_of
from .pytrees import unflatten
from .recorder import HERE, UNDER_WAY
from .recording import Recording

__all__ = ["Linearization", "linearize"]

FLOAT = np.dtype(float)

ONE = [(None, 1)]
"""The structures of one argument that is an array or a number."""


def linearize(
    f: Callable[..., Any], *primals: Any, has_aux: bool = False, lift: Any = "auto", memory_limit: Any = "auto",
    **kwargs: Any
) -> Any:
    """Value, and the derivative at a point as a linear operator J that never evaluates f again.

    f is evaluated once, with recorded tangents.  J @ v replays the recorded linear maps forwards,
    J.T @ w backwards: chains of elementwise operations are multiplied out, so they cost one
    product per element.

    Parameters
    ----------
    f : callable
        NumPy code.
    *primals
        The arguments at which to differentiate: numbers, arrays, or nested tuples, lists, dicts.
    has_aux : bool
        f returns (result, aux); aux is handed back as a third item.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.
    memory_limit : float, None or "auto"
        Bytes that a recording may keep: half of the machine's memory, or None, no limit.  Above it the newest
        operations are kept, and each product runs f again for every earlier stretch that fits: see docs/large.md.
    **kwargs
        Passed to f; not differentiated.

    Returns
    -------
    value, J
        f(*primals), and a `Linearization`.

    Raises
    ------
    InputError
        For empty or non-numeric arguments and results.

    Notes
    -----
    By complex arguments the derivative is linear over the real numbers: J @ v is J v for complex v, J.H is its adjoint
    for the pairing Re(conj(w) v), J.T w is conj(J.H conj(w)).  It is a complex matrix (J.dense(), and what SciPy's
    solvers take it for) only if the function is holomorphic.

    Conventions at kinks, and where a zero and an infinite partial meet, are those of `jvp`, in both
    directions.  Arrays may be written to while f runs: views follow their base.

    References
    ----------
    Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapters 3 and 4.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> value, J = dd.linearize(lambda x: x[0] * x, np.array([2.0, 3.0]))
    >>> J @ np.array([1.0, 0.0])
    array([4., 3.])
    >>> J.T @ np.array([1.0, 1.0])
    array([7., 2.])
    """
    f = as_asked(f, lift)
    if not primals:
        raise InputError("linearize needs at least one argument to differentiate by")
    if UNDER_WAY and HERE.recorder is not None:
        return HERE.recorder.linearize(linearize, f, primals, kwargs, has_aux)
    programs = getattr(f, "__dualdiff_program__", None)
    if hasattr(programs, "path_for") and not has_aux:
        return above("linear_paths")(programs)(primals, kwargs)
    recording = Recording(f, primals, kwargs, has_aux, complexes=True, limit=checked_limit(memory_limit))
    if recording.kinked:
        recording.warn_of_kinks()
    J = Linearization(recording)
    return (recording.value, J, recording.aux) if has_aux else (recording.value, J)


def size_of(shapes: Any) -> Any:
    """Elements in all leaves."""
    return sum(map(math.prod, shapes))


def of_structure(structures: Any, shapes: Any) -> Any:
    """The leaves' shapes in their structure; of one array just its shape."""
    rest = iter(shapes)
    parts = [unflatten(s, [next(rest) for _ in range(n)]) for s, n in structures]
    return parts[0] if len(parts) == 1 else tuple(parts)


class Linearization(Operator):
    """The derivative of a function at a point: J @ v and J.T @ w, without evaluating it again.

    SciPy takes it for a LinearOperator (gmres, lsqr, svds, eigs, least_squares, ...), and `isinstance` says that it is
    one; SciPy is not imported for it.  It adds, scales and composes with others of its kind, with SciPy's operators and
    with matrices: J1 @ J2, 2*J, J + A.  Flat vectors hold the leaves of all arguments (or of the result) one after
    the other, each in C order.

    Attributes
    ----------
    shape : tuple of int
        (m, n): elements of the result and of the arguments.
    dtype : dtype
        Of the products.
    nbytes : int
        Bytes that it keeps for its products; of a recording above its memory limit, what it would keep whole.
    by_complex : bool
        Whether there is a complex argument.
    input_shape, output_shape
        Of the arguments and of the result, in their structure.
    """

    def __init__(self, recording: Any, transposed: bool = False, conjugated: bool = False) -> None:
        self.recording, self.transposed, self.conjugated = recording, transposed, conjugated
        self.is_matrix = False      # whether `check_matrix` has found it to be one
        # the frequent case: of one float64 array or number, one of them
        self.plain = recording.out_structure is None and recording.in_structures == ONE and (
            recording.in_dtypes[0] is FLOAT is recording.out_dtypes[0])  # fmt: skip
        if self.plain:
            inputs, outputs = recording.in_shapes[0], recording.out_shapes[0]
            m, n = math.prod(outputs), math.prod(inputs)
            self.by_complex, self.dtype = False, FLOAT
        else:
            inputs = of_structure(recording.in_structures, recording.in_shapes)
            outputs = unflatten(recording.out_structure, recording.out_shapes)
            m, n = size_of(recording.out_shapes), size_of(recording.in_shapes)
            self.by_complex = any(dtype.kind == "c" for dtype in recording.in_dtypes)
            self.dtype = np.result_type(*recording.in_dtypes, *(d for d in recording.out_dtypes if d.kind in "fc"))
        self.shape = (n, m) if transposed else (m, n)
        self.input_shape, self.output_shape = (outputs, inputs) if transposed else (inputs, outputs)

    def __repr__(self) -> str:
        kind = "transposed " if self.transposed else ""
        return f"<{self.shape[0]}x{self.shape[1]} {kind}Linearization of {self.dtype}>"

    @property
    def nbytes(self) -> int:
        """Bytes that are kept for its products."""
        return int(self.recording.nbytes)

    @property
    def T(self) -> Any:
        """The transpose."""
        return Linearization(self.recording, not self.transposed, self.conjugated)

    @property
    def H(self) -> Any:
        """The adjoint, which for a real derivative is the transpose."""
        conjugated = not self.conjugated and self.dtype.kind == "c"
        return Linearization(self.recording, not self.transposed, conjugated)

    # ---- in the structure of the function ----

    def jvp(self, *tangents: Any) -> Any:
        """J v in the structure of the function: one tangent for each argument, or k stacked ones.

        Parameters
        ----------
        *tangents
            As the arguments; None for zero; (k, *shape) for k directions.

        Returns
        -------
        array or structure
            As the function's result.

        Raises
        ------
        ShapeError
            If a tangent does not fit its argument.

        Examples
        --------
        >>> import numpy as np, dualdiff as dd
        >>> _, J = dd.linearize(lambda x, y: x * y, 2.0, 3.0)
        >>> J.jvp(1.0, None)
        3.0
        """
        if self.transposed:
            raise InputError("this is a transposed operator; write J.jvp(v), or J.vjp(w) for the transposed product")
        return self.recording.push(tangents)

    def vjp(self, w: Any) -> Any:
        """J' w in the structure of the function: w as its result, or k of them stacked.

        Parameters
        ----------
        w : array or structure
            A cotangent of the result.

        Returns
        -------
        array, or tuple of arrays
            As the argument; a tuple if there are several.

        Raises
        ------
        ShapeError
            If w does not fit the result.

        Examples
        --------
        >>> import numpy as np, dualdiff as dd
        >>> _, J = dd.linearize(lambda x, y: x * y, 2.0, 3.0)
        >>> J.vjp(1.0)
        (3.0, 2.0)
        """
        if self.transposed:
            raise InputError("this is a transposed operator; write J.vjp(w), or J.jvp(v) for the product")
        return self.recording.pull(w)

    # ---- on flat vectors ----

    def rows(self, V: Any) -> Any:
        """Products with the rows of V, (k, n) -> (k, m)."""
        if self.by_complex:
            # the recording has J and its adjoint; the conjugate of each is conj(J(conj(v)))
            if self.transposed == self.conjugated:
                return self.real_rows(V)
            return np.conj(self.real_rows(np.conj(V)))
        if self.conjugated:
            return np.conj(Linearization(self.recording, self.transposed).rows(np.conj(V)))
        if V.dtype.kind == "c":
            return self.rows(np.real(V)) + 1j * self.rows(np.imag(V))
        if self.transposed and self.dtype.kind == "c":      # pullbacks give the real part of conj(w) . J
            return self.real_rows(V) - 1j * self.real_rows(V * -1j)
        return self.real_rows(V)

    def real_rows(self, V: Any) -> Any:
        """Products with the rows of V as the recording gives them; of a transposed one, those of the adjoint."""
        r = self.recording
        shapes, dtypes = (r.out_shapes, r.out_dtypes) if self.transposed else (r.in_shapes, r.in_dtypes)
        stacks, start, k = [], 0, V.shape[0]
        for shape, dtype in zip(shapes, dtypes, strict=True):
            stop = start + math.prod(shape)
            part = V[:, start:stop].reshape((k, *shape))
            wanted = dtype if dtype.kind in "fc" else FLOAT
            if not self.transposed and wanted.kind != "c" == part.dtype.kind and np.any(value_of(np.imag(part))):
                raise InputError("the part of the vector that belongs to a real argument has an imaginary part")
            stacks.append(part if part.dtype is wanted else fit(part, wanted))
            start = stop
        found = r.backward(stacks) if self.transposed else r.forward(stacks)
        flat = [t.reshape((k, math.prod(t.shape[1:]))) for t in found]
        return flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)

    def __matmul__(self, v: Any) -> Any:
        r = self.recording
        if r.walk is not None and self.plain and not noted:
            found = r.walk.back(v, True) if self.transposed else r.walk.along(v)     # the most frequent case
            if found is not None:
                return found
        if self.plain and type(v) is np.ndarray and v.dtype is FLOAT and v.shape == self.shape[1:]:
            stack = v.reshape((1, *self.input_shape))
            found = r.backward([stack]) if self.transposed else r.forward([stack])
            return found[0].reshape(self.shape[:1])
        if np.ndim(v) != 1 and isinstance(self.input_shape, tuple) and np.shape(v) == self.input_shape:
            return self.rows(np.reshape(vector_of(v), (1, -1))).reshape(self.output_shape)
        if self.by_complex and np.shape(v) == (self.shape[1],):
            return self.rows(np.reshape(vector_of(v), (1, -1)))[0]      # also where it is no complex matrix
        return super().__matmul__(v)

    # ---- as a complex matrix, which it is where the function is holomorphic ----

    def check_matrix(self, what: str) -> None:
        """Raises where J is linear over the real numbers only, and so is no complex matrix.

        It is one where J(iv) = i J(v) for a random v.
        """
        if not self.by_complex or self.is_matrix:
            return
        generator = np.random.default_rng(0)
        v = generator.standard_normal((1, self.shape[1])) + 1j * generator.standard_normal((1, self.shape[1]))
        kinds = self.recording.out_dtypes if self.transposed else self.recording.in_dtypes
        holds = all(dtype.kind == "c" for dtype in kinds)
        if holds:
            once, turned = value_of(self.rows(v)), value_of(self.rows(1j * v))
            tolerance = 1e-4 if self.dtype == np.complex64 else 1e-10
            holds = bool(np.all(np.abs(turned - 1j * once) <= tolerance * np.max(np.abs(once), initial=0.0)))
        if not holds:
            raise InputError(
                f"{what} takes the derivative for a complex matrix, but it is linear over the real numbers only: the "
                "function is not holomorphic (abs, real, conj, ... took part) or has real arguments too. J @ v, "
                "J.H @ w, J.jvp and J.vjp are its products; jacobian gives its two matrices"
            )
        self.is_matrix = True

    def matvec(self, v: Any) -> Any:
        """As of every operator, where J is a matrix."""
        self.check_matrix("matvec, which SciPy calls,")
        return super().matvec(v)

    def matmat(self, V: Any) -> Any:
        """As of every operator, where J is a matrix."""
        self.check_matrix("matmat, which SciPy calls,")
        return super().matmat(V)

    def dense(self, mode: str = "auto", *, progress: Progress = None) -> Any:
        """The matrix, shape (m, n), by columns ("forward") or by rows; `Operator.dense` says more."""
        self.check_matrix("dense()")
        return super().dense(mode, progress=progress)

    def diagonal(self) -> Any:
        """The diagonal of a square J that is a matrix."""
        self.check_matrix("diagonal()")
        return super().diagonal()

    def scaled(self, c: Any) -> Any:
        """A multiple c * J: by a complex number, where J is a matrix."""
        if np.iscomplexobj(value_of(c)):
            self.check_matrix("a complex multiple")
        return super().scaled(c)

    # ---- as numbers ----

    def chunks(self, count: int) -> Any:
        """Ranges of unit vectors that fit a pass."""
        return ranges(count, self.shape, CHUNK_BYTES)

    def sparse(self, plan: Any = None, format: str = "csr") -> Any:
        """The matrix as a `scipy.sparse` array, by as few products as its pattern allows.

        Parameters
        ----------
        plan : SparseJacobian or sparse matrix, optional
            Whose pattern and colours to use, or where the entries are.  Without it the pattern is found
            here: from the recorded maps if no product was taken yet; else by products with all unit
            vectors, as the maps are then multiplied out.
        format : {"csr", "csc"}

        Returns
        -------
        csr_array or csc_array, shape (m, n)

        Raises
        ------
        ShapeError
            If the pattern has another shape.

        Examples
        --------
        >>> import numpy as np, dualdiff as dd
        >>> _, J = dd.linearize(lambda x: x[1:] * x[:-1], np.arange(4.0))
        >>> J.sparse().toarray()
        array([[1., 0., 0., 0.],
               [0., 2., 1., 0.],
               [0., 0., 3., 2.]])
        """
        if self.by_complex:
            raise InputError("sparse() is of derivatives by real arguments; write J.dense()")
        return above("sparse_of")(self, plan, format)
