"""Bounds and constraints as the user writes them, for the flat free unknowns.

Invariant: bounds are read by SciPy's rule for the function at hand; equal ends fix an unknown; derivatives of
constraints that are left out are exact.  Imported by minimise.py and residuals.py.
"""

from typing import Any

import numpy as np
import scipy.optimize as _scipy
import scipy.sparse as sp

from ..errors import ArgumentError, InputError
from ..functions.base import as_operand
from ..scipy.buffers import AsWritten
from ..scipy.exact import SPARSE_FROM, Jacobian, dense_hessian
from ..trees import entry_of

__all__ = ["fix_equal", "one_function", "read_constraints", "read_pairs", "read_sides"]


def read_pairs(unknowns, bounds):
    """(lb, ub) or None, by the rule of `scipy.optimize.minimize`: a Bounds, or one pair for each unknown."""
    if bounds is None:
        return None
    n = unknowns.flat.size
    listed = not isinstance(bounds, (_scipy.Bounds, dict)) and (not unknowns.structured or isinstance(bounds, list))
    if listed:
        pairs = list(bounds)
        if len(pairs) == n and all(np.shape(p) == (2,) or isinstance(p, (tuple, list)) and len(p) == 2 for p in pairs):
            lb, ub = (np.array([none if p[i] is None else p[i] for p in pairs], float)
                      for i, none in ((0, -np.inf), (1, np.inf)))  # fmt: skip
            return checked(lb, ub)
        if len(pairs) != 2:
            raise ArgumentError(
                f"bounds has {len(pairs)} entries for {n} unknowns; expected one pair (lb, ub) for each, a pair of "
                "arrays (lb, ub), or a scipy.optimize.Bounds"
            )
    return read_sides(unknowns, bounds)


def read_sides(unknowns, bounds):
    """(lb, ub) or None, by the rule of `scipy.optimize.least_squares`: a Bounds or (lb, ub); by name for a
    structure."""
    if bounds is None:
        return None
    if isinstance(bounds, dict) and unknowns.structured:
        return checked(*unknowns.named_bounds(bounds))
    if isinstance(bounds, _scipy.Bounds):
        pair: Any = (bounds.lb, bounds.ub)
    elif isinstance(bounds, (tuple, list)) and len(bounds) == 2:
        pair = bounds
    elif isinstance(bounds, (tuple, list)) and len(bounds) == unknowns.flat.size:
        raise ArgumentError(
            f"bounds has {len(bounds)} entries; expected (lb, ub), each a number or in the shape of x0. For pairs "
            "write list(zip(*bounds))"
        )
    else:
        raise InputError(f"bounds is {bounds!r:.60}; expected a scipy.optimize.Bounds or a pair (lb, ub)")
    lb, ub = (unknowns.side(side, none, what)
              for side, none, what in ((pair[0], -np.inf, "lb"), (pair[1], np.inf, "ub")))  # fmt: skip
    return checked(lb, ub)


def checked(lb, ub):
    """The sides, which must not cross; None where there is no bound at all."""
    if np.isnan(lb).any() or np.isnan(ub).any():
        raise ArgumentError("bounds have a nan; write -np.inf or np.inf where there is no bound")
    if (lb > ub).any():
        i = int(np.flatnonzero(lb > ub)[0])
        raise ArgumentError(f"bounds cross: lb[{i}] = {lb[i]:g} > ub[{i}] = {ub[i]:g}")
    return None if np.isinf(lb).all() and np.isinf(ub).all() and (lb < ub).all() else (lb, ub)


def fix_equal(unknowns, sides):
    """The sides of what is left after unknowns with equal bounds are fixed at them."""
    if sides is None:
        return None
    lb, ub = sides
    same = lb == ub
    if same.any():
        free = np.ones(unknowns.full.size, bool) if unknowns.mask is None else unknowns.mask.copy()
        at = np.flatnonzero(free)[same]
        unknowns.full[at] = lb[same]
        free[at] = False
        unknowns.mask, unknowns.flat = free, unknowns.full[free]
        lb, ub = lb[~same], ub[~same]
    return None if np.isinf(lb).all() and np.isinf(ub).all() else (lb, ub)


def one_function(unknowns, fun, args):
    """fun of the flat free unknowns."""
    if not unknowns.structured and unknowns.mask is None and len(unknowns.shape) == 1:
        return lambda v: fun(v, *args)
    return lambda v: fun(unknowns.rebuild(v), *args)


def flat_of(y):
    """Numbers as one vector: an array, a number, or a structure of them."""
    if entry_of(y) is not None:
        from ..trees import flatten

        return np.concatenate([np.reshape(as_operand(part), (-1,)) for part in flatten(y)[0]])
    return np.reshape(as_operand(y), (-1,))


def read_constraints(unknowns, constraints, second=True):
    """Constraints on the flat free unknowns with exact derivatives, and whether their J is sparse.

    second: the method is trust-constr, which takes Hessians and a sparse J.
    """
    if constraints is None:
        return [], False
    if isinstance(constraints, (dict, _scipy.LinearConstraint, _scipy.NonlinearConstraint)):
        constraints = (constraints,)
    found, sparse = [], False
    for c in constraints:
        if isinstance(c, _scipy.LinearConstraint):
            found.append(linear_one(unknowns, c))
            continue
        if isinstance(c, dict):
            kind = str(c.get("type", "")).lower()
            if kind not in ("eq", "ineq") or not callable(c.get("fun")):
                raise InputError(f"a constraint as a dict needs a type, 'eq' or 'ineq', and fun; got {c!r:.80}")
            given, lb, ub, args, keep = c["fun"], 0.0, 0.0 if kind == "eq" else np.inf, tuple(c.get("args", ())), False
        elif isinstance(c, _scipy.NonlinearConstraint):
            given, lb, ub, args, keep = c.fun, c.lb, c.ub, (), c.keep_feasible
        else:
            raise InputError(
                f"a constraint is a {type(c).__name__}; expected a dict, scipy.optimize.LinearConstraint or "
                "NonlinearConstraint"
            )
        of_flat = one_function(unknowns, AsWritten(given), args)
        one, is_sparse = nonlinear_one(of_flat, lb, ub, keep, unknowns.flat, second)
        sparse |= is_sparse
        found.append(one)
    return found, sparse


def nonlinear_one(fun, lb, ub, keep, x, second):
    """A constraint with exact J and Hessian, and whether J is sparse."""
    def flat(v):
        return flat_of(fun(v))

    jac = Jacobian(flat, sparse=second)
    if not second:
        return _scipy.NonlinearConstraint(lambda v: np.asarray(flat(v)), lb, ub, jac), False
    is_sparse = jac.decide(x)
    weighted = dense_hessian(lambda v, w: np.sum(w * flat(v)))
    if x.size < SPARSE_FROM:
        hess = weighted
    else:
        from scipy.sparse.linalg import LinearOperator

        from ..scipy.exact import HessianProduct

        product = HessianProduct(lambda v, w: np.sum(w * flat(v)))

        def hess(v, w):
            v, w = np.array(v, float), np.array(w, float)
            H = product.fresh(v, w)
            return LinearOperator((v.size, v.size), matvec=lambda p: H @ np.asarray(p, float).ravel(), dtype=float)

    return _scipy.NonlinearConstraint(lambda v: np.asarray(flat(v)), lb, ub, jac, hess, keep), is_sparse


def linear_one(unknowns, c):
    """A linear constraint on the free unknowns."""
    A = c.A if sp.issparse(c.A) else np.atleast_2d(np.asarray(c.A, float))
    n = unknowns.full.size
    if A.shape[1] != n:
        raise ArgumentError(f"a LinearConstraint has {A.shape[1]} columns; x0 has {n} elements")
    if unknowns.mask is None:
        return _scipy.LinearConstraint(A, c.lb, c.ub, c.keep_feasible)
    A = sp.csc_array(A) if sp.issparse(A) else A
    rest = A[:, ~unknowns.mask] @ unknowns.full[~unknowns.mask]
    lb, ub = np.asarray(c.lb) - rest, np.asarray(c.ub) - rest
    return _scipy.LinearConstraint(A[:, unknowns.mask], lb, ub, c.keep_feasible)
