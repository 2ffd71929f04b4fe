"""How a Newton step is solved for: J s = -F by a Krylov method, by factors, or by the one helped by the other.

    Krylov      GCROT(m,k) on the exact product, its subspace carried to the next step
    Sparse      the coloured Jacobian, factored at each step
    Dense       the whole matrix, factored at each step
    Assisted    Krylov until that is hard, then with one factored Jacobian as preconditioner for many steps

Invariant: what a direction is worth is not judged here; newton.py measures |F + J s| with an exact product.
"""

from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator, bicgstab, cg, gcrotmk, gmres, lgmres

from . import short
from .matrices import DenseLU, factor, newton_step, pattern_for, plan_for
from .operator import as_preconditioner
from .preconditioners import choose, make, shallow
from .problem import norm, random_signs

__all__ = ["Assisted", "Dense", "Krylov", "Sparse", "krylov_solve"]

RECYCLE_FROM = 20
"""Products of a linear solve from which its subspace is worth its start-up cost at the next step."""
LONG = 20_000
"""Unknowns from which orthogonalizing costs more than products: short recurrences (CG, BiCGSTAB) are tried first."""
PATIENT = 400
"""Products of a solve without preconditioner from which one is made after all."""
USELESS = 60
"""Products of a solve with a new preconditioner that does not serve."""
HARD = 15
"""Products of a linear solve from which a factored Jacobian is cheaper."""


def krylov_solve(
    J: Any, b: Any, eta: Any, s: Any, M: Any, settings: Any, recycled: Any = None, m: Any = None, cycles: Any = None
) -> Any:
    """Solves J s = b to |b - J s| <= eta |b| by the method that the options name, from s."""
    method: Any = settings.krylov or "gcrotmk"
    m, cycles = m or settings.m, cycles or settings.cycles
    with np.errstate(all="ignore"):
        if method == "gcrotmk":
            return gcrotmk(
                J, b, x0=s, rtol=eta, atol=0.0, maxiter=cycles, M=M, m=m, k=min(settings.k, m),
                CU=recycled, discard_C=True,
            )[0]  # fmt: skip
        if method == "gmres":
            return gmres(J, b, x0=s, rtol=eta, atol=0.0, restart=m, maxiter=cycles, M=M)[0]
        if method == "lgmres":
            return lgmres(J, b, x0=s, rtol=eta, atol=0.0, inner_m=m, maxiter=cycles, M=M)[0]
        if method == "bicgstab":
            return bicgstab(J, b, x0=s, rtol=eta, atol=0.0, maxiter=m * cycles, M=M)[0]
        return np.asarray(method(J, b, x0=s, rtol=eta, atol=0.0, maxiter=cycles, M=M)[0], b.dtype)


class Krylov:
    """A Krylov method on the exact product, with the user's preconditioner."""

    direct = False
    inverse: Any = None

    def __init__(self, state: Any) -> None:
        self.state, self.settings = state, state.settings
        self.recycled: list[Any] = []
        self.M = None
        self.short = state.settings.krylov is None
        self.definite = True    # until CG fails
        self.easy = True        # until a solve takes more products than are worth recycling

    def prepare(self, state: Any) -> None:
        """Called at each new point: the preconditioner is told where the iteration is, if it wants to know."""
        M, p = self.settings.M, state.problem
        if isinstance(M, str):
            return
        if hasattr(M, "update"):
            M.update(p.point(state.x), p.values(state.f))
        self.M = in_units(as_preconditioner(M, p.size, p.dtype), p)

    def solve(self, J: Any, f: Any, eta: Any, s: Any = None) -> Any:
        """A step s with |f + J s| <= eta |f|, if the method gets there."""
        problem = self.state.problem
        before, reused = problem.njvp, bool(self.recycled)
        if self.short and self.M is None and problem.size >= LONG:
            found, good = self.recurrences(J, f, eta, s)
            if good:
                return found
            self.short = False      # this J is not for short recurrences
        if self.easy and s is None and self.M is None and not self.recycled and self.settings.krylov is None:
            found, self.easy = short.gmres(J.matvec, -f, eta, RECYCLE_FROM)
            if self.easy:
                return found
            s = found
        found = krylov_solve(J, -f, eta, s, self.M, self.settings, self.recycled)
        if problem.njvp - before <= RECYCLE_FROM:
            self.recycled.clear()
        if reused and not (np.isfinite(found).all() and found.any()):
            found = krylov_solve(J, -f, eta, s, self.M, self.settings)
        return found

    def recurrences(self, J: Any, f: Any, eta: Any, s: Any, most: Any = None) -> tuple[Any, Any]:
        """(a step, whether it is accurate enough) by methods of a few vectors: CG if J is symmetric, BiCGSTAB."""
        patient, most = most is None, most or 2 * self.settings.m * self.settings.cycles
        with np.errstate(all="ignore"):
            if self.definite and symmetric(J):
                found = cg(J, -f, x0=s, rtol=eta, atol=0.0, maxiter=most)[0]
                if reached(J, f, eta, found):
                    return found, True
                if not patient:
                    return found, False
                self.definite = False
            found = bicgstab(J, -f, x0=s, rtol=eta, atol=0.0, maxiter=most // 2)[0]
        return found, reached(J, f, eta, found)

    def failed(self, J: Any, f: Any, eta: Any, s: Any) -> Any:
        """Another step where the one found does not reduce |f + J s|; None if there is nothing else to try."""
        if not self.recycled:
            return None
        self.recycled.clear()       # where J is nearly singular, an old subspace can mislead the method
        return self.solve(J, f, eta, s)

    def learn(self, gain: Any, lam: Any) -> None:
        """Called after an accepted step with |f+|/|f| and the step length."""

    def ask(self, eta: Any) -> Any:
        """The forcing term that this way of solving wants, given the one that the theory asks for."""
        return eta


def in_units(M: Any, problem: Any) -> Any:
    """A preconditioner for J in the user's units, as one for J in the methods' units."""
    if M is None or problem.x_scale is None and problem.f_scale is None:
        return M
    ones = np.ones(problem.size, problem.dtype)
    x_scale = ones if problem.x_scale is None else ones * problem.x_scale
    f_scale = ones if problem.f_scale is None else ones * problem.f_scale
    return LinearOperator(M.shape, matvec=lambda v: M.matvec(np.ravel(v) * f_scale) / x_scale, dtype=problem.dtype)


class Sparse:
    """The sparse Jacobian at each point, factored."""

    direct = True

    def __init__(self, state: Any) -> None:
        self.state = state
        self.lu: Any = None
        plan_for(state.problem, state.x)

    @property
    def inverse(self) -> Any:
        """v -> J^-1 v."""
        return self.lu

    def prepare(self, state: Any) -> None:
        """Called at each new point."""
        self.lu = None

    def solve(self, J: Any, f: Any, eta: Any, s: Any = None) -> Any:
        """The Newton step, refined once if the factors lost too much."""
        if self.lu is None:
            self.lu = factor(J.sparse(), self.state.problem)
        found = self.lu(-f)
        if s is not None and np.isfinite(s).all():
            found = s + self.lu(-f - J.matvec(s))
        return found

    def failed(self, J: Any, f: Any, eta: Any, s: Any) -> None:
        """Nothing else to try."""

    def learn(self, gain: Any, lam: Any) -> None:
        """Each point is factored anyway."""

    def ask(self, eta: Any) -> Any:
        """What rounding allows."""
        return eta


class Dense(Sparse):
    """The whole Jacobian at each point, factored; the shortest least-squares step where it is singular."""

    def __init__(self, state: Any) -> None:
        self.state, self.lu = state, None

    def solve(self, J: Any, f: Any, eta: Any, s: Any = None) -> Any:
        """The Newton step."""
        A = self.state.J = J.dense()
        lu = DenseLU(A)
        self.lu = None if lu.singular else lu.solve
        return newton_step(A, lu, np.ones_like(f), f)


class Assisted(Krylov):
    """Krylov until a solve takes more than 15 products; then with factors of the coloured Jacobian, kept as they serve.

    Parameters
    ----------
    state : State
    optional : bool
        The pattern may turn out to be of no use (too dense, or not to be had): then go on without.
    kind : str, optional
        The preconditioner to be used from the first step on; by default it is chosen when it is needed.
    """

    def __init__(self, state: Any, optional: bool = False, kind: Any = None) -> None:
        super().__init__(state)
        self.kind, self.asked = kind, kind is not None
        self.avoid: list[str] = []
        self.usual = HARD       # products of a solve with a new preconditioner
        self.lu: Any = None
        self.optional, self.stale, self.fresh, self.tight = optional, False, False, False
        self.off = False
        self.alone = False      # no preconditioner for now, as products are few

    @property
    def inverse(self) -> Any:
        """v -> J^-1 v, where there are factors of J at this very point."""
        return self.lu if self.fresh and self.kind == "lu" else None

    def prepare(self, state: Any) -> None:
        """Called at each new point."""
        super().prepare(state)
        self.fresh = False

    def solve(self, J: Any, f: Any, eta: Any, s: Any = None) -> Any:
        """A step, preconditioned if there are factors or if it is hard without."""
        problem = self.state.problem
        if self.off:
            return super().solve(J, f, eta, s)
        self.alone = self.alone and "none" not in self.avoid
        if self.alone:
            s = self.by_itself(J, f, eta, s)
            if self.alone:
                return s
        if self.lu is None and not self.asked:
            before = problem.njvp
            if s is None and self.M is None and self.settings.krylov is None:
                if problem.size < LONG:
                    s, good = short.gmres(J.matvec, -f, eta, HARD)
                else:
                    s, good = self.recurrences(J, f, eta, s, HARD)
            else:
                s = krylov_solve(J, -f, eta, s, self.M, self.settings, m=HARD, cycles=1)
                good = problem.njvp - before <= HARD and reached(J, f, eta, s)
            if good:
                return s
            if self.may_be_alone():
                self.alone = True
                return self.solve(J, f, eta, s if np.isfinite(s).all() else None)
            if not plan_for(problem, self.state.x, optional=self.optional):
                self.off = True
                return super().solve(J, f, eta, s if np.isfinite(s).all() else None)
            self.renew(J)
        elif self.lu is None:
            plan_for(problem, self.state.x)
            self.renew(J)
        elif self.stale:
            self.renew(J)
        if self.off:
            return super().solve(J, f, eta, s if s is not None and np.isfinite(s).all() else None)
        before = problem.njvp
        s = self.attempt(J, f, eta, s)
        if not self.fresh and (problem.njvp - before > self.usual or not reached(J, f, eta, s)):
            self.renew(J)
            before = problem.njvp
            s = self.attempt(J, f, eta, s)
        made = problem.njvp - before
        if self.fresh and self.kind in ("amg", "ilu"):
            if made > USELESS and not self.asked:       # this kind does not serve here
                self.avoid.append(self.kind)
                self.kind = self.lu = None
            else:
                self.usual = max(HARD, 2 * made)
        self.stale = self.lu is not None and made > self.usual
        return s

    def may_be_alone(self) -> Any:
        """Whether a few hundred products solve; which the result says then."""
        problem, free = self.state.problem, self.short and self.M is None and "none" not in self.avoid
        if not free or problem.size < LONG or not pattern_for(problem, self.state.x, optional=self.optional):
            return False
        why = shallow(problem, problem.pattern)
        if why:
            problem.choice = "none", why
        return bool(why)

    def by_itself(self, J: Any, f: Any, eta: Any, s: Any) -> Any:
        """A step by short recurrences; where that takes too many products, `alone` ends."""
        before = self.state.problem.njvp
        found, good = self.recurrences(J, f, eta, s)
        if not good or self.state.problem.njvp - before > PATIENT:
            self.alone = good
            self.avoid.append("none")
        return found

    def attempt(self, J: Any, f: Any, eta: Any, s: Any) -> Any:
        """One or two solves with the factors, which are often enough; else the Krylov method with them."""
        r = -f if s is None or not np.isfinite(s).all() else -f - J.matvec(s)
        step = self.lu(r)
        s = step if r is f or s is None or not np.isfinite(s).all() else s + step
        if not np.isfinite(s).all():
            return s
        if reached(J, f, eta, s):
            return s
        M = LinearOperator(J.shape, matvec=self.lu, dtype=J.dtype)
        start = s if norm(f + J.matvec(s)) < norm(f) else None
        return krylov_solve(J, -f, eta, start, M, self.settings, cycles=2)

    def renew(self, J: Any) -> None:
        """The preconditioner from the Jacobian at this point; none where none serves."""
        A, problem = J.sparse(), self.state.problem
        while True:
            if self.kind is None:
                self.kind, why = choose(problem, A, self.avoid)
                problem.choice = self.kind, why
            elif self.asked:
                problem.choice = self.kind, "as asked for"
            self.lu = make(self.kind, A, problem)
            self.stale, self.fresh = False, True
            if self.lu is not None:
                return
            if self.kind == "none":
                self.off = True
                return
            self.avoid.append(self.kind)
            self.kind = None

    def failed(self, J: Any, f: Any, eta: Any, s: Any) -> Any:
        """New factors, if they are old."""
        if self.lu is None or self.fresh:
            return super().failed(J, f, eta, s)
        self.renew(J)
        return self.attempt(J, f, eta, None)

    def learn(self, gain: Any, lam: Any) -> None:
        """A cut step or a small gain: the next one deserves new factors, and then accuracy is cheap."""
        self.tight = self.lu is not None and (lam < 0.5 or gain > 0.8)
        self.stale = self.stale or self.tight

    def ask(self, eta: Any) -> Any:
        """0.01 where the next solve has new factors."""
        return min(eta, 0.01) if self.tight else eta


def symmetric(J: Any) -> Any:
    """Whether J is symmetric, by two products."""
    u, v = (random_signs(J.shape[0], seed).astype(J.dtype) for seed in (0, 1))
    Ju, Jv = J.matvec(u), J.matvec(v)
    rounding = 1e4 * float(np.finfo(J.dtype).eps)
    return abs(float(np.dot(u, Jv)) - float(np.dot(v, Ju))) <= rounding * norm(u) * norm(Jv)


def reached(J: Any, f: Any, eta: Any, s: Any) -> Any:
    """Whether |f + J s| <= eta |f|, by one product."""
    return np.isfinite(s).all() and norm(f + J.matvec(s)) <= eta * norm(f)
