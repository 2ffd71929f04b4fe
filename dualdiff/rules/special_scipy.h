/* special_scipy.h: the helpers of of_scipy.py, as C.
 *
 * Each computes a derivative where the textbook formula in SciPy's own functions would cancel, overflow or
 * be 0/0.  A helper with an index n is a whole family of derivatives, so that any order is as good as the
 * first.  Nothing here knows of duals, arrays or Python.  Included by kernels.h, after special.h.
 */
#ifndef DUALDIFF_SPECIAL_SCIPY_H
#define DUALDIFF_SPECIAL_SCIPY_H

#include "special.h"

#define INV_SQRT2PI 0.39894228040143267794   /* 1/sqrt(2 pi) */
#define SQRT2_PI    0.79788456080286535588   /* sqrt(2/pi) */
#define HALF_SQRTPI 0.88622692545275801365   /* sqrt(pi)/2 */

/* a, or b where a is nan */
static inline double dd_or_else(double a, double b) { return a == a ? a : b; }

/* ---- the normal distribution and the error functions ---- */

/* exp(-x^2/2)/sqrt(2 pi), the square exact as in dd_gauss */
static inline double dd_normal(double x)
{
    volatile double c = 134217729.0 * x, big = c - x, h = c - big;
    double l;
    if (fabs(x) > 40) return 0.0;
    l = x - h;
    return INV_SQRT2PI * exp(-0.5 * h * h) * exp(-0.5 * l * (x + h));
}

/* The derivatives of the inverses at x, y being the (rounded) inverse: 1/f'(y) would have the rounding of y
 * 2 y^2 times over, so one Newton step d puts it right. */
static inline double dd_erfcinv_slope(double x, double y)
{
    double g = TWO_SQRTPI * dd_gauss(y), d;
    if (g == 0 || isinf(y)) return -INFINITY;
    d = y > 0 ? (erfc(y) - x) / g : (x == x ? ((2 - x) - erfc(-y)) / g : x);
    return -exp(2 * y * d) / g;
}

static inline double dd_erfinv_slope(double x, double y)
{
    double g, d;
    if (x > 0.5) return -dd_erfcinv_slope(1 - x, y);
    if (x < -0.5) return -dd_erfcinv_slope(1 + x, -y);
    g = TWO_SQRTPI * dd_gauss(y);
    d = (x - erf(y)) / g;
    return exp(2 * y * d) / g;
}

static inline double dd_ndtri_slope(double x, double y)
{
    const double sqrt2_low = -9.667293313452913e-17;
    double g = dd_normal(y), z = y / SQRT2, low, d;
    if (g == 0 || isinf(y)) return INFINITY;
    low = fma(-z, SQRT2, y) - z * sqrt2_low;        /* y = z sqrt(2) + low */
    d = y < 0 ? (x - 0.5 * erfc(-z)) / g : (0.5 * erfc(z) - (1 - x)) / g;
    return exp(y * (d - low)) / g;
}

/* 1/(t + 2/(t + 3/(t + ...))): -x plus this, t = -x, is the Mills ratio below (DLMF 7.9.3) */
static inline double dd_mills_excess(double x)
{
    double t = -x, f = 0;
    int n;
    if (t < 1.5) return NAN;
    for (n = (int) (12 + 500 / (t * t)); n >= 1; n--) f = n / (t + f);
    return f;
}

/* normal(x)/ndtr(x), the derivative of log_ndtr */
static inline double dd_mills(double x)
{
    if (x < -1.5) return -x + dd_mills_excess(x);
    return dd_normal(x) / (0.5 * erfc(-x / SQRT2));
}

/* The n-th derivative of Dawson's integral D: D' = 1 - 2 x D; the asymptotic series (DLMF 7.12.3)
 * differentiated term by term where that cancels */
static inline double dd_dawsn_n(double n_, double x, double value)
{
    int n = (int) n_, k, i;
    double a = value, b = 1 - 2 * x * value, c, term, sum;
    if (!(n_ >= 0 && n_ < 100)) return NAN;
    if (n == 0) return a;
    if (fabs(x) < 7 + 0.5 * n) {
        for (i = 1; i < n; i++) { c = -2 * (x * b + i * a); a = b; b = c; }
        return b;
    }
    term = 0.5 / x;                          /* of x^(-2k-1): (2k-1)!!/2^(k+1) */
    for (i = 1; i <= n; i++) term *= -i / x;
    sum = term;
    for (k = 1; k < 40 && fabs(term) > 1e-17 * fabs(sum); k++) {
        term *= (2 * k - 1) / (2 * x * x) * ((2.0 * k + n) * (2.0 * k + n - 1)) / ((2.0 * k) * (2.0 * k - 1));
        sum += term;
    }
    return sum;
}

/* ---- exponential and logarithm ---- */

/* The integral of t^n exp(t y) over 0 < t < 1: the n-th derivative of exprel */
static inline double dd_expmoment(double n_, double y)
{
    int n = (int) n_, m;
    double term, sum, e;
    if (!(n_ >= 0 && n_ < 1000) || y != y) return NAN;
    if (fabs(y) < n + 3) {
        if (y < -0.5) {                      /* Kummer's transformation: terms of one sign */
            term = sum = 1.0 / (n + 1);
            for (m = 1; m < 4000 && term > 1e-18 * sum; m++) sum += term *= -y / (n + 1 + m);
            return exp(y) * sum;
        }
        term = 1;
        sum = 1.0 / (n + 1);
        for (m = 1; m < 4000; m++) {
            term *= y / m;
            sum += term / (n + 1 + m);
            if (fabs(term) < 1e-18 * sum) break;
        }
        return sum;
    }
    if (isinf(y)) return y > 0 ? y : 0.0;
    e = exp(y);                              /* the recurrence, stable for |y| > n */
    sum = expm1(y) / y;
    for (m = 1; m <= n; m++) sum = (e - m * sum) / y;
    return sum;
}

/* The integral of t^n/(1 + t y)^(n+1) over 0 < t < 1; n = 0 is log1p(y)/y.  With w = y/(1 + y) it is
 * the tail of the series of -log(1 - w) from w^(n+1) on, divided by y^(n+1). */
static inline double dd_log1p_moment(double n_, double y)
{
    int n = (int) n_, k;
    double w = y / (1 + y), sum = 0, power = 1, scale = 1;
    if (!(n_ >= 0 && n_ < 1000) || y != y) return NAN;
    if (n == 0) return y == 0 ? 1.0 : isinf(y) ? 0.0 : log1p(y) / y;
    if (fabs(w) < 0.5) {
        for (k = n + 1; k < n + 80 && fabs(power) > 1e-18; k++, power *= w) sum += power / k;
        for (k = 0; k <= n; k++) scale /= 1 + y;
        return scale * sum;
    }
    for (k = 1; k <= n; k++) { power *= w; sum += power / k; }
    for (k = 0; k <= n; k++) scale *= y;
    return (log1p(y) - sum) / scale;
}

/* log(x/y) for x, y > 0, exact also where x is near y or x/y overflows */
static inline double dd_logratio(double x, double y)
{
    double r = x / y;
    if (fabs(x - y) < 0.5 * y) return log1p((x - y) / y);
    if (r > 1e-300 && r < 1e300) return log(r);
    return log(x) - log(y);
}

/* ---- the gamma function and its kin ---- */

/* psi(x) - psi(x + y), without cancellation for positive arguments */
static inline double dd_psidiff(double x, double y)
{
    if (x > 0 && x + y > 0) return -y * dd_digamma_slope(x, x + y, -y);
    return dd_polygamma(0, x) - dd_polygamma(0, x + y);
}

/* The derivative of 1/gamma: also at its zeros, by the reflection formula */
static inline double dd_drgamma(double x)
{
    if (x >= 0.5) return x > 171 ? -exp(-lgamma(x)) * dd_polygamma(0, x) : -dd_polygamma(0, x) / tgamma(x);
    return tgamma(1 - x) * (dd_cospi(x) - dd_polygamma(0, 1 - x) * dd_sinpi(x) / PI);
}

/* log1p(d) - d for |d| < 0.4, without cancellation: by log(1+d) = 2 atanh(d/(2 + d)) */
static inline double dd_log1pmx(double d)
{
    double s, s2, term, sum;
    int k;
    s = d / (2 + d);
    s2 = s * s;
    /* 2 s - d = -d s; the rest is 2 s (s^2/3 + s^4/5 + ...) */
    for (sum = 0, term = s2, k = 3; k < 60 && term > 1e-18 * s2; k += 2, term *= s2) sum += term / k;
    return s * (2 * sum - d);
}

/* log(gamma(a + 1)) - ((a + 1/2) log(a) - a + log(2 pi)/2), the error of Stirling's formula, for a >= 15 */
static inline double dd_stirling(double a)
{
    double b = 1 / (a * a);
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - b / 1188) * b) * b) * b) / a;
}

/* x^(a-1) exp(-x)/gamma(a), the density of the gamma distribution; by Loader's saddle-point form (Fast and
 * accurate computation of binomial probabilities, 2000) where powers would lose, overflow or underflow */
static inline double dd_gammapdf(double a, double x)
{
    double d, p;
    if (!(a > 0) || !(x >= 0)) return a == 0 && x > 0 ? 0.0 : NAN;
    if (x == 0) return a < 1 ? INFINITY : a == 1 ? 1.0 : 0.0;
    if (isinf(x)) return 0.0;
    if (a < 100) {
        p = pow(x, a - 1);
        if (a < 15 || (p > 1e-280 && p < 1e280 && x < 700)) {
            d = exp(-0.5 * x);
            return p * d / tgamma(a) * d;
        }
    }
    d = (x - a) / a;
    p = fabs(d) < 0.4 ? dd_log1pmx(d) : log(x / a) - d;
    return exp(a * p - dd_stirling(a)) * sqrt(a / TWO_PI) / x;
}

/* The density of Student's t distribution with a degrees of freedom */
static inline double dd_tpdf(double a, double t)
{
    double u = t / a * t, c;
    if (!(a > 0) || t != t) return NAN;
    if (isinf(a)) return dd_normal(t);
    /* gamma((a+1)/2)/gamma(a/2)/sqrt(a/2) */
    if (a < 300) c = tgamma(0.5 * a + 0.5) / tgamma(0.5 * a) / sqrt(0.5 * a);
    else {
        double b = 1 / a;       /* DLMF 5.11.13 */
        c = 1 - b * (1.0 / 4 - b * (1.0 / 32 + b * (5.0 / 128 - b * (21.0 / 2048 + b * (399.0 / 8192 - b * 869.0 / 65536)))));
    }
    return c * INV_SQRT2PI * exp(-0.5 * (a + 1) * log1p(u));
}

/* ---- Bessel functions ---- */

/* The derivative of exp(-x) I_v(x) (sign -1) or exp(x) K_v(x) (sign 1) for large x, by the asymptotic
 * series (DLMF 10.40.1, 10.40.2) differentiated term by term; NAN where that has not enough digits */
static double dd_bessel_slope(double v, double x, int sign)
{
    double mu = 4 * v * v, term = 1, sum = 0.5, k, last = 1;
    if (x < 0 && sign < 0) return -dd_cospi(v) * dd_bessel_slope(v, -x, sign);     /* of integer order */
    if (!(x > 30 && x > 2 * v * v)) return NAN;
    for (k = 1; k < 100; k++) {
        term *= sign * (mu - (2 * k - 1) * (2 * k - 1)) / (8 * k * x);
        if (fabs(term) > last) break;
        last = fabs(term);
        sum += (k + 0.5) * term;
        if (last < 1e-17) break;
    }
    return (sign < 0 ? -1 / sqrt(TWO_PI * x) : -sqrt(PI / (2 * x))) * sum / x;
}

/* ---- elliptic integrals ---- */

/* Carlson's R_D(0, x, y) by duplication (Numerical computation of real or complex elliptic integrals, 1995) */
static inline double dd_rd0(double x, double y)
{
    double z = 0, sum = 0, scale = 1, a = (x + 3 * y) / 5, big, l, dx, dy, dz, e2, e3, e4, e5;
    int n;
    if (!(x >= 0 && y >= 0)) return NAN;
    if (x == 0 || y == 0) return INFINITY;
    big = fmax(fabs(a), fmax(fabs(a - x), fabs(a - y))) * 800;
    for (n = 0; n < 500 && scale * big > fabs(a); n++) {
        double rx = sqrt(x), ry = sqrt(y), rz = sqrt(z);
        l = rx * ry + ry * rz + rz * rx;
        sum += scale / (ry * (y + l));
        scale /= 4;
        x = (x + l) / 4; y = (y + l) / 4; z = (z + l) / 4;
        a = (a + l) / 4;
    }
    dx = (a - x) / a; dz = (a - z) / a; dy = -(dx + dz) / 3;
    e2 = dx * dz - 6 * dy * dy;
    e3 = (3 * dx * dz - 8 * dy * dy) * dy;
    e4 = 3 * (dx * dz - dy * dy) * dy * dy;
    e5 = dx * dz * dy * dy * dy;
    return 3 * sum + scale / (a * sqrt(a)) * (1 - 3 * e2 / 14 + e3 / 6 + 9 * e2 * e2 / 88 - 3 * e4 / 22
                                              - 9 * e2 * e3 / 52 + 3 * e5 / 26);
}

/* The n-th derivative of K (E) by p = 1 - m: the power series in m near m = 0, else the first by Carlson's
 * form (DLMF 19.25.1) and the recurrence that the differential equation (DLMF 19.4.8, 19.4.9) gives.
 * a = 1/2 for K, -1/2 for E: K and E are pi/2 2F1(a, 1/2; 1; m). */
static inline double dd_elliptic(double n_, double p, double value, double a)
{
    int n = (int) n_, k, E = a < 0;
    double m = 1 - p, term, sum, u, v, w;
    if (!(n_ >= 0 && n_ < 60) || !(p >= 0)) return NAN;
    if (n == 0) return value;
    if (n == 1) return E ? dd_rd0(p, 1) / 6 : -dd_rd0(1, p) / 6;
    if (fabs(m) < 0.5) {
        term = PI / 2;
        for (k = 0; k < n; k++) term *= (a + k) * (0.5 + k) / (1.0 + k);
        for (sum = term, k = 0; k < 2000 && fabs(term) > 1e-18 * fabs(sum); k++) {
            term *= (a + n + k) * (0.5 + n + k) / ((1.0 + n + k) * (1.0 + k)) * m;
            sum += term;
        }
        return n % 2 ? -sum : sum;
    }
    u = value;
    v = E ? -dd_rd0(p, 1) / 6 : dd_rd0(1, p) / 6;
    for (k = 0; k + 2 <= n; k++) {
        w = E ? (-((k + 1) - (2 * k + 1) * m) * v - (0.25 - (double) k * k) * u) / (m * p)
              : (-(k + 1) * (1 - 2 * m) * v + (k + 0.5) * (k + 0.5) * u) / (m * p);
        u = v; v = w;
    }
    return n % 2 ? -v : v;
}

#endif
