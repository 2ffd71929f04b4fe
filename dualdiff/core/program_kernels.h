/* program_kernels.h: what one instruction of a fused region does to a block.
 *
 * An operand is a slot: a pointer p[slot] and a step s[slot] in bytes.  A result lies without gaps, but for stores to
 * windows.  Own loops are those that IEEE 754 rounds correctly and those that move elements, so that they give the same
 * bits as NumPy's, however they are vectorised; all else calls NumPy's inner loops.
 * Included by program.h.
 */
#ifndef DUALDIFF_PROGRAM_KERNELS_H
#define DUALDIFF_PROGRAM_KERNELS_H

#include <math.h>
#include <stdint.h>
#include <string.h>
#include "copying.h"
#include "status.h"

/* blocks lie in L1, where wider vectors pay */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__) \
    && !defined(__SANITIZE_ADDRESS__)
#define PG_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define PG_CLONES
#endif

typedef struct pg_op pg_op;
typedef struct pg_ctx pg_ctx;
typedef void (*pg_fn)(npy_intp n, char **p, const npy_intp *s, const pg_op *q, pg_ctx *c);

struct pg_op {
    pg_fn fn;
    int32_t a, b, c, o;                 /* slots */
    PyUFuncGenericFunction loop;
    void *data;
    npy_intp extra;                     /* take, put: elements of the array that is indexed */
};

enum { PG_FINE, PG_ANOMALY, PG_RAISED, PG_GUARD_FAILED };

typedef struct { void *data; const npy_intp *steps; } pg_more;

typedef struct pg_region pg_region;
struct pg_ctx {
    char **base;                        /* of each buffer; base[0] is the workspace */
    char **p;                           /* slots of the region that runs */
    npy_intp *idx;                      /* where in the region's axes the block begins */
    npy_intp start;                     /* and after how many elements, where the region is flat */
    const pg_region *region;
    const pg_more *more;                /* what loops of single numbers get beside their operands */
    int flags;                          /* floating-point status so far */
    int error;                          /* one of the above */
    int guard;
};

#if defined(__GNUC__) && !defined(__clang__)
#define PG_IVDEP _Pragma("GCC ivdep")
#else
#define PG_IVDEP
#endif

#define PG_KERNEL(name) static void name(npy_intp n, char **p, const npy_intp *s, const pg_op *q, pg_ctx *c)
#define PG_UNUSED (void) n; (void) p; (void) s; (void) q; (void) c

/* ---- arithmetic on doubles ---- */
#define PG_LOOP2(XS, YS, T, R, expr)                                                         \
    { PG_IVDEP for (i = 0; i < n; i++) {                                                     \
        T x = *(const T *) (a + i * (XS)), y = *(const T *) (b + i * (YS)); o[i] = (R) (expr); } }
#define PG_BINARY(name, T, R, expr)                                                          \
PG_CLONES PG_KERNEL(name)                                                                    \
{                                                                                            \
    const char *a = p[q->a], *b = p[q->b];                                                   \
    R *restrict o = (R *) p[q->o];                                                           \
    npy_intp i, as = s[q->a], bs = s[q->b];                                                  \
    const npy_intp w = sizeof(T);                                                            \
    (void) c;                                                                                \
    if (as == w && bs == w) PG_LOOP2(w, w, T, R, expr)                                       \
    else if (as == w && bs == 0) { const T y = *(const T *) b;                               \
        PG_IVDEP for (i = 0; i < n; i++) { T x = ((const T *) a)[i]; o[i] = (R) (expr); } }  \
    else if (as == 0 && bs == w) { const T x = *(const T *) a;                               \
        PG_IVDEP for (i = 0; i < n; i++) { T y = ((const T *) b)[i]; o[i] = (R) (expr); } }  \
    else PG_LOOP2(as, bs, T, R, expr)                                                        \
}
#define PG_UNARY(name, T, R, expr)                                                           \
PG_CLONES PG_KERNEL(name)                                                                    \
{                                                                                            \
    const char *a = p[q->a];                                                                 \
    R *restrict o = (R *) p[q->o];                                                           \
    npy_intp i, as = s[q->a];                                                                \
    (void) c;                                                                                \
    if (as == sizeof(T)) { PG_IVDEP for (i = 0; i < n; i++) { T x = ((const T *) a)[i]; o[i] = (R) (expr); } } \
    else { PG_IVDEP for (i = 0; i < n; i++) { T x = *(const T *) (a + i * as); o[i] = (R) (expr); } } \
}
PG_BINARY(pg_add, double, double, x + y)
PG_BINARY(pg_sub, double, double, x - y)
PG_BINARY(pg_mul, double, double, x * y)
PG_BINARY(pg_div, double, double, x / y)
PG_BINARY(pg_and, uint8_t, uint8_t, (x != 0) & (y != 0))
PG_BINARY(pg_or, uint8_t, uint8_t, (x != 0) | (y != 0))
PG_UNARY(pg_not, uint8_t, uint8_t, x == 0)
PG_UNARY(pg_neg, double, double, -x)
PG_UNARY(pg_abs, double, double, fabs(x))
PG_UNARY(pg_square, double, double, x * x)
PG_UNARY(pg_recip, double, double, 1.0 / x)
PG_UNARY(pg_sqrt, double, double, sqrt(x))

/* Two or three operations in one pass, each rounded by itself.  A single number for all elements is laid out as a vector
 * from which each step reads again, so that there is one loop whatever the operands are. */
#if defined(__GNUC__)
typedef double pg_four __attribute__((vector_size(32), aligned(8), may_alias));
#define PG_FOURS(LOADS, expr) for (; i + 4 <= n; i += 4) { LOADS(pg_four, 4 *) *(pg_four *) (o + i) = expr; }
#else
#define PG_FOURS(LOADS, expr)
#endif
static inline const char *pg_spread(const char *a, npy_intp step, double *room)
{
    if (step) return a;
    room[0] = room[1] = room[2] = room[3] = *(const double *) a;
    return (const char *) room;
}
#define PG_LOAD(T, times, x, a, as) T x = *(const T *) a; a += times as;
#define PG_LOADS_3(T, times) PG_LOAD(T, times, x, a, as) PG_LOAD(T, times, y, b, bs) PG_LOAD(T, times, z, d, ds)
#define PG_LOADS_4(T, times) PG_LOADS_3(T, times) PG_LOAD(T, times, w, e, es)
#define PG_UNSTEADY(step) ((step) != 0 && (step) != 8)
#define PG_PAIR(name, expr)                                                                  \
PG_CLONES PG_KERNEL(name)                                                                    \
{                                                                                            \
    const char *a = p[q->a], *b = p[q->b], *d = p[q->c];                                     \
    npy_intp i = 0, as = s[q->a], bs = s[q->b], ds = s[q->c];                                \
    double *o = (double *) p[q->o], rooms[3][4];                                             \
    (void) c;                                                                                \
    if (!(PG_UNSTEADY(as) || PG_UNSTEADY(bs) || PG_UNSTEADY(ds))) {                          \
        a = pg_spread(a, as, rooms[0]); b = pg_spread(b, bs, rooms[1]); d = pg_spread(d, ds, rooms[2]); \
        PG_FOURS(PG_LOADS_3, expr)                                                           \
    }                                                                                        \
    for (; i < n; i++) { PG_LOADS_3(double, ) o[i] = expr; }                                 \
}
/* the fourth operand is the slot `extra` */
#define PG_TRIPLE(name, expr)                                                                \
PG_CLONES PG_KERNEL(name)                                                                    \
{                                                                                            \
    const char *a = p[q->a], *b = p[q->b], *d = p[q->c], *e = p[q->extra];                   \
    npy_intp i = 0, as = s[q->a], bs = s[q->b], ds = s[q->c], es = s[q->extra];              \
    double *o = (double *) p[q->o], rooms[4][4];                                             \
    (void) c;                                                                                \
    if (!(PG_UNSTEADY(as) || PG_UNSTEADY(bs) || PG_UNSTEADY(ds) || PG_UNSTEADY(es))) {       \
        a = pg_spread(a, as, rooms[0]); b = pg_spread(b, bs, rooms[1]);                      \
        d = pg_spread(d, ds, rooms[2]); e = pg_spread(e, es, rooms[3]);                      \
        PG_FOURS(PG_LOADS_4, expr)                                                           \
    }                                                                                        \
    for (; i < n; i++) { PG_LOADS_4(double, ) o[i] = expr; }                                 \
}
#define PG_PAIR_AND_TRIPLES(name, t)                                                         \
PG_PAIR(name, t)                                                                             \
PG_TRIPLE(name##_add, (t) + w)                                                               \
PG_TRIPLE(name##_sub, (t) - w)                                                               \
PG_TRIPLE(name##_bus, w - (t))                                                               \
PG_TRIPLE(name##_mul, (t) * w)
#define PG_PAIRS(name, t)                                                                    \
PG_PAIR_AND_TRIPLES(name##_add, (t) + z)                                                     \
PG_PAIR_AND_TRIPLES(name##_sub, (t) - z)                                                     \
PG_PAIR_AND_TRIPLES(name##_bus, z - (t))                                                     \
PG_PAIR_AND_TRIPLES(name##_mul, (t) * z)
PG_PAIRS(pg_add, x + y)
PG_PAIRS(pg_sub, x - y)
PG_PAIRS(pg_mul, x * y)
/* The kernel that does one more operation with what a kernel of one or two has given, as its first operand or as its second;
 * *count: how many operands the first has. */
static pg_fn pg_find_pair(pg_fn first, pg_fn second, int as_first, int *count)
{
#define PG_FOUR_OF(name) {name##_add, name##_sub, name##_bus, name##_mul}
#define PG_SIXTEEN_OF(name) {PG_FOUR_OF(name##_add), PG_FOUR_OF(name##_sub), PG_FOUR_OF(name##_bus), PG_FOUR_OF(name##_mul)}
    static const pg_fn ops[3] = {pg_add, pg_sub, pg_mul};
    static const pg_fn pairs[3][4] = {PG_FOUR_OF(pg_add), PG_FOUR_OF(pg_sub), PG_FOUR_OF(pg_mul)};
    static const pg_fn triples[3][4][4] = {PG_SIXTEEN_OF(pg_add), PG_SIXTEEN_OF(pg_sub), PG_SIXTEEN_OF(pg_mul)};
    int i, j, k, how;
    for (k = 0; k < 3 && ops[k] != second; k++) ;
    if (k == 3) return NULL;
    how = k == 1 ? (as_first ? 1 : 2) : k == 2 ? 3 : 0;
    for (i = 0; i < 3; i++) {
        *count = 2;
        if (ops[i] == first) return pairs[i][how];
        *count = 3;
        for (j = 0; j < 4; j++) if (pairs[i][j] == first) return triples[i][j][how];
    }
    return NULL;
}

/* Comparisons: those of nan may raise "invalid", of which NumPy says nothing. */
#define PG_COMPARE(name, expr)                                                               \
PG_BINARY(name##_quick, double, uint8_t, expr)                                               \
PG_KERNEL(name) { c->flags |= dd_get_flags(); name##_quick(n, p, s, q, c); dd_clear_flags(); }
PG_COMPARE(pg_lt, x < y)
PG_COMPARE(pg_le, x <= y)
PG_COMPARE(pg_gt, x > y)
PG_COMPARE(pg_ge, x >= y)
PG_COMPARE(pg_eq, x == y)
PG_COMPARE(pg_ne, x != y)

/* ---- a guard that numbers are finite ---- */
#define PG_FINITE(name, T, U, EXPONENT)                                                      \
PG_CLONES PG_KERNEL(name)                                                                    \
{                                                                                            \
    const char *a = p[q->a];                                                                 \
    npy_intp i, as = s[q->a];                                                                \
    U bad = 0;                                                                               \
    if (as == sizeof(T)) for (i = 0; i < n; i++) { U b = ((const U *) a)[i] & EXPONENT; bad |= b == EXPONENT; } \
    else for (i = 0; i < n; i++) { U b = *(const U *) (a + i * as) & EXPONENT; bad |= b == EXPONENT; } \
    if (bad && c->error == PG_FINE) { c->error = PG_GUARD_FAILED; c->guard = (int) q->extra; } \
}
PG_FINITE(pg_finite_d, double, uint64_t, UINT64_C(0x7ff0000000000000))
PG_FINITE(pg_finite_f, float, uint32_t, UINT32_C(0x7f800000))

#include "program_near.h"

/* ---- helpers of the rule table by NumPy's loop of power, which may be SIMD; theirs call libm for each element ---- */

/* x**(y - 1): with t the rounded y - 1 and e what rounding took, x**t * (1 + e log x) */
static double pg_less_one(double y, double *e)
{
    volatile double t = y - 1.0, v = t - y;
    *e = isfinite(t) ? (y - (t - v)) - (1.0 + v) : 0.0;
    return t;
}
static void pg_correct(npy_intp n, const char *a, npy_intp as, const double *e, npy_intp es, double *o)
{
    npy_intp i;
    for (i = 0; i < n; i++) {
        double x = *(const double *) (a + i * as);
        if (e[i * es] != 0 && x > 0 && isfinite(o[i]) && isfinite(x)) o[i] += o[i] * (e[i * es] * log(x));
    }
}
PG_KERNEL(pg_near_powm1)
{
    double y[128], e[128];
    npy_intp done, m, i, steps[3] = {s[q->a], 8, 8};
    char *at[3] = {NULL, (char *) y, NULL};
    c->flags |= dd_get_flags();
    if (s[q->b] == 0) {
        y[0] = pg_less_one(*(double *) p[q->b], &e[0]);
        steps[1] = 0;
        at[0] = p[q->a]; at[2] = p[q->o];
        q->loop(at, &n, steps, q->data);
        if (e[0] != 0) pg_correct(n, p[q->a], s[q->a], e, 0, (double *) p[q->o]);
        return;
    }
    for (done = 0; done < n; done += m) {
        m = n - done < 128 ? n - done : 128;
        for (i = 0; i < m; i++) y[i] = pg_less_one(*(double *) (p[q->b] + (done + i) * s[q->b]), &e[i]);
        at[0] = p[q->a] + done * s[q->a]; at[2] = p[q->o] + done * 8;
        q->loop(at, &m, steps, q->data);
        pg_correct(m, at[0], s[q->a], e, 1, (double *) at[2]);
    }
}

/* ---- casts ---- */
#define PG_CASTS(T, t)                                                                       \
PG_UNARY(pg_cast_##t##_d, T, double, x)                                                      \
PG_UNARY(pg_cast_##t##_f, T, float, x)                                                       \
PG_UNARY(pg_cast_##t##_l, T, int64_t, x)                                                     \
PG_UNARY(pg_cast_##t##_t, T, uint8_t, x != 0)
PG_CASTS(int8_t, b)
PG_CASTS(uint8_t, B)
PG_CASTS(int16_t, h)
PG_CASTS(uint16_t, H)
PG_CASTS(int32_t, i)
PG_CASTS(uint32_t, I)
PG_CASTS(int64_t, l)
PG_CASTS(uint64_t, L)
PG_CASTS(float, f)
PG_CASTS(double, d)
typedef struct { int from, to; pg_fn fn; } pg_cast_entry;
#define PG_CAST_ROWS(t, CODE)                                                                \
    {CODE, NPY_DOUBLE, pg_cast_##t##_d}, {CODE, NPY_FLOAT, pg_cast_##t##_f},                 \
    {CODE, NPY_INT64, pg_cast_##t##_l}, {CODE, NPY_BOOL, pg_cast_##t##_t},
static const pg_cast_entry pg_casts[] = {
    PG_CAST_ROWS(B, NPY_BOOL) PG_CAST_ROWS(b, NPY_INT8) PG_CAST_ROWS(B, NPY_UINT8) PG_CAST_ROWS(h, NPY_INT16)
    PG_CAST_ROWS(H, NPY_UINT16) PG_CAST_ROWS(i, NPY_INT32) PG_CAST_ROWS(I, NPY_UINT32) PG_CAST_ROWS(l, NPY_INT64)
    PG_CAST_ROWS(L, NPY_UINT64) PG_CAST_ROWS(f, NPY_FLOAT) PG_CAST_ROWS(d, NPY_DOUBLE)
};
static pg_fn pg_find_cast(int from, int to)
{
    size_t i;
    for (i = 0; i < sizeof(pg_casts) / sizeof(pg_casts[0]); i++)
        if (pg_casts[i].from == from && pg_casts[i].to == to) return pg_casts[i].fn;
    return NULL;
}

/* ---- elements moved, by their size ---- */

/* A place read from memory, counted from the end where it is negative; the kernel ends where there is no such place. */
#define PG_PLACE(k, at)                                                                      \
    int64_t k = *(const int64_t *) (at);                                                     \
    if (k < 0) k += length;                                                                  \
    if ((uint64_t) k >= (uint64_t) length) { c->error = PG_ANOMALY; return; }

/* y written (=) or added (+=) to places: p[a] the places, p[b] y, p[o] the array, extra its length */
#define PG_PUT(name, T, op)                                                                  \
PG_KERNEL(name)                                                                              \
{                                                                                            \
    const char *a = p[q->a], *b = p[q->b];                                                   \
    T *o = (T *) p[q->o];                                                                    \
    npy_intp i, as = s[q->a], bs = s[q->b], length = q->extra;                               \
    for (i = 0; i < n; i++) {                                                                \
        PG_PLACE(k, a + i * as)                                                              \
        o[k] op *(const T *) (b + i * bs);                                                   \
    }                                                                                        \
}

typedef struct { uint64_t u[2]; } pg_16;
#define PG_MOVES(T, w)                                                                       \
PG_KERNEL(pg_copy_##w)                                                                       \
{                                                                                            \
    const char *a = p[q->a]; char *o = p[q->o];                                              \
    npy_intp i, as = s[q->a], os = s[q->o];                                                  \
    (void) c;                                                                                \
    if (as == w && os == w) { dd_copy(o, a, (size_t) n * w); return; }                        \
    if (as == 0 && os == w) { const T x = *(const T *) a; for (i = 0; i < n; i++) ((T *) o)[i] = x; return; } \
    for (i = 0; i < n; i++) *(T *) (o + i * os) = *(const T *) (a + i * as);                 \
}                                                                                            \
PG_KERNEL(pg_where_##w)                                                                      \
{                                                                                            \
    const char *a = p[q->a], *b = p[q->b], *d = p[q->c];                                     \
    T *restrict o = (T *) p[q->o];                                                           \
    npy_intp i, as = s[q->a], bs = s[q->b], ds = s[q->c];                                    \
    (void) c;                                                                                \
    if (as == 1 && bs == w && ds == w)                                                       \
        for (i = 0; i < n; i++) { T x = ((const T *) b)[i], y = ((const T *) d)[i]; o[i] = a[i] ? x : y; } \
    else for (i = 0; i < n; i++) {                                                           \
        T x = *(const T *) (b + i * bs), y = *(const T *) (d + i * ds); o[i] = a[i * as] ? x : y; } \
}                                                                                            \
/* x at places: p[a] is the array, extra its length, p[b] the places */                      \
PG_KERNEL(pg_take_##w)                                                                       \
{                                                                                            \
    const char *a = p[q->a], *b = p[q->b];                                                   \
    T *o = (T *) p[q->o];                                                                    \
    npy_intp i, bs = s[q->b], length = q->extra;                                             \
    for (i = 0; i < n; i++) {                                                                \
        PG_PLACE(k, b + i * bs)                                                              \
        o[i] = ((const T *) a)[k];                                                           \
    }                                                                                        \
}                                                                                            \
PG_PUT(pg_put_##w, T, =)
PG_MOVES(uint8_t, 1)
PG_MOVES(uint16_t, 2)
PG_MOVES(uint32_t, 4)
PG_MOVES(uint64_t, 8)
PG_MOVES(pg_16, 16)

PG_PUT(pg_put_add_d, double, +=)
PG_PUT(pg_put_add_f, float, +=)

/* y added to a window */
#define PG_ADD_TO(name, T)                                                                   \
PG_CLONES PG_KERNEL(name)                                                                    \
{                                                                                            \
    const char *a = p[q->a]; char *o = p[q->o];                                              \
    npy_intp i, as = s[q->a], os = s[q->o];                                                  \
    const npy_intp w = sizeof(T);                                                            \
    (void) c;                                                                                \
    if (as == w && os == w) {                                                                \
        T *restrict t = (T *) o; const T *restrict y = (const T *) a;                        \
        for (i = 0; i < n; i++) t[i] = t[i] + y[i];                                          \
    } else for (i = 0; i < n; i++) *(T *) (o + i * os) = *(T *) (o + i * os) + *(const T *) (a + i * as); \
}
PG_ADD_TO(pg_add_to_d, double)
PG_ADD_TO(pg_add_to_f, float)

/* ---- NumPy's inner loops.  Some clear the status behind them. ---- */
PG_KERNEL(pg_loop1)
{
    char *at[2] = {p[q->a], p[q->o]};
    npy_intp steps[2] = {s[q->a], s[q->o]};
    c->flags |= dd_get_flags();
    q->loop(at, &n, steps, q->data);
}
PG_KERNEL(pg_loop2)
{
    char *at[3] = {p[q->a], p[q->b], p[q->o]};
    npy_intp steps[3] = {s[q->a], s[q->b], s[q->o]};
    c->flags |= dd_get_flags();
    q->loop(at, &n, steps, q->data);
}
PG_KERNEL(pg_loop3)
{
    char *at[4] = {p[q->a], p[q->b], p[q->c], p[q->o]};
    npy_intp steps[4] = {s[q->a], s[q->b], s[q->c], s[q->o]};
    c->flags |= dd_get_flags();
    q->loop(at, &n, steps, q->data);
}

#endif
