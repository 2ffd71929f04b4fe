/* kernels_typed.h: the array kernels of one floating-point type.  No guard: kernels.h includes
 * it once with REAL = double and once with REAL = float (BITS: an unsigned integer of its size).
 *
 *   tangent loops   out = d1*t1 + d2*t2 for one direction, with 0 * anything = 0 for t
 *   run_block       the value, the partials and every direction of one block; with k = -1 the
 *                   partials in the place of directions
 *
 * The tangent loops do not know which rule they serve.
 */

/* ---- tangent loops, unit stride: k rows of n numbers, each with a stride between rows (in bytes) ---- */
#define ROWS(name, params, rows, expr)                                                       \
DD_CLONES static void TYPED(name)(npy_intp k, npy_intp n, params, char *op, npy_intp ok)     \
{                                                                                            \
    npy_intp i, j;                                                                           \
    BITS bad = 0;                                                                            \
    for (j = 0; j < k; j++) {                                                                \
        REAL *o = (REAL *) (op + j * ok);                                                    \
        rows                                                                                 \
        DD_IVDEP                                                                             \
        for (i = 0; i < n; i++) o[i] = (REAL) (expr);                                        \
    }                                                                                        \
    if (bad) dd_meet(TYPED(dd_bad)(bad));                                                    \
}
#define COMMA ,
#define TAKES(t) const char *t##p COMMA npy_intp t##k
#define ROW(t) const REAL *t = (const REAL *) (t##p + j * t##k);
#define PARTIAL(d) const REAL *d
ROWS(tan_neg,   TAKES(t),                                ROW(t),        -t[i])
ROWS(tan_plus,  TAKES(t) COMMA TAKES(u),                 ROW(t) ROW(u), t[i] + u[i])
ROWS(tan_minus, TAKES(t) COMMA TAKES(u),                 ROW(t) ROW(u), t[i] - u[i])
ROWS(tan_scale, REAL c COMMA TAKES(t),                   ROW(t),        TYPED(dd_guard)(c, t[i], &bad))
ROWS(tan_diag,  PARTIAL(d) COMMA TAKES(t),               ROW(t),        TYPED(dd_guard)(d[i], t[i], &bad))
ROWS(tan_diag2, PARTIAL(d) COMMA TAKES(t) COMMA PARTIAL(e) COMMA TAKES(u), ROW(t) ROW(u),
     TYPED(dd_guard)(d[i], t[i], &bad) + TYPED(dd_guard)(e[i], u[i], &bad))
ROWS(tan_seed,  PARTIAL(d) COMMA TAKES(t),               REAL c = *(const REAL *) (tp + j * tk);,
     TYPED(dd_guard)(d[i], c, &bad))
ROWS(tan_add_diag, PARTIAL(d) COMMA TAKES(t),            ROW(t),        o[i] + TYPED(dd_guard)(d[i], t[i], &bad))
ROWS(tan_add_seed, PARTIAL(d) COMMA TAKES(t),            REAL c = *(const REAL *) (tp + j * tk);,
     o[i] + TYPED(dd_guard)(d[i], c, &bad))
#undef PARTIAL
#undef ROW
#undef TAKES
#undef COMMA
#undef ROWS

/* out = d*t, or out += d*t, any strides (in bytes); a null d is the constant sign */
static void TYPED(tan_any)(npy_intp n, int add, int sign, const char *d, npy_intp ds,
                           const char *t, npy_intp ts, REAL *o)
{
    npy_intp i;
    BITS bad = 0;
#define LOOP(assign, expr) for (i = 0; i < n; i++) { REAL u = *(const REAL *) (t + i * ts); o[i] assign (expr); }
    if (d == NULL) {
        if (sign > 0) { if (add) LOOP(+=, u) else LOOP(=, u) }
        else          { if (add) LOOP(-=, u) else LOOP(=, -u) }
    } else {
        if (add) LOOP(+=, TYPED(dd_guard)(*(const REAL *) (d + i * ds), u, &bad))
        else     LOOP(=, TYPED(dd_guard)(*(const REAL *) (d + i * ds), u, &bad))
        dd_meet(TYPED(dd_bad)(bad));
    }
#undef LOOP
}

/* the same for a rule that selects: what was not chosen (d is 0) is no perturbation either */
static void TYPED(tan_select)(npy_intp n, int add, const char *d, npy_intp ds, const char *t, npy_intp ts, REAL *o)
{
    npy_intp i;
    BITS bad = 0;
    for (i = 0; i < n; i++) {
        REAL c = *(const REAL *) (d + i * ds), u = *(const REAL *) (t + i * ts);
        REAL p = c == 0 ? 0 : TYPED(dd_guard)(c, u, &bad);
        o[i] = add ? o[i] + p : p;
    }
    dd_meet(TYPED(dd_bad)(bad));
}

/* out = d*t, or sign*t where d is null, for k directions */
static void TYPED(first_term)(npy_intp k, npy_intp n, int sign, const char *d, npy_intp ds, const dd_stream *in,
                              char *o, npy_intp ok)
{
    const npy_intp one = sizeof(REAL);
    npy_intp j;
    if (in->ts == one && (d == NULL || ds == 0) && k > 1 && in->tk == n * one && ok == n * one) {   /* all rows are one */
        n *= k;
        k = 1;
    }
    if (in->ts == one && d != NULL && ds == one) TYPED(tan_diag)(k, n, (const REAL *) d, in->t, in->tk, o, ok);
    else if (in->ts == one && d != NULL && ds == 0) TYPED(tan_scale)(k, n, *(const REAL *) d, in->t, in->tk, o, ok);
    else if (in->ts == 0 && d != NULL && ds == one) TYPED(tan_seed)(k, n, (const REAL *) d, in->t, in->tk, o, ok);
    else if (in->ts == one && d == NULL && sign < 0) TYPED(tan_neg)(k, n, in->t, in->tk, o, ok);
    else if (in->ts == one && d == NULL) for (j = 0; j < k; j++) dd_copy(o + j * ok, in->t + j * in->tk, n * one);
    else for (j = 0; j < k; j++) TYPED(tan_any)(n, 0, sign, d, ds, in->t + j * in->tk, in->ts, (REAL *) (o + j * ok));
}

/* the same, added to out */
static void TYPED(next_term)(npy_intp k, npy_intp n, int sign, const char *d, npy_intp ds, const dd_stream *in,
                             char *o, npy_intp ok)
{
    const npy_intp one = sizeof(REAL);
    npy_intp j;
    if (in->ts == one && d != NULL && ds == one) TYPED(tan_add_diag)(k, n, (const REAL *) d, in->t, in->tk, o, ok);
    else if (in->ts == 0 && d != NULL && ds == one) TYPED(tan_add_seed)(k, n, (const REAL *) d, in->t, in->tk, o, ok);
    else for (j = 0; j < k; j++) TYPED(tan_any)(n, 1, sign, d, ds, in->t + j * in->tk, in->ts, (REAL *) (o + j * ok));
}

/* One run of up to DD_BLOCK elements: value (unless it is given), then partials, then each direction. */
static int TYPED(run_block)(const dd_rule *r, int given, npy_intp n, npy_intp k, const dd_stream *in,
                            const dd_stream *out)
{
    REAL buffer[2][DD_BLOCK];
    char *args[3];
    npy_intp steps[3], j, step, one = sizeof(REAL);
    int a, nin = r->nin, flags = 0, live[2], nlive = 0;
    const char *d[2] = {NULL, NULL};
    npy_intp ds[2] = {0, 0};
    int sign[2] = {1, 1}, unit[2];

    if (!given) {
        for (a = 0; a < nin; a++) { args[a] = in[a].v; steps[a] = in[a].vs; }
        args[nin] = out->v; steps[nin] = out->vs;
        flags = dd_values(r, TYPE_INDEX ? NPY_FLOAT : NPY_DOUBLE, args, n, steps);
    }

    for (a = 0; a < nin; a++) {
        const dd_partial *p = &r->partial[a];
        if (in[a].t == NULL || p->kind == DD_ZERO) continue;
        live[nlive++] = a;
        switch (p->kind) {
        case DD_ONE:   break;
        case DD_MINUS: sign[a] = -1; break;
        case DD_X:     d[a] = in[0].v; ds[a] = in[0].vs; break;
        case DD_Y:     d[a] = in[1].v; ds[a] = in[1].vs; break;
        case DD_F:     d[a] = out->v;  ds[a] = out->vs;  break;
        case DD_LOOP: {
            const dd_rule *g = p->rule;
            char *gargs[2]; npy_intp gsteps[2], i;
            gargs[0] = in[0].v; gargs[1] = (char *) buffer[a]; gsteps[0] = in[0].vs; gsteps[1] = one;
            g->loop[TYPE_INDEX](gargs, &n, gsteps, g->loop_data[TYPE_INDEX]);
            if (p->sign < 0) for (i = 0; i < n; i++) buffer[a][i] = -buffer[a][i];
            d[a] = (char *) buffer[a]; ds[a] = one;
            break;
        }
        default:
            TYPED(partial)(p, n, in, nin, out, buffer[a]);
            d[a] = (char *) buffer[a]; ds[a] = one;
        }
    }
    if (out->t == NULL) return flags;
    if (k < 0) {        /* the partials themselves, a row for each argument that has tangents */
        for (a = 0; a < nlive; a++) {
            REAL *o = (REAL *) (out->t + a * out->tk);
            const char *p = d[live[a]];
            npy_intp ps = ds[live[a]], i;
            if (p == NULL)      for (i = 0; i < n; i++) o[i] = sign[live[a]];
            else if (ps == one) dd_copy(o, p, n * sizeof(REAL));
            else                for (i = 0; i < n; i++) o[i] = *(const REAL *) (p + i * ps);
        }
        return flags;
    }
    for (a = 0; a < nlive; a++) unit[a] = in[live[a]].ts == one && (d[live[a]] == NULL || ds[live[a]] == one);
    if (nlive == 2 && !r->selects && unit[0] && unit[1]) {
        const dd_stream *x = &in[0], *y = &in[1];
        if (d[0] && d[1]) {
            TYPED(tan_diag2)(k, n, (REAL *) d[0], x->t, x->tk, (REAL *) d[1], y->t, y->tk, out->t, out->tk);
            return flags;
        }
        if (!d[0] && !d[1] && sign[0] > 0) {
            int run = out->tk == n * one && x->tk == out->tk && y->tk == out->tk;      /* all rows are one */
            if (sign[1] > 0) TYPED(tan_plus)(run ? 1 : k, run ? k * n : n, x->t, x->tk, y->t, y->tk, out->t, out->tk);
            else             TYPED(tan_minus)(run ? 1 : k, run ? k * n : n, x->t, x->tk, y->t, y->tk, out->t, out->tk);
            return flags;
        }
    }
    if (nlive == 1 && !r->selects) {
        TYPED(first_term)(k, n, sign[live[0]], d[live[0]], ds[live[0]], &in[live[0]], out->t, out->tk);
        return flags;
    }
    /* so many directions stay in the cache while the terms are added */
    step = k > 1 && n < DD_BLOCK ? DD_BLOCK / n : 1;
    for (j = 0; j < k; j += step) {
        npy_intp m = k - j < step ? k - j : step, i;
        char *o = out->t + j * out->tk;
        if (nlive == 0) for (i = 0; i < m; i++) memset(o + i * out->tk, 0, n * sizeof(REAL));
        for (a = 0; a < nlive; a++) {
            int b = live[a];
            dd_stream few = in[b];
            few.t += j * few.tk;
            if (r->selects)
                for (i = 0; i < m; i++)
                    TYPED(tan_select)(n, a > 0, d[b], ds[b], few.t + i * few.tk, few.ts, (REAL *) (o + i * out->tk));
            else if (a == 0) TYPED(first_term)(m, n, sign[b], d[b], ds[b], &few, o, out->tk);
            else             TYPED(next_term)(m, n, sign[b], d[b], ds[b], &few, o, out->tk);
        }
    }
    return flags;
}
