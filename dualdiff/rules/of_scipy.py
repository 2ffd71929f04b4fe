"""The table of elementwise functions, second part: scipy.special's, and the helpers that only they use.

The value is SciPy's own: its inner loop, which is taken when the first of SciPy's ufuncs meets a dual (so that
importing dualdiff does not import SciPy).  A row's name is SciPy's, with special_ in front where NumPy, or a helper,
has that name already.  erf, erfc, gamma and gammaln are in of_numpy.py, as the math module has them too; their values
become SciPy's in the same way.

A partial may be written in other functions of SciPy's; it is then as accurate as they are.  An argument by which there
is no derivative has a reason in the place of its partial: by_order, by_parameter, by_argument.

`general` rows are those that the compiled kernels do not know: more than two arguments, several results, integers among
the arguments, complex results.  Their arguments are x, y, z, u, v and their results f, g, h, k; they may be written in
any ufunc of SciPy's.
"""

from .row import general, of_scipy, row

# fmt: off
ROWS = (
    # ---- the error functions and the normal distribution ----
    of_scipy("erfinv",         "erfinv_slope(x, f)"),
    of_scipy("erfcinv",        "erfcinv_slope(x, f)"),
    of_scipy("erfcx",          "sel(x > 1.1, -SQRT2 * f * mills_excess(-SQRT2 * x), 2 * x * f - TWO_SQRTPI)"),
    of_scipy("erfi",           "TWO_SQRTPI * antigauss(x)"),
    of_scipy("dawsn",          "dawsn_n(1, x)"),
    of_scipy("ndtr",           "normal(x)"),
    of_scipy("log_ndtr",       "mills(x)"),
    of_scipy("ndtri",          "ndtri_slope(x, f)"),
    of_scipy("ndtri_exp",      "1 / mills(f)"),
    of_scipy("owens_t",        "-0.5 * normal(x) * erf(SQRT1_2 * x * y)", "normal(x) * normal(x * y) / (1 + y * y)"),

    # ---- exponential, logarithm, trigonometry ----
    of_scipy("expit",          "f * expit2(0, x)"),
    of_scipy("log_expit",      "expit2(0, x)"),
    of_scipy("logit",          "1 / (x * (1 - x))"),
    of_scipy("exprel",         "expmoment(1, x)"),
    of_scipy("special_exp2",   "LN2 * f", scipy="exp2"),
    of_scipy("exp10",          "LN10 * f"),
    of_scipy("special_expm1",  "exp(x)", scipy="expm1"),
    of_scipy("special_log1p",  "1 / (1 + x)", scipy="log1p"),
    of_scipy("special_cbrt",   "1 / (3 * f * f)", scipy="cbrt"),
    of_scipy("cosm1",          "-sin(x)"),
    of_scipy("sindg",          "DEGREE * cosdg(x)"),
    of_scipy("cosdg",          "-DEGREE * sindg(x)"),
    of_scipy("tandg",          "DEGREE / (cosdg(x) * cosdg(x))"),
    of_scipy("cotdg",          "-DEGREE / (sindg(x) * sindg(x))"),
    of_scipy("special_powm1", "sel(absolute(x) <= 6e-309, sel(y == 0, 0, y * powm1(x, y)), y * powm1(x, y))",
        "powlog(x, y)", scipy="powm1"),
    of_scipy("xlogy",          "log(y)", "sel(x == 0, 0, x / y)"),
    of_scipy("xlog1py",        "log1p(y)", "sel(x == 0, 0, x / (1 + y))"),
    of_scipy("boxcox",         "powm1(x, y)", "sel(x == 0, 1 / (y * y), log(x) * log(x) * expmoment(1, y * log(x)))"),
    of_scipy("boxcox1p", "powm1(1 + x, y)",
        "sel(x == -1, 1 / (y * y), log1p(x) * log1p(x) * expmoment(1, y * log1p(x)))"),
    of_scipy("inv_boxcox",     "f / (1 + x * y)", "-f * x * x * log1p_moment(1, x * y)"),
    of_scipy("inv_boxcox1p",   "inv_boxcox(x, y) / (1 + x * y)", "-inv_boxcox(x, y) * x * x * log1p_moment(1, x * y)"),

    # ---- entropy and losses ----
    of_scipy("entr",           "-1 - log(x)"),
    of_scipy("rel_entr",       "1 + logratio(x, y)", "sel(x == 0, 0, -x / y)"),
    of_scipy("kl_div",         "logratio(x, y)", "sel(x == 0, 1, (y - x) / y)"),
    of_scipy("huber",          "maximum(absolute(y) - x, 0)", "maximum(minimum(y, x), -x)"),
    of_scipy("pseudo_huber",
        "sel(y == 0, 0, y / hypot(x, y) * (y / (hypot(x, y) + x)) * (y / (hypot(x, y) + x)) * y)",
        "sel(y == 0, 0, x / hypot(x, y) * y)"),

    # ---- the gamma function and its kin ----
    of_scipy("loggamma",       "polygamma(0, x)"),
    of_scipy("rgamma",         "drgamma(x)"),
    of_scipy("gammasgn",       "0"),
    of_scipy("psi",            "polygamma(1, x)"),
    of_scipy("beta",           "f * psidiff(x, y)", "f * psidiff(y, x)"),
    of_scipy("betaln",         "psidiff(x, y)", "psidiff(y, x)"),
    of_scipy("poch", "sel(f == 0, gamma(x + y) * (drgamma(x) + polygamma(0, x + y) * rgamma(x)), -f * psidiff(x, y))",
        "f * polygamma(0, x + y)"),
    of_scipy("binom",
        "sel(f == 0, gamma(x + 1) * rgamma(y + 1) * (polygamma(0, x + 1) * rgamma(x - y + 1) + drgamma(x - y + 1)), "
        "-f * psidiff(x - y + 1, y))",
        "sel(f == 0, gamma(x + 1) * (rgamma(x - y + 1) * drgamma(y + 1) - rgamma(y + 1) * drgamma(x - y + 1)), "
        "f * (polygamma(0, x - y + 1) - polygamma(0, y + 1)))"),
    of_scipy("gammainc",       "by_parameter", "gammapdf(x, y)"),
    of_scipy("gammaincc",      "by_parameter", "-gammapdf(x, y)"),
    of_scipy("gammaincinv",    "by_parameter", "1 / gammapdf(x, f)"),
    of_scipy("gammainccinv",   "by_parameter", "-1 / gammapdf(x, f)"),
    of_scipy("chdtr",          "by_parameter", "0.5 * gammapdf(0.5 * x, 0.5 * y)"),
    of_scipy("chdtrc",         "by_parameter", "-0.5 * gammapdf(0.5 * x, 0.5 * y)"),
    of_scipy("chdtri",         "by_parameter", "-2 / gammapdf(0.5 * x, 0.5 * f)"),
    of_scipy("pdtr",           "0", "-gammapdf(floor(x) + 1, y)"),
    of_scipy("pdtrc",          "0", "gammapdf(floor(x) + 1, y)"),
    of_scipy("stdtr",          "by_parameter", "tpdf(x, y)"),
    of_scipy("stdtrit",        "by_parameter", "1 / tpdf(x, f)"),
    of_scipy("_zeta",          "by_parameter", "-x * _zeta(x + 1, y)"),
    of_scipy("_riemann_zeta",  "by_argument"),
    of_scipy("zetac",          "by_argument"),

    # SciPy reads the order of expn, yn and kn as an integer, towards 0: so do their derivatives.

    # ---- integrals ----
    of_scipy("expi",           "exp(x) / x"),
    of_scipy("exp1",           "-exp(-x) / x"),
    of_scipy("expn",           "by_order", "sel(trunc(x) == 0, -exp(-y) / y * (1 + 1 / y), -expn(trunc(x) - 1, y))"),
    of_scipy("spence",         "sel(x < 0.5, log(x) / (1 - x), -log1p_moment(0, x - 1))"),
    of_scipy("wrightomega",    "f / (1 + f)"),
    of_scipy("ellipk",         "-ellipk_n(1, 1 - x)"),
    of_scipy("ellipkm1",       "ellipk_n(1, x)"),
    of_scipy("ellipe",         "-ellipe_n(1, 1 - x)"),
    of_scipy("ellipkinc",      "1 / sqrt(cos(x) * cos(x) + (1 - y) * sin(x) * sin(x))", "by_parameter"),
    of_scipy("ellipeinc",      "sqrt(cos(x) * cos(x) + (1 - y) * sin(x) * sin(x))", "by_parameter"),

    # ---- Bessel functions: recurrences (DLMF 10.6.1, 10.29.1); at 0, where f / x is 0/0, the next order ----
    of_scipy("j0",             "-j1(x)"),
    of_scipy("j1",             "sel(absolute(x) < 0.1, 0.5 * (j0(x) - jv(2, x)), j0(x) - f / x)"),
    of_scipy("y0",             "-y1(x)"),
    of_scipy("y1",             "y0(x) - f / x"),
    of_scipy("i0",             "i1(x)"),
    of_scipy("i1",             "sel(absolute(x) < 0.1, 0.5 * (i0(x) + iv(2, x)), i0(x) - f / x)"),
    of_scipy("k0",             "-k1(x)"),
    of_scipy("k1",             "-k0(x) - f / x"),
    of_scipy("i0e",            "ive_slope(0, x)"),
    of_scipy("i1e",            "ive_slope(1, x)"),
    of_scipy("k0e",            "kve_slope(0, x)"),
    of_scipy("k1e",            "kve_slope(1, x)"),
    of_scipy("jv",             "by_order", "0.5 * (jv(x - 1, y) - jv(x + 1, y))"),
    of_scipy("jve",            "by_order", "0.5 * (jve(x - 1, y) - jve(x + 1, y))"),
    of_scipy("yn",             "by_order", "0.5 * (yn(trunc(x) - 1, y) - yn(trunc(x) + 1, y))"),
    of_scipy("yv",             "by_order", "0.5 * (yv(x - 1, y) - yv(x + 1, y))"),
    of_scipy("yve",            "by_order", "0.5 * (yve(x - 1, y) - yve(x + 1, y))"),
    of_scipy("iv",             "by_order", "0.5 * (iv(x - 1, y) + iv(x + 1, y))"),
    of_scipy("ive",            "by_order", "ive_slope(x, y)"),
    of_scipy("kn",             "by_order", "-0.5 * (kn(absolute(trunc(x) - 1), y) + kn(trunc(x) + 1, y))"),
    of_scipy("kv",             "by_order", "-0.5 * (kv(x - 1, y) + kv(x + 1, y))"),
    of_scipy("kve",            "by_order", "kve_slope(x, y)"),
    of_scipy("hyp0f1",         "by_parameter", "hyp0f1(x + 1, y) / x"),
    of_scipy("ber",            "berp(x)"),
    of_scipy("bei",            "beip(x)"),
    of_scipy("ker",            "kerp(x)"),
    of_scipy("kei",            "keip(x)"),
    of_scipy("berp",           "sel(x == 0, 0, -bei(x) - f / x)"),
    of_scipy("beip",           "sel(x == 0, 0.5, ber(x) - f / x)"),
    of_scipy("kerp",           "-kei(x) - f / x"),
    of_scipy("keip",           "ker(x) - f / x"),

    # ---- helpers ----
    # Where a helper has y = the value of an inverse function at x, that is only a hint: its derivative by x is whole.
    row("erfinv_slope",    "dd_erfinv_slope(x, y)",  "2 * y * f * f", "0"),
    row("erfcinv_slope",   "dd_erfcinv_slope(x, y)", "2 * y * f * f", "0"),
    row("ndtri_slope",     "dd_ndtri_slope(x, y)",   "y * f * f", "0"),
    # exp(x^2), the square exact
    row("antigauss",       "1 / dd_gauss(x)",        "2 * x * f", on_complex="exp(x * x)"),
    # exp(-x^2/2)/sqrt(2 pi)
    row("normal",          "dd_normal(x)",           "-x * f"),
    # normal(x)/ndtr(x), and x + mills(x) left of -1.5
    row("mills",           "dd_mills(x)",            "sel(x < -1.5, -f * mills_excess(x), -f * (x + f))"),
    row("mills_excess",    "dd_mills_excess(x)",     "1 - f * (f - x)"),
    # the x-th derivative of Dawson's integral, at y
    row("dawsn_n",         "dd_dawsn_n(x, y, dawsn(y))", "NAN", "dawsn_n(x + 1, y)"),
    # the integral of t^x exp(t y), and of t^x/(1 + t y)^(x + 1), over 0 < t < 1
    row("expmoment",       "dd_expmoment(x, y)",     "NAN", "expmoment(x + 1, y)"),
    row("log1p_moment",    "dd_log1p_moment(x, y)",  "NAN", "-(x + 1) * log1p_moment(x + 1, y)"),
    # log(x/y)
    row("logratio",        "dd_logratio(x, y)",      "1 / x", "-1 / y"),
    row("sinpi",           "dd_sinpi(x)",            "PI * cospi(x)"),
    row("cospi",           "dd_cospi(x)",            "-PI * sinpi(x)"),
    # polygamma(0, x) - polygamma(0, x + y)
    row("psidiff",         "dd_psidiff(x, y)",       "polygamma(1, x) - polygamma(1, x + y)", "-polygamma(1, x + y)"),
    # the derivative of 1/gamma
    row("drgamma",         "dd_drgamma(x)",
        "sel(x < 0.5, gamma(1 - x) * ((polygamma(0, 1 - x) * polygamma(0, 1 - x) + polygamma(1, 1 - x) - PI2) * "
        "sinpi(x) / PI - 2 * polygamma(0, 1 - x) * cospi(x)), (polygamma(0, x) * polygamma(0, x) - polygamma(1, "
        "x)) / gamma(x))"),
    # the densities at y of the gamma distribution of shape x and of Student's t distribution with x degrees
    row("gammapdf",        "dd_gammapdf(x, y)", "f * (log(y) - polygamma(0, x))",
        "sel(y == 0, gammapdf(x - 1, y) - f, f * (x - 1 - y) / y)"),
    row("tpdf",            "dd_tpdf(x, y)",          "NAN", "-f * (x + 1) * y / (x + y * y)"),
    # the x-th derivatives of K and E by the complementary parameter y = 1 - m
    row("ellipk_n",        "dd_elliptic(x, y, ellipkm1(y), 0.5)", "NAN", "ellipk_n(x + 1, y)"),
    row("ellipe_n",        "dd_elliptic(x, y, ellipe(1 - y), -0.5)", "NAN", "ellipe_n(x + 1, y)"),
    # the derivatives of ive and kve of order x, at y
    row("ive_slope",
        "dd_or_else(dd_bessel_slope(x, y, -1), 0.5 * (ive(x - 1, y) + ive(x + 1, y)) - sign(y) * ive(x, y))",
        "NAN", "0.5 * (ive_slope(x - 1, y) + ive_slope(x + 1, y)) - sign(y) * f"),
    row("kve_slope",       "dd_or_else(dd_bessel_slope(x, y, 1), kve(x, y) - 0.5 * (kve(x - 1, y) + kve(x + 1, y)))",
        "NAN", "f - 0.5 * (kve_slope(x - 1, y) + kve_slope(x + 1, y))"),

    # ---- incomplete beta functions and hypergeometric functions ----
    general("betainc", "by_parameter", "by_parameter", "exp(xlogy(x - 1, z) + xlog1py(y - 1, -z) - betaln(x, y))"),
    general("betaincc", "by_parameter", "by_parameter", "-exp(xlogy(x - 1, z) + xlog1py(y - 1, -z) - betaln(x, y))"),
    general("betaincinv", "by_parameter", "by_parameter", "exp(betaln(x, y) - xlogy(x - 1, f) - xlog1py(y - 1, -f))"),
    general("betainccinv", "by_parameter", "by_parameter",
        "-exp(betaln(x, y) - xlogy(x - 1, f) - xlog1py(y - 1, -f))"),
    general("hyp1f1",          "by_parameter", "by_parameter", "sel(x == 0, 0, x / y * hyp1f1(x + 1, y + 1, z))"),
    general("hyperu",          "by_parameter", "by_parameter", "-x * hyperu(x + 1, y + 1, z)"),
    general("hyp2f1", "by_parameter", "by_parameter", "by_parameter",
        "sel((x == 0) | (y == 0), 0, x * y / z * hyp2f1(x + 1, y + 1, z + 1, u))"),

    # ---- angles, and Lambert's function ----
    general("radian",          "DEGREE", "DEGREE / 60", "DEGREE / 3600"),
    general("_lambertw",       "exp(-f) / (1 + f)", "0", "0"),

    # ---- integrals ----
    general("fresnel",         ["sin(0.5 * PI * x * x)"], ["cos(0.5 * PI * x * x)"]),
    general("sici",            ["sinc(x / PI)"], ["cos(x) / x"]),
    general("shichi",          ["sel(x == 0, 1, sinh(x) / (x + (x == 0)))"], ["cosh(x) / x"]),

    # ---- Airy functions, elliptic functions ----
    general("airy",            ["g"], ["x * f"], ["k"], ["x * h"]),
    general("ellipj", ["g * h", "by_parameter"], ["-f * h", "by_parameter"], ["-y * f * g", "by_parameter"],
        ["h", "by_parameter"]),

    # ---- spherical Bessel functions ----
    general("_spherical_jn", "by_order",
        "(x * _spherical_jn(absolute(x - 1), y) - (x + 1) * _spherical_jn(x + 1, y)) / (2 * x + 1)"),
    general("_spherical_yn",   "by_order", "_spherical_yn_d(x, y)"),
    general("_spherical_yn_d", "by_order", "(x * (x + 1) / (y * y) - 1) * _spherical_yn(x, y) - 2 / y * f"),
    general("_spherical_jn_d", "by_order",
        "(x * _spherical_jn_d(absolute(x - 1), y) - (x + 1) * _spherical_jn_d(x + 1, y)) / (2 * x + 1)"),

    # ---- polynomials of any real degree ----
    # first the mirrored degrees, for which the polynomial is the same one (or its negative)
    general("eval_legendre", "by_order",
        "sel((x == 0) | (x == -1), 0, eval_gegenbauer(sel(x < -0.5, -2 - x, x - 1), 1.5, y))"),
    general("eval_chebyt",     "by_order", "sel(x == 0, 0, absolute(x) * eval_chebyu(absolute(x) - 1, y))"),
    general("eval_chebyu", "by_order",
        "sel((x == 0) | (x == -1) | (x == -2), 0, sel(x < -1, -2, 2) * "
        "eval_gegenbauer(sel(x < -1, -3 - x, x - 1), 2.0, y))"),
    general("eval_gegenbauer", "by_order", "by_parameter",
        "sel((x <= 0) & (x == floor(x)), 0, 2 * y * eval_gegenbauer(x - 1, y + 1, z))"),
    general("eval_hermite",    "by_order", "sel(x <= 0, 0, 2 * x * eval_hermite(absolute(x - 1), y))"),
    general("eval_hermitenorm", "by_order", "sel(x <= 0, 0, x * eval_hermitenorm(absolute(x - 1), y))"),
    general("eval_laguerre",   "by_order", "sel(x == 0, 0, -eval_genlaguerre(x - 1, 1.0, y))"),
    general("eval_genlaguerre", "by_order", "by_parameter", "sel(x == 0, 0, -eval_genlaguerre(x - 1, y + 1, z))"),
    general("eval_jacobi", "by_order", "by_parameter", "by_parameter",
        "sel((x <= 0) & (x == floor(x)), 0, 0.5 * (x + y + z + 1) * eval_jacobi(x - 1, y + 1, z + 1, u))"),
    general("eval_sh_legendre", "by_order",
        "sel((x == 0) | (x == -1), 0, 2 * eval_gegenbauer(sel(x < -0.5, -2 - x, x - 1), 1.5, 2 * y - 1))"),
    general("eval_sh_chebyt",  "by_order", "sel(x == 0, 0, 2 * absolute(x) * eval_chebyu(absolute(x) - 1, 2 * y - 1))"),
    general("eval_sh_chebyu", "by_order",
        "sel((x == 0) | (x == -1) | (x == -2), 0, sel(x < -1, -4, 4) * "
        "eval_gegenbauer(sel(x < -1, -3 - x, x - 1), 2.0, 2 * y - 1))"),
    general("eval_chebyc",     "by_order", "sel(x == 0, 0, absolute(x) * eval_chebyu(absolute(x) - 1, 0.5 * y))"),
    general("eval_chebys", "by_order",
        "sel((x == 0) | (x == -1) | (x == -2), 0, sel(x < -1, -1, 1) * "
        "eval_gegenbauer(sel(x < -1, -3 - x, x - 1), 2.0, 0.5 * y))"),
    general("lpmv",            "by_order", "by_order", "(y * z * f - (x + y) * lpmv(x, y - 1, z)) / (z * z - 1)"),

    # ---- functions of integrals, Struve's among them ----
    general("wofz",            "2j / sqrt(PI) - 2 * x * f"),
    general("struve", "by_parameter",
        "0.5 * (struve(x - 1, y) - struve(x + 1, y) + power(0.5 * y, x) * rgamma(x + 1.5) / sqrt(PI))"),
    general("modstruve", "by_parameter",
        "0.5 * (modstruve(x - 1, y) + modstruve(x + 1, y) + power(0.5 * y, x) * rgamma(x + 1.5) / sqrt(PI))"),
    general("itj0y0",          ["j0(x)"], ["y0(x)"]),
    general("iti0k0",          ["i0(x)"], ["k0(x)"]),
    general("it2j0y0",         ["(1 - j0(x)) / x"], ["-y0(x) / x"]),
    general("it2i0k0",         ["(i0(x) - 1) / x"], ["-k0(x) / x"]),
    general("itairy",          ["airy(x)[0]"], ["airy(x)[2]"], ["airy(-x)[0]"], ["airy(-x)[2]"]),
    general("itstruve0",       "struve(0.0, x)"),
    general("it2struve0",      "-struve(0.0, x) / x"),
    general("itmodstruve0",    "modstruve(0.0, x)"),

    # ---- functions whose results are complex ----
    general("airye", ["g + sqrt(x) * f"], ["x * f + sqrt(x) * g"], ["k - sqrt(maximum(x, 0)) * h"],
        ["x * h - sqrt(maximum(x, 0)) * k"]),
    general("modfresnelp",     ["-exp(1j * x * x)"], ["-2j * x * g - exp(-0.25j * PI) / sqrt(PI)"]),
    general("modfresnelm",     ["-exp(-1j * x * x)"], ["2j * x * g - exp(0.25j * PI) / sqrt(PI)"]),
    general("kelvin",          ["h"], ["k"], ["1j * f - h / x"], ["1j * g - k / x"]),
    general("hankel1",         "by_order", "0.5 * (hankel1(x - 1, y) - hankel1(x + 1, y))"),
    general("hankel2",         "by_order", "0.5 * (hankel2(x - 1, y) - hankel2(x + 1, y))"),
    general("hankel1e",        "by_order", "0.5 * (hankel1e(x - 1, y) - hankel1e(x + 1, y)) - 1j * f"),
    general("hankel2e",        "by_order", "0.5 * (hankel2e(x - 1, y) - hankel2e(x + 1, y)) + 1j * f"),

    # ---- Mathieu functions, and others by their equations ----
    general("mathieu_cem", ["by_order", "by_parameter", "DEGREE * g"],
        ["by_order", "by_parameter", "-DEGREE * (mathieu_a(x, y) - 2 * y * cosdg(2 * z)) * f"]),
    general("mathieu_sem", ["by_order", "by_parameter", "DEGREE * g"],
        ["by_order", "by_parameter", "-DEGREE * (mathieu_b(x, y) - 2 * y * cosdg(2 * z)) * f"]),
    general("round",           "0"),
    general("smirnov",         "by_order", "_smirnovp(x, y)"),
    general("smirnovi",        "by_order", "1 / _smirnovp(x, f)"),
    general("pbdv",            ["by_order", "g"], ["by_order", "(y * y / 4 - x - 0.5) * f"]),
    general("pbvv",            ["by_order", "g"], ["by_order", "(y * y / 4 - x - 0.5) * f"]),
    general("pbwa",            ["by_parameter", "g"], ["by_parameter", "(x - y * y / 4) * f"]),
    general("besselpoly",      "(jv(z, 2 * x) - (y + 1) * f) / x", "by_parameter", "by_parameter"),
    general("wright_bessel",   "by_parameter", "by_parameter", "wright_bessel(x, x + y, z)"),
    general("log_wright_bessel", "by_parameter", "by_parameter", "exp(log_wright_bessel(x, x + y, z) - f)"),

    # Mathieu's modified functions: y'' = (a - 2 q cosh 2x) y
    *(general(f"mathieu_mod{kind}", ["by_order", "by_parameter", "g"],
              ["by_order", "by_parameter", f"(mathieu_{value}(x, y) - 2 * y * cosh(2 * z)) * f"])
      for kind, value in (("cem1", "a"), ("cem2", "a"), ("sem1", "b"), ("sem2", "b"))),

    # spheroidal functions: their equation gives the second derivative (DLMF 30.2.1); *_cv take the eigenvalue, too
    *(general(f"{side}_{kind}{cv}", ["by_order", "by_order", "by_parameter", *held, "g"],
              ["by_order", "by_order", "by_parameter", *held, text.format(t=t, cv=value)])
      for side, kinds, text in (
          ("pro", ("ang1", "rad1", "rad2"),
           "(2 * {t} * g - ({cv} - z * z * {t} * {t} - x * x / (1 - {t} * {t})) * f) / (1 - {t} * {t})"),
          ("obl", ("ang1",),
           "(2 * {t} * g - ({cv} + z * z * {t} * {t} - x * x / (1 - {t} * {t})) * f) / (1 - {t} * {t})"),
          ("obl", ("rad1", "rad2"),
           "-(2 * {t} * g - ({cv} - z * z * {t} * {t} - x * x / (1 + {t} * {t})) * f) / (1 + {t} * {t})"))
      for kind in kinds
      for cv, held, t, value in (("", [], "u", f"{side}_cv(x, y, z)"), ("_cv", ["by_parameter"], "v", "u"))),
)
