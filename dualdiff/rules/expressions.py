"""Expressions of the table: parsed, differentiated, printed.

An expression is a tuple: ("num", text), ("var", name), (op, a, b), ("neg", a), ("call", g, ...), ("sel", c, a, b),
(comparison, a, b).

Invariant: an argument whose partial reads `0` has no second derivatives either; the derivative of `f` is the row's own
partial, that of a function its row of the table, that of sel(c, a, b) is sel(c, a', b').  Needs the standard library
only, as the build reads it.
"""

import ast
from collections.abc import Iterator
from typing import Any

__all__ = [
    "calls_of", "differentiate", "parse", "parts", "second_partials", "still", "subexpressions", "substitute",
    "text_of", "variables", "weight",
]  # fmt: skip

ZERO, ONE = ("num", "0"), ("num", "1")
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARISONS = {ast.Eq: "==", ast.Lt: "<", ast.Gt: ">", ast.LtE: "<=", ast.GtE: ">="}


def parse(text: str) -> Any:
    """The expression of a text that is C and Python."""
    return convert(ast.parse(text, mode="eval").body)


def convert(node: Any) -> Any:
    if isinstance(node, ast.Constant):
        return ("num", repr(node.value))
    if isinstance(node, ast.Name):
        return ("num", node.id) if node.id.isupper() else ("var", node.id)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return (OPERATORS[type(node.op)], convert(node.left), convert(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return negative(convert(node.operand))
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        return (COMPARISONS[type(node.ops[0])], convert(node.left), convert(node.comparators[0]))
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        arguments = tuple(convert(a) for a in node.args)
        return ("sel", *arguments) if node.func.id == "sel" else ("call", node.func.id, *arguments)
    raise ValueError(f"{ast.dump(node)} is not an expression that can be differentiated")


def is_number(e: Any) -> Any:
    """Whether e is a literal or a named constant, with or without a sign."""
    return e[0] == "num" or e[0] == "neg" and e[1][0] == "num"


def plus(a: Any, b: Any) -> Any:
    if a == ZERO:
        return b
    if b == ZERO:
        return a
    if b[0] == "neg":
        return minus(a, b[1])
    return ("+", a, b)


def minus(a: Any, b: Any) -> Any:
    if b == ZERO:
        return a
    if a == ZERO:
        return negative(b)
    if a == b:
        return ZERO
    if b[0] == "neg":
        return plus(a, b[1])
    return ("-", a, b)


def negative(a: Any) -> Any:
    if a == ZERO:
        return ZERO
    return a[1] if a[0] == "neg" else ("neg", a)


def times(a: Any, b: Any) -> Any:
    if ZERO in (a, b):
        return ZERO
    if a == ONE:
        return b
    if b == ONE:
        return a
    if a[0] == "neg":
        return negative(times(a[1], b))
    if b[0] == "neg":
        return negative(times(a, b[1]))
    return ("*", a, b)


def over(a: Any, b: Any) -> Any:
    if a == ZERO:
        return ZERO
    if b == ONE:
        return a
    if a[0] == "neg":
        return negative(over(a[1], b))
    return ("/", a, b)


def choose(c: Any, a: Any, b: Any) -> Any:
    return a if a == b else ("sel", c, a, b)


def substitute(e: Any, values: Any) -> Any:
    """e with variables replaced."""
    if e[0] == "var":
        return values.get(e[1], e)
    if e[0] == "num":
        return e
    return tuple(substitute(part, values) if isinstance(part, tuple) else part for part in e)


def differentiate(e: Any, v: Any, table: Any, own: Any) -> Any:
    """de/dv; table: name -> partials, own: the partials of f by (x, y)."""
    def d(part: Any) -> Any:
        return differentiate(part, v, table, own)

    kind = e[0]
    if kind == "num":
        return ZERO
    if kind == "var":
        if e[1] == "f":
            return own["xy".index(v)]
        return ONE if e[1] == v else ZERO
    if kind == "neg":
        return negative(d(e[1]))
    if kind == "+":
        return plus(d(e[1]), d(e[2]))
    if kind == "-":
        return minus(d(e[1]), d(e[2]))
    if kind == "*":
        return plus(times(d(e[1]), e[2]), times(e[1], d(e[2])))
    if kind == "/":     # (a/b)' = (a' - (a/b) b')/b: no b*b, which could overflow
        return over(minus(d(e[1]), times(e, d(e[2]))), e[2])
    if kind == "sel":
        return choose(e[1], d(e[2]), d(e[3]))
    if kind == "call":
        total, arguments = ZERO, dict(zip("xy", e[2:], strict=False))
        for argument, partial in zip(e[2:], table[e[1]], strict=True):
            inner = d(argument)
            if inner != ZERO:
                total = plus(total, times(substitute(partial, {**arguments, "f": e}), inner))
        return total
    raise ValueError(f"cannot differentiate {e}")


def own_value(e: Any, name: str, nin: Any) -> Any:
    """e with the rule's own value, where it is computed anew, read as f."""
    wanted = ("call", name, *[("var", v) for v in "xy"[:nin]])
    if e == wanted:
        return ("var", "f")
    return tuple(own_value(part, name, nin) if isinstance(part, tuple) else part for part in e)


def still(partial: Any) -> Any:
    """Whether an argument has no derivative, so that it never varies: 0, or a reason why there is none."""
    return partial == ZERO or partial[0] == "var" and partial[1].startswith("by_")


def second_partials(name: str, partials: Any, table: Any) -> Any:
    """(d2/dx2, d2/dxdy, d2/dy2) as expressions."""
    own = (*partials, ZERO)[:2]
    if len(partials) == 1:
        own = (partials[0], ZERO)
    found = []
    for i, v in ((0, "x"), (0, "y"), (1, "y")):
        if i >= len(partials) or still(own[i]) or still(own["xy".index(v)]):
            found.append(ZERO)
        else:
            found.append(own_value(differentiate(own[i], v, table, own), name, len(partials)))
    return found


# ---- text ----------------------------------------------------------------------------------------

BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3}


def text_of(e: Any, names: Any = None) -> Any:
    """The expression as text, C and Python alike; names: subexpressions that have a name."""
    if names and e in names:
        return names[e]
    kind = e[0]

    def part(child: Any, least: Any) -> Any:
        text = text_of(child, names)
        bare = names and child in names
        return text if bare or BINDS.get(child[0], 9) >= least else f"({text})"

    if kind in ("num", "var"):
        return e[1]
    if kind == "neg":
        return f"-{part(e[1], 3) if e[1][0] != 'neg' else '(' + text_of(e[1], names) + ')'}"
    if kind in BINDS:
        # a - (b + c), a / (b * c): the right-hand side binds tighter
        return f"{part(e[1], BINDS[kind])} {kind} {part(e[2], BINDS[kind] + (kind in '-/*+'))}"
    if kind == "sel":
        return f"sel({', '.join(text_of(x, names) for x in e[1:])})"
    if kind == "call":
        return f"{e[1]}({', '.join(text_of(x, names) for x in e[2:])})"
    return f"{text_of(e[1], names)} {kind} {text_of(e[2], names)}"


def subexpressions(e: Any, counts: Any) -> None:
    """Counts each compound subexpression once for each place where it is needed."""
    if e[0] in ("num", "var") or is_number(e):
        return
    counts[e] = counts.get(e, 0) + 1
    if counts[e] == 1:
        for child in e[1:]:
            if isinstance(child, tuple):
                subexpressions(child, counts)


def weight(e: Any) -> Any:
    """How many operations an expression has."""
    return 1 + sum(weight(child) for child in e[1:] if isinstance(child, tuple))


def parts(e: Any) -> Iterator[Any]:
    """The expression and all that it is made of."""
    yield e
    for child in e[1:]:
        if isinstance(child, tuple):
            yield from parts(child)


def calls_of(e: Any) -> set[Any]:
    """The names of the functions in an expression."""
    return {part[1] for part in parts(e) if part[0] == "call"}


def variables(e: Any) -> set[Any]:
    """The names of the variables in an expression."""
    return {part[1] for part in parts(e) if part[0] == "var"}
