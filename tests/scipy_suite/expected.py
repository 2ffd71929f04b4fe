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
FROM_THE_EDGE = "its objective has an infinite slope at the bound that SLSQP meets: with the exact one SciPy's own ends there, too"
GIVEN = "SciPy's halley asks for the derivatives that are left out; here the exact ones are filled in"
RANK = "with the exact J the fit ends where two terms of the model are the same, so that the covariance is rounding"

OPTIMIZE = "of_optimize/test_optimize.py::TestOptimizeSimple::"
TYPE = "it asks for one type by `is`; isinstance answers as for SciPy's, as our name stands for its class"
SOLVER = "SciPy asks whether the solver it is given is its own spsolve"
PRIVATE = "it replaces a private method of the object, which here is of another class"
SHARED = "it asks for a copy of the distribution in every frozen one; here they share one, which does not change"
UNIFORM = "it leaves out a quadrature that is wrong in SciPy, too, by asking whether the class is Uniform; ours is another"
NAMES = "the classes that it makes are named after KDTree and cKDTree, which are one class here"

KNOWN = {
    "of_optimize/test_least_squares.py::TestLM::test_full_result": NJEV,
    "of_optimize/test_slsqp.py::TestSLSQP::test_gh1758": FROM_THE_EDGE,
    "of_optimize/test_zeros.py::TestNewton::test_root_scalar_fail": GIVEN,
    "of_optimize/test_minpack.py::TestCurveFit::test_gh4555": RANK,
    **{f"of_optimize/test_minpack.py::TestNfev::test_root_nfev[{method}]": COUNT for method in ("hybr", "krylov", "lm")},
    **{f"{OPTIMIZE}test_duplicate_evaluations[{method}]": COUNT
       for method in ("bfgs", "cg", "l-bfgs-b", "slsqp", "tnc", "trust-constr")},
    f"{OPTIMIZE}test_minimize_l_bfgs_b": COUNT,
    **{f"{OPTIMIZE}test_respect_maxiter[{method}]": CACHED for method in ("BFGS", "CG", "L-BFGS-B", "SLSQP")},
    **{f"{OPTIMIZE}test_nan_values[{method}]": COUNTS
       for method in ("bfgs", "cg", "l-bfgs-b", "slsqp", "tnc", "trust-constr")},
    **{f"of_interpolate/test_bsplines.py::TestMakeND::{test}": SOLVER for test in (
        "test_2D_separable_trailing_dims", "test_2D_mixed[*", "test_2D_vs_RGI_cubic", "test_2D_vs_RGI_quintic",
        "test_3D_random_vs_RGI[*")},
    **{f"of_sparse/{test}": TYPE for test in (
        "test_base.py::test_spmatrix_subscriptable", "test_base.py::test_sparray_subscriptable",
        "test_coo.py::test_tensordot[a_shape0*", "test_coo.py::test_tensordot[a_shape1*",
        "test_coo.py::test_tensordot[a_shape2*", "test_coo.py::test_tensordot[a_shape3*",
        "test_coo.py::test_tensordot[a_shape4*", "test_coo.py::test_tensordot[a_shape5*",
        "test_coo.py::test_tensordot[a_shape6*", "test_csc.py::test_csc_getrow", "test_csc.py::test_csc_getcol",
        "test_csr.py::test_csr_getrow", "test_csr.py::test_csr_getcol", "test_csr.py::test_csr_rowslice",
        "test_matrix_io.py::test_save_and_load_random", "test_matrix_io.py::test_save_and_load_empty",
        "test_matrix_io.py::test_save_and_load_one_entry")},
    "of_spatial/test_kdtree.py": NAMES,
    "of_stats/test_continuous.py::TestDistributions::test_logentropy_safe": PRIVATE,
    "of_stats/test_continuous.py::TestAttributes::test_iv_policy": PRIVATE,
    "of_stats/test_continuous.py::TestDistributions::test_support_moments_sample[Uniform]": UNIFORM,
    "of_stats/test_distributions.py::TestFrozen::test_ab": SHARED,
}  # fmt: skip

PASS = {
    "stats": 12130, "special": 5938, "signal": 3620, "optimize": 3382, "sparse": 8550, "linalg": 5343, "interpolate": 1454,
    "integrate": 1068, "ndimage": 5360, "spatial": 1496, "fft": 3403,
}  # fmt: skip
"""How many must pass."""


def space_of(name):
    """The namespace of a test."""
    return name.removeprefix("of_").split("/")[0].split("_")[0]
