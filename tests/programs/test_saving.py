"""Programs in files: what is saved is what is loaded, and a damaged or hostile file is an error."""

import copy
import hashlib
import json
import pickle
import struct

import numpy as np
import pytest
from support import leaves

import dualdiff as dd
from dualdiff.errors import CompileNotice, DualDiffError, InputError
from dualdiff.programs.files import from_content
from dualdiff.programs.loaded import Interpreter
from dualdiff.programs.saving import decode
from dualdiff.programs.validate import Broken

X = np.array([0.3, -1.2, 0.7, 2.0])
W = np.arange(16.0).reshape(4, 4)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def moves(x):
    y = np.zeros_like(x)
    y[1:] = x[:-1] * 2
    y[[0, 2]] += x[[3, 1]]
    np.add.at(y, [1, 1], x[:2])
    return {"a": np.cumsum(y)[::-1], "b": (np.max(x), y.reshape(2, 2).T @ W[:2, :2], 2.5, 3)}


def branches(x):
    return np.where(x > 0, x**2, -x) if x[0] > 0 else x.min() * x[1:]


def layers(x):
    return np.tanh(W @ np.sin(x)) * x[0] + np.concatenate([x[:2], x[2:] ** 3]) / np.hypot(x, 1.0) + np.prod(x)


def of_order(x):
    return np.asfortranarray(np.outer(x, x)), x.astype(np.float32) * np.float32(2), x > 1, x[0] > 0


def numbers(t):
    return np.sin(t) * t**2.5 + t / 3.0


def matrices(x):
    a = np.outer(x, x) + 5 * np.eye(len(x))
    return np.linalg.solve(a, x) * np.linalg.det(a) + np.linalg.inv(a)[0] + np.linalg.cholesky(a)[1] @ x


FUNCTIONS = {f.__name__: (f, points) for f, points in [
    (rosenbrock, (X, X + 1)), (moves, (X, X * 2)), (branches, (X, -X, X + 1, X[::-1].copy())), (layers, (X, X / 2)),
    (of_order, (X, X[::-1].copy())), (numbers, (0.7, 1.3)), (matrices, (X, X + 0.5)),
]}  # fmt: skip


def saved(f, points, folder):
    c = dd.compile(f)
    for x in points:
        c(x)
    c.save(folder / "f.dual")
    return c, dd.load(folder / "f.dual")


def same_bits(found, wanted):
    for a, b in zip(leaves(found), leaves(wanted), strict=True):
        assert type(a) is type(b)
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes() or np.allclose(a, b, rtol=1e-14)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_loaded_is_what_was_saved(name, tmp_path):
    f, points = FUNCTIONS[name]
    _, g = saved(f, points, tmp_path)
    for x in points:
        same_bits(g(x), f(x))
        same_bits(g(x + 1e-3), f(x + 1e-3))
    for other in (pickle.loads(pickle.dumps(g)), copy.copy(g), copy.deepcopy(g)):
        same_bits(other(points[0]), f(points[0]))
    g.save(tmp_path / "again.dual")
    assert (tmp_path / "again.dual").read_bytes() == (tmp_path / "f.dual").read_bytes()
    assert g.__name__ == name


@pytest.mark.parametrize("name", ["rosenbrock", "moves", "layers", "branches", "numbers", "matrices"])
def test_derivatives_of_what_was_loaded(name, tmp_path):
    f, points = FUNCTIONS[name]
    _, g = saved(f, points, tmp_path)
    for x in points:
        v = np.ones_like(x) if isinstance(x, np.ndarray) else 1.0
        for _ in range(2):
            for a, b in zip(leaves(dd.jvp(g, (x,), (v,))[1]), leaves(dd.jvp(f, (x,), (v,))[1]), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    if f is rosenbrock:
        np.testing.assert_allclose(dd.grad(g)(X), dd.grad(f)(X), rtol=1e-12)
        np.testing.assert_allclose(dd.hessian(g)(X), dd.hessian(f)(X), rtol=1e-12)
        np.testing.assert_allclose(dd.sparse_hessian(g, X)(X).toarray(), dd.hessian(f)(X), rtol=1e-12)
        np.testing.assert_allclose(dd.linearize(g, X)[1] @ X, dd.grad(f)(X) @ X, rtol=1e-12)
        assert dd.grad(g).__dualdiff_program__.eager == {}


def test_arguments(tmp_path):
    f = lambda p, n, *, s=1.0: p["w"] * p["b"][0] ** n * s      # noqa: E731
    c = dd.compile(f)
    p = {"w": np.asfortranarray(np.arange(6.0).reshape(2, 3)), "b": (2.0, [1.0, None])}
    c(p, 2, s=3.0), c(p, 3)
    c.save(tmp_path / "f")
    g = dd.load(str(tmp_path / "f"))
    same_bits(g(p, 2, s=4.0), f(p, 2, s=4.0))
    same_bits(g(p, 3), f(p, 3))
    with pytest.raises(InputError, match="no program for these arguments"):
        g(p, 4)
    with pytest.raises(InputError, match=r"it takes .*float64 \(2, 3\)"):
        g({"w": np.ones(3), "b": (2.0, [1.0, None])}, 2)
    d = dd.compile(lambda x, h: x * h if h > 0.5 else x, static="h")
    d(X, 0.7), d(X, 0.2)
    d.save(tmp_path / "d")
    h = dd.load(tmp_path / "d")
    same_bits((h(X, 0.7), h(X, 0.2)), (X * 0.7, X))


def test_constant_results(tmp_path):
    f = lambda x: ("text", x * 2, None, True, np.float32(2.5), np.arange(3), 10**30)    # noqa: E731
    _, g = saved(f, (X,), tmp_path)
    assert repr(g(X)) == repr(f(X))


def test_a_way_that_was_not_gone(tmp_path):
    _, g = saved(branches, (X,), tmp_path)
    with pytest.raises(InputError, match="ways"):
        g(-X)


def test_warnings_are_numpys(tmp_path):
    _, g = saved(np.log, (np.abs(X),), tmp_path)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert g(np.zeros(4))[0] == -np.inf


def test_what_cannot_be_saved(tmp_path):
    c = dd.compile(rosenbrock)
    with pytest.raises(InputError, match="not been called"):
        c.save(tmp_path / "f")
    d = dd.compile(lambda x: dd.scipy.linalg.expm(np.outer(x, x)))
    d(X)
    with pytest.raises(InputError, match=r"Python function scipy\.linalg\.expm"):
        d.save(tmp_path / "f")
    m = dd.compile(lambda x: x[x > 0])
    m(X)
    with pytest.raises(InputError, match=r"Python function np\.nonzero"):
        m.save(tmp_path / "f")
    e = dd.compile(lambda x, n: x * 2)
    e(X, frozenset([1]))
    with pytest.raises(InputError, match="frozenset"):
        e.save(tmp_path / "f")
    h = dd.compile(lambda x: float(x[0]) * x)
    with pytest.warns(CompileNotice):
        h(X)
    with pytest.raises(InputError, match="plain float"):
        h.save(tmp_path / "f")
    assert not (tmp_path / "f").exists()


def test_arrays_outside_are_saved_as_they_are(tmp_path):
    w = np.arange(4.0)
    c, g = saved(lambda x: x * w, (X,), tmp_path)
    w[:] = 7.0
    np.testing.assert_array_equal(c(X), X * 7)
    np.testing.assert_array_equal(g(X), X * np.arange(4.0))


# ---- damaged and hostile files ----


def content_of(name, folder):
    f, points = FUNCTIONS[name]
    saved(f, points, folder)
    return (folder / "f.dual").read_bytes()


def sealed(body):
    """A file whose checksum is right."""
    return b"dualprog" + struct.pack("<I", 1) + hashlib.blake2b(body, digest_size=16).digest() + body


def tried(content, x):
    """Loads a file and calls what came of it: an error of ours, or numbers."""
    try:
        g = from_content(content)
        with np.errstate(all="ignore"):
            g(x)
            dd.jvp(g, (x,), (x,))
    except (DualDiffError, FloatingPointError, ZeroDivisionError, IndexError, ValueError, OverflowError):
        return False
    return True


def mutated(content, generator):
    """A file with some bytes changed, sealed again."""
    body = bytearray(content[28:])
    for _ in range(int(generator.integers(1, 4))):
        kind = generator.choice([0, 1, 1, 1, 1, 1, 1, 2, 3])
        at = int(generator.integers(len(body)))
        if kind == 0:
            body[at] = int(generator.integers(256))
        elif kind == 1:     # a digit of the header
            digits = [i for i in range(max(0, at - 200), min(len(body), at + 200)) if 48 <= body[i] < 58]
            if digits:
                body[digits[int(generator.integers(len(digits)))]] = int(generator.integers(48, 58))
        elif kind == 2:
            body[at : at + int(generator.integers(1, 9))] = b""
        else:
            body[at:at] = bytes(body[at : at + int(generator.integers(1, 9))])
    return sealed(bytes(body))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_changed_bytes_are_an_error_and_no_crash(name, tmp_path):
    content, x = content_of(name, tmp_path), FUNCTIONS[name][1][0]
    assert tried(content, x)
    generator = np.random.default_rng(0)
    for _ in range(40):
        tried(mutated(content, generator), x)
    for at in range(0, len(content), max(1, len(content) // 40)):
        assert not tried(content[:at], x)
        broken = bytearray(content)
        broken[at] ^= 1
        with pytest.raises(InputError, match="no program that dualdiff saved"):
            from_content(bytes(broken))


def changed(content, change):
    """A file whose header was changed by a function."""
    body = content[28:]
    n = int.from_bytes(body[:8], "little")
    header = json.loads(body[8 : 8 + n])
    change(header)
    text = json.dumps(header).encode()
    return sealed(len(text).to_bytes(8, "little") + text + body[8 + n :])


def node(header, op, k=0):
    found = [i for i, row in enumerate(header["paths"][0]["graph"]["nodes"]) if row[0] == op]
    return header["paths"][0]["graph"]["nodes"][found[k]]


HOSTILE = {
    "an argument after the node": lambda h: node(h, "apply").__setitem__(1, [10**6, 0]),
    "a negative argument": lambda h: node(h, "apply").__setitem__(1, [-1, -1]),
    "a window beyond its array": lambda h: node(h, "view").__setitem__(2, [10**9, node(h, "view")[2][1]]),
    "a window before its array": lambda h: node(h, "view").__setitem__(2, [-1, node(h, "view")[2][1]]),
    "a large shape": lambda h: node(h, "apply").__setitem__(3, [2**40]),
    "a larger shape than it has": lambda h: node(h, "apply").__setitem__(3, [99]),
    "another dtype": lambda h: node(h, "apply").__setitem__(4, "|i1"),
    "objects": lambda h: node(h, "apply").__setitem__(4, "|O"),
    "a call": lambda h: node(h, "apply").__setitem__(0, "call"),
    "a function that is none": lambda h: node(h, "apply").__setitem__(2, "fromfile"),
    "a private name": lambda h: node(h, "apply").__setitem__(2, "__doc__"),
    "a module's name": lambda h: node(h, "apply").__setitem__(2, "operator.attrgetter"),
    "a function of two": lambda h: node(h, "apply").__setitem__(2, "add.reduce"),
    "a constant that is not there": lambda h: node(h, "constant").__setitem__(2, 10**6),
    "an array beyond the file": lambda h: h["paths"][0]["graph"]["constants"][0].__setitem__(2, 10**12),
    "an output that is none": lambda h: h["paths"][0]["graph"].__setitem__("outputs", [10**6]),
    "a kink that is none": lambda h: h["paths"][0]["graph"].__setitem__("kinks", [0]),
    "a kink that is not there": lambda h: h["paths"][0]["graph"].__setitem__("kinks", [10**6]),
    "no kinks": lambda h: h["paths"][0]["graph"].__setitem__("kinks", None),
    "more guards than there are": lambda h: h["paths"][0].__setitem__("first", 7),
    "a guard of no kind": lambda h: h["paths"][0]["graph"]["guards"].append([0, "finite", ["bool", False], "?"]),
    "no inputs": lambda h: h["paths"][0]["graph"].__setitem__("inputs", []),
    "deep lists": lambda h: h["paths"][0].__setitem__("arguments", json.loads("[" * 500 + "]" * 500)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_headers(name, tmp_path):
    content = content_of("rosenbrock", tmp_path)
    with pytest.raises(InputError, match="no program that dualdiff saved"):
        from_content(changed(content, HOSTILE[name]))
    with pytest.raises(Broken):
        decode(changed(content, HOSTILE[name]))


def test_other_files(tmp_path):
    for content in (b"", b"dualprog", b"\x80\x04K\x01.", sealed(b""), sealed(b"\xff" * 8), sealed(bytes(8) + b"{}")):
        (tmp_path / "f").write_bytes(content)
        with pytest.raises(InputError, match="no program that dualdiff saved"):
            dd.load(tmp_path / "f")
    with pytest.raises(InputError, match="path of a file"):
        dd.load(3.0)
    with pytest.raises(FileNotFoundError):
        dd.load(tmp_path / "none")


def test_the_graph_means_the_same_with_numpy_and_with_duals(tmp_path):
    for name in ("moves", "layers", "rosenbrock"):
        f, points = FUNCTIONS[name]
        g = Interpreter(content_of(name, tmp_path))
        same_bits(g(points[0]), f(points[0]))
        for a, b in zip(leaves(dd.jvp(g, (X,), (X,))[1]), leaves(dd.jvp(f, (X,), (X,))[1]), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


GUARDED = {
    "bool": (lambda x: x.sum() if x[0] > 0 else x.prod(), [X, -X]),
    "int": (lambda x: x * int(np.floor(x[0] * 10)), [X, 2 * X]),
    "float": (lambda x: x * round(x[0]), [X, 4 * X]),
    "array": (lambda x: x * len(str(x > 0.5)), [X, 2 * X]),
    "finite": (lambda x: x - dd.grad(lambda y: np.sum(np.sqrt(y)))(np.abs(x)), [X, 2 * X]),
    "both": (lambda x: dd.grad(lambda y: np.sum(y**2) if y[0] > 0.4 else np.sum(np.abs(y)))(x), [X, 2 * X]),
}


@pytest.mark.parametrize("name", GUARDED)
def test_guards_of_every_kind(name, tmp_path):
    f, points = GUARDED[name]
    c, g = saved(f, points, tmp_path)
    before = [path["guards"] for path in c.explain().paths]
    assert [path["guards"] for path in g.explain().paths] == before
    for _ in range(2):
        for x in points:
            np.testing.assert_allclose(g(x), f(x), rtol=1e-12)
            v = np.cos(x)
            np.testing.assert_allclose(dd.jvp(g, (x,), (v,))[1], dd.jvp(f, (x,), (v,))[1], rtol=1e-10)


def test_where_the_function_itself_is_needed(tmp_path):
    _, g = saved(GUARDED["finite"][0], [X], tmp_path)
    with pytest.raises(InputError, match="derivatives inside, .* not finite"):
        g(np.zeros_like(X))
    np.testing.assert_allclose(g(X), X - 0.5 / np.sqrt(np.abs(X)))
    h = lambda x: np.sum(x * dd.grad(lambda y: np.sum(np.abs(y)))(x))  # noqa: E731
    _, g = saved(h, [X], tmp_path)
    at = X.copy()
    at[0] = 0.0
    np.testing.assert_allclose(g(at), h(at))
    dd.grad(g)(X)
    with pytest.raises(InputError, match="a kink, in second order"):
        dd.grad(g)(at)


def test_programs_of_derivatives(tmp_path):
    loss = lambda x: np.sum(np.sin(x) * x**2) + np.linalg.norm(x) ** 3  # noqa: E731
    for f in (dd.grad(loss), dd.hessian(loss), lambda x: x - np.linalg.solve(dd.hessian(loss)(x), dd.grad(loss)(x))):
        _, g = saved(f, [X], tmp_path)
        for x in (X, 1.1 * X):
            np.testing.assert_allclose(g(x), f(x), rtol=1e-10)
            np.testing.assert_allclose(dd.jvp(g, (x,), (X,))[1], dd.jvp(f, (x,), (X,))[1], rtol=1e-9)
