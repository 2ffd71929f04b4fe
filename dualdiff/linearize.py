"""The derivative at a point as a linear operator: `linearize`, and `checkpoint` to store less.

Invariant: an operator never evaluates the function again.
Imported by dualdiff/__init__.py and forward.py (for mode="reverse").
"""

import functools
import math

import numpy as np

from .core import make
from .errors import InputError
from .forward import jvp
from .linear import LinearMap, fit
from .operators import CHUNK_BYTES, Operator, ranges, vector_of
from .recording import Recording
from .reverse import vjp
from .spaces import Node, find_tag, is_dual, peel
from .trees import flatten, unflatten

__all__ = ["Linearization", "checkpoint", "linearize"]

FLOAT = np.dtype(float)


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
    input_shape, output_shape
        Of the arguments and of the result, in their structure.
    """

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
        flat = [t.reshape((k, math.prod(t.shape[1:]))) for t in found]
        return flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)

    def __matmul__(self, v):
        if np.ndim(v) != 1 and isinstance(self.input_shape, tuple) and np.shape(v) == self.input_shape:
            return self.rows(np.reshape(vector_of(v), (1, -1))).reshape(self.output_shape)
        return super().__matmul__(v)

    # ---- as numbers ----

    def chunks(self, count):
        """Ranges of unit vectors that fit a pass."""
        return ranges(count, self.shape, CHUNK_BYTES)

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
