"""Solvers of structures keep what solvers of arrays keep from call to call: programs, and those made unasked."""

import dataclasses
import functools
from typing import Any

import numpy as np
import pytest

import dualdiff as dd
from dualdiff import solve
from dualdiff.solve import problem
from dualdiff.solve.vectors import MOST, kept_by
from dualdiff.solve.warm import NOTE, SOLVES


@dataclasses.dataclass
class Pair:
    a: Any
    b: Any
    power: Any = dataclasses.field(default=2, metadata={"static": True})


def of_dict(p, c=2.0):
    return np.array([p["a"] ** 2 - c, p["a"] * p["b"][0] - 1, p["b"][1] - np.exp(-p["b"][0])])


def of_dict_listed(p, c=2.0):
    return {"one": p["a"] ** 2 - c, "others": [p["a"] * p["b"][0] - 1, p["b"][1] - np.exp(-p["b"][0])]}


def of_pair(p, c=2.0):
    return [p.a**p.power - c, p.a * p.b[0] - 1, p.b[1] - np.exp(-p.b[0])]


def of_list(p, c=2.0):
    return p[0] ** 2 - c, p[1] * p[0] - [1.0, 2.0]


B = np.array([1.0, 0.3])
FUNCTIONS = [(of_dict, {"a": 1.0, "b": B}), (of_dict_listed, {"a": 1.0, "b": B}), (of_pair, Pair(1.0, B)),
             (of_list, [np.array([1.0]), B]), (of_list, (np.float64(1.0), B))]  # fmt: skip


def flat(x):
    return dd.ravel(x)[0]


def fresh(f):
    """A function of its own with the code of f."""
    return functools.update_wrapper(lambda *args: f(*args), f, updated=())


def whats(f):
    assert not f.explain().eager
    return {path["what"].split(",")[0] for path in f.explain().paths}


@pytest.mark.parametrize(("f", "x0"), FUNCTIONS)
@pytest.mark.parametrize("args", [(), (3.0,)])
def test_root_of_a_compiled_function_has_its_programs(f, x0, args, monkeypatch):
    F = dd.compile(f)
    wanted = solve.root(f, x0, args)
    monkeypatch.setattr(problem, "one_pass", None)      # J without a program
    found = solve.root(F, x0, args)
    assert wanted.success and found.success and type(found.x) is type(x0)
    np.testing.assert_allclose(flat(found.x), flat(wanted.x), rtol=1e-6)
    assert any(what.startswith("jacobian") for what in whats(F))
    n = len(F.explain().paths)
    solve.root(F, x0, args)
    assert len(F.explain().paths) == n


def two(p, c=0.0):
    """Two equations, whichever unknowns are free."""
    return [p["a"] * p["b"][0] - 1 - c, p["a"] + p["b"][1] - 3]


@pytest.mark.parametrize("compiled", [False, True])
def test_what_is_fixed_may_change(compiled):
    """And which unknowns are free."""
    f = dd.compile(two) if compiled else fresh(two)
    for _ in range(SOLVES + 1):
        for a in (2.0, 4.0):
            r = solve.root(f, {"a": a, "b": np.array([1.0, 1.0])}, free="b")
            np.testing.assert_allclose(flat(r.x), [a, 1 / a, 3 - a], rtol=1e-9)
            r = solve.root(f, {"a": 1.0, "b": np.array([0.25, a])}, free={"a": True, "b": [True, False]},
                           jac=lambda v, *args: np.array([[v[1], v[0]], [1.0, 0.0]]))  # fmt: skip
            np.testing.assert_allclose(flat(r.x), [3 - a, 1 / (3 - a), a], rtol=1e-9)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("free", [None, "b"])
def test_derivatives_by_further_arguments(compiled, free):
    f = fresh(two if free else of_dict)
    f = dd.compile(f) if compiled else f
    x0 = {"a": 2.0 if free else 1.0, "b": B}

    def solution(c):
        return flat(solve.root(f, x0, (c,), free=free).x)

    for _ in range(SOLVES + 2):
        for mode in ("forward", "reverse"):
            J = dd.jacobian(solution, mode=mode)(1.5)
            with_a = -np.exp(-(1.5**-0.5)) * -0.5 * 1.5**-1.5
            wanted = [0, 0.5, 0] if free else [0.5 * 1.5**-0.5, -0.5 * 1.5**-1.5, with_a]
            np.testing.assert_allclose(np.ravel(J), wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("f", "x0"), FUNCTIONS)
def test_later_solves_are_warm(f, x0, monkeypatch):
    f = fresh(f)
    first = solve.root(f, x0)
    for _ in range(SOLVES + 1):
        again = solve.root(f, x0)
        np.testing.assert_allclose(flat(again.x), flat(first.x), rtol=1e-12)
        assert (again.status, again.nit, again.nfev) == (first.status, first.nit, first.nfev)
    (of_vector,) = kept_by(f).values()
    notes = of_vector.__dict__[NOTE]
    assert notes.program is not None and not notes.refused
    monkeypatch.setattr(problem, "one_pass", None)
    assert solve.root(f, x0).success


@pytest.mark.parametrize("compiled", [False, True])
def test_single_precision_inside_a_structure(compiled):
    """A program of a vector in float64 would be compared too strictly."""
    f = dd.compile(of_list) if compiled else fresh(of_list)
    for _ in range(SOLVES + 10):
        r = solve.root(f, (1.0, B.astype("f")), (3.0,))
        assert r.x[1].dtype == np.float32
        np.testing.assert_allclose(flat(r.x), [3**0.5, 3**-0.5, 2 * 3**-0.5], rtol=1e-6)


def test_kinds_of_structures_are_kept_apart():
    f = dd.compile(lambda p: [p.a**p.power - 8.0, p.b - p.a])
    for power, root in ((3, 2.0), (1, 8.0), (True, 8.0), (3.0, 2.0)):
        r = solve.root(f, Pair(1.5, 1.0, power))
        assert r.success and r.x.a == pytest.approx(root) and type(r.x.power) is type(power)
    assert len(kept_by(f)) == 4
    g = fresh(lambda p: p["a"] ** 2 - 4)
    for n in range(1, MOST + 3):
        np.testing.assert_allclose(solve.root(g, {"a": np.ones(n)}).x["a"], 2)
    assert 0 < len(kept_by(g)) <= MOST


def test_a_wrapper_of_the_same_code_is_another_function():
    """functools.wraps copies what is kept."""
    def doubled(f):
        @functools.wraps(f)
        def g(p):
            return 2 * f(p) - 1
        return g

    once = doubled(lambda p: np.array([p["a"] ** 3]))
    for _ in range(SOLVES + 1):
        assert solve.root(once, {"a": 1.0}).x["a"] == pytest.approx(0.5 ** (1 / 3))
    twice = doubled(once)
    assert twice.__code__ is once.__code__ and NOTE in twice.__dict__
    for _ in range(SOLVES + 1):
        assert solve.root(twice, {"a": 1.0}).x["a"] == pytest.approx(0.75 ** (1 / 3))


@pytest.mark.parametrize("free", [None, ["a", "b"]])
def test_static_arguments_select_programs(free):
    f = dd.compile(lambda p, kind, c: [p["a"] ** 2 - c, p["b"] - (1.0 if kind == 1.5 else p["a"])], static="kind")
    x0 = {"a": 1.0, "b": 2.0} if free is None else {"a": 1.0, "b": 2.0, "c": 0.0}
    for kind, b in ((1.5, 1.0), (2.5, 2.0)):
        r = solve.root(f, x0, (kind, 4.0), free=free)
        assert (r.x["a"], r.x["b"]) == (pytest.approx(2.0), pytest.approx(b))
    assert any(what.startswith("jacobian") for what in whats(f))


@pytest.mark.parametrize("free", [None, "b"])
def test_least_squares_and_minimize(free):
    t = np.linspace(0, 1, 9)
    x0 = {"a": 3.0 if free else 1.0, "b": 0.0}
    f = dd.compile(lambda p: [p["a"] * np.exp(p["b"] * t) - 3 * np.exp(-0.5 * t), p["b"] * 0.0])
    r = solve.least_squares(f, x0, free=free)
    np.testing.assert_allclose(flat(r.x), [3, -0.5], rtol=1e-6)
    assert any(what.startswith("jacobian") for what in whats(f))
    g = dd.compile(lambda p: (p["a"] - 3) ** 2 + (p["a"] * p["b"] - 6) ** 2)
    r = solve.minimize(g, x0, free=free)
    np.testing.assert_allclose(flat(r.x), [3, 2], rtol=1e-6)
    assert {what.split()[0] for what in whats(g)} >= {"values", "value_and_grad", "hessian"}


def test_functions_that_are_no_functions_of_pythons(tmp_path):
    class Model:
        c = 2.0

        @dd.compile
        def compiled(self, x):
            return x["a"] ** 2 - self.c if isinstance(x, dict) else x**2 - self.c

        def plain(self, x):
            return x["a"] ** 2 - self.c

        __call__ = plain

    model = Model()
    for f in (model.compiled, model.plain, model, functools.partial(lambda c, p: p["a"] ** 2 - c, 2.0)):
        assert solve.root(f, {"a": 1.0}).x["a"] == pytest.approx(2**0.5)
        assert kept_by(f) is None
    np.testing.assert_allclose(solve.root(model.compiled, np.ones(2)).x, 2**0.5)
    f = dd.compile(lambda p: p["a"] ** 2 - 2.0)
    f({"a": np.ones(2)})
    f.save(tmp_path / "f")
    np.testing.assert_allclose(solve.root(dd.load(tmp_path / "f"), {"a": np.ones(2)}).x["a"], 2**0.5)
