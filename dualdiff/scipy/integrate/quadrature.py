"""Quadrature whose integrand, limits and result may be duals.

The derivative of an integral is an integral: d I = (integral of df) + f(b) db - f(a) da.  SciPy's own routine
computes it in the same way as the value, with its own error control, one component at a time or all at once,
as it can.  In a recording the integral of the gradient by what the integrand closes over is computed, and is one
linear map.  The integrals may be duals of older calls, so derivatives of any order are integrals again.

Invariant: the value and the estimate of its error are SciPy's.
"""

import ctypes
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.integrate as _scipy
from scipy import LowLevelCallable

from ...core import make
from ...errors import UnsupportedError
from ...functions.base import as_operand, exact, has_duals, value_of
from ...maps.tangents import Node, is_dual
from ...solve.call import hold
from ..applied import plain
from ..closed import Combination, Opened, Watched, leaves, split, tags_of, vector
from .moving import share_of_kinks

__all__ = ["dblquad", "fixed_quad", "integral", "nquad", "quad", "quad_vec", "tanhsinh", "tplquad"]


def integral(engine: Any, f: Any, a: Any, b: Any, born: Any = None) -> Any:
    """The integral of a function of one number, as a vector with derivatives.

    Parameters
    ----------
    engine : callable
        engine(f, a, b) -> ndarray (m,): an integral of plain numbers.
    f : callable
        f(x) -> (m,); it may return duals.
    a, b
        They may be duals.
    born : int, optional
        See `Opened`: what f returns is kept and shared by the levels of nested calls.
    """
    watched = Watched(f)
    value = engine(watched, value_of(a), value_of(b))
    return attach(engine, f, a, b, value, watched.tags | tags_of(a, b), born)


def attach(engine: Any, f: Any, a: Any, b: Any, value: Any, tags: Any, born: Any = None) -> Any:
    """`integral`, of which the value and the tags of f's results are known."""
    if not tags:
        return value
    tag = max(tags)
    a_value, da = split(a, tag)
    b_value, db = split(b, tag)
    opened = Opened(lambda x: vector(f(x)), tag, born)
    kept: dict[Any, Any] = {}

    def at(x: Any) -> Any:
        if is_dual(x):
            return split(opened.fun(x), tag)
        x = float(x)
        found = kept.get(x)
        if found is None:
            found = kept[x] = split(opened.fun(x), tag)
        return found

    def values(x: Any) -> Any:
        return at(x)[0]

    inner = attach(engine, values, a_value, b_value, value, tags - {tag}, opened.born)
    if db is not None and np.isfinite(value_of(b_value)):
        inner = inner + values(b_value) * (b - b_value)
    if da is not None and np.isfinite(value_of(a_value)):
        inner = inner - values(a_value) * (a - a_value)
    engine(Watched(values), value_of(a_value), value_of(b_value))  # the points at which f may have a tangent
    found = [t for _, t in kept.values() if t is not None]
    if not found:
        return inner
    m = len(value)
    if type(found[0]) is not Node:
        k = found[0].shape[0]

        def tangents(x: Any) -> Any:
            t = at(x)[1]
            return np.zeros(k * m) if t is None else np.reshape(t, (-1,))

        t = integral(engine, tangents, a_value, b_value, opened.born)
        t = t + share_of_kinks(values, tangents, np.tile(np.arange(m), k), tuple(kept), tags - {tag})
        t = np.reshape(t, (k, m))
        return joined(inner, t, tag)
    for t in found:
        opened.walk(t)
    parents = tuple(opened.frontier.values())
    ends = np.cumsum([0, *(m * int(np.prod(p.shape)) for p in parents)])
    unit = np.eye(m)
    gradients: dict[Any, Any] = {}

    def gradient(x: Any) -> Any:
        found = gradients.get(x)
        if found is None:
            ends_of = opened.pull(opened.walk(at(x)[1]), unit)
            parts = [ends_of.get(id(p)) for p in parents]
            found = gradients[x] = np.concatenate([
                np.zeros(b - a) if w is None else np.reshape(w, (-1,))
                for w, a, b in zip(parts, ends[:-1], ends[1:], strict=True)
            ])  # fmt: skip
        return found

    total = integral(engine, gradient, a_value, b_value, opened.born)
    component = np.concatenate([np.repeat(np.arange(m), (b - a) // m) for a, b in pairwise(ends)])
    total = total + share_of_kinks(values, gradient, component, tuple(kept), tags - {tag})
    matrices = [np.reshape(total[a:b], (m, -1)) for a, b in pairwise(ends)]
    map = Combination(matrices, parents, value)
    return joined(inner, Node(map, parents, np.shape(value), value.dtype), tag)


def joined(x: Any, t: Any, tag: int) -> Any:
    """x with one more tangent in the call of a tag."""
    y = make(split(x, tag)[0], t, tag)
    return y + (x - split(x, tag)[0]) if is_dual(x) and x.tag == tag else y


# ---- quad ----------------------------------------------------------------------------------------


def quad(
    func: Any,
    a: Any,
    b: Any,
    args: Any = (),
    full_output: Any = 0,
    epsabs: Any = 1.49e-8,
    epsrel: Any = 1.49e-8,
    limit: Any = 50,
    points: Any = None,
    weight: Any = None,
    wvar: Any = None,
    wopts: Any = None,
    maxp1: Any = 50,
    limlst: Any = 50,
    complex_func: bool = False,
) -> Any:
    """`scipy.integrate.quad`, differentiable by both limits, by args and by what func closes over.

    Parameters
    ----------
    func, a, b, args, full_output, epsabs, epsrel, limit, points, weight, wvar, wopts, maxp1, limlst, complex_func
        As in SciPy.  A derivative by points or by wvar is refused.

    Returns
    -------
    As SciPy: the integral, which is a dual inside of a derivative, and the plain estimate of its error.

    Raises
    ------
    DualDiffError
        If func uses something that cannot be differentiated.

    Notes
    -----
    Each component of the derivative is computed by the same routine with the same tolerances.  Where a kink of func
    moves with a parameter (``abs(x - p)``), the second derivative has what that adds; a third one is refused: split
    the integral there, with p as a limit.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.integrate import quad
    >>> round(dd.derivative(lambda p: quad(lambda x: x**p, 0, 1)[0])(2.0) + 1 / 9, 9) == 0
    True
    """
    compiled = LowLevelCallable, ctypes._CFuncPtr  # type: ignore[attr-defined]
    if not callable(func) or isinstance(func, compiled):
        if any(map(has_duals, (a, b, args if isinstance(args, tuple) else (args,)))):
            raise UnsupportedError("quad of a compiled function has no derivative; give it as a Python function")
        return _scipy.quad(func, a, b, args, full_output, epsabs, epsrel, limit, points, weight, wvar, wopts, maxp1,
                           limlst, complex_func)  # fmt: skip
    for name, x in (("points", points), ("wvar", wvar)):
        if has_duals(x):
            raise UnsupportedError(
                f"quad by {name} has no derivative here; pass its value, or put the weight into func"
            )
    args = args if isinstance(args, tuple) else (args,)
    held, varying = hold(args)
    options = {"epsabs": epsabs, "epsrel": epsrel, "limit": limit, "points": points, "weight": weight, "wvar": wvar,
               "wopts": wopts, "maxp1": maxp1, "limlst": limlst}  # fmt: skip
    watched = Watched(func)
    found = _scipy.quad(
        watched, plain(a), plain(b), held, full_output=full_output, complex_func=complex_func, **options
    )
    if not (watched.tags or varying or has_duals(a) or has_duals(b)):
        return found
    options.pop("wopts")
    a, b = as_operand(a), as_operand(b)
    if weight is not None and (is_dual(a) or is_dual(b)):
        raise UnsupportedError(
            "quad with a weight has no derivative by its limits here; put the weight into func, or the limits into a "
            "substitution of the variable"
        )

    def engine(f: Any, a: Any, b: Any) -> Any:
        kept: dict[Any, Any] = {}

        def at(x: Any) -> Any:
            value = kept.get(x)
            if value is None:
                value = kept[x] = np.asarray(f(x))
            return value

        size = len(at(middle(a, b)))
        return np.array([_scipy.quad(lambda x, i=i: at(x)[i], a, b, **options)[0] for i in range(size)])

    tags = watched.tags | tags_of(*leaves(args))

    def part(which: Any, value: Any) -> Any:
        def f(x: Any) -> Any:
            return vector(which(as_operand(func(x, *args))))

        return exact(
            np.reshape(attach(engine, f, a, b, np.array([value]), tags | tags_of(a, b)), ()), np.float64(value)
        )

    if complex_func:
        y = part(np.real, found[0].real) + 1j * part(np.imag, found[0].imag)
    else:
        y = part(lambda v: v, found[0])
    return (y, *found[1:])


class WithArguments:
    """f(x, *args) as a function of x that other processes can be sent."""

    def __init__(self, f: Any, args: Any) -> None:
        self.f, self.args = f, args

    def __call__(self, x: Any) -> Any:
        return self.f(x, *self.args)


def quad_vec(
    f: Any,
    a: Any,
    b: Any,
    epsabs: Any = 1e-200,
    epsrel: Any = 1e-8,
    norm: str = "2",
    cache_size: Any = 100e6,
    limit: Any = 10000,
    workers: Any = 1,
    points: Any = None,
    quadrature: Any = None,
    full_output: bool = False,
    *,
    args: Any = (),
) -> Any:
    """`scipy.integrate.quad_vec`, differentiable by both limits, by args and by what f closes over.

    Parameters
    ----------
    f, a, b, epsabs, epsrel, norm, cache_size, limit, workers, points, quadrature, full_output, args
        As in SciPy.  A derivative by points is refused.

    Returns
    -------
    As SciPy: the integral, which is a dual inside of a derivative, the plain estimate of its error, and more.

    Raises
    ------
    DualDiffError
        If f uses something that cannot be differentiated.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.integrate import quad_vec
    >>> p = np.array([1.0, 2.0])
    >>> dd.jacobian(lambda b: quad_vec(lambda x: x**p, 0.0, b)[0])(2.0).round(6)
    array([2., 4.])
    """
    if has_duals(points):
        raise UnsupportedError("quad_vec by points has no derivative; pass their value")
    args = args if isinstance(args, tuple) else (args,)
    held, varying = hold(args)
    options = {"epsabs": epsabs, "epsrel": epsrel, "norm": norm, "cache_size": cache_size, "limit": limit,
               "points": points, "quadrature": quadrature}  # fmt: skip
    watched = Watched(f)
    at = watched if workers == 1 else f
    found = _scipy.quad_vec(WithArguments(at, held) if held else at, plain(a), plain(b), workers=workers,
                            full_output=full_output, **options)  # fmt: skip
    if not (watched.tags or varying or has_duals(a) or has_duals(b)):
        return found
    a, b = as_operand(a), as_operand(b)
    tags = watched.tags | tags_of(a, b, *leaves(args))
    shape = np.shape(found[0])

    def engine(g: Any, a: Any, b: Any) -> Any:
        return np.asarray(_scipy.quad_vec(g, a, b, **options)[0])

    def part(which: Any, value: Any) -> Any:
        def g(x: Any) -> Any:
            return np.reshape(which(as_operand(f(x, *args))), (-1,))

        y = attach(engine, g, a, b, np.reshape(value, (-1,)), tags)
        return exact(np.reshape(y, shape), value)

    value = np.asarray(found[0]) if shape else found[0]
    y = (
        part(np.real, value.real) + 1j * part(np.imag, value.imag)
        if np.iscomplexobj(value)
        else part(lambda v: v, value)
    )
    return (y, *found[1:])


# ---- several variables ---------------------------------------------------------------------------


def dblquad(
    func: Any, a: Any, b: Any, gfun: Any, hfun: Any, args: Any = (), epsabs: Any = 1.49e-8, epsrel: Any = 1.49e-8
) -> Any:
    """`scipy.integrate.dblquad`, differentiable by all limits, by args and by what the functions close over.

    Parameters
    ----------
    func, a, b, gfun, hfun, args, epsabs, epsrel
        As in SciPy.

    Returns
    -------
    As SciPy.

    Examples
    --------
    >>> import dualdiff as dd
    >>> from dualdiff.scipy.integrate import dblquad
    >>> round(dd.derivative(lambda r: dblquad(lambda y, x: x * y, 0, r, 0, lambda x: r * x)[0])(1.0), 9)
    0.75
    """
    ranges = [of_one(limits(gfun, hfun)), [a, b]]
    return nquad(func, ranges, args=args, opts={"epsabs": epsabs, "epsrel": epsrel})


def tplquad(
    func: Any,
    a: Any,
    b: Any,
    gfun: Any,
    hfun: Any,
    qfun: Any,
    rfun: Any,
    args: Any = (),
    epsabs: Any = 1.49e-8,
    epsrel: Any = 1.49e-8,
) -> Any:
    """`scipy.integrate.tplquad`, differentiable as `dblquad` is.

    Parameters
    ----------
    func, a, b, gfun, hfun, qfun, rfun, args, epsabs, epsrel
        As in SciPy.

    Returns
    -------
    As SciPy.

    Examples
    --------
    >>> import dualdiff as dd
    >>> from dualdiff.scipy.integrate import tplquad
    >>> round(dd.derivative(lambda a: tplquad(lambda z, y, x: a * x * y * z, 0, 1, 0, 1, 0, 1)[0])(1.0), 9)
    0.125
    """
    def inner(y: Any, x: Any, *args: Any) -> Any:
        return limits(qfun, rfun)(x, y)

    middle, opts = of_one(limits(gfun, hfun)), {"epsabs": epsabs, "epsrel": epsrel}
    return nquad(func, [inner, middle, [a, b]], args=args, opts=opts)


def of_one(range: Any) -> Callable[..., Any]:
    """A range of nquad that depends on the next variable alone, and not on args."""
    return lambda x, *args: range(x)


def limits(low: Any, high: Any) -> Callable[..., Any]:
    """A range of nquad from two functions or numbers."""

    def at(*args: Any) -> list[Any]:
        return [low(*args) if callable(low) else low, high(*args) if callable(high) else high]

    return at


def nquad(func: Any, ranges: Any, args: Any = None, opts: Any = None, full_output: bool = False) -> Any:
    """`scipy.integrate.nquad`, differentiable by all limits, by args and by what the functions close over.

    Parameters
    ----------
    func, ranges, args, opts, full_output
        As in SciPy.

    Returns
    -------
    As SciPy: the integral, which is a dual inside of a derivative, and the plain estimate of its error.

    Notes
    -----
    The derivative is that of one `quad` inside of another.

    Examples
    --------
    >>> import dualdiff as dd
    >>> from dualdiff.scipy.integrate import nquad
    >>> round(dd.derivative(lambda c: nquad(lambda x, y: c * x * y, [[0, 1], [0, c]])[0])(2.0), 9)
    3.0
    """
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    held, _ = hold(args)
    watched = Watched(func)
    sides = [WatchedRange(r) for r in ranges]
    found = _scipy.nquad(watched, sides, args=held, opts=opts, full_output=full_output)
    tags = watched.tags.union(tags_of(*leaves(args)), *(s.tags for s in sides))
    if not tags:
        return found
    depth = len(ranges)
    settings = opts if opts is not None else {}
    settings = [settings] * depth if isinstance(settings, dict) or callable(settings) else list(settings)

    def level(i: Any, outer: Any) -> Any:
        """The integral over variables 0 to i, the others given."""
        side = ranges[i](*outer, *args) if callable(ranges[i]) else ranges[i]
        option = settings[i](*outer, *args) if callable(settings[i]) else settings[i]

        def f(x: Any) -> Any:
            return func(x, *outer, *args) if i == 0 else level(i - 1, (x, *outer))

        return quad(f, side[0], side[1], **option)[0]

    return (exact(as_operand(level(depth - 1, ())), np.float64(found[0])), *found[1:])


class WatchedRange:
    """A range of nquad, with plain numbers."""

    def __init__(self, side: Any) -> None:
        self.side = side
        self.tags = set() if callable(side) else tags_of(*side)

    def __call__(self, *args: Any) -> list[Any]:
        side = self.side(*args) if callable(self.side) else self.side
        self.tags |= tags_of(*side)
        return [float(value_of(x)) for x in side]


# ---- fixed rules and tanh-sinh -------------------------------------------------------------------


def fixed_quad(func: Any, a: Any, b: Any, args: Any = (), n: Any = 5) -> Any:
    """`scipy.integrate.fixed_quad`, differentiable by both limits, by args and by what func closes over.

    Parameters
    ----------
    func, a, b, args, n
        As in SciPy.

    Returns
    -------
    As SciPy: (the sum, None).

    Examples
    --------
    >>> import dualdiff as dd
    >>> from dualdiff.scipy.integrate import fixed_quad
    >>> round(dd.derivative(lambda b: fixed_quad(lambda x: x**2, 0.0, b)[0])(2.0), 12)
    4.0
    """
    held, _ = hold(args)
    watched = Watched(func)
    found = _scipy.fixed_quad(watched, plain(a), plain(b), held, n)
    if not (watched.tags or tags_of(*leaves(args)) or has_duals(a) or has_duals(b)):
        return found
    nodes, weights = np.polynomial.legendre.leggauss(n)
    a, b = as_operand(a), as_operand(b)
    y = (b - a) * (nodes + 1) / 2.0 + a
    return exact((b - a) / 2.0 * np.sum(weights * func(y, *args), axis=-1), found[0]), None


def tanhsinh(
    f: Any,
    a: Any,
    b: Any,
    *,
    args: Any = (),
    log: bool = False,
    maxlevel: Any = None,
    minlevel: Any = 2,
    atol: Any = None,
    rtol: Any = None,
    preserve_shape: bool = False,
    callback: Any = None,
) -> Any:
    """`scipy.integrate.tanhsinh`, differentiable by both limits, by args and by what f closes over.

    Parameters
    ----------
    f, a, b, args, log, maxlevel, minlevel, atol, rtol, preserve_shape, callback
        As in SciPy.  log and preserve_shape are refused where a derivative is taken.

    Returns
    -------
    As SciPy; `integral` is a dual inside of a derivative, the estimate of its error is plain.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> from dualdiff.scipy.integrate import tanhsinh
    >>> round(dd.derivative(lambda s: tanhsinh(lambda x: np.exp(-s * x), 0, np.inf).integral)(2.0), 9)
    -0.25
    """
    args = args if isinstance(args, tuple) else (args,)
    held, _ = hold(args)
    a, b = as_operand(a), as_operand(b)
    watched: Any = Watched(f) if callable(f) else f      # SciPy says what it takes
    options = {"maxlevel": maxlevel, "minlevel": minlevel, "atol": atol, "rtol": rtol}
    found = _scipy.tanhsinh(watched, plain(a), plain(b), args=held, log=log, preserve_shape=preserve_shape,
                            callback=callback, **options)  # fmt: skip
    tags = watched.tags | tags_of(a, b, *leaves(args))
    if not tags:
        return found
    if log or preserve_shape:
        raise UnsupportedError(
            f"tanhsinh with {'log' if log else 'preserve_shape'}=True has no derivative here; integrate the function "
            "itself, with broadcasting args"
        )
    shape = np.shape(found.integral)
    parts = [np.reshape(np.broadcast_to(as_operand(x), shape), (-1,)) for x in (a, b, *args)]
    value = np.reshape(np.asarray(found.integral), (-1,))
    # a derivative that is 0 has no relative error, and SciPy would halve the step ten times for it
    options["atol"] = np.finfo(float).tiny if atol is None else atol

    def one(i: Any) -> Any:
        """The integral of one element."""
        a, b, *more = (p[i] for p in parts)

        def at(x: Any) -> Any:
            # f takes arrays of abscissas; the elements of args go with them
            return np.reshape(as_operand(f(np.reshape(x, (1,)), *(np.reshape(m, (1,)) for m in more))), (-1,))

        def engine(g: Any, a: Any, b: Any) -> Any:
            kept: dict[Any, Any] = {}

            def column(x: Any, j: Any) -> Any:
                def value(s: Any) -> Any:
                    t = kept.get(s)
                    if t is None:
                        t = kept[s] = np.asarray(g(s))
                    return t

                return np.reshape([value(float(s))[int(i)] for s, i in np.broadcast(x, j)], np.broadcast(x, j).shape)

            size = len(np.asarray(g(float(middle(a, b)))))
            return np.asarray(_scipy.tanhsinh(column, a, b, args=(np.arange(size, dtype=float),), **options).integral)

        return attach(engine, at, a, b, value[i : i + 1], tags)

    y = np.concatenate([one(i) for i in range(len(value))]) if len(value) else value
    found.integral = exact(np.reshape(y, shape), found.integral)
    return found


def middle(a: Any, b: Any) -> Any:
    """A number between two limits."""
    if np.isfinite(a) and np.isfinite(b):
        return (a + b) / 2
    return a + 1.0 if np.isfinite(a) else b - 1.0 if np.isfinite(b) else 0.0
