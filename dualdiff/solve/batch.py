"""Many small systems at once: Newton's method on a batch, vectorised over its last axis.

Invariant: every system goes its own way (damping, clipping, stopping); sharing a call of fun is all they share.
Imported by dualdiff/solve/__init__.py.
"""

import time

import numpy as np
from scipy.optimize import OptimizeResult

from ..automatic import as_asked
from ..errors import InputError
from ..forward import jvp
from .call import hold, root
from .operator import flat, flat_rows, plain
from .options import Settings, checked_names, integer, read_bounds, real
from .problem import first_point

__all__ = ["root_batch"]

OPTIONS = ("disp", "fatol", "frtol", "maxiter", "rescue")
SEEDS = 2**24
"""Bytes that the seeds of one pass may take."""
HALVINGS = 12


def root_batch(fun, X0, args=(), *, bounds=None, tol=None, options=None, lift="auto"):
    """Solves many small systems F(x) = 0 at once, x along the first axes and the systems along the last.

    Newton's method with dense exact Jacobians, all of them from one pass of fun in n directions.

    Parameters
    ----------
    fun : callable
        fun(x, *args) -> F for x of shape (n, batch) (or (..., batch)); F[..., i] depends on x[..., i] alone, and has
        as many numbers.
    X0 : array_like, shape (..., batch)
        A start for each system.
    args : tuple
        Further arguments.  Arrays whose last axis has the length of the batch are data of each system: fun is called
        with the columns that belong to the systems still at work, so it should take such data from args.  A fun that
        holds batched data in its closure is called on the whole batch instead.
    bounds : scipy.optimize.Bounds or (lb, ub), optional
        Numbers, or arrays in the shape of X0.  Kept by clipping each component to 99 % of its way.
    tol : float, optional
        The bound on max|F| of each system; by default 1e-8 max|F(x0)| (1e-5 in float32).
    options : dict, optional
        fatol, frtol, maxiter (50), disp (print a line a step); rescue (True): systems that are left are given to
        `root`, one by one.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    OptimizeResult
        x and fun in the shape of X0; success, status, nit, tol of shape (batch,); nfev, njev (calls of fun on plain
        and on dual numbers), rescued, time, message.  Status 1 converged, 0 not within maxiter, -1 F(x0) not finite,
        -2 no decrease.

    Raises
    ------
    InputError
        If fun(X0) has not the size of X0, or has another batch.
    ArgumentError
        If X0 is not finite or outside the bounds, or an option is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from dualdiff import solve
    >>> a = np.array([[1.0, 4.0, 9.0]])
    >>> solve.root_batch(lambda x, a: x**2 - a, np.ones((1, 3)), (a,)).x.round(6)
    array([[1., 2., 3.]])
    """
    fun = as_asked(fun, lift)
    if not callable(fun):
        raise InputError(f"fun is a {type(fun).__name__}; expected a function of x")
    given = checked_names(options, OPTIONS)
    if tol is not None:
        given = {"fatol": tol, **given}
    for name in ("fatol", "frtol"):
        if name in given:
            real(name, given[name], 0.0)
    integer("maxiter", given.get("maxiter", 1), 0)
    settings = Settings(**{"maxiter": 50, **given})
    x = first_point(X0)
    if x.ndim == 0:
        raise InputError("X0 is a number; expected an array whose last axis counts the systems")
    limits = read_bounds(bounds, x)
    args, varying = hold(args if isinstance(args, tuple) else (args,))
    if varying:
        raise InputError("root_batch does not carry derivatives of args; use root, or implicit_root for each system")
    batch = Batch(fun, x.shape, args, x.dtype)
    return batch.solve(x, limits, settings)


class Batch:
    """fun on the systems that are still at work."""

    def __init__(self, fun, shape, args, dtype):
        self.fun, self.shape, self.args, self.dtype = fun, shape, args, dtype
        self.size = shape[-1]
        self.n = int(np.prod(shape[:-1]))
        self.cut = True         # whether fun can be called on some of the systems
        self.nfev = self.njev = 0

    def some(self, live):
        """The arguments of some systems."""
        def part(a):
            batched = isinstance(a, np.ndarray) and a.ndim and a.shape[-1] == self.size
            return a[..., live] if batched else a

        return tuple(part(a) for a in self.args)

    def call(self, x, live, run):
        """run(x, args) for the columns `live`, by a call on these alone or on all; x is (n, batch), all of it."""
        if self.cut and len(live) < self.size:
            try:
                found = run(np.ascontiguousarray(x[:, live]), self.some(live))
                if found.shape[-1] == len(live):
                    return found
            except ValueError:      # what fun closes over has the whole batch's shape
                pass
            self.cut = False
        found = run(x.copy(), self.args)
        return found if len(live) == self.size else found[..., live]

    def values(self, x, live):
        """F (n, live), not finite where it cannot be computed."""
        def run(x, args):
            k = x.shape[-1]
            self.nfev += 1
            with np.errstate(all="ignore"):
                y = self.fun(x.reshape((*self.shape[:-1], k)), *args)
            y, _ = plain(flat(y))
            if y.dtype.kind not in "biuf":
                raise InputError(f"fun(X) returned {y.dtype}; expected real numbers")
            if y.size % k or y.size != self.n * k and k == self.size:
                raise InputError(f"fun(X) has {y.size} elements, X has {self.n * k}; expected the same shape")
            if y.size != self.n * k:
                raise ValueError        # on some of the systems: see call
            return y.reshape(self.n, k).astype(self.dtype)

        return self.call(x, live, run)

    def jacobians(self, x, live):
        """J of each live system, (live, n, n)."""
        n = self.n

        def run(x, args):
            k = x.shape[-1]
            point = x.reshape((*self.shape[:-1], k))
            out = np.empty((n, n, k), self.dtype)
            width = max(1, min(n, SEEDS // (8 * n * k)))
            for start in range(0, n, width):
                count = min(width, n - start)
                seeds = np.zeros((count, n, k), self.dtype)
                seeds[np.arange(count), np.arange(start, start + count)] = 1
                self.njev += 1
                with np.errstate(all="ignore"):
                    t = jvp(lambda x: self.fun(x, *args), (point,), (seeds.reshape(count, *point.shape),))[1]
                out[start : start + count] = plain(flat_rows(t, count))[0].reshape(count, n, k)
            return out

        return np.ascontiguousarray(self.call(x, live, run).transpose(2, 1, 0))

    def solve(self, x0, limits, settings):
        """The result."""
        started = time.perf_counter()
        n, size = self.n, self.size
        x = np.ascontiguousarray(x0.reshape(n, size))
        status, nit = np.zeros(size, int), np.zeros(size, int)
        everyone = np.arange(size)
        f = self.values(x, everyone)
        fsize = np.max(np.abs(f), axis=0)
        status[~np.isfinite(fsize)] = -1
        eps = float(np.finfo(self.dtype).eps)
        frtol = settings.frtol
        if frtol is None:
            frtol = 0.0 if settings.fatol is not None else 1e-8 if self.dtype == np.float64 else 1e-5
        tol = (settings.fatol or 0.0) + frtol * np.where(np.isfinite(fsize), fsize, 0)
        status[(status == 0) & (fsize <= tol)] = 1
        lb, ub = (None, None) if limits is None else (side.reshape(n, size) for side in limits)
        for step in range(settings.maxiter):
            live = np.flatnonzero(status == 0)
            if settings.disp:
                print(f"step {step:3d}: {len(live)} of {size} systems left, max|F| = {np.nanmax(fsize):.3g}")
            if not len(live):
                break
            J, F = self.jacobians(x, live), f[:, live]
            if step == 0 and frtol:
                noise = 16 * eps * np.max(np.abs(np.einsum("bij,jb->ib", J, x[:, live])), axis=0)
                tol[live] = np.maximum(tol[live], np.where(np.isfinite(noise), noise, 0))
            s = newton_steps(J, F).T
            broken = ~np.isfinite(s).all(axis=0)
            status[live[broken]] = -2
            live, s, F = live[~broken], s[:, ~broken], F[:, ~broken]
            self.advance(x, f, live, s, F, status, lb, ub)
            moved = live[status[live] == 0]
            nit[moved] += 1
            fsize[moved] = np.max(np.abs(f[:, moved]), axis=0)
            status[moved[fsize[moved] <= tol[moved]]] = 1
        rescued = self.rescue(x, f, status, tol, limits, settings) if settings.rescue else 0
        good = int(np.sum(status == 1))
        return OptimizeResult(
            x=x.reshape(self.shape), fun=f.reshape(self.shape), success=status == 1, status=status, nit=nit, tol=tol,
            nfev=self.nfev, njev=self.njev, rescued=rescued, time=time.perf_counter() - started,
            message=f"{good} of {size} systems converged in at most {int(nit.max(initial=0))} steps",
        )  # fmt: skip

    def advance(self, x, f, live, s, F, status, lb, ub):
        """One step of each live system: full if there are bounds, else as long as |F| decreases."""
        lam, before = np.ones(len(live), self.dtype), norms(F)
        todo = np.arange(len(live))
        for _ in range(HALVINGS):
            who = live[todo]
            trial = x[:, who] + lam[todo] * s[:, todo]
            if lb is not None:
                near, at = self.dtype.type(0.01), x[:, who]
                with np.errstate(invalid="ignore"):
                    low, high = lb[:, who], ub[:, who]
                    trial = np.maximum(trial, np.where(np.isinf(low), low, low + near * (at - low)))
                    trial = np.minimum(trial, np.where(np.isinf(high), high, high - near * (high - at)))
            whole = x.copy() if len(who) < self.size else x
            if whole is x:
                g = self.values(trial, who)
            else:
                whole[:, who] = trial
                g = self.values(whole, who)
            after = norms(g)
            good = np.isfinite(after)
            if lb is None:
                good &= after <= (1 - 1e-4 * lam[todo]) * before[todo]
            taken = who[good]
            x[:, taken], f[:, taken] = trial[:, good], g[:, good]
            # the minimum of the parabola through |F|^2 and its slope, within [0.1, 0.5]
            with np.errstate(all="ignore"):
                ratio = (after / before[todo]) ** 2
                best = lam[todo] / (ratio - 1 + 2 * lam[todo])
            best = np.where(np.isfinite(after) & np.isfinite(best), best, 0.5)
            lam[todo] *= np.clip(best, 0.1, 0.5)
            todo = todo[~good]
            if not len(todo):
                return
        status[live[todo]] = -2

    def rescue(self, x, f, status, tol, limits, settings):
        """Gives what is left to `root`, one system after the other, each from where it stands."""
        left = np.flatnonzero((status == 0) | (status == -2))
        solved = 0
        if self.size > 1 and not self.cut:
            return 0
        for i in left:
            args = self.some(np.array([i]))
            bounds = None if limits is None else tuple(side.reshape(self.n, -1)[:, i] for side in limits)

            def one(x, args=args):
                return np.reshape(self.fun(np.reshape(x, (*self.shape[:-1], 1)), *args), self.n)

            try:
                r = root(one, x[:, i].copy(), bounds=bounds, tol=float(tol[i]), options={"maxtime": 1.0})
            except ValueError:      # fun needs the whole batch
                return solved
            if r.success:
                x[:, i], f[:, i], status[i] = r.x, r.fun, 1
                solved += 1
        return solved


def norms(F):
    """|F|_2 of each column, without overflow."""
    with np.errstate(all="ignore"):
        top = np.max(np.abs(F), axis=0)
        unit = np.where(top > 0, top, 1)
        return top * np.sqrt(np.sum(np.square(F / unit), axis=0))


def newton_steps(J, F):
    """-J^-1 F for each system, rows brought to one size; where a J is singular, that of a J next to it."""
    with np.errstate(all="ignore"):
        top = np.max(np.abs(J), axis=2)
        scale = np.where((top > 0) & np.isfinite(top), 1 / top, 1)
        A, b = J * scale[:, :, None], -(F.T * scale)
        bad = ~np.isfinite(A).all(axis=(1, 2))
        A[bad], b[bad] = np.eye(A.shape[1]), np.nan
        try:
            return np.linalg.solve(A, b[:, :, None])[:, :, 0]
        except np.linalg.LinAlgError:
            singular = np.linalg.slogdet(A)[0] == 0
            A[singular] += np.sqrt(np.finfo(A.dtype).eps) * np.eye(A.shape[1], dtype=A.dtype)
            try:
                return np.linalg.solve(A, b[:, :, None])[:, :, 0]
            except np.linalg.LinAlgError:
                return np.stack([np.linalg.lstsq(a, c, rcond=None)[0] for a, c in zip(A, b, strict=True)])
