"""What the documentation shows is what the library does: README, docs/, and every docstring."""

import contextlib
import doctest
import importlib
import pkgutil
import re
import tomllib
from pathlib import Path

import mpmath
import numpy as np
import pytest

import dualdiff as dd
from dualdiff.demo import accuracy

LIFTS = True
ROOT = Path(__file__).parent.parent
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def code_blocks(page):
    """(line number, text) of the Python blocks of a Markdown page."""
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(text.count("\n", 0, match.start(1)), match[1]) for match in found]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_on_a_page(page):
    names, report = {}, []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for line, text in code_blocks(page):
        if ">>>" in text:
            test = doctest.DocTestParser().get_doctest(text, names, page.name, str(page), line)
            runner.run(test, out=report.append, clear_globs=False)
            names = test.globs
        else:
            exec(compile("\n" * line + text, str(page), "exec"), names)
    assert runner.failures == 0, "".join(report)


def test_the_readme_has_code():
    assert len(code_blocks(ROOT / "README.md")) >= 8


def test_versions_are_those_of_pyproject():
    """The oldest and newest versions that the README states are those that are required, and those of the classifiers."""
    readme, project = (ROOT / "README.md").read_text(encoding="utf-8"), tomllib.loads((ROOT / "pyproject.toml").read_text())
    stated = {name: (low, high) for name, low, high in re.findall(r"^\| (\w+) \| ([\d.]+) \| ([\d.]+) \|$", readme, re.M)}
    required = dict(re.match(r"(\w+)>=(\d+\.\d+)", line).groups() for line in project["project"]["dependencies"])
    assert (stated["NumPy"][0], stated["SciPy"][0]) == (required["numpy"], required["scipy"])
    pythons = re.findall(r"Python :: (3\.\d+)", "\n".join(project["project"]["classifiers"]))
    assert stated["Python"] == (pythons[0], pythons[-1])
    assert project["project"]["requires-python"] == f">={pythons[0]}"


def modules():
    """The names of all modules of dualdiff that an import only defines."""
    found = [info.name for info in pkgutil.walk_packages(dd.__path__, "dualdiff.")]
    return ["dualdiff", *(name for name in found if not name.endswith("__main__"))]


@pytest.mark.parametrize("name", modules())
def test_docstrings(name):
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        if error.name and error.name.partition(".")[0] == "matplotlib":
            pytest.skip("matplotlib is not installed")
        raise
    report, theirs = [], None
    if re.fullmatch(r"dualdiff\.scipy\.[a-z]+(?:\.linalg)?", name):
        with contextlib.suppress(ImportError):
            theirs = importlib.import_module(name.removeprefix("dualdiff."))
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module):
        original = getattr(theirs, test.name.rpartition(".")[2], None)
        if original is not None and original.__doc__ == test.docstring:
            continue    # SciPy's function, which refuses duals, and SciPy's examples
        runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)


@pytest.mark.parametrize("name", dd.__all__)
def test_public_names_have_docstrings(name):
    assert getattr(dd, name).__doc__


IN_MPMATH = {
    "tanh": mpmath.tanh, "arcsinh": mpmath.asinh, "arcsin": mpmath.asin, "arccosh": mpmath.acosh,
    "arctanh": mpmath.atanh, "expm1": mpmath.expm1, "log1p": mpmath.log1p, "cbrt": mpmath.cbrt, "sinc": mpmath.sincpi,
    "exp": mpmath.exp, "sin": mpmath.sin, "hypot": mpmath.hypot, "arctan2": mpmath.atan2,
    "logaddexp": lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)), "mpf": mpmath.mpf,
}  # fmt: skip


def true_derivative(formula, x):
    """The derivative to many more digits than a float has: a five-point difference in 900 digits."""
    exact = re.sub(r"(?<![\w.])\d+(\.\d+)?(e-?\d+)?(?![\w.])", r"mpf(\g<0>)", formula.replace("**", " ** "))

    def f(x):
        return eval(exact, IN_MPMATH | {"x": x})

    with mpmath.workdps(900):
        x = mpmath.mpf(x)
        h = abs(x) * mpmath.mpf(10) ** -60
        return (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h)


def accuracy_table():
    """(formula, x, derivative, error in ulp) of each row of the README's table."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("## Accuracy") : text.index("## Speed")]
    rows = re.findall(r"^\| `(.+?)` \| (\S+) \| (\S+) \| (\S+) \|$", table, re.MULTILINE)
    return [(formula, float(x), float(shown), float(ulp)) for formula, x, shown, ulp in rows]


def test_accuracy_table_is_the_one_that_the_main_job_prints():
    printed = accuracy.check()
    assert [row[:2] for row in accuracy_table()] == [row[:2] for row in printed]
    for (_, _, shown, ulp), (*_, found, error) in zip(accuracy_table(), printed, strict=True):
        assert abs(shown - found) <= 4 * np.spacing(abs(found))
        assert ulp <= 4 and error <= 4


@pytest.mark.parametrize("case", accuracy.CASES, ids=lambda case: f"{case[0]} at {case[2]}")
def test_exact_values_of_the_accuracy_table(case):
    formula, _, x, exact = case
    with mpmath.workdps(60):
        assert abs(mpmath.mpf(exact) / true_derivative(formula, x) - 1) < 1e-38
