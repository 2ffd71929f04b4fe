/* kernels.h: what the rule table becomes in C.
 *
 *   dd_rules[]      one struct a line of rules.h: texts, scalar functions, block kernels,
 *                   NumPy's inner loops (filled in by dd_take_loops)
 *   run_block_d/_f  value and tangents of one block (kernels_typed.h)
 *
 * Invariant: nothing here allocates, calls Python or knows of an array's shape.  Values come
 * from NumPy's own inner loops.  A block's value is computed here only where the rule is uniform,
 * so that a loop gives the same bits for any block; else it is there already (array.pxi: valued).
 * Included by engine.h.
 */
#ifndef DUALDIFF_KERNELS_H
#define DUALDIFF_KERNELS_H

#include <stdint.h>
#include <string.h>
#include "special_scipy.h"
#include "status.h"

#define DD_PIECE 256
#define DD_BLOCK 1024   /* elements; two partial buffers of it live on the stack and in L1 */

/* How often 0 times inf (or nan) was met.  A tangent of 0 stays 0 there, which is right where the direction does
 * not reach the element; where the 0 was computed the result is nan.  A kernel cannot tell the two, so it counts,
 * and a derivative call in which the count has changed is taken again with reachability (walks.py). */
static volatile long long dd_met = 0;
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

enum dd_kind { DD_ZERO, DD_ONE, DD_MINUS, DD_X, DD_Y, DD_F, DD_LOOP, DD_EXPR, DD_NONE };

typedef struct dd_rule dd_rule;
typedef struct {
    const char *text;
    double (*scalar)(double x, double y, double f);
    void (*eval)(npy_intp n, const char *x, npy_intp xs, const char *y, npy_intp ys,
                 const char *f, npy_intp fs, double *out);    /* a block; strides in bytes */
    enum dd_kind kind;
    const dd_rule *rule;         /* DD_LOOP: the rule whose value the partial is */
    int sign;
} dd_partial;

struct dd_rule {
    const char *name, *value_text;
    int nin;
    double (*value)(double x, double y);
    dd_partial partial[2];
    PyUFuncGenericFunction loop[2];       /* what is called: NumPy's, SciPy's, or that of the value column */
    void *loop_data[2];
    int selects;                 /* it hands on one of its arguments: a partial of 0 is one that was not chosen */
    int integers;                /* the ufunc has loops that take an integer beside a double */
    int uniform;                 /* every loop gives the same bits, however the operands lie in memory */
};

/* one operand of a run: value, tangents, their byte strides, and the stride between directions */
typedef struct {
    char *v, *t;
    npy_intp vs, ts, tk;
} dd_stream;

/* the place of each rule in the table */
#define UNARY(name, value, px) DD_RULE_##name,
#define BINARY(name, value, px, py) DD_RULE_##name,
enum dd_rule_index {
#include "rules.h"
    DD_RULE_COUNT
};
#undef UNARY
#undef BINARY

static dd_rule dd_rules[DD_RULE_COUNT];

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

/* a, or b where a is nan */
static inline double dd_or_else(double a, double b) { return a == a ? a : b; }

/* ---- scalar functions ---- */
#define UNARY(name, expr, px)                                                                \
static double dd_value_##name(double x, double y) { (void) y; return expr; }                 \
static double dd_dx_##name(double x, double y, double f) { (void) x; (void) y; (void) f; return px; }
#define BINARY(name, expr, px, py)                                                           \
static double dd_value_##name(double x, double y) { return expr; }                           \
static double dd_dx_##name(double x, double y, double f) { (void) x; (void) y; (void) f; return px; } \
static double dd_dy_##name(double x, double y, double f) { (void) x; (void) y; (void) f; return py; }
#include "names.h"
#include "rules.h"
#include "names_end.h"
#undef UNARY
#undef BINARY

/* ---- blocks of partials ----
 * The body is written once and specialised by the strides (in bytes) that matter: everything
 * contiguous, one argument a scalar, anything else. */
#define PARTIAL_HEAD(name, arg)                                                              \
DD_CLONES static void part_##name##_##arg(npy_intp n, const char *xp, npy_intp xs, const char *yp, npy_intp ys, \
                                const char *fp, npy_intp fs, double *restrict out)
#define LOOP(XS, YS, FS, expr)                                                               \
    for (i = 0; i < n; i++) {                                                                \
        double x = *(const double *) (xp + i * (XS)), y = *(const double *) (yp + i * (YS)); \
        double f = *(const double *) (fp + i * (FS));                                        \
        (void) x; (void) y; (void) f;                                                        \
        out[i] = (expr);                                                                     \
    }
#define UNARY(name, value, px)                                                               \
PARTIAL_HEAD(name, dx)                                                                       \
{                                                                                            \
    npy_intp i;                                                                              \
    if (xs == 8 && fs == 8) LOOP(8, 0, 8, px)                                                \
    else LOOP(xs, ys, fs, px)                                                                \
}
#define BINARY_PARTIAL(name, arg, expr)                                                      \
PARTIAL_HEAD(name, arg)                                                                      \
{                                                                                            \
    npy_intp i;                                                                              \
    if (xs == 8 && ys == 8 && fs == 8) LOOP(8, 8, 8, expr)                                   \
    else if (xs == 8 && ys == 0 && fs == 8) LOOP(8, 0, 8, expr)                              \
    else if (xs == 0 && ys == 8 && fs == 8) LOOP(0, 8, 8, expr)                              \
    else LOOP(xs, ys, fs, expr)                                                              \
}
#define BINARY(name, value, px, py) BINARY_PARTIAL(name, dx, px) BINARY_PARTIAL(name, dy, py)
#include "names.h"
#include "rules.h"
#include "names_end.h"
#undef UNARY
#undef BINARY
#undef BINARY_PARTIAL
#undef PARTIAL_HEAD
#undef LOOP

/* A float32 partial is the double one of the numbers as they are, rounded once. */
static void partial_d(const dd_partial *p, npy_intp n, const dd_stream *in, int nin, const dd_stream *out, double *d)
{
    const dd_stream *y = &in[nin - 1];
    p->eval(n, in[0].v, in[0].vs, y->v, nin > 1 ? y->vs : 0, out->v, out->vs, d);
}

static void partial_f(const dd_partial *p, npy_intp n, const dd_stream *in, int nin, const dd_stream *out, float *d)
{
    double x[DD_PIECE], y[DD_PIECE], f[DD_PIECE], e[DD_PIECE];
    npy_intp start, i;
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
static void name(char **args, npy_intp const *dims, npy_intp const *steps, void *data)       \
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
static void name(char **args, npy_intp const *dims, npy_intp const *steps, void *data)        \
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
static int dd_values(const dd_rule *r, int type, char **args, npy_intp n, const npy_intp *steps)
{
    int which = type != NPY_DOUBLE;
    dd_clear_flags();
    r->loop[which](args, &n, steps, r->loop_data[which]);
    return dd_get_flags();
}

/* The strides that the installed NumPy gives a loop for plain numbers: a loop may choose its code by them.
 * dd_probe is the loop of a ufunc that is called once for each number of arguments. */
static npy_intp dd_number_steps[3][3];
static void dd_probe(char **args, npy_intp const *dims, npy_intp const *steps, void *data)
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

/* ---- the table ---- */
#define DD_PARTIAL(name, arg, text) {text, dd_##arg##_##name, part_##name##_##arg, DD_EXPR, NULL, 1}
#define DD_NO_PARTIAL {"0", NULL, NULL, DD_ZERO, NULL, 1}
#define UNARY(name, value, px)                                                               \
    {#name, #value, 1, dd_value_##name,                                                      \
     {DD_PARTIAL(name, dx, #px), DD_NO_PARTIAL}, {NULL, NULL}, {NULL, NULL}, 0, 0},
#define BINARY(name, value, px, py)                                                          \
    {#name, #value, 2, dd_value_##name,                                                       \
     {DD_PARTIAL(name, dx, #px), DD_PARTIAL(name, dy, #py)}, {NULL, NULL}, {NULL, NULL}, 0, 0},
static dd_rule dd_rules[DD_RULE_COUNT] = {
#include "rules.h"
};
#undef UNARY
#undef BINARY
#define DD_NRULES ((int) DD_RULE_COUNT)

static int dd_find_rule(const char *name, size_t length)
{
    int i;
    for (i = 0; i < DD_NRULES; i++)
        if (strlen(dd_rules[i].name) == length && strncmp(dd_rules[i].name, name, length) == 0) return i;
    return -1;
}

/* Reads off a partial's text whether it needs an evaluation of its own. */
static void dd_classify(dd_partial *p)
{
    const char *s = p->text;
    size_t n = strlen(s);
    static const struct { const char *text; enum dd_kind kind; } plain[] = {
        {"0", DD_ZERO}, {"1", DD_ONE}, {"-1", DD_MINUS}, {"x", DD_X}, {"y", DD_Y}, {"f", DD_F}};
    size_t i;
    int g;
    for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (strcmp(s, plain[i].text) == 0) { p->kind = plain[i].kind; return; }
    if (strncmp(s, "by_", 3) == 0) { p->kind = DD_NONE; return; }
    p->sign = s[0] == '-' ? -1 : 1;
    if (p->sign < 0) { s++; n--; }
    if (n > 3 && strcmp(s + n - 3, "(x)") == 0) {
        g = dd_find_rule(s, n - 3);
        if (g >= 0 && dd_rules[g].nin == 1) { p->kind = DD_LOOP; p->rule = &dd_rules[g]; }
    }
}

static void dd_setup(void)
{
    static const int choosing[] = {DD_RULE_maximum, DD_RULE_minimum, DD_RULE_fmax, DD_RULE_fmin, DD_RULE_heaviside};
    int i, a;
    for (i = 0; i < DD_NRULES; i++)
        for (a = 0; a < dd_rules[i].nin; a++) dd_classify(&dd_rules[i].partial[a]);
    for (i = 0; i < (int) (sizeof(choosing) / sizeof(choosing[0])); i++) dd_rules[choosing[i]].selects = 1;
}

/* Takes the double and float loops of a ufunc; 0 if it has not both.  Loops of mixed types are noted. */
static int dd_take_loops(dd_rule *r, PyUFuncObject *u)
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
