"""Prints the table of elementwise functions as C; run by setup.py.

Two headers are made, and are no part of the repository:

    rules_index.h   the constants, the place of each row in the table, the names of the methods of duals
    rules_code.h    for each row its value and its partials at numbers, in blocks of arrays, and as code for a machine
                    with a stack that evaluates them on derivatives of any order (core/tower.h); its second partials,
                    with common subexpressions shared; where it has a kink; the table itself

Invariant: every fact about a function comes from its row; a name in an expression means the row of that name.  Needs
the standard library only.
"""

import os

from . import of_numpy, of_scipy
from .expressions import (
    COMPARISONS,
    ZERO,
    calls_of,
    negative,
    parse,
    second_partials,
    subexpressions,
    text_of,
    weight,
)
from .row import CONSTANTS

__all__ = ["code", "code_of", "index", "partials_of", "rows_with_kernels", "write"]


def rows_with_kernels(rows=(*of_numpy.ROWS, *of_scipy.ROWS)):
    """The rows that the compiled core has."""
    return [row for row in rows if row.kernels]


def partials_of(rows):
    """Name -> the partials as expressions."""
    return {row.name: [parse(text) for text in row.partials[0]] for row in rows}


def is_reason(e):
    """Whether there is a reason in the place of a partial."""
    return e[0] == "var" and e[1].startswith("by_")


# ---- expressions in C ------------------------------------------------------------------------------


def in_c(e, table, own=None):
    """An expression with C's names; own: the row whose value it is, whose name is C's function."""
    if is_reason(e):
        return ("num", "NAN")
    if e[0] in ("num", "var"):
        return e
    if e[0] == "sel":
        return ("call", "DD_SEL", *(in_c(part, table, own) for part in e[1:]))
    if e[0] == "call":
        arguments = [in_c(part, table, own) for part in e[2:]]
        if e[1] not in table or e[1] == own:
            return ("call", e[1], *arguments)
        return ("call", f"dd_value_{e[1]}", *arguments, *([ZERO] if len(arguments) == 1 else []))
    return tuple(in_c(part, table, own) if isinstance(part, tuple) else part for part in e)


def c_text(e, table, own=None):
    """An expression as C."""
    return text_of(in_c(e, table, own))


def value_text(row, table):
    """The value of a row as C."""
    if row.value is not None:
        return c_text(parse(row.value), table, row.name)
    return f"dd_scipy_value(DD_RULE_{row.name}, x, {'y' if len(table[row.name]) == 2 else '0'})"


KINDS = {"0": "DD_ZERO", "1": "DD_ONE", "-1": "DD_MINUS", "x": "DD_X", "y": "DD_Y", "f": "DD_F"}


def kind_of(e, table):
    """How the kernels come by a partial: (kind, the row whose loop gives it or NULL, its sign)."""
    text = text_of(e)
    if text in KINDS:
        return KINDS[text], "NULL", 1
    if is_reason(e):
        return "DD_NONE", "NULL", 1
    plain, sign = (negative(e), -1) if e[0] == "neg" else (e, 1)
    if plain[0] == "call" and plain[2:] == (("var", "x"),) and len(table[plain[1]]) == 1:
        return "DD_LOOP", f"&dd_rules[DD_RULE_{plain[1]}]", sign
    return "DD_EXPR", "NULL", sign


def functions_of(row, table):
    """The C functions of a row's value and partials, at numbers and in blocks."""
    name, lines = row.name, []
    text = value_text(row, table)
    lines.append(f"static inline double dd_value_{name}(double x, double y) {{ (void) x; (void) y; return {text}; }}\n")
    for e, by in zip(table[name], ("dx", "dy"), strict=False):
        text = c_text(e, table)
        lines.append(f"static double dd_{by}_{name}(double x, double y, double f)\n"
                     f"{{ (void) x; (void) y; (void) f; return {text}; }}\n")  # fmt: skip
        if kind_of(e, table)[0] == "DD_EXPR":
            lines.append(f"DD_PART{len(table[name])}({name}, {by}, {text})\n")
    return "".join(lines)


KINKS = ("kink", "tie", "edge")


def entry_of(row, table):
    """A row of the table itself."""
    partials = []
    for e, text, by in zip(table[row.name], row.partials[0], ("dx", "dy"), strict=False):
        kind, rule, sign = kind_of(e, table)
        block = f"part_{row.name}_{by}" if kind == "DD_EXPR" else "NULL"
        partials.append(f'{{"{text}", dd_{by}_{row.name}, {block}, {kind}, {rule}, {sign}}}')
    if len(partials) == 1:
        partials.append('{"0", NULL, NULL, DD_ZERO, NULL, 1}')
    kink = next((f"DD_{kind.upper()}" for kind in KINKS if getattr(row, kind)), "DD_SMOOTH")
    facts = f"{int(row.value is None)}, {int(row.selects)}, {int(row.exact)}, {kink}"
    return (
        f'    {{"{row.name}", {len(table[row.name])}, dd_value_{row.name},\n'
        f"     {{{partials[0]},\n      {partials[1]}}},\n"
        f"     {{NULL, NULL}}, {{NULL, NULL}}, 0, {facts}}},\n"
    )


def kinked(rows, table):
    """The C function that says whether a row has a kink at a point."""
    lines = []
    for row in rows:
        text = row.kink or row.tie or row.edge
        if text:
            lines.append(f"    case DD_RULE_{row.name}: return {c_text(parse(text), table)};\n")
    return (
        "static inline int dd_kinked(int r, double x, double y, double f)\n"
        "{\n    (void) y; (void) f;\n    switch (r) {\n"
        + "".join(lines)
        + "    default: return 0;\n    }\n}\n"
    )


# ---- second partials -------------------------------------------------------------------------------


def second_of(name, expressions, table):
    """The C function of one rule's second partials."""
    expressions = [in_c(e, table) for e in expressions]
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


# ---- code for a machine with a stack ----------------------------------------------------------------

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
        raise ValueError(f"partial {i} of {name} takes {depth_of(e)} places of a stack, at most {DEPTH}")
    lines = [f"{{DD_CODE_{op}, {arg}, {number}}}" for op, arg, number in code_of(e)]
    return f"static const dd_code dd_code_{name}_{i}[] = {{{', '.join(lines)}, {{DD_CODE_END, 0, 0}}}};\n"


# ---- the headers -------------------------------------------------------------------------------------

MADE = "/* made from the table (of_numpy.py, of_scipy.py) by generate.py; do not edit */\n"


def check(rows):
    """Raises where a row cannot have kernels."""
    table = partials_of(rows)
    for row in rows:
        if len(row.partials) != 1 or not 1 <= len(row.partials[0]) <= 2:
            raise ValueError(
                f"{row.name} has {len(row.partials)} results and {len(row.partials[0])} arguments; the kernels know "
                "one result of one or two arguments: write it as a `general` row"
            )
        for e in table[row.name]:
            unknown = calls_of(e) - table.keys()
            if unknown:
                raise ValueError(
                    f"a partial of {row.name} is written in {', '.join(sorted(unknown))}, which the table does not "
                    "have: give each of them a row"
                )


def index(rows):
    """The text of rules_index.h."""
    constants = "".join(f"#define {name:<11} {digits}\n" for name, digits in CONSTANTS.items())
    places = "".join(f"    DD_RULE_{row.name},\n" for row in rows)
    # what NumPy's loops over arrays of objects can ask their elements for
    methods = "".join(f" \\\n    DD_M{len(row.partials[0])}({row.name})" for row in rows if row.value is not None)
    aliases = "".join(f' \\\n    {{"{row.alias}", DD_RULE_{row.name}}},' for row in rows if row.alias)
    return (
        f"{MADE}{constants}enum dd_rule_index {{\n{places}    DD_RULE_COUNT\n}};\n"
        f"#define DD_METHODS(DD_M1, DD_M2){methods}\n#define DD_ALIASES{aliases} \\\n    {{NULL, 0}}\n"
    )


def code(rows):
    """The text of rules_code.h."""
    check(rows)
    table = partials_of(rows)
    prototypes = "".join(f"static inline double dd_value_{row.name}(double x, double y);\n" for row in rows)
    functions = "".join(functions_of(row, table) for row in rows)
    entries = "".join(entry_of(row, table) for row in rows)
    programs, pairs, seconds, lines = [], [], [], []
    for name, partials in table.items():
        programs += [code_text(name, i, e) for i, e in enumerate(partials) if not is_reason(e)]
        pairs.append(", ".join("NULL" if is_reason(e) else f"dd_code_{name}_{i}" for i, e in enumerate(partials)))
        expressions = second_partials(name, partials, table)
        seconds.append(second_of(name, expressions, table))
        texts = ", ".join(f'"{text_of(e)}"' for e in expressions)
        lines.append(f"    {{dd_second_{name}, {{{texts}}}}},\n")
    operations = ["END", "NUMBER", "X", "Y", "F", "MINUS", "CALL", "JUMP", *CODES.values()]
    return (
        f"{MADE}{prototypes}{functions}"
        f"static dd_rule dd_rules[DD_RULE_COUNT] = {{\n{entries}}};\n{kinked(rows, table)}"
        f"{''.join(seconds)}static const dd_second_rule dd_second[] = {{\n{''.join(lines)}}};\n"
        "typedef struct { int op, arg; double number; } dd_code;\n"
        f"enum {{ {', '.join(f'DD_CODE_{op}' for op in operations)} }};\n#define DD_CODE_DEPTH {DEPTH}\n"
        f"{''.join(programs)}static const dd_code *const dd_codes[][2] = {{\n"
        + "".join(f"    {{{pair}}},\n" for pair in pairs)
        + "};\n"
    )


def write(folder):
    """Writes the two headers into a folder, those that would change."""
    rows = rows_with_kernels()
    for name, text in (("rules_index.h", index(rows)), ("rules_code.h", code(rows))):
        target = os.path.join(folder, name)
        if os.path.exists(target):
            with open(target) as file:
                if file.read() == text:
                    continue
        with open(target, "w") as file:
            file.write(text)
