"""Where a solve is, and the tests that end it whatever the method.

Invariant: a state always holds the best point of its method, and a result can be made of it at any moment.
Imported by the methods and call.py.
"""

import numpy as np

from .problem import norm, where_not_finite
from .result import HISTORY, RootResult

__all__ = ["POOR_STEPS", "State", "at_floor", "begin"]

POOR_STEPS = 10
"""Steps in a row that gain next to nothing, after which a method gives up."""


class State:
    """The point, its residual, and the rows of the history, in the units of the methods.

    Parameters
    ----------
    problem : Problem
    settings : Settings
    method : str
        The name of the method.
    report : callable
        Called with the state after x0 and after each accepted step; may raise Stop.
    """

    def __init__(self, problem, settings, method, report):
        self.problem, self.settings, self.method, self.report = problem, settings, method, report
        self.x, self.f = problem.start, np.full(problem.size, np.nan, problem.dtype)
        self.tol = np.nan
        self.fmax = self.f2 = self.measure = np.nan
        self.best = self.x, self.f, np.nan      # (x, F, |F|), which need not be the last
        self.rows = []
        self.change = np.inf        # max|x+ - x|/max|x+| of the last step
        self.last_step = None
        self.J = None               # at self.x where a method has it as a matrix, for the diagnosis
        self.next = None            # J at x0, between `begin` and the method
        self.trial = None           # the last point whose residual was not finite, and that residual

    def accept(self, x, f, eta=np.nan, achieved=np.nan, products=0, lam=np.nan):
        """Takes a point, and writes its row."""
        by = self.settings.norm
        if self.rows:
            self.last_step = x - self.x
            size = float(np.max(np.abs(x)))
            self.change = float(np.max(np.abs(self.last_step))) / size if size else 0.0
        self.x, self.f, self.fmax, self.f2 = x, f, float(np.max(np.abs(f))), norm(f)
        self.measure = self.fmax if by is None or by is np.inf else self.f2 if by == 2 else float(by(f))
        self.rows.append(
            (len(self.rows), self.fmax, self.f2, eta, achieved, products, lam, self.problem.seconds())
        )
        if self.measure <= self.tol or not self.f2 >= self.best[2]:
            self.best = x, f, self.f2
        self.report(self)

    def take(self):
        """J at x0, for the one that asks: nothing else keeps it (and its recording) alive."""
        J, self.next = self.next, None
        return J

    @property
    def steps(self):
        """Accepted steps so far."""
        return max(0, len(self.rows) - 1)

    def ended(self):
        """(status, message) if the tests on F and x, or the number of steps, end the solve here; else None."""
        if self.measure <= self.tol and (self.still() or not self.measure):
            return 1, f"converged: max|F| = {self.measure:.3g} <= {self.tol:.3g}"
        if self.steps == self.settings.maxiter:
            return 0, f"maxiter = {self.steps} steps made: {self.where()}"
        return None

    def still(self):
        """Whether the last step was as small as the options want it to be."""
        xtol, xatol = self.settings.xtol, self.settings.xatol
        if xtol is not None and not self.change <= xtol:
            return False
        if xatol is None:
            return True
        p = self.problem
        return self.last_step is not None and float(np.max(np.abs(p.point(self.last_step)))) <= xatol

    def where(self):
        """max|F| against what it should be."""
        return f"max|F| = {self.measure:.3g} > {self.tol:.3g}"

    def result(self, **more):
        """The result if the solve ended now, in the user's shapes and units and with copies of everything."""
        p = self.problem
        return RootResult(
            x=p.point(self.best[0]),
            fun=p.values(self.best[1]),
            nit=self.steps,
            nfev=p.nfev,
            njvp=p.njvp,
            nlinearize=p.nlinearize,
            njev=p.njev,
            nlu=p.nlu,
            ncolors=p.ncolors,
            tol=self.tol,
            time=p.seconds(),
            history=np.array(self.rows, HISTORY),
            method=self.method,
            **more,
        )


def begin(state, first=None):
    """Evaluates F(x0), sets the tolerance, and says whether the solve ends here.

    The bound on max|F| is fatol + max(frtol max|F(x0)|, 16 eps max|J(x0) x0|); the second term is what rounding makes
    of what cancels in F, so that a start next to the root is not asked for the impossible.

    Parameters
    ----------
    state : State
        Before its first row.
    first : ndarray, optional
        F(x0), where a method that was tried before has it.

    Returns
    -------
    (status, message) or None
        Else state.next is J at x0, not evaluated unless the tolerance needed J x0.
    """
    problem, settings = state.problem, state.settings
    start = problem.first = problem.residual(state.x) if first is None else first
    if not np.isfinite(start).all():
        shape = problem.f_shape or problem.x_shape
        state.trial = state.x, start
        state.accept(state.x, start)
        return (-1, f"F(x0) is not finite: {where_not_finite(start, shape, 'F')}")
    J = state.next = problem.jacobian(state.x)
    if np.isnan(state.tol):
        fatol, frtol = settings.fatol, settings.frtol
        if frtol is None:
            frtol = 0.0 if fatol is not None else 1e-8 if problem.dtype == np.float64 else 1e-5
        size = frtol * float(np.max(np.abs(start)))
        if frtol and state.x.any():
            if state.method == "dense":
                J.dense()       # needed anyway, and the product is then free
            eps = float(np.finfo(problem.dtype).eps)
            size = max(size, 16 * eps * float(np.max(np.abs(J.matvec(state.x)))))
        state.tol = (fatol or 0.0) + size
    state.accept(state.x, start)
    return state.ended()


def at_floor(state):
    """(2, message) if |F| is what rounding x makes of it, else None; costs one evaluation."""
    x, problem = state.x, state.problem
    signs = np.random.default_rng(0).choice(np.array([-1, 1], x.dtype), x.size)
    moved = problem.residual(x + np.finfo(x.dtype).eps * signs * x)
    if not np.isfinite(moved).all():
        return None
    noise = norm(moved - state.f)
    if state.f2 > 10 * noise:
        return None
    return 2, (
        f"rounding floor: |F| = {state.f2:.3g} <= 10 x {noise:.3g}, what rounding x changes it by; {state.where()}"
    )
