"""docs/scipy.md: what benchmarks/scipy_coverage.py writes stands there, and says what dualdiff.supported says."""

import re
import sys
from pathlib import Path

import scipy

import dualdiff as dd

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "benchmarks"))

import scipy_coverage  # noqa: E402

PAGE = (ROOT / "docs" / "scipy.md").read_text(encoding="utf-8")


def test_the_generated_part_is_what_the_script_writes():
    """The counts take minutes and are taken as they stand; the names are found again."""
    rows = scipy_coverage.rows_on(PAGE)
    assert [title.split(" (")[0] for title in rows] == [scipy_coverage.TITLES.get(s, f"scipy.{s}") for s in scipy_coverage.CASES]
    if f"Made with SciPy {'.'.join(scipy.__version__.split('.')[:2])} " in PAGE:
        assert scipy_coverage.generated(rows) in PAGE
    spaces = {name.rpartition(".")[0] for name in dd.supported("scipy")}
    assert set(re.findall(r"^### Names of ([\w.]+)$", PAGE, re.MULTILINE)) == spaces


def test_nothing_on_the_page_is_wrong():
    for functions, cases, *verdicts in scipy_coverage.rows_on(PAGE).values():
        assert 0 < functions <= cases == sum(verdicts) and verdicts[-1] == 0


def test_the_script_finds_what_is_right_refused_and_wrong():
    """Its judgement is tried on functions that are known to be each."""
    import numpy as np

    class Ours:
        right = staticmethod(np.sin)
        wrong = staticmethod(lambda x: np.sin(x.value) if hasattr(x, "value") else np.sin(x))
        other = staticmethod(lambda x: np.sin(x) * (1 + 1e-15))
        foreign = staticmethod(lambda x: np.sin(x) if isinstance(x, (float, np.ndarray)) else None.nothing)

        @staticmethod
        def refused(x):
            raise dd.errors.UnsupportedError("no")

    class Theirs:
        right = wrong = refused = foreign = other = staticmethod(np.sin)

    def verdict(name):
        return scipy_coverage.judge(name, lambda m, x: getattr(m, name)(x), Ours, Theirs, np.array([0.3, 0.7]), 0)[0]

    assert [verdict(name) for name in ("right", "refused", "foreign", "wrong", "other")] == [
        "second", "refused", "foreign", "wrong", "wrong"]  # fmt: skip
