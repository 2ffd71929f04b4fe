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
import scipy

import dualdiff as dd

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))

import scipy_coverage  # noqa: E402
from scipy_cases import CASES, SLOW  # noqa: E402

MADE_WITH = ".".join(scipy.__version__.split(".")[:2])
PAGE = Path(__file__).parent.parent / "docs" / "scipy.md"
if f"Made with SciPy {MADE_WITH} " not in PAGE.read_text(encoding="utf-8"):
    pytest.skip("the cases are those of the SciPy that docs/scipy.md was made with", allow_module_level=True)
NO_NUMBERS = "its arguments are counts"
WITHOUT = {
    **dict.fromkeys(("signal." + name for name in ("besselap", "buttap")), NO_NUMBERS),
    **dict.fromkeys(("signal.windows." + name for name in (
        "barthann", "bartlett", "blackman", "blackmanharris", "bohman", "boxcar", "cosine", "flattop", "hamming", "hann", "lanczos",
        "nuttall", "parzen", "triang")), NO_NUMBERS),
    **dict.fromkeys(("linalg." + name for name in ("bandwidth", "ishermitian", "issymmetric")), "an answer about the values"),
    **dict.fromkeys((f"signal.{name}" for name in ("lti", "dlti", "TransferFunction", "ZerosPolesGain", "StateSpace")),
                    "systems as objects; tests/test_scipy_systems.py"),
    **dict.fromkeys(("signal.CZT", "signal.ZoomFFT", "signal.ShortTimeFFT"), "objects; tests/test_scipy_signal.py"),
    "sparse.issparse": "an answer about the kind", "optimize.NonlinearConstraint": "tried with minimize",
    **dict.fromkeys(("interpolate." + name for name in ("BivariateSpline", "LSQSphereBivariateSpline", "SmoothSphereBivariateSpline")),
                    "of the kind of SmoothBivariateSpline; tests/test_scipy_interpolate.py"),
    **dict.fromkeys(("signal.windows.taylor", "stats.hypergeom", "stats.nhypergeom", "stats.randint"), NO_NUMBERS),
    "stats.poisson_binom": "its parameters are a vector; tests/test_scipy_stats.py", "stats.betanbinom": "SciPy's own values at this case are nan",
    "special.factorial2": "takes fractions with extend='complex' only; tests/test_special_parameters.py",
    "special.ncfdtridfd": "refused where SciPy's inverse has few digits",
    **{f"special.{side}_rad2{cv}": "SciPy's values do not solve the equation" for side in ("pro", "obl") for cv in ("", "_cv")},
    **{f"stats.{name}": "takes tenths of seconds; tests/test_scipy_stats.py" for name in SLOW},
}  # fmt: skip
"""Names without a case here, and why."""
HERE = {"special", "linalg", "distributions", "signal.windows", "fft", "ndimage", "spatial", "spatial.distance", "spatial.transform", "sparse"}
"""The namespaces whose cases are run here; the others' take tenths of seconds, and have rows in tests/test_scipy_*.py."""
FIRST = {
    **dict.fromkeys(("special.smirnov", "special.smirnovi"), "the ufunc of their derivative has none"),
    **dict.fromkeys(("special.obl_cv", "special.pro_cv"), "their eigenfunctions have none by the parameter"),
    "special.btdtria": "its formula loses the digits at these arguments, and says so",
    "special.chndtrinc": "SciPy's values have four digits",
    "linalg.subspace_angles": "the angles of two whole spaces are rounding errors",
}  # fmt: skip
"""Names whose case has first derivatives only, and why."""


@functools.cache
def chosen_cases():
    """name -> (space, a case): by the argument of a special function, which is its last, else by the first argument."""
    found = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):      # arguments are looked for
        warnings.simplefilter("ignore")
        for space in CASES:
            module = scipy_coverage.MODULES.get(space, space)
            for i, (name, _, _) in enumerate(scipy_coverage.cases_of(space)[0]):
                full = f"{module}.{name.split()[0].split('.')[0]}"
                found[full] = (space, i) if space == "special" else found.get(full, (space, i))
    return found


def names():
    """The names with a derivative, as dualdiff.supported has them."""
    rows = dd.supported("scipy").values()
    return sorted(row.name.removeprefix("scipy.") for row in rows if row.status == "derivative")


def test_every_name_has_a_case_or_a_reason():
    tried, there = chosen_cases(), names()
    of_fft = [name for name in there if name.startswith("fftpack.")]    # scipy.fft's under older names; tests/test_scipy_fft.py
    assert [name for name in there if name not in tried and name not in WITHOUT and name not in of_fft] == []
    assert [name for name in {**WITHOUT, **FIRST} if name not in there] == []


@pytest.mark.parametrize("name", [name for name in names() if name in chosen_cases() and name not in WITHOUT and chosen_cases()[name][0] in HERE])
def test_value_forward_reverse_second_and_differences(name):
    space, i = chosen_cases()[name]
    module = scipy_coverage.MODULES.get(space, space)
    ours, theirs = (importlib.import_module(f"{top}.{module}") for top in ("dualdiff.scipy", "scipy"))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = scipy_coverage.judge(*scipy_coverage.cases_of(space)[0][i][:2], ours, theirs, scipy_coverage.cases_of(space)[0][i][2], i)
    assert found is not None, "SciPy's own results have no differences at this case"
    assert found[0] in (("right", "second") if name in FIRST else ("second",)), found[1]
