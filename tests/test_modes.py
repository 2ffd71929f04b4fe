"""mode= of grad, value_and_grad, jacobian and value_and_jacobian: both directions give the same."""

import functools

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.errors import InputError
from dualdiff.transforms.costs import FEW, counted
from dualdiff.transforms.pytrees import flatten

RNG = np.random.default_rng(7)
A = RNG.normal(size=(5, 7))


def chained(x):
    """A scalar function of an array of any size."""
    y = np.sin(x) * np.exp(-x) + x[::-1]
    return np.sum(y * y) / y.size


def evaluations(f):
    """f, and the list of the types it was called with."""
    seen = []

    def g(*args, **kwargs):
        seen.append(type(args[0].tangents).__name__ if hasattr(args[0], "tangents") else type(args[0]).__name__)
        return f(*args, **kwargs)

    return g, seen


@pytest.mark.parametrize("n", [1, 3, FEW, FEW + 1, 5000])
def test_gradient_modes_agree(n):
    x = RNG.normal(size=n)
    want = dd.grad(chained, mode="forward")(x) if n <= 300 else dd.grad(chained, chunk=500)(x)
    for mode in ("auto", "reverse"):
        value, got = dd.value_and_grad(chained, mode=mode)(x)
        np.testing.assert_allclose(got, want, rtol=1e-13, atol=1e-15)
        assert value == chained(x)
        assert type(value) is np.float64


def test_auto_counts_in_one_run_and_remembers():
    f, seen = evaluations(chained)
    g = dd.grad(f)
    g(RNG.normal(size=FEW))
    assert seen == ["ndarray"]      # few inputs: nothing to decide
    for n, kind in ((20, "ndarray"), (5000, "Node")):
        seen.clear()
        x = RNG.normal(size=n)
        first = g(x)
        assert seen == ["ndarray", kind]        # one direction, then the way that is cheaper
        np.testing.assert_array_equal(g(x), first)
        assert seen == ["ndarray", kind, kind]
    seen.clear()
    g(RNG.normal(size=16))
    assert seen == ["ndarray"]      # all directions run along, and it is the cheaper way
    seen.clear()
    dd.grad(f, chunk=100)(RNG.normal(size=300))     # a chunk asks for forward passes
    assert seen == ["ndarray"] * 3


def long_loop(x):
    """Thousands of operations on numbers: dear to record."""
    a, b = x[0], x[1]
    for _ in range(1000):
        a, b = a + 0.01 * b, b - 0.01 * a * x[2]
    return a + x[3] * b + np.sum(x[4:])


def mixture(x):
    """Few operations on long arrays, for each input: dear with a direction for each."""
    t = np.linspace(0.0, 1.0, 2000)
    return np.sum(np.log(np.sum(np.exp(-((t[:, None] - x) ** 2)), axis=1)))


@pytest.mark.parametrize(("f", "mode"), [(long_loop, "forward"), (mixture, "reverse")])
def test_what_f_costs_decides(f, mode):
    x = np.linspace(0.1, 1.0, 30)
    for transform in (dd.grad, dd.value_and_grad):
        choice = transform(f).explain(x)
        assert choice.mode == mode
        assert choice.costs[mode] == min(choice.costs.values())
        assert choice.work.inputs == 30
        assert choice.work.outputs == 1
        text = repr(choice)
        assert text.startswith(mode)
        assert "predicted: " + mode in text
        assert "30 inputs" in text
    assert np.allclose(dd.grad(f)(x), dd.grad(f, mode="forward" if mode == "reverse" else "reverse")(x), rtol=1e-9)


def test_explain_without_a_choice():
    f = chained
    assert "asked for" in repr(dd.grad(f, mode="reverse").explain(np.ones(9)))
    assert dd.grad(f, chunk=3).explain(np.ones(9)).mode == "forward"
    assert "few" in repr(dd.grad(f).explain(np.ones(2)))
    assert dd.grad(lambda x, y: np.sum(x * y), argnames="y").explain(np.ones(9), y=np.ones(9)).work.inputs == 9
    inside = []
    dd.jvp(lambda x: inside.append(dd.grad(f).explain(x)) or np.sum(x), (np.ones(9),), (np.ones(9),))
    assert "inside another derivative" in repr(inside[0])


def test_choices_are_remembered_by_code_and_what_it_closes_over():
    runs = []

    def made(n):
        def f(x):
            runs.append(n)
            return sum(np.sum(np.sin(x)) for _ in range(n))

        return f

    x = np.ones(40)
    for n, count in ((3, 2), (3, 1), (4, 2), (3, 1)):
        runs.clear()
        dd.grad(made(n))(x)
        assert len(runs) == count, n
    runs.clear()
    dd.grad(made(3))(np.ones(41))       # another shape
    assert len(runs) == 2
    dd.grad(made(3))(np.ones(40, np.float32))      # another type
    assert len(runs) == 4


class Callable:
    """A function without a code of its own."""

    def __init__(self, n):
        self.n = n

    def __call__(self, x):
        return self.n * np.sum(np.sin(x))

    def method(self, x):
        """A bound one."""
        return self(x)


@pytest.mark.parametrize("f", [
    Callable(3), Callable(3).method, functools.partial(lambda n, x: n * np.sum(x), 2), np.sum, np.add.reduce,
    dd.grad(lambda x: np.sum(x**3), mode="forward").__wrapped__, functools.cache(lambda: 0).__wrapped__ and np.prod,
])  # fmt: skip
def test_functions_of_all_kinds(f):
    x = np.linspace(0.5, 1.5, 30)
    g = dd.grad(f)
    np.testing.assert_array_equal(g(x), g(x))
    np.testing.assert_allclose(g(x), dd.grad(f, mode="forward")(x), rtol=1e-12)


def test_what_cannot_be_recorded_is_done_forward():
    f = dd.custom_jvp(lambda x: np.sum(np.sin(x)))
    f.defjvp(lambda primals, tangents: (f(*primals), np.asarray(float(np.cos(primals[0]) @ tangents[0]))))
    big = np.ones((400, 40))

    def g(x):
        return f(x) + np.sum(np.exp(big * x))

    x = np.linspace(0.1, 1.0, 40)
    G = dd.grad(g)
    assert G.explain(x).mode == "reverse"
    np.testing.assert_allclose(G(x), np.cos(x) + np.sum(big * np.exp(big * x), axis=0))
    assert "cannot" in repr(G.explain(x))
    assert G.explain(x).mode == "forward"


def test_counting_is_of_this_run_alone():
    """A choice inside another run, made or remembered, does not change what the outer one counts."""
    def inner(x):
        return np.sum(x * x)

    def outer(y):
        return np.sum(y) * dd.grad(lambda x: inner(x) + 1.0)(np.ones(50))[0]

    counts = {counted(outer, (np.ones(30),), 0, {})[0] for _ in range(3)}
    assert len(counts) == 1


@pytest.mark.parametrize("mode", ["forward", "reverse", "auto"])
@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_jacobian_modes_agree(mode, layout):
    def f(x):
        return np.tanh(A @ x), {"p": x[:2] * x[2], "q": np.sum(x)}

    x = RNG.normal(size=7)
    want = dd.jacobian(f, layout=layout)(x)
    value, got = dd.value_and_jacobian(f, mode=mode, layout=layout)(x)
    np.testing.assert_allclose(got[0], want[0], rtol=1e-13)
    np.testing.assert_allclose(got[1]["p"], want[1]["p"], rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(got[1]["q"], want[1]["q"], rtol=1e-13)
    np.testing.assert_array_equal(value[0], np.tanh(A @ x))


def test_jacobian_by_a_matrix_and_of_a_matrix():
    W = RNG.normal(size=(3, 4))
    want = dd.jacobian(lambda W: np.sin(W.T) @ W)(W)
    assert want.shape == (4, 4, 3, 4)
    np.testing.assert_allclose(dd.jacobian(lambda W: np.sin(W.T) @ W, mode="reverse")(W), want, rtol=1e-12, atol=1e-14)


def test_a_wide_jacobian_is_taken_by_rows_and_a_tall_one_by_columns():
    x = RNG.normal(size=1000)
    wide = dd.jacobian(lambda x: np.array([np.sum(x**2), np.sum(np.sin(x))]))(x)
    np.testing.assert_allclose(wide, np.stack([2 * x, np.cos(x)]), rtol=1e-13)
    tall = dd.jacobian(lambda x: np.concatenate([np.exp(x), x * x, x]))(x)
    assert tall.shape == (3000, 1000)
    np.testing.assert_allclose(tall, np.vstack([np.diag(np.exp(x)), np.diag(2 * x), np.eye(1000)]), rtol=1e-13)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_argnums_and_aux(mode):
    def f(x, y, *, scale):
        return np.sum(x * y) * scale, {"x": x}

    x, y = RNG.normal(size=3), RNG.normal(size=3)
    (value, aux), (gx, gy) = dd.value_and_grad(f, argnums=(0, 1), mode=mode, has_aux=True)(x, y, scale=2.0)
    np.testing.assert_allclose(gx, 2 * y)
    np.testing.assert_allclose(gy, 2 * x)
    np.testing.assert_allclose(value, 2 * x @ y)
    np.testing.assert_array_equal(aux["x"], x)
    (only,) = dd.grad(lambda x: np.sum(x * x), argnums=(0,), mode=mode)(x)
    np.testing.assert_allclose(only, 2 * x)
    assert dd.grad(lambda a, b: a * b, argnums=1, mode=mode)(2.0, 3) == 2.0
    assert type(dd.grad(lambda a: a * a, mode=mode)(2.0)) is float


def test_nested_modes():
    def f(x):
        return np.sum(np.sin(x) * x[::-1])

    x = RNG.normal(size=4)
    want = dd.hessian(f)(x)
    for outer in ("forward", "reverse"):
        for inner in ("forward", "reverse"):
            H = dd.jacobian(dd.grad(f, mode=inner), mode=outer)(x)
            np.testing.assert_allclose(H, want, rtol=1e-12, atol=1e-13)


def test_hessian_and_hvp_of_many_inputs():
    x = RNG.normal(size=300)
    v = RNG.normal(size=x.size)

    def f(x):
        return np.sum(x[1:] ** 2 * x[:-1]) + np.sum(x**3)

    H = dd.hessian(f)(x)
    main = 6 * x + np.append(0, 2 * x[:-1])
    np.testing.assert_allclose(H, np.diag(main) + np.diag(2 * x[1:], 1) + np.diag(2 * x[1:], -1), rtol=1e-12)
    np.testing.assert_allclose(dd.hvp(f, (x,), (v,)), H @ v, rtol=1e-11, atol=1e-11)


def test_complex_results_are_done_forward():
    x = RNG.normal(size=257)
    J = dd.jacobian(lambda x: np.exp(1j * x[:2]))(x)
    np.testing.assert_allclose(J[0, 0], 1j * np.exp(1j * x[0]))
    with pytest.raises(InputError, match="real"):
        dd.grad(lambda x: np.sum(np.exp(1j * x)))(x)


def test_float32_is_kept():
    x = RNG.normal(size=257).astype(np.float32)
    assert dd.grad(chained)(x).dtype == np.float32
    assert dd.grad(chained, mode="reverse")(x[:4]).dtype == np.float32
    J = dd.jacobian(lambda x: x[:3] * x[0])(x)
    assert J.dtype == np.float32


def test_bad_modes_are_refused():
    with pytest.raises(InputError, match="sideways"):
        dd.grad(chained, mode="sideways")
    with pytest.raises(InputError, match="chunk"):
        dd.jacobian(chained, mode="reverse", chunk=3)
    with pytest.raises(InputError, match="one number"):
        dd.grad(lambda x: x * x, mode="reverse")(np.ones(3))
    with pytest.raises(InputError, match="complex"):
        dd.grad(np.sum, mode="reverse")(np.ones(3, complex))


# ---- the type of a derivative is that of its result, in both modes -----------------------------------

SINGLE, DOUBLE = np.array([1.0, 2.0], np.float32), np.array([1.0, 2.0, 3.0])
TYPED = {
    "two leaves": lambda p: np.sum(p["a"]) * p["b"],
    "single alone": lambda p: p["a"] ** 2,
    "cast up": lambda p: p["a"].astype(np.float64) * 2,
    "cast down": lambda p: p["b"].astype(np.float32) * 2,
    "two results": lambda p: {"u": p["a"] * 2, "v": p["a"].astype(float), "w": p["b"]},
    "constant": lambda p: [np.ones(2, np.float32), np.ones(2), np.arange(2), p["a"]],
    "complex": lambda p: p["a"] * (1 + 2j),
}


@pytest.mark.parametrize("name", TYPED)
def test_dtypes_are_the_same_in_both_modes(name):
    f, p = TYPED[name], {"a": SINGLE, "b": DOUBLE}
    forward, reverse = (flatten(dd.jacobian(f, mode=mode)(p)) for mode in ("forward", "reverse"))
    assert [J.dtype for J in forward[0]] == [J.dtype for J in reverse[0]]
    for a, b in zip(forward[0], reverse[0], strict=True):
        assert np.allclose(a, b)
    if name == "complex":
        return

    def total(p):
        return sum(np.sum(y) for y in flatten(f(p))[0])

    for transform in (dd.grad, dd.hessian):
        kinds = [{d.dtype for d in flatten(transform(total, mode=mode)(p))[0]} for mode in ("forward", "reverse")]
        assert kinds[0] == kinds[1] == {np.asarray(total(p)).dtype if np.asarray(total(p)).dtype.kind == "f" else np.dtype(float)}


def test_numbers_of_several_arguments():
    def f(x, y, z):
        return x * y + z * z

    assert dd.value_and_grad(f, argnums=(0, 1, 2))(1.0, 2.0, 3.0) == (11.0, (2.0, 1.0, 6.0))
    assert dd.grad(f, argnums=(2, 0))(1.0, 2.0, 3.0) == (6.0, 2.0)
    assert all(type(t) is float for t in dd.grad(f, argnums=(0, 2))(1.0, 2.0, 3.0))
    assert dd.grad(f, argnums=(0, 1))(1, 2.0, 3.0) == (2.0, 1.0)      # an integer among them
    assert dd.grad(f, argnums=(0, 0 + 1))(np.float64(1.0), 2.0, 3.0) == (2.0, 1.0)
    inside = dd.grad(lambda t: dd.grad(f, argnums=(0, 1))(t, 2.0, 3.0)[1] ** 2)(3.0)
    assert inside == 6.0
    closed = dd.derivative(lambda t: dd.grad(lambda x, y: t * x * y, argnums=(0, 1))(2.0, 3.0)[0])(5.0)
    assert closed == 3.0
    with pytest.raises(InputError):
        dd.grad(f, argnums=(0, 7))(1.0, 2.0, 3.0)
    assert dd.grad(lambda x, y: 4.0, argnums=(0, 1))(1.0, 2.0) == (0.0, 0.0)
    with pytest.raises(InputError, match="one number"):
        dd.grad(lambda x, y: [x, y], argnums=(0, 1))(1.0, 2.0)


BAND = np.linspace(0.0, 1.0, 200)


@pytest.mark.parametrize("f", [
    lambda x: x[1:] * x[:-1], lambda x: {"a": np.diff(x), "b": x[:2] ** 2}, lambda x: np.outer(x[:5], x[:5]) * 2.0,
    lambda x: np.sin(x).astype(np.float32), lambda x: np.cumsum(x), lambda x: x * 1j,
])  # fmt: skip
@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_colored_jacobians_are_the_dense_ones(f, layout):
    want = dd.jacobian(f, mode="forward", layout=layout)(BAND)
    J = dd.jacobian(f, mode="colored", layout=layout)
    for x in (BAND, BAND[::-1].copy()):
        want, got = flatten(dd.jacobian(f, mode="forward", layout=layout)(x))[0], flatten(J(x))[0]
        for a, b in zip(want, got, strict=True):
            assert a.shape == b.shape
            assert a.dtype == b.dtype
            np.testing.assert_allclose(b, a, rtol=1e-6 if a.dtype == np.float32 else 1e-12, atol=1e-14)


def test_a_pattern_that_fails_is_learned_anew():
    def f(x):
        return x * x if x[0] > 0.5 else x * x[::-1]

    J = dd.jacobian(f, mode="colored")
    for x in (BAND + 1.0, BAND, BAND + 1.0):
        np.testing.assert_allclose(J(x), dd.jacobian(f, mode="forward")(x), rtol=1e-12)


def test_auto_takes_colours_where_the_pattern_pays():
    def f(x):
        return np.concatenate([x[:1], x[1:-1] ** 2 * x[2:] - x[:-2], x[-1:]])

    x = np.linspace(0.1, 1.0, 1500)
    J = dd.jacobian(f)
    value, first = dd.value_and_jacobian(f)(x)
    assert J.explain(x).mode == "colored"
    np.testing.assert_array_equal(J(x), first)
    np.testing.assert_array_equal(J(x), first)
    np.testing.assert_array_equal(value, f(x))
    np.testing.assert_allclose(first, dd.sparse_jacobian(f, x)(x).toarray(), rtol=1e-13)
    x = x[:50]
    want = dd.jacobian(f, mode="forward")(x)
    both = dd.jacobian(lambda a, b: f(a) + f(b), argnums=(0, 1), mode="colored")(x, x)
    np.testing.assert_allclose(both[1], want, rtol=1e-12)
    named, aux = dd.jacobian(lambda x: (f(x), "aux"), mode="colored", has_aux=True)(x)
    np.testing.assert_allclose(named, want, rtol=1e-12)
    assert aux == "aux"


@pytest.mark.parametrize("n", [30, 400])
def test_colored_hessians(n):
    def f(x):
        return np.sum(x[1:] ** 2 * x[:-1]) + np.sum(np.cos(x))

    x = np.linspace(0.1, 1.0, n)
    want = dd.hessian(f, mode="reverse")(x)
    value, g, H = dd.value_grad_hessian(f, mode="colored")(x)
    np.testing.assert_allclose(H, want, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(g, dd.grad(f)(x), rtol=1e-12)
    assert value == f(x)
    np.testing.assert_array_equal(H, H.T)
    choice = dd.hessian(f).explain(x)
    np.testing.assert_allclose(dd.hessian(f)(x), want, rtol=1e-12, atol=1e-13)
    assert choice.mode == dd.hessian(f).mode_for(x) == ("reverse" if n == 30 else "colored")
    H = dd.hessian(lambda a, b: f(a) * b[0], argnums=(0, 1), mode="colored")(x, np.array([2.0, 1.0]))
    np.testing.assert_allclose(H[0][0], 2 * want, rtol=1e-12, atol=1e-12)
    assert H[1][0].shape == (2, n)


def test_a_pattern_is_looked_for_in_the_call_in_which_it_pays():
    h = np.linspace(-1.0, 1.0, 7)

    def banded(x):
        return np.convolve(x * x, h, "same") - x

    x = np.linspace(0.1, 1.0, 200)
    J, want = dd.jacobian(banded), dd.jacobian(banded, mode="forward")(x)
    modes = []
    for _ in range(60):
        np.testing.assert_allclose(J(x), want, rtol=1e-14, atol=1e-15)
        modes.append(J.explain(x).mode)
    assert modes[0] == "forward" and modes[-1] == "colored" and sorted(modes, reverse=True) == modes
    other = dd.jacobian(banded)     # knows no pattern, and counts for itself
    other(x)
    assert other.explain(x).mode == "forward"


def test_a_pattern_that_cannot_be_found_later():
    x = np.linspace(0.1, 1.0, 100)

    def f(x):
        if type(x.tangents) is not np.ndarray:
            raise dd.errors.UnsupportedError("not to be recorded")
        return x * x + 1.0

    J = dd.jacobian(f)
    for _ in range(60):
        np.testing.assert_allclose(J(x), np.diag(2 * x))
    assert J.explain(x).mode == "forward"


def test_what_is_counted():
    """Picks by index, functions that have a short way in forward mode only, and NumPy's own code on stacks."""
    x = RNG.normal(size=(6, 2))

    def work(f):
        return counted(f, (x,), 0, {})[0]

    assert work(lambda x: x[[0, 1, 5]]).picked == 6
    assert work(lambda x: x[[0, 1, 5], 1]).picked == 3
    assert work(lambda x: x[x > -100]).picked == 12
    assert work(lambda x: np.take(x[:, 0], np.array([0, 0, 3, 3]))).calls == 1

    def written(x):
        y = np.zeros_like(x)
        y[[0, 2]] = x[:2]
        return y

    assert work(written).picked > 0
    short = work(lambda x: np.where(np.ones((6, 2), bool), x, 0.0))
    assert (short.shorts, short.calls) == (0, 0)                # recorded as it is
    assert work(lambda x: np.max(x)).shorts == 0
    assert work(lambda x: x[np.array([0, 1]), :]).shorts == 1   # an array beside slices
    assert work(lambda x: np.stack([x, x])).shorts == 0
    assert work(lambda x: np.roll(x, 1, 0)).calls == 1
    plain = work(lambda x: x * x + 1.0)
    assert (plain.shorts, plain.picked, plain.calls) == (0, 0, 0)
    few, many = (work(lambda x, n=n: np.einsum("bij,bkj->bik", x[None], np.ones((1, n, 2)))).products for n in (6, 10**4))
    assert many / 10**4 < few / 6       # large ones are left to BLAS


def test_a_choice_says_when_it_is_looked_into_again():
    f, x = lambda x: x[np.arange(800) // 2] * np.roll(x, 1)[: x.size], RNG.normal(size=800)
    choice = dd.jacobian(f).explain(x)
    if choice.again:
        assert f"in call {choice.again + 1} of this function" in repr(choice)
    else:
        assert "again" not in repr(choice)
    choice.again = 4
    assert "looked into again: in call 5" in repr(choice)


def test_hessians_of_a_few_inputs_are_counted_too():
    """Long arrays for each input: along a recording, not with all pairs of directions."""
    t = np.linspace(0.0, 1.0, 5000)

    def f(p):
        return np.sum(np.exp(-sum(a * t**i for i, a in enumerate(p)) ** 2) / (1.0 + p @ p))

    H, x = dd.hessian(f), RNG.normal(size=12)
    assert H.explain(x).work.inputs == 12
    assert H.explain(x).costs.keys() >= {"forward", "reverse"}
    found = H(x)
    np.testing.assert_allclose(found, dd.hessian(f, mode="forward")(x), rtol=1e-9)
    np.testing.assert_array_equal(H(x), found)
    assert "few" in repr(H.explain(x[:5]))
