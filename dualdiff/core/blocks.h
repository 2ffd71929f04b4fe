/* blocks.h: functions of the table that partials call, for a block of numbers: by NumPy's inner loops, which may be SIMD.
 *
 * Rows that say block="loop" are NumPy's own loop (dd_block_loop1_d, ...); those that say block="own" have a function here,
 * in double and in float, which is as accurate as the value of the row within 4 ulp of its type.  At most DD_BLOCK numbers;
 * strides in bytes, 0 for one number; the result lies apart from the arguments.
 *
 * Included by kernels.h, before rules_code.h.
 */
#ifndef DUALDIFF_BLOCKS_H
#define DUALDIFF_BLOCKS_H

#define DD_AT(T, a, s) (*(const T *) (a##p + i * (s)))     /* number i at ap, with strides s */

/* ---- NumPy's loops ---- */
#define DD_BLOCK_LOOPS(T, S, which)                                                          \
static void dd_block_loop1_##S(int r, npy_intp n, const char *xp, npy_intp xs, T *out)       \
{                                                                                            \
    char *args[2] = {(char *) xp, (char *) out};                                             \
    npy_intp steps[2] = {xs, sizeof(T)};                                                     \
    dd_rules[r].loop[which](args, &n, steps, dd_rules[r].loop_data[which]);                  \
}                                                                                            \
static void dd_block_loop2_##S(int r, npy_intp n, const char *xp, npy_intp xs, const char *yp, npy_intp ys, T *out) \
{                                                                                            \
    char *args[3] = {(char *) xp, (char *) yp, (char *) out};                                \
    npy_intp steps[3] = {xs, ys, sizeof(T)};                                                 \
    dd_rules[r].loop[which](args, &n, steps, dd_rules[r].loop_data[which]);                  \
}
DD_BLOCK_LOOPS(double, d, 0)
DD_BLOCK_LOOPS(float, f, 1)
#undef DD_BLOCK_LOOPS

/* ---- 1 / cosh(x)^2 = 4 e / (1 + e)^2 with e = exp(-2 |x|) ---- */
#define DD_SECH2(T, S)                                                                       \
DD_CLONES static void dd_sech2_from_##S(npy_intp n, const char *xp, npy_intp xs, T *restrict o) \
{                                                                                            \
    npy_intp i;                                                                              \
    const npy_intp w = sizeof(T);                                                            \
    if (xs == w) for (i = 0; i < n; i++) { T x = DD_AT(T, x, w); o[i] = -2 * (x < 0 ? -x : x); } \
    else for (i = 0; i < n; i++) { T x = DD_AT(T, x, xs); o[i] = -2 * (x < 0 ? -x : x); }    \
}                                                                                            \
DD_CLONES static void dd_sech2_of_exp_##S(npy_intp n, T *restrict o)                         \
{                                                                                            \
    npy_intp i;                                                                              \
    for (i = 0; i < n; i++) { T e = o[i]; o[i] = 4 * e / ((1 + e) * (1 + e)); }              \
}                                                                                            \
static void dd_block_sech2_##S(npy_intp n, const char *xp, npy_intp xs, T *out)              \
{                                                                                            \
    T from[DD_BLOCK];                                                                        \
    dd_sech2_from_##S(n, xp, xs, from);                                                      \
    dd_block_loop1_##S(DD_RULE_exp, n, (const char *) from, sizeof(T), out);                 \
    dd_sech2_of_exp_##S(n, out);                                                             \
}
DD_SECH2(double, d)
DD_SECH2(float, f)
#undef DD_SECH2

/* ---- x^(y - 1), with t the rounded y - 1 and e what rounding took: x^t (1 + e log x) ---- */
#define DD_POWM1(T, S)                                                                       \
DD_CLONES static void dd_powers_##S(npy_intp n, const char *xp, npy_intp xs, int power, T *restrict o) \
{                                                                                            \
    npy_intp i;                                                                              \
    const npy_intp w = sizeof(T);                                                            \
    if (power == 0) for (i = 0; i < n; i++) o[i] = 1;                                        \
    else if (xs != w) for (i = 0; i < n; i++) { T x = DD_AT(T, x, xs); o[i] = power == 1 ? x : power == 2 ? x * x : x * x * x; } \
    else if (power == 1) for (i = 0; i < n; i++) o[i] = DD_AT(T, x, w);                      \
    else if (power == 2) for (i = 0; i < n; i++) { T x = DD_AT(T, x, w); o[i] = x * x; }     \
    else for (i = 0; i < n; i++) { T x = DD_AT(T, x, w); o[i] = x * x * x; }                 \
}                                                                                            \
/* y - 1 = *t + the result exactly */                                                        \
static inline T dd_less_one_##S(T y, T *t)                                                   \
{                                                                                            \
    T s = y - 1, v = s - y;                                                                  \
    *t = s;                                                                                  \
    return s - s == 0 ? (y - (s - v)) - (1 + v) : 0;                                         \
}                                                                                            \
static void dd_block_powm1_##S(npy_intp n, const char *xp, npy_intp xs, const char *yp, npy_intp ys, T *out) \
{                                                                                            \
    T t[DD_BLOCK], e[DD_BLOCK];                                                              \
    npy_intp i, m = ys ? n : 1;                                                              \
    int rounded = 0;                                                                         \
    for (i = 0; i < m; i++) { e[i] = dd_less_one_##S(DD_AT(T, y, ys), &t[i]); rounded |= e[i] != 0; } \
    if (!ys && (t[0] == 0 || t[0] == 1 || t[0] == 2 || t[0] == 3)) { dd_powers_##S(n, xp, xs, (int) t[0], out); return; } \
    for (i = m; i < n; i++) t[i] = t[0];      /* NumPy's SIMD loop takes no strides */       \
    dd_block_loop2_##S(DD_RULE_power, n, xp, xs, (const char *) t, sizeof(T), out);          \
    if (!rounded) return;                                                                    \
    dd_block_loop1_##S(DD_RULE_log, n, xp, xs, t);                                           \
    for (i = 0; i < n; i++) {                                                                \
        T p = out[i], d = e[ys ? i : 0], x = DD_AT(T, x, xs);                                \
        if (d != 0 && x > 0 && p != 0 && p - p == 0) out[i] = p * (1 + d * t[i]);            \
    }                                                                                        \
}
DD_POWM1(double, d)
DD_POWM1(float, f)
#undef DD_POWM1

/* ---- exp(-x^2): x = h + l with h of 26 bits, so that h h is exact; in float x x is exact in double ---- */
static void dd_block_gauss_d(npy_intp n, const char *xp, npy_intp xs, double *out)
{
    double a[DD_BLOCK], b[DD_BLOCK], ea[DD_BLOCK];
    npy_intp i;
    for (i = 0; i < n; i++) {
        double x = DD_AT(double, x, xs), c = 134217729.0 * x, h = c - (c - x), l = x - h;
        int far = fabs(x) > 30;
        a[i] = far ? -INFINITY : -h * h;
        b[i] = far ? 0 : -l * (x + h);
    }
    dd_block_loop1_d(DD_RULE_exp, n, (const char *) a, 8, ea);
    dd_block_loop1_d(DD_RULE_exp, n, (const char *) b, 8, out);
    for (i = 0; i < n; i++) out[i] *= ea[i];
}

static void dd_block_gauss_f(npy_intp n, const char *xp, npy_intp xs, float *out)
{
    double a[DD_BLOCK], b[DD_BLOCK];
    npy_intp i;
    for (i = 0; i < n; i++) { double x = DD_AT(float, x, xs); a[i] = -x * x; }
    dd_block_loop1_d(DD_RULE_exp, n, (const char *) a, 8, b);
    for (i = 0; i < n; i++) out[i] = (float) b[i];
}

/* ---- 1 / (1 + exp(y - x)), the difference exact: d + e in double, d alone in float ---- */
static void dd_block_expit2_d(npy_intp n, const char *xp, npy_intp xs, const char *yp, npy_intp ys, double *out)
{
    double d[DD_BLOCK], e[DD_BLOCK], a[DD_BLOCK];
    npy_intp i;
    for (i = 0; i < n; i++) {
        double x = DD_AT(double, x, xs), y = DD_AT(double, y, ys), s = y - x, v = s - y;
        d[i] = x == y ? 0 : s;
        e[i] = s - s == 0 ? (y - (s - v)) - (x + v) : 0;
        a[i] = -fabs(d[i]);
    }
    dd_block_loop1_d(DD_RULE_exp, n, (const char *) a, 8, out);
    for (i = 0; i < n; i++) {
        double w = out[i] * (1 + (d[i] <= 0 ? e[i] : -e[i]));
        out[i] = (d[i] <= 0 ? 1 : w) / (1 + w);
    }
}

static void dd_block_expit2_f(npy_intp n, const char *xp, npy_intp xs, const char *yp, npy_intp ys, float *out)
{
    double d[DD_BLOCK], a[DD_BLOCK], w[DD_BLOCK];
    npy_intp i;
    for (i = 0; i < n; i++) {
        double x = DD_AT(float, x, xs), y = DD_AT(float, y, ys);
        d[i] = x == y ? 0 : y - x;
        a[i] = -fabs(d[i]);
    }
    dd_block_loop1_d(DD_RULE_exp, n, (const char *) a, 8, w);
    for (i = 0; i < n; i++) out[i] = (float) ((d[i] <= 0 ? 1 : w[i]) / (1 + w[i]));
}

#undef DD_AT

#endif
