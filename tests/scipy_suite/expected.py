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
COUNTS = "its function counts its calls and is nan from the third on: it is no function of x, and the error says so"
NJEV = "lm with differences has no njev; an exact J is counted"
BETTER = "the exact gradient ends at a greater error than the bound of first order that it is compared with"
RANK = "with the exact J the fit ends where two terms of the model are the same, so that the covariance is rounding"
ROOT = "fprime and fprime2 come from the function, so leaving them out is no error"
STEEP = "the exact derivative of sqrt grows without bound next to the bound 0, where SLSQP creeps; with it SciPy's does, too"

OPTIMIZE = "of_optimize/test_optimize.py::TestOptimizeSimple::"
TYPE = "it asks for one type by `is`; isinstance answers as for SciPy's, as our name stands for its class"
SOLVER = "SciPy asks whether the solver it is given is its own spsolve"
PRIVATE = "it replaces a private method of the object, which here is of another class"
NAMES = "the classes that it makes are named after KDTree and cKDTree, which are one class here"

KNOWN = {
    "of_optimize/test_least_squares.py::TestLM::test_full_result": NJEV,
    "of_linalg/test_matfuncs.py::TestExpmConditionNumber::test_expm_cond_fuzz": BETTER,
    "of_optimize/test_minpack.py::TestCurveFit::test_gh4555": RANK,
    **{f"of_optimize/test_minpack.py::TestNfev::test_root_nfev[{method}]": COUNT for method in ("hybr", "krylov", "lm")},
    **{f"{OPTIMIZE}test_duplicate_evaluations[{method}]": COUNT
       for method in ("bfgs", "cg", "l-bfgs-b", "slsqp", "tnc", "trust-constr")},
    f"{OPTIMIZE}test_minimize_l_bfgs_b": COUNT,
    **{f"{OPTIMIZE}test_respect_maxiter[{method}]": CACHED for method in ("BFGS", "CG", "L-BFGS-B", "SLSQP")},
    **{f"{OPTIMIZE}test_nan_values[{method}]": COUNTS
       for method in ("bfgs", "cg", "l-bfgs-b", "slsqp", "tnc", "trust-constr")},
    "of_optimize/test_zeros.py::TestNewton::test_root_scalar_fail": ROOT,
    "of_optimize/test_slsqp.py::TestSLSQP::test_gh1758": STEEP,
    **{f"of_interpolate/test_bsplines.py::TestMakeND::{test}": SOLVER for test in (
        "test_2D_separable_trailing_dims", "test_2D_mixed[*", "test_2D_vs_RGI_cubic", "test_2D_vs_RGI_quintic",
        "test_3D_random_vs_RGI[*")},
    **{f"of_sparse/{test}": TYPE for test in (
        "test_base.py::test_spmatrix_subscriptable", "test_base.py::test_sparray_subscriptable",
        "test_coo.py::test_tensordot[a_shape0*", "test_coo.py::test_tensordot[a_shape1*",
        "test_coo.py::test_tensordot[a_shape2*", "test_coo.py::test_tensordot[a_shape3*",
        "test_coo.py::test_tensordot[a_shape4*", "test_coo.py::test_tensordot[a_shape5*",
        "test_coo.py::test_tensordot[a_shape6*", "test_csc.py::test_csc_getrow", "test_csc.py::test_csc_getcol",
        "test_matrix_io.py::test_save_and_load_random", "test_matrix_io.py::test_save_and_load_empty",
        "test_matrix_io.py::test_save_and_load_one_entry")},
    "of_spatial/test_kdtree.py": NAMES,
    "of_stats/test_continuous.py::TestDistributions::test_logentropy_safe": PRIVATE,
}  # fmt: skip

PASS = {
    "stats": 11000, "special": 5900, "signal": 3500, "optimize": 3200, "sparse": 8000, "linalg": 5000, "interpolate": 1454,
    "integrate": 1100, "ndimage": 5200, "spatial": 1400, "fft": 3300,
}  # fmt: skip
"""How many must pass."""


def space_of(name):
    """The namespace of a test."""
    return name.removeprefix("of_").split("/")[0].split("_")[0]
