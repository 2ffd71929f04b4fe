"""Every public name of dualdiff.scipy that says it has a derivative is tried: value, forward, reverse, second order, differences.

The arguments are those of benchmarks/scipy_cases.py and scipy_arguments.py, from which docs/scipy.md is made; here stands one
case for each name.  Names without one, and those without second derivatives, are listed with the reason.
"""

import functools
import importlib
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import dualdiff as dd

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))

import scipy_coverage  # noqa: E402
from scipy_cases import CASES, SLOW  # noqa: E402

NO_NUMBERS = "its arguments are counts"
WITHOUT = {
    **dict.fromkeys(("signal." + name for name in ("besselap", "buttap")), NO_NUMBERS),
    **dict.fromkeys(("signal.windows." + name for name in (
        "barthann", "bartlett", "blackman", "blackmanharris", "bohman", "boxcar", "cosine", "flattop", "hamming", "hann", "lanczos",
        "nuttall", "parzen", "triang")), NO_NUMBERS),
    **dict.fromkeys(("linalg." + name for name in ("bandwidth", "ishermitian", "issymmetric")), "an answer about the values"),
    "sparse.issparse": "an answer about the kind", "optimize.NonlinearConstraint": "tried with minimize",
    **dict.fromkeys(("interpolate." + name for name in ("BivariateSpline", "LSQSphereBivariateSpline", "SmoothSphereBivariateSpline")),
                    "of the kind of SmoothBivariateSpline; tests/test_scipy_interpolate.py"),
    **{f"stats.{name}": "takes tenths of seconds; tests/test_scipy_stats.py" for name in SLOW},
}  # fmt: skip
"""Names without a case here, and why."""
FIRST = {}
"""Names whose first case has first derivatives only, and why."""


@functools.cache
def first_cases():
    """name -> (space, its first case); distributions stand in stats, and what is in several namespaces in one."""
    found = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):      # arguments are looked for
        warnings.simplefilter("ignore")
        for space in CASES:
            module = scipy_coverage.MODULES.get(space, space)
            for i, (name, _, _) in enumerate(scipy_coverage.cases_of(space)[0]):
                found.setdefault(f"{module}.{name.split()[0].split('.')[0]}", (space, i))
    return found


def names():
    """The names with a derivative, as dualdiff.supported has them."""
    rows = dd.supported("scipy").values()
    return sorted(row.name.removeprefix("scipy.") for row in rows if row.status == "derivative")


def test_every_name_has_a_case_or_a_reason():
    tried, there = first_cases(), names()
    of_fft = [name for name in there if name.startswith("fftpack.")]    # scipy.fft's under older names; tests/test_scipy_fft.py
    assert [name for name in there if name not in tried and name not in WITHOUT and name not in of_fft] == []
    assert [name for name in WITHOUT if name in tried and not name.startswith("stats.")] == []


@pytest.mark.parametrize("name", [name for name in names() if name in first_cases() and name not in WITHOUT])
def test_value_forward_reverse_second_and_differences(name):
    space, i = first_cases()[name]
    module = scipy_coverage.MODULES.get(space, space)
    ours, theirs = (importlib.import_module(f"{top}.{module}") for top in ("dualdiff.scipy", "scipy"))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = scipy_coverage.judge(*scipy_coverage.cases_of(space)[0][i][:2], ours, theirs, scipy_coverage.cases_of(space)[0][i][2], i)
    assert found is not None, "SciPy's own results have no differences at this case"
    assert found[0] == ("right" if name in FIRST else "second"), found[1]
