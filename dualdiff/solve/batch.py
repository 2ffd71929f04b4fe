"""Many small systems at once: Newton's method on a batch, vectorised over its last axis.

Invariant: every system goes its own way (damping, clipping, stopping); sharing a call of fun is all they share.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from ..automatic import as_asked
from ..errors import InputError
from ..programs.bound import paths_of
from ..progress import SILENT, Meter, Progress, meter
from ..transforms.executors import checked_executor
from ..transforms.jvp import jvp
from ..transforms.parts import TASKS, checked_chunk
from ..transforms.start import first_point
from .call import hold, root
from .operator import flat, flat_rows, plain
from .options import Settings, checked_names, integer, read_bounds, real
from .parted import in_chunks
from .scalar import scan
from .state import QUADRATIC, STEP
from .timed import Timed

__all__ = ["root_batch"]

OPTIONS = ("disp", "fatol", "frtol", "maxiter", "maxtime", "rescue")
SEEDS = 2**24
"""Bytes that the seeds of one pass may take."""
HALVINGS = 12
ALL_ANYWAY = 10_000
"""Systems up to which a rescue calls fun on the whole batch, where it takes no part of it."""


def root_batch(
    fun: Callable[..., Any], X0: Any, args: Any = (), *, bounds: Any = None, tol: Any = None, options: Any = None,
    chunk: Any = None, progress: Progress = None, executor: Any = None, lift: Any = "auto",
) -> Any:  # fmt: skip
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
        The bound on max|F| of each system, and the only test.  By default 1e-8 max|F(x0)| (1e-5 in float32), and
        the last Newton step must be at most 1e-6 of x as well (1e-3 in float32).
    options : dict, optional
        fatol, frtol, maxiter (50), maxtime (seconds), disp (print a line a step); rescue (True): systems that are
        left are tried again as smaller batches, and what then is left by `root`, one by one, for as long as all
        before took (at least one second) and within maxtime.
    chunk : int, optional
        Systems that are solved together; by default all of them (with an executor a sixteenth).  fun must take any
        part of the batch, with its data from args.
    progress : bool or callable
        True shows how many systems are done, in a bar of tqdm where that is installed, else in a line on stderr.  A
        function is called with (done, batch); what it raises ends the solve.
    executor : concurrent.futures.Executor, optional
        Solves the chunks: threads, processes, or the workers of a cluster (docs/large.md).  The result has the bits of
        the same chunks without it; only what `rescue` reaches depends on the time.
    lift : "auto", bool, or names of packages
        "auto": where the function raises on duals, a lifted copy of it takes its place (see `auto_lift`); False: never;
        True or names of packages: ``dd.lift(f, packages)``.

    Returns
    -------
    OptimizeResult
        x and fun in the shape of X0; success, status, nit, tol of shape (batch,); nfev, njev (calls of fun on plain
        and on dual numbers), rescued, time, message.  Status 1 converged, 0 not within maxiter, -1 F(x0) not finite,
        -2 no decrease, -5 maxtime reached.

    Raises
    ------
    InputError
        If fun(X0) has not the size of X0, or has another batch; if fun gives other values on a chunk.
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
    if paths_of(fun) is not None:       # what is left of a batch has a new shape at every step: nothing to record
        fun = paths_of(fun).f
    if not callable(fun):
        raise InputError(f"fun is a {type(fun).__name__}; expected a function of x")
    given = checked_names(options, OPTIONS)
    if tol is not None:
        given = {"fatol": tol, **given}
    for name in ("fatol", "frtol", "maxtime"):
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
    chunk, executor = checked_chunk(chunk), checked_executor(executor)
    with meter(progress, "root_batch", x.shape[-1], "systems") as told:
        if chunk is not None or executor is not None:
            width = chunk or -(-x.shape[-1] // TASKS)
            return in_chunks(solve_some, fun, x, args, limits, settings, width, executor, told)
        return solve_some(fun, x, args, limits, settings, told)[0]


def solve_some(fun: Any, x: Any, args: Any, limits: Any, settings: Any, told: Meter = SILENT) -> Any:
    """(result, F at the starts) of the systems in the last axis of x."""
    batch = Batch(fun, x.shape, args, x.dtype)
    batch.told = told
    found = batch.solve(x, limits, settings)
    return found, batch.first


class Batch(Timed):
    """fun on the systems that are still at work."""

    def __init__(self, fun: Callable[..., Any], shape: tuple[int, ...], args: Any, dtype: Any) -> None:
        self.fun, self.shape, self.args, self.dtype = fun, shape, args, dtype
        self.size = shape[-1]
        self.n = int(np.prod(shape[:-1]))
        self.cut = True         # whether fun can be called on some of the systems
        self.nfev = self.njev = 0
        self.told: Meter = SILENT
        self.first: Any = None      # F at the starts

    def some(self, live: Any) -> Any:
        """The arguments of some systems."""
        def part(a: Any) -> Any:
            batched = isinstance(a, np.ndarray) and a.ndim and a.shape[-1] == self.size
            return a[..., live] if batched else a

        return tuple(part(a) for a in self.args)

    def call(self, x: Any, live: Any, run: Any) -> Any:
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

    def values(self, x: Any, live: Any) -> Any:
        """F (n, live), not finite where it cannot be computed."""
        def run(x: Any, args: Any) -> Any:
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

    def jacobians(self, x: Any, live: Any) -> Any:
        """J of each live system, (live, n, n)."""
        n, fun = self.n, self.fun     # in a cell, where it is found to be lifted

        def run(x: Any, args: Any) -> Any:
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
                    t = jvp(lambda x: fun(x, *args), (point,), (seeds.reshape(count, *point.shape),))[1]
                out[start : start + count] = plain(flat_rows(t, count))[0].reshape(count, n, k)
            return out

        return np.ascontiguousarray(self.call(x, live, run).transpose(2, 1, 0))

    def solve(self, x0: Any, limits: Any, settings: Any) -> Any:
        """The result."""
        self.started, self.maxtime = time.perf_counter(), settings.maxtime
        n, size = self.n, self.size
        x = np.ascontiguousarray(x0.reshape(n, size))
        everyone = np.arange(size)
        f = self.values(x, everyone)
        self.first = f.copy()
        fsize = np.max(np.abs(f), axis=0)
        frtol = settings.frtol
        if frtol is None:
            frtol = 0.0 if settings.fatol is not None else 1e-8 if self.dtype == np.float64 else 1e-5
        tol = (settings.fatol or 0.0) + frtol * np.where(np.isfinite(fsize), fsize, 0)
        bounds = None if limits is None else tuple(side.reshape(n, size) for side in limits)
        batch = Iterates(x, f, tol, bounds, settings)
        batch.status[~np.isfinite(fsize)] = -1
        batch.status[fsize == 0] = 1
        if not frtol:
            batch.status[(batch.status == 0) & (fsize <= tol)] = 1
        start = x.copy(), self.first
        self.iterate(batch, everyone, batch.steps_kind)
        rescued = self.rescue(batch, start, settings) if settings.rescue else 0
        self.told.to(size)      # solved or given up
        good, status = int(np.sum(batch.status == 1)), batch.status
        late = f"; maxtime = {self.maxtime:g} s reached" if self.late() and good < size else ""
        return OptimizeResult(
            x=batch.x.reshape(self.shape), fun=batch.f.reshape(self.shape), success=status == 1, status=status,
            nit=batch.nit, tol=batch.tol, nfev=self.nfev, njev=self.njev, rescued=rescued,
            time=time.perf_counter() - self.started,
            message=f"{good} of {size} systems converged in at most {int(batch.nit.max(initial=0))} steps{late}",
        )  # fmt: skip

    def iterate(self, batch: Any, who: Any, kind: Any) -> None:
        """Newton steps of the systems `who`, until each has its status."""
        settings, x, f, status, tol = batch.settings, batch.x, batch.f, batch.status, batch.tol
        eps = float(np.finfo(self.dtype).eps)
        first = not batch.nit.any()
        for step in range(settings.maxiter):
            live = who[status[who] == 0]
            self.told.to(int(np.sum(status == 1)))
            if settings.disp:
                worst = np.max(np.abs(f[:, live]), initial=0)
                print(f"step {step:3d}: {len(live)} of {self.size} systems left, max|F| = {worst:.3g}")
            if not len(live):
                break
            if self.late():
                status[live] = -5
                break
            J, F = self.jacobians(x, live), f[:, live]
            if step == 0 and first and settings.frtol != 0 and settings.newton_test:
                noise = 16 * eps * np.max(np.abs(np.einsum("bij,jb->ib", J, x[:, live])), axis=0)
                tol[live] = np.maximum(tol[live], np.where(np.isfinite(noise), noise, 0))
            s = newton_steps(J, F).T
            broken = ~np.isfinite(s).all(axis=0)
            status[live[broken]] = -2
            live, s = live[~broken], s[:, ~broken]
            self.advance(batch, live, s, kind)
            batch.nit[live[status[live] == 0]] += 1
            self.judge(batch, live, s)

    def judge(self, batch: Any, live: Any, s: Any) -> None:
        """Which systems are solved, after the steps s were tried."""
        x, f, status = batch.x, batch.f, batch.status
        fsize = np.max(np.abs(f[:, live]), axis=0)
        done = fsize <= batch.tol[live]
        if batch.settings.newton_test:
            near = nearness(x[:, live], s, batch.gain[live]) <= STEP[self.dtype.char]
            # no step left |F| smaller, and it is what rounding makes of it
            stuck = live[done & ~near & (status[live] == -2)]
            if len(stuck):
                near[np.isin(live, stuck[self.at_floor(batch, stuck)])] = True
            zero = done & ~near & (status[live] == 0)
            if zero.any():
                near[zero] = self.snapped(batch, live[zero], s[:, zero])
            done &= near
        status[live[done | (fsize == 0)]] = 1

    def at_floor(self, batch: Any, who: Any) -> Any:
        """Where |F| is what rounding x makes of it."""
        x = batch.x.copy()
        signs = np.random.default_rng(0).choice(np.array([-1, 1], self.dtype), (self.n, len(who)))
        x[:, who] += np.finfo(self.dtype).eps * signs * x[:, who]
        moved = self.values(x, who)
        with np.errstate(all="ignore"):
            return norms(batch.f[:, who]) <= 10 * norms(moved - batch.f[:, who])

    def snapped(self, batch: Any, who: Any, s: Any) -> Any:
        """Where x is next to a root with zeros, which no relative step tells: there x becomes that root."""
        found = np.zeros(len(who), bool)
        if batch.bounds is not None:
            return found
        x, size = batch.x, np.maximum(np.max(np.abs(batch.start[:, who]), axis=0), np.finfo(self.dtype).tiny)
        zero = np.abs(s) > STEP[self.dtype.char] * np.abs(x[:, who])
        small = np.abs(x[:, who]) <= np.sqrt(np.finfo(self.dtype).eps) * size
        try_these = np.flatnonzero(zero.any(axis=0) & (small | ~zero).all(axis=0))
        if not len(try_these):
            return found
        trial = x.copy()
        trial[:, who[try_these]] = np.where(zero, 0, x[:, who])[:, try_these]
        f = self.values(trial, who[try_these])
        exact = try_these[(f == 0).all(axis=0)]
        x[:, who[exact]] = trial[:, who[exact]]
        batch.f[:, who[exact]] = 0
        found[exact] = True
        return found

    def advance(self, batch: Any, live: Any, s: Any, kind: Any) -> None:
        """One step of each live system: the first length that |F| takes ("full": the first where F is finite)."""
        x, f, status = batch.x, batch.f, batch.status
        lam, before = np.ones(len(live), self.dtype), norms(f[:, live])
        batch.gain[live] = np.nan
        todo = np.arange(len(live))
        for halving in range(HALVINGS):
            who = live[todo]
            trial = x[:, who] + lam[todo] * s[:, todo]
            if batch.bounds is not None:
                near, at = self.dtype.type(0.01), x[:, who]
                with np.errstate(invalid="ignore"):
                    low, high = batch.bounds[0][:, who], batch.bounds[1][:, who]
                    trial = np.maximum(trial, np.where(np.isinf(low), low, low + near * (at - low)))
                    trial = np.minimum(trial, np.where(np.isinf(high), high, high - near * (high - at)))
            if len(who) < self.size:
                whole = x if self.cut else x.copy()
                old = x[:, who]
                whole[:, who] = trial
                g = self.values(whole, who)
                if whole is x:
                    x[:, who] = old
            else:
                g = self.values(trial, who)
            after = norms(g)
            good = np.isfinite(after)
            if kind != "full":
                good &= after <= (1 - 1e-4 * lam[todo]) * before[todo]
            taken = who[good]
            x[:, taken], f[:, taken] = trial[:, good], g[:, good]
            with np.errstate(all="ignore"):
                ratio = after / before[todo]
                if not halving:
                    batch.gain[taken] = ratio[good]
                # the minimum of the parabola through |F|^2 and its slope, within [0.1, 0.5]
                best = lam[todo] / (ratio**2 - 1 + 2 * lam[todo])
            best = np.where(np.isfinite(after) & np.isfinite(best), best, 0.5)
            lam[todo] *= np.clip(best, 0.1, 0.5)
            todo = todo[~good]
            if not len(todo):
                return
        status[live[todo]] = -2

    def rescue(self, batch: Any, start: Any, settings: Any) -> Any:
        """What is left, again from its start: with other steps, by changes of sign, and some of it by `root`.

        Each of these is a batch of those that are left.  `root`, one system after the other, gets as much time as
        all before it took (one second at least), within maxtime.
        """
        failed = np.flatnonzero((batch.status == 0) | (batch.status == -2))
        if not len(failed) or self.size > 1 and not self.cut and len(failed) > ALL_ANYWAY:
            return 0
        ended, code = (batch.x[:, failed], batch.f[:, failed]), batch.status[failed]
        batch.x[:, failed], batch.f[:, failed] = start[0][:, failed], start[1][:, failed]
        batch.status[failed] = 0
        if self.n == 1:
            self.by_sign(batch, failed)
        if batch.bounds is not None:
            self.iterate(batch, failed, "damped")
        left = np.flatnonzero(batch.status[failed] != 1)
        who = failed[left]
        batch.x[:, who], batch.f[:, who], batch.status[who] = ended[0][:, left], ended[1][:, left], code[left]
        self.one_by_one(batch, who, start[0])
        return int(np.sum(batch.status[failed] == 1))

    def by_sign(self, batch: Any, failed: Any) -> None:
        """Scalar equations, where F changes its sign."""
        def fun(x: Any, who: Any) -> Any:
            whole = batch.x.copy()
            whole[0, failed[who]] = x
            return self.values(whole, failed[who])[0]

        k = len(failed)
        lb, ub = (np.full(k, -np.inf), np.full(k, np.inf)) if batch.bounds is None else (
            side[0, failed] for side in batch.bounds
        )
        x, f = scan(fun, batch.x[0, failed], batch.f[0, failed], lb, ub, batch.tol[failed], self.late)
        found = ~np.isnan(x)
        batch.x[0, failed[found]], batch.f[0, failed[found]] = x[found], f[found]
        batch.status[failed[found]] = 1

    def one_by_one(self, batch: Any, left: Any, start: Any) -> None:
        """`root` for each system, from its start, while there is time."""
        if self.size > 1 and not self.cut:
            return
        spent = time.perf_counter() - self.started
        end = max(2 * spent, spent + 1.0) if self.maxtime is None else self.maxtime
        for i in left:
            rest = end - (time.perf_counter() - self.started)
            if rest <= 0:
                return
            args = self.some(np.array([i]))
            bounds = None if batch.bounds is None else tuple(side[:, i] for side in batch.bounds)

            def one(x: Any, args: Any = args) -> Any:
                return np.reshape(self.fun(np.reshape(x, (*self.shape[:-1], 1)), *args), self.n)

            given = {"maxtime": min(1.0, rest), "fatol": batch.settings.fatol, "frtol": batch.settings.frtol}
            try:
                r = root(one, start[:, i].copy(), bounds=bounds, options=given)
            except ValueError:      # fun needs the whole batch
                return
            if r.success:
                self.told.add(1)
                batch.x[:, i], batch.f[:, i], batch.status[i] = r.x, r.fun, 1


class Iterates:
    """Where each system of a batch stands: x and f (n, batch); status, nit, tol, and the gain of full steps."""

    def __init__(self, x: Any, f: Any, tol: Any, bounds: Any, settings: Any) -> None:
        self.x, self.f, self.tol, self.bounds, self.settings = x, f, tol, bounds, settings
        self.start = x.copy()
        size = x.shape[1]
        self.status, self.nit = np.zeros(size, int), np.zeros(size, int)
        self.gain = np.full(size, np.nan)
        self.steps_kind = "damped" if bounds is None else "full"


def nearness(x: Any, s: Any, gain: Any) -> Any:
    """A bound on the next Newton step relative to x, for each system: `State.near` for exact steps."""
    with np.errstate(all="ignore"):
        size = np.max(np.where(s == 0, 0, np.abs(s) / np.abs(x)), axis=0)
        whole = np.max(np.abs(s), axis=0) / np.max(np.abs(x), axis=0)
        quadratic = gain <= QUADRATIC
        next_step = np.where(quadratic & (size <= QUADRATIC), gain * size, size)
        return np.where(quadratic & (whole <= next_step), whole, next_step)


def norms(F: Any) -> Any:
    """|F|_2 of each column, without overflow."""
    with np.errstate(all="ignore"):
        top = np.max(np.abs(F), axis=0)
        unit = np.where(top > 0, top, 1)
        return top * np.sqrt(np.sum(np.square(F / unit), axis=0))


def newton_steps(J: Any, F: Any) -> Any:
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
