"""What fails of SciPy's tests on dualdiff.scipy, and why.

A key is the name of a test; one that ends in * stands for all that begin so.  The names are those of SciPy 1.17; with
another SciPy, run.py says what differs and fails only where many tests do.
"""

import scipy

EXACT = scipy.__version__.startswith("1.17.")

COUNT = (
    "it counts every run of the function, or looks for two at one point: an exact derivative runs it once more with "
    "tangents, which nfev does not count"
)
CACHED = "its function keeps the last result, and gives it to a dual of the same value: the error says so"
NJEV = "lm with differences has no njev; an exact J is counted"
BETTER = "the exact gradient ends at a greater error than the bound of first order that it is compared with"
RANK = "with the exact J the fit ends where two terms of the model are the same, so that the covariance is rounding"

OPTIMIZE = "test_optimize.py::TestOptimizeSimple::"
KNOWN = {
    "test_least_squares.py::TestLM::test_full_result": NJEV,
    "test_matfuncs.py::TestExpmConditionNumber::test_expm_cond_fuzz": BETTER,
    "test_minpack.py::TestCurveFit::test_gh4555": RANK,
    **{f"test_minpack.py::TestNfev::test_root_nfev[{method}]": COUNT for method in ("hybr", "krylov", "lm")},
    **{f"{OPTIMIZE}test_duplicate_evaluations[{method}]": COUNT
       for method in ("bfgs", "cg", "l-bfgs-b", "slsqp", "tnc", "trust-constr")},
    f"{OPTIMIZE}test_minimize_l_bfgs_b": COUNT,
    **{f"{OPTIMIZE}test_respect_maxiter[{method}]": CACHED for method in ("BFGS", "CG", "L-BFGS-B", "SLSQP")},
}  # fmt: skip

PASS = 1200
"""How many must pass."""
