/* kernels.h: what the table of elementwise functions becomes in C.
 *
 *   dd_rules[]      one struct a row: texts, scalar functions, block kernels (rules_code.h, which
 *                   rules/generate.py prints), NumPy's inner loops (filled in by dd_take_loops)
 *   run_block_d/_f  value and tangents of one block (kernels_typed.h)
 *
 * Invariant: nothing here allocates, calls Python or knows of an array's shape.  Values come
 * from NumPy's own inner loops.  A block's value is computed here only where the rule is uniform,
 * so that a loop gives the same bits for any block; else it is there already (array.pxi: valued).
 * Included by engine.c.
 */
#ifndef DUALDIFF_KERNELS_H
#define DUALDIFF_KERNELS_H

#include "copying.h"
#include "engine.h"
#include "special_scipy.h"

#define DD_PIECE 256
#define DD_BLOCK 1024   /* elements; two partial buffers of it live on the stack and in L1 */

/* one operand of a run: value, tangents, their byte strides, and the stride between directions */
typedef struct {
    char *v, *t;
    npy_intp vs, ts, tk;
} dd_stream;

/* A function of SciPy's at one point, by the loop that the rule has taken */
static double dd_scipy_value(int i, double x, double y)
{
    const dd_rule *r = &dd_rules[i];
    npy_intp n = 1, steps[3] = {8, 8, 8};
    double f;
    char *args[3] = {(char *) &x, (char *) (r->nin > 1 ? &y : &f), (char *) &f};
    if (r->loop[0] == NULL) return NAN;
    r->loop[0](args, &n, steps, r->loop_data[0]);
    return f;
}

/* ---- blocks of partials ----
 * The body is written once for a type (suffix d or f) and specialised by the strides (in bytes) that matter: everything
 * contiguous, one argument a scalar, anything else.  first: what is computed for the whole block before (blocks.h). */
#include "blocks.h"
#define DD_SEL(c, a, b) ((c) ? (a) : (b))
#define DD_FIRST(...) __VA_ARGS__
#define DD_PART_HEAD(T, name)                                                                \
DD_CLONES static void part_##name(npy_intp n, const char *xp, npy_intp xs, const char *yp, npy_intp ys, \
                                  const char *fp, npy_intp fs, T *restrict out)
#define DD_PART_LOOP(T, XS, YS, FS, expr)                                                    \
    for (i = 0; i < n; i++) {                                                                \
        T x = *(const T *) (xp + i * (XS)), y = *(const T *) (yp + i * (YS));                \
        T f = *(const T *) (fp + i * (FS));                                                  \
        (void) x; (void) y; (void) f;                                                        \
        out[i] = (T) (expr);                                                                 \
    }
#define DD_PART1(T, name, first, expr)                                                       \
DD_PART_HEAD(T, name)                                                                        \
{                                                                                            \
    const npy_intp w = sizeof(T);                                                            \
    npy_intp i;                                                                              \
    first                                                                                    \
    if (xs == w && fs == w) DD_PART_LOOP(T, w, 0, w, expr)                                   \
    else DD_PART_LOOP(T, xs, ys, fs, expr)                                                   \
}
#define DD_PART2(T, name, first, expr)                                                       \
DD_PART_HEAD(T, name)                                                                        \
{                                                                                            \
    const npy_intp w = sizeof(T);                                                            \
    npy_intp i;                                                                              \
    first                                                                                    \
    if (xs == w && ys == w && fs == w) DD_PART_LOOP(T, w, w, w, expr)                        \
    else if (xs == w && ys == 0 && fs == w) DD_PART_LOOP(T, w, 0, w, expr)                   \
    else if (xs == 0 && ys == w && fs == w) DD_PART_LOOP(T, 0, w, w, expr)                   \
    else DD_PART_LOOP(T, xs, ys, fs, expr)                                                   \
}
#include "rules_code.h"
#undef DD_PART1
#undef DD_PART2
#undef DD_PART_HEAD
#undef DD_PART_LOOP
#undef DD_FIRST
#undef DD_SEL

/* A float32 partial without a kernel of its own is the double one of the numbers as they are, rounded once. */
static void partial_d(const dd_partial *p, npy_intp n, const dd_stream *in, int nin, const dd_stream *out, double *d)
{
    const dd_stream *y = &in[nin - 1];
    p->eval(n, in[0].v, in[0].vs, y->v, nin > 1 ? y->vs : 0, out->v, out->vs, d);
}

static void partial_f(const dd_partial *p, npy_intp n, const dd_stream *in, int nin, const dd_stream *out, float *d)
{
    double x[DD_PIECE], y[DD_PIECE], f[DD_PIECE], e[DD_PIECE];
    npy_intp start, i;
    if (p->eval_f != NULL) {
        p->eval_f(n, in[0].v, in[0].vs, in[nin - 1].v, nin > 1 ? in[1].vs : 0, out->v, out->vs, d);
        return;
    }
    for (start = 0; start < n; start += DD_PIECE) {
        npy_intp m = n - start < DD_PIECE ? n - start : DD_PIECE;
        for (i = 0; i < m; i++) {
            x[i] = *(float *) (in[0].v + (start + i) * in[0].vs);
            y[i] = nin > 1 ? *(float *) (in[1].v + (start + i) * in[1].vs) : 0;
            f[i] = *(float *) (out->v + (start + i) * out->vs);
        }
        p->eval(m, (char *) x, 8, (char *) y, 8, (char *) f, 8, e);
        for (i = 0; i < m; i++) d[start + i] = (float) e[i];
    }
}

/* ---- values of the helpers, in the signature of NumPy's loops; data is the rule ---- */
#define VALUE_LOOP(name, REAL)                                                               \
void name(char **args, npy_intp const *dims, npy_intp const *steps, void *data)              \
{                                                                                            \
    const dd_rule *r = (const dd_rule *) data;                                               \
    npy_intp i;                                                                              \
    for (i = 0; i < dims[0]; i++)                                                            \
        *(REAL *) (args[r->nin] + i * steps[r->nin]) = (REAL) r->value(                      \
            *(REAL *) (args[0] + i * steps[0]), r->nin > 1 ? *(REAL *) (args[1] + i * steps[1]) : 0); \
}
VALUE_LOOP(dd_value_loop_d, double)
VALUE_LOOP(dd_value_loop_f, float)
#undef VALUE_LOOP

/* sech2, the partial of tanh, by NumPy's loop of exp (data: its rule), which is SIMD where that pays: 4 e / (1 + e)^2 with
 * e = exp(-2 |x|), as dd_sech2 has it for one number */
#define SECH2_LOOP(name, REAL)                                                               \
void name(char **args, npy_intp const *dims, npy_intp const *steps, void *data)              \
{                                                                                            \
    const dd_rule *r = (const dd_rule *) data;                                               \
    double from[DD_PIECE], e[DD_PIECE];                                                      \
    char *at[2] = {(char *) from, (char *) e};                                               \
    const npy_intp eight[2] = {8, 8};                                                        \
    npy_intp done, i, n;                                                                     \
    for (done = 0; done < dims[0]; done += n) {                                              \
        n = dims[0] - done < DD_PIECE ? dims[0] - done : DD_PIECE;                           \
        for (i = 0; i < n; i++) from[i] = -2 * fabs(*(REAL *) (args[0] + (done + i) * steps[0])); \
        r->loop[0](at, &n, eight, r->loop_data[0]);                                          \
        for (i = 0; i < n; i++)                                                              \
            *(REAL *) (args[1] + (done + i) * steps[1]) = (REAL) (4 * e[i] / ((1 + e[i]) * (1 + e[i]))); \
    }                                                                                        \
}
SECH2_LOOP(dd_sech2_loop_d, double)
SECH2_LOOP(dd_sech2_loop_f, float)
#undef SECH2_LOOP

/* The values of n elements by the rule's loop in one call; returns its floating-point status. */
int dd_values(const dd_rule *r, int type, char **args, npy_intp n, const npy_intp *steps)
{
    int which = type != NPY_DOUBLE;
    dd_clear_flags();
    r->loop[which](args, &n, steps, r->loop_data[which]);
    return dd_get_flags();
}

/* The strides that the installed NumPy gives a loop for plain numbers: a loop may choose its code by them.
 * dd_probe is the loop of a ufunc that is called once for each number of arguments. */
npy_intp dd_number_steps[3][3];
void dd_probe(char **args, npy_intp const *dims, npy_intp const *steps, void *data)
{
    int i, nin = (int) (npy_intp) data;
    for (i = 0; i <= nin; i++) dd_number_steps[nin][i] = steps[i];
    for (i = 0; i < dims[0]; i++) *(double *) (args[nin] + i * steps[nin]) = 0;
}

#define REAL double
#define BITS uint64_t
#define TYPED(name) name##_d
#define TYPE_INDEX 0
#include "kernels_typed.h"
#undef REAL
#undef BITS
#undef TYPED
#undef TYPE_INDEX
#define REAL float
#define BITS uint32_t
#define TYPED(name) name##_f
#define TYPE_INDEX 1
#include "kernels_typed.h"
#undef REAL
#undef BITS
#undef TYPED
#undef TYPE_INDEX

/* Takes the double and float loops of a ufunc; 0 if it has not both.  Loops of mixed types are noted. */
int dd_take_loops(dd_rule *r, PyUFuncObject *u)
{
    static const int types[2] = {NPY_DOUBLE, NPY_FLOAT};
    int which, i, a, nargs = u->nin + u->nout;
    if (u->nin != r->nin || u->nout != 1) return 0;
    r->integers = 0;
    for (i = 0; i < u->ntypes && u->nin == 2; i++)
        if (PyTypeNum_ISINTEGER(u->types[i * nargs]) && u->types[i * nargs + 1] == NPY_DOUBLE) r->integers = 1;
    for (which = 0; which < 2; which++) {
        for (i = 0; i < u->ntypes; i++) {
            const char *sig = u->types + i * nargs;
            for (a = 0; a < nargs && sig[a] == types[which]; a++) { }
            if (a == nargs && u->functions[i] != NULL) break;
        }
        if (i == u->ntypes) return 0;
        r->loop[which] = u->functions[i];
        r->loop_data[which] = u->data == NULL ? NULL : u->data[i];
    }
    return 1;
}

#endif
