"""What the documentation shows is what the library does: README, docs/, and every docstring."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import mpmath
import numpy as np
import pytest

import dualdiff as dd

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
    report = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module):
        runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)


@pytest.mark.parametrize("name", dd.__all__)
def test_public_names_have_docstrings(name):
    assert getattr(dd, name).__doc__


class InMpmath:
    """NumPy's names for mpmath's functions."""

    sin, tanh, arcsinh, arctan2 = mpmath.sin, mpmath.tanh, mpmath.asinh, mpmath.atan2
    exp, expm1, log1p, sqrt = mpmath.exp, mpmath.expm1, mpmath.log1p, mpmath.sqrt
    hypot, sinc = mpmath.hypot, mpmath.sincpi

    @staticmethod
    def logaddexp(x, y):
        return mpmath.log(mpmath.exp(x) + mpmath.exp(y))


def accuracy_table():
    """(formula, x, derivative, error in ulp) of each row of the README's table."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("## Accuracy") : text.index("## Speed")]
    return re.findall(r"^\| `(.+?)` \| (\S+) \| (\S+) \| (\S+) \|$", table, re.MULTILINE)


def true_derivative(formula, x):
    """The derivative to many more digits than a float has: a five-point difference in 900 digits."""
    exact = re.sub(r"(?<![\w.])\d+(\.\d+)?(e-?\d+)?(?![\w.])", r"mpf(\g<0>)", formula.replace("**", " ** "))

    def f(x):
        return eval(exact, {"np": InMpmath, "mpf": mpmath.mpf, "x": x})

    with mpmath.workdps(900):
        x = mpmath.mpf(x)
        h = abs(x) * mpmath.mpf(10) ** -60
        return (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h)


@pytest.mark.parametrize("row", accuracy_table(), ids=lambda row: f"{row[0]} at {row[1]}")
def test_accuracy_table(row):
    formula, x, shown, ulp = row
    found = dd.derivative(eval(f"lambda x: {formula}", {"np": np}))(float(x))
    true = true_derivative(formula, float(x))
    unit = np.spacing(abs(float(true)))
    assert abs(found - true) <= 4 * unit
    assert abs(float(shown) - true) <= 4 * unit
    assert float(ulp) <= 4


def test_accuracy_table_is_there():
    assert len(accuracy_table()) >= 8
