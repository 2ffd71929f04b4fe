/* program_near.h: functions of double in SIMD, within 2 ulp.  exp, log, log1p and tanh are for processors on which NumPy's
 * loops of them call libm for each element; erf, erfc and ndtr, of which no library has SIMD loops here, for all.
 * No step depends on the width of the vectors, so the bits are the same on all of them.  benchmarks/fit_near.py prints the
 * coefficients of erf, erfc and ndtr.
 *
 * Algorithms and constants of log1p are fdlibm's (s_log1p.c, e_log.c: "Copyright (C) 1993 by Sun Microsystems, Inc.
 * Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.").
 * Included by program_kernels.h.
 */
#ifndef DUALDIFF_PROGRAM_NEAR_H
#define DUALDIFF_PROGRAM_NEAR_H

#define PG_LN2_HIGH 6.93147180369123816490e-01      /* of 32 bits: its products with whole numbers below 2**20 are exact */
#define PG_LN2_LOW 1.90821492927058770002e-10
#define PG_ROUNDER 6755399441055744.0               /* 1.5 * 2**52: adding it rounds to a whole number, in the lowest bits */

static inline uint64_t pg_bits(double x) { uint64_t b; memcpy(&b, &x, 8); return b; }
static inline double pg_of_bits(uint64_t b) { double x; memcpy(&x, &b, 8); return x; }

/* exp(x) - 1 = 2**k (1 + e) - 1, |x| < 708: e, and k in the lowest bits of *whole */
static inline double pg_reduced_exp(double x, double *whole)
{
    double m = x * 1.44269504088896338700 + PG_ROUNDER, f = m - PG_ROUNDER;
    double hi = x - f * PG_LN2_HIGH, lo = f * PG_LN2_LOW, r = hi - lo, z = r * r, p;
    p = 1.0 / 39916800 + r * (1.0 / 479001600 + r * (1.0 / 6227020800.0));
    p = 1.0 / 362880 + r * (1.0 / 3628800 + r * p);
    p = 1.0 / 5040 + r * (1.0 / 40320 + r * p);
    p = 1.0 / 120 + r * (1.0 / 720 + r * p);
    p = 0.5 + r * (1.0 / 6 + r * (1.0 / 24 + r * p));
    *whole = m;
    return r + (z * p + ((hi - r) - lo));
}

static inline double pg_exp_of(double x)
{
    double m, e = pg_reduced_exp(x, &m);
    return pg_of_bits(pg_bits(1.0 + e) + (pg_bits(m) << 52));
}

/* with t = exp(-2 |x|) - 1: tanh |x| = -t / (2 + t) where it is small, else 1 - 2 (1 + t) / (2 + t); |x| < 22 */
static inline double pg_tanh_of(double x)
{
    double m, e = pg_reduced_exp(-2.0 * fabs(x), &m), s = pg_of_bits((pg_bits(m) << 52) + UINT64_C(0x3ff0000000000000));
    double t = s * e + (s - 1.0), large = 2.0 * (s + s * e), d = 2.0 + t, rest = t - (d - 2.0), r, q;
    uint64_t small = (uint64_t) 0 - (uint64_t) ((pg_bits(x) & UINT64_C(0x7fffffffffffffff)) < UINT64_C(0x3fe2000000000000));
    q = pg_of_bits((pg_bits(-t) & small) | (pg_bits(large) & ~small)) / d;
    r = 1.256 - 0.378 * d;                              /* about 1 / d, for what rounding took from d and from t */
    q = q - (q * rest + 2.0 * r * pg_of_bits(pg_bits(s * e - (t - (s - 1.0))) & small)) * r;
    q = pg_of_bits(pg_bits(q) ^ (UINT64_C(0x8000000000000000) & ~small)) + pg_of_bits(pg_bits(1.0) & ~small);
    return copysign(q, x);
}

/* u = 2**k m with m near 1: m, and the bits that k stands in */
static inline double pg_near_one(double u, uint64_t *bits)
{
    uint64_t b = pg_bits(u) + (UINT64_C(0x3ff0000000000000) - UINT64_C(0x3fe6a09e667f3bcd));
    *bits = b;
    return pg_of_bits((b & UINT64_C(0x000fffffffffffff)) + UINT64_C(0x3fe6a09e667f3bcd));
}

/* log(2**k m) + c */
static inline double pg_log_sum(uint64_t bits, double m, double c)
{
    double k = pg_of_bits(UINT64_C(0x4330000000000000) | (bits >> 52)) - (4503599627370496.0 + 1023.0);
    double f = m - 1.0, s = f / (2.0 + f), z, h, r;
    z = s * s;
    r = 1.818357216161805012e-01 + z * (1.531383769920937332e-01 + z * 1.479819860511658591e-01);
    r = 2.857142874366239149e-01 + z * (2.222219843214978396e-01 + z * r);
    r = z * (6.666666666666735130e-01 + z * (3.999999999940941908e-01 + z * r));
    h = 0.5 * f * f;
    return k * PG_LN2_HIGH - ((h - (s * (h + r) + (k * PG_LN2_LOW + c))) - f);
}

static inline double pg_log_of(double x)
{
    uint64_t b;
    double m = pg_near_one(x, &b);
    return pg_log_sum(b, m, 0.0);
}

/* 1 + x = u + c with the rounded u; -1 < x < 2**52 */
static inline double pg_log1p_of(double x)
{
    double u = 1.0 + x, v = u - 1.0, c = (1.0 - (u - v)) + (x - v), m;
    uint64_t b;
    m = pg_near_one(u, &b);
    c = c * pg_of_bits((UINT64_C(2046) << 52) - (b & UINT64_C(0x7ff0000000000000))) * (3.0 + m * (m - 3.0));  /* c / u, nearly */
    return copysign(pg_log_sum(b, m, c), x);
}

/* erf: below 1 x + x p(x x), else 1 - exp(q(x - 1)); |x| < 6.  Both are computed. */
static inline double pg_erf_of(double x)
{
    double a = fabs(x), t = a * a, r, low, m, e;
    uint64_t small = (uint64_t) 0 - (uint64_t) (pg_bits(a) < UINT64_C(0x3ff0000000000000));
    r = 5.957176147748911e-11;
    r = 1.6461000484121368e-06 + t * (-1.6350312701054695e-07 + t * (1.4659775274047436e-08 + t * (-1.1372848856791674e-09 + t * r)));
    r = 0.0052239776248180145 + t * (-0.000854832698083379 + t * (0.0001205533111164271 + t * (-1.4925595266831182e-05 + t * r)));
    r = 0.1283791670955126 + t * (-0.3761263890318375 + t * (0.11283791670954879 + t * (-0.026866170645076792 + t * r)));
    low = a + a * r;
    t = a - 1.0;
    r = 1.1756291244225365e-10 + t * -4.7841387941070134e-12;
    r = 5.7010203325599016e-08 + t * (-3.3013941449174867e-08 + t * (8.419664887250823e-09 + t * (-1.3019201033622317e-09 + t * r)));
    r = -2.720095113932413e-05 + t * (9.67405896444351e-06 + t * (-2.134585285128484e-06 + t * (2.0671940943277644e-07 + t * r)));
    r = 0.010033825163216803 + t * (-0.001977901117529822 + t * (0.00023731604488850123 + t * (2.6297375124214334e-05 + t * r)));
    r = -1.8496055099332482 + t * (-2.6389675142347744 + t * (-0.8431072563594868 + t * (-0.04156109802356125 + t * r)));
    e = pg_reduced_exp(r, &m);
    e = 1.0 - pg_of_bits(pg_bits(1.0 + e) + (pg_bits(m) << 52));
    return copysign(pg_of_bits((pg_bits(low) & small) | (pg_bits(e) & ~small)), x);
}

/* Tails: exp(-f a a) g(a) / (1 + a), a >= 0, as 2**k times what is returned, k in the lowest bits of *whole.
 * g is nearly constant and a polynomial in u = (a - shift) / (a + shift).  What rounding takes from 1 / (1 + a), from g, from
 * their product and from a a is carried along, so that the last sum makes most of the error. */
static inline double pg_cut(double x) { return pg_of_bits(pg_bits(x) & UINT64_C(0xfffffffff8000000)); }     /* 26 bits */
#define PG_TAIL(name, F, SHIFT, FIRST, FIRST_LOW, REST)                                      \
static inline double name(double a, double *whole)                                           \
{                                                                                            \
    double d = 1.0 + a, v = d - 1.0, dl = (1.0 - (d - v)) + (a - v), g = a + SHIFT, w = g * (1.0 / (d * g));    \
    double u = 2.0 * a * (1.0 / g) - 1.0, wh = pg_cut(w), dh = pg_cut(d), r, q, ql, qh, h, l, c, p, y, e;       \
    double left = ((1.0 - wh * dh) - wh * (d - dh)) - (w - wh) * d - w * dl;                 \
    REST                                                                                     \
    r = u * r;                                                                               \
    q = FIRST + r;                                                                           \
    ql = ((FIRST - q) + r) + FIRST_LOW;                                                      \
    h = pg_cut(a);                                                                           \
    l = a - h;                                                                               \
    c = F * l * (h + h + l);                                                                 \
    e = pg_reduced_exp(-F * h * h, whole);                                                   \
    p = q * w;                                                                               \
    qh = pg_cut(q);                                                                          \
    y = (ql * w + (((qh * wh - p) + qh * (w - wh)) + (q - qh) * w)) + p * (left - c * (1.0 - c * (0.5 - c * (1.0 / 6)))); \
    return p + (p * e + (y + y * e));                                                        \
}
PG_TAIL(pg_erfc_tail, 1.0, 3.375, 0.7027609230536318, -3.320570061254798e-17,
    r = 2.707086639885603e-09 + u * 1.4273472172308862e-09;
    r = 2.0294531460195987e-07 + u * (7.31928387711682e-08 + u * (-2.9520107774551656e-08 + u * (-1.279485245185284e-08 + u * r)));
    r = 6.344157388781359e-06 + u * (2.9668005220817655e-06 + u * (-1.20824647760374e-06 + u * (-4.2176034757026025e-07 + u * r)));
    r = -0.0002692440623981766 + u * (0.00021185039316691168 + u * (-1.778651381753549e-05 + u * (-2.493785366485052e-05 + u * r)));
    r = 0.022068857548821555 + u * (-0.014802961145738458 + u * (0.005971634728494077 + u * (-0.0010965526258814237 + u * r)));
    r = -0.21864301180408366 + u * (0.10895614649136226 + u * (-0.027020970168117567 + u * (-0.0139122834062809 + u * r)));)
PG_TAIL(pg_ndtr_tail, 0.5, 4.75, 0.46388354524215886, -2.50647945348012e-17,
    r = 1.2287434682203389e-09 + u * 9.554139634700427e-10;
    r = 1.2302044873972042e-07 + u * (6.473191677638153e-08 + u * (-1.6572604351079363e-08 + u * (-1.0352116028668597e-08 + u * r)));
    r = 3.521546777882026e-06 + u * (2.570619445389965e-06 + u * (-7.334461354797745e-07 + u * (-3.803067907858334e-07 + u * r)));
    r = -0.000270652172391015 + u * (0.00015576851906182448 + u * (-3.550841242486312e-06 + u * (-2.0078070717599003e-05 + u * r)));
    r = 0.02388848788737718 + u * (-0.013054544630570103 + u * (0.004580379578642261 + u * (-0.0006466630975892597 + u * r)));
    r = -0.09306079573662401 + u * (0.027726764670044795 + u * (0.014334375703045542 + u * (-0.02857589808422007 + u * r)));)

/* the tail on one side, what is left of the whole on the other */
static inline double pg_side(double x, double tail, double all)
{
    uint64_t far = (uint64_t) 0 - (pg_bits(x) >> 63);
    return pg_of_bits((pg_bits(tail) & ~far) | (pg_bits(all - tail) & far));
}

static inline double pg_erfc_of(double x)
{
    double m, r = pg_erfc_tail(fabs(x), &m);
    return pg_side(x, pg_of_bits(pg_bits(r) + (pg_bits(m) << 52)), 2.0);
}

static inline double pg_ndtr_of(double x)
{
    double m, r = pg_ndtr_tail(fabs(x), &m);
    return pg_side(-x, pg_of_bits(pg_bits(r) + (pg_bits(m) << 52)), 1.0);
}

/* where the tail is below the normal numbers, or nothing */
static double pg_ndtr_far(double x)
{
    double m, r;
    uint64_t b = pg_bits(x);
    if ((b & UINT64_C(0x7fffffffffffffff)) > UINT64_C(0x7ff0000000000000)) return x;     /* nan, whose comparisons raise a flag */
    if (!(b >> 63)) return 1.0;
    if (b > UINT64_C(0xc043800000000000)) return 0.0;                                      /* -39 */
    r = pg_ndtr_tail(-x, &m);
    return ldexp(r, (int) (m - PG_ROUNDER));
}

/* The elements whose bits are out of range go to libm afterwards; 0 stands for them in the SIMD loop. */
#define PG_NEAR(name, OF, LIBM, INSIDE)                                                      \
PG_CLONES static void name##_n(npy_intp n, const char *a, npy_intp as, double *restrict o)   \
{                                                                                            \
    npy_intp i;                                                                              \
    uint64_t outside = 0;                                                                    \
    if (as == 8) { PG_IVDEP for (i = 0; i < n; i++) {                                        \
        uint64_t b = ((const uint64_t *) a)[i], in = (uint64_t) 0 - (uint64_t) (INSIDE);     \
        outside |= ~in;                                                                      \
        o[i] = OF(pg_of_bits(b & in));                                                       \
    } } else for (i = 0; i < n; i++) {                                                       \
        uint64_t b = *(const uint64_t *) (a + i * as), in = (uint64_t) 0 - (uint64_t) (INSIDE); \
        outside |= ~in;                                                                      \
        o[i] = OF(pg_of_bits(b & in));                                                       \
    }                                                                                        \
    if (outside) for (i = 0; i < n; i++) {                                                   \
        uint64_t b = *(const uint64_t *) (a + i * as);                                       \
        if (!(INSIDE)) o[i] = LIBM(pg_of_bits(b));                                           \
    }                                                                                        \
}                                                                                            \
PG_KERNEL(name) { (void) c; name##_n(n, p[q->a], s[q->a], (double *) p[q->o]); }
#define PG_MAGNITUDE (b & UINT64_C(0x7fffffffffffffff))
PG_NEAR(pg_near_exp, pg_exp_of, exp, PG_MAGNITUDE < UINT64_C(0x4086000000000000))               /* 704 */
PG_NEAR(pg_near_tanh, pg_tanh_of, tanh, PG_MAGNITUDE < UINT64_C(0x4036000000000000))            /* 22 */
PG_NEAR(pg_near_log, pg_log_of, log, b - UINT64_C(0x0010000000000000) < UINT64_C(0x7fe0000000000000))   /* 0 < normal < inf */
PG_NEAR(pg_near_erf, pg_erf_of, erf, PG_MAGNITUDE < UINT64_C(0x4018000000000000))               /* 6 */
PG_NEAR(pg_near_erfc, pg_erfc_of, erfc, PG_MAGNITUDE < UINT64_C(0x403a800000000000))            /* 26.5 */
PG_NEAR(pg_near_ndtr, pg_ndtr_of, pg_ndtr_far, PG_MAGNITUDE < UINT64_C(0x4042c00000000000))     /* 37.5 */
PG_NEAR(pg_near_log1p, pg_log1p_of, log1p,
        PG_MAGNITUDE < (b >> 63 ? UINT64_C(0x3ff0000000000000) : UINT64_C(0x4330000000000000))) /* -1, 2**52 */

/* exp as a loop of NumPy's kind, for helpers that are made of it */
static void pg_exp_loop(char **args, npy_intp const *dims, npy_intp const *steps, void *data)
{
    (void) data;
    pg_near_exp_n(dims[0], args[0], steps[0], (double *) args[1]);
}

#endif
