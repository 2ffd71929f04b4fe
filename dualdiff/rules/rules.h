/* rules.h: the one table of elementwise functions.
 *
 * A line gives a function's name (NumPy's), its value and its partial derivatives,
 * in x, y (the arguments) and f (the value).  Every expression is legal C *and* legal
 * Python, so that
 *
 *   - the C compiler turns it into the scalar and the array kernels (kernels.h),
 *   - its text gives the generic path (table.py): nested duals, complex numbers,
 *     recorded maps, and the facts zero / linear / nonlinear.
 *
 * Invariants
 *   - Each partial is within 4 ulp of the true one wherever the value is finite.  That is
 *     why tanh' is not 1 - f*f, arcsinh' not 1/sqrt(x*x + 1), expm1' not f + 1.
 *   - A partial can be differentiated again, to any order: at a hard point it is built
 *     from a helper (third section), which is a rule itself.
 *   - Kinks give the symmetric derivative lim (f(x+h) - f(x-h))/2h: absolute'(0) = 0, ties
 *     of maximum share.  Steps (floor, sign, heaviside in x) have derivative 0, also at
 *     the step.  At the edge of a domain it is the one-sided limit: sqrt'(0) = inf.
 *   - sel(c, a, b) is "a where c, else b".  It is the only branch; c is about values.
 *
 * A partial that is exactly 0, 1, -1, x, y, f, g(x) or -g(x) costs no evaluation of its
 * own in the array kernels: they read that off the text (engine.h).
 *
 * The value column is what makes the helpers NumPy ufuncs; for NumPy's own functions the
 * value is always taken from NumPy (bit-equal), and a test holds the column to it.
 *
 * Included by kernels.h, several times, with UNARY and BINARY defined differently.
 */

/* ---- one argument ----       value                      d/dx                               */
UNARY (negative,                -x,                        -1)
UNARY (positive,                x,                         1)
UNARY (absolute,                fabs(x),                   sign(x))
UNARY (sign,                    sign(x),                   0)
UNARY (floor,                   floor(x),                  0)
UNARY (ceil,                    ceil(x),                   0)
UNARY (trunc,                   trunc(x),                  0)
UNARY (rint,                    rint(x),                   0)
UNARY (conjugate,               x,                         1)
UNARY (square,                  x * x,                     2 * x)
UNARY (sqrt,                    sqrt(x),                   0.5 / f)
UNARY (cbrt,                    cbrt(x),                   1 / (3 * f * f))
UNARY (reciprocal,              1 / x,                     -f * f)
UNARY (exp,                     exp(x),                    f)
UNARY (exp2,                    exp2(x),                   LN2 * f)
UNARY (expm1,                   expm1(x),                  exp(x))
UNARY (log,                     log(x),                    1 / x)
UNARY (log2,                    log2(x),                   INV_LN2 / x)
UNARY (log10,                   log10(x),                  INV_LN10 / x)
UNARY (log1p,                   log1p(x),                  1 / (1 + x))
UNARY (sin,                     sin(x),                    cos(x))
UNARY (cos,                     cos(x),                    -sin(x))
UNARY (tan,                     tan(x),                    1 + f * f)
UNARY (arcsin,                  arcsin(x),                 1 / sqrt((1 - x) * (1 + x)))
UNARY (arccos,                  arccos(x),                 -1 / sqrt((1 - x) * (1 + x)))
UNARY (arctan,                  arctan(x),                 sel(x * x < 1e30, 1 / (1 + x * x), 1 / x / x))
UNARY (sinh,                    sinh(x),                   cosh(x))
UNARY (cosh,                    cosh(x),                   sinh(x))
UNARY (tanh,                    tanh(x),                   sech2(x))
UNARY (arcsinh,                 arcsinh(x),                1 / hypot(x, 1))
UNARY (arccosh,                 arccosh(x),                1 / (sqrt(x - 1) * sqrt(x + 1)))
UNARY (arctanh,                 arctanh(x),                1 / ((1 - x) * (1 + x)))
UNARY (radians,                 DEGREE * x,                DEGREE)
UNARY (degrees,                 x / DEGREE,                INV_DEGREE)
UNARY (sinc,                    sincn(0, x),               -PI2 * x * sincn(1, x))
UNARY (erf,                     erf(x),                    TWO_SQRTPI * gauss(x))
UNARY (erfc,                    erfc(x),                   -TWO_SQRTPI * gauss(x))
UNARY (gamma,                   gamma(x),                  f * polygamma(0, x))
UNARY (gammaln,                 gammaln(x),                polygamma(0, x))
UNARY (modf_fraction,           x - trunc(x),              1)
UNARY (frexp_mantissa,          mantissa(x),               sel(x == 0, 1, f / x))

/* ---- two arguments ----      value           d/dx                       d/dy               */
BINARY(add,                     x + y,          1,                         1)
BINARY(subtract,                x - y,          1,                         -1)
BINARY(multiply,                x * y,          y,                         x)
BINARY(divide,                  x / y,          1 / y,                     -f / y)
BINARY(power,                   power(x, y),    sel(absolute(x) <= 6e-309, sel(y == 0, 0, y * powm1(x, y)), y * powm1(x, y)),
                                sel(x == 0, powlog(x, y), sel(f == 0, 0, f * log(x))))
BINARY(remainder,               remainder(x, y), 1,                        -floor_divide(x, y))
BINARY(fmod,                    fmod(x, y),     1,                         -rint((x - f) / y))
BINARY(floor_divide,            floor_divide(x, y), 0,                     0)
BINARY(maximum,                 sel(x >= y, x, sel(y > x, y, x + y)),
                                sel(x == y, 0.5, sel(x > y, 1, sel(x < y, 0, f))),
                                sel(x == y, 0.5, sel(y > x, 1, sel(y < x, 0, f))))
BINARY(minimum,                 sel(x <= y, x, sel(y < x, y, x + y)),
                                sel(x == y, 0.5, sel(x < y, 1, sel(x > y, 0, f))),
                                sel(x == y, 0.5, sel(y < x, 1, sel(y > x, 0, f))))
BINARY(fmax,                    fmax(x, y),
                                sel(x == y, 0.5, sel(x > y, 1, sel(y == y, 0, sel(x == x, 1, f)))),
                                sel(x == y, 0.5, sel(y > x, 1, sel(x == x, 0, sel(y == y, 1, f)))))
BINARY(fmin,                    fmin(x, y),
                                sel(x == y, 0.5, sel(x < y, 1, sel(y == y, 0, sel(x == x, 1, f)))),
                                sel(x == y, 0.5, sel(y < x, 1, sel(x == x, 0, sel(y == y, 1, f)))))
BINARY(hypot,                   hypot(x, y),    sel(f == 0, 0, x / f),     sel(f == 0, 0, y / f))
BINARY(arctan2,                 arctan2(x, y),  y / hypot(x, y) / hypot(x, y), -x / hypot(x, y) / hypot(x, y))
BINARY(logaddexp,               logaddexp(x, y), expit2(x, y),             expit2(y, x))
BINARY(logaddexp2,              logaddexp2(x, y), exp2it2(x, y),           exp2it2(y, x))
BINARY(copysign,                copysign(x, y), sign(x) * copysign(1, y),  0)
BINARY(heaviside,               heaviside(x, y), 0,                        sel(x == 0, 1, 0))
BINARY(ldexp,                   x * exp2(y),    exp2(y),                   0)

/* ---- helpers: ufuncs of our own that partials are written in ----                          */
/* 1/cosh(x)^2, also where tanh(x) has rounded to 1 */
UNARY (sech2,                   sech2(x),                  -2 * f * tanh(x))
/* exp(x)/(exp(x) + exp(y)): the logistic function of x - y, the difference exact */
BINARY(expit2,                  expit2(x, y),   f * expit2(y, x),          -f * expit2(y, x))
BINARY(exp2it2,                 exp2it2(x, y),  LN2 * f * exp2it2(y, x),   -LN2 * f * exp2it2(y, x))
/* j_n(pi y)/(pi y)^n, j_n the spherical Bessel function (x = n); sinc is n = 0 */
BINARY(sincn,                   sincn(x, y),    NAN,                       -PI2 * y * sincn(x + 1, y))
/* x^(y-1), the rounding of y - 1 compensated */
BINARY(powm1,                   powm1(x, y),    sel(x == 0, sel(y == 1, 0, (y - 1) * powm1(x, y - 1)), (y - 1) * f / x),
                                sel(x == 0, powlog(x, y - 1), sel(f == 0, 0, f * log(x))))
/* x^y log(x), with its limit at x = 0 */
BINARY(powlog,                  powlog(x, y),
                                sel(x == 0, y * powlog(x, y - 1) + powm1(x, y), powm1(x, y) * (y * log(x) + 1)),
                                sel(f == 0, 0, f * log(x)))
/* exp(-x^2), the square exact */
UNARY (gauss,                   gauss(x),                  -2 * x * f)
/* the x-th derivative of the digamma function, at y */
BINARY(polygamma,               polygamma(x, y), NAN,                      polygamma(x + 1, y))

/* ---- scipy.special ---- */
#include "rules_scipy.h"
