"""Where a solve is, and the tests that end it whatever the method.

Invariant: a state always holds the best point of its method, and a result can be made of it at any moment.
"""

from typing import Any

import numpy as np

from ..core._dense import largest_ratio, sizes
from ..transforms.start import where_not_finite
from .matrices import DenseLU
from .problem import finite, norm, random_signs
from .result import HISTORY, RootResult

__all__ = ["POOR_STEPS", "State", "at_floor", "begin"]

POOR_STEPS = 10
"""Steps in a row that gain next to nothing, after which a method gives up."""
STEP = {"d": 1e-6, "f": 1e-3}
"""A Newton step of this size, relative to x, is the default test beside the one on F, by dtype."""
EXACT = 1e-6
"""|F + J s|/|F| of a step that left no equation out: a Krylov method can miss those with small residuals."""
FEW = 100
"""Unknowns up to which a whole J costs nothing beside the solve."""
QUADRATIC = 1e-2
"""A gain |F+|/|F| of a full Newton step from which the quadratic convergence next to a root is taken for granted."""


class State:
    """The point, its residual, and the rows of the history, in the units of the methods.

    Parameters
    ----------
    problem : Problem
    settings : Settings
    method : str
        The name of the method.
    report : callable, optional
        Called with the state after x0 and after each accepted step; may raise Stop.
    """

    def __init__(self, problem: Any, settings: Any, method: Any, report: Any) -> None:
        self.problem, self.settings, self.method, self.report = problem, settings, method, report
        self.x, self.f = problem.start, np.full(problem.size, np.nan, problem.dtype)
        self.tol = np.nan
        self.fmax = self.f2 = self.measure = np.nan
        self.best = self.x, self.f, np.nan      # (x, F, |F|), which need not be the last
        self.rows: list[tuple[Any, ...]] = []
        self.last_step = None
        self.newton, self.gain = None, np.nan   # the last full Newton step; |F+|/|F| where it was taken whole, else nan
        self.inverse: Any = None                # v -> J^-1 v of the point before, where a method has the factors of J
        self.confirmed = 0                      # such steps in a row that began where |F| was small (2: exact ones)
        self.J = None               # at self.x where a method has it as a matrix, for the diagnosis
        self.next: Any = None       # J at x0, between `begin` and the method
        self.backward = False       # ptc: the flow against the one that J's trace chooses
        self.trial = None           # the last point whose residual was not finite, and that residual

    def accept(
        self, x: Any, f: Any, eta: Any = np.nan, achieved: Any = np.nan, products: int = 0, lam: Any = np.nan,
        newton: Any = None,
    ) -> None:  # fmt: skip
        """Takes a point, and writes its row; `newton` is the Newton step at the last point at its full length."""
        by = self.settings.norm
        before, small = self.f2, self.measure <= self.tol
        if self.rows:
            self.last_step = x - self.x
        self.x, self.f = x, f
        self.fmax, self.f2 = sizes(f)
        self.measure = self.fmax if by is None or by is np.inf else self.f2 if by == 2 else float(by(f))
        self.rows.append(
            (len(self.rows), self.fmax, self.f2, eta, achieved, products, lam, self.problem.seconds())
        )
        self.newton = newton
        self.gain = self.f2 / before if newton is not None and lam == 1 and before else np.nan
        self.confirmed = self.confirmed + 1 if small and self.gain <= QUADRATIC else 0
        if self.confirmed and not achieved > EXACT:
            self.confirmed = 2
        if self.measure <= self.tol or not self.f2 >= self.best[2]:
            self.best = x, f, self.f2
        if self.report is not None:
            self.report(self)

    def take(self) -> Any:
        """J at x0, for the one that asks: nothing else keeps it (and its recording) alive."""
        J, self.next = self.next, None
        return J

    @property
    def steps(self) -> Any:
        """Accepted steps so far."""
        return max(0, len(self.rows) - 1)

    def ended(self) -> tuple[Any, Any] | None:
        """(status, message) if the tests on F and x, or the number of steps, end the solve here; else None."""
        if not self.measure:
            return 1, f"converged: max|F| = 0 <= {self.tol:.3g}"
        if self.measure <= self.tol and (self.still() or self.snapped()):
            return 1, f"converged: max|F| = {self.measure:.3g} <= {self.tol:.3g}"
        if self.steps == self.settings.maxiter:
            return 0, f"maxiter = {self.steps} steps made: {self.where()}"
        return None

    def still(self) -> Any:
        """Whether the last step was as small as it should be: by the options, or by default small against x."""
        if self.settings.newton_test:
            return self.near() <= STEP[self.x.dtype.char]
        xtol, xatol = self.settings.xtol, self.settings.xatol
        if xtol is not None:
            step = np.inf if self.last_step is None else float(np.max(np.abs(self.last_step)))
            if not step <= xtol * float(np.max(np.abs(self.x))):
                return False
        if xatol is None:
            return True
        p = self.problem
        return self.last_step is not None and float(np.max(np.abs(p.point(self.last_step)))) <= xatol

    def near(self) -> Any:
        """How far the root is, relative to x: a bound on the next Newton step, from the last one.

        A small residual alone does not tell a root, as it is small against F(x0), and x0 may be far away.  Each step
        is compared with its own unknown.  Where a full step made |F| a hundred times smaller, the next one is smaller
        by as much; and if F was small before, unknowns whose root is zero are compared with the largest.  As one
        equation may be all of |F| while another holds x, the next step is computed where there are factors of J.
        """
        if self.newton is None:
            return np.inf
        scaled = self.problem.x_scale is not None
        size = relative(self.newton, self.x, scaled)
        if not self.gain <= QUADRATIC:
            return size
        top = sizes(self.x)[0] if self.confirmed >= 2 else 0.0
        step = self.next_step()
        if step is not None:
            return min(relative(step, self.x, scaled), sizes(step)[0] / top if top else np.inf)
        if top:
            return min(size, sizes(self.newton)[0] / top)
        return self.gain * size if size <= QUADRATIC else size

    def next_step(self) -> Any:
        """The next Newton step, by factors of J here or at the point before; None where there are none."""
        if self.inverse is not None:
            return self.inverse(-self.f)
        if self.problem.size > FEW or self.problem.rescue_until is None:     # "krylov" by its name makes no matrix
            return None
        lu = DenseLU(self.problem.dense(self.x))
        return None if lu.singular else lu.solve(-self.f)

    def settled(self, newton: Any) -> tuple[Any, Any] | None:
        """(1, message) where the tests on F and on the step are met by a step that makes |F| no smaller, else None."""
        if self.measure <= self.tol and newton is not None and np.isfinite(newton).all():
            size = relative(newton, self.x, self.problem.x_scale is not None)
            if size <= STEP[self.x.dtype.char]:
                return 1, f"converged: max|F| = {self.measure:.3g} <= {self.tol:.3g}, the next step is {size:.1g} of x"
        return None

    def snapped(self) -> bool:
        """Whether x is next to a root with zeros, which no relative step tells: if so, x is that root from now on.

        Unknowns that go to zero are set to zero.  Only a residual that is then exactly zero counts.
        """
        if not self.settings.newton_test or self.newton is None or self.problem.bounds is not None:
            return False
        small = np.abs(self.x) <= np.sqrt(np.finfo(self.x.dtype).eps) * (sizes(self.problem.start)[0] or 1)
        if not small.any():
            return False
        zero = np.abs(self.newton) > STEP[self.x.dtype.char] * np.abs(self.x)
        x = np.where(zero & small, 0, self.x).astype(self.x.dtype)
        if not zero.any() or (zero & ~small).any():
            return False
        f = self.problem.residual(x)
        if f.any():
            return False
        self.x, self.f, self.measure, self.fmax, self.f2 = x, f, 0.0, 0.0, 0.0
        self.best = x, f, 0.0
        return True

    def where(self) -> str:
        """max|F| against what it should be; or, where that is as it should be, the last Newton step."""
        if self.measure <= self.tol and self.newton is not None:
            return (
                f"max|F| = {self.measure:.3g} <= {self.tol:.3g}, but the last Newton step was "
                f"{relative(self.newton, self.x, self.problem.x_scale is not None):.1g} of x: no root is near"
            )
        return f"max|F| = {self.measure:.3g} > {self.tol:.3g}"

    def preconditioner(self) -> str:
        """What helped the Krylov method, and why that."""
        p = self.problem
        if self.settings.M is not None and not isinstance(self.settings.M, str):
            return "M: the user's"
        return "" if p.choice is None else f"{p.choice[0]}: {p.choice[1]}"

    def result(self, **more: Any) -> Any:
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
            preconditioner=self.preconditioner(),
            pattern=p.plan.pattern if p.plan is not None else p.pattern if p.jac is None else None,
            **more,
        )


def relative(step: Any, x: Any, scaled: Any) -> float:
    """max|step_i|/|x_i|, with unknowns not counted as smaller than 1 where the user gave their scale."""
    return largest_ratio(step, x, scaled)


def begin(state: Any, first: Any = None) -> Any:
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
        Else state.next is J at x0, not evaluated unless the tolerance needed J x0; for "dense" the matrix, or None.
    """
    problem, settings = state.problem, state.settings
    start = problem.first = problem.residual(state.x) if first is None else first
    if not finite(start):
        shape = problem.f_shape or problem.x_shape
        state.trial = state.x, start
        state.accept(state.x, start)
        return (-1, f"F(x0) is not finite: {where_not_finite(start, shape, 'F')}")
    whole = state.method == "dense"     # which needs the matrix anyway
    J: Any = None if whole else problem.jacobian(state.x)
    state.next = J
    if np.isnan(state.tol):
        fatol, frtol = settings.fatol, settings.frtol
        if frtol is None:
            frtol = 0.0 if fatol is not None else 1e-8 if problem.dtype == np.float64 else 1e-5
        size = frtol * sizes(start)[0]
        if frtol and state.x.any():
            if whole:
                J = state.next = problem.dense(state.x)
            Jx = J.matvec(state.x) if not whole else J @ state.x
            size = max(size, 16 * float(np.finfo(problem.dtype).eps) * sizes(Jx)[0])
        state.tol = (fatol or 0.0) + size
    state.accept(state.x, start)
    return state.ended()


def at_floor(state: Any) -> tuple[Any, Any] | None:
    """(2, message) if |F| is what rounding x makes of it (1 if the test on F was met), else None; one evaluation."""
    x, problem = state.x, state.problem
    signs = random_signs(x.size).astype(x.dtype)
    moved = problem.residual(x + np.finfo(x.dtype).eps * signs * x)
    if not np.isfinite(moved).all():
        return None
    noise = norm(moved - state.f)
    # where J is singular at the root no step tells, so there the residual decides with less noise
    if state.f2 > (100 if state.measure <= state.tol else 10) * noise:
        return None
    if state.measure <= state.tol:
        return 1, f"converged: max|F| = {state.measure:.3g} <= {state.tol:.3g}, its rounding floor"
    return 2, (
        f"rounding floor: |F| = {state.f2:.3g} <= 10 x {noise:.3g}, what rounding x changes it by; {state.where()}"
    )
