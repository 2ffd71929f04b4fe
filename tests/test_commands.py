"""python -m dualdiff check, explain, info, bench: what they find and print.  No times are asserted."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import dualdiff as dd
from dualdiff import __main__ as program, commands
from dualdiff.commands import bench, check, explain

MODEL = '''
import math
import numpy as np

A = np.arange(9.0).reshape(3, 3) / 9

def loss(w):
    z = np.tanh(A @ w)
    y = np.zeros_like(z)
    y[0] = z[0] ** 2
    y += z
    return np.sum(y * w) + z.T @ w

def two(a, b):
    return a * b

def tree(p):
    return np.sum(p["w"] * p["b"])

def kink(x):
    return np.sum(np.abs(x - 1.0))

def noisy(x):
    return np.sum(x) + np.random.rand()

def steps(x):
    return np.sum(np.round(x * 1e5) / 1e5)

def lossy(x):
    return math.sin(x[0])

def infinite(x):
    return np.sum(np.log(x - 1.0))

def banded(x):
    y = (3 - 2 * x) * x
    y[1:] -= x[:-1]
    return y

number = 3
'''


best_times = check.best_times


@pytest.fixture
def model(tmp_path, monkeypatch):
    (tmp_path / "commands_model.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "commands_model", raising=False)
    monkeypatch.setattr(check, "best_times", lambda calls, seconds: best_times(calls, 0.01))
    return "commands_model"


def found(capsys, *argv, code=0):
    assert program.main([*argv, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def verdicts(result):
    return {mode["verdict"] for mode in result["modes"].values()}


@pytest.mark.parametrize("function, at, n, m", [
    ("loss", ["np.ones(3)"], 3, 1),
    ("two", ["2.0", "np.ones(2)"], 3, 2),
    ("two", ["2.0, 3.0"], 2, 1),
    ("tree", ["dict(w=np.ones(2), b=A[0, :2])"], 4, 1),
    ("banded", ["np.ones(100)"], 100, 100),
])  # fmt: skip
def test_check_of_functions_that_are_right(model, capsys, function, at, n, m):
    points = [word for x in at for word in ("--at", x)]
    result = found(capsys, "check", f"{model}:{function}", *points)
    assert (result["inputs"], result["outputs"]) == (n, m) and result["passed"]
    assert verdicts(result) == {"agrees"} and not result["notes"]
    assert result["costs"]["f"] > 0 and {"J, forward", "J, reverse"} <= set(result["costs"])
    assert any(("grad" if m == 1 else "jacobian") in line for line in result["advice"])
    assert any("sparse_jacobian(f, x) needs 2 products" in line for line in result["advice"]) == (function == "banded")


def test_check_tells_kinks_from_noise(model, capsys):
    kink = found(capsys, "check", f"{model}:kink", "--at", "np.ones(3)", "--no-costs")
    assert len(kink["kinks"]) == 3 and verdicts(kink) == {"agrees"} and "costs" not in kink
    assert kink["kinks"][0]["left"] == pytest.approx(-kink["kinks"][0]["right"])
    beside = found(capsys, "check", f"{model}:kink", "--at", "np.ones(3) + 1", "--no-costs")
    assert not beside["kinks"] and not beside["notes"]
    noisy = found(capsys, "check", f"{model}:noisy", "--at", "np.ones(3)", "--no-costs")
    assert not noisy["repeatable"] and not noisy["kinks"] and verdicts(noisy) == {"undecided"}
    steps = found(capsys, "check", f"{model}:steps", "--at", "np.full(3, 0.123456)", "--no-costs")
    assert steps["repeatable"] and "differs" not in verdicts(steps)     # the derivative of a staircase is 0


def test_check_finds_a_wrong_rule(model, capsys, tmp_path):
    (tmp_path / "wrong.py").write_text(
        "import numpy as np, dualdiff as dd\n"
        "@dd.custom_jvp\ndef f(x):\n    return x ** 2\n"
        "@f.defjvp\ndef _(p, t):\n    return f(p[0]), 3 * p[0] * t[0]\n"
    )
    result = found(capsys, "check", "wrong.py:f", "--at", "np.ones(2)", code=1)
    assert verdicts(result) == {"differs"}


def test_check_says_why_a_derivative_cannot_be_taken(model, capsys):
    result = found(capsys, "check", f"{model}:lossy", "--at", "np.ones(2)", code=1)
    assert verdicts(result) == {"fails"} and "LostDerivativeError" in result["modes"]["forward"]["error"]
    lifted = found(capsys, "check", f"{model}:lossy", "--at", "np.ones(2)", "--lift")
    assert verdicts(lifted) == {"agrees"}
    assert not found(capsys, "check", f"{model}:infinite", "--at", "np.ones(2)", code=1)["finite"]


def test_check_in_words(model, capsys):
    assert program.main(["check", f"{model}:kink", "--at", "np.ones(3)"]) == 0
    text = capsys.readouterr().out
    for words in ("3 inputs, 1 outputs", "forward    agrees", "kink: along direction 0", "J v, forward (jvp)", "passed"):
        assert words in text


@pytest.mark.parametrize("argv, text", [
    (["check", "commands_model:nope", "--at", "1.0"], "has no 'nope'"),
    (["check", "commands_model", "--at", "1.0"], "write MODULE:FUNCTION"),
    (["check", "commands_model:number", "--at", "1.0"], "is a int, not a function"),
    (["check", "no_such_module_here:f", "--at", "1.0"], "cannot import"),
    (["check", "nofile.py:f", "--at", "1.0"], "no file"),
    (["check", "commands_model:loss"], "give a point with --at"),
    (["explain", "commands_model:loss", "--at", "np.one(3)"], "AttributeError"),
    (["check", "commands_model:loss", "--at", "3"], "write 1.0, not 1"),
])  # fmt: skip
def test_bad_calls(model, capsys, argv, text):
    assert program.main(argv) == 2
    assert text in capsys.readouterr().err


def test_explain(model, capsys):
    result = found(capsys, "explain", f"{model}:loss", "--at", "np.ones(3)")
    operations = result["operations"]
    names = [one["name"] for one in operations]
    assert names[:3] == ["input", "matmul", "tanh"] and "write" in names and "add in place" in names
    tanh = operations[2]
    assert tanh["inputs"] == [1] and tanh["shape"] == [3]
    assert tanh["file"].endswith("commands_model.py") and tanh["code"] == "z = np.tanh(A @ w)"
    assert tanh["line"] == MODEL.splitlines().index("    z = np.tanh(A @ w)") + 1
    assert sum(one["share"] for one in operations) == pytest.approx(1.0)
    assert result["outputs"] == [len(operations) - 1]
    assert all(i < one["id"] for one in operations for i in one["inputs"])


def test_explain_in_words_and_as_a_graph(model, capsys, tmp_path):
    assert program.main(["explain", f"{model}:loss", "--at", "np.ones(3)", "--dot", "f.dot", "--top", "3"]) == 0
    text = capsys.readouterr().out
    assert "operations" in text and len([line for line in text.splitlines() if line.startswith("%")]) == 3
    graph = (tmp_path / "f.dot").read_text()
    assert graph.startswith("digraph") and graph.count("{") == graph.count("}")
    assert "n1 -> n2;" in graph and "tanh" in graph and "commands_model.py:" in graph
    assert program.main(["explain", f"{model}:loss", "--at", "np.ones(3)", "--dot", "-"]) == 0
    assert capsys.readouterr().out.strip() == graph.strip() or "digraph" in graph
    assert program.main(["explain", f"{model}:lossy", "--at", "np.ones(3)"]) == 0
    text = capsys.readouterr().out
    assert "float (leaves NumPy)(%1)" in text and "leaves NumPy, or is constant" in text


def write_in_views(x):
    y = x.copy()
    y[1:] -= x[:-1]
    y[y > 1.0] *= 2.0
    z = y.reshape(2, -1).T.sum(axis=0)
    np.add(z, 1.0, out=z)
    return {"a": z, "b": [np.concatenate([z, y]).mean(), np.stack([z, z]).max(), y.std(), np.sort(y)[0]]}


def test_explain_does_not_change_values():
    from dualdiff.transforms.pytrees import flatten

    x = np.linspace(0.3, 2.0, 6)
    seen = []
    explain.trace(lambda x: seen.append(write_in_views(x)) or seen[-1], (x,))
    for a, b in zip(flatten(seen[-1])[0], flatten(write_in_views(x))[0], strict=True):
        np.testing.assert_array_equal(np.asarray(a), b)
    np.testing.assert_array_equal(x, np.linspace(0.3, 2.0, 6))


def test_info(capsys):
    result = found(capsys, "info")
    assert result["numpy"] == np.__version__ and result["cores"] >= 1 and "scipy" in result["packages"]
    assert program.main(["info"]) == 0
    assert "blas" in capsys.readouterr().out


def test_bench(capsys, monkeypatch):
    monkeypatch.setattr(bench, "PROBLEMS", bench.PROBLEMS[:1])
    result = found(capsys, "bench", "--seconds", "0.001")
    assert result["rows"][0]["gradient"]["dualdiff"] > 0 and "differences" in result["rows"][0]["gradient"]
    assert program.main(["bench", "--seconds", "0.001"]) == 0
    assert "Rosenbrock, n = 10" in capsys.readouterr().out


def test_from_the_shell(model):
    command = [sys.executable, "-m", "dualdiff", "check", f"{model}:loss", "--at", "np.ones(3)", "--json", "--no-costs"]
    where = os.path.dirname(os.path.dirname(os.path.abspath(dd.__file__)))
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": where})
    assert json.loads(done.stdout)["passed"]


def test_each_command_has_a_summary(capsys):
    for name, module in commands.COMMANDS.items():
        with pytest.raises(SystemExit):
            program.main([name, "-h"])
        assert module.__doc__.partition("\n")[0].partition(": ")[2][:20] in capsys.readouterr().out


def test_verdicts():
    assert check.compare(1.0, 1.0 + 1e-12, 1e-10) == "agrees"
    assert check.compare(1.0, 1.1, 1e-10) == "differs"
    assert check.compare(1.0, 1.1, 0.5) == "undecided"
    assert check.compare(1.0, 1.0, np.inf) == "undecided"
