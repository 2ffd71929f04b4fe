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
from typing import Any

from . import of_numpy, of_scipy
from .expressions import (
    COMPARISONS,
    ZERO,
    calls_of,
    negative,
    parse,
    parts,
    second_partials,
    subexpressions,
    text_of,
    weight,
)
from .row import CONSTANTS

__all__ = ["code", "code_of", "index", "partials_of", "rows_with_kernels", "write"]


def rows_with_kernels(rows: Any = (*of_numpy.ROWS, *of_scipy.ROWS)) -> list[Any]:
    """The rows that the compiled core has."""
    return [row for row in rows if row.kernels]


def partials_of(rows: Any) -> dict[Any, Any]:
    """Name -> the partials as expressions."""
    return {row.name: [parse(text) for text in row.partials[0]] for row in rows}


def is_reason(e: Any) -> Any:
    """Whether there is a reason in the place of a partial."""
    return e[0] == "var" and e[1].startswith("by_")


# ---- expressions in C ------------------------------------------------------------------------------


def in_c(e: Any, table: Any, own: Any = None) -> Any:
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


def c_text(e: Any, table: Any, own: Any = None) -> Any:
    """An expression as C."""
    return text_of(in_c(e, table, own))


def value_text(row: Any, table: Any) -> Any:
    """The value of a row as C."""
    if row.value is not None:
        return c_text(parse(row.value), table, row.name)
    return f"dd_scipy_value(DD_RULE_{row.name}, x, {'y' if len(table[row.name]) == 2 else '0'})"


# ---- blocks ----------------------------------------------------------------------------------------


class Block:
    """A partial as a kernel for blocks of numbers of one type.

    A function that has a block form is computed for the whole block first, where its arguments are numbers or x, y, f
    as they are; what remains is one loop that the compiler vectorises.  In float there is a kernel only where that is
    about as accurate as the double one, rounded: no sum may cancel but that of numbers which are given.
    """

    def __init__(self, e: Any, rows: Any, table: Any, single: Any) -> None:
        self.rows, self.table, self.single = rows, table, single
        self.calls: list[Any] = []
        self.possible = self.by_blocks = True
        self.e = self.put(e)
        if single:
            self.possible = self.possible and accurate(self.e)
        elif cancels(self.e):       # a loop may be off by an ulp or two
            self.calls, self.by_blocks = [], False
            self.e = self.put(e)

    def put(self, e: Any) -> Any:
        """An expression with block calls as variables, other calls as C's functions."""
        if e[0] == "num":
            if not self.single or e[1].isdigit():
                return e
            return ("num", f"((float) {'TINY_SINGLE' if e[1] == 'TINY' else e[1]})")
        if e[0] == "var":
            return e
        if e[0] == "sel":
            return ("call", "DD_SEL", *map(self.put, e[1:]))
        if e[0] == "call":
            return self.call(e)
        return tuple(self.put(part) if isinstance(part, tuple) else part for part in e)

    def call(self, e: Any) -> Any:
        """A call, of a function with a block form or number by number."""
        row = self.rows[e[1]]
        if row.block and self.by_blocks and all(is_leaf(a) for a in e[2:]):
            if e not in self.calls:
                self.calls.append(e)
            return ("var", f"t{self.calls.index(e)}[i]")
        if self.single:
            if row.single is None:
                self.possible = False
                return e
            return ("call", row.single, *map(self.put, e[2:]))
        arguments = list(map(self.put, e[2:]))
        return ("call", f"dd_value_{e[1]}", *arguments, *([ZERO] if len(arguments) == 1 else []))

    def text(self, name: str, by: Any) -> str:
        """The kernel as C."""
        suffix, real = ("f", "float") if self.single else ("d", "double")
        first = []
        for n, (_, g, *arguments) in enumerate(self.calls):
            given = []
            for k, a in enumerate(arguments):
                if a[0] == "var":
                    given.append(f"{a[1]}p, {a[1]}s")
                else:
                    first.append(f"const {real} c{n}{k} = {a[1]};")
                    given.append(f"(const char *) &c{n}{k}, 0")
            own = self.rows[g].block == "own"
            function = f"dd_block_{g}_{suffix}(n" if own else f"dd_block_loop{len(given)}_{suffix}(DD_RULE_{g}, n"
            first.append(f"{real} t{n}[DD_BLOCK]; {function}, {', '.join(given)}, t{n});")
        count = len(self.table[name])
        return f"DD_PART{count}({real}, {name}_{by}_{suffix}, DD_FIRST({' '.join(first)}), {text_of(self.e)})\n"


def is_leaf(e: Any) -> bool:
    """Whether e is a number or a variable, with or without a sign."""
    return e[0] in ("num", "var")


def positive(e: Any) -> Any:
    """Whether e cannot be negative, as far as its form tells."""
    if e[0] == "num":
        return True
    if e[0] == "*" and e[1] == e[2]:
        return True
    if e[0] in "+*/":
        return positive(e[1]) and positive(e[2])
    return e[0] == "call" and e[1] in ("fabsf", "sqrtf", "dd_hypotf")


def cancels(e: Any) -> bool:
    """Whether a sum takes what was computed by blocks as it is."""
    if e[0] in ("+", "-") and any(part[0] == "var" and "[" in part[1] for part in parts(e)):
        return True
    return any(cancels(part) for part in e[1:] if isinstance(part, tuple))


def accurate(e: Any) -> Any:
    """Whether an expression loses no more than the roundings of its operations.

    So no difference of rounded numbers, and no factor beside a quotient, which may have left the range of float.
    """
    if is_leaf(e):
        return True
    if e[0] == "*" and any(part[0] == "/" for part in e[1:]):
        return False
    if e[0] in ("+", "-"):
        given = all(is_leaf(part) and not part[1].startswith("t") for part in e[1:])
        return given or e[0] == "+" and all(positive(part) and accurate(part) for part in e[1:])
    if e[0] in COMPARISONS.values():
        return True
    return all(accurate(part) for part in e[1:] if isinstance(part, tuple))


KINDS = {"0": "DD_ZERO", "1": "DD_ONE", "-1": "DD_MINUS", "x": "DD_X", "y": "DD_Y", "f": "DD_F"}


def kind_of(e: Any, rows: Any, table: Any) -> tuple[Any, Any, Any]:
    """How the kernels come by a partial: (kind, the row whose loop gives it or NULL, its sign)."""
    text = text_of(e)
    if text in KINDS:
        return KINDS[text], "NULL", 1
    if is_reason(e):
        return "DD_NONE", "NULL", 1
    plain, sign = (negative(e), -1) if e[0] == "neg" else (e, 1)
    if plain[0] == "call" and plain[2:] == (("var", "x"),) and rows[plain[1]].block != "own":
        return "DD_LOOP", f"&dd_rules[DD_RULE_{plain[1]}]", sign
    return "DD_EXPR", "NULL", sign


def functions_of(row: Any, rows: Any, table: Any) -> Any:
    """The C functions of a row's value and partials, at numbers and in blocks."""
    name, lines = row.name, []
    text = value_text(row, table)
    lines.append(f"static inline double dd_value_{name}(double x, double y) {{ (void) x; (void) y; return {text}; }}\n")
    for e, by in zip(table[name], ("dx", "dy"), strict=False):
        text = c_text(e, table)
        lines.append(f"static double dd_{by}_{name}(double x, double y, double f)\n"
                     f"{{ (void) x; (void) y; (void) f; return {text}; }}\n")  # fmt: skip
        if kind_of(e, rows, table)[0] == "DD_EXPR":
            kernels = [Block(e, rows, table, single) for single in (False, True)]
            lines += [kernel.text(name, by) for kernel in kernels if kernel.possible]
    return "".join(lines)


KINKS = ("kink", "tie", "edge")


def entry_of(row: Any, rows: Any, table: Any) -> str:
    """A row of the table itself."""
    partials = []
    for e, text, by in zip(table[row.name], row.partials[0], ("dx", "dy"), strict=False):
        kind, rule, sign = kind_of(e, rows, table)
        blocks = ["NULL", "NULL"]
        if kind == "DD_EXPR":
            blocks[0] = f"part_{row.name}_{by}_d"
            blocks[1] = f"part_{row.name}_{by}_f" if Block(e, rows, table, True).possible else "NULL"
        partials.append(f'{{"{text}", dd_{by}_{row.name}, {blocks[0]}, {blocks[1]}, {kind}, {rule}, {sign}}}')
    if len(partials) == 1:
        partials.append('{"0", NULL, NULL, NULL, DD_ZERO, NULL, 1}')
    kink = next((f"DD_{kind.upper()}" for kind in KINKS if getattr(row, kind)), "DD_SMOOTH")
    facts = f"{int(row.value is None)}, {int(row.selects)}, {int(row.exact)}, {kink}"
    return (
        f'    {{"{row.name}", {len(table[row.name])}, dd_value_{row.name},\n'
        f"     {{{partials[0]},\n      {partials[1]}}},\n"
        f"     {{NULL, NULL}}, {{NULL, NULL}}, 0, {facts}}},\n"
    )


def kinked(rows: Any, table: Any) -> Any:
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


def second_of(name: str, expressions: Any, table: Any) -> str:
    """The C function of one rule's second partials."""
    expressions = [in_c(e, table) for e in expressions]
    counts: dict[Any, Any] = {}
    for e in expressions:
        subexpressions(e, counts)
    shared = sorted((e for e, n in counts.items() if n > 1 and e[0] not in COMPARISONS.values()), key=weight)
    names: dict[Any, Any] = {}
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


def code_of(e: Any) -> list[Any]:
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


def depth_of(e: Any) -> Any:
    """How many places of the stack an expression takes."""
    if e[0] in ("num", "var"):
        return 1
    if e[0] == "sel":
        return max(depth_of(part) for part in (e[1], e[2], e[3]))
    return max([1, *(i + depth_of(part) for i, part in enumerate(e[1 + (e[0] == "call") :]))])


def code_text(name: str, i: int, e: Any) -> str:
    """The code of partial i of a rule as C."""
    if depth_of(e) > DEPTH:
        raise ValueError(f"partial {i} of {name} takes {depth_of(e)} places of a stack, at most {DEPTH}")
    lines = [f"{{DD_CODE_{op}, {arg}, {number}}}" for op, arg, number in code_of(e)]
    return f"static const dd_code dd_code_{name}_{i}[] = {{{', '.join(lines)}, {{DD_CODE_END, 0, 0}}}};\n"


# ---- the headers -------------------------------------------------------------------------------------

MADE = "/* made from the table (of_numpy.py, of_scipy.py) by generate.py; do not edit */\n"


def check(rows: Any) -> None:
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


def index(rows: Any) -> str:
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


def code(rows: Any) -> Any:
    """The text of rules_code.h."""
    check(rows)
    table = partials_of(rows)
    prototypes = "".join(f"static inline double dd_value_{row.name}(double x, double y);\n" for row in rows)
    named = {row.name: row for row in rows}
    functions = "".join(functions_of(row, named, table) for row in rows)
    entries = "".join(entry_of(row, named, table) for row in rows)
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
        f"dd_rule dd_rules[DD_RULE_COUNT] = {{\n{entries}}};\n{kinked(rows, table)}"
        f"{''.join(seconds)}const dd_second_rule dd_second[] = {{\n{''.join(lines)}}};\n"
        "typedef struct { int op, arg; double number; } dd_code;\n"
        f"enum {{ {', '.join(f'DD_CODE_{op}' for op in operations)} }};\n#define DD_CODE_DEPTH {DEPTH}\n"
        f"{''.join(programs)}static const dd_code *const dd_codes[][2] = {{\n"
        + "".join(f"    {{{pair}}},\n" for pair in pairs)
        + "};\n"
    )


def write(folder: Any) -> None:
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
