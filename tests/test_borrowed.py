"""The runner of NumPy's and SciPy's own tests: what it lets pass, and which tests it runs."""

import sys

import pytest
from borrowed import runner

GOOD = {"a": ("passed", ""), "b": ("passed", ""), "c[1]": ("failed", "why"), "c[2]": ("failed", "why"), "d": ("skipped", "")}
KNOWN = {"c[*": "a reason"}

VERDICTS = {
    "as listed": (GOOD, KNOWN, 2, False, False),
    "a new failure": (GOOD | {"b": ("failed", "new")}, KNOWN, 1, True, True),
    "a listed one passes": (GOOD | {"c[1]": ("passed", "")}, KNOWN, 2, True, False),
    "a listed one is gone": (GOOD, KNOWN | {"e": "a reason"}, 2, True, False),
    "too few": (GOOD, KNOWN, 3, True, True),
    "none at all": ({}, {}, 2, True, True),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts(name, capsys):
    """exact: for the version that the list is for; with another one only what fails counts, and how many pass."""
    outcomes, known, least, bad, bad_elsewhere = VERDICTS[name]
    assert runner.compare("way", outcomes, known, True, least) == bad
    assert runner.compare("way", outcomes, known, False, least) == bad_elsewhere
    assert capsys.readouterr().out.startswith("way: ")


def test_options_for_our_own_tests_are_not_for_these(tmp_path, monkeypatch):
    """PYTEST_ADDOPTS="-m quick" of `.ci/run --quick` would leave none of them."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-m quick")
    package = type(sys)("package")
    package.__file__, package.__name__, package.__version__ = str(tmp_path / "__init__.py"), "package", "1.0"
    (tmp_path / "test_some.py").write_text("import wrong\ndef test_one():\n    assert wrong.pi\ndef test_two():\n    assert False\n")
    folder = tmp_path / "work"
    folder.mkdir()
    imports = [(r"^import wrong$", "import math as wrong")]
    names = runner.copy(package, ["test_some.py"], folder, imports, ["test_copied.py"], ["slow"])
    process = runner.start(folder, names, [], [])
    assert process.wait(120) == 1
    outcomes = runner.outcomes_of(folder, process)
    assert {name: outcome for name, (outcome, _) in outcomes.items()} == {
        "test_copied.py::test_one": "passed", "test_copied.py::test_two": "failed"}  # fmt: skip
    with pytest.raises(SystemExit, match="without its tests"):
        runner.copy(package, ["test_none.py"], folder, imports, ["x.py"], [])
