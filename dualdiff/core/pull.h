/* pull.h: what the walk back along a recording computes: o = (or +=) c * (number * w) over strided arrays, and
 * small products of matrices.
 *
 * Invariant: the caller has broadcast every operand to the run's shape and keeps its memory; no Python is called.
 * Included by _tape.pyx.
 */
#ifndef DUALDIFF_PULL_H
#define DUALDIFF_PULL_H

#include "copying.h"
#include "guard.h"

#define DD_PULLDIM 32

#define REAL double
#define BITS uint64_t
#define TYPED(name) name##_d
#include "pull_typed.h"
#undef REAL
#undef BITS
#undef TYPED
#define REAL float
#define BITS uint32_t
#define TYPED(name) name##_f
#include "pull_typed.h"
#undef REAL
#undef BITS
#undef TYPED

typedef struct {
    int nd, add, type;
    npy_intp dims[DD_PULLDIM], os[DD_PULLDIM], cs[DD_PULLDIM], ws[DD_PULLDIM];
    char *o, *c, *w;            /* c null: 1 */
    double number;
} dd_pull;

/* Runs it; dimensions of length 1 are dropped, those that are one run in every operand merged. */
static void dd_pull_run(dd_pull *s)
{
    npy_intp count[DD_PULLDIM] = {0}, size = s->type == NPY_DOUBLE ? 8 : 4;
    int i, n = 0;
    for (i = 0; i < s->nd; i++) {
        if (s->dims[i] == 0) return;
        if (s->dims[i] == 1) continue;
        if (n > 0 && s->os[n - 1] == s->os[i] * s->dims[i] && s->ws[n - 1] == s->ws[i] * s->dims[i]
                && (s->c == NULL || s->cs[n - 1] == s->cs[i] * s->dims[i])) {
            n--;
            s->dims[n] *= s->dims[i];
        }
        else s->dims[n] = s->dims[i];
        s->os[n] = s->os[i]; s->cs[n] = s->cs[i]; s->ws[n] = s->ws[i];
        n++;
    }
    if (n == 0) { s->dims[0] = 1; s->os[0] = s->cs[0] = s->ws[0] = size; n = 1; }
    for (;;) {
        if (s->type == NPY_DOUBLE)
            pull_row_d(s->dims[n - 1], s->add, s->o, s->os[n - 1], s->c, s->cs[n - 1], s->number, s->w, s->ws[n - 1]);
        else
            pull_row_f(s->dims[n - 1], s->add, s->o, s->os[n - 1], s->c, s->cs[n - 1], (float) s->number, s->w,
                       s->ws[n - 1]);
        for (i = n - 2; i >= 0; i--) {
            s->o += s->os[i]; s->w += s->ws[i];
            if (s->c) s->c += s->cs[i];
            if (++count[i] < s->dims[i]) break;
            s->o -= s->dims[i] * s->os[i]; s->w -= s->dims[i] * s->ws[i];
            if (s->c) s->c -= s->dims[i] * s->cs[i];
            count[i] = 0;
        }
        if (i < 0) return;
    }
}

static void dd_pull_product(int type, npy_intp m, npy_intp n, npy_intp p, const char *a, const npy_intp *as,
                            const char *b, const npy_intp *bs, char *c, const npy_intp *cs)
{
    if (type == NPY_DOUBLE) pull_product_d(m, n, p, a, as, b, bs, c, cs);
    else                    pull_product_f(m, n, p, a, as, b, bs, c, cs);
}

static int dd_pull_places(int type, npy_intp k, npy_intp n, npy_intp m, npy_intp inner, const npy_intp *places,
                          const char *w, char *o)
{
    if (type == NPY_DOUBLE) return pull_places_d(k, n, m, inner, places, (const double *) w, (double *) o);
    return pull_places_f(k, n, m, inner, places, (const float *) w, (float *) o);
}

#endif
