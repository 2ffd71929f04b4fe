"""batched=: derivatives of functions that map a batch of points, against a loop over the points."""

import numpy as np
import pytest

import dualdiff as dd
from dualdiff.errors import InputError, ShapeError

RNG = np.random.default_rng(5)
X = RNG.normal(size=(7, 3))
P = RNG.normal(size=4)


def field(x):
    """(..., 3) -> (..., 2)."""
    return np.stack([np.sin(x[..., 0]) * x[..., 1], x[..., 2] ** 2 + x[..., 0]], axis=-1)


def energy(x):
    """(..., 3) -> (...)."""
    return x[..., 0] ** 2 * x[..., 1] + np.cos(x[..., 2]) * x[..., 0]


def with_parameters(x, p):
    """(..., 3), (4,) -> (..., 3)."""
    return np.tanh(x * p[0] + p[1]) * p[2] + p[3] * x[..., ::-1]


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
@pytest.mark.parametrize("layout", ["numerator", "denominator"])
def test_jacobians(mode, layout):
    want = np.stack([dd.jacobian(field, layout=layout)(x) for x in X])
    value, J = dd.value_and_jacobian(field, batched=True, mode=mode, layout=layout)(X)
    np.testing.assert_array_equal(value, field(X))
    np.testing.assert_allclose(J, want, rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(dd.jacobian(field, batched=True, mode=mode, layout=layout)(X), J)


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_gradients_and_hessians(mode):
    want = np.stack([dd.grad(energy)(x) for x in X])
    value, g = dd.value_and_grad(energy, batched=True, mode=mode)(X)
    np.testing.assert_array_equal(value, energy(X))
    np.testing.assert_allclose(g, want, rtol=1e-13)
    np.testing.assert_array_equal(dd.grad(energy, batched=True, mode=mode)(X), g)
    want = np.stack([dd.hessian(energy)(x) for x in X])
    np.testing.assert_allclose(dd.hessian(energy, batched=True, mode=mode)(X), want, rtol=1e-12, atol=1e-14)
    value, g, H = dd.value_grad_hessian(energy, batched=True, mode=mode)(X)
    np.testing.assert_allclose(g, dd.grad(energy, batched=True)(X), rtol=1e-13)
    np.testing.assert_allclose(H, want, rtol=1e-12, atol=1e-14)


def test_derivative_of_an_elementwise_function():
    x = RNG.normal(size=9)
    np.testing.assert_allclose(dd.derivative(np.sin, batched=True)(x), np.cos(x), rtol=1e-14)
    np.testing.assert_allclose(
        dd.derivative(lambda x, c: c * x**2, batched=(0, None))(x, 3.0), 6 * x, rtol=1e-14
    )
    both = dd.derivative(lambda x: np.stack([x, x**2], axis=1), batched=True)(x)
    np.testing.assert_allclose(both, np.stack([np.ones(9), 2 * x], axis=1))
    d, aux = dd.derivative(lambda x: (np.exp(x), x), batched=True, has_aux=True)(x)
    np.testing.assert_array_equal(aux, x)
    np.testing.assert_allclose(d, np.exp(x))
    with pytest.raises(InputError, match="use jacobian"):
        dd.derivative(np.sin, batched=True)(X)


def test_shared_arguments():
    f = with_parameters
    want = np.stack([dd.jacobian(f)(x, P) for x in X])
    np.testing.assert_allclose(dd.jacobian(f, batched=(0, None))(X, P), want, rtol=1e-13, atol=1e-15)
    by_p = np.stack([dd.jacobian(f, argnums=1)(x, P) for x in X])
    np.testing.assert_allclose(dd.jacobian(f, argnums=1, batched=(0, None))(X, P), by_p, rtol=1e-13, atol=1e-15)
    both = dd.jacobian(f, argnums=(0, 1), batched=(0, None))(X, P)
    np.testing.assert_allclose(both[0], want, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(both[1], by_p, rtol=1e-13, atol=1e-15)
    named = dd.jacobian(f, argnames="p", batched=(0, None))(X, P)
    np.testing.assert_allclose(named, by_p, rtol=1e-13, atol=1e-15)
    with pytest.raises(InputError, match="share"):
        dd.jacobian(f, argnums=1, batched=(0, None), mode="reverse")(X, P)


def test_structures_and_axes_of_points():
    def f(q):
        return {"a": q["x"] @ np.ones((3, 2)) * q["s"][:, None], "b": q["s"] ** 2}

    q = {"x": X, "s": RNG.normal(size=7)}
    for mode in ("forward", "reverse"):
        J = dd.jacobian(f, batched=True, mode=mode)(q)
        assert J["a"]["x"].shape == (7, 2, 3)
        assert J["a"]["s"].shape == (7, 2)
        np.testing.assert_allclose(J["a"]["x"], np.ones((2, 3)) * q["s"][:, None, None])
        np.testing.assert_allclose(J["b"]["s"], 2 * q["s"])
        np.testing.assert_array_equal(J["b"]["x"], 0)
    M = RNG.normal(size=(5, 2, 2))
    want = np.stack([dd.jacobian(np.linalg.inv)(m) for m in M])
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dd.jacobian(np.linalg.inv, batched=True, mode=mode)(M), want, rtol=1e-9, atol=1e-12)
    single = X.astype(np.float32)
    assert dd.jacobian(field, batched=True)(single).dtype == np.float32


def test_one_run_however_many_points():
    calls = []

    def f(x):
        calls.append(x.shape)
        return field(x)

    dd.jacobian(f, batched=True)(RNG.normal(size=(500, 3)))
    assert len(calls) == 1


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("f", [
    lambda x: x - np.mean(x, axis=0), lambda x: np.cumsum(x, axis=0), lambda x: x[::-1] * 1.0,
    lambda x: x / np.max(np.abs(x)), lambda x: x + 1e-3 * np.sum(x),
])  # fmt: skip
def test_functions_that_mix_their_points_are_refused(f, mode):
    with pytest.raises(InputError, match="mixes its points"):
        dd.jacobian(f, batched=True, mode=mode)(X)
    with pytest.raises(InputError, match="mixes its points"):
        dd.grad(lambda x: np.sum(f(x), axis=1), batched=True, mode=mode)(X)
    with pytest.raises(InputError, match="mixes its points"):
        dd.hessian(lambda x: np.sum(f(x) ** 2, axis=1), batched=True, mode=mode)(X)


def test_inside_another_derivative():
    def total(x):
        return np.sum(dd.grad(energy, batched=True)(x) ** 2)

    want = dd.grad(lambda x: sum(np.sum(dd.grad(energy)(row) ** 2) for row in x))(X)
    np.testing.assert_allclose(dd.grad(total)(X), want, rtol=1e-12)


def test_wrong_batches():
    with pytest.raises(ShapeError, match="7 points"):
        dd.jacobian(lambda x: np.sum(x), batched=True)(X)
    with pytest.raises(InputError, match="one number for each"):
        dd.grad(field, batched=True)(X)
    with pytest.raises(ShapeError, match="an earlier one"):
        dd.jacobian(lambda x, y: x, batched=True)(X, X[:5])
    with pytest.raises(ShapeError, match="not a batch"):
        dd.jacobian(lambda x, c: x * c, batched=True)(X, 2.0)
    for wrong in ((0,), (1, None), "first", (None, None)):
        with pytest.raises(InputError, match="batched"):
            dd.jacobian(lambda x, c: x * c, batched=wrong)(X, 2.0)
    with pytest.raises(InputError, match="mode"):
        dd.jacobian(field, batched=True, mode="colored")(X)


def test_explain():
    """Which way a batch goes, and why."""
    assert "few" in repr(dd.jacobian(field, batched=True).explain(X))
    wide = RNG.normal(size=(50, 40))
    for transform in (dd.grad, dd.value_and_grad, dd.hessian, dd.value_grad_hessian):
        choice = transform(lambda x: np.sum(x**3, axis=1), batched=True).explain(wide)
        assert choice.work.inputs == 2000
        assert set(choice.costs) == {"forward", "reverse"}
    assert "asked" in repr(dd.jacobian(field, batched=True, mode="reverse").explain(X))
    assert "share" in repr(dd.jacobian(with_parameters, argnums=1, batched=(0, None)).explain(X, P))


def test_an_argument_that_is_not_moved_hides_no_mix():
    """The check leaves out what has weight 0, also where its derivative is infinite."""

    def f(x, p):
        return np.cumsum(x, axis=0) + np.sqrt(p)

    with pytest.raises(InputError, match="mixes its points"), np.errstate(all="ignore"):
        dd.jacobian(f, argnums=(0, 1), batched=(0, None))(X, np.zeros(3))


def test_the_point_that_is_mixed_is_named():
    for dtype in (float, np.float32):
        with pytest.raises(InputError, match="for point 1 depends"):
            dd.jacobian(lambda x: np.cumsum(x, axis=0), batched=True)(X.astype(dtype))
