/* finite.h: whether all of many numbers are finite, and whether one is 0.
 *
 * A number times 0 is a zero, unless it is infinite or nan.  What is or-ed together are bits, as a compiler may not
 * reorder a sum: so it makes SIMD of these loops.  Included by finite.pxi.
 */
#ifndef DUALDIFF_FINITE_H
#define DUALDIFF_FINITE_H

#include <stdint.h>
#include <string.h>
#include "status.h"

#define FINITE(name, real, word)                                                             \
DD_CLONES static int name(npy_intp n, const real *x)                                         \
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
FINITE(dd_finite_d, double, uint64_t)
FINITE(dd_finite_f, float, uint32_t)
#undef FINITE

/* bit 0: all numbers are finite; bit 1: none is 0 */
DD_CLONES static int dd_look(const double *x, npy_intp n)
{
    uint64_t bad = 0, zero = 0;
    npy_intp i;
    for (i = 0; i < n; i++) {
        double product = x[i] * 0;
        uint64_t bits;
        memcpy(&bits, &product, 8);
        bad |= bits;
        zero |= x[i] == 0 ? ~(uint64_t) 0 : 0;
    }
    return (bad << 1 == 0) | (zero ? 0 : 2);
}

#endif
