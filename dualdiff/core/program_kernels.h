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

/* two operations in one pass, each rounded by itself */
#define PG_PASS(X, Y, Z, expr) { PG_IVDEP for (i = 0; i < n; i++) { double x = X, y = Y, z = Z; o[i] = expr; } }
#define PG_AT(v, st) (*(const double *) (v + i * (st)))
#define PG_PAIR(name, expr)                                                                  \
PG_CLONES PG_KERNEL(name)                                                                    \
{                                                                                            \
    const char *a = p[q->a], *b = p[q->b], *d = p[q->c];                                     \
    double *restrict o = (double *) p[q->o];                                                 \
    npy_intp i, as = s[q->a], bs = s[q->b], ds = s[q->c];                                    \
    int fixed = (as == 0) | (bs == 0) << 1 | (ds == 0) << 2;                                 \
    (void) c;                                                                                \
    if ((as != 0 && as != 8) || (bs != 0 && bs != 8) || (ds != 0 && ds != 8)) fixed = -1;    \
    switch (fixed) {                                                                         \
    case 0: PG_PASS(PG_AT(a, 8), PG_AT(b, 8), PG_AT(d, 8), expr) break;                      \
    case 1: { const double u = *(const double *) a; PG_PASS(u, PG_AT(b, 8), PG_AT(d, 8), expr) break; }  \
    case 2: { const double u = *(const double *) b; PG_PASS(PG_AT(a, 8), u, PG_AT(d, 8), expr) break; }  \
    case 4: { const double u = *(const double *) d; PG_PASS(PG_AT(a, 8), PG_AT(b, 8), u, expr) break; }  \
    default: PG_PASS(PG_AT(a, as), PG_AT(b, bs), PG_AT(d, ds), expr)                         \
    }                                                                                        \
}
#define PG_PAIRS(name, t)                                                                    \
PG_PAIR(pg_##name##_add, (t) + z)                                                            \
PG_PAIR(pg_##name##_sub, (t) - z)                                                            \
PG_PAIR(pg_##name##_bus, z - (t))                                                            \
PG_PAIR(pg_##name##_mul, (t) * z)
PG_PAIRS(add, x + y)
PG_PAIRS(sub, x - y)
PG_PAIRS(mul, x * y)
/* the kernel that does a second operation with what the first has given, as its first operand or as its second */
static pg_fn pg_find_pair(pg_fn first, pg_fn second, int as_first)
{
    static const pg_fn ops[3] = {pg_add, pg_sub, pg_mul};
    static const pg_fn pairs[3][4] = {{pg_add_add, pg_add_sub, pg_add_bus, pg_add_mul},
                                      {pg_sub_add, pg_sub_sub, pg_sub_bus, pg_sub_mul},
                                      {pg_mul_add, pg_mul_sub, pg_mul_bus, pg_mul_mul}};
    int i, k;
    for (i = 0; i < 3; i++) if (ops[i] == first)
        for (k = 0; k < 3; k++) if (ops[k] == second) return pairs[i][k == 1 ? (as_first ? 1 : 2) : k == 2 ? 3 : 0];
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

/* ---- sin and cos in SIMD, within 2 ulp; NumPy's loops call libm for each element ----
 * Reduction to [-pi/4, pi/4] by pi/2 in three parts of 33 bits, polynomials of fdlibm (k_sin.c, k_cos.c: "Copyright (C)
 * 1993 by Sun Microsystems, Inc. Permission to use, copy, modify, and distribute this software is freely granted,
 * provided that this notice is preserved."). */
#define PG_LARGE 8e5                    /* from here on, and for nan, libm */
#define PG_CIRCULAR(name, libm, PHASE)                                                       \
PG_CLONES PG_KERNEL(name)                                                                    \
{                                                                                            \
    const char *a = p[q->a];                                                                 \
    double *restrict o = (double *) p[q->o];                                                 \
    npy_intp i, as = s[q->a];                                                                \
    int large = 0;                                                                           \
    const double magic = 6755399441055744.0;                                                 \
    (void) c;                                                                                \
    PG_IVDEP for (i = 0; i < n; i++) {                                                       \
        double x = *(const double *) (a + i * as), m, f, t, r, w, y, z, u, v, rs, rc, e;     \
        uint64_t k, bits, odd;                                                               \
        int far = !(fabs(x) < PG_LARGE);                                                     \
        large |= far;                                                                        \
        x = far ? 0.0 : x;                                                                   \
        m = x * 6.36619772367581382433e-01 + magic;                                          \
        memcpy(&k, &m, 8);                                                                   \
        k += PHASE;                                                                          \
        f = m - magic;                                                                       \
        t = x - f * 1.57079632673412561417e+00;                                              \
        w = f * 6.07710050630396597660e-11;                                                  \
        r = t - w;                                                                           \
        w = f * 2.02226624879595063154e-21 - ((t - r) - w);                                  \
        y = r - w;                                                                           \
        e = (r - y) - w;                                                                     \
        z = y * y;                                                                           \
        v = z * y;                                                                           \
        rs = 8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 + z * (2.75573137070700676789e-06        \
             + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));         \
        rs = y - ((z * (0.5 * e - v * rs) - e) - v * -1.66666666666666324348e-01);           \
        rc = z * (4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * (2.48015872894767294178e-05   \
             + z * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11))))); \
        u = 0.5 * z;                                                                         \
        w = 1.0 - u;                                                                         \
        rc = w + (((1.0 - w) - u) + (z * rc - y * e));                                       \
        odd = (uint64_t) 0 - (k & 1);                                                        \
        memcpy(&bits, &rs, 8);                                                               \
        { uint64_t cb; memcpy(&cb, &rc, 8); bits = (bits & ~odd) | (cb & odd); }             \
        bits ^= (k & 2) << 62;                                                               \
        memcpy(&o[i], &bits, 8);                                                             \
    }                                                                                        \
    if (large) for (i = 0; i < n; i++) {                                                     \
        double x = *(const double *) (a + i * as);                                           \
        if (!(fabs(x) < PG_LARGE)) o[i] = libm(x);                                           \
    }                                                                                        \
}
PG_CIRCULAR(pg_near_sin, sin, 0)
PG_CIRCULAR(pg_near_cos, cos, 1)

#include "program_near.h"

/* ---- helpers of the rule table by NumPy's loops of exp and power, which may be SIMD; theirs call libm for each element ----
 * 1 / cosh(x)**2 = 4 e / (1 + e)**2 with e = exp(-2 |x|) */
PG_CLONES static void pg_minus_two(npy_intp n, const char *a, npy_intp as, double *restrict o)
{
    npy_intp i;
    if (as == 8) for (i = 0; i < n; i++) o[i] = -2.0 * fabs(((const double *) a)[i]);
    else for (i = 0; i < n; i++) o[i] = -2.0 * fabs(*(const double *) (a + i * as));
}
PG_CLONES static void pg_from_exp(npy_intp n, const double *restrict e, double *restrict o)
{
    npy_intp i;
    for (i = 0; i < n; i++) { double t = 1.0 + e[i]; o[i] = 4.0 * e[i] / (t * t); }
}
PG_KERNEL(pg_near_sech2)
{
    double from[128], e[128];
    npy_intp done, m, steps[2] = {8, 8};
    char *at[2] = {(char *) from, (char *) e};
    c->flags |= dd_get_flags();
    for (done = 0; done < n; done += m) {
        m = n - done < 128 ? n - done : 128;
        pg_minus_two(m, p[q->a] + done * s[q->a], s[q->a], from);
        q->loop(at, &m, steps, q->data);
        pg_from_exp(m, e, (double *) p[q->o] + done);
    }
}
/* scale * exp(-f x*x) = scale * exp(-f h*h) * exp(-c) with x = h + l, h of 26 bits, so that h*h is exact, and a small
 * c = f l (x + h).  Magnitudes are compared by their bits, as nan raises no flag then; beyond 40 it is 0. */
static inline double pg_head(double x, double *rest)
{
    uint64_t b, m;
    double h;
    memcpy(&b, &x, 8);
    m = b & UINT64_C(0x7fffffffffffffff);
    m = ((uint64_t) 0 - (uint64_t) (m > UINT64_C(0x4044000000000000))) & ((uint64_t) 0 - (uint64_t) (m <= UINT64_C(0x7ff0000000000000)));
    b = (b & ~m) | (UINT64_C(0x4044800000000000) & m);     /* by masks: a choice might be made after x - h */
    memcpy(&x, &b, 8);
    b &= UINT64_C(0xfffffffff8000000);
    memcpy(&h, &b, 8);
    *rest = x - h;
    return h;
}
PG_CLONES static void pg_before_gauss(npy_intp n, const char *a, npy_intp as, double f, double *restrict o)
{
    npy_intp i;
    for (i = 0; i < n; i++) { double l, h = pg_head(*(const double *) (a + i * as), &l); o[i] = -f * h * h; }
}
PG_CLONES static void pg_after_gauss(npy_intp n, const char *a, npy_intp as, double f, double scale,
                                     const double *restrict e, double *restrict o)
{
    npy_intp i;
    for (i = 0; i < n; i++) {
        double l, h = pg_head(*(const double *) (a + i * as), &l), c = f * l * (h + h + l);
        double y = scale * (e[i] - e[i] * (c - c * c * (0.5 - c * (1.0 / 6))));
        uint64_t b, gone;
        memcpy(&b, &h, 8);
        gone = (uint64_t) 0 - (uint64_t) (b == UINT64_C(0x4044800000000000));
        memcpy(&b, &y, 8);
        b &= ~gone;
        memcpy(&o[i], &b, 8);
    }
}
#define PG_GAUSS(name, F, SCALE)                                                             \
PG_KERNEL(name)                                                                              \
{                                                                                            \
    double from[128], e[128];                                                                \
    npy_intp done, m, steps[2] = {8, 8};                                                     \
    char *at[2] = {(char *) from, (char *) e};                                               \
    c->flags |= dd_get_flags();                                                              \
    for (done = 0; done < n; done += m) {                                                    \
        m = n - done < 128 ? n - done : 128;                                                 \
        pg_before_gauss(m, p[q->a] + done * s[q->a], s[q->a], F, from);                      \
        q->loop(at, &m, steps, q->data);                                                     \
        pg_after_gauss(m, p[q->a] + done * s[q->a], s[q->a], F, SCALE, e, (double *) p[q->o] + done); \
    }                                                                                        \
}
PG_GAUSS(pg_near_gauss, 1.0, 1.0)
PG_GAUSS(pg_near_normal, 0.5, 0.39894228040143267794)

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
