"""Compiled functions that code calls which is differentiated without programs."""

import pickle
import types

import numpy as np
import pytest
from support import leaves

import dualdiff as dd
from dualdiff.programs import around
from programs.comparing import near

X = np.array([0.3, 1.2, -0.7, 2.0])
A = np.arange(1.0, 17.0).reshape(4, 4) / 10


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Programs from the second call on, of whatever size."""
    monkeypatch.setattr(around, "DERIVED_AFTER", 1)
    monkeypatch.setattr(around, "PAYS", 0)
    monkeypatch.setattr(around, "CALLS", 0)


def used(c):
    """Which programs there are of calls with duals."""
    found = c.__dualdiff_program__.around
    return set() if found is None else {
        "reverse" if kind.reverse else "forward" for kind in found.kinds.values() if kind.paths and kind.paths.table
    }  # fmt: skip


def rhs(u):
    r = np.zeros_like(u)
    r[1:-1] = u[2:] - 2 * u[1:-1] + u[:-2] + np.sin(u[1:-1])
    r[0] = -u[0] * u[-1]
    return r




FUNCTIONS = {
    "buffer": (rhs, X),
    "matrix": (lambda u: np.tanh(A @ u) * u, X),
    "inverse": (lambda u: np.linalg.solve(A + 3 * np.eye(4) + np.diag(u), u), X),
    "one number": (lambda u: np.sum(u**3) / 4, X),
    "of a number": (lambda t: t * np.exp(-t) + 1, 0.7),
    "array of a number": (lambda t: np.sin(t * X), 0.7),
    "single precision": (lambda u: np.exp(-u) * u, X.astype(np.float32)),
    "two axes": (lambda u: (u @ u).T + u[0], X.reshape(2, 2)),
    "Fortran order": (lambda u: np.cos(u) @ u, np.asfortranarray(X.reshape(2, 2))),
    "no axes": (lambda u: u * u + 1, np.array(0.7)),
    "numpy's number": (lambda u: np.sqrt(u) * u, np.float64(0.7)),
    "branch": (lambda u: np.sin(u) if u[0] > 0 else u * u, X),
    "where": (lambda u: np.where(u > 0, u * u, np.exp(u)), X),
    "sorted": (lambda u: np.sort(u) * u, X),
    "mask": (lambda u: masked(u), X),
    "special": (lambda u: np.log1p(u * u) / np.hypot(u, 1.0), X),
    "running": (lambda u: np.cumsum(u) * np.cumprod(u), X),
}


def masked(u):
    y = u * 2
    y[u > 0] = u[u > 0] ** 2
    return y


def loop_of(f):
    """A loss that calls f several times, in plain code."""

    def loss(x):
        total = 0.0
        for k in range(4):
            y = f(x)
            total = total + np.sum(np.sin(y) * (k + 1))
            x = x * 0.9 + (0.1 * y if np.shape(y) == np.shape(x) else 0.05 * np.sum(y))
        return total

    return loss


def values_of(loss):
    """What the loss gives on its way, as an array."""
    return lambda x: np.stack([loss(x), loss(x * 1.1), np.sum(x)])


TRANSFORMS = {
    "grad": lambda f: dd.grad(f),
    "jvp": lambda f: lambda x: dd.jvp(f, (x,), (np.cos(x),)),
    "stack": lambda f: lambda x: dd.jvp(f, (x,), (np.stack([np.cos(x), np.sin(x), x * 0]),)),
    "vjp": lambda f: lambda x: dd.vjp(f, x)[1](2.0),
    "linearize": lambda f: lambda x: products(f, x),
    "jacobian": lambda f: dd.jacobian(values_of(f)),
    "rows": lambda f: dd.jacobian(values_of(f), mode="reverse"),
    "hessian": lambda f: dd.hessian(f),
    "hvp": lambda f: lambda x: dd.hvp(f, (x,), (np.cos(x),)),
    "grad of grad": lambda f: dd.grad(lambda x: np.sum(dd.grad(f)(x) ** 2)),
    "taylor": lambda f: lambda x: dd.taylor(f, x, np.cos(x), 3),
    "sparse": lambda f: lambda x: dd.sparse_jacobian(values_of(f), x)(x).toarray(),
}


def products(f, x):
    _, J = dd.linearize(f, x)
    J = pickle.loads(pickle.dumps(J))
    return J.jvp(x), J.jvp(np.stack([x, 2 * x])), J.vjp(1.5)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_in_plain_code(name, transform):
    f, x = FUNCTIONS[name]
    rtol = 1e-9
    if np.asarray(x).dtype == np.float32:
        if transform in ("grad of grad", "taylor", "sparse"):
            pytest.skip("in double precision")
        rtol = 1e-4
    if transform == "sparse" and np.ndim(x) == 0:
        pytest.skip("of arrays")
    c = dd.compile(f)
    for scale in (1.0, 1.0, 1.01, -1.0 if name in ("branch", "where", "mask") else 0.99):
        point = type(x)(x * scale) if np.ndim(x) == 0 and not isinstance(x, np.ndarray) else np.array(x * scale, order="K")
        point = point.astype(x.dtype) if isinstance(x, np.ndarray) else point
        near(leaves(TRANSFORMS[transform](loop_of(c))(point)), leaves(TRANSFORMS[transform](loop_of(f))(point)), rtol)
    if transform in ("jvp", "stack", "jacobian"):
        assert "forward" in used(c)
    if transform in ("vjp", "linearize", "rows"):
        assert "reverse" in used(c)


SEVERAL = {
    "two arrays": (lambda u, p: np.exp(-p) * u * u, lambda x: (x, np.cos(x))),
    "one constant": (lambda u, p: np.exp(-p) * u * u, lambda x: (x, X)),
    "the other constant": (lambda u, p: np.exp(-p) * u * u, lambda x: (X, x)),
    "numbers": (lambda t, u, k: t * u**k, lambda x: (0.3, x, 2)),
    "text": (lambda u, how: u * u if how == "square" else u, lambda x: (x, "square")),
    "dict": (lambda d: d["a"] * d["b"][0] + d["b"][1], lambda x: ({"a": x, "b": (x * x, 2.0)},)),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("transform", ["grad", "jvp", "stack", "vjp", "linearize", "hessian", "rows", "sparse"])
@pytest.mark.parametrize("name", SEVERAL)
def test_several_arguments(name, transform):
    f, arguments = SEVERAL[name]

    def around_it(g):
        def loss(x):
            total = 0.0
            for k in range(4):
                total = total + np.sum(np.sin(g(*arguments(x * (1 + 0.1 * k)))))
            return total
        return loss

    c = dd.compile(f)
    for x in (X, X, X * 1.1):
        near(leaves(TRANSFORMS[transform](around_it(c))(x)), leaves(TRANSFORMS[transform](around_it(f))(x)))
    assert used(c) or transform in ("hessian",)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("transform", ["grad", "jvp", "stack", "vjp", "rows"])
def test_keywords_defaults_and_methods(transform):
    class Model:
        def __init__(self):
            self.w = np.array([1.0, 2.0, 0.5, 0.25])

        @dd.compile
        def __call__(self, u, *, rate=1.0):
            return np.tanh(self.w * u) * rate + np.sin(u)

    model, plain = Model(), lambda u, rate=1.0: np.tanh(model.w * u) * rate + np.sin(u)

    def loss(g):
        def of(x):
            y = x
            for k in range(4):
                y = g(y, rate=0.5) + g(y) + g(y, rate=y[0])
            return np.sum(y)
        return of

    call = lambda u, **kw: model(u, **kw)  # noqa: E731
    for x in (X, X, X * 1.1):
        near(leaves(TRANSFORMS[transform](loss(call))(x)), leaves(TRANSFORMS[transform](loss(plain))(x)))
    model.w[0] = 3.0        # which a program reads in each run
    near(leaves(TRANSFORMS[transform](loss(call))(X)), leaves(TRANSFORMS[transform](loss(plain))(X)))
    model.w = np.array([4.0, 3.0, 2.0, 1.0])        # another array is seen, too
    near(leaves(TRANSFORMS[transform](loss(call))(X)), leaves(TRANSFORMS[transform](loss(plain))(X)))


RESULTS = {
    "tuple": lambda u: (u * u, np.sum(u), 3, "text", None),
    "dict": lambda u: {"y": np.exp(u), "n": u.size, "places": np.argsort(u), "same": np.ones(4)},
    "list": lambda u: [u[k] * u for k in range(3)],
    "integers": lambda u: (np.sign(u) > 0, u * 2),
    "constant": lambda u: np.arange(4.0),
    "rounded": lambda u: (np.floor(u), u * u),
}


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", RESULTS)
def test_results_are_those_of_the_function(name, reverse):
    """In types, structure, and in what has a derivative."""
    f, seen = RESULTS[name], {}

    def loss(g, key):
        def of(x):
            for _ in range(3):
                y = g(x)
            seen[key] = [(type(z), getattr(z, "dtype", None), np.shape(z)) for z in leaves(y)], type(y)
            return sum(np.sum(np.sin(z)) for z in leaves(y) if isinstance(z, (dd.DualArray, dd.Dual)))
        return of

    c = dd.compile(f)
    transform = (lambda f: dd.vjp(f, X)) if reverse else lambda f: dd.jvp(f, (X,), (X,))
    for _ in range(3):
        found, wanted = transform(loss(c, "program")), transform(loss(f, "function"))
        near(leaves(found[0]), leaves(wanted[0]))
        assert seen["program"] == seen["function"]


# ---- duals that come in another way -----------------------------------------------------------------


WORLD = types.SimpleNamespace(w=1.5, several=[1.5, 2.0], named={"w": 1.5})
SCALE = 1.5


def by_global(u):
    return np.sin(u) * SCALE + u


def by_attribute(u):
    return np.sin(u) * WORLD.w + u


def by_list(u):
    return np.sin(u) * WORLD.several[0] + u


def by_dict(u):
    return np.sin(u) * WORLD.named["w"] + u


class Slots:
    __slots__ = ("w",)

    def __init__(self):
        self.w = 1.5


SLOTS, OBJECTS, BIG = Slots(), np.array([1.5, 2.0], object), dict.fromkeys(range(1000), 1.5)


def by_slots(u):
    return np.sin(u) * SLOTS.w + u


def by_objects(u):
    return np.sin(u) * OBJECTS[0] + u


def by_many(u):
    return np.sin(u) * BIG[0] + u


def set_global(w):
    global SCALE
    SCALE = w


SETTERS = {
    "global": (by_global, set_global),
    "attribute": (by_attribute, lambda w: setattr(WORLD, "w", w)),
    "list": (by_list, lambda w: WORLD.several.__setitem__(0, w)),
    "dict": (by_dict, lambda w: WORLD.named.__setitem__("w", w)),
}
UNSEEN = {
    "slots": (by_slots, lambda w: setattr(SLOTS, "w", w)),
    "array of objects": (by_objects, lambda w: OBJECTS.__setitem__(0, w)),
    "large dict": (by_many, lambda w: BIG.__setitem__(0, w)),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", SETTERS)
def test_captured_duals_make_the_function_answer(name, reverse):
    f, put = SETTERS[name]
    c = dd.compile(f)
    transform = (lambda f: lambda w: dd.vjp(f, w)[1](1.0)) if reverse else lambda f: lambda w: dd.jvp(f, (w,), (1.0,))

    def loss(g, captured):
        def of(w):
            total = 0.0
            for k in range(5):
                put(w if captured else 1.5)
                total = total + np.sum(g(X * (w if k % 2 else 1.0)))
            put(1.5)
            return total
        return of

    put(1.5)
    for captured in (False, True, False, True):     # numbers, then duals in the same place
        for w in (1.5, 0.5):
            near(leaves(transform(loss(c, captured))(w)), leaves(transform(loss(f, captured))(w)))
    near(c(X), f(X))
    assert "1 path" in str(c.explain()) or "paths" in str(c.explain())     # and it is a program still


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", UNSEEN)
def test_where_duals_are_not_seen_there_is_no_program_of_them(name, reverse):
    f, put = UNSEEN[name]
    c = dd.compile(f, check="never")
    transform = (lambda f: lambda w: dd.vjp(f, w)[1](1.0)) if reverse else lambda f: lambda w: dd.jvp(f, (w,), (1.0,))

    def loss(g):
        def of(w):
            put(w)
            total = sum(np.sum(g(X * w)) for _ in range(5))
            put(1.5)
            return total
        return of

    for w in (1.5, 0.5):
        near(leaves(transform(loss(c))(w)), leaves(transform(loss(f))(w)))
    assert not used(c)


@pytest.mark.filterwarnings("error")
def test_closures_over_duals():
    def outer(make):
        def loss(w):
            g = make(lambda u: np.sin(u) * w + u)
            return sum(np.sum(g(X * (k + 1))) + np.sum(g(X * w)) for k in range(4))
        return loss

    for transform in (dd.grad, dd.derivative, lambda f: lambda w: dd.hvp(f, (w,), (1.0,))):
        for w in (0.5, 1.5):
            near(transform(outer(dd.compile))(w), transform(outer(lambda f: f))(w))


@pytest.mark.filterwarnings("error")
def test_perturbations_do_not_mix():
    """d/dx of x * d/dy of c(x * y), c at duals of both calls, and at plain numbers in between."""
    f = lambda t: np.sin(t) * t  # noqa: E731
    c = dd.compile(f)

    def mixed(g):
        def of(x):
            inner = lambda y: g(x * y) + g(y) + x * g(y * 0.5)  # noqa: E731
            return x * dd.derivative(inner)(0.7) + g(x) + dd.grad(inner)(0.3)
        return of

    for x in (0.3, 0.3, 0.4, 0.5):
        near(dd.derivative(mixed(c))(x), dd.derivative(mixed(f))(x))
        near(dd.grad(mixed(c))(x), dd.grad(mixed(f))(x))
        near(dd.derivative(dd.derivative(mixed(c)))(x), dd.derivative(dd.derivative(mixed(f)))(x))


@pytest.mark.filterwarnings("error")
def test_derivatives_of_compiled_functions_in_plain_code():
    f = lambda u: np.sum(np.sin(u) * u**2)  # noqa: E731
    c = dd.compile(f)

    def descent(g):
        step = dd.grad(g)
        def loss(x):
            for _ in range(4):
                x = x - 0.1 * step(x)
            return np.sum(x * x)
        return loss

    for transform in (dd.grad, lambda f: lambda x: dd.jvp(f, (x,), (np.cos(x),)), dd.hessian):
        for x in (X, X, X * 1.1):
            near(transform(descent(c))(x), transform(descent(f))(x))


@pytest.mark.filterwarnings("error")
def test_zeros_beside_infinite_slopes():
    """A number that no direction reaches has the tangent 0, beside any slope: the function answers."""
    f = lambda u: np.sqrt(u) * np.array([1.0, 2.0])  # noqa: E731
    c = dd.compile(f)
    with np.errstate(all="ignore"):
        for u in (np.array([1.0, 4.0]), np.array([1.0, 4.0]), np.array([0.0, 4.0])):
            for v in (np.array([0.0, 1.0]), np.array([1.0, 0.0])):
                loss = lambda g: lambda x: g(x) + g(x) + g(x)  # noqa: E731
                near(dd.jvp(loss(c), (u,), (v,)), dd.jvp(loss(f), (u,), (v,)))


def test_an_escaped_dual_meets_the_function():
    c, kept = dd.compile(lambda u: np.sin(u) * u), []
    for _ in range(3):
        dd.jvp(lambda x: (kept.append(x), c(x) + c(x))[1], (X,), (X,))
    for x in kept:      # the function says what it is
        found, wanted = c(x), FUNCTIONS["special"][0](x)
        assert type(found) is type(wanted)


def test_a_change_that_nobody_sees_is_found_by_check():
    hidden = [2.0]
    f = lambda u: u * np.frombuffer(data, float)[0] + np.sin(u)  # noqa: E731
    data = bytearray(np.array(hidden).tobytes())
    c = dd.compile(f, check="always")
    loss = lambda x: c(x) + c(x) + c(x)  # noqa: E731
    for _ in range(2):
        dd.jvp(loss, (X,), (X,))
    data[:] = np.array([3.0]).tobytes()
    try:
        found = dd.jvp(loss, (X,), (X,))
    except dd.errors.StaleProgramError:
        return
    near(found, dd.jvp(lambda x: 3 * f(x), (X,), (X,)))


def test_little_functions_stay_as_they_are(monkeypatch):
    monkeypatch.undo()
    c = dd.compile(lambda u: u * u)
    for _ in range(40):
        dd.jvp(lambda x: c(x) + c(x), (X,), (X,))
    assert not used(c)
    c = dd.compile(rhs)
    for _ in range(40):
        dd.jvp(lambda x: c(x) + c(x), (X,), (X,))
    assert used(c) == {"forward"}


def test_a_choice_of_modes_counts_what_the_function_does():
    big = np.linspace(0.0, 1.0, 200)
    c = dd.compile(rhs)
    loss = lambda g: lambda x: sum(np.sum(g(x + k) ** 2) for k in range(6))  # noqa: E731
    for _ in range(3):
        dd.jvp(loss(c), (big,), (big,))
    found = dd.grad(loss(c))
    near(found(big), dd.grad(loss(rhs))(big))
    assert found.explain(big).mode == dd.grad(loss(rhs)).explain(big).mode


def test_code_around_is_run_as_often_as_without():
    def runs(g):
        count = [0]

        def loss(x):
            count[0] += 1
            return np.sum(g(x) ** 2)

        found = dd.grad(loss)
        for _ in range(5):
            found(X)
        count[0] = 0
        for _ in range(10):
            found(X)
        return count[0]

    assert runs(dd.compile(rhs)) == runs(rhs) == 10


@pytest.mark.filterwarnings("error")
def test_buffers_and_results_that_are_written_to_afterwards():
    f = lambda u: u * u * np.sin(u)  # noqa: E731
    c = dd.compile(f)

    def loss(g):
        def of(x):
            b, total = np.zeros_like(x), 0.0
            for k in range(4):
                b[:] = x * (k + 1)
                y = g(b)
                y[0] = y[1] * 2
                total = total + np.sum(y * b)
                b *= 2
            return total
        return of

    for transform in ("grad", "jvp", "vjp", "linearize"):
        for _ in range(3):
            near(leaves(TRANSFORMS[transform](loss(c))(X)), leaves(TRANSFORMS[transform](loss(f))(X)))
    assert used(c) == {"forward", "reverse"}
