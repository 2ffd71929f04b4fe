"""A batch in parts: chunk=, executor= and progress= of batched derivatives."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.errors import InputError, ShapeError
from dualdiff.transforms import parts

RNG = np.random.default_rng(8)
X = RNG.normal(size=(101, 3))
P = RNG.normal(size=4)


def field(x):
    """(batch, 3) -> (batch, 2)."""
    return np.stack([np.sin(x[..., 0]) * x[..., 1], x[..., 2] ** 2 + x[..., 0]], axis=-1)


def energy(x):
    """(batch, 3) -> (batch,)."""
    return x[..., 0] ** 2 * x[..., 1] + np.cos(x[..., 2]) * x[..., 0]


def with_parameters(x, p):
    """(batch, 3), (4,) -> a structure, and aux of each point."""
    y = np.tanh(x * p[0] + p[1]) * p[2] + p[3] * x[..., ::-1]
    return {"y": y, "s": y.sum(axis=1)}, x[:, 0]


def cube(x):
    """Element by element."""
    return x**3


def placed(x):
    """A point's place counts."""
    return x * np.linspace(0.5, 1.5, len(x))[:, None]


def scaled(x):
    """All points count, as a constant."""
    return x * dd.stop_gradient(np.max(np.abs(x)))


def broken(x):
    """Raises."""
    raise KeyError("no such thing")


def same(found, want):
    """Equal bits, leaf by leaf."""
    if isinstance(want, dict):
        assert found.keys() == want.keys()
        for name in want:
            same(found[name], want[name])
    elif isinstance(want, tuple):
        for a, b in zip(found, want, strict=True):
            same(a, b)
    else:
        np.testing.assert_array_equal(found, want, strict=True)


CALLS = {
    "jacobian": lambda **more: dd.value_and_jacobian(field, batched=True, **more)(X),
    "rows": lambda **more: dd.jacobian(field, batched=True, mode="reverse", **more)(X),
    "denominator": lambda **more: dd.jacobian(field, batched=True, layout="denominator", **more)(X),
    "float32": lambda **more: dd.jacobian(field, batched=True, **more)(X.astype(np.float32)),
    "grad": lambda **more: dd.value_and_grad(energy, batched=True, **more)(X),
    "hessian": lambda **more: dd.hessian(energy, batched=True, **more)(X),
    "all three": lambda **more: dd.value_grad_hessian(energy, batched=True, **more)(X),
    "derivative": lambda **more: dd.derivative(cube, batched=True, **more)(X[:, 0]),
    "shared": lambda **more: dd.jacobian(
        with_parameters, argnums=(0, 1), batched=(0, None), has_aux=True, **more
    )(X, P),
}


@pytest.mark.parametrize("name", CALLS)
def test_same_bits(name, executor):
    call = CALLS[name]
    want = call(chunk=25)
    same(call(chunk=25, executor=executor), want)
    same(call(executor=executor), call(chunk=-(-101 // parts.TASKS)))
    for a, b in zip(leaves(want), leaves(call()), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4 if a.dtype == np.float32 else 1e-12, atol=1e-13)


def leaves(x):
    """The arrays of a nest."""
    if isinstance(x, dict):
        return [leaf for name in sorted(x) for leaf in leaves(x[name])]
    return [leaf for part in x for leaf in leaves(part)] if isinstance(x, tuple) else [x]


@pytest.mark.parametrize("name", CALLS)
def test_progress(name):
    told = []
    CALLS[name](chunk=25, progress=lambda done, total: told.append((done, total)))
    assert told == [(25, 101), (50, 101), (75, 101), (100, 101), (101, 101)]
    told.clear()
    CALLS[name](progress=lambda done, total: told.append((done, total)))
    assert told == [(101, 101)]
    with ThreadPoolExecutor(2) as pool:
        told.clear()
        CALLS[name](chunk=60, executor=pool, progress=lambda done, total: told.append((done, total)))
        assert told == [(60, 101), (101, 101)]


def test_progress_ends_it(executor):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dd.jacobian(field, batched=True, chunk=10, executor=executor, progress=stop)(X)


@pytest.mark.parametrize("f", [placed, scaled])
def test_what_is_not_fit_for_parts(f, executor):
    with pytest.raises(InputError, match="some of the points"):
        dd.jacobian(f, batched=True, chunk=20)(X)
    with pytest.raises(InputError, match="some of the points"):
        dd.jacobian(f, batched=True, executor=executor)(X)
    dd.jacobian(f, batched=True)(X)     # one run


def test_mixing_and_raising(executor):
    with pytest.raises(InputError, match="mixes its points"):
        dd.jacobian(lambda x: np.cumsum(x, axis=0), batched=True, chunk=20)(X)
    with pytest.raises(InputError, match="mixes its points"):
        dd.grad(roll, batched=True, executor=executor)(X)
    with pytest.raises(KeyError, match="no such thing"):
        dd.grad(broken, batched=True, executor=executor)(X)


def roll(x):
    """Each point the one before."""
    return np.roll(x[:, 0], 1) * x[:, 1]


def test_options():
    for chunk in (0, 2.0, True):
        with pytest.raises(InputError, match="chunk"):
            dd.jacobian(field, batched=True, chunk=chunk)
    with pytest.raises(InputError, match="executor"):
        dd.grad(energy, batched=True, executor=3)
    with pytest.raises(InputError, match="batched="):
        dd.derivative(cube, chunk=3)
    same(dd.jacobian(field, batched=True, chunk=1000)(X), dd.jacobian(field, batched=True)(X))
    with pytest.raises(InputError, match="put together"):
        dd.jacobian(lambda x: (field(x), x.sum()), batched=True, has_aux=True, chunk=20)(X)
    with pytest.raises(ShapeError, match="points"):
        dd.jacobian(with_parameters, batched=True, chunk=2)(X, P)


def test_inside_another_derivative():
    with ThreadPoolExecutor(2) as pool:
        def total(s):
            return np.sum(dd.jacobian(field, batched=True, executor=pool, chunk=10)(s * X) ** 2)

        want = dd.derivative(lambda s: np.sum(dd.jacobian(field, batched=True)(s * X) ** 2))(1.5)
        np.testing.assert_allclose(dd.derivative(total)(1.5), want, rtol=1e-14)


BIG = RNG.normal(size=(40_000, 3))


def test_large_batches_go_in_parts(monkeypatch):
    seen = []

    def f(x):
        seen.append(len(x))
        return field(x)

    value, J = dd.value_and_jacobian(f, batched=True)(BIG)
    assert len(seen) > 5 and max(seen) == len(BIG) and seen.count(len(BIG)) == 1
    np.testing.assert_array_equal(value, field(BIG))
    monkeypatch.setattr(parts, "ROOM", 10**9)
    np.testing.assert_allclose(J, dd.jacobian(field, batched=True)(BIG), rtol=1e-13, atol=1e-15)


def closing_over():
    """Functions for which the whole batch counts, and what they are by one run."""
    w = RNG.normal(size=BIG.shape)
    return {
        "data": lambda x: x**2 * w,
        "place": placed,
        "constant": scaled,
        "a threshold": lambda x: x**2 if len(x) > 30_000 else x**3,
        "first": lambda x: x * (1.0 + (dd.stop_gradient(np.asarray(len(x))) > 1000)),
        "view": lambda x: x.view() * 2.0,
    }


@pytest.mark.parametrize("name", closing_over())
def test_parts_that_nobody_asked_for_change_nothing(name, monkeypatch):
    f = closing_over()[name]
    J = dd.jacobian(f, batched=True)
    found = J(BIG), J(BIG)
    monkeypatch.setattr(parts, "ROOM", 10**9)
    want = dd.jacobian(f, batched=True)(BIG)
    for each in found:
        np.testing.assert_allclose(each, want, rtol=1e-13, atol=1e-15)


def test_several_threads_at_once():
    J, found = dd.jacobian(field, batched=True), {}
    data = [RNG.normal(size=(30_000 + 1000 * i, 3)) for i in range(4)]
    threads = [threading.Thread(target=lambda i=i: found.__setitem__(i, J(data[i]))) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for i in range(4):
        np.testing.assert_array_equal(found[i], dd.jacobian(field, batched=True)(data[i]))
