"""Recorded arrays and numbers, as the modules above use them: core/_trace.pyx, and what that asks of Python.

What it does seldom stands here: which ufunc a graph knows, and operators on the elements of arrays of objects.
"""

import dis
import sys
from opcode import opname
from typing import Any

import numpy as np

from ..core._trace import (
    ELEMENTS,
    HOOKS,
    METHODS,
    SETTERS,
    Traced,
    TracedArray,
    TracedNumber,
    apply,
    find_tracer,
    is_traced,
    join_elements,
    loop_of,
    name_of,
    node_of,
    of_array,
    operand,
    plain,
    power_of_arrays,
    record,
    write_window,
)
from ..functions.base import numbers_in
from ..rules.table import RULES, rule_of
from .tracer import Tracer, memory_order

__all__ = [
    "ELEMENTS", "HOOKS", "METHODS", "OBJECTS", "SETTERS", "Traced", "TracedArray", "TracedNumber", "apply",
    "find_tracer", "is_traced", "join_elements", "loop_of", "name_of", "node_of", "of_array", "operand", "plain",
    "record", "write_window",
]  # fmt: skip


def known_name(ufunc: Any) -> str | None:
    """The name by which a graph knows an elementwise ufunc with one result; None if it does not."""
    rule: Any = rule_of(ufunc)
    if ufunc.signature is None and ufunc.nout == 1:
        own = str(ufunc.__name__)
        if getattr(np, own, None) is ufunc:
            return own
        if rule is not None and RULES[rule.name].ufunc is ufunc:
            return str(rule.name)
    return None


OBJECTS = (
    "an array that np.array, np.asarray or np.r_ has made of recorded numbers is one of objects, whose elements are "
    "computed one by one; write np.stack, np.concatenate or np.array(..., like=x)"
)

EXACT = {"add", "subtract", "multiply", "divide"}
"""Operators whose bits are the same in every loop."""


def operate_loosely(t: Tracer, name: str, ufunc: Any, op: Any, a: Any, b: Any, va: Any, vb: Any) -> Any:
    """`operate` on an element of an array of objects."""
    if isinstance(va, np.ndarray) or isinstance(vb, np.ndarray):
        result = op(va, vb)
        if name == "power":
            name, ufunc, operands, values = power_of_arrays(a, b, va, vb)
            return record(t, name, operands, values, result, ufunc)
        return record(t, name, (a, b), (va, vb), result, ufunc)
    if name not in EXACT and result_kind(ufunc) != "b" or by_a_function():
        t.doom(OBJECTS)     # no exception: NumPy's loops over objects go on after one
        return op(va, vb)
    found = record(t, name, (a, b), (va, vb), op(va, vb), ufunc)
    found.loose = True
    return found


def result_kind(ufunc: Any) -> str:
    """ "b" for comparisons."""
    return "b" if ufunc.types[0].endswith("?") else "f"


def by_a_function() -> bool:
    """Whether an operator is called by a function such as np.sum, or as a part of a product of matrices."""
    frame: Any = sys._getframe(1)
    while frame is not None and (frame.f_globals.get("__name__") or "").startswith("dualdiff.programs"):
        frame = frame.f_back
    if frame is None or frame.f_lasti < 0:
        return True
    code = frame.f_code.co_code
    name = opname[code[frame.f_lasti]]
    if name.startswith(("BINARY_OP", "COMPARE_OP", "INPLACE", "UNARY")):
        return name == "BINARY_OP" and "@" in dis._nb_ops[code[frame.f_lasti + 1]][1]  # type: ignore[attr-defined]
    return True


HOOKS["name_of"], HOOKS["loosely"] = known_name, operate_loosely
HOOKS["memory_order"], HOOKS["numbers_in"] = memory_order, numbers_in
