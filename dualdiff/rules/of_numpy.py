"""The table of elementwise functions, first part: NumPy's, the math module's, and helpers.

A row is a name (NumPy's), the value and the partial derivatives, in x and y (the arguments) and f (the value); row.py
says what else a row may say.  For NumPy's functions the value is always taken from NumPy, to the bit; the column is
what plain numbers inside of partials take, and a test holds it to NumPy's.  A helper is a function that partials are
written in: it becomes a NumPy ufunc of our own, made from its value.

- A partial is within 4 ulp of the true one wherever the value is finite.  That is why tanh' is not 1 - f*f, arcsinh'
  not 1/sqrt(x*x + 1), expm1' not f + 1.
- A partial can be differentiated again, to any order: at a hard point it is built from a helper, which is a row itself.
- Kinks give the symmetric derivative lim (f(x+h) - f(x-h))/2h: absolute'(0) = 0, ties of maximum share.  Steps (floor,
  sign, heaviside in x) have derivative 0, also at the step.  At the edge of a domain it is the one-sided limit:
  sqrt'(0) = inf.
- A partial that reads 0, 1, -1, x, y, f, g(x) or -g(x) costs no evaluation of its own in the array kernels.
"""

from .row import row

# fmt: off
ROWS = (
    # ---- one argument: name, value, d/dx ----
    row("negative",        "-x",                     "-1", exact=True),
    row("positive",        "x",                      "1", exact=True),
    row("absolute",        "fabs(x)",                "sign(x)", exact=True, kink="x == 0", alias="fabs", math="fabs"),
    row("sign",            "dd_sign(x)",             "0", exact=True),
    row("floor",           "floor(x)",               "0", exact=True),
    row("ceil",            "ceil(x)",                "0", exact=True),
    row("trunc",           "trunc(x)",               "0", exact=True),
    row("rint",            "rint(x)",                "0", exact=True),
    row("conjugate",       "x",                      "1", exact=True),
    row("square",          "x * x",                  "2 * x", exact=True),
    row("sqrt",            "sqrt(x)",                "0.5 / f", exact=True, edge="x == 0", math="sqrt"),
    row("cbrt",            "cbrt(x)",                "1 / (3 * f * f)", math="cbrt"),
    row("reciprocal",      "1 / x",                  "-f * f", exact=True),
    row("exp",             "exp(x)",                 "f", math="exp"),
    row("exp2",            "exp2(x)",                "LN2 * f", math="exp2"),
    row("expm1",           "expm1(x)",               "exp(x)", math="expm1"),
    row("log",             "log(x)",                 "1 / x", math="log"),
    row("log2",            "log2(x)",                "INV_LN2 / x", math="log2"),
    row("log10",           "log10(x)",               "INV_LN10 / x", math="log10"),
    row("log1p",           "log1p(x)",               "1 / (1 + x)", math="log1p"),
    row("sin",             "sin(x)",                 "cos(x)", math="sin"),
    row("cos",             "cos(x)",                 "-sin(x)", math="cos"),
    row("tan",             "tan(x)",                 "1 + f * f", math="tan"),
    row("arcsin",          "asin(x)",                "1 / sqrt((1 - x) * (1 + x))", math="asin"),
    row("arccos",          "acos(x)",                "-1 / sqrt((1 - x) * (1 + x))", math="acos"),
    row("arctan",          "atan(x)",                "sel(x * x < 1e30, 1 / (1 + x * x), 1 / x / x)", math="atan"),
    row("sinh",            "sinh(x)",                "cosh(x)", math="sinh"),
    row("cosh",            "cosh(x)",                "sinh(x)", math="cosh"),
    row("tanh",            "tanh(x)",                "sech2(x)", math="tanh"),
    row("arcsinh",         "asinh(x)",               "1 / hypot(x, 1)", math="asinh"),
    row("arccosh",         "acosh(x)",               "1 / (sqrt(x - 1) * sqrt(x + 1))", math="acosh"),
    row("arctanh",         "atanh(x)",               "1 / ((1 - x) * (1 + x))", math="atanh"),
    row("radians",         "DEGREE * x",             "DEGREE", alias="deg2rad", math="radians"),
    row("degrees",         "x / DEGREE",             "INV_DEGREE", alias="rad2deg", math="degrees"),
    row("sinc",            "sincn(0, x)",            "-PI2 * x * sincn(1, x)",
        on_complex="sel(x == 0, 1, sin(PI * x) / (PI * x))"),
    row("erf",             "erf(x)",                 "TWO_SQRTPI * gauss(x)", math="erf", scipy="erf"),
    row("erfc",            "erfc(x)",                "-TWO_SQRTPI * gauss(x)", math="erfc", scipy="erfc"),
    row("gamma",           "tgamma(x)",              "f * polygamma(0, x)", math="gamma", scipy="gamma"),
    row("gammaln",         "lgamma(x)",              "polygamma(0, x)", math="lgamma", scipy="gammaln"),
    row("modf_fraction",   "x - trunc(x)",           "1"),
    row("frexp_mantissa",  "dd_mantissa(x)",         "sel(x == 0, 1, f / x)"),

    # ---- two arguments: name, value, d/dx, d/dy ----
    row("add",             "x + y",                  "1", "1", exact=True),
    row("subtract",        "x - y",                  "1", "-1", exact=True),
    row("multiply",        "x * y",                  "y", "x", exact=True),
    row("divide",          "x / y",                  "1 / y", "-f / y", exact=True),
    row("power",           "pow(x, y)",
        "sel(absolute(x) <= 6e-309, sel(y == 0, 0, y * powm1(x, y)), y * powm1(x, y))",
        "sel(x == 0, powlog(x, y), sel(f == 0, 0, f * log(x)))", alias="float_power", math="pow"),
    row("remainder",       "dd_remainder(x, y)",     "1", "-floor_divide(x, y)"),
    row("fmod",            "fmod(x, y)",             "1", "-rint((x - f) / y)", math="fmod"),
    row("floor_divide",    "dd_floor_divide(x, y)",  "0", "0"),
    row("maximum",         "sel(x >= y, x, sel(y > x, y, x + y))",
        "sel(x == y, 0.5, sel(x > y, 1, sel(x < y, 0, f)))", "sel(x == y, 0.5, sel(y > x, 1, sel(y < x, 0, f)))",
        selects=True, tie="x == y"),
    row("minimum",         "sel(x <= y, x, sel(y < x, y, x + y))",
        "sel(x == y, 0.5, sel(x < y, 1, sel(x > y, 0, f)))", "sel(x == y, 0.5, sel(y < x, 1, sel(y > x, 0, f)))",
        selects=True, tie="x == y"),
    row("fmax",            "fmax(x, y)", "sel(x == y, 0.5, sel(x > y, 1, sel(y == y, 0, sel(x == x, 1, f))))",
        "sel(x == y, 0.5, sel(y > x, 1, sel(x == x, 0, sel(y == y, 1, f))))", selects=True, tie="x == y"),
    row("fmin",            "fmin(x, y)", "sel(x == y, 0.5, sel(x < y, 1, sel(y == y, 0, sel(x == x, 1, f))))",
        "sel(x == y, 0.5, sel(y < x, 1, sel(x == x, 0, sel(y == y, 1, f))))", selects=True, tie="x == y"),
    row("hypot",           "hypot(x, y)", "sel(f == 0, 0, x / f)", "sel(f == 0, 0, y / f)", kink="f == 0",
        on_complex="sqrt(x * x + y * y)"),
    row("arctan2",         "atan2(x, y)", "y / hypot(x, y) / hypot(x, y)", "-x / hypot(x, y) / hypot(x, y)",
        math="atan2"),
    row("logaddexp",       "dd_logaddexp(x, y)",     "expit2(x, y)", "expit2(y, x)"),
    row("logaddexp2",      "dd_logaddexp2(x, y)",    "exp2it2(x, y)", "exp2it2(y, x)"),
    row("copysign",        "copysign(x, y)", "sign(x) * copysign(1, y)", "0", exact=True, kink="x == 0",
        math="copysign"),
    row("heaviside",       "dd_heaviside(x, y)",     "0", "sel(x == 0, 1, 0)", selects=True),
    row("ldexp",           "x * exp2(y)",            "exp2(y)", "0"),

    # ---- helpers: ufuncs of our own that partials are written in ----
    # 1/cosh(x)^2, also where tanh(x) has rounded to 1
    row("sech2",           "dd_sech2(x)",            "-2 * f * tanh(x)", on_complex="1 / (cosh(x) * cosh(x))"),
    # exp(x)/(exp(x) + exp(y)): the logistic function of x - y, the difference exact
    row("expit2",          "dd_expit2(x, y)",        "f * expit2(y, x)", "-f * expit2(y, x)"),
    row("exp2it2",         "dd_exp2it2(x, y)",       "LN2 * f * exp2it2(y, x)", "-LN2 * f * exp2it2(y, x)"),
    # j_n(pi y)/(pi y)^n, j_n the spherical Bessel function (x = n); sinc is n = 0
    row("sincn",           "dd_sincn(x, y)",         "NAN", "-PI2 * y * sincn(x + 1, y)"),
    # x^(y-1), the rounding of y - 1 compensated
    row("powm1",           "dd_powm1(x, y)",
        "sel(x == 0, sel(y == 1, 0, (y - 1) * powm1(x, y - 1)), (y - 1) * f / x)",
        "sel(x == 0, powlog(x, y - 1), sel(f == 0, 0, f * log(x)))", on_complex="power(x, y - 1)"),
    # x^y log(x), with its limit at x = 0
    row("powlog",          "dd_powlog(x, y)",
        "sel(x == 0, y * powlog(x, y - 1) + powm1(x, y), powm1(x, y) * (y * log(x) + 1))",
        "sel(f == 0, 0, f * log(x))", on_complex="sel(x == 0, sel(real(y) > 0, 0, -INF), power(x, y) * log(x))"),
    # exp(-x^2), the square exact
    row("gauss",           "dd_gauss(x)",            "-2 * x * f", on_complex="exp(-x * x)"),
    # the x-th derivative of the digamma function, at y
    row("polygamma",       "dd_polygamma(x, y)", "NAN", "polygamma(x + 1, y)",
        on_complex="psi(y) if x == 0 else polygamma(x, y)"),
)
