/* finite.h: whether all of many numbers are finite, and whether one is 0: the loops of guard.h for each kind of processor.
 *
 * Included by finite.pxi.
 */
#ifndef DUALDIFF_FINITE_H
#define DUALDIFF_FINITE_H

#include "guard.h"

DD_CLONES static int dd_finite_d(npy_intp n, const double *x) { return dd_all_finite(n, x); }
DD_CLONES static int dd_finite_f(npy_intp n, const float *x) { return dd_all_finite_f(n, x); }

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
