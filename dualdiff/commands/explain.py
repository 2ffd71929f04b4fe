"""explain: the operations that a function makes, with shapes, source lines and shares of its time, and their graph.

The function runs once on plain arrays of a class that notes each call of NumPy.  Where its values leave NumPy
(float(x), a compiled routine) the note says so, and the graph ends there: a derivative would end there too.

Invariant: the values are NumPy's own; only the noting is added.
"""

import argparse
import linecache
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..transforms.pytrees import flatten, map_leaves
from .check import differentiable
from .target import add_target, read

__all__ = ["Traced", "arguments", "examine", "graphviz", "text", "trace"]

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = (HERE, os.path.dirname(os.path.abspath(np.__file__)))
METHODS = (
    "reshape", "transpose", "ravel", "flatten", "copy", "astype", "swapaxes", "squeeze", "take", "repeat", "dot",
    "cumsum", "cumprod", "clip", "diagonal", "trace", "argsort", "argmax", "argmin", "sort", "std", "var",
    "searchsorted",
)  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    add_target(parser)
    parser.add_argument("--dot", metavar="FILE", help="write the graph for Graphviz to FILE; - is standard output")
    parser.add_argument("--top", type=int, default=None, metavar="N", help="only the N operations that take longest")


class Notes:
    """What was noted in one run."""

    def __init__(self) -> None:
        self.operations: list[dict[str, Any]] = []

    def call(self, name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Runs one operation on plain arrays, and notes it."""
        inputs = [x.number for x in parts((args, kwargs)) if isinstance(x, Traced) and x.number is not None]
        args, kwargs = plain(args), plain(kwargs)
        start = time.perf_counter()
        result = function(*args, **kwargs)
        return self.note(name, inputs, result, time.perf_counter() - start)

    def note(self, name: str, inputs: list[int], result: Any, seconds: float) -> Any:
        """One line of the table; the result as arrays that note in their turn."""
        if isinstance(result, tuple):
            return tuple(self.note(f"{name}[{i}]", inputs, y, seconds / len(result)) for i, y in enumerate(result))
        if not isinstance(result, (np.ndarray, np.generic)):
            if inputs:
                self.line(name, inputs, (), type(result).__name__, seconds)
            return result
        y = np.asarray(result).view(Traced)
        y.notes, y.number = self, self.line(name, inputs, y.shape, str(y.dtype), seconds)
        return y

    def line(self, name: str, inputs: list[int], shape: tuple[int, ...], dtype: str, seconds: float) -> int:
        """Adds an operation; its number."""
        file, number = where()
        self.operations.append({
            "id": len(self.operations), "name": name, "inputs": inputs, "shape": list(shape), "dtype": dtype,
            "file": file, "line": number, "code": linecache.getline(file, number).strip() if file else "",
            "seconds": seconds,
        })  # fmt: skip
        return len(self.operations) - 1


def where() -> tuple[str, int]:
    """File and line of the user's code that is running."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith((*SKIPPED, "<__array")):
        frame = frame.f_back    # type: ignore[assignment]
    return (frame.f_code.co_filename, frame.f_lineno) if frame is not None else ("", 0)


def parts(x: Any) -> list[Any]:
    """All leaves of arguments, of lists in them too."""
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, (list, tuple)):
        return [leaf for item in x for leaf in parts(item)]
    return [x]


def plain(x: Any) -> Any:
    """Arguments as plain arrays, views of the noted ones, so that writes reach them."""
    if isinstance(x, dict):
        return {name: plain(item) for name, item in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)(plain(item) for item in x) if type(x) in (list, tuple) else x
    if isinstance(x, Traced):
        y = np.ndarray.view(x, np.ndarray)
        return y if y.ndim else y[()]
    return x


class Traced(np.ndarray):
    """A plain array that notes what is done with it."""

    notes: Notes | None = None
    number: int | None = None

    def __array_finalize__(self, other: Any) -> None:
        if isinstance(other, Traced):
            self.notes, self.number = other.notes, other.number

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        notes = noting((inputs, out, kwargs))
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        if out is None:
            return notes.call(name, getattr(ufunc, method), inputs, kwargs)
        before = [x.number for x in parts((inputs, kwargs)) if isinstance(x, Traced) and x.number is not None]
        start = time.perf_counter()
        getattr(ufunc, method)(*plain(inputs), out=tuple(plain_out(y) for y in out), **plain(kwargs))
        seconds = time.perf_counter() - start
        for y in out:
            if isinstance(y, Traced):
                y.number = notes.line(f"{name} in place", before, y.shape, str(y.dtype), seconds)
        return out[0] if len(out) == 1 else out

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return noting((args, kwargs)).call(func.__name__, func, args, kwargs)

    def __getitem__(self, key: Any) -> Any:
        return noting((self, key)).call("index", lambda a, key: a[key], (np.ndarray.view(self, Traced), key), {})

    def __setitem__(self, key: Any, value: Any) -> None:
        notes = noting((self, key, value))
        inputs = [x.number for x in (self, *parts(value)) if isinstance(x, Traced) and x.number is not None]
        start = time.perf_counter()
        plain_out(self)[plain(key)] = plain(value)
        self.number = notes.line("write", inputs, self.shape, str(self.dtype), time.perf_counter() - start)

    @property
    def T(self) -> Any:
        """The transpose."""
        return noting((self,)).call("transpose", np.transpose, (self,), {})

    def __float__(self) -> float:
        return float(noting((self,)).call("float (leaves NumPy)", float, (self,), {}))


def plain_out(y: Any) -> Any:
    """An output as a plain array in the same memory."""
    return np.ndarray.view(y, np.ndarray) if isinstance(y, Traced) else y


def noting(x: Any) -> Notes:
    """The notes of the run that an operand belongs to."""
    return next(leaf.notes for leaf in parts(x) if isinstance(leaf, Traced) and leaf.notes is not None)


def method_of(name: str) -> Callable[..., Any]:
    """An ndarray method that is noted."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        def plainly(a: Any, *rest: Any, **more: Any) -> Any:
            return getattr(a, name)(*rest, **more)

        return noting((self,)).call(name, plainly, (self, *args), kwargs)

    return method


for _name in METHODS:
    setattr(Traced, _name, method_of(_name))


def trace(f: Callable[..., Any], xs: tuple[Any, ...]) -> dict[str, Any]:
    """The operations of f at xs: {"operations": [...], "outputs": [ids], "seconds": of all operations}."""
    f(*map_leaves(lambda x: x.copy() if isinstance(x, np.ndarray) else x, list(xs)))     # imports, caches
    notes = Notes()

    def start(x: Any) -> Any:
        if not differentiable(x):
            return x
        y = np.array(x).view(Traced)
        y.notes, y.number = notes, None
        notes.operations.append({
            "id": len(notes.operations), "name": "input", "inputs": [], "shape": list(y.shape), "dtype": str(y.dtype),
            "file": "", "line": 0, "code": "", "seconds": 0.0,
        })  # fmt: skip
        y.number = len(notes.operations) - 1
        return y

    result = f(*map_leaves(start, list(xs)))
    outputs = [y.number for y in flatten(result)[0] if isinstance(y, Traced) and y.number is not None]
    total = sum(one["seconds"] for one in notes.operations)
    for one in notes.operations:
        one["share"] = one["seconds"] / total if total else 0.0
    return {"operations": notes.operations, "outputs": outputs, "seconds": total}


def examine(options: argparse.Namespace) -> dict[str, Any]:
    """The command."""
    f, xs = read(options)
    found = {"function": options.function, "at": options.at, "top": options.top, **trace(f, xs)}
    if options.dot == "-":
        found["dot"] = graphviz(found)
    elif options.dot:
        with open(options.dot, "w", encoding="utf-8") as file:
            file.write(graphviz(found))
    return found


def shape_of(one: dict[str, Any]) -> str:
    """Shape, and the dtype where it is not float64."""
    shape = "x".join(map(str, one["shape"])) or "number"
    return shape if one["dtype"] == "float64" else f"{shape} {one['dtype']}"


def text(found: dict[str, Any]) -> str:
    """For people."""
    if "dot" in found:
        return str(found["dot"])
    operations = found["operations"]
    if found["top"] is not None:
        operations = sorted(operations, key=lambda one: -one["seconds"])[: found["top"]]
    lines = [f"{len(found['operations'])} operations, {found['seconds'] * 1e6:.3g} us in them", ""]
    lines.append(f"{'':>5} {'operation':28} {'shape':>14} {'share':>6}  source")
    for one in operations:
        call = one["name"] + (f"({', '.join(f'%{i}' for i in one['inputs'])})" if one["inputs"] else "")
        place = f"{os.path.basename(one['file'])}:{one['line']}  {one['code']}" if one["file"] else ""
        lines.append(f"%{one['id']:<4} {call:28} {shape_of(one):>14} {one['share']:6.1%}  {place}".rstrip())
    if found["outputs"]:
        lines += ["", "result: " + ", ".join(f"%{i}" for i in found["outputs"])]
    else:
        lines += ["", "the result does not come out of these operations: the function leaves NumPy, or is constant"]
    return "\n".join(lines)


def graphviz(found: dict[str, Any]) -> str:
    """The graph in Graphviz's language; darker is costlier."""
    lines = ["digraph f {", "  node [shape=box, style=filled, fontname=Helvetica, fontsize=10];"]
    for one in found["operations"]:
        place = f"\\n{os.path.basename(one['file'])}:{one['line']}" if one["file"] else ""
        kind = ', shape=ellipse, fillcolor="#dddddd"' if one["name"] == "input" else (
            f', fillcolor="0.08 {min(1.0, one["share"]):.3f} 1.0"'
        )
        bold = ", penwidth=3" if one["id"] in found["outputs"] else ""
        lines.append(f'  n{one["id"]} [label="{one["name"]}\\n{shape_of(one)}{place}"{kind}{bold}];')
        lines += [f"  n{i} -> n{one['id']};" for i in dict.fromkeys(one["inputs"])]
    return "\n".join([*lines, "}"])
