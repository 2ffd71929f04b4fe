"""python -m dualdiff: its three parts on small sizes. No timings are asserted."""

import builtins
import dataclasses
import math

import numpy as np
import pytest

from dualdiff import __main__ as program
from dualdiff.demo import accuracy, bratu, costs


@pytest.fixture
def small(monkeypatch):
    """The whole program in about a second."""
    monkeypatch.setattr(program.costs, "sweep", lambda total, ratios, seconds: real_sweep(400, [1 / 16, 1, 16], 0.01))


real_sweep = costs.sweep


def test_the_solve_and_the_comparison(capsys):
    ours, theirs = program.show_solve(grid=16)
    F = bratu.bratu(16, program.LAMBDA)
    for outcome in (ours, theirs):
        assert outcome.reached and outcome.fmax <= program.TOL
        assert np.max(np.abs(F(outcome.u))) == outcome.fmax
        assert len(outcome.work) == len(outcome.residuals)
        assert outcome.residuals[0] == np.max(np.abs(F(np.zeros(256))))
        assert all(a < b for a, b in zip(outcome.work[:-1], outcome.work[1:], strict=True))
    np.testing.assert_allclose(ours.u, theirs.u, atol=1e-6)
    assert ours.evaluations + ours.linearizations + ours.products == ours.work[-1]
    assert ours.linearizations == len(ours.work) - 1 < ours.products and theirs.linearizations == 0
    text = capsys.readouterr().out
    for words in ("newton_krylov", "evaluations of F", "recordings of F", "products J v", "The two solutions agree", "|F+Js|/|F|"):
        assert words in text
    assert f"{ours.evaluations:>15} {theirs.evaluations:>15}" in text
    assert "FAILED" not in text


def test_the_residual_is_the_five_point_formula():
    n, rng = 5, np.random.default_rng(1)
    u = rng.standard_normal((n, n))
    P = np.zeros((n + 2, n + 2))
    P[1:-1, 1:-1] = u
    expected = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            around = P[i, j + 1] + P[i + 2, j + 1] + P[i + 1, j] + P[i + 1, j + 2]
            expected[i, j] = 4 * u[i, j] - around - 2.5 / 36 * np.exp(u[i, j])
    np.testing.assert_allclose(bratu.bratu(n, 2.5)(u.ravel()), expected.ravel(), rtol=1e-13, atol=1e-13)


def test_a_bounded_run_says_where_it_stopped(capsys):
    F = bratu.bratu(16, 6.0)
    theirs = bratu.by_scipy(F, np.zeros(256), 1e-10, maxtime=0.0)
    assert not theirs.reached and "stopped by this program after 0 s" in theirs.note
    ours, theirs = program.show_solve(grid=16, seconds=0.0)
    assert not ours.reached and not theirs.reached
    text = capsys.readouterr().out
    assert "FAILED: maxtime" in text and "SciPy did not reach 1e-10" in text


def test_costs_are_of_what_they_say(capsys):
    found, where = program.show_costs(total=400, seconds=0.01)
    assert (found[0].n, found[0].m) == (2, 160) and (found[-1].n, found[-1].m) == (200, 2)
    assert any(c.n == c.m == 20 for c in found)
    assert any(c.n > 16 * c.m for c in found) and any(c.m > 16 * c.n for c in found)
    assert all(x > 0 for c in found for x in dataclasses.astuple(c))
    text = capsys.readouterr().out
    assert "J.T@w" in text and "replay" in text and "dense()" in text
    assert "n << m" in text and "n = m" in text and "n >> m" in text
    assert ("The crossover is at" in text) == (where is not None)


def test_the_crossover_is_where_the_costs_meet():
    def cost(n, m, forward, reverse):
        return costs.Cost(n, m, *[1.0] * 5, forward, reverse, 1.0, 1.0)

    assert costs.crossover([cost(1, 4, 1.0, 4.0), cost(4, 1, 4.0, 1.0)]) == pytest.approx(1)
    # four times cheaper at 1, two times dearer at 8: at two thirds of the way in logarithms, 4
    assert costs.crossover([cost(1, 1, 1.0, 4.0), cost(8, 1, 2.0, 1.0)]) == pytest.approx(4)
    assert costs.crossover([cost(1, 4, 1.0, 2.0), cost(4, 1, 1.0, 2.0)]) is None
    assert costs.crossover([cost(1, 4, 3.0, 2.0), cost(4, 1, 3.0, 2.0)]) is None


def test_the_exact_values_are_exact():
    mp = pytest.importorskip("mpmath")
    exact = {
        "tanh(x)": mp.tanh,
        "arcsinh(x)": mp.asinh,
        "arcsin(x)": mp.asin,
        "arccosh(x)": mp.acosh,
        "arctanh(x)": mp.atanh,
        "expm1(x)": mp.expm1,
        "log1p(x)": lambda x: mp.log(1 + x),
        "cbrt(x)": lambda x: x ** (mp.mpf(1) / 3),
        "sinc(x)": mp.sincpi,
        "x**x": lambda x: x**x,
        "exp(-x**2)": lambda x: mp.exp(-(x**2)),
        "logaddexp(x, 0)": lambda x: mp.log(mp.exp(x) + 1),
        "hypot(x, 4e200)": lambda x: mp.sqrt(x * x + mp.mpf(4e200) ** 2),
        "arctan2(x, 2e-170)": lambda x: mp.atan(x / mp.mpf(2e-170)),
        "x/(1 + x**2)": lambda x: x / (1 + x**2),
        "sin(x)*exp(x) + x**3": lambda x: mp.sin(x) * mp.exp(x) + x**3,
    }
    with mp.workdps(60):
        for formula, _, x, value in accuracy.CASES:
            x = mp.mpf(x)
            h = abs(x) * mp.mpf(10) ** -60
            with mp.workdps(400):  # a central difference is off by about h^2: far below what is compared
                slope = (exact[formula](x + h) - exact[formula](x - h)) / (2 * h)
            assert abs(slope / mp.mpf(value) - 1) < mp.mpf(10) ** -20, formula
    assert len({formula for formula, *_ in accuracy.CASES}) == len(exact)


def test_derivatives_of_the_table(capsys):
    assert program.show_accuracy() <= 4
    assert "Largest error" in capsys.readouterr().out


def test_ulps():
    assert accuracy.ulps(1.0, "1") == 0
    assert accuracy.ulps(math.nextafter(1.0, 2), "1") == 1
    assert accuracy.ulps(0.1, "0.1") == pytest.approx(0.4, abs=1e-9)  # 0.1 is 0.4 ulp from the nearest double
    assert accuracy.ulps(math.nan, "1") == accuracy.ulps(math.inf, "1") == math.inf


def test_the_program(capsys, small):
    assert program.main(["--grid", "12"]) == 0
    text = capsys.readouterr().out
    for words in ("12 x 12", "1. A PDE", "2. What derivatives", "3. Derivatives", "s in all"):
        assert words in text


def test_the_exit_code_tells(capsys, small, monkeypatch):
    monkeypatch.setattr(accuracy, "CASES", [("sin(x)", np.sin, 1.0, "0.5403023058681398")])
    assert program.main(["--grid", "8"]) == 0
    monkeypatch.setattr(accuracy, "CASES", [("sin(x)", np.sin, 1.0, "0.5403023058681")])
    assert program.main(["--grid", "8"]) == 1
    assert "FAILED: a derivative" in capsys.readouterr().out
    monkeypatch.setattr(program, "show_accuracy", lambda: 0.5)
    monkeypatch.setattr(program, "TOL", 1e-300)  # out of reach, and SciPy would try a thousand times
    ended = bratu.by_scipy(bratu.bratu(8, program.LAMBDA), np.zeros(64), 1e-10, maxtime=0.0)
    monkeypatch.setattr(bratu, "by_scipy", lambda *_: ended)
    assert program.main(["--grid", "8"]) == 1
    assert "FAILED: rounding floor" in capsys.readouterr().out


def test_the_picture(tmp_path, capsys, small):
    pytest.importorskip("matplotlib")
    path = tmp_path / "demo.png"
    assert program.main(["--grid", "8", "--plot", str(path)]) == 0
    assert path.read_bytes()[:4] == b"\x89PNG"
    assert program.main(["--grid", "8", "--plot", str(tmp_path / "no" / "demo.png")]) == 2
    assert "--plot" in capsys.readouterr().err


def test_without_matplotlib(monkeypatch, capsys):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    assert program.main(["--plot", "x.png"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "pip install" in err


def test_the_command_line(capsys):
    with pytest.raises(SystemExit) as stop:
        program.main(["--help"])
    assert stop.value.code == 0 and "--plot" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        program.main(["--grid", "1"])
    assert stop.value.code == 2
