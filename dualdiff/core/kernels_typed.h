/* kernels_typed.h: the array kernels of one floating-point type.  No guard: kernels.h includes
 * it once with REAL = double and once with REAL = float (BITS: an unsigned integer of its size).
 *
 *   tangent loops   out = d1*t1 + d2*t2 for one direction, with 0 * anything = 0 for t
 *   run_block       the value, the partials and every direction of one block; with k = -1 the
 *                   partials in the place of directions
 *
 * The tangent loops do not know which rule they serve.
 */

/* ---- tangent loops, unit stride ---- */
#define TANGENT_LOOP(name, params, expr)                                                     \
DD_CLONES static void TYPED(name)(npy_intp n, params, REAL *restrict o)                      \
{                                                                                            \
    npy_intp i;                                                                              \
    for (i = 0; i < n; i++) o[i] = (REAL) (expr);                                            \
}
#define GUARDED_LOOP(name, params, expr)                                                     \
DD_CLONES static void TYPED(name)(npy_intp n, params, REAL *restrict o)                      \
{                                                                                            \
    npy_intp i;                                                                              \
    BITS bad = 0;                                                                            \
    for (i = 0; i < n; i++) o[i] = (REAL) (expr);                                            \
    dd_meet(TYPED(dd_bad)(bad));                                                             \
}
#define COMMA ,
#define IN(a) const REAL *restrict a
TANGENT_LOOP(tan_neg,      IN(t),                                 -t[i])
TANGENT_LOOP(tan_plus,     IN(t) COMMA IN(u),                     t[i] + u[i])
TANGENT_LOOP(tan_minus,    IN(t) COMMA IN(u),                     t[i] - u[i])
GUARDED_LOOP(tan_scale,    REAL c COMMA IN(t),                    TYPED(dd_guard)(c, t[i], &bad))
GUARDED_LOOP(tan_diag,     IN(d) COMMA IN(t),                     TYPED(dd_guard)(d[i], t[i], &bad))
GUARDED_LOOP(tan_diag2,    IN(d) COMMA IN(t) COMMA IN(e) COMMA IN(u), TYPED(dd_guard)(d[i], t[i], &bad) + TYPED(dd_guard)(e[i], u[i], &bad))
GUARDED_LOOP(tan_seed,     IN(d) COMMA REAL c,                    TYPED(dd_guard)(d[i], c, &bad))
#undef IN
#undef COMMA
#undef TANGENT_LOOP
#undef GUARDED_LOOP

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

/* One run of up to DD_BLOCK elements: value (unless it is given), then partials, then each direction. */
static int TYPED(run_block)(const dd_rule *r, int given, npy_intp n, npy_intp k, const dd_stream *in,
                            const dd_stream *out)
{
    REAL buffer[2][DD_BLOCK];
    char *args[3];
    npy_intp steps[3], j, one = sizeof(REAL);
    int a, nin = r->nin, flags = 0, live[2], nlive = 0;
    const char *d[2] = {NULL, NULL};
    npy_intp ds[2] = {0, 0};
    int sign[2] = {1, 1};

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
    for (j = 0; j < k; j++) {
        REAL *o = (REAL *) (out->t + j * out->tk);
        const char *t[2];
        int unit[2] = {0, 0};
        if (nlive == 0) { memset(o, 0, n * sizeof(REAL)); continue; }
        for (a = 0; a < nlive; a++) {
            t[a] = in[live[a]].t + j * in[live[a]].tk;
            unit[a] = in[live[a]].ts == one && (d[live[a]] == NULL || ds[live[a]] == one);
        }
        if (r->selects) {
            for (a = 0; a < nlive; a++) {
                int b = live[a];
                TYPED(tan_select)(n, a > 0, d[b], ds[b], t[a], in[b].ts, o);
            }
            continue;
        }
        if (nlive == 2 && unit[0] && unit[1]) {
            if (d[0] && d[1]) {
                TYPED(tan_diag2)(n, (REAL *) d[0], (REAL *) t[0], (REAL *) d[1], (REAL *) t[1], o);
                continue;
            }
            if (!d[0] && !d[1] && sign[0] > 0) {
                if (sign[1] > 0) TYPED(tan_plus)(n, (REAL *) t[0], (REAL *) t[1], o);
                else             TYPED(tan_minus)(n, (REAL *) t[0], (REAL *) t[1], o);
                continue;
            }
        }
        for (a = 0; a < nlive; a++) {
            int b = live[a];
            if (a == 0 && unit[0]) {
                if (d[b])             TYPED(tan_diag)(n, (REAL *) d[b], (REAL *) t[0], o);
                else if (sign[b] > 0) dd_copy(o, t[0], n * sizeof(REAL));
                else                  TYPED(tan_neg)(n, (REAL *) t[0], o);
            }
            else if (a == 0 && d[b] && ds[b] == 0 && in[b].ts == one)
                TYPED(tan_scale)(n, *(REAL *) d[b], (REAL *) t[0], o);
            else if (a == 0 && d[b] && ds[b] == one && in[b].ts == 0)
                TYPED(tan_seed)(n, (REAL *) d[b], *(REAL *) t[0], o);
            else
                TYPED(tan_any)(n, a > 0, sign[b], d[b], ds[b], t[a], in[b].ts, o);
        }
    }
    return flags;
}
