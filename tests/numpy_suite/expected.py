"""What fails of NumPy's tests on dualdiff.numpy, and why.

A key is the name of a test; one that ends in * stands for all that begin so.  The names are those of NumPy 2.4; with
another NumPy, run.py says what differs and fails only where many tests do.
"""

import numpy as np

EXACT = np.__version__.startswith("2.4.")

TYPE = "it asks whether type(x) is ndarray, or looks at an attribute of ndarray's own: a dual array is none"
C_CODE = "C code that takes ndarrays only, or takes a dual array for a list: it asks no protocol"
PLAIN_METHOD = "a method of a plain array that is given a dual array as out=: methods of ndarray ask no protocol"
BYTES = "a view of the bytes, or as an array of another class, has no room for the derivative"
PRECISION = "float16 and longdouble hold no derivatives"
BYTE_ORDER = "derivatives are kept in the machine's own order of bytes"
COMPLEX = "no derivative rule for complex numbers: the error names the function"
NO_RULE = "no derivative rule: the error names the function and says what to write"
SCALAR = "a Dual is no np.float64, and an element of an array of no axes cannot be written"
SWALLOWED = "it catches the error of a lost derivative, which the call then raises at its end"
TEXT = "the text of a dual has its tangent in it"

INSIDE = {
    "test_core_indexing.py::TestCApiAccess::test_getitem": C_CODE,
    "test_core_indexing.py::TestCApiAccess::test_setitem": C_CODE,
    "test_core_indexing.py::TestIndexing::test_empty_fancy_index": C_CODE,
    "test_core_numeric.py::TestBroadcast::test_broadcast_error_kwargs": C_CODE,
    "test_core_numeric.py::TestBroadcast::test_broadcast_in_args": C_CODE,
    "test_core_numeric.py::TestBroadcast::test_broadcast_single_arg": C_CODE,
    "test_linalg_linalg.py::test_blas64_geqrf_lwork_smoketest": C_CODE,
    "test_core_numeric.py::TestClip::test_clip_with_out_simple": PLAIN_METHOD,
    "test_core_numeric.py::TestClip::test_simple_out": PLAIN_METHOD,
    "test_core_numeric.py::TestClip::test_type_cast_10": PLAIN_METHOD,
    "test_core_numeric.py::TestClip::test_type_cast_12": PLAIN_METHOD,
    "test_core_indexing.py::TestSubclasses::test_basic": TYPE,
    "test_core_numeric.py::TestNonzero::test_return_type": TYPE,
    "test_core_numeric.py::TestRequire::test_ensure_array": TYPE,
    "test_lib_function_base.py::TestDiff::test_n": TYPE,
    "test_lib_nanfunctions.py::test__nan_mask[arr0-expected0]": TYPE,
    "test_lib_nanfunctions.py::test__nan_mask[arr3-expected3]": TYPE,
    "test_lib_shape_base.py::TestKron::test_return_type": TYPE,
    "test_linalg_linalg.py::TestEig::test_sq_cases": TYPE,
    "test_linalg_linalg.py::TestInv::test_sq_cases": TYPE,
    "test_linalg_linalg.py::TestLstsq::test_sq_cases": TYPE,
    "test_linalg_linalg.py::TestPinv::test_sq_cases": TYPE,
    "test_linalg_linalg.py::TestPinvHermitian::test_herm_cases": TYPE,
    "test_linalg_linalg.py::TestSVD::test_sq_cases": TYPE,
    "test_linalg_linalg.py::TestSVDHermitian::test_herm_cases": TYPE,
    "test_linalg_linalg.py::TestSolve::test_sq_cases": TYPE,
}  # fmt: skip

CARRYING = {
    **INSIDE,
    "test_core_indexing.py::TestFloatNonIntegerArgument::test_non_integer_argument_errors": SWALLOWED,
    "test_core_indexing.py::TestMultiIndexingAutomated::test_1d": SWALLOWED,
    "test_core_indexing.py::TestMultiIndexingAutomated::test_multidim": SWALLOWED,
    "test_lib_shape_base.py::TestKron::test_kron_smoke[asmatrix]": NO_RULE,
    "test_core_indexing.py::TestIndexing::test_array_like_values": BYTES,
    "test_core_indexing.py::TestIndexing::test_nonbaseclass_values": BYTES,
    "test_core_indexing.py::TestIndexing::test_unaligned": BYTES,
    "test_core_numeric.py::TestNonzero::test_nonzero_byteorder": BYTES,
    "test_lib_function_base.py::TestMedian::test_subclass2*": BYTES,
    "test_lib_function_base.py::TestPiecewise::test_subclasses": BYTES,
    "test_lib_function_base.py::TestVectorize::test_subclasses": BYTES,
    "test_lib_nanfunctions.py::TestNanFunctions_ArgminArgmax::test_subclass": BYTES,
    "test_lib_nanfunctions.py::TestNanFunctions_CumSumProd::test_subclass": BYTES,
    "test_lib_nanfunctions.py::TestNanFunctions_MeanVarStd::test_subclass": BYTES,
    "test_lib_nanfunctions.py::TestNanFunctions_MinMax::test_subclass": BYTES,
    "test_lib_nanfunctions.py::TestNanFunctions_SumProd::test_subclass": BYTES,
    "test_lib_nanfunctions.py::test_memmap_takes_fast_route": BYTES,
    "test_lib_shape_base.py::TestApplyAlongAxis::test_subclass": BYTES,
    "test_lib_shape_base.py::TestApplyAlongAxis::test_subclass_preservation": BYTES,
    "test_linalg_linalg.py::test_byteorder_check": BYTES,
    "test_lib_nanfunctions.py::TestNanFunctions_CumSumProd::test_dtype_from_char": PRECISION,
    "test_lib_nanfunctions.py::TestNanFunctions_CumSumProd::test_dtype_from_dtype": PRECISION,
    "test_lib_nanfunctions.py::TestNanFunctions_MeanVarStd::test_dtype_from_char": PRECISION,
    "test_lib_nanfunctions.py::TestNanFunctions_MeanVarStd::test_dtype_from_dtype": PRECISION,
    "test_lib_nanfunctions.py::TestNanFunctions_SumProd::test_dtype_from_char": PRECISION,
    "test_lib_nanfunctions.py::TestNanFunctions_SumProd::test_dtype_from_dtype": PRECISION,
    **{f"test_lib_nanfunctions.py::TestNanFunctions_Median::test_allnans[{kind}-*": PRECISION for kind in "egG"},
    "test_core_numeric.py::TestClip::test_simple_nonnative": BYTE_ORDER,
    "test_core_numeric.py::TestClip::test_type_cast_07": BYTE_ORDER,
    "test_core_numeric.py::TestClip::test_type_cast_08": BYTE_ORDER,
    "test_core_numeric.py::TestClip::test_type_cast_09": BYTE_ORDER,
    "test_core_numeric.py::TestClip::test_type_cast_11": BYTE_ORDER,
    **{f"test_core_shape_base.py::TestConcatenate::test_out_and_dtype[{casting}->f8-{axis}]": BYTE_ORDER
       for casting in ("equiv", "safe", "same_kind", "unsafe") for axis in (None, 0)},
    "test_core_numeric.py::TestClip::test_clip_func_takes_out": PLAIN_METHOD,
    "test_core_numeric.py::TestClip::test_clip_inplace_array": PLAIN_METHOD,
    "test_core_numeric.py::TestClip::test_clip_inplace_simple": PLAIN_METHOD,
    "test_core_numeric.py::TestClip::test_noncontig_inplace": PLAIN_METHOD,
    "test_core_numeric.py::TestClip::test_simple_inplace_01": PLAIN_METHOD,
    "test_core_numeric.py::TestClip::test_simple_inplace_02": PLAIN_METHOD,
    "test_fft_pocketfft.py::TestFFT1D::test_identity_long_short*": NO_RULE,     # np.spacing
    "test_lib_twodim_base.py::TestHistogram2d::test_bad_length[10-11]": NO_RULE,
    "test_lib_twodim_base.py::TestHistogram2d::test_bad_length[20-19]": NO_RULE,
    "test_lib_nanfunctions.py::TestNanFunctions_Percentile::test_nan_value_with_weight_ndim*": NO_RULE,
    "test_lib_nanfunctions.py::TestNanFunctions_Percentile::test_out[True]": NO_RULE,
    "test_lib_nanfunctions.py::TestNanFunctions_Percentile::test_result_values[False-True]": NO_RULE,
    "test_lib_nanfunctions.py::TestNanFunctions_Percentile::test_result_values[True-True]": NO_RULE,
    "test_lib_nanfunctions.py::TestNanFunctions_Quantile::test_no_p_overwrite": NO_RULE,
    "test_lib_nanfunctions.py::TestNanFunctions_Quantile::test_regression[True]": NO_RULE,
    "test_lib_twodim_base.py::TestHistogram2d::test_all_outliers": NO_RULE,
    "test_lib_twodim_base.py::TestHistogram2d::test_binparameter_combination": NO_RULE,
    "test_lib_twodim_base.py::TestHistogram2d::test_simple": NO_RULE,
    "test_linalg_linalg.py::TestQR::test_mode_raw": NO_RULE,
    "test_core_numeric.py::test_outer_out_param": "np.ndarray(shape) makes a plain array, which holds no derivative",
    "test_lib_function_base.py::TestVectorize::test_ufunc": "it vectorizes math.cos, which takes no duals",
    **{f"test_linalg_linalg.py::TestMatrixPower::test_power_is_zero[dt{i}]": PRECISION for i in (9, 12, 15)},     # egG
    "test_lib_function_base.py::TestLerp::test_linear_interpolation_formula_0d_inputs": SCALAR,
    "test_core_indexing.py::TestIndexing::test_scalar_return_type": SCALAR,
    "test_lib_function_base.py::TestInterp::test_zero_dimensional_interpolation_point": SCALAR,
    "test_lib_shape_base.py::TestApplyAlongAxis::test_0d_array": TYPE,
    "test_lib_shape_base.py::TestApplyAlongAxis::test_scalar_array": TYPE,
    "test_core_numeric.py::TestIsclose::test_tol_warnings": TEXT,
}  # fmt: skip

KNOWN = {"outside": {}, "inside": INSIDE, "carrying": CARRYING}
"""For each way of running the tests those that are known to fail, with the reasons."""

PASS = {"outside": 5998, "inside": 5950, "carrying": 5850}
"""How many must pass."""
