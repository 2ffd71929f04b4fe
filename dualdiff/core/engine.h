/* engine.h: drives the block kernels over n-dimensional, strided, broadcast operands.
 *
 * Invariant: every stride given here belongs to an array that its caller has broadcast to the
 * result's shape; memory is touched only inside those shapes.  No Python is called, so it may
 * run without the interpreter lock.  Included by _core.pyx.
 */
#ifndef DUALDIFF_ENGINE_H
#define DUALDIFF_ENGINE_H

#include "second.h"
#include "work.h"

#define DD_MAXDIM 64

/* an operand with strides for each of the result's dimensions (0 where it is broadcast) */
typedef struct {
    char *v, *t;                                  /* t null: no tangents */
    npy_intp vs[DD_MAXDIM], ts[DD_MAXDIM], tk;
} dd_operand;

static int dd_run_inner(const dd_rule *r, int given, int type, int kind, npy_intp n, npy_intp k, dd_stream *s, int nin)
{
    npy_intp done = 0;
    int flags = 0, a;
    dd_stream *out = &s[nin];
    while (done < n) {
        npy_intp m = n - done < DD_BLOCK ? n - done : DD_BLOCK;
        if (kind) flags |= dd_run_block_second((int) (r - dd_rules), given, kind, m, k, s, out);
        else      flags |= type == NPY_DOUBLE ? run_block_d(r, given, m, k, s, out)
                                                : run_block_f(r, given, m, k, s, out);
        done += m;
        for (a = 0; a <= nin; a++) {
            s[a].v += m * s[a].vs;
            if (s[a].t) s[a].t += m * s[a].ts;
        }
    }
    return flags;
}

/* op[0..nin-1] are the arguments, op[nin] the result (C-contiguous).  kind: the scheme of the k
 * rows (second.h), 0 for plain directions; with a scheme the type is double.  given: the values are in
 * the result already.  Returns the values' floating-point status, 0 if they were given. */
static int dd_run(const dd_rule *r, int given, int type, int kind, int nd, const npy_intp *dims_in, npy_intp k, dd_operand *op)
{
    npy_intp dims[DD_MAXDIM], count[DD_MAXDIM] = {0};
    int nin = r->nin, a, i, n = 0, flags = 0;
    dd_stream s[3], at[3] = {{0}};

    for (i = 0; i < nd; i++) if (dims_in[i] == 0) return 0;
    /* drop dimensions of length 1, merge those that are one run in every operand */
    for (i = 0; i < nd; i++) {
        int merge = n > 0;
        if (dims_in[i] == 1) continue;
        for (a = 0; a <= nin && merge; a++) {
            if (op[a].vs[n - 1] != op[a].vs[i] * dims_in[i]) merge = 0;
            if (op[a].t && op[a].ts[n - 1] != op[a].ts[i] * dims_in[i]) merge = 0;
        }
        if (merge) n--;
        dims[n] = merge ? dims[n] * dims_in[i] : dims_in[i];
        for (a = 0; a <= nin; a++) {
            op[a].vs[n] = op[a].vs[i];
            op[a].ts[n] = op[a].ts[i];
        }
        n++;
    }
    for (a = 0; a <= nin; a++) {
        at[a].v = op[a].v; at[a].t = op[a].t; at[a].tk = op[a].tk;
        at[a].vs = n ? op[a].vs[n - 1] : (type == NPY_DOUBLE ? 8 : 4);
        at[a].ts = n ? op[a].ts[n - 1] : (type == NPY_DOUBLE ? 8 : 4);
    }
    {
        npy_intp loops = 1;
        for (i = 0; i < n - 1; i++) loops *= dims[i];
        dd_done.loops += loops;
        loops *= n ? dims[n - 1] : 1;
        dd_done.elements += loops;
        if (!r->uniform) dd_done.values += loops;
    }
    if (n <= 1) {
        memcpy(s, at, sizeof(s));
        return dd_run_inner(r, given, type, kind, n ? dims[0] : 1, k, s, nin);
    }
    for (;;) {
        memcpy(s, at, sizeof(s));
        flags |= dd_run_inner(r, given, type, kind, dims[n - 1], k, s, nin);
        for (i = n - 2; i >= 0; i--) {
            for (a = 0; a <= nin; a++) {
                at[a].v += op[a].vs[i];
                if (at[a].t) at[a].t += op[a].ts[i];
            }
            if (++count[i] < dims[i]) break;
            for (a = 0; a <= nin; a++) {
                at[a].v -= dims[i] * op[a].vs[i];
                if (at[a].t) at[a].t -= dims[i] * op[a].ts[i];
            }
            count[i] = 0;
        }
        if (i < 0) return flags;
    }
}

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
