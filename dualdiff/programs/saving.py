"""Programs as bytes: data only, every part of which is checked when it is read.

Layout of a file:

| bytes | what |
|-------|------|
| 8 | b"dualprog" |
| 4 | version of the format, little endian |
| 16 | blake2b of all that follows |
| 8 | length of the header |
| ... | the header, JSON in UTF-8: paths, their nodes, and for each array its dtype, shape and place |
| ... | the arrays' elements, little endian, in C order |
"""

import hashlib
import json
import math
from typing import Any

import numpy as np

from ..errors import InputError
from ..transforms.pytrees import flatten, unflatten
from .arguments import Leaf, described, spread_out, together
from .explain import needed
from .graph import Graph, Guard
from .recording import Output, Path
from .validate import KINDS, Broken, check, need

__all__ = ["Saved", "decode", "encode"]

MAGIC, VERSION = b"dualprog", 2
EXAMPLES = {"float": 0.0, "complex": 0j}
"""Numbers of Python's that are arguments."""

LEAVES = ("array", "float", "complex", "number", "static")
KINDS_OF_OUTPUT = ("array", "number", "python", "constant")


class Saved:
    """One path as it is in a file: key of its arguments, path, structure of its arguments, whether some are by name."""

    def __init__(self, key: Any, path: Path, structure: Any, named: bool) -> None:
        self.key, self.path, self.structure, self.named = key, path, structure, named


# ---- writing --------------------------------------------------------------------------------


class Writer:
    """The arrays of a file."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.length = 0

    def array(self, x: Any) -> list[Any]:
        """What the header says of an array."""
        x = np.ascontiguousarray(x).reshape(np.shape(x))
        x = x.astype(x.dtype.newbyteorder("<"))
        start = self.length
        self.parts.append(x.tobytes())
        self.length += len(self.parts[-1])
        return [x.dtype.str, list(x.shape), start]

    def value(self, x: Any) -> Any:
        """A constant result, a static argument, or the answer of a guard."""
        if x is None or type(x) in (bool, str):
            return [type(x).__name__, x]
        if type(x) is int:
            return ["int", str(x)]
        if type(x) is float:
            return ["float", x.hex()]
        if type(x) is np.ndarray and x.dtype.kind in KINDS:
            return ["array", self.array(x)]
        if isinstance(x, np.generic) and x.dtype.kind in KINDS:
            return ["number", self.array(x)]
        raise InputError(f"a program with {type(x).__name__} among its arguments or results cannot be saved")


def shown(structure: Any, count: int) -> Any:
    """A structure as lists."""
    return container(unflatten(structure, list(range(count))))


def container(x: Any) -> Any:
    """A container with numbers as its leaves, as lists."""
    kind = type(x)
    if kind is int or x is None:
        return x
    if kind is list or kind is tuple:
        return [kind.__name__, [container(e) for e in x]]
    if kind is dict and all(type(k) is str for k in x):
        return ["dict", [[k, container(e)] for k, e in x.items()]]
    raise InputError(f"a program with a {kind.__name__} among its arguments or results cannot be saved")


def of_graph(g: Graph, w: Writer) -> dict[str, Any]:
    """What a header says of a graph."""
    nodes = sorted({*needed(g), *g.inputs, *g.needed(g.kinks)})
    number = {i: k for k, i in enumerate(nodes)}
    constants: list[Any] = []
    rows = []
    for i in nodes:
        op, attr = g.op[i], g.attr[i]
        if op == "call":
            raise InputError(f"the program calls the Python function {attr.name}, which a file cannot hold")
        if op in ("constant", "captured"):
            constants.append(w.array(g.constants[attr] if op == "constant" else g.captured[attr]))
            op, attr = "constant", len(constants) - 1
        rows.append([op, [number[a] for a in g.args[i]], attr, list(g.shape[i]), g.dtype[i].newbyteorder("<").str])
    guards = [[number[x.node], x.kind, w.value(plain_answer(x)), str(x.where)] for x in g.guards]
    return {"nodes": rows, "constants": constants, "guards": guards, "kinks": [number[i] for i in g.kinks],
            "inputs": [number[i] for i in g.inputs], "outputs": [number[i] for i in g.outputs]}  # fmt: skip


def plain_answer(guard: Guard) -> Any:
    """The answer of a guard as one of Python's, or as an array."""
    kinds = {"bool": bool, "int": int, "float": float, "finite": bool}
    return kinds[guard.kind](guard.seen) if guard.kind in kinds else np.ascontiguousarray(guard.seen)


def encode(name: str, exact: bool, parameters: list[str], static: list[str], paths: list[Path]) -> bytes:
    """The bytes of programs."""
    w = Writer()
    rows = []
    for path in paths:
        structure, named = path.arguments
        leaves = [
            [leaf.kind, list(leaf.shape), None if leaf.dtype is None else leaf.dtype.newbyteorder("<").str,
             None if leaf.order is None else list(leaf.order), w.value(leaf.value if leaf.kind == "static" else None)]
            for leaf in path.leaves
        ]  # fmt: skip
        outputs = [
            [o.kind, list(o.shape), None if o.dtype is None else o.dtype.newbyteorder("<").str,
             None if o.kind == "constant" or o.order is None else list(o.order),
             w.value(o.value if o.kind == "constant" else None)]
            for o in path.outputs
        ]  # fmt: skip
        rows.append({"arguments": shown(structure, len(path.leaves)), "named": named, "leaves": leaves,
                     "outputs": outputs, "result": shown(path.structure, len(path.outputs)),
                     "first": path.first, "derives": path.derives,
                     "graph": of_graph(path.graph, w)})  # fmt: skip
    header = {"name": name, "exact": exact, "parameters": parameters, "static": static, "paths": rows}
    text = json.dumps(header, allow_nan=False).encode()
    body = len(text).to_bytes(8, "little") + text + b"".join(w.parts)
    return MAGIC + VERSION.to_bytes(4, "little") + hashlib.blake2b(body, digest_size=16).digest() + body


# ---- reading --------------------------------------------------------------------------------


def decode(content: bytes) -> tuple[dict[str, Any], list[Saved]]:
    """(header, paths) of bytes; Broken says what is wrong with them."""
    need(content[:8] == MAGIC, "it does not begin as one")
    need(int.from_bytes(content[8:12], "little") == VERSION, "it is of another version of the format")
    body = content[28:]
    need(hashlib.blake2b(body, digest_size=16).digest() == content[12:28], "it is damaged")
    length = int.from_bytes(body[:8], "little")
    need(length <= len(body) - 8, "its header is longer than the file")
    try:
        header = json.loads(body[8 : 8 + length].decode())
        return read(header, memoryview(body)[8 + length :])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, OverflowError) as error:
        raise Broken(f"its header is none ({type(error).__name__}: {error})") from None


def read(header: Any, data: memoryview) -> tuple[dict[str, Any], list[Saved]]:
    """`decode` of a header."""
    need(type(header) is dict, "no header")
    need(type(header["name"]) is str and type(header["exact"]) is bool, "no header")
    for names in (header["parameters"], header["static"]):
        need(type(names) is list and all(type(x) is str for x in names), "no names")
    need(type(header["paths"]) is list and header["paths"], "no paths")
    return header, [path_of(row, data) for row in header["paths"]]


def dtype_of(text: Any) -> np.dtype[Any]:
    """A dtype of numbers."""
    need(type(text) is str and len(text) <= 8 and text[:1] in "<|" and text[1:2] in KINDS, f"no dtype {text!r:.40}")
    found: np.dtype[Any] = np.dtype(text).newbyteorder("=")
    return found


def ints(xs: Any) -> tuple[int, ...]:
    """A tuple of ints."""
    need(type(xs) is list and len(xs) <= 64 and all(type(x) is int for x in xs), "no list of integers")
    return tuple(xs)


def array_of(row: Any, data: memoryview) -> np.ndarray[Any, Any]:
    """An array."""
    need(type(row) is list and len(row) == 3, "no array")
    dtype, shape, start = dtype_of(row[0]), ints(row[1]), row[2]
    need(len(shape) <= 32 and all(n >= 0 for n in shape), "no shape")
    size = math.prod(shape) * dtype.itemsize
    need(type(start) is int and 0 <= start and start + size <= len(data), "an array that reaches beyond the file")
    found = np.frombuffer(data[start : start + size], dtype.newbyteorder("<")).astype(dtype)
    return found.reshape(shape)


def value_of(row: Any, data: memoryview) -> Any:
    """What `Writer.value` has written."""
    need(type(row) is list and len(row) == 2, "no value")
    kind, x = row
    if kind in ("bool", "str", "NoneType"):
        need(type(x).__name__ == kind, "no value")
        return x
    if kind == "int":
        need(type(x) is str and len(x) < 1000, "no value")
        return int(x)
    if kind == "float":
        need(type(x) is str and len(x) < 64, "no value")
        return float.fromhex(x)
    need(kind in ("array", "number"), "no value")
    found = array_of(x, data)
    need(kind == "array" or not found.shape, "no number")
    return found if kind == "array" else found[()]


def containers(x: Any, used: list[int]) -> Any:
    """What `container` has written; used: the numbers of the leaves, in order."""
    if x is None:
        return None
    if type(x) is int:
        need(x == len(used), "leaves in no order")
        used.append(x)
        return x
    need(type(x) is list and len(x) == 2 and type(x[1]) is list, "no container")
    if x[0] == "dict":
        need(all(type(e) is list and len(e) == 2 and type(e[0]) is str for e in x[1]), "no dict")
        need(len({e[0] for e in x[1]}) == len(x[1]), "a key twice")
        return {k: containers(e, used) for k, e in x[1]}
    need(x[0] in ("list", "tuple"), "no container")
    found = [containers(e, used) for e in x[1]]
    return found if x[0] == "list" else tuple(found)


def graph_of(row: Any, data: memoryview) -> Graph:
    """A graph, checked."""
    g = Graph()
    need(all(type(row[part]) is list for part in ("nodes", "constants", "guards", "kinks")), "no graph")
    g.constants = [array_of(x, data) for x in row["constants"]]
    for node in row["nodes"]:
        need(type(node) is list and len(node) == 5 and type(node[0]) is str, "no node")
        op, args, attr, shape, dtype = node
        g.op.append(op)
        g.args.append(tuple(args) if type(args) is list else (-1,))
        g.attr.append(as_tuples(attr))
        g.shape.append(ints(shape))
        g.dtype.append(dtype_of(dtype))
    g.inputs, g.outputs = list(ints_of_any_length(row["inputs"])), list(ints_of_any_length(row["outputs"]))
    for guard in row["guards"]:
        need(type(guard) is list and len(guard) == 4 and type(guard[3]) is str, "no guard")
        need(type(guard[0]) is int and type(guard[1]) is str, "no guard")
        g.guards.append(Guard(guard[0], guard[1], value_of(guard[2], data), guard[3]))
    g.kinks = list(ints_of_any_length(row["kinks"]))
    check(g)
    return g


def ints_of_any_length(xs: Any) -> list[int]:
    """A list of ints."""
    need(type(xs) is list and all(type(x) is int for x in xs), "no list of integers")
    return list(xs)


def as_tuples(x: Any) -> Any:
    """An attribute."""
    if type(x) is list:
        return tuple(map(as_tuples, x))
    need(x is None or type(x) in (int, str, bool), "no attribute")
    return x


def order_of(x: Any, ndim: int) -> Any:
    """An order of axes."""
    if x is None:
        return None
    found = ints(x)
    need(sorted(found) == list(range(ndim)), "no order of axes")
    return found


def path_of(row: Any, data: memoryview) -> Saved:
    """A path, checked."""
    need(type(row) is dict, "no path")
    g = graph_of(row["graph"], data)
    used: list[int] = []
    sample, named = containers(row["arguments"], used), row["named"]
    need(type(named) is bool, "no path")
    need(len(used) == len(row["leaves"]), "other leaves than arguments")
    leaves, examples, place = [], [], 0
    for leaf in row["leaves"]:
        kind, shape, dtype, order, value = leaf
        need(kind in LEAVES, "no argument")
        if kind == "static":
            found = Leaf("static", value=value_of(value, data))
            need(found.value is None or type(found.value) in (bool, int, float, str), "no argument")
            examples.append(found.value)
        else:
            found = Leaf(kind, ints(shape), dtype_of(dtype), order_of(order, len(shape)))
            need(place < len(g.inputs), "fewer inputs than arguments")
            i = g.inputs[place]
            own = found.shape if found.order is None else tuple(found.shape[k] for k in found.order)
            need(g.shape[i] == own and g.dtype[i] == found.dtype, "an argument that is not the graph's")
            need(kind == "array" or not found.shape, "a number with axes")
            need(kind != "float" or found.dtype == np.dtype(float), "a float of another type")
            need(kind != "complex" or found.dtype == np.dtype(complex), "a complex number of another type")
            need(kind != "number" or found.dtype.kind in "fc", "a number of another type")
            place += 1
            x = np.broadcast_to(np.zeros((), found.dtype), found.shape)
            examples.append(EXAMPLES[kind] if kind in EXAMPLES else found.dtype.type(0) if kind == "number" else x)
        leaves.append(found)
    need(place == len(g.inputs), "more inputs than arguments")
    outputs, place = [], 0
    for out in row["outputs"]:
        kind, shape, dtype, order, value = out
        need(kind in KINDS_OF_OUTPUT, "no result")
        if kind == "constant":
            o = Output("constant", value=value_of(value, data))
            o.order = isinstance(o.value, np.ndarray) or None
        else:
            o = Output(kind, ints(shape), dtype_of(dtype), order_of(order, len(shape)))
            need(place < len(g.outputs), "fewer outputs than results")
            i = g.outputs[place]
            own = o.shape if o.order is None else tuple(o.shape[k] for k in o.order)
            need(g.shape[i] == own and g.dtype[i] == o.dtype, "a result that is not the graph's")
            need(kind == "array" or not o.shape, "a number with axes")
            place += 1
        outputs.append(o)
    need(place == len(g.outputs), "more outputs than results")
    used = []
    result = containers(row["result"], used)
    need(len(used) == len(outputs), "other leaves than results")
    structure = flatten(result)[1]
    args, kwargs = together(flatten(sample)[1], examples, named)
    first, derives = row["first"], row["derives"]
    need(type(first) is int and 0 <= first <= len(g.guards) and type(derives) is bool, "no path")
    path = Path(g, leaves, outputs, structure, first, derives)
    return Saved((args, kwargs), path, flatten(sample)[1], named)


def key_of(saved: Saved, fixed: Any) -> Any:
    """The key that calls of a path have."""
    args, kwargs = saved.key
    leaves, structure = spread_out(args, kwargs)
    dense = []
    for x, leaf in zip(leaves, saved.path.leaves, strict=True):
        if leaf.kind == "array":
            own = leaf.shape if leaf.order is None else tuple(leaf.shape[k] for k in leaf.order)
            x = np.empty(own, leaf.dtype)
            x = x if leaf.order is None else x.transpose(np.argsort(leaf.order))
        dense.append(x)
    return described(dense, structure, fixed(args, kwargs) if fixed is not None else ())[0]
