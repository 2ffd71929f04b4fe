"""Second partial derivatives of the rule table, from its own text; run by setup.py.

Reads rules.h, differentiates the partials of each rule and writes rules2.h: for each rule one C
function that computes d2/dx2, d2/dxdy and d2/dy2 with common subexpressions shared, and the same
three expressions as text, which table.py reads; and the first partials as code for a machine with a
stack, which evaluates them on derivatives of any order (core/tower.h).  There is no second list of formulas.

Invariant: an argument whose partial reads `0` has no second derivatives either; the derivative of
`f` is the rule's own partial, that of a function its line of the table, that of sel(c, a, b) is
sel(c, a', b').  Needs the standard library only.
"""

import ast
import os
import re

__all__ = ["differentiate", "generate", "read_rules", "read_text", "write"]

ZERO, ONE = ("num", "0"), ("num", "1")
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARISONS = {ast.Eq: "==", ast.Lt: "<", ast.Gt: ">", ast.LtE: "<=", ast.GtE: ">="}


# ---- the table -----------------------------------------------------------------------------------


def read_text(path):
    """The text of a header, with the headers that it includes."""
    with open(path) as file:
        text = file.read()
    here = os.path.dirname(path)
    return re.sub(r'#include "(.*?)"', lambda match: read_text(os.path.join(here, match.group(1))), text)


def read_rules(text):
    """[(name, value, (partial, ...))] of the lines of rules.h."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    rules = []
    for match in re.finditer(r"\b(UNARY|BINARY)\s*\(", text):
        parts, depth, start, i = [], 1, match.end(), match.end()
        while depth:
            c = text[i]
            depth += (c == "(") - (c == ")")
            if depth == 1 and c == "," or depth == 0:
                parts.append(" ".join(text[start:i].split()))
                start = i + 1
            i += 1
        rules.append((parts[0], parts[1], tuple(parts[2:])))
    return rules


# ---- expressions -----------------------------------------------------------------------------------
# ("num", text), ("var", name), (op, a, b), ("neg", a), ("call", g, ...), ("sel", c, a, b), (comparison, a, b)


def parse(text):
    """The expression of a text that is C and Python."""
    return convert(ast.parse(text, mode="eval").body)


def convert(node):
    if isinstance(node, ast.Constant):
        return ("num", repr(node.value))
    if isinstance(node, ast.Name):
        return ("num", node.id) if node.id.isupper() else ("var", node.id)
    if isinstance(node, ast.BinOp):
        return (OPERATORS[type(node.op)], convert(node.left), convert(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return negative(convert(node.operand))
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return (COMPARISONS[type(node.ops[0])], convert(node.left), convert(node.comparators[0]))
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        arguments = tuple(convert(a) for a in node.args)
        return ("sel", *arguments) if node.func.id == "sel" else ("call", node.func.id, *arguments)
    raise ValueError(f"rules.h: {ast.dump(node)} is not an expression that can be differentiated")


def is_number(e):
    """Whether e is a literal or a named constant, with or without a sign."""
    return e[0] == "num" or e[0] == "neg" and e[1][0] == "num"


def plus(a, b):
    if a == ZERO:
        return b
    if b == ZERO:
        return a
    if b[0] == "neg":
        return minus(a, b[1])
    return ("+", a, b)


def minus(a, b):
    if b == ZERO:
        return a
    if a == ZERO:
        return negative(b)
    if a == b:
        return ZERO
    if b[0] == "neg":
        return plus(a, b[1])
    return ("-", a, b)


def negative(a):
    if a == ZERO:
        return ZERO
    return a[1] if a[0] == "neg" else ("neg", a)


def times(a, b):
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


def over(a, b):
    if a == ZERO:
        return ZERO
    if b == ONE:
        return a
    if a[0] == "neg":
        return negative(over(a[1], b))
    return ("/", a, b)


def choose(c, a, b):
    return a if a == b else ("sel", c, a, b)


def substitute(e, values):
    """e with variables replaced."""
    if e[0] == "var":
        return values.get(e[1], e)
    if e[0] == "num":
        return e
    return tuple(substitute(part, values) if isinstance(part, tuple) else part for part in e)


def differentiate(e, v, table, own):
    """de/dv; table: name -> partials, own: the partials of f by (x, y)."""
    def d(part):
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
    raise ValueError(f"rules.h: cannot differentiate {e}")


def own_value(e, name, nin):
    """e with the rule's own value, where it is computed anew, read as f."""
    wanted = ("call", name, *[("var", v) for v in "xy"[:nin]])
    if e == wanted:
        return ("var", "f")
    return tuple(own_value(part, name, nin) if isinstance(part, tuple) else part for part in e)


def still(partial):
    """Whether an argument has no derivative, so that it never varies: 0, or a reason why there is none."""
    return partial == ZERO or partial[0] == "var" and partial[1].startswith("by_")


def second_partials(name, partials, table):
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


def text_of(e, names=None):
    """The expression as text, C and Python alike; names: subexpressions that have a name."""
    if names and e in names:
        return names[e]
    kind = e[0]

    def part(child, least):
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


def subexpressions(e, counts):
    """Counts each compound subexpression once for each place where it is needed."""
    if e[0] in ("num", "var") or is_number(e):
        return
    counts[e] = counts.get(e, 0) + 1
    if counts[e] == 1:
        for child in e[1:]:
            if isinstance(child, tuple):
                subexpressions(child, counts)


def weight(e):
    return 1 + sum(weight(child) for child in e[1:] if isinstance(child, tuple))


def function_of(name, expressions):
    """The C function of one rule's second partials."""
    counts: dict = {}
    for e in expressions:
        subexpressions(e, counts)
    shared = sorted((e for e, n in counts.items() if n > 1 and e[0] not in COMPARISONS.values()), key=weight)
    names: dict = {}
    lines = []
    for i, e in enumerate(shared):
        lines.append(f"    double t{i} = {text_of(e, names)};")
        names[e] = f"t{i}"
    for i, e in enumerate(expressions):
        lines.append(f"    d[{i}] = {text_of(e, names)};")
    body = "\n".join(lines)
    return (
        f"static inline void dd_second_{name}(double x, double y, double f, double *d)\n"
        f"{{\n    (void) x; (void) y; (void) f;\n{body}\n}}\n"
    )


# ---- code ----------------------------------------------------------------------------------------

CODES = {
    "+": "ADD", "-": "SUBTRACT", "*": "MULTIPLY", "/": "DIVIDE",
    "==": "EQ", "<": "LT", ">": "GT", "<=": "LE", ">=": "GE",
}  # fmt: skip
DEPTH = 12


def code_of(e):
    """[(operation, argument, number)] of an expression for a machine with a stack (core/tower.h); numbers as text."""
    kind = e[0]
    if kind == "num":
        return [("NUMBER", "0", e[1])]
    if kind == "var":
        return [(e[1].upper(), "0", "0")]
    if kind == "neg":
        return [*code_of(e[1]), ("MINUS", "0", "0")]
    if kind == "call":
        return [*(line for a in e[2:] for line in code_of(a)), ("CALL", f"DD_RULE_{e[1]}", "0")]
    if kind == "sel":       # unless the relation holds, behind the jump
        (relation, left, right), first, second = e[1], code_of(e[2]), code_of(e[3])
        condition = [*code_of(left), *code_of(right), (CODES[relation], str(len(first) + 1), "0")]
        return [*condition, *first, ("JUMP", str(len(second)), "0"), *second]
    return [*code_of(e[1]), *code_of(e[2]), (CODES[kind], "0", "0")]


def depth_of(e):
    """How many places of the stack an expression takes."""
    if e[0] in ("num", "var"):
        return 1
    if e[0] == "sel":
        return max(depth_of(part) for part in (e[1], e[2], e[3]))
    return max([1, *(i + depth_of(part) for i, part in enumerate(e[1 + (e[0] == "call") :]))])


def code_text(name, i, e):
    """The code of partial i of a rule as C."""
    if depth_of(e) > DEPTH:
        raise ValueError(f"rules.h: partial {i} of {name} takes {depth_of(e)} places of a stack, at most {DEPTH}")
    lines = [f"{{DD_CODE_{op}, {arg}, {number}}}" for op, arg, number in code_of(e)]
    return f"static const dd_code dd_code_{name}_{i}[] = {{{', '.join(lines)}, {{DD_CODE_END, 0, 0}}}};\n"


CODE_TYPES = f"""\
typedef struct {{ int op, arg; double number; }} dd_code;
enum {{ DD_CODE_END, DD_CODE_NUMBER, DD_CODE_X, DD_CODE_Y, DD_CODE_F, DD_CODE_MINUS, DD_CODE_ADD, DD_CODE_SUBTRACT,
       DD_CODE_MULTIPLY, DD_CODE_DIVIDE, DD_CODE_CALL, DD_CODE_JUMP, DD_CODE_EQ, DD_CODE_LT, DD_CODE_GT, DD_CODE_LE,
       DD_CODE_GE }};
#define DD_CODE_DEPTH {DEPTH}
"""


def generate(text):
    """The text of rules2.h."""
    rules = read_rules(text)
    table = {name: [parse(p) for p in partials] for name, _, partials in rules}
    functions, lines = [CODE_TYPES], []
    codes = []
    for name, partials in table.items():
        known = [not (p[0] == "var" and p[1].startswith("by_")) for p in partials]
        functions += [code_text(name, i, p) for i, p in enumerate(partials) if known[i]]
        codes.append(", ".join(f"dd_code_{name}_{i}" if here else "NULL" for i, here in enumerate(known)))
    for name, partials in table.items():
        expressions = second_partials(name, partials, table)
        functions.append(function_of(name, expressions))
        texts = ", ".join(f'"{text_of(e)}"' for e in expressions)
        lines.append(f"    {{dd_second_{name}, {{{texts}}}}},\n")
    return (
        "/* rules2.h: made from rules.h by generate.py; do not edit. */\n"
        + "".join(functions)
        + "static const dd_second_rule dd_second[] = {\n"
        + "".join(lines)
        + "};\n"
        + "static const dd_code *const dd_codes[][2] = {\n"
        + "".join(f"    {{{pair}}},\n" for pair in codes)
        + "};\n"
    )


def write(folder):
    """Writes rules2.h into the folder of rules.h, if it would change."""
    made = generate(read_text(os.path.join(folder, "rules.h")))
    target = os.path.join(folder, "rules2.h")
    if os.path.exists(target):
        with open(target) as file:
            if file.read() == made:
                return
    with open(target, "w") as file:
        file.write(made)
