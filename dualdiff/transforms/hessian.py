"""Second derivatives: hessian, hvp, value_grad_hessian, laplacian, hessian_diagonal.

A second-order call seeds its arguments with second-order duals (core/second.h): first-order rows
and second-order rows for a scheme of pairs of directions, so that one pass of the function in
compiled code gives all.  Where the function does something that is not known to be right on such
rows the core raises NotSecondOrder, and the call is done anew by nesting first-order calls, which
is the specification: forward over forward, or forward over reverse.

mode="sparse" leaves the work to dualdiff.sparse, which is loaded then, as it needs SciPy.

Invariant: all ways give the same; a Hessian is exactly symmetric; nothing is kept between calls
but whether a function went through.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..automatic import as_asked
from ..core import (
    Dual,
    NotSecondOrder,
    ZeroTimesInfinity,
    call_watched,
    mirror,
    new_tag,
    second_rows,
    second_seeds,
    symmetric,
)
from ..errors import InputError
from ..functions.base import as_operand
from ..functions.foreign import plain_numbers
from ..maps.base import dtype_of
from ..maps.tangents import is_dual
from .arguments import Arguments, by_names, check_room, extract, lent, python_number
from .derived import transform
from .grad import grad, value_and_grad
from .jvp import Seeds, aux_value, block, checked_layout, jvp, plain_pair, scalar_of, split_aux, value_and_jacobian
from .pytrees import flatten, match, unflatten

__all__ = ["hessian", "hessian_diagonal", "hvp", "laplacian", "value_grad_hessian"]

ALL, LAST, EQUAL = 1, 2, 3      # the schemes of pairs in core/second.h

INSTEAD_OF_HESSIAN = (
    'take products H v with hvp, or hessian(f, mode="sparse") or sparse_hessian where it has few entries; '
    "hessian_diagonal and laplacian need no matrix"
)

FEW_PAIRS = 48
"""Up to so many inputs a Hessian carries all pairs of directions; beyond, a recording and n
directions are cheaper (the rows grow as n^2)."""

FEW_FORWARD = 16
"""The same where the pairs cannot be carried: forward over forward nests n directions in n."""

FEW_ROWS = 128
"""Up to so many inputs a Hessian-vector product carries 2 n + 1 rows; beyond, forward over reverse."""

ROW_BUDGET = 2**18
"""Bytes of seeds of one pass of `hessian_diagonal`."""


# ---- one pass on second-order duals ----------------------------------------------------------------


def carried(leaves: Any) -> bool:
    """Whether second-order duals can be made of these: float64 arrays in C order, and floats."""
    for x in leaves:
        if type(x) is np.ndarray:
            if x.dtype.char != "d" or not x.flags.c_contiguous:
                return False
        elif not isinstance(x, float):
            return False
    return True


def seeded(seeds: Any, start: Any, stop: Any, kind: Any, tag: Any, last: Any = None) -> tuple[Any, Any, Any]:
    """The call's arguments: elements start to stop as directions; last: one more direction."""
    k = stop - start + (last is not None)
    rows = k + {ALL: k * (k + 1) // 2, LAST: k - 1, EQUAL: k}[kind]
    offset, duals = 0, []
    for place, (leaf, size) in enumerate(zip(seeds.leaves, seeds.sizes, strict=True)):
        first, end = max(start, offset), min(stop, offset + size)
        n = max(end - first, 0)
        v = None if last is None else last[place]
        duals.append(second_seeds(leaf, first - offset if n else 0, n, first - start if n else 0, k, rows, v, tag))
        offset += size
    rest = iter(duals)
    return seeds.chosen.replaced([unflatten(s, [next(rest) for _ in range(n)]) for s, n in seeds.structures]), k, rows


def one_number(y: Any, tag: Any, rows: Any) -> Any:
    """(value, rows) of the result of a function that returns one number."""
    y = scalar_of(y)
    if type(y) is Dual and y.tag == tag:
        found = second_rows(y, tag)
        if found is None:
            raise NotSecondOrder
        return found
    value, _ = extract(y, tag, None)
    if dtype_of(value).kind == "c":
        raise InputError("a Hessian needs a real result, the function returned a complex number")
    return value, np.zeros(rows)


def any_result(y: Any, tag: Any, rows: Any) -> tuple[Any, Any]:
    """(value, rows) of a result of any shape."""
    y = as_operand(y)
    if is_dual(y) and y.tag == tag:
        found = y.tangents.rows
        if type(found) is not np.ndarray or is_dual(y.value):
            raise NotSecondOrder
        return y.value, found
    value, _ = extract(y, tag, None)
    return value, np.zeros((rows, *np.shape(value)))


class Second:
    """value, gradient and Hessian of one function, and how they are found."""

    def __init__(
        self, f: Callable[..., Any], argnums: Any, mode: str, chunk: Any, layout: str, has_aux: bool,
        progress: Progress = None, executor: Any = None,
    ) -> None:  # fmt: skip
        if mode not in ("auto", "forward", "reverse", "sparse"):
            raise InputError(f'mode must be "auto", "forward", "reverse" or "sparse", got {mode!r}')
        if chunk is not None and mode in ("reverse", "sparse"):
            raise InputError(f'chunk counts the directions of a forward pass; leave it out with mode="{mode}"')
        self.f, self.argnums, self.mode, self.chunk, self.has_aux = f, argnums, mode, chunk, has_aux
        self.layout = checked_layout(layout)
        self.nested = chunk is not None     # whether to nest from the start; a chunk counts directions of that

    def mode_for(self, *args: Any, **kwargs: Any) -> Any:
        """The mode that a call with these arguments takes: "forward", "reverse" or "sparse"."""
        return self.chosen_mode(Seeds(Arguments(args, self.argnums), self.chunk))

    def chosen_mode(self, seeds: Any, args: Any, kwargs: Any) -> Any:
        if self.mode != "auto":
            return self.mode
        few = FEW_FORWARD if self.nested or not carried(seeds.leaves) else FEW_PAIRS
        return "forward" if seeds.total <= few or self.chunk is not None else "reverse"

    def __call__(self, args: Any, kwargs: dict[str, Any]) -> Any:
        """(value, aux, gradient, Hessian)."""
        if self.mode == "sparse":
            return self.sparse(args, kwargs)
        if type(self.argnums) is int and not self.nested and 0 <= self.argnums < len(args) and not self.has_aux:
            x = args[self.argnums]
            if (
                type(x) is np.ndarray and x.dtype.char == "d" and x.ndim and x.flags.c_contiguous
                and 0 < x.size <= FEW_PAIRS and self.mode != "reverse"
            ):  # fmt: skip
                found = self.one_array(x, args, kwargs)
                if found is not None:
                    return found
        seeds = Seeds(Arguments(args, self.argnums), self.chunk)
        check_room(seeds.total, seeds.total, "the Hessian", INSTEAD_OF_HESSIAN)
        mode = self.chosen_mode(seeds)
        if mode == "forward" and not self.nested and carried(seeds.leaves):
            try:
                return self.pairs(seeds, kwargs)
            except NotSecondOrder:
                self.nested = True
                mode = self.chosen_mode(seeds)
            except ZeroTimesInfinity:       # first-order calls know what a direction reaches
                pass
        return self.by_nesting(seeds, args, kwargs, mode)

    def one_array(self, x: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """The frequent case: one float64 array of few elements; None where it takes more."""
        k = x.size
        rows = k + k * (k + 1) // 2
        tag = new_tag(ALL)
        dual = second_seeds(x, 0, k, 0, k, rows, None, tag)
        try:
            if len(args) == 1:
                y = call_watched(self.f, (dual,), kwargs, tag)
            else:
                y = call_watched(self.f, (*args[: self.argnums], dual, *args[self.argnums + 1 :]), kwargs, tag)
            value, t = one_number(y, tag, rows)
        except NotSecondOrder:
            self.nested = True
            return None
        except ZeroTimesInfinity:       # first-order calls know what a direction reaches
            seeds = Seeds(Arguments(args, self.argnums), self.chunk)
            return self.by_nesting(seeds, args, kwargs, self.chosen_mode(seeds))
        return np.float64(value), None, t[:k].reshape(x.shape), symmetric(t, k).reshape(x.shape + x.shape)

    def pairs(self, seeds: Any, kwargs: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
        """One pass with all pairs of directions."""
        tag = new_tag(ALL)
        args, k, rows = seeded(seeds, 0, seeds.total, ALL, tag)
        y, aux = split_aux(call_watched(self.f, tuple(args), kwargs, tag), self.has_aux)
        value, t = one_number(y, tag, rows)
        if self.has_aux:
            aux = aux_value(aux, tag, seeds.plain)
        H = symmetric(t, k)

        def row(H, start, stop, shape):
            columns = H[start:stop].T.reshape((k, *shape))
            return seeds.split(columns, functools.partial(block, shape, self.layout, seeds.plain))

        gradient = seeds.split(t, lambda t, a, b, shape: python_number(np.reshape(t[a:b], shape), seeds.plain))
        return python_number(value, seeds.plain), aux, gradient, seeds.split(H, row)

    def by_nesting(self, seeds: Any, args: Any, kwargs: dict[str, Any], mode: str) -> tuple[Any, Any, Any, Any]:
        """Forward over forward, or forward over reverse."""
        chunk = self.chunk if mode == "forward" else None

        def gradient(*xs, **options):
            found, g = value_and_grad(self.f, argnums=self.argnums, mode=mode, chunk=chunk, has_aux=self.has_aux)(
                *xs, **options
            )
            return g, found

        outer = value_and_jacobian(gradient, self.argnums, self.chunk, self.layout, True)
        (g, found), H = outer(*args, **kwargs)
        value, aux = found if self.has_aux else (found, None)
        return value, aux, g, mirrored(H, seeds, self.layout)

    def sparse(self, args: Any, kwargs: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
        """The Hessian by all chosen leaves as one sparse matrix, its pattern found at this very point."""
        from ..sparse import sparse_hessian

        chosen = Arguments(args, self.argnums)
        Seeds(chosen, None)     # checks the arguments
        x = chosen.chosen()[0] if chosen.single else chosen.chosen()

        def of_one(u: Any) -> Any:
            result = self.f(*chosen.replaced((u,) if chosen.single else u), **kwargs)
            return split_aux(result, self.has_aux)[0]

        # the pattern is that of this very point: nothing to check
        gradient, data, way = sparse_hessian(of_one, x, check=False).evaluate(x, (), {})
        value, aux = split_aux(self.f(*chosen.replaced(map(lent, chosen.chosen())), **kwargs), self.has_aux)
        return value, aux, gradient, way.matrix(data)


def mirrored(H: Any, seeds: Any, layout: str) -> Any:
    """A Hessian with what is below the diagonal taken from above, so that it is exactly symmetric."""
    blocks, structure = flatten(H)
    shapes = [np.shape(leaf) for leaf in seeds.leaves]
    count = len(shapes)
    out = list(blocks)
    for i in range(count):
        n = seeds.sizes[i]
        if n > 1:
            square = np.reshape(blocks[i * count + i], (n, n))
            if type(square) is np.ndarray and square.dtype.char == "d" and square.flags.carray:
                mirror(square)
            else:
                rows, columns = np.indices((n, n))
                square = np.reshape(square, -1)[np.minimum(rows, columns) * n + np.maximum(rows, columns)]
            out[i * count + i] = np.reshape(square, shapes[i] + shapes[i])
        for j in range(i):
            above = blocks[j * count + i]       # d2f / dx_j dx_i
            left = shapes[i] if layout == "denominator" else shapes[j]
            axes = (*range(len(left), np.ndim(above)), *range(len(left)))
            out[i * count + j] = np.transpose(above, axes) if axes else above
    return unflatten(structure, out)


# ---- Hessians --------------------------------------------------------------------------------------


@transform
def value_grad_hessian(
    f, argnums=0, *, argnames=None, mode="auto", chunk=None, layout="numerator", has_aux=False, lift="auto"
):
    """f, its gradient and its Hessian together, as a function.

    Parameters and conventions are those of `hessian`.

    Returns
    -------
    callable
        x, ... -> (f(x), gradient, Hessian), or ((f(x), aux), gradient, Hessian) with has_aux.  With
        mode="sparse" the Hessian is a `scipy.sparse.csr_array` of shape (n, n); value and gradient are as always.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> value, g, H = dd.value_grad_hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    >>> value, g
    (np.float64(2.0), array([4., 1.]))
    >>> H
    array([[4., 2.],
           [2., 0.]])
    """
    f = as_asked(f, lift)
    if argnames is not None:
        return by_names(
            value_grad_hessian, f, argnames, argnums, mode=mode, chunk=chunk, layout=layout, has_aux=has_aux
        )
    second = Second(f, argnums, mode, chunk, layout, has_aux)

    @functools.wraps(f)
    def vgh(*args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        value, aux, gradient, H = second(args, kwargs)
        return ((value, aux) if has_aux else value), gradient, H

    vgh.mode_for = second.mode_for      # type: ignore[attr-defined]
    return vgh


@transform
def hessian(f, argnums=0, *, argnames=None, mode="auto", chunk=None, layout="numerator", has_aux=False, lift="auto"):
    """The Hessian of a function that returns one number, as a function.

    H[i..., j...] = d2 f / dx[i...] dx[j...], exactly symmetric.

    Parameters
    ----------
    f : callable
        Returns one real number.
    argnums : int or tuple of int
        The argument(s) to differentiate by; a tuple gives a tuple of tuples of blocks.
    argnames : str or tuple of str, optional
        The same by name, in place of argnums; also for arguments given by keyword.
    mode : {"auto", "forward", "reverse", "sparse"}
        "forward" carries the second derivatives for all pairs of directions through one run of f
        in compiled code, and where f does something that this cannot do, nests forward mode in
        forward mode.  "reverse" is forward over reverse: f is recorded once, with n directions.
        "sparse" finds the pattern at x and takes one direction for each colour of it: `sparse_hessian`
        for one point.  "auto" is forward for up to 48 inputs (16 where it nests) and reverse beyond,
        never sparse; ``hessian(f).mode_for(x)`` says which.
    chunk : int, optional
        Directions in one pass, in each of two nested forward levels.  With it, "auto" is "forward".
    layout : {"numerator", "denominator"}
        The order of the axes of blocks of different arguments: d/dx_j of df/dx_i has shape
        n_i + n_j, or n_j + n_i.  For one argument both are the same.
    has_aux : bool
        f returns (number, aux); the Hessian function then returns (Hessian, aux).
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x, ... -> Hessian, shape x.shape + x.shape.  With mode="sparse" a `scipy.sparse.csr_array` of
        shape (n, n), n = x.size, in the order of x.ravel(); structures and several arguments count
        as one vector, leaf after leaf.

    Raises
    ------
    InputError
        If f returns something else than one real number, or x is complex or empty; for a chunk with
        mode "reverse" or "sparse".
    UnsupportedError
        If a sparse Hessian is taken inside another derivative.

    See Also
    --------
    sparse_hessian : finds the pattern once and keeps it, for many points.

    Notes
    -----
    Exactly at a kink squares of abs, norm, hypot and sqrt, and selections in a function that is smooth
    there, are right; anything else gives the derivative of the symmetric one (0 for abs at 0) with a
    `KinkWarning`.  Where f is not fit for second-order duals it runs twice in the first call.  A sparse
    call finds its pattern anew, so f may branch on values; it runs f three times, and what is stored may
    be zero.

    References
    ----------
    Griewank and Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapter 13 (second-order
    propagation) and section 5.1 (forward over reverse).

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    >>> dd.hessian(np.sum).mode_for(np.ones(1000))
    'reverse'
    >>> dd.hessian(lambda x: np.sum(x[1:] * x[:-1] ** 2), mode="sparse")(np.ones(1000)).nnz
    2997
    """
    f = as_asked(f, lift)
    if argnames is not None:
        return by_names(hessian, f, argnames, argnums, mode=mode, chunk=chunk, layout=layout, has_aux=has_aux)
    second = Second(f, argnums, mode, chunk, layout, has_aux)

    @functools.wraps(f)
    def H(*args: Any, **kwargs: Any) -> Any:
        _, aux, _, found = second(args, kwargs)
        return (found, aux) if has_aux else found

    H.mode_for = second.mode_for        # type: ignore[attr-defined]
    return H


# ---- products --------------------------------------------------------------------------------------


def hvp(f, primals, tangents, *, lift="auto", **kwargs):
    """Hessian-vector product H(x) v of a function that returns one number.

    The derivative along v of the gradient: H v = d/dt grad f(x + t v) at t = 0.

    Parameters
    ----------
    f : callable
        Returns one real number.
    primals, tangents : tuple
        As in `jvp`.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.
    **kwargs
        Passed to f; not differentiated.

    Returns
    -------
    array, or tuple of arrays
        H v in the shape of the argument; a tuple if there are several arguments.

    Raises
    ------
    ShapeError
        If a tangent does not fit its argument.
    InputError
        If f returns something else than one real number.

    Notes
    -----
    With up to 128 inputs one run of f in compiled code, with 2 n + 1 rows; beyond, forward over
    reverse.  Never a Hessian times a vector.  Kinks are treated as in `hessian`.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    array([ 6., 12.])
    """
    f = as_asked(f, lift)
    if not isinstance(primals, (tuple, list)):
        primals, tangents = (primals,), (tangents,)
    if len(primals) == 1 and plain_pair(primals[0], tangents) and primals[0].size <= FEW_ROWS:
        x, v, tag = primals[0], tangents[0], new_tag(LAST)
        n = x.size
        try:
            y = call_watched(f, (second_seeds(x, 0, n, 0, n + 1, 2 * n + 1, v, tag),), kwargs, tag)
            return one_number(y, tag, 2 * n + 1)[1][n + 1 :].reshape(x.shape)
        except (NotSecondOrder, ZeroTimesInfinity):
            pass
    else:
        found = rows_product(f, primals, tangents, kwargs)
        if found is not None:
            return found
    several = tuple(range(len(primals))) if len(primals) > 1 else 0
    few = sum(np.size(leaf) for leaf in flatten(list(primals))[0]) <= FEW_FORWARD
    return jvp(grad(f, argnums=several, mode="forward" if few else "reverse"), primals, tangents, **kwargs)[1]


def rows_product(f: Callable[..., Any], primals: Any, tangents: Any, kwargs: dict[str, Any]) -> Any:
    """`hvp` in one pass for structures of few numbers; None where it takes more."""
    if not isinstance(tangents, (tuple, list)) or len(tangents) != len(primals):
        return None     # jvp says what is wrong
    seeds = Seeds(Arguments(primals, tuple(range(len(primals)))), None)
    if seeds.total > FEW_ROWS or not carried(seeds.leaves):
        return None
    last: list[Any] = []
    for i, (t, (structure, _)) in enumerate(zip(tangents, seeds.structures, strict=True)):
        last += match(structure, t, f"tangent {i}")
    for t, leaf in zip(last, seeds.leaves, strict=True):
        plain_numbers(t, "the tangent")
        if t is not None and (is_dual(t) or np.shape(t) != np.shape(leaf) or np.asarray(t).dtype.kind not in "biuf"):
            return None
    tag = new_tag(LAST)
    args, k, rows = seeded(seeds, 0, seeds.total, LAST, tag, last)
    try:
        _, t = one_number(call_watched(f, tuple(args), kwargs, tag), tag, rows)
    except (NotSecondOrder, ZeroTimesInfinity):
        return None
    found = seeds.split(t[k:], lambda t, a, b, shape: python_number(np.reshape(t[a:b], shape), seeds.plain))
    return found if len(primals) > 1 else found[0]


# ---- diagonals -------------------------------------------------------------------------------------


def diagonal_parts(f: Callable[..., Any], seeds: Any, kwargs: dict[str, Any], told: Meter = SILENT) -> Iterator[Any]:
    """Second derivatives along the unit vectors, (directions, *result), in passes."""
    start = 0
    if carried(seeds.leaves):
        width = max(1, min(seeds.total, ROW_BUDGET // (16 * seeds.total)))
        try:
            for start in range(0, seeds.total, width):
                tag = new_tag(EQUAL)
                args, k, rows = seeded(seeds, start, min(start + width, seeds.total), EQUAL, tag)
                yield any_result(call_watched(f, tuple(args), kwargs, tag), tag, rows)[1][k:]
            return
        except NotSecondOrder:
            if start:
                raise InputError("the function took another way in its second pass") from None
        except ZeroTimesInfinity:
            pass
    for i in range(start, seeds.total):        # by nesting, one direction at a time
        flat, directions = 0, []
        for leaf, size in zip(seeds.leaves, seeds.sizes, strict=True):
            v = np.zeros(np.shape(leaf))
            if flat <= i < flat + size:
                v = np.reshape(np.arange(size) == i - flat, np.shape(leaf)).astype(float)
            directions.append(v)
            flat += size
        rest = iter(directions)
        vs = tuple(unflatten(s, [next(rest) for _ in range(n)]) for s, n in seeds.structures)

        def once(*xs: Any, vs: Any = vs) -> Any:
            return jvp(lambda *zs: f(*seeds.chosen.replaced(zs), **kwargs), xs, vs)[1]

        second = as_operand(jvp(once, seeds.tops, vs)[1])
        yield np.reshape(second, (1, *np.shape(second)))


@transform
def hessian_diagonal(f, argnums=0, *, argnames=None, lift="auto"):
    """The diagonal of the Hessian, as a function: d2 f / dx[j...]^2.

    Parameters
    ----------
    f : callable
        Returns one number, or an array; then the diagonals of its elements' Hessians.
    argnums : int or tuple of int
        The argument(s) to differentiate by.
    argnames : str or tuple of str, optional
        The same by name, in place of argnums.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x, ... -> array of shape f(x).shape + x.shape; in the argument's structure.

    Raises
    ------
    InputError
        For complex, empty or non-numeric arguments and results.

    Notes
    -----
    Two rows for each input, in chunks: n directions cost about twice what a forward gradient costs.
    Kinks are treated as in `hessian`.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.hessian_diagonal(lambda x: x[0] ** 3 * x[1] ** 2)(np.array([1.0, 2.0]))
    array([24.,  2.])
    """
    f = as_asked(f, lift)
    if argnames is not None:
        return by_names(hessian_diagonal, f, argnames, argnums)

    @functools.wraps(f)
    def diagonal(*args: Any, **kwargs: Any) -> Any:
        seeds = Seeds(Arguments(args, argnums), None)
        parts = list(diagonal_parts(f, seeds, kwargs))
        t = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return seeds.split(t, functools.partial(block, np.shape(t)[1:], "numerator", seeds.plain))

    return diagonal


@transform
def laplacian(f, argnums=0, *, argnames=None, lift="auto"):
    """The Laplacian of a function, as a function: sum_j d2 f / dx[j...]^2.

    Parameters
    ----------
    f : callable
        Returns one number, or an array; then the Laplacian of each element.
    argnums : int or tuple of int
        The argument(s) to differentiate by; of several the sum.
    argnames : str or tuple of str, optional
        The same by name, in place of argnums.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    callable
        x, ... -> Laplacian, in the shape of f's result.

    Raises
    ------
    InputError
        For complex, empty or non-numeric arguments and results.

    See Also
    --------
    hessian_diagonal : its terms.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> dd.laplacian(lambda x: 1 / np.sqrt(x @ x))(np.array([1.0, 2.0, 2.0])).round(12) + 0.0
    np.float64(0.0)
    """
    f = as_asked(f, lift)
    if argnames is not None:
        return by_names(laplacian, f, argnames, argnums)

    @functools.wraps(f)
    def trace(*args: Any, **kwargs: Any) -> Any:
        seeds = Seeds(Arguments(args, argnums), None)
        total = None
        for part in diagonal_parts(f, seeds, kwargs):
            here = np.sum(part, axis=0)
            total = here if total is None else total + here
        return python_number(total, seeds.plain)

    return trace
