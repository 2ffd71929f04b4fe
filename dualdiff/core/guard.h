/* guard.h: zeros beside infinities: products that keep a zero, and whether a number is finite.
 *
 * Included by engine.h, and by the headers of the modules beside _core, which define DD_BESIDE.
 */
#ifndef DUALDIFF_GUARD_H
#define DUALDIFF_GUARD_H

#include <stdint.h>
#include <string.h>
#include "status.h"

/* How often 0 times inf (or nan) was met.  A tangent of 0 stays 0 there, which is right where the direction does
 * not reach the element; where the 0 was computed the result is nan.  A kernel cannot tell the two, so it counts,
 * and a derivative call in which the count has changed is taken again with reachability (walks.py). */
#ifdef DD_BESIDE
static volatile long long *dd_met_at;           /* the one count, which engine.c has (`met_place` of _core) */
#define dd_met (*dd_met_at)
#else
extern DD_SHARED volatile long long dd_met;
#endif
static inline void dd_meet(int bad) { if (bad) dd_met = dd_met + 1; }

/* d*t, and 0 where t is 0; what the product was there is or-ed into bad, of which dd_bad sees a nan */
static inline double dd_guard_d(double d, double t, uint64_t *bad)
{
    double p = d * t;
    uint64_t bits, zero = t == 0 ? ~(uint64_t) 0 : 0;
    memcpy(&bits, &p, 8);
    *bad |= bits & zero;
    bits &= ~zero;
    memcpy(&p, &bits, 8);
    return p;
}
static inline float dd_guard_f(float d, float t, uint32_t *bad)
{
    float p = d * t;
    uint32_t bits, zero = t == 0 ? ~(uint32_t) 0 : 0;
    memcpy(&bits, &p, 4);
    *bad |= bits & zero;
    bits &= ~zero;
    memcpy(&p, &bits, 4);
    return p;
}
static inline int dd_bad_d(uint64_t bad) { return bad << 1 != 0; }
static inline int dd_bad_f(uint32_t bad) { return (uint32_t) (bad << 1) != 0; }

/* whether a number is inf or nan */
static inline int dd_infinite(double d) { return d - d != 0; }

/* whether all numbers are finite: a number times 0 is a zero, unless it is infinite or nan.  What is or-ed together are
   bits, as a compiler may not reorder a sum: so it makes SIMD of these loops. */
#define DD_ALL_FINITE(name, real, word)                                                      \
static inline int name(npy_intp n, const real *x)                                            \
{                                                                                            \
    word bad = 0;                                                                            \
    npy_intp i;                                                                              \
    for (i = 0; i < n; i++) {                                                                \
        real product = x[i] * 0;                                                             \
        word bits;                                                                           \
        memcpy(&bits, &product, sizeof(bits));                                               \
        bad |= bits;                                                                         \
    }                                                                                        \
    return (word) (bad << 1) == 0;          /* but for the sign */                           \
}
DD_ALL_FINITE(dd_all_finite, double, uint64_t)
DD_ALL_FINITE(dd_all_finite_f, float, uint32_t)
#undef DD_ALL_FINITE

#endif
