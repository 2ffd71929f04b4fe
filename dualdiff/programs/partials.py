"""The partial derivatives of elementwise functions as nodes of a graph, read off the texts of the rule table."""

import ast
import functools
from typing import Any

import numpy as np

from ..core._program import NEAR
from ..core._trace import applied as applied_to
from ..rules.table import ALIASES, MATH, NAMES, REASONS, RULES
from .graph import Graph

__all__ = ["KINKED", "STEPS", "NotDerivable", "partial", "rule_name"]


class NotDerivable(Exception):
    """There is no graph of this derivative; the message says why."""


# operators and functions of Python's on numbers, whose derivative is the ufunc's
OF_NUMBERS = {"operator.pow": "power", "operator.floordiv": "floor_divide", "operator.mod": "remainder"}

SYNONYMS = {
    "true_divide": "divide", "abs": "absolute", "mod": "remainder", "conj": "conjugate", **ALIASES,
}  # fmt: skip

STEPS = {
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "isnan", "isfinite", "isinf", "signbit",
    "logical_and", "logical_or", "logical_xor", "logical_not", "bitwise_and", "bitwise_or", "bitwise_xor", "invert",
    "left_shift", "right_shift", "gcd", "lcm", "nextafter", "spacing", "bitwise_count",
}  # fmt: skip
"""Functions whose result has no derivative."""

KINKED = {name: str(rule.row.kink or rule.row.tie) for name, rule in RULES.items() if rule.row.kink or rule.row.tie}
"""Where the first derivative of a function jumps."""


@functools.cache
def rule_name(name: str) -> str | None:
    """The row of the table that has the derivative of a function of a graph; None: it has none."""
    if name in STEPS:
        return None
    name = name.removeprefix("near.")
    name = OF_NUMBERS.get(name, name)
    if name.startswith("math."):
        name = MATH.get(name[5:], name[5:])
    name = SYNONYMS.get(name, name)
    if name not in RULES:
        raise NotDerivable(f"{name} has no rule")
    return name


@functools.cache
def parsed(text: str) -> ast.expr:
    """The expression of a text."""
    return ast.parse(text, mode="eval").body


OPERATORS: dict[type, str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
}
COMPARISONS: dict[type, str] = {
    ast.Eq: "equal", ast.NotEq: "not_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater",
    ast.GtE: "greater_equal",
}  # fmt: skip


def partial(g: Graph, name: str, which: int, args: tuple[int, ...], value: int) -> Any:
    """The node of a partial derivative; a float where it is a number."""
    text = RULES[name].texts[which]
    if text in REASONS:
        raise NotDerivable(REASONS[text])
    found = expression(g, parsed(text), {"x": args[0], "y": args[-1], "f": value})
    return found


def expression(g: Graph, tree: ast.expr, names: dict[str, int]) -> Any:
    """A node, or a float."""
    if isinstance(tree, ast.Constant):
        return float(tree.value)  # type: ignore[arg-type]
    if isinstance(tree, ast.Name):
        return names[tree.id] if tree.id in names else float(NAMES[tree.id])
    if isinstance(tree, ast.UnaryOp):
        x = expression(g, tree.operand, names)
        return -x if isinstance(x, float) else applied(g, "negative", x)
    if isinstance(tree, ast.BinOp):
        a, b = expression(g, tree.left, names), expression(g, tree.right, names)
        return applied(g, OPERATORS[type(tree.op)], a, b)
    if isinstance(tree, ast.Compare):
        a, b = expression(g, tree.left, names), expression(g, tree.comparators[0], names)
        return applied(g, COMPARISONS[type(tree.ops[0])], a, b)
    assert isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)
    xs = [expression(g, a, names) for a in tree.args]
    if tree.func.id == "sel":
        return applied(g, "where", *xs)
    name = tree.func.id
    near = name in NEAR and not any(isinstance(x, int) and g.dtype[x].kind == "c" for x in xs)
    return applied(g, f"near.{name}" if near else name, *xs)      # nobody's value: within 2 ulp


def applied(g: Graph, name: str, *xs: Any) -> Any:
    """An elementwise function of nodes and numbers."""
    for x in xs:
        if not isinstance(x, float):
            return applied_to(g, name, *xs)
    name = name.removeprefix("near.")
    ufunc = np.where if name == "where" else getattr(np, name, None) or RULES[name].ufunc
    with np.errstate(all="ignore"):
        return float(ufunc(*xs))
