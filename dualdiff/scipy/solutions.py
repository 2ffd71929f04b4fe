"""Solutions and minimisers by what their equations depend on.

A root satisfies F(x, p) = 0; a minimiser satisfies its conditions of first order (Karush, Kuhn and Tucker): the
gradient of the Lagrangian is 0 in the free unknowns, the active constraints hold, and an unknown at its bound is the
bound.  Either is one system of equations for `dualdiff.solve.implicit`: one linear solve a direction, transposed in
reverse mode.

Invariant: the value is SciPy's.  What is active is decided on plain numbers, and kept.
"""

from typing import Any

import numpy as np
import scipy.optimize as _scipy

import dualdiff as dd

from ..errors import DualDiffError
from ..functions.base import as_operand, exact, value_of
from ..solve.implicit import attach
from ..solve.options import Settings
from ..solve.problem import Problem
from .closed import buffer

__all__ = ["minimiser", "root_of"]

NEAR = 1e-3
"""How near to 0, relative to its size, a constraint is looked at."""
POLISH = 3


def root_of(F: Any, x: Any, success: bool = True, polish: bool = False) -> Any:
    """x as the solution of F(x) = 0, with the derivatives that F's results carry.

    Parameters
    ----------
    F : callable
        Of an array of the shape of x, with as many results.
    x : ndarray or number
        Plain.
    success : bool
        False: there is no solution, and the derivatives are nan.
    polish : bool
        Take the derivatives at a point that a few Newton steps have brought nearer to the solution.  Where the first
        step is small there is a solution, also if the method ran into its limit of accuracy.
    """
    at = np.atleast_1d(np.asarray(x, float))

    def flat(z: Any) -> Any:
        return np.reshape(as_operand(F(buffer(np.reshape(z, np.shape(x))))), (-1,))

    point = at.ravel()
    if polish:
        point, near = polished(flat, point)
        success = success or near
    z = attach(Problem(flat, point, (), Settings()), (), point, success)
    return exact(np.reshape(z, np.shape(x)), np.asarray(x, float) if np.ndim(x) else np.float64(x))


def polished(F: Any, x: Any) -> tuple[Any, Any]:
    """(x after Newton steps that make F smaller, on plain numbers; whether the first step was small)."""
    if x.size > 300:
        return x, False
    near = False
    best = np.max(np.abs(value_of(F(x))), initial=0.0)
    for _ in range(POLISH):
        try:
            J = value_of(dd.jacobian(F)(x))
            new = x - np.linalg.solve(J, value_of(F(x)))
            size = np.max(np.abs(value_of(F(new))), initial=0.0)
        except (np.linalg.LinAlgError, ArithmeticError, DualDiffError):
            break
        if not np.max(np.abs(new - x)) <= NEAR * (1 + np.max(np.abs(x))):
            break
        near = True
        if not size < best:
            break
        x, best = new, size
    return x, near


def minimiser(f: Any, x: Any, bounds: Any = None, equal: Any = (), unequal: Any = (), success: bool = True) -> Any:
    """x as a minimiser of f, with the derivatives that f, the bounds and the constraints carry.

    Parameters
    ----------
    f : callable
        Of a vector, with one number as result; it may return duals.
    x : ndarray, shape (n,)
        Plain.
    bounds : (lb, ub), optional
        Vectors, which may be duals.
    equal, unequal : sequence of callables
        Of a vector, with vectors as results: c(x) = 0 and c(x) >= 0.
    success : bool
    """
    n = x.size
    gradient = dd.grad(lambda z: np.sum(as_operand(f(z))))
    g = value_of(gradient(x))
    held = np.zeros(n, bool)
    limit = np.zeros(n)
    if bounds is not None:
        lb, ub = (as_operand(side) for side in bounds)
        scale = NEAR * (1 + np.abs(x))
        low, high = value_of(lb), value_of(ub)
        at_low, at_high = np.abs(x - low) <= scale, np.abs(x - high) <= scale
    else:
        lb = ub = limit
        at_low = at_high = held

    def together(functions: Any, z: Any) -> Any:
        return np.concatenate([np.reshape(as_operand(c(z)), (-1,)) for c in functions]) if functions else np.zeros(0)

    c_eq, c_in = value_of(together(equal, x)), value_of(together(unequal, x))
    A_eq = rows(equal, x)
    A_in = rows(unequal, x)
    near = np.flatnonzero(c_in <= NEAR * (1 + np.max(np.abs(A_in), axis=1, initial=0.0)))
    # the multipliers: g = A_eq' l + A_in' m + (m_low - m_high), m >= 0
    eye = np.eye(n)
    columns = np.concatenate([A_eq, -A_eq, A_in[near], eye[at_low], -eye[at_high]])
    if len(columns):
        weights = _scipy.nnls(columns.T, g)[0]
        top = 1e-7 * max(1.0, np.max(np.abs(g)))
        e, i, a = len(c_eq), len(near), int(at_low.sum())
        multipliers = weights[:e] - weights[e : 2 * e]
        m_in = weights[2 * e : 2 * e + i]
        near, m_in = near[m_in > top], m_in[m_in > top]
        low_at, high_at = np.flatnonzero(at_low), np.flatnonzero(at_high)
        low_at = low_at[weights[2 * e + i : 2 * e + i + a] > top]
        high_at = high_at[weights[2 * e + i + a :] > top]
    else:
        e, multipliers, m_in = 0, np.zeros(0), np.zeros(0)
        low_at = high_at = np.zeros(0, int)
    held = np.isin(np.arange(n), [*low_at, *high_at])
    is_low = np.isin(np.arange(n), low_at)
    active = len(multipliers) + len(near)

    def active_constraints(z: Any) -> Any:
        return np.concatenate([together(equal, z), together(unequal, z)[near]])

    def F(w: Any) -> Any:
        z = w[:n]
        if active:
            weights = w[n:]
            # the multipliers are constants of this derivative
            steps = dd.grad(lambda z: np.sum(as_operand(f(z))) - np.sum(weights * active_constraints(z)))(z)
        else:
            steps = gradient(z)
        if held.any():
            steps = np.where(held, z - np.where(is_low, lb, ub), steps)
        return np.concatenate([steps, active_constraints(z)]) if active else steps

    w = np.concatenate([x, multipliers, m_in])
    return exact(root_of(F, w, success, polish=True)[:n], x)


def rows(functions: Any, x: Any) -> Any:
    """The plain derivatives of constraints, a row each."""
    found = [np.reshape(value_of(dd.jacobian(lambda z, c=c: np.reshape(as_operand(c(z)), (-1,)))(x)), (-1, x.size))
             for c in functions]  # fmt: skip
    return np.concatenate(found) if found else np.zeros((0, x.size))
