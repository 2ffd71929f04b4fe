/* number_run.h: recorded operations on single float64 numbers, as entries of a run, and the walks along them.
 *
 * An entry is one rule of one or two arguments: which they are, and the partials by them.  Arguments are entries before
 * it, inputs of the run, or constants.  A zero that meets an infinite partial stays zero and is reported, as in guard.h.
 * Included by _core.pyx and _tape.pyx, after guard.h.
 */
#ifndef DUALDIFF_NUMBER_RUN_H
#define DUALDIFF_NUMBER_RUN_H

#include <stdint.h>
#include <string.h>

typedef struct {
    double p[2];        /* the partials, where DD_PARTIAL says that there are any */
    int32_t at[2];      /* the arguments: an entry's place; input i as -2 - i; DD_CONSTANT */
    int16_t rule;
    uint8_t flags;
    uint8_t arity;
} dd_entry;

enum { DD_CONSTANT = -1 };

/* the first three are those of a node (_core.pxd) */
enum {
    DD_PARTIAL = 1,     /* of the first argument; << 1: of the second */
    DD_CHOOSES = 4,     /* where the partial is 0 nothing comes through */
    DD_OF_NODE = 7,
    DD_HELD = 8,        /* a Dual has it as its tangent */
    DD_FIRST_USE = 16,  /* the first argument is an input that no entry before it has; << 1: the second */
    DD_SEVERAL = 64     /* several Duals have it */
};

static inline uint64_t dd_entry_hash(const dd_entry *e)
{
    uint64_t p, q, a = ((uint64_t) (uint32_t) e->at[0] << 32) | (uint32_t) e->at[1];
    memcpy(&p, &e->p[0], 8);
    memcpy(&q, &e->p[1], 8);
    p *= 0x9E3779B97F4A7C15u;
    q *= 0xC2B2AE3D27D4EB4Fu;
    a = (a ^ ((uint64_t) (uint16_t) e->rule << 16) ^ (uint64_t) (e->flags & DD_OF_NODE) << 8) * 0x165667B19E3779F9u;
    return (p ^ p >> 31) + (q ^ q >> 29) + (a ^ a >> 32);
}

static inline uint64_t dd_run_hash(const dd_entry *e, npy_intp n)
{
    uint64_t h = (uint64_t) n;
    npy_intp i;
    for (i = 0; i < n; i++) {
        h = (h ^ dd_entry_hash(e + i)) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    }
    return h;
}

/* d*w, and 0 where either is 0; bad takes the bits of what was replaced */
static inline double dd_both(double d, double w, uint64_t *bad)
{
    double p = d * w;
    uint64_t bits;
    if (w == 0 || d == 0) {
        memcpy(&bits, &p, 8);
        *bad |= bits;
        return 0;
    }
    return p;
}

/* One cotangent, from the last entry to the first.  w, waits: of each entry, and whether there is any.  Inputs are
 * those of the walk: input i waits at place[i] of `number`, with `waiting` 0 or DD_NUMBER; place -1: nobody asks. */
enum { DD_NUMBER = 1 };

static inline int dd_run_back(const dd_entry *e, npy_intp n, double *w, uint8_t *waits,
                       double *number, uint8_t *waiting, const npy_intp *place)
{
    uint64_t bad = 0;
    npy_intp i, p;
    int j;
    for (i = n - 1; i >= 0; i--) {
        double u = w[i];
        if (!waits[i]) continue;
        for (j = 0; j < e[i].arity; j++) {
            int32_t a = e[i].at[j];
            double d;
            if (!(e[i].flags & DD_PARTIAL << j)) continue;
            if (a >= 0) {
                d = dd_both(e[i].p[j], u, &bad);
                w[a] = waits[a] ? w[a] + d : d;
                waits[a] = 1;
            } else if (a != DD_CONSTANT && (p = place[-2 - a]) >= 0) {
                d = dd_both(e[i].p[j], u, &bad);
                number[p] = waiting[p] ? number[p] + d : d;
                waiting[p] = DD_NUMBER;
            }
        }
    }
    return bad << 1 != 0;
}

/* Which entries, and which inputs, the entries that wait depend on. */
static inline void dd_run_reach_back(const dd_entry *e, npy_intp n, uint8_t *waits, uint8_t *inputs)
{
    npy_intp i;
    int j;
    for (i = n - 1; i >= 0; i--)
        for (j = 0; waits[i] && j < e[i].arity; j++) {
            int32_t a = e[i].at[j];
            if (!(e[i].flags & DD_PARTIAL << j) || a == DD_CONSTANT) continue;
            if (a >= 0) waits[a] = 1;
            else inputs[-2 - a] = 1;
        }
}

/* k cotangents at once, w as (n, k); input i lies at in[i] in steps of step[i] bytes (null: nobody asks). */
static inline int dd_run_back_rows(const dd_entry *e, npy_intp n, npy_intp k, double *w, const uint8_t *waits,
                            char **in, const npy_intp *step)
{
    uint64_t bad = 0;
    npy_intp i, r;
    int j;
    for (i = n - 1; i >= 0; i--) {
        const double *u = w + i * k;
        if (!waits[i]) continue;
        for (j = 0; j < e[i].arity; j++) {
            int32_t a = e[i].at[j];
            double d = e[i].p[j];
            if (!(e[i].flags & DD_PARTIAL << j) || a == DD_CONSTANT) continue;
            if (a >= 0) {
                double *o = w + a * k;
                for (r = 0; r < k; r++) o[r] += dd_both(d, u[r], &bad);
            } else if (in[-2 - a] != NULL) {
                char *o = in[-2 - a];
                npy_intp s = step[-2 - a];
                for (r = 0; r < k; r++) *(double *) (o + r * s) += dd_both(d, u[r], &bad);
            }
        }
    }
    return bad << 1 != 0;
}

/* k tangents at once, t as (n, k); has: which entries any reaches.  Inputs as above (null: no tangent). */
static inline int dd_run_along(const dd_entry *e, npy_intp n, npy_intp k, double *t, uint8_t *has,
                        char **in, const npy_intp *step)
{
    int bad = 0, j;
    npy_intp i, r;
    for (i = 0; i < n; i++) {
        double *o = t + i * k;
        has[i] = 0;
        for (j = 0; j < e[i].arity; j++) {
            int32_t a = e[i].at[j];
            const char *u;
            npy_intp s = sizeof(double);
            double d = e[i].p[j];
            int nothing = (e[i].flags & DD_CHOOSES) && d == 0;
            if (a >= 0) {
                if (!has[a]) continue;
                u = (const char *) (t + a * k);
            } else {
                if (a == DD_CONSTANT || in[-2 - a] == NULL) continue;
                u = in[-2 - a];
                s = step[-2 - a];
            }
            if (!has[i]) memset(o, 0, (size_t) k * sizeof(double));
            has[i] = 1;
            if (!(e[i].flags & DD_PARTIAL << j)) continue;
            for (r = 0; r < k; r++) {
                double x = *(const double *) (u + r * s), p = d * x;
                if (x == 0 || nothing) bad |= p != p;
                else o[r] += p;
            }
        }
    }
    return bad;
}

#endif
