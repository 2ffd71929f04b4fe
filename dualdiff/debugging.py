"""debug(): the user's source line of errors, and of the first number that is not finite.

While the context is open, the lines of the code that it runs are traced (sys.settrace of this thread only): after
each line the duals among the local variables are looked at.  Nothing else in dualdiff knows of it, so it costs nothing
when it is not used, and it sees the compiled path, the generic path and recordings alike.

Invariant: the code under it gets the same numbers.  Imported by dualdiff/__init__.py and solve/ when first used.
"""

import ast
import linecache
import os
import sys
import warnings

import numpy as np

from .core import Dual, DualArray, Packed, directions_of, forget_lost, lost_mark
from .errors import ArgumentError, NonFiniteError
from .functions.base import value_of
from .spaces import Node, is_dual

__all__ = ["debug", "first_nonfinite"]

OWN = (os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.abspath(np.__file__)))
SAFE = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Name, ast.Constant, ast.Subscript, ast.Slice, ast.Tuple, ast.List,
    ast.operator, ast.unaryop, ast.expr_context, ast.Attribute, ast.Call, ast.keyword,
)  # fmt: skip
PLAIN = (type(np), np.ndarray, Dual, DualArray)


class NonFiniteWarning(RuntimeWarning):
    """A value or a tangent that is not finite, found by ``debug(nan="warn")``."""


class debug:
    """A context in which errors, and the first value or tangent that is not finite, come with the user's source line.

    Looks at the duals in the local variables after each line of the code that runs inside, and at what functions
    return.  Where the line is an expression of operators and NumPy functions, it is taken apart to name the operation.
    An exception gets a note with the last line of user code that it came through.

    Parameters
    ----------
    nan : {"raise", "warn", None}
        What to do at the first inf or nan: a `NonFiniteError`, a warning, or nothing (errors are noted still).

    Raises
    ------
    NonFiniteError
        At the first dual that has an inf or a nan, with the line, the operation, shapes, elements and directions.
    ArgumentError
        For another option.

    Notes
    -----
    It traces Python, so code inside runs many times slower; outside nothing changes.  It holds for its own thread.
    A debugger or a coverage tool that traces too is suspended inside.

    Examples
    --------
    >>> import numpy as np, dualdiff as dd
    >>> def f(x):
    ...     y = x - 1.0
    ...     return np.sum(np.sqrt(y))
    >>> with dd.debug():
    ...     dd.grad(f)(np.array([2.0, 1.0]))
    Traceback (most recent call last):
        ...
    dualdiff.errors.NonFiniteError: ...
    """

    def __init__(self, nan="raise"):
        if nan not in ("raise", "warn", None):
            raise ArgumentError(f'nan must be "raise", "warn" or None, got {nan!r}')
        self.nan = nan
        self.frames: dict = {}      # of each traced frame: (line that runs, the locals before it)
        self.seen: dict = {}        # nodes of recordings that were looked at: id -> node
        self.known: list = []       # duals already reported, or not finite from the start

    def __enter__(self):
        self.old = sys.gettrace()
        if self.nan is not None:
            frame = sys._getframe(1)
            self.outer = frame, frame.f_trace
            self.note(frame)
            frame.f_trace = self.local
            sys.settrace(self.trace)
        return self

    def __exit__(self, kind, error, traceback):
        if self.nan is not None:
            sys.settrace(self.old)
            frame, before = self.outer
            frame.f_trace = before
            self.frames.clear()
            self.seen.clear()
            self.known.clear()
        if error is not None and not isinstance(error, NonFiniteError) and isinstance(error, Exception):
            line = None
            while traceback is not None:
                if not is_own(traceback.tb_frame):
                    line = place(traceback.tb_frame.f_code.co_filename, traceback.tb_lineno)
                traceback = traceback.tb_next
            if line:
                error.add_note(f"dualdiff.debug: raised by {line}")
        return False

    # ---- the trace ----

    def trace(self, frame, event, arg):
        """Of a call: whether its lines are traced."""
        if is_own(frame):
            return None
        self.note(frame)
        for x in frame.f_locals.values():
            if is_dual(x) and flaw(x, self.seen) is not None:
                self.known.append(x)        # it came so
        return self.local

    def note(self, frame):
        """Remembers where a frame is and what it had."""
        self.frames[id(frame)] = frame.f_lineno, dict(frame.f_locals)

    def local(self, frame, event, arg):
        """After a line, and at a return."""
        if event in ("line", "return"):
            line, before = self.frames.get(id(frame), (frame.f_lineno, {}))
            found = [(name, x) for name, x in frame.f_locals.items() if is_dual(x)]
            if event == "return" and is_dual(arg):
                found.append(("the returned value", arg))
            for name, x in found:
                if any(x is y for y in self.known):
                    continue
                what = flaw(x, self.seen)
                if what is not None:
                    inherited = any(v is y for v in before.values() for y in self.known)
                    self.known.append(x)
                    if not inherited:       # else it comes of what was not finite before
                        self.report(frame, line, before, name, x, what)
            if event == "return":
                self.frames.pop(id(frame), None)
            else:
                self.note(frame)
        return self.local

    def report(self, frame, line, before, name, x, what):
        """One finding."""
        file = frame.f_code.co_filename
        operation = culprit(linecache.getline(file, line), frame.f_globals, before)
        where = f" by {operation}" if operation else f" in {name} (shape {np.shape(x)})"
        text = f"{what},{where} at {place(file, line)}"
        if self.nan == "raise":
            sys.settrace(self.old)
            raise NonFiniteError(text)
        warnings.warn_explicit(text, NonFiniteWarning, file, line)


def is_own(frame):
    """Whether a frame is dualdiff's, NumPy's or Python's own."""
    file = frame.f_code.co_filename
    if file.endswith((".pxi", ".pyx")):
        return True
    return file.startswith(OWN) and not file.startswith(os.path.join(OWN[0], "demo")) or file.startswith("<frozen")


def place(file, line):
    """file:line: text."""
    text = linecache.getline(file, line).strip()
    return f"{file}:{line}" + (f": {text}" if text else "")


def flaw(x, seen=None):
    """What is not finite in a dual, or None; of recorded nodes those that were not seen."""
    seen = {} if seen is None else seen
    level = ""
    while is_dual(x):
        v, t = value_of(x.value), x.tangents
        if not np.isfinite(v).all():
            return f"the value{level} is {first(v)}"
        if type(t) is Node:
            return node_flaw(t, seen, level)
        packed = type(t) is Packed
        plain = value_of(t.rows if packed else t)
        if isinstance(plain, np.ndarray) and not np.isfinite(plain).all():
            bad = tuple(int(i) for i in np.argwhere(~np.isfinite(plain))[0])
            element = f" of element {list(bad[1:])}" if len(bad) > 1 else ""
            if packed and bad[0] >= directions_of(t.kind, len(plain)):
                return f"a higher derivative{level}{element} is {plain[bad]}"
            return f"the tangent{level}{element} in direction {bad[0]} is {plain[bad]}"
        x, level = x.value, " (of an outer derivative's value)"
    return None


def node_flaw(node, seen, level):
    """What is not finite among the partial derivatives of a recorded node and of those it came from."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen[id(node)] = node
        for d in getattr(node.map, "partials", None) or ():
            d = value_of(d)
            if d is not None and not np.isfinite(d).all():
                return f"a partial derivative{level} is {first(d)}"
        waiting += node.parents or ()
    return None


def first(v):
    """The first number that is not finite, with its place."""
    v = np.asarray(v)
    bad = tuple(int(i) for i in np.argwhere(~np.isfinite(v))[0])
    return f"{v[bad]} at {list(bad)}" if bad else f"{v[()]}"


# ---- which operation of a line ----------------------------------------------------------------------


def culprit(text, names, variables):
    """The innermost operation of a line whose result is not finite though its operands are, as text; or None.

    Operators, subscripts and NumPy functions are evaluated once more on the variables as they were before the line;
    a line with anything else is left alone.
    """
    try:
        statement = ast.parse(text.strip()).body[0]
    except (SyntaxError, IndexError):
        return None
    expression = getattr(statement, "value", None)
    if expression is None or not safe(expression, names | variables):
        return None
    mark = lost_mark()
    try:
        with np.errstate(all="ignore"):
            return innermost(expression, names, variables)
    except Exception:       # the variables have changed: no name for the operation then
        forget_lost(mark)
        return None


def safe(tree, names):
    """Whether an expression can be evaluated again without any effect."""
    for node in ast.walk(tree):
        if not isinstance(node, SAFE):
            return False
        if isinstance(node, ast.Call):
            head = node.func
            while isinstance(head, ast.Attribute):
                head = head.value
            if not (isinstance(head, ast.Name) and names.get(head.id) is np):
                return False
        elif isinstance(node, ast.Attribute):
            head = node.value
            while isinstance(head, ast.Attribute):
                head = head.value
            if not isinstance(head, ast.Name) or type(names.get(head.id)) not in PLAIN:
                return False
    return True


def innermost(tree, names, variables):
    """`culprit` of an expression tree."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.expr):
            found = innermost(child, names, variables)
            if found is not None:
                return found
    if not isinstance(tree, (ast.BinOp, ast.UnaryOp, ast.Call)):
        return None

    def value(node):
        code = compile(ast.Expression(node), "<debug>", "eval")
        return eval(code, dict(names), dict(variables))

    result = value(tree)
    if not is_dual(result) or flaw(result) is None:
        return None
    children = [c for c in ast.iter_child_nodes(tree) if isinstance(c, ast.expr)]
    if isinstance(tree, ast.Call):
        children = children[1:]
    shapes = " and ".join(str(np.shape(value(c))) for c in children)
    return f"{ast.unparse(tree)} (operands of shape {shapes})"


def first_nonfinite(f, x):
    """Where the first number that is not finite comes from when f runs at x: a sentence, or None.

    x goes in as a dual with a zero tangent, which stays zero, so that only values count.
    """
    from .forward import jvp

    try:
        with debug():
            jvp(f, (x,), (np.zeros(np.shape(x)),))
    except NonFiniteError as found:
        return str(found)
    return None
