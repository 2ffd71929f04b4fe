"""Every linear operation through all that carries derivatives: they say the same, to rounding.

An operation that is added in one place is right in all of them (`Mirror`, `Crossing`), and no second place exists: the
last tests read the sources for it.  Forward rows, the recording walked map by map and in compiled code, its program, its transposes, the derived programs of a
compiled function, patterns, and second order.  The tables must meet every operation there is, so a new one needs a row.
"""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

import dualdiff as dd
import dualdiff.programs.graph as graphs
from dualdiff.core import Tape, collect, make, walk_back, walk_forward
from dualdiff.functions.base import linear
from dualdiff.maps.base import LinearMap, Operation
from dualdiff.maps.linear import pull_running, push_running
from dualdiff.maps.tangents import find_tag, peel, push
from dualdiff.programs import operations, reach
from dualdiff.programs.derive import clone, pull
from dualdiff.sparse import sparsity
from dualdiff.transforms.program import Program
from dualdiff.transforms.recording import Recording

RNG = np.random.default_rng(12)
X = RNG.uniform(0.5, 1.5, (3, 4))
A = RNG.uniform(0.5, 1.5, (3, 4))
B = RNG.uniform(0.5, 1.5, (4, 2))
STACK = RNG.uniform(0.5, 1.5, (2, 4, 3))
MASK = A > 1
PLACES = np.array([[0, 5], [11, 5]])


def written(key, what):
    """x * x after x[key] = what(x)."""

    def f(x):
        y = x * x
        y[key] = what(x)
        return y

    return f


def increased(x):
    """Added at places, one of them twice."""
    y = x * x
    np.add.at(y, (np.array([0, 2, 2]), np.array([1, 3, 3])), np.sin(x[0, :3]))
    return y


def through_a_view(x):
    """A view of a transposed array is overwritten."""
    y = x * x
    y.T[1:3] = x[0, :3]
    y.reshape(-1)[5:7] = x[2, 2]
    return y


def copied_to(x):
    """Writes by a mask and by numbers."""
    y = x * x
    np.copyto(y, x[0], where=MASK)
    np.put(y, [3, 8, 3], x[1, :3])
    return y


class Mirror(Operation):
    """A linear operation that nobody else knows: running sums along axis 0, backwards.  All that it says is here."""

    __slots__ = ()

    fixed = True

    def push(self, s, ts):
        return s.flip(push_running(s, ts[0], 0), s.lead)

    def pull(self, s, w, i):
        return pull_running(s, s.flip(w, s.lead), 0)


def mirror(x):
    return linear(lambda v: np.flip(np.cumsum(v, axis=0), 0), lambda v, y: Mirror(v, y), x)


class Crossing(LinearMap):
    """A product that nobody else knows: a times b backwards along axis 0.  All that it says is here."""

    __slots__ = ("a", "b")

    bends = True

    def __init__(self, a, b, inputs, output):
        super().__init__(inputs, output)
        self.a, self.b = a, b

    def apply(self, ts):
        first = 0 if ts[0] is None else ts[0] * self.b[::-1]
        return first if ts[1] is None else first + self.a * ts[1][:, ::-1]

    def transpose(self, w, i):
        return w * self.b[::-1] if i == 0 else (w * self.a)[:, ::-1]

    def factors(self, i):
        return [None, self.b] if i == 0 else [self.a, None]

    def with_factors(self, others):
        found = self.twin()
        found.a, found.b = others
        return found


def crossing(a, b):
    tag = find_tag(a, b)
    if tag < 0:
        return a * b[::-1]
    (av, at), (bv, bt) = peel(a, tag), peel(b, tag)
    value = crossing(av, bv)
    return make(value, push(Crossing(av.copy(), bv.copy(), (av, bv), value), (at, bt)), tag)


OPERATIONS = {
    "a new operation": mirror,
    "a new product": lambda x: crossing(x * x, np.sin(x)),
    "a new product with a constant": lambda x: crossing(x * x, A) + crossing(A, x * 2),
    "elementwise": lambda x: np.sin(x) * x[0] / (1 + x[:, :1]),
    "cast": lambda x: x.astype(np.float32).astype(float) * 2,
    "slice": lambda x: x[::-1, 1::2],
    "element": lambda x: x[1, 2] * x[-1, 0],
    "new axes": lambda x: x[:, None, ..., 1] * x[None, :, 0],
    "places": lambda x: x[np.array([0, 2, 0])],
    "places of two axes": lambda x: x[PLACES % 3, PLACES % 4],
    "places apart": lambda x: x[None, [2, 0], :, None][0, :, np.array([1, 3, 1])],
    "mask": lambda x: x[MASK],
    "take": lambda x: np.take(x, PLACES),
    "roll": lambda x: np.roll(x, 5),
    "pad": lambda x: np.pad(x, 1),
    "reshape": lambda x: x.reshape(2, 6),
    "transpose": lambda x: x.T[:, None],
    "swapaxes": lambda x: np.swapaxes(x.reshape(2, 2, 3), 0, 2),
    "broadcast": lambda x: np.broadcast_to(x[:, None, :1], (2, 3, 2, 4)),
    "diagonal": lambda x: np.diagonal(x, 1),
    "windows": lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 2)),
    "sum": lambda x: np.sum(x),
    "sum of an axis": lambda x: np.sum(x.reshape(2, 2, 3), axis=1),
    "sum of axes": lambda x: np.sum(x.reshape(2, 2, 3), axis=(0, 2), keepdims=True),
    "running sum": lambda x: np.cumsum(x, axis=1),
    "segments": lambda x: np.add.reduceat(x, [0, 2, 1], axis=1),
    "join": lambda x: np.concatenate([x, A, x[:1] * 2]),
    "join columns": lambda x: np.concatenate([x[:, :1], A, x], axis=1),
    "numbers side by side": lambda x: np.stack([x[0, 0], x[1, 1] * x[0, 0]]),
    "select": lambda x: np.where(MASK, x, x[0] ** 2),
    "select one": lambda x: np.where(MASK[:, :1], 1.0, x),
    "write": written((slice(None, None, 2), 1), lambda x: x[0, :2]),
    "write a number": written((1, 2), lambda x: x[0, 0] ** 2),
    "write all along": written(slice(1, None), lambda x: x[0]),
    "write zeros": written((slice(None), slice(2)), lambda x: 0.0),
    "write at places": written((np.array([0, 2, 0]), np.array([1, 1, 1])), lambda x: x[1, :3]),
    "write by a mask": written(MASK, lambda x: x[MASK] * 3),
    "write through a view": through_a_view,
    "write by functions": copied_to,
    "add at": increased,
    "matrix by matrix": lambda x: x @ B,
    "matrix, second": lambda x: A.T @ x,
    "matrix by vector": lambda x: x @ B[:, 0],
    "matrix by vector, second": lambda x: A @ x[1],
    "vector by matrix": lambda x: x[0] @ B,
    "vector by matrix, second": lambda x: A[:, 0] @ x,
    "vector by vector": lambda x: x[0] @ x[1] + A[0] @ x[2],
    "both factors": lambda x: x @ x.T,
    "stack by matrix": lambda x: STACK @ x,
    "matrix by stack": lambda x: x @ STACK,
    "vector by stack": lambda x: x[0] @ STACK,
    "stack by vector": lambda x: STACK @ x[:, 0],
    "stack by stack": lambda x: x.reshape(2, 1, 2, 3) @ x.reshape(2, 3, 2),
    "einsum": lambda x: np.einsum("ij,jk,i->k", x, B, x[:, 0]),
    "repeated labels": lambda x: np.einsum("ii,ij->ij", x[:, :3], x),
    "convolve": lambda x: np.convolve(x[0], x[1]),
    "largest": lambda x: np.max(x, axis=1) + np.min(x),
    "product": lambda x: np.prod(x, axis=0),
    "solve": lambda x: np.linalg.solve(x[:, :3] + 3 * np.eye(3), x[:, 3:]),
    "solve a vector": lambda x: np.linalg.solve(x[:, :3] + 3 * np.eye(3), x[:, 3]),
    "solve a stack": lambda x: np.linalg.solve(STACK[:, :3] + 3 * np.eye(3), x[None]),
    "inv": lambda x: np.linalg.inv(x[:, :3] + 3 * np.eye(3)),
    "det": lambda x: np.linalg.det(x[:, :3] + 3 * np.eye(3)),
    "slogdet": lambda x: np.linalg.slogdet(x[:, :3] + 3 * np.eye(3))[1],
    "cholesky": lambda x: np.linalg.cholesky(x @ x.T + np.eye(3)),
    "sort": lambda x: np.sort(x, axis=1),
    "fft": lambda x: np.fft.irfft(np.fft.rfft(x) * np.arange(3), 4),
    "norm": lambda x: np.linalg.norm(x, axis=0),
}  # fmt: skip
ROWS = pytest.mark.parametrize("name", OPERATIONS)


def recorded(f):
    """(recording, its nodes in order, places of its argument and of its result)."""
    recording = Recording(lambda x: f(x), (X,), {}, fuse=False)
    (start,), (end,) = recording.inputs, recording.nodes
    order = collect([end])
    return recording, order, order.index(start), len(order) - 1


def along_maps(order, start, t):
    """The tangents of all nodes, by the maps in Python."""
    known = {id(order[start]): t}
    for node in order:
        sources = [None if p is None else known[id(p)] for p in node.parents]
        if id(node) not in known:
            live = node.map is not None and any(s is not None for s in sources)
            known[id(node)] = node.map.apply(sources) if live else None
    return known[id(order[-1])]


def back_along_maps(order, start, w):
    """The cotangent of the argument, by the transposes of the maps in Python."""
    waiting = {id(order[-1]): w}
    for node in reversed(order):
        w = waiting.get(id(node))
        for j, p in enumerate(node.parents if w is not None and node.map is not None else ()):
            if p is not None:
                part = node.map.transpose(w, j)
                waiting[id(p)] = waiting[id(p)] + part if id(p) in waiting else part
    return waiting[id(order[start])]


def same(found, wanted, rtol=1e-11):
    """Equal but for the order of sums."""
    np.testing.assert_allclose(np.reshape(found, np.shape(wanted)), wanted, rtol=rtol, atol=1e-11)


def close_in_float32(found, wanted, rtol=1e-5):
    """The same where some numbers are of float32."""
    np.testing.assert_allclose(np.reshape(found, np.shape(wanted)), wanted, rtol=1e-5, atol=1e-5)


def directions(f, k):
    """(k tangents, the derivatives along them by central differences of a function that need not be smooth elsewhere)."""
    ts, h = RNG.normal(size=(k, *X.shape)), 1e-6
    return ts, np.stack([(np.asarray(f(X + h * t)) - f(X - h * t)) / (2 * h) for t in ts])


@pytest.mark.parametrize("k", [1, 3])
@ROWS
def test_forward(name, k):
    """Rows, maps, the compiled walk, the program, the derived program: J t."""
    f = OPERATIONS[name]
    close = close_in_float32 if name == "cast" else same
    ts, by_differences = directions(f, k)
    rows = np.stack([dd.jvp(f, X, t)[1] for t in ts])
    np.testing.assert_allclose(
        rows, by_differences, rtol=1e-2 if name == "cast" else 1e-5, atol=0.3 if name == "cast" else 1e-6
    )
    recording, order, start, end = recorded(f)
    close(along_maps(order, start, ts), rows)
    close(walk_forward(Tape(order), [start], [ts.copy()], [end])[0], rows)
    if name not in ("cast", "fft"):  # of float64 only
        close(Program([order[start]], [order[end]], Tape(order, [order[start]])).forward([ts])[0], rows)
    compiled = dd.compile(f) if name != "fft" else f  # nor has a derived program complex numbers
    close(np.stack([dd.jvp(compiled, X, t)[1] for t in ts]), rows)
    close(np.stack([dd.linearize(compiled, X)[1] @ t.ravel() for t in ts]), rows)
    matrix = np.reshape(dd.jacobian(f)(X), (-1, X.size))
    close(np.reshape(rows, (k, -1)), ts.reshape(k, -1) @ matrix.T)
    close(np.reshape(dd.jacobian(compiled)(X), matrix.shape), matrix)


@pytest.mark.parametrize("k", [1, 3])
@ROWS
def test_backward(name, k):
    """Maps, the compiled walk, the program, the derived program: J' w, which is that J transposed."""
    f = OPERATIONS[name]
    value = np.asarray(f(X))
    ws, t = RNG.normal(size=(k, *value.shape)), RNG.normal(size=X.shape)
    recording, order, start, end = recorded(f)
    by_maps = back_along_maps(order, start, ws)
    moved = dd.jvp(f, X, t)[1]
    close = close_in_float32 if name == "cast" else same
    close(np.sum(by_maps * t, axis=(1, 2)), np.sum(ws * moved, axis=tuple(range(1, ws.ndim))), 1e-9)
    close(walk_back(Tape(order), [end], [ws.copy()], [start])[0], by_maps)
    if name not in ("cast", "fft"):
        close(Program([order[start]], [order[end]], Tape(order, [order[start]])).backward([ws])[0], by_maps)
    f = dd.compile(f) if name != "fft" else f
    back = dd.vjp(f, X)[1]
    close(np.stack([back(w) for w in ws]), by_maps)
    J = dd.linearize(f, X)[1]
    close(np.stack([J.T @ np.ravel(w) for w in ws]), by_maps.reshape(k, -1))


@ROWS
def test_patterns(name):
    """What the maps and the graph call unreachable has derivative 0."""
    f = OPERATIONS[name]
    matrix = np.reshape(dd.jacobian(f)(X), (-1, X.size))
    assert not np.any(matrix[~(sparsity(f, X).toarray() != 0).reshape(matrix.shape)])
    graph = graph_of(f)
    (found,) = reach.reach(graph, {graph.inputs[0]: reach.sp.identity(X.size, dtype=bool, format="csr")}, graph.outputs)
    assert not np.any(matrix[~found.toarray()])


@ROWS
def test_second_order(name):
    """Rows, the recording, nesting, the derived program: H t of a function that is curved behind the operation."""
    f = OPERATIONS[name]
    if name == "cast":
        pytest.skip("float32 inside: no second differences")
    weights = np.reshape(np.linspace(0.5, 1.5, np.size(f(X))), np.shape(f(X)))

    def loss(x):
        return np.sum(np.exp(0.3 * f(x * x)) * weights)

    t = RNG.normal(size=X.shape)
    nested = dd.jvp(dd.grad(loss, mode="reverse"), X, t)[1]
    forward = dd.jvp(dd.grad(loss, mode="forward"), X, t)[1]
    same(forward, nested, 1e-9)
    same(dd.hvp(loss, X, t), nested, 1e-9)
    whole = np.reshape(dd.hessian(loss)(X), (X.size, X.size))
    same(whole @ t.ravel(), nested.ravel(), 1e-9)
    if name != "fft":  # of complex numbers there is no second derived program
        same(dd.hvp(dd.compile(loss), X, t), nested, 1e-9)


def graph_of(f):
    """The graph of a compiled function."""
    return dd.compile(lambda x: np.ravel(f(x)) * 1.0).__dualdiff_program__.path_for((X,), {}).graph


def test_every_operation_of_graphs_is_met():
    """The table in graph.py's docstring lists them; a call's results are items."""
    listed = set(re.findall(r"^\| (\w+) +\|", graphs.__doc__, re.M)) - {"operation", "captured"}
    met = set()
    for name, f in OPERATIONS.items():
        graph = clone(graph_of(f))
        if name != "fft":  # what only transposes make
            (end,) = graph.outputs
            pull(graph, {end: graph.constant(np.ones(graph.shape[end]))}, graph.inputs, None)
        met.update(graph.op)
    assert listed - met == set()
    assert {"reduce", "call", "put_add"} < listed


def test_every_map_of_maps_is_met():
    """All classes of dualdiff.maps that a recording of real arrays holds."""

    def below(kind):
        return {kind}.union(*map(below, kind.__subclasses__()))

    met = {type(node.map) for f in OPERATIONS.values() for node in recorded(f)[1] if node.map is not None}
    names = {kind.__name__ for kind in below(LinearMap) if kind.__module__.startswith("dualdiff.maps.")}
    bases = {"LinearMap", "Operation", "Move", "Write"}
    # second-order rows; ties; complex numbers; a sparse matrix; what only linalg's second order and scipy.fft make;
    # numbers of derivatives inside each other
    elsewhere = {"Curved", "Shares", "Part", "SparseMatMul", "Spectral", "Stacked"}
    assert names - bases - elsewhere - {kind.__name__ for kind in met} == set()


# ---- once -----------------------------------------------------------------------------------------------

ROOT = Path(dd.__file__).parent
LEAVES = {"input", "captured", "constant", "zeros", "call", "item"}


def asked(path, is_question):
    """The names that a file's comparisons and calls of isinstance ask for, where the question is of one kind."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare) and is_question(node.left):
            found.update(name for x in node.comparators for name in names_in(x))
        elif isinstance(node, ast.Compare) and any(map(is_question, node.comparators)):
            found.update(names_in(node.left))
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
            found.update(names_in(node.args[1]))
    return found


def names_in(tree):
    """Strings and names in an expression."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name):
            yield node.id


def test_one_file_knows_what_the_operations_of_graphs_do():
    """All others look an operation up in `OPERATIONS`; what is left are questions of representation and of cost."""

    def of_an_operation(tree):
        return re.search(r"\b(op|label)\b", ast.unparse(tree)) is not None

    known = set(operations.OPERATIONS)
    found = {path.name: names for path in sorted((ROOT / "programs").glob("*.py"))
             if (names := asked(path, of_an_operation) & known)}  # fmt: skip
    assert found == {
        "compiled.py": {"apply"},  # which loop of complex numbers NumPy takes
        "derived.py": {"apply", "cast", "matmul"},  # along what unit vectors stay cheap
        "explain.py": {"apply", "reduce", "scan"},  # what they are called
        "files.py": {"matmul"},  # whether bits depend on addresses
        "graph.py": {"view"},  # a window is of a dense node
        "inlining.py": {"copy"},  # variables
        "linear.py": {"apply", "copy", "view"},  # what is multiplied out, and what needs no room
        "series.py": {"apply", "matmul"},  # recurrences; all others move coefficients
        "validate.py": {"view", "write"},  # windows lie inside of dense nodes
    }


def test_the_operations_of_graphs_are_those_of_the_table():
    """Those that graph.py lists, but leaves and calls."""
    listed = set(re.findall(r"^\| (\w+) +\|", graphs.__doc__, re.M)) - {"operation"}
    assert set(operations.OPERATIONS) == listed - LEAVES


def test_an_operation_of_maps_is_one_text():
    """Who says push and pull has apply, transpose, reach and move from them."""

    def below(kind):
        return {kind}.union(*map(below, kind.__subclasses__()))

    more = {
        kind.__name__: names
        for kind in below(Operation) - {Operation}
        if "push" in vars(kind) and (names := {"apply", "transpose", "reach", "move"} & set(vars(kind)))
    }
    assert more == {
        "Part": {"move"},
        "MatMul": {"apply", "reach"},  # looks for nan; zeros of a constant factor are structure
    }


def test_few_ask_which_map_it_is():
    """A map's own methods and attributes say what it does; who asks for its class makes programs, or counts zeros."""

    def below(kind):
        return {kind}.union(*map(below, kind.__subclasses__()))

    def of_a_kind(tree):
        return "type(" in ast.unparse(tree) or "kind" in ast.unparse(tree)

    maps = {kind.__name__ for kind in below(LinearMap)} - {"LinearMap"}
    found = {str(path.relative_to(ROOT).as_posix()): names for path in sorted(ROOT.rglob("*.py"))
             if (names := asked(path, of_a_kind) & maps)}  # fmt: skip
    assert found == {
        "functions/elementwise.py": {"Curved"},  # which keeps more arrays
        "maps/moves.py": {"Increment", "Settled"},  # `holds_point`
        "transforms/program.py": {"Elementwise"},  # what a program makes of them
        "transforms/walks.py": {"Elementwise"},  # zeros and infinite partials, element by element
        "patterns/propagate.py": {"Elementwise"},  # the unions of several are one
    }
