/* special.h: values of the table that are more than an expression (of_numpy.py), as C.
 *
 * What NumPy has and the C library has not, and the helpers (sech2, expit2, ...), each a few lines of
 * double arithmetic.  Nothing here knows of duals, arrays or Python.  Included by kernels.h only, after
 * the constants.
 */
#ifndef DUALDIFF_SPECIAL_H
#define DUALDIFF_SPECIAL_H

#include <math.h>

static inline double dd_sign(double x) { return x == x ? (double) ((x > 0) - (x < 0)) : x; }

/* a - b = *d + *e exactly (Knuth's TwoSum); e = 0 where the difference is not finite */
static inline void dd_two_diff(double a, double b, double *d, double *e)
{
    volatile double s = a - b, v = s - a;
    *d = s;
    *e = isfinite(s) ? (a - (s - v)) - (b + v) : 0.0;
}

static inline double dd_sech2(double x)
{
    double e = exp(-2 * fabs(x));
    return 4 * e / ((1 + e) * (1 + e));
}

/* 1/(1 + exp(y - x)): a rounded difference would cost ulps in proportion to |y - x| */
static inline double dd_expit2(double x, double y)
{
    double d, e, w;
    if (x == y) return 0.5;
    dd_two_diff(y, x, &d, &e);
    if (d <= 0) return 1 / (1 + exp(d) * (1 + e));
    w = exp(-d) * (1 - e);
    return w / (1 + w);
}

static inline double dd_exp2it2(double x, double y)
{
    double d, e, w;
    if (x == y) return 0.5;
    dd_two_diff(y, x, &d, &e);
    if (d <= 0) return 1 / (1 + exp2(d) * (1 + LN2 * e));
    w = exp2(-d) * (1 - LN2 * e);
    return w / (1 + w);
}

static inline double dd_logaddexp(double x, double y)
{
    if (x == y) return x + LN2;
    return x > y ? x + log1p(exp(y - x)) : y > x ? y + log1p(exp(x - y)) : x + y;
}

static inline double dd_logaddexp2(double x, double y)
{
    if (x == y) return x + 1;
    return x > y ? x + INV_LN2 * log1p(exp2(y - x))
         : y > x ? y + INV_LN2 * log1p(exp2(x - y)) : x + y;
}

static inline double dd_powm1(double x, double y)
{
    double t, e, p;
    dd_two_diff(y, 1.0, &t, &e);
    if (t == 0) return 1.0;
    if (t == 1) return x;
    if (t == 2) return x * x;
    if (t == 3) return x * x * x;
    p = pow(x, t);
    if (e != 0 && x > 0 && p != 0 && isfinite(p)) p *= 1 + e * log(x);
    return p;
}

/* x^y log(x), with its limit at x = 0 */
static inline double dd_powlog(double x, double y)
{
    return x == 0 ? (y > 0 ? 0.0 : -INFINITY) : pow(x, y) * log(x);
}

/* Python's // and %, as NumPy computes them */
static inline double dd_floor_divide(double a, double b)
{
    double mod, div, floordiv;
    if (b == 0) return a / b;
    mod = fmod(a, b);
    div = (a - mod) / b;
    if (mod != 0 && (b < 0) != (mod < 0)) div -= 1;
    if (div == 0) return copysign(0.0, a / b);
    floordiv = floor(div);
    return div - floordiv > 0.5 ? floordiv + 1 : floordiv;
}

static inline double dd_remainder(double a, double b)
{
    double mod = fmod(a, b);
    if (b == 0 || mod != mod) return mod;
    if (mod == 0) return copysign(0.0, b);
    return (b < 0) != (mod < 0) ? mod + b : mod;
}

static inline double dd_heaviside(double x, double h0)
{
    return x != x ? x : x == 0 ? h0 : x < 0 ? 0.0 : 1.0;
}

static inline double dd_mantissa(double x) { int e; return frexp(x, &e); }

/* sin(pi x) and cos(pi x), the argument reduced without rounding */
static inline double dd_sinpi(double x)
{
    double r = fmod(fabs(x), 2.0), s = x < 0 ? -1.0 : 1.0;
    if (r > 1) { r -= 1; s = -s; }
    if (r > 0.5) r = 1 - r;
    return s * sin(PI * r);
}

static inline double dd_cospi(double x)
{
    double r = fmod(fabs(x), 2.0);
    if (r > 1) r = 2 - r;
    if (r > 0.75) return -cos(PI * (1 - r));
    if (r > 0.25) return sin(PI * (0.5 - r));
    return cos(PI * r);
}

/* j_n(z)/z^n at z = pi y (DLMF 10.53.1, 10.51.1): the power series where the recurrence would
 * cancel, the upward recurrence beyond */
static inline double dd_sincn(double n_, double y)
{
    int n = (int) n_, m, i;
    double z = PI * y, w = -z * z / 2, a, b, c, zn;
    if (!(n_ >= 0 && n_ < 1000)) return NAN;
    if (n == 0) return y == 0 ? 1.0 : dd_sinpi(y) / z;
    if (fabs(z) < n + 0.75) {
        double term = 1, sum = 1;
        for (m = 1; m < 200 && fabs(term) > 1e-18 * fabs(sum); m++) {
            term *= w / (m * (2.0 * n + 2 * m + 1));
            sum += term;
        }
        for (m = 3; m <= 2 * n + 1; m += 2) sum /= m;
        return sum;
    }
    if (isinf(y)) return 0.0;
    a = dd_sinpi(y) / z;
    b = (a - dd_cospi(y)) / z;
    for (i = 1; i < n; i++) { c = (2 * i + 1) * b / z - a; a = b; b = c; }
    for (zn = 1, i = 0; i < n; i++) zn *= z;
    return b / zn;
}

/* x = h + l with h of 26 bits: h*h is exact, and l*(x + h) is small */
static inline double dd_gauss(double x)
{
    volatile double c = 134217729.0 * x, big = c - x, h = c - big;
    double l;
    if (fabs(x) > 30) return 0.0;
    l = x - h;
    return exp(-h * h) * exp(-l * (x + h));
}

/* (psi(x) - psi(r))/(x - r) for x, r > 0, h = x - r.  By DLMF 5.7.6 it is
 *     sum_{n >= 0} 1/((x + n) (r + n)),
 * a sum of positive terms; its tail from n = N is the difference of two asymptotic series (DLMF
 * 5.11.2), divided by x - r term by term, so that nothing cancels. */
static inline double dd_digamma_slope(double x, double r, double h)
{
    static const double weight[] = {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760};
    const int N = x < 16 || r < 16 ? 16 : 0;
    double a = 1 / (r + N), b = 1 / (x + N), tail, powers = a + b, a2k, sum;
    int k, n;
    tail = 0;
    /* (a^2k - b^2k)/(a - b), from k to k + 1: times b^2, plus a^2k (a + b) */
    for (a2k = a * a, k = 0; k < 6; k++, a2k *= a * a) {
        tail += weight[k] * powers;
        powers = powers * b * b + a2k * (a + b);
    }
    sum = a * b * (0.5 + tail) + (h == 0 ? a : log1p(h * a) / h);
    for (n = N - 1; n >= 0; n--) sum += 1 / ((x + n) * (r + n));
    return sum;
}

/* The digamma function for 0 < x < 15, to the last bits also near its zero r. */
static inline double dd_digamma_small(double x)
{
    const double r = 1.4616321449683622, r_low = 9.549995429965697e-17;
    double h = (x - r) - r_low;
    return h * dd_digamma_slope(x, r, h);
}

/* psi^(n)(x): recurrence up to x >= 15 + n, then the asymptotic series (DLMF 5.15.1, 5.15.8);
 * the digamma function left of zero by reflection (DLMF 5.5.4) */
static inline double dd_polygamma(double n_, double x)
{
    static const double bernoulli[] = {1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730,
                                       7.0 / 6, -3617.0 / 510, 43867.0 / 798, -174611.0 / 330};
    int n = (int) n_, k;
    double sum = 0, factorial = 1, sign = n % 2 ? 1.0 : -1.0, power, term, series, x2 = x * x;
    if (!(n_ >= 0 && n_ < 100) || x != x) return NAN;
    if (x <= 0 && (x == floor(x) || x < -1e6)) return NAN;
    if (n == 0) {
        if (x < 0) return dd_polygamma(0, 1 - x) - PI * dd_cospi(x) / dd_sinpi(x);
        if (x < 15) return dd_digamma_small(x);
        series = log(x) - 0.5 / x;
        for (power = x2, k = 1; k <= 10; k++, power *= x2) series -= bernoulli[k - 1] / (2 * k * power);
        return series;
    }
    for (k = 2; k <= n; k++) factorial *= k;
    for (; x < 15 + n; x += 1) sum += pow(x, -n - 1.0);
    x2 = x * x;
    power = pow(x, -n);
    series = factorial / n * power + factorial / 2 * power / x;
    term = factorial / n * power;       /* (2k+n-1)!/(2k)! x^-(2k+n) */
    for (k = 1; k <= 10; k++) {
        term *= (2.0 * k + n - 1) * (2.0 * k + n - 2) / ((2.0 * k) * (2.0 * k - 1)) / x2;
        series += bernoulli[k - 1] * term;
    }
    return sign * (series + factorial * sum);
}

#endif
