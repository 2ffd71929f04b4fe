/* program_near.h: functions of double in SIMD, within 2 ulp.  exp, log, log1p and tanh are for processors on which NumPy's
 * loops of them call libm for each element; the others, of which no library has SIMD loops here, for all.  sech2 and normal, in which partials are written, are within 4.
 *
 * The formulas (program_near_forms.h) are compiled for processors with AVX-512, with AVX2 and FMA, and for all others.  No
 * step depends on the width of the vectors, so the bits are the same on all processors that round a * b + c once, and the
 * same on all that do not.  benchmarks/fit_near.py prints the coefficients of exp, erf, erfc and ndtr.
 *
 * Algorithms and constants of sin, cos and log1p are fdlibm's (k_sin.c, k_cos.c, s_log1p.c, e_log.c: "Copyright (C) 1993 by
 * Sun Microsystems, Inc. Permission to use, copy, modify, and distribute this software is freely granted, provided that
 * this notice is preserved.").
 * Included by program_kernels.h.
 */
#ifndef DUALDIFF_PROGRAM_NEAR_H
#define DUALDIFF_PROGRAM_NEAR_H

#define PG_LN2_HIGH 6.93147180369123816490e-01      /* of 32 bits: its products with whole numbers below 2**20 are exact */
#define PG_LN2_LOW 1.90821492927058770002e-10
#define PG_ROUNDER 6755399441055744.0               /* 1.5 * 2**52: adding it rounds to a whole number, in the lowest bits */

static inline uint64_t pg_bits(double x) { uint64_t b; memcpy(&b, &x, 8); return b; }
static inline double pg_of_bits(uint64_t b) { double x; memcpy(&x, &b, 8); return x; }
static inline double pg_cut(double x) { return pg_of_bits(pg_bits(x) & UINT64_C(0xfffffffff8000000)); }     /* 26 bits */

/* u = 2**k m with m near 1: m, and the bits that k stands in */
static inline double pg_near_one(double u, uint64_t *bits)
{
    uint64_t b = pg_bits(u) + (UINT64_C(0x3ff0000000000000) - UINT64_C(0x3fe6a09e667f3bcd));
    *bits = b;
    return pg_of_bits((b & UINT64_C(0x000fffffffffffff)) + UINT64_C(0x3fe6a09e667f3bcd));
}

/* the tail on one side, what is left of the whole on the other */
static inline double pg_side(double x, double tail, double all)
{
    uint64_t far = (uint64_t) 0 - (pg_bits(x) >> 63);
    return pg_of_bits((pg_bits(tail) & ~far) | (pg_bits(all - tail) & far));
}

/* Where numbers are out of range of the loops.  Comparisons are of bits, as those of nan raise a flag. */
static double pg_sech2_far(double x)
{
    double e = exp(-2.0 * fabs(x));
    return 4.0 * e / ((1.0 + e) * (1.0 + e));
}
static double pg_bell_far(double x, double f, double scale)
{
    double h;
    if ((pg_bits(x) & UINT64_C(0x7fffffffffffffff)) > UINT64_C(0x7ff0000000000000)) return x;
    if ((pg_bits(x) & UINT64_C(0x7fffffffffffffff)) > UINT64_C(0x4044000000000000)) return 0.0;        /* 40 */
    h = pg_cut(x);
    return scale * (exp(-f * h * h) * exp(-f * (x - h) * (h + x)));
}
static double pg_gauss_far(double x) { return pg_bell_far(x, 1.0, 1.0); }
static double pg_normal_far(double x) { return pg_bell_far(x, 0.5, 0.39894228040143267794); }

/* ---- for each kind of processor ---- */
#if defined(__FP_FAST_FMA) || defined(__FMA__)
#define NEAR_FMA 1
#else
#define NEAR_FMA 0
#endif
#define NEAR_TARGET
#define NEAR(name) name
#include "program_near_forms.h"
#undef NEAR
#undef NEAR_TARGET
#undef NEAR_FMA

#if defined(__GNUC__) && defined(__x86_64__)
#define PG_LEVELS 3
#define NEAR_FMA 1
#define NEAR_TARGET __attribute__((target("avx2,fma")))
#define NEAR(name) name##_avx2
#include "program_near_forms.h"
#undef NEAR
#undef NEAR_TARGET
#define NEAR_TARGET __attribute__((target("avx512f")))
#define NEAR(name) name##_avx512
#include "program_near_forms.h"
#undef NEAR
#undef NEAR_TARGET
#undef NEAR_FMA
#define PG_OF_LEVELS(name) {name, name##_avx2, name##_avx512}
static int pg_best_level(void)
{
    if (__builtin_cpu_supports("avx512f")) return 2;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 1 : 0;
}
#else
#define PG_LEVELS 1
#define PG_OF_LEVELS(name) {name}
static int pg_best_level(void) { return 0; }
#endif

enum {
    PG_NEAR_EXP, PG_NEAR_SIN, PG_NEAR_COS, PG_NEAR_SINCOS, PG_NEAR_TANH, PG_NEAR_SECH2, PG_NEAR_TANH_SECH2, PG_NEAR_GAUSS,
    PG_NEAR_NORMAL, PG_NEAR_LOG, PG_NEAR_LOG1P, PG_NEAR_ERF, PG_NEAR_ERFC, PG_NEAR_NDTR, PG_NEAR_COUNT
};
static const pg_fn pg_near_kernels[PG_NEAR_COUNT][PG_LEVELS] = {
    PG_OF_LEVELS(pg_near_exp), PG_OF_LEVELS(pg_near_sin), PG_OF_LEVELS(pg_near_cos), PG_OF_LEVELS(pg_near_sincos),
    PG_OF_LEVELS(pg_near_tanh), PG_OF_LEVELS(pg_near_sech2), PG_OF_LEVELS(pg_near_tanh_sech2), PG_OF_LEVELS(pg_near_gauss),
    PG_OF_LEVELS(pg_near_normal), PG_OF_LEVELS(pg_near_log), PG_OF_LEVELS(pg_near_log1p), PG_OF_LEVELS(pg_near_erf),
    PG_OF_LEVELS(pg_near_erfc), PG_OF_LEVELS(pg_near_ndtr),
};

#endif
