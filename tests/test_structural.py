"""The compiled forms of structural functions against the generic path and NumPy's values, call by call.

Functions that are declared to go on a stack of tangents are in test_stacked.py.
"""

import numpy as np
import pytest
from support import close, same_bits

import dualdiff as dd
from dualdiff import DualArray
from dualdiff.core import collect, make_array
from dualdiff.transforms.recording import Recording

N = 7
X = np.array([0.3, 1.7, -0.4, 1.1, 2.0, 0.9, -1.3])
Y = np.linspace(1.1, 2.0, N)
M = np.cos(np.arange(21.0)).reshape(3, N)
S = np.sin(np.arange(49.0)).reshape(N, N)
C = np.sin(np.arange(60.0) ** 2).reshape(3, 4, 5)
TIES = np.array([[1.0, 2.0, 2.0], [3.0, 3.0, 3.0], [-1.0, 3.0, 2.0]])
MASK = X > 0.5
WHERE = np.array([4, 0, -1, 4])

CALLS = [
    "x[3]", "x[-1]", "x[1:]", "x[None]", "x[...]", "x[np.int64(2)]", "x[idx]", "x[[0, 3, 3]]", "x[mask]",
    "x[idx.reshape(2, 2)]", "m[1]", "m[1, 2]", "m[-1, -2]", "m[..., 1]", "m[:, idx]", "m[idx[1:2], idx[1:2]]",
    "m[m_mask]", "m[[0, 2], 1:3]", "m[1, idx]", "m[:, None, idx]", "m.T", "m.transpose(1, 0)", "m.transpose((1, 0))",
    "np.transpose(m, (1, 0))", "np.swapaxes(m, 0, -1)", "x.reshape(7, 1)", "m.reshape(-1)", "m.reshape(7, -1)",
    "np.reshape(m, (3, 7, 1))", "x.ravel()", "m.ravel()", "m.T.ravel()", "m.T.reshape(3, 7)", "x.copy()", "m.T.copy()",
    "m.flatten()", "m.T.flatten()", "x.astype(float)", "np.copy(m)", "m.sum(0)", "m.sum(axis=(0, 1))",
    "np.sum(m, axis=1, keepdims=True)", "np.mean(m, axis=-1)", "m.mean(0, keepdims=True)", "np.add.reduce(x)",
    "np.add.reduce(m)", "np.concatenate([x, y, p])", "np.concatenate((m, m), axis=1)", "np.stack([x, p, y])",
    "np.stack([x, y], axis=1)", "np.stack([m, m], axis=-1)", "np.hstack([x, p])", "np.hstack([m, m])",
    "np.vstack([x, p])", "np.vstack([m, m])", "np.column_stack([x, y])", "np.column_stack([m.T, m.T])",
    "np.where(mask, x, y)", "np.where(mask, x, 0.0)", "np.where(mask, 1, x[0])", "np.where(mask, x, x[1])",
    "np.where(m_mask, m, x)", "np.max(x)", "x.min()", "m.max()", "np.prod(x)", "x.prod()", "np.prod(m)",
    "np.linalg.norm(x)", "np.linalg.norm(m)", "np.squeeze(m[:1])", "np.expand_dims(x, 0)", "np.expand_dims(m, axis=1)",
    "np.atleast_1d(x)", "np.atleast_2d(x)", "np.array([x[0], 2.0, x[1]], like=x)", "np.max(m, 0)", "np.min(m, axis=1)",
    "m.max(-1)", "m.min(axis=0, keepdims=True)", "np.max(c, 1)", "c.min(2, keepdims=True)", "np.amax(c, axis=0)",
    "np.max(f, 1)", "f.min(axis=0)", "np.max(e, 0)", "np.min(e, 1)", "e.max(1)", "np.max(e[:, 0:2], 1)",
    "np.max(m.T, 0)", "np.max(m, axis=(0, 1))", "np.max(m, axis=None)", "np.max(x[::2])", "np.min(x[::-1])",
    "np.max(m, keepdims=True)", "np.max(f)", "np.prod(x[::2])", "np.linalg.norm(x[::-2])", "np.var(x[::2])", "np.std(m, ddof=1)", "np.max(np.sign(m) * m * m, 1)", "m @ x",
    "s @ s", "A @ x", "x @ A.T", "A @ s", "np.matmul(A, x)", "np.dot(m, s)", "m @ p", "np.einsum('i,i->', x, y)",
    "np.einsum('ij,j->i', m, x)",
]  # fmt: skip


def names(direction=None, generic=False):
    """The operands, plain, or with tangents that come from one function of the operands."""
    given = {"x": X, "y": Y, "m": M, "s": S, "c": C, "f": C[0].astype(np.float32), "e": TIES}
    if direction is not None:
        given = {name: lift(v, direction, generic) for name, v in given.items()}
    return given | {"np": np, "idx": WHERE, "mask": MASK, "m_mask": M > 0, "p": np.ones(N), "A": np.arange(4.0 * N).reshape(4, N)}


def lift(v, k, generic):
    t = np.random.default_rng(v.size).normal(size=(k, *v.shape)).astype(v.dtype)
    if not generic:
        return DualArray(v, t)
    inner = make_array(t, np.zeros((1, *t.shape)), 1)     # tangents that the compiled forms do not take
    return make_array(v, inner, 2)


def parts(z):
    t = z.tangents
    while isinstance(t, DualArray):
        t = t.value
    return z.value, t


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("k", [1, 3])
def test_compiled_form(call, k):
    wanted = eval(call, names())
    found, tangent = parts(eval(call, names(k)))
    same_bits(np.asarray(wanted).dtype.type(found) if np.ndim(found) == 0 else found, wanted)
    assert tangent.shape == (k, *np.shape(wanted))
    _, generic = parts(eval(call, names(k, generic=True)))
    close(tangent, generic, 1e-13)


def point(seed=None):
    """The operands of the calls as one argument, a dict; with a seed, a direction."""
    if seed is None:
        return {name: names()[name] for name in "xymscfe"}
    random = np.random.default_rng(seed)
    return {name: random.normal(size=v.shape).astype(v.dtype) for name, v in point().items()}


def dot(a, b):
    return sum(float(np.vdot(a[name], b[name])) for name in a)


@pytest.mark.parametrize("call", CALLS)
def test_recorded_form(call):
    """What rows go through now is what a recording is pushed and pulled through later, and the generic path's maps."""
    f = lambda given: eval(call, names() | given)       # noqa: E731
    direction = point(1)
    value, wanted = dd.jvp(f, (point(),), (direction,))
    same_bits(value, f(point()))
    found, pushed = dd.linearize(f, point())
    same_bits(found, value)
    close(pushed.jvp(direction), wanted, 1e-6 if np.asarray(value).dtype == np.float32 else 1e-13)
    found, pulled = dd.vjp(f, point())
    same_bits(found, value)
    w = np.random.default_rng(2).normal(size=np.shape(value)).astype(np.asarray(value).dtype)
    close(dot(pulled(w), direction), float(np.vdot(w, wanted)), 1e-5 if w.dtype == np.float32 else 1e-12)


# what a recording has for a call whose operation is compiled: maps of these kinds, no map that only it has
OF_THE_TAPE = {
    "np.sum(m, 0, keepdims=True)": {"Sum"}, "np.mean(m, axis=(0, 1))": {"Sum", "Elementwise"}, "m.mean(0)": {"Sum", "Elementwise"},
    "np.stack([x, y])": {"Reshape", "Concatenate"}, "np.stack([x, y], axis=1)": {"Reshape", "Concatenate"},
    "np.hstack([x, p])": {"Concatenate"}, "np.vstack([x, p])": {"Reshape", "Concatenate"}, "np.vstack([m, m])": {"Concatenate"},
    "np.column_stack([x, y])": {"Reshape", "Concatenate"}, "np.squeeze(m[:1])": {"Index", "Reshape"}, "np.expand_dims(m, 1)": {"Reshape"},
    "np.atleast_2d(x)": {"Reshape"}, "np.transpose(c, (1, 0, -1))": {"Permute"}, "np.swapaxes(c, 0, 2)": {"Permute"},
    "c.T": {"Permute"}, "m.flatten()": {"Reshape"}, "m.copy()": set(), "m.ravel()": {"Reshape"},
    "x[idx]": {"Index"}, "m[idx[1:2]]": {"Index"}, "x[mask]": {"Index"}, "m[m_mask]": {"Reshape", "Index"}, "x[...]": {"Index"},
    "m[..., 1]": {"Index"}, "np.where(mask, x, y)": {"Where"}, "np.where(m_mask, m, x)": {"Where"}, "np.where(mask, x[0], 2.0)": {"Index", "Where"},
    "np.array([x[0], 2.0, y[1]], like=x)": {"Index", "Stacked"},
    "np.max(x)": {"Elementwise", "Sum"}, "m.min(0)": {"Elementwise", "Sum"}, "np.max(e, 1)": {"Elementwise", "Sum"}, "np.max(f, 1)": {"Elementwise", "Sum"},
    "np.var(m)": {"Elementwise", "Sum"}, "np.std(x, ddof=1)": {"Elementwise", "Sum"}, "np.prod(m)": {"Elementwise", "Sum"}, "np.linalg.norm(m)": {"Elementwise", "Sum"}, "np.max(x[::2])": {"Index", "Elementwise", "Sum"},
    "np.einsum('ij,j->i', m, x)": {"MatMul"}, "np.einsum('ij,ik->kj', m, m)": {"MatMul", "Permute"}, "m @ x": {"MatMul"},
}  # fmt: skip


@pytest.mark.parametrize("call", OF_THE_TAPE)
def test_operations_of_the_tape(call):
    recording = Recording(lambda given: eval(call, names() | given), (point(),), {}, fuse=False)
    kinds = {type(node.map).__name__ for node in collect(recording.nodes) if node.map is not None}
    assert kinds == OF_THE_TAPE[call]


@pytest.mark.parametrize("call", ["m[0] @ x[:3]", "np.concatenate([x, m])", "np.stack([x, x[1:]])", "np.squeeze(m, 0)", "np.sum(m, axis=2)",
                                  "np.transpose(m, (0, 0))", "np.transpose(m, (0, 5))", "np.swapaxes(m, 0, 2)", "x.reshape(2, 2)",
                                  "np.hstack([x, m])", "np.sum(m, axis=(0, 0))", "np.einsum('ij,jk->ik', m, m)", "np.expand_dims(x, 5)"])
def test_a_bad_call_raises_as_numpys(call):
    """With NumPy's kind of error, with rows and recorded."""
    with pytest.raises(Exception) as numpys:
        eval(call, names())
    f = lambda given: eval(call, names() | given)       # noqa: E731
    kind = next(c for c in type(numpys.value).__mro__ if c.__module__ == "builtins")
    for run in (lambda: dd.jvp(f, (point(),), (point(1),)), lambda: dd.linearize(f, point()), lambda: dd.vjp(f, point())):
        with pytest.raises(kind):
            run()


@pytest.mark.parametrize("whose", ["np.concatenate([z, x])", "z @ x", "np.stack([z, x])", "np.einsum('i,i->', z, x)", "np.where(x > 0, z, x)"])
def test_a_buffer_that_met_no_dual_is_a_constant(whose):
    def f(x):
        z = np.zeros_like(x)
        return eval(whose, {"np": np, "x": x, "z": z})

    v = np.random.default_rng(3).normal(size=N)
    _, wanted = dd.jvp(f, (X,), (v,))
    close(dd.linearize(f, X)[1].jvp(v), wanted, 0)
    close(wanted, eval(whose, {"np": np, "x": v, "z": np.zeros(N)}) if "where" not in whose else np.where(X > 0, 0, v), 0)


WRITES = [
    "x[2] = 1.5", "x[-1] = x[0]", "x[np.int64(1)] = 2.0", "x[1:3] = p[:2]", "x[1:3] = y[:2]", "x[mask] = 0.0", "x[mask] = x[0]",
    "x[idx] = y[idx]", "x[[0, 1]] = y[:2]", "x[idx] = 3", "m[1] = x", "m[:, idx[:2]] = 0.0", "m[m_mask] = x[0]", "m[[0, 2]] = x",
    "m[1, 2] = 4.0", "m[0, 1:3] = y[:2]", "x[...] = y", "x[1:] = np.float64(2)", "x[1:] = 3", "m[idx[1:2]] = y", "x[mask] = p[mask]",
]  # fmt: skip


@pytest.mark.parametrize("statement", WRITES)
def test_compiled_write(statement):
    results = []
    for generic in (None, False, True):
        given = names(None if generic is None else 2, bool(generic))
        given = given | {name: given[name].copy() for name in "xm"}
        exec(statement, given)
        results.append(given)
    for name in "xm":
        plain, compiled, slow = (r[name] for r in results)
        same_bits(compiled.value, plain)
        close(compiled.tangents, parts(slow)[1], 1e-15)


@pytest.mark.parametrize("statement", ["x[9]", "x[[9]]", "x[MASK3]", "m[3, 0]", "m[0, -8]", "x[np.array([1.0])]"])
def test_errors_are_numpys(statement):
    given = names(2) | {"MASK3": np.ones(3, bool)}
    with pytest.raises(IndexError):
        eval(statement, given)
    with pytest.raises(IndexError):
        eval(statement, names() | {"MASK3": given["MASK3"]})


@pytest.mark.parametrize("call", ["np.partition(x, 2, order='f')", "np.partition(m, 1, 0, order='f')"])
def test_fields_are_refused_as_numpy_does(call):
    """order= names fields, of which numbers have none."""
    for given in (names(), names(2), names(2, generic=True)):
        with pytest.raises(ValueError, match="no fields"):
            eval(call, given)


def test_a_diagonal_is_a_view():
    """As NumPy's is: a write into the matrix shows in it, with its derivative."""
    for take in (np.diag, np.diagonal):
        def f(a):
            a = a * 1.0
            d = take(a)
            a[0, 0] = 5.0
            a[1, 1] = a[0, 1]
            return np.sum(d)

        for mode in ("forward", "reverse"):
            close(dd.grad(f, mode=mode)(np.array([[1.0, 2.0], [3.0, 4.0]])), np.array([[0.0, 1.0], [0.0, 0.0]]), 0)


def test_views_follow_their_base():
    def f(x):
        buffer = np.zeros_like(x)
        views = buffer.T, buffer.transpose(1, 0), np.swapaxes(buffer, 0, 1), buffer.ravel(), buffer[...], buffer[None]
        buffer[0] = x[0] ** 2
        buffer[1] = x[1] * 3.0
        return [np.sum(v) for v in views]

    for J in dd.jacobian(f)(np.array([[1.0, 2.0], [3.0, 4.0]])):
        close(J, np.array([[2.0, 4.0], [3.0, 3.0]]), 0)


@pytest.mark.parametrize("x", [[0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [1e-200, 1e-200, 1e300], [1e150, 1e150, 1e-300]])
def test_prod_without_division(x):
    a, b, c = x
    close(dd.grad(np.prod)(np.array(x)) / max(1.0, abs(b * c)), np.array([b * c, a * c, a * b]) / max(1.0, abs(b * c)), 1e-14)


def test_ties_share():
    close(dd.grad(np.max)(np.array([2.0, 1.0, 2.0])), np.array([0.5, 0.0, 0.5]), 0)
    close(dd.grad(lambda x: x.min())(np.array([1.0, 1.0, 1.0, 4.0])), np.array([1, 1, 1, 0]) / 3, 1e-16)
    assert np.array_equal(dd.grad(np.linalg.norm)(np.zeros(3)), np.zeros(3))
