"""Makes a disagreement small: fewer statements, fewer results, as long as the same law is broken."""

from .laws import check

__all__ = ["shrunk"]


def breaks(program, law):
    """Whether a program runs on plain numbers and breaks a law."""
    try:
        program(program.x.copy(order="K"))
        found, _ = check(program)
    except Exception:
        return False
    return any(d.law == law for d in found)


def shrunk(program, law):
    """The smallest program found that breaks the law."""
    better = True
    while better:
        better = False
        for candidate in candidates(program):
            if breaks(candidate, law):
                program, better = candidate, True
                break
    return program


def candidates(program):
    """Programs with one statement, one line of a statement, or one result less."""
    for i in reversed(range(len(program.lines))):
        yield program.but(program.lines[:i] + program.lines[i + 1 :])
    parts = program.result.removeprefix("np.concatenate([").removesuffix("])").split(", ")
    if len(parts) > 1:
        for part in parts:
            yield program.but(result=part)
    elif parts[0].startswith(("np.ravel(", "np.sum(")):
        yield program.but(result=parts[0][parts[0].index("(") + 1 : -1])
    for i, line in enumerate(program.lines):
        rows = line.split("\n")
        if len(rows) > 1:
            for j in range(len(rows)):
                rest = "\n".join(rows[:j] + rows[j + 1 :])
                yield program.but([*program.lines[:i], rest, *program.lines[i + 1 :]])
