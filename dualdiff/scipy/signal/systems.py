"""Linear time-invariant systems: SciPy's classes, whose coefficients may be duals, and what they are asked for."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.signal as _signal
import scipy.signal._ltisys as _ltisys

from ...functions.base import as_operand, value_of
from ..objects import holding
from ..second_instance import Namespace

__all__ = ["by_resolvent", "classes"]

_PUBLIC = ("TransferFunction", "ZerosPolesGain", "StateSpace")


def classes(space: Namespace) -> dict[str, Any]:
    """The public classes by name; those of continuous and discrete systems are found in this module."""
    found = {name: holding(space, getattr(_signal, name), __package__) for name in ("lti", "dlti", *_PUBLIC)}
    for name in _PUBLIC:
        for kind in ("Continuous", "Discrete"):
            globals()[name + kind] = holding(space, getattr(_ltisys, name + kind), __name__)
    return found


def by_resolvent(original: Callable[..., Any]) -> Callable[..., Any]:
    """The second instance's freqresp: that of a state space is C (iw - A)^-1 B + D.

    SciPy goes by zeros and poles, and a repeated pole has no derivative, though the response has one.
    """

    @functools.wraps(original)
    def answer(system: Any, w: Any = None, n: int = 10000) -> Any:
        quadruple = tuple(system) if isinstance(system, (tuple, list)) and len(system) == 4 else None
        state = original.__globals__["lti"](*quadruple) if quadruple else system
        if not isinstance(state, original.__globals__["StateSpace"]) or state.inputs * state.outputs != 1:
            return original(system, w, n)
        matrices = [as_operand(x) for x in (state.A, state.B, state.C, state.D)]
        if w is None:   # rounded numbers, which do not move
            w = _signal.freqresp(tuple(map(value_of, matrices)), n=n)[0]
        (a, b, c, d), w = (x + 0j for x in matrices), as_operand(w)
        places = np.reshape(w, (-1, 1, 1)) * 1j
        x = np.linalg.solve(places * np.eye(np.shape(a)[0]) - a, np.broadcast_to(b, (np.size(w), *np.shape(b))))
        return w, np.reshape(np.matmul(c, x) + d, np.shape(w))

    return answer
