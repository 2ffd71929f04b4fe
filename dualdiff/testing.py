"""Checks of derivatives against numbers that were computed without them: for users' rules, and for their code.

    numerical_jvp      the derivative along a direction by differences or by a complex step, with an error estimate
    check_jvp          jvp against it, value and linearity
    check_vjp          <w, J v> = <J' w, v> for the vjp and the jvp
    check_derivative   both, and the same for the derivative itself where order=2

Invariant: a check that cannot decide fails.  Imported by nobody in dualdiff.
"""

import numpy as np

from .errors import ArgumentError, InputError, ShapeError
from .forward import jvp
from .inout import lent
from .linear import dtype_of
from .reverse import vjp
from .trees import flatten, leaf_names, match, unflatten

__all__ = ["check_derivative", "check_jvp", "check_vjp", "numerical_jvp"]

LEVELS = 9
FIRST_STEP = 2.0**-4
COMPLEX_STEP = 1e-30


def numerical_jvp(f, primals, tangents, *, method="differences"):
    """The derivative of f along a direction, without dualdiff's rules, and an estimate of its error.

    (f(x + h v) - f(x - h v)) / 2h, extrapolated to h = 0 from nine steps h; each element takes the entry of the
    table with the smallest error.  Or Im f(x + i h v) / h with h = 1e-30.

    Parameters
    ----------
    f : callable
        NumPy code, or anything that takes plain arrays.
    primals, tangents : tuple
        As in `jvp`: one direction for each argument; None stands for zero.
    method : {"differences", "complex"}
        "complex" is exact to rounding and needs an f that is analytic and takes complex numbers.

    Returns
    -------
    tangent, error
        In the structure of f's result: the derivative, and an estimate of its absolute error for each element
        (0 for a complex step; inf where no step gave a finite number).

    Raises
    ------
    ArgumentError
        For another method.
    ShapeError
        If tangents do not fit the primals, or the results of f change their shape.

    References
    ----------
    Ridders, Accurate computation of F'(x) and F'(x)F''(x), Advances in Engineering Software 4 (1982).
    Squire and Trapp, Using complex variables to estimate derivatives of real functions, SIAM Review 40 (1998).

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.testing import numerical_jvp
    >>> tangent, error = numerical_jvp(np.exp, (np.array([0.0, 1.0]),), (np.array([1.0, 1.0]),))
    >>> bool(np.all(np.abs(tangent - [1.0, np.e]) <= 1e-11)), bool(np.all(error < 1e-9))
    (True, True)
    """
    if method not in ("differences", "complex"):
        raise ArgumentError(f'method must be "differences" or "complex", got {method!r}')
    primals, tangents = as_tuples(primals, tangents)
    pairs, structures = [], []
    for i, (x, t) in enumerate(zip(primals, tangents, strict=True)):
        leaves, structure = flatten(x)
        structures.append((structure, len(leaves)))
        for leaf, v in zip(leaves, match(structure, t, f"tangent {i}"), strict=True):
            if v is not None and np.shape(v) != np.shape(leaf):
                raise ShapeError(f"tangent {i} has shape {np.shape(v)}, its argument has shape {np.shape(leaf)}")
            pairs.append((leaf, v))

    def at(step):
        rest = iter([lent(x) if v is None else moved(x, step, v) for x, v in pairs])
        with np.errstate(all="ignore"):
            return flatten(f(*(unflatten(s, [next(rest) for _ in range(n)]) for s, n in structures)))

    if method == "complex":
        outs, structure = at(1j * COMPLEX_STEP)
        found = [np.imag(y) / COMPLEX_STEP for y in outs]
        return unflatten(structure, found), unflatten(structure, [np.zeros(np.shape(y)) for y in found])
    size = max([1.0, *(float(np.max(np.abs(x))) for x, v in pairs if v is not None and np.size(x))])
    reach = max([0.0, *(float(np.max(np.abs(v))) for _, v in pairs if v is not None and np.size(v))])
    table, structure = [], None
    for level in range(LEVELS):
        step = FIRST_STEP * size / (reach or 1.0) / 2**level
        up, structure = at(step)
        down, _ = at(-step)
        if [np.shape(y) for y in up] != [np.shape(y) for y in down]:
            raise ShapeError("the results of f change their shape near the primals; there is no derivative")
        with np.errstate(all="ignore"):
            table.append([(wide(a) - wide(b)) / (2 * step) for a, b in zip(up, down, strict=True)])
    best = [extrapolated([row[i] for row in table]) for i in range(len(table[0]))]
    return unflatten(structure, [t for t, _ in best]), unflatten(structure, [e for _, e in best])


def as_tuples(primals, tangents):
    """Both as tuples of one length."""
    if not isinstance(primals, (tuple, list)):
        primals, tangents = (primals,), (tangents,)
    if not isinstance(tangents, (tuple, list)) or len(tangents) != len(primals):
        raise ShapeError(f"one tangent for each of the {len(primals)} primals is expected, got {tangents!r}")
    return primals, tangents


def moved(x, step, v):
    """x + step*v, float64 at least, but float32 where x is."""
    x = np.asarray(x) if not isinstance(x, (float, int)) else x
    out = x + step * np.asarray(v, dtype=np.result_type(np.asarray(v), np.float32))
    narrow = isinstance(x, np.ndarray) and x.dtype == np.float32 and isinstance(step, float)
    out = out.astype(np.float32) if narrow else out
    return out.item() if isinstance(x, (float, int)) and np.ndim(out) == 0 else out


def wide(y):
    """A result in double precision."""
    y = np.asarray(y)
    return y.astype(np.complex128 if y.dtype.kind == "c" else np.float64)


def extrapolated(column):
    """(value, error) at h = 0 of differences with steps h, h/2, h/4, ...: Ridders' table, the best for each element."""
    best, error = column[0], np.full(np.shape(column[0]), np.inf)
    before: list = [column[0]]
    with np.errstate(all="ignore"):
        for found in column[1:]:
            row = [found]
            for order in range(1, len(before) + 1):
                better = row[-1] + (row[-1] - before[order - 1]) / (4.0**order - 1)
                now = np.maximum(np.abs(better - row[-1]), np.abs(better - before[order - 1]))
                wins = now < error      # False for nan
                best, error = np.where(wins, better, best), np.where(wins, now, error)
                row.append(better)
            before = row
    return best, error


def directions_like(primals, seed, count):
    """Random directions of the size of the primals, in their structure."""
    generator = np.random.default_rng(seed)
    out = []
    for _ in range(count):
        tangents = []
        for x in primals:
            leaves, structure = flatten(x)
            tangents.append(unflatten(structure, [random_like(leaf, generator) for leaf in leaves]))
        out.append(tuple(tangents))
    return out


def random_like(x, generator):
    """Normal numbers in the shape and type of x."""
    out = generator.standard_normal(np.shape(x))
    kind = dtype_of(x)
    if kind.kind == "c":
        out = out + 1j * generator.standard_normal(np.shape(x))
    return out.astype(kind) if kind.kind in "fc" else np.asarray(out)[()]


def tolerance(primals, outs, rtol):
    """The relative tolerance for these types."""
    if rtol is not None:
        return rtol
    leaves = flatten(list(primals))[0] + outs
    return 2e-3 if any(dtype_of(x) in (np.float32, np.complex64) for x in leaves) else 1e-7


def compare(found, wanted, error, rtol, atol, structure, what):
    """Raises an AssertionError that names the worst element."""
    for name, a, b, e in zip(leaf_names(structure, "result"), found, wanted, error, strict=True):
        a, b, e = (np.asarray(z) for z in (a, b, e))
        if a.shape != b.shape:
            raise AssertionError(f"{what}: {name} has shape {a.shape}, expected {b.shape}")
        if not a.size:
            continue
        finite = np.isfinite(b)
        size = max(float(np.max(np.abs(b), where=finite, initial=0.0)), 1.0)
        allowed = atol + rtol * size
        with np.errstate(invalid="ignore"):
            unsure = ~(e <= 30 * allowed)
            gap = np.abs(a - b)
            wrong = ~(gap <= allowed + 2 * np.where(unsure, 0, e)) & ~(np.isnan(a) & np.isnan(b))
        if np.any(unsure):
            place = worst(np.where(np.isnan(e), np.inf, e))
            raise AssertionError(
                f"{what}: the numerical derivative of {name}{place_text(place)} did not converge "
                f"({b[place]:.6g} +- {e[place]:.1g}; the other one is {a[place]:.6g}): f is not smooth, not finite "
                'or noisy there; take another point, or method="complex"'
            )
        if np.any(wrong):
            place = worst(np.where(wrong, np.where(np.isnan(gap), np.inf, gap), -1.0))
            raise AssertionError(
                f"{what}: {int(np.sum(wrong))} of {a.size} elements of {name} are wrong, the worst is "
                f"{name}{place_text(place)} = {a[place]:.10g}, expected {b[place]:.10g} +- {e[place]:.1g} "
                f"(allowed difference {allowed:.1g})"
            )


def worst(numbers):
    """The place of the largest."""
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(numbers)), numbers.shape))


def place_text(place):
    """An index as it is written."""
    return f"[{', '.join(map(str, place))}]" if place else ""


def name_of(f):
    """What to call a function in a message."""
    return getattr(f, "__name__", None) or repr(f)


def check_jvp(f, primals, tangents=None, *, rtol=None, atol=0.0, method="differences", seed=0):
    """Raises an AssertionError where jvp of f differs from a numerical derivative.

    Compares, along the given direction or two random ones: the value with f's own, to the last bit; the tangent
    with `numerical_jvp`; that it is linear in the direction; that a stack of directions gives what each alone gives.

    Parameters
    ----------
    f : callable
        NumPy code, or a `custom_jvp` function.
    primals : tuple
        The arguments; one alone may be given without the tuple.
    tangents : tuple, optional
        A direction for each argument.
    rtol, atol : float
        Allowed: atol + rtol * (the largest element, at least 1) + twice the numerical error.  rtol is 1e-7 by
        default, 2e-3 where there is float32.
    method : {"differences", "complex"}
        As in `numerical_jvp`.
    seed : int
        Of the random directions.

    Returns
    -------
    None

    Raises
    ------
    AssertionError
        With the worst element, its derivative and what was expected; also where the numerical derivative is
        too uncertain to decide.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.testing import check_jvp
    >>> check_jvp(lambda x: np.sin(x) * x, np.array([0.5, 1.0]))
    >>> @dd.custom_jvp
    ... def cube(x):
    ...     return x**3
    >>> @cube.defjvp
    ... def _(primals, tangents):
    ...     return cube(primals[0]), 2 * primals[0] ** 2 * tangents[0]
    >>> check_jvp(cube, 1.0, 1.0)
    Traceback (most recent call last):
        ...
    AssertionError: jvp of cube: 1 of 1 elements of result are wrong, the worst is result = 2, expected 3 +- ...
    """
    if not isinstance(primals, (tuple, list)):
        primals, tangents = (primals,), None if tangents is None else (tangents,)
    what = f"jvp of {name_of(f)}"
    wanted_value, _ = flatten(f(*map(lent, primals)))
    randoms = directions_like(primals, seed, 2)
    first, second = randoms if tangents is None else (tuple(as_tuples(primals, tangents)[1]), randoms[0])
    value, tangent = jvp(f, tuple(primals), first)
    found, structure = flatten(value)
    for name, a, b in zip(leaf_names(structure, "value"), found, wanted_value, strict=True):
        if not np.array_equal(a, b, equal_nan=dtype_of(b).kind in "fc"):
            raise AssertionError(f"{what}: {name} is {a!r}, the function itself gives {b!r}")
    rtol = tolerance(primals, found, rtol)
    by_rule = flatten(tangent)[0]
    numbers, errors = numerical_jvp(f, tuple(primals), first, method=method)
    compare(by_rule, flatten(numbers)[0], flatten(errors)[0], rtol, atol, structure, what)
    other = flatten(jvp(f, tuple(primals), second)[1])[0]
    if tangents is None:
        numbers, errors = numerical_jvp(f, tuple(primals), second, method=method)
        compare(other, flatten(numbers)[0], flatten(errors)[0], rtol, atol, structure, what)
    pairs = [flatten(list(v))[0] for v in (filled(primals, first), filled(primals, second))]
    top = flatten(list(primals))[1]
    mixed = unflatten(top, [a - 2 * b for a, b in zip(*pairs, strict=True)])
    joint = flatten(jvp(f, tuple(primals), tuple(mixed))[1])[0]
    expected = [np.asarray(a) - 2 * np.asarray(b) for a, b in zip(by_rule, other, strict=True)]
    nothing = [np.zeros(np.shape(y)) for y in by_rule]
    compare(joint, expected, nothing, rtol, atol, structure, f"{what}, along v - 2w against the parts (linearity)")
    stacked = unflatten(top, [np.stack([a, b]) for a, b in zip(*pairs, strict=True)])
    both = flatten(jvp(f, tuple(primals), tuple(stacked))[1])[0]
    for j, alone in enumerate((by_rule, other)):
        compare([y[j] for y in both], alone, nothing, rtol, atol, structure, f"{what}, two directions at once")


def filled(primals, tangents):
    """Tangents with zeros in place of None."""
    out = []
    for i, (x, t) in enumerate(zip(primals, tangents, strict=True)):
        leaves, structure = flatten(x)
        below = match(structure, t, f"tangent {i}")
        filled_in = [np.zeros(np.shape(a)) if v is None else np.asarray(v) for a, v in zip(leaves, below, strict=True)]
        out.append(unflatten(structure, filled_in))
    return out


def check_vjp(f, *primals, rtol=None, atol=0.0, seed=0):
    """Raises an AssertionError where vjp of f is not the transpose of its jvp.

    <w, J v> = <J' w, v> for three random pairs v, w, with J v from `jvp` and J' w from `vjp`; J' w has the shapes
    and the structure of the arguments.

    Parameters
    ----------
    f : callable
        NumPy code, or a `custom_jvp` function.
    *primals
        The arguments.
    rtol, atol : float
        Allowed: atol + rtol * sum |w_i| |(J v)_i|, at least rtol.  rtol is 1e-7 by default, 2e-3 where there
        is float32.
    seed : int
        Of the random vectors.

    Returns
    -------
    None

    Raises
    ------
    AssertionError
        With both numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.testing import check_vjp
    >>> check_vjp(lambda x, y: np.outer(x, y), np.ones(3), np.arange(2.0))
    """
    if not primals:
        raise InputError("check_vjp needs at least one argument")
    what = f"vjp of {name_of(f)}"
    value, pullback = vjp(f, *primals)
    outs, structure = flatten(value)
    rtol = tolerance(primals, outs, rtol)
    generator = np.random.default_rng(seed + 1)
    for v in directions_like(primals, seed, 3):
        w = [random_like(y, generator) for y in outs]
        along = flatten(jvp(f, tuple(primals), v)[1])[0]
        back = pullback(unflatten(structure, w))
        back = back if len(primals) > 1 else (back,)
        forward = sum(inner(a, b) for a, b in zip(w, along, strict=True))
        size = sum(float(np.sum(np.abs(a) * np.abs(b))) for a, b in zip(w, along, strict=True))
        backward = 0.0
        for i, (x, t, c) in enumerate(zip(primals, v, back, strict=True)):
            leaves, s = flatten(x)
            names = leaf_names(s, f"argument {i}")
            for name, leaf, a, b in zip(names, leaves, flatten(t)[0], match(s, c, f"cotangent {i}"), strict=True):
                shape = np.shape(leaf)
                if np.shape(b) != shape:
                    raise AssertionError(f"{what}: the cotangent of {name} has shape {np.shape(b)}, not {shape}")
                backward += inner(b, a)
        if not abs(forward - backward) <= atol + rtol * max(1.0, size):
            raise AssertionError(
                f"{what}: <w, J v> = {forward:.10g} by jvp, but <J' w, v> = {backward:.10g} by vjp (allowed difference "
                f"{atol + rtol * max(1.0, size):.1g}); the transposed product is wrong"
            )


def inner(a, b):
    """Re <a, b>."""
    return float(np.sum(np.real(np.conj(a) * np.asarray(b))))


def check_derivative(
    f, *primals, order=1, modes=("forward", "reverse"), rtol=None, atol=0.0, method="differences", seed=0
):
    """`check_jvp` and `check_vjp` of f, and with order=2 of its derivative along a random direction too.

    Parameters
    ----------
    f : callable
        NumPy code, or a `custom_jvp` function.
    *primals
        The arguments.
    order : {1, 2}
        2 checks x -> J(x) v as well: a rule that is differentiated again.
    modes : tuple of {"forward", "reverse"}
        Which of the two checks.
    rtol, atol, method, seed
        As there.

    Returns
    -------
    None

    Raises
    ------
    AssertionError
        As they do.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.testing import check_derivative
    >>> check_derivative(lambda x: np.exp(x) / (1 + x**2), np.array([0.1, 2.0]), order=2)
    """
    if order not in (1, 2):
        raise ArgumentError(f"order must be 1 or 2, got {order!r}")
    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    if not modes or any(mode not in ("forward", "reverse") for mode in modes):
        raise ArgumentError(f'modes takes "forward" and "reverse", got {modes!r}')
    if "forward" in modes:
        check_jvp(f, primals, rtol=rtol, atol=atol, method=method, seed=seed)
    if "reverse" in modes:
        check_vjp(f, *primals, rtol=rtol, atol=atol, seed=seed)
    if order == 2:
        (v,) = directions_like(primals, seed + 2, 1)

        def along(*xs):
            return jvp(f, xs, v)[1]

        along.__name__ = f"the derivative of {name_of(f)}"
        # differences of a derivative: a complex step would meet a complex argument
        check_derivative(along, *primals, modes=modes, rtol=rtol, atol=atol, seed=seed)
