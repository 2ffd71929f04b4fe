"""What stands for a function whose programs come from a file, and how they are written into one.

A function that comes from a file has no Python code.  Where f itself would be asked, its graph is evaluated operation
by operation: with NumPy, which warns as NumPy does, or with duals, for a derivative that is taken without a program.
"""

import inspect
import os
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from ..core import Dual, DualArray
from ..errors import InputError
from ..functions.base import value_of
from .arguments import shape_of, spread_out, static_key
from .evaluate import Arrays, evaluate
from .graph import Graph, Guard, window_places
from .names import ufunc_of
from .operations import OPERATIONS
from .recording import Path
from .saving import Saved, decode, encode
from .traced import plain
from .validate import Broken

__all__ = ["Interpreter", "save"]


class Interpreter:
    """The function of saved paths, by its graphs.

    content: the bytes of the file.
    """

    def __init__(self, content: bytes) -> None:
        header, self.saved = decode(content)
        self.content, self.header = content, header
        self.__name__ = self.__qualname__ = header["name"]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The result of one call."""
        leaves, structure = spread_out(args, kwargs)
        for saved in self.saved:
            inputs = fitting(saved, leaves, structure, bool(kwargs))
            if inputs is not None and goes(saved.path.graph, inputs, saved.path.first):
                path = saved.path
                self.check(path, inputs)
                return path.finish([given(x, o) for x, o in zip(
                    meaning(path.graph, inputs, path.graph.outputs),
                    [o for o in path.outputs if o.kind != "constant"], strict=True,
                )])  # fmt: skip
        raise InputError(
            f"the saved function {self.__name__} has no program for these arguments; it takes "
            + "; or ".join(", ".join(map(leaf_text, saved.path.leaves)) or "nothing" for saved in self.saved)
            + ", and goes the ways that it had gone when it was saved"
        )

    def check(self, path: Path, inputs: list[Any]) -> None:
        """Raises where the function itself would be needed, which a file does not hold."""
        g = path.graph
        dual = any(isinstance(x, (Dual, DualArray)) for x in inputs)
        kinks = [Guard(i, "bool", False, "a kink, in second order") for i in g.kinks] if dual else []
        for guard in (*g.guards[path.first :], *kinks):
            if not answers([guard], evaluated(g, inputs, [guard])):
                raise InputError(
                    f"the saved function {self.__name__} takes derivatives inside, and one needs the function itself "
                    f"here ({guard.where}); call the function that was saved"
                )

    def __reduce__(self) -> Any:
        return Interpreter, (self.content,)

    def __repr__(self) -> str:
        return f"<saved {self.__name__}>"


def leaf_text(leaf: Any) -> str:
    """An argument, for a message."""
    if leaf.kind == "static":
        return repr(leaf.value)
    return f"{leaf.dtype} {leaf.shape}" if leaf.kind == "array" else leaf.kind


def given(x: Any, out: Any) -> Any:
    """A result of a program's kind."""
    if out.kind == "array":
        return x
    x = x[()] if np.ndim(x) == 0 and isinstance(x, np.ndarray) or hasattr(x, "tangents") else x
    return x.item() if out.kind == "python" and isinstance(x, np.generic) else x


def fitting(saved: Saved, leaves: list[Any], structure: Any, named: bool) -> list[Any] | None:
    """What the graph of a path gets of a call's leaves, plain or dual; None where they are of another kind."""
    if named != saved.named or len(leaves) != len(saved.path.leaves):
        return None
    if shape_of(structure) != shape_of(saved.structure):
        return None
    found = []
    for x, leaf in zip(leaves, saved.path.leaves, strict=True):
        if leaf.kind == "static":
            try:
                if static_key(x) != static_key(leaf.value):
                    return None
            except Exception:
                return None
            continue
        v = np.asarray(plain(value_of(x)))
        if v.shape != leaf.shape or v.dtype != leaf.dtype:
            return None
        if isinstance(x, (float, np.generic)):
            x = np.asarray(x)
        found.append(x if leaf.order is None else np.transpose(x, leaf.order))
    return found


def goes(g: Graph, inputs: list[Any], first: int) -> bool:
    """Whether a call goes the way of a graph; first: how many guards say so."""
    return answers(g.guards[:first], evaluated(g, inputs, g.guards[:first]))


def evaluated(g: Graph, inputs: list[Any], guards: list[Guard]) -> list[Any]:
    """What guards ask."""
    if not guards:
        return []
    values = [np.asarray(plain(value_of(x))) for x in inputs]
    with np.errstate(all="ignore"):
        return evaluate(g, values, [guard.node for guard in guards])


def answers(guards: list[Guard], found: list[Any]) -> bool:
    """Whether all of some guards hold."""
    for x, guard in zip(found, guards, strict=True):
        if guard.kind == "finite":
            if not np.all(np.isfinite(x)):
                return False
        elif guard.kind == "array":
            if x.tobytes() != np.ascontiguousarray(guard.seen).tobytes():
                return False
        elif not bool(np.all({"bool": bool, "int": int, "float": float}[guard.kind](x.reshape(-1)[0]) == guard.seen)):
            return False
    return True


def meaning(g: Graph, inputs: list[Any], ends: list[int]) -> list[Any]:
    """The values of nodes, of inputs that may be duals."""
    if all(type(x) is np.ndarray for x in inputs):
        return evaluate(g, inputs, ends)
    found: dict[int, Any] = {}
    for i in g.needed(ends):
        found[i] = of_node(g, i, [found[a] for a in g.args[i]], inputs)
    return [found[i] for i in ends]


def of_node(g: Graph, i: int, xs: list[Any], inputs: list[Any]) -> Any:
    """The value of one node; `evaluate.run` for duals."""
    op, attr = g.op[i], g.attr[i]
    if op == "input":
        return inputs[attr]
    if op == "constant":
        return g.constants[attr]
    return np.zeros(g.shape[i], g.dtype[i]) if op == "zeros" else OPERATIONS[op].value(DUALS, g, i, xs)


class Duals(Arrays):
    """Values that may be duals."""

    def made(self, x: Any, dtype: Any) -> Any:
        return x

    def function(self, name: str) -> Any:
        return elementwise(name)

    def copy(self, x: Any) -> Any:
        return +x if isinstance(x, Dual) else x.copy()

    def window(self, x: Any, offset: int, shape: Sequence[int], strides: Sequence[int]) -> Any:
        return self.taken(x, window_places(offset, shape, strides))

    def taken(self, x: Any, places: Any) -> Any:
        return np.reshape(x, -1)[places]

    def written(self, x: Any, at: Any, y: Any, adds: bool) -> Any:
        places = window_places(*at) if type(at) is tuple else at
        row = np.reshape(x, -1)
        # a buffer that holds the duals of both
        buffer = np.zeros(row.shape, row.dtype, like=y if hasattr(y, "tangents") and not isinstance(y, Dual) else row)
        if isinstance(y, Dual):
            buffer = np.zeros(row.shape, row.dtype, like=np.reshape(y, (1,)))
        buffer[...] = row
        if adds:
            np.add.at(buffer, np.reshape(places, -1), np.reshape(np.broadcast_to(y, np.shape(places)), -1))
        else:
            buffer[places] = y
        return np.reshape(buffer, np.shape(x))

    def reduced(self, x: Any, name: str, axes: tuple[int, ...], keepdims: bool) -> Any:
        for a in sorted(axes, reverse=True):
            x = getattr(np, name).reduce(x, axis=a, keepdims=keepdims)
        return x


DUALS = Duals()


def elementwise(name: str) -> Any:
    """An elementwise function for duals."""
    from .. import math as ours

    if name.startswith("operator."):
        return {"pow": np.power, "floordiv": np.floor_divide, "mod": np.remainder}[name[9:]]
    if name.startswith("math."):
        function = getattr(ours, name[5:])
        return lambda *xs: function(*(x if isinstance(x, Dual) else np.reshape(x, -1)[0] for x in xs))
    return ufunc_of(name)


def save(paths: Any, file: Any, f: Any, options: dict[str, Any]) -> None:
    """`CompiledFunction.save`."""
    if isinstance(f, Interpreter):
        content = f.content
    else:
        entries = [entry.path for entries in paths.table.values() for entry in entries]
        if not entries:
            why = next(iter(paths.eager.values()), "it has not been called yet")
            raise InputError(f"there is no program of {paths.name} to save: {why}")
        try:
            parameters = list(inspect.signature(f).parameters)
        except (TypeError, ValueError):
            parameters = []
        static = [options["static"]] if isinstance(options["static"], str) else list(options["static"])
        content = encode(paths.name, paths.exact, parameters, static, entries)
        try:
            Interpreter(content)    # what is written can be read
        except Broken as error:
            raise InputError(f"{paths.name} cannot be saved: {error}") from None
    target = FilePath(os.fspath(file))
    target.write_bytes(content)
