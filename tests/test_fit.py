"""least_squares and curve_fit: methods, losses, constraints, covariances; structures as unknowns everywhere."""

import dataclasses
from collections import namedtuple

import numpy as np
import pytest
import scipy.optimize

import dualdiff as dd
from dualdiff import solve
from dualdiff.errors import ArgumentError, InputError, ShapeError

T = np.linspace(0, 1, 40)
DATA = 2 * np.exp(-3 * T) + 0.01 * np.sin(50 * T)


@dataclasses.dataclass
class Decay:
    height: float
    rate: float
    label: str = dataclasses.field(default="a", metadata={"static": True})


Pair = namedtuple("Pair", "height rate")


def model(t, height, rate):
    return height * np.exp(-rate * t)


STRUCTURES = {
    "array": (np.ones(2), lambda p: p),
    "list": ([1.0, 1.0], lambda p: p),
    "dict": ({"height": 1.0, "rate": 1}, lambda p: (p["height"], p["rate"])),
    "dataclass": (Decay(1.0, 1.0), lambda p: (p.height, p.rate)),
    "namedtuple": (Pair(1.0, 1.0), lambda p: p),
    "nested": ({"p": [np.ones(1), {"q": 1.0}]}, lambda p: (p["p"][0][0], p["p"][1]["q"])),
}


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("call", ["minimize", "least_squares", "root"])
def test_results_come_in_the_structure(name, call):
    x0, parts = STRUCTURES[name]
    if call == "root":
        def fun(p):
            a, b = parts(p)
            return [a * b - 6.0, a - 2.0]
    else:
        def fun(p):
            return model(T, *parts(p)) - model(T, 2.0, 3.0)

    r = solve.minimize(lambda p: np.sum(fun(p) ** 2), x0) if call == "minimize" else getattr(solve, call)(fun, x0)
    assert r.success
    np.testing.assert_allclose(np.ravel(parts(r.x)), [2, 3], rtol=1e-6)
    if name == "array" or name == "list":
        assert type(r.x) is np.ndarray
    else:
        assert type(r.x) is type(x0)
        if call != "minimize":
            assert len(r.names) == 2
    if name == "dataclass":
        assert r.x.label == "a" and type(r.x.height) is float
    if call == "minimize" and name == "dict":
        assert set(r.jac) == {"height", "rate"} and abs(r.jac["rate"]) < 1e-6


FREE = {
    "a name": ({"a": 5.0, "b": 1.0}, "a"),
    "names": ({"a": 5.0, "b": 1.0}, ("a",)),
    "flags": ({"a": 5.0, "b": 1.0}, {"a": True, "b": False}),
    "left out": ({"a": 5.0, "b": 1.0}, {"a": True, "b": None}),
    "equal bounds": ({"a": 5.0, "b": 1.0}, None),
}


@pytest.mark.parametrize("name", FREE)
@pytest.mark.parametrize("call", ["minimize", "least_squares", "root"])
def test_what_is_fixed_stays(name, call):
    x0, free = FREE[name]
    more = {"free": free} if free is not None else {"bounds": {"b": (1.0, 1.0)}}
    if call == "minimize":
        r = solve.minimize(lambda p: (p["a"] - 3 * p["b"]) ** 2, x0, **more)
    else:
        r = getattr(solve, call)(lambda p: [p["a"] - 3 * p["b"]], x0, **more)
    assert r.success and r.x["b"] == 1.0 and r.x["a"] == pytest.approx(3.0, abs=1e-6)


def test_free_elements_of_arrays():
    for free in ([0, 2], np.array([True, False, True])):
        r = solve.minimize(lambda x: np.sum((x - 7) ** 2), np.arange(3.0), free=free)
        np.testing.assert_allclose(r.x, [7, 1, 7])
        assert r.jac[1] == 0
    mask = np.array([[True, False], [False, True]])
    r = solve.least_squares(lambda x: x - 7, np.zeros((2, 2)), free=mask)
    np.testing.assert_allclose(r.x, 7 * mask)
    r = solve.root(lambda x: (x**2 - 4)[:1], np.array([1.0, 5.0]), free=[0])
    np.testing.assert_allclose(r.x, [2, 5])


def test_a_root_in_a_structure_has_derivatives():
    def a(c):
        return solve.root(lambda p, c: {"one": p["a"] ** 2 - c, "two": p["b"] - p["a"]}, {"a": 1.0, "b": 1.0}, (c,)).x["b"]

    assert dd.derivative(a)(9.0) == pytest.approx(1 / 6, rel=1e-9)


def test_callbacks_see_the_structure():
    seen = []
    solve.root(lambda p: [p["a"] ** 2 - 2], {"a": 1.0}, callback=lambda x: seen.append(x["a"]))
    solve.minimize(lambda p: (p["a"] - 2) ** 4, {"a": 1.0}, callback=lambda x: seen.append(x["a"]))
    solve.minimize(lambda p: (p["a"] - 2) ** 4, {"a": 1.0}, callback=lambda x: seen.append(x["a"]), method="bfgs")
    assert all(type(a) is float for a in seen) and len(seen) > 5


def test_errors_name_what_was_given():
    for wrong, error, match in (
        ({"free": "c"}, ArgumentError, "'c'.*'a', 'b'"),
        ({"bounds": {"c": (0, 1)}}, ArgumentError, "'c'"),
        ({"bounds": {"a": 3}}, InputError, "pair"),
        ({"bounds": {"a": (np.zeros(2), 1)}}, ShapeError, "'a'"),
        ({"free": ()}, ArgumentError, "nothing to change"),
    ):
        with pytest.raises(error, match=match):
            solve.minimize(lambda p: p["a"] ** 2 + p["b"] ** 2, {"a": 1.0, "b": 2.0}, **wrong)
    with pytest.raises(InputError, match=r"x\['b'\]"):
        solve.minimize(lambda p: p["a"] ** 2, {"a": 1.0, "b": "text"})
    with pytest.raises(ArgumentError, match="not finite"):
        solve.minimize(lambda p: p["a"] ** 2, {"a": np.nan})
    with pytest.raises(ArgumentError, match="zip"):
        solve.least_squares(lambda x: x, np.zeros(3), bounds=[(0, 1)] * 3)


# ---- ravel ---------------------------------------------------------------------------------------


def test_ravel_and_back():
    for x in (3.0, np.arange(6.0).reshape(2, 3), {"w": np.ones((2, 2)), "b": 3}, [1.0, (2.0, np.zeros(2))], Decay(1.0, 2.0),
              {"a": np.float32(1.5), "b": np.ones(2, np.float32)}, {"n": None, "x": 1.0}, {}):  # fmt: skip
        flat, unravel = dd.ravel(x)
        assert flat.ndim == 1 and repr(dd.ravel(unravel(flat))[0]) == repr(flat)
        assert type(unravel(flat)) is type(x)
    flat, unravel = dd.ravel({"w": np.ones((2, 2), np.float32), "b": 3})
    back = unravel(flat)
    assert flat.dtype == float and back["w"].dtype == np.float32 and type(back["b"]) is float
    assert dd.ravel({"z": np.array([1j])})[0].dtype == complex
    g = dd.grad(lambda v: np.sum(unravel(v)["w"] ** 2) * unravel(v)["b"])(flat)
    np.testing.assert_allclose(g, [6, 6, 6, 6, 4])
    flat[0] = 99
    assert unravel(flat)["w"][0, 0] == 99
    with pytest.raises(ShapeError, match="5 elements"):
        unravel(np.ones(4))
    with pytest.raises(InputError, match=r"x\['name'\]"):
        dd.ravel({"name": "text"})


def test_ravel_of_duals():
    def f(a):
        flat, unravel = dd.ravel({"a": a, "b": np.ones(2)})
        return np.sum(flat**2) + unravel(flat * 2)["a"]

    assert dd.derivative(f)(3.0) == 8.0


# ---- least squares -------------------------------------------------------------------------------


def test_sparse_problems_take_factors():
    n = 400
    rng = np.random.default_rng(0)
    data = np.sin(np.arange(n) / 20) + 0.1 * rng.normal(size=n)

    def residuals(x):
        return np.concatenate([x - data, 3 * np.diff(x, 2), 0.1 * (x[1:] * x[:-1])])

    r = solve.least_squares(residuals, np.zeros(n))
    assert r.method == "gauss-newton" and r.success and "sparse" in r.reason
    other = scipy.optimize.least_squares(residuals, np.zeros(n), x_scale=1.0, xtol=1e-12, ftol=1e-12, gtol=1e-10)
    assert r.cost == pytest.approx(other.cost, rel=1e-9)
    np.testing.assert_allclose(r.fun, residuals(r.x))
    np.testing.assert_allclose(r.grad, r.jac.T @ r.fun, atol=1e-9)


@pytest.mark.parametrize("loss", ["soft_l1", "huber", "cauchy", "arctan"])
def test_robust_losses_are_scipys(loss):
    n = 60
    rng = np.random.default_rng(1)
    data = np.linspace(0, 3, n) + 0.05 * rng.normal(size=n)
    data[::9] += 4

    def residuals(x):
        return np.concatenate([x - data, 5 * np.diff(x, 2)])

    r = solve.least_squares(residuals, np.linspace(0, 3, n), loss=loss, f_scale=0.2)
    other = scipy.optimize.least_squares(residuals, np.linspace(0, 3, n), loss=loss, f_scale=0.2, gtol=1e-10, xtol=1e-12, ftol=1e-12)
    assert r.method == "gauss-newton" and r.success and r.cost == pytest.approx(other.cost, rel=1e-5)
    small = solve.least_squares(lambda p: model(T, *p) - DATA, np.ones(2), loss=loss, f_scale=0.1)
    assert small.method == "trf" and small.success


def test_constraints_and_bounds():
    c = scipy.optimize.NonlinearConstraint(lambda p: p["a"] ** 2 + p["b"] ** 2, -np.inf, 1.0)
    r = solve.least_squares(lambda p: [p["a"] - 2, p["b"] - 2], {"a": 0.0, "b": 0.1}, constraints=c)
    assert r.success and r.method == "trust-constr" and r.x["a"] == pytest.approx(0.5**0.5, abs=1e-6)
    np.testing.assert_allclose(r.fun, np.array([r.x["a"], r.x["b"]]) - 2)
    np.testing.assert_allclose(r.jac, np.eye(2))
    assert r.cost == pytest.approx(0.5 * r.fun @ r.fun)
    r = solve.least_squares(lambda x: x - np.arange(4.0), np.zeros(4), bounds=(-1, 1.5))
    np.testing.assert_allclose(r.x, [0, 1, 1.5, 1.5], atol=1e-6)
    with pytest.raises(ArgumentError, match="trust-constr"):
        solve.least_squares(lambda x: x, np.zeros(2), constraints=c, method="lm")


# ---- curve_fit -----------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [None, 0.3, np.linspace(0.1, 1, 40), np.diag(np.linspace(0.1, 1, 40)) + 0.01])
@pytest.mark.parametrize("absolute", [False, True])
def test_curve_fit_is_scipys(sigma, absolute):
    fit = solve.curve_fit(model, T, DATA, {"height": 1.0, "rate": 1.0}, sigma=sigma, absolute_sigma=absolute)
    given = np.full(40, sigma) if np.ndim(sigma) == 0 and sigma is not None else sigma
    popt, pcov = scipy.optimize.curve_fit(model, T, DATA, [1, 1], sigma=given, absolute_sigma=absolute)
    np.testing.assert_allclose([fit.popt["height"], fit.popt["rate"]], popt, rtol=1e-5)
    np.testing.assert_allclose(fit.pcov, pcov, rtol=1e-4)
    assert fit.names == ["height", "rate"] and fit.std["rate"] == pytest.approx(pcov[1, 1] ** 0.5, rel=1e-4)
    assert fit.result.success


def test_curve_fit_starts_names_and_fixed_parameters():
    popt, pcov = solve.curve_fit(model, T, DATA)
    assert popt.shape == (2,) and pcov.shape == (2, 2)

    def three(t, height, rate, floor=0.0):
        return model(t, height, rate) + floor

    fit = solve.curve_fit(three, T, DATA, free=("height", "rate"))
    assert fit.popt["floor"] == 0.0 and fit.std["floor"] == 0.0 and fit.pcov.shape == (2, 2)
    np.testing.assert_allclose([fit.popt["height"], fit.popt["rate"]], popt, rtol=1e-6)
    fit = solve.curve_fit(lambda t, p: model(t, p.height, p.rate), T, DATA, Decay(1.0, 1.0), bounds={"rate": (0, 2.5)})
    assert fit.popt.rate == pytest.approx(2.5) and type(fit.popt) is Decay
    fit = solve.curve_fit(three, T, DATA, {"height": 1.0, "rate": 1.0, "floor": 0.0}, bounds={"floor": (0.0, 0.0)})
    assert fit.names == ["height", "rate"] and fit.std["floor"] == 0.0
    with pytest.raises(InputError, match="p0"):
        solve.curve_fit(lambda t, *p: t, T, DATA)
    with pytest.raises(ShapeError, match="sigma"):
        solve.curve_fit(model, T, DATA, sigma=np.ones(3))
    with pytest.raises(ArgumentError, match="nan"):
        solve.curve_fit(model, T, np.full(40, np.nan))
