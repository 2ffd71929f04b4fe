/* second.h: second-order tangents of the elementwise rules.
 *
 * The tangents of a second-order call are K rows: k directions t_i, then one row s_ij for each
 * pair (i, j) of a scheme, which its tag tells (dd_kind_of):
 *
 *   1  all pairs i <= j        K = k + k (k + 1) / 2     Hessian
 *   2  pairs (i, k - 1), i < k - 1     K = 2 k - 1       Hessian times the last direction
 *   3  pairs (i, i)            K = 2 k                   diagonal, Laplacian
 *   4  no pairs: the rows are the coefficients 1 to K of a truncated power series
 *   5  no rows: the tangent is a node of a recording that keeps second partials (bend.pxi)
 *   6  nested calls with one direction each: a row for each set of them (tower.h)
 *
 * A linear map acts on all rows alike, so only what follows knows of the scheme:
 *
 *   s_ij of f = sum_a f_a s_a,ij + sum_ab f_ab t_a,i t_b,j
 *
 * The first sum is the first-order kernel on K rows (run_block_d); this file adds the second.
 * A series goes this way only where the second partials that count are zero (dd_linear_in);
 * else series.py does it.
 *
 * Invariant: as kernels.h; the rows of an operand are K, checked by the caller.
 * Included by engine.c.
 */
#ifndef DUALDIFF_SECOND_H
#define DUALDIFF_SECOND_H

#include "kernels.h"

char dd_second_live[DD_NRULES];

void dd_second_setup(void)
{
    int r, i;
    for (r = 0; r < DD_NRULES; r++) {
        dd_second_live[r] = 0;
        for (i = 0; i < 3; i++) if (strcmp(dd_second[r].text[i], "0") != 0) dd_second_live[r] |= (char) (1 << i);
    }
}

/* the number of directions in K rows; -1 where K is not one of the scheme's numbers */
npy_intp dd_directions(int kind, npy_intp rows)
{
    npy_intp k = 0;
    if (kind == 1) {
        k = (npy_intp) ((sqrt(8.0 * (double) rows + 9) - 3) / 2 + 0.5);
        return rows > 0 && k * (k + 3) / 2 == rows ? k : -1;
    }
    if (kind == 2) return rows > 0 && rows % 2 == 1 ? (rows + 1) / 2 : -1;
    if (kind == 3) return rows > 0 && rows % 2 == 0 ? rows / 2 : -1;
    return rows;
}

/* the range of partners j of direction i */
static inline void dd_partners(int kind, npy_intp k, npy_intp i, npy_intp *from, npy_intp *to)
{
    *from = kind == 2 ? k - 1 : i;
    *to = kind == 1 ? k : *from + 1;
    if (kind == 2 && i == k - 1) *to = *from;
}

static inline double dd_both(double d, double t, double u)
{
    double p = d * t * u;
    if (t != 0 && u != 0) return p;
    dd_meet(dd_infinite(p));
    return 0;
}

/* How often a kink was met in second order, and for each rule the count when it last was (kinks.py). */
/* whether directions reach a kink, a tie of two only where they move them apart */
static int dd_moved(int r, npy_intp k, const char *tx, npy_intp sx, const char *ty, npy_intp sy)
{
    enum dd_kink kink = dd_rules[r].kink;
    npy_intp i;
    if (kink == DD_EDGE) return 1;
    for (i = 0; i < k; i++) {
        double u = tx ? *(const double *) (tx + i * sx) : 0, w = ty ? *(const double *) (ty + i * sy) : 0;
        if (kink == DD_TIE ? u != w : u != 0 || w != 0) return 1;
    }
    return 0;
}

#include "tower.h"

/* ---- scalars: adds the second partials' share to the rows of a result ---- */
void dd_second_scalar(int r, int kind, npy_intp rows, const double *tx, const double *ty,
                             double x, double y, double f, double *out)
{
    npy_intp k = dd_directions(kind, rows), i, j, from, to;
    double d[3], *o = out + k;
    int live = dd_second_live[r];
    if (kind && dd_may_kink(r) && k > 0 && dd_kinked(r, x, y, f)
            && dd_moved(r, k, (const char *) tx, 8, (const char *) ty, 8)) dd_note_kink(r);
    if (!live || k < 0) return;
    if (!tx) live &= 4;
    if (!ty) live &= 1;
    if (!live) return;
    dd_second[r].eval(x, y, f, d);
    for (i = 0; i < 3; i++) if (!(live >> i & 1)) d[i] = 0;
    if (dd_all_finite(3, d) && (!tx || dd_all_finite(k, tx)) && (!ty || dd_all_finite(k, ty))) {
        for (i = 0; i < k; i++) {
            double g = 0, h = 0;
            if (tx) { g += d[0] * tx[i]; h += d[1] * tx[i]; }
            if (ty) { g += d[1] * ty[i]; h += d[2] * ty[i]; }
            dd_partners(kind, k, i, &from, &to);
            if (g != 0 && tx) for (j = from; j < to; j++) o[j - from] += g * tx[j];
            if (h != 0 && ty) for (j = from; j < to; j++) o[j - from] += h * ty[j];
            o += to - from;
        }
        return;
    }
    for (i = 0; i < k; i++) {
        dd_partners(kind, k, i, &from, &to);
        for (j = from; j < to; j++) {
            double total = 0;
            if (live & 1) total += dd_both(d[0], tx[i], tx[j]);
            if (live & 2) total += dd_both(d[1], tx[i], ty[j]) + dd_both(d[1], ty[i], tx[j]);
            if (live & 4) total += dd_both(d[2], ty[i], ty[j]);
            *o++ += total;
        }
    }
}

/* ---- what a recording keeps of a rule ---- */

/* The second partials at each element of a result (C-contiguous, dims), into those of out that are not null; for a rule
 * with kinks, counts one that is met.  vs: the strides of x, y and f. */
void dd_second_fill(int r, int nd, const npy_intp *dims, const char **v, const npy_intp **vs, double **out)
{
    npy_intp count[64] = {0}, e = 0, n = nd ? dims[nd - 1] : 1, i;
    const char *at[3] = {v[0], v[1], v[2]};
    int a, any = out[0] || out[1] || out[2], kinks = dd_may_kink(r), met = 0;
    for (a = 0; a < nd; a++) if (dims[a] == 0) return;
    for (;;) {
        for (i = 0; i < n; i++, e++) {
            double d[3], x = *(const double *) (at[0] + (nd ? i * vs[0][nd - 1] : 0));
            double y = at[1] ? *(const double *) (at[1] + (nd ? i * vs[1][nd - 1] : 0)) : 0;
            double f = *(const double *) (at[2] + (nd ? i * vs[2][nd - 1] : 0));
            if (kinks) met |= dd_kinked(r, x, y, f);
            if (!any) continue;
            dd_second[r].eval(x, y, f, d);
            for (a = 0; a < 3; a++) if (out[a]) out[a][e] = d[a];
        }
        for (a = nd - 2; a >= 0; a--) {
            for (i = 0; i < 3; i++) if (at[i]) at[i] += vs[i][a];
            if (++count[a] < dims[a]) break;
            for (i = 0; i < 3; i++) if (at[i]) at[i] -= dims[a] * vs[i][a];
            count[a] = 0;
        }
        if (a < 0) break;
    }
    if (met) dd_note_kink(r);
}

/* ---- arrays ---- */
/* o += g t, or g t + h u, of k rows of t, u and o, which are tk, uk and ok bytes apart */
DD_CLONES static void dd_add_rows(npy_intp k, npy_intp n, const double *g, const char *tp, npy_intp tk, char *op, npy_intp ok)
{
    npy_intp i, j;
    for (j = 0; j < k; j++) {
        const double *t = (const double *) (tp + j * tk);
        double *o = (double *) (op + j * ok);
        DD_IVDEP
        for (i = 0; i < n; i++) o[i] += g[i] * t[i];
    }
}

DD_CLONES static void dd_add_two_rows(npy_intp k, npy_intp n, const double *g, const char *tp, npy_intp tk,
                                      const double *h, const char *up, npy_intp uk, char *op, npy_intp ok)
{
    npy_intp i, j;
    for (j = 0; j < k; j++) {
        const double *t = (const double *) (tp + j * tk), *u = (const double *) (up + j * uk);
        double *o = (double *) (op + j * ok);
        DD_IVDEP
        for (i = 0; i < n; i++) o[i] += g[i] * t[i] + h[i] * u[i];
    }
}

DD_CLONES static void dd_add_product(npy_intp n, const double *restrict g, const double *restrict t, double *restrict o)
{
    npy_intp i;
    for (i = 0; i < n; i++) o[i] += g[i] * t[i];
}

/* o = sum_{j=first..m} w_j a_j b_{m-j} of rows of length n, w_j = j or 1 */
void dd_convolve(npy_intp n, int first, int m, int weigh, const double *a, const double *b, double *o)
{
    npy_intp start, i;
    int j;
    double t[256];
    for (start = 0; start < n; start += 256) {
        npy_intp c = n - start < 256 ? n - start : 256;
        memset(o + start, 0, (size_t) c * sizeof(double));
        for (j = first; j <= m; j++) {
            const double *u = a + (npy_intp) j * n + start, *v = b + (npy_intp) (m - j) * n + start;
            if (weigh) {
                for (i = 0; i < c; i++) t[i] = (double) j * u[i];
                u = t;
            }
            dd_add_product(c, u, v, o + start);
        }
    }
}

/* one row of an operand, contiguous: where it lies, or gathered into a buffer */
static const double *dd_row(const dd_stream *s, npy_intp row, npy_intp n, double *buffer)
{
    const char *p = s->t + row * s->tk;
    npy_intp i;
    if (s->ts == (npy_intp) sizeof(double)) return (const double *) p;
    for (i = 0; i < n; i++) buffer[i] = *(const double *) (p + i * s->ts);
    return buffer;
}

/* o += g t + h u, where t and u are k rows of operands (null: none) from one on, in n elements from one on */
static void dd_add_pairs(npy_intp k, npy_intp n, npy_intp first, const double *g, const dd_stream *x, const double *h,
                         const dd_stream *y, npy_intp from, char *o, npy_intp ok)
{
    double bx[DD_BLOCK], by[DD_BLOCK];
    const npy_intp one = sizeof(double);
    npy_intp j;
    if (k <= 0 || n <= 0) return;
    g += first;
    h += first;
    o += first * one;
    if ((x == NULL || x->ts == one) && (y == NULL || y->ts == one)) {
        const char *t = x ? x->t + from * x->tk + first * one : NULL, *u = y ? y->t + from * y->tk + first * one : NULL;
        if (t && u) dd_add_two_rows(k, n, g, t, x->tk, h, u, y->tk, o, ok);
        else if (t) dd_add_rows(k, n, g, t, x->tk, o, ok);
        else        dd_add_rows(k, n, h, u, y->tk, o, ok);
        return;
    }
    for (j = from; j < from + k; j++, o += ok) {
        const double *t = x ? dd_row(x, j, first + n, bx) + first : NULL, *u = y ? dd_row(y, j, first + n, by) + first : NULL;
        if (t && u) dd_add_two_rows(1, n, g, (const char *) t, 0, h, (const char *) u, 0, o, 0);
        else if (t) dd_add_rows(1, n, g, (const char *) t, 0, o, 0);
        else        dd_add_rows(1, n, h, (const char *) u, 0, o, 0);
    }
}

/* One block of up to DD_BLOCK elements, as run_block_d, on K rows of a scheme. */
static int dd_run_block_second(int r, int given, int kind, npy_intp n, npy_intp rows, const dd_stream *in, const dd_stream *out)
{
    const dd_rule *rule = &dd_rules[r];
    double d[3][DD_BLOCK], g[DD_BLOCK], h[DD_BLOCK], bx[DD_BLOCK], by[DD_BLOCK];
    int flags = run_block_d(rule, given, n, rows, in, out), live = dd_second_live[r], finite = 1, two = rule->nin > 1;
    npy_intp k = dd_directions(kind, rows), i, j, e, from, to, first, last;
    char *o;
    if (out->t == NULL) return flags;
    if (dd_may_kink(r) && k > 0)
        for (e = 0; e < n; e++)
            if (dd_kinked(r, *(const double *) (in[0].v + e * in[0].vs), two ? *(const double *) (in[1].v + e * in[1].vs) : 0,
                          *(const double *) (out->v + e * out->vs))
                && dd_moved(r, k, in[0].t ? in[0].t + e * in[0].ts : NULL, in[0].tk,
                            two && in[1].t ? in[1].t + e * in[1].ts : NULL, two ? in[1].tk : 0)) dd_note_kink(r);
    if (in[0].t == NULL) live &= 4;
    if (!two || in[1].t == NULL) live &= 1;
    if (!live || k < 0) return flags;
    if (kind == DD_TOWER) {
        double tx[DD_TOWER_SIZE], ty[DD_TOWER_SIZE], t[DD_TOWER_SIZE];
        int m = dd_tower_calls(rows);
        if (m < 0) { dd_meet(1); return flags; }
        for (e = 0; e < n; e++) {
            for (i = 0; i < rows; i++) {
                if (in[0].t) tx[i] = *(const double *) (in[0].t + i * in[0].tk + e * in[0].ts);
                if (two && in[1].t) ty[i] = *(const double *) (in[1].t + i * in[1].tk + e * in[1].ts);
            }
            dd_tower_rows(r, m, *(const double *) (in[0].v + e * in[0].vs), in[0].t ? tx : NULL,
                          two ? *(const double *) (in[1].v + e * in[1].vs) : 0, two && in[1].t ? ty : NULL,
                          *(const double *) (out->v + e * out->vs), t);
            for (i = 0; i < rows; i++) *(double *) (out->t + i * out->tk + e * out->ts) = t[i];
        }
        return flags;
    }
    for (e = 0; e < n; e++) {
        double p[3], y = two ? *(const double *) (in[1].v + e * in[1].vs) : 0;
        dd_second[r].eval(*(const double *) (in[0].v + e * in[0].vs), y, *(const double *) (out->v + e * out->vs), p);
        for (i = 0; i < 3; i++) {
            d[i][e] = live >> i & 1 ? p[i] : 0;
            finite &= isfinite(d[i][e]) != 0;
        }
    }
    for (i = 0; finite && i < k; i++) {
        if (live & 3) finite = dd_all_finite(n, dd_row(&in[0], i, n, bx));
        if (finite && live & 6) finite = dd_all_finite(n, dd_row(&in[1], i, n, by));
    }
    o = out->t + k * out->tk;
    for (i = 0; i < k; i++) {
        const double *tx = live & 3 ? dd_row(&in[0], i, n, bx) : NULL;
        const double *ty = live & 6 ? dd_row(&in[1], i, n, by) : NULL;
        dd_partners(kind, k, i, &from, &to);
        if (!finite) {
            for (j = from; j < to; j++, o += out->tk) {
                for (e = 0; e < n; e++) {
                    double total = 0, ux = 0, uy = 0;
                    if (tx) ux = *(const double *) (in[0].t + j * in[0].tk + e * in[0].ts);
                    if (ty) uy = *(const double *) (in[1].t + j * in[1].tk + e * in[1].ts);
                    if (live & 1) total += dd_both(d[0][e], tx[e], ux);
                    if (live & 2) total += dd_both(d[1][e], tx[e], uy) + dd_both(d[1][e], ty[e], ux);
                    if (live & 4) total += dd_both(d[2][e], ty[e], uy);
                    ((double *) o)[e] += total;
                }
            }
            continue;
        }
        if (ty == NULL) for (e = 0; e < n; e++) g[e] = d[0][e] * tx[e];
        else for (e = 0; e < n; e++) {
            g[e] = tx ? d[0][e] * tx[e] + d[1][e] * ty[e] : 0;
            h[e] = tx ? d[1][e] * tx[e] + d[2][e] * ty[e] : d[2][e] * ty[e];
        }
        /* unit vectors, and what few of them reach, are zero almost everywhere */
        for (first = 0; first < n && g[first] == 0 && (ty == NULL || h[first] == 0); first++) ;
        for (last = n; last > first && g[last - 1] == 0 && (ty == NULL || h[last - 1] == 0); last--) ;
        dd_add_pairs(to - from, last - first, first, g, tx ? &in[0] : NULL, h, ty ? &in[1] : NULL, from, o, out->tk);
        o += (to - from) * out->tk;
    }
    return flags;
}

#endif
