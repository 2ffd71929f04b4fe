/* replay.h: one step of a recorded derivative, out = (or +=) sum_i c_i * t_i, over strided arrays.
 *
 * A step is prepared once (pointers, strides, merged dimensions) and run many times.  A coefficient
 * is an array or one number; a tangent that is 0 stays 0 beside an infinite coefficient.
 *
 * Invariant: the caller has broadcast every operand to the result's shape and keeps its memory.
 * Included by _tape.pyx.
 */
#ifndef DUALDIFF_REPLAY_H
#define DUALDIFF_REPLAY_H

#include "copying.h"
#include "guard.h"

#define DD_TERMS 12
#define DD_ROW 1024
#define DD_STEPDIM 24

typedef struct {
    char *t, *c;                /* tangent; coefficient, null for the number */
    npy_intp ts[DD_STEPDIM], cs[DD_STEPDIM];
    double number;
    int finite;                 /* no coefficient is inf or nan: 0 needs no care */
    int both;                   /* a coefficient of 0 gives 0 too, beside an infinite t */
} dd_term;

typedef struct {
    int nd, nterms, add;
    npy_intp dims[DD_STEPDIM], os[DD_STEPDIM];
    char *o;
    dd_term term[DD_TERMS];
} dd_step;

static inline double dd_guard_both(double c, double t, uint64_t *bad)
{
    double p = c * t;
    uint64_t bits, zero = t == 0 || c == 0 ? ~(uint64_t) 0 : 0;
    memcpy(&bits, &p, 8);
    *bad |= bits & zero;
    bits &= ~zero;
    memcpy(&p, &bits, 8);
    return p;
}

#define REPLAY_LOOP(name, params, expr)                                                      \
DD_CLONES static void name(npy_intp n, double *restrict o, params)                           \
{                                                                                            \
    npy_intp i;                                                                              \
    for (i = 0; i < n; i++) o[i] = (expr);                                                   \
}
#define GUARDED_LOOP(name, expr)                                                             \
DD_CLONES static void name(npy_intp n, double *restrict o, const double *restrict c, const double *restrict t) \
{                                                                                            \
    npy_intp i;                                                                              \
    uint64_t bad = 0;                                                                        \
    for (i = 0; i < n; i++) o[i] = (expr);                                                   \
    dd_meet(dd_bad_d(bad));                                                                  \
}
#define COMMA ,
REPLAY_LOOP(rep_set_number, double c COMMA const double *restrict t, c * t[i])
REPLAY_LOOP(rep_add_number, double c COMMA const double *restrict t, o[i] + c * t[i])
REPLAY_LOOP(rep_add_one, const double *restrict t, o[i] + t[i])
REPLAY_LOOP(rep_set_array, const double *restrict c COMMA const double *restrict t, c[i] * t[i])
REPLAY_LOOP(rep_add_array, const double *restrict c COMMA const double *restrict t, o[i] + c[i] * t[i])
GUARDED_LOOP(rep_set_guard, dd_guard_d(c[i], t[i], &bad))
GUARDED_LOOP(rep_add_guard, o[i] + dd_guard_d(c[i], t[i], &bad))
GUARDED_LOOP(rep_set_both, dd_guard_both(c[i], t[i], &bad))
GUARDED_LOOP(rep_add_both, o[i] + dd_guard_both(c[i], t[i], &bad))
REPLAY_LOOP(rep_two, double c COMMA const double *restrict t COMMA double d COMMA const double *restrict u, c * t[i] + d * u[i])
REPLAY_LOOP(rep_add_two, double c COMMA const double *restrict t COMMA double d COMMA const double *restrict u, o[i] + c * t[i] + d * u[i])
#undef COMMA
#undef REPLAY_LOOP
#undef GUARDED_LOOP

static void rep_any(npy_intp n, double *op, npy_intp os, int add, const dd_term *a, npy_intp ts, npy_intp cs,
                    const char *t, const char *c)
{
    npy_intp i;
    char *o = (char *) op;
    uint64_t bad = 0;
    for (i = 0; i < n; i++) {
        double u = *(const double *) (t + i * ts);
        double q = c ? *(const double *) (c + i * cs) : a->number;
        double p = a->both ? dd_guard_both(q, u, &bad) : dd_guard_d(q, u, &bad);
        if (add) *(double *) (o + i * os) += p;
        else     *(double *) (o + i * os) = p;
    }
    dd_meet(dd_bad_d(bad));
}

/* one row of the last dimension; t and c are the terms' places in it */
static void rep_row(const dd_step *s, npy_intp n, char *o, npy_intp os, char *const *t, const npy_intp *ts,
                    char *const *c, const npy_intp *cs)
{
    int i = 0, add = s->add;
    double *out = (double *) o;
    if (s->nterms == 0 && !add) {
        npy_intp j;
        if (os == 8) memset(o, 0, (size_t) n * 8);
        else for (j = 0; j < n; j++) *(double *) (o + j * os) = 0;
        return;
    }
    while (i < s->nterms) {
        const dd_term *a = &s->term[i];
        const double *u = (const double *) t[i];
        if (os != 8 || ts[i] != 8 || (c[i] && cs[i] != 8) || (!c[i] && !a->finite)) {
            rep_any(n, out, os, add, a, ts[i], cs[i], t[i], c[i]);
        } else if (c[i]) {
            const double *d = (const double *) c[i];
            if (a->both)        { if (add) rep_add_both(n, out, d, u); else rep_set_both(n, out, d, u); }
            else if (a->finite) { if (add) rep_add_array(n, out, d, u); else rep_set_array(n, out, d, u); }
            else                { if (add) rep_add_guard(n, out, d, u); else rep_set_guard(n, out, d, u); }
        } else if (i + 1 < s->nterms && !c[i + 1] && ts[i + 1] == 8 && s->term[i + 1].finite) {
            const double *v = (const double *) t[i + 1];        /* two numbers at a time */
            if (add) rep_add_two(n, out, a->number, u, s->term[i + 1].number, v);
            else     rep_two(n, out, a->number, u, s->term[i + 1].number, v);
            i++;
        } else if (a->number == 1) {
            if (add) rep_add_one(n, out, u); else dd_copy(out, u, (size_t) n * 8);
        } else {
            if (add) rep_add_number(n, out, a->number, u); else rep_set_number(n, out, a->number, u);
        }
        add = 1;
        i++;
    }
}

/* drops dimensions of length 1 and merges those that are one run in every operand */
static void dd_step_prepare(dd_step *s)
{
    int i, j, n = 0;
    for (i = 0; i < s->nd; i++) {
        int merge = n > 0;
        if (s->dims[i] == 1) continue;
        if (merge && s->os[n - 1] != s->os[i] * s->dims[i]) merge = 0;
        for (j = 0; j < s->nterms && merge; j++) {
            if (s->term[j].ts[n - 1] != s->term[j].ts[i] * s->dims[i]) merge = 0;
            if (s->term[j].c && s->term[j].cs[n - 1] != s->term[j].cs[i] * s->dims[i]) merge = 0;
        }
        if (merge) n--;
        s->dims[n] = merge ? s->dims[n] * s->dims[i] : s->dims[i];
        s->os[n] = s->os[i];
        for (j = 0; j < s->nterms; j++) {
            s->term[j].ts[n] = s->term[j].ts[i];
            s->term[j].cs[n] = s->term[j].cs[i];
        }
        n++;
    }
    s->nd = n;
}

static void dd_step_run(const dd_step *s)
{
    npy_intp count[DD_STEPDIM] = {0}, ts[DD_TERMS], cs[DD_TERMS], done, m, last;
    char *t[DD_TERMS], *c[DD_TERMS], *o = s->o;
    int i, j, nd = s->nd;
    npy_intp n = nd ? s->dims[nd - 1] : 1, os = nd ? s->os[nd - 1] : 8;
    for (i = 0; i < nd; i++) if (s->dims[i] == 0) return;
    for (j = 0; j < s->nterms; j++) {
        t[j] = s->term[j].t; c[j] = s->term[j].c;
        ts[j] = nd ? s->term[j].ts[nd - 1] : 8;
        cs[j] = nd ? s->term[j].cs[nd - 1] : 8;
    }
    for (;;) {
        char *tt[DD_TERMS], *cc[DD_TERMS];
        for (done = 0; done < n; done += m) {
            m = n - done < DD_ROW ? n - done : DD_ROW;
            for (j = 0; j < s->nterms; j++) {
                tt[j] = t[j] + done * ts[j];
                cc[j] = c[j] ? c[j] + done * cs[j] : NULL;
            }
            rep_row(s, m, o + done * os, os, tt, ts, cc, cs);
        }
        for (i = nd - 2; i >= 0; i--) {
            o += s->os[i];
            for (j = 0; j < s->nterms; j++) { t[j] += s->term[j].ts[i]; if (c[j]) c[j] += s->term[j].cs[i]; }
            if (++count[i] < s->dims[i]) break;
            last = s->dims[i];
            o -= last * s->os[i];
            for (j = 0; j < s->nterms; j++) {
                t[j] -= last * s->term[j].ts[i];
                if (c[j]) c[j] -= last * s->term[j].cs[i];
            }
            count[i] = 0;
        }
        if (i < 0) return;
    }
}

#endif
