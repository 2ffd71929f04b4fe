"""Newton's method for minimisation with the whole Hessian, damped as Levenberg's.

A step solves (H + lam D) s = -g with lam as small as makes the matrix positive definite and the model right: lam falls
after a step that did what the model said, and grows after one that did not.  H is sparse, and the step costs
three to a dozen products and one factor.

Invariant: f falls in every accepted step; success means that the gradient is as small as asked for, or that a full
Newton step changes nothing, or that rounding hides any further decrease, at a point where H is positive semidefinite.

References: Levenberg, Quart. Appl. Math. 2 (1944); Nocedal and Wright, Numerical Optimization, 2006, chapter 4.
"""

import time
from typing import Any

import numpy as np
from scipy.sparse.linalg import ArpackError, eigsh

from .result import MinimizeResult
from .steps import Steps

__all__ = ["newton"]

EPS = float(np.finfo(float).eps)
TRIES = 80
STEP = 1e-8
"""Of the sizes that the unknowns have had: a full Newton step that is smaller is the last one."""
FORGET = 0.9
"""What is left of such a size after a step, so that a start far away does not count for long."""
TINY = 1e-8
"""Damping, in units of H's diagonal, that makes no difference to a step."""


class Stop(Exception):
    """The end of a minimisation: status and message."""

    def __init__(self, status: Any, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def newton(
    model: Any, x: Any, *, gtol: Any = None, maxiter: Any = None, maxtime: Any = None, progress: Steps | None = None,
    method: str = "newton", reason: str = "",
) -> Any:  # fmt: skip
    """Minimises a model from x.

    Parameters
    ----------
    model : object
        value(x) -> f; derivatives(x) -> (g, H's entries); factors (factors.py); times(v) -> H v at the last point;
        diagonal() of H.
    x : ndarray, shape (n,)
    gtol : float, optional
        The bound on max|g|.  Without it the test is on the step, and does not depend on the units of f and x.
    maxiter, maxtime : int, float, optional
        20 n + 1000 steps by default, and any time.
    progress : Steps, optional
        What is told of each step.
    method, reason : str
        For the result.

    Returns
    -------
    MinimizeResult
    """
    return Newton(model, x, gtol, maxiter, maxtime, progress, method, reason).run()


class Newton:
    """One minimisation."""

    def __init__(
        self, model: Any, x: Any, gtol: Any, maxiter: Any, maxtime: Any, progress: Any, method: Any, reason: str
    ) -> None:
        self.model, self.x = model, np.array(x, float)
        self.maxiter = 20 * x.size + 1000 if maxiter is None else maxiter
        self.maxtime, self.start = maxtime, time.perf_counter()
        self.progress = Steps() if progress is None else progress
        self.progress.told.expect(self.maxiter)
        self.method, self.reason = method, reason
        self.nit = self.nfev = self.njev = self.nsolve = 0
        self.lam, self.gtol, self.bent = 0.0, gtol, 0
        self.sizes, self.scale = np.abs(self.x), np.zeros(self.x.size)

    def run(self) -> Any:
        """The result."""
        try:
            self.begin()
            while True:
                self.check()
                self.step()
        except Stop as stop:
            return self.result(stop.status, stop.message)
        except KeyboardInterrupt as interrupt:
            interrupt.result = self.result(3, "interrupted")        # type: ignore[attr-defined]
            raise

    def begin(self) -> None:
        """The first point."""
        self.f = self.value(self.x)
        self.g = np.full(self.x.size, np.nan)
        self.gmax = np.nan
        if not np.isfinite(self.f):
            raise Stop(-1, f"f(x0) is {self.f:g}: start where f is finite")
        self.look()
        self.tell()

    def value(self, x: Any) -> float:
        self.nfev += 1
        return float(self.model.value(x))

    def look(self) -> None:
        """Gradient and Hessian at x."""
        self.njev += 1
        self.g, entries = self.model.derivatives(self.x)
        self.gmax = float(np.abs(self.g).max(initial=0.0))
        if not (np.isfinite(self.gmax) and np.isfinite(entries).all()):
            raise Stop(-6, "a derivative is not finite here, although f is: " + self.where())
        self.model.factors.update(entries)
        diagonal = np.abs(self.model.diagonal())
        with np.errstate(all="ignore"):
            steep = np.nan_to_num(1e-6 * np.abs(self.g) / self.sizes, nan=0.0, posinf=0.0)
        self.scale = np.maximum(np.maximum(self.scale, diagonal), steep)
        flat = self.scale == 0      # nothing is known of these unknowns yet
        if flat.any():
            most = float(self.scale.max())
            self.scale = np.where(flat, 1e-6 * most if most else max(self.gmax, 1e-300), self.scale)

    def where(self) -> str:
        return f"f = {self.f:.6g}, max|g| = {self.gmax:.3g} after {self.nit} steps"

    def check(self) -> None:
        """Whether this is the end."""
        least = 0.0 if self.gtol is None else self.gtol
        if self.gmax <= least and not self.leave_saddle():
            raise Stop(1, f"max|g| = {self.gmax:.3g} <= {least:.3g} at f = {self.f:.6g}")
        if self.nit >= self.maxiter:
            raise Stop(0, f"maxiter = {self.maxiter} steps were made: {self.where()}")
        if self.maxtime is not None and time.perf_counter() - self.start > self.maxtime:
            raise Stop(-5, f"maxtime = {self.maxtime:g} s is over: {self.where()}")

    def solve(self, lam: Any) -> Any:
        """(s, decrease that the model predicts), or None where H + lam D is not positive definite."""
        self.nsolve += 1
        s = self.model.factors.solve(lam, self.scale, -self.g)
        if s is None or not np.isfinite(s).all():
            return None
        predicted = -float(self.g @ s) - 0.5 * float(s @ self.model.times(s))
        return (s, predicted) if predicted >= 0 else None

    def step(self) -> None:
        """To the next point."""
        grow, indefinite = 4.0, False
        for _ in range(TRIES):
            found = self.solve(self.lam)
            if found is None:
                indefinite = True
                self.lam = max(4.0 * self.lam, 1e-3)
                continue
            s, predicted = found
            floor = 4 * EPS * abs(self.f)
            if predicted <= floor and self.lam > TINY:
                found = self.solve(TINY)    # what no damping would gain
                if found is None:
                    if self.leave_saddle():
                        return
                    raise Stop(2, f"no decrease is left that rounding would not hide: {self.where()}")
                (s, predicted), self.lam = found, TINY
            f = self.value(self.x + s)
            if self.lam <= TINY and (predicted <= floor or self.is_small(s)):
                self.last(s, f)
            gain = self.f - f if np.isfinite(f) else -np.inf
            if gain > 1e-4 * predicted and gain > 0:
                ratio = gain / predicted
                self.move(s, f)
                self.bent = self.bent + 1 if indefinite or self.lam > 0.5 else 0
                if self.bent >= 8:      # perhaps along a ridge, to a saddle point
                    self.bent = 0
                    self.leave_saddle()
                if ratio > 0.75:
                    self.lam = self.lam / 5.0 if self.lam > TINY else 0.0
                elif ratio < 0.25:
                    self.lam = max(4.0 * self.lam, 1e-5)
                return
            self.lam = max(grow * self.lam, 1e-3)
            grow = min(2 * grow, 64.0)
        raise Stop(-2, f"no step makes f smaller (a kink, or a value without its derivative?): {self.where()}")

    def move(self, s: Any, f: Any) -> None:
        """To x + s, where f is known."""
        self.x, self.f = self.x + s, f
        self.sizes = np.maximum(np.abs(self.x), FORGET * self.sizes)
        self.nit += 1
        self.look()
        self.tell()

    def is_small(self, s: Any) -> bool:
        """Whether a step changes nothing that counts."""
        return bool((np.abs(s) <= STEP * self.sizes).all())

    def last(self, s: Any, f: Any) -> Any:
        """The end where a full Newton step is small, or gains less than the rounding of f."""
        small = self.is_small(s)
        if f <= self.f + 64 * EPS * abs(self.f):
            x, kept, old = self.x, self.f, (self.g, self.gmax)
            self.x, self.f = x + s, f
            self.look()
            if self.gmax > old[1]:      # the step was rounding itself
                self.x, self.f, (self.g, self.gmax) = x, kept, old
        if self.gtol is not None and self.gmax <= self.gtol:
            raise Stop(1, f"max|g| = {self.gmax:.3g} <= {self.gtol:.3g} at f = {self.f:.6g}")
        if small and self.gtol is None:
            raise Stop(1, f"Newton's step is at most {STEP:g} of each unknown: {self.where()}")
        raise Stop(2, f"no decrease is left that rounding would not hide: {self.where()}")

    def leave_saddle(self) -> bool:
        """Where g = 0 but H has a negative eigenvalue: a step along its vector; False at a minimum."""
        if self.model.factors.solve(TINY, self.scale, self.g) is not None:
            return False
        v = lowest(self.model, self.x.size)
        if v is None:
            return False
        curvature = float(v @ self.model.times(v))
        if curvature > -TINY * float(self.scale.max()):
            return False
        if self.g @ v > 0:
            v = -v
        for t in 2.0 ** -np.arange(40.0) * max(1.0, float(np.abs(self.x).max())):
            f = self.value(self.x + t * v)
            if np.isfinite(f) and f < self.f + 0.1 * t * t * curvature:
                self.move(t * v, f)
                return True
        return False

    def tell(self) -> None:
        """The row of this point, the callback."""
        try:
            self.progress.step(self)
        except StopIteration:
            raise Stop(3, f"stopped by the callback: {self.where()}") from None

    def result(self, status: Any, message: str) -> Any:
        """What is known now."""
        return MinimizeResult(
            x=self.x.copy(), fun=self.f, jac=self.g.copy(), success=status in (1, 2), status=status, message=message,
            nit=self.nit, nfev=self.nfev, njev=self.njev, nhev=self.njev, nsolve=self.nsolve, method=self.method,
            reason=self.reason, history=self.progress.history(), time=time.perf_counter() - self.start,
        )  # fmt: skip


def lowest(model: Any, n: int) -> Any:
    """The vector of the smallest eigenvalue of H, or None."""
    from scipy.sparse.linalg import LinearOperator

    if n == 1:
        return np.ones(1)
    if n <= 64:
        H = np.stack([model.times(e) for e in np.eye(n)])
        return np.linalg.eigh(0.5 * (H + H.T))[1][:, 0]
    try:
        rng = np.random.default_rng(0)
        return eigsh(LinearOperator((n, n), matvec=model.times, dtype=float), 1, which="SA", tol=1e-3,
                     v0=rng.standard_normal(n))[1][:, 0]  # fmt: skip
    except ArpackError:
        return None
