/* rules2.h: made from rules.h by generate.py; do not edit. */
typedef struct { int op, arg; double number; } dd_code;
enum { DD_CODE_END, DD_CODE_NUMBER, DD_CODE_X, DD_CODE_Y, DD_CODE_F, DD_CODE_MINUS, DD_CODE_ADD, DD_CODE_SUBTRACT,
       DD_CODE_MULTIPLY, DD_CODE_DIVIDE, DD_CODE_CALL, DD_CODE_JUMP, DD_CODE_EQ, DD_CODE_LT, DD_CODE_GT, DD_CODE_LE,
       DD_CODE_GE };
#define DD_CODE_DEPTH 12
static const dd_code dd_code_negative_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_positive_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_absolute_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sign, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_sign_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_floor_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ceil_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_trunc_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_rint_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_conjugate_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_square_0[] = {{DD_CODE_NUMBER, 0, 2}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_sqrt_0[] = {{DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_F, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_cbrt_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_NUMBER, 0, 3}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_reciprocal_0[] = {{DD_CODE_F, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_exp_0[] = {{DD_CODE_F, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_exp2_0[] = {{DD_CODE_NUMBER, 0, LN2}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_expm1_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_exp, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_log_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_log2_0[] = {{DD_CODE_NUMBER, 0, INV_LN2}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_log10_0[] = {{DD_CODE_NUMBER, 0, INV_LN10}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_log1p_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_sin_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_cos, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_cos_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sin, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_tan_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_F, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_arcsin_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_CALL, DD_RULE_sqrt, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_arccos_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_CALL, DD_RULE_sqrt, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_arctan_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 1e+30}, {DD_CODE_LT, 8, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_JUMP, 5, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_sinh_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_cosh, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_cosh_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sinh, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_tanh_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sech2, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_arcsinh_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_CALL, DD_RULE_hypot, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_arccosh_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_CALL, DD_RULE_sqrt, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_sqrt, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_arctanh_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_radians_0[] = {{DD_CODE_NUMBER, 0, DEGREE}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_degrees_0[] = {{DD_CODE_NUMBER, 0, INV_DEGREE}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_sinc_0[] = {{DD_CODE_NUMBER, 0, PI2}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sincn, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_erf_0[] = {{DD_CODE_NUMBER, 0, TWO_SQRTPI}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_gauss, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_erfc_0[] = {{DD_CODE_NUMBER, 0, TWO_SQRTPI}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_gauss, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_gamma_0[] = {{DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_gammaln_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_modf_fraction_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_frexp_mantissa_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 3, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_add_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_add_1[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_subtract_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_subtract_1[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_multiply_0[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_multiply_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_divide_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_Y, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_divide_1[] = {{DD_CODE_F, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_power_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_absolute, 0}, {DD_CODE_NUMBER, 0, 6e-309}, {DD_CODE_LE, 11, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 5, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_powm1, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_JUMP, 5, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_powm1, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_power_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 4, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_powlog, 0}, {DD_CODE_JUMP, 9, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 4, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_log, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_remainder_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_remainder_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_floor_divide, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_fmod_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_fmod_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_CALL, DD_RULE_rint, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_floor_divide_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_floor_divide_1[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_maximum_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_JUMP, 11, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_GT, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_LT, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 1, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_maximum_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_JUMP, 11, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_GT, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_LT, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 1, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_minimum_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_JUMP, 11, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_LT, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_GT, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 1, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_minimum_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_JUMP, 11, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_LT, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_GT, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 1, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_fmax_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_JUMP, 16, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_GT, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 11, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 1, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_fmax_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_JUMP, 16, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_GT, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 11, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 1, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_fmin_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_JUMP, 16, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_LT, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 11, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 1, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_fmin_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_JUMP, 16, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_LT, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 11, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 1, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_hypot_0[] = {{DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 3, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_hypot_1[] = {{DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 3, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_arctan2_0[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_hypot, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_hypot, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_arctan2_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_hypot, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_hypot, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_logaddexp_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_expit2, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_logaddexp_1[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_expit2, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_logaddexp2_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_exp2it2, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_logaddexp2_1[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_exp2it2, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_copysign_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sign, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_copysign, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_copysign_1[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_heaviside_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_heaviside_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 1, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ldexp_0[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_exp2, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ldexp_1[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_sech2_0[] = {{DD_CODE_NUMBER, 0, 2}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_tanh, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_expit2_0[] = {{DD_CODE_F, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_expit2, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_expit2_1[] = {{DD_CODE_F, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_expit2, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_exp2it2_0[] = {{DD_CODE_NUMBER, 0, LN2}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_exp2it2, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_exp2it2_1[] = {{DD_CODE_NUMBER, 0, LN2}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_exp2it2, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_sincn_0[] = {{DD_CODE_NUMBER, 0, NAN}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_sincn_1[] = {{DD_CODE_NUMBER, 0, PI2}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_sincn, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_powm1_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 15, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 9, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_CALL, DD_RULE_powm1, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_JUMP, 7, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_powm1_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 6, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_CALL, DD_RULE_powlog, 0}, {DD_CODE_JUMP, 9, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 4, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_log, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_powlog_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 12, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_CALL, DD_RULE_powlog, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_powm1, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_JUMP, 10, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_powm1, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_log, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_powlog_1[] = {{DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 4, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_log, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_gauss_0[] = {{DD_CODE_NUMBER, 0, 2}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_polygamma_0[] = {{DD_CODE_NUMBER, 0, NAN}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_polygamma_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_erfinv_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_CALL, DD_RULE_erfinv_slope, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_erfcinv_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_CALL, DD_RULE_erfcinv_slope, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_erfcx_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1.1}, {DD_CODE_GT, 11, 0}, {DD_CODE_NUMBER, 0, SQRT2}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, SQRT2}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_CALL, DD_RULE_mills_excess, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_JUMP, 7, 0}, {DD_CODE_NUMBER, 0, 2}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, TWO_SQRTPI}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_erfi_0[] = {{DD_CODE_NUMBER, 0, TWO_SQRTPI}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_antigauss, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_dawsn_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_dawsn_n, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ndtr_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_normal, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_log_ndtr_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_mills, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ndtri_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_CALL, DD_RULE_ndtri_slope, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ndtri_exp_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_F, 0, 0}, {DD_CODE_CALL, DD_RULE_mills, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_owens_t_0[] = {{DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_normal, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, SQRT1_2}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_CALL, DD_RULE_erf, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_owens_t_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_normal, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_CALL, DD_RULE_normal, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_Y, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_expit_0[] = {{DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_expit2, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_log_expit_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_expit2, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_logit_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_exprel_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_expmoment, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_special_exp2_0[] = {{DD_CODE_NUMBER, 0, LN2}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_exp10_0[] = {{DD_CODE_NUMBER, 0, LN10}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_special_expm1_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_exp, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_special_log1p_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_special_cbrt_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_NUMBER, 0, 3}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_cosm1_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sin, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_sindg_0[] = {{DD_CODE_NUMBER, 0, DEGREE}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_cosdg, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_cosdg_0[] = {{DD_CODE_NUMBER, 0, DEGREE}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sindg, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_tandg_0[] = {{DD_CODE_NUMBER, 0, DEGREE}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_cosdg, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_cosdg, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_cotdg_0[] = {{DD_CODE_NUMBER, 0, DEGREE}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sindg, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sindg, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_special_powm1_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_absolute, 0}, {DD_CODE_NUMBER, 0, 6e-309}, {DD_CODE_LE, 11, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 5, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_powm1, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_JUMP, 5, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_powm1, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_special_powm1_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_powlog, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_xlogy_0[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_log, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_xlogy_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 3, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_xlog1py_0[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_log1p, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_xlog1py_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 5, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_Y, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_boxcox_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_powm1, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_boxcox_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 6, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_Y, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_JUMP, 12, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_log, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_log, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_log, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_CALL, DD_RULE_expmoment, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_boxcox1p_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_powm1, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_boxcox1p_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_EQ, 6, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_Y, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_JUMP, 12, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_log1p, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_log1p, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_log1p, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_CALL, DD_RULE_expmoment, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_inv_boxcox_0[] = {{DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_inv_boxcox_1[] = {{DD_CODE_F, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_CALL, DD_RULE_log1p_moment, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_inv_boxcox1p_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_inv_boxcox, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_inv_boxcox1p_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_inv_boxcox, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_CALL, DD_RULE_log1p_moment, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_entr_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_log, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_rel_entr_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_logratio, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_rel_entr_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 4, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_kl_div_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_logratio, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_kl_div_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_JUMP, 5, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_huber_0[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_absolute, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_CALL, DD_RULE_maximum, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_huber_1[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_minimum, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_CALL, DD_RULE_maximum, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_pseudo_huber_0[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 23, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_hypot, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_hypot, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_hypot, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_pseudo_huber_1[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 7, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_hypot, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_loggamma_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_rgamma_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_drgamma, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_gammasgn_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_psi_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_beta_0[] = {{DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_psidiff, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_beta_1[] = {{DD_CODE_F, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_psidiff, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_betaln_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_psidiff, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_betaln_1[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_psidiff, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_poch_0[] = {{DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 17, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_gamma, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_drgamma, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_rgamma, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_psidiff, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_poch_1[] = {{DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_binom_0[] = {{DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 30, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_gamma, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_rgamma, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_rgamma, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_drgamma, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_JUMP, 10, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_psidiff, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_binom_1[] = {{DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 29, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_gamma, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_rgamma, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_drgamma, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_rgamma, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_drgamma, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_JUMP, 15, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_gammainc_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_gammapdf, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_gammaincc_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_gammapdf, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_gammaincinv_1[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_CALL, DD_RULE_gammapdf, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_gammainccinv_1[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_CALL, DD_RULE_gammapdf, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_chdtr_1[] = {{DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_CALL, DD_RULE_gammapdf, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_chdtrc_1[] = {{DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_CALL, DD_RULE_gammapdf, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_chdtri_1[] = {{DD_CODE_NUMBER, 0, 2}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_CALL, DD_RULE_gammapdf, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_pdtr_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_pdtr_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_floor, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_gammapdf, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_pdtrc_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_pdtrc_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_floor, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_gammapdf, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_stdtr_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_tpdf, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_stdtrit_1[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_CALL, DD_RULE_tpdf, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code__zeta_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE__zeta, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_expi_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_exp, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_exp1_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_CALL, DD_RULE_exp, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_expn_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_trunc, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 13, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_CALL, DD_RULE_exp, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_Y, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_JUMP, 7, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_trunc, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_expn, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_spence_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_LT, 7, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_log, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_CALL, DD_RULE_log1p_moment, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_wrightomega_0[] = {{DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_F, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ellipk_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_CALL, DD_RULE_ellipk_n, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ellipkm1_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_ellipk_n, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ellipe_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_CALL, DD_RULE_ellipe_n, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ellipkinc_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_cos, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_cos, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_Y, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sin, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sin, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_sqrt, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ellipeinc_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_cos, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_cos, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_Y, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sin, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sin, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_sqrt, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_j0_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_j1, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_j1_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_absolute, 0}, {DD_CODE_NUMBER, 0, 0.1}, {DD_CODE_LT, 9, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_j0, 0}, {DD_CODE_NUMBER, 0, 2}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_jv, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_j0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_y0_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_y1, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_y1_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_y0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_i0_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_i1, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_i1_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_absolute, 0}, {DD_CODE_NUMBER, 0, 0.1}, {DD_CODE_LT, 9, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_i0, 0}, {DD_CODE_NUMBER, 0, 2}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_iv, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_i0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_k0_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_k1, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_k1_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_k0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_i0e_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_ive_slope, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_i1e_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_ive_slope, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_k0e_0[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_kve_slope, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_k1e_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_kve_slope, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_jv_1[] = {{DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_jv, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_jv, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_jve_1[] = {{DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_jve, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_jve, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_yn_1[] = {{DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_trunc, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_yn, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_trunc, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_yn, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_yv_1[] = {{DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_yv, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_yv, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_yve_1[] = {{DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_yve, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_yve, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_iv_1[] = {{DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_iv, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_iv, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ive_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_ive_slope, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_kn_1[] = {{DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_trunc, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_CALL, DD_RULE_absolute, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_kn, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_trunc, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_kn, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_kv_1[] = {{DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_kv, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_kv, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_kve_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_kve_slope, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_hyp0f1_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_hyp0f1, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ber_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_berp, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_bei_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_beip, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ker_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_kerp, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_kei_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_keip, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_berp_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_JUMP, 7, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_bei, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_beip_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 2, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_ber, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_kerp_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_kei, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_keip_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_ker, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_erfinv_slope_0[] = {{DD_CODE_NUMBER, 0, 2}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_erfinv_slope_1[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_erfcinv_slope_0[] = {{DD_CODE_NUMBER, 0, 2}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_erfcinv_slope_1[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ndtri_slope_0[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ndtri_slope_1[] = {{DD_CODE_NUMBER, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_antigauss_0[] = {{DD_CODE_NUMBER, 0, 2}, {DD_CODE_X, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_normal_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_mills_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1.5}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_LT, 6, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_mills_excess, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_JUMP, 6, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_mills_excess_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_F, 0, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_dawsn_n_0[] = {{DD_CODE_NUMBER, 0, NAN}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_dawsn_n_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_dawsn_n, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_expmoment_0[] = {{DD_CODE_NUMBER, 0, NAN}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_expmoment_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_expmoment, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_log1p_moment_0[] = {{DD_CODE_NUMBER, 0, NAN}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_log1p_moment_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_log1p_moment, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_logratio_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_logratio_1[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_sinpi_0[] = {{DD_CODE_NUMBER, 0, PI}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_cospi, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_cospi_0[] = {{DD_CODE_NUMBER, 0, PI}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sinpi, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_psidiff_0[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_psidiff_1[] = {{DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_drgamma_0[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_LT, 41, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_CALL, DD_RULE_gamma, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_NUMBER, 0, PI2}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_sinpi, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, PI}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_NUMBER, 0, 2}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_cospi, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_JUMP, 14, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_gamma, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_gammapdf_0[] = {{DD_CODE_F, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_log, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_CALL, DD_RULE_polygamma, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_gammapdf_1[] = {{DD_CODE_Y, 0, 0}, {DD_CODE_NUMBER, 0, 0}, {DD_CODE_EQ, 8, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_gammapdf, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_JUMP, 9, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_tpdf_0[] = {{DD_CODE_NUMBER, 0, NAN}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_tpdf_1[] = {{DD_CODE_F, 0, 0}, {DD_CODE_MINUS, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_DIVIDE, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ellipk_n_0[] = {{DD_CODE_NUMBER, 0, NAN}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ellipk_n_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_ellipk_n, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ellipe_n_0[] = {{DD_CODE_NUMBER, 0, NAN}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ellipe_n_1[] = {{DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_ellipe_n, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ive_slope_0[] = {{DD_CODE_NUMBER, 0, NAN}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_ive_slope_1[] = {{DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_ive_slope, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_ive_slope, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_sign, 0}, {DD_CODE_F, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_kve_slope_0[] = {{DD_CODE_NUMBER, 0, NAN}, {DD_CODE_END, 0, 0}};
static const dd_code dd_code_kve_slope_1[] = {{DD_CODE_F, 0, 0}, {DD_CODE_NUMBER, 0, 0.5}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_kve_slope, 0}, {DD_CODE_X, 0, 0}, {DD_CODE_NUMBER, 0, 1}, {DD_CODE_ADD, 0, 0}, {DD_CODE_Y, 0, 0}, {DD_CODE_CALL, DD_RULE_kve_slope, 0}, {DD_CODE_ADD, 0, 0}, {DD_CODE_MULTIPLY, 0, 0}, {DD_CODE_SUBTRACT, 0, 0}, {DD_CODE_END, 0, 0}};
static inline void dd_second_negative(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_positive(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_absolute(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_sign(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_floor(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_ceil(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_trunc(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_rint(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_conjugate(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_square(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 2;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_sqrt(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 0.5 / f;
    d[0] = -(t0 * t0 / f);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_cbrt(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 3 * f;
    double t1 = t0 * f;
    double t2 = 1 / t1;
    d[0] = -(t2 * (3 * t2 * f + t0 * t2) / t1);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_reciprocal(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = -f * f;
    d[0] = -(t0 * f) - f * t0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_exp(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = f;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_exp2(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = LN2 * (LN2 * f);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_expm1(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = exp(x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_log(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -(1 / x / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_log2(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -(INV_LN2 / x / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_log10(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -(INV_LN10 / x / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_log1p(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 1 + x;
    d[0] = -(1 / t0 / t0);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_sin(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -f;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_cos(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -f;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_tan(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 1 + f * f;
    d[0] = t0 * f + f * t0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_arcsin(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 1 - x;
    double t1 = 1 + x;
    double t2 = sqrt(t0 * t1);
    d[0] = -(1 / t2 * (0.5 / t2 * (-t1 + t0)) / t2);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_arccos(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 1 - x;
    double t1 = 1 + x;
    double t2 = sqrt(t0 * t1);
    d[0] = -(-1 / t2 * (0.5 / t2 * (-t1 + t0)) / t2);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_arctan(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x * x;
    double t1 = 1 + t0;
    double t2 = 1 / x / x;
    d[0] = sel(t0 < 1e+30, -(1 / t1 * (x + x) / t1), (-t2 - t2) / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_sinh(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = f;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_cosh(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = f;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_tanh(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -2 * sech2(x) * f;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_arcsinh(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = hypot(x, 1);
    d[0] = -(1 / t0 * sel(t0 == 0, 0, x / t0) / t0);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_arccosh(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = sqrt(x - 1);
    double t1 = sqrt(x + 1);
    double t2 = t0 * t1;
    d[0] = -(1 / t2 * (0.5 / t0 * t1 + t0 * (0.5 / t1)) / t2);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_arctanh(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 1 - x;
    double t1 = 1 + x;
    double t2 = t0 * t1;
    d[0] = -(1 / t2 * (-t1 + t0) / t2);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_radians(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_degrees(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_sinc(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = -PI2 * x;
    d[0] = -(PI2 * sincn(1, x)) + t0 * (t0 * sincn(1 + 1, x));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_erf(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = TWO_SQRTPI * (-2 * x * gauss(x));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_erfc(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -(TWO_SQRTPI * (-2 * x * gauss(x)));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_gamma(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = polygamma(0, x);
    d[0] = f * t0 * t0 + f * polygamma(0 + 1, x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_gammaln(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = polygamma(0 + 1, x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_modf_fraction(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_frexp_mantissa(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = f / x;
    d[0] = sel(x == 0, 0, (sel(x == 0, 1, t0) - t0) / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_add(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_subtract(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_multiply(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 1;
    d[2] = 0;
}
static inline void dd_second_divide(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = -f / y;
    d[0] = 0;
    d[1] = -(1 / y / y);
    d[2] = (-t0 - t0) / y;
}
static inline void dd_second_power(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = log(x);
    double t1 = y - 1;
    double t2 = powm1(x, y);
    double t3 = powlog(x, y);
    double t4 = t2 + y * sel(x == 0, powlog(x, t1), sel(t2 == 0, 0, t2 * t0));
    double t5 = y * sel(x == 0, sel(y == 1, 0, t1 * powm1(x, t1)), t1 * t2 / x);
    d[0] = sel(absolute(x) <= 6e-309, sel(y == 0, 0, t5), t5);
    d[1] = sel(absolute(x) <= 6e-309, sel(y == 0, 0, t4), t4);
    d[2] = sel(x == 0, sel(t3 == 0, 0, t3 * t0), sel(f == 0, 0, sel(x == 0, t3, sel(f == 0, 0, f * t0)) * t0));
}
static inline void dd_second_remainder(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_fmod(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_floor_divide(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_maximum(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = sel(x == y, 0.5, sel(y > x, 1, sel(y < x, 0, f)));
    d[0] = sel(x == y, 0, sel(x > y, 0, sel(x < y, 0, sel(x == y, 0.5, sel(x > y, 1, sel(x < y, 0, f))))));
    d[1] = sel(x == y, 0, sel(x > y, 0, sel(x < y, 0, t0)));
    d[2] = sel(x == y, 0, sel(y > x, 0, sel(y < x, 0, t0)));
}
static inline void dd_second_minimum(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = sel(x == y, 0.5, sel(y < x, 1, sel(y > x, 0, f)));
    d[0] = sel(x == y, 0, sel(x < y, 0, sel(x > y, 0, sel(x == y, 0.5, sel(x < y, 1, sel(x > y, 0, f))))));
    d[1] = sel(x == y, 0, sel(x < y, 0, sel(x > y, 0, t0)));
    d[2] = sel(x == y, 0, sel(y < x, 0, sel(y > x, 0, t0)));
}
static inline void dd_second_fmax(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = sel(x == y, 0.5, sel(y > x, 1, sel(x == x, 0, sel(y == y, 1, f))));
    d[0] = sel(x == y, 0, sel(x > y, 0, sel(y == y, 0, sel(x == x, 0, sel(x == y, 0.5, sel(x > y, 1, sel(y == y, 0, sel(x == x, 1, f))))))));
    d[1] = sel(x == y, 0, sel(x > y, 0, sel(y == y, 0, sel(x == x, 0, t0))));
    d[2] = sel(x == y, 0, sel(y > x, 0, sel(x == x, 0, sel(y == y, 0, t0))));
}
static inline void dd_second_fmin(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = sel(x == y, 0.5, sel(y < x, 1, sel(x == x, 0, sel(y == y, 1, f))));
    d[0] = sel(x == y, 0, sel(x < y, 0, sel(y == y, 0, sel(x == x, 0, sel(x == y, 0.5, sel(x < y, 1, sel(y == y, 0, sel(x == x, 1, f))))))));
    d[1] = sel(x == y, 0, sel(x < y, 0, sel(y == y, 0, sel(x == x, 0, t0))));
    d[2] = sel(x == y, 0, sel(y < x, 0, sel(x == x, 0, sel(y == y, 0, t0))));
}
static inline void dd_second_hypot(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x / f;
    double t1 = y / f;
    double t2 = sel(f == 0, 0, t1);
    d[0] = sel(f == 0, 0, (1 - t0 * sel(f == 0, 0, t0)) / f);
    d[1] = sel(f == 0, 0, -(t0 * t2 / f));
    d[2] = sel(f == 0, 0, (1 - t1 * t2) / f);
}
static inline void dd_second_arctan2(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = hypot(x, y);
    double t1 = y / t0;
    double t2 = -x / t0;
    double t3 = t1 / t0;
    double t4 = sel(t0 == 0, 0, x / t0);
    double t5 = sel(t0 == 0, 0, t1);
    d[0] = (-(t1 * t4 / t0) - t3 * t4) / t0;
    d[1] = ((1 - t1 * t5) / t0 - t3 * t5) / t0;
    d[2] = (-(t2 * t5 / t0) - t2 / t0 * t5) / t0;
}
static inline void dd_second_logaddexp(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = expit2(x, y);
    double t1 = expit2(y, x);
    d[0] = t0 * t1;
    d[1] = -t0 * t1;
    d[2] = t1 * t0;
}
static inline void dd_second_logaddexp2(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = exp2it2(x, y);
    double t1 = exp2it2(y, x);
    d[0] = LN2 * t0 * t1;
    d[1] = -LN2 * t0 * t1;
    d[2] = LN2 * t1 * t0;
}
static inline void dd_second_copysign(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_heaviside(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_ldexp(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_sech2(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = tanh(x);
    double t1 = -2 * f;
    d[0] = -(2 * (t1 * t0) * t0) + t1 * f;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_expit2(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = expit2(y, x);
    double t1 = f * (t0 * f);
    double t2 = -f * t0 * t0;
    d[0] = f * t0 * t0 + f * (-t0 * f);
    d[1] = t2 + t1;
    d[2] = -t2 - t1;
}
static inline void dd_second_exp2it2(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = LN2 * f;
    double t1 = exp2it2(y, x);
    double t2 = -LN2 * f;
    double t3 = LN2 * t1 * f;
    double t4 = LN2 * (t2 * t1) * t1;
    d[0] = LN2 * (t0 * t1) * t1 + t0 * (-LN2 * t1 * f);
    d[1] = t4 + t0 * t3;
    d[2] = -t4 + t2 * t3;
}
static inline void dd_second_sincn(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x + 1;
    double t1 = -PI2 * y;
    d[0] = 0;
    d[1] = 0;
    d[2] = -(PI2 * sincn(t0, y)) + t1 * (t1 * sincn(t0 + 1, y));
}
static inline void dd_second_powm1(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = log(x);
    double t1 = y - 1;
    double t2 = t1 - 1;
    double t3 = powm1(x, t1);
    double t4 = powlog(x, t1);
    double t5 = t1 * f / x;
    double t6 = sel(x == 0, t4, sel(f == 0, 0, f * t0));
    d[0] = sel(x == 0, sel(y == 1, 0, t1 * sel(x == 0, sel(t1 == 1, 0, t2 * powm1(x, t2)), t2 * t3 / x)), (t1 * sel(x == 0, sel(y == 1, 0, t1 * t3), t5) - t5) / x);
    d[1] = sel(x == 0, sel(y == 1, 0, t3 + t1 * sel(x == 0, powlog(x, t2), sel(t3 == 0, 0, t3 * t0))), (f + t1 * t6) / x);
    d[2] = sel(x == 0, sel(t4 == 0, 0, t4 * t0), sel(f == 0, 0, t6 * t0));
}
static inline void dd_second_powlog(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = log(x);
    double t1 = y - 1;
    double t2 = powm1(x, y);
    double t3 = powm1(x, t1);
    double t4 = powlog(x, t1);
    double t5 = y * t0 + 1;
    double t6 = t2 * t0;
    double t7 = sel(x == 0, t4, sel(t2 == 0, 0, t6));
    double t8 = sel(x == 0, sel(y == 1, 0, t1 * t3), t1 * t2 / x);
    d[0] = sel(x == 0, y * sel(x == 0, t1 * powlog(x, t1 - 1) + t3, t3 * (t1 * t0 + 1)) + t8, t8 * t5 + t2 * (y * (1 / x)));
    d[1] = sel(x == 0, t4 + y * sel(t4 == 0, 0, t4 * t0) + t7, t7 * t5 + t6);
    d[2] = sel(f == 0, 0, sel(f == 0, 0, f * t0) * t0);
}
static inline void dd_second_gauss(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = -2 * x;
    d[0] = -(2 * f) + t0 * (t0 * f);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_polygamma(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = polygamma(x + 1 + 1, y);
}
static inline void dd_second_erfinv(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = erfinv_slope(x, f);
    d[0] = 2 * f * t0 * t0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_erfcinv(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = erfcinv_slope(x, f);
    d[0] = 2 * f * t0 * t0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_erfcx(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 2 * x;
    double t1 = -SQRT2 * f;
    double t2 = -SQRT2 * x;
    double t3 = mills_excess(t2);
    double t4 = sel(x > 1.1, t1 * t3, t0 * f - TWO_SQRTPI);
    d[0] = sel(x > 1.1, -(SQRT2 * t4 * t3) - t1 * ((1 - t3 * (t3 - t2)) * SQRT2), 2 * f + t0 * t4);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_erfi(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = TWO_SQRTPI * (2 * x * antigauss(x));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_dawsn(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = dawsn_n(1 + 1, x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_ndtr(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -x * normal(x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_log_ndtr(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = mills(x);
    double t1 = -t0;
    d[0] = sel(x < -1.5, t1 * mills_excess(x), t1 * (x + t0));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_ndtri(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = ndtri_slope(x, f);
    d[0] = f * t0 * t0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_ndtri_exp(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = mills(f);
    double t1 = -t0;
    double t2 = 1 / t0;
    d[0] = -(t2 * (sel(f < -1.5, t1 * mills_excess(f), t1 * (f + t0)) * t2) / t0);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_owens_t(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = normal(x);
    double t1 = SQRT1_2 * x;
    double t2 = x * y;
    double t3 = normal(t2);
    double t4 = t1 * y;
    double t5 = -0.5 * t0;
    double t6 = 1 + y * y;
    double t7 = TWO_SQRTPI * gauss(t4);
    d[0] = -(0.5 * (-x * t0) * erf(t4)) + t5 * (t7 * (SQRT1_2 * y));
    d[1] = t5 * (t7 * t1);
    d[2] = (t0 * (-t2 * t3 * x) - t0 * t3 / t6 * (y + y)) / t6;
}
static inline void dd_second_expit(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = expit2(0, x);
    d[0] = f * t0 * t0 + f * (-t0 * expit2(x, 0));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_log_expit(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -expit2(0, x) * expit2(x, 0);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_logit(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 1 - x;
    double t1 = x * t0;
    d[0] = -(1 / t1 * (t0 - x) / t1);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_exprel(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = expmoment(1 + 1, x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_special_exp2(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = LN2 * (LN2 * f);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_exp10(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = LN10 * (LN10 * f);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_special_expm1(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = exp(x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_special_log1p(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 1 + x;
    d[0] = -(1 / t0 / t0);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_special_cbrt(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 3 * f;
    double t1 = t0 * f;
    double t2 = 1 / t1;
    d[0] = -(t2 * (3 * t2 * f + t0 * t2) / t1);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_cosm1(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -cos(x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_sindg(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = DEGREE * (-DEGREE * f);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_cosdg(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -(DEGREE * (DEGREE * f));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_tandg(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = cosdg(x);
    double t1 = t0 * t0;
    double t2 = -DEGREE * sindg(x);
    d[0] = -(DEGREE / t1 * (t2 * t0 + t0 * t2) / t1);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_cotdg(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = sindg(x);
    double t1 = DEGREE * cosdg(x);
    double t2 = t0 * t0;
    d[0] = -(-DEGREE / t2 * (t1 * t0 + t0 * t1) / t2);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_special_powm1(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = log(x);
    double t1 = y - 1;
    double t2 = powm1(x, y);
    double t3 = powlog(x, y);
    double t4 = t2 + y * sel(x == 0, powlog(x, t1), sel(t2 == 0, 0, t2 * t0));
    double t5 = y * sel(x == 0, sel(y == 1, 0, t1 * powm1(x, t1)), t1 * t2 / x);
    d[0] = sel(absolute(x) <= 6e-309, sel(y == 0, 0, t5), t5);
    d[1] = sel(absolute(x) <= 6e-309, sel(y == 0, 0, t4), t4);
    d[2] = sel(t3 == 0, 0, t3 * t0);
}
static inline void dd_second_xlogy(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 1 / y;
    d[2] = sel(x == 0, 0, -(x / y / y));
}
static inline void dd_second_xlog1py(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 1 + y;
    d[0] = 0;
    d[1] = 1 / t0;
    d[2] = sel(x == 0, 0, -(x / t0 / t0));
}
static inline void dd_second_boxcox(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = log(x);
    double t1 = y - 1;
    double t2 = powm1(x, y);
    double t3 = y * y;
    d[0] = sel(x == 0, sel(y == 1, 0, t1 * powm1(x, t1)), t1 * t2 / x);
    d[1] = sel(x == 0, powlog(x, t1), sel(t2 == 0, 0, t2 * t0));
    d[2] = sel(x == 0, -(1 / t3 * (y + y) / t3), t0 * t0 * (expmoment(1 + 1, y * t0) * t0));
}
static inline void dd_second_boxcox1p(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = log1p(x);
    double t1 = 1 + x;
    double t2 = y - 1;
    double t3 = y * y;
    double t4 = powm1(t1, y);
    d[0] = sel(t1 == 0, sel(y == 1, 0, t2 * powm1(t1, t2)), t2 * t4 / t1);
    d[1] = sel(t1 == 0, powlog(t1, t2), sel(t4 == 0, 0, t4 * log(t1)));
    d[2] = sel(x == -1, -(1 / t3 * (y + y) / t3), t0 * t0 * (expmoment(1 + 1, y * t0) * t0));
}
static inline void dd_second_inv_boxcox(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x * y;
    double t1 = 1 + 1;
    double t2 = 1 + t0;
    double t3 = log1p_moment(1, t0);
    double t4 = -f * x * x;
    double t5 = f / t2;
    double t6 = t4 * t3;
    d[0] = (t5 - t5 * y) / t2;
    d[1] = (t6 - t5 * x) / t2;
    d[2] = -(t6 * x * x * t3) + t4 * (-t1 * log1p_moment(t1, t0) * x);
}
static inline void dd_second_inv_boxcox1p(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = inv_boxcox(x, y);
    double t1 = x * y;
    double t2 = 1 + 1;
    double t3 = 1 + t1;
    double t4 = log1p_moment(1, t1);
    double t5 = -t0 * x * x;
    double t6 = t0 / t3;
    double t7 = t5 * t4;
    d[0] = (t6 - t6 * y) / t3;
    d[1] = (t7 - t6 * x) / t3;
    d[2] = -(t7 * x * x * t4) + t5 * (-t2 * log1p_moment(t2, t1) * x);
}
static inline void dd_second_entr(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -(1 / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_rel_entr(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 1 / x;
    d[1] = -1 / y;
    d[2] = sel(x == 0, 0, -(-x / y / y));
}
static inline void dd_second_kl_div(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 1 / x;
    d[1] = -1 / y;
    d[2] = sel(x == 0, 0, (1 - (y - x) / y) / y);
}
static inline void dd_second_huber(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = -x;
    double t1 = minimum(y, x);
    double t2 = absolute(y) - x;
    double t3 = sel(t2 == 0, 0.5, sel(t2 > 0, 1, sel(t2 < 0, 0, maximum(t2, 0))));
    d[0] = -t3;
    d[1] = t3 * sign(y);
    d[2] = sel(t1 == t0, 0.5, sel(t1 > t0, 1, sel(t1 < t0, 0, maximum(t1, t0)))) * sel(y == x, 0.5, sel(y < x, 1, sel(y > x, 0, t1)));
}
static inline void dd_second_pseudo_huber(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = hypot(x, y);
    double t1 = y / t0;
    double t2 = x / t0;
    double t3 = t0 + x;
    double t4 = y / t3;
    double t5 = sel(t0 == 0, 0, t2);
    double t6 = sel(t0 == 0, 0, t1);
    double t7 = t1 * t4;
    double t8 = t4 * (t5 + 1) / t3;
    double t9 = (1 - t4 * t6) / t3;
    d[0] = sel(y == 0, 0, ((-(t1 * t5 / t0 * t4) - t1 * t8) * t4 - t7 * t8) * y);
    d[1] = sel(y == 0, 0, (((1 - t1 * t6) / t0 * t4 + t1 * t9) * t4 + t7 * t9) * y + t7 * t4);
    d[2] = sel(y == 0, 0, -(t2 * t6 / t0 * y) + t2);
}
static inline void dd_second_loggamma(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = polygamma(0 + 1, x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_rgamma(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 1 - x;
    double t1 = polygamma(0, x);
    double t2 = polygamma(0, t0);
    d[0] = sel(x < 0.5, gamma(t0) * ((t2 * t2 + polygamma(1, t0) - PI2) * sinpi(x) / PI - 2 * t2 * cospi(x)), (t1 * t1 - polygamma(1, x)) / gamma(x));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_gammasgn(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_psi(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = polygamma(1 + 1, x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_beta(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = psidiff(x, y);
    double t1 = psidiff(y, x);
    double t2 = polygamma(1, x + y);
    double t3 = f * t1;
    d[0] = f * t0 * t0 + f * (polygamma(1, x) - t2);
    d[1] = t3 * t0 - f * t2;
    d[2] = t3 * t1 + f * (polygamma(1, y) - polygamma(1, y + x));
}
static inline void dd_second_betaln(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = polygamma(1, x + y);
    d[0] = polygamma(1, x) - t0;
    d[1] = -t0;
    d[2] = polygamma(1, y) - polygamma(1, y + x);
}
static inline void dd_second_poch(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = drgamma(x);
    double t1 = rgamma(x);
    double t2 = x + y;
    double t3 = 1 - x;
    double t4 = polygamma(0, x);
    double t5 = polygamma(1, x);
    double t6 = psidiff(x, y);
    double t7 = gamma(t2);
    double t8 = polygamma(0, t2);
    double t9 = polygamma(0, t3);
    double t10 = polygamma(1, t2);
    double t11 = polygamma(0 + 1, t2);
    double t12 = f * t8;
    double t13 = t11 * t1;
    double t14 = t0 + t8 * t1;
    double t15 = t7 * t8 * t14;
    d[0] = sel(f == 0, t15 + t7 * (sel(x < 0.5, gamma(t3) * ((t9 * t9 + polygamma(1, t3) - PI2) * sinpi(x) / PI - 2 * t9 * cospi(x)), (t4 * t4 - t5) / gamma(x)) + (t13 + t8 * t0)), -(sel(f == 0, t7 * t14, -f * t6) * t6) - f * (t5 - t10));
    d[1] = sel(f == 0, t15 + t7 * t13, -(t12 * t6) + f * t10);
    d[2] = t12 * t8 + f * t11;
}
static inline void dd_second_binom(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x + 1;
    double t1 = y + 1;
    double t2 = 0 + 1;
    double t3 = gamma(t0);
    double t4 = rgamma(t1);
    double t5 = drgamma(t1);
    double t6 = polygamma(0, t0);
    double t7 = x - y + 1;
    double t8 = polygamma(0, t1);
    double t9 = 1 - t1;
    double t10 = rgamma(t7);
    double t11 = drgamma(t7);
    double t12 = 1 - t7;
    double t13 = polygamma(0, t7);
    double t14 = polygamma(1, t7);
    double t15 = psidiff(t7, y);
    double t16 = polygamma(0, t9);
    double t17 = t3 * t4;
    double t18 = polygamma(0, t12);
    double t19 = polygamma(1, t7 + y);
    double t20 = t6 * t11;
    double t21 = t13 - t8;
    double t22 = t14 - t19;
    double t23 = t6 * t10 + t11;
    double t24 = sel(f == 0, t3 * (t10 * t5 - t4 * t11), f * t21);
    double t25 = sel(t7 < 0.5, gamma(t12) * ((t18 * t18 + polygamma(1, t12) - PI2) * sinpi(t7) / PI - 2 * t18 * cospi(t7)), (t13 * t13 - t14) / gamma(t7));
    d[0] = sel(f == 0, t3 * t6 * t4 * t23 + t17 * (polygamma(t2, t0) * t10 + t20 + t25), -(sel(f == 0, t17 * t23, -f * t15) * t15) - f * t22);
    d[1] = sel(f == 0, t3 * t5 * t23 + t17 * (-t20 - t25), -(t24 * t15) - f * (-t22 - t19));
    d[2] = sel(f == 0, t3 * (-(t11 * t5) + t10 * sel(t1 < 0.5, gamma(t9) * ((t16 * t16 + polygamma(1, t9) - PI2) * sinpi(t1) / PI - 2 * t16 * cospi(t1)), (t8 * t8 - polygamma(1, t1)) / gamma(t1)) - (t5 * t11 - t4 * t25)), t24 * t21 + f * (-polygamma(t2, t7) - polygamma(t2, t1)));
}
static inline void dd_second_gammainc(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x - 1;
    double t1 = gammapdf(x, y);
    d[0] = 0;
    d[1] = 0;
    d[2] = sel(y == 0, gammapdf(t0, y) - t1, t1 * (t0 - y) / y);
}
static inline void dd_second_gammaincc(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x - 1;
    double t1 = gammapdf(x, y);
    d[0] = 0;
    d[1] = 0;
    d[2] = -sel(y == 0, gammapdf(t0, y) - t1, t1 * (t0 - y) / y);
}
static inline void dd_second_gammaincinv(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = gammapdf(x, f);
    double t1 = x - 1;
    double t2 = 1 / t0;
    d[0] = 0;
    d[1] = 0;
    d[2] = -(t2 * (sel(f == 0, gammapdf(t1, f) - t0, t0 * (t1 - f) / f) * t2) / t0);
}
static inline void dd_second_gammainccinv(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = gammapdf(x, f);
    double t1 = x - 1;
    double t2 = -1 / t0;
    d[0] = 0;
    d[1] = 0;
    d[2] = -(t2 * (sel(f == 0, gammapdf(t1, f) - t0, t0 * (t1 - f) / f) * t2) / t0);
}
static inline void dd_second_chdtr(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 0.5 * y;
    double t1 = 0.5 * x;
    double t2 = t1 - 1;
    double t3 = gammapdf(t1, t0);
    d[0] = 0;
    d[1] = 0;
    d[2] = 0.5 * (sel(t0 == 0, gammapdf(t2, t0) - t3, t3 * (t2 - t0) / t0) * 0.5);
}
static inline void dd_second_chdtrc(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 0.5 * y;
    double t1 = 0.5 * x;
    double t2 = t1 - 1;
    double t3 = gammapdf(t1, t0);
    d[0] = 0;
    d[1] = 0;
    d[2] = -(0.5 * (sel(t0 == 0, gammapdf(t2, t0) - t3, t3 * (t2 - t0) / t0) * 0.5));
}
static inline void dd_second_chdtri(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 0.5 * x;
    double t1 = 0.5 * f;
    double t2 = t0 - 1;
    double t3 = gammapdf(t0, t1);
    double t4 = -2 / t3;
    d[0] = 0;
    d[1] = 0;
    d[2] = -(t4 * (sel(t1 == 0, gammapdf(t2, t1) - t3, t3 * (t2 - t1) / t1) * (0.5 * t4)) / t3);
}
static inline void dd_second_pdtr(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = floor(x) + 1;
    double t1 = t0 - 1;
    double t2 = gammapdf(t0, y);
    d[0] = 0;
    d[1] = 0;
    d[2] = -sel(y == 0, gammapdf(t1, y) - t2, t2 * (t1 - y) / y);
}
static inline void dd_second_pdtrc(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = floor(x) + 1;
    double t1 = t0 - 1;
    double t2 = gammapdf(t0, y);
    d[0] = 0;
    d[1] = 0;
    d[2] = sel(y == 0, gammapdf(t1, y) - t2, t2 * (t1 - y) / y);
}
static inline void dd_second_stdtr(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = -tpdf(x, y) * (x + 1) * y / (x + y * y);
}
static inline void dd_second_stdtrit(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = tpdf(x, f);
    double t1 = 1 / t0;
    d[0] = 0;
    d[1] = 0;
    d[2] = -(t1 * (-t0 * (x + 1) * f / (x + f * f) * t1) / t0);
}
static inline void dd_second__zeta(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x + 1;
    d[0] = 0;
    d[1] = 0;
    d[2] = -(x * (-t0 * _zeta(t0 + 1, y)));
}
static inline void dd_second__riemann_zeta(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_zetac(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_expi(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = exp(x);
    d[0] = (t0 - t0 / x) / x;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_exp1(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = exp(-x);
    d[0] = (t0 - -t0 / x) / x;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_expn(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = trunc(x);
    double t1 = exp(-y);
    double t2 = 1 / y;
    double t3 = 1 + t2;
    double t4 = trunc(t0 - 1);
    double t5 = -t1 / y;
    d[0] = 0;
    d[1] = 0;
    d[2] = sel(t0 == 0, (t1 - t5) / y * t3 - t5 * (t2 / y), -sel(t4 == 0, t5 * t3, -expn(t4 - 1, y)));
}
static inline void dd_second_spence(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 1 - x;
    double t1 = 0 + 1;
    d[0] = sel(x < 0.5, (1 / x + log(x) / t0) / t0, -(-t1 * log1p_moment(t1, x - 1)));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_wrightomega(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 1 + f;
    double t1 = f / t0;
    d[0] = (t1 - t1 * t1) / t0;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_ellipk(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = ellipk_n(1 + 1, 1 - x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_ellipkm1(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = ellipk_n(1 + 1, x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_ellipe(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = ellipe_n(1 + 1, 1 - x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_ellipkinc(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = cos(x);
    double t1 = sin(x);
    double t2 = 1 - y;
    double t3 = t2 * t1;
    double t4 = sqrt(t0 * t0 + t3 * t1);
    d[0] = -(1 / t4 * (0.5 / t4 * (-(t1 * t0) - t0 * t1 + (t2 * t0 * t1 + t3 * t0))) / t4);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_ellipeinc(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = cos(x);
    double t1 = sin(x);
    double t2 = 1 - y;
    double t3 = t2 * t1;
    d[0] = 0.5 / sqrt(t0 * t0 + t3 * t1) * (-(t1 * t0) - t0 * t1 + (t2 * t0 * t1 + t3 * t0));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_j0(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -sel(absolute(x) < 0.1, 0.5 * (f - jv(2, x)), f - j1(x) / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_j1(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = -f;
    double t1 = j0(x);
    double t2 = f / x;
    d[0] = sel(absolute(x) < 0.1, 0.5 * (t0 - 0.5 * (jv(2 - 1, x) - jv(2 + 1, x))), t0 - (sel(absolute(x) < 0.1, 0.5 * (t1 - jv(2, x)), t1 - t2) - t2) / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_y0(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -(f - y1(x) / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_y1(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = f / x;
    d[0] = -f - (y0(x) - t0 - t0) / x;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_i0(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = sel(absolute(x) < 0.1, 0.5 * (f + iv(2, x)), f - i1(x) / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_i1(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = i0(x);
    double t1 = f / x;
    d[0] = sel(absolute(x) < 0.1, 0.5 * (f + 0.5 * (iv(2 - 1, x) + iv(2 + 1, x))), f - (sel(absolute(x) < 0.1, 0.5 * (t0 + iv(2, x)), t0 - t1) - t1) / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_k0(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -(-f - k1(x) / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_k1(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = f / x;
    d[0] = f - (-k0(x) - t0 - t0) / x;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_i0e(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0.5 * (ive_slope(0 - 1, x) + ive_slope(0 + 1, x)) - sign(x) * ive_slope(0, x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_i1e(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0.5 * (ive_slope(1 - 1, x) + ive_slope(1 + 1, x)) - sign(x) * ive_slope(1, x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_k0e(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = kve_slope(0, x) - 0.5 * (kve_slope(0 - 1, x) + kve_slope(0 + 1, x));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_k1e(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = kve_slope(1, x) - 0.5 * (kve_slope(1 - 1, x) + kve_slope(1 + 1, x));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_jv(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x - 1;
    double t1 = x + 1;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0.5 * (0.5 * (jv(t0 - 1, y) - jv(t0 + 1, y)) - 0.5 * (jv(t1 - 1, y) - jv(t1 + 1, y)));
}
static inline void dd_second_jve(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x - 1;
    double t1 = x + 1;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0.5 * (0.5 * (jve(t0 - 1, y) - jve(t0 + 1, y)) - 0.5 * (jve(t1 - 1, y) - jve(t1 + 1, y)));
}
static inline void dd_second_yn(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = trunc(x);
    double t1 = trunc(t0 - 1);
    double t2 = trunc(t0 + 1);
    d[0] = 0;
    d[1] = 0;
    d[2] = 0.5 * (0.5 * (yn(t1 - 1, y) - yn(t1 + 1, y)) - 0.5 * (yn(t2 - 1, y) - yn(t2 + 1, y)));
}
static inline void dd_second_yv(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x - 1;
    double t1 = x + 1;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0.5 * (0.5 * (yv(t0 - 1, y) - yv(t0 + 1, y)) - 0.5 * (yv(t1 - 1, y) - yv(t1 + 1, y)));
}
static inline void dd_second_yve(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x - 1;
    double t1 = x + 1;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0.5 * (0.5 * (yve(t0 - 1, y) - yve(t0 + 1, y)) - 0.5 * (yve(t1 - 1, y) - yve(t1 + 1, y)));
}
static inline void dd_second_iv(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x - 1;
    double t1 = x + 1;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0.5 * (0.5 * (iv(t0 - 1, y) + iv(t0 + 1, y)) + 0.5 * (iv(t1 - 1, y) + iv(t1 + 1, y)));
}
static inline void dd_second_ive(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = 0.5 * (ive_slope(x - 1, y) + ive_slope(x + 1, y)) - sign(y) * ive_slope(x, y);
}
static inline void dd_second_kn(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = trunc(x);
    double t1 = trunc(t0 + 1);
    double t2 = trunc(absolute(t0 - 1));
    d[0] = 0;
    d[1] = 0;
    d[2] = -(0.5 * (-0.5 * (kn(absolute(t2 - 1), y) + kn(t2 + 1, y)) + -0.5 * (kn(absolute(t1 - 1), y) + kn(t1 + 1, y))));
}
static inline void dd_second_kv(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x - 1;
    double t1 = x + 1;
    d[0] = 0;
    d[1] = 0;
    d[2] = -(0.5 * (-0.5 * (kv(t0 - 1, y) + kv(t0 + 1, y)) + -0.5 * (kv(t1 - 1, y) + kv(t1 + 1, y))));
}
static inline void dd_second_kve(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = kve_slope(x, y) - 0.5 * (kve_slope(x - 1, y) + kve_slope(x + 1, y));
}
static inline void dd_second_hyp0f1(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x + 1;
    d[0] = 0;
    d[1] = 0;
    d[2] = hyp0f1(t0 + 1, y) / t0 / x;
}
static inline void dd_second_ber(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = sel(x == 0, 0, -bei(x) - berp(x) / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_bei(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = sel(x == 0, 0.5, ber(x) - beip(x) / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_ker(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -kei(x) - kerp(x) / x;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_kei(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = ker(x) - keip(x) / x;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_berp(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = f / x;
    d[0] = sel(x == 0, 0, -beip(x) - (sel(x == 0, 0, -bei(x) - t0) - t0) / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_beip(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = f / x;
    d[0] = sel(x == 0, 0, berp(x) - (sel(x == 0, 0.5, ber(x) - t0) - t0) / x);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_kerp(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = f / x;
    d[0] = -keip(x) - (-kei(x) - t0 - t0) / x;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_keip(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = f / x;
    d[0] = kerp(x) - (ker(x) - t0 - t0) / x;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_erfinv_slope(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 2 * y;
    double t1 = t0 * f;
    double t2 = t1 * f;
    d[0] = t0 * t2 * f + t1 * t2;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_erfcinv_slope(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 2 * y;
    double t1 = t0 * f;
    double t2 = t1 * f;
    d[0] = t0 * t2 * f + t1 * t2;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_ndtri_slope(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = y * f;
    double t1 = t0 * f;
    d[0] = y * t1 * f + t0 * t1;
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_antigauss(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 2 * x;
    d[0] = 2 * f + t0 * (t0 * f);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_normal(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -f - x * (-x * f);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_mills(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = -f;
    double t1 = mills_excess(x);
    double t2 = x + f;
    double t3 = sel(x < -1.5, t0 * t1, t0 * t2);
    d[0] = sel(x < -1.5, -(t3 * t1) - f * (1 - t1 * (t1 - x)), -(t3 * t2) - f * (1 + t3));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_mills_excess(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = f - x;
    double t1 = 1 - f * t0;
    d[0] = -(t1 * t0 + f * (t1 - 1));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_dawsn_n(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = dawsn_n(x + 1 + 1, y);
}
static inline void dd_second_expmoment(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = expmoment(x + 1 + 1, y);
}
static inline void dd_second_log1p_moment(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x + 1;
    double t1 = t0 + 1;
    d[0] = 0;
    d[1] = 0;
    d[2] = -(t0 * (-t1 * log1p_moment(t1, y)));
}
static inline void dd_second_logratio(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -(1 / x / x);
    d[1] = 0;
    d[2] = -(-1 / y / y);
}
static inline void dd_second_sinpi(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = PI * (-PI * f);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_cospi(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = -(PI * (PI * f));
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_psidiff(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = 1 + 1;
    double t1 = polygamma(t0, x + y);
    double t2 = -t1;
    d[0] = polygamma(t0, x) - t1;
    d[1] = t2;
    d[2] = t2;
}
static inline void dd_second_drgamma(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = sinpi(x);
    double t1 = cospi(x);
    double t2 = gamma(x);
    double t3 = 1 - x;
    double t4 = 0 + 1;
    double t5 = 1 + 1;
    double t6 = polygamma(0, x);
    double t7 = gamma(t3);
    double t8 = polygamma(0, t3);
    double t9 = polygamma(t4, x);
    double t10 = 2 * t8;
    double t11 = polygamma(t4, t3);
    double t12 = t8 * t8 + polygamma(1, t3) - PI2;
    d[0] = sel(x < 0.5, -(t7 * t8 * (t12 * t0 / PI - t10 * t1)) + t7 * (((-(t11 * t8) - t8 * t11 - polygamma(t5, t3)) * t0 + t12 * (PI * t1)) / PI - (-(2 * t11 * t1) + t10 * (-PI * t0))), (t9 * t6 + t6 * t9 - polygamma(t5, x) - (t6 * t6 - polygamma(1, x)) / t2 * (t2 * t6)) / t2);
    d[1] = 0;
    d[2] = 0;
}
static inline void dd_second_gammapdf(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x - 1;
    double t1 = gammapdf(t0, y);
    double t2 = t0 - y;
    double t3 = t0 - 1;
    double t4 = log(y) - polygamma(0, x);
    double t5 = f * t2 / y;
    double t6 = sel(y == 0, t1 - f, t5);
    d[0] = f * t4 * t4 - f * polygamma(0 + 1, x);
    d[1] = t6 * t4 + f * (1 / y);
    d[2] = sel(y == 0, sel(y == 0, gammapdf(t3, y) - t1, t1 * (t3 - y) / y) - t6, (t6 * t2 - f - t5) / y);
}
static inline void dd_second_tpdf(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x + 1;
    double t1 = x + y * y;
    double t2 = -f * t0;
    double t3 = t2 * y / t1;
    d[0] = 0;
    d[1] = 0;
    d[2] = (-(t3 * t0 * y) + t2 - t3 * (y + y)) / t1;
}
static inline void dd_second_ellipk_n(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = ellipk_n(x + 1 + 1, y);
}
static inline void dd_second_ellipe_n(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    d[0] = 0;
    d[1] = 0;
    d[2] = ellipe_n(x + 1 + 1, y);
}
static inline void dd_second_ive_slope(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = sign(y);
    double t1 = x - 1;
    double t2 = x + 1;
    double t3 = ive_slope(t1, y);
    double t4 = ive_slope(t2, y);
    d[0] = 0;
    d[1] = 0;
    d[2] = 0.5 * (0.5 * (ive_slope(t1 - 1, y) + ive_slope(t1 + 1, y)) - t0 * t3 + (0.5 * (ive_slope(t2 - 1, y) + ive_slope(t2 + 1, y)) - t0 * t4)) - t0 * (0.5 * (t3 + t4) - t0 * f);
}
static inline void dd_second_kve_slope(double x, double y, double f, double *d)
{
    (void) x; (void) y; (void) f;
    double t0 = x - 1;
    double t1 = x + 1;
    double t2 = kve_slope(t0, y);
    double t3 = kve_slope(t1, y);
    d[0] = 0;
    d[1] = 0;
    d[2] = f - 0.5 * (t2 + t3) - 0.5 * (t2 - 0.5 * (kve_slope(t0 - 1, y) + kve_slope(t0 + 1, y)) + (t3 - 0.5 * (kve_slope(t1 - 1, y) + kve_slope(t1 + 1, y))));
}
static const dd_second_rule dd_second[] = {
    {dd_second_negative, {"0", "0", "0"}},
    {dd_second_positive, {"0", "0", "0"}},
    {dd_second_absolute, {"0", "0", "0"}},
    {dd_second_sign, {"0", "0", "0"}},
    {dd_second_floor, {"0", "0", "0"}},
    {dd_second_ceil, {"0", "0", "0"}},
    {dd_second_trunc, {"0", "0", "0"}},
    {dd_second_rint, {"0", "0", "0"}},
    {dd_second_conjugate, {"0", "0", "0"}},
    {dd_second_square, {"2", "0", "0"}},
    {dd_second_sqrt, {"-(0.5 / f * (0.5 / f) / f)", "0", "0"}},
    {dd_second_cbrt, {"-(1 / (3 * f * f) * (3 * (1 / (3 * f * f)) * f + 3 * f * (1 / (3 * f * f))) / (3 * f * f))", "0", "0"}},
    {dd_second_reciprocal, {"-(-f * f * f) - f * (-f * f)", "0", "0"}},
    {dd_second_exp, {"f", "0", "0"}},
    {dd_second_exp2, {"LN2 * (LN2 * f)", "0", "0"}},
    {dd_second_expm1, {"exp(x)", "0", "0"}},
    {dd_second_log, {"-(1 / x / x)", "0", "0"}},
    {dd_second_log2, {"-(INV_LN2 / x / x)", "0", "0"}},
    {dd_second_log10, {"-(INV_LN10 / x / x)", "0", "0"}},
    {dd_second_log1p, {"-(1 / (1 + x) / (1 + x))", "0", "0"}},
    {dd_second_sin, {"-f", "0", "0"}},
    {dd_second_cos, {"-f", "0", "0"}},
    {dd_second_tan, {"(1 + f * f) * f + f * (1 + f * f)", "0", "0"}},
    {dd_second_arcsin, {"-(1 / sqrt((1 - x) * (1 + x)) * (0.5 / sqrt((1 - x) * (1 + x)) * (-(1 + x) + (1 - x))) / sqrt((1 - x) * (1 + x)))", "0", "0"}},
    {dd_second_arccos, {"-(-1 / sqrt((1 - x) * (1 + x)) * (0.5 / sqrt((1 - x) * (1 + x)) * (-(1 + x) + (1 - x))) / sqrt((1 - x) * (1 + x)))", "0", "0"}},
    {dd_second_arctan, {"sel(x * x < 1e+30, -(1 / (1 + x * x) * (x + x) / (1 + x * x)), (-(1 / x / x) - 1 / x / x) / x)", "0", "0"}},
    {dd_second_sinh, {"f", "0", "0"}},
    {dd_second_cosh, {"f", "0", "0"}},
    {dd_second_tanh, {"-2 * sech2(x) * f", "0", "0"}},
    {dd_second_arcsinh, {"-(1 / hypot(x, 1) * sel(hypot(x, 1) == 0, 0, x / hypot(x, 1)) / hypot(x, 1))", "0", "0"}},
    {dd_second_arccosh, {"-(1 / (sqrt(x - 1) * sqrt(x + 1)) * (0.5 / sqrt(x - 1) * sqrt(x + 1) + sqrt(x - 1) * (0.5 / sqrt(x + 1))) / (sqrt(x - 1) * sqrt(x + 1)))", "0", "0"}},
    {dd_second_arctanh, {"-(1 / ((1 - x) * (1 + x)) * (-(1 + x) + (1 - x)) / ((1 - x) * (1 + x)))", "0", "0"}},
    {dd_second_radians, {"0", "0", "0"}},
    {dd_second_degrees, {"0", "0", "0"}},
    {dd_second_sinc, {"-(PI2 * sincn(1, x)) + -PI2 * x * (-PI2 * x * sincn(1 + 1, x))", "0", "0"}},
    {dd_second_erf, {"TWO_SQRTPI * (-2 * x * gauss(x))", "0", "0"}},
    {dd_second_erfc, {"-(TWO_SQRTPI * (-2 * x * gauss(x)))", "0", "0"}},
    {dd_second_gamma, {"f * polygamma(0, x) * polygamma(0, x) + f * polygamma(0 + 1, x)", "0", "0"}},
    {dd_second_gammaln, {"polygamma(0 + 1, x)", "0", "0"}},
    {dd_second_modf_fraction, {"0", "0", "0"}},
    {dd_second_frexp_mantissa, {"sel(x == 0, 0, (sel(x == 0, 1, f / x) - f / x) / x)", "0", "0"}},
    {dd_second_add, {"0", "0", "0"}},
    {dd_second_subtract, {"0", "0", "0"}},
    {dd_second_multiply, {"0", "1", "0"}},
    {dd_second_divide, {"0", "-(1 / y / y)", "(-(-f / y) - -f / y) / y"}},
    {dd_second_power, {"sel(absolute(x) <= 6e-309, sel(y == 0, 0, y * sel(x == 0, sel(y == 1, 0, (y - 1) * powm1(x, y - 1)), (y - 1) * powm1(x, y) / x)), y * sel(x == 0, sel(y == 1, 0, (y - 1) * powm1(x, y - 1)), (y - 1) * powm1(x, y) / x))", "sel(absolute(x) <= 6e-309, sel(y == 0, 0, powm1(x, y) + y * sel(x == 0, powlog(x, y - 1), sel(powm1(x, y) == 0, 0, powm1(x, y) * log(x)))), powm1(x, y) + y * sel(x == 0, powlog(x, y - 1), sel(powm1(x, y) == 0, 0, powm1(x, y) * log(x))))", "sel(x == 0, sel(powlog(x, y) == 0, 0, powlog(x, y) * log(x)), sel(f == 0, 0, sel(x == 0, powlog(x, y), sel(f == 0, 0, f * log(x))) * log(x)))"}},
    {dd_second_remainder, {"0", "0", "0"}},
    {dd_second_fmod, {"0", "0", "0"}},
    {dd_second_floor_divide, {"0", "0", "0"}},
    {dd_second_maximum, {"sel(x == y, 0, sel(x > y, 0, sel(x < y, 0, sel(x == y, 0.5, sel(x > y, 1, sel(x < y, 0, f))))))", "sel(x == y, 0, sel(x > y, 0, sel(x < y, 0, sel(x == y, 0.5, sel(y > x, 1, sel(y < x, 0, f))))))", "sel(x == y, 0, sel(y > x, 0, sel(y < x, 0, sel(x == y, 0.5, sel(y > x, 1, sel(y < x, 0, f))))))"}},
    {dd_second_minimum, {"sel(x == y, 0, sel(x < y, 0, sel(x > y, 0, sel(x == y, 0.5, sel(x < y, 1, sel(x > y, 0, f))))))", "sel(x == y, 0, sel(x < y, 0, sel(x > y, 0, sel(x == y, 0.5, sel(y < x, 1, sel(y > x, 0, f))))))", "sel(x == y, 0, sel(y < x, 0, sel(y > x, 0, sel(x == y, 0.5, sel(y < x, 1, sel(y > x, 0, f))))))"}},
    {dd_second_fmax, {"sel(x == y, 0, sel(x > y, 0, sel(y == y, 0, sel(x == x, 0, sel(x == y, 0.5, sel(x > y, 1, sel(y == y, 0, sel(x == x, 1, f))))))))", "sel(x == y, 0, sel(x > y, 0, sel(y == y, 0, sel(x == x, 0, sel(x == y, 0.5, sel(y > x, 1, sel(x == x, 0, sel(y == y, 1, f))))))))", "sel(x == y, 0, sel(y > x, 0, sel(x == x, 0, sel(y == y, 0, sel(x == y, 0.5, sel(y > x, 1, sel(x == x, 0, sel(y == y, 1, f))))))))"}},
    {dd_second_fmin, {"sel(x == y, 0, sel(x < y, 0, sel(y == y, 0, sel(x == x, 0, sel(x == y, 0.5, sel(x < y, 1, sel(y == y, 0, sel(x == x, 1, f))))))))", "sel(x == y, 0, sel(x < y, 0, sel(y == y, 0, sel(x == x, 0, sel(x == y, 0.5, sel(y < x, 1, sel(x == x, 0, sel(y == y, 1, f))))))))", "sel(x == y, 0, sel(y < x, 0, sel(x == x, 0, sel(y == y, 0, sel(x == y, 0.5, sel(y < x, 1, sel(x == x, 0, sel(y == y, 1, f))))))))"}},
    {dd_second_hypot, {"sel(f == 0, 0, (1 - x / f * sel(f == 0, 0, x / f)) / f)", "sel(f == 0, 0, -(x / f * sel(f == 0, 0, y / f) / f))", "sel(f == 0, 0, (1 - y / f * sel(f == 0, 0, y / f)) / f)"}},
    {dd_second_arctan2, {"(-(y / hypot(x, y) * sel(hypot(x, y) == 0, 0, x / hypot(x, y)) / hypot(x, y)) - y / hypot(x, y) / hypot(x, y) * sel(hypot(x, y) == 0, 0, x / hypot(x, y))) / hypot(x, y)", "((1 - y / hypot(x, y) * sel(hypot(x, y) == 0, 0, y / hypot(x, y))) / hypot(x, y) - y / hypot(x, y) / hypot(x, y) * sel(hypot(x, y) == 0, 0, y / hypot(x, y))) / hypot(x, y)", "(-(-x / hypot(x, y) * sel(hypot(x, y) == 0, 0, y / hypot(x, y)) / hypot(x, y)) - -x / hypot(x, y) / hypot(x, y) * sel(hypot(x, y) == 0, 0, y / hypot(x, y))) / hypot(x, y)"}},
    {dd_second_logaddexp, {"expit2(x, y) * expit2(y, x)", "-expit2(x, y) * expit2(y, x)", "expit2(y, x) * expit2(x, y)"}},
    {dd_second_logaddexp2, {"LN2 * exp2it2(x, y) * exp2it2(y, x)", "-LN2 * exp2it2(x, y) * exp2it2(y, x)", "LN2 * exp2it2(y, x) * exp2it2(x, y)"}},
    {dd_second_copysign, {"0", "0", "0"}},
    {dd_second_heaviside, {"0", "0", "0"}},
    {dd_second_ldexp, {"0", "0", "0"}},
    {dd_second_sech2, {"-(2 * (-2 * f * tanh(x)) * tanh(x)) + -2 * f * f", "0", "0"}},
    {dd_second_expit2, {"f * expit2(y, x) * expit2(y, x) + f * (-expit2(y, x) * f)", "-f * expit2(y, x) * expit2(y, x) + f * (expit2(y, x) * f)", "-(-f * expit2(y, x) * expit2(y, x)) - f * (expit2(y, x) * f)"}},
    {dd_second_exp2it2, {"LN2 * (LN2 * f * exp2it2(y, x)) * exp2it2(y, x) + LN2 * f * (-LN2 * exp2it2(y, x) * f)", "LN2 * (-LN2 * f * exp2it2(y, x)) * exp2it2(y, x) + LN2 * f * (LN2 * exp2it2(y, x) * f)", "-(LN2 * (-LN2 * f * exp2it2(y, x)) * exp2it2(y, x)) + -LN2 * f * (LN2 * exp2it2(y, x) * f)"}},
    {dd_second_sincn, {"0", "0", "-(PI2 * sincn(x + 1, y)) + -PI2 * y * (-PI2 * y * sincn(x + 1 + 1, y))"}},
    {dd_second_powm1, {"sel(x == 0, sel(y == 1, 0, (y - 1) * sel(x == 0, sel(y - 1 == 1, 0, (y - 1 - 1) * powm1(x, y - 1 - 1)), (y - 1 - 1) * powm1(x, y - 1) / x)), ((y - 1) * sel(x == 0, sel(y == 1, 0, (y - 1) * powm1(x, y - 1)), (y - 1) * f / x) - (y - 1) * f / x) / x)", "sel(x == 0, sel(y == 1, 0, powm1(x, y - 1) + (y - 1) * sel(x == 0, powlog(x, y - 1 - 1), sel(powm1(x, y - 1) == 0, 0, powm1(x, y - 1) * log(x)))), (f + (y - 1) * sel(x == 0, powlog(x, y - 1), sel(f == 0, 0, f * log(x)))) / x)", "sel(x == 0, sel(powlog(x, y - 1) == 0, 0, powlog(x, y - 1) * log(x)), sel(f == 0, 0, sel(x == 0, powlog(x, y - 1), sel(f == 0, 0, f * log(x))) * log(x)))"}},
    {dd_second_powlog, {"sel(x == 0, y * sel(x == 0, (y - 1) * powlog(x, y - 1 - 1) + powm1(x, y - 1), powm1(x, y - 1) * ((y - 1) * log(x) + 1)) + sel(x == 0, sel(y == 1, 0, (y - 1) * powm1(x, y - 1)), (y - 1) * powm1(x, y) / x), sel(x == 0, sel(y == 1, 0, (y - 1) * powm1(x, y - 1)), (y - 1) * powm1(x, y) / x) * (y * log(x) + 1) + powm1(x, y) * (y * (1 / x)))", "sel(x == 0, powlog(x, y - 1) + y * sel(powlog(x, y - 1) == 0, 0, powlog(x, y - 1) * log(x)) + sel(x == 0, powlog(x, y - 1), sel(powm1(x, y) == 0, 0, powm1(x, y) * log(x))), sel(x == 0, powlog(x, y - 1), sel(powm1(x, y) == 0, 0, powm1(x, y) * log(x))) * (y * log(x) + 1) + powm1(x, y) * log(x))", "sel(f == 0, 0, sel(f == 0, 0, f * log(x)) * log(x))"}},
    {dd_second_gauss, {"-(2 * f) + -2 * x * (-2 * x * f)", "0", "0"}},
    {dd_second_polygamma, {"0", "0", "polygamma(x + 1 + 1, y)"}},
    {dd_second_erfinv, {"2 * f * erfinv_slope(x, f) * erfinv_slope(x, f)", "0", "0"}},
    {dd_second_erfcinv, {"2 * f * erfcinv_slope(x, f) * erfcinv_slope(x, f)", "0", "0"}},
    {dd_second_erfcx, {"sel(x > 1.1, -(SQRT2 * sel(x > 1.1, -SQRT2 * f * mills_excess(-SQRT2 * x), 2 * x * f - TWO_SQRTPI) * mills_excess(-SQRT2 * x)) - -SQRT2 * f * ((1 - mills_excess(-SQRT2 * x) * (mills_excess(-SQRT2 * x) - -SQRT2 * x)) * SQRT2), 2 * f + 2 * x * sel(x > 1.1, -SQRT2 * f * mills_excess(-SQRT2 * x), 2 * x * f - TWO_SQRTPI))", "0", "0"}},
    {dd_second_erfi, {"TWO_SQRTPI * (2 * x * antigauss(x))", "0", "0"}},
    {dd_second_dawsn, {"dawsn_n(1 + 1, x)", "0", "0"}},
    {dd_second_ndtr, {"-x * normal(x)", "0", "0"}},
    {dd_second_log_ndtr, {"sel(x < -1.5, -mills(x) * mills_excess(x), -mills(x) * (x + mills(x)))", "0", "0"}},
    {dd_second_ndtri, {"f * ndtri_slope(x, f) * ndtri_slope(x, f)", "0", "0"}},
    {dd_second_ndtri_exp, {"-(1 / mills(f) * (sel(f < -1.5, -mills(f) * mills_excess(f), -mills(f) * (f + mills(f))) * (1 / mills(f))) / mills(f))", "0", "0"}},
    {dd_second_owens_t, {"-(0.5 * (-x * normal(x)) * erf(SQRT1_2 * x * y)) + -0.5 * normal(x) * (TWO_SQRTPI * gauss(SQRT1_2 * x * y) * (SQRT1_2 * y))", "-0.5 * normal(x) * (TWO_SQRTPI * gauss(SQRT1_2 * x * y) * (SQRT1_2 * x))", "(normal(x) * (-(x * y) * normal(x * y) * x) - normal(x) * normal(x * y) / (1 + y * y) * (y + y)) / (1 + y * y)"}},
    {dd_second_expit, {"f * expit2(0, x) * expit2(0, x) + f * (-expit2(0, x) * expit2(x, 0))", "0", "0"}},
    {dd_second_log_expit, {"-expit2(0, x) * expit2(x, 0)", "0", "0"}},
    {dd_second_logit, {"-(1 / (x * (1 - x)) * (1 - x - x) / (x * (1 - x)))", "0", "0"}},
    {dd_second_exprel, {"expmoment(1 + 1, x)", "0", "0"}},
    {dd_second_special_exp2, {"LN2 * (LN2 * f)", "0", "0"}},
    {dd_second_exp10, {"LN10 * (LN10 * f)", "0", "0"}},
    {dd_second_special_expm1, {"exp(x)", "0", "0"}},
    {dd_second_special_log1p, {"-(1 / (1 + x) / (1 + x))", "0", "0"}},
    {dd_second_special_cbrt, {"-(1 / (3 * f * f) * (3 * (1 / (3 * f * f)) * f + 3 * f * (1 / (3 * f * f))) / (3 * f * f))", "0", "0"}},
    {dd_second_cosm1, {"-cos(x)", "0", "0"}},
    {dd_second_sindg, {"DEGREE * (-DEGREE * f)", "0", "0"}},
    {dd_second_cosdg, {"-(DEGREE * (DEGREE * f))", "0", "0"}},
    {dd_second_tandg, {"-(DEGREE / (cosdg(x) * cosdg(x)) * (-DEGREE * sindg(x) * cosdg(x) + cosdg(x) * (-DEGREE * sindg(x))) / (cosdg(x) * cosdg(x)))", "0", "0"}},
    {dd_second_cotdg, {"-(-DEGREE / (sindg(x) * sindg(x)) * (DEGREE * cosdg(x) * sindg(x) + sindg(x) * (DEGREE * cosdg(x))) / (sindg(x) * sindg(x)))", "0", "0"}},
    {dd_second_special_powm1, {"sel(absolute(x) <= 6e-309, sel(y == 0, 0, y * sel(x == 0, sel(y == 1, 0, (y - 1) * powm1(x, y - 1)), (y - 1) * powm1(x, y) / x)), y * sel(x == 0, sel(y == 1, 0, (y - 1) * powm1(x, y - 1)), (y - 1) * powm1(x, y) / x))", "sel(absolute(x) <= 6e-309, sel(y == 0, 0, powm1(x, y) + y * sel(x == 0, powlog(x, y - 1), sel(powm1(x, y) == 0, 0, powm1(x, y) * log(x)))), powm1(x, y) + y * sel(x == 0, powlog(x, y - 1), sel(powm1(x, y) == 0, 0, powm1(x, y) * log(x))))", "sel(powlog(x, y) == 0, 0, powlog(x, y) * log(x))"}},
    {dd_second_xlogy, {"0", "1 / y", "sel(x == 0, 0, -(x / y / y))"}},
    {dd_second_xlog1py, {"0", "1 / (1 + y)", "sel(x == 0, 0, -(x / (1 + y) / (1 + y)))"}},
    {dd_second_boxcox, {"sel(x == 0, sel(y == 1, 0, (y - 1) * powm1(x, y - 1)), (y - 1) * powm1(x, y) / x)", "sel(x == 0, powlog(x, y - 1), sel(powm1(x, y) == 0, 0, powm1(x, y) * log(x)))", "sel(x == 0, -(1 / (y * y) * (y + y) / (y * y)), log(x) * log(x) * (expmoment(1 + 1, y * log(x)) * log(x)))"}},
    {dd_second_boxcox1p, {"sel(1 + x == 0, sel(y == 1, 0, (y - 1) * powm1(1 + x, y - 1)), (y - 1) * powm1(1 + x, y) / (1 + x))", "sel(1 + x == 0, powlog(1 + x, y - 1), sel(powm1(1 + x, y) == 0, 0, powm1(1 + x, y) * log(1 + x)))", "sel(x == -1, -(1 / (y * y) * (y + y) / (y * y)), log1p(x) * log1p(x) * (expmoment(1 + 1, y * log1p(x)) * log1p(x)))"}},
    {dd_second_inv_boxcox, {"(f / (1 + x * y) - f / (1 + x * y) * y) / (1 + x * y)", "(-f * x * x * log1p_moment(1, x * y) - f / (1 + x * y) * x) / (1 + x * y)", "-(-f * x * x * log1p_moment(1, x * y) * x * x * log1p_moment(1, x * y)) + -f * x * x * (-(1 + 1) * log1p_moment(1 + 1, x * y) * x)"}},
    {dd_second_inv_boxcox1p, {"(inv_boxcox(x, y) / (1 + x * y) - inv_boxcox(x, y) / (1 + x * y) * y) / (1 + x * y)", "(-inv_boxcox(x, y) * x * x * log1p_moment(1, x * y) - inv_boxcox(x, y) / (1 + x * y) * x) / (1 + x * y)", "-(-inv_boxcox(x, y) * x * x * log1p_moment(1, x * y) * x * x * log1p_moment(1, x * y)) + -inv_boxcox(x, y) * x * x * (-(1 + 1) * log1p_moment(1 + 1, x * y) * x)"}},
    {dd_second_entr, {"-(1 / x)", "0", "0"}},
    {dd_second_rel_entr, {"1 / x", "-1 / y", "sel(x == 0, 0, -(-x / y / y))"}},
    {dd_second_kl_div, {"1 / x", "-1 / y", "sel(x == 0, 0, (1 - (y - x) / y) / y)"}},
    {dd_second_huber, {"-sel(absolute(y) - x == 0, 0.5, sel(absolute(y) - x > 0, 1, sel(absolute(y) - x < 0, 0, maximum(absolute(y) - x, 0))))", "sel(absolute(y) - x == 0, 0.5, sel(absolute(y) - x > 0, 1, sel(absolute(y) - x < 0, 0, maximum(absolute(y) - x, 0)))) * sign(y)", "sel(minimum(y, x) == -x, 0.5, sel(minimum(y, x) > -x, 1, sel(minimum(y, x) < -x, 0, maximum(minimum(y, x), -x)))) * sel(y == x, 0.5, sel(y < x, 1, sel(y > x, 0, minimum(y, x))))"}},
    {dd_second_pseudo_huber, {"sel(y == 0, 0, ((-(y / hypot(x, y) * sel(hypot(x, y) == 0, 0, x / hypot(x, y)) / hypot(x, y) * (y / (hypot(x, y) + x))) - y / hypot(x, y) * (y / (hypot(x, y) + x) * (sel(hypot(x, y) == 0, 0, x / hypot(x, y)) + 1) / (hypot(x, y) + x))) * (y / (hypot(x, y) + x)) - y / hypot(x, y) * (y / (hypot(x, y) + x)) * (y / (hypot(x, y) + x) * (sel(hypot(x, y) == 0, 0, x / hypot(x, y)) + 1) / (hypot(x, y) + x))) * y)", "sel(y == 0, 0, (((1 - y / hypot(x, y) * sel(hypot(x, y) == 0, 0, y / hypot(x, y))) / hypot(x, y) * (y / (hypot(x, y) + x)) + y / hypot(x, y) * ((1 - y / (hypot(x, y) + x) * sel(hypot(x, y) == 0, 0, y / hypot(x, y))) / (hypot(x, y) + x))) * (y / (hypot(x, y) + x)) + y / hypot(x, y) * (y / (hypot(x, y) + x)) * ((1 - y / (hypot(x, y) + x) * sel(hypot(x, y) == 0, 0, y / hypot(x, y))) / (hypot(x, y) + x))) * y + y / hypot(x, y) * (y / (hypot(x, y) + x)) * (y / (hypot(x, y) + x)))", "sel(y == 0, 0, -(x / hypot(x, y) * sel(hypot(x, y) == 0, 0, y / hypot(x, y)) / hypot(x, y) * y) + x / hypot(x, y))"}},
    {dd_second_loggamma, {"polygamma(0 + 1, x)", "0", "0"}},
    {dd_second_rgamma, {"sel(x < 0.5, gamma(1 - x) * ((polygamma(0, 1 - x) * polygamma(0, 1 - x) + polygamma(1, 1 - x) - PI2) * sinpi(x) / PI - 2 * polygamma(0, 1 - x) * cospi(x)), (polygamma(0, x) * polygamma(0, x) - polygamma(1, x)) / gamma(x))", "0", "0"}},
    {dd_second_gammasgn, {"0", "0", "0"}},
    {dd_second_psi, {"polygamma(1 + 1, x)", "0", "0"}},
    {dd_second_beta, {"f * psidiff(x, y) * psidiff(x, y) + f * (polygamma(1, x) - polygamma(1, x + y))", "f * psidiff(y, x) * psidiff(x, y) - f * polygamma(1, x + y)", "f * psidiff(y, x) * psidiff(y, x) + f * (polygamma(1, y) - polygamma(1, y + x))"}},
    {dd_second_betaln, {"polygamma(1, x) - polygamma(1, x + y)", "-polygamma(1, x + y)", "polygamma(1, y) - polygamma(1, y + x)"}},
    {dd_second_poch, {"sel(f == 0, gamma(x + y) * polygamma(0, x + y) * (drgamma(x) + polygamma(0, x + y) * rgamma(x)) + gamma(x + y) * (sel(x < 0.5, gamma(1 - x) * ((polygamma(0, 1 - x) * polygamma(0, 1 - x) + polygamma(1, 1 - x) - PI2) * sinpi(x) / PI - 2 * polygamma(0, 1 - x) * cospi(x)), (polygamma(0, x) * polygamma(0, x) - polygamma(1, x)) / gamma(x)) + (polygamma(0 + 1, x + y) * rgamma(x) + polygamma(0, x + y) * drgamma(x))), -(sel(f == 0, gamma(x + y) * (drgamma(x) + polygamma(0, x + y) * rgamma(x)), -f * psidiff(x, y)) * psidiff(x, y)) - f * (polygamma(1, x) - polygamma(1, x + y)))", "sel(f == 0, gamma(x + y) * polygamma(0, x + y) * (drgamma(x) + polygamma(0, x + y) * rgamma(x)) + gamma(x + y) * (polygamma(0 + 1, x + y) * rgamma(x)), -(f * polygamma(0, x + y) * psidiff(x, y)) + f * polygamma(1, x + y))", "f * polygamma(0, x + y) * polygamma(0, x + y) + f * polygamma(0 + 1, x + y)"}},
    {dd_second_binom, {"sel(f == 0, gamma(x + 1) * polygamma(0, x + 1) * rgamma(y + 1) * (polygamma(0, x + 1) * rgamma(x - y + 1) + drgamma(x - y + 1)) + gamma(x + 1) * rgamma(y + 1) * (polygamma(0 + 1, x + 1) * rgamma(x - y + 1) + polygamma(0, x + 1) * drgamma(x - y + 1) + sel(x - y + 1 < 0.5, gamma(1 - (x - y + 1)) * ((polygamma(0, 1 - (x - y + 1)) * polygamma(0, 1 - (x - y + 1)) + polygamma(1, 1 - (x - y + 1)) - PI2) * sinpi(x - y + 1) / PI - 2 * polygamma(0, 1 - (x - y + 1)) * cospi(x - y + 1)), (polygamma(0, x - y + 1) * polygamma(0, x - y + 1) - polygamma(1, x - y + 1)) / gamma(x - y + 1))), -(sel(f == 0, gamma(x + 1) * rgamma(y + 1) * (polygamma(0, x + 1) * rgamma(x - y + 1) + drgamma(x - y + 1)), -f * psidiff(x - y + 1, y)) * psidiff(x - y + 1, y)) - f * (polygamma(1, x - y + 1) - polygamma(1, x - y + 1 + y)))", "sel(f == 0, gamma(x + 1) * drgamma(y + 1) * (polygamma(0, x + 1) * rgamma(x - y + 1) + drgamma(x - y + 1)) + gamma(x + 1) * rgamma(y + 1) * (-(polygamma(0, x + 1) * drgamma(x - y + 1)) - sel(x - y + 1 < 0.5, gamma(1 - (x - y + 1)) * ((polygamma(0, 1 - (x - y + 1)) * polygamma(0, 1 - (x - y + 1)) + polygamma(1, 1 - (x - y + 1)) - PI2) * sinpi(x - y + 1) / PI - 2 * polygamma(0, 1 - (x - y + 1)) * cospi(x - y + 1)), (polygamma(0, x - y + 1) * polygamma(0, x - y + 1) - polygamma(1, x - y + 1)) / gamma(x - y + 1))), -(sel(f == 0, gamma(x + 1) * (rgamma(x - y + 1) * drgamma(y + 1) - rgamma(y + 1) * drgamma(x - y + 1)), f * (polygamma(0, x - y + 1) - polygamma(0, y + 1))) * psidiff(x - y + 1, y)) - f * (-(polygamma(1, x - y + 1) - polygamma(1, x - y + 1 + y)) - polygamma(1, x - y + 1 + y)))", "sel(f == 0, gamma(x + 1) * (-(drgamma(x - y + 1) * drgamma(y + 1)) + rgamma(x - y + 1) * sel(y + 1 < 0.5, gamma(1 - (y + 1)) * ((polygamma(0, 1 - (y + 1)) * polygamma(0, 1 - (y + 1)) + polygamma(1, 1 - (y + 1)) - PI2) * sinpi(y + 1) / PI - 2 * polygamma(0, 1 - (y + 1)) * cospi(y + 1)), (polygamma(0, y + 1) * polygamma(0, y + 1) - polygamma(1, y + 1)) / gamma(y + 1)) - (drgamma(y + 1) * drgamma(x - y + 1) - rgamma(y + 1) * sel(x - y + 1 < 0.5, gamma(1 - (x - y + 1)) * ((polygamma(0, 1 - (x - y + 1)) * polygamma(0, 1 - (x - y + 1)) + polygamma(1, 1 - (x - y + 1)) - PI2) * sinpi(x - y + 1) / PI - 2 * polygamma(0, 1 - (x - y + 1)) * cospi(x - y + 1)), (polygamma(0, x - y + 1) * polygamma(0, x - y + 1) - polygamma(1, x - y + 1)) / gamma(x - y + 1)))), sel(f == 0, gamma(x + 1) * (rgamma(x - y + 1) * drgamma(y + 1) - rgamma(y + 1) * drgamma(x - y + 1)), f * (polygamma(0, x - y + 1) - polygamma(0, y + 1))) * (polygamma(0, x - y + 1) - polygamma(0, y + 1)) + f * (-polygamma(0 + 1, x - y + 1) - polygamma(0 + 1, y + 1)))"}},
    {dd_second_gammainc, {"0", "0", "sel(y == 0, gammapdf(x - 1, y) - gammapdf(x, y), gammapdf(x, y) * (x - 1 - y) / y)"}},
    {dd_second_gammaincc, {"0", "0", "-sel(y == 0, gammapdf(x - 1, y) - gammapdf(x, y), gammapdf(x, y) * (x - 1 - y) / y)"}},
    {dd_second_gammaincinv, {"0", "0", "-(1 / gammapdf(x, f) * (sel(f == 0, gammapdf(x - 1, f) - gammapdf(x, f), gammapdf(x, f) * (x - 1 - f) / f) * (1 / gammapdf(x, f))) / gammapdf(x, f))"}},
    {dd_second_gammainccinv, {"0", "0", "-(-1 / gammapdf(x, f) * (sel(f == 0, gammapdf(x - 1, f) - gammapdf(x, f), gammapdf(x, f) * (x - 1 - f) / f) * (-1 / gammapdf(x, f))) / gammapdf(x, f))"}},
    {dd_second_chdtr, {"0", "0", "0.5 * (sel(0.5 * y == 0, gammapdf(0.5 * x - 1, 0.5 * y) - gammapdf(0.5 * x, 0.5 * y), gammapdf(0.5 * x, 0.5 * y) * (0.5 * x - 1 - 0.5 * y) / (0.5 * y)) * 0.5)"}},
    {dd_second_chdtrc, {"0", "0", "-(0.5 * (sel(0.5 * y == 0, gammapdf(0.5 * x - 1, 0.5 * y) - gammapdf(0.5 * x, 0.5 * y), gammapdf(0.5 * x, 0.5 * y) * (0.5 * x - 1 - 0.5 * y) / (0.5 * y)) * 0.5))"}},
    {dd_second_chdtri, {"0", "0", "-(-2 / gammapdf(0.5 * x, 0.5 * f) * (sel(0.5 * f == 0, gammapdf(0.5 * x - 1, 0.5 * f) - gammapdf(0.5 * x, 0.5 * f), gammapdf(0.5 * x, 0.5 * f) * (0.5 * x - 1 - 0.5 * f) / (0.5 * f)) * (0.5 * (-2 / gammapdf(0.5 * x, 0.5 * f)))) / gammapdf(0.5 * x, 0.5 * f))"}},
    {dd_second_pdtr, {"0", "0", "-sel(y == 0, gammapdf(floor(x) + 1 - 1, y) - gammapdf(floor(x) + 1, y), gammapdf(floor(x) + 1, y) * (floor(x) + 1 - 1 - y) / y)"}},
    {dd_second_pdtrc, {"0", "0", "sel(y == 0, gammapdf(floor(x) + 1 - 1, y) - gammapdf(floor(x) + 1, y), gammapdf(floor(x) + 1, y) * (floor(x) + 1 - 1 - y) / y)"}},
    {dd_second_stdtr, {"0", "0", "-tpdf(x, y) * (x + 1) * y / (x + y * y)"}},
    {dd_second_stdtrit, {"0", "0", "-(1 / tpdf(x, f) * (-tpdf(x, f) * (x + 1) * f / (x + f * f) * (1 / tpdf(x, f))) / tpdf(x, f))"}},
    {dd_second__zeta, {"0", "0", "-(x * (-(x + 1) * _zeta(x + 1 + 1, y)))"}},
    {dd_second__riemann_zeta, {"0", "0", "0"}},
    {dd_second_zetac, {"0", "0", "0"}},
    {dd_second_expi, {"(exp(x) - exp(x) / x) / x", "0", "0"}},
    {dd_second_exp1, {"(exp(-x) - -exp(-x) / x) / x", "0", "0"}},
    {dd_second_expn, {"0", "0", "sel(trunc(x) == 0, (exp(-y) - -exp(-y) / y) / y * (1 + 1 / y) - -exp(-y) / y * (1 / y / y), -sel(trunc(trunc(x) - 1) == 0, -exp(-y) / y * (1 + 1 / y), -expn(trunc(trunc(x) - 1) - 1, y)))"}},
    {dd_second_spence, {"sel(x < 0.5, (1 / x + log(x) / (1 - x)) / (1 - x), -(-(0 + 1) * log1p_moment(0 + 1, x - 1)))", "0", "0"}},
    {dd_second_wrightomega, {"(f / (1 + f) - f / (1 + f) * (f / (1 + f))) / (1 + f)", "0", "0"}},
    {dd_second_ellipk, {"ellipk_n(1 + 1, 1 - x)", "0", "0"}},
    {dd_second_ellipkm1, {"ellipk_n(1 + 1, x)", "0", "0"}},
    {dd_second_ellipe, {"ellipe_n(1 + 1, 1 - x)", "0", "0"}},
    {dd_second_ellipkinc, {"-(1 / sqrt(cos(x) * cos(x) + (1 - y) * sin(x) * sin(x)) * (0.5 / sqrt(cos(x) * cos(x) + (1 - y) * sin(x) * sin(x)) * (-(sin(x) * cos(x)) - cos(x) * sin(x) + ((1 - y) * cos(x) * sin(x) + (1 - y) * sin(x) * cos(x)))) / sqrt(cos(x) * cos(x) + (1 - y) * sin(x) * sin(x)))", "0", "0"}},
    {dd_second_ellipeinc, {"0.5 / sqrt(cos(x) * cos(x) + (1 - y) * sin(x) * sin(x)) * (-(sin(x) * cos(x)) - cos(x) * sin(x) + ((1 - y) * cos(x) * sin(x) + (1 - y) * sin(x) * cos(x)))", "0", "0"}},
    {dd_second_j0, {"-sel(absolute(x) < 0.1, 0.5 * (f - jv(2, x)), f - j1(x) / x)", "0", "0"}},
    {dd_second_j1, {"sel(absolute(x) < 0.1, 0.5 * (-f - 0.5 * (jv(2 - 1, x) - jv(2 + 1, x))), -f - (sel(absolute(x) < 0.1, 0.5 * (j0(x) - jv(2, x)), j0(x) - f / x) - f / x) / x)", "0", "0"}},
    {dd_second_y0, {"-(f - y1(x) / x)", "0", "0"}},
    {dd_second_y1, {"-f - (y0(x) - f / x - f / x) / x", "0", "0"}},
    {dd_second_i0, {"sel(absolute(x) < 0.1, 0.5 * (f + iv(2, x)), f - i1(x) / x)", "0", "0"}},
    {dd_second_i1, {"sel(absolute(x) < 0.1, 0.5 * (f + 0.5 * (iv(2 - 1, x) + iv(2 + 1, x))), f - (sel(absolute(x) < 0.1, 0.5 * (i0(x) + iv(2, x)), i0(x) - f / x) - f / x) / x)", "0", "0"}},
    {dd_second_k0, {"-(-f - k1(x) / x)", "0", "0"}},
    {dd_second_k1, {"f - (-k0(x) - f / x - f / x) / x", "0", "0"}},
    {dd_second_i0e, {"0.5 * (ive_slope(0 - 1, x) + ive_slope(0 + 1, x)) - sign(x) * ive_slope(0, x)", "0", "0"}},
    {dd_second_i1e, {"0.5 * (ive_slope(1 - 1, x) + ive_slope(1 + 1, x)) - sign(x) * ive_slope(1, x)", "0", "0"}},
    {dd_second_k0e, {"kve_slope(0, x) - 0.5 * (kve_slope(0 - 1, x) + kve_slope(0 + 1, x))", "0", "0"}},
    {dd_second_k1e, {"kve_slope(1, x) - 0.5 * (kve_slope(1 - 1, x) + kve_slope(1 + 1, x))", "0", "0"}},
    {dd_second_jv, {"0", "0", "0.5 * (0.5 * (jv(x - 1 - 1, y) - jv(x - 1 + 1, y)) - 0.5 * (jv(x + 1 - 1, y) - jv(x + 1 + 1, y)))"}},
    {dd_second_jve, {"0", "0", "0.5 * (0.5 * (jve(x - 1 - 1, y) - jve(x - 1 + 1, y)) - 0.5 * (jve(x + 1 - 1, y) - jve(x + 1 + 1, y)))"}},
    {dd_second_yn, {"0", "0", "0.5 * (0.5 * (yn(trunc(trunc(x) - 1) - 1, y) - yn(trunc(trunc(x) - 1) + 1, y)) - 0.5 * (yn(trunc(trunc(x) + 1) - 1, y) - yn(trunc(trunc(x) + 1) + 1, y)))"}},
    {dd_second_yv, {"0", "0", "0.5 * (0.5 * (yv(x - 1 - 1, y) - yv(x - 1 + 1, y)) - 0.5 * (yv(x + 1 - 1, y) - yv(x + 1 + 1, y)))"}},
    {dd_second_yve, {"0", "0", "0.5 * (0.5 * (yve(x - 1 - 1, y) - yve(x - 1 + 1, y)) - 0.5 * (yve(x + 1 - 1, y) - yve(x + 1 + 1, y)))"}},
    {dd_second_iv, {"0", "0", "0.5 * (0.5 * (iv(x - 1 - 1, y) + iv(x - 1 + 1, y)) + 0.5 * (iv(x + 1 - 1, y) + iv(x + 1 + 1, y)))"}},
    {dd_second_ive, {"0", "0", "0.5 * (ive_slope(x - 1, y) + ive_slope(x + 1, y)) - sign(y) * ive_slope(x, y)"}},
    {dd_second_kn, {"0", "0", "-(0.5 * (-0.5 * (kn(absolute(trunc(absolute(trunc(x) - 1)) - 1), y) + kn(trunc(absolute(trunc(x) - 1)) + 1, y)) + -0.5 * (kn(absolute(trunc(trunc(x) + 1) - 1), y) + kn(trunc(trunc(x) + 1) + 1, y))))"}},
    {dd_second_kv, {"0", "0", "-(0.5 * (-0.5 * (kv(x - 1 - 1, y) + kv(x - 1 + 1, y)) + -0.5 * (kv(x + 1 - 1, y) + kv(x + 1 + 1, y))))"}},
    {dd_second_kve, {"0", "0", "kve_slope(x, y) - 0.5 * (kve_slope(x - 1, y) + kve_slope(x + 1, y))"}},
    {dd_second_hyp0f1, {"0", "0", "hyp0f1(x + 1 + 1, y) / (x + 1) / x"}},
    {dd_second_ber, {"sel(x == 0, 0, -bei(x) - berp(x) / x)", "0", "0"}},
    {dd_second_bei, {"sel(x == 0, 0.5, ber(x) - beip(x) / x)", "0", "0"}},
    {dd_second_ker, {"-kei(x) - kerp(x) / x", "0", "0"}},
    {dd_second_kei, {"ker(x) - keip(x) / x", "0", "0"}},
    {dd_second_berp, {"sel(x == 0, 0, -beip(x) - (sel(x == 0, 0, -bei(x) - f / x) - f / x) / x)", "0", "0"}},
    {dd_second_beip, {"sel(x == 0, 0, berp(x) - (sel(x == 0, 0.5, ber(x) - f / x) - f / x) / x)", "0", "0"}},
    {dd_second_kerp, {"-keip(x) - (-kei(x) - f / x - f / x) / x", "0", "0"}},
    {dd_second_keip, {"kerp(x) - (ker(x) - f / x - f / x) / x", "0", "0"}},
    {dd_second_erfinv_slope, {"2 * y * (2 * y * f * f) * f + 2 * y * f * (2 * y * f * f)", "0", "0"}},
    {dd_second_erfcinv_slope, {"2 * y * (2 * y * f * f) * f + 2 * y * f * (2 * y * f * f)", "0", "0"}},
    {dd_second_ndtri_slope, {"y * (y * f * f) * f + y * f * (y * f * f)", "0", "0"}},
    {dd_second_antigauss, {"2 * f + 2 * x * (2 * x * f)", "0", "0"}},
    {dd_second_normal, {"-f - x * (-x * f)", "0", "0"}},
    {dd_second_mills, {"sel(x < -1.5, -(sel(x < -1.5, -f * mills_excess(x), -f * (x + f)) * mills_excess(x)) - f * (1 - mills_excess(x) * (mills_excess(x) - x)), -(sel(x < -1.5, -f * mills_excess(x), -f * (x + f)) * (x + f)) - f * (1 + sel(x < -1.5, -f * mills_excess(x), -f * (x + f))))", "0", "0"}},
    {dd_second_mills_excess, {"-((1 - f * (f - x)) * (f - x) + f * (1 - f * (f - x) - 1))", "0", "0"}},
    {dd_second_dawsn_n, {"0", "0", "dawsn_n(x + 1 + 1, y)"}},
    {dd_second_expmoment, {"0", "0", "expmoment(x + 1 + 1, y)"}},
    {dd_second_log1p_moment, {"0", "0", "-((x + 1) * (-(x + 1 + 1) * log1p_moment(x + 1 + 1, y)))"}},
    {dd_second_logratio, {"-(1 / x / x)", "0", "-(-1 / y / y)"}},
    {dd_second_sinpi, {"PI * (-PI * f)", "0", "0"}},
    {dd_second_cospi, {"-(PI * (PI * f))", "0", "0"}},
    {dd_second_psidiff, {"polygamma(1 + 1, x) - polygamma(1 + 1, x + y)", "-polygamma(1 + 1, x + y)", "-polygamma(1 + 1, x + y)"}},
    {dd_second_drgamma, {"sel(x < 0.5, -(gamma(1 - x) * polygamma(0, 1 - x) * ((polygamma(0, 1 - x) * polygamma(0, 1 - x) + polygamma(1, 1 - x) - PI2) * sinpi(x) / PI - 2 * polygamma(0, 1 - x) * cospi(x))) + gamma(1 - x) * (((-(polygamma(0 + 1, 1 - x) * polygamma(0, 1 - x)) - polygamma(0, 1 - x) * polygamma(0 + 1, 1 - x) - polygamma(1 + 1, 1 - x)) * sinpi(x) + (polygamma(0, 1 - x) * polygamma(0, 1 - x) + polygamma(1, 1 - x) - PI2) * (PI * cospi(x))) / PI - (-(2 * polygamma(0 + 1, 1 - x) * cospi(x)) + 2 * polygamma(0, 1 - x) * (-PI * sinpi(x)))), (polygamma(0 + 1, x) * polygamma(0, x) + polygamma(0, x) * polygamma(0 + 1, x) - polygamma(1 + 1, x) - (polygamma(0, x) * polygamma(0, x) - polygamma(1, x)) / gamma(x) * (gamma(x) * polygamma(0, x))) / gamma(x))", "0", "0"}},
    {dd_second_gammapdf, {"f * (log(y) - polygamma(0, x)) * (log(y) - polygamma(0, x)) - f * polygamma(0 + 1, x)", "sel(y == 0, gammapdf(x - 1, y) - f, f * (x - 1 - y) / y) * (log(y) - polygamma(0, x)) + f * (1 / y)", "sel(y == 0, sel(y == 0, gammapdf(x - 1 - 1, y) - gammapdf(x - 1, y), gammapdf(x - 1, y) * (x - 1 - 1 - y) / y) - sel(y == 0, gammapdf(x - 1, y) - f, f * (x - 1 - y) / y), (sel(y == 0, gammapdf(x - 1, y) - f, f * (x - 1 - y) / y) * (x - 1 - y) - f - f * (x - 1 - y) / y) / y)"}},
    {dd_second_tpdf, {"0", "0", "(-(-f * (x + 1) * y / (x + y * y) * (x + 1) * y) + -f * (x + 1) - -f * (x + 1) * y / (x + y * y) * (y + y)) / (x + y * y)"}},
    {dd_second_ellipk_n, {"0", "0", "ellipk_n(x + 1 + 1, y)"}},
    {dd_second_ellipe_n, {"0", "0", "ellipe_n(x + 1 + 1, y)"}},
    {dd_second_ive_slope, {"0", "0", "0.5 * (0.5 * (ive_slope(x - 1 - 1, y) + ive_slope(x - 1 + 1, y)) - sign(y) * ive_slope(x - 1, y) + (0.5 * (ive_slope(x + 1 - 1, y) + ive_slope(x + 1 + 1, y)) - sign(y) * ive_slope(x + 1, y))) - sign(y) * (0.5 * (ive_slope(x - 1, y) + ive_slope(x + 1, y)) - sign(y) * f)"}},
    {dd_second_kve_slope, {"0", "0", "f - 0.5 * (kve_slope(x - 1, y) + kve_slope(x + 1, y)) - 0.5 * (kve_slope(x - 1, y) - 0.5 * (kve_slope(x - 1 - 1, y) + kve_slope(x - 1 + 1, y)) + (kve_slope(x + 1, y) - 0.5 * (kve_slope(x + 1 - 1, y) + kve_slope(x + 1 + 1, y))))"}},
};
static const dd_code *const dd_codes[][2] = {
    {dd_code_negative_0},
    {dd_code_positive_0},
    {dd_code_absolute_0},
    {dd_code_sign_0},
    {dd_code_floor_0},
    {dd_code_ceil_0},
    {dd_code_trunc_0},
    {dd_code_rint_0},
    {dd_code_conjugate_0},
    {dd_code_square_0},
    {dd_code_sqrt_0},
    {dd_code_cbrt_0},
    {dd_code_reciprocal_0},
    {dd_code_exp_0},
    {dd_code_exp2_0},
    {dd_code_expm1_0},
    {dd_code_log_0},
    {dd_code_log2_0},
    {dd_code_log10_0},
    {dd_code_log1p_0},
    {dd_code_sin_0},
    {dd_code_cos_0},
    {dd_code_tan_0},
    {dd_code_arcsin_0},
    {dd_code_arccos_0},
    {dd_code_arctan_0},
    {dd_code_sinh_0},
    {dd_code_cosh_0},
    {dd_code_tanh_0},
    {dd_code_arcsinh_0},
    {dd_code_arccosh_0},
    {dd_code_arctanh_0},
    {dd_code_radians_0},
    {dd_code_degrees_0},
    {dd_code_sinc_0},
    {dd_code_erf_0},
    {dd_code_erfc_0},
    {dd_code_gamma_0},
    {dd_code_gammaln_0},
    {dd_code_modf_fraction_0},
    {dd_code_frexp_mantissa_0},
    {dd_code_add_0, dd_code_add_1},
    {dd_code_subtract_0, dd_code_subtract_1},
    {dd_code_multiply_0, dd_code_multiply_1},
    {dd_code_divide_0, dd_code_divide_1},
    {dd_code_power_0, dd_code_power_1},
    {dd_code_remainder_0, dd_code_remainder_1},
    {dd_code_fmod_0, dd_code_fmod_1},
    {dd_code_floor_divide_0, dd_code_floor_divide_1},
    {dd_code_maximum_0, dd_code_maximum_1},
    {dd_code_minimum_0, dd_code_minimum_1},
    {dd_code_fmax_0, dd_code_fmax_1},
    {dd_code_fmin_0, dd_code_fmin_1},
    {dd_code_hypot_0, dd_code_hypot_1},
    {dd_code_arctan2_0, dd_code_arctan2_1},
    {dd_code_logaddexp_0, dd_code_logaddexp_1},
    {dd_code_logaddexp2_0, dd_code_logaddexp2_1},
    {dd_code_copysign_0, dd_code_copysign_1},
    {dd_code_heaviside_0, dd_code_heaviside_1},
    {dd_code_ldexp_0, dd_code_ldexp_1},
    {dd_code_sech2_0},
    {dd_code_expit2_0, dd_code_expit2_1},
    {dd_code_exp2it2_0, dd_code_exp2it2_1},
    {dd_code_sincn_0, dd_code_sincn_1},
    {dd_code_powm1_0, dd_code_powm1_1},
    {dd_code_powlog_0, dd_code_powlog_1},
    {dd_code_gauss_0},
    {dd_code_polygamma_0, dd_code_polygamma_1},
    {dd_code_erfinv_0},
    {dd_code_erfcinv_0},
    {dd_code_erfcx_0},
    {dd_code_erfi_0},
    {dd_code_dawsn_0},
    {dd_code_ndtr_0},
    {dd_code_log_ndtr_0},
    {dd_code_ndtri_0},
    {dd_code_ndtri_exp_0},
    {dd_code_owens_t_0, dd_code_owens_t_1},
    {dd_code_expit_0},
    {dd_code_log_expit_0},
    {dd_code_logit_0},
    {dd_code_exprel_0},
    {dd_code_special_exp2_0},
    {dd_code_exp10_0},
    {dd_code_special_expm1_0},
    {dd_code_special_log1p_0},
    {dd_code_special_cbrt_0},
    {dd_code_cosm1_0},
    {dd_code_sindg_0},
    {dd_code_cosdg_0},
    {dd_code_tandg_0},
    {dd_code_cotdg_0},
    {dd_code_special_powm1_0, dd_code_special_powm1_1},
    {dd_code_xlogy_0, dd_code_xlogy_1},
    {dd_code_xlog1py_0, dd_code_xlog1py_1},
    {dd_code_boxcox_0, dd_code_boxcox_1},
    {dd_code_boxcox1p_0, dd_code_boxcox1p_1},
    {dd_code_inv_boxcox_0, dd_code_inv_boxcox_1},
    {dd_code_inv_boxcox1p_0, dd_code_inv_boxcox1p_1},
    {dd_code_entr_0},
    {dd_code_rel_entr_0, dd_code_rel_entr_1},
    {dd_code_kl_div_0, dd_code_kl_div_1},
    {dd_code_huber_0, dd_code_huber_1},
    {dd_code_pseudo_huber_0, dd_code_pseudo_huber_1},
    {dd_code_loggamma_0},
    {dd_code_rgamma_0},
    {dd_code_gammasgn_0},
    {dd_code_psi_0},
    {dd_code_beta_0, dd_code_beta_1},
    {dd_code_betaln_0, dd_code_betaln_1},
    {dd_code_poch_0, dd_code_poch_1},
    {dd_code_binom_0, dd_code_binom_1},
    {NULL, dd_code_gammainc_1},
    {NULL, dd_code_gammaincc_1},
    {NULL, dd_code_gammaincinv_1},
    {NULL, dd_code_gammainccinv_1},
    {NULL, dd_code_chdtr_1},
    {NULL, dd_code_chdtrc_1},
    {NULL, dd_code_chdtri_1},
    {dd_code_pdtr_0, dd_code_pdtr_1},
    {dd_code_pdtrc_0, dd_code_pdtrc_1},
    {NULL, dd_code_stdtr_1},
    {NULL, dd_code_stdtrit_1},
    {NULL, dd_code__zeta_1},
    {NULL},
    {NULL},
    {dd_code_expi_0},
    {dd_code_exp1_0},
    {NULL, dd_code_expn_1},
    {dd_code_spence_0},
    {dd_code_wrightomega_0},
    {dd_code_ellipk_0},
    {dd_code_ellipkm1_0},
    {dd_code_ellipe_0},
    {dd_code_ellipkinc_0, NULL},
    {dd_code_ellipeinc_0, NULL},
    {dd_code_j0_0},
    {dd_code_j1_0},
    {dd_code_y0_0},
    {dd_code_y1_0},
    {dd_code_i0_0},
    {dd_code_i1_0},
    {dd_code_k0_0},
    {dd_code_k1_0},
    {dd_code_i0e_0},
    {dd_code_i1e_0},
    {dd_code_k0e_0},
    {dd_code_k1e_0},
    {NULL, dd_code_jv_1},
    {NULL, dd_code_jve_1},
    {NULL, dd_code_yn_1},
    {NULL, dd_code_yv_1},
    {NULL, dd_code_yve_1},
    {NULL, dd_code_iv_1},
    {NULL, dd_code_ive_1},
    {NULL, dd_code_kn_1},
    {NULL, dd_code_kv_1},
    {NULL, dd_code_kve_1},
    {NULL, dd_code_hyp0f1_1},
    {dd_code_ber_0},
    {dd_code_bei_0},
    {dd_code_ker_0},
    {dd_code_kei_0},
    {dd_code_berp_0},
    {dd_code_beip_0},
    {dd_code_kerp_0},
    {dd_code_keip_0},
    {dd_code_erfinv_slope_0, dd_code_erfinv_slope_1},
    {dd_code_erfcinv_slope_0, dd_code_erfcinv_slope_1},
    {dd_code_ndtri_slope_0, dd_code_ndtri_slope_1},
    {dd_code_antigauss_0},
    {dd_code_normal_0},
    {dd_code_mills_0},
    {dd_code_mills_excess_0},
    {dd_code_dawsn_n_0, dd_code_dawsn_n_1},
    {dd_code_expmoment_0, dd_code_expmoment_1},
    {dd_code_log1p_moment_0, dd_code_log1p_moment_1},
    {dd_code_logratio_0, dd_code_logratio_1},
    {dd_code_sinpi_0},
    {dd_code_cospi_0},
    {dd_code_psidiff_0, dd_code_psidiff_1},
    {dd_code_drgamma_0},
    {dd_code_gammapdf_0, dd_code_gammapdf_1},
    {dd_code_tpdf_0, dd_code_tpdf_1},
    {dd_code_ellipk_n_0, dd_code_ellipk_n_1},
    {dd_code_ellipe_n_0, dd_code_ellipe_n_1},
    {dd_code_ive_slope_0, dd_code_ive_slope_1},
    {dd_code_kve_slope_0, dd_code_kve_slope_1},
};
