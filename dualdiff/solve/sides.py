"""Bounds as the user writes them, for the flat free unknowns.

Invariant: bounds are read by SciPy's rule for the function at hand; equal ends fix an unknown.
"""

from typing import Any

import numpy as np
import scipy.optimize as _scipy

from ..errors import ArgumentError, InputError

__all__ = ["fix_equal", "read_pairs", "read_sides"]


def read_pairs(unknowns: Any, bounds: Any) -> Any:
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


def read_sides(unknowns: Any, bounds: Any) -> Any:
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


def checked(lb: Any, ub: Any) -> Any:
    """The sides, which must not cross; None where there is no bound at all."""
    if np.isnan(lb).any() or np.isnan(ub).any():
        raise ArgumentError("bounds have a nan; write -np.inf or np.inf where there is no bound")
    if (lb > ub).any():
        i = int(np.flatnonzero(lb > ub)[0])
        raise ArgumentError(f"bounds cross: lb[{i}] = {lb[i]:g} > ub[{i}] = {ub[i]:g}")
    return None if np.isinf(lb).all() and np.isinf(ub).all() and (lb < ub).all() else (lb, ub)


def fix_equal(unknowns: Any, sides: Any) -> Any:
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
