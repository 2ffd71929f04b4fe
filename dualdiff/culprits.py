"""Which operation of a line made a number that is not finite.

The statements of a line are read from the source, and their parts are evaluated once more, from the inside out, on the
variables as they were before the line.  Only what has no effects is evaluated: operators, displays, comprehensions,
functions and methods of NumPy.  A call of anything else is left alone, but not what stands in its arguments.

"""

import ast
import builtins
import itertools
import linecache
import operator
import types
from collections import ChainMap
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from .core import Dual, DualArray

__all__ = ["Search", "named", "statements", "targets"]

Place: TypeAlias = tuple[ast.stmt | ast.Lambda, int, int]
"""A statement or a lambda, its first and its last line."""

UNKNOWN = object()  # the value of what is not evaluated again
BINARY: dict[Any, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Mod: operator.mod, ast.FloorDiv: operator.floordiv, ast.Pow: operator.pow, ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor, ast.LShift: operator.lshift,
    ast.RShift: operator.rshift, ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_,
    ast.Invert: operator.invert, ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt,
    ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip
NUMBERS = (Dual, DualArray, np.ndarray, np.generic, int, float, complex)
INDEXED: Any = (list, tuple, dict, str, *NUMBERS)
LOOPED: Any = (list, tuple, dict, range, zip, enumerate, reversed, str, *NUMBERS)
HARMLESS = {
    abs, bool, dict, divmod, enumerate, len, list, max, min, pow, range, reversed, round, sorted, sum, tuple, zip,
}  # fmt: skip
WRITING = {
    "at", "byteswap", "copyto", "fill", "fill_diagonal", "itemset", "partition", "place", "put", "put_along_axis",
    "putmask", "resize", "save", "savetxt", "savez", "setfield", "setflags", "seterr", "sort", "tofile",
}  # fmt: skip
MOST = 10_000  # turns of a comprehension
PARSED: dict[
    str, tuple[list[str], list[Place], dict[Any, Any]]
] = {}  # file -> (its lines, its statements and lambdas, what was found in each line)


# ---- from a line to its expressions -----------------------------------------------------------------


def parsed(file: str, names: dict[str, Any]) -> tuple[list[Place], dict[Any, Any]]:
    """([(node, first line, last line)], what was found so far) of a file.

    The nodes are statements (of compound ones the lines are those of the header) and lambdas.
    """
    lines = linecache.getlines(file, names)
    known = PARSED.get(file)
    if known is None or known[0] is not lines:
        try:
            tree = ast.parse("".join(lines))
        except (SyntaxError, ValueError):
            tree = ast.Module([], [])
        found = []
        for node in ast.walk(tree):
            if isinstance(node, (ast.stmt, ast.Lambda)):
                body = getattr(node, "body", None)
                last = node.end_lineno or node.lineno
                if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                    last = max(node.lineno, body[0].lineno - 1)
                found.append((node, node.lineno, last))
        PARSED[file] = known = lines, found, {}
    return known[1:]


def statements(code: types.CodeType, line: int, names: dict[str, Any]) -> list[ast.stmt]:
    """The statements that stand in a line of a code object, in their order; of a lambda its expression."""
    nodes, cache = parsed(code.co_filename, names)
    key = code, line
    if key not in cache:
        cache[key] = find(nodes, code, line)
    found: list[ast.stmt] = cache[key]
    return found


def find(nodes: list[Place], code: types.CodeType, line: int) -> list[ast.stmt]:
    """`statements` among the nodes of a file."""
    if code.co_name == "<lambda>":
        places = [p for p in code.co_positions() if None not in p and p[2] is not None and p[0] != 0]
        inside = [node for node, *_ in nodes if isinstance(node, ast.Lambda) and surrounds(node.body, places)]
        return [ast.copy_location(ast.Return(node.body), node.body) for node in inside[-1:]]
    found = [(node, a) for node, a, b in nodes if a <= line <= b and not isinstance(node, ast.Lambda)]
    return [node for node, _ in sorted(found, key=lambda pair: (pair[1], pair[0].col_offset))]


def named(code: types.CodeType, line: int, names: dict[str, Any]) -> set[str] | None:
    """The names in the statements of a line, which are all that it can change; None where there is no source."""
    _, cache = parsed(code.co_filename, names)
    key = code, line, "names"
    if key not in cache:
        found = statements(code, line, names)
        parts = [e for s in found for e in (header(s) if hasattr(s, "body") else [s])]
        cache[key] = {n.id for e in parts for n in ast.walk(e) if isinstance(n, ast.Name)} if found else None
    names_found: set[str] | None = cache[key]
    return names_found


def header(statement: ast.stmt) -> list[ast.AST]:
    """What stands in the header of a compound statement."""
    bodies = ("body", "orelse", "finalbody", "handlers", "cases")
    return [c for f, v in ast.iter_fields(statement) if f not in bodies
            for c in (v if isinstance(v, list) else [v]) if isinstance(c, ast.AST)]  # fmt: skip


def surrounds(node: ast.expr, places: Sequence[tuple[Any, ...]]) -> bool:
    """Whether a node spans positions in the source (first line, last line, first column, last column)."""
    start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
    inner = [p for p in places if p[2] != p[3]]  # not the markers of the start
    return bool(inner) and all(start <= (p[0], p[2]) and (p[1], p[3]) <= end for p in inner)


def roots(statement: ast.stmt) -> list[ast.expr]:
    """The expressions that a statement evaluates."""
    if isinstance(statement, ast.AugAssign):
        left: ast.expr = ast.parse(ast.unparse(statement.target), mode="eval").body  # as something that is read
        for node in ast.walk(left):
            ast.copy_location(node, statement.target)
        return [ast.copy_location(ast.BinOp(left, statement.op, statement.value), statement)]
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        return [item.context_expr for item in statement.items]
    for name in ("value", "test", "iter", "subject"):
        found = getattr(statement, name, None)
        if isinstance(found, ast.expr):
            return [found]
    return []


def targets(statement: ast.stmt) -> set[str]:
    """The names of the variables whose objects a statement writes into (not those that it sets anew)."""
    if isinstance(statement, ast.AugAssign):
        found: list[ast.expr] = [statement.target]
    else:
        found = [t for t in getattr(statement, "targets", []) if not isinstance(t, ast.Name)]
    names = set()
    for target in found:
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                names.add(node.id)
    return names


# ---- evaluating again --------------------------------------------------------------------------------


class Search:
    """Evaluates expressions again; collects the operations whose results are not finite though their operands are.

    Parameters
    ----------
    names, variables : mapping
        Globals, and the variables as they were.
    bad : callable
        Whether a value is not finite.
    fresh : callable
        Whether a result that was just made brings something that is not finite with it.
    spoilt : callable
        Whether a variable was not finite before.

    Attributes
    ----------
    found : list of (node, result, shapes)
    tainted : bool
        Whether an operand was not finite to start with.
    """

    def __init__(
        self,
        names: dict[str, Any],
        variables: dict[str, Any],
        bad: Callable[[Any], bool],
        fresh: Callable[[Any], bool],
        spoilt: Callable[[Any], bool],
    ) -> None:
        self.names = ChainMap({}, variables, names, vars(builtins))
        self.bad, self.fresh, self.spoilt = bad, fresh, spoilt
        self.found: list[tuple[ast.expr, Any, str]] = []
        self.tainted = False

    def run(self, statement: ast.stmt) -> None:
        """Looks at a statement; the next one sees the variables that it set."""
        for root in roots(statement):
            value = self.look(root)
            if isinstance(statement, ast.Assign):
                for target in statement.targets:
                    self.bind(target, value)

    def bind(self, target: ast.expr, value: Any) -> None:
        """An assignment to names."""
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = list(value) if isinstance(value, (tuple, list, np.ndarray)) else []
            fits = len(parts) == len(target.elts) and not any(isinstance(t, ast.Starred) for t in target.elts)
            for i, t in enumerate(target.elts):
                self.bind(t, parts[i] if fits else UNKNOWN)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, UNKNOWN)

    def look(self, node: ast.expr, used: bool = True) -> Any:
        """The value of an expression, or UNKNOWN.  used: it is an operand itself, not what a part is taken of."""
        method = getattr(self, f"_{type(node).__name__}", None)
        value = UNKNOWN
        if method is None:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self.look(child)
        else:
            try:
                value = method(node)
            except Exception:  # the variables have changed, or it is an error anyway
                value = UNKNOWN
        if used and isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and self.spoilt(value):
            self.tainted = True
        return value

    def done(
        self, node: ast.expr, function: Callable[..., Any], operands: Sequence[Any], *args: Any, **kwargs: Any
    ) -> Any:
        """The value of an operation."""
        if any(x is UNKNOWN for x in (*operands, *args, *kwargs.values())):
            return UNKNOWN
        operands = [*operands, *kwargs.values()]
        for x in operands:
            self.fresh(x)  # what came before is nothing new
        result = function(*args, **kwargs)
        if (self.fresh(result) or self.bad(result)) and not any(map(self.bad, operands)):
            if all(node is not old for old, *_ in self.found):
                shapes = " and ".join(shape_of(x) for x in operands)
                self.found.append((node, result, shapes))
        return result

    # ---- leaves ----

    def _Constant(self, node: ast.Constant) -> Any:
        return node.value

    def _Name(self, node: ast.Name) -> Any:
        return self.names.get(node.id, UNKNOWN)

    def _Attribute(self, node: ast.Attribute) -> Any:
        x, name = self.look(node.value, used=False), node.attr
        if x is UNKNOWN:
            return UNKNOWN
        if isinstance(x, (types.ModuleType, type, np.ufunc, *NUMBERS)):
            return getattr(x, name)
        if name in getattr(x, "__dict__", {}):
            return vars(x)[name]
        own = getattr(type(x), name, UNKNOWN)
        if name in getattr(x, "_fields", ()) or isinstance(own, types.MemberDescriptorType):
            return getattr(x, name)
        return UNKNOWN if own is UNKNOWN or hasattr(type(own), "__get__") else own  # a property may do anything

    def _Subscript(self, node: ast.Subscript) -> Any:
        x = self.look(node.value, used=False)
        key = self.look(node.slice)
        if x is UNKNOWN or key is UNKNOWN or not isinstance(x, INDEXED):
            return UNKNOWN
        return x[key]

    def _Slice(self, node: ast.Slice) -> Any:
        parts = [None if e is None else self.look(e) for e in (node.lower, node.upper, node.step)]
        return UNKNOWN if any(p is UNKNOWN for p in parts) else slice(*parts)

    # ---- operations ----

    def _BinOp(self, node: ast.BinOp) -> Any:
        left, right = self.look(node.left), self.look(node.right)
        return self.done(node, BINARY[type(node.op)], (left, right), left, right)

    def _UnaryOp(self, node: ast.UnaryOp) -> Any:
        x = self.look(node.operand)
        return self.done(node, BINARY[type(node.op)], (x,), x)

    def _Compare(self, node: ast.Compare) -> Any:
        values = [self.look(e) for e in (node.left, *node.comparators)]
        if any(v is UNKNOWN for v in values):
            return UNKNOWN
        found = [BINARY[type(o)](a, b) for o, (a, b) in zip(node.ops, itertools.pairwise(values), strict=True)]
        return found[0] if len(found) == 1 else all(found)

    def _BoolOp(self, node: ast.BoolOp) -> Any:
        value = UNKNOWN
        for e in node.values:
            value = self.look(e)
            if value is UNKNOWN or bool(value) is isinstance(node.op, ast.Or):
                break
        return value

    def _IfExp(self, node: ast.IfExp) -> Any:
        test = self.look(node.test)
        return UNKNOWN if test is UNKNOWN else self.look(node.body if test else node.orelse)

    def _NamedExpr(self, node: ast.NamedExpr) -> Any:
        self.names[node.target.id] = value = self.look(node.value)
        return value

    def _Call(self, node: ast.Call) -> Any:
        method = node.func.attr if isinstance(node.func, ast.Attribute) else None
        owner = self.look(node.func.value) if isinstance(node.func, ast.Attribute) else None
        args = self.display(node.args)
        kwargs = {k.arg: self.look(k.value) for k in node.keywords if k.arg is not None}
        every = len(kwargs) == len(node.keywords)  # no ** among them
        if args is UNKNOWN or owner is UNKNOWN or "out" in kwargs or not every or writes(node.func):
            return UNKNOWN
        if method and isinstance(owner, NUMBERS):
            return self.done(node, getattr(owner, method), (owner, *args), *args, **kwargs)
        function: Any = UNKNOWN if method else self.look(node.func)
        if method and isinstance(owner, (types.ModuleType, np.ufunc)):
            function = getattr(owner, method)
        return self.done(node, function, args, *args, **kwargs) if harmless(function, owner) else UNKNOWN

    # ---- displays and comprehensions ----

    def display(self, elements: Sequence[ast.expr]) -> Any:
        """The values of elements as a list."""
        out = []
        for e in elements:
            if isinstance(e, ast.Starred):
                value = self.look(e.value)
                out += [UNKNOWN] if value is UNKNOWN else list(value)
            else:
                out.append(self.look(e))
        return UNKNOWN if any(x is UNKNOWN for x in out) else out

    def _List(self, node: ast.List) -> Any:
        return self.display(node.elts)

    def _Tuple(self, node: ast.Tuple) -> Any:
        found = self.display(node.elts)
        return found if found is UNKNOWN else tuple(found)

    def _Dict(self, node: ast.Dict) -> Any:
        keys = [UNKNOWN if key is None else self.look(key) for key in node.keys]
        values = self.display(node.values)
        return UNKNOWN if values is UNKNOWN or any(k is UNKNOWN for k in keys) else dict(zip(keys, values, strict=True))

    def turns(self, generators: Sequence[ast.comprehension]) -> Iterator[bool]:
        """Runs the loops of a comprehension; yields whether it is known what they do."""
        if not generators:
            yield True
            return
        first, *rest = generators
        items = self.look(first.iter)
        if not isinstance(items, LOOPED) or first.is_async:
            yield False
            return
        for item in itertools.islice(items, MOST):
            self.bind(first.target, item)
            tests = [self.look(test) for test in first.ifs]
            if any(t is UNKNOWN for t in tests):
                yield False
                return
            if all(tests):
                yield from self.turns(rest)

    def _ListComp(self, node: ast.ListComp) -> Any:
        outer = self.names
        self.names = outer.new_child()
        try:
            out: list[Any] = []
            for known in self.turns(node.generators):
                if not known:
                    return UNKNOWN
                out.append(self.look(node.elt))
            return UNKNOWN if any(x is UNKNOWN for x in out) else out
        finally:
            self.names = outer

    _GeneratorExp = _SetComp = _ListComp

    def _DictComp(self, node: ast.DictComp) -> Any:
        pairs = ast.copy_location(ast.ListComp(ast.Tuple([node.key, node.value], ast.Load()), node.generators), node)
        found = self._ListComp(pairs)
        return found if found is UNKNOWN else dict(found)


def writes(function: object) -> bool:
    """Whether a function goes by a name that writes somewhere."""
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in WRITING


def harmless(function: object, owner: object) -> bool:
    """Whether a call of a function has no effects: functions of NumPy (not random numbers), and a few of Python's."""
    if isinstance(function, np.ufunc) or isinstance(owner, np.ufunc):
        return True
    try:
        if function in HARMLESS:
            return True
    except TypeError:
        return False
    module = getattr(function, "__module__", None) or type(function).__module__ or ""
    packages = ("numpy", "math", "cmath", "dualdiff.numpy", "dualdiff.math", "dualdiff.core", "scipy.special")
    if "random" in module or "testing" in module:
        return False
    return any(module == p or module.startswith(p + ".") for p in packages)


def shape_of(x: object) -> str:
    """The shape of an operand, as text."""
    return str(np.shape(x)) if isinstance(x, NUMBERS) else type(x).__name__
