"""checkpoint: the same derivative as without it, whatever the stage does; or an error."""

from collections import namedtuple

import numpy as np
import pytest
from support import close

import dualdiff as dd
from dualdiff.errors import UnsupportedError

X = np.array([0.5, 2.0, -1.0])
BUFFER = np.zeros(3)


def writes_element(x):
    x[0] = x[1] * x[2]
    return x * x


def writes_zero_over_zero(x):
    x[2] = x[2] * 1.0
    y = x - X                   # 0 everywhere
    y = y + 0.0
    return y


def writes_the_same_value(x):
    x[0] = 0.5                  # what is there already: the derivative by it is gone all the same
    return x**2


def writes_in_place(x):
    x *= x
    x += 1.0
    return x[::-1]


def writes_through_a_view(x):
    v = x[1:]
    v[...] = v * v[::-1]
    return x * 2.0


def writes_with_out(x):
    np.multiply(x, x[::-1] * 1.0, out=x)
    return np.sum(x) * x


def writes_by_method(x):
    x.fill(3.0)
    x.sort()
    return x * 1.0


WRITING = [writes_element, writes_zero_over_zero, writes_the_same_value, writes_in_place, writes_through_a_view, writes_with_out,
           writes_by_method]  # fmt: skip


def jacobians(f, x):
    """The Jacobian by everything that records."""
    yield "reverse", dd.jacobian(f, mode="reverse")(x)
    yield "vjp", dd.vjp(f, x)[1](np.eye(f(x * 1.0).size))
    J = dd.linearize(f, x)[1]
    yield "dense", J.dense("forward")
    yield "dense, reverse", J.dense("reverse")
    yield "sparse", dd.sparse_jacobian(f, x)(x).toarray()


@pytest.mark.parametrize("stage", WRITING)
def test_a_stage_that_writes_into_its_argument(stage):
    step = dd.checkpoint(stage)

    def outer(step):
        def f(x):
            y = x * 1.0
            z = step(y)
            return z * y + np.sum(z)        # what was written shows in y
        return f

    wanted = dd.jacobian(outer(stage), mode="forward")(X)
    given = X.copy()
    assert np.array_equal(outer(step)(given), outer(stage)(X))
    for name, found in jacobians(outer(step), given):
        close(found, wanted, 1e-14, name)
    assert np.array_equal(given, X)
    assert np.array_equal(dd.vjp(outer(step), given)[0], outer(stage)(X.copy()))
    H = [dd.hessian(lambda x, s=s: np.sum(outer(s)(x)), mode="reverse")(X) for s in (stage, step)]
    close(H[1], H[0], 1e-13)


def test_the_example():
    def stage(x):
        x[:] = x * x
        return x

    found = dd.grad(lambda x: np.sum(dd.checkpoint(stage)(x * 1.0)), mode="reverse")(np.array([2.0, 6.0]))
    assert np.array_equal(found, [4.0, 12.0])


def test_writes_into_constant_arguments():
    def stage(x, work):
        work[1:] += 1.0
        return x * work

    step, works = dd.checkpoint(stage), [np.ones(3), np.ones(3)]
    plain, stored = ((lambda x, s=s, w=w: s(s(x, w), w)) for s, w in zip((stage, step), works, strict=True))
    assert np.array_equal(dd.grad(lambda x: np.sum(stored(x)), mode="reverse")(X), [1, 6, 6])
    assert np.array_equal(works[1], [1, 3, 3])
    plain(X)
    assert np.array_equal(works[0], works[1])


CLOSURES = {
    "number": lambda step: lambda x: step(lambda y: y * x[0])(x),
    "array": lambda step: lambda x: step(lambda y: y * x)(x * x),
    "added": lambda step: lambda x: step(lambda y: y + x)(2.0 * x),
    "in one of two results": lambda step: lambda x: sum(step(lambda y: (y, y * x))(np.sin(x))),
    "only": lambda step: lambda x: step(lambda y: np.sum(y) * 0.0 + x * x)(x),
    "twice": lambda step: lambda x: step(lambda y: step(lambda z: z * x)(y * x))(x),
    "of a matrix": lambda step: lambda x: step(lambda y: np.outer(x, x) @ y)(x),
}


@pytest.mark.parametrize("name", CLOSURES)
def test_a_stage_that_uses_a_differentiated_value_around_it(name):
    f, g = CLOSURES[name](lambda f: f), CLOSURES[name](dd.checkpoint)
    wanted = dd.jacobian(f, mode="forward")(X)
    for way, found in jacobians(g, X):
        close(found, wanted, 1e-13, way)
    value = dd.vjp(g, X)[0]
    assert type(value) is np.ndarray and np.array_equal(value, f(X))
    close(dd.hessian(lambda x: np.sum(g(x)), mode="reverse")(X), dd.hessian(lambda x: np.sum(f(x)))(X), 1e-13)


def test_a_value_of_an_outer_call_is_a_constant_to_the_inner_one():
    def total(step):
        def inner(y):
            return dd.grad(lambda x: np.sum(step(lambda z: np.sin(z * y))(x)), mode="reverse")(y * 2.0)

        return inner

    close(dd.jacobian(total(dd.checkpoint))(X), dd.jacobian(total(lambda f: f))(X), 1e-14)


Pair = namedtuple("Pair", "a b")


def test_structures_and_keyword_arguments():
    def stage(p, *, scale, names=("one",)):
        assert names == ("one",)
        return {"r": p.a * p.b * scale, "s": np.sum(p.a)}

    step = dd.checkpoint(stage)
    for f in (stage, step):
        pullback = dd.vjp(lambda x, s: f(Pair(x, x * 2.0), scale=s), X, 3.0)[1]
        gx, gs = pullback({"r": np.ones(3), "s": 1.0})
        close(gx, 12 * X + 1, 1e-15)
        close(gs, 2 * np.sum(X * X), 1e-14)


RNG = np.random.default_rng(3)


def draws(x):
    return x * RNG.random(3)


def draws_globally(x):
    return x + np.random.random(3)  # noqa: NPY002


class Model:
    def __init__(self):
        self.factor, self.calls = 2.0, 0

    def by_attribute(self, x):
        return x * self.factor

    def counting(self, x):
        self.calls += 1
        return x * self.calls

    def by_order(self, x):
        self.calls += 1
        return x * 1.0 if self.calls == 1 else x[::-1] * 1.0

    def by_sign(self, x):
        self.calls += 1
        return -x * x if self.calls == 1 else x * x

    def by_length(self, x):
        self.calls += 1
        return (x * 1.0,) * self.calls


def test_random_numbers_and_changed_surroundings_are_noticed():
    model = Model()
    table = {"a": np.ones(3)}
    for stage in (draws, draws_globally, model.counting, model.by_order, model.by_sign):
        step, model.calls = dd.checkpoint(stage), 0
        _, pullback = dd.vjp(lambda x, s=step: s(x * 1.0), X)
        model.calls = 0
        _, J = dd.linearize(lambda x, s=step: s(x * 1.0), X)
        for product in (lambda p=pullback: p(X), lambda J=J: J @ X, lambda J=J: J.T @ X):
            with pytest.raises(UnsupportedError, match="another result"):
                product()
    for stage, change in (
        (model.by_attribute, lambda: setattr(model, "factor", 3.0)),
        (lambda x: x * table["a"], lambda: table.update(a=np.array([1.0, 2.0, 1.0]))),
        (lambda x: x + BUFFER, lambda: BUFFER.__setitem__(1, 1e-3)),
    ):
        _, pullback = dd.vjp(lambda x, s=dd.checkpoint(stage): s(x), X)
        before = pullback(X)
        change()
        with pytest.raises(UnsupportedError, match="another result"):
            pullback(X)
        assert before.shape == X.shape
    model.calls = 0
    _, pullback = dd.vjp(lambda x: sum(dd.checkpoint(model.by_length)(x)), X)
    with pytest.raises(UnsupportedError, match="another result"):
        pullback(X)


def test_what_is_not_finite_is_the_same_again():
    step = dd.checkpoint(lambda x: np.log(x - 2.0) * np.array([1.0, np.nan, 1.0]))
    with np.errstate(all="ignore"):
        _, pullback = dd.vjp(step, X)
        assert not np.isfinite(pullback(np.ones(3))[1])
    single = dd.checkpoint(lambda x: np.tanh(x) @ np.ones((3, 3), np.float32))
    x = X.astype(np.float32)
    assert dd.grad(lambda x: np.sum(single(single(x))), mode="reverse")(x).dtype == np.float32


@pytest.mark.parametrize("stage", [lambda x: x, lambda x: x[::-1], lambda x: x[:2], lambda x: x.reshape(3, 1), lambda x: (x, x * x)[0]])
def test_a_result_that_is_the_argument_can_be_written_to(stage):
    """What is written into the one shows in the other, as in NumPy."""
    def f(step):
        def g(x):
            z = x * 1.0
            y = step(z)
            y[0] = 7.0 * x[1]
            return np.concatenate([np.ravel(y) * x[2], z * x])

        return g

    assert np.array_equal(dd.vjp(f(dd.checkpoint(stage)), X)[0], f(stage)(X))
    for _, found in jacobians(f(dd.checkpoint(stage)), X):
        close(found, dd.jacobian(f(stage), mode="forward")(X), 1e-15)


def test_what_does_not_vary_comes_out_as_it_is():
    def stage(x, mask, work):
        return x[mask] ** 2, x > 0, "name", None, 3, work, np.ones(2)

    work = np.zeros(2)

    def f(step):
        def g(x):
            y, positive, name, nothing, n, same, ones = step(x, np.array([True, False, True]), work)
            assert positive.dtype == bool and name == "name" and nothing is None and type(n) is int
            assert same is work and type(ones) is np.ndarray
            return np.sum(y) * x[positive] * n

        return g

    for _, found in jacobians(f(dd.checkpoint(stage)), X):
        close(found, dd.jacobian(f(stage), mode="forward")(X), 1e-15)
