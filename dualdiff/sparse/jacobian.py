"""Sparse Jacobians: the plan that a pattern and its colours make, and its calls.

A pattern that was learned at one point need not hold at another.  So every matrix is compared with one more product,
along a random direction, which rides in the sweep of the others; where they differ the pattern is learned anew.

Invariant: no matrix is returned whose pattern misses an entry, unless the user said check=False; a call allocates
what it returns.
"""

import math
from _thread import allocate_lock
from collections.abc import Callable
from typing import Any

import numpy as np

from ..automatic import as_asked
from ..core import DualArray, ZeroTimesInfinity, call_watched, make_array, new_tag
from ..errors import ArgumentError, InputError, PatternError, ShapeError
from ..patterns.coloring import PARTITIONS, Coloring, best_coloring, coloring as make_coloring
from ..patterns.decompression import Decompression
from ..patterns.pattern import as_pattern
from ..patterns.propagate import pattern_of
from ..programs.bound import bound as of_x
from ..programs.sparsely import sparse_paths
from ..programs.tracer import NotCompilable
from ..progress import SILENT, Meter, Progress, checked_progress, meter
from ..transforms.arguments import owned
from ..transforms.jvp import jvp
from ..transforms.pytrees import flatten, leaf_names, match, unflatten
from ..transforms.randomness import one_draw
from ..transforms.recording import Recording

__all__ = ["SparseJacobian", "sparse_jacobian"]

CHUNK_BYTES = 2**26
"""Bytes of seeds in one sweep; more directions go in several sweeps."""
FORMATS = ("csr", "csc")
ROUNDING = {np.dtype(kind): 4096 * float(np.finfo(kind).eps) for kind in "fdFD"}
"""By how much a matrix and its product along the random direction may differ without being looked at."""
UNKNOWN: Any = object()
"""A structure that no call has shown yet."""


class Plan:
    """What Jacobians and Hessians have in common: the pattern, found once, and the way from products to a matrix."""

    def __init__(
        self, f: Callable[..., Any], pattern: Any = None, coloring: Any = None, format: str = "csr", check: bool = True,
        progress: Progress = None,
    ) -> None:  # fmt: skip
        if not callable(f):
            raise InputError(f"expected a function, got {type(f).__name__}")
        if format not in FORMATS:
            raise ArgumentError(f'format must be "csr" or "csc", got {format!r}')
        if not (coloring is None or isinstance(coloring, Coloring) or coloring in self.partitions):
            raise ArgumentError(
                f"coloring must be a Coloring, or one of {', '.join(map(repr, self.partitions))}, got {coloring!r}"
            )
        if not isinstance(check, (bool, np.bool_)):
            raise ArgumentError(f"check must be True or False, got {check!r}")
        self.f, self.format, self.wanted, self.checked = f, format, coloring, bool(check)
        self.progress = checked_progress(progress)
        self.made, self.lock = None, allocate_lock()
        self.inputs = self.outputs = UNKNOWN     # the structures of x and of the result, by which others are read
        self.rounding = 0.0                      # the largest gap that a new pattern has shown to be rounding
        self.given = pattern is not None
        if pattern is not None:
            self.made = self.planned(as_pattern(pattern))
        self.programs = sparse_paths(self)
        self.plain: Any = f if self.programs is None else f.__dualdiff_program__.f     # type: ignore[attr-defined]

    partitions: tuple[Any, ...] = PARTITIONS

    def learned(self, pattern: Any) -> Any:
        """The plan itself, with a pattern that `sparsity` has found already."""
        self.made = self.planned(pattern)
        return self

    def planned(self, pattern: Any, renewed: bool = False) -> tuple[Any, Any, Any]:
        """(pattern, its colours, its decompression); renewed: colours that do not fit it any more are chosen anew."""
        chosen = self.wanted
        if isinstance(chosen, Coloring) and renewed and not chosen.is_valid(pattern):
            chosen = "substitution" if chosen.substitution else chosen.partition
        if not isinstance(chosen, Coloring):
            chosen = self.choose(pattern, chosen)
        elif chosen.shape != pattern.shape:
            raise ShapeError(f"the colouring is of a matrix of shape {chosen.shape}, the pattern has {pattern.shape}")
        elif not chosen.is_valid(pattern):
            raise ArgumentError(f"{chosen!r} does not separate the entries of this pattern")
        return pattern, chosen, Decompression(pattern, chosen, self.format)

    def choose(self, pattern: Any, partition: Any) -> Any:
        """A colouring of the partition that the user named, or the cheapest."""
        if partition is None:
            return best_coloring(pattern)
        return make_coloring(pattern, partition, "largest_first")

    def ready(self, x: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """(pattern, coloring, decompression), found at x if they are not known yet."""
        if self.made is None:
            with self.lock:
                if self.made is None:
                    with meter(self.progress, f"plan of the {self.what}", 2, "of pattern and colours") as told:
                        pattern = self.of_program(x, args, kwargs)
                        pattern = self.find(x, args, kwargs) if pattern is None else pattern
                        told.to(1)
                        self.made = self.shared(pattern)
                        told.to(2)
        return self.made

    def find(self, x: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """The pattern at a point."""
        raise NotImplementedError

    # ---- of a compiled function ----

    def of_program(self, x: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """The pattern of the path that a compiled function takes at x; None where there is none."""
        if self.programs is None:
            return None
        try:
            pattern, outputs = self.programs.pattern(x, args, kwargs)
        except NotCompilable:
            return None
        self.outputs = outputs
        return pattern

    def shared(self, pattern: Any) -> tuple[Any, Any, Any]:
        """`planned`, once for all plans of a pattern that a path keeps."""
        kept = None if self.wanted is not None or self.programs is None else self.programs.kept.get(id(pattern))
        if kept is None:
            return self.planned(pattern)
        key = "plan", self.what, self.format
        if key not in kept:
            kept[key] = self.planned(pattern)
        return kept[key]  # type: ignore[no-any-return]

    def covering(self, pattern: Any) -> tuple[Any, bool]:
        """(what is planned, whether it has the entries of a pattern): extended by them unless it was given."""
        with self.lock:
            made = self.made
            if made is None:
                self.made = made = self.shared(pattern)
            if made[0].shape != pattern.shape:
                raise NotCompilable("the matrix has another shape")
            both = as_pattern(made[0] + pattern)
            if both.nnz == made[0].nnz:
                return made, True
            if self.given:
                return made, False
            self.made = made = self.planned(both, renewed=True)
        return made, True

    # ---- one evaluation ----

    def products(self, made: Any, g: Callable[..., Any], x: Any, check: Any, told: Meter = SILENT) -> Any:
        """(value of g, data of the matrix, its product along the random direction: None without check)."""
        raise NotImplementedError

    def function(self, args: Any, kwargs: dict[str, Any]) -> Any:
        """What is differentiated, of its first argument alone."""
        raise NotImplementedError

    def row(self, g: Callable[..., Any], x: Any, i: int, m: int) -> Any:
        """Row i of the matrix, by a product that knows no pattern."""
        raise NotImplementedError

    what = "matrix"

    def aligned(self, x: Any) -> Any:
        """x with its dicts in the order of the x that the plan began with."""
        if self.inputs is UNKNOWN:
            self.inputs = flatten(x)[1]
        if self.inputs is None:
            return x
        return unflatten(self.inputs, match(self.inputs, x, "x"))

    def evaluate(self, x: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, Any, Any]:
        """(value, data, decompression) at x: its pattern misses nothing there, unless the plan does not check."""
        x = self.aligned(x)
        if self.programs is not None and self.progress is None:
            self.ready(x, args, kwargs)
            return self.programs.at(x, args, kwargs)  # type: ignore[no-any-return]
        with one_draw(self.plain):
            return self.by_itself(x, *args, **kwargs)

    def by_itself(self, x: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """`evaluate` without programs."""
        made = self.made or self.ready(x, args, kwargs)
        g = self.function(args, kwargs)
        with meter(self.progress, self.what, None, "products") as told:
            value, data, product = self.products(made, g, x, self.checked, told)
        if product is not None:
            gap = made[2].gap(data, product)
            if gap > max(ROUNDING[product.dtype], self.rounding):
                renewed = self.relearned(made, x, args, kwargs, data, product, gap)
                if renewed is not made:     # found at this very point
                    made = renewed
                    value, data, _ = self.products(made, g, x, False)
        return value, data, made[2]

    def relearned(self, made: Any, x: Any, args: Any, kwargs: dict[str, Any], data: Any, product: Any, gap: Any) -> Any:
        """What to use in place of a plan that failed its check at x; the same where that was rounding."""
        pattern, _, way = made
        if self.given:
            g, m = self.function(args, kwargs), pattern.shape[0]
            J, directions = way.matrix(data), way.direction[np.newaxis]
            compare(J, directions, product[np.newaxis], lambda i: self.row(g, x, i, m), self.what, gap / 2)
            found = pattern
        else:
            found = as_pattern(self.find(x, args, kwargs))
            if found.shape != pattern.shape:
                raise ShapeError(f"the plan is for a matrix of shape {pattern.shape}, here it has {found.shape}")
        with self.lock:
            both = as_pattern(found + pattern)
            if both.nnz == pattern.nnz:
                if gap < np.inf:
                    self.rounding = max(self.rounding, min(2 * gap, 1e-6))
                return made
            # entries that come and go are kept, so that the next change of sides finds them, but not all that ever were
            self.made = renewed = self.planned(both if both.nnz <= 2 * found.nnz else found, renewed=True)
        return renewed

    # ---- what is known ----

    def known(self) -> Any:
        """(pattern, coloring, decompression); an error where they are not known yet."""
        if self.made is None:
            raise ArgumentError("the pattern is not known yet: it is found at the first call, or give x or pattern=")
        return self.made

    @property
    def pattern(self) -> Any:
        """The pattern that every matrix of this plan has."""
        return self.known()[0]

    @property
    def coloring(self) -> Any:
        """The colours of the columns or rows."""
        return self.known()[1]

    @property
    def ncolors(self) -> Any:
        """The number of products that a matrix takes."""
        return self.known()[1].ncolors

    @property
    def shape(self) -> Any:
        """(outputs, inputs)."""
        return self.known()[0].shape

    @property
    def indices(self) -> Any:
        """The indices of the matrix in compressed form, for `value_and_data` (read-only)."""
        return self.known()[2].indices

    @property
    def indptr(self) -> Any:
        """The row starts (csr) or column starts (csc) of the matrix, for `value_and_data` (read-only)."""
        return self.known()[2].indptr

    def _repr_html_(self) -> Any:
        from ..seeing import plan

        return plan(self)

    def __repr__(self) -> str:
        name = type(self).__name__
        if self.made is None:
            return f"<{name} of {name_of(self.f)}: its pattern is found at the first call>"
        (m, n), c = self.shape, self.coloring
        return f"<{name} of {name_of(self.f)}: {m}x{n}, {self.pattern.nnz} entries, {c.ncolors} {c.partition} colours>"

    def __reduce__(self) -> tuple[Any, Any]:
        import pickle

        try:
            pickle.dumps(self.f)
        except Exception as error:
            raise pickle.PicklingError(
                f"the plan holds the function {name_of(self.f)}, which cannot be pickled ({error}); define it at the "
                "top level of a module, or pickle plan.pattern and plan.coloring and make the plan anew of them"
            ) from error
        made = None if self.made is None else self.made[:2]
        samples = [None if s is UNKNOWN else unflatten(s, leaf_names(s, "")) for s in (self.inputs, self.outputs)]
        return remake, (type(self), self.f, made, self.wanted, self.format, self.checked, self.given, samples)

    def value_and_data(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The value at x and the numbers of the matrix alone, in the order of `plan.indices` and `plan.indptr`.

        What a solver that keeps one matrix needs at each point.  A call that learns the pattern anew changes `indices`
        and `indptr`, so read them after the call; with check=False they never change.

        Returns
        -------
        value, data
        """
        return self.evaluate(x, args, kwargs)[:2]

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The matrix at x, a new `csr_array` (or `csc_array`)."""
        _, data, way = self.evaluate(x, args, kwargs)
        return way.matrix(data)

    def check(self, x: Any, *args: Any, seed: int = 0, **kwargs: Any) -> Any:
        """Compares the matrix at x, with the pattern as it is, with products that know no pattern.

        Parameters
        ----------
        x, *args, **kwargs
            As for a call.
        seed : int
            Of the random directions.

        Returns
        -------
        float
            The largest difference of a product, relative to the sizes of its terms: rounding.

        Raises
        ------
        PatternError
            If the pattern misses an entry at x; the message names it.  A given pattern was too small, or the
            function took another branch here.

        Examples
        --------
        >>> import numpy as np, dualdiff as dd
        >>> plan = dd.sparse_jacobian(lambda x: x * x[0], pattern=np.eye(3))
        >>> plan.check(np.ones(3))
        Traceback (most recent call last):
            ...
        dualdiff.errors.PatternError: the pattern misses entry (1, 0) of the Jacobian, which is 1.0 at this point; ...
        """
        x = self.aligned(x)
        made = self.made or self.ready(x, args, kwargs)
        g = self.function(args, kwargs)
        J = made[2].matrix(self.products(made, g, x, False)[1])
        m, n = J.shape
        directions = np.random.default_rng(seed).standard_normal((2, n))
        truth = push_seeds(g, x, directions, m)[1]
        return compare(J, directions, truth, lambda i: self.row(g, x, i, m), self.what)


def remake(
    kind: Any, f: Callable[..., Any], made: Any, wanted: Any, format: Any, checked: Any, given: Any, samples: Any
) -> Any:
    """A plan from its pickle; samples: what has the structures of x and of the result."""
    plan = kind(f, None, wanted if made is None else made[1], format, checked)
    if made is not None:
        plan.learned(made[0]).wanted = wanted
    plan.given = given
    plan.inputs, plan.outputs = [UNKNOWN if x is None else flatten(x)[1] for x in samples]
    return plan


def name_of(f: Callable[..., Any]) -> Any:
    """A function's name for messages."""
    return getattr(f, "__name__", type(f).__name__)


def bound(f: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """F of its first argument alone."""
    return of_x(f, args, (), kwargs)


def seeds_like(x: Any, seeds: Any) -> Any:
    """Flat seeds (k, n) in the structure of x."""
    leaves, structure = flatten(x)
    sizes = [int(np.prod(np.shape(leaf))) for leaf in leaves]
    if sum(sizes) != seeds.shape[1]:
        raise ShapeError(f"the pattern has {seeds.shape[1]} inputs, but x has {sum(sizes)} elements")
    parts, start = [], 0
    for leaf, size in zip(leaves, sizes, strict=True):
        parts.append(seeds[:, start : start + size].reshape((len(seeds), *np.shape(leaf))))
        start += size
    return unflatten(structure, parts)


def flat_products(t: Any, k: int, m: int) -> Any:
    """The leaves of stacked products as one array (k, m)."""
    parts = [np.reshape(leaf, (k, -1)) for leaf in flatten(t)[0]]
    found = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
    if found.shape[1] != m:
        raise ShapeError(f"the pattern has {m} outputs, but the function returned {found.shape[1]} elements")
    return found


def push_seeds(g: Callable[..., Any], x: Any, seeds: Any, m: int, told: Meter = SILENT) -> Any:
    """G(x) and its products with seeds (k, n), as (k, m): one sweep, or as many as memory wants."""
    k, n = seeds.shape
    width = max(1, CHUNK_BYTES // (8 * max(m, n, 1)))
    if k <= width:
        found = sweep(g, x, seeds, m)
        told.add(k)
        return found
    passes = -(-k // width)
    width = -(-k // passes)
    parts = []
    for start in range(0, k, width):
        parts.append(sweep(g, x, seeds[start : start + width], m))
        told.add(min(width, k - start))
    return parts[0][0], np.concatenate([t for _, t in parts])


def sweep(g: Callable[..., Any], x: Any, seeds: Any, m: int) -> tuple[Any, Any]:
    """`push_seeds` in one sweep."""
    k, n = seeds.shape
    programs = hasattr(g, "__dualdiff_program__")       # jvp runs them
    if not programs and type(x) is np.ndarray and x.dtype.char == "d" and x.flags.c_contiguous and x.size == n:
        tag = new_tag()     # the frequent case, one float64 array, without the general machinery
        dual = make_array(x, seeds if x.ndim == 1 else seeds.reshape((k, *x.shape)), tag, None, None, True)
        try:
            y = call_watched(g, (dual,), {}, tag)
        except ZeroTimesInfinity:
            y = None        # jvp says what it is
        if type(y) is DualArray and y.tag == tag and y.size == m:
            value, t = owned(y)
            if type(value) is np.ndarray and type(t) is np.ndarray:
                return value, t.reshape(k, m)
    value, t = jvp(g, (x,), (seeds_like(x, seeds),))
    return value, flat_products(t, k, m)


class SparseJacobian(Plan):
    """The sparse Jacobian of a function as a function: made by `sparse_jacobian`.

    Attributes
    ----------
    pattern : Pattern
    coloring : Coloring
    ncolors : int
        Products in one evaluation.
    shape : tuple of int
    format : str
    indices, indptr : ndarray
        Of the matrix in compressed form, for `value_and_data`.
    """

    partitions = ("column", "row", "bidirectional")
    what = "Jacobian"

    def find(self, x: Any, args: Any, kwargs: dict[str, Any]) -> Any:  # noqa: D102
        recording = Recording(self.function(args, kwargs), (x,), {})
        self.outputs = recording.out_structure
        return pattern_of(recording)

    def function(self, args: Any, kwargs: dict[str, Any]) -> Any:  # noqa: D102
        g = bound(self.plain, args, kwargs)
        outputs = self.outputs
        if outputs is None or outputs is UNKNOWN:
            return g
        return lambda u: unflatten(outputs, match(outputs, g(u), "the result"))

    def row(self, g: Callable[..., Any], x: Any, i: int, m: int) -> Any:  # noqa: D102
        recording = Recording(g, (x,), {}, fuse=False)
        unit = np.zeros((1, m))
        unit[0, i] = 1.0
        return in_chunks(recording, unit, False)[0]

    def products(  # noqa: D102
        self, made: Any, g: Callable[..., Any], x: Any, check: Any, told: Meter = SILENT
    ) -> tuple[Any, Any, Any]:
        pattern, _, way = made
        m, n = pattern.shape
        if way.row_seeds is None:
            seeds = way.checked_seeds if check else way.seeds
            if seeds is None:       # no entries
                return self.value_alone(g, x, m, n), np.zeros(0), None
            told.expect(len(seeds))
            value, found = push_seeds(g, x, seeds, m, told)
            found = self.of_columns(found)
            self.remember(value)
            if not check:
                return value, way.data(found, None), None
            return value, np.zeros(0) if way.seeds is None else way.data(found[:-1], None), found[-1]
        recording = Recording(g, (x,), {}, fuse=False)
        check_sizes(recording, m, n)
        self.remember(recording.value)
        told.expect(len(way.row_seeds) + (0 if way.seeds is None else len(way.seeds)))
        by_columns = None if way.seeds is None else self.of_columns(in_chunks(recording, way.seeds, True, told))
        by_rows = self.of_columns(in_chunks(recording, way.row_seeds, False, told))
        data = way.data(by_columns, by_rows)
        if not check:
            return recording.value, data, None
        return recording.value, data, self.of_columns(in_chunks(recording, way.checked_seeds[-1:], True))[0]

    def of_columns(self, products: Any) -> Any:
        """What the matrix is made of: the products themselves, where they are plain numbers."""
        return products

    def remember(self, value: Any) -> None:
        """Takes the structure of the first result, where the pattern was given."""
        if self.outputs is UNKNOWN:
            self.outputs = flatten(value)[1]

    def value_alone(self, g: Callable[..., Any], x: Any, m: int, n: int) -> Any:
        """The value of a function whose Jacobian has no entries, its sizes checked."""
        recording = Recording(g, (x,), {}, fuse=False)
        check_sizes(recording, m, n)
        return recording.value

    def value_and_jacobian(self, x: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """f(x) and the Jacobian there.

        Returns
        -------
        value, csr_array or csc_array

        Examples
        --------
        >>> import numpy as np, dualdiff as dd
        >>> plan = dd.sparse_jacobian(np.diff, np.zeros(3))
        >>> value, J = plan.value_and_jacobian(np.array([1.0, 2.0, 4.0]))
        >>> value, J.toarray()
        (array([1., 2.]), array([[-1.,  1.,  0.],
               [ 0., -1.,  1.]]))
        """
        value, data, way = self.evaluate(x, args, kwargs)
        return value, way.matrix(data)


def compare(J: Any, directions: Any, truth: Any, row: Any, what: str, tolerance: float = 1e-6) -> Any:
    """The largest relative difference of J @ directions and the truth; an error that names what J misses."""
    worst = 0.0
    with np.errstate(all="ignore"):
        ours = (J @ directions.T).T
        size = (abs(J) @ np.abs(directions.T)).T + np.abs(truth)
        apart = np.abs(ours - truth)
        relative = np.where(size > 0, apart / size, 0.0)
        finite = np.isfinite(ours) & np.isfinite(truth)
        wrong = (finite & (relative > tolerance)) | (np.isfinite(ours) != np.isfinite(truth))
    for i in np.unique(np.nonzero(wrong)[1]):
        full = row(i)
        have = np.zeros(len(full), bool)
        csr = J.tocsr()
        have[csr.indices[csr.indptr[i] : csr.indptr[i + 1]]] = True
        missed = np.flatnonzero(~have & (full != 0))
        if len(missed):
            j = missed[0]
            raise PatternError(
                f"the pattern misses entry ({i}, {j}) of the {what}, which is {full[j]} at this point; "
                "a given pattern was too small, or the function took another branch than where its pattern was found: "
                "give a larger one, or none, and it is found and kept up to date"
            )
    # what is missed is missed in another row, whose entries share its colour; or nothing is, and this is rounding
    if np.any(finite):
        worst = float(relative[finite].max())
    if worst > max(tolerance, 1e-6):
        raise PatternError(f"the {what} differs from its products by {worst:.1e}, but its pattern misses no entry")
    return worst


def check_sizes(recording: Any, m: int, n: int) -> None:
    """Raises where a function does not fit the pattern."""
    have = [sum(math.prod(shape) for shape in shapes) for shapes in (recording.out_shapes, recording.in_shapes)]
    if have != [m, n]:
        raise ShapeError(
            f"the pattern has {n} inputs and {m} outputs, the function {have[1]} inputs and {have[0]} outputs"
        )


def in_chunks(recording: Any, seeds: Any, forward: bool, told: Meter = SILENT) -> Any:
    """Products of a recording with flat seeds from the right (forward), or from the left, as (k, m) or (k, n)."""
    shapes = recording.in_shapes if forward else recording.out_shapes
    dtypes = recording.in_dtypes if forward else recording.out_dtypes
    ends = sum(math.prod(shape) for shape in (recording.out_shapes if forward else recording.in_shapes))
    width = max(1, CHUNK_BYTES // (8 * max(seeds.shape[1], ends, 1)))
    found = []
    for first in range(0, len(seeds), width):
        part = seeds[first : first + width]
        stacks, start = [], 0
        for shape, dtype in zip(shapes, dtypes, strict=True):
            stop = start + math.prod(shape)
            kind = dtype if dtype.kind in "fc" else np.dtype(float)
            stacks.append(np.array(part[:, start:stop].reshape((len(part), *shape)), kind))
            start = stop
        results = recording.forward(stacks) if forward else recording.backward(stacks)
        if not forward and any(dtype.kind == "c" for dtype in dtypes):  # pullbacks give the real part of conj(w) . J
            turned = [s * -1j if s.dtype.kind == "c" else np.zeros_like(s) for s in stacks]
            results = [x - 1j * y for x, y in zip(results, recording.backward(turned), strict=True)]
        flat = [t.reshape((len(part), -1)) for t in results]
        found.append(flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1))
        told.add(len(part))
    return found[0] if len(found) == 1 else np.concatenate(found)


def sparse_of(J: Any, plan: Any, format: Any) -> Any:
    """A `Linearization` as a sparse matrix; plan: a SparseJacobian, a pattern, or None."""
    if format not in FORMATS:
        raise ArgumentError(f'format must be "csr" or "csc", got {format!r}')
    if J.transposed:
        turned = plan if plan is None or isinstance(plan, Plan) else as_pattern(plan, J.shape).T
        found = sparse_of(J.T, turned, "csc" if format == "csr" else "csr").T
        return np.conj(found) if J.conjugated else found
    if isinstance(plan, Plan):
        pattern, colors, way = plan.known()
        if pattern.shape != J.shape:
            raise ShapeError(f"the plan is for a matrix of shape {pattern.shape}, this derivative has {J.shape}")
        if plan.format != format:
            way = Decompression(pattern, colors, format)
        check = plan.checked
    else:
        check = plan is not None
        known = None if check else getattr(J.recording, "pattern", lambda: None)()      # of what has programs
        if check:
            pattern = as_pattern(plan, J.shape)
        elif known is not None:
            pattern = known
        elif J.recording.made is None:
            pattern = pattern_of(J.recording)
        else:
            return entries_of(J, format)
        way = Decompression(pattern, best_coloring(pattern), format)
    by_columns = None if way.seeds is None else in_chunks(J.recording, way.seeds, True)
    by_rows = None if way.row_seeds is None else in_chunks(J.recording, way.row_seeds, False)
    nothing = by_columns is None and by_rows is None
    data = np.zeros(0, J.dtype) if nothing else way.data(by_columns, by_rows)
    if not check:
        return way.matrix(data)
    product = in_chunks(J.recording, way.direction[np.newaxis], True)[0]
    gap = way.gap(data, product)
    if gap <= ROUNDING[product.dtype]:
        return way.matrix(data)
    if isinstance(plan, Plan) and not plan.given:       # learned where the function took another branch
        return entries_of(J, format)
    found, unit = way.matrix(data), np.eye(1, J.shape[0])
    compare(
        found, way.direction[np.newaxis], product[np.newaxis],
        lambda i: in_chunks(J.recording, np.roll(unit, i, axis=1), False)[0], "Jacobian", gap / 2,
    )  # fmt: skip
    return found


def entries_of(J: Any, format: Any) -> Any:
    """The entries of a `Linearization` that are not 0, by products with all unit vectors in chunks."""
    from scipy.sparse import csc_array, csr_array, hstack

    n, blocks = J.shape[1], []
    width = max(1, CHUNK_BYTES // (8 * max(*J.shape, 1)))
    for start in range(0, n, width):
        seeds = np.zeros((min(width, n - start), n))
        seeds[np.arange(len(seeds)), start + np.arange(len(seeds))] = 1.0
        blocks.append(csc_array(in_chunks(J.recording, seeds, True).T))
    found = hstack(blocks, format="csc") if blocks else csc_array(J.shape)
    return csr_array(found) if format == "csr" else csc_array(found)


def sparse_jacobian(
    f: Callable[..., Any], x: Any = np._NoValue, *args: Any, pattern: Any = None, coloring: Any = None,
    format: str = "csr", check: bool = True, progress: Progress = None, lift: Any = "auto", **kwargs: Any,
) -> Any:  # fmt: skip
    """A plan for the Jacobian of f as a sparse matrix: plan(x) evaluates it by few products.

    Parameters
    ----------
    f : callable
        NumPy code of one array (or structure) and further arguments that are not differentiated.
    x : array_like or structure, optional
        Where the pattern is found, by one evaluation.  Without it, that is the point of the first
        call.
    *args, **kwargs
        Passed to f at x.  Each call of the plan takes its own.
    pattern : sparse or dense matrix, shape (m, n), optional
        Where the Jacobian has entries, if you know it; then nothing is searched for.  It may be
        too large, never too small.
    coloring : Coloring or {"column", "row", "bidirectional"}, optional
        The default takes the kind with the cheapest products.
    format : {"csr", "csc"}
    check : bool
        Compare each matrix with one more product, along a random direction, and where they differ find the
        pattern anew at that x, as f may branch on its values.  With False the pattern stays as it is, and a
        matrix is wrong where f takes another branch.
    progress : bool or callable
        True shows how far the search for the pattern, and then each matrix, is: in a bar of tqdm where that is
        installed, else in a line on stderr.  A function is called with (done, total): of the two steps of a plan,
        pattern and colours, and of the products of a matrix.  What it raises ends the computation.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    SparseJacobian
        plan(x, ...) -> `csr_array` or `csc_array`, shape (m, n): elements of the result by elements
        of x (leaf after leaf, each in C order; of dicts in the order of the x that the pattern was found at).
        plan.value_and_jacobian, plan.check, plan.pattern, plan.coloring, plan.ncolors.  A plan may be shared by
        threads, and pickles if f does.

    Raises
    ------
    PatternError
        By a call, if a pattern that was given misses an entry there.
    ArgumentError
        For an unknown option, or a colouring that does not fit the pattern.
    ShapeError
        If pattern, colouring and function do not fit one another.
    InputError
        For complex, empty or non-numeric arguments and results.

    Notes
    -----
    All columns of one colour are one direction, and all directions go in one forward sweep, so that a
    tridiagonal Jacobian costs a product with three directions at any size.  Rows go in one reverse sweep.
    Entries that are zero at a point stay in the matrix, so its structure is the same at every point until the
    pattern is found anew.  The check costs one direction beside those of the colours and two operations an entry:
    a third more of a tridiagonal Jacobian, less where there are more colours.

    References
    ----------
    Curtis, Powell, Reid: On the estimation of sparse Jacobian matrices, IMA J. Appl. Math. 13 (1974).
    Gebremedhin, Manne, Pothen: What color is your Jacobian? SIAM Review 47 (2005).

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> def f(u):
    ...     return u[1:-1] ** 2 - u[:-2] * u[2:]
    >>> plan = dd.sparse_jacobian(f, np.zeros(1000))
    >>> plan.ncolors
    3
    >>> J = plan(np.arange(1000.0))
    >>> J.shape, J.nnz
    ((998, 1000), 2994)
    """
    f = as_asked(f, lift)
    plan = SparseJacobian(f, pattern, coloring, format, check, progress)
    if x is not np._NoValue:
        plan.ready(plan.aligned(x), args, kwargs)
    elif args or kwargs:
        raise ArgumentError("further arguments are for f at x, where the pattern is found; x was not given")
    return plan
