/* program_near.h: exp, log1p and tanh of double in SIMD, within 2 ulp, for processors on which NumPy's loops of them call
 * libm for each element.  No step depends on the width of the vectors, so the bits are the same on all of them.
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

/* 1 + x = u + c with the rounded u = 2**k m, m near 1; -1 < x < 2**52 */
static inline double pg_log1p_of(double x)
{
    double u = 1.0 + x, v = u - 1.0, c = (1.0 - (u - v)) + (x - v), m, k, f, s, z, h, r;
    uint64_t b = pg_bits(u) + (UINT64_C(0x3ff0000000000000) - UINT64_C(0x3fe6a09e667f3bcd));
    k = pg_of_bits(UINT64_C(0x4330000000000000) | (b >> 52)) - (4503599627370496.0 + 1023.0);
    m = pg_of_bits((b & UINT64_C(0x000fffffffffffff)) + UINT64_C(0x3fe6a09e667f3bcd));
    c = c * pg_of_bits((UINT64_C(2046) << 52) - (b & UINT64_C(0x7ff0000000000000))) * (3.0 + m * (m - 3.0));  /* c / u, nearly */
    f = m - 1.0;
    s = f / (2.0 + f);
    z = s * s;
    r = 1.818357216161805012e-01 + z * (1.531383769920937332e-01 + z * 1.479819860511658591e-01);
    r = 2.857142874366239149e-01 + z * (2.222219843214978396e-01 + z * r);
    r = z * (6.666666666666735130e-01 + z * (3.999999999940941908e-01 + z * r));
    h = 0.5 * f * f;
    return copysign(k * PG_LN2_HIGH - ((h - (s * (h + r) + (k * PG_LN2_LOW + c))) - f), x);
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
PG_NEAR(pg_near_log1p, pg_log1p_of, log1p,
        PG_MAGNITUDE < (b >> 63 ? UINT64_C(0x3ff0000000000000) : UINT64_C(0x4330000000000000))) /* -1, 2**52 */

/* exp as a loop of NumPy's kind, for helpers that are made of it */
static void pg_exp_loop(char **args, npy_intp const *dims, npy_intp const *steps, void *data)
{
    (void) data;
    pg_near_exp_n(dims[0], args[0], steps[0], (double *) args[1]);
}

#endif
