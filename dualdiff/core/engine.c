/* engine.c: drives the block kernels over n-dimensional, strided, broadcast operands (engine.h says what others see of it).
 *
 * Invariant: every stride given here belongs to an array that its caller has broadcast to the
 * result's shape; memory is touched only inside those shapes.
 */
#include <Python.h>
#define NO_IMPORT_ARRAY
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>
#include "second.h"

volatile long long dd_met = 0, dd_kinks = 0;
long long dd_kink_at[DD_RULE_COUNT];
DD_THREAD dd_work dd_done = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

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

int dd_run(const dd_rule *r, int given, int type, int kind, int nd, const npy_intp *dims_in, npy_intp k, dd_operand *op)
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
