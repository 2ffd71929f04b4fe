/* engine.h: what the compiled core has of the table of elementwise functions.
 *
 * The functions stand in engine.c, which is compiled by itself: it holds the kernels that rules/generate.py prints, so a
 * changed rule compiles that file anew and nothing else (a new row also changes the numbers in rules_index.h).
 *
 * Invariant: no Python is called, so everything here may run without the interpreter lock.  Included by _core.pyx.
 */
#ifndef DUALDIFF_ENGINE_H
#define DUALDIFF_ENGINE_H

#include <math.h>
#include <stdint.h>
#include <string.h>
#include "rules_index.h"
#include "guard.h"
#include "tags.h"
#include "work.h"

enum dd_kind { DD_ZERO, DD_ONE, DD_MINUS, DD_X, DD_Y, DD_F, DD_LOOP, DD_EXPR, DD_NONE };
enum dd_kink { DD_SMOOTH, DD_KINK, DD_TIE, DD_EDGE };      /* row.py says which is what */

typedef struct dd_rule dd_rule;
typedef struct {
    const char *text;
    double (*scalar)(double x, double y, double f);
    void (*eval)(npy_intp n, const char *x, npy_intp xs, const char *y, npy_intp ys,
                 const char *f, npy_intp fs, double *out);    /* DD_EXPR: a block; strides in bytes */
    void (*eval_f)(npy_intp n, const char *x, npy_intp xs, const char *y, npy_intp ys,
                   const char *f, npy_intp fs, float *out);   /* the same in float; NULL: by the double one */
    enum dd_kind kind;
    const dd_rule *rule;         /* DD_LOOP: the rule whose value the partial is */
    int sign;
} dd_partial;

struct dd_rule {
    const char *name;
    int nin;
    double (*value)(double x, double y);
    dd_partial partial[2];
    PyUFuncGenericFunction loop[2];       /* what is called: NumPy's, SciPy's, or that of the value column */
    void *loop_data[2];
    int integers;                /* the ufunc has loops that take an integer beside a double */
    int borrowed;                /* the value is SciPy's alone */
    int selects;                 /* it hands on one of its arguments: a partial of 0 is one that was not chosen */
    int uniform;                 /* every loop gives the same bits, however the operands lie in memory */
    enum dd_kink kink;
};

extern DD_SHARED dd_rule dd_rules[DD_RULE_COUNT];
#define DD_NRULES ((int) DD_RULE_COUNT)

/* the second partials of a rule: d2/dx2, d2/dxdy, d2/dy2 */
typedef struct {
    void (*eval)(double x, double y, double f, double *d);
    const char *text[3];
} dd_second_rule;
extern DD_SHARED const dd_second_rule dd_second[];

/* ---- values, and NumPy's loops of them ---- */
DD_SHARED int dd_values(const dd_rule *r, int type, char **args, npy_intp n, const npy_intp *steps);
DD_SHARED int dd_take_loops(dd_rule *r, PyUFuncObject *u);
extern DD_SHARED npy_intp dd_number_steps[3][3];
DD_SHARED void dd_probe(char **args, npy_intp const *dims, npy_intp const *steps, void *data);
DD_SHARED void dd_value_loop_d(char **args, npy_intp const *dims, npy_intp const *steps, void *data);
DD_SHARED void dd_value_loop_f(char **args, npy_intp const *dims, npy_intp const *steps, void *data);
DD_SHARED void dd_sech2_loop_d(char **args, npy_intp const *dims, npy_intp const *steps, void *data);
DD_SHARED void dd_sech2_loop_f(char **args, npy_intp const *dims, npy_intp const *steps, void *data);

/* ---- second order (second.h) ---- */
extern DD_SHARED char dd_second_live[DD_NRULES];     /* bit i: second partial i is not zero */

/* whether a rule is linear in those of its arguments that vary, as far as its table says */
static inline int dd_linear_in(int r, int x_varies, int y_varies)
{
    int live = dd_second_live[r];
    if (!x_varies) live &= 4;
    if (!y_varies) live &= 1;
    return live == 0;
}

extern DD_SHARED volatile long long dd_kinks;
extern DD_SHARED long long dd_kink_at[DD_RULE_COUNT];
static inline void dd_note_kink(int r) { dd_kinks = dd_kinks + 1; dd_kink_at[r] = dd_kinks; }

/* whether a rule has kinks; dd_kinked (rules_code.h) says whether x, y is one */
static inline int dd_may_kink(int r) { return dd_rules[r].kink != DD_SMOOTH; }
DD_SHARED void dd_second_setup(void);
DD_SHARED npy_intp dd_directions(int kind, npy_intp rows);
DD_SHARED void dd_second_scalar(int r, int kind, npy_intp rows, const double *tx, const double *ty,
                                double x, double y, double f, double *out);
DD_SHARED void dd_second_fill(int r, int nd, const npy_intp *dims, const char **v, const npy_intp **vs, double **out);
DD_SHARED void dd_convolve(npy_intp n, int first, int m, int weigh, const double *a, const double *b, double *o);

/* ---- all orders of nested calls (tower.h) ---- */
#define DD_TOWER_MOST 6                 /* calls */
DD_SHARED int dd_tower_calls(npy_intp rows);
DD_SHARED void dd_tower_rows(int r, int m, double x, const double *tx, double y, const double *ty, double f, double *out);

/* ---- arrays ---- */
#define DD_MAXDIM 64

/* an operand with strides for each of the result's dimensions (0 where it is broadcast) */
typedef struct {
    char *v, *t;                                  /* t null: no tangents */
    npy_intp vs[DD_MAXDIM], ts[DD_MAXDIM], tk;
} dd_operand;

/* op[0..nin-1] are the arguments, op[nin] the result (C-contiguous).  kind: the scheme of the k
 * rows (second.h), 0 for plain directions; with a scheme the type is double.  given: the values are in
 * the result already.  Returns the values' floating-point status, 0 if they were given. */
DD_SHARED int dd_run(const dd_rule *r, int given, int type, int kind, int nd, const npy_intp *dims_in, npy_intp k,
                     dd_operand *op);

/* o += t, or o -= t, of doubles; the two do not overlap */
DD_CLONES static void dd_add_row(npy_intp n, int minus, double *restrict o, const double *restrict t)
{
    npy_intp i;
    if (minus) for (i = 0; i < n; i++) o[i] -= t[i];
    else for (i = 0; i < n; i++) o[i] += t[i];
}

static void dd_add_into(int nd, const npy_intp *dims, char *o, const npy_intp *os, const char *t, const npy_intp *ts, int minus)
{
    npy_intp i;
    if (nd == 1 && os[0] == 8 && ts[0] == 8) { dd_add_row(dims[0], minus, (double *) o, (const double *) t); return; }
    for (i = 0; i < dims[0]; i++, o += os[0], t += ts[0]) {
        if (nd > 1) dd_add_into(nd - 1, dims + 1, o, os + 1, t, ts + 1, minus);
        else *(double *) o += minus ? -*(const double *) t : *(const double *) t;
    }
}

#endif
