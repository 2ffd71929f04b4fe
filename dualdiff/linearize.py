"""The derivative at a point as a linear operator: `linearize`, and `checkpoint` to store less.

Invariant: an operator never evaluates the function again.
Imported by dualdiff/__init__.py and forward.py (for mode="reverse").
"""

import functools
import math

import numpy as np

from .core import make
from .errors import InputError, ShapeError
from .foreign import plain_numbers
from .forward import jvp
from .functions.base import as_operand
from .linear import LinearMap, fit
from .recording import Recording
from .reverse import vjp
from .spaces import Node, find_tag, is_dual, peel
from .trees import flatten, unflatten

__all__ = ["Linearization", "checkpoint", "linearize"]

FLOAT = np.dtype(float)

CHUNK_BYTES = 2**22
"""Bytes that the larger side of one pass of `dense` may take."""


def linearize(f, *primals, has_aux=False, **kwargs):
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
    **kwargs
        Passed to f; not differentiated.

    Returns
    -------
    value, J
        f(*primals), and a `Linearization`.

    Raises
    ------
    InputError
        For complex, empty or non-numeric arguments and results.

    Notes
    -----
    Conventions at kinks are those of `jvp`.  Where a zero and an infinite partial meet (the
    derivative of sqrt(x**2) at 0), forward replay gives what `jvp` gives; a zero tangent or
    cotangent stays zero in both directions.  Arrays may be written to while f runs: views follow
    their base.

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
    if not primals:
        raise InputError("linearize needs at least one argument to differentiate by")
    recording = Recording(f, primals, kwargs, has_aux)
    J = Linearization(recording)
    return (recording.value, J, recording.aux) if has_aux else (recording.value, J)


def size_of(shapes):
    """Elements in all leaves."""
    return sum(int(np.prod(shape)) for shape in shapes)


def of_structure(structures, shapes):
    """The leaves' shapes in their structure; of one array just its shape."""
    rest = iter(shapes)
    parts = [unflatten(s, [next(rest) for _ in range(n)]) for s, n in structures]
    return parts[0] if len(parts) == 1 else tuple(parts)


class Linearization:
    """The derivative of a function at a point: J @ v and J.T @ w, without evaluating it again.

    SciPy takes it as a LinearOperator (gmres, lsqr, svds, eigs, ...): it has `shape`, `dtype`,
    `matvec`, `rmatvec`, `matmat`, `rmatmat`.  Flat vectors hold the leaves of all arguments (or
    of the result) one after the other, each in C order.

    Attributes
    ----------
    shape : tuple of int
        (m, n): elements of the result and of the arguments.
    dtype : dtype
        Of the products.
    input_shape, output_shape
        Of the arguments and of the result, in their structure.
    """

    # NumPy leaves @ to this class
    __array_ufunc__ = None

    def __init__(self, recording, transposed=False, conjugated=False):
        self.recording, self.transposed, self.conjugated = recording, transposed, conjugated
        inputs = of_structure(recording.in_structures, recording.in_shapes)
        outputs = unflatten(recording.out_structure, recording.out_shapes)
        m, n = size_of(recording.out_shapes), size_of(recording.in_shapes)
        self.shape = (n, m) if transposed else (m, n)
        self.input_shape, self.output_shape = (outputs, inputs) if transposed else (inputs, outputs)
        self.dtype = np.result_type(*recording.in_dtypes, *(d for d in recording.out_dtypes if d.kind in "fc"))

    def __repr__(self):
        kind = "transposed " if self.transposed else ""
        return f"<{self.shape[0]}x{self.shape[1]} {kind}Linearization of {self.dtype}>"

    @property
    def T(self):
        """The transpose."""
        return Linearization(self.recording, not self.transposed, self.conjugated)

    @property
    def H(self):
        """The adjoint, which for a real derivative is the transpose."""
        conjugated = not self.conjugated and self.dtype.kind == "c"
        return Linearization(self.recording, not self.transposed, conjugated)

    def transpose(self):
        """The transpose."""
        return self.T

    def adjoint(self):
        """The adjoint, which for a real derivative is the transpose."""
        return self.H

    # ---- in the structure of the function ----

    def jvp(self, *tangents):
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

    def vjp(self, w):
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

    def rows(self, V):
        """Products with the rows of V, (k, n) -> (k, m)."""
        if self.conjugated:
            return np.conj(Linearization(self.recording, self.transposed).rows(np.conj(V)))
        if V.dtype.kind == "c":
            return self.rows(np.real(V)) + 1j * self.rows(np.imag(V))
        if self.transposed and self.dtype.kind == "c":      # pullbacks give the real part of conj(w) . J
            return self.real_rows(V) - 1j * self.real_rows(V * -1j)
        return self.real_rows(V)

    def real_rows(self, V):
        """Products with the rows of V as the recording gives them: real for real arguments."""
        r = self.recording
        shapes, dtypes = (r.out_shapes, r.out_dtypes) if self.transposed else (r.in_shapes, r.in_dtypes)
        stacks, start, k = [], 0, V.shape[0]
        for shape, dtype in zip(shapes, dtypes, strict=True):
            stop = start + math.prod(shape)
            part = V[:, start:stop].reshape((k, *shape))
            wanted = dtype if dtype.kind in "fc" else FLOAT
            stacks.append(part if part.dtype is wanted else fit(part, wanted))
            start = stop
        found = r.backward(stacks) if self.transposed else r.forward(stacks)
        flat = [t.reshape((k, -1)) for t in found]
        return flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)

    def matvec(self, v):
        """J v of a flat vector, shape (n,) or (n, 1)."""
        v = vector_of(v)
        if v.shape not in ((self.shape[1],), (self.shape[1], 1)):
            raise ShapeError(f"an operator of shape {self.shape} takes a vector of {self.shape[1]}, got {v.shape}")
        product = self.rows(v.reshape(1, -1))
        return product[0] if v.ndim == 1 else product.reshape(-1, 1)

    def rmatvec(self, w):
        """J' w of a flat vector, conjugated where J is complex (SciPy's convention)."""
        return self.H.matvec(w)

    def matmat(self, V):
        """J V of a matrix whose columns are vectors, (n, k) -> (m, k)."""
        V = vector_of(V)
        if V.ndim != 2 or V.shape[0] != self.shape[1]:
            raise ShapeError(f"an operator of shape {self.shape} takes a matrix ({self.shape[1]}, k), got {V.shape}")
        if V.shape[1] == 0:
            return np.zeros((self.shape[0], 0), self.dtype)
        return self.rows(V.T).T

    def rmatmat(self, W):
        """J' W of a matrix whose columns are vectors, conjugated where J is complex."""
        return self.H.matmat(W)

    def __matmul__(self, v):
        v = vector_of(v)
        if np.ndim(v) != 1 and isinstance(self.input_shape, tuple) and np.shape(v) == self.input_shape:
            return self.rows(np.reshape(v, (1, -1))).reshape(self.output_shape)
        return self.matvec(v) if np.ndim(v) == 1 else self.matmat(v)

    def __rmatmul__(self, w):
        w = vector_of(w)
        if np.ndim(w) == 1:
            return self.T.matvec(w)
        return self.T.matmat(np.transpose(w)).T

    dot = __matmul__

    # ---- as numbers ----

    def chunks(self, count):
        """Ranges of unit vectors that fit a pass."""
        if not count:
            return
        width = max(1, CHUNK_BYTES // (8 * max(self.shape)))
        passes = -(-count // width)
        width = -(-count // passes)
        for start in range(0, count, width):
            yield start, min(start + width, count)

    def dense(self, mode="auto"):
        """The matrix, shape (m, n).

        Parameters
        ----------
        mode : {"auto", "forward", "reverse"}
            By columns, by rows, or whichever needs fewer products (rows from n > 2 m on, as a
            transposed product costs about twice a product).

        Returns
        -------
        ndarray

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
        if by_rows:
            return self.T.columns().T.copy()
        return self.columns()

    def columns(self):
        """The matrix by products with unit vectors."""
        m, n = self.shape
        out = np.empty((m, n), self.dtype)
        for start, stop in self.chunks(n):
            out[:, start:stop] = self.rows(unit_rows(start, stop, n)).T
        return out

    def sparse(self, plan=None, format="csr"):
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
        from .sparse.jacobian import sparse_of

        return sparse_of(self, plan, format)

    def diagonal(self):
        """The diagonal of a square derivative, by n products in chunks.

        Returns
        -------
        ndarray, shape (n,)

        Raises
        ------
        ShapeError
            If the derivative is not square.

        Examples
        --------
        >>> import numpy as np, dualdiff as dd
        >>> dd.linearize(np.square, np.array([1.0, 3.0]))[1].diagonal()
        array([2., 6.])
        """
        m, n = self.shape
        if m != n:
            raise ShapeError(f"only a square derivative has a diagonal; this one has shape {self.shape}")
        out = np.empty(n, self.dtype)
        for start, stop in self.chunks(n):
            out[start:stop] = np.diagonal(self.rows(unit_rows(start, stop, n)), start)
        return out


def vector_of(v):
    """What an operator is applied to: an array of numbers, or a dual one."""
    v = as_operand(plain_numbers(v, "the vector"))
    if is_dual(v):
        return v
    v = np.asarray(v)
    if v.dtype.kind not in "biufc":
        raise InputError(f"an operator takes arrays of numbers, got dtype {v.dtype}")
    return v if v.dtype.kind in "fc" else v.astype(float)


def unit_rows(start, stop, n):
    """Unit vectors start to stop as rows."""
    rows = np.zeros((stop - start, n))
    rows[np.arange(stop - start), np.arange(start, stop)] = 1.0
    return rows


# ---- storing less --------------------------------------------------------------------------------


def checkpoint(f):
    """F, but a recording stores its arguments only and runs it again in each product.

    Parameters
    ----------
    f : callable
        Takes arrays or numbers as positional arguments (others by keyword) and returns arrays,
        numbers, or a structure of them.

    Returns
    -------
    callable
        The same function; only `linearize` and `vjp` (and what is built on them) see a difference.

    Notes
    -----
    Memory against time: a chain of s steps, each a checkpoint, stores s arguments instead of all
    intermediate partials, and evaluates f once more for each product.

    References
    ----------
    Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapter 12.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> step = dd.checkpoint(lambda x: np.sin(np.exp(x)))
    >>> _, J = dd.linearize(lambda x: step(step(x)), np.array([0.5]))
    >>> bool(J.dense()[0, 0] == dd.derivative(lambda x: step(step(x)))(0.5))
    True
    """

    @functools.wraps(f)
    def g(*args, **kwargs):
        tag = find_tag(*args)
        pairs = [peel(x, tag) for x in args]
        if not any(type(t) is Node for _, t in pairs):
            return f(*args, **kwargs)
        values = [v.copy() if isinstance(v, np.ndarray) else v for v, _ in pairs]
        live = [i for i, (_, t) in enumerate(pairs) if t is not None]

        def of_live(*xs):
            full = list(values)
            for i, x in zip(live, xs, strict=True):
                full[i] = x
            return f(*full, **kwargs)

        leaves, structure = flatten(f(*values, **kwargs))
        leaves = [y.value if is_dual(y) and y.tag < 0 else y for y in leaves]   # an array of dualdiff.numpy
        points = [values[i] for i in live]
        nodes = [pairs[i][1] for i in live]
        out = []
        for place, y in enumerate(leaves):
            map = Recompute(of_live, place, points, y)
            out.append(make(y, Node(map, tuple(nodes), map.out_shape, map.out_dtype), tag))
        return unflatten(structure, out)

    return g


class Recompute(LinearMap):
    """The derivative of one leaf of f's result at stored points, by running f again."""

    __slots__ = ("f", "place", "points")

    def __init__(self, f, place, points, output):
        super().__init__(points, output)
        self.f, self.place, self.points = f, place, points

    def leaf(self, *xs):
        """The leaf in question."""
        return flatten(self.f(*xs))[0][self.place]

    def apply(self, ts):
        live = next(t for t in ts if t is not None)
        k = live.shape[0]
        full = [np.zeros((k, *shape)) if t is None else t for t, shape in zip(ts, self.in_shapes, strict=True)]
        return jvp(self.leaf, tuple(self.points), tuple(full))[1]

    def transpose(self, w, i):
        found = vjp(self.leaf, *self.points)[1](w)
        return found if len(self.points) == 1 else found[i]

    def reach(self, sets, ids):
        from .sparse.pattern import propagate

        inner = Recording(self.leaf, self.points, {})
        given = [np.zeros(shape, np.int64) if t is None else t for t, shape in zip(ids, self.in_shapes, strict=True)]
        exact = sets.exact
        found = propagate(sets, inner.inputs, inner.nodes, given, inner=True)[0]
        sets.exact = exact
        return np.zeros(self.out_shape, np.int64) if found is None else found
