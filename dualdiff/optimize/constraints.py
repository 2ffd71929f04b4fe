"""Constraints as the user writes them, for the flat free unknowns.

Invariant: derivatives of constraints that are left out are exact.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize as _scipy
import scipy.sparse as sp

from ..errors import ArgumentError, InputError
from ..programs.bound import bound, paths_of
from ..scipy.exact import SPARSE_FROM, Jacobian, dense_hessian
from ..solve.vectors import as_it_is, of_vector
from ..transforms.ravel import flat_of

__all__ = ["one_function", "read_constraints"]


def one_function(unknowns: Any, fun: Callable[..., Any], args: Any, result: Callable[[Any], Any] = as_it_is) -> Any:
    """fun of the flat free unknowns; result: what is made of what it returns for a structure."""
    if not unknowns.structured and unknowns.mask is None and len(unknowns.shape) == 1:
        return bound(fun, args) if paths_of(fun) is not None else lambda v: fun(v, *args)
    flat, fixed = of_vector(fun, unknowns, result)
    return bound(flat, args + fixed)


def with_programs(f: Any, of: Any) -> Any:
    """f, which has the values of another function: the programs of that are its own, if there are any."""
    paths = paths_of(of)
    if paths is not None:
        f.__dualdiff_program__ = paths
    return f


def read_constraints(unknowns: Any, constraints: Any, second: bool = True) -> tuple[Any, Any]:
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
        of_flat = one_function(unknowns, given, args)
        one, is_sparse = nonlinear_one(of_flat, lb, ub, keep, unknowns.flat, second)
        sparse |= is_sparse
        found.append(one)
    return found, sparse


def nonlinear_one(fun: Callable[..., Any], lb: Any, ub: Any, keep: Any, x: Any, second: Any) -> tuple[Any, Any]:
    """A constraint with exact J and Hessian, and whether J is sparse."""
    def flat(v: Any) -> Any:
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

        def hess(v: Any, w: Any) -> Any:
            v, w = np.array(v, float), np.array(w, float)
            H = product.fresh(v, w)
            return LinearOperator((v.size, v.size), matvec=lambda p: H @ np.asarray(p, float).ravel(), dtype=float)

    return _scipy.NonlinearConstraint(lambda v: np.asarray(flat(v)), lb, ub, jac, hess, keep), is_sparse


def linear_one(unknowns: Any, c: Any) -> Any:
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
