"""One equation in one unknown, many at once: where Newton's method fails, a change of sign is looked for and halved.

    scan       outward from the start by steps that double, until F changes its sign
    between    Chandrupatla's method in a bracket

Invariant: a pole or a jump changes the sign too and is no root; what is returned as one has a small residual.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["between", "scan"]

DOUBLINGS = 64
FIRST = 2.0**-10
"""The first step of the scan, relative to x0."""
HALVINGS = 160
SMALL = 1e-7
"""|F| at a root against |F| at the ends of its bracket, where the tolerance is below what rounding allows."""


def scan(
    fun: Callable[..., Any], x0: Any, f0: Any, lb: Any, ub: Any, tol: Any, late: Any = lambda: False
) -> tuple[Any, Any]:
    """Roots of scalar equations by brackets.

    Parameters
    ----------
    fun : callable
        fun(x, who) -> F of the equations `who` (indices) at x, one number each; not finite where there is none.
    x0, f0 : ndarray, shape (k,)
        The starts and F there.
    lb, ub : ndarray, shape (k,)
        Bounds, -inf and inf where there are none; nothing is evaluated on them.
    tol : ndarray, shape (k,)
        The bound on |F|.
    late : callable
        Whether time is up.

    Returns
    -------
    x, f : ndarray, shape (k,)
        The roots and F there; nan where none was found.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff.solve.scalar import scan
    >>> x, f = scan(lambda x, who: x**3 - 8, np.array([1e3]), np.array([1e9]), [-np.inf], [np.inf], np.array([1e-9]))
    >>> bool(abs(x[0] - 2) < 1e-9)
    True
    """
    k = len(x0)
    lb, ub = np.asarray(lb, x0.dtype), np.asarray(ub, x0.dtype)
    x, f = np.full(k, np.nan, x0.dtype), np.full(k, np.nan, x0.dtype)
    step = np.where(x0 != 0, np.abs(x0), 1) * FIRST
    # (x, F) of the last point with a finite F on each side
    last = {-1: (x0.copy(), f0.copy()), 1: (x0.copy(), f0.copy())}
    todo = np.arange(k)
    for _ in range(DOUBLINGS):
        for side in (-1, 1):
            if not len(todo) or late():
                return x, f
            with np.errstate(all="ignore"):
                new = x0[todo] + side * step[todo]
                edge = lb[todo] if side < 0 else ub[todo]
                beyond = new <= edge if side < 0 else new >= edge
                inside = edge + (x0[todo] - edge) * FIRST**3
                new = np.where(beyond, inside, new)
            old, before = (part[todo] for part in last[side])
            who = todo[moves := (new != old) & np.isfinite(new)]
            if not len(who):
                continue
            g = fun(new[moves], who)
            a, fa, b = old[moves], before[moves], new[moves]
            finite = np.isfinite(g) & (g != 0)      # a zero alone may be an underflow; the next sign tells
            changed = finite & np.isfinite(fa) & (np.sign(g) == -np.sign(fa))
            if changed.any():
                # where the bracket holds no root, the scan goes on
                there = who[changed]
                x[there], f[there] = between(
                    fun, a[changed], b[changed], fa[changed], g[changed], there, tol[there], late
                )
            last[side][0][who[finite]], last[side][1][who[finite]] = b[finite], g[finite]
            todo = todo[np.isnan(x[todo])]
        step *= 2
    return x, f


def between(
    fun: Callable[..., Any], a: Any, b: Any, fa: Any, fb: Any, who: Any, tol: Any, late: Any = lambda: False
) -> tuple[Any, Any]:
    """Roots between a and b, where F has opposite signs; nan where the change of sign is a pole or a jump.

    References
    ----------
    Chandrupatla, Adv. Eng. Softw. 28 (1997) 145-149: inverse quadratic interpolation where it is safe, else halving.
    """
    a, b, fa, fb = a.copy(), b.copy(), fa.copy(), fb.copy()
    c, fc = a.copy(), fa.copy()
    size = np.minimum(np.abs(fa), np.abs(fb))
    t = np.full(len(a), 0.5, a.dtype)
    eps = np.finfo(a.dtype).eps
    live = np.arange(len(a))
    for _ in range(HALVINGS):
        with np.errstate(all="ignore"):
            x = a + t * (b - a)
        g = np.full(len(a), np.nan, a.dtype)
        g[live] = fun(x[live], who[live])
        with np.errstate(all="ignore"):
            same = np.sign(g) == np.sign(fa)
            moved = np.zeros(len(a), bool)
            moved[live] = np.isfinite(g[live])
            lost = np.zeros(len(a), bool)
            lost[live] = ~np.isfinite(g[live])
            c = np.where(moved, np.where(same, a, b), c)
            fc = np.where(moved, np.where(same, fa, fb), fc)
            b, fb = np.where(moved & ~same, a, b), np.where(moved & ~same, fa, fb)
            a, fa = np.where(moved, x, a), np.where(moved, g, fa)
            fa[lost] = np.inf       # a pole
            best = np.where(np.abs(fa) < np.abs(fb), a, b)
            width = 2 * eps * np.abs(best) / np.abs(b - a)
            done = lost | (fa == 0) | (width > 0.5) | (a == b)
            xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
            quick = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
            inverse = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
            t = np.where(quick & np.isfinite(inverse), inverse, 0.5)
            t = np.clip(t, np.minimum(width, 0.5), np.maximum(1 - width, 0.5)).astype(a.dtype)
        live = live[~done[live]]
        if not len(live) or late():
            break
    with np.errstate(all="ignore"):
        first = np.abs(fa) < np.abs(fb)
        x, f = np.where(first, a, b), np.where(first, fa, fb)
        good = np.abs(f) <= np.maximum(tol, SMALL * size)
        good &= np.abs(b - a) <= 1e-6 * np.abs(x)
        good |= f == 0
    return np.where(good, x, np.nan), np.where(good, f, np.nan)
