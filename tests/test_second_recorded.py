"""Second order along a recording (transforms/second.py) against nested first-order calls.

    functions     what has a share of second order there, and what is nested instead
    arguments     structures, layouts, numbers, passes, aux
    points        kinks, zeros beside infinite partials, values that are not finite
    memory        what f writes into later is kept as it was
"""

import warnings

import numpy as np
import pytest

import dualdiff as dd
from dualdiff import core, math
from dualdiff.errors import InputError, KinkWarning
from dualdiff.transforms import second

NESTED = 10**6
N = 20
X = np.linspace(0.2, 1.1, N)
V = np.cos(np.arange(N))
W = np.random.default_rng(5).normal(size=(N, N)) / 4


@pytest.fixture
def seen(monkeypatch):
    """How often second order was taken along a recording, and how often that raised."""
    found = {"along": 0, "raised": 0}

    class Watched(second.SecondRecording):
        def __init__(self, *args, **options):
            found["raised"] += 1
            super().__init__(*args, **options)
            found["raised"] -= 1

        def along(self, tangents):
            found["raised"] += 1
            result = super().along(tangents)
            found["raised"] -= 1
            found["along"] += 1
            return result

    monkeypatch.setattr("dualdiff.transforms.hessian.SecondRecording", Watched)
    monkeypatch.setattr("dualdiff.sparse.hessian.SecondRecording", Watched)
    return found


def written(x):
    out = np.zeros_like(x)
    out[1:] = x[1:] * x[:-1]
    out[0] = x[0] ** 2
    out[2:] *= out[:-2]
    out[[0, 3, 0]] = out[[3, 0, 5]] * x[1]
    out[out > 0.5] *= 2.0
    view = out[::2]
    view += x[: view.size] ** 3
    return out


def looped(x):
    total, y = 0.0, x[0]
    for i in range(1, N):
        y = y * x[i] + math.sin(y) / (1.0 + x[i - 1] * x[i - 1])
        total += math.exp(-y) * x[i] ** 2 - math.atan2(y, x[i])
    return total + math.pow(y, x[1])


@dd.custom_jvp
def cubed(x):
    return x**3


@cubed.defjvp
def cubed_jvp(primals, tangents):
    (x,), (t,) = primals, tangents
    return x**3, 3 * x**2 * t


ALONG = {
    "elementwise": lambda x: np.sum(np.exp(-x * x) * np.sin(x) / (1 + x**2) + np.tanh(x) ** 3 + np.log1p(x)),
    "two varying": lambda x: np.sum(np.arctan2(x, x[::-1] + 1) * x ** x[::-1] / (x + 2 * x[::-1])),
    "broadcast": lambda x: np.sum((x[:, None] * x[None, :5] + x[3]) ** 3 / (2 + x[0] * x[:5])),
    "broadcast 1s": lambda x: np.sum(np.sin(x.reshape(4, 1, 5) * x[:4].reshape(1, 4, 1)) * x[5]),
    "products": lambda x: x @ np.sin(W @ x) + np.sum((np.outer(x, x) @ np.cos(x)) ** 2),
    "matrices": lambda x: np.sum(np.tanh(x[:12].reshape(3, 4) @ x[8:].reshape(4, 3)) ** 2),
    "stacks": lambda x: np.sum(np.matmul(x.reshape(5, 2, 2), np.sin(x).reshape(5, 2, 2)) ** 2),
    "stack and vector": lambda x: np.sum(np.matmul(x.reshape(5, 2, 2), x[:2]) ** 2) + np.sum(x[:5] @ x.reshape(2, 5, 2)),
    "einsum": lambda x: np.einsum("ij,jk,k->", x.reshape(4, 5), np.sin(x).reshape(5, 4), x[:4]),
    "einsum, diagonals": lambda x: np.sum(np.einsum("iij,jk->ik", x[:18].reshape(3, 3, 2), np.sin(x[2:]).reshape(2, 9)) ** 2),
    "einsum, ones": lambda x: np.einsum("ij,ij,j->", x[:4].reshape(4, 1), np.outer(x[:4], x[1:4]), x[5:8] ** 2) ** 2,
    "large einsum": lambda x: np.sum(np.einsum("ir,jr,kr->ijk", *np.tile(x, 3).reshape(3, 10, 2)) ** 2),
    "integer factors": lambda x: np.sum((np.arange(60).reshape(3, 20) @ np.sin(x)) ** 2) + (x**2) @ np.arange(20),
    "picks": lambda x: np.sum(x[[3, -1, 3]] * np.sin(x).reshape(4, 5)[[1, -1, 2], [0, 4, -5]]) ** 2 * x[x > 0.5] @ x[x > 0.5],
    "rows picked": lambda x: np.sum((x * x).reshape(5, 2, 2)[[0, 4, 0], 1] ** 2 * x.reshape(5, 4)[:, [1, 1, 0]][:3, :2]),
    "convolve": lambda x: np.sum(np.convolve(x, np.sin(x[:5]), "same") ** 2),
    "writes": lambda x: np.sum(written(x)),
    "scalars": looped,
    "structure": lambda x: np.sum(np.concatenate([x[:5] * x[1], np.stack([x, x * x]).T.reshape(-1)[3:] ** 2])),
    "selection": lambda x: np.sum(np.where(x > 0.5, x**2, np.sin(x))) + np.max(x * x) + np.sort(np.sin(3 * x))[3] ** 2,
    "maxima": lambda x: np.sum(np.maximum(x, 0.5) ** 2 * np.clip(x, 0.3, 0.93) * np.abs(x)),
    "statistics": lambda x: np.mean(x) * np.var(x * x) + np.cumsum(x**2)[7] * np.median(x),
    "objects": lambda x: np.sum(np.array([x[0] * x[1], 2.0, x[3]]) ** 2),
    "float32": lambda x: np.sum(x.astype(np.float32).astype(float) * x),
    "linear": lambda x: np.sum(3 * x[::2] - 1),
    "linear behind": lambda x: np.sum(written(3 * np.cumsum(np.exp(x))[::-1] - x[0])[1:] * 0.5) - np.exp(x)[2:].sum() / 7,
    "partly linear": lambda x: np.sum(np.concatenate([2 * x, (W @ x) ** 2, x[:4] - x[4:8]])) + x[3] * np.sum(x),
    "signs": lambda x: np.sum((1 - x) ** 3 * -np.sin(-x) - (x[::-1] - np.exp(-x)) ** 2 / (3 - x)) - np.sum(-(-(x**3) - x @ W) ** 2),
    "signs of arrays": lambda x: -np.sum((2 - x.reshape(4, 5)) ** -(x[:5] ** 2) - np.tanh(-x.reshape(4, 5)[::-1])) - (5 - x @ -x) ** 3,
    "squares": lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2),
    "scaled": lambda x: -3 * np.sum((2 * np.sum(np.outer(x, x[:3]) ** 2 / 5, axis=0)) ** 2) + 0.0 * np.sum(x**2),
    "inner derivative": lambda x: np.sum(dd.grad(lambda y: np.sum(y**3 * x[0]))(x)),
    "copies": lambda x: np.sum(x.copy() ** 3 * np.array(x) * x.flatten()),
    "solve": lambda x: np.sum(np.linalg.solve(W + 3 * np.eye(N) + np.outer(x, x), x)),
    "solve for one": lambda x: np.sum(np.linalg.solve(W + 3 * np.eye(N) + np.outer(x, x), np.arange(N)) ** 2),
    "norm": lambda x: np.linalg.norm(x * x),
    "norms of rows": lambda x: np.sum(np.linalg.norm(np.outer(x, x) + W, axis=1) ** 3) + np.linalg.norm(x, 3),
    "determinants": lambda x: np.linalg.det(np.outer(x[:3], x[:3]) + np.eye(3)) * np.linalg.slogdet(
        W + 5 * np.eye(N) + np.outer(x, x))[1],
    "inverse": lambda x: np.sum(np.linalg.inv(W + 5 * np.eye(N) + np.outer(x, x)) ** 2 * x),
    "symmetric": lambda x: np.sum(np.linalg.eigh(np.diag(np.arange(N)) + np.outer(x, x))[0] ** 3) + np.sum(
        np.linalg.cholesky(np.eye(N) + np.outer(x, x)) ** 3),
    "factors": lambda x: np.sum(np.linalg.qr(W + np.diag(5 + x)).R ** 3) + np.sum(np.linalg.svd(W + np.diag(x))[1] ** 3),
    "least squares": lambda x: np.sum(np.linalg.lstsq(np.vstack([W, np.diag(x + 3)]), np.ones(2 * N), rcond=None)[0] ** 2),
}  # fmt: skip
INSTEAD = {
    "complex": lambda x: np.sum(np.abs(np.exp(1j * x) * x) ** 2),
    "custom": lambda x: np.sum(cubed(x) * x),
}


@pytest.mark.parametrize("name", [*ALONG, *INSTEAD])
def test_along_a_recording_or_nested_it_is_the_same(name, seen):
    f = (ALONG | INSTEAD)[name]
    rtol = 1e-5 if name == "float32" else 1e-11
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        want = dd.hessian(f, chunk=NESTED)(X)
        value, g, H = dd.value_grad_hessian(f, mode="reverse")(X)
    size = np.abs(want).max() + 1e-3
    np.testing.assert_allclose(H, want, rtol=0, atol=rtol * size)
    np.testing.assert_array_equal(H, H.T)
    np.testing.assert_allclose(g, dd.grad(f)(X), rtol=1e-6 if name == "float32" else 1e-12, atol=1e-13 * size)
    assert value == f(X) and type(value) is np.float64
    np.testing.assert_allclose(dd.hvp(f, (X,), (V,)), want @ V, rtol=0, atol=10 * rtol * size)
    assert (seen["raised"] == 0) == (name in ALONG)
    assert (seen["along"] == 2) == (name in ALONG)


@pytest.mark.parametrize("f", [lambda x: np.sum(x) ** 2, lambda x: np.sum(-3 * x) ** 3, lambda x: np.sum(x**2), np.sum])
def test_results_are_the_callers_own(f):
    for found in (dd.hvp(f, (X,), (V,)), *dd.value_grad_hessian(f, mode="reverse")(X)[1:]):
        want = found.copy()
        assert found.flags.writeable and found.flags.c_contiguous and not np.may_share_memory(found, V)
        found.flat[0] += 7.0
        np.testing.assert_array_equal(found.flat[1:], want.flat[1:])


def test_sparse_hessians_are_taken_along_it(seen):
    f = lambda x: np.sum(x[1:] ** 3 * np.sin(x[:-1]))      # noqa: E731
    plan = dd.sparse_hessian(f, X)
    np.testing.assert_allclose(plan(X).toarray(), dd.hessian(f, chunk=NESTED)(X), rtol=1e-12, atol=1e-14)
    gradient, _ = plan.gradient_and_data(X)
    np.testing.assert_allclose(gradient, dd.grad(f)(X), rtol=1e-13)
    assert seen == {"along": 2, "raised": 0}
    bent = dd.sparse_hessian(lambda x: np.sum(np.abs(np.exp(1j * x)) * x**2), X)
    np.testing.assert_allclose(bent(X).toarray(), 2 * np.eye(N), atol=1e-12)
    bent(X)
    assert seen["raised"] == 1      # it is not tried again


def test_passes_of_directions(monkeypatch, seen):
    f = ALONG["products"]
    want = dd.hessian(f, mode="reverse")(X)
    monkeypatch.setattr(second, "ARRAY_BYTES", 8 * N * N * 3)
    told = []
    found = dd.hessian(f, mode="reverse", progress=lambda done, total: told.append((done, total)))(X)
    np.testing.assert_allclose(found, want, rtol=1e-13)
    assert seen["along"] == 1 + 7 and told[-1] == (N, N)


def test_structures_and_layouts(seen):
    def f(p, q, *, scale):
        return np.sum(p["a"] ** 2 * p["b"][0]) * scale * q + np.sum(p["b"][1] @ p["a"][:3]) ** 2, p["a"] + 1

    p = {"a": X.copy(), "b": (1.5, np.asfortranarray(np.arange(9.0).reshape(3, 3) / 9))}
    options = {"argnums": (0, 1), "has_aux": True}
    want, aux = dd.hessian(f, chunk=NESTED, **options)(p, 0.7, scale=2.0)
    found, same = dd.hessian(f, mode="reverse", **options)(p, 0.7, scale=2.0)
    (value, again), gradient, _ = dd.value_grad_hessian(f, mode="reverse", **options)(p, 0.7, scale=2.0)
    np.testing.assert_array_equal(same, aux)
    np.testing.assert_array_equal(again, aux)
    for a, b in zip(leaves(found), leaves(want), strict=True):
        assert np.shape(a) == np.shape(b) and type(a) is type(b)
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)
    g = lambda p, q: f(p, q, scale=2.0)[0]      # noqa: E731
    assert value == g(p, 0.7)
    for a, b in zip(leaves(gradient), leaves(dd.grad(g, argnums=(0, 1))(p, 0.7)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    v = {"a": V, "b": (0.5, None)}
    along = dd.hvp(g, (p, 0.7), (v, 2.0))
    nested = dd.jvp(dd.grad(g, argnums=(0, 1)), (p, 0.7), ({"a": V, "b": (0.5, np.zeros((3, 3)))}, 2.0))[1]
    for a, b in zip(leaves(along), leaves(nested), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)
    assert seen["raised"] == 0
    wide = np.arange(80.0).reshape(4, 20)[:, ::2].T / 80
    cubes = lambda x: np.sum(x**3 * x[0])       # noqa: E731
    np.testing.assert_allclose(dd.hvp(cubes, (wide,), (wide,)),
                               dd.jvp(dd.grad(cubes), (wide,), (wide,))[1], rtol=1e-12)  # fmt: skip


def leaves(x):
    """The leaves of nested containers."""
    if isinstance(x, dict):
        return [leaf for part in x.values() for leaf in leaves(part)]
    return [leaf for part in x for leaf in leaves(part)] if isinstance(x, (tuple, list)) else [x]


@pytest.mark.parametrize("x", [0.7, np.float64(0.7), np.array(0.7)])
def test_one_number(x):
    f = lambda x: np.sin(x) * x**3 + math.exp(x)     # noqa: E731
    found = dd.hessian(f, mode="reverse")(x)
    assert found == pytest.approx(dd.derivative(dd.derivative(f))(0.7), rel=1e-13) and np.shape(found) == ()
    assert dd.hessian(lambda x: x, mode="reverse")(x) == 0
    assert dd.hessian(lambda x: 3.0, mode="reverse")(x) == 0


def test_what_cannot_be_taken_says_so():
    for bad in (lambda x: x, lambda x: (x[0], x[1]), lambda x: 1j * np.sum(x)):
        with pytest.raises(InputError):
            dd.hessian(bad, mode="reverse")(X)
    with pytest.raises(InputError):
        dd.hvp(lambda x: x, (X,), (V,))


def test_inside_another_derivative(seen):
    def of(a):
        return np.sum(dd.hvp(lambda x: np.sum(np.sin(x * a) * x[0]), (X,), (V,)))

    step = 1e-5
    assert dd.derivative(of)(0.7) == pytest.approx((of(0.7 + step) - of(0.7 - step)) / (2 * step), rel=1e-8)
    both = lambda a: np.sum(dd.hessian(lambda x: np.sum((a * x) ** 3), mode="reverse")(X))      # noqa: E731
    assert dd.derivative(both)(2.0) == pytest.approx(72 * np.sum(X), rel=1e-12)


def test_kinks():
    r = X - X[3]        # one of them is 0

    def f(x):
        return 0.5 * np.sum(np.abs(x - X[3]) ** 2) + x[0] * x[1]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        want = np.eye(N)
        want[0, 1] = want[1, 0] = 1.0
        np.testing.assert_allclose(dd.hessian(f, mode="reverse")(X), want, atol=1e-9)
        np.testing.assert_allclose(dd.hvp(f, (X,), (r,)), want @ r, atol=1e-9)
        ties = dd.hessian(lambda x: np.sum(np.maximum(x, x) ** 2), mode="reverse")(X)
        np.testing.assert_allclose(ties, 2 * np.eye(N), atol=1e-12)
    with pytest.warns(KinkWarning):
        dd.hessian(lambda x: np.sum(np.abs(x - X[3])), mode="reverse")(X)
    with pytest.warns(KinkWarning):
        dd.hvp(lambda x: np.sum(np.cos(np.maximum(x, X[3]))), (X,), (V,))


@pytest.mark.parametrize("root", [np.sqrt, np.cbrt])
def test_infinite_partials(root):
    x = X.copy()
    x[0] = 0.0
    cases = [lambda x: root(x[0]) * x[1], lambda x: np.sum(root(x) * x[1]), lambda x: np.sum(root(x * x[0])),
             lambda x: np.sum(x**1.5), lambda x: np.sum((x * x[::-1]) ** 1.5), lambda x: np.sum((x**1.5) ** 1.5)]  # fmt: skip
    for f in cases:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            want = dd.hessian(f, chunk=NESTED)(x)
            np.testing.assert_allclose(dd.hessian(f, mode="reverse")(x), want, rtol=1e-11, atol=1e-13)
            np.testing.assert_allclose(dd.hvp(f, (x,), (np.eye(N)[0],)), want[0], rtol=1e-11, atol=1e-13)


def test_what_f_writes_into_later_is_kept():
    def f(x):
        weights, mask, places = np.ones(N), X > 0.5, np.arange(5)
        y = np.sin(x) * weights
        weights[:] = 7.0
        z = np.where(mask, y * y, x) + y[places].sum() ** 2
        mask[:], places[:] = False, 0
        buffer = np.zeros_like(x)
        buffer[...] = z * x
        product = buffer * buffer
        buffer[:] = 0.0
        y *= 3.0
        return np.sum(product) + y @ x

    np.testing.assert_allclose(dd.hessian(f, mode="reverse")(X), dd.hessian(f, chunk=NESTED)(X), rtol=1e-11, atol=1e-12)
    before = X.copy()

    def spoils(x):
        y = x * x
        x[:] = 1.0
        return np.sum(y * x)

    np.testing.assert_allclose(dd.hessian(spoils, mode="reverse")(X), 2 * np.eye(N))
    np.testing.assert_array_equal(X, before)


def test_the_guard():
    node = core.Node(None, (), (2,), np.dtype(float))
    tag = core.new_tag(5)
    x = core.recorded_seed(np.ones(2), node, tag)
    assert core.scheme_of(tag) == 5
    for use in (lambda: x.tangents.shape, lambda: x.tangents * 2, lambda: core.make(x.value, x.tangents, tag),
                lambda: core.make(x.value, np.ones((1, 2)), tag)):  # fmt: skip
        with pytest.raises(core.NotSecondOrder):
            use()
    with pytest.raises(ValueError, match="second-order recording"):
        core.recorded_seed(np.ones(2), node, core.new_tag())
    tape = core.Tape(core.collect([node]))
    with pytest.raises(IndexError):
        core.walk_second(tape, [0], [np.ones((1, 2))], 1)
    with pytest.raises(InputError):
        core.walk_second(tape, [0], [np.ones((1, 2), np.float32)], 0)


KEPT = {
    "sinh": np.sinh, "cosh": np.cosh, "exp": np.exp, "sin": np.sin, "tanh": np.tanh, "expm1": np.expm1, "exp2": np.exp2,
    "power": lambda y: 1.5**y, "cube": lambda y: y**3, "a product": lambda y: y * y, "reciprocal": lambda y: 1 / (y + 3.0),
    "hypot": lambda y: np.hypot(y, 1.0), "arctan2": lambda y: np.arctan2(y, 2.0),
}  # fmt: skip


@pytest.mark.parametrize("layout", ["C", "F", "reversed", "float32"])
@pytest.mark.parametrize("name", KEPT)
def test_what_second_derivatives_keep_is_not_what_is_written_to(name, layout):
    """Values and arguments are second partials of many functions; the program writes into both afterwards."""
    x = np.array([[-0.1, 0.4, -0.5], [0.3, -1.0, 0.7]])
    x = {"C": x, "F": np.asfortranarray(x), "reversed": x[::-1, ::-1], "float32": x.astype(np.float32)}[layout]
    v, w = np.cos(np.arange(6.0)).reshape(2, 3).astype(x.dtype), np.sin(np.arange(1.0, 7)).reshape(2, 3).astype(x.dtype)

    def f(x):
        y = 0.3 * x
        z = KEPT[name](y)
        y *= y
        z += 0.5
        u = KEPT[name](z)
        z[0] = 2.0
        u -= y
        return np.sum(w * u * u[1, 1] + z)

    wanted = np.tensordot(dd.jacobian(dd.jacobian(f, mode="forward"), mode="forward")(x), v, 2)
    tolerance = 1e-4 if layout == "float32" else 1e-12
    for found in (dd.hvp(f, (x,), (v,)), np.tensordot(dd.hessian(f, mode="reverse")(x), v, 2),
                  np.tensordot(dd.hessian(f, mode="forward")(x), v, 2), dd.jvp(dd.grad(f, mode="reverse"), (x,), (v,))[1],
                  np.tensordot(dd.hessian(f, mode="colored")(x), v, 2)):  # fmt: skip
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)
