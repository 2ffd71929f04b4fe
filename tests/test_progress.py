"""progress=: what is told, that it changes nothing, and that what the user's function raises ends the computation."""

import sys
import types

import numpy as np
import pytest

import dualdiff as dd
from dualdiff import progress as told, solve
from dualdiff.errors import InputError

X = np.linspace(0.1, 1.0, 300)
T = np.linspace(0.0, 1.0, 30)


def energy(x):
    return np.sum((x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def wide(x):
    return np.append(np.diff(x) ** 2, x - np.arange(x.size))


# name: (computation of progress, total, or None where there may be more than what is done)
KNOWN = {
    "one pass": (lambda p: dd.jacobian(np.sin, progress=p)(X[:5]), 5),
    "forward": (lambda p: dd.jacobian(np.cumsum, mode="forward", chunk=70, progress=p)(X), 300),
    "reverse": (lambda p: dd.jacobian(lambda x: np.cumsum(x)[:7], mode="reverse", progress=p)(X), 7),
    "by itself": (lambda p: dd.jacobian(np.cumsum, progress=p)(np.ones(2000)), 2000),
    "by name": (lambda p: dd.jacobian(lambda a, b: a * b, argnames="b", progress=p)(2.0, X), 300),
    "structure": (lambda p: dd.jacobian(lambda d: d["a"] * d["b"], mode="forward", progress=p)({"a": X, "b": X}), 600),
    "0 times inf": (lambda p: dd.jacobian(lambda x: np.sqrt(x * x), mode="forward", progress=p)(np.zeros(3)), 3),
    "value too": (lambda p: dd.value_and_jacobian(np.cumsum, progress=p)(X), 300),
    "operator": (lambda p: dd.linearize(np.cumsum, X)[1].dense(progress=p), 300),
    "operator by rows": (lambda p: dd.linearize(lambda x: x[:9] ** 2, X)[1].dense("reverse", progress=p), 9),
    "colours": (lambda p: dd.jacobian(np.square, mode="colored", progress=p)(X), 300),
    "Hessian by colours": (lambda p: dd.hessian(energy, mode="colored", progress=p)(X), 300),
    "Hessian in reverse": (lambda p: dd.hessian(energy, mode="reverse", progress=p)(X), 300),
    "Hessian": (lambda p: dd.hessian(energy, progress=p)(X), 300),
    "small Hessian": (lambda p: dd.hessian(energy, progress=p)(X[:4]), 4),
    "all three": (lambda p: dd.value_grad_hessian(energy, progress=p)(X), 300),
    "diagonal": (lambda p: dd.hessian_diagonal(energy, progress=p)(X), 300),
    "laplacian": (lambda p: dd.laplacian(energy, progress=p)(X), 300),
    "propagate": (lambda p: dd.propagate(np.cumsum, X, np.ones(300), progress=p), 300),
    "second order": (lambda p: dd.propagate(np.square, X[:50], np.ones(50), 2, progress=p), 50),
    "plan": (lambda p: dd.sparse_jacobian(np.diff, X, progress=p), 2),
    "plan of a Hessian": (lambda p: dd.sparse_hessian(energy, X, progress=p), 2),
    "batch": (lambda p: solve.root_batch(lambda x, a: x**2 - a, np.ones((1, 50)), (np.arange(1.0, 51),), progress=p), 50),
    "batch with failures": (lambda p: solve.root_batch(lambda x: x**2 + 1, np.ones((1, 3)), progress=p), 3),
}
STEPS = {
    "root": lambda p: solve.root(lambda x: x**3 - 2, np.ones(4), progress=p),
    "root of a dict": lambda p: solve.root(lambda x: x["a"] ** 3 - 2, {"a": 1.0}, progress=p),
    "no root": lambda p: solve.root(lambda x: x**2 + 1, 1.0, progress=p),
    "large": lambda p: solve.root(lambda x: x**3 + np.roll(x, 1) - 2, np.full(300, 3.0), progress=p),
    "fixed point": lambda p: solve.fixed_point(np.cos, 1.0, progress=p),
    "Anderson": lambda p: solve.fixed_point(np.cos, 1.0, method="anderson", progress=p),
    "branch": lambda p: solve.continuation(lambda x, q: q * x - x**3, 0.0, -1.0, 1.05, switch=True, progress=p),
    "minimize": lambda p: solve.minimize(energy, np.zeros(5), progress=p),
    "L-BFGS-B": lambda p: solve.minimize(energy, np.zeros(5), method="l-bfgs-b", progress=p),
    "SLSQP": lambda p: solve.minimize(energy, np.zeros(5), method="slsqp", progress=p),
    "bounded number": lambda p: solve.minimize(energy, np.zeros(5), method="bfgs", options={"maxiter": 4}, progress=p),
    "Gauss-Newton": lambda p: solve.least_squares(wide, np.full(100, 2.0), progress=p),
    "trf": lambda p: solve.least_squares(wide, np.full(5, 2.0), progress=p),
    "constraints": lambda p: solve.least_squares(
        wide, np.ones(3), constraints={"type": "eq", "fun": np.sum}, progress=p),
    "fit": lambda p: solve.curve_fit(lambda t, a, b: a * np.exp(b * t), T, 2 * np.exp(-3 * T), progress=p),
}  # fmt: skip


def heard(run):
    calls = []
    result = run(lambda done, total: calls.append((done, total)))
    return result, calls


@pytest.mark.parametrize("name", KNOWN)
def test_what_can_be_counted_is_told_to_the_end(name):
    run, total = KNOWN[name]
    _, calls = heard(run)
    done = [d for d, _ in calls]
    assert done == sorted(set(done)) and min(done) > 0
    assert calls[-1] == (total, total) and {t for _, t in calls} == {total}
    assert all(type(d) is int for d in done)


@pytest.mark.parametrize("name", STEPS)
def test_steps_are_told_one_by_one(name):
    _, calls = heard(STEPS[name])
    assert [d for d, _ in calls] == list(range(1, len(calls) + 1)) and calls
    assert all(t is None or d <= t for d, t in calls)


def test_steps_are_those_of_the_result():
    r, calls = heard(STEPS["root"])
    assert len(calls) == r.nit and {t for _, t in calls} == {200}
    r, calls = heard(STEPS["minimize"])
    assert len(calls) == r.nit
    _, calls = heard(STEPS["bounded number"])
    assert {t for _, t in calls} == {4}


def test_many_passes_are_told_one_by_one():
    _, calls = heard(KNOWN["forward"][0])
    assert [d for d, _ in calls] == [70, 140, 210, 280, 300]


def test_a_plan_tells_its_products():
    calls = []
    plan = dd.sparse_jacobian(np.diff, progress=lambda *c: calls.append(c))
    plan(X)
    assert calls == [(1, 2), (2, 2), (3, 3)]        # pattern, colours; two colours and the check
    rows = dd.sparse_jacobian(lambda x: np.append(x[1:] * x[:-1], x.sum()), X, coloring="bidirectional",
                              progress=lambda *c: calls.append(c))  # fmt: skip
    del calls[:]
    rows(X)
    assert calls[-1][0] == calls[-1][1] == rows.ncolors


@pytest.mark.parametrize("name", ["forward", "reverse", "Hessian", "diagonal", "0 times inf"])
def test_it_changes_nothing(name):
    run, _ = KNOWN[name]
    for a, b in zip(np.atleast_1d(run(None)), np.atleast_1d(heard(run)[0]), strict=True):
        np.testing.assert_array_equal(a, b)


class Enough(Exception):
    pass


@pytest.mark.parametrize("error", [Enough, KeyboardInterrupt])
@pytest.mark.parametrize("name", [*KNOWN, *STEPS])
def test_what_the_function_raises_ends_it(name, error):
    calls = []

    def stop(done, total):
        calls.append(done)
        raise error

    run = STEPS.get(name) or KNOWN[name][0]
    with pytest.raises(error):
        run(stop)
    assert len(calls) == 1
    assert dd.derivative(np.sin)(0.0) == 1.0        # nothing is left behind


@pytest.mark.parametrize("wrong", [3, "yes", 1.0, [print]])
def test_what_is_no_progress(wrong):
    for run in (*(run for run, _ in KNOWN.values()), *STEPS.values()):
        with pytest.raises(InputError, match=rf"progress is a {type(wrong).__name__}; expected True, or a function"):
            run(wrong)


@pytest.mark.parametrize("silent", [None, False])
def test_silence(silent, capsys):
    KNOWN["forward"][0](silent)
    STEPS["root"](silent)
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def no_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)


@pytest.mark.parametrize("name", ["forward", "root", "L-BFGS-B"])
def test_a_plain_line_without_tqdm(name, no_tqdm, capsys):
    run = STEPS.get(name) or KNOWN[name][0]
    run(True)
    out, err = capsys.readouterr()
    start = {"forward": "Jacobian: 300 of 300 directions, ", "root": "root: 4 of 200 steps, ", "L-BFGS-B": "minimize: "}
    assert out == "" and err.startswith(start[name]) and err.endswith(" s\n") and err.count("\n") == 1


def test_the_line_in_a_terminal(no_tqdm, monkeypatch, capsys):
    monkeypatch.setattr(told, "TERMINAL", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with told.meter(True, "sum", 3, "terms") as m:
        m.add()
        m.add(2)
    first, second, last = capsys.readouterr().err.split("\r")
    assert first.startswith("sum: 1 of 3 terms, ") and "about" in first
    assert second.startswith("sum: 3 of 3 terms, ") and len(second) == len(first)       # what was there is written over
    assert last.rstrip("\n") == second.rstrip()


def test_tqdm_where_it_is_installed(monkeypatch):
    bars = []

    class Bar:
        def __init__(self, **options):
            self.options, self.n, self.total, self.closed = options, 0, options["total"], False
            bars.append(self)

        def update(self, count):
            self.n += count

        def close(self):
            self.closed = True

    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    module = types.ModuleType("tqdm.auto")
    module.tqdm = Bar
    monkeypatch.setitem(sys.modules, "tqdm.auto", module)
    KNOWN["forward"][0](True)
    (bar,) = bars
    assert (bar.n, bar.total, bar.closed, bar.options["desc"]) == (300, 300, True, "Jacobian")
    with pytest.raises(ZeroDivisionError):
        dd.jacobian(lambda x: x / 0 if bars[1:] else 1 // 0, progress=True)(X)
    assert all(bar.closed for bar in bars)


def test_progress_is_seen_in_repr_and_survives_pickle():
    import pickle

    J = dd.jacobian(np.cumsum, progress=True)
    assert repr(J) == "<jacobian of cumsum, progress=True>" and repr(pickle.loads(pickle.dumps(J))) == repr(J)
